//! The load: one thread, some connections, each sending its next request as soon as the last is answered.

use std::{
    net::SocketAddr,
    ops::Range,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::{Duration, Instant},
};

use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
};

use crate::requests::Stream;

/// What a load saw.
pub(crate) struct Seen {
    /// From the first request to the last answer.
    pub(crate) took: Duration,
    /// Every answer's time, sorted.
    latencies: Vec<Duration>,
    /// How many answers were not what was asked for, and one of them.
    pub(crate) refused: usize,
    pub(crate) for_example: String,
}

impl Seen {
    /// Answers a second.
    pub(crate) fn rate(&self) -> f64 {
        self.latencies.len() as f64 / self.took.as_secs_f64()
    }

    /// The time within which this share of the answers came.
    pub(crate) fn within(&self, share: f64) -> Duration {
        let place = (self.latencies.len() as f64 * share) as usize;
        self.latencies.get(place.min(self.latencies.len().saturating_sub(1))).copied().unwrap_or_default()
    }
}

/// Whether an answer, its status and the whole of it, is one.
pub(crate) type Good = fn(u16, &[u8]) -> bool;

/// Whether an answer has this in it.
pub(crate) fn holds(text: &[u8], part: &[u8]) -> bool {
    text.windows(part.len()).any(|window| window == part)
}

/// Sends these requests of the stream over so many connections; good answers have status 200.
pub(crate) fn run(
    to: SocketAddr,
    stream: &Arc<Stream>,
    numbers: Range<usize>,
    connections: usize,
) -> Result<Seen, Box<dyn std::error::Error>> {
    run_for(|status, _| status == 200, to, stream, numbers, connections)
}

/// The same for answers that are good in another way.
pub(crate) fn run_for(
    good: Good,
    to: SocketAddr,
    stream: &Arc<Stream>,
    numbers: Range<usize>,
    connections: usize,
) -> Result<Seen, Box<dyn std::error::Error>> {
    tokio::runtime::Builder::new_current_thread().enable_all().build()?.block_on(async {
        let next = Arc::new(AtomicUsize::new(numbers.start));
        let mut open = Vec::new();
        for _ in 0..connections {
            open.push(connect(to).await?);
        }
        let start = Instant::now();
        let tasks = open
            .into_iter()
            .map(|tcp| tokio::spawn(send(good, tcp, Arc::clone(stream), Arc::clone(&next), numbers.end)));
        let (mut latencies, mut others) = (Vec::new(), Vec::new());
        for task in tasks.collect::<Vec<_>>() {
            let (seen, not_good) = task.await??;
            latencies.extend(seen);
            others.extend(not_good);
        }
        let took = start.elapsed();
        latencies.sort_unstable();
        Ok(Seen { took, latencies, refused: others.len(), for_example: others.pop().unwrap_or_default() })
    })
}

async fn connect(to: SocketAddr) -> std::io::Result<TcpStream> {
    let tcp = TcpStream::connect(to).await?;
    tcp.set_nodelay(true)?;
    Ok(tcp)
}

async fn send(
    good: Good,
    mut tcp: TcpStream,
    stream: Arc<Stream>,
    next: Arc<AtomicUsize>,
    end: usize,
) -> std::io::Result<(Vec<Duration>, Vec<String>)> {
    let (mut latencies, mut others) = (Vec::new(), Vec::new());
    let mut answer = vec![0; 16 * 1024];
    loop {
        let number = next.fetch_add(1, Ordering::Relaxed);
        let Some(request) = (number < end).then(|| stream.get(number)).flatten() else { break };
        let sent = Instant::now();
        tcp.write_all(request).await?;
        let mut have = 0;
        let (status, closes) = loop {
            let got = tcp.read(&mut answer[have..]).await?;
            if got == 0 {
                return Err(std::io::ErrorKind::UnexpectedEof.into());
            }
            have += got;
            if let Some(whole) = whole(&answer[..have]) {
                break whole;
            }
        };
        latencies.push(sent.elapsed());
        if closes {
            tcp = connect(tcp.peer_addr()?).await?;
        }
        if !good(status, &answer[..have]) {
            others.push(String::from_utf8_lossy(&answer[..have]).into_owned());
        }
    }
    Ok((latencies, others))
}

/// The status, once the whole answer is there, and whether the connection ends with it.
fn whole(bytes: &[u8]) -> Option<(u16, bool)> {
    let mut fields = [httparse::EMPTY_HEADER; 32];
    let mut head = httparse::Response::new(&mut fields);
    let end = match head.parse(bytes).ok()? {
        httparse::Status::Complete(end) => end,
        httparse::Status::Partial => return None,
    };
    let length = head.headers.iter().find(|field| field.name.eq_ignore_ascii_case("content-length"))?;
    let length: usize = std::str::from_utf8(length.value).ok()?.parse().ok()?;
    let close = |field: &httparse::Header<'_>| {
        field.name.eq_ignore_ascii_case("connection") && field.value.eq_ignore_ascii_case(b"close")
    };
    let closes = head.headers.iter().any(close);
    (bytes.len() >= end + length).then_some((head.code?, closes))
}

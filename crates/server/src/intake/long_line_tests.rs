use std::{collections::VecDeque, net::Ipv4Addr};

use parking_lot::Mutex;
use proptest::prelude::*;
use shiming_core::BoxFuture;

use super::*;
use crate::{
    Limits,
    doors::{Answer, Call, Door, Doors, Head, IntakeRefusal, Outcome},
    intake::{Porter, listen},
    random::SystemRandom,
    telemetry::Telemetry,
};

/// Requests as a door saw them: method, target, body.
type Seen = Arc<Mutex<Vec<(String, String, Vec<u8>)>>>;

struct Mirror(Seen);

impl Door for Mirror {
    fn name(&self) -> &'static str {
        "mirror"
    }

    fn claims(&self, _: Head<'_>) -> bool {
        true
    }

    fn body_limit(&self) -> usize {
        1 << 20
    }

    fn answer<'a>(&'a self, call: Call<'a>) -> BoxFuture<'a, Answer> {
        let request = call.request;
        self.0.lock().push((request.method.into(), request.target.into(), request.body.into()));
        Box::pin(std::future::ready(plain("{}")))
    }

    fn refuse(&self, _: Head<'_>, _: IntakeRefusal) -> Answer {
        plain("refused")
    }
}

fn plain(body: &'static str) -> Answer {
    Answer {
        status: http::StatusCode::OK,
        headers: vec![(http::header::CONTENT_TYPE, http::HeaderValue::from_static("application/json"))],
        body: body.into(),
        outcome: Outcome { door: "mirror", operation: "-", admitted: true, word: "seen" },
    }
}

/// A connection on which these pieces arrive, one a read; and what is written to it.
struct Pieces(VecDeque<Vec<u8>>, Arc<Mutex<Vec<u8>>>);

impl AsyncRead for Pieces {
    fn poll_read(mut self: Pin<&mut Self>, _: &mut Context<'_>, buf: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        if let Some(mut piece) = self.0.pop_front() {
            let rest = piece.split_off(piece.len().min(buf.remaining()));
            buf.put_slice(&piece);
            if !rest.is_empty() {
                self.0.push_front(rest);
            }
        }
        Poll::Ready(Ok(()))
    }
}

impl AsyncWrite for Pieces {
    fn poll_write(self: Pin<&mut Self>, _: &mut Context<'_>, buf: &[u8]) -> Poll<io::Result<usize>> {
        self.1.lock().extend_from_slice(buf);
        Poll::Ready(Ok(buf.len()))
    }

    fn poll_flush(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }

    fn poll_shutdown(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }
}

/// Lines above 4 KiB are long here, targets above 20,000 bytes too long, and one line fills the room.
fn limits() -> Limits {
    Limits { head_bytes: 0, target_bytes: 20_000, long_targets_bytes: 64 * 1024, ..Limits::default() }
}

/// What the door saw, the statuses of all answers, and their text.
type Served = (Vec<(String, String, Vec<u8>)>, Vec<String>, String);

fn serve(pieces: impl IntoIterator<Item = Vec<u8>>) -> Served {
    let seen = Seen::default();
    let written = Arc::default();
    let porter = Porter {
        doors: Doors::new(vec![Arc::new(Mirror(Arc::clone(&seen)))]),
        limits: limits(),
        telemetry: Arc::new(Telemetry::default()),
    };
    let room = Arc::new(Room::new(&porter.limits, 8192, Box::new(SystemRandom)));
    let stream = Pieces(pieces.into_iter().filter(|piece| !piece.is_empty()).collect(), Arc::clone(&written));
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(async {
        let (_ending, ended) = tokio::sync::watch::channel(());
        listen::serve((stream, Ipv4Addr::LOCALHOST.into()), (&porter, room), ended).await;
    });
    let text = String::from_utf8(written.lock().clone()).unwrap();
    let statuses = text.split("HTTP/1.").skip(1).map(|answer| answer[2..5].to_owned()).collect();
    let seen = seen.lock().clone();
    (seen, statuses, text)
}

fn long(letters: usize) -> String {
    format!("/x?picture={}", "a".repeat(letters))
}

fn request(target: &str, body: &str) -> String {
    format!("POST {target} HTTP/1.1\r\nHost: x\r\nContent-Length: {}\r\n\r\n{body}", body.len())
}

fn split(bytes: &[u8], cuts: &[usize]) -> Vec<Vec<u8>> {
    let mut cuts: Vec<usize> = cuts.iter().map(|cut| cut % (bytes.len() + 1)).collect();
    cuts.extend([0, bytes.len()]);
    cuts.sort_unstable();
    cuts.windows(2).map(|cut| bytes[cut[0]..cut[1]].to_vec()).collect()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn the_request_seen_is_the_same_however_the_bytes_arrive(
        letters in prop_oneof![0..9000_usize, 4060..4100_usize],
        body in "[a-z]{0,50}",
        cuts in proptest::collection::vec(any::<usize>(), 0..12),
    ) {
        let target = long(letters);
        let bytes = request(&target, &body).into_bytes();
        let (seen, statuses, _) = serve(split(&bytes, &cuts));
        prop_assert_eq!(seen, [("POST".to_owned(), target, body.into_bytes())]);
        prop_assert_eq!(statuses, ["200"]);
    }

    #[test]
    fn a_long_line_after_short_requests_is_seen_or_refused_and_never_mistaken(
        letters in 4000..6000_usize,
        cuts in proptest::collection::vec(any::<usize>(), 0..12),
    ) {
        let bytes = (request("/1", "one") + &request("/2", "") + &request(&long(letters), "three")).into_bytes();
        let (seen, statuses, _) = serve(split(&bytes, &cuts));
        let whole = [("/1".to_owned(), "one"), ("/2".to_owned(), ""), (long(letters), "three")];
        prop_assert_eq!(statuses.len(), seen.len() + usize::from(statuses.last().is_some_and(|last| last != "200")));
        for ((_, target, body), (expected, content)) in seen.iter().zip(&whole) {
            prop_assert_eq!((target, body.as_slice()), (expected, content.as_bytes()));
        }
        prop_assert!((2..=3).contains(&seen.len()));
    }
}

#[test]
fn single_bytes_make_the_same_request() {
    let bytes = request(&long(9000), "body").into_bytes();
    let (seen, statuses, _) = serve(bytes.chunks(1).map(<[u8]>::to_vec));
    assert_eq!(seen, [("POST".to_owned(), long(9000), b"body".to_vec())]);
    assert_eq!(statuses, ["200"]);
}

#[test]
fn a_long_line_on_a_kept_connection_is_seen() {
    let pieces = [request("/1", "one"), request(&long(9000), "two"), request("/3", "never")];
    let (seen, statuses, text) = serve(pieces.map(String::into_bytes));
    let targets: Vec<&str> = seen.iter().map(|(_, target, _)| target.as_str()).collect();
    assert_eq!(targets, ["/1", &long(9000)]);
    assert_eq!(statuses, ["200", "200"]);
    assert!(text.to_ascii_lowercase().contains("connection: close"), "{text}");
}

#[test]
fn the_middle_of_a_head_that_looks_like_a_line_is_refused() {
    // The second head's first bytes come with the first request, so that hyper has them when the long line comes.
    let (first, second) = (request("/1", "one") + "GET /2 HTTP/1.1\r\nA: ", request(&long(9000), ""));
    let (seen, statuses, _) = serve([first, second].map(String::into_bytes));
    let targets: Vec<&str> = seen.iter().map(|(_, target, _)| target.as_str()).collect();
    assert_eq!(targets, ["/1"]);
    assert_eq!(statuses, ["200", "400"]);
}

#[test]
fn too_long_and_no_room_are_told_apart() {
    let statuses = |letters| serve([request(&long(letters), "").into_bytes()]).1;
    assert_eq!(statuses(19_900), ["200"]);
    assert_eq!(statuses(20_000), ["414"]);
    assert_eq!(statuses(300_000), ["414"]);
    let none = Room::new(&Limits { long_targets_bytes: 0, ..limits() }, 8192, Box::new(SystemRandom));
    assert_eq!(Held::default().push(&[b'a'; 5000], &none, 5000), Err(LineRefusal::NoRoom));
}

#[test]
fn room_is_free_again_when_the_target_is_dropped() {
    let room = Room::new(&limits(), 8192, Box::new(SystemRandom));
    for _ in 0..3 {
        let mut held = Held::default();
        held.push(&[b'a'; 5000], &room, 5000).unwrap();
        let target = held.into_target(10..20).unwrap();
        assert_eq!(target.as_str(), "aaaaaaaaaa");
        assert_eq!(Held::default().push(&[b'a'; 5000], &room, 5000), Err(LineRefusal::NoRoom));
    }
}

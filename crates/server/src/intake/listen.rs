//! Accepting connections, and ending them in order.

use std::{
    io,
    net::{IpAddr, SocketAddr},
    sync::Arc,
    time::Duration,
};

use hyper::{server::conn::http1, service::service_fn};
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::{
    io::{AsyncRead, AsyncWrite},
    net::{TcpListener, TcpStream},
    sync::{Semaphore, watch},
    task::JoinHandle,
};
use tokio_rustls::{TlsAcceptor, server::TlsStream};

use super::{
    Certificate, Porter,
    aside::{Aside, Room},
    last_word::LastWord,
    long_line::LongLines,
};
use crate::random::SystemRandom;

/// An address that is bound and not yet served.
#[derive(Debug)]
pub struct Listener {
    tcp: TcpListener,
}

/// An address that is served.
#[derive(Debug)]
pub struct Running {
    accepting: JoinHandle<()>,
}

impl Listener {
    /// Binds an address.
    pub async fn bind(address: SocketAddr) -> io::Result<Self> {
        Ok(Self { tcp: TcpListener::bind(address).await? })
    }

    /// The address that was bound, its port known.
    pub fn address(&self) -> io::Result<SocketAddr> {
        self.tcp.local_addr()
    }

    /// Serves until `stop` ends, then answers what was accepted, for as long as the limits allow.
    pub fn serve(
        self,
        porter: Arc<Porter>,
        tls: Option<Arc<Certificate>>,
        stop: impl Future<Output = ()> + Send + 'static,
    ) -> Running {
        let tls = tls.map(|certificate| TlsAcceptor::from(certificate.server_config()));
        Running { accepting: tokio::spawn(accept(self.tcp, porter, tls, stop)) }
    }
}

impl Running {
    /// Waits until every connection has ended.
    pub async fn ended(self) {
        // A panic in the accept loop was already printed by the runtime; there is nothing left to serve either way.
        let _ = self.accepting.await;
    }
}

async fn accept(tcp: TcpListener, porter: Arc<Porter>, tls: Option<TlsAcceptor>, stop: impl Future<Output = ()>) {
    let places = Arc::new(Semaphore::new(porter.limits.connections.min(Semaphore::MAX_PERMITS)));
    let room = Arc::new(Room::new(&porter.limits, head_room(&porter), Box::new(SystemRandom)));
    // Every connection holds a receiver: sending tells all of them to end, and the channel is closed when they have.
    let (ending, _) = watch::channel(());
    let mut stop = std::pin::pin!(stop);
    loop {
        let next = async {
            let place = Arc::clone(&places).acquire_owned().await;
            (place, tcp.accept().await)
        };
        let (place, accepted) = tokio::select! {
            () = &mut stop => break,
            next = next => next,
        };
        match accepted {
            Ok((stream, peer)) => {
                let (porter, room) = (Arc::clone(&porter), Arc::clone(&room));
                let (tls, ending) = (tls.clone(), ending.subscribe());
                tokio::spawn(async move {
                    porter.telemetry.connection_opened();
                    take((stream, peer.ip()), (&porter, room), tls, ending).await;
                    porter.telemetry.connection_closed();
                    drop(place);
                });
            }
            Err(error) => {
                // Out of file descriptors, most likely: connections must end before another can be taken.
                tracing::warn!(%error, "a connection could not be accepted");
                tokio::time::sleep(Duration::from_millis(50)).await;
            }
        }
    }
    drop(tcp);
    let _ = ending.send(());
    if tokio::time::timeout(porter.limits.shutdown, ending.closed()).await.is_err() {
        tracing::warn!("some requests did not end in time and are cut off");
    }
}

/// One connection, from its first byte to its last.
async fn take(
    (stream, peer): (TcpStream, IpAddr),
    (porter, room): (&Porter, Arc<Room>),
    tls: Option<TlsAcceptor>,
    mut ending: watch::Receiver<()>,
) {
    // Answers are small and whole: waiting to fill a packet only adds to their time. A socket that refuses the option
    // still works.
    let _ = stream.set_nodelay(true);
    let first = async {
        match tls {
            None => stream.readable().await.map(|()| Either::Plain(stream)),
            Some(tls) => tls.accept(stream).await.map(Box::new).map(Either::Tls),
        }
    };
    let stream = tokio::select! {
        _ = ending.changed() => return,
        first = tokio::time::timeout(porter.limits.first_byte, first) => first,
    };
    match stream {
        Ok(Ok(Either::Plain(stream))) => serve((stream, peer), (porter, room), ending).await,
        Ok(Ok(Either::Tls(stream))) => serve((*stream, peer), (porter, room), ending).await,
        Ok(Err(error)) => tracing::debug!(%error, "a connection ended before its first request"),
        Err(_) => tracing::debug!("a connection sent nothing in time"),
    }
}

enum Either {
    Plain(TcpStream),
    Tls(Box<TlsStream<TcpStream>>),
}

/// hyper reads no head with less room than this, and panics when told to.
const SMALLEST_HEAD: usize = 8 * 1024;

fn head_room(porter: &Porter) -> usize {
    porter.limits.head_bytes.max(SMALLEST_HEAD)
}

pub(super) async fn serve<Io>(
    (stream, peer): (Io, IpAddr),
    (porter, room): (&Porter, Arc<Room>),
    mut ending: watch::Receiver<()>,
) where
    Io: AsyncRead + AsyncWrite + Unpin + Send + 'static,
{
    let aside = Arc::new(Aside::new());
    // hyper calls this as soon as it has read a head, before it reads on: what waits is taken for that very request.
    let service = service_fn(|request| porter.serve(request, peer, (&aside, aside.take())));
    let stream = LongLines::new(stream, Arc::clone(&aside), room);
    let connection = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(porter.limits.idle)
        .max_buf_size(head_room(porter))
        .max_headers(porter.limits.headers)
        // A client may close its side after the request and still wait for the answer.
        .half_close(true)
        .serve_connection(LastWord::new(TokioIo::new(stream)), service);
    let mut connection = std::pin::pin!(connection);
    let ended = tokio::select! {
        ended = connection.as_mut() => ended,
        _ = ending.changed() => {
            connection.as_mut().graceful_shutdown();
            connection.await
        }
    };
    if let Err(error) = ended {
        // Clients hang up and send nonsense all day; that is theirs to know.
        tracing::debug!(%error, "a connection ended early");
    }
}

//! One POST on a connection of its own. Deliveries are rare, and a receiver that misbehaves spoils no other's connection.

use std::{io, sync::Arc, time::Duration};

use bytes::Bytes;
use http::{HeaderMap, Method, Request, header};
use http_body_util::Full;
use hyper::client::conn::http1;
use hyper_util::rt::TokioIo;
use rustls::{ClientConfig, RootCertStore, crypto::aws_lc_rs::default_provider, pki_types::ServerName};
use tokio::{
    io::{AsyncRead, AsyncWrite},
    net::TcpStream,
};
use tokio_rustls::TlsConnector;

use super::{endpoints::Endpoint, message::Message};

/// The head of an answer, as far as it matters.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Reply {
    /// The status.
    pub(super) status: u16,
    /// `Retry-After`, where it is a number of seconds.
    pub(super) retry_after: Option<Duration>,
}

/// The longest head of an answer.
const HEAD: usize = 16 * 1024;

/// Nothing can be trusted by this system's list of authorities.
#[derive(Debug, thiserror::Error)]
pub enum TlsTrouble {
    /// The list could not be read.
    #[error("the system's certificate authorities could not be read")]
    Authorities(#[source] io::Error),
    /// TLS could not be set up.
    #[error("TLS could not be set up")]
    Tls(#[from] rustls::Error),
}

/// TLS that trusts whom this system trusts (or those in `SSL_CERT_FILE` and `SSL_CERT_DIR`): a receiver inside an
/// organisation has the organisation's own authority. A system without a list trusts nobody, which a delivery then says.
pub fn system_tls() -> Result<Arc<ClientConfig>, TlsTrouble> {
    let found = rustls_native_certs::load_native_certs();
    if found.certs.is_empty()
        && let Some(error) = found.errors.into_iter().next()
    {
        return Err(TlsTrouble::Authorities(io::Error::other(error)));
    }
    let mut roots = RootCertStore::empty();
    let (_, unread) = roots.add_parsable_certificates(found.certs);
    if unread > 0 {
        tracing::warn!(unread, "some of the system's certificate authorities could not be read");
    }
    Ok(tls(roots)?)
}

/// TLS that trusts these.
pub(super) fn tls(roots: RootCertStore) -> Result<Arc<ClientConfig>, rustls::Error> {
    let config =
        ClientConfig::builder_with_provider(Arc::new(default_provider())).with_safe_default_protocol_versions()?;
    Ok(Arc::new(config.with_root_certificates(roots).with_no_client_auth()))
}

/// Posts a message. The error says why nobody answered.
pub(super) async fn post(to: &Endpoint, message: Message, tls: &Arc<ClientConfig>) -> Result<Reply, &'static str> {
    let request = request(to, message).ok_or("the message could not be written")?;
    let stream =
        TcpStream::connect((to.host.as_str(), to.port)).await.map_err(|_| "the receiver could not be reached")?;
    if !to.encrypted {
        return exchange(stream, request).await;
    }
    let name = ServerName::try_from(to.host.clone()).map_err(|_| "the host in webhook_url is not a name")?;
    let stream = TlsConnector::from(Arc::clone(tls)).connect(name, stream).await;
    exchange(stream.map_err(|_| "TLS with the receiver failed")?, request).await
}

fn request(to: &Endpoint, message: Message) -> Option<Request<Full<Bytes>>> {
    let Message { id, timestamp, signature, body } = message;
    Request::builder()
        .method(Method::POST)
        .uri(to.path.as_str())
        .header(header::HOST, to.authority.as_str())
        .header(header::CONTENT_TYPE, "application/json")
        .header(header::USER_AGENT, "shiming")
        .header(header::CONNECTION, "close")
        .header("webhook-id", id)
        .header("webhook-timestamp", timestamp)
        .header("webhook-signature", signature)
        .body(Full::new(Bytes::from(body)))
        .ok()
}

async fn exchange<S: AsyncRead + AsyncWrite + Send + Unpin>(
    stream: S,
    request: Request<Full<Bytes>>,
) -> Result<Reply, &'static str> {
    const NO_ANSWER: &str = "the receiver gave no answer in HTTP";
    let handshake = http1::Builder::new().max_buf_size(HEAD).handshake(TokioIo::new(stream)).await;
    let (mut sender, connection) = handshake.map_err(|_| NO_ANSWER)?;
    let mut answer = std::pin::pin!(sender.send_request(request));
    let mut connection = std::pin::pin!(connection);
    let answer = tokio::select! {
        biased;
        answer = &mut answer => answer,
        // It may end with the answer's last byte.
        _ = &mut connection => answer.await,
    };
    let (head, _body) = answer.map_err(|_| NO_ANSWER)?.into_parts();
    Ok(Reply { status: head.status.as_u16(), retry_after: retry_after(&head.headers) })
}

fn retry_after(headers: &HeaderMap) -> Option<Duration> {
    headers.get(header::RETRY_AFTER)?.to_str().ok()?.trim().parse().ok().map(Duration::from_secs)
}

//! Hosts that may have been signed in place of the one that arrived.

use http::HeaderValue;
use http::header::HOST;

use super::{Mistake, words};
use crate::request::Request;

/// Other hosts, the likely ones first; whether each is likely. `public` are the vendor's own.
pub(crate) fn others(
    request: &Request<'_>,
    stands_in: Option<&[u8]>,
    public: &[&str],
) -> Vec<(&'static Mistake, String, bool)> {
    let arrived = stands_in.or_else(|| request.headers.get(HOST).map(HeaderValue::as_bytes)).unwrap_or_default();
    let host = String::from_utf8_lossy(arrived).into_owned();
    let (bare, port) = match host.rsplit_once(':') {
        Some((bare, port)) if port.bytes().all(|byte| byte.is_ascii_digit()) => (bare, Some(port)),
        _ => (host.as_str(), None),
    };
    let mut all: Vec<(&'static Mistake, String, bool)> = Vec::new();
    if port.is_some() {
        all.push((&words::HOST_PORT, bare.to_owned(), true));
    }
    for name in ["x-forwarded-host", "x-original-host", "x-host"] {
        for value in request.headers.get_all(name) {
            let forwarded = String::from_utf8_lossy(value.as_bytes());
            all.push((&words::HOST_OTHER, forwarded.split(',').next().unwrap_or_default().trim().to_owned(), true));
        }
    }
    if let Some((_, rest)) = request.target.split_once("://") {
        all.push((&words::HOST_OTHER, rest.split(['/', '?']).next().unwrap_or_default().to_owned(), false));
    }
    if let Some(sent) = request.headers.get(HOST).filter(|_| stands_in.is_some()) {
        all.push((&words::HOST_OTHER, String::from_utf8_lossy(sent.as_bytes()).into_owned(), true));
    }
    for (index, public) in public.iter().enumerate() {
        all.push((&words::HOST_OTHER, (*public).to_owned(), index == 0));
        all.extend(port.map(|port| (&words::HOST_OTHER, format!("{public}:{port}"), false)));
    }
    for usual in [":443", ":80", ":8080", ":8000", ":"] {
        all.push((&words::HOST_PORT, format!("{bare}{usual}"), false));
    }
    for usual in ["localhost", "127.0.0.1"] {
        all.push((&words::HOST_OTHER, usual.to_owned(), false));
        all.extend(port.map(|port| (&words::HOST_OTHER, format!("{usual}:{port}"), false)));
    }
    all.push((&words::HOST_OTHER, host.to_ascii_lowercase(), false));
    all.push((&words::HOST_OTHER, String::new(), false));
    all.retain(|(_, other, _)| *other != host);
    all
}

/// What may be shown of a stranger's host in a log line.
pub(crate) fn shown(host: &str) -> String {
    if host.is_empty() { "\"\"".to_owned() } else { host.chars().filter(char::is_ascii_graphic).take(80).collect() }
}

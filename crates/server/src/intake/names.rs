//! How the names of an answer's headers are written: HTTP's own as its documents write them, `Content-Type`; vendors' in
//! lower case.
//!
//! A name means the same in any case, but clients are known that compare it letter by letter: Alibaba Cloud's for .NET
//! and Alipay's of v3 for .NET look for `Content-Type` among the names as they came, and the latter and PHP's for
//! `alipay-signature`.
//!
//! hyper keeps the spelling of the names that it reads in an extension of its own, which nobody else can make, and writes an
//! answer's names as the extension that the answer carries has them. So it is given a head in our spelling to read.

use std::{
    convert::Infallible,
    future::{Future, ready},
    pin::pin,
    sync::OnceLock,
    task::{Context, Waker},
};

use http::{Extensions, Request, Response};
use http_body_util::Empty;
use hyper::{
    body::{Bytes, Incoming},
    server::conn::http1,
    service::service_fn,
};
use hyper_util::rt::TokioIo;

/// HTTP's own names that a door's answer may have. A page's others, which only browsers read, stay as they are.
const NAMES: [&str; 6] = ["Connection", "Content-Length", "Content-Type", "Date", "Location", "Retry-After"];

/// What an answer carries so that its names are written as they are here.
pub(super) fn spelling() -> Extensions {
    // One for each thread, because every copy counts its references to the head that was read.
    thread_local! {
        static SPELLING: Extensions =
            read(&format!("GET / HTTP/1.1\r\n{}: 0\r\n\r\n", NAMES.join(": 0\r\n"))).unwrap_or_default();
    }
    SPELLING.with(Clone::clone)
}

/// What hyper keeps of a head: it has all of it at once, so that looking once is enough.
fn read(head: &str) -> Option<Extensions> {
    let kept = OnceLock::new();
    let service = service_fn(|request: Request<Incoming>| {
        let _ = kept.set(request.into_parts().0.extensions);
        ready(Ok::<_, Infallible>(Response::new(Empty::<Bytes>::new())))
    });
    {
        let io = TokioIo::new(tokio::io::join(head.as_bytes(), tokio::io::sink()));
        let connection = http1::Builder::new().preserve_header_case(true).serve_connection(io, service);
        let _ = pin!(connection).poll(&mut Context::from_waker(Waker::noop()));
    }
    kept.into_inner()
}

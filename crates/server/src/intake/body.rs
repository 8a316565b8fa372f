//! Reading a body: by what arrives, not by method, up to a limit and in bounded time.

use std::time::Duration;

use bytes::Bytes;
use http::{HeaderMap, header};
use http_body_util::{BodyExt, LengthLimitError, Limited};
use hyper::body::{Body, Incoming};

use crate::doors::IntakeRefusal;

/// The whole body. A length that is announced beyond the limit is refused before a byte is read.
pub(super) async fn read(
    body: Incoming,
    headers: &HeaderMap,
    limit: usize,
    time: Duration,
) -> Result<Bytes, IntakeRefusal> {
    if body.is_end_stream() {
        return Ok(Bytes::new());
    }
    if announced(headers).is_some_and(|length| length > limit as u64) {
        return Err(IntakeRefusal::BodyTooLarge);
    }
    match tokio::time::timeout(time, Limited::new(body, limit).collect()).await {
        Ok(Ok(collected)) => Ok(collected.to_bytes()),
        Ok(Err(error)) if error.is::<LengthLimitError>() => Err(IntakeRefusal::BodyTooLarge),
        Ok(Err(_)) => Err(IntakeRefusal::BodyBroken),
        Err(_) => Err(IntakeRefusal::BodyTooSlow),
    }
}

fn announced(headers: &HeaderMap) -> Option<u64> {
    headers.get(header::CONTENT_LENGTH)?.to_str().ok()?.parse().ok()
}

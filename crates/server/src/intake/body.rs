//! Reading a body: by what arrives, not by method, up to a limit and in bounded time.

use std::time::Duration;

use bytes::Bytes;
use http::{HeaderMap, header};
use http_body_util::BodyExt;
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
    let announced = announced(headers);
    if announced.is_some_and(|length| length > limit as u64) {
        return Err(IntakeRefusal::BodyTooLarge);
    }
    let announced = announced.and_then(|length| usize::try_from(length).ok()).unwrap_or(0);
    match tokio::time::timeout(time, collect(body, announced, limit)).await {
        Ok(collected) => collected,
        Err(_) => Err(IntakeRefusal::BodyTooSlow),
    }
}

/// Puts the pieces together as they come, so that hyper can read the next one into the same memory. What is announced is
/// believed, as far as room goes, once the first piece is there.
async fn collect<B>(mut body: B, announced: usize, limit: usize) -> Result<Bytes, IntakeRefusal>
where
    B: Body<Data = Bytes> + Unpin,
{
    let mut first = Bytes::new();
    let mut whole = Vec::new();
    while let Some(frame) = body.frame().await {
        // Trailers are nobody's.
        let Ok(piece) = frame.map_err(|_| IntakeRefusal::BodyBroken)?.into_data() else { continue };
        if piece.len() > limit.saturating_sub(first.len() + whole.len()) {
            return Err(IntakeRefusal::BodyTooLarge);
        }
        if first.is_empty() && whole.is_empty() {
            // Most bodies are one piece, and stay where they are.
            first = piece;
            continue;
        }
        if whole.is_empty() {
            whole.reserve_exact(announced.max(first.len() + piece.len()));
            whole.extend_from_slice(&std::mem::take(&mut first));
        }
        whole.extend_from_slice(&piece);
    }
    Ok(if whole.is_empty() { first } else { whole.into() })
}

fn announced(headers: &HeaderMap) -> Option<u64> {
    headers.get(header::CONTENT_LENGTH)?.to_str().ok()?.parse().ok()
}

#[cfg(test)]
mod tests {
    use std::{
        convert::Infallible,
        pin::Pin,
        task::{Context, Poll},
    };

    use hyper::body::Frame;

    use super::*;

    struct Pieces(Vec<Frame<Bytes>>);

    impl Body for Pieces {
        type Data = Bytes;
        type Error = Infallible;

        fn poll_frame(mut self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
            let next = (!self.0.is_empty()).then(|| Ok(self.0.remove(0)));
            Poll::Ready(next)
        }
    }

    fn read(pieces: &[&'static str], announced: usize, limit: usize) -> Result<Bytes, IntakeRefusal> {
        let frames = pieces.iter().map(|piece| Frame::data(Bytes::from_static(piece.as_bytes())));
        let trailers = Frame::trailers(HeaderMap::new());
        let body = Pieces(frames.chain([trailers]).collect());
        tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(collect(body, announced, limit))
    }

    #[test]
    fn a_body_is_its_pieces_whatever_was_announced() {
        for announced in [0, 1, 6, 9] {
            assert_eq!(read(&["ab", "", "cd", "ef"], announced, 6).unwrap(), "abcdef");
            assert_eq!(read(&["abc"], announced, 6).unwrap(), "abc");
            assert_eq!(read(&["", "a"], announced, 6).unwrap(), "a");
            assert_eq!(read(&[], announced, 6).unwrap(), "");
        }
    }

    #[test]
    fn a_body_beyond_the_limit_is_refused_wherever_that_shows() {
        for pieces in [&["abcdefg"][..], &["abcdef", "g"], &["a", "bcdef", "g"]] {
            assert!(matches!(read(pieces, 0, 6), Err(IntakeRefusal::BodyTooLarge)), "{pieces:?}");
        }
    }
}

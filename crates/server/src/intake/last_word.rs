//! Says in JSON what hyper would say with an empty body.
//!
//! A head that cannot be read (a header without a colon, a request line that is none, a head beyond the limit) never
//! reaches a door: hyper writes `HTTP/1.1 400 Bad Request` and nothing else, and some SDKs fall over an empty answer.
//! Every answer of ours carries a content type and hyper's own never does; so the one is told from the other where the
//! bytes leave, and ours goes out in its place. hyper closes the connection after it.

use std::{
    io,
    pin::Pin,
    task::{Context, Poll, ready},
};

use hyper::rt::{Read, ReadBufCursor, Write};

/// A connection on which hyper never has an empty last word.
pub(super) struct LastWord<Io> {
    io: Io,
    /// Our words in place of hyper's, and how much of them has left.
    instead: Option<(Vec<u8>, usize)>,
}

impl<Io> LastWord<Io> {
    pub(super) fn new(io: Io) -> Self {
        Self { io, instead: None }
    }
}

impl<Io: Read + Unpin> Read for LastWord<Io> {
    fn poll_read(self: Pin<&mut Self>, cx: &mut Context<'_>, buf: ReadBufCursor<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.get_mut().io).poll_read(cx, buf)
    }
}

impl<Io: Write + Unpin> Write for LastWord<Io> {
    fn poll_write(self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &[u8]) -> Poll<io::Result<usize>> {
        let this = self.get_mut();
        if this.instead.is_none() {
            let Some(ours) = in_place_of(buf) else { return Pin::new(&mut this.io).poll_write(cx, buf) };
            this.instead = Some((ours, 0));
        }
        ready!(this.send_instead(cx))?;
        Poll::Ready(Ok(buf.len()))
    }

    fn poll_write_vectored(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bufs: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let this = self.get_mut();
        // hyper writes its own answers in one piece, and only when it has nothing of ours left to send.
        match bufs.first() {
            Some(first) if this.instead.is_some() || in_place_of(first).is_some() => {
                Pin::new(this).poll_write(cx, first)
            }
            _ => Pin::new(&mut this.io).poll_write_vectored(cx, bufs),
        }
    }

    fn is_write_vectored(&self) -> bool {
        self.io.is_write_vectored()
    }

    fn poll_flush(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.get_mut().io).poll_flush(cx)
    }

    fn poll_shutdown(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.get_mut().io).poll_shutdown(cx)
    }
}

impl<Io: Write + Unpin> LastWord<Io> {
    fn send_instead(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        while let Some((bytes, sent)) = &mut self.instead {
            let Some(rest) = bytes.get(*sent..).filter(|rest| !rest.is_empty()) else { break };
            let written = ready!(Pin::new(&mut self.io).poll_write(cx, rest))?;
            if written == 0 {
                return Poll::Ready(Err(io::ErrorKind::WriteZero.into()));
            }
            *sent += written;
        }
        self.instead = None;
        Poll::Ready(Ok(()))
    }
}

/// Our answer, if these bytes are an answer of hyper's own.
fn in_place_of(buf: &[u8]) -> Option<Vec<u8>> {
    let (status, message) = if buf.starts_with(b"HTTP/1.1 400 ") {
        ("400 Bad Request", "The request line or a header cannot be read.")
    } else if buf.starts_with(b"HTTP/1.1 431 ") {
        ("431 Request Header Fields Too Large", "The request line and headers are too large.")
    } else if buf.starts_with(b"HTTP/1.1 414 ") {
        ("414 URI Too Long", "The request line is too long.")
    } else {
        return None;
    };
    let theirs = buf.windows(CONTENT_TYPE.len()).all(|window| !window.eq_ignore_ascii_case(CONTENT_TYPE));
    let code = &status[..3];
    let body = body(code, "unreadable_request", message);
    theirs.then(|| {
        format!(
            "HTTP/1.1 {status}\r\nContent-Type: application/json\r\nConnection: close\r\nContent-Length: {}\r\n\r\n{body}",
            body.len()
        )
        .into_bytes()
    })
}

const CONTENT_TYPE: &[u8] = b"content-type:";

/// What is said about a head that is not taken. Nobody knows yet whose client it is: some read `error`; Alipay's of v3 want a
/// `code` and a `message` (v3 specification, section 2.3); and an answer without a `Code` one of Alibaba Cloud's SDKs, who put
/// pictures into the line, takes for a success (domain specification, section 1.3).
pub(super) fn body(status: &str, word: &str, message: &str) -> String {
    let code = match status {
        "414" | "431" => "RequestTooLarge",
        "503" => "ServiceUnavailable",
        _ => "InvalidParameter",
    };
    let error = format!(r#"{{"code":{status},"status":"{word}","message":"{message}"}}"#);
    format!(
        r#"{{"Code":"{code}","Message":"{message}","code":"invalid-request-data","message":"{message}","error":{error}}}"#
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_answers_without_a_content_type_are_replaced() {
        let hypers = b"HTTP/1.1 400 Bad Request\r\nconnection: close\r\ncontent-length: 0\r\n\r\n";
        let ours = b"HTTP/1.1 400 Bad Request\r\nContent-Type: application/json\r\n\r\n{}";
        assert!(in_place_of(hypers).is_some());
        assert!(in_place_of(ours).is_none());
        assert!(in_place_of(b"HTTP/1.1 200 OK\r\n\r\n").is_none());
    }

    #[test]
    fn the_replacement_says_its_own_length() {
        let text = String::from_utf8(in_place_of(b"HTTP/1.1 431 X\r\n\r\n").unwrap()).unwrap();
        let (head, body) = text.split_once("\r\n\r\n").unwrap();
        assert!(head.contains(&format!("Content-Length: {}", body.len())));
        let body = serde_json::from_str::<serde_json::Value>(body).unwrap();
        assert!(body["code"] == "invalid-request-data" && body["message"] == body["error"]["message"]);
    }
}

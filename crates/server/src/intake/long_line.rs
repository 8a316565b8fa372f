//! Request lines longer than hyper takes.
//!
//! SDKs put pictures into the query of a POST: up to 4.3 MB of request line, where the `http` crate takes a URI of
//! 65,534 bytes. So the first line of a request is looked at before hyper sees it. A short one goes on as it came. A
//! long one is given to hyper with a short stand-in for its target; the target waits in `Aside` until hyper hands the
//! request to the service, and takes its place there.
//!
//! Why this cannot disagree with hyper about where a request ends:
//!
//! * Only the target of a line of the exact form `METHOD SP target SP HTTP/1.x CR LF` is replaced, and neither the
//!   target nor its stand-in holds a space or a control character: hyper frames the head as it would frame the original.
//!   Every other line goes to hyper as it came, and every other byte too.
//! * The stand-in is drawn by chance for that one line. A request gets the target that waits only if hyper read exactly
//!   the stand-in as its target; while a target waits, a request with any other is refused. Where a line was mistaken for
//!   the start of a request (the middle of a head that was sent ahead), nothing is answered but that refusal.
//! * The bytes looked at are the first of a connection, or follow a request whose body was read to its end (`Aside`
//!   learns that from the service). They are never bytes of a body.

use std::{
    io,
    pin::Pin,
    sync::Arc,
    task::{Context, Poll, ready},
    time::Duration,
};

use memchr::memchr;
use tokio::{
    io::{AsyncRead, AsyncWrite, ReadBuf},
    time::Sleep,
};

use super::{
    aside::{Aside, Held, LineRefusal, Room},
    request_line::{self, RequestLine},
};

/// A connection whose long request lines hyper does not see.
pub(super) struct LongLines<Io> {
    io: Io,
    state: State,
    aside: Arc<Aside>,
    room: Arc<Room>,
    closing: Closing,
}

enum State {
    /// Bytes go on as they come.
    Through,
    /// Nothing has gone on of a line that has not ended.
    Collecting(Held),
    /// These bytes go on, from `at`; then the rest, or nothing more.
    Giving { held: Held, at: usize, then_end: bool },
    /// Nothing more is read: the connection was refused.
    End,
}

/// What is left to do when hyper closes the connection.
enum Closing {
    /// Close it.
    Plainly,
    /// Close our side and take what is still on its way, so that the refusal is not lost in a reset.
    Lingering { sent_end: bool, bytes: usize, until: Option<Pin<Box<Sleep>>> },
}

/// How long, after a refusal, a client may go on sending what was refused.
const LINGER: Duration = Duration::from_secs(2);
/// How much of a refused body is taken in that time: there are clients that read no answer before they have sent everything.
const LINGER_BYTES: usize = 64 * 1024 * 1024;

impl<Io> LongLines<Io> {
    pub(super) fn new(io: Io, aside: Arc<Aside>, room: Arc<Room>) -> Self {
        Self { io, state: State::Through, aside, room, closing: Closing::Plainly }
    }
}

impl<Io: AsyncRead + Unpin> AsyncRead for LongLines<Io> {
    fn poll_read(self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        let this = self.get_mut();
        loop {
            match &mut this.state {
                State::Through if this.aside.expects_a_request() => this.state = State::Collecting(Held::default()),
                State::Through => return Pin::new(&mut this.io).poll_read(cx, buf),
                State::Collecting(held) if held.is_long() => {
                    // It does not go through hyper's memory any more.
                    let before = held.bytes().len();
                    let more = ready!(held.poll_more(&mut this.io, cx, &this.room))?;
                    this.sort_more(more, before);
                }
                State::Collecting(_) => {
                    let before = buf.filled().len();
                    ready!(Pin::new(&mut this.io).poll_read(cx, buf))?;
                    if this.sort(buf, before) {
                        return Poll::Ready(Ok(()));
                    }
                }
                State::Giving { held, at, then_end } => {
                    let rest = held.bytes().get(*at..).unwrap_or_default();
                    let given = rest.len().min(buf.remaining());
                    buf.put_slice(rest.get(..given).unwrap_or_default());
                    *at += given;
                    if given == rest.len() {
                        this.state = if *then_end { State::End } else { State::Through };
                    }
                    if given > 0 {
                        return Poll::Ready(Ok(()));
                    }
                }
                State::End => return Poll::Ready(Ok(())),
            }
        }
    }
}

impl<Io> LongLines<Io> {
    /// Decides about what was just read into `buf` after `before`; true if it goes on as it is.
    fn sort(&mut self, buf: &mut ReadBuf<'_>, before: usize) -> bool {
        let State::Collecting(held) = &mut self.state else { return true };
        let piece = buf.filled().get(before..).unwrap_or_default();
        let feed = memchr(b'\n', piece);
        let line = held.bytes().len() + feed.map_or(piece.len(), |at| at + 1);
        let short = line <= self.room.short_line();
        if held.bytes().is_empty() && (piece.is_empty() || (short && feed.is_some())) {
            self.state = State::Through;
            self.aside.request_began();
            return true;
        }
        let ended = piece.is_empty() || feed.is_some();
        let mut held = std::mem::take(held);
        let next = match held.push(piece, &self.room, line) {
            Err(why) => Next::Refuse(why),
            Ok(()) if short && !ended => Next::Wait,
            Ok(()) if short || !request_line::may_begin(held.bytes()) => Next::Give,
            Ok(()) if piece.is_empty() => Next::Drop,
            Ok(()) if feed.is_none() => Next::Wait,
            Ok(()) => Next::Replace,
        };
        buf.set_filled(before);
        match next {
            Next::Wait => self.state = State::Collecting(held),
            Next::Give => self.give(held, false),
            Next::Drop => self.state = State::End,
            Next::Refuse(why) => self.refuse(why),
            Next::Replace => self.replace(held, line),
        }
        false
    }

    /// Decides about what was just added to a long line after `before`.
    fn sort_more(&mut self, more: Result<(), LineRefusal>, before: usize) {
        let State::Collecting(held) = &mut self.state else { return };
        let piece = held.bytes().get(before..).unwrap_or_default();
        let feed = memchr(b'\n', piece);
        let line = before + feed.map_or(piece.len(), |at| at + 1);
        match more {
            Err(why) => self.refuse(why),
            Ok(()) if self.room.is_beyond(line) => self.refuse(LineRefusal::TooLong),
            Ok(()) if piece.is_empty() => self.state = State::End,
            Ok(()) if feed.is_none() => {}
            Ok(()) => {
                let held = std::mem::take(held);
                self.replace(held, line);
            }
        }
    }

    fn give(&mut self, held: Held, then_end: bool) {
        self.aside.request_began();
        self.state = State::Giving { held, at: 0, then_end };
    }

    /// The long line is whole: `line` bytes of what is held.
    fn replace(&mut self, held: Held, line: usize) {
        let bytes = held.bytes();
        let Some(RequestLine { method, target, version }) = bytes.get(..line).and_then(request_line::read) else {
            return self.give(held, false);
        };
        if target.len() > self.room.target_bytes() {
            return self.refuse(LineRefusal::TooLong);
        }
        let stand_in = self.room.stand_in();
        let mut given = format!("{method} {stand_in} {version}\r\n").into_bytes();
        given.extend_from_slice(bytes.get(line..).unwrap_or_default());
        let start = method.len() + 1;
        let end = start + target.len();
        self.aside.keep(stand_in, held.into_target(start..end).ok_or(LineRefusal::Displaced));
        self.give(Held::small(given), false);
    }

    /// The service says why: it is given a request that stands for the refused one, and nothing more.
    fn refuse(&mut self, why: LineRefusal) {
        let stand_in = self.room.stand_in();
        let head = format!("GET {stand_in} HTTP/1.1\r\n\r\n").into_bytes();
        self.aside.keep(stand_in, Err(why));
        let bytes = self.room.target_bytes().saturating_mul(2);
        self.closing = Closing::Lingering { sent_end: false, bytes, until: None };
        self.give(Held::small(head), true);
    }
}

enum Next {
    Wait,
    Give,
    Drop,
    Refuse(LineRefusal),
    Replace,
}

impl<Io: AsyncRead + AsyncWrite + Unpin> AsyncWrite for LongLines<Io> {
    fn poll_write(self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &[u8]) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.get_mut().io).poll_write(cx, buf)
    }

    fn poll_write_vectored(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bufs: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.get_mut().io).poll_write_vectored(cx, bufs)
    }

    fn is_write_vectored(&self) -> bool {
        self.io.is_write_vectored()
    }

    fn poll_flush(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.get_mut().io).poll_flush(cx)
    }

    fn poll_shutdown(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        let this = self.get_mut();
        if matches!(this.closing, Closing::Plainly) && this.aside.leaves_a_body_unread() {
            this.closing = Closing::Lingering { sent_end: false, bytes: LINGER_BYTES, until: None };
        }
        let Closing::Lingering { sent_end, bytes, until } = &mut this.closing else {
            return Pin::new(&mut this.io).poll_shutdown(cx);
        };
        if !*sent_end {
            ready!(Pin::new(&mut this.io).poll_shutdown(cx))?;
            *sent_end = true;
        }
        let until = until.get_or_insert_with(|| Box::pin(tokio::time::sleep(LINGER)));
        let mut chunk = [0; 4096];
        while *bytes > 0 && until.as_mut().poll(cx).is_pending() {
            let mut buf = ReadBuf::new(&mut chunk);
            match ready!(Pin::new(&mut this.io).poll_read(cx, &mut buf)) {
                Ok(()) if !buf.filled().is_empty() => *bytes = bytes.saturating_sub(buf.filled().len()),
                _ => break,
            }
        }
        Poll::Ready(Ok(()))
    }
}

#[cfg(test)]
#[path = "long_line_tests.rs"]
mod tests;

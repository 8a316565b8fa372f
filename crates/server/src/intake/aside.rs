//! Where a long target waits for its request, and how much may wait at once.

use std::{
    io,
    ops::Range,
    pin::pin,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    task::{Context, Poll, ready},
};

use bytes::BufMut;
use http::StatusCode;
use parking_lot::Mutex;
use tokio::{
    io::{AsyncRead, AsyncReadExt},
    sync::{OwnedSemaphorePermit, Semaphore},
};

use crate::{limits::Limits, random::Random};

/// What one connection has set aside.
pub(super) struct Aside {
    /// Whether the next byte that arrives may be the first of a request.
    expecting: AtomicBool,
    kept: Mutex<Option<Kept>>,
    /// Whether a body was refused whose rest is still on its way.
    unread: AtomicBool,
}

/// A target, or why there is none, and the target that hyper sees in its place.
pub(super) struct Kept {
    stand_in: String,
    target: Result<LongTarget, LineRefusal>,
}

/// A target that hyper did not see; its room is free when it is dropped.
pub(super) struct LongTarget {
    /// The line, as far as the target goes.
    text: String,
    start: usize,
    _room: Option<OwnedSemaphorePermit>,
}

/// Why a request with a long line is not answered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum LineRefusal {
    /// The target is longer than the limit.
    TooLong,
    /// As much as may wait is waiting already.
    NoRoom,
    /// The line was not where a request starts.
    Displaced,
}

impl LineRefusal {
    /// Status, word and message of the refusal.
    pub(super) fn says(self) -> (StatusCode, &'static str, &'static str) {
        match self {
            Self::TooLong => (StatusCode::URI_TOO_LONG, "unreadable_request", "The request line is too long."),
            Self::NoRoom => {
                (StatusCode::SERVICE_UNAVAILABLE, "busy", "Too many long request lines at once. Try again.")
            }
            Self::Displaced => {
                (StatusCode::BAD_REQUEST, "unreadable_request", "The request line or a header cannot be read.")
            }
        }
    }
}

impl Aside {
    /// For a new connection: its first byte is the first of a request.
    pub(super) fn new() -> Self {
        Self { expecting: AtomicBool::new(true), kept: Mutex::new(None), unread: AtomicBool::new(false) }
    }

    pub(super) fn expects_a_request(&self) -> bool {
        self.expecting.load(Ordering::Relaxed)
    }

    /// Bytes of the next request have gone to hyper.
    pub(super) fn request_began(&self) {
        self.expecting.store(false, Ordering::Relaxed);
    }

    /// A request was read to the end of its body, and the connection goes on.
    pub(super) fn request_ended(&self) {
        self.expecting.store(true, Ordering::Relaxed);
    }

    /// A body was refused before its end; the connection will not go on.
    pub(super) fn body_refused(&self) {
        self.unread.store(true, Ordering::Relaxed);
    }

    pub(super) fn leaves_a_body_unread(&self) -> bool {
        self.unread.load(Ordering::Relaxed)
    }

    pub(super) fn keep(&self, stand_in: String, target: Result<LongTarget, LineRefusal>) {
        *self.kept.lock() = Some(Kept { stand_in, target });
    }

    /// What waits for the request that hyper has just read. Must be called before a byte of its body is.
    pub(super) fn take(&self) -> Option<Kept> {
        self.request_began();
        self.kept.lock().take()
    }
}

impl Kept {
    /// The target of the request in which hyper read `seen`.
    pub(super) fn target_of(self, seen: &str) -> Result<LongTarget, LineRefusal> {
        if seen == self.stand_in { self.target } else { Err(LineRefusal::Displaced) }
    }
}

impl LongTarget {
    pub(super) fn as_str(&self) -> &str {
        self.text.get(self.start..).unwrap_or_default()
    }
}

/// How long lines may be, and how much of them may be held at once by all connections of an address.
pub(super) struct Room {
    free: Arc<Semaphore>,
    short_line: usize,
    target_bytes: usize,
    random: Box<dyn Random>,
}

/// Room is given out in pieces of this many bytes.
const PIECE: usize = 64 * 1024;
/// What a request line has beside its target, at most.
const BESIDE_TARGET: usize = 64;

impl Room {
    /// `head` is the room in which hyper collects a head: a line that goes there leaves half of it to the headers.
    pub(super) fn new(limits: &Limits, head: usize, random: Box<dyn Random>) -> Self {
        let pieces = (limits.long_targets_bytes / PIECE).min(Semaphore::MAX_PERMITS);
        Self {
            free: Arc::new(Semaphore::new(pieces)),
            short_line: (head / 2).min(LONGEST_SHORT_LINE),
            target_bytes: limits.target_bytes,
            random,
        }
    }

    /// The longest line that hyper is given as it came.
    pub(super) fn short_line(&self) -> usize {
        self.short_line
    }

    pub(super) fn target_bytes(&self) -> usize {
        self.target_bytes
    }

    /// Whether a line is longer than any whose target is taken.
    pub(super) fn is_beyond(&self, line: usize) -> bool {
        line > self.target_bytes.saturating_add(BESIDE_TARGET)
    }

    /// A target that nobody can have sent.
    pub(super) fn stand_in(&self) -> String {
        let mut chance = [0; 16];
        self.random.fill(&mut chance);
        format!("/{:032x}", u128::from_be_bytes(chance))
    }

    fn pieces(&self, bytes: usize) -> Result<(OwnedSemaphorePermit, usize), LineRefusal> {
        let pieces = u32::try_from(bytes.div_ceil(PIECE)).map_err(|_| LineRefusal::NoRoom)?;
        let permit = Arc::clone(&self.free).try_acquire_many_owned(pieces).map_err(|_| LineRefusal::NoRoom)?;
        Ok((permit, pieces as usize * PIECE))
    }
}

/// hyper takes 65,534 bytes of target.
const LONGEST_SHORT_LINE: usize = 60_000;

/// Memory for what most long lines have, the largest picture among them. What of it is not written to costs nothing.
const USUAL: usize = 2 * 1024 * 1024;

/// Bytes of a request that hyper has not seen. What is more than a short line takes from the room.
#[derive(Default)]
pub(super) struct Held {
    bytes: Vec<u8>,
    room: Option<OwnedSemaphorePermit>,
    /// So many bytes there is room for.
    granted: usize,
}

impl Held {
    /// A few bytes that need no room.
    pub(super) fn small(bytes: Vec<u8>) -> Self {
        Self { bytes, room: None, granted: 0 }
    }

    pub(super) fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// Whether this is the beginning of a long line.
    pub(super) fn is_long(&self) -> bool {
        self.granted > 0
    }

    /// Adds what has arrived; `line` is how long the line is with it.
    pub(super) fn push(&mut self, piece: &[u8], room: &Room, line: usize) -> Result<(), LineRefusal> {
        if line > room.short_line() {
            if room.is_beyond(line) {
                return Err(LineRefusal::TooLong);
            }
            self.grow(self.bytes.len() + piece.len(), room)?;
        }
        self.bytes.extend_from_slice(piece);
        Ok(())
    }

    /// Adds more of a long line as it arrives; nothing where the connection's other side is closed.
    pub(super) fn poll_more<Io: AsyncRead + Unpin>(
        &mut self,
        io: &mut Io,
        cx: &mut Context<'_>,
        room: &Room,
    ) -> Poll<io::Result<Result<(), LineRefusal>>> {
        if let Err(why) = self.grow(self.bytes.len() + 1, room) {
            return Poll::Ready(Ok(Err(why)));
        }
        let free = self.granted - self.bytes.len();
        let mut place = (&mut self.bytes).limit(free);
        ready!(pin!(io.read_buf(&mut place)).poll(cx))?;
        Poll::Ready(Ok(Ok(())))
    }

    /// Makes sure that there is room for so many bytes, and memory.
    fn grow(&mut self, bytes: usize, room: &Room) -> Result<(), LineRefusal> {
        let missing = bytes.saturating_sub(self.granted);
        if missing > 0 {
            let (permit, granted) = room.pieces(missing)?;
            match &mut self.room {
                Some(room) => room.merge(permit),
                none => *none = Some(permit),
            }
            self.granted += granted;
        }
        if self.granted > self.bytes.capacity() {
            let most = self.granted.max(room.target_bytes());
            let usual = USUAL.max(self.bytes.capacity() * 2).clamp(self.granted, most);
            self.bytes.reserve_exact(usual - self.bytes.len());
        }
        Ok(())
    }

    /// The bytes of the target alone, in the room that they have.
    pub(super) fn into_target(mut self, range: Range<usize>) -> Option<LongTarget> {
        self.bytes.truncate(range.end);
        let text = String::from_utf8(self.bytes).ok()?;
        Some(LongTarget { text, start: range.start, _room: self.room })
    }
}

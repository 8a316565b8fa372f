//! `[limits]`: what strangers may cost.

use super::values::{IN_WORK, Span, within};
use crate::trouble::Trouble;

/// Why waits have bounds.
const WAIT: &str = "shorter breaks honest callers off, longer lets idle ones keep their places";

section!(
    "limits",
    "What one connection, one request and one caller may take.",
    Limits {
        /// Connections at once; further ones wait.
        connections: usize = 4096 => within(1..=1 << 20, "each takes an open file, and no process gets more"),
        /// Bytes of request line and headers; a request line longer than half of this does not count.
        head_bytes: usize = 64 * 1024 => within(8192..=1 << 20, "the smallest head that is taken, and what every connection may cost in memory"),
        /// Bytes of a request target: some SDKs put a picture into the query.
        target_bytes: usize = 6 * 1024 * 1024 => within(8192..=64 << 20, "SDKs send some 4 MiB, and a target is held in memory"),
        /// Bytes of targets of long request lines that one address holds at once; a further one gets 503.
        long_targets_bytes: usize = 384 * 1024 * 1024 => within(1 << 20..=1 << 40, "it is memory, and one line has to find room in it"),
        /// Header lines in one request.
        headers: usize = 100 => within(16..=1024, "SDKs send up to some twenty, and a stranger may send as many as there may be"),
        /// How long a new connection may wait before its first byte.
        first_byte: Span = Span::secs(10) => within(Span::secs(1)..=Span::secs(3600), WAIT),
        /// How long a connection may stay open between requests.
        idle: Span = Span::secs(75) => within(Span::secs(1)..=Span::secs(3600), WAIT),
        /// How long a body may take to arrive.
        body_time: Span = Span::secs(20) => within(Span::secs(1)..=Span::secs(3600), WAIT),
        /// Verified requests of one caller that may be in work at once.
        in_flight_per_caller: usize = 256 => within(1..=1_000_000, IN_WORK),
        /// How long open requests may take to end when the program stops.
        shutdown: Span = Span::secs(20) => within(Span::secs(0)..=Span::secs(3600), "whoever stops the program waits for it"),
    }
);

impl Limits {
    /// Refuses limits that contradict each other.
    pub(crate) fn agree(&self) -> Result<(), Trouble> {
        if self.long_targets_bytes < self.target_bytes {
            return Err(Trouble::usage("[limits] long_targets_bytes is less than target_bytes")
                .advice("the longest target that is taken has to find room"));
        }
        Ok(())
    }

    /// As the server takes them.
    pub(crate) fn for_server(&self) -> shiming_server::Limits {
        shiming_server::Limits {
            connections: self.connections,
            head_bytes: self.head_bytes,
            target_bytes: self.target_bytes,
            long_targets_bytes: self.long_targets_bytes,
            headers: self.headers,
            first_byte: self.first_byte.0,
            idle: self.idle.0,
            body_time: self.body_time.0,
            shutdown: self.shutdown.0,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_defaults_are_the_servers() {
        assert_eq!(Limits::default().for_server(), shiming_server::Limits::default());
    }
}

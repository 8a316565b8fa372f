//! `[limits]`: what strangers may cost.

use super::values::Span;

section!(
    "limits",
    "What one connection, one request and one caller may take.",
    Limits {
        /// Connections at once; further ones wait.
        connections: usize = 4096,
        /// Bytes of request line and headers; a request line longer than half of this does not count.
        head_bytes: usize = 64 * 1024,
        /// Bytes of a request target: some SDKs put a picture into the query.
        target_bytes: usize = 6 * 1024 * 1024,
        /// Bytes of targets of long request lines that one address holds at once; a further one gets 503.
        long_targets_bytes: usize = 384 * 1024 * 1024,
        /// Header lines in one request.
        headers: usize = 100,
        /// How long a new connection may wait before its first byte.
        first_byte: Span = Span::secs(10),
        /// How long a connection may stay open between requests.
        idle: Span = Span::secs(75),
        /// How long a body may take to arrive.
        body_time: Span = Span::secs(20),
        /// Verified requests of one caller that may be in work at once.
        in_flight_per_caller: usize = 256,
        /// How long open requests may take to end when the program stops.
        shutdown: Span = Span::secs(20),
    }
);

impl Limits {
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

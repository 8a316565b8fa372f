//! Limits on what strangers may cost. All are on by default.

use std::time::Duration;

/// What one connection and one request may take. What one caller may take is its door's to say.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Connections at once; further ones wait to be accepted.
    pub connections: usize,
    /// Bytes of headers, and of a request line that takes no more than half of them (nor more than 60,000); anything below
    /// 8 KiB is taken as that.
    pub head_bytes: usize,
    /// Bytes of a longer request line's target.
    pub target_bytes: usize,
    /// Bytes of such targets that one address holds at once.
    pub long_targets_bytes: usize,
    /// Header lines in one request.
    pub headers: usize,
    /// How long a new connection may wait before its first byte (and a TLS handshake may take).
    pub first_byte: Duration,
    /// How long a connection may stay open between requests; a request's head must be complete within it too.
    pub idle: Duration,
    /// How long a body may take to arrive.
    pub body_time: Duration,
    /// How long open requests may take to end after the server was told to stop.
    pub shutdown: Duration,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            connections: 4096,
            head_bytes: 64 * 1024,
            target_bytes: 6 * 1024 * 1024,
            long_targets_bytes: 384 * 1024 * 1024,
            headers: 100,
            first_byte: Duration::from_secs(10),
            idle: Duration::from_secs(75),
            body_time: Duration::from_secs(20),
            shutdown: Duration::from_secs(20),
        }
    }
}

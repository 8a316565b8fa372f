//! Chance is an argument.

use std::io;

/// Where random bytes come from: the program gives the system's, a test a counter.
///
/// Any `Fn(&mut [u8]) -> io::Result<()>` is one.
pub trait Random: Send + Sync {
    /// Fills the slice with random bytes.
    fn fill(&self, bytes: &mut [u8]) -> io::Result<()>;
}

impl<F: Fn(&mut [u8]) -> io::Result<()> + Send + Sync> Random for F {
    fn fill(&self, bytes: &mut [u8]) -> io::Result<()> {
        self(bytes)
    }
}

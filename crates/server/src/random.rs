//! Chance as an argument, so that a test can name the request id it expects.

/// Where random bytes come from.
pub trait Random: Send + Sync {
    /// Fills the buffer.
    fn fill(&self, bytes: &mut [u8]);
}

/// The operating system's generator.
#[derive(Clone, Copy, Debug, Default)]
pub struct SystemRandom;

impl Random for SystemRandom {
    fn fill(&self, bytes: &mut [u8]) {
        // The system's generator fails only where there is none at all. An id made of zeros would be worse than a stop.
        #[expect(clippy::expect_used, reason = "without a random source no request may be answered")]
        getrandom::fill(bytes).expect("the operating system gives random bytes");
    }
}

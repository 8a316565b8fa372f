//! Chance as an argument, so that a test can name the request id it expects.

/// Where random bytes come from.
pub trait Random: Send + Sync {
    /// Fills the buffer.
    fn fill(&self, bytes: &mut [u8]);
}

/// A generator that the operating system seeds: aws-lc's, which asks the kernel once in a while and not for every id.
#[derive(Clone, Copy, Debug, Default)]
pub struct SystemRandom;

impl Random for SystemRandom {
    fn fill(&self, bytes: &mut [u8]) {
        // It fails only where the system gives no seed at all. An id made of zeros would be worse than a stop.
        #[expect(clippy::expect_used, reason = "without a random source no request may be answered")]
        aws_lc_rs::rand::fill(bytes).expect("the operating system gives a seed");
    }
}

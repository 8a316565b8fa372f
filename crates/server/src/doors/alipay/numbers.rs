//! Numbers that this server gives out: `biz_no` and trace ids.

use std::sync::atomic::{AtomicU64, Ordering};

use shiming_core::UnixTime;
use shiming_wire::{alipay_gateway::material, alipay_v3::reply};

use crate::Random;

/// A maker of numbers, none of which comes twice.
///
/// Fifteen digits of a `biz_no` are free (docs: Alipay gateway specification, section 4.8): the millisecond of the day, and
/// seven of a counter that begins anywhere. A server that is started again begins at a later millisecond.
#[derive(Debug)]
pub struct Numbers(AtomicU64);

impl Numbers {
    /// Begins anywhere.
    pub fn new(random: &dyn Random) -> Self {
        let mut bytes = [0; 8];
        random.fill(&mut bytes);
        Self(AtomicU64::new(u64::from_be_bytes(bytes) >> 1))
    }

    /// The next `biz_no`.
    pub fn biz_no(&self, now: UnixTime) -> String {
        let of_day = now.millis().rem_euclid(24 * 60 * 60 * 1000).unsigned_abs();
        material::biz_no(now.timestamp(), of_day * 10_000_000 + self.next() % 10_000_000)
    }

    /// The next trace id, in the form of production's. The address in it is nobody's.
    pub fn trace_id(&self, now: UnixTime) -> String {
        reply::trace_id([127, 0, 0, 1], now.timestamp(), self.next())
    }

    fn next(&self) -> u64 {
        self.0.fetch_add(1, Ordering::Relaxed)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    struct Ones;

    impl Random for Ones {
        fn fill(&self, bytes: &mut [u8]) {
            bytes.fill(0xff);
        }
    }

    #[test]
    fn a_number_comes_once_and_has_the_documented_form() {
        let numbers = Numbers::new(&Ones);
        let now = UnixTime(1_795_000_000_123);
        let given: Vec<_> = (0..1000).map(|_| numbers.biz_no(now)).collect();
        for number in &given {
            assert_eq!(number.len(), 32);
            assert!(number.starts_with("ZM202611183000000"), "{number}");
        }
        let once: std::collections::BTreeSet<_> = given.iter().collect();
        assert_eq!(once.len(), 1000);
        assert_eq!(numbers.trace_id(now).len(), 31);
    }
}

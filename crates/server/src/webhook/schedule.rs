//! When a failed delivery is tried again: the standard's example schedule, each delay longer by up to a tenth, so that
//! what failed together does not come back together.

use std::time::Duration;

use crate::random::Random;

const SECOND: i64 = 1000;
const MINUTE: i64 = 60 * SECOND;
const HOUR: i64 = 60 * MINUTE;

/// The delays behind the first attempt and those after it: ten attempts in three days and some hours.
pub(super) const DELAYS: [i64; 9] =
    [5 * SECOND, 5 * MINUTE, 30 * MINUTE, 2 * HOUR, 5 * HOUR, 10 * HOUR, 14 * HOUR, 20 * HOUR, 24 * HOUR];

/// The longest that a receiver may ask for.
const LONGEST: i64 = 24 * HOUR;

/// How many milliseconds behind the failed attempt of this number (from 1) the next one is; none behind the last. A
/// receiver may ask for a longer delay (`Retry-After`), not for a shorter one.
pub(super) fn after(attempts: u32, asked: Option<Duration>, random: &dyn Random) -> Option<i64> {
    let delay = *DELAYS.get(usize::try_from(attempts).ok()?.saturating_sub(1))?;
    let asked = asked.map_or(0, |asked| i64::try_from(asked.as_millis()).unwrap_or(LONGEST).min(LONGEST));
    let delay = delay.max(asked);
    let mut chance = [0; 2];
    random.fill(&mut chance);
    Some(delay + delay / 10 * i64::from(u16::from_be_bytes(chance)) / i64::from(u16::MAX))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Fills with one byte.
    struct Always(u8);

    impl Random for Always {
        fn fill(&self, bytes: &mut [u8]) {
            bytes.fill(self.0);
        }
    }

    #[test]
    fn the_delays_are_the_standards_and_a_tenth_more_at_most() {
        let starts: Vec<i64> = (1..=9).map(|attempt| after(attempt, None, &Always(0)).unwrap()).collect();
        assert_eq!(starts, DELAYS);
        assert_eq!(starts.iter().sum::<i64>(), 75 * HOUR + 35 * MINUTE + 5 * SECOND);
        assert_eq!(after(1, None, &Always(255)), Some(5_500));
        assert_eq!(after(10, None, &Always(0)), None);
        assert_eq!(after(u32::MAX, None, &Always(0)), None);
    }

    #[test]
    fn a_receiver_may_ask_for_more_up_to_a_day_and_not_for_less() {
        let asked = |secs| after(2, Some(Duration::from_secs(secs)), &Always(0));
        assert_eq!((asked(1), asked(600), asked(u64::MAX)), (Some(5 * MINUTE), Some(10 * MINUTE), Some(LONGEST)));
    }
}

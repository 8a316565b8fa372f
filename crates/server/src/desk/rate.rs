//! How often somebody may come: a rate with a burst, for each of many.
//!
//! For each there is one number, the moment at which the burst is whole again (the generic cell rate algorithm). What
//! is whole again is forgotten when there are too many.

use std::{collections::HashMap, hash::Hash, net::IpAddr, time::Duration};

use parking_lot::Mutex;
use shiming_core::UnixTime;

/// So many at once, and then one in every so long.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rate {
    /// So many at once.
    pub burst: u32,
    /// Then one in this time.
    pub every: Duration,
}

/// Who has come how often.
pub(super) struct Rates<K> {
    rate: Rate,
    whole_at: Mutex<HashMap<K, i64>>,
}

/// More than these are not remembered.
const MOST: usize = 65_536;

impl<K: Eq + Hash> Rates<K> {
    pub(super) fn new(rate: Rate) -> Self {
        Self { rate, whole_at: Mutex::default() }
    }

    /// Comes once more; `Err` says for how long not to.
    pub(super) fn come(&self, key: K, now: UnixTime) -> Result<(), Duration> {
        let every = i64::try_from(self.rate.every.as_millis()).unwrap_or(i64::MAX);
        let burst = every.saturating_mul(i64::from(self.rate.burst));
        let (now, mut whole_at) = (now.millis(), self.whole_at.lock());
        if whole_at.len() >= MOST {
            whole_at.retain(|_, at| *at > now);
            if whole_at.len() >= MOST {
                // Whoever keeps out everybody else by coming from everywhere should not keep them out by this.
                whole_at.clear();
            }
        }
        let at = whole_at.entry(key).or_insert(now);
        // A clock that was set back must keep nobody out for longer than a whole burst takes.
        let next = (*at).clamp(now, now.saturating_add(burst)).saturating_add(every);
        let over = next.saturating_sub(now.saturating_add(burst));
        if over > 0 {
            return Err(Duration::from_millis(over.unsigned_abs()));
        }
        *at = next;
        Ok(())
    }
}

/// An address as one household has it: of IPv6 the network.
pub(super) fn household(peer: IpAddr) -> IpAddr {
    match peer.to_canonical() {
        IpAddr::V6(address) => IpAddr::from((u128::from(address) & !u128::from(u64::MAX)).to_be_bytes()),
        v4 @ IpAddr::V4(_) => v4,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_burst_passes_and_then_one_at_a_time() {
        let rates = Rates::new(Rate { burst: 3, every: Duration::from_secs(10) });
        let start = UnixTime(1_000_000);
        for _ in 0..3 {
            assert_eq!(rates.come(1, start), Ok(()));
        }
        assert_eq!(rates.come(1, start), Err(Duration::from_secs(10)));
        assert_eq!(rates.come(2, start), Ok(()), "somebody else is not kept out");
        assert_eq!(rates.come(1, start.plus_millis(9_000)), Err(Duration::from_secs(1)));
        assert_eq!(rates.come(1, start.plus_millis(10_000)), Ok(()));
        assert!(rates.come(1, start.plus_millis(10_000)).is_err());
        assert_eq!(rates.come(1, start.plus_millis(60_000)), Ok(()));
    }

    #[test]
    fn a_clock_that_is_set_back_locks_nobody_out() {
        let rates = Rates::new(Rate { burst: 2, every: Duration::from_secs(10) });
        let late = UnixTime(10_000_000_000);
        assert_eq!(rates.come(1, late), Ok(()));
        assert_eq!(rates.come(1, UnixTime(0)), Err(Duration::from_secs(10)));
    }

    #[test]
    fn there_is_an_end_to_what_is_remembered() {
        let rates = Rates::new(Rate { burst: 1, every: Duration::from_secs(10) });
        for key in 0..2 * MOST {
            assert_eq!(rates.come(key, UnixTime(0)), Ok(()));
        }
        assert!(rates.whole_at.lock().len() <= MOST);
    }

    #[test]
    fn a_household_is_a_network_of_ipv6() {
        let of = |text: &str| household(text.parse().unwrap());
        assert_eq!(of("2001:db8:1:2:3:4:5:6"), of("2001:db8:1:2::1"));
        assert_ne!(of("2001:db8:1:2::1"), of("2001:db8:1:3::1"));
        assert_eq!(of("::ffff:192.0.2.1"), of("192.0.2.1"));
    }
}

//! Time as the core sees it: a number of milliseconds that somebody else read off a clock.

use jiff::{Timestamp, civil::Date, tz::Offset};

/// Milliseconds since 1970-01-01T00:00:00Z.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct UnixTime(pub i64);

impl UnixTime {
    /// From whole seconds since the epoch.
    pub const fn from_secs(secs: i64) -> Self {
        Self(secs.saturating_mul(1000))
    }

    /// Whole seconds since the epoch, rounded down.
    pub const fn secs(self) -> i64 {
        self.0.div_euclid(1000)
    }

    /// Milliseconds since the epoch.
    pub const fn millis(self) -> i64 {
        self.0
    }

    /// This moment moved by so many milliseconds (negative: into the past).
    pub const fn plus_millis(self, millis: i64) -> Self {
        Self(self.0.saturating_add(millis))
    }

    /// The civil date in China (UTC+08:00) at this moment: what "today" means to a resident number.
    pub fn china_date(self) -> Date {
        const CHINA: Offset = Offset::constant(8);
        CHINA.to_datetime(self.timestamp()).date()
    }

    /// The same moment for printing (RFC 3339). Out-of-range values stop at the ends of what can be printed.
    pub fn timestamp(self) -> Timestamp {
        let end = if self.0 < 0 { Timestamp::MIN } else { Timestamp::MAX };
        Timestamp::from_millisecond(self.0).unwrap_or(end)
    }
}

/// Where the current time comes from. Tests give a fixed one; the program gives the system's.
pub trait Clock: Send + Sync {
    /// The moment that it is now.
    fn now(&self) -> UnixTime;
}

/// A clock that stands still, for tests and for recorded requests.
impl Clock for UnixTime {
    fn now(&self) -> UnixTime {
        *self
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_day_in_china_begins_at_sixteen_hundred_utc() {
        let before: Timestamp = "2026-11-25T15:59:59.999Z".parse().unwrap();
        let before = UnixTime(before.as_millisecond());
        assert_eq!(before.china_date(), jiff::civil::date(2026, 11, 25));
        assert_eq!(before.plus_millis(1).china_date(), jiff::civil::date(2026, 11, 26));
    }

    #[test]
    fn moments_beyond_the_calendar_print_as_its_end() {
        assert_eq!(UnixTime(i64::MAX).timestamp(), Timestamp::MAX);
        assert_eq!(UnixTime(i64::MIN).timestamp(), Timestamp::MIN);
    }
}

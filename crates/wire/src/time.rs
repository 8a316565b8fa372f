//! Wire forms of a moment, and the window a request's moment must lie in. The clock is always an argument.

use std::time::Duration;

use jiff::Timestamp;
use jiff::civil::{Date, DateTime, Time};
use jiff::tz::TimeZone;

/// How far a request's moment may lie from the server's clock, either way, inclusive at the edge.
///
/// The forms on the wire have whole seconds, so the comparison is in whole seconds too.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Window {
    seconds: u64,
}

impl Window {
    /// Fifteen minutes: JD Cloud publishes none (docs: JD Cloud specification, section 1.8).
    pub const FIFTEEN_MINUTES: Self = Self { seconds: 15 * 60 };

    /// A window of this size either way; parts of a second are dropped.
    pub const fn new(either_way: Duration) -> Self {
        Self { seconds: either_way.as_secs() }
    }

    /// The size either way.
    pub const fn either_way(self) -> Duration {
        Duration::from_secs(self.seconds)
    }

    /// Whether `moment` lies inside the window around `now`.
    pub fn contains(self, moment: Timestamp, now: Timestamp) -> bool {
        moment.as_second().abs_diff(now.as_second()) <= self.seconds
    }
}

/// Reads the basic form `YYYYMMDDTHHMMSSZ`: sixteen characters, UTC. `None` for anything else, a 31 February and a second 60 included.
pub fn parse_basic(text: &[u8]) -> Option<Timestamp> {
    let [y1, y2, y3, y4, mo1, mo2, d1, d2, b'T', h1, h2, mi1, mi2, s1, s2, b'Z'] = *text else { return None };
    let two = |tens: u8, ones: u8| {
        (tens.is_ascii_digit() && ones.is_ascii_digit()).then(|| ((tens - b'0') * 10 + (ones - b'0')).cast_signed())
    };
    let year = i16::from(two(y1, y2)?) * 100 + i16::from(two(y3, y4)?);
    let date = Date::new(year, two(mo1, mo2)?, two(d1, d2)?).ok()?;
    let time = Time::new(two(h1, h2)?, two(mi1, mi2)?, two(s1, s2)?, 0).ok()?;
    TimeZone::UTC.to_timestamp(DateTime::from_parts(date, time)).ok()
}

/// Writes the basic form `YYYYMMDDTHHMMSSZ` in UTC.
pub fn format_basic(moment: Timestamp) -> String {
    let at = TimeZone::UTC.to_datetime(moment);
    format!("{:04}{:02}{:02}T{:02}{:02}{:02}Z", at.year(), at.month(), at.day(), at.hour(), at.minute(), at.second())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn at(text: &str) -> Timestamp {
        text.parse().unwrap()
    }

    #[test]
    fn the_basic_form_is_sixteen_exact_characters() {
        assert_eq!(parse_basic(b"20261121T201715Z"), Some(at("2026-11-21T20:17:15Z")));
        for wrong in [
            "",
            "2026-11-21T20:17:15Z",
            "20261121T201715",
            "20261121t201715Z",
            "20261121T201715z",
            "20261121T201715Z ",
            "20260231T000000Z",
            "20261321T000000Z",
            "20261121T240000Z",
            "20261121T236000Z",
            "20261121T235960Z",
            "2026112 T201715Z",
            "+0261121T201715Z",
            "20261121T2017-5Z",
        ] {
            assert_eq!(parse_basic(wrong.as_bytes()), None, "{wrong}");
        }
    }

    #[test]
    fn the_window_is_inclusive_at_both_edges() {
        let moment = at("2026-11-21T20:00:00Z");
        for (now, inside) in [
            ("2026-11-21T20:15:00Z", true),
            ("2026-11-21T20:15:00.999Z", true),
            ("2026-11-21T20:15:01Z", false),
            ("2026-11-21T19:45:00Z", true),
            ("2026-11-21T19:44:59Z", false),
        ] {
            assert_eq!(Window::FIFTEEN_MINUTES.contains(moment, at(now)), inside, "{now}");
        }
    }

    proptest! {
        #[test]
        fn every_second_survives_the_round_trip(second in 0_i64..253_402_300_799) {
            let moment = Timestamp::from_second(second).unwrap();
            prop_assert_eq!(parse_basic(format_basic(moment).as_bytes()), Some(moment));
        }

        #[test]
        fn no_text_panics(text in any::<Vec<u8>>()) {
            let _ = parse_basic(&text);
        }
    }
}

//! `timestamp`, in Beijing time. Docs: Alipay gateway specification, section 1.8.

use jiff::Timestamp;
use jiff::civil::{Date, DateTime, Time};
use jiff::tz::{Offset, TimeZone};

/// Reads `yyyy-MM-dd HH:mm:ss` as Beijing time: nineteen characters, calendar-valid.
pub fn parse_timestamp(text: &[u8]) -> Option<Timestamp> {
    let [y1, y2, y3, y4, b'-', mo1, mo2, b'-', d1, d2, b' ', h1, h2, b':', mi1, mi2, b':', s1, s2] = *text else {
        return None;
    };
    let two = |tens: u8, ones: u8| {
        (tens.is_ascii_digit() && ones.is_ascii_digit()).then(|| ((tens - b'0') * 10 + (ones - b'0')).cast_signed())
    };
    let year = i16::from(two(y1, y2)?) * 100 + i16::from(two(y3, y4)?);
    let date = Date::new(year, two(mo1, mo2)?, two(d1, d2)?).ok()?;
    let time = Time::new(two(h1, h2)?, two(mi1, mi2)?, two(s1, s2)?, 0).ok()?;
    beijing().to_timestamp(DateTime::from_parts(date, time)).ok()
}

/// Writes a moment as `yyyy-MM-dd HH:mm:ss` in Beijing time.
pub fn format_timestamp(moment: Timestamp) -> String {
    let at = beijing().to_datetime(moment);
    format!("{:04}-{:02}-{:02} {:02}:{:02}:{:02}", at.year(), at.month(), at.day(), at.hour(), at.minute(), at.second())
}

fn beijing() -> TimeZone {
    TimeZone::fixed(Offset::constant(8))
}

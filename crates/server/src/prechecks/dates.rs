//! The days between which a paper is valid.

use jiff::civil::Date;
use shiming_core::submit::{Judgement, Means, Topic};

use super::Look;

/// A paper whose last day comes within so many days is for a person to look at.
const SOON_DAYS: i32 = 30;

/// Words for a paper without a last day (长期).
const FOR_EVER: [&str; 3] = ["长期", "永久", "长期有效"];

/// Looks at every such day. The first and the last day count: a paper is valid on both, by the date in China.
pub(super) fn look(look: &mut Look<'_>) {
    let today = look.now.china_date();
    let form = look.form;
    for field in &form.fields {
        let value = field.value.trim();
        let (judgement, why) = match field.means {
            Means::ValidUntil if FOR_EVER.contains(&value) => (Judgement::Clear, "valid"),
            Means::ValidUntil => until(date(value), today),
            Means::ValidFrom => from(date(value), today),
            _ => continue,
        };
        look.say(Topic::Validity, &field.name, judgement, why);
    }
}

fn until(day: Option<Date>, today: Date) -> (Judgement, &'static str) {
    match day {
        None => (Judgement::Doubt, "not a date"),
        Some(day) if day < today => (Judgement::Bad, "expired"),
        Some(day) if (day - today).get_days() <= SOON_DAYS => (Judgement::Doubt, "expires soon"),
        Some(_) => (Judgement::Clear, "valid"),
    }
}

fn from(day: Option<Date>, today: Date) -> (Judgement, &'static str) {
    match day {
        None => (Judgement::Doubt, "not a date"),
        Some(day) if day > today => (Judgement::Bad, "not valid yet"),
        Some(_) => (Judgement::Clear, "valid"),
    }
}

/// Year, month and day, with hyphens, slashes, full stops or Chinese words between, or nothing.
fn date(text: &str) -> Option<Date> {
    let parts: Vec<&str> = if text.len() == 8 && text.bytes().all(|byte| byte.is_ascii_digit()) {
        vec![text.get(..4)?, text.get(4..6)?, text.get(6..)?]
    } else {
        text.trim_end_matches('日').split(['-', '/', '.', '年', '月']).collect()
    };
    let [year, month, day] = parts.try_into().ok()?;
    Date::new(year.parse().ok()?, month.parse().ok()?, day.parse().ok()?).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_day_is_read_as_vendors_write_it() {
        let day = Date::constant(2026, 2, 8);
        for text in ["2026-02-08", "2026/2/8", "2026.02.08", "20260208", "2026年2月8日"] {
            assert_eq!(date(text), Some(day), "{text}");
        }
        for text in ["", "2026-02", "2026-02-30", "2026-02-08-01", "202602081", "soon", "二零二六年"] {
            assert_eq!(date(text), None, "{text}");
        }
    }

    #[test]
    fn a_paper_is_valid_on_its_first_and_its_last_day() {
        let today = Date::constant(2026, 11, 26);
        let day = |days: i64| Some(today + jiff::Span::new().days(days));
        assert_eq!(until(day(-1), today), (Judgement::Bad, "expired"));
        assert_eq!(until(day(0), today), (Judgement::Doubt, "expires soon"));
        assert_eq!(until(day(30), today).0, Judgement::Doubt);
        assert_eq!(until(day(31), today).0, Judgement::Clear);
        assert_eq!(until(Some(Date::MAX), today).0, Judgement::Clear);
        assert_eq!(from(day(0), today).0, Judgement::Clear);
        assert_eq!(from(day(1), today), (Judgement::Bad, "not valid yet"));
        assert_eq!((until(None, today).0, from(None, today).0), (Judgement::Doubt, Judgement::Doubt));
    }
}

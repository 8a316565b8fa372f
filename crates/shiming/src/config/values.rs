//! The kinds of values: each is read from a TOML value or from a variable's text by the same rule, and printed as TOML.

use std::{fmt, net::SocketAddr, ops::RangeInclusive, path::PathBuf, time::Duration};

use http::HeaderName;
use serde::{Deserializer, de};

/// A value of a key.
pub(crate) trait Value: Sized {
    /// Reads it; the error says what is expected.
    fn read(raw: Raw) -> Result<Self, String>;

    /// As TOML; `None` when it is not set.
    fn toml(&self) -> Option<String>;
}

/// What a key was given, before it means anything.
#[derive(Clone, Debug)]
pub(crate) enum Raw {
    /// Text, or a number or truth value as text.
    Text(String),
    /// A list of such.
    List(Vec<String>),
}

impl Raw {
    fn text(self) -> Result<String, String> {
        match self {
            Self::Text(text) => Ok(text),
            Self::List(_) => Err("one value is expected, not a list".into()),
        }
    }
}

/// From a variable or a flag.
pub(crate) fn from_text<V: Value>(text: &str) -> Result<V, String> {
    V::read(Raw::Text(text.to_owned()))
}

/// From the file.
pub(crate) fn from_toml<'de, D: Deserializer<'de>, V: Value>(deserializer: D) -> Result<V, D::Error> {
    V::read(deserializer.deserialize_any(RawVisitor)?).map_err(de::Error::custom)
}

struct RawVisitor;

impl<'de> de::Visitor<'de> for RawVisitor {
    type Value = Raw;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("text, a number, true or false, or a list of them")
    }

    fn visit_str<E: de::Error>(self, text: &str) -> Result<Raw, E> {
        Ok(Raw::Text(text.to_owned()))
    }

    fn visit_i64<E: de::Error>(self, number: i64) -> Result<Raw, E> {
        Ok(Raw::Text(number.to_string()))
    }

    fn visit_u64<E: de::Error>(self, number: u64) -> Result<Raw, E> {
        Ok(Raw::Text(number.to_string()))
    }

    fn visit_f64<E: de::Error>(self, number: f64) -> Result<Raw, E> {
        Ok(Raw::Text(number.to_string()))
    }

    fn visit_bool<E: de::Error>(self, truth: bool) -> Result<Raw, E> {
        Ok(Raw::Text(truth.to_string()))
    }

    fn visit_seq<A: de::SeqAccess<'de>>(self, mut items: A) -> Result<Raw, A::Error> {
        let mut list = Vec::new();
        while let Some(item) = items.next_element::<toml::Value>()? {
            match item {
                toml::Value::String(text) => list.push(text),
                toml::Value::Integer(number) => list.push(number.to_string()),
                _ => return Err(de::Error::custom("a list of texts is expected")),
            }
        }
        Ok(Raw::List(list))
    }
}

/// Between which a value has to lie, and why.
#[derive(Clone, Debug)]
pub(crate) struct Bounds<V> {
    range: RangeInclusive<V>,
    why: &'static str,
}

/// The bounds of a key, in its section's declaration.
pub(crate) const fn within<V>(range: RangeInclusive<V>, why: &'static str) -> Bounds<V> {
    Bounds { range, why }
}

/// Why windows for dates have bounds.
pub(crate) const WINDOW: &str =
    "a narrower one refuses honest clocks, and each nonce is kept for as long as it is wide";
/// Why bodies do.
pub(crate) const BODY: &str = "a request has to fit, and it is held in memory";
/// Why pictures do.
pub(crate) const PICTURE: &str = "a picture is held in memory";
/// Why pictures' sides do.
pub(crate) const SIDE: &str = "no JPEG has a longer side";
/// Why calls in work do.
pub(crate) const IN_WORK: &str = "more are never in work";

impl<V: PartialOrd + fmt::Display> Bounds<V> {
    /// Refuses a value that lies elsewhere; the error does not repeat it.
    pub(crate) fn admit(&self, value: &V) -> Result<(), String> {
        if self.range.contains(value) { Ok(()) } else { Err(format!("must be {self}: {}", self.why)) }
    }
}

impl<V: fmt::Display> fmt::Display for Bounds<V> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "from {} to {}", self.range.start(), self.range.end())
    }
}

/// Text in TOML's quotes.
fn quoted(text: &impl ToString) -> String {
    toml::Value::String(text.to_string()).to_string()
}

impl Value for SocketAddr {
    fn read(raw: Raw) -> Result<Self, String> {
        let text = raw.text()?;
        let text = text.replacen("localhost:", "127.0.0.1:", 1);
        text.parse().map_err(|_| "an address such as 127.0.0.1:8080 or [::]:8080 is expected".into())
    }

    fn toml(&self) -> Option<String> {
        Some(quoted(self))
    }
}

impl Value for HeaderName {
    fn read(raw: Raw) -> Result<Self, String> {
        raw.text()?.parse().map_err(|_| "a header's name such as x-forwarded-host is expected".into())
    }

    fn toml(&self) -> Option<String> {
        Some(quoted(self))
    }
}

impl Value for PathBuf {
    fn read(raw: Raw) -> Result<Self, String> {
        match raw.text()? {
            text if text.is_empty() => Err("a path is expected".into()),
            text => Ok(text.into()),
        }
    }

    fn toml(&self) -> Option<String> {
        Some(quoted(&self.display()))
    }
}

impl Value for bool {
    fn read(raw: Raw) -> Result<Self, String> {
        match raw.text()?.as_str() {
            "true" | "1" | "yes" | "on" => Ok(true),
            "false" | "0" | "no" | "off" => Ok(false),
            _ => Err("true or false is expected".into()),
        }
    }

    fn toml(&self) -> Option<String> {
        Some(self.to_string())
    }
}

impl Value for usize {
    fn read(raw: Raw) -> Result<Self, String> {
        match raw.text()?.replace('_', "").parse() {
            Ok(0) | Err(_) => Err("a whole number above 0 is expected".into()),
            Ok(number) => Ok(number),
        }
    }

    fn toml(&self) -> Option<String> {
        Some(self.to_string())
    }
}

/// A number from 0 that need not be whole.
#[derive(Clone, Copy, Debug, PartialEq, PartialOrd)]
pub(crate) struct Decimal(pub(crate) f64);

impl fmt::Display for Decimal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl Value for Decimal {
    fn read(raw: Raw) -> Result<Self, String> {
        match raw.text()?.parse::<f64>() {
            Ok(number) if number.is_finite() && number >= 0.0 => Ok(Self(number)),
            _ => Err("a number from 0 such as 0.5 or 70 is expected".into()),
        }
    }

    fn toml(&self) -> Option<String> {
        Some(self.0.to_string())
    }
}

/// A command line or another free text.
impl Value for String {
    fn read(raw: Raw) -> Result<Self, String> {
        raw.text()
    }

    fn toml(&self) -> Option<String> {
        Some(quoted(self))
    }
}

/// A list; as a variable, with commas between.
impl Value for Vec<String> {
    fn read(raw: Raw) -> Result<Self, String> {
        Ok(match raw {
            Raw::List(list) => list,
            Raw::Text(text) => {
                text.split(',').map(str::trim).filter(|item| !item.is_empty()).map(str::to_owned).collect()
            }
        })
    }

    fn toml(&self) -> Option<String> {
        Some(format!("[{}]", self.iter().map(quoted).collect::<Vec<_>>().join(", ")))
    }
}

/// A value that need not be there. Empty text takes it away.
impl<V: Value> Value for Option<V> {
    fn read(raw: Raw) -> Result<Self, String> {
        match raw {
            Raw::Text(text) if text.is_empty() => Ok(None),
            raw => V::read(raw).map(Some),
        }
    }

    fn toml(&self) -> Option<String> {
        self.as_ref().and_then(V::toml)
    }
}

/// A length of time such as `500ms`, `15m` or `1h30m`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd)]
pub(crate) struct Span(pub(crate) Duration);

impl Span {
    /// So many seconds.
    pub(crate) const fn secs(secs: u64) -> Self {
        Self(Duration::from_secs(secs))
    }

    /// So many days.
    pub(crate) const fn days(days: u64) -> Self {
        Self::secs(days * 24 * 60 * 60)
    }
}

impl std::str::FromStr for Span {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let wrong = || "a length of time such as 500ms, 30s, 15m, 2h or 1d is expected".to_owned();
        let mut rest = text.trim();
        let mut millis: u64 = 0;
        if rest.is_empty() {
            return Err(wrong());
        }
        while !rest.is_empty() {
            let digits = rest.bytes().take_while(u8::is_ascii_digit).count();
            let (number, unit) = rest.split_at(digits);
            let letters = unit.bytes().take_while(u8::is_ascii_alphabetic).count();
            let (unit, after) = unit.split_at(letters);
            let scale = match unit {
                "ms" => 1,
                "s" => 1000,
                "m" | "min" => 60_000,
                "h" => 3_600_000,
                "d" => 86_400_000,
                _ => return Err(wrong()),
            };
            let number: u64 = number.parse().map_err(|_| wrong())?;
            millis = number.checked_mul(scale).and_then(|more| millis.checked_add(more)).ok_or_else(wrong)?;
            rest = after.trim_start();
        }
        Ok(Self(Duration::from_millis(millis)))
    }
}

impl fmt::Display for Span {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut millis = self.0.as_millis();
        if millis == 0 {
            return f.write_str("0s");
        }
        for (scale, unit) in [(86_400_000, "d"), (3_600_000, "h"), (60_000, "m"), (1000, "s"), (1, "ms")] {
            if millis >= scale {
                write!(f, "{}{unit}", millis / scale)?;
                millis %= scale;
            }
        }
        Ok(())
    }
}

impl Value for Span {
    fn read(raw: Raw) -> Result<Self, String> {
        raw.text()?.parse()
    }

    fn toml(&self) -> Option<String> {
        Some(quoted(self))
    }
}

/// A length of time either way, such as `20m` or `-20m`, in milliseconds.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd)]
pub(crate) struct Offset(pub(crate) i64);

impl Offset {
    /// So many days, either way.
    pub(crate) const fn days(days: i64) -> Self {
        Self(days * 86_400_000)
    }
}

impl Value for Offset {
    fn read(raw: Raw) -> Result<Self, String> {
        let text = raw.text()?;
        let (sign, span) = match text.trim().strip_prefix('-') {
            Some(span) => (-1, span),
            None => (1, text.trim().trim_start_matches('+')),
        };
        let Span(span) = span.parse()?;
        let millis = i64::try_from(span.as_millis()).map_err(|_| "the offset is too large".to_owned())?;
        Ok(Self(sign * millis))
    }

    fn toml(&self) -> Option<String> {
        Some(quoted(self))
    }
}

impl fmt::Display for Offset {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.0 < 0 {
            f.write_str("-")?;
        }
        Span(Duration::from_millis(self.0.unsigned_abs())).fmt(f)
    }
}

/// Declares a choice among words.
macro_rules! choice {
    ($(#[$meta:meta])* $type:ident { $($(#[doc = $doc:literal])+ $variant:ident = $word:literal,)+ }) => {
        $(#[$meta])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub(crate) enum $type { $($(#[doc = $doc])+ $variant,)+ }

        impl crate::config::values::Value for $type {
            fn read(raw: crate::config::values::Raw) -> Result<Self, String> {
                let text: String = crate::config::values::Value::read(raw)?;
                match text.as_str() {
                    $($word => Ok(Self::$variant),)+
                    _ => Err(format!("one of {} is expected", [$($word),+].join(", "))),
                }
            }

            fn toml(&self) -> Option<String> {
                Some(format!("{:?}", match self { $(Self::$variant => $word),+ }))
            }
        }
    };
}
pub(crate) use choice;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lengths_of_time_are_read_and_printed() {
        for (text, millis, printed) in [
            ("15m", 900_000, "15m"),
            ("90s", 90_000, "1m30s"),
            ("1h 30m", 5_400_000, "1h30m"),
            ("0s", 0, "0s"),
            ("1500ms", 1500, "1s500ms"),
        ] {
            let Span(span) = text.parse().unwrap();
            assert_eq!((span.as_millis(), Span(span).to_string().as_str()), (millis, printed));
        }
        for wrong in ["", "15", "m", "15 minutes", "-1s", "1.5h", "99999999999999999999s", "999999999999999999d"] {
            assert!(wrong.parse::<Span>().is_err(), "{wrong}");
        }
    }

    #[test]
    fn bounds_take_their_ends_and_say_why_they_are() {
        let bounds = within(Span::secs(1)..=Span::days(1), "nobody waits longer");
        for (text, taken) in [("1s", true), ("1d", true), ("999ms", false), ("1d1ms", false)] {
            assert_eq!(bounds.admit(&text.parse().unwrap()).is_ok(), taken, "{text}");
        }
        assert_eq!(bounds.admit(&Span::secs(0)).unwrap_err(), "must be from 1s to 1d: nobody waits longer");
    }

    #[test]
    fn an_offset_goes_either_way() {
        let offset = |text| from_text::<Offset>(text).map(|offset| (offset.0, offset.to_string()));
        assert_eq!(offset("20m").unwrap(), (1_200_000, "20m".into()));
        assert_eq!(offset("-20m").unwrap(), (-1_200_000, "-20m".into()));
        assert_eq!(offset("+1s").unwrap(), (1000, "1s".into()));
        assert!(offset("--1s").is_err());
    }

    #[test]
    fn a_number_need_not_be_whole() {
        for (text, printed) in [("70", "70"), ("0.5", "0.5"), ("1e2", "100"), ("0", "0")] {
            assert_eq!(from_text::<Decimal>(text).unwrap().toml().unwrap(), printed);
        }
        for wrong in ["", "-1", "nan", "inf", "half", "1,5"] {
            assert!(from_text::<Decimal>(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn a_headers_name_is_one() {
        assert_eq!(from_text::<HeaderName>("X-Forwarded-Host").unwrap().toml().unwrap(), "\"x-forwarded-host\"");
        for wrong in ["", "a b", "x-forwarded-host:"] {
            assert!(from_text::<HeaderName>(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn a_list_from_a_variable_has_commas() {
        assert_eq!(from_text::<Vec<String>>(" a, b,,c ").unwrap(), ["a", "b", "c"]);
        assert_eq!(from_text::<Vec<String>>("").unwrap(), [""; 0]);
    }
}

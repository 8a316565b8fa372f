//! The members of a JSON object, read with the tolerance that this vendor's clients need.
//!
//! Docs: Alipay gateway specification, section 4.1: numbers and booleans where a string belongs are taken by their JSON text, an
//! empty string and `null` are absent, unknown members are passed over, and an object where a string of JSON belongs is the same as
//! the string. Nothing is copied that needs no unescaping.

use std::borrow::Cow;
use std::fmt;

use memchr::memchr;
use serde::Deserialize as _;
use serde::de::{self, Deserializer, MapAccess, Visitor};
use serde_json::value::RawValue;

/// The members of one object, in their order.
pub struct Fields<'a>(Vec<(Cow<'a, str>, &'a RawValue)>);

/// More members than any client sends.
const MAX_MEMBERS: usize = 4096;

/// The text is not a JSON object. Says nothing of what stands there.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not a JSON object")]
pub struct NotAnObject;

/// The string holds half of a surrogate pair or another thing that is no text.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not a text")]
pub struct NotText;

impl<'a> Fields<'a> {
    /// Reads an object.
    pub fn parse(text: &'a str) -> Result<Self, NotAnObject> {
        let mut reader = serde_json::Deserializer::from_str(text);
        let fields = reader.deserialize_map(Members).map_err(|_| NotAnObject)?;
        reader.end().map_err(|_| NotAnObject)?;
        Ok(fields)
    }

    /// A member's text: `Ok(None)` when it is absent, empty or `null`. Of members with the same name the last counts.
    pub fn text(&self, name: &str) -> Result<Option<Cow<'a, str>>, NotText> {
        self.find(|found| found == name)
    }

    /// The same without regard to the case of ASCII letters: Node turns the keys of nested objects to lower case.
    pub fn text_ignoring_case(&self, name: &str) -> Result<Option<Cow<'a, str>>, NotText> {
        self.find(|found| found.eq_ignore_ascii_case(name))
    }

    /// A member's JSON text as it stands there.
    pub fn raw(&self, name: &str) -> Option<&'a str> {
        self.0.iter().rev().find(|(found, _)| found == name).map(|(_, raw)| raw.get())
    }

    fn find(&self, is: impl Fn(&str) -> bool) -> Result<Option<Cow<'a, str>>, NotText> {
        match self.0.iter().rev().find(|(name, _)| is(name)) {
            Some((_, raw)) => text_of(raw),
            None => Ok(None),
        }
    }
}

impl fmt::Debug for Fields<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Fields({})", self.0.len())
    }
}

fn text_of(raw: &RawValue) -> Result<Option<Cow<'_, str>>, NotText> {
    let json = raw.get();
    let text = match json.strip_prefix('"').and_then(|rest| rest.strip_suffix('"')) {
        Some(inner) => match unescaped(inner) {
            Some(text) => text,
            None => Text::deserialize(&mut serde_json::Deserializer::from_str(json)).map_err(|_| NotText)?.0,
        },
        None if json == "null" => return Ok(None),
        None => Cow::Borrowed(json),
    };
    Ok(if text.is_empty() { None } else { Some(text) })
}

/// What stands in a JSON string that has been read once already: a photo of 200 KB should not be looked at byte by byte
/// again. `None` where an escape is one of a code unit; those are left to the parser.
fn unescaped(inner: &str) -> Option<Cow<'_, str>> {
    let Some(first) = memchr(b'\\', inner.as_bytes()) else { return Some(Cow::Borrowed(inner)) };
    let mut text = String::with_capacity(inner.len());
    let (plain, mut rest) = inner.split_at_checked(first)?;
    text.push_str(plain);
    while let Some(escape) = rest.strip_prefix('\\') {
        let mut behind = escape.chars();
        text.push(match behind.next()? {
            same @ ('"' | '\\' | '/') => same,
            'b' => '\u{8}',
            'f' => '\u{c}',
            'n' => '\n',
            'r' => '\r',
            't' => '\t',
            _ => return None,
        });
        let behind = behind.as_str();
        let next = memchr(b'\\', behind.as_bytes()).unwrap_or(behind.len());
        let (plain, escape) = behind.split_at_checked(next)?;
        text.push_str(plain);
        rest = escape;
    }
    Some(Cow::Owned(text))
}

struct Members;

impl<'de> Visitor<'de> for Members {
    type Value = Fields<'de>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
        let mut members = Vec::new();
        while let Some((name, value)) = map.next_entry::<Text<'de>, &'de RawValue>()? {
            if members.len() == MAX_MEMBERS {
                return Err(de::Error::custom("too many members"));
            }
            members.push((name.0, value));
        }
        Ok(Fields(members))
    }
}

/// A string, borrowed where it has no escapes. (`Cow` by itself is always owned in serde.)
struct Text<'a>(Cow<'a, str>);

impl<'de> de::Deserialize<'de> for Text<'de> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Strings;
        impl<'de> Visitor<'de> for Strings {
            type Value = Text<'de>;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a string")
            }
            fn visit_borrowed_str<E>(self, text: &'de str) -> Result<Self::Value, E> {
                Ok(Text(Cow::Borrowed(text)))
            }
            fn visit_str<E>(self, text: &str) -> Result<Self::Value, E> {
                Ok(Text(Cow::Owned(text.to_owned())))
            }
            fn visit_string<E>(self, text: String) -> Result<Self::Value, E> {
                Ok(Text(Cow::Owned(text)))
            }
        }
        deserializer.deserialize_str(Strings)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn members_are_read_with_the_tolerance_of_the_specification() {
        let fields = Fields::parse(r#" {"a":"x","n":12,"b":true,"e":"","z":null,"o":{"k":"v"},"u":"\u6536","a":"y","Front_Pic":"p","s":"\ud800"} "#).unwrap();
        for (name, expected) in [
            ("a", Ok(Some("y"))),
            ("n", Ok(Some("12"))),
            ("b", Ok(Some("true"))),
            ("e", Ok(None)),
            ("z", Ok(None)),
            ("missing", Ok(None)),
            ("o", Ok(Some(r#"{"k":"v"}"#))),
            ("u", Ok(Some("收"))),
            ("s", Err(NotText)),
            ("front_pic", Ok(None)),
        ] {
            assert_eq!(
                fields.text(name).map(|text| text.map(Cow::into_owned)),
                expected.map(|text| text.map(str::to_owned)),
                "{name}"
            );
        }
        assert_eq!(fields.text_ignoring_case("FRONT_PIC").unwrap().unwrap(), "p");
    }

    #[test]
    fn a_text_without_escapes_is_not_copied() {
        let fields = Fields::parse(r#"{"a":"plain","b":"a\nb"}"#).unwrap();
        assert!(matches!(fields.text("a"), Ok(Some(Cow::Borrowed("plain")))));
        assert!(matches!(fields.text("b"), Ok(Some(Cow::Owned(_)))));
    }

    #[test]
    fn everything_but_one_object_is_refused() {
        for text in ["", "[]", "1", "\"a\"", "null", "{", "{}x", "{\"a\":}", "{\"a\":1,}", "{'a':1}", "\u{feff}{}"] {
            assert!(Fields::parse(text).is_err(), "{text}");
        }
        let many = (0..5000).map(|n| format!("\"{n}\":1")).collect::<Vec<_>>().join(",");
        assert!(Fields::parse(&format!("{{{many}}}")).is_err());
        let deep = format!("{{\"a\":{}{}}}", "[".repeat(200_000), "]".repeat(200_000));
        let _ = Fields::parse(&deep);
    }

    proptest! {
        #[test]
        fn no_text_panics(text in any::<String>(), member in any::<String>()) {
            let _ = Fields::parse(&text);
            let json = format!("{{\"a\":{}}}", serde_json::to_string(&member).unwrap());
            let read = Fields::parse(&json).unwrap().text("a").unwrap();
            prop_assert_eq!(read.as_deref().unwrap_or_default(), member);
        }
    }
}

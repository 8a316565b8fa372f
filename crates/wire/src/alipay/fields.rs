//! The members of a JSON object, read with the tolerance that this vendor's clients need.
//!
//! Docs: Alipay gateway specification, section 4.1: numbers and booleans where a string belongs are taken by their JSON text, an
//! empty string and `null` are absent, unknown members are passed over, and an object where a string of JSON belongs is the same as
//! the string. Nothing is copied that needs no unescaping.

use std::borrow::Cow;
use std::fmt;

use crate::json::{Found, JsonError, Reader, Value};

/// The members of one object, in their order.
pub struct Fields<'a>(Vec<Field<'a>>);

struct Field<'a> {
    name: Cow<'a, str>,
    value: Value<'a>,
    written: &'a str,
}

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
        let mut fields = Vec::new();
        let mut reader = Reader::new(text.as_bytes()).map_err(|_| NotAnObject)?;
        let found = reader.object(|reader, name| {
            let (value, written) = reader.value_as_written()?;
            // A name that is no text is nobody's; more members than clients send are not kept.
            let name = name.decode().filter(|_| fields.len() < MAX_MEMBERS).ok_or(JsonError::TooMany)?;
            fields.push(Field { name, value, written });
            Ok(())
        });
        let Ok(Found::Object(())) = found else { return Err(NotAnObject) };
        reader.end().map_err(|_| NotAnObject)?;
        Ok(Self(fields))
    }

    /// A member's text: `Ok(None)` when it is absent, empty or `null`. Of members with the same name the last counts.
    pub fn text(&self, name: &str) -> Result<Option<Cow<'a, str>>, NotText> {
        self.last(|found| found == name).map_or(Ok(None), Field::text)
    }

    /// The text of a member of such an object as stands where a string belongs. Nothing in it is JSON once more, so an array or an
    /// object is no text there. Without regard to the case of ASCII letters: Node turns the keys of nested objects to lower case.
    pub fn text_within(&self, name: &str) -> Result<Option<Cow<'a, str>>, NotText> {
        let is = |found: &str| found.eq_ignore_ascii_case(name);
        match self.last(is) {
            Some(Field { value: Value::Array | Value::Object, .. }) => Err(NotText),
            field => field.map_or(Ok(None), Field::text),
        }
    }

    /// A member's JSON text as it stands there.
    pub fn raw(&self, name: &str) -> Option<&'a str> {
        self.last(|found| found == name).map(|field| field.written)
    }

    fn last(&self, is: impl Fn(&str) -> bool) -> Option<&Field<'a>> {
        self.0.iter().rev().find(|field| is(&field.name))
    }
}

impl<'a> Field<'a> {
    fn text(&self) -> Result<Option<Cow<'a, str>>, NotText> {
        let text = match &self.value {
            Value::Text(text) => text.decode().ok_or(NotText)?,
            Value::Null => return Ok(None),
            Value::Bool(_) | Value::Number(_) | Value::Array | Value::Object => Cow::Borrowed(self.written),
        };
        Ok(if text.is_empty() { None } else { Some(text) })
    }
}

impl fmt::Debug for Fields<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Fields({})", self.0.len())
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
        let within = |name| fields.text_within(name).map(|text| text.map(Cow::into_owned));
        assert_eq!(within("FRONT_PIC"), Ok(Some("p".to_owned())));
        assert_eq!(within("n"), Ok(Some("12".to_owned())));
        assert_eq!((within("o"), within("z"), within("s")), (Err(NotText), Ok(None), Err(NotText)));
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

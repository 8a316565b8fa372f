//! What a reader makes of a value.

use super::Text;

/// A value of which only a string's or number's text is kept.
#[derive(Clone, Copy, Default)]
pub enum Value<'a> {
    /// `null`; also stands for an absent member.
    #[default]
    Null,
    /// `true` or `false`.
    Bool(bool),
    /// A number, as written.
    Number(&'a str),
    /// A string.
    Text(Text<'a>),
    /// An array, skipped.
    Array,
    /// An object, skipped.
    Object,
}

impl Value<'_> {
    /// What it is, with its article, for an error text.
    pub const fn kind(&self) -> &'static str {
        match self {
            Self::Null => "null",
            Self::Bool(_) => "a boolean",
            Self::Number(_) => "a number",
            Self::Text(_) => "a string",
            Self::Array => "an array",
            Self::Object => "an object",
        }
    }

    /// Whether it is absent, `null` or `""`: the three shapes of an unset field.
    pub const fn is_unset(&self) -> bool {
        match self {
            Self::Null => true,
            Self::Text(text) => text.raw.is_empty(),
            _ => false,
        }
    }

    /// The whole number it is: `2`, `2.0` and `2e0` alike. `None` for anything else, a string included.
    pub fn integer(&self) -> Option<i64> {
        let Self::Number(text) = self else { return None };
        if let Ok(whole) = text.parse() {
            return Some(whole);
        }
        let float: f64 = text.parse().ok()?;
        #[expect(clippy::cast_possible_truncation, reason = "whole and far below 2^53")]
        (float.fract() == 0.0 && float.abs() < 1e15).then_some(float as i64)
    }
}

//! A JSON reader for strangers' bodies (RFC 8259): one pass, no recursion, bounded depth and size, the last of duplicate members wins.
//!
//! It reads only what it is asked for and skips the rest, checking grammar all the way. Strings stay where they are until someone
//! needs them, so a picture in a body is neither copied nor looked at twice, and what nobody needs cannot be wrong.

mod text;
mod value;

pub use self::text::{Text, write_string};
pub use self::value::Value;
use crate::runs::run;

/// Deepest nesting that is read.
pub const MAX_DEPTH: u32 = 128;
/// Most values that one body may hold, at all levels together.
pub const MAX_VALUES: u32 = 10_000;

/// Why a body is not JSON. Says where, never what stands there.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum JsonError {
    /// There is nothing.
    #[error("the body is empty")]
    Empty,
    /// Bytes that are no UTF-8.
    #[error("the body is not UTF-8 at byte {0}")]
    NotUtf8(usize),
    /// A byte order mark in front.
    #[error("the body begins with a byte order mark")]
    ByteOrderMark,
    /// The text breaks off.
    #[error("the body is not JSON: it breaks off after {0} bytes")]
    BreaksOff(usize),
    /// Something else was expected.
    #[error("the body is not JSON: expected {expected} at byte {at}")]
    Expected {
        /// What.
        expected: &'static str,
        /// Where.
        at: usize,
    },
    /// Too deep.
    #[error("the body is nested deeper than {MAX_DEPTH} levels")]
    TooDeep,
    /// Too much.
    #[error("the body holds more than {MAX_VALUES} values")]
    TooMany,
}

/// What a member that should be an object turned out to be.
pub enum Found<T> {
    /// Absent, `null` or an empty text.
    Nothing,
    /// The object.
    Object(T),
    /// Something else; its [`Value::kind`].
    Other(&'static str),
}

/// Reads one JSON text from front to back.
pub struct Reader<'a> {
    text: &'a str,
    at: usize,
    values_left: u32,
}

impl<'a> Reader<'a> {
    /// Begins to read a body.
    pub fn new(body: &'a [u8]) -> Result<Self, JsonError> {
        let text = simdutf8::compat::from_utf8(body).map_err(|error| JsonError::NotUtf8(error.valid_up_to()))?;
        if text.starts_with('\u{feff}') {
            return Err(JsonError::ByteOrderMark);
        }
        let mut reader = Self { text, at: 0, values_left: MAX_VALUES };
        reader.skip_blanks();
        if reader.peek().is_none() {
            return Err(JsonError::Empty);
        }
        Ok(reader)
    }

    /// Reads the next value; arrays and objects are skipped as a whole.
    pub fn value(&mut self) -> Result<Value<'a>, JsonError> {
        let (value, opens) = self.begin_value()?;
        if opens {
            self.skip_nested(matches!(value, Value::Object))?;
        }
        Ok(value)
    }

    /// The same, with the JSON text of the whole value.
    pub fn value_as_written(&mut self) -> Result<(Value<'a>, &'a str), JsonError> {
        self.skip_blanks();
        let start = self.at;
        let value = self.value()?;
        Ok((value, self.text.get(start..self.at).unwrap_or_default()))
    }

    /// Reads the next value as an object: calls `each` with every member's name; `each` must read the member's value.
    pub fn object(
        &mut self,
        mut each: impl FnMut(&mut Self, &Text<'a>) -> Result<(), JsonError>,
    ) -> Result<Found<()>, JsonError> {
        if !self.is_object() {
            return Ok(match self.value()? {
                unset if unset.is_unset() => Found::Nothing,
                other => Found::Other(other.kind()),
            });
        }
        self.begin_value()?;
        if self.takes(b'}') {
            return Ok(Found::Object(()));
        }
        loop {
            let name = self.name()?;
            each(self, &name)?;
            if self.takes(b'}') {
                return Ok(Found::Object(()));
            }
            self.needs(b',', "a comma or a closing brace")?;
        }
    }

    /// Reads the next value as an object and keeps these members of it; the last of duplicates wins.
    pub fn fields<const N: usize>(&mut self, names: [&str; N]) -> Result<Found<[Value<'a>; N]>, JsonError> {
        let mut values = [Value::Null; N];
        let found = self.object(|reader, name| {
            let value = reader.value()?;
            if let Some((_, place)) = names.iter().zip(&mut values).find(|(wanted, _)| name.is(wanted)) {
                *place = value;
            }
            Ok(())
        })?;
        Ok(match found {
            Found::Object(()) => Found::Object(values),
            Found::Nothing => Found::Nothing,
            Found::Other(kind) => Found::Other(kind),
        })
    }

    /// Reads the next value as an array: calls `each` at every item; `each` must read it. Anything else is read and passed over.
    pub fn array(&mut self, mut each: impl FnMut(&mut Self) -> Result<(), JsonError>) -> Result<(), JsonError> {
        if !self.is_array() {
            return self.value().map(drop);
        }
        self.begin_value()?;
        if self.takes(b']') {
            return Ok(());
        }
        loop {
            self.skip_blanks();
            each(self)?;
            if self.takes(b']') {
                return Ok(());
            }
            self.needs(b',', "a comma or a closing bracket")?;
        }
    }

    /// Whether the next value is an object.
    pub fn is_object(&self) -> bool {
        self.peek() == Some(b'{')
    }

    /// Whether the next value is an array.
    pub fn is_array(&self) -> bool {
        self.peek() == Some(b'[')
    }

    /// Makes sure that only blanks follow.
    pub fn end(mut self) -> Result<(), JsonError> {
        self.skip_blanks();
        if self.at == self.text.len() { Ok(()) } else { Err(self.expected("the end")) }
    }

    /// Reads a scalar or the opening of an array or object; whether it was an opening.
    fn begin_value(&mut self) -> Result<(Value<'a>, bool), JsonError> {
        self.values_left = self.values_left.checked_sub(1).ok_or(JsonError::TooMany)?;
        self.skip_blanks();
        Ok(match self.peek() {
            Some(b'"') => (Value::Text(self.string()?), false),
            Some(b'{') => {
                self.at += 1;
                (Value::Object, true)
            }
            Some(b'[') => {
                self.at += 1;
                (Value::Array, true)
            }
            Some(b'-' | b'0'..=b'9') => (Value::Number(self.number()?), false),
            Some(b't') => (self.word("true", Value::Bool(true))?, false),
            Some(b'f') => (self.word("false", Value::Bool(false))?, false),
            Some(b'n') => (self.word("null", Value::Null)?, false),
            _ => return Err(self.expected("a value")),
        })
    }

    /// Skips what is left of an array or object whose opening has been read. The levels are one bit each, so no input recurses.
    fn skip_nested(&mut self, object: bool) -> Result<(), JsonError> {
        let mut levels = u128::from(object);
        let mut depth = 1;
        let mut first = true;
        while depth > 0 {
            let object = levels & 1 == 1;
            if self.takes(if object { b'}' } else { b']' }) {
                levels >>= 1;
                depth -= 1;
                first = false;
                continue;
            }
            if !first {
                self.needs(b',', "a comma or a closing bracket")?;
            }
            if object {
                self.name()?;
            }
            let (value, opens) = self.begin_value()?;
            first = opens;
            if opens {
                depth += 1;
                if depth > MAX_DEPTH {
                    return Err(JsonError::TooDeep);
                }
                levels = levels << 1 | u128::from(matches!(value, Value::Object));
            }
        }
        Ok(())
    }

    fn name(&mut self) -> Result<Text<'a>, JsonError> {
        self.skip_blanks();
        if self.peek() != Some(b'"') {
            return Err(self.expected("a member's name"));
        }
        let name = self.string()?;
        self.needs(b':', "a colon")?;
        self.skip_blanks();
        Ok(name)
    }

    /// Reads a string whose opening quote is next.
    fn string(&mut self) -> Result<Text<'a>, JsonError> {
        self.at += 1;
        let start = self.at;
        let mut escaped = false;
        loop {
            self.at += run(self.rest(), ends_a_run);
            match self.peek() {
                Some(b'"') => {
                    let raw = self.text.get(start..self.at).ok_or(JsonError::BreaksOff(self.at))?;
                    self.at += 1;
                    return Ok(Text { raw, escaped });
                }
                Some(b'\\') => {
                    escaped = true;
                    self.escape()?;
                }
                Some(_) => return Err(self.expected("an escape instead of a control character")),
                None => return Err(JsonError::BreaksOff(self.at)),
            }
        }
    }

    fn escape(&mut self) -> Result<(), JsonError> {
        match self.rest() {
            [b'\\', b'"' | b'\\' | b'/' | b'b' | b'f' | b'n' | b'r' | b't', ..] => self.at += 2,
            [b'\\', b'u', a, b, c, d, ..] if [a, b, c, d].iter().all(|digit| digit.is_ascii_hexdigit()) => self.at += 6,
            _ => return Err(self.expected("an escape")),
        }
        Ok(())
    }

    fn number(&mut self) -> Result<&'a str, JsonError> {
        let start = self.at;
        self.at += usize::from(self.peek() == Some(b'-'));
        if self.peek() == Some(b'0') {
            self.at += 1;
        } else {
            self.digits()?;
        }
        if self.peek() == Some(b'.') {
            self.at += 1;
            self.digits()?;
        }
        if let Some(b'e' | b'E') = self.peek() {
            self.at += 1;
            self.at += usize::from(matches!(self.peek(), Some(b'+' | b'-')));
            self.digits()?;
        }
        self.text.get(start..self.at).ok_or(JsonError::BreaksOff(self.at))
    }

    fn digits(&mut self) -> Result<(), JsonError> {
        let digits = self.rest().iter().take_while(|byte| byte.is_ascii_digit()).count();
        if digits == 0 {
            return Err(self.expected("a digit"));
        }
        self.at += digits;
        Ok(())
    }

    fn word(&mut self, word: &'static str, value: Value<'a>) -> Result<Value<'a>, JsonError> {
        if !self.rest().starts_with(word.as_bytes()) {
            return Err(self.expected(word));
        }
        self.at += word.len();
        Ok(value)
    }

    fn takes(&mut self, byte: u8) -> bool {
        self.skip_blanks();
        let there = self.peek() == Some(byte);
        self.at += usize::from(there);
        there
    }

    fn needs(&mut self, byte: u8, expected: &'static str) -> Result<(), JsonError> {
        if self.takes(byte) { Ok(()) } else { Err(self.expected(expected)) }
    }

    fn skip_blanks(&mut self) {
        while let Some(b' ' | b'\t' | b'\r' | b'\n') = self.peek() {
            self.at += 1;
        }
    }

    fn peek(&self) -> Option<u8> {
        self.text.as_bytes().get(self.at).copied()
    }

    fn rest(&self) -> &'a [u8] {
        self.text.as_bytes().get(self.at..).unwrap_or_default()
    }

    fn expected(&self, expected: &'static str) -> JsonError {
        if self.peek().is_none() {
            return JsonError::BreaksOff(self.at);
        }
        JsonError::Expected { expected, at: self.at }
    }
}

#[expect(
    clippy::needless_bitwise_bool,
    reason = "without branches for the compiler to put many bytes into one instruction"
)]
const fn ends_a_run(byte: u8) -> bool {
    (byte < 0x20) | (byte == b'"') | (byte == b'\\')
}

#[cfg(test)]
#[path = "json_tests.rs"]
mod tests;

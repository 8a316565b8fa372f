//! The rules that every field of a body follows. Docs: JD Cloud specification, sections 0, 2 and 4.2.
//!
//! Unset fields arrive absent (Node, Java), `null` (Go, Python) or `""` (the document's sample), and mean the same. Unknown fields
//! are ignored, so are fields that an operation does not need, whatever they contain. Values are never in a refusal.

use super::codes::Refusal;
use crate::element::Element;
use crate::json::{Found, JsonError, Reader, Value};

/// No element but a picture is longer than this, in Unicode scalar values.
const MAX_CHARACTERS: usize = 512;

impl From<JsonError> for Refusal {
    fn from(error: JsonError) -> Self {
        Self::bad_request(error.to_string())
    }
}

/// Reads a body that is an object with one member of interest, which `read` reads.
pub(super) fn body<'a, T>(
    body: &'a [u8],
    member: &'static str,
    mut read: impl FnMut(&mut Reader<'a>) -> Result<Found<T>, JsonError>,
) -> Result<T, Refusal> {
    let mut reader = Reader::new(body)?;
    let mut kept = Found::Nothing;
    let whole = reader.object(|reader, name| {
        if name.is(member) {
            kept = read(reader)?;
        } else {
            reader.value()?;
        }
        Ok(())
    })?;
    reader.end()?;
    match whole {
        Found::Object(()) => object(kept, member),
        Found::Nothing | Found::Other(_) => Err(Refusal::bad_request("the body must be a JSON object")),
    }
}

/// The object that a field must be.
pub(super) fn object<T>(found: Found<T>, field: &'static str) -> Result<T, Refusal> {
    match found {
        Found::Object(object) => Ok(object),
        Found::Nothing => Err(Refusal::invalid(field, "is required")),
        Found::Other(kind) => Err(Refusal::invalid(field, format!("must be an object, not {kind}"))),
    }
}

/// A required element; `by` says by what, e.g. `by checkType 0`.
pub(super) fn required<'a>(value: Value<'a>, field: &'static str, by: &str) -> Result<Element<'a>, Refusal> {
    let element = text(value, field, by)?;
    let mut characters = element.expose().chars();
    if characters.any(char::is_control) {
        return Err(Refusal::invalid(field, "must not contain control characters"));
    }
    if element.expose().chars().nth(MAX_CHARACTERS).is_some() {
        return Err(Refusal::invalid(field, format!("must not be longer than {MAX_CHARACTERS} characters")));
    }
    Ok(element)
}

/// A required element of any length and content: a picture's text.
pub(super) fn text<'a>(value: Value<'a>, field: &'static str, by: &str) -> Result<Element<'a>, Refusal> {
    if value.is_unset() {
        return Err(Refusal::invalid(field, format!("is required {by}").trim_end().to_owned()));
    }
    let Value::Text(text) = value else {
        return Err(Refusal::invalid(field, format!("must be a string, not {}", value.kind())));
    };
    text.decode()
        .map(Element::new)
        .ok_or_else(|| Refusal::invalid(field, "contains half of a surrogate pair and is no Unicode text"))
}

/// A whole number, `None` when unset.
pub(super) fn integer(value: Value<'_>, field: &'static str) -> Result<Option<i64>, Refusal> {
    match value {
        Value::Null => Ok(None),
        Value::Number(_) => value.integer().map(Some).ok_or_else(|| Refusal::invalid(field, "must be a whole number")),
        other if other.is_unset() => Ok(None),
        other => Err(Refusal::invalid(field, format!("must be a whole number, not {}", other.kind()))),
    }
}

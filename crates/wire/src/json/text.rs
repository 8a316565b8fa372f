//! Strings in JSON: read out of their escapes when somebody needs them, and written with the fewest.

use std::borrow::Cow;

/// A string as it stands in the JSON, between its quotes.
#[derive(Clone, Copy)]
pub struct Text<'a> {
    pub(super) raw: &'a str,
    pub(super) escaped: bool,
}

impl<'a> Text<'a> {
    /// The string without its escapes, borrowed when it has none. `None` when it holds half of a surrogate pair.
    pub fn decode(&self) -> Option<Cow<'a, str>> {
        if self.escaped { unescape(self.raw).map(Cow::Owned) } else { Some(Cow::Borrowed(self.raw)) }
    }

    /// Whether the string is `name`.
    pub fn is(&self, name: &str) -> bool {
        if self.escaped { self.decode().is_some_and(|text| text == name) } else { self.raw == name }
    }
}

/// Takes the escapes out of a string whose grammar has been checked. `None` for half of a surrogate pair.
fn unescape(raw: &str) -> Option<String> {
    let mut out = String::with_capacity(raw.len());
    let mut rest = raw;
    while let Some((plain, behind)) = rest.split_once('\\') {
        out.push_str(plain);
        let (escape, after) = behind.split_at_checked(1)?;
        rest = after;
        out.push(match escape {
            "b" => '\u{8}',
            "f" => '\u{c}',
            "n" => '\n',
            "r" => '\r',
            "t" => '\t',
            "u" => {
                let (unit, after) = code_unit(rest)?;
                rest = after;
                if (0xd800..0xdc00).contains(&unit) {
                    let (low, after) = code_unit(rest.strip_prefix("\\u")?)?;
                    rest = after;
                    let pair = [u16::try_from(unit).ok()?, u16::try_from(low).ok()?];
                    char::decode_utf16(pair).next()?.ok()?
                } else {
                    char::from_u32(unit)?
                }
            }
            same => same.chars().next()?,
        });
    }
    out.push_str(rest);
    Some(out)
}

fn code_unit(text: &str) -> Option<(u32, &str)> {
    let (digits, rest) = text.split_at_checked(4)?;
    Some((u32::from_str_radix(digits, 16).ok()?, rest))
}

/// Writes a string as JSON, quotes included: the fewest escapes, so that a slash stays a slash, and UTF-8 as it is.
pub fn write_string(out: &mut Vec<u8>, text: &str) {
    const LOWER: &[u8; 16] = b"0123456789abcdef";
    out.push(b'"');
    for &byte in text.as_bytes() {
        match byte {
            b'"' => out.extend_from_slice(b"\\\""),
            b'\\' => out.extend_from_slice(b"\\\\"),
            b'\n' => out.extend_from_slice(b"\\n"),
            b'\r' => out.extend_from_slice(b"\\r"),
            b'\t' => out.extend_from_slice(b"\\t"),
            0x08 => out.extend_from_slice(b"\\b"),
            0x0c => out.extend_from_slice(b"\\f"),
            0..0x20 => {
                out.extend_from_slice(b"\\u00");
                out.extend_from_slice(&[LOWER[usize::from(byte >> 4)], LOWER[usize::from(byte & 15)]]);
            }
            _ => out.push(byte),
        }
    }
    out.push(b'"');
}

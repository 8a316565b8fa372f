//! Width folding and trimming of numbers, without the heap.
//!
//! Source: identity rules, sections 1.3, 2.1, 4.1, 5.1. A number is at most [`CAP`] bytes before any of this looks at it.

use crate::Flaw;
use zeroize::Zeroize;

/// The longest text, in bytes, that any number's parser reads.
pub(crate) const CAP: usize = 128;

/// Stands for a code point that does not fold to ASCII. It keeps its place, so that lengths stay true,
/// and no parser's alphabet holds it.
const OTHER: u8 = 0xFF;

/// A number after folding: one byte a code point, the non-ASCII ones as `OTHER`. Wiped when dropped.
pub(crate) struct Folded {
    bytes: [u8; CAP],
    len: usize,
}

impl Folded {
    /// Folds, and drops blanks at both ends only.
    pub(crate) fn trimmed(text: &str) -> Result<Self, Flaw> {
        Self::trimmed_with(text, width)
    }

    /// As [`trimmed`](Self::trimmed), with `also` applied to every character besides.
    pub(crate) fn trimmed_with(text: &str, also: fn(char) -> char) -> Result<Self, Flaw> {
        Self::read(text, |text| text.trim_matches(is_blank), also, |_| true)
    }

    /// Folds, and drops blanks everywhere and whatever else `dropped` names.
    pub(crate) fn compact(text: &str, dropped: fn(char) -> bool) -> Result<Self, Flaw> {
        Self::read(text, |text| text, width, |c| !is_blank(c) && !dropped(c))
    }

    fn read(
        text: &str,
        cut: fn(&str) -> &str,
        also: fn(char) -> char,
        keep: impl Fn(char) -> bool,
    ) -> Result<Self, Flaw> {
        if text.len() > CAP {
            return Err(Flaw::Length);
        }
        let mut folded = Self { bytes: [0; CAP], len: 0 };
        let characters = cut(text).chars().map(|c| also(width(c))).filter(|c| keep(*c));
        for (slot, c) in folded.bytes.iter_mut().zip(characters) {
            *slot = if c.is_ascii() { u8::try_from(c).unwrap_or(OTHER) } else { OTHER };
            folded.len += 1;
        }
        if folded.len == 0 { Err(Flaw::Empty) } else { Ok(folded) }
    }

    pub(crate) fn uppercased(mut self) -> Self {
        self.bytes.make_ascii_uppercase();
        self
    }

    pub(crate) fn as_bytes(&self) -> &[u8] {
        self.bytes.get(..self.len).unwrap_or_default()
    }
}

impl Drop for Folded {
    fn drop(&mut self) {
        if let Some(used) = self.bytes.get_mut(..self.len) {
            used.zeroize();
        }
    }
}

/// The half-width form of a full-width ASCII character (U+FF01 to U+FF5E); any other character as it is.
pub(crate) fn width(c: char) -> char {
    match c {
        '\u{FF01}'..='\u{FF5E}' => char::from_u32(c as u32 - 0xFEE0).unwrap_or(c),
        _ => c,
    }
}

/// ASCII white space, ideographic space, no-break space, byte order mark.
pub(crate) const fn is_blank(c: char) -> bool {
    c.is_ascii_whitespace() || matches!(c, '\u{3000}' | '\u{00A0}' | '\u{FEFF}')
}

/// The decimal value of ASCII digits. Callers have checked that they are digits and few.
pub(crate) fn value(digits: &[u8]) -> u32 {
    digits.iter().fold(0, |sum, digit| sum * 10 + u32::from(digit & 0x0F))
}

pub(crate) fn all_digits(bytes: &[u8]) -> bool {
    bytes.iter().all(u8::is_ascii_digit)
}

//! What both doors' `mistakes.rs` share: a mistake with its words, and texts that a client may have written another way.
//!
//! An RSA signature can be opened with the public key, and then shows the very hash that the client signed
//! ([`super::keys::PublicKey::open`]). So it is known at once whether the key is right, and every guess at the client's text costs one hash.

use std::borrow::Cow;
use std::cell::Cell;
use std::fmt::Write as _;

use super::text::Charset;

/// A mistake that makes a refused signature verify, in words for the caller's developer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mistake {
    /// A stable short name.
    pub slug: &'static str,
    /// What went wrong and what to do, in English.
    pub english: String,
    /// The same in Chinese.
    pub chinese: String,
}

impl Mistake {
    pub(crate) fn new(slug: &'static str, english: impl Into<String>, chinese: impl Into<String>) -> Self {
        Self { slug, english: english.into(), chinese: chinese.into() }
    }
}

/// How many bytes a search may hash: whoever replays a signature with another, large body must not keep the server busy.
#[derive(Debug)]
pub(crate) struct Budget(Cell<usize>);

impl Budget {
    pub(crate) const fn new() -> Self {
        Self(Cell::new(64 * 1024 * 1024))
    }

    /// Takes these bytes off; whether there were enough.
    pub(crate) fn covers(&self, bytes: usize) -> bool {
        let left = self.0.get().checked_sub(bytes.max(1));
        self.0.set(left.unwrap_or(0));
        left.is_some()
    }
}

/// Ways in which a JSON text may have stood in the client's memory when it signed, while another one went over the wire.
pub(crate) fn other_spellings(text: &[u8]) -> Vec<(&'static str, Vec<u8>)> {
    if text.len() > LARGEST_SPELLED {
        return Vec::new();
    }
    let mut out = vec![
        ("without its outer blanks", text.trim_ascii().to_vec()),
        ("with CR LF line ends", replaced(text, b"\n", b"\r\n")),
        ("with LF line ends", replaced(text, b"\r\n", b"\n")),
        ("with slashes written \\/", replaced(text, b"/", b"\\/")),
        ("with slashes written /", replaced(text, b"\\/", b"/")),
        ("with one line end behind it", [text, b"\n"].concat()),
    ];
    let Ok(utf8) = std::str::from_utf8(text) else { return out };
    out.push(("without blanks between its members", json_blanks(utf8, "", "").into_bytes()));
    out.push(("with a blank behind every comma and colon", json_blanks(utf8, " ", " ").into_bytes()));
    if let Ok(value) = serde_json::from_str::<serde_json::Value>(utf8) {
        // serde_json keeps objects sorted by name, which is one of the spellings wanted.
        let sorted = value.to_string();
        out.push(("with its members sorted", json_blanks(&sorted, " ", " ").into_bytes()));
        out.push(("with its members sorted and without blanks", sorted.into_bytes()));
        if let Ok(pretty) = serde_json::to_string_pretty(&value) {
            out.push(("pretty-printed", pretty.into_bytes()));
        }
    }
    let ascii = escaped(utf8);
    if ascii != utf8 {
        out.push((
            "with its Chinese written \\uXXXX and blanks behind commas and colons",
            json_blanks(&ascii, " ", " ").into_bytes(),
        ));
        out.push(("with its Chinese written \\uXXXX", ascii.into_bytes()));
    }
    out
}

/// Larger texts are not written again in search of a mistake.
const LARGEST_SPELLED: usize = 512 * 1024;

/// A text as it would be under the other charset; `None` when it cannot be.
pub(crate) fn recoded(bytes: &[u8], from: Charset) -> Option<Vec<u8>> {
    let text = from.decode(bytes)?;
    from.other().encode(&text).map(Cow::into_owned)
}

/// What Node's old SDK signs under GBK: GBK bytes that were read as UTF-8 again.
pub(crate) fn misread(bytes: &[u8]) -> Option<Vec<u8>> {
    let gbk = recoded(bytes, Charset::Utf8)?;
    Some(String::from_utf8_lossy(&gbk).into_owned().into_bytes())
}

pub(crate) fn replaced(text: &[u8], what: &[u8], with: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(text.len());
    let mut rest = text;
    while let Some((&byte, behind)) = rest.split_first() {
        if let Some(after) = rest.strip_prefix(what) {
            out.extend_from_slice(with);
            rest = after;
        } else {
            out.push(byte);
            rest = behind;
        }
    }
    out
}

/// A JSON text with these texts behind every comma and colon and no other blanks outside strings.
fn json_blanks(text: &str, comma: &str, colon: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let (mut inside, mut escape) = (false, false);
    for letter in text.chars() {
        if inside {
            out.push(letter);
            inside = escape || letter != '"';
            escape = letter == '\\' && !escape;
            continue;
        }
        match letter {
            ' ' | '\t' | '\r' | '\n' => {}
            ',' => {
                out.push(letter);
                out.push_str(comma);
            }
            ':' => {
                out.push(letter);
                out.push_str(colon);
            }
            _ => {
                inside = letter == '"';
                out.push(letter);
            }
        }
    }
    out
}

fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for letter in text.chars() {
        if letter.is_ascii() {
            out.push(letter);
        } else {
            for unit in letter.encode_utf16(&mut [0; 2]) {
                let _ = write!(out, "\\u{unit:04x}");
            }
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_json_text_is_respelled_outside_its_strings_only() {
        assert_eq!(json_blanks(r#"{ "a b" : "c, d: \" e",  "f":1 }"#, "", ""), r#"{"a b":"c, d: \" e","f":1}"#);
        assert_eq!(json_blanks(r#"{"a":"b\\","c":[1,2]}"#, " ", " "), r#"{"a": "b\\", "c": [1, 2]}"#);
        assert_eq!(escaped("收🦀a"), "\\u6536\\ud83e\\udd80a");
        assert_eq!(replaced(b"a/b//", b"/", b"\\/"), b"a\\/b\\/\\/");
    }

    #[test]
    fn a_budget_ends() {
        let budget = Budget::new();
        assert!(budget.covers(64 * 1024 * 1024 - 1) && budget.covers(0) && !budget.covers(0) && !budget.covers(1));
        assert!(other_spellings(&vec![b' '; LARGEST_SPELLED + 1]).is_empty());
    }

    #[test]
    fn a_text_changes_charset_where_it_can() {
        assert_eq!(recoded("收委".as_bytes(), Charset::Utf8).unwrap(), b"\xca\xd5\xce\xaf");
        assert_eq!(recoded(b"\xca\xd5\xce\xaf", Charset::Gbk).unwrap(), "收委".as_bytes());
        assert_eq!(recoded(b"\xff", Charset::Utf8), None);
        assert_eq!(misread("收".as_bytes()).unwrap(), "\u{fffd}\u{fffd}".as_bytes());
    }
}

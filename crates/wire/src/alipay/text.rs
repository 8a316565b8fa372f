//! Charsets: what a request declares, reading text by it, writing text by it. Docs: Alipay gateway specification, sections 1.4 and 2.6.

use std::borrow::Cow;

use encoding_rs::{EncoderResult, GB18030, GBK};

/// How text is encoded.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Charset {
    /// `utf-8`, `utf8`, or nothing declared.
    Utf8,
    /// `gbk`, `gb2312`, `gb18030`: read as GB18030, which holds the other two; written as GBK.
    Gbk,
}

impl Charset {
    /// Reads a declared name, in any case. `None` for any other charset.
    pub fn parse(declared: &[u8]) -> Option<Self> {
        let is = |name: &str| declared.eq_ignore_ascii_case(name.as_bytes());
        if is("utf-8") || is("utf8") {
            Some(Self::Utf8)
        } else if is("gbk") || is("gb2312") || is("gb18030") {
            Some(Self::Gbk)
        } else {
            None
        }
    }

    /// The other one.
    pub const fn other(self) -> Self {
        match self {
            Self::Utf8 => Self::Gbk,
            Self::Gbk => Self::Utf8,
        }
    }

    /// Decodes bytes; `None` when they are not of this charset. A byte order mark is not taken off.
    pub fn decode(self, bytes: &[u8]) -> Option<Cow<'_, str>> {
        match self {
            Self::Utf8 => std::str::from_utf8(bytes).ok().map(Cow::Borrowed),
            Self::Gbk => GB18030.decode_without_bom_handling_and_without_replacement(bytes),
        }
    }

    /// The same without a copy where the bytes are the text.
    pub fn decode_whole(self, bytes: Cow<'_, [u8]>) -> Option<Cow<'_, str>> {
        match (self, bytes) {
            (_, Cow::Borrowed(bytes)) => self.decode(bytes),
            (Self::Utf8, Cow::Owned(bytes)) => String::from_utf8(bytes).ok().map(Cow::Owned),
            (Self::Gbk, Cow::Owned(bytes)) => self.decode(&bytes).map(|text| Cow::Owned(text.into_owned())),
        }
    }

    /// Encodes text; `None` when a character is not of this charset.
    pub fn encode(self, text: &str) -> Option<Cow<'_, [u8]>> {
        match self {
            Self::Utf8 => Some(Cow::Borrowed(text.as_bytes())),
            Self::Gbk if text.is_ascii() => Some(Cow::Borrowed(text.as_bytes())),
            Self::Gbk => {
                let mut out = Vec::with_capacity(text.len());
                for (index, part) in text.split('€').enumerate() {
                    if index > 0 {
                        out.extend_from_slice(EURO);
                    }
                    write_gbk(&mut out, part)?;
                }
                Some(Cow::Owned(out))
            }
        }
    }
}

/// The euro sign as Java writes and reads it (seen); as one byte, 0x80, it is no character to Java.
const EURO: &[u8] = b"\xa2\xe3";

fn write_gbk(out: &mut Vec<u8>, text: &str) -> Option<()> {
    let mut encoder = GBK.new_encoder();
    let room = encoder.max_buffer_length_from_utf8_without_replacement(text.len())?;
    let start = out.len();
    out.resize(start.checked_add(room)?, 0);
    let (result, _, written) = encoder.encode_from_utf8_without_replacement(text, out.get_mut(start..)?, true);
    out.truncate(start + written);
    matches!(result, EncoderResult::InputEmpty).then_some(())
}

/// Writes a text as a JSON string in pure ASCII, quotes included: every other character as `\uXXXX` in lower case.
pub fn write_ascii_string(out: &mut Vec<u8>, text: &str) {
    const LOWER: &[u8; 16] = b"0123456789abcdef";
    let plain = |out: &mut Vec<u8>, unit: u16| {
        let [high, low] = unit.to_be_bytes();
        out.extend_from_slice(b"\\u");
        out.extend([high >> 4, high & 15, low >> 4, low & 15].map(|digit| LOWER[usize::from(digit)]));
    };
    out.push(b'"');
    for letter in text.chars() {
        match letter {
            '"' => out.extend_from_slice(b"\\\""),
            '\\' => out.extend_from_slice(b"\\\\"),
            '\n' => out.extend_from_slice(b"\\n"),
            '\r' => out.extend_from_slice(b"\\r"),
            '\t' => out.extend_from_slice(b"\\t"),
            '\u{8}' => out.extend_from_slice(b"\\b"),
            '\u{c}' => out.extend_from_slice(b"\\f"),
            ' '..='~' => out.push(u8::try_from(letter).unwrap_or(b'?')),
            other => {
                for &mut unit in other.encode_utf16(&mut [0; 2]) {
                    plain(out, unit);
                }
            }
        }
    }
    out.push(b'"');
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::json::write_string;

    #[test]
    fn names_are_read_in_any_case_and_no_other_is() {
        for name in ["utf-8", "UTF-8", "Utf8"] {
            assert_eq!(Charset::parse(name.as_bytes()), Some(Charset::Utf8));
        }
        for name in ["GBK", "gbk", "gb2312", "GB18030"] {
            assert_eq!(Charset::parse(name.as_bytes()), Some(Charset::Gbk));
        }
        for name in ["", "latin1", "utf-16", "big5", " utf-8"] {
            assert_eq!(Charset::parse(name.as_bytes()), None, "{name}");
        }
    }

    #[test]
    fn gbk_bytes_are_read_and_written() {
        assert_eq!(Charset::Gbk.decode(b"\xca\xd5\xce\xaf").unwrap(), "收委");
        assert_eq!(&*Charset::Gbk.encode("收委").unwrap(), b"\xca\xd5\xce\xaf");
        assert_eq!(Charset::Gbk.decode(b"\xca"), None, "a cut character");
        assert_eq!(Charset::Utf8.decode(b"\xca\xd5"), None);
        assert_eq!(Charset::Gbk.encode("é🦀"), None);
        assert_eq!(&*Charset::Gbk.encode("€收€").unwrap(), b"\xa2\xe3\xca\xd5\xa2\xe3");
        assert_eq!(Charset::Gbk.decode(b"\xa2\xe3").unwrap(), "€");
    }

    #[test]
    fn ascii_strings_escape_everything_else() {
        let mut out = Vec::new();
        write_ascii_string(&mut out, "认/\"\\\n\u{8}\u{c}\u{1}🦀\u{7f}");
        assert_eq!(out, br#""\u8ba4/\"\\\n\b\f\u0001\ud83e\udd80\u007f""#);
    }

    proptest! {
        #[test]
        fn bytes_are_decoded_alike_whether_they_are_given_away_or_not(bytes: Vec<u8>, text: String) {
            for charset in [Charset::Utf8, Charset::Gbk] {
                for bytes in [&bytes, text.as_bytes()] {
                    let whole = charset.decode_whole(Cow::Owned(bytes.to_vec()));
                    prop_assert_eq!(&whole, &charset.decode(bytes));
                    prop_assert_eq!(&whole, &charset.decode_whole(Cow::Borrowed(bytes)));
                }
            }
        }

        #[test]
        fn both_ways_to_write_a_string_are_read_back(text in any::<String>()) {
            for write in [write_string, write_ascii_string] {
                let mut out = Vec::new();
                write(&mut out, &text);
                prop_assert_eq!(&serde_json::from_slice::<String>(&out).unwrap(), &text);
            }
        }

        #[test]
        fn what_gbk_can_write_it_reads_back(text in any::<String>()) {
            if let Some(bytes) = Charset::Gbk.encode(&text) {
                prop_assert_eq!(&*Charset::Gbk.decode(&bytes).unwrap(), &text);
            }
        }
    }
}

//! Form fields as bytes: query strings and urlencoded bodies. Docs: Alipay gateway specification, section 1.3.
//!
//! No charset is assumed: a form parser that believes in UTF-8 breaks the vendor's own GBK example.

use std::borrow::Cow;

use crate::hex::nibble;
use memchr::{memchr, memchr2};

/// One field, decoded to bytes, with the raw text it came from.
#[derive(Clone, PartialEq, Eq)]
pub struct Field<'a> {
    /// The decoded name.
    pub name: Cow<'a, [u8]>,
    /// The decoded value.
    pub value: Cow<'a, [u8]>,
    /// The value as it stood on the wire.
    pub raw: &'a [u8],
}

/// Splits a form into fields; empty pieces between `&` are passed over.
pub fn fields(form: &[u8]) -> impl Iterator<Item = Field<'_>> {
    pieces(form).filter(|piece| !piece.is_empty()).map(|piece| {
        let at = memchr(b'=', piece).unwrap_or(piece.len());
        let (name, raw) = (piece.get(..at).unwrap_or_default(), piece.get(at + 1..).unwrap_or_default());
        Field { name: decode(name), value: decode(raw), raw }
    })
}

/// What stands between `&`.
fn pieces(form: &[u8]) -> impl Iterator<Item = &[u8]> {
    let mut rest = Some(form);
    std::iter::from_fn(move || {
        let text = rest?;
        let at = memchr(b'&', text).unwrap_or(text.len());
        rest = text.get(at + 1..);
        text.get(..at)
    })
}

/// Decodes once: `+` is a blank, `%XX` a byte. A percent sign without two hexadecimal digits stands for itself.
pub fn decode(text: &[u8]) -> Cow<'_, [u8]> {
    if memchr2(b'+', b'%', text).is_none() {
        return Cow::Borrowed(text);
    }
    let mut out = Vec::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = memchr2(b'+', b'%', rest) {
        let (plain, special) = rest.split_at(at);
        out.extend_from_slice(plain);
        rest = match special {
            &[b'%', high, low, ref behind @ ..] if nibble(high).is_some() && nibble(low).is_some() => {
                out.push(nibble(high).unwrap_or_default() << 4 | nibble(low).unwrap_or_default());
                behind
            }
            [special, behind @ ..] => {
                out.push(if *special == b'+' { b' ' } else { b'%' });
                behind
            }
            [] => break,
        };
    }
    out.extend_from_slice(rest);
    Cow::Owned(out)
}

/// Whether every percent sign is followed by two hexadecimal digits.
pub fn is_well_escaped(text: &[u8]) -> bool {
    let mut rest = text;
    while let Some(at) = memchr(b'%', rest) {
        match rest.get(at + 1..) {
            Some(&[high, low, ref after @ ..]) if nibble(high).is_some() && nibble(low).is_some() => rest = after,
            _ => return false,
        }
    }
    true
}

/// How a blank is escaped, and what else differs between SDKs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Escapes {
    /// A blank is `+`; letters, digits and `*-._` stay (Java, Python and the HTML form rule).
    Form,
    /// A blank is `%20`; letters, digits and `-._~` stay (RFC 3986, PHP's rawurlencode).
    Rfc3986,
}

/// Encodes bytes.
pub fn encode(out: &mut Vec<u8>, bytes: &[u8], escapes: Escapes) {
    const UPPER: &[u8; 16] = b"0123456789ABCDEF";
    for &byte in bytes {
        let plain = byte.is_ascii_alphanumeric()
            || matches!(byte, b'-' | b'.' | b'_')
            || (escapes == Escapes::Form && byte == b'*')
            || (escapes == Escapes::Rfc3986 && byte == b'~');
        if plain {
            out.push(byte);
        } else if byte == b' ' && escapes == Escapes::Form {
            out.push(b'+');
        } else {
            out.extend_from_slice(&[b'%', UPPER[usize::from(byte >> 4)], UPPER[usize::from(byte & 15)]]);
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_form_is_split_and_decoded_once() {
        let found: Vec<_> = fields(b"a=1&&b=x%3Dy+z&c&=d&e=%2525&f=%zz%4")
            .map(|field| (field.name.into_owned(), field.value.into_owned()))
            .collect();
        let expected: Vec<(Vec<u8>, Vec<u8>)> =
            [("a", "1"), ("b", "x=y z"), ("c", ""), ("", "d"), ("e", "%25"), ("f", "%zz%4")]
                .map(|(name, value)| (name.into(), value.into()))
                .into();
        assert_eq!(found, expected);
    }

    #[test]
    fn a_broken_escape_is_seen() {
        for (text, good) in
            [("", true), ("%41+%0a", true), ("%", false), ("%4", false), ("a%zz", false), ("%41%", false)]
        {
            assert_eq!(is_well_escaped(text.as_bytes()), good, "{text}");
        }
    }

    proptest! {
        #[test]
        fn what_is_encoded_is_decoded(bytes in any::<Vec<u8>>()) {
            for escapes in [Escapes::Form, Escapes::Rfc3986] {
                let mut out = Vec::new();
                encode(&mut out, &bytes, escapes);
                prop_assert!(is_well_escaped(&out));
                prop_assert_eq!(&*decode(&out), &bytes);
            }
        }
    }
}

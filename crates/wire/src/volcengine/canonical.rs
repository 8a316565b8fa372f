//! The canonical request, line by line. Docs: Volcengine SMS specification, sections 1.2 and 1.3.

use crate::hex::nibble;
use http::HeaderMap;

/// One parameter of the query, decoded.
#[derive(Clone, PartialEq, Eq)]
pub(super) struct Param {
    pub name: Vec<u8>,
    pub value: Vec<u8>,
}

/// In which order the values of one name stand; the names themselves are always sorted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Order {
    /// As the caller wrote them (Go, older Python).
    AsSent,
    /// Sorted as strings (PHP).
    Sorted,
    /// Sorted as they are written here, escapes and all (Node, C++): a percent sign comes before every letter.
    Escaped,
}

/// How header values are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Values {
    /// Trimmed.
    Trimmed,
    /// Trimmed, runs of white space as one blank (Node).
    Collapsed,
}

/// A canonical request in the making.
#[derive(Clone, Copy)]
pub(super) struct Canonical<'a> {
    pub method: &'a str,
    pub raw_path: &'a str,
    /// Already canonical: see [`canonical_query`].
    pub query: &'a [u8],
    pub headers: &'a HeaderMap,
    /// SignedHeaders as sent; may be empty in the query form.
    pub listed: &'a str,
    pub values: Values,
    /// Stands in for the value of `host`.
    pub host: Option<&'a [u8]>,
    pub payload: &'a str,
}

impl Canonical<'_> {
    /// The text; `None` when a listed header is absent.
    pub(super) fn text(&self) -> Option<Vec<u8>> {
        let (text, missing) = self.write();
        missing.is_empty().then_some(text)
    }

    /// The text with absent headers as empty values, and the names of those.
    pub(super) fn write(&self) -> (Vec<u8>, Vec<&str>) {
        let mut out = Vec::with_capacity(512 + self.query.len());
        let mut missing = Vec::new();
        out.extend_from_slice(self.method.as_bytes());
        out.push(b'\n');
        write_path(&mut out, self.raw_path);
        out.push(b'\n');
        out.extend_from_slice(self.query);
        out.push(b'\n');
        // An empty list still gives one line, an empty one: four newlines stand between query and payload hash.
        if self.listed.is_empty() {
            out.push(b'\n');
        }
        for name in self.listed.split(';').filter(|_| !self.listed.is_empty()) {
            out.extend_from_slice(name.as_bytes());
            out.push(b':');
            if !self.write_value(&mut out, name) {
                missing.push(name);
            }
            out.push(b'\n');
        }
        for piece in ["\n", self.listed, "\n", self.payload] {
            out.extend_from_slice(piece.as_bytes());
        }
        (out, missing)
    }

    /// The value of a listed header, repeated ones joined by a comma; whether it was there.
    fn write_value(&self, out: &mut Vec<u8>, name: &str) -> bool {
        if let Some(host) = self.host.filter(|_| name.eq_ignore_ascii_case("host")) {
            write_trimmed(out, host, self.values);
            return true;
        }
        let mut there = false;
        for value in self.headers.get_all(name) {
            if there {
                out.push(b',');
            }
            write_trimmed(out, value.as_bytes(), self.values);
            there = true;
        }
        there
    }
}

fn write_trimmed(out: &mut Vec<u8>, value: &[u8], values: Values) {
    let value = value.trim_ascii();
    match values {
        Values::Trimmed => out.extend_from_slice(value),
        Values::Collapsed => {
            let words = value.split(u8::is_ascii_whitespace).filter(|word| !word.is_empty());
            for (index, word) in words.enumerate() {
                if index > 0 {
                    out.push(b' ');
                }
                out.extend_from_slice(word);
            }
        }
    }
}

/// Each segment decoded once and encoded; an empty path is the root. A plus sign in a path is itself.
fn write_path(out: &mut Vec<u8>, raw: &str) {
    if raw.is_empty() {
        out.push(b'/');
    }
    for (index, segment) in raw.split('/').enumerate() {
        if index > 0 {
            out.push(b'/');
        }
        encode(out, &decode(segment.as_bytes(), false));
    }
}

/// The parameters of a raw query in the order of the wire. A part without `=` has an empty value; an empty part is none.
pub(super) fn params(raw: &str) -> Vec<Param> {
    let parts = raw.as_bytes().split(|&byte| byte == b'&').filter(|part| !part.is_empty());
    parts
        .map(|part| {
            let mut halves = part.splitn(2, |&byte| byte == b'=');
            let mut half = || decode(halves.next().unwrap_or_default(), true);
            Param { name: half(), value: half() }
        })
        .collect()
}

/// The canonical query of the parameters that `covered` lets through.
pub(super) fn canonical_query(params: &[Param], order: Order, covered: impl Fn(&[u8]) -> bool) -> Vec<u8> {
    let mut chosen: Vec<&Param> = params.iter().filter(|param| covered(&param.name)).collect();
    match order {
        Order::AsSent => chosen.sort_by(|one, other| one.name.cmp(&other.name)),
        Order::Sorted => chosen.sort_by(|one, other| (&one.name, &one.value).cmp(&(&other.name, &other.value))),
        Order::Escaped => chosen.sort_by_cached_key(|param| {
            let mut value = Vec::with_capacity(param.value.len());
            encode(&mut value, &param.value);
            (param.name.clone(), value)
        }),
    }
    let mut out = Vec::with_capacity(chosen.iter().map(|param| param.name.len() + param.value.len() + 2).sum());
    for (index, param) in chosen.into_iter().enumerate() {
        if index > 0 {
            out.push(b'&');
        }
        encode(&mut out, &param.name);
        out.push(b'=');
        encode(&mut out, &param.value);
    }
    out
}

/// Decodes `%XX` once; what is no escape stays as it is.
pub(super) fn decode(raw: &[u8], plus_is_blank: bool) -> Vec<u8> {
    let mut out = Vec::with_capacity(raw.len());
    let mut rest = raw;
    while let [first, after @ ..] = rest {
        rest = after;
        match (first, after) {
            (b'%', [high, low, behind @ ..]) if let (Some(high), Some(low)) = (nibble(*high), nibble(*low)) => {
                out.push(high << 4 | low);
                rest = behind;
            }
            (b'+', _) if plus_is_blank => out.push(b' '),
            (byte, _) => out.push(*byte),
        }
    }
    out
}

/// Encodes everything but `A-Z a-z 0-9 - . _ ~`, with upper-case digits.
pub(super) fn encode(out: &mut Vec<u8>, bytes: &[u8]) {
    for &byte in bytes {
        if byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b'_' | b'~') {
            out.push(byte);
        } else {
            let digit = |value: u8| if value < 10 { b'0' + value } else { b'A' + value - 10 };
            out.extend_from_slice(&[b'%', digit(byte >> 4), digit(byte & 15)]);
        }
    }
}

/// 64 lower-case hexadecimal digits.
pub(super) fn unhex(text: &str) -> Option<[u8; 32]> {
    if text.bytes().any(|byte| byte.is_ascii_uppercase()) { None } else { crate::hex::unhex(text.as_bytes()) }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn query(raw: &str, order: Order) -> String {
        String::from_utf8(canonical_query(&params(raw), order, |_| true)).unwrap()
    }

    /// Section 1.3.
    #[test]
    fn the_query_is_decoded_once_encoded_and_sorted_by_name() {
        for (wire, signed) in [
            ("", ""),
            ("b=2&a=1", "a=1&b=2"),
            ("a", "a="),
            ("a=b=c", "a=b%3Dc"),
            ("a=1+2", "a=1%202"),
            ("&a=%2B&&", "a=%2B"),
            ("a=*(!%27)~", "a=%2A%28%21%27%29~"),
            ("a=%zz%4", "a=%25zz%254"),
            ("pageSize=1&materialName=2&X-Date=3&Action=4", "Action=4&X-Date=3&materialName=2&pageSize=1"),
        ] {
            assert_eq!(query(wire, Order::AsSent), signed, "{wire}");
        }
    }

    #[test]
    fn values_of_one_name_keep_the_callers_order_or_are_sorted_with_or_without_their_escapes() {
        assert_eq!(query("ids=779&ids=582712331329", Order::AsSent), "ids=779&ids=582712331329");
        for order in [Order::Sorted, Order::Escaped] {
            assert_eq!(query("ids=779&ids=582712331329", order), "ids=582712331329&ids=779");
        }
        assert_eq!(query("a=x&a=%E7%94%B2", Order::Sorted), "a=x&a=%E7%94%B2");
        assert_eq!(query("a=x&a=%E7%94%B2", Order::Escaped), "a=%E7%94%B2&a=x");
    }

    #[test]
    fn a_path_is_encoded_segment_by_segment() {
        for (wire, signed) in [("", "/"), ("/", "/"), ("/a b/%2F+", "/a%20b/%2F%2B"), ("//", "//")] {
            let mut out = Vec::new();
            write_path(&mut out, wire);
            assert_eq!(String::from_utf8(out).unwrap(), signed, "{wire}");
        }
    }

    proptest! {
        #[test]
        fn decoding_undoes_encoding(bytes in any::<Vec<u8>>()) {
            let mut encoded = Vec::new();
            encode(&mut encoded, &bytes);
            prop_assert_eq!(decode(&encoded, true), bytes);
        }

        #[test]
        fn a_hash_survives_the_round_trip(bytes in any::<[u8; 32]>()) {
            prop_assert_eq!(unhex(&crate::hex::hex(&bytes)), Some(bytes));
        }

        #[test]
        fn no_query_panics(raw in any::<String>()) {
            query(&raw, Order::Sorted);
        }
    }
}

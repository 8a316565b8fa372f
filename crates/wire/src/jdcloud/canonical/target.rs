//! The request target in a canonical request: path and query, decoded once and encoded by the vendor's rule, and every other way
//! that clients were seen (or are known) to write them. Docs: JD Cloud specification, section 1.3.

use super::Sink;
use crate::hex::nibble;

/// How the path is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::jdcloud) enum Path {
    /// Decoded once, encoded once.
    Canonical,
    /// Decoded, not encoded.
    Decoded,
    /// Encoded once more.
    Twice,
    /// As on the wire.
    AsSent,
    /// With a slash behind that the wire has not.
    SlashAdded,
    /// Without the slash behind that the wire has.
    SlashRemoved,
    /// Just the root.
    Root,
}

/// How the query is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::jdcloud) enum Query {
    /// Decoded once, encoded, sorted.
    Canonical,
    /// As on the wire (Go).
    AsSent,
    /// The parts as on the wire, sorted (older Python).
    AsSentSorted,
    /// A plus sign read as a blank, then canonical.
    PlusIsBlank,
    /// The same without what has no name or no equals sign (Python of the third generation).
    NamedAlone,
    /// Values encoded twice (Java).
    ValuesTwice,
    /// Decoded, not encoded, in the wire's order.
    Decoded,
    /// Encoded, in the wire's order.
    Unsorted,
    /// Names and values encoded twice.
    Twice,
    /// Left out.
    LeftOut,
}

pub(in crate::jdcloud) fn write_path(out: &mut impl Sink, raw: &str, path: Path) {
    let raw = if raw.is_empty() { "/" } else { raw };
    match path {
        Path::Canonical => encode_decoded(out, raw.as_bytes(), is_path_byte),
        Path::Decoded => out.put(&decode(raw.as_bytes())),
        Path::Twice => {
            let mut once = Vec::new();
            encode_decoded(&mut once, raw.as_bytes(), is_path_byte);
            encode(out, &once, is_path_byte);
        }
        Path::AsSent => out.put(raw.as_bytes()),
        Path::SlashAdded => {
            encode_decoded(out, raw.as_bytes(), is_path_byte);
            out.put(b"/");
        }
        Path::SlashRemoved => encode_decoded(out, raw.strip_suffix('/').unwrap_or(raw).as_bytes(), is_path_byte),
        Path::Root => out.put(b"/"),
    }
}

pub(in crate::jdcloud) fn write_query(out: &mut impl Sink, raw: &str, query: Query) {
    if raw.is_empty() {
        return;
    }
    let parts = raw.split('&').filter(|part| !part.is_empty());
    match query {
        Query::LeftOut => {}
        Query::AsSent => out.put(raw.as_bytes()),
        Query::Decoded => out.put(&decode(raw.as_bytes())),
        Query::AsSentSorted => {
            let mut parts: Vec<(&[u8], &[u8])> = parts.map(name_and_value).collect();
            parts.sort_unstable();
            write_pairs(out, &parts);
        }
        Query::Canonical
        | Query::PlusIsBlank
        | Query::NamedAlone
        | Query::ValuesTwice
        | Query::Unsorted
        | Query::Twice => {
            let mut pairs: Vec<(Vec<u8>, Vec<u8>)> = parts
                .filter(|part| query != Query::NamedAlone || part.find('=').is_some_and(|at| at > 0))
                .map(|part| {
                    let (name, value) = name_and_value(part);
                    let twice = query == Query::Twice;
                    (encoded(name, query, twice), encoded(value, query, twice || query == Query::ValuesTwice))
                })
                .collect();
            if query != Query::Unsorted {
                pairs.sort_unstable();
            }
            write_pairs(out, &pairs);
        }
    }
}

fn name_and_value(part: &str) -> (&[u8], &[u8]) {
    let (name, value) = part.split_once('=').unwrap_or((part, ""));
    (name.as_bytes(), value.as_bytes())
}

fn encoded(text: &[u8], query: Query, twice: bool) -> Vec<u8> {
    let mut out = Vec::with_capacity(text.len());
    if matches!(query, Query::PlusIsBlank | Query::NamedAlone) {
        let blanks: Vec<u8> = text.iter().map(|&byte| if byte == b'+' { b' ' } else { byte }).collect();
        encode_decoded(&mut out, &blanks, is_unreserved);
    } else {
        encode_decoded(&mut out, text, is_unreserved);
    }
    if twice {
        let once = std::mem::take(&mut out);
        encode(&mut out, &once, is_unreserved);
    }
    out
}

fn write_pairs<T: AsRef<[u8]>>(out: &mut impl Sink, pairs: &[(T, T)]) {
    for (index, (name, value)) in pairs.iter().enumerate() {
        if index > 0 {
            out.put(b"&");
        }
        out.put(name.as_ref());
        out.put(b"=");
        out.put(value.as_ref());
    }
}

pub(in crate::jdcloud) const fn is_unreserved(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b'_' | b'~')
}

const fn is_path_byte(byte: u8) -> bool {
    is_unreserved(byte) || byte == b'/'
}

/// Whether a path has nothing to encode, so that all clients write it alike.
pub(in crate::jdcloud) fn is_plain_path(path: &str) -> bool {
    path.bytes().all(is_path_byte)
}

/// Percent-decodes once. A percent sign without two hexadecimal digits stands for itself.
pub(in crate::jdcloud) fn decode(text: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(text.len());
    let mut rest = text;
    while let Some((byte, after)) = decode_first(rest) {
        out.push(byte);
        rest = after;
    }
    out
}

fn decode_first(text: &[u8]) -> Option<(u8, &[u8])> {
    if let [b'%', high, low, rest @ ..] = text
        && let (Some(high), Some(low)) = (nibble(*high), nibble(*low))
    {
        return Some((high << 4 | low, rest));
    }
    let (byte, rest) = text.split_first()?;
    Some((*byte, rest))
}

/// Decodes once and encodes what is not `plain`, in one pass.
fn encode_decoded(out: &mut impl Sink, text: &[u8], plain: fn(u8) -> bool) {
    let mut rest = text;
    loop {
        // What needs neither decoding nor encoding goes through in one piece.
        let same = rest.iter().position(|&byte| !plain(byte)).unwrap_or(rest.len());
        let (front, behind) = rest.split_at(same);
        out.put(front);
        let Some((byte, after)) = decode_first(behind) else { return };
        encode_byte(out, byte, plain);
        rest = after;
    }
}

pub(in crate::jdcloud) fn encode(out: &mut impl Sink, text: &[u8], plain: fn(u8) -> bool) {
    for &byte in text {
        encode_byte(out, byte, plain);
    }
}

fn encode_byte(out: &mut impl Sink, byte: u8, plain: fn(u8) -> bool) {
    const UPPER: &[u8; 16] = b"0123456789ABCDEF";
    if plain(byte) {
        out.put(&[byte]);
    } else {
        out.put(&[b'%', UPPER[usize::from(byte >> 4)], UPPER[usize::from(byte & 15)]]);
    }
}

//! The canonical texts, written piece by piece into whatever takes them: a hash, a message, a buffer. Docs: Alibaba Cloud Domain
//! specification, sections 3.2, 3.3 and 4.2.

use aws_lc_rs::{digest, hmac};
use http::HeaderValue;
use http::header::HOST;

use super::parameters::Parameters;
use crate::hex::hex;
use crate::request::Request;
use crate::runs::{BLOCK, rewrite};

/// Takes a text piece by piece. A string to sign is three times its picture, so only who needs the text has it whole.
pub(super) trait Sink {
    fn put(&mut self, piece: &[u8]);
}

impl Sink for Vec<u8> {
    fn put(&mut self, piece: &[u8]) {
        self.extend_from_slice(piece);
    }
}

impl Sink for hmac::Context {
    fn put(&mut self, piece: &[u8]) {
        self.update(piece);
    }
}

impl Sink for digest::Context {
    fn put(&mut self, piece: &[u8]) {
        self.update(piece);
    }
}

/// The beginning of a text, and how long all of it is.
pub(super) struct Beginning {
    pub(super) text: Vec<u8>,
    pub(super) length: usize,
    most: usize,
}

impl Beginning {
    pub(super) const fn of(most: usize) -> Self {
        Self { text: Vec::new(), length: 0, most }
    }
}

impl Sink for Beginning {
    fn put(&mut self, piece: &[u8]) {
        let room = self.most.saturating_sub(self.text.len());
        self.text.extend_from_slice(piece.get(..room).unwrap_or(piece));
        self.length += piece.len();
    }
}

/// How often a text is percent-encoded. The RPC string to sign encodes a whole canonical query again.
struct Escapes {
    percent: &'static [u8],
    equals: &'static [u8],
    ampersand: &'static [u8],
}

const ONCE: Escapes = Escapes { percent: b"%", equals: b"=", ampersand: b"&" };
const TWICE: Escapes = Escapes { percent: b"%25", equals: b"%3D", ampersand: b"%26" };

/// `METHOD&%2F&` and the canonical query, encoded again (section 3.3). `Signature` is left out.
pub(super) fn write_rpc(out: &mut impl Sink, method: &str, parameters: &Parameters<'_>) {
    out.put(method.as_bytes());
    out.put(b"&%2F&");
    write_pairs(out, parameters.iter().filter(|(name, _)| *name != "Signature"), &TWICE);
}

fn write_pairs<'p>(out: &mut impl Sink, pairs: impl Iterator<Item = (&'p str, &'p str)>, escapes: &Escapes) {
    for (index, (name, value)) in pairs.enumerate() {
        if index > 0 {
            out.put(escapes.ampersand);
        }
        encode(out, name, escapes.percent);
        out.put(escapes.equals);
        encode(out, value, escapes.percent);
    }
}

/// A canonical query, encoded once.
pub(super) fn write_query<'p>(out: &mut impl Sink, pairs: impl Iterator<Item = (&'p str, &'p str)>) {
    write_pairs(out, pairs, &ONCE);
}

/// Three of 64 characters of base64 are escaped, so what goes to the sink is gathered first: a hash takes some time for every
/// piece, however short.
fn encode(out: &mut impl Sink, text: &str, percent: &[u8]) {
    const UPPER: &[u8; 16] = b"0123456789ABCDEF";
    let mut gathered = Vec::with_capacity(text.len().min(GATHERED) + BLOCK);
    for part in text.as_bytes().chunks(GATHERED / 5) {
        // Nothing is refused.
        let _ = rewrite(&mut gathered, part, is_reserved, |gathered, rest| {
            let (byte, _) = rest.split_first()?;
            gathered.extend_from_slice(percent);
            gathered.extend_from_slice(&[UPPER[usize::from(byte >> 4)], UPPER[usize::from(byte & 15)]]);
            Some(1)
        });
        out.put(&gathered);
        gathered.clear();
    }
}

/// How much is gathered at once; an escape is at most five bytes.
const GATHERED: usize = 16 * 1024;

#[expect(
    clippy::needless_bitwise_bool,
    reason = "without branches for the compiler to put many bytes into one instruction"
)]
const fn is_reserved(byte: u8) -> bool {
    let letter = (byte | 0x20).wrapping_sub(b'a') < 26;
    let digit = byte.wrapping_sub(b'0') < 10;
    !(letter | digit | (byte == b'-') | (byte == b'.') | (byte == b'_') | (byte == b'~'))
}

/// What the canonical request of ACS3 is made of (section 4.2).
#[derive(Clone, Copy)]
pub(super) struct Acs3<'a> {
    pub(super) request: &'a Request<'a>,
    pub(super) parameters: &'a Parameters<'a>,
    pub(super) signed_headers: &'a str,
    /// The host that a trusted proxy was asked for, in place of `Host`.
    pub(super) host: Option<&'a [u8]>,
    /// The hash of the body as it arrived, in hexadecimal.
    pub(super) payload: &'a str,
}

impl Acs3<'_> {
    pub(super) fn write(&self, out: &mut impl Sink) {
        out.put(self.request.method.as_bytes());
        out.put(b"\n/\n");
        write_query(out, self.parameters.in_query());
        out.put(b"\n");
        for name in self.signed_headers.split(';').filter(|name| !name.is_empty()) {
            out.put(name.to_ascii_lowercase().as_bytes());
            out.put(b":");
            self.write_values(out, name);
            out.put(b"\n");
        }
        out.put(b"\n");
        out.put(self.signed_headers.as_bytes());
        out.put(b"\n");
        out.put(self.payload.as_bytes());
    }

    /// Values trimmed, several sorted and joined by commas. A listed header that is absent has no value.
    fn write_values(&self, out: &mut impl Sink, name: &str) {
        if let Some(host) = self.host.filter(|_| name.eq_ignore_ascii_case(HOST.as_str())) {
            out.put(host.trim_ascii());
            return;
        }
        let trimmed = |value: &'_ HeaderValue| value.as_bytes().trim_ascii().to_vec();
        let mut values: Vec<Vec<u8>> = self.request.headers.get_all(name).iter().map(trimmed).collect();
        values.sort_unstable();
        out.put(&values.join(&b','));
    }

    /// `ACS3-HMAC-SHA256` and the hash of the canonical request.
    pub(super) fn string_to_sign(&self) -> String {
        let mut hash = digest::Context::new(&digest::SHA256);
        self.write(&mut hash);
        format!("ACS3-HMAC-SHA256\n{}", hex(hash.finish().as_ref()))
    }
}

pub(super) fn lossy(bytes: Vec<u8>) -> String {
    String::from_utf8(bytes).unwrap_or_else(|error| String::from_utf8_lossy(error.as_bytes()).into_owned())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn every_byte_but_the_unreserved_is_escaped(text in "[a-zA-Z0-9+/=~*._ -]{0,200}|\\PC{0,60}", times in 1_usize..400) {
            let text = text.repeat(times);
            let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-._~".contains(&byte);
            for percent in ["%", "%25"] {
                let escaped = |byte| if plain(byte) { char::from(byte).to_string() } else { format!("{percent}{byte:02X}") };
                let expected: String = text.bytes().map(escaped).collect();
                let mut out = Vec::new();
                encode(&mut out, &text, percent.as_bytes());
                prop_assert!(out == expected.as_bytes());
            }
        }
    }
}

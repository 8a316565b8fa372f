//! The canonical request, line by line. Docs: JD Cloud specification, sections 1.3 to 1.5.
//!
//! One writer for all: into a hash when a signature is checked or made, into a text when a person wants to look at it, and with
//! one line written otherwise when a mistake is looked for.

mod target;

use aws_lc_rs::digest;
use http::HeaderMap;

pub(super) use self::target::{Path, Query, decode, is_plain_path, write_path, write_query};
#[cfg(test)]
pub(super) use self::target::{encode, is_unreserved};
use super::sign::{Scope, Stages, string_to_sign};
use crate::request::Request;

/// Where canonical text goes: a buffer to look at, or a hash.
pub(super) trait Sink {
    fn put(&mut self, bytes: &[u8]);
}

impl Sink for Vec<u8> {
    fn put(&mut self, bytes: &[u8]) {
        self.extend_from_slice(bytes);
    }
}

/// A SHA-256 that gathers small pieces before it hashes them.
pub(super) struct Hash {
    context: digest::Context,
    gathered: [u8; 512],
    length: usize,
}

impl Hash {
    pub(super) fn new() -> Self {
        Self { context: digest::Context::new(&digest::SHA256), gathered: [0; 512], length: 0 }
    }

    pub(super) fn finish(mut self) -> [u8; 64] {
        self.flush();
        hex(self.context.finish().as_ref())
    }

    fn flush(&mut self) {
        self.context.update(self.gathered.get(..self.length).unwrap_or_default());
        self.length = 0;
    }
}

impl Sink for Hash {
    fn put(&mut self, bytes: &[u8]) {
        if self.gathered.len() - self.length < bytes.len() {
            self.flush();
        }
        match self.gathered.get_mut(self.length..self.length + bytes.len()) {
            Some(room) => {
                room.copy_from_slice(bytes);
                self.length += bytes.len();
            }
            None => self.context.update(bytes),
        }
    }
}

/// A canonical request in the making: the request, and how each of its lines is written.
///
/// [`Canonical::new`] is the rule of section 1.3. The fields are the other ways that clients were seen (or are known) to write a
/// line; the verifier tries the few that SDKs need, the diagnosis of a wrong signature tries the rest.
#[derive(Clone, Copy)]
pub(super) struct Canonical<'a> {
    pub headers: &'a HeaderMap,
    pub method: &'a str,
    pub raw_path: &'a str,
    pub path: Path,
    pub raw_query: &'a str,
    pub query: Query,
    /// The names of the header lines, in order.
    pub listed: &'a str,
    /// The line after the empty line; the same text, but for a mistake.
    pub list_line: &'a str,
    pub names: Names,
    pub values: Values,
    /// Stands in for the value of `host`.
    pub host: Option<&'a [u8]>,
    /// Stands in for the value of another header.
    pub instead: Option<(&'a str, &'a [u8])>,
    /// The empty line after the header lines.
    pub empty_line: bool,
    pub payload: &'a str,
    /// Something behind the last line.
    pub tail: &'a str,
}

/// How header names are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Names {
    /// As SignedHeaders lists them.
    Listed,
    /// In lower case.
    Lower,
    /// In upper case.
    Upper,
    /// Each-Word-Capital.
    Title,
}

/// How header values are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Values {
    /// Trimmed.
    Trimmed,
    /// Trimmed, runs of white space as one blank.
    Collapsed,
    /// With a blank in front: `name: value`.
    BlankInFront,
    /// With a blank behind.
    BlankBehind,
}

impl<'a> Canonical<'a> {
    pub(super) fn new(request: &Request<'a>, signed_headers: &'a str, payload: &'a str) -> Self {
        Self {
            headers: request.headers,
            method: request.method,
            raw_path: request.path(),
            path: Path::Canonical,
            raw_query: request.query().unwrap_or_default(),
            query: Query::Canonical,
            listed: signed_headers,
            list_line: signed_headers,
            names: Names::Listed,
            values: Values::Trimmed,
            host: None,
            instead: None,
            empty_line: true,
            payload,
            tail: "",
        }
    }

    /// Writes it; whether every listed header was there (an absent one is written as an empty value).
    pub(super) fn write(&self, out: &mut impl Sink) -> bool {
        out.put(self.method.as_bytes());
        out.put(b"\n");
        write_path(out, self.raw_path, self.path);
        out.put(b"\n");
        write_query(out, self.raw_query, self.query);
        out.put(b"\n");
        let mut complete = true;
        for name in self.listed.split(';') {
            write_name(out, name, self.names);
            out.put(b":");
            complete &= self.write_values(out, name);
            out.put(b"\n");
        }
        if self.empty_line {
            out.put(b"\n");
        }
        out.put(self.list_line.as_bytes());
        out.put(b"\n");
        out.put(self.payload.as_bytes());
        out.put(self.tail.as_bytes());
        complete
    }

    /// The hexadecimal hash of it; `None` when a listed header is absent.
    pub(super) fn hash(&self) -> Option<[u8; 64]> {
        let mut hash = Hash::new();
        self.write(&mut hash).then(|| hash.finish())
    }

    /// The hexadecimal hash of it, absent headers as empty values.
    pub(super) fn hash_of_what_is_there(&self) -> [u8; 64] {
        let mut hash = Hash::new();
        self.write(&mut hash);
        hash.finish()
    }

    /// The stages that follow from it.
    pub(super) fn stages(&self, scope: &Scope<'_>, date: &str) -> Stages {
        let mut canonical = Vec::new();
        self.write(&mut canonical);
        let hash = sha256_hex(&canonical);
        let missing = self.listed.split(';').filter(|name| {
            let stood_in_for = self.host.is_some() && name.eq_ignore_ascii_case("host");
            !stood_in_for && !self.headers.contains_key(*name)
        });
        Stages {
            canonical_request: lossy(canonical),
            canonical_hash: text(&hash).to_owned(),
            string_to_sign: string_to_sign(scope, date, text(&hash)),
            payload_hash: self.payload.to_owned(),
            missing_headers: missing.map(str::to_owned).collect(),
        }
    }

    /// The value of a listed header; repeated ones joined by a comma, as Go does.
    fn write_values(&self, out: &mut impl Sink, name: &str) -> bool {
        if let Some(host) = self.host
            && name.eq_ignore_ascii_case("host")
        {
            write_value(out, host, self.values);
            return true;
        }
        if let Some((instead_of, value)) = self.instead
            && name.eq_ignore_ascii_case(instead_of)
        {
            write_value(out, value, self.values);
            return true;
        }
        let mut there = false;
        for value in self.headers.get_all(name) {
            if there {
                out.put(b",");
            }
            write_value(out, value.as_bytes(), self.values);
            there = true;
        }
        there
    }
}

fn write_name(out: &mut impl Sink, name: &str, names: Names) {
    match names {
        Names::Listed => out.put(name.as_bytes()),
        Names::Lower => out.put(name.to_ascii_lowercase().as_bytes()),
        Names::Upper => out.put(name.to_ascii_uppercase().as_bytes()),
        Names::Title => {
            let mut first = true;
            for byte in name.bytes() {
                out.put(&[if first { byte.to_ascii_uppercase() } else { byte.to_ascii_lowercase() }]);
                first = byte == b'-';
            }
        }
    }
}

fn write_value(out: &mut impl Sink, value: &[u8], values: Values) {
    let value = value.trim_ascii();
    match values {
        Values::Trimmed => out.put(value),
        Values::Collapsed => {
            let words = value.split(u8::is_ascii_whitespace).filter(|word| !word.is_empty());
            for (index, word) in words.enumerate() {
                if index > 0 {
                    out.put(b" ");
                }
                out.put(word);
            }
        }
        Values::BlankInFront => {
            out.put(b" ");
            out.put(value);
        }
        Values::BlankBehind => {
            out.put(value);
            out.put(b" ");
        }
    }
}

/// The lower-case hexadecimal SHA-256 of bytes.
pub(super) fn sha256_hex(bytes: &[u8]) -> [u8; 64] {
    hex(digest::digest(&digest::SHA256, bytes).as_ref())
}

/// 32 bytes in lower-case hexadecimal.
pub(super) fn hex(bytes: &[u8]) -> [u8; 64] {
    const LOWER: &[u8; 16] = b"0123456789abcdef";
    let mut out = [b'0'; 64];
    for (pair, byte) in out.chunks_exact_mut(2).zip(bytes) {
        pair.copy_from_slice(&[LOWER[usize::from(byte >> 4)], LOWER[usize::from(byte & 15)]]);
    }
    out
}

/// The text of hexadecimal digits.
pub(super) fn text(hex: &[u8; 64]) -> &str {
    std::str::from_utf8(hex).unwrap_or_default()
}

pub(super) fn lossy(bytes: Vec<u8>) -> String {
    String::from_utf8(bytes).unwrap_or_else(|error| String::from_utf8_lossy(error.as_bytes()).into_owned())
}

//! The text to sign, stage by stage, and the signature. Docs: JD Cloud specification, sections 1.1 to 1.7.
//!
//! Both directions share every line: [`Canonical`] writes the canonical request, into a hash when a signature is checked or made,
//! into a text when a person wants to look at it. The two generations differ in three strings only ([`Generation`]).

use std::fmt;

use aws_lc_rs::constant_time::verify_slices_are_equal;
use aws_lc_rs::{digest, hmac};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use http::{HeaderMap, HeaderName, HeaderValue};
use jiff::Timestamp;
use zeroize::Zeroizing;

use crate::request::Request;
use crate::secret::Secret;
use crate::time::format_basic;

/// The header with the moment of signing, `YYYYMMDDTHHMMSSZ`.
pub const DATE: &str = "x-jdcloud-date";
/// The header with the once-used number, a UUID in all SDKs.
pub const NONCE: &str = "x-jdcloud-nonce";
/// The header with the token of temporary credentials, raw or in base64.
pub const TOKEN: &str = "x-jdcloud-security-token";
/// The header with the hash of the body; only Python sends it, and never signs it.
pub const CONTENT_SHA256: &str = "x-jdcloud-content-sha256";
/// The only service of this door.
pub const SERVICE: &str = "cloudauth";

/// The two generations of the signature (section 1.1).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Generation {
    /// JDCLOUD2: Go, Node, Java, PHP and the older Python.
    Two,
    /// JDCLOUD3: Python from core 1.2.9.
    Three,
}

impl Generation {
    /// The first word of `Authorization` and first line of the string to sign.
    pub const fn algorithm(self) -> &'static str {
        match self {
            Self::Two => "JDCLOUD2-HMAC-SHA256",
            Self::Three => "JDCLOUD3-HMAC-SHA256",
        }
    }

    /// The last part of the scope.
    pub const fn terminator(self) -> &'static str {
        match self {
            Self::Two => "jdcloud2_request",
            Self::Three => "jdcloud3_request",
        }
    }

    /// What stands before the secret in the first key.
    pub const fn key_prefix(self) -> &'static str {
        match self {
            Self::Two => "JDCLOUD2",
            Self::Three => "JDCLOUD3",
        }
    }

    /// The other one.
    pub const fn other(self) -> Self {
        match self {
            Self::Two => Self::Three,
            Self::Three => Self::Two,
        }
    }

    /// The generation of an algorithm word.
    pub fn of_algorithm(word: &str) -> Option<Self> {
        [Self::Two, Self::Three].into_iter().find(|generation| generation.algorithm() == word)
    }
}

/// What a signing key is good for. Displayed as it stands in the string to sign: `YYYYMMDD/region/service/terminator`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Scope<'a> {
    /// The generation.
    pub generation: Generation,
    /// The day, `YYYYMMDD`.
    pub date: &'a str,
    /// The region; each SDK has its own idea of it, so it is never pinned (section 1.7).
    pub region: &'a str,
    /// The service, [`SERVICE`].
    pub service: &'a str,
}

impl Scope<'_> {
    /// Whether the region has a form that any SDK could give it: 1 to 64 letters, digits and hyphens (section 1.7).
    pub fn has_fit_region(&self) -> bool {
        (1..=64).contains(&self.region.len())
            && self.region.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
    }
}

impl fmt::Display for Scope<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}/{}/{}", self.date, self.region, self.service, self.generation.terminator())
    }
}

/// The derived key `k4` of section 1.6. Wiped when dropped; worth caching by access key and [`Scope`].
#[derive(Clone)]
pub struct SigningKey(hmac::Key);

impl SigningKey {
    /// Derives the key of a scope from the secret.
    pub fn derive(secret: &Secret, scope: &Scope<'_>) -> Self {
        let prefix = scope.generation.key_prefix();
        Self::chain(prefix, secret.expose(), scope.date, scope.region, scope.service, scope.generation.terminator())
    }

    /// The chain of section 1.6 with each of its words free, so that a mistaken word can be tried.
    pub(super) fn chain(prefix: &str, secret: &str, date: &str, region: &str, service: &str, terminator: &str) -> Self {
        let first = Zeroizing::new([prefix.as_bytes(), secret.as_bytes()].concat());
        let mut key = hmac::Key::new(hmac::HMAC_SHA256, &first);
        for word in [date, region, service, terminator] {
            key = hmac::Key::new(hmac::HMAC_SHA256, hmac::sign(&key, word.as_bytes()).as_ref());
        }
        Self(key)
    }

    /// Signs a string to sign.
    pub fn sign(&self, string_to_sign: &[u8]) -> Signature {
        let tag = hmac::sign(&self.0, string_to_sign);
        let mut bytes = [0; 32];
        bytes.copy_from_slice(tag.as_ref());
        Signature(bytes)
    }
}

impl fmt::Debug for SigningKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SigningKey(…)")
    }
}

/// A signature. `Debug` hides it; two are compared in constant time.
#[derive(Clone, Copy)]
pub struct Signature([u8; 32]);

impl Signature {
    /// Reads the form on the wire, 64 lower-case hexadecimal digits.
    pub fn parse(text: &str) -> Option<Self> {
        if text.bytes().any(|byte| byte.is_ascii_uppercase()) {
            return None;
        }
        unhex(text.as_bytes()).map(Self)
    }

    pub(super) const fn of(bytes: [u8; 32]) -> Self {
        Self(bytes)
    }

    /// The form on the wire.
    pub fn hex(&self) -> String {
        text(&hex(&self.0)).to_owned()
    }

    /// The 32 bytes.
    pub const fn expose(&self) -> &[u8; 32] {
        &self.0
    }

    /// Whether both are the same, in constant time.
    pub fn matches(&self, other: &Self) -> bool {
        verify_slices_are_equal(&self.0, &other.0).is_ok()
    }
}

impl fmt::Debug for Signature {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Signature(…)")
    }
}

/// Every stage of a signature as text, for a person to compare with what the client has. Holds no secret and no signature.
#[derive(Clone, PartialEq, Eq)]
pub struct Stages {
    /// The canonical request (section 1.3).
    pub canonical_request: String,
    /// The lower-case hexadecimal SHA-256 of it.
    pub canonical_hash: String,
    /// The string to sign (section 1.6).
    pub string_to_sign: String,
    /// The lower-case hexadecimal SHA-256 of the body as received: the last line of the canonical request.
    pub payload_hash: String,
    /// Headers that SignedHeaders lists but the request does not have; no signature can be right while one is missing.
    pub missing_headers: Vec<String>,
}

impl fmt::Debug for Stages {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Stages(…)")
    }
}

/// The canonical URI of a raw path: decoded once, then everything but `A-Z a-z 0-9 - . _ ~ /` as `%XX` (section 1.4).
pub fn canonical_uri(raw_path: &str) -> String {
    let mut out = Vec::with_capacity(raw_path.len());
    write_path(&mut out, raw_path, Path::Canonical);
    lossy(out)
}

/// The canonical query of a raw query: decoded once, encoded, sorted by name then value (section 1.5).
pub fn canonical_query(raw_query: &str) -> String {
    let mut out = Vec::with_capacity(raw_query.len());
    write_query(&mut out, raw_query, Query::Canonical);
    lossy(out)
}

/// The canonical request for a list of signed headers, in the list's own order (section 1.3). `None` when a listed header is absent.
pub fn canonical_request(request: &Request<'_>, signed_headers: &str) -> Option<Vec<u8>> {
    let payload = sha256_hex(request.body);
    let canonical = Canonical::new(request, signed_headers, text(&payload));
    let mut out = Vec::with_capacity(512);
    canonical.write(&mut out).then_some(out)
}

/// The string to sign (section 1.6). `date` is the text of `x-jdcloud-date`.
pub fn string_to_sign(scope: &Scope<'_>, date: &str, canonical_hash: &str) -> String {
    let Scope { generation, date: day, region, service } = *scope;
    [
        generation.algorithm(),
        "\n",
        date,
        "\n",
        day,
        "/",
        region,
        "/",
        service,
        "/",
        generation.terminator(),
        "\n",
        canonical_hash,
    ]
    .concat()
}

/// Every stage of a request's signature.
pub fn stages(request: &Request<'_>, scope: &Scope<'_>, date: &str, signed_headers: &str) -> Stages {
    let payload = sha256_hex(request.body);
    Canonical::new(request, signed_headers, text(&payload)).stages(scope, date)
}

/// Who signs, and in whose manner.
#[derive(Debug, Clone)]
pub struct Client<'a> {
    /// The access key.
    pub access_key: &'a str,
    /// The secret.
    pub secret: &'a Secret,
    /// The token of temporary credentials, sent and signed in base64.
    pub token: Option<&'a Secret>,
    /// The region of the scope.
    pub region: &'a str,
    /// Whose manner.
    pub manner: Manner,
}

/// In whose manner a request is signed: the generation and what goes into SignedHeaders (sections 1.1 and 1.2).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Manner {
    /// JDCLOUD2, `content-type;host;x-jdcloud-date;x-jdcloud-nonce` (and the token): Go, and Java but for the token.
    Go,
    /// JDCLOUD2 with `accept` signed as well.
    Node,
    /// JDCLOUD3, only `content-type;host` signed; the body's hash is sent, unsigned.
    Python,
}

impl Manner {
    /// The generation this manner signs with.
    pub const fn generation(self) -> Generation {
        match self {
            Self::Go | Self::Node => Generation::Two,
            Self::Python => Generation::Three,
        }
    }
}

/// Signs a request as a client does: gives back the request's headers with date, nonce, token and `Authorization` added.
///
/// The request must already have `Host`; `Content-Type` and (in Node's manner) `Accept` are signed when they are there. `None` when
/// the host, or an argument that becomes a header value, is unfit for one.
pub fn sign_request(request: &Request<'_>, client: &Client<'_>, at: Timestamp, nonce: &str) -> Option<HeaderMap> {
    let mut headers = request.headers.clone();
    let date = format_basic(at);
    headers.insert(DATE, HeaderValue::from_str(&date).ok()?);
    headers.insert(NONCE, HeaderValue::from_str(nonce).ok()?);
    if let Some(token) = client.token {
        headers.insert(TOKEN, HeaderValue::from_str(&STANDARD.encode(token.expose())).ok()?);
    }
    let payload = sha256_hex(request.body);
    let wanted: &[&str] = match client.manner {
        Manner::Go => &["content-type", "host", DATE, NONCE, TOKEN],
        Manner::Node => &["accept", "content-type", "host", DATE, NONCE, TOKEN],
        Manner::Python => {
            headers.insert(CONTENT_SHA256, HeaderValue::from_str(text(&payload)).ok()?);
            &["content-type", "host", TOKEN]
        }
    };
    let listed: Vec<&str> = wanted.iter().copied().filter(|name| headers.contains_key(*name)).collect();
    if !listed.contains(&"host") {
        return None;
    }
    let listed = listed.join(";");
    let scope =
        Scope { generation: client.manner.generation(), date: date.get(..8)?, region: client.region, service: SERVICE };
    let signed = Request { headers: &headers, ..*request };
    let hash = Canonical::new(&signed, &listed, text(&payload)).hash()?;
    let signature =
        SigningKey::derive(client.secret, &scope).sign(string_to_sign(&scope, &date, text(&hash)).as_bytes());
    let algorithm = scope.generation.algorithm();
    let value = format!(
        "{algorithm} Credential={}/{scope}, SignedHeaders={listed}, Signature={}",
        client.access_key,
        signature.hex()
    );
    headers.insert(http::header::AUTHORIZATION, HeaderValue::from_str(&value).ok()?);
    if client.manner == Manner::Python {
        // A header whose name and value are the algorithm: the SDK sends it, nobody reads it.
        headers
            .insert(HeaderName::from_static("jdcloud3-hmac-sha256"), HeaderValue::from_static("JDCLOUD3-HMAC-SHA256"));
    }
    Some(headers)
}

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
struct Hash {
    context: digest::Context,
    gathered: [u8; 512],
    length: usize,
}

impl Hash {
    fn new() -> Self {
        Self { context: digest::Context::new(&digest::SHA256), gathered: [0; 512], length: 0 }
    }

    fn finish(mut self) -> [u8; 64] {
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

/// How the path is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Path {
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
pub(super) enum Query {
    /// Decoded once, encoded, sorted.
    Canonical,
    /// As on the wire (Go).
    AsSent,
    /// The parts as on the wire, sorted (older Python).
    AsSentSorted,
    /// A plus sign read as a blank, then canonical.
    PlusIsBlank,
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

fn write_path(out: &mut impl Sink, raw: &str, path: Path) {
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

fn write_query(out: &mut impl Sink, raw: &str, query: Query) {
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
        Query::Canonical | Query::PlusIsBlank | Query::ValuesTwice | Query::Unsorted | Query::Twice => {
            let mut pairs: Vec<(Vec<u8>, Vec<u8>)> = parts
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
    if query == Query::PlusIsBlank {
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

const fn is_unreserved(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b'_' | b'~')
}

const fn is_path_byte(byte: u8) -> bool {
    is_unreserved(byte) || byte == b'/'
}

/// Percent-decodes once. A percent sign without two hexadecimal digits stands for itself.
pub(super) fn decode(text: &[u8]) -> Vec<u8> {
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

fn encode(out: &mut impl Sink, text: &[u8], plain: fn(u8) -> bool) {
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

const fn nibble(digit: u8) -> Option<u8> {
    match digit {
        b'0'..=b'9' => Some(digit - b'0'),
        b'a'..=b'f' => Some(digit - b'a' + 10),
        b'A'..=b'F' => Some(digit - b'A' + 10),
        _ => None,
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

/// 64 hexadecimal digits of either case as 32 bytes.
pub(super) fn unhex(text: &[u8]) -> Option<[u8; 32]> {
    if text.len() != 64 {
        return None;
    }
    let mut out = [0; 32];
    for (byte, pair) in out.iter_mut().zip(text.chunks_exact(2)) {
        let [high, low] = *pair else { return None };
        *byte = nibble(high)? << 4 | nibble(low)?;
    }
    Some(out)
}

/// The text of hexadecimal digits.
pub(super) fn text(hex: &[u8; 64]) -> &str {
    std::str::from_utf8(hex).unwrap_or_default()
}

fn lossy(bytes: Vec<u8>) -> String {
    String::from_utf8(bytes).unwrap_or_else(|error| String::from_utf8_lossy(error.as_bytes()).into_owned())
}

#[cfg(test)]
#[path = "sign_tests.rs"]
mod tests;

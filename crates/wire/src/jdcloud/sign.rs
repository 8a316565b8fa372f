//! The text to sign, stage by stage, and the signature. Docs: JD Cloud specification, sections 1.1 to 1.7.
//!
//! Both directions share every line; `canonical.rs` writes the canonical request. The two generations differ in three strings only ([`Generation`]).

use std::fmt;

use aws_lc_rs::constant_time::verify_slices_are_equal;
use aws_lc_rs::hmac;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use http::{HeaderMap, HeaderName, HeaderValue};
use jiff::Timestamp;
use zeroize::Zeroizing;

use super::canonical::{Canonical, Path, Query, hex, lossy, sha256_hex, text, write_path, write_query};
use crate::hex::unhex;
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

#[cfg(test)]
#[path = "sign_tests.rs"]
mod tests;

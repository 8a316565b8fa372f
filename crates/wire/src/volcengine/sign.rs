//! The string to sign, the key and the signature, both directions. Docs: Volcengine SMS specification, sections 1.1 to 1.6.
//!
//! `canonical.rs` writes the canonical request.

use std::fmt;

use aws_lc_rs::constant_time::verify_slices_are_equal;
use aws_lc_rs::hmac;
use http::header::AUTHORIZATION;
use http::{HeaderMap, HeaderValue};
use jiff::Timestamp;

use super::canonical::{Canonical, Order, Values, canonical_query, encode, params, unhex};
use crate::hex::{hex, sha256_hex};
use crate::request::Request;
use crate::secret::Secret;
use crate::time::format_basic;

/// The algorithm word: first of `Authorization`, and first line of the string to sign.
pub const ALGORITHM: &str = "HMAC-SHA256";
/// The last part of the scope.
pub const TERMINATOR: &str = "request";
/// The service of this door, compared without case: the generated client of 2026 writes it in lower case.
pub const SERVICE: &str = "volcSMS";
/// The header, or query parameter, with the moment of signing, `YYYYMMDDTHHMMSSZ`.
pub const DATE: &str = "X-Date";
/// The header with the hash of the body.
pub const CONTENT_SHA256: &str = "x-content-sha256";
/// The header, or query parameter, with the token of temporary credentials.
pub const TOKEN: &str = "X-Security-Token";

/// What a signing key is good for. Displayed as it stands in the string to sign: `YYYYMMDD/region/service/request`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Scope<'a> {
    /// The day, `YYYYMMDD`.
    pub date: &'a str,
    /// The region; any that has a region's form is accepted (section 1.7).
    pub region: &'a str,
    /// The service in the caller's spelling, which is what is signed.
    pub service: &'a str,
}

impl fmt::Display for Scope<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}/{}/{TERMINATOR}", self.date, self.region, self.service)
    }
}

/// The derived key `k4` of section 1.4. Worth caching by access key and [`Scope`].
#[derive(Clone)]
pub struct SigningKey(hmac::Key);

impl SigningKey {
    /// Derives the key of a scope. The secret is used as text: it looks like base64 and is never decoded.
    pub fn derive(secret: &Secret, scope: &Scope<'_>) -> Self {
        Self::chain(secret.expose().as_bytes(), scope)
    }

    /// The chain of section 1.4 from any bytes, so that a mistaken secret can be tried.
    pub(super) fn chain(secret: &[u8], scope: &Scope<'_>) -> Self {
        let mut key = hmac::Key::new(hmac::HMAC_SHA256, secret);
        for word in [scope.date, scope.region, scope.service, TERMINATOR] {
            key = hmac::Key::new(hmac::HMAC_SHA256, hmac::sign(&key, word.as_bytes()).as_ref());
        }
        Self(key)
    }

    /// Signs a string to sign.
    pub fn sign(&self, string_to_sign: &str) -> Signature {
        let mut bytes = [0; 32];
        bytes.copy_from_slice(hmac::sign(&self.0, string_to_sign.as_bytes()).as_ref());
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
        unhex(text).map(Self)
    }

    /// The form on the wire.
    pub fn hex(&self) -> String {
        hex(&self.0)
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
    /// The canonical request (section 1.2).
    pub canonical_request: String,
    /// The lower-case hexadecimal SHA-256 of it.
    pub canonical_hash: String,
    /// The string to sign (section 1.4).
    pub string_to_sign: String,
    /// The last line of the canonical request: the hash of the body, or in the query form of nothing.
    pub payload_hash: String,
    /// Headers that SignedHeaders lists but the request does not have; no signature can be right while one is missing.
    pub missing_headers: Vec<String>,
}

impl Stages {
    pub(super) fn of(canonical: &Canonical<'_>, scope: &Scope<'_>, date: &str) -> Self {
        let (text, missing) = canonical.write();
        let canonical_hash = sha256_hex(&text);
        Self {
            canonical_request: String::from_utf8_lossy(&text).into_owned(),
            string_to_sign: string_to_sign(scope, date, &canonical_hash),
            canonical_hash,
            payload_hash: canonical.payload.to_owned(),
            missing_headers: missing.into_iter().map(str::to_owned).collect(),
        }
    }
}

impl fmt::Debug for Stages {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Stages(…)")
    }
}

/// The string to sign (section 1.4). `date` is the text of `X-Date`.
pub fn string_to_sign(scope: &Scope<'_>, date: &str, canonical_hash: &str) -> String {
    format!("{ALGORITHM}\n{date}\n{scope}\n{canonical_hash}")
}

/// Who signs.
#[derive(Debug, Clone)]
pub struct Client<'a> {
    /// The access key.
    pub access_key: &'a str,
    /// The secret.
    pub secret: &'a Secret,
    /// The token of temporary credentials.
    pub token: Option<&'a Secret>,
    /// The region of the scope.
    pub region: &'a str,
    /// The service of the scope, [`SERVICE`].
    pub service: &'a str,
}

/// In whose manner a request is signed: what goes into SignedHeaders (section 1.1).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Manner {
    /// Content type, host and every `x-` header: Go, both Python SDKs, Java.
    Go,
    /// Every `x-` header only: neither host nor content type, and no hash of a body that is not there.
    Node,
}

/// Signs in the header form: gives back the request's headers with date, hash of the body, token and `Authorization` added.
///
/// In Go's manner the request must already have `Host`. `None` when it has not, or when an argument is unfit for a header.
pub fn sign_request(request: &Request<'_>, client: &Client<'_>, manner: Manner, at: Timestamp) -> Option<HeaderMap> {
    let mut headers = request.headers.clone();
    let date = format_basic(at);
    let payload = sha256_hex(request.body);
    headers.insert("x-date", HeaderValue::from_str(&date).ok()?);
    if manner == Manner::Go || !request.body.is_empty() {
        headers.insert(CONTENT_SHA256, HeaderValue::from_str(&payload).ok()?);
    }
    if let Some(token) = client.token {
        headers.insert("x-security-token", HeaderValue::from_str(token.expose()).ok()?);
    }
    let wanted =
        |name: &str| name.starts_with("x-") || (manner == Manner::Go && matches!(name, "host" | "content-type"));
    let mut listed: Vec<&str> = headers.keys().map(http::HeaderName::as_str).filter(|name| wanted(name)).collect();
    listed.sort_unstable();
    if manner == Manner::Go && !listed.contains(&"host") {
        return None;
    }
    let listed = listed.join(";");
    let query = canonical_query(&params(request.query().unwrap_or_default()), order(manner), |_| true);
    let values = if manner == Manner::Node { Values::Collapsed } else { Values::Trimmed };
    let canonical = Canonical {
        method: request.method,
        raw_path: request.path(),
        query: &query,
        headers: &headers,
        listed: &listed,
        values,
        host: bare_host(request),
        payload: &payload,
    };
    let scope = Scope { date: date.get(..8)?, region: client.region, service: client.service };
    let signature = sign(&canonical, client, &scope, &date)?;
    let value = format!(
        "{ALGORITHM} Credential={}/{scope}, SignedHeaders={listed}, Signature={}",
        client.access_key,
        signature.hex()
    );
    headers.insert(AUTHORIZATION, HeaderValue::from_str(&value).ok()?);
    Some(headers)
}

/// Signs in the query form, as Go does: gives back the request's target with the signature's parameters added. The body is not
/// covered, and this door takes none with it.
pub fn presign(request: &Request<'_>, client: &Client<'_>, at: Timestamp) -> Option<String> {
    let date = format_basic(at);
    let scope = Scope { date: date.get(..8)?, region: client.region, service: client.service };
    let mut raw = request.query().unwrap_or_default().to_owned();
    let credential = format!("{}/{scope}", client.access_key);
    let token = client.token.map(|token| (TOKEN, token.expose()));
    let parts = [
        ("X-Algorithm", ALGORITHM),
        ("X-Credential", credential.as_str()),
        (DATE, date.as_str()),
        ("X-NotSignBody", ""),
        ("X-SignedHeaders", ""),
    ];
    for (name, value) in parts.into_iter().chain(token) {
        push(&mut raw, name, value);
    }
    let mut names: Vec<_> = params(&raw).into_iter().map(|param| param.name).collect();
    names.push(b"X-SignedQueries".to_vec());
    names.sort();
    names.dedup();
    push(&mut raw, "X-SignedQueries", &String::from_utf8_lossy(&names.join(&b';')));
    let query = canonical_query(&params(&raw), Order::AsSent, |_| true);
    let payload = sha256_hex(b"");
    let canonical = Canonical {
        method: request.method,
        raw_path: request.path(),
        query: &query,
        headers: request.headers,
        listed: "",
        values: Values::Trimmed,
        host: None,
        payload: &payload,
    };
    let signature = sign(&canonical, client, &scope, &date)?;
    push(&mut raw, "X-Signature", &signature.hex());
    Some(format!("{}?{raw}", request.path()))
}

fn sign(canonical: &Canonical<'_>, client: &Client<'_>, scope: &Scope<'_>, date: &str) -> Option<Signature> {
    let hash = sha256_hex(&canonical.text()?);
    Some(SigningKey::derive(client.secret, scope).sign(&string_to_sign(scope, date, &hash)))
}

const fn order(manner: Manner) -> Order {
    match manner {
        Manner::Go => Order::AsSent,
        Manner::Node => Order::Escaped,
    }
}

/// The host as the SDKs sign it: without the port 80 or 443, whatever the scheme.
pub(super) fn bare_host<'a>(request: &Request<'a>) -> Option<&'a [u8]> {
    without_port(request.single("host")?.as_bytes())
}

pub(super) fn without_port(host: &[u8]) -> Option<&[u8]> {
    let host = host.trim_ascii();
    host.strip_suffix(b":80").or_else(|| host.strip_suffix(b":443"))
}

fn push(raw: &mut String, name: &str, value: &str) {
    let mut out = Vec::with_capacity(name.len() + value.len() + 2);
    if !raw.is_empty() {
        out.push(b'&');
    }
    encode(&mut out, name.as_bytes());
    out.push(b'=');
    encode(&mut out, value.as_bytes());
    raw.push_str(&String::from_utf8_lossy(&out));
}

#[cfg(test)]
#[path = "sign_tests.rs"]
mod tests;

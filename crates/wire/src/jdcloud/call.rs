//! From bytes to a call that may be answered, in the order of the specification's section 1.9.
//!
//! [`Unverified::parse`] does steps 2 to 5: what must be there is there. The caller looks up the claimed access key (step 6).
//! [`Unverified::verify`] does step 7 and is the only maker of [`Verified`]; [`Verified::within`] does step 8 and is the only
//! maker of [`Admitted`], which the readers of the operations' bodies ask for. Replay (step 9) needs a memory and stays outside;
//! [`Admitted::replay_key`] says what to remember.

use std::fmt;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use http::HeaderValue;
use http::header::{AUTHORIZATION, HOST, USER_AGENT};
use jiff::Timestamp;

use super::authorization::Authorization;
use super::canonical::{Canonical, Path, Query, Values, is_plain_path, sha256_hex, text};
use super::codes::{No, Refusal};
use super::sign::{
    CONTENT_SHA256, DATE, Generation, NONCE, SERVICE, Scope, Signature, SigningKey, Stages, TOKEN, string_to_sign,
};
use crate::request::Request;
use crate::secret::Secret;
use crate::time::{Window, parse_basic};

/// A call that has all the parts of a signature; nothing of it is trusted yet.
#[derive(Clone, Copy)]
pub struct Unverified<'a> {
    request: Request<'a>,
    authorization: Authorization<'a>,
    date: &'a str,
    signed_at: Timestamp,
    host: Option<&'a [u8]>,
}

/// What is unusual about a call, and accepted (section 6): for the operator's log.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Warning {
    /// `host` is not in SignedHeaders: the call could be sent to another server.
    HostNotSigned,
    /// JDCLOUD2 without `x-jdcloud-date` in SignedHeaders; the string to sign still binds it.
    DateNotSigned,
    /// A security token came along unsigned, as Java sends it.
    TokenNotSigned,
}

impl<'a> Unverified<'a> {
    /// Reads what the signature needs: steps 2 to 5 of section 1.9, each with its own refusal.
    pub fn parse(request: &Request<'a>) -> Result<Self, Refusal> {
        if !request.headers.contains_key(AUTHORIZATION) {
            return Err(No::NoAuthorization.into());
        }
        let authorization = request.single(AUTHORIZATION.as_str()).ok_or(No::NoCredential)?;
        let authorization = std::str::from_utf8(authorization.as_bytes()).map_err(|_| No::NoCredential)?;
        let authorization = Authorization::parse(authorization)?;
        let date = request.single(DATE).and_then(|date| date.to_str().ok()).ok_or(No::NoDate)?.trim_ascii();
        let signed_at = parse_basic(date.as_bytes()).ok_or(No::NoDate)?;
        Ok(Self { request: *request, authorization, date, signed_at, host: None })
    }

    /// The host that the client really asked for, taken from a forwarded header of a trusted proxy: it stands in for `Host`.
    pub const fn with_host(mut self, host: &'a [u8]) -> Self {
        self.host = Some(host);
        self
    }

    /// The access key that the caller claims to have.
    pub const fn claimed_access_key(&self) -> &'a str {
        self.authorization.access_key
    }

    /// The claimed scope: with the access key, what a cache of signing keys is keyed by.
    pub const fn scope(&self) -> Scope<'a> {
        self.authorization.scope
    }

    /// The claimed moment of signing.
    pub const fn signed_at(&self) -> Timestamp {
        self.signed_at
    }

    /// The nonce, when exactly one is there.
    pub fn nonce(&self) -> Option<&'a str> {
        self.request.single(NONCE)?.to_str().ok()
    }

    /// Whether SignedHeaders lists the nonce. Where it does not (JDCLOUD3 of Python), anyone can change it.
    pub fn nonce_is_signed(&self) -> bool {
        self.lists(NONCE)
    }

    /// The names in SignedHeaders, as listed.
    pub const fn signed_headers(&self) -> &'a str {
        self.authorization.signed_headers
    }

    /// What is unusual about the call, though it is accepted.
    pub fn warnings(&self) -> impl Iterator<Item = Warning> {
        let two = self.authorization.scope.generation == Generation::Two;
        [
            (!self.lists(HOST.as_str())).then_some(Warning::HostNotSigned),
            (two && !self.lists(DATE)).then_some(Warning::DateNotSigned),
            (self.request.headers.contains_key(TOKEN) && !self.lists(TOKEN)).then_some(Warning::TokenNotSigned),
        ]
        .into_iter()
        .flatten()
    }

    /// Every stage of the signature as text, by the plain rule.
    pub fn stages(&self) -> Stages {
        let payload = sha256_hex(self.request.body);
        self.plain(text(&payload)).stages(&self.authorization.scope, self.date)
    }

    /// Checks the signature, then the security token: step 7. `key` must be derived from the caller's secret for [`Self::scope`];
    /// `caller_token` is the token bound to the access key, for temporary credentials.
    pub fn verify(self, key: &SigningKey, caller_token: Option<&Secret>) -> Result<Verified<'a>, Refusal> {
        self.check_scope()?;
        let signature = self.check_signature(key)?;
        self.check_token(caller_token)?;
        Ok(Verified { call: self, signature })
    }

    /// The parts of the credential must agree with each other and with the date.
    pub(super) fn check_scope(&self) -> Result<(), Refusal> {
        let Authorization { scope, terminator, .. } = self.authorization;
        let agrees = scope.service == SERVICE
            && terminator == scope.generation.terminator()
            && self.date.starts_with(scope.date)
            && scope.date.len() == 8
            && scope.has_fit_region();
        if agrees { Ok(()) } else { Err(No::BadCredentials.into()) }
    }

    pub(super) fn check_signature(&self, key: &SigningKey) -> Result<Signature, Refusal> {
        let given = Signature::parse(self.authorization.signature).ok_or(No::WrongSignature)?;
        let payload = sha256_hex(self.request.body);
        let payload = text(&payload);
        // Never instead of hashing: JD's own stand-alone verifier trusts this unsigned header, and so accepts forged bodies.
        let right = |claimed: &HeaderValue| claimed.as_bytes().trim_ascii().eq_ignore_ascii_case(payload.as_bytes());
        if !self.request.headers.get_all(CONTENT_SHA256).iter().all(right) {
            return Err(No::WrongSignature.into());
        }
        let plain = self.plain(payload);
        let verifies = |canonical: &Canonical<'_>| {
            let hash = canonical.hash()?;
            let good = key.sign(string_to_sign(&self.authorization.scope, self.date, text(&hash)).as_bytes());
            Some(good.matches(&given))
        };
        // A listed header that is absent is absent in every variant.
        if verifies(&plain).ok_or(No::WrongSignature)? {
            return Ok(given);
        }
        // The first variant is the plain one.
        let good = self.variants(plain).skip(1).any(|variant| verifies(&variant) == Some(true));
        if good { Ok(given) } else { Err(No::WrongSignature.into()) }
    }

    fn plain<'b>(&self, payload: &'b str) -> Canonical<'b>
    where
        'a: 'b,
    {
        Canonical { host: self.host, ..Canonical::new(&self.request, self.authorization.signed_headers, payload) }
    }

    /// The other texts that a right client may have signed, when they differ from the plain one: runs of blanks in a header value
    /// collapsed, the port 80 or 443 dropped from the host, the path as it was sent (the signer for Rust), a query as an SDK writes it
    /// (sections 1.3 to 1.5). Whichever it was, it is of the path and the query that arrived.
    fn variants<'b>(&self, plain: Canonical<'b>) -> impl Iterator<Item = Canonical<'b>>
    where
        'a: 'b,
    {
        let host = self.host.or_else(|| self.request.headers.get(HOST).map(HeaderValue::as_bytes));
        let bare = host.and_then(|host| host.strip_suffix(b":80").or_else(|| host.strip_suffix(b":443")));
        let runs = self.authorization.signed_headers.split(';').any(|name| {
            self.request.headers.get_all(name).iter().any(|value| {
                value.as_bytes().windows(2).any(|pair| pair.iter().all(u8::is_ascii_whitespace))
                    || value.as_bytes().contains(&b'\t')
            })
        });
        let java =
            self.request.headers.get(USER_AGENT).is_some_and(|agent| agent.as_bytes().starts_with(b"JdcloudSdkJava"));
        let third = self.authorization.scope.generation == Generation::Three;
        let unnamed = |part: &str| part.find('=').is_none_or(|at| at == 0);
        let query = plain.raw_query;
        let queries = [
            Some(Query::Canonical),
            (!query.is_empty()).then_some(Query::AsSent),
            query.contains('&').then_some(Query::AsSentSorted),
            query.contains('+').then_some(Query::PlusIsBlank),
            (third && query.split('&').any(unnamed)).then_some(Query::NamedAlone),
            (java && !query.is_empty()).then_some(Query::ValuesTwice),
        ];
        let paths = [Some(Path::Canonical), (!is_plain_path(plain.raw_path)).then_some(Path::AsSent)];
        let values = [Some(Values::Trimmed), runs.then_some(Values::Collapsed)];
        let hosts = [Some(plain.host), bare.map(Some)];
        hosts.into_iter().flatten().flat_map(move |host| {
            values.into_iter().flatten().flat_map(move |values| {
                paths.into_iter().flatten().flat_map(move |path| {
                    queries.into_iter().flatten().map(move |query| Canonical { path, query, values, host, ..plain })
                })
            })
        })
    }

    /// The token may come raw (Node) or in base64 (Go, Python, Java), signed or not (Java): section 1.2.
    pub(super) fn check_token(&self, bound: Option<&Secret>) -> Result<(), Refusal> {
        let given = self.request.headers.get_all(TOKEN).iter().collect::<Vec<_>>();
        let good = match (given.as_slice(), bound) {
            ([], None) => true,
            ([given], Some(bound)) => {
                let given = given.as_bytes().trim_ascii();
                let encoded = Secret::new(STANDARD.encode(bound.expose()));
                bound.matches(given) | encoded.matches(given)
            }
            // A token where none is bound is as wrong as none where one is; an empty header is none.
            ([given], None) => given.as_bytes().trim_ascii().is_empty(),
            _ => false,
        };
        if good { Ok(()) } else { Err(No::BadCredentials.into()) }
    }

    fn lists(&self, name: &str) -> bool {
        self.authorization.signed_headers.split(';').any(|listed| listed.eq_ignore_ascii_case(name))
    }

    /// The request.
    pub const fn request(&self) -> &Request<'a> {
        &self.request
    }

    pub(super) const fn host(&self) -> Option<&'a [u8]> {
        self.host
    }

    pub(super) const fn authorization(&self) -> &Authorization<'a> {
        &self.authorization
    }

    pub(super) const fn date(&self) -> &'a str {
        self.date
    }
}

impl fmt::Debug for Unverified<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Unverified({:?}, {})", self.request, self.authorization.scope)
    }
}

/// A call whose signature and token are right. [`Unverified::verify`] is the only maker.
#[derive(Clone, Copy)]
pub struct Verified<'a> {
    call: Unverified<'a>,
    signature: Signature,
}

impl<'a> Verified<'a> {
    /// Checks the date window, inclusive at the edge: step 8. After the signature, so that a stranger learns nothing about our clock.
    pub fn within(self, now: Timestamp, window: Window) -> Result<Admitted<'a>, Refusal> {
        if window.contains(self.call.signed_at, now) { Ok(Admitted(self)) } else { Err(No::StaleDate.into()) }
    }

    /// The call, as it was before.
    pub const fn call(&self) -> &Unverified<'a> {
        &self.call
    }

    /// What a replay of this call would repeat.
    pub fn replay_key(&self) -> ReplayKey<'a> {
        // A nonce with blanks inside could be re-spelled and still verify, by the rule of collapsed values; one with commas as
        // several headers, by the rule of joined ones.
        let has_one_spelling = |nonce: &str| nonce.bytes().all(|byte| byte.is_ascii_graphic() && byte != b',');
        match self.call.nonce() {
            Some(nonce) if self.call.nonce_is_signed() && has_one_spelling(nonce) => ReplayKey::SignedNonce(nonce),
            _ => ReplayKey::Signature(*self.signature.expose()),
        }
    }

    /// The signature that was checked, as bytes.
    pub const fn signature(&self) -> &Signature {
        &self.signature
    }
}

impl fmt::Debug for Verified<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Verified({:?})", self.call)
    }
}

/// A call whose signature, token and date are right: what the readers of the operations' bodies ask for.
#[derive(Clone, Copy)]
pub struct Admitted<'a>(Verified<'a>);

impl<'a> Admitted<'a> {
    /// The access key, no longer only claimed.
    pub const fn access_key(&self) -> &'a str {
        self.0.call.authorization.access_key
    }

    /// The generation of the signature.
    pub const fn generation(&self) -> Generation {
        self.0.call.authorization.scope.generation
    }

    /// The request.
    pub const fn request(&self) -> &Request<'a> {
        &self.0.call.request
    }

    /// The body.
    pub const fn body(&self) -> &'a [u8] {
        self.0.call.request.body
    }

    /// The moment of signing: what is remembered against replay can be forgotten once this leaves the window.
    pub const fn signed_at(&self) -> Timestamp {
        self.0.call.signed_at
    }

    /// What a replay of this call would repeat.
    pub fn replay_key(&self) -> ReplayKey<'a> {
        self.0.replay_key()
    }

    /// The signature that was checked.
    pub const fn signature(&self) -> &Signature {
        self.0.signature()
    }
}

impl fmt::Debug for Admitted<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Admitted({:?})", self.0.call)
    }
}

/// What a replay repeats, to be remembered with the access key for twice the window (section 1.8).
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub enum ReplayKey<'a> {
    /// The nonce is signed, so a replay cannot change it, and two honest calls never share it.
    SignedNonce(&'a str),
    /// The nonce is unsigned or absent: only the signature is bound. Two honest calls of the same body in the same second share it
    /// (JDCLOUD3 of Python), so they are better answered alike than refused.
    Signature([u8; 32]),
}

impl fmt::Debug for ReplayKey<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::SignedNonce(_) => "SignedNonce(…)",
            Self::Signature(_) => "Signature(…)",
        })
    }
}

#[cfg(test)]
#[path = "call_tests.rs"]
mod tests;

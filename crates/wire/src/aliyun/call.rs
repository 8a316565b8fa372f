//! From bytes to a call that may be answered, in the order of the specification's section 5.
//!
//! [`Opened::read`] does steps 1 and 2 and knows in which form a refusal must be written; [`Unverified::parse`] does 3 to 7,
//! [`Unverified::within`] 8. Whoever has the keys does 9; [`Timely::verify`] does 10 and 11, [`Verified::admit`] takes the answer of
//! a memory for 12. The rate and permissions (13, 14) are the door's; 15 and 16 are the readers' of the operations, who ask for an
//! [`Admitted`].

use std::fmt;

use jiff::Timestamp;

use super::canonical::{Acs3, Beginning, lossy, write_rpc};
use super::codes::{No, Refusal};
use super::opened::{Opened, Scheme};
use super::operations::{Operation, route};
use super::parameters::{PROFILE, Parameters};
use super::sign::{
    ACS3, ACTION, Acs3Signature, CONTENT_SHA256, DATE, Hash, NONCE, TOKEN, VERSION, parse_timestamp, rpc_signature,
    rpc_string_to_sign,
};
use crate::hex::sha256_hex;
use crate::secret::Secret;
use crate::time::Window;

/// How long a string to sign may be to be sent back whole (section 6.5).
pub const MAX_ECHO: usize = 256 * 1024;
/// The longest security token.
const MAX_TOKEN: usize = 4096;
/// How much of a canonical request is sent back.
pub const MAX_CANONICAL_ECHO: usize = 8 * 1024;

/// What an operator may switch.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Switches {
    /// Whether `HMAC-SHA256` is taken as SignatureMethod; whether the vendor takes it is not known (section 3.4).
    pub hmac_sha256: bool,
    /// Whether a Format that is neither JSON nor XML is refused instead of overlooked (section 2.1).
    pub strict_format: bool,
}

/// A call to a known operation that has all the parts of a signature.
#[derive(Clone, Copy)]
pub struct Unverified<'o> {
    opened: &'o Opened<'o>,
    operation: &'static Operation,
    access_key: &'o str,
    nonce: &'o str,
    timestamp: &'o str,
    proof: Proof<'o>,
}

/// What the caller offers for a signature.
#[derive(Clone, Copy)]
pub(super) enum Proof<'o> {
    Rpc { hash: Hash, signature: &'o str },
    Acs3 { signed_headers: &'o str, signature: &'o str },
}

impl<'o> Unverified<'o> {
    /// Steps 3 to 7: version, action, method; what a signature needs; whether its kind is supported.
    pub fn parse(opened: &'o Opened<'o>, switches: Switches) -> Result<Self, Refusal> {
        let (version, action) = opened.asked()?;
        if !matches!(opened.request().path(), "/" | "") {
            return Err(No::UnknownAction.into());
        }
        let operation = route(version, action, opened.request().method)?;
        if switches.strict_format && opened.parameters().filled("Format").is_some() && opened.asked_format().is_none() {
            return Err(No::InvalidFormat.into());
        }
        match opened.scheme() {
            Scheme::Rpc => Self::parse_rpc(opened, operation, switches),
            Scheme::Acs3 => Self::parse_acs3(opened, operation),
        }
    }

    fn parse_rpc(opened: &'o Opened<'o>, operation: &'static Operation, switches: Switches) -> Result<Self, Refusal> {
        let parameters = opened.parameters();
        let kind = parameters.get("SignatureType").unwrap_or_default();
        // Bearer credentials have neither access key nor signature; it is the signature that is missed.
        if kind == "BEARERTOKEN" && parameters.filled("Signature").is_none() {
            return Err(Refusal::missing("Signature"));
        }
        let part = |name: &'static str| parameters.filled(name).ok_or_else(|| Refusal::missing(name));
        let access_key = part("AccessKeyId")?;
        let signature = part("Signature")?;
        let method = part("SignatureMethod")?;
        let version = part("SignatureVersion")?;
        let nonce = part("SignatureNonce")?;
        let timestamp = part("Timestamp")?;
        let hash = Hash::find(method).filter(|hash| *hash == Hash::Sha1 || switches.hmac_sha256);
        let hash = hash.filter(|_| kind.is_empty() && version == "1.0").ok_or(No::SignatureMethod)?;
        Ok(Self { opened, operation, access_key, nonce, timestamp, proof: Proof::Rpc { hash, signature } })
    }

    /// `ACS3-HMAC-SHA256 Credential=<AK>,SignedHeaders=<a;b>,Signature=<hex>`, the parts in any order (section 4.1).
    fn parse_acs3(opened: &'o Opened<'o>, operation: &'static Operation) -> Result<Self, Refusal> {
        let (algorithm, parts) = opened.header("authorization").split_once(' ').unwrap_or_default();
        let [mut access_key, mut signed_headers, mut signature] = [""; 3];
        for part in parts.split(',') {
            let (name, value) = part.trim_ascii().split_once('=').unwrap_or_default();
            match name {
                "Credential" => access_key = value,
                "SignedHeaders" => signed_headers = value,
                "Signature" => signature = value,
                _ => {}
            }
        }
        let (nonce, timestamp) = (opened.header(NONCE), opened.header(DATE));
        for (name, value) in
            [("AccessKeyId", access_key), ("Signature", signature), ("SignatureNonce", nonce), ("Timestamp", timestamp)]
        {
            if value.is_empty() {
                return Err(Refusal::missing(name));
            }
        }
        if algorithm != ACS3 {
            return Err(No::SignatureMethod.into());
        }
        Ok(Self { opened, operation, access_key, nonce, timestamp, proof: Proof::Acs3 { signed_headers, signature } })
    }

    /// Step 8: the form of the moment of signing, then the window, inclusive at both edges.
    pub fn within(self, now: Timestamp, window: Window) -> Result<Timely<'o>, Refusal> {
        let signed_at = parse_timestamp(self.timestamp).ok_or(No::TimestampFormat)?;
        if !window.contains(signed_at, now) {
            return Err(No::TimestampExpired.into());
        }
        Ok(Timely { call: self, signed_at, now })
    }

    /// The access key that the caller claims to have.
    pub const fn claimed_access_key(&self) -> &'o str {
        self.access_key
    }

    /// The operation.
    pub const fn operation(&self) -> &'static Operation {
        self.operation
    }

    /// The request and its parameters.
    pub const fn opened(&self) -> &'o Opened<'o> {
        self.opened
    }

    /// The string to sign, whole: as long as three pictures. For a person to compare.
    pub fn string_to_sign(&self) -> String {
        match self.proof {
            Proof::Rpc { .. } => rpc_string_to_sign(self.opened.request().method, self.opened.parameters()),
            Proof::Acs3 { signed_headers, .. } => {
                self.acs3(signed_headers, &sha256_hex(self.opened.request().body)).string_to_sign()
            }
        }
    }

    /// The canonical request of ACS3, whole; `None` for RPC, which has none.
    pub fn canonical_request(&self) -> Option<String> {
        let Proof::Acs3 { signed_headers, .. } = self.proof else { return None };
        let mut out = Vec::new();
        self.acs3(signed_headers, &sha256_hex(self.opened.request().body)).write(&mut out);
        Some(lossy(out))
    }

    /// The names in SignedHeaders; empty for RPC.
    pub const fn signed_headers(&self) -> &'o str {
        match self.proof {
            Proof::Rpc { .. } => "",
            Proof::Acs3 { signed_headers, .. } => signed_headers,
        }
    }

    pub(super) const fn proof(&self) -> Proof<'o> {
        self.proof
    }

    pub(super) const fn timestamp(&self) -> &'o str {
        self.timestamp
    }

    pub(super) fn acs3<'p>(&'p self, signed_headers: &'p str, payload: &'p str) -> Acs3<'p> {
        let (request, parameters, host) =
            (self.opened.request(), self.opened.parameters(), self.opened.stand_in_host());
        Acs3 { request, parameters, signed_headers, host, payload }
    }

    /// A token that cannot be one is refused whoever has the key; one that is over is told to nobody but who has it.
    pub(super) fn check_token(&self, bound: Option<&Secret>, over: bool) -> Result<(), Refusal> {
        let given = match self.opened.scheme() {
            Scheme::Rpc => self.opened.parameters().get("SecurityToken").unwrap_or_default(),
            Scheme::Acs3 => self.opened.header(TOKEN),
        };
        match bound {
            _ if !is_token(given) => Err(No::SecurityTokenMalformed.into()),
            Some(_) if given.is_empty() => Err(Refusal::missing("SecurityToken")),
            Some(bound) if bound.matches(given.as_bytes()) && over => Err(No::SecurityTokenExpired.into()),
            Some(bound) if bound.matches(given.as_bytes()) => Ok(()),
            None if given.is_empty() => Ok(()),
            _ => Err(No::SecurityTokenMismatch.into()),
        }
    }

    pub(super) fn check_signature(&self, secret: &Secret) -> Result<(), Refusal> {
        match self.proof {
            Proof::Rpc { hash, signature } => {
                let (method, parameters) = (self.opened.request().method, self.opened.parameters());
                let right = |signed: &Parameters<'_>| rpc_signature(hash, secret, method, signed).matches(signature);
                // Seen: what some SDKs sign instead (vectors 14 and 15). An older one does sign what is empty (vector 03).
                let others = || [parameters.without_empty(), parameters.in_python()].into_iter().flatten();
                if right(parameters) || others().any(|signed| right(&signed)) {
                    return Ok(());
                }
                let mut text = Beginning::of(MAX_ECHO);
                write_rpc(&mut text, method, parameters);
                let whole = text.length <= MAX_ECHO;
                let evidence = if whole { lossy(text.text) } else { format!("({} bytes, left out)", text.length) };
                Err(Refusal::with_evidence(No::SignatureDoesNotMatch, &evidence))
            }
            Proof::Acs3 { signed_headers, signature } => self.check_acs3(secret, signed_headers, signature),
        }
    }

    fn check_acs3(&self, secret: &Secret, signed_headers: &str, signature: &str) -> Result<(), Refusal> {
        let payload = sha256_hex(self.opened.request().body);
        let canonical = self.acs3(signed_headers, &payload);
        let text = canonical.string_to_sign();
        if !self.lists_all(signed_headers) {
            return Err(Refusal::with_evidence(No::IncompleteSignature, &text));
        }
        let right_body = self.opened.header(CONTENT_SHA256).eq_ignore_ascii_case(&payload);
        if right_body && Acs3Signature::of(secret.expose(), &text).matches(signature) {
            return Ok(());
        }
        let mut beginning = Beginning::of(MAX_CANONICAL_ECHO);
        canonical.write(&mut beginning);
        Err(Refusal::with_message(
            No::SignatureDoesNotMatch,
            format!(
                "Specified signature does not match our calculation. server StringToSign is [{text}] server CanonicalRequest is [{}]",
                String::from_utf8_lossy(&beginning.text).trim_end_matches(char::REPLACEMENT_CHARACTER)
            ),
        ))
    }

    /// SignedHeaders must have the five common headers, and every other `x-acs-` header that came (section 4.1).
    fn lists_all(&self, signed_headers: &str) -> bool {
        self.unlisted(signed_headers).next().is_none()
    }

    /// The headers that SignedHeaders must have and has not.
    pub(super) fn unlisted<'p>(&'p self, signed_headers: &'p str) -> impl Iterator<Item = &'p str> {
        let lists = |name: &str| signed_headers.split(';').any(|listed| listed.eq_ignore_ascii_case(name));
        let came = self.opened.request().headers.keys().map(http::HeaderName::as_str);
        let needed = [ACTION, VERSION, DATE, NONCE, CONTENT_SHA256];
        let further = came.filter(move |name| name.starts_with("x-acs-") && !needed.contains(name));
        needed.into_iter().chain(further).filter(move |name| !lists(name))
    }
}

/// Whether a text can be a token: the vendor's are base64 and the like. None at all is no wrong one.
fn is_token(text: &str) -> bool {
    text.len() <= MAX_TOKEN && text.bytes().all(|byte| byte.is_ascii_graphic())
}

impl fmt::Debug for Unverified<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Unverified({}, {:?})", self.operation.name, self.opened.scheme())
    }
}

/// What the server has registered for an access key.
#[derive(Debug, Clone, Copy)]
pub struct Key<'k> {
    /// The secret.
    pub secret: &'k Secret,
    /// The token that temporary credentials must come with.
    pub token: Option<&'k Secret>,
    /// Until when that token is good; none for ever.
    pub token_until: Option<Timestamp>,
}

/// A call whose moment of signing lies in the window. [`Unverified::within`] is the only maker.
#[derive(Debug, Clone, Copy)]
pub struct Timely<'o> {
    call: Unverified<'o>,
    signed_at: Timestamp,
    now: Timestamp,
}

impl<'o> Timely<'o> {
    /// Steps 10 and 11, with what is registered for [`Self::claimed_access_key`].
    pub fn verify(self, key: &Key<'_>) -> Result<Verified<'o>, Refusal> {
        self.call.check_token(key.token, key.token_until.is_some_and(|until| until < self.now))?;
        self.call.check_signature(key.secret)?;
        Ok(Verified(self))
    }

    /// The access key that the caller claims to have.
    pub const fn claimed_access_key(&self) -> &'o str {
        self.call.access_key
    }

    /// The call, as it was before.
    pub const fn call(&self) -> &Unverified<'o> {
        &self.call
    }
}

/// What a memory says of an access key and its nonce (section 3.6).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Nonce {
    /// Seen for the first time, and remembered in the same step.
    Fresh,
    /// Seen before.
    Used,
}

/// A call whose token and signature are right. [`Timely::verify`] is the only maker.
#[derive(Debug, Clone, Copy)]
pub struct Verified<'o>(Timely<'o>);

impl<'o> Verified<'o> {
    /// Step 12. Ask the memory only now: strangers must not be able to use up nonces.
    pub fn admit(self, nonce: Nonce) -> Result<Admitted<'o>, Refusal> {
        match nonce {
            Nonce::Fresh => Ok(Admitted(self.0)),
            Nonce::Used => Err(No::NonceUsed.into()),
        }
    }

    /// The access key, no longer only claimed.
    pub const fn access_key(&self) -> &'o str {
        self.0.call.access_key
    }

    /// What must be remembered with the access key: one memory for both schemes.
    pub const fn nonce(&self) -> &'o str {
        self.0.call.nonce
    }

    /// The moment of signing: the nonce can be forgotten once this has left the window.
    pub const fn signed_at(&self) -> Timestamp {
        self.0.signed_at
    }
}

/// A call that nobody sent before and the caller really made: what the readers of the operations ask for.
#[derive(Debug, Clone, Copy)]
pub struct Admitted<'o>(Timely<'o>);

impl<'o> Admitted<'o> {
    /// The access key.
    pub const fn access_key(&self) -> &'o str {
        self.0.call.access_key
    }

    /// The operation.
    pub const fn operation(&self) -> &'static Operation {
        self.0.call.operation
    }

    /// The request and its parameters.
    pub const fn opened(&self) -> &'o Opened<'o> {
        self.0.call.opened
    }

    /// The moment of signing.
    pub const fn signed_at(&self) -> Timestamp {
        self.0.signed_at
    }

    /// The nonce.
    pub const fn nonce(&self) -> &'o str {
        self.0.call.nonce
    }

    /// A parameter that is not empty. The two names of a profile are one: whichever is there is read.
    pub fn value(&self, name: &str) -> Option<&'o str> {
        let parameters = self.opened().parameters();
        let names = if PROFILE.contains(&name) { &PROFILE[..] } else { &[name] };
        names.iter().find_map(|name| parameters.filled(name))
    }

    /// Step 15: every parameter that the operation requires is there.
    pub fn check_required(&self) -> Result<(), Refusal> {
        match self.operation().required.iter().find(|name| self.value(name).is_none()) {
            Some(name) => Err(Refusal::missing(*name)),
            None => Ok(()),
        }
    }
}

#[cfg(test)]
#[path = "call_tests.rs"]
mod tests;

//! From bytes to a call that may be answered, in the order of the specification's section 1.9.
//!
//! [`Unverified::parse`] does steps 1 to 3; the door looks up the claimed app (step 4). [`Unverified::verify`] does steps 5 to 10 but for
//! the memory of nonces, and is the only maker of [`Verified`]; tokens, contracts and limits (steps 11 to 13) stay with the door;
//! [`Verified::open`] does step 14 and is the only maker of [`Opened`], which the readers of the operations ask for.

mod query;

use std::borrow::Cow;
use std::fmt;
use std::time::Duration;

use http::header::AUTHORIZATION;
use jiff::Timestamp;
use zeroize::Zeroizing;

pub use self::query::{Query, Repeated};
use super::codes::{No, Refusal};
use super::operations::{self, Operation};
use super::sign::{APP_AUTH_TOKEN, Authorization, ENCRYPT_TYPE, Lines, ROOT_CERT_SN, SCHEME, SDK_VERSION};
use crate::alipay::aes::ContentKey;
use crate::alipay::certificate::{Certificate, Validity};
use crate::alipay::keys::{Algorithm, PublicKey};
use crate::alipay::multipart;
use crate::alipay::signature::signature;
use crate::alipay::text::Charset;
use crate::request::Request;

/// The window on either side of now (section 1.6).
pub const TEN_MINUTES: Duration = Duration::from_mins(10);
/// How long an (app, nonce) must be remembered: both sides of the window.
pub const REMEMBER_NONCE: Duration = Duration::from_mins(20);
/// The smallest key of this door, in bits.
pub const SMALLEST_KEY: u32 = 2048;

/// What is registered for an app.
#[derive(Debug, Clone, Copy, Default)]
pub struct AppKeys<'a> {
    /// Its public key. Without one the app is in certificate mode.
    pub key: Option<&'a PublicKey>,
    /// Its certificates.
    pub certificates: &'a [Certificate],
    /// The SN of the root bundle that was handed out; what a client sends must equal it.
    pub root_serial_number: Option<&'a str>,
}

/// Whether `expired_seconds` of the auth string narrows the window.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum ExpiredSeconds {
    /// It does.
    #[default]
    Narrows,
    /// It is passed over.
    Ignored,
}

/// A request for a known operation that names an app and a moment; nothing of it is trusted yet.
#[derive(Clone)]
pub struct Unverified<'a> {
    request: Request<'a>,
    operation: &'static Operation,
    authorization: Authorization<'a>,
    app_id: &'a str,
    timestamp: &'a str,
    method: Cow<'a, str>,
    target: &'a str,
    signed_body: &'a [u8],
    app_auth_token: Option<&'a [u8]>,
}

impl<'a> Unverified<'a> {
    /// Reads what the signature needs: steps 1 to 3 of section 1.9.
    pub fn parse(request: &Request<'a>) -> Result<Self, Refusal> {
        let operation = operations::route(request.method, request.path())?;
        if request.headers.get_all(AUTHORIZATION).iter().count() > 1
            || request.headers.get_all(APP_AUTH_TOKEN).iter().count() > 1
        {
            return Err(No::InvalidRequestData.into());
        }
        let header =
            request.single(AUTHORIZATION.as_str()).and_then(|header| std::str::from_utf8(header.as_bytes()).ok());
        let authorization = Authorization::parse(header.ok_or(No::MissingTimestamp)?.trim_ascii())?;
        let timestamp = authorization.timestamp.ok_or(No::MissingTimestamp)?;
        let app_id = authorization.app_id.ok_or(No::MissingAppId)?;
        let signed_body = match multipart::boundary(request.headers).filter(|_| !request.body.is_empty()) {
            None => request.body,
            Some(boundary) => {
                let parts = boundary
                    .and_then(|boundary| multipart::parts(request.body, boundary))
                    .map_err(|_| No::InvalidRequestData)?;
                parts
                    .iter()
                    .find(|part| part.name == b"data" && !part.is_file)
                    .map(|part| part.value)
                    .unwrap_or_default()
            }
        };
        let app_auth_token =
            request.headers.get(APP_AUTH_TOKEN).map(http::HeaderValue::as_bytes).filter(|token| !token.is_empty());
        let method = if request.method.bytes().any(|byte| byte.is_ascii_lowercase()) {
            Cow::Owned(request.method.to_ascii_uppercase())
        } else {
            Cow::Borrowed(request.method)
        };
        Ok(Self {
            request: *request,
            operation,
            authorization,
            app_id,
            timestamp,
            method,
            target: origin_form(request.target),
            signed_body,
            app_auth_token,
        })
    }

    /// The app that the caller claims to be.
    pub const fn claimed_app_id(&self) -> &'a str {
        self.app_id
    }

    /// The operation.
    pub const fn operation(&self) -> &'static Operation {
        self.operation
    }

    /// The header, taken apart.
    pub const fn authorization(&self) -> &Authorization<'a> {
        &self.authorization
    }

    /// The lines of the string to sign.
    pub fn lines(&self) -> Lines<'_> {
        Lines {
            auth_string: self.authorization.auth_string,
            method: &self.method,
            target: self.target,
            body: self.signed_body,
            app_auth_token: self.app_auth_token,
        }
    }

    /// The request.
    pub const fn request(&self) -> &Request<'a> {
        &self.request
    }

    /// Checks scheme, keys, moment, signature and that there is a nonce: steps 5 to 10.
    pub fn verify(self, keys: &AppKeys<'_>, now: Timestamp, expired: ExpiredSeconds) -> Result<Verified<'a>, Refusal> {
        if self.authorization.scheme != SCHEME {
            return Err(No::InvalidSignatureType.into());
        }
        let sign = self.authorization.sign.ok_or(No::MissingSignature)?;
        let (key, certificate_mode) = self.key(keys, now)?;
        let signed_at = self.moment(now, expired)?;
        let good = signature(sign.as_bytes())
            .is_some_and(|given| key.verifies(Algorithm::Rsa2, &self.lines().digest(), &given));
        if !good {
            return Err(No::InvalidSignature.into());
        }
        let nonce = self.authorization.nonce.filter(|nonce| nonce.len() <= 64);
        let nonce = nonce.ok_or_else(|| Refusal::with_text(No::InvalidParameter, "参数无效，nonce"))?;
        Ok(Verified { call: self, nonce, signed_at, certificate_mode })
    }

    /// The key that the signature must be of, and whether the certificate named it (section 1.7).
    pub(super) fn key<'k>(&self, keys: &AppKeys<'k>, now: Timestamp) -> Result<(&'k PublicKey, bool), Refusal> {
        let claimed = self.authorization.app_cert_sn.filter(|_| !keys.certificates.is_empty());
        let (key, certificate_mode) = match (claimed, keys.key) {
            (Some(claimed), _) => {
                let certificate =
                    keys.certificates.iter().find(|known| known.answers_to(claimed)).ok_or(No::AppCertNotExist)?;
                if certificate.validity(now) != Validity::Valid {
                    return Err(No::AppCertExpired.into());
                }
                let root = self
                    .request
                    .headers
                    .get(ROOT_CERT_SN)
                    .map(http::HeaderValue::as_bytes)
                    .filter(|root| !root.is_empty());
                if let (Some(given), Some(expected)) = (root, keys.root_serial_number)
                    && given != expected.as_bytes()
                {
                    return Err(No::InvalidAlipayRootCertSn.into());
                }
                (certificate.public_key(), true)
            }
            (None, Some(key)) => (key, self.authorization.app_cert_sn.is_some()),
            (None, None) if !keys.certificates.is_empty() => return Err(No::MissingAppCertSn.into()),
            (None, None) => return Err(No::MissingSignatureConfig.into()),
        };
        if key.bits() < SMALLEST_KEY {
            return Err(No::MissingSignatureConfig.into());
        }
        Ok((key, certificate_mode))
    }

    fn moment(&self, now: Timestamp, expired: ExpiredSeconds) -> Result<Timestamp, Refusal> {
        let digits = |text: &str| (1..=15).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_digit());
        let milliseconds = Some(self.timestamp).filter(|text| digits(text)).and_then(|text| text.parse::<i64>().ok());
        let signed_at = milliseconds.and_then(|at| Timestamp::from_millisecond(at).ok()).ok_or(No::InvalidTimestamp)?;
        let window = i64::try_from(TEN_MINUTES.as_millis()).unwrap_or(i64::MAX);
        let narrowed = match self.authorization.expired_seconds.filter(|_| expired == ExpiredSeconds::Narrows) {
            Some(text) if digits(text) => {
                text.parse::<i64>().map_or(window, |seconds| window.min(seconds.saturating_mul(1000)))
            }
            Some(_) => return Err(Refusal::with_text(No::InvalidParameter, "参数无效，expired_seconds")),
            None => window,
        };
        let age = now.as_millisecond().saturating_sub(signed_at.as_millisecond());
        if age > narrowed || age < -window { Err(No::InvalidTimestamp.into()) } else { Ok(signed_at) }
    }
}

impl fmt::Debug for Unverified<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Unverified({} {})", self.method, self.operation.path)
    }
}

/// The target without scheme and authority, where a client sends the absolute form.
fn origin_form(target: &str) -> &str {
    let path = target.split('?').next().unwrap_or_default();
    match path.split_once("://") {
        Some((scheme, rest)) if !scheme.contains('/') => {
            let at = scheme.len() + 3 + rest.find('/').unwrap_or(rest.len());
            target.get(at..).unwrap_or_default()
        }
        _ => target,
    }
}

/// A call whose moment and signature are right. [`Unverified::verify`] is the only maker. Whether the nonce is new is for the door's
/// memory to say: refuse with [`repeated_nonce`].
#[derive(Clone)]
pub struct Verified<'a> {
    call: Unverified<'a>,
    nonce: &'a str,
    signed_at: Timestamp,
    certificate_mode: bool,
}

/// The refusal of a nonce that was used before (section 1.6).
pub fn repeated_nonce() -> Refusal {
    Refusal::with_text(No::InvalidParameter, "重复的nonce")
}

impl<'a> Verified<'a> {
    /// The app, no longer only claimed.
    pub const fn app_id(&self) -> &'a str {
        self.call.app_id
    }

    /// The nonce: with the app, what a replay repeats.
    pub const fn nonce(&self) -> &'a str {
        self.nonce
    }

    /// The moment of signing.
    pub const fn signed_at(&self) -> Timestamp {
        self.signed_at
    }

    /// The operation.
    pub const fn operation(&self) -> &'static Operation {
        self.call.operation
    }

    /// The token of an authorised app, where one is sent.
    pub const fn app_auth_token(&self) -> Option<&'a [u8]> {
        self.call.app_auth_token
    }

    /// The SDK that the client says it is; Node's says nothing.
    pub fn sdk(&self) -> Option<&'a str> {
        self.call.request.single(SDK_VERSION).and_then(|sdk| sdk.to_str().ok())
    }

    /// Whether the answer should name the platform's certificate.
    pub const fn certificate_mode(&self) -> bool {
        self.certificate_mode
    }

    /// Decrypts the body where the request says that it is encrypted: step 14. `key` is the app's content key, if one is registered.
    pub fn open(self, key: Option<&ContentKey>) -> Result<Opened<'a>, Refusal> {
        let kind = self
            .call
            .request
            .headers
            .get(ENCRYPT_TYPE)
            .map(http::HeaderValue::as_bytes)
            .filter(|kind| !kind.is_empty());
        let body = self.call.signed_body;
        // What comes along with a GET is signed like any body, but nobody reads it.
        let is_get = self.call.method == "GET";
        let (text, key) = match kind {
            None if is_get => (Zeroizing::default(), None),
            None => {
                let text = std::str::from_utf8(body).map_err(|_| No::InvalidEncoding)?;
                (Zeroizing::new(text.to_owned()), None)
            }
            Some(kind) if !kind.eq_ignore_ascii_case(b"AES") => return Err(No::InvalidEncryptType.into()),
            Some(_) => {
                let key = key.ok_or(No::MissingEncryptKey)?;
                // A bodyless GET carries the header too: it asks for an encrypted answer.
                let text = if body.is_empty() {
                    Zeroizing::default()
                } else {
                    key.decrypt_text(body, Charset::Utf8).map_err(|_| No::Undecryptable)?
                };
                (text, Some(key.clone()))
            }
        };
        if is_get {
            return Ok(Opened { call: self, body: Zeroizing::default(), key });
        }
        if !text.is_empty() && serde_json::from_str::<serde::de::IgnoredAny>(&text).is_err() {
            return Err(No::IllegalJson.into());
        }
        Ok(Opened { call: self, body: text, key })
    }
}

impl fmt::Debug for Verified<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Verified({:?})", self.call)
    }
}

/// A call whose body is readable text. [`Verified::open`] is the only maker.
#[derive(Clone)]
pub struct Opened<'a> {
    call: Verified<'a>,
    body: Zeroizing<String>,
    key: Option<ContentKey>,
}

impl<'a> Opened<'a> {
    /// The call.
    pub const fn call(&self) -> &Verified<'a> {
        &self.call
    }

    /// The key that a 200 must be encrypted with, when the request said so.
    pub const fn answer_key(&self) -> Option<&ContentKey> {
        self.key.as_ref()
    }

    /// The body in the clear; empty for a GET. Holds people's data.
    pub fn expose(&self) -> &str {
        &self.body
    }

    /// The parameters of these names in the query, decoded by form rules; `invalid-encoding` for a broken escape or bytes that are
    /// no UTF-8, wherever in the query. However many others there are, they are passed over.
    pub fn query(&self, names: &[&str]) -> Result<Query, Refusal> {
        Query::read(self.call.call.request.query().unwrap_or_default().as_bytes(), names)
    }
}

impl fmt::Debug for Opened<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Opened({:?})", self.call)
    }
}

#[cfg(test)]
#[path = "call_tests.rs"]
pub(crate) mod tests;

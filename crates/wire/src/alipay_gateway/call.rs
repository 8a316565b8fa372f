//! From bytes to a call that may be answered, in the order of the specification's section 3.5.
//!
//! [`Unverified::parse`] does steps 2 to 6 as far as no key is needed; the door looks up the claimed app. [`Unverified::verify`] does
//! steps 7 to 11 and is the only maker of [`Admitted`]; what tokens and contracts say (steps 12 and 13) stays with the door;
//! [`Admitted::open`] does steps 14 and 15 and is the only maker of [`Opened`], which the readers of the operations ask for.

mod frame;
mod timestamp;

use std::borrow::Cow;
use std::fmt;

use jiff::Timestamp;
use zeroize::Zeroizing;

use super::codes::{Echo, No, Refusal};
use super::operations::{self, Operation, OperationName};
use super::sign::{Empties, Parameters};
use crate::alipay::aes::ContentKey;
use crate::alipay::certificate::{Certificate, Validity};
use crate::alipay::keys::{Algorithm, PublicKey};
use crate::alipay::signature::signature;
use crate::request::Request;
use crate::time::Window;

pub use frame::{Frame, Verifies};
pub use timestamp::{format_timestamp, parse_timestamp};

/// The largest body that is worth reading (section 1.1): 4 MiB.
pub const MAX_BODY: usize = 4 * 1024 * 1024;

/// The path of the gateway.
pub const PATH: &str = "/gateway.do";

/// A refusal with the frame it must be answered in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Turned {
    /// The refusal.
    pub refusal: Refusal,
    /// How to answer.
    pub frame: Frame,
}

/// Whether SHA-1 signatures (`sign_type=RSA`) are taken from a caller.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Sha1 {
    /// They are refused as if no key were configured for that algorithm.
    #[default]
    Refused,
    /// They are taken, for callers that cannot be changed.
    Taken,
}

/// What is registered for an app.
#[derive(Debug, Clone, Copy, Default)]
pub struct AppKeys<'a> {
    /// Its public key.
    pub key: Option<&'a PublicKey>,
    /// Its certificate, for certificate mode.
    pub certificate: Option<&'a Certificate>,
    /// Whether it may still sign with SHA-1.
    pub sha1: Sha1,
}

/// A request with a known method and an app id; nothing of it is trusted yet.
#[derive(Clone)]
pub struct Unverified<'a> {
    parameters: Parameters<'a>,
    frame: Frame,
    operation: Operation,
    app_id: String,
}

impl<'a> Unverified<'a> {
    /// Reads a request: steps 2 to 6 of section 3.5 without the look-up.
    pub fn parse(request: &Request<'a>) -> Result<Self, Turned> {
        let (parameters, trouble) = Parameters::gather(request);
        let (frame, charset_is_known) = Frame::of(request, &parameters);
        let turn = |refusal: Refusal| Turned { refusal, frame: frame.clone() };
        if let Some(refusal) = trouble {
            return Err(turn(refusal));
        }
        if !charset_is_known {
            return Err(turn(No::InvalidCharset.into()));
        }
        if parameters.value("format").is_some_and(|format| !format.eq_ignore_ascii_case(b"json")) {
            return Err(turn(No::InvalidFormat.into()));
        }
        let method = parameters.value("method").ok_or_else(|| turn(No::MissingMethod.into()))?;
        let operation = std::str::from_utf8(method)
            .ok()
            .and_then(operations::find)
            .ok_or_else(|| turn(No::InvalidMethod.into()))?;
        let app_id = parameters.value("app_id").ok_or_else(|| turn(No::MissingAppId.into()))?;
        let plain = app_id.len() <= 32 && app_id.iter().all(u8::is_ascii_graphic);
        let app_id =
            std::str::from_utf8(app_id).ok().filter(|_| plain).ok_or_else(|| turn(No::InvalidAppId.into()))?.to_owned();
        Ok(Self { parameters, frame, operation, app_id })
    }

    /// The app that the caller claims to be.
    pub fn claimed_app_id(&self) -> &str {
        &self.app_id
    }

    /// The claimed operation.
    pub const fn operation(&self) -> Operation {
        self.operation
    }

    /// The parameters, unverified: every stage of the signature can be looked at through them.
    pub const fn parameters(&self) -> &Parameters<'a> {
        &self.parameters
    }

    /// How the call must be answered.
    pub const fn frame(&self) -> &Frame {
        &self.frame
    }

    /// The claimed SN of the app's certificate.
    pub fn claimed_certificate(&self) -> Option<&str> {
        self.parameters.value("app_cert_sn").and_then(|sn| std::str::from_utf8(sn).ok())
    }

    /// Refuses the call: for what the door finds out, such as an unknown app.
    pub fn turn(&self, refusal: impl Into<Refusal>) -> Turned {
        Turned { refusal: refusal.into(), frame: self.frame.clone() }
    }

    /// Checks the signature and what must stand around it: steps 7 to 11. `window` is how far `timestamp` may lie from now, either
    /// way; `None` accepts any. `echo` is what `isv.invalid-signature` says of the string to sign.
    pub fn verify(
        self,
        keys: &AppKeys<'_>,
        now: Timestamp,
        window: Option<Window>,
        echo: Echo,
    ) -> Result<Admitted<'a>, Turned> {
        match self.check(keys, now, window, echo) {
            Ok((signed_at, empties)) => Ok(Admitted { call: self, signed_at, empties }),
            Err(refusal) => Err(self.turn(refusal)),
        }
    }

    fn check(
        &self,
        keys: &AppKeys<'_>,
        now: Timestamp,
        window: Option<Window>,
        echo: Echo,
    ) -> Result<(Timestamp, Empties), Refusal> {
        let sign_type = self.parameters.value("sign_type").ok_or(No::MissingSignatureType)?;
        let algorithm = Algorithm::parse(sign_type).ok_or(No::InvalidSignatureType)?;
        let sign = self.parameters.value("sign").ok_or(No::MissingSignature)?;
        let timestamp = self.parameters.value("timestamp").ok_or(No::MissingTimestamp)?;
        let signed_at = parse_timestamp(timestamp).ok_or(No::InvalidTimestamp)?;
        if window.is_some_and(|window| !window.contains(signed_at, now)) {
            return Err(No::InvalidTimestamp.into());
        }
        match self.parameters.value("version") {
            Some(b"1.0") => {}
            Some(_) => return Err(No::InvalidParameter.into()),
            // PHP downloads certificates without saying a version.
            None if self.operation == Operation::Answered(OperationName::CertificateDownload) => {}
            None => return Err(No::MissingVersion.into()),
        }
        let key = self.key(keys, algorithm, now)?;
        let good = signature(sign).and_then(|signature| {
            let verifies = |empties| key.verifies(algorithm, &self.parameters.digest(empties, algorithm), &signature);
            if verifies(Empties::Dropped) {
                Some(Empties::Dropped)
            } else {
                // Python keeps empty extra parameters: one more try, and only where it makes a difference.
                (self.parameters.has_empty() && verifies(Empties::Kept)).then_some(Empties::Kept)
            }
        });
        let empties = good.ok_or_else(|| {
            let text = self.parameters.echo(self.frame.charset, echo);
            Refusal::with_text(No::InvalidSignature, No::InvalidSignature.row().sub_msg.to_owned() + &text)
        })?;
        Ok((signed_at, empties))
    }

    /// The key that the signature must be of: the certificate's in certificate mode, or where the app has no other; else the app's.
    pub(super) fn key<'k>(
        &self,
        keys: &AppKeys<'k>,
        algorithm: Algorithm,
        now: Timestamp,
    ) -> Result<&'k PublicKey, Refusal> {
        if algorithm == Algorithm::Rsa && keys.sha1 == Sha1::Refused {
            return Err(No::MissingSignatureConfig.into());
        }
        let claimed = self.claimed_certificate();
        match (keys.certificate.filter(|_| claimed.is_some() || keys.key.is_none()), keys.key) {
            (Some(certificate), _) if claimed.is_some_and(|claimed| !certificate.answers_to(claimed)) => {
                Err(No::MissingSignatureConfig.into())
            }
            (Some(certificate), _) => match certificate.validity(now) {
                Validity::Valid => Ok(certificate.public_key()),
                Validity::NotYet | Validity::Expired => Err(No::AppCertExpired.into()),
            },
            (None, Some(key)) => Ok(key),
            (None, None) => Err(No::MissingSignatureConfig.into()),
        }
    }
}

impl fmt::Debug for Unverified<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Unverified({:?}, {:?})", self.operation, self.parameters)
    }
}

/// A call whose signature is right. [`Unverified::verify`] is the only maker.
#[derive(Clone)]
pub struct Admitted<'a> {
    call: Unverified<'a>,
    signed_at: Timestamp,
    empties: Empties,
}

impl<'a> Admitted<'a> {
    /// The app, no longer only claimed.
    pub fn app_id(&self) -> &str {
        &self.call.app_id
    }

    /// The operation, where it is answered; else the refusal of step 13.
    pub fn permitted(&self) -> Result<OperationName, Turned> {
        match self.call.operation {
            Operation::Answered(name) => Ok(name),
            Operation::NotPermitted => Err(self.turn(No::InsufficientIsvPermissions)),
        }
    }

    /// The parameters, signed.
    pub const fn parameters(&self) -> &Parameters<'a> {
        &self.call.parameters
    }

    /// The moment in `timestamp`, read as Beijing time.
    pub const fn signed_at(&self) -> Timestamp {
        self.signed_at
    }

    /// Which form of the string to sign verified.
    pub const fn empties(&self) -> Empties {
        self.empties
    }

    /// A parameter as text, when it is there and of the declared charset.
    pub fn text(&self, name: &str) -> Option<String> {
        self.call.parameters.value(name).and_then(|value| self.call.frame.charset.decode(value)).map(Cow::into_owned)
    }

    /// `app_auth_token`, for step 12.
    pub fn app_auth_token(&self) -> Option<&[u8]> {
        self.call.parameters.value("app_auth_token")
    }

    /// `auth_token`, for step 12.
    pub fn auth_token(&self) -> Option<&[u8]> {
        self.call.parameters.value("auth_token")
    }

    /// How the call must be answered.
    pub const fn frame(&self) -> &Frame {
        &self.call.frame
    }

    /// Refuses the call, for what the door finds out.
    pub fn turn(&self, refusal: impl Into<Refusal>) -> Turned {
        self.call.turn(refusal)
    }

    /// Decrypts and decodes `biz_content`: steps 14 and 15. `key` is the app's content key, if one is registered.
    pub fn open(mut self, key: Option<&ContentKey>) -> Result<Opened<'a>, Turned> {
        let encrypted = match self.call.parameters.value("encrypt_type") {
            None => false,
            Some(kind) if kind.eq_ignore_ascii_case(b"AES") => true,
            Some(_) => return Err(self.turn(No::InvalidEncryptType)),
        };
        let (content, charset) = (self.call.parameters.take("biz_content"), self.call.frame.charset);
        if !encrypted {
            let text = charset.decode_whole(content).ok_or_else(|| self.turn(No::InvalidParameter))?;
            return Ok(Opened { call: self, content: Content::AsSent(text), key: None });
        }
        let key = key.ok_or_else(|| self.turn(No::NoEncryptKey))?;
        let text = if content.is_empty() {
            Zeroizing::default()
        } else {
            key.decrypt_text(&content, charset).map_err(|_| self.turn(No::Undecryptable))?
        };
        let content = Content::Decrypted(text);
        Ok(Opened { call: self, content, key: Some(key.clone()) })
    }
}

impl fmt::Debug for Admitted<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Admitted({:?})", self.call)
    }
}

/// A call whose content is readable text. [`Admitted::open`] is the only maker.
#[derive(Clone)]
pub struct Opened<'a> {
    call: Admitted<'a>,
    content: Content<'a>,
    key: Option<ContentKey>,
}

#[derive(Clone)]
enum Content<'a> {
    /// It lay in the body like this.
    AsSent(Cow<'a, str>),
    /// It is erased from memory afterwards, as nothing else has it in the clear.
    Decrypted(Zeroizing<String>),
}

impl<'a> Opened<'a> {
    /// `biz_content` in the clear, as text; empty when there is none. Holds people's data.
    pub fn expose(&self) -> &str {
        match &self.content {
            Content::AsSent(text) => text,
            Content::Decrypted(text) => text,
        }
    }

    /// The call.
    pub const fn call(&self) -> &Admitted<'a> {
        &self.call
    }

    /// How the call must be answered.
    pub const fn frame(&self) -> &Frame {
        self.call.frame()
    }

    /// The key that the answer must be encrypted with, when the request was (section 2.7).
    pub const fn answer_key(&self) -> Option<&ContentKey> {
        self.key.as_ref()
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

//! Results and refusals to the exact bytes of an answer. Docs: Alipay v3 specification, sections 2.1 to 2.6.
//!
//! Every 200 is signed; refusals are plain JSON, unsigned where nobody has proved who asks and signed behind that, as the vendor was
//! seen to send both. The `alipay-*` names are lower case here and must stay so on the wire: PHP and .NET compare them letter by letter.

use jiff::Timestamp;

use super::call::{Opened, Verified};
use super::codes::Refusal;
use super::operations::OperationName;
use super::sign::answer_text;
use crate::alipay::aes::ContentKey;
use crate::alipay::keys::{Algorithm, PrivateKey, SigningFailed};
use crate::json::write_string;

/// The Content-Type of every answer that is not encrypted.
pub const JSON: &str = "application/json;charset=UTF-8";
/// The Content-Type of an encrypted 200: exactly this, no parameter.
pub const ENCRYPTED: &str = "text/plain";

/// Who answers.
#[derive(Debug)]
pub struct Platform {
    /// The key that signs every 200.
    pub key: PrivateKey,
    /// The SN of that key's certificate, where certificate mode is offered.
    pub certificate_sn: Option<String>,
}

/// What makes an answer this one: taken from clock, randomness and counters outside.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Stamp<'a> {
    /// `alipay-trace-id`; [`trace_id`] makes one in the vendor's form.
    pub trace_id: &'a str,
    /// `alipay-timestamp`.
    pub at: Timestamp,
    /// `alipay-nonce`: random, 32 lower-case hexadecimal digits in samples.
    pub nonce: &'a str,
}

/// One answer: status, headers and body as they go out. The door adds Content-Length.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reply {
    /// HTTP status.
    pub status: u16,
    /// The headers, names in lower case.
    pub headers: Vec<(&'static str, String)>,
    /// The body.
    pub body: Vec<u8>,
}

/// An answer that lacks but its signature. To sign takes a core a quarter of a millisecond, so it is a step of its own, which may
/// be taken elsewhere.
pub struct Draft {
    key: PrivateKey,
    /// What is signed.
    text: Vec<u8>,
    certificate_sn: Option<String>,
    /// All but the signature and what stands behind it.
    reply: Reply,
}

impl Draft {
    /// Signs it.
    pub fn sign(self) -> Result<Reply, SigningFailed> {
        let Self { key, text, certificate_sn, mut reply } = self;
        reply.headers.push(("alipay-signature", key.sign_base64(Algorithm::Rsa2, &text)?));
        reply.headers.extend(certificate_sn.map(|sn| ("alipay-sn", sn)));
        Ok(reply)
    }
}

impl Platform {
    /// Answers a call with these members, in this order, but for those that its client cannot bear. Encrypted when the request
    /// asked for it.
    pub fn answer<'m>(
        &self,
        opened: &Opened<'_>,
        members: impl IntoIterator<Item = (&'static str, &'m str)>,
        stamp: &Stamp<'_>,
    ) -> Draft {
        let members = members.into_iter().filter(|(name, _)| !throws_at(opened.call(), name));
        self.success(object(members), opened.answer_key(), opened.call().certificate_mode(), stamp)
    }

    /// A 200 around a body that has been written already: what every answer comes down to.
    pub fn success(&self, body: Vec<u8>, key: Option<&ContentKey>, certificate_mode: bool, stamp: &Stamp<'_>) -> Draft {
        let (content_type, body) = match key {
            Some(key) => (ENCRYPTED, key.encrypt(&body).into_bytes()),
            None => (JSON, body),
        };
        self.seal(200, content_type, body, certificate_mode, stamp)
    }

    /// A refusal with a signature, for a call that verified. The vendor's SDKs take either form; others (Go's `go-alipay-sdk-v3`,
    /// Elixir's `alipay_kit`) verify every answer and would see a bad signature instead of the code.
    pub fn refuse_signed(&self, refusal: &Refusal, certificate_mode: bool, stamp: &Stamp<'_>) -> Draft {
        self.seal(refusal.status(), JSON, refusal_body(refusal), certificate_mode, stamp)
    }

    fn seal(&self, status: u16, content_type: &str, body: Vec<u8>, certificate_mode: bool, stamp: &Stamp<'_>) -> Draft {
        let timestamp = stamp.at.as_millisecond().to_string();
        let text = answer_text(&timestamp, stamp.nonce, &body);
        let headers = vec![
            ("content-type", content_type.to_owned()),
            ("alipay-trace-id", stamp.trace_id.to_owned()),
            ("alipay-timestamp", timestamp),
            ("alipay-nonce", stamp.nonce.to_owned()),
        ];
        let certificate_sn = self.certificate_sn.clone().filter(|_| certificate_mode);
        Draft { key: self.key.clone(), text, certificate_sn, reply: Reply { status, headers, body } }
    }
}

/// Java's SDK before 2.9 throws at a member that its model of the day does not have, and a result that is told once is lost with it.
/// Every other SDK passes over what it does not know (seen: 2.7.0, 2.7.2, 2.9.0, 3.0.0, 3.1.15).
fn throws_at(call: &Verified<'_>, member: &str) -> bool {
    let version = call.sdk().and_then(|sdk| sdk.strip_prefix("OpenAPI-Generator/2.7.")?.strip_suffix(".ALL/java"));
    match call.operation().name {
        Some(OperationName::Authentication) => version.is_some() && member == "merchant_identity_id",
        Some(OperationName::AgreementQuery) => version == Some("0") && matches!(member, "alipay_user_id" | "open_id"),
        None => false,
    }
}

/// A refusal as production sends it to whom it does not know: JSON, unsigned, never encrypted.
pub fn refuse(refusal: &Refusal, trace_id: &str) -> Reply {
    let headers = vec![("content-type", JSON.to_owned()), ("alipay-trace-id", trace_id.to_owned())];
    Reply { status: refusal.status(), headers, body: refusal_body(refusal) }
}

/// A trace id in the form of production's: eight hexadecimal digits of an address, thirteen of the moment, ten of a counter.
pub fn trace_id(address: [u8; 4], at: Timestamp, counter: u64) -> String {
    format!(
        "{}{:013}{:010}",
        crate::hex::hex(&address),
        at.as_millisecond().max(0) % 10_000_000_000_000,
        counter % 10_000_000_000
    )
}

fn refusal_body(refusal: &Refusal) -> Vec<u8> {
    object([("code", refusal.code()), ("message", refusal.message())])
}

/// A compact object of texts; absent fields are simply not given, so `null` cannot be written.
fn object<'m>(members: impl IntoIterator<Item = (&'static str, &'m str)>) -> Vec<u8> {
    let mut out = vec![b'{'];
    for (name, value) in members {
        if out.len() > 1 {
            out.push(b',');
        }
        write_string(&mut out, name);
        out.push(b':');
        write_string(&mut out, value);
    }
    out.push(b'}');
    out
}

#[cfg(test)]
#[path = "reply_tests.rs"]
pub(crate) mod tests;

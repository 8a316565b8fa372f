//! A delivery's body and its signature.

use aws_lc_rs::hmac;
use base64::{Engine, prelude::BASE64_STANDARD};
use serde::Serialize;
use shiming_core::{
    UnixTime,
    submit::{Event, Notice},
};

use super::endpoints::Endpoint;

/// What is sent.
pub(super) struct Message {
    /// `webhook-id`.
    pub(super) id: String,
    /// `webhook-timestamp`: seconds, of this attempt.
    pub(super) timestamp: String,
    /// `webhook-signature`: one for each secret, with blanks between.
    pub(super) signature: String,
    /// JSON.
    pub(super) body: Vec<u8>,
}

#[derive(Serialize)]
struct Body<'a> {
    #[serde(rename = "type")]
    event: &'static str,
    timestamp: String,
    data: Data<'a>,
}

/// Identifiers and states: what is in the case, the receiver asks the door.
#[derive(Serialize)]
struct Data<'a> {
    door: &'a str,
    kind: &'a str,
    number: i64,
    state: &'static str,
    round: u32,
    updated: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    revision: Option<i64>,
}

/// The message of a notice, signed for this moment.
pub(super) fn sign(notice: &Notice, endpoint: &Endpoint, now: UnixTime) -> Message {
    let at = notice.at.timestamp().to_string();
    let data = Data {
        door: &notice.key.door,
        kind: &notice.key.kind,
        number: notice.key.number,
        state: notice.state.word(),
        round: notice.round,
        updated: at.clone(),
        revision: notice.revision,
    };
    let body = Body { event: word(notice.event), timestamp: at, data };
    // Texts and numbers always become JSON.
    let body = serde_json::to_vec(&body).unwrap_or_default();
    let timestamp = now.secs().to_string();
    let signatures: Vec<String> =
        endpoint.keys.iter().map(|key| signature(key, &notice.id, &timestamp, &body)).collect();
    Message { id: notice.id.clone(), timestamp, signature: signatures.join(" "), body }
}

/// The event's type on the wire.
fn word(event: Event) -> &'static str {
    match event {
        Event::Approved => "case.approved",
        Event::Rejected => "case.rejected",
        Event::RevisionApproved => "case.revision.approved",
        Event::RevisionRejected => "case.revision.rejected",
    }
}

/// `v1,` and the base64 of HMAC-SHA-256 over `id.timestamp.body`.
fn signature(key: &hmac::Key, id: &str, timestamp: &str, body: &[u8]) -> String {
    let mut context = hmac::Context::with_key(key);
    for part in [id.as_bytes(), b".", timestamp.as_bytes(), b".", body] {
        context.update(part);
    }
    format!("v1,{}", BASE64_STANDARD.encode(context.sign()))
}

/// The keys of a secret as operators write it: `whsec_` and base64 of 24 to 64 bytes, one or several with blanks between.
/// None where one of them is not that.
pub(super) fn keys(secret: &str) -> Option<Vec<hmac::Key>> {
    let keys: Option<Vec<_>> = secret.split_ascii_whitespace().map(key).collect();
    keys.filter(|keys| !keys.is_empty())
}

fn key(secret: &str) -> Option<hmac::Key> {
    let bytes = zeroize::Zeroizing::new(BASE64_STANDARD.decode(secret.strip_prefix("whsec_")?).ok()?);
    (24..=64).contains(&bytes.len()).then(|| hmac::Key::new(hmac::HMAC_SHA256, &bytes))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Computed by Python's `hmac`.
    #[test]
    fn a_signature_is_the_one_that_another_program_computes() {
        let keys = keys("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw").unwrap();
        let signed = signature(&keys[0], "msg_p5jXN8AQM9LWM0D4loKWxJek", "1614265330", br#"{"test": 2432232314}"#);
        assert_eq!(signed, "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=");
    }

    #[test]
    fn a_secret_is_whsec_and_24_to_64_bytes() {
        let of = |len: usize| format!("whsec_{}", BASE64_STANDARD.encode(vec![7; len]));
        for good in [of(24), of(64), format!("{} {}", of(24), of(32))] {
            assert!(keys(&good).is_some(), "{good}");
        }
        for bad in [String::new(), of(23), of(65), "whsec_***".into(), of(24)[6..].into(), format!("{} x", of(24))] {
            assert!(keys(&bad).is_none(), "{bad}");
        }
    }
}

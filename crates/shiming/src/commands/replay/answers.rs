//! Recorded answers: those that a server may send are written again with the platform's key, and must come out byte for
//! byte; those that none should send, this server cannot send.
//!
//! An answer's sidecar says what each SDK made of it. Where every SDK took it, the signature at least must be ours.

mod gateway;
mod v3;

use std::{collections::BTreeMap, fs, path::Path};

use serde::Deserialize;
use shiming_server::doors::{alipay_gateway, alipay_v3};
use shiming_wire::{
    Secret,
    alipay::{
        aes::ContentKey,
        certificate::{Certificate, Chain},
        keys::{PrivateKey, Slot},
    },
};

use super::platform::keys_beside;

/// What stands beside a recorded answer, or is it. Members that are not known are passed over.
#[derive(Debug, Deserialize)]
pub(super) struct Recorded {
    /// What each SDK made of it.
    results: BTreeMap<String, serde_json::Value>,
    /// Of the gateway: the method that was called.
    #[serde(default)]
    method: String,
    request_charset: Option<String>,
    request_sign_type: Option<String>,
    /// `plain`, `cert` or `aes`.
    mode: Option<String>,
    http_status: Option<String>,
    content_type: Option<String>,
    body_base64: Option<String>,
    aes_key_base64: Option<Secret>,
    /// Of v3: the content key of the client.
    encrypt_key: Option<Secret>,
}

/// What came of an answer.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Judged {
    /// It was written again, byte for byte.
    Written(String),
    /// It is not what this server writes, and need not be.
    Never(String),
    /// Every SDK took it, and it could not be written.
    Differs(String),
    /// Nothing could be tried.
    Skipped(String),
}

/// A key of the platform's, with what belongs to it.
struct Signer {
    name: &'static str,
    key: Vec<u8>,
    chain: Option<Vec<u8>>,
}

/// Reads a sidecar, if it is an answer's.
pub(super) fn read(sidecar: &serde_json::Value) -> Option<Recorded> {
    sidecar.get("results").filter(|results| results.is_object())?;
    Recorded::deserialize(sidecar).ok()
}

/// Which door answers so.
pub(super) fn door(recorded: &Recorded) -> &'static str {
    if recorded.body_base64.is_some() { alipay_gateway::NAME } else { alipay_v3::NAME }
}

/// Judges one. `file` is the `.json`, for v3 with the answer's bytes beside it.
pub(super) fn judge(recorded: &Recorded, file: &Path) -> Judged {
    let signers = signers(file);
    if signers.is_empty() {
        return Judged::Skipped("the platform's private key is not in a folder `keys` beside it".into());
    }
    let tried = match &recorded.body_base64 {
        Some(body) => gateway::write(recorded, body, &signers),
        None => match fs::read(file.with_extension("http")) {
            Ok(bytes) => v3::write(recorded, &bytes, &signers),
            Err(error) => return Judged::Skipped(format!("the answer cannot be read: {error}")),
        },
    };
    match tried {
        Ok(written) => Judged::Written(written),
        Err(Unwritten { signed_by_us: false, why }) if recorded.is_taken_by_all() => Judged::Differs(why),
        Err(Unwritten { why, .. }) => Judged::Never(why),
    }
}

/// Why an answer does not come out of this server.
struct Unwritten {
    /// Whether its signature does, over the text that is signed.
    signed_by_us: bool,
    why: String,
}

impl Unwritten {
    fn signed(why: impl Into<String>) -> Self {
        Self { signed_by_us: true, why: why.into() }
    }

    fn otherwise(why: impl Into<String>) -> Self {
        Self { signed_by_us: false, why: why.into() }
    }
}

impl Recorded {
    /// Whether every SDK that said anything took it.
    fn is_taken_by_all(&self) -> bool {
        !self.results.is_empty()
            && self.results.values().all(|result| match result {
                serde_json::Value::String(word) => word == "accept" || word.starts_with("no result"),
                other => other.get("accepted") == Some(&true.into()),
            })
    }

    fn content_key(&self) -> Option<ContentKey> {
        self.aes_key_base64.as_ref().or(self.encrypt_key.as_ref()).and_then(|key| ContentKey::parse(key).ok())
    }
}

/// The platform's keys beside a recorded answer: the one in use, and the next.
fn signers(file: &Path) -> Vec<Signer> {
    let Some(keys) = keys_beside(file) else { return Vec::new() };
    let read = |name: &str| fs::read(keys.join(name)).ok();
    let signer = |name, private: [&str; 2], chain: [&str; 2]| {
        let key = private.iter().find_map(|name| read(name))?;
        Some(Signer { name, key, chain: chain.iter().find_map(|name| read(name)) })
    };
    [
        signer(
            "the platform's key",
            ["platform_private_pkcs8.pem", "platform.key.pem"],
            ["platform_cert.crt", "platform.crt"],
        ),
        signer(
            "the platform's next key",
            ["platform_other_private_pkcs8.pem", "platform_other.key.pem"],
            ["platform_other_cert.crt", "platform_other.crt"],
        ),
    ]
    .into_iter()
    .flatten()
    .collect()
}

impl Signer {
    fn key(&self) -> Option<PrivateKey> {
        PrivateKey::parse(&self.key, Slot::PlatformPrivate).ok()
    }

    fn chain(&self) -> Option<Chain> {
        Chain::parse(self.chain.as_deref()?).ok()
    }

    fn certificate_sn(&self) -> Option<String> {
        Certificate::parse(self.chain.as_deref()?).ok().map(|certificate| certificate.serial_number().to_owned())
    }
}

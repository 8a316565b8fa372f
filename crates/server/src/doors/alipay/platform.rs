//! The platform's keys: what answers are signed with.
//!
//! One pair serves the whole installation unless an app has one of its own. It is made once, or given by the operator, and
//! kept wrapped among the callers. Docs: Alipay gateway specification, sections 1.6, 1.9 and 2.6.

use std::sync::Arc;

use secrecy::{ExposeSecret, SecretString};
use shiming_core::Caller;
use shiming_wire::{
    alipay::{
        certificate::{Chain, root_serial_number},
        keys::{PrivateKey, PublicKey, Slot},
    },
    alipay_gateway::{self, reply::GbkAnswers},
    alipay_v3,
};

/// The key id of the installation's own pair.
pub const INSTALLATION: &str = "installation";

/// A key pair of the platform, ready for both doors.
#[derive(Debug)]
pub struct Platform {
    /// As the gateway signs with it.
    pub gateway: alipay_gateway::Platform,
    /// As v3 signs with it.
    pub v3: alipay_v3::Platform,
    /// The SN of the root bundle that was handed out with the certificate.
    pub root_serial_number: Option<String>,
}

impl Platform {
    /// Reads a platform of the store; `None` when its key cannot be used. Secrets: `private_key` in any form. Settings:
    /// `chain` (the platform's certificate and its intermediates, PEM), `root` (the root bundle, PEM), `gbk_answers` (`raw`
    /// or `ascii` for all GBK requests; without it, as the client can read them).
    pub fn read(caller: &Caller) -> Option<Arc<Self>> {
        Self::try_read(caller)
            .inspect_err(|error| tracing::error!(platform = caller.key_id, error, "the platform's key cannot be used"))
            .ok()
            .map(Arc::new)
    }

    /// The same, with the reason: before it is stored.
    pub fn try_read(caller: &Caller) -> Result<Self, String> {
        let setting = |name: &str| caller.settings.get(name).map(String::as_str);
        let key = caller.secrets.get("private_key").ok_or("there is no private key")?;
        Self::of(key, setting("chain"), setting("root"), setting("gbk_answers"))
    }

    /// Puts a platform together. An error says what was pasted instead, never what was pasted.
    pub(super) fn of(
        key: &SecretString,
        chain: Option<&str>,
        root: Option<&str>,
        gbk_answers: Option<&str>,
    ) -> Result<Self, String> {
        let key = || {
            PrivateKey::parse(key.expose_secret().as_bytes(), Slot::PlatformPrivate).map_err(|error| error.to_string())
        };
        let chain = chain.map(|chain| Chain::parse(chain.as_bytes())).transpose().map_err(|error| error.to_string())?;
        let root =
            root.map(|root| root_serial_number(root.as_bytes())).transpose().map_err(|error| error.to_string())?;
        let signing = key()?;
        if chain.as_ref().is_some_and(|chain| chain.certificate().public_key() != signing.public_key()) {
            return Err("the platform's certificate is not that of its private key".into());
        }
        let certificate_sn = chain.as_ref().map(|chain| chain.certificate().serial_number().to_owned());
        let gbk = match gbk_answers {
            Some("raw") => GbkAnswers::Raw,
            Some("ascii") => GbkAnswers::Ascii,
            _ => GbkAnswers::Suited,
        };
        Ok(Self {
            gateway: alipay_gateway::Platform { key: signing, chain, gbk },
            v3: alipay_v3::Platform { key: key()?, certificate_sn },
            root_serial_number: root,
        })
    }

    /// The public half: what clients verify answers with.
    pub fn public_key(&self) -> &PublicKey {
        self.gateway.key.public_key()
    }
}

//! A caller as this door needs it.

use secrecy::ExposeSecret;
use shiming_core::{Caller, CallerState};
use shiming_wire::{aliyun::Key, secret::Secret};

/// An access key and what belongs to it.
#[derive(Debug)]
pub struct AliyunCaller {
    /// The access key.
    pub access_key: String,
    /// The account's name, as queries of templates say it.
    pub label: String,
    /// Since when it may call, as the operator's tool wrote it.
    pub since: String,
    /// Whether it may call at all.
    pub enabled: bool,
    /// The secret.
    pub secret: Secret,
    /// The token of temporary credentials, if the key is one of these.
    pub token: Option<Secret>,
    actions: Option<Vec<String>>,
}

impl AliyunCaller {
    /// Reads a caller of the store; `None` when it has no secret. Secrets: `secret`, `security_token`. Settings:
    /// `created_at`, and `actions` (operations, separated by commas; all when absent).
    pub fn read(caller: &Caller) -> Option<Self> {
        let secret = |name: &str| caller.secrets.get(name).map(|secret| Secret::new(secret.expose_secret()));
        let actions = caller.settings.get("actions");
        Some(Self {
            access_key: caller.key_id.clone(),
            label: caller.label.clone(),
            since: caller.settings.get("created_at").cloned().unwrap_or_default(),
            enabled: caller.state == CallerState::Enabled,
            secret: secret("secret")?,
            token: secret("security_token"),
            actions: actions.map(|words| words.split(',').map(|word| word.trim().to_owned()).collect()),
        })
    }

    /// Whether the account may ask for this operation.
    pub fn may(&self, action: &str) -> bool {
        self.actions.as_ref().is_none_or(|actions| actions.iter().any(|known| known == action))
    }

    /// As the signature is checked with it.
    pub fn key(&self) -> Key<'_> {
        Key { secret: &self.secret, token: self.token.as_ref() }
    }
}

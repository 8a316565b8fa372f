//! A caller as this door needs it.

use parking_lot::RwLock;
use secrecy::ExposeSecret;
use shiming_core::{Caller, CallerState};
use shiming_wire::{
    secret::Secret,
    volcengine::{Scope, SigningKey},
};

/// An access key and what belongs to it.
#[derive(Debug)]
pub struct VolcengineCaller {
    /// The access key.
    pub access_key: String,
    /// The account's name, as the operator calls it.
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
    derived: RwLock<Vec<(OwnedScope, SigningKey)>>,
}

/// A scope that outlives its request.
#[derive(Debug, PartialEq, Eq)]
struct OwnedScope {
    date: String,
    region: String,
    service: String,
}

/// So many derived keys are kept for a caller: two days, two spellings of the service, two regions.
const KEPT: usize = 8;

impl VolcengineCaller {
    /// Reads a caller of the store; `None` when it has no secret. Secrets: `secret`, `security_token`. Settings: `created_at`,
    /// and `actions` (names with commas between; all when absent).
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
            derived: RwLock::default(),
        })
    }

    /// Whether the account may call an operation.
    pub fn may(&self, action: &str) -> bool {
        self.actions.as_ref().is_none_or(|actions| actions.iter().any(|known| known == action))
    }

    /// The signing key for a scope: four keyed hashes, done once a day and region.
    pub fn signing_key(&self, scope: &Scope<'_>) -> SigningKey {
        if let Some((_, key)) = self.derived.read().iter().find(|(known, _)| known.is(scope)) {
            return key.clone();
        }
        // The credential has been read: its parts have a region's, a date's and the service's form.
        let key = SigningKey::derive(&self.secret, scope);
        let mut derived = self.derived.write();
        if derived.len() == KEPT {
            derived.remove(0);
        }
        derived.push((OwnedScope::of(scope), key.clone()));
        key
    }
}

impl OwnedScope {
    fn of(scope: &Scope<'_>) -> Self {
        Self { date: scope.date.into(), region: scope.region.into(), service: scope.service.into() }
    }

    fn is(&self, scope: &Scope<'_>) -> bool {
        self.date == scope.date && self.region == scope.region && self.service == scope.service
    }
}

//! A caller as this door needs it.

use parking_lot::RwLock;
use secrecy::ExposeSecret;
use shiming_core::{Caller, CallerState, Check};
use shiming_wire::{
    jdcloud::sign::{Generation, Scope, SigningKey},
    secret::Secret,
};

/// An access key and what belongs to it.
#[derive(Debug)]
pub struct JdCaller {
    /// The access key.
    pub access_key: String,
    /// The account's name, as `describeApplyStatus` says it.
    pub label: String,
    /// Since when it may call, as the operator's tool wrote it.
    pub since: String,
    /// Whether it may call at all.
    pub enabled: bool,
    /// The secret.
    pub secret: Secret,
    /// The token of temporary credentials, if the key is one of these.
    pub token: Option<Secret>,
    checks: Option<Vec<Check>>,
    derived: RwLock<Vec<(OwnedScope, SigningKey)>>,
}

/// A scope that outlives its request.
#[derive(Debug, PartialEq, Eq)]
struct OwnedScope {
    generation: Generation,
    date: String,
    region: String,
    service: String,
}

/// So many derived keys are kept for a caller: two days, both generations, two regions.
const KEPT: usize = 8;

impl JdCaller {
    /// Reads a caller of the store; `None` when it has no secret. Secrets: `secret`, `security_token`. Settings: `checks`
    /// (words, separated by commas; all when absent) and `created_at`.
    pub fn read(caller: &Caller) -> Option<Self> {
        let secret = |name: &str| caller.secrets.get(name).map(|secret| Secret::new(secret.expose_secret()));
        let checks = caller.settings.get("checks");
        Some(Self {
            access_key: caller.key_id.clone(),
            label: caller.label.clone(),
            since: caller.settings.get("created_at").cloned().unwrap_or_default(),
            enabled: caller.state == CallerState::Enabled,
            secret: secret("secret")?,
            token: secret("security_token"),
            checks: checks.map(|words| words.split(',').filter_map(|word| Check::from_word(word.trim())).collect()),
            derived: RwLock::default(),
        })
    }

    /// Whether the account may ask for this check.
    pub fn may(&self, check: Check) -> bool {
        self.checks.as_ref().is_none_or(|checks| checks.contains(&check))
    }

    /// The signing key for a scope: four keyed hashes, done once a day and region.
    pub fn signing_key(&self, scope: &Scope<'_>) -> SigningKey {
        if let Some((_, key)) = self.derived.read().iter().find(|(known, _)| known.is(scope)) {
            return key.clone();
        }
        let key = SigningKey::derive(&self.secret, scope);
        // Only what the vendor's clients send is worth keeping; a stranger's long region is not.
        if scope.region.len() <= 64 && scope.service.len() <= 64 && scope.date.len() == 8 {
            let mut derived = self.derived.write();
            if derived.len() == KEPT {
                derived.remove(0);
            }
            derived.push((OwnedScope::of(scope), key.clone()));
        }
        key
    }
}

impl OwnedScope {
    fn of(scope: &Scope<'_>) -> Self {
        Self {
            generation: scope.generation,
            date: scope.date.into(),
            region: scope.region.into(),
            service: scope.service.into(),
        }
    }

    fn is(&self, scope: &Scope<'_>) -> bool {
        self.generation == scope.generation
            && self.date == scope.date
            && self.region == scope.region
            && self.service == scope.service
    }
}

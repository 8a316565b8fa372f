//! Callers that share a secret with a door: what JD Cloud's, Alibaba Cloud's and Volcengine's have in common.

use parking_lot::RwLock;
use secrecy::ExposeSecret;
use shiming_core::{Caller, CallerState, UnixTime};
use shiming_wire::{diagnosis::Candidate, secret::Secret};

/// An access key and what belongs to it.
#[derive(Debug)]
pub struct AccessKey {
    /// The access key.
    pub id: String,
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
    /// Until when that token is good, at the doors that look at it; none for ever.
    pub token_until: Option<UnixTime>,
}

impl AccessKey {
    /// Reads a caller of the store; `None` when it has no secret. Secrets: `secret`, `security_token`. Settings: `created_at`,
    /// `security_token_until` (seconds since 1970).
    pub fn read(caller: &Caller) -> Option<Self> {
        let secret = |name: &str| caller.secrets.get(name).map(|secret| Secret::new(secret.expose_secret()));
        Some(Self {
            id: caller.key_id.clone(),
            label: caller.label.clone(),
            since: caller.settings.get("created_at").cloned().unwrap_or_default(),
            enabled: caller.state == CallerState::Enabled,
            secret: secret("secret")?,
            token: secret("security_token"),
            token_until: caller.settings.get("security_token_until").map(|until| until_of(until)),
        })
    }

    /// As the search for a signature's mistake takes it.
    pub fn candidate(&self) -> Candidate<'_> {
        Candidate { access_key: &self.id, secret: &self.secret, token: self.token.as_ref() }
    }

    /// Whether this is the claimed key, and disabled.
    pub fn is_disabled_as(&self, claimed: &str) -> bool {
        self.id == claimed && !self.enabled
    }
}

/// A time that cannot be read is over: the key was meant to end.
fn until_of(text: &str) -> UnixTime {
    text.parse().map_or(UnixTime(0), UnixTime::from_secs)
}

/// The words of a setting, separated by commas; `None` when it is absent.
pub(super) fn words<'c>(caller: &'c Caller, setting: &str) -> Option<impl Iterator<Item = &'c str>> {
    caller.settings.get(setting).map(|words| words.split(',').map(str::trim))
}

/// Which operations a caller may ask for.
#[derive(Debug)]
pub(super) struct Actions(Option<Vec<String>>);

impl Actions {
    /// Reads the setting `actions`; all when it is absent.
    pub(super) fn read(caller: &Caller) -> Self {
        Self(words(caller, "actions").map(|words| words.map(str::to_owned).collect()))
    }

    /// Whether this is one of them.
    pub(super) fn hold(&self, action: &str) -> bool {
        self.0.as_ref().is_none_or(|actions| actions.iter().any(|known| known == action))
    }
}

/// The signing keys that were derived of a secret lately, each for a scope: four keyed hashes, done once a day and region.
#[derive(Debug)]
pub(super) struct Derived<S, K>(RwLock<Vec<(S, K)>>);

/// So many are kept for a caller: two days, two generations or spellings, two regions.
const KEPT: usize = 8;

impl<S, K> Default for Derived<S, K> {
    fn default() -> Self {
        Self(RwLock::default())
    }
}

impl<S, K: Clone> Derived<S, K> {
    /// The key of a scope that was kept.
    pub(super) fn find(&self, is: impl Fn(&S) -> bool) -> Option<K> {
        self.0.read().iter().find(|(scope, _)| is(scope)).map(|(_, key)| key.clone())
    }

    /// Keeps a key; the oldest gives way.
    pub(super) fn keep(&self, scope: S, key: K) {
        let mut derived = self.0.write();
        if derived.len() == KEPT {
            derived.remove(0);
        }
        derived.push((scope, key));
    }
}

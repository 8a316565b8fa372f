//! A caller as this door needs it.

use shiming_core::{Caller, Check};
use shiming_wire::jdcloud::sign::{Generation, Scope, SigningKey};

use crate::doors::access_key::{AccessKey, Derived, words};

/// An access key and what belongs to it.
#[derive(Debug)]
pub struct JdCaller {
    /// The key. Its label and since when it may call are what `describeApplyStatus` says.
    pub key: AccessKey,
    checks: Option<Vec<Check>>,
    derived: Derived<OwnedScope, SigningKey>,
}

/// A scope that outlives its request.
#[derive(Debug)]
struct OwnedScope {
    generation: Generation,
    date: String,
    region: String,
    service: String,
}

impl JdCaller {
    /// Reads a caller of the store; `None` when it has no secret. Beside what [`AccessKey::read`] takes, the setting `checks`
    /// (words, separated by commas; all when absent).
    pub fn read(caller: &Caller) -> Option<Self> {
        Some(Self {
            key: AccessKey::read(caller)?,
            checks: words(caller, "checks").map(|words| words.filter_map(Check::from_word).collect()),
            derived: Derived::default(),
        })
    }

    /// Whether the account may ask for this check.
    pub fn may(&self, check: Check) -> bool {
        self.checks.as_ref().is_none_or(|checks| checks.contains(&check))
    }

    /// The signing key for a scope.
    pub fn signing_key(&self, scope: &Scope<'_>) -> SigningKey {
        self.derived.find(|known| known.is(scope)).unwrap_or_else(|| {
            let key = SigningKey::derive(&self.key.secret, scope);
            // Only what the vendor's clients send is worth keeping; a stranger's long region is not.
            if scope.region.len() <= 64 && scope.service.len() <= 64 && scope.date.len() == 8 {
                self.derived.keep(OwnedScope::of(scope), key.clone());
            }
            key
        })
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

//! A caller as this door needs it.

use shiming_core::Caller;
use shiming_wire::volcengine::{Scope, SigningKey};

use crate::doors::access_key::{AccessKey, Actions, Derived};

/// An access key and what belongs to it.
#[derive(Debug)]
pub struct VolcengineCaller {
    /// The key.
    pub key: AccessKey,
    actions: Actions,
    derived: Derived<OwnedScope, SigningKey>,
}

/// A scope that outlives its request.
#[derive(Debug)]
struct OwnedScope {
    date: String,
    region: String,
    service: String,
}

impl VolcengineCaller {
    /// Reads a caller of the store; `None` when it has no secret. Beside what [`AccessKey::read`] takes, the setting `actions`
    /// (names with commas between; all when absent).
    pub fn read(caller: &Caller) -> Option<Self> {
        Some(Self { key: AccessKey::read(caller)?, actions: Actions::read(caller), derived: Derived::default() })
    }

    /// Whether the account may call an operation.
    pub fn may(&self, action: &str) -> bool {
        self.actions.hold(action)
    }

    /// The signing key for a scope.
    pub fn signing_key(&self, scope: &Scope<'_>) -> SigningKey {
        self.derived.find(|known| known.is(scope)).unwrap_or_else(|| {
            // The credential has been read: its parts have a region's, a date's and the service's form.
            let key = SigningKey::derive(&self.key.secret, scope);
            self.derived.keep(OwnedScope::of(scope), key.clone());
            key
        })
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

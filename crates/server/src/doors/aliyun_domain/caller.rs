//! A caller as this door needs it.

use shiming_core::{Caller, UnixTime};
use shiming_wire::aliyun::Key;

use crate::doors::access_key::{AccessKey, Actions};

/// An access key and what belongs to it.
#[derive(Debug)]
pub struct AliyunCaller {
    /// The key. Its label is the account's name, as queries of templates say it.
    pub key: AccessKey,
    actions: Actions,
}

impl AliyunCaller {
    /// Reads a caller of the store; `None` when it has no secret. Beside what [`AccessKey::read`] takes, the setting `actions`
    /// (operations, separated by commas; all when absent).
    pub fn read(caller: &Caller) -> Option<Self> {
        Some(Self { key: AccessKey::read(caller)?, actions: Actions::read(caller) })
    }

    /// Whether the account may ask for this operation.
    pub fn may(&self, action: &str) -> bool {
        self.actions.hold(action)
    }

    /// As the signature is checked with it.
    pub fn signing_key(&self) -> Key<'_> {
        let token_until = self.key.token_until.map(UnixTime::timestamp);
        Key { secret: &self.key.secret, token: self.key.token.as_ref(), token_until }
    }
}

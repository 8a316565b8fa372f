//! Callers: who signs requests. Not to be confused with subjects (who is verified) and operators (who runs the server).

use std::collections::BTreeMap;

use secrecy::SecretString;

/// A caller as a door needs it.
///
/// Which secrets and settings there are is the door's business (an HMAC secret, a platform key, a certificate's serial
/// number); here they are named and kept.
#[derive(Clone, Debug)]
pub struct Caller {
    /// Which door it comes through, such as `jdcloud`.
    pub door: String,
    /// Its public name on the wire: access key or app id. Unique within a door.
    pub key_id: String,
    /// What the operator calls it.
    pub label: String,
    /// Whether it may call.
    pub state: CallerState,
    /// Its secrets, by name.
    pub secrets: BTreeMap<String, SecretString>,
    /// What else the door keeps about it, by name: nothing secret.
    pub settings: BTreeMap<String, String>,
}

/// Whether a caller may call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CallerState {
    /// It may.
    Enabled,
    /// It is known and refused.
    Disabled,
}

/// A caller to add; the same as a [`Caller`] that does not exist yet.
pub type NewCaller = Caller;

/// Where callers are kept, their secrets wrapped.
pub trait Callers: Send + Sync {
    /// What went wrong in the store.
    type Error: std::error::Error + Send + Sync + 'static;

    /// Every caller, secrets unwrapped.
    fn all(&self) -> Result<Vec<Caller>, Self::Error>;

    /// A number that grows with every change to any caller: cheap to read, so that a running server can see changes.
    fn revision(&self) -> Result<i64, Self::Error>;

    /// Adds one, or replaces the one with the same door and key id.
    fn put(&self, caller: &NewCaller) -> Result<(), Self::Error>;

    /// Enables or disables one. False when there is none of that name.
    fn set_state(&self, door: &str, key_id: &str, state: CallerState) -> Result<bool, Self::Error>;
}

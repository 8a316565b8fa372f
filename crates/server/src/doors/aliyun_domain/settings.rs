//! What an operator may set of this door.

use http::HeaderName;
use shiming_wire::{
    aliyun::{Switches, credential::Limits, opened::MAX_BODY},
    time::Window,
};

/// How this door answers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Settings {
    /// How far a caller's clock may be off.
    pub window: Window,
    /// What is taken beyond what every SDK sends.
    pub switches: Switches,
    /// Sizes of a picture.
    pub picture: Limits,
    /// The largest body, in bytes.
    pub body_limit: usize,
    /// A header in which a trusted proxy passes the `Host` that the caller signed; none without such a proxy.
    pub forwarded_host: Option<HeaderName>,
    /// `HostId` of a refusal; none for the host that the caller asked for.
    pub host_id: Option<String>,
    /// Whether an access key that nobody has is refused as a wrong signature, which does not say which keys there are.
    pub hide_unknown_keys: bool,
    /// The hosts that this door is the product of; none for any.
    pub domains: Option<Vec<String>>,
    /// Whether a call must have come over TLS.
    pub protection: Protection,
    /// Operations that nobody may ask for at present.
    pub held: Vec<String>,
    /// Verified requests in work at once.
    pub in_flight: usize,
    /// Verified requests for one operation in work at once.
    pub in_flight_per_operation: usize,
    /// Verified requests of one caller in work at once.
    pub in_flight_per_caller: usize,
}

/// Whether a call must have come over TLS.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Protection {
    /// It need not.
    #[default]
    Any,
    /// It must, and the door's address speaks nothing else.
    Here,
    /// It must, and a trusted proxy says in this header whether it did; without one nothing has.
    Proxy(Option<HeaderName>),
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            window: Window::FIFTEEN_MINUTES,
            switches: Switches::default(),
            picture: Limits::default(),
            body_limit: MAX_BODY,
            forwarded_host: None,
            host_id: None,
            hide_unknown_keys: false,
            domains: None,
            protection: Protection::Any,
            held: Vec::new(),
            in_flight: 2048,
            in_flight_per_operation: 1024,
            in_flight_per_caller: 256,
        }
    }
}

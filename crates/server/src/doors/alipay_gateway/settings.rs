//! How the door answers, as an operator sets it.

use std::time::Duration;

use shiming_wire::{
    alipay_gateway::{call, codes::Echo},
    time::Window,
};

use crate::doors::alipay;

/// How this door answers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Settings {
    /// Another path beside `/gateway.do`, for clients that were set up with one.
    pub alias: Option<String>,
    /// How far `timestamp`, read as Beijing time, may lie from the clock; `None` accepts any (section 1.8).
    pub window: Option<Window>,
    /// What `isv.invalid-signature` repeats of the string to sign.
    pub echo: Echo,
    /// The largest body, in bytes.
    pub body_limit: usize,
    /// How long a `transaction_id` is remembered.
    pub remember: Duration,
    /// How a source that is down is told of.
    pub outage: Outage,
    /// How long a person has for a certification or an authentication, and the caller for its result.
    pub lifetime: Duration,
    /// The desk's base address, such as `https://id.example.org`; without one it is the address that the caller used.
    pub desk: Option<String>,
    /// How callers reach this address: `http` or `https`.
    pub scheme: &'static str,
    /// The fewest and the most pixels that a portrait may have on a side.
    pub portrait_sides: (u32, u32),
    /// Verified requests of one app in work at once.
    pub in_flight_per_caller: usize,
}

/// What a source that is down means to the caller (section 4.6): both are documented.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outage {
    /// 20000 `isp.unknow-error`: the back end cannot be reached.
    Unreachable,
    /// 40004 `SYSTEM_ERROR`: it answered with a failure.
    SystemError,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            alias: None,
            // UTC clients and those of any other zone pass.
            window: Some(Window::new(Duration::from_hours(24))),
            echo: Echo::default(),
            body_limit: call::MAX_BODY,
            remember: alipay::REMEMBER_TRANSACTION,
            outage: Outage::Unreachable,
            lifetime: Duration::from_hours(24),
            desk: None,
            scheme: "http",
            portrait_sides: (40, 4096),
            in_flight_per_caller: 256,
        }
    }
}

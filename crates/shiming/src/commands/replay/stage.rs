//! A door set up for one recorded request: its clock, its caller, an empty memory.

use std::{collections::BTreeMap, fmt, sync::Arc, time::Instant};

use secrecy::SecretString;
use serde::Deserialize;
use shiming_core::{Caller, CallerState, Checker, Clock, Policy, UnixTime};
use shiming_server::{
    Call,
    doors::{
        Door,
        jdcloud::{JdCloud, NAME, Settings, Tools},
    },
    random::SystemRandom,
    refusals::Refusals,
};
use shiming_wire::{RawRequest, vector::Sidecar};

use super::memory::{OneCaller, ShortLedger};
use crate::trouble::Trouble;

/// A door and nobody behind it: every check ends in "no record".
pub(super) struct Stage {
    door: JdCloud,
}

/// What a door answered.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Seen {
    /// Whether the call got past the door.
    pub(super) admitted: bool,
    /// HTTP status.
    pub(super) status: u16,
    /// The vendor's code; empty without a refusal.
    pub(super) code: String,
    /// The vendor's message; empty without a refusal.
    pub(super) message: String,
}

impl Stage {
    /// Sets it up.
    pub(super) fn set(sidecar: &Sidecar) -> Result<Self, Trouble> {
        let clock: Arc<dyn Clock> = Arc::new(UnixTime(sidecar.clock.as_millisecond()));
        let ledger = Arc::new(ShortLedger::default());
        let checker = Checker::new(Policy::all_from([]), [], ledger, None, Arc::clone(&clock))
            .map_err(|error| Trouble::broken("the door could not be set up").because(error))?;
        let registered = &sidecar.caller;
        let secrets = [("secret", &registered.secret), ("security_token", &registered.security_token)];
        let caller = Caller {
            door: NAME.into(),
            key_id: registered.id.clone(),
            label: "recorded".into(),
            state: CallerState::Enabled,
            secrets: secrets
                .into_iter()
                .filter_map(|(name, secret)| Some((name.to_owned(), SecretString::from(secret.as_ref()?.expose()))))
                .collect(),
            settings: BTreeMap::new(),
        };
        let callers = Arc::new(JdCloud::keyring());
        let Ok(()) = callers.refresh(&OneCaller(caller));
        let tools = Tools {
            checker: Arc::new(checker),
            callers,
            refusals: Arc::new(Refusals::new(Arc::clone(&clock))),
            clock,
            random: Arc::new(SystemRandom),
        };
        Ok(Self { door: JdCloud::new(Settings::default(), tools) })
    }

    /// Sends the request through the door.
    pub(super) async fn send(&self, raw: &RawRequest) -> Seen {
        let answer = self.door.answer(Call { request: raw.as_request(), arrived: Instant::now(), peer: None }).await;
        let refusal = serde_json::from_slice::<Envelope>(&answer.body).ok().and_then(|envelope| envelope.error);
        let (code, message) = refusal.map(|error| (error.status, error.message)).unwrap_or_default();
        Seen { admitted: answer.outcome.admitted, status: answer.status.as_u16(), code, message }
    }
}

#[derive(Deserialize)]
struct Envelope {
    error: Option<VendorError>,
}

#[derive(Deserialize)]
struct VendorError {
    status: String,
    message: String,
}

impl fmt::Display for Seen {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { admitted, status, code, message } = self;
        let word = if *admitted { "accepted" } else { "refused" };
        write!(f, "{word} {status}")?;
        if !code.is_empty() {
            write!(f, " {code} {message}")?;
        }
        Ok(())
    }
}

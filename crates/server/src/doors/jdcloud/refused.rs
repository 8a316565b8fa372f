//! What is found out about a call: of one that was refused, beside it and for the operator; of a recorded one, by
//! `shiming explain`.

use http::HeaderName;
use jiff::Timestamp;
use shiming_core::UnixTime;
use shiming_wire::{
    jdcloud::{
        Refusal, RequestId, Unverified,
        mistakes::{diagnose_call, diagnose_unread, notes, stages},
    },
    request::Request,
    time::Window,
};

use super::{JdCloud, NAME};
use crate::{
    doors::access_key::AccessKey,
    refusals::{Explained, Refused},
};

/// Looks into a call with the keys at hand: every stage of its signature, and the mistake that makes it verify. Without
/// a clock the date is not judged. `forwarded_host` is a header in which a trusted proxy passes the host that was signed.
pub fn explain(
    request: &Request<'_>,
    keys: &[&AccessKey],
    clock: Option<(Timestamp, Window)>,
    forwarded_host: Option<&HeaderName>,
) -> Explained {
    let call = parse(request, forwarded_host);
    let explained = match &call {
        Ok(call) => {
            let candidates: Vec<_> = keys.iter().map(|key| key.candidate()).collect();
            Explained::of(&diagnose_call(call, &candidates, clock), stages(call), notes(call))
        }
        Err(refusal) => Explained::of(&diagnose_unread(refusal), Vec::new(), Vec::new()),
    };
    let claimed = call.as_ref().map_or("", Unverified::claimed_access_key);
    let disabled = keys.iter().any(|key| key.is_disabled_as(claimed));
    if disabled { explained.with_caller_disabled() } else { explained }
}

impl JdCloud {
    /// Finds the mistake beside the call, and keeps what the operator may see of it.
    pub(super) fn look_into(&self, call: &Unverified<'_>, request_id: RequestId, now: UnixTime, refusal: &Refusal) {
        let known = self.tools.callers.find(call.claimed_access_key());
        let refused = Refused {
            door: NAME,
            request_id: &request_id,
            caller: known.as_ref().map(|held| held.caller.key.id.as_str()),
            request: call.request(),
            operation: None,
            refusal,
            at: now.timestamp(),
        };
        self.tools.refusals.explain(&refused, || {
            let (callers, forwarded_host) = (self.tools.callers.all(), self.settings.forwarded_host.clone());
            let clock = (now.timestamp(), self.settings.window);
            move |request: &Request<'_>| {
                let keys: Vec<_> = callers.iter().map(|held| &held.caller.key).collect();
                explain(request, &keys, Some(clock), forwarded_host.as_ref())
            }
        });
    }
}

/// Reads what the signature needs, with the host that the caller signed where a trusted proxy passes it on.
pub(super) fn parse<'a>(request: &Request<'a>, forwarded_host: Option<&HeaderName>) -> Result<Unverified<'a>, Refusal> {
    let call = Unverified::parse(request)?;
    let host = forwarded_host.and_then(|name| request.headers.get(name));
    Ok(host.map_or(call, |host| call.with_host(host.as_bytes())))
}

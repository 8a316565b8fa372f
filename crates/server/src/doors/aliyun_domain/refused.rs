//! What is found out about a call: of one that was refused, beside it and for the operator; of a recorded one, by
//! `shiming explain`.

use http::HeaderName;
use jiff::Timestamp;
use shiming_core::UnixTime;
use shiming_wire::{
    aliyun::{
        Opened, Refusal, RequestId, Switches, Unverified,
        mistakes::{diagnose_call, diagnose_unread, notes, stages},
    },
    request::Request,
    time::Window,
};

use super::{AliyunDomain, NAME};
use crate::{
    doors::access_key::AccessKey,
    refusals::{Explained, Refused},
};

/// Looks into a call with the keys at hand: every stage of its signature, and the mistake that makes it verify. Without
/// a clock the timestamp is not judged. `forwarded_host` is a header in which a trusted proxy passes the host that was signed.
pub fn explain(
    request: &Request<'_>,
    keys: &[&AccessKey],
    clock: Option<(Timestamp, Window)>,
    forwarded_host: Option<&HeaderName>,
    switches: Switches,
) -> Explained {
    let opened = match Opened::read(request) {
        Ok(opened) => opened,
        Err(refusal) => return unread(&refusal),
    };
    let opened = match forwarded(request, forwarded_host) {
        Some(host) => opened.with_host(host),
        None => opened,
    };
    match Unverified::parse(&opened, switches) {
        Ok(call) => explain_call(&call, keys, clock),
        Err(refusal) => unread(&refusal),
    }
}

fn explain_call(call: &Unverified<'_>, keys: &[&AccessKey], clock: Option<(Timestamp, Window)>) -> Explained {
    let candidates: Vec<_> = keys.iter().map(|key| key.candidate()).collect();
    let explained = Explained::of(&diagnose_call(call, &candidates, clock), stages(call), notes(call));
    let claimed = call.claimed_access_key();
    let disabled = keys.iter().any(|key| key.is_disabled_as(claimed));
    if disabled { explained.with_caller_disabled() } else { explained }
}

/// A request that is refused before there is a signature to look at.
fn unread(refusal: &Refusal) -> Explained {
    Explained::of(&diagnose_unread(refusal), Vec::new(), Vec::new())
}

/// The host that the caller signed, where a trusted proxy passes it on.
pub(super) fn forwarded<'a>(request: &Request<'a>, name: Option<&HeaderName>) -> Option<&'a [u8]> {
    request.headers.get(name?).map(http::HeaderValue::as_bytes)
}

impl AliyunDomain {
    /// Finds the mistake beside the call, and keeps what the operator may see of it.
    pub(super) fn look_into(&self, call: &Unverified<'_>, request_id: &RequestId, now: UnixTime, refusal: &Refusal) {
        let known = self.tools.callers.find(call.claimed_access_key());
        let refused = Refused {
            door: NAME,
            request_id: &request_id.as_str(),
            caller: known.as_ref().map(|held| held.caller.key.id.as_str()),
            request: call.opened().request(),
            operation: Some(call.operation().name),
            refusal,
            at: now.timestamp(),
        };
        self.tools.refusals.explain(&refused, || {
            let (callers, forwarded_host) = (self.tools.callers.all(), self.settings.forwarded_host.clone());
            let (clock, switches) = ((now.timestamp(), self.settings.window), self.settings.switches);
            move |request: &Request<'_>| {
                let keys: Vec<_> = callers.iter().map(|held| &held.caller.key).collect();
                explain(request, &keys, Some(clock), forwarded_host.as_ref(), switches)
            }
        });
    }
}

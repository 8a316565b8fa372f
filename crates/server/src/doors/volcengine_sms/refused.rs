//! What is found out about a call: of one that was refused, beside it and for the operator; of a recorded one, by
//! `shiming explain`.

use http::HeaderName;
use jiff::Timestamp;
use shiming_core::UnixTime;
use shiming_wire::{
    request::Request,
    time::Window,
    volcengine::{
        Refusal, RequestId, Unverified,
        mistakes::{Candidate, diagnose_call, diagnose_unread, notes, stages},
    },
};

use super::{NAME, VolcengineCaller, VolcengineSms};
use crate::refusals::{Explained, OwnedRequest, RefusedCall};

/// Looks into a call with the callers at hand: every stage of its signature, and the mistake that makes it verify. Without
/// a clock the date is not judged. `forwarded_host` is a header in which a trusted proxy passes the host that was signed.
pub fn explain(
    request: &Request<'_>,
    callers: &[&VolcengineCaller],
    clock: Option<(Timestamp, Window)>,
    forwarded_host: Option<&HeaderName>,
) -> Explained {
    let call = parse(request, forwarded_host);
    let explained = match &call {
        Ok(call) => {
            let candidates: Vec<_> = callers.iter().map(|caller| candidate(caller)).collect();
            Explained::of(&diagnose_call(call, &candidates, clock), stages(call), notes(call))
        }
        Err(refusal) => Explained::of(&diagnose_unread(request, refusal), Vec::new(), Vec::new()),
    };
    let claimed = call.as_ref().map_or("", Unverified::claimed_access_key);
    let disabled = callers.iter().any(|caller| caller.access_key == claimed && !caller.enabled);
    if disabled { explained.with_caller_disabled() } else { explained }
}

fn candidate(caller: &VolcengineCaller) -> Candidate<'_> {
    Candidate { access_key: &caller.access_key, secret: &caller.secret, token: caller.token.as_ref() }
}

impl VolcengineSms {
    /// Looks into the call beside it, and keeps what the operator may see of it.
    pub(super) fn look_into(&self, call: &Unverified<'_>, request_id: &RequestId, now: UnixTime, refusal: &Refusal) {
        let known = self.tools.callers.find(call.claimed_access_key());
        // A stranger's word in place of an access key may be somebody's secret.
        let caller = known.as_ref().map_or("unknown", |held| &held.caller.access_key);
        let Some(place) = self.tools.refusals.place(caller) else {
            tracing::warn!(door = NAME, caller, %request_id, "call refused: too many of them to look into each");
            return;
        };
        let owned = OwnedRequest::of(call.request());
        let forwarded_host = self.settings.forwarded_host.clone();
        let callers = self.tools.callers.all();
        let clock = (now.timestamp(), self.settings.window);
        let (caller, request_id, refusal) = (caller.to_owned(), request_id.to_string(), refusal.to_string());
        place.look_into(move || {
            let request = owned.as_request();
            let callers: Vec<_> = callers.iter().map(|held| &held.caller).collect();
            let Explained { mistake, advice, advice_chinese, stages, .. } =
                explain(&request, &callers, Some(clock), forwarded_host.as_ref());
            RefusedCall {
                at: now.timestamp().to_string(),
                door: NAME.into(),
                request_id,
                caller,
                request: format!("{} {}", request.method, request.path()),
                refusal,
                mistake,
                advice,
                advice_chinese,
                stages,
            }
        });
    }
}

/// Reads what the signature needs, with the host that the caller signed where a trusted proxy passes it on.
pub(super) fn parse<'a>(request: &Request<'a>, forwarded_host: Option<&HeaderName>) -> Result<Unverified<'a>, Refusal> {
    let call = Unverified::parse(request)?;
    let host = forwarded_host.and_then(|name| request.headers.get(name));
    Ok(match host {
        Some(host) => call.with_host(host.as_bytes()),
        None => call,
    })
}

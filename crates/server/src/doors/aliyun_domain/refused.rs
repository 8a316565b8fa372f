//! What is found out about a call: of one that was refused, beside it and for the operator; of a recorded one, by
//! `shiming explain`.

use http::HeaderName;
use jiff::Timestamp;
use shiming_core::UnixTime;
use shiming_wire::{
    aliyun::{
        Opened, Refusal, RequestId, Switches, Unverified,
        mistakes::{Candidate, diagnose_call, diagnose_unread, notes, stages},
    },
    request::Request,
    time::Window,
};

use super::{AliyunCaller, AliyunDomain, NAME};
use crate::refusals::{Explained, OwnedRequest, RefusedCall};

/// Looks into a call with the callers at hand: every stage of its signature, and the mistake that makes it verify. Without
/// a clock the timestamp is not judged. `forwarded_host` is a header in which a trusted proxy passes the host that was signed.
pub fn explain(
    request: &Request<'_>,
    callers: &[&AliyunCaller],
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
        Ok(call) => explain_call(&call, callers, clock),
        Err(refusal) => unread(&refusal),
    }
}

fn explain_call(call: &Unverified<'_>, callers: &[&AliyunCaller], clock: Option<(Timestamp, Window)>) -> Explained {
    let candidates: Vec<_> = callers.iter().map(|caller| candidate(caller)).collect();
    let explained = Explained::of(&diagnose_call(call, &candidates, clock), stages(call), notes(call));
    let claimed = call.claimed_access_key();
    let disabled = callers.iter().any(|caller| caller.access_key == claimed && !caller.enabled);
    if disabled { explained.with_caller_disabled() } else { explained }
}

/// A request that is refused before there is a signature to look at.
fn unread(refusal: &Refusal) -> Explained {
    Explained::of(&diagnose_unread(refusal), Vec::new(), Vec::new())
}

fn candidate(caller: &AliyunCaller) -> Candidate<'_> {
    Candidate { access_key: &caller.access_key, secret: &caller.secret, token: caller.token.as_ref() }
}

/// The host that the caller signed, where a trusted proxy passes it on.
pub(super) fn forwarded<'a>(request: &Request<'a>, name: Option<&HeaderName>) -> Option<&'a [u8]> {
    request.headers.get(name?).map(http::HeaderValue::as_bytes)
}

impl AliyunDomain {
    /// Finds the mistake beside the call, and keeps what the operator may see of it.
    pub(super) fn look_into(&self, call: &Unverified<'_>, request_id: &RequestId, now: UnixTime, refusal: &Refusal) {
        let request_id = request_id.as_str();
        let known = self.tools.callers.find(call.claimed_access_key());
        // A stranger's word in place of an access key may be somebody's secret.
        let caller = known.as_ref().map_or("unknown", |held| &held.caller.access_key);
        let Some(place) = self.tools.refusals.place(caller) else {
            tracing::warn!(door = NAME, caller, request_id, "call refused: too many of them to look into each");
            return;
        };
        let owned = OwnedRequest::of(call.opened().request());
        let forwarded_host = self.settings.forwarded_host.clone();
        let callers = self.tools.callers.all();
        let (clock, switches) = ((now.timestamp(), self.settings.window), self.settings.switches);
        let (caller, refusal, request_id) = (caller.to_owned(), refusal.to_string(), request_id.to_owned());
        let operation = call.operation().name;
        place.look_into(move || {
            let request = owned.as_request();
            let callers: Vec<_> = callers.iter().map(|held| &held.caller).collect();
            let Explained { mistake, advice, advice_chinese, stages, .. } =
                explain(&request, &callers, Some(clock), forwarded_host.as_ref(), switches);
            RefusedCall {
                at: now.timestamp().to_string(),
                door: NAME.into(),
                request_id,
                caller,
                request: format!("{} {operation}", request.method),
                refusal,
                mistake,
                advice,
                advice_chinese,
                stages,
            }
        });
    }
}

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
        mistakes::{self, Candidate, Diagnosis, diagnose_call, diagnose_unread},
    },
};

use super::{NAME, VolcengineCaller, VolcengineSms};
use crate::refusals::{Explained, Mistake, OwnedRequest, RefusedCall, Stage};

/// Looks into a call with the callers at hand: every stage of its signature, and the mistake that makes it verify. Without
/// a clock the date is not judged. `forwarded_host` is a header in which a trusted proxy passes the host that was signed.
pub fn explain(
    request: &Request<'_>,
    callers: &[&VolcengineCaller],
    clock: Option<(Timestamp, Window)>,
    forwarded_host: Option<&HeaderName>,
) -> Explained {
    let call = parse(request, forwarded_host);
    let candidates: Vec<_> = callers.iter().map(|caller| candidate(caller)).collect();
    let diagnosis = match &call {
        Ok(call) => diagnose_call(call, &candidates, clock),
        Err(refusal) => diagnose_unread(request, refusal),
    };
    let claimed = call.as_ref().map_or("", Unverified::claimed_access_key);
    let disabled = callers.iter().any(|caller| caller.access_key == claimed && !caller.enabled);
    let mistake = if disabled { Some(caller_disabled()) } else { mistake(&diagnosis) };
    Explained {
        verifies: mistake.is_none() && diagnosis == Diagnosis::Verifies,
        mistake,
        advice: diagnosis.english(),
        advice_chinese: diagnosis.chinese(),
        notes: call.iter().flat_map(mistakes::notes).map(str::to_owned).collect(),
        stages: call.iter().flat_map(mistakes::stages).map(|stage| Stage::new(stage.name, stage.text)).collect(),
    }
}

fn candidate(caller: &VolcengineCaller) -> Candidate<'_> {
    Candidate { access_key: &caller.access_key, secret: &caller.secret, token: caller.token.as_ref() }
}

fn mistake(diagnosis: &Diagnosis) -> Option<Mistake> {
    diagnosis.is_named().then(|| Mistake::new(diagnosis.slug(), diagnosis.english(), diagnosis.chinese()))
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

/// The one mistake that no signature shows: it is in who may call.
fn caller_disabled() -> Mistake {
    Mistake::new(
        "caller-disabled",
        "The caller is registered here and disabled: none of its calls is taken until an operator enables it.",
        "该调用方已在本服务登记，但已被停用；在运维人员重新启用之前，它的调用一律不受理。",
    )
}

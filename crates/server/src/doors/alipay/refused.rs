//! What is found out about a call that was refused for who signed it or how, for the operator: written once for both
//! doors, which differ in how a call is read and looked into.

use http::HeaderMap;
use shiming_wire::{
    alipay::{certificate::Certificate, keys::PublicKey},
    alipay_gateway::mistakes::{Diagnosis, Known, Mistake as Found},
    request::Request,
};

use super::{AlipayCaller, Tools};
use crate::refusals::{Mistake, RefusedCall, Stage};

/// A request that outlives its connection.
struct OwnedRequest {
    method: String,
    target: String,
    headers: HeaderMap,
    body: Vec<u8>,
}

/// A refused call, as far as the door knows it.
pub(in crate::doors) struct Refused<'r> {
    /// Which door refused it.
    pub(in crate::doors) door: &'static str,
    /// The call.
    pub(in crate::doors) request: &'r Request<'r>,
    /// The app that it claims to come from.
    pub(in crate::doors) claimed: &'r str,
    /// The id that the caller was given.
    pub(in crate::doors) trace_id: &'r str,
    /// What the caller was told.
    pub(in crate::doors) refusal: String,
    /// What the door itself found, which no signature shows.
    pub(in crate::doors) found: Option<Found>,
}

/// What looking into a call gives: the mistakes, and every stage of the text to sign.
pub(in crate::doors) type Look = fn(&Request<'_>, &Known<'_>, bool) -> (Option<Diagnosis>, Vec<Stage>);

impl Tools {
    /// Finds the mistake beside the call, and keeps what the operator may see of it.
    pub(in crate::doors) fn look_into(&self, refused: Refused<'_>, look: Look) {
        let known = self.callers.find(refused.claimed);
        // A stranger's word in place of an app id may be somebody's secret.
        let caller = if known.is_some() { refused.claimed } else { "unknown" }.to_owned();
        let Refused { door, request, trace_id, refusal, found, .. } = refused;
        let Some(place) = self.refusals.place(&caller) else {
            tracing::warn!(door, caller, trace_id, "call refused: too many of them to look into each");
            return;
        };
        let request = OwnedRequest::of(request);
        let callers = self.callers.all();
        let platform = self.platform_of(known.as_ref().map(|held| &held.caller));
        let (at, trace_id) = (self.clock.now().timestamp().to_string(), trace_id.to_owned());
        place.look_into(move || {
            let request = request.as_request();
            let own = known.as_ref().map(|held| &held.caller);
            let others: Vec<(&str, &PublicKey)> = callers
                .iter()
                .filter(|held| held.caller.app_id != caller)
                .flat_map(|held| keys(&held.caller).map(|key| (held.caller.app_id.as_str(), key)))
                .collect();
            let beside: Vec<_> = own
                .into_iter()
                .flat_map(|own| own.certificates.iter())
                .map(|known| ("the app's certificate", known.public_key()))
                .collect();
            let known = Known {
                key: own.and_then(|own| keys(own).next()),
                platform: platform.as_ref().map(|platform| platform.public_key()),
                others: &[beside, others].concat(),
                content_key: own.and_then(|own| own.content_key.as_ref()),
            };
            let (diagnosis, stages) = look(&request, &known, own.is_some());
            let disabled = own.filter(|own| !own.enabled).map(|_| caller_disabled());
            let mistake = disabled.or_else(|| found.map(|found| spoken(&[found]))).or_else(|| {
                let mistakes = diagnosis.as_ref().map(|diagnosis| diagnosis.mistakes.as_slice()).unwrap_or_default();
                (!mistakes.is_empty()).then(|| spoken(mistakes))
            });
            RefusedCall {
                at,
                door: door.into(),
                request_id: trace_id,
                caller,
                request: format!("{} {}", request.method, request.path()),
                refusal,
                advice: mistake.as_ref().map_or_else(|| advice(diagnosis.as_ref()), |mistake| mistake.english.clone()),
                mistake,
                stages,
            }
        });
    }
}

fn keys(caller: &AlipayCaller) -> impl Iterator<Item = &PublicKey> {
    caller.key.iter().chain(caller.certificates.iter().map(Certificate::public_key))
}

/// Several mistakes make one signature verify together: they are told as one.
fn spoken(mistakes: &[Found]) -> Mistake {
    let joined = |part: fn(&Found) -> &str, between| mistakes.iter().map(part).collect::<Vec<_>>().join(between);
    Mistake {
        slug: joined(|mistake| mistake.slug, "+"),
        english: joined(|mistake| &mistake.english, " "),
        chinese: joined(|mistake| &mistake.chinese, ""),
    }
}

/// What to compare where no mistake explains it. The hashes are of the text to sign, which nobody reads back.
fn advice(diagnosis: Option<&Diagnosis>) -> String {
    match diagnosis {
        None => "The request cannot be read as far as its signature.".into(),
        Some(Diagnosis { client_hash: Some(client), server_hash: server, .. }) => format!(
            "The key is right, the signed text is another. SHA of what the client signed: {client}; of what arrived: {server}. Compare the client's text with the stages here."
        ),
        Some(_) => "The signature is of none of the keys registered here. Register the public half of the key that the client signs with.".into(),
    }
}

/// The one mistake that no signature shows: it is in who may call.
fn caller_disabled() -> Mistake {
    Mistake {
        slug: "caller-disabled".into(),
        english: "The app is registered here and disabled: none of its calls is taken until an operator enables it."
            .into(),
        chinese: "该应用已在本服务登记，但已被停用；在运维人员重新启用之前，它的调用一律不受理。".into(),
    }
}

impl OwnedRequest {
    fn of(request: &Request<'_>) -> Self {
        Self {
            method: request.method.into(),
            target: request.target.into(),
            headers: request.headers.clone(),
            body: request.body.into(),
        }
    }

    fn as_request(&self) -> Request<'_> {
        Request { method: &self.method, target: &self.target, headers: &self.headers, body: &self.body }
    }
}

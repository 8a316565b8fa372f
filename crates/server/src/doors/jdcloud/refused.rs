//! What is found out about a call that was refused for who signed it or how, for the operator.

use http::{HeaderMap, HeaderName};
use shiming_core::UnixTime;
use shiming_wire::{
    jdcloud::{
        Refusal, RequestId, Unverified,
        mistakes::{Candidate, Diagnosis, diagnose_call},
        sign::TOKEN,
    },
    request::Request,
};

use super::{JdCaller, JdCloud, NAME};
use crate::refusals::{Mistake, RefusedCall, Stage};

impl JdCloud {
    /// Finds the mistake beside the call, and keeps what the operator may see of it.
    pub(super) fn look_into(&self, call: &Unverified<'_>, request_id: RequestId, now: UnixTime, refusal: &Refusal) {
        let known = self.tools.callers.find(call.claimed_access_key());
        // A stranger's word in place of an access key may be somebody's secret.
        let caller = known.as_ref().map_or("unknown", |held| &held.caller.access_key);
        let Some(place) = self.tools.refusals.place(caller) else {
            tracing::warn!(door = NAME, caller, %request_id, "call refused: too many of them to look into each");
            return;
        };
        let owned = Owned::of(call.request(), self.settings.forwarded_host.clone());
        let callers = self.tools.callers.all();
        let clock = (now.timestamp(), self.settings.window);
        let (caller, refusal) = (caller.to_owned(), refusal.to_string());
        place.look_into(move || {
            let call = owned.call();
            let candidates: Vec<_> = callers.iter().map(|held| candidate(&held.caller)).collect();
            let diagnosis = match &call {
                Ok(call) => diagnose_call(call, &candidates, Some(clock)),
                Err(refusal) => Diagnosis::Incomplete(refusal.clone()),
            };
            let disabled = known.is_some_and(|held| !held.caller.enabled);
            RefusedCall {
                at: now.timestamp().to_string(),
                door: NAME.into(),
                request_id: request_id.to_string(),
                caller,
                request: format!("{} {}", owned.method, owned.as_request().path()),
                refusal,
                mistake: if disabled { Some(caller_disabled()) } else { mistake(&diagnosis) },
                advice: diagnosis.english(),
                stages: call.as_ref().map(stages).unwrap_or_default(),
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

/// A request that outlives its connection.
struct Owned {
    method: String,
    target: String,
    headers: HeaderMap,
    body: Vec<u8>,
    forwarded_host: Option<HeaderName>,
}

impl Owned {
    fn of(request: &Request<'_>, forwarded_host: Option<HeaderName>) -> Self {
        Self {
            method: request.method.into(),
            target: request.target.into(),
            headers: request.headers.clone(),
            body: request.body.into(),
            forwarded_host,
        }
    }

    fn as_request(&self) -> Request<'_> {
        Request { method: &self.method, target: &self.target, headers: &self.headers, body: &self.body }
    }

    fn call(&self) -> Result<Unverified<'_>, Refusal> {
        parse(&self.as_request(), self.forwarded_host.as_ref())
    }
}

fn candidate(caller: &JdCaller) -> Candidate<'_> {
    Candidate { access_key: &caller.access_key, secret: &caller.secret, token: caller.token.as_ref() }
}

fn mistake(diagnosis: &Diagnosis) -> Option<Mistake> {
    let named = !matches!(diagnosis, Diagnosis::Unexplained { .. });
    named.then(|| Mistake {
        slug: diagnosis.slug().into_owned(),
        english: diagnosis.english(),
        chinese: diagnosis.chinese(),
    })
}

/// The one mistake that no signature shows: it is in who may call.
fn caller_disabled() -> Mistake {
    Mistake {
        slug: "caller-disabled".into(),
        english: "The caller is registered here and disabled: none of its calls is taken until an operator enables it."
            .into(),
        chinese: "该调用方已在本服务登记，但已被停用；在运维人员重新启用之前，它的调用一律不受理。".into(),
    }
}

/// The stages as this server computes them. The body is in them as its hash only; a token and a query's values are
/// masked.
fn stages(call: &Unverified<'_>) -> Vec<Stage> {
    let stages = call.stages();
    let stage = |name: &str, text: String| Stage { name: name.into(), text };
    let mut all = vec![
        stage("SignedHeaders", call.signed_headers().into()),
        stage("canonical request", masked(&stages.canonical_request)),
        stage("its SHA-256", stages.canonical_hash),
        stage("string to sign", stages.string_to_sign),
    ];
    if !stages.missing_headers.is_empty() {
        all.push(stage("signed and not sent", stages.missing_headers.join(", ")));
    }
    all
}

/// Values of the query (the third line) and of the security token give way to dots.
fn masked(canonical: &str) -> String {
    let token = format!("{TOKEN}:");
    let lines = canonical.split('\n').enumerate().map(|(number, line)| match number {
        2 => line
            .split('&')
            .map(|pair| pair.split_once('=').map_or(pair.to_owned(), |(name, _)| format!("{name}=…")))
            .collect::<Vec<_>>()
            .join("&"),
        _ if line.to_ascii_lowercase().starts_with(&token) => format!("{token}…"),
        _ => line.to_owned(),
    });
    lines.collect::<Vec<_>>().join("\n")
}

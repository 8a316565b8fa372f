//! What is found out about a call whose signature was refused, for the operator.

use http::HeaderMap;
use shiming_core::UnixTime;
use shiming_wire::{
    jdcloud::{
        Refusal, RequestId, Unverified,
        mistakes::{Candidate, Diagnosis, diagnose},
        sign::TOKEN,
    },
    request::Request,
};

use super::{JdCloud, NAME};
use crate::refusals::{Mistake, RefusedCall, Stage};

impl JdCloud {
    /// Finds the mistake beside the call, and keeps what the operator may see of it.
    pub(super) fn look_into(&self, request: &Request<'_>, request_id: RequestId, now: UnixTime, refusal: &Refusal) {
        let owned = Owned {
            method: request.method.into(),
            target: request.target.into(),
            headers: request.headers.clone(),
            body: request.body.into(),
        };
        let callers = self.tools.callers.all();
        let clock = (now.timestamp(), self.settings.window);
        let refusal = refusal.to_string();
        let looked = self.tools.refusals.look_into(move || {
            let candidates: Vec<_> = callers
                .iter()
                .map(|held| Candidate { access_key: &held.caller.access_key, secret: &held.caller.secret })
                .collect();
            let request = owned.as_request();
            let diagnosis = diagnose(&request, &candidates, Some(clock));
            let named = !matches!(diagnosis, Diagnosis::Unexplained { .. });
            RefusedCall {
                at: now.timestamp().to_string(),
                door: NAME.into(),
                request_id: request_id.to_string(),
                caller: claimed(&request, &candidates),
                request: format!("{} {}", request.method, request.path()),
                refusal,
                mistake: named.then(|| Mistake {
                    slug: diagnosis.slug().into_owned(),
                    english: diagnosis.english(),
                    chinese: diagnosis.chinese(),
                }),
                advice: diagnosis.english(),
                stages: stages(&request),
            }
        });
        if !looked {
            tracing::warn!(door = NAME, %request_id, "signature refused; too many of them to look into each");
        }
    }
}

/// A request that outlives its connection.
struct Owned {
    method: String,
    target: String,
    headers: HeaderMap,
    body: Vec<u8>,
}

impl Owned {
    fn as_request(&self) -> Request<'_> {
        Request { method: &self.method, target: &self.target, headers: &self.headers, body: &self.body }
    }
}

/// The access key that is claimed, if it is anyone's. A stranger's word in its place may be somebody's secret.
fn claimed(request: &Request<'_>, candidates: &[Candidate<'_>]) -> String {
    let claimed = Unverified::parse(request).map(|call| call.claimed_access_key()).unwrap_or_default();
    candidates.iter().find(|known| known.access_key == claimed).map_or("unknown", |known| known.access_key).to_owned()
}

/// The stages as this server computes them. The body is in them as its hash only; a token and a query's values are
/// masked.
fn stages(request: &Request<'_>) -> Vec<Stage> {
    let Ok(call) = Unverified::parse(request) else { return Vec::new() };
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

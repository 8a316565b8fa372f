//! What is found out about a call: of one that was refused, beside it and for the operator; of a recorded one, by
//! `shiming explain`.

use http::HeaderName;
use jiff::Timestamp;
use shiming_core::UnixTime;
use shiming_wire::{
    jdcloud::{
        Refusal, RequestId, Unverified, Warning,
        mistakes::{Diagnosis, diagnose_call},
        sign::TOKEN,
    },
    request::Request,
    time::Window,
};

use super::{JdCloud, NAME};
use crate::{
    doors::access_key::AccessKey,
    refusals::{Explained, Mistake, Refused, Stage},
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
    let candidates: Vec<_> = keys.iter().map(|key| key.candidate()).collect();
    let diagnosis = match &call {
        Ok(call) => diagnose_call(call, &candidates, clock),
        Err(refusal) => Diagnosis::Incomplete(refusal.clone()),
    };
    let explained = Explained {
        verifies: diagnosis == Diagnosis::Verifies,
        mistake: mistake(&diagnosis),
        advice: diagnosis.english(),
        advice_chinese: diagnosis.chinese(),
        notes: call.iter().flat_map(Unverified::warnings).map(|warning| words(warning).to_owned()).collect(),
        stages: call.as_ref().map(stages).unwrap_or_default(),
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

fn mistake(diagnosis: &Diagnosis) -> Option<Mistake> {
    let named = !matches!(diagnosis, Diagnosis::Unexplained { .. } | Diagnosis::Verifies);
    named.then(|| Mistake::new(diagnosis.slug(), diagnosis.english(), diagnosis.chinese()))
}

fn words(warning: Warning) -> &'static str {
    match warning {
        Warning::HostNotSigned => "host is not in SignedHeaders; it is accepted",
        Warning::DateNotSigned => "x-jdcloud-date is not in SignedHeaders; the string to sign binds it",
        Warning::TokenNotSigned => "the security token is not in SignedHeaders, as Java sends it; it is accepted",
    }
}

/// The stages as this server computes them. The body is in them as its hash only; a token and a query's values are
/// masked.
fn stages(call: &Unverified<'_>) -> Vec<Stage> {
    let stages = call.stages();
    let mut all = vec![
        Stage::new("SignedHeaders", call.signed_headers()),
        Stage::new("SHA-256 of the body", stages.payload_hash),
        Stage::new("canonical request", masked(&stages.canonical_request)),
        Stage::new("SHA-256 of it", stages.canonical_hash),
        Stage::new("string to sign", stages.string_to_sign),
    ];
    if !stages.missing_headers.is_empty() {
        all.push(Stage::new("listed in SignedHeaders and not sent", stages.missing_headers.join(", ")));
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

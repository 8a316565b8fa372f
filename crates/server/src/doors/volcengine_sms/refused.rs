//! What is found out about a call: of one that was refused, beside it and for the operator; of a recorded one, by
//! `shiming explain`.

use http::HeaderName;
use jiff::Timestamp;
use shiming_core::UnixTime;
use shiming_wire::{
    request::Request,
    time::Window,
    volcengine::{Refusal, RequestId, SigningKey, Unverified, sign::TOKEN},
};

use super::{NAME, VolcengineCaller, VolcengineSms};
use crate::refusals::{Explained, Mistake, OwnedRequest, RefusedCall, Stage};

/// Looks into a call with the callers at hand: every stage of its signature, and whether it verifies. Without a clock the date
/// is not judged. `forwarded_host` is a header in which a trusted proxy passes the host that was signed.
pub fn explain(
    request: &Request<'_>,
    callers: &[&VolcengineCaller],
    clock: Option<(Timestamp, Window)>,
    forwarded_host: Option<&HeaderName>,
) -> Explained {
    let call = match parse(request, forwarded_host) {
        Ok(call) => call,
        Err(refusal) => return found(&refusal, None, Vec::new()),
    };
    let stages = stages(&call);
    let Some(caller) = callers.iter().find(|caller| caller.access_key == call.claimed_access_key()) else {
        return found(&call.unknown_access_key(), Some(caller_unknown()), stages);
    };
    if !caller.enabled {
        return found(&call.unknown_access_key(), Some(caller_disabled()), stages);
    }
    let key = SigningKey::derive(&caller.secret, &call.scope());
    let checked = call.verify(&key, caller.token.as_ref()).and_then(|verified| match clock {
        Some((now, window)) => verified.within(now, window).map(drop),
        None => Ok(()),
    });
    match checked {
        Err(refusal) => found(&refusal, None, stages),
        Ok(()) => Explained {
            verifies: true,
            mistake: None,
            advice: "The call is signed as it should be.".into(),
            advice_chinese: "该请求的签名正确。".into(),
            notes: Vec::new(),
            stages,
        },
    }
}

fn found(refusal: &Refusal, mistake: Option<Mistake>, stages: Vec<Stage>) -> Explained {
    let (advice, advice_chinese) = match &mistake {
        Some(mistake) => (mistake.english.clone(), mistake.chinese.clone()),
        None => (
            format!(
                "The call is refused as {refusal}. Compare each stage below with what the client has; the first that differs shows where."
            ),
            format!("该请求被拒绝：{refusal}。请将下面每一步与客户端的结果逐一对比，第一个不同之处即为原因。"),
        ),
    };
    Explained { verifies: false, mistake, advice, advice_chinese, notes: Vec::new(), stages }
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

fn caller_unknown() -> Mistake {
    Mistake::new(
        "caller-unknown",
        "No caller with this access key is registered here.",
        "本服务没有登记使用该 AccessKey 的调用方。",
    )
}

fn caller_disabled() -> Mistake {
    Mistake::new(
        "caller-disabled",
        "The caller is registered here and disabled: none of its calls is taken until an operator enables it.",
        "该调用方已在本服务登记，但已被停用；在运维人员重新启用之前，它的调用一律不受理。",
    )
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
    let token = format!("{}:", TOKEN.to_ascii_lowercase());
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

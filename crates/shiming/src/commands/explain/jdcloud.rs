//! JD Cloud's stages, for `explain`.

use jiff::Timestamp;
use shiming_server::{doors::jdcloud::NAME, refusals::Stage};
use shiming_wire::{
    Request,
    jdcloud::{
        Unverified,
        mistakes::{Candidate, Diagnosis, diagnose},
        sign::TOKEN,
    },
};

use super::{Finding, Keys, Told};
use crate::trouble::Trouble;

/// Explains a request.
pub(super) fn explain(request: &Request<'_>, keys: &Keys, clock: Option<Timestamp>) -> Result<Told, Trouble> {
    let call = Unverified::parse(request).ok();
    let claimed = call.as_ref().map_or("", Unverified::claimed_access_key);
    if call.is_none() && !looks_like_ours(request) {
        return Err(Trouble::usage("no door knows this request: it has no JDCLOUD signature")
            .advice("doors of this version: JD Cloud"));
    }
    let candidates: Vec<_> = keys
        .known
        .iter()
        .map(|key| Candidate {
            access_key: key.access_key.as_deref().unwrap_or(claimed),
            secret: &key.secret,
            token: key.token.as_ref(),
        })
        .collect();
    let clock = clock.or(keys.clock).map(|at| (at, keys.window));
    let diagnosis = diagnose(request, &candidates, clock);
    let own = keys.known.iter().find(|key| key.access_key.as_deref().is_none_or(|known| known == claimed));
    let finding = match (&diagnosis, &call) {
        (_, Some(_)) if keys.known.is_empty() => no_secret(),
        _ => found(&diagnosis),
    };
    Ok(Told {
        door: NAME,
        request: format!("{} {}, {} bytes of body", request.method, request.path(), request.body.len()),
        // An access key that nobody has may be a secret that was put into the wrong place.
        caller: if own.is_some() || claimed.len() < 8 { claimed.to_owned() } else { shortened(claimed) },
        keys: keys.from.clone(),
        stages: call.as_ref().map(stages).unwrap_or_default(),
        notes: call.iter().flat_map(Unverified::warnings).map(|warning| warning_text(warning).to_owned()).collect(),
        finding,
    })
}

fn looks_like_ours(request: &Request<'_>) -> bool {
    request.path().starts_with("/v1/")
        || request.headers.contains_key("x-jdcloud-date")
        || request.headers.get("authorization").is_some_and(|value| value.as_bytes().starts_with(b"JDCLOUD"))
}

fn found(diagnosis: &Diagnosis) -> Finding {
    Finding {
        verifies: *diagnosis == Diagnosis::Verifies,
        slug: diagnosis.slug().into_owned(),
        english: diagnosis.english(),
        chinese: diagnosis.chinese(),
    }
}

fn no_secret() -> Finding {
    Finding {
        verifies: false,
        slug: "no-secret".into(),
        english:
            "No secret is known: give --secret-file, --sidecar or --data, or compare the stages with the client's."
                .into(),
        chinese: "没有可用的密钥：请用 --secret-file、--sidecar 或 --data 指定，或将以上各步与客户端逐行比较。".into(),
    }
}

fn shortened(text: &str) -> String {
    let first: String = text.chars().take(4).collect();
    format!("{first}… (not registered)")
}

fn warning_text(warning: shiming_wire::jdcloud::Warning) -> &'static str {
    use shiming_wire::jdcloud::Warning;
    match warning {
        Warning::HostNotSigned => "host is not in SignedHeaders; it is accepted",
        Warning::DateNotSigned => "x-jdcloud-date is not in SignedHeaders; the string to sign binds it",
        Warning::TokenNotSigned => "the security token is not in SignedHeaders, as Java sends it; it is accepted",
    }
}

/// The stages as the server computes them. The body is in them as its hash only; a token and a query's values are masked.
fn stages(call: &Unverified<'_>) -> Vec<Stage> {
    let stages = call.stages();
    let stage = |name: &str, text: String| Stage { name: name.into(), text };
    let mut all = vec![
        stage("SignedHeaders", call.signed_headers().into()),
        stage("SHA-256 of the body", stages.payload_hash),
        stage("canonical request", masked(&stages.canonical_request)),
        stage("SHA-256 of it", stages.canonical_hash),
        stage("string to sign", stages.string_to_sign),
    ];
    if !stages.missing_headers.is_empty() {
        all.push(stage("listed in SignedHeaders and not sent", stages.missing_headers.join(", ")));
    }
    all
}

fn masked(canonical: &str) -> String {
    let token = format!("{TOKEN}:");
    let line = |(number, line): (usize, &str)| match number {
        2 => line
            .split('&')
            .map(|pair| pair.split_once('=').map_or(pair.to_owned(), |(name, _)| format!("{name}=…")))
            .collect::<Vec<_>>()
            .join("&"),
        _ if line.to_ascii_lowercase().starts_with(&token) => format!("{token}…"),
        _ => line.to_owned(),
    };
    canonical.split('\n').enumerate().map(line).collect::<Vec<_>>().join("\n")
}

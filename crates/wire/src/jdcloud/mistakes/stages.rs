//! The stages of a signature as they may be shown: values of the query and of a token give way to dots. A body is in them as its
//! hash only.

use crate::diagnosis::Stage;
use crate::jdcloud::call::{Unverified, Warning};
use crate::jdcloud::sign::TOKEN;

/// Every stage of a call's signature as this server computes it, masked.
pub fn stages(call: &Unverified<'_>) -> Vec<Stage> {
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

/// What is odd about a call though it is taken.
pub fn notes(call: &Unverified<'_>) -> Vec<&'static str> {
    call.warnings().map(words).collect()
}

const fn words(warning: Warning) -> &'static str {
    match warning {
        Warning::HostNotSigned => "host is not in SignedHeaders; it is accepted",
        Warning::DateNotSigned => "x-jdcloud-date is not in SignedHeaders; the string to sign binds it",
        Warning::TokenNotSigned => "the security token is not in SignedHeaders, as Java sends it; it is accepted",
    }
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

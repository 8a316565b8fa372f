//! The stages of a signature as they may be shown: values of the query and of a token give way to dots. A body is in them as its
//! hash only.

use super::Form;
use crate::diagnosis::Stage;
use crate::volcengine::call::Unverified;
use crate::volcengine::sign::{CONTENT_SHA256, TOKEN};

/// Parameters whose values are nobody's: they say what is asked and how it is signed.
const SHOWN: [&str; 8] =
    ["Action", "Version", "X-Algorithm", "X-Date", "X-NotSignBody", "X-SignedHeaders", "X-SignedQueries", "X-Expires"];

/// Every stage of a call's signature as this server computes it, masked.
pub fn stages(call: &Unverified<'_>) -> Vec<Stage> {
    let stages = call.stages();
    let mut all = vec![Stage::new("SignedHeaders", call.signed_headers())];
    if call.form() == Form::Header {
        all.push(Stage::new("SHA-256 of the body", stages.payload_hash));
        if let Some(claimed) = call.request().headers.get(CONTENT_SHA256).and_then(|value| value.to_str().ok()) {
            all.push(Stage::new("X-Content-Sha256", claimed));
        }
    } else {
        all.push(Stage::new("SHA-256 of nothing: a presigned call has no body", stages.payload_hash));
    }
    all.push(Stage::new("canonical request", masked(&stages.canonical_request)));
    all.push(Stage::new("SHA-256 of it", stages.canonical_hash));
    all.push(Stage::new("string to sign", stages.string_to_sign));
    if !stages.missing_headers.is_empty() {
        all.push(Stage::new("listed in SignedHeaders and not sent", stages.missing_headers.join(", ")));
    }
    all
}

/// What is odd about a call though it is taken.
pub fn notes(call: &Unverified<'_>) -> Vec<&'static str> {
    let lists = |name: &str| call.signed_headers().split(';').any(|listed| listed.eq_ignore_ascii_case(name));
    let mut notes = Vec::new();
    if call.form() == Form::Query {
        notes.push("the call is presigned: this server takes it for reading only");
    } else if !lists("host") {
        notes.push("host is not in SignedHeaders, as Node sends it; it is accepted");
    }
    notes
}

/// Values of the query (the third line) and of the security token give way to dots.
pub(in crate::volcengine) fn masked(canonical: &str) -> String {
    let token = format!("{}:", TOKEN.to_ascii_lowercase());
    let lines = canonical.split('\n').enumerate().map(|(number, line)| {
        if number == 2 {
            return line.split('&').map(masked_pair).collect::<Vec<_>>().join("&");
        }
        if line.to_ascii_lowercase().starts_with(&token) { format!("{token}…") } else { line.to_owned() }
    });
    lines.collect::<Vec<_>>().join("\n")
}

fn masked_pair(pair: &str) -> String {
    match pair.split_once('=') {
        Some((name, _)) if !SHOWN.contains(&name) => format!("{name}=…"),
        _ => pair.to_owned(),
    }
}

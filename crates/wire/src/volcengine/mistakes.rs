//! Why a signature does not verify, in words for the caller's developer.
//!
//! The vendor says `SignatureDoesNotMatch` and no more. Here the mistake is named: see [`crate::diagnosis`] for how. A body is hashed
//! once; a text to sign is short unless a query is long.

mod attempt;
mod credential;
mod stages;
mod words;

use std::borrow::Cow;

use jiff::Timestamp;

use self::attempt::search;
pub use self::stages::{notes, stages};
pub use self::words::OWN;
use super::authorization::Form;
use super::call::Unverified;
use super::canonical::decode;
use super::codes::{Refusal, Wording};
use super::sign::{CONTENT_SHA256, DATE, SigningKey};
use crate::diagnosis::pairs::Piece;
use crate::diagnosis::search::merged;
use crate::diagnosis::{Advice, words as shared};
pub use crate::diagnosis::{Candidate, Diagnosis, Finding, Mistake};
use crate::request::Request;
use crate::time::Window;

/// Looks for the mistake in a request. `candidates` holds the registered callers that may be tried, the one with the call's access
/// key among them; `clock` is the server's, when it is known.
pub fn diagnose(request: &Request<'_>, candidates: &[Candidate<'_>], clock: Option<(Timestamp, Window)>) -> Diagnosis {
    match Unverified::parse(request) {
        Ok(call) => diagnose_call(&call, candidates, clock),
        Err(refusal) => diagnose_unread(request, &refusal),
    }
}

/// What a call that could not be read has wrong: the part of a credential that is unfit, or the form of the date; else what the
/// refusal says.
pub fn diagnose_unread(request: &Request<'_>, refusal: &Refusal) -> Diagnosis {
    match credential::mistake(request, refusal) {
        Some(found) => Diagnosis::Mistakes(vec![found]),
        None => Diagnosis::Incomplete(refusal.message(Wording::Terse).into_owned()),
    }
}

/// Looks for the mistake in a call that has been parsed, and perhaps given the host of a trusted proxy.
pub fn diagnose_call(
    call: &Unverified<'_>,
    candidates: &[Candidate<'_>],
    clock: Option<(Timestamp, Window)>,
) -> Diagnosis {
    let claimed = call.claimed_access_key();
    let Some(own) = candidates.iter().find(|candidate| candidate.access_key == claimed) else {
        return Diagnosis::of_stranger(claimed, candidates);
    };
    let disagreements = disagreements(call);
    if call.is_signed_by(&SigningKey::derive(own.secret, &call.scope())) {
        return if !disagreements.is_empty() {
            Diagnosis::Mistakes(disagreements)
        } else if call.check_body_hash().is_err() {
            Diagnosis::Mistakes(vec![shared::BODY_CHANGED.found("")])
        } else if call.check_token(own.token).is_err() {
            Diagnosis::Mistakes(vec![shared::TOKEN_WRONG.found("")])
        } else {
            Diagnosis::of_moment(call.signed_at(), clock, DATE)
        };
    }
    match search(call, own, candidates) {
        Some(found) => Diagnosis::Mistakes(merged([disagreements, found].concat())),
        None => Diagnosis::Unexplained(advice(call)),
    }
}

/// What is wrong whatever the signature: in a presigned call something that decides is not covered.
fn disagreements(call: &Unverified<'_>) -> Vec<Finding> {
    let mut found = Vec::new();
    if call.form() == Form::Header {
        return found;
    }
    let uncovered: Vec<Cow<'_, str>> = call.uncovered().into_iter().map(shown).collect();
    if !uncovered.is_empty() {
        found.push(words::NOT_COVERED.found(uncovered.join(", ")));
    }
    if !call.request().body.is_empty() {
        found.push(words::PRESIGNED_BODY.found(""));
    }
    found
}

/// A stranger's name as it may be shown.
fn shown(name: &[u8]) -> Cow<'_, str> {
    let fit = |byte: &u8| byte.is_ascii_alphanumeric() || b".-_".contains(byte);
    let fit = (1..=64).contains(&name.len()) && name.iter().all(fit);
    if fit { String::from_utf8_lossy(name) } else { Cow::Borrowed("(…)") }
}

static PAYLOAD_HASH: Advice = Advice {
    english: "No known mistake explains it, but X-Content-Sha256 is not the hash of the body that arrived: print the exact bytes that the client hashes and the bytes that it sends, and compare.",
    chinese: "已知错误都无法解释，但 X-Content-Sha256 与收到的请求体哈希不一致：请打印客户端计算哈希时的原始字节与实际发送的字节并比较。",
};

fn advice(call: &Unverified<'_>) -> &'static Advice {
    if call.check_body_hash().is_err() {
        &PAYLOAD_HASH
    } else if call.stages().missing_headers.is_empty() {
        &shared::CANONICAL_REQUEST
    } else {
        &shared::HEADER_LINES
    }
}

/// Every parameter of the query that the signature covers, in the order of the wire.
fn pieces<'a>(call: &Unverified<'a>) -> Vec<Piece<'a>> {
    let (listed, form) = (call.listed(), call.form());
    let query = call.request().query().unwrap_or_default().as_bytes();
    let mut pieces: Vec<Piece<'a>> = Vec::new();
    for part in query.split(|&byte| byte == b'&').filter(|part| !part.is_empty()) {
        let mut halves = part.splitn(2, |&byte| byte == b'=');
        let (raw_name, raw_value) = (halves.next().unwrap_or_default(), halves.next().unwrap_or_default());
        let name = decode(raw_name, true);
        let covered = match form {
            Form::Header => true,
            Form::Query if listed.is_empty() => name != b"X-Signature",
            Form::Query => listed.contains(name.as_slice()),
        };
        if covered {
            pieces.push(Piece {
                raw_name: Cow::Borrowed(raw_name),
                raw_value: Cow::Borrowed(raw_value),
                name: Cow::Owned(name),
                value: Cow::Owned(decode(raw_value, true)),
                in_body: false,
            });
        }
    }
    pieces
}

#[cfg(test)]
mod tests;

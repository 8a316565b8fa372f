//! Why a signature does not verify, in words for the caller's developer.
//!
//! No page of the vendor says more than `sign result is not same`. Here the mistake is named: see [`crate::diagnosis`] for how. A
//! body is hashed once; a text to sign is short unless a query is long.

mod attempt;
mod stages;
mod tries;
mod words;

use jiff::Timestamp;

use self::attempt::Attempt;
pub use self::stages::{notes, stages};
use self::tries::tries;
pub use self::words::OWN;
use super::call::Unverified;
use super::canonical::sha256_hex;
use super::codes::Refusal;
use super::sign::{CONTENT_SHA256, DATE};
use crate::diagnosis::search::{self, Attempt as _, merged};
use crate::diagnosis::{Advice, words as shared};
pub use crate::diagnosis::{Candidate, Diagnosis, Finding, Mistake};
use crate::request::Request;
use crate::time::Window;

/// Looks for the mistake in a request. `candidates` holds the registered callers that may be tried, the one with the call's access
/// key among them; `clock` is the server's, when it is known.
pub fn diagnose(request: &Request<'_>, candidates: &[Candidate<'_>], clock: Option<(Timestamp, Window)>) -> Diagnosis {
    match Unverified::parse(request) {
        Ok(call) => diagnose_call(&call, candidates, clock),
        Err(refusal) => diagnose_unread(&refusal),
    }
}

/// What a call that could not be read has wrong: what the refusal says.
pub fn diagnose_unread(refusal: &Refusal) -> Diagnosis {
    Diagnosis::Incomplete(refusal.message().into_owned())
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
    if call.is_signed_with(own.secret) {
        return match call.check_token(own.token) {
            Ok(()) => Diagnosis::of_moment(call.signed_at(), clock, DATE),
            Err(_) => Diagnosis::Mistakes(vec![words::TOKEN_WRONG.found("")]),
        };
    }
    search(call, own, candidates).map_or_else(|| Diagnosis::Unexplained(advice(call)), Diagnosis::Mistakes)
}

fn search(call: &Unverified<'_>, own: &Candidate<'_>, candidates: &[Candidate<'_>]) -> Option<Vec<Finding>> {
    let payload = sha256_hex(call.request().body);
    let (given, encoding) = attempt::signature(call)?;
    let plain = Attempt::new(call, own.secret.expose(), &payload, &given);
    let mut found: Vec<Finding> = plain.disagreements(call);
    found.extend(encoding);
    if plain.gives() {
        return (!found.is_empty()).then_some(found);
    }
    let tries = tries(call, own, candidates);
    found.extend(search::search(&plain, &tries)?);
    Some(merged(found))
}

static PAYLOAD_HASH: Advice = Advice {
    english: "No known mistake explains it, but x-jdcloud-content-sha256 is not the hash of the body that arrived: print the exact bytes that the client hashes and the bytes that it sends, and compare.",
    chinese: "已知错误都无法解释，但 x-jdcloud-content-sha256 与收到的请求体哈希不一致：请打印客户端计算哈希时的原始字节与实际发送的字节并比较。",
};

fn advice(call: &Unverified<'_>) -> &'static Advice {
    let stages = call.stages();
    let claimed = call.request().headers.get(CONTENT_SHA256).map(|claimed| claimed.as_bytes().trim_ascii());
    if claimed.is_some_and(|claimed| !claimed.eq_ignore_ascii_case(stages.payload_hash.as_bytes())) {
        &PAYLOAD_HASH
    } else if stages.missing_headers.is_empty() {
        &shared::CANONICAL_REQUEST
    } else {
        &shared::HEADER_LINES
    }
}

#[cfg(test)]
mod tests;

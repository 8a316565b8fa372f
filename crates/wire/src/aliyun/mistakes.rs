//! Why a signature does not verify, in words for the caller's developer.
//!
//! The vendor sends back the text that it signed, and leaves finding the difference to the reader. Here the mistake is named: see
//! [`crate::diagnosis`] for how. A text to sign may hold a picture three times over, so it is hashed fewer than fifty times for one
//! call, the likely mistakes first.

mod acs3;
mod rpc;
mod stages;
mod words;

use std::borrow::Cow;

use jiff::Timestamp;

pub(super) use self::stages::is_shown;
pub use self::stages::{notes, stages};
pub use self::words::OWN;
use super::call::{Proof, Switches, Unverified};
use super::codes::{No, Refusal};
use super::opened::Opened;
use super::parameters::{Carrier, Place, carrier, decode};
use super::sign::parse_timestamp;
use crate::diagnosis::pairs::Piece;
use crate::diagnosis::search::merged;
use crate::diagnosis::{Advice, words as shared};
pub use crate::diagnosis::{Candidate, Diagnosis, Finding, Mistake};
use crate::request::Request;
use crate::time::Window;

/// Looks for the mistake in a request. `candidates` holds the registered callers that may be tried, the one with the call's access
/// key among them; `clock` is the server's, when it is known.
pub fn diagnose(
    request: &Request<'_>,
    switches: Switches,
    candidates: &[Candidate<'_>],
    clock: Option<(Timestamp, Window)>,
) -> Diagnosis {
    let opened = match Opened::read(request) {
        Ok(opened) => opened,
        Err(refusal) => return diagnose_unread(&refusal),
    };
    match Unverified::parse(&opened, switches) {
        Ok(call) => diagnose_call(&call, candidates, clock),
        Err(refusal) => diagnose_unread(&refusal),
    }
}

/// What a call that could not be read has wrong: the kind of its signature, else what the refusal says.
pub fn diagnose_unread(refusal: &Refusal) -> Diagnosis {
    match refusal.no() {
        No::SignatureMethod => Diagnosis::Mistakes(vec![words::SIGNATURE_METHOD.found("")]),
        _ => Diagnosis::Incomplete(refusal.english().into_owned()),
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
    if call.check_signature(own.secret).is_ok() {
        if call.check_token(own.token, false).is_err() {
            return Diagnosis::Mistakes(vec![shared::TOKEN_WRONG.found("")]);
        }
        return match parse_timestamp(call.timestamp()) {
            Some(signed_at) => Diagnosis::of_moment(signed_at, clock, field(call)),
            None => Diagnosis::Mistakes(vec![words::TIMESTAMP_FORM.found("")]),
        };
    }
    let found = match call.proof() {
        Proof::Rpc { hash, signature } => rpc::search(call, hash, signature, own, candidates),
        Proof::Acs3 { signed_headers, signature } => acs3::search(call, signed_headers, signature, own, candidates),
    };
    match found.filter(|found| !found.is_empty()) {
        Some(found) => Diagnosis::Mistakes(merged(found)),
        None => Diagnosis::Unexplained(advice(call)),
    }
}

/// Where the moment of signing stands.
const fn field(call: &Unverified<'_>) -> &'static str {
    match call.proof() {
        Proof::Rpc { .. } => "Timestamp",
        Proof::Acs3 { .. } => super::sign::DATE,
    }
}

static STRING_TO_SIGN: Advice = Advice {
    english: "No known mistake explains it: print the client's string to sign and compare it with ours from the front; where they are equal, the secrets differ. The answer's Message has ours whole.",
    chinese: "已知错误都无法解释：请打印客户端的待签名字符串，与服务端的从头比较；若完全相同，则两端密钥不同。应答的 Message 中有服务端的完整字符串。",
};

const fn advice(call: &Unverified<'_>) -> &'static Advice {
    match call.proof() {
        Proof::Rpc { .. } => &STRING_TO_SIGN,
        Proof::Acs3 { .. } => &shared::CANONICAL_REQUEST,
    }
}

/// Every parameter but `Signature`, in the order of the wire, each name once.
fn pieces<'o>(opened: &'o Opened<'_>) -> Vec<Piece<'o>> {
    let request = opened.request();
    let mut pieces: Vec<Piece<'o>> = Vec::new();
    let mut read = |text: &'o [u8], in_body: bool| {
        for part in text.split(|&byte| byte == b'&').filter(|part| !part.is_empty()) {
            let mut halves = part.splitn(2, |&byte| byte == b'=');
            let (raw_name, raw_value) = (halves.next().unwrap_or_default(), halves.next().unwrap_or_default());
            // What cannot be decoded was refused before.
            let (Some(name), Some(value)) = (decode(raw_name), decode(raw_value)) else { continue };
            pieces.push(Piece {
                raw_name: Cow::Borrowed(raw_name),
                raw_value: Cow::Borrowed(raw_value),
                name: bytes(name),
                value: bytes(value),
                in_body,
            });
        }
    };
    read(request.query().unwrap_or_default().as_bytes(), false);
    match carrier(request) {
        Carrier::Form => read(request.body, true),
        Carrier::Json => {
            let parameters = opened.parameters();
            let in_body = parameters.iter().filter(|(name, _)| parameters.place(name) == Some(Place::Body));
            pieces.extend(in_body.map(|(name, value)| Piece {
                raw_name: Cow::Borrowed(name.as_bytes()),
                raw_value: Cow::Borrowed(value.as_bytes()),
                name: Cow::Borrowed(name.as_bytes()),
                value: Cow::Borrowed(value.as_bytes()),
                in_body: true,
            }));
        }
        Carrier::Nothing => {}
    }
    let mut seen = std::collections::HashSet::new();
    let keep: Vec<bool> =
        pieces.iter().map(|piece| *piece.name != *b"Signature" && seen.insert(piece.name.to_vec())).collect();
    let mut keep = keep.into_iter();
    pieces.retain(|_| keep.next().unwrap_or_default());
    pieces
}

fn bytes(text: Cow<'_, str>) -> Cow<'_, [u8]> {
    match text {
        Cow::Borrowed(text) => Cow::Borrowed(text.as_bytes()),
        Cow::Owned(text) => Cow::Owned(text.into_bytes()),
    }
}

#[cfg(test)]
mod tests;

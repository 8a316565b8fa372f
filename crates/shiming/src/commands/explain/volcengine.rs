//! Volcengine's requests, for `explain`.

use jiff::Timestamp;
pub(super) use shiming_server::doors::volcengine_sms::NAME;
use shiming_server::refusals::Explained;
use shiming_wire::{
    Request,
    time::Window,
    volcengine::{
        Unverified,
        mistakes::{diagnose_call, diagnose_unread, notes, stages},
        sign::{ALGORITHM, TOKEN},
    },
};

use super::{
    Keys, Told,
    shared_secret::{Known, told},
};

/// Explains a request.
pub(super) fn explain(request: &Request<'_>, keys: &Keys, clock: Option<Timestamp>) -> Told {
    let clock = clock.or(keys.clock).map(|at| (at, Window::FIFTEEN_MINUTES));
    let call = Unverified::parse(request);
    let claimed = call.as_ref().map_or("", Unverified::claimed_access_key);
    let token = request.single(TOKEN).and_then(|token| token.to_str().ok());
    let known = Known::of(NAME, keys, claimed, token);
    let explained = match &call {
        Ok(call) => {
            let candidates: Vec<_> = known.iter().map(Known::candidate).collect();
            Explained::of(&diagnose_call(call, &candidates, clock), stages(call), notes(call))
        }
        Err(refusal) => Explained::of(&diagnose_unread(request, refusal), Vec::new(), Vec::new()),
    };
    told(NAME, request, keys, &known, claimed, explained, call.is_ok())
}

/// Whether a request can only be this vendor's: the algorithm's word, which no other vendor's signature begins with; in the query
/// form the parameter that names it.
pub(super) fn is_ours(request: &Request<'_>) -> bool {
    if let Some(value) = request.headers.get("authorization") {
        let word = value.as_bytes().trim_ascii_start().split(|byte| *byte == b' ').next();
        return word == Some(ALGORITHM.as_bytes());
    }
    let mut names = request.query().unwrap_or_default().split('&').map(|pair| pair.split('=').next());
    names.any(|name| matches!(name, Some("X-Algorithm" | "X-Credential")))
}

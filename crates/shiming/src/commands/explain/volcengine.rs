//! Volcengine's requests, for `explain`.

use jiff::Timestamp;
use shiming_server::doors::volcengine_sms;
pub(super) use shiming_server::doors::volcengine_sms::NAME;
use shiming_wire::{
    Request,
    volcengine::{
        Unverified,
        sign::{ALGORITHM, TOKEN},
    },
};

use super::{
    Keys, Told,
    shared_secret::{known, told},
};

/// Explains a request.
pub(super) fn explain(request: &Request<'_>, keys: &Keys, clock: Option<Timestamp>) -> Told {
    let clock = clock.or(keys.clock).map(|at| (at, keys.volcengine_window));
    let call = Unverified::parse(request);
    let claimed = call.as_ref().map_or("", Unverified::claimed_access_key);
    let token = request.single(TOKEN).and_then(|token| token.to_str().ok());
    let known = known(NAME, keys, claimed, token);
    let explained = volcengine_sms::explain(request, &known.iter().collect::<Vec<_>>(), clock, None);
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

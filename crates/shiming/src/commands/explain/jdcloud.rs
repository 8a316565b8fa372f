//! JD Cloud's requests, for `explain`: the door itself looks into them.

use jiff::Timestamp;
use shiming_server::doors::jdcloud::{self, NAME};
use shiming_wire::{Request, jdcloud::Unverified};

use super::{
    Keys, Told,
    shared_secret::{known, told},
};

/// Explains a request.
pub(super) fn explain(request: &Request<'_>, keys: &Keys, clock: Option<Timestamp>) -> Told {
    let call = Unverified::parse(request);
    let claimed = call.as_ref().map_or("", Unverified::claimed_access_key);
    let clock = clock.or(keys.clock).map(|at| (at, keys.jd_window));
    let known = known(NAME, keys, claimed, None);
    let explained = jdcloud::explain(request, &known.iter().collect::<Vec<_>>(), clock, None);
    told(NAME, request, keys, &known, claimed, explained, call.is_ok())
}

/// Whether a request can only be this vendor's.
pub(super) fn is_ours(request: &Request<'_>) -> bool {
    request.path().starts_with("/v1/")
        || request.headers.contains_key("x-jdcloud-date")
        || request.headers.get("authorization").is_some_and(|value| value.as_bytes().starts_with(b"JDCLOUD"))
}

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

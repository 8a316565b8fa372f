//! JD Cloud's requests, for `explain`: the door itself looks into them.

use jiff::Timestamp;
use shiming_server::doors::jdcloud::{self, JdCaller, NAME};
use shiming_wire::{Request, jdcloud::Unverified};

use super::{Finding, Keys, REQUEST, Told, caller};

/// Explains a request.
pub(super) fn explain(request: &Request<'_>, keys: &Keys, clock: Option<Timestamp>) -> Told {
    let call = Unverified::parse(request).ok();
    let claimed = call.as_ref().map_or("", Unverified::claimed_access_key);
    let callers: Vec<_> = keys.of(NAME, claimed).iter().filter_map(JdCaller::read).collect();
    let known: Vec<_> = callers.iter().collect();
    let clock = clock.or(keys.clock).map(|at| (at, keys.jd_window));
    let explained = jdcloud::explain(request, &known, clock, None);
    let own = known.iter().any(|known| known.access_key == claimed);
    let finding = if callers.is_empty() && call.is_some() { no_secret() } else { Finding::of(&explained) };
    Told {
        door: NAME,
        what: REQUEST,
        about: format!("{} {}, {} bytes of body", request.method, request.path(), request.body.len()),
        caller: caller(claimed, own),
        keys: keys.from.clone(),
        stages: explained.stages,
        notes: explained.notes,
        finding,
    }
}

/// Whether a request can only be this vendor's.
pub(super) fn is_ours(request: &Request<'_>) -> bool {
    request.path().starts_with("/v1/")
        || request.headers.contains_key("x-jdcloud-date")
        || request.headers.get("authorization").is_some_and(|value| value.as_bytes().starts_with(b"JDCLOUD"))
}

pub(super) fn no_secret() -> Finding {
    Finding::new(
        "no-secret",
        "No secret is known: give --secret-file, --sidecar or --data, or compare the stages with the client's.",
        "没有可用的密钥：请用 --secret-file、--sidecar 或 --data 指定，或将以上各步与客户端逐行比较。",
    )
}

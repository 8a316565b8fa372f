//! Alibaba Cloud's requests, for `explain`.

use jiff::Timestamp;
use shiming_server::doors::aliyun_domain;
pub(super) use shiming_server::doors::aliyun_domain::NAME;
use shiming_wire::{
    Request,
    aliyun::{Opened, Scheme, Unverified, Version, parameters::OWN, sign::TOKEN},
};

use super::{
    Keys, Told,
    shared_secret::{known, told},
};

/// Explains a request.
pub(super) fn explain(request: &Request<'_>, keys: &Keys, clock: Option<Timestamp>) -> Told {
    let clock = clock.or(keys.clock).map(|at| (at, keys.aliyun_window));
    let opened = Opened::read(request);
    let call = opened.as_ref().map_err(Clone::clone).and_then(|opened| Unverified::parse(opened, keys.switches));
    let claimed = call.as_ref().map_or("", Unverified::claimed_access_key);
    let token = opened.as_ref().ok().and_then(|opened| token(request, opened));
    let known = known(NAME, keys, claimed, token);
    let own: Vec<_> = known.iter().collect();
    let explained = aliyun_domain::explain(request, &own, clock, None, keys.switches);
    told(NAME, request, keys, &known, claimed, explained, call.is_ok())
}

fn token<'o>(request: &Request<'o>, opened: &'o Opened<'_>) -> Option<&'o str> {
    match opened.scheme() {
        Scheme::Rpc => opened.parameters().filled("SecurityToken"),
        Scheme::Acs3 => request.single(TOKEN)?.to_str().ok(),
    }
}

/// Whether a request can only be this vendor's; Volcengine's, which share the path, have been looked at before.
pub(super) fn is_ours(request: &Request<'_>) -> bool {
    let signed = request.headers.get("authorization").is_some_and(|value| value.as_bytes().starts_with(b"ACS3-"));
    let named = ["x-acs-action", "x-acs-version"].iter().any(|name| request.headers.contains_key(*name));
    let parameters = || {
        Opened::read(request).is_ok_and(|opened| {
            let parameters = opened.parameters();
            let known = |version| Version::find(version).is_some();
            OWN.iter().any(|name| parameters.get(name).is_some()) || parameters.get("Version").is_some_and(known)
        })
    };
    signed || (matches!(request.path(), "/" | "") && (named || parameters()))
}

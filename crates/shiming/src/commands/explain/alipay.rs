//! Requests to Alipay's two doors, for `explain`: the doors themselves look into them.

use jiff::Timestamp;
use shiming_server::doors::{
    alipay::{AlipayCaller, Knowledge, NAME},
    alipay_gateway, alipay_v3,
};
use shiming_wire::{
    Request,
    alipay_gateway::{call::PATH, sign::Parameters},
    alipay_v3::sign::SCHEME,
};

use super::{Finding, Keys, REQUEST, Told, caller};

/// Explains a request to one of the doors.
pub(super) fn explain(door: &'static str, request: &Request<'_>, keys: &Keys, clock: Option<Timestamp>) -> Told {
    let claimed = if door == alipay_v3::NAME { claimed_at_v3(request) } else { claimed_at_gateway(request) };
    let claimed = claimed.unwrap_or_default();
    let apps: Vec<_> = keys.of(NAME, &claimed).iter().filter_map(AlipayCaller::read).collect();
    let apps: Vec<_> = apps.iter().collect();
    let knowledge = Knowledge {
        apps: &apps,
        platform: keys.platform.as_ref(),
        root_serial_number: keys.root_serial_number.as_deref(),
        now: clock.or(keys.clock),
        window: keys.gateway_window,
        expired: keys.expired,
    };
    let explained = match door {
        alipay_v3::NAME => alipay_v3::explain(request, &knowledge),
        _ => alipay_gateway::explain(request, &knowledge),
    };
    let incomplete = explained.mistake.as_ref().is_some_and(|mistake| mistake.slug == "incomplete");
    let finding = if apps.is_empty() && !incomplete { no_key() } else { Finding::of(&explained) };
    Told {
        door,
        what: REQUEST,
        about: format!("{} {}, {} bytes of body", request.method, request.path(), request.body.len()),
        caller: caller(&claimed, apps.iter().any(|app| app.app_id == claimed)),
        keys: keys.from.clone(),
        stages: explained.stages,
        notes: explained.notes,
        finding,
    }
}

/// The door that a request can only be for.
pub(super) fn door_of(request: &Request<'_>, alias: Option<&str>) -> Option<&'static str> {
    let path = request.path();
    let is_v3 = path.starts_with("/v3/")
        || request.headers.get("authorization").is_some_and(|value| value.as_bytes().starts_with(SCHEME.as_bytes()));
    if is_v3 { Some(alipay_v3::NAME) } else { (path == PATH || alias == Some(path)).then_some(alipay_gateway::NAME) }
}

fn claimed_at_gateway(request: &Request<'_>) -> Option<String> {
    let (parameters, _) = Parameters::gather(request);
    parameters.value("app_id").and_then(|id| std::str::from_utf8(id).ok()).map(str::to_owned)
}

fn claimed_at_v3(request: &Request<'_>) -> Option<String> {
    let header = request.headers.get("authorization")?.to_str().ok()?;
    let elements = header.split_once(' ').map_or(header, |(_, rest)| rest).split(',');
    elements
        .filter_map(|element| element.split_once('='))
        .find(|(name, _)| *name == "app_id")
        .map(|(_, id)| id.to_owned())
}

fn no_key() -> Finding {
    Finding::new(
        "no-key",
        "No key of the app is known: give --public-key, --sidecar or --data, or compare the stages with the client's.",
        "没有该应用的公钥：请用 --public-key、--sidecar 或 --data 指定，或将以上各步与客户端逐行比较。",
    )
}

//! What the requests of doors that share a secret with their callers have in common for `explain`: the door itself looks into them.

use shiming_server::{doors::access_key::AccessKey, refusals::Explained};
use shiming_wire::{Request, Secret};

use super::{Finding, Keys, REQUEST, Told, caller};

/// The keys of a door. `token` is one that came with the request: of a secret that was given by hand no token is known, so that one
/// is taken for right.
pub(super) fn known(door: &str, keys: &Keys, claimed: &str, token: Option<&str>) -> Vec<AccessKey> {
    let read = |caller: &_| {
        let key = AccessKey::read(caller)?;
        let came = token.filter(|_| keys.by_hand && key.id == claimed).map(Secret::new);
        Some(AccessKey { token: came.or(key.token), ..key })
    };
    keys.of(door, claimed).iter().filter_map(read).collect()
}

/// Puts together what was found out about a request. `read` says whether it has the parts of a signature.
pub(super) fn told(
    door: &'static str,
    request: &Request<'_>,
    keys: &Keys,
    known: &[AccessKey],
    claimed: &str,
    explained: Explained,
    read: bool,
) -> Told {
    let own = known.iter().any(|key| key.id == claimed);
    let finding = if known.is_empty() && read { no_secret() } else { Finding::of(&explained) };
    Told {
        door,
        what: REQUEST,
        about: format!("{} {}, {} bytes of body", request.method, request.path(), request.body.len()),
        caller: caller(claimed, own),
        keys: keys.from.clone(),
        stages: explained.stages,
        notes: explained.notes,
        finding,
    }
}

fn no_secret() -> Finding {
    Finding::new(
        "no-secret",
        "No secret is known: give --secret-file, --sidecar or --data, or compare the stages with the client's.",
        "没有可用的密钥：请用 --secret-file、--sidecar 或 --data 指定，或将以上各步与客户端逐行比较。",
    )
}

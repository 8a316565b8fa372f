//! What Alibaba Cloud's and Volcengine's requests have in common for `explain`: callers with a secret and perhaps a token.

use secrecy::ExposeSecret as _;
use shiming_core::{Caller, CallerState};
use shiming_server::refusals::Explained;
use shiming_wire::{Request, Secret, diagnosis::Candidate};

use super::{Finding, Keys, REQUEST, Told, caller, jdcloud::no_secret};

/// A caller whose signature is checked with a secret.
pub(super) struct Known {
    access_key: String,
    secret: Secret,
    token: Option<Secret>,
    enabled: bool,
}

impl Known {
    /// Those of a door. Of a secret that was given by hand no token is known: the one that came is taken for right.
    pub(super) fn of(door: &str, keys: &Keys, claimed: &str, token: Option<&str>) -> Vec<Self> {
        let callers = keys.of(door, claimed);
        let read = |caller: &Caller| {
            let secret = |name: &str| caller.secrets.get(name).map(|secret| Secret::new(secret.expose_secret()));
            Some(Self {
                access_key: caller.key_id.clone(),
                secret: secret("secret")?,
                token: if keys.by_hand && caller.key_id == claimed {
                    token.map(Secret::new)
                } else {
                    secret("security_token")
                },
                enabled: caller.state == CallerState::Enabled,
            })
        };
        callers.iter().filter_map(read).collect()
    }

    pub(super) fn candidate(&self) -> Candidate<'_> {
        Candidate { access_key: &self.access_key, secret: &self.secret, token: self.token.as_ref() }
    }
}

/// Puts together what was found out about a request. `read` says whether it has the parts of a signature.
pub(super) fn told(
    door: &'static str,
    request: &Request<'_>,
    keys: &Keys,
    known: &[Known],
    claimed: &str,
    explained: Explained,
    read: bool,
) -> Told {
    let own = known.iter().find(|known| known.access_key == claimed);
    let explained = if own.is_some_and(|own| !own.enabled) { explained.with_caller_disabled() } else { explained };
    let finding = if known.is_empty() && read { no_secret() } else { Finding::of(&explained) };
    Told {
        door,
        what: REQUEST,
        about: format!("{} {}, {} bytes of body", request.method, request.path(), request.body.len()),
        caller: caller(claimed, own.is_some()),
        keys: keys.from.clone(),
        stages: explained.stages,
        notes: explained.notes,
        finding,
    }
}

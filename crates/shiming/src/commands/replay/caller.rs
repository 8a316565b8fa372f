//! The caller of a sidecar, as the store would have it. Docs: `vectors/README.md`.

use std::collections::BTreeMap;

use secrecy::SecretString;
use shiming_core::{Caller, CallerState};
use shiming_server::doors::{alipay, alipay_gateway, alipay_v3, aliyun_domain, jdcloud, volcengine_sms};
use shiming_wire::{Secret, vector::Sidecar};

/// The name under which a door's callers are kept; `None` for a door that there is not.
pub(in crate::commands) fn kept_under(door: &str) -> Option<&'static str> {
    match door {
        jdcloud::NAME => Some(jdcloud::NAME),
        aliyun_domain::NAME => Some(aliyun_domain::NAME),
        volcengine_sms::NAME => Some(volcengine_sms::NAME),
        alipay_gateway::NAME | alipay_v3::NAME | alipay::NAME => Some(alipay::NAME),
        _ => None,
    }
}

/// The caller that a sidecar says is registered.
pub(in crate::commands) fn of_sidecar(sidecar: &Sidecar) -> Caller {
    let registered = &sidecar.caller;
    let secrets = [
        ("secret", &registered.secret),
        ("security_token", &registered.security_token),
        ("aes_key", &registered.aes_key),
        ("app_auth_tokens", &registered.app_auth_token),
    ];
    let settings = [
        ("public_key", registered.public_key.as_deref()),
        ("certificates", registered.certificate.as_deref()),
        // The form does not say whether SHA-1 is allowed. A recorded request with it must get as far as its signature.
        ("sign_types", Some("RSA2,RSA")),
    ];
    recorded(kept_under(&sidecar.door).unwrap_or_default(), &registered.id, &secrets, &settings)
}

/// A caller made of what is at hand.
pub(in crate::commands) fn recorded(
    door: &str,
    id: &str,
    secrets: &[(&str, &Option<Secret>)],
    settings: &[(&str, Option<&str>)],
) -> Caller {
    let secret = |secret: &Option<Secret>| secret.as_ref().map(|secret| SecretString::from(secret.expose()));
    Caller {
        door: door.into(),
        key_id: id.into(),
        label: "recorded".into(),
        state: CallerState::Enabled,
        secrets: secrets.iter().filter_map(|(name, value)| Some(((*name).to_owned(), secret(value)?))).collect(),
        settings: settings
            .iter()
            .filter_map(|(name, value)| Some(((*name).to_owned(), (*value)?.to_owned())))
            .collect::<BTreeMap<_, _>>(),
    }
}

//! Alipay's apps and the platform that answers them: is each key in its slot, of use, and good for long enough?
//!
//! Docs: Alipay gateway specification, sections 1.6, 1.7 and 1.9; Alipay v3 specification, section 1.4.

use jiff::Timestamp;
use secrecy::ExposeSecret as _;
use shiming_core::{Caller, CallerState, Sessions as _, UnixTime};
use shiming_server::doors::alipay::{INSTALLATION, NAME, PLATFORM, Platform};
use shiming_store::Store;
use shiming_wire::{
    Secret,
    alipay::{
        aes::ContentKey,
        certificate::{Certificate, Validity},
        keys::{PrivateKey, PublicKey, Slot},
        pasted,
    },
    alipay_v3::call::SMALLEST_KEY,
};

use super::Findings;
use crate::{
    commands::{
        runtime,
        terms::{count, few_days_until},
    },
    config::Config,
};

/// Looks at every app and at the platform.
pub(super) fn look(config: &Config, store: &Store, callers: &[Caller], now: UnixTime, findings: &mut Findings) {
    let apps: Vec<_> = callers.iter().filter(|caller| caller.door == NAME).collect();
    let platform = callers.iter().find(|caller| caller.door == PLATFORM && caller.key_id == INSTALLATION);
    if apps.is_empty() && platform.is_none() {
        return;
    }
    let before = findings.0.len();
    let shared = platform.and_then(|platform| platform_key(platform, now.timestamp(), findings));
    let mut keys: Vec<(&str, PublicKey)> = Vec::new();
    for app in &apps {
        let look = Look { app, now: now.timestamp() };
        let own = secret(app, "platform_private_key").and_then(|key| look.own_platform(&key, findings));
        let platforms: Vec<_> = shared.iter().chain(&own).collect();
        let app_keys = look.keys(&platforms, findings);
        for key in app_keys {
            if let Some((other, _)) = keys.iter().find(|(other, known)| *known == key && *other != app.key_id) {
                let what =
                    format!("apps {other} and {} have the same key pair: each can sign as the other", app.key_id);
                findings.look("alipay", what, "give each app a pair of its own");
            }
            keys.push((&app.key_id, key));
        }
        look.content_key(findings);
    }
    let certified = apps.iter().any(|app| setting(app, "certificates").is_some());
    let setting_of = |name| platform.and_then(|platform| setting(platform, name));
    if certified && platform.is_some() && setting_of("chain").is_none() {
        findings.bad(
            "alipay",
            "apps have certificates, and the platform has none: clients in certificate mode cannot verify its answers",
            "shiming callers add --door alipay-platform --platform-key FILE --platform-chain FILE --platform-root FILE --replace",
        );
    } else if setting_of("chain").is_some() && setting_of("root").is_none() {
        findings.look(
            "alipay",
            "the platform's certificate stands without its root: a wrong root SN of a client is not noticed, and clients need the bundle",
            "add the platform again with --platform-root FILE --replace",
        );
    }
    if findings.0.len() == before {
        let enabled = apps.iter().filter(|app| app.state == CallerState::Enabled).count();
        findings.ok(
            "alipay",
            format!("{enabled} of {} may call; every key is in its slot", count(apps.len() as u64, "app")),
        );
    }
    desk(config, store, now, findings);
}

/// The platform's public key, if its private one can be used.
fn platform_key(platform: &Caller, now: Timestamp, findings: &mut Findings) -> Option<PublicKey> {
    const AGAIN: &str = "shiming callers add --door alipay-platform --platform-key FILE --replace";
    let Some(private) = secret(platform, "private_key") else {
        findings.bad("alipay", "the platform has no private key: Alipay's doors answer nobody", AGAIN);
        return None;
    };
    let key = match PrivateKey::parse(private.expose().as_bytes(), Slot::PlatformPrivate) {
        Ok(key) => key.public_key().clone(),
        Err(error) => {
            findings.bad("alipay", format!("the platform's key cannot be used: {error}"), AGAIN);
            return None;
        }
    };
    if key.bits() < SMALLEST_KEY {
        let what = format!("the platform's key has {} bits: v3's clients want {SMALLEST_KEY} and more", key.bits());
        findings.look("alipay", what, AGAIN);
    }
    if let Some(chain) = setting(platform, "chain") {
        match Certificate::parse(chain.as_bytes()) {
            Ok(certificate) => {
                ends(
                    "the platform's certificate",
                    &certificate,
                    now,
                    "renew it, and hand the new one to clients",
                    findings,
                );
            }
            Err(error) => findings.bad("alipay", format!("the platform's certificate: {error}"), AGAIN),
        }
    }
    if Platform::read(platform).is_none() {
        let what = "the platform's key, certificate and root do not belong together: Alipay's doors answer nobody";
        findings.bad("alipay", what, AGAIN);
    }
    Some(key)
}

/// One app.
struct Look<'a> {
    app: &'a Caller,
    now: Timestamp,
}

impl Look<'_> {
    fn about(&self, what: impl std::fmt::Display) -> String {
        format!("app {}: {what}", self.app.key_id)
    }

    fn again(&self, flag: &str) -> String {
        format!("shiming callers add --door alipay --app-id {} {flag} FILE --replace", self.app.key_id)
    }

    fn own_platform(&self, key: &Secret, findings: &mut Findings) -> Option<PublicKey> {
        match PrivateKey::parse(key.expose().as_bytes(), Slot::PlatformPrivate) {
            Ok(key) => Some(key.public_key().clone()),
            Err(error) => {
                let what = self.about(format!("its own platform key cannot be used: {error}"));
                findings.bad("alipay", what, self.again("--platform-key"));
                None
            }
        }
    }

    /// Its public key and those of its certificates.
    fn keys(&self, platforms: &[&PublicKey], findings: &mut Findings) -> Vec<PublicKey> {
        let mut keys = Vec::new();
        if let Some(pasted) = setting(self.app, "public_key") {
            match PublicKey::parse_for_app(pasted.as_bytes(), platforms) {
                Ok(key) => keys.push(key),
                Err(error) => findings.bad("alipay", self.about(error), self.again("--public-key")),
            }
        }
        let certificates = setting(self.app, "certificates");
        for block in certificates.map(|pasted| pasted::blocks(pasted.as_bytes())).into_iter().flatten().flatten() {
            match Certificate::parse(block.expose()) {
                Ok(certificate) if platforms.contains(&certificate.public_key()) => {
                    let what = self.about("its certificate is the platform's: the app's own belongs here");
                    findings.bad("alipay", what, self.again("--certificate"));
                }
                Ok(certificate) => {
                    let what = self.about(format!("its certificate {}", certificate.serial_number()));
                    ends(&what, &certificate, self.now, &self.again("--certificate"), findings);
                    keys.push(certificate.public_key().clone());
                }
                Err(error) => findings.bad("alipay", self.about(error), self.again("--certificate")),
            }
        }
        if setting(self.app, "public_key").is_none() && certificates.is_none() {
            let what = self.about("it has neither a key nor a certificate, so none of its calls verifies");
            findings.bad("alipay", what, self.again("--public-key"));
        }
        let sha1 = setting(self.app, "sign_types").is_some_and(|types| types.split(',').any(|one| one.trim() == "RSA"));
        if let Some(small) = keys.iter().map(PublicKey::bits).filter(|bits| *bits < SMALLEST_KEY).min() {
            let with = if sha1 { ", with SHA-1 allowed: within an attacker's reach" } else { "" };
            let what = self.about(format!("its key has {small} bits{with}; v3 refuses it"));
            findings.look("alipay", what, "let the client make a pair of 2,048 bits and sign with RSA2");
        } else if sha1 {
            let what = self.about("SHA-1 signatures (RSA) are taken");
            findings.look("alipay", what, "let the client sign with RSA2, and take RSA out of its --sign-types");
        }
        keys
    }

    fn content_key(&self, findings: &mut Findings) {
        let Some(key) = secret(self.app, "aes_key") else { return };
        if let Err(error) = ContentKey::parse(&key) {
            findings.bad(
                "alipay",
                self.about(format!("its AES key cannot be used: {error}")),
                self.again("--aes-key-file"),
            );
        }
    }
}

/// How long a certificate is still good.
fn ends(what: &str, certificate: &Certificate, now: Timestamp, advice: &str, findings: &mut Findings) {
    let facts = certificate.facts();
    match facts.validity(now) {
        Validity::NotYet => {
            findings.bad("alipay", format!("{what} is not valid before {}", facts.not_before), advice);
        }
        Validity::Expired => {
            let what = format!("{what} has expired, at {}: calls that name it are refused", facts.not_after);
            findings.bad("alipay", what, advice);
        }
        Validity::Valid => {
            if let Some(days) = few_days_until(facts.not_after, now) {
                findings.look("alipay", format!("{what} expires in {}", count(days, "day")), advice);
            }
        }
    }
}

/// No installation needs more of them counted.
const MOST: usize = 1000;

/// People are sent to the desk by the address that the caller used, unless another is set.
fn desk(config: &Config, store: &Store, now: UnixTime, findings: &mut Findings) {
    // A base that cannot be read is told of with the configuration.
    if !matches!(config.desk.base(), Ok(None)) {
        return;
    }
    let Ok(runtime) = runtime() else { return };
    let waiting = runtime.block_on(store.sessions().awaiting(now, MOST)).map_or(0, |sessions| sessions.len());
    if waiting > 0 {
        let many = count(waiting as u64, "session");
        let what = format!("{many} at the desk, and [desk] base is unset: links lead to the address that callers use");
        findings.look("desk", what, "set [desk] base to the address under which people's browsers reach the desk");
    }
}

fn setting<'c>(caller: &'c Caller, name: &str) -> Option<&'c str> {
    caller.settings.get(name).map(String::as_str).filter(|text| !text.trim().is_empty())
}

fn secret(caller: &Caller, name: &str) -> Option<Secret> {
    caller.secrets.get(name).map(|secret| Secret::new(secret.expose_secret()))
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;
    use crate::commands::doctor::State;

    fn read(name: &str) -> String {
        let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../../vectors/alipay-gateway/keys/");
        std::fs::read_to_string(format!("{folder}{name}")).unwrap()
    }

    fn app(secrets: &[(&str, String)], settings: &[(&str, String)]) -> Caller {
        Caller {
            door: NAME.into(),
            key_id: "1".into(),
            label: String::new(),
            state: CallerState::Enabled,
            secrets: secrets.iter().map(|(name, value)| ((*name).to_owned(), value.clone().into())).collect(),
            settings: settings
                .iter()
                .map(|(name, value)| ((*name).to_owned(), value.clone()))
                .collect::<BTreeMap<_, _>>(),
        }
    }

    /// What is found of an app beside the recorded platform.
    fn found(app: &Caller, now: &str) -> Vec<(State, String)> {
        let platform = PublicKey::parse(read("platform_public.pem").as_bytes(), Slot::PlatformPublic).unwrap();
        let mut findings = Findings::default();
        let look = Look { app, now: now.parse().unwrap() };
        look.keys(&[&platform], &mut findings);
        look.content_key(&mut findings);
        findings.0.into_iter().map(|finding| (finding.state, finding.what)).collect()
    }

    const NOW: &str = "2026-11-25T00:00:00Z";

    #[test]
    fn a_key_in_the_wrong_slot_is_named() {
        for (name, pasted, part) in [
            ("public_key", "platform_public.pem", "the platform's own public key"),
            ("public_key", "app_private_pkcs8.pem", "an RSA private key (PKCS#8)"),
            ("public_key", "aes_key.txt", "an AES content key"),
            ("certificates", "platform_cert.crt", "its certificate is the platform's"),
            ("certificates", "app_public.pem", "an RSA public key (SPKI)"),
        ] {
            let all = found(&app(&[], &[(name, read(pasted))]), NOW);
            assert!(all.iter().any(|(state, what)| *state == State::Bad && what.contains(part)), "{pasted}: {all:?}");
        }
        let all = found(&app(&[("aes_key", "AAAA".into())], &[("public_key", read("app_public.pem"))]), NOW);
        assert!(matches!(all.as_slice(), [(State::Bad, what)] if what.contains("AES key")), "{all:?}");
        let all = found(&app(&[], &[]), NOW);
        assert!(matches!(all.as_slice(), [(State::Bad, what)] if what.contains("neither")), "{all:?}");
    }

    #[test]
    fn a_certificate_that_ends_is_told_before_and_after() {
        let certified = app(&[], &[("certificates", read("app_cert.crt"))]);
        for (now, state) in [
            (NOW, None),
            ("2019-12-31T00:00:00Z", Some(State::Bad)),
            ("2039-12-15T00:00:00Z", Some(State::Look)),
            ("2040-01-02T00:00:00Z", Some(State::Bad)),
        ] {
            assert_eq!(found(&certified, now).first().map(|(state, _)| *state), state, "{now}");
        }
    }

    #[test]
    fn small_keys_and_sha_1_are_looked_at() {
        let small = app(&[], &[("public_key", read("app1024_public.pem")), ("sign_types", "RSA2, RSA".into())]);
        assert!(
            matches!(found(&small, NOW).as_slice(), [(State::Look, what)] if what.contains("1024") && what.contains("SHA-1"))
        );
        let sha1 = app(&[], &[("public_key", read("app_public.pem")), ("sign_types", "RSA".into())]);
        assert!(matches!(found(&sha1, NOW).as_slice(), [(State::Look, what)] if what.contains("SHA-1")));
        let good = app(&[("aes_key", read("aes_key.txt"))], &[("public_key", read("app_public.pem"))]);
        assert_eq!(found(&good, NOW), []);
    }
}

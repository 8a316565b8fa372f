//! The platform's key pair: what Alipay's doors sign their answers with.
//!
//! It is a caller of its own door, because it signs too; its private half is wrapped as every secret is. An installation
//! without one makes it on its first start, with a certificate for apps in certificate mode and a root that signed it.
//! Docs: Alipay gateway specification, sections 1.6 and 1.9.

use std::collections::BTreeMap;

use jiff::Timestamp;
use rcgen::{
    BasicConstraints, CertificateParams, CertifiedIssuer, DnType, IsCa, KeyPair, KeyUsagePurpose, PKCS_RSA_SHA256,
    SerialNumber,
};
use secrecy::SecretString;
use shiming_core::{Caller, CallerState, Callers as _, Clock as _};
use shiming_server::doors::alipay::{INSTALLATION, PLATFORM};
use shiming_store::Store;

use crate::{
    clock::SystemClock,
    config::Config,
    installation::{self, random},
    trouble::Trouble,
};

/// The platform's pair as the operator gives it, or as it is made.
pub(crate) struct Pair {
    /// The private key, in any form that can be pasted.
    pub(crate) private_key: SecretString,
    /// Its certificate and the intermediates, PEM.
    pub(crate) chain: Option<String>,
    /// The root bundle, PEM.
    pub(crate) root: Option<String>,
}

/// Makes the installation's pair where there is none.
pub(crate) fn ensure(store: &Store, config: &Config) -> Result<(), Trouble> {
    let trouble = |error| installation::store_trouble(config.data(), error);
    let there = store.callers().list().map_err(trouble)?;
    if there.iter().any(|caller| caller.door == PLATFORM && caller.key_id == INSTALLATION) {
        return Ok(());
    }
    let now = SystemClock::new(&config.clock).now().timestamp();
    store.callers().put(&Pair::make(now)?.caller(now)).map_err(trouble)?;
    tracing::info!(
        "a key pair for the platform was made; `shiming callers show {INSTALLATION}` prints its public half"
    );
    Ok(())
}

impl Pair {
    /// Makes a pair with a certificate, and a root whose own key is not kept.
    pub(crate) fn make(now: Timestamp) -> Result<Self, Trouble> {
        Self::generate(now).map_err(|why| Trouble::broken("the platform's key pair could not be made").because(why))
    }

    fn generate(now: Timestamp) -> Result<Self, Box<dyn std::error::Error + Send + Sync>> {
        let year = i32::from(jiff::tz::Offset::UTC.to_datetime(now).year());
        let named = |name: &str| -> Result<CertificateParams, Box<dyn std::error::Error + Send + Sync>> {
            let mut params = CertificateParams::new(Vec::new())?;
            params.distinguished_name.push(DnType::CountryName, "CN");
            params.distinguished_name.push(DnType::OrganizationName, "shiming");
            params.distinguished_name.push(DnType::CommonName, name);
            params.not_before = rcgen::date_time_ymd(year, 1, 1);
            params.not_after = rcgen::date_time_ymd(year + 30, 1, 1);
            // Below 128 bits: PHP writes longer ones in another way, and finds another SN.
            let mut serial = [0; 8];
            random(&mut serial)?;
            serial[0] = (serial[0] & 0x7f) | 0x40;
            params.serial_number = Some(SerialNumber::from_slice(&serial));
            Ok(params)
        };
        let mut root = named("shiming platform root")?;
        root.is_ca = IsCa::Ca(BasicConstraints::Constrained(0));
        root.key_usages = vec![KeyUsagePurpose::KeyCertSign];
        // RSA: an SN of the root is only taken over certificates that were signed with it.
        let root = CertifiedIssuer::self_signed(root, KeyPair::generate_for(&PKCS_RSA_SHA256)?)?;
        let mut own = named("shiming platform")?;
        own.key_usages = vec![KeyUsagePurpose::DigitalSignature];
        let key = KeyPair::generate_for(&PKCS_RSA_SHA256)?;
        let own = own.signed_by(&key, &root)?;
        Ok(Self { private_key: key.serialize_pem().into(), chain: Some(own.pem()), root: Some(root.pem()) })
    }

    /// As the store keeps it.
    pub(crate) fn caller(self, now: Timestamp) -> Caller {
        let settings = [("chain", self.chain), ("root", self.root), ("created_at", Some(created_at(now)))];
        Caller {
            door: PLATFORM.into(),
            key_id: INSTALLATION.into(),
            label: "platform".into(),
            state: CallerState::Enabled,
            secrets: BTreeMap::from([("private_key".into(), self.private_key)]),
            settings: settings.into_iter().filter_map(|(name, value)| Some((name.into(), value?))).collect(),
        }
    }
}

/// Root certificates as the vendor hands them out: without a line end behind the last, where Rust's alipay-rs looks for another.
pub(crate) fn root_bundle(pem: &str) -> String {
    pem.trim_end().to_owned()
}

/// When a caller was added, as the store keeps it.
pub(crate) fn created_at(now: Timestamp) -> String {
    now.round(jiff::Unit::Second).unwrap_or(now).to_string()
}

#[cfg(test)]
mod tests {
    use shiming_server::doors::alipay::Platform;
    use shiming_wire::alipay::certificate::Certificate;

    use super::*;

    #[test]
    fn a_pair_that_is_made_signs_and_has_a_certificate_of_its_own_root() {
        let now = "2026-11-25T00:00:00Z".parse().unwrap();
        let caller = Pair::make(now).unwrap().caller(now);
        let platform = Platform::read(&caller).expect("it can be used");
        assert_eq!(platform.public_key().bits(), 2048);
        let root = Certificate::parse(caller.settings["root"].as_bytes()).unwrap();
        assert_eq!(platform.root_serial_number.as_deref(), Some(root.serial_number()));
        let own = platform.v3.certificate_sn.as_deref().unwrap();
        assert_ne!(own, root.serial_number());
    }

    #[test]
    fn nothing_stands_behind_the_last_root_certificate_and_all_else_stays() {
        let root = Pair::make("2026-11-25T00:00:00Z".parse().unwrap()).unwrap().root.unwrap();
        let given = root_bundle(&root);
        assert!(root.ends_with("-----\n") && given.ends_with("-----END CERTIFICATE-----") && root.starts_with(&given));
        let read = |pem: &str| Certificate::parse(pem.as_bytes()).unwrap().serial_number().to_owned();
        assert_eq!(read(&given), read(&root));
    }
}

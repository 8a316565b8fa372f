//! The demo's Alipay apps and their platform. Every key is fixed, public with this program, and unmistakably fake.

pub(super) mod sessions;

use std::{
    collections::BTreeMap,
    fs,
    path::{Path, PathBuf},
};

use jiff::Timestamp;
use secrecy::SecretString;
use serde_json::{Value, json};
use shiming_core::{Caller, CallerState};
use shiming_server::doors::alipay::NAME;

use crate::{
    installation::write_private,
    platform::{Pair, created_at, root_bundle},
    trouble::Trouble,
};

/// An app: what its own side holds, and what is registered of it.
pub(in crate::commands) struct App {
    /// Its id.
    pub(in crate::commands) id: &'static str,
    label: &'static str,
    /// Its private key in both forms that SDKs want.
    pub(super) pkcs1: &'static str,
    pkcs8: &'static str,
    /// Registered for signatures without a certificate.
    public_key: Option<&'static str>,
    /// Registered for certificate mode.
    certificate: Option<&'static str>,
    /// Its content key, base64.
    aes_key: Option<&'static str>,
    sign_types: &'static str,
    /// What its files' names begin with.
    stem: &'static str,
}

/// The credit service of every app.
pub(super) const SERVICE: &str = "2026000000000000000000000001";
/// A merchant's token, which the first app may act with.
pub(super) const APP_AUTH_TOKEN: &str = "demo-fake-app-auth-token-0001";
/// All scenarios: with `CERT_INFO` a name and a number can be checked where no face can.
const BIZ_CODES: &str = "FACE_API,FACE,SMART_FACE,CERT_INFO";

/// The apps: one that does everything, one in certificate mode alone, one that can only sign with SHA-1.
pub(in crate::commands) const APPS: [App; 3] = [
    App {
        id: "9999000000000001",
        label: "demo",
        pkcs1: include_str!("alipay/app_private_pkcs1.pem"),
        pkcs8: include_str!("alipay/app_private_pkcs8.pem"),
        public_key: Some(include_str!("alipay/app_public.pem")),
        certificate: Some(include_str!("alipay/app_cert.pem")),
        aes_key: Some("ZGVtby1mYWtlLWFlc2tleQ=="),
        sign_types: "RSA2",
        stem: "app",
    },
    App {
        id: "9999000000000002",
        label: "demo in certificate mode",
        pkcs1: include_str!("alipay/certified_private_pkcs1.pem"),
        pkcs8: include_str!("alipay/certified_private_pkcs8.pem"),
        public_key: None,
        certificate: Some(include_str!("alipay/certified_cert.pem")),
        aes_key: None,
        sign_types: "RSA2",
        stem: "certified",
    },
    App {
        id: "9999000000000003",
        label: "demo with sign_type RSA",
        pkcs1: include_str!("alipay/legacy_private_pkcs1.pem"),
        pkcs8: include_str!("alipay/legacy_private_pkcs8.pem"),
        public_key: Some(include_str!("alipay/legacy_public.pem")),
        certificate: None,
        aes_key: None,
        sign_types: "RSA2,RSA",
        stem: "legacy",
    },
];

const PLATFORM_PRIVATE: &str = include_str!("alipay/platform_private.pem");
const PLATFORM_PUBLIC: &str = include_str!("alipay/platform_public.pem");
const PLATFORM_CERT: &str = include_str!("alipay/platform_cert.pem");
const ROOT_CERT: &str = include_str!("alipay/root_cert.pem");

/// The platform and the apps, as the store keeps them.
pub(super) fn callers(now: Timestamp) -> Vec<Caller> {
    let pair =
        Pair { private_key: PLATFORM_PRIVATE.into(), chain: Some(PLATFORM_CERT.into()), root: Some(ROOT_CERT.into()) };
    let mut callers = vec![pair.caller(now)];
    callers.extend(APPS.iter().map(|app| app.caller(now)));
    callers
}

impl App {
    fn caller(&self, now: Timestamp) -> Caller {
        let settings = [
            ("public_key", self.public_key.map(str::to_owned)),
            ("certificates", self.certificate.map(str::to_owned)),
            ("sign_types", Some(self.sign_types.to_owned())),
            ("service_ids", Some(SERVICE.to_owned())),
            ("biz_codes", Some(BIZ_CODES.to_owned())),
            ("created_at", Some(created_at(now))),
        ];
        let secrets = [("aes_key", self.aes_key), ("app_auth_tokens", self.aes_key.map(|_| APP_AUTH_TOKEN))];
        Caller {
            door: NAME.into(),
            key_id: self.id.into(),
            label: self.label.into(),
            state: CallerState::Enabled,
            secrets: secrets
                .into_iter()
                .filter_map(|(name, value)| Some((name.to_owned(), SecretString::from(value?))))
                .collect::<BTreeMap<_, _>>(),
            settings: settings.into_iter().filter_map(|(name, value)| Some((name.to_owned(), value?))).collect(),
        }
    }

    /// Its content key, base64.
    pub(super) fn aes_key(&self) -> Option<&'static str> {
        self.aes_key
    }

    /// What its developer needs: keys as text, certificates as files, because SDKs read them from there.
    pub(super) fn as_json(&self, keys: &Keys) -> Value {
        json!({
            "door": NAME,
            "label": self.label,
            "app_id": self.id,
            "app_private_key_pkcs1": self.pkcs1,
            "app_private_key_pkcs8": self.pkcs8,
            "app_public_key": self.public_key,
            "alipay_public_key": PLATFORM_PUBLIC,
            "aes_key": self.aes_key,
            "app_auth_token": self.aes_key.map(|_| APP_AUTH_TOKEN),
            "sign_types": self.sign_types.split(',').collect::<Vec<_>>(),
            "app_cert": self.certificate.map(|_| keys.file(&format!("{}_cert.pem", self.stem))),
            "alipay_cert": self.certificate.map(|_| keys.file("alipay_cert.pem")),
            "root_cert": self.certificate.map(|_| keys.file("root_cert.pem")),
            "service_id": SERVICE,
        })
    }
}

/// The folder with every key and certificate as a file, for SDKs that want one and for people who look.
pub(super) struct Keys(PathBuf);

impl Keys {
    /// Writes them into the data directory. Only their owner may read them, as it should be with keys that are real.
    pub(super) fn write(data: &Path) -> Result<Self, Trouble> {
        let folder = data.join("alipay");
        fs::create_dir_all(&folder).map_err(|error| Trouble::unwritable(&folder, error))?;
        let keys = Self(fs::canonicalize(&folder).unwrap_or(folder));
        let mut files = vec![
            ("alipay_public.pem".to_owned(), PLATFORM_PUBLIC.to_owned()),
            ("alipay_public.base64".to_owned(), bare(PLATFORM_PUBLIC)),
            ("alipay_cert.pem".to_owned(), PLATFORM_CERT.to_owned()),
            ("root_cert.pem".to_owned(), root_bundle(ROOT_CERT)),
        ];
        for App { stem, pkcs1, pkcs8, certificate, .. } in &APPS {
            files.extend([
                (format!("{stem}_private_pkcs1.pem"), (*pkcs1).to_owned()),
                (format!("{stem}_private_pkcs8.pem"), (*pkcs8).to_owned()),
                (format!("{stem}_private_pkcs8.base64"), bare(pkcs8)),
            ]);
            files.extend(certificate.map(|pem| (format!("{stem}_cert.pem"), pem.to_owned())));
        }
        for (name, text) in files {
            write_private(&keys.file(&name), text.as_bytes())?;
        }
        Ok(keys)
    }

    /// The path of one of them.
    pub(super) fn file(&self, name: &str) -> PathBuf {
        self.0.join(name)
    }

    /// The folder.
    pub(super) fn folder(&self) -> &Path {
        &self.0
    }
}

/// What PEM has between its first and its last line, on one line.
fn bare(pem: &str) -> String {
    pem.lines().filter(|line| !line.starts_with("-----")).collect()
}

#[cfg(test)]
mod tests {
    use shiming_server::doors::alipay::{AlipayCaller, Platform};
    use shiming_wire::alipay::{
        certificate::Certificate,
        keys::{PrivateKey, Slot},
    };

    use super::*;

    #[test]
    fn every_app_can_be_read_and_holds_the_key_that_is_registered_of_it() {
        let now = Timestamp::UNIX_EPOCH;
        let callers = callers(now);
        let platform = Platform::read(&callers[0]).unwrap();
        assert_eq!(platform.public_key().to_base64(), bare(PLATFORM_PUBLIC));
        for (app, caller) in APPS.iter().zip(&callers[1..]) {
            let read = AlipayCaller::read(caller).unwrap();
            let keys = [app.pkcs1, app.pkcs8].map(|pem| PrivateKey::parse(pem.as_bytes(), Slot::AppPrivate).unwrap());
            for key in keys {
                for registered in read.key.iter().chain(read.certificates.iter().map(Certificate::public_key)) {
                    assert_eq!(registered, key.public_key(), "{}", app.id);
                }
            }
            assert!(read.key.is_some() == app.public_key.is_some() && read.certificates.len() <= 1);
            assert_eq!(read.content_key.is_some(), app.aes_key.is_some());
        }
    }
}

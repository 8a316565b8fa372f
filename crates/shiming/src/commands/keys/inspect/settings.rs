//! What SDKs call the setting that a key goes into, and which form each wants there.
//!
//! Docs: Alipay gateway specification, section 1.6.

use serde::Serialize;
use shiming_wire::alipay::pasted::Kind;

/// A setting of an SDK.
#[derive(Clone, Copy, Debug, Serialize)]
pub(super) struct Setting {
    /// Which SDK.
    pub(super) sdk: &'static str,
    /// What it calls the setting.
    pub(super) name: &'static str,
    /// The form that it wants there.
    pub(super) form: &'static str,
    /// Whether it takes the key as it is, but for BEGIN, END and line ends.
    pub(super) fits: bool,
}

const fn fits(sdk: &'static str, name: &'static str, form: &'static str) -> Setting {
    Setting { sdk, name, form, fits: true }
}

const fn other(sdk: &'static str, name: &'static str, form: &'static str) -> Setting {
    Setting { sdk, name, form, fits: false }
}

const TO_PKCS8: &str = "wants PKCS#8: openssl pkcs8 -topk8 -nocrypt -in KEY -out KEY8";
const TO_PKCS1: &str = "wants PKCS#1: openssl rsa -traditional -in KEY8 -out KEY";
const TO_SPKI: &str = "wants SPKI: openssl rsa -RSAPublicKey_in -in KEY -pubout";

const PRIVATE_PKCS1: &[Setting] = &[
    other("Java", "privateKey", TO_PKCS8),
    fits("Python", "app_private_key", "bare base64 or PEM, as it is"),
    fits("Node", "privateKey", "bare base64 or PEM, as it is"),
    fits("PHP", "rsaPrivateKey", "bare base64, as it is"),
];

const PRIVATE_PKCS8: &[Setting] = &[
    fits("Java", "privateKey", "bare base64, as it is"),
    other("Python", "app_private_key", TO_PKCS1),
    fits("Node", "privateKey", "as it is, with keyType: 'PKCS8'"),
    other("PHP", "rsaPrivateKey", TO_PKCS1),
];

const PUBLIC_SPKI: &[Setting] = &[
    fits("Java", "alipayPublicKey (the platform's)", "bare base64"),
    fits("Python", "alipay_public_key (the platform's)", "bare base64 or PEM"),
    fits("Node", "alipayPublicKey (the platform's)", "bare base64 or PEM"),
    fits("PHP", "alipayrsaPublicKey (the platform's)", "bare base64"),
];

const PUBLIC_PKCS1: &[Setting] = &[other("every SDK", "the Alipay public key", TO_SPKI)];

const CERTIFICATE: &[Setting] = &[
    fits("Java", "certPath (the app's), alipayPublicCertPath (the platform's)", "a file"),
    fits("Node", "appCertPath (the app's), alipayPublicCertPath (the platform's)", "a file"),
    fits("PHP", "getCertSN (the app's), getPublicKey (the platform's)", "a file"),
];

/// The settings for the bundle of all roots.
pub(super) const ROOT: &[Setting] = &[
    fits("Java", "rootCertPath", "the whole bundle as a file"),
    fits("Node", "alipayRootCertPath", "the whole bundle as a file"),
    fits("PHP", "getRootCertSN", "the whole bundle as a file"),
];

const CONTENT_KEY: &[Setting] = &[
    fits("Java", "encryptKey, with encryptType AES", "base64"),
    fits("Node", "encryptKey", "base64"),
    fits("PHP", "encryptKey", "base64"),
    other("Python", "encrypt_key", "not on Python 3: that SDK cannot encrypt there"),
];

/// The settings that a key or certificate of a kind may be meant for.
pub(super) const fn of(kind: Kind) -> &'static [Setting] {
    match kind {
        Kind::RsaPrivatePkcs1 => PRIVATE_PKCS1,
        Kind::RsaPrivatePkcs8 => PRIVATE_PKCS8,
        Kind::RsaPublicSpki => PUBLIC_SPKI,
        Kind::RsaPublicPkcs1 => PUBLIC_PKCS1,
        Kind::Certificate => CERTIFICATE,
        Kind::ContentKey => CONTENT_KEY,
        Kind::CertificateRequest
        | Kind::EncryptedPrivateKey
        | Kind::Pkcs12
        | Kind::Sm2Public
        | Kind::EcPublic
        | Kind::EcPrivate
        | Kind::Ssh => &[],
    }
}

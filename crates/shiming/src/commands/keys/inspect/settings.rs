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
    /// The same in Chinese.
    pub(super) form_chinese: &'static str,
    /// Whether it takes the key as it is, but for BEGIN, END and line ends.
    pub(super) fits: bool,
}

const fn fits(sdk: &'static str, name: &'static str, (form, form_chinese): Form) -> Setting {
    Setting { sdk, name, form, form_chinese, fits: true }
}

const fn other(sdk: &'static str, name: &'static str, (form, form_chinese): Form) -> Setting {
    Setting { sdk, name, form, form_chinese, fits: false }
}

/// A form, in English and Chinese.
type Form = (&'static str, &'static str);

const BARE: Form = ("bare base64, as it is", "裸 base64，原样可用");
const BARE_OR_PEM: Form = ("bare base64 or PEM, as it is", "裸 base64 或 PEM，原样可用");
const KEY_TYPE: Form = ("as it is, with keyType: 'PKCS8'", "原样可用，需设 keyType: 'PKCS8'");
const TO_PKCS8: Form = (
    "wants PKCS#8: openssl pkcs8 -topk8 -nocrypt -in KEY -out KEY8",
    "需要 PKCS#8：openssl pkcs8 -topk8 -nocrypt -in KEY -out KEY8",
);
const TO_PKCS1: Form = (
    "wants PKCS#1: openssl rsa -traditional -in KEY8 -out KEY",
    "需要 PKCS#1：openssl rsa -traditional -in KEY8 -out KEY",
);
const TO_SPKI: Form = (
    "wants SPKI: openssl rsa -RSAPublicKey_in -in KEY -pubout",
    "需要 SPKI：openssl rsa -RSAPublicKey_in -in KEY -pubout",
);
const FILE: Form = ("a file", "文件");
const BUNDLE: Form = ("the whole bundle as a file", "包含全部根证书的文件");
const BASE64: Form = ("base64", "base64");
const NO_PYTHON: Form = ("not on Python 3: that SDK cannot encrypt there", "Python 3 下不可用：该 SDK 无法加密");

const PRIVATE_PKCS1: &[Setting] = &[
    other("Java", "privateKey", TO_PKCS8),
    fits("Python", "app_private_key", BARE_OR_PEM),
    fits("Node", "privateKey", BARE_OR_PEM),
    fits("PHP", "rsaPrivateKey", BARE),
];

const PRIVATE_PKCS8: &[Setting] = &[
    fits("Java", "privateKey", BARE),
    other("Python", "app_private_key", TO_PKCS1),
    fits("Node", "privateKey", KEY_TYPE),
    other("PHP", "rsaPrivateKey", TO_PKCS1),
];

const PUBLIC_SPKI: &[Setting] = &[
    fits("Java", "alipayPublicKey (the platform's)", BARE),
    fits("Python", "alipay_public_key (the platform's)", BARE_OR_PEM),
    fits("Node", "alipayPublicKey (the platform's)", BARE_OR_PEM),
    fits("PHP", "alipayrsaPublicKey (the platform's)", BARE),
];

const PUBLIC_PKCS1: &[Setting] = &[other("every SDK", "the Alipay public key", TO_SPKI)];

const CERTIFICATE: &[Setting] = &[
    fits("Java", "certPath (the app's), alipayPublicCertPath (the platform's)", FILE),
    fits("Node", "appCertPath (the app's), alipayPublicCertPath (the platform's)", FILE),
    fits("PHP", "getCertSN (the app's), getPublicKey (the platform's)", FILE),
];

/// The settings for the bundle of all roots.
pub(super) const ROOT: &[Setting] = &[
    fits("Java", "rootCertPath", BUNDLE),
    fits("Node", "alipayRootCertPath", BUNDLE),
    fits("PHP", "getRootCertSN", BUNDLE),
];

const CONTENT_KEY: &[Setting] = &[
    fits("Java", "encryptKey, with encryptType AES", BASE64),
    fits("Node", "encryptKey", BASE64),
    fits("PHP", "encryptKey", BASE64),
    other("Python", "encrypt_key", NO_PYTHON),
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
        | Kind::SshPublic
        | Kind::SshPrivate => &[],
    }
}

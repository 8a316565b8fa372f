//! One key or certificate, as it is told: what it is, whose, where it belongs, and what is odd about it.

use jiff::Timestamp;
use serde::Serialize;
use shiming_wire::alipay::{
    certificate::{Facts, Validity},
    inspect::Inspected,
    keys::Slot,
    pasted::Kind,
};

use super::settings::{self, Setting};
use crate::commands::terms::{count, few_days_until};

/// One key or certificate of a file.
#[derive(Debug, Serialize)]
pub(super) struct Found {
    pub(super) kind: &'static str,
    pub(super) english: String,
    pub(super) chinese: String,
    pub(super) written: &'static str,
    #[serde(skip)]
    pub(super) written_chinese: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) bits: Option<u32>,
    pub(super) secret: bool,
    /// The SHA-256 of the public half: the same for everything of one pair.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) fingerprint: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) certificate: Option<Certificate>,
    /// Whose it is, where it is one of the installation's.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) owner: Option<&'static str>,
    pub(super) belongs: &'static str,
    pub(super) belongs_chinese: &'static str,
    /// What SDKs call the setting for it, and which form each wants there.
    pub(super) settings: &'static [Setting],
    /// Other files that hold something of the same pair.
    pub(super) pairs_with: Vec<String>,
    pub(super) notes: Vec<Note>,
}

#[derive(Debug, Serialize)]
pub(super) struct Certificate {
    pub(super) subject: String,
    pub(super) issuer: String,
    pub(super) serial: String,
    /// The SN of certificate mode: the MD5 of issuer and serial.
    pub(super) serial_number: String,
    pub(super) not_before: String,
    pub(super) not_after: String,
    pub(super) self_signed: bool,
}

/// Something to know, in both languages.
#[derive(Debug, Serialize)]
pub(super) struct Note {
    pub(super) english: String,
    pub(super) chinese: String,
}

impl Note {
    pub(super) fn new(english: impl Into<String>, chinese: impl Into<String>) -> Self {
        Self { english: english.into(), chinese: chinese.into() }
    }
}

impl Found {
    pub(super) fn of(one: Inspected, bytes: &[u8], now: Timestamp) -> Self {
        let is_root = is_root(&one);
        let (belongs, belongs_chinese) = if is_root { ROOT } else { one.belongs() };
        let mut notes: Vec<_> =
            one.oddities.iter().map(|oddity| Note::new(oddity.english(), oddity.chinese())).collect();
        let not_rsa = one.certificate.as_ref().is_some_and(|facts| !facts.rsa_signed);
        if not_rsa {
            notes.push(Note::new(
                "not of the RSA family: clients pass over it, and a root SN leaves it out",
                "不是 RSA 系列证书：客户端会跳过它，根证书 SN 也不计入",
            ));
        } else if let Some(trouble) = &one.trouble {
            notes.push(Note::new(trouble.to_string(), format!("不能使用：{trouble}")));
        }
        if let Some(facts) = &one.certificate {
            notes.extend(validity(facts, now));
        }
        if one.bits.is_some_and(|bits| bits < 2048) && one.kind != Kind::ContentKey {
            notes.push(Note::new(
                "fewer than 2,048 bits: v3 refuses it, and the gateway takes it for old callers only",
                "不足 2048 位：v3 会拒绝，网关仅供旧调用方使用",
            ));
        }
        if one.kind == Kind::ContentKey && one.bits == Some(192) {
            notes.push(Note::new(
                "a shared secret of 32 characters, as JD Cloud's are, looks the same",
                "京东云的 32 位 secret key 看起来也是这样",
            ));
        }
        if one.owner == Some(Slot::AppPrivate) {
            notes.push(Note::new(
                "an application's private key lies where this server can read it: count it as leaked, and make another",
                "应用私钥出现在服务端，应视为已泄露并更换",
            ));
        }
        Self {
            kind: slug(one.kind),
            english: one.kind.english().into(),
            chinese: one.kind.chinese().into(),
            written: written(bytes).0,
            written_chinese: written(bytes).1,
            bits: one.bits,
            secret: one.kind.is_secret(),
            fingerprint: one.fingerprint,
            certificate: one.certificate.map(Certificate::of),
            owner: one.owner.map(Slot::english),
            belongs,
            belongs_chinese,
            settings: if is_root { settings::ROOT } else { settings::of(one.kind) },
            pairs_with: Vec::new(),
            notes,
        }
    }
}

/// A root says itself that it is one; everything else is for the wire to say.
fn is_root(one: &Inspected) -> bool {
    one.certificate.as_ref().is_some_and(|facts| facts.subject == facts.issuer && one.owner.is_none())
}

const ROOT: (&str, &str) = (
    "a root: hand the bundle of all roots to clients in certificate mode; the server keeps it with the platform's certificate",
    "根证书：证书模式下把整个根证书文件发给客户端；服务端与平台证书一起保存",
);

impl Certificate {
    fn of(facts: Facts) -> Self {
        Self {
            self_signed: facts.subject == facts.issuer,
            subject: facts.subject,
            issuer: facts.issuer,
            serial: facts.serial,
            serial_number: facts.serial_number,
            not_before: facts.not_before.to_string(),
            not_after: facts.not_after.to_string(),
        }
    }
}

fn validity(facts: &Facts, now: Timestamp) -> Option<Note> {
    match facts.validity(now) {
        Validity::NotYet => Some(Note::new("it is not valid yet", "尚未生效")),
        Validity::Expired => {
            Some(Note::new("it has expired: callers that name it are refused", "已过期：使用它的请求会被拒绝"))
        }
        Validity::Valid => few_days_until(facts.not_after, now)
            .map(|days| Note::new(format!("it expires in {}", count(days, "day")), format!("{days} 天后过期"))),
    }
}

/// How the text stands there, in English and Chinese.
fn written(bytes: &[u8]) -> (&'static str, &'static str) {
    let text = std::str::from_utf8(bytes).unwrap_or_default();
    let hexadecimal = |text: &str| text.bytes().all(|byte| byte.is_ascii_hexdigit() || byte.is_ascii_whitespace());
    if ["ssh-", "ecdsa-", "PuTTY-", "---- BEGIN SSH2"].iter().any(|front| text.starts_with(front)) {
        ("SSH's own form", "SSH 自有格式")
    } else if bytes.first() == Some(&0x30) && bytes.get(1).is_some_and(|byte| !byte.is_ascii()) {
        ("DER", "DER")
    } else if text.contains("-----BEGIN ") {
        ("PEM", "PEM")
    } else if hexadecimal(text) {
        ("hexadecimal", "十六进制")
    } else if text.trim().contains('\n') {
        ("base64 in several lines, without BEGIN and END", "多行 base64，没有 BEGIN 和 END 行")
    } else {
        ("bare base64 in one line", "单行裸 base64")
    }
}

pub(super) fn slug(kind: Kind) -> &'static str {
    match kind {
        Kind::RsaPublicSpki => "rsa-public-spki",
        Kind::RsaPublicPkcs1 => "rsa-public-pkcs1",
        Kind::RsaPrivatePkcs1 => "rsa-private-pkcs1",
        Kind::RsaPrivatePkcs8 => "rsa-private-pkcs8",
        Kind::Certificate => "certificate",
        Kind::CertificateRequest => "certificate-request",
        Kind::EncryptedPrivateKey => "encrypted-private-key",
        Kind::Pkcs12 => "pkcs12",
        Kind::Sm2Public => "sm2-public",
        Kind::EcPublic => "ec-public",
        Kind::EcPrivate => "ec-private",
        Kind::SshPublic => "ssh-public",
        Kind::SshPrivate => "ssh-private",
        Kind::ContentKey => "aes-content-key",
    }
}

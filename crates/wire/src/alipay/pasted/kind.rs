//! The kinds of keys and certificates that are told apart, their names, and how they are told.

use crate::alipay::der::{self, BIT_STRING, INTEGER, OCTET_STRING, OID, Reader, SEQUENCE};

/// What one pasted block is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Kind {
    /// RSA public key, SPKI (`PUBLIC KEY`): what the vendor's console shows and takes.
    RsaPublicSpki,
    /// RSA public key, PKCS#1 (`RSA PUBLIC KEY`).
    RsaPublicPkcs1,
    /// RSA private key, PKCS#1 (`RSA PRIVATE KEY`).
    RsaPrivatePkcs1,
    /// RSA private key, PKCS#8 (`PRIVATE KEY`).
    RsaPrivatePkcs8,
    /// An X.509 certificate.
    Certificate,
    /// A certificate signing request, which is no certificate yet.
    CertificateRequest,
    /// A private key locked with a password.
    EncryptedPrivateKey,
    /// A PKCS#12 store (`.p12`, `.pfx`).
    Pkcs12,
    /// A public key of SM2.
    Sm2Public,
    /// A public key on another elliptic curve.
    EcPublic,
    /// A private key on an elliptic curve.
    EcPrivate,
    /// An SSH public key.
    SshPublic,
    /// An OpenSSH or PuTTY private key.
    SshPrivate,
    /// 16, 24 or 32 bytes: by its size an AES content key.
    ContentKey,
}

impl Kind {
    /// Every kind.
    pub const ALL: [Self; 14] = [
        Self::RsaPublicSpki,
        Self::RsaPublicPkcs1,
        Self::RsaPrivatePkcs1,
        Self::RsaPrivatePkcs8,
        Self::Certificate,
        Self::CertificateRequest,
        Self::EncryptedPrivateKey,
        Self::Pkcs12,
        Self::Sm2Public,
        Self::EcPublic,
        Self::EcPrivate,
        Self::SshPublic,
        Self::SshPrivate,
        Self::ContentKey,
    ];

    /// Its name in English.
    pub const fn english(self) -> &'static str {
        match self {
            Self::RsaPublicSpki => "an RSA public key (SPKI)",
            Self::RsaPublicPkcs1 => "an RSA public key (PKCS#1)",
            Self::RsaPrivatePkcs1 => "an RSA private key (PKCS#1)",
            Self::RsaPrivatePkcs8 => "an RSA private key (PKCS#8)",
            Self::Certificate => "an X.509 certificate",
            Self::CertificateRequest => "a certificate signing request (CSR)",
            Self::EncryptedPrivateKey => "a private key locked with a password",
            Self::Pkcs12 => "a PKCS#12 store (.p12, .pfx)",
            Self::Sm2Public => "an SM2 public key",
            Self::EcPublic => "an elliptic-curve public key",
            Self::EcPrivate => "an elliptic-curve private key",
            Self::SshPublic => "an SSH public key",
            Self::SshPrivate => "an SSH private key",
            Self::ContentKey => "an AES content key",
        }
    }

    /// Its name in Chinese.
    pub const fn chinese(self) -> &'static str {
        match self {
            Self::RsaPublicSpki => "RSA 公钥（SPKI 格式）",
            Self::RsaPublicPkcs1 => "RSA 公钥（PKCS#1 格式）",
            Self::RsaPrivatePkcs1 => "RSA 私钥（PKCS#1 格式）",
            Self::RsaPrivatePkcs8 => "RSA 私钥（PKCS#8 格式）",
            Self::Certificate => "X.509 证书",
            Self::CertificateRequest => "证书签名请求（CSR）",
            Self::EncryptedPrivateKey => "带口令的私钥",
            Self::Pkcs12 => "PKCS#12 证书库（.p12、.pfx）",
            Self::Sm2Public => "SM2 国密公钥",
            Self::EcPublic => "椭圆曲线公钥",
            Self::EcPrivate => "椭圆曲线私钥",
            Self::SshPublic => "SSH 公钥",
            Self::SshPrivate => "SSH 私钥",
            Self::ContentKey => "AES 内容加密密钥",
        }
    }

    /// Whether it must never leave its owner.
    pub const fn is_secret(self) -> bool {
        matches!(
            self,
            Self::RsaPrivatePkcs1
                | Self::RsaPrivatePkcs8
                | Self::EncryptedPrivateKey
                | Self::Pkcs12
                | Self::EcPrivate
                | Self::SshPrivate
                | Self::ContentKey
        )
    }
}

/// Tells the kinds apart by the shape of their outermost elements.
pub(super) fn kind(der: &[u8]) -> Option<Kind> {
    let mut inside = Reader(Reader(der).expect(SEQUENCE)?);
    let mut look = inside;
    match inside.next()? {
        (INTEGER, [0x03]) => Some(Kind::Pkcs12),
        (INTEGER, [0x01]) if look_behind(inside) == Some(OCTET_STRING) => Some(Kind::EcPrivate),
        (INTEGER, [0x00 | 0x01]) if look_behind(inside) == Some(SEQUENCE) => {
            match key_algorithm(Reader(inside.expect(SEQUENCE)?))? {
                (der::RSA_ENCRYPTION, _) => Some(Kind::RsaPrivatePkcs8),
                (der::EC_PUBLIC_KEY, _) => Some(Kind::EcPrivate),
                _ => None,
            }
        }
        (INTEGER, [0x00]) if integers(&mut look) == 9 => Some(Kind::RsaPrivatePkcs1),
        (INTEGER, _) if integers(&mut look) == 2 && look.is_empty() => Some(Kind::RsaPublicPkcs1),
        (SEQUENCE, first) => match (inside.next()?, inside.next()) {
            ((BIT_STRING, _), None) => match key_algorithm(Reader(first))? {
                (der::RSA_ENCRYPTION, _) => Some(Kind::RsaPublicSpki),
                (der::EC_PUBLIC_KEY, Some(der::SM2_CURVE)) => Some(Kind::Sm2Public),
                (der::EC_PUBLIC_KEY, _) => Some(Kind::EcPublic),
                _ => None,
            },
            ((OCTET_STRING, _), None) => Some(Kind::EncryptedPrivateKey),
            ((SEQUENCE, _), Some((BIT_STRING, _))) => match Reader(first).next()? {
                (INTEGER, [0x00]) => Some(Kind::CertificateRequest),
                _ => Some(Kind::Certificate),
            },
            _ => None,
        },
        _ => None,
    }
}

fn look_behind(mut rest: Reader<'_>) -> Option<u8> {
    rest.next().map(|(tag, _)| tag)
}

fn integers(reader: &mut Reader<'_>) -> usize {
    let mut count = 0;
    let mut ahead = *reader;
    while ahead.expect(INTEGER).is_some() {
        *reader = ahead;
        count += 1;
    }
    count
}

/// The algorithm's OID and, where it has one, the curve's.
fn key_algorithm(mut algorithm: Reader<'_>) -> Option<(&[u8], Option<&[u8]>)> {
    Some((algorithm.expect(OID)?, algorithm.expect(OID)))
}

pub(super) fn banner_fits(label: &str, kind: Kind) -> bool {
    match label {
        "PUBLIC KEY" => matches!(kind, Kind::RsaPublicSpki | Kind::EcPublic | Kind::Sm2Public),
        "RSA PUBLIC KEY" => kind == Kind::RsaPublicPkcs1,
        "PRIVATE KEY" => matches!(kind, Kind::RsaPrivatePkcs8 | Kind::EcPrivate),
        "RSA PRIVATE KEY" => kind == Kind::RsaPrivatePkcs1,
        "ENCRYPTED PRIVATE KEY" => kind == Kind::EncryptedPrivateKey,
        "CERTIFICATE" | "X509 CERTIFICATE" | "TRUSTED CERTIFICATE" => kind == Kind::Certificate,
        "CERTIFICATE REQUEST" | "NEW CERTIFICATE REQUEST" => kind == Kind::CertificateRequest,
        _ => true,
    }
}

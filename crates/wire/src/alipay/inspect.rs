//! What any key or certificate is, and where it belongs: one answer for the operator who found a file and does not know.
//!
//! Docs: Alipay gateway specification, section 1.6, whose table says which form each SDK wants.

use super::certificate::{self, Facts};
use super::keys::{KeyError, PrivateKey, PublicKey, Slot};
use super::pasted::{self, Kind, Oddity, PasteError};

/// One key or certificate of a paste. Holds nothing secret.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Inspected {
    /// What it is.
    pub kind: Kind,
    /// What is unusual about its text.
    pub oddities: Vec<Oddity>,
    /// Size of an RSA modulus or an AES key, in bits.
    pub bits: Option<u32>,
    /// The SHA-256 of the public half: equal for a private key, its public key and its certificate, so pairs can be found.
    pub fingerprint: Option<String>,
    /// What a certificate says of itself.
    pub certificate: Option<Facts>,
    /// Why it is of no use although its kind is clear.
    pub trouble: Option<KeyError>,
    /// Whose half it is, where the keys to compare with were given.
    pub owner: Option<Slot>,
}

/// Known public keys to compare with.
#[derive(Debug, Clone, Copy, Default)]
pub struct Known<'a> {
    /// The platform's.
    pub platform: &'a [PublicKey],
    /// The applications'.
    pub apps: &'a [PublicKey],
}

/// Says what everything in a paste is.
pub fn inspect(pasted: &[u8], known: Known<'_>) -> Result<Vec<Inspected>, PasteError> {
    let blocks = pasted::blocks(pasted)?;
    Ok(blocks
        .into_iter()
        .map(|block| {
            let der = block.expose();
            let public = match block.kind {
                Kind::RsaPublicSpki | Kind::RsaPublicPkcs1 | Kind::Certificate => {
                    Some(PublicKey::parse(der, Slot::AppPublic))
                }
                Kind::RsaPrivatePkcs1 | Kind::RsaPrivatePkcs8 => {
                    Some(PrivateKey::parse(der, Slot::AppPrivate).map(|key| key.public_key().clone()))
                }
                _ => None,
            };
            let (public, trouble) = match public {
                Some(Ok(key)) => (Some(key), None),
                Some(Err(error)) => (None, Some(error)),
                None => (None, None),
            };
            let secret = block.kind.is_secret();
            let owner = public.as_ref().and_then(|key| {
                if known.platform.contains(key) {
                    Some(if secret { Slot::PlatformPrivate } else { Slot::PlatformPublic })
                } else if known.apps.contains(key) {
                    Some(if secret { Slot::AppPrivate } else { Slot::AppPublic })
                } else {
                    None
                }
            });
            let bits = match block.kind {
                Kind::ContentKey => u32::try_from(der.len() * 8).ok(),
                _ => public.as_ref().map(PublicKey::bits),
            };
            Inspected {
                kind: block.kind,
                bits,
                fingerprint: public.as_ref().map(PublicKey::fingerprint),
                certificate: (block.kind == Kind::Certificate).then(|| certificate::facts(der)).flatten(),
                trouble,
                owner,
                oddities: block.oddities,
            }
        })
        .collect())
}

impl Inspected {
    /// Where it belongs, in English and Chinese.
    pub const fn belongs(&self) -> (&'static str, &'static str) {
        match (self.owner, self.kind) {
            (Some(Slot::PlatformPrivate), _) => (
                "this server's platform key: answers are signed with it; keep it here",
                "本服务的平台私钥，用于签应答，只放在服务端",
            ),
            (Some(Slot::PlatformPublic), _) => (
                "the platform's public half: hand it to clients as the Alipay public key; never register it as an application's key",
                "平台公钥：作为“支付宝公钥”发给客户端，不要登记成应用公钥",
            ),
            (Some(Slot::AppPublic), _) => (
                "a registered application's public half: it belongs into that application's entry here",
                "已登记应用的公钥，放在本服务的应用公钥处",
            ),
            (Some(Slot::AppPrivate), _) => (
                "a registered application's private half: it belongs to the client alone and must not lie on this server",
                "已登记应用的私钥，只应在客户端，不应出现在服务端",
            ),
            (None, Kind::RsaPublicSpki) => (
                "register it here as the application's public key, if the client holds its private half; clients of Java, PHP and Node read this form as the Alipay public key",
                "若客户端持有对应私钥，登记为应用公钥；Java、PHP、Node 客户端的“支付宝公钥”也用此格式",
            ),
            (None, Kind::RsaPublicPkcs1) => (
                "register it here as the application's public key; for clients, convert it to SPKI first",
                "可登记为应用公钥；给客户端用时先转成 SPKI",
            ),
            (None, Kind::RsaPrivatePkcs1) => (
                "a client's private key in the form that Python, PHP and Node (by default) want; Java wants PKCS#8. Or the platform's, in the server's configuration",
                "客户端私钥，Python、PHP、Node（默认）用此格式，Java 需要 PKCS#8；也可作服务端的平台私钥",
            ),
            (None, Kind::RsaPrivatePkcs8) => (
                "a client's private key in the form that Java wants (Node with keyType PKCS8); Python wants PKCS#1. Or the platform's, in the server's configuration",
                "客户端私钥，Java 用此格式（Node 需设 keyType 为 PKCS8），Python 需要 PKCS#1；也可作服务端的平台私钥",
            ),
            (None, Kind::Certificate) => (
                "certificate mode: an application's certificate is registered here; the platform's and the root bundle are handed to clients",
                "证书模式：应用证书登记在本服务，平台证书与根证书发给客户端",
            ),
            (None, Kind::CertificateRequest) => {
                ("nowhere yet: have it signed by the certificate authority first", "还不能用，先由 CA 签发证书")
            }
            (None, Kind::EncryptedPrivateKey) => {
                ("nowhere as it is: take the password off first", "不能直接使用，先去掉口令")
            }
            (None, Kind::Pkcs12) => {
                ("nowhere as it is: take the key and the certificate out first", "不能直接使用，先导出私钥和证书")
            }
            (None, Kind::Sm2Public | Kind::EcPublic | Kind::EcPrivate | Kind::SshPublic | Kind::SshPrivate) => (
                "nowhere: this vendor's RSA and RSA2 signatures need RSA keys",
                "此处用不上：RSA/RSA2 签名需要 RSA 密钥",
            ),
            (None, Kind::ContentKey) => (
                "the application's AES content key, the same at client and server",
                "应用的 AES 内容加密密钥，两端相同",
            ),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const FOLDER: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../vectors/alipay-gateway/keys/");

    fn read(name: &str) -> Vec<u8> {
        std::fs::read(format!("{FOLDER}{name}")).unwrap()
    }

    #[test]
    fn every_file_of_the_recorded_keys_is_told_apart() {
        let platform = [PublicKey::parse(&read("platform_public.pem"), Slot::PlatformPublic).unwrap()];
        let apps = [PublicKey::parse(&read("app_public.pem"), Slot::AppPublic).unwrap()];
        let known = Known { platform: &platform, apps: &apps };
        for (file, kind, bits, owner) in [
            ("aes_key.txt", Kind::ContentKey, Some(128), None),
            ("app1024_private_pkcs1.pem", Kind::RsaPrivatePkcs1, Some(1024), None),
            ("app1024_private_pkcs8.pem", Kind::RsaPrivatePkcs8, Some(1024), None),
            ("app1024_public.pem", Kind::RsaPublicSpki, Some(1024), None),
            ("app_cert.crt", Kind::Certificate, Some(2048), Some(Slot::AppPublic)),
            ("app_private_pkcs1.pem", Kind::RsaPrivatePkcs1, Some(2048), Some(Slot::AppPrivate)),
            ("app_public.pem", Kind::RsaPublicSpki, Some(2048), Some(Slot::AppPublic)),
            ("platform_cert.crt", Kind::Certificate, Some(2048), Some(Slot::PlatformPublic)),
            ("platform_private_pkcs8.pem", Kind::RsaPrivatePkcs8, Some(2048), Some(Slot::PlatformPrivate)),
            ("stranger_public.pem", Kind::RsaPublicSpki, Some(2048), None),
        ] {
            let found = inspect(&read(file), known).unwrap().remove(0);
            assert_eq!((found.kind, found.bits, found.owner, found.trouble), (kind, bits, owner, None), "{file}");
        }
    }

    #[test]
    fn a_bundle_is_told_block_by_block() {
        let found = inspect(&read("root_cert_bundle.crt"), Known::default()).unwrap();
        let facts: Vec<_> = found
            .iter()
            .map(|one| (one.kind, one.certificate.as_ref().unwrap().rsa_signed, one.trouble.is_some()))
            .collect();
        assert_eq!(
            facts,
            [(Kind::Certificate, true, false), (Kind::Certificate, false, true), (Kind::Certificate, true, false)]
        );
    }

    #[test]
    fn the_halves_of_a_pair_and_its_certificate_share_a_fingerprint() {
        let prints: Vec<_> = ["app_public.pem", "app_private_pkcs1.pem", "app_private_pkcs8.pem", "app_cert.crt"]
            .map(|file| inspect(&read(file), Known::default()).unwrap().remove(0).fingerprint.unwrap())
            .into();
        assert!(prints.iter().all(|print| *print == prints[0] && print.len() == 64));
    }

    #[test]
    fn every_kind_has_its_words_in_both_languages() {
        for kind in Kind::ALL {
            let one = Inspected {
                kind,
                oddities: vec![],
                bits: None,
                fingerprint: None,
                certificate: None,
                trouble: None,
                owner: None,
            };
            let (english, chinese) = one.belongs();
            assert!(english.is_ascii() && !english.is_empty() && kind.english().is_ascii());
            assert!(!chinese.is_ascii() && !kind.chinese().is_empty());
        }
    }
}

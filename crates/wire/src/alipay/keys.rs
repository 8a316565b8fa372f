//! RSA keys: read from whatever was pasted, kept parsed, used for signatures of both algorithms.
//!
//! Docs: Alipay gateway specification, sections 1.5 and 1.6; Alipay v3 specification, section 1.4. A parsed key is a value to cache:
//! parsing costs more than verifying.

mod private;

use std::fmt;
use std::sync::Arc;

use aws_lc_rs::digest::{self, Digest, SHA1_FOR_LEGACY_USE_ONLY, SHA256};
use aws_lc_rs::signature::{
    ParsedPublicKey, RSA_PKCS1_1024_8192_SHA1_FOR_LEGACY_USE_ONLY, RSA_PKCS1_1024_8192_SHA256_FOR_LEGACY_USE_ONLY,
};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use x509_parser::num_bigint::BigUint;

use super::certificate::Certificate;
use super::der::{self, BIT_STRING, INTEGER, Reader, SEQUENCE};
use super::pasted::{self, Block, Kind, PasteError};
use crate::hex::hex;

pub use private::{PrivateKey, SigningFailed};

/// Smallest and largest key that is taken, in bits (gateway, section 1.5).
pub const KEY_BITS: std::ops::RangeInclusive<u32> = 1024..=4096;

/// The two signature algorithms of this vendor.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Algorithm {
    /// `RSA2`: SHA256withRSA, PKCS#1 v1.5.
    Rsa2,
    /// `RSA`: SHA1withRSA, PKCS#1 v1.5. Legacy; a caller needs it switched on.
    Rsa,
}

impl Algorithm {
    /// The value of `sign_type`.
    pub const fn sign_type(self) -> &'static str {
        match self {
            Self::Rsa2 => "RSA2",
            Self::Rsa => "RSA",
        }
    }

    /// Reads a `sign_type`; upper case only.
    pub const fn parse(text: &[u8]) -> Option<Self> {
        match text {
            b"RSA2" => Some(Self::Rsa2),
            b"RSA" => Some(Self::Rsa),
            _ => None,
        }
    }

    /// The other one.
    pub const fn other(self) -> Self {
        match self {
            Self::Rsa2 => Self::Rsa,
            Self::Rsa => Self::Rsa2,
        }
    }

    /// The hash under the signature.
    pub fn hash(self) -> &'static digest::Algorithm {
        match self {
            Self::Rsa2 => &SHA256,
            Self::Rsa => &SHA1_FOR_LEGACY_USE_ONLY,
        }
    }

    /// The DigestInfo in front of the hash (RFC 8017, section 9.2).
    const fn prefix(self) -> &'static [u8] {
        match self {
            Self::Rsa2 => &[
                0x30, 0x31, 0x30, 0x0d, 0x06, 0x09, 0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x02, 0x01, 0x05, 0x00,
                0x04, 0x20,
            ],
            Self::Rsa => &[0x30, 0x21, 0x30, 0x09, 0x06, 0x05, 0x2b, 0x0e, 0x03, 0x02, 0x1a, 0x05, 0x00, 0x04, 0x14],
        }
    }
}

/// Where a key is meant to go; an error names it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Slot {
    /// The application's public key, with which requests are verified (应用公钥).
    AppPublic,
    /// The platform's private key, with which answers are signed (平台私钥).
    PlatformPrivate,
    /// The platform's public key, with which a client verifies answers (支付宝公钥).
    PlatformPublic,
    /// The application's private key, with which a client signs (应用私钥).
    AppPrivate,
}

impl Slot {
    /// Its name in English.
    pub const fn english(self) -> &'static str {
        match self {
            Self::AppPublic => "the application's public key",
            Self::PlatformPrivate => "the platform's private key",
            Self::PlatformPublic => "the platform's public key",
            Self::AppPrivate => "the application's private key",
        }
    }

    /// Its name in Chinese.
    pub const fn chinese(self) -> &'static str {
        match self {
            Self::AppPublic => "应用公钥",
            Self::PlatformPrivate => "平台私钥",
            Self::PlatformPublic => "平台公钥（支付宝公钥）",
            Self::AppPrivate => "应用私钥",
        }
    }
}

/// Why a paste is not the key that belongs into a slot. Says what it is instead; never repeats it.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum KeyError {
    /// Nothing in it can be told apart.
    #[error(transparent)]
    Paste(#[from] PasteError),
    /// Something else than what belongs here.
    #[error("{} belongs here, but this is {}", slot.english(), found.english())]
    Wrong {
        /// What belongs here.
        slot: Slot,
        /// What was pasted.
        found: Kind,
    },
    /// A private key where a public one belongs.
    #[error("{} belongs here, but this is {}: it must stay with its owner, and now counts as leaked", slot.english(), found.english())]
    Private {
        /// What belongs here.
        slot: Slot,
        /// What was pasted.
        found: Kind,
    },
    /// The platform's own key where the application's belongs.
    #[error("this is the platform's own public key; the application's public key belongs here")]
    PlatformKey,
    /// The application's key where the platform's belongs.
    #[error(
        "this is the key of an application; the platform's key pair must be another one, since SDKs refuse equal ones"
    )]
    AppKey,
    /// Several blocks where one belongs.
    #[error("{0} keys or certificates stand here; one belongs here")]
    Several(usize),
    /// Too small or too large.
    #[error("the key has {0} bits; 1,024 to 4,096 are taken")]
    Bits(u32),
    /// RSA in form, but its numbers are no key.
    #[error("the numbers in this key do not make an RSA key: it is damaged")]
    Damaged,
}

/// A public key, parsed. Cheap to clone; two are equal when their numbers are.
#[derive(Clone)]
pub struct PublicKey(Arc<Public>);

struct Public {
    sha256: ParsedPublicKey,
    sha1: ParsedPublicKey,
    modulus: BigUint,
    exponent: BigUint,
    bits: u32,
    spki: Box<[u8]>,
}

impl PublicKey {
    /// Reads any public form for a slot: PEM, bare base64 or DER; SPKI, PKCS#1 or a certificate (then the certificate's key).
    pub fn parse(pasted: &[u8], slot: Slot) -> Result<Self, KeyError> {
        let block = single(pasted, slot)?;
        match block.kind {
            Kind::RsaPublicSpki => Self::of_spki(block.expose()),
            Kind::RsaPublicPkcs1 => Self::of_pkcs1(block.expose()),
            Kind::Certificate => Ok(Certificate::of_der(block.expose())?.public_key().clone()),
            found if found.is_secret() && found != Kind::ContentKey => Err(KeyError::Private { slot, found }),
            found => Err(KeyError::Wrong { slot, found }),
        }
    }

    /// Reads an application's public key and makes sure that it is none of the platform's own.
    pub fn parse_for_app(pasted: &[u8], platform: &[&Self]) -> Result<Self, KeyError> {
        let key = Self::parse(pasted, Slot::AppPublic)?;
        if platform.contains(&&key) { Err(KeyError::PlatformKey) } else { Ok(key) }
    }

    pub(super) fn of_spki(spki: &[u8]) -> Result<Self, KeyError> {
        Self::of_pkcs1(pkcs1_of_spki(spki).ok_or(KeyError::Damaged)?)
    }

    pub(super) fn of_pkcs1(pkcs1: &[u8]) -> Result<Self, KeyError> {
        let (modulus, exponent) =
            numbers(Reader(pkcs1).expect(SEQUENCE).ok_or(KeyError::Damaged)?).ok_or(KeyError::Damaged)?;
        let bits = u32::try_from(modulus.bits()).map_err(|_| KeyError::Damaged)?;
        if !KEY_BITS.contains(&bits) {
            return Err(KeyError::Bits(bits));
        }
        let spki = der::spki_of_pkcs1(pkcs1);
        let parsed = |algorithm| ParsedPublicKey::new(algorithm, &spki).map_err(|_| KeyError::Damaged);
        let sha256 = parsed(&RSA_PKCS1_1024_8192_SHA256_FOR_LEGACY_USE_ONLY)?;
        let sha1 = parsed(&RSA_PKCS1_1024_8192_SHA1_FOR_LEGACY_USE_ONLY)?;
        Ok(Self(Arc::new(Public { sha256, sha1, modulus, exponent, bits, spki: spki.into_boxed_slice() })))
    }

    /// Whether a signature over a message with this digest is this key's.
    pub fn verifies(&self, algorithm: Algorithm, digest: &Digest, signature: &[u8]) -> bool {
        let key = match algorithm {
            Algorithm::Rsa2 => &self.0.sha256,
            Algorithm::Rsa => &self.0.sha1,
        };
        key.verify_digest_sig(digest, signature).is_ok()
    }

    /// What a signature says when it is opened with this key: which algorithm made it over which hash. For finding mistakes; a
    /// signature is checked by [`Self::verifies`] alone.
    pub fn open(&self, signature: &[u8]) -> Opened {
        let width = usize::try_from(self.0.bits.div_ceil(8)).unwrap_or_default();
        let number = BigUint::from_bytes_be(signature);
        if signature.len() != width || number >= self.0.modulus {
            return Opened::AnotherKey;
        }
        let opened = number.modpow(&self.0.exponent, &self.0.modulus).to_bytes_be();
        // Leading zero bytes are lost in a number: a padded message begins 00 01 ff.
        let message = match opened.as_slice() {
            [0x01, 0xff, rest @ ..] if opened.len() + 1 == width => rest,
            [.., 0xbc] if opened.len() + 1 >= width => return Opened::Pss,
            _ => return Opened::AnotherKey,
        };
        let Some(end) = message.iter().position(|&byte| byte != 0xff) else { return Opened::AnotherKey };
        let Some((0, info)) = message.get(end..).and_then(|rest| rest.split_first()).map(|(&zero, info)| (zero, info))
        else {
            return Opened::AnotherKey;
        };
        for algorithm in [Algorithm::Rsa2, Algorithm::Rsa] {
            if let Some(hash) = info.strip_prefix(algorithm.prefix()) {
                return Opened::Hash(algorithm, hash.to_vec());
            }
        }
        Opened::OtherHash
    }

    /// The size of the modulus in bits.
    pub fn bits(&self) -> u32 {
        self.0.bits
    }

    /// Bare base64 of the SPKI form on one line: what the vendor's console shows and most SDKs want.
    pub fn to_base64(&self) -> String {
        STANDARD.encode(&self.0.spki)
    }

    /// The PEM text, `PUBLIC KEY`.
    pub fn to_pem(&self) -> String {
        pem("PUBLIC KEY", &self.0.spki)
    }

    /// The lower-case hexadecimal SHA-256 of the SPKI form: the same for a private key, its public key and its certificate.
    pub fn fingerprint(&self) -> String {
        hex(digest::digest(&SHA256, &self.0.spki).as_ref())
    }
}

impl PartialEq for PublicKey {
    fn eq(&self, other: &Self) -> bool {
        self.0.modulus == other.0.modulus && self.0.exponent == other.0.exponent
    }
}

impl Eq for PublicKey {}

impl fmt::Debug for PublicKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "PublicKey({} bits)", self.0.bits)
    }
}

/// What a signature turned out to be when opened with a public key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Opened {
    /// This key's, over a message with this hash.
    Hash(Algorithm, Vec<u8>),
    /// This key's, but over a hash that is neither SHA-256 nor SHA-1, or over bare bytes.
    OtherHash,
    /// By the looks of it RSA-PSS instead of PKCS#1 v1.5.
    Pss,
    /// Made with another key, or damaged.
    AnotherKey,
}

fn single(pasted: &[u8], slot: Slot) -> Result<Block, KeyError> {
    let mut blocks = pasted::blocks(pasted)?;
    // A certificate comes with those above it; the first is the one.
    if blocks.len() > 1 && blocks.iter().any(|block| block.kind != Kind::Certificate) {
        let secret = blocks.iter().find(|block| block.kind.is_secret()).map(|block| block.kind);
        return Err(match (slot, secret) {
            (Slot::AppPublic | Slot::PlatformPublic, Some(found)) => KeyError::Private { slot, found },
            _ => KeyError::Several(blocks.len()),
        });
    }
    Ok(blocks.swap_remove(0))
}

fn pkcs1_of_spki(spki: &[u8]) -> Option<&[u8]> {
    let mut inside = Reader(Reader(spki).expect(SEQUENCE)?);
    inside.expect(SEQUENCE)?;
    inside.expect(BIT_STRING)?.strip_prefix(&[0])
}

fn numbers(sequence: &[u8]) -> Option<(BigUint, BigUint)> {
    let mut inside = Reader(sequence);
    let (modulus, exponent) = (inside.expect(INTEGER)?, inside.expect(INTEGER)?);
    inside.is_empty().then(|| (BigUint::from_bytes_be(modulus), BigUint::from_bytes_be(exponent)))
}

/// A PEM text with lines of 64 characters.
pub(super) fn pem(label: &str, der: &[u8]) -> String {
    let base64 = STANDARD.encode(der);
    let mut out = format!("-----BEGIN {label}-----\n");
    let mut rest = base64.as_str();
    while !rest.is_empty() {
        let (line, behind) = rest.split_at_checked(64).unwrap_or((rest, ""));
        out.push_str(line);
        out.push('\n');
        rest = behind;
    }
    out + "-----END " + label + "-----\n"
}

#[cfg(test)]
#[path = "keys_tests.rs"]
pub(crate) mod tests;

//! Private keys: what signs. From 2,048 bits and for SHA-256 aws-lc-rs does it, else the `rsa` crate.
//!
//! Docs: Alipay gateway specification, sections 1.5 and 1.6.

use std::fmt;
use std::sync::{Arc, OnceLock};

use aws_lc_rs::digest;
use aws_lc_rs::rand::{SecureRandom as _, SystemRandom};
use aws_lc_rs::rsa::KeyPair;
use aws_lc_rs::signature::RSA_PKCS1_SHA256;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use rsa::pkcs1::DecodeRsaPrivateKey as _;
use zeroize::Zeroizing;

use super::{Algorithm, KeyError, PublicKey, Slot, single};
use crate::alipay::der::{self, INTEGER, OCTET_STRING, Reader, SEQUENCE};
use crate::alipay::pasted::Kind;

/// Signing failed inside the cryptographic library: out of memory, or a key whose parts do not belong together.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the cryptographic library cannot sign with this key")]
pub struct SigningFailed;

/// A private key, parsed. Cheap to clone.
#[derive(Clone)]
pub struct PrivateKey(Arc<Private>);

struct Private {
    public: PublicKey,
    /// aws-lc-rs, from 2,048 bits and for SHA-256 only.
    fast: Option<KeyPair>,
    /// Everything else; made when it is first asked for.
    slow: OnceLock<Option<Box<rsa::PrivateKey>>>,
    pkcs1: Zeroizing<Vec<u8>>,
}

impl PrivateKey {
    /// Reads any private form: PEM, bare base64 or DER; PKCS#8 or PKCS#1.
    pub fn parse(pasted: &[u8], slot: Slot) -> Result<Self, KeyError> {
        let block = single(pasted, slot)?;
        match block.kind {
            Kind::RsaPrivatePkcs1 => Self::of_pkcs1(block.expose()),
            Kind::RsaPrivatePkcs8 => Self::of_pkcs1(pkcs1_of_pkcs8(block.expose()).ok_or(KeyError::Damaged)?),
            found => Err(KeyError::Wrong { slot, found }),
        }
    }

    /// Reads the platform's private key and makes sure that it is no application's.
    pub fn parse_for_platform(pasted: &[u8], apps: &[&PublicKey]) -> Result<Self, KeyError> {
        let key = Self::parse(pasted, Slot::PlatformPrivate)?;
        if apps.contains(&key.public_key()) { Err(KeyError::AppKey) } else { Ok(key) }
    }

    pub(super) fn of_pkcs1(pkcs1: &[u8]) -> Result<Self, KeyError> {
        let public = PublicKey::of_pkcs1(&public_of_private(pkcs1).ok_or(KeyError::Damaged)?)?;
        let fast = match public.bits() {
            2048.. => Some(KeyPair::from_der(pkcs1).map_err(|_| KeyError::Damaged)?),
            _ => None,
        };
        let key = Private { public, fast, slow: OnceLock::new(), pkcs1: Zeroizing::new(pkcs1.to_vec()) };
        // A small key shows here, and not at its first signature, whether its parts belong together.
        if key.fast.is_none() && key.slow().is_none() {
            return Err(KeyError::Damaged);
        }
        Ok(Self(Arc::new(key)))
    }

    /// The public key of the pair.
    pub fn public_key(&self) -> &PublicKey {
        &self.0.public
    }

    /// Signs a message: the bytes of the signature, as many as the modulus has.
    pub fn sign(&self, algorithm: Algorithm, message: &[u8]) -> Result<Vec<u8>, SigningFailed> {
        if let (Algorithm::Rsa2, Some(fast)) = (algorithm, &self.0.fast) {
            let mut signature = vec![0; fast.public_modulus_len()];
            fast.sign(&RSA_PKCS1_SHA256, &SystemRandom::new(), message, &mut signature).map_err(|_| SigningFailed)?;
            return Ok(signature);
        }
        let digest = digest::digest(algorithm.hash(), message);
        let scheme = rsa::Pkcs1v15Sign { hash_len: Some(digest.as_ref().len()), prefix: algorithm.prefix().into() };
        self.0
            .slow()
            .ok_or(SigningFailed)?
            .sign_with_rng(&mut Blinding, scheme, digest.as_ref())
            .map_err(|_| SigningFailed)
    }

    /// Signs a message: the signature in base64, as it stands on the wire.
    pub fn sign_base64(&self, algorithm: Algorithm, message: &[u8]) -> Result<String, SigningFailed> {
        self.sign(algorithm, message).map(|signature| STANDARD.encode(signature))
    }
}

impl Private {
    fn slow(&self) -> Option<&rsa::PrivateKey> {
        self.slow.get_or_init(|| rsa::PrivateKey::from_pkcs1_der(&self.pkcs1).ok().map(Box::new)).as_deref()
    }
}

impl fmt::Debug for PrivateKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("PrivateKey(…)")
    }
}

/// Randomness that masks a private-key operation. It is no argument because it never shows: PKCS#1 v1.5 signatures are
/// deterministic with and without it (aws-lc-rs draws its own for the same purpose).
struct Blinding;

impl rsa::rand_core::TryRng for Blinding {
    type Error = aws_lc_rs::error::Unspecified;

    fn try_next_u32(&mut self) -> Result<u32, Self::Error> {
        let mut bytes = [0; 4];
        self.try_fill_bytes(&mut bytes)?;
        Ok(u32::from_le_bytes(bytes))
    }

    fn try_next_u64(&mut self) -> Result<u64, Self::Error> {
        let mut bytes = [0; 8];
        self.try_fill_bytes(&mut bytes)?;
        Ok(u64::from_le_bytes(bytes))
    }

    fn try_fill_bytes(&mut self, dst: &mut [u8]) -> Result<(), Self::Error> {
        SystemRandom::new().fill(dst)
    }
}

impl rsa::rand_core::TryCryptoRng for Blinding {}

fn pkcs1_of_pkcs8(pkcs8: &[u8]) -> Option<&[u8]> {
    let mut inside = Reader(Reader(pkcs8).expect(SEQUENCE)?);
    inside.expect(INTEGER)?;
    inside.expect(SEQUENCE)?;
    inside.expect(OCTET_STRING)
}

/// The PKCS#1 public form inside a PKCS#1 private form.
fn public_of_private(pkcs1: &[u8]) -> Option<Vec<u8>> {
    let mut inside = Reader(Reader(pkcs1).expect(SEQUENCE)?);
    inside.expect(INTEGER)?;
    let (modulus, exponent) = (inside.expect(INTEGER)?, inside.expect(INTEGER)?);
    Some(der::write(SEQUENCE, &[der::write(INTEGER, modulus), der::write(INTEGER, exponent)].concat()))
}

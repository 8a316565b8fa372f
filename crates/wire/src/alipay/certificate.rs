//! Certificate mode: certificates, their serial numbers, root bundles, the chain that clients download.
//!
//! Docs: Alipay gateway specification, section 1.9; Alipay v3 specification, section 1.7.
//!
//! A serial number ("SN") is the MD5 of the issuer's name, most specific part first, followed by the certificate's serial in decimal.
//! SDKs agree on it for ordinary names and for serials below 128 bits. Beyond that Java escapes special characters in the name, and PHP
//! writes the serial as `0x…`; [`Certificate::answers_to`] knows those spellings too, so that a foreign certificate still works.

mod name;

use std::fmt;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use jiff::Timestamp;
use md5::{Digest as _, Md5};
use x509_parser::prelude::{FromDer as _, X509Certificate};

use self::name::{Escapes, name};
use super::keys::{KeyError, PublicKey, pem};
use super::pasted::{self, Kind, PasteError};
use crate::hex::hex;

/// A certificate with an RSA key. Cheap to clone.
#[derive(Clone)]
pub struct Certificate {
    key: PublicKey,
    facts: Facts,
    der: Vec<u8>,
}

/// What a certificate says of itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Facts {
    /// Whose it is, most specific part first.
    pub subject: String,
    /// Who issued it, most specific part first: the first half of what is hashed.
    pub issuer: String,
    /// The serial in decimal: the second half.
    pub serial: String,
    /// The SN on the wire, 32 lower-case hexadecimal digits.
    pub serial_number: String,
    /// Not valid before this.
    pub not_before: Timestamp,
    /// Not valid after this.
    pub not_after: Timestamp,
    /// Whether its signature is of the RSA family: those alone count for a root SN.
    pub rsa_signed: bool,
    /// Other spellings of the SN that SDKs make of the same certificate.
    other_serial_numbers: Vec<String>,
}

/// Why something is no certificate of use here.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum CertificateError {
    /// Nothing in it can be told apart.
    #[error(transparent)]
    Paste(#[from] PasteError),
    /// Something else was pasted.
    #[error("a certificate belongs here, but this is {}", .0.english())]
    Wrong(Kind),
    /// Its structure is broken.
    #[error("the certificate is damaged")]
    Damaged,
    /// Its key is of no use.
    #[error("the certificate's key: {0}")]
    Key(KeyError),
    /// No certificate of the bundle is of the RSA family.
    #[error("no certificate here is signed with RSA; the root serial number would be empty")]
    NoRsa,
}

/// Where a moment lies in a certificate's life.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Validity {
    /// It begins later.
    NotYet,
    /// It is valid.
    Valid,
    /// It has ended.
    Expired,
}

impl Certificate {
    /// Reads a certificate from any form; of a PEM bundle the first one.
    pub fn parse(pasted: &[u8]) -> Result<Self, CertificateError> {
        let blocks = pasted::blocks(pasted)?;
        let block = blocks.first().ok_or(CertificateError::Damaged)?;
        if block.kind != Kind::Certificate {
            return Err(CertificateError::Wrong(block.kind));
        }
        Self::of_der(block.expose()).map_err(CertificateError::Key)
    }

    pub(super) fn of_der(der: &[u8]) -> Result<Self, KeyError> {
        let (_, certificate) = X509Certificate::from_der(der).map_err(|_| KeyError::Damaged)?;
        let facts = Facts::of(&certificate).ok_or(KeyError::Damaged)?;
        let key = PublicKey::of_spki(certificate.public_key().raw)?;
        Ok(Self { key, facts, der: der.to_vec() })
    }

    /// Its public key.
    pub const fn public_key(&self) -> &PublicKey {
        &self.key
    }

    /// The SN on the wire.
    pub fn serial_number(&self) -> &str {
        &self.facts.serial_number
    }

    /// Whether an SDK may have meant this certificate by an SN.
    pub fn answers_to(&self, serial_number: &str) -> bool {
        self.facts.serial_number == serial_number
            || self.facts.other_serial_numbers.iter().any(|other| other == serial_number)
    }

    /// What it says of itself.
    pub const fn facts(&self) -> &Facts {
        &self.facts
    }

    /// Where `now` lies in its life.
    pub fn validity(&self, now: Timestamp) -> Validity {
        self.facts.validity(now)
    }

    /// The PEM text.
    pub fn to_pem(&self) -> String {
        pem("CERTIFICATE", &self.der)
    }
}

impl fmt::Debug for Certificate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Certificate({})", self.facts.serial_number)
    }
}

/// The platform's certificate with those above it: what `alipay.open.app.alipaycert.download` hands out.
#[derive(Debug, Clone)]
pub struct Chain {
    certificate: Certificate,
    pem: String,
}

impl Chain {
    /// Reads a PEM bundle: the platform's certificate first, then its intermediates.
    pub fn parse(pasted: &[u8]) -> Result<Self, CertificateError> {
        let certificate = Certificate::parse(pasted)?;
        let mut text = String::new();
        let mut plain = pasted.starts_with(b"-----BEGIN CERTIFICATE-----");
        for block in pasted::blocks(pasted)? {
            if block.kind != Kind::Certificate {
                return Err(CertificateError::Wrong(block.kind));
            }
            X509Certificate::from_der(block.expose()).map_err(|_| CertificateError::Damaged)?;
            plain &= block.oddities.is_empty();
            text.push_str(&pem("CERTIFICATE", block.expose()));
        }
        // A file that is a bundle already is handed out as it is, to the byte.
        let pem = if plain { String::from_utf8(pasted.to_vec()).unwrap_or(text) } else { text };
        Ok(Self { certificate, pem })
    }

    /// The platform's own certificate.
    pub const fn certificate(&self) -> &Certificate {
        &self.certificate
    }

    /// `alipay_cert_content`: base64 of the PEM text of the whole chain.
    pub fn content(&self) -> String {
        STANDARD.encode(&self.pem)
    }
}

/// The SN of a root bundle: the SNs of all its RSA-signed certificates in file order, joined with `_`.
pub fn root_serial_number(pasted: &[u8]) -> Result<String, CertificateError> {
    let mut serial_numbers = Vec::new();
    for block in pasted::blocks(pasted)? {
        if block.kind != Kind::Certificate {
            return Err(CertificateError::Wrong(block.kind));
        }
        let facts = facts(block.expose()).ok_or(CertificateError::Damaged)?;
        if facts.rsa_signed {
            serial_numbers.push(facts.serial_number);
        }
    }
    if serial_numbers.is_empty() { Err(CertificateError::NoRsa) } else { Ok(serial_numbers.join("_")) }
}

/// The SN of an issuer's name and a serial in decimal.
pub fn serial_number(issuer: &str, serial: &str) -> String {
    hex(&Md5::new().chain_update(issuer).chain_update(serial).finalize())
}

/// What a certificate says of itself, whatever its key is.
pub(super) fn facts(der: &[u8]) -> Option<Facts> {
    Facts::of(&X509Certificate::from_der(der).ok()?.1)
}

impl Facts {
    /// Where `now` lies in its life.
    pub fn validity(&self, now: Timestamp) -> Validity {
        if now < self.not_before {
            Validity::NotYet
        } else if now > self.not_after {
            Validity::Expired
        } else {
            Validity::Valid
        }
    }

    fn of(certificate: &X509Certificate<'_>) -> Option<Self> {
        let issuer = name(certificate.issuer(), Escapes::No);
        let serial = certificate.tbs_certificate.serial.to_string();
        let escaped = name(certificate.issuer(), Escapes::Rfc2253);
        let mut other_serial_numbers = Vec::new();
        if escaped != issuer {
            other_serial_numbers.push(serial_number(&escaped, &serial));
        }
        if certificate.tbs_certificate.serial.bits() >= 128 {
            let bytes = certificate.tbs_certificate.serial.to_bytes_be();
            other_serial_numbers.push(serial_number(&issuer, &format!("0x{}", hex(&bytes).to_uppercase())));
        }
        let moment = |time: x509_parser::time::ASN1Time| Timestamp::from_second(time.timestamp()).ok();
        Some(Self {
            subject: name(certificate.subject(), Escapes::No),
            serial_number: serial_number(&issuer, &serial),
            not_before: moment(certificate.validity().not_before)?,
            not_after: moment(certificate.validity().not_after)?,
            rsa_signed: certificate.signature_algorithm.algorithm.to_id_string().starts_with("1.2.840.113549.1.1"),
            issuer,
            serial,
            other_serial_numbers,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// An issuer with a comma, a serialNumber and an e-mail address.
    const FOREIGN: &str = "-----BEGIN CERTIFICATE-----
MIIChDCCAe2gAwIBAgIEEjRWeDANBgkqhkiG9w0BAQsFADBcMQswCQYDVQQGEwJD
TjEVMBMGA1UECgwMRXhhbXBsZSwgTHRkMQswCQYDVQQFEwJBMTEKMAgGA1UEAwwB
eDEdMBsGCSqGSIb3DQEJARYOYUBleGFtcGxlLnRlc3QwHhcNMjYxMTI2MTM1OTI3
WhcNMzYxMTIzMTM1OTI3WjBcMQswCQYDVQQGEwJDTjEVMBMGA1UECgwMRXhhbXBs
ZSwgTHRkMQswCQYDVQQFEwJBMTEKMAgGA1UEAwwBeDEdMBsGCSqGSIb3DQEJARYO
YUBleGFtcGxlLnRlc3QwgZ8wDQYJKoZIhvcNAQEBBQADgY0AMIGJAoGBAL1vy3tg
8l5vsfXCfWfkL5TxI2dbLFWd5IIFwB1HXUutcrbhz/nYOPu/+Uak67QLo9XhHoXY
RdIcdApLML3eMpUyTWudXue9qUp2ia4OWROLoK9IIflgxmqic/nSaYLp4ZPMs/Lf
U1rt4UyxPlX/x/RWVi0x+tw6BRr+HBxXIPwJAgMBAAGjUzBRMB0GA1UdDgQWBBQX
Qai7yFyIkJPZowQUyIOAd0G6azAfBgNVHSMEGDAWgBQXQai7yFyIkJPZowQUyIOA
d0G6azAPBgNVHRMBAf8EBTADAQH/MA0GCSqGSIb3DQEBCwUAA4GBABVVZgmotDfp
M2h/v9YNi1uYBWnPfp8/TnWQycrnB0hjTGwaTrYMqWWXYf7OQLqZwX7j7IIOYdAt
QyORFR9Z1/VeXIprBDzMOKDRAb841yPqF00ExwJCnODc4ju10JV8FrsBgahftbsN
WqnO49o9YG2LyHCzsac4MtR3MxESsWs1
-----END CERTIFICATE-----
";
    const GATEWAY: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../vectors/alipay-gateway/keys/");
    const V3: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../vectors/alipay-v3/keys/");

    fn read(folder: &str, name: &str) -> Vec<u8> {
        std::fs::read(format!("{folder}{name}")).unwrap()
    }

    #[test]
    fn the_known_answer_of_the_jdk_and_the_sdk_comes_out() {
        let issuer =
            "CN=Ant Financial Certification Authority Class 1 R1,OU=Certification Authority,O=Ant Financial,C=CN";
        let serial = u128::from_str_radix("2020051862039D4090897BA4D51C2126", 16).unwrap().to_string();
        assert_eq!(serial_number(issuer, &serial), "866efef280dec9137a87d047ac446315");
    }

    #[test]
    fn the_recorded_serial_numbers_come_out() {
        for (folder, file, expected) in [
            (GATEWAY, "app_cert.crt", "43f51bd2ddc8f33a0d0523b44dd414f4"),
            (GATEWAY, "platform_cert.crt", "140957359f44309dc6156680db6cd85c"),
            (V3, "app.crt", "0418b19f8eddd971bb9cf26814597199"),
            (V3, "platform.crt", "261b908550e85112e3f5ef4e4267424f"),
            (V3, "platform_other.crt", "ab798b4af3a733596e066d3374089008"),
        ] {
            let certificate = Certificate::parse(&read(folder, file)).unwrap();
            assert_eq!(certificate.serial_number(), expected, "{file}");
            assert!(certificate.answers_to(expected) && !certificate.answers_to(""));
        }
    }

    #[test]
    fn a_root_bundle_leaves_out_what_is_not_of_the_rsa_family() {
        for (folder, file, expected) in [
            (GATEWAY, "root_cert_bundle.crt", "40a2c9554982b0c979ca34cdf0788f57_009144ceb103e41c159617000a6db36a"),
            (V3, "root.crt", "d57fa34838fa38214bc5f1a31f4b15d6_070c6a09e0aca772726ba5370c9c7323"),
        ] {
            assert_eq!(root_serial_number(&read(folder, file)).unwrap(), expected);
        }
    }

    #[test]
    fn the_downloaded_content_is_base64_of_the_pem_text_of_the_chain() {
        let pasted = read(GATEWAY, "platform_cert.crt");
        let chain = Chain::parse(&pasted).unwrap();
        let content = STANDARD.decode(chain.content()).unwrap();
        assert_eq!(String::from_utf8(content).unwrap(), String::from_utf8(pasted).unwrap());
        assert_eq!(chain.certificate().serial_number(), "140957359f44309dc6156680db6cd85c");
    }

    #[test]
    fn a_certificate_is_valid_between_its_two_moments_and_at_them() {
        let certificate = Certificate::parse(&read(GATEWAY, "app_cert.crt")).unwrap();
        for (at, expected) in [
            ("2019-12-31T23:59:59Z", Validity::NotYet),
            ("2020-01-01T00:00:00Z", Validity::Valid),
            ("2040-01-01T00:00:00Z", Validity::Valid),
            ("2040-01-01T00:00:01Z", Validity::Expired),
        ] {
            assert_eq!(certificate.validity(at.parse().unwrap()), expected, "{at}");
        }
    }

    #[test]
    fn what_is_no_certificate_is_named() {
        let key = read(GATEWAY, "app_private_pkcs8.pem");
        assert_eq!(Certificate::parse(&key).unwrap_err(), CertificateError::Wrong(Kind::RsaPrivatePkcs8));
        assert_eq!(root_serial_number(&key).unwrap_err(), CertificateError::Wrong(Kind::RsaPrivatePkcs8));
    }

    #[test]
    fn a_foreign_certificate_is_known_by_the_name_that_java_writes() {
        // JDK 17: 1.2.840.113549.1.9.1=#160e…,CN=x,2.5.4.5=#13024131,O=Example\, Ltd,C=CN and 305419896.
        let certificate = Certificate::parse(FOREIGN.as_bytes()).unwrap();
        assert!(certificate.answers_to("405ba34218036cb4ee8ec4515c7ed489"));
        let plain = "emailAddress=a@example.test,CN=x,2.5.4.5=A1,O=Example, Ltd,C=CN";
        assert_eq!(certificate.serial_number(), serial_number(plain, "305419896"));
    }
}

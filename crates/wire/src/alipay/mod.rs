//! What both Alipay doors share: keys in any form an operator may paste, certificates, AES content, charsets, forms.
//!
//! Docs: Alipay gateway specification, sections 1.3 to 1.10; Alipay v3 specification, sections 1.7 and 1.8. The doors themselves
//! are [`crate::alipay_gateway`] (`gateway.do`) and [`crate::alipay_v3`] (`/v3/…`).
//!
//! Cryptography is aws-lc-rs wherever it covers the need. It does not sign with SHA-1, and it signs with no key below 2,048 bits
//! (its sources: `rsa/encoding`, `rsa/key.rs`); for these two legacy cases alone [`keys::PrivateKey`] falls back to the `rsa`
//! crate, 0.10 or later, whose private-key operation is constant-time and blinded.

pub mod aes;
pub mod certificate;
mod der;
pub mod fields;
pub mod form;
pub mod inspect;
pub mod keys;
pub mod mistake;
pub mod multipart;
pub mod pasted;
pub mod signature;
pub mod text;

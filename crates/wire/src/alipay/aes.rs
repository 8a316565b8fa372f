//! Encrypted content, both ways. Docs: Alipay gateway specification, sections 1.7 and 2.7; Alipay v3 specification, section 1.8.
//!
//! AES-CBC with PKCS#7 padding and an IV of sixteen zero bytes, in standard base64. The key's length chooses among AES-128, -192
//! and -256. The same text under the same key gives the same ciphertext; that is the vendor's protocol, not our choice.
//!
//! A wrong key, a wrong padding and a cut text are one error, and the padding is looked at in constant time, so that nobody can
//! learn a plaintext by asking often. (Before decryption the signature has been checked, so only the caller itself could ask.) The
//! times are measured by `shiming-bench alipay-aes`.

use std::fmt;

use aws_lc_rs::cipher::{
    AES_128, AES_192, AES_256, Algorithm, DecryptingKey, DecryptionContext, EncryptionContext,
    PaddedBlockEncryptingKey, UnboundCipherKey,
};
use aws_lc_rs::iv::FixedLength;
use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, STANDARD_NO_PAD};
use zeroize::Zeroizing;

use super::pasted::{self, Kind};
use crate::secret::Secret;

/// A content key.
#[derive(Clone)]
pub struct ContentKey(Zeroizing<Vec<u8>>);

/// The text is no AES key.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the content key is not base64 of 16, 24 or 32 bytes")]
pub struct NotAContentKey;

/// The content cannot be decrypted: no more is said, on purpose.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the content cannot be decrypted with this key")]
pub struct Undecryptable;

impl ContentKey {
    /// Reads the form that the vendor's console shows: base64 of 16, 24 or 32 bytes.
    pub fn parse(text: &Secret) -> Result<Self, NotAContentKey> {
        let blocks = pasted::blocks(text.expose().as_bytes()).map_err(|_| NotAContentKey)?;
        match blocks.as_slice() {
            [block] if block.kind == Kind::ContentKey => Ok(Self(Zeroizing::new(block.expose().to_vec()))),
            _ => Err(NotAContentKey),
        }
    }

    /// A key of these bytes, which must be 16, 24 or 32.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, NotAContentKey> {
        if matches!(bytes.len(), 16 | 24 | 32) { Ok(Self(Zeroizing::new(bytes.to_vec()))) } else { Err(NotAContentKey) }
    }

    /// The key as base64, as the vendor's console shows it.
    pub fn expose(&self) -> Secret {
        Secret::new(STANDARD.encode(self.0.as_slice()))
    }

    /// Encrypts a text into base64 of one line. An empty text becomes one block of padding.
    pub fn encrypt(&self, plain: &[u8]) -> String {
        let mut block = Zeroizing::new(Vec::with_capacity(plain.len() + 16));
        block.extend_from_slice(plain);
        let context = EncryptionContext::Iv128(FixedLength::from(&[0; 16]));
        // The key's length was checked when it was made, and the IV's is a type: nothing is left that could fail.
        let done = self
            .unbound()
            .and_then(PaddedBlockEncryptingKey::cbc_pkcs7)
            .and_then(|key| key.less_safe_encrypt(&mut *block, context));
        if done.is_ok() { STANDARD.encode(block.as_slice()) } else { String::new() }
    }

    /// Decrypts base64 text; white space in it is passed over.
    pub fn decrypt(&self, text: &[u8]) -> Result<Zeroizing<Vec<u8>>, Undecryptable> {
        let cleaned;
        let symbols = if text.iter().any(u8::is_ascii_whitespace) {
            cleaned = text.iter().copied().filter(|byte| !byte.is_ascii_whitespace()).collect::<Vec<u8>>();
            cleaned.as_slice()
        } else {
            text
        };
        let bare = symbols.iter().rposition(|&byte| byte != b'=').map_or(0, |last| last + 1);
        let symbols = symbols.get(..bare).unwrap_or_default();
        let mut bytes = Zeroizing::new(STANDARD_NO_PAD.decode(symbols).map_err(|_| Undecryptable)?);
        if bytes.is_empty() || !bytes.len().is_multiple_of(16) {
            return Err(Undecryptable);
        }
        let context = DecryptionContext::Iv128(FixedLength::from(&[0; 16]));
        let key = self.unbound().and_then(DecryptingKey::cbc).map_err(|_| Undecryptable)?;
        key.decrypt(&mut bytes, context).map_err(|_| Undecryptable)?;
        let length = unpadded_length(&bytes).ok_or(Undecryptable)?;
        bytes.truncate(length);
        Ok(bytes)
    }

    fn unbound(&self) -> Result<UnboundCipherKey, aws_lc_rs::error::Unspecified> {
        let algorithm: &'static Algorithm = match self.0.len() {
            16 => &AES_128,
            24 => &AES_192,
            _ => &AES_256,
        };
        UnboundCipherKey::new(algorithm, &self.0)
    }
}

impl fmt::Debug for ContentKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("ContentKey(…)")
    }
}

/// The length without PKCS#7 padding. Looks at all sixteen last bytes whatever they are; the one branch is the verdict.
fn unpadded_length(bytes: &[u8]) -> Option<usize> {
    let padding = *bytes.last()?;
    let mut wrong = u8::from(padding == 0) | u8::from(padding > 16);
    for (back, &byte) in (1_u8..=16).zip(bytes.iter().rev()) {
        let counts = u8::from(back <= padding).wrapping_neg();
        wrong |= counts & (byte ^ padding);
    }
    (std::hint::black_box(wrong) == 0).then(|| bytes.len().saturating_sub(usize::from(padding)))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn key(text: &str) -> ContentKey {
        ContentKey::parse(&Secret::new(text)).unwrap()
    }

    #[test]
    fn the_recorded_answer_comes_out_letter_for_letter() {
        let plain = r#"{"code":"10000","msg":"Success","biz_no":"ZM201612013000000393900404029253","passed":"true","failed_reason":"认证完成"}"#;
        let cipher = "rOEZshi0u2mRCIv8fnVpdF+eLF5rRkDR3nYux+DlXtEupuRE5e9mqB7qiDkFG497Odd+nEuGUIQb6whLGAh80758tFhb4D35WkO0Ku/Npfop/eZMNcnW5Bu5wYH2fHV7eKrqbmgVUavaoCWlR8uVqipgPAtGzclN2YoLizaxtl0=";
        let key = key("O5mWgdKDMFtoJlZTihL1AA==");
        assert_eq!(key.encrypt(plain.as_bytes()), cipher);
        assert_eq!(*key.decrypt(cipher.as_bytes()).unwrap(), plain.as_bytes());
    }

    #[test]
    fn only_three_lengths_are_keys() {
        for length in 0..=64 {
            let bytes = vec![1; length];
            let good = matches!(length, 16 | 24 | 32);
            assert_eq!(ContentKey::from_bytes(&bytes).is_ok(), good, "{length}");
            assert_eq!(ContentKey::parse(&Secret::new(STANDARD.encode(&bytes))).is_ok(), good, "{length}");
        }
    }

    #[test]
    fn every_damage_is_the_same_error() {
        let good = key("O5mWgdKDMFtoJlZTihL1AA==");
        let other = key("U6EmKn4UbWXd35INZhaoQw==");
        let cipher = good.encrypt(b"forty characters of a text to be hidden.");
        assert_eq!(other.decrypt(cipher.as_bytes()), Err(Undecryptable));
        for damaged in ["", "=", "A", "AAAA", "!!!!", &cipher[..cipher.len() - 4], &cipher[4..]] {
            assert_eq!(good.decrypt(damaged.as_bytes()), Err(Undecryptable), "{damaged}");
        }
    }

    #[test]
    fn every_wrong_padding_is_refused() {
        let mut block = [7_u8; 32];
        for last in 0..=u8::MAX {
            block[31] = last;
            assert_eq!(unpadded_length(&block).is_some(), last == 1 || last == 7, "{last}");
        }
        assert_eq!(unpadded_length(&[16; 16]), Some(0));
        assert_eq!(unpadded_length(&[17; 32]), None);
    }

    #[test]
    fn debug_hides_the_key() {
        assert_eq!(format!("{:?}", key("O5mWgdKDMFtoJlZTihL1AA==")), "ContentKey(…)");
    }

    proptest! {
        #[test]
        fn what_is_encrypted_comes_back(plain in any::<Vec<u8>>(), length in prop::sample::select(vec![16_usize, 24, 32]), byte: u8) {
            let key = ContentKey::from_bytes(&vec![byte; length]).unwrap();
            prop_assert_eq!(&*key.decrypt(key.encrypt(&plain).as_bytes()).unwrap(), &plain);
        }

        #[test]
        fn nothing_panics(text in any::<Vec<u8>>()) {
            let _ = ContentKey::from_bytes(&[1; 16]).unwrap().decrypt(&text);
        }
    }
}

//! Encrypted content, both ways. Docs: Alipay gateway specification, sections 1.7 and 2.7; Alipay v3 specification, section 1.8.
//!
//! AES-CBC with PKCS#7 padding and an IV of sixteen zero bytes, in standard base64. The key's length chooses among AES-128, -192
//! and -256. The same text under the same key gives the same ciphertext; that is the vendor's protocol, not our choice.
//!
//! A wrong key, a wrong padding, a cut text and bytes that are no UTF-8 are one error, found in constant time, so that nobody can
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
use super::text::Charset;
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
        let mut bytes = self.decrypt_blocks(text)?;
        verdict(wrong_padding(&bytes))?;
        unpad(&mut bytes);
        Ok(bytes)
    }

    /// The same, where the content is text of a charset. What is not of it is the same error, as a wrong key that leaves a right
    /// padding by chance shows there; for UTF-8 in the same time as well.
    pub fn decrypt_text(&self, text: &[u8], charset: Charset) -> Result<Zeroizing<String>, Undecryptable> {
        if charset != Charset::Utf8 {
            let bytes = self.decrypt(text)?;
            return charset.decode(&bytes).map(|text| Zeroizing::new(text.into_owned())).ok_or(Undecryptable);
        }
        let mut bytes = self.decrypt_blocks(text)?;
        // A right padding is ASCII: with it behind them the bytes are UTF-8 if they are without it.
        verdict(wrong_padding(&bytes) | wrong_utf8(&bytes))?;
        unpad(&mut bytes);
        String::from_utf8(std::mem::take(&mut *bytes)).map(Zeroizing::new).map_err(|_| Undecryptable)
    }

    /// Whole blocks, at least one, with the padding still behind them.
    fn decrypt_blocks(&self, text: &[u8]) -> Result<Zeroizing<Vec<u8>>, Undecryptable> {
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

/// The one branch on what was decrypted.
fn verdict(wrong: u8) -> Result<(), Undecryptable> {
    if std::hint::black_box(wrong) == 0 { Ok(()) } else { Err(Undecryptable) }
}

/// Not zero where PKCS#7 padding is wrong. Looks at all sixteen last bytes whatever they are.
fn wrong_padding(bytes: &[u8]) -> u8 {
    let padding = bytes.last().copied().unwrap_or_default();
    let mut wrong = u8::from(padding == 0) | u8::from(padding > 16);
    for (back, &byte) in (1_u8..=16).zip(bytes.iter().rev()) {
        let counts = u8::from(back <= padding).wrapping_neg();
        wrong |= counts & (byte ^ padding);
    }
    wrong
}

/// Takes off a padding that was found right.
fn unpad(bytes: &mut Vec<u8>) {
    let padding = bytes.last().copied().map_or(0, usize::from);
    bytes.truncate(bytes.len().saturating_sub(padding));
}

/// Not zero where bytes that end in ASCII are no UTF-8. Looks at each with the three before it (The Unicode Standard, table 3-7)
/// and never stops early.
fn wrong_utf8(bytes: &[u8]) -> u8 {
    // Nothing stands before the first three.
    let mut head = [0; 6];
    for (place, &byte) in head.iter_mut().skip(3).zip(bytes) {
        *place = byte;
    }
    head.windows(4).chain(bytes.windows(4)).fold(0, |wrong, four| wrong | wrong_utf8_byte(four))
}

/// The same for the last of four bytes.
fn wrong_utf8_byte(four: &[u8]) -> u8 {
    let &[third, second, first, byte] = four else { return 1 };
    let is_tail = u8::from(byte & 0xc0 == 0x80);
    let wants_tail = u8::from(first >= 0xc0) | u8::from(second >= 0xe0) | u8::from(third >= 0xf0);
    let never = u8::from(byte & 0xfe == 0xc0) | u8::from(byte >= 0xf5);
    let overlong =
        (u8::from(first == 0xe0) & u8::from(byte < 0xa0)) | (u8::from(first == 0xf0) & u8::from(byte < 0x90));
    let surrogate = u8::from(first == 0xed) & u8::from(byte >= 0xa0);
    let beyond = u8::from(first == 0xf4) & u8::from(byte >= 0x90);
    (is_tail ^ wants_tail) | never | overlong | surrogate | beyond
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
            assert_eq!(wrong_padding(&block) == 0, last == 1 || last == 7, "{last}");
        }
        assert_eq!(wrong_padding(&[16; 16]), 0);
        assert_ne!(wrong_padding(&[17; 32]), 0);
    }

    #[test]
    fn every_sequence_of_four_bytes_at_its_edges_is_judged_as_the_standard_library_does() {
        let edges: Vec<u8> =
            [0x00, 0x7f, 0x80, 0x8f, 0x90, 0x9f, 0xa0, 0xbf, 0xc0, 0xc1, 0xc2, 0xdf, 0xe0, 0xe1, 0xec, 0xed]
                .into_iter()
                .chain(0xee..=0xff)
                .collect();
        let mut bytes = [b' '; 6];
        for &one in &edges {
            for &two in &edges {
                for &three in &edges {
                    for &four in &edges {
                        bytes[..4].copy_from_slice(&[one, two, three, four]);
                        assert_eq!(wrong_utf8(&bytes) == 0, std::str::from_utf8(&bytes).is_ok(), "{bytes:x?}");
                    }
                }
            }
        }
    }

    #[test]
    fn what_is_no_text_is_the_same_error() {
        let key = key("O5mWgdKDMFtoJlZTihL1AA==");
        for (plain, utf8, gbk) in [
            (&b"\xe5\xbc\xa0"[..], Some("张"), None),
            (b"\xd5\xc5", None, Some("张")),
            (b"", Some(""), Some("")),
            (b"cut: \xe5\xbc", None, Some("cut: 寮")),
            (b"\xff", None, None),
        ] {
            let read = |charset| key.decrypt_text(key.encrypt(plain).as_bytes(), charset).map(|text| text.to_string());
            assert_eq!(read(Charset::Utf8).ok().as_deref(), utf8, "{plain:x?}");
            assert_eq!(read(Charset::Gbk).ok().as_deref(), gbk, "{plain:x?}");
        }
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
        fn utf8_is_judged_as_the_standard_library_does(text: String, damage in any::<Option<(prop::sample::Index, u8)>>()) {
            let mut bytes = format!("{text}\u{1}").into_bytes();
            if let Some((at, byte)) = damage {
                let at = at.index(bytes.len());
                bytes[at] = byte;
            }
            // Behind a right padding there is always ASCII.
            bytes.push(1);
            prop_assert_eq!(wrong_utf8(&bytes) == 0, std::str::from_utf8(&bytes).is_ok());
        }

        #[test]
        fn nothing_panics(text in any::<Vec<u8>>()) {
            let key = ContentKey::from_bytes(&[1; 16]).unwrap();
            let _ = (key.decrypt(&text), key.decrypt_text(&text, Charset::Utf8));
        }
    }
}

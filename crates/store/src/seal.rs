//! The few cryptographic forms that the store uses, all by aws-lc-rs: AES-256-GCM to wrap and seal, HMAC-SHA-256 for
//! tags and for deriving one key from another, and GMAC in front of it for tags of what is large.

use std::fmt;

use aws_lc_rs::{
    aead::{AES_256_GCM, Aad, LessSafeKey, Nonce, UnboundKey},
    constant_time::verify_slices_are_equal,
    hmac,
};
use zeroize::Zeroizing;

use crate::{Random, StoreError};

/// A key of 32 bytes, erased from memory after use.
#[derive(Clone)]
pub(crate) struct Secret(Zeroizing<[u8; 32]>);

/// Never shows the key.
impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret(…)")
    }
}

/// Why something sealed does not open.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Unsealed {
    /// It was sealed under another key.
    OtherKey,
    /// It was changed, or moved from where it belongs.
    Changed,
}

/// First byte of everything sealed.
const FORM: u8 = 1;
const CHECK_LEN: usize = 4;
const NONCE_LEN: usize = 12;
pub(crate) const HEAD_LEN: usize = 1 + CHECK_LEN + NONCE_LEN;
pub(crate) const TAG_LEN: usize = 16;

/// Something sealed, in its three parts: they belong behind one another.
pub(crate) struct Sealed {
    /// Form, key check and nonce.
    pub(crate) head: [u8; HEAD_LEN],
    /// The ciphertext.
    pub(crate) body: Vec<u8>,
    /// What shows that nothing was changed.
    pub(crate) tag: [u8; TAG_LEN],
}

impl Secret {
    pub(crate) const LEN: usize = 32;

    pub(crate) fn new(bytes: [u8; Self::LEN]) -> Self {
        Self(Zeroizing::new(bytes))
    }

    /// `None` if the bytes are not as many as a key's. Whoever has them erases them.
    pub(crate) fn of_slice(bytes: &[u8]) -> Option<Self> {
        let bytes: &[u8; Self::LEN] = bytes.try_into().ok()?;
        Some(Self::new(*bytes))
    }

    pub(crate) fn generate(random: &dyn Random) -> Result<Self, StoreError> {
        let mut bytes = Zeroizing::new([0; Self::LEN]);
        random.fill(&mut *bytes).map_err(StoreError::Random)?;
        Ok(Self(bytes))
    }

    pub(crate) fn expose(&self) -> &[u8; Self::LEN] {
        &self.0
    }

    /// A key for one purpose: HKDF-Expand of RFC 5869 with this key as its input and 32 bytes of output, which is one
    /// HMAC. The extract step is for keys that are not uniform; ours are.
    pub(crate) fn derive(&self, label: &[&[u8]]) -> Self {
        let mut out = Zeroizing::new([0; Self::LEN]);
        let mut context = hmac::Context::with_key(&hmac::Key::new(hmac::HMAC_SHA256, &*self.0));
        for part in label {
            context.update(part);
        }
        context.update(&[1]);
        out.copy_from_slice(context.sign().as_ref());
        Self(out)
    }

    /// Seals bytes for one place, which `context` names: `form ‖ key check ‖ nonce ‖ ciphertext ‖ tag`.
    ///
    /// The key check is four bytes of a hash of the key. It tells "another key" from "damaged", and nothing else.
    pub(crate) fn seal(&self, context: &[&str], plain: &[u8], random: &dyn Random) -> Result<Vec<u8>, StoreError> {
        let Sealed { head, body, tag } = self.seal_in_place(context, plain.to_vec(), random)?;
        Ok([&head[..], &body, &tag].concat())
    }

    /// The same without a copy, for what is large: the bytes are encrypted where they are.
    pub(crate) fn seal_in_place(
        &self,
        context: &[&str],
        mut body: Vec<u8>,
        random: &dyn Random,
    ) -> Result<Sealed, StoreError> {
        let mut nonce = [0; NONCE_LEN];
        random.fill(&mut nonce).map_err(StoreError::Random)?;
        let tag = self
            .cipher()?
            .seal_in_place_separate_tag(Nonce::assume_unique_for_key(nonce), Aad::from(place(context)), &mut body)
            .map_err(|_| StoreError::Cipher)?;
        let mut sealed = Sealed { head: [0; HEAD_LEN], body, tag: [0; TAG_LEN] };
        let head = [&[FORM], &self.check()[..], &nonce].concat();
        sealed.head.copy_from_slice(&head);
        sealed.tag.copy_from_slice(tag.as_ref());
        Ok(sealed)
    }

    /// Opens what [`Secret::seal`] made for the same place.
    pub(crate) fn open(&self, context: &[&str], sealed: &[u8]) -> Result<Zeroizing<Vec<u8>>, Unsealed> {
        let (&form, rest) = sealed.split_first().ok_or(Unsealed::Changed)?;
        let (check, rest) = rest.split_first_chunk::<CHECK_LEN>().ok_or(Unsealed::Changed)?;
        let (nonce, body) = rest.split_first_chunk::<NONCE_LEN>().ok_or(Unsealed::Changed)?;
        if form != FORM {
            return Err(Unsealed::Changed);
        }
        if *check != self.check() {
            return Err(Unsealed::OtherKey);
        }
        let mut body = Zeroizing::new(body.to_vec());
        let nonce = Nonce::assume_unique_for_key(*nonce);
        let cipher = self.cipher().map_err(|_| Unsealed::Changed)?;
        let len =
            cipher.open_in_place(nonce, Aad::from(place(context)), &mut body).map_err(|_| Unsealed::Changed)?.len();
        body.truncate(len);
        Ok(body)
    }

    fn cipher(&self) -> Result<LessSafeKey, StoreError> {
        UnboundKey::new(&AES_256_GCM, &*self.0).map(LessSafeKey::new).map_err(|_| StoreError::Cipher)
    }

    fn check(&self) -> [u8; CHECK_LEN] {
        let derived = self.derive(&[b"key check"]);
        let mut check = [0; CHECK_LEN];
        check.copy_from_slice(&derived.expose()[..CHECK_LEN]);
        check
    }
}

/// The parts of a place, none of which can run into the next.
fn place(context: &[&str]) -> Vec<u8> {
    let mut bytes = Vec::new();
    for part in context {
        bytes.extend_from_slice(&(part.len() as u64).to_be_bytes());
        bytes.extend_from_slice(part.as_bytes());
    }
    bytes
}

/// Makes tags: HMAC-SHA-256, truncated to 16 bytes.
pub(crate) struct Tagger(hmac::Key);

/// Never shows the key.
impl fmt::Debug for Tagger {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Tagger(…)")
    }
}

/// Half of an HMAC-SHA-256.
pub(crate) type Tag = [u8; 16];

impl Tagger {
    pub(crate) fn new(key: &Secret) -> Self {
        Self(hmac::Key::new(hmac::HMAC_SHA256, key.expose()))
    }

    /// The tag of `head` and texts. Each text is preceded by its length, so that none runs into the next.
    pub(crate) fn tag(&self, head: &[u8], texts: &[&[u8]]) -> Tag {
        let mut context = hmac::Context::with_key(&self.0);
        context.update(head);
        for text in texts {
            context.update(&(text.len() as u64).to_be_bytes());
            context.update(text);
        }
        let mut tag = [0; 16];
        tag.copy_from_slice(&context.sign().as_ref()[..16]);
        tag
    }
}

/// Makes tags of what is large: GMAC, then HMAC-SHA-256 of that.
///
/// GMAC takes a small part of the time of SHA-256. With one nonce for all it is a universal hash under a secret key: two texts that
/// differ have the same one by a chance of less than 2^-100 for a gigabyte, as long as nobody sees one. And nobody does: what
/// leaves this is a tag of it under another key, which shows no more than whether two are equal.
pub(crate) struct LargeTagger {
    print: LessSafeKey,
    tagger: Tagger,
}

/// Never shows the keys.
impl fmt::Debug for LargeTagger {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("LargeTagger(…)")
    }
}

impl LargeTagger {
    pub(crate) fn new(key: &Secret) -> Result<Self, StoreError> {
        Ok(Self { print: key.derive(&[b"print"]).cipher()?, tagger: Tagger::new(&key.derive(&[b"tag"])) })
    }

    pub(crate) fn tag(&self, head: &[u8], text: &[u8]) -> Result<Tag, StoreError> {
        let nonce = Nonce::assume_unique_for_key([0; NONCE_LEN]);
        let print = self.print.seal_in_place_separate_tag(nonce, Aad::from(text), &mut []);
        Ok(self.tagger.tag(head, &[print.map_err(|_| StoreError::Cipher)?.as_ref()]))
    }
}

/// Whether two tags are equal, in constant time.
pub(crate) fn same(left: &[u8], right: &[u8]) -> bool {
    verify_slices_are_equal(left, right).is_ok()
}

/// As many bytes as twice as many hexadecimal digits stand for, of either case; `None` for anything else.
pub(crate) fn unhex<const N: usize>(text: &str) -> Option<Zeroizing<[u8; N]>> {
    let (pairs, []) = text.as_bytes().as_chunks::<2>() else { return None };
    let mut bytes = Zeroizing::new([0; N]);
    if pairs.len() != N {
        return None;
    }
    let digit = |digit: u8| char::from(digit).to_digit(16).and_then(|value| u8::try_from(value).ok());
    for (byte, [high, low]) in bytes.iter_mut().zip(pairs) {
        *byte = digit(*high)? << 4 | digit(*low)?;
    }
    Some(bytes)
}

/// Bytes in hexadecimal.
pub(crate) fn hex(bytes: &[u8]) -> String {
    use std::fmt::Write;
    bytes.iter().fold(String::with_capacity(bytes.len() * 2), |mut text, byte| {
        let _ = write!(text, "{byte:02x}");
        text
    })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::contract::counting_random;

    fn key(byte: u8) -> Secret {
        Secret::new([byte; 32])
    }

    proptest! {
        #[test]
        fn what_is_sealed_opens_in_its_place_and_nowhere_else(plain: Vec<u8>, a in "[a-z]{0,4}", b in "[a-z]{0,4}") {
            let random = counting_random(1);
            let sealed = key(1).seal(&[&a, &b], &plain, &*random).unwrap();
            prop_assert_eq!(&*key(1).open(&[&a, &b], &sealed).unwrap(), &plain);
            prop_assert_eq!(key(2).open(&[&a, &b], &sealed).unwrap_err(), Unsealed::OtherKey);
            prop_assert_eq!(key(1).open(&[&format!("{a}x"), &b], &sealed).unwrap_err(), Unsealed::Changed);
            prop_assert_eq!(key(1).open(&[&format!("{a}{b}")], &sealed).unwrap_err(), Unsealed::Changed);
        }

        #[test]
        fn any_changed_bit_is_noticed(plain: Vec<u8>, at: prop::sample::Index, bit in 0u8..8) {
            let mut sealed = key(1).seal(&["here"], &plain, &*counting_random(1)).unwrap();
            let at = at.index(sealed.len());
            sealed[at] ^= 1 << bit;
            prop_assert!(key(1).open(&["here"], &sealed).is_err());
        }
    }

    #[test]
    fn a_cut_seal_is_refused_and_not_a_panic() {
        let sealed = key(1).seal(&["here"], b"plain", &*counting_random(1)).unwrap();
        for len in 0..sealed.len() {
            assert!(key(1).open(&["here"], &sealed[..len]).is_err());
        }
    }

    #[test]
    fn a_key_has_as_many_bytes_as_a_key() {
        assert_eq!(Secret::of_slice(&[7; 32]).unwrap().expose(), key(7).expose());
        for len in [0, 31, 33] {
            assert!(Secret::of_slice(&vec![7; len]).is_none(), "{len}");
        }
    }

    #[test]
    fn texts_do_not_run_into_each_other() {
        let tagger = Tagger::new(&key(3));
        assert_ne!(tagger.tag(&[], &[b"ab", b"c"]), tagger.tag(&[], &[b"a", b"bc"]));
        assert_ne!(tagger.tag(&[1], &[b"a"]), tagger.tag(&[2], &[b"a"]));
    }

    #[test]
    fn what_is_sealed_in_place_is_what_is_sealed_otherwise() {
        let plain = b"plain".repeat(99);
        let Sealed { head, body, tag } = key(1).seal_in_place(&["here"], plain.clone(), &*counting_random(1)).unwrap();
        let sealed = [&head[..], &body, &tag].concat();
        assert_eq!(sealed, key(1).seal(&["here"], &plain, &*counting_random(1)).unwrap());
        assert_eq!(*key(1).open(&["here"], &sealed).unwrap(), plain);
    }

    #[test]
    fn large_texts_have_one_tag_each() {
        let tagger = LargeTagger::new(&key(3)).unwrap();
        let tag = |head: &[u8], text: &[u8]| tagger.tag(head, text).unwrap();
        let text = vec![7; 100_000];
        assert_eq!(tag(b"a", &text), tag(b"a", &text));
        let mut others: Vec<Vec<u8>> = [0, 15, 16, 50_000, 99_999]
            .map(|at| {
                let mut other = text.clone();
                other[at] ^= 0x80;
                other
            })
            .to_vec();
        others.extend([text[1..].to_vec(), [&text[..], &[0]].concat(), Vec::new()]);
        for other in &others {
            assert_ne!(tag(b"a", &text), tag(b"a", other));
        }
        assert_ne!(tag(b"a", &text), tag(b"b", &text));
        assert_ne!(tag(b"a", &text), LargeTagger::new(&key(4)).unwrap().tag(b"a", &text).unwrap());
    }

    #[test]
    fn keys_and_taggers_print_nothing() {
        assert_eq!(format!("{:?}", LargeTagger::new(&key(0xAB)).unwrap()), "LargeTagger(…)");
        assert_eq!(format!("{:?} {:?}", key(0xAB), Tagger::new(&key(0xAB))), "Secret(…) Tagger(…)");
    }
}

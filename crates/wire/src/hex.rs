//! Hexadecimal digits, as signatures, hashes and percent-encodings have them.

use aws_lc_rs::digest;

/// The value of a digit of either case.
pub(crate) const fn nibble(digit: u8) -> Option<u8> {
    match digit {
        b'0'..=b'9' => Some(digit - b'0'),
        b'a'..=b'f' => Some(digit - b'a' + 10),
        b'A'..=b'F' => Some(digit - b'A' + 10),
        _ => None,
    }
}

/// Bytes in lower-case digits.
pub(crate) fn hex(bytes: &[u8]) -> String {
    const LOWER: &[u8; 16] = b"0123456789abcdef";
    let digit = |four: u8| char::from(LOWER[usize::from(four & 15)]);
    bytes.iter().flat_map(|byte| [digit(byte >> 4), digit(*byte)]).collect()
}

/// The SHA-256 of bytes in lower-case digits.
pub(crate) fn sha256_hex(bytes: &[u8]) -> String {
    hex(digest::digest(&digest::SHA256, bytes).as_ref())
}

/// 64 digits of either case as 32 bytes.
pub(crate) fn unhex(text: &[u8]) -> Option<[u8; 32]> {
    if text.len() != 64 {
        return None;
    }
    let mut out = [0; 32];
    for (byte, pair) in out.iter_mut().zip(text.chunks_exact(2)) {
        let [high, low] = *pair else { return None };
        *byte = nibble(high)? << 4 | nibble(low)?;
    }
    Some(out)
}

/// Digits of either case, two a byte, however many there are.
pub(crate) fn unhex_all(text: &[u8]) -> Option<Vec<u8>> {
    let pairs = text.chunks(2).map(|pair| match pair {
        [high, low] => Some(nibble(*high)? << 4 | nibble(*low)?),
        _ => None,
    });
    pairs.collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_is_read_again_in_either_case() {
        let bytes: [u8; 32] = std::array::from_fn(|n| u8::try_from(n * 8).unwrap());
        let text = hex(&bytes);
        assert!(text.starts_with("0008101820") && text.ends_with("f0f8"));
        assert_eq!((unhex(text.as_bytes()), unhex(text.to_uppercase().as_bytes())), (Some(bytes), Some(bytes)));
        for bad in [&text[1..], &format!("{text}0"), &text.replace('8', "g"), ""] {
            assert_eq!(unhex(bad.as_bytes()), None);
        }
        assert_eq!(unhex_all(text.as_bytes()).as_deref(), Some(&bytes[..]));
        assert_eq!((unhex_all(b""), unhex_all(b"0"), unhex_all(b"0g")), (Some(Vec::new()), None, None));
        assert_eq!(&sha256_hex(b"")[..8], "e3b0c442");
    }
}

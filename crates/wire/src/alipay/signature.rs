//! A signature as it stands on the wire.

use base64::Engine as _;
use base64::alphabet::STANDARD;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};

/// Reads a `sign`: white space is passed over, but a blank among the characters is a `+` that a client forgot to encode. So is one in
/// front of them, where they come to whole quartets with it.
pub fn signature(sign: &[u8]) -> Option<Vec<u8>> {
    const CONFIG: GeneralPurposeConfig = GeneralPurposeConfig::new()
        .with_decode_padding_mode(DecodePaddingMode::Indifferent)
        .with_decode_allow_trailing_bits(true);
    static ENGINE: GeneralPurpose = GeneralPurpose::new(&STANDARD, CONFIG);
    let trimmed = sign.trim_ascii();
    let lost = sign.trim_ascii_end().strip_prefix(b" ").filter(|_| trimmed.len() % 4 == 3).map(|_| &b'+');
    let cleaned: Vec<u8> = lost
        .into_iter()
        .chain(trimmed)
        .filter(|byte| !matches!(byte, b'\r' | b'\n' | b'\t'))
        .map(|&byte| if byte == b' ' { b'+' } else { byte })
        .collect();
    if cleaned.len() > 1024 {
        return None;
    }
    ENGINE.decode(cleaned).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sign_that_lost_its_plus_is_still_read() {
        assert_eq!(signature(b" +/+/ \r\n"), signature(b"+/+/"));
        assert_eq!(signature(b" +/+ \r\n"), signature(b"++/+"));
        assert_eq!(signature(b"a b+"), signature(b"a+b+"));
        assert_eq!(signature(b"a b"), signature(b"a+b"));
        assert_eq!(signature(b"-_"), None);
    }
}

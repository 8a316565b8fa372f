//! A signature as it stands on the wire.

use base64::Engine as _;
use base64::alphabet::STANDARD;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};

/// Reads a `sign`: white space is passed over, but a blank between other characters is a `+` that a client forgot to encode.
pub fn signature(sign: &[u8]) -> Option<Vec<u8>> {
    const CONFIG: GeneralPurposeConfig = GeneralPurposeConfig::new()
        .with_decode_padding_mode(DecodePaddingMode::Indifferent)
        .with_decode_allow_trailing_bits(true);
    static ENGINE: GeneralPurpose = GeneralPurpose::new(&STANDARD, CONFIG);
    let cleaned: Vec<u8> = sign
        .trim_ascii()
        .iter()
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
        assert_eq!(signature(b"a b+"), signature(b"a+b+"));
        assert_eq!(signature(b"a b"), signature(b"a+b"));
        assert_eq!(signature(b"-_"), None);
    }
}

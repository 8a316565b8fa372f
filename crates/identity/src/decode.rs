//! Bytes to text and back in the charsets that vendors declare.
//!
//! Source: identity rules, section 6.1. `GBK`, `gb2312` and `GB18030` are all read by GB 18030 rules, strictly: no sniffing
//! of a byte order mark, no replacement characters.

use crate::Flaw;
use encoding_rs::{DecoderResult, EncoderResult, Encoding, GB18030, GBK};

/// Text from GB 18030 (or GBK, GB 2312) bytes. Bytes that are none refuse the whole text.
///
/// ```
/// use shiming_identity::{Flaw, decode_gb18030};
///
/// assert_eq!(decode_gb18030(&[0xB2, 0xE2, 0xCA, 0xD4]), Ok("测试".into()));
/// assert_eq!(decode_gb18030(&[0xB2]), Err(Flaw::Charset));
/// ```
pub fn decode_gb18030(bytes: &[u8]) -> Result<String, Flaw> {
    let mut decoder = GB18030.new_decoder_without_bom_handling();
    let room = decoder.max_utf8_buffer_length_without_replacement(bytes.len()).ok_or(Flaw::Length)?;
    let mut text = String::with_capacity(room);
    match decoder.decode_to_string_without_replacement(bytes, &mut text, true) {
        (DecoderResult::InputEmpty, _) => Ok(text),
        _ => Err(Flaw::Charset),
    }
}

/// Text from UTF-8 bytes, strictly.
pub fn decode_utf8(bytes: &[u8]) -> Result<&str, Flaw> {
    std::str::from_utf8(bytes).map_err(|_| Flaw::Charset)
}

/// GBK bytes of a text. A character outside GBK refuses the whole text, where browsers would write `&#…;`.
pub fn encode_gbk(text: &str) -> Result<Vec<u8>, Flaw> {
    encode(GBK, text)
}

/// GB 18030 bytes of a text.
pub fn encode_gb18030(text: &str) -> Result<Vec<u8>, Flaw> {
    encode(GB18030, text)
}

fn encode(charset: &'static Encoding, text: &str) -> Result<Vec<u8>, Flaw> {
    let mut encoder = charset.new_encoder();
    let room = encoder.max_buffer_length_from_utf8_without_replacement(text.len()).ok_or(Flaw::Length)?;
    let mut bytes = Vec::with_capacity(room);
    match encoder.encode_from_utf8_to_vec_without_replacement(text, &mut bytes, true) {
        (EncoderResult::InputEmpty, _) => Ok(bytes),
        _ => Err(Flaw::Charset),
    }
}

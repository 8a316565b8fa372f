#![no_main]
//! A picture's text, and the head of the picture.

use libfuzzer_sys::fuzz_target;
use shiming_wire::base64_field::{Blanks, decode};
use shiming_wire::image_head::Head;

fuzz_target!(|bytes: &[u8]| {
    let _ = Head::read(bytes);
    let Ok(text) = std::str::from_utf8(bytes) else { return };
    for blanks in [Blanks::LostPlus, Blanks::Nothing] {
        let Ok(decoded) = decode(text, blanks) else { continue };
        assert!(decoded.bytes.len() <= text.len());
        // Without line ends and padding, it is the same text.
        if decoded.media_type.is_none() && !text.contains(' ') {
            let bare: String = text.chars().filter(|letter| !letter.is_ascii_whitespace() && *letter != '=').collect();
            assert_eq!(decode(&bare, blanks).expect("the same symbols").bytes, decoded.bytes);
        }
        let _ = Head::read(&decoded.bytes);
    }
});

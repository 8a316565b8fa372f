#![no_main]
//! Encrypted content: what is no text of ours is refused in one way, and what we encrypt comes back.

use libfuzzer_sys::fuzz_target;
use shiming_fuzz::content_key;
use shiming_wire::alipay::text::Charset;

fuzz_target!(|bytes: &[u8]| {
    let _ = content_key().decrypt(bytes);
    let there = content_key().encrypt(bytes);
    assert_eq!(*content_key().decrypt(there.as_bytes()).expect("we encrypted it"), bytes);
    let text = content_key().decrypt_text(there.as_bytes(), Charset::Utf8);
    assert_eq!(text.ok().as_ref().map(|text| text.as_str()), std::str::from_utf8(bytes).ok());
});

#![no_main]
//! A whole request at Volcengine: header form and query form, every way to read what was signed.

use libfuzzer_sys::fuzz_target;
use shiming_wire::RawRequest;
use shiming_wire::secret::Secret;
use shiming_wire::volcengine::{SigningKey, Unverified};

fuzz_target!(|bytes: &[u8]| {
    let Ok(raw) = RawRequest::parse(bytes) else { return };
    let request = raw.as_request();
    let Ok(call) = Unverified::parse(&request) else { return };
    let key = SigningKey::derive(&Secret::new("a secret that nobody has"), &call.scope());
    assert!(call.verify(&key, None).is_err());
});

#![no_main]
//! A whole request at Alibaba Cloud Domain: parameters, either scheme, the image, refusal.

use std::time::Duration;

use libfuzzer_sys::fuzz_target;
use shiming_fuzz::now;
use shiming_wire::RawRequest;
use shiming_wire::aliyun::{Key, Opened, Switches, Unverified, credential};
use shiming_wire::secret::Secret;
use shiming_wire::time::Window;

fuzz_target!(|bytes: &[u8]| {
    let Ok(raw) = RawRequest::parse(bytes) else { return };
    let request = raw.as_request();
    let Ok(opened) = Opened::read(&request) else { return };
    if let Some(image) = opened.parameters().get("Credential") {
        let _ = credential::read_image(image, credential::Limits::default());
    }
    let Ok(call) = Unverified::parse(&opened, Switches { hmac_sha256: true, strict_format: false }) else { return };
    let text = call.string_to_sign();
    assert!(!text.is_empty());
    let Ok(timely) = call.within(now(), Window::new(Duration::from_hours(24 * 30))) else { return };
    let nobodys = Secret::new("a secret that nobody has");
    assert!(timely.verify(&Key { secret: &nobodys, token: None, token_until: None }).is_err());
});

#![no_main]
//! The `Authorization` header of a request that is right otherwise.

use http::{HeaderMap, HeaderValue};
use libfuzzer_sys::fuzz_target;
use shiming_wire::Request;
use shiming_wire::jdcloud::Unverified;

fuzz_target!(|bytes: &[u8]| {
    let Ok(value) = HeaderValue::from_bytes(bytes) else { return };
    let mut headers = HeaderMap::new();
    headers.insert("authorization", value);
    headers.insert("host", HeaderValue::from_static("127.0.0.1:18443"));
    headers.insert("x-jdcloud-date", HeaderValue::from_static("20261121T201715Z"));
    let request = Request { method: "POST", target: "/v1/personal", headers: &headers, body: b"{}" };
    let Ok(call) = Unverified::parse(&request) else { return };
    assert!(!call.claimed_access_key().is_empty() && !call.signed_headers().is_empty());
    assert!(call.scope().to_string().matches('/').count() == 3);
    let _ = (call.stages(), call.warnings().count(), call.nonce_is_signed());
});

#![no_main]
//! A whole request at Alipay's gateway: parameters from anywhere, signature, refusal, diagnosis.

use libfuzzer_sys::fuzz_target;
use shiming_fuzz::{content_key, now, strangers_key, DAY};
use shiming_wire::RawRequest;
use shiming_wire::alipay_gateway::Unverified;
use shiming_wire::alipay_gateway::call::{AppKeys, Sha1};
use shiming_wire::alipay_gateway::codes::Echo;
use shiming_wire::alipay_gateway::mistakes::{Known, charset_not_used, diagnose};

fuzz_target!(|bytes: &[u8]| {
    let Ok(raw) = RawRequest::parse(bytes) else { return };
    let request = raw.as_request();
    let Ok(call) = Unverified::parse(&request) else { return };
    let key = Some(strangers_key());
    let keys = AppKeys { key, sha1: Sha1::Taken, ..AppKeys::default() };
    assert!(call.clone().verify(&keys, now(), DAY, Echo::default()).is_err());
    let found = diagnose(&call, &Known { key, content_key: Some(content_key()), ..Known::default() });
    assert!(found.mistakes.iter().all(|mistake| !mistake.slug.is_empty()));
    let _ = charset_not_used(&call);
});

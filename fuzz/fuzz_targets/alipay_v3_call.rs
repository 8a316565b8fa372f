#![no_main]
//! A whole request at Alipay v3: authorization, signed lines, refusal, diagnosis.

use libfuzzer_sys::fuzz_target;
use shiming_fuzz::{now, strangers_key};
use shiming_wire::RawRequest;
use shiming_wire::alipay_gateway::mistakes::Known;
use shiming_wire::alipay_v3::Unverified;
use shiming_wire::alipay_v3::call::{AppKeys, ExpiredSeconds};
use shiming_wire::alipay_v3::mistakes::diagnose;

fuzz_target!(|bytes: &[u8]| {
    let Ok(raw) = RawRequest::parse(bytes) else { return };
    let request = raw.as_request();
    let Ok(call) = Unverified::parse(&request) else { return };
    let key = Some(strangers_key());
    let found = diagnose(&call, &Known { key, ..Known::default() });
    assert!(found.mistakes.iter().all(|mistake| !mistake.slug.is_empty()));
    assert!(call.verify(&AppKeys { key, ..AppKeys::default() }, now(), ExpiredSeconds::Narrows).is_err());
});

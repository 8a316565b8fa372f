#![no_main]
//! A whole request: route, parse, verify, diagnose.

use libfuzzer_sys::fuzz_target;
use shiming_wire::jdcloud::mistakes::{Candidate, diagnose};
use shiming_wire::jdcloud::operations::route;
use shiming_wire::jdcloud::{SigningKey, Unverified};
use shiming_wire::{RawRequest, Secret};

fuzz_target!(|bytes: &[u8]| {
    let Ok(raw) = RawRequest::parse(bytes) else { return };
    let request = raw.as_request();
    let _ = route(request.method, request.path());
    let Ok(call) = Unverified::parse(&request) else { return };
    let secret = Secret::new("a secret that signed none of the seeds");
    let key = SigningKey::derive(&secret, &call.scope());
    assert!(call.verify(&key, None).is_err());
    let access_key = call.claimed_access_key();
    let found = diagnose(&request, &[Candidate { access_key, secret: &secret, token: None }], None);
    let _ = (found.slug(), found.english(), found.chinese());
});

#![no_main]
//! A recorded `.http` file, as `explain` and `replay` read it.

use libfuzzer_sys::fuzz_target;
use shiming_wire::RawRequest;

fuzz_target!(|bytes: &[u8]| {
    let Ok(raw) = RawRequest::parse(bytes) else { return };
    let request = raw.as_request();
    let again = RawRequest::parse(bytes).expect("it was read before");
    assert_eq!((request.path(), request.query()), (again.as_request().path(), again.as_request().query()));
    assert!(request.body.len() <= bytes.len());
    let _ = (format!("{raw:?}"), raw.notes());
});

#![no_main]
//! Whatever an operator may paste: keys in every form, certificates, bundles, neither.

use libfuzzer_sys::fuzz_target;
use shiming_wire::alipay::certificate::{Certificate, root_serial_number};
use shiming_wire::alipay::inspect::{Known, inspect};
use shiming_wire::alipay::keys::{PrivateKey, PublicKey, Slot};

fuzz_target!(|bytes: &[u8]| {
    let _ = inspect(bytes, Known { platform: &[], apps: &[] });
    let _ = (Certificate::parse(bytes), root_serial_number(bytes), PrivateKey::parse(bytes, Slot::AppPrivate));
    if let Ok(key) = PublicKey::parse(bytes, Slot::AppPublic) {
        let again = PublicKey::parse(key.to_pem().as_bytes(), Slot::AppPublic).expect("what we write, we read");
        assert!(again == key);
    }
});

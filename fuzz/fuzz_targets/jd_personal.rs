#![no_main]
//! Bodies of `personalAuth` and of the detailed operations, and the picture in them.

use libfuzzer_sys::fuzz_target;
use shiming_wire::jdcloud::OperationName;
use shiming_wire::jdcloud::personal::{Mobile2, PersonalAuth, PortraitLimits, Rules, portrait, read_detail_unverified};

fuzz_target!(|bytes: &[u8]| {
    let rules = Rules { mobile2: Mobile2::On };
    if let Ok(call) = PersonalAuth::read_unverified(bytes, rules) {
        let written = call.write();
        let again = PersonalAuth::read_unverified(&written, rules).expect("what we write, we read");
        assert_eq!(again, call);
        if let Some(image) = &call.person.image {
            let _ = portrait(image, &PortraitLimits { min_bytes: 0, ..PortraitLimits::default() });
        }
    }
    for operation in [OperationName::Mobile3Detail, OperationName::BankCard3Detail, OperationName::BankCard4Detail] {
        let _ = read_detail_unverified(bytes, operation);
    }
});

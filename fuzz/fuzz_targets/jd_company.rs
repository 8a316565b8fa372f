#![no_main]
//! Bodies of the company operations.

use libfuzzer_sys::fuzz_target;
use shiming_wire::jdcloud::OperationName;
use shiming_wire::jdcloud::company::Company;

fuzz_target!(|bytes: &[u8]| {
    for operation in [OperationName::CompanyInfo, OperationName::CompanyInfo3, OperationName::LegalPerson] {
        let Ok(company) = Company::read_unverified(bytes, operation) else { continue };
        let written = company.write(operation).expect("a company operation");
        assert_eq!(Company::read_unverified(&written, operation).expect("what we write, we read"), company);
    }
});

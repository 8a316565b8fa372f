use super::*;

const OPERATIONS: [OperationName; 4] = [
    OperationName::CompanyInfo,
    OperationName::CompanyInfo3,
    OperationName::LegalPerson,
    OperationName::LegalPersonDetail,
];

fn needed(operation: OperationName) -> (&'static str, &'static [&'static str], bool) {
    match operation {
        OperationName::CompanyInfo => ("companyInfo", &["companyName", "idCode"], true),
        OperationName::CompanyInfo3 => ("companyInfo3Spec", &["companyName", "idCode", "legalPersonName"], false),
        _ => ("legalPersonSpec", &["companyName", "idCode", "legalPersonName", "legalPersonId"], true),
    }
}

fn body(spec: &str, fields: &[&str], without: &str, more: &str) -> String {
    let members: Vec<_> = fields
        .iter()
        .filter(|field| **field != without)
        .map(|field| format!("\"{field}\":\"{field}-value\""))
        .collect();
    format!("{{\"{spec}\":{{{}{more}}}}}", members.join(","))
}

#[test]
fn each_operation_requires_its_elements_and_keeps_no_other() {
    let all = ["companyName", "idCode", "legalPersonName", "legalPersonId"];
    for operation in OPERATIONS {
        let (spec, fields, typed) = needed(operation);
        let full = body(spec, &all, "", ",\"companyType\":1");
        let company = Company::read_unverified(full.as_bytes(), operation).unwrap();
        assert_eq!(company.company_type, typed.then_some(CompanyType::SoleTrader), "{operation:?}");
        let text = |element: &Option<Element<'_>>| element.as_ref().map(|element| element.expose().to_owned());
        let found = [
            Some(company.name.expose().to_owned()),
            Some(company.id_code.expose().to_owned()),
            text(&company.legal_person_name),
            text(&company.legal_person_id),
        ];
        assert_eq!(found, all.map(|field| fields.contains(&field).then(|| format!("{field}-value"))), "{operation:?}");
        for field in fields {
            let short = body(spec, &all, field, "");
            let refusal = Company::read_unverified(short.as_bytes(), operation).unwrap_err();
            assert_eq!(refusal.message(), format!("{spec}.{field}: is required"));
        }
        let written = company.write(operation).unwrap();
        assert_eq!(Company::read_unverified(&written, operation).unwrap(), company);
        assert_eq!(Company::read_unverified(b"{}", operation).unwrap_err().message(), format!("{spec}: is required"));
    }
}

#[test]
fn the_company_type_is_optional_but_one_of_three() {
    let read = |kind: &str| {
        let body = body("companyInfo", &["companyName", "idCode"], "", &format!(",\"companyType\":{kind}"));
        Company::read_unverified(body.as_bytes(), OperationName::CompanyInfo)
            .map(|company| company.company_type)
            .map_err(|refusal| refusal.message().into_owned())
    };
    assert_eq!(read("0"), Ok(Some(CompanyType::Enterprise)));
    assert_eq!(read("2.0"), Ok(Some(CompanyType::Government)));
    assert_eq!(read("null"), Ok(None));
    assert_eq!(read("\"\""), Ok(None));
    assert_eq!(read("3"), Err("companyInfo.companyType: must be one of 0, 1, 2".to_owned()));
    assert_eq!(read("\"1\""), Err("companyInfo.companyType: must be a whole number, not a string".to_owned()));
}

#[test]
fn another_operation_has_no_company() {
    assert_eq!(Company::read_unverified(b"{}", OperationName::PersonalAuth).unwrap_err().no(), No::ApiDisabled);
}

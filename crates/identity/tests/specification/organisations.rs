use super::{verdict, yes_or_no};
use shiming_identity::{CompanyNumber, CreditCode, Flaw, LicenceHolder, LicenceNumber, OrgCode, Warning};

/// Section 3.1, columns input and shiming, strictly.
#[rustfmt::skip]
const CREDIT_CODES: &[(&str, &str)] = &[
    ("91110000600037341L", "valid"), // example in python-stdnum documentation
    ("91110000000000019B", "valid"), // enterprise
    ("92110101MAYYYY016X", "valid"), // self-employed (个体工商户); org code with letters
    ("93110101MA0000023A", "valid"), // farmers’ cooperative
    ("12110000000000027B", "valid"), // public institution
    ("52110000MA0000031Q", "valid"), // private non-enterprise unit
    ("31110000MA000004XM", "valid"), // law firm
    ("A1100000MA0000058A", "valid"), // letter department code A
    ("N2110101MA0000066D", "valid"), // letter department code N
    ("Y1100000MA0000074B", "valid"), // letter department code Y
    ("91110000MA00000820", "valid"), // weighted sum divisible by 31: check character 0
    ("91110000MA000004XF", "valid"), // embedded organisation code ends in X
    ("91110000MA0000090T", "valid"), // embedded organisation code: remainder 0 → 0
    ("91110000000000019b", "valid"), // lower case: fold
    ("911100000000000190", "CHECK"), // wrong check character
    ("91110000MA0000011M", "ORG_CHECK"), // outer check right, embedded organisation code wrong
    ("9111000000000001I0", "CHARSET"), // letter I
    ("91110000MA0000S1X0", "CHARSET"), // letter S
    ("91110000000000019", "LENGTH"), // 17 characters
    ("110000000000013", "LENGTH"), // 15 digits: old licence, not a USCC
    ("9111A0000000000351", "CHARSET"), // letter in the region
    ("９１１１０００００００００００４３Ｕ", "valid"), // full-width: fold
];

/// Section 3.2.
#[rustfmt::skip]
const ORG_CODES: &[(&str, &str)] = &[
    ("00000000-0", "valid"), // all zero: remainder 0 → check 0
    ("MA000001-5", "valid"), // letters: A=10 … Z=35
    ("MA000004-X", "valid"), // check X
    ("MA000009-0", "valid"), // check 0 (11 folded to 0)
    ("60003734-1", "valid"), // body of the USCC above
    ("MA0000015", "valid"), // without hyphen
    ("MA000001-9", "invalid"), // wrong check
    ("MA00001-1", "invalid"), // 7 characters
    ("MA000001-A", "invalid"), // check may be only 0–9 or X
];

/// Section 3.3.
#[rustfmt::skip]
const LICENCES: &[(&str, &str)] = &[
    ("110000000000017", "valid"), // domestic, sequence 0…
    ("110105012345675", "valid"), // domestic
    ("310000400000017", "valid"), // foreign-invested (sequence starts 4 or 5)
    ("110101600000019", "valid"), // self-employed (6–9)
    ("110000000000018", "CHECK"), // wrong check digit
    ("11000000000001", "LENGTH"), // 14 digits
];

fn code(text: &str) -> CreditCode {
    CreditCode::parse(text).unwrap().value
}

#[test]
fn every_row_of_the_credit_code_table_holds() {
    for (input, expected) in CREDIT_CODES {
        assert_eq!(verdict(CreditCode::parse(input)), *expected, "{input}");
    }
}

#[test]
fn every_row_of_the_organisation_code_table_holds() {
    for (input, expected) in ORG_CODES {
        assert_eq!(yes_or_no(OrgCode::parse(input)), *expected, "{input}");
    }
}

#[test]
fn an_organisation_code_with_a_hyphen_and_another_length_is_refused_for_its_length() {
    for text in ["MA00001-1", "MA0000011-1", "-1", "MA00000-15"] {
        assert_eq!(OrgCode::parse(text).unwrap_err(), Flaw::Length, "{text}");
    }
    for text in ["MA000001-A", "MA00000-5", "MA0000-15"] {
        assert!(OrgCode::parse(text).is_err(), "{text}");
    }
}

#[test]
fn every_row_of_the_licence_table_holds() {
    for (input, expected) in LICENCES {
        assert_eq!(verdict(LicenceNumber::parse(input)), *expected, "{input}");
    }
}

#[test]
fn a_wrong_embedded_check_only_warns() {
    let parsed = CreditCode::parse("91110000MA0000011M").unwrap();
    assert!(parsed.warnings.contains(Warning::OrgCheck));
    assert_eq!(parsed.value.org_code(), None);
}

#[test]
fn unknown_pairs_and_regions_only_warn() {
    let with_check = |body: &str| format!("{body}{}", shiming_identity::check::credit_code(body).unwrap());
    let odd_pair = CreditCode::parse(&with_check("B1110000MA0000015")).unwrap();
    assert!(odd_pair.warnings.contains(Warning::CategoryUnknown));
    let odd_region = CreditCode::parse(&with_check("91990000MA0000015")).unwrap();
    assert!(odd_region.warnings.contains(Warning::RegionUnknown));
    assert!(CreditCode::parse("A1100000MA0000058A").unwrap().warnings.is_empty());
}

#[test]
fn every_pair_of_the_list_is_known_and_no_other() {
    // Section 3.1: departments, each with its categories.
    let list = "1:1239 2:19 3:123459 4:19 5:123945 6:129 7:129 8:19 9:1239 A:19 N:1239 Y:1";
    let alphabet = "0123456789ABCDEFGHJKLMNPQRTUWXY";
    for (department, category) in alphabet.chars().flat_map(|a| alphabet.chars().map(move |b| (a, b))) {
        let body = format!("{department}{category}110000000000019");
        let text = format!("{body}{}", shiming_identity::check::credit_code(&body).unwrap());
        let parsed = CreditCode::parse(&text).unwrap();
        let listed = list
            .split(' ')
            .any(|row| row.split_once(':').is_some_and(|(d, c)| d.starts_with(department) && c.contains(category)));
        assert_eq!(parsed.value.category().is_some(), listed, "{department}{category}");
        assert_eq!(parsed.warnings.contains(Warning::CategoryUnknown), !listed, "{department}{category}");
    }
}

#[test]
fn a_credit_code_tells_what_registered_it() {
    let category = |text: &str| code(text).category().map(|row| (row.department, row.category));
    assert_eq!(category("91110000600037341L"), Some(("市场监管", "企业")));
    assert_eq!(category("52110000MA0000031Q"), Some(("民政", "民办非企业单位")));
    assert_eq!(category("N2110101MA0000066D"), Some(("农业", "村级集体经济组织")));
    assert_eq!(code("91110000600037341L").region(), "110000");
    assert!(code("92110101MAYYYY016X").is_self_employed());
}

#[test]
fn an_organisation_code_is_found_from_a_credit_code() {
    let number = |text: &str| CompanyNumber::parse(text).unwrap().value;
    let org = number("60003734-1");
    assert_eq!(number("91110000600037341l").org_code(), org.org_code());
    assert_eq!(org.credit_code(), None);
    assert_eq!(number("91110000600037341L").credit_code(), Some(&code("91110000600037341L")));
    assert_eq!(number("110000000000017").org_code(), None);
    assert_eq!(org.expose(), "600037341");
    assert_eq!(org.org_code().unwrap().hyphenated(), "60003734-1");
}

#[test]
fn a_company_number_is_told_by_its_length() {
    for (text, expected) in [
        ("91110000600037341L", "credit"),
        ("110000000000017", "licence"),
        ("1100001000001", "licence"),
        ("600037341", "org"),
        ("６０００３７３４－１", "org"),
    ] {
        let kind = match CompanyNumber::parse(text).unwrap().value {
            CompanyNumber::Credit(_) => "credit",
            CompanyNumber::Org(_) => "org",
            CompanyNumber::Licence(_) => "licence",
        };
        assert_eq!(kind, expected, "{text}");
    }
    assert_eq!(CompanyNumber::parse("12345").unwrap_err(), Flaw::Length);
    assert_eq!(CompanyNumber::parse("  ").unwrap_err(), Flaw::Empty);
}

#[test]
fn a_licence_from_before_2007_passes_with_a_warning() {
    let parsed = LicenceNumber::parse("1100001000001").unwrap();
    assert!(parsed.warnings.contains(Warning::Unchecked));
    assert_eq!(parsed.value.expose(), "1100001000001");
    assert_eq!(parsed.value.holder(), None);
}

#[test]
fn the_first_sequence_digit_says_whose_licence_it_is() {
    let holder = |text: &str| LicenceNumber::parse(text).unwrap().value.holder();
    assert_eq!(holder("110000000000017"), Some(LicenceHolder::Domestic));
    assert_eq!(holder("310000400000017"), Some(LicenceHolder::ForeignInvested));
    assert_eq!(holder("110101600000019"), Some(LicenceHolder::SelfEmployed));
}

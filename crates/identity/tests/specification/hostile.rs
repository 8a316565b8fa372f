//! Texts that are nobody's number: no parser may panic, and none may take long.

use super::TODAY;
use proptest::prelude::*;
use shiming_identity::inspect::{Inspector, Kind, Reveal};
use shiming_identity::{
    AreaTable, BankCard, BinTable, Comma, CompanyName, CompanyNumber, CreditCode, Flaw, ForeignerPermit, Hint,
    LicenceNumber, Mobile, OrgCode, Paper, PaperKind, PersonName, PrivateUseTable, ResidentId, check, classify,
    decode_gb18030, encode_gb18030, mask, upgrade15,
};
use std::time::{Duration, Instant};

fn every_parser(text: &str) {
    let _ = ResidentId::parse(text, TODAY);
    let _ = upgrade15(text, TODAY);
    let _ = ForeignerPermit::parse(text, TODAY);
    let _ = PersonName::parse(text);
    let _ = PersonName::parse_passport(text, Comma::Blank);
    let _ = CompanyName::parse(text);
    let _ = Mobile::parse(text);
    let _ = BankCard::parse(text);
    let _ = CreditCode::parse(text);
    let _ = OrgCode::parse(text);
    let _ = LicenceNumber::parse(text);
    let _ = (CompanyNumber::parse(text), CompanyNumber::hint(text));
    for hint in [Hint::Person, Hint::Organisation, Hint::HasCompanyName, Hint::None] {
        let _ = classify(text, hint, TODAY);
    }
    for kind in PaperKind::ALL {
        let _ = Paper::parse(*kind, text, TODAY);
    }
    for make in [
        check::resident_id,
        check::credit_code,
        check::org_code,
        check::licence,
        check::bank_card,
        check::foreigner_permit,
    ] {
        let _ = make(text);
    }
    let inspector = Inspector { reveal: Reveal::Full, ..Inspector::new(TODAY) };
    for kind in Kind::all() {
        let _ = inspector.describe(kind, text).to_string();
    }
    let _ = mask::email(text);
    let _ = mask::address(text);
    let _ = (AreaTable::from_csv(text), BinTable::from_csv(text), PrivateUseTable::from_csv(text));
}

proptest! {
    #[test]
    fn no_text_makes_a_parser_panic(text in any::<String>()) {
        every_parser(&text);
    }

    #[test]
    fn no_text_near_a_number_makes_a_parser_panic(text in "[0-9０-９XxⅩA-Za-z（）()·. 军字第号H+-]{0,22}") {
        every_parser(&text);
    }

    #[test]
    fn no_bytes_make_the_decoder_panic_and_what_it_reads_can_be_written_again(bytes in any::<Vec<u8>>()) {
        if let Ok(text) = decode_gb18030(&bytes) {
            prop_assert_eq!(encode_gb18030(&text).and_then(|again| decode_gb18030(&again)), Ok(text));
        }
    }
}

#[test]
fn six_han_characters_are_18_bytes_and_no_number() {
    assert_eq!(ResidentId::parse("样例样例样例", TODAY).unwrap_err(), Flaw::Length);
    assert_eq!(ResidentId::parse("样例样例样例样例样例样例样例样例样例", TODAY).unwrap_err(), Flaw::Charset);
    assert_eq!(ResidentId::parse("١١٠١٠١١٩٠٠٠١٠١٠٠١٤", TODAY).unwrap_err(), Flaw::Charset);
}

#[test]
fn a_text_over_the_cap_is_refused_before_it_is_read() {
    let blanks = " ".repeat(129);
    assert_eq!(ResidentId::parse(&blanks, TODAY).unwrap_err(), Flaw::Length);
    assert_eq!(BankCard::parse(&blanks).unwrap_err(), Flaw::Length);
    assert_eq!(Paper::parse(PaperKind::ForeignPassport, &blanks, TODAY).unwrap_err(), Flaw::Length);
    assert_eq!(ResidentId::parse(&" ".repeat(128), TODAY).unwrap_err(), Flaw::Empty);
    let padded = format!("{}110101190001010014", " ".repeat(110));
    assert!(ResidentId::parse(&padded, TODAY).is_ok());
}

#[test]
fn ten_megabytes_are_refused_at_once() {
    let huge = "样".repeat(10 << 20);
    let begun = Instant::now();
    assert_eq!(PersonName::parse(&huge).unwrap_err(), Flaw::Length);
    assert_eq!(CompanyName::parse(&huge).unwrap_err(), Flaw::Length);
    assert_eq!(ResidentId::parse(&huge, TODAY).unwrap_err(), Flaw::Length);
    assert_eq!(Mobile::parse(&huge).unwrap_err(), Flaw::Length);
    assert!(begun.elapsed() < Duration::from_millis(100));
}

#[test]
fn debug_never_shows_a_value() {
    let shown = [
        format!("{:?}", ResidentId::parse("110101190001010014", TODAY)),
        format!("{:?}", PersonName::parse("样例")),
        format!("{:?}", BankCard::parse("6200000000000005")),
        format!("{:?}", Mobile::parse("13800000000")),
        format!("{:?}", CompanyNumber::parse("92110101MAYYYY016X")),
        format!("{:?}", Paper::parse(PaperKind::MainlandPassport, "E00000000", TODAY)),
        format!("{:?}", classify("110101190001010014", Hint::None, TODAY)),
    ];
    for text in shown {
        assert!(text.contains("(…)"), "{text}");
        assert!(!text.contains("000") && !text.contains('样'), "{text}");
    }
}

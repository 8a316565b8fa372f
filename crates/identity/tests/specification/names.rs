use shiming_identity::{
    Comma, CompanyName, Flaw, NameHint, NameMatch, PersonName, PrivateUseTable, Warning, decode_gb18030, decode_utf8,
    encode_gb18030, encode_gbk,
};

/// Section 6.6: registered, submitted, match, rule.
#[rustfmt::skip]
const NAMES: &[(&str, &str, &str, &str)] = &[
    ("测试·样例", "测试•样例", "yes", "U+2022 bullet"),
    ("测试·样例", "测试・样例", "yes", "U+30FB katakana dot"),
    ("测试·样例", "测试.样例", "yes", "full stop between Han"),
    ("测试·样例", "测试．样例", "yes", "U+FF0E"),
    ("测试·样例", "测试。样例", "yes", "U+3002 between Han"),
    ("测试·样例", "测试样例", "no", "separator missing"),
    ("样例䶮", "样例\u{E863}", "yes", "U+E863 is the GBK private-use code of U+4DAE"),
    ("样龴", "样\u{E81E}", "yes", "GB 18030-2005 private-use code"),
    ("样\u{20087}", "样\u{E816}", "yes", "private-use code for extension B"),
    ("样例甲", "样例 甲", "yes", "blank removed in a Han name"),
    ("样例甲", "样例\u{3000}甲", "yes", "ideographic space"),
    ("样例甲", "\u{FEFF}样例甲", "yes", "byte order mark"),
    ("样例甲", "样\u{200B}例甲", "yes", "zero-width space"),
    ("文例", "\u{2F42}例", "yes", "Kangxi radical U+2F42"),
    ("隆例", "\u{F9DC}例", "yes", "compatibility ideograph, folded by NFC"),
    ("样例甲", "样例\u{E0100}甲", "yes", "variation selector dropped"),
    ("样例国", "样例國", "no", "traditional ≠ simplified"),
    ("样例喆", "样例哲", "no", "variant characters differ"),
    ("样例〇", "样例○", "no", "U+3007 is a Han numeral; U+25CB is a circle"),
    ("SAMPLE, TEST", "Sample, Test", "yes", "Latin: case folded"),
    ("SAMPLE TEST", "SAMPLE  TEST", "yes", "Latin: blanks collapsed"),
    ("SAMPLETEST", "SAMPLE TEST", "no", "Latin: blanks matter"),
    ("J. SAMPLE", "J.SAMPLE", "no", "Latin full stop is kept"),
    ("ＳＡＭＰＬＥ", "SAMPLE", "yes", "full-width letters"),
    ("样例·", "样例", "no (invalid)", "trailing separator: INVALID_NAME"),
    ("样例·甲", "样例··甲", "no (invalid)", "double separator: INVALID_NAME"),
    ("样例\u{FFFD}", "样例\u{FFFD}", "no (invalid)", "U+FFFD never matches, even itself"),
    ("样例（北京）有限公司", "样例(北京)有限公司", "yes", "company: bracket width"),
    ("样例（北京）有限公司", "样例 (北京) 有限公司", "yes", "company: blanks"),
    ("样例（北京）有限公司", "样例北京有限公司", "no", "company: brackets missing"),
    ("样例有限公司", "样例有限责任公司", "no", "company: no synonym folding"),
    ("样例Ａ公司", "样例a公司", "yes", "company: width and case"),
];

fn name(text: &str) -> PersonName {
    PersonName::parse(text).unwrap().value
}

#[test]
fn every_row_of_the_name_table_holds() {
    for (registered, submitted, expected, rule) in NAMES {
        let company = rule.starts_with("company") || rule.contains("width and case") || registered.contains("公司");
        let said = if company {
            equal(CompanyName::parse(registered), CompanyName::parse(submitted))
        } else {
            equal(PersonName::parse(registered), PersonName::parse(submitted))
        };
        assert_eq!(said, *expected, "{registered} {submitted}: {rule}");
    }
}

fn equal<T: PartialEq>(registered: Result<T, Flaw>, submitted: Result<T, Flaw>) -> &'static str {
    match (registered, submitted) {
        (Ok(registered), Ok(submitted)) if registered == submitted => "yes",
        (Ok(_), Ok(_)) => "no",
        (Err(Flaw::InvalidName), _) | (_, Err(Flaw::InvalidName)) => "no (invalid)",
        (registered, submitted) => panic!("{:?} {:?}", registered.err(), submitted.err()),
    }
}

#[test]
fn every_separator_of_the_list_is_folded_anywhere() {
    for dot in "\u{2022}\u{2027}\u{2219}\u{22C5}\u{30FB}\u{FF65}\u{0387}\u{16EB}\u{2E31}\u{2E33}\u{A78F}\u{25CF}\u{25AA}\u{1427}".chars() {
        assert_eq!(name(&format!("测试{dot}样例")).expose(), "测试·样例", "U+{:04X}", u32::from(dot));
        assert_eq!(name(&format!("A{dot}B")).expose(), "A·B", "U+{:04X}", u32::from(dot));
    }
    for stop in ".\u{FF0E}\u{3002}\u{FF61}\u{FE52}".chars() {
        assert_eq!(name(&format!("测试{stop}样例")).expose(), "测试·样例", "U+{:04X}", u32::from(stop));
        assert_ne!(name(&format!("A{stop}B")).expose(), "A·B", "U+{:04X}", u32::from(stop));
    }
    for other in ["测试-样例", "测试*样例", "测试、样例", "测试丶样例"] {
        assert!(!name(other).expose().contains('·'), "{other}");
    }
}

#[test]
fn a_full_stop_with_blanks_around_it_is_a_separator_too() {
    assert_eq!(name("测试 . 样例"), name("测试·样例"));
}

#[test]
fn a_companys_full_stop_stays() {
    assert_ne!(CompanyName::parse("样例.公司").unwrap(), CompanyName::parse("样例·公司").unwrap());
    assert_ne!(CompanyName::parse("样例〔北京〕公司").unwrap(), CompanyName::parse("样例【北京】公司").unwrap());
}

#[test]
fn compatibility_characters_outside_the_list_are_not_folded() {
    for kept in ["样①", "样ⅰ", "样˙", "样\u{FE10}", "样\u{2E9D}"] {
        let upper: String = kept.chars().flat_map(char::to_uppercase).collect();
        assert_eq!(name(kept).expose(), upper, "{kept}");
    }
    assert_eq!(name("样\u{2F800}").expose(), "样丽");
    assert_eq!(name("样\u{FA0E}").expose(), "样\u{FA0E}");
    assert_eq!(name("样\u{2E9F}").expose(), "样母");
    assert_eq!(name("样\u{2EF3}").expose(), "样龟");
}

#[test]
fn a_name_that_no_one_can_have_is_invalid() {
    for bad in [
        "样\u{0}例",
        "样\u{7F}",
        "样\u{FDD0}",
        "样\u{2FFFE}",
        "样\u{1FFFF}",
        "样\u{0378}",
        "·样例",
        "样例·",
        "•",
        "样··例",
    ] {
        assert_eq!(PersonName::parse(bad).unwrap_err(), Flaw::InvalidName, "{bad:?}");
    }
    for blank in ["", "  ", "\u{200B}", "\u{3000}\u{FEFF}"] {
        assert_eq!(PersonName::parse(blank).unwrap_err(), Flaw::Empty, "{blank:?}");
    }
}

#[test]
fn han_beyond_the_linked_tables_is_accepted() {
    for rare in ["样\u{31350}", "样\u{323AF}", "样\u{3347F}", "样\u{2A6DF}", "样々", "〇样"] {
        assert!(PersonName::parse(rare).is_ok(), "{rare:?}");
    }
}

#[test]
fn lengths_are_counted_in_code_points_after_folding() {
    let han = |n: usize| PersonName::parse(&"样".repeat(n)).map(|parsed| parsed.warnings);
    assert!(han(1).unwrap().contains(Warning::OneCharacter));
    assert!(han(50).unwrap().is_empty());
    assert_eq!(han(51).unwrap_err(), Flaw::Length);
    assert!(PersonName::parse(&"𠂇".repeat(50)).is_ok());
    assert!(PersonName::parse(&"A".repeat(100)).is_ok());
    assert_eq!(PersonName::parse(&"A".repeat(101)).unwrap_err(), Flaw::Length);
    let padded = format!("{}样例", " ".repeat(254));
    assert_eq!(name(&padded).expose(), "样例");
    assert_eq!(PersonName::parse(&format!("{padded} ")).unwrap_err(), Flaw::Length);
    assert_eq!(CompanyName::parse("样").unwrap_err(), Flaw::Length);
    assert!(CompanyName::parse(&"样".repeat(200)).is_ok());
    assert_eq!(CompanyName::parse(&"样".repeat(201)).unwrap_err(), Flaw::Length);
}

#[test]
fn an_unmapped_private_use_character_cannot_be_compared() {
    let parsed = PersonName::parse("样\u{E001}").unwrap();
    assert!(parsed.warnings.contains(Warning::PuaUnmapped));
    assert!(!parsed.value.is_comparable());
    assert_eq!(parsed.value.compare(&parsed.value), NameMatch::CannotVerify);
    let table = PrivateUseTable::from_csv("E001,9F98").unwrap();
    let mapped = PersonName::parse_with("样\u{E001}", &table).unwrap();
    assert!(mapped.warnings.is_empty());
    assert_eq!(mapped.value.compare(&name("样龘")), NameMatch::Match);
    assert!(!CompanyName::parse("样\u{F0000}公司").unwrap().value.is_comparable());
}

#[test]
fn a_missing_separator_is_a_mismatch_with_a_hint() {
    let hint = NameMatch::Mismatch(Some(NameHint::SeparatorDiffers));
    assert_eq!(name("测试·样例").compare(&name("测试样例")), hint);
    assert_eq!(name("测试·样例").compare(&name("测试样")), NameMatch::Mismatch(None));
    assert_eq!(name("测试·样例").compare(&name("测试•样例")), NameMatch::Match);
}

#[test]
fn han_among_other_scripts_is_a_warning() {
    for mixed in ["样A", "样○", "样1"] {
        assert!(PersonName::parse(mixed).unwrap().warnings.contains(Warning::MixedScript), "{mixed}");
    }
    for plain in ["测试·样例", "SAMPLE, TEST", "样〇"] {
        assert!(PersonName::parse(plain).unwrap().warnings.is_empty(), "{plain}");
    }
}

#[test]
fn a_passports_name_is_read_from_its_printed_and_its_machine_form() {
    let read = |text, comma| PersonName::parse_passport(text, comma).unwrap().value;
    assert_eq!(read("SAMPLE<<TEST<<<<", Comma::Kept), name("SAMPLE TEST"));
    assert_eq!(read("Sample, Test", Comma::Blank), name("SAMPLE TEST"));
    assert_ne!(read("Sample, Test", Comma::Kept), name("SAMPLE TEST"));
}

#[test]
fn gb18030_is_decoded_strictly_and_without_sniffing() {
    assert_eq!(decode_gb18030(&[0xB2, 0xE2, 0xA1, 0xA4, 0xCA, 0xD4]).unwrap(), "测·试");
    assert_eq!(decode_gb18030(&[0x81, 0x36, 0xA6, 0x31]).unwrap(), "•");
    assert_eq!(decode_gb18030(&[0xFE, 0x59]).unwrap(), "\u{9FB4}");
    let bom_of_utf8 = decode_gb18030("\u{FEFF}样".as_bytes());
    assert_ne!(bom_of_utf8, Ok("样".to_owned()));
    for bad in [&[0xB2][..], &[0xFF, 0xFF], &[0x81, 0x36, 0xA6]] {
        assert_eq!(decode_gb18030(bad), Err(Flaw::Charset), "{bad:?}");
    }
    assert_eq!(decode_utf8(&[0xC3, 0x28]), Err(Flaw::Charset));
}

#[test]
fn encoding_refuses_what_the_charset_lacks() {
    assert_eq!(encode_gbk("测·试").unwrap(), [0xB2, 0xE2, 0xA1, 0xA4, 0xCA, 0xD4]);
    assert_eq!(encode_gbk("\u{2CE88}"), Err(Flaw::Charset));
    let four_bytes = encode_gb18030("\u{2CE88}").unwrap();
    assert_eq!(decode_gb18030(&four_bytes).unwrap(), "\u{2CE88}");
}

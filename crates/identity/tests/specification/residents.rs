use super::{TODAY, verdict};
use shiming_identity::{Date, Flaw, ForeignerPermit, ResidentId, ResidentKind, Sex, Warning, Warnings, upgrade15};

/// Section 1.6: a first-generation number and what it becomes.
#[rustfmt::skip]
const UPGRADES: &[(&str, &str)] = &[
    ("110101000101001", "110101190001010014"), // yy=00 means 1900 for a 15-digit number
    ("110101000101999", "110101180001019992"), // sequence 996–999: reserved for people over 100 when numbered, century 18
    ("110101990101001", "110101199901010010"), // 1999: last possible year
    ("110101000229001", "INVALID"), // 1900-02-29 does not exist
    ("110101040229002", "110101190402290029"), // 1904-02-29 exists
    ("110101000101996", "110101180001019968"), // reserved, female
    ("11010190010100", "INVALID"), // 14 digits
    ("11010190010100X", "INVALID"), // letter not possible
];

/// Section 1.8: older foreigners’ cards, strictly.
#[rustfmt::skip]
const FOREIGNERS: &[(&str, &str)] = &[
    ("KAZ110090123105", "valid"), // sample number in the official notice; 7-3-1 sum 265
    ("USA110000010104", "valid"), // synthetic
    ("FRA310001020311", "valid"), // synthetic
    ("KAZ110090123104", "CHECK"), // wrong check digit
    ("KA1110090123105", "CHARSET"), // digit inside the country code
    ("USA990000010104", "PROVINCE"), // province 99
    ("USA110000130107", "DATE"), // month 13
];

/// Section 1.11, columns input and shiming.
#[rustfmt::skip]
const RESIDENTS: &[(&str, &str)] = &[
    ("11010519491231002X", "valid"), // example printed in GB 11643-1999
    ("440524188001010014", "valid"), // second GB 11643-1999 example; birth year 1880
    ("110101190001010014", "valid"), // plain synthetic, male
    ("110101190001010022", "valid"), // even sequence, female
    ("110103190001010017", "valid"), // district abolished 2010, code still printed on valid cards
    ("310103190001010014", "valid"), // district abolished 2011
    ("510202190001010010", "valid"), // Chongqing district while it belonged to Sichuan (before 1997)
    ("320571190001010014", "valid"), // development-zone code, not in GB/T 2260 proper
    ("119999200002290015", "valid"), // leap day; area code never assigned but province valid: accept with AREA_UNKNOWN warning
    ("440000190001010019", "valid"), // province-level area code: accept, warn
    ("810000190001010018", "valid"), // Hong Kong resident residence permit
    ("82000019000101001X", "valid"), // Macao resident residence permit
    ("830000190001010011", "valid"), // Taiwan resident residence permit
    ("710000190001010014", "valid"), // GB/T 2260 Taiwan province: accept, warn
    ("932682198501010017", "valid"), // sample number in the immigration administration notice for the 2023 card
    ("911840190001010017", "valid"), // 2023 card pattern: 9, 11 Beijing, 840 USA
    ("11010119000101009X", "valid"), // check character X
    ("11010119000101009x", "valid"), // lower-case x: accept, store X
    ("１１０１０１１９０００１０１０１７Ｘ", "valid"), // full-width form: fold, then accept
    ("11010119000101025Ⅹ", "valid"), // U+2169 Roman numeral ten: fold to X
    ("  11010119000101033X ", "valid"), // outer blanks trimmed
    ("110101190001010015", "CHECK"), // wrong check character
    ("110101190001010104", "CHECK"), // two neighbours swapped in the sequence
    ("11010119000101001", "LENGTH"), // 17 characters
    ("1101011900010100140", "LENGTH"), // 19 characters
    ("260104197909275964", "PROVINCE"), // sample in the Alipay document: check character right, province 26 does not exist
    ("11204416541220243X", "TOO_OLD"), // sample in Tencent documents: born 1654, wrong check character
    ("10234518981234", "LENGTH"), // sample in the JD Cloud document: 14 digits
    ("000000000000000000", "PROVINCE"), // sample in the Alibaba Cloud document
    ("999999190001010015", "PROVINCE"), // 99 is no province
    ("110101190002290011", "DATE"), // 1900 was not a leap year
    ("119999200013010015", "DATE"), // month 13
    ("119999200004310016", "DATE"), // 31 April
    ("119999209912310012", "FUTURE"), // in the future
    ("119999160001010014", "TOO_OLD"), // earlier than 1850
    ("11010119000101009Х", "CHARSET"), // Cyrillic Kha instead of X
    ("110101 190001010014", "LENGTH"), // blank inside
    ("O10101190001010014", "CHARSET"), // letter O
    ("11010119000101041*", "CHARSET"), // asterisk instead of X
    ("110101900101001", "FIRST_GENERATION"), // 15 digits: first-generation form, see 1.6
    ("830101190001010013", "PERMIT_AREA"), // 83 permits use 830000 only
];

fn id(text: &str) -> ResidentId {
    ResidentId::parse(text, TODAY).unwrap().value
}

fn warnings(text: &str) -> Warnings {
    ResidentId::parse(text, TODAY).unwrap().warnings
}

#[test]
fn every_row_of_the_resident_number_table_holds() {
    for (input, expected) in RESIDENTS {
        assert_eq!(verdict(ResidentId::parse(input, TODAY)), *expected, "{input}");
    }
}

#[test]
fn every_row_of_the_first_generation_table_holds() {
    for (old, new) in UPGRADES {
        match upgrade15(old, TODAY) {
            Ok(id) => assert_eq!(id.expose(), *new, "{old}"),
            Err(_) => assert_eq!(*new, "INVALID", "{old}"),
        }
    }
}

#[test]
fn every_row_of_the_foreigners_table_holds() {
    for (input, expected) in FOREIGNERS {
        assert_eq!(verdict(ForeignerPermit::parse(input, TODAY)), *expected, "{input}");
    }
}

#[test]
fn a_wrong_check_digit_of_an_older_foreigners_card_only_warns() {
    let parsed = ForeignerPermit::parse("kaz110090123104", TODAY).unwrap();
    assert!(parsed.warnings.contains(Warning::Check));
    assert_eq!(parsed.value.expose(), "KAZ110090123104");
    assert_eq!(parsed.value.country_letters(), "KAZ");
    assert_eq!(parsed.value.province().unwrap().english, "Beijing");
    assert_eq!(parsed.value.birth(TODAY), Some(Date::constant(1990, 12, 31)));
    assert_eq!(parsed.value.masked(), "K*************4");
}

#[test]
fn a_two_digit_year_is_the_latest_that_is_not_in_the_future() {
    let born = |text: &str| ForeignerPermit::parse(text, TODAY).unwrap().value.birth(TODAY);
    assert_eq!(born("USA110026112101"), Some(Date::constant(2026, 11, 21)));
    assert_eq!(born("USA110026112201"), Some(Date::constant(1926, 11, 22)));
    assert_eq!(born("USA110000022901"), Some(Date::constant(2000, 2, 29)));
    let before = Date::constant(1999, 1, 1);
    assert_eq!(ForeignerPermit::parse("USA110000022901", before).unwrap_err(), Flaw::Date);
}

#[test]
fn areas_that_cannot_be_a_county_are_accepted_with_a_warning() {
    for odd in ["119999200002290015", "440000190001010019", "710000190001010014"] {
        assert!(warnings(odd).contains(Warning::AreaUnknown), "{odd}");
    }
    for fine in ["110101190001010014", "320571190001010014", "510202190001010010", "810000190001010018"] {
        assert!(!warnings(fine).contains(Warning::AreaUnknown), "{fine}");
    }
}

#[test]
fn great_age_and_sequence_zero_are_warnings() {
    assert!(warnings("110101190001010014").contains(Warning::AgeOver120));
    let day_of_120 = Date::constant(2020, 12, 31);
    assert!(ResidentId::parse("110101190001010014", day_of_120).unwrap().warnings.is_empty());
    assert!(
        ResidentId::parse("110101190001010014", Date::constant(2021, 1, 1))
            .unwrap()
            .warnings
            .contains(Warning::AgeOver120)
    );
    let body = "11010119000101000";
    let zero = format!("{body}{}", shiming_identity::check::resident_id(body).unwrap());
    assert!(warnings(&zero).contains(Warning::Seq000));
}

#[test]
fn the_address_code_says_which_document_it_is() {
    let rows = [
        ("110101190001010014", ResidentKind::Citizen),
        ("810000190001010018", ResidentKind::HongKongPermit),
        ("82000019000101001X", ResidentKind::MacaoPermit),
        ("830000190001010011", ResidentKind::TaiwanPermit),
        ("932682198501010017", ResidentKind::ForeignerPermanent),
    ];
    for (text, kind) in rows {
        assert_eq!(id(text).kind(), kind, "{text}");
    }
}

#[test]
fn the_2023_foreigners_card_holds_province_and_country() {
    let card = id("932682198501010017");
    assert_eq!(card.province().unwrap().english, "Jiangsu");
    assert_eq!(card.country().unwrap().letters, "SAU");
    assert_eq!(card.area_code(), None);
    assert_eq!(card.birth(), Date::constant(1985, 1, 1));
    for (area, expected) in [("932999", "valid"), ("932000", "PERMIT_AREA"), ("926682", "PROVINCE")] {
        assert_eq!(verdict(ResidentId::parse(&foreigner(area), TODAY)), expected, "{area}");
    }
    assert!(warnings(&foreigner("932999")).contains(Warning::RegionUnknown));
    assert!(!warnings(&foreigner("932682")).contains(Warning::RegionUnknown));
}

/// A 2023 card's number with these first six characters.
fn foreigner(area: &str) -> String {
    let body = format!("{area}19850101001");
    format!("{body}{}", shiming_identity::check::resident_id(&body).unwrap())
}

#[test]
fn attributes_are_read_off_the_number() {
    let man = id("11010519491231002X");
    assert_eq!((man.sex(), man.birth(), man.area_code()), (Sex::Female, Date::constant(1949, 12, 31), Some("110105")));
    assert_eq!(id("110101190001010014").sex(), Sex::Male);
    assert_eq!(man.age(Date::constant(1999, 12, 30)), 49);
    assert_eq!(man.age(Date::constant(1999, 12, 31)), 50);
}

#[test]
fn the_birthday_itself_still_counts_as_under_age() {
    let child = id("119999200002290015");
    assert!(child.under_14(Date::constant(2014, 2, 28)));
    assert!(!child.under_14(Date::constant(2014, 3, 1)));
    let plain = id("110101190001010014");
    assert!(plain.under_14(Date::constant(1914, 1, 1)));
    assert!(!plain.under_14(Date::constant(1914, 1, 2)));
    assert!(plain.under_18(Date::constant(1918, 1, 1)));
    assert!(!plain.under_18(Date::constant(1918, 1, 2)));
}

#[test]
fn the_lower_bound_for_births_can_be_set() {
    let old = "119999160001010014";
    assert_eq!(ResidentId::parse(old, TODAY).unwrap_err(), Flaw::TooOld);
    assert!(ResidentId::parse_since(old, TODAY, Date::constant(1600, 1, 1)).is_ok());
}

#[test]
fn permits_never_had_a_first_generation() {
    assert_eq!(upgrade15("810000900101001", TODAY).unwrap_err(), Flaw::PermitArea);
    assert_eq!(upgrade15("932682850101001", TODAY).unwrap_err(), Flaw::Province);
}

#[test]
fn a_number_born_today_is_not_in_the_future() {
    let leap_day = Date::constant(2000, 2, 29);
    assert!(ResidentId::parse("119999200002290015", leap_day).is_ok());
    assert_eq!(ResidentId::parse("119999200002290015", Date::constant(2000, 2, 28)).unwrap_err(), Flaw::Future);
}

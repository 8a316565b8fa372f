//! Properties that hold for every number, not for examples only.

use super::TODAY;
use proptest::prelude::*;
use shiming_identity::{
    BankCard, CompanyName, CreditCode, Date, Flaw, ForeignerPermit, LicenceNumber, Mobile, OrgCode, PROVINCES, Paper,
    PaperKind, PaperMatch, Parsed, PersonName, PrivateUseTable, ResidentId, check, mask, upgrade15,
};

const USCC: &str = "0123456789ABCDEFGHJKLMNPQRTUWXY";

/// Births 1900 to 1919 in area 110101: nobody alive.
fn resident() -> impl Strategy<Value = String> {
    (1900..1920_u16, 1..=12_u8, 1..=28_u8, 0..1000_u16).prop_map(|(year, month, day, sequence)| {
        let body = format!("110101{year}{month:02}{day:02}{sequence:03}");
        format!("{body}{}", check::resident_id(&body).unwrap())
    })
}

fn credit_code() -> impl Strategy<Value = String> {
    ("[1-9ANY][1-9][1-6][1-5][0-9]{4}", "[0-9A-HJ-NP-RTUWXY]{8}").prop_map(|(head, organisation)| {
        let body = format!("{head}{organisation}{}", check::org_code(&organisation).unwrap());
        format!("{body}{}", check::credit_code(&body).unwrap())
    })
}

fn card() -> impl Strategy<Value = String> {
    "62[0-9]{10,16}".prop_map(|body| format!("{body}{}", check::bank_card(&body).unwrap()))
}

/// `text` with the character at `at` replaced by `with`.
fn with_char(text: &str, at: usize, with: char) -> String {
    text.chars().enumerate().map(|(i, c)| if i == at { with } else { c }).collect()
}

/// `text` with the characters at `at` and after it swapped.
fn swapped(text: &str, at: usize) -> String {
    let mut characters: Vec<char> = text.chars().collect();
    characters.swap(at, at + 1);
    characters.into_iter().collect()
}

fn full_width(text: &str) -> String {
    text.chars().map(|c| char::from_u32(u32::from(c) + 0xFEE0).unwrap()).collect()
}

proptest! {
    #[test]
    fn a_made_resident_number_is_read_as_it_was_made(text in resident()) {
        let id = ResidentId::parse(&text, TODAY).unwrap().value;
        prop_assert_eq!(id.expose(), &text);
        prop_assert_eq!(id.birth().strftime("%Y%m%d").to_string(), &text[6..14]);
    }

    #[test]
    fn a_resident_number_with_one_wrong_character_is_refused(text in resident(), at in 0..18_usize, digit in 0..10_u32) {
        let changed = with_char(&text, at, char::from_digit(digit, 10).unwrap());
        prop_assert!(changed == text || ResidentId::parse(&changed, TODAY).is_err());
    }

    #[test]
    fn a_resident_number_with_two_neighbours_swapped_is_refused(text in resident(), at in 0..17_usize) {
        let changed = swapped(&text, at);
        prop_assert!(changed == text || ResidentId::parse(&changed, TODAY).is_err());
    }

    #[test]
    fn an_upgraded_number_keeps_its_digits_and_its_century_is_never_20(
        year in 0..100_u8, month in 1..=12_u8, day in 1..=28_u8, sequence in 0..1000_u16,
    ) {
        let old = format!("110101{year:02}{month:02}{day:02}{sequence:03}");
        let id = upgrade15(&old, TODAY).unwrap();
        let new = id.expose();
        prop_assert_eq!(&new[6..8], if sequence >= 996 { "18" } else { "19" });
        prop_assert_eq!(format!("{}{}", &new[..6], &new[8..17]), old);
        prop_assert_eq!(ResidentId::parse_since(new, TODAY, Date::constant(1800, 1, 1)).unwrap().value, id);
    }

    #[test]
    fn full_width_numbers_are_read_as_ascii(id in resident(), code in credit_code(), card in card(), mobile in "1[3-9][0-9]{9}") {
        prop_assert_eq!(ResidentId::parse(&full_width(&id), TODAY), ResidentId::parse(&id, TODAY));
        prop_assert_eq!(CreditCode::parse(&full_width(&code)), CreditCode::parse(&code));
        prop_assert_eq!(BankCard::parse(&full_width(&card)), BankCard::parse(&card));
        prop_assert_eq!(Mobile::parse(&full_width(&mobile)), Mobile::parse(&mobile));
    }

    #[test]
    fn a_made_credit_code_is_valid_in_any_case(text in credit_code()) {
        let parsed = CreditCode::parse(&text.to_lowercase()).and_then(Parsed::strict).unwrap();
        prop_assert_eq!(parsed.value.expose(), &text);
        let organisation = parsed.value.org_code().unwrap();
        prop_assert_eq!(organisation.expose(), &text[8..17]);
    }

    #[test]
    fn a_credit_code_with_one_wrong_character_is_refused(text in credit_code(), at in 0..18_usize, with in 0..31_usize) {
        let changed = with_char(&text, at, USCC.chars().nth(with).unwrap());
        prop_assert!(changed == text || CreditCode::parse(&changed).is_err());
    }

    #[test]
    fn a_credit_code_with_two_neighbours_swapped_is_refused(text in credit_code(), at in 0..17_usize) {
        let changed = swapped(&text, at);
        prop_assert!(changed == text || CreditCode::parse(&changed).is_err());
    }

    #[test]
    fn an_organisation_code_with_one_wrong_digit_is_refused(body in "[0-9]{8}", at in 0..8_usize, digit in 0..10_u32) {
        let code = format!("{body}{}", check::org_code(&body).unwrap());
        prop_assert!(OrgCode::parse(&code).is_ok());
        let changed = with_char(&code, at, char::from_digit(digit, 10).unwrap());
        prop_assert!(changed == code || OrgCode::parse(&changed) == Err(Flaw::Check));
    }

    #[test]
    fn a_licence_number_with_one_wrong_digit_is_refused(body in "[0-9]{14}", at in 0..15_usize, digit in 0..10_u32) {
        let number = format!("{body}{}", check::licence(&body).unwrap());
        prop_assert!(LicenceNumber::parse(&number).is_ok());
        let changed = with_char(&number, at, char::from_digit(digit, 10).unwrap());
        prop_assert!(changed == number || LicenceNumber::parse(&changed) == Err(Flaw::Check));
    }

    #[test]
    fn a_foreigners_card_round_trips(head in "[A-Z]{3}1100", body in "[0-9]{2}(0[1-9]|1[0-2])(0[1-9]|1[0-9]|2[0-8])[0-9]") {
        let body = format!("{head}{body}");
        let number = format!("{body}{}", check::foreigner_permit(&body).unwrap());
        let parsed = ForeignerPermit::parse(&number, TODAY).and_then(Parsed::strict).unwrap();
        prop_assert_eq!(parsed.value.expose(), number);
    }

    #[test]
    fn a_card_with_one_wrong_digit_fails_luhn(text in card(), at in 2..13_usize, digit in 0..10_u32) {
        let changed = with_char(&text, at, char::from_digit(digit, 10).unwrap());
        prop_assert!(BankCard::parse(&text).unwrap().strict().is_ok());
        prop_assert!(changed == text || BankCard::parse(&changed).and_then(Parsed::strict).is_err());
    }

    #[test]
    fn blanks_and_hyphens_in_a_card_do_not_matter(text in card(), at in 1..12_usize) {
        let (head, tail) = text.split_at(at);
        prop_assert_eq!(BankCard::parse(&format!(" {head}- {tail}\u{3000}")), BankCard::parse(&text));
    }

    #[test]
    fn a_mobile_number_is_one_in_every_way_of_writing_it(text in "1[3-9][0-9]{9}") {
        let plain = Mobile::parse(&text).unwrap();
        for prefix in ["+86", "0086", "86", "+86 ", "(+86)"] {
            prop_assert_eq!(&Mobile::parse(&format!("{prefix}{text}")).unwrap(), &plain);
        }
        prop_assert_eq!(&Mobile::parse(&plain.value.e164()).unwrap(), &plain);
    }

    #[test]
    fn positions_3_to_6_never_refuse_a_mainland_number(at in 0..PROVINCES.len(), rest in 0..10_000_u16, sequence in 0..1000_u16) {
        let province = PROVINCES[at].code;
        let body = format!("{province}{rest:04}19010203{sequence:03}");
        let text = format!("{body}{}", check::resident_id(&body).unwrap());
        let permit = (81..=83).contains(&province);
        let expected = if permit && rest != 0 { Err(Flaw::PermitArea) } else { Ok(text.clone()) };
        prop_assert_eq!(ResidentId::parse(&text, TODAY).map(|parsed| parsed.value.expose().to_owned()), expected);
    }

    #[test]
    fn one_check_character_fits_and_no_other(id in resident(), code in credit_code(), org in "[0-9A-Z]{8}", licence in "[0-9]{14}") {
        let fits = |body: &str, parse: &dyn Fn(&str) -> bool| {
            "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ".chars().filter(|c| parse(&format!("{body}{c}"))).count()
        };
        prop_assert_eq!(fits(&id[..17], &|text| ResidentId::parse(text, TODAY).is_ok()), 1);
        prop_assert_eq!(fits(&code[..17], &|text| CreditCode::parse(text).is_ok()), 1);
        prop_assert_eq!(fits(&org, &|text| OrgCode::parse(text).is_ok()), 1);
        prop_assert_eq!(fits(&licence, &|text| LicenceNumber::parse(text).is_ok()), 1);
    }

    #[test]
    fn identity_cards_of_hong_kong_and_taiwan_have_one_check_digit(hong_kong in "[A-Z]{1,2}[0-9]{6}", taiwan in "[A-Z][1289][0-9]{7}") {
        let fits = |kind, body: &str| {
            "0123456789A".chars().filter(|c| Paper::parse(kind, &format!("{body}{c}"), TODAY).is_ok()).count()
        };
        prop_assert_eq!(fits(PaperKind::HongKongId, &hong_kong), 1);
        prop_assert_eq!(fits(PaperKind::TaiwanId, &taiwan), 1);
    }

    #[test]
    fn comparing_papers_does_not_depend_on_which_comes_first(one in "[HM][0-9]{8}(0[0-9])?", other in "[HM]0000000[0-3](0[0-9])?") {
        let paper = |text: &str| Paper::parse(PaperKind::HkMacaoTravelPermit, text, TODAY).unwrap().value;
        let (one, other) = (paper(&one), paper(&other));
        prop_assert_eq!(one.compare(&other), other.compare(&one));
        prop_assert_eq!(one.compare(&one), PaperMatch::Match);
        prop_assert_eq!(one.compare(&other) == PaperMatch::Mismatch, one.comparison() != other.comparison());
    }

    #[test]
    fn every_kind_shows_no_more_than_its_mask_says(id in resident(), card in card(), mobile in "1[3-9][0-9]{9}", trader in "MA[0-9A-HJ-NP-RTUWXY]{6}", passport in "E[0-9]{8}", seq in "[6-9][0-9]{7}") {
        let org = format!("92110101{trader}{}", check::org_code(&trader).unwrap());
        let code = format!("{org}{}", check::credit_code(&org).unwrap());
        let licence = format!("110101{seq}");
        let licence = format!("{licence}{}", check::licence(&licence).unwrap());
        let shown = |masked: String| masked.chars().filter(|c| *c != '*').count();
        prop_assert_eq!(shown(ResidentId::parse(&id, TODAY).unwrap().value.masked()), 2);
        prop_assert_eq!(shown(BankCard::parse(&card).unwrap().value.masked()), 4);
        prop_assert_eq!(shown(Mobile::parse(&mobile).unwrap().value.masked()), 7);
        prop_assert_eq!(shown(CreditCode::parse(&code).unwrap().value.masked()), 2);
        prop_assert_eq!(shown(LicenceNumber::parse(&licence).unwrap().value.masked()), 2);
        prop_assert_eq!(shown(Paper::parse(PaperKind::MainlandPassport, &passport, TODAY).unwrap().value.masked()), 3);
    }

    #[test]
    fn the_comparison_form_of_a_comparison_form_is_itself(text in name_text()) {
        if let Ok(once) = PersonName::parse(&text) {
            let twice = PersonName::parse(once.value.expose());
            prop_assert_eq!(twice.map(|parsed| parsed.value.expose().to_owned()), Ok(once.value.expose().to_owned()));
        }
        if let Ok(once) = CompanyName::parse(&text) {
            let twice = CompanyName::parse(once.value.expose());
            prop_assert_eq!(twice.map(|parsed| parsed.value.expose().to_owned()), Ok(once.value.expose().to_owned()));
        }
    }

    #[test]
    fn a_name_read_with_a_table_later_is_what_it_would_have_been_at_once(text in name_text_with_private_use()) {
        let table = PrivateUseTable::from_csv("E001,9F98\nE002,4E00\nE003,20087\n").unwrap();
        if let (Ok(plain), Ok(at_once)) = (PersonName::parse(&text), PersonName::parse_with(&text, &table)) {
            prop_assert_eq!(plain.value.read_with(&table), at_once.value);
        }
        if let (Ok(plain), Ok(at_once)) = (CompanyName::parse(&text), CompanyName::parse_with(&text, &table)) {
            prop_assert_eq!(plain.value.read_with(&table), at_once.value);
        }
    }

    #[test]
    fn every_parsed_number_is_its_own_normal_form(text in prop_oneof![resident(), credit_code(), card()]) {
        let spaced = format!("\u{FEFF} {text} ");
        if let Ok(parsed) = ResidentId::parse(&spaced, TODAY) {
            prop_assert_eq!(ResidentId::parse(parsed.value.expose(), TODAY).unwrap(), parsed);
        }
        if let Ok(parsed) = CreditCode::parse(&spaced) {
            prop_assert_eq!(CreditCode::parse(parsed.value.expose()).unwrap(), parsed);
        }
        if let Ok(parsed) = BankCard::parse(&spaced) {
            prop_assert_eq!(BankCard::parse(parsed.value.expose()).unwrap(), parsed);
        }
    }

    #[test]
    fn a_mask_keeps_the_length_and_shows_no_more_than_it_says(text in "\\PC{0,40}") {
        let rows: [(String, usize); 14] = [
            (mask::name(&text, mask::NameStyle::First), 1),
            (mask::name(&text, mask::NameStyle::Last), 1),
            (mask::name(&text, mask::NameStyle::FirstAndLast), 2),
            (mask::resident_id(&text, mask::IdStyle::OneOne), 2),
            (mask::resident_id(&text, mask::IdStyle::SixFour), 10),
            (mask::resident_id(&text, mask::IdStyle::ThreeFour), 7),
            (mask::resident_id(&text, mask::IdStyle::OneTwo), 3),
            (mask::mobile(&text, mask::MobileStyle::ThreeFour), 7),
            (mask::mobile(&text, mask::MobileStyle::ThreeTwo), 5),
            (mask::bank_card(&text, mask::CardStyle::LastFour), 4),
            (mask::bank_card(&text, mask::CardStyle::SixFour), 10),
            (mask::paper(&text, mask::PaperStyle::OneTwo), 3),
            (mask::paper(&text, mask::PaperStyle::LastThree), 3),
            (mask::company_name(&text), 4),
        ];
        for (masked, most) in rows {
            prop_assert_eq!(masked.chars().count(), text.chars().count());
            let shown = masked.chars().filter(|c| *c != '*').count();
            prop_assert!(shown <= most);
            prop_assert!(masked.chars().zip(text.chars()).all(|(m, c)| m == '*' || m == c));
            prop_assert!(text.is_empty() || text.contains('*') || masked != text);
        }
        for masked in [mask::email(&text), mask::address(&text)] {
            prop_assert_eq!(masked.chars().count(), text.chars().count());
        }
    }
}

/// The same with private-use characters that a table explains, and one that none does.
fn name_text_with_private_use() -> impl Strategy<Value = String> {
    let private = prop::sample::select("\u{E001}\u{E002}\u{E003}\u{E004}\u{E863} .·".chars().collect::<Vec<_>>());
    (name_text(), prop::collection::vec(private, 0..6), name_text())
        .prop_map(|(front, private, back)| format!("{front}{}{back}", private.into_iter().collect::<String>()))
}

/// Texts made mostly of what the recipe has a rule for.
fn name_text() -> impl Strategy<Value = String> {
    let character = prop_oneof![
        4 => prop::char::range('\u{4E00}', '\u{9FFF}'),
        2 => prop::sample::select(
            " .·•・。｡﹒、\u{3000}\u{A0}\t\u{200B}\u{FEFF}\u{E0100}\u{FE00}\u{34F}\u{300}\u{301}\u{308}\u{327}\u{345}\u{387}\u{FF65}"
                .chars()
                .collect::<Vec<_>>()
        ),
        2 => prop::char::range(' ', '~'),
        1 => prop::char::range('\u{FF01}', '\u{FFEE}'),
        1 => prop::char::range('\u{2E80}', '\u{2FD5}'),
        1 => prop::char::range('\u{F900}', '\u{FAFF}'),
        1 => prop::char::range('\u{C0}', '\u{24F}'),
        1 => prop::char::range('\u{370}', '\u{3FF}'),
        1 => prop::char::range('\u{1E00}', '\u{1FFF}'),
        1 => prop::char::range('\u{E800}', '\u{E870}'),
        1 => prop::char::range('\u{2F800}', '\u{2FA1D}'),
        1 => any::<char>(),
    ];
    prop::collection::vec(character, 0..12).prop_map(|characters| characters.into_iter().collect())
}

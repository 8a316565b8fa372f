use super::*;

const TODAY: Date = Date::constant(2026, 11, 21);

fn shown(kind: &str, text: &str) -> String {
    Inspector::new(TODAY).describe(kind.parse().unwrap(), text).to_string()
}

#[test]
fn a_resident_number_is_described_without_giving_it_away() {
    let sheet = "\
kind                    id (公民身份号码)
masked                  1****************4
document                resident ID card
province                Beijing
age                     126
sex                     male
under 14                no
under 18                no
warning                 AGE_OVER_120: The person would be over 120 years old.
";
    assert_eq!(shown("id", "110101190001010014"), sheet);
    assert_eq!(shown("any", "110101190001010014"), sheet);
}

#[test]
fn a_full_description_holds_the_normal_form_and_the_birth_date() {
    let inspector = Inspector { reveal: Reveal::Full, ..Inspector::new(TODAY) };
    let sheet = inspector.describe(Kind::Id, " 11010119000101009x ");
    assert_eq!(sheet.normalised.as_deref(), Some("11010119000101009X"));
    assert!(sheet.facts.contains(&("birth date", "1900-01-01".to_owned())));
}

#[test]
fn a_refused_text_has_its_flaw_and_no_form_at_all() {
    let sheet = Inspector { reveal: Reveal::Full, ..Inspector::new(TODAY) }.describe(Kind::Id, "110101190001010015");
    assert_eq!(sheet.flaw, Some(Flaw::Check));
    assert_eq!((sheet.normalised.as_ref(), sheet.masked.as_ref()), (None, None));
    assert!(!sheet.is_accepted());
    assert!(!sheet.to_string().contains("1101"));
}

#[test]
fn a_first_generation_number_is_told_what_it_became() {
    let masked = Inspector::new(TODAY).describe(Kind::Id, "110101000101001");
    assert_eq!(masked.flaw, Some(Flaw::FirstGeneration));
    assert_eq!(masked.facts, [("second-generation form", "1****************4".to_owned())]);
}

#[test]
fn a_letter_that_credit_codes_never_use_gets_a_hint() {
    let sheet = Inspector::new(TODAY).describe(Kind::Uscc, "9111000000000001I0");
    assert_eq!(sheet.hint, Some("The letter I is never used; the digit 1 may be meant."));
    let hint = |text| Inspector::new(TODAY).describe(Kind::Uscc, text).hint;
    assert!(hint("110000000000017").is_some_and(|hint| hint.contains("`licence`")));
    assert!(hint("60003734-1").is_some_and(|hint| hint.contains("`org`")));
    assert_eq!(hint("110000000000013"), None);
}

#[test]
fn a_traders_licence_does_not_give_its_authority_away() {
    let trader = shown("licence", "110101600000019");
    assert!(!trader.contains("1101"), "{trader}");
    assert!(shown("licence", "110000000000017").contains("authority               110000"));
    let revealed =
        Inspector { reveal: Reveal::Full, ..Inspector::new(TODAY) }.describe(Kind::Licence, "110101600000019");
    assert!(revealed.facts.contains(&("authority", "110101".to_owned())));
}

#[test]
fn a_strict_inspector_refuses_what_others_warn_of() {
    for (kind, text, flaw) in [
        (Kind::Card, "6200000000000006", Flaw::Luhn),
        (Kind::Uscc, "91110000MA0000011M", Flaw::OrgCheck),
        (Kind::Foreigner, "KAZ110090123104", Flaw::Check),
        (Kind::Paper(PaperKind::MainlandPassport), "E0000000", Flaw::Length),
        (Kind::Paper(PaperKind::MainlandPassport), "EI0000000", Flaw::Charset),
    ] {
        let lenient = Inspector::new(TODAY);
        assert!(lenient.describe(kind, text).is_accepted(), "{text}");
        let strict = Inspector { strict: Strict::Yes, ..lenient }.describe(kind, text);
        assert_eq!((strict.flaw, strict.masked, strict.facts.len()), (Some(flaw), None, 0), "{text}");
    }
    let strict = Inspector { strict: Strict::Yes, ..Inspector::new(TODAY) };
    assert!(strict.describe(Kind::Id, "440000190001010019").is_accepted(), "other warnings stay warnings");
}

#[test]
fn tables_add_area_names_issuers_and_private_use_meanings() {
    let areas = AreaTable::from_csv("# as of 2019-04\ncode,name,from,to\n110103,崇文区,1952,2010-07\n").unwrap();
    let bins = BinTable::from_csv("621483,CMB,DC,16\n").unwrap();
    let private_use = PrivateUseTable::from_csv("E001,9F98\n").unwrap();
    let inspector = Inspector {
        reveal: Reveal::Full,
        areas: Some(&areas),
        bins: Some(&bins),
        private_use: Some(&private_use),
        ..Inspector::new(TODAY)
    };
    let id = inspector.describe(Kind::Id, "110103190001010017");
    assert!(id.facts.contains(&("area", "崇文区".to_owned())));
    assert!(id.warnings.contains(crate::Warning::AreaRetired));
    assert!(id.facts.contains(&("area table of", "2019-04-30".to_owned())));
    let card = inspector.describe(Kind::Card, "6214830000000009");
    assert!(card.facts.contains(&("issuer", "CMB".to_owned())));
    assert!(card.facts.contains(&("type", "debit".to_owned())));
    assert_eq!(inspector.describe(Kind::Name, "样\u{E001}").normalised.as_deref(), Some("样龘"));
}

#[test]
fn of_several_names_of_an_area_the_one_that_was_in_force_last_is_told() {
    for table in [
        "110103,崇文区,1952-06-01,2010-07\n110103,旧名,1949,1952-05-31\n",
        "110103,旧名,1949,1952-05-31\n110103,崇文区,1952-06-01,\n",
    ] {
        let areas = AreaTable::from_csv(table).unwrap();
        let inspector = Inspector { reveal: Reveal::Full, areas: Some(&areas), ..Inspector::new(TODAY) };
        let sheet = inspector.describe(Kind::Id, "110103190001010017");
        assert!(sheet.facts.contains(&("area", "崇文区".to_owned())), "{table}");
    }
}

#[test]
fn every_kind_is_found_by_its_name() {
    for kind in Kind::all() {
        assert_eq!(kind.name().parse(), Ok(kind));
    }
    let error = "passport".parse::<Kind>().unwrap_err().to_string();
    assert!(error.contains("mainland-passport"));
}

#[test]
fn any_guesses_the_kind() {
    let rows = [
        ("110101190001010014", Kind::Id),
        ("110101190001010015", Kind::Id),
        ("110101000101001", Kind::Id),
        ("932682198501010017", Kind::Id),
        ("KAZ110090123105", Kind::Foreigner),
        ("样例甲", Kind::Name),
        ("SAMPLE, TEST", Kind::Name),
        ("样例（北京）有限公司", Kind::Company),
        ("+86 138-0000-0000", Kind::Mobile),
        ("010-10000000", Kind::Mobile),
        ("6200 0000 0000 0005", Kind::Card),
        ("6222020000000000000", Kind::Card),
        ("6200000000000006", Kind::Card),
        ("91110000600037341L", Kind::Uscc),
        ("9111000000000001I0", Kind::Uscc),
        ("60003734-1", Kind::Org),
        ("110000000000017", Kind::Licence),
        ("E00000000", Kind::Paper(PaperKind::MainlandPassport)),
        ("H0000000001", Kind::Paper(PaperKind::HkMacaoTravelPermit)),
        ("A123456(3)", Kind::Paper(PaperKind::HongKongId)),
        ("军字第0000000号", Kind::Paper(PaperKind::MilitaryCard)),
        ("110101000101009", Kind::Id),
        ("378282246310005", Kind::Card),
        ("013800000000", Kind::Mobile),
        ("01010000000", Kind::Mobile),
        ("1440000000000", Kind::Mobile),
        ("1064800000000", Kind::Mobile),
        ("1100001000001", Kind::Licence),
        ("0000000001", Kind::Paper(PaperKind::TaiwanTravelPermit)),
        ("91110000000000019A", Kind::Uscc),
        ("北京样例小吃店", Kind::Company),
        ("上海样例修理厂", Kind::Company),
        ("样例小店", Kind::Name),
        ("阿依古丽·样例店", Kind::Name),
    ];
    for (text, kind) in rows {
        assert_eq!(guess(text, TODAY), kind, "{text}");
    }
}

#[test]
fn debug_says_nothing() {
    let sheet = Inspector { reveal: Reveal::Full, ..Inspector::new(TODAY) }.describe(Kind::Name, "样例");
    assert_eq!(format!("{sheet:?}"), "Description(…)");
}

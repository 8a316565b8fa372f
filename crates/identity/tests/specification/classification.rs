use super::TODAY;
use shiming_identity::{Classified, CompanyNumber, Flaw, Hint, PaperKind, check, classify};

fn kind(text: &str, hint: Hint) -> Result<&'static str, Flaw> {
    classify(text, hint, TODAY).map(|parsed| match parsed.value {
        Classified::Resident(_) => "resident",
        Classified::Foreigner(_) => "foreigner",
        Classified::Company(CompanyNumber::Credit(_)) => "credit",
        Classified::Company(CompanyNumber::Org(_)) => "org",
        Classified::Company(CompanyNumber::Licence(_)) => "licence",
        Classified::Paper(paper) => paper.kind().name(),
    })
}

/// An 18-digit number that is both a resident number and a credit code, found by trying sequences.
fn valid_as_both() -> String {
    let both = |body: &String| check::resident_id(body).is_some_and(|c| check::credit_code(body) == Some(c));
    let bodies = (1..=28).flat_map(|day| (0..1000).map(move |seq| format!("120101190001{day:02}{seq:03}")));
    let body = bodies.into_iter().find(both).unwrap();
    format!("{body}{}", check::resident_id(&body).unwrap())
}

#[test]
fn the_subjects_type_decides_first() {
    assert_eq!(kind("110101190001010014", Hint::Organisation), Err(Flaw::Check));
    assert_eq!(kind("91110000600037341L", Hint::Person), Err(Flaw::Charset));
    assert_eq!(kind("91110000600037341L", Hint::Organisation), Ok("credit"));
    assert_eq!(kind("E00000000", Hint::Person), Ok(PaperKind::MainlandPassport.name()));
    assert_eq!(kind("110000000000017", Hint::Person), Err(Flaw::FirstGeneration));
    assert_eq!(kind("12", Hint::Person), Err(Flaw::Length));
}

#[test]
fn eighteen_characters_are_what_they_pass_as() {
    assert_eq!(kind("11010119000101009x", Hint::None), Ok("resident"));
    assert_eq!(kind("12110000000000027b", Hint::None), Ok("credit"));
    let both = valid_as_both();
    assert_eq!(kind(&both, Hint::None), Ok("resident"));
    assert_eq!(kind(&both, Hint::HasCompanyName), Ok("credit"));
}

#[test]
fn eighteen_characters_that_pass_as_nothing_are_refused_as_what_they_look_like() {
    assert_eq!(kind("110101190001010015", Hint::None), Err(Flaw::Check));
    assert_eq!(kind("11010119000231001X", Hint::None), Err(Flaw::Date));
    assert_eq!(kind("9111000000000001I0", Hint::None), Err(Flaw::Charset));
    assert_eq!(kind("911100006000373410", Hint::None), Err(Flaw::Date));
    assert_eq!(kind("9111000060003734LA", Hint::None), Err(Flaw::Check));
}

#[test]
fn a_final_letter_other_than_x_looks_like_a_credit_code() {
    assert_eq!(kind("91110000000000019A", Hint::None), Err(Flaw::Check));
    assert_eq!(kind("91110000000000019z", Hint::None), Err(Flaw::Charset));
    assert_eq!(kind("11010119000231001x", Hint::None), Err(Flaw::Date));
    assert_eq!(kind("11010119000101041*", Hint::None), Err(Flaw::Charset));
    assert_eq!(kind("26010419790927596*", Hint::None), Err(Flaw::Charset));
}

#[test]
fn fifteen_characters_are_a_card_a_licence_or_an_old_number() {
    assert_eq!(kind("kaz110090123105", Hint::None), Ok("foreigner"));
    assert_eq!(kind("110000000000017", Hint::None), Ok("licence"));
    assert_eq!(kind("110101900101001", Hint::None), Err(Flaw::FirstGeneration));
    assert_eq!(kind("11010190010100X", Hint::None), Err(Flaw::Charset));
}

#[test]
fn nine_or_ten_characters_are_an_organisation_code_if_its_check_fits() {
    assert_eq!(kind("60003734-1", Hint::None), Ok("org"));
    assert_eq!(kind("MA0000015", Hint::None), Ok("org"));
    assert_eq!(kind("H00000001", Hint::None), Ok(PaperKind::HkMacaoTravelPermit.name()));
    assert_eq!(kind("0000000001", Hint::None), Ok(PaperKind::TaiwanTravelPermit.name()));
    assert_eq!(kind("MA000001-9", Hint::None), Err(Flaw::Check));
    assert_eq!(kind("", Hint::None), Err(Flaw::Empty));
}

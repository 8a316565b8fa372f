use super::{TODAY, yes_or_no};
use shiming_identity::{Flaw, Paper, PaperKind, PaperMatch, Warning};

/// Section 2.4, strictly.
#[rustfmt::skip]
const PAPERS: &[(PaperKind, &str, &str)] = &[
    (PaperKind::MainlandPassport, "E00000000", "valid"),
    (PaperKind::MainlandPassport, "EA0000000", "valid"), // second letter after E-number exhaustion
    (PaperKind::MainlandPassport, "EI0000000", "invalid"), // I and O are not used
    (PaperKind::MainlandPassport, "G00000000", "valid"), // old, last expired about 2022
    (PaperKind::MainlandPassport, "E0000000", "invalid"), // 7 digits
    (PaperKind::ForeignPassport, "X0000001A", "valid"),
    (PaperKind::ForeignPassport, "ABCDEF", "invalid"), // no digit
    (PaperKind::HkMacaoTravelPermit, "H00000000", "valid"), // 2013 card face
    (PaperKind::HkMacaoTravelPermit, "H0000000001", "valid"), // with renewal count 01; identity is the first 9
    (PaperKind::HkMacaoTravelPermit, "A00000000", "invalid"), // only H or M
    (PaperKind::TaiwanTravelPermit, "00000000", "valid"), // issued since 2008-09-25
    (PaperKind::TaiwanTravelPermit, "0000000001", "valid"), // 8 + issue count
    (PaperKind::TaiwanTravelPermit, "0000000001(B)", "valid"), // 1992 form with agency code
    (PaperKind::TaiwanTravelPermit, "000000000", "invalid"), // 9 digits
    (PaperKind::ToHkMacaoPermit, "C00000000", "valid"),
    (PaperKind::ToHkMacaoPermit, "CA0000000", "valid"),
    (PaperKind::ToHkMacaoPermit, "W00000000", "valid"), // booklet
    (PaperKind::ToTaiwanPermit, "L00000000", "valid"), // card
    (PaperKind::MilitaryCard, "军字第0000000号", "valid"),
    (PaperKind::HongKongId, "A123456(3)", "valid"), // check: weights 9..2, blank first letter = 36, mod 11
    (PaperKind::HongKongId, "A123456(4)", "invalid"),
    (PaperKind::HongKongId, "AB000000(9)", "valid"), // two-letter prefix
];

/// Rows of section 2.1 that the examples leave out.
#[rustfmt::skip]
const MORE: &[(PaperKind, &str, &str)] = &[
    (PaperKind::MainlandPassport, "141234567", "valid"),
    (PaperKind::MainlandPassport, "151234567", "valid"),
    (PaperKind::MainlandPassport, "161234567", "invalid"),
    (PaperKind::MainlandPassport, "D1234567", "valid"),
    (PaperKind::MainlandPassport, "S12345678", "valid"),
    (PaperKind::MainlandPassport, "PE1234567", "valid"),
    (PaperKind::MainlandPassport, "EO0000000", "invalid"),
    (PaperKind::SarPassport, "K12345678", "valid"),
    (PaperKind::SarPassport, "KJ1234567", "valid"),
    (PaperKind::SarPassport, "H12345678", "valid"),
    (PaperKind::SarPassport, "MA1234567", "valid"),
    (PaperKind::SarPassport, "MC1234567", "invalid"),
    (PaperKind::ForeignPassport, "A123", "invalid"),
    (PaperKind::ForeignPassport, "A12345678901234567890", "invalid"),
    (PaperKind::ForeignPassport, "A-123456", "invalid"),
    (PaperKind::HkMacaoTravelPermit, "M12345678", "valid"),
    (PaperKind::HkMacaoTravelPermit, "H1234567801", "valid"),
    (PaperKind::HkMacaoTravelPermit, "H123456780", "invalid"),
    (PaperKind::ToTaiwanPermit, "T12345678", "valid"),
    (PaperKind::ToTaiwanPermit, "W12345678", "invalid"),
    (PaperKind::MilitaryCard, "士字第12345678", "valid"),
    (PaperKind::MilitaryCard, "军字第123号", "invalid"),
    (PaperKind::HouseholdBook, "123456789", "valid"),
    (PaperKind::HouseholdBook, "110101190001010014", "valid"),
    (PaperKind::HouseholdBook, "110101190001010015", "invalid"),
    (PaperKind::HouseholdBook, "12345678", "invalid"),
    (PaperKind::TemporaryId, "11010119000101009x", "valid"),
    (PaperKind::TemporaryId, "110101190001010015", "invalid"),
    (PaperKind::HongKongId, "a１２３４５６（３）", "valid"),
    (PaperKind::HongKongId, "A1234563", "valid"),
    (PaperKind::HongKongId, "A123456(B)", "invalid"),
    (PaperKind::MacaoId, "1234567(8)", "valid"),
    (PaperKind::MacaoId, "5234567(8)", "valid"),
    (PaperKind::MacaoId, "2234567(8)", "invalid"),
    (PaperKind::TaiwanId, "A123456789", "valid"),
    (PaperKind::TaiwanId, "A123456788", "invalid"),
    (PaperKind::TaiwanId, "A323456789", "invalid"),
];

fn paper(kind: PaperKind, text: &str) -> Paper {
    Paper::parse(kind, text, TODAY).unwrap().value
}

#[test]
fn every_row_of_the_paper_tables_holds() {
    for (kind, input, expected) in PAPERS.iter().chain(MORE) {
        assert_eq!(yes_or_no(Paper::parse(*kind, input, TODAY)), *expected, "{kind:?} {input}");
    }
}

#[test]
fn a_wrong_form_warns_where_no_check_digit_is_published_and_refuses_where_one_is() {
    let warned = |kind, text| Paper::parse(kind, text, TODAY).unwrap().warnings;
    assert!(warned(PaperKind::MainlandPassport, "E0000000").contains(Warning::Length));
    assert!(warned(PaperKind::MainlandPassport, "EI0000000").contains(Warning::Charset));
    assert!(warned(PaperKind::MilitaryCard, "无编号").contains(Warning::Charset));
    for (kind, text, flaw) in [
        (PaperKind::HongKongId, "A123456(4)", Flaw::Check),
        (PaperKind::HongKongId, "A12345(4)", Flaw::Length),
        (PaperKind::TaiwanId, "A123456780", Flaw::Check),
        (PaperKind::TemporaryId, "110101190001010015", Flaw::Check),
        (PaperKind::MainlandPassport, " \u{3000}", Flaw::Empty),
        (PaperKind::MilitaryCard, "军字第\u{0}号", Flaw::Charset),
    ] {
        assert_eq!(Paper::parse(kind, text, TODAY).unwrap_err(), flaw, "{kind:?} {text:?}");
    }
}

#[test]
fn travel_permits_are_compared_without_their_issue_count() {
    let kind = PaperKind::HkMacaoTravelPermit;
    let (short, long) = (paper(kind, "H00000000"), paper(kind, "H0000000002"));
    assert_eq!(long.comparison(), "H00000000");
    assert_eq!(short.compare(&long), PaperMatch::IssueCountDiffers);
    assert_eq!(long.compare(&long), PaperMatch::Match);
    assert_eq!(short.compare(&paper(kind, "H00000001")), PaperMatch::Mismatch);
    let kind = PaperKind::TaiwanTravelPermit;
    assert_eq!(paper(kind, "0000000001（b）").comparison(), "00000000");
    assert_eq!(paper(kind, "00000000").compare(&paper(kind, "0000000001(B)")), PaperMatch::IssueCountDiffers);
    assert_eq!(paper(PaperKind::ToTaiwanPermit, "L00000000").comparison(), "L00000000");
    assert_eq!(
        paper(PaperKind::SarPassport, "H00000000").compare(&paper(PaperKind::HkMacaoTravelPermit, "H00000000")),
        PaperMatch::Mismatch
    );
}

#[test]
fn brackets_width_case_and_blanks_do_not_matter() {
    let kind = PaperKind::HongKongId;
    assert_eq!(paper(kind, " ａ 123456（3）"), paper(kind, "A1234563"));
    assert_eq!(paper(PaperKind::MainlandPassport, "e0000 0000").expose(), "E00000000");
}

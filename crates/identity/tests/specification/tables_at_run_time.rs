use super::TODAY;
use shiming_identity::{
    AreaTable, BankCard, BinTable, CardKind, Date, ResidentId, Warning, Warnings, area_warnings, bin_warnings,
};

const AREAS: &str = "\
# as of 2019-04
code,name,from,to
110101,东城区,1949,
110103,崇文区,1952-06-01,2010-07
110103,崇文区（试）,1949,1952-05-31
";

const BINS: &str = "\
bin,bank,type,length
603265,ONE,DC,16
60326500,TWO,CC,16
621260,THREE,DC,19
621260,THREE,SCC,16
95599,ABC,PC,19
";

#[test]
fn an_area_table_tells_retired_and_unknown_codes() {
    let table = AreaTable::from_csv(AREAS).unwrap();
    let warned = |text: &str, day| area_warnings(&ResidentId::parse(text, TODAY).unwrap().value, &table, day);
    assert_eq!(warned("110101190001010014", TODAY), Warnings::NONE);
    assert_eq!(warned("110103190001010017", TODAY), Warning::AreaRetired.into());
    assert_eq!(warned("110103190001010017", Date::constant(2010, 7, 31)), Warnings::NONE);
    assert_eq!(warned("310103190001010014", TODAY), Warning::AreaUnknown.into());
    assert_eq!(warned("810000190001010018", TODAY), Warnings::NONE);
    assert_eq!(warned("932682198501010017", TODAY), Warnings::NONE);
    assert_eq!(table.as_of(), Some(Date::constant(2019, 4, 30)));
    assert_eq!(table.lookup("110103").len(), 2);
    assert_eq!((table.len(), table.is_empty()), (2, false));
}

#[test]
fn a_wrong_line_of_an_area_table_is_named() {
    for (line, reason) in [
        ("11010,x,,", "the code is not six digits"),
        ("110101,x,2010-13,", "a date is YYYY, YYYY-MM or YYYY-MM-DD"),
        ("110101,x,10,", "a date is YYYY, YYYY-MM or YYYY-MM-DD"),
        ("110101,x", "too few fields"),
    ] {
        let error = AreaTable::from_csv(&format!("code,name,from,to\n{line}\n")).unwrap_err();
        assert_eq!((error.line, error.reason), (2, reason), "{line}");
    }
}

#[test]
fn a_card_is_found_by_longest_prefix_and_length() {
    let table = BinTable::from_csv(BINS).unwrap();
    let found = |text: &str| {
        let card = BankCard::parse(text).unwrap().value;
        let bin = table.lookup(&card).map(|bin| (bin.bank.clone(), bin.kind));
        (bin, bin_warnings(&card, &table))
    };
    let known = |bank: &str, kind| (Some((bank.to_owned(), kind)), Warnings::NONE);
    assert_eq!(found("6032650000000001"), known("TWO", CardKind::Credit));
    assert_eq!(found("6032651000000001"), known("ONE", CardKind::Debit));
    assert_eq!(found("6212600000000000001"), known("THREE", CardKind::Debit));
    assert_eq!(found("6212600000000001"), known("THREE", CardKind::SemiCredit));
    assert_eq!(found("9559900000000000001"), known("ABC", CardKind::Prepaid));
    assert_eq!(found("60326500000000001"), (None, Warning::BinLength.into()));
    assert_eq!(found("6200000000000005"), (None, Warning::BinUnknown.into()));
}

#[test]
fn a_wrong_line_of_a_card_table_is_named() {
    for line in ["x,ICBC,DC,16", "622202,ICBC,XX,16", "622202,ICBC,DC,12", "6222020000000,ICBC,DC,16", "622202,ICBC,DC"]
    {
        assert_eq!(BinTable::from_csv(line).unwrap_err().line, 1, "{line}");
    }
}

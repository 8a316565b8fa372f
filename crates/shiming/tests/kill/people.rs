//! Made-up people without end: numbers valid by check digit, births before 1920.

use std::fmt::Write as _;

use shiming_identity::check;

/// So many of them are on record, but for every third.
pub(crate) const ON_RECORD: usize = 3000;

/// What comes of a claim.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Expected {
    Match,
    Mismatch,
    NoRecord,
}

impl Expected {
    /// `result.code`, and the ledger's word.
    pub(crate) fn words(self) -> (&'static str, &'static str) {
        match self {
            Self::Match => ("ok", "match"),
            Self::Mismatch => ("mismatch", "mismatch"),
            Self::NoRecord => ("not_found", "no_record"),
        }
    }
}

/// What is claimed of a person, and what must come of it.
pub(crate) fn claim(person: usize) -> (String, String, Expected) {
    let (id, name) = (id(person), name(person));
    match person % 3 {
        0 if person < ON_RECORD => (id, name, Expected::Match),
        1 if person < ON_RECORD => (id, "样例伪".to_owned(), Expected::Mismatch),
        _ => (id, name, Expected::NoRecord),
    }
}

/// An import file of those on record.
pub(crate) fn on_record() -> String {
    let mut text = String::from("id_number,name\n");
    for person in (0..ON_RECORD).filter(|person| person % 3 < 2) {
        writeln!(text, "{},{}", id(person), name(person)).unwrap();
    }
    text
}

pub(crate) fn id(person: usize) -> String {
    let (day, month, year) = (1 + person % 28, 1 + person / 28 % 12, 1900 + person / 336 % 20);
    let body = format!("110101{year}{month:02}{day:02}{:03}", 1 + person / 6720 % 998);
    let character = check::resident_id(&body).unwrap();
    format!("{body}{character}")
}

pub(crate) fn name(person: usize) -> String {
    const CHARACTERS: [char; 10] = ['甲', '乙', '丙', '丁', '戊', '己', '庚', '辛', '壬', '癸'];
    format!("样例{}{}", CHARACTERS[person % 10], CHARACTERS[person / 10 % 10])
}

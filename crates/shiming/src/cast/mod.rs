//! The cast: made-up people and companies, one for every outcome that a door can give.
//!
//! A caller picks an outcome by picking a person. [`CAST`] is an import file like any other; its own columns (`x_…`) say
//! which case a row stands for and what a caller claims where that differs from the record. A row that only deletes is
//! somebody whom no record knows.

use std::time::Duration;

use serde::{Deserialize, Serialize};
use shiming_core::{CannotCheck, Check, redeem::Bar};
use shiming_server::rehearsal::Act;

use crate::output::Table;

/// The cast as an import file.
pub(crate) const CAST: &str = include_str!("cast.csv");

/// How long the slow one's source takes.
pub(crate) const SLOW: Duration = Duration::from_secs(3);

/// Everybody, as a caller would name them.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct Cast {
    /// The people.
    pub(crate) people: Vec<Person>,
    /// The companies.
    pub(crate) companies: Vec<Company>,
}

/// A person as a caller claims them.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct Person {
    /// Which case they stand for.
    pub(crate) case: String,
    /// Name.
    pub(crate) name: String,
    /// Resident number.
    pub(crate) id_number: String,
    /// Mobile number.
    pub(crate) mobile: String,
    /// Bank card.
    pub(crate) bankcard: String,
    /// What comes of it, in words.
    pub(crate) outcome: String,
    /// What comes of each check: its word, and the verdict's.
    pub(crate) verdicts: Verdicts,
    /// What stands against them when a once-token is redeemed ([`Bar::word`]).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) bar: Option<String>,
}

/// A company as a caller claims it.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct Company {
    /// Which case it stands for.
    pub(crate) case: String,
    /// Registered name.
    pub(crate) name: String,
    /// The number that a caller gives: a credit code, or an old licence number.
    pub(crate) credit_code: String,
    /// Name of the legal representative.
    pub(crate) legal_name: String,
    /// Resident number of the legal representative.
    pub(crate) legal_id: String,
    /// What comes of it, in words.
    pub(crate) outcome: String,
    /// What comes of each check.
    pub(crate) verdicts: Verdicts,
}

/// What comes of each check.
pub(crate) type Verdicts = std::collections::BTreeMap<String, String>;

#[derive(Deserialize)]
struct Row {
    id_number: String,
    name: String,
    mobile: String,
    bankcard: String,
    company_name: String,
    company_number: String,
    licence_number: String,
    legal_name: String,
    legal_id: String,
    x_case: String,
    x_name: String,
    x_mobile: String,
    x_bankcard: String,
    x_legal_name: String,
    x_outcome: String,
    x_verdicts: String,
    x_bar: String,
}

impl Cast {
    /// Reads the cast.
    pub(crate) fn load() -> Self {
        let mut cast = Self { people: Vec::new(), companies: Vec::new() };
        // A unit test reads every row; one that could not be read would be left out and missed there.
        let rows = csv::Reader::from_reader(CAST.as_bytes()).into_deserialize::<Row>().filter_map(Result::ok);
        for row in rows.filter(|row| !row.x_case.is_empty()) {
            let verdicts = verdicts(&row.x_verdicts);
            if row.company_name.is_empty() {
                cast.people.push(Person {
                    case: row.x_case,
                    name: either(row.x_name, row.name),
                    id_number: row.id_number,
                    mobile: either(row.x_mobile, row.mobile),
                    bankcard: either(row.x_bankcard, row.bankcard),
                    outcome: row.x_outcome,
                    verdicts,
                    bar: Some(row.x_bar).filter(|bar| !bar.is_empty()),
                });
            } else {
                cast.companies.push(Company {
                    case: row.x_case,
                    name: row.company_name,
                    credit_code: either(row.company_number, row.licence_number),
                    legal_name: either(row.x_legal_name, row.legal_name),
                    legal_id: row.legal_id,
                    outcome: row.x_outcome,
                    verdicts,
                });
            }
        }
        cast
    }

    /// What the rehearsing source does: for those whose source is down or slow.
    pub(crate) fn acts(&self) -> Vec<(String, Act)> {
        let act = |case: &str| match case {
            "source_down" => Some(Act::Down),
            "slow" => Some(Act::Slow(SLOW)),
            _ => None,
        };
        self.people
            .iter()
            .filter_map(|person| act(&person.case).map(|act| (person, act)))
            .flat_map(|(person, act)| {
                [&person.id_number, &person.mobile, &person.bankcard].map(|number| (number.clone(), act))
            })
            .collect()
    }

    /// What stands against whom, by resident number.
    pub(crate) fn bars(&self) -> impl Iterator<Item = (&str, Bar)> {
        self.people
            .iter()
            .filter_map(|person| Some((person.id_number.as_str(), Bar::from_word(person.bar.as_deref()?)?)))
    }

    /// Has the cast promise what a face engine says: of those whose name and number match, the verdict on the picture of
    /// them, or that there is none to compare it with.
    pub(crate) fn compare_portraits(&mut self, verdict: impl Fn(&str) -> Option<&'static str>) {
        for person in &mut self.people {
            let told = match person.verdicts.get("resident2").map(String::as_str) {
                Some("match") => verdict(&person.case).unwrap_or(CannotCheck::NoPortraitOnRecord.word()),
                Some(other) => other,
                None => continue,
            };
            let told = told.to_owned();
            person.verdicts.insert(Check::Portrait3.word().to_owned(), told);
        }
    }

    /// The person who stands for a case.
    pub(crate) fn person(&self, case: &str) -> Option<&Person> {
        self.people.iter().find(|person| person.case == case)
    }

    /// Both tables.
    pub(crate) fn text(&self, indent: &str) -> String {
        let mut people = Table::new(["case", "name", "id number", "mobile", "bank card", "what comes of it"]);
        for Person { case, name, id_number, mobile, bankcard, outcome, .. } in &self.people {
            people.row([case, name, id_number, mobile, bankcard, outcome]);
        }
        let mut companies =
            Table::new(["case", "company", "number", "legal person", "their id number", "what comes of it"]);
        for Company { case, name, credit_code, legal_name, legal_id, outcome, .. } in &self.companies {
            companies.row([case, name, credit_code, legal_name, legal_id, outcome]);
        }
        format!("{}\n{}", people.text(indent), companies.text(indent))
    }
}

fn either(claimed: String, recorded: String) -> String {
    if claimed.is_empty() { recorded } else { claimed }
}

fn verdicts(text: &str) -> Verdicts {
    text.split(' ')
        .filter_map(|word| word.split_once(':'))
        .map(|(check, verdict)| (check.to_owned(), verdict.to_owned()))
        .collect()
}

#[cfg(test)]
mod tests {
    use shiming_identity::{BankCard, CompanyName, CompanyNumber, Date, Mobile, PersonName, ResidentId};

    use super::*;

    #[test]
    fn everybody_is_well_formed_and_unmistakably_made_up() {
        let cast = Cast::load();
        let named = CAST.lines().skip(1).filter(|line| line.contains(':')).count();
        assert_eq!(cast.people.len() + cast.companies.len(), named, "a row of the cast cannot be read");
        let today = Date::constant(2026, 11, 25);
        for person in &cast.people {
            let id = ResidentId::parse(&person.id_number, today).unwrap().value;
            assert!(id.expose().starts_with("110101") && id.birth().year() < 1920, "{}", person.case);
            assert!(BankCard::parse(&person.bankcard).unwrap().strict().is_ok(), "{}", person.case);
            assert!(Mobile::parse(&person.mobile).unwrap().value.expose().starts_with("138000000"), "{}", person.case);
            assert!(PersonName::parse(&person.name).unwrap().value.is_comparable(), "{}", person.case);
        }
        for company in &cast.companies {
            assert!(CompanyNumber::parse(&company.credit_code).unwrap().strict().is_ok(), "{}", company.case);
            assert!(CompanyName::parse(&company.name).is_ok(), "{}", company.case);
            ResidentId::parse(&company.legal_id, today).unwrap();
        }
    }

    #[test]
    fn every_check_that_a_claim_can_ask_for_has_its_verdict_stated() {
        let cast = Cast::load();
        let words = |verdicts: &Verdicts| verdicts.keys().filter_map(|word| Check::from_word(word)).count();
        assert!(cast.people.iter().all(|person| words(&person.verdicts) == 5));
        assert!(cast.companies.iter().all(|company| words(&company.verdicts) == 3));
    }

    #[test]
    fn every_outcome_has_somebody() {
        let cast = Cast::load();
        let cases: Vec<_> = cast.people.iter().map(|person| person.case.as_str()).collect();
        for case in [
            "match",
            "name_mismatch",
            "mobile_mismatch",
            "card_mismatch",
            "no_record",
            "middle_dot",
            "rare_character",
            "portrait",
            "source_down",
            "slow",
        ] {
            assert!(cases.contains(&case), "{case}");
        }
        assert_eq!(cast.acts().len(), 6);
        let bars: Vec<_> = cast.bars().map(|(_, bar)| bar).collect();
        assert_eq!(bars, Bar::ALL);
    }
}

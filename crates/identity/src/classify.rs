//! Which kind an untyped number is.
//!
//! Source: identity rules, section 3.4. The prefix never decides: an all-digit credit code of departments 1 and 5 starts
//! like a province.

use crate::fold::{Folded, all_digits};
use crate::{
    CompanyNumber, CreditCode, Date, Flaw, ForeignerPermit, LicenceNumber, OrgCode, Paper, Parsed, ResidentId, papers,
    secret,
};

/// What is known about the subject beside the number.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Default)]
pub enum Hint {
    /// Declared or stored as a person.
    Person,
    /// Declared or stored as an organisation.
    Organisation,
    /// No type, but a company name: decides where a number is valid as both.
    HasCompanyName,
    /// Nothing.
    #[default]
    None,
}

/// A number whose kind has been found.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Classified {
    /// 公民身份号码 and its like
    Resident(ResidentId),
    /// A foreigners' card before 2023.
    Foreigner(ForeignerPermit),
    /// A company's number.
    Company(CompanyNumber),
    /// A passport, permit or other paper.
    Paper(Paper),
}

secret::hide!(Classified);

/// Finds the kind of a number, by the subject's type if there is one, else by length and by which check fits.
pub fn classify(text: &str, hint: Hint, today: Date) -> Result<Parsed<Classified>, Flaw> {
    match hint {
        Hint::Person => person(text, today),
        Hint::Organisation => CompanyNumber::parse(text).map(company),
        Hint::HasCompanyName | Hint::None => untyped(text, hint, today),
    }
}

fn person(text: &str, today: Date) -> Result<Parsed<Classified>, Flaw> {
    let folded = Folded::trimmed(text)?.uppercased();
    let resident = || ResidentId::parse(text, today).map(|parsed| parsed.map(Classified::Resident));
    match folded.as_bytes() {
        bytes if bytes.len() == 15 && starts_with_letters(bytes) => foreigner(text, today),
        bytes if bytes.len() == 18 || bytes.len() == 15 => resident(),
        _ => paper(text, today).map_or_else(resident, Ok),
    }
}

fn untyped(text: &str, hint: Hint, today: Date) -> Result<Parsed<Classified>, Flaw> {
    let folded = Folded::trimmed(text)?.uppercased();
    let bytes = folded.as_bytes();
    match bytes.len() {
        18 => eighteen(text, bytes, hint, today),
        15 if starts_with_letters(bytes) => foreigner(text, today),
        15 => match LicenceNumber::parse(text) {
            Ok(number) => Ok(company(number.map(CompanyNumber::Licence))),
            Err(_) if all_digits(bytes) => Err(Flaw::FirstGeneration),
            Err(flaw) => Err(flaw),
        },
        9 | 10 => match OrgCode::parse(text) {
            Ok(code) => Ok(company(code.map(CompanyNumber::Org))),
            Err(flaw) => paper(text, today).ok_or(flaw),
        },
        _ => paper(text, today).ok_or(Flaw::Length),
    }
}

fn eighteen(text: &str, bytes: &[u8], hint: Hint, today: Date) -> Result<Parsed<Classified>, Flaw> {
    let resident = ResidentId::parse(text, today);
    let code = CreditCode::parse(text);
    match (resident, code) {
        (Ok(_), Ok(code)) if hint == Hint::HasCompanyName => Ok(company(code.map(CompanyNumber::Credit))),
        (Ok(resident), _) => Ok(resident.map(Classified::Resident)),
        (_, Ok(code)) => Ok(company(code.map(CompanyNumber::Credit))),
        (Err(as_resident), Err(as_code)) => {
            let shape_of_a_resident =
                |(last, body): (&u8, &[u8])| all_digits(body) && !(last.is_ascii_alphabetic() && *last != b'X');
            let resident_shape = bytes.split_last().is_some_and(shape_of_a_resident);
            Err(if resident_shape { as_resident } else { as_code })
        }
    }
}

fn company(parsed: Parsed<CompanyNumber>) -> Parsed<Classified> {
    parsed.map(Classified::Company)
}

fn foreigner(text: &str, today: Date) -> Result<Parsed<Classified>, Flaw> {
    ForeignerPermit::parse(text, today).map(|parsed| parsed.map(Classified::Foreigner))
}

fn paper(text: &str, today: Date) -> Option<Parsed<Classified>> {
    let kind = papers::guess(text, today)?;
    Paper::parse(kind, text, today).ok().map(|parsed| parsed.map(Classified::Paper))
}

fn starts_with_letters(bytes: &[u8]) -> bool {
    bytes.iter().take(3).all(u8::is_ascii_uppercase)
}

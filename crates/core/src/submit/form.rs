//! What is written on a case's form, in the core's words.
//!
//! A dossier is bytes that only its door reads. For an operator to look at a case, and for checks to run over it, the
//! door says what each field means; nobody else needs the vendor's names.

use std::fmt;

use super::case::{CaseKey, Dossier};

/// What a field of a form means.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Means {
    /// The name of a company or another organisation.
    Organisation,
    /// An organisation's number: the unified credit code, or one of the numbers before it.
    OrganisationNumber,
    /// The name of the organisation's legal person.
    LegalPerson,
    /// The legal person's resident ID number.
    LegalPersonNumber,
    /// A natural person's name: the applicant, the one in charge, who handles the case.
    Person,
    /// That person's resident ID number.
    PersonNumber,
    /// The number of another paper of the person: a passport, a permit.
    OtherNumber,
    /// A mobile number.
    Mobile,
    /// The day from which a paper is valid, in the vendor's writing.
    ValidFrom,
    /// The day until which a paper is valid, in the vendor's writing.
    ValidUntil,
    /// Something else: shown to the operator, not checked.
    Other,
}

impl Means {
    /// The word for it in lists and answers.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Organisation => "organisation",
            Self::OrganisationNumber => "organisation_number",
            Self::LegalPerson => "legal_person",
            Self::LegalPersonNumber => "legal_person_number",
            Self::Person => "person",
            Self::PersonNumber => "person_number",
            Self::OtherNumber => "other_number",
            Self::Mobile => "mobile",
            Self::ValidFrom => "valid_from",
            Self::ValidUntil => "valid_until",
            Self::Other => "other",
        }
    }
}

/// One field of a form.
#[derive(Clone, PartialEq, Eq)]
pub struct Field {
    /// The vendor's name for it.
    pub name: String,
    /// What it means.
    pub means: Means,
    /// What the caller wrote.
    pub value: String,
}

impl Field {
    /// A field of this name, meaning and value.
    pub fn new(name: impl Into<String>, means: Means, value: impl Into<String>) -> Self {
        Self { name: name.into(), means, value: value.into() }
    }
}

/// Does not show the value.
impl fmt::Debug for Field {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Field").field("name", &self.name).field("means", &self.means).finish_non_exhaustive()
    }
}

/// What is written on a form, in the vendor's order; fields that were left empty are not there.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Form {
    /// The fields. Those that belong together (a person and a number) follow one another.
    pub fields: Vec<Field>,
    /// What the door itself has a doubt about: a field's name, and why, in a word of ours.
    pub doubts: Vec<(String, &'static str)>,
}

/// Reads the dossiers of one door.
pub trait Forms: Send + Sync {
    /// The door whose dossiers these are.
    fn door(&self) -> &'static str;

    /// What is written on the form; none where the dossier is not one that this door writes.
    fn form(&self, key: &CaseKey, dossier: &Dossier) -> Option<Form>;
}

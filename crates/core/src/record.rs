//! Records: what an operator loads into the registry.

use std::fmt;

use shiming_identity::{BankCard, CompanyName, CompanyNumber, Mobile, PersonName, ResidentId};

use crate::claim::Element;

/// Whose book a record is from. The number of each is part of the stored format: never reuse one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[repr(u8)]
pub enum RecordKind {
    /// The public security register, found by resident number.
    Resident = 1,
    /// A bank's, found by card number.
    BankCard = 2,
    /// A telephone operator's, found by mobile number.
    Mobile = 3,
    /// The register of companies, found by company number.
    Company = 4,
}

impl RecordKind {
    /// Every kind.
    pub const ALL: [Self; 4] = [Self::Resident, Self::BankCard, Self::Mobile, Self::Company];

    /// The word for it in import files and statistics.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Resident => "resident",
            Self::BankCard => "bankcard",
            Self::Mobile => "mobile",
            Self::Company => "company",
        }
    }
}

/// What a record is found by: its kind and a number in normal form.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct RecordKey<'a> {
    /// Whose book.
    pub kind: RecordKind,
    /// The number in normal form. A person's value.
    pub number: &'a str,
}

/// Says the kind and never the number.
impl fmt::Debug for RecordKey<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "RecordKey({}, …)", self.kind.word())
    }
}

/// One record as loaded.
pub enum Record {
    /// A person in the public security register.
    Resident {
        /// Resident number, the key.
        id: ResidentId,
        /// Name.
        name: PersonName,
    },
    /// A bank card and its holder.
    BankCard {
        /// Card number, the key.
        card: BankCard,
        /// Name of the holder.
        name: PersonName,
        /// Resident number of the holder.
        id: ResidentId,
        /// Mobile number reserved with the bank, if any.
        mobile: Option<Mobile>,
    },
    /// A mobile number and its subscriber.
    Mobile {
        /// Mobile number, the key.
        mobile: Mobile,
        /// Name of the subscriber.
        name: PersonName,
        /// Resident number of the subscriber.
        id: ResidentId,
    },
    /// A company.
    Company {
        /// The number, the key. A company with several numbers has a record for each.
        number: CompanyNumber,
        /// Registered name.
        name: CompanyName,
        /// Name of the legal representative.
        legal_name: Option<PersonName>,
        /// Resident number of the legal representative.
        legal_id: Option<ResidentId>,
    },
}

impl Record {
    /// What it is found by.
    pub fn key(&self) -> RecordKey<'_> {
        match self {
            Self::Resident { id, .. } => RecordKey { kind: RecordKind::Resident, number: id.expose() },
            Self::BankCard { card, .. } => RecordKey { kind: RecordKind::BankCard, number: card.expose() },
            Self::Mobile { mobile, .. } => RecordKey { kind: RecordKind::Mobile, number: mobile.expose() },
            Self::Company { number, .. } => RecordKey { kind: RecordKind::Company, number: number.expose() },
        }
    }

    /// Calls `each` with every element that a claim can be compared with.
    pub fn for_each_element<'a>(&'a self, mut each: impl FnMut(Element, &'a str)) {
        match self {
            Self::Resident { name, .. } => each(Element::Name, name.expose()),
            Self::BankCard { name, id, mobile, .. } => {
                each(Element::Name, name.expose());
                each(Element::IdNumber, id.expose());
                if let Some(mobile) = mobile {
                    each(Element::Mobile, mobile.expose());
                }
            }
            Self::Mobile { name, id, .. } => {
                each(Element::Name, name.expose());
                each(Element::IdNumber, id.expose());
            }
            Self::Company { name, legal_name, legal_id, .. } => {
                each(Element::CompanyName, name.expose());
                if let Some(name) = legal_name {
                    each(Element::LegalName, name.expose());
                }
                if let Some(id) = legal_id {
                    each(Element::LegalId, id.expose());
                }
            }
        }
    }
}

/// Says the kind and nothing of the person.
impl fmt::Debug for Record {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Record({})", self.key().kind.word())
    }
}

/// One line of an import: put a record in place of the one under its key, or take one out.
#[derive(Debug)]
pub enum Change {
    /// Insert, or replace what stands under the same key.
    Upsert(Record),
    /// Remove; nothing happens where there is none.
    Delete {
        /// Whose book.
        kind: RecordKind,
        /// The number in normal form.
        number: Number,
    },
    /// Keep what a face engine made of a reference portrait, in place of what was kept; nothing happens where there is
    /// no resident record under that number.
    Portrait {
        /// The person.
        id: ResidentId,
        /// What the engine made. It is as good as a face: [`Template`] never shows it.
        template: Template,
        /// What becomes of the photo that it was made of.
        photo: Photo,
    },
}

/// What becomes of the photo that a template is made of. A template is never beside the photo of another.
#[derive(Clone, PartialEq, Eq)]
pub enum Photo<P = Vec<u8>> {
    /// It is not kept, and one that was kept before is erased.
    LetGo,
    /// It is kept, in place of one that was kept before.
    Kept(P),
    /// It is the one that is kept already.
    Same,
}

/// Says which, and nothing of the photo.
impl<P> fmt::Debug for Photo<P> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::LetGo => "LetGo",
            Self::Kept(_) => "Kept(…)",
            Self::Same => "Same",
        })
    }
}

/// What stands for the network that makes a template: equal for equal networks, and about no person.
pub type Maker = [u8; 16];

/// What a face engine made of a reference portrait, never shown.
#[derive(Clone, PartialEq, Eq)]
pub struct Template {
    bytes: Vec<u8>,
    maker: Option<Maker>,
}

impl Template {
    /// Takes what an engine made.
    pub fn new(template: Vec<u8>) -> Self {
        Self { bytes: template, maker: None }
    }

    /// Says which network made it, so that those of another can be counted without opening one.
    pub fn made_by(self, maker: Maker) -> Self {
        Self { maker: Some(maker), ..self }
    }

    /// Which network made it, where that was said.
    pub fn maker(&self) -> Option<Maker> {
        self.maker
    }

    /// The bytes: a person's value.
    pub fn expose(&self) -> &[u8] {
        &self.bytes
    }
}

impl fmt::Debug for Template {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Template(…)")
    }
}

/// A number that is owned and never shown.
#[derive(Clone, PartialEq, Eq)]
pub struct Number(String);

impl Number {
    /// Takes a number in normal form.
    pub fn new(number: impl Into<String>) -> Self {
        Self(number.into())
    }

    /// The number itself: a person's value.
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Number {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Number(…)")
    }
}

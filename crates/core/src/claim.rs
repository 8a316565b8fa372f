//! A claim: what somebody says a person or company is, before anyone has looked.

use std::fmt;

use shiming_identity::{BankCard, CompanyName, CompanyNumber, Mobile, PersonName, PrivateUseTable, ResidentId};

use crate::record::{RecordKey, RecordKind};

/// What is claimed. Each variant is compared with the one kind of record that can answer it.
pub enum Claim {
    /// A person as the public security register knows them: name and number (姓名身份证二要素), with a portrait the
    /// three portrait elements (人像三要素).
    Resident {
        /// Resident number (公民身份号码).
        id: ResidentId,
        /// Name in its comparison form.
        name: PersonName,
        /// The photo as it came, decoded: a JPEG or PNG file.
        portrait: Option<Vec<u8>>,
    },
    /// A person as their bank knows them (银行卡三要素; with the mobile number 银行卡四要素).
    BankCard {
        /// Card number.
        card: BankCard,
        /// Name of the holder.
        name: PersonName,
        /// Resident number of the holder.
        id: ResidentId,
        /// Mobile number reserved with the bank.
        mobile: Option<Mobile>,
    },
    /// A person as their telephone operator knows them (手机号三要素; without the number 手机号二要素).
    Mobile {
        /// Mobile number.
        mobile: Mobile,
        /// Name of the subscriber.
        name: PersonName,
        /// Resident number of the subscriber.
        id: Option<ResidentId>,
    },
    /// A company as the register of companies knows it (企业二要素, with the legal person's name 企业三要素, with name and
    /// number 企业四要素).
    Company {
        /// Credit code, organisation code or old licence number.
        number: CompanyNumber,
        /// Registered name.
        name: CompanyName,
        /// Name of the legal representative (法定代表人).
        legal_name: Option<PersonName>,
        /// Resident number of the legal representative.
        legal_id: Option<ResidentId>,
    },
}

impl Claim {
    /// Which check this claim asks for.
    pub fn check(&self) -> Check {
        match self {
            Self::Resident { portrait: None, .. } => Check::Resident2,
            Self::Resident { portrait: Some(_), .. } => Check::Portrait3,
            Self::BankCard { mobile: None, .. } => Check::BankCard3,
            Self::BankCard { mobile: Some(_), .. } => Check::BankCard4,
            Self::Mobile { id: None, .. } => Check::Mobile2,
            Self::Mobile { id: Some(_), .. } => Check::Mobile3,
            Self::Company { legal_id: Some(_), .. } => Check::Company4,
            Self::Company { legal_name: Some(_), .. } => Check::Company3,
            Self::Company { .. } => Check::Company2,
        }
    }

    /// The record that can answer it: its kind and the number that it is found by.
    pub fn key(&self) -> RecordKey<'_> {
        match self {
            Self::Resident { id, .. } => RecordKey { kind: RecordKind::Resident, number: id.expose() },
            Self::BankCard { card, .. } => RecordKey { kind: RecordKind::BankCard, number: card.expose() },
            Self::Mobile { mobile, .. } => RecordKey { kind: RecordKind::Mobile, number: mobile.expose() },
            Self::Company { number, .. } => RecordKey { kind: RecordKind::Company, number: number.expose() },
        }
    }

    /// Calls `each` with every element that must equal the record's, in comparison form. The portrait is not among
    /// them: it is compared, never equal.
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
                if let Some(id) = id {
                    each(Element::IdNumber, id.expose());
                }
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

    /// Whether every name in it can be compared at all. A name with a private-use character that no table explains
    /// cannot: a mismatch would be a guess (specification of identity rules, section 6.3).
    pub fn is_comparable(&self) -> bool {
        match self {
            Self::Resident { name, .. } | Self::BankCard { name, .. } | Self::Mobile { name, .. } => {
                name.is_comparable()
            }
            Self::Company { name, legal_name, .. } => {
                name.is_comparable() && legal_name.as_ref().is_none_or(PersonName::is_comparable)
            }
        }
    }

    /// The claim with its names as an operator's table reads them.
    pub(crate) fn read_with(&self, table: &PrivateUseTable) -> Self {
        let read = |name: &PersonName| name.read_with(table);
        match self {
            Self::Resident { id, name, portrait } => {
                Self::Resident { id: id.clone(), name: read(name), portrait: portrait.clone() }
            }
            Self::BankCard { card, name, id, mobile } => {
                Self::BankCard { card: card.clone(), name: read(name), id: id.clone(), mobile: mobile.clone() }
            }
            Self::Mobile { mobile, name, id } => {
                Self::Mobile { mobile: mobile.clone(), name: read(name), id: id.clone() }
            }
            Self::Company { number, name, legal_name, legal_id } => Self::Company {
                number: number.clone(),
                name: name.read_with(table),
                legal_name: legal_name.as_ref().map(read),
                legal_id: legal_id.clone(),
            },
        }
    }
}

/// Says which check it is and nothing of the person.
impl fmt::Debug for Claim {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Claim({})", self.check())
    }
}

/// The checks, by the elements that they compare. The word of each is what policies, the ledger and metrics say.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Check {
    /// Name and resident number (姓名身份证二要素).
    Resident2,
    /// Name, resident number and portrait (人像三要素).
    Portrait3,
    /// Name, resident number and bank card (银行卡三要素).
    BankCard3,
    /// Name, resident number, bank card and mobile number (银行卡四要素).
    BankCard4,
    /// Name and mobile number (手机号二要素).
    Mobile2,
    /// Name, resident number and mobile number (手机号三要素).
    Mobile3,
    /// Company name and number (企业二要素).
    Company2,
    /// Company name and number, name of the legal representative (企业三要素).
    Company3,
    /// The same and the legal representative's resident number (企业四要素).
    Company4,
}

impl Check {
    /// Every check.
    pub const ALL: [Self; 9] = [
        Self::Resident2,
        Self::Portrait3,
        Self::BankCard3,
        Self::BankCard4,
        Self::Mobile2,
        Self::Mobile3,
        Self::Company2,
        Self::Company3,
        Self::Company4,
    ];

    /// The word for it in configuration, ledger and metrics.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Resident2 => "resident2",
            Self::Portrait3 => "portrait3",
            Self::BankCard3 => "bankcard3",
            Self::BankCard4 => "bankcard4",
            Self::Mobile2 => "mobile2",
            Self::Mobile3 => "mobile3",
            Self::Company2 => "company2",
            Self::Company3 => "company3",
            Self::Company4 => "company4",
        }
    }

    /// The check that a word means.
    pub fn from_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|check| check.word() == word)
    }
}

impl fmt::Display for Check {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.word())
    }
}

/// One thing that is claimed. The number of each is part of the stored format: never reuse one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[repr(u8)]
pub enum Element {
    /// A person's name.
    Name = 0,
    /// A person's resident number.
    IdNumber = 1,
    /// A mobile number.
    Mobile = 2,
    /// A portrait.
    Portrait = 3,
    /// A company's registered name.
    CompanyName = 4,
    /// The name of a company's legal representative.
    LegalName = 5,
    /// The resident number of a company's legal representative.
    LegalId = 6,
}

impl Element {
    /// Every element.
    pub const ALL: [Self; 7] =
        [Self::Name, Self::IdNumber, Self::Mobile, Self::Portrait, Self::CompanyName, Self::LegalName, Self::LegalId];

    /// The word for it in the ledger's export.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Name => "name",
            Self::IdNumber => "id_number",
            Self::Mobile => "mobile",
            Self::Portrait => "portrait",
            Self::CompanyName => "company_name",
            Self::LegalName => "legal_name",
            Self::LegalId => "legal_id",
        }
    }
}

/// A set of elements.
#[derive(Clone, Copy, Default, PartialEq, Eq, Hash)]
pub struct Elements(u16);

impl Elements {
    /// The empty set.
    pub const NONE: Self = Self(0);

    /// This set and one more.
    pub const fn with(self, element: Element) -> Self {
        Self(self.0 | 1 << element as u8)
    }

    /// Whether the element is in the set.
    pub const fn contains(self, element: Element) -> bool {
        self.0 & (1 << element as u8) != 0
    }

    /// Whether nothing is in the set.
    pub const fn is_empty(self) -> bool {
        self.0 == 0
    }

    /// As a number, bit n for the element numbered n: the ledger's form.
    pub const fn bits(self) -> u16 {
        self.0
    }

    /// From the ledger's form.
    pub const fn from_bits(bits: u16) -> Self {
        Self(bits)
    }

    /// The elements in the set.
    pub fn iter(self) -> impl Iterator<Item = Element> {
        Element::ALL.into_iter().filter(move |element| self.contains(*element))
    }
}

impl FromIterator<Element> for Elements {
    fn from_iter<I: IntoIterator<Item = Element>>(elements: I) -> Self {
        elements.into_iter().fold(Self::NONE, Self::with)
    }
}

impl fmt::Debug for Elements {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set().entries(self.iter().map(Element::word)).finish()
    }
}

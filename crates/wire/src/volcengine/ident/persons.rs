//! The persons of a qualification: who handles it, who is responsible, and the legal person. Docs: Volcengine SMS specification,
//! sections 3.1 to 3.3.

use super::{MAX_NAME, MAX_NUMBER, Needed, RawFiles, Rules};
use crate::element::Element;
use crate::json::{Found, JsonError, Reader, Value};
use crate::volcengine::codes::Refusal;
use crate::volcengine::field::{List, integer, missing, required, text};
use crate::volcengine::file::{AuthFile, Side, raw_list};

/// The persons of a qualification.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Persons<'a> {
    /// `operatorPerson` (经办人).
    pub operator: PersonInfo<'a>,
    /// `responsiblePersonInfo` (责任人).
    pub responsible: PersonInfo<'a>,
    /// `legalPerson` (法人).
    pub legal: Option<PersonInfo<'a>>,
}

/// PersonInfo.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PersonInfo<'a> {
    /// `certificateType`.
    pub certificate_type: CertificateType,
    /// `personCertificate`.
    pub certificate: Vec<AuthFile>,
    /// `personName`.
    pub name: Element<'a>,
    /// `personIDCard`; a legal person may go without.
    pub number: Option<Element<'a>>,
    /// `personMobile`.
    pub mobile: Element<'a>,
}

/// `certificateType`: what a person is known by.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CertificateType {
    /// 0: resident ID card.
    ResidentId,
    /// 1: passport.
    Passport,
    /// 2: mainland travel permit for Hong Kong and Macao residents.
    HkMacaoPermit,
    /// 3: mainland travel permit for Taiwan residents.
    TaiwanPermit,
    /// 4: residence permit for Hong Kong, Macao and Taiwan residents.
    ResidencePermit,
    /// 9: something else.
    Other,
}

impl CertificateType {
    const ALL: [(i64, Self, u8); 6] = [
        (0, Self::ResidentId, 18),
        (1, Self::Passport, 12),
        (2, Self::HkMacaoPermit, 13),
        (3, Self::TaiwanPermit, 14),
        (4, Self::ResidencePermit, 15),
        (9, Self::Other, 6),
    ];

    /// The type of a number.
    pub fn of_number(number: i64) -> Option<Self> {
        Self::ALL.into_iter().find(|(known, ..)| *known == number).map(|(_, kind, _)| kind)
    }

    /// The number on the wire.
    pub fn number(self) -> i64 {
        Self::ALL.into_iter().find(|(_, kind, _)| *kind == self).map_or(0, |(number, ..)| number)
    }

    /// The type of file that shows a legal person's (section 3.2).
    fn doc_type(self) -> u8 {
        Self::ALL.into_iter().find(|(_, kind, _)| *kind == self).map_or(6, |(_, _, doc_type)| doc_type)
    }
}

/// Who a person is to the qualification.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Part {
    /// `operatorPerson`.
    Operator,
    /// `responsiblePersonInfo`.
    Responsible,
    /// `legalPerson`.
    Legal,
}

impl Part {
    /// The member's name; the three are not alike (section 3.1).
    pub const fn field(self) -> &'static str {
        match self {
            Self::Operator => "operatorPerson",
            Self::Responsible => "responsiblePersonInfo",
            Self::Legal => "legalPerson",
        }
    }

    /// The files that show both sides of the person's card (section 3.2).
    const fn sides(self) -> [u8; 2] {
        match self {
            Self::Operator => [8, 9],
            Self::Responsible => [10, 11],
            Self::Legal => [18, 19],
        }
    }
}

pub(super) struct RawPerson<'a> {
    object: bool,
    certificate_type: Value<'a>,
    certificate: RawFiles<'a>,
    /// Name, number, mobile.
    texts: [Value<'a>; 3],
}

impl Default for RawPerson<'_> {
    fn default() -> Self {
        Self { object: true, certificate_type: Value::Null, certificate: List::Unset, texts: [Value::Null; 3] }
    }
}

const PERSON: [&str; 3] = ["personName", "personIDCard", "personMobile"];

impl<'a> RawPerson<'a> {
    pub(super) fn read(reader: &mut Reader<'a>) -> Result<Self, JsonError> {
        let mut raw = Self::default();
        let found = reader.object(|reader, name| {
            if name.is("personCertificate") {
                raw.certificate = raw_list(reader)?;
                return Ok(());
            }
            let value = reader.value()?;
            if name.is("certificateType") {
                raw.certificate_type = value;
            } else if let Some((_, place)) = PERSON.iter().zip(&mut raw.texts).find(|(wanted, _)| name.is(wanted)) {
                *place = value;
            }
            Ok(())
        })?;
        Ok(Self { object: !matches!(found, Found::Other(_)), ..raw })
    }

    /// Section 3.3: what Go sends for somebody who was left out has a number and nothing else.
    fn is_unset(&self) -> bool {
        self.object && self.certificate.is_unset() && self.texts.iter().all(Value::is_unset)
    }
}

impl<'a> Persons<'a> {
    pub(super) fn read([operator, responsible, legal]: [RawPerson<'a>; 3], rules: Rules) -> Result<Self, Refusal> {
        Ok(Self {
            operator: PersonInfo::read(operator, Part::Operator, rules)?,
            responsible: PersonInfo::read(responsible, Part::Responsible, rules)?,
            legal: if legal.is_unset() { None } else { Some(PersonInfo::read(legal, Part::Legal, rules)?) },
        })
    }

    /// Each person with their part.
    pub fn all(&self) -> impl Iterator<Item = (Part, &PersonInfo<'a>)> {
        let legal = self.legal.as_ref().map(|legal| (Part::Legal, legal));
        [(Part::Operator, &self.operator), (Part::Responsible, &self.responsible)].into_iter().chain(legal)
    }

    /// What a reviewer should look at: the fields whose files are of another type than their place.
    pub fn odd_files(&self) -> Vec<String> {
        let odd = self.all().filter(|(part, person)| !person.fits(*part));
        odd.map(|(part, _)| format!("{}.personCertificate", part.field())).collect()
    }
}

impl<'a> PersonInfo<'a> {
    fn read(raw: RawPerson<'a>, part: Part, rules: Rules) -> Result<Self, Refusal> {
        let at = |member: &str| format!("{}.{member}", part.field());
        if !raw.object {
            return Err(Refusal::invalid(part.field(), "必须是对象"));
        }
        if raw.is_unset() {
            return Err(missing(part.field()));
        }
        let field = at("certificateType");
        let number = integer(raw.certificate_type, &field)?.ok_or_else(|| missing(&field))?;
        let certificate_type = CertificateType::of_number(number)
            .filter(|kind| part == Part::Legal || *kind == CertificateType::ResidentId)
            .ok_or_else(|| Refusal::invalid(&field, "不在取值范围内"))?;
        let path = at("personCertificate");
        let certificate = AuthFile::read_list(raw.certificate, &path, 2, rules.pictures)?;
        let sides = certificate_type == CertificateType::ResidentId;
        match certificate.len() {
            0 if rules.person_certificates == Needed::Always => return Err(missing(&path)),
            1 if sides => return Err(Refusal::invalid(&path, "须为人像面和国徽面各一张")),
            _ => {}
        }
        let [name, number, mobile] = raw.texts;
        let name = required(name, &at("personName"), MAX_NAME)?;
        let number = text(number, &at("personIDCard"), MAX_NUMBER)?;
        if number.is_none() && part != Part::Legal {
            return Err(missing(&at("personIDCard")));
        }
        let mobile = required(mobile, &at("personMobile"), MAX_NUMBER)?;
        Ok(Self { certificate_type, certificate, name, number, mobile })
    }

    /// The side that each file of a resident ID card shows. Two of one type are the portrait's and the emblem's in this order: one
    /// SDK has the same number for both.
    pub fn sides(&self) -> impl Iterator<Item = (Side, &AuthFile)> {
        let by_type = match self.certificate.as_slice() {
            [first, second] => first.doc_type.side().zip(second.doc_type.side()).filter(|(one, other)| one != other),
            _ => None,
        };
        let (first, second) = by_type.unwrap_or((Side::Portrait, Side::Emblem));
        [first, second].into_iter().zip(&self.certificate)
    }

    fn fits(&self, part: Part) -> bool {
        let [portrait, emblem] = part.sides();
        self.certificate.iter().all(|file| match (self.certificate_type, file.doc_type.number()) {
            (CertificateType::ResidentId, number) => number == portrait || number == emblem,
            (other, number) => number == other.doc_type(),
        })
    }
}

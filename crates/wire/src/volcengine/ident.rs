//! ApplySignatureIdent and UpdateSignatureIdent: a qualification (资质) as it is handed in. Docs: Volcengine SMS specification,
//! sections 3 and 4.4.
//!
//! Here is what can be seen of a field alone: that it is there, its type, its length, and that the files are pictures. Whether a
//! number is a right one is for who knows people. That a file's type does not fit its place is no error but a remark for the
//! reviewer: the document's own sample has 0 in every place (section 3.2).

mod persons;

use super::call::Admitted;
use super::codes::Refusal;
use super::field::{List, Purpose, id, integer, missing, object, required, text};
use super::file::{AuthFile, DocType, PictureLimits, RawFile, is_unset, raw_list};
use crate::element::Element;
use crate::json::{Found, JsonError, Reader, Value};
use persons::RawPerson;

pub use persons::{CertificateType, Part, PersonInfo, Persons};

/// What a body must have beside what it must always have.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Rules {
    /// Whether the company's certificate must be there as a picture.
    pub business_certificate: Needed,
    /// Whether every person's certificate must be there as pictures: the document's own sample has none.
    pub person_certificates: Needed,
    /// Sizes of pictures.
    pub pictures: PictureLimits,
}

/// Whether something must be there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Needed {
    /// It must.
    Always,
    /// It may.
    Optional,
}

impl Default for Rules {
    fn default() -> Self {
        Self {
            business_certificate: Needed::Always,
            person_certificates: Needed::Optional,
            pictures: PictureLimits::default(),
        }
    }
}

/// A qualification that is well formed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SignatureIdent<'a> {
    /// The qualification to hand in again; `None` for a new one.
    pub id: Option<i64>,
    /// `materialName`: what the caller calls it.
    pub material_name: Element<'a>,
    /// `businessInfo`.
    pub business: BusinessInfo<'a>,
    /// `operatorPerson` (经办人), `responsiblePersonInfo` (责任人), and `legalPerson` (法人) where one is given.
    pub persons: Persons<'a>,
    /// `powerOfAttorney` (授权委托书).
    pub power_of_attorney: Vec<AuthFile>,
    /// `purpose`.
    pub purpose: Purpose,
    /// `otherMaterials`.
    pub other_materials: Vec<AuthFile>,
    /// `effectSignatures`: the signatures that it is meant for.
    pub effect_signatures: Vec<Element<'a>>,
    /// The tickets of earlier checks that were given, by the members' names: kept, and not looked at.
    pub tickets: Vec<(&'static str, Element<'a>)>,
}

/// `businessInfo` (企业信息).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BusinessInfo<'a> {
    /// `businessCertificateType`.
    pub certificate_type: DocType,
    /// `businessCertificate`.
    pub certificate: Option<AuthFile>,
    /// `businessCertificateName`: the company's name.
    pub name: Element<'a>,
    /// `unifiedSocialCreditIdentifier` (统一社会信用代码).
    pub credit_code: Element<'a>,
    /// `businessCertificateValidityPeriodStart`.
    pub valid_from: Element<'a>,
    /// `businessCertificateValidityPeriodEnd`.
    pub valid_until: Element<'a>,
    /// `legalPersonName`.
    pub legal_person_name: Element<'a>,
}

const MAX_MATERIAL_NAME: usize = 20;
const MAX_NAME: usize = 256;
const MAX_NUMBER: usize = 64;
const MAX_SIGNATURE: usize = 64;
/// Most files in a list that nobody has published a limit of.
const MAX_FILES: usize = 10;
const MAX_OTHER_MATERIALS: usize = 5;
const MAX_EFFECT_SIGNATURES: usize = 100;
const MAX_TICKET: usize = 256;

const TICKETS: [&str; 4] = ["businessCheckTicket", "operatorCheckTicket", "responsibleCheckTicket", "legalCheckTicket"];

impl<'a> SignatureIdent<'a> {
    /// Reads the body of an admitted call, the fields in the document's order.
    pub fn read(call: &Admitted<'a>, rules: Rules) -> Result<Self, Refusal> {
        Self::read_unverified(call.body(), rules)
    }

    /// Reads a body that nobody vouches for: for tools that explain a call, and for tests. A door uses [`SignatureIdent::read`].
    pub fn read_unverified(bytes: &'a [u8], rules: Rules) -> Result<Self, Refusal> {
        let raw = RawIdent::read(bytes)?;
        let id = id(raw.id, "id")?;
        let material_name = required(raw.material_name, "materialName", MAX_MATERIAL_NAME)?;
        let business = BusinessInfo::read(raw.business, rules)?;
        let persons = Persons::read(raw.persons, rules)?;
        let legal_name = persons.legal.as_ref().map(|legal| legal.name.expose());
        if legal_name.is_some_and(|name| name != business.legal_person_name.expose()) {
            return Err(Refusal::invalid("legalPerson.personName", "与businessInfo.legalPersonName不一致"));
        }
        let purpose = Purpose::read(raw.purpose)?.ok_or_else(|| missing("purpose"))?;
        if purpose == Purpose::Others && raw.power_of_attorney.is_unset() {
            return Err(Refusal::invalid("powerOfAttorney", "purpose为2时必填"));
        }
        let files = |files, path, most| AuthFile::read_list(files, path, most, rules.pictures);
        Ok(Self {
            id,
            material_name,
            business,
            persons,
            power_of_attorney: files(raw.power_of_attorney, "powerOfAttorney", MAX_FILES)?,
            purpose,
            other_materials: files(raw.other_materials, "otherMaterials", MAX_OTHER_MATERIALS)?,
            effect_signatures: effect_signatures(raw.effect_signatures)?,
            tickets: tickets(raw.tickets)?,
        })
    }

    /// What a reviewer should look at: the fields whose files are of another type than their place.
    pub fn odd_files(&self) -> Vec<String> {
        let mut odd = self.persons.odd_files();
        let certificate = self.business.certificate.as_ref();
        if certificate.is_some_and(|file| file.doc_type != self.business.certificate_type) {
            odd.push("businessInfo.businessCertificate".to_owned());
        }
        if self.power_of_attorney.iter().any(|file| file.doc_type != DocType::POWER_OF_ATTORNEY) {
            odd.push("powerOfAttorney".to_owned());
        }
        if self.other_materials.iter().any(|file| file.doc_type != DocType::OTHER) {
            odd.push("otherMaterials".to_owned());
        }
        odd
    }
}

/// UpdateSignatureIdent: other persons for a qualification.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct IdentUpdate<'a> {
    /// The qualification.
    pub id: i64,
    /// Its persons from now on.
    pub persons: Persons<'a>,
}

impl<'a> IdentUpdate<'a> {
    /// Reads the body of an admitted call.
    pub fn read(call: &Admitted<'a>, rules: Rules) -> Result<Self, Refusal> {
        Self::read_unverified(call.body(), rules)
    }

    /// The same for a body that nobody vouches for; a door uses [`IdentUpdate::read`].
    pub fn read_unverified(bytes: &'a [u8], rules: Rules) -> Result<Self, Refusal> {
        let raw = RawIdent::read(bytes)?;
        let id = id(raw.id, "id")?.ok_or_else(|| missing("id"))?;
        Ok(Self { id, persons: Persons::read(raw.persons, rules)? })
    }
}

/// The members as they stand.
#[derive(Default)]
struct RawIdent<'a> {
    id: Value<'a>,
    material_name: Value<'a>,
    business: Option<RawBusiness<'a>>,
    persons: [RawPerson<'a>; 3],
    power_of_attorney: RawFiles<'a>,
    purpose: Value<'a>,
    other_materials: RawFiles<'a>,
    effect_signatures: RawTexts<'a>,
    tickets: [Value<'a>; 4],
}

type RawFiles<'a> = List<RawFile<'a>>;
type RawTexts<'a> = List<Value<'a>>;

impl<'a> RawIdent<'a> {
    fn read(bytes: &'a [u8]) -> Result<Self, Refusal> {
        let mut raw = Self::default();
        object(bytes, |reader, name| {
            let [operator, responsible, legal] = &mut raw.persons;
            if name.is("id") {
                raw.id = reader.value()?;
            } else if name.is("materialName") {
                raw.material_name = reader.value()?;
            } else if name.is("businessInfo") {
                raw.business = RawBusiness::read(reader)?;
            } else if name.is(Part::Operator.field()) {
                *operator = RawPerson::read(reader)?;
            } else if name.is(Part::Responsible.field()) {
                *responsible = RawPerson::read(reader)?;
            } else if name.is(Part::Legal.field()) {
                *legal = RawPerson::read(reader)?;
            } else if name.is("powerOfAttorney") {
                raw.power_of_attorney = raw_list(reader)?;
            } else if name.is("purpose") {
                raw.purpose = reader.value()?;
            } else if name.is("otherMaterials") {
                raw.other_materials = raw_list(reader)?;
            } else if name.is("effectSignatures") {
                raw.effect_signatures = List::read(reader, Reader::value)?;
            } else {
                let value = reader.value()?;
                if let Some((_, place)) = TICKETS.iter().zip(&mut raw.tickets).find(|(wanted, _)| name.is(wanted)) {
                    *place = value;
                }
            }
            Ok(())
        })?;
        Ok(raw)
    }
}

fn tickets(values: [Value<'_>; 4]) -> Result<Vec<(&'static str, Element<'_>)>, Refusal> {
    let given = TICKETS.into_iter().zip(values);
    given
        .filter_map(|(name, value)| Some(text(value, name, MAX_TICKET).transpose()?.map(|text| (name, text))))
        .collect()
}

fn effect_signatures(texts: RawTexts<'_>) -> Result<Vec<Element<'_>>, Refusal> {
    const FIELD: &str = "effectSignatures";
    let texts = texts.items(FIELD, MAX_EFFECT_SIGNATURES)?;
    texts.into_iter().filter_map(|value| text(value, FIELD, MAX_SIGNATURE).transpose()).collect()
}

struct RawBusiness<'a> {
    object: bool,
    certificate: RawFile<'a>,
    /// Type, name, number, from, until, legal person, in the document's order.
    members: [Value<'a>; 6],
}

const BUSINESS: [&str; 6] = [
    "businessCertificateType",
    "businessCertificateName",
    "unifiedSocialCreditIdentifier",
    "businessCertificateValidityPeriodStart",
    "businessCertificateValidityPeriodEnd",
    "legalPersonName",
];

impl<'a> RawBusiness<'a> {
    fn read(reader: &mut Reader<'a>) -> Result<Option<Self>, JsonError> {
        let mut raw = Self { object: true, certificate: Found::Nothing, members: [Value::Null; 6] };
        let found = reader.object(|reader, name| {
            if name.is("businessCertificate") {
                raw.certificate = super::file::raw(reader)?;
                return Ok(());
            }
            let value = reader.value()?;
            if let Some((_, place)) = BUSINESS.iter().zip(&mut raw.members).find(|(wanted, _)| name.is(wanted)) {
                *place = value;
            }
            Ok(())
        })?;
        Ok(match found {
            Found::Nothing => None,
            Found::Object(()) => Some(raw),
            Found::Other(_) => Some(Self { object: false, ..raw }),
        })
    }
}

impl<'a> BusinessInfo<'a> {
    fn read(raw: Option<RawBusiness<'a>>, rules: Rules) -> Result<Self, Refusal> {
        let raw = raw.ok_or_else(|| missing("businessInfo"))?;
        if !raw.object {
            return Err(Refusal::invalid("businessInfo", "必须是对象"));
        }
        let [doc_type, name, credit_code, from, until, legal_person_name] = raw.members;
        let at = |member: &str| format!("businessInfo.{member}");
        let field = at("businessCertificateType");
        let number = integer(doc_type, &field)?.ok_or_else(|| missing(&field))?;
        let certificate_type = DocType::of_number(number)
            .filter(|doc_type| doc_type.is_business_certificate())
            .ok_or_else(|| Refusal::invalid(&field, "不在取值范围内"))?;
        let path = at("businessCertificate");
        let certificate = if is_unset(&raw.certificate) {
            None
        } else {
            Some(AuthFile::read(&raw.certificate, &path, rules.pictures)?)
        };
        if certificate.is_none() && rules.business_certificate == Needed::Always {
            return Err(missing(&path));
        }
        let needed = |value, member: &str, most| required(value, &at(member), most);
        Ok(Self {
            certificate_type,
            certificate,
            name: needed(name, "businessCertificateName", MAX_NAME)?,
            credit_code: needed(credit_code, "unifiedSocialCreditIdentifier", MAX_NUMBER)?,
            valid_from: needed(from, "businessCertificateValidityPeriodStart", MAX_NUMBER)?,
            valid_until: needed(until, "businessCertificateValidityPeriodEnd", MAX_NUMBER)?,
            legal_person_name: needed(legal_person_name, "legalPersonName", MAX_NAME)?,
        })
    }
}

#[cfg(test)]
#[path = "ident_tests.rs"]
mod tests;

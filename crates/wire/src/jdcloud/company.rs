//! The four company checks that are answered: elements out of the body. Docs: JD Cloud specification, section 7.

use super::call::Admitted;
use super::codes::{No, Refusal};
use super::field::{body, integer, required};
use super::operations::OperationName;
use crate::element::Element;
use crate::json::{Value, write_string};

/// `companyType`: what kind of organisation it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum CompanyType {
    /// 0: enterprise (企业).
    Enterprise,
    /// 1: sole trader (个体工商户).
    SoleTrader,
    /// 2: government or public institution (政府机构/事业单位).
    Government,
}

impl CompanyType {
    /// The number on the wire.
    pub const fn number(self) -> i64 {
        match self {
            Self::Enterprise => 0,
            Self::SoleTrader => 1,
            Self::Government => 2,
        }
    }
}

/// The elements of a company that a check needs; one that it does not need is `None`, whatever the body holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Company<'a> {
    /// `companyType`, optional where it exists.
    pub company_type: Option<CompanyType>,
    /// `companyName`.
    pub name: Element<'a>,
    /// `idCode`: credit code or licence number (统一社会信用代码或营业执照注册号).
    pub id_code: Element<'a>,
    /// `legalPersonName` (法人姓名).
    pub legal_person_name: Option<Element<'a>>,
    /// `legalPersonId` (法人证件号).
    pub legal_person_id: Option<Element<'a>>,
}

/// Where each element of an operation stands.
struct Place {
    spec: &'static str,
    company_type: Option<&'static str>,
    name: &'static str,
    id_code: &'static str,
    legal_person_name: Option<&'static str>,
    legal_person_id: Option<&'static str>,
}

/// `companyInfo {companyType, companyName*, idCode*}`.
const INFO: Place = Place {
    spec: "companyInfo",
    company_type: Some("companyInfo.companyType"),
    name: "companyInfo.companyName",
    id_code: "companyInfo.idCode",
    legal_person_name: None,
    legal_person_id: None,
};

/// `companyInfo3Spec {companyName*, idCode*, legalPersonName*}`.
const INFO3: Place = Place {
    spec: "companyInfo3Spec",
    company_type: None,
    name: "companyInfo3Spec.companyName",
    id_code: "companyInfo3Spec.idCode",
    legal_person_name: Some("companyInfo3Spec.legalPersonName"),
    legal_person_id: None,
};

/// `legalPersonSpec {companyType, companyName*, idCode*, legalPersonName*, legalPersonId*}`.
const LEGAL_PERSON: Place = Place {
    spec: "legalPersonSpec",
    company_type: Some("legalPersonSpec.companyType"),
    name: "legalPersonSpec.companyName",
    id_code: "legalPersonSpec.idCode",
    legal_person_name: Some("legalPersonSpec.legalPersonName"),
    legal_person_id: Some("legalPersonSpec.legalPersonId"),
};

const fn place(operation: OperationName) -> Option<&'static Place> {
    match operation {
        OperationName::CompanyInfo => Some(&INFO),
        OperationName::CompanyInfo3 => Some(&INFO3),
        OperationName::LegalPerson | OperationName::LegalPersonDetail => Some(&LEGAL_PERSON),
        _ => None,
    }
}

impl<'a> Company<'a> {
    /// Reads the body of an admitted call of one of the four company operations; any other name is refused as disabled.
    pub fn read(call: &Admitted<'a>, operation: OperationName) -> Result<Self, Refusal> {
        Self::read_unverified(call.body(), operation)
    }

    /// The same for a body that nobody vouches for: for tools that explain a call, and for tests. A door uses [`Company::read`].
    pub fn read_unverified(bytes: &'a [u8], operation: OperationName) -> Result<Self, Refusal> {
        let place = place(operation).ok_or(No::ApiDisabled)?;
        let [company_type, name, id_code, person_name, person_id] = body(bytes, place.spec, |reader| {
            reader.fields(["companyType", "companyName", "idCode", "legalPersonName", "legalPersonId"])
        })?;
        let element = |field: Option<&'static str>, value| field.map(|field| required(value, field, "")).transpose();
        Ok(Self {
            company_type: place.company_type.map(|field| read_type(company_type, field)).transpose()?.flatten(),
            name: required(name, place.name, "")?,
            id_code: required(id_code, place.id_code, "")?,
            legal_person_name: element(place.legal_person_name, person_name)?,
            legal_person_id: element(place.legal_person_id, person_id)?,
        })
    }

    /// Writes the body that asks one of the four operations for this, for an upstream; `None` for any other operation.
    pub fn write(&self, operation: OperationName) -> Option<Vec<u8>> {
        let place = place(operation)?;
        let mut out = Vec::with_capacity(256);
        out.push(b'{');
        write_string(&mut out, place.spec);
        out.extend_from_slice(b":{");
        if let (Some(kind), Some(_)) = (self.company_type, place.company_type) {
            out.extend_from_slice(format!("\"companyType\":{},", kind.number()).as_bytes());
        }
        out.extend_from_slice(b"\"companyName\":");
        write_string(&mut out, self.name.expose());
        out.extend_from_slice(b",\"idCode\":");
        write_string(&mut out, self.id_code.expose());
        for (member, needed, element) in [
            (",\"legalPersonName\":", place.legal_person_name, &self.legal_person_name),
            (",\"legalPersonId\":", place.legal_person_id, &self.legal_person_id),
        ] {
            if let (Some(_), Some(element)) = (needed, element) {
                out.extend_from_slice(member.as_bytes());
                write_string(&mut out, element.expose());
            }
        }
        out.extend_from_slice(b"}}");
        Some(out)
    }
}

fn read_type(value: Value<'_>, field: &'static str) -> Result<Option<CompanyType>, Refusal> {
    let Some(number) = integer(value, field)? else { return Ok(None) };
    [CompanyType::Enterprise, CompanyType::SoleTrader, CompanyType::Government]
        .into_iter()
        .find(|kind| kind.number() == number)
        .map(Some)
        .ok_or_else(|| Refusal::invalid(field, "must be one of 0, 1, 2"))
}

#[cfg(test)]
#[path = "company_tests.rs"]
mod tests;

//! The lists: what they are asked with, and what they answer. Docs: Volcengine SMS specification, sections 4.1, 4.3 and 4.5.
//!
//! Parameters arrive as a GET with a JSON body (Go, Java, PHP), as a GET with a query (Node, the newer SDK for Java), or as a POST
//! with a JSON body (Python): all are taken, merged, and the body wins. A filter by a name finds what contains it.

use serde::Serialize;

use super::call::Admitted;
use super::codes::Refusal;
use super::field::{List, checked, digits, integer, object, text};
use crate::json::{Reader, Value};

/// Most items of a page.
const MAX_PAGE: usize = 100;
/// Items of a page that says nothing.
const USUAL_PAGE: usize = 10;
/// Longest text to look for.
const MAX_TEXT: usize = 256;
/// Most values of a list.
const MAX_VALUES: usize = 1000;

/// One page of a list.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Page {
    /// From 1.
    pub index: usize,
    /// 1 to 100.
    pub size: usize,
}

impl Page {
    /// How many items stand before it.
    pub const fn skips(self) -> usize {
        (self.index - 1).saturating_mul(self.size)
    }
}

/// What a list is asked with; empty and absent filters filter nothing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Asked {
    /// Which page.
    pub page: Page,
    /// `ids`, and `id`.
    pub ids: Vec<i64>,
    /// `status`.
    pub status: Vec<i64>,
    /// `materialName`.
    pub material_name: Option<String>,
    /// `operatorPersonName`.
    pub operator: Option<String>,
    /// `responsiblePersonName`.
    pub responsible: Option<String>,
    /// `businessCertificateName`.
    pub company: Option<String>,
    /// `effectSignatures`, or `signature`.
    pub signature: Option<String>,
    /// `subAccounts`, and `subAccount`.
    pub sub_accounts: Vec<String>,
}

/// Parameters with one value.
const SINGLE: [&str; 8] = [
    "pageIndex",
    "pageSize",
    "id",
    "materialName",
    "operatorPersonName",
    "responsiblePersonName",
    "businessCertificateName",
    "subAccount",
];

/// What one text of a query holds of a parameter that may have several values.
#[derive(Clone, Copy)]
enum Holds {
    /// Several, with commas between.
    Several,
    /// One, commas and all.
    One,
}

/// Parameters that may have several. Java's `effectSignatures` is one text.
const SEVERAL: [(&str, Holds); 5] = [
    ("ids", Holds::Several),
    ("status", Holds::Several),
    ("subAccounts", Holds::Several),
    ("signature", Holds::One),
    ("effectSignatures", Holds::Several),
];

/// What ListSignatureForAgent, which writes its names with capitals, calls some of these.
const OF_AGENT: [(&str, &str); 4] =
    [("Page", "pageIndex"), ("PageSize", "pageSize"), ("Signature", "signature"), ("SubAccounts", "subAccounts")];

impl Asked {
    /// Reads the parameters of an admitted call.
    pub fn read(call: &Admitted<'_>) -> Result<Self, Refusal> {
        let mut given = Given::of_query(call)?;
        if !call.body().trim_ascii().is_empty() {
            given.take_body(call.body())?;
        }
        given.asked()
    }
}

/// Values as texts, by the places of their names above. The lists of texts are not people's data alone: `Debug` is not derived.
#[derive(Default)]
struct Given {
    single: [Option<String>; 8],
    several: [Vec<String>; 5],
}

impl Given {
    fn of_query(call: &Admitted<'_>) -> Result<Self, Refusal> {
        let mut given = Self::default();
        for (name, place) in SINGLE.into_iter().zip(&mut given.single) {
            *place = call.query(name).last().filter(|value| !value.is_empty()).map(str::to_owned);
        }
        for ((name, holds), place) in SEVERAL.into_iter().zip(&mut given.several) {
            let texts = call.query_list(name).filter(|text| !text.is_empty());
            match holds {
                Holds::Several => place.extend(texts.flat_map(items).map(str::to_owned)),
                Holds::One => place.extend(texts.map(str::to_owned)),
            }
        }
        given.check()?;
        Ok(given)
    }

    fn check(&self) -> Result<(), Refusal> {
        let single =
            SINGLE.into_iter().zip(&self.single).flat_map(|(name, value)| value.iter().map(move |v| (name, v)));
        let several =
            SEVERAL.into_iter().zip(&self.several).flat_map(|((name, _), all)| all.iter().map(move |v| (name, v)));
        single.chain(several).try_for_each(|(name, value)| checked(value, name, MAX_TEXT))
    }

    fn take_body(&mut self, body: &[u8]) -> Result<(), Refusal> {
        let mut single = [Value::Null; 8];
        let mut several: [Several<'_>; 5] = Default::default();
        object(body, |reader, name| {
            let names = |wanted: &str| {
                name.is(wanted) || OF_AGENT.iter().any(|(theirs, ours)| *ours == wanted && name.is(theirs))
            };
            if let Some((_, place)) = SEVERAL.iter().zip(&mut several).find(|((wanted, _), _)| names(wanted)) {
                *place = Several::read(reader)?;
                return Ok(());
            }
            let value = reader.value()?;
            if let Some((_, place)) = SINGLE.iter().zip(&mut single).find(|(wanted, _)| names(wanted)) {
                *place = value;
            }
            Ok(())
        })?;
        for ((name, value), place) in SINGLE.into_iter().zip(single).zip(&mut self.single) {
            if let Some(value) = scalar(value, name)? {
                *place = Some(value);
            }
        }
        for (((name, _), values), place) in SEVERAL.into_iter().zip(several).zip(&mut self.several) {
            if let Some(values) = values.texts(name)? {
                *place = values;
            }
        }
        Ok(())
    }

    fn asked(self) -> Result<Asked, Refusal> {
        let [index, size, id, material_name, operator, responsible, company, sub_account] = self.single;
        let [ids, status, mut sub_accounts, signature, effect] = self.several;
        let mut ids = numbers(&ids, "ids")?;
        ids.extend(number(id.as_deref(), "id")?.filter(|id| *id != 0));
        sub_accounts.extend(sub_account);
        let page = Page {
            index: count(index.as_deref(), "pageIndex")?.unwrap_or(1),
            size: count(size.as_deref(), "pageSize")?.unwrap_or(USUAL_PAGE).min(MAX_PAGE),
        };
        // Java sends 0 for what was left out, and no state has that number.
        let status = numbers(&status, "status")?.into_iter().filter(|state| *state != 0).collect();
        let signature = signature.into_iter().chain(effect).next();
        Ok(Asked { page, ids, status, material_name, operator, responsible, company, signature, sub_accounts })
    }
}

/// What a query parameter of several values holds, between commas. The general client of the vendor's newer SDK for Java writes a list
/// as Java prints one: `[1, 2]`.
fn items(value: &str) -> impl Iterator<Item = &str> {
    let inner = value.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')).unwrap_or(value);
    inner.split(',').map(str::trim).filter(|item| !item.is_empty())
}

/// A value that may be a list.
#[derive(Default)]
enum Several<'a> {
    #[default]
    Unset,
    One(Value<'a>),
    All(Vec<Value<'a>>),
}

impl<'a> Several<'a> {
    fn read(reader: &mut Reader<'a>) -> Result<Self, crate::json::JsonError> {
        if !reader.is_array() {
            let value = reader.value()?;
            return Ok(if value.is_unset() { Self::Unset } else { Self::One(value) });
        }
        Ok(match List::read(reader, Reader::value)? {
            List::Items(values) => Self::All(values),
            List::Unset | List::Other => Self::Unset,
        })
    }

    fn texts(self, name: &str) -> Result<Option<Vec<String>>, Refusal> {
        let values = match self {
            Self::Unset => return Ok(None),
            Self::One(value) => vec![value],
            Self::All(values) if values.len() > MAX_VALUES => {
                return Err(Refusal::invalid(name, &format!("最多{MAX_VALUES}项")));
            }
            Self::All(values) => values,
        };
        let texts = values.into_iter().filter_map(|value| scalar(value, name).transpose());
        texts.collect::<Result<Vec<_>, _>>().map(Some)
    }
}

/// A text or a number as text.
fn scalar(value: Value<'_>, name: &str) -> Result<Option<String>, Refusal> {
    match value {
        Value::Number(_) => Ok(integer(value, name)?.map(|number| number.to_string())),
        value => Ok(text(value, name, MAX_TEXT)?.map(|text| text.expose().to_owned())),
    }
}

fn number(text: Option<&str>, field: &str) -> Result<Option<i64>, Refusal> {
    let number = |text: &str| digits(text).ok_or_else(|| Refusal::invalid(field, "必须是非负整数"));
    text.map(number).transpose()
}

fn numbers(texts: &[String], field: &str) -> Result<Vec<i64>, Refusal> {
    texts.iter().filter_map(|text| number(Some(text), field).transpose()).collect()
}

/// A number from 1; `None` for 0 and unset.
fn count(text: Option<&str>, field: &str) -> Result<Option<usize>, Refusal> {
    Ok(number(text, field)?.filter(|number| *number > 0).map(|number| usize::try_from(number).unwrap_or(usize::MAX)))
}

/// A page of a list as it is answered.
#[derive(Debug, Serialize)]
pub struct Listed<T> {
    /// The items of the page; never `null`.
    pub list: Vec<T>,
    /// How many there are on all pages.
    pub total: usize,
}

/// An item of GetSignatureIdentList. `status` and `auditOpinion` are ours: typed SDKs ignore them.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Ident {
    /// The qualification's id.
    pub id: i64,
    /// 1 or 2.
    pub purpose: i64,
    /// What the caller calls it.
    pub material_name: String,
    /// The company's name.
    pub business_certificate_name: String,
    /// Who handles it.
    pub operator_person_name: String,
    /// Who is responsible.
    pub responsible_person_name: String,
    /// The legal person.
    pub legal_person_name: String,
    /// The signatures that it is meant for.
    pub effect_signatures: Vec<String>,
    /// 1 under review, 2 rejected, 3 approved.
    pub status: i64,
    /// Why it was rejected.
    pub audit_opinion: String,
}

/// An item of GetSignatureIdentificationList, of the 2026 generation.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Identification {
    /// The qualification's id.
    pub id: i64,
    /// What the caller calls it.
    pub material_name: String,
    /// 1 or 2.
    pub purpose: i64,
    /// The company's name.
    pub business_certificate_name: String,
    /// 1 under review, 2 rejected, 3 approved.
    pub audit_status: i64,
    /// Why it was rejected.
    pub audit_opinion: String,
    /// When it was decided, in seconds since 1970; 0 before.
    pub audited_at: i64,
    /// The signatures that it is meant for.
    pub effect_signatures: Vec<String>,
    /// Whether it is an application and not a record in force.
    pub is_order: bool,
    /// Whether a signature may be bound to it.
    pub usable: bool,
}

/// ListSignatureForAgent's answer, with the capitals of the vendor's newer SDK for Python, whose model it is.
#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct AgentList {
    /// The items of the page; never `null`.
    pub list: Vec<AgentSignature>,
    /// How many there are on all pages.
    pub total: usize,
}

/// An item of ListSignatureForAgent.
#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct AgentSignature {
    /// The signature itself.
    pub signature: String,
    /// What its caller says of it.
    pub description: String,
    /// Who may use it; none for the whole account.
    pub sub_accounts: Vec<String>,
    /// 1 under review, 2 rejected, 3 approved.
    pub status: i64,
    /// When it was made, in seconds since 1970.
    pub created_at: i64,
}

impl std::fmt::Debug for AgentSignature {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("AgentSignature(…)")
    }
}

/// Writes a result. What it is made of always has a JSON form.
pub fn write<T: Serialize>(result: &T) -> Vec<u8> {
    serde_json::to_vec(result).unwrap_or_else(|_| b"null".to_vec())
}

#[cfg(test)]
#[path = "listing_tests.rs"]
mod tests;

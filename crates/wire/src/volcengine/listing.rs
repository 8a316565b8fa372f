//! The lists: what they are asked with, and what they answer. Docs: Volcengine SMS specification, sections 4.1, 4.3 and 4.5.
//!
//! Parameters arrive as a GET with a JSON body (Go, Java, PHP), as a GET with a query (Node), or as a POST with a JSON body (Python):
//! all are taken, merged, and the body wins. A filter by a name finds what contains it.

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

/// Parameters that may have several. Java's `effectSignatures` is one text.
const SEVERAL: [&str; 5] = ["ids", "status", "subAccounts", "signature", "effectSignatures"];

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
        for (name, place) in SEVERAL.into_iter().zip(&mut given.several) {
            let values = call.query_list(name).flat_map(|value| value.split(','));
            place.extend(values.map(str::trim).filter(|value| !value.is_empty()).map(str::to_owned));
        }
        given.check()?;
        Ok(given)
    }

    fn check(&self) -> Result<(), Refusal> {
        let single =
            SINGLE.into_iter().zip(&self.single).flat_map(|(name, value)| value.iter().map(move |v| (name, v)));
        let several = SEVERAL.into_iter().zip(&self.several).flat_map(|(name, all)| all.iter().map(move |v| (name, v)));
        single.chain(several).try_for_each(|(name, value)| checked(value, name, MAX_TEXT))
    }

    fn take_body(&mut self, body: &[u8]) -> Result<(), Refusal> {
        let mut single = [Value::Null; 8];
        let mut several: [Several<'_>; 5] = Default::default();
        object(body, |reader, name| {
            if let Some((_, place)) = SEVERAL.iter().zip(&mut several).find(|(wanted, _)| name.is(wanted)) {
                *place = Several::read(reader)?;
                return Ok(());
            }
            let value = reader.value()?;
            if let Some((_, place)) = SINGLE.iter().zip(&mut single).find(|(wanted, _)| name.is(wanted)) {
                *place = value;
            }
            Ok(())
        })?;
        for ((name, value), place) in SINGLE.into_iter().zip(single).zip(&mut self.single) {
            if let Some(value) = scalar(value, name)? {
                *place = Some(value);
            }
        }
        for ((name, values), place) in SEVERAL.into_iter().zip(several).zip(&mut self.several) {
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

/// Writes a result. What it is made of always has a JSON form.
pub fn write<T: Serialize>(result: &T) -> Vec<u8> {
    serde_json::to_vec(result).unwrap_or_else(|_| b"null".to_vec())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::volcengine::samples::{LIST, Owned, vector};
    use crate::volcengine::sign::Manner;

    fn asked(query: &str, body: &str) -> Result<Asked, String> {
        let method = if body.is_empty() { "GET" } else { "POST" };
        let request = Owned::new(method, &format!("{LIST}{query}"), body).signed(Manner::Go);
        Asked::read(&request.admit().unwrap()).map_err(|refusal| refusal.reason().unwrap().to_owned())
    }

    fn page(query: &str) -> (usize, usize) {
        let page = asked(query, "").unwrap().page;
        (page.index, page.size)
    }

    #[test]
    fn the_three_ways_of_the_sdks_ask_the_same() {
        let go = vector("05-");
        let node = vector("06-");
        let (go, node) = (Asked::read(&go.admit().unwrap()).unwrap(), Asked::read(&node.admit().unwrap()).unwrap());
        assert_eq!((go.ids.as_slice(), go.page), (&[779, 582_712_331_329][..], Page { index: 1, size: 10 }));
        assert_eq!((node.ids, node.page), (go.ids, go.page));
        assert_eq!(node.material_name.as_deref(), Some("资质 1*(!')~"));
        let presigned = vector("07-");
        assert_eq!(Asked::read(&presigned.admit().unwrap()).unwrap().material_name.as_deref(), Some("资质 1"));
        let python = asked("", r#"{"ids": [779, 582712331329], "pageIndex": 1, "pageSize": 10}"#).unwrap();
        assert_eq!(python.ids, [779, 582_712_331_329]);
    }

    #[test]
    fn the_body_wins_and_what_it_leaves_unset_stays() {
        let merged =
            asked("&ids=1&pageSize=7&materialName=a", r#"{"ids":[2],"pageSize":0,"materialName":""}"#).unwrap();
        assert_eq!((merged.ids, merged.page.size, merged.material_name.as_deref()), (vec![2], 10, Some("a")));
        let unset = asked("&ids=1", r#"{"ids":null}"#).unwrap();
        assert_eq!(unset.ids, [1]);
    }

    #[test]
    fn a_page_has_one_to_a_hundred_items_and_begins_at_one() {
        assert_eq!(page(""), (1, 10));
        assert_eq!(page("&pageIndex=0&pageSize=0"), (1, 10));
        assert_eq!(page("&pageIndex=2&pageSize=100"), (2, 100));
        assert_eq!(page("&pageSize=101"), (1, 100));
        assert_eq!(Page { index: 3, size: 10 }.skips(), 20);
        assert_eq!(Page { index: usize::MAX, size: 100 }.skips(), usize::MAX);
    }

    #[test]
    fn numbers_and_texts_that_are_none_are_told() {
        for (query, body, told) in [
            ("&pageIndex=-1", "", "pageIndex 必须是非负整数"),
            ("&ids=1,x", "", "ids 必须是非负整数"),
            ("", r#"{"status":["x"]}"#, "status 必须是非负整数"),
            ("", r#"{"pageSize":1.5}"#, "pageSize 必须是整数"),
            ("", r#"{"materialName":{}}"#, "materialName 必须是字符串"),
            ("", r#"{"ids":[[1]]}"#, "ids 必须是字符串"),
            ("&materialName=%01", "", "materialName 不能含有控制字符"),
            ("", "[]", "请求体必须是JSON对象"),
        ] {
            assert_eq!(asked(query, body).unwrap_err(), told);
        }
    }

    #[test]
    fn lists_are_repeated_comma_separated_or_arrays_and_ids_take_the_single_id() {
        let all = asked("&ids=1,2&ids=3&id=4&status=1&status=3&subAccount=a&subAccounts=b,c", "").unwrap();
        assert_eq!((all.ids.as_slice(), all.status.as_slice()), (&[1, 2, 3, 4][..], &[1, 3][..]));
        assert_eq!(all.sub_accounts, ["b", "c", "a"]);
        let body = asked("", r#"{"id":"5","status":3,"effectSignatures":"样例","subAccounts":[]}"#).unwrap();
        assert_eq!((body.ids, body.status, body.signature.as_deref()), (vec![5], vec![3], Some("样例")));
    }

    #[test]
    fn a_list_in_a_query_may_be_flattened_as_newer_sdks_do() {
        for query in ["&ids.1=7&ids.2=9&status.1=3", "&ids[0]=7&ids%5B1%5D=9&status[]=3", "&ids=7&ids.2=9&status=3"] {
            let all = asked(query, "").unwrap();
            assert_eq!((all.ids, all.status), (vec![7, 9], vec![3]), "{query}");
        }
        for query in ["&ids.=7", "&ids.x=7", "&ids[x]=7", "&ids1=7", "&ids[0=7", "&IDS=7"] {
            assert_eq!(asked(query, "").unwrap().ids, [0_i64; 0], "{query}");
        }
    }

    #[test]
    fn a_zero_is_a_filter_that_java_leaves_out() {
        let query = asked("&signature=a&status=0&pageIndex=1&pageSize=10", "").unwrap();
        assert_eq!((query.status, query.signature.as_deref()), (vec![], Some("a")));
        let body = asked("", r#"{"id":0,"ids":[5],"pageIndex":1,"pageSize":10,"status":[0]}"#).unwrap();
        assert_eq!((body.ids, body.status), (vec![5], vec![]));
    }

    #[test]
    fn an_empty_list_is_an_array_and_members_are_camel_case() {
        assert_eq!(write(&Listed::<Ident> { list: Vec::new(), total: 0 }), br#"{"list":[],"total":0}"#);
        let ident = Ident {
            id: 73,
            purpose: 1,
            material_name: "资质\"1".into(),
            business_certificate_name: String::new(),
            operator_person_name: String::new(),
            responsible_person_name: String::new(),
            legal_person_name: String::new(),
            effect_signatures: vec!["甲".into()],
            status: 3,
            audit_opinion: String::new(),
        };
        assert_eq!(
            String::from_utf8(write(&ident)).unwrap(),
            r#"{"id":73,"purpose":1,"materialName":"资质\"1","businessCertificateName":"","operatorPersonName":"","responsiblePersonName":"","legalPersonName":"","effectSignatures":["甲"],"status":3,"auditOpinion":""}"#
        );
    }
}

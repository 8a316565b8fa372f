//! Signatures (短信签名): applying for one, deleting one. Docs: Volcengine SMS specification, section 4.3.
//!
//! The versions and SDKs disagree about `source` (a text or a number) and about who may use a signature (one `subAccount`, or a list
//! `subAccounts` of which none means the whole account): both forms are taken in every version.

use std::borrow::Cow;

use serde::Serialize;

use super::call::Admitted;
use super::codes::Refusal;
use super::field::{List, Purpose, id, integer, lines, missing, object, required, text};
use super::file::{AuthFile, PictureLimits, RawFile, raw_list};
use super::operations::OperationName;
use crate::element::Element;
use crate::json::{Found, JsonError, Reader, Value, write_string};

/// Longest signature.
pub(super) const MAX_CONTENT: usize = 64;
/// Longest of the other short texts.
pub(super) const MAX_WORD: usize = 128;
/// Longest description.
const MAX_DESCRIPTION: usize = 1024;
/// Most files in a list.
const MAX_FILES: usize = 10;
/// Most sub-accounts of a signature.
const MAX_SUB_ACCOUNTS: usize = 100;

/// What a signature is taken from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Source {
    /// 1: a company's name (公司全称/简称).
    Company,
    /// 2: an app's name (APP全称/简称).
    App,
    /// 3: a trademark (商标全称/简称).
    Trademark,
    /// One of the deprecated words: a site, an official account, a shop.
    Word(String),
}

impl Source {
    /// The number, of those that have one.
    pub const fn number(&self) -> Option<i64> {
        match self {
            Self::Company => Some(1),
            Self::App => Some(2),
            Self::Trademark => Some(3),
            Self::Word(_) => None,
        }
    }

    /// The word, as the first version has it.
    pub fn word(&self) -> &str {
        match self {
            Self::Company => "公司全称/简称",
            Self::App => "APP全称/简称",
            Self::Trademark => "商标全称/简称",
            Self::Word(word) => word,
        }
    }

    fn read(value: Value<'_>) -> Result<Self, Refusal> {
        const FIELD: &str = "source";
        if let Value::Number(_) = value {
            return match integer(value, FIELD)? {
                Some(1) => Ok(Self::Company),
                Some(2) => Ok(Self::App),
                Some(3) => Ok(Self::Trademark),
                Some(0) => Err(missing(FIELD)),
                _ => Err(Refusal::invalid(FIELD, "不在取值范围内")),
            };
        }
        let word = required(value, FIELD, MAX_WORD)?;
        let numbered = [Self::Company, Self::App, Self::Trademark];
        let known = numbered.into_iter().find(|source| source.word().eq_ignore_ascii_case(word.expose().trim()));
        Ok(known.unwrap_or_else(|| Self::Word(word.expose().trim().to_owned())))
    }
}

/// What an application is read from: the body of an admitted call, or its query where Node sends a GET without one.
pub struct Parameters<'a>(Cow<'a, [u8]>);

impl<'a> Parameters<'a> {
    /// Takes them.
    pub fn of(call: &Admitted<'a>) -> Self {
        if !call.body().trim_ascii().is_empty() {
            return Self(Cow::Borrowed(call.body()));
        }
        let mut body = vec![b'{'];
        for name in TEXTS {
            if let Some(value) = call.query(name).last() {
                if body.len() > 1 {
                    body.push(b',');
                }
                write_string(&mut body, name);
                body.push(b':');
                write_string(&mut body, value);
            }
        }
        body.push(b'}');
        Self(Cow::Owned(body))
    }
}

/// A signature that is applied for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SignatureApplication<'a> {
    /// Who may use it; none for the whole account.
    pub sub_accounts: Vec<String>,
    /// `content`: the signature itself.
    pub content: Element<'a>,
    /// `source`.
    pub source: Source,
    /// `desc`.
    pub description: Option<Element<'a>>,
    /// `domain`.
    pub domain: Option<Element<'a>>,
    /// `purpose`; the first version's document lets it be absent.
    pub purpose: Option<Purpose>,
    /// `signatureIdentificationID`: the qualification.
    pub ident: Option<i64>,
    /// `scene`.
    pub scene: Option<Element<'a>>,
    /// `channelTypes`.
    pub channel_types: Vec<String>,
    /// `appIcp.appIcpFilling`: the app's number of record.
    pub app_icp: Option<Element<'a>>,
    /// `trademark`: its Chinese name, English name and number.
    pub trademark: [Option<Element<'a>>; 3],
    /// `uploadFileList`, `appIcp.appIcpFileList` and `trademark.trademarkFileList`.
    pub files: [Vec<AuthFile>; 3],
}

#[derive(Default)]
struct RawSignature<'a> {
    texts: [Value<'a>; 8],
    sub_accounts: List<Value<'a>>,
    channel_types: List<Value<'a>>,
    app_icp: Value<'a>,
    trademark: [Value<'a>; 3],
    files: [List<RawFile<'a>>; 3],
    /// A member that should be an object and is none.
    no_object: Option<&'static str>,
}

const TEXTS: [&str; 8] =
    ["subAccount", "content", "source", "desc", "domain", "purpose", "signatureIdentificationID", "scene"];
const TRADEMARK: [&str; 3] = ["trademarkCn", "trademarkEn", "trademarkNumber"];
const FILES: [&str; 3] = ["uploadFileList", "appIcp.appIcpFileList", "trademark.trademarkFileList"];

impl<'a> RawSignature<'a> {
    fn read(bytes: &'a [u8]) -> Result<Self, Refusal> {
        let mut raw = Self::default();
        object(bytes, |reader, name| {
            let [uploaded, _, _] = &mut raw.files;
            if name.is("subAccounts") {
                raw.sub_accounts = List::read(reader, Reader::value)?;
            } else if name.is("channelTypes") {
                raw.channel_types = List::read(reader, Reader::value)?;
            } else if name.is("uploadFileList") {
                *uploaded = raw_list(reader)?;
            } else if name.is("appIcp") {
                raw.read_app_icp(reader)?;
            } else if name.is("trademark") {
                raw.read_trademark(reader)?;
            } else {
                let value = reader.value()?;
                if let Some((_, place)) = TEXTS.iter().zip(&mut raw.texts).find(|(wanted, _)| name.is(wanted)) {
                    *place = value;
                }
            }
            Ok(())
        })?;
        Ok(raw)
    }

    fn read_app_icp(&mut self, reader: &mut Reader<'a>) -> Result<(), JsonError> {
        let [_, files, _] = &mut self.files;
        let filling = &mut self.app_icp;
        let found = reader.object(|reader, name| {
            if name.is("appIcpFileList") {
                *files = raw_list(reader)?;
            } else {
                let value = reader.value()?;
                if name.is("appIcpFilling") {
                    *filling = value;
                }
            }
            Ok(())
        })?;
        self.note(&found, "appIcp");
        Ok(())
    }

    fn read_trademark(&mut self, reader: &mut Reader<'a>) -> Result<(), JsonError> {
        let [_, _, files] = &mut self.files;
        let members = &mut self.trademark;
        let found = reader.object(|reader, name| {
            if name.is("trademarkFileList") {
                *files = raw_list(reader)?;
                return Ok(());
            }
            let value = reader.value()?;
            if let Some((_, place)) = TRADEMARK.iter().zip(members.iter_mut()).find(|(wanted, _)| name.is(wanted)) {
                *place = value;
            }
            Ok(())
        })?;
        self.note(&found, "trademark");
        Ok(())
    }

    fn note(&mut self, found: &Found<()>, name: &'static str) {
        if matches!(found, Found::Other(_)) {
            self.no_object = Some(name);
        }
    }
}

impl<'a> SignatureApplication<'a> {
    /// Reads the parameters of ApplySmsSignature or ApplySmsSignatureV2.
    pub fn read(
        parameters: &'a Parameters<'_>,
        operation: OperationName,
        limits: PictureLimits,
    ) -> Result<Self, Refusal> {
        Self::read_unverified(&parameters.0, operation, limits)
    }

    /// The same for a body that nobody vouches for; a door uses [`SignatureApplication::read`].
    pub fn read_unverified(bytes: &'a [u8], operation: OperationName, limits: PictureLimits) -> Result<Self, Refusal> {
        let raw = RawSignature::read(bytes)?;
        if let Some(name) = raw.no_object {
            return Err(Refusal::invalid(name, "必须是对象"));
        }
        let second = operation == OperationName::ApplySmsSignatureV2;
        let [sub_account, content, source, description, domain, purpose, ident, scene] = raw.texts;
        let sub_accounts = sub_accounts(raw.sub_accounts, sub_account)?;
        if !second && sub_accounts.is_empty() {
            return Err(missing("subAccount"));
        }
        let content = required(content, "content", MAX_CONTENT)?;
        let source = Source::read(source)?;
        let description = lines(description, "desc", MAX_DESCRIPTION)?;
        let purpose = Purpose::read(purpose)?;
        let ident = id(ident, "signatureIdentificationID")?;
        if second && description.is_none() {
            return Err(missing("desc"));
        }
        if second && purpose.is_none() {
            return Err(missing("purpose"));
        }
        if second && ident.is_none() {
            return Err(missing("signatureIdentificationID"));
        }
        let [cn, en, number] = raw.trademark;
        let word = |value, field: &str| text(value, field, MAX_WORD);
        let [uploaded, app_icp_files, trademark_files] = raw.files;
        let [one, two, three] = FILES;
        let files = |files, path| AuthFile::read_list(files, path, MAX_FILES, limits);
        Ok(Self {
            sub_accounts,
            content,
            source,
            description,
            domain: text(domain, "domain", MAX_DESCRIPTION)?,
            purpose,
            ident,
            scene: lines(scene, "scene", MAX_DESCRIPTION)?,
            channel_types: words(raw.channel_types, "channelTypes", MAX_SUB_ACCOUNTS)?,
            app_icp: word(raw.app_icp, "appIcp.appIcpFilling")?,
            trademark: [
                word(cn, "trademark.trademarkCn")?,
                word(en, "trademark.trademarkEn")?,
                word(number, "trademark.trademarkNumber")?,
            ],
            files: [files(uploaded, one)?, files(app_icp_files, two)?, files(trademark_files, three)?],
        })
    }
}

/// Both forms, sorted, each once.
fn sub_accounts(list: List<Value<'_>>, single: Value<'_>) -> Result<Vec<String>, Refusal> {
    let mut all = words(list, "subAccounts", MAX_SUB_ACCOUNTS)?;
    all.extend(text(single, "subAccount", MAX_WORD)?.map(|single| single.expose().to_owned()));
    all.sort();
    all.dedup();
    Ok(all)
}

fn words(list: List<Value<'_>>, field: &str, most: usize) -> Result<Vec<String>, Refusal> {
    let values = list.items(field, most)?;
    let texts = values.into_iter().filter_map(|value| text(value, field, MAX_WORD).transpose());
    texts.map(|text| text.map(|text| text.expose().to_owned())).collect()
}

/// DeleteSignature. Java writes its members with capitals, and always says that an application is meant.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Deletion {
    /// Whose it is; none where the caller does not say.
    pub sub_accounts: Vec<String>,
    /// `id`: which.
    pub signature: i64,
    /// `isOrder`: that it is an application which is meant, and not a signature in force. Go says `false` where nothing was said.
    pub is_order: bool,
}

impl Deletion {
    /// Reads the body of an admitted call.
    pub fn read(call: &Admitted<'_>) -> Result<Self, Refusal> {
        Self::read_unverified(call.body())
    }

    /// The same for a body that nobody vouches for; a door uses [`Deletion::read`].
    pub fn read_unverified(bytes: &[u8]) -> Result<Self, Refusal> {
        let [mut sub_account, mut signature, mut is_order] = [Value::Null; 3];
        let mut list = List::Unset;
        object(bytes, |reader, name| {
            if name.is("subAccounts") || name.is("SubAccounts") {
                list = List::read(reader, Reader::value)?;
                return Ok(());
            }
            let value = reader.value()?;
            if name.is("subAccount") {
                sub_account = value;
            } else if name.is("id") || name.is("Id") {
                signature = value;
            } else if name.is("isOrder") || name.is("IsOrder") {
                is_order = value;
            }
            Ok(())
        })?;
        let is_order = match is_order {
            Value::Bool(truth) => truth,
            unset if unset.is_unset() => false,
            _ => return Err(Refusal::invalid("isOrder", "必须是布尔值")),
        };
        let signature = id(signature, "id")?.ok_or_else(|| missing("id"))?;
        Ok(Self { sub_accounts: sub_accounts(list, sub_account)?, signature, is_order })
    }
}

/// A signature as it is answered: the union of what the document and the SDKs' models have, ids as texts.
#[derive(Clone, Serialize)]
pub struct Signature {
    /// The id.
    pub id: String,
    /// The same: an application and what comes of it have one number here.
    #[serde(rename = "applyId")]
    pub apply_id: String,
    /// The signature itself, by the document's name for it.
    pub signature: String,
    /// The same by the models'.
    pub content: String,
    /// The sub-account.
    pub application: String,
    /// 1 under review, 2 rejected, 3 approved, 4 closed.
    pub status: i64,
    /// The source's word, by the document's name for it.
    #[serde(rename = "Source")]
    pub source_of_document: String,
    /// The same by the models'.
    pub source: String,
    /// Why it was rejected.
    pub reason: String,
    /// When it was made, in seconds since 1970.
    #[serde(rename = "createdTime")]
    pub created_time: i64,
    /// Whether it is an application and not a signature in force.
    #[serde(rename = "isOrder")]
    pub is_order: bool,
    /// Whose it is with the vendor: nobody has such an id here, so it is empty. Go's model has a place for it.
    #[serde(rename = "openId")]
    pub open_id: &'static str,
    /// 1 or 2.
    pub purpose: i64,
    /// The qualification that it is bound to; 0 for none.
    #[serde(rename = "identificationID")]
    pub ident: i64,
    /// What the caller calls that.
    #[serde(rename = "identificationName")]
    pub ident_name: String,
}

#[cfg(test)]
#[path = "signature_tests.rs"]
mod tests;

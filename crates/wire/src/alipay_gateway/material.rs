//! `zhima.customer.certification.material.certify`: identity and portrait in, verdict out.
//! Docs: Alipay gateway specification, section 4.

use std::borrow::Cow;
use std::fmt;

use super::call::Opened;
use super::codes::{Business, No, Refusal};
use super::reply::Node;
use crate::alipay::fields::Fields;
use crate::base64_field::{Base64Error, Blanks, decode};
use crate::element::Element;

/// The longest `identity_param` and `materials`, in characters.
pub const LONGEST_PART: usize = 204_800;
/// The one `biz_code` that the page names.
pub const FACE_API: &str = "FACE_API";
/// The `product_code` of this family.
pub const PRODUCT_CODE: &str = "w1010100000000002978";
/// The material, and the other place of the picture.
const PICTURE: &str = "FACIAL_PICTURE_FRONT";

/// The call, typed. Whether `product_code` and `biz_code` are contracted is for the door to say.
#[derive(Debug, Clone)]
pub struct MaterialCertify {
    /// 1 to 32 letters, digits and underscores; unique per merchant.
    pub transaction_id: String,
    /// The product.
    pub product_code: String,
    /// The scenario.
    pub biz_code: String,
    /// Who is meant.
    pub identity: Identity,
    /// The portrait, from `materials` or from `identity_param`; or why its text is no base64.
    pub picture: Option<Result<Picture, Base64Error>>,
    /// Free text of the merchant, not looked at.
    pub merchant_config: Option<String>,
    /// Reserved, not looked at.
    pub ext_biz_param: Option<String>,
    /// The second-level merchant of a service provider.
    pub linked_merchant_id: Option<String>,
}

/// `identity_param`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Identity {
    /// How the person is described.
    pub identity_type: IdentityType,
    /// `IDENTITY_CARD`, or another word that the door may know.
    pub cert_type: String,
    /// The name.
    pub cert_name: Element<'static>,
    /// The number, not checked: the document's own sample has a wrong check digit.
    pub cert_no: Element<'static>,
}

/// The bytes of a portrait. `Debug` hides them.
#[derive(Clone, PartialEq, Eq)]
pub struct Picture(pub Vec<u8>);

impl Picture {
    /// Decodes a text at once, so that one of 200 KB which lies in a larger one need not be copied.
    fn decode(text: &str) -> Result<Self, Base64Error> {
        decode(text, Blanks::LostPlus).map(|decoded| Self(decoded.bytes))
    }
}

impl fmt::Debug for Picture {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Picture({} bytes)", self.0.len())
    }
}

/// `identity_type`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum IdentityType {
    /// `CERT_INFO`: name and number.
    CertInfo,
    /// `FACIAL_PICTURE_FRONT`: the same with the picture beside them, as the older Zhima SDK has it.
    FacialPictureFront,
}

impl MaterialCertify {
    /// Reads the content. The refusal is to be written with [`super::Platform::refuse_opened`].
    pub fn read(opened: &Opened<'_>) -> Result<Self, Refusal> {
        let fields = content(opened)?;
        let transaction_id = transaction_id(&fields)?;
        let product_code = required(&fields, "product_code", 32)?.into_owned();
        let biz_code = required(&fields, "biz_code", 32)?.into_owned();
        let identity_param = required(&fields, "identity_param", LONGEST_PART)?;
        let (identity, beside) = Identity::read(&identity_param)?;
        let picture = match limited(&fields, "materials", LONGEST_PART)? {
            Some(materials) => picture(&materials)?,
            // The older SDK has the picture beside the identity, and may have no materials at all (section 4.2).
            None if beside.is_some() => None,
            None => return Err(Refusal::field("materials", "不能为空")),
        };
        Ok(Self {
            transaction_id,
            product_code,
            biz_code,
            identity,
            picture: picture.or_else(|| beside.map(|text| Picture::decode(text.expose()))),
            merchant_config: optional(&fields, "merchant_config", 1024)?,
            ext_biz_param: optional(&fields, "ext_biz_param", 2048)?,
            linked_merchant_id: linked_merchant_id(&fields)?,
        })
    }

    /// What makes two calls with one `transaction_id` the same call (section 4.4) beside the picture's bytes, as names and values in
    /// fixed order. The values are people's data: compare a keyed hash of them.
    pub fn content(&self) -> [(&'static str, &str); 7] {
        [
            ("product_code", &self.product_code),
            ("biz_code", &self.biz_code),
            ("identity_type", self.identity.identity_type.word()),
            ("cert_type", &self.identity.cert_type),
            ("cert_name", self.identity.cert_name.expose()),
            ("cert_no", self.identity.cert_no.expose()),
            ("linked_merchant_id", self.linked_merchant_id.as_deref().unwrap_or_default()),
        ]
    }
}

impl IdentityType {
    /// The word on the wire.
    pub const fn word(self) -> &'static str {
        match self {
            Self::CertInfo => "CERT_INFO",
            Self::FacialPictureFront => PICTURE,
        }
    }
}

impl Identity {
    /// Reads `identity_param`, and the picture where it stands there.
    pub(super) fn read(text: &str) -> Result<(Self, Option<Element<'static>>), Refusal> {
        let fields = Fields::parse(text).map_err(|_| Refusal::field("identity_param", "不是JSON对象"))?;
        let text = |name: &'static str| {
            // Node turns the keys of nested objects into snake case, which these names are already.
            fields.text_within(name).map_err(|_| Refusal::field(name, "不是合法文本"))
        };
        let camel = |name: &'static str, other: &'static str| match text(name)? {
            Some(text) => Ok(Some(text)),
            None => fields.text_within(other).map_err(|_| Refusal::field(name, "不是合法文本")),
        };
        let missing = |name: &'static str| Refusal::field(name, "不能为空");
        let identity_type = camel("identity_type", "identityType")?.ok_or_else(|| missing("identity_type"))?;
        let identity_type = [IdentityType::CertInfo, IdentityType::FacialPictureFront]
            .into_iter()
            .find(|known| known.word() == identity_type)
            .ok_or_else(|| Refusal::field("identity_type", "不支持的取值"))?;
        let cert_type = camel("cert_type", "certType")?.ok_or_else(|| missing("cert_type"))?.into_owned();
        let cert_name = camel("cert_name", "certName")?.ok_or_else(|| missing("cert_name"))?.into_owned();
        let cert_no = camel("cert_no", "certNo")?.ok_or_else(|| missing("cert_no"))?.into_owned();
        let picture = text(PICTURE)?.map(|text| Element::new(text.into_owned()));
        Ok((
            Self { identity_type, cert_type, cert_name: Element::new(cert_name), cert_no: Element::new(cert_no) },
            picture,
        ))
    }
}

/// The picture among the materials.
fn picture(materials: &str) -> Result<Option<Result<Picture, Base64Error>>, Refusal> {
    let materials = Fields::parse(materials).map_err(|_| Refusal::field("materials", "不是JSON对象"))?;
    let picture = materials.text_within(PICTURE).map_err(|_| Refusal::field("materials", "不是合法文本"))?;
    Ok(picture.map(|text| Picture::decode(&text)))
}

/// The verdict. That the person does not match is a success of the call, with `passed` false.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Verdict<'a> {
    /// The number of the check, [`biz_no`].
    pub biz_no: &'a str,
    /// Whether the person passed.
    pub passed: bool,
    /// The reason, filled either way: 认证完成 when passed. Braces in it must be balanced.
    pub failed_reason: &'a str,
}

impl<'a> Verdict<'a> {
    /// The node.
    pub fn node(&self) -> Node<'a> {
        Node::success()
            .text("biz_no", self.biz_no)
            .text("passed", if self.passed { "true" } else { "false" })
            .text("failed_reason", self.failed_reason)
    }
}

/// A `biz_no`: `ZM`, the Beijing date, `3000000` and fifteen digits (section 4.8). `digits` must be unique for the day.
pub fn biz_no(now: jiff::Timestamp, digits: u64) -> String {
    let date: String = super::call::format_timestamp(now).chars().take(10).filter(char::is_ascii_digit).collect();
    format!("ZM{date}3000000{:015}", digits % 1_000_000_000_000_000)
}

/// `biz_content` as an object. Absent is a business refusal, unreadable one of the gateway (section 4.5).
pub(super) fn content<'o>(opened: &'o Opened<'_>) -> Result<Fields<'o>, Refusal> {
    if opened.expose().trim_ascii().is_empty() {
        return Err(Business::InvalidParameter.into());
    }
    Fields::parse(opened.expose()).map_err(|_| No::InvalidParameter.into())
}

/// A member that must be there and not be longer.
pub(super) fn required<'a>(fields: &Fields<'a>, name: &'static str, longest: usize) -> Result<Cow<'a, str>, Refusal> {
    limited(fields, name, longest)?.ok_or_else(|| Refusal::field(name, "不能为空"))
}

/// A member that may be absent.
pub(super) fn optional(fields: &Fields<'_>, name: &'static str, longest: usize) -> Result<Option<String>, Refusal> {
    Ok(limited(fields, name, longest)?.map(Cow::into_owned))
}

fn limited<'a>(fields: &Fields<'a>, name: &'static str, longest: usize) -> Result<Option<Cow<'a, str>>, Refusal> {
    let text = fields.text(name).map_err(|_| Refusal::field(name, "不是合法文本"))?;
    // Counted only when the bytes could be too many.
    if text.as_ref().is_some_and(|text| text.len() > longest && text.chars().count() > longest) {
        return Err(Refusal::field(name, "超过最大长度"));
    }
    Ok(text)
}

pub(super) fn transaction_id(fields: &Fields<'_>) -> Result<String, Refusal> {
    let text = required(fields, "transaction_id", 32)?;
    if text.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_') {
        Ok(text.into_owned())
    } else {
        Err(Refusal::field("transaction_id", "只能包含字母、数字和下划线"))
    }
}

pub(super) fn linked_merchant_id(fields: &Fields<'_>) -> Result<Option<String>, Refusal> {
    let text = optional(fields, "linked_merchant_id", 16)?;
    match text {
        Some(text) if !text.bytes().all(|byte| byte.is_ascii_digit()) => {
            Err(Refusal::field("linked_merchant_id", "只能包含数字"))
        }
        text => Ok(text),
    }
}

#[cfg(test)]
#[path = "material_tests.rs"]
pub(crate) mod tests;

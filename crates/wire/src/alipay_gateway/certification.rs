//! `zhima.customer.certification.initialize`, `.certify`, `.query`: certification at the hosted desk.
//! Docs: Alipay gateway specification, section 5.

use super::call::{Opened, format_timestamp};
use super::codes::Refusal;
use super::material::{Identity, content, linked_merchant_id, optional, required, transaction_id};
use super::reply::Node;
use crate::alipay::form::{Escapes, encode};
use crate::alipay::keys::{Algorithm, PrivateKey, SigningFailed};
use crate::element::Element;

/// `initialize`: begins a certification.
#[derive(Debug, Clone)]
pub struct Initialize {
    /// 1 to 32 letters, digits and underscores; unique per merchant.
    pub transaction_id: String,
    /// The product.
    pub product_code: String,
    /// The scenario: `FACE`, `SMART_FACE`, `CERT_PHOTO`, `CERT_PHOTO_FACE`, …; the door says which it has.
    pub biz_code: String,
    /// Who is meant.
    pub identity: Identity,
    /// Free text of the merchant, e.g. `{"need_user_authorization":"false"}`.
    pub merchant_config: Option<String>,
    /// Reserved.
    pub ext_biz_param: Option<String>,
    /// The second-level merchant of a service provider.
    pub linked_merchant_id: Option<String>,
    /// A picture to compare with, in base64.
    pub face_contrast_picture: Option<Element<'static>>,
}

impl Initialize {
    /// Reads the content.
    pub fn read(opened: &Opened<'_>) -> Result<Self, Refusal> {
        let fields = content(opened)?;
        let transaction_id = transaction_id(&fields)?;
        let product_code = required(&fields, "product_code", 32)?.into_owned();
        let biz_code = required(&fields, "biz_code", 32)?.into_owned();
        let identity_param = required(&fields, "identity_param", super::material::LONGEST_PART)?;
        let (identity, beside) = Identity::read(&identity_param)?;
        // Without its picture it has to fit the page's limit.
        if beside.is_none() && identity_param.chars().count() > 4096 {
            return Err(Refusal::field("identity_param", "超过最大长度"));
        }
        let contrast = optional(&fields, "face_contrast_picture", super::material::LONGEST_PART)?.map(Element::new);
        Ok(Self {
            transaction_id,
            product_code,
            biz_code,
            identity,
            merchant_config: optional(&fields, "merchant_config", 1024)?,
            ext_biz_param: optional(&fields, "ext_biz_param", 2048)?,
            linked_merchant_id: linked_merchant_id(&fields)?,
            face_contrast_picture: contrast.or(beside),
        })
    }

    /// The node of the answer.
    pub fn node(biz_no: &str) -> Node<'_> {
        Node::success().text("biz_no", biz_no)
    }

    /// What makes two calls with one `transaction_id` the same call. The values are people's data: compare a keyed hash of them.
    pub fn content(&self) -> [(&'static str, &str); 8] {
        [
            ("product_code", &self.product_code),
            ("biz_code", &self.biz_code),
            ("identity_type", self.identity.identity_type.word()),
            ("cert_type", &self.identity.cert_type),
            ("cert_name", self.identity.cert_name.expose()),
            ("cert_no", self.identity.cert_no.expose()),
            ("picture", self.face_contrast_picture.as_ref().map_or("", Element::expose)),
            ("linked_merchant_id", self.linked_merchant_id.as_deref().unwrap_or_default()),
        ]
    }
}

/// `certify` and `query`: both name a certification that was begun.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ByNumber {
    /// The number that `initialize` (or `material.certify`) gave.
    pub biz_no: String,
}

impl ByNumber {
    /// Reads the content.
    pub fn read(opened: &Opened<'_>) -> Result<Self, Refusal> {
        let fields = content(opened)?;
        Ok(Self { biz_no: required(&fields, "biz_no", 32)?.into_owned() })
    }
}

/// The answer to `query`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct QueryResult<'a> {
    /// Whether the person passed; false while the certification is pending.
    pub passed: bool,
    /// The reason, e.g. 认证未完成.
    pub failed_reason: &'a str,
    /// Identity data, usually absent.
    pub identity_info: Option<&'a str>,
    /// Attributes, usually absent.
    pub attribute_info: Option<&'a str>,
    /// JSON text with the state of each channel, where there is one.
    pub channel_statuses: Option<&'a str>,
}

impl<'a> QueryResult<'a> {
    /// The node.
    pub fn node(&self) -> Node<'a> {
        Node::success()
            .text("passed", if self.passed { "true" } else { "false" })
            .text("failed_reason", self.failed_reason)
            .text_if("identity_info", self.identity_info)
            .text_if("attribute_info", self.attribute_info)
            .text_if("channel_statuses", self.channel_statuses)
    }
}

/// What comes back with the person to the merchant's `return_url`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Return<'a> {
    /// The app.
    pub app_id: &'a str,
    /// The certification.
    pub biz_no: &'a str,
    /// Whether the person passed.
    pub passed: bool,
    /// The reason.
    pub failed_reason: &'a str,
    /// The moment.
    pub at: jiff::Timestamp,
}

/// The merchant's address with the result, signed with the platform's key.
///
/// How the real service attached the result could not be found out; clients are told to query. We add the fields of the declared
/// answer with `app_id`, `charset`, `timestamp`, `sign_type` and `sign`, and sign as the vendor signs notifications: sorted, without
/// `sign` and `sign_type`. The SDKs' own helper for that (`rsaCheckV1`, `checkNotifySign`) verifies it when it is given these parameters.
pub fn return_address(return_url: &str, result: &Return<'_>, key: &PrivateKey) -> Result<String, SigningFailed> {
    let at = format_timestamp(result.at);
    let passed = if result.passed { "true" } else { "false" };
    signed_address(
        return_url,
        &[
            ("app_id", result.app_id),
            ("biz_no", result.biz_no),
            ("charset", "utf-8"),
            ("failed_reason", result.failed_reason),
            ("passed", passed),
            ("timestamp", at.as_str()),
        ],
        key,
    )
}

/// An address with parameters that are given in the order of their names, and their signature.
pub(super) fn signed_address(
    return_url: &str,
    pairs: &[(&str, &str)],
    key: &PrivateKey,
) -> Result<String, SigningFailed> {
    let text = pairs.iter().map(|(name, value)| format!("{name}={value}")).collect::<Vec<_>>().join("&");
    let sign = key.sign_base64(Algorithm::Rsa2, text.as_bytes())?;
    Ok(with_parameters(return_url, pairs.iter().chain(&[("sign_type", "RSA2"), ("sign", sign.as_str())])))
}

/// An address with more parameters in its query, in front of its fragment.
fn with_parameters<'p>(url: &str, pairs: impl Iterator<Item = &'p (&'p str, &'p str)>) -> String {
    let (address, fragment) = url.split_once('#').map_or((url, None), |(address, fragment)| (address, Some(fragment)));
    let mut out = address.as_bytes().to_vec();
    if !address.ends_with(['?', '&']) {
        out.push(if address.contains('?') { b'&' } else { b'?' });
    }
    for (name, value) in pairs {
        if !matches!(out.last(), Some(b'?' | b'&')) {
            out.push(b'&');
        }
        encode(&mut out, name.as_bytes(), Escapes::Form);
        out.push(b'=');
        encode(&mut out, value.as_bytes(), Escapes::Form);
    }
    if let Some(fragment) = fragment {
        out.push(b'#');
        out.extend_from_slice(fragment.as_bytes());
    }
    String::from_utf8_lossy(&out).into_owned()
}

#[cfg(test)]
#[path = "certification_tests.rs"]
mod tests;

//! The agreement with a person: the first step, which makes it, the way back from the desk, and its query.
//! Docs: Alipay v3 specification, sections 4.2 and 4.5.

use super::{QueryType, WrongField, is_unset};
use crate::alipay::fields::Fields;
use crate::alipay::keys::{PrivateKey, SigningFailed};
use crate::alipay_gateway::call::{Opened, format_timestamp};
use crate::alipay_gateway::certification::signed_address;
use crate::alipay_gateway::codes::{Business, Refusal};
use crate::alipay_gateway::material::{content, optional, required};
use crate::alipay_gateway::reply::Node;

/// `zhima.credit.payafteruse.creditagreement.sign`: the first step.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AgreementSign {
    /// The merchant's number; becomes `conn_key`.
    pub out_agreement_no: String,
    /// Becomes `service_id`.
    pub zm_service_id: String,
    /// The product, `CREDIT_PAY_AFTER_USE` where none is named.
    pub product_code: String,
    /// `onceToken` of `extra_param`.
    pub once_token: Option<String>,
    /// `identityType` of `extra_param`.
    pub identity_type: Option<String>,
    /// `queryType` of `extra_param`.
    pub query_type: Option<QueryType>,
    /// Not looked at.
    pub category_id: Option<String>,
    /// The merchant's own name for the user.
    pub external_logon_id: Option<String>,
    /// Where a user goes who cancels.
    pub cancel_back_link: Option<String>,
    /// Where a user goes who is done.
    pub return_back_link: Option<String>,
}

impl AgreementSign {
    /// Reads the content. `EXTRA_PARAM_FORMAT_ERROR` is for whatever is wrong inside `extra_param`, and for one that is no JSON object.
    pub fn read(opened: &Opened<'_>) -> Result<Self, Refusal> {
        let fields = content(opened)?;
        let extra = optional(&fields, "extra_param", 4096)?.unwrap_or_else(|| "{}".to_owned());
        let extra = extra_param(&extra)?;
        let either = |camel: &'static str, snake: &'static str| match optional(&extra, camel, 128) {
            Ok(None) => optional(&extra, snake, 128).map_err(|_| Business::ExtraParamFormat),
            text => text.map_err(|_| Business::ExtraParamFormat),
        };
        let query_type = match either("queryType", "query_type")? {
            Some(word) => Some(QueryType::parse(&word).ok_or(Business::ExtraParamFormat)?),
            None => None,
        };
        Ok(Self {
            out_agreement_no: required(&fields, "out_agreement_no", 128)?.into_owned(),
            zm_service_id: required(&fields, "zm_service_id", 64)?.into_owned(),
            product_code: optional(&fields, "product_code", 64)?.unwrap_or_else(|| "CREDIT_PAY_AFTER_USE".to_owned()),
            once_token: either("onceToken", "once_token")?,
            identity_type: either("identityType", "identity_type")?,
            query_type,
            category_id: optional(&fields, "category_id", 128)?,
            external_logon_id: optional(&fields, "external_logon_id", 128)?,
            cancel_back_link: optional(&fields, "cancel_back_link", 1024)?,
            return_back_link: optional(&fields, "return_back_link", 1024)?,
        })
    }

    /// The node of the answer, for a client that does not follow a redirect. `orderStr` is spelled so.
    pub fn node<'a>(credit_agreement_id: &'a str, out_agreement_no: &'a str, order: &'a str) -> Node<'a> {
        Node::success()
            .text("credit_agreement_id", credit_agreement_id)
            .text("out_agreement_no", out_agreement_no)
            .text("orderStr", order)
    }
}

/// `extra_param`: a text of JSON with what the fields have no place for.
fn extra_param(text: &str) -> Result<Fields<'_>, Refusal> {
    Fields::parse(text).map_err(|_| Business::ExtraParamFormat.into())
}

/// What comes back with the person to the merchant's `return_back_link` or `cancel_back_link`. The documents name nothing
/// (v3 specification, 4.2). The result is not among it: that is for the query that spends the once-token.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Return<'a> {
    /// The app.
    pub app_id: &'a str,
    /// The merchant's number of the agreement.
    pub out_agreement_no: &'a str,
    /// Whether there is a result to be queried: `FINISH`, or `PROCESSING`.
    pub token_status: &'a str,
    /// The moment.
    pub at: jiff::Timestamp,
}

/// The merchant's address with these parameters, signed as [`certification::return_address`] signs.
///
/// [`certification::return_address`]: crate::alipay_gateway::certification::return_address
pub fn return_address(back: &str, told: &Return<'_>, key: &PrivateKey) -> Result<String, SigningFailed> {
    let at = format_timestamp(told.at);
    let pairs = [
        ("app_id", told.app_id),
        ("charset", "utf-8"),
        ("out_agreement_no", told.out_agreement_no),
        ("timestamp", at.as_str()),
        ("token_status", told.token_status),
    ];
    signed_address(back, &pairs, key)
}

/// `creditagreement.query`, from either door: one of the two numbers, the second preferred.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AgreementQuery {
    /// The merchant's number.
    pub out_agreement_no: Option<String>,
    /// The platform's number.
    pub credit_agreement_id: Option<String>,
}

impl AgreementQuery {
    /// Reads the content of `zhima.credit.payafteruse.creditagreement.query`. No `extra_param` is documented for it, and yet the code
    /// for one that is malformed is among its own: one that comes is looked at, and used for nothing.
    pub fn read(opened: &Opened<'_>) -> Result<Self, Refusal> {
        let fields = content(opened)?;
        if let Some(extra) = fields.text("extra_param").map_err(|_| Business::ExtraParamFormat)? {
            extra_param(&extra)?;
        }
        Self::of(|name| fields.text(name).map(|text| text.map(std::borrow::Cow::into_owned)).map_err(|_| ()))
            .map_err(Refusal::from)
    }

    /// Reads the values from wherever they stand.
    pub fn of(value: impl Fn(&str) -> Result<Option<String>, ()>) -> Result<Self, WrongField> {
        let text = |name: &'static str| {
            let text = value(name).map_err(|()| WrongField { name, rule: "不是合法文本" })?;
            let text = text.filter(|text| !is_unset(text));
            if text.as_ref().is_some_and(|text| text.chars().count() > 128) {
                return Err(WrongField { name, rule: "超过最大长度" });
            }
            Ok(text)
        };
        let query =
            Self { out_agreement_no: text("out_agreement_no")?, credit_agreement_id: text("credit_agreement_id")? };
        if query.out_agreement_no.is_none() && query.credit_agreement_id.is_none() {
            return Err(WrongField { name: "out_agreement_no", rule: "与credit_agreement_id不能同时为空" });
        }
        Ok(query)
    }
}

/// The answer to `creditagreement.query`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AgreementResult<'a> {
    /// Whether the agreement is in force.
    pub valid: bool,
    /// The member.
    pub alipay_user_id: Option<&'a str>,
    /// When it was made, `yyyy-MM-dd HH:mm:ss`.
    pub biz_time: Option<&'a str>,
    /// The platform's number.
    pub credit_agreement_id: &'a str,
    /// Extras.
    pub ext_info: Option<&'a str>,
    /// The member, in the app's own form.
    pub open_id: Option<&'a str>,
    /// The merchant's number.
    pub out_agreement_no: &'a str,
}

impl<'a> AgreementResult<'a> {
    /// The members, absent ones left out.
    pub fn members(&self) -> impl Iterator<Item = (&'static str, &'a str)> {
        [
            ("agreement_status", Some(if self.valid { "VALID" } else { "INVALID" })),
            ("alipay_user_id", self.alipay_user_id),
            ("biz_time", self.biz_time),
            ("credit_agreement_id", Some(self.credit_agreement_id)),
            ("ext_info", self.ext_info),
            ("open_id", self.open_id),
            ("out_agreement_no", Some(self.out_agreement_no)),
        ]
        .into_iter()
        .filter_map(|(name, value)| Some((name, value?)))
    }

    /// The node of the gateway's answer.
    pub fn node(&self) -> Node<'a> {
        self.members().fold(Node::success(), |node, (name, value)| node.text(name, value))
    }
}

#[cfg(test)]
#[path = "agreement_tests.rs"]
mod tests;

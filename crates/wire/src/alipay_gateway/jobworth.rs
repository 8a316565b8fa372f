//! The gateway's side of the jobworth family: the first step at the desk, asking beforehand, and the query.
//! Docs: Alipay v3 specification, sections 3 and 4.

use super::call::{Opened, format_timestamp};
use super::certification::signed_address;
use super::codes::{Business, Refusal};
use super::material::{content, optional, required};
use super::reply::Node;
use crate::alipay::fields::Fields;
use crate::alipay::keys::{PrivateKey, SigningFailed};
use crate::element::Element;

/// `query_type`: how exactly the identity must be confirmed (验真精度).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum QueryType {
    /// `exact` (精确): category and details.
    Exact,
    /// `dim` (模糊): the category alone.
    Dim,
}

impl QueryType {
    /// Reads the word. The documentation's sample `exact\dim` is none.
    pub fn parse(word: &str) -> Option<Self> {
        match word {
            "exact" => Some(Self::Exact),
            "dim" => Some(Self::Dim),
            _ => None,
        }
    }

    /// The word.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Exact => "exact",
            Self::Dim => "dim",
        }
    }
}

/// The query of an authentication, from either door: v2's `biz_content` and v3's query string have the same nine names.
#[derive(Debug, Clone)]
pub struct Authentication {
    /// The agreement's number, as the merchant chose it in the first step.
    pub conn_key: String,
    /// The credential; spent by one successful query of a final state.
    pub once_token: String,
    /// How exactly.
    pub query_type: QueryType,
    /// `04` is a teacher; a text, its zero counts.
    pub identity_type: String,
    /// The merchant's credit service.
    pub service_id: String,
    /// The member.
    pub user_id: Option<String>,
    /// The member, in the app's own form.
    pub open_id: Option<String>,
    /// The document's number.
    pub cert_no: Option<Element<'static>>,
    /// The document's kind; `0` when a number came without one, since PHP leaves the text `0` out.
    pub cert_type: Option<CertType>,
}

/// `cert_type`: the digit is what counts, its words differ between the vendor's pages.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum CertType {
    /// `0`: resident identity card.
    IdentityCard,
    /// `1`: passport.
    Passport,
    /// `2`: home-return permit (回乡证).
    HomeReturn,
    /// `3`: mainland travel permit for Hong Kong and Macau residents.
    HongKongMacauTravel,
    /// `4`: mainland travel permit for Taiwan residents.
    TaiwanTravel,
    /// `5`: Hong Kong and Macau document.
    HongKongMacau,
}

impl CertType {
    /// Every kind, by its digit.
    pub const ALL: [Self; 6] = [
        Self::IdentityCard,
        Self::Passport,
        Self::HomeReturn,
        Self::HongKongMacauTravel,
        Self::TaiwanTravel,
        Self::HongKongMacau,
    ];

    /// Reads the digit.
    pub fn parse(digit: &str) -> Option<Self> {
        Self::ALL
            .into_iter()
            .zip(["0", "1", "2", "3", "4", "5"])
            .find(|(_, known)| *known == digit)
            .map(|(kind, _)| kind)
    }
}

/// What is wrong with a parameter of an authentication query: its name and the rule.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct WrongField {
    /// The parameter.
    pub name: &'static str,
    /// The rule.
    pub rule: &'static str,
}

impl From<WrongField> for Refusal {
    fn from(wrong: WrongField) -> Self {
        Self::field(wrong.name, wrong.rule)
    }
}

impl Authentication {
    /// Reads the content of `zhima.customer.jobworth.authentication.query`.
    pub fn read(opened: &Opened<'_>) -> Result<Self, Refusal> {
        let fields = content(opened)?;
        Self::of(|name| fields.text(name).map(|text| text.map(std::borrow::Cow::into_owned)).map_err(|_| ()))
            .map_err(Refusal::from)
    }

    /// Reads the nine values from wherever they stand. Texts that are empty, and for optional ones `undefined` and `null` (as Node
    /// writes values that are not set), are absent.
    pub fn of(value: impl Fn(&str) -> Result<Option<String>, ()>) -> Result<Self, WrongField> {
        let text = |name: &'static str, longest: usize| {
            let text = value(name).map_err(|()| WrongField { name, rule: "不是合法文本" })?;
            match text.filter(|text| !text.is_empty()) {
                Some(text) if text.chars().count() > longest => Err(WrongField { name, rule: "超过最大长度" }),
                text => Ok(text),
            }
        };
        let needed =
            |name: &'static str, longest| text(name, longest)?.ok_or(WrongField { name, rule: "不能为空" });
        let maybe =
            |name: &'static str, longest| Ok(text(name, longest)?.filter(|text| text != "undefined" && text != "null"));
        let conn_key = needed("conn_key", 128)?;
        let once_token = needed("once_token", 128)?;
        let query_type = QueryType::parse(&needed("query_type", 32)?)
            .ok_or(WrongField { name: "query_type", rule: "取值应为exact或dim" })?;
        let identity_type = needed("identity_type", 32)?;
        let service_id = needed("service_id", 64)?;
        let cert_no = maybe("cert_no", 64)?.map(Element::new);
        let cert_type = match maybe("cert_type", 16)? {
            Some(digit) => Some(CertType::parse(&digit).ok_or(WrongField { name: "cert_type", rule: "取值应为0至5" })?),
            None => cert_no.as_ref().map(|_| CertType::IdentityCard),
        };
        Ok(Self {
            conn_key,
            once_token,
            query_type,
            identity_type,
            service_id,
            user_id: maybe("user_id", 64)?,
            open_id: maybe("open_id", 128)?,
            cert_no,
            cert_type,
        })
    }
}

/// How an authentication stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum IdentityResult {
    /// Trusted.
    Success,
    /// Not trusted.
    Failed,
    /// Not known yet.
    WaitingVerify,
}

impl IdentityResult {
    /// `identity_result`.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Success => "SUCCESS",
            Self::Failed => "FAILED",
            Self::WaitingVerify => "WAITING_VERIFY",
        }
    }

    /// `token_status`: `FINISH` is the only value published; the one before the end is ours.
    pub const fn token_status(self) -> &'static str {
        match self {
            Self::Success | Self::Failed => "FINISH",
            Self::WaitingVerify => "PROCESSING",
        }
    }
}

/// The answer to an authentication query, for either door.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AuthenticationResult<'a> {
    /// How it stands.
    pub identity_result: IdentityResult,
    /// Link of the result page.
    pub identity_result_skip_url: Option<&'a str>,
    /// The same for the same user under one merchant.
    pub merchant_identity_id: Option<&'a str>,
    /// The member, in the app's own form.
    pub open_id: Option<&'a str>,
    /// The member.
    pub user_id: Option<&'a str>,
}

impl<'a> AuthenticationResult<'a> {
    /// The members in the order that the vendor writes them; absent ones are left out, never `null`.
    pub fn members(&self) -> impl Iterator<Item = (&'static str, &'a str)> {
        [
            ("identity_result", Some(self.identity_result.word())),
            ("identity_result_skip_url", self.identity_result_skip_url),
            ("merchant_identity_id", self.merchant_identity_id),
            ("open_id", self.open_id),
            ("token_status", Some(self.identity_result.token_status())),
            ("user_id", self.user_id),
        ]
        .into_iter()
        .filter_map(|(name, value)| Some((name, value?)))
    }

    /// The node of the gateway's answer.
    pub fn node(&self) -> Node<'a> {
        self.members().fold(Node::success(), |node, (name, value)| node.text(name, value))
    }
}

/// `zhima.customer.jobworth.authentication.preconsult`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Preconsult {
    /// `04` is a teacher.
    pub identity_type: String,
    /// The credential.
    pub once_token: String,
    /// The agreement's number.
    pub out_agreement_no: String,
    /// How exactly.
    pub query_type: QueryType,
    /// The merchant's credit service.
    pub zm_service_id: String,
}

impl Preconsult {
    /// Reads the content.
    pub fn read(opened: &Opened<'_>) -> Result<Self, Refusal> {
        let fields = content(opened)?;
        let query_type = required(&fields, "query_type", 32)?;
        Ok(Self {
            identity_type: required(&fields, "identity_type", 32)?.into_owned(),
            once_token: required(&fields, "once_token", 128)?.into_owned(),
            out_agreement_no: required(&fields, "out_agreement_no", 128)?.into_owned(),
            query_type: QueryType::parse(&query_type)
                .ok_or_else(|| Refusal::field("query_type", "取值应为exact或dim"))?,
            zm_service_id: required(&fields, "zm_service_id", 64)?.into_owned(),
        })
    }

    /// The node of the answer: fine, or why not.
    pub fn node(reason: Option<&str>) -> Node<'_> {
        Node::success().bool("pre_check_success", reason.is_none()).text_if("reason", reason)
    }
}

/// `zhima.customer.jobworth.authenticationplugin.query`.
#[derive(Clone, PartialEq, Eq)]
pub struct Plugin {
    sign_str: String,
}

impl Plugin {
    /// Reads the content.
    pub fn read(opened: &Opened<'_>) -> Result<Self, Refusal> {
        let fields = content(opened)?;
        Ok(Self { sign_str: required(&fields, "sign_str", 65_536)?.into_owned() })
    }

    /// The string that the merchant signed for the first step: a query string, to be verified as a request of its own.
    pub fn signed_string(&self) -> &str {
        self.sign_str.trim_start_matches('?')
    }

    /// The node of the answer: for use inside the app and outside.
    pub fn node<'a>(scheme_url: &'a str, landing_url: &'a str) -> Node<'a> {
        Node::success().text("scheme_url", scheme_url).text("landing_url", landing_url)
    }
}

impl std::fmt::Debug for Plugin {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Plugin(…)")
    }
}

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
/// [`certification::return_address`]: super::certification::return_address
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
            let text = text.filter(|text| !matches!(text.as_str(), "" | "undefined" | "null"));
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
#[path = "jobworth_tests.rs"]
mod tests;

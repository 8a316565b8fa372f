//! The gateway's side of the jobworth family: the query, asking beforehand, and the plugin; the first step and its agreement are in
//! a file of their own.
//! Docs: Alipay v3 specification, sections 3 and 4.

mod agreement;

use super::call::Opened;
use super::codes::Refusal;
use super::material::{content, required};
use super::reply::Node;
use crate::element::Element;

pub use agreement::{AgreementQuery, AgreementResult, AgreementSign, Return, return_address};

/// Whether an optional value is absent: what Node writes for one that is not set counts as such (section 1.5).
pub(crate) fn is_unset(text: &str) -> bool {
    matches!(text, "" | "undefined" | "null")
}

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

    /// Reads the nine values from wherever they stand. Texts that are empty are absent, and optional ones as Node writes them unset.
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
        let maybe = |name: &'static str, longest| Ok(text(name, longest)?.filter(|text| !is_unset(text)));
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

    /// The string that the merchant signed for the first step: a query string, to be verified as a request of its own. SDKs that sign
    /// for a page give it with the gateway's address in front.
    pub fn signed_string(&self) -> &str {
        match self.sign_str.split_once('?') {
            Some((address, query)) if !address.contains(['=', '&']) => query,
            _ => &self.sign_str,
        }
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

#[cfg(test)]
#[path = "jobworth_tests.rs"]
mod tests;

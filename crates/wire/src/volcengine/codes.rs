//! Every refusal this door can print. Docs: Volcengine SMS specification, sections 2.3 (gateway) and 2.4 (service).

use std::borrow::Cow;
use std::fmt;

/// What is refused; each has one [`Row`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[expect(missing_docs, reason = "the row is the documentation: status, numbers and text, side by side")]
pub enum No {
    MissingParameter,
    MissingAuthenticationToken,
    MissingRequestInfo,
    MissingSignature,
    InvalidTimestamp,
    ServiceNotFound,
    InvalidActionOrVersion,
    InvalidAccessKey,
    SignatureDoesNotMatch,
    LackPolicy,
    AccessDenied,
    InternalError,
    FailToConnect,
    InternalServiceTimeout,
    FlowLimitExceeded,
    InvalidAuthorization,
    InvalidCredential,
    InvalidSecretToken,
    BadRequest,
    RequestTimeout,
    RequestEntityTooLarge,
    RequestUriTooLong,
    Parameter,
    AlreadyExisted,
    NoPermission,
    DailyQuota,
    System,
    AccountAuthentication,
    SmsNotOpened,
    SystemException,
}

/// Who speaks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Voice {
    /// The vendor's gateway: the HTTP status says that something is wrong.
    Gateway,
    /// The SMS service behind it: always HTTP 200.
    Service,
}

/// One refusal as it is printed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Row {
    /// Which refusal.
    pub no: No,
    /// HTTP status.
    pub status: u16,
    /// `Error.CodeN`, always a number on the wire.
    pub number: u32,
    /// `Error.Code`, always a string on the wire.
    pub code: &'static str,
    /// `Error.Message`; each `%s` is filled.
    pub text: &'static str,
    /// Who speaks.
    pub voice: Voice,
}

use Voice::{Gateway, Service};

const fn gateway(no: No, status: u16, number: u32, code: &'static str, text: &'static str) -> Row {
    Row { no, status, number, code, text, voice: Gateway }
}

/// That `CodeN` repeats the number is inferred; a code that is none has 0.
const fn service(no: No, number: u32, code: &'static str, text: &'static str) -> Row {
    Row { no, status: 200, number, code, text, voice: Service }
}

/// The rows: the gateway's in the order of the specification's table, ours in its voice, then the service's.
#[rustfmt::skip]
pub const ROWS: &[Row] = &[
    gateway(No::MissingParameter, 400, 100_002, "MissingParameter", "The request is missing %s parameter."),
    gateway(No::MissingAuthenticationToken, 401, 100_003, "MissingAuthenticationToken", "Request is missing Authentication Token."),
    gateway(No::MissingRequestInfo, 400, 100_004, "MissingRequestInfo", "The request is missing %s information."),
    gateway(No::MissingSignature, 401, 100_005, "MissingSignature", "The request is missing signature."),
    // 403 on two product pages, 400 on the platform's and most others.
    gateway(No::InvalidTimestamp, 400, 100_006, "InvalidTimestamp", "The Signature of the request is expired."),
    gateway(No::ServiceNotFound, 404, 100_007, "ServiceNotFound", "This service[%s] not found."),
    gateway(No::InvalidActionOrVersion, 404, 100_008, "InvalidActionOrVersion", "Could not find operation %s for version %s."),
    gateway(No::InvalidAccessKey, 401, 100_009, "InvalidAccessKey", "The accesskey [%s] included in the request is invalid."),
    gateway(No::SignatureDoesNotMatch, 401, 100_010, "SignatureDoesNotMatch", "The request signature we calculated does not match the signature you provided. Check your Secret Access Key and signing method. Consult the service documentation for details."),
    gateway(No::LackPolicy, 403, 100_012, "LackPolicy", "Request was rejected because of lack of policy."),
    gateway(No::AccessDenied, 403, 100_013, "AccessDenied", "User is not authorized to perform: %s on resource: %s."),
    gateway(No::InternalError, 500, 100_014, "InternalError", "Service has some internal Error. Pls Contact With Admin."),
    // The two statuses are ours: the vendor's table has none.
    gateway(No::FailToConnect, 502, 100_015, "FailToConnect", "Top Fail to Connect to Internal Service."),
    gateway(No::InternalServiceTimeout, 504, 100_016, "InternalServiceTimeout", "Internal Service is timeout. Pls Contact With Admin."),
    // The numbers of these and of the next but one are less certain than the others.
    gateway(No::FlowLimitExceeded, 429, 100_018, "FlowLimitExceeded", "Request was rejected because the request speed of this openAPI is beyond the current flow control limit."),
    gateway(No::InvalidAuthorization, 400, 100_024, "InvalidAuthorization", "Invalid 'Authorization' header, Pls check authorization header."),
    gateway(No::InvalidCredential, 400, 100_025, "InvalidCredential", "Invalid credential in 'Authorization', Pls check credential in authorization header."),
    gateway(No::InvalidSecretToken, 401, 100_026, "InvalidSecretToken", "Invalid secret token, msg: %s."),
    // Ours: the public table has nothing for a request that cannot be taken in (section 3.1 for the body's size).
    gateway(No::BadRequest, 400, 400, "BadRequest", "The request cannot be read."),
    gateway(No::RequestTimeout, 408, 408, "RequestTimeout", "The request did not arrive in time."),
    gateway(No::RequestEntityTooLarge, 413, 413, "RequestEntityTooLarge", "The request body is too large."),
    gateway(No::RequestUriTooLong, 414, 414, "RequestUriTooLong", "The request target is too long."),
    service(No::Parameter, 1001, "1001", "参数错误"),
    service(No::AlreadyExisted, 1003, "1003", "already existed"),
    service(No::NoPermission, 1023, "1023", "no permission"),
    service(No::DailyQuota, 1027, "1027", "超过该账号单日签名创建限额"),
    service(No::System, 1999, "1999", "系统错误"),
    service(No::AccountAuthentication, 0, "RE:0000", "账号鉴权失败"),
    service(No::SmsNotOpened, 0, "RE:0001", "账号短信服务未开通"),
    service(No::SystemException, 0, "SY:0500", "系统异常"),
];

impl No {
    /// The row of this refusal.
    pub const fn row(self) -> &'static Row {
        // The table has a row for every variant, in order; a test holds both to it.
        &ROWS[self as usize]
    }
}

/// Whether 1001 says what is wrong. The documented text stands first either way.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Wording {
    /// `参数错误: materialName 最多20个字符`.
    #[default]
    WithReason,
    /// The bare documented text.
    Terse,
}

/// A refusal to write: a row, what fills its text, and the reason of a 1001.
///
/// Reasons name fields and rules, never values. `Debug` and `Display` show the code only: a filling may come from the caller.
#[derive(Clone, PartialEq, Eq)]
pub struct Refusal {
    no: No,
    fillings: Vec<String>,
    reason: Option<Box<str>>,
}

impl Refusal {
    /// The row alone.
    pub const fn of(no: No) -> Self {
        Self { no, fillings: Vec::new(), reason: None }
    }

    /// A row whose `%s` are filled in order. A filling is cut after 128 characters.
    pub fn filled<const N: usize>(no: No, fillings: [&str; N]) -> Self {
        let cut = |filling: &str| filling.chars().take(128).collect();
        Self { no, fillings: fillings.into_iter().map(cut).collect(), reason: None }
    }

    /// 1001 with its reason: `field` is the full path, `rule` what it breaks.
    pub fn invalid(field: &str, rule: &str) -> Self {
        Self::unfit(format!("{field} {rule}"))
    }

    /// 1001 with a reason about no single field.
    pub fn unfit(reason: impl Into<String>) -> Self {
        Self { no: No::Parameter, fillings: Vec::new(), reason: Some(reason.into().into_boxed_str()) }
    }

    /// Which refusal.
    pub const fn no(&self) -> No {
        self.no
    }

    /// HTTP status.
    pub const fn status(&self) -> u16 {
        self.no.row().status
    }

    /// The reason of a 1001, without the documented text.
    pub fn reason(&self) -> Option<&str> {
        self.reason.as_deref()
    }

    /// `Error.Message`.
    pub fn message(&self, wording: Wording) -> Cow<'static, str> {
        let text = self.no.row().text;
        if let (Some(reason), Wording::WithReason) = (&self.reason, wording) {
            return Cow::Owned(format!("{text}: {reason}"));
        }
        let mut pieces = text.split("%s");
        let Some(first) = pieces.next().filter(|first| first.len() < text.len()) else { return Cow::Borrowed(text) };
        let mut fillings = self.fillings.iter();
        let filled = pieces.fold(first.to_owned(), |mut message, piece| {
            message.push_str(fillings.next().map_or("", String::as_str));
            message.push_str(piece);
            message
        });
        Cow::Owned(filled)
    }
}

impl From<No> for Refusal {
    fn from(no: No) -> Self {
        Self::of(no)
    }
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.no.row().status, self.no.row().code)
    }
}

impl fmt::Debug for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Refusal({:?})", self.no)
    }
}

impl std::error::Error for Refusal {}

#[cfg(test)]
mod tests {
    use super::*;

    /// The tables of sections 2.3 and 2.4, copied by hand in their own columns, so that a slip in `ROWS` shows.
    const PAGE: &str = "\
MissingParameter|100002|400|The request is missing %s parameter.
MissingAuthenticationToken|100003|401|Request is missing Authentication Token.
MissingRequestInfo|100004|400|The request is missing %s information.
MissingSignature|100005|401|The request is missing signature.
InvalidTimestamp|100006|400|The Signature of the request is expired.
ServiceNotFound|100007|404|This service[%s] not found.
InvalidActionOrVersion|100008|404|Could not find operation %s for version %s.
InvalidAccessKey|100009|401|The accesskey [%s] included in the request is invalid.
SignatureDoesNotMatch|100010|401|The request signature we calculated does not match the signature you provided. Check your Secret Access Key and signing method. Consult the service documentation for details.
LackPolicy|100012|403|Request was rejected because of lack of policy.
AccessDenied|100013|403|User is not authorized to perform: %s on resource: %s.
InternalError|100014|500|Service has some internal Error. Pls Contact With Admin.
FailToConnect|100015|502|Top Fail to Connect to Internal Service.
InternalServiceTimeout|100016|504|Internal Service is timeout. Pls Contact With Admin.
FlowLimitExceeded|100018|429|Request was rejected because the request speed of this openAPI is beyond the current flow control limit.
InvalidAuthorization|100024|400|Invalid 'Authorization' header, Pls check authorization header.
InvalidCredential|100025|400|Invalid credential in 'Authorization', Pls check credential in authorization header.
InvalidSecretToken|100026|401|Invalid secret token, msg: %s.
1001|1001|200|参数错误
1003|1003|200|already existed
1023|1023|200|no permission
1027|1027|200|超过该账号单日签名创建限额
1999|1999|200|系统错误
RE:0000|0|200|账号鉴权失败
RE:0001|0|200|账号短信服务未开通
SY:0500|0|200|系统异常";

    #[test]
    fn the_rows_are_the_tables_rows_in_the_tables_order() {
        let ours = [No::BadRequest, No::RequestTimeout, No::RequestEntityTooLarge, No::RequestUriTooLong];
        let printed: Vec<_> = ROWS
            .iter()
            .filter(|row| !ours.contains(&row.no))
            .map(|row| format!("{}|{}|{}|{}", row.code, row.number, row.status, row.text))
            .collect();
        assert_eq!(printed, PAGE.lines().collect::<Vec<_>>());
    }

    #[test]
    fn every_refusal_finds_its_own_row_and_the_voice_decides_the_status() {
        for (index, row) in ROWS.iter().enumerate() {
            assert_eq!((row.no as usize, row.no.row()), (index, row));
            assert_eq!(row.status == 200, row.voice == Service, "{}", row.code);
        }
        assert_eq!(No::SystemException as usize + 1, ROWS.len());
    }

    #[test]
    fn a_text_is_filled_and_a_reason_follows_the_documented_text() {
        let unknown = Refusal::filled(No::InvalidActionOrVersion, ["Send%sms", "2020-01-01"]);
        assert_eq!(unknown.message(Wording::Terse), "Could not find operation Send%sms for version 2020-01-01.");
        let long = Refusal::invalid("materialName", "最多20个字符");
        assert_eq!(long.message(Wording::WithReason), "参数错误: materialName 最多20个字符");
        assert_eq!(long.message(Wording::Terse), "参数错误");
        assert_eq!(format!("{unknown} {unknown:?}"), "404 InvalidActionOrVersion Refusal(InvalidActionOrVersion)");
    }
}

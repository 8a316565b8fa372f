//! Every refusal this door can print. Docs: Alibaba Cloud Domain specification, sections 7.1, 7.7, 8 and 9.5.

use std::borrow::Cow;
use std::fmt;

/// What is refused; each has one [`Row`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[expect(missing_docs, reason = "the row is the documentation: code, status and text, side by side")]
pub enum No {
    ParameterIllegal,
    NetworkIo,
    FileData,
    FileFormat,
    FileTooSmall,
    FileTooLarge,
    NoSuchTemplate,
    TemplateAudited,
    TemplateUpdate,
    DeleteParameterIllegal,
    DeleteNetworkIo,
    DeleteNoSuchTemplate,
    DeleteUnderReview,
    Missing,
    UnknownVersion,
    UnknownAction,
    HttpMethod,
    InvalidFormat,
    InvalidParameter,
    SignatureMethod,
    TimestampFormat,
    TimestampExpired,
    UnknownAccessKey,
    AccessKeyInactive,
    SecurityTokenExpired,
    SecurityTokenMalformed,
    SecurityTokenMismatch,
    IncompleteSignature,
    SignatureDoesNotMatch,
    NonceUsed,
    Throttling,
    ThrottlingUser,
    ThrottlingApi,
    ForbiddenRam,
    ForbiddenRisk,
    NeedSsl,
    NoSuchProduct,
    Internal,
    Unavailable,
    BodyTooLarge,
    TargetTooLong,
}

/// One refusal as it is printed. `{}` stands for the name of a parameter.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Row {
    /// Which refusal.
    pub no: No,
    /// `Code`.
    pub code: &'static str,
    /// HTTP status.
    pub status: u16,
    /// `Message` in English.
    pub english: &'static str,
    /// `Message` in Chinese; the gateway's are English always.
    pub chinese: Option<&'static str>,
}

const fn business(no: No, code: &'static str, english: &'static str, chinese: &'static str) -> Row {
    Row { no, code, status: 400, english, chinese: Some(chinese) }
}

const fn gateway(no: No, code: &'static str, status: u16, english: &'static str) -> Row {
    Row { no, code, status, english, chinese: None }
}

/// The rows: the operations' in the order of the document, then the gateway's, then ours.
#[rustfmt::skip]
pub const ROWS: &[Row] = &[
    // Section 7.1, in the document's order.
    business(No::ParameterIllegal, "ParameterIllegal", "Parameter illegal.", "参数错误"),
    business(No::NetworkIo, "NetworkIOError", "Network IO Error.", "网络IO异常"),
    business(No::FileData, "FileDataError", "File data error.", "上传的文件数据错误"),
    business(No::FileFormat, "FileFormatNotSupported", "The file format is not supported.", "上传的文件格式不支持"),
    business(No::FileTooSmall, "FileSizeLessThanMinLimit", "The file size is smaller than the minimum limit.", "上传的文件大小小于最小值限制"),
    business(No::FileTooLarge, "FileSizeGreaterThanMaxLimit", "The file size exceeds the maximum limit.", "上传的文件大小大于最大值限制"),
    business(No::NoSuchTemplate, "ContactTemplateNotExist", "Contacts template does not exist.", "联系人模板不存在"),
    business(No::TemplateAudited, "ContactTemplateAudited", "The current information template has a status of real-name authentication complete or under review, so you cannot submit real-name authentication materials.", "当前信息模板状态为已实名认证或审核中,不允许提交实名认证资料"),
    business(No::TemplateUpdate, "ContactTemplateUpdateFailed", "Failed to save template information.", "模板资料保存失败"),
    // Section 7.7: DeleteContactTemplate has its own texts, and a code of a later version for a template under review.
    business(No::DeleteParameterIllegal, "ParameterIllegal", "Parameter illegal", "参数错误"),
    business(No::DeleteNetworkIo, "NetworkIOError", "Network IO Error", "网络IO异常"),
    business(No::DeleteNoSuchTemplate, "ContactTemplateNotExist", "ContactTemplateNotExist", "联系人模板不存在"),
    business(No::DeleteUnderReview, "150008", "It is forbidden to delete the information template during approval.", "审核中的信息模板不能删除"),
    // Section 8.
    gateway(No::Missing, "Missing{}", 400, "{} is mandatory for this action."),
    gateway(No::UnknownVersion, "InvalidVersion", 400, "Specified parameter Version is not valid."),
    gateway(No::UnknownAction, "InvalidAction.NotFound", 404, "Specified api is not found, please check your url and method."),
    gateway(No::HttpMethod, "UnsupportedHTTPMethod", 400, "This http method is not supported."),
    gateway(No::InvalidFormat, "InvalidParameter.Format", 400, "Specified parameter format is not valid."),
    gateway(No::InvalidParameter, "InvalidParameter", 400, "The specified value of parameter \"{}\" is not valid."),
    gateway(No::SignatureMethod, "InvalidSignatureMethod", 400, "Specified signature method is not valid."),
    gateway(No::TimestampFormat, "InvalidTimeStamp.Format", 400, "Specified time stamp or date value is not well formatted."),
    gateway(No::TimestampExpired, "InvalidTimeStamp.Expired", 400, "Specified time stamp or date value is expired."),
    gateway(No::UnknownAccessKey, "InvalidAccessKeyId.NotFound", 404, "Specified access key is not found."),
    gateway(No::AccessKeyInactive, "InvalidAccessKeyId.Inactive", 400, "Specified access key is disabled."),
    gateway(No::SecurityTokenExpired, "InvalidSecurityToken.Expired", 400, "Specified SecurityToken is expired."),
    gateway(No::SecurityTokenMalformed, "InvalidSecurityToken.Malformed", 400, "Specified SecurityToken is malformed."),
    gateway(No::SecurityTokenMismatch, "InvalidSecurityToken.MismatchWithAccessKey", 400, "Specified SecurityToken mismatch with the AccessKey."),
    gateway(No::IncompleteSignature, "IncompleteSignature", 400, "The request signature does not conform to Aliyun standards. server string to sign is:"),
    gateway(No::SignatureDoesNotMatch, "SignatureDoesNotMatch", 400, "Specified signature is not matched with our calculation. server string to sign is:"),
    gateway(No::NonceUsed, "SignatureNonceUsed", 400, "Specified signature nonce was used already."),
    gateway(No::Throttling, "Throttling", 400, "Request was denied due to request throttling."),
    gateway(No::ThrottlingUser, "Throttling.User", 400, "Request was denied due to user flow control."),
    gateway(No::ThrottlingApi, "Throttling.Api", 400, "Request was denied due to api flow control."),
    gateway(No::ForbiddenRam, "Forbidden.RAM", 403, "User not authorized to operate on the specified resource, or this API doesn't support RAM."),
    gateway(No::ForbiddenRisk, "Forbidden.RiskControl", 403, "This operation is forbidden by Aliyun Risk Control system."),
    gateway(No::NeedSsl, "InvalidProtocol.NeedSsl", 404, "Your request is denied as lack of ssl protect."),
    gateway(No::NoSuchProduct, "InvalidProduct.NotFound", 404, "Cannot find product according to your specified domain."),
    gateway(No::Internal, "InternalError", 500, "The request processing has failed due to some unknown error, exception or failure."),
    gateway(No::Unavailable, "ServiceUnavailable", 503, "The request has failed due to a temporary failure of the server."),
    // Ours (section 1.3): in the normal shape, because HTML breaks three of the SDKs.
    gateway(No::BodyTooLarge, "RequestTooLarge", 413, "The request body is too large."),
    gateway(No::TargetTooLong, "RequestTooLarge", 414, "The request target is too long."),
];

impl No {
    /// The row of this refusal.
    pub const fn row(self) -> &'static Row {
        // The table has a row for every variant, in order; a test holds both to it.
        &ROWS[self as usize]
    }

    /// The word for it in logs and metrics: the code, without the name of a parameter.
    pub fn word(self) -> &'static str {
        self.row().code.trim_end_matches("{}")
    }

    /// The same refusal in the words of `DeleteContactTemplate` (section 7.7).
    pub const fn when_deleting(self) -> Self {
        match self {
            Self::ParameterIllegal => Self::DeleteParameterIllegal,
            Self::NetworkIo => Self::DeleteNetworkIo,
            Self::NoSuchTemplate => Self::DeleteNoSuchTemplate,
            other => other,
        }
    }
}

/// A refusal to write: a row, the parameter that it names, and for a signature the text that the server computed.
#[derive(Clone, PartialEq, Eq)]
pub struct Refusal {
    no: No,
    name: Cow<'static, str>,
    message: Option<Box<str>>,
}

impl Refusal {
    /// The row alone.
    pub const fn of(no: No) -> Self {
        Self { no, name: Cow::Borrowed(""), message: None }
    }

    /// `Missing<Name>`.
    pub fn missing(name: impl Into<Cow<'static, str>>) -> Self {
        Self { name: name.into(), ..Self::of(No::Missing) }
    }

    /// `InvalidParameter`, naming the parameter and never its value.
    pub fn invalid(name: impl Into<Cow<'static, str>>) -> Self {
        Self { name: name.into(), ..Self::of(No::InvalidParameter) }
    }

    /// The row with what the server computed behind its text. It may hold people's data: it is for the caller and not for a log.
    pub(super) fn with_evidence(no: No, evidence: &str) -> Self {
        Self { message: Some([no.row().english, evidence].concat().into_boxed_str()), ..Self::of(no) }
    }

    /// The row with a message of its own.
    pub(super) fn with_message(no: No, message: String) -> Self {
        Self { message: Some(message.into_boxed_str()), ..Self::of(no) }
    }

    /// Which refusal.
    pub const fn no(&self) -> No {
        self.no
    }

    /// HTTP status.
    pub const fn status(&self) -> u16 {
        self.no.row().status
    }

    /// `Code`.
    pub fn code(&self) -> Cow<'static, str> {
        match self.no.row().code {
            code if code.contains("{}") => Cow::Owned(code.replace("{}", &self.name)),
            code => Cow::Borrowed(code),
        }
    }

    /// `Message` in English.
    pub fn english(&self) -> Cow<'_, str> {
        match (&self.message, self.no.row().english) {
            (Some(message), _) => Cow::Borrowed(message),
            (None, text) if text.contains("{}") => Cow::Owned(text.replace("{}", &self.name)),
            (None, text) => Cow::Borrowed(text),
        }
    }

    /// `Message` in Chinese where there is one, in English otherwise.
    pub fn chinese(&self) -> Cow<'_, str> {
        self.no.row().chinese.map_or_else(|| self.english(), Cow::Borrowed)
    }
}

impl From<No> for Refusal {
    fn from(no: No) -> Self {
        Self::of(no)
    }
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.status(), self.code())
    }
}

impl fmt::Debug for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Refusal({self})")
    }
}

impl std::error::Error for Refusal {}

#[cfg(test)]
mod tests {
    use super::*;

    /// The nine errors of the document, copied by hand, so that a slip in `ROWS` shows.
    const PAGE: &str = "\
ParameterIllegal Parameter illegal.
NetworkIOError Network IO Error.
FileDataError File data error.
FileFormatNotSupported The file format is not supported.
FileSizeLessThanMinLimit The file size is smaller than the minimum limit.
FileSizeGreaterThanMaxLimit The file size exceeds the maximum limit.
ContactTemplateNotExist Contacts template does not exist.
ContactTemplateAudited The current information template has a status of real-name authentication complete or under review, so you cannot submit real-name authentication materials.
ContactTemplateUpdateFailed Failed to save template information.";

    /// The meanings that the document gives them, in the same order (section 6.4).
    const MEANINGS: &str = "\
参数错误
网络IO异常
上传的文件数据错误
上传的文件格式不支持
上传的文件大小小于最小值限制
上传的文件大小大于最大值限制
联系人模板不存在
当前信息模板状态为已实名认证或审核中,不允许提交实名认证资料
模板资料保存失败";

    /// The gateway's codes with another status than 400 (section 8).
    const OTHER_STATUS: &[(&str, u16)] = &[
        ("InvalidAction.NotFound", 404),
        ("InvalidAccessKeyId.NotFound", 404),
        ("Forbidden.RAM", 403),
        ("Forbidden.RiskControl", 403),
        ("InvalidProtocol.NeedSsl", 404),
        ("InvalidProduct.NotFound", 404),
        ("InternalError", 500),
        ("ServiceUnavailable", 503),
    ];

    #[test]
    fn the_nine_errors_are_the_documents_in_its_order() {
        let lines = PAGE.lines().collect::<Vec<_>>();
        assert_eq!(lines.len(), 9);
        assert_eq!(MEANINGS.lines().count(), 9);
        for ((line, meaning), row) in lines.iter().zip(MEANINGS.lines()).zip(ROWS) {
            assert_eq!(*line, format!("{} {}", row.code, row.english));
            assert_eq!(row.chinese, Some(meaning));
            assert_eq!(row.status, 400, "anything from 500 up is sent again by the old Java SDK, picture included");
        }
    }

    #[test]
    fn every_refusal_finds_its_own_row_and_status() {
        for (index, row) in ROWS.iter().enumerate() {
            assert_eq!(row.no as usize, index);
            assert_eq!(row.no.row(), row);
            let refusal = Refusal::of(row.no);
            assert!(!refusal.english().is_empty() && !refusal.chinese().is_empty());
            if row.code != "RequestTooLarge" {
                let other = OTHER_STATUS.iter().find(|(code, _)| *code == row.code);
                assert_eq!(row.status, other.map_or(400, |(_, status)| *status), "{}", row.code);
            }
        }
        assert_eq!(No::TargetTooLong as usize + 1, ROWS.len());
    }

    #[test]
    fn a_parameter_is_named_and_a_string_to_sign_is_never_shown_in_debug() {
        let missing = Refusal::missing("Timestamp");
        assert_eq!(
            (&*missing.code(), &*missing.english()),
            ("MissingTimestamp", "Timestamp is mandatory for this action.")
        );
        assert_eq!(Refusal::invalid("Lang").english(), "The specified value of parameter \"Lang\" is not valid.");
        let mismatch = Refusal::with_evidence(No::SignatureDoesNotMatch, "POST&hidden");
        assert!(mismatch.english().ends_with("string to sign is:POST&hidden"));
        assert_eq!(mismatch.english().matches(':').count(), 1, "the Python SDK splits at the first colon");
        assert_eq!(format!("{mismatch:?}"), "Refusal(400 SignatureDoesNotMatch)");
    }

    #[test]
    fn deleting_has_its_own_words() {
        assert_eq!(Refusal::of(No::NoSuchTemplate.when_deleting()).english(), "ContactTemplateNotExist");
        assert_eq!(Refusal::of(No::ParameterIllegal.when_deleting()).english(), "Parameter illegal");
        assert_eq!(No::FileData.when_deleting(), No::FileData);
    }

    #[test]
    fn a_metrics_word_names_no_parameter() {
        assert_eq!((No::Missing.word(), No::NonceUsed.word()), ("Missing", "SignatureNonceUsed"));
        assert!(ROWS.iter().all(|row| !row.no.word().contains('{')));
    }
}

//! Every refusal that v3 can print. Docs: Alipay v3 specification, sections 2.5 to 2.7; business codes in sections 3.3 and 4.2.
//!
//! The codes are the vendor's enumeration `CommonErrorType`, spelling included (`sevice-…`, `unknow-error`, and one code with a comma
//! and a blank). Statuses are those of section 2.6. Texts were seen for few codes; the others are ours.

pub use crate::alipay_gateway::codes::Business;
use crate::alipay_gateway::jobworth::WrongField;

/// What is refused; each has one [`Row`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[expect(missing_docs, reason = "the row is the documentation: status, code and text, side by side")]
pub enum No {
    MissingTimestamp,
    InvalidTimestamp,
    IllegalTimestamp,
    MissingAppId,
    InvalidAppId,
    InvalidAppState,
    MissingSignature,
    MissingSignatureType,
    MissingDefaultSignatureType,
    InvalidSignatureType,
    InvalidSignatureTypeSaidInterface,
    MissingSignatureKey,
    MissingSignatureConfig,
    InvalidSignature,
    UnsupportedExpiredAppKeySign,
    AppCertExpired,
    AppCertNotExist,
    AlipayCertNotExist,
    MissingAppCertSn,
    MissingAlipayCertSn,
    MissingAlipayRootCertSn,
    InvalidAlipayRootCertSn,
    MissingMethod,
    InvalidMethod,
    MissingPlatform,
    InvalidPlatform,
    ForbiddenApi,
    InvalidAppMethod,
    InvalidFormat,
    IllegalJson,
    InvalidRequestData,
    InvalidResponseData,
    InvalidParameter,
    InvalidEncoding,
    InvalidCharset,
    MissingVersion,
    InvalidVersion,
    UnsupportedVersion,
    InvalidDigestType,
    InvalidDigest,
    MissingEncryptType,
    MissingEncryptKey,
    InvalidEncryptType,
    InvalidEncrypt,
    DecryptionError,
    DecryptionErrorMissingEncryptType,
    DecryptionErrorNotValidEncryptType,
    DecryptionErrorNotValidEncryptKey,
    Undecryptable,
    SuspectedAttack,
    IllegalCardNo,
    InvalidPartnerid,
    MissingAppUid,
    MissingSession,
    MissingAppAccessToken,
    OpenidError,
    UnknownSubCode,
    UnsupportOperation,
    UploadFail,
    InvalidFileExtension,
    InvalidFileSize,
    FileCheckFail,
    MethodForbiddenBatchInvoke,
    ExistBlankSubRequestId,
    ExistRepeatedSubRequestId,
    AppUnbindPartner,
    AppInvalidOid,
    InvalidProduct,
    InvalidSubscribeRelations,
    SeviceNotBeenSubscribedTo,
    InvalidAppApiFieldConfig,
    ExceedApiBalance,
    InvalidAuthToken,
    AuthTokenTimeOut,
    InvalidAppAuthToken,
    InvalidAppAuthTokenNoApi,
    AppAuthTokenTimeOut,
    NoProductRegByPartner,
    AccessDataTimeOut,
    NotSupportAppAuth,
    InvalidAuthRelations,
    InvalidAppAuthRelations,
    InsufficientIsvPermissions,
    InsufficientUserPermissions,
    SelfInvokeForbidden,
    AppAuthInvokeLimit,
    AppApiPunished,
    IllegalClientIp,
    InnerAppNoAccess,
    InvalidInnerInvokeScene,
    AppCallLimited,
    MethodCallLimited,
    UnknowError,
    InvalidHttpMethod,
    InvalidContentType,
    TooSlow,
    TooLarge,
    Unavailable,
}

/// One refusal as it is printed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Row {
    /// Which refusal.
    pub no: No,
    /// HTTP status.
    pub status: u16,
    /// `code`.
    pub code: &'static str,
    /// `message`.
    pub message: &'static str,
}

const fn row(no: No, status: u16, code: &'static str, message: &'static str) -> Row {
    Row { no, status, code, message }
}

/// How many rows are the vendor's enumeration; the others follow.
pub const COMMON: usize = 93;

/// The rows.
#[rustfmt::skip]
pub const ROWS: &[Row] = &[
    row(No::MissingTimestamp, 400, "missing-timestamp", "缺少时间戳参数"),
    row(No::InvalidTimestamp, 400, "invalid-timestamp", "非法的时间戳参数"),
    row(No::IllegalTimestamp, 400, "illegal-timestamp", "非法的时间戳参数"),
    row(No::MissingAppId, 400, "missing-app-id", "缺少appId参数"),
    row(No::InvalidAppId, 400, "invalid-app-id", "无效的AppID参数"),
    row(No::InvalidAppState, 400, "invalid-app-state", "应用状态无效"),
    row(No::MissingSignature, 400, "missing-signature", "缺少签名参数"),
    row(No::MissingSignatureType, 400, "missing-signature-type", "缺少签名类型参数"),
    row(No::MissingDefaultSignatureType, 400, "missing-default-signature-type", "缺少默认签名类型"),
    row(No::InvalidSignatureType, 400, "invalid-signature-type", "无效的签名类型"),
    row(No::InvalidSignatureTypeSaidInterface, 400, "invalid-signature-type-said-interface", "接口不支持该签名类型"),
    row(No::MissingSignatureKey, 400, "missing-signature-key", "缺少签名配置"),
    row(No::MissingSignatureConfig, 400, "missing-signature-config", "验签出错, 未配置对应签名算法的公钥或者证书"),
    row(No::InvalidSignature, 400, "invalid-signature", "验签出错，建议检查签名字符串或签名私钥与应用公钥是否匹配"),
    row(No::UnsupportedExpiredAppKeySign, 400, "unsupported-expired-app-key-sign", "应用密钥已过期"),
    row(No::AppCertExpired, 400, "app-key-security-risk, app-cert-expired", "应用公钥证书已经不在有效期内"),
    row(No::AppCertNotExist, 400, "app-cert-not-exist", "应用公钥证书不存在"),
    row(No::AlipayCertNotExist, 400, "alipay-cert-not-exist", "支付宝公钥证书不存在"),
    row(No::MissingAppCertSn, 400, "missing-app-cert-sn", "缺少应用公钥证书序列号"),
    row(No::MissingAlipayCertSn, 400, "missing-alipay-cert-sn", "缺少支付宝公钥证书序列号"),
    row(No::MissingAlipayRootCertSn, 400, "missing-alipay-root-cert-sn", "缺少支付宝根证书序列号"),
    row(No::InvalidAlipayRootCertSn, 400, "invalid-alipay-root-cert-sn", "无效的支付宝根证书序列号"),
    row(No::MissingMethod, 400, "missing-method", "缺少方法名参数"),
    row(No::InvalidMethod, 400, "invalid-method", "不存在的方法名"),
    row(No::MissingPlatform, 400, "missing-platform", "缺少平台参数"),
    row(No::InvalidPlatform, 400, "invalid-platform", "无效的平台参数"),
    row(No::ForbiddenApi, 400, "forbidden-api", "接口被禁用"),
    row(No::InvalidAppMethod, 400, "invalid-app-method", "应用不支持该方法"),
    row(No::InvalidFormat, 400, "invalid-format", "无效的数据格式"),
    row(No::IllegalJson, 400, "illegal-json", "JSON格式错误"),
    row(No::InvalidRequestData, 400, "invalid-request-data", "无效的请求数据"),
    row(No::InvalidResponseData, 400, "invalid-response-data", "无效的响应数据"),
    row(No::InvalidParameter, 400, "invalid-parameter", "参数无效"),
    row(No::InvalidEncoding, 400, "invalid-encoding", "编码错误"),
    row(No::InvalidCharset, 400, "invalid-charset", "字符集错误"),
    row(No::MissingVersion, 400, "missing-version", "缺少版本参数"),
    row(No::InvalidVersion, 400, "invalid-version", "无效的版本参数"),
    row(No::UnsupportedVersion, 400, "unsupported-version", "不支持的版本"),
    row(No::InvalidDigestType, 400, "invalid-digest-type", "无效的摘要类型"),
    row(No::InvalidDigest, 400, "invalid-digest", "摘要错误"),
    row(No::MissingEncryptType, 400, "missing-encrypt-type", "未指定加密算法"),
    row(No::MissingEncryptKey, 400, "missing-encrypt-key", "未配置加密密钥"),
    row(No::InvalidEncryptType, 400, "invalid-encrypt-type", "无效的加密类型"),
    row(No::InvalidEncrypt, 400, "invalid-encrypt", "解密异常"),
    row(No::DecryptionError, 400, "decryption-error", "解密出错"),
    row(No::DecryptionErrorMissingEncryptType, 400, "decryption-error-missing-encrypt-type", "解密出错, 未指定加密算法"),
    row(No::DecryptionErrorNotValidEncryptType, 400, "decryption-error-not-valid-encrypt-type", "解密出错，不支持的加密算法"),
    row(No::DecryptionErrorNotValidEncryptKey, 400, "decryption-error-not-valid-encrypt-key", "解密出错, 未配置加密密钥或加密密钥格式错误"),
    row(No::Undecryptable, 400, "decryption-error-unknown", "解密出错, 未知错误"),
    row(No::SuspectedAttack, 400, "suspected-attack", "可疑的攻击请求"),
    row(No::IllegalCardNo, 400, "illegal-card-no", "非法的卡号"),
    row(No::InvalidPartnerid, 400, "invalid-partnerid", "无效的合作伙伴ID"),
    row(No::MissingAppUid, 400, "missing-app-uid", "缺少应用用户ID"),
    row(No::MissingSession, 400, "missing-session", "缺少会话"),
    row(No::MissingAppAccessToken, 400, "missing-app-access-token", "缺少应用访问令牌"),
    row(No::OpenidError, 400, "openid-error", "openId错误"),
    row(No::UnknownSubCode, 400, "unknown-sub-code", "未知的子错误码"),
    row(No::UnsupportOperation, 400, "unsupport-operation", "不支持的操作"),
    row(No::UploadFail, 400, "upload-fail", "文件上传失败"),
    row(No::InvalidFileExtension, 400, "invalid-file-extension", "文件扩展名无效"),
    row(No::InvalidFileSize, 400, "invalid-file-size", "文件大小无效"),
    row(No::FileCheckFail, 400, "file-check-fail", "文件校验失败"),
    row(No::MethodForbiddenBatchInvoke, 400, "method-forbidden-batch-invoke", "该方法不支持批量调用"),
    row(No::ExistBlankSubRequestId, 400, "exist-blank-sub-request-id", "存在空的子请求ID"),
    row(No::ExistRepeatedSubRequestId, 400, "exist-repeated-sub-request-id", "存在重复的子请求ID"),
    row(No::AppUnbindPartner, 400, "app-unbind-partner", "应用未绑定合作伙伴"),
    row(No::AppInvalidOid, 400, "app-invalid-oid", "应用的oid无效"),
    row(No::InvalidProduct, 400, "invalid-product", "无效的产品"),
    row(No::InvalidSubscribeRelations, 400, "invalid-subscribe-relations", "无效的订购关系"),
    row(No::SeviceNotBeenSubscribedTo, 400, "sevice-not-been-subscribed-to", "服务未订购"),
    row(No::InvalidAppApiFieldConfig, 400, "invalid-app-api-field-config", "应用接口字段配置无效"),
    row(No::ExceedApiBalance, 400, "exceed-api-balance", "接口余额不足"),
    row(No::InvalidAuthToken, 401, "invalid-auth-token", "无效的访问令牌"),
    row(No::AuthTokenTimeOut, 401, "auth-token-time-out", "访问令牌已过期"),
    row(No::InvalidAppAuthToken, 401, "invalid-app-auth-token", "无效的应用授权令牌"),
    row(No::InvalidAppAuthTokenNoApi, 401, "invalid-app-auth-token-no-api", "商户未授权当前接口"),
    row(No::AppAuthTokenTimeOut, 401, "app-auth-token-time-out", "应用授权令牌已过期"),
    row(No::NoProductRegByPartner, 401, "no-product-reg-by-partner", "商户未签约任何产品"),
    row(No::AccessDataTimeOut, 401, "access-data-time-out", "数据访问授权已过期"),
    row(No::NotSupportAppAuth, 401, "not-support-app-auth", "本接口不支持第三方代理调用"),
    row(No::InvalidAuthRelations, 401, "invalid-auth-relations", "无效的授权关系"),
    row(No::InvalidAppAuthRelations, 401, "invalid-app-auth-relations", "无效的应用授权关系"),
    row(No::InsufficientIsvPermissions, 401, "insufficient-isv-permissions", "ISV权限不足，建议在开发者中心检查对应功能是否已经添加"),
    row(No::InsufficientUserPermissions, 401, "insufficient-user-permissions", "用户权限不足"),
    row(No::SelfInvokeForbidden, 401, "self-invoke-forbidden", "不允许自调用"),
    row(No::AppAuthInvokeLimit, 401, "app-auth-invoke-limit", "应用授权调用受限"),
    row(No::AppApiPunished, 401, "app-api-punished", "应用接口被处罚"),
    row(No::IllegalClientIp, 401, "illegal-client-ip", "非法的客户端IP"),
    row(No::InnerAppNoAccess, 401, "inner-app-no-access", "内部应用无权访问"),
    row(No::InvalidInnerInvokeScene, 401, "invalid-inner-invoke-scene", "无效的内部调用场景"),
    row(No::AppCallLimited, 429, "app-call-limited", "应用调用次数超限，包含调用频率超限"),
    row(No::MethodCallLimited, 429, "method-call-limited", "API调用次数超限，包含调用频率超限"),
    row(No::UnknowError, 500, "unknow-error", "系统繁忙，请稍后再试"),
    // Named in the documentation, not in the enumeration.
    row(No::InvalidHttpMethod, 400, "invalid-http-method", "不支持的HTTP方法"),
    row(No::InvalidContentType, 400, "invalid-content-type", "无效的content-type"),
    // Ours, for what happens in front of the protocol: every error is JSON.
    row(No::TooSlow, 408, "invalid-request-data", "请求未能及时到达"),
    row(No::TooLarge, 413, "invalid-request-data", "请求过大"),
    row(No::Unavailable, 503, "unknow-error", "系统繁忙，请稍后再试"),
];

impl No {
    /// The row of this refusal.
    pub const fn row(self) -> &'static Row {
        // The table has a row for every variant, in order; a test holds both to it.
        &ROWS[self as usize]
    }
}

/// A refusal to write. Its text names parameters and rules, never values.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refusal {
    what: What,
    message: Option<Box<str>>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum What {
    Gateway(No),
    Business(Business),
}

impl Refusal {
    /// A row with a text of its own.
    pub fn with_text(what: impl Into<Self>, message: impl Into<String>) -> Self {
        Self { message: Some(message.into().into_boxed_str()), ..what.into() }
    }

    /// Which refusal of the gateway, if it is one.
    pub const fn no(&self) -> Option<No> {
        match self.what {
            What::Gateway(no) => Some(no),
            What::Business(_) => None,
        }
    }

    /// Which business refusal, if it is one.
    pub const fn business(&self) -> Option<Business> {
        match self.what {
            What::Gateway(_) => None,
            What::Business(business) => Some(business),
        }
    }

    /// HTTP status: 400 for business refusals, 500 for `SYSTEM_ERROR`.
    pub const fn status(&self) -> u16 {
        match self.what {
            What::Gateway(no) => no.row().status,
            What::Business(Business::System) => 500,
            What::Business(_) => 400,
        }
    }

    /// `code`.
    pub const fn code(&self) -> &'static str {
        match self.what {
            What::Gateway(no) => no.row().code,
            What::Business(business) => business.row().sub_code,
        }
    }

    /// `message`.
    pub fn message(&self) -> &str {
        let row = match self.what {
            What::Gateway(no) => no.row().message,
            What::Business(business) => business.row().sub_msg,
        };
        self.message.as_deref().unwrap_or(row)
    }
}

impl From<No> for Refusal {
    fn from(no: No) -> Self {
        Self { what: What::Gateway(no), message: None }
    }
}

impl From<Business> for Refusal {
    fn from(business: Business) -> Self {
        Self { what: What::Business(business), message: None }
    }
}

impl From<WrongField> for Refusal {
    fn from(wrong: WrongField) -> Self {
        let text = Business::InvalidParameter.row().sub_msg;
        Self::with_text(Business::InvalidParameter, format!("{text}，{}：{}", wrong.name, wrong.rule))
    }
}

impl std::fmt::Display for Refusal {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} {}", self.status(), self.code())
    }
}

impl std::error::Error for Refusal {}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::alipay_gateway::codes::BUSINESS_ROWS;

    /// The enumeration once more, by status, so that a slip in `ROWS` shows.
    const PAGE: [(u16, &str); 4] = [
        (
            400,
            "missing-timestamp|invalid-timestamp|illegal-timestamp|missing-app-id|invalid-app-id|invalid-app-state|missing-signature|missing-signature-type|missing-default-signature-type|invalid-signature-type|invalid-signature-type-said-interface|missing-signature-key|missing-signature-config|invalid-signature|unsupported-expired-app-key-sign|app-key-security-risk, app-cert-expired|app-cert-not-exist|alipay-cert-not-exist|missing-app-cert-sn|missing-alipay-cert-sn|missing-alipay-root-cert-sn|invalid-alipay-root-cert-sn|missing-method|invalid-method|missing-platform|invalid-platform|forbidden-api|invalid-app-method|invalid-format|illegal-json|invalid-request-data|invalid-response-data|invalid-parameter|invalid-encoding|invalid-charset|missing-version|invalid-version|unsupported-version|invalid-digest-type|invalid-digest|missing-encrypt-type|missing-encrypt-key|invalid-encrypt-type|invalid-encrypt|decryption-error|decryption-error-missing-encrypt-type|decryption-error-not-valid-encrypt-type|decryption-error-not-valid-encrypt-key|decryption-error-unknown|suspected-attack|illegal-card-no|invalid-partnerid|missing-app-uid|missing-session|missing-app-access-token|openid-error|unknown-sub-code|unsupport-operation|upload-fail|invalid-file-extension|invalid-file-size|file-check-fail|method-forbidden-batch-invoke|exist-blank-sub-request-id|exist-repeated-sub-request-id|app-unbind-partner|app-invalid-oid|invalid-product|invalid-subscribe-relations|sevice-not-been-subscribed-to|invalid-app-api-field-config|exceed-api-balance",
        ),
        (
            401,
            "invalid-auth-token|auth-token-time-out|invalid-app-auth-token|invalid-app-auth-token-no-api|app-auth-token-time-out|no-product-reg-by-partner|access-data-time-out|not-support-app-auth|invalid-auth-relations|invalid-app-auth-relations|insufficient-isv-permissions|insufficient-user-permissions|self-invoke-forbidden|app-auth-invoke-limit|app-api-punished|illegal-client-ip|inner-app-no-access|invalid-inner-invoke-scene",
        ),
        (429, "app-call-limited|method-call-limited"),
        (500, "unknow-error"),
    ];

    #[test]
    fn the_rows_are_the_vendors_enumeration() {
        let page: Vec<_> =
            PAGE.iter().flat_map(|(status, codes)| codes.split('|').map(|code| (*status, code))).collect();
        let rows: Vec<_> = ROWS.iter().take(COMMON).map(|row| (row.status, row.code)).collect();
        assert_eq!(rows, page);
        assert_eq!(rows.len(), COMMON);
    }

    #[test]
    fn every_refusal_finds_its_own_row_and_is_an_error_to_every_sdk() {
        for (index, row) in ROWS.iter().enumerate() {
            assert_eq!((row.no as usize, row.no.row()), (index, row));
            let refusal = Refusal::from(row.no);
            assert_eq!((refusal.status(), refusal.code(), refusal.message()), (row.status, row.code, row.message));
            assert!(row.status >= 400 && !row.message.is_empty(), "what counts as an error is 400 and above");
        }
        for row in BUSINESS_ROWS {
            let status = Refusal::from(row.business).status();
            assert_eq!(status, if row.sub_code == "SYSTEM_ERROR" { 500 } else { 400 });
        }
    }
}

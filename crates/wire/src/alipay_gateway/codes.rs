//! Every refusal the gateway can print. Docs: Alipay gateway specification, sections 3.1 to 3.3; what the operations refuse for
//! themselves has a file of its own, and so has what is echoed.
//!
//! Spelling is the vendor's: `isp.unknow-error` stays as it is. All refusals have HTTP status 200.

mod business;
mod echo;

pub(super) use echo::html_escaped;
pub use {
    business::{BUSINESS_ROWS, Business, BusinessRow},
    echo::{Content, Echo},
};

/// What is refused; each has one [`Row`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[expect(missing_docs, reason = "the row is the documentation: code, sub_code, text and use, side by side")]
pub enum No {
    BackEndDown,
    Internal,
    UnsupportedOperation,
    InvalidAuthToken,
    AuthTokenTimeOut,
    InvalidAppAuthToken,
    AppAuthTokenNoApi,
    AppAuthTokenTimeOut,
    NoProduct,
    MissingMethod,
    MissingSignature,
    MissingSignatureType,
    MissingSignatureKey,
    MissingAppId,
    MissingTimestamp,
    MissingVersion,
    MissingEncryptType,
    InvalidParameter,
    UploadFail,
    InvalidFileExtension,
    InvalidFileSize,
    InvalidMethod,
    InvalidFormat,
    InvalidSignatureType,
    InvalidSignature,
    InvalidToken,
    InvalidEncryptType,
    InvalidEncrypt,
    InvalidAppId,
    InvalidTimestamp,
    InvalidCharset,
    InvalidDigest,
    NoAppAuth,
    SuspectedAttack,
    InvalidContentType,
    MissingSignatureConfig,
    NoEncryptKey,
    EncryptTypeUnsupported,
    Undecryptable,
    AppCertExpired,
    ForbiddenApi,
    InvalidAuthRelations,
    AppCallLimited,
    MethodCallLimited,
    InsufficientIsvPermissions,
    InsufficientUserPermissions,
}

/// What this project does with a row.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Use {
    /// It is answered.
    Yes,
    /// It is answered where the feature behind it is configured.
    Optional,
    /// It stands here so that the table is whole.
    Listed,
}

/// One refusal of the gateway itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Row {
    /// Which refusal.
    pub no: No,
    /// `code`.
    pub code: u16,
    /// `sub_code`.
    pub sub_code: &'static str,
    /// `sub_msg`.
    pub sub_msg: &'static str,
    /// What is done with it.
    pub uses: Use,
}

use Use::{Listed, Optional, Yes};

const fn row(no: No, code: u16, sub_code: &'static str, sub_msg: &'static str, uses: Use) -> Row {
    Row { no, code, sub_code, sub_msg, uses }
}

/// The rows, in the order of the specification's section 3.2. The main codes of `app-cert-expired`, `isv.forbidden-api` and
/// `invalid-auth-relations` are not confirmed anywhere; ours are guesses.
#[rustfmt::skip]
pub const ROWS: &[Row] = &[
    row(No::BackEndDown, 20000, "isp.unknow-error", "系统繁忙", Yes),
    row(No::Internal, 20000, "aop.unknow-error", "服务暂不可用（网关自身的未知错误）", Yes),
    row(No::UnsupportedOperation, 20000, "aop.unsupport-operation", "不支持的操作", Listed),
    row(No::InvalidAuthToken, 20001, "aop.invalid-auth-token", "无效的访问令牌", Optional),
    row(No::AuthTokenTimeOut, 20001, "aop.auth-token-time-out", "访问令牌已过期", Optional),
    row(No::InvalidAppAuthToken, 20001, "aop.invalid-app-auth-token", "无效的应用授权令牌", Yes),
    row(No::AppAuthTokenNoApi, 20001, "aop.invalid-app-auth-token-no-api", "商户未授权当前接口", Optional),
    row(No::AppAuthTokenTimeOut, 20001, "aop.app-auth-token-time-out", "应用授权令牌已过期", Optional),
    row(No::NoProduct, 20001, "aop.no-product-reg-by-partner", "商户未签约任何产品", Listed),
    row(No::MissingMethod, 40001, "isv.missing-method", "缺少方法名参数", Yes),
    row(No::MissingSignature, 40001, "isv.missing-signature", "缺少签名参数", Yes),
    row(No::MissingSignatureType, 40001, "isv.missing-signature-type", "缺少签名类型参数", Yes),
    row(No::MissingSignatureKey, 40001, "isv.missing-signature-key", "缺少签名配置", Optional),
    row(No::MissingAppId, 40001, "isv.missing-app-id", "缺少appId参数", Yes),
    row(No::MissingTimestamp, 40001, "isv.missing-timestamp", "缺少时间戳参数", Yes),
    row(No::MissingVersion, 40001, "isv.missing-version", "缺少版本参数", Yes),
    row(No::MissingEncryptType, 40001, "isv.decryption-error-missing-encrypt-type", "解密出错, 未指定加密算法", Optional),
    row(No::InvalidParameter, 40002, "isv.invalid-parameter", "参数无效", Yes),
    row(No::UploadFail, 40002, "isv.upload-fail", "文件上传失败", Listed),
    row(No::InvalidFileExtension, 40002, "isv.invalid-file-extension", "文件扩展名无效", Listed),
    row(No::InvalidFileSize, 40002, "isv.invalid-file-size", "文件大小无效", Listed),
    row(No::InvalidMethod, 40002, "isv.invalid-method", "不存在的方法名", Yes),
    row(No::InvalidFormat, 40002, "isv.invalid-format", "无效的数据格式", Yes),
    row(No::InvalidSignatureType, 40002, "isv.invalid-signature-type", "无效的签名类型", Yes),
    row(No::InvalidSignature, 40002, "isv.invalid-signature", "验签出错，建议检查签名字符串或签名私钥与应用公钥是否匹配，网关生成的验签字符串为：", Yes),
    row(No::InvalidToken, 40002, "isv.invalid-token", "无效令牌", Listed),
    row(No::InvalidEncryptType, 40002, "isv.invalid-encrypt-type", "无效的加密类型", Yes),
    row(No::InvalidEncrypt, 40002, "isv.invalid-encrypt", "解密异常", Listed),
    row(No::InvalidAppId, 40002, "isv.invalid-app-id", "无效的AppID参数", Yes),
    row(No::InvalidTimestamp, 40002, "isv.invalid-timestamp", "非法的时间戳参数", Yes),
    row(No::InvalidCharset, 40002, "isv.invalid-charset", "字符集错误", Yes),
    row(No::InvalidDigest, 40002, "isv.invalid-digest", "摘要错误", Listed),
    row(No::NoAppAuth, 40002, "isv.not-support-app-auth", "本接口不支持第三方代理调用", Optional),
    row(No::SuspectedAttack, 40002, "isv.suspected-attack", "可疑的攻击请求", Listed),
    row(No::InvalidContentType, 40002, "isv.invalid-content-type", "无效的content-type", Optional),
    row(No::MissingSignatureConfig, 40003, "isv.missing-signature-config", "应用未配置对应签名算法的公钥或者证书", Yes),
    row(No::NoEncryptKey, 40003, "isv.decryption-error-not-valid-encrypt-key", "解密出错, 未配置加密密钥或加密密钥格式错误", Yes),
    row(No::EncryptTypeUnsupported, 40003, "isv.decryption-error-not-valid-encrypt-type", "解密出错，不支持的加密算法", Listed),
    row(No::Undecryptable, 40003, "isv.decryption-error-unknown", "解密出错, 未知错误", Yes),
    row(No::AppCertExpired, 40003, "app-cert-expired", "应用公钥证书已经不在有效期内", Optional),
    row(No::ForbiddenApi, 40006, "isv.forbidden-api", "接口被禁用", Listed),
    row(No::InvalidAuthRelations, 40006, "invalid-auth-relations", "无效的授权关系", Listed),
    row(No::AppCallLimited, 40005, "isv.app-call-limited", "应用调用次数超限，包含调用频率超限", Optional),
    row(No::MethodCallLimited, 40005, "isv.method-call-limited", "API调用次数超限，包含调用频率超限", Optional),
    row(No::InsufficientIsvPermissions, 40006, "isv.insufficient-isv-permissions", "ISV权限不足", Yes),
    row(No::InsufficientUserPermissions, 40006, "isv.insufficient-user-permissions", "用户权限不足", Optional),
];

impl No {
    /// The row of this refusal.
    pub const fn row(self) -> &'static Row {
        // The table has a row for every variant, in order; a test holds both to it.
        &ROWS[self as usize]
    }
}

/// The `msg` of a `code` (section 3.1).
pub const fn msg(code: u16) -> &'static str {
    match code {
        10000 => "Success",
        10003 => "Order Created",
        20000 => "Service Currently Unavailable",
        20001 => "Insufficient Token Permissions",
        40001 => "Missing Required Arguments",
        40002 => "Invalid Arguments",
        40003 => "Insufficient Conditions",
        40004 => "Business Failed",
        40005 => "Call Limited",
        _ => "Insufficient Permissions",
    }
}

/// A refusal to write. Its text names fields and rules, never values.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refusal {
    what: What,
    sub_msg: Option<Box<str>>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum What {
    Gateway(No),
    Business(Business),
}

impl Refusal {
    /// A row with a text of its own.
    pub fn with_text(what: impl Into<Self>, sub_msg: impl Into<String>) -> Self {
        Self { sub_msg: Some(sub_msg.into().into_boxed_str()), ..what.into() }
    }

    /// 40004 `INVALID_PARAMETER` that names a field and what is wrong with it, never its value.
    pub fn field(field: &str, rule: &str) -> Self {
        Self::with_text(
            Business::InvalidParameter,
            format!("{}，{field}：{rule}", Business::InvalidParameter.row().sub_msg),
        )
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

    /// `code`.
    pub const fn code(&self) -> u16 {
        match self.what {
            What::Gateway(no) => no.row().code,
            What::Business(_) => 40004,
        }
    }

    /// `msg`.
    pub const fn msg(&self) -> &'static str {
        msg(self.code())
    }

    /// `sub_code`.
    pub const fn sub_code(&self) -> &'static str {
        match self.what {
            What::Gateway(no) => no.row().sub_code,
            What::Business(business) => business.row().sub_code,
        }
    }

    /// `sub_msg`.
    pub fn sub_msg(&self) -> &str {
        let row = match self.what {
            What::Gateway(no) => no.row().sub_msg,
            What::Business(business) => business.row().sub_msg,
        };
        self.sub_msg.as_deref().unwrap_or(row)
    }

    /// Whether the real gateway leaves it unsigned whatever it knows (section 2.5).
    pub const fn is_never_signed(&self) -> bool {
        matches!(
            self.what,
            What::Gateway(No::InvalidAppId | No::MissingAppId | No::MissingSignatureConfig | No::MissingMethod)
        )
    }
}

impl From<No> for Refusal {
    fn from(no: No) -> Self {
        Self { what: What::Gateway(no), sub_msg: None }
    }
}

impl From<Business> for Refusal {
    fn from(business: Business) -> Self {
        Self { what: What::Business(business), sub_msg: None }
    }
}

impl std::fmt::Display for Refusal {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} {}", self.code(), self.sub_code())
    }
}

impl std::error::Error for Refusal {}

#[cfg(test)]
mod tests {
    use super::*;

    /// The table of section 3.2 once more in its own columns, so that a slip in `ROWS` shows.
    const PAGE: &str = "\
20000 isp.unknow-error yes
20000 aop.unknow-error yes
20000 aop.unsupport-operation -
20001 aop.invalid-auth-token optional
20001 aop.auth-token-time-out optional
20001 aop.invalid-app-auth-token yes
20001 aop.invalid-app-auth-token-no-api optional
20001 aop.app-auth-token-time-out optional
20001 aop.no-product-reg-by-partner -
40001 isv.missing-method yes
40001 isv.missing-signature yes
40001 isv.missing-signature-type yes
40001 isv.missing-signature-key optional
40001 isv.missing-app-id yes
40001 isv.missing-timestamp yes
40001 isv.missing-version yes
40001 isv.decryption-error-missing-encrypt-type optional
40002 isv.invalid-parameter yes
40002 isv.upload-fail -
40002 isv.invalid-file-extension -
40002 isv.invalid-file-size -
40002 isv.invalid-method yes
40002 isv.invalid-format yes
40002 isv.invalid-signature-type yes
40002 isv.invalid-signature yes
40002 isv.invalid-token -
40002 isv.invalid-encrypt-type yes
40002 isv.invalid-encrypt -
40002 isv.invalid-app-id yes
40002 isv.invalid-timestamp yes
40002 isv.invalid-charset yes
40002 isv.invalid-digest -
40002 isv.not-support-app-auth optional
40002 isv.suspected-attack -
40002 isv.invalid-content-type optional
40003 isv.missing-signature-config yes
40003 isv.decryption-error-not-valid-encrypt-key yes
40003 isv.decryption-error-not-valid-encrypt-type -
40003 isv.decryption-error-unknown yes
40003 app-cert-expired optional
40006 isv.forbidden-api -
40006 invalid-auth-relations -
40005 isv.app-call-limited optional
40005 isv.method-call-limited optional
40006 isv.insufficient-isv-permissions yes
40006 isv.insufficient-user-permissions optional";

    #[test]
    fn the_rows_are_the_specifications_rows_in_its_order() {
        for (line, row) in PAGE.lines().zip(ROWS) {
            let uses = match row.uses {
                Yes => "yes",
                Optional => "optional",
                Listed => "-",
            };
            assert_eq!(*line, format!("{} {} {uses}", row.code, row.sub_code));
        }
        assert_eq!(PAGE.lines().count(), ROWS.len());
    }

    #[test]
    fn every_refusal_finds_its_own_row() {
        for (index, row) in ROWS.iter().enumerate() {
            assert_eq!((row.no as usize, row.no.row()), (index, row));
            let refusal = Refusal::from(row.no);
            assert_eq!((refusal.code(), refusal.sub_code(), refusal.sub_msg()), (row.code, row.sub_code, row.sub_msg));
            assert!(!row.sub_msg.contains(['{', '}', '"']), "the SDKs cut the node out of the raw text");
        }
        for (index, row) in BUSINESS_ROWS.iter().enumerate() {
            assert_eq!((row.business as usize, row.business.row()), (index, row));
            assert_eq!(
                (Refusal::from(row.business).code(), Refusal::from(row.business).msg()),
                (40004, "Business Failed")
            );
        }
    }

    #[test]
    fn the_texts_seen_alive_are_kept() {
        for (code, text) in [
            (10000, "Success"),
            (20001, "Insufficient Token Permissions"),
            (40001, "Missing Required Arguments"),
            (40002, "Invalid Arguments"),
            (40003, "Insufficient Conditions"),
            (40006, "Insufficient Permissions"),
        ] {
            assert_eq!(msg(code), text);
        }
        assert_eq!(Refusal::field("transaction_id", "不能为空").sub_msg(), "参数有误，transaction_id：不能为空");
    }
}

//! The refusals of the operations themselves. Docs: Alipay gateway specification, section 4.6; Alipay v3 specification, sections 3.3
//! and 4.2, for those of the jobworth family.

/// A business refusal of an operation: main code 40004; each has one [`BusinessRow`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[expect(missing_docs, reason = "the row is the documentation")]
pub enum Business {
    System,
    InvalidParameter,
    Biz,
    Arrangement,
    Transaction,
    UnsupportedBizCode,
    UserNotAuthorize,
    TokenInvalid,
    TokenNotMatchIdentityType,
    WrongOutAgreementNo,
    ParamError,
    CardNoNotMatch,
    UserNameNotMatch,
    MobileNoNotMatch,
    NotOpenZm,
    UserNotOpenJobworth,
    OpenZmAccountIntercept,
    JobWorthBlackList,
    RiskIntercept,
    MerchantIntercept,
    ExtraParamFormat,
    CreditAuthNotExist,
    IllegalQuery,
    CreditAgreementNotExist,
    DependFailure,
}

/// One business refusal: `sub_code` and `sub_msg`. The vendor publishes the texts of the first six only; the others are ours.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct BusinessRow {
    /// Which refusal.
    pub business: Business,
    /// `sub_code`; v3 prints it as `code`.
    pub sub_code: &'static str,
    /// `sub_msg`; v3 prints it as `message`.
    pub sub_msg: &'static str,
}

const fn business(business: Business, sub_code: &'static str, sub_msg: &'static str) -> BusinessRow {
    BusinessRow { business, sub_code, sub_msg }
}

/// The business rows: certification (section 4.6), jobworth authentication (v3, section 3.3), agreements (v3, section 4.2).
#[rustfmt::skip]
pub const BUSINESS_ROWS: &[BusinessRow] = &[
    business(Business::System, "SYSTEM_ERROR", "系统繁忙"),
    business(Business::InvalidParameter, "INVALID_PARAMETER", "参数有误"),
    business(Business::Biz, "BIZ_ERROR", "业务异常,认证失败"),
    business(Business::Arrangement, "ARRANGEMENT_ERROR", "合约异常"),
    business(Business::Transaction, "TRANSACTION_ERROR", "交易订单异常"),
    business(Business::UnsupportedBizCode, "UNSUPPORTED_BIZ_CODE", "不支持的认证场景"),
    business(Business::UserNotAuthorize, "USER_NOT_AUTHORIZE", "用户未授权"),
    business(Business::TokenInvalid, "TOKEN_INVALID", "token无效"),
    business(Business::TokenNotMatchIdentityType, "TOKEN_NOT_MATCH_IDENTITY_TYPE", "token与认证身份类型不匹配"),
    business(Business::WrongOutAgreementNo, "WRONG_OUT_AGREEMENT_NO_INTERCEPT", "外部协议号错误"),
    business(Business::ParamError, "PARAM_ERROR", "参数错误"),
    business(Business::CardNoNotMatch, "CARD_NO_NOT_MATCH", "证件号不匹配"),
    business(Business::UserNameNotMatch, "USER_NAME_NOT_MATCH", "姓名不匹配"),
    business(Business::MobileNoNotMatch, "MOBILE_NO_NOT_MATCH", "手机号不匹配"),
    business(Business::NotOpenZm, "NOT_OPEN_ZM", "用户未开通芝麻信用"),
    business(Business::UserNotOpenJobworth, "USER_NOT_OPEN_JOBWORTH", "用户未开通职得工作证"),
    business(Business::OpenZmAccountIntercept, "OPEN_ZM_ACCOUNT_INTERCEPT", "芝麻账户被拦截"),
    business(Business::JobWorthBlackList, "JOB_WORTH_BLACK_LIST", "用户在黑名单中"),
    business(Business::RiskIntercept, "RISK_INTERCEPT", "风险拦截"),
    business(Business::MerchantIntercept, "MERCHANT_INTERCEPT", "商户被拦截"),
    business(Business::ExtraParamFormat, "EXTRA_PARAM_FORMAT_ERROR", "扩展参数格式错误"),
    business(Business::CreditAuthNotExist, "CREDIT_AUTH_NOT_EXIST", "授权不存在"),
    business(Business::IllegalQuery, "ILLEGAL_QUERY", "非法查询"),
    business(Business::CreditAgreementNotExist, "CREDIT_AGREEMENT_NOT_EXIST", "协议不存在"),
    business(Business::DependFailure, "DEPEND_FAILURE", "依赖服务失败"),
];

impl Business {
    /// The row of this refusal.
    pub const fn row(self) -> &'static BusinessRow {
        &BUSINESS_ROWS[self as usize]
    }
}

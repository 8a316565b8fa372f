//! Every operation of cloudauth and which of them are answered. Docs: JD Cloud specification, section 7.

use super::canonical::decode;
use super::codes::{No, Refusal};

/// One documented operation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Operation {
    /// The operation's name in the SDKs.
    pub name: &'static str,
    /// The HTTP method.
    pub method: &'static str,
    /// The decoded path, version included.
    pub path: &'static str,
    /// What this door does with it.
    pub answer: Answer,
}

/// What the door does with an operation once the call is verified.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Answer {
    /// It is answered.
    By(OperationName),
    /// It exists but is off: 403 `api is disabled[gw]`, so that a caller learns that the operation is known.
    Disabled,
}

/// The operations that are answered.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum OperationName {
    /// `personalAuth`: check types 0 to 4 and 25.
    PersonalAuth,
    /// `personalMobile`: mobile three elements, detailed (手机号三要素详版).
    Mobile3Detail,
    /// `personalBankcard3Detail`: bank card three elements, detailed (银行卡三要素详版).
    BankCard3Detail,
    /// `personalBankcard4Detail`: bank card four elements, detailed (银行卡四要素详版).
    BankCard4Detail,
    /// `checkCompanyInfo`: company two elements (企业二要素).
    CompanyInfo,
    /// `checkCompanyInfo3`: company three elements (企业三要素).
    CompanyInfo3,
    /// `checkLegalPerson`: company four elements (企业四要素).
    LegalPerson,
    /// `checkLegalPersonDetail`: the same, detailed.
    LegalPersonDetail,
    /// `describeApplyStatus`: whether the service is opened for the account.
    ApplyStatus,
}

impl Operation {
    /// The refusal of an operation that is off; `Ok` with its name when it is answered. To be asked *after* the signature.
    pub fn answered(&self) -> Result<OperationName, Refusal> {
        match self.answer {
            Answer::By(name) => Ok(name),
            Answer::Disabled => Err(No::ApiDisabled.into()),
        }
    }
}

/// Finds the operation of a request by its method and its *decoded* path, so that `company:info` and `company%3Ainfo` both arrive.
/// `raw_path` is [`crate::Request::path`]. Refuses with 404 what the page does not have, a wrong method included.
pub fn route(method: &str, raw_path: &str) -> Result<&'static Operation, Refusal> {
    if raw_path.len() > LONGEST_RAW_PATH {
        return Err(No::NoRoute.into());
    }
    let plain;
    let path = if raw_path.contains('%') {
        plain = decode(raw_path.as_bytes());
        plain.as_slice()
    } else {
        raw_path.as_bytes()
    };
    OPERATIONS
        .iter()
        .find(|operation| operation.path.as_bytes() == path && operation.method == method)
        .ok_or_else(|| No::NoRoute.into())
}

/// Every byte of the longest path, percent-encoded.
const LONGEST_RAW_PATH: usize = 128;

const fn on(name: &'static str, method: &'static str, path: &'static str, by: OperationName) -> Operation {
    Operation { name, method, path, answer: Answer::By(by) }
}

const fn off(name: &'static str, method: &'static str, path: &'static str) -> Operation {
    Operation { name, method, path, answer: Answer::Disabled }
}

/// The operations, in the order of the specification's table.
pub const OPERATIONS: &[Operation] = &[
    on("personalAuth", "POST", "/v1/personal", OperationName::PersonalAuth),
    on("personalMobile", "POST", "/v1/detail:mobile3", OperationName::Mobile3Detail),
    on("personalBankcard3Detail", "POST", "/v1/detail:bankcard3", OperationName::BankCard3Detail),
    on("personalBankcard4Detail", "POST", "/v1/detail:bankcard4", OperationName::BankCard4Detail),
    off("personalBankcard3Other", "POST", "/v1/other:bankcard3"),
    off("personalBankcard4Other", "POST", "/v1/other:bankcard4"),
    on("checkCompanyInfo", "POST", "/v1/company:info", OperationName::CompanyInfo),
    on("checkCompanyInfo3", "POST", "/v1/company:info3", OperationName::CompanyInfo3),
    on("checkLegalPerson", "POST", "/v1/company:legalPerson", OperationName::LegalPerson),
    on("checkLegalPersonDetail", "POST", "/v1/company:legalPersonDetail", OperationName::LegalPersonDetail),
    off("companyTransfer", "POST", "/v1/company:transfer"),
    off("companyTransferSimple", "POST", "/v1/company:transferSimple"),
    off("checkCompanyTransfer", "POST", "/v1/company:check"),
    off("queryCompanyTransfer", "POST", "/v1/company:transferStatus"),
    off("companyTransferNew", "POST", "/v1/company:transferNew"),
    off("checkCompanyTransferNew", "POST", "/v1/company:checkNew"),
    off("queryCompanyTransferNew", "POST", "/v1/company:transferStatusNew"),
    off("queryBankList", "GET", "/v1/query:bankList"),
    off("queryProvinceList", "GET", "/v1/query:provinceList"),
    off("queryCityList", "GET", "/v1/query:cityList"),
    off("queryBankBranchList", "GET", "/v1/query:bankBranchList"),
    on("describeApplyStatus", "GET", "/v1/manage:applyStatus", OperationName::ApplyStatus),
    off("iDCard", "POST", "/v1/ocr:IDCard"),
    off("bankCardOCR", "POST", "/v1/ocr:BankCard"),
    off("businessOCR", "POST", "/v1/ocr:Business"),
    off("generalYinShuaTi", "POST", "/v1/ocr:GeneralYinShuaTi"),
    off("generalPiaoJu", "POST", "/v1/ocr:GeneralPiaoJu"),
    off("verifyInvoice", "POST", "/v1/ocr:VerifyInvoice"),
    off("getAliveUrl", "POST", "/v1/alive:getUrl"),
    off("getAliveUrlNew", "POST", "/v1/alive:getUrlNew"),
    off("getAliveResult", "POST", "/v1/alive:getResult"),
    off("getAliveResultNew", "POST", "/v1/alive:getResultNew"),
    off("mobileStatus", "POST", "/v1/mobile:status"),
    off("mobileZwsc", "POST", "/v1/mobile:zwsc"),
    off("oneClick", "POST", "/v1/oneClick:login"),
    off("addressInfo", "POST", "/v1/address:info"),
    off("addressDetail", "POST", "/v1/address:detail"),
    // Removed by the vendor in 2023, still in the Node SDK 1.0.4.
    off("checkAgent", "POST", "/v1/company:agent"),
    off("checkLegalPersonAndAgent", "POST", "/v1/company:legalPersonAndAgent"),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_row_is_reached_with_and_without_an_encoded_colon() {
        for operation in OPERATIONS {
            for path in
                [operation.path.to_owned(), operation.path.replace(':', "%3A"), operation.path.replace(':', "%3a")]
            {
                assert_eq!(route(operation.method, &path).unwrap(), operation);
            }
            let other = if operation.method == "GET" { "POST" } else { "GET" };
            assert_eq!(route(other, operation.path).unwrap_err().no(), No::NoRoute);
        }
    }

    #[test]
    fn no_two_rows_share_a_path_or_a_name() {
        let paths: std::collections::HashSet<_> = OPERATIONS.iter().map(|row| row.path).collect();
        let names: std::collections::HashSet<_> = OPERATIONS.iter().map(|row| row.name).collect();
        assert_eq!((paths.len(), names.len()), (OPERATIONS.len(), OPERATIONS.len()));
    }

    #[test]
    fn nine_operations_are_answered_and_the_rest_is_disabled() {
        let answered = OPERATIONS.iter().filter(|row| row.answered().is_ok()).count();
        assert_eq!((answered, OPERATIONS.len()), (9, 39));
        let off = route("GET", "/v1/query:cityList").unwrap();
        assert_eq!(off.answered().unwrap_err().no(), No::ApiDisabled);
    }

    #[test]
    fn what_the_page_does_not_have_is_not_found() {
        for path in [
            "",
            "/",
            "/v1/personal/",
            "/v1//personal",
            "/V1/personal",
            "/v1/company%253Ainfo",
            "/v1/Personal",
            "/v2/personal",
        ] {
            assert_eq!(route("POST", path).unwrap_err().no(), No::NoRoute, "{path}");
        }
        assert_eq!(route("post", "/v1/personal").unwrap_err().no(), No::NoRoute);
        assert_eq!(route("POST", &"%41".repeat(1000)).unwrap_err().no(), No::NoRoute);
    }
}

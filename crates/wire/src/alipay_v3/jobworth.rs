//! `GET /v3/zhima/customer/jobworth/authentication` and `GET /v3/zhima/credit/payafteruse/creditagreement/query`, typed.
//! Docs: Alipay v3 specification, sections 3.1, 3.2 and 4.2. The values are the same as the gateway's; only their place differs.

use super::call::Opened;
use super::codes::Refusal;
use crate::alipay_gateway::jobworth::WrongField;
pub use crate::alipay_gateway::jobworth::{
    AgreementQuery, AgreementResult, Authentication, AuthenticationResult, CertType, IdentityResult, QueryType,
};

/// Reads an authentication query.
pub fn authentication(opened: &Opened<'_>) -> Result<Authentication, Refusal> {
    let query = opened.query()?;
    repeated(
        &query,
        &[
            "conn_key",
            "once_token",
            "query_type",
            "identity_type",
            "service_id",
            "user_id",
            "open_id",
            "cert_no",
            "cert_type",
        ],
    )?;
    Authentication::of(|name| query.value(name).map(|value| value.map(str::to_owned)).map_err(|_| ()))
        .map_err(Refusal::from)
}

/// Reads an agreement query.
pub fn agreement(opened: &Opened<'_>) -> Result<AgreementQuery, Refusal> {
    let query = opened.query()?;
    repeated(&query, &["out_agreement_no", "credit_agreement_id"])?;
    AgreementQuery::of(|name| query.value(name).map(|value| value.map(str::to_owned)).map_err(|_| ()))
        .map_err(Refusal::from)
}

fn repeated(query: &super::call::Query, names: &[&'static str]) -> Result<(), Refusal> {
    match names.iter().find(|name| query.value(name).is_err()) {
        Some(name) => Err(WrongField { name, rule: "不能重复" }.into()),
        None => Ok(()),
    }
}

#[cfg(test)]
#[path = "jobworth_tests.rs"]
mod tests;

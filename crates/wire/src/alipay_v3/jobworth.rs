//! `GET /v3/zhima/customer/jobworth/authentication` and `GET /v3/zhima/credit/payafteruse/creditagreement/query`, typed.
//! Docs: Alipay v3 specification, sections 3.1, 3.2 and 4.2. The values are the same as the gateway's; only their place differs.

use super::call::{Opened, Query};
use super::codes::{Business, Refusal};
use crate::alipay::fields::Fields;
pub use crate::alipay_gateway::jobworth::{
    AgreementQuery, AgreementResult, Authentication, AuthenticationResult, CertType, IdentityResult, QueryType,
};
use crate::alipay_gateway::jobworth::{WrongField, is_unset};

/// The parameters of an authentication query.
const AUTHENTICATION: [&str; 9] = [
    "conn_key",
    "once_token",
    "query_type",
    "identity_type",
    "service_id",
    "user_id",
    "open_id",
    "cert_no",
    "cert_type",
];
/// The parameters of an agreement query.
const AGREEMENT: [&str; 3] = ["out_agreement_no", "credit_agreement_id", "extra_param"];

/// Reads an authentication query.
pub fn authentication(opened: &Opened<'_>) -> Result<Authentication, Refusal> {
    let query = once(opened, &AUTHENTICATION)?;
    Authentication::of(|name| query.value(name).map(|value| value.map(str::to_owned)).map_err(|_| ()))
        .map_err(Refusal::from)
}

/// Reads an agreement query. As at the gateway, an `extra_param` that comes is looked at, and used for nothing: the code for one that
/// is malformed is among the operation's own (section 4.2).
pub fn agreement(opened: &Opened<'_>) -> Result<AgreementQuery, Refusal> {
    let query = once(opened, &AGREEMENT)?;
    if let Ok(Some(extra)) = query.value("extra_param")
        && !is_unset(extra)
        && Fields::parse(extra).is_err()
    {
        return Err(Business::ExtraParamFormat.into());
    }
    AgreementQuery::of(|name| query.value(name).map(|value| value.map(str::to_owned)).map_err(|_| ()))
        .map_err(Refusal::from)
}

/// The parameters of these names, none of which may be repeated.
fn once(opened: &Opened<'_>, names: &[&'static str]) -> Result<Query, Refusal> {
    let query = opened.query(names)?;
    match names.iter().find(|name| query.value(name).is_err()) {
        Some(name) => Err(WrongField { name, rule: "不能重复" }.into()),
        None => Ok(query),
    }
}

#[cfg(test)]
#[path = "jobworth_tests.rs"]
mod tests;

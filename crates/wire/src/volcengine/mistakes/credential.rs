//! A credential or a date that cannot be read: which part of it is unfit.

use http::header::AUTHORIZATION;

use super::{Finding, words};
use crate::request::Request;
use crate::volcengine::call::single;
use crate::volcengine::canonical::params;
use crate::volcengine::codes::{No, Refusal};
use crate::volcengine::sign::{SERVICE, TERMINATOR};

/// The mistake behind a refusal of the credential or of the date.
pub(super) fn mistake(request: &Request<'_>, refusal: &Refusal) -> Option<Finding> {
    match refusal.no() {
        No::InvalidTimestamp => Some(words::DATE_FORM.found("")),
        No::InvalidCredential => Some(unfit(&credential(request)?)),
        _ => None,
    }
}

/// The text of it, from the header if there is one.
fn credential(request: &Request<'_>) -> Option<String> {
    let Some(value) = request.headers.get(AUTHORIZATION) else {
        return single(&params(request.query().unwrap_or_default()), "X-Credential").map(str::to_owned);
    };
    let (_, rest) = value.to_str().ok()?.split_once("Credential=")?;
    rest.split(',').next().map(|text| text.trim_ascii().to_owned())
}

/// Reads from the right, as the call does; what is no part of the scope is not looked at.
fn unfit(text: &str) -> Finding {
    let parts: Vec<&str> = text.rsplitn(5, '/').collect();
    let [terminator, service, region, date, access_key] = parts.as_slice() else {
        // Four parts of which the last is the service: the end is missing.
        let ends_early = parts.len() == 4 && parts.first().is_some_and(|last| last.eq_ignore_ascii_case(SERVICE));
        return if ends_early { words::TERMINATOR.found("\"\"") } else { words::CREDENTIAL_FORM.found("") };
    };
    if *terminator != TERMINATOR {
        words::TERMINATOR.found(shown(terminator))
    } else if !service.eq_ignore_ascii_case(SERVICE) {
        words::SERVICE_NAME.found(shown(service))
    } else if date.len() != 8 || access_key.is_empty() {
        words::CREDENTIAL_FORM.found("")
    } else if region.is_empty()
        || !region.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-')
    {
        words::REGION_FORM.found("")
    } else {
        // All parts are fit: it is the day that differs from X-Date.
        words::CREDENTIAL_DATE.found("")
    }
}

/// A stranger's scope word as it may be shown.
fn shown(word: &str) -> String {
    super::shown(word.as_bytes()).into_owned()
}

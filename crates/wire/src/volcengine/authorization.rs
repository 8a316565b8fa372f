//! The parts of a signature, from the header or from the query. Docs: Volcengine SMS specification, sections 1.1 and 1.5.

use http::header::AUTHORIZATION;

use super::call::single;
use super::canonical::Param;
use super::codes::{No, Refusal};
use super::sign::{ALGORITHM, SERVICE, Scope, TERMINATOR};
use crate::request::Request;

/// Where the signature stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Form {
    /// In `Authorization`; if both forms are there, this one counts.
    Header,
    /// In the query (presigned): the body is not covered.
    Query,
}

/// What the caller says about the signature; nothing of it is trusted.
#[derive(Clone)]
pub(super) struct Authorization {
    pub form: Form,
    pub credential: Credential,
    /// Empty only in the query form.
    pub signed_headers: String,
    /// Empty in the header form.
    pub signed_queries: String,
    pub signature: String,
}

/// `<AK>/<YYYYMMDD>/<region>/<service>/request`.
#[derive(Clone)]
pub(super) struct Credential {
    pub access_key: String,
    pub date: String,
    pub region: String,
    pub service: String,
}

/// More signed headers than any client lists; each is written out, so the work is bounded by this.
const MAX_SIGNED_HEADERS: usize = 64;

impl Authorization {
    /// Steps 2 and 3 of section 1.8.
    pub(super) fn of(request: &Request<'_>, params: &[Param]) -> Result<Self, Refusal> {
        let authorization = if request.headers.contains_key(AUTHORIZATION) {
            let value = request.single(AUTHORIZATION.as_str()).ok_or(No::InvalidAuthorization)?;
            Self::of_header(std::str::from_utf8(value.as_bytes()).map_err(|_| No::InvalidAuthorization)?)?
        } else if params.iter().any(|param| matches!(&*param.name, b"X-Signature" | b"X-Credential" | b"X-Algorithm")) {
            Self::of_query(params)?
        } else {
            return Err(No::MissingAuthenticationToken.into());
        };
        if authorization.signed_headers.split(';').count() > MAX_SIGNED_HEADERS {
            return Err(No::InvalidAuthorization.into());
        }
        Ok(authorization)
    }

    /// `HMAC-SHA256 Credential=…, SignedHeaders=…, Signature=…`: parts in any order, blanks around commas optional.
    fn of_header(value: &str) -> Result<Self, Refusal> {
        let (word, parts) = value.trim_ascii().split_once([' ', '\t']).ok_or(No::InvalidAuthorization)?;
        if word != ALGORITHM {
            return Err(No::InvalidAuthorization.into());
        }
        let [mut credential, mut signed_headers, mut signature] = [None; 3];
        for part in parts.split(',') {
            let (name, value) = part.trim_ascii().split_once('=').unwrap_or((part, ""));
            let place = match name.trim_ascii() {
                "Credential" => &mut credential,
                "SignedHeaders" => &mut signed_headers,
                "Signature" => &mut signature,
                _ => continue,
            };
            if place.replace(value.trim_ascii()).is_some() {
                return Err(No::InvalidAuthorization.into());
            }
        }
        let credential = Credential::parse(credential.ok_or(No::InvalidAuthorization)?).ok_or(No::InvalidCredential)?;
        let needed = |part: Option<&str>| part.filter(|part| !part.is_empty()).map(str::to_owned);
        let signed_headers = needed(signed_headers).ok_or(No::MissingSignature)?;
        let signature = needed(signature).ok_or(No::MissingSignature)?;
        Ok(Self { form: Form::Header, credential, signed_headers, signed_queries: String::new(), signature })
    }

    fn of_query(params: &[Param]) -> Result<Self, Refusal> {
        // A parameter of the signature that is there twice would let two readers see two calls.
        for name in ["X-Algorithm", "X-Credential", "X-Signature", "X-SignedHeaders", "X-SignedQueries"] {
            if params.iter().filter(|param| param.name == name.as_bytes()).count() > 1 {
                return Err(No::InvalidAuthorization.into());
            }
        }
        let part = |name| single(params, name).unwrap_or_default().to_owned();
        if part("X-Algorithm") != ALGORITHM {
            return Err(No::InvalidAuthorization.into());
        }
        let credential = Credential::parse(&part("X-Credential")).ok_or(No::InvalidCredential)?;
        let signature = part("X-Signature");
        if signature.is_empty() {
            return Err(No::MissingSignature.into());
        }
        let (signed_headers, signed_queries) = (part("X-SignedHeaders"), part("X-SignedQueries"));
        Ok(Self { form: Form::Query, credential, signed_headers, signed_queries, signature })
    }
}

impl Credential {
    /// Split from the right, so that an access key may hold a slash. A wrong service or region has no credential either.
    pub(super) fn parse(text: &str) -> Option<Self> {
        let mut parts = text.rsplitn(5, '/');
        let [terminator, service, region, date, access_key] = std::array::from_fn(|_| parts.next());
        let (service, region, date, access_key) = (service?, region?, date?, access_key?);
        let fit = terminator? == TERMINATOR
            && service.eq_ignore_ascii_case(SERVICE)
            && is_region(region)
            && date.len() == 8
            && !access_key.is_empty();
        fit.then(|| Self {
            access_key: access_key.to_owned(),
            date: date.to_owned(),
            region: region.to_owned(),
            service: service.to_owned(),
        })
    }

    /// The credential of a request that may have none, for the envelope of a refusal.
    pub(super) fn find(request: &Request<'_>, params: &[Param]) -> Option<Self> {
        let Some(value) = request.single(AUTHORIZATION.as_str()) else {
            return Self::parse(single(params, "X-Credential")?);
        };
        let value = std::str::from_utf8(value.as_bytes()).ok()?;
        let (_, rest) = value.split_once("Credential=")?;
        Self::parse(rest.split(',').next()?.trim_ascii())
    }

    pub(super) fn scope(&self) -> Scope<'_> {
        Scope { date: &self.date, region: &self.region, service: &self.service }
    }
}

/// Section 1.7: any region may be written, if it has a region's form.
fn is_region(text: &str) -> bool {
    let fit = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
    (1..=64).contains(&text.len()) && text.bytes().all(fit)
}

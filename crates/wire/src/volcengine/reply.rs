//! A result or a refusal to the exact bytes of an answer. Docs: Volcengine SMS specification, sections 2.1 and 2.2.
//!
//! Why each line is as it is: Go fails to decode a `Code` that is a number and an id that is a string; clients that find no
//! `ResponseMetadata` throw; there is no `Result` beside an `Error`. The order of members is the vendor's.

use std::fmt;

use jiff::Timestamp;
use jiff::tz::{Offset, TimeZone};

use super::authorization::Credential;
use super::call::single;
use super::canonical::params;
use super::codes::{Refusal, Wording};
use super::sign::SERVICE;
use crate::json::write_string;
use crate::request::Request;

/// The id of one answer, in the vendor's newer form: `YYYYMMDDHHMMSS` in UTC+8 and 20 upper-case hexadecimal digits.
///
/// The older form has the server's address and six random digits in their place; that is too few to be unique.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct RequestId(String);

impl RequestId {
    /// Makes the id of an answer given at `now`.
    pub fn new(now: Timestamp, random: [u8; 10]) -> Self {
        let at = TimeZone::fixed(Offset::constant(8)).to_datetime(now);
        let mut id = format!(
            "{:04}{:02}{:02}{:02}{:02}{:02}",
            at.year(),
            at.month(),
            at.day(),
            at.hour(),
            at.minute(),
            at.second()
        );
        id.push_str(&crate::hex::hex(&random).to_ascii_uppercase());
        Self(id)
    }

    /// The id as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for RequestId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Debug for RequestId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// What the envelope repeats of a request, well formed or not.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct About {
    /// `Action`, when the query has one.
    pub action: Option<String>,
    /// `Version`, when the query has one.
    pub version: Option<String>,
    /// The region of the credential; `None` when it could not be parsed, and then the envelope has no `Service` either.
    pub region: Option<String>,
}

impl About {
    /// Takes what can be read from a request, whatever else is wrong with it.
    pub fn of(request: &Request<'_>) -> Self {
        let params = params(request.query().unwrap_or_default());
        let short = |name| single(&params, name).map(|value| value.chars().take(128).collect());
        let region = Credential::find(request, &params).map(|credential| credential.region);
        Self { action: short("Action"), version: short("Version"), region }
    }
}

/// An answer, ready to send.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reply {
    /// The HTTP status.
    pub status: u16,
    /// The id, for the header and the log.
    pub request_id: RequestId,
    /// The exact bytes of the body.
    pub body: Vec<u8>,
}

impl Reply {
    /// The headers that every answer has, beside Content-Length.
    pub fn headers(&self) -> [(&'static str, &str); 2] {
        [("Content-Type", "application/json; charset=utf-8"), ("X-Tt-Logid", self.request_id.as_str())]
    }
}

/// The answer to a call that was carried out. `result` is one JSON value, as the results of the operations write it.
pub fn success(about: &About, request_id: RequestId, result: &[u8]) -> Reply {
    let mut body = begin(about, &request_id, result.len());
    put(&mut body, "},\"Result\":");
    body.extend_from_slice(result);
    put(&mut body, "}");
    Reply { status: 200, request_id, body }
}

/// The answer to a call that was not.
pub fn failure(about: &About, request_id: RequestId, refusal: &Refusal, wording: Wording) -> Reply {
    let row = refusal.no().row();
    let mut body = begin(about, &request_id, 256);
    put(&mut body, ",\"Error\":{\"CodeN\":");
    put(&mut body, &row.number.to_string());
    put(&mut body, ",\"Code\":");
    write_string(&mut body, row.code);
    put(&mut body, ",\"Message\":");
    write_string(&mut body, &refusal.message(wording));
    put(&mut body, "}}}");
    Reply { status: row.status, request_id, body }
}

/// The metadata, still open.
fn begin(about: &About, request_id: &RequestId, more: usize) -> Vec<u8> {
    let mut body = Vec::with_capacity(256 + more);
    put(&mut body, "{\"ResponseMetadata\":{\"RequestId\":");
    write_string(&mut body, request_id.as_str());
    let service = about.region.as_ref().map(|_| SERVICE);
    for (name, value) in [
        (",\"Action\":", about.action.as_deref()),
        (",\"Version\":", about.version.as_deref()),
        (",\"Service\":", service),
        (",\"Region\":", about.region.as_deref()),
    ] {
        if let Some(value) = value {
            put(&mut body, name);
            write_string(&mut body, value);
        }
    }
    body
}

fn put(body: &mut Vec<u8>, text: &str) {
    body.extend_from_slice(text.as_bytes());
}

#[cfg(test)]
mod tests {
    use http::{HeaderMap, HeaderValue};

    use super::*;
    use crate::volcengine::codes::No;
    use crate::volcengine::samples::vector;

    fn id() -> RequestId {
        RequestId::new("2024-06-17T12:55:33Z".parse().unwrap(), [0xab; 10])
    }

    fn text(reply: &Reply) -> &str {
        std::str::from_utf8(&reply.body).unwrap()
    }

    #[test]
    fn a_success_has_the_members_of_the_documents_sample_in_its_order() {
        let about = About::of(&vector("04-").raw.as_request());
        let reply = success(&about, id(), br#"{"id":73}"#);
        assert_eq!(
            text(&reply),
            r#"{"ResponseMetadata":{"RequestId":"20240617205533ABABABABABABABABABAB","Action":"ApplySignatureIdent","Version":"2021-01-11","Service":"volcSMS","Region":"cn-beijing"},"Result":{"id":73}}"#
        );
        assert_eq!(reply.headers()[1], ("X-Tt-Logid", "20240617205533ABABABABABABABABABAB"));
    }

    #[test]
    fn a_business_error_travels_under_200_with_its_code_as_a_string() {
        let about = About::of(&vector("01-").raw.as_request());
        let reply = failure(&about, id(), &Refusal::invalid("purpose", "必填"), Wording::Terse);
        assert_eq!(reply.status, 200);
        assert_eq!(
            text(&reply),
            r#"{"ResponseMetadata":{"RequestId":"20240617205533ABABABABABABABABABAB","Action":"ApplySignatureIdent","Version":"2021-01-11","Service":"volcSMS","Region":"cn-north-1","Error":{"CodeN":1001,"Code":"1001","Message":"参数错误"}}}"#
        );
    }

    #[test]
    fn without_a_credential_that_parses_service_and_region_are_absent() {
        let mut headers = HeaderMap::new();
        headers.insert("authorization", HeaderValue::from_static("HMAC-SHA256 Credential=a/b, Signature=c"));
        let target = "/?Action=Lookup%22Events&Version=2021-09-01";
        let about = About::of(&Request { method: "POST", target, headers: &headers, body: b"" });
        let reply = failure(&about, id(), &No::InvalidAuthorization.into(), Wording::WithReason);
        assert_eq!(reply.status, 400);
        assert_eq!(
            text(&reply),
            r#"{"ResponseMetadata":{"RequestId":"20240617205533ABABABABABABABABABAB","Action":"Lookup\"Events","Version":"2021-09-01","Error":{"CodeN":100024,"Code":"InvalidAuthorization","Message":"Invalid 'Authorization' header, Pls check authorization header."}}}"#
        );
    }
}

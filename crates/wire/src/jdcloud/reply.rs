//! A verdict or a refusal to the exact bytes of an answer, and an answer's bytes back. Docs: JD Cloud specification, sections 3.1, 4.3, 5.
//!
//! Why each line is as it is: a client without `Content-Type` throws (Java), without `requestId` loses the error (Python), with a
//! string for `error.code` fails to decode (Go), with a number for `result.code` too. The order of members is the vendor's.

use std::fmt;

use serde::Deserialize;

use super::codes::{Document, Refusal};
use super::status::ApplyStatus;
use super::wording::{Texts, Wording};
use crate::json::write_string;

/// The id of one answer: 32 characters of `[0-9a-z]`, as in every sample of the vendor.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct RequestId([u8; 32]);

impl RequestId {
    /// Makes an id from 32 random bytes. 36 does not divide 256, so ten bits in a thousand of randomness are lost: 160 remain.
    pub fn from_random(random: [u8; 32]) -> Self {
        const LETTERS: &[u8; 36] = b"0123456789abcdefghijklmnopqrstuvwxyz";
        Self(random.map(|byte| LETTERS[usize::from(byte) % LETTERS.len()]))
    }

    /// Reads an id of this form back: 32 characters of `[0-9a-z]`.
    pub fn parse(text: &str) -> Option<Self> {
        let letters: [u8; 32] = text.as_bytes().try_into().ok()?;
        letters.iter().all(|byte| byte.is_ascii_digit() || byte.is_ascii_lowercase()).then_some(Self(letters))
    }

    /// The id as text.
    pub fn as_str(&self) -> &str {
        std::str::from_utf8(&self.0).unwrap_or_default()
    }
}

impl fmt::Display for RequestId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl fmt::Debug for RequestId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// Where the verdict stands in the result: the vendor's page and its SDKs disagree, so the default is both (section 4.3).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Shape {
    /// `result.authInfo.success` and `result.success`, with equal content.
    #[default]
    Both,
    /// `result.authInfo.success`: the page of 2020.
    Nested,
    /// `result.success`: Go and Java SDKs since 2020-09.
    Flat,
}

/// What came of a check, in this vendor's words. Only the first row's are evidenced, the other codes are ours (section 4.3).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Outcome {
    /// All elements match.
    Match,
    /// A record was found, some element differs. Which one is never said: it would help guessing.
    Mismatch,
    /// There is no such record.
    NotFound,
    /// The portrait is another person's.
    FaceMismatch,
    /// The portrait cannot be used: no face, several faces.
    FaceInvalid,
    /// The source is down or undecided.
    Exception,
}

/// One outcome as it is printed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct OutcomeRow {
    /// Which.
    pub outcome: Outcome,
    /// `success`.
    pub success: bool,
    /// `hasException`; never together with `success`.
    pub has_exception: bool,
    /// `code`.
    pub code: &'static str,
    /// `message`.
    pub message: &'static str,
    /// `message` inside `detail`.
    pub detail_message: &'static str,
    /// `chargeFlag` inside `detail`: `1` billed, `0` free.
    pub charge_flag: &'static str,
}

#[rustfmt::skip]
const fn row(outcome: Outcome, success: bool, has_exception: bool, code: &'static str, message: &'static str, detail_message: &'static str, charge_flag: &'static str) -> OutcomeRow {
    OutcomeRow { outcome, success, has_exception, code, message, detail_message, charge_flag }
}

/// The outcomes, in the order of the specification's table.
#[rustfmt::skip]
pub const OUTCOMES: &[OutcomeRow] = &[
    row(Outcome::Match, true, false, "ok", "ok", "认证通过", "1"),
    row(Outcome::Mismatch, false, false, "mismatch", "认证信息不一致", "认证不通过", "1"),
    row(Outcome::NotFound, false, false, "not_found", "库中无此记录", "认证不通过", "0"),
    row(Outcome::FaceMismatch, false, false, "face_mismatch", "人像比对不一致", "认证不通过", "1"),
    row(Outcome::FaceInvalid, false, false, "face_invalid", "人像图片不合格", "认证不通过", "0"),
    row(Outcome::Exception, false, true, "exception", "查询异常", "认证异常", "0"),
];

impl Outcome {
    /// The row of this outcome.
    pub const fn row(self) -> &'static OutcomeRow {
        // The table has a row for every variant, in order; a test holds both to it.
        &OUTCOMES[self as usize]
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
        [("Content-Type", "application/json"), ("x-jdcloud-request-id", self.request_id.as_str())]
    }
}

/// The answer to a check, in the table's words.
pub fn success(request_id: RequestId, outcome: Outcome, shape: Shape) -> Reply {
    success_in(request_id, outcome, shape, &Wording::default())
}

/// The answer to a check.
pub fn success_in(request_id: RequestId, outcome: Outcome, shape: Shape, wording: &Wording) -> Reply {
    let (row, texts) = (outcome.row(), wording.of(outcome));
    let mut body = begin(&request_id, 768);
    put(&mut body, "\"result\":{");
    if shape != Shape::Flat {
        put(&mut body, "\"authInfo\":{");
        put_verdict(&mut body, row, texts, &request_id);
        put(&mut body, "}");
    }
    if shape == Shape::Both {
        put(&mut body, ",");
    }
    if shape != Shape::Nested {
        put_verdict(&mut body, row, texts, &request_id);
    }
    put(&mut body, "}}");
    Reply { status: 200, request_id, body }
}

/// The answer to `describeApplyStatus`.
pub fn apply_status(request_id: RequestId, status: &ApplyStatus<'_>) -> Reply {
    let mut body = begin(&request_id, 256);
    put(&mut body, "\"result\":{\"pin\":");
    write_string(&mut body, status.pin);
    put(&mut body, ",\"status\":");
    body.push(b'0' + status.stage as u8);
    put(&mut body, ",\"applyTime\":");
    write_string(&mut body, status.apply_time);
    put(&mut body, "}}");
    Reply { status: 200, request_id, body }
}

/// The answer that refuses.
pub fn refusal(request_id: RequestId, refusal: &Refusal, document: Document) -> Reply {
    let status = refusal.status(document);
    let mut body = begin(&request_id, 256);
    put(&mut body, "\"error\":{\"status\":\"");
    put(&mut body, refusal.class(document));
    put(&mut body, "\",\"code\":");
    put(&mut body, &status.to_string());
    put(&mut body, ",\"message\":");
    write_string(&mut body, &refusal.message());
    if let Some((field, rule)) = refusal.field() {
        put(&mut body, ",\"details\":[{\"field\":");
        write_string(&mut body, field);
        put(&mut body, ",\"rule\":");
        write_string(&mut body, rule);
        put(&mut body, "}]");
    }
    put(&mut body, "}}");
    Reply { status, request_id, body }
}

fn begin(request_id: &RequestId, capacity: usize) -> Vec<u8> {
    let mut body = Vec::with_capacity(capacity);
    put(&mut body, "{\"requestId\":\"");
    put(&mut body, request_id.as_str());
    put(&mut body, "\",");
    body
}

/// The five members of a verdict. `detail` is a JSON document inside a string; its `orderNumber` is the request id.
/// The texts are escaped already.
fn put_verdict(body: &mut Vec<u8>, row: &OutcomeRow, texts: &Texts, request_id: &RequestId) {
    put(body, if row.success { "\"success\":true," } else { "\"success\":false," });
    put(body, if row.has_exception { "\"hasException\":true," } else { "\"hasException\":false," });
    for (before, text) in [
        ("\"code\":\"", &*texts.code),
        ("\",\"message\":\"", &texts.message),
        ("\",\"detail\":\"{\\\"chargeFlag\\\":\\\"", row.charge_flag),
        ("\\\",\\\"message\\\":\\\"", &texts.detail_message),
        ("\\\",\\\"orderNumber\\\":\\\"", request_id.as_str()),
        ("\\\"}\"", ""),
    ] {
        put(body, before);
        put(body, text);
    }
}

fn put(body: &mut Vec<u8>, text: &str) {
    body.extend_from_slice(text.as_bytes());
}

/// An answer of the vendor (or of another shiming), read back by whoever asked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Received {
    /// A verdict.
    Verdict {
        /// The vendor's id of the answer.
        request_id: String,
        /// `success`.
        success: bool,
        /// `hasException`: no decision could be made.
        has_exception: bool,
        /// `code`: `ok` is the only one that the vendor documents.
        code: String,
        /// `message`.
        message: String,
        /// `chargeFlag` inside `detail`, when it says: whether the call was billed.
        charged: Option<bool>,
    },
    /// A refusal.
    Refused {
        /// The vendor's id of the answer; empty when it sent none.
        request_id: String,
        /// `error.code`.
        code: i64,
        /// `error.status`.
        status: String,
        /// `error.message`.
        message: String,
    },
}

/// Why an answer cannot be read.
#[derive(Debug, thiserror::Error)]
pub enum ReceivedError {
    /// It is no JSON, or of another shape; an HTML page of a proxy, for instance.
    #[error("the answer is not this vendor's JSON")]
    Json(#[source] serde_json::Error),
    /// It has neither a verdict nor an error.
    #[error("the answer has neither a result nor an error")]
    Neither,
}

impl Received {
    /// Reads an answer's body. The flat verdict is preferred, as in the current SDKs; the nested one is read where it is alone.
    pub fn read(body: &[u8]) -> Result<Self, ReceivedError> {
        let Envelope { request_id, result, error } = serde_json::from_slice(body).map_err(ReceivedError::Json)?;
        if let Some(ErrorBody { status, code, message }) = error
            && code != 0
        {
            return Ok(Self::Refused { request_id, code, status, message });
        }
        let result = result.ok_or(ReceivedError::Neither)?;
        let nested = result.auth_info.and_then(|nested| nested.success.map(|success| (success, nested.rest)));
        let (success, rest) =
            result.success.map(|success| (success, result.rest)).or(nested).ok_or(ReceivedError::Neither)?;
        let detail: Option<DetailBody> = rest.detail.as_deref().and_then(|detail| serde_json::from_str(detail).ok());
        Ok(Self::Verdict {
            request_id,
            success,
            has_exception: rest.has_exception.unwrap_or_default(),
            code: rest.code.unwrap_or_default(),
            message: rest.message.unwrap_or_default(),
            charged: detail.and_then(|detail| detail.charge_flag).map(|flag| flag == "1"),
        })
    }
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Envelope {
    #[serde(default)]
    request_id: String,
    result: Option<ResultBody>,
    error: Option<ErrorBody>,
}

#[derive(Deserialize)]
struct ResultBody {
    #[serde(rename = "authInfo")]
    auth_info: Option<VerdictBody>,
    success: Option<bool>,
    #[serde(flatten)]
    rest: VerdictRest,
}

#[derive(Deserialize)]
struct VerdictBody {
    success: Option<bool>,
    #[serde(flatten)]
    rest: VerdictRest,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct VerdictRest {
    has_exception: Option<bool>,
    code: Option<String>,
    message: Option<String>,
    detail: Option<String>,
}

#[derive(Deserialize)]
struct ErrorBody {
    #[serde(default)]
    status: String,
    #[serde(default)]
    code: i64,
    #[serde(default)]
    message: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct DetailBody {
    charge_flag: Option<String>,
}

#[cfg(test)]
#[path = "reply_tests.rs"]
mod tests;

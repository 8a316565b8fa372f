//! The vendor's own error answer held against a request: at which stage the server stopped, and whether it speaks of this request.
//!
//! `SignatureDoesNotMatch` carries no text that the server signed (section 2.3): its message is fixed. What an answer does tell is
//! compared: the code says how far the request came, the envelope repeats action, version, service and region, some messages name
//! a part or an access key, and the answer's date, or else the first fourteen digits of its RequestId (section 2.1: the time in
//! UTC+8, inferred from samples), is the server's clock. The order of the vendor's checks is not published; section 1.8's is taken.

mod words;

use std::fmt;

use http::header::AUTHORIZATION;
use jiff::{SignedDuration, Timestamp};
use serde::Deserialize;

pub use self::words::ALL;
use super::authorization::Credential;
use super::call::single;
use super::canonical::{Param, params};
use super::codes::{No, ROWS, Row, Voice};
use super::sign::DATE;
use crate::diagnosis::{Finding, Stage};
use crate::request::Request;
use crate::time::{format_basic, parse_basic};

/// What a server said.
#[derive(Clone, PartialEq, Eq)]
pub struct Said {
    metadata: Metadata,
    date: Option<Timestamp>,
}

#[derive(Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
struct Metadata {
    request_id: String,
    action: String,
    version: String,
    service: String,
    region: String,
    error: Problem,
}

#[derive(Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
struct Problem {
    code: String,
    message: String,
}

/// What came of holding it against a request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Compared {
    /// What it says.
    pub finding: Finding,
    /// Whether the answer and the request cannot both be as they are here: something happened on the way, or between two clocks.
    pub parts: bool,
    /// What was compared.
    pub stages: Vec<Stage>,
}

impl Said {
    /// Reads the body of an answer; `None` when it is no error of this vendor's form. `date` is the answer's header `Date`.
    pub fn parse(body: &[u8], date: Option<Timestamp>) -> Option<Self> {
        #[derive(Deserialize)]
        #[serde(rename_all = "PascalCase")]
        struct Answer {
            response_metadata: Metadata,
        }
        let Answer { response_metadata: metadata } = serde_json::from_slice(body).ok()?;
        (!metadata.error.code.is_empty()).then_some(Self { metadata, date })
    }

    /// Holds it against a request. `verifies` says whether the request's signature comes out with the secret at hand.
    pub fn compare(&self, request: &Request<'_>, verifies: bool) -> Compared {
        let asked = Asked::of(request);
        let (finding, parts) = match self.echo(&asked).or_else(|| self.part(&asked)) {
            Some(finding) => (finding, true),
            None => self.stopped(&asked, verifies),
        };
        Compared { finding, parts, stages: self.stages(&asked) }
    }

    fn code(&self) -> String {
        shown(&self.metadata.error.code)
    }

    fn row(&self) -> Option<&'static Row> {
        ROWS.iter().find(|row| row.code == self.metadata.error.code)
    }

    /// What the envelope repeats of a request, where it is another one's. Absent members say nothing.
    fn echo(&self, asked: &Asked<'_>) -> Option<Finding> {
        let Metadata { action, version, service, region, .. } = &self.metadata;
        let differs = |said: &str, sent: &str| !said.is_empty() && !said.eq_ignore_ascii_case(sent);
        let scope = asked.credential.as_ref().map(Credential::scope);
        if differs(action, asked.action()) || differs(version, asked.version()) {
            return Some(words::OPERATION.found(format!("{} {}", shown(action), shown(version))));
        }
        let scope = scope.filter(|scope| differs(service, scope.service) || differs(region, scope.region))?;
        Some(words::SCOPE.found(format!("{}/{}, {}/{}", shown(region), shown(service), scope.region, scope.service)))
    }

    /// A part that the message names and that is otherwise in the request.
    fn part(&self, asked: &Asked<'_>) -> Option<Finding> {
        let row = self.row()?;
        let named = named(&self.metadata.error.message, row.text);
        let lost = |part: &str| Some(words::LOST.found(shown(part)));
        match (row.no, named) {
            (No::MissingParameter | No::MissingRequestInfo, Some(name)) if asked.has(name) => lost(name),
            (No::MissingAuthenticationToken, _) if asked.is_signed() => lost("Authorization"),
            (No::InvalidAccessKey, Some(key)) => {
                let claimed = asked.credential.as_ref().map(|credential| credential.access_key.as_str());
                claimed.is_some_and(|claimed| claimed != key).then(|| words::OTHER_KEY.found(""))
            }
            _ => None,
        }
    }

    /// How far the request came.
    fn stopped(&self, asked: &Asked<'_>, verifies: bool) -> (Finding, bool) {
        let code = self.code();
        let Some(row) = self.row() else { return (words::UNKNOWN_CODE.found(code), false) };
        let finding = match row.no {
            No::SignatureDoesNotMatch if verifies => return (words::OTHER_SECRET.found(""), true),
            No::SignatureDoesNotMatch => words::SIGNATURE.found(""),
            No::InvalidTimestamp => {
                let ahead = self.clock().zip(asked.date()).map(|(server, sent)| sent.as_second() - server.as_second());
                return (words::CLOCK.found(ahead.map_or_else(|| "?".to_owned(), apart)), ahead.is_some());
            }
            No::InvalidAccessKey => words::KEY.found(""),
            No::InvalidSecretToken => words::TOKEN_STAGE.found(""),
            _ if is_before(row) => words::FORM.found(code),
            _ => words::BEHIND.found(code),
        };
        (finding, false)
    }

    /// The server's clock when it answered.
    fn clock(&self) -> Option<Timestamp> {
        let digits = || {
            let (day, time) = self.metadata.request_id.get(..14)?.split_at_checked(8)?;
            let local = parse_basic(format!("{day}T{time}Z").as_bytes())?;
            local.checked_sub(SignedDuration::from_hours(8)).ok()
        };
        self.date.or_else(digits)
    }

    fn stages(&self, asked: &Asked<'_>) -> Vec<Stage> {
        let Metadata { action, version, service, region, .. } = &self.metadata;
        let mut stages = vec![Stage::new("the server's code", self.code())];
        let echoed = [action, version, region, service].map(|word| shown(word)).join(" ");
        if !echoed.trim().is_empty() {
            stages.push(Stage::new("the server speaks of", echoed));
        }
        if let Some(clock) = self.clock() {
            let sent = asked.date().map_or_else(|| "no X-Date".to_owned(), format_basic);
            stages.push(Stage::new("the server's clock, and X-Date", format!("{} {sent}", format_basic(clock))));
        }
        stages
    }
}

/// Whether a row is refused before a key is looked up. The envelope's own rows are about what never got so far either.
fn is_before(row: &Row) -> bool {
    let before = [
        No::MissingParameter,
        No::MissingAuthenticationToken,
        No::MissingRequestInfo,
        No::MissingSignature,
        No::ServiceNotFound,
        No::InvalidAuthorization,
        No::InvalidCredential,
        No::BadRequest,
        No::RequestTimeout,
        No::RequestEntityTooLarge,
        No::RequestUriTooLong,
    ];
    row.voice == Voice::Gateway && before.contains(&row.no)
}

/// What stands where a text has its only `%s`.
fn named<'m>(message: &'m str, text: &str) -> Option<&'m str> {
    let (front, behind) = text.split_once("%s")?;
    message.trim().strip_prefix(front)?.strip_suffix(behind).filter(|named| !named.is_empty())
}

/// Words of a program, cut short: what a file says may be anything.
fn shown(text: &str) -> String {
    text.chars().filter(char::is_ascii_graphic).take(64).collect()
}

fn apart(seconds: i64) -> String {
    let sign = if seconds < 0 { '-' } else { '+' };
    let all = seconds.unsigned_abs();
    format!("{sign}{} h {} min {} s", all / 3600, all / 60 % 60, all % 60)
}

/// What a request asks for, as far as it can be read.
struct Asked<'r> {
    request: Request<'r>,
    params: Vec<Param>,
    credential: Option<Credential>,
}

impl<'r> Asked<'r> {
    fn of(request: &Request<'r>) -> Self {
        let params = params(request.query().unwrap_or_default());
        let credential = Credential::find(request, &params);
        Self { request: *request, params, credential }
    }

    fn action(&self) -> &str {
        single(&self.params, "Action").unwrap_or_default()
    }

    fn version(&self) -> &str {
        single(&self.params, "Version").unwrap_or_default()
    }

    fn date(&self) -> Option<Timestamp> {
        let header = self.request.single(DATE).and_then(|date| date.to_str().ok());
        parse_basic(header.or_else(|| single(&self.params, DATE))?.trim().as_bytes())
    }

    fn has(&self, name: &str) -> bool {
        let header = self.request.headers.get(name).is_some_and(|value| !value.is_empty());
        header || single(&self.params, name).is_some_and(|value| !value.is_empty())
    }

    fn is_signed(&self) -> bool {
        self.request.headers.contains_key(AUTHORIZATION) || self.has("X-Signature")
    }
}

impl fmt::Debug for Said {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Said(…)")
    }
}

#[cfg(test)]
mod tests;

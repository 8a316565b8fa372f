//! The operator's HTTP API: cases are looked at and decided under `/api/v1/`, by operators with keys of their own, and
//! notices that nobody took are put back.
//!
//! A door of its own on the operator's address: it knows no vendor, and its errors are problem details. What there is
//! stands in the table of `routes`, and for others in `openapi.json`, which is served too. A request is taken in this
//! order: path, method, key, role, and only then what it asks for; so who has no key learns nothing of any case.

mod access;
mod decide;
mod look;
mod notices;
mod problem;
mod routes;

use std::sync::Arc;

use bytes::Bytes;
use http::{HeaderName, HeaderValue, StatusCode, header};
use serde_json::Value;
use shiming_core::{
    BoxFuture, Case, Clock, Operators, Submitter,
    submit::{CasesError, Forms, Outbox, Outcome as Ruling, Review},
};

use self::{
    problem::{Kind, Problem},
    routes::{Operation, Route},
};
use super::described;
use crate::{
    doors::{Answer, Call, Door, Head, IntakeRefusal, Outcome},
    random::Random,
};

/// What the API works with.
#[derive(Clone)]
pub struct Tools {
    /// The verb.
    pub submitter: Arc<Submitter>,
    /// Who reads the forms, door by door.
    pub forms: Vec<Arc<dyn Forms>>,
    /// Where notices to callers' systems are.
    pub outbox: Arc<dyn Outbox>,
    /// When it is.
    pub clock: Arc<dyn Clock>,
    /// Whose key it is.
    pub operators: Arc<dyn Operators>,
    /// How many have to approve.
    pub review: Review,
    /// Chance, for request ids.
    pub random: Arc<dyn Random>,
}

/// The API as a door of the operator's address.
pub struct Api {
    tools: Tools,
}

/// What goes back, before what every answer has.
struct Reply {
    status: StatusCode,
    headers: Vec<(HeaderName, HeaderValue)>,
    body: Bytes,
    word: &'static str,
}

/// A request on its way through.
struct Asked<'a> {
    call: &'a Call<'a>,
    query: &'a str,
    /// What stands for the path's parameters, in order.
    at: Vec<&'a str>,
    request_id: &'a str,
}

/// The name in logs, metrics and the ledger.
const NAME: &str = "operator";
/// What every path begins with.
const PREFIX: &str = "/api/";
/// Where somebody who comes here for the first time goes on.
pub(super) const ENTRANCES: [&str; 3] = ["/api/v1/openapi.json", "/api/v1/cases", "/api/v1/webhooks"];
/// A decision is a few lines.
const BODY_LIMIT: usize = 16 * 1024;
/// The document, as it is served.
const DOCUMENT: &str = include_str!("openapi.json");

impl Door for Api {
    fn name(&self) -> &'static str {
        NAME
    }

    fn claims(&self, head: Head<'_>) -> bool {
        head.target.starts_with(PREFIX)
    }

    fn body_limit(&self) -> usize {
        BODY_LIMIT
    }

    fn answer<'a>(&'a self, call: Call<'a>) -> BoxFuture<'a, Answer> {
        Box::pin(async move {
            let request_id = self.request_id();
            let (path, query) = call.request.target.split_once('?').unwrap_or((call.request.target, ""));
            let found = routes::find(path);
            let word = found.as_ref().map_or("-", |(route, _)| route.word());
            let reply = match found {
                Some((route, at)) => self.serve(route, Asked { call: &call, query, at, request_id: &request_id }).await,
                None => Err(Problem::new(Kind::NoPath, "openapi.json lists every path: /api/v1/openapi.json")),
            };
            finished(reply.unwrap_or_else(|problem| problem.reply(&request_id)), word, &request_id)
        })
    }

    fn refuse(&self, _: Head<'_>, why: IntakeRefusal) -> Answer {
        let problem = match why {
            IntakeRefusal::BodyTooLarge => Problem::new(Kind::TooLarge, "a body has at most 16 KiB"),
            IntakeRefusal::BodyTooSlow => Problem::new(Kind::TooSlow, "send it again"),
            IntakeRefusal::BodyBroken => Problem::new(Kind::BadBody, "it ended early, or its framing is broken"),
        };
        let request_id = self.request_id();
        finished(problem.reply(&request_id), "-", &request_id)
    }
}

impl Api {
    /// The API over these.
    pub fn new(tools: Tools) -> Self {
        Self { tools }
    }

    async fn serve(&self, route: &Route, asked: Asked<'_>) -> Result<Reply, Problem> {
        let allow = (header::ALLOW, HeaderValue::from_static(route.allow()));
        let method = asked.call.request.method;
        if method == "OPTIONS" {
            let body = Bytes::new();
            return Ok(Reply { status: StatusCode::NO_CONTENT, headers: vec![allow], body, word: "options" });
        }
        if !route.takes(method) {
            return Err(
                Problem::new(Kind::Method, "the header Allow names those that are taken").with(allow.0, allow.1)
            );
        }
        let Some(role) = route.role else { return Ok(document()) };
        let operator = access::admit(&*self.tools.operators, asked.call.request.headers, role, asked.request_id)?;
        match route.operation {
            Operation::List => look::list(&self.tools, &asked).await,
            Operation::Show => look::show(&self.tools, &asked, &operator).await,
            Operation::Paper => look::paper(&self.tools, &asked, &operator).await,
            Operation::Approve => decide::decide(&self.tools, &asked, &operator, Ruling::Approve).await,
            Operation::Reject => decide::decide(&self.tools, &asked, &operator, Ruling::Reject).await,
            Operation::Notices => notices::list(&self.tools, &asked).await,
            Operation::Notice => notices::show(&self.tools, &asked).await,
            Operation::Requeue => notices::requeue(&self.tools, &asked, &operator).await,
            Operation::Document => Ok(document()),
        }
    }

    fn request_id(&self) -> String {
        let mut bytes = [0; 16];
        self.tools.random.fill(&mut bytes);
        format!("{:032x}", u128::from_be_bytes(bytes))
    }
}

impl Tools {
    /// The case that a path names.
    async fn case(&self, asked: &Asked<'_>) -> Result<Case, Problem> {
        let no_case = || Problem::new(Kind::NoCase, "no case has this number");
        let number = asked.at.first().and_then(|text| routes::number(text)).ok_or_else(no_case)?;
        let found = described::by_number(&self.submitter, number).await;
        found.map_err(|error| broken(asked, &error))?.ok_or_else(no_case)
    }
}

/// The store's trouble is for the log; who asks learns that there is some.
fn broken(asked: &Asked<'_>, error: &CasesError) -> Problem {
    internal(asked.request_id, error)
}

fn internal(request_id: &str, error: &(dyn std::error::Error + 'static)) -> Problem {
    tracing::error!(door = NAME, request_id, ?error, "an operator could not be answered");
    Problem::new(Kind::Internal, "the server's log has a line with this request_id")
}

fn document() -> Reply {
    json_text(Bytes::from_static(DOCUMENT.as_bytes()), "document")
}

fn json(value: &Value, word: &'static str) -> Reply {
    json_text(Bytes::from(value.to_string()), word)
}

fn json_text(body: Bytes, word: &'static str) -> Reply {
    let headers = vec![(header::CONTENT_TYPE, HeaderValue::from_static("application/json"))];
    Reply { status: StatusCode::OK, headers, body, word }
}

/// The version of a case as its entity tag.
fn tag(case: &Case) -> HeaderValue {
    HeaderValue::from_str(&format!("\"{}\"", case.version)).unwrap_or_else(|_| HeaderValue::from_static("\"0\""))
}

/// What every answer has: nobody keeps it, nobody guesses what it is, and it runs nowhere.
fn finished(reply: Reply, operation: &'static str, request_id: &str) -> Answer {
    let Reply { status, mut headers, body, word } = reply;
    let fixed = |name, value| (name, HeaderValue::from_static(value));
    headers.extend([
        fixed(header::CACHE_CONTROL, "no-store"),
        fixed(header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
        fixed(header::CONTENT_SECURITY_POLICY, "default-src 'none'; sandbox"),
    ]);
    if let Ok(id) = HeaderValue::from_str(request_id) {
        headers.push((HeaderName::from_static("x-request-id"), id));
    }
    let admitted = status.is_success();
    Answer { status, headers, body, outcome: Outcome { door: NAME, operation, admitted, word } }
}

#[cfg(test)]
mod document_tests;

//! The operator's address: is it well, what was counted, what was refused.
//!
//! `/healthz` says that the process answers, `/readyz` that its store does, `/metrics` is Prometheus' text form, and
//! `/refused?last=N` lists the latest refused calls. The last one shows how callers sign, so it asks for the operator's
//! token (`Authorization: Bearer …`), which lies in the data directory.
//!
//! Cases are looked at and decided under `/api/v1/` (see [`api`]), by operators with keys of their own.

pub mod api;
pub mod described;
pub mod shown;
mod waiting;

use std::sync::Arc;

use aws_lc_rs::constant_time::verify_slices_are_equal;
use bytes::Bytes;
use http::{HeaderValue, StatusCode, header};
use secrecy::{ExposeSecret, SecretString};
use shiming_core::BoxFuture;

pub use self::waiting::Waiting;
use crate::{
    doors::{Answer, Call, Door, Head, IntakeRefusal, Outcome},
    refusals::Refusals,
    telemetry::Telemetry,
};

/// Whether the store answers; the text says what is wrong.
pub type Ready = Box<dyn Fn() -> Result<(), String> + Send + Sync>;

/// Answers on the operator's address.
pub struct Operator {
    /// What a caller of `/refused` must present.
    pub token: SecretString,
    /// What was counted.
    pub telemetry: Arc<Telemetry>,
    /// What was refused.
    pub refusals: Arc<Refusals>,
    /// Asks the store.
    pub ready: Ready,
    /// Counts what waits; none where there are no cases, and no [`api`].
    pub waiting: Option<Waiting>,
}

impl Door for Operator {
    fn name(&self) -> &'static str {
        "operator"
    }

    fn claims(&self, _: Head<'_>) -> bool {
        true
    }

    fn body_limit(&self) -> usize {
        0
    }

    fn answer<'a>(&'a self, call: Call<'a>) -> BoxFuture<'a, Answer> {
        Box::pin(async move {
            let head = Head::of(&call.request);
            match (head.method, head.target.split('?').next()) {
                ("GET" | "HEAD", Some("/metrics")) => self.metrics().await,
                _ => self.say(head),
            }
        })
    }

    fn refuse(&self, _: Head<'_>, _: IntakeRefusal) -> Answer {
        json(StatusCode::BAD_REQUEST, "bad_request", &serde_json::json!({ "error": "no body is expected here" }))
    }
}

impl Operator {
    fn say(&self, head: Head<'_>) -> Answer {
        let (path, query) = head.target.split_once('?').unwrap_or((head.target, ""));
        match (head.method, path) {
            ("GET" | "HEAD", "/healthz") => json(StatusCode::OK, "healthz", &serde_json::json!({ "ok": true })),
            ("GET" | "HEAD", "/readyz") => match (self.ready)() {
                Ok(()) => json(StatusCode::OK, "readyz", &serde_json::json!({ "ready": true })),
                Err(why) => json(
                    StatusCode::SERVICE_UNAVAILABLE,
                    "not_ready",
                    &serde_json::json!({ "ready": false, "why": why }),
                ),
            },
            ("GET", "/refused") if !self.may_see(head) => json(
                StatusCode::UNAUTHORIZED,
                "no_token",
                &serde_json::json!({ "error": "the operator's token is wanted: see the data directory" }),
            ),
            ("GET", "/refused") => match how_many(query) {
                Some(last) => {
                    json(StatusCode::OK, "refused", &serde_json::json!({ "refused": self.refusals.latest(last) }))
                }
                None => json(
                    StatusCode::BAD_REQUEST,
                    "bad_query",
                    &serde_json::json!({ "error": "last=N is expected, a whole number above 0, or nothing" }),
                ),
            },
            _ => json(
                StatusCode::NOT_FOUND,
                "unknown_path",
                &serde_json::json!({ "error": "unknown path", "known": self.known() }),
            ),
        }
    }

    /// What there is to ask for on this address.
    fn known(&self) -> Vec<&'static str> {
        let api = self.waiting.is_some().then_some(api::ENTRANCES).into_iter().flatten();
        ["/healthz", "/readyz", "/metrics", "/refused?last=N"].into_iter().chain(api).collect()
    }

    async fn metrics(&self) -> Answer {
        let backlog = match &self.waiting {
            Some(waiting) => waiting.count().await,
            None => None,
        };
        let openmetrics = HeaderValue::from_static("application/openmetrics-text; version=1.0.0; charset=utf-8");
        Answer {
            status: StatusCode::OK,
            headers: vec![(header::CONTENT_TYPE, openmetrics)],
            body: Bytes::from(self.telemetry.text(backlog.as_ref())),
            outcome: outcome("metrics"),
        }
    }

    /// In constant time for tokens of the right length.
    fn may_see(&self, head: Head<'_>) -> bool {
        let given = head.headers.get(header::AUTHORIZATION).and_then(|value| value.as_bytes().strip_prefix(b"Bearer "));
        given.is_some_and(|given| verify_slices_are_equal(given, self.token.expose_secret().as_bytes()).is_ok())
    }
}

/// How many of the latest refused calls a query asks for.
fn how_many(query: &str) -> Option<usize> {
    if query.is_empty() {
        return Some(1);
    }
    query.strip_prefix("last=")?.parse().ok().filter(|last| *last > 0)
}

fn json(status: StatusCode, word: &'static str, value: &serde_json::Value) -> Answer {
    Answer {
        status,
        headers: vec![(header::CONTENT_TYPE, HeaderValue::from_static("application/json"))],
        body: Bytes::from(value.to_string()),
        outcome: outcome(word),
    }
}

fn outcome(word: &'static str) -> Outcome {
    Outcome { door: "operator", operation: "-", admitted: true, word }
}

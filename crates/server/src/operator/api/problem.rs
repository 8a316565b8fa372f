//! What goes wrong, as problem details (RFC 9457). The texts are ours: nothing that a stranger sent is in one.

use std::borrow::Cow;

use bytes::Bytes;
use http::{HeaderName, HeaderValue, StatusCode, header};
use serde_json::json;

use super::Reply;

/// One problem.
#[derive(Debug)]
pub(super) struct Problem {
    kind: Kind,
    detail: Cow<'static, str>,
    headers: Vec<(HeaderName, HeaderValue)>,
}

/// What went wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    BadQuery,
    BadBody,
    NoKey,
    Role,
    NoPath,
    NoCase,
    NoPaper,
    NoNotice,
    Method,
    TooSlow,
    State,
    NotDead,
    OwnWork,
    SameOperator,
    Changed,
    Overtaken,
    TooLarge,
    NotJson,
    Reason,
    NoVersion,
    Internal,
}

impl Kind {
    #[cfg(test)]
    pub(super) const ALL: [Self; 21] = [
        Self::BadQuery,
        Self::BadBody,
        Self::NoKey,
        Self::Role,
        Self::NoPath,
        Self::NoCase,
        Self::NoPaper,
        Self::NoNotice,
        Self::Method,
        Self::TooSlow,
        Self::State,
        Self::NotDead,
        Self::OwnWork,
        Self::SameOperator,
        Self::Changed,
        Self::Overtaken,
        Self::TooLarge,
        Self::NotJson,
        Self::Reason,
        Self::NoVersion,
        Self::Internal,
    ];

    /// Its name, its status, its title.
    pub(super) const fn row(self) -> (&'static str, StatusCode, &'static str) {
        match self {
            Self::BadQuery => ("bad-query", StatusCode::BAD_REQUEST, "The query cannot be used"),
            Self::BadBody => ("bad-body", StatusCode::BAD_REQUEST, "The body cannot be read"),
            Self::NoKey => ("no-key", StatusCode::UNAUTHORIZED, "An operator's key is wanted"),
            Self::Role => ("role", StatusCode::FORBIDDEN, "The operator's role does not allow this"),
            Self::NoPath => ("no-path", StatusCode::NOT_FOUND, "There is nothing at this path"),
            Self::NoCase => ("no-case", StatusCode::NOT_FOUND, "There is no such case"),
            Self::NoPaper => ("no-paper", StatusCode::NOT_FOUND, "The case has no such paper"),
            Self::NoNotice => ("no-notice", StatusCode::NOT_FOUND, "There is no such notice"),
            Self::Method => ("method", StatusCode::METHOD_NOT_ALLOWED, "The path does not take this method"),
            Self::TooSlow => ("too-slow", StatusCode::REQUEST_TIMEOUT, "The body did not arrive in time"),
            Self::State => ("state", StatusCode::CONFLICT, "The case does not allow this where it stands"),
            Self::NotDead => ("not-dead", StatusCode::CONFLICT, "Only a notice that was given up can be put back"),
            Self::OwnWork => ("own-work", StatusCode::CONFLICT, "Who has had a hand in a case cannot approve it"),
            Self::SameOperator => ("same-operator", StatusCode::CONFLICT, "The second approval is another operator's"),
            Self::Changed => ("changed", StatusCode::CONFLICT, "The case has changed since it was looked at"),
            Self::Overtaken => {
                ("overtaken", StatusCode::PRECONDITION_FAILED, "The case has changed since it was looked at")
            }
            Self::TooLarge => ("too-large", StatusCode::PAYLOAD_TOO_LARGE, "The body is too large"),
            Self::NotJson => ("not-json", StatusCode::UNSUPPORTED_MEDIA_TYPE, "The body is to be JSON"),
            Self::Reason => ("reason", StatusCode::UNPROCESSABLE_ENTITY, "The reason cannot be used"),
            Self::NoVersion => {
                ("no-version", StatusCode::PRECONDITION_REQUIRED, "The version that was looked at is wanted")
            }
            Self::Internal => ("internal", StatusCode::INTERNAL_SERVER_ERROR, "Something is broken here"),
        }
    }
}

/// What the type of a problem begins with: a place in the API's own document, where each is described.
pub(super) const TYPES: &str = "/api/v1/openapi.json#/x-problems/";

impl Problem {
    pub(super) fn new(kind: Kind, detail: impl Into<Cow<'static, str>>) -> Self {
        Self { kind, detail: detail.into(), headers: Vec::new() }
    }

    pub(super) fn with(mut self, name: HeaderName, value: HeaderValue) -> Self {
        self.headers.push((name, value));
        self
    }

    /// As it goes out.
    pub(super) fn reply(self, request_id: &str) -> Reply {
        let (name, status, title) = self.kind.row();
        let body = json!({
            "type": format!("{TYPES}{name}"),
            "title": title,
            "status": status.as_u16(),
            "detail": self.detail,
            "request_id": request_id,
        });
        let mut headers = self.headers;
        headers.push((header::CONTENT_TYPE, HeaderValue::from_static("application/problem+json")));
        Reply { status, headers, body: Bytes::from(body.to_string()), word: name }
    }
}

//! When a call is the same call again. Docs: Volcengine SMS specification, sections 1.7 and 3.4.
//!
//! A client that has lost the answer sends its request again: with the same `X-Sdk-Invocation-Id` where the SDK has one, else
//! with the same query and body, signed anew or not. Either is the request of before. Where a new application is made, the same body
//! tells under another invocation too: section 3.4 has "otherwise". A signature alone is remembered for as long as it could be sent
//! again by anybody who has seen it.

use shiming_core::{UnixTime, submit::Request};

use super::work::Work;

/// An invocation's number is remembered so long.
const OF_INVOCATION: i64 = 24 * 60 * 60 * 1000;
/// A body is remembered so long: who means it twice waits so long.
const OF_BODY: i64 = 60 * 1000;

/// What tells a request from another, each with the time until which it does.
pub(super) struct Same {
    /// The invocation, or the body.
    pub(super) request: Request,
    /// The body, where there is an invocation.
    body: Option<Request>,
    /// The one signed request, which nobody can make again with another moment of signing.
    pub(super) call: Request,
}

impl Same {
    /// What a new application is found by: its invocation, and otherwise its body.
    pub(super) fn requests(&self) -> Vec<Request> {
        [self.request].into_iter().chain(self.body).collect()
    }

    /// What is kept with what the request has brought.
    pub(super) const fn bringing(&self) -> [Request; 2] {
        [self.request, self.call]
    }

    pub(super) fn of(work: &Work<'_>) -> Self {
        let (call, now) = (work.call, work.now);
        let of_body = Request {
            tag: work.tag(&["body", call.action(), call.raw_query(), call.body_sha256()]),
            until: now.plus_millis(OF_BODY),
        };
        let of_invocation = call.invocation_id().map(|id| Request {
            tag: work.tag(&["invocation", call.action(), id, ""]),
            until: now.plus_millis(OF_INVOCATION),
        });
        let (request, body) = match of_invocation {
            Some(request) => (request, Some(of_body)),
            None => (of_body, None),
        };
        let signed = call.signed_at().as_millisecond();
        let stale = i64::try_from(work.door.settings.window.either_way().as_millis()).unwrap_or(i64::MAX);
        let id = call.invocation_id().unwrap_or_default();
        let texts = ["call", call.action(), call.raw_query(), &signed.to_string(), id, call.body_sha256()];
        let call = Request { tag: work.tag(&texts), until: UnixTime(signed).plus_millis(stale) };
        Self { request, body, call }
    }
}

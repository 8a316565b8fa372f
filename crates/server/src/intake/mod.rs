//! Intake: connections, TLS, limits, and one request after another.
//!
//! hyper reads heads and frames bodies. A request line that is too long for it is set aside and stood in for (see
//! `long_line`). What hyper would say by itself about a broken head, an empty answer, goes out as JSON instead (see
//! `last_word`); a request that does not name its host gets no further (see `host`); bodies are read here, up to the door's
//! limit and in bounded time.

mod aside;
mod body;
mod host;
mod last_word;
mod listen;
mod long_line;
mod names;
mod request_line;
mod tls;

pub use listen::{Listener, Running};
pub use tls::{Certificate, TlsError};

use std::{convert::Infallible, net::IpAddr, sync::Arc, time::Instant};

use bytes::Bytes;
use http::{HeaderName, HeaderValue, Response, StatusCode, header};
use http_body_util::Full;
use hyper::body::{Body, Incoming};
use shiming_wire::request::Request;

use crate::{
    doors::{Answer, Call, Door, Doors, Head, Outcome},
    limits::Limits,
    telemetry::Telemetry,
};

use aside::{Aside, Kept, LineRefusal};

/// Answers requests of one address.
pub struct Porter {
    /// Who answers.
    pub doors: Doors,
    /// Within which limits.
    pub limits: Limits,
    /// Where it is counted.
    pub telemetry: Arc<Telemetry>,
}

impl Porter {
    /// Finds the door, reads the body where the door wants it, answers.
    async fn serve(
        &self,
        request: http::Request<Incoming>,
        peer: IpAddr,
        (aside, kept): (&Aside, Option<Kept>),
    ) -> Result<Response<Full<Bytes>>, Infallible> {
        let arrived = Instant::now();
        let (head, body) = request.into_parts();
        // An origin-form target is the whole of it; an absolute one (as proxies send) is kept as it came.
        let absolute;
        let target = if let (None, Some(target)) = (head.uri.scheme(), head.uri.path_and_query()) {
            target.as_str()
        } else {
            absolute = head.uri.to_string();
            &absolute
        };
        let long = match kept.map(|kept| kept.target_of(target)).transpose() {
            Ok(long) => long,
            Err(why) => {
                let retry =
                    (why == LineRefusal::NoRoom).then_some((header::RETRY_AFTER, HeaderValue::from_static("1")));
                return Ok(self.refuse_head(why.says(), retry, arrived));
            }
        };
        if !host::is_named(head.version, &head.headers) {
            if !body.is_end_stream() {
                aside.body_refused();
            }
            return Ok(self.refuse_head(host::REFUSAL, None, arrived));
        }
        let target = long.as_ref().map_or(target, aside::LongTarget::as_str);
        let head = Head { method: head.method.as_str(), target, headers: &head.headers };
        let door = self.doors.pick(head);
        let (answer, close) = match self.read_body(door, head, peer, body).await {
            Ok(body) => {
                let request = Request { method: head.method, target: head.target, headers: head.headers, body: &body };
                (door.answer(Call { request, arrived, peer: Some(peer) }).await, long.is_some())
            }
            // The rest of the body is still on its way: the connection cannot be used for another request.
            Err(answer) => {
                aside.body_refused();
                (answer, true)
            }
        };
        self.telemetry.count(&answer.outcome, arrived.elapsed());
        if !close {
            aside.request_ended();
        }
        Ok(write(answer, close))
    }

    /// The body, as far as the door takes one; or what the door says instead.
    async fn read_body(&self, door: &dyn Door, head: Head<'_>, peer: IpAddr, body: Incoming) -> Result<Bytes, Answer> {
        let ahead = if body.is_end_stream() { None } else { door.before_body(head, Some(peer)) };
        let limit = match ahead {
            Some(ahead) => ahead.await?,
            None => door.body_limit(),
        };
        let read = body::read(body, head.headers, limit, self.limits.body_time).await;
        read.map_err(|why| door.refuse(head, why))
    }

    /// No door is asked: without the target there is no telling which, and a head that is wrong is no vendor's.
    fn refuse_head(
        &self,
        (status, word, message): (StatusCode, &'static str, &'static str),
        more: Option<(HeaderName, HeaderValue)>,
        arrived: Instant,
    ) -> Response<Full<Bytes>> {
        let outcome = Outcome { door: "none", operation: "-", admitted: false, word };
        self.telemetry.count(&outcome, arrived.elapsed());
        let mut headers = vec![(header::CONTENT_TYPE, HeaderValue::from_static("application/json"))];
        headers.extend(more);
        let body = Bytes::from(last_word::body(status.as_str(), word, message));
        write(Answer { status, headers, body, outcome }, true)
    }
}

fn write(answer: Answer, close: bool) -> Response<Full<Bytes>> {
    let mut response = Response::new(Full::new(answer.body));
    *response.status_mut() = answer.status;
    *response.extensions_mut() = names::spelling();
    let headers = response.headers_mut();
    headers.reserve(answer.headers.len() + 1);
    for (name, value) in answer.headers {
        headers.append(name, value);
    }
    if close {
        headers.insert(header::CONNECTION, HeaderValue::from_static("close"));
    }
    response
}

#[cfg(test)]
mod tests {
    use http::header::SET_COOKIE;

    use super::*;

    #[test]
    fn a_header_may_come_twice() {
        let cookie = |text| (SET_COOKIE, HeaderValue::from_static(text));
        let outcome = Outcome { door: "desk", operation: "link", admitted: true, word: "started" };
        let answer =
            Answer { status: StatusCode::OK, headers: vec![cookie("a"), cookie("b")], body: Bytes::new(), outcome };
        let response = write(answer, false);
        assert_eq!(response.headers().get_all(SET_COOKIE).iter().collect::<Vec<_>>(), ["a", "b"]);
    }
}

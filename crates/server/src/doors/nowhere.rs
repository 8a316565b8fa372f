//! What is said to a request that no door claims: JSON, never HTML.

use bytes::Bytes;
use http::{HeaderValue, StatusCode, header};
use shiming_core::BoxFuture;

use super::{Answer, Call, Door, Head, IntakeRefusal, Outcome};

pub(super) struct Nowhere;

impl Door for Nowhere {
    fn name(&self) -> &'static str {
        "none"
    }

    fn claims(&self, _: Head<'_>) -> bool {
        true
    }

    fn body_limit(&self) -> usize {
        64 * 1024
    }

    fn answer<'a>(&'a self, _: Call<'a>) -> BoxFuture<'a, Answer> {
        Box::pin(std::future::ready(say(
            StatusCode::NOT_FOUND,
            "no_door",
            "No door of this server takes this request. JD Cloud's is under /v1/, Alipay's are at /gateway.do and under \
             /v3/; at / a call must be signed as Alibaba Cloud's or Volcengine's SDKs sign it.",
        )))
    }

    fn refuse(&self, _: Head<'_>, why: IntakeRefusal) -> Answer {
        match why {
            IntakeRefusal::BodyTooLarge => say(StatusCode::PAYLOAD_TOO_LARGE, "too_large", "The body is too large."),
            IntakeRefusal::BodyTooSlow => {
                say(StatusCode::REQUEST_TIMEOUT, "too_slow", "The body did not arrive in time.")
            }
            IntakeRefusal::BodyBroken => {
                say(StatusCode::BAD_REQUEST, "broken_body", "The body ended early or is broken.")
            }
        }
    }
}

fn say(status: StatusCode, word: &'static str, message: &str) -> Answer {
    // Each vendor's clients look for the code in a place of their own: JD Cloud's in `error`, Alipay v3's beside it.
    let body = serde_json::json!({
        "code": word,
        "message": message,
        "error": { "code": status.as_u16(), "status": word, "message": message },
    });
    Answer {
        status,
        headers: vec![(header::CONTENT_TYPE, HeaderValue::from_static("application/json"))],
        body: Bytes::from(body.to_string()),
        outcome: Outcome { door: "none", operation: "-", admitted: false, word },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_client_of_every_vendor_finds_a_code_and_a_message() {
        for why in [IntakeRefusal::BodyTooLarge, IntakeRefusal::BodyTooSlow, IntakeRefusal::BodyBroken] {
            let answer = Nowhere.refuse(Head { method: "GET", target: "/", headers: &http::HeaderMap::new() }, why);
            let body: serde_json::Value = serde_json::from_slice(&answer.body).unwrap();
            assert_eq!(body["error"]["code"], answer.status.as_u16());
            assert_eq!((&body["code"], &body["message"]), (&body["error"]["status"], &body["error"]["message"]));
            assert!(body["message"].is_string() && body["code"] == answer.outcome.word);
        }
    }
}

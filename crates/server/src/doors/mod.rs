//! Doors: where a vendor's words meet ours.
//!
//! A door decides nothing about people. It reads a call, checks the signature, asks the core, and answers in the
//! vendor's words. What doors share stands here; what only looks shared stays in each.

pub mod access_key;
pub mod alipay;
pub mod alipay_gateway;
pub mod alipay_v3;
pub mod aliyun_domain;
pub mod jdcloud;
mod nowhere;
pub mod papers;
pub mod volcengine_sms;

use std::{net::IpAddr, sync::Arc, time::Instant};

use bytes::Bytes;
use http::{HeaderMap, HeaderName, HeaderValue, StatusCode};
use shiming_core::BoxFuture;
use shiming_wire::request::Request;

use nowhere::Nowhere;

/// One request, read whole.
#[derive(Debug)]
pub struct Call<'a> {
    /// As it arrived.
    pub request: Request<'a>,
    /// When its head was complete, on the clock that only measures.
    pub arrived: Instant,
    /// The other end of the connection, where there is one.
    pub peer: Option<IpAddr>,
}

/// The head of a request, before its body is read.
#[derive(Clone, Copy, Debug)]
pub struct Head<'a> {
    /// The method as sent.
    pub method: &'a str,
    /// The request target as sent.
    pub target: &'a str,
    /// The headers.
    pub headers: &'a HeaderMap,
}

impl<'a> Head<'a> {
    /// The head of a whole request.
    pub fn of(request: &Request<'a>) -> Self {
        Self { method: request.method, target: request.target, headers: request.headers }
    }

    /// The request as far as its head tells: without a body.
    pub fn bare(self) -> Request<'a> {
        Request { method: self.method, target: self.target, headers: self.headers, body: &[] }
    }
}

/// What goes back.
#[derive(Debug)]
pub struct Answer {
    /// HTTP status.
    pub status: StatusCode,
    /// Headers, names as they are to be written.
    pub headers: Vec<(HeaderName, HeaderValue)>,
    /// The exact bytes.
    pub body: Bytes,
    /// What happened, for logs and metrics; tests look at it too.
    pub outcome: Outcome,
}

impl Answer {
    /// What stands before the body in a vendor's reply. A header that HTTP cannot carry is left out.
    fn bare<'h>(status: u16, headers: impl IntoIterator<Item = (&'static str, &'h str)>, outcome: Outcome) -> Self {
        let headers = headers.into_iter().filter_map(|(name, value)| {
            Some((HeaderName::from_bytes(name.as_bytes()).ok()?, HeaderValue::from_str(value).ok()?))
        });
        Self {
            status: StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR),
            headers: headers.collect(),
            body: Bytes::new(),
            outcome,
        }
    }
}

/// What happened to a call, in words that name nobody.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Outcome {
    /// Which door.
    pub door: &'static str,
    /// The operation in the vendor's words; `-` before one is known.
    pub operation: &'static str,
    /// Whether the call got past the door: signature, clock, nonce and shape were right.
    pub admitted: bool,
    /// The verdict's or the refusal's word.
    pub word: &'static str,
}

/// What the intake refuses by itself; each door has its vendor's words for it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum IntakeRefusal {
    /// The body is larger than the door takes.
    BodyTooLarge,
    /// The body did not arrive in time.
    BodyTooSlow,
    /// The body ended early or its framing is broken.
    BodyBroken,
}

/// One vendor's door.
pub trait Door: Send + Sync {
    /// Its name in logs, metrics and the ledger.
    fn name(&self) -> &'static str;

    /// Whether this request is for it, judged by what cannot be mistaken.
    fn claims(&self, head: Head<'_>) -> bool;

    /// The largest body it takes, in bytes.
    fn body_limit(&self) -> usize;

    /// What the head alone decides, asked before a body is read: the largest one that is taken of this request, or an answer
    /// at once, and then no body is read. `None`, as at every door whose calls are known by a signature, leaves it at
    /// [`Self::body_limit`].
    fn before_body<'a>(&'a self, _: Head<'a>, _: Option<IpAddr>) -> Option<BoxFuture<'a, Result<usize, Answer>>> {
        None
    }

    /// Answers a call.
    fn answer<'a>(&'a self, call: Call<'a>) -> BoxFuture<'a, Answer>;

    /// The intake's own refusal in this vendor's words.
    fn refuse(&self, head: Head<'_>, why: IntakeRefusal) -> Answer;
}

/// All doors, and what is said where there is none.
pub struct Doors {
    doors: Vec<Arc<dyn Door>>,
    nowhere: Nowhere,
}

impl Doors {
    /// These doors, asked in this order.
    pub fn new(doors: Vec<Arc<dyn Door>>) -> Self {
        Self { doors, nowhere: Nowhere }
    }

    /// The door that a request is for.
    pub fn pick(&self, head: Head<'_>) -> &dyn Door {
        self.doors.iter().map(AsRef::as_ref).find(|door| door.claims(head)).unwrap_or(&self.nowhere)
    }
}

//! JD Cloud cloudauth (实名认证服务), version v1.
//!
//! Docs: JD Cloud specification; the modules name its sections. What the official Go, Python, Node and Java SDKs were seen to
//! send decides where the vendor's pages are silent or disagree.
//!
//! The way of a call, each step a type that only the step before can make:
//!
//! ```text
//! Request ──Unverified::parse──▶ Unverified ──verify──▶ Verified ──within──▶ Admitted ──PersonalAuth::read──▶ a typed call
//! ```
//!
//! Both directions, and every step of one call:
//!
//! ```
//! use shiming_wire::jdcloud::personal::{PersonalAuth, Rules};
//! use shiming_wire::jdcloud::sign::{Client, Manner, sign_request};
//! use shiming_wire::jdcloud::{Outcome, RequestId, Shape, SigningKey, Unverified, reply};
//! use shiming_wire::time::Window;
//! use shiming_wire::{Request, Secret};
//!
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let secret = Secret::new("fakefakefakefakefakefakefakes001");
//! let now = "2026-11-21T20:17:15Z".parse()?;
//! let body = r#"{"personalSpec":{"checkType":2,"personalUser":{"name":"张三","idCard":"110101190001011009"}}}"#;
//!
//! // The client signs.
//! let mut headers = http::HeaderMap::new();
//! headers.insert("host", "127.0.0.1:8080".parse()?);
//! headers.insert("content-type", "application/json".parse()?);
//! let unsigned = Request { method: "POST", target: "/v1/personal", headers: &headers, body: body.as_bytes() };
//! let client = Client { access_key: "FAKE0001", secret: &secret, token: None, region: "jdcloud-api", manner: Manner::Go };
//! let headers = sign_request(&unsigned, &client, now, "b4e8a4c2-9142-4f9c-968f-179ccec7e9e4").ok_or("no header value")?;
//! let request = Request { headers: &headers, ..unsigned };
//!
//! // The server checks, reads and answers.
//! let call = Unverified::parse(&request)?;
//! let key = SigningKey::derive(&secret, &call.scope());
//! let admitted = call.verify(&key, None)?.within(now, Window::FIFTEEN_MINUTES)?;
//! let asked = PersonalAuth::read(&admitted, Rules::default())?;
//! assert_eq!(asked.person.name.expose(), "张三");
//! let answer = reply::success(RequestId::from_random([7; 32]), Outcome::Match, Shape::Both);
//! assert_eq!(answer.status, 200);
//! # Ok(())
//! # }
//! ```
//!
//! Departures from the vendor:
//!
//! * the date window (plus or minus fifteen minutes) and its message are ours: the vendor publishes neither (section 1.8);
//! * a SignedHeaders list without `host`, or without the date, is a warning and no refusal (section 6);
//! * the codes of every outcome but a match are ours, unless an operator says others (section 4.3);
//! * an operation that exists but is not answered is refused with 403 `api is disabled[gw]` (section 7).

mod authorization;
pub mod call;
mod canonical;
pub mod codes;
pub mod company;
mod field;
pub mod mistakes;
pub mod operations;
#[cfg(test)]
mod other_signers;
pub mod personal;
pub mod reply;
#[cfg(test)]
mod samples;
pub mod sign;
pub mod status;
pub mod wording;

pub use call::{Admitted, ReplayKey, Unverified, Verified, Warning};
pub use codes::{No, Refusal};
pub use operations::{Operation, OperationName};
pub use reply::{Outcome, Reply, RequestId, Shape};
pub use sign::{Generation, Scope, SigningKey};
pub use wording::{Texts, Wording};

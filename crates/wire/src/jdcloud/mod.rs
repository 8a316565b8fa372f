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
//! Departures from the vendor:
//!
//! * the date window (plus or minus fifteen minutes) and its message are ours: the vendor publishes neither (section 1.8);
//! * a SignedHeaders list without `host`, or without the date, is a warning and no refusal (section 6);
//! * the codes of every outcome but a match are ours (section 4.3);
//! * an operation that exists but is not answered is refused with 403 `api is disabled[gw]` (section 7).

pub mod call;
mod canonical;
pub mod codes;
pub mod company;
mod field;
pub mod mistakes;
pub mod operations;
pub mod personal;
pub mod reply;
#[cfg(test)]
mod samples;
pub mod sign;
pub mod status;

pub use call::{Admitted, ReplayKey, Unverified, Verified, Warning};
pub use codes::{No, Refusal};
pub use operations::{Operation, OperationName};
pub use reply::{Outcome, Reply, RequestId, Shape};
pub use sign::{Generation, Scope, SigningKey};

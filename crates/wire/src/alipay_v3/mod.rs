//! Alipay v3 REST (支付宝开放平台 v3), with the jobworth authentication (职得身份认证).
//!
//! Docs: Alipay v3 specification; the modules name its sections. What the official Node and PHP SDKs were seen to send and to accept,
//! and what the Java and .NET SDKs have in their source, decides where the vendor's pages are silent or disagree.
//!
//! The way of a call, each step a type that only the step before can make:
//!
//! ```text
//! Request ──Unverified::parse──▶ Unverified ──verify──▶ Verified ──open──▶ Opened ──jobworth::authentication──▶ a typed call
//! ```
//!
//! Departures from the vendor:
//!
//! * the code of a moment outside the window, of a repeated and of a missing nonce are ours (section 1.6);
//! * `expired_seconds` narrows the window (section 1.6); it can be switched off;
//! * the message of `invalid-signature` does not repeat the string to sign, which holds people's data (section 2.7);
//! * refusals carry no `links`: the vendor's own SDKs disagree about their type (section 2.5).

pub mod call;
pub mod client;
pub mod codes;
pub mod jobworth;
pub mod mistakes;
pub mod operations;
pub mod reply;
pub mod sign;

pub use call::{AppKeys, Opened, Unverified, Verified};
pub use codes::{Business, No, Refusal};
pub use operations::{Operation, OperationName};
pub use reply::{Draft, Platform, Reply, Stamp};

//! Alipay open gateway (支付宝开放平台网关), `gateway.do`, version 1.0.
//!
//! Docs: Alipay gateway specification; the modules name its sections. What the official Python, Node, PHP and Java SDKs were seen to
//! send and to accept decides where the vendor's pages are silent or disagree.
//!
//! The way of a call, each step a type that only the step before can make:
//!
//! ```text
//! Request ──Unverified::parse──▶ Unverified ──verify──▶ Admitted ──open──▶ Opened ──MaterialCertify::read──▶ a typed call
//! ```
//!
//! Every step that refuses gives a [`Turned`]: the refusal together with the [`Frame`] it must be answered in, since charset,
//! signature and node of an answer follow from the request. All answers have HTTP status 200.
//!
//! Departures from the vendor, who publishes none of these:
//!
//! * the window of `timestamp`, which the door chooses (section 1.8);
//! * the same parameter twice with different values is refused (section 1.2);
//! * answers to GBK requests are ASCII with `\uXXXX`, and raw GBK to Java; either can be chosen for all (section 2.6 has ASCII
//!   for all, which Java's current SDK does not read);
//! * the echoed string to sign in `isv.invalid-signature` shows public parameters alone unless told otherwise (section 3.4);
//! * the parameters added to a `return_url` (section 5.2): [`certification::return_address`].

pub mod call;
pub mod certification;
pub mod client;
pub mod codes;
pub mod download;
pub mod jobworth;
pub mod material;
pub mod mistakes;
pub mod operations;
pub mod reply;
pub mod sign;

pub use call::{Admitted, AppKeys, Frame, Opened, Sha1, Turned, Unverified, Verifies};
pub use codes::{Business, No, Refusal};
pub use operations::{Operation, OperationName};
pub use reply::{Draft, Node, Platform, Reply};

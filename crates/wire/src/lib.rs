//! The vendors' protocols, both directions: bytes to call, text to sign, signature, refusal table, reply to bytes.
//!
//! One folder a vendor, with the same file names in each:
//!
//! | file | what it holds |
//! |---|---|
//! | `call.rs` | bytes to a call of which nothing is trusted yet, then to one whose signature has been checked |
//! | `sign.rs` | the text to sign, stage by stage, and the signature; verifying and signing share it |
//! | `mistakes.rs` | why a signature does not verify, in words for the caller's developer |
//! | `operations.rs` | every operation the vendor documents, and which of them are answered |
//! | `codes.rs` | every refusal the vendor can print, as a table |
//! | `reply.rs` | verdict or refusal to the exact bytes of an answer |
//! | one file a family of operations | the body, typed |
//!
//! Beside the folders stands only what is shared by nature and not by look: the borrowed [`request`], the [`json`] and
//! [`base64_field`] readers, the search for a signature's mistake ([`diagnosis`]), [`element`]s of people's data, [`secret`]s, wire forms of [`time`], and the [`vector`] form.
//!
//! The crate is pure: no I/O, no clock and no randomness of its own, no database. It knows neither the core nor who people are.

pub mod alipay;
pub mod alipay_gateway;
pub mod alipay_v3;
pub mod aliyun;
pub mod base64_field;
pub mod diagnosis;
pub mod element;
mod hex;
pub mod image_head;
pub mod jdcloud;
pub mod json;
pub mod request;
mod runs;
pub mod secret;
pub mod time;
pub mod vector;
pub mod volcengine;

pub use request::{RawRequest, Request};
pub use secret::Secret;

//! Volcengine SMS qualifications (火山引擎短信服务, 资质), version 2021-01-11.
//!
//! Docs: Volcengine SMS specification; the modules name its sections. What the official SDKs were seen to send decides where the
//! vendor's pages are silent or disagree.
//!
//! The way of a call, each step a type that only the step before can make:
//!
//! ```text
//! Request ──Unverified::parse──▶ Unverified ──verify──▶ Verified ──within──▶ Admitted ──▶ a typed operation
//! ```
//!
//! Departures from the vendor:
//!
//! * X-Expires only shortens the fifteen minutes (section 1.7);
//! * a query-form call with a body, or with a parameter outside X-SignedQueries, is refused (sections 1.5 and 1.6);
//! * 1001 says what is wrong behind the documented text, unless that is switched off (section 2.4);
//! * `fileUrl` is neither fetched nor kept: `fileContent` is needed, a whole JPEG or PNG (section 3.1);
//! * a filter by a name finds what contains it, and a page has a hundred items at most (section 4.1);
//! * what only one SDK writes is taken from all: digits as a text, one sub-account or several (sections 3.1 and 4.3).

mod authorization;
pub mod binding;
pub mod call;
mod canonical;
pub mod codes;
mod field;
pub mod file;
pub mod ident;
pub mod listing;
pub mod mistakes;
pub mod operations;
mod pdf;
mod picture;
pub mod reply;
#[cfg(test)]
mod samples;
pub mod server_said;
pub mod sign;
pub mod signature;

pub use authorization::Form;
pub use call::{Admitted, Unverified, Verified};
pub use codes::{No, Refusal, Wording};
pub use field::Purpose;
pub use operations::{Operation, OperationName};
pub use reply::{About, Reply, RequestId};
pub use sign::{Scope, SigningKey};

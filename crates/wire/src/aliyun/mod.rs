//! Alibaba Cloud Domain (域名实名认证), versions 2016-05-11 and 2018-01-29.
//!
//! Docs: Alibaba Cloud Domain specification; the modules name its sections. No two SDKs put the parameters into the same place, so
//! query and body are read alike, and the two signatures are computed over what the names and values mean, not how they are spelled.
//!
//! The way of a call, each step a type that only the step before can make, in the order of section 5:
//!
//! ```text
//! Request ──Opened::read──▶ Opened ──Unverified::parse──▶ Unverified ──within──▶ Timely ──verify──▶ Verified ──admit──▶ Admitted
//! ```

pub mod answers;
pub mod ask;
pub mod call;
mod canonical;
pub mod codes;
pub mod contact;
pub mod credential;
pub mod field;
pub mod mistakes;
pub mod opened;
pub mod operations;
pub mod parameters;
pub mod reply;
#[cfg(test)]
mod samples;
pub mod server_said;
pub mod sign;

pub use ask::Ask;
pub use call::{Admitted, Key, Nonce, Switches, Timely, Unverified, Verified};
pub use codes::{No, Refusal};
pub use contact::Contact;
pub use credential::Submission;
pub use opened::{Format, Lang, Opened, Scheme};
pub use operations::{Operation, OperationName, Version};
pub use parameters::Parameters;
pub use reply::{Reply, RequestId};

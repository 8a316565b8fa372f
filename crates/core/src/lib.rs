//! The verification core: claims in, verdicts out, one durable ledger entry for each.
//!
//! Every operation of every door is one of three verbs; this crate holds what they mean. [`check`]: a claim goes in and a
//! verdict comes out at once. [`redeem`]: a person proves it at a hosted desk, and the caller exchanges a once-token for
//! the result, exactly once. [`submit`]: papers go in, a receipt comes out, and a reviewer decides later.
//!
//! What this crate does not know: HTTP, JSON, any vendor's name or code, any database. What it needs from outside it
//! asks for by the ports: [`Source`] (where truth comes from), [`Ledger`] (what was decided), [`Callers`] (who may
//! ask), [`Operators`] (who decides cases), [`Sessions`] (who is at the desk), [`Cases`] and [`Papers`] (what was handed
//! in), [`Forms`](submit::Forms) (what is written there), [`Outbox`](submit::Outbox) (what callers are told), [`FaceMatcher`]
//! and [`Clock`].

pub mod callers;
pub mod check;
pub mod claim;
pub mod face;
pub mod ledger;
pub mod operators;
pub mod policy;
pub mod record;
pub mod redeem;
pub mod source;
pub mod submit;
pub mod time;
pub mod verdict;

pub use callers::{Caller, CallerState, Callers, NewCaller};
pub use check::{Asking, Checker, Decision, Fault};
pub use claim::{Check, Claim, Element, Elements};
pub use face::{FaceMatcher, Likeness, Score, Unusable};
pub use ledger::{Again, CaseStep, Committed, Entry, Ledger, LedgerError, Ruling, Seq, Spend, SubjectTag};
pub use operators::{Operator, Operators, OperatorsError, Role};
pub use policy::Policy;
pub use record::{Change, Record, RecordKey, RecordKind};
pub use redeem::{RedeemFault, Redeemer, Redemption, Session, SessionKey, Sessions};
pub use source::{Finding, Source, SourceDown, SourceId};
pub use submit::{Case, CaseKey, Cases, Papers, SubmitFault, Submitter};
pub use time::{Clock, UnixTime};
pub use verdict::{CannotCheck, Verdict};

/// A boxed future, for ports that are used as trait objects.
pub type BoxFuture<'a, T> = std::pin::Pin<Box<dyn Future<Output = T> + Send + 'a>>;

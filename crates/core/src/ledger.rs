//! The ledger: one durable entry for every decision, and with it what the decision used up.
//!
//! The entry, the caller's nonce and the decision are one transaction. An answer leaves only after it; so a caller never
//! holds an answer that the ledger lost, and what was spent stays spent over a crash.

use std::fmt;

use crate::{BoxFuture, claim::Check, face::Score, source::SourceId, time::UnixTime, verdict::Verdict};

/// An entry's place in the ledger, from 1, without gaps.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Seq(pub u64);

/// A keyed hash that stands for a subject: equal for equal numbers, and nothing without the key.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct SubjectTag(pub [u8; 16]);

impl fmt::Debug for SubjectTag {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SubjectTag(")?;
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))?;
        f.write_str(")")
    }
}

/// What was decided: tags and words, never a person's values.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// When it was decided.
    pub at: UnixTime,
    /// The id that the caller was given with the answer.
    pub request_id: String,
    /// Which door it came through.
    pub door: String,
    /// Who asked: the caller's public key id.
    pub caller: String,
    /// The operation in the vendor's words.
    pub operation: String,
    /// Whom or what it was about: a person's number, or a case.
    pub subject: SubjectTag,
    /// What was decided.
    pub ruling: Ruling,
    /// Which source, or which operator, decided; none where nobody was asked or nobody had a record.
    pub source: Option<SourceId>,
    /// How long the decision took, in microseconds.
    pub took_micros: u32,
}

/// What an entry says was decided.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Ruling {
    /// A claim was checked.
    Checked {
        /// Which check.
        check: Check,
        /// What was found.
        verdict: Verdict,
        /// How alike the faces were, where two were compared.
        score: Option<Score>,
    },
    /// A case took a step.
    Case(CaseStep),
}

/// A step of a case that the ledger keeps.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CaseStep {
    /// It was handed in, for the first time or again.
    Submitted,
    /// An operator approved it where two have to; it is still under review.
    Endorsed,
    /// It was approved.
    Approved,
    /// It was rejected.
    Rejected,
    /// It was closed.
    Closed,
    /// It was approved, and has to be handed in anew.
    Reopened,
}

impl CaseStep {
    /// Every step.
    pub const ALL: [Self; 6] =
        [Self::Submitted, Self::Endorsed, Self::Approved, Self::Rejected, Self::Closed, Self::Reopened];

    /// The word for it. Part of the ledger's canonical form: never change one.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Submitted => "submitted",
            Self::Endorsed => "endorsed",
            Self::Approved => "approved",
            Self::Rejected => "rejected",
            Self::Closed => "closed",
            Self::Reopened => "reopened",
        }
    }

    /// The step that a word means.
    pub fn from_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|step| step.word() == word)
    }
}

impl Ruling {
    /// What stands for a check where a case took a step.
    pub const CASE: &'static str = "case";

    /// The word for what was asked: the check's, or [`Ruling::CASE`]. No check has that word.
    pub fn asked(&self) -> &'static str {
        match self {
            Self::Checked { check, .. } => check.word(),
            Self::Case(_) => Self::CASE,
        }
    }

    /// Every word for what may come out.
    pub fn words() -> impl Iterator<Item = &'static str> {
        Verdict::words().chain(CaseStep::ALL.map(CaseStep::word))
    }

    /// The word for what came out: the verdict's, or the step's.
    pub fn word(&self) -> &'static str {
        match self {
            Self::Checked { verdict, .. } => verdict.word(),
            Self::Case(step) => step.word(),
        }
    }

    /// How alike two faces were, where a check compared them.
    pub fn score(&self) -> Option<Score> {
        match self {
            Self::Checked { score, .. } => *score,
            Self::Case(_) => None,
        }
    }

    /// The verdict, where a claim was checked.
    pub fn verdict(&self) -> Option<&Verdict> {
        match self {
            Self::Checked { verdict, .. } => Some(verdict),
            Self::Case(_) => None,
        }
    }
}

/// Something that may be used once: a nonce, or a signature where the nonce is not under it.
#[derive(Clone, PartialEq, Eq)]
pub struct Spend {
    /// What is spent, already hashed together with the caller, so that two callers' nonces never meet.
    pub key: [u8; 16],
    /// Until when it must be remembered: after this the call would be refused as stale anyway.
    pub until: UnixTime,
    /// What a second use means.
    pub again: Again,
}

/// Never shows what was spent.
impl fmt::Debug for Spend {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Spend").field("until", &self.until).field("again", &self.again).finish_non_exhaustive()
    }
}

/// What a second use of the same thing means.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Again {
    /// It is refused: a replay.
    Refuse,
    /// The first decision is given again and nothing new is written. For signatures without a nonce under them, which an
    /// honest client can make twice in one second (JD Cloud's third generation).
    Repeat,
    /// The first decision is given again if the call had the same content, and refused if it had another. For a number
    /// that the caller gives to a request so that it can be sent again (Alipay's `transaction_id`).
    RepeatIfSame {
        /// A keyed hash of what was asked ([`Ledger::tag`]).
        content: [u8; 16],
    },
}

/// What became of an entry.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Committed {
    /// It is durable, under this number.
    New(Seq),
    /// The spend was used before: here is the entry of that time. Nothing was written.
    Repeated(Box<Entry>),
    /// The spend was used before, and that is refused. Nothing was written.
    Replayed,
    /// The spend was used before, for another content. Nothing was written.
    Differs,
}

/// Where decisions are kept.
pub trait Ledger: Send + Sync {
    /// Makes the entry and the spend durable together; the future ends when they are.
    fn commit(&self, entry: Entry, spend: Option<Spend>) -> BoxFuture<'_, Result<Committed, LedgerError>>;

    /// Spends something where nothing is decided. False when it was used before, whatever a second use means.
    fn spend(&self, spend: Spend) -> BoxFuture<'_, Result<bool, LedgerError>>;

    /// What [`Ledger::commit`] would say of this spend's earlier use, if there was one: so that what is repeated need
    /// not be decided again first. A ledger that says nothing here says it when it commits.
    fn earlier<'a>(&'a self, spend: &'a Spend) -> BoxFuture<'a, Result<Option<Committed>, LedgerError>> {
        let _ = spend;
        Box::pin(std::future::ready(Ok(None)))
    }

    /// A keyed hash of some texts, none of which runs into the next: for what is spent, and for contents.
    fn tag(&self, texts: &[&[u8]]) -> [u8; 16];

    /// The tag that stands for the subject of a claim.
    fn subject(&self, key: crate::record::RecordKey<'_>) -> SubjectTag;
}

/// The ledger could not be written. The decision does not count and no answer may leave.
#[derive(Debug, thiserror::Error)]
#[error("the ledger could not be written")]
pub struct LedgerError(#[source] pub Box<dyn std::error::Error + Send + Sync>);

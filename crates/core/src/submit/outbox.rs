//! The port to what callers' systems are told of decisions: a notice is written with the decision, and delivered later.

use super::{
    case::{Case, CaseKey, State, Step},
    port::CasesError,
};
use crate::{BoxFuture, time::UnixTime};

/// What a caller's system is told. The number of each is part of the stored format: never reuse one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[repr(u8)]
pub enum Event {
    /// A case was approved.
    Approved = 1,
    /// A case was rejected.
    Rejected = 2,
    /// A revision was approved: what is in the case has changed.
    RevisionApproved = 3,
    /// A revision was rejected: what is in the case stays.
    RevisionRejected = 4,
}

impl Event {
    /// Every event.
    pub const ALL: [Self; 4] = [Self::Approved, Self::Rejected, Self::RevisionApproved, Self::RevisionRejected];

    /// The event of a stored number.
    pub fn from_number(number: i64) -> Option<Self> {
        Self::ALL.into_iter().find(|event| *event as i64 == number)
    }

    /// The word for it in lists.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Approved => "approved",
            Self::Rejected => "rejected",
            Self::RevisionApproved => "revision_approved",
            Self::RevisionRejected => "revision_rejected",
        }
    }

    /// What the caller is told of a step that has led here. Only a decision that ends a round is news: other steps are
    /// the caller's own.
    pub fn of<P>(step: &Step<P>, next: &Case) -> Option<Self> {
        match (step, next.state, next.revises) {
            (Step::Decide { .. }, State::Approved, None) => Some(Self::Approved),
            (Step::Decide { .. }, State::Rejected, None) => Some(Self::Rejected),
            (Step::Decide { .. }, State::Approved, Some(_)) => Some(Self::RevisionApproved),
            (Step::Decide { .. }, State::Rejected, Some(_)) => Some(Self::RevisionRejected),
            _ => None,
        }
    }
}

/// How far a notice has come. The number of each is part of the stored format: never reuse one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[repr(u8)]
pub enum Standing {
    /// It waits for its next attempt.
    Waiting = 1,
    /// It was delivered.
    Delivered = 2,
    /// Nobody took it. It stays until an operator puts it back.
    Dead = 3,
}

impl Standing {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::Waiting, Self::Delivered, Self::Dead];

    /// The standing of a stored number.
    pub fn from_number(number: i64) -> Option<Self> {
        Self::ALL.into_iter().find(|standing| *standing as i64 == number)
    }

    /// The word for it in lists.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Waiting => "waiting",
            Self::Delivered => "delivered",
            Self::Dead => "dead",
        }
    }
}

/// News for a caller's system. It holds nothing of what was handed in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Notice {
    /// Its number: random, and the same for every attempt, so that a receiver knows a repetition.
    pub id: String,
    /// Its place in the outbox, which lists begin behind. It grows.
    pub place: i64,
    /// What it says.
    pub event: Event,
    /// Which case, as the caller knows it: for a revision, the one that it revises.
    pub key: CaseKey,
    /// The number of the revision that was decided, if it was one.
    pub revision: Option<i64>,
    /// Where that case stood after the decision.
    pub state: State,
    /// In which round it was.
    pub round: u32,
    /// When it was decided.
    pub at: UnixTime,
    /// How far it has come.
    pub standing: Standing,
    /// How often it was tried.
    pub attempts: u32,
    /// When it is tried next; while it waits.
    pub next: UnixTime,
    /// Why the latest attempt failed, in words of ours.
    pub why: Option<String>,
}

/// What became of an attempt.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Attempt {
    /// The receiver has it.
    Delivered,
    /// It failed and is tried again.
    Again {
        /// When.
        next: UnixTime,
        /// Why it failed.
        why: &'static str,
    },
    /// It failed for the last time.
    Dead {
        /// Why.
        why: &'static str,
    },
    /// The caller wants no notices: it is forgotten.
    Unwanted,
}

/// Where notices wait. What is written is durable when a future ends.
pub trait Outbox: Send + Sync {
    /// Takes notices that are due, at most so many, the longest due first. Each counts as tried, and is due again at
    /// `until` unless it is settled before: so one that a stopped process had taken is not lost.
    fn claim(&self, now: UnixTime, until: UnixTime, most: usize) -> BoxFuture<'_, Result<Vec<Notice>, CasesError>>;

    /// Writes what became of a notice that was claimed. False when it was claimed again meanwhile: then that attempt says.
    fn settle<'a>(&'a self, notice: &'a Notice, attempt: Attempt) -> BoxFuture<'a, Result<bool, CasesError>>;

    /// Notices of a standing, oldest first, those behind a place, at most so many.
    fn notices(&self, standing: Standing, behind: i64, most: usize) -> BoxFuture<'_, Result<Vec<Notice>, CasesError>>;

    /// How many notices have a standing.
    fn count(&self, standing: Standing) -> BoxFuture<'_, Result<u64, CasesError>>;

    /// The notice of a number.
    fn notice<'a>(&'a self, id: &'a str) -> BoxFuture<'a, Result<Option<Notice>, CasesError>>;

    /// Puts a dead notice back, to be tried from the start. False when no dead notice has that number.
    fn requeue<'a>(&'a self, id: &'a str, now: UnixTime) -> BoxFuture<'a, Result<bool, CasesError>>;
}

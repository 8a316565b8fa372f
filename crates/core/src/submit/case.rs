//! A case and its table of steps.

use std::fmt;

use crate::{ledger::CaseStep, time::UnixTime};

/// What a case is found by.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct CaseKey {
    /// Which door.
    pub door: String,
    /// Whose it is: the caller's public key id.
    pub caller: String,
    /// What it is, in a word of the door's: a template, a qualification, a signature.
    pub kind: String,
    /// Its number, which the store gives: 9 digits, growing. Some SDKs have 32 bits for one.
    pub number: i64,
}

/// Where a case stands. The number of each is part of the stored format: never reuse one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[repr(u8)]
pub enum State {
    /// It is being put together.
    Draft = 1,
    /// It was handed in and waits for a decision.
    UnderReview = 2,
    /// It is in force.
    Approved = 3,
    /// It was refused. It can be handed in again.
    Rejected = 4,
    /// It is over.
    Closed = 5,
}

impl State {
    /// Every state.
    pub const ALL: [Self; 5] = [Self::Draft, Self::UnderReview, Self::Approved, Self::Rejected, Self::Closed];

    /// The state of a stored number.
    pub fn from_number(number: i64) -> Option<Self> {
        Self::ALL.into_iter().find(|state| *state as i64 == number)
    }

    /// The word for it in lists and messages.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Draft => "draft",
            Self::UnderReview => "under_review",
            Self::Approved => "approved",
            Self::Rejected => "rejected",
            Self::Closed => "closed",
        }
    }
}

/// A case as it stands. It holds nothing of what was handed in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Case {
    /// What it is found by.
    pub key: CaseKey,
    /// Where it stands.
    pub state: State,
    /// How often it was handed in, counted from 1; a draft is in the round that begins when it is.
    pub round: u32,
    /// Grows with every step.
    pub version: u64,
    /// When it was made.
    pub created: UnixTime,
    /// When it last took a step.
    pub updated: UnixTime,
    /// The group in which it is the one to use, if it is; there is one in a group.
    pub preferred: Option<String>,
    /// A keyed hash of its name, where names are unique among a caller's cases of a kind that are not closed.
    pub name_tag: Option<[u8; 16]>,
    /// The operators who have edited it or brought papers for it: they cannot approve it.
    pub hands: Vec<String>,
    /// The operators who have approved it in this round.
    pub approvals: Vec<String>,
    /// The number of the case that it revises, if it is a revision: that one stays in force until this one is approved,
    /// and then has what is in this one.
    pub revises: Option<i64>,
}

/// The door's fields, as bytes that only the door reads. Sealed at rest.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Dossier(pub Vec<u8>);

/// Shows nothing of what is in it.
impl fmt::Debug for Dossier {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Dossier(…)")
    }
}

/// What a paper is written in. The number of each is part of the stored format.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[repr(u8)]
pub enum Media {
    /// JPEG.
    Jpeg = 1,
    /// PNG.
    Png = 2,
    /// BMP.
    Bmp = 3,
    /// PDF: shown to nobody by the server itself.
    Pdf = 4,
}

impl Media {
    /// Every medium.
    pub const ALL: [Self; 4] = [Self::Jpeg, Self::Png, Self::Bmp, Self::Pdf];

    /// The medium of a stored number.
    pub fn from_number(number: i64) -> Option<Self> {
        Self::ALL.into_iter().find(|media| *media as i64 == number)
    }
}

/// A picture of a paper that goes with a case.
#[derive(Clone, PartialEq, Eq)]
pub struct Paper {
    /// Which paper it is, in a word of the door's: a licence, a letter of authority.
    pub role: String,
    /// What it is written in.
    pub media: Media,
    /// The file.
    pub bytes: Vec<u8>,
}

/// Shows nothing of the picture.
impl fmt::Debug for Paper {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Paper").field("role", &self.role).field("media", &self.media).finish_non_exhaustive()
    }
}

/// What goes into a case with a step: `P` is [`Paper`] on its way in, and [`Stored`](super::Stored) once it is sealed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Content<P> {
    /// The door's fields, in place of those before.
    pub dossier: Option<Dossier>,
    /// The keyed hash of a name, in place of the one before.
    pub name_tag: Option<[u8; 16]>,
    /// Papers, beside those of this round.
    pub papers: Vec<P>,
    /// The operator who does it for the caller; none where the caller does.
    pub by: Option<String>,
}

impl<P> Default for Content<P> {
    fn default() -> Self {
        Self { dossier: None, name_tag: None, papers: Vec::new(), by: None }
    }
}

/// What was decided. The number of each is part of the stored format.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[repr(u8)]
pub enum Outcome {
    /// It is good.
    Approve = 1,
    /// It is not.
    Reject = 2,
}

impl Outcome {
    /// The outcome of a stored number.
    pub fn from_number(number: i64) -> Option<Self> {
        [Self::Approve, Self::Reject].into_iter().find(|outcome| *outcome as i64 == number)
    }
}

/// An operator's decision.
#[derive(Clone, PartialEq, Eq)]
pub struct Decision {
    /// What was decided.
    pub outcome: Outcome,
    /// Why, for the caller to read. It may name a person: it is sealed at rest.
    pub reason: String,
    /// The operator's name.
    pub by: String,
}

/// Does not show the reason.
impl fmt::Debug for Decision {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Decision").field("outcome", &self.outcome).field("by", &self.by).finish_non_exhaustive()
    }
}

/// How many operators have to approve.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Review {
    /// One.
    #[default]
    One,
    /// Two, who are not the same.
    Two,
}

impl Review {
    /// So many.
    pub const fn approvals(self) -> usize {
        match self {
            Self::One => 1,
            Self::Two => 2,
        }
    }
}

/// What happens to a case.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Step<P> {
    /// What is in it changes.
    Edit(Content<P>),
    /// It is handed in, with what changes at that.
    Submit(Content<P>),
    /// An operator decides.
    Decide {
        /// What.
        decision: Decision,
        /// How many have to approve.
        review: Review,
    },
    /// Fields change that no review looks at; it stays where it is.
    Amend {
        /// The door's fields, in place of those before.
        dossier: Dossier,
    },
    /// Something changes that was approved: it is put together anew, and has to be handed in again.
    Reopen(Content<P>),
    /// It is handed in anew while it is under review: the next round begins, and what was handed in before counts no longer.
    Supersede(Content<P>),
    /// It ends. Its papers are erased on schedule.
    Close,
    /// It becomes the one to use in a group, in place of the one before.
    Prefer {
        /// Which group.
        group: String,
    },
}

/// A step that is not possible. Nothing has changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Forbidden {
    /// There is no such case.
    #[error("there is no such case")]
    Unknown,
    /// The case does not allow it where it stands.
    #[error("a case that is {} does not allow this", .0.word())]
    From(State),
    /// The operator has had a hand in the case.
    #[error("who has edited a case cannot approve it")]
    OwnWork,
    /// The operator has approved it already.
    #[error("the second approval is another operator's")]
    SameOperator,
    /// Another case of the kind has the name.
    #[error("another case has this name")]
    NameTaken,
    /// Its owner has as many of the kind as there may be.
    #[error("there are as many cases of this kind as there may be")]
    Full,
    /// The same case is named twice in one change.
    #[error("the same case is named twice")]
    Twice,
}

impl Case {
    /// The case after a step. This is the whole table of transitions; that a name is taken, and which other case was
    /// preferred, only the store knows.
    pub fn after<P>(&self, step: &Step<P>, now: UnixTime) -> Result<Self, Forbidden> {
        let mut next = Self { version: self.version + 1, updated: now, ..self.clone() };
        next.state = match (step, self.state) {
            (Step::Edit(content), State::Draft | State::Rejected) => {
                next.takes(content);
                self.state
            }
            (Step::Submit(content), State::Draft | State::Rejected)
            | (Step::Supersede(content), State::UnderReview) => {
                next.takes(content);
                next.approvals.clear();
                next.round = self.coming_round();
                State::UnderReview
            }
            (Step::Amend { .. }, from) if from != State::Closed => from,
            (Step::Reopen(content), State::Approved) if self.revises.is_none() => {
                next.takes(content);
                next.round = self.round + 1;
                State::Draft
            }
            (Step::Decide { decision, review }, State::UnderReview) => match decision.outcome {
                Outcome::Reject => {
                    next.approvals.clear();
                    State::Rejected
                }
                Outcome::Approve if self.hands.contains(&decision.by) => return Err(Forbidden::OwnWork),
                Outcome::Approve if self.approvals.contains(&decision.by) => return Err(Forbidden::SameOperator),
                Outcome::Approve => {
                    next.approvals.push(decision.by.clone());
                    if next.approvals.len() < review.approvals() { State::UnderReview } else { State::Approved }
                }
            },
            (Step::Close, State::Draft | State::UnderReview | State::Approved | State::Rejected) => {
                next.preferred = None;
                State::Closed
            }
            (Step::Prefer { group }, from) if from != State::Closed && self.revises.is_none() => {
                next.preferred = Some(group.clone());
                from
            }
            (_, from) => return Err(Forbidden::From(from)),
        };
        Ok(next)
    }

    /// Whether it waits for a decision, or for being handed in again.
    pub const fn is_open(&self) -> bool {
        matches!(self.state, State::UnderReview | State::Rejected)
    }

    /// The round that papers brought now belong to: the next one after a rejection, and instead of what is under review.
    pub const fn coming_round(&self) -> u32 {
        if self.is_open() { self.round + 1 } else { self.round }
    }

    fn takes<P>(&mut self, content: &Content<P>) {
        self.name_tag = content.name_tag.or(self.name_tag);
        if let Some(by) = content.by.as_ref().filter(|by| !self.hands.contains(by)) {
            self.hands.push(by.clone());
        }
    }
}

impl<P> Step<P> {
    /// The operator who takes it, where one does.
    pub fn operator(&self) -> Option<&str> {
        match self {
            Self::Edit(content) | Self::Submit(content) | Self::Reopen(content) | Self::Supersede(content) => {
                content.by.as_deref()
            }
            Self::Decide { decision, .. } => Some(&decision.by),
            Self::Amend { .. } | Self::Close | Self::Prefer { .. } => None,
        }
    }

    /// What the ledger says of the step that has led here; none where it keeps nothing.
    pub fn entered(&self, next: &Case) -> Option<CaseStep> {
        match (self, next.state) {
            (Self::Submit(_) | Self::Supersede(_), _) => Some(CaseStep::Submitted),
            (Self::Decide { .. }, State::Approved) => Some(CaseStep::Approved),
            (Self::Decide { .. }, State::Rejected) => Some(CaseStep::Rejected),
            (Self::Decide { .. }, _) => Some(CaseStep::Endorsed),
            (Self::Close, _) => Some(CaseStep::Closed),
            (Self::Reopen(_), _) => Some(CaseStep::Reopened),
            (Self::Edit(_) | Self::Amend { .. } | Self::Prefer { .. }, _) => None,
        }
    }
}

//! The verb *submit*: papers go in, a receipt comes out; a reviewer decides later.
//!
//! A caller makes a [`Case`] and hands it in, operators decide, the caller reads what came of it and may hand it in
//! again. The steps are a table ([`Case::after`]); where cases and papers are kept are the ports [`Cases`] and
//! [`Papers`]. What is approved can be revised: the revision is a case of its own, and what is in force stays until that
//! one is approved. Checks beside the reviewer leave [`Remark`]s, and what callers are told of waits in the [`Outbox`].
//! The verb puts them together: papers are durable before the step that they belong to, and removed if the
//! step is refused; the step, its ledger entry and what the call spends are one transaction.

mod case;
mod form;
mod kept;
mod outbox;
mod port;
mod remark;
mod revise;
mod steps;

use std::sync::Arc;

pub use case::{Case, CaseKey, Content, Decision, Dossier, Forbidden, Media, Outcome, Paper, Review, State, Step};
pub use form::{Field, Form, Forms, Means};
pub use outbox::{Attempt, Event, Notice, Outbox, Standing};
pub use port::{
    Cases, CasesError, Change, Changed, Creation, Decided, Filed, NewCase, Papers, Recording, Request, Revises, Stored,
    Swept, Waiting, Which,
};
pub use remark::{Judgement, Remark, Remarked, Topic};
pub use revise::Revision;

use crate::{
    check::Asking,
    ledger::{CaseStep, Entry, Ledger, LedgerError, Ruling, Spend, SubjectTag},
    source::SourceId,
    time::{Clock, UnixTime},
};

/// Takes cases in, and leads them to their decision.
pub struct Submitter {
    cases: Arc<dyn Cases>,
    papers: Arc<dyn Papers>,
    ledger: Arc<dyn Ledger>,
    clock: Arc<dyn Clock>,
}

/// A case that a caller wants made.
#[derive(Debug, Default)]
pub struct Opening {
    /// What it is, in a word of the door's.
    pub kind: String,
    /// A repetition of the request finds the same case: by the first of these that is known.
    pub requests: Vec<Request>,
    /// How many cases of the kind its caller may have that are not over, with this one; none for any number.
    pub most: Option<u32>,
    /// What is in it.
    pub content: Content<Paper>,
    /// Whether it is handed in at once; a draft otherwise.
    pub submit: bool,
}

/// The case of a request to make one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Opened {
    /// The case.
    pub case: Case,
    /// Whether the same request has made it before.
    pub again: bool,
}

/// Why a step was not taken.
#[derive(Debug, thiserror::Error)]
pub enum SubmitFault {
    /// It is not possible. Nothing of the case has changed.
    #[error(transparent)]
    Forbidden(#[from] Forbidden),
    /// What the call spends was spent before.
    #[error("the call was seen before")]
    Replayed,
    /// The ledger could not be written.
    #[error(transparent)]
    Ledger(#[from] LedgerError),
    /// The cases could not be read or written.
    #[error(transparent)]
    Cases(#[from] CasesError),
}

impl Submitter {
    /// The verb over these ports. The ledger is the one that the store of cases writes into; here it gives tags, and
    /// takes what is spent where nothing is written.
    pub fn new(cases: Arc<dyn Cases>, papers: Arc<dyn Papers>, ledger: Arc<dyn Ledger>, clock: Arc<dyn Clock>) -> Self {
        Self { cases, papers, ledger, clock }
    }

    /// The cases, for what needs no rule: lists, dossiers, decisions, sweeps.
    pub fn cases(&self) -> &dyn Cases {
        &*self.cases
    }

    /// The papers, for reading them.
    pub fn papers(&self) -> &dyn Papers {
        &*self.papers
    }

    /// Makes a case for who asks. A request that was made before gives the case of that time.
    pub async fn create(
        &self,
        asking: Asking<'_>,
        opening: Opening,
        spend: Option<Spend>,
    ) -> Result<Opened, SubmitFault> {
        let Opening { kind, requests, most, content, submit } = opening;
        let making = Making { kind, requests, most, submit, revises: None };
        self.make(&asking, making, content, spend).await
    }

    /// Changes what is in a case.
    pub async fn edit(
        &self,
        asking: Asking<'_>,
        key: &CaseKey,
        content: Content<Paper>,
        spend: Option<Spend>,
    ) -> Result<Case, SubmitFault> {
        self.change(&asking, key, Step::Edit(content), spend).await
    }

    /// Changes fields that no review looks at, wherever the case stands. Which fields those are is the door's to say. An
    /// open revision has its own fields, and is not told.
    pub async fn amend(
        &self,
        asking: Asking<'_>,
        key: &CaseKey,
        dossier: Dossier,
        spend: Option<Spend>,
    ) -> Result<Case, SubmitFault> {
        self.change(&asking, key, Step::Amend { dossier }, spend).await
    }

    /// Changes what was approved: the case is a draft again, and its revision, if one is open, ends.
    pub async fn reopen(
        &self,
        asking: Asking<'_>,
        key: &CaseKey,
        content: Content<Paper>,
        spend: Option<Spend>,
    ) -> Result<Case, SubmitFault> {
        self.change(&asking, key, Step::Reopen(content), spend).await
    }

    /// Hands a case in, for the first time or after a rejection. Of several at the same moment one does.
    pub async fn submit(
        &self,
        asking: Asking<'_>,
        key: &CaseKey,
        content: Content<Paper>,
        spend: Option<Spend>,
    ) -> Result<Case, SubmitFault> {
        self.change(&asking, key, Step::Submit(content), spend).await
    }

    /// An operator decides, under the operator's name.
    pub async fn decide(
        &self,
        asking: Asking<'_>,
        key: &CaseKey,
        decision: Decision,
        review: Review,
    ) -> Result<Case, SubmitFault> {
        self.change(&asking, key, Step::Decide { decision, review }, None).await
    }

    /// The same, of a case as it was looked at: none when it has taken another step since. What was handed in anew
    /// meanwhile is not decided unseen.
    pub async fn decide_as_seen(
        &self,
        asking: Asking<'_>,
        seen: &Case,
        decision: Decision,
        review: Review,
    ) -> Result<Option<Case>, SubmitFault> {
        let step = Step::Decide { decision, review };
        let changed = self.change_as_seen(asking, vec![(seen.clone(), step)], None).await?;
        Ok(changed.and_then(|cases| cases.into_iter().next()))
    }

    /// Ends a case.
    pub async fn close(&self, asking: Asking<'_>, key: &CaseKey, spend: Option<Spend>) -> Result<Case, SubmitFault> {
        self.change(&asking, key, Step::Close, spend).await
    }

    /// The case as it stands.
    pub async fn find(&self, key: &CaseKey) -> Result<Option<Case>, CasesError> {
        self.cases.find(key).await
    }

    /// Cases by number, at most so many.
    pub async fn list(&self, which: &Which, most: usize) -> Result<Vec<Case>, CasesError> {
        self.cases.list(which, most).await
    }

    /// Every case by number that is not over, however many there are.
    pub async fn all(&self, which: Which) -> Result<Vec<Case>, CasesError> {
        let mut all = self.every(which).await?;
        all.retain(|case| case.state != State::Closed);
        Ok(all)
    }

    /// The same with those that are over.
    pub async fn every(&self, mut which: Which) -> Result<Vec<Case>, CasesError> {
        const AT_ONCE: usize = 512;
        let mut all = Vec::new();
        loop {
            let some = self.list(&which, AT_ONCE).await?;
            let (count, last) = (some.len(), some.last().map(|case| case.key.number));
            all.extend(some);
            match last {
                Some(last) if count == AT_ONCE => which.behind = last,
                _ => return Ok(all),
            }
        }
    }

    /// What stands for a case in the ledger.
    pub fn subject(&self, key: &CaseKey) -> SubjectTag {
        let number = key.number.to_be_bytes();
        let texts: [&[u8]; 5] = [b"case", key.door.as_bytes(), key.caller.as_bytes(), key.kind.as_bytes(), &number];
        SubjectTag(self.ledger.tag(&texts))
    }

    async fn make(
        &self,
        asking: &Asking<'_>,
        making: Making,
        content: Content<Paper>,
        spend: Option<Spend>,
    ) -> Result<Opened, SubmitFault> {
        let Making { kind, requests, most, submit, revises } = making;
        let created = self.clock.now();
        let number = self.cases.number().await?;
        let key = CaseKey { door: asking.door.into(), caller: asking.caller.into(), kind, number };
        let content = self.keep(content).await?;
        let papers = content.papers.clone();
        let earlier = revises.iter().flat_map(|revises| &revises.earlier);
        let mut entries: Vec<Entry> =
            earlier.map(|(key, _)| self.entry(asking, key, CaseStep::Closed, None, created)).collect();
        entries.extend(submit.then(|| self.entry(asking, &key, CaseStep::Submitted, content.by.clone(), created)));
        let record = Recording { entries, spend: spend.clone() };
        let new = NewCase { key, requests, most, content, submit, created, revises };
        let refused = match self.cases.create(new, record).await? {
            Creation::Made(case) => return Ok(Opened { case: *case, again: false }),
            refused => refused,
        };
        self.discard(papers).await;
        match refused {
            Creation::Replayed => Err(SubmitFault::Replayed),
            Creation::Forbidden(forbidden) => Err(self.refused(forbidden, spend).await),
            Creation::Again(case) | Creation::Made(case) => {
                self.spend(spend).await?;
                Ok(Opened { case: *case, again: true })
            }
        }
    }

    /// A call that is refused has spent what it spends: it can not be played again later.
    async fn refused(&self, forbidden: Forbidden, spend: Option<Spend>) -> SubmitFault {
        match self.spend(spend).await {
            Ok(()) => forbidden.into(),
            Err(fault) => fault,
        }
    }

    async fn spend(&self, spend: Option<Spend>) -> Result<(), SubmitFault> {
        let Some(spend) = spend else { return Ok(()) };
        if self.ledger.spend(spend).await? { Ok(()) } else { Err(SubmitFault::Replayed) }
    }

    fn entry(&self, asking: &Asking<'_>, key: &CaseKey, step: CaseStep, by: Option<String>, at: UnixTime) -> Entry {
        asking.entry(at, self.subject(key), Ruling::Case(step), by.map(|name| SourceId::from(name.as_str())))
    }
}

/// A case to make, without what is in it.
struct Making {
    kind: String,
    requests: Vec<Request>,
    most: Option<u32>,
    submit: bool,
    revises: Option<Revises>,
}

#[cfg(test)]
mod tests;

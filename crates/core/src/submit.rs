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
mod outbox;
mod port;
mod remark;
mod revise;

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

/// How often a change is tried anew on what overtook it.
const TRIES: usize = 8;

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
        let at = self.clock.now();
        let by = Some(decision.by.clone());
        let step: Step<Stored> = Step::Decide { decision, review };
        let next = seen.after(&step, at)?;
        let entered = step.entered(&next).map(|entered| self.entry(&asking, &seen.key, entered, by, at));
        let change = Change { key: seen.key.clone(), seen: seen.version, step, at };
        let record = Recording { entries: entered.into_iter().collect(), spend: None };
        match self.cases.change(vec![change], record).await? {
            Changed::Durable(cases) => Ok(cases.into_iter().next()),
            Changed::Overtaken => Ok(None),
            Changed::Forbidden(forbidden) => Err(forbidden.into()),
            Changed::Replayed => Err(SubmitFault::Replayed),
        }
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
    pub async fn all(&self, mut which: Which) -> Result<Vec<Case>, CasesError> {
        const AT_ONCE: usize = 512;
        let mut all = Vec::new();
        loop {
            let some = self.list(&which, AT_ONCE).await?;
            let (count, last) = (some.len(), some.last().map(|case| case.key.number));
            all.extend(some.into_iter().filter(|case| case.state != State::Closed));
            match last {
                Some(last) if count == AT_ONCE => which.behind = last,
                _ => return Ok(all),
            }
        }
    }

    /// Takes steps of several cases, all of them or none.
    pub async fn change_all(
        &self,
        asking: Asking<'_>,
        steps: Vec<(CaseKey, Step<Paper>)>,
        spend: Option<Spend>,
    ) -> Result<Vec<Case>, SubmitFault> {
        let changed = self.change_each(&asking, steps, &[], spend).await?;
        changed.ok_or_else(|| Forbidden::Unknown.into())
    }

    /// The same, of cases as they were looked at: none when one of them has taken another step since, in whichever process.
    /// Nothing has changed then and nothing is spent: what the steps were made of is to be looked at again.
    pub async fn change_as_seen(
        &self,
        asking: Asking<'_>,
        steps: Vec<(Case, Step<Paper>)>,
        spend: Option<Spend>,
    ) -> Result<Option<Vec<Case>>, SubmitFault> {
        let seen: Vec<u64> = steps.iter().map(|(case, _)| case.version).collect();
        let steps = steps.into_iter().map(|(case, step)| (case.key, step)).collect();
        self.change_each(&asking, steps, &seen, spend).await
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
        self.remove(papers).await?;
        match refused {
            Creation::Replayed => Err(SubmitFault::Replayed),
            Creation::Forbidden(forbidden) => Err(self.refused(forbidden, spend).await),
            Creation::Again(case) | Creation::Made(case) => {
                self.spend(spend).await?;
                Ok(Opened { case: *case, again: true })
            }
        }
    }

    async fn change(
        &self,
        asking: &Asking<'_>,
        key: &CaseKey,
        step: Step<Paper>,
        spend: Option<Spend>,
    ) -> Result<Case, SubmitFault> {
        let changed = self.change_each(asking, vec![(key.clone(), step)], &[], spend).await?;
        changed.into_iter().flatten().next().ok_or_else(|| Forbidden::Unknown.into())
    }

    /// None when a case has another version than was seen; `seen` has those of the first steps, or is empty where any will do.
    async fn change_each(
        &self,
        asking: &Asking<'_>,
        steps: Vec<(CaseKey, Step<Paper>)>,
        seen: &[u64],
        spend: Option<Spend>,
    ) -> Result<Option<Vec<Case>>, SubmitFault> {
        // What is refused as things stand needs no paper written first.
        match self.plan(asking, &steps, seen).await? {
            Plan::Possible(_) => {}
            Plan::Overtaken => return Ok(None),
            Plan::Forbidden(forbidden) => return Err(self.refused(forbidden, spend).await),
        }
        let mut kept = Vec::with_capacity(steps.len());
        let mut papers = Vec::new();
        for (key, step) in steps {
            match self.keep_step(step, &mut papers).await {
                Ok(step) => kept.push((key, step)),
                Err(error) => {
                    self.remove(papers).await?;
                    return Err(error.into());
                }
            }
        }
        let changed = self.take(asking, &kept, seen, spend.as_ref()).await;
        // After a failure nobody knows whether the papers belong to something: a later start looks.
        if matches!(changed, Ok(Err(_) | Ok(None)) | Err(SubmitFault::Replayed)) {
            self.remove(papers).await?;
        }
        match changed? {
            Ok(cases) => Ok(cases),
            Err(forbidden) => Err(self.refused(forbidden, spend).await),
        }
    }

    async fn take(
        &self,
        asking: &Asking<'_>,
        steps: &[(CaseKey, Step<Stored>)],
        seen: &[u64],
        spend: Option<&Spend>,
    ) -> Result<Result<Option<Vec<Case>>, Forbidden>, SubmitFault> {
        let mut last = Forbidden::Unknown;
        for _ in 0..TRIES {
            let (asked, steps) = (steps.len(), self.with_revisions(steps).await?);
            let planned = match self.plan(asking, &steps, seen).await? {
                Plan::Possible(planned) => planned,
                Plan::Overtaken => return Ok(Ok(None)),
                Plan::Forbidden(forbidden) => return Ok(Err(forbidden)),
            };
            let mut changes = Vec::with_capacity(steps.len());
            let mut entries = Vec::new();
            for ((key, step), Planned { seen, entry, at }) in steps.iter().zip(planned) {
                last = Forbidden::From(seen.state);
                changes.push(Change { key: key.clone(), seen: seen.version, step: step.clone(), at });
                entries.extend(entry);
            }
            match self.cases.change(changes, Recording { entries, spend: spend.cloned() }).await? {
                Changed::Durable(mut cases) => {
                    cases.truncate(asked);
                    return Ok(Ok(Some(cases)));
                }
                Changed::Forbidden(forbidden) => return Ok(Err(forbidden)),
                Changed::Replayed => return Err(SubmitFault::Replayed),
                // What has happened meanwhile decides now.
                Changed::Overtaken => {}
            }
        }
        Ok(Err(last))
    }

    /// What the steps lead to as things stand.
    async fn plan<P: Sync>(
        &self,
        asking: &Asking<'_>,
        steps: &[(CaseKey, Step<P>)],
        seen_before: &[u64],
    ) -> Result<Plan, CasesError> {
        let at = self.clock.now();
        let mut planned = Vec::with_capacity(steps.len());
        for (index, (key, step)) in steps.iter().enumerate() {
            if steps.iter().take(index).any(|(earlier, _)| earlier == key) {
                return Ok(Plan::Forbidden(Forbidden::Twice));
            }
            let Some(seen) = self.cases.find(key).await? else {
                return Ok(Plan::Forbidden(Forbidden::Unknown));
            };
            if seen_before.get(index).is_some_and(|version| *version != seen.version) {
                return Ok(Plan::Overtaken);
            }
            let next = match seen.after(step, at) {
                Ok(next) => next,
                Err(forbidden) => return Ok(Plan::Forbidden(forbidden)),
            };
            let by = step.operator().map(str::to_owned);
            let entry = step.entered(&next).map(|entered| self.entry(asking, key, entered, by, at));
            planned.push(Planned { seen, entry, at });
        }
        Ok(Plan::Possible(planned))
    }

    async fn keep_step(&self, step: Step<Paper>, papers: &mut Vec<Stored>) -> Result<Step<Stored>, CasesError> {
        Ok(match step {
            Step::Edit(content) => Step::Edit(self.keep_noting(content, papers).await?),
            Step::Submit(content) => Step::Submit(self.keep_noting(content, papers).await?),
            Step::Reopen(content) => Step::Reopen(self.keep_noting(content, papers).await?),
            Step::Supersede(content) => Step::Supersede(self.keep_noting(content, papers).await?),
            Step::Amend { dossier } => Step::Amend { dossier },
            Step::Decide { decision, review } => Step::Decide { decision, review },
            Step::Close => Step::Close,
            Step::Prefer { group } => Step::Prefer { group },
        })
    }

    /// Makes papers durable: all of them, or none.
    /// Keeps papers, and notes them in case the step is not taken.
    async fn keep_noting(
        &self,
        content: Content<Paper>,
        papers: &mut Vec<Stored>,
    ) -> Result<Content<Stored>, CasesError> {
        let content = self.keep(content).await?;
        papers.extend_from_slice(&content.papers);
        Ok(content)
    }

    async fn keep(&self, content: Content<Paper>) -> Result<Content<Stored>, CasesError> {
        let Content { dossier, name_tag, papers, by } = content;
        let mut kept = Vec::with_capacity(papers.len());
        for paper in papers {
            match self.papers.put(paper).await {
                Ok(stored) => kept.push(stored),
                Err(error) => {
                    self.remove(kept).await?;
                    return Err(error);
                }
            }
        }
        Ok(Content { dossier, name_tag, papers: kept, by })
    }

    async fn remove(&self, papers: Vec<Stored>) -> Result<(), CasesError> {
        for stored in papers {
            self.papers.destroy(stored).await?;
        }
        Ok(())
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

/// What steps lead to as things stand.
enum Plan {
    /// All of them are possible.
    Possible(Vec<Planned>),
    /// A case has another version than was seen.
    Overtaken,
    /// One of them is not possible.
    Forbidden(Forbidden),
}

/// A step that is possible as things stand.
struct Planned {
    seen: Case,
    entry: Option<Entry>,
    at: UnixTime,
}

#[cfg(test)]
mod tests;

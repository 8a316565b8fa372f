//! Steps of cases: planned on the cases as they stand, and taken if they stand so still.

use super::{
    SubmitFault, Submitter,
    case::{Case, CaseKey, Forbidden, Paper, Step},
    port::{CasesError, Change, Changed, Recording, Stored},
};
use crate::{
    check::Asking,
    ledger::{Entry, Spend},
    time::UnixTime,
};

/// How often a change is tried anew on what overtook it.
const TRIES: usize = 8;

impl Submitter {
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

    pub(super) async fn change(
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
                    self.discard(papers).await;
                    return Err(error.into());
                }
            }
        }
        let changed = self.take(asking, &kept, seen, spend.as_ref()).await;
        // After a failure nobody knows whether the papers belong to something: a sweep looks.
        if matches!(changed, Ok(Err(_) | Ok(None)) | Err(SubmitFault::Replayed)) {
            self.discard(papers).await;
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

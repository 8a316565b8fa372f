//! Deciding on what was looked at.

use super::{
    Case, CaseKey, Change, Changed, Decision, Forbidden, Planned, Recording, Review, Step, SubmitFault, Submitter,
};
use crate::check::Asking;

impl Submitter {
    /// As [`Submitter::decide`], if the case still is as the operator has seen it. None when it has changed since, and
    /// nothing was written: an approval never falls on papers that came after it was thought of.
    pub async fn decide_as_seen(
        &self,
        asking: Asking<'_>,
        key: &CaseKey,
        decision: Decision,
        review: Review,
        seen: u64,
    ) -> Result<Option<Case>, SubmitFault> {
        let Some(case) = self.cases.find(key).await? else { return Err(Forbidden::Unknown.into()) };
        if case.version != seen {
            return Ok(None);
        }
        let steps = [(key.clone(), Step::Decide { decision, review })];
        let planned = self.plan(&asking, &steps).await??;
        let mut changes = Vec::with_capacity(1);
        let mut entries = Vec::with_capacity(1);
        for ((key, step), Planned { entry, at, .. }) in steps.into_iter().zip(planned) {
            // The version that the operator has seen, and not the one that was just read.
            changes.push(Change { key, seen, step, at });
            entries.extend(entry);
        }
        match self.cases.change(changes, Recording { entries, ..Recording::default() }).await? {
            Changed::Durable(cases) => Ok(cases.into_iter().next()),
            Changed::Overtaken => Ok(None),
            Changed::Forbidden(forbidden) => Err(forbidden.into()),
            Changed::Replayed => Err(SubmitFault::Replayed),
        }
    }
}

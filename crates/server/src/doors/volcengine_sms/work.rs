//! One admitted call, and what every operation needs of it.

use shiming_core::{
    Asking, Case, CaseKey, UnixTime,
    submit::{CasesError, State, Submitter, Which},
};
use shiming_wire::volcengine::Admitted;

use super::{NAME, VolcengineSms, dossier};

/// One admitted call.
pub(super) struct Work<'a> {
    pub(super) door: &'a VolcengineSms,
    pub(super) call: &'a Admitted<'a>,
    pub(super) asking: Asking<'a>,
    pub(super) now: UnixTime,
}

impl Work<'_> {
    pub(super) fn submitter(&self) -> &Submitter {
        &self.door.tools.submitter
    }

    /// A keyed hash of some texts of this caller's.
    pub(super) fn tag(&self, texts: &[&str]) -> [u8; 16] {
        let own = [NAME, self.asking.caller];
        let all: Vec<&[u8]> = own.iter().chain(texts).map(|text| text.as_bytes()).collect();
        self.door.tools.ledger.tag(&all)
    }

    /// What one of this caller's cases is found by.
    pub(super) fn key(&self, kind: &str, number: i64) -> CaseKey {
        CaseKey { door: NAME.into(), caller: self.asking.caller.into(), kind: kind.into(), number }
    }

    /// One of this caller's cases with what is in it; none where there is none, where it is over, or where it is a revision,
    /// whose number the caller was never given.
    pub(super) async fn find<D: serde::de::DeserializeOwned>(
        &self,
        kind: &str,
        number: i64,
    ) -> Result<Option<(Case, D)>, CasesError> {
        let found = self.submitter().find(&self.key(kind, number)).await?;
        let known = found.filter(|case| case.state != State::Closed && case.revises.is_none());
        let Some(case) = known else { return Ok(None) };
        Ok(self.dossier(&case).await?.map(|dossier| (case, dossier)))
    }

    /// What is in a case.
    pub(super) async fn dossier<D: serde::de::DeserializeOwned>(&self, case: &Case) -> Result<Option<D>, CasesError> {
        let dossier = self.submitter().cases().dossier(&case.key).await?;
        let read = dossier.as_ref().and_then(dossier::read);
        if read.is_none() && case.state != State::Closed {
            tracing::error!(door = NAME, number = case.key.number, "what is in a case cannot be read");
        }
        Ok(read)
    }

    /// All of this caller's cases of a kind that are not over, by number, revisions that were taken over excepted.
    pub(super) async fn all(&self, kind: &str) -> Result<Vec<Case>, CasesError> {
        let all = self.submitter().all(self.of_kind(kind)).await?;
        Ok(all.into_iter().filter(|case| !is_taken_over(case)).collect())
    }

    /// How many of this caller's cases of a kind were made today, whatever became of them.
    pub(super) async fn made_today(&self, kind: &str) -> Result<usize, CasesError> {
        let every = self.submitter().every(self.of_kind(kind)).await?;
        Ok(every.iter().filter(|case| case.created.china_date() == self.now.china_date()).count())
    }

    fn of_kind(&self, kind: &str) -> Which {
        Which {
            door: Some(NAME.into()),
            caller: Some(self.asking.caller.into()),
            kind: Some(kind.into()),
            ..Which::default()
        }
    }

    /// The case of a name among this caller's of a kind that are not over.
    pub(super) async fn named(&self, kind: &str, name: [u8; 16]) -> Result<Option<Case>, CasesError> {
        let which = Which { name_tag: Some(name), ..self.of_kind(kind) };
        Ok(self.submitter().all(which).await?.into_iter().next())
    }

    /// Why a case was rejected, and when it was last decided on.
    pub(super) async fn opinion(&self, case: &Case) -> Result<(String, Option<UnixTime>), CasesError> {
        let decided = self.submitter().cases().decisions(&case.key).await?.into_iter().next_back();
        let decided = decided.filter(|decided| decided.round == case.round && case.state != State::UnderReview);
        let at = decided.as_ref().map(|decided| decided.at);
        let reason = decided.filter(|_| case.state == State::Rejected).map(|decided| decided.decision.reason);
        Ok((reason.unwrap_or_default(), at))
    }
}

/// Whether what is in a revision is in its case by now.
fn is_taken_over(case: &Case) -> bool {
    case.revises.is_some() && case.state == State::Approved
}

/// The number that the caller knows a case by: a revision has that of what it revises.
pub(super) const fn shown(case: &Case) -> i64 {
    match case.revises {
        Some(number) => number,
        None => case.key.number,
    }
}

/// The vendor's number for a state: 1 under review, 2 rejected, 3 approved, 4 closed.
pub(super) const fn status(state: State) -> i64 {
    match state {
        State::Draft | State::UnderReview => 1,
        State::Rejected => 2,
        State::Approved => 3,
        State::Closed => 4,
    }
}

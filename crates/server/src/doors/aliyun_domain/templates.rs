//! A caller's templates, as cases of the verb.

use shiming_core::{
    Case, CaseKey, SubmitFault,
    submit::{CasesError, Forbidden, State, Which},
};
use shiming_wire::aliyun::{No, Refusal, ask::Status};

use super::{KIND, NAME, Visit, dossier::Template};

/// A template and the case that it is in.
pub(super) struct Kept {
    pub(super) case: Case,
    pub(super) template: Template,
}

/// What a step is for: it decides how its failure is told.
#[derive(Clone, Copy)]
pub(super) enum Doing {
    Submitting,
    Saving,
    Preferring,
    Deleting,
}

impl Kept {
    /// Whether it is the usual one of its kind of holder. It is no longer when its holder's kind changes.
    pub(super) fn is_default(&self) -> bool {
        self.case.preferred.as_deref() == Some(self.template.holder().word())
    }
}

/// Where a case stands in the vendor's words.
pub(super) const fn status(state: State) -> Status {
    match state {
        // A closed one is nowhere shown.
        State::Draft | State::Closed => Status::NotSubmitted,
        State::UnderReview => Status::UnderReview,
        State::Approved => Status::Verified,
        State::Rejected => Status::Rejected,
    }
}

impl Visit<'_> {
    pub(super) fn key(&self, number: i64) -> CaseKey {
        CaseKey { door: NAME.into(), caller: self.caller.key.id.clone(), kind: KIND.into(), number }
    }

    /// The case of a template of this caller that was not deleted.
    pub(super) async fn case(&self, id: i64) -> Result<Option<Case>, Refusal> {
        let case = self.door.tools.submitter.find(&self.key(id)).await.map_err(|error| self.silent(&error))?;
        Ok(case.filter(|case| case.state != State::Closed))
    }

    /// The same with what is in it.
    pub(super) async fn find(&self, id: i64) -> Result<Kept, Refusal> {
        let case = self.case(id).await?.ok_or(No::NoSuchTemplate)?;
        self.kept(case).await?.ok_or_else(|| No::NoSuchTemplate.into())
    }

    /// All templates of this caller, oldest first.
    pub(super) async fn cases(&self) -> Result<Vec<Case>, Refusal> {
        let which = Which {
            door: Some(NAME.into()),
            caller: Some(self.caller.key.id.clone()),
            kind: Some(KIND.into()),
            ..Which::default()
        };
        self.door.tools.submitter.all(which).await.map_err(|error| self.silent(&error))
    }

    /// A case with what is in it; none where that was erased meanwhile.
    pub(super) async fn kept(&self, case: Case) -> Result<Option<Kept>, Refusal> {
        let dossier = self.door.tools.submitter.cases().dossier(&case.key).await;
        let Some(dossier) = dossier.map_err(|error| self.silent(&error))? else { return Ok(None) };
        let template = Template::read(&dossier).ok_or_else(|| {
            let (number, request_id) = (case.key.number, self.asking.request_id);
            tracing::error!(door = NAME, request_id, number, "what is in a template's case cannot be read");
            // Asking again helps nobody.
            No::Internal
        })?;
        Ok(Some(Kept { case, template }))
    }

    /// The store could not be read.
    pub(super) fn silent(&self, error: &CasesError) -> Refusal {
        self.log_failure(error);
        No::NetworkIo.into()
    }

    /// A step was not taken. The verb has spent the nonce with it, or has failed.
    pub(super) fn fault(&self, fault: &SubmitFault, doing: Doing) -> Refusal {
        let no = match (fault, doing) {
            (SubmitFault::Replayed, _) => No::NonceUsed,
            (SubmitFault::Forbidden(Forbidden::Unknown | Forbidden::From(State::Closed)), _) => No::NoSuchTemplate,
            (SubmitFault::Forbidden(Forbidden::From(State::UnderReview | State::Approved)), Doing::Submitting) => {
                No::TemplateAudited
            }
            (SubmitFault::Forbidden(_), _) => No::TemplateUpdate,
            (SubmitFault::Ledger(_) | SubmitFault::Cases(_), doing) => {
                self.log_failure(fault);
                if matches!(doing, Doing::Deleting) { No::NetworkIo } else { No::TemplateUpdate }
            }
        };
        no.into()
    }
}

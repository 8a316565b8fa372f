//! Revising a case that is approved.
//!
//! Source: Volcengine specification, section 4: an update of an approved one "opens a second, parallel review while the
//! old data stay effective until the update is approved". The revision is a case of its own, so that it is listed,
//! looked at and decided like any other; what its approval does is the store's transaction.

use super::{
    Making, Opened, SubmitFault, Submitter,
    case::{CaseKey, Content, Forbidden, Paper, State, Step},
    port::{CasesError, Request, Revises, Stored},
};
use crate::{check::Asking, ledger::Spend};

/// What a caller wants changed of an approved case.
#[derive(Debug)]
pub struct Revision {
    /// A repetition of the request finds the same revision: by the first of these that is known.
    pub requests: Vec<Request>,
    /// All that is to be in the case, papers that stay excepted. The case keeps its name: the tag in it is not looked at.
    pub content: Content<Paper>,
    /// The roles of the papers that stay. The revision has them too, so that a reviewer sees all of it.
    pub keep: Vec<String>,
}

impl Submitter {
    /// Hands in a revision of a case that is approved. That one stays in force; it has what is in the revision once that
    /// is approved. A revision that was rejected is closed by the next one; while one waits for its decision there is no
    /// other, so of several at the same moment one is handed in.
    pub async fn revise(
        &self,
        asking: Asking<'_>,
        of: &CaseKey,
        revision: Revision,
        spend: Option<Spend>,
    ) -> Result<Opened, SubmitFault> {
        let Revision { requests, content, keep } = revision;
        if self.cases.find(of).await?.is_none() {
            return Err(self.refused(Forbidden::Unknown, spend).await);
        }
        let earlier = self.cases.revision(of).await?.filter(|earlier| earlier.state == State::Rejected);
        let earlier = earlier.map(|earlier| (earlier.key, earlier.version));
        let content = Content { name_tag: None, ..self.with_kept(of, content, &keep).await? };
        let revises = Some(Revises { number: of.number, earlier });
        let making = Making { kind: of.kind.clone(), requests, most: None, submit: true, revises };
        self.make(&asking, making, content, spend).await
    }

    /// Content with the papers of a case that stay, those of its present round with one of these roles.
    async fn with_kept(
        &self,
        of: &CaseKey,
        mut content: Content<Paper>,
        keep: &[String],
    ) -> Result<Content<Paper>, CasesError> {
        if keep.is_empty() {
            return Ok(content);
        }
        for filed in self.cases.papers(of).await? {
            if filed.superseded.is_none() && keep.contains(&filed.stored.role) {
                content.papers.push(self.papers.get(&filed.stored).await?);
            }
        }
        Ok(content)
    }

    /// The steps, and behind them the end of each revision whose case is in force no longer.
    pub(super) async fn with_revisions(
        &self,
        steps: &[(CaseKey, Step<Stored>)],
    ) -> Result<Vec<(CaseKey, Step<Stored>)>, CasesError> {
        let mut all = steps.to_vec();
        for (key, _) in steps.iter().filter(|(_, step)| matches!(step, Step::Close | Step::Reopen(_))) {
            let revision = self.cases.revision(key).await?.map(|revision| revision.key);
            if let Some(revision) = revision.filter(|revision| !all.iter().any(|(key, _)| key == revision)) {
                all.push((revision, Step::Close));
            }
        }
        Ok(all)
    }
}

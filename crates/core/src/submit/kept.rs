//! Papers are durable before the step that they belong to, and removed where it is not taken.

use super::{
    Submitter,
    case::{Content, Paper, Step},
    port::{CasesError, Stored},
};
use crate::check::chain;

impl Submitter {
    pub(super) async fn keep_step(
        &self,
        step: Step<Paper>,
        papers: &mut Vec<Stored>,
    ) -> Result<Step<Stored>, CasesError> {
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

    /// Makes papers durable: all of them, or none.
    pub(super) async fn keep(&self, content: Content<Paper>) -> Result<Content<Stored>, CasesError> {
        let Content { dossier, name_tag, papers, by } = content;
        let mut kept = Vec::with_capacity(papers.len());
        for paper in papers {
            match self.papers.put(paper).await {
                Ok(stored) => kept.push(stored),
                Err(error) => {
                    self.discard(kept).await;
                    return Err(error);
                }
            }
        }
        Ok(Content { dossier, name_tag, papers: kept, by })
    }

    /// Removes the papers of a step that is not taken. What stays belongs to nothing and a sweep removes it, so that the
    /// caller is told why the step was not taken, and not of this.
    pub(super) async fn discard(&self, papers: Vec<Stored>) {
        for stored in papers {
            if let Err(error) = self.papers.destroy(stored).await {
                tracing::warn!(error = chain(&error), "a paper that belongs to nothing is left to the next sweep");
            }
        }
    }
}

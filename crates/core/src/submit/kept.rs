//! Papers are durable before the step that they belong to, and removed where it is not taken.

use super::{
    Submitter,
    case::{Content, Paper, Step},
    port::{CasesError, Stored},
};

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
                    self.remove(kept).await?;
                    return Err(error);
                }
            }
        }
        Ok(Content { dossier, name_tag, papers: kept, by })
    }

    pub(super) async fn remove(&self, papers: Vec<Stored>) -> Result<(), CasesError> {
        for stored in papers {
            self.papers.destroy(stored).await?;
        }
        Ok(())
    }
}

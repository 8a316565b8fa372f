//! Templates are deleted: their cases end, and what is in them is erased on schedule. Docs: Alibaba Cloud Domain
//! specification, sections 7.7 and 9.1.

use shiming_core::{
    Case,
    submit::{Paper, State, Step},
};
use shiming_wire::aliyun::{No, Refusal, answers, field::positive_ids};

use super::{Done, LOOKS, Visit, save::MOST, templates::Doing};

impl Visit<'_> {
    pub(super) async fn delete_one(&self) -> Result<Done, Refusal> {
        let id = self.id()?.ok_or(No::ParameterIllegal)?;
        self.delete(&[id]).await
    }

    pub(super) async fn delete_several(&self) -> Result<Done, Refusal> {
        let ids = positive_ids(self.call.value("RegistrantProfileIds").unwrap_or_default(), MOST as usize)?;
        self.delete(&ids).await
    }

    /// All of them or none.
    async fn delete(&self, ids: &[i64]) -> Result<Done, Refusal> {
        let _turn = self.turn(ids).await;
        for _ in 0..LOOKS {
            let steps = self.ends(ids).await?;
            if self.step(steps, Doing::Deleting).await?.is_some() {
                return Ok(self.done(&answers::deleted(self.call.operation()), "deleted"));
            }
        }
        Err(No::NetworkIo.into())
    }

    /// The end of each, if all of them may end.
    async fn ends(&self, ids: &[i64]) -> Result<Vec<(Case, Step<Paper>)>, Refusal> {
        let mut steps = Vec::with_capacity(ids.len());
        for &id in ids {
            let case = self.case(id).await?.ok_or(No::NoSuchTemplate)?;
            if case.state == State::UnderReview {
                return Err(No::DeleteUnderReview.into());
            }
            steps.push((case, Step::Close));
        }
        Ok(steps)
    }
}

//! Templates are deleted: their cases end, and what is in them is erased on schedule. Docs: Alibaba Cloud Domain
//! specification, sections 7.7 and 9.1.

use shiming_core::submit::{State, Step};
use shiming_wire::aliyun::{No, Refusal, answers, field::positive_ids};

use super::{Done, Visit, templates::Doing};

/// As many as an account can have.
const MOST: usize = 500;

impl Visit<'_> {
    pub(super) async fn delete_one(&self) -> Result<Done, Refusal> {
        let id = self.id()?.ok_or(No::ParameterIllegal)?;
        self.delete(&[id]).await
    }

    pub(super) async fn delete_several(&self) -> Result<Done, Refusal> {
        let ids = positive_ids(self.call.value("RegistrantProfileIds").unwrap_or_default(), MOST)?;
        self.delete(&ids).await
    }

    /// All of them or none.
    async fn delete(&self, ids: &[i64]) -> Result<Done, Refusal> {
        let _turn = self.turn(ids).await;
        let mut steps = Vec::with_capacity(ids.len());
        for &id in ids {
            let case = self.case(id).await?.ok_or(No::NoSuchTemplate)?;
            if case.state == State::UnderReview {
                return Err(No::DeleteUnderReview.into());
            }
            steps.push((case.key, Step::Close));
        }
        let submitter = &self.door.tools.submitter;
        let closed = submitter.change_all(self.asking.clone(), steps, Some(self.take_nonce())).await;
        closed.map_err(|fault| self.fault(&fault, Doing::Deleting))?;
        Ok(self.done(&answers::deleted(self.call.operation()), "deleted"))
    }
}

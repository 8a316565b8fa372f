//! Cases that can be made and are forgotten at once: nobody had handed anything in before a recorded request.

use std::sync::Arc;

use shiming_core::{
    BoxFuture, Case, CaseKey, Cases, Ledger, Papers, UnixTime,
    submit::{
        CasesError, Change, Changed, Creation, Decided, Dossier, Filed, Forbidden, NewCase, Paper, Recording, Remark,
        Remarked, State, Stored, Swept, Waiting, Which,
    },
};

use super::memory::ShortLedger;

/// A drawer without a bottom. What a call spends is remembered by the ledger.
pub(super) struct Drawer(pub(super) Arc<ShortLedger>);

fn ready<'a, T: Send + 'a>(value: T) -> BoxFuture<'a, Result<T, CasesError>> {
    Box::pin(std::future::ready(Ok(value)))
}

impl Drawer {
    async fn is_first(&self, record: Recording) -> bool {
        match record.spend {
            Some(spend) => self.0.spend(spend).await.unwrap_or(true),
            None => true,
        }
    }
}

impl Cases for Drawer {
    fn number(&self) -> BoxFuture<'_, Result<i64, CasesError>> {
        ready(1)
    }

    fn create(&self, new: NewCase<Stored>, record: Recording) -> BoxFuture<'_, Result<Creation, CasesError>> {
        Box::pin(async move {
            if !self.is_first(record).await {
                return Ok(Creation::Replayed);
            }
            let case = Case {
                key: new.key,
                state: if new.submit { State::UnderReview } else { State::Draft },
                round: 1,
                version: 1,
                created: new.created,
                updated: new.created,
                preferred: None,
                name_tag: new.content.name_tag,
                hands: new.content.by.into_iter().collect(),
                approvals: Vec::new(),
                revises: None,
            };
            Ok(Creation::Made(Box::new(case)))
        })
    }

    fn find<'a>(&'a self, _: &'a CaseKey) -> BoxFuture<'a, Result<Option<Case>, CasesError>> {
        ready(None)
    }

    fn dossier<'a>(&'a self, _: &'a CaseKey) -> BoxFuture<'a, Result<Option<Dossier>, CasesError>> {
        ready(None)
    }

    fn list<'a>(&'a self, _: &'a Which, _: usize) -> BoxFuture<'a, Result<Vec<Case>, CasesError>> {
        ready(Vec::new())
    }

    fn decisions<'a>(&'a self, _: &'a CaseKey) -> BoxFuture<'a, Result<Vec<Decided>, CasesError>> {
        ready(Vec::new())
    }

    fn papers<'a>(&'a self, _: &'a CaseKey) -> BoxFuture<'a, Result<Vec<Filed>, CasesError>> {
        ready(Vec::new())
    }

    fn revision<'a>(&'a self, _: &'a CaseKey) -> BoxFuture<'a, Result<Option<Case>, CasesError>> {
        ready(None)
    }

    fn waiting(&self) -> BoxFuture<'_, Result<Waiting, CasesError>> {
        ready(Waiting::default())
    }

    fn unremarked(&self, _: usize) -> BoxFuture<'_, Result<Vec<Case>, CasesError>> {
        ready(Vec::new())
    }

    fn remark<'a>(&'a self, _: &'a Case, _: Vec<Remark>, _: UnixTime) -> BoxFuture<'a, Result<bool, CasesError>> {
        ready(false)
    }

    fn remarks<'a>(&'a self, _: &'a CaseKey) -> BoxFuture<'a, Result<Vec<Remarked>, CasesError>> {
        ready(Vec::new())
    }

    fn with_paper(&self, _: [u8; 16]) -> BoxFuture<'_, Result<Vec<CaseKey>, CasesError>> {
        ready(Vec::new())
    }

    fn change(&self, _: Vec<Change>, record: Recording) -> BoxFuture<'_, Result<Changed, CasesError>> {
        Box::pin(async move {
            let first = self.is_first(record).await;
            Ok(if first { Changed::Forbidden(Forbidden::Unknown) } else { Changed::Replayed })
        })
    }

    fn sweep(&self, _: UnixTime, _: UnixTime) -> BoxFuture<'_, Result<Swept, CasesError>> {
        ready(Swept::default())
    }
}

impl Papers for Drawer {
    fn put(&self, paper: Paper) -> BoxFuture<'_, Result<Stored, CasesError>> {
        let size = u64::try_from(paper.bytes.len()).unwrap_or(u64::MAX);
        let content = self.0.tag(&[&paper.bytes]);
        let Paper { role, media, .. } = paper;
        ready(Stored { object: String::new(), wrapped: Vec::new(), content, size, role, media })
    }

    fn get<'a>(&'a self, stored: &'a Stored) -> BoxFuture<'a, Result<Paper, CasesError>> {
        ready(Paper { role: stored.role.clone(), media: stored.media, bytes: Vec::new() })
    }

    fn destroy(&self, _: Stored) -> BoxFuture<'_, Result<(), CasesError>> {
        ready(())
    }

    fn sweep(&self, _: UnixTime) -> BoxFuture<'_, Result<u64, CasesError>> {
        ready(0)
    }
}

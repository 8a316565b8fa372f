//! A folder of papers out of which nothing can be removed.

use std::sync::Arc;

use shiming_core::{
    Again, BoxFuture, Ledger, Papers, SubmitFault, Submitter, UnixTime,
    submit::{CasesError, Content, Forbidden, Opening, Paper, Stored},
};

use super::tests::{Desk, asking, forbidden, opening, paper};
use crate::{
    SealedPapers,
    contract::{block_on, spend},
};

/// Takes every paper but one, and gives none up.
struct Stuck(Arc<SealedPapers>);

/// The paper that is not taken.
const REFUSED: &str = "one too many";

impl Papers for Stuck {
    fn put(&self, paper: Paper) -> BoxFuture<'_, Result<Stored, CasesError>> {
        if paper.role == REFUSED {
            return Box::pin(std::future::ready(Err(CasesError("the disk is full".into()))));
        }
        self.0.put(paper)
    }

    fn get<'a>(&'a self, stored: &'a Stored) -> BoxFuture<'a, Result<Paper, CasesError>> {
        self.0.get(stored)
    }

    fn destroy(&self, _: Stored) -> BoxFuture<'_, Result<(), CasesError>> {
        Box::pin(std::future::ready(Err(CasesError("the disk can only be read".into()))))
    }

    fn sweep(&self, now: UnixTime) -> BoxFuture<'_, Result<u64, CasesError>> {
        self.0.sweep(now)
    }
}

fn stuck(desk: &Desk) -> Submitter {
    let clock = desk.clock();
    Submitter::new(desk.store.cases(), Arc::new(Stuck(desk.store.papers())), desk.store.ledger(), clock)
}

fn named() -> Opening {
    let content = Content { name_tag: Some([7; 16]), papers: vec![paper()], ..Content::default() };
    Opening { content, submit: true, ..opening() }
}

#[test]
fn a_paper_that_stays_does_not_change_why_a_case_is_not_made() {
    let desk = Desk::new();
    let verb = stuck(&desk);
    block_on(verb.create(asking(), named(), None)).unwrap();
    let again = block_on(verb.create(asking(), named(), Some(spend(1, Again::Refuse))));
    assert_eq!(forbidden(again), Forbidden::NameTaken);
    assert!(!block_on(desk.store.ledger().spend(spend(1, Again::Refuse))).unwrap(), "the refused call has spent it");
}

#[test]
fn the_first_trouble_is_the_one_that_is_told() {
    let desk = Desk::new();
    let two = vec![paper(), Paper { role: REFUSED.into(), ..paper() }];
    let content = Content { papers: two, ..Content::default() };
    let told = block_on(stuck(&desk).create(asking(), Opening { content, ..opening() }, None));
    let Err(SubmitFault::Cases(CasesError(why))) = told else { panic!("{told:?}") };
    assert_eq!(why.to_string(), "the disk is full");
}

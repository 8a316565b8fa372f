//! Revisions and remarks over a real store.

use shiming_core::{
    Case, CaseKey, CaseStep, Cases, Ruling, SubmitFault,
    submit::{
        Content, Dossier, Event, Filed, Forbidden, Judgement, Opened, Opening, Outbox, Outcome, Paper, Remark, Request,
        Review, Revision, Standing, State, Topic,
    },
};

use super::tests::{Desk, asking, forbidden, opening, paper};
use crate::contract::{NOW, block_on};

fn revision() -> Revision {
    let better = Paper { role: "licence".into(), bytes: b"a picture of the new licence".to_vec(), ..paper() };
    let content = Content {
        dossier: Some(Dossier(b"new fields".to_vec())),
        name_tag: Some([9; 16]),
        papers: vec![better],
        by: None,
    };
    Revision { requests: Vec::new(), content, keep: vec!["letter".into()] }
}

impl Desk {
    /// A case that is approved, with two papers and a name.
    fn approved(&self) -> Case {
        let letter = Paper { role: "letter".into(), ..paper() };
        let opening = opening();
        let content = Content { papers: vec![paper(), letter], name_tag: Some([1; 16]), ..opening.content };
        let opening = Opening { content, submit: true, ..opening };
        let key = self.open(opening, None).unwrap().case.key;
        self.decide(&key, Outcome::Approve, "wang", Review::One).unwrap()
    }

    fn revise(&self, of: &CaseKey) -> Result<Opened, SubmitFault> {
        block_on(self.verb.revise(asking(), of, revision(), None))
    }

    fn find(&self, key: &CaseKey) -> Case {
        block_on(self.verb.find(key)).unwrap().unwrap()
    }

    fn dossier(&self, key: &CaseKey) -> Option<Dossier> {
        block_on(self.store.cases().dossier(key)).unwrap()
    }

    fn papers(&self, key: &CaseKey) -> Vec<Filed> {
        block_on(self.store.cases().papers(key)).unwrap()
    }

    fn in_force(&self, key: &CaseKey) -> Vec<Vec<u8>> {
        let filed = self.papers(key).into_iter().filter(|filed| filed.superseded.is_none());
        filed
            .map(|filed| block_on(shiming_core::Papers::get(&*self.store.papers(), &filed.stored)).unwrap().bytes)
            .collect()
    }
}

#[test]
fn a_case_stays_in_force_until_its_revision_is_approved_and_has_its_content_then() {
    let desk = Desk::new();
    let case = desk.approved();
    let before = (desk.dossier(&case.key), desk.in_force(&case.key));
    let opened = desk.revise(&case.key).unwrap().case;
    assert_eq!((opened.state, opened.revises, opened.name_tag), (State::UnderReview, Some(case.key.number), None));
    assert_eq!(desk.in_force(&opened.key).len(), 2, "the letter stays, and the reviewer sees it");
    assert_eq!(desk.find(&case.key), case);
    assert_eq!((desk.dossier(&case.key), desk.in_force(&case.key)), before);

    let decided = desk.decide(&opened.key, Outcome::Approve, "li", Review::One).unwrap();
    assert_eq!(decided.state, State::Approved);
    let after = desk.find(&case.key);
    assert_eq!((after.state, after.round, after.name_tag), (State::Approved, 2, case.name_tag));
    assert_eq!(desk.dossier(&case.key), Some(Dossier(b"new fields".to_vec())));
    assert_eq!(desk.in_force(&case.key), [b"a picture of the new licence".to_vec(), paper().bytes]);
    assert_eq!((desk.dossier(&opened.key), desk.papers(&opened.key)), (None, vec![]), "there is one of each");
    let old = desk.papers(&case.key).into_iter().filter(|filed| filed.superseded == Some(NOW)).count();
    assert_eq!(old, 2, "erased on schedule");
    let steps = [CaseStep::Submitted, CaseStep::Approved].repeat(2).into_iter().map(Ruling::Case);
    assert_eq!(desk.steps(), steps.collect::<Vec<_>>());
    let desk = desk.restart();
    assert_eq!(desk.in_force(&case.key).len(), 2);
    assert!(desk.revise(&case.key).is_ok(), "and it can be revised again");
}

#[test]
fn a_rejected_revision_changes_nothing_and_its_reason_is_seen_until_the_next_one() {
    let desk = Desk::new();
    let case = desk.approved();
    let opened = desk.revise(&case.key).unwrap().case;
    desk.decide(&opened.key, Outcome::Reject, "li", Review::One).unwrap();
    assert_eq!((desk.find(&case.key), desk.in_force(&case.key).len()), (case.clone(), 2));
    let open = || block_on(desk.store.cases().revision(&case.key)).unwrap();
    let rejected = open().unwrap();
    assert_eq!((rejected.key.clone(), rejected.state), (opened.key, State::Rejected));
    let decisions = block_on(desk.store.cases().decisions(&rejected.key)).unwrap();
    assert_eq!(decisions[0].decision.reason, "the seal of 13900000000 is blurred");
    let next = desk.revise(&case.key).unwrap().case;
    assert_eq!(open().map(|open| open.key), Some(next.key));
    assert_eq!(desk.find(&rejected.key).state, State::Closed);
    let steps = desk.steps();
    assert_eq!(steps[4..], [Ruling::Case(CaseStep::Closed), Ruling::Case(CaseStep::Submitted)]);
}

#[test]
fn of_many_parallel_revisions_one_is_handed_in() {
    for rejected_before in [false, true] {
        let desk = Desk::new();
        let case = desk.approved();
        if rejected_before {
            let opened = desk.revise(&case.key).unwrap().case;
            desk.decide(&opened.key, Outcome::Reject, "li", Review::One).unwrap();
        }
        let before = desk.objects().len();
        let barrier = std::sync::Barrier::new(8);
        let results: Vec<_> = std::thread::scope(|scope| {
            let revise = || {
                barrier.wait();
                desk.revise(&case.key)
            };
            let threads: Vec<_> = (0..8).map(|_| scope.spawn(revise)).collect();
            threads.into_iter().map(|thread| thread.join().unwrap()).collect()
        });
        let (won, lost): (Vec<_>, Vec<_>) = results.into_iter().partition(Result::is_ok);
        assert_eq!((won.len(), lost.len()), (1, 7));
        for lost in lost {
            assert_eq!(forbidden(lost), Forbidden::From(State::UnderReview));
        }
        assert_eq!(desk.objects().len(), before + 2, "the winner's two papers");
    }
}

#[test]
fn of_many_parallel_decisions_on_a_revision_one_counts() {
    let desk = Desk::new();
    let case = desk.approved();
    let opened = desk.revise(&case.key).unwrap().case;
    let barrier = std::sync::Barrier::new(6);
    let won = std::thread::scope(|scope| {
        let decide = |index: usize| {
            let outcome = if index.is_multiple_of(2) { Outcome::Approve } else { Outcome::Reject };
            barrier.wait();
            desk.decide(&opened.key, outcome, "li", Review::One).is_ok()
        };
        let threads: Vec<_> = (0..6).map(|index| scope.spawn(move || decide(index))).collect();
        threads.into_iter().map(|thread| thread.join().unwrap()).filter(|won| *won).count()
    });
    assert_eq!(won, 1);
    let approved = desk.find(&opened.key).state == State::Approved;
    assert_eq!(desk.find(&case.key).round, if approved { 2 } else { 1 });
}

#[test]
fn only_an_approved_case_of_the_callers_own_is_revised() {
    let desk = Desk::new();
    let waiting = desk.submitted().key;
    assert_eq!(forbidden(desk.revise(&waiting)), Forbidden::From(State::UnderReview));
    let case = desk.approved();
    assert_eq!(forbidden(desk.revise(&CaseKey { caller: "stranger".into(), ..case.key.clone() })), Forbidden::Unknown);
    let opened = desk.revise(&case.key).unwrap().case;
    desk.decide(&opened.key, Outcome::Approve, "li", Review::One).unwrap();
    assert_eq!(forbidden(desk.revise(&opened.key)), Forbidden::From(State::Approved), "a revision is not revised");
    let objects = desk.objects().len();
    assert_eq!(forbidden(desk.revise(&waiting)), Forbidden::From(State::UnderReview));
    assert_eq!(desk.objects().len(), objects, "what is refused leaves no paper");
}

#[test]
fn with_a_case_its_revision_ends_and_the_ledger_has_both() {
    let desk = Desk::new();
    let case = desk.approved();
    let opened = desk.revise(&case.key).unwrap().case;
    let closed = block_on(desk.verb.close(asking(), &case.key, None)).unwrap();
    assert_eq!((closed.key, closed.state), (case.key.clone(), State::Closed));
    assert_eq!(desk.find(&opened.key).state, State::Closed);
    assert_eq!(desk.steps()[3..], [Ruling::Case(CaseStep::Closed), Ruling::Case(CaseStep::Closed)]);
    let late = desk.decide(&opened.key, Outcome::Approve, "li", Review::One);
    assert_eq!(forbidden(late), Forbidden::From(State::Closed));
}

#[test]
fn fields_that_no_review_looks_at_change_where_the_case_stands() {
    let desk = Desk::new();
    let case = desk.approved();
    let fields = || Dossier(b"another postcode".to_vec());
    let amended = block_on(desk.verb.amend(asking(), &case.key, fields(), None)).unwrap();
    assert_eq!((amended.state, amended.round, amended.name_tag), (State::Approved, 1, case.name_tag));
    assert_eq!((desk.dossier(&case.key), desk.in_force(&case.key).len()), (Some(fields()), 2));
    assert_eq!(desk.steps().len(), 2, "nothing was decided");
}

#[test]
fn what_was_approved_is_reopened_and_approved_by_somebody_anew() {
    let desk = Desk::new();
    let case = desk.approved();
    let opened = desk.revise(&case.key).unwrap().case;
    let fields = Content { dossier: Some(Dossier(b"another company".to_vec())), ..Content::default() };
    let draft = block_on(desk.verb.reopen(asking(), &case.key, fields, None)).unwrap();
    assert_eq!((draft.key.clone(), draft.state, draft.round), (case.key.clone(), State::Draft, 2));
    assert_eq!(desk.find(&opened.key).state, State::Closed, "there is nothing to revise");
    assert_eq!(desk.steps()[3..], [Ruling::Case(CaseStep::Reopened), Ruling::Case(CaseStep::Closed)]);
    let again = Content { papers: vec![paper()], ..Content::default() };
    block_on(desk.verb.submit(asking(), &case.key, again, None)).unwrap();
    assert_eq!(desk.in_force(&case.key).len(), 1, "the papers of the first round count no longer");
    let waiting = desk.decide(&case.key, Outcome::Approve, "wang", Review::Two).unwrap();
    assert_eq!(waiting.state, State::UnderReview, "wang's first approval was of another round");
}

#[test]
fn nothing_of_a_closed_case_is_left_in_its_revisions() {
    let desk = Desk::new();
    let case = desk.approved();
    let opened = desk.revise(&case.key).unwrap().case;
    desk.decide(&opened.key, Outcome::Approve, "li", Review::One).unwrap();
    let reason = || block_on(desk.store.cases().decisions(&opened.key)).unwrap().remove(0).decision.reason;
    let sweep = || block_on(desk.store.cases().sweep(NOW, NOW.plus_millis(1))).unwrap();
    assert_eq!((sweep().cases, reason().is_empty()), (0, false), "it is in force");
    block_on(desk.verb.close(asking(), &case.key, None)).unwrap();
    assert_eq!((sweep().cases, reason().is_empty(), desk.objects().len()), (2, true, 0));
}

#[test]
fn a_repeated_request_finds_its_revision_after_a_rejection_too() {
    let desk = Desk::new();
    let case = desk.approved();
    let requests = || vec![Request { tag: [7; 16], until: NOW.plus_millis(60_000) }];
    let revision = || Revision { requests: requests(), ..revision() };
    let revise = || block_on(desk.verb.revise(asking(), &case.key, revision(), None));
    let first = desk.revise(&case.key).unwrap().case;
    desk.decide(&first.key, Outcome::Reject, "li", Review::One).unwrap();
    let second = revise().unwrap();
    let again = revise().unwrap();
    assert_eq!((second.again, again.again, again.case.key), (false, true, second.case.key));
}

#[test]
fn callers_are_told_of_a_revision_under_the_number_that_they_know() {
    let desk = Desk::new();
    let case = desk.approved();
    let first = desk.revise(&case.key).unwrap().case.key;
    desk.decide(&first, Outcome::Reject, "li", Review::One).unwrap();
    let second = desk.revise(&case.key).unwrap().case.key;
    desk.decide(&second, Outcome::Approve, "li", Review::One).unwrap();
    let notices = block_on(desk.store.outbox().notices(Standing::Waiting, 0, 10)).unwrap();
    let told: Vec<_> =
        notices.iter().map(|notice| (notice.event, notice.revision, notice.state, notice.round)).collect();
    assert_eq!(
        told,
        [
            (Event::Approved, None, State::Approved, 1),
            (Event::RevisionRejected, Some(first.number), State::Approved, 1),
            (Event::RevisionApproved, Some(second.number), State::Approved, 2),
        ]
    );
    assert!(notices.iter().all(|notice| notice.key == case.key));
}

#[test]
fn remarks_are_kept_once_for_each_round_and_go_with_what_is_erased() {
    let desk = Desk::new();
    let cases = desk.store.cases();
    let seen = desk.submitted();
    let waiting = || block_on(cases.unremarked(10)).unwrap();
    assert_eq!(waiting(), std::slice::from_ref(&seen));
    let remark = |judgement| vec![Remark::new(Topic::Number, "code", judgement, "CHECK")];
    let keep = |seen: &Case, judgement| block_on(cases.remark(seen, remark(judgement), NOW)).unwrap();
    assert!(keep(&seen, Judgement::Bad));
    assert!(!keep(&seen, Judgement::Clear), "once");
    assert_eq!(waiting(), []);
    desk.decide(&seen.key, Outcome::Reject, "wang", Review::One).unwrap();
    let again = block_on(desk.verb.submit(asking(), &seen.key, Content::default(), None)).unwrap();
    assert!(!keep(&seen, Judgement::Clear), "that round is over");
    let desk = desk.restart();
    let cases = desk.store.cases();
    assert_eq!(block_on(cases.unremarked(10)).unwrap(), std::slice::from_ref(&again));
    assert!(block_on(cases.remark(&again, Vec::new(), NOW)).unwrap());
    let all = block_on(cases.remarks(&seen.key)).unwrap();
    let rounds: Vec<_> = all.iter().map(|round| (round.round, round.remarks.clone(), round.is_clear())).collect();
    assert_eq!(rounds, [(1, remark(Judgement::Bad), false), (2, Vec::new(), false)]);
    assert_eq!(block_on(cases.remarks(&CaseKey { caller: "stranger".into(), ..seen.key.clone() })).unwrap(), []);
    block_on(desk.verb.close(asking(), &seen.key, None)).unwrap();
    block_on(cases.sweep(NOW, NOW.plus_millis(1))).unwrap();
    assert!(block_on(cases.remarks(&seen.key)).unwrap().iter().all(|round| round.remarks.is_empty()));
}

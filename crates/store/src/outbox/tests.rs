use std::{sync::Arc, time::Instant};

use shiming_core::{
    Submitter,
    check::Asking,
    submit::{Content, Decision, Opening, Outcome, Review},
};

use super::*;
use crate::{
    Store,
    contract::{NOW, block_on},
    testing::Bed,
};

const LEASE: UnixTime = NOW.plus_millis(60_000);

fn verb(bed: &Bed, store: &Store) -> Submitter {
    Submitter::new(store.cases(), store.papers(), store.ledger(), Arc::clone(&bed.clock) as _)
}

fn asking() -> Asking<'static> {
    Asking { door: "door", caller: "app", operation: "AddTemplate", request_id: "req-1", arrived: Instant::now() }
}

fn decided(bed: &Bed, store: &Store, outcome: Outcome) -> Case {
    let verb = verb(bed, store);
    let opening = Opening { kind: "template".into(), submit: true, ..Opening::default() };
    let key = block_on(verb.create(asking(), opening, None)).unwrap().case.key;
    let decision = Decision { outcome, reason: "of 13900000000".into(), by: "wang".into() };
    block_on(verb.decide(asking(), &key, decision, Review::One)).unwrap()
}

fn claim(store: &Store, now: UnixTime, until: UnixTime) -> Vec<Notice> {
    block_on(store.outbox().claim(now, until, 10)).unwrap()
}

fn settle(store: &Store, notice: &Notice, attempt: Attempt) -> bool {
    block_on(store.outbox().settle(notice, attempt)).unwrap()
}

fn standing(store: &Store, standing: Standing) -> Vec<Notice> {
    block_on(store.outbox().notices(standing, 0, 10)).unwrap()
}

#[test]
fn a_decision_that_ends_a_round_leaves_a_notice_and_no_other_step_does() {
    let (bed, store) = Bed::new();
    let verb = verb(&bed, &store);
    let opening = Opening { kind: "template".into(), submit: true, ..Opening::default() };
    let key = block_on(verb.create(asking(), opening, None)).unwrap().case.key;
    let decide = |outcome, by: &str, review| {
        let decision = Decision { outcome, reason: "of 13900000000".into(), by: by.into() };
        block_on(verb.decide(asking(), &key, decision, review))
    };
    decide(Outcome::Approve, "wang", Review::Two).unwrap();
    assert_eq!(standing(&store, Standing::Waiting), [], "an endorsement ends nothing");
    decide(Outcome::Reject, "li", Review::Two).unwrap();
    block_on(verb.submit(asking(), &key, Content::default(), None)).unwrap();
    decide(Outcome::Approve, "wang", Review::One).unwrap();
    decide(Outcome::Approve, "li", Review::One).unwrap_err();
    block_on(verb.close(asking(), &key, None)).unwrap();
    let notices = standing(&store, Standing::Waiting);
    let told: Vec<_> = notices.iter().map(|notice| (notice.event, notice.state, notice.round)).collect();
    assert_eq!(told, [(Event::Rejected, State::Rejected, 1), (Event::Approved, State::Approved, 2)]);
    assert!(notices.iter().all(|notice| notice.key == key && notice.at == NOW && notice.attempts == 0));
    assert!(notices[0].id.starts_with("msg_") && notices[0].id != notices[1].id);
}

#[test]
fn a_claimed_notice_is_nobody_elses_until_its_time_is_over() {
    let (bed, store) = Bed::new();
    decided(&bed, &store, Outcome::Approve);
    let first = claim(&store, NOW, LEASE).remove(0);
    assert_eq!((first.attempts, first.next), (1, LEASE));
    assert_eq!(claim(&store, LEASE.plus_millis(-1), LEASE), []);
    let second = claim(&store, LEASE, LEASE.plus_millis(60_000)).remove(0);
    assert_eq!((second.id.as_str(), second.attempts), (first.id.as_str(), 2));
    assert!(!settle(&store, &first, Attempt::Dead { why: "late" }), "another attempt is under way");
    assert!(settle(&store, &second, Attempt::Delivered));
    assert!(!settle(&store, &second, Attempt::Delivered), "once");
    assert_eq!(claim(&store, UnixTime(i64::MAX), LEASE), []);
    assert_eq!(standing(&store, Standing::Delivered)[0].id, first.id);
}

#[test]
fn of_claims_at_one_moment_each_notice_is_in_one() {
    let (bed, store) = Bed::new();
    (0..12).for_each(|_| drop(decided(&bed, &store, Outcome::Approve)));
    let outbox = store.outbox();
    let claims: Vec<Vec<Notice>> = std::thread::scope(|scope| {
        let threads: Vec<_> = (0..6).map(|_| scope.spawn(|| block_on(outbox.claim(NOW, LEASE, 5)).unwrap())).collect();
        threads.into_iter().map(|thread| thread.join().unwrap()).collect()
    });
    let mut ids: Vec<_> = claims.into_iter().flatten().map(|notice| notice.id).collect();
    ids.sort();
    ids.dedup();
    assert_eq!(ids.len(), 12);
}

#[test]
fn a_failed_notice_is_due_later_a_dead_one_never_and_an_operator_puts_it_back() {
    let (bed, store) = Bed::new();
    decided(&bed, &store, Outcome::Reject);
    let notice = claim(&store, NOW, LEASE).remove(0);
    let next = NOW.plus_millis(5_000);
    assert!(settle(&store, &notice, Attempt::Again { next, why: "no connection" }));
    assert_eq!(claim(&store, next.plus_millis(-1), LEASE), []);
    let notice = claim(&store, next, LEASE).remove(0);
    assert_eq!((notice.attempts, notice.why.as_deref()), (2, Some("no connection")));
    assert!(settle(&store, &notice, Attempt::Dead { why: "status 500" }));
    assert_eq!(claim(&store, UnixTime(i64::MAX), LEASE), []);
    let dead = standing(&store, Standing::Dead);
    assert_eq!((dead.len(), dead[0].why.as_deref()), (1, Some("status 500")));
    let counts = Standing::ALL.map(|standing| block_on(store.outbox().count(standing)).unwrap());
    assert_eq!(counts, [0, 0, 1]);
    assert_eq!(block_on(store.outbox().notice(&notice.id)).unwrap().as_ref(), dead.first());
    assert_eq!(block_on(store.outbox().notice("msg_0")).unwrap(), None);
    assert_eq!(block_on(store.outbox().notices(Standing::Dead, dead[0].place, 10)).unwrap(), [], "behind it");
    let requeue = |id: &str| block_on(store.outbox().requeue(id, LEASE)).unwrap();
    assert!(!requeue("msg_0") && requeue(&notice.id) && !requeue(&notice.id), "a dead one, once");
    let again = claim(&store, LEASE, LEASE.plus_millis(1)).remove(0);
    assert_eq!((again.id, again.attempts), (notice.id, 1));
}

#[test]
fn an_unwanted_notice_is_forgotten() {
    let (bed, store) = Bed::new();
    decided(&bed, &store, Outcome::Approve);
    let notice = claim(&store, NOW, LEASE).remove(0);
    assert!(settle(&store, &notice, Attempt::Unwanted));
    assert!(Standing::ALL.into_iter().all(|all| standing(&store, all).is_empty()));
}

#[test]
fn a_restart_keeps_notices_with_their_claims() {
    let (bed, store) = Bed::new();
    decided(&bed, &store, Outcome::Approve);
    decided(&bed, &store, Outcome::Reject);
    let claimed = block_on(store.outbox().claim(NOW, LEASE, 1)).unwrap().remove(0);
    drop(store);
    let store = bed.open().unwrap();
    assert_eq!(claim(&store, NOW, LEASE).len(), 1, "the other one");
    let again = claim(&store, LEASE, LEASE.plus_millis(1));
    assert!(again.iter().any(|notice| notice.id == claimed.id && notice.attempts == 2));
}

#[test]
fn delivered_notices_are_forgotten_on_schedule_and_no_others() {
    let (bed, store) = Bed::new();
    (0..3).for_each(|_| drop(decided(&bed, &store, Outcome::Approve)));
    let claimed = claim(&store, NOW, LEASE);
    settle(&store, &claimed[0], Attempt::Delivered);
    settle(&store, &claimed[1], Attempt::Dead { why: "status 410" });
    let sweep = |before| block_on(shiming_core::Cases::sweep(&*store.cases(), NOW, before)).unwrap().notices;
    assert_eq!((sweep(NOW), sweep(NOW.plus_millis(1))), (0, 1));
    assert_eq!((standing(&store, Standing::Dead).len(), standing(&store, Standing::Waiting).len()), (1, 1));
}

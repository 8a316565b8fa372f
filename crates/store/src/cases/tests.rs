use std::{fs, path::PathBuf, sync::Arc, time::Instant};

use shiming_core::{
    Again, Case, CaseKey, CaseStep, Cases, Clock, Entry, Ledger, Papers, Ruling, Spend, SubmitFault, Submitter,
    check::Asking,
    submit::{
        Content, Decision, Dossier, Forbidden, Media, Opened, Opening, Outcome, Paper, Request, Review, State, Step,
        Which,
    },
};

use crate::{
    Audit, Filter, Store,
    contract::{NOW, block_on, spend},
    testing::Bed,
};

const PICTURE: &[u8] = b"a picture of a licence that nobody may read on the disk";

pub(super) struct Desk {
    bed: Bed,
    pub(super) store: Store,
    pub(super) verb: Submitter,
}

impl Desk {
    pub(super) fn new() -> Self {
        let (bed, store) = Bed::new();
        let verb = verb_of(&bed, &store);
        Self { bed, store, verb }
    }

    /// Stops and starts again.
    pub(super) fn restart(self) -> Self {
        let Self { bed, store, verb } = self;
        drop((verb, store));
        let store = bed.open().unwrap();
        let verb = verb_of(&bed, &store);
        Self { bed, store, verb }
    }

    pub(super) fn open(&self, opening: Opening, spend: Option<Spend>) -> Result<Opened, SubmitFault> {
        block_on(self.verb.create(asking(), opening, spend))
    }

    pub(super) fn submitted(&self) -> Case {
        self.open(Opening { submit: true, ..opening() }, None).unwrap().case
    }

    pub(super) fn decide(
        &self,
        key: &CaseKey,
        outcome: Outcome,
        by: &str,
        review: Review,
    ) -> Result<Case, SubmitFault> {
        let decision = Decision { outcome, reason: "the seal of 13900000000 is blurred".into(), by: by.into() };
        block_on(self.verb.decide(asking(), key, decision, review))
    }

    pub(super) fn clock(&self) -> Arc<dyn Clock> {
        Arc::clone(&self.bed.clock) as Arc<dyn Clock>
    }

    fn entered(&self) -> Vec<Entry> {
        let mut entries = Vec::new();
        let each = |exported: crate::ExportedEntry| {
            entries.push(exported.entry);
            true
        };
        self.store.ledger().export(&Filter::default(), each).unwrap();
        assert!(matches!(self.store.ledger().verify(None).unwrap(), Audit::Whole(_)));
        entries
    }

    pub(super) fn steps(&self) -> Vec<Ruling> {
        self.entered().into_iter().map(|entry| entry.ruling).collect()
    }

    pub(super) fn objects(&self) -> Vec<PathBuf> {
        let Ok(entries) = fs::read_dir(self.bed.data().join("papers")) else { return Vec::new() };
        entries.map(|entry| entry.unwrap().path()).collect()
    }
}

fn verb_of(bed: &Bed, store: &Store) -> Submitter {
    let clock = Arc::clone(&bed.clock);
    Submitter::new(store.cases(), store.papers(), store.ledger(), clock)
}

pub(super) fn asking() -> Asking<'static> {
    Asking { door: "door", caller: "app", operation: "AddTemplate", request_id: "req-1", arrived: Instant::now() }
}

pub(super) fn paper() -> Paper {
    Paper { role: "licence".into(), media: Media::Png, bytes: PICTURE.to_vec() }
}

fn content() -> Content<Paper> {
    Content { dossier: Some(Dossier(b"fields of 13900000000".to_vec())), papers: vec![paper()], ..Content::default() }
}

pub(super) fn opening() -> Opening {
    Opening { kind: "template".into(), content: content(), submit: false, ..Opening::default() }
}

pub(super) fn forbidden<T: std::fmt::Debug>(result: Result<T, SubmitFault>) -> Forbidden {
    match result {
        Err(SubmitFault::Forbidden(forbidden)) => forbidden,
        other => panic!("{other:?}"),
    }
}

#[test]
fn numbers_grow_and_have_nine_digits() {
    let desk = Desk::new();
    let numbers: Vec<i64> = (0..3).map(|_| desk.submitted().key.number).collect();
    assert!(numbers.is_sorted() && numbers.windows(2).all(|pair| pair[0] != pair[1]));
    assert!(numbers.iter().all(|number| number.to_string().len() == 9));
    let all = block_on(desk.verb.list(&Which::default(), 10)).unwrap();
    assert_eq!(all.iter().map(|case| case.key.number).collect::<Vec<_>>(), numbers);
    let behind = Which { behind: numbers[0], state: Some(State::UnderReview), ..Which::default() };
    assert_eq!(block_on(desk.verb.list(&behind, 1)).unwrap(), all[1..2]);
}

#[test]
fn of_two_parallel_submissions_one_wins() {
    let desk = Desk::new();
    let key = desk.open(opening(), None).unwrap().case.key;
    let submit = || block_on(desk.verb.submit(asking(), &key, content(), None));
    let barrier = std::sync::Barrier::new(8);
    let at_once = || {
        barrier.wait();
        submit()
    };
    let results: Vec<_> = std::thread::scope(|scope| {
        let threads: Vec<_> = (0..8).map(|_| scope.spawn(at_once)).collect();
        threads.into_iter().map(|thread| thread.join().unwrap()).collect()
    });
    let (won, lost): (Vec<_>, Vec<_>) = results.into_iter().partition(Result::is_ok);
    assert_eq!((won.len(), lost.len()), (1, 7));
    for lost in lost {
        assert_eq!(forbidden(lost), Forbidden::From(State::UnderReview));
    }
    assert_eq!(desk.steps(), [Ruling::Case(CaseStep::Submitted)]);
    assert_eq!(desk.objects().len(), 2, "the draft's paper and the winner's");
}

#[test]
fn a_step_its_entry_and_its_spend_are_one() {
    let desk = Desk::new();
    let nonce = spend(1, Again::Refuse);
    let made = desk.open(Opening { submit: true, ..opening() }, Some(nonce.clone())).unwrap().case;
    assert_eq!(made.state, State::UnderReview);
    let close = |spend| block_on(desk.verb.close(asking(), &made.key, Some(spend)));
    assert!(matches!(close(nonce), Err(SubmitFault::Replayed)));
    assert_eq!(block_on(desk.verb.find(&made.key)).unwrap().unwrap(), made, "a replay changes nothing");
    let approved = desk.decide(&made.key, Outcome::Approve, "wang", Review::One).unwrap();
    assert_eq!(approved.state, State::Approved);
    let entries = desk.entered();
    assert_eq!(desk.steps(), [Ruling::Case(CaseStep::Submitted), Ruling::Case(CaseStep::Approved)]);
    assert_eq!(entries[1].source.as_ref().map(shiming_core::SourceId::as_str), Some("wang"));
    assert!(entries.iter().all(|entry| entry.subject == desk.verb.subject(&made.key)));
    let refused = spend(2, Again::Refuse);
    let again = block_on(desk.verb.submit(asking(), &made.key, content(), Some(refused.clone())));
    assert_eq!(forbidden(again), Forbidden::From(State::Approved));
    assert!(!block_on(desk.store.ledger().spend(refused)).unwrap(), "a refused call is spent too");
    assert_eq!(desk.objects().len(), 1, "the paper of a refused step is gone");
}

#[test]
fn several_cases_change_together_or_not_at_all() {
    let desk = Desk::new();
    let (one, two) = (desk.submitted().key, desk.submitted().key);
    let closing = |keys: &[&CaseKey]| {
        let steps = keys.iter().map(|key| ((*key).clone(), Step::Close)).collect();
        block_on(desk.verb.change_all(asking(), steps, None))
    };
    let unknown = CaseKey { number: 1, ..one.clone() };
    assert_eq!(forbidden(closing(&[&one, &unknown])), Forbidden::Unknown);
    assert_eq!(forbidden(closing(&[&one, &one])), Forbidden::Twice);
    assert_eq!(desk.steps().len(), 2);
    assert!(closing(&[&one, &two]).unwrap().iter().all(|case| case.state == State::Closed));
    assert_eq!(desk.steps()[2..], [Ruling::Case(CaseStep::Closed), Ruling::Case(CaseStep::Closed)]);
    assert_eq!(forbidden(closing(&[&one])), Forbidden::From(State::Closed));
}

#[test]
fn two_people_approve_and_neither_has_had_a_hand_in_it() {
    let desk = Desk::new();
    let touched = Content { by: Some("wang".into()), ..content() };
    let key = desk.open(Opening { content: touched, submit: true, ..opening() }, None).unwrap().case.key;
    let approve = |by| desk.decide(&key, Outcome::Approve, by, Review::Two);
    assert_eq!(forbidden(approve("wang")), Forbidden::OwnWork);
    assert_eq!(approve("li").unwrap().state, State::UnderReview);
    assert_eq!(forbidden(approve("li")), Forbidden::SameOperator);
    assert_eq!(approve("zhao").unwrap().state, State::Approved);
    let words: Vec<_> = desk.steps().iter().map(Ruling::word).collect();
    assert_eq!(words, ["submitted", "endorsed", "approved"]);
}

#[test]
fn rejections_are_kept_over_a_resubmission_and_earlier_papers_are_erased_on_schedule() {
    let desk = Desk::new();
    let key = desk.submitted().key;
    let cases = desk.store.cases();
    desk.decide(&key, Outcome::Reject, "wang", Review::One).unwrap();
    let first = block_on(cases.papers(&key)).unwrap().remove(0);
    let other = Paper { bytes: b"a better picture".to_vec(), ..paper() };
    let better = Content { papers: vec![other.clone()], ..content() };
    let again = block_on(desk.verb.submit(asking(), &key, better, None)).unwrap();
    assert_eq!((again.round, again.state), (2, State::UnderReview));
    let decisions = block_on(cases.decisions(&key)).unwrap();
    assert_eq!(decisions.len(), 1);
    assert_eq!((decisions[0].round, decisions[0].at), (1, NOW));
    assert_eq!(decisions[0].decision.reason, "the seal of 13900000000 is blurred");
    let filed = block_on(cases.papers(&key)).unwrap();
    assert_eq!(
        filed.iter().map(|paper| (paper.round, paper.superseded)).collect::<Vec<_>>(),
        [(1, Some(NOW)), (2, None)]
    );
    let sweep = |before| block_on(cases.sweep(NOW, before)).unwrap().papers;
    assert_eq!((sweep(NOW), desk.objects().len()), (0, 2), "not yet");
    assert_eq!((sweep(NOW.plus_millis(1)), desk.objects().len()), (1, 1));
    assert!(block_on(desk.store.papers().get(&first.stored)).is_err(), "erased");
    assert_eq!(block_on(desk.store.papers().get(&filed[1].stored)).unwrap(), other);
}

#[test]
fn all_that_is_sealed_of_a_closed_case_is_erased_on_schedule() {
    let desk = Desk::new();
    let key = desk.submitted().key;
    desk.decide(&key, Outcome::Reject, "wang", Review::One).unwrap();
    block_on(desk.verb.close(asking(), &key, None)).unwrap();
    let swept = block_on(desk.store.cases().sweep(NOW, NOW.plus_millis(1))).unwrap();
    assert_eq!((swept.papers, swept.cases), (1, 1));
    assert_eq!(block_on(desk.store.cases().dossier(&key)).unwrap(), None);
    let decisions = block_on(desk.store.cases().decisions(&key)).unwrap();
    assert_eq!((decisions.len(), decisions[0].decision.reason.as_str()), (1, ""));
    assert!(desk.objects().is_empty());
}

#[test]
fn a_repeated_request_gets_the_same_case_until_its_time_is_over() {
    let desk = Desk::new();
    let until = NOW.plus_millis(60_000);
    let request = |tag| Opening { requests: vec![Request { tag: [tag; 16], until }], ..opening() };
    let first = desk.open(request(1), Some(spend(1, Again::Refuse))).unwrap();
    let again = desk.open(request(1), Some(spend(2, Again::Refuse))).unwrap();
    assert_eq!((first.again, again.again, &again.case), (false, true, &first.case));
    assert!(matches!(desk.open(request(1), Some(spend(2, Again::Refuse))), Err(SubmitFault::Replayed)));
    assert_ne!(desk.open(request(2), None).unwrap().case.key, first.case.key);
    assert_eq!(desk.objects().len(), 2, "a repetition leaves no paper");
    *desk.bed.clock.0.lock() = until.plus_millis(1);
    assert!(!desk.open(request(1), None).unwrap().again);
}

#[test]
fn of_many_parallel_requests_that_are_the_same_one_makes_a_case() {
    let desk = Desk::new();
    let requests = vec![Request { tag: [1; 16], until: NOW.plus_millis(60_000) }];
    let barrier = std::sync::Barrier::new(8);
    let opened: Vec<Opened> = std::thread::scope(|scope| {
        let open = || {
            barrier.wait();
            desk.open(Opening { requests: requests.clone(), submit: true, ..opening() }, None).unwrap()
        };
        let threads: Vec<_> = (0..8).map(|_| scope.spawn(open)).collect();
        threads.into_iter().map(|thread| thread.join().unwrap()).collect()
    });
    assert_eq!(opened.iter().filter(|opened| !opened.again).count(), 1);
    assert!(opened.iter().all(|one| one.case.key == opened[0].case.key));
    assert_eq!(desk.steps(), [Ruling::Case(CaseStep::Submitted)]);
    assert_eq!(desk.objects().len(), 1, "the others' papers are gone");
}

#[test]
fn a_request_is_known_by_the_first_of_its_tags_and_those_in_front_are_learnt() {
    let desk = Desk::new();
    let [soon, late] = [60_000, 86_400_000].map(|millis| NOW.plus_millis(millis));
    let request = |number, body| {
        let requests = vec![Request { tag: [number; 16], until: late }, Request { tag: [body; 16], until: soon }];
        desk.open(Opening { requests, ..opening() }, None).unwrap()
    };
    let first = request(1, 100).case.key;
    assert_eq!(request(2, 100).case.key, first, "another number with the same body");
    *desk.bed.clock.0.lock() = soon.plus_millis(1);
    for number in [1, 2] {
        assert_eq!(request(number, 100).case.key, first, "both numbers, longer than the body");
    }
    let second = request(3, 100);
    assert!(
        !second.again && second.case.key != first,
        "a body that was sent again under its number is none the longer known"
    );
    assert_eq!(request(1, 100).case.key, first, "the number counts before the body");
}

#[test]
fn an_owner_has_no_more_cases_of_a_kind_than_there_may_be() {
    let desk = Desk::new();
    let limited = || Opening { most: Some(2), ..opening() };
    let first = desk.open(limited(), None).unwrap().case.key;
    desk.open(limited(), None).unwrap();
    assert_eq!(forbidden(desk.open(limited(), None)), Forbidden::Full);
    assert_eq!(desk.objects().len(), 2, "nothing is left of what was refused");
    assert!(desk.open(Opening { kind: "signature".into(), ..limited() }, None).is_ok(), "another kind");
    block_on(desk.verb.close(asking(), &first, None)).unwrap();
    assert!(desk.open(limited(), None).is_ok(), "one that is over counts no longer");
}

#[test]
fn a_name_is_one_cases_until_that_is_closed() {
    let desk = Desk::new();
    let named = |tag: u8| Opening { content: Content { name_tag: Some([tag; 16]), ..content() }, ..opening() };
    let first = desk.open(named(1), None).unwrap().case.key;
    assert_eq!(forbidden(desk.open(named(1), None)), Forbidden::NameTaken);
    let other = desk.open(named(2), None).unwrap().case.key;
    let rename = || block_on(desk.verb.edit(asking(), &other, named(1).content, None));
    assert_eq!(forbidden(rename()), Forbidden::NameTaken);
    assert!(desk.open(Opening { kind: "signature".into(), ..named(1) }, None).is_ok(), "another kind");
    block_on(desk.verb.close(asking(), &first, None)).unwrap();
    assert_eq!(rename().unwrap().name_tag, Some([1; 16]));
}

#[test]
fn one_case_of_a_group_is_preferred() {
    let desk = Desk::new();
    let (one, two) = (desk.submitted().key, desk.submitted().key);
    let prefer = |key: &CaseKey| {
        let steps = vec![(key.clone(), Step::Prefer { group: "all".into() })];
        block_on(desk.verb.change_all(asking(), steps, None)).unwrap().remove(0).preferred
    };
    assert_eq!(prefer(&one).as_deref(), Some("all"));
    assert_eq!(prefer(&two).as_deref(), Some("all"));
    assert_eq!(block_on(desk.verb.find(&one)).unwrap().unwrap().preferred, None);
}

#[test]
fn a_restart_keeps_all() {
    let desk = Desk::new();
    let key = desk.submitted().key;
    let before = desk.decide(&key, Outcome::Approve, "wang", Review::Two).unwrap();
    let desk = desk.restart();
    assert_eq!(block_on(desk.verb.find(&key)).unwrap(), Some(before));
    let dossier = block_on(desk.store.cases().dossier(&key)).unwrap();
    assert_eq!(dossier, content().dossier);
    let filed = block_on(desk.store.cases().papers(&key)).unwrap();
    assert_eq!(block_on(desk.store.papers().get(&filed[0].stored)).unwrap(), paper());
    assert_eq!(block_on(desk.store.cases().with_paper(filed[0].stored.content)).unwrap(), [key]);
    assert!(desk.submitted().key.number > filed[0].stored.size.try_into().unwrap());
}

#[test]
fn another_callers_case_is_not_found() {
    let desk = Desk::new();
    let key = CaseKey { caller: "stranger".into(), ..desk.submitted().key };
    assert_eq!(block_on(desk.verb.find(&key)).unwrap(), None);
    assert_eq!(block_on(desk.store.cases().dossier(&key)).unwrap(), None);
    assert!(block_on(desk.store.cases().papers(&key)).unwrap().is_empty());
    assert_eq!(forbidden(block_on(desk.verb.close(asking(), &key, None))), Forbidden::Unknown);
}

#[test]
fn nothing_that_was_handed_in_is_readable_on_the_disk() {
    let desk = Desk::new();
    let key = desk.submitted().key;
    desk.decide(&key, Outcome::Reject, "wang", Review::One).unwrap();
    let files = fs::read_dir(desk.bed.data()).unwrap().map(|entry| entry.unwrap().path());
    let files: Vec<PathBuf> = files.filter(|path| path.is_file()).chain(desk.objects()).collect();
    assert!(files.len() > 4);
    let texts: [&[u8]; 3] = [PICTURE, b"13900000000", b"blurred"];
    for file in files {
        let bytes = fs::read(&file).unwrap();
        for text in texts {
            assert!(!bytes.windows(text.len()).any(|window| window == text), "{}", file.display());
        }
    }
}

#[test]
fn a_decision_on_what_was_seen_falls_on_nothing_newer() {
    let desk = Desk::new();
    let seen = desk.submitted();
    let approve = |seen: Case, by: &str| {
        let decision = Decision { outcome: Outcome::Approve, reason: String::new(), by: by.into() };
        block_on(desk.verb.decide_as_seen(asking(), &seen, decision, Review::One))
    };
    desk.decide(&seen.key, Outcome::Reject, "wang", Review::One).unwrap();
    let again = block_on(desk.verb.submit(asking(), &seen.key, content(), None)).unwrap();
    let before = desk.entered().len();
    assert_eq!(approve(seen.clone(), "li").unwrap(), None, "the second round is not what was seen");
    assert_eq!((block_on(desk.verb.find(&seen.key)).unwrap().unwrap(), desk.entered().len()), (again.clone(), before));
    let approved = approve(again, "li").unwrap().unwrap();
    assert_eq!((approved.state, desk.entered().len()), (State::Approved, before + 1));
    assert_eq!(forbidden(approve(approved, "li")), Forbidden::From(State::Approved));
    let mut unknown = seen;
    unknown.key.number += 1;
    assert_eq!(forbidden(approve(unknown, "li")), Forbidden::Unknown);
}

#[test]
fn of_two_decisions_on_the_same_sight_one_counts() {
    let desk = Desk::new();
    let seen = desk.submitted();
    let decide = |outcome, by: &str| {
        let decision = Decision { outcome, reason: String::new(), by: by.into() };
        block_on(desk.verb.decide_as_seen(asking(), &seen, decision, Review::Two)).unwrap()
    };
    let (one, two) = std::thread::scope(|scope| {
        let one = scope.spawn(|| decide(Outcome::Approve, "wang"));
        let two = scope.spawn(|| decide(Outcome::Approve, "li"));
        (one.join().unwrap(), two.join().unwrap())
    });
    assert_eq!([one, two].iter().flatten().count(), 1);
}

use shiming_core::{
    CannotCheck, Check, Element, Elements, Entry, Ruling, Session, SessionKey, Sessions, SourceId, SubjectTag,
    UnixTime, Unusable, Verdict,
    redeem::{
        AgreementName, Concluded, Conclusion, Consent, Creation, DeskSecret, Enough, Forbidden, Judged, NewAgreement,
        NewSession, Person, Purpose, RECOGNIZED, Returns, Spending, State, Step,
    },
};

use crate::{
    Store,
    contract::{self, NOW, block_on, name, resident},
    testing::Bed,
};

const DAY: i64 = 24 * 60 * 60 * 1000;
const WANG: SubjectTag = SubjectTag([1; 16]);
const LI: SubjectTag = SubjectTag([2; 16]);

/// A session of an app for a teacher's authentication, unless a test wants something else of it.
fn new(handle: &str, at: UnixTime) -> NewSession {
    NewSession {
        key: SessionKey { door: "door".into(), caller: "app".into(), kind: "kind".into(), handle: handle.into() },
        request: None,
        content: [0; 16],
        agreement: Some(named("wang's")),
        purpose: Purpose { identity: "04".into(), precision: "exact".into(), service: "1".into() },
        check: Check::Resident2,
        enough: Enough::MatchAndReview,
        spending: Spending::Once,
        claimed: None,
        subject: None,
        returns: Returns::default(),
        created: at,
        expires: at.plus_millis(DAY),
    }
}

fn named(agreement: &str) -> NewAgreement {
    NewAgreement { number: agreement.into(), id: format!("ours of {agreement}") }
}

fn judged(verdict: Verdict, source: &str, at: UnixTime) -> Judged {
    Judged { verdict, source: Some(source.into()), request_id: "R".into(), at }
}

fn mismatch() -> Verdict {
    Verdict::Mismatch(Elements::NONE.with(Element::Name))
}

fn made_with_link(store: &Store, new: NewSession) -> (Session, DeskSecret) {
    match block_on(store.sessions().create(new)).unwrap() {
        Creation::Made(session, link) => (*session, link),
        other => panic!("{other:?}"),
    }
}

fn made(store: &Store, new: NewSession) -> Session {
    made_with_link(store, new).0
}

fn step(store: &Store, session: &Session, step: Step, at: UnixTime) -> Result<Session, Forbidden> {
    block_on(store.sessions().step(session.key.clone(), step, at)).unwrap()
}

fn agreed(store: &Store, new: NewSession) -> Session {
    let at = new.created;
    let session = made(store, new);
    step(store, &session, Step::Authorize(Consent { version: "1".into(), at }), at).unwrap()
}

/// A session of a person, submitted.
fn submitted(store: &Store, new: NewSession, subject: SubjectTag) -> Session {
    let at = new.created;
    let session = agreed(store, new);
    step(store, &session, Step::Submit { subject, person: Box::new(person()) }, at).unwrap()
}

fn person() -> Person {
    Person { id: resident(1), name: name(1), portrait: None }
}

/// The same, decided by an operator.
fn decided(store: &Store, new: NewSession, subject: SubjectTag, verdict: Verdict) -> Session {
    let at = new.created;
    let session = submitted(store, new, subject);
    step(store, &session, Step::Decide(judged(verdict, "operator", at)), at).unwrap()
}

fn verified(store: &Store, session: &Session, subject: SubjectTag) -> bool {
    block_on(store.sessions().verified(session, subject)).unwrap().is_some()
}

/// Recognises, as the verb does: with an entry, on the version that was seen.
fn recognize(store: &Store, session: &Session, subject: SubjectTag, at: UnixTime) -> Concluded {
    let ruling = Ruling::Checked { check: Check::Resident2, verdict: Verdict::Match, score: None };
    let entry = Entry { at, subject, ruling, ..contract::entry(1) };
    let step = Step::Recognize { subject, judged: judged(Verdict::Match, RECOGNIZED, at) };
    let conclusion = Conclusion { key: session.key.clone(), seen: session.version, step, entry, spend: None };
    block_on(store.sessions().conclude(conclusion)).unwrap()
}

#[test]
fn who_passed_for_the_same_is_known_to_the_same_caller_only() {
    let (_bed, store) = Bed::new();
    decided(&store, new("first", NOW), WANG, Verdict::Match);
    let asked = |change: fn(&mut NewSession)| {
        let mut other = new("other", NOW);
        change(&mut other);
        verified(&store, &made(&store, other), WANG)
    };
    assert!(asked(|new| new.key.handle = "same".into()));
    assert!(asked(|new| new.purpose.service = "2".into()), "the service is not what is proved");
    let others: [fn(&mut NewSession); 8] = [
        |new| (new.key.handle, new.agreement) = ("e".into(), Some(named("another"))),
        |new| (new.key.handle, new.purpose.identity) = ("a".into(), "05".into()),
        |new| (new.key.handle, new.purpose.precision) = ("b".into(), "dim".into()),
        |new| (new.key.handle, new.check) = ("c".into(), Check::Portrait3),
        |new| (new.key.handle, new.enough) = ("d".into(), Enough::Match),
        |new| new.key.kind = "another".into(),
        |new| new.key.caller = "another".into(),
        |new| new.key.door = "another".into(),
    ];
    assert_eq!(others.map(asked), [false; 8]);
    assert!(!verified(&store, &made(&store, new("of li", NOW)), LI));
}

#[test]
fn the_newest_decision_on_a_person_counts_and_what_is_not_decided_does_not() {
    let (_bed, store) = Bed::new();
    let at = |days: i64| NOW.plus_millis(days * DAY);
    let asking = made(&store, new("asking", NOW));
    submitted(&store, new("waits", NOW), WANG);
    assert!(!verified(&store, &asking, WANG), "nobody has decided");
    let good = decided(&store, new("good", at(1)), WANG, Verdict::Match);
    step(&store, &good, Step::Redeem, at(1)).unwrap();
    assert!(verified(&store, &asking, WANG), "a result that was taken stays a result");

    let late = submitted(&store, new("late", at(2)), WANG);
    step(&store, &late, Step::Judge(judged(Verdict::Match, "registry", at(2))), at(2)).unwrap();
    block_on(store.sessions().sweep(at(3), at(0))).unwrap();
    assert!(verified(&store, &asking, WANG), "a match that waited for an operator until it expired says nothing");

    decided(&store, NewSession { agreement: Some(named("another")), ..new("bad", at(4)) }, WANG, mismatch());
    assert!(!verified(&store, &asking, WANG));
    block_on(store.sessions().sweep(at(5), at(0))).unwrap();
    assert!(!verified(&store, &asking, WANG), "nor when that one has expired");
    decided(&store, new("good again", at(6)), WANG, Verdict::Match);
    assert!(verified(&store, &asking, WANG));
}

#[test]
fn an_agreement_ends_with_the_consent_that_put_it_in_force_and_with_no_other() {
    let (_bed, store) = Bed::new();
    let valid = || {
        let by = AgreementName::Number("wang's");
        block_on(store.sessions().agreement("door", "app", by)).unwrap().unwrap().valid
    };
    let first = agreed(&store, new("first", NOW));
    let second = agreed(&store, new("second", NOW.plus_millis(1)));
    let third = made(&store, new("third", NOW.plus_millis(2)));
    let late = NOW.plus_millis(3);
    step(&store, &third, Step::Cancel, late).unwrap();
    step(&store, &second, Step::Cancel, late).unwrap();
    assert!(valid(), "the first consent stands");
    step(&store, &first, Step::Cancel, late).unwrap();
    assert!(!valid());
    agreed(&store, new("fourth", late));
    assert!(valid(), "who agrees anew has an agreement again");
}

#[test]
fn an_agreement_names_nobody_who_has_only_failed_or_withdrawn_under_it() {
    let (_bed, store) = Bed::new();
    let named = || {
        let by = AgreementName::Number("wang's");
        block_on(store.sessions().agreement("door", "app", by)).unwrap().unwrap().user
    };
    decided(&store, new("a slip", NOW), LI, mismatch());
    assert_eq!(named(), None);
    let withdrawn = submitted(&store, new("withdrawn", NOW), LI);
    assert_eq!(named(), Some(LI));
    step(&store, &withdrawn, Step::Cancel, NOW).unwrap();
    assert_eq!(named(), None);

    let first = submitted(&store, new("first", NOW), WANG);
    decided(&store, new("second", NOW), WANG, mismatch());
    assert_eq!(named(), Some(WANG), "somebody still looks at the first");
    let first = step(&store, &first, Step::Decide(judged(Verdict::Match, "operator", NOW)), NOW).unwrap();
    step(&store, &first, Step::Redeem, NOW).unwrap();
    decided(&store, new("third", NOW), WANG, mismatch());
    assert_eq!(named(), Some(WANG), "who has passed stays known");
}

#[test]
fn what_was_given_under_an_agreement_that_ends_is_erased_and_can_be_given_again() {
    let (_bed, store) = Bed::new();
    let sessions = store.sessions();
    let given = |session: &Session| block_on(sessions.person(&session.key)).unwrap().is_some();
    let at_hand = |session: &Session| block_on(sessions.find(&session.key)).unwrap().unwrap();
    let withdraw = |number: &str| {
        block_on(sessions.withdraw("door".into(), "app".into(), number.into(), NOW.plus_millis(9))).unwrap()
    };
    let other = submitted(&store, NewSession { agreement: Some(named("other")), ..new("other", NOW) }, LI);
    let passed = decided(&store, new("passed", NOW), WANG, Verdict::Match);
    let waiting = submitted(&store, new("waiting", NOW), WANG);
    let waiting = step(
        &store,
        &waiting,
        Step::Judge(judged(Verdict::CannotCheck(CannotCheck::NoFaceEngine), "registry", NOW)),
        NOW,
    )
    .unwrap();

    assert!(withdraw("wang's") && !withdraw("nobody's"));
    let back = at_hand(&waiting);
    assert!(!given(&waiting) && back.agreement.is_some_and(|agreement| !agreement.valid));
    assert_eq!((back.session.state, back.session.subject, back.session.judged), (State::Authorized, None, None));
    assert_eq!(at_hand(&passed).session.state, passed.state, "what is decided stays");
    assert!(given(&other) && at_hand(&other).session.state == State::Verifying, "nor is another agreement's touched");
    assert!(block_on(sessions.undecided(NOW, NOW.plus_millis(9), 9)).unwrap().iter().all(|left| left.key == other.key));
    let again = |at| {
        let submit = Step::Submit { subject: WANG, person: Box::new(person()) };
        step(&store, &waiting, submit, at)
    };
    assert_eq!(again(NOW), Err(Forbidden::Withdrawn));
    agreed(&store, new("anew", NOW.plus_millis(10)));
    assert_eq!(again(NOW.plus_millis(11)).map(|session| session.state), Ok(State::Verifying));

    // At the desk it is one consent that ends the agreement, and takes back what was given under any other.
    let anew = at_hand(&waiting);
    let cancelled = Session { key: SessionKey { handle: "anew".into(), ..anew.session.key }, ..anew.session };
    step(&store, &cancelled, Step::Cancel, NOW.plus_millis(12)).unwrap();
    assert!(!given(&waiting) && at_hand(&waiting).session.state == State::Authorized);
}

#[test]
fn a_recognised_result_is_entered_and_recognises_nobody_again() {
    let (_bed, store) = Bed::new();
    let at = |days: i64| NOW.plus_millis(days * DAY);
    decided(&store, new("first", NOW), WANG, Verdict::Match);
    let second = agreed(&store, new("second", at(20)));
    let Concluded::Durable(known) = recognize(&store, &second, WANG, at(20)) else { panic!("it was verified before") };
    assert_eq!((known.state.word(), known.subject), ("succeeded", Some(WANG)));
    assert!(known.judged.as_ref().is_some_and(Judged::is_recognized));
    assert_eq!(recognize(&store, &second, WANG, at(20)), Concluded::Overtaken, "of two at once one");
    let mut entered = Vec::new();
    let each = |exported: crate::ExportedEntry| {
        entered.push(exported.entry.subject);
        true
    };
    store.ledger().export(&crate::Filter::default(), each).unwrap();
    assert_eq!(entered, [WANG], "the steps of this test enter nothing else");

    let third = agreed(&store, new("third", at(21)));
    assert!(verified(&store, &third, WANG), "by the first");
    block_on(store.sessions().sweep(at(21), at(10))).unwrap();
    assert!(!verified(&store, &third, WANG), "the first is forgotten, and the second counts for nothing");
    assert_eq!(recognize(&store, &third, WANG, at(21)), Concluded::Forbidden(Forbidden::NotVerified));
}

#[test]
fn what_is_seen_before_is_looked_at_again_in_the_transaction() {
    let (_bed, store) = Bed::new();
    decided(&store, new("first", NOW), WANG, Verdict::Match);
    let second = agreed(&store, new("second", NOW.plus_millis(1)));
    assert!(verified(&store, &second, WANG));
    decided(&store, new("third", NOW.plus_millis(2)), WANG, mismatch());
    let late = NOW.plus_millis(3);
    assert_eq!(recognize(&store, &second, WANG, late), Concluded::Forbidden(Forbidden::NotVerified));
    assert_eq!(recognize(&store, &second, LI, late), Concluded::Forbidden(Forbidden::OtherPerson));
    block_on(store.sessions().withdraw("door".into(), "app".into(), "wang's".into(), NOW)).unwrap();
    assert_eq!(recognize(&store, &second, WANG, late), Concluded::Forbidden(Forbidden::Withdrawn));
}

/// Every verdict after which a session is still being verified.
fn undecided_verdicts() -> Vec<Verdict> {
    let mut all = vec![
        CannotCheck::SourceDown(SourceId::from("registry")),
        CannotCheck::NoFaceEngine,
        CannotCheck::NoPortraitOnRecord,
        CannotCheck::FaceEngineBusy,
        CannotCheck::TemplateOutdated,
        CannotCheck::NameNotComparable,
    ];
    all.extend(Unusable::ALL.iter().map(|why| CannotCheck::PortraitUnusable(*why)));
    for why in &all {
        // Whoever adds one adds it above.
        match why {
            CannotCheck::SourceDown(_)
            | CannotCheck::NoFaceEngine
            | CannotCheck::NoPortraitOnRecord
            | CannotCheck::PortraitUnusable(_)
            | CannotCheck::FaceEngineBusy
            | CannotCheck::TemplateOutdated
            | CannotCheck::NameNotComparable => {}
        }
    }
    all.into_iter().map(Verdict::CannotCheck).chain([Verdict::Match]).collect()
}

/// The queries have the core's rules in words of their own.
#[test]
fn what_waits_for_an_operator_and_what_is_tried_again_is_what_the_core_says() {
    let (_bed, store) = Bed::new();
    let sessions = store.sessions();
    let listed = |handle: &str| {
        let has = |found: Vec<Session>| found.iter().any(|session| session.key.handle == handle);
        let later = NOW.plus_millis(1);
        (
            has(block_on(sessions.awaiting(NOW, 100)).unwrap()),
            has(block_on(sessions.undecided(NOW, later, 100)).unwrap()),
        )
    };
    submitted(&store, new("nobody has looked", NOW), WANG);
    assert_eq!(listed("nobody has looked"), (false, true));
    for (number, verdict) in undecided_verdicts().into_iter().enumerate() {
        let handle = format!("{number}");
        let session = submitted(&store, new(&handle, NOW), WANG);
        let session = step(&store, &session, Step::Judge(judged(verdict.clone(), "registry", NOW)), NOW).unwrap();
        assert_eq!(listed(&handle), (session.awaits_operator(), verdict.passes()), "{verdict:?}");
    }
    let over = NOW.plus_millis(DAY);
    assert!(block_on(sessions.awaiting(over, 100)).unwrap().is_empty(), "their time is over");
    assert!(block_on(sessions.undecided(over, over, 100)).unwrap().is_empty());
    let latest = block_on(sessions.undecided(NOW, NOW, 100)).unwrap();
    assert_eq!(latest.len(), 1, "what was tried just now is not tried again at once");
    assert_eq!(block_on(sessions.awaiting(NOW, 2)).unwrap().len(), 2);
}

#[test]
fn a_link_seats_one_browser_and_a_new_link_takes_the_place_of_the_old_one() {
    let (_bed, store) = Bed::new();
    let sessions = store.sessions();
    let (session, old) = made_with_link(&store, new("handle", NOW));
    let new = block_on(sessions.relink(session.key.clone(), None, NOW)).unwrap().unwrap();
    assert!(block_on(sessions.linked(&old)).unwrap().is_none());
    assert!(block_on(sessions.linked(&new)).unwrap().is_some(), "looked at, and not used up");
    assert!(block_on(sessions.start(old, NOW)).unwrap().is_none());
    let seated = block_on(sessions.start(new.clone(), NOW)).unwrap().unwrap();
    assert!(block_on(sessions.start(new.clone(), NOW)).unwrap().is_none());
    assert_eq!(block_on(sessions.seated(&seated.seat)).unwrap().map(|seated| seated.key), Some(session.key));
    assert!(block_on(sessions.seated(&new)).unwrap().is_none(), "a link is no seat");
    let proof = sessions.form_proof(&seated.seat);
    assert!(sessions.is_form_proof(&seated.seat, &proof) && !sessions.is_form_proof(&new, &proof));
}

#[test]
fn whose_session_is_over_is_erased_and_then_forgotten_and_was_never_in_the_clear() {
    let (bed, store) = Bed::new();
    let sessions = store.sessions();
    let returns = Returns { done: Some("https://caller.example/13900000000".into()), cancelled: None };
    let key = submitted(&store, NewSession { returns, ..new("handle", NOW) }, WANG).key;
    assert_eq!(block_on(sessions.person(&key)).unwrap(), Some(person()));
    for (file, bytes) in bed.bytes() {
        for hidden in [person().id.expose(), person().name.expose(), "13900000000"] {
            assert!(!bytes.windows(hidden.len()).any(|some| some == hidden.as_bytes()), "{file}");
        }
    }
    let over = NOW.plus_millis(DAY);
    let swept = block_on(sessions.sweep(over, NOW)).unwrap();
    assert_eq!((swept.expired, swept.erased, swept.forgotten), (1, 1, 0));
    assert_eq!(block_on(sessions.person(&key)).unwrap(), None);
    let found = block_on(sessions.find(&key)).unwrap().unwrap().session;
    assert_eq!(found.returns, Returns::default(), "an address may name a person");
    let later = over.plus_millis(1);
    assert_eq!(block_on(sessions.sweep(later, later)).unwrap().forgotten, 1);
    assert!(block_on(sessions.find(&key)).unwrap().is_none());
}

/// A caller may have any number of sessions.
#[test]
fn what_a_person_did_before_is_found_without_looking_at_everybody_elses_sessions() {
    let (bed, _store) = Bed::new();
    let on = rusqlite::Connection::open(bed.data().join("shiming.db")).unwrap();
    for query in [super::row::VERIFIED, super::agreement::FORGETS] {
        let mut explain = on.prepare(&format!("EXPLAIN QUERY PLAN {query}")).unwrap();
        let parameters = vec![rusqlite::types::Null; explain.parameter_count()];
        let plan = explain.query_map(rusqlite::params_from_iter(parameters), |row| row.get::<_, String>(3)).unwrap();
        let plan: Vec<_> =
            plan.map(Result::unwrap).filter(|step| step.starts_with("SEARCH") || step.starts_with("SCAN")).collect();
        let of_sessions: Vec<_> = plan.iter().filter(|step| !step.contains("agreement")).collect();
        assert!(!of_sessions.is_empty() && of_sessions.iter().all(|step| step.contains("session_subject")), "{plan:?}");
    }
}

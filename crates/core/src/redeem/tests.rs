use jiff::civil::date;
use shiming_identity::{PersonName, ResidentId};

use super::*;
use crate::{
    claim::{Check, Element, Elements},
    face::Unusable,
    verdict::CannotCheck,
};

const NOW: UnixTime = UnixTime::from_secs(1_795_000_000);
const HOUR: i64 = 3_600_000;
const SUBJECT: SubjectTag = SubjectTag([1; 16]);
const STRANGER: SubjectTag = SubjectTag([2; 16]);

/// A session in a state, made now for an hour, with all that belongs to the state.
fn session(state: State) -> Session {
    let key =
        SessionKey { door: "door".into(), caller: "app".into(), kind: "kind".into(), handle: "once-token-4711".into() };
    let verdict = match state {
        State::Succeeded | State::Redeemed => Some(Verdict::Match),
        State::Failed => Some(Verdict::NoRecord),
        _ => None,
    };
    let named = !matches!(state, State::Created | State::Authorized | State::Expired);
    Session {
        key,
        request: None,
        agreement: Some("agreement-1".into()),
        purpose: Purpose { identity: "04".into(), precision: "exact".into(), service: "2088".into() },
        check: Check::Resident2,
        enough: Enough::Match,
        spending: Spending::Once,
        claimed: false,
        subject: named.then_some(SUBJECT),
        returns: Returns::default(),
        consent: None,
        state,
        judged: verdict.map(judged),
        created: NOW,
        expires: NOW.plus_millis(HOUR),
        version: 7,
    }
}

fn agreement(valid: bool, user: Option<SubjectTag>) -> Agreement {
    Agreement { number: "agreement-1".into(), id: "ours-1".into(), valid, user, since: None }
}

fn judged(verdict: Verdict) -> Judged {
    Judged { verdict, source: Some("registry".into()), request_id: "req".into(), at: NOW }
}

fn person(portrait: Option<Vec<u8>>) -> Person {
    Person {
        id: ResidentId::parse("110101190001010014", date(2026, 11, 25)).unwrap().value,
        name: PersonName::parse("样例甲").unwrap().value,
        portrait,
    }
}

fn authorize() -> Step {
    Step::Authorize(Consent { version: "2026-11".into(), at: NOW })
}

fn submit() -> Step {
    Step::Submit { subject: SUBJECT, person: Box::new(person(None)) }
}

fn recognize(subject: SubjectTag) -> Step {
    Step::Recognize { subject, judged: judged(Verdict::Match) }
}

fn silent() -> Verdict {
    Verdict::CannotCheck(CannotCheck::SourceDown("bureau".into()))
}

fn blurred() -> Verdict {
    Verdict::CannotCheck(CannotCheck::PortraitUnusable(Unusable::Blurred))
}

fn steps() -> Vec<(&'static str, Step)> {
    vec![
        ("authorize", authorize()),
        ("submit", submit()),
        ("judge match", Step::Judge(judged(Verdict::Match))),
        ("judge mismatch", Step::Judge(judged(Verdict::Mismatch(Elements::NONE.with(Element::Name))))),
        ("judge no record", Step::Judge(judged(Verdict::NoRecord))),
        ("judge cannot", Step::Judge(judged(silent()))),
        ("decide match", Step::Decide(judged(Verdict::Match))),
        ("decide mismatch", Step::Decide(judged(Verdict::Mismatch(Elements::NONE)))),
        ("decide cannot", Step::Decide(judged(silent()))),
        ("recognize", recognize(SUBJECT)),
        ("cancel", Step::Cancel),
        ("take back", Step::TakeBack),
        ("redeem", Step::Redeem),
    ]
}

#[test]
fn every_row_of_the_table_leads_where_it_says_and_every_other_step_is_forbidden() {
    use State::{Authorized, Created, Expired, Failed, Redeemed, Succeeded, Verifying};
    let rows = [
        (Created, "authorize", Authorized),
        (Created, "cancel", Expired),
        (Authorized, "cancel", Expired),
        (Verifying, "cancel", Expired),
        (Verifying, "take back", Authorized),
        (Authorized, "submit", Verifying),
        (Authorized, "recognize", Succeeded),
        (Verifying, "judge match", Succeeded),
        (Verifying, "judge mismatch", Failed),
        (Verifying, "judge no record", Failed),
        (Verifying, "judge cannot", Verifying),
        (Verifying, "decide match", Succeeded),
        (Verifying, "decide mismatch", Failed),
        (Succeeded, "redeem", Redeemed),
        (Failed, "redeem", Redeemed),
    ];
    for from in State::ALL {
        for (name, step) in steps() {
            let before = Session { subject: Some(SUBJECT), ..session(from) };
            let after = before.after(&step, Some(&agreement(true, Some(SUBJECT))), NOW);
            let row = rows.iter().find(|(state, step, _)| *state == from && *step == name);
            match row {
                Some((_, _, to)) => {
                    let after = after.unwrap();
                    assert_eq!((after.state, after.version), (*to, 8), "{from:?} {name}");
                }
                None => assert_eq!(after, Err(Forbidden::From(from)), "{from:?} {name}"),
            }
        }
    }
}

#[test]
fn a_session_expires_at_its_moment_and_then_allows_nothing() {
    let last = NOW.plus_millis(HOUR - 1);
    for state in State::ALL.into_iter().filter(|state| !state.is_over()) {
        let session = session(state);
        assert_eq!(session.state_at(last), state);
        assert_eq!(session.state_at(session.expires), State::Expired);
        for (name, step) in steps() {
            let after = session.after(&step, Some(&agreement(true, None)), session.expires);
            assert_eq!(after, Err(Forbidden::From(State::Expired)), "{state:?} {name}");
        }
    }
    assert!(session(State::Created).after(&authorize(), None, last).is_ok());
    assert_eq!(session(State::Redeemed).state_at(NOW.plus_millis(2 * HOUR)), State::Redeemed);
}

#[test]
fn a_withdrawn_agreement_stops_what_is_not_decided_and_keeps_the_result() {
    let withdrawn = agreement(false, Some(SUBJECT));
    for (from, step) in [
        (State::Authorized, submit()),
        (State::Authorized, recognize(SUBJECT)),
        (State::Verifying, Step::Judge(judged(Verdict::Match))),
        (State::Verifying, Step::Decide(judged(Verdict::Match))),
        (State::Succeeded, Step::Redeem),
        (State::Failed, Step::Redeem),
    ] {
        assert_eq!(session(from).after(&step, Some(&withdrawn), NOW), Err(Forbidden::Withdrawn));
    }
    assert!(session(State::Created).after(&authorize(), Some(&withdrawn), NOW).is_ok(), "consent brings it into force");
}

#[test]
fn a_readable_result_is_never_spent() {
    let readable = Session { spending: Spending::Readable, ..session(State::Succeeded) };
    assert_eq!(readable.after(&Step::Redeem, None, NOW), Err(Forbidden::From(State::Succeeded)));
}

#[test]
fn a_match_that_is_to_be_reviewed_waits_and_a_mismatch_does_not() {
    let session = Session { enough: Enough::MatchAndReview, ..session(State::Verifying) };
    let matched = session.after(&Step::Judge(judged(Verdict::Match)), None, NOW).unwrap();
    assert_eq!(matched.state, State::Verifying);
    assert!(matched.awaits_operator());
    assert_eq!(matched.after(&Step::Decide(judged(Verdict::Match)), None, NOW).map(|s| s.state), Ok(State::Succeeded));
    let failed = session.after(&Step::Judge(judged(Verdict::NoRecord)), None, NOW).unwrap();
    assert_eq!(failed.state, State::Failed);
}

#[test]
fn only_an_operator_is_awaited_where_trying_again_would_not_help() {
    let after = |verdict| session(State::Verifying).after(&Step::Judge(judged(verdict)), None, NOW).unwrap();
    assert!(!session(State::Verifying).awaits_operator(), "nobody has looked yet");
    assert!(!after(silent()).awaits_operator());
    assert!(!after(blurred()).awaits_operator());
    assert!(!after(Verdict::CannotCheck(CannotCheck::FaceEngineBusy)).awaits_operator());
    for why in [
        CannotCheck::NoFaceEngine,
        CannotCheck::NoPortraitOnRecord,
        CannotCheck::TemplateOutdated,
        CannotCheck::NameNotComparable,
    ] {
        assert!(after(Verdict::CannotCheck(why)).awaits_operator());
    }
}

#[test]
fn a_photo_in_which_nobody_can_be_seen_may_be_given_again() {
    let verifying = Session { check: Check::Portrait3, ..session(State::Verifying) };
    let again = Step::Submit { subject: SUBJECT, person: Box::new(person(Some(vec![0xff]))) };
    assert!(!verifying.wants_portrait());
    assert_eq!(verifying.after(&again, None, NOW), Err(Forbidden::From(State::Verifying)));
    let unusable = verifying.after(&Step::Judge(judged(blurred())), None, NOW).unwrap();
    assert!(unusable.wants_portrait());
    let submitted = unusable.after(&again, None, NOW).unwrap();
    assert_eq!((submitted.state, submitted.judged), (State::Verifying, None));
}

#[test]
fn a_photo_is_wanted_where_the_check_wants_one() {
    let authorized = Session { check: Check::Portrait3, ..session(State::Authorized) };
    assert!(authorized.wants_portrait());
    assert_eq!(authorized.after(&submit(), None, NOW), Err(Forbidden::PortraitMissing));
    assert!(!session(State::Authorized).wants_portrait());
}

#[test]
fn details_of_another_person_than_the_one_named_are_refused() {
    let claimed = Session { subject: Some(STRANGER), ..session(State::Authorized) };
    assert_eq!(claimed.after(&submit(), None, NOW), Err(Forbidden::OtherPerson));
    let open = session(State::Authorized);
    let of = |user| agreement(true, Some(user));
    assert_eq!(open.after(&submit(), Some(&of(STRANGER)), NOW), Err(Forbidden::OtherPerson));
    assert_eq!(open.after(&submit(), Some(&of(SUBJECT)), NOW).unwrap().subject, Some(SUBJECT));
}

#[test]
fn who_was_verified_before_is_recognised_by_the_agreement_in_force_and_by_nothing_else() {
    let open = session(State::Authorized);
    let after =
        |session: &Session, agreement: Option<Agreement>| session.after(&recognize(SUBJECT), agreement.as_ref(), NOW);
    let known = after(&open, Some(agreement(true, Some(SUBJECT)))).unwrap();
    assert_eq!((known.state, known.subject), (State::Succeeded, Some(SUBJECT)));
    assert_eq!(after(&open, None), Err(Forbidden::NobodyNamed));
    assert_eq!(after(&open, Some(agreement(true, None))), Err(Forbidden::NobodyNamed));
    assert_eq!(after(&open, Some(agreement(true, Some(STRANGER)))), Err(Forbidden::OtherPerson));
    let claimed = |subject| Session { subject: Some(subject), ..open.clone() };
    assert_eq!(after(&claimed(SUBJECT), None), Err(Forbidden::NobodyNamed), "a claim alone is nobody's agreement");
    assert_eq!(after(&claimed(STRANGER), Some(agreement(true, Some(SUBJECT)))), Err(Forbidden::OtherPerson));
    let photo = Session { check: Check::Portrait3, ..open.clone() };
    assert_eq!(after(&photo, Some(agreement(true, Some(SUBJECT)))), Err(Forbidden::NobodyNamed));
    let failed = Step::Recognize { subject: SUBJECT, judged: judged(Verdict::NoRecord) };
    let under = agreement(true, Some(SUBJECT));
    assert_eq!(open.after(&failed, Some(&under), NOW), Err(Forbidden::NotVerified));
}

fn found(state: State) -> Found {
    Found { session: session(state), agreement: Some(agreement(true, None)), bar: None }
}

#[test]
fn a_query_is_told_by_the_state() {
    let told = |state| found(state).answers(&Checks::default(), NOW);
    assert_eq!(told(State::Created), Err(Refused::NotAuthorized));
    assert_eq!(told(State::Authorized), Ok(Standing::Pending));
    assert_eq!(told(State::Verifying), Ok(Standing::Pending));
    assert_eq!(told(State::Succeeded), Ok(Standing::Decided(judged(Verdict::Match))));
    assert_eq!(told(State::Failed), Ok(Standing::Decided(judged(Verdict::NoRecord))));
    assert_eq!(told(State::Redeemed), Err(Refused::Spent));
    assert_eq!(told(State::Expired), Err(Refused::Expired));
    let reviewed = Found {
        session: Session { judged: Some(judged(Verdict::Match)), ..session(State::Verifying) },
        ..found(State::Verifying)
    };
    assert_eq!(reviewed.answers(&Checks::default(), NOW), Ok(Standing::Pending), "a match is not yet a result");
}

/// Each refusal is there alone, and with all later ones: the earlier is told.
#[test]
fn a_query_is_refused_in_the_order_of_the_procedure() {
    let asked = |identity: &str, precision: &str, service: &str| Purpose {
        identity: identity.into(),
        precision: precision.into(),
        service: service.into(),
    };
    let wrong = [asked("05", "dim", "2089"), asked("04", "dim", "2089"), asked("04", "exact", "2089")];
    let right = asked("04", "exact", "2088");
    let nobody = |_: SubjectTag| false;
    let anybody = |_: SubjectTag| true;
    let rows: [(Refused, usize); 9] = [
        (Refused::Spent, 0),
        (Refused::OtherAgreement, 1),
        (Refused::Differs(Term::Identity), 2),
        (Refused::Differs(Term::Precision), 3),
        (Refused::Differs(Term::Service), 4),
        (Refused::NotAuthorized, 5),
        (Refused::Barred(Bar::Risk), 6),
        (Refused::OtherMember, 7),
        (Refused::OtherDocument, 8),
    ];
    for (refused, at) in rows {
        for alone in [true, false] {
            // Whether the fault of a row is there: its own, and all behind it unless it is to be alone.
            let faulty = |row: usize| row == at || (row > at && !alone);
            let purpose = (2..=4).find(|row| faulty(*row)).map_or(&right, |row| &wrong[row - 2]);
            let state = if faulty(0) { State::Redeemed } else { State::Succeeded };
            let found = Found {
                session: session(state),
                agreement: Some(agreement(!faulty(5), None)),
                bar: faulty(6).then_some(Bar::Risk),
            };
            let checks = Checks {
                agreement: Some(if faulty(1) { "agreement-2" } else { "agreement-1" }),
                purpose: Some(purpose),
                is_member: Some(if faulty(7) { &nobody } else { &anybody }),
                document: Some(if faulty(8) { STRANGER } else { SUBJECT }),
            };
            assert_eq!(found.answers(&checks, NOW), Err(refused), "alone: {alone}");
        }
    }
}

#[test]
fn a_query_is_not_compared_with_a_person_whom_nobody_has_named() {
    let nobody = |_: SubjectTag| false;
    let checks = Checks { is_member: Some(&nobody), document: Some(STRANGER), ..Checks::default() };
    assert_eq!(found(State::Authorized).answers(&checks, NOW), Ok(Standing::Pending));
}

#[test]
fn a_query_is_compared_with_whom_the_agreement_names_where_the_session_does_not() {
    let open = Found { agreement: Some(agreement(true, Some(SUBJECT))), ..found(State::Authorized) };
    assert_eq!(open.user(), Some(SUBJECT));
    let told = |document| open.answers(&Checks { document: Some(document), ..Checks::default() }, NOW);
    assert_eq!((told(SUBJECT), told(STRANGER)), (Ok(Standing::Pending), Err(Refused::OtherDocument)));
    let claimed = Session { subject: Some(STRANGER), ..session(State::Authorized) };
    assert_eq!(Found { session: claimed, ..open }.user(), Some(STRANGER), "the caller has said who it is");
}

#[test]
fn a_session_without_an_agreement_needs_none() {
    let alone = Found { session: Session { agreement: None, ..session(State::Succeeded) }, agreement: None, bar: None };
    assert!(alone.answers(&Checks::default(), NOW).is_ok());
    let lost = Found { agreement: None, ..found(State::Succeeded) };
    assert_eq!(lost.answers(&Checks::default(), NOW), Err(Refused::NotAuthorized));
}

#[test]
fn nothing_prints_a_persons_value_or_a_token() {
    let session = Session {
        returns: Returns { done: Some("https://shop.example/u/13900000000".into()), cancelled: None },
        ..session(State::Succeeded)
    };
    let printed = format!(
        "{session:?} {:?} {:?} {:?}",
        person(Some(vec![1])),
        submit(),
        DeskSecret::new("desk-secret-of-a-browser")
    );
    for secret in ["110101190001010014", "样例甲", "once-token-4711", "13900000000", "desk-secret"] {
        assert!(!printed.contains(secret), "{printed}");
    }
}

#[test]
fn numbers_and_words_lead_back() {
    for state in State::ALL {
        assert_eq!(State::from_number(state as i64), Some(state));
    }
    for bar in Bar::ALL {
        assert_eq!(Bar::from_word(bar.word()), Some(bar));
    }
    assert_eq!(State::from_number(0), None);
}

use super::*;

const NOW: UnixTime = UnixTime(1_800_000_000_000);
const LATER: UnixTime = UnixTime(1_800_000_060_000);

fn case(state: State) -> Case {
    let key = CaseKey { door: "door".into(), caller: "app".into(), kind: "template".into(), number: 100_000_000_001 };
    Case {
        key,
        state,
        round: 1,
        version: 7,
        created: NOW,
        updated: NOW,
        preferred: None,
        name_tag: Some([1; 16]),
        hands: Vec::new(),
        approvals: Vec::new(),
        revises: None,
    }
}

fn content(by: Option<&str>) -> Content<Paper> {
    let paper = Paper { role: "licence".into(), media: Media::Png, bytes: b"13900000000".to_vec() };
    Content {
        dossier: Some(Dossier(b"13900000000".to_vec())),
        name_tag: None,
        papers: vec![paper],
        by: by.map(Into::into),
    }
}

fn decide(outcome: Outcome, by: &str, review: Review) -> Step<Paper> {
    Step::Decide { decision: Decision { outcome, reason: "of 13900000000".into(), by: by.into() }, review }
}

fn steps() -> Vec<(&'static str, Step<Paper>)> {
    vec![
        ("edit", Step::Edit(content(None))),
        ("submit", Step::Submit(content(None))),
        ("amend", Step::Amend { dossier: Dossier(b"13900000000".to_vec()) }),
        ("reopen", Step::Reopen(content(None))),
        ("supersede", Step::Supersede(content(None))),
        ("approve", decide(Outcome::Approve, "wang", Review::One)),
        ("approve first", decide(Outcome::Approve, "wang", Review::Two)),
        ("reject", decide(Outcome::Reject, "wang", Review::Two)),
        ("close", Step::Close),
        ("prefer", Step::Prefer { group: "all".into() }),
    ]
}

#[test]
fn every_row_of_the_table_leads_where_it_says_and_every_other_step_is_forbidden() {
    use State::{Approved, Closed, Draft, Rejected, UnderReview};
    let entered = |step| Some(step);
    let rows = [
        (Draft, "edit", Draft, None),
        (Draft, "amend", Draft, None),
        (Draft, "submit", UnderReview, entered(CaseStep::Submitted)),
        (Draft, "close", Closed, entered(CaseStep::Closed)),
        (Draft, "prefer", Draft, None),
        (UnderReview, "amend", UnderReview, None),
        (UnderReview, "supersede", UnderReview, entered(CaseStep::Submitted)),
        (UnderReview, "approve", Approved, entered(CaseStep::Approved)),
        (UnderReview, "approve first", UnderReview, entered(CaseStep::Endorsed)),
        (UnderReview, "reject", Rejected, entered(CaseStep::Rejected)),
        (UnderReview, "close", Closed, entered(CaseStep::Closed)),
        (UnderReview, "prefer", UnderReview, None),
        (Approved, "amend", Approved, None),
        (Approved, "reopen", Draft, entered(CaseStep::Reopened)),
        (Approved, "close", Closed, entered(CaseStep::Closed)),
        (Approved, "prefer", Approved, None),
        (Rejected, "edit", Rejected, None),
        (Rejected, "amend", Rejected, None),
        (Rejected, "submit", UnderReview, entered(CaseStep::Submitted)),
        (Rejected, "close", Closed, entered(CaseStep::Closed)),
        (Rejected, "prefer", Rejected, None),
    ];
    for from in State::ALL {
        for (name, step) in steps() {
            let after = case(from).after(&step, LATER);
            match rows.iter().find(|(state, step, ..)| *state == from && *step == name) {
                Some((_, _, to, entry)) => {
                    let after = after.unwrap();
                    assert_eq!((after.state, after.version, after.updated), (*to, 8, LATER), "{from:?} {name}");
                    assert_eq!(step.entered(&after), *entry, "{from:?} {name}");
                }
                None => assert_eq!(after, Err(Forbidden::From(from)), "{from:?} {name}"),
            }
        }
    }
}

#[test]
fn who_had_a_hand_in_a_case_cannot_approve_it_and_can_reject_it() {
    for step in [Step::Edit(content(Some("wang"))), Step::Submit(content(Some("wang")))] {
        let touched = case(State::Draft).after(&step, NOW).unwrap();
        assert_eq!(touched.hands, ["wang"]);
        let waiting = Case { state: State::UnderReview, ..touched };
        let by = |outcome, name| waiting.after(&decide(outcome, name, Review::One), NOW).map(|case| case.state);
        assert_eq!(by(Outcome::Approve, "wang"), Err(Forbidden::OwnWork));
        assert_eq!(by(Outcome::Approve, "li"), Ok(State::Approved));
        assert_eq!(by(Outcome::Reject, "wang"), Ok(State::Rejected));
    }
}

#[test]
fn hands_are_remembered_over_a_rejection() {
    let touched = case(State::Draft).after(&Step::Submit(content(Some("wang"))), NOW).unwrap();
    let rejected = touched.after(&decide(Outcome::Reject, "li", Review::One), NOW).unwrap();
    let again = rejected.after(&Step::Submit(content(None)), NOW).unwrap();
    assert_eq!(again.after(&decide(Outcome::Approve, "wang", Review::One), NOW), Err(Forbidden::OwnWork));
}

#[test]
fn two_approvals_are_two_people() {
    let approve = |name| decide(Outcome::Approve, name, Review::Two);
    let first = case(State::UnderReview).after(&approve("wang"), NOW).unwrap();
    assert_eq!(first.state, State::UnderReview);
    assert_eq!(first.after(&approve("wang"), NOW), Err(Forbidden::SameOperator));
    assert_eq!(first.after(&approve("li"), NOW).unwrap().state, State::Approved);
    let rejected = first.after(&decide(Outcome::Reject, "li", Review::Two), NOW).unwrap();
    assert_eq!((rejected.state, rejected.approvals.len()), (State::Rejected, 0));
}

#[test]
fn a_resubmission_is_the_next_round_and_starts_without_approvals() {
    let rejected = Case { approvals: vec!["wang".into()], ..case(State::Rejected) };
    assert_eq!((rejected.coming_round(), case(State::Draft).coming_round()), (2, 1));
    let again = rejected.after(&Step::Submit(content(None)), NOW).unwrap();
    assert_eq!((again.round, again.approvals.len()), (2, 0));
    let waiting = Case { approvals: vec!["wang".into()], ..case(State::UnderReview) };
    let instead = waiting.after(&Step::Supersede(content(Some("li"))), NOW).unwrap();
    assert_eq!((instead.round, instead.approvals.len(), instead.hands), (2, 0, vec!["li".to_owned()]));
    assert_eq!(case(State::Draft).after(&Step::Submit(content(None)), NOW).unwrap().round, 1);
}

#[test]
fn a_reopened_case_is_handed_in_for_a_round_of_its_own() {
    let approved = Case { approvals: vec!["wang".into()], ..case(State::Approved) };
    let draft = approved.after(&Step::Reopen(content(Some("li"))), NOW).unwrap();
    assert_eq!((draft.state, draft.round, draft.coming_round()), (State::Draft, 2, 2));
    let again = draft.after(&Step::Submit(content(None)), NOW).unwrap();
    assert_eq!((again.round, again.approvals.len(), again.hands), (2, 0, vec!["li".to_owned()]));
    let revision = Case { revises: Some(1), ..case(State::Approved) };
    assert_eq!(revision.after(&Step::Reopen(content(None)), NOW), Err(Forbidden::From(State::Approved)));
}

#[test]
fn a_closed_case_is_preferred_nowhere() {
    let preferred = case(State::Approved).after(&Step::<Paper>::Prefer { group: "all".into() }, NOW).unwrap();
    assert_eq!(preferred.preferred.as_deref(), Some("all"));
    assert_eq!(preferred.after(&Step::<Paper>::Close, NOW).unwrap().preferred, None);
}

#[test]
fn a_revision_takes_the_steps_of_any_case_and_is_preferred_nowhere() {
    let revision = |state| Case { revises: Some(1), ..case(state) };
    let approve = decide(Outcome::Approve, "wang", Review::One);
    let approved = revision(State::UnderReview).after(&approve, NOW).unwrap();
    assert_eq!((approved.state, approve.entered(&approved)), (State::Approved, Some(CaseStep::Approved)));
    for state in State::ALL {
        let prefer = revision(state).after(&Step::<Paper>::Prefer { group: "all".into() }, NOW);
        assert_eq!(prefer, Err(Forbidden::From(state)));
    }
}

#[test]
fn news_is_what_ends_a_round() {
    let news = |step: &Step<Paper>, from, revises| {
        let next = Case { revises, ..case(from) }.after(step, NOW).unwrap();
        Event::of(step, &next)
    };
    let (approve, reject) =
        (decide(Outcome::Approve, "wang", Review::One), decide(Outcome::Reject, "wang", Review::One));
    assert_eq!(news(&approve, State::UnderReview, None), Some(Event::Approved));
    assert_eq!(news(&reject, State::UnderReview, None), Some(Event::Rejected));
    assert_eq!(news(&approve, State::UnderReview, Some(1)), Some(Event::RevisionApproved));
    assert_eq!(news(&reject, State::UnderReview, Some(1)), Some(Event::RevisionRejected));
    let first = decide(Outcome::Approve, "wang", Review::Two);
    for (step, from) in [
        (first, State::UnderReview),
        (Step::Close, State::Approved),
        (Step::Submit(content(None)), State::Rejected),
        (Step::Edit(content(None)), State::Draft),
    ] {
        assert_eq!(news(&step, from, None), None, "{step:?}");
    }
}

#[test]
fn nothing_prints_what_was_handed_in() {
    let printed = format!("{:?} {:?}", steps(), content(None));
    assert!(!printed.contains("13900000000") && !printed.contains("49, 51, 57"), "{printed}");
}

#[test]
fn numbers_and_words_lead_back() {
    for state in State::ALL {
        assert_eq!(State::from_number(state as i64), Some(state));
    }
    for media in Media::ALL {
        assert_eq!(Media::from_number(media as i64), Some(media));
    }
    for step in CaseStep::ALL {
        assert_eq!(CaseStep::from_word(step.word()), Some(step));
    }
    for event in Event::ALL {
        assert_eq!(Event::from_number(event as i64), Some(event));
    }
    for standing in Standing::ALL {
        assert_eq!(Standing::from_number(standing as i64), Some(standing));
    }
    for judgement in Judgement::ALL {
        assert_eq!(Judgement::from_number(judgement as i64), Some(judgement));
    }
    for topic in Topic::ALL {
        assert_eq!(Topic::from_word(topic.word()), Some(topic));
    }
    for outcome in [Outcome::Approve, Outcome::Reject] {
        assert_eq!(Outcome::from_number(outcome as i64), Some(outcome));
    }
}

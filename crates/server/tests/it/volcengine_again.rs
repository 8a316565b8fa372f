//! What the same call twice does: a retry makes nothing new, and of two that differ one wins.

use serde_json::{Value, json};
use shiming_core::submit::Outcome;
use shiming_server::doors::volcengine_sms::{QUALIFICATION, SIGNATURE};
use shiming_wire::volcengine::sign::Manner;

use crate::volcengine_bench::{Bench, KEY, Seen, Sent, block_on, ident, ident_named, signature};

/// An operation as the newer Python SDK sends it, with a number of its own for the invocation.
fn invoked(bench: &Bench, action: &str, id: &str, attempt: usize, body: &Value) -> Sent {
    Sent::new("POST", &format!("/?Action={action}&Version=2021-01-11"), &body.to_string())
        .header("x-sdk-invocation-id", id)
        .header("x-sdk-request", &format!("attempt={attempt}; max=4"))
        .signed(Manner::Go, KEY, bench.now())
}

fn id(seen: &Seen) -> i64 {
    seen.body["Result"]["id"].as_i64().unwrap_or_else(|| panic!("{}", seen.text))
}

fn total(bench: &Bench) -> i64 {
    bench.post("GetSignatureIdentList", &json!({"status": [1, 2, 3], "pageSize": 100})).ids().1
}

#[test]
fn a_retry_with_the_same_invocation_makes_one_qualification_for_a_day() {
    let bench = Bench::new();
    let first = id(&bench.send(&invoked(&bench, "ApplySignatureIdent", "a", 1, &ident())));
    for attempt in 2..=4 {
        bench.turn_clock(5);
        assert_eq!(id(&bench.send(&invoked(&bench, "ApplySignatureIdent", "a", attempt, &ident()))), first);
    }
    bench.turn_clock(24 * 60 * 60 - 15);
    assert_eq!(id(&bench.send(&invoked(&bench, "ApplySignatureIdent", "a", 4, &ident()))), first);
    bench.turn_clock(1);
    assert_ne!(id(&bench.send(&invoked(&bench, "ApplySignatureIdent", "a", 4, &ident()))), first);
    assert_eq!(total(&bench), 2);
}

/// Section 3.4: the same invocation, "otherwise" the same body.
#[test]
fn another_invocation_with_the_same_body_is_the_same_application_for_a_minute() {
    let bench = Bench::new();
    let apply = |number: &str, body: &Value| id(&bench.send(&invoked(&bench, "ApplySignatureIdent", number, 1, body)));
    let first = apply("a", &ident());
    bench.turn_clock(60);
    assert_eq!(apply("b", &ident()), first);
    assert_ne!(apply("c", &ident_named("乙")), first, "another body");
    bench.turn_clock(1);
    assert_eq!(apply("b", &ident()), first, "its own retry finds it for a day");
    assert_ne!(apply("d", &ident()), first);
    assert_eq!(total(&bench), 3);
}

#[test]
fn of_two_invocations_with_one_body_at_one_moment_one_makes_the_qualification() {
    let bench = Bench::new();
    let sent = ["a", "b", "c", "d"].map(|number| invoked(&bench, "ApplySignatureIdent", number, 1, &ident()));
    let seen = at_once(&bench, &sent);
    assert!(seen.iter().all(|one| id(one) == id(&seen[0])));
    assert_eq!((total(&bench), bench.entries()), (1, 1));
}

#[test]
fn an_invocation_that_is_not_signed_tells_nothing() {
    let bench = Bench::new();
    let sent = |number: &str| {
        let mut sent = bench.posted("ApplySignatureIdent", &ident_named(number));
        sent.headers.insert("x-sdk-invocation-id", "same".parse().unwrap());
        id(&bench.send(&sent))
    };
    assert_ne!(sent("甲"), sent("乙"));
}

#[test]
fn without_an_invocation_the_same_body_is_the_same_request_for_a_minute() {
    let bench = Bench::new();
    let first = bench.apply(&ident());
    bench.turn_clock(60);
    assert_eq!(bench.apply(&ident()), first);
    bench.turn_clock(1);
    assert_ne!(bench.apply(&ident()), first);
    assert_eq!(total(&bench), 2);
}

#[test]
fn a_signed_request_that_somebody_has_seen_makes_nothing_new_while_it_can_be_sent() {
    let bench = Bench::new();
    let sent = bench.posted("ApplySignatureIdent", &ident());
    let first = id(&bench.send(&sent));
    for seconds in [0, 61, 800] {
        bench.turn_clock(seconds);
        assert_eq!(id(&bench.send(&sent)), first);
    }
    bench.turn_clock(60);
    assert_eq!(bench.send(&sent).codes().1, "InvalidTimestamp");
    assert_eq!((total(&bench), bench.entries()), (1, 1));
}

#[test]
fn a_resubmission_sent_again_is_done_once_even_after_it_was_rejected() {
    let bench = Bench::new();
    let number = bench.apply(&ident());
    bench.decide(QUALIFICATION, number, Outcome::Reject, "");
    let mut again = ident_named("资质2");
    again["id"] = json!(number);
    let sent = invoked(&bench, "ApplySignatureIdent", "a", 1, &again);
    for _ in 0..2 {
        assert_eq!(id(&bench.send(&sent)), number);
    }
    bench.decide(QUALIFICATION, number, Outcome::Reject, "");
    bench.turn_clock(300);
    assert_eq!(id(&bench.send(&sent)), number);
    assert_eq!(bench.post("GetSignatureIdentList", &json!({"status": [2]})).ids(), (vec![number], 1));
    let meant = invoked(&bench, "ApplySignatureIdent", "b", 1, &again);
    assert_eq!(id(&bench.send(&meant)), number);
    assert_eq!(bench.post("GetSignatureIdentList", &json!({"status": [1]})).ids(), (vec![number], 1));
    assert_eq!(bench.entries(), 5, "handed in three times, rejected twice");
}

#[test]
fn an_identical_body_is_handed_in_again_when_a_minute_is_over() {
    let bench = Bench::new();
    let number = bench.apply(&ident());
    bench.decide(QUALIFICATION, number, Outcome::Reject, "");
    let mut again = ident();
    again["id"] = json!(number);
    bench.apply(&again);
    bench.decide(QUALIFICATION, number, Outcome::Reject, "");
    bench.turn_clock(61);
    bench.apply(&again);
    assert_eq!(bench.post("GetSignatureIdentList", &json!({"status": [1]})).ids().1, 1);
}

#[test]
fn of_many_retries_at_one_moment_one_makes_the_qualification() {
    let bench = Bench::new();
    let sent: Vec<_> = (1..=8).map(|n| invoked(&bench, "ApplySignatureIdent", "a", n, &ident())).collect();
    let seen = at_once(&bench, &sent);
    let first = id(&seen[0]);
    assert!(seen.iter().all(|seen| id(seen) == first));
    assert_eq!((total(&bench), bench.entries()), (1, 1));
}

#[test]
fn of_two_different_resubmissions_at_one_moment_exactly_one_wins() {
    for _ in 0..5 {
        let bench = Bench::new();
        let number = bench.apply(&ident());
        bench.decide(QUALIFICATION, number, Outcome::Reject, "");
        let sent = ["a", "b"].map(|name| {
            let mut again = ident_named(name);
            again["id"] = json!(number);
            invoked(&bench, "ApplySignatureIdent", name, 1, &again)
        });
        let seen = at_once(&bench, &sent);
        let won = seen.iter().filter(|seen| seen.codes().1 == "-").count();
        let lost = seen.iter().filter(|seen| seen.codes().1 == "1001").count();
        assert_eq!((won, lost), (1, 1), "{seen:?}");
        assert_eq!(bench.entries(), 3);
    }
}

#[test]
fn of_two_applications_for_one_signature_at_one_moment_exactly_one_wins() {
    let bench = Bench::new();
    let ident = bench.approved(&ident());
    let sent = ["a", "b"].map(|name| invoked(&bench, "ApplySmsSignature", name, 1, &signature("样例", ident)));
    let seen = at_once(&bench, &sent);
    let mut codes: Vec<_> = seen.iter().map(|seen| seen.codes().1).collect();
    codes.sort();
    assert_eq!(codes, ["-", "1003"]);
}

#[test]
fn a_signature_applied_for_again_by_the_same_invocation_is_answered_and_not_refused() {
    let bench = Bench::new();
    let ident = bench.approved(&ident());
    let sent = invoked(&bench, "ApplySmsSignature", "a", 1, &signature("样例", ident));
    let first = bench.send(&sent);
    let number: i64 = first.body["Result"]["id"].as_str().unwrap().parse().unwrap();
    assert_eq!(bench.send(&sent).body["Result"], first.body["Result"]);
    bench.decide(SIGNATURE, number, Outcome::Approve, "");
    bench.turn_clock(3600);
    let late = bench.send(&invoked(&bench, "ApplySmsSignature", "a", 2, &signature("样例", ident)));
    assert_eq!(
        (late.body["Result"]["id"].as_str(), late.body["Result"]["status"].as_i64()),
        (Some(number.to_string().as_str()), Some(3))
    );
}

/// Answers all of them at one moment.
fn at_once(bench: &Bench, sent: &[Sent]) -> Vec<Seen> {
    block_on(async {
        let mut calls = tokio::task::JoinSet::new();
        for sent in sent {
            let (door, sent) = (std::sync::Arc::clone(&bench.door), sent.clone());
            calls.spawn(async move {
                let call =
                    shiming_server::Call { request: sent.as_request(), arrived: std::time::Instant::now(), peer: None };
                Seen::of(&shiming_server::doors::Door::answer(&*door, call).await)
            });
        }
        calls.join_all().await
    })
}

#[test]
fn a_signature_that_was_deleted_is_applied_for_anew_by_another_call_and_not_by_the_same() {
    let bench = Bench::new();
    let ident = bench.approved(&ident());
    let first = bench.posted("ApplySmsSignature", &signature("样例", ident));
    let number = |seen: &Seen| seen.body["Result"]["id"].as_str().unwrap().to_owned();
    let made = number(&bench.send(&first));
    assert_eq!(bench.post("DeleteSignature", &json!({"id": made})).said(), r#""success""#);
    let seen = bench.send(&first);
    assert_eq!((number(&seen), seen.body["Result"]["status"].as_i64()), (made.clone(), Some(4)), "{}", seen.text);
    bench.turn_clock(1);
    let anew = number(&bench.post("ApplySmsSignature", &signature("样例", ident)));
    assert_ne!(anew, made);
}

#[test]
fn applications_in_a_query_are_told_apart_by_it() {
    let bench = Bench::new();
    let applied = |content: &str| {
        let target = format!("/?Action=ApplySmsSignature&Version=2021-01-11&subAccount=a&content={content}&source=x");
        let seen = bench.send(&Sent::new("GET", &target, "").signed(Manner::Node, KEY, bench.now()));
        seen.body["Result"]["id"].as_str().unwrap_or_else(|| panic!("{}", seen.text)).to_owned()
    };
    let (first, again, other) = (applied("x"), applied("x"), applied("y"));
    assert_eq!(first, again);
    assert_ne!(first, other);
}

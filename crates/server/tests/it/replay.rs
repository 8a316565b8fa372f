//! A call is answered once.

use serde_json::json;
use shiming_core::Again;
use shiming_server::doors::jdcloud::{Resent, Settings};
use shiming_wire::jdcloud::sign::Manner;

use crate::bench::{Bench, ID, KEY, LIMITED_KEY, NAME, SECRET, Signer};

fn body() -> String {
    json!({"personalSpec": {"checkType": 2, "personalUser": {"name": NAME, "idCard": ID}}}).to_string()
}

const PYTHON: Signer = Signer { key: KEY, secret: SECRET, token: None, manner: Manner::Python, method: "POST" };
const REPLAYED: &str = "401 ACCESS_ERROR: request has been used before[gw]";

#[test]
fn a_signed_nonce_is_accepted_once() {
    let bench = Bench::new();
    let signed = bench.signed("/v1/personal", &body());
    assert_eq!(bench.send(&signed).said(), "ok");
    let again = bench.send(&signed);
    assert_eq!(again.said(), REPLAYED);
    assert!(!again.admitted, "a replay does not get past the door");
}

#[test]
fn a_changed_nonce_breaks_the_second_generation_and_nothing_is_gained_in_the_third() {
    let bench = Bench::new();
    let mut signed = bench.signed("/v1/personal", &body());
    assert_eq!(bench.send(&signed).said(), "ok");
    signed.headers.insert("x-jdcloud-nonce", "11111111-1111-4111-8111-111111111111".parse().unwrap());
    assert_eq!(bench.send(&signed).said(), "401 ACCESS_ERROR: sign result is not same[gw]");

    let mut signed = bench.signed_by(PYTHON, "/v1/personal", &body());
    let first = bench.send(&signed);
    signed.headers.insert("x-jdcloud-nonce", "11111111-1111-4111-8111-111111111111".parse().unwrap());
    let second = bench.send(&signed);
    assert_eq!((second.status, &second.text), (200, &first.text), "word for word the first answer");
}

#[test]
fn a_repeated_third_generation_call_writes_nothing_new() {
    let bench = Bench::new();
    let signed = bench.signed_by(PYTHON, "/v1/personal", &body());
    let answers: Vec<_> = (0..5).map(|_| bench.send(&signed).text).collect();
    assert!(answers.iter().all(|answer| *answer == answers[0]));
    assert_eq!(bench.entries(), 1);
}

#[test]
fn a_repeated_third_generation_call_is_refused_where_that_is_set() {
    let bench = Bench::with(Settings { replay: Again::Refuse, ..Settings::default() });
    let signed = bench.signed_by(PYTHON, "/v1/personal", &body());
    assert_eq!(bench.send(&signed).said(), "ok");
    assert_eq!(bench.send(&signed).said(), REPLAYED);
}

/// JD Cloud specification, section 1.8: Java sends the same bytes again when a connection drops, the nonce among them.
#[test]
fn the_same_bytes_get_the_first_answer_again_where_that_is_set_and_the_nonce_no_other() {
    let bench = Bench::with(Settings { resent: Resent::Repeated, ..Settings::default() });
    let signed = bench.signed_with(Signer::default(), 77, "/v1/personal", &body());
    let first = bench.send(&signed);
    assert_eq!(first.said(), "ok");
    for _ in 0..2 {
        assert_eq!(bench.send(&signed).text, first.text, "the same request id too");
    }
    let other = body().replace(NAME, "样例乙");
    assert_eq!(bench.send(&bench.signed_with(Signer::default(), 77, "/v1/personal", &other)).said(), REPLAYED);
    let python = bench.signed_by(PYTHON, "/v1/personal", &body());
    assert_eq!(bench.send(&python).text, bench.send(&python).text);
    assert_eq!(bench.entries(), 2);
    bench.turn_clock(15 * 60 + 1);
    assert_eq!(bench.send(&signed).said(), "401 ACCESS_ERROR: request time is out of range[gw]");
}

#[test]
fn two_callers_may_use_the_same_nonce() {
    let bench = Bench::new();
    for key in [KEY, LIMITED_KEY] {
        let signed = bench.signed_with(Signer { key, ..Signer::default() }, 77, "/v1/personal", &body());
        assert_eq!(bench.send(&signed).said(), "ok", "{key}");
    }
}

#[test]
fn a_nonce_with_another_body_is_as_spent() {
    let bench = Bench::new();
    let other = body().replace(NAME, "样例乙");
    assert_eq!(bench.send(&bench.signed_with(Signer::default(), 77, "/v1/personal", &body())).said(), "ok");
    assert_eq!(bench.send(&bench.signed_with(Signer::default(), 77, "/v1/personal", &other)).said(), REPLAYED);
}

#[test]
fn a_spent_nonce_outlives_the_window_that_could_use_it() {
    let bench = Bench::new();
    let signed = bench.signed("/v1/personal", &body());
    assert_eq!(bench.send(&signed).said(), "ok");
    bench.turn_clock(15 * 60);
    assert_eq!(bench.send(&signed).said(), REPLAYED, "at the window's edge it is still remembered");
    bench.turn_clock(1);
    assert_eq!(bench.send(&signed).said(), "401 ACCESS_ERROR: request time is out of range[gw]");
}

#[test]
fn a_call_that_ends_before_a_decision_spends_nothing() {
    let bench = Bench::new();
    let signed = bench.signed("/v1/personal", "{}");
    let first = bench.send(&signed).said();
    assert!(first.starts_with("400 INVALID_ARGUMENT"), "{first}");
    assert_eq!(bench.send(&signed).said(), first);
    assert_eq!(bench.entries(), 0);
}

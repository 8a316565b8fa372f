//! Answers in the vendor's form, made by hand, and by this server's own writer, against recorded and signed requests.

use proptest::prelude::*;
use serde_json::json;

use super::*;
use crate::volcengine::reply::{About, RequestId, failure};
use crate::volcengine::samples::{ACCESS_KEY, LIST, Owned, moment, vector};
use crate::volcengine::sign::Manner;
use crate::volcengine::{Refusal, Wording};

fn request() -> Owned {
    Owned::new("POST", LIST, "{}").signed(Manner::Go)
}

/// An answer to [`request`], at the moment of signing.
fn said(code: &str, message: &str) -> serde_json::Value {
    json!({"ResponseMetadata": {
        "RequestId": "20261122042155030226132786E58ABC", "Action": "GetSignatureIdentList", "Version": "2021-01-11",
        "Service": "volcSMS", "Region": "cn-north-1", "Error": {"CodeN": 1, "Code": code, "Message": message},
    }})
}

fn compared(answer: &serde_json::Value, request: &Owned, verifies: bool) -> Compared {
    Said::parse(answer.to_string().as_bytes(), None).unwrap().compare(&request.borrow(), verifies)
}

fn slug(answer: &serde_json::Value) -> (&'static str, bool) {
    let compared = compared(answer, &request(), false);
    (compared.finding.mistake.slug, compared.parts)
}

#[test]
fn the_code_says_how_far_the_request_came() {
    for (code, expected) in [
        ("InvalidAuthorization", "server-stopped-before-the-key"),
        ("InvalidCredential", "server-stopped-before-the-key"),
        ("MissingSignature", "server-stopped-before-the-key"),
        ("InvalidSecretToken", "server-token"),
        ("InvalidAccessKey", "server-unknown-key"),
        ("SignatureDoesNotMatch", "server-signature"),
        ("InvalidActionOrVersion", "server-took-the-signature"),
        ("AccessDenied", "server-took-the-signature"),
        ("FlowLimitExceeded", "server-took-the-signature"),
        ("1001", "server-took-the-signature"),
        ("RE:0000", "server-took-the-signature"),
        ("SomethingNew", "server-unknown-code"),
    ] {
        assert_eq!(slug(&said(code, "m")), (expected, false), "{code}");
    }
    let verified = compared(&said("SignatureDoesNotMatch", "m"), &request(), true);
    assert_eq!((verified.finding.mistake.slug, verified.parts), ("server-other-secret", true));
}

#[test]
fn what_the_envelope_repeats_is_this_requests_or_it_is_another_answer() {
    for (member, value, expected) in [
        ("Action", "ApplySignatureIdent", "server-another-operation"),
        ("Version", "2025-01-01", "server-another-operation"),
        ("Region", "cn-beijing", "server-another-scope"),
        ("Service", "volcsmsx", "server-another-scope"),
    ] {
        let mut answer = said("SignatureDoesNotMatch", "m");
        answer["ResponseMetadata"][member] = value.into();
        assert_eq!(slug(&answer), (expected, true), "{member}");
        answer["ResponseMetadata"].as_object_mut().unwrap().remove(member);
        assert_eq!(slug(&answer).0, "server-signature", "without {member} nothing is said of it");
    }
    let mut spelt = said("SignatureDoesNotMatch", "m");
    spelt["ResponseMetadata"]["Service"] = "volcsms".into();
    assert_eq!(slug(&spelt).0, "server-signature", "the letter case of the service is the server's own");
}

#[test]
fn a_part_that_is_in_the_request_and_not_at_the_server_was_lost() {
    let text = |no: No, name: &str| no.row().text.replace("%s", name);
    for (no, name, expected) in [
        (No::MissingParameter, "Action", ("server-part-missing", true)),
        (No::MissingParameter, "Other", ("server-stopped-before-the-key", false)),
        (No::MissingRequestInfo, "X-Date", ("server-part-missing", true)),
        (No::MissingRequestInfo, "X-Other", ("server-stopped-before-the-key", false)),
        (No::MissingAuthenticationToken, "", ("server-part-missing", true)),
        (No::InvalidAccessKey, ACCESS_KEY, ("server-unknown-key", false)),
        (No::InvalidAccessKey, "AKLTOTHER", ("server-another-access-key", true)),
    ] {
        assert_eq!(slug(&said(no.row().code, &text(no, name))), expected, "{no:?} {name}");
    }
}

#[test]
fn the_servers_clock_is_the_date_of_its_answer_or_of_its_request_id() {
    let at = |id: &str, date: Option<&str>| {
        let mut answer = said("InvalidTimestamp", "The Signature of the request is expired.");
        answer["ResponseMetadata"]["RequestId"] = id.into();
        let date = date.map(|date| date.parse().unwrap());
        let said = Said::parse(answer.to_string().as_bytes(), date).unwrap();
        said.compare(&request().borrow(), false)
    };
    let late = at("20261122045200030226132786E58ABC", None);
    assert_eq!((late.finding.mistake.slug, &*late.finding.detail), ("server-clock", "-0 h 30 min 5 s"));
    assert!(late.parts);
    assert!(late.stages.iter().any(|stage| stage.text.contains("20261121T205200Z 20261121T202155Z")), "{late:?}");
    let ahead = at("x", Some("2026-11-21T12:21:55Z"));
    assert_eq!(&*ahead.finding.detail, "+8 h 0 min 0 s");
    for none in ["", "2026", "20261332045200AAAA", "二〇二六一一二二〇四五二"] {
        let unknown = at(none, None);
        assert_eq!((&*unknown.finding.detail, unknown.parts), ("?", false), "{none}");
    }
}

#[test]
fn this_servers_own_refusals_are_read_and_placed() {
    let recorded = vector("10-core-wrong-secret");
    let request = recorded.raw.as_request();
    for (no, expected) in [
        (No::SignatureDoesNotMatch, "server-signature"),
        (No::InvalidTimestamp, "server-clock"),
        (No::Parameter, "server-took-the-signature"),
    ] {
        let about = About::of(&request);
        let id = RequestId::new(moment(), [7; 10]);
        let answer = failure(&about, id, &Refusal::of(no), Wording::WithReason);
        let compared = Said::parse(&answer.body, None).unwrap().compare(&request, false);
        assert_eq!(compared.finding.mistake.slug, expected, "{no:?}");
        assert!(compared.stages.iter().any(|stage| stage.text.starts_with("20261121T202155Z ")), "{compared:?}");
    }
}

#[test]
fn what_is_no_error_of_this_form_is_not_taken_for_one() {
    for other in ["", "{}", "[]", "<html>", r#"{"ResponseMetadata":{"RequestId":"R"}}"#, r#"{"Code":"x"}"#] {
        assert_eq!(Said::parse(other.as_bytes(), None), None, "{other}");
    }
}

proptest! {
    #[test]
    fn no_answer_breaks_it_and_nothing_but_plain_words_is_shown(
        code in ".{0,80}", message in ".{0,80}", id in ".{0,40}", action in ".{0,80}", target in "[!-~]{0,60}",
    ) {
        let answer = json!({"ResponseMetadata": {
            "RequestId": id, "Action": action, "Error": {"Code": code, "Message": message},
        }});
        let owned = Owned::new("POST", &format!("/{target}"), "");
        if let Some(said) = Said::parse(answer.to_string().as_bytes(), None) {
            let compared = said.compare(&owned.borrow(), false);
            let plain = |text: &str| text.chars().all(|c| c.is_ascii_graphic() || c == ' ');
            prop_assert!(plain(&compared.finding.detail), "{compared:?}");
            prop_assert!(compared.stages.iter().all(|stage| plain(&stage.text)), "{compared:?}");
        }
    }
}

//! Every refusal that this door can print, reached; and what is known of it afterwards.

use std::collections::BTreeSet;

use serde_json::json;
use shiming_server::doors::{Door, Head, IntakeRefusal, jdcloud::Settings};
use shiming_wire::jdcloud::{
    No,
    codes::{Document, ROWS, Voice},
    sign::Manner,
};

use crate::bench::{Bench, DISABLED_KEY, ID, LIMITED_KEY, NAME, Seen, Signed, Signer, TOKEN_KEY};

fn body() -> String {
    json!({"personalSpec": {"checkType": 2, "personalUser": {"name": NAME, "idCard": ID}}}).to_string()
}

/// How each row is reached; `None` where nothing in this server can lead there, with the reason.
fn reach(no: No, bench: &Bench) -> Result<Seen, &'static str> {
    let good = || bench.signed("/v1/personal", &body());
    let by = |signer: Signer| Ok(bench.send(&bench.signed_by(signer, "/v1/personal", &body())));
    let spoilt = |spoil: &dyn Fn(&mut Signed)| {
        let mut signed = good();
        spoil(&mut signed);
        Ok(bench.send(&signed))
    };
    let replaced = |name: &'static str, from: &'static str, to: &'static str| {
        spoilt(&move |signed| {
            let value = signed.headers[name].to_str().unwrap().replace(from, to);
            signed.headers.insert(name, value.parse().unwrap());
        })
    };
    let refused = |why| {
        let headers = http::HeaderMap::new();
        let head = Head { method: "POST", target: "/v1/personal", headers: &headers };
        Ok(Seen::of(&bench.door.refuse(head, why)))
    };
    match no {
        No::UnknownAccessKey => by(Signer { key: "NOBODYSKEY", ..Signer::default() }),
        No::BadCredentials => by(Signer { key: DISABLED_KEY, ..Signer::default() }),
        No::NoAuthorization => spoilt(&|signed| drop(signed.headers.remove("authorization"))),
        No::NoCredential => replaced("authorization", "Credential=", "Credentials="),
        No::NoSignedHeaders => replaced("authorization", "SignedHeaders=", "Signed="),
        No::NoDate => spoilt(&|signed| drop(signed.headers.remove("x-jdcloud-date"))),
        No::WrongSignature => by(Signer { secret: "another secret", ..Signer::default() }),
        No::ApiDisabled => Ok(bench.call("/v1/ocr:IDCard", "{}")),
        No::NoRoute => Ok(bench.call("/v1/nothing", "{}")),
        No::UriTooLong => Ok(bench.call(&format!("/v1/personal?{}", "x".repeat(9000)), "{}")),
        No::StaleDate => {
            let signed = good();
            bench.turn_clock(901);
            Ok(bench.send(&signed))
        }
        No::Replayed => {
            let signed = good();
            bench.send(&signed);
            Ok(bench.send(&signed))
        }
        No::InvalidArgument => Ok(bench.call("/v1/personal", "not JSON")),
        No::CheckTypeNotEnabled => Ok(bench.personal(25, &json!({"name": NAME, "mobile": "13800000000"}))),
        No::BodyTooLarge => refused(IntakeRefusal::BodyTooLarge),
        No::TooSlow => refused(IntakeRefusal::BodyTooSlow),
        No::Unreadable => refused(IntakeRefusal::BodyBroken),
        No::TooManyForKey => {
            let bench = Bench::with(Settings { in_flight_per_caller: 0, ..Settings::default() });
            Ok(bench.call("/v1/personal", &body()))
        }
        No::BlockedByRule | No::AddressNotAllowed => Err("no firewall: a proxy in front is for that"),
        No::TooManyForApi | No::QuotaUsedUp | No::ServiceNotOpened => {
            Err("there are no quotas by operation or account")
        }
        No::Internal => Err("needs a broken disk: see the store's tests"),
        No::BadGateway | No::Unavailable | No::UpstreamTimeout => Err("no upstream speaks through this door yet"),
    }
}

#[test]
fn every_row_that_can_be_reached_is_printed_as_the_table_says() {
    let mut reached = BTreeSet::new();
    for row in ROWS {
        let Ok(seen) = reach(row.no, &Bench::new()) else { continue };
        assert_eq!(seen.status, row.status, "{:?}: {}", row.no, seen.text);
        assert_eq!(seen.body["error"]["code"], row.status, "an integer equal to the HTTP status");
        assert_eq!(seen.body["error"]["status"], row.class);
        let message = seen.body["error"]["message"].as_str().unwrap();
        match row.voice {
            Voice::Gateway => assert_eq!(message, format!("{}[gw]", row.text)),
            Voice::Service => assert!(!message.is_empty() && !message.ends_with("[gw]")),
        }
        assert_eq!(seen.request_id_header.len(), 32);
        assert_eq!(seen.body["requestId"], seen.request_id_header.as_str());
        assert_eq!(seen.content_type, "application/json");
        reached.insert(row.text);
    }
    assert_eq!(reached.len(), 18);
}

#[test]
fn strict_document_mode_knows_only_fail() {
    let bench = Bench::with(Settings { document: Document::Strict, ..Settings::default() });
    let seen = bench.call("/v1/personal", "{}");
    assert!(seen.said().starts_with("403 FAIL: "), "{}", seen.text);
}

#[test]
fn a_missing_or_wrong_element_is_named_and_its_value_is_not() {
    let bench = Bench::new();
    for (user, names) in [
        (json!({"name": NAME}), "personalSpec.personalUser.idCard: is required"),
        (json!({"name": NAME, "idCard": ""}), "personalSpec.personalUser.idCard: is required"),
        (json!({"name": NAME, "idCard": null}), "personalSpec.personalUser.idCard: is required"),
        (
            json!({"name": NAME, "idCard": "110101190001010015"}),
            "personalSpec.personalUser.idCard: The check character",
        ),
        (
            json!({"name": NAME, "idCard": 110_101_190_001_010_014_i64}),
            "personalSpec.personalUser.idCard: must be a string",
        ),
        (json!({"name": "·甲", "idCard": ID}), "personalSpec.personalUser.name: "),
        (json!({"name": "甲".repeat(4000), "idCard": ID}), "personalSpec.personalUser.name: "),
    ] {
        let seen = bench.personal(2, &user);
        assert_eq!(seen.status, 400, "{}", seen.text);
        let message = seen.body["error"]["message"].as_str().unwrap();
        assert!(message.starts_with(names), "{message}");
        assert!(!message.contains("1101011900"), "{message}");
    }
}

#[test]
fn a_forged_body_is_refused_whatever_the_unsigned_hash_header_says() {
    let bench = Bench::new();
    let python = Signer { manner: Manner::Python, ..Signer::default() };
    let mut signed = bench.signed_by(python, "/v1/personal", &body());
    signed.body = body().replace(NAME, "样例乙").into_bytes();
    assert_eq!(bench.send(&signed).said(), "401 ACCESS_ERROR: sign result is not same[gw]");
}

#[test]
fn a_token_must_be_the_one_that_belongs_to_the_key() {
    let bench = Bench::new();
    for token in [None, Some("another token")] {
        let signer = Signer { key: TOKEN_KEY, token, ..Signer::default() };
        let said = bench.send(&bench.signed_by(signer, "/v1/personal", &body())).said();
        assert_eq!(said, "401 ACCESS_ERROR: Invalid authentication credentials[gw]");
    }
}

#[test]
fn a_refused_signature_is_looked_into_and_its_mistake_named() {
    let bench = Bench::new();
    let signer = Signer { secret: "testsecret0000000000000000000001\n", ..Signer::default() };
    bench.send(&bench.signed_by(signer, "/v1/personal", &body()));
    let refused = wait_for_refused(&bench);
    let mistake = refused.mistake.as_ref().expect("the mistake is a known one");
    assert!(mistake.slug.contains("secret"), "{}", mistake.slug);
    assert!(!mistake.english.is_empty() && !mistake.chinese.is_empty());
    let shown = format!("{refused:?}");
    assert!(["testsecret", NAME, ID, "Signature="].iter().all(|value| !shown.contains(value)), "{shown}");
    assert!(refused.stages.iter().any(|stage| stage.text.contains("/v1/personal")));
}

#[test]
fn a_stale_clock_is_named_too() {
    let bench = Bench::new();
    let signed = bench.signed("/v1/personal", &body());
    bench.turn_clock(20 * 60);
    bench.send(&signed);
    assert!(wait_for_refused(&bench).mistake.unwrap().slug.contains("clock"));
}

#[test]
fn a_wrong_token_is_named_and_not_called_right() {
    let bench = Bench::new();
    let signer = Signer { key: TOKEN_KEY, token: Some("another token"), ..Signer::default() };
    bench.send(&bench.signed_by(signer, "/v1/personal", &body()));
    let refused = wait_for_refused(&bench);
    assert_eq!(refused.mistake.as_ref().unwrap().slug, "security-token");
    assert!(!format!("{refused:?}").contains("another token"), "{refused:?}");
}

#[test]
fn a_disabled_callers_call_is_shown_as_that() {
    let bench = Bench::new();
    bench.send(&bench.signed_by(Signer { key: DISABLED_KEY, ..Signer::default() }, "/v1/personal", &body()));
    let refused = wait_for_refused(&bench);
    assert_eq!((refused.mistake.unwrap().slug.as_str(), refused.caller.as_str()), ("caller-disabled", DISABLED_KEY));
    assert_eq!(refused.refusal, "401 Invalid authentication credentials[gw]");
}

#[test]
fn behind_a_trusted_proxy_the_host_that_it_passes_on_is_the_one_looked_at() {
    let bench =
        Bench::with(Settings { forwarded_host: Some("x-forwarded-host".parse().unwrap()), ..Settings::default() });
    let by_way_of_the_proxy = |signer: Signer| {
        let mut signed = bench.signed_by(signer, "/v1/personal", &body());
        let host = signed.headers.insert("host", "inner:80".parse().unwrap()).unwrap();
        signed.headers.insert("x-forwarded-host", host);
        bench.send(&signed)
    };
    assert_eq!(by_way_of_the_proxy(Signer::default()).said(), "ok");
    by_way_of_the_proxy(Signer { secret: "testsecret0000000000000000000001\n", ..Signer::default() });
    let refused = wait_for_refused(&bench);
    assert_eq!(refused.mistake.unwrap().slug, "secret-stray-character");
    assert!(refused.stages.iter().any(|stage| stage.text.contains("host:127.0.0.1:8080")), "{:?}", refused.stages);
}

#[test]
fn callers_who_share_a_secret_are_told_apart_by_key() {
    let bench = Bench::new();
    let signed = bench.signed_by(Signer { key: LIMITED_KEY, ..Signer::default() }, "/v1/personal", &body());
    assert_eq!(bench.send(&signed).said(), "ok");
}

fn wait_for_refused(bench: &Bench) -> shiming_server::refusals::RefusedCall {
    for _ in 0..200 {
        if let Some(refused) = bench.refusals.latest(1).pop() {
            return refused;
        }
        std::thread::sleep(std::time::Duration::from_millis(10));
    }
    panic!("nothing was looked into");
}

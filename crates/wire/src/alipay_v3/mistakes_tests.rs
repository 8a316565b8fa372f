use super::*;
use crate::alipay_v3::call::ExpiredSeconds;
use crate::alipay_v3::call::tests::{keys, now, private, public, read, wire};
use crate::alipay_v3::reply::tests::headers_of;
use crate::request::RawRequest;

const TARGET: &str = "/v3/zhima/customer/jobworth/jobdata/add?b=x%20y%2A&a=%7E%E6%94%B6";
const BODY: &[u8] = r#"{"a": "收", "b":1}"#.as_bytes();

fn auth() -> String {
    format!("app_id=1,nonce=n,timestamp={}", now().as_millisecond())
}

/// A client that sends one thing and signs the text made from `change`d lines.
fn sent(text: &[u8], body: &[u8], key: &str, algorithm: Algorithm) -> RawRequest {
    let sign = private(key).sign_base64(algorithm, text).unwrap();
    let headers = [
        ("Authorization", format!("{SCHEME} {},sign={sign}", auth())),
        ("Host", "a.test".to_owned()),
        ("alipay-app-auth-token", "tok".to_owned()),
    ];
    wire("POST", TARGET, &headers, body)
}

fn slugs(raw: &RawRequest, known: &Known<'_>) -> Vec<&'static str> {
    let call = Unverified::parse(&raw.as_request()).unwrap();
    assert!(
        known.key.is_none_or(|key| call.clone().verify(&keys(key), now(), ExpiredSeconds::Narrows).is_err()),
        "it verifies"
    );
    let diagnosis = diagnose(&call, known);
    for mistake in &diagnosis.mistakes {
        assert!(!mistake.english.contains('收') && !mistake.chinese.is_ascii());
    }
    diagnosis.mistakes.iter().map(|mistake| mistake.slug).collect()
}

#[test]
fn every_text_that_clients_sign_by_mistake_is_named() {
    let key = public("app");
    let content_key = ContentKey::from_bytes(&[1; 16]).unwrap();
    let known = Known { key: Some(&key), content_key: Some(&content_key), ..Known::default() };
    let auth = auth();
    let good = Lines { auth_string: &auth, method: "POST", target: TARGET, body: BODY, app_auth_token: Some(b"tok") };
    let text = good.text();
    let target = |target: &str| Lines { target, ..good }.text();
    let header = |auth_string: &str| Lines { auth_string, ..good }.text();
    let time = now().as_millisecond().to_string();
    for (expected, text) in [
        ("last-line-end-missing", text[..text.len() - 1].to_vec()),
        ("crlf-line-ends", replaced(&text, b"\n", b"\r\n")),
        ("line-ends-written-out", replaced(&text, b"\n", b"\\n")),
        ("line-ends-written-out", replaced(&text[..text.len() - 1], b"\n", b"\\n")),
        ("token-line-missing", Lines { app_auth_token: None, ..good }.text()),
        ("empty-token-line", [&text[..], b"\n"].concat()),
        ("body-not-signed", Lines { body: b"", ..good }.text()),
        ("method-in-lower-case", Lines { method: "post", ..good }.text()),
        ("query-not-signed", target("/v3/zhima/customer/jobworth/jobdata/add")),
        ("target-signed-decoded", target("/v3/zhima/customer/jobworth/jobdata/add?b=x y*&a=~收")),
        ("target-reencoded", target("/v3/zhima/customer/jobworth/jobdata/add?b=x+y*&a=%7E%E6%94%B6")),
        (
            "target-reencoded",
            target(&TARGET.replace("%E6%94%B6", "%e6%94%b6").replace("%7E", "%7e").replace("%2A", "%2a")),
        ),
        ("query-reordered", target("/v3/zhima/customer/jobworth/jobdata/add?a=~%E6%94%B6&b=x%20y%2A")),
        ("host-signed", target(&format!("https://a.test{TARGET}"))),
        ("element-not-signed", header(&auth.replace("nonce=n,", ""))),
        ("auth-string-reordered", header(&format!("app_id=1,timestamp={},nonce=n", now().as_millisecond()))),
        ("auth-string-framed", header(&format!("{SCHEME} {auth}"))),
        ("content-reserialised", Lines { body: r#"{"a":"收","b":1}"#.as_bytes(), ..good }.text()),
        ("other-layout", closed(&[b"POST", TARGET.as_bytes(), BODY, b"tok", time.as_bytes()])),
        ("other-layout", closed(&[b"POST", TARGET.as_bytes(), time.as_bytes(), b"n", BODY])),
    ] {
        assert_eq!(slugs(&sent(&text, BODY, "app", Algorithm::Rsa2), &known), [expected], "{expected}");
    }
    let without_body = closed(&[auth.as_bytes(), b"POST", TARGET.as_bytes(), b"tok"]);
    assert_eq!(slugs(&sent(&without_body, b"", "app", Algorithm::Rsa2), &known), ["body-line-missing"]);
    let cipher = content_key.encrypt(BODY);
    assert_eq!(slugs(&sent(&text, cipher.as_bytes(), "app", Algorithm::Rsa2), &known), ["signed-before-encryption"]);
    let none = Lines { body: b"", app_auth_token: None, ..good }.text();
    let sign = private("app").sign_base64(Algorithm::Rsa2, &[none.trim_ascii_end(), b"\n"].concat()).unwrap();
    let raw = wire("POST", TARGET, &[("Authorization", format!("{SCHEME} {auth},sign={sign}"))], b"");
    assert_eq!(slugs(&raw, &known), ["body-line-missing"], "which is one line feed short at the end, too");
    for body in [&b"{}"[..], b"[]", b"null"] {
        let text = Lines { body, ..good }.text();
        assert_eq!(slugs(&sent(&text, b"", "app", Algorithm::Rsa2), &known), ["unsent-body-signed"]);
    }
}

#[test]
fn wrong_keys_and_algorithms_are_named() {
    let (key, platform, other) = (public("app"), public("platform"), public("app_other"));
    let others = [("another app", &other)];
    let known = Known { key: Some(&key), platform: Some(&platform), others: &others, content_key: None };
    let auth = auth();
    let text =
        Lines { auth_string: &auth, method: "POST", target: TARGET, body: BODY, app_auth_token: Some(b"tok") }.text();
    assert_eq!(slugs(&sent(&text, BODY, "app", Algorithm::Rsa), &known), ["sign-type-mismatch"]);
    assert_eq!(slugs(&sent(&text, BODY, "app_other", Algorithm::Rsa2), &known), ["key-of-another-app"]);
    assert_eq!(slugs(&sent(&text, BODY, "platform", Algorithm::Rsa2), &known), ["signed-with-platform-key"]);
    let wrong_slot = Known { key: Some(&platform), others: &[("the app itself", &key)], ..known };
    assert_eq!(
        slugs(&sent(&text, BODY, "app", Algorithm::Rsa2), &wrong_slot),
        ["platform-key-registered", "key-of-another-app"]
    );
    let raw = RawRequest::parse(&read("bad-wrong-key.http")).unwrap();
    assert_eq!(slugs(&raw, &known), ["key-of-another-app"]);
    let raw = RawRequest::parse(&read("bad-query-altered.http")).unwrap();
    let diagnosis = diagnose(&Unverified::parse(&raw.as_request()).unwrap(), &known);
    assert!(diagnosis.mistakes.is_empty() && diagnosis.client_hash.is_some());
}

#[test]
fn an_answer_that_a_client_refuses_is_explained() {
    let (app, platform, other) = (public("app"), public("platform"), public("platform_other"));
    let known = Known { key: Some(&app), platform: Some(&platform), ..Known::default() };
    let slug = |name: &str, used: &PublicKey| {
        let (_, headers, body) = headers_of(name);
        diagnose_answer(&headers, &body, used, &known).map(|mistake| mistake.slug)
    };
    assert_eq!(slug("ok-json", &app), Some("answer-checked-with-app-key"));
    assert_eq!(slug("ok-json", &other), Some("answer-checked-with-another-key"));
    assert_eq!(slug("ok-json", &platform), None);
    assert_eq!(slug("bad-no-newline", &platform), Some("answer-without-line-end"));
    assert_eq!(slug("bad-body-altered", &platform), None);
}

use super::super::sign::write;
use super::*;
use crate::alipay::form::Escapes;
use crate::alipay::keys::PrivateKey;
use crate::alipay::mistake::{misread, recoded, replaced};
use crate::alipay::pasted::Kind;
use crate::alipay_gateway::call::tests::{DAY, keys, now, private, public, read, wire};
use crate::alipay_gateway::codes::Echo;
use crate::hex::hex;
use crate::request::RawRequest;

/// A client that signs one text and sends another: what it signs is told by `text`, what it sends by the pairs.
fn sent(
    pairs: &[(&str, &[u8])],
    text: &[u8],
    algorithm: Algorithm,
    key: &PrivateKey,
    encode: impl Fn(&str, &[u8]) -> Vec<u8>,
) -> RawRequest {
    let sign = key.sign_base64(algorithm, text).unwrap();
    let mut body = Vec::new();
    for (name, value) in pairs {
        body.extend_from_slice(name.as_bytes());
        body.push(b'=');
        body.extend_from_slice(&encode(name, value));
        body.push(b'&');
    }
    body.extend_from_slice(b"sign=");
    form::encode(&mut body, sign.as_bytes(), Escapes::Form);
    wire("/gateway.do?version=1.0", "application/x-www-form-urlencoded", &body)
}

fn plain(_: &str, value: &[u8]) -> Vec<u8> {
    let mut out = Vec::new();
    form::encode(&mut out, value, Escapes::Form);
    out
}

const CONTENT: &str = r#"{"a": "收+委", "b":"QUJD+/=="}"#;

fn pairs() -> Vec<(&'static str, &'static [u8])> {
    vec![
        ("app_id", b"2021009900000001"),
        ("biz_content", CONTENT.as_bytes()),
        ("charset", b"utf-8"),
        ("method", b"zhima.customer.certification.query"),
        ("sign_type", b"RSA2"),
        ("timestamp", b"2026-11-22 12:00:00"),
        ("zero", b"0"),
    ]
}

fn joined(pairs: &[(&str, &[u8])]) -> Vec<u8> {
    let mut all: Vec<(&[u8], &[u8])> = pairs.iter().map(|(name, value)| (name.as_bytes(), *value)).collect();
    all.push((b"version", b"1.0"));
    all.sort_unstable();
    let mut out = Vec::new();
    write(&all, |bytes| out.extend_from_slice(bytes));
    out
}

fn content(other: &[u8]) -> Vec<u8> {
    joined(
        &pairs()
            .iter()
            .map(|(name, value)| (*name, if *name == "biz_content" { other } else { *value }))
            .collect::<Vec<_>>(),
    )
}

fn slugs(raw: &RawRequest, known: &Known<'_>) -> Vec<&'static str> {
    let call = Unverified::parse(&raw.as_request()).unwrap();
    assert!(
        known.key.is_none_or(|key| call.clone().verify(&keys(key), now(), DAY, Echo::default()).is_err()),
        "it verifies"
    );
    let diagnosis = diagnose(&call, known);
    for mistake in &diagnosis.mistakes {
        assert!(!mistake.english.is_empty() && !mistake.chinese.is_ascii());
        assert!(!mistake.english.contains('收') && !mistake.chinese.contains("委"), "values stay hidden");
    }
    diagnosis.mistakes.iter().map(|mistake| mistake.slug).collect()
}

#[test]
fn every_text_that_clients_sign_by_mistake_is_named() {
    let (signer, key) = (private("app_private_pkcs8.pem"), public("app_public.pem"));
    let content_key = ContentKey::from_bytes(&[1; 16]).unwrap();
    let known = Known { key: Some(&key), content_key: Some(&content_key), ..Known::default() };
    let all = pairs();
    let good = joined(&all);
    let gbk = content(&recoded(CONTENT.as_bytes(), Charset::Utf8).unwrap());
    let escaped: Vec<(&str, Vec<u8>)> = all.iter().map(|(name, value)| (*name, plain(name, value))).collect();
    let escaped: Vec<(&str, &[u8])> = escaped.iter().map(|(name, value)| (*name, value.as_slice())).collect();
    let as_sent = |pairs: &[(&str, &[u8])]| {
        pairs.iter().map(|(name, value)| [name.as_bytes(), b"=", value].concat()).collect::<Vec<_>>().join(&b"&"[..])
    };
    let unsorted = [b"version=1.0&".as_slice(), &as_sent(&all)].concat();
    let without = |name: &str| joined(&all.iter().copied().filter(|(other, _)| *other != name).collect::<Vec<_>>());
    let compact = r#"{"a":"收+委","b":"QUJD+/=="}"#;
    for (expected, text) in [
        ("signed-gbk-sent-utf8", gbk),
        ("gbk-read-as-utf8", content(&misread(CONTENT.as_bytes()).unwrap())),
        ("values-signed-encoded", joined(&escaped)),
        ("not-sorted", unsorted),
        ("sign-type-left-out", without("sign_type")),
        ("parameter-not-signed", without("charset")),
        ("falsy-dropped", without("zero")),
        ("stray-character", [&good[..], b"&"].concat()),
        ("content-reserialised", content(compact.as_bytes())),
        ("content-reserialised", content(b"{\"a\": \"\\u6536+\\u59d4\", \"b\": \"QUJD+/==\"}")),
        ("half-signed", as_sent(&all)),
    ] {
        let found = slugs(&sent(&all, &text, Algorithm::Rsa2, &signer, plain), &known);
        // One parameter left out can be told in two ways; the nearer one is named.
        let also = matches!(expected, "falsy-dropped" | "half-signed").then_some("parameter-not-signed");
        assert!(found == [expected] || also.is_some_and(|also| found == [also]), "{expected}: {found:?}");
    }
    let gbk_sent: Vec<(&str, Vec<u8>)> =
        all.iter().map(|(name, value)| (*name, recoded(value, Charset::Utf8).unwrap())).collect();
    let gbk_sent: Vec<(&str, &[u8])> = gbk_sent.iter().map(|(name, value)| (*name, value.as_slice())).collect();
    assert_eq!(slugs(&sent(&gbk_sent, &good, Algorithm::Rsa2, &signer, plain), &known), ["signed-utf8-sent-gbk"]);
    let lossy = |_: &str, value: &[u8]| replaced(&plain("", value), b"%2B", b"+");
    assert_eq!(slugs(&sent(&all, &good, Algorithm::Rsa2, &signer, lossy), &known), ["plus-became-blank"]);
    let twice = |_: &str, value: &[u8]| plain("", &plain("", value));
    let only_content =
        |name: &str, value: &[u8]| if name == "biz_content" { twice(name, value) } else { plain(name, value) };
    assert_eq!(slugs(&sent(&all, &good, Algorithm::Rsa2, &signer, only_content), &known), ["values-encoded-twice"]);
    let cipher = content_key.encrypt(CONTENT.as_bytes());
    let encrypted: Vec<(&str, &[u8])> = all
        .iter()
        .map(|(name, value)| (*name, if *name == "biz_content" { cipher.as_bytes() } else { *value }))
        .collect();
    assert_eq!(slugs(&sent(&encrypted, &good, Algorithm::Rsa2, &signer, plain), &known), ["signed-before-encryption"]);
}

#[test]
fn pluses_that_became_blanks_are_told_from_blanks_that_were_meant() {
    let (signer, key) = (private("app_private_pkcs8.pem"), public("app_public.pem"));
    let known = Known { key: Some(&key), ..Known::default() };
    let photo = "AB+C+/".repeat(20);
    let content = format!(r#"{{"name":"Wang Xiao Ming","photo":"{photo}","more": "a b"}}"#);
    for (name, value) in [("remark", "a b+c/收"), ("biz_content", content.as_str())] {
        let mut all = pairs();
        all.retain(|(known, _)| *known != name);
        all.push((name, value.as_bytes()));
        let lossy = |_: &str, value: &[u8]| replaced(&plain("", value), b"%2B", b"+");
        // What else has a plus must not be the reason.
        all.retain(|(known, value)| *known == name || !value.contains(&b'+'));
        let raw = sent(&all, &joined(&all), Algorithm::Rsa2, &signer, lossy);
        assert_eq!(slugs(&raw, &known), ["plus-became-blank"], "{name}");
    }
}

#[test]
fn wrong_algorithms_and_keys_are_named() {
    let (signer, key, platform) =
        (private("app_private_pkcs8.pem"), public("app_public.pem"), public("platform_public.pem"));
    let all = pairs();
    let good = joined(&all);
    let stranger = public("stranger_public.pem");
    let others = [("app 2021", &stranger)];
    let known = Known { key: Some(&key), platform: Some(&platform), others: &others, content_key: None };
    assert_eq!(slugs(&sent(&all, &good, Algorithm::Rsa, &signer, plain), &known), ["sign-type-mismatch"]);
    assert_eq!(
        slugs(&sent(&all, &good, Algorithm::Rsa2, &private("stranger_private_pkcs1.pem"), plain), &known),
        ["key-of-another-app"]
    );
    assert_eq!(
        slugs(&sent(&all, &good, Algorithm::Rsa2, &private("platform_private_pkcs8.pem"), plain), &known),
        ["signed-with-platform-key"]
    );
    let wrong_slot = Known { key: Some(&platform), others: &[("the app itself", &key)], ..known };
    let found = slugs(&sent(&all, &good, Algorithm::Rsa2, &signer, plain), &wrong_slot);
    assert_eq!(found, ["platform-key-registered", "key-of-another-app"]);
    // Nobody's key: nothing is claimed, but both hashes can be compared.
    let raw = sent(&all, &good, Algorithm::Rsa2, &private("stranger_private_pkcs1.pem"), plain);
    let nobody = Known { others: &[], ..known };
    assert_eq!(diagnose(&Unverified::parse(&raw.as_request()).unwrap(), &nobody).client_hash, None);
    let raw = sent(&all, b"something else", Algorithm::Rsa2, &signer, plain);
    let diagnosis = diagnose(&Unverified::parse(&raw.as_request()).unwrap(), &known);
    assert_eq!(
        (diagnosis.mistakes.len(), diagnosis.client_hash),
        (0, Some(hex(digest(Algorithm::Rsa2.hash(), b"something else").as_ref())))
    );
}

#[test]
fn a_damaged_spelling_of_the_signature_is_named() {
    let (signer, key) = (private("app_private_pkcs8.pem"), public("app_public.pem"));
    let known = Known { key: Some(&key), ..Known::default() };
    let all = pairs();
    let given = signer.sign(Algorithm::Rsa2, &joined(&all)).unwrap();
    let base64 = signer.sign_base64(Algorithm::Rsa2, &joined(&all)).unwrap();
    let encoded = String::from_utf8(plain("", base64.as_bytes())).unwrap();
    let url = base64.replace('+', "-").replace('/', "_");
    for (expected, sign) in
        [("signature-hexadecimal", hex(&given)), ("signature-url-safe", url), ("signature-encoded-twice", encoded)]
    {
        let mut with = all.clone();
        with.push(("sign", sign.as_bytes()));
        let mut body = Vec::new();
        for (name, value) in &with {
            body.extend_from_slice(&[name.as_bytes(), b"=", &plain("", value), b"&"].concat());
        }
        let raw = wire("/gateway.do?version=1.0", "", &body);
        assert_eq!(slugs(&raw, &known), [expected]);
    }
}

#[test]
fn the_recorded_bad_requests_are_diagnosed() {
    let (key, stranger) = (public("app_public.pem"), public("stranger_public.pem"));
    let others = [("a stranger", &stranger)];
    let known = Known { key: Some(&key), others: &others, ..Known::default() };
    let raw = RawRequest::parse(&read("11-bad-wrong-key.http")).unwrap();
    assert_eq!(slugs(&raw, &known), ["key-of-another-app"]);
    let raw = RawRequest::parse(&read("12-bad-altered-biz-content.http")).unwrap();
    let diagnosis = diagnose(&Unverified::parse(&raw.as_request()).unwrap(), &known);
    assert!(diagnosis.mistakes.is_empty() && diagnosis.client_hash.is_some(), "an altered digit is no known mistake");
}

#[test]
fn a_charset_that_is_declared_and_not_used_is_named() {
    for (declared, content, expected) in [
        ("gbk", "{\"a\":\"收委\"}".as_bytes().to_vec(), true),
        ("utf-8", b"{\"a\":\"\xca\xd5\xce\xaf\"}".to_vec(), true),
        ("utf-8", "{\"a\":\"收委\"}".as_bytes().to_vec(), false),
        ("gbk", b"{\"a\":\"\xca\xd5\xce\xaf\"}".to_vec(), false),
        ("gbk", b"{}".to_vec(), false),
    ] {
        let body = [b"biz_content=".as_slice(), &plain("", &content)].concat();
        let raw = wire(
            &format!("/gateway.do?app_id=1&method=zhima.customer.certification.query&charset={declared}"),
            "",
            &body,
        );
        let mistake = charset_not_used(&Unverified::parse(&raw.as_request()).unwrap());
        assert_eq!(mistake.map(|mistake| mistake.slug), expected.then_some("charset-declared-not-used"), "{declared}");
    }
}

#[test]
fn an_answer_that_a_client_refuses_is_explained() {
    let (app, platform, stranger) =
        (public("app_public.pem"), public("platform_public.pem"), public("stranger_public.pem"));
    let known = Known { key: Some(&app), platform: Some(&platform), ..Known::default() };
    let method = "zhima.customer.certification.material.certify";
    let body = |name: &str| {
        let json: serde_json::Value = serde_json::from_slice(&read(&format!("responses/{name}.json"))).unwrap();
        json["body_text"].as_str().unwrap().to_owned()
    };
    let slug = |name: &str, used: &PublicKey| {
        diagnose_answer(method, body(name).as_bytes(), Charset::Utf8, Algorithm::Rsa2, used, &known)
            .map(|mistake| mistake.slug)
    };
    assert_eq!(slug("01-success-utf8", &app), Some("answer-checked-with-app-key"));
    assert_eq!(slug("01-success-utf8", &stranger), Some("answer-checked-with-another-key"));
    assert_eq!(slug("01-success-utf8", &platform), None);
    assert_eq!(slug("26-sha1-though-rsa2", &platform), Some("sign-type-mismatch"));
    assert_eq!(slug("22-pretty-node-signed-compact", &platform), Some("answer-reserialised"));
}

#[test]
fn a_private_key_in_the_other_form_is_named_for_the_sdk() {
    let slug = |found, sdk| wrong_private_form(found, sdk).map(|mistake| mistake.slug);
    assert_eq!(slug(Kind::RsaPrivatePkcs1, Sdk::Java), Some("pkcs1-for-pkcs8"));
    assert_eq!(slug(Kind::RsaPrivatePkcs8, Sdk::Python), Some("pkcs8-for-pkcs1"));
    assert_eq!(slug(Kind::RsaPrivatePkcs8, Sdk::Java), None);
    assert_eq!(slug(Kind::RsaPublicSpki, Sdk::Java), None);
}

proptest::proptest! {
    #![proptest_config(proptest::prelude::ProptestConfig::with_cases(32))]

    #[test]
    fn no_request_and_no_answer_panics(body in proptest::prelude::any::<Vec<u8>>(), sign in "[A-Za-z0-9+/%_=-]{0,60}") {
        let key = public("app_public.pem");
        let known = Known { key: Some(&key), ..Known::default() };
        let raw = wire(&format!("/gateway.do?app_id=1&method=zhima.customer.certification.query&sign={sign}"), "", &body);
        if let Ok(call) = Unverified::parse(&raw.as_request()) {
            let _ = (diagnose(&call, &known), charset_not_used(&call));
        }
        let _ = diagnose_answer("zhima.customer.certification.query", &body, Charset::Gbk, Algorithm::Rsa2, &key, &known);
        // A replayed signature with another body goes through the whole search.
        let good = sent(&[("app_id", b"1"), ("method", b"zhima.customer.certification.query"), ("biz_content", &body)], b"x", Algorithm::Rsa2, &private("app_private_pkcs8.pem"), plain);
        let _ = diagnose(&Unverified::parse(&good.as_request()).unwrap(), &known);
    }
}

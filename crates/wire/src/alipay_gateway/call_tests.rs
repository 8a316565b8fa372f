use std::sync::LazyLock;

use proptest::prelude::*;

use super::*;
use crate::alipay::keys::{PrivateKey, Slot};
use crate::alipay::text::Charset;
use crate::alipay_gateway::client::Client;
use crate::request::RawRequest;
use crate::vector::{Expect, Sidecar};

pub(crate) const FOLDER: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../vectors/alipay-gateway/");

pub(crate) fn read(name: &str) -> Vec<u8> {
    std::fs::read(format!("{FOLDER}{name}")).unwrap_or_else(|error| panic!("{name}: {error}"))
}

pub(crate) fn private(name: &str) -> PrivateKey {
    PrivateKey::parse(&read(&format!("keys/{name}")), Slot::AppPrivate).unwrap()
}

pub(crate) fn public(name: &str) -> PublicKey {
    PublicKey::parse(&read(&format!("keys/{name}")), Slot::AppPublic).unwrap()
}

static APP_KEY: LazyLock<PrivateKey> = LazyLock::new(|| private("app_private_pkcs8.pem"));

pub(crate) fn now() -> Timestamp {
    "2026-11-22T04:00:00Z".parse().unwrap()
}

pub(crate) const DAY: Option<Window> = Some(Window::new(std::time::Duration::from_hours(24)));

/// Turns what a client asks into a request on the wire.
pub(crate) fn wire(target: &str, content_type: &str, body: &[u8]) -> RawRequest {
    let head =
        format!("POST {target} HTTP/1.1\r\nContent-Type: {content_type}\r\nContent-Length: {}\r\n\r\n", body.len());
    RawRequest::parse(&[head.as_bytes(), body].concat()).unwrap()
}

pub(crate) fn client() -> Client<'static> {
    Client {
        app_id: "2021009900000001",
        key: &APP_KEY,
        algorithm: Algorithm::Rsa2,
        charset: Charset::Utf8,
        certificates: None,
        content_key: None,
    }
}

pub(crate) fn keys(key: &PublicKey) -> AppKeys<'_> {
    AppKeys { key: Some(key), certificate: None, sha1: Sha1::Taken }
}

/// A signed request of these parameters, all in the query.
pub(crate) fn signed(pairs: &[(&str, &str)]) -> RawRequest {
    let mut sorted = pairs.to_vec();
    sorted.retain(|(name, value)| !value.is_empty() && *name != "sign");
    sorted.sort_unstable();
    let text = sorted.iter().map(|(name, value)| format!("{name}={value}")).collect::<Vec<_>>().join("&");
    let sign = APP_KEY.sign_base64(Algorithm::Rsa2, text.as_bytes()).unwrap();
    let mut target = b"/gateway.do?".to_vec();
    for (name, value) in pairs.iter().chain(&[("sign", sign.as_str())]) {
        target.extend_from_slice(name.as_bytes());
        target.push(b'=');
        crate::alipay::form::encode(&mut target, value.as_bytes(), crate::alipay::form::Escapes::Form);
        target.push(b'&');
    }
    wire(std::str::from_utf8(&target).unwrap(), "application/x-www-form-urlencoded", b"")
}

const GOOD: [(&str, &str); 8] = [
    ("app_id", "2021009900000001"),
    ("method", "zhima.customer.certification.query"),
    ("charset", "utf-8"),
    ("format", "JSON"),
    ("sign_type", "RSA2"),
    ("timestamp", "2026-11-22 12:00:00"),
    ("version", "1.0"),
    ("biz_content", "{\"biz_no\":\"ZM1\"}"),
];

fn with(name: &str, value: Option<&'static str>) -> Vec<(&'static str, &'static str)> {
    let mut pairs: Vec<_> = GOOD.into_iter().filter(|(known, _)| *known != name).collect();
    if let Some(value) = value {
        let name = GOOD
            .iter()
            .map(|(known, _)| *known)
            .chain(["encrypt_type", "app_cert_sn", "extra"])
            .find(|known| *known == name)
            .unwrap();
        pairs.push((name, value));
    }
    pairs
}

fn run<'a>(raw: &'a RawRequest, keys: &AppKeys<'_>, content_key: Option<&ContentKey>) -> Result<Opened<'a>, Turned> {
    Unverified::parse(&raw.as_request())?.verify(keys, now(), DAY, Echo::default())?.open(content_key)
}

fn refused(pairs: &[(&'static str, &'static str)]) -> No {
    let key = public("app_public.pem");
    run(&signed(pairs), &keys(&key), None).unwrap_err().refusal.no().unwrap()
}

#[test]
fn every_recorded_request_fares_as_its_sidecar_says() {
    let mut seen = 0;
    for entry in std::fs::read_dir(FOLDER).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_stem().unwrap().to_string_lossy().into_owned();
        if path.extension().is_none_or(|end| end != "http") {
            continue;
        }
        seen += 1;
        let raw = RawRequest::parse(&std::fs::read(&path).unwrap()).unwrap();
        let sidecar = Sidecar::parse(&std::fs::read(path.with_extension("json")).unwrap()).unwrap();
        let key =
            sidecar.caller.public_key.as_deref().map(|pem| PublicKey::parse(pem.as_bytes(), Slot::AppPublic).unwrap());
        let certificate = sidecar.caller.certificate.as_deref().map(|pem| Certificate::parse(pem.as_bytes()).unwrap());
        let content_key = sidecar.caller.aes_key.as_ref().map(|key| ContentKey::parse(key).unwrap());
        let keys = AppKeys { key: key.as_ref(), certificate: certificate.as_ref(), sha1: Sha1::Taken };
        let call = Unverified::parse(&raw.as_request());
        let outcome = call.and_then(|call| {
            assert_eq!(call.claimed_app_id(), sidecar.caller.id);
            if let Some(expected) = sidecar.facts.get("string_to_sign_sha256").and_then(|hash| hash.as_str()) {
                let digest = call.parameters().digest(Empties::Dropped, Algorithm::Rsa2);
                assert_eq!(crate::hex::hex(digest.as_ref()), expected, "{name}");
            }
            call.verify(&keys, sidecar.clock, DAY, Echo::default())
        });
        match (outcome.and_then(|call| call.open(content_key.as_ref())), &sidecar.expect) {
            (Ok(opened), Expect::Accepted) => {
                if let Some(content) = sidecar.facts.get("biz_content").and_then(|content| content.as_str()) {
                    assert_eq!(opened.expose(), content, "{name}");
                }
                assert_eq!(opened.call().permitted().unwrap().method(), sidecar.facts["method"].as_str().unwrap());
            }
            (Err(turned), Expect::Refused(expected)) => {
                assert!(expected.allows(turned.refusal.sub_code()), "{name}: {}", turned.refusal);
            }
            (outcome, _) => panic!("{name}: {:?}", outcome.map_err(|turned| turned.refusal.to_string())),
        }
    }
    assert!(seen >= 14, "{seen}");
}

#[test]
fn every_refusal_before_the_signature_is_reached() {
    for (name, value, expected) in [
        ("charset", Some("latin1"), No::InvalidCharset),
        ("format", Some("xml"), No::InvalidFormat),
        ("method", None, No::MissingMethod),
        ("method", Some("alipay.trade.pay"), No::InvalidMethod),
        ("app_id", None, No::MissingAppId),
        ("app_id", Some("a b"), No::InvalidAppId),
        ("sign_type", None, No::MissingSignatureType),
        ("sign_type", Some("rsa2"), No::InvalidSignatureType),
        ("sign_type", Some("SM2"), No::InvalidSignatureType),
        ("sign_type", Some("HMAC_SHA1"), No::InvalidSignatureType),
        ("timestamp", None, No::MissingTimestamp),
        ("timestamp", Some("2026-11-22T12:00:00"), No::InvalidTimestamp),
        ("timestamp", Some("2026-02-30 12:00:00"), No::InvalidTimestamp),
        ("timestamp", Some("2026-11-23 12:00:01"), No::InvalidTimestamp),
        ("version", None, No::MissingVersion),
        ("version", Some("2.0"), No::InvalidParameter),
        ("encrypt_type", Some("DES"), No::InvalidEncryptType),
        ("encrypt_type", Some("AES"), No::NoEncryptKey),
    ] {
        assert_eq!(refused(&with(name, value)), expected, "{name} {value:?}");
    }
    let key = public("app_public.pem");
    let raw = wire("/gateway.do?app_id=1&method=zhima.customer.certification.query&sign_type=RSA2", "", b"");
    assert_eq!(run(&raw, &keys(&key), None).unwrap_err().refusal.no(), Some(No::MissingSignature));
    let raw = wire("/gateway.do?app_id=1&app_id=2", "", b"");
    assert_eq!(run(&raw, &keys(&key), None).unwrap_err().refusal.no(), Some(No::InvalidParameter));
}

#[test]
fn the_first_thing_that_is_wrong_is_what_is_answered() {
    let order: [(&str, Option<&'static str>, No); 7] = [
        ("charset", Some("latin1"), No::InvalidCharset),
        ("format", Some("xml"), No::InvalidFormat),
        ("method", None, No::MissingMethod),
        ("app_id", None, No::MissingAppId),
        ("sign_type", None, No::MissingSignatureType),
        ("timestamp", None, No::MissingTimestamp),
        ("version", None, No::MissingVersion),
    ];
    for first in 0..order.len() {
        let mut pairs = GOOD.to_vec();
        for (name, value, _) in &order[first..] {
            pairs.retain(|(known, _)| known != name);
            pairs.extend(value.map(|value| (*name, value)));
        }
        assert_eq!(refused(&pairs), order[first].2);
    }
}

#[test]
fn the_window_counts_from_beijing_time_inclusively_and_can_be_switched_off() {
    let key = public("app_public.pem");
    assert!(run(&signed(&with("timestamp", Some("2026-11-23 12:00:00"))), &keys(&key), None).is_ok());
    assert!(
        run(&signed(&with("timestamp", Some("2026-11-22 04:00:00"))), &keys(&key), None).is_ok(),
        "a client on UTC"
    );
    let raw = signed(&with("timestamp", Some("1999-11-22 12:00:00")));
    let call = Unverified::parse(&raw.as_request()).unwrap();
    assert!(call.clone().verify(&keys(&key), now(), None, Echo::default()).is_ok());
    assert!(call.verify(&keys(&key), now(), DAY, Echo::default()).is_err());
    assert_eq!(parse_timestamp(b"2026-11-22 12:00:00"), Some(now()));
    assert_eq!(format_timestamp(now()), "2026-11-22 12:00:00");
}

#[test]
fn sha1_needs_its_switch_and_every_key_its_registration() {
    let key = public("app_public.pem");
    let asked = Client { algorithm: Algorithm::Rsa, ..client() }
        .ask("zhima.customer.certification.query", "{}", &[], now())
        .unwrap();
    let raw = wire(&asked.target, &asked.content_type, &asked.body);
    assert!(run(&raw, &keys(&key), None).is_ok());
    let off = AppKeys { sha1: Sha1::Refused, ..keys(&key) };
    assert_eq!(run(&raw, &off, None).unwrap_err().refusal.no(), Some(No::MissingSignatureConfig));
    assert_eq!(
        run(&signed(&GOOD), &AppKeys::default(), None).unwrap_err().refusal.no(),
        Some(No::MissingSignatureConfig)
    );
}

#[test]
fn a_small_key_is_enough() {
    let (signer, key) = (private("app1024_private_pkcs1.pem"), public("app1024_public.pem"));
    for algorithm in [Algorithm::Rsa2, Algorithm::Rsa] {
        let asked = Client { key: &signer, algorithm, ..client() }
            .ask("zhima.customer.certification.query", "{}", &[], now())
            .unwrap();
        assert!(run(&wire(&asked.target, &asked.content_type, &asked.body), &keys(&key), None).is_ok());
    }
}

#[test]
fn certificate_mode_takes_the_certificates_key_while_it_is_valid() {
    let certificate = Certificate::parse(&read("keys/app_cert.crt")).unwrap();
    let stranger = public("stranger_public.pem");
    let app = AppKeys { key: Some(&stranger), certificate: Some(&certificate), sha1: Sha1::Refused };
    let asked = |sn| {
        let asked = Client { certificates: Some((sn, "root")), ..client() }
            .ask("zhima.customer.certification.query", "{}", &[], now())
            .unwrap();
        wire(&asked.target, &asked.content_type, &asked.body)
    };
    let good = asked("43f51bd2ddc8f33a0d0523b44dd414f4");
    assert!(run(&good, &app, None).unwrap().frame().certificate_mode);
    assert_eq!(
        run(&asked("00f51bd2ddc8f33a0d0523b44dd414f4"), &app, None).unwrap_err().refusal.no(),
        Some(No::MissingSignatureConfig)
    );
    let late = "2041-01-01T00:00:00Z".parse().unwrap();
    let refused = |raw: &RawRequest, app: &AppKeys<'_>, now| {
        let call = Unverified::parse(&raw.as_request()).unwrap();
        call.verify(app, now, None, Echo::default()).err().and_then(|turned| turned.refusal.no())
    };
    assert_eq!(refused(&good, &app, late), Some(No::AppCertExpired));

    // An app that has its certificate alone is held to it, whether or not a call names it.
    let alone = AppKeys { key: None, ..app };
    let asked = client().ask("zhima.customer.certification.query", "{}", &[], now()).unwrap();
    let unnamed = wire(&asked.target, &asked.content_type, &asked.body);
    assert_eq!(refused(&unnamed, &alone, now()), None);
    assert_eq!(refused(&unnamed, &alone, late), Some(No::AppCertExpired));
}

#[test]
fn an_empty_parameter_may_be_signed_or_not() {
    let key = public("app_public.pem");
    let mut pairs = GOOD.to_vec();
    pairs.push(("extra", ""));
    let dropped = signed(&pairs);
    let opened = run(&dropped, &keys(&key), None).unwrap();
    assert_eq!(opened.call().empties(), Empties::Dropped);
    let mut sorted = pairs.clone();
    sorted.sort_unstable();
    let text = sorted.iter().map(|(name, value)| format!("{name}={value}")).collect::<Vec<_>>().join("&");
    let sign = APP_KEY.sign_base64(Algorithm::Rsa2, text.as_bytes()).unwrap();
    let mut target = b"/gateway.do?".to_vec();
    for (name, value) in pairs.iter().chain(&[("sign", sign.as_str())]) {
        target.extend_from_slice(format!("{name}=").as_bytes());
        crate::alipay::form::encode(&mut target, value.as_bytes(), crate::alipay::form::Escapes::Rfc3986);
        target.push(b'&');
    }
    let raw = wire(std::str::from_utf8(&target).unwrap(), "", b"");
    assert_eq!(run(&raw, &keys(&key), None).unwrap().call().empties(), Empties::Kept);
}

#[test]
fn encrypted_content_is_opened_and_every_failure_is_one_refusal() {
    let key = public("app_public.pem");
    let good = ContentKey::from_bytes(&[7; 16]).unwrap();
    let other = ContentKey::from_bytes(&[8; 16]).unwrap();
    for charset in [Charset::Utf8, Charset::Gbk] {
        let client = Client { content_key: Some(&good), charset, ..client() };
        let asked = client.ask("zhima.customer.certification.query", "{\"biz_no\":\"收\"}", &[], now()).unwrap();
        let raw = wire(&asked.target, &asked.content_type, &asked.body);
        let opened = run(&raw, &keys(&key), Some(&good)).unwrap();
        assert_eq!(opened.expose(), "{\"biz_no\":\"收\"}");
        assert!(opened.answer_key().is_some());
        let refusal = |key: Option<&ContentKey>, app: &AppKeys<'_>| run(&raw, app, key).unwrap_err().refusal.no();
        assert_eq!(refusal(Some(&other), &keys(&key)), Some(No::Undecryptable));
        assert_eq!(refusal(None, &keys(&key)), Some(No::NoEncryptKey));
    }
}

#[test]
fn text_that_is_not_of_the_declared_charset_is_refused_after_the_signature() {
    let key = public("app_public.pem");
    let asked = Client { charset: Charset::Gbk, ..client() }
        .ask("zhima.customer.certification.query", "{\"biz_no\":\"收委\"}", &[("x", "国")], now())
        .unwrap();
    let raw = wire(&asked.target, &asked.content_type, &asked.body);
    assert_eq!(run(&raw, &keys(&key), None).unwrap().expose(), "{\"biz_no\":\"收委\"}");
    let mut sorted: Vec<(Vec<u8>, Vec<u8>)> =
        GOOD.iter().map(|(name, value)| (name.as_bytes().to_vec(), value.as_bytes().to_vec())).collect();
    sorted.retain(|(name, _)| name != b"biz_content");
    sorted.push((b"biz_content".to_vec(), b"{\"biz_no\":\"\xca\"}".to_vec()));
    sorted.sort();
    let text = sorted.iter().map(|(name, value)| [name, &b"="[..], value].concat()).collect::<Vec<_>>().join(&b"&"[..]);
    let sign = APP_KEY.sign_base64(Algorithm::Rsa2, &text).unwrap();
    sorted.push((b"sign".to_vec(), sign.into_bytes()));
    let mut body = Vec::new();
    for (name, value) in &sorted {
        body.extend_from_slice(name);
        body.push(b'=');
        crate::alipay::form::encode(&mut body, value, crate::alipay::form::Escapes::Form);
        body.push(b'&');
    }
    let raw = wire("/gateway.do", "application/x-www-form-urlencoded", &body);
    assert_eq!(run(&raw, &keys(&key), None).unwrap_err().refusal.no(), Some(No::InvalidParameter));
}

#[test]
fn what_is_not_permitted_is_said_after_the_signature() {
    let key = public("app_public.pem");
    let raw = signed(&with("method", Some("zhima.customer.jobworth.adapter.query")));
    let call = Unverified::parse(&raw.as_request()).unwrap().verify(&keys(&key), now(), DAY, Echo::default()).unwrap();
    let turned = call.permitted().unwrap_err();
    assert_eq!(turned.refusal.no(), Some(No::InsufficientIsvPermissions));
    assert_eq!(turned.frame.node_key.as_deref(), Some("zhima_customer_jobworth_adapter_query_response"));
}

#[test]
fn php_downloads_certificates_without_a_version() {
    let key = public("app_public.pem");
    let mut pairs = with("method", Some("alipay.open.app.alipaycert.download"));
    pairs.retain(|(name, _)| *name != "version");
    assert!(run(&signed(&pairs), &keys(&key), None).is_ok());
}

#[test]
fn java_is_known_by_what_it_says_of_itself() {
    let key = public("app_public.pem");
    let says = |sdk: &'static str| {
        let pairs = [&GOOD[..], &[("alipay_sdk", sdk)]].concat();
        run(&signed(&pairs), &keys(&key), None).unwrap().frame().java
    };
    assert!(says("alipay-sdk-java-4.40.734.ALL") && says("alipay-sdk-Java-dynamicVersionNo"));
    assert!(!says("alipay-sdk-php-4.20.880.ALL") && !says("alipay-sdk-jav"));
}

#[test]
fn who_verifies_otherwise_than_the_bytes_is_known_by_the_user_agent() {
    let raw = signed(&GOOD);
    let says = |agent: &'static str| {
        let headers = http::HeaderMap::from_iter([(http::header::USER_AGENT, http::HeaderValue::from_static(agent))]);
        Unverified::parse(&Request { headers: &headers, ..raw.as_request() }).unwrap().frame().verifies
    };
    for agent in ["yansongda/pay-v3", "GuzzleHttp/6.5.8 curl/8.5.0 PHP/7.4.33", "Mozilla/5.0 YurunHttp/5.0 Curl/7.88.1"]
    {
        assert_eq!(says(agent), Verifies::EncodedAnew, "{agent}");
    }
    assert_eq!(says("Python-urllib/3.11"), Verifies::EvenBraces);
    for agent in ["", "python-requests/2.32 yansongda/pay-v3"] {
        assert_eq!(says(agent), Verifies::Bytes, "{agent}");
    }
}

#[test]
fn phps_curl_is_known_by_what_it_says_where_nobody_has_set_anything() {
    use http::header::{ACCEPT, USER_AGENT};

    let raw = signed(&GOOD);
    let verifies = |pairs: &[(http::HeaderName, &'static str)]| {
        let pairs = pairs.iter().map(|(name, value)| (name.clone(), http::HeaderValue::from_static(value)));
        let headers = pairs.collect();
        Unverified::parse(&Request { headers: &headers, ..raw.as_request() }).unwrap().frame().verifies
    };
    assert_eq!(verifies(&[(ACCEPT, "*/*")]), Verifies::EncodedAnew);
    assert_eq!(verifies(&[(ACCEPT, "*/*"), (USER_AGENT, "curl/7.88.1")]), Verifies::Bytes);
    assert_eq!(verifies(&[(ACCEPT, "application/json")]), Verifies::Bytes);
}

#[test]
fn nothing_of_a_call_shows_in_debug() {
    let key = public("app_public.pem");
    let raw = signed(&GOOD);
    let opened = run(&raw, &keys(&key), None).unwrap();
    assert!(!format!("{opened:?} {:?}", opened.call()).contains("ZM1"));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn any_changed_byte_under_the_signature_is_refused(at in any::<prop::sample::Index>(), flip in 1_u8..=255, content in "[ -~\u{4e00}-\u{4e20}]{1,40}") {
        let key = public("app_public.pem");
        let asked = client().ask("zhima.customer.certification.query", &content, &[("notify_url", "https://a/?b=c&d=e f")], now()).unwrap();
        let raw = wire(&asked.target, &asked.content_type, &asked.body);
        let before = Unverified::parse(&raw.as_request()).unwrap();
        prop_assert!(before.clone().verify(&keys(&key), now(), DAY, Echo::default()).is_ok());
        // One byte of the body's raw text becomes another; what still decodes to the same value must still verify.
        let mut body = asked.body.clone();
        let at = at.index(body.len());
        body[at] ^= flip;
        let changed = wire(&asked.target, &asked.content_type, &body);
        if let Ok(after) = Unverified::parse(&changed.as_request()) {
            let same = after.parameters().string_to_sign(Empties::Dropped) == before.parameters().string_to_sign(Empties::Dropped);
            prop_assert_eq!(after.verify(&keys(&key), now(), DAY, Echo::default()).is_ok(), same);
        }
    }

    #[test]
    fn no_request_panics(query in "[ -~]{0,200}", body in any::<Vec<u8>>(), content_type in "(multipart/form-data; boundary=b|application/x-www-form-urlencoded)?") {
        let key = public("app_public.pem");
        let raw = wire(&format!("/gateway.do?{}", query.replace(' ', "+")), &content_type, &body);
        let _ = run(&raw, &keys(&key), None);
    }

    #[test]
    fn what_a_client_asks_the_server_reads(content in any::<String>(), extra in any::<String>(), sha1: bool) {
        let key = public("app_public.pem");
        let client = Client { algorithm: if sha1 { Algorithm::Rsa } else { Algorithm::Rsa2 }, ..client() };
        let asked = client.ask("zhima.customer.certification.query", &content, &[("notify_url", &extra)], now()).unwrap();
        let raw = wire(&asked.target, &asked.content_type, &asked.body);
        let opened = run(&raw, &keys(&key), None).unwrap();
        prop_assert_eq!(opened.expose(), &content);
        prop_assert_eq!(opened.call().text("notify_url").unwrap_or_default(), extra);
    }
}

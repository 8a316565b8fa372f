use std::sync::LazyLock;

use proptest::prelude::*;

use super::*;
use crate::alipay::certificate;
use crate::alipay::keys::{PrivateKey, Slot};
use crate::alipay_v3::client::Client;
use crate::hex::hex;
use crate::request::RawRequest;
use crate::secret::Secret;
use crate::vector::{Expect, Sidecar};

pub(crate) const FOLDER: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../vectors/alipay-v3/");
pub(crate) const PATH: &str = "/v3/zhima/customer/jobworth/authentication";

pub(crate) fn read(name: &str) -> Vec<u8> {
    std::fs::read(format!("{FOLDER}{name}")).unwrap_or_else(|error| panic!("{name}: {error}"))
}

pub(crate) fn private(name: &str) -> PrivateKey {
    PrivateKey::parse(&read(&format!("keys/{name}.key.pem")), Slot::AppPrivate).unwrap()
}

pub(crate) fn public(name: &str) -> PublicKey {
    PublicKey::parse(&read(&format!("keys/{name}.pub.pem")), Slot::AppPublic).unwrap()
}

static APP: LazyLock<PrivateKey> = LazyLock::new(|| private("app"));

pub(crate) fn now() -> Timestamp {
    "2026-11-22T04:00:00Z".parse().unwrap()
}

pub(crate) fn client() -> Client<'static> {
    Client { app_id: "2021990000000001", key: &APP, certificates: None, app_auth_token: None, content_key: None }
}

pub(crate) fn wire(method: &str, target: &str, headers: &[(&str, String)], body: &[u8]) -> RawRequest {
    let fields: Vec<String> = headers.iter().map(|(name, value)| format!("{name}: {value}\r\n")).collect();
    let head = format!("{method} {target} HTTP/1.1\r\n{}Content-Length: {}\r\n\r\n", fields.concat(), body.len());
    RawRequest::parse(&[head.as_bytes(), body].concat()).unwrap()
}

/// A GET as a client sends it.
pub(crate) fn asked(client: &Client<'_>, target: &str) -> RawRequest {
    let asked = client.ask("GET", target, b"", now(), "n-1").unwrap();
    wire("GET", target, &asked.headers, &asked.body)
}

pub(crate) fn keys(key: &PublicKey) -> AppKeys<'_> {
    AppKeys { key: Some(key), ..AppKeys::default() }
}

fn run<'a>(raw: &'a RawRequest, keys: &AppKeys<'_>, content_key: Option<&ContentKey>) -> Result<Opened<'a>, Refusal> {
    Unverified::parse(&raw.as_request())?.verify(keys, now(), ExpiredSeconds::Narrows)?.open(content_key)
}

/// A GET with this auth string, rightly signed.
fn with_auth(auth_string: &str) -> RawRequest {
    let target = format!("{PATH}?a=1");
    let lines = Lines { auth_string, method: "GET", target: &target, body: b"", app_auth_token: None };
    let sign = APP.sign_base64(Algorithm::Rsa2, &lines.text()).unwrap();
    wire("GET", &target, &[("Authorization", format!("{SCHEME} {auth_string},sign={sign}"))], b"")
}

#[test]
fn every_recorded_request_fares_as_its_sidecar_says() {
    let root = certificate::root_serial_number(&read("keys/root.crt")).unwrap();
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
        let certificates: Vec<Certificate> = sidecar
            .caller
            .certificate
            .as_deref()
            .map(|pem| Certificate::parse(pem.as_bytes()).unwrap())
            .into_iter()
            .collect();
        let content_key = sidecar.caller.aes_key.as_ref().map(|key| ContentKey::parse(key).unwrap());
        let keys = AppKeys { key: key.as_ref(), certificates: &certificates, root_serial_number: Some(&root) };
        let outcome = Unverified::parse(&raw.as_request()).and_then(|call| {
            if call.claimed_app_id() != sidecar.caller.id {
                return Err(No::InvalidAppId.into());
            }
            call.verify(&keys, sidecar.clock, ExpiredSeconds::Narrows)?.open(content_key.as_ref())
        });
        match (outcome, &sidecar.expect) {
            (Ok(opened), Expect::Accepted) => {
                if let Some(params) = sidecar.facts.get("params").and_then(|params| params.as_object()) {
                    let names: Vec<_> = params.keys().map(String::as_str).collect();
                    let query = opened.query(&names).unwrap();
                    for (name, value) in params {
                        let expected = value.as_str().filter(|_| name != "cert_type");
                        assert!(expected.is_none() || query.value(name) == Ok(expected), "{name}");
                    }
                }
                if let Some(body) = sidecar.facts.get("body_json") {
                    assert_eq!(&serde_json::from_str::<serde_json::Value>(opened.expose()).unwrap(), body);
                }
                assert_eq!(opened.call().certificate_mode(), !certificates.is_empty(), "{name}");
                assert_eq!(opened.answer_key().is_some(), content_key.is_some(), "{name}");
                let token = sidecar.caller.app_auth_token.as_ref().map(Secret::expose);
                assert_eq!(opened.call().app_auth_token(), token.map(str::as_bytes), "{name}");
            }
            (Err(refusal), Expect::Refused(expected)) => {
                assert!(expected.allows(refusal.code()) && expected.status == refusal.status(), "{name}: {refusal}");
            }
            (outcome, _) => panic!("{name}: {outcome:?}"),
        }
    }
    assert!(seen >= 20, "{seen}");
}

#[test]
fn every_refusal_up_to_the_nonce_is_reached() {
    let key = public("app");
    let refused = |raw: &RawRequest, keys: &AppKeys<'_>| run(raw, keys, None).unwrap_err().no().unwrap();
    let at = now().as_millisecond();
    let good = format!("app_id=1,nonce=n,timestamp={at}");
    assert!(run(&with_auth(&good), &keys(&key), None).is_ok());
    for (auth, expected) in [
        (format!("app_id=1,nonce=n,{}", "x=y"), No::MissingTimestamp),
        (format!("nonce=n,timestamp={at}"), No::MissingAppId),
        ("app_id=1,nonce=n,timestamp=now".to_owned(), No::InvalidTimestamp),
        (format!("app_id=1,nonce=n,timestamp={}", at / 1000), No::InvalidTimestamp),
        (format!("app_id=1,timestamp={at}"), No::InvalidParameter),
        (format!("app_id=1,nonce={},timestamp={at}", "n".repeat(65)), No::InvalidParameter),
        (format!("{good},expired_seconds=x"), No::InvalidParameter),
        (format!("{good},nonce=m"), No::InvalidRequestData),
    ] {
        assert_eq!(refused(&with_auth(&auth), &keys(&key)), expected, "{auth}");
    }
    assert_eq!(refused(&with_auth(&good), &AppKeys::default()), No::MissingSignatureConfig);
    let header = |value: &str| wire("GET", PATH, &[("Authorization", value.to_owned())], b"");
    assert_eq!(refused(&wire("GET", PATH, &[], b""), &keys(&key)), No::MissingTimestamp);
    assert_eq!(refused(&header(SCHEME), &keys(&key)), No::MissingTimestamp);
    assert_eq!(refused(&header(&format!("ALIPAY-SM3withSM2 {good},sign=QQ==")), &keys(&key)), No::InvalidSignatureType);
    assert_eq!(refused(&header(&format!("{SCHEME} {good}")), &keys(&key)), No::MissingSignature);
    assert_eq!(refused(&header(&format!("{SCHEME} {good},sign=QQ==")), &keys(&key)), No::InvalidSignature);
    assert_eq!(refused(&header(&format!("{SCHEME} {good},sign=???")), &keys(&key)), No::InvalidSignature);
    let two = wire("GET", PATH, &[("Authorization", "a".to_owned()), ("Authorization", "a".to_owned())], b"");
    assert_eq!(refused(&two, &keys(&key)), No::InvalidRequestData);
    let mut asked = client().ask("GET", PATH, b"", now(), "n").unwrap();
    asked.headers.extend([(APP_AUTH_TOKEN, "t".to_owned()), (APP_AUTH_TOKEN, "u".to_owned())]);
    assert_eq!(refused(&wire("GET", PATH, &asked.headers, b""), &keys(&key)), No::InvalidRequestData);
    assert_eq!(refused(&wire("POST", PATH, &[], b""), &keys(&key)), No::InvalidHttpMethod);
    assert_eq!(refused(&wire("GET", "/v3/other", &[], b""), &keys(&key)), No::InvalidMethod);
}

#[test]
fn the_window_is_ten_minutes_either_way_and_expired_seconds_narrows_it() {
    let key = public("app");
    let outcome = |seconds_ago: i64, extra: &str, expired| {
        let at = now().as_millisecond() - seconds_ago * 1000;
        let raw = with_auth(&format!("app_id=1,nonce=n,timestamp={at}{extra}"));
        Unverified::parse(&raw.as_request())
            .unwrap()
            .verify(&keys(&key), now(), expired)
            .map(|_| ())
            .map_err(|refusal| refusal.no().unwrap())
    };
    let late = Err(No::InvalidTimestamp);
    for (ago, extra, expired, expected) in [
        (600, "", ExpiredSeconds::Narrows, Ok(())),
        (601, "", ExpiredSeconds::Narrows, late),
        (-600, "", ExpiredSeconds::Narrows, Ok(())),
        (-601, "", ExpiredSeconds::Narrows, late),
        (120, ",expired_seconds=120", ExpiredSeconds::Narrows, Ok(())),
        (121, ",expired_seconds=120", ExpiredSeconds::Narrows, late),
        (121, ",expired_seconds=120", ExpiredSeconds::Ignored, Ok(())),
        (601, ",expired_seconds=9000", ExpiredSeconds::Narrows, late),
        (0, ",expired_seconds=soon", ExpiredSeconds::Narrows, Err(No::InvalidParameter)),
        (0, ",expired_seconds=-1", ExpiredSeconds::Narrows, Err(No::InvalidParameter)),
        (0, ",expired_seconds=soon", ExpiredSeconds::Ignored, Ok(())),
    ] {
        assert_eq!(outcome(ago, extra, expired), expected, "{ago} {extra}");
    }
}

#[test]
fn certificate_mode_follows_the_serial_numbers() {
    let certificate = [Certificate::parse(&read("keys/app.crt")).unwrap()];
    let root = certificate::root_serial_number(&read("keys/root.crt")).unwrap();
    let app = AppKeys { key: None, certificates: &certificate, root_serial_number: Some(&root) };
    let sn = "0418b19f8eddd971bb9cf26814597199";
    let outcome = |certificates, keys: &AppKeys<'_>, at: Timestamp| {
        let asked = Client { certificates, ..client() }.ask("GET", PATH, b"", at, "n").unwrap();
        let raw = wire("GET", PATH, &asked.headers, &asked.body);
        let verified = Unverified::parse(&raw.as_request()).unwrap().verify(keys, at, ExpiredSeconds::Narrows);
        verified.map(|call| call.certificate_mode()).map_err(|refusal| refusal.no().unwrap())
    };
    assert_eq!(outcome(Some((sn, root.as_str())), &app, now()), Ok(true));
    assert_eq!(outcome(Some((sn, "")), &app, now()), Ok(true), "PHP sends no root");
    assert_eq!(outcome(Some((sn, "other")), &app, now()), Err(No::InvalidAlipayRootCertSn));
    assert_eq!(outcome(Some(("00", root.as_str())), &app, now()), Err(No::AppCertNotExist));
    let upper = sn.to_uppercase();
    assert_eq!(outcome(Some((&upper, root.as_str())), &app, now()), Err(No::AppCertNotExist), "every SDK's is lower");
    assert_eq!(outcome(None, &app, now()), Err(No::MissingAppCertSn));
    assert_eq!(
        outcome(Some((sn, root.as_str())), &app, "2046-01-01T00:00:00Z".parse().unwrap()),
        Err(No::AppCertExpired)
    );
    let key = public("app");
    assert_eq!(
        outcome(Some(("00", "other")), &keys(&key), now()),
        Ok(true),
        "in key mode the serial number is passed over"
    );
}

#[test]
fn small_keys_are_none() {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../../vectors/alipay-gateway/keys/");
    let small =
        PublicKey::parse(&std::fs::read(format!("{folder}app1024_public.pem")).unwrap(), Slot::AppPublic).unwrap();
    assert_eq!(run(&asked(&client(), PATH), &keys(&small), None).unwrap_err().no(), Some(No::MissingSignatureConfig));
}

#[test]
fn encrypted_bodies_are_opened_and_every_failure_is_one_refusal() {
    let key = public("app");
    let (good, other) = (ContentKey::from_bytes(&[1; 16]).unwrap(), ContentKey::from_bytes(&[2; 16]).unwrap());
    let target = "/v3/zhima/customer/jobworth/jobdata/add";
    let asked = Client { content_key: Some(&good), ..client() }
        .ask("POST", target, "{\"a\":\"收\"}".as_bytes(), now(), "n")
        .unwrap();
    let raw = wire("POST", target, &asked.headers, &asked.body);
    assert_eq!(run(&raw, &keys(&key), Some(&good)).unwrap().expose(), "{\"a\":\"收\"}");
    assert_eq!(run(&raw, &keys(&key), Some(&other)).unwrap_err().no(), Some(No::Undecryptable));
    assert_eq!(run(&raw, &keys(&key), None).unwrap_err().no(), Some(No::MissingEncryptKey));
    let of_type = |kind: &str| {
        let headers = asked.headers.iter();
        let headers: Vec<_> = headers
            .map(|(name, value)| (*name, if *name == ENCRYPT_TYPE { kind.to_owned() } else { value.clone() }))
            .collect();
        let raw = wire("POST", target, &headers, &asked.body);
        run(&raw, &keys(&key), Some(&good)).map(|opened| opened.expose().to_owned()).map_err(|refusal| refusal.no())
    };
    assert_eq!(of_type("SM4"), Err(Some(No::InvalidEncryptType)));
    assert_eq!(of_type("aes"), Ok("{\"a\":\"收\"}".to_owned()), "as at the gateway");
}

#[test]
fn a_body_that_is_no_json_is_said_to_be_so_encrypted_or_not() {
    let key = public("app");
    let content_key = ContentKey::from_bytes(&[1; 16]).unwrap();
    let target = "/v3/zhima/customer/jobworth/jobdata/add";
    let deep = "[".repeat(100_000);
    for (body, expected) in
        [("{", Some(No::IllegalJson)), (deep.as_str(), Some(No::IllegalJson)), ("", None), ("{}", None)]
    {
        for content_key in [None, Some(&content_key)] {
            let asked = Client { content_key, ..client() }.ask("POST", target, body.as_bytes(), now(), "n").unwrap();
            let raw = wire("POST", target, &asked.headers, &asked.body);
            assert_eq!(run(&raw, &keys(&key), content_key).err().and_then(|refusal| refusal.no()), expected);
        }
    }
    let padded = content_key.encrypt(b"");
    let lines_body = padded.as_bytes();
    let auth_string = format!("app_id=1,nonce=n,timestamp={}", now().as_millisecond());
    let sign = APP.sign_base64(
        Algorithm::Rsa2,
        &Lines { auth_string: &auth_string, method: "POST", target, body: lines_body, app_auth_token: None }.text(),
    );
    let headers =
        [("Authorization", format!("{SCHEME} {auth_string},sign={}", sign.unwrap())), (ENCRYPT_TYPE, "AES".to_owned())];
    assert_eq!(
        run(&wire("POST", target, &headers, lines_body), &keys(&key), Some(&content_key)).unwrap().expose(),
        "",
        "Node encrypts nothing too"
    );
}

/// Section 1.4: the actual body is signed, whatever the method. A GET's is not looked at beyond that.
#[test]
fn what_comes_along_with_a_get_is_signed_and_not_read() {
    let key = public("app");
    let asked = client().ask("GET", PATH, b"\xff{", now(), "n").unwrap();
    assert_eq!(run(&wire("GET", PATH, &asked.headers, b"\xff{"), &keys(&key), None).unwrap().expose(), "");
    let without = wire("GET", PATH, &asked.headers, b"");
    assert_eq!(run(&without, &keys(&key), None).unwrap_err().no(), Some(No::InvalidSignature));
}

#[test]
fn of_a_multipart_body_the_part_named_data_is_signed() {
    let key = public("app");
    let target = "/v3/zhima/customer/jobworth/picture/upload";
    let auth_string = format!("app_id=1,nonce=n,timestamp={}", now().as_millisecond());
    let lines = Lines { auth_string: &auth_string, method: "POST", target, body: b"{\"a\":1}", app_auth_token: None };
    let sign = APP.sign_base64(Algorithm::Rsa2, &lines.text()).unwrap();
    let body = b"--b\r\nContent-Disposition: form-data; name=\"data\"\r\nContent-Type: application/json\r\n\r\n{\"a\":1}\r\n--b\r\nContent-Disposition: form-data; name=\"f\"; filename=\"f\"\r\n\r\nx\r\n--b--\r\n";
    let headers = [
        ("Authorization", format!("{SCHEME} {auth_string},sign={sign}")),
        ("Content-Type", "multipart/form-data; boundary=b".to_owned()),
    ];
    assert_eq!(run(&wire("POST", target, &headers, body), &keys(&key), None).unwrap().expose(), "{\"a\":1}");
    let file_of_that_name = b"--b\r\nContent-Disposition: form-data; name=\"data\"; filename=\"f\"\r\n\r\nx\r\n";
    let with_file = [&file_of_that_name[..], body].concat();
    assert_eq!(run(&wire("POST", target, &headers, &with_file), &keys(&key), None).unwrap().expose(), "{\"a\":1}");
    assert_eq!(
        run(&wire("POST", target, &headers, b"--b"), &keys(&key), None).unwrap_err().no(),
        Some(No::InvalidRequestData)
    );
}

#[test]
fn an_absolute_target_is_signed_without_scheme_and_host() {
    assert_eq!(origin_form("http://a:1/v3/x?y=http://z/"), "/v3/x?y=http://z/");
    assert_eq!(origin_form("/v3/x?y=http://z/"), "/v3/x?y=http://z/");
    assert_eq!(origin_form("http://a"), "");
    let key = public("app");
    let asked = client().ask("GET", PATH, b"", now(), "n").unwrap();
    assert!(run(&wire("GET", &format!("http://127.0.0.1:80{PATH}"), &asked.headers, b""), &keys(&key), None).is_ok());
}

#[test]
fn a_broken_query_is_said_to_be_so_after_the_signature() {
    let key = public("app");
    for (query, good) in [("a=%E6%94%B6+x", true), ("a=%", false), ("a=%FF", false), ("a=%zz", false)] {
        let raw = asked(&client(), &format!("{PATH}?{query}"));
        let outcome = run(&raw, &keys(&key), None)
            .unwrap()
            .query(&["a"])
            .map(|query| query.value("a").unwrap().unwrap().to_owned());
        assert_eq!(
            outcome.as_deref().map_err(Refusal::no),
            if good { Ok("收 x") } else { Err(Some(No::InvalidEncoding)) },
            "{query}"
        );
    }
}

#[test]
fn debug_shows_nothing_of_a_person_or_a_signature() {
    let key = public("app");
    let raw = asked(&client(), &format!("{PATH}?cert_no=hidden"));
    let opened = run(&raw, &keys(&key), None).unwrap();
    let shown =
        format!("{opened:?} {:?} {:?}", opened.query(&["cert_no"]).unwrap(), opened.call().call.authorization());
    assert!(!shown.contains("hidden") && !shown.contains("sign="), "{shown}");
    assert_eq!(hex(&[1, 255]), "01ff");
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn any_changed_byte_under_the_signature_is_refused(at in any::<prop::sample::Index>(), body in any::<Vec<u8>>()) {
        let key = public("app");
        let target = "/v3/zhima/customer/jobworth/jobdata/add";
        let asked = client().ask("POST", target, &body, now(), "n").unwrap();
        let raw = wire("POST", target, &asked.headers, &asked.body);
        let good = Unverified::parse(&raw.as_request()).unwrap().verify(&keys(&key), now(), ExpiredSeconds::Narrows);
        prop_assert!(good.is_ok());
        if !body.is_empty() {
            let mut changed = body.clone();
            let at = at.index(changed.len());
            changed[at] ^= 1;
            let raw = wire("POST", target, &asked.headers, &changed);
            let bad = Unverified::parse(&raw.as_request()).unwrap().verify(&keys(&key), now(), ExpiredSeconds::Narrows);
            prop_assert_eq!(bad.unwrap_err().no(), Some(No::InvalidSignature));
        }
        // And a byte of the auth string.
        let mut headers = asked.headers.clone();
        let header = headers.iter_mut().find(|(name, _)| *name == "authorization").unwrap();
        header.1 = header.1.replace("nonce=n", "nonce=m");
        let raw = wire("POST", target, &headers, &asked.body);
        let bad = Unverified::parse(&raw.as_request()).unwrap().verify(&keys(&key), now(), ExpiredSeconds::Narrows);
        prop_assert_eq!(bad.unwrap_err().no(), Some(No::InvalidSignature));
    }

    #[test]
    fn no_request_panics(header in "[ -~]{0,120}", query in "[!-~]{0,80}", body in any::<Vec<u8>>()) {
        let key = public("app");
        let raw = wire("GET", &format!("{PATH}?{query}"), &[("Authorization", format!("{SCHEME} app_id=1,timestamp=1,{header}"))], &body);
        if let Ok(opened) = run(&raw, &keys(&key), None) {
            let _ = opened.query(&["a"]);
        }
        let _ = Authorization::parse(&header);
    }
}

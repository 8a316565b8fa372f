//! Every refusal that the gateway can print, reached; bad input; and what is known of a refused call afterwards.

use std::collections::BTreeSet;

use serde_json::json;
use shiming_server::doors::{Door, Head, IntakeRefusal, alipay_gateway::Settings};
use shiming_wire::{
    alipay::{keys::Algorithm, text::Charset},
    alipay_gateway::{
        No,
        codes::{ROWS, Use},
    },
};

use crate::{
    alipay_bench::{
        APP, AlipayBench, App, BARE_APP, CERTIFY, DISABLED_APP, Engine, OLD_APP, OLD_TOKEN, OTHER_TOKEN, SAME_FACE,
        Seen, Sent, content, content_key, content_of, photo, private_key, someone,
    },
    bench::{DOWN_ID, ID, NAME},
};

/// How each row is reached; `None` where nothing in this server can lead there, with the reason.
fn reach(no: No, bench: &AlipayBench) -> Result<Seen, &'static str> {
    let app = App::new();
    let good = || bench.signed(&app, CERTIFY, &someone("T1"));
    let by = |app: &App| Ok(bench.send(&bench.signed(app, CERTIFY, &someone("T1"))));
    let more = |more: &[(&str, &str)]| Ok(bench.send(&bench.signed_with(&app, CERTIFY, &someone("T1"), more)));
    let without = |name: &str| Ok(bench.send(&good().without(name)));
    let with = |name: &str, value: &str| Ok(bench.send(&good().with(name, value)));
    match no {
        No::BackEndDown => Ok(bench.send(&bench.signed(&app, CERTIFY, &content("T1", NAME, DOWN_ID, SAME_FACE)))),
        No::InvalidAuthToken => more(&[("auth_token", "composeB123")]),
        No::InvalidAppAuthToken => more(&[("app_auth_token", "unknown")]),
        No::AppAuthTokenTimeOut => more(&[("app_auth_token", OLD_TOKEN)]),
        No::AppAuthTokenNoApi => more(&[("app_auth_token", OTHER_TOKEN)]),
        No::MissingMethod => without("method"),
        No::MissingSignature => without("sign"),
        No::MissingSignatureType => without("sign_type"),
        No::MissingAppId => without("app_id"),
        No::MissingTimestamp => without("timestamp"),
        No::MissingVersion => without("version"),
        No::InvalidParameter => with("version", "1.1"),
        No::InvalidMethod => with("method", "alipay.trade.pay"),
        No::InvalidFormat => with("format", "xml"),
        No::InvalidSignatureType => with("sign_type", "SM2"),
        No::InvalidSignature => by(&App { key: private_key("stranger_private_pkcs1.pem"), ..App::new() }),
        No::InvalidEncryptType => more(&[("encrypt_type", "SM4")]),
        No::InvalidAppId => by(&App { id: DISABLED_APP, ..App::new() }),
        No::InvalidTimestamp => with("timestamp", "2026-11-32+00%3A00%3A00"),
        No::InvalidCharset => with("charset", "big5"),
        No::InvalidContentType => {
            let sent = good();
            Ok(bench.send(&Sent::post(&sent.target, "application/json", "{}")))
        }
        No::MissingSignatureConfig => by(&App { id: BARE_APP, ..App::new() }),
        No::NoEncryptKey => by(&App {
            id: OLD_APP,
            key: private_key("app1024_private_pkcs1.pem"),
            content_key: Some(content_key()),
            ..App::new()
        }),
        No::Undecryptable => Ok(bench.send(&bench.signed_with(&app, CERTIFY, "AAAA", &[("encrypt_type", "AES")]))),
        No::AppCallLimited => {
            let settings = Settings { in_flight_per_caller: 0, ..Settings::default() };
            let bench = AlipayBench::with(settings, Engine::Faces);
            Ok(bench.send(&bench.signed(&app, CERTIFY, &someone("T1"))))
        }
        No::InsufficientIsvPermissions => {
            Ok(bench.send(&bench.signed(&app, "zhima.customer.jobworth.adapter.query", "{}")))
        }
        No::AppCertExpired => Err("reached in a test of its own: the certificate lives until 2040"),
        No::Internal => Err("needs an installation without a key: reached in a test of its own"),
        No::AuthTokenTimeOut => Err("no user ever gets a token"),
        No::MissingSignatureKey => Err("the other row for the same: isv.missing-signature-config"),
        No::MissingEncryptType => Err("no method demands encryption"),
        No::NoAppAuth => Err("every method may be called for a merchant"),
        No::MethodCallLimited => Err("there are no quotas by method"),
        No::InsufficientUserPermissions => Err("merchants have no permissions of their own"),
        No::UnsupportedOperation
        | No::NoProduct
        | No::UploadFail
        | No::InvalidFileExtension
        | No::InvalidFileSize
        | No::InvalidToken
        | No::InvalidEncrypt
        | No::InvalidDigest
        | No::SuspectedAttack
        | No::EncryptTypeUnsupported
        | No::ForbiddenApi
        | No::InvalidAuthRelations => Err("listed only"),
    }
}

#[test]
fn every_row_that_can_be_reached_is_printed_as_the_table_says() {
    let mut reached = BTreeSet::new();
    for row in ROWS {
        let seen = match reach(row.no, &AlipayBench::new()) {
            Ok(seen) => seen,
            Err(why) => {
                assert!(row.uses != Use::Yes || why.contains("test of its own"), "{:?}: {why}", row.no);
                continue;
            }
        };
        assert_eq!(seen.status, 200);
        let node = seen.plain_node();
        assert_eq!(
            (&node["code"], &node["sub_code"]),
            (&json!(row.code.to_string()), &json!(row.sub_code)),
            "{:?}",
            row.no
        );
        assert!(node["sub_msg"].as_str().unwrap().starts_with(row.sub_msg), "{}", seen.text);
        // Section 2.5: signed wherever the app is known, but for what the real gateway was seen to leave unsigned.
        let unsigned =
            matches!(row.no, No::InvalidAppId | No::MissingAppId | No::MissingSignatureConfig | No::MissingMethod);
        assert_eq!(seen.envelope()["sign"].is_string(), !unsigned, "{:?}: {}", row.no, seen.text);
        if !unsigned && row.no != No::NoEncryptKey {
            seen.read_by(
                &App::new(),
                if row.no == No::InsufficientIsvPermissions {
                    "zhima.customer.jobworth.adapter.query"
                } else if row.no == No::InvalidMethod {
                    "alipay.trade.pay"
                } else {
                    CERTIFY
                },
            );
        }
        reached.insert(row.sub_code);
    }
    assert_eq!(reached.len(), 26);
}

#[test]
fn an_expired_certificate_has_its_own_code() {
    let bench = AlipayBench::new();
    bench.turn_clock(20 * 365 * 24 * 60 * 60);
    let seen = bench.send(&bench.signed(&App::certified(), CERTIFY, &someone("T1")));
    assert_eq!(seen.said(), "40003 app-cert-expired");
}

#[test]
fn without_the_method_the_node_is_error_response_and_nothing_is_signed() {
    let bench = AlipayBench::new();
    let seen = bench.send(&bench.signed(&App::new(), CERTIFY, "{}").without("method"));
    assert_eq!(
        seen.text,
        r#"{"error_response":{"code":"40001","msg":"Missing Required Arguments","sub_code":"isv.missing-method","sub_msg":"缺少方法名参数"}}"#
    );
}

#[test]
fn every_business_code_is_reached() {
    let bench = AlipayBench::new();
    let app = App::new();
    let changed = |name: &str, value: &str| {
        let mut content: serde_json::Value = serde_json::from_str(&someone("T1")).unwrap();
        content[name] = value.into();
        bench.call(&app, CERTIFY, &content.to_string()).said()
    };
    assert_eq!(changed("product_code", "w1010100000000000000"), "40004 ARRANGEMENT_ERROR");
    assert_eq!(changed("biz_code", "FACE_SDK"), "40004 UNSUPPORTED_BIZ_CODE");
    for (name, value) in [
        ("transaction_id", ""),
        ("transaction_id", "with-a-dash"),
        ("transaction_id", "012345678901234567890123456789012"),
        ("identity_param", "[]"),
        ("identity_param", r#"{"identity_type":"CERT_INFO","cert_type":"PASSPORT","cert_name":"甲甲","cert_no":"E1"}"#),
        (
            "identity_param",
            r#"{"identity_type":"CERT_INFO","cert_type":"IDENTITY_CARD","cert_name":"甲甲","cert_no":"E1"}"#,
        ),
        (
            "identity_param",
            r#"{"identity_type":"CERT_INFO","cert_type":"IDENTITY_CARD","cert_name":"","cert_no":"110101190001010014"}"#,
        ),
        ("materials", "{}"),
        ("materials", r#"{"FACIAL_PICTURE_FRONT":"/9j/4AAQSkZJR"}"#),
        ("materials", "not JSON"),
        ("linked_merchant_id", "letters"),
    ] {
        assert_eq!(changed(name, value), "40004 INVALID_PARAMETER", "{name} {value}");
    }
    // A picture that is one by its base64 alone.
    assert_eq!(changed("materials", r#"{"FACIAL_PICTURE_FRONT":"bm90IGEgcGljdHVyZQ=="}"#), "40004 BIZ_ERROR");
    assert_eq!(bench.entries(), 0, "none of these was a decision");
}

#[test]
fn a_refused_field_is_named_and_its_value_is_not() {
    let bench = AlipayBench::new();
    let seen = bench.call(&App::new(), CERTIFY, &content("T1", NAME, "11010119000101001", SAME_FACE));
    let text = seen.node["sub_msg"].as_str().unwrap();
    assert!(text.contains("cert_no") && !seen.text.contains("110101190"), "{text}");
}

#[test]
fn an_app_that_is_known_has_even_its_unreadable_calls_refused_under_signature() {
    let bench = AlipayBench::new();
    let app = App::new();
    let sent = bench.signed(&app, CERTIFY, &someone("T1"));
    for (spoilt, code) in [
        (
            Sent { target: format!("{}&app_id={APP}&x=1&x=2", sent.target), ..sent.clone() },
            "40002 isv.invalid-parameter",
        ),
        (sent.with("format", "xml"), "40002 isv.invalid-format"),
    ] {
        assert_eq!(bench.send(&spoilt).read_by(&app, CERTIFY).said(), code);
    }
    let unknown = bench.send(&sent.with("format", "xml").with("app_id", "1"));
    assert!(unknown.envelope().get("sign").is_none());
    // Whatever is wrong beside it: where no method names the node nothing is signed.
    for spoilt in [sent.without("method").with("format", "xml"), sent.with("method", "a b")] {
        let text = bench.send(&spoilt).text;
        assert!(text.starts_with(r#"{"error_response":{"#) && !text.contains(r#""sign""#), "{text}");
    }
    let other = bench.send(&sent.with("method", "alipay.trade.Pay"));
    assert!(other.text.starts_with(r#"{"alipay_trade_Pay_response":{"code":"40002""#), "{}", other.text);
    assert!(other.text.contains(r#"},"sign":""#), "{}", other.text);
}

/// Section 3.5: the app before its signature, and behind that one thing after the other.
#[test]
fn the_first_thing_that_is_wrong_is_what_the_door_answers() {
    const ADAPTER: &str = "zhima.customer.jobworth.adapter.query";
    let bench = AlipayBench::new();
    let bare = App { id: BARE_APP, ..App::new() };
    let said = |sent: &Sent| bench.send(sent).said();
    let spoilt = bench.signed(&bare, CERTIFY, "no JSON").without("sign_type");
    assert_eq!(said(&spoilt.with("app_id", "1").without("sign")), "40002 isv.invalid-app-id");
    assert_eq!(said(&spoilt.without("sign")), "40001 isv.missing-signature-type");
    let typed = bench.signed(&bare, CERTIFY, "no JSON").without("timestamp");
    assert_eq!(said(&typed.without("sign")), "40001 isv.missing-signature");
    assert_eq!(said(&typed), "40001 isv.missing-timestamp");
    assert_eq!(said(&bench.signed(&bare, CERTIFY, "no JSON")), "40003 isv.missing-signature-config");

    let wrong = [("app_auth_token", "unknown"), ("encrypt_type", "SM4")];
    for (method, more, expected) in [
        (ADAPTER, &wrong[..], "20001 aop.invalid-app-auth-token"),
        (ADAPTER, &wrong[1..], "40006 isv.insufficient-isv-permissions"),
        (CERTIFY, &wrong[1..], "40002 isv.invalid-encrypt-type"),
        (CERTIFY, &[], "40002 isv.invalid-parameter"),
    ] {
        let sent = bench.signed_with(&App::new(), method, "no JSON", more);
        assert_eq!(bench.send(&sent).read_by(&App::new(), method).said(), expected);
    }
}

#[test]
fn bad_input_is_refused_in_the_vendors_words_and_the_door_stays_open() {
    let bench = AlipayBench::new();
    let app = App::new();
    let sent = bench.signed(&app, CERTIFY, &someone("T1"));
    let many = (0..10_000).map(|n| format!("p{n}=1")).collect::<Vec<_>>().join("&");
    let many = Sent { target: format!("{}&{many}", sent.target), ..sent.clone() };
    assert_eq!(bench.send(&many).said(), "40002 isv.invalid-parameter");
    let twice = Sent { body: [sent.body.as_slice(), b"&biz_content=%7B%7D"].concat(), ..sent.clone() };
    assert_eq!(bench.send(&twice).said(), "40002 isv.invalid-parameter");

    let mut nested = "\"deep\"".to_owned();
    for _ in 0..10 {
        nested = serde_json::to_string(&nested).unwrap();
    }
    let mut content: serde_json::Value = serde_json::from_str(&someone("T1")).unwrap();
    content["identity_param"] = nested.into();
    assert_eq!(bench.call(&app, CERTIFY, &content.to_string()).said(), "40004 INVALID_PARAMETER");
    let deep = format!("{}{}", "[".repeat(100_000), "]".repeat(100_000));
    assert_eq!(bench.call(&app, CERTIFY, &deep).said(), "40002 isv.invalid-parameter");
    for text in ["[]", "null", "1", "{", "\"\"", "{\"a\":}"] {
        assert_eq!(bench.call(&app, CERTIFY, text).said(), "40002 isv.invalid-parameter", "{text}");
    }
    assert_eq!(bench.call(&app, CERTIFY, &someone("T2")).said(), "true 认证完成");
}

/// UTF-8 under a declared GBK (as Node does), and a GBK text cut in the middle of a character: signed bytes, wrong text.
#[test]
fn a_text_of_another_charset_than_the_declared_one_never_becomes_a_person() {
    let bench = AlipayBench::new();
    let app = App { charset: Charset::Gbk, ..App::new() };
    let cut = |content: &[u8]| {
        use shiming_wire::alipay::form::{Escapes, encode};
        let honest = bench.signed(&app, CERTIFY, "{}");
        let (_, query) = honest.target.split_once('?').unwrap();
        let mut pairs: Vec<(Vec<u8>, Vec<u8>)> = shiming_wire::alipay::form::fields(query.as_bytes())
            .filter(|field| *field.name != *b"sign")
            .map(|field| (field.name.into_owned(), field.value.into_owned()))
            .collect();
        pairs.push((b"biz_content".to_vec(), content.to_vec()));
        pairs.sort();
        let text: Vec<_> = pairs.iter().map(|(name, value)| [name.as_slice(), b"=", value].concat()).collect();
        let sign = app.key.sign_base64(Algorithm::Rsa2, &text.join(&b'&')).unwrap();
        let mut target = b"/gateway.do?sign=".to_vec();
        encode(&mut target, sign.as_bytes(), Escapes::Form);
        for (name, value) in &pairs {
            target.push(b'&');
            encode(&mut target, name, Escapes::Form);
            target.push(b'=');
            encode(&mut target, value, Escapes::Form);
        }
        bench.send(&Sent {
            method: "GET".into(),
            target: String::from_utf8(target).unwrap(),
            headers: http::HeaderMap::new(),
            body: Vec::new(),
        })
    };
    let utf8 = cut(someone("T1").as_bytes());
    assert!(
        ["40002 isv.invalid-parameter", "40004 INVALID_PARAMETER", "false 姓名与证件号不匹配"]
            .contains(&utf8.said().as_str()),
        "{}",
        utf8.text
    );
    let truncated = cut(b"{\"transaction_id\":\"T1\",\"x\":\"\xd1\"}");
    assert_eq!(truncated.said(), "40002 isv.invalid-parameter");
}

#[test]
fn what_the_intake_refuses_is_said_under_200_too() {
    let bench = AlipayBench::new();
    assert_eq!(bench.gateway.body_limit(), 4 * 1024 * 1024);
    let headers = http::HeaderMap::new();
    let target = bench.signed(&App::new(), CERTIFY, "{}").target;
    for why in [IntakeRefusal::BodyTooLarge, IntakeRefusal::BodyTooSlow, IntakeRefusal::BodyBroken] {
        let answer = bench.gateway.refuse(Head { method: "POST", target: &target, headers: &headers }, why);
        let text = String::from_utf8(answer.body.to_vec()).unwrap();
        assert!(
            text.starts_with(r#"{"zhima_customer_certification_material_certify_response":{"code":"40002""#),
            "{text}"
        );
        assert_eq!((answer.status.as_u16(), text.contains(r#"},"sign":""#)), (200, true), "the app is known: {text}");
    }
    let target = target.replace(APP, "2021009900000099");
    let unknown =
        bench.gateway.refuse(Head { method: "POST", target: &target, headers: &headers }, IntakeRefusal::BodyTooSlow);
    assert!(!String::from_utf8(unknown.body.to_vec()).unwrap().contains(r#""sign":"#));
}

#[test]
fn a_refused_signature_is_looked_into_and_its_mistake_named() {
    let bench = AlipayBench::new();
    let stranger = App { key: private_key("platform_private_pkcs1.pem"), ..App::new() };
    bench.send(&bench.signed(&stranger, CERTIFY, &someone("T1")));
    let refused = bench.wait_for_refused();
    assert!(refused.mistake.is_some(), "{refused:?}");
    assert_eq!((refused.door.as_str(), refused.caller.as_str()), ("alipay-gateway", APP));
    let shown = format!("{refused:?}");
    assert!([NAME, ID, "FACIAL", "sign="].iter().all(|value| !shown.contains(value)), "{shown}");
    assert!(refused.stages.iter().any(|stage| stage.text.contains("biz_content=…&charset=utf-8")), "{shown}");
}

/// A form's body is read up to its first `=`, so that the whole of a JSON text becomes a name.
#[test]
fn content_that_came_as_a_json_body_is_shown_nowhere() {
    let bench = AlipayBench::new();
    let sent = bench.signed(&App::new(), CERTIFY, &someone("T1"));
    let body = format!(r#"{{"cert_name":"{NAME}","cert_no":"{ID}","materials":"QQ=="}}"#);
    let answer = bench.send(&Sent::post(&sent.target, "application/x-www-form-urlencoded", body));
    let refused = format!("{:?}", bench.wait_for_refused());
    assert!(refused.contains("body  (…)"), "{refused}");
    for text in [refused, answer.said()] {
        assert!(!text.contains(NAME) && !text.contains(ID), "{text}");
    }
}

#[test]
fn other_mistakes_that_refuse_a_call_are_named_too() {
    for (spoil, slug) in [
        (
            (|bench| {
                bench.turn_clock(-3 * 24 * 60 * 60);
                bench.signed(&App::new(), CERTIFY, "{}")
            }) as fn(&AlipayBench) -> Sent,
            "clock",
        ),
        (|bench| bench.signed(&App { id: BARE_APP, ..App::new() }, CERTIFY, "{}"), "no-key"),
        (|bench| bench.signed(&App { algorithm: Algorithm::Rsa, ..App::new() }, CERTIFY, "{}"), "sha1-refused"),
        (|bench| bench.signed(&App { id: DISABLED_APP, ..App::new() }, CERTIFY, "{}"), "caller-disabled"),
        (|bench| bench.signed_with(&App::new(), CERTIFY, "AAAA", &[("encrypt_type", "AES")]), "aes-key"),
    ] {
        let bench = AlipayBench::new();
        let sent = spoil(&bench);
        if slug == "clock" {
            bench.turn_clock(3 * 24 * 60 * 60);
        }
        bench.send(&sent);
        let refused = bench.wait_for_refused();
        assert_eq!(refused.mistake.as_ref().map(|mistake| mistake.slug.as_str()), Some(slug), "{refused:?}");
    }
}

#[test]
fn a_picture_may_stand_beside_the_identity_as_the_older_sdk_has_it() {
    let bench = AlipayBench::new();
    let identity = json!({ "identity_type": "FACIAL_PICTURE_FRONT", "cert_type": "IDENTITY_CARD", "cert_name": NAME, "cert_no": ID, "FACIAL_PICTURE_FRONT": photo(SAME_FACE) });
    let mut content: serde_json::Value = serde_json::from_str(&content_of("T1", NAME, ID, None, "FACE_API")).unwrap();
    content["identity_param"] = identity.to_string().into();
    assert_eq!(bench.call(&App::new(), CERTIFY, &content.to_string()).said(), "true 认证完成");
}

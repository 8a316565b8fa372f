//! What an app is told about people at the gateway, in every form in which it may ask.

use serde_json::json;
use shiming_core::Unusable;
use shiming_server::doors::{
    Door, Head,
    alipay_gateway::{Outage, Settings},
};
use shiming_wire::alipay::{aes::ContentKey, keys::Algorithm, text::Charset};

use crate::{
    alipay_bench::{
        APP, AlipayBench, App, CERTIFY, DOWNLOAD, Engine, FACELESS, NO_FACE, OLD_APP, OTHER_FACE, OUTDATED, SAME_FACE,
        Sent, TOO_MANY, content, content_key, content_of, nobody, photo, private_key, someone, vector,
    },
    bench::{DOWN_ID, ID, NAME, NOBODY},
};

#[test]
fn every_verdict_has_its_words() {
    let bench = AlipayBench::new();
    let app = App::new();
    for (number, (name, id, face, said)) in [
        (NAME, ID, SAME_FACE, "true 认证完成"),
        (NAME, ID, OTHER_FACE, "false 身份信息与照片不一致"),
        ("样例乙", ID, SAME_FACE, "false 姓名与证件号不匹配"),
        (NAME, NOBODY, SAME_FACE, "40004 BIZ_ERROR"),
        (NAME, ID, NO_FACE, "40004 BIZ_ERROR"),
        (NAME, FACELESS, SAME_FACE, "40004 BIZ_ERROR"),
        (NAME, OUTDATED, SAME_FACE, "40004 BIZ_ERROR"),
        (NAME, ID, TOO_MANY, "40004 SYSTEM_ERROR"),
        (NAME, DOWN_ID, SAME_FACE, "20000 isp.unknow-error"),
        // The document's own sample: a number that cannot be anybody's.
        (NAME, "260104197909275964", SAME_FACE, "40004 BIZ_ERROR"),
    ]
    .into_iter()
    .enumerate()
    {
        let seen = bench.call(&app, CERTIFY, &content(&format!("T{number}"), name, id, face));
        assert_eq!((seen.status, seen.said().as_str()), (200, said), "{}", seen.text);
        assert_eq!(seen.headers["content-type"], "text/html;charset=utf-8");
        assert_eq!(seen.headers["trace_id"].len(), 31);
        assert!(seen.admitted);
        if seen.node["code"] == "10000" {
            let biz_no = seen.node["biz_no"].as_str().unwrap();
            assert!(biz_no.starts_with("ZM202611183000000") && biz_no.len() == 32, "{biz_no}");
        }
    }
}

#[test]
fn what_is_wrong_with_a_photo_is_said_and_the_ledger_keeps_the_reason() {
    let bench = AlipayBench::new();
    let app = App::new();
    let mut words = Vec::new();
    for reason in Unusable::ALL {
        let seen = bench.call(&app, CERTIFY, &content(reason.word(), NAME, ID, reason.word().as_bytes()));
        assert_eq!(seen.said(), "40004 BIZ_ERROR");
        let text = seen.node["sub_msg"].as_str().unwrap().to_owned();
        assert!(text.starts_with("业务异常,认证失败，照片"), "{text}");
        let unsaid = matches!(reason, Unusable::Unsaid | Unusable::NotLive);
        assert_eq!(text.ends_with("照片质量不合格"), unsaid, "{reason}: {text}");
        words.push(reason.word());
    }
    let mut kept = Vec::new();
    let each = |entry: shiming_store::ExportedEntry| {
        kept.push(entry.entry.ruling.word());
        true
    };
    bench.store.ledger().export(&shiming_store::Filter::default(), each).unwrap();
    assert_eq!(kept, words);
}

#[test]
fn a_busy_engine_may_be_asked_again_under_the_same_number() {
    let bench = AlipayBench::new();
    let app = App::new();
    assert_eq!(bench.call(&app, CERTIFY, &content("T1", NAME, ID, TOO_MANY)).said(), "40004 SYSTEM_ERROR");
    assert_eq!(bench.call(&app, CERTIFY, &content("T1", NAME, ID, SAME_FACE)).said(), "true 认证完成");
}

#[test]
fn a_portrait_without_an_engine_is_never_a_match() {
    let bench = AlipayBench::with(Settings::default(), Engine::None);
    let seen = bench.call(&App::new(), CERTIFY, &someone("T1"));
    assert_eq!(seen.said(), "40004 BIZ_ERROR");
    assert_eq!(seen.word, "BIZ_ERROR");
    let other_name = bench.call(&App::new(), CERTIFY, &content("T2", "样例乙", ID, SAME_FACE));
    assert_eq!(other_name.said(), "false 姓名与证件号不匹配");
}

#[test]
fn a_source_that_is_down_is_told_as_set() {
    let settings = Settings { outage: Outage::SystemError, ..Settings::default() };
    let bench = AlipayBench::with(settings, Engine::Faces);
    let seen = bench.call(&App::new(), CERTIFY, &content("T1", NAME, DOWN_ID, SAME_FACE));
    assert_eq!(seen.said(), "40004 SYSTEM_ERROR");
}

#[test]
fn the_gateway_is_at_its_path_and_at_its_other_one_and_nowhere_near() {
    let settings = Settings { alias: Some("/pay/gw".into()), ..Settings::default() };
    let bench = AlipayBench::with(settings, Engine::None);
    let headers = http::HeaderMap::new();
    let claims = |target| bench.gateway.claims(Head { method: "POST", target, headers: &headers });
    for target in ["/gateway.do", "/gateway.do?a=b", "/pay/gw?a=b", "http://openapi.alipay.com/gateway.do?a=b"] {
        assert!(claims(target), "{target}");
    }
    for target in ["/", "/gateway.do/", "/Gateway.do", "//gateway.do", "/x/gateway.do", "/pay", "http://gateway.do/"] {
        assert!(!claims(target), "{target}");
    }
}

#[test]
fn name_and_number_alone_are_a_scenario_of_ours_that_takes_no_picture() {
    let bench = AlipayBench::with(Settings::default(), Engine::None);
    let app = App::new();
    let ask = |transaction: &str, name: &str, picture: Option<&str>| {
        bench.call(&app, CERTIFY, &content_of(transaction, name, ID, picture, "CERT_INFO")).said()
    };
    assert_eq!(ask("T1", NAME, None), "true 认证完成");
    assert_eq!(ask("T2", "样例乙", None), "false 姓名与证件号不匹配");
    assert_eq!(ask("T3", NAME, Some(&photo(SAME_FACE))), "40004 INVALID_PARAMETER");
}

#[test]
fn the_answer_never_says_which_of_name_and_number_differs_and_the_ledger_does() {
    let bench = AlipayBench::new();
    bench.call(&App::new(), CERTIFY, &content("T1", "样例乙", ID, SAME_FACE));
    let mut entries = Vec::new();
    let each = |entry: shiming_store::ExportedEntry| {
        entries.push(entry.entry);
        true
    };
    bench.store.ledger().export(&shiming_store::Filter::default(), each).unwrap();
    let [entry] = entries.as_slice() else { panic!("one entry") };
    assert_eq!(
        (entry.door.as_str(), entry.caller.as_str(), entry.operation.as_str()),
        ("alipay-gateway", APP, CERTIFY)
    );
    assert!(format!("{:?}", entry.ruling).contains("name"));
    assert!(entry.request_id.starts_with("ZM"));
}

/// Every way in which the one call may be written.
#[test]
fn the_call_is_understood_in_every_layout() {
    let bench = AlipayBench::new();
    let app = App::new();
    let signed = |transaction: &str| bench.signed(&app, CERTIFY, &someone(transaction));
    let body = |sent: &Sent| String::from_utf8(sent.body.clone()).unwrap();

    let absolute = signed("T1");
    let absolute = Sent { target: format!("http://127.0.0.1{}", absolute.target), ..absolute };
    let in_query = signed("T2");
    let in_query = Sent { target: format!("{}&{}", in_query.target, body(&in_query)), body: Vec::new(), ..in_query };
    let by_get = signed("T3");
    let by_get = Sent {
        method: "GET".into(),
        target: format!("{}&{}", by_get.target, body(&by_get)),
        body: Vec::new(),
        ..by_get
    };
    let in_body = signed("T4");
    let (path, query) = in_body.target.split_once('?').unwrap();
    let in_body = Sent { target: path.into(), body: format!("{query}&{}", body(&in_body)).into_bytes(), ..in_body };
    for sent in [signed("T5"), absolute, in_query, by_get, in_body] {
        let seen = bench.send(&sent).read_by(&app, CERTIFY);
        assert_eq!(seen.said(), "true 认证完成", "{} {}", sent.method, sent.target);
    }
}

#[test]
fn multipart_text_parts_are_parameters() {
    let bench = AlipayBench::new();
    let app = App::new();
    let signed = bench.signed(&app, CERTIFY, &someone("T1"));
    let boundary = "--------------------------0123456789abcdef";
    let part = format!(
        "--{boundary}\r\nContent-Disposition: form-data; name=\"biz_content\"\r\n\r\n{}\r\n--{boundary}\r\nContent-Disposition: form-data; name=\"file\"; filename=\"a.jpg\"\r\n\r\nunsigned\r\n--{boundary}--\r\n",
        someone("T1")
    );
    let sent = Sent::post(&signed.target, &format!("multipart/form-data; boundary={boundary}"), part);
    assert_eq!(bench.send(&sent).read_by(&app, CERTIFY).said(), "true 认证完成");
}

#[test]
fn gbk_is_read_and_answered_as_the_client_can_read_it() {
    let bench = AlipayBench::new();
    let app = App { charset: Charset::Gbk, ..App::new() };
    let ask = |sdk: &[(&str, &str)], transaction: &str| {
        bench.send(&bench.signed_with(&app, CERTIFY, &content(transaction, NAME, ID, OTHER_FACE), sdk))
    };
    let java = ask(&[("alipay_sdk", "alipay-sdk-java-dynamicVersionNo")], "T1");
    assert!(std::str::from_utf8(&java.bytes).is_err(), "raw GBK: {}", java.text);
    let php = ask(&[("alipay_sdk", "alipay-sdk-php-20200415")], "T2");
    let unnamed = ask(&[], "T3");
    assert!([&php, &unnamed].iter().all(|seen| seen.bytes.is_ascii() && seen.text.contains("\\u")), "{}", php.text);
    for seen in [java, php, unnamed] {
        assert_eq!(seen.headers["content-type"], "text/html;charset=GBK");
        assert_eq!(seen.read_by(&app, CERTIFY).said(), "false 身份信息与照片不一致");
    }
}

#[test]
fn encrypted_content_is_answered_encrypted_refusals_too() {
    let bench = AlipayBench::new();
    let app = App { content_key: Some(content_key()), ..App::new() };
    for (content, said) in [
        (someone("T1"), "true 认证完成"),
        (nobody("T2"), "40004 BIZ_ERROR"),
        (String::new(), "40004 INVALID_PARAMETER"),
    ] {
        let seen = bench.call(&app, CERTIFY, &content);
        assert_eq!(seen.said(), said);
        assert!(seen.envelope().as_object().unwrap().values().next().unwrap().is_string(), "{}", seen.text);
    }
}

#[test]
fn certificate_mode_names_the_platforms_certificate() {
    let bench = AlipayBench::new();
    let app = App::certified();
    let seen = bench.call(&app, DOWNLOAD, r#"{"alipay_cert_sn":""}"#);
    assert!(seen.text.contains(r#"},"alipay_cert_sn":"140957359f44309dc6156680db6cd85c","sign":""#), "{}", seen.text);
    let seen = bench.call(&App::new(), CERTIFY, &someone("T1"));
    assert!(!seen.text.contains("alipay_cert_sn"));
}

#[test]
fn the_certificate_is_handed_out_even_without_a_version() {
    use base64::Engine as _;
    let bench = AlipayBench::new();
    let app = App::new();
    let seen = bench.call(&app, DOWNLOAD, r#"{"alipay_cert_sn":"unknown"}"#);
    let content = seen.node["alipay_cert_content"].as_str().unwrap();
    let pem = base64::engine::general_purpose::STANDARD.decode(content).unwrap();
    assert_eq!(String::from_utf8(pem).unwrap(), vector("keys/platform_cert.crt"));
    // Its own platform key has no certificate.
    let old = App { id: OLD_APP, key: private_key("app1024_private_pkcs1.pem"), ..App::new() };
    assert_eq!(bench.send(&bench.signed(&old, DOWNLOAD, "{}")).said(), "40006 isv.insufficient-isv-permissions");
}

#[test]
fn an_old_app_signs_with_sha1_and_a_small_key_and_is_answered_by_its_own_platform_key() {
    use shiming_wire::alipay::keys::{PublicKey, Slot};
    let bench = AlipayBench::new();
    let platform = PublicKey::parse(vector("keys/stranger_public.pem").as_bytes(), Slot::PlatformPublic).unwrap();
    let old = App {
        id: OLD_APP,
        key: private_key("app1024_private_pkcs1.pem"),
        algorithm: Algorithm::Rsa,
        platform,
        ..App::new()
    };
    let seen = bench.call(&old, CERTIFY, &content_of("T1", NAME, ID, None, "CERT_INFO"));
    assert_eq!(seen.said(), "true 认证完成");
}

/// Specification, section 4.4.
#[test]
fn a_transaction_id_is_answered_once_and_the_same_again() {
    let bench = AlipayBench::new();
    let app = App::new();
    let first = bench.call(&app, CERTIFY, &someone("T1"));
    bench.turn_clock(60);
    let again = bench.call(&app, CERTIFY, &someone("T1"));
    assert_eq!((&first.node, bench.entries()), (&again.node, 1), "another timestamp and signature, the same answer");

    // Content is compared as it is read, not as it is written.
    let mut spelled: serde_json::Value = serde_json::from_str(&someone("T1")).unwrap();
    let identity: serde_json::Value = serde_json::from_str(spelled["identity_param"].as_str().unwrap()).unwrap();
    spelled["identity_param"] = identity;
    spelled["merchant_config"] = json!("{}");
    assert_eq!(bench.call(&app, CERTIFY, &spelled.to_string()).node, first.node);

    for other in [content("T1", "样例乙", ID, SAME_FACE), content("T1", NAME, ID, OTHER_FACE), nobody("T1")] {
        assert_eq!(bench.call(&app, CERTIFY, &other).said(), "40004 INVALID_PARAMETER");
    }
    assert_eq!(bench.entries(), 1);

    // Another merchant's number is another.
    let mut linked: serde_json::Value = serde_json::from_str(&nobody("T1")).unwrap();
    linked["linked_merchant_id"] = json!("2088721630869411");
    assert_eq!(bench.call(&app, CERTIFY, &linked.to_string()).said(), "40004 BIZ_ERROR");
}

#[test]
fn what_nobody_could_decide_is_tried_again_under_the_same_number() {
    let bench = AlipayBench::new();
    let app = App::new();
    let down = content("T1", NAME, DOWN_ID, SAME_FACE);
    assert_eq!(bench.call(&app, CERTIFY, &down).said(), "20000 isp.unknow-error");
    assert_eq!(bench.call(&app, CERTIFY, &down).said(), "20000 isp.unknow-error");
    assert_eq!(bench.call(&app, CERTIFY, &someone("T1")).said(), "true 认证完成", "it was not used up");
}

#[test]
fn a_caller_acts_for_a_merchant_with_a_token() {
    use crate::alipay_bench::TOKEN;
    let bench = AlipayBench::new();
    let app = App::new();
    let said = |tokens: &[(&str, &str)]| {
        bench.send(&bench.signed_with(&app, CERTIFY, &someone("T1"), tokens)).read_by(&app, CERTIFY).said()
    };
    assert_eq!(said(&[("app_auth_token", TOKEN)]), "true 认证完成");
    // The merchant's token is looked at before the user's, which nobody ever got.
    assert_eq!(said(&[("app_auth_token", "x"), ("auth_token", "y")]), "20001 aop.invalid-app-auth-token");
    assert_eq!(said(&[("app_auth_token", TOKEN), ("auth_token", "y")]), "20001 aop.invalid-auth-token");
    assert_eq!(said(&[("app_auth_token", TOKEN), ("auth_token", "")]), "true 认证完成", "an empty one is none");
}

#[test]
fn a_key_of_another_size_decrypts_nothing_and_says_no_more_than_a_wrong_one() {
    let bench = AlipayBench::new();
    for key in [[1; 16].as_slice(), [2; 24].as_slice(), [3; 32].as_slice()] {
        let app = App { content_key: Some(ContentKey::from_bytes(key).unwrap()), ..App::new() };
        let seen = bench.send(&bench.signed(&app, CERTIFY, &someone("T1")));
        assert_eq!(seen.said(), "40003 isv.decryption-error-unknown");
        assert!(!seen.admitted && seen.envelope()["sign"].is_string());
    }
}

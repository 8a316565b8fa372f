use super::*;
use crate::alipay_gateway::call::tests::{DAY, client, keys, now, public, wire};
use crate::alipay_gateway::codes::{Business, Echo, Refusal};
use crate::alipay_gateway::material::Verdict;
use crate::alipay_gateway::reply::tests::platform;
use crate::alipay_gateway::{Unverified, call};

const METHOD: &str = "zhima.customer.certification.material.certify";

/// Asks, answers with a verdict, reads the answer.
fn around(client: &Client<'_>, refusal: Option<Refusal>) -> Answer {
    let key = public("app_public.pem");
    let asked = client.ask(METHOD, "{\"a\":\"收委\"}", &[], now()).unwrap();
    let raw = wire(&asked.target, &asked.content_type, &asked.body);
    let call = Unverified::parse(&raw.as_request()).unwrap().verify(&keys(&key), now(), DAY, Echo::default()).unwrap();
    let opened = call.open(client.content_key).unwrap();
    let verdict =
        Verdict { biz_no: "ZM201612013000000393900404029253", passed: false, failed_reason: "照片 a/b 不合格" };
    let platform = platform();
    let reply = match refusal {
        None => platform.answer(&opened, &verdict.node(), "t"),
        Some(refusal) => platform.refuse_opened(&opened, &refusal, "t"),
    }
    .sign()
    .unwrap();
    client.read(METHOD, &reply.body, client.charset, platform.key.public_key()).unwrap()
}

#[test]
fn both_sides_understand_each_other_in_every_mode() {
    let content_key = ContentKey::from_bytes(&[9; 32]).unwrap();
    for algorithm in [Algorithm::Rsa2, Algorithm::Rsa] {
        for charset in [Charset::Utf8, Charset::Gbk] {
            for certificates in [None, Some(("43f51bd2ddc8f33a0d0523b44dd414f4", "root"))] {
                for content_key in [None, Some(&content_key)] {
                    let client = Client { algorithm, charset, certificates, content_key, ..client() };
                    let answer = around(&client, None);
                    assert_eq!(answer.text("failed_reason").unwrap(), "照片 a/b 不合格");
                    assert_eq!((answer.code().as_deref(), answer.is_signed()), (Some("10000"), true));
                    assert_eq!(answer.alipay_cert_sn().is_some(), certificates.is_some());
                    let answer = around(&client, Some(Business::Transaction.into()));
                    assert_eq!(answer.sub_code().as_deref(), Some("TRANSACTION_ERROR"));
                }
            }
        }
    }
}

#[test]
fn an_answer_that_is_not_the_platforms_is_refused() {
    let client = client();
    let platform = platform();
    let frame = call::Frame {
        node_key: Some("zhima_customer_certification_material_certify_response".to_owned()),
        charset: Charset::Utf8,
        charset_name: "utf-8".to_owned(),
        algorithm: Algorithm::Rsa2,
        certificate_mode: false,
        java: false,
        verifies: call::Verifies::Bytes,
    };
    let seal = |signed| {
        platform.seal(&frame, br#"{"code":"10000","msg":"Success","passed":"true"}"#, signed, "").sign().unwrap().body
    };
    let read = |body: &[u8], key: &PublicKey| client.read(METHOD, body, Charset::Utf8, key).map(|_| ()).unwrap_err();
    let body = seal(crate::alipay_gateway::reply::Signed::Yes);
    assert_eq!(read(&body, &public("app_public.pem")), AnswerError::WrongSignature);
    let altered = String::from_utf8(body).unwrap().replace("\"true\"", "\"false\"");
    assert_eq!(read(altered.as_bytes(), platform.key.public_key()), AnswerError::WrongSignature);
    assert_eq!(read(&seal(crate::alipay_gateway::reply::Signed::No), platform.key.public_key()), AnswerError::Unsigned);
    for body in ["", "<html>", "{}", "{\"other_response\":{}}"] {
        assert_eq!(read(body.as_bytes(), platform.key.public_key()), AnswerError::Unreadable);
    }
}

#[test]
fn a_slash_signed_bare_and_sent_escaped_is_taken_as_java_and_php_do() {
    let json: serde_json::Value = serde_json::from_slice(&crate::alipay_gateway::call::tests::read(
        "responses/24-escaped-slash-signed-unescaped.json",
    ))
    .unwrap();
    let body = json["body_text"].as_str().unwrap();
    let answer = client().read(METHOD, body.as_bytes(), Charset::Utf8, &public("platform_public.pem")).unwrap();
    assert_eq!(answer.text("failed_reason").unwrap(), "见 a/b");
}

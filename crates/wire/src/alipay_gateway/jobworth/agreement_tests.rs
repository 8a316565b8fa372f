use super::*;
use crate::alipay::form::fields;
use crate::alipay::keys::{Algorithm, Slot};
use crate::alipay_gateway::call::tests::{now, read};
use crate::alipay_gateway::material::tests::opened;

#[test]
fn the_first_step_reads_its_extras_in_either_spelling() {
    for extra in [
        r#"{\"onceToken\":\"t\",\"identityType\":\"04\",\"queryType\":\"dim\"}"#,
        r#"{\"once_token\":\"t\",\"identity_type\":\"04\",\"query_type\":\"dim\"}"#,
    ] {
        let text = format!(r#"{{"out_agreement_no":"k","zm_service_id":"2019","extra_param":"{extra}"}}"#);
        let sign = opened(&text, AgreementSign::read).unwrap();
        assert_eq!(
            (sign.once_token.as_deref(), sign.identity_type.as_deref(), sign.query_type),
            (Some("t"), Some("04"), Some(QueryType::Dim))
        );
        assert_eq!(sign.product_code, "CREDIT_PAY_AFTER_USE");
    }
    let long = format!(r#"{{\"onceToken\":\"{}\"}}"#, "t".repeat(129));
    for extra in ["x", "[]", r#"{\"queryType\":\"both\"}"#, r#"{\"identityType\":\"\\ud800\"}"#, &long] {
        let text = format!(r#"{{"out_agreement_no":"k","zm_service_id":"2019","extra_param":"{extra}"}}"#);
        let wrong = opened(&text, AgreementSign::read).unwrap_err();
        assert_eq!(wrong.business(), Some(Business::ExtraParamFormat), "{extra}");
    }
}

#[test]
fn an_agreement_is_asked_for_by_one_of_two_numbers() {
    assert!(opened(r#"{"credit_agreement_id":"1"}"#, AgreementQuery::read).is_ok());
    assert!(opened("{\"x\":1}", AgreementQuery::read).is_err());
    let with =
        |extra: &str| opened(&format!(r#"{{"credit_agreement_id":"1","extra_param":{extra}}}"#), AgreementQuery::read);
    assert!(with("\"{}\"").is_ok() && with("{}").is_ok() && with("\"\"").is_ok());
    for extra in ["\"x\"", "[]", "1", "\"\\ud800\""] {
        assert_eq!(with(extra).unwrap_err().business(), Some(Business::ExtraParamFormat), "{extra}");
    }
}

#[test]
fn who_returns_brings_no_result_but_a_signed_word_that_there_is_one() {
    let key = PrivateKey::parse(&read("keys/platform_private_pkcs8.pem"), Slot::PlatformPrivate).unwrap();
    let told = Return { app_id: "2021", out_agreement_no: "A 1", token_status: "FINISH", at: now() };
    let address = return_address("https://m.test/back", &told, &key).unwrap();
    let text = format!(
        "app_id=2021&charset=utf-8&out_agreement_no=A 1&timestamp={}&token_status=FINISH",
        format_timestamp(now())
    );
    let (query, sign) = address.split_once("&sign_type=RSA2&sign=").unwrap();
    let plain = fields(query.split_once('?').unwrap().1.as_bytes())
        .map(|field| [&*field.name, &*field.value].map(|part| String::from_utf8(part.to_vec()).unwrap()).join("="))
        .collect::<Vec<_>>()
        .join("&");
    assert_eq!(plain, text);
    let given = crate::alipay::signature::signature(&crate::alipay::form::decode(sign.as_bytes())).unwrap();
    let digest = aws_lc_rs::digest::digest(&aws_lc_rs::digest::SHA256, plain.as_bytes());
    assert!(key.public_key().verifies(Algorithm::Rsa2, &digest, &given));
}

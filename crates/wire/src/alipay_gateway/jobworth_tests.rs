use super::*;
use crate::alipay_gateway::material::tests::opened;

const NINE: &str = r#"{"conn_key":"k","once_token":"t","query_type":"exact","identity_type":"04","service_id":"2019","user_id":"2088","open_id":"o","cert_no":"H1","cert_type":"3"}"#;

#[test]
fn the_nine_values_are_read_from_either_door() {
    let query = opened(NINE, Authentication::read).unwrap();
    assert_eq!(
        (query.conn_key.as_str(), query.identity_type.as_str(), query.query_type),
        ("k", "04", QueryType::Exact)
    );
    assert_eq!((query.cert_no.unwrap().expose(), query.cert_type), ("H1", Some(CertType::HongKongMacauTravel)));
}

#[test]
fn a_number_without_a_kind_is_an_identity_card_and_unset_values_are_absent() {
    let query = opened(
        &NINE.replace("\"3\"", "\"undefined\"").replace("2088", "null").replace("\"o\"", "\"\""),
        Authentication::read,
    )
    .unwrap();
    assert_eq!((query.cert_type, query.user_id, query.open_id), (Some(CertType::IdentityCard), None, None));
    let query = opened(&NINE.replace("H1", "").replace(",\"cert_type\":\"3\"", ""), Authentication::read).unwrap();
    assert_eq!((query.cert_no, query.cert_type), (None, None));
}

#[test]
fn wrong_values_are_named() {
    for (field, text) in [
        ("conn_key", NINE.replace("\"k\"", "\"\"")),
        ("once_token", NINE.replace("\"t\"", "null")),
        ("query_type", NINE.replace("exact", "exact\\\\dim")),
        ("cert_type", NINE.replace("\"3\"", "\"6\"")),
        ("service_id", NINE.replace("2019", &"9".repeat(65))),
    ] {
        assert!(opened(&text, Authentication::read).unwrap_err().sub_msg().contains(field), "{field}");
    }
}

#[test]
fn asking_beforehand_needs_all_five() {
    let five =
        r#"{"identity_type":"04","once_token":"t","out_agreement_no":"k","query_type":"dim","zm_service_id":"2019"}"#;
    assert_eq!(opened(five, Preconsult::read).unwrap().once_token, "t");
    for name in ["identity_type", "once_token", "out_agreement_no", "query_type", "zm_service_id"] {
        assert!(opened(&five.replace(name, "x"), Preconsult::read).unwrap_err().sub_msg().contains(name), "{name}");
    }
}

#[test]
fn a_signed_string_is_a_query_with_or_without_the_gateways_address() {
    for given in ["a=b&c=d?e", "?a=b&c=d?e", "https://id.test/gateway.do?a=b&c=d?e"] {
        let plugin = opened(&format!(r#"{{"sign_str":"{given}"}}"#), Plugin::read).unwrap();
        assert_eq!(plugin.signed_string(), "a=b&c=d?e", "{given}");
    }
}

#[test]
fn answers_leave_out_what_is_absent() {
    let result = AuthenticationResult {
        identity_result: IdentityResult::WaitingVerify,
        identity_result_skip_url: None,
        merchant_identity_id: None,
        open_id: None,
        user_id: None,
    };
    assert_eq!(
        result.members().collect::<Vec<_>>(),
        [("identity_result", "WAITING_VERIFY"), ("token_status", "PROCESSING")]
    );
}

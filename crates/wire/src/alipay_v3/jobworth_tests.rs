use super::*;
use crate::alipay_v3::call::ExpiredSeconds;
use crate::alipay_v3::call::tests::{PATH, asked, client, keys, now, public};
use crate::alipay_v3::{Business, Unverified};

fn opened<T>(query: &str, use_it: impl FnOnce(&Opened<'_>) -> T) -> T {
    let app = public("app");
    let raw = asked(&client(), &format!("{PATH}?{query}"));
    use_it(
        &Unverified::parse(&raw.as_request())
            .unwrap()
            .verify(&keys(&app), now(), ExpiredSeconds::Narrows)
            .unwrap()
            .open(None)
            .unwrap(),
    )
}

const FIVE: &str = "conn_key=k&once_token=t&query_type=dim&identity_type=04&service_id=2019";

#[test]
fn a_query_is_read_whoever_escaped_it() {
    for query in [
        format!("{FIVE}&cert_no=H%EF%BC%889+x&cert_type=3&future=1"),
        format!("{FIVE}&cert_no=H%EF%BC%889%20x&cert_type=3"),
    ] {
        let call = opened(&query, authentication).unwrap();
        assert_eq!((call.cert_no.unwrap().expose(), call.cert_type), ("H（9 x", Some(CertType::HongKongMacauTravel)));
    }
}

#[test]
fn a_card_without_its_zero_is_a_card_with_it() {
    for query in [
        format!("{FIVE}&cert_no=1"),
        format!("{FIVE}&cert_no=1&cert_type=0"),
        format!("{FIVE}&cert_no=1&cert_type="),
        format!("{FIVE}&cert_no=1&cert_type=undefined&user_id=null"),
    ] {
        let call = opened(&query, authentication).unwrap();
        assert_eq!((call.cert_type, call.user_id), (Some(CertType::IdentityCard), None), "{query}");
    }
}

#[test]
fn what_is_missing_repeated_or_wrong_is_named() {
    for (name, query) in [
        ("conn_key", FIVE.replace("conn_key=k", "conn_key=")),
        ("once_token", FIVE.replace("once_token", "other")),
        ("query_type", FIVE.replace("dim", "exact%5Cdim")),
        ("service_id", format!("{FIVE}&service_id=2019")),
        ("cert_type", format!("{FIVE}&cert_type=9")),
    ] {
        let refusal = opened(&query, authentication).unwrap_err();
        assert_eq!(refusal.business(), Some(Business::InvalidParameter), "{name}");
        assert!(refusal.message().contains(name), "{name}: {}", refusal.message());
    }
}

#[test]
fn an_agreement_is_named_by_one_of_two_numbers() {
    assert_eq!(opened("out_agreement_no=k", agreement).unwrap().out_agreement_no.as_deref(), Some("k"));
    assert!(opened("x=1", agreement).is_err());
    for extra in ["", "undefined", "null", "%7B%22a%22%3A1%7D"] {
        assert!(opened(&format!("out_agreement_no=k&extra_param={extra}"), agreement).is_ok(), "{extra}");
    }
    assert_eq!(opened("out_agreement_no=k&extra_param=a", agreement).unwrap_err().code(), "EXTRA_PARAM_FORMAT_ERROR");
    assert!(opened("out_agreement_no=k&out_agreement_no=k", agreement).is_err());
}

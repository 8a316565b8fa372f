use super::*;
use crate::alipay::form::fields;
use crate::alipay::keys::Slot;
use crate::alipay_gateway::call::tests::{now, read};
use crate::alipay_gateway::material::tests::opened;
use aws_lc_rs::digest;

const CONTENT: &str = r#"{"transaction_id":"T_1","product_code":"w1010100000000002978","biz_code":"FACE","identity_param":{"identity_type":"CERT_INFO","cert_type":"IDENTITY_CARD","cert_name":"收委","cert_no":"1"},"face_contrast_picture":"QUJD"}"#;

#[test]
fn a_begun_certification_is_read() {
    let call = opened(CONTENT, Initialize::read).unwrap();
    assert_eq!((call.biz_code.as_str(), call.face_contrast_picture.unwrap().expose()), ("FACE", "QUJD"));
    let long = CONTENT.replace("收委", &"收".repeat(5000));
    assert!(opened(&long, Initialize::read).unwrap_err().sub_msg().contains("identity_param"));
}

#[test]
fn a_number_is_needed_and_fits() {
    assert_eq!(opened(r#"{"biz_no":"ZM1"}"#, ByNumber::read).unwrap().biz_no, "ZM1");
    for text in [r#"{"biz_no":""}"#, "{}", &format!(r#"{{"biz_no":"{}"}}"#, "1".repeat(33))] {
        assert!(opened(text, ByNumber::read).is_err(), "{text}");
    }
}

#[test]
fn the_return_address_verifies_as_a_notification_does() {
    let key = PrivateKey::parse(&read("keys/platform_private_pkcs8.pem"), Slot::PlatformPrivate).unwrap();
    let result = Return { app_id: "2021", biz_no: "ZM1", passed: true, failed_reason: "认证完成", at: now() };
    for (url, front) in [
        ("https://m.test/back", "https://m.test/back?app_id="),
        ("https://m.test/back?o=1#top", "https://m.test/back?o=1&app_id="),
        ("https://m.test/?", "https://m.test/?app_id="),
    ] {
        let address = return_address(url, &result, &key).unwrap();
        assert!(address.starts_with(front), "{address}");
        assert_eq!(address.ends_with("#top"), url.ends_with("#top"));
        let query = address.split_once('?').unwrap().1.split('#').next().unwrap();
        let mut pairs: Vec<_> = fields(query.as_bytes())
            .map(|field| {
                (String::from_utf8(field.name.to_vec()).unwrap(), String::from_utf8(field.value.to_vec()).unwrap())
            })
            .collect();
        let sign = pairs.pop().unwrap();
        assert_eq!((sign.0.as_str(), pairs.pop().unwrap().1.as_str()), ("sign", "RSA2"));
        pairs.retain(|(name, _)| name != "o");
        let text = pairs.iter().map(|(name, value)| format!("{name}={value}")).collect::<Vec<_>>().join("&");
        let given = crate::alipay::signature::signature(sign.1.as_bytes()).unwrap();
        assert!(key.public_key().verifies(Algorithm::Rsa2, &digest::digest(&digest::SHA256, text.as_bytes()), &given));
    }
}

use super::*;
use crate::alipay::text::Charset;
use crate::alipay_gateway::Unverified;
use crate::alipay_gateway::call::tests::{DAY, client, keys, now, public, read, wire};
use crate::alipay_gateway::client::Client;
use crate::alipay_gateway::codes::Echo;
use crate::request::RawRequest;

pub(crate) fn opened<T>(content: &str, use_it: impl FnOnce(&Opened<'_>) -> T) -> T {
    let key = public("app_public.pem");
    let asked = client().ask("zhima.customer.certification.material.certify", content, &[], now()).unwrap();
    let raw = wire(&asked.target, &asked.content_type, &asked.body);
    let call = Unverified::parse(&raw.as_request()).unwrap().verify(&keys(&key), now(), DAY, Echo::default()).unwrap();
    use_it(&call.open(None).unwrap())
}

fn typed(content: &str) -> Result<MaterialCertify, Refusal> {
    opened(content, MaterialCertify::read)
}

const IDENTITY: &str = r#"{\"identity_type\":\"CERT_INFO\",\"cert_type\":\"IDENTITY_CARD\",\"cert_name\":\"收委\",\"cert_no\":\"260104197909275964\"}"#;

fn content(change: impl Fn(&str) -> String) -> String {
    change(&format!(
        r#"{{"transaction_id":"ZGYD201610252323000001234","product_code":"w1010100000000002978","biz_code":"FACE_API","identity_param":"{IDENTITY}","materials":"{{\"FACIAL_PICTURE_FRONT\":\"QUJD\"}}","linked_merchant_id":"2088721630869411"}}"#
    ))
}

#[test]
fn the_recorded_calls_are_read() {
    for (file, name, number) in [
        ("01-python-utf8-rsa2", "收委", "260104197909275964"),
        ("04-java-gbk-document-example", "收委", "260104197909275964"),
    ] {
        let raw = RawRequest::parse(&read(&format!("{file}.http"))).unwrap();
        let key = public("app_public.pem");
        let opened = Unverified::parse(&raw.as_request())
            .unwrap()
            .verify(&keys(&key), now(), DAY, Echo::default())
            .unwrap()
            .open(None)
            .unwrap();
        let call = MaterialCertify::read(&opened).unwrap();
        assert_eq!((call.identity.cert_name.expose(), call.identity.cert_no.expose()), (name, number), "{file}");
        assert_eq!((call.biz_code.as_str(), call.product_code.as_str()), (FACE_API, PRODUCT_CODE));
        // The document's sample picture is thirteen characters and cannot be decoded.
        assert_eq!(call.picture.unwrap().is_ok(), file.starts_with("01"), "{file}");
    }
}

#[test]
fn the_second_byte_of_a_gbk_character_is_no_sign_of_json() {
    // 乗亄亅亇 end in the bytes of a backslash, an opening brace, a bar and a closing brace.
    let content = content(|text| text.replace("收委", "乗亄亅亇"));
    let asked = Client { charset: Charset::Gbk, ..client() }
        .ask("zhima.customer.certification.material.certify", &content, &[], now())
        .unwrap();
    let (raw, key) = (wire(&asked.target, &asked.content_type, &asked.body), public("app_public.pem"));
    let call = Unverified::parse(&raw.as_request()).unwrap().verify(&keys(&key), now(), DAY, Echo::default()).unwrap();
    let call = MaterialCertify::read(&call.open(None).unwrap()).unwrap();
    assert_eq!(call.identity.cert_name.expose(), "乗亄亅亇");
}

#[test]
fn an_object_where_a_string_belongs_and_keys_in_lower_case_are_the_same_call() {
    let string = typed(&content(str::to_owned)).unwrap();
    let plain = IDENTITY.replace('\\', "");
    let object = typed(&content(|text| {
        text.replace(&format!("\"{IDENTITY}\""), &plain)
            .replace(r#""{\"FACIAL_PICTURE_FRONT\":\"QUJD\"}""#, r#"{"facial_picture_front":"QUJD"}"#)
    }))
    .unwrap();
    assert_eq!(string.content(), object.content());
    assert_eq!(string.picture.unwrap().unwrap().0, b"ABC");
}

#[test]
fn a_picture_beside_the_identity_is_found() {
    for materials in ["{}", ""] {
        let call = typed(&content(|text| {
            text.replace("CERT_INFO\\\",", "FACIAL_PICTURE_FRONT\\\",\\\"FACIAL_PICTURE_FRONT\\\":\\\"QUJE\\\",")
                .replace(r#"{\"FACIAL_PICTURE_FRONT\":\"QUJD\"}"#, materials)
        }))
        .unwrap();
        assert_eq!(call.identity.identity_type, IdentityType::FacialPictureFront);
        assert_eq!(call.picture.unwrap().unwrap().0, b"ABD");
    }
}

#[test]
fn unreadable_content_is_the_gateways_refusal_and_wrong_fields_the_business_ones() {
    let refused = |text: &str| typed(text).unwrap_err();
    assert_eq!(refused(" ").business(), Some(Business::InvalidParameter));
    for text in ["[]", "{", "\"a\"", "QUJD"] {
        assert_eq!(refused(text).no(), Some(No::InvalidParameter), "{text}");
    }
    for (field, text) in [
        ("transaction_id", content(|text| text.replace("ZGYD201610252323000001234", ""))),
        ("transaction_id", content(|text| text.replace("ZGYD201610252323000001234", "a-b"))),
        ("transaction_id", content(|text| text.replace("ZGYD201610252323000001234", &"a".repeat(33)))),
        ("product_code", content(|text| text.replace("\"w1010100000000002978\"", "null"))),
        ("biz_code", content(|text| text.replace("biz_code", "other"))),
        ("identity_param", content(|text| text.replace(IDENTITY, "x"))),
        ("identity_type", content(|text| text.replace("CERT_INFO", "OTHER"))),
        ("cert_name", content(|text| text.replace("收委", ""))),
        ("cert_no", content(|text| text.replace("260104197909275964", ""))),
        ("cert_no", content(|text| text.replace(r#"\"260104197909275964\""#, "[260104197909275964]"))),
        ("materials", content(|text| text.replace(r#"{\"FACIAL_PICTURE_FRONT\":\"QUJD\"}"#, "[]"))),
        ("materials", content(|text| text.replace(r#"{\"FACIAL_PICTURE_FRONT\":\"QUJD\"}"#, ""))),
        ("materials", content(|text| text.replace("QUJD", &"收".repeat(LONGEST_PART)))),
        ("linked_merchant_id", content(|text| text.replace("2088721630869411", "x"))),
    ] {
        let refusal = refused(&text);
        assert_eq!(refusal.business(), Some(Business::InvalidParameter), "{field}");
        assert!(refusal.sub_msg().contains(field), "{field}: {}", refusal.sub_msg());
    }
}

#[test]
fn the_number_of_a_check_has_the_known_form() {
    let number = biz_no("2016-11-30T16:00:00Z".parse().unwrap(), 393_900_404_029_253);
    assert_eq!((number.as_str(), number.len()), ("ZM201612013000000393900404029253", 32));
    assert_eq!(biz_no(now(), u64::MAX).len(), 32);
}

#[test]
fn debug_shows_nothing_of_a_person() {
    let shown = format!("{:?}", typed(&content(str::to_owned)).unwrap());
    assert!(!shown.contains("收委") && !shown.contains("260104") && !shown.contains("QUJD"), "{shown}");
}

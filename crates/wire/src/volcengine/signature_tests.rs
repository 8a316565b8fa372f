use serde_json::{Value as Json, json};

use super::*;
use crate::volcengine::samples::Owned;
use crate::volcengine::sign::Manner;

fn application(body: &Json, operation: OperationName) -> Result<SignatureApplication<'static>, String> {
    let bytes: &'static [u8] = body.to_string().into_bytes().leak();
    SignatureApplication::read_unverified(bytes, operation, PictureLimits::default())
        .map_err(|refusal| refusal.reason().unwrap().to_owned())
}

const FIRST: OperationName = OperationName::ApplySmsSignature;
const SECOND: OperationName = OperationName::ApplySmsSignatureV2;

fn whole() -> Json {
    json!({
        "subAccounts": ["b", "a", "b"], "content": "样例", "source": 2, "desc": "用途", "domain": "example.test", "purpose": 1,
        "signatureIdentificationID": 582_712_331_329_i64, "scene": "登录", "channelTypes": ["CN_OTP"],
        "appIcp": {"appIcpFilling": "京ICP备1号", "appIcpFileList": null},
        "trademark": {"trademarkCn": "样例", "trademarkNumber": "1", "trademarkFileList": []}, "uploadFileList": null,
    })
}

#[test]
fn a_whole_application_is_read_and_what_go_leaves_unset_too() {
    let read = application(&whole(), SECOND).unwrap();
    assert_eq!(read.sub_accounts, ["a", "b"]);
    assert_eq!(
        (read.source.number(), read.source.word(), read.ident),
        (Some(2), "APP全称/简称", Some(582_712_331_329))
    );
    assert_eq!(
        (read.channel_types.len(), read.trademark.iter().flatten().count(), read.app_icp.is_some()),
        (1, 2, true)
    );
    let go = json!({
        "subAccount": "a", "content": "样例", "source": "公司全称/简称", "domain": "", "uploadFileList": null, "purpose": 0,
        "signatureIdentificationID": 0,
    });
    let read = application(&go, FIRST).unwrap();
    assert_eq!(
        (read.sub_accounts.as_slice(), read.source, read.purpose),
        (&["a".to_owned()][..], Source::Company, None)
    );
    assert_eq!((read.ident, read.domain), (None, None));
}

#[test]
fn node_sends_the_first_application_in_a_query() {
    let target = "/?Action=ApplySmsSignature&Version=2021-01-11&subAccount=a&content=%E6%A0%B7%22&source=x&purpose=1\
                  &signatureIdentificationID=582712331329";
    let request = Owned::new("GET", target, "").signed(Manner::Node);
    let parameters = Parameters::of(&request.admit().unwrap());
    let read = SignatureApplication::read(&parameters, FIRST, PictureLimits::default()).unwrap();
    assert_eq!((read.content.expose(), read.purpose, read.ident), ("样\"", Some(Purpose::Own), Some(582_712_331_329)));
    let request = Owned::new("POST", target, r#"{"subAccount":"b"}"#).signed(Manner::Go);
    let parameters = Parameters::of(&request.admit().unwrap());
    let refusal = SignatureApplication::read(&parameters, FIRST, PictureLimits::default()).unwrap_err();
    assert_eq!(refusal.reason(), Some("content 必填"), "a body is the whole of it");
}

#[test]
fn a_description_may_have_lines_and_a_signature_may_not() {
    for (field, told) in [
        ("desc", "ok"),
        ("scene", "ok"),
        ("content", "content 不能含有控制字符"),
        ("domain", "domain 不能含有控制字符"),
    ] {
        let mut body = whole();
        body[field] = "一\r\n\t二".into();
        assert_eq!(application(&body, SECOND).map_or_else(|told| told, |_| "ok".to_owned()), told, "{field}");
        body[field] = "一\u{1b}[2J".into();
        assert_eq!(application(&body, SECOND).unwrap_err(), format!("{field} 不能含有控制字符"));
    }
}

#[test]
fn the_versions_need_different_fields() {
    for (field, first, second) in [
        ("subAccounts", "subAccount 必填", "ok"),
        ("content", "content 必填", "content 必填"),
        ("source", "source 必填", "source 必填"),
        ("desc", "ok", "desc 必填"),
        ("purpose", "ok", "purpose 必填"),
        ("signatureIdentificationID", "ok", "signatureIdentificationID 必填"),
    ] {
        let mut body = whole();
        body[field] = Json::Null;
        let said = |operation| application(&body, operation).map_or_else(|told| told, |_| "ok".to_owned());
        assert_eq!((said(FIRST).as_str(), said(SECOND).as_str()), (first, second), "{field}");
    }
}

#[test]
fn what_should_be_an_object_is_one_or_nothing() {
    for field in ["appIcp", "trademark"] {
        for (value, told) in [
            (json!("x"), format!("{field} 必须是对象")),
            (json!([]), format!("{field} 必须是对象")),
            (json!({}), "ok".to_owned()),
            (json!(""), "ok".to_owned()),
            (Json::Null, "ok".to_owned()),
        ] {
            let mut body = whole();
            body[field] = value;
            assert_eq!(application(&body, SECOND).map_or_else(|told| told, |_| "ok".to_owned()), told);
        }
    }
}

#[test]
fn a_source_is_a_number_or_a_word_of_any_age() {
    for (source, expected) in [
        (json!(1), Ok(Source::Company)),
        (json!(3), Ok(Source::Trademark)),
        (json!("app全称/简称"), Ok(Source::App)),
        (json!("工信部备案网站全称/简称"), Ok(Source::Word("工信部备案网站全称/简称".into()))),
        (json!(4), Err("source 不在取值范围内".to_owned())),
        (json!(0), Err("source 必填".to_owned())),
        (json!(true), Err("source 必须是字符串".to_owned())),
    ] {
        let mut body = whole();
        body["source"] = source;
        assert_eq!(application(&body, SECOND).map(|read| read.source), expected);
    }
}

#[test]
fn a_deletion_names_an_id_as_a_text_or_a_number() {
    let read = |body: Json| {
        Deletion::read_unverified(body.to_string().as_bytes()).map_err(|refusal| refusal.reason().unwrap().to_owned())
    };
    let go = read(json!({"subAccount": "a", "id": "100000000001", "isOrder": false})).unwrap();
    assert_eq!((go.signature, go.is_order, go.sub_accounts), (100_000_000_001, false, vec!["a".to_owned()]));
    assert!(read(json!({"id": 1, "isOrder": true})).unwrap().is_order);
    let java = read(json!({"SubAccounts": ["a"], "Id": 100_000_000_001_i64, "IsOrder": true})).unwrap();
    assert_eq!(java, Deletion { sub_accounts: vec!["a".to_owned()], signature: 100_000_000_001, is_order: true });
    assert_eq!(read(json!({"id": "x"})).unwrap_err(), "id 必须是整数");
    assert_eq!(read(json!({"id": 1, "isOrder": "no"})).unwrap_err(), "isOrder 必须是布尔值");
    assert_eq!(read(json!({})).unwrap_err(), "id 必填");
}

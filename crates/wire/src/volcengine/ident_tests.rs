use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};

use super::*;
use crate::volcengine::file::Side;
use crate::volcengine::samples::{png_of, vector};

fn file(doc_type: i64) -> Value {
    json!({"fileType": doc_type, "fileContent": STANDARD.encode(png_of(64)), "fileSuffix": "png", "fileUrl": ""})
}

fn person(types: &[i64]) -> Value {
    let files: Vec<_> = types.iter().map(|doc_type| file(*doc_type)).collect();
    json!({"certificateType": 0, "personCertificate": files, "personName": "样例甲", "personIDCard": "110101190001010014", "personMobile": "13800000000"})
}

fn body() -> Value {
    json!({
        "materialName": "资质1",
        "businessInfo": {
            "businessCertificateType": 1, "businessCertificate": file(1), "businessCertificateName": "样例有限公司",
            "unifiedSocialCreditIdentifier": "91110000600037341L", "businessCertificateValidityPeriodStart": "2020-01-12",
            "businessCertificateValidityPeriodEnd": "2040-01-12", "legalPersonName": "样例甲",
        },
        "operatorPerson": person(&[8, 9]),
        "responsiblePersonInfo": person(&[10, 11]),
        "legalPerson": person(&[18, 19]),
        "powerOfAttorney": [file(5)],
        "otherMaterials": [file(6)],
        "effectSignatures": ["样例", "", "样例乙"],
        "businessCheckTicket": "t1", "operatorCheckTicket": "", "legalCheckTicket": "t2", "from": "x", "copyNew": false,
        "purpose": 2,
    })
}

fn said(body: &Value, rules: Rules) -> String {
    match SignatureIdent::read_unverified(body.to_string().as_bytes(), rules) {
        Ok(read) => format!("ok {}", read.odd_files().join(", ")).trim_end().to_owned(),
        Err(refusal) => refusal.reason().unwrap().to_owned(),
    }
}

/// What is said of the body with one member changed; `null` takes it away.
fn with(pointer: &str, value: Value) -> String {
    let mut body = body();
    *body.pointer_mut(pointer).unwrap() = value;
    said(&body, Rules::default())
}

#[test]
fn a_whole_body_is_read() {
    let text = body().to_string();
    let read = SignatureIdent::read_unverified(text.as_bytes(), Rules::default()).unwrap();
    assert_eq!((read.id, read.purpose, read.material_name.expose()), (None, Purpose::Others, "资质1"));
    assert_eq!((read.power_of_attorney.len(), read.other_materials.len(), read.effect_signatures.len()), (1, 1, 2));
    assert_eq!(read.persons.all().count(), 3);
    let tickets: Vec<_> = read.tickets.iter().map(|(name, ticket)| format!("{name} {}", ticket.expose())).collect();
    assert_eq!(tickets, ["businessCheckTicket t1", "legalCheckTicket t2"]);
    assert!(read.odd_files().is_empty());
    assert!(!format!("{read:?}").contains("样例"), "a person's name is printed");
}

#[test]
fn every_required_field_is_missed_by_its_path() {
    for path in [
        "materialName",
        "businessInfo",
        "businessInfo.businessCertificateType",
        "businessInfo.businessCertificate",
        "businessInfo.businessCertificateName",
        "businessInfo.unifiedSocialCreditIdentifier",
        "businessInfo.businessCertificateValidityPeriodStart",
        "businessInfo.businessCertificateValidityPeriodEnd",
        "businessInfo.legalPersonName",
        "operatorPerson",
        "operatorPerson.certificateType",
        "operatorPerson.personName",
        "operatorPerson.personIDCard",
        "operatorPerson.personMobile",
        "responsiblePersonInfo",
        "responsiblePersonInfo.personName",
        "legalPerson.personName",
        "legalPerson.personMobile",
        "purpose",
    ] {
        let pointer = format!("/{}", path.replace('.', "/"));
        assert_eq!(with(&pointer, Value::Null), format!("{path} 必填"));
    }
    assert_eq!(with("/materialName", json!("  ")), "materialName 必填");
    for absent in [json!(null), json!([]), json!("")] {
        assert_eq!(with("/powerOfAttorney", absent), "powerOfAttorney purpose为2时必填");
    }
}

#[test]
fn types_and_lengths_have_their_rules() {
    let twenty = "资".repeat(20);
    assert_eq!(with("/materialName", json!(twenty)), "ok");
    assert_eq!(with("/materialName", json!("𠮷".repeat(20))), "ok", "a character beyond 16 bits is one");
    assert_eq!(with("/materialName", json!(format!("{twenty}1"))), "materialName 最多20个字符");
    for (pointer, value, told) in [
        ("/materialName", json!("a\u{1}"), "materialName 不能含有控制字符"),
        ("/materialName", json!(7), "materialName 必须是字符串"),
        ("/purpose", json!(3), "purpose 只能为1或2"),
        ("/purpose", json!(0), "purpose 必填"),
        ("/purpose", json!("x"), "purpose 必须是整数"),
        ("/businessInfo", json!([]), "businessInfo 必须是对象"),
        ("/businessInfo/businessCertificateType", json!(5), "businessInfo.businessCertificateType 不在取值范围内"),
        ("/businessInfo/businessCertificateType", json!(8), "businessInfo.businessCertificateType 不在取值范围内"),
        ("/operatorPerson", json!("x"), "operatorPerson 必须是对象"),
        ("/operatorPerson/certificateType", json!(1), "operatorPerson.certificateType 不在取值范围内"),
        ("/legalPerson/certificateType", json!(5), "legalPerson.certificateType 不在取值范围内"),
        (
            "/operatorPerson/personCertificate",
            json!([file(8)]),
            "operatorPerson.personCertificate 须为人像面和国徽面各一张",
        ),
        (
            "/operatorPerson/personCertificate",
            json!([file(8), file(9), file(8)]),
            "operatorPerson.personCertificate 最多2项",
        ),
        ("/operatorPerson/personCertificate", json!({}), "operatorPerson.personCertificate 必须是数组"),
        ("/otherMaterials", json!([file(6), file(6), file(6), file(6), file(6), file(6)]), "otherMaterials 最多5项"),
        ("/powerOfAttorney", json!([file(5), {"fileType": 5}]), "powerOfAttorney[1].fileSuffix 必填"),
        ("/effectSignatures", json!("x"), "effectSignatures 必须是数组"),
        ("/legalPerson/personName", json!("样例乙"), "legalPerson.personName 与businessInfo.legalPersonName不一致"),
    ] {
        assert_eq!(with(pointer, value), told, "{pointer}");
    }
    for doc_type in [0, 1, 2, 3, 4, 6, 7] {
        assert!(with("/businessInfo/businessCertificateType", json!(doc_type)).starts_with("ok"), "{doc_type}");
    }
}

#[test]
fn a_legal_person_may_be_left_out_in_any_of_its_shapes_and_may_have_any_paper() {
    let zero = json!({"certificateType": 0, "personCertificate": null, "personName": "", "personIDCard": "", "personMobile": ""});
    for absent in [json!(null), json!({}), json!(""), zero.clone()] {
        assert_eq!(with("/legalPerson", absent), "ok");
    }
    assert_eq!(with("/operatorPerson", zero), "operatorPerson 必填");
    assert_eq!(with("/legalPerson/personIDCard", json!(null)), "ok");
    for (number, doc_type) in [(1, 12), (2, 13), (3, 14), (4, 15), (9, 6)] {
        let mut legal = person(&[doc_type]);
        legal["certificateType"] = json!(number);
        assert_eq!(with("/legalPerson", legal), "ok", "{number}");
    }
}

#[test]
fn files_of_another_type_are_remarks_and_no_errors() {
    let mut odd = body();
    for place in ["/businessInfo/businessCertificate", "/powerOfAttorney/0", "/otherMaterials/0"] {
        odd.pointer_mut(place).unwrap()["fileType"] = json!(0);
    }
    odd["operatorPerson"]["personCertificate"] = json!([file(0), file(0)]);
    assert_eq!(
        said(&odd, Rules::default()),
        "ok operatorPerson.personCertificate, businessInfo.businessCertificate, powerOfAttorney, otherMaterials"
    );
}

#[test]
fn sides_are_told_by_type_and_otherwise_by_order() {
    for (types, sides) in [
        ([18, 19], [Side::Portrait, Side::Emblem]),
        ([19, 18], [Side::Emblem, Side::Portrait]),
        ([18, 18], [Side::Portrait, Side::Emblem]),
        ([0, 0], [Side::Portrait, Side::Emblem]),
    ] {
        let mut body = body();
        body["legalPerson"] = person(&types);
        let text = body.to_string();
        let read = SignatureIdent::read_unverified(text.as_bytes(), Rules::default()).unwrap();
        let told: Vec<_> = read.persons.legal.as_ref().unwrap().sides().map(|(side, _)| side).collect();
        assert_eq!(told, sides);
    }
}

#[test]
fn what_is_needed_is_set() {
    let mut plain = body();
    plain["businessInfo"]["businessCertificate"] = json!({});
    plain["operatorPerson"]["personCertificate"] = json!([]);
    let rules = Rules { business_certificate: Needed::Optional, ..Rules::default() };
    assert_eq!(said(&plain, rules), "ok");
    let rules = Rules { person_certificates: Needed::Always, ..rules };
    assert_eq!(said(&plain, rules), "operatorPerson.personCertificate 必填");
}

#[test]
fn an_update_has_an_id_and_persons() {
    let read = |body: &Value| {
        IdentUpdate::read_unverified(body.to_string().as_bytes(), Rules::default())
            .map(|update| update.id)
            .map_err(|refusal| refusal.reason().unwrap().to_owned())
    };
    let mut update = json!({"id": "582712331329", "operatorPerson": person(&[]), "responsiblePersonInfo": person(&[])});
    assert_eq!(read(&update), Ok(582_712_331_329));
    update["id"] = json!(-1);
    assert_eq!(read(&update), Err("id 不能为负数".to_owned()));
    update["id"] = json!(0);
    assert_eq!(read(&update), Err("id 必填".to_owned()));
}

#[test]
fn no_pascal_case_and_no_other_body_is_read() {
    assert_eq!(said(&json!({"MaterialName": "资质1"}), Rules::default()), "materialName 必填");
    for (bytes, told) in [
        (&b"[]"[..], "请求体必须是JSON对象"),
        (b"null", "请求体必须是JSON对象"),
        (b"", "the body is empty"),
        (b"{\"id\":1} x", "the body is not JSON: expected the end at byte 9"),
        (b"{\"materialName\":\"\xff\"}", "the body is not UTF-8 at byte 17"),
    ] {
        let refusal = SignatureIdent::read_unverified(bytes, Rules::default()).unwrap_err();
        assert_eq!(refusal.reason(), Some(told));
    }
}

#[test]
fn what_the_sdks_sent_is_read() {
    for (front, purpose, id) in [("01-", 1, None), ("02-", 1, None), ("03-", 2, None), ("04-", 1, None)] {
        let vector = vector(front);
        let request = vector.raw.as_request();
        let read = SignatureIdent::read_unverified(request.body, Rules::default()).unwrap();
        assert_eq!((read.purpose.number(), read.id), (purpose, id), "{front}");
        assert!(read.business.certificate.is_some_and(|file| !file.bytes.is_empty()));
    }
}

use super::*;
use crate::jdcloud::codes::{No, ROWS};
use crate::jdcloud::status::Stage;

const ID: &str = "cn15p6o8w2p897ouctr7uqnrccpwsth4";

fn id() -> RequestId {
    let mut bytes = [0; 32];
    bytes.copy_from_slice(ID.as_bytes());
    RequestId(bytes)
}

fn body(reply: &Reply) -> &str {
    std::str::from_utf8(&reply.body).unwrap()
}

#[test]
fn an_id_is_32_digits_and_small_letters() {
    for seed in 0..=u8::MAX {
        let id = RequestId::from_random([seed; 32]);
        assert!(
            id.as_str().len() == 32
                && id.as_str().bytes().all(|byte| byte.is_ascii_digit() || byte.is_ascii_lowercase())
        );
    }
    assert_eq!(RequestId::from_random([35; 32]).as_str(), "z".repeat(32));
}

/// The vendor's own example, section 4.3, byte for byte but for the line break in it.
#[test]
fn the_flat_answer_is_the_vendors_example_byte_for_byte() {
    let reply = success(id(), Outcome::Match, Shape::Flat);
    assert_eq!(
        body(&reply),
        r#"{"requestId":"cn15p6o8w2p897ouctr7uqnrccpwsth4","result":{"success":true,"hasException":false,"code":"ok","message":"ok","detail":"{\"chargeFlag\":\"1\",\"message\":\"认证通过\",\"orderNumber\":\"cn15p6o8w2p897ouctr7uqnrccpwsth4\"}"}}"#
    );
    assert_eq!(reply.status, 200);
    assert_eq!(reply.headers(), [("Content-Type", "application/json"), ("x-jdcloud-request-id", ID)]);
}

/// The table of section 4.3, copied by hand in its own columns.
#[test]
fn every_outcome_is_printed_as_the_table_has_it() {
    let table = "\
Match | true | false | ok | ok | 认证通过 | 1
Mismatch | false | false | mismatch | 认证信息不一致 | 认证不通过 | 1
NotFound | false | false | not_found | 库中无此记录 | 认证不通过 | 0
FaceMismatch | false | false | face_mismatch | 人像比对不一致 | 认证不通过 | 1
FaceInvalid | false | false | face_invalid | 人像图片不合格 | 认证不通过 | 0
Exception | false | true | exception | 查询异常 | 认证异常 | 0";
    assert_eq!(table.lines().count(), OUTCOMES.len());
    for (index, (line, row)) in table.lines().zip(OUTCOMES).enumerate() {
        assert_eq!(row.outcome as usize, index);
        assert_eq!(row.outcome.row(), row);
        let OutcomeRow { outcome, success: good, has_exception, code, message, detail_message, charge_flag } = row;
        assert_eq!(
            line,
            format!("{outcome:?} | {good} | {has_exception} | {code} | {message} | {detail_message} | {charge_flag}")
        );
        assert!(!(*good && *has_exception));
        let both: serde_json::Value = serde_json::from_slice(&success(id(), *outcome, Shape::Both).body).unwrap();
        let nested: serde_json::Value = serde_json::from_slice(&success(id(), *outcome, Shape::Nested).body).unwrap();
        let flat: serde_json::Value = serde_json::from_slice(&success(id(), *outcome, Shape::Flat).body).unwrap();
        assert_eq!(nested["result"]["authInfo"], flat["result"], "equal content");
        let mut expected = flat["result"].clone();
        expected["authInfo"] = flat["result"].clone();
        assert_eq!(both["result"], expected);
        assert_eq!(nested["result"].as_object().unwrap().len(), 1);
        assert_eq!(flat["result"]["success"], *good);
        assert_eq!(flat["result"]["hasException"], *has_exception);
        assert_eq!(flat["result"]["code"], *code, "a string, or the Go SDK fails to decode");
        assert_eq!(flat["result"]["message"], *message);
        let detail: serde_json::Value = serde_json::from_str(flat["result"]["detail"].as_str().unwrap()).unwrap();
        assert_eq!(
            detail,
            serde_json::json!({"chargeFlag": charge_flag, "message": detail_message, "orderNumber": ID})
        );
    }
}

/// Section 3.1, the vendor's own example.
#[test]
fn a_refusal_is_the_vendors_example_byte_for_byte() {
    let reply = refusal(id(), &Refusal::of(No::NoAuthorization), Document::Plain);
    assert_eq!(
        body(&reply),
        r#"{"requestId":"cn15p6o8w2p897ouctr7uqnrccpwsth4","error":{"status":"ACCESS_ERROR","code":401,"message":"lack of header authorization[gw]"}}"#
    );
    assert_eq!(reply.status, 401);
}

#[test]
fn every_row_is_written_with_its_status_as_an_integer_code() {
    for row in ROWS {
        for document in [Document::Plain, Document::Strict] {
            let written = refusal(id(), &Refusal::of(row.no), document);
            let json: serde_json::Value = serde_json::from_slice(&written.body).unwrap();
            assert_eq!(json["error"]["code"], written.status);
            assert_eq!(json["requestId"], ID);
            assert_eq!(json["error"]["status"], Refusal::of(row.no).class(document));
        }
    }
}

#[test]
fn details_name_the_field_and_strict_mode_says_fail() {
    let invalid = Refusal::invalid("personalSpec.checkType", "says \"no\"");
    let reply = refusal(id(), &invalid, Document::Strict);
    assert_eq!(
        body(&reply),
        r#"{"requestId":"cn15p6o8w2p897ouctr7uqnrccpwsth4","error":{"status":"FAIL","code":403,"message":"personalSpec.checkType: says \"no\"","details":[{"field":"personalSpec.checkType","rule":"says \"no\""}]}}"#
    );
    assert_eq!(reply.status, 403);
    assert_eq!(refusal(id(), &invalid, Document::Plain).status, 400);
}

#[test]
fn the_state_of_the_application_is_an_integer() {
    let status = ApplyStatus { pin: "sh\"iming", stage: Stage::InService, apply_time: "2026-11-21 20:17:15" };
    assert_eq!(
        body(&apply_status(id(), &status)),
        r#"{"requestId":"cn15p6o8w2p897ouctr7uqnrccpwsth4","result":{"pin":"sh\"iming","status":2,"applyTime":"2026-11-21 20:17:15"}}"#
    );
}

#[test]
fn what_is_written_is_read_back() {
    for shape in [Shape::Both, Shape::Nested, Shape::Flat] {
        for row in OUTCOMES {
            let read = Received::read(&success(id(), row.outcome, shape).body).unwrap();
            let expected = Received::Verdict {
                request_id: ID.to_owned(),
                success: row.success,
                has_exception: row.has_exception,
                code: row.code.to_owned(),
                message: row.message.to_owned(),
                charged: Some(row.charge_flag == "1"),
            };
            assert_eq!(read, expected);
        }
    }
    let read = Received::read(&refusal(id(), &Refusal::of(No::WrongSignature), Document::Plain).body).unwrap();
    let expected = Received::Refused {
        request_id: ID.to_owned(),
        code: 401,
        status: "ACCESS_ERROR".to_owned(),
        message: "sign result is not same[gw]".to_owned(),
    };
    assert_eq!(read, expected);
}

#[test]
fn what_is_no_answer_is_not_read_as_a_verdict() {
    for body in [
        "",
        "<html>502</html>",
        "[]",
        "{}",
        r#"{"requestId":"a"}"#,
        r#"{"result":{}}"#,
        r#"{"result":{"authInfo":{}}}"#,
        r#"{"result":{"success":"true"}}"#,
    ] {
        assert!(Received::read(body.as_bytes()).is_err(), "{body}");
    }
}

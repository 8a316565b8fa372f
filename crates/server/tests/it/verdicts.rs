//! What a caller is told about people.

use serde_json::{Value, json};
use shiming_core::{Again, Unusable};
use shiming_server::doors::jdcloud::{FirstGeneration, Numbers, Settings};
use shiming_store::Filter;
use shiming_wire::jdcloud::{
    Outcome as Said, Shape, Texts, Wording,
    personal::{Mobile2, Rules},
    sign::Manner,
};

use crate::alipay_bench::{OLD_TEMPLATE, OTHER_FACE, SAME_FACE, TOO_MANY, photo};
use crate::bench::{
    Bench, CARD, CODE, COMPANY, DOWN_ID, ID, LEGAL, LIMITED_KEY, MOBILE, NAME, NOBODY, Signer, TOKEN, TOKEN_KEY,
};

fn person() -> Value {
    json!({"name": NAME, "idCard": ID, "bankcard": CARD, "mobile": MOBILE, "imgBase64": null})
}

fn with(name: &str, value: &str) -> Value {
    let mut person = person();
    person[name] = value.into();
    person
}

#[test]
fn every_check_type_finds_the_person_and_every_changed_element() {
    let bench = Bench::new();
    let other_card = "6214830000000009";
    for (check_type, user, code) in [
        (0, person(), "ok"),
        (0, with("name", "样例乙"), "mismatch"),
        (0, with("idCard", NOBODY), "mismatch"),
        (0, with("mobile", "13900000000"), "mismatch"),
        (0, with("bankcard", other_card), "not_found"),
        (1, person(), "ok"),
        (1, with("mobile", "13900000000"), "ok"),
        (1, with("name", "样例乙"), "mismatch"),
        (1, with("bankcard", other_card), "not_found"),
        (2, person(), "ok"),
        (2, with("bankcard", "not a card: ignored"), "ok"),
        (2, with("name", "样例乙"), "mismatch"),
        (2, with("idCard", NOBODY), "not_found"),
        (2, with("idCard", DOWN_ID), "exception"),
        (4, person(), "ok"),
        (4, with("name", "样例乙"), "mismatch"),
        (4, with("idCard", NOBODY), "mismatch"),
        (4, with("mobile", "13900000000"), "not_found"),
    ] {
        let seen = bench.personal(check_type, &user);
        assert_eq!((seen.status, seen.said().as_str()), (200, code), "checkType {check_type}: {}", seen.text);
    }
}

#[test]
fn names_are_compared_in_normal_form() {
    let bench = Bench::new();
    for (name, code) in [(" 样例 甲 ", "ok"), ("样例\u{200b}甲", "ok"), ("样例甲甲", "mismatch")] {
        assert_eq!(bench.personal(2, &with("name", name)).said(), code);
    }
}

/// JD Cloud specification, section 4.2, element by element; what a check does not need may be anything.
#[test]
fn elements_are_taken_as_people_type_them() {
    let bench = Bench::new();
    for (element, value) in [
        ("idCard", " 110101190001010014\u{3000}"),
        ("idCard", "１１０１０１１９０００１０１００１４"),
        ("bankcard", "6200 0000 0000 0005"),
        ("bankcard", "6200-0000-0000-0005"),
        ("mobile", "+8613800000000"),
        ("mobile", "0086 138 0000 0000"),
        ("mobile", "8613800000000"),
        ("mobile", "138-0000-0000"),
        ("name", "\u{feff}样例甲"),
        ("imgBase64", "not looked at"),
    ] {
        assert_eq!(bench.personal(0, &with(element, value)).said(), "ok", "{element} {value}");
    }
    for (element, value) in [
        ("idCard", "110101-190001010014"),
        ("idCard", "110101190001010015"),
        ("idCard", "110101209901010014"),
        ("idCard", "11010119000101001\u{425}"),
        ("bankcard", "620000000000"),
        ("bankcard", "62000000O0000005"),
        ("bankcard", "4111111111111112"),
        ("mobile", "013800000000"),
        ("mobile", "010-10000000"),
        ("mobile", "+85260000000"),
        ("name", "样例\u{fffd}"),
        ("name", "样例\t甲"),
        ("name", "\u{200b}"),
    ] {
        let seen = bench.personal(0, &with(element, value));
        let field = format!("personalSpec.personalUser.{element}");
        assert_eq!(
            (seen.status, &seen.body["error"]["details"][0]["field"]),
            (400, &field.into()),
            "{element} {value}"
        );
        assert!(!seen.text.contains(value), "{}", seen.text);
    }
    assert_eq!(bench.entries(), 10);
}

#[test]
fn the_answer_never_says_which_element_differs_and_the_ledger_does() {
    let bench = Bench::new();
    let answers = ["name", "idCard", "mobile"].map(|element| {
        let value = match element {
            "name" => "样例乙",
            "idCard" => NOBODY,
            _ => "13900000000",
        };
        let seen = bench.personal(0, &with(element, value));
        seen.text.replace(&seen.request_id_header, "ID")
    });
    assert_eq!(answers[0], answers[1]);
    assert_eq!(answers[1], answers[2]);
    let mut differing = Vec::new();
    let each = |entry: shiming_store::ExportedEntry| {
        differing.push(format!("{:?}", entry.entry.ruling));
        true
    };
    bench.store.ledger().export(&Filter::default(), each).unwrap();
    let differing = differing.join("\n");
    assert!(["name", "id_number", "mobile"].iter().all(|word| differing.contains(word)), "{differing}");
}

#[test]
fn a_portrait_cannot_be_checked_without_an_engine_and_is_never_a_match() {
    let bench = Bench::new();
    let portrait = include_str!("portrait.base64").trim();
    let seen = bench.personal(3, &with("imgBase64", portrait));
    assert_eq!(seen.said(), "exception");
    assert_eq!((&seen.body["result"]["success"], &seen.body["result"]["hasException"]), (&json!(false), &json!(true)));
    let other_name = json!({"name": "样例乙", "idCard": ID, "imgBase64": portrait});
    let nobody = json!({"name": NAME, "idCard": NOBODY, "imgBase64": portrait});
    assert_eq!(bench.personal(3, &other_name).said(), "mismatch");
    assert_eq!(bench.personal(3, &nobody).said(), "not_found");
}

#[test]
fn a_portrait_is_compared_where_there_is_an_engine() {
    let bench = Bench::with_faces(Some(SAME_FACE));
    let ask = |face: &[u8]| bench.personal(3, &with("imgBase64", &photo(face)));
    for (face, code, success) in [(SAME_FACE, "ok", true), (OTHER_FACE, "face_mismatch", false)] {
        let seen = ask(face);
        assert_eq!((seen.status, seen.said().as_str()), (200, code), "{}", seen.text);
        assert_eq!(seen.body["result"]["success"], json!(success));
        assert_eq!(seen.body["result"]["hasException"], json!(false));
    }
    for reason in Unusable::ALL {
        assert_eq!(ask(reason.word().as_bytes()).said(), "face_invalid", "{reason}");
    }
    assert_eq!(ask(TOO_MANY).said(), "429 HTTP_RATE_LIMIT_EXCEEDED: minute rate limit exceeded, role:api[gw]");
    assert_eq!(bench.entries(), 3 + Unusable::ALL.len() as u64, "each is in the ledger");
    let body =
        json!({"personalSpec": {"checkType": 3, "personalUser": with("imgBase64", &photo(TOO_MANY))}}).to_string();
    for manner in [Manner::Go, Manner::Python] {
        let signed = bench.signed_by(Signer { manner, ..Signer::default() }, "/v1/personal", &body);
        let ids = [(); 2].map(|()| {
            let seen = bench.send(&signed);
            assert_eq!(seen.said(), "429 HTTP_RATE_LIMIT_EXCEEDED: minute rate limit exceeded, role:api[gw]");
            seen.body["requestId"].clone()
        });
        assert_ne!(ids[0], ids[1], "nothing was used up: the same request is looked at anew");
    }
    let other_name = json!({"name": "样例乙", "idCard": ID, "imgBase64": photo(SAME_FACE)});
    assert_eq!(bench.personal(3, &other_name).said(), "mismatch");
}

#[test]
fn a_portrait_without_a_usable_reference_is_never_a_match() {
    for template in [None, Some(OLD_TEMPLATE)] {
        let seen = Bench::with_faces(template).personal(3, &with("imgBase64", &photo(SAME_FACE)));
        assert_eq!((seen.status, seen.said().as_str()), (200, "exception"));
    }
}

#[test]
fn companies_are_checked_by_two_three_and_four_elements() {
    let bench = Bench::new();
    let info = |path: &str, spec: &str, fields: Value| bench.call(path, &json!({ spec: fields }).to_string()).said();
    let whole = json!({"companyType": 0, "companyName": COMPANY, "idCode": CODE, "legalPersonName": LEGAL, "legalPersonId": ID});
    let changed = |name: &str, value: &str| {
        let mut fields = whole.clone();
        fields[name] = value.into();
        fields
    };
    for (path, spec, last) in [
        ("/v1/company:info", "companyInfo", "companyName"),
        ("/v1/company:info3", "companyInfo3Spec", "legalPersonName"),
        ("/v1/company:legalPerson", "legalPersonSpec", "legalPersonId"),
        ("/v1/company%3AlegalPersonDetail", "legalPersonSpec", "legalPersonId"),
    ] {
        let wrong = match last {
            "legalPersonId" => NOBODY,
            "legalPersonName" => "样例丙",
            _ => "样例有限责任公司",
        };
        assert_eq!(info(path, spec, whole.clone()), "ok", "{path}");
        assert_eq!(info(path, spec, changed(last, wrong)), "mismatch", "{path}");
        assert_eq!(info(path, spec, changed("idCode", "91110000000000019B")), "not_found", "{path}");
    }
    assert_eq!(info("/v1/company:info", "companyInfo", changed("companyName", "样例(北京)有限公司")), "ok");
}

#[test]
fn detailed_operations_spell_bank_card_with_a_capital_c() {
    let bench = Bench::new();
    let card = json!({"personalSpec": {"name": NAME, "idCard": ID, "bankCard": CARD, "mobile": MOBILE}}).to_string();
    assert_eq!(bench.call("/v1/detail:bankcard3", &card).said(), "ok");
    assert_eq!(bench.call("/v1/detail:bankcard4", &card).said(), "ok");
    let lower = card.replace("bankCard", "bankcard");
    assert!(
        bench.call("/v1/detail:bankcard4", &lower).said().contains("bankCard"),
        "only the documented spelling counts"
    );
    let mobile =
        json!({"personalMobileSpec": {"personalUser": {"name": NAME, "idCard": ID, "mobile": MOBILE}}}).to_string();
    assert_eq!(bench.call("/v1/detail:mobile3", &mobile).said(), "ok");
}

#[test]
fn the_result_has_the_shape_that_is_set() {
    for (shape, flat, nested) in [(Shape::Both, true, true), (Shape::Flat, true, false), (Shape::Nested, false, true)] {
        let bench = Bench::with(Settings { result_shape: shape, ..Settings::default() });
        let result = &bench.personal(2, &person()).body["result"];
        assert_eq!(result["success"].as_bool(), flat.then_some(true), "{shape:?}");
        assert_eq!(result["authInfo"]["success"].as_bool(), nested.then_some(true), "{shape:?}");
    }
}

/// China identity specification, section 3.1: nothing is repaired, and whoever typed it is told what may be meant.
#[test]
fn a_letter_that_no_credit_code_has_is_told_with_what_may_be_meant() {
    let bench = Bench::new();
    let said = |code: &str| {
        let company = json!({"companyInfo": {"companyName": COMPANY, "idCode": code}}).to_string();
        bench.call("/v1/company:info", &company).said()
    };
    let stands = "400 INVALID_ARGUMENT: companyInfo.idCode: A character stands where it is not allowed.";
    assert_eq!(said("9111000000000001I0"), format!("{stands} The letter I is never used; the digit 1 may be meant."));
    assert_eq!(said("9111A0000000000351"), stands);
    assert_eq!(said("MA0000O1-A"), stands, "an organisation code may have any letter");
}

/// JD Cloud specification, section 4.2: by expansion, if enabled.
#[test]
fn a_first_generation_number_is_looked_up_as_what_it_became_where_that_is_set() {
    let old = "110101000101001";
    let bench = Bench::new();
    assert!(bench.personal(2, &with("idCard", old)).said().contains("first-generation"));
    let bench = Bench::with(Settings { first_generation: FirstGeneration::Taken, ..Settings::default() });
    for (number, said) in [
        (old, "ok"),
        (" １１０１０１０００１０１００１ ", "ok"),
        ("110101000101002", "exception"),
        ("110101000101003", "not_found"),
    ] {
        assert_eq!(bench.personal(2, &with("idCard", number)).said(), said, "{number}");
    }
    for wrong in ["110101000229001", "990101000101001", "11010100010100X", "810000000101001", "110101490101999"] {
        assert_eq!(bench.personal(2, &with("idCard", wrong)).status, 400, "{wrong}");
    }
}

/// China identity specification, sections 3.1 and 4.1: refused only when the operator asks.
#[test]
fn strict_numbers_refuse_what_some_genuine_ones_fail() {
    let (card, code) = ("6200000000000006", "91110000MA0000011M");
    let company = json!({"companyInfo": {"companyName": COMPANY, "idCode": code}}).to_string();
    for (numbers, status) in [(Numbers::Lenient, 200), (Numbers::Strict, 400)] {
        let bench = Bench::with(Settings { numbers, ..Settings::default() });
        assert_eq!(bench.personal(1, &with("bankcard", card)).status, status);
        assert_eq!(bench.call("/v1/company:info", &company).status, status);
        assert_eq!(bench.personal(1, &person()).said(), "ok");
        assert_eq!(bench.personal(2, &with("bankcard", card)).said(), "ok", "not looked at where it is not needed");
    }
}

/// China identity specification, section 8.2: the words that the vendor does not publish are the operator's to say.
#[test]
fn an_outcome_is_called_what_the_operator_says() {
    let texts = Texts::new("1001", "信息不一致", "未通过").unwrap();
    let wording = Wording::default().with(Said::Mismatch, texts);
    let bench = Bench::with(Settings { wording, ..Settings::default() });
    let seen = bench.personal(2, &json!({"name": "样例乙", "idCard": ID}));
    assert_eq!((seen.status, seen.said().as_str()), (200, "1001"));
    assert_eq!(seen.body["result"]["authInfo"]["message"], "信息不一致");
    assert!(seen.body["result"]["detail"].as_str().unwrap().contains("未通过"));
    assert_eq!(bench.personal(2, &json!({"name": "样例乙", "idCard": NOBODY})).said(), "not_found");
    assert_eq!(bench.personal(2, &person()).said(), "ok");
}

#[test]
fn the_detail_is_json_in_a_string_and_its_order_number_is_the_request_id() {
    let seen = Bench::new().personal(2, &person());
    let detail: Value = serde_json::from_str(seen.body["result"]["detail"].as_str().unwrap()).unwrap();
    assert_eq!(detail["orderNumber"], seen.body["requestId"]);
    assert_eq!(seen.request_id_header, seen.body["requestId"].as_str().unwrap());
    assert_eq!(seen.request_id_header.len(), 32);
    assert_eq!(seen.content_type, "application/json");
}

#[test]
fn check_type_25_is_off_until_it_is_switched_on() {
    assert_eq!(Bench::new().personal(25, &person()).said(), "403 FAIL: this check is not enabled for this account");
    let rules = Rules { mobile2: Mobile2::On };
    let bench = Bench::with(Settings { rules, ..Settings::default() });
    assert_eq!(bench.personal(25, &person()).said(), "ok");
}

#[test]
fn an_account_may_be_limited_to_some_checks() {
    let bench = Bench::new();
    let signer = Signer { key: LIMITED_KEY, ..Signer::default() };
    let ask = |check_type: u8| {
        let body = json!({"personalSpec": {"checkType": check_type, "personalUser": person()}}).to_string();
        bench.send(&bench.signed_by(signer, "/v1/personal", &body)).said()
    };
    assert_eq!(ask(2), "ok");
    assert_eq!(ask(4), "403 FAIL: this check is not enabled for this account");
}

#[test]
fn both_generations_and_a_token_get_in() {
    let bench = Bench::with(Settings { replay: Again::Refuse, ..Settings::default() });
    let body = json!({"personalSpec": {"checkType": 2, "personalUser": person()}}).to_string();
    for signer in [
        Signer { manner: Manner::Python, ..Signer::default() },
        Signer { manner: Manner::Node, ..Signer::default() },
        Signer { key: TOKEN_KEY, token: Some(TOKEN), ..Signer::default() },
    ] {
        assert_eq!(bench.send(&bench.signed_by(signer, "/v1/personal", &body)).said(), "ok");
    }
}

#[test]
fn an_account_learns_that_its_service_is_open() {
    let bench = Bench::new();
    let signer = Signer { method: "GET", ..Signer::default() };
    let seen = bench.send(&bench.signed_by(signer, "/v1/manage:applyStatus", ""));
    assert_eq!(seen.body["result"], json!({"pin": "test-account", "status": 2, "applyTime": "2026-11-01T00:00:00Z"}));
}

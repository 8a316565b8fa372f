use base64::Engine as _;
use proptest::prelude::*;

use super::*;
use crate::jdcloud::samples::vectors;

const NAME: &str = "personalSpec.personalUser.name";
const ALL_FIELDS: [&str; 5] = ["name", "idCard", "bankcard", "mobile", "imgBase64"];

fn read(body: &str) -> Result<PersonalAuth<'_>, Refusal> {
    PersonalAuth::read_unverified(body.as_bytes(), Rules::default())
}

fn message(body: &str) -> String {
    read(body).unwrap_err().message().into_owned()
}

fn with(check: &str, user: &str) -> String {
    format!(r#"{{"personalSpec":{{"checkType":{check},"personalUser":{user}}}}}"#)
}

fn values(person: &Person<'_>) -> [Option<String>; 5] {
    let text = |element: &Option<Element<'_>>| element.as_ref().map(|element| element.expose().to_owned());
    [
        Some(person.name.expose().to_owned()),
        text(&person.id_card),
        text(&person.bank_card),
        text(&person.mobile),
        text(&person.image),
    ]
}

/// Section 4.1, the table: what each check type requires, and nothing else.
#[test]
fn each_check_type_requires_its_elements_and_keeps_no_other() {
    let on = Rules { mobile2: Mobile2::On };
    for (number, needed) in [
        (0, &["name", "idCard", "bankcard", "mobile"][..]),
        (1, &["name", "idCard", "bankcard"]),
        (2, &["name", "idCard"]),
        (3, &["name", "idCard", "imgBase64"]),
        (4, &["name", "idCard", "mobile"]),
        (25, &["name", "mobile"]),
    ] {
        let body = |without: &str, unset: &str| {
            let members = ALL_FIELDS.map(|field| {
                if field == without { unset.replace('$', field) } else { format!("\"{field}\":\"{field}-value\"") }
            });
            with(
                &number.to_string(),
                &format!(
                    "{{{}}}",
                    members.into_iter().filter(|member| !member.is_empty()).collect::<Vec<_>>().join(",")
                ),
            )
        };
        let full = body("", "");
        let call = PersonalAuth::read_unverified(full.as_bytes(), on).unwrap();
        assert_eq!(call.check_type.number(), number);
        let expected = ALL_FIELDS.map(|field| needed.contains(&field).then(|| format!("{field}-value")));
        assert_eq!(values(&call.person), expected, "{number}");
        for field in ALL_FIELDS {
            for unset in ["", "\"$\":null", "\"$\":\"\"", "\"$\":7", "\"$\":[1]", "\"$\":\"\\ud800\""] {
                let body = body(field, unset);
                let result = PersonalAuth::read_unverified(body.as_bytes(), on);
                assert_eq!(result.is_err(), needed.contains(&field), "{number} {field} {unset}");
                if let Err(refusal) = result {
                    assert_eq!(refusal.no(), No::InvalidArgument);
                    let path = format!("personalSpec.personalUser.{field}");
                    assert!(refusal.message().starts_with(&path), "{refusal}");
                    assert_eq!(refusal.field().unwrap().0, path);
                }
            }
        }
    }
}

#[test]
fn a_missing_element_is_named_with_the_check_type_that_requires_it() {
    assert_eq!(
        message(&with("4", r#"{"name":"张三","idCard":"1"}"#)),
        "personalSpec.personalUser.mobile: is required by checkType 4"
    );
    assert_eq!(message(&with("2", r#"{"name":7,"idCard":"1"}"#)), format!("{NAME}: must be a string, not a number"));
    assert_eq!(message(&with("2", "{}")), format!("{NAME}: is required by checkType 2"));
}

/// Section 2: only the documented spelling per operation.
#[test]
fn the_bank_card_is_spelled_as_each_operation_spells_it() {
    assert!(read(&with("1", r#"{"name":"a","idCard":"b","bankcard":"c"}"#)).is_ok());
    assert!(read(&with("1", r#"{"name":"a","idCard":"b","bankCard":"c"}"#)).is_err());
    let detail = |card| read_detail_unverified(card, OperationName::BankCard3Detail);
    assert!(detail(br#"{"personalSpec":{"name":"a","idCard":"b","bankCard":"c"}}"#).is_ok());
    assert!(detail(br#"{"personalSpec":{"name":"a","idCard":"b","bankcard":"c"}}"#).is_err());
}

#[test]
fn the_check_type_is_a_whole_number_of_the_table() {
    let user = r#"{"name":"a","idCard":"b"}"#;
    for good in ["2", "2.0", "2.00", "2e0"] {
        assert_eq!(read(&with(good, user)).unwrap().check_type, CheckType::IdCard2, "{good}");
    }
    let field = "personalSpec.checkType";
    for (wrong, rule) in [
        ("\"2\"", "must be a whole number, not a string"),
        ("2.5", "must be a whole number"),
        ("99", "must be one of 0, 1, 2, 3, 4, 25"),
        ("-1", "must be one of 0, 1, 2, 3, 4, 25"),
        ("1e999", "must be a whole number"),
        ("null", "is required"),
        ("\"\"", "is required"),
        ("true", "must be a whole number, not a boolean"),
        ("[2]", "must be a whole number, not an array"),
        ("{}", "must be a whole number, not an object"),
    ] {
        assert_eq!(message(&with(wrong, user)), format!("{field}: {rule}"), "{wrong}");
    }
    assert_eq!(message(r#"{"personalSpec":{"personalUser":{}}}"#), "personalSpec.checkType: is required");
    assert_eq!(read(&with("25", user)).unwrap_err().no(), No::CheckTypeNotEnabled);
}

#[test]
fn what_is_not_the_shape_is_refused_in_clear_words() {
    for (body, text) in [
        ("", "the body is empty"),
        ("[]", "the body must be a JSON object"),
        ("null", "the body must be a JSON object"),
        ("\"personalSpec\"", "the body must be a JSON object"),
        ("{}", "personalSpec: is required"),
        (r#"{"PersonalSpec":{}}"#, "personalSpec: is required"),
        (r#"{"personalSpec":null}"#, "personalSpec: is required"),
        (r#"{"personalSpec":"a"}"#, "personalSpec: must be an object, not a string"),
        (r#"{"personalSpec":[]}"#, "personalSpec: must be an object, not an array"),
        (r#"{"personalSpec":{"checkType":2}}"#, "personalSpec.personalUser: is required"),
        (
            r#"{"personalSpec":{"checkType":2,"personalUser":7}}"#,
            "personalSpec.personalUser: must be an object, not a number",
        ),
        (r#"{"personalSpec":{"checkType":2"#, "the body is not JSON: it breaks off after 30 bytes"),
        (r#"{"personalSpec":{}} x"#, "the body is not JSON: expected the end at byte 20"),
    ] {
        assert_eq!(message(body), text, "{body}");
    }
    let not_utf8 = PersonalAuth::read_unverified(b"{\"personalSpec\":\"\xff\"}", Rules::default());
    assert_eq!(not_utf8.unwrap_err().message(), "the body is not UTF-8 at byte 17");
}

/// Section 2: duplicate keys at every level.
#[test]
fn the_last_of_duplicates_wins_at_every_level() {
    let good = r#"{"checkType":2,"personalUser":{"name":"a","idCard":"b"}}"#;
    let body = format!(r#"{{"personalSpec":7,"personalSpec":{good}}}"#);
    assert!(read(&body).is_ok());
    let body = format!(r#"{{"personalSpec":{good},"personalSpec":{{"checkType":2}}}}"#);
    assert_eq!(message(&body), "personalSpec.personalUser: is required", "the objects are not merged");
    let body = r#"{"personalSpec":{"checkType":"x","checkType":2,"personalUser":[],"personalUser":{"name":"x","name":"a","idCard":"b","name":"c"}}}"#;
    assert_eq!(read(body).unwrap().person.name.expose(), "c");
    let body = with("2", r#"{"name":"a","idCard":"b","idCard":null}"#);
    assert_eq!(message(&body), "personalSpec.personalUser.idCard: is required by checkType 2");
}

#[test]
fn control_characters_surrogates_and_endless_names_are_refused_without_showing_them() {
    for (name, rule) in [
        (r"a\u0000b", "must not contain control characters"),
        (r"a\nb", "must not contain control characters"),
        ("a\u{85}b", "must not contain control characters"),
        (r"a\ud800b", "contains half of a surrogate pair and is no Unicode text"),
    ] {
        assert_eq!(message(&with("2", &format!(r#"{{"name":"{name}","idCard":"b"}}"#))), format!("{NAME}: {rule}"));
    }
    let long = |count| with("2", &format!(r#"{{"name":"{}","idCard":"b"}}"#, "古".repeat(count)));
    assert!(read(&long(512)).is_ok());
    assert_eq!(message(&long(513)), format!("{NAME}: must not be longer than 512 characters"));
    assert_eq!(message(&long(3_500_000)), format!("{NAME}: must not be longer than 512 characters"));
}

#[test]
fn every_valid_vector_of_the_operation_is_read_and_its_image_borrowed() {
    let mut portraits = 0;
    for vector in vectors().iter().filter(|vector| vector.raw.as_request().path() == "/v1/personal") {
        let request = vector.raw.as_request();
        let call = PersonalAuth::read_unverified(request.body, Rules::default()).unwrap();
        assert_eq!(call.check_type.number(), vector.sidecar.facts["check_type"].as_i64().unwrap(), "{}", vector.name);
        if let Some(image) = &call.person.image {
            assert!(image.is_borrowed());
            let portrait = portrait(image, &PortraitLimits::default()).unwrap();
            assert_eq!((portrait.bytes.len(), portrait.head.kind), (61573, Kind::Png));
            portraits += 1;
        }
    }
    assert_eq!(portraits, 1);
}

#[test]
fn a_padding_escaped_by_gson_is_read() {
    let body = with("3", r#"{"name":"a","idCard":"b","imgBase64":"QQ\u003d\u003d"}"#);
    assert_eq!(read(&body).unwrap().person.image.unwrap().expose(), "QQ==");
}

fn png(width: u32, height: u32, size: usize) -> String {
    let mut bytes = b"\x89PNG\r\n\x1a\n\0\0\0\x0dIHDR".to_vec();
    bytes.extend(width.to_be_bytes());
    bytes.extend(height.to_be_bytes());
    bytes.resize(size, 7);
    base64::engine::general_purpose::STANDARD.encode(bytes)
}

/// Section 4.2: 5 to 150 KiB decoded, inclusive; JPEG or PNG; 40 to 4096 pixels a side.
#[test]
fn a_portraits_limits_are_checked_in_order() {
    let limits = PortraitLimits::default();
    let check = |text: &str| {
        portrait(&Element::new(text), &limits)
            .map(|portrait| portrait.head)
            .map_err(|refusal| refusal.message().into_owned())
    };
    let wrong = |rule: &str| Err(format!("personalSpec.personalUser.imgBase64: {rule}"));
    assert_eq!(check(&png(40, 4096, 5 * 1024)), Ok(Head { kind: Kind::Png, width: 40, height: 4096 }));
    assert!(check(&png(100, 100, 150 * 1024)).is_ok());
    assert_eq!(check(&png(100, 100, 5 * 1024 - 1)), wrong("is smaller than 5120 bytes when decoded"));
    assert_eq!(check(&png(100, 100, 150 * 1024 + 1)), wrong("is larger than 153600 bytes when decoded"));
    assert_eq!(check(&png(39, 100, 6000)), wrong("must have 40 to 4096 pixels a side"));
    assert_eq!(check(&png(100, 4097, 6000)), wrong("must have 40 to 4096 pixels a side"));
    assert_eq!(check(&"QUFB".repeat(3000)), wrong("is neither a JPEG nor a PNG picture"));
    let bmp = [b"BM\0\0\0\0\0\0\0\0\x36\0\0\0\x28\0\0\0\x40\0\0\0\x40\0\0\0".as_slice(), &[0; 6000]].concat();
    assert_eq!(Head::read(&bmp), Some(Head { kind: Kind::Bmp, width: 64, height: 64 }));
    let bmp = base64::engine::general_purpose::STANDARD.encode(bmp);
    assert_eq!(check(&bmp), wrong("is neither a JPEG nor a PNG picture"));
    assert_eq!(check("QQ*="), wrong("is not base64: a character of neither alphabet"));
    assert_eq!(check(" "), wrong("is empty"));
    let wrapped = png(100, 100, 6000)
        .as_bytes()
        .chunks(76)
        .map(|line| std::str::from_utf8(line).unwrap())
        .collect::<Vec<_>>()
        .join("\r\n ");
    assert!(check(&wrapped).is_ok(), "white space is tolerated");
    assert!(
        check(&format!("data:image/jpeg;base64,{}", png(100, 100, 6000))).is_ok(),
        "the bytes decide, not the prefix"
    );
}

#[test]
fn the_detailed_operations_read_their_own_shapes() {
    let mobile = br#"{"personalMobileSpec":{"personalUser":{"name":"a","idCard":"b","mobile":"c","bankCard":7}}}"#;
    let person = read_detail_unverified(mobile, OperationName::Mobile3Detail).unwrap();
    assert_eq!(values(&person), [Some("a".into()), Some("b".into()), None, Some("c".into()), None]);
    let card = br#"{"personalSpec":{"name":"a","idCard":"b","bankCard":"c","mobile":"d"}}"#;
    let person = read_detail_unverified(card, OperationName::BankCard3Detail).unwrap();
    assert_eq!(values(&person), [Some("a".into()), Some("b".into()), Some("c".into()), None, None]);
    let person = read_detail_unverified(card, OperationName::BankCard4Detail).unwrap();
    assert_eq!(person.mobile.unwrap().expose(), "d");
    let message = |body: &[u8], operation| read_detail_unverified(body, operation).unwrap_err().message().into_owned();
    let no_mobile = br#"{"personalSpec":{"name":"a","idCard":"b","bankCard":"c"}}"#;
    assert_eq!(message(no_mobile, OperationName::BankCard4Detail), "personalSpec.mobile: is required");
    assert_eq!(message(no_mobile, OperationName::Mobile3Detail), "personalMobileSpec: is required");
    assert_eq!(
        message(br#"{"personalMobileSpec":{}}"#, OperationName::Mobile3Detail),
        "personalMobileSpec.personalUser: is required"
    );
    assert_eq!(
        message(br#"{"personalMobileSpec":[]}"#, OperationName::Mobile3Detail),
        "personalMobileSpec: must be an object, not an array"
    );
    assert_eq!(message(card, OperationName::CompanyInfo), "api is disabled[gw]");
}

#[test]
fn debug_shows_no_value() {
    let body = with("2", r#"{"name":"张三","idCard":"110101190001011009"}"#);
    let shown = format!("{:?}", read(&body).unwrap());
    assert!(!shown.contains("张三") && !shown.contains("1101"), "{shown}");
}

proptest! {
    #[test]
    fn what_is_written_is_read_back(name in "[^\\p{Cc}]{1,20}", number in "[0-9X]{1,18}", image in "[A-Za-z0-9+/]{1,50}", check in prop::sample::select(CheckType::ALL.to_vec())) {
        let rules = Rules { mobile2: Mobile2::On };
        let needs = needs(check);
        let element = |need, text: &str| needs.contains(&need).then(|| Element::new(text.to_owned()));
        let call = PersonalAuth {
            check_type: check,
            person: Person {
                name: Element::new(name.clone()),
                id_card: element(Need::IdCard, &number),
                bank_card: element(Need::BankCard, &number),
                mobile: element(Need::Mobile, &number),
                image: element(Need::Image, &image),
            },
        };
        let body = call.write();
        prop_assert_eq!(PersonalAuth::read_unverified(&body, rules).unwrap(), call);
    }

    #[test]
    fn the_last_of_any_duplicates_wins(names in prop::collection::vec("[a-z]{1,8}", 1..8)) {
        let members = names.iter().map(|name| format!("\"name\":\"{name}\",")).collect::<Vec<_>>().concat();
        let body = with("2", &format!("{{{members}\"idCard\":\"b\"}}"));
        let call = read(&body).unwrap();
        prop_assert_eq!(call.person.name.expose(), names.last().unwrap());
    }

    #[test]
    fn no_bytes_panic(bytes in any::<Vec<u8>>()) {
        let _ = PersonalAuth::read_unverified(&bytes, Rules::default());
        let _ = read_detail_unverified(&bytes, OperationName::Mobile3Detail);
    }
}

use std::borrow::Cow;

use proptest::prelude::*;

use super::*;

fn whole(text: &[u8]) -> Result<&'static str, JsonError> {
    let mut reader = Reader::new(text)?;
    let value = reader.value()?;
    reader.end()?;
    Ok(value.kind())
}

fn fields<const N: usize>(text: &str, names: [&str; N]) -> Option<[Value<'static>; N]> {
    let text: &'static str = String::leak(text.to_owned());
    match Reader::new(text.as_bytes()).unwrap().fields(names).unwrap() {
        Found::Object(values) => Some(values),
        _ => None,
    }
}

fn string(value: &Value<'_>) -> Option<String> {
    let Value::Text(text) = value else { return None };
    text.decode().map(Cow::into_owned)
}

#[test]
fn every_kind_of_value_is_told_apart() {
    for (text, kind) in [
        (" null ", "null"),
        ("true", "a boolean"),
        ("false", "a boolean"),
        ("-0", "a number"),
        ("1.50e+3", "a number"),
        ("\"\\u4e2d\"", "a string"),
        ("[]", "an array"),
        ("[ ]", "an array"),
        ("[1,[2,{\"a\":[]}],\"]\"]", "an array"),
        ("{ }", "an object"),
        ("{\"a\" : {\"b\":1} , \"c\":null}\r\n\t ", "an object"),
    ] {
        assert_eq!(whole(text.as_bytes()), Ok(kind), "{text}");
    }
}

#[test]
fn what_is_not_json_says_where() {
    let expected = |expected, at| Err(JsonError::Expected { expected, at });
    for (text, error) in [
        ("", Err(JsonError::Empty)),
        (" \n", Err(JsonError::Empty)),
        ("\u{feff}{}", Err(JsonError::ByteOrderMark)),
        ("{", Err(JsonError::BreaksOff(1))),
        ("[1", Err(JsonError::BreaksOff(2))),
        ("\"abc", Err(JsonError::BreaksOff(4))),
        ("\"\\", expected("an escape", 1)),
        ("nul", expected("null", 0)),
        ("01", expected("the end", 1)),
        ("-", Err(JsonError::BreaksOff(1))),
        ("1.", Err(JsonError::BreaksOff(2))),
        ("1e", Err(JsonError::BreaksOff(2))),
        ("1.e1", expected("a digit", 2)),
        ("+1", expected("a value", 0)),
        ("NaN", expected("a value", 0)),
        ("'a'", expected("a value", 0)),
        ("[1,]", expected("a value", 3)),
        ("[1 2]", expected("a comma or a closing bracket", 3)),
        ("[,1]", expected("a value", 1)),
        ("{\"a\":1,}", expected("a member's name", 7)),
        ("{\"a\" 1}", expected("a colon", 5)),
        ("{a:1}", expected("a member's name", 1)),
        ("[}", expected("a value", 1)),
        ("{} {}", expected("the end", 3)),
        ("\"\\x\"", expected("an escape", 1)),
        ("\"\\u12g4\"", expected("an escape", 1)),
        ("\"a\nb\"", expected("an escape instead of a control character", 2)),
        ("\"12345678\0\"", expected("an escape instead of a control character", 9)),
    ] {
        assert_eq!(whole(text.as_bytes()), error, "{text:?}");
    }
    assert_eq!(whole(b"{\"a\":\"\xff\"}"), Err(JsonError::NotUtf8(6)));
}

#[test]
fn the_last_of_duplicates_wins_and_escaped_names_count() {
    let [a, b] = fields(r#"{"a":"1","b":2,"\u0061":"3","c":[],"b":null}"#, ["a", "b"]).unwrap();
    assert_eq!(string(&a).as_deref(), Some("3"));
    assert!(matches!(b, Value::Null));
    assert!(fields("[]", ["a"]).is_none());
    assert!(fields("null", ["a"]).is_none());
}

#[test]
fn strings_are_borrowed_unless_they_have_escapes() {
    let [a, b] = fields(r#"{"a":"中<b>","b":"\u4e2d\ud83d\ude00\n\/\"\\"}"#, ["a", "b"]).unwrap();
    let decode = |value: &Value<'static>| match value {
        Value::Text(text) => text.decode().unwrap(),
        _ => panic!("a string"),
    };
    assert!(matches!(decode(&a), Cow::Borrowed("中<b>")));
    assert_eq!(decode(&b), "中😀\n/\"\\");
}

#[test]
fn half_of_a_surrogate_pair_is_no_text_but_may_be_passed_over() {
    for half in [r"\ud83d", r"\ude00", r"\ud83d\u0041", r"\ud83dx", r"\ude00\ud83d", r"\ud83d\n"] {
        let [a] = fields(&format!("{{\"a\":\"{half}\"}}"), ["a"]).unwrap();
        assert_eq!(string(&a), None, "{half}");
        assert_eq!(whole(format!("\"{half}\"").as_bytes()), Ok("a string"));
    }
}

#[test]
fn whole_numbers_are_whole_in_any_spelling() {
    let integer = |text: &'static str| Value::Number(text).integer();
    for (text, number) in [
        ("2", Some(2)),
        ("2.0", Some(2)),
        ("2e0", Some(2)),
        ("0.2E1", Some(2)),
        ("-0", Some(0)),
        ("2.5", None),
        ("1e400", None),
        ("99999999999999999999", None),
    ] {
        assert_eq!(integer(text), number, "{text}");
    }
    let [text] = fields(r#"{"a":"2"}"#, ["a"]).unwrap();
    assert_eq!(text.integer(), None);
}

#[test]
fn depth_and_count_are_bounded() {
    let nested = |depth: usize| "[".repeat(depth) + &"]".repeat(depth);
    assert_eq!(whole(nested(128).as_bytes()), Ok("an array"));
    assert_eq!(whole(nested(129).as_bytes()), Err(JsonError::TooDeep));
    assert_eq!(whole("[".repeat(10_000_000).as_bytes()), Err(JsonError::TooDeep));
    assert_eq!(whole("{\"a\":".repeat(10_000).as_bytes()), Err(JsonError::TooDeep));
    let many = |count: usize| format!("[{}0]", "0,".repeat(count - 1));
    assert_eq!(whole(many(9_999).as_bytes()), Ok("an array"));
    assert_eq!(whole(many(10_000).as_bytes()), Err(JsonError::TooMany));
    let keys = (0..100_000).map(|key| format!("\"{key}\":0,")).collect::<Vec<_>>().concat();
    assert_eq!(whole(format!("{{{keys}\"a\":0}}").as_bytes()), Err(JsonError::TooMany));
}

fn any_json() -> impl Strategy<Value = serde_json::Value> {
    let leaf = prop_oneof![
        Just(serde_json::Value::Null),
        any::<bool>().prop_map(Into::into),
        any::<i64>().prop_map(Into::into),
        any::<f64>().prop_map(Into::into),
        any::<String>().prop_map(Into::into),
    ];
    leaf.prop_recursive(6, 64, 6, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..6).prop_map(Into::into),
            prop::collection::hash_map(any::<String>(), inner, 0..6)
                .prop_map(|members| serde_json::Value::Object(members.into_iter().collect())),
        ]
    })
}

#[test]
fn a_string_is_written_with_the_short_escapes_and_no_others_but_for_what_has_none() {
    let mut json = Vec::new();
    write_string(&mut json, "张/\"\\\u{8}\u{c}\n\r\t\u{1}\u{7f}");
    assert_eq!(String::from_utf8(json).unwrap(), "\"张/\\\"\\\\\\b\\f\\n\\r\\t\\u0001\u{7f}\"");
}

proptest! {
    #[test]
    fn whatever_another_writer_wrote_is_read(json in any_json(), pretty: bool) {
        let text = if pretty { serde_json::to_string_pretty(&json) } else { serde_json::to_string(&json) }.unwrap();
        prop_assert!(whole(text.as_bytes()).is_ok());
    }

    #[test]
    fn strings_survive_the_round_trip(text in any::<String>()) {
        let mut json = b"{\"a\":".to_vec();
        write_string(&mut json, &text);
        json.push(b'}');
        let json = String::from_utf8(json).unwrap();
        prop_assert_eq!(&serde_json::from_str::<serde_json::Value>(&json).unwrap()["a"], &text);
        let [a] = fields(&json, ["a"]).unwrap();
        prop_assert_eq!(string(&a), Some(text));
    }

    #[test]
    fn another_reader_agrees_on_what_is_json(text in r#"[\[\]{}",:0-9eE+\-.truefalsn\\u \n]{0,24}"#) {
        // That reader refuses numbers beyond a double and halves of surrogate pairs; this one leaves them to whoever needs them.
        let theirs = serde_json::from_str::<&serde_json::value::RawValue>(&text).is_ok();
        prop_assert_eq!(whole(text.as_bytes()).is_ok(), theirs, "{:?}", text);
    }

    #[test]
    fn runs_of_plain_bytes_end_where_one_by_one_they_would(bytes in any::<Vec<u8>>(), plain in 0_usize..40) {
        let bytes = [vec![b'a'; plain], bytes].concat();
        let slow = bytes.iter().take_while(|&&byte| byte >= 0x20 && byte != b'"' && byte != b'\\').count();
        prop_assert_eq!(run(&bytes, ends_a_run), slow);
    }

    #[test]
    fn no_bytes_panic(bytes in any::<Vec<u8>>()) {
        let _ = whole(&bytes);
    }
}

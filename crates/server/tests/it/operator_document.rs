//! What the OpenAPI document promises, held against what is answered: shapes, statuses, methods.

use serde_json::{Value, json};
use shiming_core::submit::{Attempt, Outbox as _, Review};

use crate::operator_bench::{Bed, NOW, Seen, block_on};

/// The document as it is served, to anybody.
fn document(bed: &Bed) -> Value {
    let seen = bed.call("GET", "/api/v1/openapi.json", &[], b"");
    assert_eq!((seen.status, seen.header("content-type")), (200, "application/json"));
    seen.json()
}

/// Why a value does not fit a schema, where it does not. As much of JSON Schema as the document uses; anything else in it
/// is a mistake.
fn misfit(document: &Value, schema: &Value, value: &Value, at: &str) -> Option<String> {
    let schema = match schema["$ref"].as_str() {
        Some(reference) => document.pointer(reference.trim_start_matches('#')).unwrap(),
        None => schema,
    };
    let known = ["type", "properties", "required", "additionalProperties", "items", "enum", "format", "description"];
    let known = |word: &String| known.contains(&word.as_str()) || ["minimum", "maxLength"].contains(&word.as_str());
    assert!(schema.as_object().unwrap().keys().all(known), "{at}: a word that this test does not know: {schema}");
    let is = |word: &str| match word {
        "object" => value.is_object(),
        "array" => value.is_array(),
        "string" => value.is_string(),
        "integer" => value.is_i64() || value.is_u64(),
        "boolean" => value.is_boolean(),
        "null" => value.is_null(),
        other => panic!("{other}"),
    };
    let types = match &schema["type"] {
        Value::String(word) => vec![word.as_str()],
        Value::Array(words) => words.iter().filter_map(Value::as_str).collect(),
        other => panic!("{at}: {other}"),
    };
    if !types.into_iter().any(is) {
        return Some(format!("{at} is not of its type: {value}"));
    }
    if let Some(words) = schema["enum"].as_array().filter(|words| !words.contains(value)) {
        return Some(format!("{at} is none of {words:?}: {value}"));
    }
    if schema["format"] == "date-time" && value.as_str().is_some_and(|text| text.parse::<jiff::Timestamp>().is_err()) {
        return Some(format!("{at} is no moment: {value}"));
    }
    if let Value::Array(list) = value {
        return list.iter().find_map(|one| misfit(document, &schema["items"], one, &format!("{at}[]")));
    }
    let Value::Object(members) = value else { return None };
    let properties = schema["properties"].as_object()?;
    for name in schema["required"].as_array().into_iter().flatten().filter_map(Value::as_str) {
        if !members.contains_key(name) {
            return Some(format!("{at} has no {name}"));
        }
    }
    members.iter().find_map(|(name, member)| match properties.get(name) {
        Some(schema) => misfit(document, schema, member, &format!("{at}.{name}")),
        None => Some(format!("{at} has a {name} that is not in the document")),
    })
}

/// Asserts that an answer is one that the document promises for the operation.
fn fits(document: &Value, path: &str, method: &str, seen: &Seen) {
    let operation = &document["paths"][path][method];
    let response = &operation["responses"][seen.status.to_string()];
    assert!(response.is_object(), "{method} {path}: {} is not in the document", seen.status);
    let content = &response["content"][seen.header("content-type")];
    assert!(content.is_object(), "{method} {path} {}: {}", seen.status, seen.header("content-type"));
    if seen.header("content-type").ends_with("json") && path != "/api/v1/openapi.json" {
        assert_eq!(misfit(document, &content["schema"], &seen.json(), "answer"), None, "{method} {path}");
    }
}

#[test]
fn every_answer_is_one_that_the_document_promises() {
    const CASE: &str = "/api/v1/cases/{number}";
    let bed = Bed::new(Review::Two);
    let document = document(&bed);
    let case = bed.case(Some("ada"));
    let target = format!("/api/v1/cases/{}", case.key.number);
    let body = |version: u64| json!({ "version": version, "reason": "unreadable" }).to_string();

    for query in ["", "?limit=1", "?state=closed", "?state=lost"] {
        fits(&document, "/api/v1/cases", "get", &bed.get("vera", &format!("/api/v1/cases{query}")));
    }
    fits(&document, "/api/v1/cases", "get", &bed.get("nobody", "/api/v1/cases"));
    for (name, query) in
        [("vera", ""), ("wang", "?reveal=true"), ("vera", "?reveal=true"), ("vera", "?x"), ("nobody", "")]
    {
        fits(&document, CASE, "get", &bed.get(name, &format!("{target}{query}")));
    }
    fits(&document, CASE, "get", &bed.get("vera", "/api/v1/cases/7"));
    fits(&document, CASE, "get", &bed.by("vera", "PUT", &target, ""));
    let papers = format!("{CASE}/papers/{{index}}");
    for (name, index) in [("wang", "1"), ("wang", "2"), ("vera", "1"), ("nobody", "1"), ("wang", "1?x")] {
        fits(&document, &papers, "get", &bed.get(name, &format!("{target}/papers/{index}")));
    }
    for word in ["approve", "reject"] {
        let path = format!("{CASE}/{word}");
        for (name, body) in [("vera", body(1)), ("nobody", body(1)), ("wang", "{".into()), ("wang", body(9))] {
            fits(&document, &path, "post", &bed.decide(name, &case, word, &body));
        }
        fits(&document, &path, "post", &bed.decide("wang", &case, word, "{\"reason\": \"a\"}"));
        fits(&document, &path, "post", &bed.decide("wang", &case, word, "{\"reason\": \"\\u0007\"}"));
        fits(&document, &path, "post", &bed.by("wang", "GET", &format!("{target}/{word}"), ""));
    }
    let approve = format!("{CASE}/approve");
    for name in ["ada", "wang", "wang"] {
        fits(&document, &approve, "post", &bed.approve(name, &case));
    }
    fits(&document, CASE, "get", &bed.get("wang", &format!("{target}?reveal=true")));
    fits(&document, &format!("{CASE}/reject"), "post", &bed.decide("li", &case, "reject", &body(2)));
    bed.again(&case);
    fits(&document, CASE, "get", &bed.get("wang", &format!("{target}?reveal=true")));
}

#[test]
fn every_answer_on_notices_is_one_that_the_document_promises() {
    const LIST: &str = "/api/v1/webhooks";
    const ONE: &str = "/api/v1/webhooks/{id}";
    const BACK: &str = "/api/v1/webhooks/{id}/requeue";
    let bed = Bed::new(Review::One);
    let document = document(&bed);
    let case = bed.case(None);
    assert_eq!(bed.approve("wang", &case).status, 200);
    let notice = block_on(bed.store.outbox().claim(NOW, NOW.plus_millis(1), 1)).unwrap().remove(0);
    let target = format!("{LIST}/{}", notice.id);
    let back = |name: &str, body: &str| bed.by(name, "POST", &format!("{target}/requeue"), body);
    fits(&document, ONE, "get", &bed.get("vera", &target));
    fits(&document, BACK, "post", &back("ada", ""));
    let dead = Attempt::Dead { why: "the receiver failed (5xx)" };
    assert!(block_on(bed.store.outbox().settle(&notice, dead)).unwrap());
    for (name, query) in [("vera", ""), ("vera", "?standing=waiting"), ("vera", "?limit=0"), ("nobody", "")] {
        fits(&document, LIST, "get", &bed.get(name, &format!("{LIST}{query}")));
    }
    fits(&document, LIST, "get", &bed.by("vera", "POST", LIST, ""));
    for (name, id) in [("vera", notice.id.as_str()), ("vera", "msg_0"), ("nobody", "msg_0"), ("vera", "msg_0?x")] {
        fits(&document, ONE, "get", &bed.get(name, &format!("{LIST}/{id}")));
    }
    for (name, body) in [("wang", ""), ("nobody", ""), ("ada", "["), ("ada", "{}"), ("ada", "{}")] {
        fits(&document, BACK, "post", &back(name, body));
    }
    fits(&document, BACK, "post", &bed.by("ada", "POST", &format!("{LIST}/msg_0/requeue"), ""));
    fits(&document, BACK, "post", &bed.by("ada", "GET", &format!("{LIST}/msg_0/requeue"), ""));
}

#[test]
fn every_operation_of_the_document_is_served_by_its_method_alone() {
    let bed = Bed::new(Review::One);
    for (path, methods) in document(&bed)["paths"].as_object().unwrap() {
        let target = path.replace("{number}", "7").replace("{index}", "1").replace("{id}", "msg_0");
        let allow = bed.call("OPTIONS", &target, &[], b"").header("allow").to_ascii_lowercase();
        let served: Vec<_> = allow.split(", ").filter(|method| !["head", "options"].contains(method)).collect();
        assert_eq!(served, methods.as_object().unwrap().keys().collect::<Vec<_>>(), "{path}");
    }
}

#[test]
fn what_does_not_fit_is_noticed() {
    let bed = Bed::new(Review::One);
    let document = document(&bed);
    let case = bed.case(None);
    let good = bed.get("wang", &format!("/api/v1/cases/{}", case.key.number)).json();
    let schema = json!({ "$ref": "#/components/schemas/Case" });
    assert_eq!(misfit(&document, &schema, &good, "case"), None);
    for (pointer, value) in [
        ("/state", json!("lost")),
        ("/version", json!("1")),
        ("/created", json!("yesterday")),
        ("/papers/0/role", json!(1)),
        ("/form/0/means", json!("else")),
        ("/masked", Value::Null),
    ] {
        let mut bad = good.clone();
        *bad.pointer_mut(pointer).unwrap() = value;
        assert!(misfit(&document, &schema, &bad, "case").is_some(), "{pointer}");
    }
    let mut bad = good.clone();
    bad["more"] = json!(1);
    assert!(misfit(&document, &schema, &bad, "case").is_some());
    bad.as_object_mut().unwrap().retain(|name, _| name != "more" && name != "kind");
    assert!(misfit(&document, &schema, &bad, "case").is_some());
}

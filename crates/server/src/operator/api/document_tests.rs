//! The document against the tables: nothing is served that it does not name, and it names nothing else.

use std::collections::BTreeSet;

use serde_json::Value;

use super::{DOCUMENT, problem::Kind, routes::ROUTES};

fn document() -> Value {
    serde_json::from_str(DOCUMENT).unwrap()
}

#[test]
fn the_document_names_exactly_the_routes_and_their_roles() {
    let document = document();
    let mut named = BTreeSet::new();
    for (path, methods) in document["paths"].as_object().unwrap() {
        for (method, operation) in methods.as_object().unwrap() {
            let role = operation["security"][0]["key"][0].as_str().map(str::to_owned);
            named.insert((method.to_ascii_uppercase(), path.clone(), role));
        }
    }
    let served = ROUTES.iter().map(|route| {
        (route.method.to_owned(), route.template.to_owned(), route.role.map(|role| role.word().to_owned()))
    });
    assert_eq!(named, served.collect());
    assert_eq!(document["openapi"], "3.1.0");
}

#[test]
fn the_document_describes_every_problem() {
    let document = document();
    let described = document["x-problems"].as_object().unwrap();
    for kind in Kind::ALL {
        let (name, status, title) = kind.row();
        let found = &described[name];
        assert_eq!((&found["status"], &found["title"]), (&status.as_u16().into(), &title.into()), "{name}");
    }
    assert_eq!(described.len(), Kind::ALL.len());
}

#[test]
fn every_reference_of_the_document_leads_somewhere() {
    fn walk(value: &Value, document: &Value, seen: &mut usize) {
        match value {
            Value::Object(members) => {
                if let Some(reference) = members.get("$ref").and_then(Value::as_str) {
                    assert!(document.pointer(reference.trim_start_matches('#')).is_some(), "{reference}");
                    *seen += 1;
                }
                members.values().for_each(|value| walk(value, document, seen));
            }
            Value::Array(list) => list.iter().for_each(|value| walk(value, document, seen)),
            _ => {}
        }
    }
    let (document, mut seen) = (document(), 0);
    walk(&document, &document, &mut seen);
    assert!(seen > 20, "{seen}");
}

//! The operator's API: who may what, a whole review, four eyes, pages, problems, and what strangers send.

use std::sync::Arc;

use proptest::prelude::*;
use serde_json::{Value, json};
use shiming_core::{
    Cases as _, Operator, Operators, OperatorsError,
    submit::{Judgement, Remark, Review, State, Topic},
};
use shiming_server::doors::{Door, Head, IntakeRefusal};

use crate::operator_bench::{Bed, MOBILE, NAME, PICTURE, Seen, block_on, key};

/// Every route for a case, with what a body would need.
fn routes(number: i64, version: u64) -> [(&'static str, String, String); 6] {
    let case = format!("/api/v1/cases/{number}");
    let body = json!({ "version": version, "reason": "unreadable" }).to_string();
    [
        ("GET", "/api/v1/cases".to_owned(), String::new()),
        ("GET", case.clone(), String::new()),
        ("GET", format!("{case}?reveal=true"), String::new()),
        ("GET", format!("{case}/papers/1"), String::new()),
        ("POST", format!("{case}/approve"), body.clone()),
        ("POST", format!("{case}/reject"), body),
    ]
}

#[test]
fn each_role_may_do_what_its_row_says() {
    for (name, allowed) in [
        ("vera", [true, true, false, false, false, false]),
        ("wang", [true; 6]),
        ("ada", [true; 6]),
        ("nobody", [false; 6]),
    ] {
        for (index, allowed) in allowed.into_iter().enumerate() {
            let bed = Bed::new(Review::One);
            let case = bed.case(None);
            let (method, target, body) = &routes(case.key.number, case.version)[index];
            let seen = bed.by(name, method, target, body);
            match (allowed, name) {
                (true, _) => assert_eq!(seen.status, 200, "{name} {method} {target} {seen:?}"),
                (false, "nobody") => {
                    assert_eq!(seen.problem(), (401, "no-key".into()), "{target}");
                    assert!(seen.header("www-authenticate").starts_with("Bearer realm="));
                }
                (false, _) => {
                    assert_eq!(seen.problem(), (403, "role".into()), "{name} {target}");
                    assert!(seen.header("www-authenticate").contains("insufficient_scope"));
                }
            }
            let decided = seen.status == 200 && *method == "POST";
            let waits = bed.get("ada", &format!("/api/v1/cases/{}", case.key.number)).json()["state"] == "under_review";
            assert_eq!(waits, !decided, "{name} {target}");
        }
    }
}

#[test]
fn who_has_no_key_or_a_disabled_one_learns_nothing() {
    let bed = Bed::new(Review::One);
    let case = bed.case(None);
    bed.store.operators().set_enabled("wang", false).unwrap();
    for target in [format!("/api/v1/cases/{}", case.key.number), "/api/v1/cases/7".into(), "/api/v1/cases?x=1".into()] {
        let bare = bed.call("GET", &target, &[], b"");
        assert_eq!(bare.problem(), (401, "no-key".into()));
        assert_eq!(bare.header("www-authenticate"), "Bearer realm=\"shiming\"");
        let twice = format!("Bearer {}", key("li"));
        let twice = [("authorization", twice.as_str()), ("authorization", twice.as_str())];
        for headers in [&[("authorization", "Basic eDp5")][..], &[("authorization", "Bearer ")], &twice] {
            assert_eq!(bed.call("GET", &target, headers, b"").problem(), (401, "no-key".into()));
        }
        let disabled = bed.get("wang", &target);
        assert_eq!(disabled.problem(), (401, "no-key".into()));
        assert_eq!(disabled.bytes.len(), bed.get("nobody", &target).bytes.len(), "as a key that never was");
    }
    bed.store.operators().set_enabled("wang", true).unwrap();
    assert_eq!(bed.get("wang", "/api/v1/cases").status, 200);
}

#[test]
fn a_case_is_looked_at_rejected_handed_in_again_and_approved() {
    let bed = Bed::new(Review::One);
    let case = bed.case(None);
    let target = format!("/api/v1/cases/{}", case.key.number);
    let masked = bed.get("vera", &target);
    let told = masked.json();
    assert_eq!(
        (&told["masked"], &told["form"][0]["value"], &told["form"][1]["value"]),
        (&true.into(), &"样**".into(), &"138****0000".into())
    );
    assert!(!String::from_utf8_lossy(&masked.bytes).contains(MOBILE));
    let whole = bed.get("wang", &format!("{target}?reveal=true")).json();
    assert_eq!((&whole["form"][0]["value"], &whole["form"][1]["value"]), (&NAME.into(), &MOBILE.into()));
    assert_eq!(whole["form"][0]["means"], "person");

    let picture = bed.get("wang", &format!("{target}/papers/1"));
    assert_eq!((picture.header("content-type"), picture.bytes.as_slice()), ("image/png", PICTURE));
    assert_eq!(
        picture.header("content-disposition"),
        format!("inline; filename=\"{}-1-licence.png\"", case.key.number)
    );

    let body = json!({ "version": told["version"], "reason": "样例甲的印章不清" }).to_string();
    let rejected = bed.decide("wang", &case, "reject", &body);
    assert_eq!((rejected.status, &rejected.json()["state"]), (200, &"rejected".into()));
    assert_eq!(rejected.header("etag"), "\"2\"");
    let again = bed.again(&case);
    let told = bed.get("wang", &format!("{target}?reveal=true")).json();
    assert_eq!((&told["round"], &told["history"][0]["reason"]), (&2.into(), &"样例甲的印章不清".into()));
    assert_eq!(bed.get("vera", &target).json()["history"][0]["reason"], Value::Null);
    assert_eq!((&told["papers"][0]["round"], &told["papers"][0]["superseded"]), (&2.into(), &Value::Null));
    assert!(told["papers"][1]["superseded"].is_string());

    let tag = format!("\"{}\"", again.version);
    let bearer = format!("Bearer {}", key("li"));
    let headers = [("authorization", bearer.as_str()), ("if-match", tag.as_str())];
    let approved = bed.call("POST", &format!("{target}/approve"), &headers, b"");
    assert_eq!((approved.status, approved.word), (200, "approved"));
    assert_eq!(bed.approve("wang", &case).problem(), (409, "state".into()));
    let history = bed.get("vera", &target).json()["history"].clone();
    assert_eq!(
        (&history[0]["by"], &history[1]["by"], &history[1]["outcome"]),
        (&"wang".into(), &"li".into(), &"approve".into())
    );
}

#[test]
fn what_the_checks_beside_the_reviewer_found_is_shown_to_everybody_who_may_look() {
    let bed = Bed::new(Review::One);
    let case = bed.case(None);
    let target = format!("/api/v1/cases/{}", case.key.number);
    assert_eq!(bed.get("vera", &target).json()["remarks"], json!([]));
    let remarks = vec![
        Remark::new(Topic::Number, "personIDCard", Judgement::Bad, "check_character"),
        Remark::new(Topic::Image, "licence", Judgement::Clear, "read"),
    ];
    assert!(block_on(bed.store.cases().remark(&case, remarks, case.updated)).unwrap());
    let told = bed.get("vera", &target).json();
    let expected = json!({
        "round": 1, "at": case.updated.timestamp().to_string(), "topic": "number", "field": "personIDCard",
        "judgement": "bad", "why": "check_character",
    });
    assert_eq!((&told["remarks"][0], &told["remarks"][1]["judgement"]), (&expected, &"clear".into()));
    assert_eq!(told["revises"], Value::Null);
}

#[test]
fn four_eyes_are_two_people_and_none_who_had_a_hand_in_it() {
    let bed = Bed::new(Review::Two);
    let case = bed.case(Some("ada"));
    assert_eq!(bed.approve("ada", &case).problem(), (409, "own-work".into()));
    let first = bed.approve("wang", &case);
    assert_eq!((first.status, &first.json()["state"]), (200, &"under_review".into()));
    assert_eq!(bed.approve("wang", &case).problem(), (409, "same-operator".into()));
    let waiting = bed.get("vera", &format!("/api/v1/cases/{}", case.key.number)).json();
    assert_eq!((&waiting["approvals"], &waiting["hands"]), (&json!(["wang"]), &json!(["ada"])));
    assert_eq!(waiting["approvals_needed"], 2);
    assert_eq!(bed.approve("li", &case).json()["state"], "approved");

    let another = bed.case(Some("ada"));
    let body = json!({ "version": another.version, "reason": "of my own" }).to_string();
    assert_eq!(bed.decide("ada", &another, "reject", &body).json()["state"], "rejected");
}

#[test]
fn a_decision_on_what_has_changed_is_refused() {
    let bed = Bed::new(Review::Two);
    let case = bed.case(None);
    assert_eq!(bed.approve("wang", &case).status, 200);
    let stale = json!({ "version": case.version }).to_string();
    assert_eq!(bed.decide("li", &case, "approve", &stale).problem(), (409, "changed".into()));
    let target = format!("/api/v1/cases/{}/approve", case.key.number);
    let bearer = format!("Bearer {}", key("li"));
    let with = |tag: &str, body: &str| {
        let headers = [("authorization", bearer.as_str()), ("if-match", tag), ("content-type", "application/json")];
        bed.call("POST", &target, &headers, body.as_bytes())
    };
    for tag in ["\"1\"", "W/\"2\"", "2", "\"x\""] {
        assert_eq!(with(tag, "").problem(), (412, "overtaken".into()), "{tag}");
    }
    assert_eq!(with("*", "").problem(), (428, "no-version".into()));
    assert_eq!(with("\"1\"", "{\"version\": 2}").problem(), (412, "overtaken".into()), "both have to fit");
    assert_eq!(with("\"2\"", "{\"version\": 1}").problem(), (409, "changed".into()), "both have to fit");
    assert_eq!(bed.decide("li", &case, "approve", "").problem(), (428, "no-version".into()));
    assert_eq!(bed.decide("li", &case, "approve", "{}").problem(), (428, "no-version".into()));
    assert_eq!(with("\"1\", \"2\"", "{\"version\": 2}").json()["state"], "approved");
}

#[test]
fn lists_are_narrowed_and_paged() {
    let bed = Bed::new(Review::One);
    let all: Vec<_> = (0..5).map(|_| bed.case(None)).collect();
    assert_eq!(bed.approve("wang", &all[1]).status, 200);
    let (mut numbers, mut after) = (Vec::new(), json!(0));
    while !after.is_null() {
        let page = bed.get("vera", &format!("/api/v1/cases?limit=2&after={after}")).json();
        let cases = page["cases"].as_array().unwrap();
        assert!(cases.len() <= 2);
        numbers.extend(cases.iter().map(|case| case["number"].as_i64().unwrap()));
        after = page["next"].clone();
    }
    assert_eq!(numbers, all.iter().map(|case| case.key.number).collect::<Vec<_>>());
    let count =
        |query: &str| bed.get("vera", &format!("/api/v1/cases?{query}")).json()["cases"].as_array().unwrap().len();
    assert_eq!((count("state=approved"), count("state=under_review"), count("state=closed")), (1, 4, 0));
    assert_eq!((count("door=made-up&caller=app&kind=template"), count("door=other"), count("caller=other")), (5, 0, 0));
    assert_eq!((count("kind=other"), count("limit=200"), count("")), (0, 5, 5));
    let exact = bed.get("vera", "/api/v1/cases?limit=5").json();
    assert_eq!(exact["next"], Value::Null, "the last page says so");
}

#[test]
fn a_query_that_is_not_understood_is_refused() {
    let bed = Bed::new(Review::One);
    for query in [
        "state=lost",
        "state=",
        "limit=0",
        "limit=201",
        "limit=-1",
        "limit=1e2",
        "after=-1",
        "after=x",
        "after=99999999999999999999",
        "sate=draft",
        "state=draft&state=draft",
        "door=%ff",
        "limit=%00",
        "&&=",
    ] {
        assert_eq!(bed.get("vera", &format!("/api/v1/cases?{query}")).problem(), (400, "bad-query".into()), "{query}");
    }
    let number = bed.case(None).key.number;
    for target in [format!("{number}?reveal=yes"), format!("{number}?x=1"), format!("{number}/papers/1?x=1")] {
        assert_eq!(bed.get("wang", &format!("/api/v1/cases/{target}")).problem(), (400, "bad-query".into()));
    }
}

#[test]
fn what_is_not_there_is_not_there() {
    let bed = Bed::new(Review::One);
    let number = bed.case(None).key.number;
    for bad in ["0", "7", "-1", "01", "x", "", "9223372036854775807", "9223372036854775808", "%31", "１", "1.0"] {
        let seen = bed.get("ada", &format!("/api/v1/cases/{bad}"));
        assert_eq!(seen.problem(), (404, "no-case".into()), "{bad}");
    }
    for bad in ["0", "2", "-1", "01", "x", "18446744073709551616"] {
        let seen = bed.get("ada", &format!("/api/v1/cases/{number}/papers/{bad}"));
        assert_eq!(seen.problem(), (404, "no-paper".into()), "{bad}");
    }
    for path in [
        "/api/",
        "/api/v1",
        "/api/v1/",
        "/api/v2/cases",
        "/api/v1/cases/1/papers",
        "/api/v1/../cases",
        "/api/v1/cases/",
    ] {
        let seen = bed.get("ada", path);
        assert_eq!(seen.status, 404, "{path}");
        seen.problem();
    }
}

#[test]
fn methods_are_told_apart() {
    let bed = Bed::new(Review::One);
    let case = bed.case(None);
    for (method, target, _) in routes(case.key.number, case.version) {
        let allow = if method == "GET" { "GET, HEAD, OPTIONS" } else { "POST, OPTIONS" };
        let options = bed.call("OPTIONS", &target, &[], b"");
        assert_eq!((options.status, options.header("allow"), options.bytes.len()), (204, allow, 0), "{target}");
        for other in ["PUT", "DELETE", "PATCH", "TRACE", "get", if method == "GET" { "POST" } else { "GET" }] {
            let seen = bed.by("ada", other, &target, "");
            assert_eq!((seen.problem(), seen.header("allow")), ((405, "method".into()), allow), "{other} {target}");
        }
        if method == "GET" {
            let (head, get) = (bed.by("ada", "HEAD", &target, ""), bed.get("ada", &target));
            assert_eq!((head.status, head.header("content-type")), (200, get.header("content-type")));
        }
    }
}

#[test]
fn a_body_that_is_no_decision_is_refused_and_decides_nothing() {
    let bed = Bed::new(Review::One);
    let case = bed.case(None);
    for body in [
        "{",
        "[]",
        "1",
        "null x",
        "{\"version\": -1}",
        "{\"version\": \"1\"}",
        "{\"version\": 1.5}",
        "{\"reason\": 7}",
        "{\"version\": 1, \"by\": \"li\"}",
        "{\"version\": 1, \"version\": 1}",
        "{\"version\": 18446744073709551616}",
    ] {
        assert_eq!(bed.decide("wang", &case, "approve", body).problem(), (400, "bad-body".into()), "{body}");
    }
    let deep = "[".repeat(10_000);
    assert_eq!(bed.decide("wang", &case, "approve", &deep).problem(), (400, "bad-body".into()));
    for body in [
        "{\"version\": 1}".to_owned(),
        json!({"version": 1, "reason": " "}).to_string(),
        json!({"version": 1, "reason": "x".repeat(1001)}).to_string(),
    ] {
        assert_eq!(bed.decide("wang", &case, "reject", &body).problem(), (422, "reason".into()));
    }
    let bearer = format!("Bearer {}", key("wang"));
    let target = format!("/api/v1/cases/{}/approve", case.key.number);
    for kind in ["text/plain", "application/x-www-form-urlencoded", "application/jsonx", ""] {
        let headers = [("authorization", bearer.as_str()), ("content-type", kind)];
        assert_eq!(bed.call("POST", &target, &headers, b"{\"version\": 1}").problem(), (415, "not-json".into()));
    }
    let charset = [("authorization", bearer.as_str()), ("content-type", "Application/JSON; charset=utf-8")];
    assert_eq!(bed.call("POST", &target, &charset, b"{\"version\": 1}").status, 200);
}

#[test]
fn what_the_intake_refuses_is_a_problem_too() {
    let bed = Bed::new(Review::One);
    let headers = http::HeaderMap::new();
    let head = Head { method: "POST", target: "/api/v1/cases/1/approve", headers: &headers };
    assert!(bed.api.claims(head) && !bed.api.claims(Head { target: "/refused", ..head }));
    assert_eq!(bed.api.body_limit(), 16 * 1024);
    for (why, status, name) in [
        (IntakeRefusal::BodyTooLarge, 413, "too-large"),
        (IntakeRefusal::BodyTooSlow, 408, "too-slow"),
        (IntakeRefusal::BodyBroken, 400, "bad-body"),
    ] {
        assert_eq!(Seen::of(bed.api.refuse(head, why)).problem(), (status, name.into()));
    }
}

#[test]
fn every_answer_is_kept_by_nobody_and_guessed_by_nobody() {
    let bed = Bed::new(Review::One);
    let case = bed.case(None);
    let mut ids = std::collections::BTreeSet::new();
    for name in ["ada", "nobody"] {
        for (method, target, body) in routes(case.key.number, case.version) {
            let seen = bed.by(name, method, &target, &body);
            assert_eq!((seen.header("cache-control"), seen.header("x-content-type-options")), ("no-store", "nosniff"));
            assert_eq!(seen.header("content-security-policy"), "default-src 'none'; sandbox");
            assert!(ids.insert(seen.header("x-request-id").to_owned()), "{ids:?}");
        }
    }
}

#[test]
fn a_problem_repeats_nothing_that_was_sent() {
    let bed = Bed::new(Review::One);
    let case = bed.case(None);
    let number = case.key.number;
    for seen in [
        bed.get("ada", &format!("/api/v1/cases?{MOBILE}=1")),
        bed.get("ada", &format!("/api/v1/cases?state={MOBILE}")),
        bed.get("ada", &format!("/api/v1/{MOBILE}")),
        bed.get("ada", &format!("/api/v1/cases/{number}/papers/{MOBILE}")),
        bed.decide("ada", &case, "reject", &format!("{{\"{MOBILE}\": 1}}")),
        bed.decide("ada", &case, "reject", &format!("{{\"version\": \"{MOBILE}\"}}")),
    ] {
        seen.problem();
        assert!(!String::from_utf8_lossy(&seen.bytes).contains(MOBILE), "{seen:?}");
    }
}

#[test]
fn the_ledger_names_who_decided() {
    let bed = Bed::new(Review::One);
    let case = bed.case(None);
    let seen = bed.approve("li", &case);
    let mut last = None;
    let each = |exported: shiming_store::ExportedEntry| {
        last = Some(exported.entry);
        true
    };
    bed.store.ledger().export(&shiming_store::Filter::default(), each).unwrap();
    let entry = last.unwrap();
    assert_eq!((entry.door.as_str(), entry.caller.as_str(), entry.operation.as_str()), ("operator", "app", "approve"));
    assert_eq!(entry.source.unwrap().as_str(), "li");
    assert_eq!(entry.request_id, seen.header("x-request-id"));
    let now = block_on(bed.verb.find(&case.key)).unwrap().unwrap();
    assert_eq!(now.state, State::Approved);
}

#[test]
fn of_many_decisions_on_one_sight_one_counts() {
    let bed = Bed::new(Review::One);
    let case = bed.case(None);
    let bodies = json!({ "version": case.version, "reason": "unreadable" }).to_string();
    let decide = |name: &str, word: &str| bed.decide(name, &case, word, &bodies).status;
    let statuses: Vec<u16> = std::thread::scope(|scope| {
        let decide = &decide;
        let calls = [("wang", "approve"), ("li", "approve"), ("ada", "approve"), ("wang", "reject"), ("li", "reject")];
        let threads: Vec<_> = calls.into_iter().map(|(name, word)| scope.spawn(move || decide(name, word))).collect();
        threads.into_iter().map(|thread| thread.join().unwrap()).collect()
    });
    assert_eq!(statuses.iter().filter(|status| **status == 200).count(), 1, "{statuses:?}");
    assert!(statuses.iter().all(|status| [200, 409].contains(status)), "{statuses:?}");
    let history = bed.get("vera", &format!("/api/v1/cases/{}", case.key.number)).json()["history"].clone();
    assert_eq!(history.as_array().unwrap().len(), 1);
}

#[test]
fn what_is_broken_here_is_said_without_saying_what() {
    struct Broken;
    impl Operators for Broken {
        fn all(&self) -> Result<Vec<Operator>, OperatorsError> {
            Err(OperatorsError("the disk of 13800000000 is on fire".into()))
        }
        fn by_key(&self, _: &str) -> Result<Option<Operator>, OperatorsError> {
            Err(OperatorsError("the disk of 13800000000 is on fire".into()))
        }
    }
    let bed = Bed::new(Review::One);
    let case = bed.case(None);
    let paper = format!("/api/v1/cases/{}/papers/1", case.key.number);
    std::fs::remove_dir_all(bed.store.dir().join("papers")).unwrap();
    let gone = bed.get("wang", &paper);
    let bed = bed.with_operators(Arc::new(Broken));
    for seen in [gone, bed.get("wang", "/api/v1/cases")] {
        assert_eq!(seen.problem(), (500, "internal".into()));
        let text = String::from_utf8_lossy(&seen.bytes).into_owned();
        assert!(!text.contains("disk") && !text.contains("papers/"), "{text}");
    }
    assert_eq!(bed.call("GET", "/api/v1/openapi.json", &[], b"").status, 200);
}

#[test]
fn nothing_that_is_sent_breaks_it_or_decides_by_chance() {
    let bed = Bed::new(Review::One);
    let case = bed.case(None);
    let paths = prop_oneof![
        Just(String::new()),
        Just(format!("/{}", case.key.number)),
        Just(format!("/{}/papers/1", case.key.number)),
        Just(format!("/{}/approve", case.key.number)),
        "/[0-9a-z%./]{0,24}",
    ];
    let queries = prop_oneof!["", "\\?(state|after|limit|reveal|x)=[0-9a-z%&=]{0,12}", "\\?[!-~]{0,40}"];
    let words = prop_oneof!["GET", "HEAD", "POST", "OPTIONS", "[A-Z]{1,8}"];
    let tags = prop_oneof!["\"[0-9]{0,25}\"", "[ -~]{0,30}"];
    let bodies = prop_oneof![
        prop::collection::vec(any::<u8>(), 0..64),
        "\\{\"(version|reason|x)\": ?[\"0-9a-z{}\\[\\]-]{0,12}\\}".prop_map(String::into_bytes),
    ];
    let bearer = format!("Bearer {}", key("ada"));
    proptest!(|(path in paths, query in queries, word in words, tag in tags, body in bodies)| {
        // The one version that there is would decide.
        prop_assume!(!tag.contains("\"1\"") && !String::from_utf8_lossy(&body).contains('1'));
        let headers = [("authorization", bearer.as_str()), ("if-match", &tag), ("content-type", "application/json")];
        let seen = bed.call(&word, &format!("/api/v1/cases{path}{query}"), &headers, &body);
        if seen.status >= 300 {
            prop_assert!(seen.problem().0 < 500, "{seen:?}");
        }
    });
    assert_eq!(bed.get("vera", &format!("/api/v1/cases/{}", case.key.number)).json()["state"], "under_review");
}

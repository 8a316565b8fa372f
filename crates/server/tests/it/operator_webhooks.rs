//! The operator's API on notices: who may what, lists, one of them, and one that is put back.

use std::{sync::Arc, time::Instant};

use http::HeaderMap;
use secrecy::SecretString;
use serde_json::{Value, json};
use shiming_core::{
    UnixTime,
    submit::{Attempt, Notice, Outbox as _, Review, Standing},
};
use shiming_server::{
    Call,
    doors::Door as _,
    operator::{Operator, Waiting},
    refusals::Refusals,
    telemetry::Telemetry,
};
use shiming_wire::request::Request;

use crate::operator_bench::{Bed, MOBILE, NAME, NOW, block_on};

const LIST: &str = "/api/v1/webhooks";

/// So many cases, decided: a notice each. Gives the notices, claimed once.
fn claimed(bed: &Bed, many: usize) -> Vec<Notice> {
    for _ in 0..many {
        let case = bed.case(None);
        assert_eq!(bed.approve("wang", &case).status, 200);
    }
    block_on(bed.store.outbox().claim(NOW, NOW.plus_millis(60_000), many)).unwrap()
}

fn give_up(bed: &Bed, notice: &Notice) {
    let dead = Attempt::Dead { why: "the receiver failed (5xx)" };
    assert!(block_on(bed.store.outbox().settle(notice, dead)).unwrap());
}

fn ids(page: &Value) -> Vec<&str> {
    page["webhooks"].as_array().unwrap().iter().map(|notice| notice["id"].as_str().unwrap()).collect()
}

#[test]
fn each_role_may_do_what_its_row_says() {
    for (name, may_look, may_put_back) in
        [("vera", true, false), ("wang", true, false), ("ada", true, true), ("nobody", false, false)]
    {
        let bed = Bed::new(Review::One);
        let notice = claimed(&bed, 1).remove(0);
        give_up(&bed, &notice);
        let (one, back) = (format!("{LIST}/{}", notice.id), format!("{LIST}/{}/requeue", notice.id));
        for (method, target, may) in [("GET", LIST, may_look), ("GET", &one, may_look), ("POST", &back, may_put_back)] {
            let seen = bed.by(name, method, target, "");
            match (may, name) {
                (true, _) => assert_eq!(seen.status, 200, "{name} {method} {target} {seen:?}"),
                (false, "nobody") => assert_eq!(seen.problem(), (401, "no-key".into())),
                (false, _) => assert_eq!(seen.problem(), (403, "role".into())),
            }
        }
        let dead = block_on(bed.store.outbox().notices(Standing::Dead, 0, 10)).unwrap();
        assert_eq!(dead.is_empty(), may_put_back, "{name}");
    }
}

#[test]
fn a_dead_notice_is_seen_put_back_once_and_tried_again() {
    let bed = Bed::new(Review::One);
    let notices = claimed(&bed, 2);
    give_up(&bed, &notices[0]);
    let list = bed.get("vera", LIST);
    let told = list.json();
    assert_eq!(ids(&told), [notices[0].id.as_str()], "the dead ones, unless others are asked for");
    let expected = json!({
        "id": notices[0].id, "event": "approved", "door": "made-up", "caller": "app", "kind": "template",
        "number": notices[0].key.number, "revision": null, "state": "approved", "round": 1,
        "at": NOW.timestamp().to_string(), "standing": "dead", "attempts": 1, "next": null,
        "why": "the receiver failed (5xx)",
    });
    assert_eq!(told["webhooks"][0], expected);
    let text = String::from_utf8_lossy(&list.bytes).into_owned();
    assert!(!text.contains(NAME) && !text.contains(MOBILE), "{text}");
    let target = format!("{LIST}/{}", notices[0].id);
    assert_eq!(bed.get("vera", &target).json(), expected);

    let back = bed.by("ada", "POST", &format!("{target}/requeue"), "{}");
    assert_eq!((back.status, back.word), (200, "requeued"));
    let now = back.json();
    assert_eq!((&now["standing"], &now["attempts"]), (&"waiting".into(), &0.into()));
    assert_eq!(now["next"], NOW.timestamp().to_string());
    for id in [&notices[0].id, &notices[1].id] {
        let again = bed.by("ada", "POST", &format!("{LIST}/{id}/requeue"), "");
        assert_eq!(again.problem(), (409, "not-dead".into()));
    }
    let due = block_on(bed.store.outbox().claim(NOW, NOW.plus_millis(1), 10)).unwrap();
    assert_eq!(due.into_iter().map(|notice| notice.id).collect::<Vec<_>>(), [notices[0].id.clone()]);
}

#[test]
fn lists_are_narrowed_and_paged() {
    let bed = Bed::new(Review::One);
    let notices = claimed(&bed, 5);
    give_up(&bed, &notices[1]);
    assert!(block_on(bed.store.outbox().settle(&notices[2], Attempt::Delivered)).unwrap());
    let of = |query: &str| bed.get("vera", &format!("{LIST}?{query}")).json();
    for (standing, expected) in [("dead", &notices[1]), ("delivered", &notices[2])] {
        assert_eq!(ids(&of(&format!("standing={standing}"))), [expected.id.as_str()]);
    }
    let (mut found, mut after) = (Vec::new(), json!(0));
    while !after.is_null() {
        let page = of(&format!("standing=waiting&limit=2&after={after}"));
        assert!(ids(&page).len() <= 2);
        found.extend(ids(&page).into_iter().map(str::to_owned));
        after = page["next"].clone();
    }
    let waiting = [0, 3, 4].map(|at: usize| notices[at].id.clone());
    assert_eq!(found, waiting);
    assert_eq!(of("standing=waiting&limit=3")["next"], Value::Null, "the last page says so");
}

#[test]
fn what_cannot_be_used_is_refused_and_changes_nothing() {
    let bed = Bed::new(Review::One);
    let notice = claimed(&bed, 1).remove(0);
    give_up(&bed, &notice);
    let target = format!("{LIST}/{}", notice.id);
    for query in ["standing=lost", "standing=", "limit=0", "limit=201", "after=-1", "after=x", "x=1", "limit=1&limit=1"]
    {
        assert_eq!(bed.get("vera", &format!("{LIST}?{query}")).problem(), (400, "bad-query".into()), "{query}");
    }
    assert_eq!(bed.get("vera", &format!("{target}?x=1")).problem(), (400, "bad-query".into()));
    let requeue = |rest: &str, body: &str| bed.by("ada", "POST", &format!("{target}/requeue{rest}"), body).problem();
    assert_eq!(requeue("?force=1", ""), (400, "bad-query".into()));
    for body in ["{\"force\": true}", "[]", " ", "null"] {
        assert_eq!(requeue("", body), (400, "bad-body".into()), "{body}");
    }
    let long = "x".repeat(65);
    for id in ["msg_0", "", "%00", "'; DROP TABLE notice; --", &long] {
        let none = (404, "no-notice".to_owned());
        assert_eq!(bed.get("vera", &format!("{LIST}/{id}")).problem(), none, "{id}");
        assert_eq!(bed.by("ada", "POST", &format!("{LIST}/{id}/requeue"), "").problem(), none, "{id}");
    }
    assert_eq!(bed.by("ada", "GET", &format!("{target}/requeue"), "").problem(), (405, "method".into()));
    assert_eq!(bed.get("vera", &target).json()["standing"], "dead");
}

#[test]
fn of_many_that_put_one_back_at_a_moment_one_has_done_it() {
    let bed = Bed::new(Review::One);
    let notice = claimed(&bed, 1).remove(0);
    give_up(&bed, &notice);
    let target = format!("{LIST}/{}/requeue", notice.id);
    let statuses: Vec<u16> = std::thread::scope(|scope| {
        let call = || bed.by("ada", "POST", &target, "").status;
        let threads: Vec<_> = (0..6).map(|_| scope.spawn(call)).collect();
        threads.into_iter().map(|thread| thread.join().unwrap()).collect()
    });
    assert_eq!(statuses.iter().filter(|status| **status == 200).count(), 1, "{statuses:?}");
    assert!(statuses.iter().all(|status| [200, 409].contains(status)), "{statuses:?}");
}

/// The metrics of an operator's address beside the API, at a moment.
fn metrics(bed: &Bed, now: UnixTime) -> String {
    let clock = Arc::new(now);
    let waiting =
        Waiting { submitter: Arc::clone(&bed.verb), outbox: bed.store.outbox(), clock: Arc::clone(&clock) as _ };
    let operator = Operator {
        token: SecretString::from("token"),
        telemetry: Arc::new(Telemetry::default()),
        refusals: Arc::new(Refusals::new(clock)),
        ready: Box::new(|| Ok(())),
        waiting: Some(waiting),
    };
    let headers = HeaderMap::new();
    let request = Request { method: "GET", target: "/metrics?x", headers: &headers, body: &[] };
    let answer = block_on(operator.answer(Call { request, arrived: Instant::now(), peer: None }));
    assert_eq!(answer.status, 200);
    String::from_utf8(answer.body.to_vec()).unwrap()
}

#[test]
fn the_metrics_say_what_waits_in_the_store() {
    let bed = Bed::new(Review::One);
    let value = |name: &str, now: UnixTime| {
        let text = metrics(&bed, now);
        let line = text.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(' '));
        line.unwrap_or_else(|| panic!("no {name}: {text}")).parse::<u64>().unwrap()
    };
    let all = |now| {
        ["cases_under_review", "cases_oldest_seconds", "webhooks_waiting", "webhooks_dead"]
            .map(|name| value(&format!("shiming_{name}"), now))
    };
    assert_eq!(all(NOW.plus_millis(90_000)), [0; 4]);
    let notices = claimed(&bed, 3);
    give_up(&bed, &notices[0]);
    bed.case(None);
    bed.case(None);
    assert_eq!(all(NOW.plus_millis(90_000)), [2, 90, 2, 1]);
    assert_eq!(all(NOW.plus_millis(-90_000)), [2, 0, 2, 1], "a clock that was set back");
}

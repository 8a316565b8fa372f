//! What waits at the desk, and how an operator decides it, beside a running server.

use serde_json::Value;

use crate::harness::{Scratch, Server};

/// The once-token of the demo's session that has matched and waits, and its app.
fn waiting(demo: &Server) -> (String, String) {
    let sessions = demo.ready["sessions"].as_array().unwrap();
    let session = sessions.iter().find(|session| session["case"] == "verifying").unwrap();
    let text = |name: &str| session[name].as_str().unwrap().to_owned();
    (text("app_id"), text("once_token"))
}

fn run(scratch: &Scratch, arguments: &[&str], code: i32) -> Vec<Value> {
    let all = [&["sessions", arguments[0], "--data", "data", "--json"], &arguments[1..]].concat();
    let ended = scratch.run(&all).with_code(code);
    ended.out.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

#[test]
fn who_waits_is_listed_and_decided_beside_the_server_and_then_forgotten() {
    let scratch = Scratch::new();
    let demo = scratch.demo(&[], &[]);
    let (app, token) = waiting(&demo);
    let listed = run(&scratch, &["list"], 0);
    let found = listed.iter().find(|session| session["handle"] == token.as_str()).unwrap();
    assert_eq!((&found["state"], &found["judged"]["verdict"]), (&"verifying".into(), &"match".into()));
    assert!(found.get("person").is_none(), "the list names nobody");

    let someone = &demo.ready["people"][0];
    let masked = run(&scratch, &["show", &app, &token], 0).remove(0);
    let shown = run(&scratch, &["show", &app, &token, "--person"], 0).remove(0);
    assert_eq!((&shown["person"]["id"], &shown["person"]["name"]), (&someone["id_number"], &someone["name"]));
    assert!(masked["person"]["id"].as_str().unwrap().contains("****"));
    assert_eq!(shown["person"]["photo"], false);
    let photo = ["sessions", "show", &app, &token, "--data", "data", "--photo", "face.jpg"];
    assert!(scratch.run(&photo).with_code(2).err.contains("no photo"));

    for (name, role) in [("wang", "reviewer"), ("li", "viewer")] {
        scratch.run(&["operators", "add", name, "--role", role, "--data", "data"]).with_code(0);
    }
    for (by, why) in
        [(&["--by", "li"][..], "li is a viewer"), (&["--by", "zhao"], "zhao is no operator"), (&[], "--by names none")]
    {
        let asked = [&["sessions", "approve", &app, &token, "--data", "data"], by].concat();
        assert!(scratch.run(&asked).with_code(2).err.contains(why), "{why}");
    }
    let decided = run(&scratch, &["approve", &app, &token, "--by", "wang"], 0).remove(0);
    assert_eq!((&decided["state"], &decided["judged"]["source"]), (&"succeeded".into(), &"operator:wang".into()));
    assert!(run(&scratch, &["show", &app, &token], 0).remove(0).get("person").is_none());
    let again = run(&scratch, &["reject", &app, &token, "--by", "wang"], 1).remove(0);
    assert!(again["refused"].as_str().unwrap().contains("succeeded"), "{again}");
    assert!(!run(&scratch, &["list"], 0).iter().any(|session| session["handle"] == token.as_str()));

    let entries = scratch.run(&["ledger", "export", "--json", "--data", "data", "--door", "cli"]).with_code(0).out;
    let entry: Value = serde_json::from_str(entries.lines().last().unwrap()).unwrap();
    assert_eq!((&entry["source"], &entry["verdict"]), (&"operator:wang".into(), &"match".into()));
    scratch.run(&["ledger", "verify", "--data", "data"]).with_code(0);
    drop(demo);
}

#[test]
fn only_what_waits_for_an_operator_can_be_decided() {
    let scratch = Scratch::new();
    let demo = scratch.demo(&[], &[]);
    for case in ["created", "cancelled", "waiting", "succeeded", "failed", "redeemed"] {
        let sessions = demo.ready["sessions"].as_array().unwrap();
        let session = sessions.iter().find(|session| session["case"] == case).unwrap();
        let (app, token) = (session["app_id"].as_str().unwrap(), session["once_token"].as_str().unwrap());
        for decision in ["approve", "reject"] {
            run(&scratch, &[decision, app, token], 1);
        }
        let text = scratch.run(&["sessions", "approve", "--data", "data", app, token]).with_code(1).out;
        assert!(text.starts_with("Not decided: "), "{case}: {text}");
    }
    let unknown = scratch.run(&["sessions", "approve", "--data", "data", "1", "nothing"]).with_code(2);
    assert!(unknown.err.contains("there is no such session"), "{}", unknown.err);
}

#[test]
fn an_agreement_is_ended_at_the_persons_wish() {
    let scratch = Scratch::new();
    let demo = scratch.demo(&[], &[]);
    let (app, token) = waiting(&demo);
    let shown = run(&scratch, &["show", &app, &token], 0).remove(0);
    let agreement = shown["agreement"].as_str().unwrap();
    assert_eq!(run(&scratch, &["withdraw", &app, agreement], 0).remove(0)["withdrawn"], true);
    let refused = run(&scratch, &["approve", &app, &token], 1).remove(0);
    assert!(refused["refused"].as_str().unwrap().contains("withdrawn"), "{refused}");
    for (app, agreement) in [(&*app, "another"), ("another", agreement)] {
        assert_eq!(run(&scratch, &["withdraw", app, agreement], 1).remove(0)["withdrawn"], false);
    }
    let text = scratch.run(&["sessions", "withdraw", &app, agreement, "--data", "data"]).with_code(0).out;
    assert_eq!(text, format!("{agreement}: withdrawn\n"));
    drop(demo);
}

#[test]
fn the_list_is_a_table_for_people() {
    let scratch = Scratch::new();
    let demo = scratch.demo(&[], &[]);
    let (_, token) = waiting(&demo);
    let listed = scratch.run(&["sessions", "list", "--data", "data"]).with_code(0);
    assert!(listed.out.starts_with("caller "), "{}", listed.out);
    assert!(
        listed.out.lines().any(|line| line.contains(&token) && line.contains("jobworth 04 exact")),
        "{}",
        listed.out
    );
    drop(demo);
    scratch.run(&["sessions", "list", "--data", "elsewhere"]).with_code(2);
}

//! What callers hand in, and how operators decide it by the command line, beside a running server or without one.

use std::{fs, os::unix::fs::PermissionsExt, sync::Arc, time::Instant};

use serde_json::Value;
use shiming_core::{
    Asking, CaseKey, Clock, Submitter, UnixTime,
    submit::{Content, Dossier, Media, Opening, Paper},
};
use shiming_store::{MasterKeys, Options, Store};

use crate::harness::{Scratch, Server, send};

const PICTURE: &[u8] = b"\x89PNG the picture of a licence";
const REASON: &str = "the seal of 13800000000 is blurred";
const NOW: UnixTime = UnixTime(1_795_000_000_000);

/// The store of a scratch directory, as the program opens it.
pub(crate) struct Filed {
    pub(crate) store: Store,
    verb: Submitter,
}

impl Filed {
    pub(crate) fn open(scratch: &Scratch) -> Self {
        let data = scratch.path("data");
        let keys = MasterKeys::from_file(&data.join("master.key")).unwrap();
        let clock: Arc<dyn Clock> = Arc::new(NOW);
        let random = |bytes: &mut [u8]| getrandom::fill(bytes).map_err(std::io::Error::other);
        let store = Store::open(&data, &keys, Options::new(Arc::clone(&clock), Arc::new(random))).unwrap();
        let verb = Submitter::new(store.cases(), store.papers(), store.ledger(), clock);
        Self { store, verb }
    }

    fn content(by: Option<&str>) -> Content<Paper> {
        let paper = Paper { role: "licence".into(), media: Media::Png, bytes: PICTURE.to_vec() };
        let dossier = Some(Dossier("样例甲 13800000000".into()));
        Content { dossier, papers: vec![paper], by: by.map(Into::into), ..Content::default() }
    }

    /// A case that waits for a decision.
    pub(crate) fn case(&self, by: Option<&str>) -> CaseKey {
        let opening =
            Opening { kind: "template".into(), content: Self::content(by), submit: true, ..Opening::default() };
        wait(self.verb.create(asking(), opening, None)).unwrap().case.key
    }

    fn submit_again(&self, key: &CaseKey) {
        wait(self.verb.submit(asking(), key, Self::content(None), None)).unwrap();
    }
}

fn asking() -> Asking<'static> {
    Asking { door: "door", caller: "app", operation: "Add", request_id: "r", arrived: Instant::now() }
}

fn wait<T>(work: impl Future<Output = T>) -> T {
    tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(work)
}

/// A directory with a store that has an empty registry.
fn scratch(settings: &str) -> Scratch {
    let scratch = Scratch::new();
    scratch.write("shiming.toml", settings);
    scratch.write("rows.csv", "op,id_number\n");
    scratch.run(&["registry", "import", "rows.csv", "--data", "data"]).with_code(0);
    scratch
}

fn run(scratch: &Scratch, command: &[&str], code: i32) -> Vec<Value> {
    let ended = scratch.run(&[command, &["--data", "data", "--json"]].concat()).with_code(code);
    ended.out.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

fn one(scratch: &Scratch, command: &[&str], code: i32) -> Value {
    run(scratch, command, code).pop().unwrap()
}

fn numbers(listed: &[Value]) -> Vec<i64> {
    listed.iter().map(|case| case["number"].as_i64().unwrap()).collect()
}

#[test]
fn a_case_is_listed_shown_rejected_handed_in_again_and_approved_beside_the_server() {
    let scratch = Scratch::new();
    let demo = scratch.demo(&[], &[]);
    run(&scratch, &["cases", "list"], 1);
    let filed = Filed::open(&scratch);
    let key = filed.case(None);
    let number = key.number.to_string();
    let listed = run(&scratch, &["cases", "list", "--state", "under_review"], 0);
    assert_eq!((numbers(&listed), &listed[0]["kind"]), (vec![key.number], &"template".into()));

    let rejected = one(&scratch, &["cases", "reject", &number, "--by", "wang", "--reason", REASON], 0);
    assert_eq!((&rejected["state"], &rejected["round"]), (&"rejected".into(), &1.into()));
    filed.submit_again(&key);
    let shown = one(&scratch, &["cases", "show", &number], 0);
    assert_eq!(
        (&shown["state"], &shown["round"], &shown["approvals_needed"]),
        (&"under_review".into(), &2.into(), &1.into())
    );
    assert_eq!((&shown["history"][0]["by"], &shown["history"][0]["reason"]), (&"wang".into(), &Value::Null));
    assert_eq!((&shown["masked"], &shown["form"], &shown["dossier_bytes"]), (&true.into(), &Value::Null, &21.into()));
    assert_eq!((&shown["papers"][0]["round"], &shown["papers"][0]["superseded"]), (&2.into(), &Value::Null));
    assert_eq!((&shown["papers"][1]["round"], &shown["papers"][1]["bytes"]), (&1.into(), &PICTURE.len().into()));
    let whole = one(&scratch, &["cases", "show", &number, "--reveal"], 0);
    assert_eq!(whole["history"][0]["reason"], REASON);

    let seen = whole["version"].to_string();
    let approved = one(&scratch, &["cases", "approve", &number, "--by", "wang", "--seen", &seen], 0);
    assert_eq!((&approved["state"], &approved["approvals"][0]), (&"approved".into(), &"wang".into()));
    let again = one(&scratch, &["cases", "approve", &number, "--by", "li"], 1);
    assert_eq!(again["refused"], "a case that is approved does not allow this");
    filed.store.close();

    let entries = run(&scratch, &["ledger", "export", "--door", "cli"], 0);
    let said: Vec<_> = entries.iter().map(|entry| (entry["verdict"].clone(), entry["source"].clone())).collect();
    assert_eq!(said, [("rejected".into(), "wang".into()), ("approved".into(), "wang".into())]);
    scratch.run(&["ledger", "verify", "--data", "data"]).with_code(0);
    drop(demo);
}

#[test]
fn pictures_are_written_for_their_reader_alone() {
    let scratch = scratch("");
    let number = Filed::open(&scratch).case(None).number.to_string();
    run(&scratch, &["cases", "show", &number, "--papers", "out"], 0);
    let file = scratch.path(&format!("out/{number}-1-licence.png"));
    assert_eq!(fs::read(&file).unwrap(), PICTURE);
    assert_eq!(fs::metadata(&file).unwrap().permissions().mode() & 0o777, 0o600);
    assert_eq!(fs::metadata(scratch.path("out")).unwrap().permissions().mode() & 0o777, 0o700);
    run(&scratch, &["cases", "show", &number, "--papers", "out"], 0);
    let text = scratch.run(&["cases", "show", &number, "--data", "data"]).with_code(0).out;
    assert!(text.lines().any(|line| line.starts_with("papers ") && line.contains("media_type image/png")), "{text}");
}

#[test]
fn lists_are_narrowed_and_paged() {
    let scratch = scratch("");
    let filed = Filed::open(&scratch);
    let all: Vec<i64> = (0..3).map(|_| filed.case(None).number).collect();
    drop(filed);
    assert_eq!(numbers(&run(&scratch, &["cases", "list", "--limit", "2"], 0)), all[..2]);
    assert_eq!(numbers(&run(&scratch, &["cases", "list", "--after", &all[1].to_string()], 0)), all[2..]);
    assert_eq!(numbers(&run(&scratch, &["cases", "list", "--door", "door", "--caller", "app"], 0)), all);
    for none in [["--door", "another"], ["--caller", "another"], ["--kind", "another"], ["--state", "closed"]] {
        run(&scratch, &[&["cases", "list"], &none[..]].concat(), 1);
    }
    let table = scratch.run(&["cases", "list", "--limit", "2", "--data", "data"]).with_code(0);
    assert!(table.out.starts_with("number "), "{}", table.out);
    assert!(table.err.contains(&format!("--after {}", all[1])), "{}", table.err);
    let wrong = scratch.run(&["cases", "list", "--state", "lost"]).with_code(2);
    assert!(wrong.err.contains("under_review"), "{}", wrong.err);
}

#[test]
fn what_is_not_there_or_not_so_is_told() {
    let scratch = scratch("");
    let filed = Filed::open(&scratch);
    let key = filed.case(None);
    let number = key.number.to_string();
    let unknown = scratch.run(&["cases", "show", "7", "--data", "data"]).with_code(2);
    assert!(unknown.err.contains("there is no such case"), "{}", unknown.err);
    for bad in [
        &["cases", "reject", &number, "--by", "wang"][..],
        &["cases", "reject", &number, "--by", "wang", "--reason", " "],
        &["cases", "approve", &number],
        &["cases", "approve", &number, "--by", "Wang Wu"],
        &["cases", "approve", "-5", "--by", "wang"],
    ] {
        scratch.run(&[bad, &["--data", "data"]].concat()).with_code(2);
    }
    let stale = one(&scratch, &["cases", "approve", &number, "--by", "wang", "--seen", "9"], 1);
    assert_eq!(stale["refused"], "the case has changed since it was looked at");
    assert_eq!(one(&scratch, &["cases", "show", &number], 0)["state"], "under_review");
}

#[test]
fn two_approvals_are_two_people_and_none_who_had_a_hand_in_it() {
    let scratch = scratch("[review]\napprovals = 2\n");
    let number = Filed::open(&scratch).case(Some("zhao")).number.to_string();
    let approve = |by, code| one(&scratch, &["cases", "approve", &number, "--by", by], code);
    assert_eq!(approve("zhao", 1)["refused"], "who has edited a case cannot approve it");
    assert_eq!(approve("wang", 0)["state"], "under_review");
    assert_eq!(approve("wang", 1)["refused"], "the second approval is another operator's");
    let shown = one(&scratch, &["cases", "show", &number], 0);
    assert_eq!(
        (&shown["approvals"][0], &shown["approvals_needed"], &shown["hands"][0]),
        (&"wang".into(), &2.into(), &"zhao".into())
    );
    assert_eq!(approve("li", 0)["state"], "approved");
    scratch.write("shiming.toml", "[review]\napprovals = 3\n");
    assert!(scratch.run(&["cases", "list", "--data", "data"]).with_code(2).err.contains("must be 1 or 2"));
}

#[test]
fn from_the_first_operator_on_only_operators_decide() {
    let scratch = scratch("");
    let filed = Filed::open(&scratch);
    let number = filed.case(None).number.to_string();
    drop(filed);
    let key = |ended: &Value| ended["key"].as_str().unwrap().to_owned();
    let first = key(&one(&scratch, &["operators", "add", "wang", "--role", "reviewer"], 0));
    assert!(first.starts_with("shiming_operator_") && first.len() == 81, "{}", first.len());
    assert_ne!(first, key(&one(&scratch, &["operators", "rotate", "wang"], 0)));
    run(&scratch, &["operators", "add", "li", "--role", "viewer"], 0);
    let approve = |by: &str| scratch.run(&["cases", "approve", &number, "--by", by, "--data", "data"]);
    assert!(approve("zhao").with_code(2).err.contains("zhao is no operator"));
    assert!(approve("li").with_code(2).err.contains("li is a viewer"));
    let promoted = scratch.run(&["operators", "role", "zhao", "admin", "--data", "data"]).with_code(2);
    assert!(promoted.err.contains("there is no operator zhao"), "{}", promoted.err);
    let out = scratch.run(&["operators", "role", "wang", "viewer", "--data", "data"]).with_code(0).out;
    assert_eq!(out, "wang is viewer.\n");
    assert!(approve("wang").with_code(2).err.contains("wang is a viewer"));
    scratch.run(&["operators", "role", "wang", "admin", "--data", "data"]).with_code(0);
    scratch.run(&["operators", "disable", "wang", "--data", "data"]).with_code(0);
    assert!(approve("wang").with_code(2).err.contains("wang is disabled"));
    scratch.run(&["operators", "enable", "wang", "--data", "data"]).with_code(0);
    assert_eq!(approve("wang").with_code(0).out, format!("{number}: approved\n"));
}

#[test]
fn operators_are_listed_without_their_keys_and_names_are_given_once() {
    let scratch = scratch("");
    run(&scratch, &["operators", "add", "wang", "--role", "admin"], 0);
    let taken = scratch.run(&["operators", "add", "wang", "--role", "viewer", "--data", "data"]).with_code(2);
    assert!(taken.err.contains("there is or was an operator wang"), "{}", taken.err);
    let listed = run(&scratch, &["operators", "list"], 0);
    assert_eq!(
        (&listed[0]["name"], &listed[0]["role"], &listed[0]["enabled"]),
        (&"wang".into(), &"admin".into(), &true.into())
    );
    assert!(!listed[0].to_string().contains("shiming_operator_"));
    let table = scratch.run(&["operators", "list", "--data", "data"]).with_code(0).out;
    assert!(table.lines().nth(1).unwrap().starts_with("wang  admin  enabled"), "{table}");
    for bad in [
        &["add", "Wang", "--role", "admin"][..],
        &["add", "li", "--role", "root"],
        &["disable", "nobody"],
        &["rotate", "nobody"],
    ] {
        scratch.run(&[&["operators"], bad, &["--data", "data"]].concat()).with_code(2);
    }
}

/// A call to the operator's address, and its status line, head and body.
fn http(demo: &Server, method: &str, target: &str, key: &str, body: &str) -> (String, String) {
    let (address, length) = (demo.operator(), body.len());
    let head = format!(
        "{method} {target} HTTP/1.1\r\nhost: {address}\r\nconnection: close\r\nauthorization: Bearer {key}\r\n\
         content-type: application/json\r\ncontent-length: {length}\r\n\r\n{body}"
    );
    let answer = send(address, head.as_bytes());
    let (head, body) = answer.split_once("\r\n\r\n").unwrap();
    (head.to_owned(), body.to_owned())
}

#[test]
fn an_operator_who_is_added_beside_the_server_decides_over_http_and_the_log_names_nobody() {
    let scratch = Scratch::new();
    let demo = scratch.demo(&[], &[("SHIMING_LOG_LEVEL", "debug")]);
    let filed = Filed::open(&scratch);
    let number = filed.case(None).number;
    filed.store.close();
    let added = one(&scratch, &["operators", "add", "wang", "--role", "reviewer"], 0);
    let key = added["key"].as_str().unwrap();
    let target = format!("/api/v1/cases/{number}");
    let ok = |(head, body): (String, String)| {
        assert!(head.starts_with("HTTP/1.1 200 "), "{head} {body}");
        serde_json::from_str::<Value>(&body).unwrap()
    };
    assert_eq!(ok(http(&demo, "GET", "/api/v1/cases?limit=1", key, ""))["cases"][0]["number"], number);
    let shown = ok(http(&demo, "GET", &format!("{target}?reveal=true"), key, ""));
    let (head, picture) = http(&demo, "HEAD", &format!("{target}/papers/1"), key, "");
    assert!(head.contains("Content-Type: image/png") && picture.is_empty(), "{head}");
    let body = serde_json::json!({ "version": shown["version"], "reason": REASON }).to_string();
    assert_eq!(ok(http(&demo, "POST", &format!("{target}/reject"), key, &body))["state"], "rejected");

    let (head, body) = http(&demo, "POST", &format!("{target}/reject"), key, &" ".repeat(17 * 1024));
    assert!(head.starts_with("HTTP/1.1 413 ") && head.contains("application/problem+json"), "{head} {body}");
    let token = fs::read_to_string(scratch.path("data/operator.token")).unwrap();
    assert!(http(&demo, "GET", "/refused?last=1", token.trim(), "").0.starts_with("HTTP/1.1 200 "));
    assert!(http(&demo, "GET", "/api/v1/cases", token.trim(), "").0.starts_with("HTTP/1.1 401 "));
    assert!(http(&demo, "GET", "/refused?last=1", key, "").0.starts_with("HTTP/1.1 401 "));
    scratch.run(&["operators", "disable", "wang", "--data", "data"]).with_code(0);
    assert!(http(&demo, "GET", "/api/v1/cases", key, "").0.starts_with("HTTP/1.1 401 "));

    demo.signal("TERM");
    let (_, log) = demo.ended();
    let said = |text: &str| log.lines().any(|line| line.contains(text) && line.contains("wang"));
    assert!(said("a case was decided") && said("a case was shown in full") && said("a paper was shown"), "{log}");
    assert!(["13800000000", "样例甲", "blurred", key].iter().all(|value| !log.contains(value)), "{log}");
}

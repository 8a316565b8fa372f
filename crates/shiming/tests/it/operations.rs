//! What an operator does while the server runs: callers, keys, refused calls, stopping.

use std::process::{Command, Stdio};

use serde_json::Value;
use shiming_wire::{Secret, jdcloud::sign::Manner};

use crate::{
    harness::{Scratch, Server, send, until, vectors},
    signing::{Caller, personal},
};

fn body(server: &Server) -> Value {
    personal(2, &server.ready["people"][0])
}

fn code(answer: &Value) -> Option<&str> {
    answer["result"]["code"].as_str().or_else(|| answer["error"]["message"].as_str())
}

#[test]
fn a_value_that_cannot_be_meant_is_refused_with_what_is_expected() {
    let scratch = Scratch::new();
    for (arguments, expected) in [
        ("cases list --limit 0", "a whole number above 0"),
        ("sessions list --most 0", "a whole number above 0"),
        ("webhooks list --limit -1", "unexpected argument"),
        ("explain --last 0", "a whole number above 0"),
        ("explain a.http --clock tomorrow", "a moment such as"),
        ("ledger export --door alipay", "possible values: jdcloud, alipay-gateway, alipay-v3"),
        ("ledger export --verdict no-record", "verdicts are match, mismatch, no_record"),
        ("callers add --label new --security-token-file f --security-token-until tomorrow", "a moment such as"),
        ("models install nowhere --into models", "nowhere cannot be read"),
        ("keys inspect .", "Is a directory"),
    ] {
        let arguments: Vec<_> = arguments.split(' ').collect();
        let ended = scratch.run(&arguments).with_code(2);
        assert!(ended.err.contains(expected), "{arguments:?}: {}", ended.err);
    }
    for label in ["", " ", "two\nlines", "\u{1b}[2J"] {
        let ended = scratch.run(&["callers", "add", "--label", label, "--data", "data"]).with_code(2);
        assert!(ended.err.contains("a label is a line"), "{}", ended.err);
    }
    assert!(!scratch.path("models").exists() && !scratch.path("data").exists());
}

#[test]
fn of_several_first_starts_at_once_all_come_to_one_store() {
    let scratch = Scratch::new();
    let add = |label| {
        let mut command = scratch.command();
        command.args(["callers", "add", "--label", label, "--data", "data"]);
        command.stdout(Stdio::null()).stderr(Stdio::piped()).spawn().unwrap()
    };
    for child in ["one", "two", "three", "four", "five", "six"].map(add) {
        let ended = child.wait_with_output().unwrap();
        assert!(ended.status.success(), "{}", String::from_utf8_lossy(&ended.stderr));
    }
    let callers = scratch.run(&["callers", "list", "--json", "--data", "data"]).with_code(0).json();
    assert_eq!(callers["callers"].as_array().or(callers.as_array()).unwrap().len(), 6, "{callers}");
}

#[test]
fn a_running_server_sees_callers_come_change_and_go() {
    let scratch = Scratch::new();
    let server = scratch.demo(&[], &[]);
    let added = scratch.run(&["callers", "add", "--label", "new", "--json", "--data", "data"]).with_code(0).json();
    let access_key = added["access_key"].as_str().unwrap().to_owned();
    let caller = |secret: &Value| Caller {
        access_key: access_key.clone(),
        secret: Secret::new(secret.as_str().unwrap()),
        token: None,
    };
    let answers = |caller: &Caller, wanted: &str| {
        until(wanted, || code(&caller.call(&server, "/v1/personal", &body(&server))) == Some(wanted));
    };
    let old = caller(&added["secret_key"]);
    answers(&old, "ok");
    let rotated = scratch.run(&["callers", "rotate", &access_key, "--json", "--data", "data"]).with_code(0).json();
    answers(&caller(&rotated["secret_key"]), "ok");
    answers(&old, "sign result is not same[gw]");
    let new = caller(&rotated["secret_key"]);
    scratch.run(&["callers", "disable", &access_key, "--data", "data"]).with_code(0);
    answers(&new, "Invalid authentication credentials[gw]");
    scratch.run(&["callers", "enable", &access_key, "--data", "data"]).with_code(0);
    answers(&new, "ok");
}

#[test]
fn a_caller_may_be_limited_to_some_checks() {
    let scratch = Scratch::new();
    let server = scratch.demo(&[], &[]);
    scratch.write("secret", "fake-secret-of-a-test\n");
    let add = ["callers", "add", "--label", "few", "--access-key", "FAKEFEW", "--secret-file", "secret"];
    scratch.run(&[&add[..], &["--checks", "mobile3,mobile2", "--data", "data"]].concat()).with_code(0);
    let caller = Caller { access_key: "FAKEFEW".into(), secret: Secret::new("fake-secret-of-a-test"), token: None };
    let person = &server.ready["people"][0];
    until("the caller is known", || code(&caller.call(&server, "/v1/personal", &personal(4, person))) == Some("ok"));
    assert_eq!(caller.call(&server, "/v1/personal", &personal(2, person))["error"]["code"], 403);
    let again = scratch.run(&[&add[..], &["--data", "data"]].concat()).with_code(2);
    assert!(again.err.contains("already"), "{}", again.err);
}

#[test]
fn a_token_ends_at_the_one_door_that_looks_at_its_end() {
    let scratch = Scratch::new();
    let _server = scratch.demo(&[], &[]);
    scratch.write("token", "TEST-STS-TOKEN");
    let add = |door: &str, time: &str| {
        let flags = ["--security-token-file", "token", "--security-token-until", time, "--data", "data"];
        scratch.run(&[&["callers", "add", "--door", door, "--label", "temporary"], &flags[..]].concat())
    };
    add("aliyun", "2027-01-01T00:00:00Z").with_code(0);
    add("aliyun", "tomorrow").with_code(2);
    add("volcengine", "2027-01-01T00:00:00Z").with_code(2);
}

#[test]
fn two_rotations_at_once_lose_no_key() {
    let scratch = Scratch::new();
    drop(scratch.demo(&["--keep"], &[]));
    for round in 0..6 {
        let rotate = || scratch.command().args(["keys", "rotate", "--keep-old", "--data", "data"]).spawn().unwrap();
        for mut rotation in [rotate(), rotate(), rotate()] {
            assert!(rotation.wait().unwrap().success(), "round {round}");
        }
        scratch.run(&["callers", "list", "--data", "data"]).with_code(0);
        scratch.run(&["ledger", "verify", "--data", "data"]).with_code(0);
    }
}

#[test]
fn the_master_key_is_rotated_while_the_server_runs() {
    let scratch = Scratch::new();
    let server = scratch.demo(&[], &[]);
    let before = std::fs::read_to_string(scratch.path("data/master.key")).unwrap();
    scratch.run(&["keys", "rotate", "--data", "data"]).with_code(0);
    let after = std::fs::read_to_string(scratch.path("data/master.key")).unwrap();
    assert_ne!(before, after);
    assert_eq!(after.lines().count(), 1);
    // A change makes the server read every caller again, now under the new key.
    let added = scratch.run(&["callers", "add", "--label", "new", "--json", "--data", "data"]).with_code(0).json();
    let caller = Caller {
        access_key: added["access_key"].as_str().unwrap().to_owned(),
        secret: Secret::new(added["secret_key"].as_str().unwrap()),
        token: None,
    };
    until("the new caller is known", || code(&caller.call(&server, "/v1/personal", &body(&server))) == Some("ok"));
    assert_eq!(code(&Caller::of(&server, 0).call(&server, "/v1/personal", &body(&server))), Some("ok"));
}

#[test]
fn a_refused_call_is_explained_by_the_running_server() {
    let scratch = Scratch::new();
    let server = scratch.demo(&[], &[]);
    let mut caller = Caller::of(&server, 0);
    caller.secret = Secret::new(format!("{}\n", caller.secret.expose()));
    assert_eq!(code(&caller.call(&server, "/v1/personal", &body(&server))), Some("sign result is not same[gw]"));
    let mut calls = Value::Null;
    until("the call is looked into", || {
        calls = scratch.run(&["explain", "--last", "--json", "--data", "data"]).with_code(0).json();
        calls.as_array().is_some_and(|calls| calls.len() == 1)
    });
    assert_eq!(calls[0]["caller"], caller.access_key);
    assert!(calls[0]["mistake"]["slug"].as_str().unwrap().contains("secret"), "{calls}");
    let text = scratch.run(&["explain", "--last", "3", "--data", "data", "--lang", "zh"]).with_code(0).out;
    assert!(
        text.contains("canonical request") && text.contains(calls[0]["mistake"]["chinese"].as_str().unwrap()),
        "{text}"
    );
    for hidden in [caller.secret.expose().trim(), "样例甲", "110101190001010014"] {
        assert!(!text.contains(hidden));
    }
    caller.secret = Secret::new("a-secret-of-nobody");
    caller.call(&server, "/v1/personal", &body(&server));
    let newest = || scratch.run(&["explain", "--last", "--data", "data"]).with_code(0).out;
    until("no mistake goes by the name that the page has for it", || newest().contains("mistake [unexplained]\n"));
    server.signal("TERM");
    let (_, log) = server.ended();
    assert!(log.contains("mistake=\"unexplained\""), "{log}");
}

#[test]
fn a_server_is_found_again_when_another_on_its_directory_has_ended_or_was_killed() {
    let scratch = Scratch::new();
    let server = scratch.demo(&[], &[]);
    let announced = || {
        let text = std::fs::read(scratch.path("data/running.json")).unwrap_or_default();
        serde_json::from_slice::<Value>(&text).ok().and_then(|running| running["pid"].as_u64())
    };
    for end in ["-TERM", "-KILL"] {
        let mut command = scratch.command();
        command.args(["serve", "--data", "data", "--listen", "127.0.0.1:0", "--operator", "127.0.0.1:0"]);
        let mut other = command.stderr(Stdio::null()).spawn().unwrap();
        until("the other one is announced", || announced() == Some(other.id().into()));
        assert!(Command::new("kill").args([end, &other.id().to_string()]).status().unwrap().success());
        other.wait().unwrap();
        until("the first is announced again", || announced() == Some(server.pid().into()));
        scratch.run(&["explain", "--last", "--data", "data"]).with_code(0);
    }
}

#[test]
fn the_cli_checks_into_the_same_ledger() {
    let scratch = Scratch::new();
    drop(scratch.demo(&[], &[]));
    let check =
        |claim: &str| scratch.run_with(&["check", "--claim", "-", "--json", "--data", "data"], claim.as_bytes());
    let matched = check(r#"{"name":"样例甲","id":"110101190001010014","mobile":"13800000001"}"#).with_code(0).json();
    assert_eq!((&matched["check"], &matched["verdict"]), (&"mobile3".into(), &"match".into()));
    let other = check(r#"{"name":"样例伪","id":"110101190001010014"}"#).with_code(1).json();
    assert_eq!((&other["verdict"], &other["differing"][0]), (&"mismatch".into(), &"name".into()));
    let wrong = check(r#"{"name":"样例甲","id":"110101190001010015"}"#).with_code(2);
    assert!(wrong.err.contains("CHECK") && !wrong.err.contains("110101"), "{}", wrong.err);
    let wrong = check(r#"{"name":"样例甲","idd":"110101190001010015"}"#).with_code(2);
    assert!(!wrong.err.contains("样例甲") && !wrong.err.contains("110101"), "{}", wrong.err);
    let mobile =
        ["check", "--name", "样例甲", "--id", "110101190001010014", "--mobile", "13800000001", "--data", "data"];
    let wrong = scratch.run(&[&mobile[..], &["--portrait", "somebody.png"]].concat()).with_code(2);
    assert!(wrong.err.contains("--portrait"), "a photo that nobody looks at: {}", wrong.err);

    let exported = scratch
        .run_with(&["ledger", "export", "--json", "--subject", "resident", "--data", "data"], b"110101190001010014\n");
    let entries: Vec<Value> = exported.out.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!(entries.len(), 1, "a mobile check is about the mobile number: {entries:?}");
    assert_eq!((&entries[0]["door"], &entries[0]["differing"]), (&"cli".into(), &"name".into()));
    let all = scratch.run(&["ledger", "export", "--csv", "--since", "2020-01-01", "--data", "data"]).with_code(0);
    assert_eq!(all.out.lines().count(), 3);
    for hidden in ["样例甲", "110101190001010014", "13800000001"] {
        assert!(!all.out.contains(hidden));
    }
}

#[test]
fn a_ledger_that_was_changed_is_told_and_so_is_one_put_back() {
    let scratch = Scratch::new();
    drop(scratch.demo(&[], &[]));
    let verify = |more: &[&str]| scratch.run(&[&["ledger", "verify", "--json", "--data", "data"], more].concat());
    for _ in 0..3 {
        scratch.run(&["check", "--name", "样例甲", "--id", "110101190001010014", "--data", "data"]).with_code(0);
    }
    let head = verify(&[]).with_code(0).json()["head"].as_str().unwrap().to_owned();
    verify(&["--head", &head]).with_code(0);
    let later = head.replacen("3:", "4:", 1);
    verify(&["--head", &later]).with_code(1);
    let connection = rusqlite::Connection::open(scratch.path("data/shiming.db")).unwrap();
    connection.execute("UPDATE ledger SET verdict = 'no_record' WHERE seq = 2", []).unwrap();
    assert_eq!(verify(&[]).with_code(1).json()["seq"], 2);
    scratch.run(&["doctor", "--deep", "--data", "data"]).with_code(1);
}

#[test]
fn one_signal_stops_the_server_in_order() {
    let scratch = Scratch::new();
    for signal in ["TERM", "INT"] {
        let server = scratch.demo(&[], &[]);
        assert!(scratch.path("data/running.json").exists());
        server.signal(signal);
        assert_eq!(server.ended().0, Some(0));
        assert!(!scratch.path("data/running.json").exists());
    }
}

#[test]
fn what_was_accepted_is_answered_before_the_server_stops() {
    let scratch = Scratch::new();
    let server = scratch.demo(&[], &[]);
    let slow =
        server.ready["people"].as_array().unwrap().iter().find(|person| person["case"] == "slow").unwrap().clone();
    let (address, bytes) = (
        server.door().to_owned(),
        Caller::of(&server, 0).sign(server.door(), "/v1/personal", &personal(2, &slow), Manner::Go),
    );
    let call = std::thread::spawn(move || send(&address, &bytes));
    std::thread::sleep(std::time::Duration::from_millis(500));
    server.signal("TERM");
    assert!(call.join().unwrap().contains("\"ok\""));
    assert_eq!(server.ended().0, Some(0));
}

#[test]
fn a_second_signal_stops_at_once() {
    let scratch = Scratch::new();
    let server = scratch.demo(&[], &[]);
    let slow =
        server.ready["people"].as_array().unwrap().iter().find(|person| person["case"] == "slow").unwrap().clone();
    let bytes = Caller::of(&server, 0).sign(server.door(), "/v1/personal", &personal(2, &slow), Manner::Go);
    let mut stream = std::net::TcpStream::connect(server.door()).unwrap();
    std::io::Write::write_all(&mut stream, &bytes).unwrap();
    std::thread::sleep(std::time::Duration::from_millis(300));
    server.signal("TERM");
    std::thread::sleep(std::time::Duration::from_millis(300));
    server.signal("TERM");
    assert_eq!(server.ended().0, Some(130));
}

#[test]
fn every_recorded_request_of_every_door_is_answered_as_recorded() {
    let scratch = Scratch::new();
    let vectors = vectors();
    let ended = scratch.run(&["replay", vectors.to_str().unwrap(), "--json"]).with_code(0);
    let rows: Vec<Value> = ended.out.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let (total, rows) = rows.split_last().unwrap();
    assert_eq!(total["differs"], 0);
    let recorded = [
        ("jdcloud", 10, 0),
        ("alipay-gateway", 14, 35),
        ("alipay-v3", 21, 27),
        ("aliyun", 15, 0),
        ("volcengine", 11, 0),
    ];
    for (door, requests, answers) in recorded {
        let of = |what: &str| rows.iter().filter(|row| row["door"] == door && row["what"] == what).collect::<Vec<_>>();
        assert_eq!((of("request").len(), of("answer").len()), (requests, answers), "{door}");
        let all = [of("request"), of("answer")].concat();
        assert!(all.iter().all(|row| row["result"] == "ok"), "{all:?}");
    }
    assert!(
        rows.iter().all(|row| recorded.iter().any(|(door, ..)| row["door"] == *door)),
        "a door that is not named here"
    );
}

#[test]
fn a_recorded_request_that_is_answered_otherwise_is_a_difference() {
    let scratch = Scratch::new();
    let good = vectors().join("jdcloud/03-go-check2-idcard2");
    let sidecar = std::fs::read_to_string(good.with_extension("json")).unwrap();
    scratch.write("a.json", sidecar.replace("s001", "s002"));
    std::fs::copy(good.with_extension("http"), scratch.path("a.http")).unwrap();
    let ended = scratch.run(&["replay", "."]).with_code(1);
    assert!(ended.out.contains("should be accepted"), "{}", ended.out);
    assert!(!ended.out.contains("fakefake"), "{}", ended.out);
}

/// A recorded request with another expectation than its own, sent: the exit code and what is printed.
fn replayed(vector: &str, from: &str, to: &str, exit: i32) -> String {
    let scratch = Scratch::new();
    let recorded = vectors().join(vector);
    let sidecar = std::fs::read_to_string(recorded.with_extension("json")).unwrap();
    assert!(sidecar.contains(from), "{sidecar}");
    scratch.write("a.json", sidecar.replace(from, to));
    std::fs::copy(recorded.with_extension("http"), scratch.path("a.http")).unwrap();
    scratch.run(&["replay", "."]).with_code(exit).out
}

#[test]
fn a_refusal_that_an_operation_gives_may_be_expected() {
    let vector = "aliyun/02-pycore-savecred-post-body";
    let accepted = r#""outcome": "accepted""#;
    let refused = |code: &str, status: u16| format!(r#""outcome": "refused", "code": "{code}", "status": {status}"#);
    replayed(vector, accepted, &refused("ContactTemplateNotExist", 400), 0);
    for other in [refused("ContactTemplateNotExist", 404), refused("SignatureDoesNotMatch", 400)] {
        assert!(replayed(vector, accepted, &other, 1).contains("should be refused"));
    }
}

#[test]
fn a_numeric_code_is_compared_too() {
    let vector = "volcengine/10-core-wrong-secret";
    let told = replayed(vector, "100010", "100009", 1);
    assert!(told.contains("the numeric code should be 100009"), "{told}");
}

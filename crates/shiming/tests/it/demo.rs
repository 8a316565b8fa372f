//! `demo`: what it says when ready, and that everybody in the cast gives the outcome that is promised.

use std::{
    collections::BTreeMap,
    fs,
    io::{BufRead as _, BufReader, Write as _},
    process::Stdio,
};

use base64::Engine as _;
use serde_json::{Value, json};
use shiming_wire::jdcloud::sign::Manner;

use crate::{
    faces::without,
    harness::{Scratch, Server, connect_tls, get, send, until},
    models::tiny,
    signing::{Caller, envelope, personal},
};

/// What an answer says, in the ledger's words.
fn verdict(envelope: &Value) -> &str {
    let result = &envelope["result"];
    match result["code"].as_str() {
        Some("ok") => "match",
        Some("mismatch") => "mismatch",
        Some("face_mismatch") => "another_face",
        Some("face_invalid") => "unusable",
        Some("not_found") => "no_record",
        Some("exception") => "cannot_check",
        _ => panic!("{envelope}"),
    }
}

fn promised<'a>(someone: &'a Value, check: &str) -> &'a str {
    match someone["verdicts"][check].as_str().unwrap() {
        "source_down" | "no_face_engine" => "cannot_check",
        word => word,
    }
}

#[test]
fn everybody_in_the_cast_gives_the_outcome_that_is_promised() {
    let scratch = Scratch::new();
    let server = scratch.demo(&[], &[]);
    let caller = Caller::of(&server, 0);
    for person in server.ready["people"].as_array().unwrap() {
        if person["case"] == "slow" {
            continue;
        }
        for (check_type, check) in (0..).zip(["bankcard4", "bankcard3", "resident2", "portrait3", "mobile3"]) {
            let mut call = personal(check_type, person);
            call["personalSpec"]["personalUser"]["imgBase64"] =
                include_str!("../../../server/tests/it/portrait.base64").trim().into();
            let answer = caller.call(&server, "/v1/personal", &call);
            assert_eq!(verdict(&answer), promised(person, check), "{} {check}: {answer}", person["case"]);
        }
    }
    for company in server.ready["companies"].as_array().unwrap() {
        let all = json!({ "companyType": 0, "companyName": company["name"], "idCode": company["credit_code"],
            "legalPersonName": company["legal_name"], "legalPersonId": company["legal_id"] });
        for (path, spec, check) in [
            ("/v1/company:info", "companyInfo", "company2"),
            ("/v1/company:info3", "companyInfo3Spec", "company3"),
            ("/v1/company:legalPerson", "legalPersonSpec", "company4"),
        ] {
            let answer = caller.call(&server, path, &json!({ spec: all }));
            assert_eq!(verdict(&answer), promised(company, check), "{} {check}: {answer}", company["case"]);
        }
    }
}

/// Asks for everybody's portrait with the picture of them, or with another; what comes of it, by case.
fn portraits(server: &Server) -> BTreeMap<String, String> {
    let caller = Caller::of(server, 0);
    let sent = |picture: &Value| {
        base64::engine::general_purpose::STANDARD.encode(fs::read(picture["file"].as_str().unwrap()).unwrap())
    };
    let ask = |person: &Value, picture: &Value| {
        let mut call = personal(3, person);
        call["personalSpec"]["personalUser"]["imgBase64"] = sent(picture).into();
        verdict(&caller.call(server, "/v1/personal", &call)).to_owned()
    };
    let pictures = server.ready["portraits"]["people"].as_array().unwrap();
    let mut seen = BTreeMap::new();
    for person in server.ready["people"].as_array().unwrap().iter().filter(|person| person["case"] != "slow") {
        let case = person["case"].as_str().unwrap();
        let picture = pictures.iter().find(|sent| sent["case"] == case);
        let answer = ask(person, picture.unwrap_or(&pictures[0]));
        let promised = match (person["verdicts"]["portrait3"].as_str().unwrap(), picture) {
            ("mismatch", Some(_)) => "another_face",
            ("source_down" | "no_portrait_on_record", _) => "cannot_check",
            (word, _) if word.starts_with("portrait_") => "unusable",
            (word, _) => word,
        };
        assert_eq!(answer, promised, "{case}");
        seen.insert(case.to_owned(), answer);
    }
    for sent in server.ready["portraits"]["unusable"].as_array().unwrap() {
        seen.insert(sent["case"].as_str().unwrap().to_owned(), ask(&server.ready["people"][0], sent));
    }
    seen
}

#[test]
fn where_a_face_engine_is_configured_drawn_portraits_show_every_answer() {
    let Some(models) = std::env::var_os("SHIMING_MODELS") else {
        return without();
    };
    let scratch = Scratch::new();
    for embedder in ["reid0095", "mobilefacenet", "fused"] {
        let variables = [("SHIMING_FACE_MODELS", models.to_str().unwrap()), ("SHIMING_FACE_EMBEDDER", embedder)];
        let seen = portraits(&scratch.demo(&[], &variables));
        for (case, wanted) in [
            ("match", "match"),
            ("portrait", "another_face"),
            ("nobody.png", "unusable"),
            ("two.png", "unusable"),
            ("name_mismatch", "mismatch"),
            ("no_record", "no_record"),
            ("middle_dot", "cannot_check"),
        ] {
            assert_eq!(seen[case], wanted, "{embedder}: {case}");
        }
    }
}

/// The tiny networks see something else in a drawing than people do, or nothing.
#[test]
fn what_is_promised_of_a_drawing_is_what_the_configured_engine_makes_of_it() {
    let scratch = Scratch::new();
    let tiny = tiny();
    let variables = [("SHIMING_FACE_MODELS", tiny.to_str().unwrap()), ("SHIMING_FACE_EMBEDDER", "tiny")];
    let server = scratch.demo(&[], &variables);
    portraits(&server);
    assert!(scratch.path("data/portraits/match.png").exists());
}

#[test]
fn without_a_face_engine_nobody_has_a_portrait_and_the_demo_says_so() {
    let scratch = Scratch::new();
    let server = scratch.demo(&[], &[]);
    assert_eq!(server.ready["portraits"], Value::Null);
    assert!(!scratch.path("data/portraits").exists());
    let mut text = scratch.command();
    text.args(["demo", "--listen", "127.0.0.1:0", "--operator", "127.0.0.1:0", "--data", "other"]);
    let mut child = text.stdout(Stdio::piped()).spawn().unwrap();
    let lines = BufReader::new(child.stdout.take().unwrap()).lines().map_while(Result::ok);
    let said = lines
        .take_while(|line| !line.starts_with("stop"))
        .any(|line| line.starts_with("Portraits: nobody has one, and none is compared."));
    child.kill().unwrap();
    child.wait().unwrap();
    assert!(said);
}

#[test]
fn a_name_matches_in_every_spelling_that_means_the_same() {
    let scratch = Scratch::new();
    let server = scratch.demo(&[], &[]);
    let caller = Caller::of(&server, 0);
    let people: BTreeMap<_, _> = server.ready["people"]
        .as_array()
        .unwrap()
        .iter()
        .map(|person| (person["case"].as_str().unwrap(), person))
        .collect();
    for (case, name) in [
        ("middle_dot", "测试•样例"),
        ("middle_dot", "测试・样例"),
        ("middle_dot", "测试．样例"),
        ("rare_character", "样例\u{e863}"),
    ] {
        let mut person = people[case].clone();
        person["name"] = name.into();
        let answer = caller.call(&server, "/v1/personal", &personal(2, &person));
        assert_eq!(verdict(&answer), "match", "{case}");
    }
}

#[test]
fn the_slow_one_takes_three_seconds_and_matches() {
    let scratch = Scratch::new();
    let server = scratch.demo(&[], &[]);
    let people = server.ready["people"].as_array().unwrap();
    let slow = people.iter().find(|person| person["case"] == "slow").unwrap();
    let began = std::time::Instant::now();
    let answer = Caller::of(&server, 0).call(&server, "/v1/personal", &personal(2, slow));
    assert_eq!(verdict(&answer), "match");
    assert!((2900..6000).contains(&began.elapsed().as_millis()), "{:?}", began.elapsed());
}

#[test]
fn the_second_caller_needs_its_token() {
    let scratch = Scratch::new();
    let server = scratch.demo(&[], &[]);
    let body = personal(2, &server.ready["people"][0]);
    let mut caller = Caller::of(&server, 1);
    assert_eq!(verdict(&caller.call(&server, "/v1/personal", &body)), "match");
    caller.token = None;
    assert_eq!(
        caller.call(&server, "/v1/personal", &body)["error"]["message"],
        "Invalid authentication credentials[gw]"
    );
}

#[test]
fn settings_come_from_the_environment() {
    let scratch = Scratch::new();
    let server = scratch.demo(&[], &[("SHIMING_JD_RESULT_SHAPE", "nested"), ("SHIMING_CLOCK_OFFSET", "20m")]);
    let answer = Caller::of(&server, 0).call(&server, "/v1/personal", &personal(2, &server.ready["people"][0]));
    assert_eq!(answer["error"]["message"], "request time is out of range[gw]");
    drop(server);
    let server = scratch.demo(&[], &[("SHIMING_JD_RESULT_SHAPE", "nested")]);
    let answer = Caller::of(&server, 0).call(&server, "/v1/personal", &personal(2, &server.ready["people"][0]));
    assert_eq!(answer["result"]["authInfo"]["code"], "ok");
    assert!(answer["result"].get("code").is_none());
}

#[test]
fn a_third_generation_call_sent_twice_gets_the_same_answer() {
    let scratch = Scratch::new();
    let server = scratch.demo(&[], &[]);
    let call = |manner| {
        let bytes = Caller::of(&server, 0).sign(
            server.door(),
            "/v1/personal",
            &personal(2, &server.ready["people"][0]),
            manner,
        );
        (envelope(&send(server.door(), &bytes)), envelope(&send(server.door(), &bytes)))
    };
    let (first, second) = call(Manner::Python);
    assert_eq!(first, second);
    let (first, second) = call(Manner::Go);
    assert_eq!(verdict(&first), "match");
    assert_eq!(second["error"]["code"], 401);
}

#[test]
fn a_demo_starts_afresh_and_keeps_what_it_is_told_to_keep() {
    let scratch = Scratch::new();
    let ask = |server: &crate::harness::Server| {
        Caller::of(server, 0).call(server, "/v1/personal", &personal(2, &server.ready["people"][0]))
    };
    let entries = || scratch.run(&["ledger", "verify", "--json", "--data", "data"]).json()["entries"].clone();
    ask(&scratch.demo(&[], &[]));
    assert_eq!(entries(), 1);
    ask(&scratch.demo(&["--keep"], &[]));
    assert_eq!(entries(), 2);
    ask(&scratch.demo(&[], &[]));
    assert_eq!(entries(), 1);
}

#[test]
fn a_directory_that_no_demo_made_is_left_alone() {
    let scratch = Scratch::new();
    std::fs::create_dir(scratch.path("mine")).unwrap();
    scratch.write("mine/precious", "");
    let ended =
        scratch.run(&["demo", "--listen", "127.0.0.1:0", "--operator", "127.0.0.1:0", "--data", "mine"]).with_code(2);
    assert!(ended.err.contains("mine is not empty, and no demo made it"), "{}", ended.err);
    assert!(scratch.path("mine/precious").exists());
}

#[test]
fn the_directory_of_a_demo_that_runs_is_left_alone() {
    let scratch = Scratch::new();
    let server = scratch.demo(&[], &[]);
    let second = ["demo", "--listen", "127.0.0.1:0", "--operator", "127.0.0.1:0", "--data", "data"];
    let ended = scratch.run(&second).with_code(2);
    assert!(ended.err.contains("serves data already"), "{}", ended.err);
    assert!(get(server.operator(), "/readyz").contains("true"));
}

#[test]
fn a_port_that_is_taken_is_told_with_what_to_do() {
    let scratch = Scratch::new();
    let server = scratch.demo(&[], &[]);
    let ended =
        scratch.run(&["demo", "--listen", server.door(), "--operator", "127.0.0.1:0", "--data", "other"]).with_code(3);
    assert!(
        ended.err.contains("cannot be used") && ended.err.contains("choose other ports with --listen"),
        "{}",
        ended.err
    );
    assert!(!scratch.path("other").exists(), "nothing is made before the port is had");
}

#[test]
fn one_address_for_doors_and_operator_is_a_mistake_and_no_program_in_the_way() {
    let scratch = Scratch::new();
    let address = "127.0.0.1:18080";
    for command in ["demo", "serve"] {
        let ended = scratch.run(&[command, "--listen", address, "--operator", address, "--data", "other"]).with_code(2);
        let said =
            "error: 127.0.0.1:18080 is the doors' address and the operator's as well\n  try: choose another port";
        assert!(ended.err.contains(said), "{}", ended.err);
    }
    assert!(!scratch.path("other").exists());
}

#[test]
fn health_metrics_and_unknown_paths_are_answered() {
    let scratch = Scratch::new();
    let server = scratch.demo(&[], &[]);
    assert!(get(server.operator(), "/readyz").contains(r#"{"ready":true}"#));
    assert!(get(server.operator(), "/metrics").contains("shiming_calls"));
    assert!(get(server.operator(), "/refused?last=1").starts_with("HTTP/1.1 401"));
    let nothing = get(server.operator(), "/");
    let known: Value = serde_json::from_str(nothing.split_once("\r\n\r\n").unwrap().1).unwrap();
    let known: Vec<_> = known["known"].as_array().unwrap().iter().filter_map(Value::as_str).collect();
    assert!(known.contains(&"/api/v1/openapi.json"), "{nothing}");
    for path in known {
        let answer = get(server.operator(), path);
        assert!(!answer.starts_with("HTTP/1.1 404"), "{path}: {answer}");
    }
    let lost = get(server.door(), "/favicon.ico");
    assert!(lost.starts_with("HTTP/1.1 404") && lost.contains("application/json"), "{lost}");
    for at in ["/v1/", "/gateway.do", "/v3/", "Alibaba Cloud", "Volcengine"] {
        assert!(lost.contains(at), "{lost}");
    }
}

#[test]
fn a_demo_that_was_started_by_its_path_says_where_the_program_lies() {
    use std::{
        io::{BufRead as _, BufReader},
        os::unix::process::CommandExt as _,
        process::Stdio,
    };

    for (name, told) in [("target/release/shiming", true), ("shiming", false)] {
        let scratch = Scratch::new();
        let mut command = scratch.command();
        command.arg0(name).args(["demo", "--listen", "127.0.0.1:0", "--operator", "127.0.0.1:0"]);
        let mut demo = command.stdout(Stdio::piped()).spawn().unwrap();
        let lines = BufReader::new(demo.stdout.take().unwrap()).lines().map(Result::unwrap);
        let text: Vec<_> = lines.take_while(|line| !line.starts_with("stop ")).collect();
        demo.kill().unwrap();
        demo.wait().unwrap();
        let place = text.iter().find_map(|line| line.strip_prefix("`shiming` lies at"));
        assert_eq!(place.map(str::trim), told.then_some(name));
    }
}

#[test]
fn an_attached_demo_ends_when_standard_input_does_and_no_other_demo() {
    let scratch = Scratch::new();
    let beside = scratch.demo(&[], &[]);
    let mut command = scratch.command();
    command.args(["demo", "--json", "--attached", "--listen", "127.0.0.1:0", "--operator", "127.0.0.1:0"]);
    let mut demo = command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
    let (mut held, mut line) = (demo.stdin.take().unwrap(), String::new());
    BufReader::new(demo.stdout.take().unwrap()).read_line(&mut line).unwrap();
    let ready: Value = serde_json::from_str(&line).unwrap();
    let operator = ready["operator"].as_str().unwrap().trim_start_matches("http://").to_owned();
    held.write_all(b"what is written does not matter\n").unwrap();
    assert!(get(&operator, "/readyz").starts_with("HTTP/1.1 200"));
    assert!(ready["data"].as_str().unwrap().starts_with('/'), "whoever holds it may stand elsewhere");
    drop(held);
    let mut ended = None;
    until("the demo has ended", || {
        ended = demo.try_wait().unwrap();
        ended.is_some()
    });
    assert_eq!(ended.unwrap().code(), Some(0), "in order");
    // Its standard input has ended as well, before it began.
    assert!(get(beside.operator(), "/readyz").starts_with("HTTP/1.1 200"));
}

/// Dies as soon as a file gets longer than so many blocks, as it may on a full disk or by a kill.
fn broken_off(scratch: &Scratch, blocks: u32, arguments: &str) {
    let program = env!("CARGO_BIN_EXE_shiming");
    let command = format!("ulimit -f {blocks}; exec {program} {arguments}");
    let output = scratch.shell().args(["-c", &command]).output().unwrap();
    assert!(!output.status.success(), "{output:?}");
}

#[test]
fn a_first_start_that_was_broken_off_can_be_made_again() {
    for blocks in [0, 1, 16, 64] {
        let scratch = Scratch::new();
        broken_off(&scratch, blocks, "demo --listen 127.0.0.1:0 --operator 127.0.0.1:0 --data data");
        scratch.demo(&[], &[]);
        scratch.write("empty.csv", "op,id_number\n");
        broken_off(&scratch, blocks, "registry import empty.csv --data own");
        scratch.run(&["registry", "import", "empty.csv", "--data", "own"]).with_code(0);
    }
}

#[test]
fn over_tls_a_client_that_trusts_the_printed_authority_is_answered() {
    use rustls::pki_types::{CertificateDer, pem::PemObject};
    use std::io::{Read, Write};

    let scratch = Scratch::new();
    let server = scratch.demo(&["--tls"], &[]);
    assert!(server.text("/door").starts_with("https://127.0.0.1:"));
    let root = CertificateDer::from_pem_file(server.text("/ca")).unwrap();
    let mut stream = connect_tls(server.door(), root, "127.0.0.1").unwrap();
    let bytes = Caller::of(&server, 0).sign(
        server.door(),
        "/v1/personal",
        &personal(2, &server.ready["people"][0]),
        Manner::Go,
    );
    stream.write_all(&bytes).unwrap();
    let mut answer = Vec::new();
    // Whether the other side says goodbye in TLS's words is not the point here.
    let _ = stream.read_to_end(&mut answer);
    assert_eq!(verdict(&envelope(&String::from_utf8(answer).unwrap())), "match");
}

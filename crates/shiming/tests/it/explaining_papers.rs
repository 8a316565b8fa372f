//! `shiming explain` on the doors that take papers: Alibaba Cloud's and Volcengine's requests, and the vendors' own refusals.

use serde_json::{Value, json};

use crate::harness::{Ended, Scratch, vectors};

/// What `explain --json` says of a recorded request.
fn explained(scratch: &Scratch, name: &str, more: &[&str]) -> Ended {
    let file = vectors().join(name);
    scratch.run(&[&["explain", file.to_str().unwrap(), "--json"], more].concat())
}

#[test]
fn recorded_requests_of_both_vendors_are_told_with_their_sidecars() {
    let scratch = Scratch::new();
    for (name, door, mistake) in [
        ("aliyun/01-pycore-savecred-post-query.http", "aliyun", "verifies"),
        ("aliyun/05-javaold-savecred-post-xml.http", "aliyun", "verifies"),
        ("aliyun/08-nodetea-savecred-acs3-chunked.http", "aliyun", "verifies"),
        ("aliyun/09-popcore-wrong-secret.http", "aliyun", "unexplained"),
        ("aliyun/11-pycore-expired-timestamp.http", "aliyun", "clock-local-time"),
        ("aliyun/12-pycore-savecred-get.http", "aliyun", "incomplete"),
        ("volcengine/01-py-apply-self-60k.http", "volcengine", "verifies"),
        ("volcengine/07-go-presigned-list.http", "volcengine", "verifies"),
        ("volcengine/08-py-tampered-body.http", "volcengine", "body-changed"),
        ("volcengine/09-py-expired.http", "volcengine", "clock"),
        ("volcengine/10-core-wrong-secret.http", "volcengine", "unexplained"),
    ] {
        let ended = explained(&scratch, name, &[]).with_code(i32::from(mistake != "verifies"));
        let told = ended.json();
        assert_eq!((&told["door"], &told["mistake"]), (&json!(door), &json!(mistake)), "{name}");
        let sidecar: Value =
            serde_json::from_slice(&std::fs::read(vectors().join(name).with_extension("json")).unwrap()).unwrap();
        for secret in ["secret", "security_token"].iter().filter_map(|secret| sidecar["caller"][secret].as_str()) {
            assert!(!ended.out.contains(secret), "{name}");
        }
        for value in sidecar["facts"]["business_parameters"].as_object().into_iter().flat_map(|all| all.values()) {
            let value = value.as_str().unwrap_or_default();
            assert!(value.len() < 10 || !ended.out.contains(value), "{name}: {value}");
        }
    }
}

#[test]
fn the_door_is_judged_without_a_sidecar_and_a_secret_comes_from_a_file() {
    let scratch = Scratch::new();
    for (name, secret, mistake) in [
        ("aliyun/04-popcore-savecred-post-body.http", "", "no-secret"),
        ("volcengine/04-core-apply-token.http", "", "no-secret"),
        ("aliyun/09-popcore-wrong-secret.http", "sk-test-popcore-zyxwvut98765\n", "unexplained"),
        ("volcengine/02-node-apply-self.http", "FakeSecretFakeSecretFakeSecretFakeSecret0001==\n", "verifies"),
        (
            "volcengine/02-node-apply-self.http",
            "FakeSecretFakeSecretFakeSecretFakeSecret0001== \n",
            "registered-secret-stray-character",
        ),
    ] {
        scratch.write("a.http", std::fs::read(vectors().join(name)).unwrap());
        scratch.write("secret", secret);
        let given: &[&str] = if secret.is_empty() { &[] } else { &["--secret-file", "secret"] };
        let ended = scratch.run(&[&["explain", "a.http", "--json"], given].concat());
        assert_eq!(ended.json()["mistake"], mistake, "{name}: {}{}", ended.out, ended.err);
    }
}

#[test]
fn the_clock_is_judged_as_the_configured_door_judges_it() {
    let scratch = Scratch::new();
    for (name, section, late) in [
        ("aliyun/01-pycore-savecred-post-query", "aliyun", "clock-local-time"),
        ("volcengine/02-node-apply-self", "volcengine", "clock-local-time"),
    ] {
        let recorded = vectors().join(name);
        let sidecar: Value = serde_json::from_slice(&std::fs::read(recorded.with_extension("json")).unwrap()).unwrap();
        scratch.write("a.http", std::fs::read(recorded.with_extension("http")).unwrap());
        scratch.write("secret", sidecar["caller"]["secret"].as_str().unwrap());
        let clock: jiff::Timestamp = sidecar["clock"].as_str().unwrap().parse().unwrap();
        let clock = (clock + jiff::SignedDuration::from_hours(1)).to_string();
        let explained = || {
            let explain = ["explain", "a.http", "--json", "--secret-file", "secret", "--clock", &clock];
            scratch.run(&explain).json()["mistake"].clone()
        };
        scratch.write("shiming.toml", "");
        assert_eq!(explained(), late, "{name}");
        scratch.write("shiming.toml", format!("[{section}]\nwindow = \"2h\"\n"));
        assert_eq!(explained(), "verifies", "{name}");
    }
}

/// Alibaba Cloud's refusal over a text, as a body or as a whole answer.
fn refusals(text: &str) -> [String; 3] {
    let message = format!("Specified signature is not matched with our calculation. server string to sign is:{text}");
    let json =
        json!({"RequestId": "R", "HostId": "h", "Code": "SignatureDoesNotMatch", "Message": message}).to_string();
    let xml = format!(
        "<?xml version='1.0' encoding='UTF-8'?><Error><RequestId>R</RequestId><HostId>h</HostId><Code>SignatureDoesNotMatch</Code><Message>{}</Message></Error>",
        message.replace('&', "&amp;")
    );
    let whole = format!(
        "HTTP/1.1 400 Bad Request\r\nContent-Type: application/json\r\nContent-Length: {}\r\n\r\n{json}\n",
        json.len()
    );
    [json, xml, whole]
}

#[test]
fn the_vendors_own_refusal_is_held_against_the_request() {
    let scratch = Scratch::new();
    let name = "aliyun/09-popcore-wrong-secret.http";
    let sidecar: Value =
        serde_json::from_slice(&std::fs::read(vectors().join(name).with_extension("json")).unwrap()).unwrap();
    let text = sidecar["facts"]["string_to_sign"].as_str().unwrap();
    for (text, mistake) in [
        (text.to_owned(), "server-same-text"),
        (text.replace("POST&", "GET&"), "server-method"),
        (text.replace("1234567", "7654321"), "server-value"),
        (text.replace("%26Format%3DJSON", ""), "server-parameter-missing"),
        (text.replace("%253A19", "%3A19"), "server-encoding"),
    ] {
        for refusal in refusals(&text) {
            scratch.write("said", &refusal);
            let ended = explained(&scratch, name, &["--server-said", "said"]).with_code(1);
            let told = ended.json();
            assert_eq!(told["mistake"], mistake, "{}", ended.out);
            let stages = told["stages"].as_array().unwrap();
            let placed = stages.iter().any(|stage| stage["name"].as_str().unwrap().starts_with("first byte"));
            assert_eq!(placed, mistake != "server-same-text");
            assert!(!ended.out.contains("1234567") && !ended.out.contains("7654321"), "{}", ended.out);
        }
    }
    scratch.write("said", "<html>414</html>");
    let ended = explained(&scratch, name, &["--server-said", "said"]).with_code(2);
    assert!(ended.err.contains("no refusal"), "{}", ended.err);
}

#[test]
fn an_answer_of_volcengines_says_how_far_the_request_came() {
    let scratch = Scratch::new();
    let answer = |code: &str, version: &str| {
        json!({"ResponseMetadata": {
            "RequestId": "R", "Version": version, "Error": {"CodeN": 1, "Code": code, "Message": "m"},
        }})
        .to_string()
    };
    for (name, said, mistake) in [
        // What gives the client's signature says more than that it is wrong, and is said first.
        ("08-py-tampered-body", answer("SignatureDoesNotMatch", "2021-01-11"), "body-changed"),
        ("10-core-wrong-secret", answer("SignatureDoesNotMatch", "2021-01-11"), "server-signature"),
        ("02-node-apply-self", answer("SignatureDoesNotMatch", "2021-01-11"), "server-other-secret"),
        ("02-node-apply-self", answer("1001", "2021-01-11"), "server-took-the-signature"),
        ("02-node-apply-self", answer("AccessDenied", "2025-01-01"), "server-another-operation"),
    ] {
        scratch.write("said", said);
        let name = format!("volcengine/{name}.http");
        let told = explained(&scratch, &name, &["--server-said", "said"]).with_code(1).json();
        assert_eq!(told["mistake"], mistake, "{told}");
        let stages = told["stages"].to_string();
        assert!(stages.contains("the server's code") && stages.contains("canonical request"), "{stages}");
        if mistake == "body-changed" {
            assert!(told["notes"].to_string().contains("[server-signature]"), "{told}");
        }
    }
    let whole = format!(
        "HTTP/1.1 400 Bad Request\r\nDate: Sat, 21 Nov 2026 21:21:55 GMT\r\n\r\n{}",
        answer("InvalidTimestamp", "2021-01-11")
    );
    scratch.write("said", whole);
    let told = explained(&scratch, "volcengine/02-node-apply-self.http", &["--server-said", "said"]).json();
    assert_eq!(told["mistake"], "server-clock");
    assert!(told["english"].as_str().unwrap().contains("-1 h 0 min 0 s"), "{told}");
    scratch.write("said", "{}");
    explained(&scratch, "volcengine/02-node-apply-self.http", &["--server-said", "said"]).with_code(2);
}

#[test]
fn every_mistake_at_these_doors_has_its_name_on_both_pages() {
    use shiming_wire::{aliyun, diagnosis, volcengine};
    let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/operators");
    let pages =
        ["explaining.md", "explaining.zh-CN.md"].map(|name| std::fs::read_to_string(folder.join(name)).unwrap());
    let lists = [
        diagnosis::ALL,
        aliyun::mistakes::OWN,
        aliyun::server_said::ALL,
        volcengine::mistakes::OWN,
        volcengine::server_said::ALL,
    ];
    let mut names = 0;
    for mistake in lists.into_iter().flatten() {
        assert!(pages.iter().all(|page| page.contains(&format!("`{}`", mistake.slug))), "{}", mistake.slug);
        names += 1;
    }
    assert!(names > 90, "{names}");
}

//! Alipay's doors in the program: what `demo` hands out works at both doors, `serve` makes its own platform, and a result
//! is had once over any number of kills.

use std::{
    io::{Read, Write},
    net::TcpStream,
    sync::atomic::{AtomicUsize, Ordering},
    time::Duration,
};

use serde_json::{Value, json};
use shiming_wire::{
    Secret,
    alipay::{
        aes::ContentKey,
        certificate::{Certificate, root_serial_number},
        form::{Escapes, encode},
        keys::{Algorithm, PrivateKey, PublicKey, Slot},
        text::Charset,
    },
    alipay_gateway::client::Client as Gateway,
    alipay_v3::client::Client as V3,
};

use crate::{
    harness::{Scratch, Server, get, send, until},
    signing::now,
};

const AUTHENTICATION: &str = "/v3/zhima/customer/jobworth/authentication";
const JOBWORTH_QUERY: &str = "zhima.customer.jobworth.authentication.query";
const CERTIFICATION_QUERY: &str = "zhima.customer.certification.query";

/// An app as the demo's line describes it.
struct App {
    id: String,
    key: PrivateKey,
    algorithm: Algorithm,
    certificates: Option<(String, String)>,
    content_key: Option<ContentKey>,
    platform: PublicKey,
}

/// How an app calls.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Mode {
    Key,
    Certificate,
    Aes,
}

impl App {
    fn of(server: &Server, index: usize, mode: Mode) -> Self {
        let apps: Vec<_> =
            server.ready["callers"].as_array().unwrap().iter().filter(|caller| caller["door"] == "alipay").collect();
        let text = |name: &str| apps[index][name].as_str().unwrap_or_else(|| panic!("no {name}"));
        let file = |name: &str| std::fs::read(text(name)).unwrap();
        let certificates = (mode == Mode::Certificate).then(|| {
            let own = Certificate::parse(&file("app_cert")).unwrap();
            (own.serial_number().to_owned(), root_serial_number(&file("root_cert")).unwrap())
        });
        let sha1 = apps[index]["sign_types"].as_array().unwrap().len() == 2;
        Self {
            id: text("app_id").to_owned(),
            key: PrivateKey::parse(text("app_private_key_pkcs1").as_bytes(), Slot::AppPrivate).unwrap(),
            algorithm: if sha1 { Algorithm::Rsa } else { Algorithm::Rsa2 },
            certificates,
            content_key: (mode == Mode::Aes).then(|| ContentKey::parse(&Secret::new(text("aes_key"))).unwrap()),
            platform: PublicKey::parse(text("alipay_public_key").as_bytes(), Slot::PlatformPublic).unwrap(),
        }
    }

    fn sns(&self) -> Option<(&str, &str)> {
        self.certificates.as_ref().map(|(own, root)| (own.as_str(), root.as_str()))
    }

    /// A call of the gateway: the node, verified and in the clear.
    fn gateway(&self, server: &Server, method: &str, content: &Value) -> Value {
        let client = Gateway {
            app_id: &self.id,
            key: &self.key,
            algorithm: self.algorithm,
            charset: Charset::Utf8,
            certificates: self.sns(),
            content_key: self.content_key.as_ref(),
        };
        let asked = client.ask(method, &content.to_string(), &[], now()).unwrap();
        let mut bytes = format!(
            "POST {} HTTP/1.1\r\nhost: {}\r\nconnection: close\r\ncontent-type: {}\r\ncontent-length: {}\r\n\r\n",
            asked.target,
            server.door(),
            asked.content_type,
            asked.body.len()
        )
        .into_bytes();
        bytes.extend(asked.body);
        let answer = send(server.door(), &bytes);
        let (_, body) = answer.split_once("\r\n\r\n").unwrap();
        let read = client.read(method, body.as_bytes(), Charset::Utf8, &self.platform);
        let read = read.unwrap_or_else(|error| panic!("{error}: {answer}"));
        serde_json::from_str(read.expose()).unwrap()
    }

    /// A signed v3 query's bytes.
    fn v3_bytes(&self, host: &str, session: &Value) -> Vec<u8> {
        let mut target = AUTHENTICATION.as_bytes().to_vec();
        for (index, name) in
            ["conn_key", "once_token", "query_type", "identity_type", "service_id"].into_iter().enumerate()
        {
            target.push(if index == 0 { b'?' } else { b'&' });
            target.extend([name.as_bytes(), b"="].concat());
            encode(&mut target, session[name].as_str().unwrap().as_bytes(), Escapes::Form);
        }
        let target = String::from_utf8(target).unwrap();
        let mut nonce = [0; 16];
        getrandom::fill(&mut nonce).unwrap();
        let nonce = u128::from_le_bytes(nonce).to_string();
        let asked = self.v3_client().ask("GET", &target, &[], now(), &nonce).unwrap();
        let headers: String =
            asked.headers.iter().map(|(name, value)| [*name, ": ", value.as_str(), "\r\n"].concat()).collect();
        format!("GET {target} HTTP/1.1\r\nhost: {host}\r\nconnection: close\r\n{headers}\r\n").into_bytes()
    }

    fn v3_client(&self) -> V3<'_> {
        V3 {
            app_id: &self.id,
            key: &self.key,
            certificates: self.sns(),
            app_auth_token: None,
            content_key: self.content_key.as_ref(),
        }
    }

    /// A v3 query: `identity_result` or the code, verified.
    fn v3(&self, server: &Server, session: &Value) -> String {
        let answer = send(server.door(), &self.v3_bytes(server.door(), session));
        let (head, body) = answer.split_once("\r\n\r\n").unwrap();
        let mut lines = head.split("\r\n");
        let status = lines.next().unwrap().split(' ').nth(1).unwrap().parse().unwrap();
        let headers = lines.filter_map(|line| line.split_once(": ")).map(|(name, value)| {
            (name.parse::<http::HeaderName>().unwrap(), value.parse::<http::HeaderValue>().unwrap())
        });
        let read = self.v3_client().read(status, &headers.collect(), body.as_bytes(), &self.platform);
        let read = read.unwrap_or_else(|error| panic!("{error}: {answer}"));
        read.text(if status == 200 { "identity_result" } else { "code" }).unwrap()
    }
}

fn sessions<'s>(server: &'s Server, member: &str) -> Vec<&'s Value> {
    server.ready["sessions"].as_array().unwrap().iter().filter(|session| session.get(member).is_some()).collect()
}

#[test]
fn every_session_of_the_demo_answers_as_it_says_in_every_mode_at_both_doors() {
    let scratch = Scratch::new();
    let server = scratch.demo(&[], &[]);
    let modes = [Mode::Key, Mode::Certificate, Mode::Aes].map(|mode| App::of(&server, 0, mode));
    for (index, session) in sessions(&server, "once_token").into_iter().enumerate() {
        let app = &modes[index % modes.len()];
        let expected = session["answer"].as_str().unwrap();
        // What is had once is had at one of the doors.
        let once = session["once"] == true;
        if !once || index % 2 == 0 {
            assert_eq!(app.v3(&server, session), expected, "{session}");
        }
        if !once || index % 2 == 1 {
            let node = app.gateway(&server, JOBWORTH_QUERY, session);
            let said = node.get("identity_result").or(node.get("sub_code"));
            assert_eq!(said, Some(&json!(expected)), "{session}");
        }
        if once {
            assert_eq!(app.v3(&server, session), "TOKEN_INVALID", "{session}");
        }
    }
    for session in sessions(&server, "biz_no") {
        let node = modes[0].gateway(&server, CERTIFICATION_QUERY, &json!({ "biz_no": session["biz_no"] }));
        assert_eq!((&node["code"], &node["passed"]), (&json!("10000"), &session["answer"]), "{session}");
    }
    let seen: std::collections::BTreeSet<_> =
        sessions(&server, "once_token").iter().map(|session| session["answer"].as_str().unwrap()).collect();
    assert_eq!(seen.len(), 13, "every answer that a state can give: {seen:?}");
    for (session, code) in [("RISK_INTERCEPT", "BIZ_ERROR"), ("SYSTEM_ERROR", "DEPEND_FAILURE")] {
        let content = json!({ "out_agreement_no": format!("demo-agreement-{session}") });
        let node = modes[0].gateway(&server, "zhima.credit.payafteruse.creditagreement.query", &content);
        assert_eq!(node["sub_code"], code, "{node}");
    }
}

#[test]
fn the_other_apps_of_the_demo_call_in_their_own_way() {
    let scratch = Scratch::new();
    let server = scratch.demo(&[], &[]);
    let begin = |app: &App| {
        let person = &server.ready["people"][0];
        let identity = json!({
            "identity_type": "CERT_INFO", "cert_type": "IDENTITY_CARD",
            "cert_name": person["name"], "cert_no": person["id_number"],
        });
        let content = json!({
            "transaction_id": "T1", "product_code": "w1010100000000002978", "biz_code": "CERT_INFO",
            "identity_param": identity.to_string(), "materials": "{}",
        });
        app.gateway(&server, "zhima.customer.certification.material.certify", &content)["passed"].clone()
    };
    let certified = App::of(&server, 1, Mode::Certificate);
    let legacy = App::of(&server, 2, Mode::Key);
    assert_eq!(legacy.algorithm, Algorithm::Rsa);
    assert_eq!((begin(&certified), begin(&legacy)), (json!("true"), json!("true")));
    let session = sessions(&server, "once_token")[0].clone();
    assert_eq!(certified.v3(&server, &session), "TOKEN_INVALID", "the session is the first app's");
    assert_eq!(legacy.v3(&server, &session), "missing-signature-config", "v3 wants a larger key");
}

#[test]
fn the_demos_first_step_leads_to_the_desk() {
    let scratch = Scratch::new();
    let server = scratch.demo(&[], &[]);
    let app = App::of(&server, 0, Mode::Key);
    let content = json!({
        "out_agreement_no": "mine-1", "zm_service_id": server.ready["sessions"][0]["service_id"],
        "extra_param": json!({ "onceToken": "mine-1" }).to_string(),
    });
    let node = app.gateway(&server, "zhima.credit.payafteruse.creditagreement.sign", &content);
    let address = node["orderStr"].as_str().unwrap();
    let path = address.strip_prefix(&format!("http://{}", server.door())).unwrap_or_else(|| panic!("{address}"));
    for path in [path, server.ready["sessions"][0]["desk"].as_str().unwrap()] {
        assert!(get(server.door(), path).starts_with("HTTP/1.1 200 "), "{path}");
    }
}

#[test]
fn serve_makes_a_platform_once_and_takes_apps_while_it_runs() {
    let scratch = Scratch::new();
    scratch.write("app.pem", include_str!("../../src/commands/demo/alipay/app_public.pem"));
    let add = ["callers", "add", "--door", "alipay", "--label", "shop", "--app-id", "2021009900000001"];
    let files = ["--public-key", "app.pem", "--make-aes-key", "--json"];
    let added = scratch.run(&[&add[..], &files[..]].concat()).with_code(0).json();
    let key = added["alipay_public_key"].as_str().unwrap();
    assert!(key.starts_with("MIIB") && added["aes_key"].as_str().unwrap().len() == 24);
    scratch.run(&["callers", "show", "2021009900000001", "--out", "client"]).with_code(0);
    assert_eq!(std::fs::read_to_string(scratch.path("client/alipay_public.base64")).unwrap(), key);
    assert!(Certificate::parse(&std::fs::read(scratch.path("client/alipay_cert.pem")).unwrap()).is_ok());
    assert_eq!(
        scratch.run(&["callers", "show", "installation", "--json"]).with_code(0).json()["alipay_public_key"],
        *key
    );
    let again = scratch.run(&[&add[..], &files[..]].concat()).with_code(2);
    assert!(again.err.contains("--replace puts this in its place"), "{}", again.err);
    let shown = scratch.run(&["callers", "show", "2021009900000001"]).with_code(0).out;
    assert!(!shown.contains(added["aes_key"].as_str().unwrap()) && shown.contains("registered"), "{shown}");
}

#[test]
fn the_last_refused_calls_of_v3_are_explained() {
    let scratch = Scratch::new();
    let server = scratch.demo(&["--keep"], &[]);
    let app = App::of(&server, 0, Mode::Key);
    let session = sessions(&server, "cert_no")[0];
    let signed = String::from_utf8(app.v3_bytes(server.door(), session)).unwrap();
    let put = |bytes: &str| send(server.door(), bytes.as_bytes());
    let number = session["cert_no"].as_str().unwrap();
    // A document's number that a proxy added behind the signature; a clock that is wrong; an app that nobody knows.
    let added = put(&signed.replacen('?', &format!("?cert_no={number}&"), 1));
    assert!(added.contains("\"invalid-signature\""), "{added}");
    let client = app.v3_client();
    let early = now() - jiff::SignedDuration::from_mins(11);
    let asked = client.ask("GET", AUTHENTICATION, &[], early, "n").unwrap();
    let headers: String =
        asked.headers.iter().map(|(name, value)| [*name, ": ", value.as_str(), "\r\n"].concat()).collect();
    let late = put(&format!("GET {AUTHENTICATION} HTTP/1.1\r\nhost: x\r\nconnection: close\r\n{headers}\r\n"));
    assert!(late.contains("\"invalid-timestamp\""), "{late}");
    let unknown = put(&signed.replace(&format!("app_id={}", app.id), "app_id=a-strangers-secret"));
    assert!(unknown.contains("\"invalid-app-id\""), "{unknown}");
    let trace = unknown.split("alipay-trace-id: ").nth(1).unwrap().split("\r\n").next().unwrap();

    let mut calls = Value::Null;
    until("the three calls are looked into", || {
        calls = scratch.run(&["explain", "--last", "9", "--json", "--data", "data"]).with_code(0).json();
        calls.as_array().unwrap().len() == 3
    });
    let mut seen: Vec<_> = calls.as_array().unwrap().iter().collect();
    seen.sort_by_key(|call| call["refusal"].as_str());
    let facts = |call: &Value| {
        assert_eq!((&call["door"], &call["request"]), (&json!("alipay-v3"), &json!(format!("GET {AUTHENTICATION}"))));
        [&call["refusal"], &call["caller"], &call["mistake"]["slug"]]
            .map(|text| text.as_str().unwrap_or("-").to_owned())
    };
    assert_eq!(facts(seen[0]), ["400 invalid-app-id", "unknown", "unknown-app"]);
    assert_eq!(seen[0]["request_id"], trace, "what the caller was given finds it");
    assert_eq!(facts(seen[1]), ["400 invalid-signature", app.id.as_str(), "-"]);
    assert_eq!(facts(seen[2]), ["400 invalid-timestamp", app.id.as_str(), "clock"]);
    let told = scratch.run(&["explain", "--last", "9", "--data", "data"]).with_code(0).out;
    assert!(told.contains("cert_no=…&conn_key=…") && told.contains("The key is right"), "{told}");
    assert!(!told.contains(number) && !told.contains("a-strangers-secret"), "{told}");
    let chinese = scratch.run(&["explain", "--last", "9", "--data", "data", "--lang", "zh"]).with_code(0).out;
    assert!(chinese.contains("允许 600 秒") && chinese.contains("没有在本服务登记"), "{chinese}");
}

#[test]
fn a_result_is_had_once_over_kills() {
    let scratch = Scratch::new();
    let mut all: Vec<Value> = Vec::new();
    let mut had: Vec<usize> = Vec::new();
    for round in 0.. {
        let mut server = scratch.demo(&["--keep"], &[]);
        let app = App::of(&server, 0, Mode::Key);
        if round == 0 {
            let once = sessions(&server, "once_token").into_iter().filter(|session| session["once"] == true);
            all = once.cloned().collect();
            assert_eq!(all.len(), 12);
        }
        // What was asked for in the round before: had then, or now, or by a call that died; and after that by nobody.
        if let (Some(before), Some(had)) = (all.get(had.len().wrapping_sub(1)), had.last_mut()) {
            *had += usize::from(app.v3(&server, before) != "TOKEN_INVALID");
            assert!(*had <= 1, "a result was had again after a kill");
            assert_eq!(app.v3(&server, before), "TOKEN_INVALID");
        }
        let Some(session) = all.get(had.len()) else { break };
        let (address, answered) = (server.door().to_owned(), AtomicUsize::new(0));
        std::thread::scope(|threads| {
            for _ in 0..4 {
                let bytes = app.v3_bytes(&address, session);
                let (address, answered) = (&address, &answered);
                threads.spawn(move || {
                    if asked(address, &bytes).is_some_and(|answer| answer.contains("\"FINISH\"")) {
                        answered.fetch_add(1, Ordering::Relaxed);
                    }
                });
            }
            std::thread::sleep(Duration::from_micros(round * 700));
            server.kill();
        });
        had.push(answered.into_inner());
    }
    assert!(had.iter().all(|had| *had <= 1), "{had:?}");
    let had = had.iter().sum::<usize>();
    assert!(had > 0, "there was no load");
    let exported = scratch.run(&["ledger", "export", "--json", "--data", "data"]).with_code(0).out;
    let entries = exported.lines().filter(|line| line.contains(JOBWORTH_QUERY)).count();
    assert!(entries <= all.len() && entries >= had, "{entries} entries, {had} results");
    scratch.run(&["ledger", "verify", "--data", "data"]).with_code(0);
}

/// A whole answer; `None` when the server died under the call.
fn asked(address: &str, bytes: &[u8]) -> Option<String> {
    let mut stream = TcpStream::connect(address).ok()?;
    stream.set_read_timeout(Some(Duration::from_secs(5))).ok()?;
    stream.write_all(bytes).ok()?;
    let mut answer = String::new();
    stream.read_to_string(&mut answer).ok()?;
    answer.ends_with('}').then_some(answer)
}

//! `shiming explain` on Alipay's doors: every mistake that clients are known to make is named, and nobody's value is shown.

use std::path::Path;

use serde_json::Value;
use shiming_wire::{
    alipay::{
        form::{Escapes, encode},
        keys::{Algorithm, PrivateKey, Slot},
        text::Charset,
    },
    alipay_gateway::client::Client,
};

use crate::{
    harness::{Scratch, send, until, vectors},
    signing::now,
};

const CONTENT: &str = r#"{"biz_no": "ZM2016120130000003939004", "cert_name": "样例甲", "photo": "QUJD+/=="}"#;

/// A client that signs one text and sends another.
struct Mistaken {
    pairs: Vec<(&'static str, Vec<u8>)>,
    text: Vec<u8>,
    algorithm: Algorithm,
    key: &'static str,
}

impl Mistaken {
    /// One that does everything right so far.
    fn new() -> Self {
        let pairs: Vec<(&str, Vec<u8>)> = [
            ("app_id", "2021009900000001"),
            ("biz_content", CONTENT),
            ("charset", "utf-8"),
            ("method", "zhima.customer.certification.query"),
            ("sign_type", "RSA2"),
            ("timestamp", "2026-11-22 04:18:33"),
            ("version", "1.0"),
        ]
        .into_iter()
        .map(|(name, value)| (name, value.as_bytes().to_vec()))
        .collect();
        let text = joined(&pairs);
        Self { pairs, text, algorithm: Algorithm::Rsa2, key: "app_private_pkcs8.pem" }
    }

    fn sends(mut self, name: &'static str, value: impl AsRef<[u8]>) -> Self {
        self.pairs.retain(|(known, _)| *known != name);
        self.pairs.push((name, value.as_ref().to_vec()));
        self.pairs.sort();
        self
    }

    fn signs(mut self, change: impl Fn(&str, &[u8]) -> Vec<u8>) -> Self {
        let changed: Vec<_> = self.pairs.iter().map(|(name, value)| (*name, change(name, value))).collect();
        self.text = joined(&changed);
        self
    }

    /// Signs what it sends, now.
    fn honestly(mut self) -> Self {
        self.text = joined(&self.pairs);
        self
    }

    fn written(&self) -> Vec<u8> {
        let key = PrivateKey::parse(&read(self.key), Slot::AppPrivate).unwrap();
        let sign = key.sign_base64(self.algorithm, &self.text).unwrap();
        let mut body = Vec::new();
        for (name, value) in
            self.pairs.iter().map(|(name, value)| (*name, value.as_slice())).chain([("sign", sign.as_bytes())])
        {
            body.extend_from_slice(name.as_bytes());
            body.push(b'=');
            encode(&mut body, value, Escapes::Form);
            body.push(b'&');
        }
        let head = format!(
            "POST /gateway.do HTTP/1.1\r\nHost: h\r\nContent-Type: application/x-www-form-urlencoded\r\nContent-Length: {}\r\n\r\n",
            body.len()
        );
        [head.as_bytes(), &body].concat()
    }
}

fn joined(pairs: &[(&'static str, Vec<u8>)]) -> Vec<u8> {
    pairs.iter().map(|(name, value)| [name.as_bytes(), b"=", value].concat()).collect::<Vec<_>>().join(&b"&"[..])
}

fn read(key: &str) -> Vec<u8> {
    std::fs::read(vectors().join("alipay-gateway/keys").join(key)).unwrap()
}

fn gbk(text: &[u8]) -> Vec<u8> {
    Charset::Gbk.encode(std::str::from_utf8(text).unwrap()).unwrap().into_owned()
}

fn escaped(value: &[u8]) -> Vec<u8> {
    let mut out = Vec::new();
    encode(&mut out, value, Escapes::Form);
    out
}

#[test]
fn every_mistake_that_a_client_makes_at_the_gateway_is_named() {
    let new = Mistaken::new;
    let reversed = |mut one: Mistaken| {
        one.text = joined(&one.pairs.iter().rev().cloned().collect::<Vec<_>>());
        one
    };
    let compact = |name: &str, value: &[u8]| {
        if name == "biz_content" { CONTENT.replace(": ", ":").replace(", ", ",").into_bytes() } else { value.to_vec() }
    };
    for (slug, mistaken) in [
        ("verifies", new()),
        ("verifies", new().sends("remark", "")),
        ("charset-declared-not-used", new().sends("charset", "GBK").honestly()),
        ("charset-declared-not-used", new().sends("biz_content", gbk(CONTENT.as_bytes())).honestly()),
        ("signed-gbk-sent-utf8", new().signs(|_, value| gbk(value))),
        (
            "signed-utf8-sent-gbk",
            new()
                .sends("biz_content", gbk(CONTENT.as_bytes()))
                .sends("charset", "GBK")
                .signs(|name, value| if name == "biz_content" { CONTENT.as_bytes().to_vec() } else { value.to_vec() }),
        ),
        ("sign-type-mismatch", Mistaken { algorithm: Algorithm::Rsa, ..new() }),
        ("values-signed-encoded", new().signs(|_, value| escaped(value))),
        ("not-sorted", reversed(new())),
        ("content-reserialised", new().signs(compact)),
        ("plus-became-blank", new().sends("biz_content", CONTENT.replace('+', " "))),
        (
            "sign-type-left-out",
            Mistaken {
                text: joined(&new().pairs.into_iter().filter(|(name, _)| *name != "sign_type").collect::<Vec<_>>()),
                ..new()
            },
        ),
        ("signed-with-platform-key", Mistaken { key: "platform_private_pkcs8.pem", ..new() }),
        ("unexplained", Mistaken { key: "stranger_private_pkcs1.pem", ..new() }),
    ] {
        let scratch = Scratch::new();
        scratch.write("a.http", mistaken.written());
        let keys = vectors().join("alipay-gateway/keys");
        let file = |name: &str| keys.join(name).to_str().unwrap().to_owned();
        let (app, platform) = (file("app_public.pem"), file("platform_public.pem"));
        let ended = scratch.run(&["explain", "a.http", "--json", "--public-key", &app, "--platform-key", &platform]);
        let told = ended.with_code(i32::from(slug != "verifies"));
        assert_eq!(told.json()["mistake"], slug, "{}", told.out);
        assert!(!told.out.contains("样例甲") && !told.out.contains("QUJD"), "{}", told.out);
    }
}

#[test]
fn no_value_of_a_recorded_request_is_shown() {
    let scratch = Scratch::new();
    let mut seen = 0;
    for door in ["alipay-gateway", "alipay-v3"] {
        let entries = std::fs::read_dir(vectors().join(door)).unwrap().map(|entry| entry.unwrap().path());
        for file in entries.filter(|path| path.extension().is_some_and(|end| end == "http")) {
            let sidecar: Value = serde_json::from_slice(&std::fs::read(file.with_extension("json")).unwrap()).unwrap();
            let told = scratch.run(&["explain", file.to_str().unwrap(), "--json"]).out;
            let mut values = Vec::new();
            personal(&sidecar["facts"], &mut values);
            for value in values {
                assert!(!told.contains(&value), "{}: {value}\n{told}", file.display());
                seen += 1;
            }
            for secret in ["aes_key", "app_auth_token"].iter().filter_map(|name| sidecar["caller"][name].as_str()) {
                assert!(!told.contains(secret), "{}", file.display());
            }
        }
    }
    assert!(seen > 50, "{seen}");
}

/// Every value of names that hold a person's, or a credential; JSON inside of strings is looked into.
fn personal(value: &Value, out: &mut Vec<String>) {
    const NAMES: [&str; 9] = [
        "cert_name",
        "cert_no",
        "user_name",
        "once_token",
        "conn_key",
        "user_id",
        "open_id",
        "transaction_id",
        "company_name",
    ];
    match value {
        Value::Object(members) => {
            for (name, member) in members {
                match member.as_str() {
                    Some(text) if NAMES.contains(&name.as_str()) => out.push(text.to_owned()),
                    _ => personal(member, out),
                }
            }
        }
        Value::Array(members) => members.iter().for_each(|member| personal(member, out)),
        Value::String(text) => {
            if let Ok(inner @ Value::Object(_)) = serde_json::from_str(text) {
                personal(&inner, out);
            }
        }
        _ => {}
    }
}

#[test]
fn a_running_server_explains_what_alipays_doors_refused() {
    let scratch = Scratch::new();
    let server = scratch.demo(&[], &[]);
    let app = server.ready["callers"].as_array().unwrap().iter().find(|caller| caller["door"] == "alipay").unwrap();
    let text = |name: &str| app[name].as_str().unwrap();
    let stranger = PrivateKey::parse(&read("stranger_private_pkcs1.pem"), Slot::AppPrivate).unwrap();
    let client = Client {
        app_id: text("app_id"),
        key: &stranger,
        algorithm: Algorithm::Rsa2,
        charset: Charset::Utf8,
        certificates: None,
        content_key: None,
    };
    let asked = client.ask("zhima.customer.certification.query", CONTENT, &[], now()).unwrap();
    let head = format!(
        "POST {} HTTP/1.1\r\nhost: {}\r\ncontent-type: {}\r\ncontent-length: {}\r\nconnection: close\r\n\r\n",
        asked.target,
        server.door(),
        asked.content_type,
        asked.body.len()
    );
    let answer = send(server.door(), &format!("{head}{}", String::from_utf8(asked.body).unwrap()).into_bytes());
    assert!(answer.contains("isv.invalid-signature"), "{answer}");
    scratch.write("answer.http", &answer);
    let last = || scratch.run(&["explain", "--last", "--data", "data"]).with_code(0).out;
    until("the call is looked into", || last().contains("alipay-gateway"));
    let told = last();
    assert!(
        told.contains("biz_content=…") && told.contains("biz_content: (") && told.contains("none of the keys"),
        "{told}"
    );
    assert!(!told.contains("样例甲") && !told.contains("QUJD"), "{told}");
    let chinese = scratch.run(&["explain", "--last", "--data", "data", "--lang", "zh"]).with_code(0).out;
    assert!(chinese.contains("签名不出自这里登记的任何密钥"), "{chinese}");
    // The answer was signed by the platform; a client that has its own key in that place refuses it.
    let explain = |more: &[&str]| {
        let all = [&["explain", "--answer", "answer.http", "--data", "data", "--json"], more].concat();
        scratch.run(&all).json()["mistake"].as_str().unwrap().to_owned()
    };
    assert_eq!(explain(&[]), "verifies");
    let own = scratch.write("own.pem", text("app_public_key"));
    assert_eq!(explain(&["--client-key", own.to_str().unwrap()]), "answer-checked-with-app-key");
    assert!(Path::new(text("app_cert")).exists());
}

#[test]
fn every_mistake_has_its_name_on_both_pages() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let read = |path: &str| std::fs::read_to_string(root.join(path)).unwrap();
    let pages = ["docs/operators/explaining.md", "docs/operators/explaining.zh-CN.md"].map(read);
    let mut names = 0;
    for source in [
        "crates/wire/src/alipay_gateway/mistakes.rs",
        "crates/wire/src/alipay_gateway/mistakes/text.rs",
        "crates/wire/src/alipay_v3/mistakes.rs",
        "crates/wire/src/alipay_v3/mistakes/layout.rs",
        "crates/server/src/doors/alipay/refused.rs",
        "crates/server/src/doors/alipay_gateway/refused.rs",
        "crates/server/src/doors/alipay_v3/refused.rs",
        "crates/shiming/src/commands/explain/answer.rs",
    ] {
        let text = read(source);
        for after in ["Mistake::new(", "Finding::new("].iter().flat_map(|made| text.split(made).skip(1)) {
            let Some(name) = after.trim_start().strip_prefix('"').and_then(|rest| rest.split('"').next()) else {
                continue;
            };
            assert!(pages.iter().all(|page| page.contains(&format!("`{name}`"))), "{source}: {name}");
            names += 1;
        }
    }
    for vendor in ["diagnosis", "jdcloud/mistakes", "aliyun/mistakes", "volcengine/mistakes"] {
        let text = read(&format!("crates/wire/src/{vendor}/words.rs"));
        let entries = text.lines().filter_map(|line| line.strip_prefix("    ")?.split_once(" \""));
        for (_, name) in
            entries.filter(|(constant, _)| constant.bytes().all(|byte| byte.is_ascii_uppercase() || byte == b'_'))
        {
            let name = name.trim_end_matches('"');
            assert!(pages.iter().all(|page| page.contains(&format!("`{name}`"))), "{vendor}: {name}");
            names += 1;
        }
    }
    assert!(names > 170, "{names}");
}

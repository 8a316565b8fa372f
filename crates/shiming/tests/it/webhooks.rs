//! A decision told to a caller's system: by the running program, from the vendor's call to the receiver's verification.

use std::{
    io::{Read, Write},
    net::TcpListener,
    sync::mpsc,
    time::{Duration, SystemTime, UNIX_EPOCH},
};

use aws_lc_rs::hmac;
use base64::{Engine as _, engine::general_purpose::STANDARD};
use serde_json::Value;
use shiming_wire::{
    Secret,
    aliyun::sign::{Client, Hash, sign_rpc},
};

use crate::harness::{Scratch, Server, send, until};

const ACCESS_KEY: &str = "LTAI-DEMO-FAKE-0003";
const SECRET: &str = "demo-fake-secret-not-a-real-0003";

/// A receiver that hands on what it is sent, and answers each delivery with the next of these.
fn receiver(answers: Vec<&'static str>) -> (String, mpsc::Receiver<String>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    let (sender, seen) = mpsc::channel();
    std::thread::spawn(move || {
        for answer in answers {
            let (mut stream, _) = listener.accept().unwrap();
            let (mut bytes, mut chunk) = (Vec::new(), [0; 4096]);
            while !is_whole(&bytes) {
                match stream.read(&mut chunk).unwrap() {
                    0 => break,
                    read => bytes.extend_from_slice(&chunk[..read]),
                }
            }
            sender.send(String::from_utf8(bytes).unwrap()).unwrap();
            let _ = write!(stream, "HTTP/1.1 {answer}\r\ncontent-length: 0\r\nconnection: close\r\n\r\n");
        }
    });
    (format!("http://{address}/hook"), seen)
}

fn is_whole(bytes: &[u8]) -> bool {
    let text = String::from_utf8_lossy(bytes);
    let Some((head, body)) = text.split_once("\r\n\r\n") else { return false };
    let length = header(head, "content-length").and_then(|length| length.parse().ok());
    length.is_some_and(|length: usize| body.len() >= length)
}

fn header<'h>(head: &'h str, name: &str) -> Option<&'h str> {
    head.lines()
        .find_map(|line| line.split_once(": ").filter(|(found, _)| found.eq_ignore_ascii_case(name)))
        .map(|(_, v)| v)
}

/// A signed call at Alibaba Cloud's door; its answer.
fn call(demo: &Server, nonce: &str, business: &[(&str, &str)]) -> Value {
    #[expect(clippy::disallowed_methods, reason = "a server in its own process has the real clock")]
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap();
    let now = jiff::Timestamp::from_second(i64::try_from(now.as_secs()).unwrap()).unwrap();
    let secret = Secret::new(SECRET);
    let client = Client { access_key: ACCESS_KEY, secret: &secret, token: None };
    let business = [&[("Version", "2016-05-11"), ("Format", "JSON")], business].concat();
    let form = sign_rpc(&client, Hash::Sha1, "POST", &business, now, nonce).unwrap();
    let request = format!(
        "POST / HTTP/1.1\r\nhost: {}\r\nconnection: close\r\ncontent-type: application/x-www-form-urlencoded\r\n\
         content-length: {}\r\n\r\n{form}",
        demo.door(),
        form.len()
    );
    let answer = send(demo.door(), request.as_bytes());
    let (head, body) = answer.split_once("\r\n\r\n").unwrap();
    assert!(head.starts_with("HTTP/1.1 200"), "{answer}");
    serde_json::from_str(body).unwrap()
}

/// The smallest JPEG that the vendor takes.
fn picture() -> String {
    let mut bytes = b"\xff\xd8\xff\xc0\x00\x11\x08\x04\x00\x04\x00\x03\x01\x22\x00\x02\x11\x01\x03\x11\x01".to_vec();
    bytes.extend(b"\xff\xda\x00\x0c\x03\x01\x00\x02\x11\x03\x11\x00\x3f\x00");
    bytes.resize(56_318, 0x55);
    bytes.extend(b"\xff\xd9");
    STANDARD.encode(bytes)
}

#[test]
fn a_rejection_reaches_the_callers_system_signed_and_a_dead_notice_is_put_back() {
    let scratch = Scratch::new();
    let demo = scratch.demo(&[], &[]);
    let (url, seen) = receiver(vec!["410 Gone", "204 No Content"]);
    let place = ["--door", "aliyun", "--data", "data"];
    let set = [&["callers", "webhook", ACCESS_KEY, "--url", &url, "--json"], &place[..]].concat();
    let key = scratch.run(&set).with_code(0).json()["webhook_secret"].as_str().unwrap().to_owned();

    let made = call(
        &demo,
        "n1",
        &[("Action", "SaveContactTemplate"), ("RegType", "1"), ("CName", "样例甲"), ("CCompany", "样例甲")],
    );
    let number = made["ContactTemplateId"].as_i64().unwrap().to_string();
    let credential = picture();
    let handed_in = [
        ("Action", "SaveContactTemplateCredential"),
        ("ContactTemplateId", number.as_str()),
        ("CredentialNo", "110101190001010014"),
        ("Credential", &credential),
    ];
    call(&demo, "n2", &handed_in);
    let shown = || scratch.run(&["cases", "show", &number, "--json", "--data", "data"]).with_code(0).json();
    until("the checks have looked", || shown()["remarks"].as_array().is_some_and(|remarks| !remarks.is_empty()));
    scratch.run(&["cases", "reject", &number, "--by", "wang", "--reason", "blurred", "--data", "data"]).with_code(0);

    let first = seen.recv_timeout(Duration::from_secs(20)).unwrap();
    let list = ["webhooks", "list", "--json", "--data", "data"];
    until("it is dead", || scratch.run(&list).code == Some(0));
    let dead = scratch.run(&list).with_code(0).json();
    assert_eq!((&dead["standing"], &dead["event"]), (&"dead".into(), &"rejected".into()));
    let found = |about: &str| {
        let told = scratch.run(&["doctor", "--json", "--data", "data"]).json();
        told.as_array().unwrap().clone().into_iter().find(|finding| finding["about"] == about).unwrap_or_default()
    };
    assert_eq!((&found("webhooks")["state"], &found("cases")["state"]), (&"look".into(), &"ok".into()));
    // Nothing is sent to an address that is gone, until the operator gives another.
    let (url, seen_later) = receiver(vec!["204 No Content"]);
    let set = [&["callers", "webhook", ACCESS_KEY, "--url", &url, "--json"], &place[..]].concat();
    let later_key = scratch.run(&set).with_code(0).json()["webhook_secret"].as_str().unwrap().to_owned();
    let id = dead["id"].as_str().unwrap();
    scratch.run(&["webhooks", "requeue", id, "--data", "data"]).with_code(0);
    let second = seen_later.recv_timeout(Duration::from_secs(20)).unwrap();

    for (delivery, key) in [(&first, &key), (&second, &later_key)] {
        let (head, body) = delivery.split_once("\r\n\r\n").unwrap();
        let told: Value = serde_json::from_str(body).unwrap();
        assert_eq!(
            (&told["type"], &told["data"]["number"]),
            (&"case.rejected".into(), &number.parse::<i64>().unwrap().into())
        );
        assert!(!body.contains("样例") && !body.contains("blurred"), "{body}");
        assert_eq!(header(head, "webhook-id").unwrap(), id);
        let signed = format!("{id}.{}.{body}", header(head, "webhook-timestamp").unwrap());
        let key = STANDARD.decode(key.strip_prefix("whsec_").unwrap()).unwrap();
        let tag = hmac::sign(&hmac::Key::new(hmac::HMAC_SHA256, &key), signed.as_bytes());
        assert_eq!(header(head, "webhook-signature").unwrap(), format!("v1,{}", STANDARD.encode(tag)));
    }
    until("it is delivered", || scratch.run(&list).code == Some(1));
}

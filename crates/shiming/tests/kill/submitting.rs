//! Killing a server that takes papers in: each application makes one case, whose paper can be read, and nothing else
//! stays.

use std::{
    collections::HashSet,
    fs,
    sync::{
        Arc, Mutex,
        atomic::{AtomicBool, AtomicUsize, Ordering},
    },
};

use base64::{Engine as _, engine::general_purpose::STANDARD};
use serde_json::{Value, json};
use shiming_wire::{
    Request, Secret,
    volcengine::sign::{Client, Manner, SERVICE, sign_request},
};

use crate::{
    calls::{Answer, Line, now},
    dice::Dice,
    program::{Home, Server},
};

const KILLS: usize = 20;
const THREADS: usize = 3;
/// At most so many events (an application sent, an answer received) come before a kill.
const EVENTS: usize = 40;
const ACCESS_KEY: &str = "AKLT-KILL-FAKE-0001";
const SECRET: &str = "kill-fake-secret-not-a-real-0001";

/// An application, and the number of its case once that was told.
struct Sent {
    bytes: Arc<[u8]>,
    number: Option<i64>,
}

#[test]
fn an_application_makes_one_case_with_its_paper_however_often_the_server_is_killed() {
    let home = Home::new();
    home.write("people.csv", crate::people::on_record());
    home.run(&["registry", "import", "people.csv", "--data", "data", "--quiet"], 0);
    let add = ["callers", "add", "--door", "volcengine", "--label", "kill", "--access-key", ACCESS_KEY];
    home.run_with(&[&add[..], &["--secret-file", "-", "--data", "data"]].concat(), SECRET, 0);

    let mut dice = Dice::of_this_run();
    let sent: Mutex<Vec<Sent>> = Mutex::default();
    for _ in 0..KILLS {
        let mut server = Server::start(&home);
        let door = server.ready(&home);
        send_again(&door, &sent);
        load_and_kill(server, &door, &sent, &mut dice);
        home.run(&["ledger", "verify", "--data", "data"], 0);
        compare(&home, &sent.lock().unwrap());
    }
    let mut server = Server::start(&home);
    send_again(&server.ready(&home), &sent);
    server.kill();

    let sent = sent.into_inner().unwrap();
    assert!(sent.len() > KILLS, "there was hardly any load: {}", sent.len());
    let cases = compare(&home, &sent);
    assert_eq!(cases, sent.iter().map(|sent| sent.number.expect("it was sent until it was answered")).collect());
    for number in &cases {
        let show = ["cases", "show", &number.to_string(), "--papers", "papers", "--json", "--data", "data"];
        let shown: Value = serde_json::from_str(&home.run(&show, 0)).unwrap();
        assert_eq!(
            (&shown["state"], shown["papers"].as_array().unwrap().len()),
            (&"under_review".into(), 1),
            "{shown}"
        );
    }
    let count = |folder: &str| fs::read_dir(home.path(folder)).unwrap().count();
    assert_eq!(count("papers"), cases.len(), "every paper can be opened");
    // Of papers whose case was never made nothing stays: a server that starts two hours later sees to it.
    let mut later = Server::start_with(&home, &[("SHIMING_CLOCK_OFFSET", "2h")]);
    later.ready(&home);
    later.until("orphans are gone", || count("data/papers") == cases.len());
    later.kill();
}

/// Each is one person's licence, in a picture of its own.
fn application(number: usize) -> Vec<u8> {
    let mut picture = b"\xff\xd8\xff\xc0\x00\x11\x08\x01\x00\x01\x00\x03\x01\x22\x00\x02\x11\x01\x03\x11\x01".to_vec();
    picture.extend(b"\xff\xda\x00\x0c\x03\x01\x00\x02\x11\x03\x11\x00\x3f\x00");
    picture.extend(format!("{number:01000}").into_bytes());
    picture.extend(b"\xff\xd9");
    let person = json!({
        "certificateType": 0, "personCertificate": [], "personName": "样例甲", "personIDCard": "110101190001010014",
        "personMobile": "13800000001",
    });
    let body = json!({
        "materialName": format!("资质 {number}"),
        "purpose": 1,
        "businessInfo": {
            "businessCertificateType": 1,
            "businessCertificate": { "fileType": 1, "fileContent": STANDARD.encode(picture), "fileSuffix": "jpg" },
            "businessCertificateName": "样例甲有限公司",
            "unifiedSocialCreditIdentifier": "91350100M000100Y43",
            "businessCertificateValidityPeriodStart": "2020-01-01",
            "businessCertificateValidityPeriodEnd": "2099-12-31",
            "legalPersonName": "样例甲",
        },
        "operatorPerson": person,
        "responsiblePersonInfo": person,
    })
    .to_string()
    .into_bytes();
    let mut headers = http::HeaderMap::new();
    headers.insert("host", "127.0.0.1".parse().unwrap());
    headers.insert("content-type", "application/json".parse().unwrap());
    headers.insert("x-sdk-invocation-id", format!("kill-{number}").parse().unwrap());
    let target = "/?Action=ApplySignatureIdent&Version=2021-01-11";
    let request = Request { method: "POST", target, headers: &headers, body: &body };
    let secret = Secret::new(SECRET);
    let client =
        Client { access_key: ACCESS_KEY, secret: &secret, token: None, region: "cn-north-1", service: SERVICE };
    let headers = sign_request(&request, &client, Manner::Go, now()).unwrap();
    let mut bytes = format!("POST {target} HTTP/1.1\r\ncontent-length: {}\r\n", body.len()).into_bytes();
    for (name, value) in &headers {
        bytes.extend([name.as_str().as_bytes(), b": ", value.as_bytes(), b"\r\n"].concat());
    }
    [bytes.as_slice(), b"\r\n", &body].concat()
}

fn answered(sent: &mut Sent, Answer { status, envelope }: &Answer) {
    let number = envelope["Result"]["id"].as_i64().unwrap_or_else(|| panic!("{status} {envelope}"));
    assert!(sent.number.is_none_or(|first| first == number), "made twice: {envelope}");
    sent.number = Some(number);
}

/// What nobody knows the end of is sent until it is known; what is known is sent once more.
fn send_again(door: &str, sent: &Mutex<Vec<Sent>>) {
    let mut line = Line::to(door);
    for sent in sent.lock().unwrap().iter_mut().rev().take(EVENTS) {
        answered(sent, &line.ask(&sent.bytes, || ()).expect("nobody kills it now"));
    }
}

fn load_and_kill(mut server: Server, door: &str, sent: &Mutex<Vec<Sent>>, dice: &mut Dice) {
    let (events, over) = (AtomicUsize::new(0), AtomicBool::new(false));
    let event = || {
        events.fetch_add(1, Ordering::Relaxed);
    };
    let last = 1 + dice.below(EVENTS);
    std::thread::scope(|threads| {
        for _ in 0..THREADS {
            threads.spawn(|| {
                let mut line = Line::to(door);
                while !over.load(Ordering::Relaxed) {
                    let (number, bytes) = {
                        let mut sent = sent.lock().unwrap();
                        let bytes: Arc<[u8]> = application(sent.len()).into();
                        sent.push(Sent { bytes: Arc::clone(&bytes), number: None });
                        (sent.len() - 1, bytes)
                    };
                    // It is dead.
                    let Some(answer) = line.ask(&bytes, event) else { break };
                    answered(&mut sent.lock().unwrap()[number], &answer);
                    event();
                }
            });
        }
        server.until("there was load enough", || events.load(Ordering::Relaxed) >= last);
        server.kill();
        over.store(true, Ordering::Relaxed);
    });
}

/// Every case that was told of is there, and there are no more than were asked for.
fn compare(home: &Home, sent: &[Sent]) -> HashSet<i64> {
    let list = ["cases", "list", "--limit", "100000", "--json", "--data", "data"];
    let listed = if sent.iter().any(|sent| sent.number.is_some()) { home.run(&list, 0) } else { String::new() };
    let number = |line: &str| serde_json::from_str::<Value>(line).unwrap()["number"].as_i64().unwrap();
    let cases: HashSet<_> = listed.lines().map(number).collect();
    assert!(cases.len() <= sent.len(), "more cases than applications");
    let told: HashSet<_> = sent.iter().filter_map(|sent| sent.number).collect();
    assert!(told.is_subset(&cases), "a case that was told of is lost");
    cases
}

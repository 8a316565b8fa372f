//! Killing the server under load: what was acknowledged is in the ledger, and what was spent stays spent.

use std::{
    collections::HashSet,
    io::{Read, Write},
    net::TcpStream,
    sync::{
        Mutex,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use serde_json::Value;
use shiming_wire::jdcloud::sign::Manner;

use crate::{
    harness::{Scratch, send},
    signing::{Caller, envelope, personal},
};

/// A call that was answered: what was sent, and the id of the answer.
type Acknowledged = (Vec<u8>, String);

fn kill_again_and_again(rounds: u64) {
    let scratch = Scratch::new();
    let mut acknowledged: Vec<Acknowledged> = Vec::new();
    for round in 0..rounds {
        let mut server = scratch.demo(&["--keep"], &[]);
        // A call from before the kill is refused after it.
        for (bytes, _) in acknowledged.iter().rev().take(3) {
            let answer = envelope(&send(server.door(), bytes));
            assert_eq!(answer["error"]["code"], 401, "a nonce was taken twice: {answer}");
        }
        let (caller, body) = (Caller::of(&server, 0), personal(2, &server.ready["people"][0]));
        let (address, over, answered) = (server.door().to_owned(), AtomicBool::new(false), Mutex::new(Vec::new()));
        std::thread::scope(|threads| {
            for _ in 0..4 {
                threads.spawn(|| {
                    while !over.load(Ordering::Relaxed) {
                        let bytes = caller.sign(&address, "/v1/personal", &body, Manner::Go);
                        if let Some(id) = ask(&address, &bytes) {
                            answered.lock().unwrap().push((bytes, id));
                        }
                    }
                });
            }
            std::thread::sleep(Duration::from_millis(40 + round * 13 % 90));
            server.kill();
            over.store(true, Ordering::Relaxed);
        });
        acknowledged.extend(answered.into_inner().unwrap());
    }
    assert!(acknowledged.len() as u64 > rounds, "there was no load: {}", acknowledged.len());
    scratch.run(&["ledger", "verify", "--data", "data"]).with_code(0);
    let exported = scratch.run(&["ledger", "export", "--json", "--data", "data"]).with_code(0).out;
    let kept: Vec<String> = exported
        .lines()
        .map(|line| serde_json::from_str::<Value>(line).unwrap()["request_id"].as_str().unwrap().to_owned())
        .collect();
    let once: HashSet<&str> = kept.iter().map(String::as_str).collect();
    assert_eq!(once.len(), kept.len(), "a decision is there twice");
    let lost = acknowledged.iter().filter(|(_, id)| !once.contains(id.as_str())).count();
    assert_eq!(lost, 0, "of {} acknowledged calls", acknowledged.len());
}

/// One call; the id of a whole answer, `None` when the server died under it.
fn ask(address: &str, bytes: &[u8]) -> Option<String> {
    let mut stream = TcpStream::connect(address).ok()?;
    stream.set_read_timeout(Some(Duration::from_secs(5))).ok()?;
    stream.write_all(bytes).ok()?;
    let mut answer = String::new();
    stream.read_to_string(&mut answer).ok()?;
    let envelope: Value = serde_json::from_str(answer.split_once("\r\n\r\n")?.1).ok()?;
    assert_eq!(envelope["result"]["code"], "ok", "{envelope}");
    envelope["requestId"].as_str().map(str::to_owned)
}

#[test]
fn what_was_acknowledged_survives_fifty_kills() {
    kill_again_and_again(50);
}

//! A certificate that is renewed while the server runs.

use std::{
    fs::File,
    io::{Read, Write},
    process::{Child, Stdio},
};

use rcgen::{CertifiedKey, KeyPair};
use serde_json::Value;

use crate::harness::{Scratch, connect_tls, until};

struct Serving(Child);

impl Drop for Serving {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

type Pair = CertifiedKey<KeyPair>;

fn pair() -> Pair {
    rcgen::generate_simple_self_signed(["localhost".to_owned()]).unwrap()
}

#[test]
fn a_renewed_certificate_is_met_by_new_connections_and_one_without_its_key_by_none() {
    let scratch = Scratch::new();
    let [first, second] = [pair(), pair()];
    scratch.write("chain.pem", first.cert.pem());
    scratch.write("key.pem", first.signing_key.serialize_pem());
    let mut command = scratch.command();
    command.args(["serve", "--data", "data", "--listen", "127.0.0.1:0", "--operator", "127.0.0.1:0"]);
    command.args(["--tls-cert", "chain.pem", "--tls-key", "key.pem"]);
    let log = scratch.path("log");
    let serving = Serving(command.stderr(File::create(&log).unwrap()).stdout(Stdio::null()).spawn().unwrap());
    let mut door = String::new();
    until("it is announced", || {
        let text = std::fs::read(scratch.path("data/running.json")).unwrap_or_default();
        let running: Value = serde_json::from_slice(&text).unwrap_or_default();
        door = running["door"].as_str().unwrap_or_default().trim_start_matches("https://").to_owned();
        !door.is_empty()
    });
    let connect = |shown: &Pair| connect_tls(&door, shown.cert.der().clone(), "localhost");
    let mut open = connect(&first).unwrap();

    scratch.write("chain.pem", second.cert.pem());
    until("the half is refused", || std::fs::read_to_string(&log).unwrap().contains("certificate cannot be used"));
    assert!(connect(&first).is_some());
    scratch.write("key.pem", second.signing_key.serialize_pem());
    until("the whole is taken", || connect(&second).is_some());
    assert!(connect(&first).is_none());

    open.write_all(b"GET /nowhere HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n").unwrap();
    let mut answer = String::new();
    open.read_to_string(&mut answer).unwrap();
    assert!(answer.starts_with("HTTP/1.1 404"), "{answer}");
    drop(serving);
}

//! The same over TLS: calls, limits, and stopping in order.

use std::{
    io::{Read, Write},
    time::Duration,
};

use rustls::version::{TLS12, TLS13};
use shiming_server::{
    Limits,
    intake::{Certificate, TlsError},
};

use crate::running::{Running, long, parse, read_all, read_one};

#[test]
fn calls_are_answered_in_both_versions_and_the_connection_kept() {
    let running = Running::over_tls(long());
    for version in [&TLS12, &TLS13] {
        let mut stream = running.connect_tls(&[version]);
        for _ in 0..3 {
            stream.write_all(&running.good_call()).unwrap();
            assert_eq!(read_one(&mut stream).0, 200);
        }
        assert_eq!(stream.conn.protocol_version(), Some(version.version));
        assert_eq!(stream.conn.alpn_protocol(), Some(&b"http/1.1"[..]));
    }
}

#[test]
fn the_last_answer_is_followed_by_an_end_that_cannot_be_mistaken_for_a_cut() {
    let running = Running::over_tls(long());
    let mut stream = running.connect_tls(&[&TLS13]);
    stream.write_all(b"GET /nowhere HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n").unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).expect("a close_notify");
    assert_eq!(parse(&answer).0, 404);
}

#[test]
fn plain_http_at_a_tls_address_is_no_call_and_does_no_harm() {
    let running = Running::over_tls(long());
    let mut plain = running.connect();
    plain.write_all(&running.good_call()).unwrap();
    let mut answer = Vec::new();
    // An alert or a reset, as it happens.
    let _ = plain.read_to_end(&mut answer);
    assert!(!answer.starts_with(b"HTTP/"), "it is answered without encryption");
    let mut stream = running.connect_tls(&[&TLS13]);
    stream.write_all(&running.good_call()).unwrap();
    assert_eq!(read_one(&mut stream).0, 200);
}

#[test]
fn a_handshake_that_does_not_come_or_does_not_end_is_cut_off() {
    let running = Running::over_tls(Limits { first_byte: Duration::from_millis(300), ..long() });
    let mut silent = running.connect();
    assert_eq!(silent.read(&mut [0]).unwrap(), 0);

    let mut slow = running.connect();
    slow.write_all(b"\x16\x03\x01\x02\x00\x01").unwrap();
    assert_eq!(slow.read(&mut [0]).unwrap(), 0);
}

#[test]
fn a_request_that_does_not_come_after_the_handshake_is_cut_off() {
    let running = Running::over_tls(Limits { idle: Duration::from_millis(300), ..long() });
    let mut stream = running.connect_tls(&[&TLS13]);
    stream.flush().unwrap();
    assert_eq!(read_all(&mut stream), "");
}

#[test]
fn what_was_accepted_is_answered_before_the_server_stops() {
    let mut running = Running::over_tls(long());
    let mut stream = running.connect_tls(&[&TLS13]);
    let rest = running.stop_amid_a_call(&mut stream);
    stream.write_all(&rest).unwrap();
    assert_eq!(parse(&read_all(&mut stream)).0, 200);
    running.ended();
}

#[test]
fn a_certificate_or_key_that_cannot_be_used_is_told_apart() {
    let made = || rcgen::generate_simple_self_signed(["localhost".to_owned()]).unwrap();
    let (one, other) = (made(), made());
    let (certificate, key) = (one.cert.pem(), one.signing_key.serialize_pem());
    let of = |certificate: &str, key: &str| Certificate::from_pem(certificate.as_bytes(), key.as_bytes());
    assert!(of(&certificate, &key).is_ok());
    assert!(matches!(of("", &key), Err(TlsError::Certificate(None))));
    assert!(matches!(of(&key, &key), Err(TlsError::Certificate(None))));
    assert!(matches!(of(&certificate, &certificate), Err(TlsError::Key(_))));
    assert!(matches!(of(&certificate, &other.signing_key.serialize_pem()), Err(TlsError::Pair(_))));
}

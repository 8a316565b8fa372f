//! Volcengine's door over a socket, beside another: what the SDKs sent, byte for byte, and bodies that do not arrive whole.

use std::{path::PathBuf, sync::Arc};

use serde_json::json;
use shiming_server::doors::{Door, volcengine_sms::Settings};
use shiming_wire::vector::{Expect, Sidecar};

use crate::{
    bench,
    running::{Running, long, parse},
    volcengine_bench::{Bench, ident},
};

fn serving(bench: &Bench) -> Running {
    let door = Arc::clone(&bench.door) as Arc<dyn Door>;
    Running::beside(vec![door], bench::Bench::new(), long(), false)
}

fn vectors() -> Vec<PathBuf> {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../../vectors/volcengine");
    let paths = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    paths.filter(|path| path.extension().is_some_and(|end| end == "http")).collect()
}

#[test]
fn what_the_sdks_sent_is_answered_chunked_bodies_of_a_get_among_it() {
    let mut chunked = 0;
    for path in vectors() {
        let sidecar = Sidecar::parse(&std::fs::read(path.with_extension("json")).unwrap()).unwrap();
        let bench = Bench::new();
        bench.set_clock(sidecar.clock);
        bench.register(&sidecar.caller.id, sidecar.caller.secret.as_ref(), sidecar.caller.security_token.as_ref());
        let bytes = std::fs::read(&path).unwrap();
        let is_chunked = bytes.windows(26).any(|window| window.eq_ignore_ascii_case(b"transfer-encoding: chunked"));
        chunked += usize::from(is_chunked && bytes.starts_with(b"GET "));
        let (status, body) = parse(&serving(&bench).exchange(&bytes));
        let expected = match &sidecar.expect {
            Expect::Accepted => 200,
            Expect::Refused(refused) => refused.status,
        };
        assert_eq!(status, expected, "{}: {body}", path.display());
        assert_eq!(body["ResponseMetadata"]["Action"].as_str(), sidecar.facts["action"].as_str());
    }
    assert_eq!(chunked, 1);
}

#[test]
fn doors_side_by_side_each_take_their_own() {
    let bench = Bench::new();
    let running = serving(&bench);
    let sent = bench.posted("ApplySignatureIdent", &ident());
    let (status, body) = running.survives(&sent.bytes());
    assert_eq!(status, 200, "{body}");
    assert!(body["Result"]["id"].is_i64());
    let (status, body) =
        running.survives(b"GET /?Action=GetSignatureIdentList&Version=2021-01-11 HTTP/1.1\r\nHost: x\r\n\r\n");
    assert_eq!((status, body["ResponseMetadata"]["Error"]["CodeN"].as_i64()), (401, Some(100_003)));
}

#[test]
fn a_body_that_is_too_large_or_breaks_off_is_told_in_the_vendors_envelope() {
    let bench = Bench::with(Settings { body_limit: 1000, ..Settings::default() });
    let running = serving(&bench);
    let told = |bytes: &[u8]| {
        let (status, body) = running.survives(bytes);
        (status, body["ResponseMetadata"]["Error"]["Code"].as_str().unwrap_or("-").to_owned())
    };
    let large = bench.posted("ApplySignatureIdent", &json!({"materialName": "x".repeat(2000)}));
    assert_eq!(told(&large.bytes()), (413, "RequestEntityTooLarge".to_owned()));
    let small = bench.posted("ApplySignatureIdent", &json!({})).bytes();
    assert_eq!(told(&small), (200, "1001".to_owned()));
    assert_eq!(told(&small[..small.len() - 1]), (400, "BadRequest".to_owned()));
}

//! Signature verification against the hashing that it cannot do without.

use std::{hint::black_box, time::Instant};

use aws_lc_rs::{digest, hmac};
use shiming_wire::{
    jdcloud::{SigningKey, Unverified},
    request::RawRequest,
    secret::Secret,
};

use crate::{
    call::median,
    requests::{Signer, Stream},
};

const BODY: &str = r#"{"personalSpec":{"checkType":2,"personalUser":{"bankcard":null,"idCard":"110101190001010014","imgBase64":null,"mobile":null,"name":"样例甲"}}}"#;
const ROUNDS: usize = 9;
const TIMES: u32 = 50_000;

pub(crate) fn run() -> Result<(), Box<dyn std::error::Error>> {
    let stream = Stream::sign(1, &Signer { access_key: "AK".into(), secret: "secret".into() }, |_| BODY.to_owned());
    let raw = RawRequest::parse(stream.get(0).unwrap_or_default())?;
    let request = raw.as_request();
    let call = Unverified::parse(&request)?;
    let key = SigningKey::derive(&Secret::new("secret"), &call.scope());
    let stages = call.stages();
    let plain = hmac::Key::new(hmac::HMAC_SHA256, b"secret");
    let (mut ratios, mut ours, mut theirs) = (Vec::new(), Vec::new(), Vec::new());
    for _ in 0..ROUNDS {
        let start = Instant::now();
        for _ in 0..TIMES {
            let call = Unverified::parse(black_box(&request))?;
            black_box(call.verify(&key, None)?);
        }
        let verify = start.elapsed();
        let start = Instant::now();
        for _ in 0..TIMES {
            black_box(digest::digest(&digest::SHA256, black_box(request.body)));
            black_box(digest::digest(&digest::SHA256, black_box(stages.canonical_request.as_bytes())));
            black_box(hmac::sign(&plain, black_box(stages.string_to_sign.as_bytes())));
        }
        let hash = start.elapsed();
        ratios.push(verify.as_secs_f64() / hash.as_secs_f64());
        ours.push(verify.as_secs_f64() / f64::from(TIMES) * 1e6);
        theirs.push(hash.as_secs_f64() / f64::from(TIMES) * 1e6);
    }
    println!("verify a {}-byte call: {:.2} µs", BODY.len(), median(ours));
    println!("the three hashes in it: {:.2} µs", median(theirs));
    println!("ratio: median {:.2}", median(ratios));
    Ok(())
}

//! The whole call at Alipay's gateway: RSA2 both ways, a verdict from data, a durable ledger entry, a signed answer.
//!
//! What it cannot do without is one RSA-2048 signature, so the limit is how many of them a core makes. Both are counted in
//! processor time, with all cores at work: a core that waits for the disk makes no signatures, and neither does one that
//! another program has.

use std::{hint::black_box, sync::Arc};

use aws_lc_rs::{digest, rand::SystemRandom, rsa::KeyPair, signature::RSA_PKCS1_SHA256};
use base64::{Engine as _, engine::general_purpose::STANDARD};
use http::{HeaderMap, HeaderValue, header};
use serde_json::json;
use shiming_wire::{
    alipay::{
        keys::{Algorithm, PrivateKey, Slot},
        text::Charset,
    },
    alipay_gateway::{client::Client, material},
};

use crate::{
    call::median,
    load::{self, Good, holds},
    once::Once,
    program::{Demo, Store, beside, on_all_cores},
    requests::{Stream, now},
};

#[derive(clap::Args)]
pub(crate) struct Arguments {
    /// Calls in one round.
    #[arg(long, default_value_t = 4_000)]
    calls: usize,
    /// Calls with a photo in one round.
    #[arg(long, default_value_t = 1_000)]
    photos: usize,
    /// Rounds; the measures take turns.
    #[arg(long, default_value_t = 5)]
    rounds: usize,
    /// Connections at once.
    #[arg(long, default_value_t = 16)]
    connections: usize,
}

const METHOD: &str = "zhima.customer.certification.material.certify";
/// The largest photo whose base64 is within the vendor's limit.
const PHOTO: usize = 150_000;

pub(crate) fn run(arguments: &Arguments) -> Result<(), Box<dyn std::error::Error>> {
    let data = tempfile::tempdir()?;
    let demo = Demo::start(&beside()?, &data.path().join("data"), Store::New)?;
    let photo = photo();
    let base64 = STANDARD.encode(&photo);
    let (calls, photos) = (arguments.calls * arguments.rounds, arguments.photos * arguments.rounds);
    println!("signing {} requests …", calls + photos);
    let plain = Arc::new(stream(&demo, "CERT_INFO", calls, None)?);
    let heavy = Arc::new(stream(&demo, material::FACE_API, photos, Some(&base64))?);
    let light = Arc::new(stream(&demo, material::FACE_API, photos, Some(&STANDARD.encode(&photo[..SMALL])))?);

    let passed: Good = |status, answer| status == 200 && holds(answer, b"\"passed\":\"true\"");
    // Without a face engine the photo is read, checked and refused: all but the comparison.
    let looked_at: Good = |status, answer| status == 200 && holds(answer, b"BIZ_ERROR");
    let (mut rates, mut added, mut quick) = (Vec::new(), Vec::new(), Vec::new());
    for round in 0..arguments.rounds {
        let turn = |share: usize| round * share..(round + 1) * share;
        let raw = signature_micros()?;
        let (whole, rate) = cpu_micros(&demo, passed, &plain, turn(arguments.calls), arguments.connections)?;
        let (with, _) = cpu_micros(&demo, looked_at, &heavy, turn(arguments.photos), arguments.connections)?;
        let (without, _) = cpu_micros(&demo, looked_at, &light, turn(arguments.photos), arguments.connections)?;
        let once = once(&base64)?;
        println!(
            "one signature {raw:>6.1} µs, the call {whole:>6.1} µs ({rate:.0} a second); a photo adds {:>6.1} µs, once hashed and decoded {once}",
            with - without
        );
        rates.push(raw / whole);
        added.push((with - without) / once.plain);
        quick.push((with - without) / once.quick);
    }
    println!("rate against the raw signing rate, per core: median {:.2} (to reach: at least 0.85)", median(rates));
    println!(
        "a photo of 150 KB, against hashing and decoding it once: median {:.2} (to reach: at most 2)",
        median(added)
    );
    println!("  decoded once as quickly as the server does it: median {:.2}", median(quick));
    Ok(())
}

/// The least of a photo that still has its head.
const SMALL: usize = 600;

/// A JPEG's head, and noise: nobody looks further without an engine.
fn photo() -> Vec<u8> {
    let head = [
        &b"\xff\xd8\xff\xe0\x00\x10JFIF\x00\x01\x01\x00\x00\x01\x00\x01\x00\x00"[..],
        b"\xff\xc0\x00\x11\x08\x01\xe0\x01\x68\x03\x01\x22\x00\x02\x11\x01\x03\x11\x01",
        b"\xff\xda\x00\x0c\x03\x01\x00\x02\x11\x03\x11\x00\x3f\x00",
    ]
    .concat();
    let noise = (0_u32..).map(|n| (n.wrapping_mul(2_654_435_761) >> 24) as u8 & 0x7f);
    head.into_iter().chain(noise).take(PHOTO).collect()
}

fn stream(
    demo: &Demo,
    biz_code: &str,
    count: usize,
    photo: Option<&str>,
) -> Result<Stream, Box<dyn std::error::Error>> {
    let text = |name: &str| demo.app[name].as_str().unwrap_or_default();
    let key = PrivateKey::parse(text("app_private_key_pkcs8").as_bytes(), Slot::AppPrivate)?;
    let client = Client {
        app_id: text("app_id"),
        key: &key,
        algorithm: Algorithm::Rsa2,
        charset: Charset::Utf8,
        certificates: None,
        content_key: None,
    };
    let at = now();
    let (name, number) = &demo.person;
    let identity =
        json!({"identity_type": "CERT_INFO", "cert_type": "IDENTITY_CARD", "cert_name": name, "cert_no": number});
    let mut stream = Stream::default();
    for call in 0..count {
        let size = photo.map_or(0, str::len);
        let content = json!({
            "transaction_id": format!("{:x}_{size}_{call}", at.as_millisecond()),
            "product_code": material::PRODUCT_CODE,
            "biz_code": biz_code,
            "identity_param": identity.to_string(),
            "materials": photo.map_or(json!({}), |photo| json!({"FACIAL_PICTURE_FRONT": photo})).to_string(),
        });
        let asked = client.ask(METHOD, &content.to_string(), &[], at)?;
        let mut headers = HeaderMap::new();
        headers.insert(header::HOST, HeaderValue::from_static("127.0.0.1"));
        headers.insert(header::CONTENT_TYPE, asked.content_type.parse()?);
        headers.insert(header::CONTENT_LENGTH, asked.body.len().into());
        stream.push(&asked.target, &headers, &asked.body);
    }
    Ok(stream)
}

/// The server's processor time for one call, and how many it answers in a second.
fn cpu_micros(
    demo: &Demo,
    good: Good,
    stream: &Arc<Stream>,
    numbers: std::ops::Range<usize>,
    connections: usize,
) -> Result<(f64, f64), Box<dyn std::error::Error>> {
    let (count, before) = (numbers.len() as f64, demo.running.cpu_micros()?);
    let seen = load::run_for(good, demo.door, stream, numbers, connections)?;
    if seen.refused > 0 {
        return Err(format!("{} calls were not answered as they should be: {}", seen.refused, seen.for_example).into());
    }
    Ok(((demo.running.cpu_micros()? - before) / count, seen.rate()))
}

/// One signature of the crypto library, over as many bytes as an answer has.
fn signature_micros() -> Result<f64, Box<dyn std::error::Error>> {
    let key = KeyPair::generate(aws_lc_rs::rsa::KeySize::Rsa2048)?;
    let message = [b'x'; 160];
    on_all_cores(2_000, |_| {
        let mut signature = vec![0; key.public_modulus_len()];
        // It fails for no key that the library made.
        let _ = black_box(key.sign(&RSA_PKCS1_SHA256, &SystemRandom::new(), black_box(&message), &mut signature));
    })
}

/// Hashing and decoding a photo once.
fn once(base64: &str) -> Result<Once, Box<dyn std::error::Error>> {
    Once::measure(2_000, |_, decode| {
        black_box(digest::digest(&digest::SHA256, black_box(base64.as_bytes())));
        black_box(decode(black_box(base64)));
    })
}

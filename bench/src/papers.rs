//! Papers handed in: from the socket to a sealed file, a case and a ledger entry, all durable.
//!
//! What a submission cannot do without is hashing the image, undoing its base64 and encrypting it once. The server's part is
//! counted in processor time, so that a wait for the disk and another program's turn do not matter.
//!
//! The checks beside the reviewer run a few seconds behind the answers. Each turn ends before they begin, and the next one
//! waits until they are done: so they are told apart, and both figures printed.

use std::{
    hint::black_box,
    io::{Read, Write},
    net::{SocketAddr, TcpStream},
    ops::Range,
    sync::Arc,
    thread,
    time::{Duration, Instant},
};

use aws_lc_rs::{
    aead::{AES_256_GCM, Aad, LessSafeKey, Nonce, UnboundKey},
    digest,
};
use base64::{Engine as _, engine::general_purpose::STANDARD};
use http::{HeaderMap, HeaderValue, header};
use serde_json::{Value, json};
use shiming_wire::{
    aliyun::sign::{Client as Aliyun, Hash, sign_rpc},
    request::Request,
    secret::Secret,
    volcengine::sign::{Client as Volcengine, Manner, SERVICE, sign_request},
};

use crate::{
    call::median,
    load::{self, Good, holds},
    once::Once,
    program::{Demo, Store, beside},
    requests::{Stream, now},
};

type Failure = Box<dyn std::error::Error>;

#[derive(clap::Args)]
pub(crate) struct Arguments {
    /// Submissions in one round at each door.
    #[arg(long, default_value_t = 100)]
    calls: usize,
    /// Rounds; the measures take turns.
    #[arg(long, default_value_t = 5)]
    rounds: usize,
    /// Connections at once.
    #[arg(long, default_value_t = 4)]
    connections: usize,
    /// So many at once for the measure of memory.
    #[arg(long, default_value_t = 200)]
    crowd: usize,
}

/// An image of one megabyte, which both vendors' limits allow.
const IMAGE: usize = 1_000_000;

pub(crate) fn run(arguments: &Arguments) -> Result<(), Failure> {
    let data = tempfile::tempdir()?;
    let demo = Demo::start(&beside()?, &data.path().join("data"), Store::New)?;
    let (mut body, mut query) = (Ratios::default(), Ratios::default());
    for round in 0..arguments.rounds {
        let numbers = round * arguments.calls..(round + 1) * arguments.calls;
        let volcengine = Arc::new(applications(&demo, numbers.clone())?);
        let aliyun = Arc::new(submissions(&demo, numbers)?);
        let once = once()?;
        let at_volcengine = Turn::take(&demo, applied, &volcengine, arguments)?;
        let at_aliyun = Turn::take(&demo, handed_in, &aliyun, arguments)?;
        println!("once {once}; Volcengine {at_volcengine}; Alibaba Cloud, in the query {at_aliyun}");
        body.add(&at_volcengine, &once);
        query.add(&at_aliyun, &once);
    }
    for (what, to_reach, ratios) in [
        ("1 MB at Volcengine's door, against its work done once", "at most 2", body),
        ("1 MB in the query at Alibaba Cloud's", "at most 3", query),
    ] {
        println!("{what}: median {:.2} (to reach: {to_reach})", median(ratios.answered));
        println!("  with base64 undone once as quickly as the server does it: {:.2}", median(ratios.quick));
        println!("  with the checks beside the reviewer that follow: {:.2}", median(ratios.checked));
    }
    drop(demo);
    crowd(arguments.crowd)
}

#[derive(Default)]
struct Ratios {
    answered: Vec<f64>,
    quick: Vec<f64>,
    checked: Vec<f64>,
}

impl Ratios {
    fn add(&mut self, turn: &Turn, once: &Once) {
        self.answered.push(turn.answered / once.plain);
        self.quick.push(turn.answered / once.quick);
        self.checked.push(turn.checked / once.plain);
    }
}

/// The server's processor time for one submission of a turn, in microseconds.
struct Turn {
    /// Until it was answered.
    answered: f64,
    /// Until it was looked at, too.
    checked: f64,
}

impl std::fmt::Display for Turn {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{:>7.0} µs, with checks {:>7.0} µs", self.answered, self.checked)
    }
}

impl Turn {
    fn take(demo: &Demo, good: Good, stream: &Arc<Stream>, arguments: &Arguments) -> Result<Self, Failure> {
        let count = arguments.calls;
        let before = demo.running.cpu_micros()?;
        let seen = load::run_for(good, demo.door, stream, 0..count, arguments.connections)?;
        if seen.refused > 0 {
            return Err(format!("{} submissions were not taken: {}", seen.refused, seen.for_example).into());
        }
        let answered = demo.running.cpu_micros()?;
        let each = |after: f64| (after - before) / count as f64;
        Ok(Self { answered: each(answered), checked: each(checked(demo)?) })
    }
}

/// The server's processor time when it has looked at everything: it was busy once more, and then no longer.
fn checked(demo: &Demo) -> Result<f64, Failure> {
    const STEP: Duration = Duration::from_millis(100);
    // Longer than the server waits between two looks.
    const LONGEST: Duration = Duration::from_secs(8);
    let start = Instant::now();
    let (mut was_busy, mut quiet, mut before) = (false, 0, demo.running.cpu_micros()?);
    while quiet < 4 || !(was_busy || start.elapsed() > LONGEST) {
        thread::sleep(STEP);
        let now = demo.running.cpu_micros()?;
        was_busy |= now - before > 15_000.0;
        quiet = if now - before > 5_000.0 { 0 } else { quiet + 1 };
        before = now;
    }
    Ok(before)
}

/// All at once, each door on a server of its own.
fn crowd(count: usize) -> Result<(), Failure> {
    for (name, good, make) in [
        ("Volcengine", applied as Good, applications as fn(&Demo, Range<usize>) -> Result<Stream, Failure>),
        ("Alibaba Cloud, in the query", handed_in, submissions),
    ] {
        let data = tempfile::tempdir()?;
        let demo = Demo::start(&beside()?, &data.path().join("data"), Store::New)?;
        let stream = Arc::new(make(&demo, 0..count)?);
        let seen = load::run_for(good, demo.door, &stream, 0..count, count)?;
        let (peak, _) = demo.running.memory()?;
        println!(
            "{count} of 1 MB at once, {name}: peak {peak} MiB (to reach: under 1024), {} refused (to reach: 0) {}",
            seen.refused, seen.for_example
        );
    }
    Ok(())
}

fn applied(status: u16, answer: &[u8]) -> bool {
    status == 200 && holds(answer, b"\"Result\":{\"id\":")
}

fn handed_in(status: u16, answer: &[u8]) -> bool {
    status == 200 && !holds(answer, b"\"Code\"")
}

/// A JPEG's head and end with noise between, no two alike.
fn image(number: usize) -> Vec<u8> {
    let head = [
        &b"\xff\xd8\xff\xe0\x00\x10JFIF\x00\x01\x01\x00\x00\x01\x00\x01\x00\x00"[..],
        b"\xff\xc0\x00\x11\x08\x04\x00\x04\x00\x03\x01\x22\x00\x02\x11\x01\x03\x11\x01",
        b"\xff\xda\x00\x0c\x03\x01\x00\x02\x11\x03\x11\x00\x3f\x00",
    ]
    .concat();
    let seed = (number as u32).wrapping_mul(0x9e37_79b9);
    let noise = (seed..=u32::MAX).chain(0..).map(|n| (n.wrapping_mul(2_654_435_761) >> 24) as u8 & 0x7f);
    head.into_iter().chain(noise).take(IMAGE - 2).chain([0xff, 0xd9]).collect()
}

/// Applications for a qualification at Volcengine's door, the image in a JSON body.
fn applications(demo: &Demo, numbers: Range<usize>) -> Result<Stream, Failure> {
    let text = |name: &str| demo.volcengine[name].as_str().unwrap_or_default();
    let secret = Secret::new(text("secret_key"));
    let client = Volcengine {
        access_key: text("access_key"),
        secret: &secret,
        token: None,
        region: "cn-north-1",
        service: SERVICE,
    };
    let person = json!({
        "certificateType": 0, "personCertificate": [], "personName": "样例甲", "personIDCard": "110101190001010014",
        "personMobile": "13800000001",
    });
    let mut stream = Stream::default();
    let at = now();
    for number in numbers {
        let body = json!({
            "materialName": format!("资质 {number}"),
            "purpose": 1,
            "businessInfo": {
                "businessCertificateType": 1,
                "businessCertificate": {
                    "fileType": 1, "fileContent": STANDARD.encode(image(number)), "fileSuffix": "jpg",
                },
                "businessCertificateName": "样例甲有限公司",
                "unifiedSocialCreditIdentifier": "91350100M000100Y43",
                "businessCertificateValidityPeriodStart": "2020-01-01",
                "businessCertificateValidityPeriodEnd": "2099-12-31",
                "legalPersonName": "样例甲",
            },
            "operatorPerson": person,
            "responsiblePersonInfo": person,
        })
        .to_string();
        let mut headers = HeaderMap::new();
        headers.insert(header::HOST, HeaderValue::from_static("127.0.0.1"));
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
        headers.insert(header::CONTENT_LENGTH, body.len().into());
        let target = "/?Action=ApplySignatureIdent&Version=2021-01-11";
        let request = Request { method: "POST", target, headers: &headers, body: body.as_bytes() };
        let headers = sign_request(&request, &client, Manner::Go, at).ok_or("a request could not be signed")?;
        stream.push(target, &headers, body.as_bytes());
    }
    Ok(stream)
}

/// Submissions at Alibaba Cloud's door, each for a template of its own, the image in the query.
fn submissions(demo: &Demo, numbers: Range<usize>) -> Result<Stream, Failure> {
    let mut stream = Stream::default();
    for number in numbers {
        let template = template(demo, number)?;
        let credential = STANDARD.encode(image(number));
        let business = [
            ("Action", "SaveContactTemplateCredential"),
            ("ContactTemplateId", &*template),
            ("CredentialNo", "91350100M000100Y43"),
            ("Credential", &*credential),
        ];
        stream.push(&rpc(demo, &business, &format!("submission-{number}"))?, &no_body(), b"");
    }
    Ok(stream)
}

/// Makes a template; gives its number.
fn template(demo: &Demo, number: usize) -> Result<String, Failure> {
    let name = format!("样例 {number}");
    let business = [("Action", "SaveContactTemplate"), ("RegType", "2"), ("CName", &*name), ("CCompany", &*name)];
    let mut made = Stream::default();
    made.push(&rpc(demo, &business, &format!("template-{number}"))?, &no_body(), b"");
    let answer = ask(demo.door, made.get(0).unwrap_or_default())?;
    let answer: Value = serde_json::from_slice(&answer)?;
    let number = answer["ContactTemplateId"].as_i64().ok_or_else(|| format!("no template was made: {answer}"))?;
    Ok(number.to_string())
}

/// The target of a signed call.
fn rpc(demo: &Demo, business: &[(&str, &str)], nonce: &str) -> Result<String, Failure> {
    let text = |name: &str| demo.aliyun[name].as_str().unwrap_or_default();
    let secret = Secret::new(text("secret_key"));
    let client = Aliyun { access_key: text("access_key"), secret: &secret, token: None };
    let business = [&[("Version", "2016-05-11"), ("Format", "JSON")], business].concat();
    let query = sign_rpc(&client, Hash::Sha1, "POST", &business, now(), nonce);
    Ok(format!("/?{}", query.map_err(|_| "a request could not be signed")?))
}

fn no_body() -> HeaderMap {
    let mut headers = HeaderMap::new();
    headers.insert(header::HOST, HeaderValue::from_static("127.0.0.1"));
    headers.insert(header::CONTENT_LENGTH, 0.into());
    headers.insert(header::CONNECTION, HeaderValue::from_static("close"));
    headers
}

/// Sends a request on a connection of its own; gives the body of the answer.
fn ask(to: SocketAddr, request: &[u8]) -> Result<Vec<u8>, Failure> {
    let mut tcp = TcpStream::connect(to)?;
    tcp.write_all(request)?;
    let mut answer = Vec::new();
    tcp.read_to_end(&mut answer)?;
    let head = answer.windows(4).position(|window| window == b"\r\n\r\n").ok_or("half an answer")?;
    Ok(answer.split_off(head + 4))
}

/// Undoing base64, hashing and encrypting an image once.
fn once() -> Result<Once, Failure> {
    let images: Vec<String> = (0..32).map(|number| STANDARD.encode(image(number))).collect();
    let key = LessSafeKey::new(UnboundKey::new(&AES_256_GCM, &[7; 32])?);
    Once::measure(300, |time, decode| {
        let base64 = &images[time % images.len()];
        black_box(digest::digest(&digest::SHA256, black_box(base64.as_bytes())));
        let mut image = decode(black_box(base64));
        let nonce = Nonce::assume_unique_for_key([0; 12]);
        // It fails for no image of this size.
        black_box(key.seal_in_place_separate_tag(nonce, Aad::empty(), &mut image).is_ok());
        black_box(image);
    })
}

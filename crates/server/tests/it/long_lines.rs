//! Request lines with pictures in them, through a socket.

use std::{
    io::{Read, Write},
    net::{SocketAddr, TcpStream},
    sync::{Arc, Mutex},
    time::{Duration, Instant},
};

use http::{HeaderValue, StatusCode, header};
use rustls::{ClientConfig, ClientConnection, RootCertStore, StreamOwned};
use shiming_core::BoxFuture;
use shiming_server::{
    Answer, Call, Doors, Limits, Outcome,
    doors::{Door, Head, IntakeRefusal},
    intake::{Certificate, Listener, Porter},
    telemetry::Telemetry,
};
use tokio::sync::oneshot;

use crate::{
    alipay_bench::{AlipayBench, App, CERTIFY, content_of},
    bench::{ID, NAME},
    running::{long, parse, read_all, read_one},
};

/// Requests as the door saw them: target and body.
type Seen = Arc<Mutex<Vec<(String, String)>>>;

struct Mirror(Seen);

impl Door for Mirror {
    fn name(&self) -> &'static str {
        "mirror"
    }

    fn claims(&self, head: Head<'_>) -> bool {
        head.target.contains("/picture?") || head.target == "/short"
    }

    fn body_limit(&self) -> usize {
        1024
    }

    fn answer<'a>(&'a self, call: Call<'a>) -> BoxFuture<'a, Answer> {
        let body = String::from_utf8_lossy(call.request.body).into_owned();
        self.0.lock().unwrap().push((call.request.target.into(), body));
        Box::pin(std::future::ready(say(StatusCode::OK)))
    }

    fn refuse(&self, _: Head<'_>, _: IntakeRefusal) -> Answer {
        say(StatusCode::PAYLOAD_TOO_LARGE)
    }
}

fn say(status: StatusCode) -> Answer {
    Answer {
        status,
        headers: vec![(header::CONTENT_TYPE, HeaderValue::from_static("application/json"))],
        body: r#"{"seen":{}}"#.into(),
        outcome: Outcome { door: "mirror", operation: "-", admitted: true, word: "seen" },
    }
}

/// A listener with that one door; it stops when this is dropped.
struct Served {
    address: SocketAddr,
    seen: Seen,
    certificate: rcgen::CertifiedKey<rcgen::KeyPair>,
    stop: Option<oneshot::Sender<()>>,
    thread: Option<std::thread::JoinHandle<()>>,
}

impl Served {
    fn new(limits: Limits, encrypted: bool) -> Self {
        let seen = Seen::default();
        let doors = Doors::new(vec![Arc::new(Mirror(Arc::clone(&seen)))]);
        Self::behind(doors, seen, limits, encrypted)
    }

    fn behind(doors: Doors, seen: Seen, limits: Limits, encrypted: bool) -> Self {
        let certificate = rcgen::generate_simple_self_signed(["localhost".to_owned()]).unwrap();
        let (pem, key) = (certificate.cert.pem(), certificate.signing_key.serialize_pem());
        let tls = encrypted.then(|| Certificate::from_pem(pem.as_bytes(), key.as_bytes()).unwrap());
        let (tell, told) = std::sync::mpsc::channel();
        let (stop, stopped) = oneshot::channel::<()>();
        let thread = std::thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
            runtime.block_on(async {
                let listener = Listener::bind("127.0.0.1:0".parse().unwrap()).await.unwrap();
                tell.send(listener.address().unwrap()).unwrap();
                let porter = Porter { doors, limits, telemetry: Arc::new(Telemetry::default()) };
                listener.serve(Arc::new(porter), tls, async { drop(stopped.await) }).ended().await;
            });
        });
        Self { address: told.recv().unwrap(), seen, certificate, stop: Some(stop), thread: Some(thread) }
    }

    fn connect(&self) -> TcpStream {
        let stream = TcpStream::connect(self.address).unwrap();
        stream.set_read_timeout(Some(Duration::from_secs(30))).unwrap();
        stream
    }

    fn connect_tls(&self) -> StreamOwned<ClientConnection, TcpStream> {
        let mut roots = RootCertStore::empty();
        roots.add(self.certificate.cert.der().clone()).unwrap();
        let config = ClientConfig::builder_with_provider(Arc::new(rustls::crypto::aws_lc_rs::default_provider()))
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_root_certificates(roots)
            .with_no_client_auth();
        let client = ClientConnection::new(Arc::new(config), "localhost".try_into().unwrap()).unwrap();
        StreamOwned::new(client, self.connect())
    }

    /// Sends bytes and reads until the server closes.
    fn exchange(&self, bytes: &[u8]) -> String {
        let mut stream = self.connect();
        let _ = stream.write_all(bytes);
        read_all(&mut stream)
    }

    fn targets(&self) -> Vec<String> {
        self.seen.lock().unwrap().iter().map(|(target, _)| target.clone()).collect()
    }
}

impl Drop for Served {
    fn drop(&mut self) {
        drop(self.stop.take());
        if let Some(thread) = self.thread.take() {
            thread.join().unwrap();
        }
    }
}

fn picture(bytes: usize) -> String {
    format!("/picture?p={}", "%2Bab".repeat(bytes / 5))
}

fn post(target: &str, body: &str) -> Vec<u8> {
    format!("POST {target} HTTP/1.1\r\nHost: x\r\nContent-Length: {}\r\n\r\n{body}", body.len()).into_bytes()
}

fn answers(text: &str) -> usize {
    text.matches("HTTP/1.1 ").count()
}

const LARGEST_SEEN: usize = 4_300_000;

#[test]
fn a_picture_in_the_query_is_seen_whole_with_and_without_tls() {
    let target = picture(LARGEST_SEEN);
    let plain = Served::new(long(), false);
    let answer = plain.exchange(&post(&target, "body"));
    assert_eq!(parse(&answer).0, 200);
    assert!(answer.to_ascii_lowercase().contains("connection: close"));
    assert!(*plain.seen.lock().unwrap() == [(target.clone(), "body".to_owned())]);

    let encrypted = Served::new(long(), true);
    let mut stream = encrypted.connect_tls();
    stream.write_all(&post(&target, "body")).unwrap();
    assert_eq!(parse(&read_all(&mut stream)).0, 200);
    assert!(encrypted.targets() == [target]);
}

#[test]
fn an_absolute_target_is_seen_whole() {
    let served = Served::new(long(), false);
    let target = format!("http://x.test{}", picture(100_000));
    assert_eq!(parse(&served.exchange(&post(&target, ""))).0, 200);
    assert!(served.targets() == [target]);
}

#[test]
fn a_query_with_text_that_is_not_escaped_is_seen_whole_however_long_it_is() {
    let served = Served::new(long(), false);
    let target = format!("{}&CName=张三😀", picture(100_000));
    for target in ["/picture?CName=张三😀", &target] {
        assert_eq!(parse(&served.exchange(&post(target, ""))).0, 200);
    }
    assert!(served.targets() == ["/picture?CName=张三😀".to_owned(), target]);
}

#[test]
fn a_long_line_may_come_on_a_kept_connection() {
    let served = Served::new(long(), false);
    let target = picture(100_000);
    let mut stream = served.connect();
    for _ in 0..3 {
        stream.write_all(&post("/short", "short")).unwrap();
        assert_eq!(read_one(&mut stream).0, 200);
    }
    stream.write_all(&post(&target, "long")).unwrap();
    assert_eq!(parse(&read_all(&mut stream)).0, 200);
    assert!(served.targets() == ["/short", "/short", "/short", &target]);
}

#[test]
fn short_requests_sent_ahead_are_all_answered() {
    let served = Served::new(long(), false);
    let mut bytes = post("/short", "one").repeat(5);
    bytes.extend_from_slice(b"GET /short HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");
    assert_eq!(answers(&served.exchange(&bytes)), 6);
}

#[test]
fn nothing_sent_after_a_long_request_is_answered() {
    let served = Served::new(long(), false);
    let mut bytes = post(&picture(100_000), "");
    bytes.extend(post("/short", ""));
    assert_eq!(answers(&served.exchange(&bytes)), 1);
    assert_eq!(served.targets().len(), 1);
}

#[test]
fn a_line_that_trickles_in_is_cut_off_in_time() {
    let served = Served::new(Limits { idle: Duration::from_millis(700), ..long() }, false);
    let mut stream = served.connect();
    let began = Instant::now();
    stream.write_all(format!("POST {}", picture(200_000)).as_bytes()).unwrap();
    while stream.write_all(b"a").is_ok() && began.elapsed() < Duration::from_secs(20) {
        std::thread::sleep(Duration::from_millis(20));
    }
    assert!(began.elapsed() < Duration::from_secs(15));
    assert!(served.targets().is_empty());
}

#[test]
fn a_target_beyond_the_limit_gets_414_in_json() {
    let served = Served::new(Limits { target_bytes: 200_000, ..long() }, false);
    assert_eq!(parse(&served.exchange(&post(&picture(199_000), ""))).0, 200);
    for bytes in [200_100, 1_000_000] {
        let (status, body) = parse(&served.exchange(&post(&picture(bytes), "")));
        assert_eq!((status, &body["Code"], &body["error"]["code"]), (414, &"RequestTooLarge".into(), &414.into()));
        assert_eq!(body["Message"], "The request line is too long.");
    }
    let endless = format!("POST {}", picture(500_000));
    assert_eq!(parse(&served.exchange(endless.as_bytes())).0, 414);
    assert_eq!(served.targets().len(), 1);
}

#[test]
fn more_long_lines_than_there_is_room_for_get_503() {
    let served = Served::new(Limits { long_targets_bytes: 1024 * 1024, ..long() }, false);
    let mut waiting = served.connect();
    waiting.write_all(format!("POST {}", picture(900_000)).as_bytes()).unwrap();
    std::thread::sleep(Duration::from_millis(500));
    let (status, body) = parse(&served.exchange(&post(&picture(900_000), "")));
    assert_eq!((status, &body["Code"]), (503, &"ServiceUnavailable".into()));
    waiting.write_all(b" HTTP/1.1\r\nHost: x\r\n\r\n").unwrap();
    assert_eq!(parse(&read_all(&mut waiting)).0, 200);
    assert_eq!(parse(&served.exchange(&post(&picture(900_000), ""))).0, 200);
}

#[test]
fn long_lines_of_any_other_form_are_refused() {
    let served = Served::new(long(), false);
    let target = picture(100_000);
    for line in [
        format!("POST {target} HTTP/1.1\n"),
        format!("POST {target}\n HTTP/1.1\r\n"),
        format!("POST {target}\0 HTTP/1.1\r\n"),
        format!("POST {target} x HTTP/1.1\r\n"),
        format!("POST {target}\rX HTTP/1.1\r\n"),
        format!("POST {target}  HTTP/1.1\r\n"),
        format!("POST\t{target} HTTP/1.1\r\n"),
        format!("POST {target} HTTP/2.0\r\n"),
        format!("GET {target}\r\n"),
        format!("GET x{target} HTTP/1.1\r\n"),
    ] {
        let answer = parse(&served.exchange(format!("{line}Host: x\r\n\r\n").as_bytes()));
        assert!(matches!(answer.0, 400 | 414 | 431), "{answer:?}");
    }
    assert!(served.targets().is_empty());
}

#[test]
fn the_framing_after_a_long_line_is_hypers() {
    let served = Served::new(long(), false);
    let target = picture(100_000);
    let send = |headers: &str| {
        let text = served.exchange(format!("POST {target} HTTP/1.1\r\nHost: x\r\n{headers}").as_bytes());
        assert_eq!(answers(&text), 1, "{text}");
        parse(&text).0
    };
    assert_eq!(send("Content-Length: 1\r\nContent-Length: 2\r\n\r\nab"), 400);
    assert_eq!(send("Content-Length: +1\r\n\r\na"), 400);
    assert_eq!(send("Transfer-Encoding: chunked\r\n\r\n2\r\nab\r\n0\r\n\r\n"), 200);
    assert_eq!(send("Content-Length: 9999\r\n\r\n"), 413);
    // With both, the chunks count and the connection ends (RFC 9112, section 6.1).
    let both = "Content-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nab\r\n0\r\n\r\nGET /short HTTP/1.1\r\n\r\n";
    assert!(matches!(send(both), 200 | 400));
    let seen = served.seen.lock().unwrap();
    assert!(seen.iter().all(|(seen, body)| *seen == target && body == "ab"));
}

#[test]
fn two_hundred_pictures_at_once_are_answered() {
    let served = Served::new(long(), false);
    let bytes = post(&picture(150_000), "");
    std::thread::scope(|scope| {
        for _ in 0..200 {
            scope.spawn(|| {
                let mut answer = String::new();
                let mut stream = served.connect();
                stream.write_all(&bytes).unwrap();
                stream.read_to_string(&mut answer).unwrap();
                assert_eq!(parse(&answer).0, 200);
            });
        }
    });
    assert_eq!(served.targets().len(), 200);
}

#[test]
fn alipays_gateway_takes_a_portrait_in_the_query() {
    let bench = AlipayBench::new();
    let picture = "ABCD".repeat(40_000);
    let content = content_of("T1", NAME, ID, Some(&picture), "FACE_API");
    let signed = bench.signed(&App::new(), CERTIFY, &content);
    let parameters = String::from_utf8(signed.body).unwrap();
    let target = format!("{}&{parameters}", signed.target);
    assert!(target.len() > 160_000);
    let doors = Doors::new(vec![Arc::clone(&bench.gateway) as Arc<dyn Door>]);
    let served = Served::behind(doors, Seen::default(), long(), false);
    let answer = served.exchange(&post(&target, ""));
    // Its signature is right and its content read: only the picture, which is none, is refused.
    assert!(answer.starts_with("HTTP/1.1 200 ") && answer.contains(r#""code":"40004""#), "{answer}");
}

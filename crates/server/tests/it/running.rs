//! A running server on free ports, met over sockets.

use std::{
    io::{Read, Write},
    net::{Shutdown, SocketAddr, TcpStream},
    sync::Arc,
    time::{Duration, Instant},
};

use rustls::{ClientConfig, ClientConnection, RootCertStore, StreamOwned, SupportedProtocolVersion};
use secrecy::SecretString;
use serde_json::{Value, json};
use shiming_server::{Limits, Parts, Server, Settings, doors::Door, intake::Certificate, telemetry::Telemetry};
use tokio::sync::oneshot;

use crate::bench::{Bench, ID, NAME};

/// The server; it stops when this is dropped.
pub(crate) struct Running {
    pub(crate) bench: Bench,
    pub(crate) door: SocketAddr,
    pub(crate) operator: SocketAddr,
    certificate: rcgen::CertifiedKey<rcgen::KeyPair>,
    stop: Option<oneshot::Sender<()>>,
    thread: Option<std::thread::JoinHandle<()>>,
}

/// A client's end of a TLS connection.
pub(crate) type TlsStream = StreamOwned<ClientConnection, TcpStream>;

/// Limits that a test can wait for.
pub(crate) fn short() -> Limits {
    Limits {
        first_byte: Duration::from_millis(300),
        idle: Duration::from_millis(700),
        body_time: Duration::from_millis(300),
        ..Limits::default()
    }
}

/// Limits that nobody reaches, however busy the machine.
pub(crate) fn long() -> Limits {
    let long = Duration::from_mins(1);
    Limits { first_byte: long, idle: long, body_time: long, shutdown: long, ..Limits::default() }
}

impl Running {
    pub(crate) fn new() -> Self {
        Self::with(short())
    }

    pub(crate) fn with(limits: Limits) -> Self {
        Self::start(Bench::new(), limits, false)
    }

    pub(crate) fn over_tls(limits: Limits) -> Self {
        Self::start(Bench::new(), limits, true)
    }

    pub(crate) fn start(bench: Bench, limits: Limits, encrypted: bool) -> Self {
        Self::beside(Vec::new(), bench, limits, encrypted)
    }

    /// With other doors in front of the bench's.
    pub(crate) fn beside(others: Vec<Arc<dyn Door>>, bench: Bench, limits: Limits, encrypted: bool) -> Self {
        let certificate = rcgen::generate_simple_self_signed(["localhost".to_owned()]).unwrap();
        let (pem, key) = (certificate.cert.pem(), certificate.signing_key.serialize_pem());
        let tls = encrypted.then(|| Certificate::from_pem(pem.as_bytes(), key.as_bytes()).unwrap());
        let (door, refusals) = (Arc::clone(&bench.door), Arc::clone(&bench.refusals));
        let (tell, told) = std::sync::mpsc::channel();
        let (stop, stopped) = oneshot::channel();
        let thread = std::thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
            runtime.block_on(async {
                let any: SocketAddr = "127.0.0.1:0".parse().unwrap();
                let bound = Server::bind(Settings { doors: any, operator: any, limits, tls }).await.unwrap();
                tell.send((bound.doors(), bound.operator())).unwrap();
                let parts = Parts {
                    doors: others.into_iter().chain([door as Arc<dyn Door>]).collect(),
                    refusals,
                    telemetry: Arc::new(Telemetry::default()),
                    operator_token: SecretString::from("operators-token"),
                    ready: Box::new(|| Ok(())),
                    api: None,
                };
                bound.run(parts, async { drop(stopped.await) }).await;
            });
        });
        let (door, operator) = told.recv().unwrap();
        Self { bench, door, operator, certificate, stop: Some(stop), thread: Some(thread) }
    }

    pub(crate) fn connect(&self) -> TcpStream {
        let stream = TcpStream::connect(self.door).unwrap();
        stream.set_read_timeout(Some(Duration::from_secs(30))).unwrap();
        stream
    }

    /// A connection whose handshake is made with the first byte that is read or written.
    pub(crate) fn connect_tls(&self, versions: &[&'static SupportedProtocolVersion]) -> TlsStream {
        let mut roots = RootCertStore::empty();
        roots.add(self.certificate.cert.der().clone()).unwrap();
        let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
        let mut config = ClientConfig::builder_with_provider(provider)
            .with_protocol_versions(versions)
            .unwrap()
            .with_root_certificates(roots)
            .with_no_client_auth();
        config.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
        let client = ClientConnection::new(Arc::new(config), "localhost".try_into().unwrap()).unwrap();
        StreamOwned::new(client, self.connect())
    }

    /// Sends bytes, closes our side, reads until the end.
    pub(crate) fn exchange(&self, bytes: &[u8]) -> String {
        let mut stream = self.connect();
        // The server may refuse before it has read everything; its answer still counts.
        let _ = stream.write_all(bytes);
        let _ = stream.shutdown(Shutdown::Write);
        read_all(&mut stream)
    }

    /// The same, then shows that the server still answers a good call.
    pub(crate) fn survives(&self, bytes: &[u8]) -> (u16, Value) {
        let answer = parse(&self.exchange(bytes));
        assert_eq!(parse(&self.exchange(&self.good_call())).0, 200);
        answer
    }

    /// The bytes of a call that matches.
    pub(crate) fn good_call(&self) -> Vec<u8> {
        self.bench.signed("/v1/personal", &body()).bytes()
    }

    /// Sends a good call's head, waits until the server wants its body, tells the server to stop, and answers the rest of
    /// the call once nobody new is let in.
    pub(crate) fn stop_amid_a_call(&mut self, stream: &mut (impl Read + Write)) -> Vec<u8> {
        let mut signed = self.bench.signed("/v1/personal", &body());
        signed.headers.insert("expect", "100-continue".parse().unwrap());
        let mut head = signed.bytes();
        let rest = head.split_off(head.len() - signed.body.len());
        stream.write_all(&head).unwrap();
        let mut wanted = *b"HTTP/1.1 100 Continue\r\n\r\n";
        stream.read_exact(&mut wanted).unwrap();
        assert_eq!(wanted.as_slice(), b"HTTP/1.1 100 Continue\r\n\r\n");
        drop(self.stop.take());
        let began = Instant::now();
        while TcpStream::connect(self.door).is_ok() {
            assert!(began.elapsed() < Duration::from_secs(30), "somebody new is let in");
            std::thread::sleep(Duration::from_millis(5));
        }
        rest
    }

    /// Waits for the server's end.
    pub(crate) fn ended(&mut self) {
        drop(self.stop.take());
        if let Some(thread) = self.thread.take() {
            thread.join().unwrap();
        }
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        self.ended();
    }
}

pub(crate) fn read_all(stream: &mut impl Read) -> String {
    let mut bytes = Vec::new();
    // A reset after the answer is the server's good right: it did not read what it refused.
    let _ = stream.read_to_end(&mut bytes);
    String::from_utf8(bytes).unwrap()
}

/// One answer on a connection that stays open.
pub(crate) fn read_one(stream: &mut impl Read) -> (u16, Value) {
    let mut answer = Vec::new();
    let mut chunk = [0; 4096];
    while !answer.ends_with(b"}}") {
        let read = stream.read(&mut chunk).unwrap();
        assert!(read > 0, "the connection was closed");
        answer.extend_from_slice(&chunk[..read]);
    }
    parse(&String::from_utf8(answer).unwrap())
}

pub(crate) fn parse(answer: &str) -> (u16, Value) {
    let (head, body) = answer.split_once("\r\n\r\n").unwrap_or_else(|| panic!("no answer: {answer:?}"));
    assert!(head.to_ascii_lowercase().contains("content-type: application/json"), "JSON, never HTML: {head}");
    let status = head.split(' ').nth(1).unwrap().parse().unwrap();
    (status, serde_json::from_str(body).unwrap_or_else(|_| panic!("not JSON: {body}")))
}

pub(crate) fn body() -> String {
    json!({"personalSpec": {"checkType": 2, "personalUser": {"name": NAME, "idCard": ID}}}).to_string()
}

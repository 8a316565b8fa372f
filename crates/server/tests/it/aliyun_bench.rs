//! Alibaba Cloud Domain's door over a real store in a scratch directory, on a clock that the test turns.

use std::{
    collections::BTreeMap,
    io::{Read, Write},
    net::{Shutdown, SocketAddr, TcpStream},
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::{Duration, Instant},
};

use base64::{Engine as _, engine::general_purpose::STANDARD};
use http::HeaderMap;
use jiff::Timestamp;
use serde_json::Value;
use shiming_core::{
    Asking, Caller, CallerState, Callers, CaseKey, Clock, Submitter, UnixTime,
    submit::{Decision, Outcome, Review},
};
use shiming_server::{
    Answer, Call, Doors,
    doors::{
        Door,
        aliyun_domain::{AliyunDomain, KIND, NAME, Settings, Tools},
    },
    intake::{Listener, Porter},
    refusals::Refusals,
    telemetry::Telemetry,
};
use shiming_store::{Audit, Store};
use shiming_wire::{
    aliyun::{
        operations::OPERATIONS,
        sign::{Client, Hash, sign_acs3, sign_rpc},
    },
    request::Request,
    secret::Secret,
};
use tokio::sync::oneshot;

use crate::ground::{self, Counting, Turned};
use crate::running::long;

pub(crate) const KEY: &str = "TESTALIYUN0000000001";
pub(crate) const SECRET: &str = "testaliyunsecret0001";
pub(crate) const OTHER_KEY: &str = "TESTALIYUN0000000002";
pub(crate) const TOKEN_KEY: &str = "TESTALIYUN0000000003";
pub(crate) const TOKEN: &str = "TEST-STS-TOKEN+/=";
pub(crate) const DISABLED_KEY: &str = "TESTALIYUN0000000004";
pub(crate) const LIMITED_KEY: &str = "TESTALIYUN0000000005";

/// The number that the national standard prints.
pub(crate) const ID: &str = "11010519491231002X";

pub(crate) struct AliyunBench {
    pub(crate) door: Arc<AliyunDomain>,
    pub(crate) refusals: Arc<Refusals>,
    pub(crate) store: Store,
    pub(crate) submitter: Arc<Submitter>,
    clock: Arc<Turned>,
    nonce: AtomicU64,
    dir: Arc<tempfile::TempDir>,
}

/// Who signs.
#[derive(Clone, Copy)]
pub(crate) struct Signer {
    pub(crate) key: &'static str,
    pub(crate) secret: &'static str,
    pub(crate) token: Option<&'static str>,
}

pub(crate) const SIGNER: Signer = Signer { key: KEY, secret: SECRET, token: None };

/// A signed request, ready to be sent or spoilt.
#[derive(Clone)]
pub(crate) struct Signed {
    pub(crate) method: &'static str,
    pub(crate) target: String,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Vec<u8>,
}

/// An answer, read.
#[derive(Debug)]
pub(crate) struct Seen {
    pub(crate) status: u16,
    pub(crate) text: String,
    pub(crate) content_type: String,
    pub(crate) headers: BTreeMap<String, String>,
    pub(crate) admitted: bool,
    pub(crate) operation: &'static str,
}

impl AliyunBench {
    pub(crate) fn new() -> Self {
        Self::with(Settings::default())
    }

    pub(crate) fn with(settings: Settings) -> Self {
        let now: Timestamp = "2026-11-25T12:00:00Z".parse().unwrap();
        Self::at(now, settings, callers())
    }

    pub(crate) fn at(now: Timestamp, settings: Settings, callers: Vec<Caller>) -> Self {
        let dir = Arc::new(tempfile::tempdir().unwrap());
        let clock = Turned::at(UnixTime(now.as_millisecond()));
        let store = ground::store(dir.path(), Arc::clone(&clock) as _);
        for caller in callers {
            store.callers().put(&caller).unwrap();
        }
        Self::over(store, clock, settings, dir, 1)
    }

    /// Another process over the same store.
    pub(crate) fn beside(&self) -> Self {
        let store = ground::store_again(self.dir.path(), Arc::clone(&self.clock) as _);
        Self::over(store, Arc::clone(&self.clock), Settings::default(), Arc::clone(&self.dir), 1_000_000)
    }

    fn over(
        store: Store,
        clock: Arc<Turned>,
        settings: Settings,
        dir: Arc<tempfile::TempDir>,
        first_nonce: u64,
    ) -> Self {
        let (cases, papers, ledger) = (store.cases(), store.papers(), store.ledger());
        let submitter = Arc::new(Submitter::new(cases, papers, Arc::clone(&ledger) as _, Arc::clone(&clock) as _));
        let keyring = Arc::new(AliyunDomain::keyring());
        keyring.refresh(&*store.callers()).unwrap();
        let refusals = Arc::new(Refusals::new(Arc::clone(&clock) as _));
        let tools = Tools {
            submitter: Arc::clone(&submitter),
            ledger,
            callers: keyring,
            clock: Arc::clone(&clock) as _,
            random: Arc::new(Counting::new()),
            refusals: Arc::clone(&refusals),
        };
        let door = Arc::new(AliyunDomain::new(settings, tools));
        Self { door, refusals, store, submitter, clock, nonce: AtomicU64::new(first_nonce), dir }
    }

    pub(crate) fn turn_clock(&self, seconds: i64) {
        self.clock.turn(seconds);
    }

    pub(crate) fn now(&self) -> Timestamp {
        self.clock.now().timestamp()
    }

    /// How many sealed papers lie in the store.
    pub(crate) fn papers(&self) -> usize {
        fn files(folder: &std::path::Path) -> usize {
            let entries = std::fs::read_dir(folder).into_iter().flatten().map(|entry| entry.unwrap().path());
            entries.map(|path| if path.is_dir() { files(&path) } else { 1 }).sum()
        }
        files(&self.dir.path().join("data").join("papers"))
    }

    /// Entries of the ledger, its chain proven.
    pub(crate) fn entries(&self) -> u64 {
        match self.store.ledger().verify(None).unwrap() {
            Audit::Whole(whole) => whole.entries,
            Audit::Broken(broken) => panic!("{broken}"),
        }
    }

    fn fresh(&self) -> String {
        format!("nonce-{}", self.nonce.fetch_add(1, Ordering::Relaxed))
    }

    /// An RPC call with everything in a form, and the answer in JSON.
    pub(crate) fn signed(&self, action: &'static str, business: &[(&str, &str)]) -> Signed {
        self.signed_by(SIGNER, action, &[&[("Format", "JSON")], business].concat())
    }

    /// The same by another signer, and in the form that is asked for or not.
    pub(crate) fn signed_by(&self, signer: Signer, action: &'static str, business: &[(&str, &str)]) -> Signed {
        let (secret, token) = (Secret::new(signer.secret), signer.token.map(Secret::new));
        let client = Client { access_key: signer.key, secret: &secret, token: token.as_ref() };
        let pairs = [&[("Action", action), ("Version", version_of(action))], business].concat();
        let body = sign_rpc(&client, Hash::Sha1, "POST", &pairs, self.now(), &self.fresh()).unwrap();
        Signed { method: "POST", target: "/".into(), headers: form_headers(), body: body.into_bytes() }
    }

    /// A call signed in its headers; all parameters in the query.
    pub(crate) fn signed_acs3(&self, action: &'static str, query: &[(&str, &str)]) -> Signed {
        let encoded = |text: &str| {
            let keep = |byte: u8| byte.is_ascii_alphanumeric();
            text.bytes()
                .map(|byte| if keep(byte) { char::from(byte).to_string() } else { format!("%{byte:02X}") })
                .collect::<String>()
        };
        let pairs: Vec<_> = query.iter().map(|(name, value)| format!("{name}={}", encoded(value))).collect();
        let target = format!("/?{}", pairs.join("&"));
        let mut headers = HeaderMap::new();
        headers.insert("host", "127.0.0.1:8080".parse().unwrap());
        let request = Request { method: "POST", target: &target, headers: &headers, body: &[] };
        let secret = Secret::new(SECRET);
        let client = Client { access_key: KEY, secret: &secret, token: None };
        let operation = OPERATIONS.iter().find(|known| known.name == action).unwrap();
        let headers = sign_acs3(&request, &client, (operation.version, action), self.now(), &self.fresh()).unwrap();
        Signed { method: "POST", target, headers, body: Vec::new() }
    }

    pub(crate) fn send(&self, signed: &Signed) -> Seen {
        run(self.answer(signed))
    }

    pub(crate) async fn answer(&self, signed: &Signed) -> Seen {
        let Signed { method, target, headers, body } = signed;
        let request = Request { method, target, headers, body };
        Seen::of(&self.door.answer(Call { request, arrived: Instant::now(), peer: None }).await)
    }

    /// Signs and sends in one.
    pub(crate) fn call(&self, action: &'static str, business: &[(&str, &str)]) -> Seen {
        self.send(&self.signed(action, business))
    }

    /// Makes a template; its id as text.
    pub(crate) fn template(&self) -> String {
        let seen = self.call("SaveContactTemplate", &[("RegType", "1"), ("CName", "样例甲"), ("CCompany", "样例甲")]);
        seen.json()["ContactTemplateId"].to_string()
    }

    /// Submits a picture for it.
    pub(crate) fn submit(&self, id: &str) -> Seen {
        self.send(&self.submission(id, &encoded(&jpeg(60_000))))
    }

    pub(crate) fn submission(&self, id: &str, picture: &str) -> Signed {
        let business = [("ContactTemplateId", id), ("CredentialNo", ID), ("Credential", picture)];
        self.signed("SaveContactTemplateCredential", &business)
    }

    /// An operator decides.
    pub(crate) fn decide(&self, id: &str, outcome: Outcome, reason: &str) {
        let decision = Decision { outcome, reason: reason.into(), by: "wang".into() };
        let asking = Asking { door: NAME, caller: KEY, operation: "decide", request_id: "-", arrived: Instant::now() };
        run(self.submitter.decide(asking, &key(id), decision, Review::One)).unwrap();
    }

    /// `AuditStatus` of a template, as a query says it.
    pub(crate) fn status(&self, id: &str) -> String {
        let seen = self.call("QueryContactTemplate", &[("ContactTemplateId", id)]).json();
        seen["ContactTemplates"]["ContactTemplate"][0]["AuditStatus"].as_str().unwrap_or("-").to_owned()
    }
}

impl Seen {
    fn of(answer: &Answer) -> Self {
        let headers: BTreeMap<_, _> = answer
            .headers
            .iter()
            .map(|(name, value)| (name.as_str().to_owned(), value.to_str().unwrap().to_owned()))
            .collect();
        Self {
            status: answer.status.as_u16(),
            text: String::from_utf8(answer.body.to_vec()).unwrap(),
            content_type: headers.get("content-type").cloned().unwrap_or_default(),
            headers,
            admitted: answer.outcome.admitted,
            operation: answer.outcome.operation,
        }
    }

    pub(crate) fn json(&self) -> Value {
        serde_json::from_str(&self.text).unwrap()
    }

    /// `ok`, or the refusal's code: of either form.
    pub(crate) fn said(&self) -> String {
        if self.status == 200 {
            return "ok".into();
        }
        if self.content_type.starts_with("text/xml") {
            let (_, rest) = self.text.split_once("<Code>").unwrap();
            return rest.split_once("</Code>").unwrap().0.to_owned();
        }
        self.json()["Code"].as_str().unwrap().to_owned()
    }

    pub(crate) fn message(&self) -> String {
        self.json()["Message"].as_str().unwrap_or_default().to_owned()
    }
}

pub(crate) fn run<T>(work: impl Future<Output = T>) -> T {
    tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap().block_on(work)
}

pub(crate) fn key(id: &str) -> CaseKey {
    CaseKey { door: NAME.into(), caller: KEY.into(), kind: KIND.into(), number: id.parse().unwrap() }
}

pub(crate) fn version_of(action: &str) -> &'static str {
    OPERATIONS.iter().find(|known| known.name == action).map_or("2016-05-11", |known| known.version.as_str())
}

pub(crate) fn form_headers() -> HeaderMap {
    let mut headers = HeaderMap::new();
    headers.insert("host", "127.0.0.1:8080".parse().unwrap());
    headers.insert("content-type", "application/x-www-form-urlencoded".parse().unwrap());
    headers
}

/// A JPEG of so many bytes with all that the structure walk looks for.
pub(crate) fn jpeg(size: usize) -> Vec<u8> {
    let mut bytes = b"\xff\xd8\xff\xe0\0\x04ab\xff\xc0\0\x0b\x08\0\x30\0\x40\x01\x01\x11\0\xff\xda\0\x02".to_vec();
    bytes.resize(size - 2, 0x11);
    bytes.extend_from_slice(b"\xff\xd9");
    bytes
}

/// A bitmap of so many bytes.
pub(crate) fn bmp(size: usize) -> Vec<u8> {
    let mut bytes = b"BM\0\0\0\0\0\0\0\0\x36\0\0\0\x28\0\0\0\x40\0\0\0\x30\0\0\0".to_vec();
    bytes.resize(size, 0);
    bytes
}

pub(crate) fn encoded(bytes: &[u8]) -> String {
    STANDARD.encode(bytes)
}

fn callers() -> Vec<Caller> {
    let plain = |key: &str, state| caller(key, SECRET, state, None, None);
    vec![
        plain(KEY, CallerState::Enabled),
        plain(OTHER_KEY, CallerState::Enabled),
        caller(TOKEN_KEY, SECRET, CallerState::Enabled, Some(TOKEN), None),
        plain(DISABLED_KEY, CallerState::Disabled),
        caller(LIMITED_KEY, SECRET, CallerState::Enabled, None, Some("QueryContactTemplate, QueryFailReasonList")),
    ]
}

pub(crate) fn caller(
    key: &str,
    secret: &str,
    state: CallerState,
    token: Option<&str>,
    actions: Option<&str>,
) -> Caller {
    let of = |pairs: [(&str, Option<&str>); 2]| {
        pairs.into_iter().filter_map(|(name, value)| Some((name.to_owned(), value?.to_owned()))).collect::<Vec<_>>()
    };
    Caller {
        door: NAME.into(),
        key_id: key.into(),
        label: "test-account".into(),
        state,
        secrets: of([("secret", Some(secret)), ("security_token", token)])
            .into_iter()
            .map(|(name, value)| (name, value.into()))
            .collect(),
        settings: of([("created_at", Some("2026-11-01T00:00:00Z")), ("actions", actions)]).into_iter().collect(),
    }
}

/// The door behind a socket; it stops when this is dropped.
pub(crate) struct Listening {
    address: SocketAddr,
    stop: Option<oneshot::Sender<()>>,
    thread: Option<std::thread::JoinHandle<()>>,
}

impl Listening {
    pub(crate) fn to(bench: &AliyunBench) -> Self {
        let doors = Doors::new(vec![Arc::clone(&bench.door) as _]);
        let (tell, told) = std::sync::mpsc::channel();
        let (stop, stopped) = oneshot::channel::<()>();
        let thread = std::thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
            runtime.block_on(async {
                let listener = Listener::bind("127.0.0.1:0".parse().unwrap()).await.unwrap();
                tell.send(listener.address().unwrap()).unwrap();
                let porter = Porter { doors, limits: long(), telemetry: Arc::new(Telemetry::default()) };
                listener.serve(Arc::new(porter), None, async { drop(stopped.await) }).ended().await;
            });
        });
        Self { address: told.recv().unwrap(), stop: Some(stop), thread: Some(thread) }
    }

    /// Sends a request as a client would and reads the answer to the end of the connection.
    pub(crate) fn exchange(&self, signed: &Signed) -> String {
        let Signed { method, target, headers, body } = signed;
        let mut bytes = format!("{method} {target} HTTP/1.1\r\n").into_bytes();
        for (name, value) in headers {
            bytes.extend([name.as_str().as_bytes(), b": ", value.as_bytes(), b"\r\n"].concat());
        }
        bytes.extend(format!("connection: close\r\ncontent-length: {}\r\n\r\n", body.len()).into_bytes());
        bytes.extend(body);
        self.exchange_bytes(&bytes)
    }

    /// Sends bytes, closes our side and reads to the end.
    pub(crate) fn exchange_bytes(&self, bytes: &[u8]) -> String {
        let mut stream = TcpStream::connect(self.address).unwrap();
        stream.set_read_timeout(Some(Duration::from_mins(1))).unwrap();
        // The server may refuse before it has read everything; its answer still counts.
        let _ = stream.write_all(bytes);
        let _ = stream.shutdown(Shutdown::Write);
        let mut text = Vec::new();
        let _ = stream.read_to_end(&mut text);
        String::from_utf8(text).unwrap()
    }
}

impl Drop for Listening {
    fn drop(&mut self) {
        drop(self.stop.take());
        if let Some(thread) = self.thread.take() {
            thread.join().unwrap();
        }
    }
}

//! A sender over a real store, and a receiver on loopback that answers as it is told.

use std::{
    collections::{BTreeMap, VecDeque},
    sync::atomic::{AtomicI64, AtomicUsize, Ordering},
    time::Instant,
};

use aws_lc_rs::digest;
use base64::{Engine, prelude::BASE64_STANDARD};
use shiming_core::{
    Caller, CallerState, Submitter,
    check::Asking,
    submit::{Decision, Opening, Outcome, Review, Standing},
};
use shiming_store::{MasterKeys, Options, SealedCallers, Store};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpListener,
};

use super::{schedule::DELAYS, *};
use crate::intake::Certificate;

const NOW: i64 = 1_800_000_000_000;
const SECRET: &str = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
const OK: &str = "HTTP/1.1 204 No Content\r\n\r\n";
const BROKEN: &str = "HTTP/1.1 500 Oops\r\ncontent-length: 11\r\n\r\n13900000000";

struct Turned(AtomicI64);

impl Clock for Turned {
    fn now(&self) -> UnixTime {
        UnixTime(self.0.load(Ordering::Relaxed))
    }
}

/// Chance that is none: delays are the shortest.
struct Zeros;

impl Random for Zeros {
    fn fill(&self, bytes: &mut [u8]) {
        bytes.fill(0);
    }
}

/// A request as it came.
#[derive(Clone, Debug)]
struct Received {
    head: String,
    body: Vec<u8>,
}

impl Received {
    fn header(&self, name: &str) -> &str {
        let line = self.head.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(": "));
        line.unwrap_or_else(|| panic!("no {name}: {}", self.head))
    }
}

/// Answers each request with the next of its answers, the last one for ever; with none it never answers.
struct Receiver {
    address: std::net::SocketAddr,
    received: Arc<Mutex<Vec<Received>>>,
    most_at_once: Arc<AtomicUsize>,
}

impl Receiver {
    async fn new(answers: &[&str]) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let (received, most_at_once) = (Arc::<Mutex<Vec<Received>>>::default(), Arc::<AtomicUsize>::default());
        let answers = Arc::new(Mutex::new(answers.iter().map(|text| (*text).to_owned()).collect::<VecDeque<_>>()));
        let (log, most, at_once) = (Arc::clone(&received), Arc::clone(&most_at_once), Arc::<AtomicUsize>::default());
        tokio::spawn(async move {
            loop {
                let (mut stream, _) = listener.accept().await.unwrap();
                let (log, answers) = (Arc::clone(&log), Arc::clone(&answers));
                let (most, at_once) = (Arc::clone(&most), Arc::clone(&at_once));
                tokio::spawn(async move {
                    most.fetch_max(at_once.fetch_add(1, Ordering::SeqCst) + 1, Ordering::SeqCst);
                    let request = read(&mut stream).await;
                    log.lock().push(request);
                    let answer = {
                        let mut answers = answers.lock();
                        if answers.len() > 1 { answers.pop_front() } else { answers.front().cloned() }
                    };
                    let Some(answer) = answer else { return std::future::pending().await };
                    tokio::time::sleep(Duration::from_millis(5)).await;
                    at_once.fetch_sub(1, Ordering::SeqCst);
                    let _ = stream.write_all(answer.as_bytes()).await;
                });
            }
        });
        Self { address, received, most_at_once }
    }

    fn url(&self) -> String {
        format!("http://{}/hook?x=1", self.address)
    }

    fn received(&self) -> Vec<Received> {
        self.received.lock().clone()
    }
}

async fn read(stream: &mut (impl tokio::io::AsyncRead + Unpin)) -> Received {
    let mut bytes = Vec::new();
    loop {
        let mut chunk = [0; 4096];
        let read = stream.read(&mut chunk).await.unwrap();
        bytes.extend_from_slice(&chunk[..read]);
        let Some(end) = bytes.windows(4).position(|four| four == b"\r\n\r\n") else { continue };
        let head = String::from_utf8(bytes[..end].to_vec()).unwrap();
        let request = Received { head, body: bytes[end + 4..].to_vec() };
        if request.body.len() == request.header("content-length").parse::<usize>().unwrap() {
            return request;
        }
    }
}

struct Bed {
    dir: tempfile::TempDir,
    keys: MasterKeys,
    store: Store,
    clock: Arc<Turned>,
    telemetry: Arc<Telemetry>,
}

impl Bed {
    fn new() -> Self {
        let dir = tempfile::tempdir().unwrap();
        let random = Arc::new(|bytes: &mut [u8]| aws_lc_rs::rand::fill(bytes).map_err(std::io::Error::other));
        let keys = MasterKeys::generate(&*random).unwrap();
        let clock = Arc::new(Turned(AtomicI64::new(NOW)));
        let options = Options::new(Arc::clone(&clock) as _, random);
        let store = Store::create(&dir.path().join("data"), &keys, options).unwrap();
        Self { dir, keys, store, clock, telemetry: Arc::default() }
    }

    /// The process is killed and started again.
    fn restart(self) -> Self {
        let Self { dir, keys, store, clock, .. } = self;
        drop(store);
        let random = Arc::new(|bytes: &mut [u8]| aws_lc_rs::rand::fill(bytes).map_err(std::io::Error::other));
        let options = Options::new(Arc::clone(&clock) as _, random);
        let store = Store::open(&dir.path().join("data"), &keys, options).unwrap();
        Self { dir, keys, store, clock, telemetry: Arc::default() }
    }

    fn caller(&self, url: &str, secret: &str) {
        let caller = Caller {
            door: "aliyun".into(),
            key_id: "app".into(),
            label: "an app".into(),
            state: CallerState::Enabled,
            secrets: BTreeMap::from([("webhook_secret".to_owned(), secret.into())]),
            settings: BTreeMap::from([("webhook_url".to_owned(), url.to_owned())]),
        };
        self.store.callers().put(&caller).unwrap();
    }

    fn sender(&self) -> Arc<Sender<SealedCallers>> {
        self.sender_with(Settings { at_once: 4, ..Settings::default() }, rustls::RootCertStore::empty())
    }

    fn sender_with(&self, settings: Settings, roots: rustls::RootCertStore) -> Arc<Sender<SealedCallers>> {
        let tools = Tools {
            outbox: self.store.outbox(),
            callers: self.store.callers(),
            clock: Arc::clone(&self.clock) as _,
            random: Arc::new(Zeros),
            tls: courier::tls(roots).unwrap(),
            telemetry: Arc::clone(&self.telemetry),
        };
        Sender::new(settings, tools)
    }

    /// A case that is handed in and decided. Gives its number.
    async fn decided(&self, outcome: Outcome) -> i64 {
        let clock = Arc::clone(&self.clock) as _;
        let verb = Submitter::new(self.store.cases(), self.store.papers(), self.store.ledger(), clock);
        let asking = || Asking {
            door: "aliyun",
            caller: "app",
            operation: "SaveContactTemplateCredential",
            request_id: "r",
            arrived: Instant::now(),
        };
        let opening = Opening { kind: "template".into(), submit: true, ..Opening::default() };
        let key = verb.create(asking(), opening, None).await.unwrap().case.key;
        let decision = Decision { outcome, reason: "of 13900000000".into(), by: "wang".into() };
        verb.decide(asking(), &key, decision, Review::One).await.unwrap();
        key.number
    }

    async fn standing(&self, standing: Standing) -> Vec<Notice> {
        self.store.outbox().notices(standing, 0, 100).await.unwrap()
    }

    /// How many attempts came to an outcome, by the metrics.
    fn counted(&self, outcome: &str) -> u64 {
        let line = format!("shiming_webhook_attempts_total{{door=\"aliyun\",outcome=\"{outcome}\"}} ");
        let text = self.telemetry.text(None);
        text.lines().find_map(|found| found.strip_prefix(&line)).map_or(0, |many| many.parse().unwrap())
    }

    fn pass(&self, millis: i64) {
        self.clock.0.fetch_add(millis, Ordering::Relaxed);
    }
}

/// HMAC-SHA-256 as RFC 2104 writes it, by hand.
fn hmac_by_hand(key: &[u8], text: &[u8]) -> Vec<u8> {
    let hash = |pad: u8, rest: &[u8]| {
        let mut block: Vec<u8> = (0..64).map(|at| key.get(at).copied().unwrap_or(0) ^ pad).collect();
        block.extend_from_slice(rest);
        digest::digest(&digest::SHA256, &block).as_ref().to_vec()
    };
    hash(0x5c, &hash(0x36, text))
}

fn signed_by_hand(received: &Received, secret: &str) -> String {
    let text = format!("{}.{}.", received.header("webhook-id"), received.header("webhook-timestamp"));
    let key = BASE64_STANDARD.decode(secret.trim_start_matches("whsec_")).unwrap();
    format!("v1,{}", BASE64_STANDARD.encode(hmac_by_hand(&key, &[text.as_bytes(), &received.body].concat())))
}

#[tokio::test]
async fn a_decision_is_told_signed_and_without_anything_of_a_person() {
    let (bed, receiver) = (Bed::new(), Receiver::new(&[OK]).await);
    let older = "whsec_QUJDREVGR0hJSktMTU5PUFFSU1RVVldYWVo=";
    bed.caller(&receiver.url(), &format!("{SECRET} {older}"));
    let number = bed.decided(Outcome::Reject).await;
    bed.pass(7_000);
    assert_eq!(bed.sender().turn().await.unwrap(), 1);
    let [request] = receiver.received().try_into().unwrap();
    assert!(request.head.starts_with("POST /hook?x=1 HTTP/1.1\r\n"), "{}", request.head);
    assert_eq!(request.header("host"), receiver.address.to_string());
    assert_eq!(request.header("content-type"), "application/json");
    assert_eq!(request.header("webhook-timestamp"), "1800000007");
    let both = [SECRET, older].map(|secret| signed_by_hand(&request, secret)).join(" ");
    assert_eq!(request.header("webhook-signature"), both);
    let body = format!(
        r#"{{"type":"case.rejected","timestamp":"2027-01-15T08:00:00Z","data":{{"door":"aliyun","kind":"template","number":{number},"state":"rejected","round":1,"updated":"2027-01-15T08:00:00Z"}}}}"#
    );
    assert_eq!(String::from_utf8(request.body.clone()).unwrap(), body);
    let delivered = bed.standing(Standing::Delivered).await;
    assert_eq!((delivered.len(), delivered[0].id.as_str()), (1, request.header("webhook-id")));
    bed.pass(i64::from(u32::MAX));
    assert_eq!(bed.sender().turn().await.unwrap(), 0, "once");
}

#[tokio::test]
async fn what_is_due_is_told_without_being_asked_for() {
    let (bed, receiver) = (Bed::new(), Receiver::new(&[OK]).await);
    bed.caller(&receiver.url(), SECRET);
    for _ in 0..5 {
        bed.decided(Outcome::Approve).await;
    }
    let running = tokio::spawn(bed.sender().run());
    while bed.standing(Standing::Delivered).await.len() < 5 {
        tokio::task::yield_now().await;
    }
    running.abort();
    assert_eq!(receiver.received().len(), 5);
}

#[tokio::test]
async fn a_failed_delivery_is_tried_again_on_schedule_under_the_same_id() {
    let (bed, receiver) = (Bed::new(), Receiver::new(&[BROKEN, BROKEN, OK]).await);
    bed.caller(&receiver.url(), SECRET);
    bed.decided(Outcome::Approve).await;
    let sender = bed.sender();
    assert_eq!(sender.turn().await.unwrap(), 1);
    assert_eq!(bed.standing(Standing::Waiting).await[0].why.as_deref(), Some("the receiver failed (5xx)"));
    for delay in &DELAYS[..2] {
        bed.pass(delay - 1);
        assert_eq!(sender.turn().await.unwrap(), 0, "not yet");
        bed.pass(1);
        assert_eq!(sender.turn().await.unwrap(), 1);
    }
    let requests = receiver.received();
    let ids: Vec<_> = requests.iter().map(|one| one.header("webhook-id")).collect();
    assert!(ids.len() == 3 && ids.iter().all(|id| *id == ids[0]), "{ids:?}");
    let times: Vec<_> = requests.iter().map(|one| one.header("webhook-timestamp")).collect();
    assert_eq!(times, ["1800000000", "1800000005", "1800000305"]);
    assert!(requests.iter().all(|one| one.header("webhook-signature") == signed_by_hand(one, SECRET)));
    assert_eq!(bed.standing(Standing::Delivered).await.len(), 1);
}

#[tokio::test]
async fn after_the_last_attempt_it_is_dead_and_an_operator_can_send_it_again() {
    let (bed, receiver) = (Bed::new(), Receiver::new(&[BROKEN]).await);
    bed.caller(&receiver.url(), SECRET);
    bed.decided(Outcome::Approve).await;
    let sender = bed.sender();
    for delay in DELAYS.into_iter().chain([i64::from(u32::MAX)]) {
        assert_eq!(sender.turn().await.unwrap(), 1);
        bed.pass(delay);
    }
    assert_eq!((sender.turn().await.unwrap(), receiver.received().len()), (0, 10));
    let [dead] = bed.standing(Standing::Dead).await.try_into().unwrap();
    assert_eq!((dead.attempts, dead.why.as_deref()), (10, Some("the receiver failed (5xx)")));
    let well = Receiver::new(&[OK]).await;
    bed.caller(&well.url(), SECRET);
    assert!(bed.store.outbox().requeue(&dead.id, bed.clock.now()).await.unwrap());
    assert_eq!(sender.turn().await.unwrap(), 1, "the changed address is seen");
    assert_eq!(well.received()[0].header("webhook-id"), dead.id);
    assert_eq!(["failed", "dead", "delivered"].map(|outcome| bed.counted(outcome)), [9, 1, 1]);
    assert_eq!(bed.standing(Standing::Delivered).await.len(), 1);
}

#[tokio::test]
async fn one_that_a_killed_process_had_taken_is_delivered_after_a_restart() {
    let (bed, silent) = (Bed::new(), Receiver::new(&[]).await);
    bed.caller(&silent.url(), SECRET);
    bed.decided(Outcome::Approve).await;
    let sender = bed.sender();
    let turn = tokio::spawn(async move { sender.turn().await });
    while silent.received().is_empty() {
        tokio::task::yield_now().await;
    }
    turn.abort();
    assert!(turn.await.unwrap_err().is_cancelled());
    let bed = bed.restart();
    let receiver = Receiver::new(&[OK]).await;
    bed.caller(&receiver.url(), SECRET);
    let sender = bed.sender();
    assert_eq!(sender.turn().await.unwrap(), 0, "the claim holds");
    bed.pass(20_000 + LEASE_SLACK_MILLIS);
    assert_eq!(sender.turn().await.unwrap(), 1);
    assert_eq!(receiver.received()[0].header("webhook-id"), silent.received()[0].header("webhook-id"));
}

#[tokio::test]
async fn a_receiver_that_is_gone_is_left_alone() {
    let (bed, receiver) = (Bed::new(), Receiver::new(&["HTTP/1.1 410 Gone\r\n\r\n", OK]).await);
    bed.caller(&receiver.url(), SECRET);
    let sender = bed.sender();
    for _ in 0..2 {
        bed.decided(Outcome::Approve).await;
        assert_eq!(sender.turn().await.unwrap(), 1);
    }
    assert_eq!(receiver.received().len(), 1, "nothing is sent there any more");
    let dead = bed.standing(Standing::Dead).await;
    assert_eq!((dead.len(), dead[1].attempts), (2, 1));
    bed.pass(GONE_FOR_MILLIS);
    assert!(bed.store.outbox().requeue(&dead[0].id, bed.clock.now()).await.unwrap());
    assert_eq!(sender.turn().await.unwrap(), 1);
    assert_eq!(bed.standing(Standing::Delivered).await.len(), 1);
}

#[tokio::test]
async fn a_notice_that_an_operator_puts_back_is_tried_though_its_receiver_was_gone() {
    let (bed, receiver) = (Bed::new(), Receiver::new(&["HTTP/1.1 410 Gone\r\n\r\n", OK, OK]).await);
    bed.caller(&receiver.url(), SECRET);
    let sender = bed.sender();
    for _ in 0..2 {
        bed.decided(Outcome::Approve).await;
        sender.turn().await.unwrap();
    }
    let dead = bed.standing(Standing::Dead).await;
    assert!(bed.store.outbox().requeue(&dead[1].id, bed.clock.now()).await.unwrap());
    sender.turn().await.unwrap();
    assert_eq!((receiver.received().len(), bed.standing(Standing::Delivered).await.len()), (2, 1));
    bed.decided(Outcome::Approve).await;
    sender.turn().await.unwrap();
    assert_eq!(bed.standing(Standing::Delivered).await.len(), 2, "who takes one is there again");
}

#[tokio::test]
async fn redirects_are_not_followed_and_a_receiver_may_ask_for_time() {
    let elsewhere = Receiver::new(&[OK]).await;
    let redirect = format!("HTTP/1.1 307 Elsewhere\r\nlocation: {}\r\n\r\n", elsewhere.url());
    let busy = "HTTP/1.1 429 Slow\r\nretry-after: 600\r\n\r\n";
    let (bed, receiver) = (Bed::new(), Receiver::new(&[&redirect, busy]).await);
    bed.caller(&receiver.url(), SECRET);
    bed.decided(Outcome::Approve).await;
    let sender = bed.sender();
    sender.turn().await.unwrap();
    let waiting = bed.standing(Standing::Waiting).await;
    assert!(waiting[0].why.as_deref().unwrap().contains("redirects"), "{waiting:?}");
    bed.pass(DELAYS[0]);
    sender.turn().await.unwrap();
    assert_eq!(bed.standing(Standing::Waiting).await[0].next, bed.clock.now().plus_millis(600_000));
    assert_eq!((receiver.received().len(), elsewhere.received().len()), (2, 0));
}

#[tokio::test]
async fn an_answer_without_an_end_is_not_waited_for_and_silence_not_for_long() {
    let endless = format!("HTTP/1.1 200 OK\r\ncontent-length: 99999999999\r\n\r\n{}", "x".repeat(1 << 20));
    let (bed, receiver) = (Bed::new(), Receiver::new(&[&endless]).await);
    bed.caller(&receiver.url(), SECRET);
    bed.decided(Outcome::Approve).await;
    bed.sender().turn().await.unwrap();
    assert_eq!(bed.standing(Standing::Delivered).await.len(), 1);
    for (answers, why) in [
        (&[][..], "the receiver took too long"),
        (&["what is this"], "the receiver gave no answer in HTTP"),
        (&[""], "the receiver gave no answer in HTTP"),
    ] {
        let (bed, receiver) = (Bed::new(), Receiver::new(answers).await);
        bed.caller(&receiver.url(), SECRET);
        bed.decided(Outcome::Approve).await;
        let patience = Settings { timeout: Duration::from_millis(200), ..Settings::default() };
        bed.sender_with(patience, rustls::RootCertStore::empty()).turn().await.unwrap();
        assert_eq!(bed.standing(Standing::Waiting).await[0].why.as_deref(), Some(why));
    }
}

#[tokio::test]
async fn no_more_deliveries_are_under_way_than_may_be() {
    let (bed, receiver) = (Bed::new(), Receiver::new(&[OK]).await);
    bed.caller(&receiver.url(), SECRET);
    for _ in 0..10 {
        bed.decided(Outcome::Approve).await;
    }
    let sender = bed.sender();
    let mut turns = Vec::new();
    while turns.last() != Some(&0) {
        turns.push(sender.turn().await.unwrap());
    }
    assert_eq!(turns, [4, 4, 2, 0]);
    assert_eq!(receiver.received().len(), 10);
    let most = receiver.most_at_once.load(Ordering::SeqCst);
    assert!((2..=4).contains(&most), "{most}");
}

#[tokio::test]
async fn who_wants_none_gets_none_and_a_mistake_of_the_operators_is_said() {
    let bed = Bed::new();
    bed.decided(Outcome::Approve).await;
    assert_eq!(bed.sender().turn().await.unwrap(), 1);
    assert_eq!(bed.standing(Standing::Waiting).await, [], "it is forgotten");
    assert_eq!(["failed", "dead", "delivered"].map(|outcome| bed.counted(outcome)), [0; 3]);
    for (url, secret, why) in [
        ("http://127.0.0.1:9/", "secret", "the caller has no webhook_secret of the form whsec_..."),
        ("http://example.org/", SECRET, "the caller's webhook_url is not an https address"),
        ("http://127.0.0.1:1/", SECRET, "the receiver could not be reached"),
    ] {
        let bed = Bed::new();
        bed.caller(url, secret);
        bed.decided(Outcome::Approve).await;
        bed.sender().turn().await.unwrap();
        assert_eq!(bed.standing(Standing::Waiting).await[0].why.as_deref(), Some(why));
    }
}

#[tokio::test]
async fn an_https_receiver_is_told_only_if_its_authority_is_trusted() {
    let made = rcgen::generate_simple_self_signed(["localhost".to_owned()]).unwrap();
    let (chain, key) = (made.cert.pem(), made.signing_key.serialize_pem());
    let config = Certificate::from_pem(chain.as_bytes(), key.as_bytes()).unwrap().server_config();
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    tokio::spawn(async move {
        loop {
            let (stream, _) = listener.accept().await.unwrap();
            let Ok(mut stream) = tokio_rustls::TlsAcceptor::from(Arc::clone(&config)).accept(stream).await else {
                continue;
            };
            read(&mut stream).await;
            stream.write_all(OK.as_bytes()).await.unwrap();
        }
    });
    let bed = Bed::new();
    bed.caller(&format!("https://localhost:{port}/hook"), SECRET);
    bed.decided(Outcome::Approve).await;
    bed.sender().turn().await.unwrap();
    assert_eq!(bed.standing(Standing::Waiting).await[0].why.as_deref(), Some("TLS with the receiver failed"));
    let mut roots = rustls::RootCertStore::empty();
    roots.add(made.cert.der().clone()).unwrap();
    bed.pass(DELAYS[0]);
    bed.sender_with(Settings::default(), roots).turn().await.unwrap();
    assert_eq!(bed.standing(Standing::Delivered).await.len(), 1);
}

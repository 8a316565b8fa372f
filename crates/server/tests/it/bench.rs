//! A door over a real store in a scratch directory, on a clock that the test turns.

use std::{
    collections::BTreeMap,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::Instant,
};

use http::HeaderMap;
use jiff::civil::date;
use serde_json::Value;
use shiming_core::{
    Caller, CallerState, Callers, Change, Checker, Clock, FaceMatcher, Policy, Record, RecordKey, RecordKind, Source,
    SourceId, UnixTime,
};
use shiming_identity::{BankCard, CompanyName, CompanyNumber, Mobile, PersonName, ResidentId};
use shiming_server::{
    Answer, Call,
    doors::{
        Door,
        jdcloud::{JdCloud, Settings, Tools},
    },
    refusals::Refusals,
    rehearsal::{Act, Rehearsal},
};
use shiming_store::{Audit, Store};
use shiming_wire::{
    jdcloud::sign::{Client, Manner, sign_request},
    request::Request,
    secret::Secret,
};

use crate::alipay_bench::Faces;
use crate::ground::{self, Counting, Turned};

pub(crate) const KEY: &str = "TESTACCESSKEY0000000000000000001";
pub(crate) const SECRET: &str = "testsecret0000000000000000000001";
pub(crate) const TOKEN_KEY: &str = "TESTACCESSKEY0000000000000000002";
pub(crate) const TOKEN: &str = "TEST-TOKEN-0001";
pub(crate) const LIMITED_KEY: &str = "TESTACCESSKEY0000000000000000003";
pub(crate) const DISABLED_KEY: &str = "TESTACCESSKEY0000000000000000004";

pub(crate) const NAME: &str = "样例甲";
pub(crate) const ID: &str = "110101190001010014";
pub(crate) const CARD: &str = "6200000000000005";
pub(crate) const MOBILE: &str = "13800000000";
pub(crate) const DOWN_ID: &str = "110101190001010022";
pub(crate) const COMPANY: &str = "样例（北京）有限公司";
pub(crate) const CODE: &str = "91110000600037341L";
pub(crate) const LEGAL: &str = "测试·样例";
/// Valid by its check character and on no record.
pub(crate) const NOBODY: &str = "11010119000101009X";

pub(crate) struct Bench {
    pub(crate) door: Arc<JdCloud>,
    pub(crate) refusals: Arc<Refusals>,
    pub(crate) store: Store,
    clock: Arc<Turned>,
    nonce: AtomicU64,
    _dir: tempfile::TempDir,
}

impl Bench {
    pub(crate) fn new() -> Self {
        Self::with(Settings::default())
    }

    pub(crate) fn with(settings: Settings) -> Self {
        Self::made(settings, None)
    }

    /// With an engine, and with what it made of the person's portrait.
    pub(crate) fn with_faces(template: Option<&[u8]>) -> Self {
        let bench = Self::made(Settings::default(), Some(Arc::new(Faces)));
        if let Some(template) = template {
            let key = RecordKey { kind: RecordKind::Resident, number: ID };
            assert!(bench.store.put_portrait(key, template).unwrap());
        }
        bench
    }

    fn made(settings: Settings, faces: Option<Arc<dyn FaceMatcher>>) -> Self {
        let dir = tempfile::tempdir().unwrap();
        let clock = Turned::at(UnixTime(1_795_000_000_000));
        let store = ground::store(dir.path(), Arc::clone(&clock) as _);
        store.put_records(&records()).unwrap();
        for caller in callers() {
            store.callers().put(&caller).unwrap();
        }

        let rehearsal = Rehearsal::new([(DOWN_ID.to_owned(), Act::Down)]);
        let policy = Policy::all_from([SourceId::from("rehearsal"), SourceId::from("registry")]);
        let sources: [Arc<dyn Source>; 2] = [Arc::new(rehearsal), store.registry()];
        let checker = Checker::new(policy, sources, store.ledger(), faces, Arc::clone(&clock) as _).unwrap();
        let keyring = Arc::new(JdCloud::keyring());
        keyring.refresh(&*store.callers()).unwrap();
        let refusals = Arc::new(Refusals::new(Arc::clone(&clock) as _));
        let tools = Tools {
            checker: Arc::new(checker),
            callers: keyring,
            clock: Arc::clone(&clock) as _,
            random: Arc::new(Counting::new()),
            refusals: Arc::clone(&refusals),
        };
        let door = Arc::new(JdCloud::new(settings, tools));
        Self { door, refusals, store, clock, nonce: AtomicU64::new(1), _dir: dir }
    }

    pub(crate) fn turn_clock(&self, seconds: i64) {
        self.clock.turn(seconds);
    }

    /// A signed request, ready to be sent or spoilt.
    pub(crate) fn signed(&self, path: &str, body: &str) -> Signed {
        self.signed_by(Signer::default(), path, body)
    }

    /// The same by another signer.
    pub(crate) fn signed_by(&self, signer: Signer, path: &str, body: &str) -> Signed {
        self.signed_with(signer, self.nonce.fetch_add(1, Ordering::Relaxed), path, body)
    }

    /// The same with a nonce of one's own choice.
    pub(crate) fn signed_with(&self, signer: Signer, nonce: u64, path: &str, body: &str) -> Signed {
        Signed::new(signer, path, body, self.clock.now(), nonce)
    }

    /// Entries of the ledger, its chain proven.
    pub(crate) fn entries(&self) -> u64 {
        match self.store.ledger().verify(None).unwrap() {
            Audit::Whole(whole) => whole.entries,
            Audit::Broken(broken) => panic!("{broken}"),
        }
    }

    pub(crate) fn send(&self, signed: &Signed) -> Seen {
        let request = signed.as_request();
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        let answer = runtime.block_on(self.door.answer(Call { request, arrived: Instant::now(), peer: None }));
        Seen::of(&answer)
    }

    /// Signs and sends in one.
    pub(crate) fn call(&self, path: &str, body: &str) -> Seen {
        self.send(&self.signed(path, body))
    }

    pub(crate) fn personal(&self, check_type: u8, user: &Value) -> Seen {
        let body = serde_json::json!({"personalSpec": {"checkType": check_type, "personalUser": user}});
        self.call("/v1/personal", &body.to_string())
    }
}

/// Who signs and how.
#[derive(Clone, Copy)]
pub(crate) struct Signer {
    pub(crate) key: &'static str,
    pub(crate) secret: &'static str,
    pub(crate) token: Option<&'static str>,
    pub(crate) manner: Manner,
    pub(crate) method: &'static str,
}

impl Default for Signer {
    fn default() -> Self {
        Self { key: KEY, secret: SECRET, token: None, manner: Manner::Go, method: "POST" }
    }
}

pub(crate) struct Signed {
    pub(crate) method: String,
    pub(crate) target: String,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Vec<u8>,
}

impl Signed {
    fn new(signer: Signer, path: &str, body: &str, now: UnixTime, nonce: u64) -> Self {
        let mut headers = HeaderMap::new();
        headers.insert("host", "127.0.0.1:8080".parse().unwrap());
        headers.insert("content-type", "application/json".parse().unwrap());
        let request = Request { method: signer.method, target: path, headers: &headers, body: body.as_bytes() };
        let (secret, token) = (Secret::new(signer.secret), signer.token.map(Secret::new));
        let client = Client {
            access_key: signer.key,
            secret: &secret,
            token: token.as_ref(),
            region: "jdcloud-api",
            manner: signer.manner,
        };
        let nonce = format!("00000000-0000-4000-8000-{nonce:012}");
        let headers = sign_request(&request, &client, now.timestamp(), &nonce).unwrap();
        Self { method: signer.method.into(), target: path.into(), headers, body: body.into() }
    }

    pub(crate) fn as_request(&self) -> Request<'_> {
        Request { method: &self.method, target: &self.target, headers: &self.headers, body: &self.body }
    }

    /// The bytes that a client would send.
    pub(crate) fn bytes(&self) -> Vec<u8> {
        let mut bytes = format!("{} {} HTTP/1.1\r\n", self.method, self.target).into_bytes();
        for (name, value) in &self.headers {
            bytes.extend([name.as_str().as_bytes(), b": ", value.as_bytes(), b"\r\n"].concat());
        }
        bytes.extend(format!("content-length: {}\r\n\r\n", self.body.len()).into_bytes());
        bytes.extend(&self.body);
        bytes
    }
}

/// An answer, read.
#[derive(Debug)]
pub(crate) struct Seen {
    pub(crate) status: u16,
    pub(crate) body: Value,
    pub(crate) text: String,
    pub(crate) admitted: bool,
    pub(crate) request_id_header: String,
    pub(crate) content_type: String,
}

impl Seen {
    pub(crate) fn of(answer: &Answer) -> Self {
        let header = |name: &str| {
            let found = answer.headers.iter().find(|(known, _)| known.as_str() == name);
            found.map(|(_, value)| value.to_str().unwrap().to_owned()).unwrap_or_default()
        };
        let text = String::from_utf8(answer.body.to_vec()).unwrap();
        Self {
            status: answer.status.as_u16(),
            body: serde_json::from_str(&text).unwrap(),
            admitted: answer.outcome.admitted,
            request_id_header: header("x-jdcloud-request-id"),
            content_type: header("content-type"),
            text,
        }
    }

    /// `result.code`, or the refusal's status and message.
    pub(crate) fn said(&self) -> String {
        match self.body["result"]["code"].as_str() {
            Some(code) => code.to_owned(),
            None => format!(
                "{} {}: {}",
                self.body["error"]["code"],
                self.body["error"]["status"].as_str().unwrap_or("-"),
                self.body["error"]["message"].as_str().unwrap_or("-")
            ),
        }
    }
}

pub(crate) fn resident(text: &str) -> ResidentId {
    ResidentId::parse(text, date(2026, 11, 25)).unwrap().value
}

fn name(text: &str) -> PersonName {
    PersonName::parse(text).unwrap().value
}

fn records() -> Vec<Change> {
    let mobile = || Mobile::parse(MOBILE).unwrap().value;
    let card = BankCard::parse(CARD).unwrap().value;
    [
        Record::Resident { id: resident(ID), name: name(NAME) },
        Record::Mobile { mobile: mobile(), name: name(NAME), id: resident(ID) },
        Record::BankCard { card, name: name(NAME), id: resident(ID), mobile: Some(mobile()) },
        Record::Company {
            number: CompanyNumber::parse(CODE).unwrap().value,
            name: CompanyName::parse(COMPANY).unwrap().value,
            legal_name: Some(name(LEGAL)),
            legal_id: Some(resident(ID)),
        },
    ]
    .into_iter()
    .map(Change::Upsert)
    .collect()
}

fn callers() -> Vec<Caller> {
    let caller = |key: &str, state, token: Option<&str>, checks: Option<&str>| Caller {
        door: "jdcloud".into(),
        key_id: key.into(),
        label: "test-account".into(),
        state,
        secrets: [("secret", Some(SECRET)), ("security_token", token)]
            .into_iter()
            .filter_map(|(name, value)| Some((name.to_owned(), value?.into())))
            .collect(),
        settings: [("checks", checks), ("created_at", Some("2026-11-01T00:00:00Z"))]
            .into_iter()
            .filter_map(|(name, value)| Some((name.to_owned(), value?.to_owned())))
            .collect::<BTreeMap<_, _>>(),
    };
    vec![
        caller(KEY, CallerState::Enabled, None, None),
        caller(TOKEN_KEY, CallerState::Enabled, Some(TOKEN), None),
        caller(LIMITED_KEY, CallerState::Enabled, None, Some("resident2")),
        caller(DISABLED_KEY, CallerState::Disabled, None, None),
    ]
}

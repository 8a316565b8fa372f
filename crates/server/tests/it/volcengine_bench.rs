//! Volcengine's door over a real store, on a clock that the test turns.

use std::{collections::BTreeMap, sync::Arc, time::Instant};

use base64::{Engine as _, engine::general_purpose::STANDARD};
use http::HeaderMap;
use jiff::Timestamp;
use serde_json::{Value, json};
use shiming_core::{
    Asking, Caller, CallerState, Callers, CaseKey, Clock, Submitter, UnixTime,
    submit::{Decision, Outcome, Review},
};
use shiming_server::{
    Answer, Call,
    doors::{
        Door,
        volcengine_sms::{NAME, QUALIFICATION, SIGNATURE, Settings, Tools, VolcengineCaller, VolcengineSms},
    },
    keyring::Keyring,
    refusals::Refusals,
};
use shiming_store::{Audit, Store};
use shiming_wire::{
    request::Request,
    secret::Secret,
    volcengine::sign::{Client, Manner, SERVICE, presign, sign_request},
};

use crate::ground::{self, Counting, Turned};

pub(crate) const KEY: &str = "AKLTFAKEFAKEFAKEFAKEFAKEFAKEFAKEFAKEFAKE0001";
pub(crate) const SECRET: &str = "FakeSecretFakeSecretFakeSecretFakeSecret0001==";
pub(crate) const TOKEN_KEY: &str = "AKLTFAKEFAKEFAKEFAKEFAKEFAKEFAKEFAKEFAKE0002";
pub(crate) const TOKEN_SECRET: &str = "FakeSecretFakeSecretFakeSecretFakeSecret0002==";
pub(crate) const TOKEN: &str = "FAKE-SESSION-TOKEN-0123456789";
pub(crate) const LIMITED_KEY: &str = "AKLTFAKE0003";
pub(crate) const DISABLED_KEY: &str = "AKLTFAKE0004";

pub(crate) const NUMBER: &str = "110101190001010014";
pub(crate) const CODE: &str = "91110000600037341L";

pub(crate) struct Bench {
    pub(crate) door: Arc<VolcengineSms>,
    pub(crate) submitter: Arc<Submitter>,
    pub(crate) refusals: Arc<Refusals>,
    pub(crate) store: Store,
    callers: Arc<Keyring<VolcengineCaller>>,
    clock: Arc<Turned>,
    _dir: tempfile::TempDir,
}

impl Bench {
    pub(crate) fn new() -> Self {
        Self::with(Settings::default())
    }

    pub(crate) fn with(settings: Settings) -> Self {
        let dir = tempfile::tempdir().unwrap();
        let clock = Turned::at(UnixTime(1_795_000_000_000));
        let store = ground::store(dir.path(), Arc::clone(&clock) as _);
        for caller in callers() {
            store.callers().put(&caller).unwrap();
        }
        let submitter =
            Arc::new(Submitter::new(store.cases(), store.papers(), store.ledger(), Arc::clone(&clock) as _));
        let keyring = Arc::new(VolcengineSms::keyring());
        keyring.refresh(&*store.callers()).unwrap();
        let callers = Arc::clone(&keyring);
        let refusals = Arc::new(Refusals::new(Arc::clone(&clock) as _));
        let tools = Tools {
            submitter: Arc::clone(&submitter),
            ledger: store.ledger(),
            callers: keyring,
            clock: Arc::clone(&clock) as _,
            random: Arc::new(Counting::new()),
            refusals: Arc::clone(&refusals),
        };
        let door = Arc::new(VolcengineSms::new(settings, tools));
        Self { door, submitter, refusals, store, callers, clock, _dir: dir }
    }

    pub(crate) fn now(&self) -> Timestamp {
        self.clock.now().timestamp()
    }

    pub(crate) fn turn_clock(&self, seconds: i64) {
        self.clock.turn(seconds);
    }

    pub(crate) fn set_clock(&self, now: Timestamp) {
        self.clock.set(now);
    }

    /// Makes a caller known, in place of the one of that key.
    pub(crate) fn register(&self, key: &str, secret: Option<&Secret>, token: Option<&Secret>) {
        let secret = secret.unwrap().expose().to_owned();
        let token = token.map(|token| token.expose().to_owned());
        let known = caller(key, CallerState::Enabled, &secret, token.as_deref(), None);
        self.store.callers().put(&known).unwrap();
        self.callers.refresh(&*self.store.callers()).unwrap();
    }

    /// Every caller, as the store has them.
    pub(crate) fn callers(&self) -> Vec<Caller> {
        self.store.callers().all().unwrap()
    }

    /// Entries of the ledger, its chain proven.
    pub(crate) fn entries(&self) -> u64 {
        match self.store.ledger().verify(None).unwrap() {
            Audit::Whole(whole) => whole.entries,
            Audit::Broken(broken) => panic!("{broken}"),
        }
    }

    pub(crate) fn send(&self, sent: &Sent) -> Seen {
        block_on(self.answer(sent))
    }

    pub(crate) async fn answer(&self, sent: &Sent) -> Seen {
        let call = Call { request: sent.as_request(), arrived: Instant::now(), peer: None };
        Seen::of(&self.door.answer(call).await)
    }

    /// An operation of 2021-01-11, posted as the older Python SDK does.
    pub(crate) fn post(&self, action: &str, body: &Value) -> Seen {
        self.send(&self.posted(action, body))
    }

    pub(crate) fn posted(&self, action: &str, body: &Value) -> Sent {
        self.signed("POST", &format!("/?Action={action}&Version=2021-01-11"), &body.to_string())
    }

    pub(crate) fn signed(&self, method: &str, target: &str, body: &str) -> Sent {
        Sent::new(method, target, body).signed(Manner::Go, KEY, self.now())
    }

    /// Applies for a qualification; gives its id.
    pub(crate) fn apply(&self, body: &Value) -> i64 {
        let seen = self.post("ApplySignatureIdent", body);
        seen.body["Result"]["id"].as_i64().unwrap_or_else(|| panic!("{}", seen.text))
    }

    pub(crate) fn decide(&self, kind: &str, number: i64, outcome: Outcome, reason: &str) {
        let asking =
            Asking { door: NAME, caller: KEY, operation: "cases", request_id: "operator", arrived: Instant::now() };
        let key = CaseKey { door: NAME.into(), caller: KEY.into(), kind: kind.into(), number };
        let decision = Decision { outcome, reason: reason.into(), by: "wang".into() };
        block_on(self.submitter.decide(asking, &key, decision, Review::One)).unwrap();
    }

    pub(crate) fn approve(&self, number: i64) {
        self.decide(QUALIFICATION, number, Outcome::Approve, "");
    }

    /// A qualification that was approved.
    pub(crate) fn approved(&self, body: &Value) -> i64 {
        let id = self.apply(body);
        self.approve(id);
        id
    }

    /// A signature that was approved.
    pub(crate) fn signature(&self, content: &str, ident: i64) -> i64 {
        let seen = self.post("ApplySmsSignature", &signature(content, ident));
        let id = seen.body["Result"]["id"].as_str().unwrap_or_else(|| panic!("{}", seen.text)).parse().unwrap();
        self.decide(SIGNATURE, id, Outcome::Approve, "");
        id
    }
}

/// Runs what a test waits for.
pub(crate) fn block_on<T>(future: impl Future<Output = T>) -> T {
    tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap().block_on(future)
}

/// A request that owns its parts, so that a test can change any of them.
#[derive(Clone)]
pub(crate) struct Sent {
    pub(crate) method: String,
    pub(crate) target: String,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Vec<u8>,
}

impl Sent {
    pub(crate) fn new(method: &str, target: &str, body: &str) -> Self {
        let mut headers = HeaderMap::new();
        headers.insert("host", "127.0.0.1:18444".parse().unwrap());
        headers.insert("content-type", "application/json".parse().unwrap());
        Self { method: method.into(), target: target.into(), headers, body: body.into() }
    }

    pub(crate) fn header(mut self, name: &'static str, value: &str) -> Self {
        self.headers.insert(name, value.parse().unwrap());
        self
    }

    pub(crate) fn signed(mut self, manner: Manner, key: &str, now: Timestamp) -> Self {
        let (secret, token) = (Secret::new(secret_of(key)), (key == TOKEN_KEY).then(|| Secret::new(TOKEN)));
        let client = client(key, &secret, token.as_ref());
        self.headers = sign_request(&self.as_request(), &client, manner, now).unwrap();
        self
    }

    pub(crate) fn presigned(mut self, key: &str, now: Timestamp) -> Self {
        let (secret, token) = (Secret::new(secret_of(key)), (key == TOKEN_KEY).then(|| Secret::new(TOKEN)));
        self.target = presign(&self.as_request(), &client(key, &secret, token.as_ref()), now).unwrap();
        self
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

    pub(crate) fn as_request(&self) -> Request<'_> {
        Request { method: &self.method, target: &self.target, headers: &self.headers, body: &self.body }
    }
}

fn secret_of(key: &str) -> &'static str {
    if key == TOKEN_KEY { TOKEN_SECRET } else { SECRET }
}

fn client<'a>(key: &'a str, secret: &'a Secret, token: Option<&'a Secret>) -> Client<'a> {
    Client { access_key: key, secret, token, region: "cn-north-1", service: SERVICE }
}

/// An answer, read.
#[derive(Debug, Clone)]
pub(crate) struct Seen {
    pub(crate) status: u16,
    pub(crate) body: Value,
    pub(crate) text: String,
    pub(crate) admitted: bool,
    pub(crate) operation: &'static str,
    pub(crate) log_id: String,
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
            operation: answer.outcome.operation,
            log_id: header("x-tt-logid"),
            content_type: header("content-type"),
            text,
        }
    }

    /// The status, and the error's code and message; the result where there is none.
    pub(crate) fn said(&self) -> String {
        let error = &self.body["ResponseMetadata"]["Error"];
        match error["Code"].as_str() {
            Some(code) => format!("{} {code}: {}", self.status, error["Message"].as_str().unwrap_or("-")),
            None => self.body["Result"].to_string(),
        }
    }

    /// The status and the error's two codes; Go decodes a text and a number only.
    pub(crate) fn codes(&self) -> (u16, String, i64) {
        let error = &self.body["ResponseMetadata"]["Error"];
        (self.status, error["Code"].as_str().unwrap_or("-").to_owned(), error["CodeN"].as_i64().unwrap_or(-1))
    }

    /// The ids of a list, and its total.
    pub(crate) fn ids(&self) -> (Vec<i64>, i64) {
        let list = self.body["Result"]["list"].as_array().unwrap_or_else(|| panic!("{}", self.text));
        let id = |item: &Value| item["id"].as_i64().or_else(|| item["id"].as_str()?.parse().ok()).unwrap();
        (list.iter().map(id).collect(), self.body["Result"]["total"].as_i64().unwrap())
    }
}

/// A whole PNG of so many bytes, at least 57.
pub(crate) fn png(size: usize) -> Vec<u8> {
    let mut bytes = b"\x89PNG\r\n\x1a\n\0\0\0\x0dIHDR\0\0\0\x40\0\0\0\x30\x08\x02\0\0\0crc!".to_vec();
    bytes.extend_from_slice(&u32::try_from(size - 57).unwrap().to_be_bytes());
    bytes.extend_from_slice(b"IDAT");
    bytes.resize(size - 16, 0x11);
    bytes.extend_from_slice(b"crc!\0\0\0\0IENDcrc!");
    bytes
}

/// A whole JPEG of so many bytes, at least 33.
pub(crate) fn jpeg(size: usize) -> Vec<u8> {
    let mut bytes = b"\xff\xd8\xff\xe0\0\x04ab\xff\xc0\0\x0b\x08\0\x30\0\x40\x01\x01\x11\0\xff\xda\0\x04ab".to_vec();
    bytes.resize(size - 2, 0x11);
    bytes.extend_from_slice(b"\xff\xd9");
    bytes
}

pub(crate) fn file(doc_type: i64, bytes: &[u8], suffix: &str) -> Value {
    json!({"fileType": doc_type, "fileContent": STANDARD.encode(bytes), "fileSuffix": suffix, "fileUrl": ""})
}

pub(crate) fn person(name: &str, types: [i64; 2]) -> Value {
    let files: Vec<_> =
        types.iter().map(|doc_type| file(*doc_type, &png(80 + usize::try_from(*doc_type).unwrap()), "png")).collect();
    json!({"certificateType": 0, "personCertificate": files, "personName": name, "personIDCard": NUMBER, "personMobile": "13800000000"})
}

/// A qualification for oneself, with everything that the door asks for.
pub(crate) fn ident() -> Value {
    json!({
        "materialName": "资质1",
        "businessInfo": {
            "businessCertificateType": 1, "businessCertificate": file(1, &jpeg(200), "jpg"),
            "businessCertificateName": "样例（北京）有限公司", "unifiedSocialCreditIdentifier": CODE,
            "businessCertificateValidityPeriodStart": "2020-01-12", "businessCertificateValidityPeriodEnd": "2099-12-31",
            "legalPersonName": "样例丙",
        },
        "operatorPerson": person("样例甲", [8, 9]),
        "responsiblePersonInfo": person("样例乙", [10, 11]),
        "legalPerson": person("样例丙", [18, 19]),
        "powerOfAttorney": null, "otherMaterials": null, "purpose": 1, "id": 0,
    })
}

/// One with another name.
pub(crate) fn ident_named(name: &str) -> Value {
    let mut ident = ident();
    ident["materialName"] = json!(name);
    ident
}

pub(crate) fn signature(content: &str, ident: i64) -> Value {
    json!({
        "subAccount": "sub1", "content": content, "source": "公司全称/简称", "domain": "", "desc": "", "uploadFileList": null,
        "purpose": 1, "signatureIdentificationID": ident,
    })
}

fn caller(key: &str, state: CallerState, secret: &str, token: Option<&str>, actions: Option<&str>) -> Caller {
    Caller {
        door: NAME.into(),
        key_id: key.into(),
        label: "test-account".into(),
        state,
        secrets: [("secret", Some(secret)), ("security_token", token)]
            .into_iter()
            .filter_map(|(name, value)| Some((name.to_owned(), value?.into())))
            .collect(),
        settings: [("actions", actions), ("created_at", Some("2026-11-01T00:00:00Z"))]
            .into_iter()
            .filter_map(|(name, value)| Some((name.to_owned(), value?.to_owned())))
            .collect::<BTreeMap<_, _>>(),
    }
}

fn callers() -> Vec<Caller> {
    vec![
        caller(KEY, CallerState::Enabled, SECRET, None, None),
        caller(TOKEN_KEY, CallerState::Enabled, TOKEN_SECRET, Some(TOKEN), None),
        caller(LIMITED_KEY, CallerState::Enabled, SECRET, None, Some("GetSignatureIdentList, DeleteSignature")),
        caller(DISABLED_KEY, CallerState::Disabled, SECRET, None, None),
    ]
}

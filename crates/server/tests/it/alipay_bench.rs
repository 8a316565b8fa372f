//! Both of Alipay's doors over one store, on a clock that the test turns; the apps sign with the recorded test keys.

use std::{collections::BTreeMap, sync::Arc, time::Instant};

use http::HeaderMap;
use serde_json::Value;
use shiming_core::{
    BoxFuture, Caller, CallerState, Callers, Checker, Claim, Clock, Elements, FaceMatcher, Finding, Policy, Redeemer,
    Score, Source, SourceDown, SourceId, UnixTime, Unusable, face::Likeness,
};
use shiming_server::{
    Answer, Call,
    doors::{
        Door,
        alipay::{self, INSTALLATION, Tools},
        alipay_gateway::{Gateway, Settings},
    },
    refusals::{Refusals, RefusedCall},
    rehearsal::{Act, Rehearsal},
};
use shiming_store::{Audit, Store};
use shiming_wire::{
    alipay::{
        aes::ContentKey,
        keys::{Algorithm, PrivateKey, PublicKey, Slot},
        text::Charset,
    },
    alipay_gateway::client::{Answer as Read, Client},
    request::Request,
    secret::Secret,
};

use crate::bench::{DOWN_ID, ID, NAME, NOBODY};
use crate::ground::{self, Counting, Turned};

pub(crate) const APP: &str = "2021009900000001";
/// Certificate mode only.
pub(crate) const CERT_APP: &str = "2021009900000002";
/// May sign with SHA-1, has a small key, an own platform key, and few methods.
pub(crate) const OLD_APP: &str = "2021009900000003";
pub(crate) const DISABLED_APP: &str = "2021009900000004";
/// Nothing is registered for it.
pub(crate) const BARE_APP: &str = "2021009900000005";

/// Credit services of the apps that have any.
pub(crate) const SERVICE: &str = "2019120400000000000004450100";
pub(crate) const OTHER_SERVICE: &str = "2019120400000000000004450200";

pub(crate) const CERTIFY: &str = "zhima.customer.certification.material.certify";
pub(crate) const DOWNLOAD: &str = "alipay.open.app.alipaycert.download";
pub(crate) const TOKEN: &str = "202509BBeff9351ad1874306903e96b91d248A36";
pub(crate) const OLD_TOKEN: &str = "202509BBold";
pub(crate) const OTHER_TOKEN: &str = "202509BBother";
/// Someone whose portrait is on no record.
pub(crate) const FACELESS: &str = "110101190001010030";
/// Someone whose portrait was read by another model.
pub(crate) const OUTDATED: &str = "110101190001010049";

pub(crate) fn vector(file: &str) -> String {
    std::fs::read_to_string(format!("{}/../../vectors/alipay-gateway/{file}", env!("CARGO_MANIFEST_DIR"))).unwrap()
}

pub(crate) fn private_key(file: &str) -> PrivateKey {
    PrivateKey::parse(vector(&format!("keys/{file}")).as_bytes(), Slot::AppPrivate).unwrap()
}

pub(crate) fn platform_key() -> PublicKey {
    PublicKey::parse(vector("keys/platform_public.pem").as_bytes(), Slot::PlatformPublic).unwrap()
}

pub(crate) fn content_key() -> ContentKey {
    ContentKey::parse(&Secret::new(vector("keys/aes_key.txt").trim())).unwrap()
}

pub(crate) struct AlipayBench {
    pub(crate) gateway: Arc<Gateway>,
    pub(crate) tools: Arc<Tools>,
    pub(crate) refusals: Arc<Refusals>,
    pub(crate) store: Store,
    clock: Arc<Turned>,
    _dir: tempfile::TempDir,
}

/// A source with portraits: the template is what a photo of the person ends with.
struct Book(SourceId);

impl Source for Book {
    fn id(&self) -> &SourceId {
        &self.0
    }

    fn ask<'a>(&'a self, claim: &'a Claim) -> BoxFuture<'a, Result<Finding, SourceDown>> {
        let portrait = match claim.key().number {
            ID => Some(SAME_FACE.to_vec()),
            FACELESS => None,
            OUTDATED => Some(OLD_TEMPLATE.to_vec()),
            _ => return Box::pin(std::future::ready(Ok(Finding::NoRecord))),
        };
        let mut differing = Elements::NONE;
        claim.for_each_element(|element, value| {
            if value != NAME {
                differing = differing.with(element);
            }
        });
        Box::pin(std::future::ready(Ok(Finding::Record { differing, portrait })))
    }
}

pub(crate) const SAME_FACE: &[u8] = b"the same face";
pub(crate) const OTHER_FACE: &[u8] = b"another face";
pub(crate) const NO_FACE: &[u8] = b"no face at all";
/// A photo that comes when the engine has too much to do.
pub(crate) const TOO_MANY: &[u8] = b"one photo too many";
/// What another model made of a portrait.
pub(crate) const OLD_TEMPLATE: &[u8] = b"of an older model";

/// An engine that reads what a photo ends with: the template, or the word of what is wrong with it.
pub(crate) struct Faces;

impl FaceMatcher for Faces {
    fn compare<'a>(&'a self, template: &'a [u8], photo: &'a [u8]) -> BoxFuture<'a, Likeness> {
        let reason = Unusable::ALL.iter().find(|reason| photo.ends_with(reason.word().as_bytes()));
        let found = match reason {
            Some(reason) => Likeness::Unusable(*reason),
            None if photo.ends_with(NO_FACE) => Likeness::Unusable(Unusable::NoFace),
            None if photo.ends_with(TOO_MANY) => Likeness::Busy,
            None if template == OLD_TEMPLATE => Likeness::OtherModel,
            None if photo.ends_with(template) => Likeness::Same(Score::MOST),
            None => Likeness::Different(Score::LEAST),
        };
        Box::pin(std::future::ready(found))
    }
}

/// Which engine there is.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Engine {
    Faces,
    None,
}

impl AlipayBench {
    pub(crate) fn new() -> Self {
        Self::with(Settings::default(), Engine::Faces)
    }

    pub(crate) fn with(settings: Settings, engine: Engine) -> Self {
        let dir = tempfile::tempdir().unwrap();
        let clock = Turned::at(UnixTime(1_795_000_000_000));
        let store = ground::store(dir.path(), Arc::clone(&clock) as _);
        for caller in callers() {
            store.callers().put(&caller).unwrap();
        }
        let rehearsal = Rehearsal::new([(DOWN_ID.to_owned(), Act::Down)]);
        let policy = Policy::all_from([SourceId::from("rehearsal"), SourceId::from("book")]);
        let sources: [Arc<dyn Source>; 2] = [Arc::new(rehearsal), Arc::new(Book(SourceId::from("book")))];
        let faces = (engine == Engine::Faces).then(|| Arc::new(Faces) as Arc<dyn FaceMatcher>);
        let checker = Checker::new(policy, sources, store.ledger(), faces, Arc::clone(&clock) as _).unwrap();
        let (apps, platforms) = (Arc::new(alipay::callers()), Arc::new(alipay::platforms()));
        apps.refresh(&*store.callers()).unwrap();
        platforms.refresh(&*store.callers()).unwrap();
        let refusals = Arc::new(Refusals::new(Arc::clone(&clock) as _));
        let checker = Arc::new(checker);
        let redeemer = Redeemer::new(store.sessions(), Arc::clone(&checker), Arc::clone(&clock) as _);
        let tools = Arc::new(Tools {
            checker,
            redeemer: Arc::new(redeemer),
            callers: apps,
            platforms,
            clock: Arc::clone(&clock) as _,
            random: Arc::new(Counting::new()),
            refusals: Arc::clone(&refusals),
        });
        let gateway = Arc::new(Gateway::new(settings, Arc::clone(&tools)));
        Self { gateway, tools, refusals, store, clock, _dir: dir }
    }

    pub(crate) fn now(&self) -> UnixTime {
        self.clock.now()
    }

    pub(crate) fn turn_clock(&self, seconds: i64) {
        self.clock.turn(seconds);
    }

    /// Entries of the ledger, its chain proven.
    pub(crate) fn entries(&self) -> u64 {
        match self.store.ledger().verify(None).unwrap() {
            Audit::Whole(whole) => whole.entries,
            Audit::Broken(broken) => panic!("{broken}"),
        }
    }

    /// Sends a request through the gateway.
    pub(crate) fn send(&self, sent: &Sent) -> Seen {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        let call = Call { request: sent.as_request(), arrived: Instant::now(), peer: None };
        Seen::of(&runtime.block_on(self.gateway.answer(call)))
    }

    /// A signed call, ready to be sent or spoilt.
    pub(crate) fn signed(&self, app: &App, method: &str, content: &str) -> Sent {
        self.signed_with(app, method, content, &[])
    }

    pub(crate) fn signed_with(&self, app: &App, method: &str, content: &str, more: &[(&str, &str)]) -> Sent {
        let asked = app.client(|client| client.ask(method, content, more, self.now().timestamp()).unwrap());
        Sent::post(&asked.target, &asked.content_type, asked.body)
    }

    /// Signs, sends, and reads the answer as the vendor's client would: its signature is checked.
    pub(crate) fn call(&self, app: &App, method: &str, content: &str) -> Seen {
        self.send(&self.signed(app, method, content)).read_by(app, method)
    }

    pub(crate) fn wait_for_refused(&self) -> RefusedCall {
        for _ in 0..200 {
            if let Some(refused) = self.refusals.latest(1).pop() {
                return refused;
            }
            std::thread::sleep(std::time::Duration::from_millis(10));
        }
        panic!("nothing was looked into");
    }
}

/// An app as its own side knows it.
pub(crate) struct App {
    pub(crate) id: &'static str,
    pub(crate) key: PrivateKey,
    pub(crate) algorithm: Algorithm,
    pub(crate) charset: Charset,
    pub(crate) certificates: Option<(&'static str, &'static str)>,
    pub(crate) content_key: Option<ContentKey>,
    pub(crate) platform: PublicKey,
}

impl App {
    pub(crate) fn new() -> Self {
        Self {
            id: APP,
            key: private_key("app_private_pkcs1.pem"),
            algorithm: Algorithm::Rsa2,
            charset: Charset::Utf8,
            certificates: None,
            content_key: None,
            platform: platform_key(),
        }
    }

    /// In certificate mode, with the SNs of the recorded test certificates.
    pub(crate) fn certified() -> Self {
        const SNS: (&str, &str) =
            ("43f51bd2ddc8f33a0d0523b44dd414f4", "40a2c9554982b0c979ca34cdf0788f57_009144ceb103e41c159617000a6db36a");
        Self { id: CERT_APP, certificates: Some((SNS.0, SNS.1)), ..Self::new() }
    }

    pub(crate) fn client<T>(&self, act: impl FnOnce(Client<'_>) -> T) -> T {
        act(Client {
            app_id: self.id,
            key: &self.key,
            algorithm: self.algorithm,
            charset: self.charset,
            certificates: self.certificates,
            content_key: self.content_key.as_ref(),
        })
    }
}

/// A request as it is sent.
#[derive(Clone)]
pub(crate) struct Sent {
    pub(crate) method: String,
    pub(crate) target: String,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Vec<u8>,
}

impl Sent {
    pub(crate) fn post(target: &str, content_type: &str, body: impl Into<Vec<u8>>) -> Self {
        let headers = HeaderMap::from_iter([(http::header::CONTENT_TYPE, content_type.parse().unwrap())]);
        Self { method: "POST".into(), target: target.into(), headers, body: body.into() }
    }

    pub(crate) fn as_request(&self) -> Request<'_> {
        Request { method: &self.method, target: &self.target, headers: &self.headers, body: &self.body }
    }

    /// The same without one parameter of the query.
    pub(crate) fn without(&self, name: &str) -> Self {
        self.changed(name, None)
    }

    /// The same with another value of one parameter of the query.
    pub(crate) fn with(&self, name: &str, value: &str) -> Self {
        self.changed(name, Some(value))
    }

    fn changed(&self, name: &str, value: Option<&str>) -> Self {
        let (path, query) = self.target.split_once('?').unwrap();
        let mut pairs: Vec<String> =
            query.split('&').filter(|pair| pair.split('=').next() != Some(name)).map(str::to_owned).collect();
        pairs.extend(value.map(|value| format!("{name}={value}")));
        Self { target: format!("{path}?{}", pairs.join("&")), ..self.clone() }
    }
}

/// An answer, read.
pub(crate) struct Seen {
    pub(crate) status: u16,
    /// The exact bytes.
    pub(crate) bytes: Vec<u8>,
    pub(crate) text: String,
    pub(crate) headers: BTreeMap<String, String>,
    pub(crate) admitted: bool,
    pub(crate) word: &'static str,
    /// The node as the app's own side reads it.
    pub(crate) node: Value,
}

impl Seen {
    fn of(answer: &Answer) -> Self {
        let headers = answer
            .headers
            .iter()
            .map(|(name, value)| (name.as_str().to_owned(), value.to_str().unwrap().to_owned()))
            .collect();
        let bytes = answer.body.to_vec();
        let text = match String::from_utf8(bytes.clone()) {
            Ok(text) => text,
            Err(_) => Charset::Gbk.decode(&bytes).expect("UTF-8 or GBK").into_owned(),
        };
        Self {
            status: answer.status.as_u16(),
            bytes,
            text,
            headers,
            admitted: answer.outcome.admitted,
            word: answer.outcome.word,
            node: Value::Null,
        }
    }

    /// The envelope as it stands.
    pub(crate) fn envelope(&self) -> Value {
        serde_json::from_str(&self.text).unwrap()
    }

    /// The node of an envelope that is not encrypted, whatever its signature.
    pub(crate) fn plain_node(&self) -> Value {
        let envelope = self.envelope();
        let found = envelope.as_object().unwrap().iter().find(|(name, _)| name.ends_with("_response")).unwrap();
        found.1.clone()
    }

    pub(crate) fn read_by(mut self, app: &App, method: &str) -> Self {
        let read: Result<Read, _> = app.client(|client| client.read(method, &self.bytes, app.charset, &app.platform));
        let read = read.unwrap_or_else(|error| panic!("{error}: {}", self.text));
        self.node = serde_json::from_str(read.expose()).unwrap();
        self
    }

    /// `passed` and its reason, or code and sub_code.
    pub(crate) fn said(&self) -> String {
        let node = if self.node.is_null() { self.plain_node() } else { self.node.clone() };
        let text = |name: &str| node[name].as_str().unwrap_or("-").to_owned();
        if node["code"] == "10000" {
            format!("{} {}", text("passed"), text("failed_reason"))
        } else {
            format!("{} {}", text("code"), text("sub_code"))
        }
    }
}

/// A photo whose face is this one.
pub(crate) fn photo(face: &[u8]) -> String {
    use base64::Engine as _;
    let engine = base64::engine::general_purpose::STANDARD;
    let mut bytes = engine.decode(include_str!("portrait.base64").trim()).unwrap();
    bytes.extend_from_slice(face);
    engine.encode(bytes)
}

/// The content of a call about a person.
pub(crate) fn content(transaction: &str, name: &str, number: &str, face: &[u8]) -> String {
    content_of(transaction, name, number, Some(&photo(face)), "FACE_API")
}

pub(crate) fn content_of(transaction: &str, name: &str, number: &str, photo: Option<&str>, biz_code: &str) -> String {
    let identity = serde_json::json!({
        "identity_type": "CERT_INFO", "cert_type": "IDENTITY_CARD", "cert_name": name, "cert_no": number,
    });
    let materials = match photo {
        Some(photo) => serde_json::json!({ "FACIAL_PICTURE_FRONT": photo }),
        None => serde_json::json!({}),
    };
    serde_json::json!({
        "transaction_id": transaction,
        "product_code": "w1010100000000002978",
        "biz_code": biz_code,
        "identity_param": identity.to_string(),
        "materials": materials.to_string(),
    })
    .to_string()
}

/// Number and name of someone on record.
pub(crate) fn someone(transaction: &str) -> String {
    content(transaction, NAME, ID, SAME_FACE)
}

pub(crate) fn nobody(transaction: &str) -> String {
    content(transaction, NAME, NOBODY, SAME_FACE)
}

fn callers() -> Vec<Caller> {
    let owned = |pairs: &[(&str, String)]| {
        pairs.iter().map(|(name, value)| ((*name).to_owned(), value.clone())).collect::<BTreeMap<_, _>>()
    };
    let caller = |door: &str, key: &str, state, secrets: &[(&str, String)], settings: &[(&str, String)]| Caller {
        door: door.into(),
        key_id: key.into(),
        label: "test-app".into(),
        state,
        secrets: owned(secrets).into_iter().map(|(name, value)| (name, value.into())).collect(),
        settings: owned(settings),
    };
    let key = || ("public_key", vector("keys/app_public.pem"));
    let tokens = format!("{TOKEN}\n{OLD_TOKEN} until=2020-01-01T00:00:00Z\n{OTHER_TOKEN} methods=some.other.method\n");
    let secrets = [("aes_key", vector("keys/aes_key.txt")), ("app_auth_tokens", tokens)];
    let codes = ("biz_codes", "FACE_API,FACE,CERT_INFO".to_owned());
    let services = || ("service_ids", format!("{SERVICE},{OTHER_SERVICE}"));
    let enabled = CallerState::Enabled;
    vec![
        caller(alipay::NAME, APP, enabled, &secrets, &[key(), codes, services()]),
        caller(alipay::NAME, CERT_APP, enabled, &secrets, &[("certificates", vector("keys/app_cert.crt")), services()]),
        caller(
            alipay::NAME,
            OLD_APP,
            enabled,
            &[("platform_private_key", vector("keys/stranger_private_pkcs1.pem"))],
            &[
                ("public_key", vector("keys/app1024_public.pem")),
                ("sign_types", "RSA2,RSA".to_owned()),
                ("methods", CERTIFY.to_owned()),
                ("biz_codes", "CERT_INFO".to_owned()),
            ],
        ),
        caller(alipay::NAME, DISABLED_APP, CallerState::Disabled, &[], &[key()]),
        caller(alipay::NAME, BARE_APP, enabled, &[], &[]),
        caller(
            alipay::PLATFORM,
            INSTALLATION,
            enabled,
            &[("private_key", vector("keys/platform_private_pkcs8.pem"))],
            &[("chain", vector("keys/platform_cert.crt")), ("root", vector("keys/root_cert_bundle.crt"))],
        ),
    ]
}

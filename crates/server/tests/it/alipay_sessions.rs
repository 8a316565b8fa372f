//! Sessions of the jobworth family, led as far as a test wants, and queries about them at either door.

use std::{
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::Instant,
};

use http::{HeaderMap, HeaderName, HeaderValue};
use serde_json::Value;
use shiming_core::{
    Asking, Callers as _, Element, Elements, SessionKey, SourceId, SubjectTag, Verdict,
    redeem::{Bar, NewAgreement, Person, Purpose, Returns, Submission},
};
use shiming_identity::PersonName;
use shiming_server::{
    Answer, Call,
    doors::{
        Door,
        alipay::{self, Member, jobworth::FirstStep},
        alipay_gateway,
        alipay_v3::{Settings, V3},
    },
};
use shiming_wire::{
    alipay::form::{Escapes, encode},
    alipay_v3::client::Client,
    request::Request,
};

use crate::{
    alipay_bench::{AlipayBench, App, Engine, SERVICE},
    bench::{ID, NAME, resident},
};

pub(crate) const AUTHENTICATION: &str = "/v3/zhima/customer/jobworth/authentication";
pub(crate) const AGREEMENT: &str = "/v3/zhima/credit/payafteruse/creditagreement/query";
/// Every session's agreement.
pub(crate) const AGREEMENT_NO: &str = "agreement-1";

/// How far a session is led.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum To {
    Created,
    Cancelled,
    Authorized,
    /// Name and number match; an operator is to look.
    Verifying,
    Succeeded,
    /// An operator has said no.
    Rejected,
    /// The name is another.
    Mismatched,
}

/// What a query says.
pub(crate) type Pairs<'p> = Vec<(&'p str, &'p str)>;

/// What a query about this token has to say, all of it right.
pub(crate) fn asked(once_token: &str) -> Pairs<'_> {
    vec![
        ("conn_key", AGREEMENT_NO),
        ("once_token", once_token),
        ("query_type", "exact"),
        ("identity_type", "04"),
        ("service_id", SERVICE),
    ]
}

/// The same with one value in place of another, or none.
pub(crate) fn with<'p>(mut pairs: Pairs<'p>, name: &'p str, value: Option<&'p str>) -> Pairs<'p> {
    pairs.retain(|(known, _)| *known != name);
    pairs.extend(value.map(|value| (name, value)));
    pairs
}

pub(crate) fn wait<T>(future: impl Future<Output = T>) -> T {
    tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap().block_on(future)
}

/// Both doors over one store.
pub(crate) struct Both {
    pub(crate) bench: AlipayBench,
    pub(crate) v3: Arc<V3>,
    nonces: AtomicU64,
}

impl Both {
    pub(crate) fn new() -> Self {
        Self::with(Settings::default())
    }

    pub(crate) fn with(settings: Settings) -> Self {
        let in_flight_per_caller = settings.in_flight_per_caller;
        let gateway = alipay_gateway::Settings {
            desk: Some("https://id.test".into()),
            in_flight_per_caller,
            ..alipay_gateway::Settings::default()
        };
        let bench = AlipayBench::with(gateway, Engine::Faces);
        let v3 = Arc::new(V3::new(settings, Arc::clone(&bench.tools)));
        Self { bench, v3, nonces: AtomicU64::new(1) }
    }

    /// A session of an app, as far as that.
    pub(crate) fn session(&self, app: &App, once_token: &str, to: To) -> SessionKey {
        self.session_under(app, once_token, AGREEMENT_NO, to)
    }

    pub(crate) fn session_under(&self, app: &App, once_token: &str, agreement: &str, to: To) -> SessionKey {
        let redeemer = &self.bench.tools.redeemer;
        let now = self.bench.now();
        let step = FirstStep {
            app_id: app.id,
            once_token,
            purpose: Purpose { identity: "04".into(), precision: "exact".into(), service: SERVICE.into() },
            agreement: NewAgreement { number: agreement.into(), id: format!("ours of {} {agreement}", app.id) },
            returns: Returns::default(),
            created: now,
            expires: now.plus_millis(24 * 60 * 60 * 1000),
        };
        let new = step.session(self.bench.tools.ledger());
        let key = new.key.clone();
        wait(redeemer.create(new)).unwrap();
        match to {
            To::Created => {}
            To::Cancelled => drop(wait(redeemer.cancel(&key)).unwrap()),
            _ => drop(wait(redeemer.authorize(&key, "1")).unwrap()),
        }
        if matches!(to, To::Created | To::Cancelled | To::Authorized) {
            return key;
        }
        let name = if to == To::Mismatched { "样例伪" } else { NAME };
        let person = Person { id: resident(ID), name: PersonName::parse(name).unwrap().value, portrait: None };
        let submission = Submission { person: Some(person), portrait: None };
        wait(redeemer.submit(asking(app), &key, submission)).unwrap();
        let verdict = match to {
            To::Succeeded => Verdict::Match,
            To::Rejected => Verdict::Mismatch(Elements::NONE.with(Element::Name)),
            _ => return key,
        };
        wait(redeemer.decide(asking(app), &key, verdict, SourceId::from("operator"))).unwrap();
        key
    }

    /// Gives an app another setting.
    pub(crate) fn set(&self, app: &App, name: &str, value: &str) {
        let callers = self.bench.store.callers();
        let mut registered = callers.all().unwrap();
        let caller = registered.iter_mut().find(|caller| caller.key_id == app.id).unwrap();
        caller.settings.insert(name.into(), value.into());
        callers.put(caller).unwrap();
        self.bench.tools.callers.refresh(&*callers).unwrap();
    }

    pub(crate) fn withdraw(&self, app: &App) {
        assert!(wait(self.bench.tools.redeemer.withdraw(alipay::NAME, app.id, AGREEMENT_NO)).unwrap());
    }

    pub(crate) fn subject(&self) -> SubjectTag {
        self.bench.tools.redeemer.subject(ID)
    }

    pub(crate) fn bar(&self, bar: Option<Bar>) {
        wait(self.bench.tools.redeemer.sessions().set_bar(self.subject(), bar)).unwrap();
    }

    /// The ids by which an app knows the person.
    pub(crate) fn member(&self, app: &App) -> Member {
        Member::of(self.subject(), app.id, self.bench.tools.ledger())
    }

    /// A signed v3 request, ready to be sent or spoilt.
    pub(crate) fn signed(&self, app: &App, method: &str, target: &str, body: &[u8]) -> SentV3 {
        self.signed_for(app, None, method, target, body)
    }

    pub(crate) fn signed_for(&self, app: &App, token: Option<&str>, method: &str, target: &str, body: &[u8]) -> SentV3 {
        let nonce = format!("nonce-{}", self.nonces.fetch_add(1, Ordering::Relaxed));
        let now = self.bench.now().timestamp();
        let asked = client(app, token).ask(method, target, body, now, &nonce).unwrap();
        let headers = asked
            .headers
            .iter()
            .map(|(name, value)| (HeaderName::from_static(name), HeaderValue::from_str(value).unwrap()));
        SentV3 { method: method.into(), target: target.into(), headers: headers.collect(), body: asked.body }
    }

    /// Sends a request through v3's door.
    pub(crate) fn send(&self, sent: &SentV3) -> SeenV3 {
        let call = Call { request: sent.as_request(), arrived: Instant::now(), peer: None };
        SeenV3::of(&wait(self.v3.answer(call)))
    }

    /// Asks v3 about a session, and reads the answer as the vendor's client would.
    pub(crate) fn query(&self, app: &App, pairs: &[(&str, &str)]) -> SeenV3 {
        self.send(&self.signed(app, "GET", &target(AUTHENTICATION, pairs), &[])).read_by(app)
    }

    /// The same at the gateway: `identity_result`, or the code.
    pub(crate) fn query_at_the_gateway(&self, app: &App, pairs: &[(&str, &str)]) -> String {
        let content: serde_json::Map<String, Value> =
            pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).into())).collect();
        let method = "zhima.customer.jobworth.authentication.query";
        let node = self.bench.call(app, method, &Value::Object(content).to_string()).node;
        let said = node.get("identity_result").or(node.get("sub_code")).unwrap();
        said.as_str().unwrap().to_owned()
    }
}

fn asking(app: &App) -> Asking<'_> {
    Asking { door: "test", caller: app.id, operation: "test", request_id: "R", arrived: Instant::now() }
}

fn client<'a>(app: &'a App, app_auth_token: Option<&'a str>) -> Client<'a> {
    Client {
        app_id: app.id,
        key: &app.key,
        certificates: app.certificates,
        app_auth_token,
        content_key: app.content_key.as_ref(),
    }
}

/// A path with a query.
pub(crate) fn target(path: &str, pairs: &[(&str, &str)]) -> String {
    let mut target = path.as_bytes().to_vec();
    for (index, (name, value)) in pairs.iter().enumerate() {
        target.push(if index == 0 { b'?' } else { b'&' });
        encode(&mut target, name.as_bytes(), Escapes::Rfc3986);
        target.push(b'=');
        encode(&mut target, value.as_bytes(), Escapes::Rfc3986);
    }
    String::from_utf8(target).unwrap()
}

/// A v3 request as it is sent.
#[derive(Clone)]
pub(crate) struct SentV3 {
    pub(crate) method: String,
    pub(crate) target: String,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Vec<u8>,
}

impl SentV3 {
    pub(crate) fn as_request(&self) -> Request<'_> {
        Request { method: &self.method, target: &self.target, headers: &self.headers, body: &self.body }
    }

    /// The same with another value of a header, or without it.
    pub(crate) fn with(&self, name: &'static str, value: Option<&str>) -> Self {
        let mut other = self.clone();
        match value {
            Some(value) => drop(other.headers.insert(name, HeaderValue::from_str(value).unwrap())),
            None => drop(other.headers.remove(name)),
        }
        other
    }

    /// The same with its authorization changed after it was made.
    pub(crate) fn authorized(&self, change: impl FnOnce(&str) -> String) -> Self {
        let header = self.headers["authorization"].to_str().unwrap().to_owned();
        self.with("authorization", Some(&change(&header)))
    }
}

/// A v3 answer, read.
pub(crate) struct SeenV3 {
    pub(crate) status: u16,
    pub(crate) headers: HeaderMap,
    pub(crate) text: String,
    pub(crate) admitted: bool,
    pub(crate) word: &'static str,
    /// The members, in the clear.
    pub(crate) body: Value,
}

impl SeenV3 {
    pub(crate) fn of(answer: &Answer) -> Self {
        let text = String::from_utf8(answer.body.to_vec()).unwrap();
        Self {
            status: answer.status.as_u16(),
            headers: answer.headers.iter().cloned().collect(),
            body: serde_json::from_str(&text).unwrap_or_default(),
            text,
            admitted: answer.outcome.admitted,
            word: answer.outcome.word,
        }
    }

    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).map(|value| value.to_str().unwrap())
    }

    /// Checks the signature, decrypts, and makes sure that what every answer must be is so.
    pub(crate) fn read_by(mut self, app: &App) -> Self {
        let read = client(app, None).read(self.status, &self.headers, self.text.as_bytes(), &app.platform);
        let read = read.unwrap_or_else(|error| panic!("{error}: {} {}", self.status, self.text));
        self.body = serde_json::from_str(read.expose()).unwrap();
        self.checked()
    }

    /// What holds for every answer: a trace id, JSON, nothing that is null; an error has its two members.
    pub(crate) fn checked(self) -> Self {
        assert_eq!(self.header("alipay-trace-id").unwrap().len(), 31);
        let members = self.body.as_object().unwrap_or_else(|| panic!("no object: {}", self.text));
        assert!(members.values().all(Value::is_string), "{}", self.text);
        if self.status != 200 {
            assert_eq!(members.keys().collect::<Vec<_>>(), ["code", "message"]);
            assert_eq!(self.header("content-type"), Some("application/json;charset=UTF-8"));
            let app = App::new();
            let read = client(&app, None).read(self.status, &self.headers, self.text.as_bytes(), &app.platform);
            assert!(read.is_ok(), "unsigned or signed rightly: {}", self.text);
        }
        self
    }

    pub(crate) fn is_signed(&self) -> bool {
        self.header("alipay-signature").is_some()
    }

    /// `identity_result`, or the code.
    pub(crate) fn said(&self) -> &str {
        let member = if self.status == 200 { "identity_result" } else { "code" };
        self.body[member].as_str().unwrap_or_else(|| panic!("no {member}: {}", self.text))
    }
}

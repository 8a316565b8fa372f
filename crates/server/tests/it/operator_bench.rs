//! The operator's API over a real store: cases of a made-up door, operators of every role, calls without a socket.

use std::{sync::Arc, time::Instant};

use http::{HeaderMap, HeaderName, HeaderValue};
use secrecy::SecretString;
use serde_json::Value;
use shiming_core::{
    Asking, Case, CaseKey, Clock, Operators, Role, Submitter, UnixTime,
    submit::{Content, Dossier, Field, Form, Forms, Means, Media, Opening, Paper, Review},
};
use shiming_server::{
    Answer, Call,
    doors::Door,
    operator::api::{Api, Tools},
};
use shiming_store::Store;
use shiming_wire::request::Request;

use crate::ground::{self, Counting};

pub(crate) const NOW: UnixTime = UnixTime(1_795_000_000_000);
pub(crate) const PICTURE: &[u8] = b"\x89PNG the picture of a licence";
pub(crate) const NAME: &str = "样例甲";
pub(crate) const MOBILE: &str = "13800000000";

/// The API, and what is behind it.
pub(crate) struct Bed {
    pub(crate) api: Api,
    pub(crate) store: Store,
    pub(crate) verb: Arc<Submitter>,
    _dir: tempfile::TempDir,
}

/// Reads dossiers of the door `made-up`: a name, a blank, a mobile number.
struct MadeUp;

impl Forms for MadeUp {
    fn door(&self) -> &'static str {
        "made-up"
    }

    fn form(&self, _: &CaseKey, dossier: &Dossier) -> Option<Form> {
        let (name, mobile) = std::str::from_utf8(&dossier.0).ok()?.split_once(' ')?;
        let fields = vec![Field::new("Handler", Means::Person, name), Field::new("Phone", Means::Mobile, mobile)];
        Some(Form { fields, ..Form::default() })
    }
}

/// What came back.
#[derive(Debug)]
pub(crate) struct Seen {
    pub(crate) status: u16,
    pub(crate) headers: HeaderMap,
    pub(crate) bytes: Vec<u8>,
    pub(crate) word: &'static str,
}

impl Bed {
    pub(crate) fn new(review: Review) -> Self {
        let dir = tempfile::tempdir().unwrap();
        let clock: Arc<dyn Clock> = Arc::new(NOW);
        let store = ground::store(dir.path(), Arc::clone(&clock));
        for (name, role) in
            [("vera", Role::Viewer), ("wang", Role::Reviewer), ("li", Role::Reviewer), ("ada", Role::Admin)]
        {
            assert!(store.operators().add(name, role, &SecretString::from(key(name)), NOW).unwrap());
        }
        let verb = Arc::new(Submitter::new(store.cases(), store.papers(), store.ledger(), clock));
        let api = api(&verb, &store, store.operators(), review);
        Self { api, store, verb, _dir: dir }
    }

    /// The same with other operators.
    pub(crate) fn with_operators(self, operators: Arc<dyn Operators>) -> Self {
        Self { api: api(&self.verb, &self.store, operators, Review::One), ..self }
    }

    /// A case that waits for a decision; `by` has handed it in for the caller.
    pub(crate) fn case(&self, by: Option<&str>) -> Case {
        let opening = Opening { kind: "template".into(), content: content(by), submit: true, ..Opening::default() };
        block_on(self.verb.create(asking(), opening, None)).unwrap().case
    }

    /// The case handed in again.
    pub(crate) fn again(&self, case: &Case) -> Case {
        block_on(self.verb.submit(asking(), &case.key, content(None), None)).unwrap()
    }

    pub(crate) fn call(&self, method: &str, target: &str, headers: &[(&str, &str)], body: &[u8]) -> Seen {
        let line = |(name, value): &(&str, &str)| {
            (name.parse::<HeaderName>().unwrap(), HeaderValue::from_bytes(value.as_bytes()).unwrap())
        };
        let headers: HeaderMap = headers.iter().map(line).collect();
        let request = Request { method, target, headers: &headers, body };
        Seen::of(block_on(self.api.answer(Call { request, arrived: Instant::now(), peer: None })))
    }

    /// With an operator's key.
    pub(crate) fn by(&self, name: &str, method: &str, target: &str, body: &str) -> Seen {
        let (bearer, json) = (format!("Bearer {}", key(name)), ("content-type", "application/json"));
        self.call(method, target, &[("authorization", &bearer), json], body.as_bytes())
    }

    pub(crate) fn get(&self, name: &str, target: &str) -> Seen {
        self.by(name, "GET", target, "")
    }

    pub(crate) fn decide(&self, name: &str, case: &Case, word: &str, body: &str) -> Seen {
        self.by(name, "POST", &format!("/api/v1/cases/{}/{word}", case.key.number), body)
    }

    /// An approval of the version that the case has.
    pub(crate) fn approve(&self, name: &str, case: &Case) -> Seen {
        let now = block_on(self.verb.find(&case.key)).unwrap().unwrap();
        self.decide(name, case, "approve", &format!("{{\"version\": {}}}", now.version))
    }
}

impl Seen {
    pub(crate) fn of(answer: Answer) -> Self {
        let Answer { status, headers, body, outcome } = answer;
        let headers = headers.into_iter().collect();
        Self { status: status.as_u16(), headers, bytes: body.to_vec(), word: outcome.word }
    }

    pub(crate) fn json(&self) -> Value {
        serde_json::from_slice(&self.bytes).unwrap_or_else(|_| panic!("not JSON: {self:?}"))
    }

    pub(crate) fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", |value| value.to_str().unwrap())
    }

    /// The status and the problem's name, once its shape is seen to be right.
    pub(crate) fn problem(&self) -> (u16, String) {
        assert_eq!(self.header("content-type"), "application/problem+json", "{self:?}");
        let problem = self.json();
        assert_eq!(problem["status"], self.status);
        assert_eq!(problem["request_id"], self.header("x-request-id"));
        assert!(problem["title"].is_string() && problem["detail"].is_string());
        let kind = problem["type"].as_str().unwrap();
        let name = kind.strip_prefix("/api/v1/openapi.json#/x-problems/").unwrap();
        assert_eq!(name, self.word);
        (self.status, name.to_owned())
    }
}

fn api(verb: &Arc<Submitter>, store: &Store, operators: Arc<dyn Operators>, review: Review) -> Api {
    Api::new(Tools {
        submitter: Arc::clone(verb),
        forms: vec![Arc::new(MadeUp)],
        outbox: store.outbox(),
        clock: Arc::new(NOW),
        operators,
        review,
        random: Arc::new(Counting::new()),
    })
}

pub(crate) fn key(name: &str) -> String {
    format!("shiming_operator_{name}")
}

fn content(by: Option<&str>) -> Content<Paper> {
    let paper = Paper { role: "licence".into(), media: Media::Png, bytes: PICTURE.to_vec() };
    let dossier = Some(Dossier(format!("{NAME} {MOBILE}").into_bytes()));
    Content { dossier, papers: vec![paper], by: by.map(Into::into), ..Content::default() }
}

fn asking() -> Asking<'static> {
    Asking { door: "made-up", caller: "app", operation: "Add", request_id: "r", arrived: Instant::now() }
}

/// Waits for something that the store's own threads answer.
pub(crate) fn block_on<T>(work: impl Future<Output = T>) -> T {
    tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(work)
}

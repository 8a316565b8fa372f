//! The desk over a real store, and browsers that keep their cookies.

use std::{collections::BTreeMap, net::IpAddr, sync::Arc, time::Instant};

use http::{HeaderMap, HeaderName, HeaderValue, header};
use serde_json::json;
use shiming_core::{
    Asking, Caller, CallerState, Callers, SessionKey, Sessions, SourceId, Verdict,
    redeem::{Person, Session},
};
use shiming_server::{
    Answer, Call,
    desk::{AcceptanceDesk, NAME as DESK, Rate, Settings},
    doors::{Door, Head, IntakeRefusal, alipay, alipay_gateway},
};
use shiming_wire::{
    alipay::{form, keys::Algorithm, signature},
    request::Request,
};

use crate::alipay_bench::{AlipayBench, App, Engine, Seen, photo, platform_key, vector};

/// A rate that nobody reaches.
pub(crate) const ENDLESS: Rate = Rate { burst: u32::MAX, every: std::time::Duration::from_millis(1) };

pub(crate) const APP: &str = "2021009900000009";
pub(crate) const SERVICE: &str = "2019000000000000000000000000";
pub(crate) const SIGN: &str = "zhima.credit.payafteruse.creditagreement.sign";
pub(crate) const INITIALIZE: &str = "zhima.customer.certification.initialize";
pub(crate) const CERTIFY: &str = "zhima.customer.certification.certify";
pub(crate) const QUERY: &str = "zhima.customer.certification.query";
pub(crate) const JOBWORTH_QUERY: &str = "zhima.customer.jobworth.authentication.query";

pub(crate) struct Desk {
    pub(crate) bench: AlipayBench,
    pub(crate) door: Arc<AcceptanceDesk>,
}

/// One browser and its cookies.
#[derive(Clone)]
pub(crate) struct Browser<'d> {
    desk: &'d Desk,
    pub(crate) cookies: BTreeMap<String, String>,
    pub(crate) headers: Vec<(&'static str, String)>,
    pub(crate) peer: Option<IpAddr>,
}

/// What a browser was given.
#[derive(Clone, Debug)]
pub(crate) struct Page {
    pub(crate) status: u16,
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) text: String,
    pub(crate) word: &'static str,
}

impl Page {
    pub(crate) fn of(answer: &Answer) -> Self {
        assert_eq!(answer.outcome.door, DESK);
        let headers = answer.headers.iter();
        Self {
            status: answer.status.as_u16(),
            headers: headers.map(|(name, value)| (name.to_string(), value.to_str().unwrap().to_owned())).collect(),
            text: String::from_utf8(answer.body.to_vec()).unwrap(),
            word: answer.outcome.word,
        }
    }

    pub(crate) fn header(&self, name: &str) -> &str {
        self.headers.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str()).unwrap_or_default()
    }

    pub(crate) fn between(&self, before: &str, after: &str) -> &str {
        let (_, rest) = self.text.split_once(before).unwrap_or_else(|| panic!("no {before}: {}", self.text));
        rest.split_once(after).unwrap().0
    }

    pub(crate) fn proof(&self) -> &str {
        self.between("name=\"proof\" value=\"", "\"")
    }

    /// The merchant's address on the page, as a browser would follow it.
    pub(crate) fn way_back(&self) -> String {
        let start = self.text.find("href=\"https://m.test").unwrap_or_else(|| panic!("no way back: {}", self.text));
        self.text[start + 6..].split_once('"').unwrap().0.replace("&amp;", "&")
    }

    pub(crate) fn title(&self) -> &str {
        self.between("<title>", "</title>")
    }
}

impl Desk {
    pub(crate) fn new() -> Self {
        Self::with(Settings::default(), Engine::Faces)
    }

    pub(crate) fn with(settings: Settings, engine: Engine) -> Self {
        let bench = AlipayBench::with(alipay_gateway::Settings::default(), engine);
        let owned = |pairs: &[(&str, String)]| -> BTreeMap<String, String> {
            pairs.iter().map(|(name, value)| ((*name).to_owned(), value.clone())).collect()
        };
        let caller = Caller {
            door: alipay::NAME.into(),
            key_id: APP.into(),
            label: "样例商户 <b>".into(),
            state: CallerState::Enabled,
            secrets: BTreeMap::new(),
            settings: owned(&[("public_key", vector("keys/app_public.pem")), ("service_ids", SERVICE.into())]),
        };
        bench.store.callers().put(&caller).unwrap();
        bench.tools.callers.refresh(&*bench.store.callers()).unwrap();
        // The recorded portrait is smaller than a camera's.
        let settings = Settings { photo_sides: (40, 8192), ..settings };
        let door = Arc::new(AcceptanceDesk::new(settings, Arc::clone(&bench.tools)));
        Self { bench, door }
    }

    pub(crate) fn app() -> App {
        App { id: APP, ..App::new() }
    }

    /// What the intake does with a request: its head is looked at before its body is.
    pub(crate) async fn taken_in(&self, request: Request<'_>, peer: Option<IpAddr>) -> Answer {
        let ahead = if request.body.is_empty() { None } else { self.door.before_body(Head::of(&request), peer) };
        match ahead {
            Some(ahead) => match ahead.await {
                Ok(limit) if request.body.len() > limit => {
                    self.door.refuse(Head::of(&request), IntakeRefusal::BodyTooLarge)
                }
                Ok(_) => self.door.answer(Call { request, arrived: Instant::now(), peer }).await,
                Err(answer) => answer,
            },
            None => self.door.answer(Call { request, arrived: Instant::now(), peer }).await,
        }
    }

    /// How much the head of a request may bring, or the word that answers it.
    pub(crate) fn ahead(&self, browser: &Browser<'_>, method: &str, target: &str) -> Result<usize, &'static str> {
        let headers = browser.head();
        let head = Head { method, target, headers: &headers };
        wait(self.door.before_body(head, browser.peer).unwrap()).map_err(|answer| answer.outcome.word)
    }

    pub(crate) fn browser(&self) -> Browser<'_> {
        Browser {
            desk: self,
            cookies: BTreeMap::new(),
            headers: vec![("sec-fetch-site", "same-origin".into())],
            peer: None,
        }
    }

    /// The link to which a caller sends a person's browser.
    pub(crate) fn link(&self, method: &str, content: &str, more: &[(&str, &str)]) -> String {
        let seen = self.opened(method, content, more);
        assert_eq!(seen.status, 302, "{}", seen.text);
        seen.headers["location"].clone()
    }

    /// What a person's browser is given that opens a caller's page.
    pub(crate) fn opened(&self, method: &str, content: &str, more: &[(&str, &str)]) -> Seen {
        let mut sent = self.bench.signed_with(&Self::app(), method, content, more);
        sent.headers.insert(header::ACCEPT, "text/html,application/xhtml+xml".parse().unwrap());
        self.bench.send(&sent)
    }

    /// Begins a certification of somebody. The link, and the session's key.
    pub(crate) fn certification(&self, name: &str, number: &str) -> (String, SessionKey) {
        let identity =
            json!({ "identity_type": "CERT_INFO", "cert_type": "IDENTITY_CARD", "cert_name": name, "cert_no": number });
        let transaction = format!("T{}", self.bench.now().millis());
        let content = json!({
            "transaction_id": transaction, "product_code": "w1010100000000002978", "biz_code": "FACE", "identity_param": identity.to_string(),
        });
        let begun = self.bench.call(&Self::app(), INITIALIZE, &content.to_string());
        let biz_no = begun.node["biz_no"].as_str().unwrap_or_else(|| panic!("{}", begun.text)).to_owned();
        let content = json!({ "biz_no": biz_no }).to_string();
        let link = self.link(CERTIFY, &content, &[("return_url", "https://m.test/back?o=1")]);
        (link, key("certification", &biz_no))
    }

    /// Begins an authentication of a teacher.
    pub(crate) fn jobworth(&self, token: &str, agreement: &str) -> (String, SessionKey) {
        (self.link(SIGN, &Self::first_step(token, agreement), &[]), key("jobworth", token))
    }

    /// What a caller asks for with it.
    pub(crate) fn first_step(token: &str, agreement: &str) -> String {
        let extra = json!({ "onceToken": token, "identityType": "04", "queryType": "exact" });
        let content = json!({
            "out_agreement_no": agreement, "zm_service_id": SERVICE, "extra_param": extra.to_string(),
            "return_back_link": "https://m.test/done", "cancel_back_link": "https://m.test/cancelled",
        });
        content.to_string()
    }

    pub(crate) fn session(&self, key: &SessionKey) -> Session {
        wait(self.bench.store.sessions().find(key)).unwrap().unwrap().session
    }

    pub(crate) fn person(&self, key: &SessionKey) -> Option<Person> {
        wait(self.bench.store.sessions().person(key)).unwrap()
    }

    /// What the merchant is told of an authentication.
    pub(crate) fn told(&self, token: &str, agreement: &str) -> String {
        let content = json!({
            "conn_key": agreement, "once_token": token, "query_type": "exact", "identity_type": "04", "service_id": SERVICE,
        });
        let node = self.bench.call(&Self::app(), JOBWORTH_QUERY, &content.to_string()).node;
        let told = ["identity_result", "sub_code"].iter().find_map(|name| node[*name].as_str());
        told.unwrap_or_default().to_owned()
    }

    /// One turn of what the desk does by itself.
    pub(crate) fn look_after(&self) {
        let turn = shiming_server::desk::look_after(Arc::clone(&self.bench.tools));
        wait(async { tokio::time::timeout(std::time::Duration::from_millis(500), turn).await }).unwrap_err();
    }

    pub(crate) fn operator_decides(&self, key: &SessionKey, verdict: Verdict) {
        let asking =
            Asking { door: "test", caller: APP, operation: "decide", request_id: "R", arrived: Instant::now() };
        wait(self.bench.tools.redeemer.decide(asking, key, verdict, SourceId::from("operator"))).unwrap();
    }
}

pub(crate) fn key(kind: &str, handle: &str) -> SessionKey {
    SessionKey { door: alipay::NAME.into(), caller: APP.into(), kind: kind.into(), handle: handle.into() }
}

pub(crate) fn wait<T>(future: impl Future<Output = T>) -> T {
    tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap().block_on(future)
}

impl Browser<'_> {
    pub(crate) fn with(&self, name: &'static str, value: &str) -> Self {
        let mut other = self.clone();
        other.headers.retain(|(known, _)| *known != name);
        other.headers.push((name, value.into()));
        other
    }

    pub(crate) fn head(&self) -> HeaderMap {
        let mut headers = HeaderMap::new();
        for (name, value) in &self.headers {
            headers.insert(HeaderName::from_static(name), HeaderValue::from_str(value).unwrap());
        }
        let cookies: Vec<_> = self.cookies.iter().map(|(name, value)| format!("{name}={value}")).collect();
        headers.insert(header::COOKIE, cookies.join("; ").parse().unwrap());
        headers
    }

    pub(crate) fn send(&mut self, method: &str, target: &str, body: &[u8], content_type: &str) -> Page {
        let mut headers = self.head();
        headers.insert(header::CONTENT_TYPE, content_type.parse().unwrap());
        let request = Request { method, target, headers: &headers, body };
        assert!(self.desk.door.claims(Head::of(&request)), "{target}");
        let page = Page::of(&wait(self.desk.taken_in(request, self.peer)));
        for (_, line) in page.headers.iter().filter(|(name, _)| name == "set-cookie") {
            assert!(line.contains("; Path=/desk; ") && line.ends_with("; HttpOnly; SameSite=Strict; Secure"), "{line}");
            let (name, value) = line.split(';').next().unwrap().split_once('=').unwrap();
            if line.contains("Max-Age=0;") {
                self.cookies.remove(name);
            } else {
                self.cookies.insert(name.into(), value.into());
            }
        }
        page
    }

    pub(crate) fn get(&mut self, target: &str) -> Page {
        self.send("GET", target, &[], "")
    }

    pub(crate) fn post(&mut self, target: &str, fields: &[(&str, &str)]) -> Page {
        let mut body = Vec::new();
        for (name, value) in fields {
            form::encode(&mut body, name.as_bytes(), form::Escapes::Form);
            body.push(b'=');
            form::encode(&mut body, value.as_bytes(), form::Escapes::Form);
            body.push(b'&');
        }
        self.send("POST", target, &body, "application/x-www-form-urlencoded")
    }

    pub(crate) fn post_photo(&mut self, proof: &str, photo: &[u8]) -> Page {
        let mut body = format!("--b\r\nContent-Disposition: form-data; name=\"proof\"\r\n\r\n{proof}\r\n").into_bytes();
        body.extend_from_slice(b"--b\r\nContent-Disposition: form-data; name=\"camera\"; filename=\"me.jpg\"\r\n\r\n");
        body.extend_from_slice(photo);
        body.extend_from_slice(b"\r\n--b--\r\n");
        self.send("POST", "/desk/details", &body, "multipart/form-data; boundary=b")
    }

    /// A form is answered with the way to the page; the page.
    pub(crate) fn follow(&mut self, answer: &Page) -> Page {
        assert_eq!((answer.status, answer.header("location")), (303, "./"), "{}", answer.text);
        self.get("/desk/")
    }

    /// Opens a link and takes the seat: the consent.
    pub(crate) fn sit(&mut self, link: &str) -> Page {
        let landing = self.get(link);
        assert_eq!(landing.status, 200, "{}", landing.text);
        let begun = self.post(link, &[("proof", landing.proof())]);
        self.follow(&begun)
    }

    /// Opens a link, takes the seat and agrees: the form for details.
    pub(crate) fn agree(&mut self, link: &str) -> Page {
        let consent = self.sit(link);
        self.consent(&consent)
    }

    pub(crate) fn consent(&mut self, consent: &Page) -> Page {
        let version = consent.between("name=\"version\" value=\"", "\"").to_owned();
        let fields = [("proof", consent.proof()), ("version", &version), ("agree", "yes"), ("agree-photo", "yes")];
        let agreed = self.post("/desk/consent", &fields);
        self.follow(&agreed)
    }

    pub(crate) fn details(&mut self, proof: &str, name: &str, number: &str) -> Page {
        self.post("/desk/details", &[("proof", proof), ("name", name), ("number", number)])
    }
}

pub(crate) fn face(face: &[u8]) -> Vec<u8> {
    use base64::Engine as _;
    base64::engine::general_purpose::STANDARD.decode(photo(face)).unwrap()
}

/// The parameters of a way back, their signature proven with the platform's key.
pub(crate) fn proven(address: &str) -> BTreeMap<String, String> {
    let text = |bytes: &[u8]| String::from_utf8(bytes.to_vec()).unwrap();
    let query = address.split_once('?').unwrap().1;
    let pairs: BTreeMap<_, _> =
        form::fields(query.as_bytes()).map(|field| (text(&field.name), text(&field.value))).collect();
    let own = ["o", "sign", "sign_type"];
    let signed: Vec<_> =
        pairs.iter().filter(|(name, _)| !own.contains(&name.as_str())).map(|(n, v)| format!("{n}={v}")).collect();
    let digest = aws_lc_rs::digest::digest(&aws_lc_rs::digest::SHA256, signed.join("&").as_bytes());
    let given = signature::signature(pairs["sign"].as_bytes()).unwrap();
    assert!(platform_key().verifies(Algorithm::Rsa2, &digest, &given), "{address}");
    pairs
}

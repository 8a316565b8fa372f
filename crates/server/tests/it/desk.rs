//! The hosted desk as a person's browser meets it: from the caller's redirect to the way back, and everything that must
//! not get through.

use std::{collections::BTreeMap, io::Write as _, net::IpAddr, sync::Arc, time::Instant};

use http::{HeaderMap, HeaderName, HeaderValue, header};
use proptest::{
    prelude::*,
    test_runner::{Config, TestRunner},
};
use serde_json::json;
use shiming_core::{
    Asking, Caller, CallerState, Callers, Score, SessionKey, Sessions, SourceId, Verdict,
    redeem::{Person, Session, State, Step},
};
use shiming_identity::PersonName;
use shiming_server::{
    Answer, Call,
    desk::{AcceptanceDesk, NAME as DESK, Peers, Rate, Settings},
    doors::{Door, Head, IntakeRefusal, alipay, alipay_gateway},
};
use shiming_wire::{
    alipay::{form, keys::Algorithm, signature},
    request::Request,
};

use crate::{
    alipay_bench::{AlipayBench, App, Engine, NO_FACE, OTHER_FACE, SAME_FACE, Sent, photo, platform_key, vector},
    bench::{Bench, DOWN_ID, ID, NAME, NOBODY, resident},
    running::{Running, long, read_all},
};

/// A rate that nobody reaches.
const ENDLESS: Rate = Rate { burst: u32::MAX, every: std::time::Duration::from_millis(1) };

const APP: &str = "2021009900000009";
const SERVICE: &str = "2019000000000000000000000000";
const SIGN: &str = "zhima.credit.payafteruse.creditagreement.sign";
const INITIALIZE: &str = "zhima.customer.certification.initialize";
const CERTIFY: &str = "zhima.customer.certification.certify";
const QUERY: &str = "zhima.customer.certification.query";
const JOBWORTH_QUERY: &str = "zhima.customer.jobworth.authentication.query";

struct Desk {
    bench: AlipayBench,
    door: Arc<AcceptanceDesk>,
}

/// One browser and its cookies.
#[derive(Clone)]
struct Browser<'d> {
    desk: &'d Desk,
    cookies: BTreeMap<String, String>,
    headers: Vec<(&'static str, String)>,
    peer: Option<IpAddr>,
}

/// What a browser was given.
#[derive(Clone, Debug)]
struct Page {
    status: u16,
    headers: Vec<(String, String)>,
    text: String,
    word: &'static str,
}

impl Page {
    fn of(answer: &Answer) -> Self {
        assert_eq!(answer.outcome.door, DESK);
        let headers = answer.headers.iter();
        Self {
            status: answer.status.as_u16(),
            headers: headers.map(|(name, value)| (name.to_string(), value.to_str().unwrap().to_owned())).collect(),
            text: String::from_utf8(answer.body.to_vec()).unwrap(),
            word: answer.outcome.word,
        }
    }

    fn header(&self, name: &str) -> &str {
        self.headers.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str()).unwrap_or_default()
    }

    fn between(&self, before: &str, after: &str) -> &str {
        let (_, rest) = self.text.split_once(before).unwrap_or_else(|| panic!("no {before}: {}", self.text));
        rest.split_once(after).unwrap().0
    }

    fn proof(&self) -> &str {
        self.between("name=\"proof\" value=\"", "\"")
    }

    /// The merchant's address on the page, as a browser would follow it.
    fn way_back(&self) -> String {
        let start = self.text.find("href=\"https://m.test").unwrap_or_else(|| panic!("no way back: {}", self.text));
        self.text[start + 6..].split_once('"').unwrap().0.replace("&amp;", "&")
    }

    fn title(&self) -> &str {
        self.between("<title>", "</title>")
    }
}

impl Desk {
    fn new() -> Self {
        Self::with(Settings::default(), Engine::Faces)
    }

    fn with(settings: Settings, engine: Engine) -> Self {
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

    fn app() -> App {
        App { id: APP, ..App::new() }
    }

    /// What the intake does with a request: its head is looked at before its body is.
    async fn taken_in(&self, request: Request<'_>, peer: Option<IpAddr>) -> Answer {
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
    fn ahead(&self, browser: &Browser<'_>, method: &str, target: &str) -> Result<usize, &'static str> {
        let headers = browser.head();
        let head = Head { method, target, headers: &headers };
        wait(self.door.before_body(head, browser.peer).unwrap()).map_err(|answer| answer.outcome.word)
    }

    fn browser(&self) -> Browser<'_> {
        Browser {
            desk: self,
            cookies: BTreeMap::new(),
            headers: vec![("sec-fetch-site", "same-origin".into())],
            peer: None,
        }
    }

    /// The link to which a caller sends a person's browser.
    fn link(&self, method: &str, content: &str, more: &[(&str, &str)]) -> String {
        let mut sent = self.bench.signed_with(&Self::app(), method, content, more);
        sent.headers.insert(header::ACCEPT, "text/html,application/xhtml+xml".parse().unwrap());
        let seen = self.bench.send(&sent);
        assert_eq!(seen.status, 302, "{}", seen.text);
        seen.headers["location"].clone()
    }

    /// Begins a certification of somebody. The link, and the session's key.
    fn certification(&self, name: &str, number: &str) -> (String, SessionKey) {
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
    fn jobworth(&self, token: &str, agreement: &str) -> (String, SessionKey) {
        let extra = json!({ "onceToken": token, "identityType": "04", "queryType": "exact" });
        let content = json!({
            "out_agreement_no": agreement, "zm_service_id": SERVICE, "extra_param": extra.to_string(),
            "return_back_link": "https://m.test/done", "cancel_back_link": "https://m.test/cancelled",
        });
        (self.link(SIGN, &content.to_string(), &[]), key("jobworth", token))
    }

    fn session(&self, key: &SessionKey) -> Session {
        wait(self.bench.store.sessions().find(key)).unwrap().unwrap().session
    }

    fn person(&self, key: &SessionKey) -> Option<Person> {
        wait(self.bench.store.sessions().person(key)).unwrap()
    }

    /// What the merchant is told of an authentication.
    fn told(&self, token: &str, agreement: &str) -> String {
        let content = json!({
            "conn_key": agreement, "once_token": token, "query_type": "exact", "identity_type": "04", "service_id": SERVICE,
        });
        let node = self.bench.call(&Self::app(), JOBWORTH_QUERY, &content.to_string()).node;
        let told = ["identity_result", "sub_code"].iter().find_map(|name| node[*name].as_str());
        told.unwrap_or_default().to_owned()
    }

    /// One turn of what the desk does by itself.
    fn look_after(&self) {
        let turn = shiming_server::desk::look_after(Arc::clone(&self.bench.tools));
        wait(async { tokio::time::timeout(std::time::Duration::from_millis(500), turn).await }).unwrap_err();
    }

    fn operator_decides(&self, key: &SessionKey, verdict: Verdict) {
        let asking =
            Asking { door: "test", caller: APP, operation: "decide", request_id: "R", arrived: Instant::now() };
        wait(self.bench.tools.redeemer.decide(asking, key, verdict, SourceId::from("operator"))).unwrap();
    }
}

fn key(kind: &str, handle: &str) -> SessionKey {
    SessionKey { door: alipay::NAME.into(), caller: APP.into(), kind: kind.into(), handle: handle.into() }
}

fn wait<T>(future: impl Future<Output = T>) -> T {
    tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap().block_on(future)
}

impl Browser<'_> {
    fn with(&self, name: &'static str, value: &str) -> Self {
        let mut other = self.clone();
        other.headers.retain(|(known, _)| *known != name);
        other.headers.push((name, value.into()));
        other
    }

    fn head(&self) -> HeaderMap {
        let mut headers = HeaderMap::new();
        for (name, value) in &self.headers {
            headers.insert(HeaderName::from_static(name), HeaderValue::from_str(value).unwrap());
        }
        let cookies: Vec<_> = self.cookies.iter().map(|(name, value)| format!("{name}={value}")).collect();
        headers.insert(header::COOKIE, cookies.join("; ").parse().unwrap());
        headers
    }

    fn send(&mut self, method: &str, target: &str, body: &[u8], content_type: &str) -> Page {
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

    fn get(&mut self, target: &str) -> Page {
        self.send("GET", target, &[], "")
    }

    fn post(&mut self, target: &str, fields: &[(&str, &str)]) -> Page {
        let mut body = Vec::new();
        for (name, value) in fields {
            form::encode(&mut body, name.as_bytes(), form::Escapes::Form);
            body.push(b'=');
            form::encode(&mut body, value.as_bytes(), form::Escapes::Form);
            body.push(b'&');
        }
        self.send("POST", target, &body, "application/x-www-form-urlencoded")
    }

    fn post_photo(&mut self, proof: &str, photo: &[u8]) -> Page {
        let mut body = format!("--b\r\nContent-Disposition: form-data; name=\"proof\"\r\n\r\n{proof}\r\n").into_bytes();
        body.extend_from_slice(b"--b\r\nContent-Disposition: form-data; name=\"camera\"; filename=\"me.jpg\"\r\n\r\n");
        body.extend_from_slice(photo);
        body.extend_from_slice(b"\r\n--b--\r\n");
        self.send("POST", "/desk/details", &body, "multipart/form-data; boundary=b")
    }

    /// A form is answered with the way to the page; the page.
    fn follow(&mut self, answer: &Page) -> Page {
        assert_eq!((answer.status, answer.header("location")), (303, "./"), "{}", answer.text);
        self.get("/desk/")
    }

    /// Opens a link and takes the seat: the consent.
    fn sit(&mut self, link: &str) -> Page {
        let landing = self.get(link);
        assert_eq!(landing.status, 200, "{}", landing.text);
        let begun = self.post(link, &[("proof", landing.proof())]);
        self.follow(&begun)
    }

    /// Opens a link, takes the seat and agrees: the form for details.
    fn agree(&mut self, link: &str) -> Page {
        let consent = self.sit(link);
        self.consent(&consent)
    }

    fn consent(&mut self, consent: &Page) -> Page {
        let version = consent.between("name=\"version\" value=\"", "\"").to_owned();
        let fields = [("proof", consent.proof()), ("version", &version), ("agree", "yes"), ("agree-photo", "yes")];
        let agreed = self.post("/desk/consent", &fields);
        self.follow(&agreed)
    }

    fn details(&mut self, proof: &str, name: &str, number: &str) -> Page {
        self.post("/desk/details", &[("proof", proof), ("name", name), ("number", number)])
    }
}

fn face(face: &[u8]) -> Vec<u8> {
    use base64::Engine as _;
    base64::engine::general_purpose::STANDARD.decode(photo(face)).unwrap()
}

/// The parameters of a way back, their signature proven with the platform's key.
fn proven(address: &str) -> BTreeMap<String, String> {
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

#[test]
fn a_certification_goes_from_the_link_to_the_result_and_back() {
    let desk = Desk::new();
    let (link, key) = desk.certification(NAME, ID);
    let mut browser = desk.browser();
    let landing = browser.get(&link);
    assert!(landing.text.contains("样例商户 &lt;b&gt;") && !landing.text.contains("<b>"), "{}", landing.text);
    let form = browser.agree(&link);
    assert!(form.text.contains("样**") && !form.text.contains(NAME) && !form.text.contains(ID), "{}", form.text);
    assert!(!form.text.contains("name=\"number\""), "what the caller has said is not asked again");
    let consent = desk.session(&key).consent.unwrap();
    assert_eq!((consent.version.as_str(), consent.at), ("2026-11-26 zh-CN +photo", desk.bench.now()));

    let sent = browser.post_photo(form.proof(), &face(SAME_FACE));
    let result = browser.follow(&sent);
    assert!(result.title().starts_with("核验通过"), "{}", result.text);
    assert_eq!(desk.person(&key), None, "nothing of the person is kept after the decision");
    let told = proven(&result.way_back());
    assert_eq!(
        (told["passed"].as_str(), told["failed_reason"].as_str(), told["o"].as_str()),
        ("true", "认证完成", "1")
    );
    assert_eq!((told["biz_no"].as_str(), told["app_id"].as_str()), (key.handle.as_str(), APP));
    let query = desk.bench.call(&Desk::app(), QUERY, &json!({ "biz_no": key.handle }).to_string());
    assert_eq!(query.said(), "true 认证完成");
    assert_eq!(desk.bench.entries(), 1, "the verdict; a certification's result may be read");
}

#[test]
fn a_teacher_is_known_by_name_and_number_and_an_operators_word() {
    let desk = Desk::new();
    let (link, key) = desk.jobworth("token-1", "agreement-1");
    assert_eq!(desk.told("token-1", "agreement-1"), "USER_NOT_AUTHORIZE");
    let mut browser = desk.browser();
    let consent = browser.sit(&link);
    assert!(consent.text.contains("教师") && !consent.text.contains("agree-photo"), "{}", consent.text);
    let form = browser.agree(&desk.jobworth("token-1", "agreement-1").0);
    assert!(!form.text.contains("type=\"file\"") && !form.text.contains("<script"), "{}", form.text);
    assert_eq!(desk.told("token-1", "agreement-1"), "WAITING_VERIFY");

    let sent = browser.details(form.proof(), NAME, ID);
    let waiting = browser.follow(&sent);
    assert!(
        waiting.title().starts_with("正在核验") && waiting.text.contains("http-equiv=\"refresh\""),
        "{}",
        waiting.text
    );
    assert_eq!(proven(&waiting.way_back())["token_status"], "PROCESSING");
    assert_eq!(desk.session(&key).state, State::Verifying, "a match alone makes no teacher");
    assert_eq!(desk.told("token-1", "agreement-1"), "WAITING_VERIFY");

    desk.operator_decides(&key, Verdict::Match);
    let result = browser.get("/desk/");
    assert!(result.title().starts_with("核验通过"), "{}", result.text);
    let told = proven(&result.way_back());
    assert_eq!((told["token_status"].as_str(), told["out_agreement_no"].as_str()), ("FINISH", "agreement-1"));
    assert!(!told.contains_key("identity_result"), "the result is for the query that spends the token");
    assert_eq!(desk.told("token-1", "agreement-1"), "SUCCESS");
    assert_eq!(desk.told("token-1", "agreement-1"), "TOKEN_INVALID");
    assert!(browser.get("/desk/").title().starts_with("核验通过"), "the person may look again");
}

#[test]
fn who_does_not_match_has_not_passed() {
    let desk = Desk::new();
    for (name, number, token) in [("样例乙", ID, "t-1"), (NAME, NOBODY, "t-2")] {
        let (link, key) = desk.jobworth(token, token);
        let mut browser = desk.browser();
        let form = browser.agree(&link);
        let sent = browser.details(form.proof(), name, number);
        let result = browser.follow(&sent);
        assert!(result.title().starts_with("核验未通过"), "{}", result.text);
        assert_eq!(desk.person(&key), None);
        assert_eq!(desk.told(token, token), "FAILED");
    }
    let (link, _) = desk.certification(NAME, ID);
    let mut browser = desk.browser();
    let form = browser.agree(&link);
    let sent = browser.post_photo(form.proof(), &face(OTHER_FACE));
    let told = proven(&browser.follow(&sent).way_back());
    assert_eq!((told["passed"].as_str(), told["failed_reason"].as_str()), ("false", "身份信息与照片不一致"));
}

#[test]
fn looking_at_a_link_uses_nothing_up_and_the_button_does() {
    let desk = Desk::new();
    let (link, _) = desk.jobworth("t", "a");
    for _ in 0..3 {
        assert_eq!(desk.browser().get(&link).status, 200);
    }
    let (mut first, mut second) = (desk.browser(), desk.browser());
    let shown = second.get(&link);
    first.sit(&link);
    for page in [second.post(&link, &[("proof", shown.proof())]), second.get(&link), second.get("/desk/")] {
        assert!([403, 404].contains(&page.status) && !page.text.contains("href=\"./\""), "{}", page.text);
    }
    let used = first.get(&link);
    assert_eq!((used.status, used.word), (404, "no_link"));
    assert!(used.text.contains("href=\"./\""), "who sits here may go on");
}

#[test]
fn a_new_link_takes_the_seat_from_whoever_had_it() {
    let desk = Desk::new();
    let (mut first, mut second) = (desk.browser(), desk.browser());
    let old = first.agree(&desk.jobworth("t", "a").0);
    let form = second.sit(&desk.jobworth("t", "a").0);
    assert!(form.title().starts_with("填写"), "the consent stays given: {}", form.text);
    assert_eq!(first.get("/desk/").word, "no_seat");
    assert_eq!(first.details(old.proof(), NAME, ID).word, "no_seat");
}

#[test]
fn unknown_and_unseated_visitors_are_told_what_to_do() {
    let desk = Desk::new();
    let mut browser = desk.browser();
    let unknown = format!("/desk/{}", "A".repeat(43));
    for (page, status, word) in [
        (browser.get(&unknown), 404, "no_link"),
        (browser.post(&unknown, &[]), 403, "no_seat"),
        (browser.get("/desk/"), 403, "no_seat"),
        (browser.post("/desk/consent", &[]), 403, "no_seat"),
        (browser.post("/desk/details", &[]), 403, "no_seat"),
        (browser.get("/desk/elsewhere"), 404, "no_such_page"),
        (browser.get("/desk/../gateway.do"), 404, "no_such_page"),
        (browser.send("PUT", "/desk/", &[], ""), 405, "wrong_method"),
    ] {
        assert_eq!((page.status, page.word), (status, word), "{}", page.text);
        assert!(page.text.contains("<h1>") && page.text.contains("lang=\"zh-CN\""), "{}", page.text);
    }
    assert_eq!(browser.get("/desk").header("location"), "desk/");
    assert_eq!(browser.get("/desk/details").header("location"), "./");
}

#[test]
fn what_is_too_late_says_so() {
    let desk = Desk::new();
    let (link, _) = desk.jobworth("t-1", "a");
    let (fresh, key) = desk.jobworth("t-2", "a");
    let mut browser = desk.browser();
    let form = browser.agree(&fresh);
    desk.bench.turn_clock(24 * 60 * 60);
    assert_eq!((browser.clone().get(&link).status, browser.clone().get(&link).word), (410, "expired"));
    let answer = browser.details(form.proof(), NAME, ID);
    let page = browser.follow(&answer);
    assert!(page.title().starts_with("已过期"), "{}", page.text);
    assert_eq!(desk.session(&key).state_at(desk.bench.now()), State::Expired);
    assert_eq!(desk.bench.entries(), 0);
}

#[test]
fn a_form_that_is_not_our_own_changes_nothing() {
    let desk = Desk::new();
    let (link, key) = desk.jobworth("t", "a");
    let mut browser = desk.browser();
    let landing = browser.get(&link);
    let others_proof = desk.browser().get(&link).proof().to_owned();

    // Somebody else's page puts this browser at a desk of their own.
    for (mut visitor, proof) in [
        (desk.browser(), landing.proof()),
        (browser.clone(), others_proof.as_str()),
        (browser.clone(), ""),
        (browser.with("sec-fetch-site", "cross-site"), landing.proof()),
        (browser.with("sec-fetch-site", "same-site"), landing.proof()),
    ] {
        assert_eq!(visitor.post(&link, &[("proof", proof)]).status, 403);
    }
    let consent = browser.sit(&link);
    let proof = consent.proof().to_owned();
    let mut old = browser.clone();
    old.headers.clear();
    for mut visitor in [
        browser.with("sec-fetch-site", "cross-site"),
        browser.with("sec-fetch-site", "none"),
        old.with("origin", "https://evil.test"),
    ] {
        for path in ["/desk/consent", "/desk/decline", "/desk/details"] {
            let fields = [("proof", proof.as_str()), ("version", "2026-11-26 zh-CN"), ("agree", "yes"), ("name", NAME)];
            assert_eq!(visitor.post(path, &fields).word, "not_ours", "{path}");
        }
    }
    for wrong in ["", "0", &proof[1..], landing.proof()] {
        assert_eq!(browser.post("/desk/decline", &[("proof", wrong)]).word, "not_ours");
    }
    assert_eq!((desk.session(&key).state, desk.session(&key).version), (State::Created, 1));
    // A browser that does not say where its request comes from has the proof alone.
    assert_eq!(old.with("origin", "null").post("/desk/decline", &[("proof", &proof)]).word, "declined");
}

#[test]
fn without_every_box_ticked_nobody_has_agreed() {
    let desk = Desk::new();
    let (link, key) = desk.certification(NAME, ID);
    let mut browser = desk.browser();
    let consent = browser.sit(&link);
    let (proof, version) = (consent.proof(), ("version", "2026-11-26 zh-CN"));
    for fields in [
        vec![version],
        vec![version, ("agree", "yes")],
        vec![version, ("agree-photo", "yes")],
        vec![("version", "2020-01 zh-CN"), ("agree", "yes"), ("agree-photo", "yes")],
    ] {
        let page = browser.post("/desk/consent", &[&[("proof", proof)], fields.as_slice()].concat());
        assert_eq!(page.status, 422);
        assert!(page.title().starts_with("请更正") && page.text.contains("role=\"alert\""), "{}", page.text);
        assert_eq!(desk.session(&key).state, State::Created);
    }
}

#[test]
fn who_declines_goes_back_and_nothing_of_theirs_is_used() {
    let desk = Desk::new();
    let (link, key) = desk.jobworth("t", "a");
    let mut browser = desk.browser();
    let consent = browser.sit(&link);
    let declined = browser.post("/desk/decline", &[("proof", consent.proof())]);
    let page = browser.follow(&declined);
    assert!(page.title().starts_with("已取消"), "{}", page.text);
    assert!(page.way_back().starts_with("https://m.test/cancelled?"), "{}", page.way_back());
    assert_eq!(desk.session(&key).state, State::Expired);
    assert_eq!(desk.told("t", "a"), "TOKEN_INVALID");

    let (link, _) = desk.certification(NAME, ID);
    let consent = browser.sit(&link);
    let declined = browser.post("/desk/decline", &[("proof", consent.proof())]);
    let told = proven(&browser.follow(&declined).way_back());
    assert_eq!((told["passed"].as_str(), told["failed_reason"].as_str()), ("false", "用户取消认证"));
}

#[test]
fn consent_can_be_withdrawn_until_somebody_has_decided_and_what_was_given_is_erased() {
    let desk = Desk::new();
    let (link, key) = desk.jobworth("t", "a");
    let mut browser = desk.browser();
    let form = browser.agree(&link);
    assert!(form.text.contains("撤回同意"), "{}", form.text);
    let sent = browser.details(form.proof(), NAME, ID);
    let waiting = browser.follow(&sent);
    assert!(waiting.text.contains("撤回同意") && desk.person(&key).is_some(), "{}", waiting.text);
    assert_eq!(browser.post("/desk/decline", &[("proof", waiting.proof())]).word, "withdrawn");
    assert_eq!((desk.session(&key).state, desk.person(&key)), (State::Expired, None));

    let (link, key) = desk.jobworth("t2", "a2");
    let form = browser.agree(&link);
    let withdrawn = browser.post("/desk/decline", &[("proof", form.proof())]);
    assert_eq!(withdrawn.word, "withdrawn");
    let page = browser.follow(&withdrawn);
    assert!(page.title().starts_with("已取消") && page.text.contains("您撤回了同意"), "{}", page.text);
    let session = desk.session(&key);
    assert_eq!((session.state, session.consent.is_some()), (State::Expired, true));
    assert_eq!(desk.told("t2", "a2"), "TOKEN_INVALID");
}

#[test]
fn every_slip_is_named_beside_its_field_and_what_was_typed_stays() {
    let desk = Desk::new();
    let (link, key) = desk.jobworth("t", "a");
    let mut browser = desk.browser();
    let form = browser.agree(&link);
    for (name, number, field, words) in [
        ("", ID, "name", "请填写姓名"),
        (NAME, "", "number", "请填写公民身份号码"),
        (NAME, "110101190001010015", "number", "逐位核对"),
        (NAME, "1101011900010100", "number", "应为 18 位"),
        (NAME, "110101190013010014", "number", "不是有效"),
        ("\"><script>alert(1)</script>", "110101190001010015", "number", "逐位核对"),
    ] {
        let page = browser.details(form.proof(), name, number);
        assert_eq!(page.status, 422, "{name}");
        let beside = page.between(&format!("id=\"{field}-wrong\">"), "<");
        assert!(beside.contains(words), "{beside}");
        assert!(page.text.contains(&format!("aria-describedby=\"{field}-hint {field}-wrong\"")), "{}", page.text);
        assert!(!page.text.contains("<script>"), "{}", page.text);
        assert!(page.text.contains(&format!("value=\"{number}\"")));
    }
    assert_eq!(desk.session(&key).state, State::Authorized);
    let sent = browser.details(form.proof(), &format!(" {NAME} "), "110101 19000101 0014");
    assert_eq!(sent.status, 303);
}

#[test]
fn a_photo_is_looked_at_before_it_is_taken() {
    let settings = Settings { photo_limit: 1 << 20, ..Settings::default() };
    let desk = Desk::with(settings, Engine::Faces);
    let (link, key) = desk.certification(NAME, ID);
    let mut browser = desk.browser();
    let form = browser.agree(&link);
    let proof = form.proof();
    let tiny = [b"\x89PNG\r\n\x1a\n\0\0\0\x0dIHDR\0\0\0\x09\0\0\0\x09".as_slice(), &[0; 64]].concat();
    let mut large = face(SAME_FACE);
    large.resize((1 << 20) + 1, 0);
    for (photo, status, words) in [
        (b"".as_slice(), 422, "请拍摄或选择"),
        (b"GIF89a, or anything", 422, "不是 JPEG 或 PNG"),
        (&tiny, 422, "尺寸不合适"),
        (&large, 413, "照片过大"),
    ] {
        let page = browser.post_photo(proof, photo);
        assert_eq!(page.status, status);
        assert!(page.text.contains(words), "{}", page.text);
    }
    assert_eq!(browser.post("/desk/details", &[("proof", proof)]).status, 422, "a form without a place for a photo");
    assert_eq!((desk.session(&key).state, desk.bench.entries()), (State::Authorized, 0));

    let headers = HeaderMap::new();
    let head = Head { method: "POST", target: "/desk/details", headers: &headers };
    assert_eq!(desk.door.body_limit(), (1 << 20) + (64 << 10));
    for (why, status) in
        [(IntakeRefusal::BodyTooLarge, 413), (IntakeRefusal::BodyTooSlow, 400), (IntakeRefusal::BodyBroken, 400)]
    {
        let page = Page::of(&desk.door.refuse(head, why));
        assert_eq!(page.status, status);
        assert!(page.text.contains("href=\"./\""));
    }
}

#[test]
fn a_photo_in_which_nobody_can_be_recognised_may_be_given_again() {
    let desk = Desk::new();
    let (link, key) = desk.certification(NAME, ID);
    let mut browser = desk.browser();
    let form = browser.agree(&link);
    let sent = browser.post_photo(form.proof(), &face(NO_FACE));
    let again = browser.follow(&sent);
    assert!(again.text.contains("无法识别人脸"), "{}", again.text);
    assert_eq!(desk.session(&key).state, State::Verifying);
    let sent = browser.post_photo(again.proof(), &face(SAME_FACE));
    assert!(browser.follow(&sent).title().starts_with("核验通过"));
}

#[test]
fn what_a_face_engine_decides_at_the_desk_has_its_score_in_the_ledger_and_in_no_answer() {
    let desk = Desk::new();
    let mut decided = Vec::new();
    for sent in [SAME_FACE, OTHER_FACE, NO_FACE] {
        let (link, key) = desk.certification(NAME, ID);
        let mut browser = desk.browser();
        let form = browser.agree(&link);
        let result = browser.post_photo(form.proof(), &face(sent));
        let result = browser.follow(&result);
        let told = desk.bench.call(&Desk::app(), QUERY, &json!({ "biz_no": key.handle }).to_string());
        assert!(!result.text.contains("100.00") && !told.text.contains("score"), "{}", told.text);
        desk.bench.turn_clock(60);
    }
    let each = |entry: shiming_store::ExportedEntry| {
        let score = entry.entry.ruling.score().map(Score::hundredths);
        decided.push((entry.entry.ruling.word(), score));
        true
    };
    desk.bench.store.ledger().export(&shiming_store::Filter::default(), each).unwrap();
    assert_eq!(decided, [("match", Some(10_000)), ("mismatch", Some(0)), ("portrait_no_face", None)]);
}

#[test]
fn without_a_face_engine_an_operator_decides_and_the_photo_goes() {
    let desk = Desk::with(Settings::default(), Engine::None);
    let (link, key) = desk.certification(NAME, ID);
    let mut browser = desk.browser();
    let form = browser.agree(&link);
    let sent = browser.post_photo(form.proof(), &face(SAME_FACE));
    let waiting = browser.follow(&sent);
    assert!(waiting.text.contains("人员审核"), "{}", waiting.text);
    let told = proven(&waiting.way_back());
    assert_eq!((told["passed"].as_str(), told["failed_reason"].as_str()), ("false", "认证未完成"));
    assert!(desk.session(&key).awaits_operator() && desk.person(&key).unwrap().portrait.is_some());
    desk.operator_decides(&key, Verdict::NoRecord);
    assert!(browser.get("/desk/").title().starts_with("核验未通过"));
    desk.look_after();
    assert_eq!(desk.person(&key), None);
}

#[test]
fn a_source_that_is_down_is_asked_again_and_not_too_soon() {
    let desk = Desk::new();
    let (link, key) = desk.jobworth("t", "a");
    let mut browser = desk.browser();
    let form = browser.agree(&link);
    let sent = browser.details(form.proof(), NAME, DOWN_ID);
    let waiting = browser.follow(&sent);
    assert!(waiting.text.contains("暂时无法查询"), "{}", waiting.text);
    browser.get("/desk/");
    assert_eq!(desk.bench.entries(), 1);
    desk.bench.turn_clock(10);
    browser.get("/desk/");
    assert_eq!(desk.bench.entries(), 2);
    assert_eq!(desk.session(&key).state, State::Verifying);
    // Whether or not anybody looks at the page.
    desk.look_after();
    assert_eq!(desk.bench.entries(), 2);
    desk.bench.turn_clock(11);
    desk.look_after();
    assert_eq!(desk.bench.entries(), 3);
}

#[test]
fn what_a_stop_came_upon_is_decided_later() {
    let desk = Desk::new();
    let tools = &desk.bench.tools;
    for (token, by_the_page) in [("t-1", true), ("t-2", false)] {
        let (link, key) = desk.jobworth(token, token);
        let mut browser = desk.browser();
        browser.agree(&link);
        let person = Person { id: resident(ID), name: PersonName::parse(NAME).unwrap().value, portrait: None };
        let submit = Step::Submit { subject: tools.redeemer.subject(ID), person: Box::new(person) };
        wait(desk.bench.store.sessions().step(key.clone(), submit, desk.bench.now())).unwrap().unwrap();
        assert_eq!(desk.session(&key).judged, None);
        if by_the_page {
            browser.get("/desk/");
        } else {
            desk.look_after();
        }
        assert_eq!(desk.session(&key).judged.unwrap().verdict, Verdict::Match, "{token}");
    }
}

#[test]
fn a_scenario_that_the_desk_cannot_carry_out_is_never_begun() {
    let desk = Desk::new();
    let identity =
        json!({ "identity_type": "CERT_INFO", "cert_type": "IDENTITY_CARD", "cert_name": NAME, "cert_no": ID });
    for biz_code in ["CERT_PHOTO", "CERT_PHOTO_FACE", "FACE_SDK"] {
        let content = json!({
            "transaction_id": "T", "product_code": "w1010100000000002978", "biz_code": biz_code, "identity_param": identity.to_string(),
        });
        let refused = desk.bench.call(&Desk::app(), INITIALIZE, &content.to_string());
        assert_eq!(refused.said(), "40004 UNSUPPORTED_BIZ_CODE", "{biz_code}");
    }
}

#[test]
fn an_agreement_is_one_persons() {
    let desk = Desk::new();
    let mut browser = desk.browser();
    let form = browser.agree(&desk.jobworth("t-1", "a").0);
    browser.details(form.proof(), NAME, ID);
    let form = browser.agree(&desk.jobworth("t-2", "a").0);
    let page = browser.details(form.proof(), NAME, NOBODY);
    assert_eq!(page.status, 422);
    assert!(page.between("id=\"number-wrong\">", "<").contains("本人不符"), "{}", page.text);
    wait(desk.bench.tools.redeemer.withdraw(alipay::NAME, APP, "a")).unwrap();
    assert_eq!(browser.details(form.proof(), NAME, ID).word, "withdrawn");
}

#[test]
fn of_many_submissions_at_once_exactly_one_is_taken() {
    let desk = Desk::new();
    let (link, key) = desk.jobworth("t", "a");
    let mut browser = desk.browser();
    let form = browser.agree(&link);
    let words: Vec<_> = std::thread::scope(|scope| {
        let sending: Vec<_> = (0..8)
            .map(|n| {
                let (mut browser, proof) = (browser.clone(), form.proof());
                scope.spawn(move || browser.details(proof, if n % 2 == 0 { NAME } else { "样例乙" }, ID).word)
            })
            .collect();
        sending.into_iter().map(|sending| sending.join().unwrap()).collect()
    });
    assert_eq!(words.iter().filter(|word| **word == "submitted").count(), 1, "{words:?}");
    assert!(words.iter().all(|word| ["submitted", "moved_on", "to_the_page"].contains(word)), "{words:?}");
    assert_eq!(desk.bench.entries(), 1);
    assert!([State::Verifying, State::Failed].contains(&desk.session(&key).state));
}

#[test]
fn of_many_browsers_with_one_link_exactly_one_sits_down() {
    let desk = Desk::new();
    let (link, _) = desk.jobworth("t", "a");
    let browsers: Vec<_> = (0..8)
        .map(|_| {
            let mut browser = desk.browser();
            let proof = browser.get(&link).proof().to_owned();
            (browser, proof)
        })
        .collect();
    let started = std::thread::scope(|scope| {
        let starting: Vec<_> = browsers
            .into_iter()
            .map(|(mut browser, proof)| {
                let link = &link;
                scope.spawn(move || browser.post(link, &[("proof", &proof)]).word == "started")
            })
            .collect();
        starting.into_iter().filter(|_| true).map(|one| one.join().unwrap()).filter(|started| *started).count()
    });
    assert_eq!(started, 1);
}

#[test]
fn who_comes_too_often_is_asked_to_wait() {
    let every = std::time::Duration::from_mins(1);
    let settings = Settings { per_session: Rate { burst: 2, every }, ..Settings::default() };
    let desk = Desk::with(settings, Engine::Faces);
    let mut browser = desk.browser();
    let form = browser.agree(&desk.jobworth("t", "a").0);
    for status in [422, 422, 429] {
        assert_eq!(browser.details(form.proof(), "", "").status, status);
    }
    desk.bench.turn_clock(60);
    assert_eq!(browser.details(form.proof(), NAME, ID).status, 303);

    let settings = Settings { per_peer: Rate { burst: 3, every }, peers: Peers::Forwarded, ..Settings::default() };
    let desk = Desk::with(settings, Engine::Faces);
    let from = |forwarded: &str| {
        let mut browser = desk.browser().with("x-forwarded-for", forwarded);
        browser.peer = Some([127, 0, 0, 1].into());
        browser.get("/desk/")
    };
    for status in [403, 403, 403, 429] {
        assert_eq!(from("198.51.100.7, 192.0.2.1").status, status);
    }
    assert_eq!(from("192.0.2.9, 192.0.2.1").header("retry-after"), "61", "only the nearest proxy's word counts");
    assert_eq!(from("192.0.2.2").status, 403);
}

#[test]
fn only_who_sits_here_and_is_asked_for_a_photo_may_send_one() {
    const FORM: Result<usize, &str> = Ok(64 << 10);
    let photo_limit = Settings::default().photo_limit;
    let desk = Desk::new();
    let (link, key) = desk.certification(NAME, ID);
    let mut browser = desk.browser();
    let details = |browser: &Browser<'_>| desk.ahead(browser, "POST", "/desk/details");
    assert_eq!((details(&browser), desk.ahead(&browser, "POST", "/desk/decline")), (Err("no_seat"), Err("no_seat")));
    assert_eq!(desk.ahead(&browser, "POST", &link), Err("no_seat"), "the invitation was not looked at");
    browser.get(&link);
    assert_eq!(desk.ahead(&browser, "POST", &link), FORM);
    assert_eq!(desk.ahead(&browser.with("sec-fetch-site", "cross-site"), "POST", &link), Err("not_ours"));
    browser.sit(&link);
    let mut second = desk.browser();
    second.cookies.insert("__Secure-desk-knock".into(), "k".repeat(43));
    assert_eq!(desk.ahead(&second, "POST", &link), Err("no_link"), "it is used up");
    assert_eq!((details(&browser), desk.ahead(&browser, "POST", "/desk/consent")), (Err("to_the_page"), FORM));
    let page = browser.get("/desk/");
    browser.consent(&page);
    assert_eq!(desk.session(&key).state, State::Authorized);
    assert_eq!(details(&browser), Ok(photo_limit + (64 << 10)));
    assert_eq!(details(&browser.with("sec-fetch-site", "cross-site")), Err("not_ours"));
    browser.cookies.insert("__Secure-desk-seat".into(), "s".repeat(43));
    assert_eq!(details(&browser), Err("no_seat"));
    for (method, target, expected) in [
        ("POST", "/desk/none", Err("no_such_page")),
        ("PUT", "/desk/details", Err("wrong_method")),
        ("GET", "/desk/", FORM),
    ] {
        assert_eq!(desk.ahead(&browser, method, target), expected, "{method} {target}");
    }

    // A session that asks for no photo takes none.
    let mut browser = desk.browser();
    browser.agree(&desk.jobworth("t", "a").0);
    assert_eq!(details(&browser), FORM);
}

#[test]
fn a_stranger_is_answered_before_a_byte_of_the_photo_is_read() {
    let desk = Desk::new();
    let door: Arc<dyn Door> = desk.door.clone();
    let running = Running::beside(vec![door], Bench::new(), long(), false);
    let mut stream = running.connect();
    let head = "POST /desk/details HTTP/1.1\r\nHost: x\r\nExpect: 100-continue\r\nContent-Length: 8000000\r\n\r\n";
    stream.write_all(head.as_bytes()).unwrap();
    let answer = read_all(&mut stream);
    assert!(answer.starts_with("HTTP/1.1 403 ") && answer.contains("connection: close"), "{answer}");
}

#[test]
fn what_is_refused_ahead_of_its_body_counts_as_well() {
    let every = std::time::Duration::from_mins(1);
    let desk = Desk::with(Settings { per_session: Rate { burst: 2, every }, ..Settings::default() }, Engine::Faces);
    let mut browser = desk.browser();
    browser.agree(&desk.certification(NAME, ID).0);
    let answers = [(); 3].map(|()| desk.ahead(&browser, "POST", "/desk/details").is_ok());
    assert_eq!(answers, [true, true, false], "so many photos of one session are on their way at once");

    let desk = Desk::with(Settings { per_peer: Rate { burst: 3, every }, ..Settings::default() }, Engine::Faces);
    let mut browser = desk.browser();
    browser.peer = Some([192, 0, 2, 1].into());
    let answers = [(); 4].map(|()| desk.ahead(&browser, "POST", "/desk/details"));
    assert_eq!(answers, [Err("no_seat"), Err("no_seat"), Err("no_seat"), Err("too_often")]);
}

#[test]
fn every_answer_is_guarded() {
    let desk = Desk::new();
    let (link, _) = desk.certification(NAME, ID);
    let mut browser = desk.browser();
    let landing = browser.get(&link);
    let form = browser.agree(&link);
    let style = format!("/desk/{}", form.between("<link rel=\"stylesheet\" href=\"", "\""));
    let script = format!("/desk/{}", form.between("<script src=\"", "\""));
    let (style, script) = (browser.get(&style), browser.get(&script));
    assert_eq!((style.header("content-type"), style.status), ("text/css; charset=utf-8", 200));
    assert_eq!((script.header("content-type"), script.status), ("text/javascript; charset=utf-8", 200));
    for asset in [&style, &script] {
        assert!(asset.header("cache-control").contains("immutable"));
        assert!(!asset.text.contains("http://") && !asset.text.contains("https://"), "nothing of third parties");
    }
    let pages = [
        landing,
        browser.details(form.proof(), "", ""),
        browser.post("/desk/details", &[]),
        browser.get("/desk/none"),
        browser.get(&link),
        browser.get("/desk/consent"),
        form,
    ];
    for page in pages.iter().chain([&style, &script]) {
        let policy = page.header("content-security-policy");
        assert!(policy.starts_with("default-src 'none'; ") && policy.contains("frame-ancestors 'none'"), "{policy}");
        assert!(!policy.contains("unsafe") && !policy.contains("http"), "{policy}");
        for (name, value) in [
            ("referrer-policy", "no-referrer"),
            ("x-content-type-options", "nosniff"),
            ("x-frame-options", "DENY"),
            ("cross-origin-opener-policy", "same-origin"),
        ] {
            assert_eq!(page.header(name), value, "{name}");
        }
    }
    for page in &pages {
        assert_eq!(page.header("cache-control"), "no-store");
        assert!(!page.text.contains("style=") && !page.text.contains("onclick") && !page.text.contains("<style"));
        let scripts = page.text.matches("<script").count();
        assert_eq!(scripts, page.text.matches("<script src=\"camera.").count(), "{}", page.text);
    }
}

#[test]
fn both_languages_are_spoken_and_the_switch_is_remembered() {
    let desk = Desk::new();
    let (link, key) = desk.jobworth("t", "a");
    let mut browser = desk.browser().with("accept-language", "en-GB,en;q=0.9,zh;q=0.1");
    let landing = browser.get(&link);
    assert!(
        landing.text.contains("lang=\"en\"") && landing.title().contains("verify your identity"),
        "{}",
        landing.text
    );
    assert!(browser.get(&format!("{link}?lang=zh-CN")).text.contains("<html lang=\"zh-CN\">"));
    let consent = browser.sit(&link);
    assert!(consent.text.contains("<html lang=\"zh-CN\">"), "the switch outweighs the browser");
    assert!(browser.get("/desk/?lang=en").text.contains("<html lang=\"en\">"));
    let consent = browser.get("/desk/");
    let fields = [("proof", consent.proof()), ("version", "2026-11-26 en"), ("agree", "yes")];
    let agreed = browser.post("/desk/consent", &fields);
    assert!(browser.follow(&agreed).text.contains("ID number"));
    assert_eq!(desk.session(&key).consent.unwrap().version, "2026-11-26 en");
}

#[test]
fn nothing_of_a_person_stands_in_an_address_or_in_the_log() {
    let logged = Arc::new(log::Log::default());
    let addresses = tracing::subscriber::with_default(Arc::clone(&logged), || {
        let desk = Desk::new();
        let mut browser = desk.browser();
        let mut addresses = Vec::new();
        for (number, token) in
            [(ID, "secret-token-1"), (DOWN_ID, "secret-token-2"), ("110101190001010015", "secret-token-3")]
        {
            let (link, _) = desk.jobworth(token, token);
            let form = browser.agree(&link);
            let sent = browser.details(form.proof(), NAME, number);
            addresses.push(sent.header("location").to_owned());
            let page = browser.get("/desk/");
            addresses.extend(page.text.split("href=\"").skip(1).map(|rest| rest.split('"').next().unwrap().to_owned()));
            logged.must_not_have(link.trim_start_matches("/desk/"));
        }
        for cookie in browser.cookies.values().filter(|value| value.len() > 10) {
            logged.must_not_have(cookie);
        }
        addresses
    });
    for address in &addresses {
        let decoded = String::from_utf8_lossy(&form::decode(address.as_bytes())).into_owned();
        assert!(![NAME, ID, DOWN_ID, "11010119"].iter().any(|value| decoded.contains(value)), "{address}");
    }
    assert!(logged.lines() > 0, "the source that is down is logged");
    for value in [NAME, ID, DOWN_ID, "11010119", "secret-token"] {
        logged.must_not_have(value);
    }
}

#[test]
fn whatever_is_sent_is_answered_with_a_guarded_page() {
    let desk = Desk::with(Settings { per_session: ENDLESS, per_peer: ENDLESS, ..Settings::default() }, Engine::Faces);
    let (link, key) = desk.jobworth("t", "a");
    let mut browser = desk.browser();
    let form = browser.agree(&link);
    let proof = form.proof().to_owned();
    let method = proptest::sample::select(vec!["GET", "HEAD", "POST", "PUT", "OPTIONS", "gét"]);
    let target = prop_oneof![
        Just("/desk/details".to_owned()),
        Just("/desk/consent".to_owned()),
        Just(link),
        "/desk/[a-zA-Z0-9_%?=&./-]{0,60}",
    ];
    let content_type =
        proptest::sample::select(vec!["", "text/plain", "multipart/form-data", "multipart/form-data; boundary=b"]);
    let part = format!("--b\r\nContent-Disposition: form-data; name=\"proof\"\r\n\r\n{proof}\r\n--b");
    let body = prop_oneof![
        proptest::collection::vec(any::<u8>(), 0..400),
        "(proof|name|number|agree|version|lang)=[ -~]{0,60}".prop_map(String::into_bytes),
        "[ -~\r\n]{0,200}".prop_map(move |rest| format!("proof={proof}&{rest}").into_bytes()),
        proptest::collection::vec(any::<u8>(), 0..200).prop_map(move |rest| [part.as_bytes(), &rest].concat()),
    ];
    let mut runner = TestRunner::new(Config { failure_persistence: None, ..Config::with_cases(512) });
    let sent = (method, target, content_type, body);
    runner
        .run(&sent, |(method, target, content_type, body)| {
            let page = browser.clone().send(method, &target, &body, content_type);
            prop_assert!([200, 303, 403, 404, 405, 422].contains(&page.status), "{} {}", page.status, page.word);
            prop_assert!(page.header("content-security-policy").starts_with("default-src 'none'"));
            Ok(())
        })
        .unwrap();
    assert_eq!(desk.session(&key).state, State::Authorized);
}

#[test]
fn a_call_to_another_door_is_not_the_desks() {
    let desk = Desk::new();
    let headers = HeaderMap::new();
    for (target, claimed) in [
        ("/desk", true),
        ("/desk/", true),
        ("/desk?x", true),
        ("http://id.test/desk/", true),
        ("/desks", false),
        ("/gateway.do?/desk/", false),
        ("/v3/desk/", false),
    ] {
        assert_eq!(desk.door.claims(Head { method: "GET", target, headers: &headers }), claimed, "{target}");
    }
    let _: Sent = desk.bench.signed(&Desk::app(), QUERY, "{}");
}

mod log {
    //! Everything that is logged, as text.

    use std::fmt::Debug;

    use parking_lot::Mutex;
    use tracing::{
        Event, Metadata, Subscriber,
        field::{Field, Visit},
        span::{Attributes, Id, Record},
    };

    #[derive(Default)]
    pub(super) struct Log(Mutex<Vec<String>>);

    impl Log {
        pub(super) fn must_not_have(&self, value: &str) {
            for line in self.0.lock().iter() {
                assert!(!line.contains(value), "{line}");
            }
        }

        pub(super) fn lines(&self) -> usize {
            self.0.lock().len()
        }
    }

    impl Visit for Log {
        fn record_debug(&mut self, field: &Field, value: &dyn Debug) {
            self.0.lock().push(format!("{}={value:?}", field.name()));
        }
    }

    impl Subscriber for Log {
        fn enabled(&self, _: &Metadata<'_>) -> bool {
            true
        }

        fn new_span(&self, _: &Attributes<'_>) -> Id {
            Id::from_u64(1)
        }

        fn record(&self, _: &Id, _: &Record<'_>) {}

        fn record_follows_from(&self, _: &Id, _: &Id) {}

        fn event(&self, event: &Event<'_>) {
            let mut fields = Self::default();
            event.record(&mut fields);
            self.0.lock().push(fields.0.into_inner().join(" "));
        }

        fn enter(&self, _: &Id) {}

        fn exit(&self, _: &Id) {}
    }
}

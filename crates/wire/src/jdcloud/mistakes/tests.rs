use aws_lc_rs::hmac;
use http::HeaderValue;

use super::*;
use crate::Secret;
use crate::jdcloud::canonical::{hex, text};
use crate::jdcloud::samples::{self, ACCESS_KEY, NONCE as SOME_NONCE, Owned, SECRET, vectors};
use crate::jdcloud::sign::{DATE, Manner, NONCE, TOKEN};

const OTHER_KEY: &str = "FAKEFAKEFAKEFAKEFAKEFAKEFAKE0002";
const OTHER_SECRET: &str = "fakefakefakefakefakefakefakes002";
/// The token that belongs to the access key in the requests that carry one.
const BOUND: &str = "token";

/// A client of its own making: every text it signs is written out here, apart from the code under test.
#[derive(Clone)]
struct Signer {
    method: String,
    path: String,
    query: String,
    lines: Vec<(String, String)>,
    empty_line: &'static str,
    list: String,
    payload: String,
    label: String,
    date: String,
    scope: String,
    hash: fn(&str) -> String,
    key: [String; 6],
    algorithm: String,
    credential: String,
    signed_headers: String,
    write: fn(&[u8]) -> String,
}

impl Signer {
    /// What a right client would sign for this request.
    fn of(request: &Owned) -> Self {
        let listed = ["content-type", "host", DATE, NONCE, TOKEN, "x-extra"];
        let lines: Vec<_> = listed
            .into_iter()
            .filter(|name| request.headers.contains_key(*name))
            .map(|name| (name.to_owned(), request.get(name)))
            .collect();
        let list = lines.iter().map(|line| line.0.clone()).collect::<Vec<_>>().join(";");
        let (path, query) = request.target.split_once('?').unwrap_or((&request.target, ""));
        let mut parts: Vec<_> = query.split('&').collect();
        parts.sort_unstable();
        let scope = "20261121/jdcloud-api/cloudauth/jdcloud2_request".to_owned();
        Self {
            method: request.method.clone(),
            path: path.replace(':', "%3A"),
            query: parts.join("&"),
            lines,
            empty_line: "\n",
            list: list.clone(),
            payload: sha256(&request.body),
            label: "JDCLOUD2-HMAC-SHA256".into(),
            date: request.get(DATE),
            scope: scope.clone(),
            hash: |text| sha256(text.as_bytes()),
            key: ["JDCLOUD2", SECRET, "20261121", "jdcloud-api", "cloudauth", "jdcloud2_request"].map(str::to_owned),
            algorithm: "JDCLOUD2-HMAC-SHA256".into(),
            credential: format!("{ACCESS_KEY}/{scope}"),
            signed_headers: list,
            write: |bytes| text(&hex(bytes)).to_owned(),
        }
    }

    fn line(&mut self, name: &str) -> &mut String {
        &mut self.lines.iter_mut().find(|line| line.0 == name).unwrap().1
    }

    fn sign(&self, request: &mut Owned) {
        let lines = self.lines.iter().map(|(name, value)| format!("{name}:{value}\n")).collect::<Vec<_>>().concat();
        let Self { method, path, query, empty_line, list, payload, label, date, scope, .. } = self;
        let canonical = format!("{method}\n{path}\n{query}\n{lines}{empty_line}{list}\n{payload}");
        let to_sign = format!("{label}\n{date}\n{scope}\n{}", (self.hash)(&canonical));
        let [prefix, secret, words @ ..] = &self.key;
        let mut key = format!("{prefix}{secret}").into_bytes();
        for word in words.iter().chain([&to_sign]) {
            key = hmac::sign(&hmac::Key::new(hmac::HMAC_SHA256, &key), word.as_bytes()).as_ref().to_vec();
        }
        let Self { algorithm, credential, signed_headers, .. } = self;
        let value = format!(
            "{algorithm} Credential={credential}, SignedHeaders={signed_headers}, Signature={}",
            (self.write)(&key)
        );
        request.headers.insert("authorization", HeaderValue::from_bytes(value.as_bytes()).unwrap());
    }
}

fn sha256(bytes: &[u8]) -> String {
    text(&sha256_hex(bytes)).to_owned()
}

fn base64(bytes: &[u8]) -> String {
    use base64::Engine as _;
    base64::engine::general_purpose::STANDARD.encode(bytes)
}

/// A signed POST, with a path and a query that have something to get wrong.
fn request() -> Owned {
    let mut request = samples::unsigned();
    request.target = "/v1/company:info?b=%3A&a=1".into();
    request.set(DATE, "20261121T201715Z");
    request.set(NONCE, SOME_NONCE);
    request
}

fn look(request: &Owned) -> Diagnosis {
    look_with(request, SECRET)
}

fn look_with(request: &Owned, registered: &str) -> Diagnosis {
    let (secret, other) = (Secret::new(registered), Secret::new(OTHER_SECRET));
    let bound = Secret::new(BOUND);
    let token = request.headers.contains_key(TOKEN).then_some(&bound);
    let candidates = [
        Candidate { access_key: OTHER_KEY, secret: &other, token: None },
        Candidate { access_key: ACCESS_KEY, secret: &secret, token },
    ];
    diagnose(&request.borrow(), &candidates, Some((samples::moment(), Window::FIFTEEN_MINUTES)))
}

/// What one mistake looks like: a request is made, then signed with the mistake, then perhaps changed on the way.
struct Case {
    slug: &'static str,
    before: fn(&mut Owned),
    mistake: fn(&mut Signer),
    after: fn(&mut Owned),
}

const fn case(slug: &'static str, mistake: fn(&mut Signer)) -> Case {
    Case { slug, before: |_| (), mistake, after: |_| () }
}

const fn on_the_way(slug: &'static str, after: fn(&mut Owned)) -> Case {
    Case { slug, before: |_| (), mistake: |_| (), after }
}

#[rustfmt::skip]
fn cases() -> Vec<Case> {
    vec![
        case("secret-stray-character", |it| it.key[1].push(' ')),
        case("secret-stray-character", |it| it.key[1].push('\n')),
        case("secret-stray-character", |it| it.key[1].push_str("\r\n")),
        case("secret-stray-character", |it| it.key[1].push('\t')),
        case("secret-stray-character", |it| it.key[1].insert(0, ' ')),
        case("secret-stray-character", |it| it.key[1].insert(0, '\u{feff}')),
        case("secret-stray-character", |it| it.key[1] = format!("\"{SECRET}\"")),
        case("secret-stray-character", |it| it.key[1] = format!("'{SECRET}'")),
        case("secret-of-another-caller", |it| it.key[1] = OTHER_SECRET.into()),
        case("access-key-and-secret-swapped", |it| { it.credential = it.credential.replace(ACCESS_KEY, SECRET); it.key[1] = ACCESS_KEY.into(); }),
        case("access-key-used-as-secret", |it| it.key[1] = ACCESS_KEY.into()),
        case("secret-empty", |it| it.key[1].clear()),
        case("wrong-generation", |it| { it.key[0] = "JDCLOUD3".into(); it.key[5] = "jdcloud3_request".into(); it.label = "JDCLOUD3-HMAC-SHA256".into(); it.scope = it.scope.replace("jdcloud2_", "jdcloud3_"); }),
        case("wrong-generation-prefix", |it| it.key[0] = "JDCLOUD3".into()),
        case("wrong-generation-prefix", |it| it.key[0].clear()),
        case("wrong-generation-terminator", |it| it.key[5] = "jdcloud3_request".into()),
        case("wrong-generation-terminator", |it| it.scope = it.scope.replace("jdcloud2_", "jdcloud3_")),
        case("wrong-generation-terminator", |it| { it.key[5] = "jdcloud3_request".into(); it.scope = it.scope.replace("jdcloud2_", "jdcloud3_"); it.credential = it.credential.replace("jdcloud2_", "jdcloud3_"); }),
        case("wrong-generation-label", |it| it.label = "JDCLOUD3-HMAC-SHA256".into()),
        case("wrong-region", |it| it.key[3] = "cn-north-1".into()),
        case("wrong-region", |it| { it.key[3] = "jdcloud".into(); it.scope = it.scope.replace("jdcloud-api", "jdcloud"); }),
        case("wrong-region", |it| it.scope = it.scope.replace("jdcloud-api", "cn-north-1")),
        case("malformed-region", |it| { it.key[3].clear(); for text in [&mut it.scope, &mut it.credential] { *text = text.replace("jdcloud-api", ""); } }),
        case("wrong-service", |it| it.key[4] = "vm".into()),
        case("wrong-service", |it| { it.key[4] = "vm".into(); for text in [&mut it.scope, &mut it.credential] { *text = text.replace("cloudauth", "vm"); } }),
        case("credential-date-differs", |it| { it.key[2] = "20261122".into(); for text in [&mut it.scope, &mut it.credential] { *text = text.replace("20261121", "20261122"); } }),
        case("credential-date-differs", |it| it.credential = it.credential.replace("20261121", "20261122")),
        case("local-time", |it| { it.date = "20261122T041715Z".into(); it.key[2] = "20261122".into(); it.scope = it.scope.replace("20261121", "20261122"); }),
        case("local-time", |it| it.date = "20261122T041715Z".into()),
        case("date-taken-twice", |it| it.date = "20261121T201716Z".into()),
        case("date-altered", |it| { it.date = "20261121T201714Z".into(); *it.line(DATE) = it.date.clone(); }),
        Case { before: |it| it.set(CONTENT_SHA256, &sha256(samples::BODY.as_bytes())), ..on_the_way("body-changed", |it| it.body[80] = b'7') },
        on_the_way("body-reserialised", |it| it.body = br#"{"personalSpec": {"checkType": 2, "personalUser": {"name": "\u5f20\u4e09", "idCard": "110101190001011009"}}}"#.to_vec()),
        on_the_way("body-reserialised", |it| it.body = "{\n  \"personalSpec\": {\n    \"checkType\": 2,\n    \"personalUser\": {\"name\":\"张三\",\"idCard\":\"110101190001011009\"}}}".into()),
        case("body-reserialised", |it| it.payload = sha256(br#"{"personalSpec": {"checkType": 2, "personalUser": {"idCard": "110101190001011009", "name": "\u5f20\u4e09"}}}"#)),
        case("body-reserialised", |it| it.payload = sha256("{\n    \"personalSpec\": {\n        \"checkType\": 2,\n        \"personalUser\": {\n            \"name\": \"张三\",\n            \"idCard\": \"110101190001011009\"\n        }\n    }\n}".as_bytes())),
        Case { before: |it| it.body = br#"{"a":"<b>&","c":null,"d":[],"e":{},"f":[1,"x"]}"#.to_vec(), ..case("body-reserialised", |it| it.payload = sha256(br#"{"a":"\u003cb\u003e\u0026","c":null,"d":[],"e":{},"f":[1,"x"]}"#)) },
        Case { before: |it| it.body = br#"{"a":"QQ==","c":null}"#.to_vec(), ..case("body-reserialised", |it| it.payload = sha256(br#"{"a":"QQ\u003d\u003d"}"#)) },
        on_the_way("body-line-end", |it| it.body.push(b'\n')),
        case("body-line-end", |it| it.payload = sha256(&[samples::BODY.as_bytes(), b"\n"].concat())),
        Case { before: |it| it.body = b"{\r\n}".to_vec(), ..case("body-line-end", |it| it.payload = sha256(b"{\n}")) },
        Case { before: |it| it.body = b"{\n}".to_vec(), ..case("body-line-end", |it| it.payload = sha256(b"{\r\n}")) },
        case("body-not-hashed", |it| it.payload = sha256(b"")),
        case("body-not-hashed", |it| it.payload = "UNSIGNED-PAYLOAD".into()),
        case("body-not-hashed", |it| it.payload = samples::BODY.into()),
        case("body-not-hashed", |it| it.payload.clear()),
        case("body-hash-form", |it| it.payload.make_ascii_uppercase()),
        case("body-hash-form", |it| it.payload.push('\n')),
        case("host-port", |it| *it.line("host") = "127.0.0.1".into()),
        on_the_way("host-port", |it| it.set("host", "127.0.0.1")).with(|it| it.set("host", "127.0.0.1:8080")),
        case("host-other", |it| *it.line("host") = "cloudauth.jdcloud-api.com".into()),
        on_the_way("host-other", |it| { it.set("x-forwarded-host", "api.example, x"); it.set("host", "inner:80"); }).with(|it| it.set("host", "api.example")),
        Case { before: |it| it.set("host", "api.example"), ..on_the_way("host-other", |it| it.set("host", "API.example")) },
        case("path-encoded-twice", |it| it.path = "/v1/company%253Ainfo".into()),
        // A path that was sent as it was signed is no mistake: one official signer does it.
        Case { before: |it| it.target = "/v1/company%3Ainfo".into(), ..case("path-not-encoded", |it| it.path = "/v1/company:info".into()) },
        case("path-trailing-slash", |it| it.path.push('/')),
        Case { before: |it| it.target = "/v1/personal/".into(), ..case("path-trailing-slash", |it| it.path = "/v1/personal".into()) },
        case("path-left-out", |it| it.path = "/".into()),
        // The order of the URL is what Go's client signs, so only a value that needs encoding tells the two apart.
        Case { before: |it| it.target = "/v1/company:info?b=:&a=1".into(), ..case("query-order", |it| it.query = "b=%3A&a=1".into()) },
        case("query-not-encoded", |it| it.query = "b=:&a=1".into()),
        case("query-encoded-twice", |it| it.query = "a=1&b=%253A".into()),
        case("query-left-out", |it| it.query.clear()),
        case("header-values-not-trimmed", |it| it.lines.iter_mut().for_each(|line| line.1.insert(0, ' '))),
        case("header-values-not-trimmed", |it| it.lines.iter_mut().for_each(|line| line.1.push(' '))),
        case("header-names-case", |it| it.lines.iter_mut().for_each(|line| line.0.make_ascii_uppercase())),
        case("header-names-case", |it| it.lines.iter_mut().for_each(|line| line.0 = title(&line.0))),
        case("header-names-case", |it| { it.list.make_ascii_uppercase(); it.signed_headers.make_ascii_uppercase(); }),
        case("signed-headers-order", |it| { it.signed_headers = "host;content-type;x-jdcloud-nonce;x-jdcloud-date".into(); it.list = it.signed_headers.clone(); }),
        case("signed-headers-order", |it| { it.signed_headers = "host;content-type;x-jdcloud-nonce;x-jdcloud-date".into(); }),
        case("signed-headers-order", |it| it.lines.swap(0, 1)),
        case("empty-line-missing", |it| it.empty_line = ""),
        on_the_way("header-altered", |it| it.set("content-type", "application/json; charset=utf-8")),
        on_the_way("header-altered", |it| drop(it.headers.remove("content-type"))),
        on_the_way("nonce-altered", |it| it.set(NONCE, &SOME_NONCE.to_ascii_uppercase())),
        case("nonce-altered", |it| *it.line(NONCE) = SOME_NONCE.replace('-', "")),
        Case { before: |it| it.set(TOKEN, "token"), ..on_the_way("token-form", |it| it.set(TOKEN, &base64(b"token"))) },
        Case { before: |it| it.set(TOKEN, "token"), ..case("token-form", |it| *it.line(TOKEN) = base64(b"token")) },
        Case { before: |it| it.set(TOKEN, "tokens"), ..case("security-token", |_| ()) },
        Case { before: |it| it.set(TOKEN, ""), ..case("security-token", |_| ()) },
        case("method", |it| it.method = "post".into()),
        case("method", |it| it.method = "GET".into()),
        case("canonical-hash-form", |it| it.hash = |text| sha256(text.as_bytes()).to_ascii_uppercase()),
        case("canonical-hash-form", |it| it.hash = str::to_owned),
        case("signature-form", |it| it.write = |bytes| text(&hex(bytes)).to_ascii_uppercase()),
        case("signature-form", |it| it.write = base64),
        // Two at once.
        Case { before: |it| it.target = "/v1/company%3Ainfo".into(), ..case("secret-stray-character+path-not-encoded", |it| { it.key[1].push('\n'); it.path = "/v1/company:info".into(); }) },
        case("secret-of-another-caller+host-port", |it| { it.key[1] = OTHER_SECRET.into(); *it.line("host") = "127.0.0.1".into(); }),
        case("body-not-hashed+empty-line-missing", |it| { it.payload = sha256(b""); it.empty_line = ""; }),
        case("signature-form+path-encoded-twice", |it| { it.write = base64; it.path = "/v1/company%253Ainfo".into(); }),
        on_the_way("host-other+body-line-end", |it| { it.body.push(b'\n'); it.set("host", "inner"); }).with(|it| it.set("host", "cloudauth.jdcloud-api.com")),
    ]
}

impl Case {
    fn with(mut self, before: fn(&mut Owned)) -> Self {
        self.before = before;
        self
    }
}

fn title(name: &str) -> String {
    let mut first = true;
    let letters = name.chars().map(|letter| {
        let letter = if first { letter.to_ascii_uppercase() } else { letter };
        first = letter == '-';
        letter
    });
    letters.collect()
}

fn made(case: &Case) -> Owned {
    let mut request = request();
    (case.before)(&mut request);
    let mut signer = Signer::of(&request);
    (case.mistake)(&mut signer);
    signer.sign(&mut request);
    (case.after)(&mut request);
    request
}

#[test]
fn each_mistake_is_named_and_no_other() {
    let mut wrong = Vec::new();
    for (index, case) in cases().iter().enumerate() {
        let found = look(&made(case)).slug().into_owned();
        if found != case.slug {
            wrong.push(format!("case {index}: made {}, found {found}", case.slug));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn every_known_mistake_has_a_case_a_slug_of_its_own_and_a_sentence_in_both_languages() {
    let made: std::collections::HashSet<_> = cases().iter().flat_map(|case| case.slug.split('+')).collect();
    let mut slugs = std::collections::HashSet::new();
    for mistake in OWN {
        assert!(made.contains(mistake.slug) || mistake.slug == "registered-secret-stray-character", "{}", mistake.slug);
        assert!(slugs.insert(mistake.slug));
        assert!(mistake.english.ends_with('.') && mistake.english.is_ascii(), "{}", mistake.english);
        assert!(mistake.chinese.ends_with('。'), "{}", mistake.chinese);
        assert_eq!(mistake.english.contains("{}"), mistake.chinese.contains("{}"), "{}", mistake.slug);
    }
}

#[test]
fn a_stray_character_in_the_registered_secret_is_the_servers_mistake() {
    let request = made(&case("", |_| ()));
    for registered in
        [format!("{SECRET}\n"), format!(" {SECRET}"), format!("\u{feff}{SECRET}"), format!("\"{SECRET}\"\r\n")]
    {
        assert_eq!(look_with(&request, &registered).slug(), "registered-secret-stray-character", "{registered:?}");
    }
}

#[test]
fn a_right_signature_has_no_mistake_and_a_wrong_clock_is_named() {
    let request = made(&case("", |_| ()));
    assert_eq!(look(&request), Diagnosis::Verifies);
    let secret = Secret::new(SECRET);
    let candidates = [Candidate { access_key: ACCESS_KEY, secret: &secret, token: None }];
    for (now, slug, ahead) in [
        ("2026-11-21T20:32:15Z", "verifies", 0),
        ("2026-11-21T20:32:16Z", "clock", -901),
        ("2026-11-21T12:17:20Z", "clock-local-time", 28_795),
        ("2026-11-20T20:17:15Z", "clock", 86_400),
    ] {
        let found = diagnose(&request.borrow(), &candidates, Some((now.parse().unwrap(), Window::FIFTEEN_MINUTES)));
        assert_eq!(found.slug(), slug, "{now}");
        if let Diagnosis::Clock { seconds_ahead, .. } = found {
            assert_eq!(seconds_ahead, ahead);
        }
    }
    assert_eq!(diagnose(&request.borrow(), &candidates, None), Diagnosis::Verifies);
}

#[test]
fn the_token_must_be_the_one_that_is_bound_and_is_looked_at_before_the_clock() {
    let (secret, bound, other) = (Secret::new(SECRET), Secret::new(BOUND), Secret::new("another"));
    let stale = Some(("2026-11-22T20:17:15Z".parse().unwrap(), Window::FIFTEEN_MINUTES));
    let plain = made(&case("", |_| ()));
    let carrying = |token: &str| {
        let mut request = request();
        request.set(TOKEN, token);
        Signer::of(&request).sign(&mut request);
        request
    };
    for (request, token, slug) in [
        (&plain, None, "clock"),
        (&plain, Some(&bound), "security-token"),
        (&carrying(BOUND), None, "security-token"),
        (&carrying(BOUND), Some(&other), "security-token"),
        (&carrying(BOUND), Some(&bound), "clock"),
        (&carrying(&base64(BOUND.as_bytes())), Some(&bound), "clock"),
    ] {
        let candidates = [Candidate { access_key: ACCESS_KEY, secret: &secret, token }];
        assert_eq!(diagnose(&request.borrow(), &candidates, stale).slug(), slug);
    }
}

#[test]
fn what_no_known_mistake_explains_names_the_stage_to_compare() {
    let unexplained = |change: fn(&mut Owned)| {
        let mut request = made(&case("", |it| it.key[1] = "nobody's".into()));
        change(&mut request);
        look(&request)
    };
    assert_eq!(unexplained(|_| ()), Diagnosis::Unexplained(&shared::CANONICAL_REQUEST));
    assert_eq!(unexplained(|it| it.set(CONTENT_SHA256, "0")), Diagnosis::Unexplained(&PAYLOAD_HASH));
    assert_eq!(unexplained(|it| drop(it.headers.remove(NONCE))), Diagnosis::Unexplained(&shared::HEADER_LINES));
    assert_eq!(unexplained(|it| drop(it.headers.remove(DATE))).slug(), "incomplete");
    let unknown = made(&case("", |it| it.credential = it.credential.replace(ACCESS_KEY, "nobody")));
    assert_eq!(look(&unknown), Diagnosis::UnknownAccessKey);
}

#[test]
fn the_recorded_requests_are_diagnosed() {
    for vector in vectors() {
        let secret = vector.sidecar.caller.secret.as_ref().unwrap();
        let token = vector.sidecar.caller.security_token.as_ref();
        let candidates = [Candidate { access_key: &vector.sidecar.caller.id, secret, token }];
        let clock = Some((vector.sidecar.clock, Window::FIFTEEN_MINUTES));
        let expected = match &vector.name[..2] {
            "08" => "body-changed",
            "09" => "clock",
            "10" => "unexplained",
            _ => "verifies",
        };
        assert_eq!(diagnose(&vector.raw.as_request(), &candidates, clock).slug(), expected, "{}", vector.name);
    }
}

#[test]
fn sentences_say_what_to_change_and_show_no_value() {
    let mut all: Vec<Diagnosis> = cases().iter().map(|case| look(&made(case))).collect();
    all.push(Diagnosis::UnknownAccessKey);
    all.push(Diagnosis::Clock { seconds_ahead: -28_800, local_time: true, field: DATE });
    for diagnosis in all {
        let sentences = [diagnosis.english(), diagnosis.chinese()];
        assert!(sentences.iter().all(|sentence| !sentence.contains("{}") && !sentence.is_empty()), "{sentences:?}");
        for sentence in sentences.into_iter().chain([format!("{diagnosis:?}")]) {
            for hidden in [SECRET, OTHER_SECRET, "张三", "110101190001011009", OTHER_KEY] {
                assert!(!sentence.contains(hidden), "{sentence}");
            }
        }
    }
    let stray = look(&made(&case("", |it| it.key[1].push('\n')))).english();
    assert_eq!(
        stray,
        "The client's secret has a stray character: secret + \"\\n\". Remove it, for instance by trimming what is read from a file \
         or an environment variable."
    );
}

#[test]
fn a_body_of_any_kind_is_looked_at_in_bounded_work() {
    for body in [
        "[".repeat(10_000),
        "[".repeat(127) + &"]".repeat(127),
        format!("{{\"a\":\"{}\"}}", "x".repeat(300_000)),
        "{\"a\":1,\"a\":2}".to_owned(),
        "\u{feff}{}".to_owned(),
    ] {
        let mut request = request();
        request.body = body.into_bytes();
        let mut signer = Signer::of(&request);
        signer.key[1] = "nobody's".into();
        signer.sign(&mut request);
        assert_eq!(look(&request).slug(), "unexplained");
    }
}

#[test]
fn the_manners_of_the_official_clients_have_no_mistake() {
    for manner in [Manner::Go, Manner::Node, Manner::Python] {
        assert_eq!(look(&samples::signed(manner)).slug(), "verifies");
    }
}

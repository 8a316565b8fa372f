//! What must not get through at the desk: others' forms and links, floods, strangers, and what a page could give away.

use std::sync::Arc;

use http::HeaderMap;
use proptest::{
    prelude::*,
    test_runner::{Config, TestRunner},
};
use shiming_core::redeem::State;
use shiming_server::{
    desk::{Peers, Rate, Settings},
    doors::{Door, Head},
};
use shiming_wire::alipay::form;

use crate::{
    alipay_bench::{Engine, Sent},
    bench::{DOWN_ID, ID, NAME},
    desk_bench::{Desk, ENDLESS, QUERY},
};

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
    let again = first.post(&link, &[("proof", shown.proof())]);
    assert_eq!((again.status, again.word), (404, "no_link"));
    assert!(again.text.contains("href=\"./\""), "and so may who presses the button once more");
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
        (browser.post(&unknown, &[]), 404, "no_link"),
        (browser.post(&desk.jobworth("t", "a").0, &[]), 403, "no_seat"),
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
            let fields = [("proof", proof.as_str()), ("version", "2026-11-27 zh-CN"), ("agree", "yes"), ("name", NAME)];
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

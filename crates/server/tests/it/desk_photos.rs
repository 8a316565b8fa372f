//! Photos at the desk: which are taken, who may send one, and who looks at them.

use std::{io::Write as _, sync::Arc};

use http::HeaderMap;
use serde_json::json;
use shiming_core::{Score, Unusable, Verdict, redeem::State};
use shiming_server::{
    desk::Settings,
    doors::{Door, Head, IntakeRefusal},
};

use crate::{
    alipay_bench::{Engine, NO_FACE, OTHER_FACE, SAME_FACE},
    bench::{Bench, ID, NAME},
    desk_bench::{Browser, Desk, Page, QUERY, face, proven},
    running::{Running, long, read_all},
};

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
        (&large, 413, "提交的内容过大"),
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
    let mut again = browser.follow(&sent);
    assert!(again.text.contains("未检测到人脸"), "{}", again.text);
    for (reason, told) in [
        (Unusable::SeveralFaces, "有多张人脸"),
        (Unusable::TooDark, "照片过暗"),
        // Who shows a photo of a photo is not told that it was seen.
        (Unusable::NotLive, "照片无法使用"),
    ] {
        let sent = browser.post_photo(again.proof(), &face(reason.word().as_bytes()));
        again = browser.follow(&sent);
        assert!(again.text.contains(told), "{}", again.text);
    }
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
fn without_a_face_engine_a_wrong_name_has_failed_and_no_operator_is_asked() {
    let desk = Desk::with(Settings::default(), Engine::None);
    let (link, key) = desk.certification("样例乙", ID);
    let mut browser = desk.browser();
    let form = browser.agree(&link);
    let sent = browser.post_photo(form.proof(), &face(SAME_FACE));
    assert!(browser.follow(&sent).title().starts_with("核验未通过"));
    assert!(!desk.session(&key).awaits_operator());
    assert_eq!(desk.person(&key), None, "nor is the photo kept");
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
    assert!(answer.starts_with("HTTP/1.1 403 ") && answer.contains("Connection: close"), "{answer}");
}

//! The hosted desk as a person's browser meets it: from the caller's redirect to the way back.

use serde_json::json;
use shiming_core::{
    Sessions, Verdict,
    redeem::{Bar, Person, State, Step},
};
use shiming_identity::PersonName;
use shiming_server::{
    desk::{Settings, VerifiedBefore},
    doors::alipay,
};

use crate::{
    alipay_bench::{Engine, OTHER_FACE, SAME_FACE},
    bench::{DOWN_ID, ID, NAME, NOBODY, resident},
    desk_bench::{APP, CERTIFY, Desk, INITIALIZE, JOBWORTH_QUERY, QUERY, SERVICE, SIGN, face, proven, wait},
};

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
    assert_eq!((consent.version.as_str(), consent.at), ("2026-11-27 zh-CN +photo", desk.bench.now()));

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

    // Who opens the caller's page once more is told that it is over, and shown the way back.
    let again = json!({ "biz_no": key.handle }).to_string();
    let again = desk.opened(CERTIFY, &again, &[("return_url", "https://m.test/back?o=1")]);
    assert_eq!(again.status, 200);
    for part in ["已经结束", "is over", "href=\"https://m.test/back?o=1\"", "TRANSACTION_ERROR"] {
        assert!(again.text.contains(part), "{part} in {}", again.text);
    }
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

/// Docs: Alipay v3 specification, section 4.4, the row from AUTHORIZED to SUCCEEDED.
#[test]
fn who_was_verified_before_need_only_agree_and_the_token_is_spent_as_any_other() {
    let desk = Desk::new();
    let (link, key) = desk.jobworth("token-1", "agreement-1");
    let mut browser = desk.browser();
    let form = browser.agree(&link);
    browser.details(form.proof(), NAME, ID);
    desk.operator_decides(&key, Verdict::Match);
    assert_eq!(desk.told("token-1", "agreement-1"), "SUCCESS");
    let entries = desk.bench.entries();

    let (link, key) = desk.jobworth("token-2", "agreement-1");
    let consent = browser.sit(&link);
    assert!(consent.text.contains("您无需再次填写"), "{}", consent.text);
    assert_eq!(desk.told("token-2", "agreement-1"), "USER_NOT_AUTHORIZE", "nobody is known who has not agreed");
    let result = browser.consent(&consent);
    assert!(result.title().starts_with("核验通过") && !result.text.contains("已经删除"), "{}", result.text);
    assert_eq!((desk.bench.entries(), desk.person(&key)), (entries + 1, None));
    assert_eq!(desk.told("token-2", "agreement-1"), "SUCCESS");
    assert_eq!(desk.told("token-2", "agreement-1"), "TOKEN_INVALID");

    let (link, _) = desk.jobworth("token-3", "agreement-2");
    assert!(browser.agree(&link).text.contains("name=\"number\""), "another agreement names nobody yet");
}

#[test]
fn who_was_verified_before_is_recognised_after_a_stop_between_consent_and_result_too() {
    let desk = Desk::new();
    let (link, key) = desk.jobworth("token-1", "agreement-1");
    let mut browser = desk.browser();
    let form = browser.agree(&link);
    browser.details(form.proof(), NAME, ID);
    desk.operator_decides(&key, Verdict::Match);
    let (link, key) = desk.jobworth("token-2", "agreement-1");
    browser.sit(&link);
    wait(desk.bench.tools.redeemer.authorize(&key, "1")).unwrap();
    assert_eq!(desk.told("token-2", "agreement-1"), "WAITING_VERIFY");
    assert!(browser.get("/desk/").title().starts_with("核验通过"));
    assert_eq!(desk.told("token-2", "agreement-1"), "SUCCESS");
}

#[test]
fn where_the_operator_wants_it_so_everybody_gives_their_details() {
    let settings = Settings { verified_before: VerifiedBefore::Asked, ..Settings::default() };
    let desk = Desk::with(settings, Engine::Faces);
    let (link, key) = desk.jobworth("token-1", "agreement-1");
    let mut browser = desk.browser();
    let form = browser.agree(&link);
    browser.details(form.proof(), NAME, ID);
    desk.operator_decides(&key, Verdict::Match);
    let (link, key) = desk.jobworth("token-2", "agreement-1");
    let consent = browser.sit(&link);
    assert!(!consent.text.contains("您无需再次填写"), "{}", consent.text);
    let form = browser.consent(&consent);
    assert!(form.text.contains("name=\"number\""), "{}", form.text);
    assert!(browser.get("/desk/").text.contains("name=\"number\""));
    let session = desk.session(&key);
    assert_eq!((session.state, session.consent.unwrap().version.as_str()), (State::Authorized, "2026-11-27 zh-CN"));
}

/// Docs: Alipay v3 specification, section 4.4: a new try is a new token, under the same agreement if the merchant likes.
#[test]
fn who_has_failed_may_try_again_under_the_same_agreement_with_another_number() {
    let desk = Desk::new();
    let (link, _) = desk.jobworth("token-1", "agreement-1");
    let mut browser = desk.browser();
    let form = browser.agree(&link);
    browser.details(form.proof(), NAME, NOBODY);
    assert_eq!(desk.told("token-1", "agreement-1"), "FAILED");
    let (link, key) = desk.jobworth("token-2", "agreement-1");
    let form = browser.agree(&link);
    let sent = browser.details(form.proof(), NAME, ID);
    assert!(browser.follow(&sent).title().starts_with("正在核验"));
    desk.operator_decides(&key, Verdict::Match);
    assert_eq!(desk.told("token-2", "agreement-1"), "SUCCESS");
}

/// Whoever knows a verified person's name and number could give them under an agreement of their own.
#[test]
fn details_that_nobody_has_looked_at_make_an_agreement_nobodys_proof() {
    let desk = Desk::new();
    let (link, key) = desk.jobworth("token-1", "agreement-1");
    let mut browser = desk.browser();
    let form = browser.agree(&link);
    browser.details(form.proof(), NAME, ID);
    desk.operator_decides(&key, Verdict::Match);

    let (link, _) = desk.jobworth("token-2", "agreement-2");
    let form = browser.agree(&link);
    let waiting = browser.details(form.proof(), NAME, ID);
    assert!(browser.follow(&waiting).title().starts_with("正在核验"));
    let (link, key) = desk.jobworth("token-3", "agreement-2");
    let form = browser.agree(&link);
    assert!(form.text.contains("name=\"number\""), "{}", form.text);
    assert_eq!(desk.session(&key).state, State::Authorized);
}

/// Docs: Alipay v3 specification, section 4.4, steps 7 and 8: the token's user is the agreement's.
#[test]
fn from_the_consent_on_a_query_is_compared_with_the_person_whom_the_agreement_names() {
    let desk = Desk::new();
    let told = |token: &str, cert_no: Option<&str>| {
        let mut content = json!({
            "conn_key": "agreement-1", "once_token": token, "query_type": "exact", "identity_type": "04",
            "service_id": SERVICE,
        });
        content.as_object_mut().unwrap().extend(cert_no.map(|number| ("cert_no".to_owned(), number.into())));
        desk.bench.call(&Desk::app(), JOBWORTH_QUERY, &content.to_string()).node
    };
    let (link, _) = desk.jobworth("token-1", "agreement-1");
    let mut browser = desk.browser();
    let form = browser.agree(&link);
    assert_eq!(told("token-1", Some(NOBODY))["identity_result"], "WAITING_VERIFY", "nobody is named");
    browser.details(form.proof(), NAME, ID);
    assert_eq!(told("token-1", Some(NOBODY))["sub_code"], "CARD_NO_NOT_MATCH");

    let (link, _) = desk.jobworth("token-2", "agreement-1");
    assert!(browser.agree(&link).text.contains("name=\"number\""), "nobody has decided");
    assert_eq!(told("token-2", Some(NOBODY))["sub_code"], "CARD_NO_NOT_MATCH");
    let node = told("token-2", Some(ID));
    assert!(node["identity_result"] == "WAITING_VERIFY" && node["user_id"].is_string(), "{node}");
    let subject = desk.bench.tools.redeemer.subject(ID);
    wait(desk.bench.store.sessions().set_bar(subject, Some(Bar::Risk))).unwrap();
    assert_eq!(told("token-2", None)["sub_code"], "RISK_INTERCEPT");
}

#[test]
fn who_was_found_to_be_none_since_gives_their_details_again() {
    let desk = Desk::new();
    for (token, verdict) in [("token-1", Verdict::Match), ("token-2", Verdict::NoRecord)] {
        let (link, key) = desk.jobworth(token, token);
        let mut browser = desk.browser();
        let form = browser.agree(&link);
        browser.details(form.proof(), NAME, ID);
        desk.bench.turn_clock(1);
        desk.operator_decides(&key, verdict);
    }
    let (link, key) = desk.jobworth("token-3", "token-1");
    let form = desk.browser().agree(&link);
    assert!(form.text.contains("name=\"number\""), "{}", form.text);
    assert_eq!(desk.session(&key).state, State::Authorized);
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
fn without_every_box_ticked_nobody_has_agreed() {
    let desk = Desk::new();
    let (link, key) = desk.certification(NAME, ID);
    let mut browser = desk.browser();
    let consent = browser.sit(&link);
    let (proof, version) = (consent.proof(), ("version", "2026-11-27 zh-CN"));
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
    let again = desk.opened(SIGN, &Desk::first_step("t", "a"), &[]);
    assert!(again.text.contains("is over") && again.text.contains("href=\"https://m.test/done\""), "{}", again.text);

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
    let content = json!({ "out_agreement_no": "a2" }).to_string();
    let agreement = desk.bench.call(&Desk::app(), "zhima.credit.payafteruse.creditagreement.query", &content).node;
    assert_eq!(agreement["agreement_status"], "INVALID", "it was this consent that had put it in force");
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
fn an_operators_end_of_an_agreement_is_told_to_who_waits_and_erases_what_they_gave() {
    let desk = Desk::new();
    let (link, key) = desk.jobworth("t", "a");
    let mut browser = desk.browser();
    let form = browser.agree(&link);
    let sent = browser.details(form.proof(), NAME, ID);
    assert!(browser.follow(&sent).title().starts_with("正在核验") && desk.person(&key).is_some());
    wait(desk.bench.tools.redeemer.withdraw(alipay::NAME, APP, "a")).unwrap();
    assert!(desk.person(&key).is_none());
    let page = browser.get("/desk/");
    assert_eq!((page.status, page.word), (409, "withdrawn"), "{}", page.text);
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
    let fields = [("proof", consent.proof()), ("version", "2026-11-27 en"), ("agree", "yes")];
    let agreed = browser.post("/desk/consent", &fields);
    assert!(browser.follow(&agreed).text.contains("ID number"));
    assert_eq!(desk.session(&key).consent.unwrap().version, "2026-11-27 en +earlier");
}

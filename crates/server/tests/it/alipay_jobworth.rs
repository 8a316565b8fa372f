//! The jobworth family at both doors: every state that a query can meet, every code of it, and the gateway's first step.

use serde_json::{Value, json};
use shiming_core::redeem::Bar;
use shiming_wire::alipay::form::decode;

use crate::{
    alipay_bench::{APP, AlipayBench, App, CERT_APP, OTHER_SERVICE, SERVICE, Seen, Sent},
    alipay_sessions::{AGREEMENT, AGREEMENT_NO, Both, SeenV3, To, asked, target, wait, with},
    bench::ID,
};

const SIGN: &str = "zhima.credit.payafteruse.creditagreement.sign";
const AGREEMENT_QUERY: &str = "zhima.credit.payafteruse.creditagreement.query";
const PLUGIN: &str = "zhima.customer.jobworth.authenticationplugin.query";
const PRECONSULT: &str = "zhima.customer.jobworth.authentication.preconsult";

/// What a query is told, at v3 and at the gateway; both must say the same, and neither may use anything up.
fn told(both: &Both, app: &App, pairs: &[(&str, &str)]) -> String {
    let said = both.query(app, pairs).said().to_owned();
    assert_eq!(both.query_at_the_gateway(app, pairs), said, "{pairs:?}");
    assert_eq!(both.query(app, pairs).said(), said, "asked again: {pairs:?}");
    said
}

#[test]
fn every_state_before_the_end_is_told_again_and_again() {
    let (both, app) = (Both::new(), App::new());
    for (token, to, expected) in [
        ("t-created", To::Created, "USER_NOT_AUTHORIZE"),
        ("t-cancelled", To::Cancelled, "TOKEN_INVALID"),
        ("t-authorized", To::Authorized, "WAITING_VERIFY"),
        ("t-verifying", To::Verifying, "WAITING_VERIFY"),
    ] {
        // Agreeing under an agreement puts it in force for all of its sessions, so each has its own.
        both.session_under(&app, token, token, to);
        let pairs = with(asked(token), "conn_key", Some(token));
        assert_eq!(told(&both, &app, &pairs), expected, "{to:?}");
    }
    assert_eq!(told(&both, &app, &asked("t-never-made")), "TOKEN_INVALID");
}

#[test]
fn a_result_is_had_once_whichever_door_it_is_asked_for_at() {
    let (both, app) = (Both::new(), App::new());
    for (index, (to, expected)) in
        [(To::Succeeded, "SUCCESS"), (To::Rejected, "FAILED"), (To::Mismatched, "FAILED")].into_iter().enumerate()
    {
        let tokens = [format!("t-{index}-v3"), format!("t-{index}-gateway")];
        for token in &tokens {
            both.session(&app, token, to);
        }
        let [v3, gateway] = tokens.each_ref().map(|token| asked(token));
        let first = both.query(&app, &v3);
        assert_eq!((first.said(), first.body["token_status"].as_str()), (expected, Some("FINISH")));
        assert_eq!(told(&both, &app, &v3), "TOKEN_INVALID");
        assert_eq!(both.query_at_the_gateway(&app, &gateway), expected);
        assert_eq!(told(&both, &app, &gateway), "TOKEN_INVALID");
    }
}

#[test]
fn the_result_names_the_person_as_the_app_knows_them() {
    let (both, app) = (Both::new(), App::new());
    both.session(&app, "t", To::Succeeded);
    let seen = both.query(&app, &asked("t"));
    let member = both.member(&app);
    assert_eq!(
        seen.body,
        json!({
            "identity_result": "SUCCESS",
            "merchant_identity_id": member.merchant_identity_id,
            "open_id": member.open_id,
            "token_status": "FINISH",
            "user_id": member.user_id,
        })
    );
    assert!(member.user_id.starts_with("2088") && member.user_id.len() == 16 && member.open_id.len() == 47);
    let other = both.member(&App::certified());
    assert_eq!(member.user_id, other.user_id);
    assert!(member.open_id != other.open_id && member.merchant_identity_id != other.merchant_identity_id);
    assert!(!seen.text.contains(ID));
}

/// Docs: Alipay v3 specification, section 3.2: it is the id of a user who was verified.
#[test]
fn only_a_success_carries_the_id_of_a_verified_identity() {
    let (both, app) = (Both::new(), App::new());
    let member = both.member(&app);
    for (token, to, status) in [
        ("t-verifying", To::Verifying, "PROCESSING"),
        ("t-no", To::Rejected, "FINISH"),
        ("t", To::Mismatched, "FINISH"),
    ] {
        both.session(&app, token, to);
        let seen = both.query(&app, &asked(token));
        let result = if to == To::Verifying { "WAITING_VERIFY" } else { "FAILED" };
        let (open_id, user_id) = (&member.open_id, &member.user_id);
        let members =
            json!({ "identity_result": result, "open_id": open_id, "token_status": status, "user_id": user_id });
        assert_eq!(seen.body, members);
    }
    let content = json!({
        "conn_key": AGREEMENT_NO, "once_token": "t-verifying", "query_type": "exact", "identity_type": "04",
        "service_id": SERVICE,
    });
    let node = both.bench.call(&app, "zhima.customer.jobworth.authentication.query", &content.to_string()).node;
    assert!(node["identity_result"] == "WAITING_VERIFY" && node["user_id"] == member.user_id.as_str(), "{node}");
    assert_eq!(node.get("merchant_identity_id"), None);
}

#[test]
fn an_app_is_told_of_a_persons_ids_the_one_that_it_is_set_up_for() {
    let (both, app) = (Both::new(), App::new());
    let member = both.member(&app);
    for (word, others) in [
        ("both", vec![("open_id", &member.open_id), ("user_id", &member.user_id)]),
        ("open_id", vec![("open_id", &member.open_id)]),
        ("user_id", vec![("user_id", &member.user_id)]),
    ] {
        both.set(&app, "member_ids", word);
        both.session(&app, word, To::Succeeded);
        // It may ask by either all the same.
        let asked = with(asked(word), "user_id", Some(&member.user_id));
        let seen = both.query(&app, &with(asked, "open_id", Some(&member.open_id)));
        let told = |name: &str| seen.body[name].as_str().map(str::to_owned);
        let ids = ["open_id", "user_id"].iter().filter_map(|name| Some((*name, told(name)?)));
        let expected: Vec<_> = others.iter().map(|(name, id)| (*name, (*id).clone())).collect();
        assert_eq!(ids.collect::<Vec<_>>(), expected, "{word}");
        let agreement =
            both.bench.call(&app, AGREEMENT_QUERY, &json!({ "out_agreement_no": AGREEMENT_NO }).to_string());
        assert_eq!(agreement.node.get("alipay_user_id").is_some(), word != "open_id");
        assert_eq!(agreement.node.get("open_id").is_some(), word != "user_id");
    }
}

#[test]
fn every_code_of_a_query_is_reached_in_the_documented_order_and_spends_nothing() {
    let (both, app) = (Both::new(), App::new());
    both.session(&app, "t", To::Succeeded);
    let member = both.member(&app);
    let right = || asked("t");
    let long = "x".repeat(129);
    for (name, value, expected) in [
        ("conn_key", None, "INVALID_PARAMETER"),
        ("conn_key", Some(""), "INVALID_PARAMETER"),
        ("conn_key", Some(long.as_str()), "INVALID_PARAMETER"),
        ("once_token", None, "INVALID_PARAMETER"),
        ("query_type", Some("exact\\dim"), "INVALID_PARAMETER"),
        ("query_type", None, "INVALID_PARAMETER"),
        ("identity_type", None, "INVALID_PARAMETER"),
        ("service_id", None, "INVALID_PARAMETER"),
        ("cert_type", Some("6"), "INVALID_PARAMETER"),
        ("service_id", Some("2019120400000000000004450999"), "MERCHANT_INTERCEPT"),
        ("once_token", Some("t-unknown"), "TOKEN_INVALID"),
        ("conn_key", Some("agreement-2"), "WRONG_OUT_AGREEMENT_NO_INTERCEPT"),
        ("identity_type", Some("05"), "TOKEN_NOT_MATCH_IDENTITY_TYPE"),
        ("query_type", Some("dim"), "PARAM_ERROR"),
        ("service_id", Some(OTHER_SERVICE), "PARAM_ERROR"),
        ("user_id", Some("2088000000000000"), "PARAM_ERROR"),
        ("open_id", Some("of nobody"), "PARAM_ERROR"),
        ("cert_no", Some("110101190001010030"), "CARD_NO_NOT_MATCH"),
        ("cert_no", Some("no number at all"), "CARD_NO_NOT_MATCH"),
    ] {
        assert_eq!(told(&both, &app, &with(right(), name, value)), expected, "{name} {value:?}");
    }
    let passport = with(with(right(), "cert_no", Some(ID)), "cert_type", Some("1"));
    assert_eq!(told(&both, &app, &passport), "CARD_NO_NOT_MATCH");
    for (bar, expected) in [
        (Bar::NoAccount, "NOT_OPEN_ZM"),
        (Bar::NotOpened, "USER_NOT_OPEN_JOBWORTH"),
        (Bar::Blocked, "OPEN_ZM_ACCOUNT_INTERCEPT"),
        (Bar::Listed, "JOB_WORTH_BLACK_LIST"),
        (Bar::Risk, "RISK_INTERCEPT"),
        (Bar::OtherName, "USER_NAME_NOT_MATCH"),
        (Bar::OtherMobile, "MOBILE_NO_NOT_MATCH"),
        (Bar::Unreachable, "SYSTEM_ERROR"),
    ] {
        both.bar(Some(bar));
        assert_eq!(told(&both, &app, &right()), expected);
        // What the query gets wrong before step 7 is said first; what comes behind it, not at all.
        assert_eq!(told(&both, &app, &with(right(), "query_type", Some("dim"))), "PARAM_ERROR");
        assert_eq!(told(&both, &app, &with(right(), "cert_no", Some("x"))), expected);
    }
    both.bar(None);
    // After all that, and with everything that may be given, it can still be had.
    let all = [("user_id", member.user_id.as_str()), ("open_id", &member.open_id), ("cert_no", ID), ("cert_type", "0")];
    let all = all.into_iter().fold(right(), |pairs, (name, value)| with(pairs, name, Some(value)));
    assert_eq!(both.query(&app, &all).said(), "SUCCESS");
}

#[test]
fn a_withdrawn_agreement_keeps_its_results_to_itself() {
    let (both, app) = (Both::new(), App::new());
    both.session(&app, "t", To::Succeeded);
    both.withdraw(&app);
    assert_eq!(told(&both, &app, &asked("t")), "USER_NOT_AUTHORIZE");
}

#[test]
fn a_result_that_nobody_takes_within_its_time_is_gone() {
    let (both, app) = (Both::new(), App::new());
    both.session(&app, "t", To::Succeeded);
    both.bench.turn_clock(24 * 60 * 60 - 1);
    assert_eq!(told(&both, &app, &with(asked("t"), "query_type", Some("dim"))), "PARAM_ERROR");
    both.bench.turn_clock(1);
    assert_eq!(told(&both, &app, &asked("t")), "TOKEN_INVALID");
}

#[test]
fn another_apps_token_is_no_token() {
    let both = Both::new();
    both.session(&App::new(), "t", To::Succeeded);
    assert_eq!(told(&both, &App::certified(), &asked("t")), "TOKEN_INVALID");
    assert_eq!(both.query(&App::new(), &asked("t")).said(), "SUCCESS");
}

#[test]
fn what_cannot_be_written_is_not_told_and_not_spent() {
    let (both, app) = (Both::new(), App::new());
    both.session(&app, "t", To::Succeeded);
    both.bench.store.close();
    let seen = both.query(&app, &asked("t"));
    assert_eq!((seen.status, seen.said()), (500, "SYSTEM_ERROR"));
    assert_eq!(both.query_at_the_gateway(&app, &asked("t")), "SYSTEM_ERROR");
}

#[test]
fn asking_beforehand_touches_nothing_and_gives_the_reason() {
    let (both, app) = (Both::new(), App::new());
    let ask = |changed: &[(&str, &str)]| {
        let mut content = json!({
            "out_agreement_no": AGREEMENT_NO, "once_token": "t", "query_type": "exact", "identity_type": "04",
            "zm_service_id": SERVICE,
        });
        for (name, value) in changed {
            content[name] = (*value).into();
        }
        let node = both.bench.call(&app, PRECONSULT, &content.to_string()).node;
        assert_eq!(node["code"], "10000", "{node}");
        (node["pre_check_success"].clone(), node["reason"].as_str().map(str::to_owned))
    };
    let (fine, reason) = ask(&[]);
    assert!(fine == false && reason.is_some(), "there is no such token");
    both.session(&app, "t", To::Created);
    assert_eq!(ask(&[]).0, false, "nobody has agreed");
    both.session_under(&app, "t2", "agreement-2", To::Succeeded);
    let second = [("out_agreement_no", "agreement-2"), ("once_token", "t2")];
    for _ in 0..3 {
        assert_eq!(ask(&second), (true.into(), None));
    }
    assert_eq!(ask(&[second[0], second[1], ("identity_type", "05")]).0, false);
    assert_eq!(ask(&[second[0], second[1], ("zm_service_id", "1")]).0, false);
    let (fine, reason) = ask(&[("query_type", "")]);
    assert!(fine == false && reason.unwrap().contains("query_type"), "a parameter is missing");
    assert_eq!(both.bench.call(&app, PRECONSULT, "[]").said(), "40002 isv.invalid-parameter");
    let pairs = with(asked("t2"), "conn_key", Some("agreement-2"));
    assert_eq!(both.query(&app, &pairs).said(), "SUCCESS", "it was not spent");
}

/// The first step's content.
fn first_step(once_token: &str) -> Value {
    json!({
        "out_agreement_no": AGREEMENT_NO,
        "zm_service_id": SERVICE,
        "product_code": "ZHIMA_AUTH",
        "extra_param": json!({ "onceToken": once_token, "identityType": "04", "queryType": "exact" }).to_string(),
        "return_back_link": "https://m.test/done",
    })
}

/// The desk's link in an address.
fn link(address: &str) -> &str {
    address.strip_prefix("https://id.test/desk/").unwrap_or_else(|| panic!("no link: {address}"))
}

#[test]
fn the_first_step_gives_a_way_to_the_desk_and_its_repetition_another_one() {
    let (both, app) = (Both::new(), App::new());
    let step = || both.bench.call(&app, SIGN, &first_step("t").to_string()).node;
    let (first, second) = (step(), step());
    assert_eq!((first["code"].as_str(), first["out_agreement_no"].as_str()), (Some("10000"), Some(AGREEMENT_NO)));
    assert_eq!(first["credit_agreement_id"], second["credit_agreement_id"]);
    let [first, second] = [&first, &second].map(|node| link(node["orderStr"].as_str().unwrap()).to_owned());
    assert_ne!(first, second);
    let linked = |link: &str| {
        wait(both.bench.tools.redeemer.sessions().linked(&shiming_core::redeem::DeskSecret::new(link))).unwrap()
    };
    assert!(linked(&first).is_none() && linked(&second).is_some(), "the newest link alone leads there");
    assert_eq!(told(&both, &app, &asked("t")), "USER_NOT_AUTHORIZE");
    // A browser goes there by itself, and leaves nothing behind.
    let mut sent = both.bench.signed(&app, SIGN, &first_step("t").to_string());
    sent.headers.insert("accept", "text/html,application/xhtml+xml,*/*;q=0.8".parse().unwrap());
    let seen = both.bench.send(&sent);
    assert_eq!((seen.status, seen.text.as_str()), (302, ""));
    assert_eq!(link(&seen.headers["location"]).len(), 43);
    assert_eq!((&*seen.headers["cache-control"], &*seen.headers["referrer-policy"]), ("no-store", "no-referrer"));
}

#[test]
fn the_first_step_is_refused_for_what_it_asks() {
    let (both, app) = (Both::new(), App::new());
    let step = |change: &dyn Fn(&mut Value)| {
        let mut content = first_step("t");
        change(&mut content);
        both.bench.call(&app, SIGN, &content.to_string()).node["sub_code"].as_str().unwrap_or_default().to_owned()
    };
    let set = |name: &'static str, value: &'static str| step(&move |content| content[name] = value.into());
    assert_eq!(set("product_code", "SOMETHING"), "INVALID_PARAMETER");
    assert_eq!(set("zm_service_id", "2019"), "MERCHANT_INTERCEPT");
    assert_eq!(set("extra_param", "{}"), "EXTRA_PARAM_FORMAT_ERROR");
    assert_eq!(set("extra_param", "no JSON"), "EXTRA_PARAM_FORMAT_ERROR");
    assert_eq!(set("extra_param", r#"{"onceToken":"t","queryType":"both"}"#), "EXTRA_PARAM_FORMAT_ERROR");
    let other = r#"{"onceToken":"t","identityType":"05"}"#;
    assert_eq!(set("extra_param", other), "EXTRA_PARAM_FORMAT_ERROR", "nobody has arranged that");
    assert_eq!(set("out_agreement_no", ""), "INVALID_PARAMETER");
    assert_eq!(set("extra_param", r#"{"once_token":"t"}"#), "", "the other spelling, and what is usual");
    assert_eq!(set("zm_service_id", OTHER_SERVICE), "PARAM_ERROR", "the token stands for something else");
    both.session_under(&app, "spent", AGREEMENT_NO, To::Succeeded);
    assert_eq!(both.query(&app, &asked("spent")).said(), "SUCCESS");
    assert_eq!(both.bench.call(&app, SIGN, &first_step("spent").to_string()).node["sub_code"], "TOKEN_INVALID");
    both.set(&app, "identity_types", "04,05");
    assert_eq!(set("extra_param", r#"{"onceToken":"t5","identityType":"05"}"#), "", "now somebody has");
}

#[test]
fn the_plugin_turns_the_merchants_signed_string_into_the_desks_address() {
    let (both, app) = (Both::new(), App::new());
    let signed = |app: &App, method: &str, token: &str| {
        let Sent { target, body, .. } = both.bench.signed(app, method, &first_step(token).to_string());
        format!("{}&{}", target.split_once('?').unwrap().1, String::from_utf8(body).unwrap())
    };
    let ask = |sign_str: &str| both.bench.call(&app, PLUGIN, &json!({ "sign_str": sign_str }).to_string()).node;
    let node = ask(&signed(&app, SIGN, "t"));
    let landing = node["landing_url"].as_str().unwrap();
    assert_eq!(link(landing).len(), 43);
    let scheme = node["scheme_url"].as_str().unwrap();
    let inner = scheme.strip_prefix("alipays://platformapi/startapp?appId=20000067&url=").unwrap();
    assert_eq!(decode(inner.as_bytes()), landing.as_bytes());
    assert_eq!(told(&both, &app, &asked("t")), "USER_NOT_AUTHORIZE");
    for wrong in [
        signed(&app, SIGN, "t").replace("timestamp", "timestamq"),
        signed(&App::certified(), SIGN, "t"),
        signed(&app, PRECONSULT, "t"),
        "nothing".to_owned(),
        "=&%zz&&".to_owned(),
    ] {
        assert_eq!(ask(&wrong)["sub_code"], "INVALID_PARAMETER", "{wrong}");
    }
}

#[test]
fn an_agreement_is_shown_at_both_doors_once_somebody_has_agreed() {
    let (both, app) = (Both::new(), App::new());
    let at_v3 =
        |pairs: &[(&str, &str)]| both.send(&both.signed(&app, "GET", &target(AGREEMENT, pairs), &[])).read_by(&app);
    let code = |pairs: &[(&str, &str)]| {
        let content: serde_json::Map<_, _> =
            pairs.iter().map(|(name, value)| ((*name).to_owned(), Value::from(*value))).collect();
        let seen: Seen = both.bench.call(&app, AGREEMENT_QUERY, &Value::from(content).to_string());
        let at_the_gateway = seen.node["sub_code"].as_str().unwrap().to_owned();
        let at_v3: SeenV3 = at_v3(pairs);
        assert_eq!((at_v3.status, at_v3.said()), (400, at_the_gateway.as_str()));
        at_the_gateway
    };
    let number = ("out_agreement_no", AGREEMENT_NO);
    assert_eq!(code(&[]), "INVALID_PARAMETER");
    assert_eq!(code(&[number]), "CREDIT_AGREEMENT_NOT_EXIST");
    both.session(&app, "t", To::Created);
    assert_eq!(code(&[number]), "CREDIT_AUTH_NOT_EXIST");
    both.session(&app, "t2", To::Verifying);
    both.session_under(&app, "t3", "agreement-2", To::Authorized);
    let valid = at_v3(&[number]);
    let ours = valid.body["credit_agreement_id"].as_str().unwrap();
    assert_eq!(
        (&valid.body["agreement_status"], &valid.body["out_agreement_no"], &valid.body["alipay_user_id"]),
        (&json!("VALID"), &json!(AGREEMENT_NO), &json!(both.member(&app).user_id))
    );
    assert_eq!(valid.body["biz_time"].as_str().unwrap().len(), "2026-11-25 00:00:00".len());
    assert_eq!(at_v3(&[("credit_agreement_id", ours)]).body, valid.body);
    assert_eq!(code(&[("credit_agreement_id", ours), ("out_agreement_no", "agreement-2")]), "ILLEGAL_QUERY");
    for bar in Bar::ALL {
        both.bar(Some(bar));
        let expected = if bar == Bar::Unreachable { "DEPEND_FAILURE" } else { "BIZ_ERROR" };
        assert_eq!(code(&[number]), expected, "{bar:?}");
    }
    both.bar(None);
    both.withdraw(&app);
    assert_eq!(at_v3(&[number]).body["agreement_status"], "INVALID");
}

/// A call of the certification family.
fn certification(bench: &AlipayBench, step: &str, content: &Value) -> Value {
    bench.call(&App::new(), &format!("zhima.customer.certification.{step}"), &content.to_string()).node
}

#[test]
fn a_certification_begins_once_under_its_number() {
    let both = Both::new();
    let content = |transaction: &str, name: &str| {
        let identity = json!({
            "identity_type": "CERT_INFO", "cert_type": "IDENTITY_CARD", "cert_name": name, "cert_no": ID,
        });
        json!({
            "transaction_id": transaction, "product_code": "w1010100000000002978", "biz_code": "FACE",
            "identity_param": identity.to_string(),
        })
    };
    let begin = |content: &Value| certification(&both.bench, "initialize", content);
    let first = begin(&content("T1", "样例甲"));
    assert_eq!(first["biz_no"].as_str().unwrap().len(), 32);
    assert_eq!(begin(&content("T1", "样例甲"))["biz_no"], first["biz_no"]);
    assert_eq!(begin(&content("T1", "样例乙"))["sub_code"], "INVALID_PARAMETER");
    assert_ne!(begin(&content("T2", "样例甲"))["biz_no"], first["biz_no"]);
    let changed = |name: &str, value: &str| {
        let mut content = content("T3", "样例甲");
        content[name] = value.into();
        begin(&content)["sub_code"].as_str().unwrap_or_default().to_owned()
    };
    assert_eq!(changed("product_code", "w1"), "ARRANGEMENT_ERROR");
    assert_eq!(changed("biz_code", "FACE_API"), "UNSUPPORTED_BIZ_CODE", "it has no desk");
    assert_eq!(changed("biz_code", "SMART_FACE"), "UNSUPPORTED_BIZ_CODE", "this app has not contracted it");
    assert_eq!(changed("transaction_id", ""), "INVALID_PARAMETER");
    assert_eq!(changed("identity_param", "[]"), "INVALID_PARAMETER");
    // The query tells that nobody has been there, over and over, until the time is over.
    let query = || certification(&both.bench, "query", &json!({ "biz_no": first["biz_no"] }));
    for _ in 0..2 {
        assert_eq!((&query()["passed"], &query()["failed_reason"]), (&json!("false"), &json!("认证未完成")));
    }
    let page = certification(&both.bench, "query", &json!({ "biz_no": "ZM201612013000000393900404029253" }));
    assert_eq!(page["sub_code"], "INVALID_PARAMETER");
    both.bench.turn_clock(24 * 60 * 60);
    assert_eq!(query()["failed_reason"], "认证已失效");
    let over = both.bench.call(
        &App::new(),
        "zhima.customer.certification.certify",
        &json!({ "biz_no": first["biz_no"] }).to_string(),
    );
    assert_eq!(over.node["sub_code"], "TRANSACTION_ERROR");
}

#[test]
fn another_apps_certification_is_unknown() {
    let both = Both::new();
    assert_ne!(APP, CERT_APP);
    let identity =
        json!({ "identity_type": "CERT_INFO", "cert_type": "IDENTITY_CARD", "cert_name": "样例甲", "cert_no": ID });
    let content = json!({
        "transaction_id": "T1", "product_code": "w1010100000000002978", "biz_code": "FACE",
        "identity_param": identity.to_string(),
    });
    let begun = certification(&both.bench, "initialize", &content);
    let asked = json!({ "biz_no": begun["biz_no"] }).to_string();
    for step in ["query", "certify"] {
        let method = format!("zhima.customer.certification.{step}");
        assert_eq!(both.bench.call(&App::certified(), &method, &asked).node["sub_code"], "INVALID_PARAMETER");
    }
}

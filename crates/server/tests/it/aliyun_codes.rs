//! Every refusal of Alibaba Cloud Domain's door, met through the door.

use http::HeaderMap;
use shiming_core::{
    Asking, CallerState, CaseKey,
    submit::{Content, Dossier},
};
use shiming_server::doors::{
    Door, Head, IntakeRefusal,
    aliyun_domain::{KIND, NAME, Protection, Settings},
};
use shiming_wire::aliyun::{No, Switches, codes::ROWS};

use crate::aliyun_bench::{
    AliyunBench, DISABLED_KEY, ID, KEY, LIMITED_KEY, SECRET, SIGNER, Seen, Signed, Signer, TOKEN, TOKEN_KEY, caller,
    encoded, form_headers, jpeg, run,
};

/// A refusal has its row's status and text, in English and, where the row has it, in Chinese.
fn assert_row(seen: &Seen, no: No, name: &str) {
    let row = no.row();
    assert_eq!(seen.status, row.status, "{}", seen.text);
    let json = seen.json();
    assert_eq!(json["Code"], row.code.replace("{}", name));
    let message = json["Message"].as_str().unwrap();
    assert!(message.starts_with(&row.english.replace("{}", name)), "{message}");
    assert_eq!(json["HostId"], "127.0.0.1");
    assert_eq!(json["RequestId"], seen.headers["x-acs-request-id"].as_str());
    assert_eq!(seen.content_type, "application/json;charset=utf-8");
}

fn picture() -> String {
    encoded(&jpeg(60_000))
}

#[test]
fn every_refusal_of_a_submission_has_the_documents_code_and_text() {
    let bench = AliyunBench::new();
    let id = bench.template();
    let good = picture();
    let small = encoded(&jpeg(56_319));
    let large = encoded(&jpeg(1_048_577));
    let png = encoded(&[b"\x89PNG\r\n\x1a\n".as_slice(), &vec![0; 60_000]].concat());
    for (no, id, number, picture) in [
        (No::ParameterIllegal, "0", ID, good.as_str()),
        (No::ParameterIllegal, "9223372036854775808", ID, &good),
        (No::ParameterIllegal, &id, "１１０１０５", &good),
        (No::FileData, &id, ID, "!!!!"),
        (No::FileFormat, &id, ID, &png),
        (No::FileTooSmall, &id, ID, &small),
        (No::FileTooLarge, &id, ID, &large),
        (No::NoSuchTemplate, "7", ID, &good),
    ] {
        let business = [("ContactTemplateId", id), ("CredentialNo", number), ("Credential", picture)];
        let seen = bench.call("SaveContactTemplateCredential", &business);
        assert_row(&seen, no, "");
        assert!(seen.admitted);
        let chinese = bench.call("SaveContactTemplateCredential", &[&business[..], &[("Lang", "zh")]].concat());
        assert_eq!(chinese.message(), no.row().chinese.unwrap());
    }
    assert_eq!(bench.submit(&id).said(), "ok");
    assert_row(&bench.submit(&id), No::TemplateAudited, "");
}

#[test]
fn checks_come_in_the_order_of_the_document() {
    let bench = AliyunBench::new();
    let ask = |id: &str, number: &str, picture: &str| {
        let business = [("ContactTemplateId", id), ("CredentialNo", number), ("Credential", picture)];
        bench.call("SaveContactTemplateCredential", &business).said()
    };
    assert_eq!(ask("", "", ""), "MissingContactTemplateId");
    assert_eq!(ask("x", "", ""), "MissingCredentialNo");
    assert_eq!(ask("x", "1", ""), "MissingCredential");
    assert_eq!(ask("x", "1", "!"), "ParameterIllegal");
    assert_eq!(ask("7", "1", "!"), "ParameterIllegal");
    assert_eq!(ask("7", ID, "!"), "FileDataError");
    assert_eq!(ask("7", ID, &picture()), "ContactTemplateNotExist");
}

#[test]
fn a_store_that_fails_is_told_without_an_invitation_to_send_the_picture_again() {
    let bench = AliyunBench::new();
    let id = bench.template();
    // What was written can be read; nothing more can be written, nonces included.
    bench.store.close();
    assert_row(&bench.submit(&id), No::TemplateUpdate, "");
    assert_row(&bench.call("SaveContactTemplate", &[("CName", "甲")]), No::TemplateUpdate, "");
    for action in ["QueryContactTemplate", "QueryFailReasonList"] {
        assert_row(&bench.call(action, &[("ContactTemplateId", &id)]), No::Unavailable, "");
    }
    assert_row(&bench.submit("7"), No::NetworkIo, "");
    let deleted = bench.call("DeleteContactTemplate", &[("ContactTemplateId", &id)]);
    assert_row(&deleted, No::DeleteNetworkIo, "");
}

#[test]
fn deleting_has_its_own_words() {
    let bench = AliyunBench::new();
    let delete = |id: &str| bench.call("DeleteContactTemplate", &[("ContactTemplateId", id)]);
    assert_row(&delete("x"), No::DeleteParameterIllegal, "");
    assert_row(&delete("7"), No::DeleteNoSuchTemplate, "");
    assert_row(&delete(""), No::Missing, "ContactTemplateId");
    let newer = bench.call("DeleteRegistrantProfile", &[("RegistrantProfileId", "7")]);
    assert_row(&newer, No::NoSuchTemplate, "");
}

#[test]
fn what_an_operation_cannot_read_is_illegal() {
    let bench = AliyunBench::new();
    for (action, name, value) in [
        ("SaveContactTemplate", "RegType", "3"),
        ("SaveContactTemplate", "Email", "nobody"),
        ("SaveContactTemplate", "CName", &"长".repeat(256)),
        ("SaveContactTemplate", "ContactTemplateId", "-1"),
        ("SaveRegistrantProfile", "RegistrantProfileType", "other"),
        ("QueryContactTemplate", "AuditStatus", "OTHER"),
        ("QueryContactTemplate", "PageSize", "5001"),
        ("QueryRegistrantProfiles", "DefaultRegistrantProfile", "1"),
        ("QueryFailReasonList", "DomainName", "a.example"),
        ("DeleteContactTemplates", "RegistrantProfileIds", "1;2"),
        ("SetDefaultRegistrantProfile", "RegistrantProfileId", "x"),
    ] {
        assert_row(&bench.call(action, &[(name, value)]), No::ParameterIllegal, "");
    }
    let info = "QueryRegistrantProfileRealNameVerificationInfo";
    assert_row(&bench.call(info, &[("RegistrantProfileId", "7"), ("FetchImage", "x")]), No::ParameterIllegal, "");
    let papers = [
        ("RegistrantProfileID", "7"),
        ("IdentityCredentialNo", ID),
        ("IdentityCredentialType", "ABC"),
        ("IdentityCredential", &picture()),
    ];
    assert_row(&bench.call("RegistrantProfileRealNameVerification", &papers), No::ParameterIllegal, "");
}

#[test]
fn the_gateways_refusals_come_before_the_operation() {
    let bench = AliyunBench::new();
    let changed = |change: &dyn Fn(&str) -> String| {
        let mut signed = bench.signed("QueryContactTemplate", &[]);
        signed.body = change(std::str::from_utf8(&signed.body).unwrap()).into_bytes();
        bench.send(&signed)
    };
    let without = |name: &str| {
        let front = format!("{name}=");
        changed(&|body| body.split('&').filter(|pair| !pair.starts_with(&front)).collect::<Vec<_>>().join("&"))
    };
    assert_row(&without("Version"), No::UnknownVersion, "");
    for name in
        ["Action", "AccessKeyId", "Signature", "SignatureMethod", "SignatureVersion", "SignatureNonce", "Timestamp"]
    {
        assert_row(&without(name), No::Missing, name);
    }
    assert_row(&changed(&|body| body.replace("2016-05-11", "2017-05-11")), No::UnknownVersion, "");
    assert_row(&changed(&|body| body.replace("QueryContact", "queryContact")), No::UnknownAction, "");
    assert_row(&changed(&|body| body.replace("HMAC-SHA1", "SHA256withRSA")), No::SignatureMethod, "");
    assert_row(&changed(&|body| format!("{body}&SignatureType=PRIVATEKEY")), No::SignatureMethod, "");
    assert_row(&changed(&|body| format!("{body}&Lang=zh")), No::SignatureDoesNotMatch, "");
    assert_row(&changed(&|body| body.replace("12%3A00%3A00Z", "12%3A00Z")), No::TimestampFormat, "");
    let mut wrong_method = bench.signed("SaveContactTemplateCredential", &[]);
    wrong_method.method = "GET";
    wrong_method.target = format!("/?{}", String::from_utf8(std::mem::take(&mut wrong_method.body)).unwrap());
    assert_row(&bench.send(&wrong_method), No::HttpMethod, "");
    let mut elsewhere = bench.signed("QueryContactTemplate", &[]);
    elsewhere.target = "/api".into();
    assert_row(&bench.send(&elsewhere), No::UnknownAction, "");
}

#[test]
fn who_may_not_call_is_refused() {
    let bench = AliyunBench::new();
    let ask = |key, secret, token, action| {
        bench.send(&bench.signed_by(Signer { key, secret, token }, action, &[("Format", "JSON")]))
    };
    let query = "QueryContactTemplate";
    assert_row(&ask("TESTALIYUN9", SECRET, None, query), No::UnknownAccessKey, "");
    assert_row(&ask(DISABLED_KEY, SECRET, None, query), No::AccessKeyInactive, "");
    assert_row(&ask(TOKEN_KEY, SECRET, None, query), No::Missing, "SecurityToken");
    assert_row(&ask(TOKEN_KEY, SECRET, Some("other"), query), No::SecurityTokenMismatch, "");
    assert_row(&ask(KEY, SECRET, Some("other"), query), No::SecurityTokenMismatch, "");
    assert_row(&ask(KEY, "other", None, query), No::SignatureDoesNotMatch, "");
    assert_row(&ask(LIMITED_KEY, SECRET, None, "SaveContactTemplate"), No::ForbiddenRam, "");
    for (key, token) in [(TOKEN_KEY, Some(TOKEN)), (LIMITED_KEY, None)] {
        assert_eq!(ask(key, SECRET, token, query).said(), "ok");
    }
}

#[test]
fn a_wrong_secret_is_recognised_by_the_text_behind_the_only_colon() {
    let bench = AliyunBench::new();
    let signed = bench.signed_by(Signer { secret: "other", ..SIGNER }, "QueryContactTemplate", &[("Format", "JSON")]);
    let message = bench.send(&signed).message();
    let (front, text) = message.split_once(':').unwrap();
    assert_eq!(front, "Specified signature is not matched with our calculation. server string to sign is");
    assert!(text.starts_with("POST&%2F&AccessKeyId%3DTESTALIYUN0000000001%26Action%3DQueryContactTemplate%26"));
    assert!(!text.contains(':'));
}

#[test]
fn a_hidden_key_is_refused_as_a_wrong_signature() {
    let bench = AliyunBench::with(Settings { hide_unknown_keys: true, ..Settings::default() });
    let ask = |key, secret| {
        let signer = Signer { key, secret, token: None };
        bench.send(&bench.signed_by(signer, "QueryContactTemplate", &[("Format", "JSON")]))
    };
    let (unknown, wrong) = (ask("TESTALIYUN0000000009", SECRET), ask(KEY, "other"));
    assert_row(&unknown, No::SignatureDoesNotMatch, "");
    assert_row(&wrong, No::SignatureDoesNotMatch, "");
    let front = |seen: &Seen| seen.message().split("AccessKeyId").next().unwrap().to_owned();
    assert_eq!(front(&unknown), front(&wrong));
}

#[test]
fn beyond_its_limit_a_caller_is_told_when_to_ask_again() {
    let bench = AliyunBench::with(Settings { in_flight_per_caller: 0, ..Settings::default() });
    let signed = bench.signed("QueryContactTemplate", &[]);
    let seen = bench.send(&signed);
    assert_row(&seen, No::ThrottlingUser, "");
    assert_eq!(seen.headers["x-acs-retry-after"], "1000");
}

#[test]
fn switches_turn_two_refusals_on_and_off() {
    let format = |strict_format| {
        let switches = Switches { strict_format, ..Switches::default() };
        let bench = AliyunBench::with(Settings { switches, ..Settings::default() });
        bench.send(&bench.signed_by(SIGNER, "QueryContactTemplate", &[("Format", "None")]))
    };
    assert_eq!(format(true).said(), "InvalidParameter.Format");
    let taken = format(false);
    assert_eq!((taken.said().as_str(), taken.content_type.as_str()), ("ok", "text/xml;charset=utf-8"));
}

#[test]
fn what_is_too_large_is_refused_in_json_whatever_was_asked() {
    let bench = AliyunBench::new();
    let long = Signed {
        method: "POST",
        target: format!("/?Format=XML&a={}", "a".repeat(6 * 1024 * 1024)),
        headers: form_headers(),
        body: Vec::new(),
    };
    assert_row(&bench.send(&long), No::TargetTooLong, "");
    let headers = HeaderMap::new();
    let head = Head { method: "POST", target: "/?Format=XML", headers: &headers };
    let said = |why| {
        let answer = bench.door.refuse(head, why);
        (answer.status.as_u16(), String::from_utf8(answer.body.to_vec()).unwrap())
    };
    let (status, text) = said(IntakeRefusal::BodyTooLarge);
    let row = No::BodyTooLarge.row();
    assert_eq!(status, row.status);
    assert!(text.starts_with('{') && text.contains(&format!("\"Code\":\"{}\"", row.code)), "{text}");
    for why in [IntakeRefusal::BodyBroken, IntakeRefusal::BodyTooSlow] {
        let (status, text) = said(why);
        assert!(status == 400 && text.contains("<Code>InvalidParameter</Code>"), "{text}");
    }
}

#[test]
fn a_refusal_is_xml_where_xml_was_asked() {
    let bench = AliyunBench::new();
    let seen = bench.send(&bench.signed_by(SIGNER, "DeleteContactTemplate", &[("ContactTemplateId", "7")]));
    assert_eq!((seen.status, seen.content_type.as_str()), (400, "text/xml;charset=utf-8"));
    let id = &seen.headers["x-acs-request-id"];
    assert_eq!(
        seen.text,
        format!(
            "<?xml version='1.0' encoding='UTF-8'?><Error><RequestId>{id}</RequestId><HostId>127.0.0.1</HostId><Code>ContactTemplateNotExist</Code><Message>ContactTemplateNotExist</Message></Error>"
        )
    );
}

#[test]
fn the_host_id_can_be_named() {
    let bench = AliyunBench::with(Settings { host_id: Some("domain.aliyuncs.com".into()), ..Settings::default() });
    let seen = bench.call("DeleteContactTemplate", &[("ContactTemplateId", "7")]);
    assert_eq!(seen.json()["HostId"], "domain.aliyuncs.com");
}

#[test]
fn beyond_the_doors_limits_a_caller_is_told_when_to_ask_again_too() {
    let limits = Settings::default();
    for (settings, no) in [
        (Settings { in_flight: 0, ..limits.clone() }, No::Throttling),
        (Settings { in_flight_per_operation: 0, ..limits }, No::ThrottlingApi),
    ] {
        let bench = AliyunBench::with(settings);
        let signed = bench.signed("QueryContactTemplate", &[]);
        let seen = bench.send(&signed);
        assert_row(&seen, no, "");
        assert_eq!(seen.headers["x-acs-retry-after"], "1000");
        let stranger = Signer { secret: "other", ..SIGNER };
        let stranger = bench.signed_by(stranger, "QueryContactTemplate", &[("Format", "JSON")]);
        assert_row(&bench.send(&stranger), No::SignatureDoesNotMatch, "");
    }
}

#[test]
fn a_token_that_is_over_or_is_none_is_told_apart_from_another_ones() {
    let now = "2026-11-25T12:00:00Z".parse().unwrap();
    let known = |until: i64| {
        let mut known = caller(TOKEN_KEY, SECRET, CallerState::Enabled, Some(TOKEN), None);
        known.settings.insert("security_token_until".into(), until.to_string());
        AliyunBench::at(now, Settings::default(), vec![known])
    };
    let ask = |bench: &AliyunBench, secret, token| {
        let signer = Signer { key: TOKEN_KEY, secret, token: Some(token) };
        bench.send(&bench.signed_by(signer, "QueryContactTemplate", &[("Format", "JSON")]))
    };
    let (good, over) = (known(now.as_second()), known(now.as_second() - 1));
    assert_eq!(ask(&good, SECRET, TOKEN).said(), "ok", "until then, that second included");
    assert_row(&ask(&over, SECRET, TOKEN), No::SecurityTokenExpired, "");
    assert_row(&ask(&over, SECRET, "other"), No::SecurityTokenMismatch, "");
    let long = "t".repeat(4097);
    for malformed in ["a token", "令牌", "line\nend", Box::leak(long.into_boxed_str())] {
        assert_row(&ask(&good, SECRET, malformed), No::SecurityTokenMalformed, "");
    }
}

#[test]
fn a_call_without_tls_is_refused_where_the_operator_wants_tls() {
    let header = http::HeaderName::from_static("x-forwarded-proto");
    let ask = |protection, said: &[&str]| {
        let bench = AliyunBench::with(Settings { protection, ..Settings::default() });
        let mut signed = bench.signed("QueryContactTemplate", &[]);
        for said in said {
            signed.headers.append(&header, said.parse().unwrap());
        }
        bench.send(&signed)
    };
    let proxy = || Protection::Proxy(Some(header.clone()));
    assert_row(&ask(Protection::Proxy(None), &["https"]), No::NeedSsl, "");
    for said in [&[][..], &["http"], &["https", "https"], &["https, http"]] {
        assert_row(&ask(proxy(), said), No::NeedSsl, "");
    }
    for (protection, said) in [(proxy(), &["HTTPS"][..]), (Protection::Here, &[]), (Protection::Any, &["http"])] {
        assert_eq!(ask(protection, said).said(), "ok");
    }
}

#[test]
fn a_host_that_is_none_of_the_doors_has_no_product() {
    let ask = |domains: &[&str]| {
        let domains = Some(domains.iter().map(|domain| (*domain).to_owned()).collect());
        let bench = AliyunBench::with(Settings { domains, ..Settings::default() });
        bench.call("QueryContactTemplate", &[])
    };
    assert_row(&ask(&["domain.example"]), No::NoSuchProduct, "");
    assert_row(&ask(&[]), No::NoSuchProduct, "");
    assert_eq!(ask(&["domain.example", "127.0.0.1"]).said(), "ok");
}

#[test]
fn an_operation_that_is_held_is_refused_to_everybody_and_others_are_not() {
    let bench = AliyunBench::with(Settings { held: vec!["DeleteContactTemplate".into()], ..Settings::default() });
    let id = bench.template();
    let seen = bench.call("DeleteContactTemplate", &[("ContactTemplateId", &id)]);
    assert_row(&seen, No::ForbiddenRisk, "");
    assert_eq!(bench.call("QueryContactTemplate", &[("ContactTemplateId", &id)]).said(), "ok");
}

#[test]
fn a_template_that_cannot_be_read_is_an_error_of_this_side() {
    let bench = AliyunBench::new();
    let id = bench.template();
    let key = CaseKey { door: NAME.into(), caller: KEY.into(), kind: KIND.into(), number: id.parse().unwrap() };
    let asking =
        Asking { door: NAME, caller: KEY, operation: "test", request_id: "r", arrived: std::time::Instant::now() };
    let content = Content { dossier: Some(Dossier(b"{".to_vec())), ..Content::default() };
    run(bench.submitter.edit(asking, &key, content, None)).unwrap();
    assert_row(&bench.call("QueryContactTemplate", &[("ContactTemplateId", &id)]), No::Internal, "");
}

#[test]
fn only_what_is_on_the_page_is_unsealed_unless_a_filter_needs_more() {
    let bench = AliyunBench::new();
    let ids: Vec<_> = (0..3).map(|_| bench.template()).collect();
    let key = CaseKey { door: NAME.into(), caller: KEY.into(), kind: KIND.into(), number: ids[2].parse().unwrap() };
    let asking =
        Asking { door: NAME, caller: KEY, operation: "test", request_id: "r", arrived: std::time::Instant::now() };
    let content = Content { dossier: Some(Dossier(b"{".to_vec())), ..Content::default() };
    run(bench.submitter.edit(asking, &key, content, None)).unwrap();
    let page = |number: &str, more: &[(&str, &str)]| {
        bench.call("QueryContactTemplate", &[&[("PageSize", "1"), ("PageNum", number)], more].concat())
    };
    for (number, id) in [("1", &ids[0]), ("2", &ids[1])] {
        let seen = page(number, &[]).json();
        assert_eq!(&seen["ContactTemplates"]["ContactTemplate"][0]["ContactTemplateId"].to_string(), id);
        assert_eq!((&seen["TotalItemNum"], &seen["NextPage"]), (&3.into(), &true.into()));
    }
    assert_row(&page("3", &[]), No::Internal, "");
    assert_row(&page("1", &[("RegType", "1")]), No::Internal, "");
    assert_eq!(page("1", &[("AuditStatus", "AUDITING")]).json()["TotalItemNum"], 0);
}

#[test]
fn every_row_is_met_by_one_of_these_tests() {
    let sources = [
        include_str!("aliyun.rs"),
        include_str!("aliyun_codes.rs"),
        include_str!("aliyun_pictures.rs"),
        include_str!("aliyun_wire.rs"),
    ];
    for row in ROWS {
        // As a variant, or by its code: `Missing` and `InvalidParameter` by their variants only.
        let (variant, code) = (format!("No::{:?}", row.no), format!("\"{}\"", row.code));
        let ends = |rest: &str| !rest.starts_with(|letter: char| letter.is_ascii_alphanumeric());
        let named = |source: &&str| source.split(&variant).skip(1).filter(|rest| ends(rest)).count();
        let met = sources.iter().map(|source| named(source) + source.matches(&code).count()).sum::<usize>();
        assert!(met >= 1, "{:?}", row.no);
    }
}

#[test]
fn callers_are_read_with_their_secrets_only() {
    let known = caller("K", "s", CallerState::Enabled, None, None);
    assert!(shiming_server::doors::aliyun_domain::AliyunCaller::read(&known).is_some());
    let bare = shiming_core::Caller { secrets: std::collections::BTreeMap::new(), ..known };
    assert!(shiming_server::doors::aliyun_domain::AliyunCaller::read(&bare).is_none());
}

//! The life of a template at Alibaba Cloud Domain's door, in both versions.

use serde_json::{Value, json};
use shiming_core::submit::{Forms, Means, Outcome};
use shiming_server::doors::aliyun_domain::AliyunForms;

use crate::aliyun_bench::{AliyunBench, ID, OTHER_KEY, SECRET, SIGNER, Signer, bmp, encoded, jpeg, key, run};

const OTHER: Signer = Signer { key: OTHER_KEY, secret: SECRET, token: None };

fn template(seen: &Value) -> &Value {
    &seen["ContactTemplates"]["ContactTemplate"][0]
}

#[test]
fn a_template_is_saved_submitted_rejected_submitted_again_approved_and_deleted() {
    let bench = AliyunBench::new();
    let saved = bench.call("SaveContactTemplate", &[("RegType", "1"), ("CName", "样例甲"), ("Email", "a@b.example")]);
    assert_eq!((saved.status, saved.json()["Success"].clone()), (200, json!(true)));
    let id = saved.json()["ContactTemplateId"].to_string();
    assert_eq!(bench.status(&id), "NONAUDIT");

    let submitted = bench.submit(&id);
    assert_eq!(submitted.said(), "ok");
    assert_eq!(submitted.json().as_object().unwrap().keys().collect::<Vec<_>>(), ["RequestId"]);
    assert_eq!(bench.status(&id), "AUDITING");
    assert_eq!(bench.submit(&id).said(), "ContactTemplateAudited");

    bench.turn_clock(60);
    bench.decide(&id, Outcome::Reject, "证件电子信息核验不合格");
    assert_eq!(bench.status(&id), "FAILED");
    bench.turn_clock(60);
    assert_eq!(bench.submit(&id).said(), "ok");
    bench.decide(&id, Outcome::Reject, "图片模糊");
    let reasons = bench.call("QueryFailReasonList", &[("ContactTemplateId", &id)]).json();
    assert_eq!(
        reasons["Data"],
        json!({"FailRecord": [
            {"Date": "2026-11-25 20:02:00", "FailReason": "图片模糊"},
            {"Date": "2026-11-25 20:01:00", "FailReason": "证件电子信息核验不合格"},
        ]})
    );

    assert_eq!(bench.call("SaveContactTemplate", &[("ContactTemplateId", &id), ("CName", "样例乙")]).said(), "ok");
    assert_eq!(bench.status(&id), "FAILED");
    assert_eq!(bench.submit(&id).said(), "ok");
    bench.decide(&id, Outcome::Approve, "");
    assert_eq!(bench.status(&id), "SUCCEED");
    assert_eq!(bench.submit(&id).said(), "ContactTemplateAudited");
    let shown = bench.call("QueryContactTemplate", &[("AuditStatus", "SUCCEED")]).json();
    assert_eq!(template(&shown)["CName"], "样例乙");
    assert_eq!(
        (&template(&shown)["Email"], &template(&shown)["UserId"]),
        (&json!("a@b.example"), &json!("test-account"))
    );

    let deleted = bench.call("DeleteContactTemplate", &[("ContactTemplateId", &id)]);
    assert_eq!(deleted.json()["Success"], true);
    assert_eq!(bench.status(&id), "-");
    for (action, name) in [("QueryFailReasonList", "ContactTemplateId"), ("DeleteContactTemplate", "ContactTemplateId")]
    {
        assert_eq!(bench.call(action, &[(name, &id)]).said(), "ContactTemplateNotExist");
    }
    assert_eq!(bench.submit(&id).said(), "ContactTemplateNotExist");
    assert_eq!(bench.entries(), 7, "three submissions, three decisions, one end; nothing of what was refused");
}

#[test]
fn a_template_under_review_keeps_its_holder_and_is_not_deleted() {
    let bench = AliyunBench::new();
    let id = bench.template();
    assert_eq!(bench.submit(&id).said(), "ok");
    let save = |name, value| bench.call("SaveContactTemplate", &[("ContactTemplateId", &id), (name, value)]).said();
    for (name, value) in [("CName", "样例乙"), ("CCompany", "样例乙"), ("RegType", "2")] {
        assert_eq!(save(name, value), "ContactTemplateUpdateFailed");
    }
    assert_eq!((save("CName", "样例甲"), save("TelMain", "13800000000")), ("ok".into(), "ok".into()));
    let deleted = bench.call("DeleteContactTemplate", &[("ContactTemplateId", &id)]);
    assert_eq!(deleted.said(), "150008");
    assert_eq!(deleted.message(), "It is forbidden to delete the information template during approval.");
    let shown = bench.call("QueryContactTemplate", &[]).json();
    let template = template(&shown);
    assert_eq!((&template["CName"], &template["TelMain"]), (&json!("样例甲"), &json!("13800000000")));
    assert_eq!(template["AuditStatus"], "AUDITING");
}

#[test]
fn a_verified_template_that_names_another_holder_is_verified_no_longer() {
    let bench = AliyunBench::new();
    let id = bench.template();
    let save = |name, value| bench.call("SaveContactTemplate", &[("ContactTemplateId", &id), (name, value)]).said();
    assert_eq!(bench.submit(&id).said(), "ok");
    bench.decide(&id, Outcome::Approve, "");
    assert_eq!(save("Email", "a@b.example"), "ok");
    assert_eq!(bench.status(&id), "SUCCEED");
    assert_eq!(save("CCompany", "样例乙"), "ok");
    assert_eq!(bench.status(&id), "NONAUDIT");
    assert_eq!(bench.submit(&id).said(), "ok", "and so it can be submitted again");
    bench.decide(&id, Outcome::Approve, "");
    assert_eq!(bench.status(&id), "SUCCEED");
    let shown = bench.call("QueryContactTemplate", &[]).json();
    let template = template(&shown);
    assert_eq!((&template["CCompany"], &template["Email"]), (&json!("样例乙"), &json!("a@b.example")));
}

#[test]
fn of_two_parallel_submissions_exactly_one_wins() {
    let bench = AliyunBench::new();
    let id = bench.template();
    let calls: Vec<_> = (0..8).map(|_| bench.submission(&id, &encoded(&jpeg(60_000)))).collect();
    let mut said: Vec<_> = std::thread::scope(|scope| {
        let sent: Vec<_> = calls.iter().map(|call| scope.spawn(|| bench.send(call).said())).collect();
        sent.into_iter().map(|sent| sent.join().unwrap()).collect()
    });
    said.sort();
    assert_eq!(said.iter().filter(|said| *said == "ok").count(), 1, "{said:?}");
    assert_eq!(said.iter().filter(|said| *said == "ContactTemplateAudited").count(), 7, "{said:?}");
    assert_eq!((bench.papers(), bench.entries()), (1, 1), "the losers leave nothing behind");
}

#[test]
fn of_a_submission_and_a_deletion_at_one_moment_the_first_decides() {
    for _ in 0..8 {
        let bench = AliyunBench::new();
        let id = bench.template();
        let submission = bench.submission(&id, &encoded(&jpeg(60_000)));
        let deletion = bench.signed("DeleteContactTemplate", &[("ContactTemplateId", &id)]);
        let (submitted, deleted) = std::thread::scope(|scope| {
            let submitted = scope.spawn(|| bench.send(&submission).said());
            let deleted = scope.spawn(|| bench.send(&deletion).said());
            (submitted.join().unwrap(), deleted.join().unwrap())
        });
        let pair = (submitted.as_str(), deleted.as_str());
        assert!(matches!(pair, ("ok", "150008") | ("ContactTemplateNotExist", "ok")), "{pair:?}");
    }
}

#[test]
fn another_caller_sees_and_touches_nothing() {
    let bench = AliyunBench::new();
    let id = bench.template();
    assert_eq!(bench.submit(&id).said(), "ok");
    bench.decide(&id, Outcome::Reject, "理由");
    let ask = |action, business: &[(&str, &str)]| {
        bench.send(&bench.signed_by(OTHER, action, &[&[("Format", "JSON")], business].concat()))
    };
    let picture = encoded(&jpeg(60_000));
    let submission = [("ContactTemplateId", id.as_str()), ("CredentialNo", ID), ("Credential", &picture)];
    assert_eq!(ask("SaveContactTemplateCredential", &submission).said(), "ContactTemplateNotExist");
    for action in ["DeleteContactTemplate", "QueryFailReasonList", "SaveContactTemplate"] {
        let business = [("ContactTemplateId", id.as_str()), ("CName", "乙")];
        assert_eq!(ask(action, &business).said(), "ContactTemplateNotExist", "{action}");
    }
    for action in ["DeleteRegistrantProfile", "SetDefaultRegistrantProfile"] {
        assert_eq!(ask(action, &[("RegistrantProfileId", &id)]).said(), "ContactTemplateNotExist", "{action}");
    }
    let info = ask("QueryRegistrantProfileRealNameVerificationInfo", &[("RegistrantProfileId", &id)]);
    assert_eq!(info.said(), "ContactTemplateNotExist");
    assert_eq!(ask("QueryContactTemplate", &[]).json()["TotalItemNum"], 0);
    assert_eq!(ask("QueryContactTemplate", &[("ContactTemplateId", &id)]).json()["TotalItemNum"], 0);
    assert_eq!(bench.status(&id), "FAILED");
}

#[test]
fn a_kind_of_holder_has_one_usual_template() {
    let bench = AliyunBench::new();
    let save =
        |business: &[(&str, &str)]| bench.call("SaveContactTemplate", business).json()["ContactTemplateId"].to_string();
    let first = save(&[("RegType", "1"), ("CName", "甲"), ("DefaultTemplate", "True")]);
    let organisation = save(&[("RegType", "2"), ("CName", "乙"), ("DefaultTemplate", "true")]);
    let usual = || {
        let seen = bench.call("QueryContactTemplate", &[("DefaultTemplate", "true")]).json();
        let items = seen["ContactTemplates"]["ContactTemplate"].as_array().unwrap().clone();
        items.iter().map(|item| item["ContactTemplateId"].to_string()).collect::<Vec<_>>()
    };
    assert_eq!(usual(), [first.clone(), organisation.clone()]);
    let second = save(&[("CName", "丙"), ("DefaultTemplate", "true")]);
    assert_eq!(usual(), [organisation.clone(), second.clone()]);
    assert_eq!(bench.call("SetDefaultRegistrantProfile", &[("RegistrantProfileId", &first)]).said(), "ok");
    assert_eq!(usual(), [first.clone(), organisation.clone()]);
    save(&[("ContactTemplateId", &first), ("DefaultTemplate", "false")]);
    assert_eq!(usual(), [organisation.as_str()]);
    assert_eq!(bench.submit(&organisation).said(), "ok");
    save(&[("ContactTemplateId", &organisation), ("DefaultTemplate", "false")]);
    assert_eq!(usual(), Vec::<String>::new(), "a choice is no change: it is free while under review");
    save(&[("ContactTemplateId", &second), ("DefaultTemplate", "true")]);
    save(&[("ContactTemplateId", &second), ("RegType", "2")]);
    assert_eq!(usual(), Vec::<String>::new(), "as another kind of holder it was never chosen");
}

#[test]
fn the_newer_version_submits_over_the_same_templates() {
    let bench = AliyunBench::new();
    let id = bench.template();
    let picture = encoded(&bmp(60_000));
    let papers = [("IdentityCredentialNo", ID), ("IdentityCredentialType", "SFZ"), ("IdentityCredential", &*picture)];
    let submit = |action, more: &[(&str, &str)]| bench.call(action, &[&papers, more].concat());
    let verify = "RegistrantProfileRealNameVerification";
    for name in ["RegistrantProfileID", "RegistrantProfileId"] {
        let said = submit(verify, &[(name, &id)]).said();
        assert_eq!(said, if name.ends_with("ID") { "ok" } else { "ContactTemplateAudited" });
    }
    bench.decide(&id, Outcome::Reject, "理由");
    let reasons =
        bench.call("QueryFailReasonForRegistrantProfileRealNameVerification", &[("RegistrantProfileID", &id)]);
    assert_eq!(reasons.json()["Data"], json!([{"Date": "2026-11-25 20:00:00", "FailReason": "理由"}]));

    bench.turn_clock(60);
    let both = "SaveRegistrantProfileRealNameVerification";
    let saved = submit(both, &[("RegistrantProfileId", &id), ("ZhRegistrantName", "样例乙")]);
    assert_eq!(saved.json()["RegistrantProfileId"].to_string(), id);
    let info = |fetch: &str| {
        let business = [("RegistrantProfileId", id.as_str()), ("FetchImage", fetch)];
        bench.call("QueryRegistrantProfileRealNameVerificationInfo", &business).json()
    };
    let plain = info("False");
    assert_eq!(plain["IdentityCredentialNo"], "110***************");
    assert_eq!((&plain["IdentityCredentialType"], &plain["IdentityCredential"]), (&json!("SFZ"), &Value::Null));
    assert_eq!(plain["SubmissionDate"], "2026-11-25 20:00:00");
    assert_eq!(plain["ModificationDate"], "2026-11-25 20:01:00");
    assert_eq!(info("True")["IdentityCredential"], picture.as_str());

    let profiles = bench.call("QueryRegistrantProfiles", &[("RealNameStatus", "AUDITING")]).json();
    let profile = &profiles["RegistrantProfiles"]["RegistrantProfile"][0];
    assert_eq!((&profile["ZhRegistrantName"], &profile["CredentialType"]), (&json!("样例乙"), &json!("SFZ")));
    assert_eq!(profile["RegistrantProfileType"], "common");
}

const CONTACT: &[(&str, &str)] = &[
    ("Address", "1 Road"),
    ("City", "Beijing"),
    ("Country", "CN"),
    ("Email", "a@b.example"),
    ("PostalCode", "100000"),
    ("Province", "Beijing"),
    ("RegistrantName", "Sample"),
    ("RegistrantOrganization", "Sample"),
    ("RegistrantType", "1"),
    ("TelArea", "86"),
    ("Telephone", "13800000000"),
    ("ZhAddress", "路一号"),
    ("ZhCity", "北京"),
    ("ZhProvince", "北京"),
    ("ZhRegistrantName", "样例甲"),
    ("ZhRegistrantOrganization", "样例甲"),
];

#[test]
fn a_profile_is_made_and_submitted_in_one_call_when_all_of_it_is_there() {
    let bench = AliyunBench::new();
    let picture = encoded(&jpeg(60_000));
    let papers = [("IdentityCredentialNo", ID), ("IdentityCredentialType", "HZ"), ("IdentityCredential", &*picture)];
    let both = "SaveRegistrantProfileRealNameVerification";
    for (index, (name, _)) in CONTACT.iter().enumerate() {
        let without: Vec<_> =
            CONTACT.iter().enumerate().filter(|(at, _)| *at != index).map(|(_, pair)| *pair).collect();
        assert_eq!(bench.call(both, &[&papers[..], &without].concat()).said(), format!("Missing{name}"));
    }
    let made = bench.call(both, &[&papers[..], CONTACT].concat());
    let id = made.json()["RegistrantProfileId"].to_string();
    assert_eq!(bench.status(&id), "AUDITING");
    assert_eq!((bench.papers(), bench.entries()), (1, 1));

    let form = run(bench.submitter.cases().dossier(&key(&id))).unwrap().unwrap();
    let form = AliyunForms.form(&key(&id), &form).unwrap();
    let fields: Vec<_> = form.fields.iter().take(3).map(|field| (field.name.as_str(), field.means)).collect();
    let expected = [("RegType", Means::Other), ("CCompany", Means::Person), ("CredentialNo", Means::OtherNumber)];
    assert_eq!(fields, expected);
}

#[test]
fn several_templates_are_deleted_all_or_none() {
    let bench = AliyunBench::new();
    let ids: Vec<_> = (0..3).map(|_| bench.template()).collect();
    assert_eq!(bench.submit(&ids[2]).said(), "ok");
    let delete =
        |ids: &[&str]| bench.call("DeleteContactTemplates", &[("RegistrantProfileIds", &ids.join(","))]).said();
    assert_eq!(delete(&[&ids[0], &ids[2]]), "150008");
    assert_eq!(delete(&[&ids[0], "7"]), "ContactTemplateNotExist");
    assert_eq!(delete(&[&ids[0], " 7"]), "ParameterIllegal");
    assert_eq!(bench.status(&ids[0]), "NONAUDIT", "nothing was deleted so far");
    assert_eq!(delete(&[&ids[0], &ids[1], &ids[0]]), "ok");
    assert_eq!((bench.status(&ids[0]), bench.status(&ids[1])), ("-".into(), "-".into()));
    assert_eq!(bench.status(&ids[2]), "AUDITING");
}

#[test]
fn queries_filter_and_page_in_both_forms() {
    let bench = AliyunBench::new();
    let empty = bench.send(&bench.signed_by(SIGNER, "QueryContactTemplate", &[]));
    assert_eq!(empty.content_type, "text/xml;charset=utf-8", "without Format an RPC call is answered in XML");
    assert!(empty.text.starts_with("<?xml version='1.0' encoding='UTF-8'?><QueryContactTemplateResponse><RequestId>"));
    assert!(empty.text.contains("<TotalItemNum>0</TotalItemNum>"));
    assert!(empty.text.ends_with("<ContactTemplates></ContactTemplates></QueryContactTemplateResponse>"));
    for (company, holder) in [("甲有限公司", "2"), ("乙有限公司", "2"), ("丙", "1")] {
        assert_eq!(bench.call("SaveContactTemplate", &[("CCompany", company), ("RegType", holder)]).said(), "ok");
    }
    let names = |business: &[(&str, &str)]| {
        let seen = bench.call("QueryContactTemplate", business).json();
        let items = seen["ContactTemplates"]["ContactTemplate"].as_array().unwrap().clone();
        (
            seen["TotalItemNum"].as_i64().unwrap(),
            items.iter().map(|item| item["CCompany"].as_str().unwrap().chars().next().unwrap()).collect::<String>(),
        )
    };
    assert_eq!(names(&[]), (3, "甲乙丙".into()));
    assert_eq!(names(&[("RegType", "2")]), (2, "甲乙".into()));
    assert_eq!(names(&[("CCompany", "有限")]), (2, "甲乙".into()));
    assert_eq!(names(&[("ECompany", "Ltd")]), (0, String::new()));
    assert_eq!(names(&[("AuditStatus", "AUDITING")]), (0, String::new()));
    assert_eq!(names(&[("PageSize", "2")]), (3, "甲乙".into()));
    assert_eq!(names(&[("PageSize", "2"), ("PageNum", "2")]), (3, "丙".into()));
    assert_eq!(names(&[("PageSize", "2"), ("PageNum", "3")]), (3, String::new()));
    let page = bench.call("QueryRegistrantProfiles", &[("PageSize", "2"), ("PageNum", "2")]).json();
    assert_eq!((&page["TotalPageNum"], &page["PrePage"], &page["NextPage"]), (&json!(2), &json!(true), &json!(false)));
    assert_eq!(bench.call("QueryRegistrantProfiles", &[("Remark", "x")]).json()["TotalItemNum"], 0);
    let xml = bench.send(&bench.signed_by(SIGNER, "QueryContactTemplate", &[("Format", "xml"), ("RegType", "2")]));
    assert_eq!(xml.text.matches("<ContactTemplate>").count(), 2);
}

#[test]
fn an_account_has_at_most_five_hundred_templates() {
    let bench = AliyunBench::new();
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(async {
        for _ in 0..500 {
            let saved = bench.answer(&bench.signed("SaveContactTemplate", &[("CName", "甲")])).await;
            assert_eq!(saved.said(), "ok");
        }
    });
    assert_eq!(bench.call("SaveContactTemplate", &[("CName", "乙")]).said(), "ContactTemplateUpdateFailed");
    let page = bench.call("QueryContactTemplate", &[("PageSize", "5000")]).json();
    let items = page["ContactTemplates"]["ContactTemplate"].as_array().unwrap();
    assert_eq!((page["TotalItemNum"].as_i64(), items.len()), (Some(500), 500));
    let first = items[0]["ContactTemplateId"].to_string();
    assert_eq!(bench.call("DeleteContactTemplate", &[("ContactTemplateId", &first)]).said(), "ok");
    assert_eq!(bench.call("SaveContactTemplate", &[("CName", "乙")]).said(), "ok");
}

#[test]
fn fields_are_verified_without_saving_anything() {
    let bench = AliyunBench::new();
    let verify = |business: &[(&str, &str)]| bench.call("VerifyContactField", business).said();
    assert_eq!(verify(&[("ZhRegistrantName", "甲"), ("DomainName", "a.example")]), "ok");
    assert_eq!(verify(&[("Email", "nobody")]), "ParameterIllegal");
    assert_eq!(bench.call("QueryContactTemplate", &[]).json()["TotalItemNum"], 0);
}

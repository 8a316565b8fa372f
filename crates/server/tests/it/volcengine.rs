//! The life of qualifications and signatures through Volcengine's door.

use serde_json::{Value, json};
use shiming_core::{
    Asking, Case, CaseKey,
    submit::{Decision, Dossier, Forms, Outcome, Review, State},
};
use shiming_server::doors::volcengine_sms::{NAME, QUALIFICATION, SIGNATURE, VolcengineForms};
use shiming_wire::volcengine::sign::Manner;

use crate::volcengine_bench::{
    Bench, CODE, KEY, NUMBER, Sent, TOKEN_KEY, block_on, file, ident, ident_named, person, png, signature,
};

const LIST: &str = "GetSignatureIdentList";

fn case(bench: &Bench, kind: &str, number: i64) -> Case {
    let key = CaseKey { door: NAME.into(), caller: KEY.into(), kind: kind.into(), number };
    block_on(bench.submitter.find(&key)).unwrap().unwrap()
}

/// The roles of the papers that count, in order.
fn papers(bench: &Bench, number: i64) -> Vec<String> {
    let case = case(bench, QUALIFICATION, number);
    let filed = block_on(bench.submitter.cases().papers(&case.key)).unwrap();
    filed.into_iter().filter(|filed| filed.superseded.is_none()).map(|filed| filed.stored.role).collect()
}

/// Approves a case as it was looked at.
fn approved_as(bench: &Bench, seen: &Case) -> Option<Case> {
    let decision = Decision { outcome: Outcome::Approve, reason: String::new(), by: "wang".into() };
    let asking = Asking {
        door: NAME,
        caller: &seen.key.caller,
        operation: "decide",
        request_id: "-",
        arrived: std::time::Instant::now(),
    };
    block_on(bench.submitter.decide_as_seen(asking, seen, decision, Review::One)).unwrap()
}

#[test]
fn a_qualification_is_applied_for_rejected_handed_in_again_approved_and_listed() {
    let bench = Bench::new();
    let seen = bench.post("ApplySignatureIdent", &ident());
    assert_eq!((seen.status, seen.content_type.as_str()), (200, "application/json; charset=utf-8"));
    let metadata = &seen.body["ResponseMetadata"];
    assert_eq!((metadata["Service"].as_str(), metadata["Region"].as_str()), (Some("volcSMS"), Some("cn-north-1")));
    assert_eq!((metadata["RequestId"].as_str().unwrap().len(), metadata["Error"].is_null()), (34, true));
    assert_eq!(metadata["RequestId"].as_str(), Some(seen.log_id.as_str()));
    let id = seen.body["Result"]["id"].as_i64().unwrap();
    assert!((100_000_000..1_i64 << 31).contains(&id));
    assert_eq!(papers(&bench, id).len(), 7);

    assert_eq!(bench.post(LIST, &json!({})).said(), r#"{"list":[],"total":0}"#, "under review");
    bench.decide(QUALIFICATION, id, Outcome::Reject, "执照模糊");
    let rejected = bench.post(LIST, &json!({"status": [2]}));
    assert_eq!(rejected.ids(), (vec![id], 1));
    assert_eq!(rejected.body["Result"]["list"][0]["auditOpinion"], "执照模糊");

    let mut again = ident_named("资质2");
    again["id"] = json!(id);
    assert_eq!(bench.apply(&again), id);
    assert_eq!((case(&bench, QUALIFICATION, id).round, papers(&bench, id).len()), (2, 7));
    bench.approve(id);
    let seen = bench.post(LIST, &json!({"ids": [id]}));
    assert_eq!(
        seen.body["Result"]["list"][0],
        json!({
            "id": id, "purpose": 1, "materialName": "资质2", "businessCertificateName": "样例（北京）有限公司",
            "operatorPersonName": "样例甲", "responsiblePersonName": "样例乙", "legalPersonName": "样例丙", "effectSignatures": [],
            "status": 3, "auditOpinion": "",
        })
    );
    assert_eq!(bench.entries(), 4, "handed in twice, decided twice");
}

#[test]
fn persons_are_replaced_and_everything_else_stays_as_it_was() {
    let bench = Bench::new();
    let id = bench.apply(&ident());
    let update = |name: &str, types: [i64; 2]| {
        let mut operator = person(name, types);
        operator["personCertificate"] = json!([]);
        json!({"id": id, "operatorPerson": operator, "responsiblePersonInfo": person("样例丁", [10, 11])})
    };
    bench.decide(QUALIFICATION, id, Outcome::Reject, "换人");
    assert_eq!(bench.post("UpdateSignatureIdent", &update("样例戊", [8, 9])).said(), r#"{"msg":"success"}"#);
    assert_eq!(
        papers(&bench, id),
        ["business_certificate", "legal_portrait", "legal_emblem", "responsible_portrait", "responsible_emblem"],
        "the new operator has no pictures, and the old one's are not the new one's"
    );
    bench.approve(id);
    let seen = bench.post(LIST, &json!({}));
    let item = &seen.body["Result"]["list"][0];
    assert_eq!(
        (item["operatorPersonName"].as_str(), item["legalPersonName"].as_str()),
        (Some("样例戊"), Some("样例丙"))
    );
    assert_eq!(item["materialName"], "资质1");
}

#[test]
fn what_is_under_review_is_superseded_under_its_id_and_not_decided_unseen() {
    let bench = Bench::new();
    let id = bench.apply(&ident());
    let seen = case(&bench, QUALIFICATION, id);
    let mut instead = ident_named("资质2");
    instead["id"] = json!(id);
    assert_eq!(bench.apply(&instead), id);
    assert_eq!(bench.apply(&instead), id, "sent again");
    let now = case(&bench, QUALIFICATION, id);
    assert_eq!((now.state, now.round, now.version), (State::UnderReview, 2, seen.version + 1));
    let filed = block_on(bench.submitter.cases().papers(&now.key)).unwrap();
    let counting = filed.iter().filter(|filed| filed.superseded.is_none());
    assert!(counting.clone().all(|filed| filed.round == 2) && counting.count() == 7);
    let update = json!({
        "id": id, "operatorPerson": person("样例戊", [8, 9]), "responsiblePersonInfo": person("样例乙", [10, 11]),
    });
    assert_eq!(bench.post("UpdateSignatureIdent", &update).said(), r#"{"msg":"success"}"#);
    assert_eq!(case(&bench, QUALIFICATION, id).round, 3);
    assert_eq!(approved_as(&bench, &seen), None, "the reviewer has looked at the first papers");
    bench.approve(id);
    let seen = bench.post(LIST, &json!({"ids": [id]}));
    let item = &seen.body["Result"]["list"][0];
    assert_eq!((&item["materialName"], &item["operatorPersonName"]), (&"资质2".into(), &"样例戊".into()));
    let mut late = ident_named("资质3");
    late["id"] = json!(id);
    assert_eq!(bench.post("ApplySignatureIdent", &late).said(), "200 1001: 参数错误: id 对应的资质已审核通过");
}

#[test]
fn an_update_of_what_is_in_force_is_reviewed_beside_it_and_takes_its_place() {
    let bench = Bench::new();
    let id = bench.approved(&ident());
    let update = |name: &str| {
        let body = json!({"id": id, "operatorPerson": person(name, [8, 9]), "responsiblePersonInfo": person("样例乙", [10, 11])});
        bench.post("UpdateSignatureIdent", &body).said()
    };
    let done = r#"{"msg":"success"}"#;
    assert_eq!(
        (update("样例丁"), update("样例丁")),
        (done.to_owned(), done.to_owned()),
        "the second is the first again"
    );
    let operator = |status: i64| {
        let seen = bench.post(LIST, &json!({"status": [status]}));
        let list = seen.body["Result"]["list"].as_array().unwrap().clone();
        list.iter().map(|item| (item["id"].as_i64(), item["operatorPersonName"].to_string())).collect::<Vec<_>>()
    };
    assert_eq!(operator(3), [(Some(id), r#""样例甲""#.to_owned())], "what is in force stays");
    assert_eq!(operator(1), [(Some(id), r#""样例丁""#.to_owned())], "under the same id");
    let first = block_on(bench.submitter.cases().revision(&case(&bench, QUALIFICATION, id).key)).unwrap().unwrap();
    assert_eq!(update("样例己"), done, "what waits is superseded by the next");
    assert_eq!(operator(1), [(Some(id), r#""样例己""#.to_owned())]);
    assert_eq!(operator(3), [(Some(id), r#""样例甲""#.to_owned())]);
    assert_eq!(update("样例丁"), done, "sent again within the minute, it is what was superseded");
    assert_eq!(operator(1), [(Some(id), r#""样例己""#.to_owned())]);
    assert_eq!(approved_as(&bench, &first), None, "nobody approves the one by looking at the other");
    let target = "/?Action=GetSignatureIdentificationList&Version=2026-01-01";
    let all = bench.send(&bench.signed("POST", target, "{}"));
    let orders: Vec<_> =
        all.body["Result"]["list"].as_array().unwrap().iter().map(|item| item["isOrder"].as_bool()).collect();
    assert_eq!(orders, [Some(false), Some(true)]);

    let revision =
        || block_on(bench.submitter.cases().revision(&case(&bench, QUALIFICATION, id).key)).unwrap().unwrap();
    let of_revision = revision().key.number;
    let seen = bench.post("ApplySignatureIdent", &{
        let mut by_its_number = ident_named("x");
        by_its_number["id"] = json!(of_revision);
        by_its_number
    });
    assert_eq!(seen.said(), "200 1001: 参数错误: id 对应的资质不存在");
    bench.decide(QUALIFICATION, of_revision, Outcome::Reject, "模糊");
    assert_eq!((operator(3).len(), operator(2).len()), (1, 1));
    assert_eq!(update("样例己"), done, "sent again within the minute, it is what was rejected");
    assert_eq!(operator(1).len(), 0);
    assert_eq!(update("样例戊"), done);
    bench.decide(QUALIFICATION, revision().key.number, Outcome::Approve, "");
    assert_eq!(operator(3), [(Some(id), r#""样例戊""#.to_owned())]);
    assert_eq!((operator(1).len(), operator(2).len(), papers(&bench, id).len()), (0, 0, 7));
    assert_eq!(update("样例戊"), done, "sent again, it is what is in force");
    assert_eq!(operator(1).len(), 0);
}

#[test]
fn an_update_keeps_the_pictures_of_who_stays() {
    let bench = Bench::new();
    let id = bench.apply(&ident());
    bench.decide(QUALIFICATION, id, Outcome::Reject, "");
    let mut operator = person("样例甲", [8, 9]);
    operator["personCertificate"] = json!([]);
    operator["personMobile"] = json!("13900000000");
    let body = json!({"id": id, "operatorPerson": operator, "responsiblePersonInfo": person("样例乙", [10, 11])});
    assert_eq!(bench.post("UpdateSignatureIdent", &body).said(), r#"{"msg":"success"}"#);
    assert_eq!(papers(&bench, id).len(), 7);
}

#[test]
fn a_signature_is_applied_for_bound_listed_and_deleted() {
    let bench = Bench::new();
    let (first, second) = (bench.approved(&ident()), bench.approved(&ident_named("资质2")));
    let seen = bench.post("ApplySmsSignature", &signature("样例", first));
    let result = &seen.body["Result"];
    let id: i64 = result["id"].as_str().unwrap().parse().unwrap();
    assert_eq!(result["applyId"], result["id"]);
    assert_eq!((result["status"].as_i64(), result["isOrder"].as_bool()), (Some(1), Some(true)));
    assert_eq!((result["application"].as_str(), result["source"].as_str()), (Some("sub1"), Some("公司全称/简称")));
    assert_eq!(result["openId"].as_str(), Some(""));
    assert_eq!(
        (result["createdTime"].as_i64(), result["identificationID"].as_i64()),
        (Some(1_795_000_000), Some(first))
    );

    let bind = json!({"subAccount": "sub1", "signatures": ["样例"], "id": second});
    let seen = bench.post("BatchBindSignatureIdent", &bind);
    assert_eq!(seen.said(), "200 1001: 参数错误: signatures 含有不存在或未审核通过的签名");
    bench.decide(SIGNATURE, id, Outcome::Approve, "");
    for _ in 0..2 {
        assert_eq!(bench.post("BatchBindSignatureIdent", &bind).said(), r#"{"msg":"success"}"#);
    }
    let list = bench.send(&bench.signed(
        "GET",
        "/?Action=GetSignatureAndOrderList&Version=2025-01-01&subAccount=sub1&signature=样例&pageIndex=1&pageSize=10"
            .replace("样例", "%E6%A0%B7%E4%BE%8B")
            .as_str(),
        "",
    ));
    assert_eq!(list.ids(), (vec![id], 1));
    let item = &list.body["Result"]["list"][0];
    assert_eq!((item["identificationID"].as_i64(), item["identificationName"].as_str()), (Some(second), Some("资质2")));
    assert_eq!((item["status"].as_i64(), item["isOrder"].as_bool()), (Some(3), Some(false)));
    let idents = bench.post(LIST, &json!({"ids": [second]}));
    assert_eq!(idents.body["Result"]["list"][0]["effectSignatures"], json!(["样例"]));
    assert_eq!(
        bench.post(LIST, &json!({"effectSignatures": "样"})).ids(),
        (vec![second], 1),
        "found by what is bound to it"
    );

    let delete = |is_order: bool| json!({"subAccount": "sub1", "id": id.to_string(), "isOrder": is_order});
    // Go says false where nothing was said, and Java always true.
    for is_order in [true, false] {
        assert_eq!(bench.post("DeleteSignature", &delete(is_order)).said(), r#""success""#);
    }
    assert_eq!(bench.post("GetSignatureAndOrderList", &json!({})).ids(), (vec![], 0));
    bench.turn_clock(1);
    let again = bench.post("ApplySmsSignature", &signature("样例", first));
    assert_ne!(again.body["Result"]["id"].as_str(), Some(id.to_string().as_str()), "the name is free again");
}

#[test]
fn signatures_are_bound_all_or_none() {
    let bench = Bench::new();
    let (first, second) = (bench.approved(&ident()), bench.approved(&ident_named("资质2")));
    let other = {
        let mut other = ident_named("他用");
        other["purpose"] = json!(2);
        other["powerOfAttorney"] = json!([file(5, &png(99), "png")]);
        bench.approved(&other)
    };
    let ids = ["甲", "乙"].map(|content| bench.signature(content, first));
    let bind = |signatures: &[&str], sub_account: &str, id: i64| {
        bench
            .post("BatchBindSignatureIdent", &json!({"subAccount": sub_account, "signatures": signatures, "id": id}))
            .said()
    };
    let unknown = "200 1001: 参数错误: signatures 含有不存在或未审核通过的签名";
    assert_eq!(bind(&["甲", "丙"], "sub1", second), unknown);
    assert_eq!(bind(&["甲"], "sub2", second), unknown);
    assert_eq!(bind(&["甲"], "sub1", 7), "200 1001: 参数错误: id 对应的资质不存在或未审核通过");
    assert_eq!(bind(&["甲"], "sub1", other), "200 1001: 参数错误: signatures 含有与资质用途不一致的签名");
    let waiting = bench.apply(&ident_named("资质3"));
    assert_eq!(bind(&["甲"], "sub1", waiting), "200 1001: 参数错误: id 对应的资质不存在或未审核通过");
    let bound = |of: i64| {
        let seen = bench.post("GetSignatureAndOrderList", &json!({}));
        let list = seen.body["Result"]["list"].as_array().unwrap().clone();
        list.iter().filter(|item| item["identificationID"].as_i64() == Some(of)).count()
    };
    assert_eq!((bound(first), bound(second)), (2, 0), "nothing was bound by the calls that were refused");
    assert_eq!(bind(&["乙", "甲"], "sub1", second), r#"{"msg":"success"}"#);
    assert_eq!((bound(first), bound(second)), (0, 2));
    assert_eq!(ids.len(), 2);
}

#[test]
fn a_signature_exists_once_and_one_that_was_rejected_can_be_handed_in_again() {
    let bench = Bench::new();
    let ident = bench.approved(&ident());
    let first = bench.post("ApplySmsSignature", &signature("样例", ident));
    let id: i64 = first.body["Result"]["id"].as_str().unwrap().parse().unwrap();
    let taken = || {
        let mut again = signature("样例", ident);
        again["desc"] = json!("again");
        bench.post("ApplySmsSignature", &again)
    };
    assert_eq!(taken().codes(), (200, "1003".into(), 1003), "under review");
    let account = json!({
        "subAccounts": [], "content": "样例", "source": 1, "desc": "d", "purpose": 1, "signatureIdentificationID": ident,
    });
    assert_eq!(bench.post("ApplySmsSignatureV2", &account).codes().1, "1003", "the whole account has sub1 too");
    let mut elsewhere = signature("样例", ident);
    elsewhere["subAccount"] = json!("sub2");
    assert_eq!(bench.post("ApplySmsSignature", &elsewhere).codes().1, "-");
    bench.decide(SIGNATURE, id, Outcome::Reject, "名称不符");
    let list = bench.post("GetSignatureAndOrderList", &json!({"status": [2]}));
    assert_eq!((list.ids(), list.body["Result"]["list"][0]["reason"].as_str()), ((vec![id], 1), Some("名称不符")));
    let again = taken();
    assert_eq!(again.body["Result"]["id"].as_str(), Some(id.to_string().as_str()));
    assert_eq!(case(&bench, SIGNATURE, id).round, 2);
    bench.decide(SIGNATURE, id, Outcome::Approve, "");
    bench.turn_clock(61);
    assert_eq!(taken().codes().1, "1003", "in force");
}

#[test]
fn every_version_of_the_second_application_is_taken() {
    let bench = Bench::new();
    let ident = bench.approved(&ident());
    for (content, version) in [("甲", "2021-01-11"), ("乙", "2025-01-01"), ("丙", "2026-01-01")] {
        let body = json!({
            "subAccounts": ["b", "a"], "content": content, "source": 3, "desc": "d", "purpose": 1,
            "signatureIdentificationID": ident, "trademark": {"trademarkCn": content, "trademarkFileList": null},
        });
        let target = format!("/?Action=ApplySmsSignatureV2&Version={version}");
        let seen = bench.send(&bench.signed("POST", &target, &body.to_string()));
        assert_eq!(
            (seen.body["Result"]["application"].as_str(), seen.body["Result"]["source"].as_str()),
            (Some("a,b"), Some("商标全称/简称"))
        );
        assert_eq!(seen.body["ResponseMetadata"]["Version"], version);
    }
}

#[test]
fn a_list_pages_and_filters_and_shows_other_states_only_when_asked() {
    let bench = Bench::new();
    let ids: Vec<_> = (1..=12).map(|n| bench.apply(&ident_named(&format!("资质{n}")))).collect();
    ids.iter().take(11).for_each(|id| bench.approve(*id));
    let asked = |body: Value| bench.post(LIST, &body).ids();
    assert_eq!(asked(json!({})), (ids[..10].to_vec(), 11));
    assert_eq!(asked(json!({"pageIndex": 2})), (ids[10..11].to_vec(), 11));
    assert_eq!(asked(json!({"pageIndex": 3})), (vec![], 11));
    assert_eq!(asked(json!({"pageSize": 100})).0.len(), 11);
    assert_eq!(asked(json!({"status": [1]})), (vec![ids[11]], 1));
    assert_eq!(asked(json!({"status": [1, 3], "pageSize": 100})).1, 12);
    assert_eq!(asked(json!({"materialName": "资质1"})).1, 3, "1, 10 and 11");
    assert_eq!(asked(json!({"ids": [ids[0], 7, ids[11]]})), (vec![ids[0]], 1));
    assert_eq!(asked(json!({"id": ids[3], "ids": null})), (vec![ids[3]], 1));
    assert_eq!(
        asked(json!({"operatorPersonName": "甲", "responsiblePersonName": "乙", "businessCertificateName": "样例"})).1,
        11
    );
    assert_eq!(asked(json!({"operatorPersonName": "乙"})).1, 0);
    assert_eq!(asked(json!({"effectSignatures": "x"})).1, 0);
}

#[test]
fn the_list_is_the_same_as_a_get_with_a_body_a_get_with_a_query_a_post_and_presigned() {
    let bench = Bench::new();
    let id = bench.approved(&ident());
    let target = "/?Action=GetSignatureIdentList&Version=2021-01-11";
    let query = format!("{target}&ids=779&ids={id}&pageIndex=1&pageSize=10");
    let body = json!({"ids": [779, id], "pageIndex": 1, "pageSize": 10}).to_string();
    let ways = [
        bench.signed("GET", target, &body),
        bench.signed("POST", target, &body),
        Sent::new("GET", &query, "").signed(Manner::Node, KEY, bench.now()),
        Sent::new("GET", &query, "").presigned(KEY, bench.now()),
    ];
    for sent in &ways {
        assert_eq!(bench.send(sent).ids(), (vec![id], 1));
    }
}

#[test]
fn the_generation_of_2026_shows_every_state() {
    let bench = Bench::new();
    let (first, second, third) =
        (bench.approved(&ident()), bench.apply(&ident_named("乙")), bench.apply(&ident_named("丙")));
    bench.turn_clock(5);
    bench.decide(QUALIFICATION, second, Outcome::Reject, "模糊");
    let target = "/?Action=GetSignatureIdentificationList&Version=2026-01-01";
    let seen = bench.send(&bench.signed("POST", target, "{}"));
    assert_eq!(seen.ids(), (vec![first, second, third], 3));
    let told = |index: usize| {
        let item = &seen.body["Result"]["list"][index];
        ["auditStatus", "auditOpinion", "auditedAt", "isOrder", "usable"].map(|name| item[name].to_string()).join(" ")
    };
    assert_eq!(told(0), r#"3 "" 1795000000 false true"#);
    assert_eq!(told(1), r#"2 "模糊" 1795000005 true false"#);
    assert_eq!(told(2), r#"1 "" 0 true false"#);
    let target = "/?Action=ApplySignatureIdentificationForAgent&Version=2026-01-01";
    let seen = bench.send(&bench.signed("POST", target, &ident_named("丁").to_string()));
    assert!(seen.body["Result"].as_i64().is_some_and(|id| id > third), "{}", seen.text);
}

#[test]
fn the_generation_of_2026_lists_signatures_of_every_state() {
    let bench = Bench::new();
    let ident = bench.approved(&ident());
    bench.signature("样例甲", ident);
    bench.turn_clock(5);
    assert_eq!(bench.post("ApplySmsSignature", &signature("样例乙", ident)).status, 200);
    let target = "/?Action=ListSignatureForAgent&Version=2026-01-01";
    let asked = |body: Value| bench.send(&bench.signed("POST", target, &body.to_string())).body["Result"].take();
    let told = |list: &Value| -> Vec<String> {
        let item = |item: &Value| {
            ["Signature", "Status", "SubAccounts", "CreatedAt"].map(|name| item[name].to_string()).join(" ")
        };
        list["List"].as_array().unwrap().iter().map(item).collect()
    };
    let both = [r#""样例甲" 3 ["sub1"] 1795000000"#, r#""样例乙" 1 ["sub1"] 1795000005"#];
    let all = asked(json!({}));
    assert_eq!((told(&all), all["Total"].as_i64()), (both.map(str::to_owned).to_vec(), Some(2)));
    let second = asked(json!({"Page": 2, "PageSize": 1}));
    assert_eq!((told(&second), second["Total"].as_i64()), (vec![both[1].to_owned()], Some(2)));
    assert_eq!(told(&asked(json!({"Signature": "甲", "SubAccounts": ["sub1"]}))), [both[0]]);
    assert_eq!(told(&asked(json!({"SubAccounts": ["sub2"]}))).len(), 0);
}

#[test]
fn another_caller_sees_and_changes_nothing() {
    let bench = Bench::new();
    let id = bench.approved(&ident());
    let signed = bench.signature("样例", id);
    let other = |action: &str, body: Value| {
        let sent = Sent::new("POST", &format!("/?Action={action}&Version=2021-01-11"), &body.to_string());
        bench.send(&sent.signed(Manner::Go, TOKEN_KEY, bench.now()))
    };
    assert_eq!(other(LIST, json!({"ids": [id], "status": [1, 2, 3]})).ids(), (vec![], 0));
    assert_eq!(other("GetSignatureAndOrderList", json!({})).ids(), (vec![], 0));
    let mut again = ident();
    again["id"] = json!(id);
    assert_eq!(other("ApplySignatureIdent", again).said(), "200 1001: 参数错误: id 对应的资质不存在");
    let bind = json!({"subAccount": "sub1", "signatures": ["样例"], "id": id});
    assert_eq!(other("BatchBindSignatureIdent", bind).said(), "200 1001: 参数错误: id 对应的资质不存在或未审核通过");
    assert_eq!(other("DeleteSignature", json!({"id": signed})).said(), "200 1001: 参数错误: id 对应的签名不存在");
    assert_eq!(case(&bench, SIGNATURE, signed).state, State::Approved);
}

/// What an operator sees of a case: each field with its meaning.
fn form(bench: &Bench, kind: &str, number: i64) -> Vec<String> {
    let key = case(bench, kind, number).key;
    let dossier = block_on(bench.submitter.cases().dossier(&key)).unwrap().unwrap();
    assert_eq!(VolcengineForms.door(), NAME);
    assert!(VolcengineForms.form(&CaseKey { kind: "other".into(), ..key.clone() }, &dossier).is_none());
    assert!(VolcengineForms.form(&key, &Dossier(b"{}".to_vec())).is_none());
    let form = VolcengineForms.form(&key, &dossier).unwrap();
    form.fields.iter().map(|field| format!("{} {} {}", field.name, field.means.word(), field.value)).collect()
}

#[test]
fn an_operator_reads_every_field_of_a_qualification_with_its_meaning() {
    let bench = Bench::new();
    let mut body = ident();
    body["effectSignatures"] = json!(["样例"]);
    body["businessCheckTicket"] = json!("t1");
    body["legalPerson"]["certificateType"] = json!(1);
    body["legalPerson"]["personIDCard"] = json!("E00000000");
    let id = bench.apply(&body);
    assert_eq!(
        form(&bench, QUALIFICATION, id),
        [
            "materialName other 资质1",
            "purpose other 1",
            "businessInfo.businessCertificateType other 1",
            "businessInfo.businessCertificateName organisation 样例（北京）有限公司",
            "businessInfo.unifiedSocialCreditIdentifier organisation_number 91110000600037341L",
            "businessInfo.businessCertificateValidityPeriodStart valid_from 2020-01-12",
            "businessInfo.businessCertificateValidityPeriodEnd valid_until 2099-12-31",
            "businessInfo.legalPersonName legal_person 样例丙",
            "operatorPerson.certificateType other 0",
            "operatorPerson.personName person 样例甲",
            "operatorPerson.personIDCard person_number 110101190001010014",
            "operatorPerson.personMobile mobile 13800000000",
            "responsiblePersonInfo.certificateType other 0",
            "responsiblePersonInfo.personName person 样例乙",
            "responsiblePersonInfo.personIDCard person_number 110101190001010014",
            "responsiblePersonInfo.personMobile mobile 13800000000",
            "legalPerson.certificateType other 1",
            "legalPerson.personName legal_person 样例丙",
            "legalPerson.personIDCard other_number E00000000",
            "legalPerson.personMobile mobile 13800000000",
            "effectSignatures other 样例",
            "businessCheckTicket other t1",
        ]
    );
    let key = case(&bench, QUALIFICATION, id).key;
    let dossier = block_on(bench.submitter.cases().dossier(&key)).unwrap().unwrap();
    let doubts = VolcengineForms.form(&key, &dossier).unwrap().doubts;
    assert_eq!(doubts, [("legalPerson.personCertificate".to_owned(), "a file of another type than its place")]);
}

#[test]
fn an_operator_reads_every_field_of_a_signature() {
    let bench = Bench::new();
    let ident = bench.approved(&ident());
    let body = json!({
        "subAccounts": ["a"], "content": "样例", "source": 2, "desc": "d", "purpose": 1, "signatureIdentificationID": ident,
        "channelTypes": ["CN_OTP"], "scene": "登录", "domain": "example.test", "appIcp": {"appIcpFilling": "京ICP备1号"},
        "trademark": {"trademarkCn": "甲", "trademarkEn": "a", "trademarkNumber": "1"},
    });
    let seen = bench.post("ApplySmsSignatureV2", &body);
    let id = seen.body["Result"]["id"].as_str().unwrap().parse().unwrap();
    assert_eq!(
        form(&bench, SIGNATURE, id).join(", "),
        format!(
            "content other 样例, source other APP全称/简称, desc other d, domain other example.test, scene other 登录, \
             appIcp.appIcpFilling other 京ICP备1号, trademark.trademarkCn other 甲, trademark.trademarkEn other a, \
             trademark.trademarkNumber other 1, purpose other 1, subAccounts other a, channelTypes other CN_OTP, \
             signatureIdentificationID other {ident}"
        )
    );
}

#[test]
fn what_is_kept_holds_no_name_in_the_clear() {
    let bench = Bench::new();
    let id = bench.approved(&ident());
    bench.signature("样例", id);
    let mut folders = vec![bench.store.dir().to_owned()];
    let (mut files, mut bytes) = (0, 0);
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
                continue;
            }
            let content = std::fs::read(&path).unwrap();
            for value in ["样例甲".as_bytes(), NUMBER.as_bytes(), b"13800000000", CODE.as_bytes(), &png(88)] {
                assert!(!content.windows(value.len()).any(|window| window == value), "{}", path.display());
            }
            (files, bytes) = (files + 1, bytes + content.len());
        }
    }
    assert!(files > 7 && bytes > 10_000, "{files} files, {bytes} bytes");
}

//! The lists, as the SDKs ask for them.

use super::*;
use crate::volcengine::samples::{LIST, Owned, vector};
use crate::volcengine::sign::Manner;

fn asked(query: &str, body: &str) -> Result<Asked, String> {
    let method = if body.is_empty() { "GET" } else { "POST" };
    let request = Owned::new(method, &format!("{LIST}{query}"), body).signed(Manner::Go);
    Asked::read(&request.admit().unwrap()).map_err(|refusal| refusal.reason().unwrap().to_owned())
}

fn page(query: &str) -> (usize, usize) {
    let page = asked(query, "").unwrap().page;
    (page.index, page.size)
}

#[test]
fn the_ways_of_the_sdks_ask_the_same() {
    let go = vector("05-");
    let node = vector("06-");
    let (go, node) = (Asked::read(&go.admit().unwrap()).unwrap(), Asked::read(&node.admit().unwrap()).unwrap());
    assert_eq!((go.ids.as_slice(), go.page), (&[779, 582_712_331_329][..], Page { index: 1, size: 10 }));
    assert_eq!((&node.ids, node.page), (&go.ids, go.page));
    assert_eq!(node.material_name.as_deref(), Some("资质 1*(!')~"));
    let newer_java = vector("11-");
    let newer_java = Asked::read(&newer_java.admit().unwrap()).unwrap();
    assert_eq!((newer_java.ids, newer_java.material_name, newer_java.page), (go.ids, node.material_name, go.page));
    let presigned = vector("07-");
    assert_eq!(Asked::read(&presigned.admit().unwrap()).unwrap().material_name.as_deref(), Some("资质 1"));
    let python = asked("", r#"{"ids": [779, 582712331329], "pageIndex": 1, "pageSize": 10}"#).unwrap();
    assert_eq!(python.ids, [779, 582_712_331_329]);
}

#[test]
fn the_body_wins_and_what_it_leaves_unset_stays() {
    let merged = asked("&ids=1&pageSize=7&materialName=a", r#"{"ids":[2],"pageSize":0,"materialName":""}"#).unwrap();
    assert_eq!((merged.ids, merged.page.size, merged.material_name.as_deref()), (vec![2], 10, Some("a")));
    let unset = asked("&ids=1", r#"{"ids":null}"#).unwrap();
    assert_eq!(unset.ids, [1]);
}

#[test]
fn a_page_has_one_to_a_hundred_items_and_begins_at_one() {
    assert_eq!(page(""), (1, 10));
    assert_eq!(page("&pageIndex=0&pageSize=0"), (1, 10));
    assert_eq!(page("&pageIndex=2&pageSize=100"), (2, 100));
    assert_eq!(page("&pageSize=101"), (1, 100));
    assert_eq!(Page { index: 3, size: 10 }.skips(), 20);
    assert_eq!(Page { index: usize::MAX, size: 100 }.skips(), usize::MAX);
}

#[test]
fn numbers_and_texts_that_are_none_are_told() {
    for (query, body, told) in [
        ("&pageIndex=-1", "", "pageIndex 必须是非负整数"),
        ("&ids=1,x", "", "ids 必须是非负整数"),
        ("", r#"{"status":["x"]}"#, "status 必须是非负整数"),
        ("", r#"{"pageSize":1.5}"#, "pageSize 必须是整数"),
        ("", r#"{"materialName":{}}"#, "materialName 必须是字符串"),
        ("", r#"{"ids":[[1]]}"#, "ids 必须是字符串"),
        ("&materialName=%01", "", "materialName 不能含有控制字符"),
        ("", "[]", "请求体必须是JSON对象"),
    ] {
        assert_eq!(asked(query, body).unwrap_err(), told);
    }
}

#[test]
fn lists_are_repeated_comma_separated_or_arrays_and_ids_take_the_single_id() {
    let all = asked("&ids=1,2&ids=3&id=4&status=1&status=3&subAccount=a&subAccounts=b,c", "").unwrap();
    assert_eq!((all.ids.as_slice(), all.status.as_slice()), (&[1, 2, 3, 4][..], &[1, 3][..]));
    assert_eq!(all.sub_accounts, ["b", "c", "a"]);
    let body = asked("", r#"{"id":"5","status":3,"effectSignatures":"样例","subAccounts":[]}"#).unwrap();
    assert_eq!((body.ids, body.status, body.signature.as_deref()), (vec![5], vec![3], Some("样例")));
}

#[test]
fn a_signature_that_is_looked_for_is_one_text_wherever_it_stands() {
    for (query, body) in [
        ("&signature=[a,+b]", ""),
        ("&effectSignatures=&signature=%5Ba%2C%20b%5D", ""),
        ("", r#"{"signature":"[a, b]"}"#),
    ] {
        assert_eq!(asked(query, body).unwrap().signature.as_deref(), Some("[a, b]"), "{query}");
    }
    assert_eq!(asked("&signature=", "").unwrap().signature, None);
}

#[test]
fn a_list_in_a_query_may_be_flattened_as_newer_sdks_do() {
    for query in ["&ids.1=7&ids.2=9&status.1=3", "&ids[0]=7&ids%5B1%5D=9&status[]=3", "&ids=7&ids.2=9&status=3"] {
        let all = asked(query, "").unwrap();
        assert_eq!((all.ids, all.status), (vec![7, 9], vec![3]), "{query}");
    }
    for query in ["&ids.=7", "&ids.x=7", "&ids[x]=7", "&ids1=7", "&ids[0=7", "&IDS=7"] {
        assert_eq!(asked(query, "").unwrap().ids, [0_i64; 0], "{query}");
    }
}

#[test]
fn a_list_in_a_query_may_be_written_as_java_prints_one() {
    let all = asked("&ids=%5B7%2C%209%5D&status=%5B3%5D&subAccounts=%5Ba%2C%20b%5D", "").unwrap();
    assert_eq!((all.ids, all.status), (vec![7, 9], vec![3]));
    assert_eq!(all.sub_accounts, ["a", "b"]);
    assert_eq!(asked("&ids=%5B%5D", "").unwrap().ids, [0_i64; 0]);
    for wrong in ["%5B7", "7%5D", "%5B%5B7%5D%5D", "%5B", "%5D"] {
        assert_eq!(asked(&format!("&ids={wrong}"), "").unwrap_err(), "ids 必须是非负整数", "{wrong}");
    }
}

#[test]
fn the_agents_list_is_asked_and_answered_with_capitals() {
    let body = r#"{"Page":2,"PageSize":7,"Signature":"样例","SubAccounts":["a"]}"#;
    let all = asked("", body).unwrap();
    assert_eq!((all.page, all.signature.as_deref()), (Page { index: 2, size: 7 }, Some("样例")));
    assert_eq!(all.sub_accounts, ["a"]);
    let item = AgentSignature {
        signature: "样例".into(),
        description: "验证码".into(),
        sub_accounts: vec!["a".into()],
        status: 3,
        created_at: 1_795_000_000,
    };
    assert_eq!(
        String::from_utf8(write(&AgentList { list: vec![item], total: 1 })).unwrap(),
        r#"{"List":[{"Signature":"样例","Description":"验证码","SubAccounts":["a"],"Status":3,"CreatedAt":1795000000}],"Total":1}"#
    );
}

#[test]
fn a_zero_is_a_filter_that_java_leaves_out() {
    let query = asked("&signature=a&status=0&pageIndex=1&pageSize=10", "").unwrap();
    assert_eq!((query.status, query.signature.as_deref()), (vec![], Some("a")));
    let body = asked("", r#"{"id":0,"ids":[5],"pageIndex":1,"pageSize":10,"status":[0]}"#).unwrap();
    assert_eq!((body.ids, body.status), (vec![5], vec![]));
}

#[test]
fn an_empty_list_is_an_array_and_members_are_camel_case() {
    assert_eq!(write(&Listed::<Ident> { list: Vec::new(), total: 0 }), br#"{"list":[],"total":0}"#);
    let ident = Ident {
        id: 73,
        purpose: 1,
        material_name: "资质\"1".into(),
        business_certificate_name: String::new(),
        operator_person_name: String::new(),
        responsible_person_name: String::new(),
        legal_person_name: String::new(),
        effect_signatures: vec!["甲".into()],
        status: 3,
        audit_opinion: String::new(),
    };
    assert_eq!(
        String::from_utf8(write(&ident)).unwrap(),
        r#"{"id":73,"purpose":1,"materialName":"资质\"1","businessCertificateName":"","operatorPersonName":"","responsiblePersonName":"","legalPersonName":"","effectSignatures":["甲"],"status":3,"auditOpinion":""}"#
    );
}

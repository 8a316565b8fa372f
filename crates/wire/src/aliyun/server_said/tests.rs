use http::{HeaderMap, HeaderValue};

use super::*;
use crate::aliyun::call::{Switches, Unverified};
use crate::aliyun::samples::{Vector, vector};
use crate::request::Request;
use crate::secret::Secret;

/// What a server says that reads this text; the two forms of an answer.
fn answers(text: &str) -> [Vec<u8>; 2] {
    let message = format!("Specified signature is not matched with our calculation. server string to sign is:{text}");
    let json = serde_json::json!({"RequestId": "R", "HostId": "domain.aliyuncs.com", "Code": "SignatureDoesNotMatch", "Message": message});
    let xml = message.replace('&', "&amp;");
    let xml = format!(
        "<?xml version='1.0' encoding='UTF-8'?><Error><RequestId>R</RequestId><HostId>h</HostId><Code>SignatureDoesNotMatch</Code><Message>{xml}</Message><Recommend><![CDATA[x]]></Recommend></Error>"
    );
    [json.to_string().into_bytes(), xml.into_bytes()]
}

const BODY: &str = "AccessKeyId=LTAI-TEST&Action=SaveContactTemplate&CName=%E5%BC%A0%20%2B%2A%2F&Empty=&SignatureNonce=n1&Timestamp=2026-11-21T20%3A19%3A06Z&Version=2016-05-11&Signature=AAAA";

fn rpc(change: impl Fn(&str) -> String) -> Vec<Compared> {
    let mut headers = HeaderMap::new();
    headers.insert("content-type", HeaderValue::from_static("application/x-www-form-urlencoded"));
    let request = Request { method: "POST", target: "/", headers: &headers, body: BODY.as_bytes() };
    let opened = Opened::read(&request).unwrap();
    let ours = rpc_string_to_sign("POST", opened.parameters());
    answers(&change(&ours)).iter().map(|answer| Said::parse(answer).unwrap().compare(&opened)).collect()
}

#[test]
fn the_first_difference_of_an_rpc_text_is_told_in_both_forms_of_an_answer() {
    for (change, slug, at) in [
        (("", ""), "server-same-text", None),
        (("POST&", "GET&"), "server-method", Some(0)),
        (("&%2F&", "&%2Fx&"), "server-path", Some(8)),
        (("Empty%3D%26", ""), "server-parameter-missing", Some(112)),
        (("%26Empty%3D", "%26DNS%3D1%26Empty%3D"), "server-parameter-added", None),
        (
            (
                "Action%3DSaveContactTemplate%26CName%3D%25E5%25BC%25A0%2520%252B%252A%252F",
                "CName%3D%25E5%25BC%25A0%2520%252B%252A%252F%26Action%3DSaveContactTemplate",
            ),
            "server-order",
            None,
        ),
        (("%252A", "*"), "server-encoding", None),
        (("%252F", "%252f"), "server-encoding", None),
        (("%252B", "%2520"), "server-plus-became-blank", None),
        (("%2520", "%252B"), "server-blank-became-plus", None),
        (("%2520%252B%252A%252F", "%252520%25252B%25252A%25252F"), "server-encoded-twice", None),
        (("%25BC%25A0%2520%252B%252A%252F", ""), "server-charset", None),
        (("%2520%252B%252A%252F", ""), "server-value-cut", None),
        (("SaveContactTemplate", "savecontacttemplate"), "server-letter-case", None),
        (("SaveContactTemplate", "QueryContactTemplate"), "server-value", None),
        (("n1%26", "n2%26"), "server-another-request", None),
        (("POST&%2F&", "nonsense"), "server-text", Some(0)),
    ] {
        for compared in
            rpc(|ours| if change.0.is_empty() { ours.to_owned() } else { ours.replacen(change.0, change.1, 1) })
        {
            assert_eq!(compared.finding().mistake.slug, slug, "{change:?}");
            let Compared::Differs(difference) = compared else { continue };
            assert!(at.is_none_or(|at| at == difference.at), "{change:?}: {}", difference.at);
            assert!(
                !difference.server.is_empty() && (difference.server != difference.ours || slug == "server-text"),
                "{change:?}"
            );
            for text in
                [&difference.server, &difference.ours, &difference.finding.english(), &difference.finding.chinese()]
            {
                assert!(!text.contains("E5") && !text.contains("{}") && !text.contains("LTAI"), "{text}");
            }
        }
    }
}

#[test]
fn the_place_is_shown_with_its_neighbours_and_one_character() {
    let Compared::Differs(difference) = rpc(|ours| ours.replace("%252B", "%2520")).remove(0) else {
        panic!("the texts differ")
    };
    assert_eq!(
        difference.server,
        "…%26Action%3DSaveContactTemplate%26CName%3D…[%2520 at byte 24 of the value]…%26Empty%3D…%26…"
    );
    assert_eq!(
        difference.ours,
        "…%26Action%3DSaveContactTemplate%26CName%3D…[%252B at byte 24 of the value]…%26Empty%3D…%26…"
    );
    let Compared::Differs(difference) = rpc(|ours| ours.replace("%25BC", "%25BD")).remove(0) else {
        panic!("the texts differ")
    };
    assert!(difference.server.contains("[? at byte"), "{}", difference.server);
}

/// What this server itself says of a recorded request, once something of it was changed.
fn said_of(
    vector: &Vector,
    secret: &str,
    change: impl Fn(&mut HeaderMap, &mut String, &mut String, &mut Vec<u8>),
) -> Said {
    let request = vector.request.as_request();
    let (mut headers, mut method, mut target, mut body) =
        (request.headers.clone(), request.method.to_owned(), request.target.to_owned(), request.body.to_vec());
    change(&mut headers, &mut method, &mut target, &mut body);
    let changed = Request { method: &method, target: &target, headers: &headers, body: &body };
    let opened = Opened::read(&changed).unwrap();
    let call = Unverified::parse(&opened, Switches::default()).unwrap();
    let refusal = call.check_signature(&Secret::new(secret)).unwrap_err();
    let answer = serde_json::json!({"Code": refusal.code(), "Message": refusal.english()});
    Said::parse(answer.to_string().as_bytes()).unwrap()
}

#[test]
fn the_first_difference_of_a_canonical_request_is_told() {
    type Change = fn(&mut HeaderMap, &mut String, &mut String, &mut Vec<u8>);
    let vector = vector("08-");
    let request = vector.request.as_request();
    let opened = Opened::read(&request).unwrap();
    let cases: [(Change, &str); 8] = [
        (|_, _, _, _| (), "server-same-text"),
        (|headers, _, _, _| drop(headers.insert("host", HeaderValue::from_static("inner"))), "server-host"),
        (
            |headers, _, _, _| drop(headers.insert("x-acs-signature-nonce", HeaderValue::from_static("2"))),
            "server-another-request",
        ),
        (
            |headers, _, _, _| drop(headers.insert("content-type", HeaderValue::from_static("text/plain"))),
            "server-header",
        ),
        (|_, _, _, body| body.push(b'1'), "server-body"),
        (|_, _, target, _| *target = target.replace("ContactTemplateId=1234567&", ""), "server-parameter-missing"),
        (|_, _, target, _| target.push_str("&Zz=1"), "server-parameter-added"),
        (|_, _, target, _| *target = target.replace("Lang=zh", "Lang=en"), "server-value"),
    ];
    for (change, slug) in cases {
        let said = said_of(&vector, "nobody's", change);
        let found = said.compare(&opened);
        assert_eq!(found.finding().mistake.slug, slug);
    }
    let wrong_list = |headers: &mut HeaderMap, _: &mut String, _: &mut String, _: &mut Vec<u8>| {
        let value = headers["authorization"].to_str().unwrap().replace("content-type;", "");
        headers.insert("authorization", HeaderValue::from_str(&value).unwrap());
    };
    let found = said_of(&vector, "nobody's", wrong_list).compare(&opened);
    assert!(["server-signed-headers", "server-header"].contains(&found.finding().mistake.slug));
}

#[test]
fn an_answer_without_the_text_or_of_the_other_scheme_is_told() {
    let vector = vector("09-");
    let request = vector.request.as_request();
    let opened = Opened::read(&request).unwrap();
    let said = |body: &str| Said::parse(body.as_bytes());
    for (body, slug) in [
        (
            r#"{"Code":"InvalidTimeStamp.Expired","Message":"Specified time stamp or date value is expired."}"#,
            "server-no-text",
        ),
        (
            r#"{"Code":"SignatureDoesNotMatch","Message":"server string to sign is:(900000 bytes, left out)"}"#,
            "server-no-text",
        ),
        (
            r#"{"Code":"SignatureDoesNotMatch","Message":"server StringToSign is [ACS3-HMAC-SHA256\nab] server CanonicalRequest is [POST\n/]"}"#,
            "server-another-scheme",
        ),
    ] {
        assert_eq!(said(body).unwrap().compare(&opened).finding().mistake.slug, slug);
    }
    for nothing in ["", "<html>414</html>", "{}", "{\"Code\":1}", "[1]"] {
        assert!(said(nothing).is_none(), "{nothing}");
    }
    let right = vector.sidecar.caller.secret.as_ref().unwrap();
    let same = said_of(&vector, right.expose(), |_, _, _, _| ()).compare(&opened);
    assert_eq!(same.finding().mistake.slug, "server-same-text");
}

#[test]
fn only_hashes_are_compared_where_the_answer_has_no_more() {
    let vector = vector("06-");
    let request = vector.request.as_request();
    let opened = Opened::read(&request).unwrap();
    // Its query is longer than what is sent back, so beyond that the hash alone tells.
    let found = said_of(&vector, "nobody's", |_, _, _, body| body.push(b'1')).compare(&opened);
    assert_eq!(found.finding().mistake.slug, "server-hash");
    assert_eq!(
        said_of(&vector, "nobody's", |_, _, _, _| ()).compare(&opened).finding().mistake.slug,
        "server-same-text"
    );
}

#[test]
fn every_difference_has_a_sentence_in_both_languages() {
    let mut slugs = std::collections::HashSet::new();
    for mistake in ALL {
        assert!(slugs.insert(mistake.slug) && mistake.slug.starts_with("server-"));
        assert!(mistake.english.ends_with('.') && mistake.english.is_ascii(), "{}", mistake.english);
        assert!(mistake.chinese.ends_with('。'), "{}", mistake.chinese);
        assert_eq!(mistake.english.contains("{}"), mistake.chinese.contains("{}"), "{}", mistake.slug);
    }
}

#[test]
fn entities_are_undone_and_nothing_else() {
    assert_eq!(unescape("a&amp;b&lt;&gt;&quot;&apos;&#65;&#x42;&no;&"), "a&b<>\"'AB&no;&");
}

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::Value as Json;

use super::*;
use crate::alipay::keys::{Algorithm, Slot};
use crate::alipay_gateway::call::tests::{FOLDER, read};
use crate::alipay_gateway::codes::{Business, No};
use crate::alipay_gateway::material::Verdict;
use crate::secret::Secret;

pub(crate) fn platform() -> Platform {
    let key = PrivateKey::parse(&read("keys/platform_private_pkcs8.pem"), Slot::PlatformPrivate).unwrap();
    Platform { key, chain: Some(Chain::parse(&read("keys/platform_cert.crt")).unwrap()), gbk: GbkAnswers::Ascii }
}

fn frame() -> Frame {
    Frame {
        node_key: Some("zhima_customer_certification_material_certify_response".to_owned()),
        charset: Charset::Utf8,
        charset_name: "utf-8".to_owned(),
        algorithm: Algorithm::Rsa2,
        certificate_mode: false,
        java: false,
        verifies: Verifies::Bytes,
    }
}

/// How a recorded answer relates to what this writer makes.
enum Made {
    /// The writer makes it, byte for byte.
    Written,
    /// The writer never makes this node, but sealing the recorded node gives the recorded answer, byte for byte.
    Sealed,
    /// No server should send it, and this one cannot; the reason.
    Never(&'static str),
}

use Made::{Never, Sealed, Written};

/// Every recorded answer, and why it is or is not made here.
const TABLE: &[(&str, Made)] = &[
    ("01-success-utf8", Written),
    ("02-success-gbk", Written),
    ("03-business-error-signed", Written),
    ("04-gateway-error-signed", Written),
    ("05-gateway-error-unsigned", Written),
    ("06-error-response-signed", Sealed),
    ("07-error-response-unsigned", Written),
    ("08-success-rsa-sha1", Written),
    ("09-success-cert-mode", Written),
    ("10-success-encrypted", Written),
    ("11-encrypted-request-plain-error", Written),
    ("12-escaped-slash-signed-as-emitted", Sealed),
    ("13-unicode-escapes-signed-as-emitted", Sealed),
    ("14-trailing-newline", Never("a line end behind the answer: tolerated by clients, never sent")),
    ("15-extra-key-after-sign", Never("a member behind sign: tolerated by clients, never sent")),
    ("16-gbk-request-unicode-escapes", Written),
    ("17-business-error-encrypted", Written),
    ("20-document-order-sign-first", Never("sign before the node: five of six SDKs refuse it")),
    ("21-pretty-node-signed-as-emitted", Never("blanks around the node: PHP and Java refuse it")),
    ("22-pretty-node-signed-compact", Never("signed over another spelling than the one sent")),
    ("23-signed-sorted-keys", Never("signed over another order than the one sent")),
    ("24-escaped-slash-signed-unescaped", Never("signed over another spelling than the one sent")),
    ("25-signed-with-app-key", Never("signed with a merchant's key")),
    ("26-sha1-though-rsa2", Never("another algorithm than the request's")),
    ("27-success-unsigned", Never("a success without a signature")),
    ("28-http-400", Never("a status other than 200")),
    ("29-cert-sn-after-sign", Never("alipay_cert_sn behind sign")),
    ("30-cert-sn-to-public-key-client", Never("alipay_cert_sn to a client in public-key mode")),
    ("31-lone-brace-in-string", Sealed),
    ("32-gbk-without-content-type-charset", Never("raw GBK without a charset in Content-Type")),
    ("33-encrypted-signed-plaintext", Never("signed over the plaintext")),
    ("34-encrypted-signed-without-quotes", Never("signed without the quotation marks")),
    ("35-sign-value-escaped-slash", Never("slashes of sign escaped: one client refuses it")),
    ("36-sign-key-inside-node", Sealed),
    ("37-space-before-node", Never("a blank before the node")),
];

fn recorded(name: &str) -> (Json, Vec<u8>) {
    let json: Json = serde_json::from_slice(&read(&format!("responses/{name}.json"))).unwrap();
    let body = STANDARD.decode(json["body_base64"].as_str().unwrap()).unwrap();
    (json, body)
}

const VERDICT: Verdict<'_> =
    Verdict { biz_no: "ZM201612013000000393900404029253", passed: true, failed_reason: "认证完成" };

/// The answer that this writer makes for a recorded one.
fn written(name: &str) -> Reply {
    let mut platform = platform();
    let mut frame = frame();
    let refusal = Refusal::with_text(
        No::InvalidSignature,
        No::InvalidSignature.row().sub_msg.to_owned()
            + "app_id=2021009900000001&amp;biz_content={&quot;biz_code&quot;:&quot;FACE_API&quot;}&amp;charset=utf-8",
    );
    let invalid = Refusal::from(Business::InvalidParameter);
    let key = ContentKey::parse(&Secret::new("O5mWgdKDMFtoJlZTihL1AA==")).unwrap();
    let turned = |frame: &Frame| Turned { refusal: refusal.clone(), frame: frame.clone() };
    match name {
        "01-success-utf8" => platform.write(&frame, &VERDICT.node(), None, Signed::Yes, ""),
        "02-success-gbk" => {
            frame = Frame { charset: Charset::Gbk, charset_name: "GBK".to_owned(), ..frame };
            platform.gbk = GbkAnswers::Raw;
            platform.write(&frame, &VERDICT.node(), None, Signed::Yes, "")
        }
        "03-business-error-signed" => platform.write(&frame, &Node::refusal(&invalid), None, Signed::Yes, ""),
        "04-gateway-error-signed" | "11-encrypted-request-plain-error" => {
            platform.refuse(&turned(&frame), App::Known, "")
        }
        "05-gateway-error-unsigned" => platform.refuse(&turned(&frame), App::Unknown, ""),
        "07-error-response-unsigned" => platform.refuse(&turned(&Frame { node_key: None, ..frame }), App::Unknown, ""),
        "08-success-rsa-sha1" => {
            platform.write(&Frame { algorithm: Algorithm::Rsa, ..frame }, &VERDICT.node(), None, Signed::Yes, "")
        }
        "09-success-cert-mode" => {
            platform.write(&Frame { certificate_mode: true, ..frame }, &VERDICT.node(), None, Signed::Yes, "")
        }
        "10-success-encrypted" => platform.write(&frame, &VERDICT.node(), Some(&key), Signed::Yes, ""),
        "16-gbk-request-unicode-escapes" => {
            frame = Frame { charset: Charset::Gbk, charset_name: "GBK".to_owned(), ..frame };
            platform.write(&frame, &VERDICT.node(), None, Signed::Yes, "")
        }
        "17-business-error-encrypted" => platform.write(&frame, &Node::refusal(&invalid), Some(&key), Signed::Yes, ""),
        other => panic!("{other} is not written"),
    }
    .sign()
    .unwrap()
}

#[test]
fn every_recorded_answer_is_made_byte_for_byte_or_has_a_reason_not_to() {
    let platform = platform();
    for (name, made) in TABLE {
        let (json, body) = recorded(name);
        match made {
            Written => {
                let reply = written(name);
                assert_eq!(String::from_utf8_lossy(&reply.body), String::from_utf8_lossy(&body), "{name}");
                assert_eq!(reply.body, body, "{name}");
                assert_eq!(
                    (reply.status, reply.headers[0].1.as_str()),
                    (200, json["content_type"].as_str().unwrap()),
                    "{name}"
                );
            }
            Sealed => {
                let node = STANDARD.decode(json["signed_bytes_base64"].as_str().unwrap()).unwrap();
                let node_key = (!body.starts_with(b"{\"error_response\"")).then(|| frame().node_key).flatten();
                let reply = platform.seal(&Frame { node_key, ..frame() }, &node, Signed::Yes, "").sign().unwrap();
                assert_eq!(reply.body, body, "{name}");
            }
            Never(reason) => {
                let node = STANDARD.decode(json["signed_bytes_base64"].as_str().unwrap_or_default()).unwrap();
                let reply = platform.seal(&frame(), &node, Signed::Yes, "").sign().unwrap();
                let same = reply.body == body
                    && json["content_type"] == reply.headers[0].1.as_str()
                    && json["http_status"] == "200 OK";
                assert!(!same && !reason.is_empty(), "{name}");
            }
        }
    }
}

#[test]
fn the_table_names_every_recorded_answer() {
    let mut files: Vec<String> = std::fs::read_dir(format!("{FOLDER}responses"))
        .unwrap()
        .map(|entry| entry.unwrap().path().file_stem().unwrap().to_string_lossy().into_owned())
        .collect();
    files.sort();
    assert_eq!(files, TABLE.iter().map(|(name, _)| (*name).to_owned()).collect::<Vec<_>>());
}

#[test]
fn the_error_answers_of_the_appendix_come_out_as_printed() {
    let platform = platform();
    let answer = |refusal: Refusal, node_key: Option<&str>| {
        let frame = Frame { node_key: node_key.map(str::to_owned), ..frame() };
        String::from_utf8(platform.refuse(&Turned { refusal, frame }, App::Known, "t").sign().unwrap().body).unwrap()
    };
    let node = "zhima_customer_certification_material_certify_response";
    assert_eq!(
        answer(No::InvalidAppId.into(), Some(node)),
        r#"{"zhima_customer_certification_material_certify_response":{"code":"40002","msg":"Invalid Arguments","sub_code":"isv.invalid-app-id","sub_msg":"无效的AppID参数"}}"#
    );
    assert_eq!(
        answer(No::MissingMethod.into(), None),
        r#"{"error_response":{"code":"40001","msg":"Missing Required Arguments","sub_code":"isv.missing-method","sub_msg":"缺少方法名参数"}}"#
    );
    for (refusal, text) in [
        (
            Refusal::from(No::MissingSignatureType),
            r#"{"code":"40001","msg":"Missing Required Arguments","sub_code":"isv.missing-signature-type","sub_msg":"缺少签名类型参数"},"sign":""#,
        ),
        (
            No::InvalidTimestamp.into(),
            r#"{"code":"40002","msg":"Invalid Arguments","sub_code":"isv.invalid-timestamp","sub_msg":"非法的时间戳参数"},"sign":""#,
        ),
        (
            Business::Arrangement.into(),
            r#"{"code":"40004","msg":"Business Failed","sub_code":"ARRANGEMENT_ERROR","sub_msg":"合约异常"},"sign":""#,
        ),
        (
            No::BackEndDown.into(),
            r#"{"code":"20000","msg":"Service Currently Unavailable","sub_code":"isp.unknow-error","sub_msg":"系统繁忙"},"sign":""#,
        ),
    ] {
        assert!(answer(refusal, Some(node)).contains(text), "{text}");
    }
}

#[test]
fn gbk_answers_are_ascii_but_for_java_unless_chosen() {
    let ascii = |gbk, java| {
        let frame = Frame { charset: Charset::Gbk, charset_name: "gbk".to_owned(), java, ..frame() };
        let platform = Platform { gbk, ..platform() };
        platform.write(&frame, &Node::success().text("a", "收"), None, Signed::Yes, "").sign().unwrap().body.is_ascii()
    };
    assert!(ascii(GbkAnswers::Suited, false) && !ascii(GbkAnswers::Suited, true));
    assert!(ascii(GbkAnswers::Ascii, true) && !ascii(GbkAnswers::Raw, false));
}

#[test]
fn who_encodes_anew_is_given_slashes_as_php_writes_them_and_under_the_signature() {
    let platform = platform();
    let node = Node::success().text("orderStr", "http://id.test/desk/a");
    let text = |frame: &Frame| {
        let draft = platform.write(frame, &node, None, Signed::Yes, "t");
        let node = draft.reply.body[draft.node.clone()].to_vec();
        let signature = platform.key.sign_base64(Algorithm::Rsa2, &node).unwrap();
        let body = String::from_utf8(draft.sign().unwrap().body).unwrap();
        assert!(body.ends_with(&format!(",\"sign\":\"{signature}\"}}")), "{body}");
        String::from_utf8(node).unwrap()
    };
    let escaped = r#"{"code":"10000","msg":"Success","orderStr":"http:\/\/id.test\/desk\/a"}"#;
    assert_eq!(text(&Frame { verifies: Verifies::EncodedAnew, ..frame() }), escaped);
    assert_eq!(text(&frame()), escaped.replace('\\', ""));
}

#[test]
fn who_counts_braces_is_given_none_but_the_nodes_own() {
    let node = Node::success().text("out_agreement_no", "}a{").text("c", "");
    let text = |frame: &Frame| {
        let draft = platform().write(frame, &node, None, Signed::No, "t");
        String::from_utf8(draft.reply.body[draft.node].to_vec()).unwrap()
    };
    let escaped = r#"{"code":"10000","msg":"Success","out_agreement_no":"\u007da\u007b","c":""}"#;
    assert_eq!(text(&Frame { verifies: Verifies::EvenBraces, ..frame() }), escaped);
    assert_eq!(text(&frame()), escaped.replace("\\u007d", "}").replace("\\u007b", "{"));
}

#[test]
fn what_gbk_cannot_write_is_escaped_in_raw_answers_too() {
    let platform = Platform { gbk: GbkAnswers::Raw, ..platform() };
    let frame = Frame { charset: Charset::Gbk, charset_name: "gbk".to_owned(), ..frame() };
    let reply =
        platform.write(&frame, &Node::success().text("a", "🦀").text("b", "收"), None, Signed::Yes, "").sign().unwrap();
    let text = Charset::Gbk.decode(&reply.body).unwrap().into_owned();
    assert!(text.contains(r#""a":"\ud83e\udd80","b":"收""#), "{text}");
}

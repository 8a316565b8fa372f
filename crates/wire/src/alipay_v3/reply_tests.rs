use http::HeaderMap;

use super::*;
use crate::alipay::keys::Slot;
use crate::alipay_v3::call::tests::{FOLDER, client, keys, now, public, read, wire};
use crate::alipay_v3::call::{ExpiredSeconds, Unverified};
use crate::alipay_v3::codes::{Business, No, ROWS};
use crate::alipay_v3::jobworth::{AuthenticationResult, IdentityResult};
use crate::alipay_v3::sign::SDK_VERSION;
use crate::secret::Secret;

pub(crate) fn platform(name: &str, sn: &str) -> Platform {
    let key = PrivateKey::parse(&read(&format!("keys/{name}.key.pem")), Slot::PlatformPrivate).unwrap();
    Platform { key, certificate_sn: Some(sn.to_owned()) }
}

/// The stamp of all recorded answers.
pub(crate) const STAMP: Stamp<'_> = Stamp {
    trace_id: "0bc0000017637000000001234e0001",
    at: Timestamp::constant(1_795_292_000, 0),
    nonce: "0f3b5c1a6d2e4f70",
};

const SN: &str = "261b908550e85112e3f5ef4e4267424f";
const NEXT_SN: &str = "ab798b4af3a733596e066d3374089008";

/// How a recorded answer relates to what this writer makes.
enum Made {
    /// The writer makes it, headers and body, byte for byte.
    Written,
    /// The writer never makes this body, but sealing the recorded body gives the recorded headers.
    Sealed,
    /// No server should send it, and this one cannot; the reason.
    Never(&'static str),
}

use Made::{Never, Sealed, Written};

/// Every recorded answer, and why it is or is not made here.
const TABLE: &[(&str, Made)] = &[
    ("aes-error-encrypted", Never("a refusal is never encrypted: no SDK decrypts it")),
    ("aes-error-plain", Written),
    ("aes-json-content-type", Never("an encrypted 200 is text/plain")),
    ("aes-ok", Written),
    ("aes-plain-json", Never("a plain answer to a request that asked for an encrypted one")),
    ("aes-signed-over-plaintext", Never("signed over the plaintext")),
    ("bad-200-unsigned", Never("a 200 without a signature")),
    ("bad-body-altered", Never("another body than the signed one")),
    ("bad-cert-next-sn", Written),
    ("bad-header-case", Never("alipay-* names in title case")),
    ("bad-no-newline", Never("signed without the last line feed")),
    ("bad-wrong-platform-key", Never("signed with a key that the client was not given")),
    ("empty-200", Never("a 200 without a body")),
    ("error-400-badly-signed", Never("a refusal signed wrongly")),
    ("error-400-signature-null", Never("a signature header that says null")),
    ("error-400-signed", Written),
    ("error-400-unsigned", Never("links: the SDKs disagree about their type, so none are written")),
    ("error-500-html", Never("a refusal that is not JSON")),
    ("null-fields", Never("a member that is null")),
    ("ok-body-trailing-newline", Sealed),
    ("ok-cert", Written),
    ("ok-cert-no-sn", Written),
    ("ok-json", Written),
    ("ok-json-with-alipay-sn", Written),
    ("ok-pretty-chinese", Sealed),
    ("ok-unknown-field", Sealed),
    ("ok-waiting", Written),
];

struct Recorded {
    status: u16,
    headers: Vec<(String, String)>,
    body: Vec<u8>,
}

fn recorded(name: &str) -> Recorded {
    let bytes = read(&format!("responses/{name}.http"));
    let mut fields = [httparse::EMPTY_HEADER; 16];
    let mut head = httparse::Response::new(&mut fields);
    let end = head.parse(&bytes).unwrap().unwrap();
    let headers = head
        .headers
        .iter()
        .map(|field| (field.name.to_owned(), String::from_utf8(field.value.to_vec()).unwrap()))
        .collect();
    Recorded { status: head.code.unwrap(), headers, body: bytes[end..].to_vec() }
}

impl Recorded {
    /// The fields that a reply has, in order; connection and length are the server's.
    fn ours(&self) -> Vec<(String, String)> {
        let skipped = |name: &str| ["connection", "content-length"].iter().any(|skip| name.eq_ignore_ascii_case(skip));
        // Only alipay-* names are compared letter by letter by clients.
        let spelled = |name: &str| {
            if name.eq_ignore_ascii_case("content-type") { "content-type".to_owned() } else { name.to_owned() }
        };
        self.headers
            .iter()
            .filter(|(name, _)| !skipped(name))
            .map(|(name, value)| (spelled(name), value.clone()))
            .collect()
    }
}

fn same(reply: &Reply, recorded: &Recorded) -> bool {
    let headers: Vec<(String, String)> =
        reply.headers.iter().map(|(name, value)| ((*name).to_owned(), value.clone())).collect();
    (reply.status, &headers, &reply.body) == (recorded.status, &recorded.ours(), &recorded.body)
}

const RESULT: AuthenticationResult<'_> = AuthenticationResult {
    identity_result: IdentityResult::Success,
    identity_result_skip_url: Some("alipays://platformapi/startapp?appId=2021000000000000"),
    merchant_identity_id: None,
    open_id: Some("074a1CcTG1LelxKe4xQC0zgNdId0nxi95b5lsNpazWYoCo5"),
    user_id: Some("2088402562742105"),
};

/// The answer that this writer makes for a recorded one.
fn written(name: &str) -> Reply {
    let platform =
        if name == "bad-cert-next-sn" { platform("platform_other", NEXT_SN) } else { platform("platform", SN) };
    let key = ContentKey::parse(&Secret::new("U6EmKn4UbWXd35INZhaoQw==")).unwrap();
    let invalid = Refusal::from(Business::TokenInvalid);
    let waiting = AuthenticationResult {
        identity_result: IdentityResult::WaitingVerify,
        identity_result_skip_url: None,
        open_id: None,
        user_id: None,
        ..RESULT
    };
    let success = |result: &AuthenticationResult<'_>, key, certificate_mode| {
        platform.success(object(result.members()), key, certificate_mode, &STAMP).sign().unwrap()
    };
    match name {
        "ok-json" | "ok-cert-no-sn" => success(&RESULT, None, false),
        "ok-cert" | "ok-json-with-alipay-sn" | "bad-cert-next-sn" => success(&RESULT, None, true),
        "ok-waiting" => success(&waiting, None, false),
        "aes-ok" => success(&RESULT, Some(&key), false),
        "aes-error-plain" => refuse(&invalid, STAMP.trace_id),
        "error-400-signed" => platform.refuse_signed(&invalid, false, &STAMP).sign().unwrap(),
        other => panic!("{other} is not written"),
    }
}

#[test]
fn every_recorded_answer_is_made_byte_for_byte_or_has_a_reason_not_to() {
    for (name, made) in TABLE {
        let recorded = recorded(name);
        let sealed = || {
            platform("platform", SN).seal(recorded.status, JSON, recorded.body.clone(), false, &STAMP).sign().unwrap()
        };
        match made {
            Written => {
                let reply = written(name);
                assert_eq!(String::from_utf8_lossy(&reply.body), String::from_utf8_lossy(&recorded.body), "{name}");
                assert!(same(&reply, &recorded), "{name}: {reply:?}");
            }
            Sealed => assert!(same(&sealed(), &recorded), "{name}"),
            // The same bytes are right for a client that did not ask for encryption.
            Never(_) if *name == "aes-plain-json" => assert!(same(&written("ok-json"), &recorded)),
            Never(reason) => {
                let alike = TABLE
                    .iter()
                    .filter(|(_, made)| matches!(made, Written))
                    .find(|(other, _)| same(&written(other), &recorded));
                assert!(alike.is_none() && !reason.is_empty(), "{name}");
            }
        }
    }
}

#[test]
fn the_table_names_every_recorded_answer() {
    let mut files: Vec<String> = std::fs::read_dir(format!("{FOLDER}responses"))
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.extension().is_some_and(|end| end == "http"))
        .map(|path| path.file_stem().unwrap().to_string_lossy().into_owned())
        .collect();
    files.sort();
    assert_eq!(files, TABLE.iter().map(|(name, _)| (*name).to_owned()).collect::<Vec<_>>());
}

#[test]
fn every_refusal_is_json_with_code_and_message_and_nothing_null() {
    for row in ROWS {
        let reply = refuse(&Refusal::from(row.no), "t");
        let json: serde_json::Map<String, serde_json::Value> = serde_json::from_slice(&reply.body).unwrap();
        assert_eq!(json.keys().collect::<Vec<_>>(), ["code", "message"]);
        assert!(json.values().all(|value| value.as_str().is_some_and(|text| !text.is_empty())));
        assert_eq!((reply.status, reply.headers[0].1.as_str()), (row.status, JSON));
    }
    let text = Refusal::with_text(No::InvalidParameter, "a \"b\" \u{1}");
    assert_eq!(refuse(&text, "t").body, br#"{"code":"invalid-parameter","message":"a \"b\" \u0001"}"#);
}

#[test]
fn header_names_are_in_lower_case() {
    let reply = platform("platform", SN).success(b"{}".to_vec(), None, true, &STAMP).sign().unwrap();
    let names: Vec<_> = reply.headers.iter().map(|(name, _)| *name).collect();
    assert_eq!(
        names,
        ["content-type", "alipay-trace-id", "alipay-timestamp", "alipay-nonce", "alipay-signature", "alipay-sn"]
    );
}

#[test]
fn javas_sdk_of_2023_is_spared_the_members_that_it_throws_at() {
    const AUTHENTICATION: &str = "/v3/zhima/customer/jobworth/authentication?a=1";
    const AGREEMENT: &str = "/v3/zhima/credit/payafteruse/creditagreement/query?a=1";
    let told = |target: &str, sdk: &str| {
        let mut headers = client().ask("GET", target, b"", now(), "n-1").unwrap().headers;
        headers.push((SDK_VERSION, sdk.to_owned()));
        let raw = wire("GET", target, &headers, b"");
        let call = Unverified::parse(&raw.as_request()).unwrap();
        let call = call.verify(&keys(&public("app")), now(), ExpiredSeconds::Narrows).unwrap().open(None).unwrap();
        let members = ["alipay_user_id", "merchant_identity_id", "open_id", "user_id"].map(|name| (name, "1"));
        let reply = platform("platform", SN).answer(&call, members, &STAMP).sign().unwrap();
        let json: serde_json::Map<String, serde_json::Value> = serde_json::from_slice(&reply.body).unwrap();
        json.keys().cloned().collect::<Vec<_>>().join(" ")
    };
    for sdk in ["2.7.0", "2.7.2"].map(|version| format!("OpenAPI-Generator/{version}.ALL/java")) {
        assert_eq!(told(AUTHENTICATION, &sdk), "alipay_user_id open_id user_id");
    }
    assert_eq!(told(AGREEMENT, "OpenAPI-Generator/2.7.0.ALL/java"), "merchant_identity_id user_id");
    for (target, sdk) in [
        (AGREEMENT, "OpenAPI-Generator/2.7.2.ALL/java"),
        (AUTHENTICATION, "OpenAPI-Generator/2.9.0.ALL/java"),
        (AUTHENTICATION, "OpenAPI-Generator/2.7.0/PHP"),
        (AGREEMENT, ""),
    ] {
        assert_eq!(told(target, sdk), "alipay_user_id merchant_identity_id open_id user_id", "{sdk}");
    }
}

#[test]
fn a_trace_id_has_productions_form() {
    let at = Timestamp::from_millisecond(1_617_156_962_044).unwrap();
    assert_eq!(trace_id([0x06, 0x03, 0x33, 0x33], at, 358_274_991_886), "0603333316171569620448274991886");
}

pub(crate) fn headers_of(name: &str) -> (u16, HeaderMap, Vec<u8>) {
    let recorded = recorded(name);
    let headers = recorded
        .headers
        .iter()
        .map(|(name, value)| (name.parse::<http::HeaderName>().unwrap(), value.parse().unwrap()));
    (recorded.status, headers.collect(), recorded.body)
}

//! What Alibaba Cloud Domain's door makes of requests: recorded ones, replayed ones, and ones that are put together oddly.

use std::path::Path;

use http::HeaderValue;
use shiming_core::CallerState;
use shiming_server::doors::{
    Door, Head,
    access_key::AccessKey,
    aliyun_domain::{Settings, explain},
};
use shiming_wire::{
    aliyun::{
        No, Switches,
        sign::{Client, Hash, sign_rpc},
    },
    request::RawRequest,
    secret::Secret,
    time::Window,
    vector::{Expect, Sidecar},
};

use crate::aliyun_bench::{
    AliyunBench, Listening, SECRET, SIGNER, Signed, Signer, caller, encoded, form_headers, jpeg,
};

const QUERY: &str = "QueryContactTemplate";

/// A recorded request, byte for byte, and a door on its clock that knows its caller.
struct Recorded {
    name: String,
    bytes: Vec<u8>,
    sidecar: Sidecar,
    bench: AliyunBench,
}

fn recorded() -> Vec<Recorded> {
    let folder = Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/../../vectors/aliyun"));
    let paths = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    let requests = paths.filter(|path| path.extension().is_some_and(|end| end == "http"));
    let read = |path: std::path::PathBuf| {
        let sidecar = Sidecar::parse(&std::fs::read(path.with_extension("json")).unwrap()).unwrap();
        let secret = sidecar.caller.secret.as_ref().unwrap().expose();
        let callers = vec![caller(&sidecar.caller.id, secret, CallerState::Enabled, None, None)];
        let bench = AliyunBench::at(sidecar.clock, Settings::default(), callers);
        Recorded { name: path.display().to_string(), bytes: std::fs::read(&path).unwrap(), sidecar, bench }
    };
    let all: Vec<_> = requests.map(read).collect();
    assert_eq!(all.len(), 15);
    all
}

#[test]
fn every_recorded_request_gives_what_it_expects_and_is_taken_once() {
    for Recorded { name, bytes, sidecar, bench } in recorded() {
        let raw = RawRequest::parse(&bytes).unwrap();
        let request = raw.as_request();
        let signed = Signed {
            method: if request.method == "GET" { "GET" } else { "POST" },
            target: request.target.into(),
            headers: request.headers.clone(),
            body: request.body.into(),
        };
        let first = bench.send(&signed);
        match &sidecar.expect {
            Expect::Accepted => {
                assert!(first.admitted, "{name}: {}", first.text);
                assert_eq!(sidecar.facts["action"], first.operation, "{name}");
                let json = sidecar.facts["response_format"] == "json";
                assert_eq!(first.content_type.starts_with("application/json"), json, "{name}");
                let again = bench.send(&signed);
                assert_eq!((again.said().as_str(), again.admitted), ("SignatureNonceUsed", false), "{name}");
            }
            Expect::Refused(refused) => {
                assert!(refused.allows(&first.said()), "{name}: {}", first.text);
                assert_eq!((first.status, first.admitted), (refused.status, false), "{name}");
            }
        }
    }
}

/// What can be asked where there is no template yet.
const NEEDS_NONE: [&str; 3] = [QUERY, "SaveContactTemplate", "SaveRegistrantProfile"];

/// Long request lines, chunked bodies and requests without a length, as the SDKs sent them.
#[test]
fn every_recorded_request_goes_through_a_socket_as_it_was_sent() {
    for Recorded { name, bytes, sidecar, bench } in recorded() {
        let answer = Listening::to(&bench).exchange_bytes(&bytes);
        match &sidecar.expect {
            Expect::Accepted if NEEDS_NONE.iter().any(|action| sidecar.facts["action"] == *action) => {
                assert!(answer.starts_with("HTTP/1.1 200 "), "{name}: {answer}");
            }
            // There is no such template here, and only who is let in learns that.
            Expect::Accepted => assert!(answer.contains("ContactTemplateNotExist"), "{name}: {answer}"),
            Expect::Refused(refused) => {
                assert!(answer.starts_with(&format!("HTTP/1.1 {} ", refused.status)), "{name}: {answer}");
            }
        }
    }
}

#[test]
fn a_nonce_is_spent_by_whatever_the_call_comes_to() {
    let bench = AliyunBench::new();
    let id = bench.template();
    let once = |signed: &Signed, said: &str| {
        assert_eq!(bench.send(signed).said(), said);
        let again = bench.send(signed);
        assert_eq!((again.said().as_str(), again.admitted), ("SignatureNonceUsed", false), "{said}");
    };
    once(&bench.signed(QUERY, &[]), "ok");
    once(&bench.signed(QUERY, &[("PageSize", "x")]), "ParameterIllegal");
    once(&bench.signed("SaveContactTemplate", &[("CName", "甲")]), "ok");
    once(&bench.signed("SaveContactTemplate", &[("ContactTemplateId", &id)]), "ok");
    once(&bench.signed("SaveContactTemplateCredential", &[]), "MissingContactTemplateId");
    once(&bench.submission(&id, "!"), "FileDataError");
    once(&bench.submission("7", &encoded(&jpeg(60_000))), "ContactTemplateNotExist");
    once(&bench.submission(&id, &encoded(&jpeg(60_000))), "ok");
    once(&bench.submission(&id, &encoded(&jpeg(60_000))), "ContactTemplateAudited");
    once(&bench.signed("QueryFailReasonList", &[("ContactTemplateId", "7")]), "ContactTemplateNotExist");
    once(&bench.signed("DeleteContactTemplate", &[("ContactTemplateId", &id)]), "150008");
    once(&bench.signed_acs3("QueryRegistrantProfiles", &[]), "ok");
}

#[test]
fn a_call_that_does_not_verify_spends_nothing() {
    let bench = AliyunBench::new();
    let good = bench.signed(QUERY, &[]);
    let mut bad = good.clone();
    bad.body.extend_from_slice(b"&Lang=zh");
    assert_eq!(bench.send(&bad).said(), "SignatureDoesNotMatch");
    assert_eq!(bench.send(&good).said(), "ok");
}

#[test]
fn a_nonce_outlives_the_window_that_could_use_it() {
    let bench = AliyunBench::new();
    let signed = bench.signed(QUERY, &[]);
    bench.turn_clock(-15 * 60);
    assert_eq!(bench.send(&signed).said(), "ok", "signed by a clock that is ahead");
    bench.turn_clock(30 * 60);
    assert_eq!(bench.send(&signed).said(), "SignatureNonceUsed", "at the window's other edge");
    bench.turn_clock(1);
    assert_eq!(bench.send(&signed).said(), No::TimestampExpired.row().code);
}

#[test]
fn a_nonce_is_remembered_from_its_use_though_a_later_call_is_signed_at_another_moment() {
    let bench = AliyunBench::new();
    let pairs = [("Action", QUERY), ("Version", "2016-05-11"), ("Format", "JSON")];
    let send = |seconds_ago: i64| {
        let (secret, at) = (Secret::new(SIGNER.secret), bench.now() - jiff::SignedDuration::from_secs(seconds_ago));
        let client = Client { access_key: SIGNER.key, secret: &secret, token: None };
        let body = sign_rpc(&client, Hash::Sha1, "POST", &pairs, at, "the same").unwrap();
        bench.send(&Signed { body: body.into_bytes(), ..bench.signed(QUERY, &[]) }).said()
    };
    assert_eq!(send(14 * 60), "ok", "by a clock that is behind");
    bench.turn_clock(31 * 60 - 1);
    assert_eq!(send(0), "SignatureNonceUsed");
}

#[test]
fn one_name_with_two_values_is_refused_wherever_they_stand() {
    let bench = AliyunBench::new();
    let signed = || bench.signed(QUERY, &[("RegType", "1")]);
    for (query, more, said) in [
        ("", "", "ok"),
        ("?RegType=1", "", "ok"),
        ("?RegType=%31&Format=JSON", "&RegType=1", "ok"),
        ("?RegType=2&Format=JSON", "", "InvalidParameter"),
        ("?Format=JSON&Format=XML", "", "InvalidParameter"),
        ("?Format=JSON", "&RegType=2", "InvalidParameter"),
        ("?Action=DeleteContactTemplate&Format=JSON", "", "InvalidParameter"),
        ("?Signature=x&Format=JSON", "", "InvalidParameter"),
        ("?Format=JSON&a=%zz", "", "InvalidParameter"),
        ("?Format=JSON&a=%ff", "", "InvalidParameter"),
    ] {
        let mut signed = signed();
        signed.target = format!("/{query}");
        signed.body.extend_from_slice(more.as_bytes());
        assert_eq!(bench.send(&signed).said(), said, "{query} {more}");
    }
}

#[test]
fn parameters_may_stand_in_query_form_and_json_alike() {
    let bench = AliyunBench::new();
    let form = |signed: &Signed| String::from_utf8(signed.body.clone()).unwrap();
    let whole = bench.signed(QUERY, &[("CCompany", "测试 公司*~+&=%/(甲)")]);
    let in_query = Signed { target: format!("/?{}", form(&whole)), body: Vec::new(), ..whole };
    assert_eq!(bench.send(&in_query).said(), "ok");

    let split = bench.signed(QUERY, &[("RegType", "1")]);
    let (front, behind): (Vec<_>, Vec<_>) = {
        let text = form(&split);
        let pairs: Vec<_> = text.split('&').map(str::to_owned).collect();
        (pairs[..3].to_vec(), pairs[3..].to_vec())
    };
    let split = Signed { target: format!("/?{}", front.join("&")), body: behind.join("&").into_bytes(), ..split };
    assert_eq!(bench.send(&split).said(), "ok");

    let signed = bench.signed(QUERY, &[("RegType", "1")]);
    let common: Vec<_> =
        form(&signed).split('&').filter(|pair| !pair.starts_with("RegType")).map(str::to_owned).collect();
    let mut headers = form_headers();
    headers.insert("content-type", HeaderValue::from_static("application/json; charset=utf-8"));
    let json =
        Signed { target: format!("/?{}", common.join("&")), headers, body: br#"{"RegType":"1"}"#.to_vec(), ..signed };
    assert_eq!(bench.send(&json).said(), "ok");
}

#[test]
fn whichever_parameter_stands_in_the_query_the_call_is_this_doors_and_the_same() {
    let bench = AliyunBench::new();
    let whole = String::from_utf8(bench.signed(QUERY, &[("RegType", "1")]).body).unwrap();
    for at in 0..whole.split('&').count() {
        let signed = bench.signed(QUERY, &[("RegType", "1")]);
        let form = String::from_utf8(signed.body.clone()).unwrap();
        let mut pairs: Vec<_> = form.split('&').collect();
        let alone = pairs.remove(at);
        let split = Signed { target: format!("/?{alone}"), body: pairs.join("&").into_bytes(), ..signed };
        let head = Head { method: split.method, target: &split.target, headers: &split.headers };
        assert!(bench.door.claims(head), "{alone}");
        assert_eq!(bench.send(&split).said(), "ok", "{alone}");
    }
}

#[test]
fn a_header_signature_that_is_malformed_anywhere_is_refused() {
    let bench = AliyunBench::new();
    let good = bench.signed_acs3(QUERY, &[]);
    let text = good.headers["authorization"].to_str().unwrap().to_owned();
    let with = |value: &str| {
        let mut signed = bench.signed_acs3(QUERY, &[]);
        let fresh = signed.headers["authorization"].to_str().unwrap().to_owned();
        // The same damage to a signature of its own, so that no nonce comes twice.
        let parts = |text: &str| text.rsplit_once("Signature=").map(|(_, hex)| hex.to_owned()).unwrap();
        let value = value.replace(&parts(&text), &parts(&fresh));
        signed.headers.insert("authorization", HeaderValue::from_str(&value).unwrap());
        bench.send(&signed).said()
    };
    assert_eq!(with(&text), "ok");
    let swapped = {
        let (algorithm, parts) = text.split_once(' ').unwrap();
        let parts: Vec<_> = parts.split(',').collect();
        format!("{algorithm} {}, {} ,{}", parts[0], parts[2], parts[1])
    };
    assert_eq!(with(&swapped), "ok", "Java puts the signature second");
    for (from, to, said) in [
        ("ACS3-HMAC-SHA256 ", "ACS3-HMAC-SM3 ", "InvalidSignatureMethod"),
        ("ACS3-HMAC-SHA256 ", "ACS3-HMAC-SHA256", "MissingAccessKeyId"),
        ("ACS3-HMAC-SHA256 ", "ACS3-", "MissingAccessKeyId"),
        ("Credential=", "Credential", "MissingAccessKeyId"),
        ("Credential=TESTALIYUN0000000001", "Credential=", "MissingAccessKeyId"),
        ("Credential=TEST", "Credential==TEST", "InvalidAccessKeyId.NotFound"),
        ("SignedHeaders=", "SignedHeader=", "IncompleteSignature"),
        ("x-acs-date;", "", "IncompleteSignature"),
        ("host;", "", "SignatureDoesNotMatch"),
        ("host;", "host;host;", "SignatureDoesNotMatch"),
        ("host;", "absent;host;", "SignatureDoesNotMatch"),
        (",Signature=", ";Signature=", "MissingSignature"),
        (",Signature=", ",Signature=0", "SignatureDoesNotMatch"),
        (",Signature=", ",Signature=z", "SignatureDoesNotMatch"),
        (",Signature=", ",signature=", "MissingSignature"),
    ] {
        assert!(text.contains(from), "{from}");
        assert_eq!(with(&text.replace(from, to)), said, "{from} -> {to}");
    }
    let mut twice = bench.signed_acs3(QUERY, &[]);
    let again = twice.headers["authorization"].clone();
    twice.headers.append("authorization", again);
    assert_eq!(bench.send(&twice).said(), "MissingAccessKeyId");
    let mut unlisted = bench.signed_acs3(QUERY, &[]);
    unlisted.headers.insert("x-acs-extra", HeaderValue::from_static("1"));
    assert_eq!(bench.send(&unlisted).said(), "IncompleteSignature");
}

#[test]
fn a_header_call_is_answered_in_json_and_believes_its_headers() {
    let bench = AliyunBench::new();
    let seen = bench.send(&bench.signed_acs3(QUERY, &[]));
    assert_eq!((seen.said().as_str(), seen.content_type.as_str()), ("ok", "application/json;charset=utf-8"));
    let seen = bench.send(&bench.signed_acs3(QUERY, &[("Format", "XML"), ("Action", QUERY)]));
    assert!(seen.text.starts_with("<?xml"));
    let seen = bench.send(&bench.signed_acs3(QUERY, &[("Action", "DeleteContactTemplate")]));
    assert_eq!(seen.said(), "InvalidParameter");
}

#[test]
fn a_proxy_may_pass_on_the_host_that_was_signed() {
    let forwarded_host = Some(http::HeaderName::from_static("x-forwarded-host"));
    let bench = AliyunBench::with(Settings { forwarded_host, ..Settings::default() });
    let mut signed = bench.signed_acs3("DeleteContactTemplate", &[("ContactTemplateId", "7")]);
    let signed_host = signed.headers.insert("host", HeaderValue::from_static("inside")).unwrap();
    signed.headers.insert("x-forwarded-host", signed_host);
    let seen = bench.send(&signed);
    assert_eq!((seen.said().as_str(), &seen.json()["HostId"]), ("ContactTemplateNotExist", &"127.0.0.1".into()));
}

#[test]
fn a_refused_call_is_looked_into_without_anybodys_values() {
    let bench = AliyunBench::new();
    let business = [("ContactTemplateId", "7"), ("CredentialNo", "11010519491231002X"), ("CName", "样例甲")];
    let spaced = Signer { secret: "testaliyunsecret0001\n", ..SIGNER };
    let signed = bench.signed_by(spaced, "SaveContactTemplateCredential", &business);
    assert_eq!(bench.send(&signed).said(), "SignatureDoesNotMatch");
    let latest = (0..500)
        .find_map(|_| {
            std::thread::sleep(std::time::Duration::from_millis(10));
            bench.refusals.latest(1).pop()
        })
        .unwrap();
    assert_eq!((latest.door.as_str(), latest.caller.as_str()), ("aliyun", SIGNER.key));
    assert_eq!(latest.mistake.as_ref().unwrap().slug, "secret-stray-character");
    let text = serde_json::to_string(&latest).unwrap();
    assert!(text.contains("CredentialNo%3D…") && text.contains("Timestamp%3D2026"), "{text}");
    for hidden in ["11010519491231002X", "%25E6%25A0%25B7", SECRET] {
        assert!(!text.contains(hidden), "{hidden}");
    }
}

#[test]
fn explaining_says_what_the_door_would() {
    let bench = AliyunBench::new();
    let known = |state| AccessKey::read(&caller(SIGNER.key, SECRET, state, None, None)).unwrap();
    let (enabled, disabled) = (known(CallerState::Enabled), known(CallerState::Disabled));
    let good = bench.signed(QUERY, &[]);
    let slug = |signed: &Signed, callers: &[&AccessKey], late: i64| {
        let Signed { method, target, headers, body } = signed;
        let request = shiming_wire::Request { method, target, headers, body };
        let now = bench.now() + jiff::SignedDuration::from_secs(late);
        let clock = (late >= 0).then_some((now, Window::FIFTEEN_MINUTES));
        let explained = explain(&request, callers, clock, None, Switches::default());
        let slug = explained.mistake.map(|mistake| mistake.slug);
        (explained.verifies, slug.unwrap_or_default())
    };
    assert_eq!(slug(&good, &[&enabled], 0), (true, String::new()));
    assert_eq!(slug(&good, &[&enabled], -1), (true, String::new()), "without a clock no time is wrong");
    assert_eq!(slug(&good, &[&enabled], 901), (false, "clock".into()));
    assert_eq!(slug(&good, &[&disabled], 0), (false, "caller-disabled".into()));
    assert_eq!(slug(&good, &[], 0), (false, "unknown-access-key".into()));
    let mut spoilt = good.clone();
    spoilt.body.extend_from_slice(b"&x=1");
    assert_eq!(slug(&spoilt, &[&enabled], 0), (false, "parameter-not-signed".into()));
    let strange = bench.signed_by(Signer { secret: "other", ..SIGNER }, QUERY, &[]);
    assert_eq!(slug(&strange, &[&enabled], 0), (false, String::new()), "no mistake explains another secret");
    spoilt.body = b"%".to_vec();
    assert_eq!(slug(&spoilt, &[&enabled], 0), (false, "incomplete".into()));
    let mut header = bench.signed_acs3(QUERY, &[("CCompany", "样例甲")]);
    header.headers.insert("x-acs-extra", HeaderValue::from_static("1"));
    assert_eq!(slug(&header, &[&enabled], 0), (false, "header-not-listed".into()));
}

use aws_lc_rs::digest;
use http::{HeaderMap, HeaderValue, header::AUTHORIZATION};
use jiff::SignedDuration;
use proptest::prelude::*;

use super::*;
use crate::aliyun::opened::{Format, MAX_BODY, host_id};
use crate::aliyun::operations::Version;
use crate::aliyun::parameters::Parameters;
use crate::aliyun::samples::{vector, vectors};
use crate::aliyun::sign::{Client, sign_acs3, sign_rpc};
use crate::hex::hex;
use crate::request::{MAX_TARGET, Request};
use crate::vector::Expect;

fn answer(request: &Request<'_>, access_key: &str, key: &Key<'_>, now: Timestamp) -> Result<&'static str, Refusal> {
    let opened = Opened::read(request)?;
    let call = Unverified::parse(&opened, Switches::default())?;
    let timely = call.within(now, Window::FIFTEEN_MINUTES)?;
    if timely.claimed_access_key() != access_key {
        return Err(No::UnknownAccessKey.into());
    }
    let admitted = timely.verify(key)?.admit(Nonce::Fresh)?;
    admitted.check_required()?;
    Ok(admitted.operation().name)
}

fn at(text: &str) -> Timestamp {
    text.parse().unwrap()
}

const NOW: &str = "2026-11-21T20:19:06Z";

#[test]
fn every_vector_gives_what_it_expects() {
    let vectors = vectors();
    assert_eq!(vectors.len(), 15);
    for vector in &vectors {
        let caller = &vector.sidecar.caller;
        let key = Key { secret: caller.secret.as_ref().unwrap(), token: None, token_until: None };
        let found = answer(&vector.request.as_request(), &caller.id, &key, vector.sidecar.clock);
        match (&vector.sidecar.expect, found) {
            (Expect::Accepted, Ok(name)) => assert_eq!(vector.sidecar.facts["action"], name),
            (Expect::Refused(refused), Err(found)) => {
                assert!(refused.allows(&found.code()), "{}: {found}", vector.name);
                assert_eq!(refused.status, found.status(), "{}", vector.name);
            }
            (expected, found) => panic!("{}: {expected:?}, but {found:?}", vector.name),
        }
    }
}

#[test]
fn every_vectors_string_to_sign_is_the_recorded_one() {
    let mut seen = 0;
    for vector in vectors() {
        let request = vector.request.as_request();
        let opened = Opened::read(&request).unwrap();
        let Ok(call) = Unverified::parse(&opened, Switches::default()) else { continue };
        let (text, facts) = (call.string_to_sign(), &vector.sidecar.facts);
        if let Some(expected) = facts.get("string_to_sign") {
            assert_eq!(*expected, text, "{}", vector.name);
        } else {
            let hash = hex(digest::digest(&digest::SHA256, text.as_bytes()).as_ref());
            assert_eq!(facts["string_to_sign_sha256"], hash, "{}", vector.name);
        }
        seen += 1;
    }
    assert_eq!(seen, 14, "all but the one whose method is refused before");
}

#[test]
fn the_window_is_fifteen_minutes_either_way() {
    let vector = vector("03");
    let key = Key { secret: vector.sidecar.caller.secret.as_ref().unwrap(), token: None, token_until: None };
    let signed: Timestamp = vector.sidecar.facts["timestamp"].as_str().unwrap().parse().unwrap();
    for (seconds, good) in [(899, true), (900, true), (901, false), (-900, true), (-901, false)] {
        let now = signed + SignedDuration::from_secs(seconds);
        let found = answer(&vector.request.as_request(), &vector.sidecar.caller.id, &key, now);
        assert_eq!(found.as_ref().err().map(Refusal::no), (!good).then_some(No::TimestampExpired), "{seconds}");
    }
}

#[test]
fn a_nonce_that_was_used_is_refused_and_only_after_the_signature() {
    let vector = vector("01");
    let request = vector.request.as_request();
    let key = Key { secret: vector.sidecar.caller.secret.as_ref().unwrap(), token: None, token_until: None };
    let opened = Opened::read(&request).unwrap();
    let call = Unverified::parse(&opened, Switches::default()).unwrap();
    let verified = call.within(vector.sidecar.clock, Window::FIFTEEN_MINUTES).unwrap().verify(&key).unwrap();
    assert_eq!(verified.nonce(), "c2ae4785b39fef37c65d9a090b202a98");
    assert_eq!(verified.admit(Nonce::Used).unwrap_err().no(), No::NonceUsed);
    assert!(verified.admit(Nonce::Fresh).is_ok());
}

/// A small RPC call, signed; the parameters stand where `body` says.
fn signed(hash: Hash, business: &[(&str, &str)], token: Option<&Secret>) -> String {
    let secret = Secret::new("secret");
    sign_rpc(&Client { access_key: "AK", secret: &secret, token }, hash, "POST", business, at(NOW), "nonce").unwrap()
}

const DELETE: &[(&str, &str)] =
    &[("Action", "DeleteContactTemplate"), ("Version", "2016-05-11"), ("ContactTemplateId", "7"), ("Lang", "x* '~+")];

fn ask(target: &str, headers: &HeaderMap, body: &[u8], token: Option<&Secret>) -> Result<&'static str, Refusal> {
    let secret = Secret::new("secret");
    let request = Request { method: "POST", target, headers, body };
    answer(&request, "AK", &Key { secret: &secret, token, token_until: None }, at(NOW))
}

#[test]
fn parameters_split_over_query_and_body_in_any_way_give_the_same() {
    let all = signed(Hash::Sha1, DELETE, None);
    let pieces: Vec<&str> = all.split('&').collect();
    for split in 0..=pieces.len() {
        let (query, body) = pieces.split_at(split);
        let target = format!("/?{}", query.join("&"));
        assert_eq!(ask(&target, &HeaderMap::new(), body.join("&").as_bytes(), None), Ok("DeleteContactTemplate"));
    }
    let respelled = all.replace("%20", "+").replace("%2A", "*").replace("%27", "'").replace('~', "%7e");
    assert_eq!(ask("/", &HeaderMap::new(), respelled.as_bytes(), None), Ok("DeleteContactTemplate"));
}

#[test]
fn each_missing_part_is_named_in_order() {
    let all = signed(Hash::Sha1, DELETE, None);
    let mut left: Vec<&str> = all.split('&').collect();
    for (name, code) in [
        ("Timestamp", "MissingTimestamp"),
        ("SignatureNonce", "MissingSignatureNonce"),
        ("SignatureVersion", "MissingSignatureVersion"),
        ("SignatureMethod", "MissingSignatureMethod"),
        ("Signature", "MissingSignature"),
        ("AccessKeyId", "MissingAccessKeyId"),
        ("Action", "MissingAction"),
        ("Version", "InvalidVersion"),
    ] {
        left.retain(|piece| piece.split('=').next() != Some(name));
        let refusal = ask(&format!("/?{}", left.join("&")), &HeaderMap::new(), b"", None).unwrap_err();
        assert_eq!(refusal.code(), code);
    }
    assert_eq!(ask("/x", &HeaderMap::new(), all.as_bytes(), None).unwrap_err().status(), 404);
}

#[test]
fn only_sha1_is_taken_unless_switched() {
    let all = signed(Hash::Sha256, DELETE, None);
    assert_eq!(ask("/", &HeaderMap::new(), all.as_bytes(), None).unwrap_err().no(), No::SignatureMethod);
    let headers = HeaderMap::new();
    let request = Request { method: "POST", target: "/", headers: &headers, body: all.as_bytes() };
    let opened = Opened::read(&request).unwrap();
    let call = Unverified::parse(&opened, Switches { hmac_sha256: true, ..Switches::default() }).unwrap();
    let secret = Secret::new("secret");
    let timely = call.within(at(NOW), Window::FIFTEEN_MINUTES).unwrap();
    assert!(timely.verify(&Key { secret: &secret, token: None, token_until: None }).is_ok());
    for (from, to) in [
        ("SignatureVersion=1.0", "SignatureVersion=2.0"),
        ("SignatureVersion", "SignatureType=PRIVATEKEY&SignatureVersion"),
    ] {
        let changed = signed(Hash::Sha1, DELETE, None).replace(from, to);
        assert_eq!(ask("/", &headers, changed.as_bytes(), None).unwrap_err().no(), No::SignatureMethod);
    }
    let bearer = "Action=DeleteContactTemplate&Version=2016-05-11&SignatureType=BEARERTOKEN&BearerToken=x";
    assert_eq!(ask("/", &headers, bearer.as_bytes(), None).unwrap_err().code(), "MissingSignature");
}

#[test]
fn a_timestamp_of_another_form_is_told_apart() {
    let body = signed(Hash::Sha1, DELETE, None).replace("2026-11-21T20%3A19%3A06Z", "2026-11-21%2020%3A00%3A00");
    assert_eq!(ask("/", &HeaderMap::new(), body.as_bytes(), None).unwrap_err().no(), No::TimestampFormat);
}

#[test]
fn a_token_must_be_the_bound_one() {
    let (token, other) = (Secret::new("token+/="), Secret::new("other"));
    let (with, without) = (signed(Hash::Sha1, DELETE, Some(&token)), signed(Hash::Sha1, DELETE, None));
    let ask = |body: &str, bound| {
        ask("/", &HeaderMap::new(), body.as_bytes(), bound).map_err(|refusal| refusal.code().into_owned())
    };
    assert!(ask(&with, Some(&token)).is_ok());
    assert_eq!(ask(&without, Some(&token)).unwrap_err(), "MissingSecurityToken");
    assert_eq!(ask(&with, Some(&other)).unwrap_err(), "InvalidSecurityToken.MismatchWithAccessKey");
    assert_eq!(ask(&with, None).unwrap_err(), "InvalidSecurityToken.MismatchWithAccessKey");
}

#[test]
fn a_mismatch_says_what_the_server_signed_unless_that_is_too_long() {
    let headers = HeaderMap::new();
    let body = signed(Hash::Sha1, DELETE, None).replace("Id=7", "Id=8");
    let refusal = ask("/", &headers, body.as_bytes(), None).unwrap_err();
    let message = refusal.english().into_owned();
    let (_, text) = message.split_once(':').unwrap();
    assert!(
        text.starts_with("POST&%2F&AccessKeyId%3DAK") && text.contains("ContactTemplateId%3D8") && !text.contains(':')
    );
    for (size, whole) in [(MAX_ECHO / 2, true), (MAX_ECHO, false)] {
        let long = format!("{body}&X={}", "a".repeat(size));
        let message = ask("/", &headers, long.as_bytes(), None).unwrap_err().english().into_owned();
        assert_eq!(message.len() > size, whole);
        assert_eq!(message.matches(':').count(), 1);
    }
}

fn acs3_headers(body: &[u8], target: &str) -> HeaderMap {
    let mut headers = HeaderMap::new();
    headers.insert("host", HeaderValue::from_static("127.0.0.1:1"));
    headers.insert("content-type", HeaderValue::from_static("application/x-www-form-urlencoded"));
    let request = Request { method: "POST", target, headers: &headers, body };
    let secret = Secret::new("secret");
    let client = Client { access_key: "AK", secret: &secret, token: None };
    sign_acs3(&request, &client, (Version::V2018, "DeleteRegistrantProfile"), at(NOW), "nonce").unwrap()
}

#[test]
fn acs3_takes_what_was_signed_and_nothing_else() {
    let (target, body) = ("/?RegistrantProfileID=7&Lang=a+b", &b"UserClientIp=%31"[..]);
    let headers = acs3_headers(body, target);
    assert_eq!(ask(target, &headers, body, None), Ok("DeleteRegistrantProfile"));
    assert_eq!(ask("/?Lang=a%20b&RegistrantProfileID=%37", &headers, body, None), Ok("DeleteRegistrantProfile"));
    let no = |target: &str, headers: &HeaderMap, body: &[u8]| ask(target, headers, body, None).unwrap_err().no();
    assert_eq!(no("/?RegistrantProfileID=8&Lang=a+b", &headers, body), No::SignatureDoesNotMatch);
    assert_eq!(no(target, &headers, b"UserClientIp=1"), No::SignatureDoesNotMatch);
    assert_eq!(no("/?RegistrantProfileID=7&Lang=a+b&Action=Other", &headers, body), No::InvalidParameter);
    for (name, value, expected) in [
        ("host", "other", No::SignatureDoesNotMatch),
        (NONCE, "other", No::SignatureDoesNotMatch),
        (CONTENT_SHA256, "e3b0", No::SignatureDoesNotMatch),
        (ACTION, "QueryRegistrantProfiles", No::SignatureDoesNotMatch),
        ("x-acs-extra", "1", No::IncompleteSignature),
        (VERSION, "2016-05-11", No::UnknownAction),
    ] {
        let mut changed = headers.clone();
        changed.insert(name, HeaderValue::from_static(value));
        assert_eq!(no(target, &changed, body), expected, "{name}");
    }
    for (from, to, code) in [
        ("ACS3-HMAC-SHA256", "ACS3-HMAC-SM3", "InvalidSignatureMethod"),
        ("Credential=AK", "Credential=", "MissingAccessKeyId"),
        (",Signature=", ",X=", "MissingSignature"),
        ("x-acs-date;", "", "IncompleteSignature"),
        ("host;", "", "SignatureDoesNotMatch"),
    ] {
        let mut changed = headers.clone();
        let value = headers["authorization"].to_str().unwrap().replace(from, to);
        changed.insert("authorization", HeaderValue::from_str(&value).unwrap());
        assert_eq!(ask(target, &changed, body, None).unwrap_err().code(), code, "{from}");
    }
}

#[test]
fn what_an_sdk_sends_without_credentials_is_missed_an_access_key_in_json() {
    let mut headers = HeaderMap::new();
    headers.insert(ACTION, HeaderValue::from_static("QueryContactTemplate"));
    headers.insert(VERSION, HeaderValue::from_static("2016-05-11"));
    let read = |target: &str, headers: &HeaderMap| {
        let request = Request { method: "POST", target, headers, body: b"" };
        let opened = Opened::read(&request).unwrap();
        let refusal = Unverified::parse(&opened, Switches::default()).unwrap_err();
        (opened.format(), refusal.code().into_owned())
    };
    assert_eq!(read("/?PageSize=1", &headers), (Format::Json, "MissingAccessKeyId".to_owned()));
    // Beside parameters of the older signature these headers say nothing.
    assert_eq!(read("/?Action=QueryContactTemplate", &headers), (Format::Xml, "InvalidVersion".to_owned()));
    assert_eq!(read("/?AccessKeyId=AK", &headers), (Format::Xml, "InvalidVersion".to_owned()));
    assert_eq!(read("/?PageSize=1", &HeaderMap::new()), (Format::Xml, "InvalidVersion".to_owned()));
}

#[test]
fn an_acs3_mismatch_shows_both_texts() {
    let headers = acs3_headers(b"", "/?RegistrantProfileId=7");
    let refusal = ask("/?RegistrantProfileId=8", &headers, b"", None).unwrap_err();
    let message = refusal.english();
    assert!(
        message.starts_with(
            "Specified signature does not match our calculation. server StringToSign is [ACS3-HMAC-SHA256\n"
        )
    );
    assert!(message.contains("] server CanonicalRequest is [POST\n/\nRegistrantProfileId=8\n"));
}

#[test]
fn the_form_of_the_answer_is_the_asked_one_or_the_schemes() {
    let format = |query: &str, acs3: bool| {
        let mut headers = HeaderMap::new();
        if acs3 {
            headers.insert(AUTHORIZATION, HeaderValue::from_static("ACS3-HMAC-SHA256 x"));
        }
        let target = format!("/?{query}");
        Opened::read(&Request { method: "GET", target: &target, headers: &headers, body: b"" }).unwrap().format()
    };
    assert_eq!((format("", false), format("", true)), (Format::Xml, Format::Json));
    assert_eq!((format("Format=None", false), format("Format=None", true)), (Format::Xml, Format::Json));
    assert_eq!((format("Format=json", false), format("Format=XML", true)), (Format::Json, Format::Xml));
}

#[test]
fn what_cannot_be_read_is_refused_in_the_form_that_it_seems_to_ask_for() {
    let format = |target: &str, body: &str| {
        let headers = HeaderMap::new();
        Format::of_unread(&Request { method: "POST", target, headers: &headers, body: body.as_bytes() })
    };
    assert_eq!(format("/?a=%&Format=JSON", ""), Format::Json);
    assert_eq!(format("/?a=%&Format=xml", "Format=JSON"), Format::Xml);
    assert_eq!(format("/", "a=%zz&Format=json"), Format::Json);
    assert_eq!(format("/?a=%&XFormat=json&Format=None", ""), Format::Xml);
}

#[test]
fn the_host_id_is_the_host_without_its_port() {
    for (host, id) in [("domain.aliyuncs.com", "domain.aliyuncs.com"), ("127.0.0.1:80", "127.0.0.1"), ("a:b", "a:b")] {
        let mut headers = HeaderMap::new();
        headers.insert("host", HeaderValue::from_static(host));
        let request = Request { method: "POST", target: "/", headers: &headers, body: b"" };
        assert_eq!(Opened::read(&request).unwrap().host_id(), id);
        assert_eq!(host_id(&request, Some(b"other:1")), "other");
    }
}

#[test]
fn what_is_too_large_is_refused_before_it_is_read() {
    let headers = HeaderMap::new();
    let (long, large) = (format!("/?{}", "a".repeat(MAX_TARGET)), vec![b'a'; MAX_BODY + 1]);
    assert_eq!(ask(&long, &headers, b"", None).unwrap_err().status(), 414);
    assert_eq!(ask("/", &headers, &large, None).unwrap_err().status(), 413);
}

proptest! {
    #[test]
    fn any_changed_byte_is_refused(at in 0_usize..400, to in 0x21_u8..0x7f) {
        let whole = signed(Hash::Sha1, DELETE, None);
        let mut changed = whole.clone().into_bytes();
        let index = at % changed.len();
        changed[index] = to;
        let meaning = |text: &[u8]| {
            let headers = HeaderMap::new();
            let request = Request { method: "POST", target: "/", headers: &headers, body: text };
            Parameters::read(&request).map(|all| all.iter().map(|(name, value)| (name.to_owned(), value.to_owned())).collect::<Vec<_>>()).ok()
        };
        // Another spelling of the same is no change.
        prop_assume!(meaning(&changed) != meaning(whole.as_bytes()));
        prop_assert!(ask("/", &HeaderMap::new(), &changed, None).is_err());
    }

    #[test]
    fn no_request_panics(query in "[A-Za-z0-9&=%+;]{0,60}", authorization in "ACS3-[A-Za-z0-9=,; -]{0,60}", body in any::<Vec<u8>>()) {
        let mut headers = HeaderMap::new();
        headers.insert(AUTHORIZATION, HeaderValue::from_str(&authorization).unwrap());
        headers.insert(ACTION, HeaderValue::from_static("DeleteContactTemplate"));
        headers.insert(VERSION, HeaderValue::from_static("2016-05-11"));
        let _ = ask(&format!("/?{query}"), &headers, &body, None);
        let _ = ask(&format!("/?Action=DeleteContactTemplate&Version=2016-05-11&{query}"), &HeaderMap::new(), &body, None);
    }
}

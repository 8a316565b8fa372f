use http::header::AUTHORIZATION;
use proptest::prelude::*;

use super::*;
use crate::hex::sha256_hex;
use crate::vector::{Code, Expect};
use crate::volcengine::canonical::{Canonical, Order, canonical_query};
use crate::volcengine::samples::{LIST, Owned, SECRET, client, moment, vector, vectors};
use crate::volcengine::sign::{ALGORITHM, Manner, presign, string_to_sign};

fn no(result: Result<Admitted<'_>, Refusal>) -> No {
    result.expect_err("refused").no()
}

#[test]
fn every_recorded_request_gives_what_its_sidecar_expects() {
    let vectors = vectors();
    assert_eq!(vectors.len(), 11);
    for vector in &vectors {
        match (&vector.sidecar.expect, vector.admit()) {
            (Expect::Accepted, Ok(admitted)) => {
                assert_eq!(vector.sidecar.facts["action"], admitted.action(), "{}", vector.name);
                assert_eq!(vector.sidecar.facts["region"], admitted.region(), "{}", vector.name);
                assert_eq!(vector.sidecar.facts["signed_headers"], admitted.call().signed_headers());
            }
            (Expect::Refused(expected), Err(refusal)) => {
                let row = refusal.no().row();
                assert_eq!(expected.code, Code::Word(row.code.to_owned()), "{}", vector.name);
                assert_eq!((expected.status, expected.coden), (row.status, Some(i64::from(row.number))));
            }
            (expected, got) => panic!("{}: {expected:?}, got {got:?}", vector.name),
        }
    }
}

/// Acceptance check 5 and the order of section 1.8.
#[test]
fn each_missing_or_broken_part_has_its_own_refusal() {
    let good = Owned::new("POST", LIST, "{}").signed(Manner::Go);
    let with = |change: &dyn Fn(&mut Owned)| {
        let mut request = good.clone();
        change(&mut request);
        no(request.admit())
    };
    let authorization = good.headers[AUTHORIZATION].to_str().unwrap().to_owned();
    let instead = |from: &str, to: &str| {
        assert!(authorization.contains(from), "{from}");
        with(&|request: &mut Owned| request.set("authorization", &authorization.replace(from, to)))
    };
    assert_eq!(with(&|request| request.target = "/?Version=2021-01-11".into()), No::MissingParameter);
    assert_eq!(with(&|request| request.target = "/?Action=A".into()), No::MissingParameter);
    assert_eq!(with(&|request| request.target = format!("{LIST}&Action=B")), No::MissingParameter);
    assert_eq!(with(&|request| drop(request.headers.remove("authorization"))), No::MissingAuthenticationToken);
    assert_eq!(instead("HMAC-SHA256 ", "HMAC-SHA1 "), No::InvalidAuthorization);
    assert_eq!(instead("Credential=", "Cred="), No::InvalidAuthorization);
    assert_eq!(instead("/request,", "/aws4_request,"), No::InvalidCredential);
    assert_eq!(instead("/volcSMS/", "/vod/"), No::InvalidCredential);
    assert_eq!(instead("/cn-north-1/", "/CN_NORTH/"), No::InvalidCredential);
    assert_eq!(instead("/cn-north-1/", "/"), No::InvalidCredential);
    assert_eq!(instead("/20261121/", "/20261122/"), No::InvalidCredential);
    assert_eq!(instead("SignedHeaders=", "SignedHeaders=, Old="), No::MissingSignature);
    assert_eq!(instead("Signature=", "Signature=, Old="), No::MissingSignature);
    assert_eq!(instead("SignedHeaders=", "SignedHeaders=x-nowhere;"), No::SignatureDoesNotMatch);
    assert_eq!(instead("SignedHeaders=", &format!("SignedHeaders={}", "host;".repeat(64))), No::InvalidAuthorization);
    assert_eq!(with(&|request| drop(request.headers.remove("x-date"))), No::MissingRequestInfo);
    assert_eq!(with(&|request| request.set("x-date", "2026-11-21T20:21:55Z")), No::InvalidTimestamp);
    assert_eq!(with(&|request| request.set("x-security-token", "t")), No::InvalidSecretToken);
    assert_eq!(no(good.admit_at(moment(), Some(&Secret::new("t")))), No::InvalidSecretToken);
    assert_eq!(with(&|request| request.body.push(b' ')), No::SignatureDoesNotMatch);
    assert_eq!(with(&|request| request.method = "GET".into()), No::SignatureDoesNotMatch);
    // A changed operation is a signature error before it is an unknown operation.
    assert_eq!(with(&|request| request.target.push('x')), No::SignatureDoesNotMatch);
    let unknown = Unverified::parse(&good.borrow()).unwrap().unknown_access_key();
    assert_eq!((unknown.no().row().number, unknown.status()), (100_009, 401));
}

#[test]
fn an_authorization_without_blanks_and_an_access_key_with_a_slash_are_read() {
    let mut request = Owned::new("POST", LIST, "{}").signed(Manner::Node);
    let tight =
        request.headers[AUTHORIZATION].to_str().unwrap().replace(", ", ",").replace("Credential=", "Credential=a/");
    request.set("authorization", &tight);
    let admitted = request.admit().unwrap();
    assert!(admitted.access_key().starts_with("a/AKLT"));
}

/// Fact 4 and acceptance check 8: the official demo lists its headers unsorted.
#[test]
fn signed_headers_are_taken_in_the_callers_order() {
    let mut request = Owned::new("POST", LIST, "{}").signed(Manner::Go);
    let listed = "host;x-date;x-content-sha256;content-type";
    sign_by_hand(&mut request, listed, "127.0.0.1:18444", "cn-north-1", "volcSMS");
    assert!(request.admit().is_ok());
}

#[test]
fn a_default_port_may_be_signed_or_dropped_and_no_other() {
    for (sent, signed, good) in [
        ("sms.example.com:80", "sms.example.com", true),
        ("sms.example.com:80", "sms.example.com:80", true),
        ("sms.example.com:443", "sms.example.com", true),
        ("sms.example.com:8443", "sms.example.com", false),
        ("sms.example.com", "sms.example.com:443", false),
    ] {
        let mut request = Owned::new("POST", LIST, "{}").signed(Manner::Go);
        request.set("host", sent);
        sign_by_hand(&mut request, "host;x-date", signed, "cn-north-1", "volcSMS");
        assert_eq!(request.admit().is_ok(), good, "{sent} {signed}");
    }
}

/// Fact 11.
#[test]
fn the_service_is_compared_without_case_and_signed_as_spelled() {
    for service in ["volcSMS", "volcsms", "VOLCSMS"] {
        let mut request = Owned::new("POST", LIST, "{}").signed(Manner::Go);
        sign_by_hand(&mut request, "x-date", "", "eu-1", service);
        assert_eq!(request.admit().unwrap().region(), "eu-1");
    }
}

#[test]
fn the_host_of_a_trusted_proxy_stands_in() {
    let mut request = Owned::new("POST", LIST, "{}").signed(Manner::Go);
    request.set("host", "internal:9000");
    assert_eq!(no(request.admit()), No::SignatureDoesNotMatch);
    let borrowed = request.borrow();
    let call = Unverified::parse(&borrowed).unwrap().with_host(b"127.0.0.1:18444");
    let key = SigningKey::derive(&Secret::new(SECRET), &call.scope());
    assert!(call.verify(&key, None).is_ok());
}

fn sign_by_hand(request: &mut Owned, listed: &str, host: &str, region: &str, service: &str) {
    let (query, payload) = (canonical_query(&params(&LIST[2..]), Order::AsSent, |_| true), sha256_hex(&request.body));
    let canonical = Canonical {
        method: "POST",
        raw_path: "/",
        query: &query,
        headers: &request.headers,
        listed,
        values: Values::Trimmed,
        host: Some(host.as_bytes()),
        payload: &payload,
    };
    let scope = Scope { date: "20261121", region, service };
    let text = string_to_sign(&scope, "20261121T202155Z", &sha256_hex(&canonical.text().unwrap()));
    let signature = SigningKey::derive(&Secret::new(SECRET), &scope).sign(&text).hex();
    request.set(
        "authorization",
        &format!("{ALGORITHM} Credential=A/{scope}, SignedHeaders={listed}, Signature={signature}"),
    );
}

/// The window is inclusive at 900 seconds either way, and X-Expires only shortens it.
#[test]
fn the_window_closes_on_both_sides_and_can_only_be_shortened() {
    let at = |offset: i64| Timestamp::from_second(moment().as_second() + offset).unwrap();
    for (expires, offset, good) in [
        (None, 900, true),
        (None, -900, true),
        (None, 901, false),
        (None, -901, false),
        (Some("60"), 60, true),
        (Some("60"), 61, false),
        (Some("86400"), 900, true),
        (Some("86400"), 901, false),
        (Some("-1"), 0, false),
        (Some("soon"), 0, false),
    ] {
        let mut request = Owned::new("POST", LIST, "{}");
        if let Some(expires) = expires {
            request.set("x-expires", expires);
        }
        let request = request.signed(Manner::Go);
        let result = request.admit_at(at(offset), None);
        assert_eq!(result.is_ok(), good, "{expires:?} {offset}");
        if !good {
            assert_eq!(no(result), No::InvalidTimestamp);
        }
    }
}

#[test]
fn no_header_beside_a_signed_address_lengthens_its_validity() {
    for (header, offset, good) in
        [(None, 60, true), (None, 61, false), (Some("900"), 60, true), (Some("900"), 61, false)]
    {
        let mut request = Owned::new("GET", &format!("{LIST}&X-Expires=60"), "").presigned(None);
        if let Some(header) = header {
            request.set("x-expires", header);
        }
        let result = request.admit_at(Timestamp::from_second(moment().as_second() + offset).unwrap(), None);
        assert_eq!(result.is_ok(), good, "{header:?} {offset}: {result:?}");
    }
}

/// Section 1.6 and acceptance check 7: which parameters each SDK lists and covers.
#[test]
fn the_four_ideas_of_what_the_query_signature_covers_all_verify() {
    let token = Secret::new("FAKE+SESSION/TOKEN==");
    for (lists_itself, lists_token, covers_token, covers_list) in
        [(true, true, true, true), (false, true, true, false), (true, false, true, true), (true, false, false, true)]
    {
        let base = "Action=GetSignatureIdentList&Version=2021-01-11&X-Algorithm=HMAC-SHA256\
                    &X-Credential=A%2F20261121%2Fcn-north-1%2FvolcSMS%2Frequest&X-Date=20261121T202155Z&X-NotSignBody=\
                    &X-Security-Token=FAKE%2BSESSION%2FTOKEN%3D%3D&X-SignedHeaders=&pageIndex=1";
        let all = [
            "Action",
            "Version",
            "X-Algorithm",
            "X-Credential",
            "X-Date",
            "X-NotSignBody",
            TOKEN,
            "X-SignedHeaders",
            "X-SignedQueries",
            "pageIndex",
        ];
        let listed: Vec<_> = all
            .into_iter()
            .filter(|name| (lists_itself || *name != "X-SignedQueries") && (lists_token || *name != TOKEN))
            .collect();
        let raw = format!("{base}&X-SignedQueries={}", listed.join("%3B"));
        let query = canonical_query(&params(&raw), Order::AsSent, |name| {
            (covers_token || name != TOKEN.as_bytes()) && (covers_list || name != b"X-SignedQueries")
        });
        let signed = Owned::new("GET", "/", "");
        let payload = sha256_hex(b"");
        let canonical = Canonical {
            method: "GET",
            raw_path: "/",
            query: &query,
            headers: &signed.headers,
            listed: "",
            values: Values::Trimmed,
            host: None,
            payload: &payload,
        };
        let scope = Scope { date: "20261121", region: "cn-north-1", service: "volcSMS" };
        let text = string_to_sign(&scope, "20261121T202155Z", &sha256_hex(&canonical.text().unwrap()));
        let signature = SigningKey::derive(&Secret::new(SECRET), &scope).sign(&text).hex();
        let target = format!("/?{raw}&X-Signature={signature}");
        let request = Owned { target: target.clone(), ..signed };
        assert!(request.admit_at(moment(), Some(&token)).is_ok(), "{lists_itself} {lists_token} {covers_token}");
        let added = Owned { target: format!("{target}&status=1"), ..request };
        assert_eq!(no(added.admit_at(moment(), Some(&token))), No::SignatureDoesNotMatch);
    }
}

#[test]
fn what_the_query_form_does_not_cover_is_refused() {
    let good = Owned::new("GET", LIST, "").presigned(None);
    assert!(good.admit().is_ok());
    let with_body = Owned { body: b"{}".to_vec(), ..good.clone() };
    assert_eq!(no(with_body.admit()), No::InvalidAuthorization);
    let altered = Owned { target: good.target.replace("Version=2021", "Version=2022"), ..with_body };
    assert_eq!(no(altered.admit()), No::SignatureDoesNotMatch);
    let wrong = |from: &str, to: &str| no(Owned { target: good.target.replace(from, to), ..good.clone() }.admit());
    assert_eq!(wrong("X-Algorithm=HMAC-SHA256", "X-Algorithm=none"), No::InvalidAuthorization);
    assert_eq!(wrong("X-Signature=", "X-Sig="), No::MissingSignature);
    assert_eq!(wrong("X-Credential=", "X-Cred="), No::InvalidCredential);
    assert_eq!(wrong("&X-Date=", "&X-Data="), No::MissingRequestInfo);
    assert_eq!(wrong("X-SignedQueries=Action%3B", "X-SignedQueries="), No::SignatureDoesNotMatch);
    assert_eq!(wrong("X-SignedHeaders=", "X-SignedHeaders=&X-SignedHeaders="), No::InvalidAuthorization);
}

#[test]
fn without_a_list_everything_but_the_signature_is_covered() {
    let secret = Secret::new(SECRET);
    let plain = Owned::new("GET", LIST, "");
    let target = presign(&plain.borrow(), &client(&secret, None), moment()).unwrap();
    // The same parameters with the list emptied, signed again.
    let (raw, _) = target[2..].split_once("&X-SignedQueries=").unwrap();
    let query = canonical_query(&params(raw), Order::AsSent, |_| true);
    let payload = sha256_hex(b"");
    let canonical = Canonical {
        method: "GET",
        raw_path: "/",
        query: &query,
        headers: &plain.headers,
        listed: "",
        values: Values::Trimmed,
        host: None,
        payload: &payload,
    };
    let scope = Scope { date: "20261121", region: "cn-north-1", service: "volcSMS" };
    let text = string_to_sign(&scope, "20261121T202155Z", &sha256_hex(&canonical.text().unwrap()));
    let signature = SigningKey::derive(&secret, &scope).sign(&text).hex();
    let good = Owned { target: format!("/?{raw}&X-Signature={signature}"), ..plain };
    assert!(good.admit().is_ok());
    let added = Owned { target: format!("{}&status=1", good.target), ..good };
    assert_eq!(no(added.admit()), No::SignatureDoesNotMatch);
}

#[test]
fn values_of_one_name_verify_in_the_order_in_which_each_sdk_signs_them() {
    let target = format!("{LIST}&subAccounts=x&subAccounts=%E7%94%B2&subAccounts=a");
    for manner in [Manner::Go, Manner::Node] {
        let request = Owned::new("GET", &target, "").signed(manner);
        assert!(request.admit().is_ok(), "{manner:?}");
        let other = Owned { target: target.replace("=x", "=y"), ..request };
        assert_eq!(no(other.admit()), No::SignatureDoesNotMatch);
    }
}

#[test]
fn the_header_form_counts_when_both_are_there() {
    let target = format!("{LIST}&X-Signature=0&X-Credential=nonsense");
    let request = Owned::new("POST", &target, "{}").signed(Manner::Go);
    assert_eq!(request.admit().unwrap().form(), Form::Header);
}

#[test]
fn a_retry_is_known_by_its_signed_invocation_id() {
    let vector = vector("04-");
    assert_eq!(vector.admit().unwrap().invocation_id(), Some("16b506c2-09e4-4b10-9ded-c462d3336eed"));
    let mut unsigned = Owned::new("POST", LIST, "{}").signed(Manner::Go);
    unsigned.set("x-sdk-invocation-id", "7");
    assert_eq!(unsigned.admit().unwrap().invocation_id(), None);
}

#[test]
fn debug_shows_no_signature_and_no_query() {
    let vector = vector("07-");
    let shown = format!("{:?}", vector.admit().unwrap());
    assert!(!shown.contains("c571c4") && !shown.contains("materialName") && !shown.contains("TOKEN"), "{shown}");
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn any_changed_signed_byte_is_refused(at in any::<prop::sample::Index>(), bit in 0..7_u8, place in 0..4) {
        let good = Owned::new("POST", &format!("{LIST}&ids=1&materialName=ab"), r#"{"pageIndex":1,"pageSize":10}"#).signed(Manner::Go);
        let mut changed = good.clone();
        let flip = |bytes: &[u8]| {
            let mut bytes = bytes.to_vec();
            let at = at.index(bytes.len());
            bytes[at] ^= 1 << bit;
            bytes
        };
        match place {
            0 => changed.body = flip(&good.body),
            1 => changed.target = match String::from_utf8(flip(good.target.as_bytes())) { Ok(target) => target, Err(_) => return Ok(()) },
            2 => match HeaderValue::from_bytes(&flip(good.headers["x-date"].as_bytes())) {
                Ok(date) => { changed.headers.insert("x-date", date); }
                Err(_) => return Ok(()),
            },
            _ => match HeaderValue::from_bytes(&flip(good.headers["host"].as_bytes())) {
                Ok(host) => { changed.headers.insert("host", host); }
                Err(_) => return Ok(()),
            },
        }
        // Another spelling of the same text is no change: an empty part of the query, blanks around a header value.
        let text = |request: &Owned| Unverified::parse(&request.borrow()).map(|call| call.stages().canonical_request);
        prop_assume!(text(&changed) != text(&good));
        prop_assert!(changed.admit().is_err());
    }

    #[test]
    fn no_request_panics(target in "(/\\?Action=a&Version=b)?[ -~]{0,60}", authorization in "(HMAC-SHA256 )?[ -~]{0,120}", date in "[ -~]{0,20}", body in any::<Vec<u8>>()) {
        let mut request = Owned { target, body, ..Owned::new("GET", "", "") };
        request.set("authorization", &authorization);
        request.set("x-date", &date);
        let _ = request.admit();
        let _ = crate::volcengine::About::of(&request.borrow());
        request.headers.remove("authorization");
        let _ = request.admit();
    }
}

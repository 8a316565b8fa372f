use jiff::SignedDuration;
use proptest::prelude::*;

use super::*;
use crate::jdcloud::codes::Document;
use crate::jdcloud::samples::{self, ACCESS_KEY, NONCE as SOME_NONCE, Owned, SECRET, signed, vector, vectors};
use crate::jdcloud::sign::Manner;
use crate::vector::{Expect, Sidecar};

fn check(request: &Request<'_>) -> Result<(), No> {
    check_with(request, None)
}

fn check_with(request: &Request<'_>, token: Option<&Secret>) -> Result<(), No> {
    let call = Unverified::parse(request).map_err(|refusal| refusal.no())?;
    let key = SigningKey::derive(&Secret::new(SECRET), &call.scope());
    call.verify(&key, token).map(drop).map_err(|refusal| refusal.no())
}

/// Acceptance check 1 of section 8: the door's part of it.
#[test]
fn every_vector_verifies_or_fails_as_its_sidecar_says() {
    let vectors = vectors();
    assert_eq!(vectors.len(), 10);
    for vector in &vectors {
        let Sidecar { clock, caller, expect, .. } = &vector.sidecar;
        let request = vector.raw.as_request();
        let result = Unverified::parse(&request).and_then(|call| {
            assert_eq!(call.claimed_access_key(), caller.id, "{}", vector.name);
            let key = SigningKey::derive(caller.secret.as_ref().unwrap(), &call.scope());
            call.verify(&key, caller.security_token.as_ref())?.within(*clock, Window::FIFTEEN_MINUTES)
        });
        match (expect, result) {
            (Expect::Accepted, Ok(admitted)) => assert_eq!(admitted.access_key(), caller.id),
            (Expect::Refused(expected), Err(refusal)) => {
                assert_eq!(refusal.status(Document::Plain), expected.status, "{}", vector.name);
                assert!(expected.allows(refusal.class(Document::Plain)), "{}", vector.name);
                let contains = expected.message_contains.as_deref().unwrap_or_default();
                assert!(refusal.message().contains(contains), "{}: {refusal}", vector.name);
            }
            (expect, result) => panic!("{}: expected {expect:?}, got {result:?}", vector.name),
        }
        assert!(vector.raw.notes().is_empty(), "{}", vector.name);
    }
}

#[test]
fn the_stale_vector_fails_by_its_date_only() {
    let vector = vector("09-");
    let request = vector.raw.as_request();
    let call = Unverified::parse(&request).unwrap();
    let key = SigningKey::derive(&Secret::new(SECRET), &call.scope());
    let verified = call.verify(&key, None).unwrap();
    let now = verified.call().signed_at();
    assert!(verified.within(now, Window::FIFTEEN_MINUTES).is_ok());
    let late = now + SignedDuration::from_mins(20);
    assert_eq!(verified.within(late, Window::FIFTEEN_MINUTES).unwrap_err().no(), No::StaleDate);
}

#[test]
fn the_forged_body_is_refused_whatever_the_unsigned_hash_says() {
    let vector = vector("08-");
    let request = vector.raw.as_request();
    assert_eq!(check(&request), Err(No::WrongSignature));
    let mut headers = request.headers.clone();
    headers.remove(CONTENT_SHA256);
    assert_eq!(check(&Request { headers: &headers, ..request }), Err(No::WrongSignature));
}

#[test]
fn a_right_signature_with_a_wrong_content_hash_is_refused() {
    for (hash, result) in
        [("UNSIGNED-PAYLOAD", Err(No::WrongSignature)), ("", Err(No::WrongSignature)), ("upper", Ok(()))]
    {
        let mut owned = signed(Manner::Python);
        let right = owned.get(CONTENT_SHA256);
        owned.set(CONTENT_SHA256, &if hash == "upper" { right.to_ascii_uppercase() } else { hash.to_owned() });
        assert_eq!(check(&owned.borrow()), result, "{hash}");
    }
    let mut owned = signed(Manner::Python);
    owned.headers.append(CONTENT_SHA256, "0".parse().unwrap());
    assert_eq!(check(&owned.borrow()), Err(No::WrongSignature), "the second of two");
}

#[test]
fn each_missing_part_has_its_own_refusal() {
    type Case = (&'static str, fn(&mut Owned), No);
    let cases: &[Case] = &[
        ("no header", |call| drop(call.headers.remove("authorization")), No::NoAuthorization),
        ("two headers", |call| assert!(call.headers.append("authorization", "x".parse().unwrap())), No::NoCredential),
        ("empty", |call| call.set("authorization", ""), No::NoCredential),
        ("another scheme", |call| call.set("authorization", "Basic QQ=="), No::NoCredential),
        ("another generation", |call| edit(call, "JDCLOUD2-HMAC", "JDCLOUD4-HMAC"), No::NoCredential),
        ("algorithm alone", |call| call.set("authorization", "JDCLOUD2-HMAC-SHA256"), No::NoCredential),
        ("no credential", |call| edit(call, "Credential=", "Credentials="), No::NoCredential),
        (
            "credential twice",
            |call| edit(call, "SignedHeaders=", "Credential=a/b/c/d/e, SignedHeaders="),
            No::NoCredential,
        ),
        ("empty access key", |call| edit(call, ACCESS_KEY, ""), No::NoCredential),
        ("slash in the access key", |call| edit(call, ACCESS_KEY, "a/b"), No::NoCredential),
        ("short credential", |call| edit(call, "/cloudauth/jdcloud2_request", ""), No::NoCredential),
        ("no SignedHeaders", |call| edit(call, "SignedHeaders=", "Signed="), No::NoSignedHeaders),
        (
            "empty SignedHeaders",
            |call| edit(call, "content-type;host;x-jdcloud-date;x-jdcloud-nonce", ""),
            No::NoSignedHeaders,
        ),
        ("no date", |call| drop(call.headers.remove(DATE)), No::NoDate),
        ("malformed date", |call| call.set(DATE, "2026-11-21T20:17:15Z"), No::NoDate),
        ("two dates", |call| assert!(call.headers.append(DATE, "20261121T201715Z".parse().unwrap())), No::NoDate),
        ("no signature", |call| edit(call, "Signature=", "Sig="), No::WrongSignature),
        ("upper-case signature", |call| upper_signature(call), No::WrongSignature),
        ("listed header absent", |call| edit(call, "content-type;", "content-type;x-nowhere;"), No::WrongSignature),
        ("other region", |call| edit(call, "/jdcloud-api/", "/cn-north-1/"), No::WrongSignature),
        ("empty region", |call| edit(call, "/jdcloud-api/", "//"), No::BadCredentials),
        ("wrong service", |call| edit(call, "/cloudauth/", "/vm/"), No::BadCredentials),
        ("other terminator", |call| edit(call, "jdcloud2_request", "jdcloud3_request"), No::BadCredentials),
        ("other generation", |call| edit(call, "JDCLOUD2-HMAC", "JDCLOUD3-HMAC"), No::BadCredentials),
        ("other day", |call| edit(call, "/20261121/", "/20261120/"), No::BadCredentials),
        ("half a day", |call| edit(call, "/20261121/", "/202611/"), No::BadCredentials),
        ("no host", |call| drop(call.headers.remove("host")), No::WrongSignature),
    ];
    for (name, change, no) in cases {
        let mut owned = signed(Manner::Go);
        assert_eq!(check(&owned.borrow()), Ok(()));
        change(&mut owned);
        assert_eq!(check(&owned.borrow()), Err(*no), "{name}");
    }
}

fn edit(call: &mut Owned, from: &str, to: &str) {
    let before = call.get("authorization");
    assert!(before.contains(from));
    call.set("authorization", &before.replacen(from, to, 1));
}

fn upper_signature(call: &mut Owned) {
    let before = call.get("authorization");
    let (front, signature) = before.rsplit_once('=').unwrap();
    call.set("authorization", &format!("{front}={}", signature.to_ascii_uppercase()));
}

#[test]
fn the_authorization_header_is_read_tolerantly() {
    let owned = signed(Manner::Go);
    let strict = owned.get("authorization");
    let (word, rest) = strict.split_once(' ').unwrap();
    let parts: Vec<&str> = rest.split(", ").collect();
    for loose in [
        strict.replace(", ", ","),
        strict.replace(", ", " ,\t "),
        format!("  {word}   {rest}  "),
        format!("{word} {}, {}, {}", parts[2], parts[1], parts[0]),
        format!("{word} {rest}, Extra=1, noequals,"),
        format!("{word}\t{rest}"),
    ] {
        let mut owned = owned.clone();
        owned.set("authorization", &loose);
        assert_eq!(check(&owned.borrow()), Ok(()), "{loose}");
    }
}

#[test]
fn an_access_key_may_hold_any_character_but_slash_and_comma() {
    let mut owned = signed(Manner::Go);
    edit(&mut owned, ACCESS_KEY, "a b=c;密钥@:");
    let request = owned.borrow();
    let call = Unverified::parse(&request).unwrap();
    assert_eq!(call.claimed_access_key(), "a b=c;密钥@:");
}

/// Section 1.3: verify with the raw host, and with the port removed if it is 80 or 443.
#[test]
fn a_client_may_drop_the_ports_80_and_443_from_the_signed_host() {
    for (sent, good) in
        [("example.com:80", true), ("example.com:443", true), ("example.com:8080", false), ("example.com", true)]
    {
        let mut owned = samples::unsigned();
        owned.set("host", "example.com");
        let mut owned = samples::sign(owned, Manner::Go, None);
        owned.set("host", sent);
        assert_eq!(check(&owned.borrow()).is_ok(), good, "{sent}");
    }
}

#[test]
fn a_trusted_proxys_host_stands_in_for_the_host_header() {
    let mut owned = signed(Manner::Go);
    owned.set("host", "inner:8000");
    let request = owned.borrow();
    let call = Unverified::parse(&request).unwrap();
    let key = SigningKey::derive(&Secret::new(SECRET), &call.scope());
    assert!(call.verify(&key, None).is_err());
    let call = call.with_host(b"127.0.0.1:18443");
    assert!(call.stages().canonical_request.contains("\nhost:127.0.0.1:18443\n"));
    assert!(call.verify(&key, None).is_ok());
}

/// Section 1.3: the trimmed value first, the collapsed one second.
#[test]
fn runs_of_blanks_may_be_signed_as_they_are_or_collapsed() {
    for (sent, signed_as) in
        [("  a  b \t c  ", "a  b \t c"), ("  a  b \t c  ", "a b c"), ("a\tb c", "a\tb c"), ("a\tb c", "a b c")]
    {
        let mut owned = samples::unsigned();
        owned.set("content-type", signed_as);
        let mut owned = samples::sign(owned, Manner::Go, None);
        owned.set("content-type", sent);
        assert_eq!(check(&owned.borrow()), Ok(()), "{signed_as}");
        owned.set("content-type", &sent.replace('c', "d"));
        assert_eq!(check(&owned.borrow()), Err(No::WrongSignature));
    }
}

/// Section 1.5 and 6: each client's way with a query.
#[test]
fn the_query_may_be_signed_as_any_client_writes_it() {
    for (target, way) in [
        ("/v1/query:bankBranchList?cityCode=2&bankCode=1", Query::AsSent),
        ("/v1/query:bankBranchList?b=:&a=:", Query::AsSentSorted),
        ("/v1/query:bankBranchList?a=b+c", Query::PlusIsBlank),
        ("/v1/query:bankBranchList?a=%E4%B8%AD", Query::ValuesTwice),
    ] {
        let mut owned = signed(Manner::Go);
        owned.target = target.to_owned();
        owned.set("user-agent", "JdcloudSdkJava/1.2.11 cloudauth/v1");
        resign(&mut owned, |canonical| canonical.query = way);
        assert_eq!(check(&owned.borrow()), Ok(()), "{target}");
    }
}

/// Section 1.5: Python leaves out a parameter without a name, or without an equals sign. Nobody else does.
#[test]
fn only_a_third_generation_client_may_leave_nameless_and_valueless_parameters_unsigned() {
    for (target, as_signed) in
        [("/v1/query:cityList?provinceCode", ""), ("/v1/query:cityList?b&c=&=x&a=1+2", "a=1%202&c=")]
    {
        for (manner, result) in [(Manner::Python, Ok(())), (Manner::Go, Err(No::WrongSignature))] {
            let mut owned = signed(manner);
            owned.target = target.to_owned();
            resign(&mut owned, |canonical| {
                canonical.raw_query = as_signed;
                canonical.query = Query::AsSent;
            });
            assert_eq!(check(&owned.borrow()), result, "{target}");
        }
    }
}

/// Signs again with one thing done otherwise.
fn resign(owned: &mut Owned, change: impl Fn(&mut Canonical<'_>)) {
    let copy = owned.clone();
    let request = copy.borrow();
    let call = Unverified::parse(&request).unwrap();
    let payload = sha256_hex(request.body);
    let mut canonical = call.plain(text(&payload));
    change(&mut canonical);
    let to_sign = string_to_sign(&call.scope(), call.date(), text(&canonical.hash().unwrap()));
    let signature = SigningKey::derive(&Secret::new(SECRET), &call.scope()).sign(to_sign.as_bytes()).hex();
    let front = copy.get("authorization").rsplit_once('=').unwrap().0.to_owned();
    owned.set("authorization", &format!("{front}={signature}"));
}

/// Section 1.2: raw or base64, signed or not; compared with the one bound to the access key.
#[test]
fn a_security_token_is_accepted_in_every_form_seen_and_no_other() {
    let bound = Secret::new("FAKE-STS-TOKEN-0123456789abcdef");
    let encoded = STANDARD.encode(bound.expose());
    for (sent, bound, result) in [
        (Some(bound.expose()), Some(&bound), Ok(())),
        (Some(encoded.as_str()), Some(&bound), Ok(())),
        (Some("FAKE-STS-TOKEN-0123456789abcdeg"), Some(&bound), Err(No::BadCredentials)),
        (Some(""), Some(&bound), Err(No::BadCredentials)),
        (None, Some(&bound), Err(No::BadCredentials)),
        (Some("any"), None, Err(No::BadCredentials)),
        (Some(""), None, Ok(())),
        (None, None, Ok(())),
    ] {
        // Unsigned, as Java sends it.
        let mut owned = signed(Manner::Go);
        if let Some(sent) = sent {
            owned.set(TOKEN, sent);
        }
        assert_eq!(check_with(&owned.borrow(), bound), result, "{sent:?}");
    }
    let owned = samples::sign(samples::unsigned(), Manner::Go, Some(&bound));
    assert_eq!(owned.get(TOKEN), encoded);
    assert_eq!(check_with(&owned.borrow(), Some(&bound)), Ok(()));
    let mut twice = owned.clone();
    twice.headers.append(TOKEN, encoded.parse().unwrap());
    assert!(check_with(&twice.borrow(), Some(&bound)).is_err());
}

/// Section 1.8.
#[test]
fn a_replay_is_known_by_the_signed_nonce_or_else_by_the_signature() {
    let key_of = |owned: &Owned| {
        let request = owned.borrow();
        let call = Unverified::parse(&request).unwrap();
        let key = SigningKey::derive(&Secret::new(SECRET), &call.scope());
        let verified = call.verify(&key, None).unwrap();
        match verified.replay_key() {
            ReplayKey::SignedNonce(nonce) => Ok(nonce.to_owned()),
            ReplayKey::Signature(signature) => Err(signature),
        }
    };
    assert_eq!(key_of(&signed(Manner::Go)), Ok(SOME_NONCE.to_owned()));
    let python = signed(Manner::Python);
    let mut renonced = python.clone();
    renonced.set(NONCE, "another");
    assert!(key_of(&python).is_err());
    assert_eq!(key_of(&python), key_of(&renonced), "a replay that only changes an unsigned nonce is the same call");
    assert_eq!(format!("{:?}", ReplayKey::SignedNonce("n")), "SignedNonce(…)");
}

/// A nonce with blanks could be re-spelled under the rule of collapsed values.
#[test]
fn a_signed_nonce_with_blanks_does_not_open_a_way_round_the_memory() {
    let mut owned = signed(Manner::Go);
    owned.set(NONCE, "a b");
    resign(&mut owned, |_| ());
    let spelled = |nonce: &str| {
        let mut owned = owned.clone();
        owned.set(NONCE, nonce);
        let request = owned.borrow();
        let call = Unverified::parse(&request).unwrap();
        let key = SigningKey::derive(&Secret::new(SECRET), &call.scope());
        match call.verify(&key, None).unwrap().replay_key() {
            ReplayKey::SignedNonce(_) => panic!("by the nonce"),
            ReplayKey::Signature(signature) => signature,
        }
    };
    assert_eq!(spelled("a b"), spelled("a   b"));
}

/// A nonce with a comma could come again as two headers, which are joined by one.
#[test]
fn a_signed_nonce_with_commas_is_remembered_by_its_signature() {
    let mut owned = signed(Manner::Go);
    owned.set(NONCE, "job-7,try-1");
    resign(&mut owned, |_| ());
    let request = owned.borrow();
    let call = Unverified::parse(&request).unwrap();
    let key = SigningKey::derive(&Secret::new(SECRET), &call.scope());
    assert!(matches!(call.verify(&key, None).unwrap().replay_key(), ReplayKey::Signature(_)));
}

/// Section 6: never assume a list; a missing host or date is a warning.
#[test]
fn any_list_of_signed_headers_is_accepted_with_a_warning() {
    use Warning::{DateNotSigned, HostNotSigned, TokenNotSigned};

    let warnings = |list: &str, manner| {
        let mut owned = signed(manner);
        let before = owned.get("authorization");
        let from = before.split("SignedHeaders=").nth(1).unwrap().split(',').next().unwrap().to_owned();
        owned.set("authorization", &before.replace(&from, list));
        owned.set(TOKEN, "");
        resign(&mut owned, |_| ());
        assert_eq!(check(&owned.borrow()), Ok(()), "{list}");
        let request = owned.borrow();
        Unverified::parse(&request).unwrap().warnings().collect::<Vec<_>>()
    };
    assert_eq!(warnings("content-type;x-jdcloud-date;x-jdcloud-nonce", Manner::Go), [HostNotSigned, TokenNotSigned]);
    assert_eq!(warnings("host;X-Jdcloud-Date;x-jdcloud-security-token", Manner::Go), []);
    assert_eq!(warnings("host", Manner::Go), [DateNotSigned, TokenNotSigned]);
    assert_eq!(warnings("x-jdcloud-nonce;host;content-type;x-jdcloud-security-token", Manner::Python), []);
}

#[test]
fn both_generations_and_both_spellings_of_a_colon_verify() {
    for manner in [Manner::Go, Manner::Node, Manner::Python] {
        let mut owned = samples::unsigned();
        owned.set("accept", "application/json");
        owned.target = "/v1/company:info?a=1".into();
        let mut owned = samples::sign(owned, manner, None);
        assert_eq!(check(&owned.borrow()), Ok(()), "{manner:?}");
        for target in ["/v1/company%3Ainfo?a=1", "/v1/company%3ainfo?a=1", "http://127.0.0.1:18443/v1/company:info?a=1"]
        {
            owned.target = target.into();
            assert_eq!(check(&owned.borrow()), Ok(()), "{target}");
        }
    }
}

#[test]
fn debug_shows_no_key_no_signature_and_no_value() {
    let owned = signed(Manner::Go);
    let request = owned.borrow();
    let call = Unverified::parse(&request).unwrap();
    let verified = call.verify(&SigningKey::derive(&Secret::new(SECRET), &call.scope()), None).unwrap();
    let admitted = verified.within(call.signed_at(), Window::FIFTEEN_MINUTES).unwrap();
    let shown = format!("{call:?} {verified:?} {admitted:?} {:?} {:?}", call.stages(), admitted.replay_key());
    for hidden in ["张三", "110101", SOME_NONCE, SECRET, ACCESS_KEY, "Signature="] {
        assert!(!shown.contains(hidden), "{shown}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(512))]

    /// Every byte that the signature binds: method, path, query, signed headers, date, body.
    #[test]
    fn any_one_changed_signed_byte_is_refused(python: bool, place in 0_usize..6, at in any::<prop::sample::Index>(), flip in 1_u8..=255) {
        let mut owned = samples::unsigned();
        owned.target = "/v1/personal?a=1".into();
        let mut owned = samples::sign(owned, if python { Manner::Python } else { Manner::Go }, None);
        owned.headers.remove(CONTENT_SHA256);
        prop_assert_eq!(check(&owned.borrow()), Ok(()));
        let change = |text: &mut String| {
            let mut bytes = std::mem::take(text).into_bytes();
            let at = at.index(bytes.len());
            bytes[at] = bytes[at] % 94 + 33;
            *text = String::from_utf8(bytes).unwrap();
        };
        let header = |owned: &mut Owned, name: &'static str| {
            let mut value = owned.get(name);
            change(&mut value);
            owned.set(name, &value);
        };
        let before = owned.clone();
        match place {
            0 => change(&mut owned.method),
            1 => change(&mut owned.target),
            2 => header(&mut owned, "content-type"),
            3 => header(&mut owned, "host"),
            4 => header(&mut owned, DATE),
            _ => {
                let at = at.index(owned.body.len());
                owned.body[at] ^= flip;
            }
        }
        // A path may be spelled otherwise and still be the same path.
        let same = (owned.method == before.method)
            && sign_canonical(&owned) == sign_canonical(&before);
        prop_assert_eq!(check(&owned.borrow()).is_ok(), same);
    }

    #[test]
    fn no_authorization_panics(value in any::<String>(), list in any::<String>()) {
        for text in [value.clone(), format!("JDCLOUD2-HMAC-SHA256 {value}"), format!("JDCLOUD3-HMAC-SHA256 Credential=a/20261121/b/cloudauth/jdcloud3_request,SignedHeaders={list},Signature={value}")] {
            if let Ok(text) = http::HeaderValue::from_bytes(text.as_bytes()) {
                let mut owned = signed(Manner::Go);
                owned.headers.insert("authorization", text);
                prop_assert!(check(&owned.borrow()).is_err());
                let request = owned.borrow();
                if let Ok(call) = Unverified::parse(&request) {
                    let _ = (call.stages(), call.warnings().count(), call.nonce());
                }
            }
        }
    }
}

fn sign_canonical(owned: &Owned) -> Vec<u8> {
    crate::jdcloud::sign::canonical_request(&owned.borrow(), "content-type;host;x-jdcloud-date").unwrap()
}

use proptest::prelude::*;

use super::*;
use crate::hex::unhex;
use crate::jdcloud::Unverified;
use crate::jdcloud::canonical::{Hash, Sink, decode, encode, is_unreserved};
use crate::jdcloud::samples::{self, ACCESS_KEY, SECRET, vector};

/// Section 1.6, the worked example of JDCLOUD2, byte for byte.
#[test]
fn the_worked_example_of_the_second_generation_comes_out_byte_for_byte() {
    let vector = vector("03-");
    let request = vector.raw.as_request();
    let call = Unverified::parse(&request).unwrap();
    let stages = call.stages();
    assert_eq!(
        stages.canonical_request,
        "POST\n/v1/personal\n\ncontent-type:application/json\nhost:127.0.0.1:18443\nx-jdcloud-date:20261121T201715Z\n\
         x-jdcloud-nonce:b4e8a4c2-9142-4f9c-968f-179ccec7e9e4\n\ncontent-type;host;x-jdcloud-date;x-jdcloud-nonce\n\
         179fea3ac105c5880c2faed6da8b7b0fff38e319c057072260182441261b741c"
    );
    assert_eq!(stages.canonical_hash, "23df5850a60f11e6f824873b9419d4579899e1f45002262c667a41f5ffdb01df");
    assert_eq!(
        stages.string_to_sign,
        "JDCLOUD2-HMAC-SHA256\n20261121T201715Z\n20261121/jdcloud-api/cloudauth/jdcloud2_request\n\
         23df5850a60f11e6f824873b9419d4579899e1f45002262c667a41f5ffdb01df"
    );
    assert_eq!(stages.payload_hash, "179fea3ac105c5880c2faed6da8b7b0fff38e319c057072260182441261b741c");
    assert!(stages.missing_headers.is_empty());
    let key = SigningKey::derive(&Secret::new(SECRET), &call.scope());
    let signature = key.sign(stages.string_to_sign.as_bytes());
    assert_eq!(signature.hex(), "68ef1b62df4412f21731f398332430cc315b1ef14e0c49fece6bf212edbcbde7");
    assert_eq!(canonical_request(&request, call.signed_headers()).unwrap(), stages.canonical_request.as_bytes());
}

/// The intermediate keys of the example: k1 abbreviated in the specification, k4 in full.
#[test]
fn the_worked_examples_keys_come_out() {
    let k1 = hmac::sign(&hmac::Key::new(hmac::HMAC_SHA256, format!("JDCLOUD2{SECRET}").as_bytes()), b"20261121");
    let k1 = text(&hex(k1.as_ref())).to_owned();
    assert!(k1.starts_with("9fe5a5a4") && k1.ends_with("2b2699"), "{k1}");
    for (generation, k4) in [
        (Generation::Two, "c60a5789ad8963fdab10eb9664a3021f92340ad74d8201b6047b3498445ccacf"),
        (Generation::Three, "210680ce5039cc5952e389e66e458c5b3d3474886d15934935a7bd3d9f4bc08f"),
    ] {
        let scope = Scope { generation, date: "20261121", region: "jdcloud-api", service: SERVICE };
        let derived = SigningKey::derive(&Secret::new(SECRET), &scope);
        let printed = hmac::Key::new(hmac::HMAC_SHA256, &unhex(k4.as_bytes()).unwrap());
        assert_eq!(derived.sign(b"x").expose().as_slice(), hmac::sign(&printed, b"x").as_ref());
    }
}

/// Section 1.6, JDCLOUD3.
#[test]
fn the_worked_example_of_the_third_generation_comes_out() {
    let vector = vector("01-");
    let request = vector.raw.as_request();
    let call = Unverified::parse(&request).unwrap();
    let stages = call.stages();
    assert!(
        stages
            .canonical_request
            .contains("\n\ncontent-type:application/json\nhost:127.0.0.1:18443\n\ncontent-type;host\n")
    );
    assert_eq!(stages.canonical_hash, "52f859f58483605e92e6b9bccd4010ba7d342603493aa3bbb13e4f9afc66f6a1");
    let key = SigningKey::derive(&Secret::new(SECRET), &call.scope());
    assert_eq!(
        key.sign(stages.string_to_sign.as_bytes()).hex(),
        "81edabb8f1c000121123abce5dc65f2b9b00fa3c87c0444e8ab0702d6c32ad50"
    );
}

/// Section 1.4.
#[test]
fn the_path_is_decoded_once_and_encoded_once() {
    for (wire, signed) in [
        ("/v1/company%3Ainfo", "/v1/company%3Ainfo"),
        ("/v1/company:info", "/v1/company%3Ainfo"),
        ("/v1/company%3ainfo", "/v1/company%3Ainfo"),
        ("/v1/personal", "/v1/personal"),
        ("", "/"),
        ("/", "/"),
        ("//a//", "//a//"),
        ("/%41-._~/%2F", "/A-._~//"),
        ("/中 +", "/%E4%B8%AD%20%2B"),
        ("/%", "/%25"),
        ("/%4", "/%254"),
        ("/%zz%253A", "/%25zz%253A"),
        ("/%ff", "/%FF"),
    ] {
        assert_eq!(canonical_uri(wire), signed, "{wire}");
    }
}

/// Section 1.5.
#[test]
fn the_query_is_decoded_encoded_and_sorted_by_name_then_value() {
    for (wire, signed) in [
        ("", ""),
        ("provinceCode=11", "provinceCode=11"),
        ("b=2&a=1", "a=1&b=2"),
        ("a=2&a=1", "a=1&a=2"),
        ("a", "a="),
        ("a=b=c", "a=b%3Dc"),
        ("a=%20&b=%E4%B8%AD", "a=%20&b=%E4%B8%AD"),
        ("a=中", "a=%E4%B8%AD"),
        ("a=1+2", "a=1%2B2"),
        ("&a=1&&", "a=1"),
        ("a/b=c/d", "a%2Fb=c%2Fd"),
        ("a=%7e%2d", "a=~-"),
    ] {
        assert_eq!(canonical_query(wire), signed, "{wire}");
    }
}

#[test]
fn a_listed_header_that_is_absent_gives_no_canonical_request_and_is_named_in_the_stages() {
    let owned = samples::signed(Manner::Go);
    let request = owned.borrow();
    assert!(canonical_request(&request, "host;x-nowhere").is_none());
    let scope = Scope { generation: Generation::Two, date: "20261121", region: "jdcloud-api", service: SERVICE };
    let stages = stages(&request, &scope, "20261121T201715Z", "host;x-nowhere;;é");
    assert_eq!(stages.missing_headers, ["x-nowhere", "", "é"]);
    assert!(stages.canonical_request.contains("\nhost:127.0.0.1:18443\nx-nowhere:\n"));
}

#[test]
fn repeated_headers_are_joined_by_a_comma_in_wire_order() {
    let mut owned = samples::unsigned();
    owned.headers.append("x-a", " 2".parse().unwrap());
    owned.headers.append("x-a", "1 ".parse().unwrap());
    let text = String::from_utf8(canonical_request(&owned.borrow(), "X-A;host").unwrap()).unwrap();
    assert!(text.contains("\nX-A:2,1\nhost:"), "{text}");
}

/// The official clients' own signatures come out of the client side here, so both directions are the same.
#[test]
fn signing_gives_the_signatures_of_the_official_clients() {
    for (front, manner, region, at, nonce) in [
        ("01-", Manner::Python, "jdcloud-api", "2026-11-21T20:17:15Z", "464c2596-8601-402a-bd6d-db8c072f40dc"),
        ("02-", Manner::Node, "jdcloud", "2026-11-21T20:17:15Z", ""),
        ("03-", Manner::Go, "jdcloud-api", "2026-11-21T20:17:15Z", "b4e8a4c2-9142-4f9c-968f-179ccec7e9e4"),
        ("05-", Manner::Go, "cn-north-1", "2026-11-21T20:17:17Z", ""),
        ("07-", Manner::Python, "jdcloud-api", "2026-11-21T20:17:18Z", ""),
    ] {
        let vector = vector(front);
        let request = vector.raw.as_request();
        let nonce = if nonce.is_empty() { request.headers[NONCE].to_str().unwrap() } else { nonce };
        let mut bare = request.headers.clone();
        for name in ["authorization", DATE, NONCE, CONTENT_SHA256] {
            bare.remove(name);
        }
        let secret = vector.sidecar.caller.secret.unwrap();
        let client = Client { access_key: &vector.sidecar.caller.id, secret: &secret, token: None, region, manner };
        let headers =
            sign_request(&Request { headers: &bare, ..request }, &client, at.parse().unwrap(), nonce).unwrap();
        for name in ["authorization", DATE, NONCE, CONTENT_SHA256] {
            assert_eq!(headers.get(name), request.headers.get(name), "{front} {name}");
        }
    }
}

#[test]
fn a_request_without_host_is_not_signed() {
    let mut owned = samples::unsigned();
    owned.headers.remove("host");
    let secret = Secret::new(SECRET);
    let client = Client { access_key: ACCESS_KEY, secret: &secret, token: None, region: "r", manner: Manner::Go };
    assert!(sign_request(&owned.borrow(), &client, samples::moment(), "n").is_none());
}

#[test]
fn a_signature_is_64_lower_case_digits_and_never_printed() {
    let hex = "81edabb8f1c000121123abce5dc65f2b9b00fa3c87c0444e8ab0702d6c32ad50";
    let signature = Signature::parse(hex).unwrap();
    assert_eq!(signature.hex(), hex);
    assert_eq!(format!("{signature:?}"), "Signature(…)");
    for wrong in [
        "",
        &hex[1..],
        &hex.to_ascii_uppercase(),
        &hex.replace('8', "g"),
        &format!("{hex}0"),
        &format!(" {}", &hex[1..]),
    ] {
        assert!(Signature::parse(wrong).is_none(), "{wrong}");
    }
    assert_eq!(format!("{:?}", SigningKey(hmac::Key::new(hmac::HMAC_SHA256, b"k"))), "SigningKey(…)");
}

proptest! {
    #[test]
    fn canonical_paths_are_fixed_points_and_keep_the_decoded_path(path in "/[a-zA-Z0-9:%/+ \u{4e2d}~-]{0,20}") {
        let once = canonical_uri(&path);
        prop_assert_eq!(canonical_uri(&once), once.clone());
        prop_assert_eq!(decode(once.as_bytes()), decode(path.as_bytes()));
    }

    #[test]
    fn canonical_queries_are_fixed_points_and_ignore_the_order(mut parts in prop::collection::vec("[a-z%0-9:]{1,4}=[a-zA-Z%0-9+:\u{4e2d}]{0,6}", 1..6)) {
        let once = canonical_query(&parts.join("&"));
        prop_assert_eq!(canonical_query(&once), once.clone());
        parts.reverse();
        prop_assert_eq!(canonical_query(&parts.join("&")), once);
    }

    #[test]
    fn encoding_and_decoding_are_inverse(bytes in any::<Vec<u8>>()) {
        let mut out = Vec::new();
        encode(&mut out, &bytes, is_unreserved);
        prop_assert!(out.iter().all(|&byte| is_unreserved(byte) || byte == b'%'));
        prop_assert_eq!(decode(&out), bytes);
    }

    #[test]
    fn hashing_in_pieces_is_hashing_the_whole(pieces in prop::collection::vec(prop::collection::vec(any::<u8>(), 0..700), 0..6)) {
        let mut hash = Hash::new();
        for piece in &pieces {
            hash.put(piece);
        }
        prop_assert_eq!(hash.finish(), sha256_hex(&pieces.concat()));
    }
}

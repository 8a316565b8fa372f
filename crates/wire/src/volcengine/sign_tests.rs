use super::*;
use crate::volcengine::Unverified;
use crate::volcengine::samples::{LIST, Owned, SECRET, vector};

/// Section 1.4, byte for byte.
#[test]
fn the_worked_example_of_the_header_form_comes_out() {
    let vector = vector("02-");
    let call = Unverified::parse(&vector.raw.as_request()).unwrap();
    let stages = call.stages();
    assert_eq!(
        stages.canonical_request,
        "POST\n/\nAction=ApplySignatureIdent&Version=2021-01-11\n\
         x-content-sha256:c93a42838a23d8976b1fb7209c5548f99048e4c9cf40ccc506651c43d29509e7\nx-date:20261121T202155Z\n\n\
         x-content-sha256;x-date\nc93a42838a23d8976b1fb7209c5548f99048e4c9cf40ccc506651c43d29509e7"
    );
    assert_eq!(stages.canonical_hash, "6ab9def6a0809c41f10fad1bb7b2e23c5cc33719fcef8efd0dd50c8bc9db223a");
    assert_eq!(
        stages.string_to_sign,
        "HMAC-SHA256\n20261121T202155Z\n20261121/cn-north-1/volcSMS/request\n\
         6ab9def6a0809c41f10fad1bb7b2e23c5cc33719fcef8efd0dd50c8bc9db223a"
    );
    let key = SigningKey::derive(&Secret::new(SECRET), &call.scope());
    assert_eq!(
        key.sign(&stages.string_to_sign).hex(),
        "5af7c0da26d9ee03d561b6dbea7c1cc4129333c25dff5bb82cee2ef171798ac3"
    );
}

/// Section 1.6.
#[test]
fn the_worked_example_of_the_query_form_comes_out() {
    let vector = vector("07-");
    let call = Unverified::parse(&vector.raw.as_request()).unwrap();
    let stages = call.stages();
    let empty = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";
    let end = format!("&materialName=%E8%B5%84%E8%B4%A8%201&pageIndex=1&pageSize=10\n\n\n\n{empty}");
    assert!(stages.canonical_request.ends_with(&end), "{}", stages.canonical_request);
    assert_eq!(stages.canonical_hash, "cb50ca8e50e5aefb23fabc2339c70bf1fef8aabf0d0739126e4bdcf0ada4e516");
    let key = SigningKey::derive(vector.sidecar.caller.secret.as_ref().unwrap(), &call.scope());
    assert_eq!(
        key.sign(&stages.string_to_sign).hex(),
        "c571c437950acbfe001ce2b0b4b3becb9307d930f7905408498130e97c0f3938"
    );
}

/// What this signs is what the SDKs signed: the same bytes give the recorded signatures.
#[test]
fn signing_a_recorded_request_again_gives_its_authorization() {
    for (front, manner) in [("01-", Manner::Go), ("02-", Manner::Node), ("03-", Manner::Go), ("04-", Manner::Go)] {
        let vector = vector(front);
        let caller = &vector.sidecar.caller;
        let call = Unverified::parse(&vector.raw.as_request()).unwrap();
        let client = Client {
            access_key: &caller.id,
            secret: caller.secret.as_ref().unwrap(),
            token: caller.security_token.as_ref(),
            region: call.scope().region,
            service: SERVICE,
        };
        let signed = sign_request(&vector.raw.as_request(), &client, manner, call.signed_at()).unwrap();
        assert_eq!(signed[AUTHORIZATION], vector.raw.as_request().headers[AUTHORIZATION], "{front}");
    }
}

#[test]
fn what_is_signed_here_is_admitted_here() {
    for method in ["GET", "POST"] {
        for manner in [Manner::Go, Manner::Node] {
            let target = format!("{LIST}&ids=9&ids=10&materialName=a+b%20*");
            let mut request = Owned::new(method, &target, r#"{"pageIndex":1}"#);
            request.set("host", "sms.example.com:443");
            request.set("x-sdk-request", "attempt=1;  max=4");
            assert!(request.signed(manner).admit().is_ok(), "{method} {manner:?}");
        }
        assert!(Owned::new(method, LIST, "").presigned(None).admit().is_ok());
    }
    let empty = HeaderMap::new();
    let no_host = Request { method: "GET", target: LIST, headers: &empty, body: b"" };
    let secret = Secret::new(SECRET);
    let client = crate::volcengine::samples::client(&secret, None);
    assert!(sign_request(&no_host, &client, Manner::Go, crate::volcengine::samples::moment()).is_none());
}

//! What Volcengine's door refuses, and in which words.

use http::HeaderValue;
use serde_json::{Value, json};
use shiming_server::{
    Answer,
    doors::{
        Door, Head, IntakeRefusal,
        access_key::AccessKey,
        volcengine_sms::{Numbers, Settings, explain},
    },
};
use shiming_wire::{
    request::RawRequest,
    time::Window,
    vector::{Expect, Sidecar},
    volcengine::{
        Wording,
        ident::{Needed, Rules},
        sign::Manner,
    },
};

use crate::volcengine_bench::{
    Bench, DISABLED_KEY, KEY, LIMITED_KEY, Seen, Sent, TOKEN, TOKEN_KEY, file, ident, jpeg, png, signature,
};

const LIST: &str = "/?Action=GetSignatureIdentList&Version=2021-01-11";

fn list(bench: &Bench) -> Sent {
    bench.signed("GET", LIST, "")
}

/// Makes sure that a call is refused at the gate, in an envelope that Go decodes.
fn refused(bench: &Bench, sent: &Sent, status: u16, code: &str, number: i64) -> Seen {
    let seen = bench.send(sent);
    assert_eq!(seen.codes(), (status, code.to_owned(), number), "{}", seen.text);
    assert!(seen.body.get("Result").is_none() && seen.body["ResponseMetadata"]["RequestId"].is_string());
    seen
}

#[test]
fn each_row_of_the_gateway_is_told_where_it_belongs() {
    let bench = Bench::new();
    let without = |name: &str| {
        let mut sent = list(&bench);
        sent.headers.remove(name);
        sent
    };
    let mut nowhere = list(&bench);
    nowhere.target = "/?Version=2021-01-11".into();
    let seen = refused(&bench, &nowhere, 400, "MissingParameter", 100_002);
    assert!(seen.text.contains("The request is missing Action parameter."));
    refused(&bench, &without("authorization"), 401, "MissingAuthenticationToken", 100_003);
    refused(&bench, &without("x-date"), 400, "MissingRequestInfo", 100_004);
    refused(&bench, &list(&bench).header("x-date", "yesterday"), 400, "InvalidTimestamp", 100_006);
    refused(&bench, &list(&bench).header("x-date", "20200101T000000Z"), 400, "InvalidCredential", 100_025);
    let unknown = Sent::new("GET", LIST, "").signed(Manner::Go, "AKLTNOBODY", bench.now());
    let seen = refused(&bench, &unknown, 401, "InvalidAccessKey", 100_009);
    assert!(seen.text.contains("The accesskey [AKLTNOBODY] included in the request is invalid."));
    let disabled = Sent::new("GET", LIST, "").signed(Manner::Go, DISABLED_KEY, bench.now());
    refused(&bench, &disabled, 401, "InvalidAccessKey", 100_009);
    refused(&bench, &list(&bench).header("x-security-token", "x"), 401, "InvalidSecretToken", 100_026);
    let mut tokenless = Sent::new("GET", LIST, "").signed(Manner::Go, TOKEN_KEY, bench.now());
    tokenless.headers.remove("x-security-token");
    refused(&bench, &tokenless, 401, "InvalidSecretToken", 100_026);
    let mut changed = list(&bench);
    changed.target = changed.target.replace("GetSignatureIdentList", "GetSignatureAndOrderList");
    refused(&bench, &changed, 401, "SignatureDoesNotMatch", 100_010);
    let unknown = bench.signed("POST", "/?Action=SendSms&Version=2020-01-01", "{}");
    let seen = refused(&bench, &unknown, 404, "InvalidActionOrVersion", 100_008);
    assert!(seen.admitted && seen.text.contains("Could not find operation SendSms for version 2020-01-01."));
    assert_eq!(bench.entries(), 0);
}

#[test]
fn the_window_is_fifteen_minutes_either_way_and_inclusive() {
    let bench = Bench::new();
    let sent = list(&bench);
    for (turn, fresh) in [(900, true), (1, false), (-1800, true), (-1, false)] {
        bench.turn_clock(turn);
        let seen = bench.send(&sent);
        assert_eq!(seen.admitted, fresh, "{turn}");
        if !fresh {
            assert_eq!(seen.codes(), (400, "InvalidTimestamp".into(), 100_006));
            bench.turn_clock(-turn);
        }
    }
}

#[test]
fn an_authorization_that_is_malformed_in_any_position_is_refused_and_never_taken() {
    let bench = Bench::new();
    let good = list(&bench).headers["authorization"].to_str().unwrap().to_owned();
    for (from, to, code) in [
        ("HMAC-SHA256 ", "HMAC-SHA256  ", ""),
        (", ", ",", ""),
        ("HMAC-SHA256 ", "HMAC-SHA1 ", "InvalidAuthorization"),
        ("HMAC-SHA256 ", "hmac-sha256 ", "InvalidAuthorization"),
        ("HMAC-SHA256 ", "", "InvalidAuthorization"),
        ("Credential=", "Credential", "InvalidAuthorization"),
        ("Credential=", "credential=", "InvalidAuthorization"),
        ("/request,", "/request/,", "InvalidCredential"),
        ("/request,", ",", "InvalidCredential"),
        ("/request,", "/aws4_request,", "InvalidCredential"),
        ("/volcSMS/", "/vod/", "InvalidCredential"),
        ("/volcSMS/", "//", "InvalidCredential"),
        ("/cn-north-1/", "//", "InvalidCredential"),
        ("/cn-north-1/", "/CN_NORTH/", "InvalidCredential"),
        ("/cn-north-1/", "/cn-south-1/", "SignatureDoesNotMatch"),
        ("/volcSMS/", "/volcsms/", "SignatureDoesNotMatch"),
        ("SignedHeaders=", "SignedHeaders=,X=", "MissingSignature"),
        ("SignedHeaders=", "Signed=", "MissingSignature"),
        ("Signature=", "Signature=,X=", "MissingSignature"),
        ("Signature=", "Sig=", "MissingSignature"),
        ("Signature=", "Signature=00", "SignatureDoesNotMatch"),
        ("Signature=", "Signature=z", "SignatureDoesNotMatch"),
        ("Signature=", "Signature=a, Signature=", "InvalidAuthorization"),
        ("Credential=", "Credential=a/b, Credential=", "InvalidAuthorization"),
        ("host;", "", "SignatureDoesNotMatch"),
        ("host;", "host;x-nothing;", "SignatureDoesNotMatch"),
        ("content-type;host", "host;content-type", "SignatureDoesNotMatch"),
    ] {
        assert!(good.contains(from), "{from}");
        let sent = list(&bench).header("authorization", &good.replacen(from, to, 1));
        let seen = bench.send(&sent);
        let told = if seen.status == 200 { String::new() } else { seen.codes().1 };
        assert_eq!(told, code, "{from} -> {to}: {}", seen.text);
    }
    let mut bytes = list(&bench);
    bytes.headers.insert("authorization", HeaderValue::from_bytes(b"HMAC-SHA256 Credential=\xff").unwrap());
    refused(&bench, &bytes, 400, "InvalidAuthorization", 100_024);
    let mut twice = list(&bench);
    twice.headers.append("authorization", good.parse().unwrap());
    refused(&bench, &twice, 400, "InvalidAuthorization", 100_024);
}

#[test]
fn every_cut_of_an_authorization_is_refused() {
    let bench = Bench::new();
    let good = list(&bench).headers["authorization"].to_str().unwrap().to_owned();
    for end in 0..good.len() {
        let seen = bench.send(&list(&bench).header("authorization", &good[..end]));
        assert!(seen.status >= 400 && !seen.admitted, "{end}: {}", seen.text);
    }
}

#[test]
fn without_a_credential_that_parses_service_and_region_are_absent() {
    let bench = Bench::new();
    let seen =
        bench.send(&list(&bench).header("authorization", "HMAC-SHA256 Credential=a/b, SignedHeaders=h, Signature=c"));
    let metadata = &seen.body["ResponseMetadata"];
    assert!(metadata.get("Service").is_none() && metadata.get("Region").is_none());
    assert_eq!(
        (metadata["Action"].as_str(), seen.codes().1),
        (Some("GetSignatureIdentList"), "InvalidCredential".into())
    );
}

#[test]
fn a_signature_in_the_query_reads_and_does_not_write() {
    let bench = Bench::new();
    for action in ["ApplySignatureIdent", "BatchBindSignatureIdent", "UpdateSignatureIdent", "DeleteSignature"] {
        let target = format!("/?Action={action}&Version=2021-01-11");
        for body in ["", "{}"] {
            let presigned = Sent::new("POST", &target, body).presigned(KEY, bench.now());
            refused(&bench, &presigned, 400, "InvalidAuthorization", 100_024);
        }
    }
    let mut more = Sent::new("GET", LIST, "").presigned(KEY, bench.now());
    more.target.push_str("&ids=1");
    refused(&bench, &more, 401, "SignatureDoesNotMatch", 100_010);
    let mut with_body = Sent::new("GET", LIST, "").presigned(TOKEN_KEY, bench.now());
    assert_eq!(bench.send(&with_body).status, 200);
    with_body.body = b"{\"ids\":[1]}".to_vec();
    refused(&bench, &with_body, 400, "InvalidAuthorization", 100_024);
}

#[test]
fn permission_rate_and_quota_have_their_rows() {
    let bench = Bench::with(Settings { signatures_a_day: Some(2), ..Settings::default() });
    let limited = |action: &str| {
        let sent = Sent::new("POST", &format!("/?Action={action}&Version=2021-01-11"), "{}");
        bench.send(&sent.signed(Manner::Go, LIMITED_KEY, bench.now()))
    };
    assert_eq!(limited("ApplySignatureIdent").said(), "200 1023: no permission");
    assert_eq!(limited("GetSignatureIdentList").status, 200);
    let id = bench.approved(&ident());
    let codes = ["甲", "乙", "丙"].map(|content| bench.post("ApplySmsSignature", &signature(content, id)).codes().1);
    assert_eq!(codes, ["-", "-", "1027"]);
    assert_eq!(
        bench.post("ApplySmsSignature", &signature("甲", id)).codes().1,
        "-",
        "the same call again is no new one"
    );
    let (ids, _) = bench.post("GetSignatureAndOrderList", &json!({"signature": "乙"})).ids();
    assert_eq!(bench.post("DeleteSignature", &json!({"id": ids[0].to_string()})).codes().1, "-");
    assert_eq!(bench.post("ApplySmsSignature", &signature("丁", id)).codes().1, "1027", "deleting gives none back");
    bench.turn_clock(24 * 60 * 60);
    assert_eq!(bench.post("ApplySmsSignature", &signature("丙", id)).codes().1, "-");
    let none = Bench::with(Settings { in_flight_per_caller: 0, ..Settings::default() });
    refused(&none, &list(&none), 429, "FlowLimitExceeded", 100_018);
}

#[test]
fn the_intakes_own_refusals_are_in_the_vendors_envelope() {
    let bench = Bench::new();
    let sent = list(&bench);
    let head = Head { method: "GET", target: LIST, headers: &sent.headers };
    for (why, status, code) in [
        (IntakeRefusal::BodyTooLarge, 413, "RequestEntityTooLarge"),
        (IntakeRefusal::BodyTooSlow, 408, "RequestTimeout"),
        (IntakeRefusal::BodyBroken, 400, "BadRequest"),
    ] {
        let answer: Answer = bench.door.refuse(head, why);
        let seen = Seen::of(&answer);
        assert_eq!((seen.status, seen.codes().1.as_str()), (status, code));
        assert_eq!(seen.body["ResponseMetadata"]["Region"], "cn-north-1");
    }
    let long = bench.signed("GET", &format!("{LIST}&x={}", "a".repeat(40_000)), "");
    let seen = refused(&bench, &long, 414, "RequestUriTooLong", 414);
    assert!(seen.body["ResponseMetadata"].get("Action").is_none(), "its parameters were taken apart: {}", seen.text);
    assert_eq!(bench.door.body_limit(), 20 * 1024 * 1024);
}

#[test]
fn the_door_claims_what_is_signed_for_it_and_nothing_of_the_others() {
    let bench = Bench::new();
    let claims = |target: &str, authorization: Option<&str>| {
        let mut sent = Sent::new("GET", target, "");
        if let Some(authorization) = authorization {
            sent = sent.header("authorization", authorization);
        }
        bench.door.claims(Head { method: "GET", target: &sent.target, headers: &sent.headers })
    };
    assert!(claims("/", Some("HMAC-SHA256 Credential=a")));
    assert!(claims("/?Action=x&X-Algorithm=HMAC-SHA256", None));
    assert!(claims("/?X-Credential=a", None));
    assert!(
        claims("/?Action=ApplySignatureIdent", None) && claims("/?Action=DeleteSignature&Version=2020-01-01", None)
    );
    assert!(claims(LIST, None) && claims(LIST, Some("HMAC-SHA1 Credential=a")) && claims(LIST, Some("")));
    let others =
        ["JDCLOUD2-HMAC-SHA256 Credential=a", "ACS3-HMAC-SHA256 Credential=a", "ALIPAY-SHA256withRSA app_id=a"];
    for other in others {
        assert!(!claims("/?X-Algorithm=HMAC-SHA256", Some(other)) && !claims(LIST, Some(other)), "{other}");
    }
    assert!(!claims("/?Action=x&SignatureMethod=HMAC-SHA1", None));
    assert!(!claims("/?Action=SaveContactTemplate&Version=2016-05-11", None) && !claims("/", Some("Bearer x")));
}

/// What is said of the qualification with one member changed.
fn with(bench: &Bench, pointer: &str, value: Value) -> String {
    let mut body = ident();
    *body.pointer_mut(pointer).unwrap() = value;
    let said = bench.post("ApplySignatureIdent", &body).said();
    if said.starts_with('{') { "ok".into() } else { said.replace("200 1001: 参数错误: ", "") }
}

#[test]
fn numbers_and_dates_are_checked_by_their_rules() {
    let bench = Bench::new();
    for (pointer, value, told) in [
        (
            "/businessInfo/unifiedSocialCreditIdentifier",
            "91110000600037341A",
            "businessInfo.unifiedSocialCreditIdentifier 校验位不正确",
        ),
        (
            "/businessInfo/unifiedSocialCreditIdentifier",
            "91110000600037341l",
            "businessInfo.unifiedSocialCreditIdentifier 格式不正确",
        ),
        (
            "/businessInfo/unifiedSocialCreditIdentifier",
            "Zf6m",
            "businessInfo.unifiedSocialCreditIdentifier 位数不正确",
        ),
        ("/operatorPerson/personIDCard", "110101190001010015", "operatorPerson.personIDCard 校验位不正确"),
        ("/operatorPerson/personIDCard", "1101011900010100", "operatorPerson.personIDCard 位数不正确"),
        ("/operatorPerson/personIDCard", "11010119000101009x", "operatorPerson.personIDCard 格式不正确"),
        ("/operatorPerson/personIDCard", "11010119000101009X", "ok"),
        ("/legalPerson/personIDCard", "110101190001010015", "legalPerson.personIDCard 校验位不正确"),
        ("/responsiblePersonInfo/personMobile", "12800000000", "responsiblePersonInfo.personMobile 不是11位手机号"),
        ("/responsiblePersonInfo/personMobile", "+8613800000000", "responsiblePersonInfo.personMobile 不是11位手机号"),
        (
            "/businessInfo/businessCertificateValidityPeriodStart",
            "2020-02-30",
            "businessInfo.businessCertificateValidityPeriodStart 必须是YYYY-MM-DD格式的日期",
        ),
        (
            "/businessInfo/businessCertificateValidityPeriodStart",
            "20200230",
            "businessInfo.businessCertificateValidityPeriodStart 必须是YYYY-MM-DD格式的日期",
        ),
        (
            "/businessInfo/businessCertificateValidityPeriodEnd",
            "2020-01-11",
            "businessInfo.businessCertificateValidityPeriodEnd 早于有效期开始日期",
        ),
        ("/businessInfo/businessCertificateValidityPeriodEnd", "2020-01-12", "ok"),
    ] {
        assert_eq!(with(&bench, pointer, json!(value)), told, "{pointer} {value}");
    }
}

#[test]
fn the_documents_own_sample_is_taken_where_numbers_may_be_anything() {
    let sample = |bench: &Bench| {
        let mut body = ident();
        body["businessInfo"]["unifiedSocialCreditIdentifier"] = json!("Zf6m");
        for part in ["operatorPerson", "responsiblePersonInfo"] {
            body[part] = json!({
                "certificateType": 0, "personCertificate": [], "personName": "ek8J433e8mU", "personIDCard": "vFXKH",
                "personMobile": "52Tbt",
            });
        }
        body["businessInfo"]["businessCertificate"]["fileType"] = json!(0);
        bench.post("ApplySignatureIdent", &body).codes().1
    };
    assert_eq!(sample(&Bench::with(Settings { numbers: Numbers::Any, ..Settings::default() })), "-");
    assert_eq!(sample(&Bench::new()), "1001");
    let strict = Rules { person_certificates: Needed::Always, ..Rules::default() };
    assert_eq!(sample(&Bench::with(Settings { numbers: Numbers::Any, rules: strict, ..Settings::default() })), "1001");
}

#[test]
fn a_terse_door_says_the_documented_text_alone() {
    let bench = Bench::with(Settings { wording: Wording::Terse, ..Settings::default() });
    let seen = bench.post("ApplySignatureIdent", &json!({}));
    assert_eq!((seen.said().as_str(), seen.codes().2), ("200 1001: 参数错误", 1001));
}

#[test]
fn sizes_of_a_picture_are_judged_at_the_byte() {
    let bench = Bench::new();
    let licence =
        |bytes: &[u8], suffix: &str| with(&bench, "/businessInfo/businessCertificate", file(1, bytes, suffix));
    let limit = 2 * 1024 * 1024;
    let too_large = "businessInfo.businessCertificate.fileContent 解码后不能超过2097152字节";
    for size in [57, 56_319, 56_320, 1_048_576, 1_048_577, limit - 1, limit] {
        assert_eq!(licence(&png(size), "png"), "ok", "{size}");
        assert_eq!(licence(&jpeg(size), "jpeg"), "ok", "{size}");
    }
    assert_eq!(licence(&png(limit + 1), "png"), too_large);
    assert_eq!(licence(&jpeg(limit + 1), "jpg"), too_large);
}

#[test]
fn broken_and_hostile_pictures_are_refused_and_nothing_is_kept_of_them() {
    let bench = Bench::new();
    let licence = |bytes: &[u8], suffix: &str| {
        let said = with(&bench, "/businessInfo/businessCertificate", file(1, bytes, suffix));
        said.replace("businessInfo.businessCertificate.", "")
    };
    let (png, jpeg) = (png(300), jpeg(300));
    let mut bomb = png.clone();
    bomb[16..24].copy_from_slice(b"\0\0\xea\x60\0\0\xea\x60");
    let mut flat = png.clone();
    flat[16..20].copy_from_slice(b"\0\0\0\0");
    for (bytes, suffix, told) in [
        (&png[..299], "png", "fileContent 图片不完整或已损坏"),
        (&png[..8], "png", "fileContent 图片不完整或已损坏"),
        (&jpeg[..298], "jpg", "fileContent 图片不完整或已损坏"),
        (&jpeg[..3], "jpg", "fileContent 图片不完整或已损坏"),
        (&flat, "png", "fileContent 图片不完整或已损坏"),
        (&bomb, "png", "fileContent 图片像素过大"),
        (b"BM\0\0\0\0", "png", "fileContent 不是JPEG或PNG图片"),
        (b"%PDF-1.7", "pdf", "fileSuffix 只支持jpg、jpeg、png"),
        (b"<svg/>", "png", "fileContent 不是JPEG或PNG图片"),
        (&png, "jpg", "fileSuffix 与文件内容不一致"),
        (&jpeg, "png", "fileSuffix 与文件内容不一致"),
    ] {
        assert_eq!(licence(bytes, suffix), told);
    }
    assert_eq!(licence(&[&jpeg[..], b"PK\x03\x04 and more"].concat(), "jpg"), "ok", "what follows a picture is usual");
    let kept = bench.post("GetSignatureIdentList", &json!({"status": [1]})).ids().1;
    assert_eq!((kept, bench.entries()), (1, 1));
}

#[test]
fn data_uris_that_lie_are_refused_and_wrapped_base64_is_taken() {
    let bench = Bench::new();
    let content = |make: &dyn Fn(&str) -> String| {
        let mut licence = file(1, &png(300), "png");
        let bare = licence["fileContent"].as_str().unwrap().to_owned();
        licence["fileContent"] = json!(make(&bare));
        with(&bench, "/businessInfo/businessCertificate", licence).replace("businessInfo.businessCertificate.", "")
    };
    let lie = "fileContent data URI的类型与文件内容不一致";
    assert_eq!(content(&|bare| format!("data:image/png;base64,{bare}")), "ok");
    assert_eq!(content(&|bare| format!("data:image/jpg;base64,{bare}")), lie);
    assert_eq!(content(&|bare| format!("data:text/html;base64,{bare}")), lie);
    assert_eq!(content(&|bare| format!("data:image/png,{bare}")), "fileContent 不是有效的base64");
    let wrapped = |bare: &str| {
        let lines: Vec<_> = bare.as_bytes().chunks(76).map(String::from_utf8_lossy).collect();
        lines.join("\r\n")
    };
    assert_eq!(content(&wrapped), "ok");
    assert_eq!(content(&|bare| format!("data:image/png;base64,{}\n", wrapped(bare))), "ok");
    assert_eq!(content(&|_| "====".into()), "fileContent 不是有效的base64");
    assert_eq!(content(&|bare| format!("{bare}!")), "fileContent 不是有效的base64");
}

#[test]
fn an_address_is_no_picture_and_is_never_asked() {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    listener.set_nonblocking(true).unwrap();
    let bench = Bench::new();
    let url = format!("http://{}/secret", listener.local_addr().unwrap());
    let mut licence = json!({"fileType": 1, "fileContent": "", "fileSuffix": "png", "fileUrl": url});
    let told = with(&bench, "/businessInfo/businessCertificate", licence.clone());
    assert_eq!(told, "businessInfo.businessCertificate.fileContent 必填");
    licence["fileContent"] = file(1, &png(99), "png")["fileContent"].clone();
    assert_eq!(with(&bench, "/businessInfo/businessCertificate", licence), "ok");
    assert_eq!(listener.accept().unwrap_err().kind(), std::io::ErrorKind::WouldBlock);
}

#[test]
fn every_vector_behaves_as_its_sidecar_says() {
    let folder = std::path::Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/../../vectors/volcengine"));
    let mut seen = 0;
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.extension().is_none_or(|end| end != "http") {
            continue;
        }
        let raw = RawRequest::parse(&std::fs::read(&path).unwrap()).unwrap();
        let sidecar = Sidecar::parse(&std::fs::read(path.with_extension("json")).unwrap()).unwrap();
        let bench = Bench::new();
        bench.set_clock(sidecar.clock);
        bench.register(&sidecar.caller.id, sidecar.caller.secret.as_ref(), sidecar.caller.security_token.as_ref());
        let request = raw.as_request();
        assert!(bench.door.claims(Head::of(&request)), "{}", path.display());
        let answer = bench.send(&Sent {
            method: request.method.into(),
            target: request.target.into(),
            headers: request.headers.clone(),
            body: request.body.to_vec(),
        });
        match &sidecar.expect {
            Expect::Accepted => {
                assert!(answer.admitted, "{}: {}", path.display(), answer.text);
                assert_eq!(Some(answer.operation), sidecar.facts["action"].as_str());
            }
            Expect::Refused(refused) => {
                let (status, code, number) = answer.codes();
                assert!(refused.allows(&code), "{}: {code}", path.display());
                assert_eq!((status, Some(number)), (refused.status, refused.coden), "{}", path.display());
                assert!(!answer.admitted);
            }
        }
        seen += 1;
    }
    assert_eq!(seen, 11);
}

#[test]
fn an_operator_sees_each_stage_of_a_refused_call_and_no_value_of_it() {
    let bench = Bench::new();
    let mut sent =
        Sent::new("GET", &format!("{LIST}&materialName=secretname"), "").signed(Manner::Go, TOKEN_KEY, bench.now());
    sent.body = b"{\"materialName\":\"secretname\"}".to_vec();
    refused(&bench, &sent, 401, "SignatureDoesNotMatch", 100_010);
    let shown = wait_for_refused(&bench);
    assert_eq!((shown.door.as_str(), shown.caller.as_str()), ("volcengine", TOKEN_KEY));
    assert_eq!(shown.stages.len(), 6);
    assert!(shown.mistake.as_ref().is_some_and(|mistake| mistake.slug.contains("body")), "{:?}", shown.mistake);
    let all = format!("{shown:?}");
    assert!(!all.contains("secretname") && !all.contains(TOKEN) && all.contains("materialName=…"), "{all}");
}

fn wait_for_refused(bench: &Bench) -> shiming_server::refusals::RefusedCall {
    for _ in 0..500 {
        if let Some(refused) = bench.refusals.latest(1).pop() {
            return refused;
        }
        std::thread::sleep(std::time::Duration::from_millis(10));
    }
    panic!("nothing was looked into");
}

#[test]
fn a_call_is_explained_with_the_callers_at_hand() {
    let bench = Bench::new();
    let callers: Vec<_> = bench.callers().iter().filter_map(AccessKey::read).collect();
    let callers: Vec<_> = callers.iter().collect();
    let good = list(&bench);
    let clock = Some((bench.now(), Window::FIFTEEN_MINUTES));
    let explained = explain(&good.as_request(), &callers, clock, None);
    assert!(explained.verifies && explained.mistake.is_none());
    let disabled = Sent::new("GET", LIST, "").signed(Manner::Go, DISABLED_KEY, bench.now());
    let explained = explain(&disabled.as_request(), &callers, clock, None);
    assert_eq!(explained.mistake.map(|mistake| mistake.slug).as_deref(), Some("caller-disabled"));
    let late = "2030-01-01T00:00:00Z".parse().unwrap();
    assert!(!explain(&good.as_request(), &callers, Some((late, Window::FIFTEEN_MINUTES)), None).verifies);
    assert!(explain(&good.as_request(), &callers, None, None).verifies, "without a clock the date is not judged");
}

#[test]
fn a_trusted_proxys_header_stands_in_for_the_host() {
    let forwarded = Settings { forwarded_host: Some("x-forwarded-host".parse().unwrap()), ..Settings::default() };
    for (settings, status) in [(forwarded, 200), (Settings::default(), 401)] {
        let bench = Bench::with(settings);
        let mut sent = list(&bench);
        sent.headers.insert("host", "inside:8080".parse().unwrap());
        sent.headers.insert("x-forwarded-host", "127.0.0.1:18444".parse().unwrap());
        assert_eq!(bench.send(&sent).status, status);
    }
}

//! Alipay v3's door: every refusal that it can print, headers and signatures of its answers, nonces, certificates,
//! encryption, bad input, and a thousand callers for one result.

use std::{
    collections::BTreeSet,
    fmt::Write as _,
    io::{Read, Write},
    net::{SocketAddr, TcpStream},
    sync::Arc,
    time::Instant,
};

use base64::{Engine as _, engine::general_purpose::STANDARD};
use http::{HeaderValue, header::AUTHORIZATION};
use secrecy::SecretString;
use shiming_core::{Caller, CallerState, Callers};
use shiming_server::{
    Call, Limits, Parts, Server,
    doors::{
        Door, Head, IntakeRefusal,
        alipay::{self, INSTALLATION},
        alipay_v3::Settings,
    },
    telemetry::Telemetry,
};
use shiming_wire::{
    alipay::aes::ContentKey,
    alipay_v3::{
        No,
        call::ExpiredSeconds,
        codes::{COMMON, ROWS},
        operations::OPERATIONS,
    },
};

use crate::{
    alipay_bench::{App, BARE_APP, DISABLED_APP, OLD_APP, OLD_TOKEN, OTHER_TOKEN, TOKEN, content_key, private_key},
    alipay_sessions::{AGREEMENT, AUTHENTICATION, Both, SeenV3, SentV3, To, asked, target, with},
};

const JOBDATA: &str = "/v3/zhima/customer/jobworth/jobdata/add";

/// A query that gets as far as its business: there is no such token.
fn good(both: &Both, app: &App) -> SentV3 {
    both.signed(app, "GET", &target(AUTHENTICATION, &asked("t")), &[])
}

/// How each row is reached; where nothing in this server leads there, the reason.
#[expect(clippy::too_many_lines, reason = "one arm a row")]
fn reach(no: No) -> Result<SeenV3, &'static str> {
    let (both, app) = (Both::new(), App::new());
    let good = || good(&both, &app);
    let by = |app: &App| Ok(both.send(&self::good(&both, app)));
    let get = |target: &str| Ok(both.send(&both.signed(&app, "GET", target, &[])));
    let post = |body: &[u8]| Ok(both.send(&both.signed(&app, "POST", JOBDATA, body)));
    let without = |element: &str| {
        let cut = |header: &str| {
            let (scheme, rest) = header.split_once(' ').unwrap();
            let kept: Vec<_> = rest.split(',').filter(|part| !part.starts_with(&format!("{element}="))).collect();
            format!("{scheme} {}", kept.join(","))
        };
        Ok(both.send(&good().authorized(cut)))
    };
    let token = |token: &str| {
        let target = target(AUTHENTICATION, &asked("t"));
        Ok(both.send(&both.signed_for(&app, Some(token), "GET", &target, &[])))
    };
    let intake = |why| {
        let sent = good();
        Ok(SeenV3::of(&both.v3.refuse(Head::of(&sent.as_request()), why)))
    };
    let encrypted = || App { content_key: Some(content_key()), ..App::new() };
    match no {
        No::MissingTimestamp => without("timestamp"),
        No::InvalidTimestamp => {
            let sent = good();
            both.bench.turn_clock(601);
            Ok(both.send(&sent))
        }
        No::MissingAppId => without("app_id"),
        No::InvalidAppId => by(&App { id: "2021009900009999", ..App::new() }),
        No::InvalidAppState => by(&App { id: DISABLED_APP, ..App::new() }),
        No::MissingSignature => without("sign"),
        No::InvalidSignatureType => {
            Ok(both.send(&good().authorized(|header| header.replace("ALIPAY-SHA256withRSA", "ALIPAY-SM3withSM2"))))
        }
        No::MissingSignatureConfig => by(&App { id: BARE_APP, ..App::new() }),
        No::InvalidSignature => by(&App { key: private_key("stranger_private_pkcs1.pem"), ..App::new() }),
        No::AppCertExpired => {
            both.bench.turn_clock(20 * 365 * 24 * 60 * 60);
            by(&App::certified())
        }
        No::AppCertNotExist => {
            by(&App { certificates: Some(("00000000000000000000000000000000", "")), ..App::certified() })
        }
        No::MissingAppCertSn => by(&App { certificates: None, ..App::certified() }),
        No::InvalidAlipayRootCertSn => {
            let app = App::certified();
            Ok(both
                .send(&self::good(&both, &app).with("alipay-root-cert-sn", Some("687b59193f3f462dd5336e5abf83c5d8"))))
        }
        No::InvalidMethod => get("/v3/zhima/customer/jobworth/nowhere"),
        No::InvalidHttpMethod => Ok(both.send(&both.signed(&app, "POST", AUTHENTICATION, b"{}"))),
        No::IllegalJson => post(b"{\"user_name\":"),
        No::InvalidRequestData => Ok(both.send(&good().authorized(|header| header.replacen(',', ",nonce=1,", 1)))),
        No::InvalidParameter => {
            let sent = good();
            both.send(&sent);
            Ok(both.send(&sent))
        }
        No::InvalidEncoding => get(&format!("{AUTHENTICATION}?conn_key=%FF")),
        No::MissingEncryptKey => {
            let mut registered = both.bench.store.callers().all().unwrap();
            let caller = registered.iter_mut().find(|caller| caller.key_id == app.id).unwrap();
            caller.secrets.remove("aes_key");
            both.bench.store.callers().put(caller).unwrap();
            both.bench.tools.callers.refresh(&*both.bench.store.callers()).unwrap();
            by(&encrypted())
        }
        No::InvalidEncryptType => Ok(both.send(&good().with("alipay-encrypt-type", Some("SM4")))),
        No::Undecryptable => {
            Ok(both.send(&both.signed(&app, "POST", JOBDATA, b"AAAA").with("alipay-encrypt-type", Some("AES"))))
        }
        No::InvalidAppAuthToken => token("unknown"),
        No::AppAuthTokenTimeOut => token(OLD_TOKEN),
        No::InvalidAppAuthTokenNoApi => token(OTHER_TOKEN),
        No::InsufficientIsvPermissions => post(b"{}"),
        No::AppCallLimited => {
            let both = Both::with(Settings { in_flight_per_caller: 0, ..Settings::default() });
            Ok(both.send(&self::good(&both, &app)))
        }
        No::UnknowError => {
            both.bench.store.close();
            Ok(both.send(&both.signed(&encrypted(), "GET", &target(AGREEMENT, &[("out_agreement_no", "1")]), &[])))
        }
        No::TooLarge => intake(IntakeRefusal::BodyTooLarge),
        No::TooSlow => intake(IntakeRefusal::BodyTooSlow),
        No::Unavailable => {
            let platform = Caller {
                door: alipay::PLATFORM.into(),
                key_id: INSTALLATION.into(),
                label: String::new(),
                state: CallerState::Enabled,
                secrets: [("private_key".to_owned(), SecretString::from("damaged"))].into(),
                settings: std::collections::BTreeMap::new(),
            };
            both.bench.store.callers().put(&platform).unwrap();
            both.bench.tools.platforms.refresh(&*both.bench.store.callers()).unwrap();
            Ok(both.send(&good()))
        }
        No::MissingEncryptType | No::DecryptionErrorMissingEncryptType => Err("no operation demands encryption"),
        No::DecryptionErrorNotValidEncryptType => Err("the other row for the same: invalid-encrypt-type"),
        No::DecryptionErrorNotValidEncryptKey => Err("the other row for the same: missing-encrypt-key"),
        No::IllegalTimestamp => Err("the other row for the same: invalid-timestamp"),
        No::MissingAlipayRootCertSn => Err("PHP never sends it, so that it cannot be demanded"),
        No::InvalidContentType => Err("no SDK agrees with another about it, so that it is not looked at"),
        No::MethodCallLimited => Err("there are no quotas by operation"),
        _ => Err("listed only: no such check exists here"),
    }
}

#[test]
fn every_row_that_can_be_reached_is_printed_as_the_table_says() {
    let mut reached = BTreeSet::new();
    let mut signed = Vec::new();
    for row in ROWS {
        let Ok(seen) = reach(row.no) else { continue };
        let seen = seen.checked();
        assert_eq!((seen.status, seen.said()), (row.status, row.code), "{:?}: {}", row.no, seen.text);
        if seen.is_signed() {
            signed.push(row.code);
        }
        assert!(seen.body["message"].as_str().unwrap().starts_with(row.message) || row.no == No::InvalidParameter);
        assert!(!seen.text.contains("110101"), "no value of a query comes back: {}", seen.text);
        reached.insert(row.no as usize);
    }
    assert_eq!(ROWS.len() - COMMON, 5);
    assert_eq!(reached.len(), 31);
    // The caller has proved who they are; `app-call-limited` is unsigned, for there is too much to do.
    let expected = [
        "illegal-json",
        "invalid-parameter",
        "invalid-encoding",
        "missing-encrypt-key",
        "invalid-encrypt-type",
        "decryption-error-unknown",
        "invalid-app-auth-token",
        "invalid-app-auth-token-no-api",
        "app-auth-token-time-out",
        "insufficient-isv-permissions",
        "unknow-error",
    ];
    assert_eq!(signed, expected);
}

#[test]
fn the_checks_come_in_the_documented_order() {
    let (both, app) = (Both::new(), App::new());
    // Each request has two faults; the one that is looked for first is told.
    let wrong = App { key: private_key("stranger_private_pkcs1.pem"), ..App::new() };
    let unknown =
        App { id: "2021009900009999", ..App { key: private_key("stranger_private_pkcs1.pem"), ..App::new() } };
    let late = |sent: &SentV3| {
        both.bench.turn_clock(601);
        both.send(sent).said().to_owned()
    };
    let sent = good(&both, &app).with("authorization", None);
    assert_eq!(both.send(&sent).said(), "missing-timestamp", "as production says without Authorization");
    assert_eq!(both.send(&good(&both, &unknown)).said(), "invalid-app-id", "before the signature is looked at");
    let other_scheme = |header: &str| header.replace("ALIPAY-SHA256withRSA", "ALIPAY-OTHER");
    assert_eq!(both.send(&good(&both, &unknown).authorized(other_scheme)).said(), "invalid-app-id");
    assert_eq!(both.send(&good(&both, &wrong).authorized(other_scheme)).said(), "invalid-signature-type");
    assert_eq!(late(&good(&both, &wrong)), "invalid-timestamp");
    let nowhere = both.signed(&unknown, "GET", "/v3/nowhere", &[]).with("authorization", None);
    assert_eq!(both.send(&nowhere).said(), "invalid-method");
    let token = both.signed_for(&wrong, Some("unknown"), "GET", AUTHENTICATION, &[]);
    assert_eq!(both.send(&token).said(), "invalid-signature");
    let not_offered = both.signed_for(&app, Some("unknown"), "POST", JOBDATA, b"{}");
    assert_eq!(both.send(&not_offered).said(), "invalid-app-auth-token");
}

#[test]
fn a_moment_is_taken_for_ten_minutes_either_way_or_as_long_as_the_caller_says() {
    let (both, app) = (Both::new(), App::new());
    for (seconds, expected) in
        [(600, "MERCHANT"), (601, "invalid-timestamp"), (-600, "MERCHANT"), (-601, "invalid-timestamp")]
    {
        let pairs = with(asked("t"), "service_id", Some("1"));
        let sent = both.signed(&app, "GET", &target(AUTHENTICATION, &pairs), &[]);
        both.bench.turn_clock(seconds);
        assert!(both.send(&sent).said().starts_with(expected), "{seconds}");
        both.bench.turn_clock(-seconds);
    }
    // Only a client that signs the element itself can make such a call: here it is cut in, and the signature is wrong.
    let narrowed = |seconds: &str| {
        let sent = good(&both, &app)
            .authorized(|header| header.replace(",sign=", &format!(",expired_seconds={seconds},sign=")));
        both.bench.turn_clock(60);
        both.send(&sent).said().to_owned()
    };
    assert_eq!(narrowed("59"), "invalid-timestamp");
    assert_eq!(narrowed("60"), "invalid-signature");
    assert_eq!(narrowed("soon"), "invalid-parameter");
    let deaf = Both::with(Settings { expired: ExpiredSeconds::Ignored, ..Settings::default() });
    let sent = good(&deaf, &app).authorized(|header| header.replace(",sign=", ",expired_seconds=1,sign="));
    deaf.bench.turn_clock(60);
    assert_eq!(deaf.send(&sent).said(), "invalid-signature");
}

#[test]
fn a_nonce_is_taken_once_whatever_came_of_the_call() {
    let (both, app) = (Both::new(), App::new());
    let twice = |sent: &SentV3| {
        let first = both.send(sent);
        let second = both.send(sent).checked();
        assert_eq!((second.status, second.said(), second.admitted), (400, "invalid-parameter", false));
        assert_eq!(second.body["message"], "重复的nonce");
        (first.status, first.text)
    };
    both.session(&app, "t", To::Authorized);
    assert_eq!(twice(&good(&both, &app)).0, 200, "pending");
    assert_eq!(twice(&both.signed(&app, "GET", &target(AUTHENTICATION, &asked("unknown")), &[])).0, 400);
    assert_eq!(twice(&both.signed(&app, "POST", JOBDATA, b"{}")).0, 401);
    assert_eq!(
        twice(&both.signed(&app, "GET", &target(AGREEMENT, &[("out_agreement_no", "agreement-1")]), &[])).0,
        200
    );
    let elsewhere = with(asked("t"), "service_id", Some("2019120400000000000004450999"));
    assert_eq!(twice(&both.signed(&app, "GET", &target(AUTHENTICATION, &elsewhere), &[])).0, 400, "not its service");
    assert_eq!(twice(&both.signed(&app, "GET", AUTHENTICATION, &[])).0, 400, "nothing is asked");
    both.session_under(&app, "t2", "agreement-2", To::Succeeded);
    let redeem = target(AUTHENTICATION, &with(asked("t2"), "conn_key", Some("agreement-2")));
    let (status, text) = twice(&both.signed(&app, "GET", &redeem, &[]));
    assert!(status == 200 && text.contains("SUCCESS"), "{text}");
    // Another app may use the same nonce, and so may this one as long as it has never been verified.
    let sent = good(&both, &app);
    let header = sent.headers["authorization"].to_str().unwrap().to_owned();
    let spoilt = sent.authorized(|header| header.replace("sign=", "sign=AAAA"));
    assert_eq!(both.send(&spoilt).said(), "invalid-signature");
    assert!(header.contains("nonce=") && both.send(&sent).status == 200);
}

#[test]
fn a_nonce_is_remembered_for_as_long_as_its_moment_could_be_taken() {
    let (both, app) = (Both::new(), App::new());
    both.session(&app, "t", To::Authorized);
    let sent = good(&both, &app);
    assert_eq!(both.send(&sent).status, 200);
    both.bench.turn_clock(600);
    assert_eq!(both.send(&sent).said(), "invalid-parameter");
    both.bench.turn_clock(1);
    assert_eq!(both.send(&sent).said(), "invalid-timestamp");
}

#[test]
fn an_answer_has_its_own_headers_in_lower_case_on_the_wire_and_nothing_is_null() {
    let (both, app) = (Both::new(), App::new());
    both.session(&app, "t", To::Authorized);
    let sent = good(&both, &app).with("alipay-request-id", Some(&"x".repeat(64)));
    let (plain, refused, large) = over_a_socket(&both, |send| {
        let large = SentV3 { body: vec![b' '; 4 * 1024 * 1024 + 1], method: "POST".into(), ..sent.clone() };
        (send(&sent), send(&sent), send(&large))
    });
    for name in ["alipay-trace-id", "alipay-timestamp", "alipay-nonce", "alipay-signature", "Content-Type"] {
        assert!(plain.contains(&format!("\r\n{name}: ")), "{name}: {plain}");
    }
    assert!(plain.starts_with("HTTP/1.1 200 ") && plain.ends_with("\"token_status\":\"PROCESSING\"}"), "{plain}");
    assert!(!plain.contains("null") && !plain.contains("alipay-sn"), "{plain}");
    assert!(refused.starts_with("HTTP/1.1 400 ") && refused.contains("\r\nalipay-signature: "), "{refused}");
    assert!(refused.ends_with("{\"code\":\"invalid-parameter\",\"message\":\"重复的nonce\"}"), "{refused}");
    assert!(large.starts_with("HTTP/1.1 413 "), "{large}");
    assert!(large.contains("{\"code\":\"invalid-request-data\",\"message\":\""), "{large}");
}

/// Serves the door on a free port for as long as the calls take.
fn over_a_socket<T>(both: &Both, calls: impl FnOnce(&dyn Fn(&SentV3) -> String) -> T) -> T {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
    let any: SocketAddr = "127.0.0.1:0".parse().unwrap();
    let settings = shiming_server::Settings { doors: any, operator: any, limits: Limits::default(), tls: None };
    let bound = runtime.block_on(Server::bind(settings)).unwrap();
    let address = bound.doors();
    let parts = Parts {
        doors: vec![Arc::clone(&both.v3) as Arc<dyn Door>],
        refusals: Arc::clone(&both.bench.refusals),
        telemetry: Arc::new(Telemetry::default()),
        operator_token: SecretString::from("operators-token"),
        ready: Box::new(|| Ok(())),
        api: None,
    };
    let (stop, stopped) = tokio::sync::oneshot::channel::<()>();
    let served = runtime.spawn(bound.run(parts, async { drop(stopped.await) }));
    let done = calls(&|sent| {
        let mut bytes = format!("{} {} HTTP/1.1\r\nhost: {address}\r\nconnection: close\r\n", sent.method, sent.target);
        for (name, value) in &sent.headers {
            write!(bytes, "{name}: {}\r\n", value.to_str().unwrap()).unwrap();
        }
        write!(bytes, "content-length: {}\r\n\r\n", sent.body.len()).unwrap();
        let mut stream = TcpStream::connect(address).unwrap();
        stream.write_all(bytes.as_bytes()).unwrap();
        // A body that is refused by its length need not be read to its end.
        let _ = stream.write_all(&sent.body);
        let mut answer = Vec::new();
        let _ = stream.read_to_end(&mut answer);
        String::from_utf8(answer).unwrap()
    });
    drop(stop);
    runtime.block_on(served).unwrap();
    done
}

#[test]
fn in_certificate_mode_the_platforms_certificate_is_named_and_the_root_need_not_be() {
    let (both, app) = (Both::new(), App::certified());
    both.session(&app, "t", To::Authorized);
    let seen = both.query(&app, &asked("t"));
    let sn = both.bench.tools.platforms.find(INSTALLATION).unwrap().caller.v3.certificate_sn.clone();
    assert_eq!(seen.header("alipay-sn"), sn.as_deref());
    let like_php = both.send(&good(&both, &app).with("alipay-root-cert-sn", None)).read_by(&app);
    assert_eq!(like_php.said(), "WAITING_VERIFY");
    // An app in key mode may name a certificate: it is covered by the signature, and nobody looks at it.
    let (key, certified) = (App::new(), App { certificates: app.certificates, ..App::new() });
    both.session(&key, "t", To::Authorized);
    assert_eq!(both.query(&key, &asked("t")).header("alipay-sn"), None);
    assert_eq!(both.query(&certified, &asked("t")).said(), "WAITING_VERIFY");
}

#[test]
fn a_get_that_says_aes_is_answered_encrypted_and_its_refusal_is_not() {
    let both = Both::new();
    let app = App { content_key: Some(content_key()), ..App::new() };
    both.session(&app, "t", To::Authorized);
    let seen = both.query(&app, &asked("t"));
    assert_eq!((seen.said(), seen.header("content-type")), ("WAITING_VERIFY", Some("text/plain")));
    assert!(STANDARD.decode(&seen.text).unwrap().len().is_multiple_of(16));
    let refused = both.query(&app, &asked("unknown"));
    assert_eq!((refused.status, refused.said()), (400, "TOKEN_INVALID"));
    assert_eq!(refused.header("content-type"), Some("application/json;charset=UTF-8"));
}

#[test]
fn an_encrypted_body_is_read_with_the_registered_key_alone_and_every_other_ends_alike() {
    let (both, app) = (Both::new(), App::new());
    let encrypted = |key: ContentKey, body: &[u8]| {
        let app = App { content_key: Some(key), ..App::new() };
        both.send(&both.signed(&app, "POST", JOBDATA, body)).checked()
    };
    assert_eq!(encrypted(content_key(), b"{}").said(), "insufficient-isv-permissions", "decrypted, and not offered");
    assert_eq!(encrypted(content_key(), b"no JSON").said(), "illegal-json");
    let raw = |body: &[u8]| {
        let sent = both.signed(&app, "POST", JOBDATA, body).with("alipay-encrypt-type", Some("AES"));
        both.send(&sent).checked()
    };
    // A wrong key, wrong padding, half a block, no base64, no UTF-8 inside: one refusal, to the letter.
    let wrong_key =
        (0..=255).map(|byte| encrypted(ContentKey::from_bytes(&[byte; 16]).unwrap(), b"{\"user_name\":\"1\"}"));
    let wrong_size = [24, 32].map(|size| encrypted(ContentKey::from_bytes(&vec![1; size]).unwrap(), b"{}"));
    let damaged = ["AAAAAAAAAAAAAAAAAAAAAA==", "AAAA", "====", "not base64", "AAAAAAAAAAAAAAAAAAAAAA"]
        .map(|text| raw(text.as_bytes()));
    let not_text = encrypted(content_key(), &[0xff, 0xfe]);
    let all: Vec<_> = wrong_key.chain(wrong_size).chain(damaged).chain([not_text]).collect();
    for seen in &all {
        assert_eq!((seen.status, seen.said(), &seen.text), (400, "decryption-error-unknown", &all[0].text));
        assert_eq!((seen.admitted, seen.word), (all[0].admitted, all[0].word));
    }
}

#[test]
fn values_are_read_as_every_sdk_writes_them() {
    let (both, app) = (Both::new(), App::new());
    let key = "a b+c*d~e!f'g(h)样例";
    both.session_under(&app, "t", key, To::Verifying);
    let right = with(asked("t"), "conn_key", Some(key));
    let by_rules = target(AUTHENTICATION, &right);
    let node = by_rules.replace("%20", "+").replace('~', "%7E");
    let java = by_rules.replace("%2A", "*");
    for target in [&by_rules, &node, &java] {
        assert_eq!(both.send(&both.signed(&app, "GET", target, &[])).said(), "WAITING_VERIFY", "{target}");
    }
    // PHP leaves "0" out, Node writes what is undefined, and anybody may add what nobody knows.
    let person = [("cert_no", "110101190001010014")];
    for more in [
        &[person[0], ("cert_type", "0")][..],
        &[person[0]],
        &[person[0], ("cert_type", "")],
        &[person[0], ("cert_type", "undefined"), ("user_id", "undefined"), ("open_id", "null")],
        &[("something", "else"), ("something", "again")],
    ] {
        let pairs: Vec<_> = right.iter().chain(more).copied().collect();
        assert_eq!(both.query(&app, &pairs).said(), "WAITING_VERIFY", "{more:?}");
    }
    let twice: Vec<_> = right.iter().chain(&[("once_token", "t")]).copied().collect();
    assert_eq!(both.query(&app, &twice).said(), "INVALID_PARAMETER", "which of the two?");
}

#[test]
fn a_target_that_was_tidied_up_on_its_way_is_another_target() {
    let (both, app) = (Both::new(), App::new());
    both.session(&app, "t", To::Authorized);
    let sent = good(&both, &app);
    let tidied = |target: String| both.send(&SentV3 { target, ..sent.clone() }).said().to_owned();
    assert_eq!(
        tidied(sent.target.replace("conn_key=agreement-1&once_token=t", "once_token=t&conn_key=agreement-1")),
        "invalid-signature"
    );
    assert_eq!(tidied(sent.target.replace("agreement-1", "agreement%2D1")), "invalid-signature");
    for slip in ["//v3/", "/V3/", "/alipay/v3/"] {
        assert_eq!(tidied(sent.target.replace("/v3/", slip)), "invalid-method", "{slip}");
    }
    assert_eq!(tidied(format!("{}&", sent.target)), "invalid-signature");
    assert_eq!(both.send(&sent).said(), "WAITING_VERIFY", "nothing of all that has spent the nonce");
}

/// Docs: Alipay v3 specification, section 2.3: whoever means this door reads `code` and `message`, whatever is wrong with
/// the path.
#[test]
fn what_is_meant_for_this_door_is_answered_by_it() {
    let both = Both::new();
    let claims = |target: &str, authorization: Option<&'static str>| {
        let headers = authorization.map(|value| (AUTHORIZATION, HeaderValue::from_static(value))).into_iter().collect();
        both.v3.claims(Head { method: "GET", target, headers: &headers })
    };
    for target in ["/v3/zhima", "/v3/", "/v3", "/v3?a=b", "//v3/x", "/V3/x", "http://h:80/v3/x", "http://h//V3"] {
        assert!(claims(target, None), "{target}");
    }
    for target in ["/", "/v30/x", "/v1/v3/", "/gateway.do?a=/v3/", "v3.html"] {
        assert!(!claims(target, None) && !claims(target, Some("Basic eDp5")), "{target}");
    }
    assert!(claims("/prefix/v3/x", Some("ALIPAY-SHA256withRSA app_id=1")));
    assert!(claims("/", Some("ALIPAY-SM3withSM2 app_id=1")));
}

/// Docs: Alipay v3 specification, sections 1.4 and 1.8: what comes along with a GET is signed like any body, and
/// decrypted where the request says that it is encrypted; nobody reads what is in it.
#[test]
fn what_is_in_the_body_of_a_get_is_nobodys_business() {
    let (both, app) = (Both::new(), App::new());
    both.session(&app, "t", To::Authorized);
    let target = target(AUTHENTICATION, &asked("t"));
    for body in [&b"{\"conn_key\":\"another\"}"[..], b"{", &[0xff, 0xfe]] {
        let seen = both.send(&both.signed(&app, "GET", &target, body)).read_by(&app);
        assert_eq!(seen.said(), "WAITING_VERIFY", "{body:?}");
    }
    let spoilt = both.signed(&app, "GET", &target, b"AAAA").with("alipay-encrypt-type", Some("AES"));
    assert_eq!(both.send(&spoilt).checked().said(), "decryption-error-unknown");
}

#[test]
fn bad_input_is_refused_in_json_and_the_door_stays_open() {
    let (both, app) = (Both::new(), App::new());
    both.session(&app, "t", To::Authorized);
    let names: Vec<_> = (0..10_000).map(|index| format!("p{index}")).collect();
    let many: Vec<_> = asked("t").into_iter().chain(names.iter().map(|name| (name.as_str(), "v"))).collect();
    let target = target(AUTHENTICATION, &many);
    assert_eq!(both.send(&both.signed(&app, "GET", &target, &[])).read_by(&app).said(), "WAITING_VERIFY");
    let many: Vec<_> = many.into_iter().chain([("conn_key", "agreement-2")]).collect();
    let late = crate::alipay_sessions::target(AUTHENTICATION, &many);
    assert_eq!(both.send(&both.signed(&app, "GET", &late, &[])).said(), "INVALID_PARAMETER", "repeated far behind");
    let same: String = "&conn_key=agreement-1".repeat(10_000);
    let target = format!("{AUTHENTICATION}?once_token=t{same}");
    assert_eq!(both.send(&both.signed(&app, "GET", &target, &[])).said(), "INVALID_PARAMETER");
    let post = |body: &[u8]| both.send(&both.signed(&app, "POST", JOBDATA, body)).checked().said().to_owned();
    let deep = [b"[".repeat(100_000), b"]".repeat(100_000)].concat();
    assert_eq!(post(&deep), "insufficient-isv-permissions", "JSON, and no stack is needed to see that");
    assert_eq!(post(&deep[1..]), "illegal-json");
    let nested = (0..10).fold("\"x\"".to_owned(), |inner, _| serde_json::to_string(&inner).unwrap());
    assert_eq!(post(format!("{{\"user_name\":{nested}}}").as_bytes()), "insufficient-isv-permissions");
    assert_eq!(post(&[b'{', 0xff, b'}']), "invalid-encoding");
    assert_eq!(both.v3.body_limit(), 4 * 1024 * 1024);
    for query in ["?", "?&&&", "?=", "?%", "?%4", "?conn_key", "?conn_key=%00&once_token=%00", "?conn_key=%C0%80"] {
        let seen = both.send(&both.signed(&app, "GET", &format!("{AUTHENTICATION}{query}"), &[])).checked();
        assert!(seen.status == 400 && ["INVALID_PARAMETER", "invalid-encoding"].contains(&seen.said()), "{query}");
    }
    for header in [
        "",
        " ",
        "ALIPAY-SHA256withRSA",
        "ALIPAY-SHA256withRSA ",
        "Basic eDp5",
        "ALIPAY-SHA256withRSA ,,,=,sign=",
        "x\u{7f}",
    ] {
        let Ok(value) = http::HeaderValue::from_bytes(header.as_bytes()) else { continue };
        let mut sent = good(&both, &app);
        sent.headers.insert("authorization", value);
        assert_eq!(both.send(&sent).checked().status, 400, "{header:?}");
    }
    let mut two = good(&both, &app);
    two.headers.append("authorization", two.headers["authorization"].clone());
    assert_eq!(both.send(&two).said(), "invalid-request-data");
    assert_eq!(both.send(&good(&both, &app)).said(), "WAITING_VERIFY");
}

#[test]
fn a_key_that_is_too_small_for_v3_is_no_key() {
    let both = Both::new();
    let app = App { id: OLD_APP, key: private_key("app1024_private_pkcs1.pem"), ..App::new() };
    assert_eq!(both.send(&good(&both, &app)).said(), "missing-signature-config");
}

#[test]
fn an_app_may_call_what_is_listed_for_it_and_a_merchant_may_be_acted_for() {
    let (both, app) = (Both::new(), App::new());
    both.session(&app, "t", To::Authorized);
    let target = target(AUTHENTICATION, &asked("t"));
    let seen = both.send(&both.signed_for(&app, Some(TOKEN), "GET", &target, &[])).read_by(&app);
    assert_eq!(seen.said(), "WAITING_VERIFY");
    let taken_off = both.signed_for(&app, Some(TOKEN), "GET", &target, &[]).with("alipay-app-auth-token", None);
    assert_eq!(both.send(&taken_off).said(), "invalid-signature", "the token is a line of what is signed");
    let mut registered = both.bench.store.callers().all().unwrap();
    let caller = registered.iter_mut().find(|caller| caller.key_id == app.id).unwrap();
    caller.settings.insert("methods".into(), "zhima.customer.certification.query".into());
    both.bench.store.callers().put(caller).unwrap();
    both.bench.tools.callers.refresh(&*both.bench.store.callers()).unwrap();
    assert_eq!(both.send(&both.signed(&app, "GET", &target, &[])).said(), "insufficient-isv-permissions");
}

#[test]
fn every_operation_of_the_family_is_known_and_those_that_are_off_say_so() {
    let (both, app) = (Both::new(), App::new());
    for operation in OPERATIONS {
        let body: &[u8] = if operation.method == "POST" { b"{}" } else { b"" };
        let seen = both.send(&both.signed(&app, operation.method, operation.path, body)).checked();
        let expected = if operation.name.is_some() { "INVALID_PARAMETER" } else { "insufficient-isv-permissions" };
        assert_eq!(seen.said(), expected, "{}", operation.path);
    }
}

#[test]
fn of_a_thousand_who_ask_for_one_result_at_once_exactly_one_gets_it() {
    let (both, app) = (Both::with(Settings { in_flight_per_caller: 2000, ..Settings::default() }), App::new());
    both.session(&app, "t", To::Succeeded);
    let before = both.bench.entries();
    let calls: Vec<_> = (0..500).map(|_| good(&both, &app)).collect();
    let content = serde_json::Value::Object(
        asked("t").into_iter().map(|(name, value)| (name.to_owned(), value.into())).collect(),
    );
    let at_the_gateway: Vec<_> = (0..500)
        .map(|_| both.bench.signed(&app, "zhima.customer.jobworth.authentication.query", &content.to_string()))
        .collect();
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(4).enable_all().build().unwrap();
    let answers: Vec<String> = runtime.block_on(async {
        let mut tasks = tokio::task::JoinSet::new();
        for (v3, gateway) in calls.into_iter().zip(at_the_gateway) {
            let door = Arc::clone(&both.v3);
            tasks.spawn(async move {
                let answer = door.answer(Call { request: v3.as_request(), arrived: Instant::now(), peer: None }).await;
                String::from_utf8(answer.body.to_vec()).unwrap()
            });
            let door = Arc::clone(&both.bench.gateway);
            tasks.spawn(async move {
                let call = Call { request: gateway.as_request(), arrived: Instant::now(), peer: None };
                String::from_utf8(door.answer(call).await.body.to_vec()).unwrap()
            });
        }
        tasks.join_all().await
    });
    let with = |text: &str| answers.iter().filter(|answer| answer.contains(text)).count();
    assert_eq!((with("\"SUCCESS\""), with("\"TOKEN_INVALID\"")), (1, 999));
    assert_eq!(both.bench.entries(), before + 1, "one entry in the ledger for the one answer");
}

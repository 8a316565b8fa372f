//! Raw bytes through a socket: what strangers send.

use std::{
    io::Write,
    net::TcpStream,
    time::{Duration, Instant},
};

use serde_json::json;

use crate::{
    bench::{ID, NAME},
    running::{Running, body, long, parse, read_all, read_one},
};

#[test]
fn a_good_call_is_answered_over_a_socket_and_the_connection_kept() {
    let running = Running::new();
    let mut stream = running.connect();
    for _ in 0..3 {
        stream.write_all(&running.good_call()).unwrap();
        assert_eq!(read_one(&mut stream).0, 200);
    }
}

/// For clients that look for a name letter by letter.
#[test]
fn the_names_of_headers_are_written_as_http_writes_them() {
    let running = Running::new();
    let unknown = b"GET /unknown HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n";
    for (request, names) in [
        (&unknown[..], &["Content-Type", "Connection", "Content-Length", "Date"][..]),
        (b"no head at all\r\n\r\n", &["Content-Type", "Connection", "Content-Length"]),
    ] {
        let answer = running.exchange(request);
        let head = answer.split_once("\r\n\r\n").unwrap().0;
        let written: Vec<_> = head.lines().skip(1).map(|line| line.split_once(':').unwrap().0).collect();
        assert_eq!(written, names);
    }
}

#[test]
fn heads_that_cannot_be_read_get_json() {
    let running = Running::new();
    for (head, status) in [
        (&b"POST /v1/personal HTTP/1.1\r\nHost 127.0.0.1\r\n\r\n"[..], 400),
        (b"nonsense\r\n\r\n", 400),
        (b"POST /v1/personal HTTP/1.1\r\nContent-Length: many\r\n\r\n", 400),
        (b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03", 400),
    ] {
        assert_eq!(running.survives(head).0, status, "{}", String::from_utf8_lossy(head));
    }
    let long = format!("GET /v1/personal HTTP/1.1\r\nx: {}\r\n\r\n", "y".repeat(200_000));
    assert_eq!(running.survives(long.as_bytes()).0, 431);
}

#[test]
fn the_second_head_on_a_connection_gets_json_as_well() {
    let running = Running::new();
    let mut bytes = running.good_call();
    bytes.extend_from_slice(b"no head at all\r\n\r\n");
    let answers = running.exchange(&bytes);
    let second = answers.split_once("}}HTTP/1.1 400").unwrap_or_else(|| panic!("{answers}")).1;
    assert!(second.contains("application/json") && second.ends_with("}}"), "{second}");
}

#[test]
fn unknown_paths_get_json() {
    let running = Running::new();
    for target in ["/", "/favicon.ico", "/index.html", "/v1/unknown", "/v2/personal"] {
        let answer =
            running.exchange(format!("GET {target} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n").as_bytes());
        assert_eq!(parse(&answer).0, 404, "{target}");
    }
}

/// RFC 9112, section 3.2: whatever the path, and at either address.
#[test]
fn a_request_that_does_not_name_its_host_once_is_refused_everywhere() {
    let running = Running::new();
    let ask = |operator: bool, request: String| {
        let mut stream = if operator { TcpStream::connect(running.operator).unwrap() } else { running.connect() };
        stream.write_all(request.as_bytes()).unwrap();
        parse(&read_all(&mut stream))
    };
    for (target, operator) in
        [("/", false), ("/v1/personal", false), ("/gateway.do", false), ("/nothing", false), ("/healthz", true)]
    {
        for hosts in ["", "Host: a\r\nHost: a\r\n", "Host: a b\r\n"] {
            for body in ["\r\n", "Content-Length: 2\r\n\r\n{}"] {
                let (status, answer) = ask(operator, format!("POST {target} HTTP/1.1\r\n{hosts}{body}"));
                let message = answer["error"]["message"].as_str().unwrap_or_default();
                assert!(status == 400 && message.starts_with("The header Host "), "{target} {hosts}{body}: {answer}");
            }
        }
    }
    assert_eq!(ask(false, "GET /nothing HTTP/1.0\r\n\r\n".into()).0, 404, "HTTP/1.0 had none");
}

#[test]
fn a_body_beyond_the_limit_is_refused_before_it_is_read() {
    let running = Running::new();
    let head = b"POST /v1/personal HTTP/1.1\r\nHost: x\r\nContent-Length: 99999999999\r\n\r\n";
    let mut stream = running.connect();
    stream.write_all(head).unwrap();
    let start = Instant::now();
    let (status, answer) = parse(&read_all(&mut stream));
    assert_eq!((status, &answer["error"]["status"]), (413, &json!("HTTP_REQUEST_ENTITY_TOO_LARGE")));
    assert!(start.elapsed() < Duration::from_secs(5));
}

#[test]
fn who_reads_nothing_before_all_is_sent_still_learns_that_it_was_too_much() {
    let running = Running::new();
    for _ in 0..5 {
        let mut stream = running.connect();
        stream.write_all(b"POST /v1/personal HTTP/1.1\r\nHost: x\r\nContent-Length: 30000000\r\n\r\n").unwrap();
        stream.write_all(&vec![b'x'; 30_000_000]).unwrap();
        assert_eq!(parse(&read_all(&mut stream)).0, 413);
    }
}

#[test]
fn a_chunked_body_beyond_the_limit_is_refused_while_it_comes() {
    let running = Running::new();
    let mut bytes = b"POST /v1/personal HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n".to_vec();
    for _ in 0..50 {
        bytes.extend_from_slice(b"10000\r\n");
        bytes.extend(std::iter::repeat_n(b'x', 0x10000));
        bytes.extend_from_slice(b"\r\n");
    }
    assert_eq!(running.survives(&bytes).0, 413);
}

/// JD Cloud specification, section 1.3: what is hashed is the body behind any transfer coding.
#[test]
fn a_chunked_body_verifies_as_it_was_before_it_was_cut() {
    let running = Running::new();
    for size in [1, 7, 4096] {
        let signed = running.bench.signed("/v1/personal", &body());
        let whole = signed.bytes();
        let head = whole.get(..whole.len() - signed.body.len()).unwrap();
        let head = String::from_utf8(head.to_vec()).unwrap();
        let length = format!("content-length: {}", signed.body.len());
        let mut bytes = head.replace(&length, "Transfer-Encoding: chunked\r\nTE: trailers").into_bytes();
        for chunk in signed.body.chunks(size) {
            bytes.extend([format!("{:X};note=1\r\n", chunk.len()).as_bytes(), chunk, b"\r\n"].concat());
        }
        bytes.extend_from_slice(b"0\r\n\r\n");
        let mut stream = running.connect();
        stream.write_all(&bytes).unwrap();
        let (status, answer) = read_one(&mut stream);
        assert_eq!((status, &answer["result"]["success"]), (200, &json!(true)), "{size}");
    }
}

#[test]
fn a_body_that_ends_early_is_refused() {
    let running = Running::new();
    assert_eq!(running.survives(b"POST /v1/personal HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\nshort").0, 400);
}

#[test]
fn slow_senders_are_cut_off() {
    let running = Running::new();
    let start = Instant::now();
    let mut silent = running.connect();
    assert_eq!(read_all(&mut silent), "", "nothing was said, nothing is answered");

    let mut slow_head = running.connect();
    slow_head.write_all(b"POST /v1/personal HT").unwrap();
    read_all(&mut slow_head);

    let mut slow_body = running.connect();
    slow_body.write_all(b"POST /v1/personal HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\nslow").unwrap();
    let (status, answer) = parse(&read_all(&mut slow_body));
    assert_eq!((status, &answer["error"]["message"]), (408, &json!("the request did not arrive in time[gw]")));
    assert!(start.elapsed() < Duration::from_secs(8));
}

#[test]
fn two_authorization_headers_are_refused() {
    let running = Running::new();
    let mut signed = running.bench.signed("/v1/personal", &body());
    let one = signed.headers["authorization"].clone();
    signed.headers.append("authorization", one);
    let (status, answer) = running.survives(&signed.bytes());
    assert_eq!((status, &answer["error"]["status"]), (401, &json!("ACCESS_ERROR")));
}

#[test]
fn hostile_bodies_are_invalid_arguments_in_bounded_time() {
    let running = Running::new();
    let keys = (0..100_000).map(|n| format!("\"k{n}\":{n}")).collect::<Vec<_>>().join(",");
    let deep = format!("{{\"personalSpec\":{}1{}}}", "[".repeat(10_000), "]".repeat(10_000));
    let long = json!({"personalSpec": {"checkType": 2, "personalUser": {"name": "甲".repeat(500_000), "idCard": ID}}});
    let surrogate =
        r#"{"personalSpec":{"checkType":2,"personalUser":{"name":"\ud800","idCard":"110101190001010014"}}}"#;
    let bad_image = json!({"personalSpec": {"checkType": 3, "personalUser": {"name": NAME, "idCard": ID, "imgBase64": "*not base64*"}}});
    for hostile in [
        format!("{{{keys}}}"),
        deep,
        long.to_string(),
        surrogate.to_owned(),
        bad_image.to_string(),
        body().replace("\"checkType\":2", "\"checkType\":\"2\""),
        body().replace("\"checkType\":2", "\"checkType\":99"),
        body().replace(NAME, "甲\\u0000乙"),
        String::new(),
        "null".into(),
        "[]".into(),
    ] {
        let start = Instant::now();
        let (status, answer) = running.survives(&running.bench.signed("/v1/personal", &hostile).bytes());
        let shown: String = hostile.chars().take(60).collect();
        assert_eq!((status, &answer["error"]["status"]), (400, &json!("INVALID_ARGUMENT")), "{shown}: {answer}");
        assert!(start.elapsed() < Duration::from_secs(3), "{shown}");
    }
    let mut invalid_utf8 = running.bench.signed("/v1/personal", "x");
    invalid_utf8.body = vec![b'{', b'"', 0xff, 0xfe, b'"', b'}'];
    assert_eq!(running.survives(&invalid_utf8.bytes()).0, 401, "its signature covered another body");
}

#[test]
fn the_last_of_duplicate_members_counts() {
    let running = Running::new();
    let twice = body().replace("\"checkType\":2", "\"checkType\":99,\"checkType\":2");
    assert_eq!(parse(&running.exchange(&running.bench.signed("/v1/personal", &twice).bytes())).0, 200);
}

#[test]
fn the_operators_address_tells_health_and_metrics_and_guards_refused_calls() {
    let running = Running::new();
    running.exchange(&running.good_call());
    let ask_by = |method: &str, path: &str, token: &str| {
        let mut stream = TcpStream::connect(running.operator).unwrap();
        let rest = format!("HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {token}\r\nConnection: close\r\n\r\n");
        stream.write_all(format!("{method} {path} {rest}").as_bytes()).unwrap();
        read_all(&mut stream)
    };
    let ask = |path: &str, token: &str| ask_by("GET", path, token);
    assert_eq!(parse(&ask("/healthz", "")).0, 200);
    assert_eq!(parse(&ask("/readyz", "")).0, 200);
    let metrics = ask("/metrics", "");
    assert!(
        metrics.contains(r#"shiming_calls_total{door="jdcloud",operation="personalAuth",outcome="match"} 1"#),
        "{metrics}"
    );
    assert_eq!(parse(&ask("/refused?last=5", "guessed")).0, 401);
    assert_eq!(parse(&ask("/refused?last=5", "operators-token")).0, 200);
    for query in ["last=0", "last=x", "latest=5"] {
        assert_eq!(parse(&ask(&format!("/refused?{query}"), "operators-token")).0, 400, "{query}");
    }
    for path in ["/healthz", "/readyz", "/metrics"] {
        assert!(ask_by("HEAD", path, "").starts_with("HTTP/1.1 200 "), "{path}");
    }
    let (status, nothing) = parse(&ask("/nothing", ""));
    assert_eq!(status, 404);
    for path in nothing["known"].as_array().unwrap() {
        let answer = ask(path.as_str().unwrap(), "");
        assert!(!answer.starts_with("HTTP/1.1 404 "), "{path}: {answer}");
    }
}

#[test]
fn what_was_accepted_is_answered_before_the_server_stops() {
    let mut running = Running::with(long());
    let mut stream = running.connect();
    let rest = running.stop_amid_a_call(&mut stream);
    stream.write_all(&rest).unwrap();
    assert_eq!(parse(&read_all(&mut stream)).0, 200);
    running.ended();
}

//! Every limit has its effect, and so has every setting of the door that is not tested beside what it changes.

use std::{
    io::{ErrorKind, Read, Write},
    time::Duration,
};

use serde_json::{Value, json};
use shiming_server::{Limits, doors::jdcloud::Settings};
use shiming_wire::{jdcloud::personal::PortraitLimits, time::Window};

use crate::{
    bench::{Bench, ID, NAME},
    running::{Running, body, long, parse, read_all, read_one},
};

#[test]
fn a_further_connection_waits_until_another_ends() {
    let running = Running::with(Limits { connections: 1, ..long() });
    let mut first = running.connect();
    first.write_all(&running.good_call()).unwrap();
    assert_eq!(read_one(&mut first).0, 200);

    let mut second = running.connect();
    second.write_all(&running.good_call()).unwrap();
    second.set_read_timeout(Some(Duration::from_millis(200))).unwrap();
    let waiting = second.read(&mut [0]).unwrap_err().kind();
    assert!(matches!(waiting, ErrorKind::WouldBlock | ErrorKind::TimedOut), "{waiting}");
    drop(first);
    second.set_read_timeout(Some(Duration::from_secs(30))).unwrap();
    assert_eq!(read_one(&mut second).0, 200);
}

#[test]
fn heads_have_as_many_lines_and_bytes_as_is_set() {
    let running = Running::with(Limits { headers: 12, head_bytes: 16 * 1024, ..long() });
    let lines = |count: usize| format!("GET / HTTP/1.1\r\nHost: x\r\n{}\r\n", "a: b\r\n".repeat(count));
    assert_eq!(running.survives(lines(11).as_bytes()).0, 404);
    assert_eq!(running.survives(lines(12).as_bytes()).0, 431);
    let long = |bytes: usize| format!("GET / HTTP/1.1\r\nHost: x\r\na: {}\r\n\r\n", "b".repeat(bytes));
    assert_eq!(running.survives(long(15 * 1024).as_bytes()).0, 404);
    assert_eq!(running.survives(long(17 * 1024).as_bytes()).0, 431);
}

#[test]
fn limits_too_small_to_serve_with_are_taken_as_the_smallest() {
    let running = Running::with(Limits { head_bytes: 7, ..long() });
    assert_eq!(parse(&running.exchange(&running.good_call())).0, 200);
}

#[test]
fn a_connection_that_idles_between_requests_is_closed() {
    let running = Running::with(Limits { idle: Duration::from_millis(300), ..long() });
    let mut stream = running.connect();
    stream.write_all(&running.good_call()).unwrap();
    assert_eq!(read_one(&mut stream).0, 200);
    assert_eq!(read_all(&mut stream), "");
}

#[test]
fn a_call_that_does_not_end_is_cut_off_when_the_time_for_stopping_is_over() {
    let mut running = Running::with(Limits { shutdown: Duration::from_millis(200), ..long() });
    let mut stream = running.connect();
    running.stop_amid_a_call(&mut stream);
    running.ended();
    assert_eq!(read_all(&mut stream), "");
}

#[test]
fn a_callers_clock_may_be_off_by_the_window_and_no_more() {
    let settings = || Settings { window: Window::new(Duration::from_mins(1)), ..Settings::default() };
    for (seconds, said) in [(60, "ok"), (-60, "ok"), (61, "401"), (-61, "401")] {
        let bench = Bench::with(settings());
        let signed = bench.signed("/v1/personal", &body());
        bench.turn_clock(seconds);
        assert!(bench.send(&signed).said().starts_with(said), "{seconds}");
    }
}

#[test]
fn a_portrait_has_at_least_and_at_most_so_many_bytes() {
    let portrait = include_str!("portrait.base64").trim();
    let bytes = portrait.trim_end_matches('=').len() * 3 / 4;
    let user = json!({"name": NAME, "idCard": ID, "imgBase64": portrait});
    for (min_bytes, max_bytes, said) in [
        (bytes, bytes, "exception"),
        (bytes + 1, bytes + 1, "400 INVALID_ARGUMENT"),
        (bytes - 1, bytes - 1, "400 INVALID_ARGUMENT"),
    ] {
        let portrait = PortraitLimits { min_bytes, max_bytes, ..PortraitLimits::default() };
        let seen = Bench::with(Settings { portrait, ..Settings::default() }).personal(3, &user);
        assert!(seen.said().starts_with(said), "{}", seen.text);
    }
}

#[test]
fn a_body_may_be_as_long_as_the_door_takes() {
    let call = body();
    let statuses = [call.len(), call.len() - 1].map(|body_limit| {
        let bench = Bench::with(Settings { body_limit, ..Settings::default() });
        let running = Running::start(bench, long(), false);
        let (status, answer): (u16, Value) = parse(&running.exchange(&running.good_call()));
        assert!(status == 200 || answer["error"]["status"] == "HTTP_REQUEST_ENTITY_TOO_LARGE", "{answer}");
        status
    });
    assert_eq!(statuses, [200, 413]);
}

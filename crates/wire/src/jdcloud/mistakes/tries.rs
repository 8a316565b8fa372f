//! Everything that clients are known to do wrong, as changes to an attempt, the likely ones first.

mod body;
mod key;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use http::HeaderName;
use http::header::HOST;
use jiff::SignedDuration;

use super::attempt::{Change, WrongHash};
use super::{Candidate, Mistake, words};
use crate::diagnosis::{search, words as shared};
use crate::jdcloud::call::Unverified;
use crate::jdcloud::canonical::{Names, Path, Query, Values};
use crate::jdcloud::sign::{DATE, NONCE, TOKEN};
use crate::time::format_basic;

type Tries<'a> = search::Tries<Change<'a>>;

/// All tries for a call, the likely ones first.
pub(super) fn tries<'a>(call: &Unverified<'a>, own: &Candidate<'a>, all: &[Candidate<'a>]) -> Tries<'a> {
    let mut tries = Tries::new();
    body::payload(&mut tries, call);
    key::secrets(&mut tries, own, all);
    key::generations(&mut tries, call);
    key::scopes(&mut tries, call);
    hosts(&mut tries, call);
    dates(&mut tries, call);
    paths_and_query(&mut tries, call);
    lines(&mut tries, call);
    body::bodies(&mut tries, call);
    tries
}

fn hosts<'a>(tries: &mut Tries<'a>, call: &Unverified<'a>) {
    const PUBLIC_HOST: &str = "cloudauth.jdcloud-api.com";
    const USUAL: &[&str] = &[
        "cloudauth.cn-north-1.jdcloud-api.com",
        "cloudauth.jdcloud-api.com:443",
        "cloudauth.jdcloud-api.com:80",
        "localhost",
        "127.0.0.1",
    ];
    let headers = call.request().headers;
    let Some(host) = call.host().or_else(|| headers.get(HOST).map(http::HeaderValue::as_bytes)) else { return };
    let host = String::from_utf8_lossy(host).into_owned();
    let (bare, port) = match host.rsplit_once(':') {
        Some((bare, port)) if port.bytes().all(|byte| byte.is_ascii_digit()) => {
            (bare.to_owned(), Some(port.to_owned()))
        }
        _ => (host.clone(), None),
    };
    if port.is_some() {
        tries.common(&shared::HOST_PORT, shown(&bare), Change::Host(bare.clone().into_bytes()));
    }
    tries.common(&shared::HOST_OTHER, PUBLIC_HOST, Change::Host(PUBLIC_HOST.into()));
    let mut add = |mistake, host: String| tries.add(mistake, shown(&host), Change::Host(host.into_bytes()));
    for usual in [":443", ":80", ":8080", ":8000", ":"] {
        add(&shared::HOST_PORT, format!("{bare}{usual}"));
    }
    for usual in USUAL {
        add(&shared::HOST_OTHER, (*usual).to_owned());
        if let Some(port) = &port {
            add(&shared::HOST_OTHER, format!("{usual}:{port}"));
        }
    }
    add(&shared::HOST_OTHER, host.to_ascii_lowercase());
    for name in ["x-forwarded-host", "x-original-host", "x-host"] {
        for value in headers.get_all(name) {
            let forwarded = String::from_utf8_lossy(value.as_bytes());
            add(&shared::HOST_OTHER, forwarded.split(',').next().unwrap_or_default().trim().to_owned());
        }
    }
    if let Some((_, rest)) = call.request().target.split_once("://") {
        add(&shared::HOST_OTHER, rest.split(['/', '?']).next().unwrap_or_default().to_owned());
    }
}

/// What may be shown of a stranger's host in a log line.
fn shown(host: &str) -> String {
    host.chars().filter(char::is_ascii_graphic).take(80).collect()
}

fn dates<'a>(tries: &mut Tries<'a>, call: &Unverified<'a>) {
    let listed = call.signed_headers().split(';').any(|name| name.eq_ignore_ascii_case(DATE));
    let own_day = call.date().get(..8).unwrap_or_default();
    let mut shift = |seconds: i64, detail: String, otherwise: &'static Mistake| {
        let Ok(moment) = call.signed_at().checked_add(SignedDuration::from_secs(seconds)) else { return };
        let signed = format_basic(moment);
        let day = signed.get(..8).filter(|day| *day != own_day).map(str::to_owned);
        // The day of the key may have been taken from either moment.
        let days = if day.is_some() { vec![None, day] } else { vec![None] };
        for day in days {
            let (signed, detail) = (signed.clone(), detail.clone());
            if listed {
                let change = Change::Date { signed: signed.clone(), day: day.clone(), in_header: true };
                tries.add(&words::DATE_ALTERED, detail.clone(), change);
            }
            tries.add(otherwise, detail, Change::Date { signed, day, in_header: false });
        }
    };
    for hours in [8, -8, 9, -9, 7, -7, 1, -1, 2, -2, 4, -4, 5, -5] {
        shift(hours * 3600, format!("{hours:+} h"), &words::LOCAL_TIME);
    }
    for seconds in [1, -1, 2, -2, 3, -3] {
        shift(seconds, format!("{seconds:+} s"), &words::DATE_TWICE);
    }
}

fn paths_and_query<'a>(tries: &mut Tries<'a>, call: &Unverified<'a>) {
    let request = call.request();
    let path = request.path();
    tries.common(&words::PATH_TWICE, "", Change::Path(Path::Twice));
    tries.common(&words::PATH_PLAIN, "a:b", Change::Path(Path::Decoded));
    let slash = if path.ends_with('/') { Path::SlashRemoved } else { Path::SlashAdded };
    tries.common(&words::PATH_SLASH, "", Change::Path(slash));
    tries.add(&words::PATH_ROOT, "", Change::Path(Path::Root));
    if request.query().is_some_and(|query| !query.is_empty()) {
        tries.common(&words::QUERY_LEFT_OUT, "", Change::Query(Query::LeftOut));
        tries.common(&words::QUERY_PLAIN, "", Change::Query(Query::Decoded));
        tries.common(&words::QUERY_ORDER, "", Change::Query(Query::Unsorted));
        tries.common(&words::QUERY_TWICE, "", Change::Query(Query::Twice));
        tries.add(&words::QUERY_TWICE, "", Change::Query(Query::ValuesTwice));
    }
    let method = request.method;
    for other in [method.to_ascii_lowercase(), method.to_ascii_uppercase(), "GET".into(), "POST".into(), title(method)]
    {
        if other != method {
            tries.add(&shared::METHOD, other.clone(), Change::Method(other.into()));
        }
    }
}

fn title(word: &str) -> String {
    let (first, rest) = word.split_at_checked(1).unwrap_or((word, ""));
    first.to_ascii_uppercase() + &rest.to_ascii_lowercase()
}

fn lines<'a>(tries: &mut Tries<'a>, call: &Unverified<'a>) {
    tries.common(&shared::EMPTY_LINE, "", Change::NoEmptyLine);
    tries.common(&shared::PAYLOAD_FORM, "sha256 + \"\\n\"", Change::Tail("\n"));
    tries.add(&shared::VALUES_BLANK, "name: value", Change::Values(Values::BlankInFront));
    tries.add(&shared::VALUES_BLANK, "\"value \"", Change::Values(Values::BlankBehind));
    tries.add(&words::NAMES_CASE, "Xxxx-Xxxx", Change::Names(Names::Title));
    tries.add(&words::NAMES_CASE, "XXXX-XXXX", Change::Names(Names::Upper));
    tries.add(&words::NAMES_CASE, "xxxx-xxxx", Change::Names(Names::Lower));
    tries.add(&shared::HASH_FORM, "SHA256 (ABCDEF)", Change::Hash(WrongHash::Upper));
    tries.add(&shared::HASH_FORM, "canonical request", Change::Hash(WrongHash::Text));
    let listed = call.signed_headers();
    let mut sorted: Vec<&str> = listed.split(';').collect();
    let as_sent: Vec<&str> = call
        .request()
        .headers
        .keys()
        .map(HeaderName::as_str)
        .filter(|name| sorted.iter().any(|listed| listed.eq_ignore_ascii_case(name)))
        .collect();
    let as_sent = as_sent.join(";");
    sorted.sort_unstable();
    let sorted = sorted.join(";");
    for (order, detail) in [(sorted, "a;b;c"), (as_sent, "HTTP")] {
        if order != listed {
            tries.add(&shared::LIST_ORDER, detail, Change::LinesAndList(order.clone()));
            tries.add(&shared::LIST_ORDER, detail, Change::Lines(order.clone()));
            tries.add(&shared::LIST_ORDER, detail, Change::ListLine(order));
        }
    }
    values(tries, call);
}

/// Values of signed headers that a proxy or a library is known to rewrite.
fn values<'a>(tries: &mut Tries<'a>, call: &Unverified<'a>) {
    const USUAL: &[(&str, &[&str])] = &[
        (
            "content-type",
            &[
                "application/json",
                "application/json; charset=utf-8",
                "application/json;charset=utf-8",
                "application/json; charset=UTF-8",
                "application/json;charset=UTF-8",
                "application/x-www-form-urlencoded",
                "",
            ],
        ),
        ("accept", &["application/json", "*/*", ""]),
        ("connection", &["keep-alive", "Keep-Alive", "close", ""]),
        ("accept-encoding", &["gzip", "gzip, deflate", "gzip,deflate", "identity", ""]),
    ];
    let listed = |name: &str| call.signed_headers().split(';').any(|listed| listed.eq_ignore_ascii_case(name));
    for (name, values) in USUAL.iter().filter(|(name, _)| listed(name)) {
        for value in *values {
            tries.add(
                &shared::HEADER_ALTERED,
                format!("{name}:{value}"),
                Change::Instead(name, value.as_bytes().to_vec()),
            );
        }
    }
    if let Some(nonce) = call.nonce().filter(|_| listed(NONCE)) {
        for (other, detail) in [
            (nonce.to_ascii_lowercase(), "lower case"),
            (nonce.to_ascii_uppercase(), "upper case"),
            (nonce.replace('-', ""), "without \"-\""),
            (String::new(), "\"\""),
        ] {
            tries.add(&words::NONCE_ALTERED, detail, Change::Instead(NONCE, other.into_bytes()));
        }
    }
    if let Some(token) = call.request().single(TOKEN).filter(|_| listed(TOKEN)) {
        tries.add(
            &words::TOKEN_FORM,
            "base64(token)",
            Change::Instead(TOKEN, STANDARD.encode(token.as_bytes()).into_bytes()),
        );
        if let Ok(raw) = STANDARD.decode(token.as_bytes()) {
            tries.add(&words::TOKEN_FORM, "token", Change::Instead(TOKEN, raw));
        }
    }
}

//! `shiming explain --last`: asks the running server on its operator's address.

use std::{
    io::{Read, Write},
    net::{SocketAddr, TcpStream},
    time::Duration,
};

use secrecy::ExposeSecret;
use serde::Deserialize;
use shiming_server::refusals::{RefusedCall, UNEXPLAINED};

use super::{Lang, say_stages};
use crate::{
    config::Config,
    installation::{self, Running},
    output::{self, Table, say},
    trouble::{Exit, Outcome, Trouble},
};

/// Shows the latest refused calls.
pub(super) fn run(config: &Config, count: usize, lang: Lang, as_json: bool) -> Outcome {
    let calls = ask(config, count)?;
    if as_json {
        output::print_json(&calls);
        return Ok(Exit::Fine);
    }
    if calls.is_empty() {
        let english = "No call was refused because of its signature since the server started.";
        say!("{}", lang.pick(english, "服务端启动以来，没有请求因签名被拒。"));
    }
    for (index, call) in calls.iter().enumerate() {
        if index > 0 {
            say!("\n{}\n", "-".repeat(60));
        }
        tell(call, lang);
    }
    Ok(Exit::Fine)
}

fn tell(call: &RefusedCall, lang: Lang) {
    let mut head = Table::plain();
    head.row(["at", &call.at]);
    head.row(["door", &call.door]);
    head.row(["request", &call.request]);
    head.row(["caller", &call.caller]);
    head.row(["request id", &call.request_id]);
    head.row(["answer", &call.refusal]);
    output::print(&head.text(""));
    say_stages(&call.stages);
    say!();
    let (slug, english, chinese) = match &call.mistake {
        Some(mistake) => (mistake.slug.as_str(), &mistake.english, &mistake.chinese),
        None => (UNEXPLAINED, &call.advice, &call.advice_chinese),
    };
    say!("{} [{slug}]\n{}", lang.pick("mistake", "错误"), lang.pick(english, chinese));
}

#[derive(Deserialize)]
struct Refused {
    refused: Vec<RefusedCall>,
}

fn ask(config: &Config, count: usize) -> Result<Vec<RefusedCall>, Trouble> {
    let data = config.data();
    let not_running = || {
        Trouble::usage(format!("no server runs on {}", data.display()))
            .advice("start it with `shiming demo` or `shiming serve`, or name its directory with --data")
    };
    let running = Running::other(data).ok_or_else(not_running)?;
    let token = installation::read_token(data)?.ok_or_else(not_running)?;
    let address: SocketAddr = running
        .operator
        .strip_prefix("http://")
        .and_then(|address| address.parse().ok())
        .ok_or_else(|| Trouble::broken("running.json names no operator's address"))?;
    let trouble =
        || Trouble::broken(format!("the operator's address {address} gave no answer")).advice("shiming doctor");
    let answer = get(address, &format!("/refused?last={count}"), token.expose_secret())
        .map_err(|error| trouble().because(error))?;
    let (head, body) = answer.split_once("\r\n\r\n").ok_or_else(trouble)?;
    if !head.starts_with("HTTP/1.1 200") {
        return Err(trouble().because(head.lines().next().unwrap_or_default().to_owned()));
    }
    serde_json::from_str::<Refused>(body).map(|answer| answer.refused).map_err(|error| trouble().because(error))
}

fn get(address: SocketAddr, target: &str, token: &str) -> std::io::Result<String> {
    let patience = Duration::from_secs(5);
    let mut stream = TcpStream::connect_timeout(&address, patience)?;
    stream.set_read_timeout(Some(patience))?;
    let head = format!(
        "GET {target} HTTP/1.1\r\nhost: {address}\r\nauthorization: Bearer {token}\r\nconnection: close\r\n\r\n"
    );
    stream.write_all(head.as_bytes())?;
    let mut answer = String::new();
    stream.take(64 << 20).read_to_string(&mut answer)?;
    Ok(answer)
}

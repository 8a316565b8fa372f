//! Calls as JD Cloud's SDKs make them, over a connection that may break under them.

use std::{
    io::{ErrorKind, Read, Write},
    net::TcpStream,
    time::{SystemTime, UNIX_EPOCH},
};

use serde_json::{Value, json};
use shiming_wire::{
    Request, Secret,
    jdcloud::sign::{Client, Manner, sign_request},
};

use crate::program::PATIENCE;

pub(crate) const ACCESS_KEY: &str = "KILLFAKEACCESSKEY000000000000001";
pub(crate) const SECRET: &str = "kill-fake-secret-not-a-real-0001";

/// A signed two-element check, as bytes. It stays good for a server that listens elsewhere: the port is not asked for.
pub(crate) fn signed(id: &str, name: &str, nonce: &str, manner: Manner) -> Vec<u8> {
    let body = json!({"personalSpec": {"checkType": 2, "personalUser": {"name": name, "idCard": id}}})
        .to_string()
        .into_bytes();
    let mut headers = http::HeaderMap::new();
    headers.insert("host", "127.0.0.1:8080".parse().unwrap());
    headers.insert("content-type", "application/json".parse().unwrap());
    let request = Request { method: "POST", target: "/v1/personal", headers: &headers, body: &body };
    let secret = Secret::new(SECRET);
    let client = Client { access_key: ACCESS_KEY, secret: &secret, token: None, region: "jdcloud-api", manner };
    let headers = sign_request(&request, &client, now(), nonce).unwrap();
    let mut bytes = format!("POST /v1/personal HTTP/1.1\r\ncontent-length: {}\r\n", body.len()).into_bytes();
    for (name, value) in &headers {
        bytes.extend([name.as_str().as_bytes(), b": ", value.as_bytes(), b"\r\n"].concat());
    }
    [bytes.as_slice(), b"\r\n", &body].concat()
}

/// The clock of servers in processes of their own.
pub(crate) fn now() -> jiff::Timestamp {
    #[expect(clippy::disallowed_methods, reason = "a server in its own process has the real clock")]
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap();
    jiff::Timestamp::from_second(i64::try_from(since.as_secs()).unwrap()).unwrap()
}

/// A connection, made anew when it broke.
pub(crate) struct Line {
    address: String,
    stream: Option<TcpStream>,
}

/// An answer that was received whole.
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) envelope: Value,
}

impl Line {
    pub(crate) fn to(address: &str) -> Self {
        Self { address: address.to_owned(), stream: None }
    }

    /// Sends a request, says so, reads the answer: `None` when the server died before all of it was here.
    pub(crate) fn ask(&mut self, bytes: &[u8], sent: impl FnOnce()) -> Option<Answer> {
        let answer = self.try_ask(bytes, sent);
        if answer.is_none() {
            self.stream = None;
        }
        answer
    }

    fn try_ask(&mut self, bytes: &[u8], sent: impl FnOnce()) -> Option<Answer> {
        if self.stream.is_none() {
            let stream = TcpStream::connect(&self.address).ok()?;
            stream.set_read_timeout(Some(PATIENCE)).unwrap();
            stream.set_nodelay(true).unwrap();
            self.stream = Some(stream);
        }
        let stream = self.stream.as_mut()?;
        stream.write_all(bytes).ok()?;
        sent();
        let (mut answer, mut chunk) = (Vec::new(), [0; 4096]);
        loop {
            match stream.read(&mut chunk) {
                Ok(0) => return None,
                Ok(read) => answer.extend_from_slice(&chunk[..read]),
                Err(error) => {
                    let stalled = matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::TimedOut);
                    assert!(!stalled, "the server neither answers nor ends");
                    return None;
                }
            }
            if let Some(answer) = whole(&answer) {
                return Some(answer);
            }
        }
    }
}

fn whole(answer: &[u8]) -> Option<Answer> {
    let (head, body) = std::str::from_utf8(answer).ok()?.split_once("\r\n\r\n")?;
    let length = head.lines().find_map(|line| line.to_ascii_lowercase().strip_prefix("content-length: ")?.parse().ok());
    (Some(body.len()) == length).then(|| Answer {
        status: head.split(' ').nth(1).unwrap().parse().unwrap(),
        envelope: serde_json::from_str(body).unwrap(),
    })
}

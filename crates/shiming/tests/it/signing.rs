//! Calls as JD Cloud's SDKs make them: signed, over a socket.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use serde_json::{Value, json};
use shiming_wire::{
    Request, Secret,
    jdcloud::sign::{Client, Manner, sign_request},
};

use crate::harness::{Server, send};

/// A caller of a server.
pub(crate) struct Caller {
    pub(crate) access_key: String,
    pub(crate) secret: Secret,
    pub(crate) token: Option<Secret>,
}

impl Caller {
    /// The demo's caller of that number.
    pub(crate) fn of(server: &Server, number: usize) -> Self {
        let caller = &server.ready["callers"][number];
        let text = |name: &str| caller[name].as_str().map(str::to_owned);
        Self {
            access_key: text("access_key").unwrap(),
            secret: Secret::new(text("secret_key").unwrap()),
            token: text("security_token").map(Secret::new),
        }
    }

    /// One signed request's bytes.
    pub(crate) fn sign(&self, host: &str, path: &str, body: &Value, manner: Manner) -> Vec<u8> {
        let body = body.to_string().into_bytes();
        let mut headers = http::HeaderMap::new();
        headers.insert("host", host.parse().unwrap());
        headers.insert("content-type", "application/json".parse().unwrap());
        let request = Request { method: "POST", target: path, headers: &headers, body: &body };
        let client = Client {
            access_key: &self.access_key,
            secret: &self.secret,
            token: self.token.as_ref(),
            region: "jdcloud-api",
            manner,
        };
        let headers = sign_request(&request, &client, now(), &nonce()).unwrap();
        let mut bytes =
            format!("POST {path} HTTP/1.1\r\ncontent-length: {}\r\nconnection: close\r\n", body.len()).into_bytes();
        for (name, value) in &headers {
            bytes.extend_from_slice(format!("{name}: ").as_bytes());
            bytes.extend_from_slice(value.as_bytes());
            bytes.extend_from_slice(b"\r\n");
        }
        bytes.extend_from_slice(b"\r\n");
        bytes.extend_from_slice(&body);
        bytes
    }

    /// Calls an operation; the answer's envelope.
    pub(crate) fn call(&self, server: &Server, path: &str, body: &Value) -> Value {
        envelope(&send(server.door(), &self.sign(server.door(), path, body, Manner::Go)))
    }
}

/// The JSON in an answer.
pub(crate) fn envelope(answer: &str) -> Value {
    let body = answer.split_once("\r\n\r\n").unwrap_or_else(|| panic!("no answer: {answer:?}")).1;
    serde_json::from_str(body).unwrap_or_else(|error| panic!("{error}: {body}"))
}

/// A `personalAuth` body.
pub(crate) fn personal(check_type: u8, person: &Value) -> Value {
    json!({ "personalSpec": { "checkType": check_type, "personalUser": {
        "name": person["name"], "idCard": person["id_number"], "bankcard": person["bankcard"], "mobile": person["mobile"],
    }}})
}

/// The clock of this machine, which a server in its own process has too.
pub(crate) fn now() -> jiff::Timestamp {
    #[expect(clippy::disallowed_methods, reason = "a server in its own process has the real clock")]
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or(Duration::ZERO);
    jiff::Timestamp::from_second(i64::try_from(since.as_secs()).unwrap()).unwrap()
}

fn nonce() -> String {
    let mut bytes = [0; 16];
    getrandom::fill(&mut bytes).unwrap();
    u128::from_le_bytes(bytes).to_string()
}

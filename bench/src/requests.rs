//! Signed requests, made before the clock starts: one block of bytes and where each ends.

use jiff::Timestamp;
use shiming_wire::{
    jdcloud::sign::{Client, Manner, sign_request},
    request::Request,
    secret::Secret,
};

/// A caller's keys.
pub(crate) struct Signer {
    pub(crate) access_key: String,
    pub(crate) secret: String,
}

/// A call that asks whether a name and a number belong together.
pub(crate) fn body(name: &str, number: &str) -> String {
    let user = serde_json::json!({"bankcard": null, "idCard": number, "imgBase64": null, "mobile": null, "name": name});
    serde_json::json!({"personalSpec": {"checkType": 2, "personalUser": user}}).to_string()
}

/// Requests ready to be written, each with its own nonce.
#[derive(Default)]
pub(crate) struct Stream {
    bytes: Vec<u8>,
    ends: Vec<usize>,
}

/// The moment at which requests are signed.
#[expect(clippy::disallowed_methods, reason = "the server that is measured runs on the system's clock")]
pub(crate) fn now() -> Timestamp {
    Timestamp::now()
}

impl Stream {
    /// `count` calls to `personalAuth`, each with its body, signed in Go's manner.
    pub(crate) fn sign(count: usize, signer: &Signer, body: impl Fn(usize) -> String) -> Self {
        let (access_key, secret) = (&*signer.access_key, Secret::new(&signer.secret));
        let client = Client { access_key, secret: &secret, token: None, region: "jdcloud-api", manner: Manner::Go };
        let mut headers = http::HeaderMap::new();
        headers.insert("host", http::HeaderValue::from_static("127.0.0.1"));
        headers.insert("content-type", http::HeaderValue::from_static("application/json"));
        headers.insert("user-agent", http::HeaderValue::from_static("JdcloudSdkGo/1.1.5 cloudauth/1.0.17"));
        let mut requests = Self::default();
        let now = now();
        // Another stream's nonces are others: a store that is used again remembers them.
        let stream = now.as_millisecond() & 0xffff_ffff;
        for number in 0..count {
            let nonce = format!("{stream:08x}-0000-4000-8000-{number:012}");
            let body = body(number);
            headers.insert("content-length", body.len().into());
            let request = Request { method: "POST", target: "/v1/personal", headers: &headers, body: body.as_bytes() };
            let headers_sent = sign_request(&request, &client, now, &nonce).unwrap_or_default();
            requests.push(request.target, &headers_sent, body.as_bytes());
        }
        requests
    }

    /// Adds a request.
    pub(crate) fn push(&mut self, target: &str, headers: &http::HeaderMap, body: &[u8]) {
        self.bytes.extend_from_slice(format!("POST {target} HTTP/1.1\r\n").as_bytes());
        for (name, value) in headers {
            for part in [name.as_str().as_bytes(), b": ", value.as_bytes(), b"\r\n"] {
                self.bytes.extend_from_slice(part);
            }
        }
        self.bytes.extend_from_slice(b"\r\n");
        self.bytes.extend_from_slice(body);
        self.ends.push(self.bytes.len());
    }

    /// How many there are.
    pub(crate) fn len(&self) -> usize {
        self.ends.len()
    }

    /// One of them.
    pub(crate) fn get(&self, number: usize) -> Option<&[u8]> {
        let start = if number == 0 { 0 } else { *self.ends.get(number - 1)? };
        self.bytes.get(start..*self.ends.get(number)?)
    }
}

//! The recorded requests and a request that anyone can sign, for tests.

use std::path::Path;

use http::{HeaderMap, HeaderValue};
use jiff::Timestamp;

use super::sign::{Client, Manner, sign_request};
use crate::request::{RawRequest, Request};
use crate::secret::Secret;
use crate::vector::Sidecar;

pub(super) const ACCESS_KEY: &str = "FAKEFAKEFAKEFAKEFAKEFAKEFAKE0001";
pub(super) const SECRET: &str = "fakefakefakefakefakefakefakes001";
pub(super) const NONCE: &str = "b4e8a4c2-9142-4f9c-968f-179ccec7e9e4";
pub(super) const BODY: &str =
    r#"{"personalSpec":{"checkType":2,"personalUser":{"name":"张三","idCard":"110101190001011009"}}}"#;

/// A recorded request and its sidecar.
pub(super) struct Vector {
    pub(super) name: String,
    pub(super) raw: RawRequest,
    pub(super) sidecar: Sidecar,
}

/// All recorded requests of this door, by name.
pub(super) fn vectors() -> Vec<Vector> {
    let folder = Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/../../vectors/jdcloud"));
    let mut paths: Vec<_> = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    paths.retain(|path| path.extension().is_some_and(|end| end == "http"));
    paths.sort();
    let read = |path: &Path| Vector {
        name: path.file_stem().unwrap().to_str().unwrap().to_owned(),
        raw: RawRequest::parse(&std::fs::read(path).unwrap()).unwrap(),
        sidecar: Sidecar::parse(&std::fs::read(path.with_extension("json")).unwrap()).unwrap(),
    };
    paths.iter().map(|path| read(path)).collect()
}

/// The recorded request whose name begins so.
pub(super) fn vector(front: &str) -> Vector {
    vectors().into_iter().find(|vector| vector.name.starts_with(front)).unwrap()
}

/// A request that owns its parts, so that a test can change any of them.
#[derive(Clone)]
pub(super) struct Owned {
    pub(super) method: String,
    pub(super) target: String,
    pub(super) headers: HeaderMap,
    pub(super) body: Vec<u8>,
}

impl Owned {
    pub(super) fn borrow(&self) -> Request<'_> {
        Request { method: &self.method, target: &self.target, headers: &self.headers, body: &self.body }
    }

    pub(super) fn set(&mut self, name: &'static str, value: &str) {
        self.headers.insert(name, HeaderValue::from_bytes(value.as_bytes()).unwrap());
    }

    pub(super) fn get(&self, name: &str) -> String {
        self.headers[name].to_str().unwrap().to_owned()
    }
}

pub(super) fn moment() -> Timestamp {
    "2026-11-21T20:17:15Z".parse().unwrap()
}

/// An unsigned POST of [`BODY`].
pub(super) fn unsigned() -> Owned {
    let mut request = Owned {
        method: "POST".into(),
        target: "/v1/personal".into(),
        headers: HeaderMap::new(),
        body: BODY.as_bytes().to_vec(),
    };
    request.set("host", "127.0.0.1:18443");
    request.set("content-type", "application/json");
    request
}

/// The same, signed.
pub(super) fn signed(manner: Manner) -> Owned {
    sign(unsigned(), manner, None)
}

/// Signs a request as [`ACCESS_KEY`].
pub(super) fn sign(mut request: Owned, manner: Manner, token: Option<&Secret>) -> Owned {
    let secret = Secret::new(SECRET);
    let client = Client { access_key: ACCESS_KEY, secret: &secret, token, region: "jdcloud-api", manner };
    request.headers = sign_request(&request.borrow(), &client, moment(), NONCE).unwrap();
    request
}

//! The recorded requests and a request that anyone can sign, for tests.

use std::path::Path;

use http::{HeaderMap, HeaderValue};
use jiff::Timestamp;

use super::sign::{Client, Manner, SERVICE, presign, sign_request};
use super::{Admitted, Refusal, SigningKey, Unverified};
use crate::request::{RawRequest, Request};
use crate::secret::Secret;
use crate::time::Window;
use crate::vector::Sidecar;

pub(super) const ACCESS_KEY: &str = "AKLTFAKEFAKEFAKEFAKEFAKEFAKEFAKEFAKEFAKE0001";
pub(super) const SECRET: &str = "FakeSecretFakeSecretFakeSecretFakeSecret0001==";
pub(super) const LIST: &str = "/?Action=GetSignatureIdentList&Version=2021-01-11";

/// A recorded request and its sidecar.
pub(super) struct Vector {
    pub(super) name: String,
    pub(super) raw: RawRequest,
    pub(super) sidecar: Sidecar,
}

/// All recorded requests of this door, by name.
pub(super) fn vectors() -> Vec<Vector> {
    let folder = Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/../../vectors/volcengine"));
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

impl Vector {
    /// Takes the request through every step of the door's own, with what the sidecar has registered.
    pub(super) fn admit(&self) -> Result<Admitted<'_>, Refusal> {
        let caller = &self.sidecar.caller;
        let call = Unverified::parse(&self.raw.as_request())?;
        if call.claimed_access_key() != caller.id {
            return Err(call.unknown_access_key());
        }
        let key = SigningKey::derive(caller.secret.as_ref().unwrap(), &call.scope());
        call.verify(&key, caller.security_token.as_ref())?.within(self.sidecar.clock, Window::FIFTEEN_MINUTES)
    }
}

/// A request that owns its parts, so that a test can change any of them.
#[derive(Debug, Clone)]
pub(super) struct Owned {
    pub(super) method: String,
    pub(super) target: String,
    pub(super) headers: HeaderMap,
    pub(super) body: Vec<u8>,
}

impl Owned {
    pub(super) fn new(method: &str, target: &str, body: &str) -> Self {
        let mut request =
            Self { method: method.into(), target: target.into(), headers: HeaderMap::new(), body: body.into() };
        request.set("host", "127.0.0.1:18444");
        request.set("content-type", "application/json");
        request
    }

    pub(super) fn borrow(&self) -> Request<'_> {
        Request { method: &self.method, target: &self.target, headers: &self.headers, body: &self.body }
    }

    pub(super) fn set(&mut self, name: &'static str, value: &str) {
        self.headers.insert(name, HeaderValue::from_bytes(value.as_bytes()).unwrap());
    }

    /// Signed in the header form as [`ACCESS_KEY`].
    pub(super) fn signed(mut self, manner: Manner) -> Self {
        self.headers = sign_request(&self.borrow(), &client(&Secret::new(SECRET), None), manner, moment()).unwrap();
        self
    }

    /// Signed in the query form as [`ACCESS_KEY`].
    pub(super) fn presigned(mut self, token: Option<&Secret>) -> Self {
        self.target = presign(&self.borrow(), &client(&Secret::new(SECRET), token), moment()).unwrap();
        self
    }

    /// Taken through every step at the moment of signing.
    pub(super) fn admit(&self) -> Result<Admitted<'_>, Refusal> {
        self.admit_at(moment(), None)
    }

    pub(super) fn admit_at(&self, now: Timestamp, token: Option<&Secret>) -> Result<Admitted<'_>, Refusal> {
        let call = Unverified::parse(&self.borrow())?;
        let key = SigningKey::derive(&Secret::new(SECRET), &call.scope());
        call.verify(&key, token)?.within(now, Window::FIFTEEN_MINUTES)
    }
}

pub(super) fn client<'a>(secret: &'a Secret, token: Option<&'a Secret>) -> Client<'a> {
    Client { access_key: ACCESS_KEY, secret, token, region: "cn-north-1", service: SERVICE }
}

pub(super) fn moment() -> Timestamp {
    "2026-11-21T20:21:55Z".parse().unwrap()
}

/// A whole PNG of so many bytes, at least 57: its data is noise.
pub(super) fn png_of(size: usize) -> Vec<u8> {
    let data = size.saturating_sub(57);
    let mut bytes = b"\x89PNG\r\n\x1a\n\0\0\0\x0dIHDR\0\0\0\x40\0\0\0\x30\x08\x02\0\0\0crc!".to_vec();
    bytes.extend_from_slice(&u32::try_from(data).unwrap().to_be_bytes());
    bytes.extend_from_slice(b"IDAT");
    bytes.resize(bytes.len() + data, 0x11);
    bytes.extend_from_slice(b"crc!\0\0\0\0IENDcrc!");
    bytes
}

/// A whole PDF of so many bytes, at least 200: a comment fills it.
pub(super) fn pdf_of(size: usize) -> Vec<u8> {
    let front = "%PDF-1.4\n1 0 obj\n<</Type /Catalog>>\nendobj\n";
    let behind = |at: usize| {
        format!("\nxref\n0 1\n0000000000 65535 f \ntrailer\n<</Root 1 0 R /Size 2>>\nstartxref\n{at:08}\n%%EOF\n")
    };
    let filling = size - front.len() - behind(0).len();
    [front.as_bytes(), &vec![b'%'; filling], behind(front.len() + filling + 1).as_bytes()].concat()
}

/// A whole JPEG of so many bytes, at least 33: its data is noise.
pub(super) fn jpeg_of(size: usize) -> Vec<u8> {
    let mut bytes = b"\xff\xd8\xff\xe0\0\x04ab\xff\xc0\0\x0b\x08\0\x30\0\x40\x01\x01\x11\0\xff\xda\0\x04ab".to_vec();
    bytes.resize(size - 2, 0x11);
    bytes.extend_from_slice(b"\xff\xd9");
    bytes
}

//! The recorded requests and admitted calls, for tests.

use std::path::Path;

use http::HeaderMap;

use super::call::{Admitted, Key, Nonce, Switches, Unverified};
use super::codes::Refusal;
use super::opened::Opened;
use super::sign::{Client, Hash, sign_rpc};
use crate::request::{RawRequest, Request};
use crate::secret::Secret;
use crate::time::Window;
use crate::vector::Sidecar;

pub(super) struct Vector {
    pub(super) name: String,
    pub(super) request: RawRequest,
    pub(super) sidecar: Sidecar,
}

pub(super) fn vectors() -> Vec<Vector> {
    let folder = Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/../../vectors/aliyun"));
    let mut paths: Vec<_> = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    paths.retain(|path| path.extension().is_some_and(|end| end == "http"));
    paths.sort();
    let read = |path: &Path| Vector {
        name: path.file_stem().unwrap().to_str().unwrap().to_owned(),
        request: RawRequest::parse(&std::fs::read(path).unwrap()).unwrap(),
        sidecar: Sidecar::parse(&std::fs::read(path.with_extension("json")).unwrap()).unwrap(),
    };
    paths.iter().map(|path| read(path)).collect()
}

pub(super) fn vector(front: &str) -> Vector {
    vectors().into_iter().find(|vector| vector.name.starts_with(front)).unwrap()
}

/// Makes a call of these parameters that is really signed and admitted, and shows it.
pub(super) fn admitted<T>(pairs: &[(&str, &str)], look: impl FnOnce(&Admitted<'_>) -> T) -> T {
    let (secret, now) = (Secret::new("secret"), "2026-11-21T20:19:06Z".parse().unwrap());
    let client = Client { access_key: "AK", secret: &secret, token: None };
    let body = sign_rpc(&client, Hash::Sha1, "POST", pairs, now, "nonce").unwrap();
    let headers = HeaderMap::new();
    let request = Request { method: "POST", target: "/", headers: &headers, body: body.as_bytes() };
    let opened = Opened::read(&request).unwrap();
    let timely = Unverified::parse(&opened, Switches::default()).unwrap().within(now, Window::FIFTEEN_MINUTES).unwrap();
    let verified = timely.verify(&Key { secret: &secret, token: None, token_until: None }).unwrap();
    look(&verified.admit(Nonce::Fresh).unwrap())
}

/// The code of what was refused.
pub(super) fn code_of<T>(read: Result<T, Refusal>) -> Option<String> {
    read.err().map(|refusal| refusal.code().into_owned())
}

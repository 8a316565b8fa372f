//! The recorded requests, for tests.

use std::path::Path;

use crate::request::RawRequest;
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

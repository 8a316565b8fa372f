//! The inference engines that are at hand: the built-in one always, onnxruntime where `SHIMING_ONNXRUNTIME` names its
//! library. Without it this says that the library was not driven.
#![allow(clippy::print_stderr, reason = "a test that proved less says so")]

use std::path::PathBuf;

use super::Inference;

pub(crate) fn engines() -> Vec<Inference> {
    let library = std::env::var_os("SHIMING_ONNXRUNTIME").map(PathBuf::from);
    if library.is_none() {
        eprintln!("SHIMING_ONNXRUNTIME is not set: the networks ran in the built-in engine alone");
    }
    std::iter::once(Inference::Rten).chain(library.map(Inference::Onnxruntime)).collect()
}

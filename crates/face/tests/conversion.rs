//! The scripts that turn published networks into ONNX make the very files of the list, whose results the golden tests
//! compare. They need Python with numpy and onnx (`PYTHON` names another than `python3`), and the published forms in the
//! folder that `SHIMING_MODELS` names; of what is not there, this test says so and proves nothing.
#![allow(clippy::print_stderr, reason = "a test that proved nothing says so")]

use std::ffi::OsStr;
use std::path::{Path, PathBuf};
use std::process::Command;

use shiming_face::{FileState, List};

#[test]
fn the_scripts_make_the_files_of_the_list() {
    let Some(models) = std::env::var_os("SHIMING_MODELS").map(PathBuf::from) else {
        return eprintln!("SHIMING_MODELS is not set: nothing was converted");
    };
    let python = std::env::var_os("PYTHON").unwrap_or_else(|| "python3".into());
    let ready = Command::new(&python).args(["-c", "import numpy, onnx"]).output();
    if !ready.is_ok_and(|ready| ready.status.success()) {
        return eprintln!("there is no Python with numpy and onnx: nothing was converted");
    }
    for (id, script) in [
        ("reid0095", "openvino_to_onnx.py"),
        ("minifasnet_v2", "minifasnet_to_onnx.py"),
        ("minifasnet_v1se", "minifasnet_to_onnx.py"),
    ] {
        convert(&models, &python, id, script);
    }
}

fn convert(models: &Path, python: &OsStr, id: &str, script: &str) {
    let list = List::built_in().expect("the list");
    let entry = list.model(id).expect("the model");
    let parts: Vec<PathBuf> = entry.made_from().iter().map(|part| models.join(part.file())).collect();
    if let Some(absent) = parts.iter().find(|part| !part.exists()) {
        return eprintln!("there is no {}: {id} was not converted", absent.display());
    }
    let out = tempfile::tempdir().expect("a folder");
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("scripts").join(script);
    let ended = Command::new(python).arg(script).args(parts).arg(out.path().join(entry.file())).output();
    let ended = ended.expect("the script");
    assert!(ended.status.success(), "{id}: {}", String::from_utf8_lossy(&ended.stderr));
    assert_eq!(entry.state(out.path()).expect("a state"), FileState::Whole, "{id}");
}

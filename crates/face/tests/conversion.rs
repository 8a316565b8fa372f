//! The script that turns the published form of the default embedder into ONNX makes the very file of the list, whose
//! results the golden tests compare. It needs Python with numpy and onnx (`PYTHON` names another than `python3`), and the
//! published form in the folder that `SHIMING_MODELS` names; without, this test says so and proves nothing.
#![allow(clippy::print_stderr, reason = "a test that proved nothing says so")]

use std::path::{Path, PathBuf};
use std::process::Command;

use shiming_face::{FileState, List};

#[test]
fn the_script_makes_the_file_of_the_list() {
    let Some(models) = std::env::var_os("SHIMING_MODELS").map(PathBuf::from) else {
        return eprintln!("SHIMING_MODELS is not set: nothing was converted");
    };
    let python = std::env::var_os("PYTHON").unwrap_or_else(|| "python3".into());
    let ready = Command::new(&python).args(["-c", "import numpy, onnx"]).output();
    if !ready.is_ok_and(|ready| ready.status.success()) {
        return eprintln!("there is no Python with numpy and onnx: nothing was converted");
    }
    let list = List::built_in().expect("the list");
    let entry = list.model("reid0095").expect("the model");
    let parts = entry.made_from().iter().map(|part| models.join(part.file()));
    let out = tempfile::tempdir().expect("a folder");
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("scripts/openvino_to_onnx.py");
    let ended = Command::new(&python).arg(script).args(parts).arg(out.path().join(entry.file())).output();
    let ended = ended.expect("the script");
    assert!(ended.status.success(), "{}", String::from_utf8_lossy(&ended.stderr));
    assert_eq!(entry.state(out.path()).expect("a state"), FileState::Whole);
}

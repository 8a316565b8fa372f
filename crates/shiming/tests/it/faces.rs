//! Portraits, end to end: reference portraits go in with an import, and the program compares a photo with them.

use std::path::{Path, PathBuf};

use serde_json::Value;

use crate::harness::{Ended, Scratch};

const ID: &str = "11010519491231002X";

#[expect(clippy::print_stderr, reason = "a run without models must say that it compared nothing")]
fn without() {
    eprintln!("without SHIMING_MODELS and SHIMING_FACES: nothing was compared");
}

/// A store with one person whose reference portrait is `reference`; none where models or photos are not at hand.
fn installed(reference: &str) -> Option<(Scratch, PathBuf, PathBuf, Ended)> {
    let dir = |name| std::env::var_os(name).map(PathBuf::from);
    let (Some(models), Some(faces)) = (dir("SHIMING_MODELS"), dir("SHIMING_FACES")) else {
        without();
        return None;
    };
    let scratch = Scratch::new();
    std::fs::copy(faces.join(reference), scratch.path("reference.jpg")).unwrap();
    let row = format!(r#"{{"kind":"resident","id_number":"{ID}","name":"张三","portrait_file":"reference.jpg"}}"#);
    scratch.write("people.ndjson", row + "\n");
    let mut import = scratch.command();
    import.env("SHIMING_FACE_MODELS", &models);
    import.args(["registry", "import", "people.ndjson", "--rejects", "rejects.csv", "--json", "--data", "data"]);
    let imported = Ended::of(import.output().unwrap());
    Some((scratch, models, faces, imported))
}

fn verdict(scratch: &Scratch, models: Option<&PathBuf>, photo: &Path) -> Value {
    let mut command = scratch.command();
    if let Some(models) = models {
        command.env("SHIMING_FACE_MODELS", models);
    }
    command.args(["check", "--name", "张三", "--id", ID, "--json", "--data", "data", "--photo"]).arg(photo);
    Ended::of(command.output().unwrap()).json()
}

#[test]
fn a_photo_is_compared_with_the_reference_portrait() {
    let Some((scratch, models, faces, imported)) = installed("obama_a.jpg") else { return };
    imported.with_code(0);
    for (photo, wanted) in [
        ("obama_b.jpg", "match"),
        ("biden_a.jpg", "mismatch"),
        ("noface_cat.jpg", "portrait_no_face"),
        ("two_people.jpg", "portrait_several_faces"),
        ("obama_a_blur.jpg", "portrait_blurred"),
        ("obama_a_dark.jpg", "portrait_too_dark"),
        ("obama_a_tiny.jpg", "portrait_too_small"),
        ("profile.jpg", "portrait_pose"),
        ("manifest.json", "portrait_not_an_image"),
    ] {
        assert_eq!(verdict(&scratch, Some(&models), &faces.join(photo))["verdict"], wanted, "{photo}");
    }
    let without = verdict(&scratch, None, &faces.join("obama_b.jpg"));
    assert_eq!(without["verdict"], "no_face_engine");
}

#[test]
fn a_reference_portrait_without_a_face_is_rejected_with_the_reason() {
    let Some((scratch, _, _, imported)) = installed("noface_cat.jpg") else { return };
    let report = imported.with_code(1).json();
    assert_eq!(report["rejected"], 1, "{report}");
    let rejects = std::fs::read_to_string(scratch.path("rejects.csv")).unwrap();
    assert!(rejects.contains("the photo has no face"), "{rejects}");
}

#[test]
fn a_server_does_not_start_on_a_folder_without_models() {
    let scratch = Scratch::new();
    let mut serve = scratch.command();
    serve.env("SHIMING_FACE_MODELS", scratch.path("nothing"));
    serve.args(["demo", "--listen", "127.0.0.1:0", "--operator", "127.0.0.1:0", "--data", "data"]);
    let ended = Ended::of(serve.output().unwrap()).with_code(2);
    assert!(ended.err.contains("[face] models: the face engine cannot be started"), "{}", ended.err);
}

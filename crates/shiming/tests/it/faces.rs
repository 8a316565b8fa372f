//! Portraits, end to end: reference portraits go in with an import, and the program compares a photo with them.

#[path = "../../../face/tests/support/paint.rs"]
pub(crate) mod paint;

use std::{
    path::{Path, PathBuf},
    process::{Command, Stdio},
};

use serde_json::Value;

use crate::{
    harness::{Ended, Scratch, until},
    import,
    models::tiny,
};

const ID: &str = "11010519491231002X";

#[expect(clippy::print_stderr, reason = "a run without models must say that it compared nothing")]
pub(crate) fn without() {
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
    command.args(["check", "--name", "张三", "--id", ID, "--json", "--data", "data", "--portrait"]).arg(photo);
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

/// A command that compares with the tiny networks of `crates/face/tests/tiny`, and photos that they tell apart.
fn with_tiny_networks(scratch: &Scratch) -> Command {
    for (name, photo) in [
        ("somebody.png", paint::somebody()),
        ("again.png", paint::somebody_again()),
        ("else.png", paint::somebody_else()),
        ("nobody.png", paint::nobody()),
        ("several.png", paint::several()),
        ("blurred.png", paint::blurred()),
    ] {
        scratch.write(name, photo);
    }
    let mut command = scratch.command();
    command.env("SHIMING_FACE_MODELS", tiny()).env("SHIMING_FACE_EMBEDDER", "tiny");
    command
}

#[test]
fn a_photo_is_never_written_over_by_what_is_drawn_of_it() {
    let scratch = Scratch::new();
    for photo in ["somebody.png", "again.png"] {
        let ended = compared(&scratch, &["somebody.png", "again.png", "--annotate", photo], 2);
        assert!(ended.err.contains("would be written over"), "{}", ended.err);
    }
    assert_eq!(std::fs::read(scratch.path("somebody.png")).unwrap(), paint::somebody());
}

fn compared(scratch: &Scratch, arguments: &[&str], code: i32) -> Ended {
    let mut command = with_tiny_networks(scratch);
    Ended::of(command.args(["face", "compare"]).args(arguments).output().unwrap()).with_code(code)
}

#[test]
fn two_photos_are_compared_at_the_terminal() {
    let scratch = Scratch::new();
    let same = compared(&scratch, &["somebody.png", "again.png", "--json"], 0).json();
    assert_eq!((&same["same"], &same["model"]), (&true.into(), &"tiny".into()));
    assert!(same["score"].as_f64().unwrap() > 95.0, "{same}");
    assert_eq!(same["photos"][0]["faces"], 1);
    assert_eq!(same["photos"][0]["warnings"][0], "iod");
    assert_eq!(same["photos"][0]["face"]["landmarks"].as_array().unwrap().len(), 5);
    let other = compared(&scratch, &["somebody.png", "else.png", "--json"], 1).json();
    assert_eq!(other["same"], false);
    let text = compared(&scratch, &["somebody.png", "else.png"], 1).out;
    assert!(text.contains("not one person: score 0.00, 70 is needed"), "{text}");
    for (photo, word) in [("nobody.png", "no_face"), ("several.png", "multiple_faces"), ("blurred.png", "blurred")] {
        let refused = compared(&scratch, &["somebody.png", photo, "--json"], 1).json();
        assert_eq!(refused["photos"][1]["refused"], word);
        assert_eq!(refused["same"], Value::Null);
    }
}

#[test]
fn what_was_found_is_drawn_into_the_photos() {
    let scratch = Scratch::new();
    compared(&scratch, &["somebody.png", "several.png", "--annotate", "drawn.png"], 1);
    let drawn = std::fs::read(scratch.path("drawn.png")).unwrap();
    let header =
        png::Decoder::new(std::io::Cursor::new(&drawn)).read_header_info().map(|info| (info.width, info.height));
    assert_eq!(header.unwrap(), (232, 112));
    scratch.write("no.txt", "no picture");
    let neither = compared(&scratch, &["no.txt", "no.txt", "--annotate", "none.png"], 2);
    assert!(neither.err.contains("neither photo can be read"), "{}", neither.err);
}

#[test]
fn settings_of_the_engine_reach_it() {
    let scratch = Scratch::new();
    let with = |key: &str, value: &str, code: i32| {
        let mut command = with_tiny_networks(&scratch);
        command.env(format!("SHIMING_FACE_{key}"), value);
        Ended::of(command.args(["face", "compare", "somebody.png", "again.png"]).output().unwrap()).with_code(code)
    };
    assert!(with("DARK", "200", 1).out.contains("the face is too dark"));
    assert!(with("MAX_SIDE", "100", 1).out.contains("the photo has too many pixels"));
    assert!(with("PASS_SCORE", "100", 1).out.contains("not one person"));
    with("EMBEDDER", "fused", 0);
    assert!(with("EMBEDDER", "nothing", 2).err.contains("nothing is not in it"));
    assert!(with("PASS_SCORE", "101", 2).err.contains("[face] pass_score must be from 1 to 100"));
}

/// Portraits end to end where no weights are at hand: import, then check.
#[test]
fn a_photo_is_compared_with_the_reference_by_a_model_of_ones_own() {
    let scratch = Scratch::new();
    let row = format!(r#"{{"kind":"resident","id_number":"{ID}","name":"张三","portrait_file":"somebody.png"}}"#);
    scratch.write("people.ndjson", row + "\n");
    let run = |arguments: &[&str]| Ended::of(with_tiny_networks(&scratch).args(arguments).output().unwrap());
    run(&["registry", "import", "people.ndjson", "--quiet", "--data", "data"]).with_code(0);
    for (photo, wanted) in [
        ("again.png", "match"),
        ("else.png", "mismatch"),
        ("nobody.png", "portrait_no_face"),
        ("several.png", "portrait_several_faces"),
        ("blurred.png", "portrait_blurred"),
        ("people.ndjson", "portrait_not_an_image"),
    ] {
        let check =
            run(&["check", "--name", "张三", "--id", ID, "--json", "--data", "data", "--portrait", photo]).json();
        assert_eq!(check["verdict"], wanted, "{photo}");
        assert!(!check.to_string().contains("score"), "no answer holds it: {check}");
    }
    let exported = run(&["ledger", "export", "--json", "--data", "data"]).with_code(0).out;
    let entries: Vec<Value> = exported.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert!(entries[0]["score"].as_f64().unwrap() > 95.0, "{}", entries[0]);
    assert_eq!((&entries[1]["score"], &entries[2]["score"]), (&0.0.into(), &Value::Null));
    assert!(run(&["ledger", "export", "--data", "data"]).out.contains("mismatch (portrait)  score 0.00"));
    run(&["ledger", "verify", "--data", "data"]).with_code(0);
    let mut other = with_tiny_networks(&scratch);
    other.env("SHIMING_FACE_EMBEDDER", "tiny_rgb");
    other.args(["check", "--name", "张三", "--id", ID, "--json", "--data", "data", "--portrait", "again.png"]);
    assert_eq!(Ended::of(other.output().unwrap()).json()["verdict"], "template_outdated");
}

#[test]
fn a_check_without_a_photo_loads_no_engine() {
    let scratch = Scratch::new();
    let row = format!(r#"{{"kind":"resident","id_number":"{ID}","name":"张三"}}"#);
    scratch.write("people.ndjson", row + "\n");
    scratch.run(&["registry", "import", "people.ndjson", "--quiet", "--data", "data"]).with_code(0);
    let check = |photo: &[&str]| {
        let mut command = scratch.command();
        command.env("SHIMING_FACE_MODELS", scratch.path("nothing"));
        command.args(["check", "--name", "张三", "--id", ID, "--data", "data"]).args(photo);
        Ended::of(command.output().unwrap())
    };
    check(&[]).with_code(0);
    check(&["--portrait", "people.ndjson"]).with_code(2);
}

#[test]
fn after_a_change_of_model_templates_are_made_anew_from_photos_given_again() {
    let scratch = Scratch::new();
    let people = [
        (ID, "张三", "somebody.png"),
        ("110101190001010014", "样例甲", "else.png"),
        ("110101190102030030", "样例乙", "nobody.png"),
    ];
    let rows = |people: &[(&str, &str, &str)]| {
        people.iter().fold(String::new(), |rows, (id, name, photo)| {
            format!(r#"{rows}{{"kind":"resident","id_number":"{id}","name":"{name}","portrait_file":"{photo}"}}"#)
                + "\n"
        })
    };
    scratch.write("people.ndjson", rows(&people[..2]));
    let run = |embedder: &str, arguments: &[&str]| {
        let mut command = with_tiny_networks(&scratch);
        command.env("SHIMING_FACE_EMBEDDER", embedder).args(arguments).args(["--data", "data"]);
        Ended::of(command.output().unwrap())
    };
    let verdict = |embedder: &str| {
        let photo = ["check", "--name", "样例甲", "--id", people[1].0, "--portrait", "else.png", "--json"];
        run(embedder, &photo).json()["verdict"].clone()
    };
    run("tiny", &["registry", "import", "people.ndjson", "--quiet"]).with_code(0);
    let state = run("tiny", &["registry", "reembed", "--json"]).with_code(0).json();
    assert_eq!((&state["portraits"], &state["outdated"]), (&2.into(), &0.into()));
    let state = run("fused", &["registry", "reembed"]).with_code(1);
    assert_eq!(
        state.out,
        "2 of 2 reference portraits by another network than the configured one; the photo of 0 is kept\n"
    );
    assert_eq!(verdict("fused"), "template_outdated");

    // One of the two, nobody's face, and somebody without a record.
    scratch.write("photos.ndjson", rows(&[people[1], (ID, "张三", "nobody.png"), people[2]]));
    let made = run("fused", &["registry", "reembed", "photos.ndjson", "--json"]).with_code(1).json();
    assert_eq!(
        (&made["outdated"], &made["this_run"]["made"], &made["this_run"]["passed"]),
        (&1.into(), &1.into(), &1.into())
    );
    assert_eq!(made["this_run"]["reasons"][0]["code"], "NO_FACE");
    assert_eq!(verdict("fused"), "match");
    // The whole file again: only who is left is looked at.
    let made = run("fused", &["registry", "reembed", "people.ndjson", "--json"]).with_code(0).json();
    assert_eq!(
        (&made["outdated"], &made["this_run"]["made"], &made["this_run"]["passed"]),
        (&0.into(), &1.into(), &1.into())
    );
}

/// Imports two people, of whom the first row's photo is kept as `keep` says.
fn with_photos(scratch: &Scratch, keep: &[&str]) -> impl Fn(&str, &[&str]) -> Ended {
    let rows = [(ID, "张三", "somebody.png"), (OTHER, "样例甲", "else.png")].map(|(id, name, photo)| {
        format!(r#"{{"kind":"resident","id_number":"{id}","name":"{name}","portrait_file":"{photo}"}}"#) + "\n"
    });
    scratch.write("people.ndjson", rows.concat());
    let mut import = with_tiny_networks(scratch);
    import.args(["registry", "import", "people.ndjson", "--quiet", "--data", "data"]).args(keep);
    Ended::of(import.output().unwrap()).with_code(0);
    |embedder: &str, arguments: &[&str]| {
        let mut command = with_tiny_networks(scratch);
        command.env("SHIMING_FACE_EMBEDDER", embedder).args(arguments).args(["--data", "data"]);
        Ended::of(command.output().unwrap())
    }
}

const OTHER: &str = "110101190001010014";

#[test]
fn photos_are_not_kept_unless_the_operator_asks() {
    let scratch = Scratch::new();
    let run = with_photos(&scratch, &[]);
    assert_eq!(run("tiny", &["registry", "stats", "--json"]).json()["photos"], 0);
    let out = run("tiny", &["registry", "portrait", ID, "--out", "out.png"]).with_code(1).out;
    assert_eq!(out, "no photo of this person is kept\n");
    assert!(!scratch.path("out.png").exists());
    scratch.write("numbers.csv", format!("id_number\n{ID}\n{OTHER}\n"));
    let made = run("fused", &["registry", "reembed", "numbers.csv", "--rejects", "who.csv", "--json"]);
    let made = made.with_code(1).json();
    assert_eq!((&made["outdated"], &made["outdated_with_photo"]), (&2.into(), &0.into()));
    assert_eq!(made["this_run"]["reasons"][0]["code"], "NO_PHOTO");
    let who = std::fs::read_to_string(scratch.path("who.csv")).unwrap();
    assert_eq!(who.matches("NO_PHOTO").count(), 2, "{who}");
}

#[test]
fn templates_are_made_anew_of_photos_that_are_kept() {
    let scratch = Scratch::new();
    let run = with_photos(&scratch, &["--keep-photos"]);
    let state = run("fused", &["registry", "reembed", "--json"]).with_code(1).json();
    assert_eq!((&state["outdated"], &state["outdated_with_photo"]), (&2.into(), &2.into()));
    scratch.write("numbers.csv", format!("id_number\n{OTHER}\n110101190102030030\n"));
    let made = run("fused", &["registry", "reembed", "numbers.csv", "--json"]).with_code(1).json();
    assert_eq!((&made["outdated"], &made["this_run"]["made"]), (&1.into(), &1.into()));
    assert_eq!(made["this_run"]["passed"], 1, "nobody is known by the second number");
    let check = ["check", "--name", "样例甲", "--id", OTHER, "--portrait", "else.png", "--json"];
    assert_eq!(run("fused", &check).json()["verdict"], "match");
    assert_eq!(run("tiny", &["registry", "stats", "--json"]).json()["photos"], 2, "and they stay");
    run("fused", &["registry", "forget-photos"]).with_code(2);
    assert_eq!(run("fused", &["registry", "forget-photos", "--yes"]).with_code(0).out, "2 photos erased\n");
    assert_eq!(run("tiny", &["registry", "stats", "--json"]).json()["photos"], 0);
    assert_eq!(run("fused", &check).json()["verdict"], "match", "the templates stay");
}

#[test]
fn a_kept_photo_is_sealed_read_by_command_only_and_erased_with_its_record() {
    let scratch = Scratch::new();
    let run = with_photos(&scratch, &["--keep-photos"]);
    for file in std::fs::read_dir(scratch.path("data")).unwrap().map(|file| file.unwrap().path()) {
        let bytes = if file.is_file() { std::fs::read(&file).unwrap() } else { Vec::new() };
        assert!(!bytes.windows(8).any(|part| part == b"\x89PNG\r\n\x1a\n"), "{}", file.display());
    }
    let take = |code| run("tiny", &["registry", "portrait", ID, "--out", "out.png"]).with_code(code);
    take(0);
    assert_eq!(std::fs::read(scratch.path("out.png")).unwrap(), paint::somebody());
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        let mode = std::fs::metadata(scratch.path("out.png")).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
    }
    assert!(take(2).err.contains("out.png"), "nothing is overwritten");
    std::fs::remove_file(scratch.path("out.png")).unwrap();
    assert!(
        run("tiny", &["registry", "portrait", "1101", "--out", "x"]).with_code(2).err.contains("no resident number")
    );

    scratch.write("gone.csv", format!("op,id_number\ndelete,{ID}\n"));
    let gone = run("tiny", &["registry", "import", "gone.csv"]).with_code(0);
    assert!(gone.out.contains("1 photo erased"), "{}", gone.out);
    take(1);
    assert_eq!(run("tiny", &["registry", "stats", "--json"]).json()["photos"], 1);
}

#[test]
fn a_later_portrait_takes_the_kept_photo_of_the_earlier_one_away() {
    let scratch = Scratch::new();
    let run = with_photos(&scratch, &["--keep-photos"]);
    let row = format!(r#"{{"kind":"resident","id_number":"{ID}","name":"张三","portrait_file":"again.png"}}"#);
    scratch.write("later.ndjson", row + "\n");
    run("tiny", &["registry", "import", "later.ndjson"]).with_code(0);
    run("tiny", &["registry", "portrait", ID, "--out", "out.png"]).with_code(1);
}

#[test]
fn an_import_that_is_killed_keeps_every_template_with_its_photo() {
    let scratch = Scratch::new();
    let run = with_photos(&scratch, &["--keep-photos"]);
    let count = 400;
    let rows: String = (1..=count).map(import::person).fold(String::new(), |rows, (id, name, _)| {
        format!(r#"{rows}{{"kind":"resident","id_number":"{id}","name":"{name}","portrait_file":"else.png"}}"#) + "\n"
    });
    scratch.write("many.ndjson", rows);
    let command = || {
        let mut command = with_tiny_networks(&scratch);
        command.args(["registry", "import", "many.ndjson", "--keep-photos", "--json", "--data", "data"]);
        command
    };
    let mut kills = 0;
    for part in 1..=3 {
        let mut child = command().stdout(Stdio::null()).spawn().unwrap();
        let mut over = false;
        until("the import comes further", || {
            over = child.try_wait().unwrap().is_some();
            over || import::lines_done(&scratch.path("data")) >= part * 64
        });
        child.kill().unwrap();
        child.wait().unwrap();
        kills += u32::from(!over);
    }
    assert!(kills >= 1, "the import was over before it could be killed");
    let done = Ended::of(command().output().unwrap()).with_code(0).json();
    assert_eq!(done["accepted"], count);
    let stats = run("tiny", &["registry", "stats", "--json"]).json();
    assert_eq!((&stats["portraits"], &stats["photos"]), (&(count + 2).into(), &(count + 2).into()));
    for number in [1, 63, 64, 200, count] {
        let (id, ..) = import::person(number);
        let out = format!("{number}.png");
        run("tiny", &["registry", "portrait", &id, "--out", &out]).with_code(0);
        assert_eq!(std::fs::read(scratch.path(&out)).unwrap(), paint::somebody_else());
    }
}

//! The other inference engine, chosen in the configuration: with its library, and without one that can be used.

use std::process::Command;

use crate::{
    faces::paint,
    harness::{Ended, Scratch},
    models::tiny,
};

const ID: &str = "11010519491231002X";
const PERSON: &str =
    r#"{"kind":"resident","id_number":"11010519491231002X","name":"张三","portrait_file":"somebody.png"}"#;

/// A scratch directory with photos, a file of one person, and a configuration that asks for onnxruntime.
fn scratch(library: &str) -> Scratch {
    let scratch = Scratch::new();
    scratch.write("somebody.png", paint::somebody());
    scratch.write("else.png", paint::somebody_else());
    scratch.write("people.ndjson", format!("{PERSON}\n"));
    let face = format!(
        "[face]\nmodels = \"{}\"\nembedder = \"tiny\"\nengine = \"onnxruntime\"\nonnxruntime = \"{library}\"\n",
        tiny().display()
    );
    scratch.write("onnxruntime.toml", face);
    scratch
}

fn run(scratch: &Scratch, engine: Option<&str>, arguments: &[&str]) -> Ended {
    let mut command: Command = scratch.command();
    if let Some(engine) = engine {
        command.env("SHIMING_FACE_ENGINE", engine);
    }
    command.env("SHIMING_CONFIG", scratch.path("onnxruntime.toml"));
    Ended::of(command.args(arguments).output().unwrap())
}

#[test]
fn every_command_that_compares_says_that_the_library_cannot_be_used() {
    let scratch = scratch("nowhere/libonnxruntime.so");
    run(&scratch, Some("rten"), &["registry", "import", "people.ndjson", "--quiet", "--data", "data"]).with_code(0);
    let serve = ["serve", "--listen", "127.0.0.1:0", "--operator", "127.0.0.1:0", "--data", "data"];
    let check = ["check", "--name", "张三", "--id", ID, "--data", "data", "--portrait", "somebody.png"];
    for arguments in [&serve[..], &check, &["face", "compare", "somebody.png", "else.png"]] {
        let ended = run(&scratch, None, arguments).with_code(2);
        assert!(ended.err.contains("[face] engine: onnxruntime cannot be used"), "{}", ended.err);
        assert!(ended.err.contains("nowhere/libonnxruntime.so cannot be loaded: "), "{}", ended.err);
        assert!(ended.err.contains("set engine = \"rten\""), "{}", ended.err);
        assert!(!ended.err.contains("panicked"), "{}", ended.err);
    }
    let doctor = run(&scratch, None, &["doctor", "--data", "data"]).with_code(1);
    assert!(doctor.out.contains("onnxruntime cannot be used"), "{}", doctor.out);
    let check = run(&scratch, Some("rten"), &check);
    check.with_code(0);
    let wrong = run(&scratch, Some("tensorflow"), &["face", "compare", "somebody.png", "else.png"]).with_code(2);
    assert!(wrong.err.contains("one of rten, onnxruntime is expected"), "{}", wrong.err);
}

/// What one engine described is compared by the other: a template belongs to the network, not to what runs it.
#[test]
fn a_template_of_one_engine_is_compared_by_the_other() {
    let Ok(library) = std::env::var("SHIMING_ONNXRUNTIME") else { return without() };
    let scratch = scratch(&library);
    run(&scratch, Some("rten"), &["registry", "import", "people.ndjson", "--quiet", "--data", "data"]).with_code(0);
    let verdict = |photo: &str| {
        let check = ["check", "--name", "张三", "--id", ID, "--json", "--data", "data", "--portrait", photo];
        run(&scratch, None, &check).json()["verdict"].clone()
    };
    assert_eq!((verdict("somebody.png"), verdict("else.png")), ("match".into(), "mismatch".into()));
    let doctor = run(&scratch, None, &["doctor", "--data", "data"]);
    assert!(doctor.out.contains(&format!("compared by tiny, run by {library}")), "{}", doctor.out);
}

#[expect(clippy::print_stderr, reason = "a run without the library must say that it did not drive it")]
fn without() {
    eprintln!("SHIMING_ONNXRUNTIME is not set: the library was not driven");
}

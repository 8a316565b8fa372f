//! Libraries that are no onnxruntime, or none that can be used: each is refused in words, and none ends the process. A
//! process keeps the library that it has loaded, so this is a program of its own and the order is part of the test.
#![allow(clippy::print_stderr, reason = "a test that proved less says so")]

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use shiming_face::{Engine, Inference, ModelError, Settings};

fn refusal(library: &Path) -> String {
    let models = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/tiny");
    let inference = Inference::Onnxruntime(library.to_owned());
    match Engine::open(&models, Settings { inference, embedder: "tiny".to_owned(), ..Settings::default() }) {
        Err(ModelError::Engine(why)) => why,
        Err(other) => panic!("{other:?}"),
        Ok(_) => panic!("{} was taken", library.display()),
    }
}

/// A library made of these lines of C; none where there is no compiler.
fn compiled(folder: &Path, name: &str, code: &str) -> Option<PathBuf> {
    let (source, library) = (folder.join(format!("{name}.c")), folder.join(format!("{name}.so")));
    fs::write(&source, code).expect("written");
    let compiler = std::env::var_os("CC").unwrap_or_else(|| "cc".into());
    let ended = Command::new(compiler).args(["-shared", "-fPIC", "-o"]).args([&library, &source]).status();
    ended.is_ok_and(|ended| ended.success()).then_some(library)
}

/// The entrance of a library that says it is this version, and has no interface to give.
fn entrance(version: &str) -> String {
    format!(
        "static const void *api(unsigned version) {{ (void)version; return 0; }}\n\
         static const char *version(void) {{ return \"{version}\"; }}\n\
         static const struct {{ const void *(*api)(unsigned); const char *(*version)(void); }} base = {{ api, version }};\n\
         const void *OrtGetApiBase(void) {{ return &base; }}\n"
    )
}

#[test]
fn a_library_that_cannot_be_used_is_refused_in_words() {
    let folder = tempfile::tempdir().expect("a folder");
    let missing = folder.path().join("missing.so");
    let why = refusal(&missing);
    assert!(why.starts_with(&format!("{} cannot be loaded: ", missing.display())), "{why}");
    let text = folder.path().join("text.so");
    fs::write(&text, "not a library").expect("written");
    assert!(refusal(&text).contains("text.so cannot be loaded: "));

    let made = |name, code: &str| compiled(folder.path(), name, code);
    let (Some(other), Some(old), Some(empty)) = (
        made("other", "int answer(void) { return 42; }\n"),
        made("old", &entrance("1.16.3")),
        made("empty", &entrance("1.99.0")),
    ) else {
        return eprintln!("there is no C compiler: no library was made up");
    };
    assert!(refusal(&other).ends_with("other.so is no onnxruntime: it has no OrtGetApiBase"));
    assert!(refusal(&old).ends_with("old.so is onnxruntime 1.16.3, and 1.17 is needed or later"), "{}", refusal(&old));
    // Of this one `ort` is convinced, until it asks for the interface.
    for _ in 0..2 {
        assert!(refusal(&empty).ends_with("empty.so: it does not give the interface of onnxruntime"));
    }
}

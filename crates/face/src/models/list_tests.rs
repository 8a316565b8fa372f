use super::*;

/// An entry of somebody's own, with `more` in it.
fn own(id: &str, more: &str) -> String {
    let sha256 = "a0".repeat(32);
    format!(
        "[[model]]\nid = \"{id}\"\nfile = \"own.onnx\"\nsha256 = \"{sha256}\"\nside = 112\nchannels = \"rgb\"\n\
         licence = \"MIT\"\nsource = \"somewhere\"\n{more}\n"
    )
}

fn with(text: &str) -> Result<List, ModelError> {
    List::built_in().expect("the list").with(text)
}

#[test]
fn the_list_names_every_model_it_needs() {
    let list = List::built_in().expect("the list");
    let settings = Settings { embedder: FUSED.to_owned(), liveness: Liveness::Report, ..Settings::default() };
    let needed = list.needed(&settings).expect("all models");
    assert_eq!(needed.len(), 6);
    for entry in needed {
        assert!(!entry.licence().is_empty() && !entry.source().is_empty());
        assert!(entry.probe.is_some(), "{}: its results are recorded", entry.id());
        assert!(entry.bytes.is_some_and(|bytes| bytes == entry.most_bytes()));
        assert_eq!(entry.template.is_some(), entry.levels.is_some());
    }
    assert_eq!(list.needed(&Settings::default()).expect("three models").len(), 3);
}

#[test]
fn every_address_is_encrypted_and_names_one_version() {
    let list = List::built_in().expect("the list");
    let parts = list.models().iter().flat_map(Entry::made_from).flat_map(Part::urls);
    let urls: Vec<_> = list.models().iter().flat_map(Entry::urls).chain(parts).collect();
    assert!(urls.len() >= 5, "{}", urls.len());
    for url in urls {
        assert!(url.starts_with("https://") && !url.contains("/master/") && !url.contains("/main/"), "{url}");
    }
}

#[test]
fn an_operators_list_adds_models_and_replaces_them() {
    let list = with(&own("sface", "")).expect("a list");
    assert_eq!(list.models().len(), List::built_in().expect("the list").models().len() + 1);
    let settings = Settings { embedder: "sface".to_owned(), ..Settings::default() };
    assert_eq!(list.needed(&settings).expect("models")[2].file(), "own.onnx");
    let list = with(&own("reid0095", "")).expect("a list");
    assert_eq!(list.model("reid0095").expect("the model").sha256(), [0xa0; 32]);
    let list = with("[detector]\nfirst = \"a\"\nsecond = \"b\"\n").expect("a list");
    assert!(matches!(list.needed(&Settings::default()), Err(ModelError::List(_))), "neither is in it");
}

#[test]
fn what_no_engine_could_work_with_is_refused_by_name() {
    let levels = "levels = [0.0, 0.3, 0.2, 0.5, 0.6, 0.7, 0.8, 1.0]";
    for (text, word) in [
        (own("s", "divisor = [1.0, 0.0, 1.0]"), "divisor"),
        (own("s", "mean = [nan, 0.0, 1.0]"), "finite"),
        (own("s", levels), "rise"),
        (own("s", "colour = 1"), "line 9"),
        (own("a/b", ""), "id must be"),
        (own("s", "").replace("own.onnx", "../own.onnx"), "plain name"),
        (own("s", "").replace("own.onnx", ".."), "plain name"),
        (own("s", "").replace("a0a0", "a0x0"), "hexadecimal"),
        (own("s", "").replace("a0a0", ""), "hexadecimal"),
        (own("s", "").replace("112", "1000000"), "side"),
        ("liveness = []".to_owned(), "liveness must name a model"),
        ("[fused]\nmodels = [\"a\", \"b\"]\nlevels = [0.0, 0.0, 0.2, 0.5, 0.6, 0.7, 0.8, 1.0]".to_owned(), "fused"),
    ] {
        let error = with(&text).expect_err(&text).to_string();
        assert!(error.contains(word), "{error}");
    }
}

#[test]
fn a_missing_file_and_a_changed_one_are_told_apart() {
    let list = List::built_in().expect("the list");
    let dir = tempfile::tempdir().expect("a folder");
    let state = || list.model("reid0095").expect("the model").state(dir.path()).expect("a state");
    assert_eq!(state(), FileState::Missing);
    assert!(matches!(list.open(dir.path(), "reid0095", &Loader::Rten), Err(ModelError::Unreadable { .. })));
    fs::write(dir.path().join("reid0095_128.onnx"), b"something else").expect("a file");
    assert_eq!(state(), FileState::Other);
    assert!(matches!(list.open(dir.path(), "reid0095", &Loader::Rten), Err(ModelError::WrongFile(_))));
    assert!(matches!(list.open(dir.path(), "other", &Loader::Rten), Err(ModelError::List(_))));
}

//! The pages say what the program says: their tables are made from its output and compared, their links followed.

use std::{
    collections::BTreeSet,
    fmt::Write as _,
    fs,
    path::{Path, PathBuf},
};

use rusqlite::Connection;
use serde_json::Value;

use crate::harness::Scratch;

#[test]
fn the_page_of_made_up_people_is_the_cast() {
    let cast: Value = serde_json::from_str(&Scratch::new().run(&["cast", "--json"]).out).unwrap();
    let page = page("docs/people.md");
    let people = table(
        "case | name | resident number | mobile | bank card | what comes of it",
        &cast["people"],
        &["name", "id_number", "mobile", "bankcard", "outcome"],
    );
    assert_eq!(marked(&page, "cast: people"), people);
    let companies = table(
        "case | company | number | legal person | their resident number | what comes of it",
        &cast["companies"],
        &["name", "credit_code", "legal_name", "legal_id", "outcome"],
    );
    assert_eq!(marked(&page, "cast: companies"), companies);
    for (kind, checks) in [
        ("people", &["resident2", "portrait3", "bankcard3", "bankcard4", "mobile3"][..]),
        ("companies", &["company2", "company3", "company4"]),
    ] {
        let verdicts = table(&format!("case | {}", checks.join(" | ")), &cast[kind], checks);
        assert_eq!(marked(&page, &format!("cast: verdicts of {kind}")), verdicts);
    }
}

#[test]
fn the_pages_of_settings_are_the_configuration_that_is_printed() {
    let printed = Scratch::new().run(&["serve", "--print-config"]).out;
    for page in ["docs/operators/configuration.md", "docs/operators/configuration.zh-CN.md"].map(page) {
        let told = marked(&page, "config: every section and key, as `shiming serve --print-config` has them");
        assert_eq!(told.trim(), sections(&printed).trim());
    }
}

#[test]
fn the_pages_of_the_ledger_have_every_verdict_that_an_export_can_be_asked_for() {
    let ended = Scratch::new().run(&["ledger", "export", "--verdict", "maybe"]).with_code(2);
    let (_, known) = ended.err.lines().next().unwrap().split_once("verdicts are ").unwrap();
    for page in ["docs/operators/ledger.md", "docs/operators/ledger.zh-CN.md"].map(page) {
        let row = page.lines().find(|line| line.starts_with("| `verdict`")).unwrap();
        let told = row.split('`').skip(3).step_by(2).filter(|word| *word != "case");
        assert_eq!(told.collect::<BTreeSet<_>>(), known.split(", ").collect());
    }
}

#[test]
fn the_changelog_names_the_formats_of_a_store_that_is_made() {
    let scratch = Scratch::new();
    scratch.write("empty.csv", "op,id_number\n");
    scratch.run(&["registry", "import", "empty.csv", "--data", "data"]).with_code(0);
    for name in ["shiming.db", "registry.db"] {
        let database = Connection::open(scratch.path("data").join(name)).unwrap();
        let format: i64 = database.query_row("PRAGMA user_version", [], |row| row.get(0)).unwrap();
        assert!(page("CHANGELOG.md").contains(&format!("`{name}` format {format},")), "{name}: {format}");
    }
}

#[test]
fn the_pages_about_tls_have_all_by_which_the_suite_has_an_sdk_trust() {
    let folders = fs::read_dir(root().join("conformance")).unwrap().map(|entry| entry.unwrap().path());
    let mut told = BTreeSet::new();
    for sdk in folders.filter_map(|folder| fs::read_to_string(folder.join("sdk.json")).ok()) {
        let sdk: Value = serde_json::from_str(&sdk).unwrap();
        for (variable, value) in sdk["trusts"].as_object().into_iter().flatten() {
            let value = value.as_str().unwrap().replace("{ca}", "ca.pem").replace("{truststore}", "ca.p12");
            told.insert(if variable == "JDK_JAVA_OPTIONS" { value } else { format!("`{variable}={value}`") });
        }
    }
    assert!(told.len() > 4, "the suite names them where it did: {told:?}");
    for page in ["docs/callers/tls.md", "docs/callers/tls.zh-CN.md"].map(page) {
        for way in &told {
            assert!(page.contains(way), "{way} is missing");
        }
    }
}

#[test]
fn every_link_within_the_pages_leads_somewhere() {
    let mut pages = Vec::new();
    for folder in ["", "docs", "docs/callers", "docs/operators", "conformance", "fuzz", "vectors"] {
        let folder = root().join(folder);
        let files = fs::read_dir(&folder).unwrap().map(|entry| entry.unwrap().path());
        pages.extend(files.filter(|path| path.extension().is_some_and(|extension| extension == "md")));
    }
    assert!(pages.len() > 15, "the pages are where they were");
    for page in pages {
        let text = fs::read_to_string(&page).unwrap();
        for link in text.split("](").skip(1).filter_map(|rest| rest.split([')', ' ']).next()) {
            let path = link.split('#').next().unwrap_or_default();
            let within = !path.is_empty() && !path.contains("://") && !path.starts_with("mailto:");
            let target = page.parent().unwrap().join(path);
            assert!(!within || target.exists(), "{}: {link} leads nowhere", page.display());
        }
    }
}

#[test]
fn each_readme_leads_to_every_page_and_to_the_chinese_one_where_there_is_one() {
    let is_chinese = |path: &str| path.ends_with(".zh-CN.md");
    // One Chinese page does for both of Alipay's doors.
    let is_translated = |path: &str| {
        let name = path.trim_end_matches(".md").trim_end_matches("-gateway").trim_end_matches("-v3");
        root().join(format!("{name}.zh-CN.md")).exists()
    };
    assert_eq!(unlinked("README.md", |path| !is_chinese(path)), [""; 0]);
    assert_eq!(unlinked("README.zh-CN.md", |path| is_chinese(path) || !is_translated(path)), [""; 0]);
}

/// The pages of this kind that a page does not lead to.
fn unlinked(from: &str, of_kind: impl Fn(&str) -> bool) -> Vec<String> {
    let text = page(from);
    let pages = ["docs", "docs/callers", "docs/operators"].into_iter().flat_map(pages_of);
    pages.filter(|path| of_kind(path) && !text.contains(&format!("]({path})"))).collect()
}

fn pages_of(folder: &str) -> Vec<String> {
    let files = fs::read_dir(root().join(folder)).unwrap().map(|entry| entry.unwrap().path());
    let pages = files.filter(|path| path.extension().is_some_and(|extension| extension == "md"));
    pages.map(|path| format!("{folder}/{}", path.file_name().unwrap().display())).collect()
}

#[test]
fn both_readmes_have_the_same_examples() {
    let (english, chinese) = (page("README.md"), page("README.zh-CN.md"));
    assert!(examples(&english).len() > 6, "they are where they were");
    assert_eq!(examples(&english), examples(&chinese));
}

/// Callers' pages in Chinese have fewer; operators' are whole translations.
#[test]
fn an_operators_page_in_chinese_has_the_commands_of_the_english_one() {
    let chinese: Vec<_> = pages_of("docs/operators").into_iter().filter(|path| path.ends_with(".zh-CN.md")).collect();
    assert!(!chinese.is_empty());
    for path in chinese {
        let english = page(&path.replace(".zh-CN", ""));
        assert_eq!(examples(&page(&path)), examples(&english), "{path}");
    }
}

fn examples(page: &str) -> Vec<Vec<&str>> {
    page.split("\n```").skip(1).step_by(2).map(without_remarks).collect()
}

/// An example without what is said beside it, which has its own language.
fn without_remarks(block: &str) -> Vec<&str> {
    block.lines().map(|line| [" // ", " # "].iter().fold(line, |line, mark| before(line, mark)).trim_end()).collect()
}

fn before<'t>(line: &'t str, mark: &str) -> &'t str {
    line.split_once(mark).map_or(line, |(before, _)| before)
}

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

fn page(path: &str) -> String {
    fs::read_to_string(root().join(path)).unwrap()
}

/// The text between `<!-- MARK -->` and `<!-- end -->`.
fn marked<'t>(page: &'t str, mark: &str) -> &'t str {
    let (_, rest) = page.split_once(&format!("<!-- {mark} -->\n")).expect(mark);
    rest.split_once("<!-- end -->").expect(mark).0
}

/// A table with a row for each of a list: its case, then what it says under these names, or under them as checks.
fn table(head: &str, list: &Value, names: &[&str]) -> String {
    let mut text = format!("| {head} |\n|{}\n", "---|".repeat(head.split(" | ").count()));
    for one in list.as_array().unwrap() {
        let _ = write!(text, "| `{}` |", one["case"].as_str().unwrap());
        for name in names {
            let said = one[name].as_str().or(one["verdicts"][name].as_str());
            let _ = write!(text, " {} |", said.unwrap_or_else(|| panic!("nothing under {name}")));
        }
        text.push('\n');
    }
    text
}

/// A printed configuration as the page has it: a heading, a sentence and a table for each section.
fn sections(printed: &str) -> String {
    let (mut page, mut section, mut comment) = (String::new(), String::new(), String::new());
    for line in printed.lines() {
        if let Some(name) = line.strip_prefix('[') {
            name.trim_end_matches(']').clone_into(&mut section);
            let _ = write!(page, "\n### [{section}]\n\n{comment}\n\n");
            page.push_str("| key | variable | default | what it is |\n|---|---|---|---|\n");
            comment.clear();
        } else if let Some((key, value)) = line.split_once('=').filter(|(key, _)| is_key(key)) {
            let key = key.trim_start_matches("# ").trim();
            let variable = format!("SHIMING_{}_{}", section.to_uppercase(), key.to_uppercase());
            let default = Some(value.trim()).filter(|value| !value.is_empty());
            let default = default.map_or_else(|| "unset".to_owned(), |value| format!("`{value}`"));
            let _ = writeln!(page, "| `{key}` | `{variable}` | {default} | {comment} |");
            comment.clear();
        } else if let Some(words) = line.strip_prefix("# ") {
            comment.push_str(if comment.is_empty() { "" } else { " " });
            comment.push_str(words);
        }
    }
    page
}

/// A key, or one that is commented out because it is unset.
fn is_key(text: &str) -> bool {
    let key = text.trim_start_matches("# ").trim_end();
    !key.is_empty() && key.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_')
}

//! Killing an import.

use std::{
    fmt::Write as _,
    process::Stdio,
    time::{Duration, Instant},
};

use rusqlite::{Connection, OpenFlags};
use serde_json::Value;

use crate::{
    dice::Dice,
    people::{id, name},
    program::{Home, PATIENCE},
};

const ROWS: usize = 40_000;
/// Rows that the program puts in together, more or less: what a kill may cost.
const BATCH: usize = 4096;

#[test]
fn an_import_killed_at_any_moment_ends_with_the_content_of_one_that_was_not() {
    let home = Home::new();
    twins(&home);
    home.write("people.csv", people());
    let whole = import(&home, "one");

    let (mut dice, mut resumptions) = (Dice::of_this_run(), 0);
    let resumed = loop {
        let before = rows_done(&home, "two");
        resumptions += usize::from(before > 0);
        let mut child = home.command(&arguments("two")).stdout(Stdio::piped()).stderr(Stdio::null()).spawn().unwrap();
        // The last rows are left to a run that nobody disturbs.
        if before < ROWS - 2 * BATCH {
            let (began, target) = (Instant::now(), before + dice.below(2 * BATCH));
            while rows_done(&home, "two") < target && child.try_wait().unwrap().is_none() {
                assert!(began.elapsed() < PATIENCE, "the import comes no further than {}", rows_done(&home, "two"));
                std::thread::sleep(Duration::from_millis(1));
            }
            std::thread::sleep(Duration::from_micros(dice.below(40_000) as u64));
            child.kill().unwrap();
        }
        let output = child.wait_with_output().unwrap();
        if output.status.code() == Some(1) {
            break serde_json::from_slice::<Value>(&output.stdout).unwrap();
        }
        assert_eq!(output.status.code(), None, "it ended by itself, and otherwise than it should");
    };
    assert!(resumptions >= 3, "it was hardly ever broken off in the middle: {resumptions}");

    for member in ["rows", "accepted", "deleted", "rejected"] {
        assert_eq!(resumed[member], whole[member], "{member}");
    }
    assert!(whole["deleted"].as_u64().unwrap() > 0 && whole["rejected"].as_u64().unwrap() > 0);
    assert!(records(&home, "one") == records(&home, "two"), "the records differ");
    assert_eq!(stats(&home, "one"), stats(&home, "two"));
    let refused = ["one", "two"].map(|store| std::fs::read_to_string(home.path(rejects(store))).unwrap());
    assert_eq!(refused[0], refused[1]);
}

/// People, some of whom come again under another name, some are taken out, and some have a wrong check digit: the order
/// of rows decides what stands at the end.
fn people() -> String {
    let mut text = String::from("op,id_number,name,mobile\n");
    for row in 0..ROWS {
        let person = if row % 3 == 2 { row / 2 } else { row };
        let mut id = id(person);
        if row % 499 == 498 {
            id.replace_range(17.., if id.ends_with('0') { "1" } else { "0" });
        }
        let op = if row % 101 == 100 { "delete" } else { "" };
        writeln!(text, "{op},{id},{},138{:08}", name(row), person).unwrap();
    }
    text
}

/// Two stores with the same keys, so that equal records are equal bytes.
fn twins(home: &Home) {
    home.write("empty.csv", "op,id_number\n");
    home.run(&["registry", "import", "empty.csv", "--data", "one", "--quiet"], 0);
    std::fs::create_dir(home.path("two")).unwrap();
    for entry in std::fs::read_dir(home.path("one")).unwrap() {
        let entry = entry.unwrap();
        std::fs::copy(entry.path(), home.path("two").join(entry.file_name())).unwrap();
    }
}

fn arguments(store: &str) -> [&str; 8] {
    ["registry", "import", "people.csv", "--json", "--data", store, "--rejects", rejects(store)]
}

/// Runs it to its end; the summary. Some rows are refused, so the exit code is 1.
fn import(home: &Home, store: &str) -> Value {
    serde_json::from_str(&home.run(&arguments(store), 1)).unwrap()
}

fn rejects(store: &str) -> &'static str {
    if store == "one" { "one.rejects" } else { "two.rejects" }
}

/// How many lines an import has made durable.
fn rows_done(home: &Home, store: &str) -> usize {
    let rows = open(home, store).query_row("SELECT coalesce(max(line), 0) FROM import", [], |row| row.get::<_, i64>(0));
    usize::try_from(rows.unwrap_or(0)).unwrap()
}

fn open(home: &Home, store: &str) -> Connection {
    let path = home.path(store).join("registry.db");
    Connection::open_with_flags(path, OpenFlags::SQLITE_OPEN_READ_ONLY).unwrap()
}

type Record = (Vec<u8>, i64, i64, Vec<u8>);

/// Everything that the registry holds.
fn records(home: &Home, store: &str) -> Vec<Record> {
    let connection = open(home, store);
    let mut select = connection.prepare("SELECT key, kind, recipe, tags FROM record ORDER BY key").unwrap();
    let rows = select.query_map([], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?))).unwrap();
    rows.collect::<Result<_, _>>().unwrap()
}

fn stats(home: &Home, store: &str) -> Value {
    let stats: Value = serde_json::from_str(&home.run(&["registry", "stats", "--json", "--data", store], 0)).unwrap();
    stats["records"].clone()
}

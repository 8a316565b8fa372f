use rusqlite::Connection;

use super::*;
use crate::testing::Bed;

/// A schema for the tests of the machinery: two steps, or the first of them.
const TWO: Schema = Schema {
    file: "t.db",
    mark: 77,
    steps: &["CREATE TABLE a (x INTEGER); INSERT INTO a VALUES (1);", "ALTER TABLE a ADD COLUMN y INTEGER DEFAULT 5;"],
};
const ONE: Schema =
    Schema { file: "t.db", mark: 77, steps: &["CREATE TABLE a (x INTEGER); INSERT INTO a VALUES (1);"] };
const BROKEN: Schema = Schema {
    file: "t.db",
    mark: 77,
    steps: &["CREATE TABLE a (x INTEGER); INSERT INTO a VALUES (1);", "DELETE FROM a; CREATE TABLE a (x INTEGER);"],
};

fn migrate(schema: &Schema, dir: &Path) -> Result<(), StoreError> {
    let path = dir.join(schema.file);
    create_file(&path)?;
    schema.migrate(&mut connect(&path, Use::Write, 64)?, &path, |_| Ok(()))
}

#[test]
fn an_older_file_is_brought_to_the_newest_form_with_its_rows() {
    let dir = tempfile::tempdir().unwrap();
    migrate(&ONE, dir.path()).unwrap();
    migrate(&TWO, dir.path()).unwrap();
    migrate(&TWO, dir.path()).unwrap();
    let on = Connection::open(dir.path().join("t.db")).unwrap();
    assert_eq!(on.query_row("SELECT x, y FROM a", [], |r| Ok((r.get(0)?, r.get(1)?))), Ok((1, 5)));
    assert!(TWO.is_made(dir.path()).unwrap());
}

#[test]
fn a_migration_that_fails_changes_nothing() {
    let dir = tempfile::tempdir().unwrap();
    migrate(&ONE, dir.path()).unwrap();
    assert!(matches!(migrate(&BROKEN, dir.path()), Err(StoreError::Database(_))));
    let on = Connection::open(dir.path().join("t.db")).unwrap();
    assert_eq!(on.query_row("SELECT count(*) FROM a", [], |r| r.get(0)), Ok(1));
    assert_eq!(on.pragma_query_value(None, "user_version", |r| r.get(0)), Ok(1));
}

#[test]
fn a_file_of_a_newer_version_is_refused_and_says_so() {
    let dir = tempfile::tempdir().unwrap();
    migrate(&TWO, dir.path()).unwrap();
    let error = migrate(&ONE, dir.path()).unwrap_err();
    assert!(matches!(error, StoreError::TooNew { found: 2, known: 1, .. }));
    assert!(error.to_string().contains("was written by a newer version"), "{error}");

    for file in [SHIMING.file, REGISTRY.file] {
        let (bed, store) = Bed::new();
        drop(store);
        bed.tamper(file, "PRAGMA user_version = 999");
        assert!(matches!(bed.open(), Err(StoreError::TooNew { found: 999, .. })));
    }
}

#[test]
fn another_programs_file_is_refused() {
    let dir = tempfile::tempdir().unwrap();
    Connection::open(dir.path().join("t.db")).unwrap().execute_batch("CREATE TABLE mine (x)").unwrap();
    assert!(matches!(migrate(&ONE, dir.path()), Err(StoreError::Foreign(_))));
    fs::write(dir.path().join("t.db"), [b'x'; 8192]).unwrap();
    assert!(matches!(ONE.is_made(dir.path()), Err(StoreError::Foreign(_))));
}

use std::fs;

use shiming_core::{Again, CallerState, Callers, Claim, Ledger, RecordKind};

use super::*;
use crate::{
    Audit, KeyError,
    contract::{self, NOW, block_on, cast, counting_random, entry, name, resident, spend},
    testing::{Bed, dump},
};

#[test]
fn a_store_is_made_once_for_its_owner_only() {
    let (bed, store) = Bed::new();
    assert!(Store::exists(&bed.data()).unwrap());
    assert!(!Store::exists(bed.dir.path()).unwrap());
    assert!(matches!(Store::create(&bed.data(), &bed.keys, bed.options()), Err(StoreError::Exists(_))));
    assert!(matches!(Store::open(bed.dir.path(), &bed.keys, bed.options()), Err(StoreError::Missing(_))));
    store.put_records(&cast(1)).unwrap();
    block_on(store.ledger().commit(entry(1), None)).unwrap();
    Store::open(&bed.data().join("shiming.db"), &bed.keys, bed.options()).unwrap();
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
        assert_eq!(mode(&bed.data()), 0o700);
        let files: Vec<PathBuf> = fs::read_dir(bed.data()).unwrap().map(|file| file.unwrap().path()).collect();
        assert!(files.len() > 4, "two databases and their logs");
        for file in files {
            assert_eq!(mode(&file), 0o600, "{}", file.display());
        }
    }
}

#[test]
fn a_creation_that_was_killed_can_be_done_again() {
    let (bed, store) = Bed::new();
    drop(store);
    // Killed before its one transaction: the registry is there, empty, and the other file is blank.
    fs::write(bed.data().join("shiming.db"), []).unwrap();
    assert!(matches!(bed.open(), Err(StoreError::Missing(_))));
    let store = Store::create(&bed.data(), &bed.keys, bed.options()).unwrap();
    store.put_records(&cast(1)).unwrap();
}

#[test]
fn a_registry_of_another_store_is_refused() {
    let (bed, store) = Bed::new();
    let other = Bed { dir: tempfile::tempdir().unwrap(), keys: bed.keys.clone(), clock: Arc::clone(&bed.clock) };
    let options = Options { random: counting_random(99), ..bed.options() };
    let their = Store::create(&other.data(), &other.keys, options).unwrap();
    store.put_records(&cast(1)).unwrap();
    drop((store, their));
    fs::copy(bed.data().join("registry.db"), other.data().join("registry.db")).unwrap();
    assert!(matches!(other.open(), Err(StoreError::Unpaired(_))));
    fs::remove_file(other.data().join("shiming.db")).unwrap();
    let made = Store::create(&other.data(), &other.keys, other.options());
    assert!(matches!(made, Err(StoreError::Unpaired(_))), "records are never taken over");
}

fn records(store: &Store) -> u64 {
    store.stats().unwrap().rows.values().sum()
}

#[test]
fn a_registry_that_was_lost_is_made_anew_on_purpose_only() {
    let (bed, store) = Bed::new();
    store.put_records(&cast(1)).unwrap();
    // The file goes while its log stays, as when somebody deletes it beside a running server.
    fs::remove_file(bed.data().join("registry.db")).unwrap();
    assert!(bed.data().join("registry.db-wal").metadata().unwrap().len() > 0);
    std::mem::forget(store);
    assert!(matches!(bed.open(), Err(StoreError::NoRegistry(_))), "an empty registry would answer that nobody exists");
    // Killed before its one transaction.
    db::create_file(&bed.data().join("registry.db")).unwrap();
    assert!(matches!(bed.open(), Err(StoreError::NoRegistry(_))));
    Store::create_registry(&bed.data(), &bed.keys).unwrap();
    let store = bed.open().unwrap();
    assert_eq!(records(&store), 0, "nothing comes back out of the old log");
    store.put_records(&cast(1)).unwrap();
    drop(store);
    assert!(matches!(Store::create_registry(&bed.data(), &bed.keys), Err(StoreError::Exists(_))));
    assert!(records(&bed.open().unwrap()) > 0, "records are never thrown away");
}

#[test]
fn another_master_key_is_refused_and_named() {
    let (bed, store) = Bed::new();
    drop(store);
    let open = |keys: &MasterKeys| Store::open(&bed.data(), keys, bed.options()).map(|_| ());
    let stranger = MasterKeys::generate(&*counting_random(50)).unwrap();
    let own = bed.keys.names().next().unwrap();
    let error = open(&stranger).unwrap_err();
    assert!(matches!(&error, StoreError::Key(KeyError::Unknown(name)) if name == own), "{error}");
    let text = stranger.expose();
    let (_, value) = text.split_once(' ').unwrap();
    let liar = MasterKeys::from_text(&format!("{own} {value}")).unwrap();
    let error = open(&liar).unwrap_err();
    assert!(matches!(&error, StoreError::Key(KeyError::Wrong(name)) if name == own), "{error}");
}

#[test]
fn a_damaged_key_is_named() {
    let (bed, store) = Bed::new();
    drop(store);
    bed.tamper("shiming.db", "UPDATE key SET sealed = CAST(sealed || x'00' AS BLOB) WHERE name = 'ledger'");
    let error = bed.open().unwrap_err();
    assert_eq!(error.to_string(), "table `key`, row ledger: does not open: it was changed or moved");
    bed.tamper("shiming.db", "DELETE FROM key WHERE name = 'ledger'");
    assert!(matches!(bed.open(), Err(StoreError::Damaged { table: "key", what: "is missing", .. })));
}

#[test]
fn a_store_of_the_first_version_opens_and_holds_what_it_held() {
    let dir = tempfile::tempdir().unwrap();
    for (schema, sql) in
        [(&SHIMING, include_str!("fixtures/shiming-1.sql")), (&REGISTRY, include_str!("fixtures/registry-1.sql"))]
    {
        let path = dir.path().join(schema.file);
        db::create_file(&path).unwrap();
        Connection::open(path).unwrap().execute_batch(sql).unwrap();
    }
    let keys = MasterKeys::from_text(FIXTURE_KEY).unwrap();
    let store = Store::open(dir.path(), &keys, Options::new(Arc::new(NOW), counting_random(4))).unwrap();
    let Audit::Whole(verified) = store.ledger().verify(None).unwrap() else { panic!("the chain is broken") };
    assert_eq!(verified.entries, 2);
    let replay = block_on(store.ledger().commit(entry(3), Some(spend(1, Again::Refuse)))).unwrap();
    assert_eq!(replay, shiming_core::Committed::Replayed);
    let callers = store.callers().all().unwrap();
    assert_eq!((callers.len(), callers[0].state), (1, CallerState::Enabled));
    assert_eq!(secrecy::ExposeSecret::expose_secret(&callers[0].secrets["secret"]), "fixture-secret");
    let claim = Claim::Resident { id: resident(1), name: name(1), portrait: Some(vec![1]) };
    let found = store.registry().look_up(&claim).unwrap();
    assert!(matches!(found, shiming_core::Finding::Record { differing, portrait: Some(p) }
        if differing.is_empty() && p == b"template"));
    assert_eq!(store.stats().unwrap().rows[&RecordKind::Resident], 1);
    // What later versions brought works on it, and goes on after the next start: with the numbers behind those that were
    // taken off in advance.
    let number = |store: &Store| block_on(shiming_core::Cases::number(&*store.cases())).unwrap();
    let first = number(&store);
    assert_eq!(number(&store), first + 1);
    drop(store);
    let store = Store::open(dir.path(), &keys, Options::new(Arc::new(NOW), counting_random(5))).unwrap();
    assert_eq!(number(&store), first + 16);
}

const FIXTURE_KEY: &str = "fixture 000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f";

/// Writes the fixtures of the current version; run once for each version, and never over an older one.
#[test]
#[ignore = "writes files"]
fn write_fixtures() {
    let dir = tempfile::tempdir().unwrap();
    let keys = MasterKeys::from_text(FIXTURE_KEY).unwrap();
    let store = Store::create(dir.path(), &keys, Options::new(Arc::new(NOW), counting_random(3))).unwrap();
    block_on(store.ledger().commit(entry(1), Some(spend(1, Again::Refuse)))).unwrap();
    block_on(store.ledger().commit(entry(2), None)).unwrap();
    store.put_records(&cast(1)).unwrap();
    let id = resident(1);
    let key = RecordKey { kind: RecordKind::Resident, number: id.expose() };
    assert!(store.put_portrait(key, b"template").unwrap());
    let secrets = [("secret".to_owned(), secrecy::SecretString::from("fixture-secret"))].into();
    let (state, settings) = (CallerState::Enabled, [("region".to_owned(), "cn-north-1".to_owned())].into());
    let (door, key_id, label) = ("jdcloud".into(), "AK-1".into(), "fixture".into());
    store.callers().put(&shiming_core::Caller { door, key_id, label, state, secrets, settings }).unwrap();
    drop(store);
    let fixtures = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/store/fixtures");
    fs::create_dir_all(&fixtures).unwrap();
    for schema in [&SHIMING, &REGISTRY] {
        let on = Connection::open(dir.path().join(schema.file)).unwrap();
        let name = format!("{}-{}.sql", schema.file.trim_end_matches(".db"), schema.steps.len());
        fs::write(fixtures.join(name), as_sql(&on)).unwrap();
    }
}

/// A database as the statements that make it again.
fn as_sql(on: &Connection) -> String {
    use std::fmt::Write;
    let mut sql = String::new();
    for pragma in ["application_id", "user_version"] {
        let value: i64 = on.pragma_query_value(None, pragma, |row| row.get(0)).unwrap();
        writeln!(sql, "PRAGMA {pragma} = {value};").unwrap();
    }
    let mut tables = on.prepare("SELECT name, sql FROM sqlite_schema WHERE type = 'table' ORDER BY name").unwrap();
    let tables: Vec<(String, String)> =
        tables.query_map([], |row| Ok((row.get(0)?, row.get(1)?))).unwrap().map(Result::unwrap).collect();
    for (table, create) in tables {
        writeln!(sql, "{create};").unwrap();
        let mut columns =
            on.prepare(&format!("SELECT 'quote(\"' || name || '\")' FROM pragma_table_info('{table}')")).unwrap();
        let columns: Vec<String> = columns.query_map([], |row| row.get(0)).unwrap().map(Result::unwrap).collect();
        let select = format!("SELECT {} FROM {table}", columns.join(" || ', ' || "));
        let mut rows = on.prepare(&select).unwrap();
        for row in rows.query_map([], |row| row.get::<_, String>(0)).unwrap() {
            writeln!(sql, "INSERT INTO {table} VALUES ({});", row.unwrap()).unwrap();
        }
    }
    sql
}

#[test]
fn no_file_holds_a_value_of_a_person() {
    let (bed, store) = Bed::new();
    let people = 1..40;
    let mut session = crate::ImportSession::begin(&store, [1; 32]).unwrap().0;
    for n in people.clone() {
        session.apply(&cast(n), &crate::Mark { line: n.into(), ..crate::Mark::default() }).unwrap();
        let id = resident(n);
        let key = RecordKey { kind: RecordKind::Resident, number: id.expose() };
        assert!(store.put_portrait(key, &[0xAB; 512]).unwrap());
        let entry = shiming_core::Entry { subject: store.ledger().subject(key), ..entry(n.into()) };
        block_on(store.ledger().commit(entry, None)).unwrap();
    }
    let secrets = [("secret".to_owned(), secrecy::SecretString::from("s3cret-of-a-caller"))].into();
    let (door, key_id, label) = ("jdcloud".into(), "AK-1".into(), "trial".into());
    let caller =
        shiming_core::Caller { door, key_id, label, state: CallerState::Enabled, secrets, settings: [].into() };
    store.callers().put(&caller).unwrap();

    let mut values: Vec<Vec<u8>> = vec![vec![0xAB; 16], b"s3cret-of-a-caller".to_vec()];
    for n in people {
        let texts = [resident(n).expose(), name(n).expose(), contract::card(n).expose(), contract::mobile(n).expose()]
            .map(str::to_owned);
        for text in texts.iter().map(String::as_str).chain([contract::company_name().expose(), "91350100M000100Y43"]) {
            values.push(text.as_bytes().to_vec());
            values.push(text.encode_utf16().flat_map(u16::to_le_bytes).collect());
            values.push(text.encode_utf16().flat_map(u16::to_be_bytes).collect());
        }
    }
    let files = bed.bytes();
    assert!(files.iter().any(|(_, bytes)| contains(bytes, b"AK-1")), "the search finds what is there in the clear");
    assert!(files.iter().filter(|(name, _)| name.ends_with("-wal")).all(|(_, bytes)| !bytes.is_empty()));
    for (file, bytes) in &files {
        for value in &values {
            assert!(!contains(bytes, value), "{file} holds a value in the clear");
        }
    }
}

fn contains(bytes: &[u8], value: &[u8]) -> bool {
    let Some(first) = value.first() else { return true };
    let mut rest = bytes;
    while let Some(at) = rest.iter().position(|byte| byte == first) {
        if rest[at..].starts_with(value) {
            return true;
        }
        rest = &rest[at + 1..];
    }
    false
}

#[test]
fn nothing_prints_a_value() {
    let (bed, store) = Bed::new();
    store.put_records(&cast(1)).unwrap();
    let printed = format!(
        "{store:?} {:?} {:?} {:?} {:?} {:?} {:?}",
        store.registry(),
        store.ledger(),
        store.callers(),
        store.options,
        store.vault,
        crate::ImportSession::begin(&store, [1; 32]).unwrap(),
    );
    let key = bed.keys.expose();
    for secret in [resident(1).expose(), name(1).expose(), key.split_whitespace().nth(1).unwrap()] {
        assert!(!printed.contains(secret), "{printed}");
    }
}

#[test]
fn a_sound_store_is_found_sound() {
    let (_bed, store) = Bed::new();
    store.put_records(&cast(1)).unwrap();
    store.examine().unwrap();
    assert_eq!(dump(&store.registry_connection().unwrap(), "record").len(), 4);
}

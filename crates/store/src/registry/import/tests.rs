use shiming_core::{
    Claim, Finding, Record, RecordKind,
    record::{Number, Photo, Template},
};

use super::*;
use crate::{
    contract::{cast, name, resident},
    testing::{Bed, dump},
};

/// Batches with upserts, replacements within and between batches, and deletions.
fn batches() -> Vec<Vec<Change>> {
    let delete = |n| Change::Delete { kind: RecordKind::Resident, number: Number::new(resident(n).expose()) };
    let rename = |n| Change::Upsert(Record::Resident { id: resident(n), name: name(n + 1000) });
    (0..10)
        .map(|batch| {
            let mut changes: Vec<Change> = (batch * 50..batch * 50 + 60).flat_map(cast).collect();
            changes.extend((batch * 50..batch * 50 + 10).map(rename));
            changes.extend((batch * 50 + 5..batch * 50 + 8).map(delete));
            changes
        })
        .collect()
}

fn mark(batch: usize) -> Mark {
    let n = batch as u64;
    Mark { offset: n * 1000, line: n * 60, accepted: n * 57, rejected: n, deleted: n * 3, rejects_len: n * 20 }
}

fn content(store: &Store) -> Vec<Vec<String>> {
    let on = store.registry_connection().unwrap();
    ["record", "portrait", "tally", "import"].map(|table| dump(&on, table)).into()
}

#[test]
fn an_import_killed_after_any_batch_ends_with_the_same_content() {
    let (_bed, straight) = Bed::new();
    let (mut session, at) = ImportSession::begin(&straight, [7; 32]).unwrap();
    assert_eq!(at, None);
    for (done, batch) in batches().iter().enumerate() {
        session.apply(batch, &mark(done + 1)).unwrap();
    }
    session.finish().unwrap();
    let expected = content(&straight);

    let (bed, mut store) = Bed::new();
    for (done, batch) in batches().iter().enumerate() {
        let (mut session, at) = ImportSession::begin(&store, [7; 32]).unwrap();
        assert_eq!(at, (done > 0).then(|| mark(done)));
        session.apply(batch, &mark(done + 1)).unwrap();
        // Killed: nothing is finished, the process begins anew.
        drop((session, store));
        store = bed.open().unwrap();
    }
    let (session, at) = ImportSession::begin(&store, [7; 32]).unwrap();
    assert_eq!(at, Some(mark(10)));
    assert_eq!(session.finish().unwrap(), mark(10));
    assert_eq!(content(&store), expected);
}

#[test]
fn a_batch_that_is_not_committed_leaves_no_trace() {
    let (bed, store) = Bed::new();
    let (mut session, _) = ImportSession::begin(&store, [7; 32]).unwrap();
    session.apply(&cast(1), &mark(1)).unwrap();
    let before = content(&store);
    bed.tamper(
        "registry.db",
        "CREATE TRIGGER fail BEFORE UPDATE ON import BEGIN SELECT raise(ABORT, 'disk full'); END",
    );
    assert!(matches!(session.apply(&cast(2), &mark(2)), Err(StoreError::Database(_))));
    assert_eq!(content(&store), before);
    bed.tamper("registry.db", "DROP TRIGGER fail");
    session.apply(&cast(2), &mark(2)).unwrap();
}

#[test]
fn a_finished_import_begins_anew_and_another_source_is_another_import() {
    let (_bed, store) = Bed::new();
    let (mut session, _) = ImportSession::begin(&store, [7; 32]).unwrap();
    session.apply(&cast(1), &mark(1)).unwrap();
    assert_eq!(ImportSession::begin(&store, [8; 32]).unwrap().1, None);
    session.finish().unwrap();
    assert_eq!(ImportSession::begin(&store, [7; 32]).unwrap().1, None);
}

#[test]
fn two_imports_of_one_source_do_not_mix() {
    let (_bed, store) = Bed::new();
    let (mut one, _) = ImportSession::begin(&store, [7; 32]).unwrap();
    let (mut other, _) = ImportSession::begin(&store, [7; 32]).unwrap();
    one.apply(&cast(1), &mark(1)).unwrap();
    assert!(matches!(other.apply(&cast(2), &mark(1)), Err(StoreError::ImportRaced)));
}

#[test]
fn a_batch_says_what_it_did() {
    let (_bed, store) = Bed::new();
    let delete = |n| Change::Delete { kind: RecordKind::Resident, number: Number::new(resident(n).expose()) };
    store.put_records(&cast(1)).unwrap();
    let changes: Vec<Change> = cast(1).into_iter().take(1).chain(cast(2).into_iter().take(1)).collect();
    let applied = store.put_records(&changes).unwrap();
    assert_eq!(applied, Applied { inserted: 1, replaced: 1, ..Applied::default() });
    let applied = store.put_records(&[delete(1), delete(9)]).unwrap();
    assert_eq!(applied, Applied { deleted: 1, absent: 1, ..Applied::default() });
}

#[test]
fn templates_of_other_networks_are_counted_and_found_by_number() {
    let (_bed, store) = Bed::new();
    let (mut session, _) = ImportSession::begin(&store, [8; 32]).unwrap();
    let upsert = |n: u32| Change::Upsert(Record::Resident { id: resident(n), name: name(n) });
    let made = |n: u32, maker| Change::Portrait {
        id: resident(n),
        template: Template::new(vec![7; 64]).made_by(maker),
        photo: Photo::LetGo,
    };
    let unsaid = Change::Portrait { id: resident(3), template: Template::new(vec![7; 64]), photo: Photo::LetGo };
    let (new, old) = ([1; 16], [2; 16]);
    let changes = [upsert(1), made(1, new), upsert(2), made(2, old), upsert(3), unsaid, upsert(4)];
    session.apply(&changes, &mark(1)).unwrap();
    let stats = store.stats().unwrap();
    assert_eq!((stats.portraits, stats.made_by_others(new), stats.made_by_others(old)), (3, 2, 2));
    let by_another = |n| store.registry().is_made_by_another(&resident(n), new).unwrap();
    assert_eq!([1, 2, 3, 4, 5].map(by_another), [false, true, true, false, false]);
    session.apply(&[made(2, new), made(3, new)], &mark(2)).unwrap();
    assert_eq!(store.stats().unwrap().made_by_others(new), 0);
    assert_eq!([1, 2, 3].map(by_another), [false; 3]);
}

#[test]
fn a_portrait_goes_in_with_its_record_whatever_else_is_in_the_batch() {
    let (_bed, store) = Bed::new();
    let (mut session, _) = ImportSession::begin(&store, [7; 32]).unwrap();
    let portrait =
        |n: u32| Change::Portrait { id: resident(n), template: Template::new(vec![7; 64]), photo: Photo::LetGo };
    let upsert = |n: u32| Change::Upsert(Record::Resident { id: resident(n), name: name(n) });
    let delete = |n: u32| Change::Delete { kind: RecordKind::Resident, number: Number::new(resident(n).expose()) };
    let applied = session.apply(&[upsert(1), portrait(1), portrait(2), upsert(3), portrait(3)], &mark(1)).unwrap();
    assert_eq!((applied.inserted, applied.portraits), (2, 2), "nobody has the second number");
    let asked = |n| Claim::Resident { id: resident(n), name: name(n), portrait: Some(vec![0xFF]) };
    let found = |n| match store.registry().look_up(&asked(n)).unwrap() {
        Finding::Record { portrait, .. } => portrait,
        Finding::NoRecord => None,
    };
    assert_eq!((found(1), found(3)), (Some(vec![7; 64]), Some(vec![7; 64])));
    session.apply(&[delete(1), upsert(3)], &mark(2)).unwrap();
    assert_eq!((found(1), found(3)), (None, Some(vec![7; 64])));
    assert_eq!(store.stats().unwrap().portraits, 1);
}

use proptest::prelude::*;
use shiming_core::{Change, Record, RecordKind, record::Number};

use super::*;
use crate::{
    Store,
    contract::{self, cast, mobile, name, resident},
    testing::Bed,
};

fn two(n: u32) -> Claim {
    Claim::Resident { id: resident(n), name: name(n), portrait: None }
}

fn with_portrait(n: u32, m: u32) -> Claim {
    Claim::Resident { id: resident(n), name: name(m), portrait: Some(vec![0xFF]) }
}

fn portrait_of(store: &Store, claim: &Claim) -> Option<Vec<u8>> {
    match store.registry().look_up(claim).unwrap() {
        Finding::Record { portrait, .. } => portrait,
        Finding::NoRecord => panic!("no record"),
    }
}

#[test]
fn the_contract_holds() {
    for check in [contract::claims_are_answered_element_by_element, contract::the_later_change_counts] {
        let (_bed, store) = Bed::new();
        check(&*store.registry(), &|changes| {
            store.put_records(changes).unwrap();
        });
    }
}

#[test]
fn a_portrait_is_given_only_with_a_claim_that_is_right_so_far() {
    let (_bed, store) = Bed::new();
    store.put_records(&cast(1)).unwrap();
    let id = resident(1);
    let key = RecordKey { kind: RecordKind::Resident, number: id.expose() };
    assert_eq!(portrait_of(&store, &with_portrait(1, 1)), None);
    assert!(store.put_portrait(key, b"template").unwrap());
    assert_eq!(portrait_of(&store, &with_portrait(1, 1)), Some(b"template".to_vec()));
    assert_eq!(portrait_of(&store, &two(1)), None, "nobody asked for it");
    assert_eq!(portrait_of(&store, &with_portrait(1, 2)), None, "the name differs");
    assert_eq!(store.stats().unwrap().portraits, 1);

    store.put_records(&cast(1)).unwrap();
    assert!(portrait_of(&store, &with_portrait(1, 1)).is_some(), "an upsert keeps it");
    let number = Number::new(resident(1).expose());
    store.put_records(&[Change::Delete { kind: RecordKind::Resident, number }]).unwrap();
    assert_eq!(store.stats().unwrap().portraits, 0, "a deletion takes it along");
    assert!(!store.put_portrait(key, b"template").unwrap(), "there is no record");
}

#[test]
fn a_portrait_under_another_number_does_not_open() {
    let (bed, store) = Bed::new();
    store.put_records(&[cast(1), cast(2)].into_iter().flatten().collect::<Vec<_>>()).unwrap();
    for n in [1, 2] {
        let id = resident(n);
        store.put_portrait(RecordKey { kind: RecordKind::Resident, number: id.expose() }, &[1; 64]).unwrap();
    }
    bed.tamper("registry.db", "UPDATE portrait SET sealed = (SELECT sealed FROM portrait LIMIT 1)");
    let opened = [1, 2].map(|n| store.registry().look_up(&with_portrait(n, n)));
    assert_eq!(opened.iter().filter(|found| found.is_ok()).count(), 1);
    assert!(opened.iter().any(|found| matches!(found, Err(StoreError::Damaged { table: "portrait", .. }))));
}

#[test]
fn a_damaged_row_is_an_error_with_table_and_row_and_never_a_mismatch() {
    for (damage, what) in [
        ("tags = substr(tags, 1, 10)", "its tags are cut or repeated"),
        ("tags = CAST(tags || tags AS BLOB)", "its tags are cut or repeated"),
        ("tags = x'FF00000000000000000000000000000000'", "its tags are cut or repeated"),
        ("kind = 9", "its kind is not the one it is sealed under"),
    ] {
        let (bed, store) = Bed::new();
        store.put_records(&cast(1)).unwrap();
        bed.tamper("registry.db", &format!("UPDATE record SET {damage}"));
        let error = store.registry().look_up(&two(1)).unwrap_err();
        let id = resident(1);
        let key = RecordKey { kind: RecordKind::Resident, number: id.expose() };
        let row = crate::seal::hex(&store.registry().sealer().row_key(key));
        assert_eq!(error.to_string(), format!("table `record`, row {row}: {what}"));
        let down = contract::block_on(store.registry().ask(&two(1))).unwrap_err();
        assert!(std::error::Error::source(&down).unwrap().to_string().contains("record"));
    }
}

#[test]
fn a_stale_recipe_matches_still_and_never_says_mismatch() {
    let (bed, store) = Bed::new();
    store.put_records(&cast(1)).unwrap();
    bed.tamper("registry.db", "UPDATE record SET recipe = 0; UPDATE tally SET recipe = 0");
    assert!(matches!(store.registry().look_up(&two(1)), Ok(Finding::Record { differing, .. }) if differing.is_empty()));
    let other = Claim::Resident { id: resident(1), name: name(2), portrait: None };
    assert!(matches!(store.registry().look_up(&other), Err(StoreError::StaleRecipe { found: 0, .. })));
    assert_eq!(store.stats().unwrap().stale, 4);
    store.put_records(&cast(1)).unwrap();
    assert_eq!(store.stats().unwrap().stale, 0);
}

#[test]
fn statistics_count_by_kind() {
    let (_bed, store) = Bed::new();
    assert_eq!(store.stats().unwrap().rows.values().sum::<u64>(), 0);
    for n in 0..5 {
        store.put_records(&cast(n)).unwrap();
    }
    let stats = store.stats().unwrap();
    let counts: Vec<u64> = RecordKind::ALL.map(|kind| stats.rows[&kind]).into();
    assert_eq!(counts, [5, 5, 5, 1], "one company, put five times");
    assert_eq!(stats.last_import, None);
    let (session, _) = crate::ImportSession::begin(&store, [1; 32]).unwrap();
    session.finish().unwrap();
    let last = store.stats().unwrap().last_import.unwrap();
    assert_eq!((last.started, last.finished), (contract::NOW, Some(contract::NOW)));
}

#[test]
fn equal_values_of_two_people_have_different_tags() {
    let (_bed, store) = Bed::new();
    let registry = store.registry();
    let record = |n| Record::Mobile { mobile: mobile(n), name: name(7), id: resident(7) };
    let (one, other) = (registry.sealer().tags(&record(1)), registry.sealer().tags(&record(2)));
    assert_eq!(one.len(), 2 * Tags::ONE);
    for (a, b) in one.chunks(Tags::ONE).zip(other.chunks(Tags::ONE)) {
        assert_eq!(a[0], b[0]);
        assert_ne!(a[1..], b[1..]);
    }
}

#[test]
fn more_threads_than_connections_all_get_their_answers() {
    let (bed, store) = Bed::new();
    store.put_records(&(0..50).flat_map(cast).collect::<Vec<_>>()).unwrap();
    drop(store);
    let mut options = bed.options();
    options.readers = 2;
    let store = Store::open(&bed.data(), &bed.keys, options).unwrap();
    let registry = store.registry();
    std::thread::scope(|scope| {
        for _ in 0..8 {
            scope.spawn(|| {
                for n in 0..50 {
                    let found = registry.look_up(&two(n)).unwrap();
                    assert!(matches!(found, Finding::Record { differing, .. } if differing.is_empty()));
                }
            });
        }
    });
}

proptest! {
    #[test]
    fn no_tags_panic(bytes: Vec<u8>) {
        if let Some(tags) = Tags::read(&bytes) {
            prop_assert_eq!(bytes.len() % Tags::ONE, 0);
            for element in Element::ALL {
                let _ = tags.of(element);
            }
        }
    }
}

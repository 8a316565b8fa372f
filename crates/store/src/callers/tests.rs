use std::collections::BTreeMap;

use secrecy::{ExposeSecret, SecretString};
use shiming_core::{Caller, CallerState, Callers};

use crate::{KeyError, MasterKeys, StoreError, contract, contract::counting_random, testing::Bed};

fn caller(key_id: &str, secret: &str) -> Caller {
    Caller {
        door: "jdcloud".into(),
        key_id: key_id.into(),
        label: "trial".into(),
        state: CallerState::Enabled,
        secrets: BTreeMap::from([("secret".into(), SecretString::from(secret))]),
        settings: BTreeMap::new(),
    }
}

fn secret(store: &crate::Store, key_id: &str) -> String {
    let all = store.callers().all().unwrap();
    all.iter().find(|c| c.key_id == key_id).unwrap().secrets["secret"].expose_secret().to_owned()
}

#[test]
fn the_contract_holds() {
    let (_bed, store) = Bed::new();
    contract::callers_are_given_back_as_they_were(&*store.callers());
}

#[test]
fn a_change_by_another_process_moves_the_revision() {
    let (bed, store) = Bed::new();
    let other = bed.open().unwrap();
    let before = store.callers().revision().unwrap();
    other.callers().put(&caller("AK-1", "one")).unwrap();
    assert!(store.callers().revision().unwrap() > before);
    assert_eq!(secret(&store, "AK-1"), "one");
}

#[test]
fn rotating_replaces_a_secret_and_knows_no_strangers() {
    let (_bed, store) = Bed::new();
    store.callers().put(&caller("AK-1", "one")).unwrap();
    let new = BTreeMap::from([("secret".to_owned(), SecretString::from("two"))]);
    assert!(store.callers().rotate("jdcloud", "AK-1", &new).unwrap());
    assert_eq!(secret(&store, "AK-1"), "two");
    assert!(!store.callers().rotate("jdcloud", "AK-2", &new).unwrap());
    assert_eq!(store.callers().list().unwrap().len(), 1);
}

#[test]
fn a_list_unwraps_nothing_and_shows_nothing() {
    let (bed, store) = Bed::new();
    store.callers().put(&caller("AK-1", "s3cret")).unwrap();
    bed.tamper("shiming.db", "UPDATE caller_secret SET sealed = x'00'");
    let list = store.callers().list().unwrap();
    assert_eq!(list[0].secrets.keys().collect::<Vec<_>>(), ["secret"]);
    assert!(!format!("{list:?}").contains("s3cret"));
    let error = store.callers().all().unwrap_err();
    assert_eq!(
        error.to_string(),
        "table `caller_secret`, row jdcloud|AK-1|secret: does not open: it was changed or moved"
    );
}

#[test]
fn a_secret_moved_to_another_caller_does_not_open() {
    let (bed, store) = Bed::new();
    store.callers().put(&caller("AK-1", "one")).unwrap();
    store.callers().put(&caller("AK-2", "two")).unwrap();
    bed.tamper(
        "shiming.db",
        "UPDATE caller_secret SET sealed = (SELECT sealed FROM caller_secret WHERE key_id = 'AK-1')
         WHERE key_id = 'AK-2'",
    );
    assert!(matches!(store.callers().all(), Err(StoreError::Damaged { table: "caller_secret", .. })));
}

#[test]
fn keys_are_rotated_while_the_store_is_open() {
    let (mut bed, store) = Bed::new();
    store.callers().put(&caller("AK-1", "one")).unwrap();
    let server = bed.open().unwrap();
    let both = bed.keys.with_new(&*counting_random(5)).unwrap();
    server.use_keys(&both).unwrap();

    assert_eq!(store.rewrap(&both).unwrap(), 6, "five keys and a secret");
    assert_eq!(store.rewrap(&both).unwrap(), 0);
    assert_eq!((secret(&store, "AK-1"), secret(&server, "AK-1")), ("one".into(), "one".into()));

    let text = both.expose();
    let new = MasterKeys::from_text(text.lines().next().unwrap()).unwrap();
    assert!(matches!(bed.open().unwrap_err(), StoreError::Key(KeyError::Unknown(_))));
    bed.keys = new;
    assert_eq!(secret(&bed.open().unwrap(), "AK-1"), "one");
}

#[test]
fn a_rotation_that_fails_leaves_everything_as_it_was() {
    let (bed, store) = Bed::new();
    store.callers().put(&caller("AK-1", "one")).unwrap();
    bed.tamper("shiming.db", "UPDATE caller_secret SET sealed = x'00'");
    let both = bed.keys.with_new(&*counting_random(5)).unwrap();
    assert!(matches!(store.rewrap(&both), Err(StoreError::Damaged { table: "caller_secret", .. })));
    bed.open().unwrap();
}

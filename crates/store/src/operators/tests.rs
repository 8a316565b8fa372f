use secrecy::SecretString;
use shiming_core::{Operators, Role, UnixTime};

use crate::{Store, contract::NOW, testing::Bed};

const LATER: UnixTime = NOW.plus_millis(60_000);

fn key(text: &str) -> SecretString {
    SecretString::from(format!("key-of-{text}"))
}

fn add(store: &Store, name: &str, role: Role) -> bool {
    store.operators().add(name, role, &key(name), NOW).unwrap()
}

/// The name and state behind a key.
fn behind(store: &Store, text: &str) -> Option<(String, bool)> {
    let found = store.operators().by_key(text).unwrap();
    found.map(|operator| (operator.name, operator.enabled))
}

#[test]
fn a_key_leads_to_its_operator_and_no_other_does() {
    let (_bed, store) = Bed::new();
    for (name, role) in [("wang", Role::Reviewer), ("li", Role::Admin)] {
        assert!(add(&store, name, role));
    }
    assert_eq!(behind(&store, "key-of-wang"), Some(("wang".into(), true)));
    assert_eq!(behind(&store, "key-of-li"), Some(("li".into(), true)));
    for wrong in ["", "key-of-", "key-of-wan", "key-of-wang ", "key-of-zhao"] {
        assert_eq!(behind(&store, wrong), None, "{wrong}");
    }
    let all = store.operators().all().unwrap();
    assert_eq!(
        all.iter().map(|one| (one.name.as_str(), one.role)).collect::<Vec<_>>(),
        [("li", Role::Admin), ("wang", Role::Reviewer)]
    );
}

#[test]
fn a_name_is_given_once_even_after_it_was_disabled() {
    let (_bed, store) = Bed::new();
    assert!(add(&store, "wang", Role::Viewer));
    assert!(store.operators().set_enabled("wang", false).unwrap());
    assert!(!store.operators().add("wang", Role::Admin, &key("another"), LATER).unwrap());
    assert_eq!(behind(&store, "key-of-another"), None);
    assert_eq!(behind(&store, "key-of-wang"), Some(("wang".into(), false)));
    assert!(store.operators().set_enabled("wang", true).unwrap());
    assert_eq!(behind(&store, "key-of-wang"), Some(("wang".into(), true)));
    assert!(!store.operators().set_enabled("nobody", true).unwrap());
}

#[test]
fn a_rotated_key_is_gone_and_another_process_sees_it() {
    let (bed, store) = Bed::new();
    add(&store, "wang", Role::Viewer);
    let other = bed.open().unwrap();
    assert!(other.operators().rotate("wang", &key("new"), LATER).unwrap());
    assert!(!other.operators().rotate("nobody", &key("newer"), LATER).unwrap());
    assert_eq!((behind(&store, "key-of-wang"), behind(&store, "key-of-new")), (None, Some(("wang".into(), true))));
    let all = store.operators().all().unwrap();
    assert_eq!((all[0].added, all[0].keyed), (NOW, LATER));
}

#[test]
fn a_role_changes_and_the_key_stays() {
    let (_bed, store) = Bed::new();
    add(&store, "wang", Role::Viewer);
    assert!(store.operators().set_role("wang", Role::Admin).unwrap());
    assert!(!store.operators().set_role("nobody", Role::Admin).unwrap());
    assert_eq!(store.operators().by_key("key-of-wang").unwrap().unwrap().role, Role::Admin);
}

#[test]
fn no_file_holds_a_key_and_one_that_was_put_there_opens_nothing() {
    let (bed, store) = Bed::new();
    add(&store, "wang", Role::Admin);
    drop(store);
    assert!(bed.bytes().iter().all(|(_, bytes)| !bytes.windows(11).any(|window| window == b"key-of-wang")));
    // Without the ledger's key nobody makes a hash that fits.
    bed.tamper("shiming.db", "UPDATE operator SET key = x'00112233445566778899aabbccddeeff'");
    assert_eq!(behind(&bed.open().unwrap(), "key-of-wang"), None);
}

#[test]
fn keys_are_taken_after_a_restart() {
    let (bed, store) = Bed::new();
    add(&store, "wang", Role::Admin);
    drop(store);
    assert_eq!(behind(&bed.open().unwrap(), "key-of-wang"), Some(("wang".into(), true)));
}

#[test]
fn a_row_that_was_not_written_here_is_damaged() {
    for (change, what) in [("role = 9", "there is no such role"), ("enabled = 2", "its state is neither 0 nor 1")] {
        let (bed, store) = Bed::new();
        add(&store, "wang", Role::Viewer);
        bed.tamper("shiming.db", &format!("UPDATE operator SET {change}"));
        let error = store.operators().all().unwrap_err();
        let cause = std::error::Error::source(&error).unwrap().to_string();
        assert_eq!(cause, format!("table `operator`, row wang: {what}"));
        assert_eq!(error.to_string(), "the store of operators failed");
    }
}

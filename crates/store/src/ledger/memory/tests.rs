use std::collections::HashSet;

use super::*;
use crate::{
    contract::{NOW, block_on, entry, spend},
    testing::Bed,
};
use shiming_core::{Again, Committed, Ledger, Spend};

/// The tables that the memory works on.
fn tables() -> Connection {
    let on = Connection::open_in_memory().unwrap();
    on.execute_batch(concat!(
        include_str!("../../migrations/shiming-0001.sql"),
        include_str!("../../migrations/shiming-0002.sql")
    ))
    .unwrap();
    on
}

/// A key that stands in no order, like a hash.
fn key(n: u32) -> Key {
    let mut key = [0; 16];
    key[..4].copy_from_slice(&n.wrapping_mul(2_654_435_761).to_be_bytes());
    key
}

fn table(on: &Connection) -> HashSet<i64> {
    let mut select = on.prepare("SELECT seq FROM spent").unwrap();
    select.query_map([], |row| row.get(0)).unwrap().map(Result::unwrap).collect()
}

/// Adds what is spent until the given times, from entry `first` on.
fn add(memory: &mut Memory, first: u32, untils: &[i64]) {
    for (n, until) in (first..).zip(untils) {
        memory.add(i64::from(n), Some((key(n), *until)));
    }
}

/// Settles all that is gathered, so many at a time.
fn settle_all(memory: &mut Memory, on: &Connection, step: usize, over: i64) -> i64 {
    memory.gather(1, over);
    loop {
        if let Some(through) = memory.settle_gathered(on, step, over).unwrap() {
            return through;
        }
    }
}

#[test]
fn what_was_spent_is_known_before_while_and_after_it_is_settled() {
    let (on, mut memory) = (tables(), Memory::behind(0));
    let all_known = |memory: &Memory| {
        (1..=1000).all(|n| memory.first_use(&on, &key(n)).unwrap() == Some(i64::from(n)))
            && memory.first_use(&on, &key(1001)).unwrap().is_none()
    };
    add(&mut memory, 1, &[9; 1000]);
    assert!(all_known(&memory));
    memory.gather(1000, 5);
    while memory.settle_gathered(&on, 37, 5).unwrap().is_none() {
        assert!(all_known(&memory));
    }
    assert!(all_known(&memory));
    assert_eq!(table(&on).len(), 1000);
}

#[test]
fn settling_says_through_which_entry_all_is_in_the_table() {
    let (on, mut memory) = (tables(), Memory::behind(0));
    add(&mut memory, 1, &[9; 10]);
    memory.gather(10, 5);
    add(&mut memory, 11, &[9; 5]);
    assert_eq!(settle_all(&mut memory, &on, 3, 5), 10, "those that came meanwhile are not among them");
    assert_eq!(settle_all(&mut memory, &on, 3, 5), 15);
}

#[test]
fn what_is_over_is_forgotten_on_the_way_and_nothing_else() {
    const TURN: i64 = FORGETTING;
    let (on, mut memory) = (tables(), Memory::behind(0));
    // Every third can be used until 100, the others until 10.
    let untils: Vec<i64> = (0..300).map(|n| if n % 3 == 0 { 100 * TURN } else { 10 * TURN }).collect();
    add(&mut memory, 1, &untils);
    settle_all(&mut memory, &on, 50, 5 * TURN);
    assert_eq!(table(&on).len(), 300);

    add(&mut memory, 301, &[100 * TURN; 20]);
    settle_all(&mut memory, &on, 7, 10 * TURN);
    assert_eq!(table(&on).len(), 320, "over at 10 means: still valid at 10");

    add(&mut memory, 321, &[100 * TURN; 20]);
    settle_all(&mut memory, &on, 7, 11 * TURN);
    let left = table(&on);
    assert_eq!(left.len(), 140);
    assert!((1..=340).all(|n: i64| left.contains(&n) == (n > 300 || (n - 1) % 3 == 0)));
}

#[test]
fn what_is_over_is_looked_for_once_in_a_while() {
    let (on, mut memory) = (tables(), Memory::behind(0));
    add(&mut memory, 1, &[10]);
    settle_all(&mut memory, &on, 1, 5);
    add(&mut memory, 2, &[2 * FORGETTING]);
    settle_all(&mut memory, &on, 1, 11);
    assert_eq!(table(&on).len(), 2, "the last walk was a moment ago");
    add(&mut memory, 3, &[2 * FORGETTING]);
    settle_all(&mut memory, &on, 1, 5 + FORGETTING);
    assert_eq!(table(&on), HashSet::from([2, 3]));
}

#[test]
fn what_is_over_before_it_is_settled_never_reaches_the_table() {
    let (on, mut memory) = (tables(), Memory::behind(0));
    add(&mut memory, 1, &[3, 9]);
    settle_all(&mut memory, &on, 10, 5);
    assert_eq!(table(&on), HashSet::from([2]));
}

#[test]
fn a_busy_ledger_settles_as_it_goes_and_remembers_everything_over_a_restart() {
    const COMMITS: u64 = GATHERED as u64 + 4000;
    let (bed, store) = Bed::new();
    let spend = |n| Some(Spend { until: NOW.plus_millis(60_000), ..spend(n, Again::Refuse) });
    let ledger = store.ledger();
    std::thread::scope(|scope| {
        for thread in 0..64 {
            let ledger = &ledger;
            scope.spawn(move || {
                for n in (thread..COMMITS).step_by(64) {
                    assert!(matches!(block_on(ledger.commit(entry(n), spend(n))).unwrap(), Committed::New(_)));
                }
            });
        }
    });
    drop((ledger, store));
    let store = bed.open().unwrap();
    let on = Connection::open(bed.data().join("shiming.db")).unwrap();
    assert!(!table(&on).is_empty(), "some of it was settled");
    for n in (0..COMMITS).step_by(97) {
        assert_eq!(block_on(store.ledger().commit(entry(n), spend(n))).unwrap(), Committed::Replayed, "{n}");
    }
}

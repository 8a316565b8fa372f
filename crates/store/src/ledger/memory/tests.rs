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
    for step in crate::db::SHIMING.steps {
        on.execute_batch(step).unwrap();
    }
    on
}

fn empty(on: &Connection) -> Memory {
    Memory::behind(on, 0).unwrap()
}

/// A key that stands in no order, like a hash.
fn key(n: u32) -> Key {
    let mut key = [0; 16];
    key[..4].copy_from_slice(&n.wrapping_mul(2_654_435_761).to_be_bytes());
    key
}

/// The entries whose spends stand in runs.
fn in_runs(on: &Connection) -> HashSet<i64> {
    let mut select = on.prepare("SELECT spends FROM spent_part").unwrap();
    let parts: Vec<Vec<u8>> = select.query_map([], |row| row.get(0)).unwrap().map(Result::unwrap).collect();
    let entries = parts.iter().flat_map(|part| part[part.len() / 3 * 2..].chunks(8));
    entries.map(|entry| i64::from_be_bytes(entry.try_into().unwrap())).collect()
}

/// Adds what is spent until the given times, from entry `first` on.
fn add(memory: &mut Memory, first: u32, untils: &[i64]) {
    for (n, until) in (first..).zip(untils) {
        memory.add(i64::from(n), Some((key(n), *until)));
    }
}

/// Settles all that is gathered, so many at a time.
fn settle_all(memory: &mut Memory, on: &Connection, step: usize, over: i64) -> i64 {
    memory.gather(on, 1, over).unwrap();
    loop {
        if let Some(through) = memory.settle_gathered(on, step, over).unwrap() {
            return through;
        }
    }
}

/// Which of the entries up to `last` are known by what they spent.
fn known(memory: &Memory, on: &Connection, last: u32) -> Vec<u32> {
    (1..=last)
        .filter(|n| {
            let first = memory.first_use(on, &key(*n)).unwrap();
            assert!(first.is_none_or(|first| first == i64::from(*n)));
            first.is_some()
        })
        .collect()
}

#[test]
fn what_was_spent_is_known_before_while_and_after_it_is_settled() {
    let on = tables();
    let mut memory = empty(&on);
    let all: Vec<u32> = (1..=1000).collect();
    add(&mut memory, 1, &[9; 1000]);
    assert_eq!(known(&memory, &on, 1500), all);
    memory.gather(&on, 1000, 5).unwrap();
    while memory.settle_gathered(&on, 37, 5).unwrap().is_none() {
        assert_eq!(known(&memory, &on, 1500), all);
    }
    assert_eq!(known(&memory, &on, 1500), all);
    assert_eq!(in_runs(&on).len(), 1000);
    assert_eq!(known(&Memory::behind(&on, 1000).unwrap(), &on, 1500), all, "by what the tables have");
}

#[test]
fn every_run_is_asked() {
    let on = tables();
    let mut memory = empty(&on);
    for first in (1..900).step_by(100) {
        add(&mut memory, first, &[9; 100]);
        settle_all(&mut memory, &on, 64, 5);
    }
    assert_eq!(memory.runs.len(), 9);
    assert_eq!(known(&memory, &on, 1500), (1..=900).collect::<Vec<_>>());
}

#[test]
fn settling_takes_whole_parts_and_never_more_than_is_due() {
    let on = tables();
    let mut memory = empty(&on);
    add(&mut memory, 1, &[9; 1000]);
    memory.gather(&on, 1000, 5).unwrap();
    let mut settled = Vec::new();
    while memory.settle_gathered(&on, 100, 5).unwrap().is_none() {
        settled.push(in_runs(&on).len());
    }
    assert_eq!(settled, [0, 168, 168, 336, 336, 504, 672, 672, 840]);
}

#[test]
fn settling_says_through_which_entry_all_is_in_the_table() {
    let on = tables();
    let mut memory = empty(&on);
    add(&mut memory, 1, &[9; 10]);
    memory.gather(&on, 10, 5).unwrap();
    add(&mut memory, 11, &[9; 5]);
    assert_eq!(settle_all(&mut memory, &on, 3, 5), 10, "those that came meanwhile are not among them");
    assert_eq!(settle_all(&mut memory, &on, 3, 5), 15);
}

#[test]
fn a_run_is_forgotten_when_all_of_it_is_over_and_no_sooner() {
    let on = tables();
    let mut memory = empty(&on);
    add(&mut memory, 1, &[10; 300]);
    memory.add(301, Some((key(301), 20)));
    settle_all(&mut memory, &on, 500, 5);
    add(&mut memory, 302, &[30; 100]);
    settle_all(&mut memory, &on, 500, 11);
    assert_eq!(known(&memory, &on, 500), (1..=401).collect::<Vec<_>>(), "one of the first run is still valid");

    add(&mut memory, 402, &[30; 100]);
    settle_all(&mut memory, &on, 500, 21);
    while memory.forgets {
        memory.settle_gathered(&on, 0, 21).unwrap();
    }
    let left: Vec<u32> = (302..=501).collect();
    assert_eq!(known(&memory, &on, 600), left);
    assert_eq!(known(&Memory::behind(&on, 501).unwrap(), &on, 600), left);
    assert_eq!(in_runs(&on), (302..=501).collect());
    let rows: i64 = on.query_row("SELECT count(*) FROM spent_run", [], |row| row.get(0)).unwrap();
    assert_eq!(rows, 2);
}

#[test]
fn forgetting_takes_a_few_parts_at_a_time() {
    let on = tables();
    let mut memory = empty(&on);
    add(&mut memory, 1, &vec![10; 168 * 80]);
    settle_all(&mut memory, &on, 168 * 80, 5);
    let parts = || on.query_row("SELECT count(*) FROM spent_part", [], |row| row.get::<_, i64>(0)).unwrap();
    let mut left = vec![parts()];
    while run::forget_some(&on, 11).unwrap() {
        left.push(parts());
    }
    assert_eq!(left, [80, 48, 16, 0, 0], "and the last took the run itself");
}

#[test]
fn what_is_over_before_it_is_settled_never_reaches_the_table() {
    let on = tables();
    let mut memory = empty(&on);
    add(&mut memory, 1, &[3, 9]);
    settle_all(&mut memory, &on, 10, 5);
    assert_eq!(in_runs(&on), HashSet::from([2]));
    add(&mut memory, 3, &[3; 4]);
    assert_eq!(settle_all(&mut memory, &on, 10, 5), 6);
    assert_eq!(in_runs(&on), HashSet::from([2]));
}

#[test]
fn a_run_that_a_process_left_half_written_counts_for_nothing_and_is_forgotten_in_time() {
    let on = tables();
    let mut gone = empty(&on);
    add(&mut gone, 1, &[9; 1000]);
    gone.gather(&on, 1, 5).unwrap();
    assert!(gone.settle_gathered(&on, 500, 5).unwrap().is_none());
    drop(gone);
    assert_eq!(in_runs(&on).len(), 336);

    let mut memory = empty(&on);
    assert!(memory.runs.is_empty());
    add(&mut memory, 1, &[9; 1000]);
    settle_all(&mut memory, &on, 1000, 5);
    assert_eq!(known(&memory, &on, 1500), (1..=1000).collect::<Vec<_>>());
    while run::forget_some(&on, 10).unwrap() {}
    assert!(in_runs(&on).is_empty());
}

#[test]
fn a_run_that_another_process_forgets_while_it_is_written_is_in_nobodys_way() {
    let on = tables();
    let (mut slow, mut other) = (empty(&on), empty(&on));
    add(&mut slow, 1, &[9; 1000]);
    slow.gather(&on, 1, 5).unwrap();
    assert!(slow.settle_gathered(&on, 200, 5).unwrap().is_none());
    while run::forget_some(&on, 10).unwrap() {}
    add(&mut other, 2001, &[20; 1000]);
    settle_all(&mut other, &on, 1000, 10);
    while slow.settle_gathered(&on, 200, 10).unwrap().is_none() {}
    assert_eq!(known(&other, &on, 3500), (2001..=3000).collect::<Vec<_>>());
}

#[test]
fn what_was_spent_before_there_were_runs_is_known_until_it_is_over() {
    let on = tables();
    on.execute("INSERT INTO spent (key, seq, until) VALUES (?1, 1, 10)", [key(1)]).unwrap();
    let mut memory = empty(&on);
    memory.catch_up(&on, 0).unwrap();
    assert_eq!(known(&memory, &on, 5), [1]);
    memory.settle(&on, 1, 10).unwrap();
    assert_eq!(known(&memory, &on, 5), [1], "over at 10 means: still valid at 10");
    memory.forgets = true;
    memory.settle(&on, 1, 11).unwrap();
    memory.catch_up(&on, 0).unwrap();
    assert!(known(&memory, &on, 5).is_empty());
}

#[test]
fn the_filter_has_all_that_was_added_and_little_else() {
    let hash = |n: u32| -> Key {
        let digest = aws_lc_rs::digest::digest(&aws_lc_rs::digest::SHA256, &n.to_be_bytes());
        digest.as_ref()[..16].try_into().unwrap()
    };
    let mut filter = filter::Filter::with_room_for(20_000);
    (0..20_000).for_each(|n| filter.add(&hash(n)));
    assert!((0..20_000).all(|n| filter.may_have(&hash(n))));
    let wrongly = (20_000..120_000).filter(|n| filter.may_have(&hash(*n))).count();
    assert!(wrongly < 3_000, "{wrongly} of 100,000");
    let same = filter::Filter::from_bytes(filter.as_bytes().to_vec()).unwrap();
    assert!((0..20_000).all(|n| same.may_have(&hash(n))));
    assert!(filter::Filter::from_bytes(Vec::new()).is_none());
    assert!(filter::Filter::from_bytes(vec![0; 65]).is_none());
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
    assert!(!in_runs(&on).is_empty(), "some of it was settled");
    for n in (0..COMMITS).step_by(97) {
        assert_eq!(block_on(store.ledger().commit(entry(n), spend(n))).unwrap(), Committed::Replayed, "{n}");
    }
}

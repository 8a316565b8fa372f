//! How fast look-ups are; ignored, because it proves nothing.
//! `cargo test --release -p shiming-store registry::bench -- --ignored --nocapture`

#![expect(clippy::print_stdout, reason = "a measurement that prints")]

use std::{thread, time::Instant};

use rusqlite::params;
use shiming_core::{Claim, Finding};

use crate::{
    contract::{cast, counting_random, name, resident},
    testing::{Bed, on_core},
};

/// Fills up with rows of random keys, which cost as much as others and are quicker to make.
fn fill(on: &mut rusqlite::Connection, from: u64, to: u64) {
    let random = counting_random(from);
    let mut next = from;
    while next < to {
        let mut rows: Vec<[u8; 33]> = vec![[0; 33]; usize::try_from((to - next).min(500_000)).unwrap()];
        for row in &mut rows {
            random.fill(row).unwrap();
        }
        rows.sort_unstable();
        let transaction = on.transaction().unwrap();
        let mut insert = transaction.prepare_cached("INSERT OR IGNORE INTO record VALUES (?1, 1, 1, ?2)").unwrap();
        for row in &rows {
            insert.execute(params![&row[..16], &row[16..]]).unwrap();
        }
        drop(insert);
        transaction.commit().unwrap();
        next += rows.len() as u64;
    }
}

#[test]
#[ignore = "a measurement"]
fn look_ups_by_size() {
    const KNOWN: u32 = 100_000;
    const LOOK_UPS: usize = 200_000;
    let (_bed, store) = Bed::new();
    let mut writer = store.registry_connection().unwrap();
    let known: Vec<_> = (0..KNOWN).flat_map(|n| cast(n).into_iter().take(1)).collect();
    let claims: Vec<Claim> =
        (0..KNOWN).map(|n| Claim::Resident { id: resident(n), name: name(n), portrait: None }).collect();
    let registry = store.registry();
    let mut size = 0;
    for (rows, people) in [(10_000u64, 10_000usize), (1_000_000, 100_000), (10_000_000, 100_000)] {
        let began = Instant::now();
        store.put_records(&known[..people]).unwrap();
        fill(&mut writer, size, rows.saturating_sub(people as u64).max(size));
        size = rows;
        let filled = began.elapsed();
        for threads in [1usize, 2, 4] {
            let began = Instant::now();
            let on_core: u128 = thread::scope(|scope| {
                let look_up = |thread| {
                    let (registry, claims) = (&registry, &claims[..people]);
                    scope.spawn(move || {
                        let began = on_core();
                        // A stride that meets every claim in an order that helps no cache.
                        for n in 0..LOOK_UPS {
                            let found = registry.look_up(&claims[(n * 7919 + thread) % claims.len()]);
                            assert!(matches!(found, Ok(Finding::Record { differing, .. }) if differing.is_empty()));
                        }
                        on_core() - began
                    })
                };
                let handles: Vec<_> = (0..threads).map(look_up).collect();
                handles.into_iter().map(|handle| handle.join().unwrap()).sum()
            });
            let each = began.elapsed() / u32::try_from(LOOK_UPS).unwrap();
            let on_core = on_core / (LOOK_UPS * threads) as u128;
            println!("{rows:9} rows, {threads} threads: {each:?} a look-up in each thread, {on_core} ns on a core");
        }
        println!("{rows:9} rows filled in {filled:.1?}");
    }
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    for line in status.lines().filter(|line| line.starts_with("VmRSS") || line.starts_with("VmHWM")) {
        println!("{line}");
    }
}

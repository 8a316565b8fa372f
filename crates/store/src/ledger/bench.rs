//! How fast the ledger is; ignored, because it proves nothing. `cargo test --release -p shiming-store ledger::bench -- --ignored --nocapture`

#![expect(clippy::print_stdout, clippy::cast_precision_loss, reason = "a measurement that prints")]

use std::{thread, time::Instant};

use shiming_core::{Again, Ledger};

use crate::{
    contract::{block_on, entry, spend},
    testing::Bed,
};

#[test]
#[ignore = "a measurement"]
fn entries_a_second() {
    for threads in [1u64, 16, 64] {
        let (_bed, store) = Bed::new();
        let ledger = store.ledger();
        let each = 120_000 / threads.max(6);
        let began = Instant::now();
        let mut micros: Vec<u128> = thread::scope(|scope| {
            let handles: Vec<_> = (0..threads)
                .map(|thread| {
                    let ledger = &ledger;
                    scope.spawn(move || {
                        (0..each)
                            .map(|n| {
                                let n = thread << 32 | n;
                                let began = Instant::now();
                                block_on(ledger.commit(entry(n), Some(spend(n, Again::Refuse)))).unwrap();
                                began.elapsed().as_micros()
                            })
                            .collect::<Vec<_>>()
                    })
                })
                .collect();
            handles.into_iter().flat_map(|handle| handle.join().unwrap()).collect()
        });
        let seconds = began.elapsed().as_secs_f64();
        micros.sort_unstable();
        let at = |thousandth: usize| micros[(micros.len() - 1) * thousandth / 1000];
        println!(
            "{threads:3} waiting: {:8.0} entries/s; p50 {} p99 {} p99.9 {} max {} µs",
            micros.len() as f64 / seconds,
            at(500),
            at(990),
            at(999),
            at(1000)
        );
    }
}

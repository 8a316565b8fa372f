//! The whole call over loopback: pre-signed requests, a verdict from data, a durable ledger entry for each.

use std::{process::Command, sync::Arc};

use crate::{
    load::{self, Seen},
    program::{Demo, Running, Store, beside},
    requests::Stream,
};

#[derive(clap::Args)]
pub(crate) struct Arguments {
    /// Calls in all; memory is read after them.
    #[arg(long, default_value_t = 1_000_000)]
    calls: usize,
    /// Rounds: the two programs take turns, so that both meet the same noise.
    #[arg(long, default_value_t = 10)]
    rounds: usize,
    /// Connections at once.
    #[arg(long, default_value_t = 64)]
    connections: usize,
}

pub(crate) fn run(arguments: &Arguments) -> Result<(), Box<dyn std::error::Error>> {
    let data = tempfile::tempdir()?;
    let demo = Demo::start(&beside()?, &data.path().join("data"), Store::New)?;
    println!("signing {} requests …", arguments.calls);
    let stream = Arc::new(Stream::sign(arguments.calls, &demo.signer, |_| demo.body.clone()));
    let mut bare = Command::new(std::env::current_exe()?);
    let (bare_program, address) = Running::start(bare.args(["bare", "--size", "430"]))?;
    let bare = address.trim().parse()?;

    println!(
        "{:>5}  {:>12} {:>9} {:>9}   {:>12} {:>9} {:>9}   {:>6} {:>6}",
        "round", "bare /s", "p50", "p99", "shiming /s", "p50", "p99", "rate", "p99"
    );
    let (mut rates, mut tails) = (Vec::new(), Vec::new());
    let share = stream.len() / arguments.rounds.max(1);
    for round in 0..arguments.rounds {
        let numbers = round * share..(round + 1) * share;
        let plain = load::run(bare, &stream, numbers.clone(), arguments.connections)?;
        let ours = load::run(demo.door, &stream, numbers, arguments.connections)?;
        if ours.refused + plain.refused > 0 {
            return Err(format!("{} calls were not answered with 200", ours.refused + plain.refused).into());
        }
        let rate = ours.rate() / plain.rate();
        let tail = ours.within(0.99).as_secs_f64() / plain.within(0.99).as_secs_f64();
        println!("{:>5}  {}   {}   {rate:>6.2} {tail:>6.2}", round + 1, figures(&plain), figures(&ours));
        rates.push(rate);
        tails.push(tail);
    }
    let calls = (share * arguments.rounds) as f64;
    let (plain, ours) = (bare_program.cpu_micros()? / calls, demo.running.cpu_micros()? / calls);
    let (peak, now) = demo.running.memory()?;
    println!("processor time per call: bare {plain:.1} µs, shiming {ours:.1} µs");
    println!("throughput against bare: median {:.2} (to reach: at least 0.5)", median(rates));
    println!("p99 against bare:        median {:.2} (to reach: at most 4)", median(tails));
    println!(
        "resident memory after {} calls: {now} MiB, peak {peak} MiB (to reach: under 100 MB)",
        share * arguments.rounds
    );
    Ok(())
}

fn figures(seen: &Seen) -> String {
    let micros = |share| seen.within(share).as_micros();
    format!("{:>12.0} {:>6} µs {:>6} µs", seen.rate(), micros(0.5), micros(0.99))
}

pub(crate) fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    values.get(values.len() / 2).copied().unwrap_or(f64::NAN)
}

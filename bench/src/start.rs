//! Start to first answer on an existing store.

use std::{path::PathBuf, time::Instant};

use crate::{
    call::median,
    load,
    program::{Demo, Store, beside},
    requests::Stream,
};

#[derive(clap::Args)]
pub(crate) struct Arguments {
    /// How often to start.
    #[arg(long, default_value_t = 15)]
    times: usize,
    /// A demo's store to start on; by default one is made first, and its first start is not counted.
    #[arg(long)]
    data: Option<PathBuf>,
}

pub(crate) fn run(arguments: &Arguments) -> Result<(), Box<dyn std::error::Error>> {
    let scratch = tempfile::tempdir()?;
    let data = arguments.data.clone().unwrap_or_else(|| scratch.path().join("data"));
    if arguments.data.is_none() {
        drop(Demo::start(&beside()?, &data, Store::New)?);
    }
    let mut took = Vec::new();
    for _ in 0..arguments.times {
        let start = Instant::now();
        let demo = Demo::start(&beside()?, &data, Store::Kept)?;
        let stream = Stream::sign(1, &demo.signer, |_| demo.body.clone()).into();
        let seen = load::run(demo.door, &stream, 0..1, 1)?;
        took.push(start.elapsed().as_secs_f64() * 1000.0);
        if seen.refused > 0 {
            return Err("the first call was not answered with 200".into());
        }
    }
    println!("start to first answer: median {:.1} ms (to reach: under 100)", median(took));
    Ok(())
}

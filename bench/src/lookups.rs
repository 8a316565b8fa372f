//! The same look-up among few people and among many: what a claim costs at the registry, ledger and network left out.

use std::{
    hint::black_box,
    path::{Path, PathBuf},
    sync::Arc,
    time::Instant,
};

use jiff::{ToSpan, civil::date};
use shiming_core::{Change, Claim, Finding, Record, UnixTime};
use shiming_identity::{PersonName, ResidentId};
use shiming_store::{MasterKeys, Options, Store};

use crate::call::median;

#[derive(clap::Args)]
pub(crate) struct Arguments {
    /// People in the small registry.
    #[arg(long, default_value_t = 10_000)]
    few: u32,
    /// People in the large one.
    #[arg(long, default_value_t = 10_000_000)]
    many: u32,
    /// Look-ups in one round; the two registries take turns.
    #[arg(long, default_value_t = 100_000)]
    lookups: u32,
    /// Where to keep the registries (the large one takes about a gigabyte); a folder that exists is used again.
    #[arg(long)]
    data: Option<PathBuf>,
}

const ROUNDS: usize = 9;
/// People in one import transaction.
const BATCH: u32 = 200_000;

pub(crate) fn run(arguments: &Arguments) -> Result<(), Box<dyn std::error::Error>> {
    let scratch = tempfile::tempdir()?;
    let data = arguments.data.clone().unwrap_or_else(|| scratch.path().to_owned());
    let few = store_of(arguments.few, &data.join("few"))?;
    let many = store_of(arguments.many, &data.join("many"))?;
    let (mut ratios, mut small, mut large) = (Vec::new(), Vec::new(), Vec::new());
    for round in 0..ROUNDS {
        let a = micros(&few, arguments.few, arguments.lookups, round)?;
        let b = micros(&many, arguments.many, arguments.lookups, round)?;
        ratios.push(b / a);
        small.push(a);
        large.push(b);
    }
    println!("a look-up among {:>10} people: median {:.2} µs", arguments.few, median(small));
    println!("a look-up among {:>10} people: median {:.2} µs", arguments.many, median(large));
    println!("ratio: median {:.2} (to reach: at most 1.5)", median(ratios));
    Ok(())
}

fn micros(store: &Store, people: u32, lookups: u32, round: usize) -> Result<f64, Box<dyn std::error::Error>> {
    let registry = store.registry();
    // A stride that is prime to the number of people visits them in no order that helps a cache.
    let stride = 7_368_787;
    let first = u64::from(lookups) * round as u64;
    let claims: Vec<Claim> = (0..u64::from(lookups))
        .map(|n| {
            let (id, name) = person(((first + n) * stride % u64::from(people)) as u32)?;
            Some(Claim::Resident { id, name, portrait: None })
        })
        .collect::<Option<_>>()
        .ok_or("nobody")?;
    let start = Instant::now();
    for claim in &claims {
        if matches!(black_box(registry.look_up(claim)?), Finding::NoRecord) {
            return Err("somebody is missing".into());
        }
    }
    Ok(start.elapsed().as_secs_f64() * 1e6 / f64::from(lookups))
}

fn store_of(people: u32, data: &Path) -> Result<Store, Box<dyn std::error::Error>> {
    let random = |bytes: &mut [u8]| {
        aws_lc_rs::rand::fill(bytes).map_err(|_| std::io::Error::other("the system gives no random bytes"))
    };
    let keys = MasterKeys::from_text("bench AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=")?;
    let options = Options::new(Arc::new(UnixTime::from_secs(1_795_000_000)), Arc::new(random));
    if Store::exists(data)? {
        return Ok(Store::open(data, &keys, options)?);
    }
    println!("loading {people} people …");
    let store = Store::create(data, &keys, options)?;
    let mut next = 0;
    while next < people {
        let end = people.min(next + BATCH);
        let changes: Vec<Change> = (next..end)
            .map(|n| person(n).map(|(id, name)| Change::Upsert(Record::Resident { id, name })))
            .collect::<Option<_>>()
            .ok_or("a made-up person is not well formed")?;
        store.put_records(&changes)?;
        next = end;
    }
    Ok(store)
}

/// A made-up person: births before 1920, areas of Beijing, every number valid by its check character.
fn person(number: u32) -> Option<(ResidentId, PersonName)> {
    const DAYS: u32 = 7300;
    const SEQUENCES: u32 = 999;
    let born = date(1900, 1, 1).checked_add(i64::from(number % DAYS).days()).ok()?;
    let sequence = number / DAYS % SEQUENCES + 1;
    let area = 110_101 + number / DAYS / SEQUENCES;
    let body = format!("{area}{:04}{:02}{:02}{sequence:03}", born.year(), born.month(), born.day());
    let sum: u32 = body
        .bytes()
        .zip([7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2])
        .map(|(d, w)| u32::from(d - b'0') * w)
        .sum();
    let check = b"10X98765432"[sum as usize % 11] as char;
    let id = ResidentId::parse(&format!("{body}{check}"), date(2026, 1, 1)).ok()?.value;
    Some((id, PersonName::parse("样例甲").ok()?.value))
}

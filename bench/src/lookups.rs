//! The same look-up among few people and among many: in the whole call, as a caller meets it, and at the registry alone.

use std::{
    collections::BTreeMap,
    hint::black_box,
    net::SocketAddr,
    path::{Path, PathBuf},
    sync::Arc,
    time::Instant,
};

use jiff::{ToSpan, civil::date};
use shiming_core::{Caller, CallerState, Callers as _, Change, Claim, Finding, Record, UnixTime};
use shiming_identity::{PersonName, ResidentId};
use shiming_store::{MasterKeys, Options, Store};

use crate::{
    call::median,
    load,
    program::{Served, beside},
    requests::{Signer, Stream, body},
};

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
    /// Whole calls in one round, each about somebody else.
    #[arg(long, default_value_t = 20_000)]
    calls: u32,
    /// Where to keep the registries (the large one takes about a gigabyte); a folder that exists is used again.
    #[arg(long)]
    data: Option<PathBuf>,
}

const ROUNDS: usize = 9;
/// The measured stores' master key, and their caller.
const MASTER_KEY: &str = "bench AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=";
const ACCESS_KEY: &str = "BENCHACCESSKEY000000000000000001";
const SECRET: &str = "bench-secret-not-a-real-one-0001";
/// People in one import transaction.
const BATCH: u32 = 200_000;

pub(crate) fn run(arguments: &Arguments) -> Result<(), Box<dyn std::error::Error>> {
    let scratch = tempfile::tempdir()?;
    let data = arguments.data.clone().unwrap_or_else(|| scratch.path().to_owned());
    let sizes = [(arguments.few, data.join("few")), (arguments.many, data.join("many"))];
    let open = || -> Result<Vec<Store>, _> { sizes.iter().map(|(people, dir)| store_of(*people, dir)).collect() };
    let stores = open()?;
    compare("a look-up at the registry", "µs", arguments, |at, round| {
        micros(&stores[at], sizes[at].0, arguments.lookups, round)
    })?;
    for store in &stores {
        store.callers().put(&caller())?;
    }
    drop(stores);
    let program = beside()?;
    let served: Vec<_> =
        sizes.iter().map(|(_, dir)| Served::start(&program, dir, MASTER_KEY)).collect::<Result<_, _>>()?;
    compare("a whole call, one at a time", "µs", arguments, |at, round| {
        call_micros(served[at].door, sizes[at].0, arguments.calls, round)
    })
}

/// Measures both in turns, and prints what came of it.
fn compare(
    what: &str,
    unit: &str,
    arguments: &Arguments,
    measure: impl Fn(usize, usize) -> Result<f64, Box<dyn std::error::Error>>,
) -> Result<(), Box<dyn std::error::Error>> {
    let (mut ratios, mut few, mut many) = (Vec::new(), Vec::new(), Vec::new());
    for round in 0..ROUNDS {
        let (a, b) = (measure(0, round)?, measure(1, round)?);
        ratios.push(b / a);
        few.push(a);
        many.push(b);
    }
    println!("{what}, among {:>10} people: median {:.2} {unit}", arguments.few, median(few));
    println!("{what}, among {:>10} people: median {:.2} {unit}", arguments.many, median(many));
    println!("ratio: median {:.2} (to reach: at most 1.5)", median(ratios));
    Ok(())
}

/// The median time of calls that come one after another, each about somebody else.
fn call_micros(door: SocketAddr, people: u32, calls: u32, round: usize) -> Result<f64, Box<dyn std::error::Error>> {
    let signer = Signer { access_key: ACCESS_KEY.into(), secret: SECRET.into() };
    let named = |number: usize| {
        let (id, name) = person(visited(people, calls, round, number))?;
        Some(body(name.expose(), id.expose()))
    };
    let stream = Arc::new(Stream::sign(calls as usize, &signer, |number| named(number).unwrap_or_default()));
    let seen = load::run(door, &stream, 0..stream.len(), 1)?;
    if seen.refused > 0 {
        return Err(format!("{} calls were not answered with 200", seen.refused).into());
    }
    Ok(seen.within(0.5).as_secs_f64() * 1e6)
}

/// Whom the look-up with this number is about. A stride that is prime to the number of people visits them in no order
/// that helps a cache.
fn visited(people: u32, lookups: u32, round: usize, number: usize) -> u32 {
    const STRIDE: u64 = 7_368_787;
    let first = u64::from(lookups) * round as u64;
    ((first + number as u64) * STRIDE % u64::from(people)) as u32
}

fn micros(store: &Store, people: u32, lookups: u32, round: usize) -> Result<f64, Box<dyn std::error::Error>> {
    let registry = store.registry();
    let claims: Vec<Claim> = (0..lookups as usize)
        .map(|number| {
            let (id, name) = person(visited(people, lookups, round, number))?;
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

fn caller() -> Caller {
    Caller {
        door: "jdcloud".into(),
        key_id: ACCESS_KEY.into(),
        label: "bench".into(),
        state: CallerState::Enabled,
        secrets: [("secret".to_owned(), SECRET.into())].into(),
        settings: BTreeMap::new(),
    }
}

fn store_of(people: u32, data: &Path) -> Result<Store, Box<dyn std::error::Error>> {
    let random = |bytes: &mut [u8]| {
        aws_lc_rs::rand::fill(bytes).map_err(|_| std::io::Error::other("the system gives no random bytes"))
    };
    let keys = MasterKeys::from_text(MASTER_KEY)?;
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

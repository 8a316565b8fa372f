//! What every bench stands on: a clock that the test turns, chance that counts, and a store in a scratch directory.

use std::{
    path::Path,
    sync::{
        Arc,
        atomic::{AtomicI64, AtomicU64, Ordering},
    },
};

use jiff::Timestamp;
use shiming_core::{Clock, UnixTime};
use shiming_server::Random;
use shiming_store::{MasterKeys, Options, Store};

/// A clock that stands where the test put it.
pub(crate) struct Turned(AtomicI64);

impl Turned {
    pub(crate) fn at(now: UnixTime) -> Arc<Self> {
        Arc::new(Self(AtomicI64::new(now.millis())))
    }

    pub(crate) fn turn(&self, seconds: i64) {
        self.0.fetch_add(seconds * 1000, Ordering::Relaxed);
    }

    pub(crate) fn set(&self, now: Timestamp) {
        self.0.store(now.as_millisecond(), Ordering::Relaxed);
    }
}

impl Clock for Turned {
    fn now(&self) -> UnixTime {
        UnixTime(self.0.load(Ordering::Relaxed))
    }
}

/// Counts up, so that every number is another and the same in every run.
pub(crate) struct Counting(AtomicU64);

impl Counting {
    pub(crate) fn new() -> Self {
        Self(AtomicU64::new(1))
    }
}

impl Random for Counting {
    fn fill(&self, bytes: &mut [u8]) {
        let number = self.0.fetch_add(1, Ordering::Relaxed).to_be_bytes();
        bytes.iter_mut().zip(number.iter().cycle()).for_each(|(byte, number)| *byte = *number);
    }
}

/// An empty store in a scratch directory.
pub(crate) fn store(dir: &Path, clock: Arc<dyn Clock>) -> Store {
    let (keys, options) = with(clock, Counting::new());
    Store::create(&dir.join("data"), &keys, options).unwrap()
}

/// The same store once more, as another process opens it; its chance begins elsewhere.
pub(crate) fn store_again(dir: &Path, clock: Arc<dyn Clock>) -> Store {
    let (keys, options) = with(clock, Counting(AtomicU64::new(1 << 32)));
    Store::open(&dir.join("data"), &keys, options).unwrap()
}

fn with(clock: Arc<dyn Clock>, counting: Counting) -> (MasterKeys, Options) {
    let random = move |bytes: &mut [u8]| {
        counting.fill(bytes);
        Ok(())
    };
    let keys = MasterKeys::from_text("test AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=").unwrap();
    (keys, Options::new(clock, Arc::new(random)))
}

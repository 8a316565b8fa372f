//! A store in a directory of its own, for this crate's tests.

use std::{fs, path::PathBuf, sync::Arc};

use parking_lot::Mutex;
use rusqlite::Connection;
use shiming_core::{Clock, UnixTime};
use tempfile::TempDir;

use crate::{
    MasterKeys, Options, Store, StoreError,
    contract::{NOW, counting_random},
};

/// A store that is removed at the end of the test.
pub(crate) struct Bed {
    pub(crate) dir: TempDir,
    pub(crate) keys: MasterKeys,
    pub(crate) clock: Arc<Hand>,
}

/// A clock that is set by hand.
pub(crate) struct Hand(pub(crate) Mutex<UnixTime>);

impl Clock for Hand {
    fn now(&self) -> UnixTime {
        *self.0.lock()
    }
}

impl Bed {
    /// A new store, and where it lies.
    pub(crate) fn new() -> (Self, Store) {
        let bed = Self {
            dir: tempfile::tempdir().unwrap(),
            keys: MasterKeys::generate(&*counting_random(1)).unwrap(),
            clock: Arc::new(Hand(Mutex::new(NOW))),
        };
        let store = Store::create(&bed.data(), &bed.keys, bed.options()).unwrap();
        (bed, store)
    }

    pub(crate) fn data(&self) -> PathBuf {
        self.dir.path().join("data")
    }

    pub(crate) fn options(&self) -> Options {
        Options::new(Arc::clone(&self.clock) as Arc<dyn Clock>, counting_random(2))
    }

    pub(crate) fn open(&self) -> Result<Store, StoreError> {
        Store::open(&self.data(), &self.keys, self.options())
    }

    /// Changes a file behind the store's back.
    pub(crate) fn tamper(&self, file: &str, sql: &str) {
        Connection::open(self.data().join(file)).unwrap().execute_batch(sql).unwrap();
    }

    /// Every byte of every file.
    pub(crate) fn bytes(&self) -> Vec<(String, Vec<u8>)> {
        fs::read_dir(self.data())
            .unwrap()
            .map(|file| file.unwrap().path())
            .map(|path| (path.display().to_string(), fs::read(&path).unwrap()))
            .collect()
    }
}

/// Every row of a table, as text.
pub(crate) fn dump(on: &Connection, table: &str) -> Vec<String> {
    let mut statement = on.prepare(&format!("SELECT * FROM {table}")).unwrap();
    let columns = statement.column_count();
    let rows = statement.query_map([], |row| {
        Ok((0..columns).map(|at| format!("{:?}", row.get_ref(at).unwrap())).collect::<Vec<_>>().join(", "))
    });
    rows.unwrap().map(Result::unwrap).collect()
}

/// How long this thread has been on a core, in nanoseconds: a measure that a busy machine does not spoil.
pub(crate) fn on_core() -> u128 {
    let stat = fs::read_to_string("/proc/thread-self/schedstat").unwrap_or_default();
    stat.split_whitespace().next().and_then(|nanos| nanos.parse().ok()).unwrap_or_default()
}

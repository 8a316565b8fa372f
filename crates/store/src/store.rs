//! The store: a directory, opened.

use std::{
    fmt, fs,
    path::{Path, PathBuf},
    sync::Arc,
};

use parking_lot::{Mutex, RwLock};
use rusqlite::Connection;
use shiming_core::{Change, Clock, RecordKey};

use crate::{
    Applied, DurableLedger, DurableOutbox, KeyedOperators, MasterKeys, Random, RegistryStats, SealedCallers,
    SealedCases, SealedPapers, SealedRegistry, SealedSessions, StoreError, cases,
    db::{self, REGISTRY, SHIMING, Use},
    registry::{Sealer, photo, write},
    sessions::Seals,
    vault::{Keys, Vault},
};

/// What a store needs from outside, and how much memory it may take.
#[derive(Clone)]
#[non_exhaustive]
pub struct Options {
    /// When it is: decides what replay memory may forget.
    pub clock: Arc<dyn Clock>,
    /// Chance: for new keys and the nonces of seals.
    pub random: Arc<dyn Random>,
    /// How many look-ups can run at the same moment; each has a connection of its own. Default: one a core, 2 to 8.
    pub readers: usize,
    /// Page cache of each of these, in KiB. Default 6,144. It holds all of a small registry; of one with millions of
    /// records each look-up reads at least one page from the system.
    pub reader_cache_kib: u32,
    /// Page cache of the ledger's writer, in KiB. Default 4,096: it writes at the end of its tables.
    pub ledger_cache_kib: u32,
    /// Page cache of an import, in KiB; taken while it runs. Default 32,768.
    pub import_cache_kib: u32,
}

impl Options {
    /// The defaults.
    pub fn new(clock: Arc<dyn Clock>, random: Arc<dyn Random>) -> Self {
        let cores = std::thread::available_parallelism().map_or(2, usize::from);
        Self {
            clock,
            random,
            readers: cores.clamp(2, 8),
            reader_cache_kib: 6 << 10,
            ledger_cache_kib: 4 << 10,
            import_cache_kib: 32 << 10,
        }
    }
}

impl fmt::Debug for Options {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Options")
            .field("readers", &self.readers)
            .field("reader_cache_kib", &self.reader_cache_kib)
            .field("ledger_cache_kib", &self.ledger_cache_kib)
            .field("import_cache_kib", &self.import_cache_kib)
            .finish_non_exhaustive()
    }
}

/// A store that is open. Closing or dropping it makes everything durable that was handed to its ledger.
pub struct Store {
    dir: PathBuf,
    options: Options,
    ledger: Arc<DurableLedger>,
    registry: Arc<SealedRegistry>,
    callers: Arc<SealedCallers>,
    sessions: Arc<SealedSessions>,
    cases: Arc<SealedCases>,
    papers: Arc<SealedPapers>,
    outbox: Arc<DurableOutbox>,
    operators: Arc<KeyedOperators>,
    /// A writing connection to the registry, made when it is first needed.
    registry_writer: Mutex<Option<Connection>>,
    /// Last, so that the control connection closes last and the log is taken in.
    vault: Arc<Vault>,
}

impl fmt::Debug for Store {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Store").field("dir", &self.dir).finish_non_exhaustive()
    }
}

impl Store {
    /// Its two databases in a directory: keys, callers and the ledger; the registry.
    pub fn databases(dir: &Path) -> [PathBuf; 2] {
        [SHIMING, REGISTRY].map(|schema| dir.join(schema.file))
    }

    /// Whether there is a store in this directory.
    pub fn exists(dir: &Path) -> Result<bool, StoreError> {
        SHIMING.is_made(dir)
    }

    /// Whether there is a registry with records in this directory, whosever they are. Without its store's keys nothing in
    /// it opens, and none is made over it.
    pub fn has_records(dir: &Path) -> Result<bool, StoreError> {
        write::is_filled(dir)
    }

    /// Makes a store in a directory, which is made too where there is none, and opens it. Fails with
    /// [`StoreError::Exists`] where there is one.
    ///
    /// It exists from one transaction on, so that a creation that was killed can be done again.
    pub fn create(dir: &Path, keys: &MasterKeys, options: Options) -> Result<Self, StoreError> {
        make_dir(dir)?;
        if Self::exists(dir)? {
            return Err(StoreError::Exists(dir.to_owned()));
        }
        // The registry comes second: where it is alone it was not left by a creation, but has lost its keys.
        for schema in [&SHIMING, &REGISTRY] {
            db::create_file(&dir.join(schema.file))?;
        }
        let path = dir.join(SHIMING.file);
        let mut control = db::connect(&path, Use::Write, 1024)?;
        SHIMING.migrate(&mut control, &path, |on| {
            let made = Keys::generate(on, keys, &*options.random)?;
            crate::ledger::begin(on, &made.ledger)?;
            write::pair(dir, &Sealer::new(&made.registry))
        })?;
        drop(control);
        Self::open(dir, keys, options)
    }

    /// Makes an empty registry for a store that has lost its own. Fails with [`StoreError::Exists`] where there is one: its
    /// records are never thrown away.
    pub fn create_registry(dir: &Path, keys: &MasterKeys) -> Result<(), StoreError> {
        if !Self::exists(dir)? {
            return Err(StoreError::Missing(dir.to_owned()));
        }
        if REGISTRY.is_made(dir)? {
            return Err(StoreError::Exists(dir.join(REGISTRY.file)));
        }
        let path = dir.join(SHIMING.file);
        let mut control = db::connect(&path, Use::Write, 1024)?;
        let own = SHIMING.migrate(&mut control, &path, |on| Keys::load(on, keys))?;
        db::create_file(&dir.join(REGISTRY.file))?;
        write::pair(dir, &Sealer::new(&own.registry))
    }

    /// Opens the store in a directory and brings its files to the newest form.
    ///
    /// The path of the database file in it will do as well.
    pub fn open(dir: &Path, keys: &MasterKeys, options: Options) -> Result<Self, StoreError> {
        let dir = match dir.file_name() {
            Some(name) if name == SHIMING.file => dir.parent().unwrap_or(dir),
            _ => dir,
        };
        if !Self::exists(dir)? {
            return Err(StoreError::Missing(dir.to_owned()));
        }
        let path = dir.join(SHIMING.file);
        let mut control = db::connect(&path, Use::Write, 1024)?;
        let (own, seals, case_seals) = SHIMING.migrate(&mut control, &path, |on| {
            let cases = cases::Seals::open(on, keys, &options.random)?;
            Ok((Keys::load(on, keys)?, Seals::open(on, keys, &options.random)?, cases))
        })?;
        let case_seals = Arc::new(case_seals);
        let papers = Arc::new(SealedPapers::open(dir, &path, Arc::clone(&case_seals), options.clock.now())?);
        let sealer = Arc::new(Sealer::new(&own.registry));
        write::check_pair(dir, &sealer)?;
        let vault = Arc::new(Vault {
            path: path.clone(),
            control: Mutex::new(control),
            ring: RwLock::new(keys.clone()),
            random: Arc::clone(&options.random),
        });
        let ledger = Arc::new(DurableLedger::open(&path, &own, &options)?);
        Ok(Self {
            registry: Arc::new(SealedRegistry::open(&dir.join(REGISTRY.file), sealer, &options)?),
            sessions: Arc::new(SealedSessions::open(&path, Arc::clone(&ledger), seals)?),
            cases: Arc::new(SealedCases::open(&path, Arc::clone(&ledger), case_seals, Arc::clone(&papers))?),
            outbox: Arc::new(DurableOutbox::open(&path, Arc::clone(&ledger))?),
            papers,
            operators: Arc::new(KeyedOperators::new(Arc::clone(&vault), &own.ledger)),
            ledger,
            callers: Arc::new(SealedCallers::new(Arc::clone(&vault))),
            registry_writer: Mutex::new(None),
            dir: dir.to_owned(),
            options,
            vault,
        })
    }

    /// The registry as a source.
    pub fn registry(&self) -> Arc<SealedRegistry> {
        Arc::clone(&self.registry)
    }

    /// The ledger.
    pub fn ledger(&self) -> Arc<DurableLedger> {
        Arc::clone(&self.ledger)
    }

    /// The callers.
    pub fn callers(&self) -> Arc<SealedCallers> {
        Arc::clone(&self.callers)
    }

    /// The sessions at the desk.
    pub fn sessions(&self) -> Arc<SealedSessions> {
        Arc::clone(&self.sessions)
    }

    /// The cases that callers hand in.
    pub fn cases(&self) -> Arc<SealedCases> {
        Arc::clone(&self.cases)
    }

    /// Their papers.
    pub fn papers(&self) -> Arc<SealedPapers> {
        Arc::clone(&self.papers)
    }

    /// What callers' systems are told of decisions on cases.
    pub fn outbox(&self) -> Arc<DurableOutbox> {
        Arc::clone(&self.outbox)
    }

    /// The operators.
    pub fn operators(&self) -> Arc<KeyedOperators> {
        Arc::clone(&self.operators)
    }

    /// Puts records in or takes them out, in one transaction, outside any import.
    pub fn put_records(&self, changes: &[Change]) -> Result<Applied, StoreError> {
        let applied =
            self.with_registry(|on| write::put(on, self.registry.sealer(), changes, &*self.options.random))?;
        self.registry.renew();
        Ok(applied)
    }

    /// Keeps what a face engine made of a reference portrait with a record, in place of what was there. It is sealed
    /// under a key that needs the number. False when there is no such record. A later upsert of the record keeps it, a
    /// deletion takes it along.
    pub fn put_portrait(&self, key: RecordKey<'_>, template: &[u8]) -> Result<bool, StoreError> {
        let sealer = self.registry.sealer();
        let put = self.with_registry(|on| write::put_portrait(on, sealer, key, template, &*self.options.random))?;
        self.registry.renew();
        Ok(put)
    }

    /// Erases every photo of a reference portrait that is kept; their templates stay. Gives how many there were. A stop in
    /// between leaves some: the same again erases the rest.
    pub fn erase_photos(&self) -> Result<u64, StoreError> {
        let erased = self.with_registry(photo::erase_all)?;
        self.registry.renew();
        Ok(erased)
    }

    /// What is in the registry.
    pub fn stats(&self) -> Result<RegistryStats, StoreError> {
        self.registry.stats()
    }

    /// Wraps all keys and secrets under the current key of this ring, in one transaction, and uses this ring from now
    /// on. Gives how many were wrapped anew. Other processes that have the store open need the ring as well, before.
    pub fn rewrap(&self, keys: &MasterKeys) -> Result<usize, StoreError> {
        self.vault.rewrap(keys)
    }

    /// Uses another ring from now on, if it opens what is kept: for a server whose keys were rotated by somebody else.
    pub fn use_keys(&self, keys: &MasterKeys) -> Result<(), StoreError> {
        self.vault.read(|on| Keys::load(on, keys))?;
        *self.vault.ring.write() = keys.clone();
        Ok(())
    }

    /// Lets the engine look over both files. Slow on large ones; for `doctor`.
    pub fn examine(&self) -> Result<(), StoreError> {
        for schema in [&SHIMING, &REGISTRY] {
            let connection = db::connect(&self.dir.join(schema.file), Use::Read, 1024)?;
            let found: String = connection.query_row("PRAGMA quick_check(1)", [], |row| row.get(0))?;
            if found != "ok" {
                return Err(StoreError::Damaged {
                    table: schema.file,
                    row: "any".to_owned(),
                    what: "the database's structure is damaged; restore it from a copy",
                });
            }
        }
        Ok(())
    }

    /// Where it is.
    pub fn dir(&self) -> &Path {
        &self.dir
    }

    /// Makes durable what was handed to the ledger and ends its thread. What is handed to it afterwards is refused with
    /// [`StoreError::Closed`].
    pub fn close(&self) {
        self.ledger.close();
    }

    fn with_registry<T>(&self, work: impl FnOnce(&mut Connection) -> Result<T, StoreError>) -> Result<T, StoreError> {
        let mut writer = self.registry_writer.lock();
        let connection = match &mut *writer {
            Some(connection) => connection,
            none => none.insert(self.registry_connection()?),
        };
        work(connection)
    }

    /// A new writing connection to the registry.
    pub(crate) fn registry_connection(&self) -> Result<Connection, StoreError> {
        db::connect(&self.dir.join(REGISTRY.file), Use::Write, self.options.import_cache_kib)
    }

    pub(crate) fn random(&self) -> &Arc<dyn Random> {
        &self.options.random
    }

    pub(crate) fn clock(&self) -> &Arc<dyn Clock> {
        &self.options.clock
    }
}

impl Drop for Store {
    fn drop(&mut self) {
        self.close();
    }
}

fn make_dir(dir: &Path) -> Result<(), StoreError> {
    let mut builder = fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(dir).map_err(|source| StoreError::File { what: "create", path: dir.to_owned(), source })
}

#[cfg(test)]
mod tests;

//! SQLite behind the core's ports: the sealed registry, the ledger with its replay memory, callers with wrapped secrets,
//! operators, sessions, cases and their papers.
//!
//! A store is a directory with two databases. `shiming.db` holds keys, callers, the ledger, what was spent, the
//! sessions at the desk and the cases that were handed in, because a decision and what it uses up must be one
//! transaction; the cases' papers lie sealed in the folder `papers`. `registry.db` holds the sealed records. They are apart for two
//! reasons: SQLite has one writer a file, and an import of a million rows must not hold up a decision; and a connection
//! drops its page cache when its file changes, so that every decision would make every look-up start cold.
//!
//! What this crate does not know: doors, vendors, HTTP, why something is kept.
//!
//! ```no_run
//! # use std::{io, sync::Arc};
//! # use shiming_store::{MasterKeys, Options, Store, StoreError};
//! # fn example(fill: fn(&mut [u8]) -> io::Result<()>, clock: Arc<dyn shiming_core::Clock>) -> Result<(), StoreError> {
//! let keys = MasterKeys::from_file("master.key".as_ref())?;
//! let store = Store::open("data".as_ref(), &keys, Options::new(clock, Arc::new(fill)))?;
//! let (registry, ledger) = (store.registry(), store.ledger()); // the ports, for a `shiming_core::Checker`
//! # drop((registry, ledger));
//! store.close();
//! # Ok(())
//! # }
//! ```

mod callers;
mod cases;
#[cfg(any(test, feature = "contract"))]
pub mod contract;
mod db;
mod error;
mod keys;
mod ledger;
mod operators;
mod outbox;
mod papers;
mod random;
mod registry;
mod seal;
mod sessions;
mod store;
#[cfg(test)]
mod testing;
mod vault;

pub use callers::{CallerSummary, SealedCallers};
pub use cases::SealedCases;
pub use error::{KeyError, StoreError};
pub use keys::MasterKeys;
pub use ledger::{
    Audit, Broken, DurableLedger, ExportedEntry, Filter, Head, NotAHead, Verified,
    chain::{self, Link, ZERO},
};
pub use operators::KeyedOperators;
pub use outbox::DurableOutbox;
pub use papers::SealedPapers;
pub use random::Random;
pub use registry::{
    SealedRegistry,
    import::{ImportSession, Mark},
    stats::{LastImport, RegistryStats},
    write::Applied,
};
pub use sessions::SealedSessions;
pub use store::{Options, Store};

//! The vault: what callers, keys and the store itself share - the control connection to `shiming.db`, the ring of
//! master keys, chance. Not on the path of a call.

use std::{fmt, path::PathBuf, sync::Arc};

use parking_lot::{Mutex, RwLock};
use rusqlite::{Connection, OptionalExtension, Transaction, TransactionBehavior, params};
use zeroize::Zeroizing;

use crate::{MasterKeys, Random, StoreError, error::damaged, seal::Secret};

pub(crate) struct Vault {
    pub(crate) path: PathBuf,
    pub(crate) control: Mutex<Connection>,
    pub(crate) ring: RwLock<MasterKeys>,
    pub(crate) random: Arc<dyn Random>,
}

impl fmt::Debug for Vault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Vault").field("path", &self.path).field("ring", &*self.ring.read()).finish_non_exhaustive()
    }
}

/// The store's own keys, unwrapped.
pub(crate) struct Keys {
    /// Under it the registry is sealed.
    pub(crate) registry: Secret,
    /// Under it the ledger's head is sealed and subjects get their tags.
    pub(crate) ledger: Secret,
    /// Under it what is spent gets its key.
    pub(crate) spend: Secret,
}

impl Keys {
    const NAMES: [&'static str; 3] = ["registry", "ledger", "spend"];

    /// Makes new keys and keeps them, wrapped.
    pub(crate) fn generate(on: &Connection, ring: &MasterKeys, random: &dyn Random) -> Result<Self, StoreError> {
        let make = |name: &str| new_key(on, ring, random, name);
        let [registry, ledger, spend] = Self::NAMES;
        Ok(Self { registry: make(registry)?, ledger: make(ledger)?, spend: make(spend)? })
    }

    /// Unwraps the keys that are kept.
    pub(crate) fn load(on: &Connection, ring: &MasterKeys) -> Result<Self, StoreError> {
        let load = |name: &str| kept_key(on, ring, name)?.ok_or_else(|| damaged("key", name, "is missing"));
        let [registry, ledger, spend] = Self::NAMES;
        Ok(Self { registry: load(registry)?, ledger: load(ledger)?, spend: load(spend)? })
    }
}

impl Vault {
    /// Runs a transaction that writes.
    pub(crate) fn write<T>(
        &self,
        work: impl FnOnce(&Transaction<'_>) -> Result<T, StoreError>,
    ) -> Result<T, StoreError> {
        let mut connection = self.control.lock();
        let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
        let result = work(&transaction)?;
        transaction.commit()?;
        Ok(result)
    }

    /// Runs reads on one snapshot.
    pub(crate) fn read<T>(
        &self,
        work: impl FnOnce(&Transaction<'_>) -> Result<T, StoreError>,
    ) -> Result<T, StoreError> {
        work(&self.control.lock().transaction()?)
    }

    /// Wraps everything that is wrapped under another key anew, in one transaction, and uses the new ring from here on.
    pub(crate) fn rewrap(&self, new: &MasterKeys) -> Result<usize, StoreError> {
        let mut ring = self.ring.write();
        let rewrapped = self.write(|on| {
            let current = new.names().next().unwrap_or_default();
            let mut count = 0;
            for (table, columns) in WRAPPED {
                for row in wrapped_rows(on, table, columns, current)? {
                    let place: Vec<&str> = std::iter::once(table).chain(row.place.iter().map(String::as_str)).collect();
                    // The new ring may have dropped the old key already; the ring in use still has it.
                    let known = if new.names().any(|name| name == row.master) { new } else { &*ring };
                    let plain = unwrap(known, (table, &row.place.join("|")), &row.master, &place, &row.sealed)?;
                    count += put_wrapped(on, (table, columns), &row.place, new.wrap(&place, &plain, &*self.random)?)?;
                }
            }
            Ok(count)
        })?;
        *ring = new.clone();
        Ok(rewrapped)
    }
}

/// What the master keys wrap: the table, and the columns that name a row of it.
const WRAPPED: [(&str, &[&str]); 2] = [("key", &["name"]), ("caller_secret", &["door", "key_id", "name"])];

/// A row of such a table; `place` has the columns that name it.
struct WrappedRow {
    place: Vec<String>,
    master: String,
    sealed: Vec<u8>,
}

/// The rows of a table that another key than `current` wraps.
fn wrapped_rows(
    on: &Connection,
    table: &'static str,
    columns: &[&str],
    current: &str,
) -> Result<Vec<WrappedRow>, StoreError> {
    let query = format!("SELECT master, sealed, {} FROM {table} WHERE master <> ?1", columns.join(", "));
    let rows = on
        .prepare(&query)?
        .query_map([current], |row| {
            Ok(WrappedRow {
                place: (2..columns.len() + 2).map(|at| row.get(at)).collect::<Result<_, _>>()?,
                master: row.get(0)?,
                sealed: row.get(1)?,
            })
        })?
        .collect::<Result<_, _>>()?;
    Ok(rows)
}

/// Puts what was wrapped anew in a row's place, with the name of the key that wraps it. Gives how many rows that were.
fn put_wrapped(
    on: &Connection,
    (table, columns): (&str, &[&str]),
    place: &[String],
    (master, sealed): (&str, Vec<u8>),
) -> Result<usize, StoreError> {
    let named: Vec<String> = (3..).zip(columns).map(|(at, column)| format!("{column} = ?{at}")).collect();
    let update = format!("UPDATE {table} SET master = ?1, sealed = ?2 WHERE {}", named.join(" AND "));
    let mut statement = on.prepare_cached(&update)?;
    statement.raw_bind_parameter(1, master)?;
    statement.raw_bind_parameter(2, sealed)?;
    for (at, part) in (3..).zip(place) {
        statement.raw_bind_parameter(at, part)?;
    }
    Ok(statement.raw_execute()?)
}

/// Unwraps what stands in a row; a row that does not open is named.
pub(crate) fn unwrap(
    ring: &MasterKeys,
    (table, row): (&'static str, &str),
    master: &str,
    place: &[&str],
    sealed: &[u8],
) -> Result<Zeroizing<Vec<u8>>, StoreError> {
    ring.unwrap(master, place, sealed)?.ok_or_else(|| damaged(table, row, "does not open: it was changed or moved"))
}

/// A wrapped key that later versions brought. A store from before them gets one now; a store that has something in `table`,
/// which is sealed under it, and no key is damaged.
pub(crate) fn later_key(
    on: &Connection,
    ring: &MasterKeys,
    random: &dyn Random,
    (name, table): (&'static str, &'static str),
) -> Result<Secret, StoreError> {
    match kept_key(on, ring, name)? {
        Some(key) => Ok(key),
        None if on.prepare(&format!("SELECT 1 FROM {table}"))?.exists([])? => Err(damaged("key", name, "is missing")),
        None => new_key(on, ring, random, name),
    }
}

/// One of the store's own keys, unwrapped; `None` where none is kept under the name.
fn kept_key(on: &Connection, ring: &MasterKeys, name: &str) -> Result<Option<Secret>, StoreError> {
    let wrapped = on
        .query_row("SELECT master, sealed FROM key WHERE name = ?1", [name], |row| {
            Ok((row.get::<_, String>(0)?, row.get::<_, Vec<u8>>(1)?))
        })
        .optional()?;
    let Some((master, sealed)) = wrapped else { return Ok(None) };
    let plain = unwrap(ring, ("key", name), &master, &["key", name], &sealed)?;
    Secret::of_slice(&plain).map(Some).ok_or_else(|| damaged("key", name, "is not a key"))
}

/// Makes a key and keeps it, wrapped.
fn new_key(on: &Connection, ring: &MasterKeys, random: &dyn Random, name: &str) -> Result<Secret, StoreError> {
    let key = Secret::generate(random)?;
    let (master, sealed) = ring.wrap(&["key", name], key.expose(), random)?;
    on.execute("INSERT INTO key (name, master, sealed) VALUES (?1, ?2, ?3)", params![name, master, sealed])?;
    Ok(key)
}

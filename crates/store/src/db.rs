//! Connections and migrations.
//!
//! Both files run in WAL mode with `synchronous=FULL`: a commit that returned is on the disk.

use std::{fs, path::Path, time::Duration};

use rusqlite::{Connection, ErrorCode, OpenFlags, Transaction, TransactionBehavior, config::DbConfig};

use crate::StoreError;

/// One of the two files: its name, its mark (`application_id`) and its migrations.
///
/// A migration's number is its place in `steps`, from 1, and the file's `user_version` says how many have run. A step
/// that was released never changes; it adds first, and a later release removes.
pub(crate) struct Schema {
    pub(crate) file: &'static str,
    pub(crate) mark: i32,
    pub(crate) steps: &'static [&'static str],
}

/// Keys, callers and operators, the ledger, what was spent; sessions, cases and notices.
pub(crate) const SHIMING: Schema = Schema {
    file: "shiming.db",
    mark: 0x5348_4D31,
    steps: &[
        include_str!("migrations/shiming-0001.sql"),
        include_str!("migrations/shiming-0002.sql"),
        include_str!("migrations/shiming-0003.sql"),
        include_str!("migrations/shiming-0004.sql"),
        include_str!("migrations/shiming-0005.sql"),
        include_str!("migrations/shiming-0006.sql"),
        include_str!("migrations/shiming-0007.sql"),
        include_str!("migrations/shiming-0008.sql"),
        include_str!("migrations/shiming-0009.sql"),
    ],
};

/// The sealed registry.
pub(crate) const REGISTRY: Schema = Schema {
    file: "registry.db",
    mark: 0x5348_4D52,
    steps: &[
        include_str!("migrations/registry-0001.sql"),
        include_str!("migrations/registry-0002.sql"),
        include_str!("migrations/registry-0003.sql"),
    ],
};

/// What a connection is for.
#[derive(Clone, Copy)]
pub(crate) enum Use {
    /// Reads and writes.
    Write,
    /// Reads only.
    Read,
}

/// How long a writer waits for another process's transaction.
const BUSY: Duration = Duration::from_secs(10);

/// Opens a file that exists.
pub(crate) fn connect(path: &Path, for_use: Use, cache_kib: u32) -> Result<Connection, StoreError> {
    let access = match for_use {
        Use::Write => OpenFlags::SQLITE_OPEN_READ_WRITE,
        Use::Read => OpenFlags::SQLITE_OPEN_READ_ONLY,
    };
    let connection = Connection::open_with_flags(path, access | OpenFlags::SQLITE_OPEN_NO_MUTEX)?;
    // The first pragma that reads the file is where a file of another kind is noticed.
    set_up(&connection, for_use, cache_kib).map_err(|error| match error.sqlite_error_code() {
        Some(ErrorCode::NotADatabase) => StoreError::Foreign(path.to_owned()),
        _ => error.into(),
    })?;
    Ok(connection)
}

fn set_up(connection: &Connection, for_use: Use, cache_kib: u32) -> rusqlite::Result<()> {
    connection.busy_timeout(BUSY)?;
    connection.pragma_update(None, "synchronous", "FULL")?;
    connection.pragma_update(None, "trusted_schema", false)?;
    connection.pragma_update(None, "cache_size", -i64::from(cache_kib))?;
    connection.pragma_update(None, "temp_store", "MEMORY")?;
    if matches!(for_use, Use::Write) {
        // Once the log has grown in a burst, give the disk back.
        connection.pragma_update(None, "journal_size_limit", 64 << 20)?;
    }
    // A plan that may depend on bound values is made anew each time one is bound; none of ours does.
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_ENABLE_QPSG, true)?;
    connection.set_prepared_statement_cache_capacity(32);
    Ok(())
}

/// Makes the file if there is none, for its owner only, and puts it into WAL mode.
pub(crate) fn create_file(path: &Path) -> Result<(), StoreError> {
    let mut options = fs::OpenOptions::new();
    options.write(true).create(true).truncate(false);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path).map_err(|source| StoreError::File { what: "create", path: path.to_owned(), source })?;
    let connection = Connection::open_with_flags(path, OpenFlags::SQLITE_OPEN_READ_WRITE)?;
    connection.pragma_update(None, "journal_mode", "WAL")?;
    Ok(())
}

/// Runs something whose deletions are overwritten with zeros, also in pages that become free.
pub(crate) fn overwriting<T>(
    on: &Connection,
    work: impl FnOnce(&Connection) -> Result<T, StoreError>,
) -> Result<T, StoreError> {
    let set = |to| on.pragma_update(None, "secure_delete", to);
    set(true)?;
    let done = work(on);
    set(false)?;
    done
}

impl Schema {
    /// Whether the file is there and its first migration has been committed.
    pub(crate) fn is_made(&self, dir: &Path) -> Result<bool, StoreError> {
        let path = dir.join(self.file);
        if !path.is_file() {
            return Ok(false);
        }
        let connection = connect(&path, Use::Write, 64)?;
        Ok(self.version(&connection, &path)? > 0)
    }

    /// Brings a file to the newest form in one transaction, which `also` may add to.
    pub(crate) fn migrate<T>(
        &self,
        connection: &mut Connection,
        path: &Path,
        also: impl FnOnce(&Transaction<'_>) -> Result<T, StoreError>,
    ) -> Result<T, StoreError> {
        let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
        let version = self.version(&transaction, path)?;
        let done = usize::try_from(version).unwrap_or(0);
        for step in self.steps.iter().skip(done) {
            transaction.execute_batch(step)?;
        }
        if done < self.steps.len() {
            transaction.pragma_update(None, "application_id", self.mark)?;
            transaction.pragma_update(None, "user_version", self.newest())?;
            tracing::info!(file = self.file, from = version, to = self.newest(), "database brought to the newest form");
        }
        let result = also(&transaction)?;
        transaction.commit()?;
        Ok(result)
    }

    fn newest(&self) -> i64 {
        i64::try_from(self.steps.len()).unwrap_or(i64::MAX)
    }

    /// How many migrations have run; 0 for a new file. Refuses another program's file and a newer one.
    fn version(&self, connection: &Connection, path: &Path) -> Result<i64, StoreError> {
        let number = |name| connection.pragma_query_value(None, name, |row| row.get::<_, i64>(0));
        let (mark, version) = (number("application_id")?, number("user_version")?);
        let tables: i64 = connection.query_row("SELECT count(*) FROM sqlite_schema", [], |row| row.get(0))?;
        if mark != i64::from(self.mark) && (mark, version, tables) != (0, 0, 0) {
            return Err(StoreError::Foreign(path.to_owned()));
        }
        if version > self.newest() {
            return Err(StoreError::TooNew { path: path.to_owned(), found: version, known: self.newest() });
        }
        Ok(version)
    }
}

#[cfg(test)]
mod tests;

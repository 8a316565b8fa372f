//! What can go wrong in the store. No text here shows a value that is kept.

use std::{io, path::PathBuf};

use rusqlite::ErrorCode;

use crate::seal::{Tag, hex};

/// The store could not do what was asked. Not found is never one of these; it is `None` or `false`.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum StoreError {
    /// There is no store in that directory.
    #[error("there is no store in {0}")]
    Missing(PathBuf),
    /// The store is there without its registry.
    #[error("{0} is missing")]
    NoRegistry(PathBuf),
    /// There is one already: a store in that directory, or a registry in that file.
    #[error("there is one already: {0}")]
    Exists(PathBuf),
    /// The file is of another program.
    #[error("{0} is not a database of this program")]
    Foreign(PathBuf),
    /// A newer version wrote the file.
    #[error(
        "{path} was written by a newer version: its format is {found}, and this program knows formats up to {known}"
    )]
    TooNew {
        /// Which file.
        path: PathBuf,
        /// Its format.
        found: i64,
        /// The newest that this program knows.
        known: i64,
    },
    /// The two files of the directory do not belong together.
    #[error("{0} belongs to another store: it was sealed under another registry key")]
    Unpaired(PathBuf),
    /// A row that cannot be what was written: a damaged file, or somebody changed it.
    #[error("table `{table}`, row {row}: {what}")]
    Damaged {
        /// Which table.
        table: &'static str,
        /// Which row: its key, which is a hash or a name, never a person's value.
        row: String,
        /// What is wrong with it.
        what: &'static str,
    },
    /// A record was sealed under another version of the normalisation recipe: a difference would be a guess.
    #[error(
        "the record was sealed under normalisation recipe {found} and this program has {current}: import the registry again"
    )]
    StaleRecipe {
        /// The record's.
        found: i64,
        /// The program's.
        current: i64,
    },
    /// Two imports of one source at a time.
    #[error("another import of the same source is under way")]
    ImportRaced,
    /// The master keys cannot be used.
    #[error(transparent)]
    Key(#[from] KeyError),
    /// No random bytes.
    #[error("the system gave no random bytes")]
    Random(#[source] io::Error),
    /// A file or directory.
    #[error("cannot {what} {path}")]
    File {
        /// What was tried.
        what: &'static str,
        /// Which file.
        path: PathBuf,
        /// The system's reason.
        #[source]
        source: io::Error,
    },
    /// The engine.
    #[error("the database failed")]
    Database(#[from] rusqlite::Error),
    /// The cipher refused: no input of ours makes it.
    #[error("encryption failed")]
    Cipher,
    /// A thread could not be started.
    #[error("a thread of the store could not be started")]
    Thread(#[source] io::Error),
    /// A thread ended before its work did: it panicked, which was printed, or the runtime that it belongs to has ended.
    #[error("a thread of the store ended before its work did")]
    Unfinished,
    /// The store was closed before this was asked.
    #[error("the store is closed")]
    Closed,
}

impl StoreError {
    /// Whether the directory or a file in it may not be written.
    pub fn is_read_only(&self) -> bool {
        self.is_of(&[ErrorCode::ReadOnly, ErrorCode::PermissionDenied])
    }

    /// Whether there is no room on the disk.
    pub fn is_full(&self) -> bool {
        self.is_of(&[ErrorCode::DiskFull])
    }

    /// Whether what lies there is no longer what was written, so that only a copy helps.
    pub fn is_damaged(&self) -> bool {
        matches!(self, Self::Damaged { .. } | Self::Unpaired(_))
            || self.is_of(&[ErrorCode::DatabaseCorrupt, ErrorCode::NotADatabase])
    }

    fn is_of(&self, codes: &[ErrorCode]) -> bool {
        matches!(self, Self::Database(rusqlite::Error::SqliteFailure(failed, _)) if codes.contains(&failed.code))
    }
}

/// Why master keys cannot be used.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum KeyError {
    /// The file with the keys could not be read or written.
    #[error("cannot {what} the master key file {path}")]
    File {
        /// What was tried.
        what: &'static str,
        /// Which file.
        path: PathBuf,
        /// The system's reason.
        #[source]
        source: io::Error,
    },
    /// Others than the owner may read it.
    #[error("the master key file {path} has mode {mode:04o}: others than its owner may use it; run `chmod 600` on it")]
    Exposed {
        /// Which file.
        path: PathBuf,
        /// Its permissions.
        mode: u32,
    },
    /// A line that is not a name and 32 bytes in hexadecimal or base64.
    #[error("line {line} of the master keys: {what}")]
    BadLine {
        /// Which, from 1.
        line: usize,
        /// What is wrong with it.
        what: &'static str,
    },
    /// No key in it.
    #[error("there is no master key in what was given")]
    Empty,
    /// The data is sealed under a key that was not given.
    #[error("the data is sealed under master key `{0}`, and that key was not given")]
    Unknown(String),
    /// A key of the right name and the wrong value.
    #[error("the master key given as `{0}` is not the key of that name under which the data is sealed")]
    Wrong(String),
}

/// Shorthand for a damaged row.
pub(crate) fn damaged(table: &'static str, row: impl Into<Row>, what: &'static str) -> StoreError {
    StoreError::Damaged { table, row: row.into().0, what }
}

/// A row's name: its number, its name, or its key in hexadecimal.
pub(crate) struct Row(String);

impl From<i64> for Row {
    fn from(number: i64) -> Self {
        Self(number.to_string())
    }
}

impl From<&str> for Row {
    fn from(name: &str) -> Self {
        Self(name.to_owned())
    }
}

impl From<String> for Row {
    fn from(name: String) -> Self {
        Self(name)
    }
}

impl From<&Tag> for Row {
    fn from(key: &Tag) -> Self {
        Self(hex(key))
    }
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    fn failure(code: i32) -> StoreError {
        StoreError::Database(rusqlite::Error::SqliteFailure(rusqlite::ffi::Error::new(code), None))
    }

    /// Codes of SQLite: 1544 is a directory that may not be written, 8 a file, 13 a full disk, 11 damage, 5 a lock.
    #[test]
    fn what_the_operator_can_mend_is_told_by_the_engines_code() {
        for (code, is) in [(1544, [true, false, false]), (8, [true, false, false]), (13, [false, true, false])] {
            let error = failure(code);
            assert_eq!([error.is_read_only(), error.is_full(), error.is_damaged()], is, "{code}");
        }
        assert!(failure(11).is_damaged() && !failure(5).is_damaged());
        assert!(StoreError::Unpaired(PathBuf::from("registry.db")).is_damaged() && !StoreError::Closed.is_damaged());
    }

    #[test]
    fn a_file_that_is_written_over_is_damaged() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("some.db");
        let made = rusqlite::Connection::open(&path).unwrap();
        made.execute_batch("CREATE TABLE some (x); INSERT INTO some VALUES (randomblob(20000))").unwrap();
        drop(made);
        let mut bytes = fs::read(&path).unwrap();
        bytes[4096..].fill(0x55);
        fs::write(&path, bytes).unwrap();
        let again = rusqlite::Connection::open(&path).unwrap();
        let read = again.query_row("SELECT length(hex(x)) FROM some", [], |row| row.get::<_, i64>(0));
        assert!(StoreError::from(read.unwrap_err()).is_damaged());
    }
}

//! The head: the newest entry's number and hash, sealed, so that a tail that was cut off is noticed.

use std::fmt;

use rusqlite::{Connection, OptionalExtension, params};
use shiming_core::Seq;

use super::chain::{Link, ZERO};
use crate::{
    StoreError,
    error::damaged,
    seal::{Secret, Tag, Tagger, hex, same, unhex},
};

/// Where the ledger ends. An operator who notes it somewhere else can prove later that nothing up to there was changed,
/// even by somebody who has the keys.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Head {
    /// The newest entry; 0 in an empty ledger.
    pub seq: Seq,
    /// Its hash.
    pub hash: Link,
}

/// `seq:hash`, the form in which it is noted.
impl fmt::Display for Head {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.seq.0, hex(&self.hash))
    }
}

impl fmt::Debug for Head {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Head({self})")
    }
}

/// The text is not a noted head, `seq:hash`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a head is written as its number, a colon and 64 hexadecimal digits")]
pub struct NotAHead;

impl std::str::FromStr for Head {
    type Err = NotAHead;

    fn from_str(text: &str) -> Result<Self, NotAHead> {
        let (seq, digits) = text.trim().split_once(':').ok_or(NotAHead)?;
        let hash = unhex(digits).ok_or(NotAHead)?;
        Ok(Self { seq: Seq(seq.parse().map_err(|_| NotAHead)?), hash: *hash })
    }
}

/// Seals heads under a key that derives from the ledger's.
#[derive(Clone)]
pub(crate) struct HeadSeal(std::sync::Arc<Tagger>);

impl HeadSeal {
    pub(crate) fn new(ledger: &Secret) -> Self {
        Self(std::sync::Arc::new(Tagger::new(&ledger.derive(&[b"ledger head"]))))
    }

    pub(crate) fn of(&self, head: &Head) -> Tag {
        self.0.tag(&head.seq.0.to_be_bytes(), &[&head.hash])
    }

    /// Reads the head and checks its seal.
    pub(crate) fn read(&self, on: &Connection) -> Result<(Head, i64), StoreError> {
        let (head, seal, settled) = read(on)?;
        if same(&seal, &self.of(&head)) {
            Ok((head, settled))
        } else {
            Err(damaged("ledger_head", 1, "its seal does not fit: it was changed, or put there from elsewhere"))
        }
    }
}

/// The head as it stands, its seal unchecked, and how far replay memory is settled.
pub(crate) fn read(on: &Connection) -> Result<(Head, Vec<u8>, i64), StoreError> {
    let broken = |what| damaged("ledger_head", 1, what);
    on.prepare_cached("SELECT seq, hash, seal, settled FROM ledger_head")?
        .query_row([], |row| Ok((row.get::<_, i64>(0)?, row.get(1)?, row.get(2)?, row.get(3)?)))
        .optional()
        .map_err(|error| match error {
            rusqlite::Error::SqliteFailure(..) => error.into(),
            _ => broken("is not a head"),
        })?
        .ok_or_else(|| broken("is missing"))
        .and_then(|(seq, hash, seal, settled)| {
            let seq = Seq(u64::try_from(seq).map_err(|_| broken("its number is below zero"))?);
            Ok((Head { seq, hash }, seal, settled))
        })
}

/// Writes the head of an empty ledger.
pub(crate) fn begin(on: &Connection, ledger: &Secret) -> Result<(), StoreError> {
    let head = Head { seq: Seq(0), hash: ZERO };
    let seal = HeadSeal::new(ledger).of(&head);
    on.execute("INSERT INTO ledger_head VALUES (1, 0, ?1, ?2, 0)", params![head.hash, seal])?;
    Ok(())
}

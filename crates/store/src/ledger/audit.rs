//! Looking the ledger through: verifying the chain, exporting entries with their hashes.
//!
//! Both read a few thousand entries at a time, each time on a snapshot of its own: one long snapshot would keep the
//! log from being taken in while calls go on.

use std::fmt;

use rusqlite::{Connection, params};
use shiming_core::{Entry, Seq, UnixTime};

use super::{
    DurableLedger,
    chain::{self, Link, Spent, ZERO},
    head::{self, Head},
    row::{self, Kept},
};
use crate::{
    StoreError,
    db::{self, Use},
    seal::same,
};

/// What an audit found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Audit {
    /// Nothing was changed or removed.
    Whole(Verified),
    /// Something was.
    Broken(Broken),
}

/// A chain that holds from its first entry to its sealed head.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Verified {
    /// How many entries.
    pub entries: u64,
    /// Where it ends: worth noting down outside this machine.
    pub head: Head,
}

/// Where a chain breaks first.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Broken {
    /// At which entry.
    pub seq: Seq,
    /// What is wrong there.
    pub what: &'static str,
}

impl fmt::Display for Broken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "entry {}: {}", self.seq.0, self.what)
    }
}

/// Which entries to export. The default is all.
#[derive(Clone, Debug, Default)]
pub struct Filter {
    /// From this entry on.
    pub from_seq: Option<u64>,
    /// Up to and with this entry.
    pub to_seq: Option<u64>,
    /// Decided at this moment or later.
    pub since: Option<UnixTime>,
    /// Decided before this moment.
    pub before: Option<UnixTime>,
    /// Through this door only.
    pub door: Option<String>,
    /// Asked by this caller only.
    pub caller: Option<String>,
    /// With a verdict, or a case's step, of this word only.
    pub verdict: Option<String>,
}

/// An entry with what proves its place. [`chain::link`] over these fields gives `hash` again.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ExportedEntry {
    /// Its number.
    pub seq: Seq,
    /// What was decided.
    pub entry: Entry,
    /// What it spent, hashed, and until when that was to be remembered.
    pub spent: Option<Spent>,
    /// The hash of the entry before.
    pub before: Link,
    /// Its own hash.
    pub hash: Link,
}

/// How many entries are read on one snapshot.
const STRIDE: u32 = 4096;

impl DurableLedger {
    /// Where the ledger ends now, its seal checked.
    pub fn head(&self) -> Result<Head, StoreError> {
        Ok(self.seal.read(&self.reader()?)?.0)
    }

    /// Proves that nothing was changed or removed: each hash, each number, the seal of the head; and where an earlier
    /// head is given, that the chain still runs through it.
    ///
    /// Entries that are added meanwhile are not looked at.
    pub fn verify(&self, noted: Option<&Head>) -> Result<Audit, StoreError> {
        let broken = |seq: Seq, what| Ok(Audit::Broken(Broken { seq, what }));
        let reader = self.reader()?;
        let snapshot = reader.unchecked_transaction()?;
        let (head, seal, _) = match head::read(&snapshot) {
            Ok(read) => read,
            Err(StoreError::Damaged { what, .. }) => return broken(Seq(0), what),
            Err(error) => return Err(error),
        };
        let newest: i64 = snapshot.query_row("SELECT coalesce(max(seq), 0) FROM ledger", [], |row| row.get(0))?;
        drop(snapshot);

        let mut last = Head { seq: Seq(0), hash: ZERO };
        let walked = walk(&reader, 1, head.seq.0, |kept| {
            let Kept { seq, entry, spent, hash } = kept;
            let expected = last.seq.0 + 1;
            if seq.0 != expected {
                return Err(Broken { seq: Seq(expected), what: "is missing" });
            }
            if chain::link(&last.hash, seq, &entry, spent.as_ref()) != hash {
                return Err(Broken { seq, what: "was changed, or stands in another's place" });
            }
            if noted.is_some_and(|noted| noted.seq == seq && noted.hash != hash) {
                return Err(Broken { seq, what: "is not the one that was noted" });
            }
            last = Head { seq, hash };
            Ok(())
        });
        match walked {
            Ok(Ok(())) => {}
            Ok(Err(found)) => return Ok(Audit::Broken(found)),
            // A row that cannot be read at all is a finding too.
            Err(StoreError::Damaged { what, .. }) => return broken(Seq(last.seq.0 + 1), what),
            Err(error) => return Err(error),
        }
        if last.seq != head.seq {
            return broken(Seq(last.seq.0 + 1), "is missing: the ledger was cut off here");
        }
        if last.hash != head.hash {
            return broken(head.seq, "is not the one that the head names");
        }
        if !same(&seal, &self.seal.of(&head)) {
            return broken(head.seq, "the head's seal does not fit: the ledger was cut off or rewritten");
        }
        if u64::try_from(newest).is_ok_and(|newest| newest > head.seq.0) {
            return broken(Seq(head.seq.0 + 1), "stands behind the head: it was not written by this program");
        }
        if let Some(noted) = noted.filter(|noted| noted.seq > head.seq) {
            return broken(noted.seq, "was noted once and is missing: the ledger was put back to an older state");
        }
        Ok(Audit::Whole(Verified { entries: head.seq.0, head }))
    }

    /// Gives every entry that the filter lets through, in order, until `each` says no. Nothing is verified here: the
    /// hashes are there so that whoever gets the entries can.
    ///
    /// Gives how many entries there were.
    pub fn export(&self, filter: &Filter, mut each: impl FnMut(ExportedEntry) -> bool) -> Result<u64, StoreError> {
        let reader = self.reader()?;
        let from = filter.from_seq.unwrap_or(1).max(1);
        let to = filter.to_seq.unwrap_or(u64::MAX).min(head::read(&reader)?.0.seq.0);
        let mut before = match from {
            1 => ZERO,
            _ => hash_of(&reader, from - 1)?,
        };
        let mut count = 0;
        let _stopped = walk(&reader, from, to, |Kept { seq, entry, spent, hash }| {
            let exported = ExportedEntry { seq, entry, spent, before, hash };
            before = hash;
            if !filter.admits(&exported.entry) {
                return Ok(());
            }
            count += 1;
            if each(exported) { Ok(()) } else { Err(()) }
        })?;
        Ok(count)
    }

    fn reader(&self) -> Result<Connection, StoreError> {
        db::connect(&self.path, Use::Read, 2048)
    }
}

impl Filter {
    fn admits(&self, entry: &Entry) -> bool {
        let is = |wanted: &Option<String>, found: &str| wanted.as_deref().is_none_or(|wanted| wanted == found);
        self.since.is_none_or(|since| entry.at >= since)
            && self.before.is_none_or(|before| entry.at < before)
            && is(&self.door, &entry.door)
            && is(&self.caller, &entry.caller)
            && is(&self.verdict, entry.ruling.word())
    }
}

/// Reads entries in order, some thousand a snapshot. The inner result is what `each` stopped with.
fn walk<E>(
    on: &Connection,
    from: u64,
    to: u64,
    mut each: impl FnMut(Kept) -> Result<(), E>,
) -> Result<Result<(), E>, StoreError> {
    let number = |n: u64| i64::try_from(n).unwrap_or(i64::MAX);
    let mut select = on.prepare_cached(concat!(
        "SELECT ",
        row::columns!(),
        " FROM ledger WHERE seq BETWEEN ?1 AND ?2 ORDER BY seq LIMIT ?3"
    ))?;
    let mut next = number(from);
    loop {
        let mut rows = select.query(params![next, number(to), STRIDE])?;
        let mut read = 0;
        while let Some(row) = rows.next()? {
            let kept = row::read(row)?;
            next = number(kept.seq.0.saturating_add(1));
            read += 1;
            if let Err(stop) = each(kept) {
                return Ok(Err(stop));
            }
        }
        if read < STRIDE {
            return Ok(Ok(()));
        }
    }
}

fn hash_of(on: &Connection, seq: u64) -> Result<Link, StoreError> {
    let mut hash = ZERO;
    // A missing one leaves zeros: the export then cannot be verified from there, which is the truth.
    let _none = walk(on, seq, seq, |kept| {
        hash = kept.hash;
        Ok::<_, ()>(())
    })?;
    Ok(hash)
}

//! Reference portraits that the operator keeps: photos, to be read again when templates have to be made anew.
//!
//! A photo is sealed under a random key of its own. That key is sealed under one that is derived from the registry key
//! *and the number*, as templates are, so that there is nothing to list and nothing to look at: who has the number of a
//! person can read this person's photo. Erasing overwrites the key and the photo where they lay.

use rusqlite::{Connection, OptionalExtension, params};
use shiming_core::{RecordKey, RecordKind};
use shiming_identity::ResidentId;

use super::{SealedRegistry, Sealer};
use crate::{
    Random, StoreError,
    db::overwriting,
    error::damaged,
    seal::{Secret, Tag},
};

/// A photo as it is kept.
pub(super) struct SealedPhoto {
    wrapped: Vec<u8>,
    sealed: Vec<u8>,
}

impl Sealer {
    /// Seals a photo under a new key, which only who holds the number can open.
    pub(super) fn seal_photo(
        &self,
        key: RecordKey<'_>,
        photo: &[u8],
        random: &dyn Random,
    ) -> Result<SealedPhoto, StoreError> {
        let own = Secret::generate(random)?;
        let sealed = own.seal(&["photo"], photo, random)?;
        Ok(SealedPhoto { wrapped: self.portrait_key(key).seal(&["photo key"], own.expose(), random)?, sealed })
    }

    fn open_photo(&self, key: RecordKey<'_>, photo: &SealedPhoto) -> Option<Vec<u8>> {
        let own = self.portrait_key(key).open(&["photo key"], &photo.wrapped).ok()?;
        let own = Secret::of_slice(&own)?;
        own.open(&["photo"], &photo.sealed).ok().map(|plain| plain.to_vec())
    }
}

impl SealedRegistry {
    /// The photo of a person that was kept with their template; none where none was.
    pub fn photo(&self, person: &ResidentId) -> Result<Option<Vec<u8>>, StoreError> {
        let number = RecordKey { kind: RecordKind::Resident, number: person.expose() };
        let key = self.sealer.row_key(number);
        self.readers.with(|reader| {
            let kept = reader
                .prepare_cached("SELECT wrapped, sealed FROM photo WHERE key = ?1")?
                .query_row([&key[..]], |row| Ok(SealedPhoto { wrapped: row.get(0)?, sealed: row.get(1)? }))
                .optional()?;
            let opened = kept.map(|kept| {
                self.sealer
                    .open_photo(number, &kept)
                    .ok_or_else(|| damaged("photo", &key, "does not open: it was changed or moved"))
            });
            opened.transpose()
        })
    }
}

/// Keeps a photo in place of what was there.
pub(super) fn keep(on: &Connection, row: &Tag, photo: &SealedPhoto) -> Result<(), StoreError> {
    erase(on, row)?;
    on.prepare_cached("INSERT INTO photo (key, wrapped, sealed) VALUES (?1, ?2, ?3)")?.execute(params![
        row,
        photo.wrapped,
        photo.sealed
    ])?;
    Ok(())
}

/// Erases a photo and its key; whether there was one.
pub(super) fn erase(on: &Connection, row: &Tag) -> Result<bool, StoreError> {
    if !on.prepare_cached("SELECT 1 FROM photo WHERE key = ?1")?.exists([&row[..]])? {
        return Ok(false);
    }
    overwriting(on, |on| Ok(on.prepare_cached("DELETE FROM photo WHERE key = ?1")?.execute([&row[..]])? > 0))
}

/// Erases all of them, some in each transaction, and SQLite's log at the end; how many there were.
pub(crate) fn erase_all(on: &mut Connection) -> Result<u64, StoreError> {
    const SOME: i64 = 100;
    let mut erased = 0;
    let mut some = 1;
    while some > 0 {
        some = overwriting(on, |on| {
            let delete = "DELETE FROM photo WHERE rowid IN (SELECT rowid FROM photo LIMIT ?1)";
            Ok(on.prepare_cached(delete)?.execute([SOME])?)
        })?;
        erased += u64::try_from(some).unwrap_or(0);
    }
    on.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |_| Ok(()))?;
    Ok(erased)
}

#[cfg(test)]
#[path = "photo_tests.rs"]
mod tests;

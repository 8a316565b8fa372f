//! Writing the registry: one transaction a batch.

use std::path::Path;

use rusqlite::{Connection, OptionalExtension, Transaction, TransactionBehavior, params};
use shiming_core::{
    Change, RecordKey, RecordKind,
    record::{Maker, Photo},
};

use super::{
    Sealer,
    photo::{self, SealedPhoto},
    stats::RECIPE,
};
use crate::{
    Random, StoreError,
    db::{self, REGISTRY, Use},
    error::damaged,
    seal::{Tag, same},
};

/// What a batch did.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Applied {
    /// Records that were not there before.
    pub inserted: u64,
    /// Records that took the place of others.
    pub replaced: u64,
    /// Records that were taken out.
    pub deleted: u64,
    /// Deletions of what was not there.
    pub absent: u64,
    /// Reference portraits whose templates were kept.
    pub portraits: u64,
    /// Photos of these that were kept too.
    pub photos: u64,
    /// Photos that were erased, with their record or because their template was replaced.
    pub erased: u64,
}

/// Applies changes in a transaction of their own.
pub(crate) fn put(
    connection: &mut Connection,
    sealer: &Sealer,
    changes: &[Change],
    random: &dyn Random,
) -> Result<Applied, StoreError> {
    let rows = seal(sealer, changes, random)?;
    let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
    let applied = apply(&transaction, &rows)?;
    transaction.commit()?;
    Ok(applied)
}

/// A change, sealed.
pub(crate) struct Sealed {
    key: Tag,
    kind: RecordKind,
    what: What,
}

enum What {
    Put(Vec<u8>),
    Delete,
    Portrait(Vec<u8>, Option<Maker>, Photo<SealedPhoto>),
}

/// Seals changes and sorts them by key, so that a batch walks over the tree once. The sort is stable: of two changes to
/// one record the later one stays the later one.
pub(crate) fn seal(sealer: &Sealer, changes: &[Change], random: &dyn Random) -> Result<Vec<Sealed>, StoreError> {
    let mut rows = Vec::with_capacity(changes.len());
    for change in changes {
        let (key, what) = match change {
            Change::Upsert(record) => (record.key(), What::Put(sealer.tags(record))),
            Change::Delete { kind, number } => (RecordKey { kind: *kind, number: number.expose() }, What::Delete),
            Change::Portrait { id, template, photo } => {
                let key = RecordKey { kind: RecordKind::Resident, number: id.expose() };
                let photo = match photo {
                    Photo::LetGo => Photo::LetGo,
                    Photo::Kept(photo) => Photo::Kept(sealer.seal_photo(key, photo, random)?),
                    Photo::Same => Photo::Same,
                };
                (key, What::Portrait(sealer.seal_portrait(key, template.expose(), random)?, template.maker(), photo))
            }
        };
        rows.push(Sealed { key: sealer.row_key(key), kind: key.kind, what });
    }
    rows.sort_by_key(|row| row.key);
    Ok(rows)
}

/// Applies sealed changes and keeps the tally.
pub(crate) fn apply(on: &Transaction<'_>, rows: &[Sealed]) -> Result<Applied, StoreError> {
    let mut insert = on.prepare_cached(
        "INSERT INTO record (key, kind, recipe, tags) VALUES (?1, ?2, ?3, ?4) ON CONFLICT DO NOTHING",
    )?;
    let mut replace = on.prepare_cached("UPDATE record SET recipe = ?2, tags = ?3 WHERE key = ?1")?;
    let mut recipe_of = on.prepare_cached("SELECT recipe FROM record WHERE key = ?1")?;
    let mut delete = on.prepare_cached("DELETE FROM record WHERE key = ?1")?;
    let mut delete_portrait = on.prepare_cached("DELETE FROM portrait WHERE key = ?1")?;
    let mut applied = Applied::default();
    let mut tally = Tally::default();
    for Sealed { key, kind, what } in rows {
        let mut recipe_before = || recipe_of.query_row([&key[..]], |row| row.get::<_, i64>(0)).optional();
        match what {
            What::Put(tags) => {
                if insert.execute(params![key, *kind as i64, RECIPE, tags])? == 1 {
                    applied.inserted += 1;
                } else {
                    if let Some(before) = recipe_before()? {
                        tally.add(*kind, before, -1);
                    }
                    replace.execute(params![key, RECIPE, tags])?;
                    applied.replaced += 1;
                }
                tally.add(*kind, RECIPE, 1);
            }
            What::Portrait(sealed, maker, photo) => {
                if keep_portrait(on, key, sealed, *maker)? {
                    applied.portraits += 1;
                    settle_photo(on, key, photo, &mut applied)?;
                }
            }
            What::Delete => {
                let Some(before) = recipe_before()? else {
                    applied.absent += 1;
                    continue;
                };
                delete.execute([&key[..]])?;
                delete_portrait.execute([&key[..]])?;
                applied.erased += u64::from(photo::erase(on, key)?);
                tally.add(*kind, before, -1);
                applied.deleted += 1;
            }
        }
    }
    tally.keep(on)?;
    Ok(applied)
}

/// Changes to the counts of records by kind and recipe.
#[derive(Default)]
struct Tally(Vec<(RecordKind, i64, i64)>);

impl Tally {
    fn add(&mut self, kind: RecordKind, recipe: i64, rows: i64) {
        match self.0.iter_mut().find(|(k, r, _)| (*k, *r) == (kind, recipe)) {
            Some((_, _, sum)) => *sum += rows,
            None => self.0.push((kind, recipe, rows)),
        }
    }

    fn keep(self, on: &Connection) -> Result<(), StoreError> {
        let mut keep = on.prepare_cached(
            "INSERT INTO tally (kind, recipe, rows) VALUES (?1, ?2, ?3)
             ON CONFLICT DO UPDATE SET rows = rows + excluded.rows",
        )?;
        for (kind, recipe, rows) in self.0.into_iter().filter(|(_, _, rows)| *rows != 0) {
            keep.execute(params![kind as i64, recipe, rows])?;
        }
        on.execute("DELETE FROM tally WHERE rows = 0", [])?;
        Ok(())
    }
}

/// Keeps a portrait's template with a record. False when there is no such record.
pub(crate) fn put_portrait(
    connection: &mut Connection,
    sealer: &Sealer,
    key: RecordKey<'_>,
    template: &[u8],
    random: &dyn Random,
) -> Result<bool, StoreError> {
    let row = sealer.row_key(key);
    let portrait = sealer.seal_portrait(key, template, random)?;
    let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
    let kept = keep_portrait(&transaction, &row, &portrait, None)?;
    if kept {
        photo::erase(&transaction, &row)?;
    }
    transaction.commit()?;
    Ok(kept)
}

/// Keeps a sealed portrait where there is a record; whether there is one.
fn keep_portrait(on: &Transaction<'_>, row: &Tag, sealed: &[u8], maker: Option<Maker>) -> Result<bool, StoreError> {
    let mut keep = on.prepare_cached(
        "INSERT OR REPLACE INTO portrait (key, sealed, maker) SELECT key, ?2, ?3 FROM record WHERE key = ?1",
    )?;
    Ok(keep.execute(params![row, sealed, maker])? > 0)
}

/// Keeps a portrait's photo, or sees to it that none is left of another.
fn settle_photo(
    on: &Transaction<'_>,
    row: &Tag,
    photo: &Photo<SealedPhoto>,
    applied: &mut Applied,
) -> Result<(), StoreError> {
    match photo {
        Photo::Same => {}
        Photo::LetGo => applied.erased += u64::from(photo::erase(on, row)?),
        Photo::Kept(photo) => {
            photo::keep(on, row, photo)?;
            applied.photos += 1;
        }
    }
    Ok(())
}

/// Whether there is a registry with anybody in it.
pub(crate) fn is_filled(dir: &Path) -> Result<bool, StoreError> {
    Ok(REGISTRY.is_made(dir)? && has_records(&db::connect(&dir.join(REGISTRY.file), Use::Write, 64)?)?)
}

fn has_records(on: &Connection) -> Result<bool, StoreError> {
    Ok(on.prepare("SELECT 1 FROM record")?.exists([])?)
}

/// Makes the registry of a store. One that was left behind by a creation that was killed is empty and is taken over; one
/// with records in it belongs to another store.
pub(crate) fn pair(dir: &Path, sealer: &Sealer) -> Result<(), StoreError> {
    let path = dir.join(REGISTRY.file);
    let mut connection = db::connect(&path, Use::Write, 1024)?;
    REGISTRY.migrate(&mut connection, &path, |on| {
        if has_records(on)? {
            return Err(StoreError::Unpaired(path.clone()));
        }
        on.execute("INSERT OR REPLACE INTO pairing (id, tag) VALUES (1, ?1)", [&sealer.pairing()[..]])?;
        Ok(())
    })
}

/// Brings the registry's file to the newest form and checks that it is this store's.
pub(crate) fn check_pair(dir: &Path, sealer: &Sealer) -> Result<(), StoreError> {
    let path = dir.join(REGISTRY.file);
    if !REGISTRY.is_made(dir)? {
        return Err(StoreError::NoRegistry(path));
    }
    let mut connection = db::connect(&path, Use::Write, 1024)?;
    let tag: Vec<u8> = REGISTRY.migrate(&mut connection, &path, |on| {
        on.query_row("SELECT tag FROM pairing", [], |row| row.get(0))
            .optional()?
            .ok_or_else(|| damaged("pairing", 1, "is missing"))
    })?;
    if same(&tag, sealer.pairing()) { Ok(()) } else { Err(StoreError::Unpaired(path)) }
}

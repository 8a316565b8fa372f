//! What is in the registry, counted without counting: the tally is kept with every batch.

use std::collections::BTreeMap;

use rusqlite::{Connection, OptionalExtension, Row};
use shiming_core::{RecordKind, UnixTime, record::Maker};

use super::{SealedRegistry, import::Mark};
use crate::{StoreError, error::damaged};

/// The normalisation recipe that records are sealed under by this program.
pub(crate) const RECIPE: i64 = shiming_identity::RECIPE_VERSION as i64;

/// What is in the registry.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RegistryStats {
    /// Records by kind; every kind is there.
    pub rows: BTreeMap<RecordKind, u64>,
    /// How many of them were sealed under another normalisation recipe: they must be imported again.
    pub stale: u64,
    /// Reference portraits. The law asks more of those who keep 100,000 faces or more.
    pub portraits: u64,
    /// How many of them each network made; none for those from before this was kept.
    pub makers: BTreeMap<Option<Maker>, u64>,
    /// Of how many of these the photo is kept.
    pub photos: BTreeMap<Option<Maker>, u64>,
    /// The import that began last.
    pub last_import: Option<LastImport>,
    /// The normalisation recipe of this program.
    pub recipe: i64,
}

/// An import.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LastImport {
    /// When it began.
    pub started: UnixTime,
    /// When it ended; none while it runs or when it was broken off.
    pub finished: Option<UnixTime>,
    /// How far it came.
    pub mark: Mark,
}

impl RegistryStats {
    /// How many reference portraits another network made than this one.
    pub fn made_by_others(&self, maker: Maker) -> u64 {
        by_others(&self.makers, maker)
    }

    /// Of how many of those the photo is kept, so that templates can be made anew of it.
    pub fn photos_of_others(&self, maker: Maker) -> u64 {
        by_others(&self.photos, maker)
    }
}

fn by_others(counts: &BTreeMap<Option<Maker>, u64>, maker: Maker) -> u64 {
    counts.iter().filter(|(made, _)| **made != Some(maker)).map(|(_, count)| count).sum()
}

impl SealedRegistry {
    /// What is in the registry.
    pub fn stats(&self) -> Result<RegistryStats, StoreError> {
        self.readers.renew();
        self.readers.with(|on| {
            let mut rows: BTreeMap<RecordKind, u64> = RecordKind::ALL.into_iter().map(|kind| (kind, 0)).collect();
            let mut stale = 0;
            let mut tally = on.prepare_cached("SELECT kind, recipe, rows FROM tally")?;
            let mut counted = tally.query([])?;
            while let Some(row) = counted.next()? {
                let (kind, recipe, count): (i64, i64, i64) = (row.get(0)?, row.get(1)?, row.get(2)?);
                let broken = |what| damaged("tally", format!("{kind}|{recipe}"), what);
                let known = RecordKind::ALL.into_iter().find(|known| *known as i64 == kind);
                let known = known.ok_or_else(|| broken("there is no such kind"))?;
                let count = u64::try_from(count).map_err(|_| broken("a count below zero"))?;
                *rows.entry(known).or_default() += count;
                if recipe != RECIPE {
                    stale += count;
                }
            }
            let makers = by_maker(on, "SELECT maker, count(*) FROM portrait GROUP BY maker")?;
            let photos =
                by_maker(on, "SELECT maker, count(*) FROM photo CROSS JOIN portrait USING (key) GROUP BY maker")?;
            let last_import = on
                .query_row(
                    "SELECT byte_offset, line, accepted, rejected, deleted, rejects_len, started, finished
                     FROM import ORDER BY started DESC LIMIT 1",
                    [],
                    |row| {
                        Ok(LastImport {
                            mark: Mark::from_row(row)?,
                            started: UnixTime(row.get(6)?),
                            finished: row.get::<_, Option<i64>>(7)?.map(UnixTime),
                        })
                    },
                )
                .optional()?;
            let portraits = makers.values().sum();
            Ok(RegistryStats { rows, stale, portraits, makers, photos, last_import, recipe: RECIPE })
        })
    }
}

/// Counts by the network that made something.
fn by_maker(on: &Connection, counts: &str) -> Result<BTreeMap<Option<Maker>, u64>, StoreError> {
    let mut counts = on.prepare_cached(counts)?;
    let count = |row: &Row<'_>| Ok((row.get(0)?, u64::try_from(row.get::<_, i64>(1)?).unwrap_or(0)));
    Ok(counts.query_map([], count)?.collect::<Result<_, _>>()?)
}

//! The sealed registry: what an operator loaded, in a form that answers only those who hold a number already.
//!
//! A row's key is a keyed hash of kind and number. Its `tags` are, for each element of the record, the element's number
//! (one byte) and a keyed hash of kind, element, number and value (16 bytes). A portrait's template is encrypted under
//! a key that is derived from the registry key *and the number*; so is the key of its photo, where that is kept. There is nothing to list and nothing to search; a
//! stolen file answers nothing, and with the registry key it answers only guesses of whole numbers.
//!
//! A look-up runs on the thread that asks, on one of a few connections of its own with prepared statements. There is
//! no hand-over to another thread: that would cost several times the look-up.

pub(crate) mod import;
pub(crate) mod photo;
mod readers;
pub(crate) mod stats;
pub(crate) mod write;

use std::{fmt, future::ready, path::Path, sync::Arc};

use rusqlite::{Connection, OptionalExtension};
use shiming_core::{
    BoxFuture, Claim, Element, Elements, Finding, Record, RecordKey, RecordKind, Source, SourceDown, SourceId,
    record::Maker,
};
use shiming_identity::ResidentId;

use self::readers::Readers;
use crate::{
    Options, Random, StoreError,
    error::damaged,
    seal::{Secret, Tag, Tagger, same},
};

/// The registry as a [`Source`], by the name `registry`.
pub struct SealedRegistry {
    id: SourceId,
    sealer: Arc<Sealer>,
    readers: Readers,
}

impl fmt::Debug for SealedRegistry {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SealedRegistry")
    }
}

impl Source for SealedRegistry {
    fn id(&self) -> &SourceId {
        &self.id
    }

    fn ask<'a>(&'a self, claim: &'a Claim) -> BoxFuture<'a, Result<Finding, SourceDown>> {
        Box::pin(ready(self.look_up(claim).map_err(|error| SourceDown(error.into()))))
    }
}

impl SealedRegistry {
    pub(crate) fn open(path: &Path, sealer: Arc<Sealer>, options: &Options) -> Result<Self, StoreError> {
        Ok(Self {
            id: "registry".into(),
            sealer,
            readers: Readers::open(path, options.readers, options.reader_cache_kib)?,
        })
    }

    /// Compares a claim with the record under its number. An element that is claimed and that the record lacks differs.
    pub fn look_up(&self, claim: &Claim) -> Result<Finding, StoreError> {
        let number = claim.key();
        let key = self.sealer.row_key(number);
        let wants_portrait = matches!(claim, Claim::Resident { portrait: Some(_), .. });
        self.readers.with(|reader| {
            let mut select = reader.prepare_cached("SELECT kind, recipe, tags FROM record WHERE key = ?1")?;
            let mut rows = select.query([&key[..]])?;
            let Some(row) = rows.next()? else { return Ok(Finding::NoRecord) };
            let broken = |what| damaged("record", &key, what);
            if row.get::<_, i64>(0)? != number.kind as i64 {
                return Err(broken("its kind is not the one it is sealed under"));
            }
            let recipe: i64 = row.get(1)?;
            let tags = row.get_ref(2)?.as_blob().map_err(rusqlite::Error::from)?;
            let tags = Tags::read(tags).ok_or_else(|| broken("its tags are cut or repeated"))?;
            let mut differing = Elements::NONE;
            claim.for_each_element(|element, value| {
                let equal = tags.of(element).is_some_and(|tag| same(tag, &self.sealer.element(number, element, value)));
                if !equal {
                    differing = differing.with(element);
                }
            });
            if !differing.is_empty() && recipe != stats::RECIPE {
                return Err(StoreError::StaleRecipe { found: recipe, current: stats::RECIPE });
            }
            let portrait =
                if wants_portrait && differing.is_empty() { self.portrait(reader, number, &key)? } else { None };
            Ok(Finding::Record { differing, portrait })
        })
    }

    /// What is kept of the reference portrait with a record, opened.
    fn portrait(&self, reader: &Connection, number: RecordKey<'_>, key: &Tag) -> Result<Option<Vec<u8>>, StoreError> {
        let sealed: Option<Vec<u8>> = reader
            .prepare_cached("SELECT sealed FROM portrait WHERE key = ?1")?
            .query_row([&key[..]], |row| row.get(0))
            .optional()?;
        let opened = sealed.map(|sealed| {
            self.sealer
                .open_portrait(number, &sealed)
                .ok_or_else(|| damaged("portrait", key, "does not open: it was changed or moved"))
        });
        opened.transpose()
    }

    /// Whether there is a template of this person that another network made.
    pub fn is_made_by_another(&self, person: &ResidentId, maker: Maker) -> Result<bool, StoreError> {
        let key = self.sealer.row_key(RecordKey { kind: RecordKind::Resident, number: person.expose() });
        self.readers.with(|reader| {
            let mut select = reader.prepare_cached("SELECT maker FROM portrait WHERE key = ?1")?;
            let made: Option<Option<Maker>> = select.query_row([&key[..]], |row| row.get(0)).optional()?;
            Ok(made.is_some_and(|made| made != Some(maker)))
        })
    }

    /// Lets the next look-ups see what this process has just written.
    pub(crate) fn renew(&self) {
        self.readers.renew();
    }

    pub(crate) fn sealer(&self) -> &Arc<Sealer> {
        &self.sealer
    }
}

/// Makes what a row holds out of a record. Everything in it derives from the registry key.
pub(crate) struct Sealer {
    rows: Tagger,
    elements: Tagger,
    portraits: Secret,
    pairing: Tag,
}

impl fmt::Debug for Sealer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Sealer(…)")
    }
}

impl Sealer {
    pub(crate) fn new(registry: &Secret) -> Self {
        let derived = |label: &[u8]| registry.derive(&[b"registry ", label]);
        Self {
            rows: Tagger::new(&derived(b"row")),
            elements: Tagger::new(&derived(b"element")),
            portraits: derived(b"portrait"),
            pairing: Tagger::new(&derived(b"pairing")).tag(&[], &[]),
        }
    }

    /// What a row is found by.
    pub(crate) fn row_key(&self, key: RecordKey<'_>) -> Tag {
        self.rows.tag(&[key.kind as u8], &[key.number.as_bytes()])
    }

    fn element(&self, key: RecordKey<'_>, element: Element, value: &str) -> Tag {
        self.elements.tag(&[key.kind as u8, element as u8], &[key.number.as_bytes(), value.as_bytes()])
    }

    /// The tags of a record as they are kept.
    pub(crate) fn tags(&self, record: &Record) -> Vec<u8> {
        let key = record.key();
        let mut tags = Vec::with_capacity(3 * Tags::ONE);
        record.for_each_element(|element, value| {
            tags.push(element as u8);
            tags.extend_from_slice(&self.element(key, element, value));
        });
        tags
    }

    /// Seals a template so that only who holds the number can open it.
    pub(crate) fn seal_portrait(
        &self,
        key: RecordKey<'_>,
        template: &[u8],
        random: &dyn Random,
    ) -> Result<Vec<u8>, StoreError> {
        self.portrait_key(key).seal(&["portrait"], template, random)
    }

    fn open_portrait(&self, key: RecordKey<'_>, sealed: &[u8]) -> Option<Vec<u8>> {
        self.portrait_key(key).open(&["portrait"], sealed).ok().map(|plain| plain.to_vec())
    }

    fn portrait_key(&self, key: RecordKey<'_>) -> Secret {
        self.portraits.derive(&[&[key.kind as u8], key.number.as_bytes()])
    }

    /// What ties the registry's file to this key.
    pub(crate) fn pairing(&self) -> &Tag {
        &self.pairing
    }
}

/// The tags of one row.
struct Tags<'a>(&'a [u8]);

impl<'a> Tags<'a> {
    /// An element's number and its tag.
    const ONE: usize = 1 + size_of::<Tag>();

    /// Checks the shape: whole tags, each element at most once.
    fn read(bytes: &'a [u8]) -> Option<Self> {
        let mut seen = Elements::NONE.bits();
        for one in bytes.chunks(Self::ONE) {
            let bit = 1u16.checked_shl(u32::from(*one.first()?))?;
            if one.len() != Self::ONE || seen & bit != 0 {
                return None;
            }
            seen |= bit;
        }
        Some(Self(bytes))
    }

    fn of(&self, element: Element) -> Option<&'a [u8]> {
        self.0.chunks_exact(Self::ONE).find(|one| one.first() == Some(&(element as u8))).and_then(|one| one.get(1..))
    }
}

#[cfg(test)]
mod bench;
#[cfg(test)]
mod tests;

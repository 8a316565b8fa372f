//! The cases' key, and what is made with it.

use std::{fmt, sync::Arc};

use rusqlite::Connection;
use zeroize::Zeroizing;

use crate::{
    MasterKeys, Random, StoreError,
    error::damaged,
    seal::{LargeTagger, Sealed, Secret, Tag, hex},
    vault::later_key,
};

/// What cases and papers share: keys and chance.
pub(crate) struct Seals {
    content: Secret,
    papers: Secret,
    tags: LargeTagger,
    random: Arc<dyn Random>,
}

impl fmt::Debug for Seals {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Seals(…)")
    }
}

/// The key's name among the wrapped keys.
const NAME: &str = "cases";

impl Seals {
    /// Unwraps the cases' key. A store from before there were cases gets one now.
    pub(crate) fn open(on: &Connection, ring: &MasterKeys, random: &Arc<dyn Random>) -> Result<Self, StoreError> {
        let key = later_key(on, ring, &**random, (NAME, "case_file"))?;
        Ok(Self {
            content: key.derive(&[b"content"]),
            papers: key.derive(&[b"papers"]),
            tags: LargeTagger::new(&key.derive(&[b"tags"]))?,
            random: Arc::clone(random),
        })
    }

    /// Seals something that belongs to a case.
    pub(crate) fn seal(&self, number: i64, part: &str, plain: &[u8]) -> Result<Vec<u8>, StoreError> {
        self.content.seal(&["case", &number.to_string(), part], plain, &*self.random)
    }

    /// Opens it.
    pub(crate) fn open_part(&self, number: i64, part: &str, sealed: &[u8]) -> Result<Zeroizing<Vec<u8>>, StoreError> {
        self.content
            .open(&["case", &number.to_string(), part], sealed)
            .map_err(|_| damaged("case_file", number, "what is sealed in it does not open: it was changed or moved"))
    }

    /// A number for a notice.
    pub(crate) fn notice(&self) -> Result<String, StoreError> {
        let mut number = [0; 16];
        self.random.fill(&mut number).map_err(StoreError::Random)?;
        Ok(format!("msg_{}", hex(&number)))
    }

    /// The keyed hash of a paper's content.
    pub(crate) fn tag(&self, bytes: &[u8]) -> Result<Tag, StoreError> {
        self.tags.tag(b"paper", bytes)
    }

    /// Seals a paper under a new key. Gives the name of its object, the wrapped key and the sealed bytes.
    pub(crate) fn seal_paper(&self, bytes: Vec<u8>) -> Result<(String, Vec<u8>, Sealed), StoreError> {
        let mut name = [0; 16];
        self.random.fill(&mut name).map_err(StoreError::Random)?;
        let object = hex(&name);
        let key = Secret::generate(&*self.random)?;
        let sealed = key.seal_in_place(&["paper", &object], bytes, &*self.random)?;
        let wrapped = self.papers.seal(&["paper key", &object], key.expose(), &*self.random)?;
        Ok((object, wrapped, sealed))
    }

    /// Opens a paper's object.
    pub(crate) fn open_paper(&self, object: &str, wrapped: &[u8], sealed: &[u8]) -> Result<Vec<u8>, StoreError> {
        let broken = |what| damaged("paper", object, what);
        let key = self
            .papers
            .open(&["paper key", object], wrapped)
            .map_err(|_| broken("its key does not open: it was changed or moved"))?;
        let key = Secret::of_slice(&key).ok_or_else(|| broken("its key is not a key"))?;
        let plain = key.open(&["paper", object], sealed);
        // What is handed out is not erased afterwards in any case: it is not copied either.
        plain
            .map(|mut plain| std::mem::take(&mut *plain))
            .map_err(|_| broken("its object does not open: it was changed or moved"))
    }
}

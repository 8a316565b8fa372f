//! The sessions' key, and what is made with it.

use std::{fmt, sync::Arc};

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use rusqlite::Connection;
use shiming_core::{SessionKey, redeem::DeskSecret};
use zeroize::Zeroizing;

use crate::{
    MasterKeys, Random, StoreError,
    error::damaged,
    seal::{Secret, Tag, Tagger},
    vault::later_key,
};

/// A kind of thing that only a browser has.
pub(crate) type SecretKind = &'static [u8];
pub(crate) const LINK: SecretKind = b"link";
pub(crate) const SEAT: SecretKind = b"seat";
pub(crate) const FORM: SecretKind = b"form";

pub(crate) struct Seals {
    person: Secret,
    tags: Tagger,
    random: Arc<dyn Random>,
}

impl fmt::Debug for Seals {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Seals(…)")
    }
}

/// The key's name among the wrapped keys.
const NAME: &str = "sessions";

impl Seals {
    /// Unwraps the sessions' key. A store from before there were sessions gets one now.
    pub(crate) fn open(on: &Connection, ring: &MasterKeys, random: &Arc<dyn Random>) -> Result<Self, StoreError> {
        let key = later_key(on, ring, &**random, (NAME, "session"))?;
        Ok(Self {
            person: key.derive(&[b"person"]),
            tags: Tagger::new(&key.derive(&[b"tags"])),
            random: Arc::clone(random),
        })
    }

    /// A new secret of 32 random bytes, and its keyed hash.
    pub(crate) fn secret(&self, kind: SecretKind) -> Result<(DeskSecret, Tag), StoreError> {
        let mut bytes = Zeroizing::new([0; 32]);
        self.random.fill(&mut *bytes).map_err(StoreError::Random)?;
        let secret = DeskSecret::new(URL_SAFE_NO_PAD.encode(*bytes));
        let tag = self.tag(kind, &secret);
        Ok((secret, tag))
    }

    /// The keyed hash of a secret, as a thing of one kind.
    pub(crate) fn tag(&self, kind: SecretKind, secret: &DeskSecret) -> Tag {
        self.tags.tag(kind, &[secret.expose().as_bytes()])
    }

    /// Seals something that belongs to a session.
    pub(crate) fn seal(&self, key: &SessionKey, part: &str, plain: &[u8]) -> Result<Vec<u8>, StoreError> {
        self.person.seal(&place(key, part), plain, &*self.random)
    }

    /// Opens it.
    pub(crate) fn open_part(
        &self,
        key: &SessionKey,
        part: &str,
        sealed: &[u8],
    ) -> Result<Zeroizing<Vec<u8>>, StoreError> {
        self.person
            .open(&place(key, part), sealed)
            .map_err(|_| damaged("session", name(key), "what is sealed in it does not open: it was changed or moved"))
    }
}

/// How a session is called in an error: its handle stays out of it.
pub(crate) fn name(key: &SessionKey) -> String {
    format!("{}|{}|{}", key.door, key.caller, key.kind)
}

fn place<'a>(key: &'a SessionKey, part: &'a str) -> [&'a str; 6] {
    ["session", &key.door, &key.caller, &key.kind, &key.handle, part]
}

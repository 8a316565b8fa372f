//! Operators with roles, and a keyed hash of each one's key. Whoever reads the file cannot tell a key from it, nor put in
//! one of their own.

use std::{fmt, sync::Arc};

use rusqlite::{Connection, Row, params};
use secrecy::{ExposeSecret, SecretString};
use shiming_core::{Operator, Operators, OperatorsError, Role, UnixTime};

use crate::{
    StoreError,
    error::damaged,
    seal::{Secret, Tag, Tagger, same},
    vault::Vault,
};

/// The port [`Operators`] on SQLite, and what changes them.
pub struct KeyedOperators {
    vault: Arc<Vault>,
    keys: Tagger,
}

impl fmt::Debug for KeyedOperators {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("KeyedOperators")
    }
}

impl Operators for KeyedOperators {
    fn all(&self) -> Result<Vec<Operator>, OperatorsError> {
        let rows = self.vault.read(|on| rows(on)).map_err(trouble)?;
        Ok(rows.into_iter().map(|(operator, _)| operator).collect())
    }

    fn by_key(&self, key: &str) -> Result<Option<Operator>, OperatorsError> {
        let given = self.tag(key);
        let rows = self.vault.read(|on| rows(on)).map_err(trouble)?;
        // Each is compared in constant time, and all of them whichever it is: there are a few.
        let mut found = None;
        for (operator, kept) in rows {
            if same(&kept, &given) {
                found = Some(operator);
            }
        }
        Ok(found)
    }
}

impl KeyedOperators {
    pub(crate) fn new(vault: Arc<Vault>, ledger: &Secret) -> Self {
        Self { vault, keys: Tagger::new(&ledger.derive(&[b"operator keys"])) }
    }

    /// Adds one. False where there is one of that name, enabled or not.
    pub fn add(&self, name: &str, role: Role, key: &SecretString, now: UnixTime) -> Result<bool, StoreError> {
        let key = self.tag(key.expose_secret());
        self.vault.write(|on| {
            let rows = on.execute(
                "INSERT INTO operator (name, role, enabled, key, added, keyed) VALUES (?1, ?2, 1, ?3, ?4, ?4)
                 ON CONFLICT (name) DO NOTHING",
                params![name, role as u8, key, now.millis()],
            )?;
            Ok(rows > 0)
        })
    }

    /// Enables or disables one. False when there is none of that name.
    pub fn set_enabled(&self, name: &str, enabled: bool) -> Result<bool, StoreError> {
        self.vault
            .write(|on| Ok(on.execute("UPDATE operator SET enabled = ?2 WHERE name = ?1", params![name, enabled])? > 0))
    }

    /// Gives one another role. False when there is none of that name.
    pub fn set_role(&self, name: &str, role: Role) -> Result<bool, StoreError> {
        self.vault
            .write(|on| Ok(on.execute("UPDATE operator SET role = ?2 WHERE name = ?1", params![name, role as u8])? > 0))
    }

    /// Puts a new key in place of the old one, which is gone. False when there is none of that name.
    pub fn rotate(&self, name: &str, key: &SecretString, now: UnixTime) -> Result<bool, StoreError> {
        let key = self.tag(key.expose_secret());
        self.vault.write(|on| {
            let rows = on.execute(
                "UPDATE operator SET key = ?2, keyed = ?3 WHERE name = ?1",
                params![name, key, now.millis()],
            )?;
            Ok(rows > 0)
        })
    }

    fn tag(&self, key: &str) -> Tag {
        self.keys.tag(b"operator", &[key.as_bytes()])
    }
}

fn rows(on: &Connection) -> Result<Vec<(Operator, Vec<u8>)>, StoreError> {
    let mut select = on.prepare_cached("SELECT name, role, enabled, key, added, keyed FROM operator ORDER BY name")?;
    let mut rows = select.query([])?;
    let mut found = Vec::new();
    while let Some(row) = rows.next()? {
        found.push((read(row)?, row.get(3)?));
    }
    Ok(found)
}

/// Reads a row. What cannot have been written here is damaged.
fn read(row: &Row<'_>) -> Result<Operator, StoreError> {
    let name: String = row.get(0)?;
    let broken = |what| damaged("operator", name.as_str(), what);
    let role = Role::from_number(row.get(1)?).ok_or_else(|| broken("there is no such role"))?;
    let enabled = match row.get::<_, i64>(2)? {
        0 => false,
        1 => true,
        _ => return Err(broken("its state is neither 0 nor 1")),
    };
    Ok(Operator { role, enabled, added: UnixTime(row.get(4)?), keyed: UnixTime(row.get(5)?), name })
}

fn trouble(error: StoreError) -> OperatorsError {
    OperatorsError(error.into())
}

#[cfg(test)]
mod tests;

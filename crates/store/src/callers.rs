//! Callers, their secrets wrapped by the master key.
//!
//! A secret is bound to its place (door, key id, name), so that one copied to another row does not open there.

use std::{collections::BTreeMap, fmt, sync::Arc};

use rusqlite::{Connection, params};
use secrecy::{ExposeSecret, SecretString};
use shiming_core::{Caller, CallerState, Callers, NewCaller};

use crate::{
    MasterKeys, Random, StoreError,
    error::damaged,
    vault::{Vault, unwrap},
};

/// The port [`Callers`] on SQLite.
pub struct SealedCallers {
    vault: Arc<Vault>,
}

impl fmt::Debug for SealedCallers {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SealedCallers")
    }
}

/// A caller as a list shows it: nothing is unwrapped for it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CallerSummary {
    /// Which door it comes through.
    pub door: String,
    /// Its public name on the wire.
    pub key_id: String,
    /// What the operator calls it.
    pub label: String,
    /// Whether it may call.
    pub state: CallerState,
    /// What else the door keeps about it.
    pub settings: BTreeMap<String, String>,
    /// The names of its secrets, and of the master key that wraps each.
    pub secrets: BTreeMap<String, String>,
}

impl Callers for SealedCallers {
    type Error = StoreError;

    fn all(&self) -> Result<Vec<Caller>, StoreError> {
        let ring = self.vault.ring.read();
        self.vault.read(|on| {
            let summaries = list(on)?;
            summaries.into_iter().map(|summary| open(on, &ring, summary)).collect()
        })
    }

    fn revision(&self) -> Result<i64, StoreError> {
        let connection = self.vault.control.lock();
        let mut statement = connection.prepare_cached("SELECT revision FROM caller_revision")?;
        Ok(statement.query_row([], |row| row.get(0))?)
    }

    fn put(&self, caller: &NewCaller) -> Result<(), StoreError> {
        let ring = self.vault.ring.read();
        let Caller { door, key_id, label, state, secrets, settings } = caller;
        self.vault.write(|on| {
            on.execute(
                "INSERT INTO caller (door, key_id, label, state) VALUES (?1, ?2, ?3, ?4)
                 ON CONFLICT DO UPDATE SET label = excluded.label, state = excluded.state",
                params![door, key_id, label, *state == CallerState::Enabled],
            )?;
            on.execute("DELETE FROM caller_setting WHERE door = ?1 AND key_id = ?2", [door, key_id])?;
            on.execute("DELETE FROM caller_secret WHERE door = ?1 AND key_id = ?2", [door, key_id])?;
            for (name, value) in settings {
                on.execute("INSERT INTO caller_setting VALUES (?1, ?2, ?3, ?4)", [door, key_id, name, value])?;
            }
            for (name, secret) in secrets {
                seal(on, &ring, [door, key_id, name], secret, &*self.vault.random)?;
            }
            changed(on)
        })
    }

    fn set_state(&self, door: &str, key_id: &str, state: CallerState) -> Result<bool, StoreError> {
        self.vault.write(|on| {
            let rows = on.execute(
                "UPDATE caller SET state = ?3 WHERE door = ?1 AND key_id = ?2",
                params![door, key_id, state == CallerState::Enabled],
            )?;
            changed(on)?;
            Ok(rows > 0)
        })
    }
}

impl SealedCallers {
    pub(crate) fn new(vault: Arc<Vault>) -> Self {
        Self { vault }
    }

    /// Every caller, nothing unwrapped, by door and key id.
    pub fn list(&self) -> Result<Vec<CallerSummary>, StoreError> {
        self.vault.read(|on| list(on))
    }

    /// Puts new secrets in place of those of the same names; the old ones are gone. False when there is no such caller.
    pub fn rotate(
        &self,
        door: &str,
        key_id: &str,
        secrets: &BTreeMap<String, SecretString>,
    ) -> Result<bool, StoreError> {
        let ring = self.vault.ring.read();
        self.vault.write(|on| {
            let known =
                on.prepare_cached("SELECT 1 FROM caller WHERE door = ?1 AND key_id = ?2")?.exists([door, key_id])?;
            if !known {
                return Ok(false);
            }
            for (name, secret) in secrets {
                seal(on, &ring, [door, key_id, name], secret, &*self.vault.random)?;
            }
            changed(on)?;
            Ok(true)
        })
    }
}

fn changed(on: &Connection) -> Result<(), StoreError> {
    on.execute("UPDATE caller_revision SET revision = revision + 1", [])?;
    Ok(())
}

fn seal(
    on: &Connection,
    ring: &MasterKeys,
    [door, key_id, name]: [&str; 3],
    secret: &SecretString,
    random: &dyn Random,
) -> Result<(), StoreError> {
    let (master, sealed) =
        ring.wrap(&["caller_secret", door, key_id, name], secret.expose_secret().as_bytes(), random)?;
    on.execute(
        "INSERT OR REPLACE INTO caller_secret (door, key_id, name, master, sealed) VALUES (?1, ?2, ?3, ?4, ?5)",
        params![door, key_id, name, master, sealed],
    )?;
    Ok(())
}

fn open(on: &Connection, ring: &MasterKeys, summary: CallerSummary) -> Result<Caller, StoreError> {
    let CallerSummary { door, key_id, label, state, settings, secrets: names } = summary;
    let mut secrets = BTreeMap::new();
    for (name, master) in names {
        let sealed: Vec<u8> = on
            .prepare_cached("SELECT sealed FROM caller_secret WHERE door = ?1 AND key_id = ?2 AND name = ?3")?
            .query_row([&door, &key_id, &name], |row| row.get(0))?;
        let row = format!("{door}|{key_id}|{name}");
        let place = ["caller_secret", &door, &key_id, &name];
        let plain = unwrap(ring, ("caller_secret", &row), &master, &place, &sealed)?;
        let text = std::str::from_utf8(&plain).map_err(|_| damaged("caller_secret", row.as_str(), "is not text"))?;
        secrets.insert(name, SecretString::from(text));
    }
    Ok(Caller { door, key_id, label, state, secrets, settings })
}

fn list(on: &Connection) -> Result<Vec<CallerSummary>, StoreError> {
    let pairs = |query: &str, door: &str, key_id: &str| -> Result<BTreeMap<String, String>, StoreError> {
        let rows = on
            .prepare_cached(query)?
            .query_map([door, key_id], |row| Ok((row.get(0)?, row.get(1)?)))?
            .collect::<Result<_, _>>()?;
        Ok(rows)
    };
    let mut statement = on.prepare_cached("SELECT door, key_id, label, state FROM caller ORDER BY door, key_id")?;
    let rows = statement.query_map([], |row| {
        Ok((row.get::<_, String>(0)?, row.get::<_, String>(1)?, row.get::<_, String>(2)?, row.get::<_, i64>(3)?))
    })?;
    rows.map(|row| {
        let (door, key_id, label, state) = row?;
        let state = match state {
            0 => CallerState::Disabled,
            1 => CallerState::Enabled,
            _ => return Err(damaged("caller", format!("{door}|{key_id}"), "its state is neither 0 nor 1")),
        };
        let settings = pairs("SELECT name, value FROM caller_setting WHERE door = ?1 AND key_id = ?2", &door, &key_id)?;
        let secrets = pairs("SELECT name, master FROM caller_secret WHERE door = ?1 AND key_id = ?2", &door, &key_id)?;
        Ok(CallerSummary { door, key_id, label, state, settings, secrets })
    })
    .collect()
}

#[cfg(test)]
mod tests;

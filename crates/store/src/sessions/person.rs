//! The person of a session, sealed.

use rusqlite::{Connection, OptionalExtension, params};
use shiming_core::{SessionKey, redeem::Person};
use shiming_identity::{Date, PersonName, ResidentId};
use zeroize::Zeroizing;

use super::seals::{Seals, name};
use crate::{StoreError, error::damaged};

/// Who says who the person is. The number of each is part of the stored format.
#[derive(Clone, Copy)]
#[repr(u8)]
pub(crate) enum Part {
    /// The caller.
    Claimed = 1,
    /// The person, at the desk.
    Given = 2,
}

impl Part {
    const fn word(self) -> &'static str {
        match self {
            Self::Claimed => "claimed",
            Self::Given => "given",
        }
    }
}

/// `length u32 ‖ id ‖ length u32 ‖ name ‖ photo`, lengths big-endian; a photo of no bytes is none.
pub(crate) fn seal(seals: &Seals, key: &SessionKey, part: Part, person: &Person) -> Result<Vec<u8>, StoreError> {
    let portrait = person.portrait.as_deref().unwrap_or_default();
    let (id, name) = (person.id.expose().as_bytes(), person.name.expose().as_bytes());
    let mut plain = Zeroizing::new(Vec::with_capacity(8 + id.len() + name.len() + portrait.len()));
    for text in [id, name] {
        plain.extend_from_slice(&u32::try_from(text.len()).unwrap_or(u32::MAX).to_be_bytes());
        plain.extend_from_slice(text);
    }
    plain.extend_from_slice(portrait);
    seals.seal(key, part.word(), &plain)
}

pub(crate) fn put(on: &Connection, session: i64, part: Part, sealed: &[u8]) -> Result<(), StoreError> {
    on.prepare_cached("INSERT OR REPLACE INTO session_person (session, part, sealed) VALUES (?1, ?2, ?3)")?
        .execute(params![session, part as u8, sealed])?;
    Ok(())
}

pub(crate) fn erase(on: &Connection, session: i64, part: Part) -> Result<(), StoreError> {
    on.prepare_cached("DELETE FROM session_person WHERE session = ?1 AND part = ?2")?
        .execute(params![session, part as u8])?;
    Ok(())
}

pub(crate) fn read(on: &Connection, seals: &Seals, key: &SessionKey, part: Part) -> Result<Option<Person>, StoreError> {
    let sealed: Option<Vec<u8>> = on
        .prepare_cached(
            "SELECT sealed FROM session JOIN session_person ON session_person.session = session.id
             WHERE door = ?1 AND caller = ?2 AND kind = ?3 AND handle = ?4 AND part = ?5",
        )?
        .query_row(params![key.door, key.caller, key.kind, key.handle, part as u8], |row| row.get(0))
        .optional()?;
    let Some(sealed) = sealed else { return Ok(None) };
    let plain = seals.open_part(key, part.word(), &sealed)?;
    let person = decode(&plain).ok_or_else(|| damaged("session_person", name(key), "is not a person"))?;
    Ok(Some(person))
}

fn decode(plain: &[u8]) -> Option<Person> {
    let (id, rest) = text(plain)?;
    let (name, portrait) = text(rest)?;
    Some(Person {
        // It was well formed on the day that it came; any later day will do.
        id: ResidentId::parse(id, Date::MAX).ok()?.value,
        name: PersonName::parse(name).ok()?.value,
        portrait: (!portrait.is_empty()).then(|| portrait.to_vec()),
    })
}

fn text(bytes: &[u8]) -> Option<(&str, &[u8])> {
    let (len, rest) = bytes.split_first_chunk::<4>()?;
    let (text, rest) = rest.split_at_checked(usize::try_from(u32::from_be_bytes(*len)).ok()?)?;
    Some((std::str::from_utf8(text).ok()?, rest))
}

//! An entry as a row, both ways.

use rusqlite::{CachedStatement, Row};
use shiming_core::{
    CannotCheck, CaseStep, Check, Elements, Entry, Ruling, Score, Seq, SourceId, SubjectTag, UnixTime, Unusable,
    Verdict,
};

use super::chain::{self, Link, Spent};
use crate::{StoreError, error::damaged};

/// The columns, in the order that both directions use. A macro, so that statements are whole at compile time.
macro_rules! columns {
    () => {
        "seq, at, request_id, door, caller, operation, checked, subject, verdict, differing, silent, source, \
         took_micros, spent, spent_until, hash, score"
    };
}
pub(crate) use columns;

/// Inserts a row.
pub(crate) const INSERT: &str = concat!(
    "INSERT INTO ledger (",
    columns!(),
    ") VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17)"
);

/// A row as it was read.
pub(crate) struct Kept {
    pub(crate) seq: Seq,
    pub(crate) entry: Entry,
    pub(crate) spent: Option<Spent>,
    pub(crate) hash: Link,
}

pub(crate) fn insert(
    statement: &mut CachedStatement<'_>,
    seq: i64,
    entry: &Entry,
    spent: Option<&Spent>,
    hash: &Link,
) -> rusqlite::Result<()> {
    let (differing, silent) = entry.ruling.verdict().map_or((Elements::NONE, None), chain::details);
    statement.execute(rusqlite::params![
        seq,
        entry.at.millis(),
        entry.request_id,
        entry.door,
        entry.caller,
        entry.operation,
        entry.ruling.asked(),
        entry.subject.0,
        entry.ruling.word(),
        differing.bits(),
        silent,
        entry.source.as_ref().map(SourceId::as_str),
        entry.took_micros,
        spent.map(|(key, _)| key),
        spent.map(|(_, until)| until.millis()),
        hash,
        entry.ruling.score().map(Score::hundredths),
    ])?;
    Ok(())
}

/// Reads a row. What cannot have been written by [`insert`] is damaged.
pub(crate) fn read(row: &Row<'_>) -> Result<Kept, StoreError> {
    let seq: i64 = row.get(0)?;
    let broken = |what| damaged("ledger", seq, what);
    let text = |at, what| row.get::<_, String>(at).map_err(|_| broken(what));
    let optional = |at, what| row.get::<_, Option<String>>(at).map_err(|_| broken(what));
    let number = |at, what| row.get::<_, i64>(at).map_err(|_| broken(what));

    let check = text(6, "its check is not text")?;
    let differing = u16::try_from(number(9, "its differing elements are not a number")?);
    let differing = differing.map_err(|_| broken("its differing elements are out of range"))?;
    let silent = optional(10, "its silent source is not text")?;
    let word = text(8, "its verdict is not text")?;
    let score: Option<u16> = row.get(16).map_err(|_| broken("its score is not a number"))?;
    let ruling = if check == Ruling::CASE {
        let bare = differing == 0 && silent.is_none() && score.is_none();
        let step = CaseStep::from_word(&word).filter(|_| bare);
        Ruling::Case(step.ok_or_else(|| broken("a case takes no such step"))?)
    } else {
        Ruling::Checked {
            check: Check::from_word(&check).ok_or_else(|| broken("there is no such check"))?,
            verdict: verdict(&word, differing, silent).ok_or_else(|| broken("there is no such verdict"))?,
            score: score
                .map(|score| Score::from_hundredths(score).ok_or_else(|| broken("its score is above 100")))
                .transpose()?,
        }
    };
    let key: Option<[u8; 16]> = row.get(13).map_err(|_| broken("its spend is not 16 bytes"))?;
    let until: Option<i64> = row.get(14).map_err(|_| broken("its spend has no time"))?;
    let spent = match (key, until) {
        (Some(key), Some(until)) => Some((key, UnixTime(until))),
        (None, None) => None,
        _ => return Err(broken("half of its spend is missing")),
    };
    Ok(Kept {
        seq: Seq(u64::try_from(seq).map_err(|_| broken("its number is below zero"))?),
        entry: Entry {
            at: UnixTime(number(1, "its time is not a number")?),
            request_id: text(2, "its request id is not text")?,
            door: text(3, "its door is not text")?,
            caller: text(4, "its caller is not text")?,
            operation: text(5, "its operation is not text")?,
            subject: SubjectTag(row.get(7).map_err(|_| broken("its subject is not 16 bytes"))?),
            ruling,
            source: optional(11, "its source is not text")?.map(|name| SourceId::from(name.as_str())),
            took_micros: u32::try_from(number(12, "its duration is not a number")?)
                .map_err(|_| broken("its duration is out of range"))?,
        },
        spent,
        hash: row.get(15).map_err(|_| broken("its hash is not 32 bytes"))?,
    })
}

/// The verdict of a word and what stands beside it; none where they do not go together.
pub(crate) fn verdict(word: &str, differing: u16, silent: Option<String>) -> Option<Verdict> {
    let elements = Elements::from_bits(differing);
    Some(match (word, differing, silent) {
        ("mismatch", _, None) if elements.iter().collect::<Elements>() == elements => Verdict::Mismatch(elements),
        ("match", 0, None) => Verdict::Match,
        ("no_record", 0, None) => Verdict::NoRecord,
        ("source_down", 0, Some(source)) => {
            Verdict::CannotCheck(CannotCheck::SourceDown(SourceId::from(source.as_str())))
        }
        ("no_face_engine", 0, None) => Verdict::CannotCheck(CannotCheck::NoFaceEngine),
        ("no_portrait_on_record", 0, None) => Verdict::CannotCheck(CannotCheck::NoPortraitOnRecord),
        ("face_engine_busy", 0, None) => Verdict::CannotCheck(CannotCheck::FaceEngineBusy),
        ("template_outdated", 0, None) => Verdict::CannotCheck(CannotCheck::TemplateOutdated),
        ("name_not_comparable", 0, None) => Verdict::CannotCheck(CannotCheck::NameNotComparable),
        (word, 0, None) => Verdict::CannotCheck(CannotCheck::PortraitUnusable(Unusable::from_word(word)?)),
        _ => return None,
    })
}

//! A session as a row, both ways.

use rusqlite::{Connection, Params, Row, Rows, params};
use shiming_core::{
    Check, Session, SessionKey, SourceId, SubjectTag, UnixTime,
    redeem::{Consent, DeskSecret, Enough, Judged, Purpose, RECOGNIZED, Returns, Spending, State},
};

use super::seals::{LINK, Seals, SecretKind, name};
use crate::{
    StoreError,
    error::damaged,
    ledger::{chain, row::verdict},
    seal::Tag,
};

macro_rules! select {
    ($rest:literal) => {
        concat!(
            "SELECT id, door, caller, kind, handle, request, agreement, identity, precision, service, checked, enough, \
             spending, claimed, subject, returns, consent, consent_at, state, verdict, differing, silent, source, \
             judged_as, judged_at, created, expires, version FROM session WHERE ",
            $rest
        )
    };
}

/// The session of a key, and its row.
pub(crate) fn find(on: &Connection, seals: &Seals, key: &SessionKey) -> Result<Option<(i64, Session)>, StoreError> {
    let query = select!("door = ?1 AND caller = ?2 AND kind = ?3 AND handle = ?4");
    one(on, seals, query, [&key.door, &key.caller, &key.kind, &key.handle])
}

/// The session that a caller's own number stands for.
pub(crate) fn by_request(
    on: &Connection,
    seals: &Seals,
    key: &SessionKey,
    request: &str,
) -> Result<Option<(i64, Session)>, StoreError> {
    let query = select!("door = ?1 AND caller = ?2 AND kind = ?3 AND request = ?4");
    one(on, seals, query, [&key.door, &key.caller, &key.kind, request])
}

/// The session of a link or a seat.
pub(crate) fn by_secret(
    on: &Connection,
    seals: &Seals,
    kind: SecretKind,
    secret: &DeskSecret,
) -> Result<Option<(i64, Session)>, StoreError> {
    let tag: Tag = seals.tag(kind, secret);
    let query = if kind == LINK { select!("link = ?1") } else { select!("seat = ?1") };
    one(on, seals, query, [tag])
}

/// The sessions that wait for an operator, oldest first: where nothing that a program could try again would decide.
pub(crate) fn awaiting(on: &Connection, seals: &Seals, now: UnixTime, most: usize) -> Result<Vec<Session>, StoreError> {
    let mut select = on.prepare_cached(select!(
        "state = 3 AND expires > ?1 AND verdict IS NOT NULL AND verdict NOT IN ('source_down', 'face_engine_busy')
         AND verdict NOT GLOB 'portrait_*'
         ORDER BY created LIMIT ?2"
    ))?;
    all(select.query(params![now.millis(), i64::try_from(most).unwrap_or(i64::MAX)])?, seals)
}

/// The sessions that the check could decide and has not.
pub(crate) fn undecided(
    on: &Connection,
    seals: &Seals,
    now: UnixTime,
    before: UnixTime,
    most: usize,
) -> Result<Vec<Session>, StoreError> {
    let mut select = on.prepare_cached(select!(
        "state = 3 AND expires > ?1 AND (verdict IS NULL OR (verdict IN ('source_down', 'face_engine_busy') AND judged_at < ?2))
         ORDER BY judged_at LIMIT ?3"
    ))?;
    let most = i64::try_from(most).unwrap_or(i64::MAX);
    all(select.query(params![now.millis(), before.millis(), most])?, seals)
}

/// The sessions under an agreement, named by door, caller and number, that have the person's details.
pub(crate) fn verifying(on: &Connection, seals: &Seals, agreement: [&str; 3]) -> Result<Vec<Session>, StoreError> {
    let mut select = on.prepare_cached(select!("state = 3 AND door = ?1 AND caller = ?2 AND agreement = ?3"))?;
    all(select.query(agreement)?, seals)
}

/// The query of [`verified`].
pub(crate) const VERIFIED: &str = select!(
    "subject = ?1 AND door = ?2 AND caller = ?3 AND kind = ?4 AND identity = ?5 AND precision = ?6
     AND checked = ?7 AND enough = ?8 AND agreement = ?9 AND source IS NOT ?10
     AND state IN (4, 6) AND verdict = 'match'
     AND judged_at > (SELECT ifnull(max(against.judged_at), -1) FROM session AS against
         WHERE against.subject = ?1 AND against.door = ?2 AND against.caller = ?3 AND against.kind = ?4
         AND against.identity = ?5
         AND against.state IN (5, 6, 7) AND against.verdict IN ('mismatch', 'no_record'))
     ORDER BY judged_at DESC LIMIT 1"
);

/// What was found when this subject passed under the same agreement for what a session is for, unless a decision about
/// them under any agreement has gone the other way since. What has expired with a match may have been waiting for an
/// operator: it says nothing.
pub(crate) fn verified(
    on: &Connection,
    seals: &Seals,
    session: &Session,
    subject: SubjectTag,
) -> Result<Option<Judged>, StoreError> {
    let Session { key, purpose, check, enough, agreement, .. } = session;
    let terms = params![
        subject.0,
        key.door,
        key.caller,
        key.kind,
        purpose.identity,
        purpose.precision,
        check.word(),
        *enough as u8,
        agreement,
        RECOGNIZED,
    ];
    Ok(one(on, seals, VERIFIED, terms)?.and_then(|(_, session)| session.judged))
}

fn all(mut rows: Rows<'_>, seals: &Seals) -> Result<Vec<Session>, StoreError> {
    let mut found = Vec::new();
    while let Some(row) = rows.next()? {
        found.push(read(row, seals)?.1);
    }
    Ok(found)
}

fn one(
    on: &Connection,
    seals: &Seals,
    query: &'static str,
    params: impl Params,
) -> Result<Option<(i64, Session)>, StoreError> {
    let mut select = on.prepare_cached(query)?;
    let mut rows = select.query(params)?;
    rows.next()?.map(|row| read(row, seals)).transpose()
}

/// Reads a row. What cannot have been written here is damaged.
fn read(row: &Row<'_>, seals: &Seals) -> Result<(i64, Session), StoreError> {
    let key = SessionKey { door: row.get(1)?, caller: row.get(2)?, kind: row.get(3)?, handle: row.get(4)? };
    let broken = |what| damaged("session", name(&key), what);
    let number = |at| row.get::<_, i64>(at);
    let returns = match row.get::<_, Option<Vec<u8>>>(15)? {
        Some(sealed) => {
            let plain = seals.open_part(&key, RETURNS, &sealed)?;
            std::str::from_utf8(&plain).ok().map(decode).ok_or_else(|| broken("its addresses are not text"))?
        }
        None => Returns::default(),
    };
    let judged = match row.get::<_, Option<String>>(19)? {
        Some(word) => {
            let differing =
                u16::try_from(number(20)?).map_err(|_| broken("its differing elements are out of range"))?;
            Some(Judged {
                verdict: verdict(&word, differing, row.get(21)?).ok_or_else(|| broken("there is no such verdict"))?,
                source: row.get::<_, Option<String>>(22)?.map(|name| SourceId::from(name.as_str())),
                request_id: row.get(23)?,
                at: UnixTime(number(24)?),
            })
        }
        None => None,
    };
    let consent = match (row.get::<_, Option<String>>(16)?, row.get::<_, Option<i64>>(17)?) {
        (Some(version), Some(at)) => Some(Consent { version, at: UnixTime(at) }),
        _ => None,
    };
    let check: String = row.get(10)?;
    let session = Session {
        request: row.get(5)?,
        agreement: row.get(6)?,
        purpose: Purpose { identity: row.get(7)?, precision: row.get(8)?, service: row.get(9)? },
        check: Check::from_word(&check).ok_or_else(|| broken("there is no such check"))?,
        enough: match number(11)? {
            1 => Enough::Match,
            2 => Enough::MatchAndReview,
            _ => return Err(broken("it says of no known kind what is enough")),
        },
        spending: match number(12)? {
            1 => Spending::Once,
            2 => Spending::Readable,
            _ => return Err(broken("it is spent in no known way")),
        },
        claimed: row.get(13)?,
        subject: row.get::<_, Option<[u8; 16]>>(14)?.map(SubjectTag),
        returns,
        consent,
        state: State::from_number(number(18)?).ok_or_else(|| broken("there is no such state"))?,
        judged,
        created: UnixTime(number(25)?),
        expires: UnixTime(number(26)?),
        version: u64::try_from(number(27)?).map_err(|_| broken("its version is below zero"))?,
        key,
    };
    Ok((row.get(0)?, session))
}

/// Writes what a step changes.
pub(crate) fn update(on: &Connection, id: i64, session: &Session, now: UnixTime) -> Result<(), StoreError> {
    let judged = session.judged.as_ref();
    let details = judged.map(|judged| chain::details(&judged.verdict));
    let ended = session.state.is_over().then(|| now.millis());
    on.prepare_cached(
        "UPDATE session SET subject = ?2, consent = ?3, consent_at = ?4, state = ?5, verdict = ?6, differing = ?7, \
         silent = ?8, source = ?9, judged_as = ?10, judged_at = ?11, version = ?12, ended = ?13, \
         link = CASE WHEN ?14 THEN NULL ELSE link END WHERE id = ?1",
    )?
    .execute(params![
        id,
        session.subject.map(|subject| subject.0),
        session.consent.as_ref().map(|consent| &consent.version),
        session.consent.as_ref().map(|consent| consent.at.millis()),
        session.state as u8,
        judged.map(|judged| judged.verdict.word()),
        details.map(|(differing, _)| differing.bits()),
        details.and_then(|(_, silent)| silent),
        judged.and_then(|judged| judged.source.as_ref()).map(SourceId::as_str),
        judged.map(|judged| &judged.request_id),
        judged.map(|judged| judged.at.millis()),
        i64::try_from(session.version).unwrap_or(i64::MAX),
        ended,
        session.state.is_final() || session.state.is_over(),
    ])?;
    Ok(())
}

/// What the addresses are sealed as.
const RETURNS: &str = "returns";

/// Seals the addresses, if there are any: the two, a line feed between them, which no address holds.
pub(crate) fn seal_returns(seals: &Seals, key: &SessionKey, returns: &Returns) -> Result<Option<Vec<u8>>, StoreError> {
    if *returns == Returns::default() {
        return Ok(None);
    }
    let line = |text: &Option<String>| text.as_deref().unwrap_or_default().replace('\n', "");
    let text = format!("{}\n{}", line(&returns.done), line(&returns.cancelled));
    seals.seal(key, RETURNS, text.as_bytes()).map(Some)
}

fn decode(text: &str) -> Returns {
    let (done, cancelled) = text.split_once('\n').unwrap_or((text, ""));
    let given = |text: &str| (!text.is_empty()).then(|| text.to_owned());
    Returns { done: given(done), cancelled: given(cancelled) }
}

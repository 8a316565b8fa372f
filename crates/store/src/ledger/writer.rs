//! The writer: one thread, one connection, one durable transaction for all that waits.

use std::{
    path::{Path, PathBuf},
    sync::Arc,
    time::Duration,
};

use rusqlite::{Connection, Transaction, TransactionBehavior, params};
use shiming_core::{Again, Clock, Committed, LedgerError, Seq};

use super::{
    chain::{self, Link},
    checkpoint::{self, Checkpoints},
    head::{Head, HeadSeal},
    queue::{Job, Queue, Wake},
    row,
};
use crate::{
    Options, StoreError,
    db::{self, Use},
    error::damaged,
};

pub(crate) struct Writer {
    path: PathBuf,
    /// None after a failure, until the next batch.
    connection: Option<Connection>,
    checkpoints: Checkpoints,
    seal: HeadSeal,
    clock: Arc<dyn Clock>,
    cache_kib: u32,
    /// The canonical form of the entry at hand; kept to be used again.
    form: Vec<u8>,
}

/// The most entries of one transaction: what comes later waits for the next, so that the first need not wait long.
const BATCH: usize = 512;

/// What was spent is remembered for so much longer than asked, in case a clock is set back.
const SLACK_MILLIS: i64 = 10 * 60 * 1000;

/// How many spends at most are forgotten in a transaction, over those that it adds.
const PURGE_STEP: usize = 32;

/// How many are forgotten in an idle moment.
const IDLE_STEP: usize = 512;

impl Writer {
    pub(crate) fn open(path: &Path, seal: HeadSeal, options: &Options) -> Result<Self, StoreError> {
        let cache_kib = options.ledger_cache_kib;
        let connection = Some(connect(path, cache_kib)?);
        let clock = Arc::clone(&options.clock);
        let checkpoints = Checkpoints::begin(path)?;
        Ok(Self { path: path.to_owned(), connection, checkpoints, seal, clock, cache_kib, form: Vec::new() })
    }

    /// Works until the queue is closed and empty.
    pub(crate) fn run(mut self, queue: &Queue) {
        const SOON: Duration = Duration::from_millis(50);
        const LATER: Duration = Duration::from_secs(5);
        let mut jobs = Vec::new();
        let mut patience = LATER;
        loop {
            match queue.take(&mut jobs, patience) {
                Wake::Jobs => {
                    while !jobs.is_empty() {
                        let rest = jobs.split_off(jobs.len().min(BATCH));
                        self.answer(std::mem::replace(&mut jobs, rest));
                    }
                }
                Wake::Idle => {
                    patience = match self.forget_when_idle() {
                        Ok(IDLE_STEP) => SOON,
                        Ok(_) => LATER,
                        Err(error) => {
                            self.connection = None;
                            tracing::warn!(error = %error, "expired nonces could not be cleared; tried again later");
                            LATER
                        }
                    }
                }
                Wake::Closed => return,
            }
        }
    }

    /// Commits a batch and answers everyone in it.
    fn answer(&mut self, jobs: Vec<Job>) {
        match self.commit(&jobs) {
            Ok(outcomes) => {
                self.checkpoints.committed(jobs.len());
                for (job, outcome) in jobs.into_iter().zip(outcomes) {
                    // Who has stopped waiting needs no answer: the entry stands all the same.
                    let _ = job.answer.send(outcome.map_err(|error| LedgerError(error.into())));
                }
            }
            Err(error) => {
                // Nothing of it is in the file. A new connection knows nothing of what failed.
                self.connection = None;
                let error = Arc::new(error);
                for job in jobs {
                    let _ = job.answer.send(Err(LedgerError(Arc::clone(&error).into())));
                }
            }
        }
    }

    fn commit(&mut self, jobs: &[Job]) -> Result<Vec<Result<Committed, StoreError>>, StoreError> {
        let now = self.clock.now();
        let (seal, form) = (&self.seal, &mut self.form);
        let connection = match &mut self.connection {
            Some(connection) => connection,
            none => none.insert(connect(&self.path, self.cache_kib)?),
        };
        let on = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
        // Another process may have written: what the head is, only the file knows.
        let (mut head, purged) = seal.read(&on)?;
        let before = head;
        let outcomes = append(&on, &mut head, form, jobs)?;
        let step = outcomes.len() + PURGE_STEP;
        let (purged_now, _) = forget(&on, purged, head.seq, now.millis().saturating_sub(SLACK_MILLIS), step)?;
        if head != before || purged_now != purged {
            keep(&on, &head, seal, purged_now)?;
        }
        on.commit()?;
        Ok(outcomes)
    }

    fn forget_when_idle(&mut self) -> Result<usize, StoreError> {
        let until = self.clock.now().millis().saturating_sub(SLACK_MILLIS);
        let Some(connection) = &mut self.connection else { return Ok(0) };
        let (head, _, purged) = super::head::read(connection)?;
        if !is_due(connection, purged, until)? {
            return Ok(0);
        }
        let on = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
        let (purged, done) = forget(&on, purged, head.seq, until, IDLE_STEP)?;
        on.execute("UPDATE ledger_head SET purged = ?1", [purged])?;
        on.commit()?;
        Ok(done)
    }
}

fn connect(path: &Path, cache_kib: u32) -> Result<Connection, StoreError> {
    let connection = db::connect(path, Use::Write, cache_kib)?;
    checkpoint::leave_to_others(&connection)?;
    Ok(connection)
}

/// Appends what was not spent before.
fn append(
    on: &Transaction<'_>,
    head: &mut Head,
    form: &mut Vec<u8>,
    jobs: &[Job],
) -> Result<Vec<Result<Committed, StoreError>>, StoreError> {
    let mut insert = on.prepare_cached(row::INSERT)?;
    let mut spend_it = on.prepare_cached("INSERT INTO spent (key, seq) VALUES (?1, ?2) ON CONFLICT DO NOTHING")?;
    let mut outcomes = Vec::with_capacity(jobs.len());
    for Job { entry, spend, .. } in jobs {
        let seq = Seq(head.seq.0 + 1);
        let number = i64::try_from(seq.0).map_err(|_| damaged("ledger_head", 1, "the ledger is full"))?;
        if let Some(spend) = spend
            && spend_it.execute(params![spend.key, number])? == 0
        {
            outcomes.push(match spend.again {
                Again::Refuse => Ok(Committed::Replayed),
                Again::Repeat => first_use(on, &spend.key),
            });
            continue;
        }
        let spent = spend.as_ref().map(|spend| (spend.key, spend.until));
        form.clear();
        chain::write_form(form, seq, entry, spent.as_ref());
        let hash: Link = chain::link_of(&head.hash, form);
        row::insert(&mut insert, number, entry, spent.as_ref(), &hash)?;
        *head = Head { seq, hash };
        outcomes.push(Ok(Committed::New(seq)));
    }
    Ok(outcomes)
}

/// The entry that spent something first.
fn first_use(on: &Connection, key: &[u8; 16]) -> Result<Committed, StoreError> {
    let seq: i64 = on.prepare_cached("SELECT seq FROM spent WHERE key = ?1")?.query_row([key], |row| row.get(0))?;
    let mut select = on.prepare_cached(concat!("SELECT ", row::columns!(), " FROM ledger WHERE seq = ?1"))?;
    let mut rows = select.query([seq])?;
    let row = rows.next()?.ok_or_else(|| damaged("ledger", seq, "is missing, and its spend is there"))?;
    Ok(Committed::Repeated(Box::new(row::read(row)?.entry)))
}

/// Forgets what the entries after `purged` spent, in their order, as long as it ended before `until`: at most `step`
/// entries. Stops at the first that is still to be remembered, so nothing valid is ever passed over. Gives the last
/// entry that is done, and how many were.
fn forget(on: &Transaction<'_>, purged: i64, head: Seq, until: i64, step: usize) -> Result<(i64, usize), StoreError> {
    // What this transaction adds is never due: the newest entry stays.
    if u64::try_from(purged).is_ok_and(|purged| purged >= head.0) {
        return Ok((purged, 0));
    }
    let mut due =
        on.prepare_cached("SELECT seq, spent, spent_until FROM ledger WHERE seq > ?1 ORDER BY seq LIMIT ?2")?;
    let mut delete = on.prepare_cached("DELETE FROM spent WHERE key = ?1 AND seq = ?2")?;
    let mut rows = due.query(params![purged, i64::try_from(step).unwrap_or(i64::MAX)])?;
    let (mut last, mut done) = (purged, 0);
    while let Some(row) = rows.next()? {
        let seq: i64 = row.get(0)?;
        if let Some(spent_until) = row.get::<_, Option<i64>>(2)? {
            if spent_until >= until {
                break;
            }
            delete.execute(params![row.get_ref(1)?.as_blob_or_null().unwrap_or_default(), seq])?;
        }
        (last, done) = (seq, done + 1);
    }
    Ok((last, done))
}

/// Whether the first entry that is not done could be forgotten.
fn is_due(on: &Connection, purged: i64, until: i64) -> Result<bool, StoreError> {
    let mut next = on.prepare_cached("SELECT spent_until FROM ledger WHERE seq > ?1 ORDER BY seq LIMIT 1")?;
    let mut rows = next.query([purged])?;
    let Some(row) = rows.next()? else { return Ok(false) };
    Ok(row.get::<_, Option<i64>>(0)?.is_none_or(|spent_until| spent_until < until))
}

fn keep(on: &Transaction<'_>, head: &Head, seal: &HeadSeal, purged: i64) -> Result<(), StoreError> {
    let seq = i64::try_from(head.seq.0).unwrap_or(i64::MAX);
    on.prepare_cached("UPDATE ledger_head SET seq = ?1, hash = ?2, seal = ?3, purged = ?4")?.execute(params![
        seq,
        head.hash,
        seal.of(head),
        purged
    ])?;
    Ok(())
}

//! The writer: one thread, one connection, one durable transaction for all that waits.

use std::{
    path::{Path, PathBuf},
    sync::Arc,
    time::Duration,
};

use rusqlite::{CachedStatement, Connection, Transaction, TransactionBehavior, params};
use shiming_core::{Again, Clock, Committed, Entry, LedgerError, Seq, Spend};

use super::{
    answers::deliver,
    chain::{self, Link},
    checkpoint::{self, Checkpoints},
    head::{Head, HeadSeal},
    memory::{Key, Memory},
    queue::{Also, Job, Queue, Wake, Work, Wrote},
    row, spent,
};
use crate::{
    Options, StoreError,
    db::{self, Use},
    error::damaged,
};

pub(crate) struct Writer {
    path: PathBuf,
    /// None after a failure, until the next batch.
    at_work: Option<AtWork>,
    checkpoints: Checkpoints,
    seal: HeadSeal,
    clock: Arc<dyn Clock>,
    cache_kib: u32,
    /// The canonical form of the entry at hand; kept to be used again.
    form: Vec<u8>,
}

/// A connection, and what is known of the file that it is open on.
struct AtWork {
    connection: Connection,
    memory: Memory,
}

/// The most entries of one transaction: what comes later waits for the next, so that the first need not wait long.
const BATCH: usize = 512;

/// What was spent is remembered for so much longer than asked, in case a clock is set back.
pub(crate) const SLACK_MILLIS: i64 = 10 * 60 * 1000;

/// How many spends are settled in a transaction, over those that it adds.
const SETTLE_STEP: usize = 8;

impl Writer {
    pub(crate) fn open(path: &Path, seal: HeadSeal, options: &Options) -> Result<Self, StoreError> {
        let cache_kib = options.ledger_cache_kib;
        let at_work = Some(AtWork::begin(path, cache_kib, &seal)?);
        let clock = Arc::clone(&options.clock);
        let checkpoints = Checkpoints::begin(path)?;
        Ok(Self { path: path.to_owned(), at_work, checkpoints, seal, clock, cache_kib, form: Vec::new() })
    }

    /// Works until the queue is closed and empty.
    pub(crate) fn run(mut self, queue: &Queue) {
        const SOON: Duration = Duration::from_millis(50);
        const LATER: Duration = Duration::from_secs(5);
        let mut jobs = Vec::new();
        let (mut patience, mut together) = (LATER, 0);
        loop {
            match queue.take(&mut jobs, patience, together) {
                Wake::Jobs => {
                    together = jobs.len();
                    while !jobs.is_empty() {
                        let rest = jobs.split_off(jobs.len().min(BATCH));
                        self.answer(std::mem::replace(&mut jobs, rest));
                    }
                }
                Wake::Idle => {
                    patience = match self.settle_when_idle() {
                        Ok(true) => SOON,
                        Ok(false) => LATER,
                        Err(error) => {
                            self.at_work = None;
                            tracing::warn!(?error, "spent nonces could not be settled; tried again later");
                            LATER
                        }
                    }
                }
                Wake::Closed => return,
            }
        }
    }

    /// Commits a batch and answers everyone in it.
    fn answer(&mut self, mut jobs: Vec<Job>) {
        match self.commit(&mut jobs) {
            Ok(outcomes) => {
                self.checkpoints.committed(jobs.len());
                let answers = outcomes.into_iter().map(|outcome| outcome.map_err(|error| LedgerError(error.into())));
                deliver(jobs.into_iter().map(|job| job.answer).zip(answers).collect());
            }
            Err(error) => {
                // Nothing of it is in the file. A new connection and memory know nothing of what failed.
                self.at_work = None;
                let error = Arc::new(error);
                let failed = || Err(LedgerError(Arc::clone(&error).into()));
                deliver(jobs.into_iter().map(|job| (job.answer, failed())).collect());
            }
        }
    }

    fn commit(&mut self, jobs: &mut [Job]) -> Result<Vec<Result<Wrote, StoreError>>, StoreError> {
        let over = self.over();
        let (seal, form) = (&self.seal, &mut self.form);
        let AtWork { connection, memory } = match &mut self.at_work {
            Some(at_work) => at_work,
            none => none.insert(AtWork::begin(&self.path, self.cache_kib, seal)?),
        };
        let on = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
        // Another process may have written: what the head is, only the file knows.
        let (mut head, settled) = seal.read(&on)?;
        memory.catch_up(&on, number(head.seq)?)?;
        let before = head;
        let outcomes = append(&on, &mut head, memory, form, jobs)?;
        let settled_now = memory.settle(&on, outcomes.len() + SETTLE_STEP, over)?.unwrap_or(settled).max(settled);
        if head != before || settled_now != settled {
            keep(&on, &head, seal, settled_now)?;
        }
        on.commit()?;
        Ok(outcomes)
    }

    /// Settles some spends. Whether there is more to do.
    fn settle_when_idle(&mut self) -> Result<bool, StoreError> {
        let over = self.over();
        let Some(AtWork { connection, memory }) = &mut self.at_work else { return Ok(false) };
        if !memory.is_unsettled() {
            return Ok(false);
        }
        let on = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
        if let Some(settled) = memory.settle_when_idle(&on, over)? {
            on.execute("UPDATE ledger_head SET settled = max(settled, ?1)", [settled])?;
        }
        on.commit()?;
        Ok(memory.is_unsettled())
    }

    /// What was to be remembered until before this can be forgotten.
    fn over(&self) -> i64 {
        self.clock.now().millis().saturating_sub(SLACK_MILLIS)
    }
}

impl AtWork {
    fn begin(path: &Path, cache_kib: u32, seal: &HeadSeal) -> Result<Self, StoreError> {
        let connection = db::connect(path, Use::Write, cache_kib)?;
        checkpoint::leave_to_others(&connection)?;
        let (head, settled) = seal.read(&connection)?;
        let mut memory = Memory::behind(&connection, settled)?;
        memory.catch_up(&connection, number(head.seq)?)?;
        Ok(Self { connection, memory })
    }
}

fn number(seq: Seq) -> Result<i64, StoreError> {
    i64::try_from(seq.0).map_err(|_| damaged("ledger_head", 1, "the ledger is full"))
}

/// Appends what was not spent before.
fn append(
    on: &Transaction<'_>,
    head: &mut Head,
    memory: &mut Memory,
    form: &mut Vec<u8>,
    jobs: &mut [Job],
) -> Result<Vec<Result<Wrote, StoreError>>, StoreError> {
    let mut insert = on.prepare_cached(row::INSERT)?;
    let mut outcomes = Vec::with_capacity(jobs.len());
    for Job { work: Work { entry, more, spend, also }, .. } in jobs {
        if let Some(spend) = spend
            && let Some(earlier) = first_use(on, memory, spend)?
        {
            outcomes.push(alone(on, earlier)?.map(Wrote::Committed));
            continue;
        }
        match also.take().map(|also| alone(on, beside(on, also))).transpose()? {
            None | Some(Ok(true)) => {}
            Some(Ok(false)) => {
                outcomes.push(Ok(Wrote::Declined));
                continue;
            }
            Some(Err(error)) => {
                outcomes.push(Err(error));
                continue;
            }
        }
        let Some(entry) = entry else {
            if let Some(spend) = spend {
                memory.add_without_entry(on, spend)?;
            }
            outcomes.push(Ok(Wrote::WithoutEntry));
            continue;
        };
        let seq = Seq(head.seq.0 + 1);
        let spent = spend.as_ref().filter(|spend| !spent::has_content(spend)).map(|spend| (spend.key, spend.until));
        let hash = follow(head, seq, entry, spent.as_ref(), form, &mut insert)?;
        if let Some(Spend { key, until, again: Again::RepeatIfSame { content } }) = spend {
            spent::with_content(on, key, content, number(seq)?, *until)?;
        }
        memory.add(number(seq)?, spent.map(|(key, until)| (key, until.millis())));
        *head = Head { seq, hash };
        for entry in more {
            let seq = Seq(head.seq.0 + 1);
            let hash = follow(head, seq, entry, None, form, &mut insert)?;
            memory.add(number(seq)?, None);
            *head = Head { seq, hash };
        }
        outcomes.push(Ok(Wrote::Committed(Committed::New(seq))));
    }
    Ok(outcomes)
}

/// What one job came to, if the others can go on. A disk that is full or fails may have ended the whole transaction: whatever
/// were written behind that would be committed by itself.
fn alone<T>(on: &Connection, outcome: Result<T, StoreError>) -> Result<Result<T, StoreError>, StoreError> {
    match outcome {
        Err(error) if on.is_autocommit() => Err(error),
        outcome => Ok(outcome),
    }
}

/// Writes an entry behind the head. Gives its link.
fn follow(
    head: &Head,
    seq: Seq,
    entry: &Entry,
    spent: Option<&chain::Spent>,
    form: &mut Vec<u8>,
    insert: &mut CachedStatement<'_>,
) -> Result<Link, StoreError> {
    form.clear();
    chain::write_form(form, seq, entry, spent);
    let hash = chain::link_of(&head.hash, form);
    row::insert(insert, number(seq)?, entry, spent, &hash)?;
    Ok(hash)
}

/// What an earlier use of the same thing means for this one, if there was one. Outside, the batch cannot go on; inside,
/// only this job fails.
fn first_use(
    on: &Connection,
    memory: &Memory,
    spend: &Spend,
) -> Result<Option<Result<Committed, StoreError>>, StoreError> {
    if let Again::RepeatIfSame { content } = &spend.again {
        return Ok(same_content(on, &spend.key, content).transpose());
    }
    Ok(memory.first_use(on, &spend.key)?.map(|first| match spend.again {
        // What was spent where nothing was decided has no entry to repeat.
        Again::Repeat if first != spent::NO_ENTRY => first_entry(on, first),
        _ => Ok(Committed::Replayed),
    }))
}

/// What was decided under a caller's number, if it was for the same content.
pub(crate) fn same_content(on: &Connection, key: &Key, content: &[u8; 16]) -> Result<Option<Committed>, StoreError> {
    match spent::by_content(on, key)? {
        Some((first, seq)) if first == *content => first_entry(on, seq).map(Some),
        Some(_) => Ok(Some(Committed::Differs)),
        None => Ok(None),
    }
}

/// Runs what is written beside an entry, so that it leaves nothing behind if it says no or fails.
fn beside(on: &Connection, also: Also) -> Result<bool, StoreError> {
    let say = |words| on.prepare_cached(words).and_then(|mut words| words.execute([]));
    say("SAVEPOINT beside")?;
    let said = also(on);
    if said.is_err() && on.is_autocommit() {
        return said;
    }
    if !matches!(said, Ok(true)) {
        say("ROLLBACK TO beside")?;
    }
    say("RELEASE beside")?;
    said
}

/// The entry that spent something first.
fn first_entry(on: &Connection, seq: i64) -> Result<Committed, StoreError> {
    let mut select = on.prepare_cached(concat!("SELECT ", row::columns!(), " FROM ledger WHERE seq = ?1"))?;
    let mut rows = select.query([seq])?;
    let row = rows.next()?.ok_or_else(|| damaged("ledger", seq, "is missing, and its spend is there"))?;
    Ok(Committed::Repeated(Box::new(row::read(row)?.entry)))
}

fn keep(on: &Transaction<'_>, head: &Head, seal: &HeadSeal, settled: i64) -> Result<(), StoreError> {
    on.prepare_cached("UPDATE ledger_head SET seq = ?1, hash = ?2, seal = ?3, settled = ?4")?.execute(params![
        number(head.seq)?,
        head.hash,
        seal.of(head),
        settled
    ])?;
    Ok(())
}

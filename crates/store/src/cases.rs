//! Cases that callers hand in, and what was decided on them.
//!
//! What changes them goes to the ledger's writer and shares its transactions, as sessions do: a decision and its entry
//! are one. The rules are the core's ([`Case::after`]); here they are applied to what the transaction reads. The door's
//! fields and the reasons are sealed under a key of their own and bound to the case; papers lie beside the file, and
//! their rows here are what makes them readable.

mod change;
mod remarks;
mod revision;
mod row;
mod seals;
mod sweep;

use std::{fmt, ops::Range, path::Path, sync::Arc};

use parking_lot::Mutex;
use rusqlite::Connection;
use shiming_core::{
    BoxFuture, Case, CaseKey, Cases, LedgerError, UnixTime,
    submit::{
        CasesError, Change, Changed, Creation, Decided, Dossier, Filed, NewCase, Recording, Remark, Remarked, Stored,
        Swept, Waiting, Which,
    },
};

use self::change::{Refusal, Sealed};
pub(crate) use self::seals::Seals;
use crate::{
    DurableLedger, SealedPapers, StoreError,
    db::{self, Use},
    ledger::Work,
};

/// The port [`Cases`] on SQLite.
pub struct SealedCases {
    ledger: Arc<DurableLedger>,
    reader: Mutex<Connection>,
    seals: Arc<Seals>,
    papers: Arc<SealedPapers>,
    /// Numbers that no other process will give out.
    numbers: Mutex<Range<i64>>,
}

/// So many numbers are taken at once: each by itself would have a new case wait for the disk a second time.
const NUMBERS: i64 = 16;

impl fmt::Debug for SealedCases {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SealedCases")
    }
}

impl Cases for SealedCases {
    fn number(&self) -> BoxFuture<'_, Result<i64, CasesError>> {
        Box::pin(async move {
            let ready = self.numbers.lock().next();
            if let Some(number) = ready {
                return Ok(number);
            }
            let mut numbers = self.write(|on| change::numbers(on, NUMBERS)).await?;
            let number = numbers.next().ok_or_else(|| trouble(StoreError::Closed))?;
            // Of two that come at once one takes the other's numbers away, and those are used up.
            *self.numbers.lock() = numbers;
            Ok(number)
        })
    }

    fn create(&self, new: NewCase<Stored>, record: Recording) -> BoxFuture<'_, Result<Creation, CasesError>> {
        Box::pin(async move {
            let dossier = change::seal_dossier(&self.seals, new.key.number, &new.content).map_err(trouble)?;
            let (requests, created) = (new.requests.clone(), new.created);
            let made = self
                .record(record, move |on| {
                    let made = change::create(on, &new, dossier.as_deref())?;
                    Ok((matches!(made, Creation::Made(_)), made))
                })
                .await?;
            let made = made.unwrap_or(Creation::Replayed);
            if let Creation::Again(case) = &made
                && requests.len() > 1
            {
                let key = case.key.clone();
                self.write(move |on| change::remember_again(on, &key, &requests, created)).await?;
            }
            Ok(made)
        })
    }

    fn find<'a>(&'a self, key: &'a CaseKey) -> BoxFuture<'a, Result<Option<Case>, CasesError>> {
        self.read(|on, _| row::find(on, key))
    }

    fn dossier<'a>(&'a self, key: &'a CaseKey) -> BoxFuture<'a, Result<Option<Dossier>, CasesError>> {
        self.read(|on, seals| row::dossier(on, seals, key))
    }

    fn list<'a>(&'a self, which: &'a Which, most: usize) -> BoxFuture<'a, Result<Vec<Case>, CasesError>> {
        self.read(|on, _| row::list(on, which, most))
    }

    fn decisions<'a>(&'a self, key: &'a CaseKey) -> BoxFuture<'a, Result<Vec<Decided>, CasesError>> {
        self.read(|on, seals| row::decisions(on, seals, key))
    }

    fn papers<'a>(&'a self, key: &'a CaseKey) -> BoxFuture<'a, Result<Vec<Filed>, CasesError>> {
        self.read(|on, _| row::papers(on, key))
    }

    fn revision<'a>(&'a self, key: &'a CaseKey) -> BoxFuture<'a, Result<Option<Case>, CasesError>> {
        self.read(|on, _| row::revision(on, key))
    }

    fn waiting(&self) -> BoxFuture<'_, Result<Waiting, CasesError>> {
        self.read(|on, _| row::waiting(on))
    }

    fn unremarked(&self, most: usize) -> BoxFuture<'_, Result<Vec<Case>, CasesError>> {
        self.read(|on, _| row::unremarked(on, most))
    }

    fn remark<'a>(
        &'a self,
        seen: &'a Case,
        remarks: Vec<Remark>,
        at: UnixTime,
    ) -> BoxFuture<'a, Result<bool, CasesError>> {
        let seen = seen.clone();
        Box::pin(self.write(move |on| remarks::keep(on, &seen, &remarks, at)))
    }

    fn remarks<'a>(&'a self, key: &'a CaseKey) -> BoxFuture<'a, Result<Vec<Remarked>, CasesError>> {
        self.read(|on, _| remarks::all(on, key))
    }

    fn with_paper(&self, content: [u8; 16]) -> BoxFuture<'_, Result<Vec<CaseKey>, CasesError>> {
        self.read(|on, _| row::with_paper(on, &content))
    }

    fn change(&self, changes: Vec<Change>, record: Recording) -> BoxFuture<'_, Result<Changed, CasesError>> {
        Box::pin(async move {
            let sealed = changes.into_iter().map(|change| Sealed::of(change, &self.seals));
            let sealed = sealed.collect::<Result<Vec<_>, _>>().map_err(trouble)?;
            let seals = Arc::clone(&self.seals);
            let outcome = self
                .record(record, move |on| {
                    Ok(match change::make(on, &seals, &sealed)? {
                        Ok(cases) => (true, Changed::Durable(cases)),
                        Err(Refusal::Overtaken) => (false, Changed::Overtaken),
                        Err(Refusal::Forbidden(forbidden)) => (false, Changed::Forbidden(forbidden)),
                    })
                })
                .await?;
            Ok(outcome.unwrap_or(Changed::Replayed))
        })
    }

    fn sweep(&self, now: UnixTime, before: UnixTime) -> BoxFuture<'_, Result<Swept, CasesError>> {
        Box::pin(async move {
            let mut all = Swept::default();
            // A few at a time: decisions share the writer.
            loop {
                let (swept, objects) = self.write(move |on| sweep::some(on, now, before)).await?;
                // Their keys are gone. What a stop leaves of the files another sweep removes.
                self.papers.remove(objects).await?;
                all.papers += swept.papers;
                all.cases += swept.cases;
                all.requests += swept.requests;
                all.notices += swept.notices;
                if swept == Swept::default() {
                    return Ok(all);
                }
            }
        })
    }
}

impl SealedCases {
    pub(crate) fn open(
        path: &Path,
        ledger: Arc<DurableLedger>,
        seals: Arc<Seals>,
        papers: Arc<SealedPapers>,
    ) -> Result<Self, StoreError> {
        let reader = Mutex::new(db::connect(path, Use::Read, 1024)?);
        Ok(Self { ledger, reader, seals, papers, numbers: Mutex::new(0..0) })
    }

    /// Runs a change together with ledger entries and a spend. The change says whether all of it is to be written, and
    /// what became of it; none when the spend was used before.
    async fn record<T: Send + 'static>(
        &self,
        Recording { entries, spend }: Recording,
        change: impl FnOnce(&Connection) -> Result<(bool, T), StoreError> + Send + 'static,
    ) -> Result<Option<T>, CasesError> {
        let mut entries = entries.into_iter();
        let (entry, more) = (entries.next(), entries.collect());
        let work = Work { entry, more, spend, ..Work::default() };
        self.ledger.write_beside(work, change).await.map_err(|LedgerError(error)| CasesError(error))
    }

    async fn write<T: Send + 'static>(
        &self,
        change: impl FnOnce(&Connection) -> Result<T, StoreError> + Send + 'static,
    ) -> Result<T, CasesError> {
        self.ledger.change(change).await.map_err(|LedgerError(error)| CasesError(error))
    }

    /// Runs a read on one snapshot. A point look-up takes some microseconds: no thread is worth it.
    fn read<'a, T: Send + 'a>(
        &'a self,
        read: impl FnOnce(&Connection, &Seals) -> Result<T, StoreError>,
    ) -> BoxFuture<'a, Result<T, CasesError>> {
        let mut reader = self.reader.lock();
        let read = reader.transaction().map_err(StoreError::from).and_then(|on| read(&on, &self.seals));
        Box::pin(std::future::ready(read.map_err(trouble)))
    }
}

pub(crate) fn trouble(error: StoreError) -> CasesError {
    CasesError(error.into())
}

#[cfg(test)]
mod revision_tests;
#[cfg(test)]
mod stuck_tests;
#[cfg(test)]
mod tests;

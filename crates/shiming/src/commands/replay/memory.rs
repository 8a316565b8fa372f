//! A caller and a ledger that live for one recorded request.

use std::{collections::HashMap, convert::Infallible, sync::Mutex};

use shiming_core::{
    Again, BoxFuture, Caller, CallerState, Callers, Committed, Entry, Ledger, LedgerError, NewCaller, RecordKey, Seq,
    Spend, SubjectTag,
};

/// The only caller that there is.
pub(super) struct OneCaller(pub(super) Caller);

impl Callers for OneCaller {
    type Error = Infallible;

    fn all(&self) -> Result<Vec<Caller>, Infallible> {
        Ok(vec![self.0.clone()])
    }

    fn revision(&self) -> Result<i64, Infallible> {
        Ok(1)
    }

    fn put(&self, _: &NewCaller) -> Result<(), Infallible> {
        Ok(())
    }

    fn set_state(&self, _: &str, _: &str, _: CallerState) -> Result<bool, Infallible> {
        Ok(false)
    }
}

/// A ledger that remembers what was spent, and by what.
#[derive(Default)]
pub(super) struct ShortLedger {
    spent: Mutex<HashMap<[u8; 16], Entry>>,
}

impl Ledger for ShortLedger {
    fn commit(&self, entry: Entry, spend: Option<Spend>) -> BoxFuture<'_, Result<Committed, LedgerError>> {
        let committed = match (self.spent.lock(), spend) {
            (Ok(mut known), Some(spend)) => match known.get(&spend.key) {
                Some(first) if spend.again == Again::Repeat => Committed::Repeated(Box::new(first.clone())),
                Some(_) => Committed::Replayed,
                None => {
                    known.insert(spend.key, entry);
                    Committed::New(Seq(known.len() as u64))
                }
            },
            _ => Committed::New(Seq(0)),
        };
        Box::pin(std::future::ready(Ok(committed)))
    }

    fn spend(&self, _: Spend) -> BoxFuture<'_, Result<bool, LedgerError>> {
        Box::pin(std::future::ready(Ok(true)))
    }

    fn tag(&self, _: &[&[u8]]) -> [u8; 16] {
        [0; 16]
    }

    fn subject(&self, _: RecordKey<'_>) -> SubjectTag {
        SubjectTag([0; 16])
    }
}

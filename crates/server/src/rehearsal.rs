//! A source that fails or dawdles on purpose, for made-up people.
//!
//! A team rehearses with it what its product does when a source is down or slow: for a number on its list it acts, for
//! everyone else it has no record, so that the sources after it in the policy decide.

use std::{collections::HashMap, fmt, time::Duration};

use shiming_core::{BoxFuture, Claim, Finding, Source, SourceDown, SourceId};

/// What happens for a number.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Act {
    /// The source does not answer: the claim cannot be checked unless another source has a record.
    Down,
    /// It takes this long to say that it has no record.
    Slow(Duration),
}

/// The rehearsing source.
pub struct Rehearsal {
    id: SourceId,
    acts: HashMap<String, Act>,
}

impl Rehearsal {
    /// Acts for these numbers (resident, card, mobile or company numbers in normal form).
    pub fn new(acts: impl IntoIterator<Item = (String, Act)>) -> Self {
        Self { id: SourceId::from("rehearsal"), acts: acts.into_iter().collect() }
    }
}

impl Source for Rehearsal {
    fn id(&self) -> &SourceId {
        &self.id
    }

    fn ask<'a>(&'a self, claim: &'a Claim) -> BoxFuture<'a, Result<Finding, SourceDown>> {
        let act = self.acts.get(claim.key().number).copied();
        Box::pin(async move {
            match act {
                None => Ok(Finding::NoRecord),
                Some(Act::Down) => Err(SourceDown("this person's source is down on purpose".into())),
                Some(Act::Slow(time)) => {
                    tokio::time::sleep(time).await;
                    Ok(Finding::NoRecord)
                }
            }
        })
    }
}

impl fmt::Debug for Rehearsal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Rehearsal").field("numbers", &self.acts.len()).finish_non_exhaustive()
    }
}

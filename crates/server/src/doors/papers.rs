//! What the doors work with that take papers: the verb *submit* and what goes with it.

use std::sync::Arc;

use shiming_core::{Clock, Ledger, Submitter};

use crate::{Random, keyring::Keyring, refusals::Refusals};

/// The tools of a door whose callers are read as `C`.
pub struct Tools<C> {
    /// The verb.
    pub submitter: Arc<Submitter>,
    /// The ledger that the verb writes to: for what a call spends by itself, and for tags.
    pub ledger: Arc<dyn Ledger>,
    /// Who may call.
    pub callers: Arc<Keyring<C>>,
    /// What time it is.
    pub clock: Arc<dyn Clock>,
    /// For request ids.
    pub random: Arc<dyn Random>,
    /// The memory of refused calls.
    pub refusals: Arc<Refusals>,
}

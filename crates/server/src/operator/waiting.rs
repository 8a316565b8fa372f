//! What waits for somebody, counted when the metrics are asked for: it is the store's, so a restart forgets none of it.

use std::{sync::Arc, time::Duration};

use shiming_core::{
    Clock, Submitter,
    submit::{CasesError, Outbox, Standing},
};

use crate::telemetry::Backlog;

/// Counts cases and notices.
pub struct Waiting {
    /// The verb, for its cases.
    pub submitter: Arc<Submitter>,
    /// Where notices wait.
    pub outbox: Arc<dyn Outbox>,
    /// When it is.
    pub clock: Arc<dyn Clock>,
}

impl Waiting {
    /// What waits now; none when the store cannot say, which is in the log then.
    pub(super) async fn count(&self) -> Option<Backlog> {
        let counted = self.counted().await;
        counted.inspect_err(|error| tracing::error!(?error, "what waits could not be counted")).ok()
    }

    async fn counted(&self) -> Result<Backlog, CasesError> {
        let waiting = self.submitter.cases().waiting().await?;
        let now = self.clock.now();
        let oldest = waiting.since.map_or(0, |since| now.millis().saturating_sub(since.millis()));
        Ok(Backlog {
            cases: waiting.cases,
            // A clock that was set back makes nothing older than it is.
            oldest: Duration::from_millis(u64::try_from(oldest).unwrap_or_default()),
            notices: self.outbox.count(Standing::Waiting).await?,
            dead: self.outbox.count(Standing::Dead).await?,
        })
    }
}

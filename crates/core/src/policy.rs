//! Policy: which sources answer which check, and in what order.

use std::collections::BTreeMap;

use crate::{claim::Check, source::SourceId};

/// For each check the sources to ask, first to last. The first that has a record decides.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Policy {
    otherwise: Vec<SourceId>,
    by_check: BTreeMap<Check, Vec<SourceId>>,
}

impl Policy {
    /// The same sources for every check.
    pub fn all_from(sources: impl IntoIterator<Item = SourceId>) -> Self {
        Self { otherwise: sources.into_iter().collect(), by_check: BTreeMap::new() }
    }

    /// Other sources for one check. An empty list means that nobody answers it: every claim has no record.
    #[must_use]
    pub fn with(mut self, check: Check, sources: impl IntoIterator<Item = SourceId>) -> Self {
        self.by_check.insert(check, sources.into_iter().collect());
        self
    }

    /// The sources for a check.
    pub fn sources(&self, check: Check) -> &[SourceId] {
        self.by_check.get(&check).unwrap_or(&self.otherwise)
    }

    /// Every source that is named anywhere.
    pub fn named(&self) -> impl Iterator<Item = &SourceId> {
        self.otherwise.iter().chain(self.by_check.values().flatten())
    }
}

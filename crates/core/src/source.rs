//! Sources: where truth comes from. A source does not know who asked, or through which door.

use std::{fmt, sync::Arc};

use crate::{BoxFuture, claim::Claim, claim::Elements};

/// A source's name in policies and in the ledger, such as `registry`.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct SourceId(Arc<str>);

impl SourceId {
    /// The name as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl From<&str> for SourceId {
    fn from(name: &str) -> Self {
        Self(name.into())
    }
}

impl fmt::Display for SourceId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// Someone who can say what a record holds.
///
/// `ask` ends in bounded time: a source that waits for somebody else brings its own patience and says [`SourceDown`]
/// when it is at an end.
pub trait Source: Send + Sync {
    /// What it is called.
    fn id(&self) -> &SourceId;

    /// Compares the claim with what it knows.
    fn ask<'a>(&'a self, claim: &'a Claim) -> BoxFuture<'a, Result<Finding, SourceDown>>;
}

/// What a source found.
#[derive(Clone, PartialEq, Eq)]
pub enum Finding {
    /// It has no record under that number.
    NoRecord,
    /// It has one.
    Record {
        /// The claimed elements that differ from it; empty when all are equal.
        differing: Elements,
        /// The reference portrait's template, where the claim carries a portrait and the record has one.
        portrait: Option<Vec<u8>>,
    },
}

/// Never shows a template: it is a person's face.
impl fmt::Debug for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NoRecord => f.write_str("NoRecord"),
            Self::Record { differing, portrait } => f
                .debug_struct("Record")
                .field("differing", differing)
                .field("portrait", &portrait.as_ref().map(|_| "…"))
                .finish(),
        }
    }
}

/// A source did not answer. The operator looks; the caller may ask again.
#[derive(Debug, thiserror::Error)]
#[error("the source did not answer")]
pub struct SourceDown(#[source] pub Box<dyn std::error::Error + Send + Sync>);

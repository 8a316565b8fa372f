//! A verdict: what a check found. It is never an error; "does not match" is a good answer.

use std::fmt;

use crate::{claim::Elements, face::Unusable, source::SourceId};

/// What a check found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// A record was found and every claimed element equals it.
    Match,
    /// A record was found and these elements differ. For the ledger only: a caller who learns which one could guess
    /// the others one by one.
    Mismatch(Elements),
    /// No source has a record under that number.
    NoRecord,
    /// Nobody could decide.
    CannotCheck(CannotCheck),
}

impl Verdict {
    /// Whether nobody could decide for a reason that passes by itself.
    pub const fn passes(&self) -> bool {
        matches!(self, Self::CannotCheck(why) if why.passes())
    }

    /// Every word that there is for one.
    pub fn words() -> impl Iterator<Item = &'static str> {
        let decided = [Self::Match, Self::Mismatch(Elements::NONE), Self::NoRecord].map(|verdict| verdict.word());
        decided.into_iter().chain(CannotCheck::words())
    }

    /// The word for it in the ledger and in metrics.
    pub const fn word(&self) -> &'static str {
        match self {
            Self::Match => "match",
            Self::Mismatch(_) => "mismatch",
            Self::NoRecord => "no_record",
            Self::CannotCheck(why) => why.word(),
        }
    }
}

/// Why nobody could decide.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum CannotCheck {
    /// A source that would have to answer did not.
    SourceDown(SourceId),
    /// The claim carries a portrait and no face engine is configured.
    NoFaceEngine,
    /// The record has no portrait to compare with.
    NoPortraitOnRecord,
    /// The photo cannot be compared. Another one may be.
    PortraitUnusable(Unusable),
    /// The face engine has more to do than it may take on.
    FaceEngineBusy,
    /// What is kept of the reference portrait was made by another model than the engine has.
    TemplateOutdated,
    /// A name has a character that no table explains.
    NameNotComparable,
}

impl CannotCheck {
    /// Whether the same question, put again later, may be decided without anybody's doing.
    pub const fn passes(&self) -> bool {
        matches!(self, Self::SourceDown(_) | Self::FaceEngineBusy)
    }

    fn words() -> impl Iterator<Item = &'static str> {
        let own = [
            Self::SourceDown(SourceId::from("")),
            Self::NoFaceEngine,
            Self::NoPortraitOnRecord,
            Self::FaceEngineBusy,
            Self::TemplateOutdated,
            Self::NameNotComparable,
        ];
        own.map(|why| why.word()).into_iter().chain(Unusable::ALL.iter().map(|reason| reason.word()))
    }

    /// The word for it in the ledger and in metrics.
    pub const fn word(&self) -> &'static str {
        match self {
            Self::SourceDown(_) => "source_down",
            Self::NoFaceEngine => "no_face_engine",
            Self::NoPortraitOnRecord => "no_portrait_on_record",
            Self::PortraitUnusable(reason) => reason.word(),
            Self::FaceEngineBusy => "face_engine_busy",
            Self::TemplateOutdated => "template_outdated",
            Self::NameNotComparable => "name_not_comparable",
        }
    }
}

impl fmt::Display for CannotCheck {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::SourceDown(source) => write!(f, "source `{source}` did not answer"),
            Self::NoFaceEngine => f.write_str("no face engine is configured"),
            Self::NoPortraitOnRecord => f.write_str("the record has no portrait"),
            Self::PortraitUnusable(reason) => reason.fmt(f),
            Self::FaceEngineBusy => f.write_str("the face engine has too much to do"),
            Self::TemplateOutdated => f.write_str("the reference portrait was read by another model"),
            Self::NameNotComparable => f.write_str("a name has a character that no table explains"),
        }
    }
}

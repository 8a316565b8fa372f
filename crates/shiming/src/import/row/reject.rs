//! Why a row is refused: a stable code, and a sentence.

use std::fmt;

use shiming_core::Unusable;
use shiming_identity::Flaw;

use super::{super::portrait, Column};

/// Why a row was refused. Never holds a value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Reject {
    column: Option<Column>,
    reason: Reason,
}

/// What is wrong with a row.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Reason {
    /// A field is not what it claims to be.
    Flaw(Flaw),
    /// A field that is needed is empty.
    Missing,
    /// A word that `op` or `kind` does not know.
    UnknownWord,
    /// A name that is no column (NDJSON).
    UnknownName,
    /// A column that has two values (NDJSON; a header is refused whole).
    Twice,
    /// A name that can never be compared with another.
    NotComparable,
    /// The row has no number of the kind that it is limited to, or none at all.
    NoNumber,
    /// The row has more fields than the header.
    Columns,
    /// The line is not a JSON object of texts and whole numbers.
    Json,
    /// The line cannot be decoded.
    Encoding,
    /// The line is too long.
    TooLong,
    /// A quote is opened and not closed.
    OpenQuote,
    /// The face engine can make nothing of the portrait.
    Portrait(Unusable),
    /// There is nobody to look at a portrait.
    NoFaceEngine,
    /// The row has a portrait in base64 and in a file.
    TwoPortraits,
    /// The portrait is not base64.
    Base64,
    /// The portrait's file cannot be read.
    NoFile,
    /// A template is to be made anew, and there is no photo: neither in the row nor kept.
    NoPhoto,
}

impl Reject {
    /// The row as a whole.
    pub(crate) const fn of(reason: Reason) -> Self {
        Self { column: None, reason }
    }

    /// One field of it.
    pub(crate) const fn at(column: Column, reason: Reason) -> Self {
        Self { column: Some(column), reason }
    }

    /// The stable code.
    pub(crate) const fn code(self) -> &'static str {
        match self.reason {
            Reason::Flaw(flaw) => flaw.code(),
            Reason::Missing => "MISSING",
            Reason::UnknownWord => "UNKNOWN_WORD",
            Reason::UnknownName => "UNKNOWN_NAME",
            Reason::Twice => "TWICE",
            Reason::NotComparable => "NOT_COMPARABLE",
            Reason::NoNumber => "NO_NUMBER",
            Reason::Columns => "COLUMNS",
            Reason::Json => "JSON",
            Reason::Encoding => "ENCODING",
            Reason::TooLong => "TOO_LONG",
            Reason::OpenQuote => "OPEN_QUOTE",
            Reason::Portrait(reason) => portrait::code(reason),
            Reason::NoFaceEngine => "NO_FACE_ENGINE",
            Reason::TwoPortraits => "TWO_PORTRAITS",
            Reason::Base64 => "BASE64",
            Reason::NoFile => "NO_FILE",
            Reason::NoPhoto => "NO_PHOTO",
        }
    }

    /// The field's name; empty when it is the row as a whole.
    pub(crate) fn field(self) -> &'static str {
        self.column.map_or("", Column::name)
    }
}

/// One English sentence.
impl fmt::Display for Reject {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self.reason {
            Reason::Flaw(flaw) => return flaw.fmt(f),
            Reason::Missing => "The row needs this field, and it is empty.",
            Reason::UnknownWord => "The word is not one that this column knows.",
            Reason::UnknownName => "The row has a name that is no column.",
            Reason::Twice => "The row has two values for this column.",
            Reason::NotComparable => {
                "The name holds a private-use character without a known meaning; it could never match."
            }
            Reason::NoNumber => "The row has no number that a record could stand under.",
            Reason::Columns => "The row has more fields than the header.",
            Reason::Json => "This is not a JSON object whose values are texts, whole numbers or null.",
            Reason::Encoding => "The characters cannot be decoded; is it another encoding?",
            Reason::TooLong => "The row is longer than 512 KiB.",
            Reason::OpenQuote => "A quote is opened and not closed.",
            Reason::Portrait(reason) => return write!(f, "The portrait cannot be used: {reason}."),
            Reason::NoFaceEngine => "No face engine is configured: nobody could read the portrait.",
            Reason::TwoPortraits => "The row has a portrait of its own and a portrait's file; one is enough.",
            Reason::Base64 => "The portrait is not base64.",
            Reason::NoFile => "The portrait's file cannot be read.",
            Reason::NoPhoto => "Neither the row nor the registry has a photo of this person that could be read.",
        })
    }
}

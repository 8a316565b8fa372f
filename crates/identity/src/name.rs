//! Personal names (姓名) and their comparison form.
//!
//! Source: identity rules, section 6. Comparison is exact equality of comparison forms: no edit distance, no pinyin, no
//! folding of traditional and simplified forms or of variants, which are different registered names.

pub(crate) mod pua;
pub(crate) mod recipe;

use crate::{Flaw, Parsed, Warning, Warnings, mask, secret};
use pua::PrivateUseTable;
use recipe::{FullStop, Normal, SEPARATOR};
use zeroize::{Zeroize, ZeroizeOnDrop};

/// The most code points of a name that are looked at.
pub(crate) const CAP: usize = 256;

/// A personal name (姓名) in its comparison form. The text as submitted stays with the caller, for echo and signing.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Zeroize, ZeroizeOnDrop)]
pub struct PersonName {
    text: String,
    comparable: bool,
}

secret::hide!(PersonName);

/// What comparing two names says.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum NameMatch {
    /// The comparison forms are equal.
    Match,
    /// They differ; the hint is for a reviewer and never changes the verdict.
    Mismatch(Option<NameHint>),
    /// One of them holds a private-use character without a known meaning.
    CannotVerify,
}

/// Why two different names may yet be one person's.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum NameHint {
    /// Only the separators differ (`SEPARATOR_DIFFERS`).
    SeparatorDiffers,
}

/// What a comma in a passport's printed name is.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Comma {
    /// Part of the name: `SURNAME, GIVEN` and `SURNAME GIVEN` differ.
    Kept,
    /// A blank: the two are the same.
    Blank,
}

impl NameHint {
    /// The code of the specification.
    pub const fn code(self) -> &'static str {
        match self {
            Self::SeparatorDiffers => "SEPARATOR_DIFFERS",
        }
    }
}

impl PersonName {
    /// Reads a name and brings it into its comparison form. Flaws: LENGTH, INVALID_NAME, EMPTY.
    ///
    /// ```
    /// use shiming_identity::{Flaw, PersonName};
    ///
    /// let typed = PersonName::parse("测试•样例")?.value;
    /// assert_eq!(typed.expose(), "测试·样例");
    /// assert_eq!(PersonName::parse("样例·").unwrap_err(), Flaw::InvalidName);
    /// # Ok::<(), Flaw>(())
    /// ```
    pub fn parse(text: &str) -> Result<Parsed<Self>, Flaw> {
        Self::admit(recipe::normalise(text, CAP, FullStop::Separates, None)?)
    }

    /// As [`parse`](Self::parse), with an operator's meanings of private-use characters.
    pub fn parse_with(text: &str, private_use: &PrivateUseTable) -> Result<Parsed<Self>, Flaw> {
        Self::admit(recipe::normalise(text, CAP, FullStop::Separates, Some(private_use))?)
    }

    /// A passport's Latin name as printed or as in its machine-readable lines, where `<` is a blank.
    pub fn parse_passport(text: &str, comma: Comma) -> Result<Parsed<Self>, Flaw> {
        let blank = |c: char| c == '<' || (comma == Comma::Blank && matches!(c, ',' | '\u{FF0C}'));
        if text.len() > CAP * 4 {
            return Err(Flaw::Length);
        }
        Self::parse(&text.replace(blank, " "))
    }

    /// The name as an operator's table reads it: what [`parse_with`](Self::parse_with) makes of the text as submitted. Without a
    /// meaning for all of its private-use characters it stays what it is, one that cannot be compared.
    #[must_use]
    pub fn read_with(&self, private_use: &PrivateUseTable) -> Self {
        Self::parse_with(&self.text, private_use).map_or_else(|_| self.clone(), |parsed| parsed.value)
    }

    fn admit(mut normal: Normal) -> Result<Parsed<Self>, Flaw> {
        if normal.text.contains(SEPARATOR) && normal.text.split(SEPARATOR).any(str::is_empty) {
            return Err(Flaw::InvalidName);
        }
        if normal.count > if normal.han { 50 } else { 100 } {
            return Err(Flaw::Length);
        }
        let mut warnings = Warnings::NONE;
        warnings.insert_if(normal.private, Warning::PuaUnmapped);
        warnings.insert_if(normal.mixed, Warning::MixedScript);
        warnings.insert_if(normal.han && normal.count == 1, Warning::OneCharacter);
        let value = Self { text: std::mem::take(&mut *normal.text), comparable: !normal.private };
        Ok(Parsed { value, warnings })
    }

    /// The comparison form. Never log it.
    pub fn expose(&self) -> &str {
        &self.text
    }

    /// First character, the rest `*`.
    pub fn masked(&self) -> String {
        mask::name(&self.text, mask::NameStyle::default())
    }

    /// Whether the form may be compared: `false` when a private-use character has no known meaning. Then the answer is
    /// "cannot verify", never a mismatch.
    pub const fn is_comparable(&self) -> bool {
        self.comparable
    }

    /// Compares two names.
    pub fn compare(&self, other: &Self) -> NameMatch {
        let without_separator = |name: &Self| name.text.replace(SEPARATOR, "");
        if !self.comparable || !other.comparable {
            NameMatch::CannotVerify
        } else if self.text == other.text {
            NameMatch::Match
        } else if without_separator(self) == without_separator(other) {
            NameMatch::Mismatch(Some(NameHint::SeparatorDiffers))
        } else {
            NameMatch::Mismatch(None)
        }
    }
}

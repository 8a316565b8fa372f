//! Why a text is not what it claims to be, and what is odd about one that is.
//!
//! Source: identity rules, section 0 (one list of codes for all kinds). A [`Flaw`] refuses; a [`Warning`] never does.
//! Which of the two a wrong Luhn digit is depends on the operator: see [`Parsed::strict`].

use std::fmt;

/// Makes a fieldless enum whose rows carry a stable code and a sentence; the sentence is the documentation too.
macro_rules! coded {
    ($(#[$meta:meta])* $name:ident { $($variant:ident, $code:literal, $sentence:literal;)+ }) => {
        $(#[$meta])*
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
        pub enum $name { $(#[doc = $sentence] $variant,)+ }

        impl $name {
            /// Every row, in the order of the table.
            pub const ALL: &'static [Self] = &[$(Self::$variant),+];

            /// The stable code, for logs, `--json` and comparison with the specification.
            pub const fn code(self) -> &'static str {
                match self { $(Self::$variant => $code),+ }
            }
        }

        /// One English sentence. It never holds the value that was read.
        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(match self { $(Self::$variant => $sentence),+ })
            }
        }
    };
}

coded! {
    /// Why a text was refused. Only the first failure is reported, in the order that the kind's section gives.
    Flaw {
        Empty, "EMPTY", "Nothing is left after trimming.";
        Length, "LENGTH", "The number of characters is wrong.";
        Charset, "CHARSET", "A character stands where it is not allowed.";
        Province, "PROVINCE", "The province prefix does not exist.";
        PermitArea, "PERMIT_AREA", "The area code is not one that this kind of permit uses.";
        Date, "DATE", "The birth date does not exist in the calendar.";
        Future, "FUTURE", "The birth date lies in the future.";
        TooOld, "TOO_OLD", "The birth date is too long ago.";
        Check, "CHECK", "The check character does not fit the rest.";
        OrgCheck, "ORG_CHECK", "The check character of the embedded organisation code does not fit.";
        Luhn, "LUHN", "The Luhn check digit does not fit the rest.";
        LeadingZero, "LEADING_ZERO", "The number starts with a zero.";
        Placeholder, "PLACEHOLDER", "One digit is repeated throughout: this is a placeholder.";
        InvalidName, "INVALID_NAME", "The name holds a character or a separator that no name can hold.";
        FirstGeneration, "FIRST_GENERATION", "This is a 15-digit first-generation number, no longer accepted for verification.";
        UnsupportedDoc, "UNSUPPORTED_DOC", "This kind of document or number segment is not supported.";
    }
}

impl std::error::Error for Flaw {}

coded! {
    /// What is odd about a value that was accepted.
    Warning {
        AreaUnknown, "AREA_UNKNOWN", "No county-level area is known under this code.";
        AreaRetired, "AREA_RETIRED", "The area code has been retired; cards that carry it stay valid.";
        AgeOver120, "AGE_OVER_120", "The person would be over 120 years old.";
        Seq000, "SEQ_000", "The sequence number is 000.";
        RegionUnknown, "REGION_UNKNOWN", "The region or country code is not a known one.";
        CategoryUnknown, "CATEGORY_UNKNOWN", "The registering department and category are not a known pair.";
        RangeUnknown, "RANGE_UNKNOWN", "The number range is not known to be assigned to telephones.";
        BinUnknown, "BIN_UNKNOWN", "No issuer is known for this card prefix.";
        BinLength, "BIN_LENGTH", "The issuer's cards with this prefix have another length.";
        PuaUnmapped, "PUA_UNMAPPED", "The name holds a private-use character without a known meaning; it cannot be compared.";
        MixedScript, "MIXED_SCRIPT", "The name mixes Han with other characters.";
        OneCharacter, "ONE_CHARACTER", "The name is a single character.";
        Unchecked, "UNCHECKED", "This older form has no check digit.";
        Luhn, "LUHN", "The Luhn check digit does not fit the rest; some genuine domestic cards fail it.";
        OrgCheck, "ORG_CHECK", "The check character of the embedded organisation code does not fit.";
        Check, "CHECK", "The check digit does not fit the rest; the rule for it is not published.";
        Length, "LENGTH", "The number of characters is unusual for this document.";
        Charset, "CHARSET", "The form is unusual for this document.";
    }
}

impl Warning {
    /// The flaw that a strict configuration makes of this warning, if it does.
    pub const fn as_flaw(self) -> Option<Flaw> {
        match self {
            Self::Luhn => Some(Flaw::Luhn),
            Self::OrgCheck => Some(Flaw::OrgCheck),
            Self::Check => Some(Flaw::Check),
            Self::Length => Some(Flaw::Length),
            Self::Charset => Some(Flaw::Charset),
            _ => None,
        }
    }
}

/// A set of warnings. One word, copied freely, so that the usual case (none) costs nothing.
#[derive(Clone, Copy, PartialEq, Eq, Default, Hash)]
pub struct Warnings(u32);

impl Warnings {
    /// No warning at all.
    pub const NONE: Self = Self(0);

    /// Adds a warning.
    pub const fn insert(&mut self, warning: Warning) {
        self.0 |= 1 << warning as u32;
    }

    /// Adds a warning if `condition` holds.
    pub const fn insert_if(&mut self, condition: bool, warning: Warning) {
        if condition {
            self.insert(warning);
        }
    }

    /// Whether `warning` is in the set.
    pub const fn contains(self, warning: Warning) -> bool {
        self.0 & (1 << warning as u32) != 0
    }

    /// Whether the set is empty.
    pub const fn is_empty(self) -> bool {
        self.0 == 0
    }

    /// How many warnings there are.
    pub const fn len(self) -> usize {
        self.0.count_ones() as usize
    }

    /// The warnings of both sets.
    pub const fn union(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }

    /// The warnings in the order of their table.
    pub fn iter(self) -> impl Iterator<Item = Warning> {
        Warning::ALL.iter().copied().filter(move |warning| self.contains(*warning))
    }
}

impl From<Warning> for Warnings {
    fn from(warning: Warning) -> Self {
        let mut set = Self::NONE;
        set.insert(warning);
        set
    }
}

impl FromIterator<Warning> for Warnings {
    fn from_iter<I: IntoIterator<Item = Warning>>(warnings: I) -> Self {
        warnings.into_iter().fold(Self::NONE, |set, warning| set.union(warning.into()))
    }
}

impl fmt::Debug for Warnings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set().entries(self.iter()).finish()
    }
}

/// A value that was accepted, with what is odd about it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Parsed<T> {
    /// The value, well formed.
    pub value: T,
    /// What is odd about it; usually nothing.
    pub warnings: Warnings,
}

impl<T> Parsed<T> {
    /// A value with nothing odd about it.
    pub const fn plain(value: T) -> Self {
        Self { value, warnings: Warnings::NONE }
    }

    /// The strict configuration: a warning about a check digit or a document's form becomes the flaw of that name.
    /// Other warnings stay warnings.
    ///
    /// ```
    /// use shiming_identity::{BankCard, Flaw, Warning};
    ///
    /// let card = BankCard::parse("6200000000000006")?;
    /// assert!(card.warnings.contains(Warning::Luhn));
    /// assert_eq!(card.strict().unwrap_err(), Flaw::Luhn);
    /// # Ok::<(), Flaw>(())
    /// ```
    pub fn strict(self) -> Result<Self, Flaw> {
        match self.warnings.iter().find_map(Warning::as_flaw) {
            Some(flaw) => Err(flaw),
            None => Ok(self),
        }
    }

    /// The same warnings about another value.
    pub fn map<U>(self, make: impl FnOnce(T) -> U) -> Parsed<U> {
        Parsed { value: make(self.value), warnings: self.warnings }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_warning_has_a_bit_of_its_own() {
        let all: Warnings = Warning::ALL.iter().copied().collect();
        assert_eq!(all.len(), Warning::ALL.len());
        assert!(all.iter().eq(Warning::ALL.iter().copied()));
    }

    #[test]
    fn a_warning_turned_flaw_keeps_its_code() {
        for warning in Warning::ALL {
            if let Some(flaw) = warning.as_flaw() {
                assert_eq!(flaw.code(), warning.code());
            }
        }
    }

    #[test]
    fn codes_are_unique() {
        let mut codes: Vec<_> = Flaw::ALL.iter().map(|flaw| flaw.code()).collect();
        codes.sort_unstable();
        codes.dedup();
        assert_eq!(codes.len(), Flaw::ALL.len());
    }

    #[test]
    fn strict_leaves_a_harmless_warning_alone() {
        let parsed = Parsed { value: (), warnings: Warning::Seq000.into() };
        assert!(parsed.strict().is_ok());
    }
}

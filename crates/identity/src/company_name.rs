//! Company names (企业名称) and their comparison form.
//!
//! Source: identity rules, section 6.5: the recipe for persons without the full stop. No synonyms, no dropping of brackets
//! or regions; 〔〕, [] and 【】 stay distinct.

use crate::name::pua::PrivateUseTable;
use crate::name::recipe::{self, FullStop, Normal};
use crate::{Flaw, Parsed, Warning, Warnings, mask, secret};
use zeroize::{Zeroize, ZeroizeOnDrop};

/// The most code points of a company name that are looked at.
pub(crate) const CAP: usize = 512;

/// A company name (企业名称) in its comparison form.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Zeroize, ZeroizeOnDrop)]
pub struct CompanyName {
    text: String,
    comparable: bool,
}

secret::hide!(CompanyName);

impl CompanyName {
    /// Reads a name and brings it into its comparison form: 2 to 200 code points. Flaws: LENGTH, INVALID_NAME, EMPTY.
    ///
    /// ```
    /// use shiming_identity::CompanyName;
    ///
    /// let registered = CompanyName::parse("样例（北京）有限公司")?.value;
    /// let typed = CompanyName::parse("样例 (北京) 有限公司")?.value;
    /// assert_eq!(registered, typed);
    /// # Ok::<(), shiming_identity::Flaw>(())
    /// ```
    pub fn parse(text: &str) -> Result<Parsed<Self>, Flaw> {
        Self::admit(recipe::normalise(text, CAP, FullStop::Stays, None)?)
    }

    /// As [`parse`](Self::parse), with an operator's meanings of private-use characters.
    pub fn parse_with(text: &str, private_use: &PrivateUseTable) -> Result<Parsed<Self>, Flaw> {
        Self::admit(recipe::normalise(text, CAP, FullStop::Stays, Some(private_use))?)
    }

    /// The name as an operator's table reads it; see [`PersonName::read_with`](crate::PersonName::read_with).
    #[must_use]
    pub fn read_with(&self, private_use: &PrivateUseTable) -> Self {
        Self::parse_with(&self.text, private_use).map_or_else(|_| self.clone(), |parsed| parsed.value)
    }

    fn admit(mut normal: Normal) -> Result<Parsed<Self>, Flaw> {
        if !(2..=200).contains(&normal.count) {
            return Err(Flaw::Length);
        }
        let mut warnings = Warnings::NONE;
        warnings.insert_if(normal.private, Warning::PuaUnmapped);
        let value = Self { text: std::mem::take(&mut *normal.text), comparable: !normal.private };
        Ok(Parsed { value, warnings })
    }

    /// The comparison form.
    pub fn expose(&self) -> &str {
        &self.text
    }

    /// First two and last two characters: a trader's name may hold a person's.
    pub fn masked(&self) -> String {
        mask::company_name(&self.text)
    }

    /// Whether the form may be compared; see [`PersonName::is_comparable`](crate::PersonName::is_comparable).
    pub const fn is_comparable(&self) -> bool {
        self.comparable
    }
}

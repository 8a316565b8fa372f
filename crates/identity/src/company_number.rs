//! The number of a company, whichever of the three it has.
//!
//! Source: identity rules, section 3.4, for a subject that is known to be an organisation: the length decides.

use crate::fold::Folded;
use crate::{CreditCode, Flaw, LicenceNumber, OrgCode, Parsed, secret};

/// A credit code, an organisation code or an old licence number.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum CompanyNumber {
    /// 统一社会信用代码
    Credit(CreditCode),
    /// 组织机构代码
    Org(OrgCode),
    /// 注册号
    Licence(LicenceNumber),
}

secret::hide!(CompanyNumber);

impl CompanyNumber {
    /// Reads a number: 18 characters are a credit code, 15 or 13 a licence number, 9 (or 10 with a hyphen) an organisation
    /// code; anything else is LENGTH.
    pub fn parse(text: &str) -> Result<Parsed<Self>, Flaw> {
        let folded = Folded::trimmed(text)?;
        match folded.as_bytes() {
            [.., b'-', _] => OrgCode::parse(text).map(|parsed| parsed.map(Self::Org)),
            bytes => match bytes.len() {
                18 => CreditCode::parse(text).map(|parsed| parsed.map(Self::Credit)),
                15 | 13 => LicenceNumber::parse(text).map(|parsed| parsed.map(Self::Licence)),
                9 => OrgCode::parse(text).map(|parsed| parsed.map(Self::Org)),
                _ => Err(Flaw::Length),
            },
        }
    }

    /// What a text refused with CHARSET may have meant, where it is as long as a credit code: see [`CreditCode::hint`].
    pub fn hint(text: &str) -> Option<&'static str> {
        let folded = Folded::trimmed(text).ok()?;
        (folded.as_bytes().len() == 18).then(|| CreditCode::hint(text)).flatten()
    }

    /// The number itself, in its comparison form.
    pub fn expose(&self) -> &str {
        match self {
            Self::Credit(code) => code.expose(),
            Self::Org(code) => code.expose(),
            Self::Licence(number) => number.expose(),
        }
    }

    /// As the kind is masked: organisations are public, the self-employed are not.
    pub fn masked(&self) -> String {
        match self {
            Self::Credit(code) => code.masked(),
            Self::Org(code) => code.masked(),
            Self::Licence(number) => number.masked(),
        }
    }

    /// The credit code, if this is one.
    pub const fn credit_code(&self) -> Option<&CreditCode> {
        match self {
            Self::Credit(code) => Some(code),
            _ => None,
        }
    }

    /// The organisation code: itself, or the one embedded in a credit code.
    pub fn org_code(&self) -> Option<OrgCode> {
        match self {
            Self::Credit(code) => code.org_code(),
            Self::Org(code) => Some(code.clone()),
            Self::Licence(_) => None,
        }
    }
}

//! The kinds that can be asked for by name.

use crate::PaperKind;
use std::fmt;
use std::str::FromStr;

/// What to read a text as.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Kind {
    /// Whatever it looks like.
    Any,
    /// Resident ID number and its like, 18 characters.
    Id,
    /// Foreigners' card before 2023, 15 characters.
    Foreigner,
    /// Personal name.
    Name,
    /// Company name.
    Company,
    /// Mobile number.
    Mobile,
    /// Bank card number.
    Card,
    /// Unified Social Credit Code.
    Uscc,
    /// Organisation code.
    Org,
    /// Business licence number before the credit code.
    Licence,
    /// One of the papers.
    Paper(PaperKind),
}

impl Kind {
    const PLAIN: [Self; 10] = [
        Self::Any,
        Self::Id,
        Self::Foreigner,
        Self::Name,
        Self::Company,
        Self::Mobile,
        Self::Card,
        Self::Uscc,
        Self::Org,
        Self::Licence,
    ];

    /// Every kind.
    pub fn all() -> impl Iterator<Item = Self> {
        Self::PLAIN.into_iter().chain(PaperKind::ALL.iter().copied().map(Self::Paper))
    }

    /// The word for it on a command line.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Any => "any",
            Self::Id => "id",
            Self::Foreigner => "foreigner",
            Self::Name => "name",
            Self::Company => "company",
            Self::Mobile => "mobile",
            Self::Card => "card",
            Self::Uscc => "uscc",
            Self::Org => "org",
            Self::Licence => "licence",
            Self::Paper(kind) => kind.name(),
        }
    }

    /// The Chinese name.
    pub const fn chinese(self) -> &'static str {
        match self {
            Self::Any => "任意",
            Self::Id => "公民身份号码",
            Self::Foreigner => "外国人永久居留证",
            Self::Name => "姓名",
            Self::Company => "企业名称",
            Self::Mobile => "手机号",
            Self::Card => "银行卡号",
            Self::Uscc => "统一社会信用代码",
            Self::Org => "组织机构代码",
            Self::Licence => "注册号",
            Self::Paper(kind) => kind.chinese(),
        }
    }
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

/// A word that names no kind.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct UnknownKind;

impl fmt::Display for UnknownKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("no such kind; one of")?;
        Kind::all().try_for_each(|kind| write!(f, " {kind}"))
    }
}

impl std::error::Error for UnknownKind {}

impl FromStr for Kind {
    type Err = UnknownKind;

    fn from_str(word: &str) -> Result<Self, UnknownKind> {
        Self::all().find(|kind| kind.name() == word).ok_or(UnknownKind)
    }
}

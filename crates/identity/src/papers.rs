//! Passports, travel permits and the other documents.
//!
//! Source: identity rules, section 2.1, a row a kind. Only temporary cards and the identity cards of Hong Kong and Taiwan
//! have published check digits and are refused for form; for the others a wrong form is a warning, which
//! [`Parsed::strict`](crate::Parsed::strict) turns into a flaw. Vendors' own words for these kinds belong to their doors.

use crate::fold::{CAP, is_blank, width};
use crate::foreigner::base36;
use crate::{Date, Flaw, Parsed, ResidentId, Warning, Warnings, mask, secret};
use zeroize::{Zeroize, ZeroizeOnDrop};

/// The kinds of paper, in the order of section 2.1.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum PaperKind {
    /// 1: mainland passport (中国护照).
    MainlandPassport,
    /// 2: passport of Hong Kong or Macao (特区护照).
    SarPassport,
    /// 3: foreign passport (外国护照).
    ForeignPassport,
    /// 4: mainland travel permit for Hong Kong and Macao residents (港澳居民来往内地通行证, 回乡证).
    HkMacaoTravelPermit,
    /// 5: mainland travel permit for Taiwan residents (台湾居民来往大陆通行证, 台胞证).
    TaiwanTravelPermit,
    /// 6: permit for travel to Hong Kong and Macao (往来港澳通行证).
    ToHkMacaoPermit,
    /// 7: permit for travel to Taiwan (往来台湾通行证).
    ToTaiwanPermit,
    /// 8: officer's, soldier's or army civilian's card (军官证, 士兵证, 文职).
    MilitaryCard,
    /// 9: household book (户口簿).
    HouseholdBook,
    /// 10: temporary resident ID card (临时居民身份证).
    TemporaryId,
    /// 11: Hong Kong identity card (香港身份证).
    HongKongId,
    /// 12: Macao identity card (澳门身份证).
    MacaoId,
    /// 13: Taiwan identity card (台湾身份证).
    TaiwanId,
}

impl PaperKind {
    /// Every kind, in the order of section 2.1.
    pub const ALL: &'static [Self] = &[
        Self::MainlandPassport,
        Self::SarPassport,
        Self::ForeignPassport,
        Self::HkMacaoTravelPermit,
        Self::TaiwanTravelPermit,
        Self::ToHkMacaoPermit,
        Self::ToTaiwanPermit,
        Self::MilitaryCard,
        Self::HouseholdBook,
        Self::TemporaryId,
        Self::HongKongId,
        Self::MacaoId,
        Self::TaiwanId,
    ];

    /// A short English name, for command lines and tables.
    pub const fn name(self) -> &'static str {
        match self {
            Self::MainlandPassport => "mainland-passport",
            Self::SarPassport => "sar-passport",
            Self::ForeignPassport => "foreign-passport",
            Self::HkMacaoTravelPermit => "hk-macao-travel-permit",
            Self::TaiwanTravelPermit => "taiwan-travel-permit",
            Self::ToHkMacaoPermit => "to-hk-macao-permit",
            Self::ToTaiwanPermit => "to-taiwan-permit",
            Self::MilitaryCard => "military-card",
            Self::HouseholdBook => "household-book",
            Self::TemporaryId => "temporary-id",
            Self::HongKongId => "hong-kong-id",
            Self::MacaoId => "macao-id",
            Self::TaiwanId => "taiwan-id",
        }
    }

    /// The Chinese name.
    pub const fn chinese(self) -> &'static str {
        match self {
            Self::MainlandPassport => "中国护照",
            Self::SarPassport => "特区护照",
            Self::ForeignPassport => "外国护照",
            Self::HkMacaoTravelPermit => "港澳居民来往内地通行证",
            Self::TaiwanTravelPermit => "台湾居民来往大陆通行证",
            Self::ToHkMacaoPermit => "往来港澳通行证",
            Self::ToTaiwanPermit => "往来台湾通行证",
            Self::MilitaryCard => "军官证/士兵证",
            Self::HouseholdBook => "户口簿",
            Self::TemporaryId => "临时居民身份证",
            Self::HongKongId => "香港身份证",
            Self::MacaoId => "澳门身份证",
            Self::TaiwanId => "台湾身份证",
        }
    }
}

/// A paper's number in normal form: width folded, upper case, no blanks.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Zeroize, ZeroizeOnDrop)]
pub struct Paper {
    #[zeroize(skip)]
    kind: PaperKind,
    text: String,
    /// How many bytes of `text` tell papers apart, when not all do.
    lifetime: Option<usize>,
}

secret::hide!(Paper);

/// What comparing two papers says.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum PaperMatch {
    /// The same number.
    Match,
    /// The same person's permit, issued another time (`ISSUE_COUNT_DIFFERS`): a match with a detail.
    IssueCountDiffers,
    /// Another number or another kind.
    Mismatch,
}

impl Paper {
    /// Reads a paper's number. `today` is for the kinds that hold a resident number.
    ///
    /// ```
    /// use shiming_identity::{Date, Flaw, Paper, PaperKind};
    ///
    /// let today = Date::constant(2026, 11, 21);
    /// let old = Paper::parse(PaperKind::HkMacaoTravelPermit, "h00000000 01", today)?.value;
    /// assert_eq!(old.comparison(), "H00000000");
    /// # Ok::<(), Flaw>(())
    /// ```
    pub fn parse(kind: PaperKind, text: &str, today: Date) -> Result<Parsed<Self>, Flaw> {
        let mut text = normalised(text)?;
        if kind == PaperKind::HongKongId || kind == PaperKind::MacaoId {
            text.retain(|c| !matches!(c, '(' | ')'));
        }
        let mut parsed = Parsed::plain(Self { kind, text, lifetime: None });
        match parsed.value.form(today) {
            Ok((lifetime, warnings)) => {
                parsed.value.lifetime = lifetime;
                parsed.warnings = warnings;
            }
            Err(flaw) => match softened(kind, &parsed.value.text, flaw) {
                Some(warning) => parsed.warnings.insert(warning),
                None => return Err(flaw),
            },
        }
        Ok(parsed)
    }

    /// Which kind of paper it is.
    pub const fn kind(&self) -> PaperKind {
        self.kind
    }

    /// The whole number in normal form; the identity cards of Hong Kong and Macao without brackets. Never log it.
    pub fn expose(&self) -> &str {
        &self.text
    }

    /// What to compare: the number without the count that changes at each renewal of a travel permit. Never log it.
    pub fn comparison(&self) -> &str {
        self.lifetime.and_then(|end| self.text.get(..end)).unwrap_or(&self.text)
    }

    /// Compares two papers.
    pub fn compare(&self, other: &Self) -> PaperMatch {
        if self.kind != other.kind || self.comparison() != other.comparison() {
            PaperMatch::Mismatch
        } else if self.text == other.text {
            PaperMatch::Match
        } else {
            PaperMatch::IssueCountDiffers
        }
    }

    /// First and last two characters; of an 18-character resident number the first and the last.
    pub fn masked(&self) -> String {
        if self.text.chars().count() == 18 {
            mask::resident_id(&self.text, mask::IdStyle::default())
        } else {
            mask::paper(&self.text, mask::PaperStyle::default())
        }
    }

    /// Section 2.1, the column of patterns: the part that lasts, and warnings.
    fn form(&self, today: Date) -> Result<(Option<usize>, Warnings), Flaw> {
        let text = self.text.as_str();
        let whole = |result: Result<(), Flaw>| result.map(|()| (None, Warnings::NONE));
        match self.kind {
            PaperKind::MainlandPassport => whole(any(text, MAINLAND_PASSPORT)),
            PaperKind::SarPassport => whole(any(text, SAR_PASSPORT)),
            PaperKind::ForeignPassport => whole(foreign_passport(text)),
            PaperKind::HkMacaoTravelPermit => any(text, HK_MACAO_PERMIT).map(|()| (Some(9), Warnings::NONE)),
            PaperKind::TaiwanTravelPermit => any(text, TAIWAN_PERMIT).map(|()| (Some(8), Warnings::NONE)),
            PaperKind::ToHkMacaoPermit => whole(any(text, TO_HK_MACAO)),
            PaperKind::ToTaiwanPermit => whole(any(text, TO_TAIWAN)),
            PaperKind::MilitaryCard => whole(military(text)),
            PaperKind::HouseholdBook if text.chars().count() != 18 => whole(any(text, HOUSEHOLD)),
            PaperKind::HouseholdBook | PaperKind::TemporaryId => {
                ResidentId::parse(text, today).map(|parsed| (None, parsed.warnings))
            }
            PaperKind::HongKongId => whole(hong_kong_id(text)),
            PaperKind::MacaoId => whole(any(text, MACAO_ID)),
            PaperKind::TaiwanId => whole(taiwan_id(text)),
        }
    }
}

/// The kind that an untyped number looks like; its form fits that kind.
pub(crate) fn guess(text: &str, today: Date) -> Option<PaperKind> {
    use PaperKind as Kind;
    const ORDER: [PaperKind; 11] = [
        Kind::HongKongId,
        Kind::TaiwanId,
        Kind::MainlandPassport,
        Kind::HkMacaoTravelPermit,
        Kind::SarPassport,
        Kind::ToHkMacaoPermit,
        Kind::ToTaiwanPermit,
        Kind::TaiwanTravelPermit,
        Kind::MacaoId,
        Kind::MilitaryCard,
        Kind::ForeignPassport,
    ];
    ORDER.into_iter().find(|kind| Paper::parse(*kind, text, today).and_then(Parsed::strict).is_ok())
}

/// One character of a pattern a character of the number: `#` a digit, `@` a letter, `%` a letter but I and O, `*` a digit
/// or a letter; anything else stands for itself.
type Pattern = &'static str;

#[rustfmt::skip]
const MAINLAND_PASSPORT: &[Pattern] = &[
    "E########", "E%#######", "G########", "14#######", "15#######", "D#######", "D########", "S#######", "S########",
    "P#######", "P########", "DE#######", "SE#######", "PE#######",
];
const SAR_PASSPORT: &[Pattern] = &["K########", "KJ#######", "H########", "MA#######", "MB#######"];
const HK_MACAO_PERMIT: &[Pattern] = &["H########", "M########", "H##########", "M##########"];
const TAIWAN_PERMIT: &[Pattern] = &["########", "##########", "##########(*)"];
const TO_HK_MACAO: &[Pattern] = &["C########", "C@#######", "W########"];
const TO_TAIWAN: &[Pattern] = &["L########", "T########"];
const HOUSEHOLD: &[Pattern] = &["#########"];
const HONG_KONG_ID: &[Pattern] = &["@######*", "@@######*"];
const MACAO_ID: &[Pattern] = &["1#######", "5#######", "7#######"];
const TAIWAN_ID: &[Pattern] = &["@1########", "@2########", "@8########", "@9########"];

/// Whether `text` fits one of the patterns. If not: LENGTH when no pattern that starts like it is as long, else CHARSET.
fn any(text: &str, patterns: &[Pattern]) -> Result<(), Flaw> {
    let first = |pattern: &Pattern| text.bytes().zip(pattern.bytes()).next().is_some_and(fits_one);
    let as_long = |pattern: &Pattern| text.chars().count() == pattern.len();
    if patterns.iter().any(|pattern| text.len() == pattern.len() && text.bytes().zip(pattern.bytes()).all(fits_one)) {
        return Ok(());
    }
    let alike = patterns.iter().any(first);
    let possible = patterns.iter().any(|pattern| as_long(pattern) && (first(pattern) || !alike));
    Err(if possible { Flaw::Charset } else { Flaw::Length })
}

fn fits_one((given, wanted): (u8, u8)) -> bool {
    match wanted {
        b'#' => given.is_ascii_digit(),
        b'@' => given.is_ascii_uppercase(),
        b'%' => given.is_ascii_uppercase() && !matches!(given, b'I' | b'O'),
        b'*' => given.is_ascii_uppercase() || given.is_ascii_digit(),
        literal => given == literal,
    }
}

fn foreign_passport(text: &str) -> Result<(), Flaw> {
    if !(5..=20).contains(&text.chars().count()) {
        return Err(Flaw::Length);
    }
    let allowed = text.bytes().all(|c| c.is_ascii_uppercase() || c.is_ascii_digit());
    if allowed && text.bytes().any(|c| c.is_ascii_digit()) { Ok(()) } else { Err(Flaw::Charset) }
}

/// `军字第…号` with 4 to 8 digits or letters; other services write another first character, and some omit the last.
fn military(text: &str) -> Result<(), Flaw> {
    let (service, number) = text.split_once("字第").ok_or(Flaw::Charset)?;
    let number = number.strip_suffix('号').unwrap_or(number);
    let one_han = service.chars().count() == 1 && service.chars().all(crate::name::recipe::is_han);
    if !one_han || !number.bytes().all(|c| c.is_ascii_alphanumeric()) {
        return Err(Flaw::Charset);
    }
    if (4..=8).contains(&number.len()) { Ok(()) } else { Err(Flaw::Length) }
}

/// Weights 9 to 2 on eight places, of which the first is blank (36) under a one-letter prefix; the check counts once.
fn hong_kong_id(text: &str) -> Result<(), Flaw> {
    any(text, HONG_KONG_ID)?;
    let check = text.bytes().last().filter(|c| matches!(c, b'0'..=b'9' | b'A')).ok_or(Flaw::Charset)?;
    let body = text.len() - 1;
    let blank = if body == 7 { 36 * 9 } else { 0 };
    let weights = (2..=9).rev().skip(8 - body);
    let sum: u32 = text.bytes().zip(weights).map(|(c, weight)| base36(c) * weight).sum();
    if (blank + sum + base36(check)).is_multiple_of(11) { Ok(()) } else { Err(Flaw::Check) }
}

/// The letter as two digits with weights 1 and 9, then 8 to 1, then the check digit; the sum is divisible by 10.
fn taiwan_id(text: &str) -> Result<(), Flaw> {
    /// The letters in the order of their values, 10 to 35.
    const LETTERS: &str = "ABCDEFGHJKLMNPQRSTUVXYWZIO";
    any(text, TAIWAN_ID)?;
    let letter = text.chars().next().and_then(|letter| LETTERS.find(letter)).ok_or(Flaw::Charset)? + 10;
    let weights = [8, 7, 6, 5, 4, 3, 2, 1, 1];
    let digits: usize =
        text.chars().skip(1).filter_map(|c| c.to_digit(10)).zip(weights).map(|(d, w)| d as usize * w).sum();
    if (letter / 10 + letter % 10 * 9 + digits).is_multiple_of(10) { Ok(()) } else { Err(Flaw::Check) }
}

/// What a wrong form is for the kinds that have no published check digit.
fn softened(kind: PaperKind, text: &str, flaw: Flaw) -> Option<Warning> {
    let hard = match kind {
        PaperKind::TemporaryId | PaperKind::HongKongId | PaperKind::TaiwanId => true,
        PaperKind::HouseholdBook => text.chars().count() == 18,
        _ => false,
    };
    match flaw {
        _ if hard => None,
        Flaw::Length => Some(Warning::Length),
        _ => Some(Warning::Charset),
    }
}

/// Width folded, blanks removed, upper case (ASCII); no control characters.
fn normalised(text: &str) -> Result<String, Flaw> {
    if text.len() > CAP {
        return Err(Flaw::Length);
    }
    let mut normal = String::with_capacity(text.len());
    normal.extend(text.chars().filter(|c| !is_blank(*c)).map(|c| width(c).to_ascii_uppercase()));
    if normal.is_empty() {
        Err(Flaw::Empty)
    } else if normal.chars().any(|c| c.is_control() || c == '\u{FFFD}') {
        Err(Flaw::Charset)
    } else {
        Ok(normal)
    }
}

//! Resident ID number (公民身份号码), 18 characters, GB 11643-1999, and what shares its form: residence permits of
//! Hong Kong, Macao and Taiwan residents (2018) and the foreigners' permanent residence card of 2023.
//!
//! Source: identity rules, sections 1.1 to 1.10. Seen: area codes outlive their areas, so positions 3 to 6 never refuse a
//! mainland number. Guessed: a sequence of `000` and the lower bound of 1850 for births.

use crate::fold::{Folded, all_digits, value};
use crate::{Country, Date, Flaw, Parsed, Province, Warning, Warnings, country, mask, province, secret};
use zeroize::{Zeroize, ZeroizeOnDrop};

/// Births before this day are refused, unless [`ResidentId::parse_since`] is told another. The standard's own second
/// example is born in 1880, so 1900 would be wrong.
pub const OLDEST_BIRTH: Date = Date::constant(1850, 1, 1);

/// A resident ID number (公民身份号码), well formed: 17 digits and a check character, upper case.
///
/// It is not `Copy`, so that every copy is wiped when dropped.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Zeroize, ZeroizeOnDrop)]
pub struct ResidentId([u8; 18]);

secret::hide!(ResidentId);

/// Which document carries an 18-character number.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum ResidentKind {
    /// Resident ID card (居民身份证).
    Citizen,
    /// Residence permit for Hong Kong residents (港澳台居民居住证, 810000).
    HongKongPermit,
    /// Residence permit for Macao residents (820000).
    MacaoPermit,
    /// Residence permit for Taiwan residents (830000).
    TaiwanPermit,
    /// Foreigners' permanent residence card of 2023 (外国人永久居留身份证), first digit 9.
    ForeignerPermanent,
}

/// Sex as the number's 17th digit says: odd is male.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Sex {
    /// 男
    Male,
    /// 女
    Female,
}

impl ResidentId {
    /// Reads a number as people type it: full-width digits, a lower-case or Roman `Ⅹ`, blanks at both ends.
    ///
    /// `today` is the civil date in UTC+08:00. Flaws come in the order of section 1.4, first failure only.
    ///
    /// ```
    /// use shiming_identity::{Date, Flaw, ResidentId, Sex};
    ///
    /// let today = Date::constant(2026, 11, 21);
    /// let id = ResidentId::parse(" 11010119000101009x ", today)?.value;
    /// assert_eq!(id.expose(), "11010119000101009X");
    /// assert_eq!(id.sex(), Sex::Male);
    /// assert_eq!(ResidentId::parse("110101190001010015", today).unwrap_err(), Flaw::Check);
    /// # Ok::<(), Flaw>(())
    /// ```
    pub fn parse(text: &str, today: Date) -> Result<Parsed<Self>, Flaw> {
        Self::parse_since(text, today, OLDEST_BIRTH)
    }

    /// As [`parse`](Self::parse), with another lower bound for births.
    pub fn parse_since(text: &str, today: Date, oldest: Date) -> Result<Parsed<Self>, Flaw> {
        let mut number = match text.as_bytes().try_into() {
            Ok(plain) if all_graphic(plain) => *plain,
            _ => folded(text)?,
        };
        number[17].make_ascii_uppercase();
        Self::admit(number, today, oldest)
    }

    /// Sections 1.4 and 1.8, from CHARSET on.
    fn admit(number: [u8; 18], today: Date, oldest: Date) -> Result<Parsed<Self>, Flaw> {
        let [body @ .., check] = &number;
        if !all_digits(body) || !(check.is_ascii_digit() || *check == b'X') {
            return Err(Flaw::Charset);
        }
        let mut warnings = Self::area(body)?;
        let birth = date(&body[6..14])?;
        if birth > today {
            return Err(Flaw::Future);
        }
        if birth < oldest {
            return Err(Flaw::TooOld);
        }
        if *check != check_of(body) {
            return Err(Flaw::Check);
        }
        warnings.insert_if(full_years(birth, today) > 120, Warning::AgeOver120);
        warnings.insert_if(&body[14..17] == b"000", Warning::Seq000);
        Ok(Parsed { value: Self(number), warnings })
    }

    /// Positions 1 to 6: what refuses, and the warnings that follow from the coding rules alone.
    fn area(body: &[u8]) -> Result<Warnings, Flaw> {
        if body[0] == b'9' {
            province(value(&body[1..3])).ok_or(Flaw::Province)?;
            return match value(&body[3..6]) {
                0 => Err(Flaw::PermitArea),
                code if country::by_number(code).is_none() => Ok(Warning::RegionUnknown.into()),
                _ => Ok(Warnings::NONE),
            };
        }
        let province = province(value(&body[..2])).ok_or(Flaw::Province)?;
        let (prefecture, rest) = (value(&body[2..4]), value(&body[2..6]));
        match province.code {
            81..=83 if rest != 0 => Err(Flaw::PermitArea),
            81..=83 => Ok(Warnings::NONE),
            // GB/T 2260 divides no further under 71; elsewhere 01 to 70 are prefectures and 90 holds counties run by the
            // province. `xx0000` is the province itself.
            71 => Ok(Warning::AreaUnknown.into()),
            _ if rest == 0 || matches!(prefecture, 71..=89 | 91..) => Ok(Warning::AreaUnknown.into()),
            _ => Ok(Warnings::NONE),
        }
    }

    /// The number itself. Never log it.
    pub fn expose(&self) -> &str {
        secret::text(&self.0)
    }

    /// First and last character, the rest `*`.
    pub fn masked(&self) -> String {
        mask::resident_id(self.expose(), mask::IdStyle::default())
    }

    /// The birth date in the number.
    pub fn birth(&self) -> Date {
        // `admit` has seen that this date exists.
        date(&self.0[6..14]).unwrap_or(OLDEST_BIRTH)
    }

    /// The sex in the number.
    pub fn sex(&self) -> Sex {
        if self.0[16] % 2 == 1 { Sex::Male } else { Sex::Female }
    }

    /// Full years at `today`.
    pub fn age(&self, today: Date) -> i16 {
        full_years(self.birth(), today)
    }

    /// Whether a guardian's consent is needed (PIPL, articles 28 and 31). The 14th birthday itself still counts as under
    /// 14, the cautious reading.
    pub fn under_14(&self, today: Date) -> bool {
        under(14, self.birth(), today)
    }

    /// Whether the person is a minor, the 18th birthday itself included.
    pub fn under_18(&self, today: Date) -> bool {
        under(18, self.birth(), today)
    }

    /// Which document carries such a number.
    pub fn kind(&self) -> ResidentKind {
        match self.0 {
            [b'9', ..] => ResidentKind::ForeignerPermanent,
            [b'8', b'1', ..] => ResidentKind::HongKongPermit,
            [b'8', b'2', ..] => ResidentKind::MacaoPermit,
            [b'8', b'3', ..] => ResidentKind::TaiwanPermit,
            _ => ResidentKind::Citizen,
        }
    }

    /// The six-digit area code where the number was first given; `None` for the 2023 foreigners' card. It says nothing
    /// about where the person lives.
    pub fn area_code(&self) -> Option<&str> {
        (self.kind() != ResidentKind::ForeignerPermanent).then(|| secret::text(&self.0[..6]))
    }

    /// The province of the area code, or of application for the 2023 foreigners' card.
    pub fn province(&self) -> Option<&'static Province> {
        let at = usize::from(self.0[0] == b'9');
        province(value(&self.0[at..at + 2]))
    }

    /// The country in a 2023 foreigners' card, when the code is a known one. The field order is read off one official
    /// sample (guessed beyond it).
    pub fn country(&self) -> Option<&'static Country> {
        (self.0[0] == b'9').then(|| country::by_number(value(&self.0[3..6]))).flatten()
    }
}

/// The 18-character number of a first-generation one (15 digits, GB 11643-1989), for moving old data; verification
/// answers [`Flaw::FirstGeneration`] instead.
///
/// The century is 18 for the sequences 996 to 999 (kept for people over 100 when they were numbered), else 19; never 20.
/// Births from 1800 on are taken, so that every such number has a form; [`OLDEST_BIRTH`] is for verification.
pub fn upgrade15(text: &str, today: Date) -> Result<ResidentId, Flaw> {
    let folded = Folded::trimmed(text)?;
    let old: &[u8; 15] = folded.as_bytes().try_into().map_err(|_| Flaw::Length)?;
    if !all_digits(old) {
        return Err(Flaw::Charset);
    }
    match &old[..2] {
        [b'9', _] => return Err(Flaw::Province),
        // Residence permits came in 2018 and have no short form.
        [b'8', b'1'..=b'3'] => return Err(Flaw::PermitArea),
        _ => {}
    }
    let mut number = [0; 18];
    number[..6].copy_from_slice(&old[..6]);
    number[6..8].copy_from_slice(if value(&old[12..]) >= 996 { b"18" } else { b"19" });
    number[8..17].copy_from_slice(&old[6..]);
    number[17] = check_of(&number[..17]);
    ResidentId::admit(number, today, Date::constant(1800, 1, 1)).map(|parsed| parsed.value)
}

/// The check character (ISO 7064 MOD 11-2) of a number's first 17 digits; `None` unless they are 17 digits.
pub fn check_character(body: &str) -> Option<char> {
    let body = body.as_bytes();
    (body.len() == 17 && all_digits(body)).then(|| char::from(check_of(body)))
}

fn check_of(body: &[u8]) -> u8 {
    const WEIGHTS: [u32; 17] = [7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2];
    let sum: u32 = WEIGHTS.iter().zip(body).map(|(weight, digit)| weight * u32::from(digit & 0x0F)).sum();
    b"10X98765432"[(sum % 11) as usize]
}

/// Section 1.3: the characters of a text that is not 18 plain ones.
fn folded(text: &str) -> Result<[u8; 18], Flaw> {
    let folded = Folded::trimmed_with(text, |c| if matches!(c, '\u{2169}' | '\u{2179}') { 'X' } else { c })?;
    let bytes = folded.as_bytes();
    match bytes.try_into() {
        Ok(number) => Ok(number),
        Err(_) if bytes.len() == 15 && all_digits(bytes) => Err(Flaw::FirstGeneration),
        Err(_) => Err(Flaw::Length),
    }
}

fn all_graphic(bytes: &[u8; 18]) -> bool {
    bytes.iter().all(u8::is_ascii_graphic)
}

/// A date written YYYYMMDD.
fn date(digits: &[u8]) -> Result<Date, Flaw> {
    let part = |from: usize, to: usize| digits.get(from..to).map(value).ok_or(Flaw::Date);
    let year = i16::try_from(part(0, 4)?).map_err(|_| Flaw::Date)?;
    let month = i8::try_from(part(4, 6)?).map_err(|_| Flaw::Date)?;
    let day = i8::try_from(part(6, 8)?).map_err(|_| Flaw::Date)?;
    Date::new(year, month, day).map_err(|_| Flaw::Date)
}

fn full_years(birth: Date, today: Date) -> i16 {
    let before_birthday = (today.month(), today.day()) < (birth.month(), birth.day());
    today.year() - birth.year() - i16::from(before_birthday)
}

/// Whether `today` is not later than the birthday on which the person becomes `years` old.
fn under(years: i16, birth: Date, today: Date) -> bool {
    (today.year(), today.month(), today.day()) <= (birth.year() + years, birth.month(), birth.day())
}

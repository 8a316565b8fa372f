//! Foreigners' permanent residence card (外国人永久居留证) of 2004 and 2017: 15 characters
//! `AAA NNNN YYMMDD S C`. It stays in use beside the 18-character card of 2023, which is a [`ResidentId`](crate::ResidentId).
//!
//! Source: identity rules, section 1.8. Documented: the structure. Guessed, fitting the notice's sample: the 7-3-1 check,
//! so a wrong digit is a warning. Guessed: the century, which the number does not hold; the latest birth that is not in
//! the future is taken.

use crate::fold::{Folded, all_digits, value};
use crate::{Date, Flaw, Parsed, Province, Warning, Warnings, country, mask, province, secret};
use zeroize::{Zeroize, ZeroizeOnDrop};

/// The number of an older foreigners' card, well formed.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Zeroize, ZeroizeOnDrop)]
pub struct ForeignerPermit([u8; 15]);

secret::hide!(ForeignerPermit);

impl ForeignerPermit {
    /// Reads a number: width folded, blanks at both ends dropped, upper-cased. Flaws in this order:
    /// LENGTH, CHARSET, PROVINCE, DATE; with [`Parsed::strict`], CHECK.
    pub fn parse(text: &str, today: Date) -> Result<Parsed<Self>, Flaw> {
        let folded = Folded::trimmed(text)?.uppercased();
        let number: [u8; 15] = folded.as_bytes().try_into().map_err(|_| Flaw::Length)?;
        let (country, rest) = number.split_at(3);
        if !country.iter().all(u8::is_ascii_uppercase) || !all_digits(rest) {
            return Err(Flaw::Charset);
        }
        province(value(&rest[..2])).ok_or(Flaw::Province)?;
        birth(&number, today).ok_or(Flaw::Date)?;
        let mut warnings = Warnings::NONE;
        warnings.insert_if(country::by_letters(secret::text(country)).is_none(), Warning::RegionUnknown);
        warnings.insert_if(check_of(&number[..14]) != number[14], Warning::Check);
        Ok(Parsed { value: Self(number), warnings })
    }

    /// The number itself. Never log it.
    pub fn expose(&self) -> &str {
        secret::text(&self.0)
    }

    /// First and last character, the rest `*`.
    pub fn masked(&self) -> String {
        mask::resident_id(self.expose(), mask::IdStyle::default())
    }

    /// The three letters of the country.
    pub fn country_letters(&self) -> &str {
        secret::text(&self.0[..3])
    }

    /// The province of application.
    pub fn province(&self) -> Option<&'static Province> {
        province(value(&self.0[3..5]))
    }

    /// The latest birth date before or on `today` that the two-digit year allows.
    pub fn birth(&self, today: Date) -> Option<Date> {
        birth(&self.0, today)
    }
}

/// The check digit (weights 7, 3, 1; A is 10) of the first 14 characters; `None` unless they are 14 letters and digits.
pub fn check_digit(body: &str) -> Option<char> {
    let body = body.to_ascii_uppercase();
    (body.len() == 14 && body.bytes().all(|c| c.is_ascii_alphanumeric())).then(|| char::from(check_of(body.as_bytes())))
}

fn check_of(body: &[u8]) -> u8 {
    let sum: u32 = body.iter().zip([7, 3, 1].into_iter().cycle()).map(|(c, weight)| base36(*c) * weight).sum();
    b"0123456789"[(sum % 10) as usize]
}

/// The value of an upper-case letter or digit: A is 10.
pub(crate) fn base36(c: u8) -> u32 {
    char::from(c).to_digit(36).unwrap_or(0)
}

fn birth(number: &[u8; 15], today: Date) -> Option<Date> {
    let part = |from: usize, to: usize| number.get(from..to).map(value);
    let year = i16::try_from(part(7, 9)?).ok()?;
    let month = i8::try_from(part(9, 11)?).ok()?;
    let day = i8::try_from(part(11, 13)?).ok()?;
    [2000, 1900].iter().filter_map(|century| Date::new(century + year, month, day).ok()).find(|date| *date <= today)
}

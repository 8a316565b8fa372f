//! Bank card numbers (银行卡号): structure and Luhn.
//!
//! Source: identity rules, section 4.1. Departure that the section asks for: a wrong Luhn digit refuses only international
//! cards (prefixes 3, 4 and 5), because genuine domestic debit cards fail it. [`Parsed::strict`](crate::Parsed::strict)
//! refuses all.

use crate::fold::{Folded, all_digits};
use crate::{Flaw, Parsed, Warning, Warnings, mask, secret};
use zeroize::{Zeroize, ZeroizeOnDrop};

/// A bank card number, 13 to 19 digits.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Zeroize, ZeroizeOnDrop)]
pub struct BankCard {
    digits: [u8; 19],
    len: u8,
}

secret::hide!(BankCard);

impl BankCard {
    /// Reads a number: width folded, blanks and hyphens removed. Flaws in this order: EMPTY, LENGTH, CHARSET, LEADING_ZERO,
    /// PLACEHOLDER, LUHN.
    ///
    /// ```
    /// use shiming_identity::{BankCard, Flaw};
    ///
    /// assert_eq!(BankCard::parse("6200-0000-0000-0005")?.value.expose(), "6200000000000005");
    /// assert_eq!(BankCard::parse("4111111111111112").unwrap_err(), Flaw::Luhn);
    /// # Ok::<(), Flaw>(())
    /// ```
    pub fn parse(text: &str) -> Result<Parsed<Self>, Flaw> {
        let plain = text.as_bytes();
        if (13..=19).contains(&plain.len()) && all_digits(plain) {
            return Self::admit(plain);
        }
        Self::admit(Folded::compact(text, |c| c == '-')?.as_bytes())
    }

    fn admit(number: &[u8]) -> Result<Parsed<Self>, Flaw> {
        let Ok(len @ 13..=19) = u8::try_from(number.len()) else {
            return Err(Flaw::Length);
        };
        if !all_digits(number) {
            return Err(Flaw::Charset);
        }
        if number.starts_with(b"0") {
            return Err(Flaw::LeadingZero);
        }
        if number.windows(2).all(|pair| pair[0] == pair[1]) {
            return Err(Flaw::Placeholder);
        }
        let fits = luhn_sum(number).is_multiple_of(10);
        if !fits && international(number) {
            return Err(Flaw::Luhn);
        }
        let mut digits = [0; 19];
        digits.iter_mut().zip(number).for_each(|(slot, digit)| *slot = *digit);
        let mut warnings = Warnings::NONE;
        warnings.insert_if(!fits, Warning::Luhn);
        Ok(Parsed { value: Self { digits, len }, warnings })
    }

    /// The number itself. Never log it.
    pub fn expose(&self) -> &str {
        secret::text(self.digits.get(..usize::from(self.len)).unwrap_or_default())
    }

    /// The last four digits, the rest `*`.
    pub fn masked(&self) -> String {
        mask::bank_card(self.expose(), mask::CardStyle::default())
    }
}

/// The Luhn digit that completes `body`; `None` unless it is 1 to 18 digits.
pub fn check_digit(body: &str) -> Option<char> {
    if body.is_empty() || body.len() > 18 || !all_digits(body.as_bytes()) {
        return None;
    }
    let shifted: Vec<u8> = body.bytes().chain([b'0']).collect();
    char::from_digit((10 - luhn_sum(&shifted) % 10) % 10, 10)
}

/// From the right, every second digit doubled, less 9 when over 9.
fn luhn_sum(number: &[u8]) -> u32 {
    let doubled = |digit: u32| if digit > 4 { digit * 2 - 9 } else { digit * 2 };
    let digits = number.iter().rev().map(|digit| u32::from(digit & 0x0F));
    digits.enumerate().map(|(at, digit)| if at % 2 == 1 { doubled(digit) } else { digit }).sum()
}

/// Whether the prefix belongs to an international scheme. Two domestic debit prefixes stand inside those ranges (section
/// 4.1 and 4.2): BOC's 456351, reported to fail Luhn, and CEB's 303 (14 digits under 303 are Diners Club).
fn international(number: &[u8]) -> bool {
    let domestic = number.starts_with(b"456351") || (number.starts_with(b"303") && number.len() != 14);
    matches!(number[0], b'3'..=b'5') && !domestic
}

//! Business licence number before the credit code (注册号), GS15-2006: 15 digits; 13 without a check digit before 2007.
//!
//! Source: identity rules, section 3.3. From memory there: the meaning of the first sequence digit, the 13-digit form.

use crate::fold::{Folded, all_digits};
use crate::{Flaw, Parsed, Warning, mask, secret};
use zeroize::{Zeroize, ZeroizeOnDrop};

/// A business licence number (注册号), well formed. A 13-digit one is held with two trailing blanks that `expose` omits.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Zeroize, ZeroizeOnDrop)]
pub struct LicenceNumber {
    digits: [u8; 15],
    len: u8,
}

secret::hide!(LicenceNumber);

/// Whose licence a number is, by its first sequence digit.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum LicenceHolder {
    /// 内资企业
    Domestic,
    /// 外资企业
    ForeignInvested,
    /// 个体工商户: personal data.
    SelfEmployed,
}

impl LicenceNumber {
    /// Reads a number: width folded, blanks at both ends dropped. Flaws in this order: LENGTH, CHARSET, CHECK.
    pub fn parse(text: &str) -> Result<Parsed<Self>, Flaw> {
        let folded = Folded::trimmed(text)?;
        let bytes = folded.as_bytes();
        let (len, warnings) = match bytes.len() {
            15 => (15, None),
            13 => (13, Some(Warning::Unchecked)),
            _ => return Err(Flaw::Length),
        };
        if !all_digits(bytes) {
            return Err(Flaw::Charset);
        }
        if let [body @ .., check] = bytes
            && len == 15
            && check_of(body) != *check
        {
            return Err(Flaw::Check);
        }
        let mut digits = [b' '; 15];
        digits.iter_mut().zip(bytes).for_each(|(slot, digit)| *slot = *digit);
        Ok(Parsed { value: Self { digits, len }, warnings: warnings.into_iter().collect() })
    }

    /// The number itself.
    pub fn expose(&self) -> &str {
        secret::text(self.digits.get(..usize::from(self.len)).unwrap_or_default())
    }

    /// As it is for companies, which are public; first and last digit for the self-employed.
    pub fn masked(&self) -> String {
        match self.holder() {
            Some(LicenceHolder::SelfEmployed) => mask::resident_id(self.expose(), mask::IdStyle::default()),
            _ => mask::organisation(self.expose()),
        }
    }

    /// The six digits of the registering authority.
    pub fn authority(&self) -> &str {
        secret::text(&self.digits[..6])
    }

    /// Whose licence it is; the 13-digit form does not say.
    pub fn holder(&self) -> Option<LicenceHolder> {
        (self.len == 15).then(|| match self.digits[6] {
            b'0'..=b'3' => LicenceHolder::Domestic,
            b'4' | b'5' => LicenceHolder::ForeignInvested,
            _ => LicenceHolder::SelfEmployed,
        })
    }
}

/// The check digit (ISO 7064 MOD 11,10) of 14 digits; `None` for anything else.
pub fn check_digit(body: &str) -> Option<char> {
    (body.len() == 14 && all_digits(body.as_bytes())).then(|| char::from(check_of(body.as_bytes())))
}

fn check_of(body: &[u8]) -> u8 {
    let product = body.iter().fold(10, |product, digit| {
        let sum = (product + u32::from(digit & 0x0F)) % 10;
        (if sum == 0 { 10 } else { sum }) * 2 % 11
    });
    b"0123456789"[((11 - product) % 10) as usize]
}

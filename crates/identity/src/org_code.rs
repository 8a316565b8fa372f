//! Organisation code (组织机构代码), GB 11714-1997: eight characters of base 36 and a check character.
//!
//! Source: identity rules, section 3.2.

use crate::fold::Folded;
use crate::foreigner::base36;
use crate::{Flaw, Parsed, mask, secret};
use zeroize::{Zeroize, ZeroizeOnDrop};

/// An organisation code (组织机构代码), well formed, held without its hyphen.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Zeroize, ZeroizeOnDrop)]
pub struct OrgCode([u8; 9]);

secret::hide!(OrgCode);

impl OrgCode {
    /// Reads a code with or without its hyphen: width folded, blanks at both ends dropped, upper-cased. Flaws in this
    /// order: LENGTH, CHARSET, CHECK.
    pub fn parse(text: &str) -> Result<Parsed<Self>, Flaw> {
        let folded = Folded::trimmed(text)?.uppercased();
        match folded.as_bytes() {
            [body @ .., b'-', check] => {
                let body: [u8; 8] = body.try_into().map_err(|_| Flaw::Length)?;
                let mut code = [*check; 9];
                code[..8].copy_from_slice(&body);
                Self::admit(&code)
            }
            plain => Self::admit(plain),
        }
        .map(Parsed::plain)
    }

    pub(crate) fn admit(code: &[u8]) -> Result<Self, Flaw> {
        let code: [u8; 9] = code.try_into().map_err(|_| Flaw::Length)?;
        let [body @ .., check] = &code;
        let check_is_possible = check.is_ascii_digit() || *check == b'X';
        if !check_is_possible || !body.iter().all(|c| c.is_ascii_digit() || c.is_ascii_uppercase()) {
            return Err(Flaw::Charset);
        }
        if *check == check_of(body) { Ok(Self(code)) } else { Err(Flaw::Check) }
    }

    /// The nine characters, without the hyphen: the comparison form.
    pub fn expose(&self) -> &str {
        secret::text(&self.0)
    }

    /// As printed: `XXXXXXXX-C`.
    pub fn hyphenated(&self) -> String {
        let (body, check) = self.0.split_at(8);
        format!("{}-{}", secret::text(body), secret::text(check))
    }

    /// The whole code: organisations are public.
    pub fn masked(&self) -> String {
        mask::organisation(self.expose())
    }
}

/// Whether nine characters are an organisation code with the right check character.
pub(crate) fn fits(code: &[u8]) -> bool {
    OrgCode::admit(code).is_ok()
}

/// The check character of eight upper-case letters and digits; `None` for anything else.
pub fn check_character(body: &str) -> Option<char> {
    let fits = body.len() == 8 && body.bytes().all(|c| c.is_ascii_digit() || c.is_ascii_uppercase());
    fits.then(|| char::from(check_of(body.as_bytes())))
}

fn check_of(body: &[u8]) -> u8 {
    const WEIGHTS: [u32; 8] = [3, 7, 9, 10, 5, 8, 4, 2];
    let sum: u32 = WEIGHTS.iter().zip(body).map(|(weight, c)| weight * base36(*c)).sum();
    // 11 - remainder, where 10 is written X and 11 is written 0.
    b"0X987654321"[(sum % 11) as usize]
}

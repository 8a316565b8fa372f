//! What is shown of a form's fields: masked, unless somebody asks for the whole.

use shiming_core::submit::{Field, Means};
use shiming_identity::mask;

/// How much of people's values is shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Shown {
    /// Masked.
    Masked,
    /// All of it.
    Whole,
}

/// What the door calls something else may be a person's as well. As long as a code of the vendor's, it names nobody.
const CODE: usize = 4;
/// No day is written longer.
const DAY: usize = 24;

/// The value of a field.
pub fn value(field: &Field, shown: Shown) -> String {
    let text = field.value.as_str();
    if shown == Shown::Whole {
        return text.to_owned();
    }
    match field.means {
        Means::Organisation => mask::company_name(text),
        Means::OrganisationNumber => mask::credit_code(text, mask::CodeStyle::default()),
        Means::LegalPerson | Means::Person => mask::name(text, mask::NameStyle::default()),
        Means::LegalPersonNumber | Means::PersonNumber => mask::resident_id(text, mask::IdStyle::default()),
        Means::OtherNumber => mask::paper(text, mask::PaperStyle::default()),
        Means::Mobile => mask::mobile(text, mask::MobileStyle::default()),
        Means::ValidFrom | Means::ValidUntil if is_day(text) => text.to_owned(),
        Means::Other if text.len() <= CODE && text.is_ascii() => text.to_owned(),
        Means::Other if text.contains('@') => mask::email(text),
        Means::ValidFrom | Means::ValidUntil | Means::Other => mask::address(text),
    }
}

/// Whether a text is no more than a day, as vendors write one: digits with something between, or a word for "for good".
fn is_day(text: &str) -> bool {
    let digits = text.bytes().filter(u8::is_ascii_digit).count();
    text.len() <= DAY && digits <= 8 && text.chars().all(|c| c.is_ascii_digit() || "-/. 年月日长期永久".contains(c))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn masked(means: Means, text: &str) -> String {
        value(&Field::new("field", means, text), Shown::Masked)
    }

    #[test]
    fn each_meaning_has_its_mask() {
        for (means, text, expected) in [
            (Means::Organisation, "样例（北京）有限公司", "样例******公司"),
            (Means::OrganisationNumber, "91110000600037341L", "91110000600037341L"),
            (Means::OrganisationNumber, "92110000600037341L", "9****************L"),
            (Means::LegalPerson, "样例甲", "样**"),
            (Means::Person, "样", "*"),
            (Means::LegalPersonNumber, "110101190001010014", "1****************4"),
            (Means::PersonNumber, "110101190001010014", "1****************4"),
            (Means::OtherNumber, "E00000000", "E******00"),
            (Means::Mobile, "13800000000", "138****0000"),
            (Means::ValidFrom, "2020-01-01", "2020-01-01"),
            (Means::ValidUntil, "长期", "长期"),
            (Means::ValidUntil, "110101190001010014", "******************"),
            (Means::Other, "I", "I"),
            (Means::Other, "jia@example.org", "j**@example.org"),
            (Means::Other, "北京市东城区样例街1号", "北京市东城区*****"),
            (Means::Other, "010-00000000", "************"),
        ] {
            assert_eq!(masked(means, text), expected, "{means:?}");
            assert_eq!(value(&Field::new("field", means, text), Shown::Whole), text);
        }
    }
}

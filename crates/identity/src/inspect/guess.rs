//! Which kind a text looks like when nobody says.

use super::Kind;
use crate::fold::{CAP, width};
use crate::name::recipe::is_han;
use crate::{
    BankCard, Classified, CompanyNumber, CreditCode, Date, Flaw, Hint, Mobile, Parsed, classify, province, upgrade15,
};

/// The kind that accepts the text; if none does, the one whose shape is nearest. Never [`Kind::Any`].
pub fn guess(text: &str, today: Date) -> Kind {
    if text.chars().any(is_han) && !text.contains("字第") {
        return if looks_like_company(text) { Kind::Company } else { Kind::Name };
    }
    let digits = text.chars().filter(|c| width(*c).is_ascii_digit()).count();
    if digits == 0 || text.len() > CAP {
        return Kind::Name;
    }
    if looks_like_telephone(text, digits) {
        return Kind::Mobile;
    }
    let card = BankCard::parse(text).and_then(Parsed::strict).is_ok();
    if card && matches!(digits, 13 | 14 | 16 | 17 | 19) {
        return Kind::Card;
    }
    match classify(text, Hint::None, today).map(|parsed| parsed.value) {
        Ok(Classified::Resident(_)) => Kind::Id,
        Ok(Classified::Foreigner(_)) => Kind::Foreigner,
        Ok(Classified::Company(CompanyNumber::Credit(_))) => Kind::Uscc,
        Ok(Classified::Company(CompanyNumber::Org(_))) => Kind::Org,
        Ok(Classified::Company(CompanyNumber::Licence(_))) => Kind::Licence,
        Ok(Classified::Paper(paper)) if !(13..=20).contains(&digits) => Kind::Paper(paper.kind()),
        // One in ten numbers of the first generation fits Luhn by chance; hardly a card holds a birth date.
        Err(Flaw::FirstGeneration) if upgrade15(text, today).is_ok() => Kind::Id,
        _ if card => Kind::Card,
        Err(Flaw::FirstGeneration) => Kind::Id,
        _ => by_shape(text, digits),
    }
}

/// For a text that no kind accepts.
fn by_shape(text: &str, digits: usize) -> Kind {
    let letters = text.chars().filter(|c| width(*c).is_ascii_alphabetic()).count();
    match (letters, digits) {
        (0, 10..=12) => Kind::Mobile,
        (0, 13) if begins_with_province(text) => Kind::Licence,
        (0, 13 | 14 | 16 | 19) => Kind::Card,
        (3, 12) => Kind::Foreigner,
        (1.., 9..=17) if letters + digits == 18 && CreditCode::parse(text) != Err(Flaw::Length) && !ends_in_x(text) => {
            Kind::Uscc
        }
        (_, 8 | 9) if letters + digits == 9 => Kind::Org,
        _ if letters > digits => Kind::Name,
        _ => Kind::Id,
    }
}

fn ends_in_x(text: &str) -> bool {
    text.trim_end().chars().last().is_some_and(|c| width(c).eq_ignore_ascii_case(&'x'))
}

/// A mobile number; one with a trunk 0, or a landline; or the 13 digits of a thing's (section 5.2), where a licence of
/// before 2007 cannot begin so.
fn looks_like_telephone(text: &str, digits: usize) -> bool {
    const THINGS: [&str; 8] = ["10646", "10647", "10648", "10649", "1440", "1441", "146", "148"];
    match Mobile::parse(text) {
        Ok(_) => true,
        Err(Flaw::LeadingZero) => matches!(digits, 11 | 12),
        Err(Flaw::Length) => digits == 13 && THINGS.iter().any(|prefix| text.trim_start().starts_with(prefix)),
        Err(_) => false,
    }
}

fn begins_with_province(text: &str) -> bool {
    let digits: String = text.chars().map(width).filter(char::is_ascii_digit).take(2).collect();
    digits.parse().is_ok_and(|code: u32| province(code).is_some())
}

fn looks_like_company(text: &str) -> bool {
    const WORDS: [&str; 16] = [
        "公司",
        "集团",
        "企业",
        "合作社",
        "事务所",
        "中心",
        "银行",
        "学校",
        "大学",
        "医院",
        "协会",
        "基金会",
        "工厂",
        "商店",
        "经营部",
        "委员会",
    ];
    /// What a shop's name ends in. No person's name of five Han characters is without a separator.
    const LAST: &str = "店厂部社行馆所院场会局站室园铺坊吧";
    let han = text.chars().filter(|c| is_han(*c)).count();
    let shop = han >= 5 && han == text.chars().count() && text.chars().last().is_some_and(|c| LAST.contains(c));
    shop || WORDS.iter().any(|word| text.contains(word)) || text.chars().any(|c| matches!(width(c), '(' | ')'))
}

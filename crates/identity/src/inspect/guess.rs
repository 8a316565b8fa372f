//! Which kind a text looks like when nobody says.

use super::Kind;
use crate::fold::{CAP, width};
use crate::name::recipe::is_han;
use crate::{BankCard, Classified, CompanyNumber, CreditCode, Date, Flaw, Hint, Mobile, Parsed, classify};

/// The kind that accepts the text; if none does, the one whose shape is nearest. Never [`Kind::Any`].
pub fn guess(text: &str, today: Date) -> Kind {
    if text.chars().any(is_han) && !text.contains("字第") {
        return if looks_like_company(text) { Kind::Company } else { Kind::Name };
    }
    let digits = text.chars().filter(|c| width(*c).is_ascii_digit()).count();
    if digits == 0 || text.len() > CAP {
        return Kind::Name;
    }
    if Mobile::parse(text).is_ok() {
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
    WORDS.iter().any(|word| text.contains(word)) || text.chars().any(|c| matches!(width(c), '(' | ')'))
}

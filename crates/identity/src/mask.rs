//! Masks in common use, by code point.
//!
//! Source: identity rules, section 9.1. Each kind's default style is the strictest, for logs and consoles. A mask keeps
//! the number of code points. Departure: where the part shown would be the whole value, nothing is shown.

/// How a name is masked.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Default)]
pub enum NameStyle {
    /// First character: `样**`.
    #[default]
    First,
    /// Last character: `**甲`.
    Last,
    /// First and last for three characters and more: `样*甲`; else the first.
    FirstAndLast,
}

/// How a resident number is masked.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Default)]
pub enum IdStyle {
    /// First and last character.
    #[default]
    OneOne,
    /// First six and last four. Avoid it: only the date is left open, and the check character cuts that by 11.
    SixFour,
    /// First three and last four.
    ThreeFour,
    /// First and last two.
    OneTwo,
}

/// How a mobile number is masked.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Default)]
pub enum MobileStyle {
    /// First three and last four: `138****0000`.
    #[default]
    ThreeFour,
    /// First three and last two.
    ThreeTwo,
}

/// How a bank card number is masked.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Default)]
pub enum CardStyle {
    /// Last four.
    #[default]
    LastFour,
    /// First six and last four (PCI DSS).
    SixFour,
    /// First four and last four.
    FourFour,
}

/// How a passport's or permit's number is masked.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Default)]
pub enum PaperStyle {
    /// First and last two.
    #[default]
    OneTwo,
    /// Last three.
    LastThree,
}

/// How a credit code is masked.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Default)]
pub enum CodeStyle {
    /// Not at all for organisations; first and last character for the self-employed (`92…`).
    #[default]
    ByHolder,
    /// First six and last four, whoever it is.
    SixFour,
}

/// A personal name. Separators are masked too.
pub fn name(text: &str, style: NameStyle) -> String {
    match style {
        NameStyle::Last => ends(text, 0, 1),
        NameStyle::FirstAndLast if text.chars().count() >= 3 => ends(text, 1, 1),
        NameStyle::First | NameStyle::FirstAndLast => ends(text, 1, 0),
    }
}

/// A resident number or an older foreigners' card's.
pub fn resident_id(text: &str, style: IdStyle) -> String {
    match style {
        IdStyle::OneOne => ends(text, 1, 1),
        IdStyle::SixFour => ends(text, 6, 4),
        IdStyle::ThreeFour => ends(text, 3, 4),
        IdStyle::OneTwo => ends(text, 1, 2),
    }
}

/// A mobile number.
pub fn mobile(text: &str, style: MobileStyle) -> String {
    match style {
        MobileStyle::ThreeFour => ends(text, 3, 4),
        MobileStyle::ThreeTwo => ends(text, 3, 2),
    }
}

/// A bank card number.
pub fn bank_card(text: &str, style: CardStyle) -> String {
    match style {
        CardStyle::LastFour => ends(text, 0, 4),
        CardStyle::SixFour => ends(text, 6, 4),
        CardStyle::FourFour => ends(text, 4, 4),
    }
}

/// A passport's or permit's number.
pub fn paper(text: &str, style: PaperStyle) -> String {
    match style {
        PaperStyle::OneTwo => ends(text, 1, 2),
        PaperStyle::LastThree => ends(text, 0, 3),
    }
}

/// A credit code.
pub fn credit_code(text: &str, style: CodeStyle) -> String {
    match style {
        CodeStyle::ByHolder if text.starts_with("92") => ends(text, 1, 1),
        CodeStyle::ByHolder => organisation(text),
        CodeStyle::SixFour => ends(text, 6, 4),
    }
}

/// An organisation's number: public, so shown.
pub fn organisation(text: &str) -> String {
    text.to_owned()
}

/// A company name: first two and last two characters.
pub fn company_name(text: &str) -> String {
    ends(text, 2, 2)
}

/// An e-mail address: first character and the domain. What is no address is hidden altogether.
pub fn email(text: &str) -> String {
    match text.rsplit_once('@') {
        Some((local, domain)) if !domain.is_empty() => format!("{}@{domain}", ends(local, 1, 0)),
        _ => ends(text, 0, 0),
    }
}

/// An address, shown down to its county or district (区, 县, 旗, or a city within a city); to its city if it names no
/// district. What has neither is hidden altogether.
pub fn address(text: &str) -> String {
    let shown = address_head(text);
    text.chars().enumerate().map(|(at, c)| if at < shown { c } else { '*' }).collect()
}

/// How many code points the address has down to its district. Whatever looks like a street ends the search, so that a
/// residential quarter (小区) is never taken for one.
fn address_head(text: &str) -> usize {
    let characters: Vec<char> = text.chars().collect();
    let follows = |at: usize, word: &str| at > 0 && characters.get(at - 1).is_some_and(|c| word.contains(*c));
    let (mut city, mut unit) = (0, 0);
    for (at, c) in characters.iter().copied().enumerate() {
        let begins_unit = at == unit;
        let next_is_unit = characters.get(at + 1).is_some_and(|c| "省市区县旗".contains(*c));
        match c {
            _ if begins_unit => {}
            // 自治区 and 地区 stand above a district; 小区, 社区 and the like below it.
            '区' if follows(at, "治地") => unit = at + 1,
            '区' if follows(at, "小社园校厂景") => break,
            '区' | '县' | '旗' => return at + 1,
            '市' if city > 0 => return at + 1,
            '市' => (city, unit) = (at + 1, at + 1),
            '省' | '州' | '盟' if !next_is_unit => unit = at + 1,
            '路' | '街' | '道' | '镇' | '乡' | '村' | '号' | '弄' | '巷' if !next_is_unit => break,
            _ if c.is_numeric() => break,
            _ => {}
        }
    }
    city
}

/// The first `head` and last `tail` code points, a `*` for each one between; all `*` if nothing would be between.
fn ends(text: &str, head: usize, tail: usize) -> String {
    let count = text.chars().count();
    let all_shown = head + tail >= count;
    let shown = |at: usize| !all_shown && (at < head || at >= count - tail);
    text.chars().enumerate().map(|(at, c)| if shown(at) { c } else { '*' }).collect()
}

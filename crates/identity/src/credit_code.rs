//! Unified Social Credit Code (统一社会信用代码), 18 characters, GB 32100-2015.
//!
//! Source: identity rules, section 3.1. A wrong check character of the embedded organisation code is a warning, because the
//! common libraries do not test it; [`Parsed::strict`](crate::Parsed::strict) refuses it.

use crate::fold::{Folded, all_digits, value};
use crate::{Flaw, OrgCode, Parsed, Warning, Warnings, mask, org_code, province, secret};
use zeroize::{Zeroize, ZeroizeOnDrop};

/// The 31 characters of the code; the value of each is its index. I, O, S, V and Z are never used.
const ALPHABET: &str = "0123456789ABCDEFGHJKLMNPQRTUWXY";

/// A credit code (统一社会信用代码), well formed, upper case.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Zeroize, ZeroizeOnDrop)]
pub struct CreditCode([u8; 18]);

secret::hide!(CreditCode);

impl CreditCode {
    /// Reads a code: width folded, blanks at both ends dropped, upper-cased. Flaws in this order: LENGTH, CHARSET, CHECK;
    /// with [`Parsed::strict`], ORG_CHECK.
    ///
    /// ```
    /// use shiming_identity::{CreditCode, Flaw};
    ///
    /// let code = CreditCode::parse("91110000600037341l")?.value;
    /// assert_eq!(code.expose(), "91110000600037341L");
    /// assert_eq!(code.org_code().unwrap().hyphenated(), "60003734-1");
    /// # Ok::<(), Flaw>(())
    /// ```
    pub fn parse(text: &str) -> Result<Parsed<Self>, Flaw> {
        let folded = Folded::trimmed(text)?.uppercased();
        let code: [u8; 18] = folded.as_bytes().try_into().map_err(|_| Flaw::Length)?;
        let [body @ .., check] = &code;
        if !all_digits(&code[2..8]) || !code.iter().all(|c| index(*c).is_some()) {
            return Err(Flaw::Charset);
        }
        if *check != check_of(body) {
            return Err(Flaw::Check);
        }
        let mut warnings = Warnings::NONE;
        warnings.insert_if(category(code[0], code[1]).is_none(), Warning::CategoryUnknown);
        let national = &code[2..8] == b"100000";
        warnings.insert_if(!national && province(value(&code[2..4])).is_none(), Warning::RegionUnknown);
        warnings.insert_if(!org_code::fits(&code[8..17]), Warning::OrgCheck);
        Ok(Parsed { value: Self(code), warnings })
    }

    /// What a text refused with CHARSET may have meant, for a message to whoever typed it. Nothing is ever repaired.
    pub fn hint(text: &str) -> Option<&'static str> {
        hint(text)
    }

    /// The code itself. That of a self-employed person is personal data.
    pub fn expose(&self) -> &str {
        secret::text(&self.0)
    }

    /// As it is for organisations, which are public; first and last character for the self-employed (`92…`).
    pub fn masked(&self) -> String {
        mask::credit_code(self.expose(), mask::CodeStyle::default())
    }

    /// Whether it belongs to a self-employed person (个体工商户).
    pub fn is_self_employed(&self) -> bool {
        self.0.starts_with(b"92")
    }

    /// What registered it, when the pair of department and category is a known one.
    pub fn category(&self) -> Option<Category> {
        category(self.0[0], self.0[1])
    }

    /// The six-digit region of the registering authority; 100000 is national.
    pub fn region(&self) -> &str {
        secret::text(&self.0[2..8])
    }

    /// The embedded organisation code, unless its own check character is wrong.
    pub fn org_code(&self) -> Option<OrgCode> {
        OrgCode::admit(&self.0[8..17]).ok()
    }
}

/// A registering department and the category within it.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Category {
    /// The department, position 1.
    pub department: &'static str,
    /// The category, position 2.
    pub category: &'static str,
}

/// Departments and their categories; new ones are added over time. The names of tourism's two are ours: the source lists
/// only their characters.
#[rustfmt::skip]
const DEPARTMENTS: &[(u8, &str, &[Row])] = &[
    (b'1', "机构编制", &[(b'1', "机关"), (b'2', "事业单位"), (b'3', "群众团体"), OTHER]),
    (b'2', "外交", &[(b'1', "外国常驻新闻机构"), OTHER]),
    (b'3', "司法行政", &[
        (b'1', "律师执业机构"), (b'2', "公证处"), (b'3', "基层法律服务所"), (b'4', "司法鉴定机构"), (b'5', "仲裁委员会"), OTHER,
    ]),
    (b'4', "文化", &[(b'1', "外国在华文化中心"), OTHER]),
    (b'5', "民政", &[
        (b'1', "社会团体"), (b'2', "民办非企业单位"), (b'3', "基金会"), (b'4', "村民委员会"), (b'5', "居民委员会"), OTHER,
    ]),
    (b'6', "旅游", &[(b'1', "外国旅游部门代表机构"), (b'2', "港澳台旅游部门代表机构"), OTHER]),
    (b'7', "宗教", &[(b'1', "宗教活动场所"), (b'2', "宗教院校"), OTHER]),
    (b'8', "工会", &[(b'1', "基层工会"), OTHER]),
    (b'9', "市场监管", &[(b'1', "企业"), (b'2', "个体工商户"), (b'3', "农民专业合作社"), OTHER]),
    (b'A', "中央军委改革和编制办公室", &[(b'1', "军队事业单位"), OTHER]),
    (b'N', "农业", &[(b'1', "组级集体经济组织"), (b'2', "村级集体经济组织"), (b'3', "乡镇级集体经济组织"), OTHER]),
    (b'Y', "其他", &[(b'1', "其他")]),
];

/// A category's character and name.
type Row = (u8, &'static str);

const OTHER: Row = (b'9', "其他");

fn category(department: u8, category: u8) -> Option<Category> {
    let (_, department, categories) = DEPARTMENTS.iter().find(|row| row.0 == department)?;
    let (_, category) = categories.iter().find(|row| row.0 == category)?;
    Some(Category { department, category })
}

/// The check character of a code's first 17 characters; `None` unless they are 17 of the alphabet.
pub fn check_character(body: &str) -> Option<char> {
    let fits = body.len() == 17 && body.bytes().all(|c| index(c).is_some());
    fits.then(|| char::from(check_of(body.as_bytes())))
}

fn hint(text: &str) -> Option<&'static str> {
    let bad = text.trim().chars().find(|c| "IOSVZiosvz".contains(crate::fold::width(*c)))?;
    Some(match crate::fold::width(bad).to_ascii_uppercase() {
        'I' => "The letter I is never used; the digit 1 may be meant.",
        'O' => "The letter O is never used; the digit 0 may be meant.",
        'S' => "The letter S is never used; the digit 5 may be meant.",
        'Z' => "The letter Z is never used; the digit 2 may be meant.",
        _ => "The letter V is never used; the letters U or Y may be meant.",
    })
}

fn check_of(body: &[u8]) -> u8 {
    const WEIGHTS: [usize; 17] = [1, 3, 9, 27, 19, 26, 16, 17, 20, 29, 25, 13, 8, 24, 10, 30, 28];
    let sum: usize = WEIGHTS.iter().zip(body).map(|(weight, c)| weight * index(*c).unwrap_or(0)).sum();
    // The outer `% 31` matters: a sum divisible by 31 gives `0`.
    ALPHABET.as_bytes()[(31 - sum % 31) % 31]
}

fn index(c: u8) -> Option<usize> {
    VALUES.get(usize::from(c)).copied().flatten()
}

/// The value of each ASCII character, if the alphabet has it.
const VALUES: [Option<usize>; 128] = {
    let mut values = [None; 128];
    let mut at = 0;
    while at < ALPHABET.len() {
        values[ALPHABET.as_bytes()[at] as usize] = Some(at);
        at += 1;
    }
    values
};

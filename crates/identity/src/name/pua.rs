//! Private-use characters in names: the 80 that everybody has, and those that an operator knows.
//!
//! Source: identity rules, section 6.3. The standard part is GBK `FE50` to `FEA0` as U+E815 to U+E864: 74 by the
//! GB 18030-2022 index, six of extension B by the encoding standard's issue 27. The police font's own part is not public.

use crate::table::{self, TableError};
use std::collections::HashMap;

/// What U+E815 and the 79 code points after it stand for.
#[rustfmt::skip]
const STANDARD: [char; 80] = [
    '\u{2E81}', '\u{20087}', '\u{20089}', '\u{200CC}', '\u{2E84}', '\u{3473}', '\u{3447}', '\u{2E88}',
    '\u{2E8B}', '\u{9FB4}', '\u{359E}', '\u{361A}', '\u{360E}', '\u{2E8C}', '\u{2E97}', '\u{396E}',
    '\u{3918}', '\u{9FB5}', '\u{39CF}', '\u{39DF}', '\u{3A73}', '\u{39D0}', '\u{9FB6}', '\u{9FB7}',
    '\u{3B4E}', '\u{3C6E}', '\u{3CE0}', '\u{2EA7}', '\u{215D7}', '\u{9FB8}', '\u{2EAA}', '\u{4056}',
    '\u{415F}', '\u{2EAE}', '\u{4337}', '\u{2EB3}', '\u{2EB6}', '\u{2EB7}', '\u{2298F}', '\u{43B1}',
    '\u{43AC}', '\u{2EBB}', '\u{43DD}', '\u{44D6}', '\u{4661}', '\u{464C}', '\u{9FB9}', '\u{4723}',
    '\u{4729}', '\u{477C}', '\u{478D}', '\u{2ECA}', '\u{4947}', '\u{497A}', '\u{497D}', '\u{4982}',
    '\u{4983}', '\u{4985}', '\u{4986}', '\u{499F}', '\u{499B}', '\u{49B7}', '\u{49B6}', '\u{9FBA}',
    '\u{241FE}', '\u{4CA3}', '\u{4C9F}', '\u{4CA0}', '\u{4CA1}', '\u{4C77}', '\u{4CA2}', '\u{4D13}',
    '\u{4D14}', '\u{4D15}', '\u{4D16}', '\u{4D17}', '\u{4D18}', '\u{4D19}', '\u{4DAE}', '\u{9FBB}',
];

/// The modern code point of a private-use one in the standard part.
pub(crate) fn standard(c: char) -> Option<char> {
    let at = u32::from(c).checked_sub(0xE815)?;
    STANDARD.get(usize::try_from(at).ok()?).copied()
}

/// Private-use characters that an operator has found the meaning of.
///
/// It fills what the standard part leaves open and never overrides it, so that loading a table cannot change the
/// comparison form of a name that was comparable before.
#[derive(Clone, Default, PartialEq, Eq, Debug)]
pub struct PrivateUseTable(HashMap<char, char>);

impl PrivateUseTable {
    /// Reads lines `pua,unicode`, each a code point in hexadecimal (`E001` or `U+E001`). Blank lines, lines that start with
    /// `#` and a heading line are skipped.
    pub fn from_csv(text: &str) -> Result<Self, TableError> {
        let mut map = HashMap::new();
        for row in table::rows(text, "pua") {
            let [private, meaning] = row.fields()?;
            let private =
                code_point(private).filter(|c| is_private_use(*c)).ok_or(row.error("not a private-use code point"))?;
            let meaning = code_point(meaning)
                .filter(|c| super::recipe::is_han(*c))
                .ok_or(row.error("the meaning is not a Han character"))?;
            if standard(private).is_some() {
                return Err(row.error("the standard part is fixed"));
            }
            if map.insert(private, meaning).is_some_and(|before| before != meaning) {
                return Err(row.error("listed before with another meaning"));
            }
        }
        Ok(Self(map))
    }

    /// The modern code point of a private-use one: the standard part first, then this table.
    pub fn meaning(&self, c: char) -> Option<char> {
        standard(c).or_else(|| self.0.get(&c).copied())
    }

    /// How many code points the operator's part holds.
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether the operator's part is empty.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

/// Whether a code point is for private use, in the basic plane or in planes 15 and 16.
pub(crate) const fn is_private_use(c: char) -> bool {
    matches!(c, '\u{E000}'..='\u{F8FF}' | '\u{F0000}'..='\u{FFFFD}' | '\u{100000}'..='\u{10FFFD}')
}

fn code_point(hex: &str) -> Option<char> {
    let digits = hex.strip_prefix("U+").or_else(|| hex.strip_prefix("u+")).unwrap_or(hex);
    u32::from_str_radix(digits, 16).ok().and_then(char::from_u32)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_standard_part_begins_and_ends_where_gbk_does() {
        assert_eq!(standard('\u{E814}'), None);
        assert_eq!(standard('\u{E815}'), Some('\u{2E81}'));
        assert_eq!(standard('\u{E863}'), Some('䶮'));
        assert_eq!(standard('\u{E864}'), Some('\u{9FBB}'));
        assert_eq!(standard('\u{E865}'), None);
    }

    #[test]
    fn the_standard_part_agrees_with_the_2022_index_except_for_the_six_of_extension_b() {
        let mut differing = Vec::new();
        for (at, meaning) in (0..).zip(STANDARD) {
            let private = char::from_u32(0xE815 + at).unwrap();
            let gbk = gbk_of(at);
            let (decoded, _, _) = encoding_rs::GB18030.decode(&gbk);
            if decoded.starts_with(private) {
                differing.push(private);
            } else {
                assert!(decoded.starts_with(meaning), "U+{:X}", u32::from(private));
            }
        }
        let six = ['\u{E816}', '\u{E817}', '\u{E818}', '\u{E831}', '\u{E83B}', '\u{E855}'];
        assert_eq!(differing, six);
    }

    /// The bytes of the code points from U+E815 on: FE50 to FEA0 without FE7F.
    fn gbk_of(at: u32) -> [u8; 2] {
        let trail = 0x50 + at;
        [0xFE, u8::try_from(if trail >= 0x7F { trail + 1 } else { trail }).unwrap()]
    }

    #[test]
    fn an_operators_table_fills_the_rest_and_leaves_the_standard_part_alone() {
        let table = PrivateUseTable::from_csv("pua,unicode\n# the old font\nE001,9F98\nU+F8FF,U+20087\n").unwrap();
        assert_eq!(table.len(), 2);
        assert_eq!(table.meaning('\u{E001}'), Some('龘'));
        assert_eq!(table.meaning('\u{E863}'), Some('䶮'));
        assert_eq!(table.meaning('\u{E002}'), None);
        assert_eq!(PrivateUseTable::from_csv("E863,4E00").unwrap_err().line, 1);
        assert_eq!(PrivateUseTable::from_csv("\n4E00,4E01").unwrap_err().line, 2);
        assert!(PrivateUseTable::from_csv("E001").is_err());
        assert!(PrivateUseTable::from_csv("E001,4E00\nE001,4E01").is_err());
    }
}

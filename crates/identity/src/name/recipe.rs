//! The comparison form of a name: two spellings of one registered name become the same text, and nothing else does.
//!
//! Source: identity rules, sections 6.1, 6.2 and 6.4. Order of steps here: private use, NFC, Kangxi radicals, width,
//! ignorables, white space, blanks, upper case, NFC again, separators.
//!
//! Departures, so that applying the recipe twice changes nothing: blanks go before full stops are looked at (`测 . 样`),
//! and a second NFC joins what width, ignorables and blanks had kept apart. A tab and a line end count as white space
//! (step 6); other control characters are refused (section 6.1).

use super::pua::{self, PrivateUseTable};
use crate::fold::width;
use crate::{Flaw, secret};
use unicode_normalization::UnicodeNormalization;
use unicode_normalization::char::{decompose_compatible, is_public_assigned};
use zeroize::Zeroizing;

/// The version of the recipe. Tags made under one version say nothing about another: it is kept beside every tag.
pub const RECIPE_VERSION: u16 = 1;

/// The only separator in a name (民委发〔2016〕33号).
pub(crate) const SEPARATOR: char = '\u{00B7}';

/// Whether a full stop between two Han characters is a separator.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum FullStop {
    /// In persons' names.
    Separates,
    /// In companies' names.
    Stays,
}

/// A comparison form, and what it is made of.
pub(crate) struct Normal {
    pub(crate) text: Zeroizing<String>,
    pub(crate) count: usize,
    pub(crate) han: bool,
    pub(crate) private: bool,
    pub(crate) mixed: bool,
}

secret::hide!(Normal);

/// Applies the recipe. `cap` is the most code points that are looked at.
pub(crate) fn normalise(
    text: &str,
    cap: usize,
    stop: FullStop,
    private_use: Option<&PrivateUseTable>,
) -> Result<Normal, Flaw> {
    if text.len() > cap * 4 || text.chars().count() > cap {
        return Err(Flaw::Length);
    }
    if let Some(count) = plain_han(text) {
        let text = Zeroizing::new(text.to_owned());
        return Ok(Normal { text, count, han: true, private: false, mixed: false });
    }
    if !text.chars().all(admissible) {
        return Err(Flaw::InvalidName);
    }
    let meaning = |c| private_use.map_or_else(|| pua::standard(c), |table| table.meaning(c)).unwrap_or(c);
    let mut characters: Zeroizing<Vec<char>> = Zeroizing::new(
        text.chars()
            .map(meaning)
            .nfc()
            .map(kangxi)
            .map(width)
            .filter(|c| !is_ignorable(*c))
            .map(|c| if c.is_whitespace() { ' ' } else { c })
            .collect(),
    );
    let han = characters.iter().any(|c| is_han(*c));
    let private = characters.iter().any(|c| pua::is_private_use(*c));
    if han {
        characters.retain(|c| *c != ' ');
    } else {
        characters.dedup_by(|a, b| *a == ' ' && *b == ' ');
    }
    let upper = characters.iter().flat_map(|c| c.to_uppercase());
    let mut folded: Zeroizing<Vec<char>> = Zeroizing::new(upper.nfc().collect());
    fold_separators(&mut folded, stop);
    let whole: Zeroizing<String> = Zeroizing::new(folded.iter().collect());
    let text = Zeroizing::new(whole.trim_matches(' ').to_owned());
    if text.is_empty() {
        return Err(Flaw::Empty);
    }
    let foreign = |c: char| !is_han(c) && c != SEPARATOR && !pua::is_private_use(c);
    Ok(Normal { count: text.chars().count(), han, private, mixed: han && text.chars().any(foreign), text })
}

/// How many code points a name has that is its own comparison form at sight: basic Han, single separators inside.
fn plain_han(text: &str) -> Option<usize> {
    let mut count = 0;
    let mut after_separator = true;
    for c in text.chars() {
        match c {
            '\u{4E00}'..='\u{9FFF}' => after_separator = false,
            SEPARATOR if !after_separator => after_separator = true,
            _ => return None,
        }
        count += 1;
    }
    (!after_separator).then_some(count)
}

/// Section 6.1: whether any name may hold this code point.
fn admissible(c: char) -> bool {
    match c {
        '\t' | '\n' | '\r' => true,
        '\u{FFFD}' => false,
        _ if c.is_control() || is_noncharacter(c) => false,
        // Planes 2 and 3: tables lag behind new Han extensions.
        '\u{20000}'..='\u{3FFFD}' => true,
        _ => pua::is_private_use(c) || is_public_assigned(c),
    }
}

const fn is_noncharacter(c: char) -> bool {
    matches!(c, '\u{FDD0}'..='\u{FDEF}') || c as u32 & 0xFFFE == 0xFFFE
}

/// Han as section 6.3 accepts it, with the radicals that private-use codes stand for (U+2E80 to U+2EFF).
pub(crate) const fn is_han(c: char) -> bool {
    matches!(c,
        '\u{4E00}'..='\u{9FFF}' | '\u{3400}'..='\u{4DBF}' | '\u{F900}'..='\u{FAFF}' | '\u{20000}'..='\u{3FFFD}'
        | '\u{2E80}'..='\u{2EFF}' | '\u{3005}' | '\u{3007}')
}

/// Step 3: the character that a Kangxi radical looks like. Only these have one.
fn kangxi(c: char) -> char {
    let mut meant = c;
    if matches!(c, '\u{2F00}'..='\u{2FD5}' | '\u{2E9F}' | '\u{2EF3}') {
        decompose_compatible(c, |ideograph| meant = ideograph);
    }
    meant
}

/// Step 5.
const fn is_ignorable(c: char) -> bool {
    matches!(c,
        '\u{00AD}' | '\u{034F}' | '\u{180B}'..='\u{180D}' | '\u{200B}'..='\u{200F}' | '\u{202A}'..='\u{202E}'
        | '\u{2060}'..='\u{2069}' | '\u{FEFF}' | '\u{FE00}'..='\u{FE0F}' | '\u{E0100}'..='\u{E01EF}')
}

/// Step 7.
fn fold_separators(characters: &mut [char], stop: FullStop) {
    for at in 0..characters.len() {
        let neighbour = |at: Option<usize>| at.and_then(|at| characters.get(at)).is_some_and(|c| is_han(*c));
        let between_han = || neighbour(at.checked_sub(1)) && neighbour(at.checked_add(1));
        let Some(c) = characters.get(at).copied() else { continue };
        if is_dot(c) || (stop == FullStop::Separates && is_full_stop(c) && between_han()) {
            characters[at] = SEPARATOR;
        }
    }
}

/// What is typed for U+00B7 and can be nothing else in a name.
const fn is_dot(c: char) -> bool {
    matches!(
        c,
        '\u{2022}'
            | '\u{2027}'
            | '\u{2219}'
            | '\u{22C5}'
            | '\u{30FB}'
            | '\u{FF65}'
            | '\u{0387}'
            | '\u{16EB}'
            | '\u{2E31}'
            | '\u{2E33}'
            | '\u{A78F}'
            | '\u{25CF}'
            | '\u{25AA}'
            | '\u{1427}'
    )
}

const fn is_full_stop(c: char) -> bool {
    matches!(c, '.' | '\u{FF0E}' | '\u{3002}' | '\u{FF61}' | '\u{FE52}')
}

//! Card prefixes (BIN) with issuer, type and length, loaded at run time.
//!
//! Source: identity rules, section 4.2: the longest prefix whose length fits; an unknown prefix is a warning, never a
//! refusal. No table ships with this crate.

use crate::table::{self, TableError};
use crate::{BankCard, Warning, Warnings};
use std::collections::HashMap;

/// A table of card prefixes.
#[derive(Clone, Default, PartialEq, Eq, Debug)]
pub struct BinTable {
    /// By length of the prefix and its value.
    bins: HashMap<(usize, u64), Vec<Bin>>,
    longest: usize,
}

/// What a prefix says about a card.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Bin {
    /// The issuer's code, as the table writes it.
    pub bank: String,
    /// Debit, credit and so on.
    pub kind: CardKind,
    /// The length of the cards.
    pub length: usize,
}

/// The type of a card.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum CardKind {
    /// 借记卡 (DC)
    Debit,
    /// 信用卡 (CC)
    Credit,
    /// 准贷记卡 (SCC)
    SemiCredit,
    /// 预付费卡 (PC)
    Prepaid,
}

impl BinTable {
    /// Reads lines `bin,bank,type,length` with types DC, CC, SCC and PC.
    pub fn from_csv(text: &str) -> Result<Self, TableError> {
        let mut table = Self::default();
        for row in table::rows(text, "bin") {
            let [prefix, bank, kind, length] = row.fields()?;
            let digits = (2..=12).contains(&prefix.len()) && prefix.bytes().all(|c| c.is_ascii_digit());
            let value = prefix.parse().ok().filter(|_| digits).ok_or(row.error("the prefix is not 2 to 12 digits"))?;
            let kind = CardKind::from_code(kind).ok_or(row.error("the type is none of DC, CC, SCC, PC"))?;
            let length =
                length.parse().ok().filter(|n| (13..=19).contains(n)).ok_or(row.error("no length of a card"))?;
            table.longest = table.longest.max(prefix.len());
            table.bins.entry((prefix.len(), value)).or_default().push(Bin { bank: bank.to_owned(), kind, length });
        }
        Ok(table)
    }

    /// The row with the longest prefix of `card` whose length is the card's.
    pub fn lookup(&self, card: &BankCard) -> Option<&Bin> {
        let length = card.expose().len();
        self.prefixes(card).find_map(|bins| bins.iter().find(|bin| bin.length == length))
    }

    /// How many prefixes the table holds.
    pub fn len(&self) -> usize {
        self.bins.len()
    }

    /// Whether the table is empty.
    pub fn is_empty(&self) -> bool {
        self.bins.is_empty()
    }

    /// The rows of every prefix of `card`, the longest first.
    fn prefixes(&self, card: &BankCard) -> impl Iterator<Item = &[Bin]> {
        (1..=self.longest).rev().filter_map(|len| {
            let value = card.expose().get(..len)?.parse().ok()?;
            self.bins.get(&(len, value)).map(Vec::as_slice)
        })
    }
}

impl CardKind {
    /// The type in English.
    pub const fn english(self) -> &'static str {
        match self {
            Self::Debit => "debit",
            Self::Credit => "credit",
            Self::SemiCredit => "semi-credit",
            Self::Prepaid => "prepaid",
        }
    }

    fn from_code(code: &str) -> Option<Self> {
        match code {
            "DC" => Some(Self::Debit),
            "CC" => Some(Self::Credit),
            "SCC" => Some(Self::SemiCredit),
            "PC" => Some(Self::Prepaid),
            _ => None,
        }
    }
}

/// What the table says of a card: BIN_UNKNOWN, or BIN_LENGTH when only cards of another length have its prefix.
pub fn bin_warnings(card: &BankCard, table: &BinTable) -> Warnings {
    if table.lookup(card).is_some() {
        Warnings::NONE
    } else if table.prefixes(card).next().is_some() {
        Warning::BinLength.into()
    } else {
        Warning::BinUnknown.into()
    }
}

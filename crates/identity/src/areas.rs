//! Area codes with their years, loaded at run time.
//!
//! Source: identity rules, section 1.5: a table serves display and warnings only, since retired codes stay printed on
//! valid cards and the code belongs to the day of first registration, not of birth. No table ships with this crate.

use crate::table::{self, TableError};
use crate::{Date, ResidentId, ResidentKind, Warning, Warnings};
use std::collections::HashMap;

/// A table of area codes: code → names and when each was in force.
#[derive(Clone, Default, PartialEq, Eq, Debug)]
pub struct AreaTable {
    areas: HashMap<u32, Vec<Area>>,
    as_of: Option<Date>,
}

/// One name of a code.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Area {
    /// The area's name.
    pub name: String,
    /// First day in force, if known.
    pub from: Option<Date>,
    /// Last day in force; `None` while it still is.
    pub to: Option<Date>,
}

impl AreaTable {
    /// Reads lines `code,name,from,to`. Dates are `2010`, `2010-07` or `2010-07-01`; an empty `to` means still in force.
    /// A comment `# as of 2019-04` gives the table's date. A code may stand on several lines.
    pub fn from_csv(text: &str) -> Result<Self, TableError> {
        let mut areas: HashMap<u32, Vec<Area>> = HashMap::new();
        for row in table::rows(text, "code") {
            let [code, name, from, to] = row.fields()?;
            let code = six_digits(code).ok_or(row.error("the code is not six digits"))?;
            let from = day(from, Edge::First).map_err(|reason| row.error(reason))?;
            let to = day(to, Edge::Last).map_err(|reason| row.error(reason))?;
            areas.entry(code).or_default().push(Area { name: name.to_owned(), from, to });
        }
        let note = text.lines().find_map(|line| line.trim().strip_prefix('#')?.trim().strip_prefix("as of "));
        Ok(Self { areas, as_of: note.and_then(|date| day(date.trim(), Edge::Last).ok().flatten()) })
    }

    /// Every name that a six-digit code has had.
    pub fn lookup(&self, code: &str) -> &[Area] {
        six_digits(code).and_then(|code| self.areas.get(&code)).map_or(&[], Vec::as_slice)
    }

    /// The date of the table, to be shown with what it says.
    pub const fn as_of(&self) -> Option<Date> {
        self.as_of
    }

    /// How many codes the table holds.
    pub fn len(&self) -> usize {
        self.areas.len()
    }

    /// Whether the table is empty.
    pub fn is_empty(&self) -> bool {
        self.areas.is_empty()
    }
}

/// What the table says of a number: AREA_UNKNOWN, or AREA_RETIRED when no name of the code is in force on `today`.
/// Residence permits and foreigners' cards carry no area of the table.
pub fn area_warnings(id: &ResidentId, table: &AreaTable, today: Date) -> Warnings {
    let Some(code) = id.area_code().filter(|_| id.kind() == ResidentKind::Citizen) else {
        return Warnings::NONE;
    };
    match table.lookup(code) {
        [] => Warning::AreaUnknown.into(),
        areas if areas.iter().all(|area| area.to.is_some_and(|last| last < today)) => Warning::AreaRetired.into(),
        _ => Warnings::NONE,
    }
}

fn six_digits(code: &str) -> Option<u32> {
    let digits = code.len() == 6 && code.bytes().all(|c| c.is_ascii_digit());
    digits.then(|| code.parse().ok()).flatten()
}

/// Which day of a year or month is meant when only that is given.
#[derive(Clone, Copy)]
enum Edge {
    First,
    Last,
}

fn day(text: &str, edge: Edge) -> Result<Option<Date>, &'static str> {
    const WRONG: &str = "a date is YYYY, YYYY-MM or YYYY-MM-DD";
    if text.is_empty() {
        return Ok(None);
    }
    let mut parts = text.split('-');
    let year = parts.next().filter(|year| year.len() == 4).and_then(|year| year.parse().ok()).ok_or(WRONG)?;
    let mut part = || parts.next().map(|part| part.parse::<i8>().map_err(|_| WRONG)).transpose();
    let (month, day) = (part()?, part()?);
    if parts.next().is_some() {
        return Err(WRONG);
    }
    let made = match (edge, month, day) {
        (_, Some(month), Some(day)) => Date::new(year, month, day),
        (Edge::First, month, _) => Date::new(year, month.unwrap_or(1), 1),
        (Edge::Last, month, _) => Date::new(year, month.unwrap_or(12), 1).map(Date::last_of_month),
    };
    made.map(Some).map_err(|_| WRONG)
}

//! Lines of small comma-separated tables that an operator loads: area codes, card prefixes, private-use characters.
//!
//! No field of these tables holds a comma, so there is no quoting.

use std::fmt;

/// Why a table could not be loaded.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct TableError {
    /// The line, counted from 1.
    pub line: usize,
    /// What is wrong with it.
    pub reason: &'static str,
}

impl fmt::Display for TableError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "line {}: {}", self.line, self.reason)
    }
}

impl std::error::Error for TableError {}

/// A line that holds data.
pub(crate) struct Row<'a> {
    line: usize,
    text: &'a str,
}

impl<'a> Row<'a> {
    pub(crate) fn error(&self, reason: &'static str) -> TableError {
        TableError { line: self.line, reason }
    }

    /// Exactly `N` fields, trimmed.
    pub(crate) fn fields<const N: usize>(&self) -> Result<[&'a str; N], TableError> {
        let mut fields = [""; N];
        let mut given = self.text.split(',').map(str::trim);
        for field in &mut fields {
            *field = given.next().ok_or(self.error("too few fields"))?;
        }
        if given.next().is_some() { Err(self.error("too many fields")) } else { Ok(fields) }
    }
}

/// The data lines: without blank lines, comments (`#`), and a heading, which is a first line that starts with `heading`.
pub(crate) fn rows<'a>(text: &'a str, heading: &str) -> impl Iterator<Item = Row<'a>> {
    let text = text.trim_start_matches('\u{FEFF}');
    let mut rows = text
        .lines()
        .enumerate()
        .map(|(at, text)| Row { line: at + 1, text: text.trim() })
        .filter(|row| !row.text.is_empty() && !row.text.starts_with('#'))
        .peekable();
    rows.next_if(|row| row.text.split(',').next().is_some_and(|field| field.trim().eq_ignore_ascii_case(heading)));
    rows
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn headings_comments_and_blank_lines_are_no_rows_but_keep_their_numbers() {
        let lines: Vec<_> =
            rows("\u{FEFF}code,name\n\n# note\n1, a \r\n2,b", "code").map(|row| (row.line, row.text)).collect();
        assert_eq!(lines, [(4, "1, a"), (5, "2,b")]);
    }

    #[test]
    fn a_row_has_exactly_its_fields() {
        let row = Row { line: 7, text: "1, a" };
        assert_eq!(row.fields::<2>().unwrap(), ["1", "a"]);
        assert_eq!(row.fields::<3>().unwrap_err().to_string(), "line 7: too few fields");
        assert_eq!(row.fields::<1>().unwrap_err().reason, "too many fields");
    }
}

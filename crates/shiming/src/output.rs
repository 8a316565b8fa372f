//! Standard output: text, tables whose Chinese stands in line, and JSON.
//!
//! A write that fails is remembered here, and [`exit`] makes of it how the program ends, whichever command it was: no
//! command looks by itself. A command that is at work (a server, a download) goes on without its reader. An output that
//! was closed before the start cannot be told from `/dev/null`, which the language's runtime opens in its place.

use std::{
    io::{self, IsTerminal, Write},
    sync::OnceLock,
};

use serde::Serialize;
use unicode_width::UnicodeWidthStr;

use crate::trouble::Exit;

/// Why standard output could not be written, the first time that it could not.
static LOST: OnceLock<io::ErrorKind> = OnceLock::new();

/// Prints text as it is.
pub(crate) fn print(text: &str) {
    // What fails is remembered by `Out`.
    let _ = Out.write_all(text.as_bytes()).and_then(|()| Out.flush());
}

/// How the program ends where the command itself would end so: what was not written is an error, unless its reader
/// went away (`| head`) and wants no more.
pub(crate) fn exit(exit: Exit) -> Exit {
    match LOST.get() {
        None | Some(io::ErrorKind::BrokenPipe) => exit,
        Some(_) => Exit::Broken,
    }
}

/// Whether there is nobody to write to any more: a command without an end of its own ends then.
pub(crate) fn is_lost() -> bool {
    LOST.get().is_some()
}

/// Remembers the outcome of a write that another crate made.
pub(crate) fn remember(written: io::Result<()>) {
    if let Err(error) = written.and_then(|()| io::stdout().flush()) {
        lose(&error);
    }
}

fn lose(error: &io::Error) {
    if LOST.set(error.kind()).is_ok() && error.kind() != io::ErrorKind::BrokenPipe {
        hint!("error: standard output cannot be written: {error}");
    }
}

/// Standard output as a stream; a write that fails is remembered, and none is tried after it.
pub(crate) struct Out;

impl Out {
    fn tried<T>(attempt: impl FnOnce(io::StdoutLock<'static>) -> io::Result<T>) -> io::Result<T> {
        if let Some(kind) = LOST.get() {
            return Err((*kind).into());
        }
        attempt(io::stdout().lock()).inspect_err(|error| {
            if error.kind() != io::ErrorKind::Interrupted {
                lose(error);
            }
        })
    }
}

impl Write for Out {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        Self::tried(|mut out| out.write(bytes))
    }

    fn flush(&mut self) -> io::Result<()> {
        Self::tried(|mut out| out.flush())
    }
}

/// Prints one line.
macro_rules! say {
    () => { $crate::output::print("\n") };
    ($($argument:tt)*) => { $crate::output::print(&format!("{}\n", format_args!($($argument)*))) };
}
pub(crate) use say;

/// Prints one line to standard error: what a person should know and a script should not read.
macro_rules! hint {
    ($($argument:tt)*) => { $crate::output::print_hint(&format!($($argument)*)) };
}
pub(crate) use hint;

/// Prints a line to standard error.
pub(crate) fn print_hint(text: &str) {
    // Nobody is left to tell if this fails.
    let _ = writeln!(io::stderr().lock(), "{text}");
}

/// Prints a value as JSON on one line.
pub(crate) fn print_json(value: &impl Serialize) {
    match serde_json::to_string(value) {
        Ok(line) => say!("{line}"),
        Err(error) => lose(&error.into()),
    }
}

/// Whether a person looks at standard output.
pub(crate) fn is_watched() -> bool {
    io::stdout().is_terminal()
}

/// Lines in columns, each as wide as its widest cell on a terminal, where a Chinese character takes two places.
#[derive(Debug, Default)]
pub(crate) struct Table {
    rows: Vec<Vec<String>>,
    right: Vec<usize>,
}

impl Table {
    /// A table with these headings.
    pub(crate) fn new<S: Into<String>>(headings: impl IntoIterator<Item = S>) -> Self {
        Self { rows: vec![headings.into_iter().map(Into::into).collect()], right: Vec::new() }
    }

    /// A table without headings.
    pub(crate) fn plain() -> Self {
        Self::default()
    }

    /// Aligns a column to the right.
    pub(crate) fn right(mut self, column: usize) -> Self {
        self.right.push(column);
        self
    }

    /// Adds a row.
    pub(crate) fn row<S: Into<String>>(&mut self, cells: impl IntoIterator<Item = S>) {
        self.rows.push(cells.into_iter().map(Into::into).collect());
    }

    /// The text, every line with this in front.
    pub(crate) fn text(&self, indent: &str) -> String {
        let columns = self.rows.iter().map(Vec::len).max().unwrap_or(0);
        let widths: Vec<usize> = (0..columns)
            .map(|column| {
                self.rows.iter().filter_map(|row| row.get(column)).map(|cell| cell.width()).max().unwrap_or(0)
            })
            .collect();
        let mut text = String::new();
        for row in &self.rows {
            let mut line = String::from(indent);
            for (column, (cell, width)) in row.iter().zip(&widths).enumerate() {
                let blanks = " ".repeat(width.saturating_sub(cell.width()));
                if self.right.contains(&column) {
                    line.push_str(&blanks);
                    line.push_str(cell);
                } else {
                    line.push_str(cell);
                    line.push_str(&blanks);
                }
                line.push_str("  ");
            }
            text.push_str(line.trim_end());
            text.push('\n');
        }
        text
    }
}

/// A number with its thousands apart, for people.
pub(crate) fn thousands(number: u64) -> String {
    let digits = number.to_string();
    let mut text = String::new();
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            text.push(' ');
        }
        text.push(digit);
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_stand_in_line_with_chinese_in_them() {
        let mut table = Table::new(["name", "n"]).right(1);
        table.row(["样例甲", "1"]);
        table.row(["a", "22"]);
        assert_eq!(table.text("> "), "> name     n\n> 样例甲   1\n> a       22\n");
    }

    #[test]
    fn thousands_stand_apart() {
        assert_eq!(
            ["0", "999", "1 000", "1 234 567"],
            [0, 999, 1000, 1_234_567].map(thousands).map(|text| text.leak() as &str)
        );
    }
}

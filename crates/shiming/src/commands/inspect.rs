//! `shiming inspect`.

use std::{
    fs,
    io::{self, BufRead},
    path::{Path, PathBuf},
};

use serde_json::json;
use shiming_identity::{
    AreaTable, BinTable, Flaw, PrivateUseTable, TableError, Warning,
    inspect::{Description, Inspector, Kind, Reveal, Strict},
};

use crate::{
    clock::today,
    output::{self, Table, say},
    trouble::{Exit, Outcome, Trouble},
};

/// Tell what a number, name or paper is: parsed, normalised, masked, or why it is wrong
///
/// Exit code 1 when one of the values is refused. Values are masked unless --show is given.
#[derive(clap::Args)]
pub(super) struct Inspect {
    /// What it is said to be: `any` guesses; see --list
    #[arg(required_unless_present = "list")]
    kind: Option<String>,
    /// The values; without one, or with `-`, a line each on standard input
    values: Vec<String>,
    /// Show the value itself
    #[arg(long)]
    show: bool,
    #[command(flatten)]
    rules: Rules,
    /// One line of JSON for each value
    #[arg(long)]
    json: bool,
    /// List the kinds
    #[arg(long)]
    list: bool,
}

/// By what it is judged, beside what is built in.
#[derive(Debug, clap::Args)]
struct Rules {
    /// Refuse what is else a warning: check digits that some genuine numbers fail, and unusual forms
    #[arg(long)]
    strict: bool,
    /// A table of area codes, `code,name,from,to` a line: tells retired and unknown codes
    #[arg(long, value_name = "FILE")]
    areas: Option<PathBuf>,
    /// A table of card prefixes, `bin,bank,type,length` a line: tells the issuer
    #[arg(long, value_name = "FILE")]
    bins: Option<PathBuf>,
    /// What private-use characters in names mean, `pua,unicode` a line in hexadecimal
    #[arg(long, value_name = "FILE")]
    private_use: Option<PathBuf>,
}

/// A longer line is not one of these kinds.
const LONGEST_LINE: usize = 4096;

impl Inspect {
    pub(super) fn run(self) -> Outcome {
        if self.list {
            self.list_kinds();
            return Ok(Exit::Fine);
        }
        let word = self.kind.as_deref().unwrap_or_default();
        let kind: Kind = word
            .parse()
            .map_err(|_| Trouble::usage(format!("there is no kind `{word}`")).advice("shiming inspect --list"))?;
        let Rules { strict, areas, bins, private_use } = &self.rules;
        let areas = areas.as_deref().map(|path| table(path, AreaTable::from_csv)).transpose()?;
        let bins = bins.as_deref().map(|path| table(path, BinTable::from_csv)).transpose()?;
        let private_use = private_use.as_deref().map(|path| table(path, PrivateUseTable::from_csv)).transpose()?;
        let inspector = Inspector {
            today: today(),
            reveal: if self.show { Reveal::Full } else { Reveal::Masked },
            strict: if *strict { Strict::Yes } else { Strict::No },
            areas: areas.as_ref(),
            bins: bins.as_ref(),
            private_use: private_use.as_ref(),
        };
        let mut refused = false;
        let mut tell = |number: usize, value: &str| {
            let description = inspector.describe(kind, value);
            refused |= description.flaw.is_some();
            if self.json {
                output::print_json(&as_json(&description));
            } else {
                if number > 0 {
                    say!();
                }
                output::print(&as_text(&description));
            }
        };
        match self.values.as_slice() {
            [] => each_line(&mut tell)?,
            [one] if one == "-" => each_line(&mut tell)?,
            values => values.iter().enumerate().for_each(|(number, value)| tell(number, value)),
        }
        Ok(if refused { Exit::No } else { Exit::Fine })
    }

    fn list_kinds(&self) {
        if self.json {
            let kinds: Vec<_> =
                Kind::all().map(|kind| json!({ "kind": kind.name(), "chinese": kind.chinese() })).collect();
            return output::print_json(&kinds);
        }
        let mut table = Table::plain();
        Kind::all().for_each(|kind| table.row([kind.name(), kind.chinese()]));
        output::print(&table.text(""));
    }
}

/// Reads one of the operator's tables.
fn table<T>(path: &Path, from_csv: fn(&str) -> Result<T, TableError>) -> Result<T, Trouble> {
    let text = fs::read_to_string(path).map_err(|error| Trouble::unreadable(path, error))?;
    from_csv(&text).map_err(|error| Trouble::usage(format!("{} is no such table", path.display())).because(error))
}

fn each_line(tell: &mut impl FnMut(usize, &str)) -> Result<(), Trouble> {
    let mut lines = io::stdin().lock();
    let mut line = Vec::new();
    let mut number = 0;
    loop {
        line.clear();
        let read = io::Read::take(&mut lines, LONGEST_LINE as u64 + 1).read_until(b'\n', &mut line);
        let read = read.map_err(|error| Trouble::broken("standard input cannot be read").because(error))?;
        if read == 0 || output::is_lost() {
            return Ok(());
        }
        if read > LONGEST_LINE && line.last() != Some(&b'\n') {
            return Err(Trouble::usage(format!("line {} is longer than {LONGEST_LINE} bytes", number + 1)));
        }
        let text =
            std::str::from_utf8(&line).map_err(|_| Trouble::usage(format!("line {} is not UTF-8", number + 1)))?;
        tell(number, text.trim_end_matches(['\n', '\r']));
        number += 1;
    }
}

fn as_text(description: &Description) -> String {
    let mut table = Table::plain();
    let kind = description.kind;
    match description.flaw {
        None => table.row(["well formed".to_owned(), format!("{} ({})", kind.name(), kind.chinese())]),
        Some(flaw) => {
            table.row(["refused".to_owned(), format!("as {} ({})", kind.name(), kind.chinese())]);
            table.row(["reason".to_owned(), format!("{} {flaw}", flaw.code())]);
        }
    }
    for (label, value) in [("value", &description.normalised), ("masked", &description.masked)] {
        if let Some(value) = value {
            table.row([label, value]);
        }
    }
    for (label, value) in &description.facts {
        table.row([*label, value]);
    }
    for warning in description.warnings.iter() {
        table.row(["warning".to_owned(), format!("{} {warning}", warning.code())]);
    }
    if let Some(hint) = description.hint {
        table.row(["hint", hint]);
    }
    table.text("")
}

fn as_json(description: &Description) -> serde_json::Value {
    let facts: serde_json::Map<_, _> =
        description.facts.iter().map(|(label, value)| ((*label).to_owned(), json!(value))).collect();
    json!({
        "kind": description.kind.name(),
        "ok": description.flaw.is_none(),
        "flaw": description.flaw.map(Flaw::code),
        "reason": description.flaw.map(|flaw| flaw.to_string()),
        "value": description.normalised,
        "masked": description.masked,
        "facts": facts,
        "warnings": description.warnings.iter().map(Warning::code).collect::<Vec<_>>(),
        "hint": description.hint,
    })
}

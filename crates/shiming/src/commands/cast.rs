//! `shiming cast`.

use crate::{
    cast::{CAST, Cast as Everybody},
    output,
    trouble::{Exit, Outcome},
};

/// Print the made-up people: which of them gives which outcome
#[derive(Debug, clap::Args)]
pub(super) struct Cast {
    /// As one line of JSON, with the verdict of every check
    #[arg(long, conflicts_with = "csv")]
    json: bool,
    /// As the file that `registry import` reads
    #[arg(long)]
    csv: bool,
}

impl Cast {
    #[expect(clippy::unnecessary_wraps, reason = "as every subcommand")]
    pub(super) fn run(self) -> Outcome {
        match (self.json, self.csv) {
            (true, _) => output::print_json(&Everybody::load()),
            (_, true) => output::print(CAST),
            _ => output::print(&Everybody::load().text("")),
        }
        Ok(Exit::Fine)
    }
}

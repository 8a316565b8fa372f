//! `shiming cases show`.

use std::{
    fs, io,
    os::unix::fs::DirBuilderExt,
    path::{Path, PathBuf},
};

use clap::Args;
use shiming_server::operator::{
    described::{self, Looked},
    shown::Shown,
};

use super::{Bench, Numbered, rows};
use crate::{
    forms::forms,
    installation::write_private,
    output::{self, Table, hint},
    trouble::{Exit, Outcome, Trouble},
};

/// A case: where it stands, its decisions, its form, its papers
#[derive(Debug, Args)]
pub(super) struct Show {
    #[command(flatten)]
    numbered: Numbered,
    /// People's values and the reasons in full; without it they are masked
    #[arg(long)]
    reveal: bool,
    /// Write the pictures into a folder, which only you may read
    #[arg(long, value_name = "DIR")]
    papers: Option<PathBuf>,
}

impl Show {
    pub(super) fn run(self) -> Outcome {
        let bench = Bench::open(&self.numbered.place)?;
        let case = bench.find(self.numbered.number)?;
        let looked = bench.wait(described::look(&bench.submitter, &forms(), case))?;
        if let Some(folder) = &self.papers {
            write_papers(&bench, &looked, folder)?;
        }
        let shown = if self.reveal { Shown::Whole } else { Shown::Masked };
        let told = described::whole(&looked, bench.review, shown);
        if self.numbered.json {
            output::print_json(&told);
            return Ok(Exit::Fine);
        }
        let mut table = Table::plain();
        rows(&mut table, "", &told);
        output::print(&table.text(""));
        if let Some(folder) = &self.papers {
            hint!("{} in {}: delete them when you have looked", looked.papers.len(), folder.display());
        }
        Ok(Exit::Fine)
    }
}

fn write_papers(bench: &Bench, looked: &Looked, folder: &Path) -> Result<(), Trouble> {
    match fs::DirBuilder::new().mode(0o700).create(folder) {
        Err(error) if error.kind() != io::ErrorKind::AlreadyExists => return Err(Trouble::unwritable(folder, error)),
        _ => {}
    }
    for (filed, index) in looked.papers.iter().zip(1..) {
        let paper = bench.wait(bench.submitter.papers().get(&filed.stored))?;
        let name = described::file_name(looked.case.key.number, index, filed);
        write_private(&folder.join(name), &paper.bytes)?;
    }
    Ok(())
}

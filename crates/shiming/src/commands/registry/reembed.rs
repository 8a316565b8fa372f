//! `shiming registry reembed`: templates of another network, made anew.
//!
//! A template cannot be turned into another network's, and photos are not kept; nor does the registry know whose its rows
//! are. So the photos come from the operator again, in any file that could be imported: of its rows only the portraits
//! are taken, and of these only those of people whose template another network made.

use std::{
    io::{self, IsTerminal},
    path::{Path, PathBuf},
};

use clap::Args;
use serde_json::json;
use shiming_face::List;
use shiming_store::Store;

use super::{Bar, form, reasons, refused, size_of};
use crate::{
    clock::today,
    commands::{Place, terms::count},
    config::Config,
    faces::Faces,
    import::{self, Encoding, Form, Order, Source, Templates, Values, What},
    output::{self, say},
    trouble::{Exit, Outcome, Trouble},
};

/// Make templates anew after a change of `[face] embedder` or of its file
///
/// Without a file it says how many reference portraits another network made: these people's checks answer
/// `template_outdated`. With one, in the form of an import, it takes the portraits of these people from there: needed are
/// id_number and portrait or portrait_file. What is up to date already is passed over, so that a run that was broken off,
/// or a second file, does nothing twice. Exit code 1 while some are left, or when rows were refused.
#[derive(Debug, Args)]
pub(super) struct Reembed {
    /// The file with the photos
    file: Option<PathBuf>,
    /// The form; without it, by the file's name
    #[arg(long, value_enum)]
    format: Option<Form>,
    /// How characters are coded
    #[arg(long, value_enum, default_value = "utf-8")]
    encoding: Encoding,
    /// Write refused rows here: line number, field, code, reason
    #[arg(long, value_name = "FILE")]
    rejects: Option<PathBuf>,
    /// As one line of JSON; no progress bar
    #[arg(long)]
    json: bool,
    /// No progress bar
    #[arg(short, long)]
    quiet: bool,
    #[command(flatten)]
    place: Place,
}

impl Reembed {
    pub(super) fn run(self) -> Outcome {
        let (config, store) = self.place.open()?;
        let report = match &self.file {
            None => None,
            Some(file) => Some(self.make(&config, &store, file)?),
        };
        let (all, left) = standing(&config, &store)?;
        let rejected = report.as_ref().map_or(0, |report| report.mark.rejected);
        if self.json {
            output::print_json(&json!({
                "portraits": all,
                "outdated": left,
                "this_run": report.as_ref().map(|report| json!({
                    "made": report.portraits,
                    "passed": report.passed,
                    "rejected": rejected,
                    "reasons": reasons(report),
                })),
            }));
        } else {
            if let Some(report) = &report {
                let passed = count(report.passed, "row");
                say!("{} made anew; {passed} had nothing to change", count(report.portraits, "template"));
                output::print(&refused(report, self.rejects.as_deref()));
            }
            say!("{} of {} by another network than the configured one", left, count(all, "reference portrait"));
        }
        store.close();
        Ok(if left > 0 || rejected > 0 { Exit::No } else { Exit::Fine })
    }

    fn make(&self, config: &Config, store: &Store, file: &Path) -> Result<import::Report, Trouble> {
        let form = form(self.format, file)?;
        let size = size_of(file)?;
        let faces = Faces::open(&config.face)?.ok_or_else(no_folder)?;
        let order = Order {
            source: Source::File(file),
            form,
            encoding: self.encoding,
            values: Values::Hidden,
            rejects: self.rejects.clone(),
            restart: false,
            faces: Some(&faces as &dyn Templates),
            what: What::OutdatedPortraits,
        };
        let bar = (!self.json && !self.quiet && io::stderr().is_terminal()).then(|| Bar::new(Some(size)));
        let report = import::run(store, &order, today(), |mark| {
            if let Some(bar) = &bar {
                bar.show(mark);
            }
        });
        if let Some(bar) = bar {
            bar.shown.finish_and_clear();
        }
        report
    }
}

fn no_folder() -> Trouble {
    Trouble::usage("[face] models names no folder").advice("name one there, or in SHIMING_FACE_MODELS")
}

/// How many reference portraits there are, and how many of them another network made than the configured one.
pub(super) fn standing(config: &Config, store: &Store) -> Result<(u64, u64), Trouble> {
    let folder = config.face.models.as_ref().ok_or_else(no_folder)?;
    let maker = List::of(folder)
        .and_then(|list| list.maker(&config.face.embedder))
        .map_err(|error| Trouble::usage("the list of models cannot be used").because(error))?;
    let stats = store.stats().map_err(|error| Trouble::broken("the registry cannot be read").because(error))?;
    Ok((stats.portraits, stats.made_by_others(maker)))
}

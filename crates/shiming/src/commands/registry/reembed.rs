//! `shiming registry reembed`: templates of another network, made anew.
//!
//! A template cannot be turned into another network's: that takes the photo. The registry has it where the operator had it
//! kept, else it comes from the operator again. Nor does the registry know whose its rows are, and neither a photo nor a
//! template opens without the number. So there is a file in any case, any that could be imported: of its rows only the
//! numbers and the portraits are taken, and of these only those of people whose template another network made.

use std::{
    io::{self, IsTerminal},
    path::{Path, PathBuf},
};

use clap::Args;
use serde_json::json;
use shiming_face::List;
use shiming_store::Store;

use super::{Bar, STOPPING, form, keep, reasons, refused, size_of, tell_stopped};
use crate::{
    clock::today,
    commands::{
        Place,
        terms::{count, keep_apart},
    },
    config::Config,
    faces::{Faces, no_folder},
    import::{self, Encoding, Form, Order, Source, Templates, Values, What},
    output::{self, say},
    signals,
    trouble::{Exit, Outcome, Trouble},
};

/// Make templates anew after a change of `[face] embedder` or of its file
///
/// Without a file it says how many reference portraits another network made, and of how many of these the photo is kept:
/// these people's checks answer `template_outdated`. With one, in the form of an import, it makes the templates of these
/// people anew: of portrait or portrait_file where a row has one, else of the photo that is kept; of a row without either
/// it says NO_PHOTO. What is up to date already is passed over, so that a run that was broken off, or a second file, does
/// nothing twice. Ctrl-C or SIGTERM ends it after the rows in hand. Exit code 1 while some are left, or when rows were
/// refused.
#[derive(Debug, Args)]
pub(super) struct Reembed {
    /// The file with people's numbers, and with photos where none are kept
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
    /// Keep the photos that the file has, sealed, as `[face] keep_photos` does
    #[arg(long)]
    keep_photos: bool,
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
        let Standing { all, outdated, kept } = Standing::of(&config, &store)?;
        let rejected = report.as_ref().map_or(0, |report| report.mark.rejected);
        if self.json {
            output::print_json(&json!({
                "portraits": all,
                "outdated": outdated,
                "outdated_with_photo": kept,
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
            let portraits = count(all, "reference portrait");
            say!("{outdated} of {portraits} by another network than the configured one; the photo of {kept} is kept");
        }
        store.close();
        if let Some(report) = report.as_ref().filter(|report| report.stopped) {
            tell_stopped(report, false);
            return Ok(Exit::Interrupted);
        }
        Ok(if outdated > 0 || rejected > 0 { Exit::No } else { Exit::Fine })
    }

    fn make(&self, config: &Config, store: &Store, file: &Path) -> Result<import::Report, Trouble> {
        let form = form(self.format, file)?;
        let size = size_of(file)?;
        if let Some(rejects) = &self.rejects {
            keep_apart(file, rejects)?;
        }
        let faces = Faces::open(&config.face)?.ok_or_else(no_folder)?;
        let stop = signals::stop_flag(STOPPING)?;
        let order = Order {
            source: Source::File(file),
            form,
            encoding: self.encoding,
            values: Values::Hidden,
            rejects: self.rejects.clone(),
            restart: false,
            faces: Some(&faces as &dyn Templates),
            what: What::OutdatedPortraits,
            keep: keep(self.keep_photos, config),
            private_use: config.names.table()?,
            stop: &stop,
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

/// How the reference portraits stand to the configured network.
struct Standing {
    /// How many there are.
    all: u64,
    /// How many of them another network made.
    outdated: u64,
    /// Of how many of these the photo is kept.
    kept: u64,
}

impl Standing {
    fn of(config: &Config, store: &Store) -> Result<Self, Trouble> {
        let folder = config.face.models.as_ref().ok_or_else(no_folder)?;
        let maker = List::of(folder)
            .and_then(|list| list.maker(&config.face.embedder))
            .map_err(|error| Trouble::usage("the list of models cannot be used").because(error))?;
        let stats = store.stats().map_err(|error| Trouble::broken("the registry cannot be read").because(error))?;
        let (outdated, kept) = (stats.made_by_others(maker), stats.photos_of_others(maker));
        Ok(Self { all: stats.portraits, outdated, kept })
    }
}

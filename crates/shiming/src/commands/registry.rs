//! `shiming registry`.

mod init;
mod portrait;
mod reembed;

use std::{
    fmt::Write as _,
    io::{self, IsTerminal},
    path::{Path, PathBuf},
    time::{Duration, Instant},
};

use clap::{Args, Subcommand};
use indicatif::{ProgressBar, ProgressStyle};
use serde_json::json;
use shiming_store::Mark;

use super::{
    Place,
    terms::{count, keep_apart},
};
use crate::{
    clock::today,
    config::Config,
    faces::Faces,
    import::{self, Encoding, Form, Keep, Order, Report, Source, Templates, Values, What},
    installation::{self, Absent},
    output::{self, Table, hint, say, thousands},
    signals,
    trouble::{Exit, Outcome, Trouble},
};

/// Load the registry, and see what is in it
#[derive(Args)]
pub(super) struct Registry {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    Import(Import),
    Init(init::Init),
    Stats(Stats),
    Reembed(reembed::Reembed),
    Portrait(portrait::Portrait),
    ForgetPhotos(portrait::ForgetPhotos),
}

impl Registry {
    pub(super) fn run(self) -> Outcome {
        match self.command {
            Command::Import(command) => command.run(),
            Command::Init(command) => command.run(),
            Command::Stats(command) => command.run(),
            Command::Reembed(command) => command.run(),
            Command::Portrait(command) => command.run(),
            Command::ForgetPhotos(command) => command.run(),
        }
    }
}

/// Load records from a CSV or NDJSON file
///
/// The columns, in any order: op, kind, id_number, name, mobile, bankcard, bank_mobile, company_name, company_number,
/// licence_number, legal_name, legal_id, portrait, portrait_file (or their Chinese names: 姓名, 身份证号, 手机号,
/// 银行卡号, 企业名称, 统一社会信用代码, 注册号, 法定代表人, 法人身份证号, 照片, 照片文件). Columns that begin with x_ are yours and passed over. A row makes
/// a record for every number it has; `kind` (resident, mobile, bankcard, company) limits it to one; `op` is upsert (also
/// when empty) or delete. `shiming cast --csv` prints a file to copy from.
///
/// Ctrl-C or SIGTERM ends it after the rows in hand. An import that was broken off, by that or by a kill, goes on where it
/// stopped when the same command is run again. Exit code 1 when rows were refused; the others are in.
#[derive(Debug, Args)]
#[expect(clippy::struct_excessive_bools, reason = "each is a flag of the command line")]
struct Import {
    /// The file; `-` reads standard input, which cannot be resumed
    file: PathBuf,
    /// The form; without it, by the file's name
    #[arg(long, value_enum)]
    format: Option<Form>,
    /// How characters are coded
    #[arg(long, value_enum, default_value = "utf-8")]
    encoding: Encoding,
    /// Write refused rows here: line number, field, code, reason
    #[arg(long, value_name = "FILE")]
    rejects: Option<PathBuf>,
    /// Write the refused rows themselves too. That file is as sensitive as the source
    #[arg(long, requires = "rejects")]
    rejects_with_values: bool,
    /// Keep the photos of reference portraits too, sealed, as `[face] keep_photos` does
    #[arg(long)]
    keep_photos: bool,
    /// Begin anew, even if an import of this file was broken off
    #[arg(long)]
    restart: bool,
    /// The summary as one line of JSON; no progress bar
    #[arg(long)]
    json: bool,
    /// No progress bar
    #[arg(short, long)]
    quiet: bool,
    #[command(flatten)]
    place: Place,
}

impl Import {
    fn run(self) -> Outcome {
        let config = self.place.config()?;
        let stdin = self.file == Path::new("-");
        let form = form(self.format, &self.file)?;
        let size = if stdin { None } else { Some(size_of(&self.file)?) };
        if let Some(rejects) = &self.rejects {
            keep_apart(&self.file, rejects)?;
        }
        let store = installation::open(&config, Absent::Make)?;
        let faces = Faces::open(&config.face)?;
        let stop = signals::stop_flag(STOPPING)?;
        let order = Order {
            source: if stdin { Source::Stdin } else { Source::File(&self.file) },
            form,
            encoding: self.encoding,
            values: if self.rejects_with_values { Values::Shown } else { Values::Hidden },
            rejects: self.rejects.clone(),
            restart: self.restart,
            faces: faces.as_ref().map(|faces| faces as &dyn Templates),
            what: What::Everything,
            keep: keep(self.keep_photos, &config),
            private_use: config.names.table()?,
            stop: &stop,
        };
        let bar = (!self.json && !self.quiet && io::stderr().is_terminal()).then(|| Bar::new(size));
        let report = import::run(&store, &order, today(), |mark| {
            if let Some(bar) = &bar {
                bar.show(mark);
            }
        });
        if let Some(bar) = bar {
            bar.shown.finish_and_clear();
        }
        let report = report?;
        if self.json {
            output::print_json(&as_json(&report));
        } else {
            output::print(&as_text(&report, self.rejects.as_deref()));
        }
        store.close();
        if report.stopped {
            tell_stopped(&report, stdin);
            return Ok(Exit::Interrupted);
        }
        Ok(if report.mark.rejected > 0 { Exit::No } else { Exit::Fine })
    }
}

/// What is said at once when a signal stops an import.
const STOPPING: &str = "stopping after the rows in hand";

/// How to go on with an import that was stopped.
fn tell_stopped(report: &Report, stdin: bool) {
    let line = thousands(report.mark.line);
    if stdin {
        hint!(
            "stopped after line {line}\n  try: all of it again, as standard input cannot be resumed; what is in already is replaced by the same"
        );
    } else {
        hint!("stopped after line {line}\n  try: the same command, which goes on from there");
    }
}

/// Whether photos are kept: where a flag or the configuration says so.
fn keep(flag: bool, config: &Config) -> Keep {
    if flag || config.face.keep_photos { Keep::Photo } else { Keep::Template }
}

fn form(given: Option<Form>, file: &Path) -> Result<Form, Trouble> {
    given.or_else(|| Form::of(file)).ok_or_else(|| {
        Trouble::usage("the form cannot be told by the file's name").advice("add --format csv or --format ndjson")
    })
}

fn size_of(file: &Path) -> Result<u64, Trouble> {
    let metadata = std::fs::metadata(file).map_err(|error| Trouble::unreadable(file, error))?;
    if metadata.is_dir() {
        return Err(Trouble::usage(format!("{} is a directory", file.display())));
    }
    Ok(metadata.len())
}

/// How far an import is, for somebody who watches: share, rows, rate, time left.
struct Bar {
    shown: ProgressBar,
    began: Instant,
    first: std::cell::OnceCell<u64>,
}

impl Bar {
    fn new(size: Option<u64>) -> Self {
        let (bar, template) = match size {
            Some(size) => (ProgressBar::new(size), "{bar:32} {percent:>3}%  {msg}  {eta} left"),
            None => (ProgressBar::new_spinner(), "{spinner} {msg}  {elapsed}"),
        };
        if let Ok(style) = ProgressStyle::with_template(template) {
            bar.set_style(style.progress_chars("━╸ "));
        }
        bar.enable_steady_tick(Duration::from_millis(200));
        Self { shown: bar, began: Instant::now(), first: std::cell::OnceCell::new() }
    }

    fn show(&self, mark: &Mark) {
        let rows = rows(mark);
        let first = *self.first.get_or_init(|| {
            // What an earlier run did must not count into the rate.
            self.shown.set_position(mark.offset);
            self.shown.reset_eta();
            rows
        });
        self.shown.set_position(mark.offset);
        let refused = if mark.rejected > 0 { format!(", {} refused", thousands(mark.rejected)) } else { String::new() };
        let rate = rate(rows - first, self.began.elapsed());
        self.shown.set_message(format!("{} rows{refused}  {} rows/s", thousands(rows), thousands(rate)));
    }
}

fn rows(mark: &Mark) -> u64 {
    mark.accepted + mark.deleted + mark.rejected
}

fn rate(rows: u64, took: Duration) -> u64 {
    let millis = u64::try_from(took.as_millis()).unwrap_or(u64::MAX).max(1);
    rows.saturating_mul(1000) / millis
}

fn as_text(report: &Report, rejects: Option<&Path>) -> String {
    let Report { mark, took, .. } = report;
    let mut text = format!(
        "{}: {} put in, {} taken out, {} refused\n",
        count(rows(mark), "row"),
        thousands(mark.accepted),
        thousands(mark.deleted),
        thousands(mark.rejected)
    );
    if let Some(line) = report.resumed_after {
        let _ = writeln!(text, "went on after line {}, where the import was broken off", thousands(line));
    }
    let _ = write!(text, "records: {} new, {} replaced", thousands(report.inserted), thousands(report.replaced));
    if report.absent > 0 {
        let _ = write!(text, ", {} to take out were not there", thousands(report.absent));
    }
    if report.portraits > 0 {
        let _ = write!(text, ", {}", count(report.portraits, "portrait"));
    }
    if report.photos > 0 {
        let _ = write!(text, ", {} kept", count(report.photos, "photo"));
    }
    if report.erased > 0 {
        let _ = write!(text, ", {} erased", count(report.erased, "photo"));
    }
    text.push('\n');
    if took.as_secs() > 0 {
        let _ = writeln!(text, "{} s, {} rows/s", took.as_secs(), thousands(rate(report.rows, *took)));
    }
    text.push_str(&refused(report, rejects));
    text
}

/// Why rows were refused, and how many for each reason; nothing where none was.
fn refused(report: &Report, rejects: Option<&Path>) -> String {
    let mut text = String::new();
    if report.mark.rejected > 0 {
        let mut table = Table::plain().right(0);
        for ((field, code), (times, reason)) in &report.reasons {
            table.row([
                thousands(*times),
                if field.is_empty() { "-".to_owned() } else { (*field).to_owned() },
                (*code).to_owned(),
                reason.clone(),
            ]);
        }
        text.push_str(if report.resumed_after.is_some() {
            "refused in this run because:\n"
        } else {
            "refused because:\n"
        });
        text.push_str(&table.text("  "));
        let _ = match rejects {
            Some(path) => writeln!(text, "line by line in {}", path.display()),
            None => writeln!(text, "which lines: run it again with --rejects FILE"),
        };
    }
    text
}

/// The same as JSON.
fn reasons(report: &Report) -> Vec<serde_json::Value> {
    let rows = report.reasons.iter();
    rows.map(
        |((field, code), (times, reason))| json!({ "field": field, "code": code, "reason": reason, "rows": times }),
    )
    .collect()
}

fn as_json(report: &Report) -> serde_json::Value {
    json!({
        "rows": rows(&report.mark),
        "accepted": report.mark.accepted,
        "deleted": report.mark.deleted,
        "rejected": report.mark.rejected,
        "resumed_after_line": report.resumed_after,
        "stopped": report.stopped,
        "this_run": {
            "rows": report.rows,
            "inserted": report.inserted,
            "replaced": report.replaced,
            "absent": report.absent,
            "portraits": report.portraits,
            "photos": report.photos,
            "photos_erased": report.erased,
            "milliseconds": u64::try_from(report.took.as_millis()).unwrap_or(u64::MAX),
            "reasons": reasons(report),
        },
    })
}

/// Show how many records there are, and how the last import went
#[derive(Debug, Args)]
struct Stats {
    /// As one line of JSON
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    place: Place,
}

impl Stats {
    fn run(self) -> Outcome {
        let (_, store) = self.place.open()?;
        let stats = store.stats().map_err(|error| Trouble::broken("the registry cannot be read").because(error))?;
        let last = stats.last_import.as_ref();
        let photos: u64 = stats.photos.values().sum();
        if self.json {
            let rows: serde_json::Map<_, _> =
                stats.rows.iter().map(|(kind, rows)| (kind.word().to_owned(), json!(rows))).collect();
            output::print_json(&json!({
                "records": rows,
                "stale": stats.stale,
                "portraits": stats.portraits,
                "photos": photos,
                "recipe": stats.recipe,
                "last_import": last.map(|last| json!({
                    "started": last.started.timestamp().to_string(),
                    "finished": last.finished.map(|at| at.timestamp().to_string()),
                    "accepted": last.mark.accepted,
                    "deleted": last.mark.deleted,
                    "rejected": last.mark.rejected,
                    "line": last.mark.line,
                })),
            }));
            return Ok(Exit::Fine);
        }
        let mut table = Table::plain().right(1);
        for (kind, rows) in &stats.rows {
            table.row([kind.word().to_owned(), thousands(*rows)]);
        }
        table.row(["portraits".to_owned(), thousands(stats.portraits)]);
        if photos > 0 {
            table.row(["photos kept".to_owned(), thousands(photos)]);
        }
        output::print(&table.text(""));
        if let Some(last) = last {
            let ended = match last.finished {
                Some(_) => "finished".to_owned(),
                None => format!("under way or broken off after line {}", thousands(last.mark.line)),
            };
            say!("last import  {}, {ended}, {} refused", last.started.timestamp(), count(last.mark.rejected, "row"));
        }
        if stats.stale > 0 {
            hint!(
                "warning: {} were sealed under an older normalisation recipe and answer \"cannot check\"\n  try: import them again",
                count(stats.stale, "record")
            );
        }
        Ok(Exit::Fine)
    }
}

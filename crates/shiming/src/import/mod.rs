//! Loading the registry from a file: streaming, in bounded memory, and going on where it was broken off.
//!
//! How far an import has come is in the same transaction as the records (the store's mark): bytes and lines that are
//! done, counts, and the length of the rejects file. After a kill the source is read on from there and the rejects file
//! is cut back to that length, so that the end is the same as without the kill.

mod cells;
mod fingerprint;
mod portrait;
mod records;
mod rejects;
mod row;

use std::{
    collections::BTreeMap,
    fs::File,
    io::{Read, Seek, SeekFrom},
    path::{Path, PathBuf},
    sync::atomic::{AtomicBool, Ordering},
    time::{Duration, Instant},
};

use jiff::civil::Date;
use shiming_core::Change;
use shiming_identity::PrivateUseTable;
use shiming_store::{ImportSession, Mark, SealedRegistry, Store};

pub(crate) use self::{
    cells::Encoding,
    portrait::{Keep, Templates},
    rejects::Values,
};
use self::{
    cells::{Cells, CsvReader, RowReader},
    portrait::Portraits,
    records::{Broken, Quotes, Records},
    rejects::Rejects,
    row::{Op, Reason, Reject, Rules},
};
use crate::trouble::Trouble;

/// What is imported, and how.
#[derive(Debug)]
pub(crate) struct Order<'a> {
    /// Where rows come from.
    pub(crate) source: Source<'a>,
    /// The form of a row.
    pub(crate) form: Form,
    /// How characters are coded.
    pub(crate) encoding: Encoding,
    /// Where refused rows go.
    pub(crate) rejects: Option<PathBuf>,
    /// Whether a refused row is written with its values.
    pub(crate) values: Values,
    /// Whether an import that was broken off is forgotten.
    pub(crate) restart: bool,
    /// Who reads reference portraits; without, a row that has one is refused.
    pub(crate) faces: Option<&'a dyn Templates>,
    /// How much of a row is taken.
    pub(crate) what: What,
    /// Whether the photos of reference portraits are kept.
    pub(crate) keep: Keep,
    /// What private-use characters in names mean.
    pub(crate) private_use: PrivateUseTable,
    /// Set when it is to end after the rows in hand.
    pub(crate) stop: &'a AtomicBool,
}

/// How much of a row is taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum What {
    /// All of it.
    Everything,
    /// Its portrait, where the registry has a template of the person that another network made.
    OutdatedPortraits,
}

impl Order<'_> {
    fn portraits<'b>(&'b self, registry: &'b SealedRegistry) -> Portraits<'b> {
        let folder = match self.source {
            Source::File(path) => path.parent().unwrap_or(Path::new("")),
            Source::Stdin | Source::Text(_) => Path::new(""),
        };
        let outdated_in = (self.what == What::OutdatedPortraits).then_some(registry);
        Portraits { engine: self.faces, folder, outdated_in, keep: self.keep }
    }
}

/// Where rows come from.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Source<'a> {
    /// A file: an import of it can go on after a kill.
    File(&'a Path),
    /// Standard input: it cannot.
    Stdin,
    /// Text of the program's own.
    Text(&'a str),
}

/// The form of a row.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub(crate) enum Form {
    /// Comma-separated, with a header.
    Csv,
    /// One JSON object a line.
    #[value(alias = "jsonl")]
    Ndjson,
}

impl Form {
    /// By a file's name.
    pub(crate) fn of(path: &Path) -> Option<Self> {
        match path.extension()?.to_str()?.to_ascii_lowercase().as_str() {
            "csv" => Some(Self::Csv),
            "ndjson" | "jsonl" => Some(Self::Ndjson),
            _ => None,
        }
    }
}

/// What an import did.
#[derive(Debug, Default)]
pub(crate) struct Report {
    /// Counts over the whole source, what was done before a kill included.
    pub(crate) mark: Mark,
    /// The line after which this run went on.
    pub(crate) resumed_after: Option<u64>,
    /// Whether it was stopped before the end of the source. The mark then says where.
    pub(crate) stopped: bool,
    /// Records that were not there before, in this run.
    pub(crate) inserted: u64,
    /// Records that took the place of others, in this run.
    pub(crate) replaced: u64,
    /// Deletions of what was not there, in this run.
    pub(crate) absent: u64,
    /// Reference portraits whose templates were kept, in this run.
    pub(crate) portraits: u64,
    /// Photos that were kept, in this run.
    pub(crate) photos: u64,
    /// Photos that were erased, in this run.
    pub(crate) erased: u64,
    /// Rows that had nothing to change, in this run.
    pub(crate) passed: u64,
    /// How often each refusal occurred, in this run, and what it says.
    pub(crate) reasons: BTreeMap<(&'static str, &'static str), (u64, String)>,
    /// How long this run took.
    pub(crate) took: Duration,
    /// Rows in this run.
    pub(crate) rows: u64,
}

impl Report {
    fn note(&mut self, reject: Reject) {
        let (times, text) = self.reasons.entry((reject.field(), reject.code())).or_default();
        *times += 1;
        if text.is_empty() {
            *text = reject.to_string();
        }
    }
}

/// Rows that are put in together. A batch is in memory; larger ones are hardly quicker.
const BATCH: u64 = 4096;
/// A batch ends after so many portraits: the engine takes its time, and what is in a batch is lost with a kill.
const PORTRAITS: usize = 64;
/// And after so many bytes of photos that are kept: they are in memory until then.
const PHOTOS: usize = 16 << 20;

/// Imports. `progress` hears, after every batch, how far it has come.
pub(crate) fn run(
    store: &Store,
    order: &Order<'_>,
    today: Date,
    mut progress: impl FnMut(&Mark),
) -> Result<Report, Trouble> {
    let started = Instant::now();
    let mut session = begin(store, order)?;
    let resumed = (session.mark().offset > 0).then_some(*session.mark());
    let registry = store.registry();
    let mut import = Import::open(order, &registry, resumed)?;
    let mut report = Report { resumed_after: resumed.map(|mark| mark.line), ..Report::default() };
    let mut batch = Batch { mark: *session.mark(), today, changes: Vec::new() };
    progress(&batch.mark);
    loop {
        let rows = import.fill(&mut batch, &mut report)?;
        if rows == 0 {
            break;
        }
        batch.mark.rejects_len = import.rejects.settle()?;
        let applied = session.apply(&batch.changes, &batch.mark).map_err(store_trouble)?;
        report.inserted += applied.inserted;
        report.replaced += applied.replaced;
        report.absent += applied.absent;
        report.portraits += applied.portraits;
        report.photos += applied.photos;
        report.erased += applied.erased;
        report.rows += rows;
        batch.changes.clear();
        progress(&batch.mark);
    }
    report.stopped = order.stop.load(Ordering::Relaxed);
    report.mark = if report.stopped { *session.mark() } else { session.finish().map_err(store_trouble)? };
    report.took = started.elapsed();
    Ok(report)
}

fn begin(store: &Store, order: &Order<'_>) -> Result<ImportSession, Trouble> {
    let fingerprint = fingerprint::of(order)?;
    let (session, mark) = ImportSession::begin(store, fingerprint).map_err(store_trouble)?;
    // What cannot be read on from the middle begins anew.
    if mark.is_none() || (!order.restart && matches!(order.source, Source::File(_))) {
        return Ok(session);
    }
    session.finish().map_err(store_trouble)?;
    Ok(ImportSession::begin(store, fingerprint).map_err(store_trouble)?.0)
}

fn store_trouble(error: shiming_store::StoreError) -> Trouble {
    Trouble::broken("the registry could not be written")
        .because(error)
        .advice("run `shiming doctor`; the same command goes on where this import stopped")
}

/// Rows that will be put in together, and the mark that goes with them.
struct Batch {
    mark: Mark,
    today: Date,
    changes: Vec<Change>,
}

/// A source that is being read.
struct Import<'a> {
    portraits: Portraits<'a>,
    private_use: &'a PrivateUseTable,
    stop: &'a AtomicBool,
    records: Records<Box<dyn Read>>,
    encoding: Encoding,
    reader: RowReader,
    cells: Cells,
    rejects: Rejects,
}

impl<'a> Import<'a> {
    fn open(order: &'a Order<'_>, registry: &'a SealedRegistry, resumed: Option<Mark>) -> Result<Self, Trouble> {
        let quotes = if order.form == Form::Csv { Quotes::Hold } else { Quotes::Plain };
        let mut records = Records::new(open(order.source, 0)?, quotes, 0, 0);
        skip_mark(&mut records)?;
        let reader = match order.form {
            Form::Csv => RowReader::Csv(Box::new(header(&mut records, order.encoding)?)),
            Form::Ndjson => RowReader::NdJson,
        };
        if let Some(mark) = resumed {
            records = Records::new(open(order.source, mark.offset)?, quotes, mark.offset, mark.line);
        }
        let rejects = Rejects::open(order.rejects.as_deref(), order.values, resumed.map(|mark| mark.rejects_len))?;
        let portraits = order.portraits(registry);
        Ok(Self {
            portraits,
            private_use: &order.private_use,
            stop: order.stop,
            records,
            encoding: order.encoding,
            reader,
            cells: Cells::default(),
            rejects,
        })
    }

    /// Reads up to a batch of rows, none any more once it is to stop; how many there were.
    fn fill(&mut self, batch: &mut Batch, report: &mut Report) -> Result<u64, Trouble> {
        let rules = Rules { today: batch.today, private_use: self.private_use };
        let mut rows = 0;
        let (mut portraits, mut photos) = (0, 0);
        while rows < BATCH && portraits < PORTRAITS && photos < PHOTOS && !self.stop.load(Ordering::Relaxed) {
            let Some(record) = self.records.next().map_err(unreadable)? else { break };
            rows += 1;
            let before = batch.changes.len();
            let text = record.bytes.map_err(Reject::from).and_then(|bytes| self.encoding.decode(bytes));
            let cells = text.and_then(|text| self.reader.read(&text, &mut self.cells));
            let has_portrait = cells.is_ok() && self.portraits.looks_at(&self.cells);
            let read = cells.and_then(|()| row::read(&self.cells, rules, self.portraits, &mut batch.changes));
            portraits += usize::from(has_portrait && !matches!(read, Ok(Op::Passed)));
            photos += batch.changes.iter().skip(before).map(portrait::bytes).sum::<usize>();
            match read {
                Ok(Op::Upsert) => batch.mark.accepted += 1,
                Ok(Op::Delete) => batch.mark.deleted += 1,
                Ok(Op::Passed) => report.passed += 1,
                Err(reject) => {
                    batch.mark.rejected += 1;
                    report.note(reject);
                    self.rejects.write(record.line, reject, record.bytes.unwrap_or_default())?;
                }
            }
        }
        batch.mark.offset = self.records.offset();
        batch.mark.line = self.records.line();
        Ok(rows)
    }
}

impl From<Broken> for Reject {
    fn from(broken: Broken) -> Self {
        Self::of(match broken {
            Broken::TooLong => Reason::TooLong,
            Broken::OpenQuote => Reason::OpenQuote,
        })
    }
}

fn unreadable(error: std::io::Error) -> Trouble {
    Trouble::broken("the source cannot be read on")
        .because(error)
        .advice("the same command goes on where this import stopped")
}

fn open(source: Source<'_>, offset: u64) -> Result<Box<dyn Read>, Trouble> {
    Ok(match source {
        Source::Stdin => Box::new(std::io::stdin()),
        Source::Text(text) => Box::new(std::io::Cursor::new(text.as_bytes().to_vec())),
        Source::File(path) => {
            let mut file = File::open(path).map_err(|error| Trouble::unreadable(path, error))?;
            file.seek(SeekFrom::Start(offset)).map_err(|error| Trouble::unreadable(path, error))?;
            Box::new(file)
        }
    })
}

/// Passes over a byte order mark, and tells what cannot be read at all.
fn skip_mark<R: Read>(records: &mut Records<R>) -> Result<(), Trouble> {
    match records.peek(4).map_err(unreadable)? {
        [0xEF, 0xBB, 0xBF, ..] => records.skip(3),
        [0xFF, 0xFE, ..] | [0xFE, 0xFF, ..] => {
            return Err(Trouble::usage("the file is UTF-16").advice("save it as UTF-8, in Excel: \"CSV UTF-8\""));
        }
        b"PK\x03\x04" => {
            return Err(Trouble::usage("the file is a workbook or an archive, not text")
                .advice("save it as CSV, in Excel: \"CSV UTF-8\""));
        }
        [0x1F, 0x8B, ..] => {
            return Err(Trouble::usage("the file is compressed")
                .advice("gzip -dc FILE | shiming registry import - --format csv"));
        }
        _ => {}
    }
    Ok(())
}

fn header<R: Read>(records: &mut Records<R>, encoding: Encoding) -> Result<CsvReader, Trouble> {
    let other = match encoding {
        Encoding::Utf8 => "gb18030",
        Encoding::Gb18030 => "utf-8",
    };
    let Some(record) = records.next().map_err(unreadable)? else {
        return Err(Trouble::usage("the source is empty: not even a header is in it"));
    };
    let unreadable = || {
        Trouble::usage("the first line is no header: it cannot be read").advice(format!("is it --encoding {other}?"))
    };
    let bytes = record.bytes.map_err(|broken| {
        Trouble::usage(format!("the first line is no header: {}", Reject::from(broken)))
            .advice("`shiming cast --csv` shows a file that can be imported")
    })?;
    let text = encoding.decode(bytes).map_err(|_| unreadable())?;
    CsvReader::new(&text).map_err(|error| {
        Trouble::usage(error.to_string()).advice("`shiming cast --csv` shows a file that can be imported")
    })
}

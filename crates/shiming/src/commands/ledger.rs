//! `shiming ledger`: what was decided, and the proof that nothing was changed.

use std::io::{self, BufWriter, Write};

use clap::{Args, Subcommand, ValueEnum};
use serde::Serialize;
use serde_json::json;
use shiming_core::{CannotCheck, Ledger as _, RecordKey, RecordKind, Ruling, SourceId, SubjectTag, UnixTime, Verdict};
use shiming_identity::{BankCard, CompanyNumber, Mobile, ResidentId};
use shiming_server::{
    desk,
    doors::{alipay_gateway, alipay_v3, aliyun_domain, jdcloud, volcengine_sms},
};
use shiming_store::{Audit, ExportedEntry, Filter, Head};

use super::{
    Place,
    terms::{entries, moment, read_line},
};
use crate::{
    clock::today,
    installation::{self, hex},
    output::{self, say, thousands},
    trouble::{Exit, Outcome, Trouble},
};

/// Verify and export the ledger: one entry for every decision
#[derive(Debug, Args)]
pub(super) struct Ledger {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    Verify(Verify),
    Export(Export),
}

impl Ledger {
    pub(super) fn run(self) -> Outcome {
        match self.command {
            Command::Verify(command) => command.run(),
            Command::Export(command) => command.run(),
        }
    }
}

/// Prove that nothing in the ledger was changed or removed; exit code 1 when something was
///
/// It prints the head: number and hash of the newest entry. Note it outside this machine; `--head` then proves that the
/// ledger still holds everything up to there, even against somebody who has the keys.
#[derive(Debug, Args)]
struct Verify {
    /// A head that was noted earlier
    #[arg(long, value_name = "HEAD")]
    head: Option<Head>,
    /// As one line of JSON
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    place: Place,
}

impl Verify {
    fn run(self) -> Outcome {
        let (config, store) = self.place.open()?;
        let audit = store
            .ledger()
            .verify(self.head.as_ref())
            .map_err(|error| installation::store_trouble(config.data(), error))?;
        match audit {
            Audit::Whole(found) => {
                if self.json {
                    output::print_json(
                        &json!({ "whole": true, "entries": found.entries, "head": found.head.to_string() }),
                    );
                } else {
                    say!("The ledger is whole: {}.", entries(found.entries));
                    say!("head {}", found.head);
                }
                Ok(Exit::Fine)
            }
            Audit::Broken(found) => {
                if self.json {
                    output::print_json(&json!({ "whole": false, "seq": found.seq.0, "what": found.what }));
                } else {
                    say!("The ledger is broken: entry {} {}.", thousands(found.seq.0), found.what);
                }
                Ok(Exit::No)
            }
        }
    }
}

/// Write the ledger's entries, one a line
#[derive(Debug, Args)]
struct Export {
    /// One JSON object a line, with everything that the chain's hashes are over
    #[arg(long, conflicts_with = "csv")]
    json: bool,
    /// CSV with a header
    #[arg(long)]
    csv: bool,
    /// Decided at this moment or later (RFC 3339, or a day in China)
    #[arg(long, value_parser = moment)]
    since: Option<UnixTime>,
    /// Decided before this moment (the same)
    #[arg(long, value_parser = moment)]
    until: Option<UnixTime>,
    /// Asked by this caller
    #[arg(long, value_name = "ACCESS_KEY")]
    caller: Option<String>,
    /// Through this door
    #[arg(long, value_parser = DOORS)]
    door: Option<String>,
    /// With this verdict: match, mismatch, no_record, source_down …
    #[arg(long, value_parser = verdict)]
    verdict: Option<String>,
    /// About the one whose number stands on standard input
    #[arg(long, value_enum, value_name = "KIND")]
    subject: Option<Subject>,
    #[command(flatten)]
    place: Place,
}

/// Where decisions come from: the doors, and the desk; the operator's address and command line.
const DOORS: [&str; 8] = [
    jdcloud::NAME,
    alipay_gateway::NAME,
    alipay_v3::NAME,
    aliyun_domain::NAME,
    volcengine_sms::NAME,
    desk::NAME,
    "operator",
    "cli",
];

fn verdict(word: &str) -> Result<String, String> {
    if Ruling::words().any(|known| known == word) {
        return Ok(word.to_owned());
    }
    Err(format!("verdicts are {}", Ruling::words().collect::<Vec<_>>().join(", ")))
}

/// What kind of number a subject is named by.
#[derive(Clone, Copy, Debug, ValueEnum)]
enum Subject {
    Resident,
    Mobile,
    Bankcard,
    Company,
}

impl Export {
    fn run(self) -> Outcome {
        let (config, store) = self.place.open()?;
        let ledger = store.ledger();
        let subject = self.subject.map(|kind| tag(kind, |key| ledger.subject(key))).transpose()?;
        let filter = Filter {
            since: self.since,
            before: self.until,
            door: self.door.clone(),
            caller: self.caller.clone(),
            verdict: self.verdict.clone(),
            ..Filter::default()
        };
        let out = BufWriter::new(output::Out);
        let mut writer = match (self.json, self.csv) {
            (true, _) => Writer::Json(out),
            (_, true) => Writer::Csv(Box::new(csv::Writer::from_writer(out))),
            _ => Writer::Text(out),
        };
        let mut written = Ok(());
        let mut told = 0;
        ledger
            .export(&filter, |exported| {
                if subject.is_none_or(|subject| exported.entry.subject == subject) {
                    written = writer.write(&Line::of(&exported));
                    told += 1;
                }
                written.is_ok()
            })
            .map_err(|error| installation::store_trouble(config.data(), error))?;
        match written.and_then(|()| writer.finish()) {
            Err(error) if !output::is_lost() => {
                return Err(Trouble::broken("the entries cannot be written").because(error));
            }
            _ => {}
        }
        if told == 0 && !self.json && !self.csv && output::is_watched() {
            output::hint!("No entries to show.");
        }
        Ok(Exit::Fine)
    }
}

/// The tag of the subject whose number stands on standard input.
fn tag(kind: Subject, of: impl Fn(RecordKey<'_>) -> SubjectTag) -> Result<SubjectTag, Trouble> {
    let text = &*read_line("-".as_ref(), "number")?;
    let unreadable = |flaw: shiming_identity::Flaw| {
        Trouble::usage(format!("the number on standard input is not well formed: {flaw}"))
    };
    Ok(match kind {
        Subject::Resident => {
            let id = ResidentId::parse(text, today()).map_err(unreadable)?.value;
            of(RecordKey { kind: RecordKind::Resident, number: id.expose() })
        }
        Subject::Mobile => {
            let mobile = Mobile::parse(text).map_err(unreadable)?.value;
            of(RecordKey { kind: RecordKind::Mobile, number: mobile.expose() })
        }
        Subject::Bankcard => {
            let card = BankCard::parse(text).map_err(unreadable)?.value;
            of(RecordKey { kind: RecordKind::BankCard, number: card.expose() })
        }
        Subject::Company => {
            let number = CompanyNumber::parse(text).map_err(unreadable)?.value;
            of(RecordKey { kind: RecordKind::Company, number: number.expose() })
        }
    })
}

/// An entry as it is written; in the order of the chain's canonical form.
#[derive(Serialize)]
struct Line {
    seq: u64,
    at: String,
    request_id: String,
    door: String,
    caller: String,
    operation: String,
    check: &'static str,
    subject: String,
    verdict: &'static str,
    differing: String,
    silent: Option<String>,
    source: Option<String>,
    took_micros: u32,
    spent: Option<String>,
    spent_until: Option<String>,
    score: Option<f64>,
    before: String,
    hash: String,
}

impl Line {
    fn of(exported: &ExportedEntry) -> Self {
        let entry = &exported.entry;
        let (differing, silent) = match entry.ruling.verdict() {
            Some(Verdict::Mismatch(elements)) => (elements.iter().map(shiming_core::Element::word).collect(), None),
            Some(Verdict::CannotCheck(CannotCheck::SourceDown(source))) => (Vec::new(), Some(source.to_string())),
            _ => (Vec::new(), None),
        };
        Self {
            seq: exported.seq.0,
            at: entry.at.timestamp().to_string(),
            request_id: entry.request_id.clone(),
            door: entry.door.clone(),
            caller: entry.caller.clone(),
            operation: entry.operation.clone(),
            check: entry.ruling.asked(),
            subject: hex(&entry.subject.0),
            verdict: entry.ruling.word(),
            differing: differing.join(" "),
            silent,
            source: entry.source.as_ref().map(SourceId::to_string),
            took_micros: entry.took_micros,
            spent: exported.spent.map(|(key, _)| hex(&key)),
            spent_until: exported.spent.map(|(_, until)| until.timestamp().to_string()),
            score: entry.ruling.score().map(|score| f64::from(score.hundredths()) / 100.0),
            before: hex(&exported.before),
            hash: hex(&exported.hash),
        }
    }
}

enum Writer<W: Write> {
    Json(W),
    Csv(Box<csv::Writer<W>>),
    Text(W),
}

impl<W: Write> Writer<W> {
    fn write(&mut self, line: &Line) -> io::Result<()> {
        match self {
            Self::Json(out) => {
                serde_json::to_writer(&mut *out, line)?;
                out.write_all(b"\n")
            }
            Self::Csv(out) => out.serialize(line).map_err(io::Error::other),
            Self::Text(out) => {
                let Line { seq, at, door, caller, check, verdict, differing, took_micros, score, .. } = line;
                let score = score.map_or_else(String::new, |score| format!("  score {score:.2}"));
                let differing = if differing.is_empty() { String::new() } else { format!(" ({differing})") };
                let millis = f64::from(*took_micros) / 1000.0;
                writeln!(out, "{seq:>8}  {at}  {door}  {caller}  {check}  {verdict}{differing}{score}  {millis:.1} ms")
            }
        }
    }

    fn finish(self) -> io::Result<()> {
        match self {
            Self::Json(mut out) | Self::Text(mut out) => out.flush(),
            Self::Csv(mut out) => out.flush(),
        }
    }
}

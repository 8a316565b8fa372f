//! `shiming cases`: what callers have handed in, and deciding it.

mod decide;
mod show;

use std::sync::Arc;

use clap::{Args, Subcommand};
use serde_json::Value;
use shiming_core::{
    Case, Clock, Submitter,
    submit::{CasesError, Outcome as Decision, Review, State, Which},
};
use shiming_server::operator::described;
use shiming_store::Store;

use super::{Place, runtime, terms::number};
use crate::{
    clock::SystemClock,
    config::Config,
    output::{self, Table, hint, say},
    trouble::{Exit, Outcome, Trouble},
};

/// List, show and decide the cases that callers hand in with their papers
///
/// It works on the store directly, while a server runs on it or not.
#[derive(Debug, Args)]
pub(super) struct Cases {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    List(List),
    Show(show::Show),
    /// Say that a case is good; exit code 1 when it does not wait for that, or you may not
    Approve(decide::Approve),
    /// Say that a case is not good, and why; exit code 1 when it does not wait for that
    Reject(decide::Reject),
}

impl Cases {
    pub(super) fn run(self) -> Outcome {
        match self.command {
            Command::List(command) => command.run(),
            Command::Show(command) => command.run(),
            Command::Approve(command) => command.decide.run(Decision::Approve, command.reason),
            Command::Reject(command) => command.decide.run(Decision::Reject, Some(command.reason)),
        }
    }
}

/// The cases by number; exit code 1 when there is none
#[derive(Debug, Args)]
struct List {
    /// In this state alone
    #[arg(long, value_parser = state, value_name = "draft|under_review|approved|rejected|closed")]
    state: Option<State>,
    /// Of this door alone
    #[arg(long)]
    door: Option<String>,
    /// Of this caller alone
    #[arg(long)]
    caller: Option<String>,
    /// Of this kind alone, in the door's word
    #[arg(long)]
    kind: Option<String>,
    /// Those with greater numbers than this
    #[arg(long, value_name = "NUMBER", default_value_t = 0)]
    after: i64,
    /// At most so many
    #[arg(long, value_name = "N", default_value_t = 50, value_parser = number)]
    limit: usize,
    /// One JSON object a line
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    place: Place,
}

fn state(word: &str) -> Result<State, String> {
    let found = State::ALL.into_iter().find(|state| state.word() == word);
    found.ok_or_else(|| format!("states are {}", State::ALL.map(State::word).join(", ")))
}

/// A case by its number.
#[derive(Debug, Args)]
struct Numbered {
    /// Its number, as the list shows it
    #[arg(value_parser = clap::value_parser!(i64).range(1..))]
    number: i64,
    /// As one line of JSON
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    place: Place,
}

/// Where cases are worked on.
struct Bench {
    config: Config,
    store: Store,
    submitter: Submitter,
    review: Review,
    runtime: tokio::runtime::Runtime,
}

impl Bench {
    fn open(place: &Place) -> Result<Self, Trouble> {
        let (config, store) = place.open()?;
        let review = config.review.for_core()?;
        let clock: Arc<dyn Clock> = Arc::new(SystemClock::new(&config.clock));
        let submitter = Submitter::new(store.cases(), store.papers(), store.ledger(), clock);
        let runtime = runtime()?;
        Ok(Self { config, store, submitter, review, runtime })
    }

    fn wait<T>(&self, work: impl Future<Output = Result<T, CasesError>>) -> Result<T, Trouble> {
        self.runtime.block_on(work).map_err(|error| self.broken(error))
    }

    fn broken(&self, error: impl std::error::Error + Send + Sync + 'static) -> Trouble {
        Trouble::broken("the cases cannot be read or written")
            .because(error)
            .advice(format!("shiming doctor --data {}", self.config.data().display()))
    }

    fn find(&self, number: i64) -> Result<Case, Trouble> {
        let found = self.wait(described::by_number(&self.submitter, number))?;
        found.ok_or_else(|| Trouble::usage("there is no such case").advice("shiming cases list"))
    }
}

impl List {
    fn run(self) -> Outcome {
        let bench = Bench::open(&self.place)?;
        let Self { state, door, caller, kind, after, limit, json, .. } = self;
        let which = Which { state, door, caller, kind, behind: after, ..Which::default() };
        let mut cases = bench.wait(bench.submitter.list(&which, limit.saturating_add(1)))?;
        let more = cases.len() > limit;
        cases.truncate(limit);
        if json {
            for case in &cases {
                output::print_json(&described::summary(case));
            }
        } else if cases.is_empty() {
            say!("No case.");
        } else {
            let mut table = Table::new(["number", "door", "caller", "kind", "state", "round", "updated"]);
            for case in &cases {
                table.row([
                    case.key.number.to_string(),
                    case.key.door.clone(),
                    case.key.caller.clone(),
                    case.key.kind.clone(),
                    case.state.word().to_owned(),
                    case.round.to_string(),
                    case.updated.timestamp().to_string(),
                ]);
            }
            output::print(&table.text(""));
            if let Some(last) = cases.last().filter(|_| more) {
                hint!("there are more: --after {}", last.key.number);
            }
            hint!("shiming cases show NUMBER shows a case; approve and reject decide");
        }
        Ok(if cases.is_empty() { Exit::No } else { Exit::Fine })
    }
}

/// A line for each member that says something; a list has a line for each of it.
fn rows(table: &mut Table, front: &str, told: &Value) {
    match told {
        Value::Null => {}
        Value::Object(members) => members.iter().for_each(|(name, value)| rows(table, &join(front, name), value)),
        Value::Array(list) => list.iter().for_each(|one| match one {
            Value::Object(members) => table.row([front.to_owned(), line(members)]),
            other => rows(table, front, other),
        }),
        Value::String(text) => table.row([front.to_owned(), text.clone()]),
        other => table.row([front.to_owned(), other.to_string()]),
    }
}

fn join(front: &str, name: &str) -> String {
    let name = name.replace('_', " ");
    if front.is_empty() { name } else { format!("{front} {name}") }
}

fn line(members: &serde_json::Map<String, Value>) -> String {
    let said = |value: &Value| match value {
        Value::Null => None,
        Value::String(text) => Some(text.clone()),
        other => Some(other.to_string()),
    };
    members.iter().filter_map(|(name, value)| Some(format!("{name} {}", said(value)?))).collect::<Vec<_>>().join(", ")
}

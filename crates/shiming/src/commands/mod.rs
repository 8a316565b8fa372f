//! The subcommands.

mod callers;
mod cases;
mod cast;
mod check;
mod completions;
mod demo;
mod doctor;
mod explain;
mod face;
mod inspect;
mod keys;
mod ledger;
mod models;
mod operators;
mod registry;
mod replay;
mod serve;
mod sessions;
mod terms;
mod webhooks;

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand};
use shiming_store::Store;

use crate::{
    config::Config,
    installation::{self, Absent},
    trouble::{Outcome, Trouble},
};

/// Real-name verification (实名) that vendors' own SDKs work against.
// No `Debug`: people's values stand in some commands.
#[derive(Parser)]
#[command(
    name = "shiming",
    version,
    max_term_width = 100,
    after_help = "Begin with `shiming demo`.\nExit codes: 0 fine, 1 the answer is no, 2 used wrongly, 3 something is broken, 130 stopped by a signal."
)]
pub(crate) struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    Demo(demo::Demo),
    Serve(serve::Serve),
    Callers(callers::Callers),
    Registry(registry::Registry),
    Check(check::Check),
    Inspect(inspect::Inspect),
    Explain(explain::Explain),
    Replay(replay::Replay),
    Ledger(ledger::Ledger),
    Sessions(sessions::Sessions),
    Cases(cases::Cases),
    Operators(operators::Operators),
    Webhooks(webhooks::Webhooks),
    Keys(keys::Keys),
    Models(models::Models),
    Face(face::Face),
    Doctor(doctor::Doctor),
    Cast(cast::Cast),
    Completions(completions::Completions),
}

impl Cli {
    /// Runs the subcommand.
    pub(crate) fn run(self) -> Outcome {
        match self.command {
            Command::Demo(command) => command.run(),
            Command::Serve(command) => command.run(),
            Command::Callers(command) => command.run(),
            Command::Registry(command) => command.run(),
            Command::Check(command) => command.run(),
            Command::Inspect(command) => command.run(),
            Command::Explain(command) => command.run(),
            Command::Replay(command) => command.run(),
            Command::Ledger(command) => command.run(),
            Command::Sessions(command) => command.run(),
            Command::Cases(command) => command.run(),
            Command::Operators(command) => command.run(),
            Command::Webhooks(command) => command.run(),
            Command::Keys(command) => command.run(),
            Command::Models(command) => command.run(),
            Command::Face(command) => command.run(),
            Command::Doctor(command) => command.run(),
            Command::Cast(command) => command.run(),
            Command::Completions(command) => command.run(),
        }
    }
}

/// Runs what a command waits for, on its own thread.
fn runtime() -> Result<tokio::runtime::Runtime, Trouble> {
    tokio::runtime::Builder::new_current_thread()
        .enable_time()
        .build()
        .map_err(|error| Trouble::broken("the runtime could not be started").because(error))
}

/// Which installation a command works on.
#[derive(Clone, Debug, Default, Args)]
struct Place {
    /// The configuration file; without it, `shiming.toml` here if there is one
    #[arg(short, long, value_name = "FILE", env = "SHIMING_CONFIG", hide_env = true)]
    config: Option<PathBuf>,
    /// The data directory, before what the configuration says
    #[arg(long, value_name = "DIR")]
    data: Option<PathBuf>,
}

impl Place {
    fn config(&self) -> Result<Config, Trouble> {
        Ok(Config::load(self.config.as_deref())?.with_data(self.data.as_ref()))
    }

    /// Its store, which must be there.
    fn open(&self) -> Result<(Config, Store), Trouble> {
        let config = self.config()?;
        let store = installation::open(&config, Absent::Refuse)?;
        Ok((config, store))
    }
}

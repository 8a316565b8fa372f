//! `shiming webhooks`: notices of decisions that wait, were delivered, or that nobody took.

use clap::{Args, Subcommand};
use shiming_core::{
    Clock as _,
    submit::{Outbox as _, Standing},
};
use shiming_server::operator::described;

use super::{Place, runtime, terms::number};
use crate::{
    clock::SystemClock,
    output::{self, Table, say},
    trouble::{Exit, Outcome, Trouble},
};

/// List notices to callers' systems, and put dead ones back
///
/// Where a caller is told is set with `shiming callers webhook`.
#[derive(Debug, Args)]
pub(super) struct Webhooks {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    List(List),
    Requeue(Requeue),
}

/// Notices, oldest first; exit code 1 when there is none
#[derive(Debug, Args)]
struct List {
    /// How far they have come
    #[arg(long, default_value = "dead", value_parser = standing, value_name = "waiting|delivered|dead")]
    standing: Standing,
    /// At most so many
    #[arg(long, value_name = "N", default_value_t = 50, value_parser = number)]
    limit: usize,
    /// One JSON object a line
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    place: Place,
}

/// Have a dead notice tried again, from the start; exit code 1 when no dead one has that id
#[derive(Debug, Args)]
struct Requeue {
    /// Its id, as the list shows it
    id: String,
    #[command(flatten)]
    place: Place,
}

fn standing(word: &str) -> Result<Standing, String> {
    let found = Standing::ALL.into_iter().find(|standing| standing.word() == word);
    found.ok_or_else(|| format!("notices are {}", Standing::ALL.map(Standing::word).join(", ")))
}

impl Webhooks {
    pub(super) fn run(self) -> Outcome {
        match self.command {
            Command::List(command) => command.run(),
            Command::Requeue(command) => command.run(),
        }
    }
}

impl List {
    fn run(self) -> Outcome {
        let (_, store) = self.place.open()?;
        let notices = wait(store.outbox().notices(self.standing, 0, self.limit))?;
        if self.json {
            for notice in &notices {
                output::print_json(&described::notice(notice));
            }
        } else if notices.is_empty() {
            say!("No notice.");
        } else {
            let mut table = Table::new(["id", "event", "door", "caller", "case", "decided", "attempts", "why"]);
            for notice in &notices {
                table.row([
                    notice.id.as_str(),
                    notice.event.word(),
                    &notice.key.door,
                    &notice.key.caller,
                    &notice.key.number.to_string(),
                    &notice.at.timestamp().to_string(),
                    &notice.attempts.to_string(),
                    notice.why.as_deref().unwrap_or_default(),
                ]);
            }
            output::print(&table.text(""));
        }
        Ok(if notices.is_empty() { Exit::No } else { Exit::Fine })
    }
}

impl Requeue {
    fn run(self) -> Outcome {
        let (config, store) = self.place.open()?;
        let now = SystemClock::new(&config.clock).now();
        let outbox = store.outbox();
        let back = wait(outbox.requeue(&self.id, now))?;
        store.close();
        if back {
            say!("{} is tried again.", self.id);
        } else {
            say!("No dead notice has this id.");
        }
        Ok(if back { Exit::Fine } else { Exit::No })
    }
}

fn wait<T>(work: impl Future<Output = Result<T, shiming_core::submit::CasesError>>) -> Result<T, Trouble> {
    let done = runtime()?.block_on(work);
    done.map_err(|error| {
        Trouble::broken("the notices cannot be read or written").because(error).advice("shiming doctor")
    })
}

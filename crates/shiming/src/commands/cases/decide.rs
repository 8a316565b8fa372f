//! `shiming cases approve` and `reject`.

use std::time::Instant;

use clap::Args;
use serde_json::json;
use shiming_core::{
    Asking, Case, SubmitFault,
    submit::{Decision, Outcome as Ruling, State},
};
use shiming_server::operator::described;

use super::{Bench, Numbered};
use crate::{
    commands::operators::{self, name},
    installation::random_hex,
    output::{self, say},
    trouble::{Exit, Outcome},
};

#[derive(Debug, Args)]
pub(super) struct Approve {
    #[command(flatten)]
    pub(super) decide: Decide,
    /// Why, for the caller to read
    #[arg(long, value_name = "TEXT")]
    pub(super) reason: Option<String>,
}

#[derive(Debug, Args)]
pub(super) struct Reject {
    #[command(flatten)]
    pub(super) decide: Decide,
    /// Why, for the caller to read
    #[arg(long, value_name = "TEXT", value_parser = reason)]
    pub(super) reason: String,
}

/// A decision on a case.
#[derive(Debug, Args)]
pub(super) struct Decide {
    #[command(flatten)]
    numbered: Numbered,
    /// Who decides: an operator who is a reviewer or admin. Any name while there are no operators
    #[arg(long, value_name = "NAME", value_parser = name)]
    by: String,
    /// Only if the case still has this version, as `show` printed it
    #[arg(long, value_name = "VERSION")]
    seen: Option<u64>,
}

fn reason(text: &str) -> Result<String, String> {
    if text.trim().is_empty() { Err("a reason is wanted".into()) } else { Ok(text.to_owned()) }
}

impl Decide {
    pub(super) fn run(self, outcome: Ruling, reason: Option<String>) -> Outcome {
        let bench = Bench::open(&self.numbered.place)?;
        operators::may_decide(&bench.config, &bench.store, Some(&self.by))?;
        let case = bench.find(self.numbered.number)?;
        let request_id = random_hex(16)?;
        let asking = Asking {
            door: "cli",
            caller: &case.key.caller,
            operation: described::outcome(outcome),
            request_id: &request_id,
            arrived: Instant::now(),
        };
        let decision = Decision { outcome, reason: reason.unwrap_or_default(), by: self.by };
        let decided = bench.runtime.block_on(async {
            match self.seen {
                Some(seen) if seen != case.version => Ok(None),
                Some(_) => bench.submitter.decide_as_seen(asking, &case, decision, bench.review).await,
                None => bench.submitter.decide(asking, &case.key, decision, bench.review).await.map(Some),
            }
        });
        let told = match decided {
            Ok(Some(case)) => Ok(case),
            Ok(None) => Err("the case has changed since it was looked at".to_owned()),
            Err(SubmitFault::Forbidden(forbidden)) => Err(forbidden.to_string()),
            Err(fault) => return Err(bench.broken(fault)),
        };
        bench.store.close();
        Ok(tell(told, self.numbered.json))
    }
}

fn tell(decided: Result<Case, String>, json: bool) -> Exit {
    match decided {
        Ok(case) => {
            if json {
                output::print_json(&described::summary(&case));
            } else if case.state == State::UnderReview {
                say!(
                    "{}: approved by {}; another operator's approval is wanted",
                    case.key.number,
                    case.approvals.join(", ")
                );
            } else {
                say!("{}: {}", case.key.number, case.state.word());
            }
            Exit::Fine
        }
        Err(why) => {
            if json {
                output::print_json(&json!({ "refused": why }));
            } else {
                say!("Not decided: {why}.");
            }
            Exit::No
        }
    }
}

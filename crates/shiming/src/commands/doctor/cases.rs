//! What waits for a person: cases for a decision, notices that nobody took; and papers that cannot be opened.

use shiming_core::{
    CallerState, Case, Cases as _, Papers as _, UnixTime,
    submit::{CasesError, Notice, Outbox as _, Standing, State, Which},
};
use shiming_store::Store;

use super::Findings;
use crate::{commands::runtime, config::Config, trouble::chain};

/// So many are counted; beyond that it says "more than".
const MOST: usize = 1000;
/// A case that waits longer should be looked at, in seconds: vendors promise their own callers some working days.
const LONG: i64 = 5 * 24 * 60 * 60;

pub(super) fn look(config: &Config, store: &Store, now: UnixTime, findings: &mut Findings) {
    let runtime = match runtime() {
        Ok(runtime) => runtime,
        Err(trouble) => return findings.trouble("cases", &trouble),
    };
    match runtime.block_on(seen(store)) {
        Ok(Seen { waiting, paper, dead }) => {
            cases(&waiting, now, findings);
            if let Err(why) = paper {
                findings.bad(
                    "papers",
                    format!("the newest case's cannot be opened: {why}"),
                    format!("restore {} as it was with the databases", config.data().join("papers").display()),
                );
            }
            notices(store, &dead, findings);
        }
        Err(why) => findings.bad("cases", format!("they cannot be read: {why}"), "shiming doctor --deep"),
    }
}

/// What was found in the store.
struct Seen {
    waiting: Vec<Case>,
    /// Whether a paper of the newest of these can be opened: one shows that folder and keys are the right ones.
    paper: Result<(), String>,
    dead: Vec<Notice>,
}

async fn seen(store: &Store) -> Result<Seen, String> {
    let which = Which { state: Some(State::UnderReview), ..Which::default() };
    let waiting = store.cases().list(&which, MOST + 1).await.map_err(|error| chain(&error))?;
    let dead = store.outbox().notices(Standing::Dead, 0, MOST + 1).await.map_err(|error| chain(&error))?;
    let paper = match waiting.last() {
        Some(case) => open_paper(store, case).await.map_err(|error| chain(&error)),
        None => Ok(()),
    };
    Ok(Seen { waiting, paper, dead })
}

async fn open_paper(store: &Store, case: &Case) -> Result<(), CasesError> {
    let papers = store.cases().papers(&case.key).await?;
    match papers.iter().find(|filed| filed.superseded.is_none()) {
        Some(filed) => store.papers().get(&filed.stored).await.map(drop),
        None => Ok(()),
    }
}

fn cases(waiting: &[Case], now: UnixTime, findings: &mut Findings) {
    let oldest = waiting.iter().map(|case| case.updated).min();
    match oldest {
        None => findings.ok("cases", "none waits for a decision"),
        Some(oldest) if now.secs() - oldest.secs() > LONG => findings.look(
            "cases",
            format!("{} for a decision, the first since {}", wait(waiting.len()), oldest.timestamp()),
            "shiming cases list --state under_review",
        ),
        Some(_) => findings.ok("cases", format!("{} for a decision", wait(waiting.len()))),
    }
}

fn wait(count: usize) -> String {
    match count {
        1 => "1 waits".to_owned(),
        2..=MOST => format!("{count} wait"),
        _ => format!("more than {MOST} wait"),
    }
}

fn notices(store: &Store, dead: &[Notice], findings: &mut Findings) {
    let told = store.callers().list().unwrap_or_default();
    let told = told.iter().filter(|caller| caller.state == CallerState::Enabled);
    let told = told.filter(|caller| caller.settings.contains_key("webhook_url")).count();
    if !dead.is_empty() {
        let count = dead.len().min(MOST);
        findings.look("webhooks", format!("notices that nobody took: {count}"), "shiming webhooks list, and requeue");
    } else if told > 0 {
        findings.ok("webhooks", format!("callers that are told of decisions: {told}"));
    }
}

//! What the desk does by itself: erasing what is no longer needed, and asking again where nobody could decide.

use std::{sync::Arc, time::Duration};

use shiming_core::{Session, UnixTime, redeem::StepFault};

use super::{NAME, visit::asking};
use crate::doors::alipay::{Numbers, Tools};

/// Sessions that have been over for so long are forgotten, and their handles may be used again.
const FORGET_AFTER_MILLIS: i64 = 30 * 24 * 60 * 60 * 1000;
/// A source that was down is not asked again sooner.
pub(super) const RETRY_AFTER_MILLIS: i64 = 10_000;
/// So many sessions are tried again in one turn.
const AT_ONCE: usize = 100;
const EVERY: Duration = Duration::from_secs(30);

/// Notes what has expired, erases people's values of what is decided or over, forgets old sessions, and tries again what
/// the check could not decide: now and then, for as long as it is run. People may close the page; what they gave is
/// decided all the same. The desk itself erases a person as soon as it is told of a decision.
pub async fn look_after(tools: Arc<Tools>) {
    let numbers = Numbers::new(&*tools.random);
    let mut turn = tokio::time::interval(EVERY);
    turn.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    loop {
        turn.tick().await;
        try_again(&tools, &numbers).await;
        sweep(&tools).await;
    }
}

/// Erases and forgets, once.
pub(super) async fn sweep(tools: &Tools) {
    let now = tools.clock.now();
    match tools.redeemer.sessions().sweep(now, now.plus_millis(-FORGET_AFTER_MILLIS)).await {
        Ok(swept) if swept == shiming_core::redeem::Swept::default() => {}
        Ok(swept) => tracing::info!(
            door = NAME,
            expired = swept.expired,
            erased = swept.erased,
            forgotten = swept.forgotten,
            "sessions of the desk were cleaned up"
        ),
        Err(error) => tracing::error!(door = NAME, error = ?error, "sessions of the desk cannot be cleaned up"),
    }
}

async fn try_again(tools: &Tools, numbers: &Numbers) {
    let now = tools.clock.now();
    let before = now.plus_millis(-RETRY_AFTER_MILLIS);
    let undecided = match tools.redeemer.sessions().undecided(now, before, AT_ONCE).await {
        Ok(undecided) => undecided,
        Err(error) => return tracing::error!(door = NAME, error = ?error, "sessions of the desk cannot be listed"),
    };
    for session in undecided {
        match verify(tools, &session, numbers, now).await {
            // Whatever else the session says, it has moved on.
            Ok(_) | Err(StepFault::Forbidden(_)) => {}
            Err(StepFault::Sessions(error)) => {
                return tracing::error!(door = NAME, error = ?error, "a session of the desk cannot be decided");
            }
        }
    }
}

/// Lets the check look at a session again.
pub(super) async fn verify(
    tools: &Tools,
    session: &Session,
    numbers: &Numbers,
    now: UnixTime,
) -> Result<Session, StepFault> {
    let request_id = numbers.trace_id(now);
    tools.redeemer.verify(asking(&session.key.caller, &request_id), &session.key).await
}

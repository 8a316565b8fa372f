//! Erasing what is no longer needed.

use std::{sync::Arc, time::Duration};

use crate::doors::alipay::Tools;

/// Sessions that have been over for so long are forgotten, and their handles may be used again.
const FORGET_AFTER_MILLIS: i64 = 30 * 24 * 60 * 60 * 1000;
const EVERY: Duration = Duration::from_mins(1);

/// Notes what has expired, erases people's values of what is decided or over, and forgets old sessions, now and then for
/// as long as it is run. The desk itself erases a person as soon as it is told of a decision.
pub async fn keep_clean(tools: Arc<Tools>) {
    let mut turn = tokio::time::interval(EVERY);
    turn.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    loop {
        turn.tick().await;
        once(&tools).await;
    }
}

/// Does it once.
pub(super) async fn once(tools: &Tools) {
    let now = tools.clock.now();
    match tools.redeemer.sessions().sweep(now, now.plus_millis(-FORGET_AFTER_MILLIS)).await {
        Ok(swept) if swept == shiming_core::redeem::Swept::default() => {}
        Ok(swept) => tracing::info!(
            expired = swept.expired,
            erased = swept.erased,
            forgotten = swept.forgotten,
            "sessions of the desk were cleaned up"
        ),
        Err(error) => tracing::error!(error = ?error, "sessions of the desk cannot be cleaned up"),
    }
}

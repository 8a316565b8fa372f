//! Notices to callers' systems: lists, one of them, and putting one back that nobody took.

use serde_json::json;
use shiming_core::{
    Operator,
    submit::{Notice, Standing},
};

use super::{
    Asked, NAME, Reply, Tools, broken, json,
    look::{page, parameters},
    problem::{Kind, Problem},
};
use crate::operator::described;

/// Longer than any number of a notice.
const LONGEST_ID: usize = 64;

pub(super) async fn list(tools: &Tools, asked: &Asked<'_>) -> Result<Reply, Problem> {
    let [standing, after, limit] = parameters(asked.query, ["standing", "after", "limit"])?;
    // Those that somebody has to do something about, as the command lists them.
    let standing = match standing {
        None => Standing::Dead,
        Some(word) => standing_of(&word).ok_or_else(|| Problem::new(Kind::BadQuery, "standing is no standing"))?,
    };
    let (behind, limit) = page(after.as_deref(), limit.as_deref())?;
    // One more than is shown tells whether there is a next page.
    let found = tools.outbox.notices(standing, behind, limit + 1).await;
    let mut notices = found.map_err(|error| broken(asked, &error))?;
    let more = notices.len() > limit;
    notices.truncate(limit);
    let next = notices.last().filter(|_| more).map(|notice| notice.place);
    let notices: Vec<_> = notices.iter().map(described::notice).collect();
    Ok(json(&json!({ "webhooks": notices, "next": next }), "listed"))
}

pub(super) async fn show(tools: &Tools, asked: &Asked<'_>) -> Result<Reply, Problem> {
    let [] = parameters(asked.query, [])?;
    let notice = find(tools, asked).await?;
    Ok(json(&described::notice(&notice), "shown"))
}

/// Has a notice tried again, from the start.
pub(super) async fn requeue(tools: &Tools, asked: &Asked<'_>, operator: &Operator) -> Result<Reply, Problem> {
    let [] = parameters(asked.query, [])?;
    if !matches!(asked.call.request.body, b"" | b"{}") {
        return Err(Problem::new(Kind::BadBody, "nothing is expected in it"));
    }
    let notice = find(tools, asked).await?;
    let back = tools.outbox.requeue(&notice.id, tools.clock.now()).await;
    if !back.map_err(|error| broken(asked, &error))? {
        return Err(Problem::new(Kind::NotDead, "it waits for its next attempt, or was delivered"));
    }
    let (by, id) = (operator.name.as_str(), notice.id.as_str());
    tracing::info!(door = NAME, request_id = asked.request_id, operator = by, id, "a notice was put back");
    let notice = find(tools, asked).await?;
    Ok(json(&described::notice(&notice), "requeued"))
}

/// The notice that a path names.
async fn find(tools: &Tools, asked: &Asked<'_>) -> Result<Notice, Problem> {
    let no_notice = || Problem::new(Kind::NoNotice, "no notice has this id, or it was delivered and is forgotten");
    let id = asked.at.first().filter(|id| id.len() <= LONGEST_ID).ok_or_else(no_notice)?;
    let found = tools.outbox.notice(id).await;
    found.map_err(|error| broken(asked, &error))?.ok_or_else(no_notice)
}

fn standing_of(word: &str) -> Option<Standing> {
    Standing::ALL.into_iter().find(|standing| standing.word() == word)
}

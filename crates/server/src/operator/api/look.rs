//! Looking: lists, a case, a picture.

use std::borrow::Cow;

use bytes::Bytes;
use http::{HeaderValue, StatusCode, header};
use serde_json::json;
use shiming_core::{
    Operator, Role,
    submit::{Media, State, Which},
};
use shiming_wire::alipay::form;

use super::{
    Asked, NAME, Reply, Tools, access, broken, json,
    problem::{Kind, Problem},
    routes, tag,
};
use crate::operator::{
    described::{self, media_type},
    shown::Shown,
};

/// How much a page has, unless it is said.
const PAGE: usize = 50;
/// The most.
const MOST: usize = 200;

pub(super) async fn list(tools: &Tools, asked: &Asked<'_>) -> Result<Reply, Problem> {
    let [state, door, caller, kind, after, limit] =
        parameters(asked.query, ["state", "door", "caller", "kind", "after", "limit"])?;
    let bad = |detail| move || Problem::new(Kind::BadQuery, detail);
    let state = state.map(|word| state_of(&word).ok_or_else(bad("state is no state"))).transpose()?;
    let (behind, limit) = page(after.as_deref(), limit.as_deref())?;
    let which = Which { state, door, caller, kind, behind, ..Which::default() };
    // One more than is shown tells whether there is a next page.
    let mut cases = tools.submitter.list(&which, limit + 1).await.map_err(|error| broken(asked, &error))?;
    let more = cases.len() > limit;
    cases.truncate(limit);
    let next = cases.last().filter(|_| more).map(|case| case.key.number);
    let cases: Vec<_> = cases.iter().map(described::summary).collect();
    Ok(json(&json!({ "cases": cases, "next": next }), "listed"))
}

pub(super) async fn show(tools: &Tools, asked: &Asked<'_>, operator: &Operator) -> Result<Reply, Problem> {
    let [reveal] = parameters(asked.query, ["reveal"])?;
    let shown = match reveal.as_deref() {
        None | Some("false") => Shown::Masked,
        Some("true") if operator.may(Role::Reviewer) => Shown::Whole,
        Some("true") => return Err(access::not_enough()),
        Some(_) => return Err(Problem::new(Kind::BadQuery, "reveal is true or false")),
    };
    let case = tools.case(asked).await?;
    let looked = described::look(&tools.submitter, &tools.forms, case).await.map_err(|error| broken(asked, &error))?;
    if shown == Shown::Whole {
        let (by, case) = (operator.name.as_str(), looked.case.key.number);
        tracing::info!(door = NAME, request_id = asked.request_id, operator = by, case, "a case was shown in full");
    }
    let mut reply = json(&described::whole(&looked, tools.review, shown), "shown");
    reply.headers.push((header::ETAG, tag(&looked.case)));
    Ok(reply)
}

pub(super) async fn paper(tools: &Tools, asked: &Asked<'_>, operator: &Operator) -> Result<Reply, Problem> {
    let [] = parameters(asked.query, [])?;
    let case = tools.case(asked).await?;
    let papers = described::papers(&tools.submitter, &case.key).await.map_err(|error| broken(asked, &error))?;
    let index = asked.at.get(1).and_then(|text| usize::try_from(routes::number(text)?).ok());
    let filed = index.and_then(|index| Some((index, papers.get(index.checked_sub(1)?)?)));
    let (index, filed) = filed.ok_or_else(|| Problem::new(Kind::NoPaper, "the case lists its papers, from 1"))?;
    let paper = tools.submitter.papers().get(&filed.stored).await.map_err(|error| broken(asked, &error))?;
    let (by, number) = (operator.name.as_str(), case.key.number);
    tracing::info!(
        door = NAME,
        request_id = asked.request_id,
        operator = by,
        case = number,
        index,
        "a paper was shown"
    );
    // A picture is shown where it is asked for; what may do more than be looked at is saved.
    let how = if paper.media == Media::Pdf { "attachment" } else { "inline" };
    let disposition = format!("{how}; filename=\"{}\"", described::file_name(number, index, filed));
    let mut headers = vec![(header::CONTENT_TYPE, HeaderValue::from_static(media_type(paper.media)))];
    headers.extend(HeaderValue::from_str(&disposition).map(|value| (header::CONTENT_DISPOSITION, value)));
    Ok(Reply { status: StatusCode::OK, headers, body: Bytes::from(paper.bytes), word: "shown" })
}

fn state_of(word: &str) -> Option<State> {
    State::ALL.into_iter().find(|state| state.word() == word)
}

/// Where a page begins, and how much it has at most.
pub(super) fn page(after: Option<&str>, limit: Option<&str>) -> Result<(i64, usize), Problem> {
    let bad = |detail| Problem::new(Kind::BadQuery, detail);
    let behind = match after {
        None | Some("0") => 0,
        Some(text) => routes::number(text).ok_or_else(|| bad("after is not what a list's next was"))?,
    };
    let limit = limit.map_or(Some(PAGE), at_most).ok_or_else(|| bad("limit is not a number from 1 to 200"))?;
    Ok((behind, limit))
}

fn at_most(text: &str) -> Option<usize> {
    let limit = usize::try_from(routes::number(text)?).ok()?;
    (limit <= MOST).then_some(limit)
}

/// The parameters of these names, each at most once, and no others: one that is misspelt would list too much.
pub(super) fn parameters<const N: usize>(query: &str, names: [&str; N]) -> Result<[Option<String>; N], Problem> {
    let bad = |detail: &'static str| Problem::new(Kind::BadQuery, detail);
    let mut found = [const { None }; N];
    for field in form::fields(query.as_bytes()) {
        let known = names.iter().zip(&mut found).find(|(name, _)| name.as_bytes() == &*field.name);
        let Some((_, place)) = known else { return Err(bad("there is a parameter that is not known here")) };
        let value = text(field.value).ok_or_else(|| bad("a parameter is not text"))?;
        if place.replace(value).is_some() {
            return Err(bad("a parameter is there twice"));
        }
    }
    Ok(found)
}

fn text(bytes: Cow<'_, [u8]>) -> Option<String> {
    String::from_utf8(bytes.into_owned()).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parameters_are_known_and_come_once() {
        let read = |query| parameters(query, ["state", "after"]);
        assert_eq!(read("after=7&state=a%20b").unwrap(), [Some("a b".into()), Some("7".into())]);
        assert_eq!(read("").unwrap(), [None, None]);
        for bad in ["stat=a", "after=1&after=1", "state=%ff", "=", "State=a"] {
            assert!(read(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn a_page_has_one_to_two_hundred() {
        assert_eq!(
            ["1", "200", "0", "201", "-1", "x", ""].map(at_most),
            [Some(1), Some(200), None, None, None, None, None]
        );
    }
}

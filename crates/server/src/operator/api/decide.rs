//! Deciding, on the version that was looked at.

use http::{HeaderMap, header};
use serde::Deserialize;
use shiming_core::{
    Asking, Case, Operator, SubmitFault,
    submit::{CasesError, Decision, Forbidden, Outcome as Ruling},
};

use super::{
    Asked, NAME, Reply, Tools, broken, internal, json,
    look::parameters,
    problem::{Kind, Problem},
    tag,
};
use crate::operator::described;

/// What a decision's body holds.
#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct Body {
    version: Option<u64>,
    reason: Option<String>,
}

/// The longest reason, in characters: callers read it in a field of their vendor's.
const LONGEST_REASON: usize = 1000;

/// Where the operator named the version.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Named {
    Body,
    Header,
}

pub(super) async fn decide(
    tools: &Tools,
    asked: &Asked<'_>,
    operator: &Operator,
    outcome: Ruling,
) -> Result<Reply, Problem> {
    let [] = parameters(asked.query, [])?;
    let request = &asked.call.request;
    let body = read(request.headers, request.body)?;
    let matches = if_match(request.headers)?;
    let reason = reason(body.reason, outcome)?;
    let case = tools.case(asked).await?;
    let named = named(&case, body.version, matches.as_deref())?;
    let decision = Decision { outcome, reason, by: operator.name.clone() };
    let asking = Asking {
        door: NAME,
        caller: &case.key.caller,
        operation: described::outcome(outcome),
        request_id: asked.request_id,
        arrived: asked.call.arrived,
    };
    let decided = tools.submitter.decide_as_seen(asking, &case, decision, tools.review).await;
    let decided = decided.map_err(|fault| refused(asked, fault))?.ok_or_else(|| overtaken(named))?;
    tracing::info!(
        door = NAME,
        request_id = asked.request_id,
        operator = operator.name,
        case = decided.key.number,
        decision = described::outcome(outcome),
        state = decided.state.word(),
        "a case was decided"
    );
    let mut reply = json(&described::summary(&decided), decided.state.word());
    reply.headers.push((header::ETAG, tag(&decided)));
    Ok(reply)
}

/// No body says nothing, as `{}` does.
fn read(headers: &HeaderMap, body: &[u8]) -> Result<Body, Problem> {
    if body.is_empty() {
        return Ok(Body::default());
    }
    let kind = headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let kind = kind.split(';').next().unwrap_or_default().trim();
    if !kind.eq_ignore_ascii_case("application/json") {
        return Err(Problem::new(Kind::NotJson, "send it as Content-Type: application/json"));
    }
    // The parser's message may repeat what was sent.
    serde_json::from_slice(body)
        .map_err(|_| Problem::new(Kind::BadBody, "it is to be a JSON object with version and reason, and nothing else"))
}

/// The reason: wanted where something is refused.
fn reason(given: Option<String>, outcome: Ruling) -> Result<String, Problem> {
    let reason = given.unwrap_or_default();
    let bad = |detail| Err(Problem::new(Kind::Reason, detail));
    match outcome {
        Ruling::Reject if reason.trim().is_empty() => bad("a rejection wants a reason: the caller reads it"),
        _ if reason.chars().count() > LONGEST_REASON => bad("it has at most 1000 characters"),
        _ if reason.chars().any(|c| c.is_control() && c != '\n') => bad("it has control characters in it"),
        Ruling::Approve | Ruling::Reject => Ok(reason),
    }
}

/// Where the operator has named the version that they have seen, if the case still has it.
fn named(case: &Case, body: Option<u64>, matches: Option<&[u64]>) -> Result<Named, Problem> {
    match (body, matches) {
        (_, Some(tags)) if !tags.contains(&case.version) => Err(overtaken(Named::Header)),
        (Some(version), _) if version != case.version => Err(overtaken(Named::Body)),
        (Some(_), _) => Ok(Named::Body),
        (None, Some(_)) => Ok(Named::Header),
        (None, None) => {
            Err(Problem::new(Kind::NoVersion, "name it as version in the body, or as If-Match with the case's ETag"))
        }
    }
}

fn overtaken(named: Named) -> Problem {
    let kind = match named {
        Named::Body => Kind::Changed,
        Named::Header => Kind::Overtaken,
    };
    Problem::new(kind, "look at it again, and then decide")
}

/// The versions of `If-Match`; none without it. What is no version of ours matches nothing; `*` names none.
fn if_match(headers: &HeaderMap) -> Result<Option<Vec<u64>>, Problem> {
    let mut versions = Vec::new();
    let mut lines = headers.get_all(header::IF_MATCH).iter().peekable();
    if lines.peek().is_none() {
        return Ok(None);
    }
    for line in lines {
        for tag in line.to_str().unwrap_or_default().split(',').map(str::trim) {
            if tag == "*" {
                return Err(Problem::new(Kind::NoVersion, "If-Match: * names no version"));
            }
            let version = tag.strip_prefix('"').and_then(|rest| rest.strip_suffix('"'));
            versions.extend(version.and_then(|version| version.parse::<u64>().ok()));
        }
    }
    Ok(Some(versions))
}

/// Why a decision was not taken, as a problem.
fn refused(asked: &Asked<'_>, fault: SubmitFault) -> Problem {
    let forbidden = match fault {
        SubmitFault::Forbidden(forbidden) => forbidden,
        SubmitFault::Cases(error) => return broken(asked, &error),
        SubmitFault::Ledger(error) => return internal(asked.request_id, &error),
        // A decision spends nothing.
        SubmitFault::Replayed => return broken(asked, &CasesError("a decision was taken for a repetition".into())),
    };
    let kind = match forbidden {
        Forbidden::Unknown => Kind::NoCase,
        Forbidden::OwnWork => Kind::OwnWork,
        Forbidden::SameOperator => Kind::SameOperator,
        Forbidden::From(_) | Forbidden::NameTaken | Forbidden::Full | Forbidden::Twice => Kind::State,
    };
    Problem::new(kind, forbidden.to_string())
}

#[cfg(test)]
mod tests {
    use http::HeaderValue;

    use super::*;

    fn tags(value: &str) -> Option<Vec<u64>> {
        let headers = HeaderMap::from_iter([(header::IF_MATCH, HeaderValue::from_str(value).unwrap())]);
        if_match(&headers).unwrap()
    }

    #[test]
    fn entity_tags_are_versions() {
        assert_eq!(tags("\"7\""), Some(vec![7]));
        assert_eq!(tags("\"7\", \"8\""), Some(vec![7, 8]));
        for nothing in ["7", "W/\"7\"", "\"x\"", "", "\"-1\"", "\""] {
            assert_eq!(tags(nothing), Some(vec![]), "{nothing}");
        }
        assert_eq!(if_match(&HeaderMap::new()).unwrap(), None);
    }

    #[test]
    fn a_reason_is_text_that_somebody_can_read() {
        let fits = |text: &str, outcome| reason(Some(text.into()), outcome).is_ok();
        assert!(fits("印章不清\n请重新上传", Ruling::Reject) && fits("", Ruling::Approve));
        assert!(!fits(" \n", Ruling::Reject) && reason(None, Ruling::Reject).is_err());
        assert!(fits(&"字".repeat(1000), Ruling::Reject) && !fits(&"字".repeat(1001), Ruling::Approve));
        assert!(!fits("a\u{1b}[31m", Ruling::Approve));
    }
}

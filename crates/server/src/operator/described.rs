//! A case as an operator sees it, and a notice: the same for the API as for `shiming cases` and `shiming webhooks`.

use std::sync::Arc;

use serde_json::{Value, json};
use shiming_core::{
    Case, CaseKey, Submitter, UnixTime,
    submit::{CasesError, Decided, Filed, Form, Forms, Media, Notice, Outcome, Remarked, Review, Standing, Which},
};

use super::shown::{self, Shown};

/// A case, and everything that belongs to it but the pictures themselves.
#[derive(Debug)]
pub struct Looked {
    /// The case.
    pub case: Case,
    /// How many bytes the door's fields have; none where they were erased.
    pub dossier: Option<usize>,
    /// What is written on the form; none where no door reads it.
    pub form: Option<Form>,
    /// Every decision of every round, oldest first.
    pub decisions: Vec<Decided>,
    /// What checks beside the reviewer found, oldest round first.
    pub remarks: Vec<Remarked>,
    /// The papers that were not erased: those that count first, each group oldest first.
    pub papers: Vec<Filed>,
}

/// The case of a number.
pub async fn by_number(submitter: &Submitter, number: i64) -> Result<Option<Case>, CasesError> {
    let which = Which { behind: number.saturating_sub(1), ..Which::default() };
    let next = submitter.list(&which, 1).await?.pop();
    Ok(next.filter(|case| case.key.number == number))
}

/// Looks at a case that was just read. What is read now may be newer than the case: then a decision on the case's version
/// is refused, so that nobody decides on what they have not seen.
pub async fn look(submitter: &Submitter, forms: &[Arc<dyn Forms>], case: Case) -> Result<Looked, CasesError> {
    let cases = submitter.cases();
    let dossier = cases.dossier(&case.key).await?;
    let reader = forms.iter().find(|forms| forms.door() == case.key.door);
    let form = reader.zip(dossier.as_ref()).and_then(|(forms, dossier)| forms.form(&case.key, dossier));
    let decisions = cases.decisions(&case.key).await?;
    let remarks = cases.remarks(&case.key).await?;
    let papers = papers(submitter, &case.key).await?;
    Ok(Looked { remarks, dossier: dossier.map(|dossier| dossier.0.len()), form, decisions, papers, case })
}

/// The papers of a case in the order in which they are numbered, from 1: those that count first.
pub async fn papers(submitter: &Submitter, key: &CaseKey) -> Result<Vec<Filed>, CasesError> {
    let mut papers = submitter.cases().papers(key).await?;
    papers.sort_by_key(|filed| filed.superseded.is_some());
    Ok(papers)
}

/// What a list says of a case: nothing of what was handed in.
pub fn summary(case: &Case) -> Value {
    let key = &case.key;
    json!({
        "number": key.number,
        "door": key.door,
        "caller": key.caller,
        "kind": key.kind,
        "state": case.state.word(),
        "round": case.round,
        "version": case.version,
        "created": moment(case.created),
        "updated": moment(case.updated),
        "preferred": case.preferred,
        "approvals": case.approvals,
        "revises": case.revises,
    })
}

/// Everything about a case but the pictures. Reasons may name people: they are part of what is masked.
pub fn whole(looked: &Looked, review: Review, shown: Shown) -> Value {
    let Looked { case, dossier, form, decisions, remarks, papers } = looked;
    let mut told = summary(case);
    let more = json!({
        "approvals_needed": review.approvals(),
        "hands": case.hands,
        "masked": shown == Shown::Masked,
        "history": decisions.iter().map(|decided| decision(decided, shown)).collect::<Vec<_>>(),
        "remarks": remarks.iter().flat_map(remarks_of).collect::<Vec<_>>(),
        "dossier_bytes": dossier,
        "form": form.as_ref().map(|form| fields(form, shown)),
        "papers": papers.iter().zip(1..).map(|(filed, index)| paper(filed, index)).collect::<Vec<Value>>(),
    });
    if let (Value::Object(told), Value::Object(more)) = (&mut told, more) {
        told.extend(more);
    }
    told
}

fn decision(decided: &Decided, shown: Shown) -> Value {
    let reason = Some(&decided.decision.reason).filter(|reason| shown == Shown::Whole && !reason.is_empty());
    json!({
        "round": decided.round,
        "at": moment(decided.at),
        "outcome": outcome(decided.decision.outcome),
        "by": decided.decision.by,
        "reason": reason,
    })
}

/// Remarks name fields and hold nothing of what is in them.
fn remarks_of(made: &Remarked) -> impl Iterator<Item = Value> {
    made.remarks.iter().map(|remark| {
        json!({
            "round": made.round,
            "at": moment(made.at),
            "topic": remark.topic.word(),
            "field": remark.field,
            "judgement": remark.judgement.word(),
            "why": remark.why,
        })
    })
}

fn fields(form: &Form, shown: Shown) -> Vec<Value> {
    let field = |field| shown::value(field, shown);
    form.fields.iter().map(|one| json!({ "name": one.name, "means": one.means.word(), "value": field(one) })).collect()
}

fn paper(filed: &Filed, index: usize) -> Value {
    json!({
        "index": index,
        "role": filed.stored.role,
        "media_type": media_type(filed.stored.media),
        "bytes": filed.stored.size,
        "round": filed.round,
        "superseded": filed.superseded.map(moment),
    })
}

/// A notice. It holds nothing of what was handed in, and a receiver's words are not kept.
pub fn notice(notice: &Notice) -> Value {
    json!({
        "id": notice.id,
        "event": notice.event.word(),
        "door": notice.key.door,
        "caller": notice.key.caller,
        "kind": notice.key.kind,
        "number": notice.key.number,
        "revision": notice.revision,
        "state": notice.state.word(),
        "round": notice.round,
        "at": moment(notice.at),
        "standing": notice.standing.word(),
        "attempts": notice.attempts,
        "next": (notice.standing == Standing::Waiting).then(|| moment(notice.next)),
        "why": notice.why,
    })
}

fn moment(at: UnixTime) -> String {
    at.timestamp().to_string()
}

/// The word for an outcome.
pub const fn outcome(outcome: Outcome) -> &'static str {
    match outcome {
        Outcome::Approve => "approve",
        Outcome::Reject => "reject",
    }
}

/// The media type of a picture.
pub const fn media_type(media: Media) -> &'static str {
    match media {
        Media::Jpeg => "image/jpeg",
        Media::Png => "image/png",
        Media::Bmp => "image/bmp",
        Media::Pdf => "application/pdf",
    }
}

/// How the name of a picture's file ends.
pub const fn extension(media: Media) -> &'static str {
    match media {
        Media::Jpeg => "jpg",
        Media::Png => "png",
        Media::Bmp => "bmp",
        Media::Pdf => "pdf",
    }
}

/// The name of a paper's file: its case, its index, which paper it is. Only plain characters, whatever the door calls it.
pub fn file_name(number: i64, index: usize, filed: &Filed) -> String {
    let plain = |c: char| if c.is_ascii_alphanumeric() || c == '-' { c } else { '_' };
    let role: String = filed.stored.role.chars().map(plain).take(40).collect();
    format!("{number}-{index}-{role}.{}", extension(filed.stored.media))
}

#[cfg(test)]
mod tests {
    use shiming_core::submit::Stored;

    use super::*;

    #[test]
    fn a_files_name_stays_in_its_folder() {
        let filed = |role: &str| {
            let (object, wrapped, content) = ("object".into(), Vec::new(), [0; 16]);
            let stored = Stored { object, wrapped, content, size: 1, role: role.into(), media: Media::Jpeg };
            Filed { stored, round: 1, superseded: None }
        };
        assert_eq!(file_name(7, 1, &filed("letter-of-authority")), "7-1-letter-of-authority.jpg");
        assert_eq!(file_name(7, 2, &filed("../../执照\r\n\"")), "7-2-___________.jpg");
        assert_eq!(file_name(7, 3, &filed(&"x".repeat(500))).len(), 48);
    }
}

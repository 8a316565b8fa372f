//! The lists. Docs: Volcengine SMS specification, sections 4.1, 4.3 and 4.5.
//!
//! Only what a filter or the page needs is unsealed. The older list is one of *approved* qualifications unless a status is asked
//! for; the other lists show every state.

use shiming_core::{
    Case,
    submit::{CasesError, State},
};
use shiming_wire::volcengine::{
    ident::Part,
    listing::{AgentList, AgentSignature, Asked, Ident, Identification, Listed},
    signature,
};

use super::{
    QUALIFICATION, SIGNATURE, Trouble,
    bindings::ident_of,
    dossier::{Qualification, Signature},
    work::{Work, shown, status},
};

/// GetSignatureIdentList.
pub(super) async fn idents(work: &Work<'_>) -> Result<Listed<Ident>, Trouble> {
    let mut asked = Asked::read(work.call)?;
    // An update that waits beside what is in force is shown to who asks for what waits.
    if asked.status.is_empty() {
        asked.status.push(status(State::Approved));
    }
    let Listed { list: page, total } = qualifications(work, &asked).await?;
    let mut list = Vec::with_capacity(page.len());
    for Shown { case, ident, signatures } in page {
        list.push(Ident {
            id: shown(&case),
            purpose: ident.purpose,
            operator_person_name: ident.person(Part::Operator),
            responsible_person_name: ident.person(Part::Responsible),
            legal_person_name: ident.company.legal_person_name,
            material_name: ident.material_name,
            business_certificate_name: ident.company.name,
            effect_signatures: signatures,
            status: status(case.state),
            audit_opinion: work.opinion(&case).await?.0,
        });
    }
    Ok(Listed { list, total })
}

/// GetSignatureIdentificationList.
pub(super) async fn identifications(work: &Work<'_>) -> Result<Listed<Identification>, Trouble> {
    let Listed { list: page, total } = qualifications(work, &Asked::read(work.call)?).await?;
    let mut list = Vec::with_capacity(page.len());
    for Shown { case, ident, signatures } in page {
        let (audit_opinion, audited_at) = work.opinion(&case).await?;
        let approved = case.state == State::Approved;
        list.push(Identification {
            id: shown(&case),
            material_name: ident.material_name,
            purpose: ident.purpose,
            business_certificate_name: ident.company.name,
            audit_status: status(case.state),
            audit_opinion,
            audited_at: audited_at.map_or(0, shiming_core::UnixTime::secs),
            effect_signatures: signatures,
            is_order: !approved,
            usable: approved,
        });
    }
    Ok(Listed { list, total })
}

/// A qualification of a page.
struct Shown {
    case: Case,
    ident: Qualification,
    /// What it was meant for when it was handed in, and what is bound to it.
    signatures: Vec<String>,
}

async fn qualifications(work: &Work<'_>, asked: &Asked) -> Result<Listed<Shown>, CasesError> {
    let mut found = Vec::new();
    let mut standing = if asked.signature.is_some() { bound(work).await? } else { Vec::new() };
    for case in work.all(QUALIFICATION).await? {
        let fits = (asked.ids.is_empty() || asked.ids.contains(&shown(&case)))
            && (asked.status.is_empty() || asked.status.contains(&status(case.state)));
        if !fits {
            continue;
        }
        // What was unsealed for a filter is kept for the page.
        let unsealed = if by_name(asked) { work.dossier(&case).await? } else { None };
        let named = |ident: &Qualification| {
            let signatures = signatures_of(ident, shown(&case), &standing);
            names_fit(asked, ident) && holds(asked.signature.as_ref(), &signatures)
        };
        if !by_name(asked) || unsealed.as_ref().is_some_and(named) {
            found.push((case, unsealed));
        }
    }
    let total = found.len();
    let page: Vec<_> = found.into_iter().skip(asked.page.skips()).take(asked.page.size).collect();
    if asked.signature.is_none() && !page.is_empty() {
        standing = bound(work).await?;
    }
    let mut list = Vec::with_capacity(page.len());
    for (case, unsealed) in page {
        let unsealed = if unsealed.is_some() { unsealed } else { work.dossier(&case).await? };
        let Some(ident): Option<Qualification> = unsealed else { continue };
        let signatures = signatures_of(&ident, shown(&case), &standing).into_iter().cloned().collect();
        list.push(Shown { case, ident, signatures });
    }
    Ok(Listed { list, total })
}

/// What a qualification was meant for when it was handed in, and then what stands on it.
fn signatures_of<'s>(ident: &'s Qualification, id: i64, standing: &'s [(i64, String)]) -> Vec<&'s String> {
    let here = standing.iter().filter(|(on, _)| *on == id).map(|(_, content)| content);
    let further = here.filter(|content| !ident.effect_signatures.contains(content));
    ident.effect_signatures.iter().chain(further).collect()
}

const fn by_name(asked: &Asked) -> bool {
    asked.material_name.is_some()
        || asked.operator.is_some()
        || asked.responsible.is_some()
        || asked.company.is_some()
        || asked.signature.is_some()
}

fn names_fit(asked: &Asked, ident: &Qualification) -> bool {
    let holds = |filter: &Option<String>, text: &String| holds(filter.as_ref(), &[text]);
    holds(&asked.material_name, &ident.material_name)
        && holds(&asked.operator, &ident.person(Part::Operator))
        && holds(&asked.responsible, &ident.person(Part::Responsible))
        && holds(&asked.company, &ident.company.name)
}

/// Whether one of these texts contains what is looked for, if anything is.
fn holds(filter: Option<&String>, texts: &[&String]) -> bool {
    filter.is_none_or(|filter| texts.iter().any(|text| text.contains(filter.as_str())))
}

/// Every signature in force, with the qualification that it stands on.
async fn bound(work: &Work<'_>) -> Result<Vec<(i64, String)>, CasesError> {
    let mut bound = Vec::new();
    for case in work.all(SIGNATURE).await? {
        if case.state != State::Approved {
            continue;
        }
        if let Some(signature) = work.dossier::<Signature>(&case).await?
            && let Some(ident) = ident_of(&case, &signature)
        {
            bound.push((ident, signature.content));
        }
    }
    Ok(bound)
}

/// GetSignatureAndOrderList.
pub(super) async fn signatures(work: &Work<'_>) -> Result<Listed<signature::Signature>, Trouble> {
    let Listed { list: page, total } = found_signatures(work).await?;
    let mut list = Vec::with_capacity(page.len());
    for (case, known) in &page {
        list.push(signature(work, case, known).await?);
    }
    Ok(Listed { list, total })
}

/// ListSignatureForAgent.
pub(super) async fn signatures_for_agent(work: &Work<'_>) -> Result<AgentList, Trouble> {
    let Listed { list, total } = found_signatures(work).await?;
    let shown = |(case, known): (Case, Signature)| AgentSignature {
        signature: known.content,
        description: known.description.unwrap_or_default(),
        sub_accounts: known.sub_accounts,
        status: status(case.state),
        created_at: case.created.secs(),
    };
    Ok(AgentList { list: list.into_iter().map(shown).collect(), total })
}

/// The page of signatures that is asked for.
async fn found_signatures(work: &Work<'_>) -> Result<Listed<(Case, Signature)>, Trouble> {
    let asked = Asked::read(work.call)?;
    let mut found = Vec::new();
    for case in work.all(SIGNATURE).await? {
        if !asked.status.is_empty() && !asked.status.contains(&status(case.state)) {
            continue;
        }
        let Some(known) = work.dossier::<Signature>(&case).await? else { continue };
        let named = asked.signature.as_ref().is_none_or(|text| known.content.contains(text.as_str()));
        if named && known.meets(&asked.sub_accounts) {
            found.push((case, known));
        }
    }
    let total = found.len();
    Ok(Listed { list: found.into_iter().skip(asked.page.skips()).take(asked.page.size).collect(), total })
}

/// A signature as it is answered.
pub(super) async fn signature(
    work: &Work<'_>,
    case: &Case,
    known: &Signature,
) -> Result<signature::Signature, CasesError> {
    let id = case.key.number.to_string();
    let ident = ident_of(case, known);
    let ident_name = match ident {
        Some(id) => work.find::<Qualification>(QUALIFICATION, id).await?.map(|(_, ident)| ident.material_name),
        None => None,
    };
    Ok(signature::Signature {
        id: id.clone(),
        apply_id: id,
        signature: known.content.clone(),
        content: known.content.clone(),
        application: known.sub_accounts.join(","),
        status: status(case.state),
        source_of_document: known.source.clone(),
        source: known.source.clone(),
        reason: work.opinion(case).await?.0,
        created_time: case.created.secs(),
        is_order: case.state != State::Approved,
        open_id: "",
        purpose: known.purpose,
        ident: ident.unwrap_or(0),
        ident_name: ident_name.unwrap_or_default(),
    })
}

//! The papers: whether each can be read, and whether it is somebody else's too.

use shiming_core::{
    CaseKey,
    submit::{CasesError, Filed, Form, Judgement, Means, Topic},
};
use shiming_identity::{CompanyName, PersonName};

use super::{Look, Prechecks, picture};

/// So many other cases with the same paper are looked at.
const OTHERS: usize = 20;

/// Looks at every paper that counts.
pub(super) async fn look(look: &mut Look<'_>, checks: &Prechecks, filed: &[Filed]) -> Result<(), CasesError> {
    for (place, paper) in filed.iter().enumerate() {
        let role = paper.stored.role.as_str();
        let (judgement, why) = read(checks, paper).await;
        look.say(Topic::Image, role, judgement, why);
        if filed.iter().take(place).any(|before| before.stored.content == paper.stored.content) {
            look.say(Topic::PaperTwice, role, Judgement::Doubt, "the same picture as an earlier one");
        }
        let (judgement, why) = elsewhere(look, checks, paper).await?;
        look.say(Topic::PaperElsewhere, role, judgement, why);
    }
    Ok(())
}

/// Decodes a picture whole, aside: it takes longer than anything else here.
async fn read(checks: &Prechecks, paper: &Filed) -> (Judgement, &'static str) {
    let stored = match checks.tools.submitter.papers().get(&paper.stored).await {
        Ok(stored) => stored,
        Err(error) => {
            tracing::error!(error = ?error, "a paper cannot be read from the store");
            return (Judgement::Doubt, "the store cannot give it");
        }
    };
    let looked = tokio::task::spawn_blocking(move || picture::look(stored.media, &stored.bytes)).await;
    // A decoder that stopped over a file has said what there is to say.
    looked.unwrap_or((Judgement::Bad, "cannot be decoded"))
}

/// Whether the same picture is in a case of another name, or of another caller's.
async fn elsewhere(
    look: &Look<'_>,
    checks: &Prechecks,
    paper: &Filed,
) -> Result<(Judgement, &'static str), CasesError> {
    let cases = checks.tools.submitter.cases();
    let own = look.case.revises.unwrap_or(look.case.key.number);
    let holder = holder(look.form);
    let mut others = false;
    for key in cases.with_paper(paper.stored.content).await?.into_iter().take(OTHERS) {
        let Some(other) = cases.find(&key).await? else { continue };
        if other.revises.unwrap_or(other.key.number) == own {
            continue;
        }
        // Of a case whose content was erased nobody knows the name.
        if let Some(form) = checks.form(&key).await?
            && self::holder(&form) != holder
        {
            return Ok((Judgement::Doubt, "in a case of another name"));
        }
        others |= !same_owner(&key, &look.case.key);
    }
    Ok(if others {
        (Judgement::Doubt, "in a case of another caller")
    } else {
        (Judgement::Clear, "in no case of another name")
    })
}

fn same_owner(one: &CaseKey, other: &CaseKey) -> bool {
    (&one.door, &one.caller) == (&other.door, &other.caller)
}

/// Who a form is about, in comparison form: the organisation, or else the first person.
fn holder(form: &Form) -> Option<String> {
    let first = |means| form.fields.iter().find(|field| field.means == means).map(|field| field.value.as_str());
    if let Some(name) = first(Means::Organisation) {
        return Some(
            CompanyName::parse(name).map_or_else(|_| name.to_owned(), |parsed| parsed.value.expose().to_owned()),
        );
    }
    let name = first(Means::Person)?;
    Some(PersonName::parse(name).map_or_else(|_| name.to_owned(), |parsed| parsed.value.expose().to_owned()))
}

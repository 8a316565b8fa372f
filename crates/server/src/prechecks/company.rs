//! Companies and people, against the sources that the policy names.

use shiming_core::{
    Checker, Claim, Element, Elements, Verdict,
    check::Fault,
    submit::{CasesError, Field, Judgement, Means, Topic},
};
use shiming_identity::{CompanyName, CompanyNumber, PersonName, ResidentId};

use super::{Look, PATIENCE_MILLIS, Stop, asking};

/// Looks up the organisation, its legal person and every person with a number.
pub(super) async fn look(look: &mut Look<'_>, checker: &Checker) -> Result<(), Stop> {
    for (topic, field, claim) in claims(look) {
        let Some(claim) = claim else {
            look.say(topic, &field, Judgement::Doubt, "name or number cannot be compared");
            continue;
        };
        let decided = checker.check(asking(look.case, look.request_id), &claim, None).await;
        let verdict = match decided {
            Ok(decision) => decision.verdict,
            Err(Fault::Ledger(error)) => return Err(CasesError(error.into()).into()),
            // Nothing was spent that could have been before.
            Err(Fault::Replayed | Fault::Differs) => continue,
        };
        let waits = look.now < look.case.updated.plus_millis(PATIENCE_MILLIS);
        if verdict.passes() && waits {
            return Err(Stop::Down);
        }
        let (judgement, why) = judge(&verdict);
        look.say(topic, &field, judgement, why);
    }
    Ok(())
}

/// What is claimed on the form, under the field that a remark names; none where it is not well formed.
fn claims(look: &Look<'_>) -> Vec<(Topic, String, Option<Claim>)> {
    let fields = &look.form.fields;
    let first = |means| fields.iter().find(|field| field.means == means);
    let today = look.now.china_date();
    let mut claims = Vec::new();
    if let (Some(name), Some(number)) = (first(Means::Organisation), first(Means::OrganisationNumber)) {
        let claim = company(name, number, first(Means::LegalPerson));
        claims.push((Topic::Company, number.name.clone(), claim));
    }
    for (whose, numbers) in [(Means::LegalPerson, Means::LegalPersonNumber), (Means::Person, Means::PersonNumber)] {
        for (place, name) in fields.iter().enumerate().filter(|(_, field)| field.means == whose) {
            // The number follows, before the next name.
            let behind = fields.iter().skip(place + 1).take_while(|field| field.means != whose);
            if let Some(number) = behind.clone().find(|field| field.means == numbers) {
                let id = ResidentId::parse(&number.value, today).ok().map(|parsed| parsed.value);
                let name = PersonName::parse(&name.value).ok().map(|parsed| parsed.value);
                let claim = id.zip(name).map(|(id, name)| Claim::Resident { id, name, portrait: None });
                claims.push((Topic::Person, number.name.clone(), claim));
            }
        }
    }
    claims
}

fn company(name: &Field, number: &Field, legal: Option<&Field>) -> Option<Claim> {
    let number = CompanyNumber::parse(&number.value).ok()?.value;
    let name = CompanyName::parse(&name.value).ok()?.value;
    let legal_name = legal.map(|legal| PersonName::parse(&legal.value)).transpose().ok()?.map(|parsed| parsed.value);
    Some(Claim::Company { number, name, legal_name, legal_id: None })
}

fn judge(verdict: &Verdict) -> (Judgement, &'static str) {
    const LEGAL: Elements = Elements::NONE.with(Element::LegalName);
    match verdict {
        Verdict::Match => (Judgement::Clear, "as on record"),
        Verdict::Mismatch(differing) if *differing == LEGAL => (Judgement::Bad, "another legal person on record"),
        Verdict::Mismatch(_) => (Judgement::Bad, "another name on record"),
        Verdict::NoRecord => (Judgement::Doubt, "no record"),
        Verdict::CannotCheck(why) => (Judgement::Doubt, why.word()),
    }
}

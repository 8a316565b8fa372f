//! BatchBindSignatureIdent: which qualification a signature stands on. Docs: Volcengine SMS specification, section 4.2.
//!
//! A binding is a preference of the signature's case ([`Step::Prefer`]): it may be changed while the signature is in force, and
//! many are changed in one transaction. The group names the qualification and the signature, so that it holds one case.

use shiming_core::{
    Case,
    submit::{State, Step},
};
use shiming_wire::volcengine::{Refusal, binding::Binding};

use super::{
    QUALIFICATION, SIGNATURE, Trouble,
    dossier::{Qualification, Signature},
    work::Work,
};

/// Binds all of the signatures, or none.
pub(super) async fn bind(work: &Work<'_>) -> Result<(), Trouble> {
    let binding = Binding::read(work.call)?;
    let ident = approved(work, "id", binding.ident).await?;
    if binding.purpose.is_some_and(|purpose| purpose.number() != ident.purpose) {
        return Err(Refusal::invalid("purpose", "与资质的用途不一致").into());
    }
    let mut found = vec![false; binding.signatures.len()];
    let mut steps = Vec::new();
    for case in work.all(SIGNATURE).await? {
        if case.state != State::Approved {
            continue;
        }
        let Some(signature) = work.dossier::<Signature>(&case).await? else { continue };
        let place = binding.signatures.iter().zip(&mut found).find(|(content, _)| **content == signature.content);
        let Some((_, found)) = place.filter(|_| signature.is_of(&binding.sub_account)) else { continue };
        if signature.purpose != ident.purpose {
            return Err(Refusal::invalid("signatures", "含有与资质用途不一致的签名").into());
        }
        *found = true;
        steps.push((case.key.clone(), Step::Prefer { group: group(binding.ident, case.key.number) }));
    }
    if found.contains(&false) {
        return Err(Refusal::invalid("signatures", "含有不存在或未审核通过的签名").into());
    }
    work.submitter().change_all(work.asking.clone(), steps, None).await?;
    Ok(())
}

/// A qualification that a signature may stand on: the caller's own, and approved. `field` is what names it.
pub(super) async fn approved(work: &Work<'_>, field: &str, id: i64) -> Result<Qualification, Trouble> {
    let found = work.find::<Qualification>(QUALIFICATION, id).await?;
    let approved = found.filter(|(case, _)| case.state == State::Approved);
    approved.map(|(_, ident)| ident).ok_or_else(|| Refusal::invalid(field, "对应的资质不存在或未审核通过").into())
}

/// The qualification that a signature stands on: the one that it was bound to, or that it was applied for with.
pub(super) fn ident_of(case: &Case, signature: &Signature) -> Option<i64> {
    let bound = case.preferred.as_deref().and_then(|group| group.split_once('/')?.0.parse().ok());
    bound.or(signature.ident)
}

fn group(ident: i64, signature: i64) -> String {
    format!("{ident}/{signature}")
}

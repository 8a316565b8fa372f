//! ApplySmsSignature in both versions, and DeleteSignature. Docs: Volcengine SMS specification, section 4.3.

use shiming_core::{
    Case, SubmitFault,
    submit::{Content, Forbidden, Opening, Paper, State},
};
use shiming_wire::volcengine::{
    No, OperationName, Refusal,
    signature::{self, Deletion, Parameters, SignatureApplication},
};

use super::{
    SIGNATURE, Trouble,
    again::Same,
    bindings,
    dossier::{self, Requests, Signature},
    idents::paper,
    lists,
    work::Work,
};

/// Takes a signature in. One that was rejected is handed in again; one that is there or under review is refused.
pub(super) async fn apply(work: &Work<'_>, operation: OperationName) -> Result<signature::Signature, Trouble> {
    let parameters = Parameters::of(work.call);
    let application = SignatureApplication::read(&parameters, operation, work.door.settings.rules.pictures)?;
    let same = Same::of(work);
    let mut rejected = None;
    for case in work.all(SIGNATURE).await? {
        let Some(known) = work.dossier::<Signature>(&case).await? else { continue };
        if known.content != application.content.expose() || !known.meets(&application.sub_accounts) {
            continue;
        }
        if known.requests.know(&same.bringing(), work.now) {
            return Ok(lists::signature(work, &case, &known).await?);
        }
        if case.state != State::Rejected {
            return Err(taken());
        }
        if known.sub_accounts == application.sub_accounts {
            rejected = Some((case, known));
        }
    }
    let purpose = purpose(work, &application).await?;
    match rejected {
        Some((case, known)) => {
            let requests = known.requests.with(&same.bringing(), work.now);
            again(work, &same, &case, content(application, purpose, requests)).await
        }
        None if is_quota_spent(work).await? => Err(No::DailyQuota.into()),
        None => create(work, &same, application, purpose).await,
    }
}

/// Whether the caller has applied for as many today as the operator allows; deleting one gives none back.
async fn is_quota_spent(work: &Work<'_>) -> Result<bool, Trouble> {
    let Some(most) = work.door.settings.signatures_a_day else { return Ok(false) };
    Ok(work.made_today(SIGNATURE).await? >= most)
}

/// The refusal of a signature that is there already.
fn taken() -> Trouble {
    No::AlreadyExisted.into()
}

/// What it is for: as said, or as its qualification. Both must be the same.
async fn purpose(work: &Work<'_>, application: &SignatureApplication<'_>) -> Result<i64, Trouble> {
    let said = application.purpose.map(shiming_wire::volcengine::Purpose::number);
    let Some(id) = application.ident else { return Ok(said.unwrap_or(1)) };
    let ident = bindings::approved(work, "signatureIdentificationID", id).await?;
    match said {
        Some(said) if said != ident.purpose => Err(Refusal::invalid("purpose", "与资质的用途不一致").into()),
        _ => Ok(ident.purpose),
    }
}

async fn create(
    work: &Work<'_>,
    same: &Same,
    application: SignatureApplication<'_>,
    purpose: i64,
) -> Result<signature::Signature, Trouble> {
    let name = work.tag(&["signature", application.content.expose(), &application.sub_accounts.join("\n")]);
    let requests = Requests::default().with(&same.bringing(), work.now);
    let content = Content { name_tag: Some(name), ..content(application, purpose, requests) };
    let opening = |request, content| Opening {
        kind: SIGNATURE.into(),
        requests: vec![request],
        content,
        submit: true,
        ..Opening::default()
    };
    let create = |opening| work.submitter().create(work.asking.clone(), opening, None);
    let mut created = create(opening(same.request, content.clone())).await;
    // A body is the same request for a while; where what it made was deleted meanwhile, another call with it means it anew.
    if let Ok(opened) = &created
        && opened.case.state == State::Closed
        && !brought(work, same, &opened.case).await?
    {
        created = create(opening(same.call, content)).await;
    }
    match created {
        Ok(opened) => answer(work, &opened.case).await,
        Err(SubmitFault::Forbidden(Forbidden::NameTaken)) => Err(taken()),
        Err(fault) => Err(fault.into()),
    }
}

/// Whether this very call has brought what is in a case.
async fn brought(work: &Work<'_>, same: &Same, case: &Case) -> Result<bool, Trouble> {
    let known = work.dossier::<Signature>(case).await?;
    Ok(known.is_none_or(|known| known.requests.know(&[same.call], work.now)))
}

async fn again(
    work: &Work<'_>,
    same: &Same,
    case: &Case,
    content: Content<Paper>,
) -> Result<signature::Signature, Trouble> {
    match work.submitter().submit(work.asking.clone(), &case.key, content, None).await {
        Ok(case) => answer(work, &case).await,
        Err(SubmitFault::Forbidden(Forbidden::From(_))) => {
            // Overtaken: by the same request on another connection, or by another one.
            let found = work.find::<Signature>(SIGNATURE, case.key.number).await?;
            match found.filter(|(_, known)| known.requests.know(&same.bringing(), work.now)) {
                Some((case, known)) => Ok(lists::signature(work, &case, &known).await?),
                None => Err(taken()),
            }
        }
        Err(fault) => Err(fault.into()),
    }
}

async fn answer(work: &Work<'_>, case: &Case) -> Result<signature::Signature, Trouble> {
    let known = work.dossier::<Signature>(case).await?;
    let known = known.ok_or_else(|| Refusal::unfit("签名已被删除"))?;
    Ok(lists::signature(work, case, &known).await?)
}

fn content(application: SignatureApplication<'_>, purpose: i64, requests: Requests) -> Content<Paper> {
    let dossier = Some(dossier::write(&Signature::of(&application, purpose, requests)));
    let roles = ["upload", "app_icp", "trademark"];
    let files = roles.into_iter().zip(application.files);
    let papers = files.flat_map(|(role, files)| files.into_iter().map(|file| paper(role.into(), file))).collect();
    Content { dossier, name_tag: None, papers, by: None }
}

/// Deletes a signature, or takes an application back: both have one number here. `isOrder` cannot tell them apart: Go says
/// `false` where nothing was said, and Java always `true`. Deleting what was deleted is the same again.
pub(super) async fn delete(work: &Work<'_>) -> Result<(), Trouble> {
    let deletion = Deletion::read(work.call)?;
    let unknown = || Trouble::from(Refusal::invalid("id", "对应的签名不存在"));
    let key = work.key(SIGNATURE, deletion.signature);
    let case = work.submitter().find(&key).await?.ok_or_else(unknown)?;
    if case.state == State::Closed {
        return Ok(());
    }
    let known = work.dossier::<Signature>(&case).await?.ok_or_else(unknown)?;
    if !known.meets(&deletion.sub_accounts) {
        return Err(unknown());
    }
    match work.submitter().close(work.asking.clone(), &key, None).await {
        Ok(_) | Err(SubmitFault::Forbidden(Forbidden::From(State::Closed))) => Ok(()),
        Err(fault) => Err(fault.into()),
    }
}

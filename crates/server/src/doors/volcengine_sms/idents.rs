//! ApplySignatureIdent and UpdateSignatureIdent. Docs: Volcengine SMS specification, sections 3 and 4.4.

use shiming_core::{
    Case, SubmitFault,
    submit::{CasesError, Content, Forbidden, Media, Opening, Paper, Revision, State, Step},
};
use shiming_wire::volcengine::{
    Refusal,
    file::{AuthFile, FileKind, Side},
    ident::{IdentUpdate, Part, Persons, SignatureIdent},
};

use super::{
    QUALIFICATION, Trouble,
    again::Same,
    dossier::{self, Person, Qualification, Requests},
    people,
    work::Work,
};

/// Takes a qualification in, new or again; gives its id.
pub(super) async fn apply(work: &Work<'_>) -> Result<i64, Trouble> {
    let settings = &work.door.settings;
    let ident = SignatureIdent::read(work.call, settings.rules)?;
    people::company(&ident.business, settings.numbers)?;
    people::persons(&ident.persons, settings.numbers, work.now.china_date())?;
    let same = Same::of(work);
    match ident.id {
        None => create(work, &same, ident).await,
        Some(id) => again(work, &same, id, ident).await,
    }
}

async fn create(work: &Work<'_>, same: &Same, ident: SignatureIdent<'_>) -> Result<i64, Trouble> {
    let requests = Requests::default().with(&same.bringing(), work.now);
    let content = Content {
        dossier: Some(dossier::write(&Qualification::of(&ident, requests))),
        // Names are not unique; what stands here is the signed request, so that nobody can make two of it.
        name_tag: Some(same.call.tag),
        papers: papers(ident),
        by: None,
    };
    let opening =
        Opening { kind: QUALIFICATION.into(), requests: same.requests(), content, submit: true, ..Opening::default() };
    match work.submitter().create(work.asking.clone(), opening, None).await {
        Ok(opened) => Ok(opened.case.key.number),
        Err(SubmitFault::Forbidden(Forbidden::NameTaken)) => {
            let made = work.named(QUALIFICATION, same.call.tag).await?;
            made.map(|case| case.key.number).ok_or_else(|| Refusal::unfit("请求已被处理").into())
        }
        Err(fault) => Err(fault.into()),
    }
}

/// Hands a qualification in again, under its id, that was rejected or is under review.
async fn again(work: &Work<'_>, same: &Same, id: i64, ident: SignatureIdent<'_>) -> Result<i64, Trouble> {
    let (case, before) = known(work, id).await?;
    if before.requests.know(&same.bringing(), work.now) {
        return Ok(id);
    }
    open(&case)?;
    let requests = before.requests.with(&same.bringing(), work.now);
    let dossier = Some(dossier::write(&Qualification::of(&ident, requests)));
    let content = Content { dossier, name_tag: None, papers: papers(ident), by: None };
    hand_in(work, same, &case, content).await
}

/// Replaces the persons of a qualification, with everything else as it was. One that was rejected or is under review is handed
/// in again; what is in force stays until the update, which is reviewed beside it, is approved. An update that still waits there is
/// superseded by the next one, as an application under review is by another of its id (section 3.1).
pub(super) async fn update(work: &Work<'_>) -> Result<(), Trouble> {
    let settings = &work.door.settings;
    let update = IdentUpdate::read(work.call, settings.rules)?;
    people::persons(&update.persons, settings.numbers, work.now.china_date())?;
    let same = Same::of(work);
    let (case, before) = known(work, update.id).await?;
    let (revision, requests) = beside(work, &case, &before).await?;
    if before.requests.know(&same.bringing(), work.now) || requests.know(&same.bringing(), work.now) {
        return Ok(());
    }
    if case.state != State::Approved {
        open(&case)?;
    }
    let legal_name = update.persons.legal.as_ref().map(|legal| legal.name.expose());
    if legal_name.is_some_and(|name| name != before.company.legal_person_name) {
        return Err(Refusal::invalid("legalPerson.personName", "与资质的法人姓名不一致").into());
    }
    let requests = requests.with(&same.bringing(), work.now);
    let content = updated(work, &case, before, update.persons, requests).await?;
    match revision {
        Some(waiting) if waiting.state == State::UnderReview => supersede(work, &same, &case, waiting, content).await,
        _ if case.state == State::Approved => {
            let revision = Revision { requests: vec![same.request], content, keep: Vec::new() };
            Ok(work.submitter().revise(work.asking.clone(), &case.key, revision, None).await.map(drop)?)
        }
        _ => hand_in(work, &same, &case, content).await.map(drop),
    }
}

/// The open revision of a qualification in force, and the requests that are known: a revision knows its own and its case's.
async fn beside(work: &Work<'_>, case: &Case, before: &Qualification) -> Result<(Option<Case>, Requests), CasesError> {
    let revision = match case.state {
        State::Approved => work.submitter().cases().revision(&case.key).await?,
        _ => None,
    };
    let content = match &revision {
        Some(revision) => work.dossier::<Qualification>(revision).await?,
        None => None,
    };
    let requests = content.map_or_else(|| before.requests.clone(), |content| content.requests);
    Ok((revision, requests))
}

/// A qualification as it was, with other persons.
async fn updated(
    work: &Work<'_>,
    case: &Case,
    before: Qualification,
    update: Persons<'_>,
    requests: Requests,
) -> Result<Content<Paper>, CasesError> {
    let persons = with_legal(dossier::persons(&update), &before.persons);
    // A picture goes with the person that it shows, and the next round needs its papers anew.
    let stays = |part: Part| {
        let [now, then] = [&persons, &before.persons].map(|all| all.iter().find(|person| person.part == part.field()));
        let brought = update.all().any(|(of, person)| of == part && !person.certificate.is_empty());
        !brought && now.zip(then).is_some_and(|(now, then)| now.name == then.name && now.number == then.number)
    };
    let mut papers = Vec::new();
    for filed in work.submitter().cases().papers(&case.key).await? {
        let of = PARTS.into_iter().find(|part| filed.stored.role.starts_with(prefix(*part)));
        if filed.superseded.is_none() && filed.round == case.round && of.is_none_or(stays) {
            papers.push(work.submitter().papers().get(&filed.stored).await?);
        }
    }
    // Of the persons' pictures that stay, the reviewer was told when they came.
    let mut odd_files = update.odd_files();
    odd_files.extend(before.odd_files.iter().filter(|field| !field.ends_with(".personCertificate")).cloned());
    papers.extend(person_papers(update));
    let after = Qualification { persons, odd_files, requests, ..before };
    Ok(Content { dossier: Some(dossier::write(&after)), name_tag: None, papers, by: None })
}

async fn supersede(
    work: &Work<'_>,
    same: &Same,
    case: &Case,
    waiting: Case,
    content: Content<Paper>,
) -> Result<(), Trouble> {
    let step = vec![(waiting, Step::Supersede(content))];
    if work.submitter().change_as_seen(work.asking.clone(), step, None).await?.is_some() {
        return Ok(());
    }
    // Overtaken: by the same request on another connection, by another one, or by a decision.
    let (now, before) = known(work, case.key.number).await?;
    let (_, requests) = beside(work, &now, &before).await?;
    if before.requests.know(&same.bringing(), work.now) || requests.know(&same.bringing(), work.now) {
        return Ok(());
    }
    Err(Refusal::invalid("id", "对应的资质刚刚被修改").into())
}

async fn known(work: &Work<'_>, id: i64) -> Result<(Case, Qualification), Trouble> {
    let found = work.find::<Qualification>(QUALIFICATION, id).await?;
    found.ok_or_else(|| Refusal::invalid("id", "对应的资质不存在").into())
}

fn open(case: &Case) -> Result<(), Refusal> {
    match case.state {
        State::Rejected | State::Draft | State::UnderReview => Ok(()),
        State::Approved => Err(Refusal::invalid("id", "对应的资质已审核通过")),
        State::Closed => Err(Refusal::invalid("id", "对应的资质不存在")),
    }
}

/// A decision names the version that was looked at, so what takes the place of papers under review is never decided unseen.
async fn hand_in(work: &Work<'_>, same: &Same, case: &Case, content: Content<Paper>) -> Result<i64, Trouble> {
    let step = match case.state {
        State::UnderReview => Step::Supersede(content),
        _ => Step::Submit(content),
    };
    let taken = work.submitter().change_as_seen(work.asking.clone(), vec![(case.clone(), step)], None).await;
    if taken?.is_some() {
        return Ok(case.key.number);
    }
    // Overtaken: by the same request on another connection, by another one, or by a decision.
    let (now, content) = known(work, case.key.number).await?;
    if content.requests.know(&same.bringing(), work.now) {
        return Ok(now.key.number);
    }
    open(&now)?;
    Err(Refusal::invalid("id", "对应的资质刚刚被修改").into())
}

/// An update that says nothing of a legal person leaves the one that is there.
fn with_legal(mut persons: Vec<Person>, before: &[Person]) -> Vec<Person> {
    let is_legal = |person: &&Person| person.part == Part::Legal.field();
    if !persons.iter().any(|person| is_legal(&person)) {
        persons.extend(before.iter().filter(is_legal).cloned());
    }
    persons
}

const PARTS: [Part; 3] = [Part::Operator, Part::Responsible, Part::Legal];

/// What a person's papers are called; none of the other papers' names begins so.
const fn prefix(part: Part) -> &'static str {
    match part {
        Part::Operator => "operator_",
        Part::Responsible => "responsible_",
        Part::Legal => "legal_",
    }
}

fn papers(ident: SignatureIdent<'_>) -> Vec<Paper> {
    let mut papers: Vec<_> =
        ident.business.certificate.into_iter().map(|file| paper("business_certificate".into(), file)).collect();
    papers.extend(person_papers(ident.persons));
    papers.extend(ident.power_of_attorney.into_iter().map(|file| paper("power_of_attorney".into(), file)));
    papers.extend(ident.other_materials.into_iter().map(|file| paper("other_material".into(), file)));
    papers
}

fn person_papers(Persons { operator, responsible, legal }: Persons<'_>) -> Vec<Paper> {
    let mut papers = Vec::new();
    for (part, person) in PARTS.into_iter().zip([Some(operator), Some(responsible), legal]) {
        let Some(person) = person else { continue };
        let sides: Vec<_> = person.sides().map(|(side, _)| side).collect();
        papers.extend(sides.into_iter().zip(person.certificate).map(|(side, file)| {
            let side = match side {
                Side::Portrait => "portrait",
                Side::Emblem => "emblem",
            };
            paper(format!("{}{side}", prefix(part)), file)
        }));
    }
    papers
}

/// A file as a paper of the case.
pub(super) fn paper(role: String, file: AuthFile) -> Paper {
    let media = match file.kind {
        FileKind::Png => Media::Png,
        FileKind::Pdf => Media::Pdf,
        FileKind::Jpeg => Media::Jpeg,
    };
    Paper { role, media, bytes: file.bytes }
}

//! Identity material is submitted. Docs: Alibaba Cloud Domain specification, sections 7.1 and 9.1.

use shiming_core::submit::{Content, Media, Opening, Paper, State, Step};
use shiming_wire::aliyun::{
    Contact, No, OperationName, Refusal, Submission, answers, contact::check_required_to_make, credential::Kind,
};

use super::{Done, KIND, Visit, dossier::Template, save::MOST, templates::Doing, turns::Turn};

/// The word for the one paper that a template has.
pub(super) const ROLE: &str = "credential";

impl Visit<'_> {
    /// The checks of the document in its order: parameters and picture first, the template last.
    pub(super) async fn submit(&self) -> Result<Done, Refusal> {
        let also_saves = self.call.operation().id == OperationName::SaveRegistrantProfileRealNameVerification;
        let contact = if also_saves {
            check_required_to_make(&self.call)?;
            Contact::read(&self.call)?
        } else {
            Contact::default()
        };
        let read = Submission::read(&self.call, self.door.settings.picture).ok_or(No::UnknownAction)?;
        let submission = read?;
        let id = match submission.holder {
            Some(id) => self.submit_for(id, &contact, submission).await?,
            None => self.submit_new(&contact, submission).await?,
        };
        let members = if also_saves { answers::saved(self.call.operation(), id) } else { Vec::new() };
        Ok(self.done(&members, "submitted"))
    }

    async fn submit_for(&self, id: i64, contact: &Contact<'_>, submission: Submission<'_>) -> Result<i64, Refusal> {
        let _turn = self.turn(&[id]).await;
        let mut kept = self.find(id).await?;
        if matches!(kept.case.state, State::UnderReview | State::Approved) {
            return Err(No::TemplateAudited.into());
        }
        kept.template.take(contact);
        let content = self.content(&mut kept.template, submission);
        if self.step(vec![(kept.case, Step::Submit(content))], Doing::Submitting).await?.is_some() {
            return Ok(id);
        }
        // Another process was faster. The picture is not written again for a second try: the document has a word for this.
        let now = self.case(id).await?.ok_or(No::NoSuchTemplate)?;
        let submitted = matches!(now.state, State::UnderReview | State::Approved);
        Err(if submitted { No::TemplateAudited } else { No::TemplateUpdate }.into())
    }

    async fn submit_new(&self, contact: &Contact<'_>, submission: Submission<'_>) -> Result<i64, Refusal> {
        let content = self.content(&mut Template::of(contact), submission);
        let opening = Opening { kind: KIND.into(), most: Some(MOST), content, submit: true, ..Opening::default() };
        let made = self.door.tools.submitter.create(self.asking.clone(), opening, Some(self.take_nonce())).await;
        made.map(|made| made.case.key.number).map_err(|fault| self.fault(&fault, Doing::Submitting))
    }

    fn content(&self, template: &mut Template, submission: Submission<'_>) -> Content<Paper> {
        let Submission { number, document, kind, image, .. } = submission;
        template.submit(number, document, self.door.tools.clock.now());
        let media = match kind {
            Kind::Jpeg => Media::Jpeg,
            Kind::Bmp => Media::Bmp,
        };
        let paper = Paper { role: ROLE.into(), media, bytes: image };
        Content { dossier: Some(template.dossier()), papers: vec![paper], ..Content::default() }
    }

    pub(super) async fn turn(&self, ids: &[i64]) -> Turn<'_> {
        self.door.turns.with(&self.caller.key.id, ids).await
    }
}

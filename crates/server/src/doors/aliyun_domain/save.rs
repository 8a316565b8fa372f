//! Templates are made, changed and chosen. Docs: Alibaba Cloud Domain specification, sections 7.5 and 9.1.

use shiming_core::{
    Case,
    submit::{Content, Opening, State, Step},
};
use shiming_wire::aliyun::{Contact, No, Refusal, answers};

use super::{
    Done, KIND, LOOKS, Visit,
    dossier::Template,
    templates::{Doing, Kept},
};

/// The most templates that an account has (the vendor's console says it). The store compares it in the transaction that makes one,
/// so it holds across processes.
pub(super) const MOST: u32 = 500;

/// The group of templates that are nobody's usual ones: to be in it is to be in no other. Which one of them it names has no
/// meaning.
const NO_GROUP: &str = "none";

impl Visit<'_> {
    pub(super) async fn save(&self) -> Result<Done, Refusal> {
        let contact = Contact::read(&self.call)?;
        let id = match contact.id {
            Some(id) => self.change(id, &contact).await?,
            None => self.make(&contact).await?,
        };
        Ok(self.done(&answers::saved(self.call.operation(), id), "saved"))
    }

    async fn make(&self, contact: &Contact<'_>) -> Result<i64, Refusal> {
        let template = Template::of(contact);
        let content = Content { dossier: Some(template.dossier()), ..Content::default() };
        let opening = Opening { kind: KIND.into(), most: Some(MOST), content, ..Opening::default() };
        let made = self.door.tools.submitter.create(self.asking.clone(), opening, Some(self.take_nonce())).await;
        let case = made.map_err(|fault| self.fault(&fault, Doing::Saving))?.case;
        let id = case.key.number;
        self.choose(&Kept { case, template }, contact.default).await?;
        Ok(id)
    }

    async fn change(&self, id: i64, contact: &Contact<'_>) -> Result<i64, Refusal> {
        let _turn = self.turn(&[id]).await;
        for _ in 0..LOOKS {
            let mut kept = self.find(id).await?;
            let before = kept.template.clone();
            kept.template.take(contact);
            if kept.template == before {
                self.spend_now().await?;
            } else {
                let names_another = kept.template.names_another_than(&before);
                let Some(case) = self.write(&kept, names_another).await? else { continue };
                kept.case = case;
            }
            self.choose(&kept, contact.default).await?;
            return Ok(id);
        }
        Err(No::TemplateUpdate.into())
    }

    /// Writes a changed template. One that was verified is not any more when it names another identity; one under review
    /// must not. None when it is not as it was any more.
    async fn write(&self, kept: &Kept, names_another: bool) -> Result<Option<Case>, Refusal> {
        let dossier = kept.template.dossier();
        let content = |dossier| Content { dossier: Some(dossier), ..Content::default() };
        let step = match (kept.case.state, names_another) {
            (State::UnderReview, true) => return Err(No::TemplateUpdate.into()),
            (State::Draft | State::Rejected, _) => Step::Edit(content(dossier)),
            (State::Approved, true) => Step::Reopen(content(dossier)),
            _ => Step::Amend { dossier },
        };
        let written = self.step(vec![(kept.case.clone(), step)], Doing::Saving).await?;
        Ok(written.and_then(|cases| cases.into_iter().next()))
    }

    /// Makes a template the usual one of its kind of holder, or no longer that. A step by itself, behind the one that has
    /// spent the nonce: a stop in between leaves the template saved and the choice as it was.
    async fn choose(&self, kept: &Kept, default: Option<bool>) -> Result<(), Refusal> {
        let group = match default {
            Some(true) => kept.template.holder().word(),
            Some(false) if kept.is_default() => NO_GROUP,
            _ => return Ok(()),
        };
        let step = (kept.case.key.clone(), Step::Prefer { group: group.into() });
        let chosen = self.door.tools.submitter.change_all(self.asking.clone(), vec![step], None).await;
        chosen.map(drop).map_err(|fault| self.fault(&fault, Doing::Preferring))
    }

    pub(super) async fn set_default(&self) -> Result<Done, Refusal> {
        let id = self.id()?.ok_or(No::ParameterIllegal)?;
        let _turn = self.turn(&[id]).await;
        let kept = self.find(id).await?;
        let step = (kept.case.key, Step::Prefer { group: kept.template.holder().word().into() });
        let submitter = &self.door.tools.submitter;
        let chosen = submitter.change_all(self.asking.clone(), vec![step], Some(self.take_nonce())).await;
        chosen.map_err(|fault| self.fault(&fault, Doing::Preferring))?;
        Ok(self.done(&[], "chosen"))
    }

    /// Whether the fields could be saved. Nothing is.
    pub(super) async fn verify_fields(&self) -> Result<Done, Refusal> {
        Contact::read(&self.call)?;
        self.spend_now().await?;
        Ok(self.done(&[], "answered"))
    }
}

//! Templates are looked at. Docs: Alibaba Cloud Domain specification, sections 7.6, 7.8, 9.2 and 9.3.
//!
//! The nonce is spent before anything is read: what a query tells, it tells once.

use shiming_core::{
    Case, CaseKey, UnixTime,
    submit::{Outcome, Paper},
};
use shiming_wire::aliyun::{
    Ask, No, Refusal, answers,
    answers::{Listed, Materials, china_time},
    field::truth,
    reply::fail_records,
};

use super::{
    Done, Visit,
    dossier::Credential,
    submit::ROLE,
    templates::{Kept, status},
};

impl Visit<'_> {
    pub(super) async fn query(&self) -> Result<Done, Refusal> {
        let ask = Ask::read(&self.call)?;
        self.spend_now().await?;
        let cases = match ask.id {
            Some(id) => self.case(id).await?.into_iter().collect(),
            None => self.cases().await?,
        };
        let stands = |case: &Case| ask.status.is_none_or(|asked| asked == status(case.state));
        let cases: Vec<_> = cases.into_iter().filter(stands).collect();
        let (total, page) =
            if looks_inside(&ask) { self.fitting(&ask, cases).await? } else { self.paged(&ask, cases).await? };
        let items: Vec<_> = page.iter().map(|kept| self.listed(kept)).collect();
        Ok(self.done(&answers::page(self.call.operation(), ask.page, total, &items), "answered"))
    }

    /// Every one has to be unsealed to know whether it fits.
    async fn fitting(&self, ask: &Ask<'_>, cases: Vec<Case>) -> Result<(usize, Vec<Kept>), Refusal> {
        let mut found = Vec::new();
        for case in cases {
            found.extend(self.kept(case).await?.filter(|kept| fits(ask, kept)));
        }
        let (total, range) = (found.len(), ask.page.range(found.len()));
        Ok((total, found.drain(range).collect()))
    }

    /// Only what is on the page is unsealed.
    async fn paged(&self, ask: &Ask<'_>, mut cases: Vec<Case>) -> Result<(usize, Vec<Kept>), Refusal> {
        let total = cases.len();
        let mut page = Vec::new();
        for case in cases.drain(ask.page.range(total)) {
            page.extend(self.kept(case).await?);
        }
        Ok((total, page))
    }

    fn listed<'k>(&'k self, kept: &'k Kept) -> Listed<'k> {
        let Kept { case, template } = kept;
        let user = &self.caller.key.label;
        let credential = template.credential.as_ref();
        Listed {
            id: case.key.number,
            created: case.created.timestamp(),
            updated: case.updated.timestamp(),
            user: if user.is_empty() { &self.caller.key.id } else { user },
            holder: template.holder(),
            profile: template.profile(),
            default: kept.is_default(),
            status: status(case.state),
            texts: template.texts(),
            number: credential.map(|credential| credential.number.as_str()),
            document: credential.and_then(Credential::document),
        }
    }

    pub(super) async fn query_reasons(&self) -> Result<Done, Refusal> {
        // A domain can be asked about too at the vendor's; here there are none.
        let id = self.id()?.ok_or(No::ParameterIllegal)?;
        self.spend_now().await?;
        let case = self.case(id).await?.ok_or(No::NoSuchTemplate)?;
        let decisions = self.door.tools.submitter.cases().decisions(&case.key).await;
        let decisions = decisions.map_err(|error| self.silent(&error))?;
        let rejections = decisions.iter().rev().filter(|decided| decided.decision.outcome == Outcome::Reject);
        let dates: Vec<_> =
            rejections.map(|decided| (china_time(decided.at.timestamp()), &*decided.decision.reason)).collect();
        let records: Vec<_> = dates.iter().map(|(date, reason)| (date.as_str(), *reason)).collect();
        Ok(self.done(&[fail_records(self.call.operation(), &records)], "answered"))
    }

    pub(super) async fn query_materials(&self) -> Result<Done, Refusal> {
        let id = self.id()?.ok_or(No::ParameterIllegal)?;
        let fetch = self.call.value("FetchImage").map_or(Ok(false), truth)?;
        self.spend_now().await?;
        let Kept { case, template } = self.find(id).await?;
        let Some(credential) = &template.credential else {
            return Ok(self.done(&answers::materials(id, None), "answered"));
        };
        let paper = if fetch { self.picture(&case.key).await? } else { None };
        let moment = |millis| UnixTime(millis).timestamp();
        let materials = Materials {
            number: &credential.number,
            document: credential.document(),
            image: paper.as_ref().map(|paper| paper.bytes.as_slice()),
            submitted: moment(credential.first),
            modified: moment(credential.last),
        };
        Ok(self.done(&answers::materials(id, Some(&materials)), "answered"))
    }

    /// The picture that was submitted last.
    async fn picture(&self, key: &CaseKey) -> Result<Option<Paper>, Refusal> {
        let submitter = &self.door.tools.submitter;
        let papers = submitter.cases().papers(key).await.map_err(|error| self.silent(&error))?;
        let current = papers.into_iter().rev().find(|filed| filed.superseded.is_none() && filed.stored.role == ROLE);
        let Some(filed) = current else { return Ok(None) };
        submitter.papers().get(&filed.stored).await.map(Some).map_err(|error| self.silent(&error))
    }
}

/// Whether the query asks for anything that only the template says.
fn looks_inside(ask: &Ask<'_>) -> bool {
    ask.holder.is_some()
        || ask.profile.is_some()
        || ask.default.is_some()
        || ask.remark.is_some()
        || ask.parts.iter().any(|(_, part)| part.is_some())
}

fn fits(ask: &Ask<'_>, kept: &Kept) -> bool {
    let Kept { template, .. } = kept;
    let part = |(name, part): &(&str, Option<&str>)| {
        part.is_none_or(|part| template.text(name).is_some_and(|text| text.contains(part)))
    };
    ask.holder.is_none_or(|holder| holder == template.holder())
        && ask.profile.is_none_or(|profile| profile == template.profile())
        && ask.default.is_none_or(|default| default == kept.is_default())
        && ask.parts.iter().all(part)
        // No operation writes a remark.
        && ask.remark.is_none()
}

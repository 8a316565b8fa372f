//! The verb *check*: a claim goes in, a verdict comes out at once.
//!
//! Sources are asked in the order that policy gives; the first that has a record decides. If none has, and one of them
//! did not answer, nobody can say "no record": the verdict is that it cannot be checked. Then one entry is made durable,
//! together with what the call spends, and only then is there a decision.

use std::{collections::HashMap, sync::Arc, time::Instant};

use shiming_identity::PrivateUseTable;

use crate::{
    claim::{Claim, Element, Elements},
    face::{FaceMatcher, Likeness, Score},
    ledger::{Again, Committed, Entry, Ledger, LedgerError, Ruling, Spend, SubjectTag},
    policy::Policy,
    source::{Finding, Source, SourceId},
    time::{Clock, UnixTime},
    verdict::{CannotCheck, Verdict},
};

/// Checks claims.
pub struct Checker {
    policy: Policy,
    sources: HashMap<SourceId, Arc<dyn Source>>,
    ledger: Arc<dyn Ledger>,
    faces: Option<Arc<dyn FaceMatcher>>,
    clock: Arc<dyn Clock>,
    private_use: PrivateUseTable,
}

/// Who asks, in what words: what the ledger keeps beside the verdict.
#[derive(Clone, Debug)]
pub struct Asking<'a> {
    /// Which door.
    pub door: &'a str,
    /// The caller's key id.
    pub caller: &'a str,
    /// The operation in the vendor's words.
    pub operation: &'a str,
    /// The id that goes out with the answer.
    pub request_id: &'a str,
    /// When the call arrived, on the clock that only measures.
    pub arrived: Instant,
}

/// A durable decision.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Decision {
    /// What was found.
    pub verdict: Verdict,
    /// The id to answer under: this call's, or that of the first call which this one repeats.
    pub request_id: String,
    /// When it was decided.
    pub at: UnixTime,
    /// Whether this is an earlier decision given again.
    pub repeated: bool,
}

/// There is no decision. Nothing was written.
#[derive(Debug, thiserror::Error)]
pub enum Fault {
    /// What the call spends was spent before.
    #[error("the call was seen before")]
    Replayed,
    /// The caller has used its number for this request before, for another content.
    #[error("the request's number was used for another request")]
    Differs,
    /// The ledger could not be written.
    #[error(transparent)]
    Ledger(#[from] LedgerError),
}

/// A policy names a source that does not exist.
#[derive(Debug, thiserror::Error)]
#[error("the policy names source `{0}`, and there is none of that name")]
pub struct UnknownSource(SourceId);

impl Checker {
    /// A checker over these sources. Fails when the policy names one that is not among them.
    pub fn new(
        policy: Policy,
        sources: impl IntoIterator<Item = Arc<dyn Source>>,
        ledger: Arc<dyn Ledger>,
        faces: Option<Arc<dyn FaceMatcher>>,
        clock: Arc<dyn Clock>,
    ) -> Result<Self, UnknownSource> {
        let sources: HashMap<_, _> = sources.into_iter().map(|source| (source.id().clone(), source)).collect();
        if let Some(unknown) = policy.named().find(|name| !sources.contains_key(*name)) {
            return Err(UnknownSource(unknown.clone()));
        }
        Ok(Self { policy, sources, ledger, faces, clock, private_use: PrivateUseTable::default() })
    }

    /// With an operator's meanings of private-use characters in names.
    #[must_use]
    pub fn with_private_use(self, private_use: PrivateUseTable) -> Self {
        Self { private_use, ..self }
    }

    /// Decides a claim and makes the decision durable.
    ///
    /// A number that makes a request repeatable ([`Again::RepeatIfSame`]) is asked for first, so that nobody is looked up
    /// twice for it; two that arrive at the same moment may both look, and get one decision. Where nobody could decide
    /// the number is not used up: the caller is to try again. Where the engine was too busy to look nothing is.
    pub async fn check(&self, asking: Asking<'_>, claim: &Claim, spend: Option<Spend>) -> Result<Decision, Fault> {
        let repeatable = |spend: &Spend| matches!(spend.again, Again::RepeatIfSame { .. });
        if let Some(spend) = spend.as_ref().filter(|spend| repeatable(spend))
            && let Some(earlier) = self.ledger.earlier(spend).await?
        {
            return settled(earlier, None);
        }
        let Seen { verdict, source, score } = self.look(&asking, claim).await;
        let undecided = matches!(verdict, Verdict::CannotCheck(_));
        let busy = verdict == Verdict::CannotCheck(CannotCheck::FaceEngineBusy);
        let spend = spend.filter(|spend| !(busy || undecided && repeatable(spend)));
        let at = self.clock.now();
        let ruling = Ruling::Checked { check: claim.check(), verdict: verdict.clone(), score };
        let entry = asking.entry(at, self.ledger.subject(claim.key()), ruling, source);
        let own = Decision { verdict, request_id: asking.request_id.into(), at, repeated: false };
        settled(self.ledger.commit(entry, spend).await?, Some(own))
    }

    /// Where decisions go: for the tags of what a call spends.
    pub fn ledger(&self) -> &dyn Ledger {
        &*self.ledger
    }

    /// What is found about a claim, and by whom. Nothing is written.
    pub(crate) async fn look(&self, asking: &Asking<'_>, claim: &Claim) -> Seen {
        // What the door could not read may be what the operator can.
        let read = (!claim.is_comparable() && !self.private_use.is_empty()).then(|| claim.read_with(&self.private_use));
        let found = self.decide(read.as_ref().unwrap_or(claim)).await;
        if let Verdict::CannotCheck(why) = &found.verdict {
            tracing::warn!(
                door = asking.door,
                caller = asking.caller,
                request_id = asking.request_id,
                check = claim.check().word(),
                reason = why.word(),
                "a claim could not be checked: {why}"
            );
        }
        found
    }

    async fn decide(&self, claim: &Claim) -> Seen {
        let without = |verdict, source| Seen { verdict, source, score: None };
        if !claim.is_comparable() {
            return without(Verdict::CannotCheck(CannotCheck::NameNotComparable), None);
        }
        let mut silent = None;
        for id in self.policy.sources(claim.check()) {
            let Some(source) = self.sources.get(id) else { continue };
            match source.ask(claim).await {
                Ok(Finding::NoRecord) => {}
                Ok(Finding::Record { differing, portrait }) => {
                    let (verdict, score) = self.judge(claim, differing, portrait.as_deref()).await;
                    return Seen { verdict, source: Some(id.clone()), score };
                }
                Err(down) => {
                    tracing::error!(source = id.as_str(), error = chain(&down), "a source did not answer");
                    silent = Some(id.clone());
                }
            }
        }
        match silent {
            Some(id) => without(Verdict::CannotCheck(CannotCheck::SourceDown(id.clone())), Some(id)),
            None => without(Verdict::NoRecord, None),
        }
    }

    /// A wrong name or number decides before the face is looked at, and so without an engine too. With a verdict on two faces goes
    /// their score.
    async fn judge(&self, claim: &Claim, differing: Elements, template: Option<&[u8]>) -> (Verdict, Option<Score>) {
        let cannot = |why| (Verdict::CannotCheck(why), None);
        if !differing.is_empty() {
            return (Verdict::Mismatch(differing), None);
        }
        let Claim::Resident { portrait: Some(photo), .. } = claim else { return (Verdict::Match, None) };
        let Some(faces) = &self.faces else { return cannot(CannotCheck::NoFaceEngine) };
        let Some(template) = template else { return cannot(CannotCheck::NoPortraitOnRecord) };
        match faces.compare(template, photo).await {
            Likeness::Same(score) => (Verdict::Match, Some(score)),
            Likeness::Different(score) => (Verdict::Mismatch(Elements::NONE.with(Element::Portrait)), Some(score)),
            Likeness::Unusable(reason) => cannot(CannotCheck::PortraitUnusable(reason)),
            Likeness::Busy => cannot(CannotCheck::FaceEngineBusy),
            Likeness::OtherModel => cannot(CannotCheck::TemplateOutdated),
        }
    }
}

/// What was found about a claim.
pub(crate) struct Seen {
    pub(crate) verdict: Verdict,
    /// Who found it.
    pub(crate) source: Option<SourceId>,
    /// How alike the faces were, where two were compared.
    pub(crate) score: Option<Score>,
}

impl Asking<'_> {
    /// The ledger's entry for what was decided.
    pub(crate) fn entry(&self, at: UnixTime, subject: SubjectTag, ruling: Ruling, source: Option<SourceId>) -> Entry {
        Entry {
            at,
            request_id: self.request_id.into(),
            door: self.door.into(),
            caller: self.caller.into(),
            operation: self.operation.into(),
            subject,
            ruling,
            source,
            took_micros: u32::try_from(self.arrived.elapsed().as_micros()).unwrap_or(u32::MAX),
        }
    }
}

/// The decision that a commit stands for: this call's own where the entry is new.
fn settled(committed: Committed, own: Option<Decision>) -> Result<Decision, Fault> {
    match (committed, own) {
        (Committed::New(_), Some(own)) => Ok(own),
        (Committed::Repeated(first), _) => {
            let Entry { ruling, request_id, at, .. } = *first;
            match ruling {
                Ruling::Checked { verdict, .. } => Ok(Decision { verdict, request_id, at, repeated: true }),
                // The number stands for something else than a check.
                Ruling::Case(_) => Err(Fault::Differs),
            }
        }
        (Committed::Differs, _) => Err(Fault::Differs),
        (Committed::Replayed | Committed::New(_), _) => Err(Fault::Replayed),
    }
}

/// An error with everything that led to it, on one line.
pub(crate) fn chain(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut next = error.source();
    while let Some(cause) = next {
        text.push_str(": ");
        text.push_str(&cause.to_string());
        next = cause.source();
    }
    text
}

#[cfg(test)]
mod tests;

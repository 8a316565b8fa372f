//! Checks beside the reviewer: what can be said of a case before a person looks at it, left as remarks.
//!
//! They run when the call has long been answered: a case that is under review and has no remarks in its round is looked
//! at, whenever it was handed in and by whichever process. So nothing has to be remembered over a stop, and a call never
//! waits for a check.
//!
//! A look-up of a person or a company is a check like a caller's, and is in the ledger like one, under the operation
//! `precheck`: who reads the ledger for what was asked about somebody must not miss what the server asked by itself.
//!
//! A remark names a field and a reason in words of ours. What is in the field it never says.

mod company;
mod dates;
mod numbers;
mod papers;
mod picture;
mod scans;

use std::{
    collections::HashMap,
    sync::Arc,
    time::{Duration, Instant},
};

use parking_lot::Mutex;
use shiming_core::{
    Case, CaseKey, Checker, Clock, SubmitFault, Submitter, UnixTime,
    check::Asking,
    submit::{
        CasesError, Decision, Filed, Form, Forms, Judgement, Outcome, Remark, Remarked, Review, State, Topic, Which,
    },
};

use crate::random::Random;

/// What is decided without a person.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Automatic {
    /// Nothing.
    #[default]
    Off,
    /// A case of which every remark is clear, and whose company or person was found on record, is approved, where one approval is enough: two are two people's.
    ApproveClear,
}

/// How the checks act.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Settings {
    /// What is decided without a person.
    pub automatic: Automatic,
    /// How many approvals a case needs.
    pub review: Review,
}

/// What the checks work with.
pub struct Tools {
    /// Leads cases to their decision.
    pub submitter: Arc<Submitter>,
    /// Looks people and companies up.
    pub checker: Arc<Checker>,
    /// Reads the doors' dossiers.
    pub forms: Vec<Arc<dyn Forms>>,
    /// When it is.
    pub clock: Arc<dyn Clock>,
    /// Chance: for the numbers of look-ups.
    pub random: Arc<dyn Random>,
}

/// Looks at cases.
pub struct Prechecks {
    settings: Settings,
    tools: Tools,
    /// Cases whose source was down, and when they are looked at again.
    later: Mutex<HashMap<i64, UnixTime>>,
}

/// The operator's name under which cases are decided without a person.
pub const POLICY: &str = "policy";

/// The operation that the ledger says.
const OPERATION: &str = "precheck";
/// How often cases are looked for.
const EVERY: Duration = Duration::from_secs(5);
/// So many are looked at in a turn.
const AT_ONCE: usize = 100;
/// A source that was down is asked again so much later.
const RETRY_MILLIS: i64 = 60 * 1000;
/// So long a case without remarks waits for a source; then the remark is that it was down.
const PATIENCE_MILLIS: i64 = 10 * 60 * 1000;

/// One look at a case: what is said about it.
struct Look<'a> {
    case: &'a Case,
    form: &'a Form,
    request_id: &'a str,
    now: UnixTime,
    remarks: Vec<Remark>,
}

impl Look<'_> {
    fn say(&mut self, topic: Topic, field: &str, judgement: Judgement, why: &'static str) {
        self.remarks.push(Remark::new(topic, field, judgement, why));
    }
}

/// What ends a look without remarks.
enum Stop {
    /// A source did not answer: the case is looked at again.
    Down,
    /// The store did not.
    Failed(CasesError),
}

impl From<CasesError> for Stop {
    fn from(error: CasesError) -> Self {
        Self::Failed(error)
    }
}

impl Prechecks {
    /// Checks over these.
    pub fn new(settings: Settings, tools: Tools) -> Self {
        Self { settings, tools, later: Mutex::default() }
    }

    /// Looks at what has no remarks, now and then, for as long as it is run; and first at what an earlier process has
    /// remarked on and not decided.
    pub async fn run(self) {
        let mut turn = tokio::time::interval(EVERY);
        turn.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
        turn.tick().await;
        if let Err(error) = self.catch_up().await {
            tracing::error!(error = ?error, "cases cannot be decided by policy");
        }
        loop {
            if let Err(error) = self.turn().await {
                tracing::error!(error = ?error, "cases cannot be looked at");
            }
            turn.tick().await;
        }
    }

    /// Looks at cases without remarks, at most some. Gives how many have remarks now.
    pub async fn turn(&self) -> Result<usize, SubmitFault> {
        let cases = self.tools.submitter.cases();
        let mut looked = 0;
        let now = self.tools.clock.now();
        self.later.lock().retain(|_, then| now < *then);
        for case in cases.unremarked(AT_ONCE).await? {
            let now = self.tools.clock.now();
            if self.later.lock().contains_key(&case.key.number) {
                continue;
            }
            match self.look(&case, now).await {
                Ok(remarks) => {
                    if cases.remark(&case, remarks, now).await? {
                        looked += 1;
                        self.decide(&case.key).await?;
                    }
                }
                Err(Stop::Down) => {
                    self.later.lock().insert(case.key.number, now.plus_millis(RETRY_MILLIS));
                }
                // The other cases are looked at all the same.
                Err(Stop::Failed(error)) => {
                    self.later.lock().insert(case.key.number, now.plus_millis(RETRY_MILLIS));
                    tracing::error!(number = case.key.number, error = ?error, "a case cannot be looked at");
                }
            }
        }
        Ok(looked)
    }

    /// Decides what was remarked on and not decided, where that is the policy.
    pub async fn catch_up(&self) -> Result<(), SubmitFault> {
        if !self.decides() {
            return Ok(());
        }
        let mut which = Which { state: Some(State::UnderReview), ..Which::default() };
        loop {
            let page = self.tools.submitter.list(&which, AT_ONCE).await?;
            let Some(last) = page.last() else { return Ok(()) };
            which.behind = last.key.number;
            for case in &page {
                self.decide(&case.key).await?;
            }
        }
    }

    fn decides(&self) -> bool {
        self.settings.automatic == Automatic::ApproveClear && self.settings.review == Review::One
    }

    /// Approves a case whose remarks of this round are all clear. It is decided as it was seen: a case that has been
    /// handed in anew meanwhile has a round without remarks.
    async fn decide(&self, key: &CaseKey) -> Result<(), SubmitFault> {
        let cases = self.tools.submitter.cases();
        if !self.decides() {
            return Ok(());
        }
        let Some(case) = cases.find(key).await? else { return Ok(()) };
        let remarked = cases.remarks(key).await?;
        let clear = remarked.iter().find(|remarked| remarked.round == case.round).is_some_and(is_good);
        if !clear || case.state != State::UnderReview {
            return Ok(());
        }
        let decision = Decision { outcome: Outcome::Approve, reason: String::new(), by: POLICY.into() };
        let request_id = self.request_id();
        match self.tools.submitter.decide_as_seen(asking(&case, &request_id), &case, decision, Review::One).await {
            Ok(Some(_)) => tracing::info!(number = key.number, door = key.door, "a clear case was approved by policy"),
            // An operator was faster.
            Ok(None) | Err(SubmitFault::Forbidden(_)) => {}
            Err(fault) => return Err(fault),
        }
        Ok(())
    }

    async fn look(&self, case: &Case, now: UnixTime) -> Result<Vec<Remark>, Stop> {
        let cases = self.tools.submitter.cases();
        let filed: Vec<Filed> = cases.papers(&case.key).await?;
        let filed: Vec<Filed> = filed.into_iter().filter(|filed| filed.superseded.is_none()).collect();
        let form = self.form(&case.key).await?;
        let unread = form.is_none();
        let form = form.unwrap_or_default();
        let request_id = self.request_id();
        let mut look = Look { case, form: &form, request_id: &request_id, now, remarks: Vec::new() };
        if unread {
            look.say(Topic::Form, "", Judgement::Doubt, "the form cannot be read here");
        }
        for (field, why) in &form.doubts {
            look.say(Topic::Form, field, Judgement::Doubt, why);
        }
        numbers::look(&mut look);
        dates::look(&mut look);
        company::look(&mut look, &self.tools.checker).await?;
        papers::look(&mut look, self, &filed).await?;
        Ok(look.remarks)
    }

    /// What is written on a case's form, where its door says it and its content was not erased.
    async fn form(&self, key: &CaseKey) -> Result<Option<Form>, CasesError> {
        let Some(forms) = self.tools.forms.iter().find(|forms| forms.door() == key.door) else { return Ok(None) };
        let dossier = self.tools.submitter.cases().dossier(key).await?;
        Ok(dossier.and_then(|dossier| forms.form(key, &dossier)))
    }

    fn request_id(&self) -> String {
        let mut number = [0; 16];
        self.tools.random.fill(&mut number);
        format!("precheck-{:032x}", u128::from_be_bytes(number))
    }
}

/// Whether all is clear, and somebody was found on record: a form that says too little is no good case.
fn is_good(remarked: &Remarked) -> bool {
    let found = |remark: &Remark| matches!(remark.topic, Topic::Company | Topic::Person);
    remarked.is_clear() && remarked.remarks.iter().any(found)
}

/// In whose name a case is looked at: its caller's.
fn asking<'a>(case: &'a Case, request_id: &'a str) -> Asking<'a> {
    let CaseKey { door, caller, .. } = &case.key;
    Asking { door, caller, operation: OPERATION, request_id, arrived: Instant::now() }
}

#[cfg(test)]
mod tests;

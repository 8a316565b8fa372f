//! Sessions at the desk in every state that a query can meet, so that nobody has to sit there first.
//!
//! They are made by the steps that the desk takes: agree, submit, decide. Docs: Alipay v3 specification, section 4.4.

use serde::Serialize;
use shiming_core::{
    Element, Elements, Ledger, Redeemer, SessionKey, SourceId, UnixTime, Verdict,
    redeem::{
        Consent, Creation, Forbidden, Judged, NewAgreement, Person, Purpose, Returns, SessionsError, State, Step,
        StepFault,
    },
};
use shiming_identity::{PersonName, ResidentId};
use shiming_server::doors::{
    alipay::{Member, NAME, Numbers, jobworth::FirstStep},
    alipay_gateway::certification::Begun,
};
use shiming_wire::alipay_gateway::material::PRODUCT_CODE;

use super::{APPS, SERVICE};
use crate::cast::{self, Cast};

/// A session as a caller needs it.
#[derive(Debug, Serialize)]
pub(in crate::commands::demo) struct Prepared {
    /// Where it stands, or the code that a query is answered with.
    pub(in crate::commands::demo) case: &'static str,
    /// What a query is told: `identity_result`, `passed`, or a code.
    pub(in crate::commands::demo) answer: &'static str,
    /// The app whose it is.
    app_id: &'static str,
    /// A query uses it up.
    #[serde(skip_serializing_if = "Option::is_none")]
    once: Option<bool>,
    #[serde(flatten)]
    family: Family,
}

#[derive(Debug, Serialize)]
#[serde(untagged)]
enum Family {
    Jobworth {
        conn_key: String,
        once_token: String,
        query_type: &'static str,
        identity_type: &'static str,
        service_id: &'static str,
        #[serde(skip_serializing_if = "Option::is_none")]
        user_id: Option<String>,
        #[serde(skip_serializing_if = "Option::is_none")]
        open_id: Option<String>,
        #[serde(skip_serializing_if = "Option::is_none")]
        cert_no: Option<String>,
        #[serde(skip_serializing_if = "Option::is_none")]
        cert_type: Option<&'static str>,
        /// The path of the desk's link, for somebody who wants to sit there.
        #[serde(skip_serializing_if = "Option::is_none")]
        desk: Option<String>,
    },
    Certification {
        biz_no: String,
    },
}

impl Prepared {
    /// `conn_key` and `once_token` of a jobworth session.
    pub(in crate::commands::demo) fn jobworth(&self) -> Option<(&str, &str)> {
        match &self.family {
            Family::Jobworth { conn_key, once_token, .. } => Some((conn_key, once_token)),
            Family::Certification { .. } => None,
        }
    }

    /// The path of a link to the desk that nobody has used.
    pub(in crate::commands::demo) fn desk(&self) -> Option<&str> {
        match &self.family {
            Family::Jobworth { desk, .. } => desk.as_deref(),
            Family::Certification { .. } => None,
        }
    }
}

/// What every agreement's number begins with; the session's name follows.
pub(in crate::commands::demo) const AGREEMENT: &str = "demo-agreement-";
/// The same for once-tokens.
pub(in crate::commands::demo) const TOKEN: &str = "demo-once-token-";

/// How far a session is led.
#[derive(Clone, Copy, PartialEq, Eq)]
enum To {
    Created,
    Cancelled,
    Expired,
    Authorized,
    /// The check has matched, and an operator is to look.
    Submitted,
    Withdrawn,
    Decided(Passed),
    Redeemed,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Passed {
    Yes,
    No,
}

/// The jobworth sessions: case, the person in it, how far it is led, what a query is told, how many.
const JOBWORTH: [(&str, &str, To, &str, usize); 17] = [
    ("created", "match", To::Created, "USER_NOT_AUTHORIZE", 1),
    ("cancelled", "match", To::Cancelled, "TOKEN_INVALID", 1),
    ("expired", "match", To::Expired, "TOKEN_INVALID", 1),
    ("waiting", "match", To::Authorized, "WAITING_VERIFY", 1),
    ("verifying", "match", To::Submitted, "WAITING_VERIFY", 1),
    ("withdrawn", "match", To::Withdrawn, "USER_NOT_AUTHORIZE", 1),
    ("succeeded", "match", To::Decided(Passed::Yes), "SUCCESS", 8),
    ("failed", "name_mismatch", To::Decided(Passed::No), "FAILED", 4),
    ("redeemed", "match", To::Redeemed, "TOKEN_INVALID", 1),
    ("NOT_OPEN_ZM", "no_account", To::Submitted, "NOT_OPEN_ZM", 1),
    ("USER_NOT_OPEN_JOBWORTH", "not_opened", To::Submitted, "USER_NOT_OPEN_JOBWORTH", 1),
    ("OPEN_ZM_ACCOUNT_INTERCEPT", "blocked", To::Submitted, "OPEN_ZM_ACCOUNT_INTERCEPT", 1),
    ("JOB_WORTH_BLACK_LIST", "listed", To::Submitted, "JOB_WORTH_BLACK_LIST", 1),
    ("RISK_INTERCEPT", "risk", To::Submitted, "RISK_INTERCEPT", 1),
    ("USER_NAME_NOT_MATCH", "other_name", To::Submitted, "USER_NAME_NOT_MATCH", 1),
    ("MOBILE_NO_NOT_MATCH", "other_mobile", To::Submitted, "MOBILE_NO_NOT_MATCH", 1),
    ("SYSTEM_ERROR", "unreachable", To::Submitted, "SYSTEM_ERROR", 1),
];

/// The certifications: case, person, how far, what `passed` is.
const CERTIFICATION: [(&str, &str, To, &str); 3] = [
    ("begun", "match", To::Created, "false"),
    ("certified", "match", To::Decided(Passed::Yes), "true"),
    ("not_certified", "name_mismatch", To::Decided(Passed::No), "false"),
];

/// What the making of sessions needs.
pub(in crate::commands::demo) struct Stage<'a> {
    pub(in crate::commands::demo) redeemer: &'a Redeemer,
    pub(in crate::commands::demo) ledger: &'a dyn Ledger,
    pub(in crate::commands::demo) cast: &'a Cast,
    pub(in crate::commands::demo) now: UnixTime,
    pub(in crate::commands::demo) numbers: &'a Numbers,
}

/// Why a session could not be made.
#[derive(Debug, thiserror::Error)]
pub(in crate::commands::demo) enum Stuck {
    #[error(transparent)]
    Step(#[from] StepFault),
    #[error(transparent)]
    Sessions(#[from] SessionsError),
}

impl Stage<'_> {
    /// Makes every session; one that an earlier demo made is named where it still stands as it was made.
    pub(in crate::commands::demo) async fn prepare(&self) -> Result<Vec<Prepared>, Stuck> {
        for (number, bar) in self.cast.bars() {
            self.redeemer.sessions().set_bar(self.redeemer.subject(number), Some(bar)).await?;
        }
        let mut prepared = Vec::new();
        for (case, person, to, answer, many) in JOBWORTH {
            for index in 1..=many {
                let name = if many == 1 { case.to_owned() } else { format!("{case}-{index}") };
                let Some(person) = self.person(person) else { continue };
                if let Some(family) = self.jobworth(&name, &person, to).await? {
                    prepared.push(Self::named(case, answer, to, family));
                }
            }
        }
        for (case, person, to, answer) in CERTIFICATION {
            let Some(person) = self.person(person) else { continue };
            let family = self.certification(case, person, to).await?;
            prepared.push(Prepared { once: None, ..Self::named(case, answer, to, family) });
        }
        Ok(prepared)
    }

    fn named(case: &'static str, answer: &'static str, to: To, family: Family) -> Prepared {
        let once = matches!(to, To::Decided(_)).then_some(true);
        Prepared { case, answer, app_id: APPS[0].id, once, family }
    }

    async fn jobworth(&self, name: &str, person: &Person, to: To) -> Result<Option<Family>, Stuck> {
        let (conn_key, once_token) = (format!("{AGREEMENT}{name}"), format!("{TOKEN}{name}"));
        let (created, expires) = self.life(to);
        let step = FirstStep {
            app_id: APPS[0].id,
            once_token: &once_token,
            purpose: Purpose { identity: "04".into(), precision: "exact".into(), service: SERVICE.into() },
            agreement: NewAgreement {
                number: conn_key.clone(),
                id: self.numbers.biz_no(self.now).trim_start_matches("ZM").to_owned(),
            },
            returns: Returns::default(),
            created,
            expires,
        };
        let session = self.redeemer.create(step.session(self.ledger)).await?;
        let (key, link) = match session {
            Creation::Made(session, link) => {
                self.lead(&session.key, person, to).await?;
                (session.key, Some(link))
            }
            Creation::Again(session) if session.state_at(self.now) == stands(to) => (session.key, None),
            Creation::Again(_) | Creation::Differs => return Ok(None),
        };
        if to == To::Withdrawn {
            self.redeemer.withdraw(NAME, &key.caller, &conn_key).await?;
        }
        let named = matches!(to, To::Submitted | To::Decided(_));
        let member = named.then(|| Member::of(self.redeemer.subject(person.id.expose()), &key.caller, self.ledger));
        let (user_id, open_id) = member.map(|member| (member.user_id, member.open_id)).unzip();
        Ok(Some(Family::Jobworth {
            conn_key,
            once_token,
            query_type: "exact",
            identity_type: "04",
            service_id: SERVICE,
            user_id,
            open_id,
            cert_no: named.then(|| person.id.expose().to_owned()),
            cert_type: named.then_some("0"),
            desk: link.filter(|_| to == To::Created).map(|link| format!("/desk/{}", link.expose())),
        }))
    }

    async fn certification(&self, case: &str, person: Person, to: To) -> Result<Family, Stuck> {
        let (created, expires) = self.life(to);
        let begun = Begun {
            app_id: APPS[0].id,
            biz_no: self.numbers.biz_no(self.now),
            request: Some(format!("demo {case}")),
            content: self.ledger.tag(&[b"demo", case.as_bytes()]),
            biz_code: "FACE".into(),
            product_code: PRODUCT_CODE.into(),
            person: person.clone(),
            created,
            expires,
        };
        let key = match self.redeemer.create(begun.session()).await? {
            Creation::Made(session, _) => {
                self.lead(&session.key, &Person { portrait: Some(PORTRAIT.to_vec()), ..person }, to).await?;
                session.key
            }
            Creation::Again(session) => session.key,
            Creation::Differs => return Err(StepFault::from(Forbidden::Unknown).into()),
        };
        Ok(Family::Certification { biz_no: key.handle })
    }

    /// Takes the steps that the desk takes.
    async fn lead(&self, key: &SessionKey, person: &Person, to: To) -> Result<(), Stuck> {
        match to {
            To::Created | To::Expired => return Ok(()),
            To::Cancelled => {
                self.redeemer.cancel(key).await?;
                return Ok(());
            }
            _ => {}
        }
        self.step(key, Step::Authorize(Consent { version: "demo".into(), at: self.now })).await?;
        if matches!(to, To::Authorized | To::Withdrawn) {
            return Ok(());
        }
        let subject = self.redeemer.subject(person.id.expose());
        self.step(key, Step::Submit { subject, person: Box::new(person.clone()) }).await?;
        let verdict = match to {
            To::Decided(Passed::No) => Verdict::Mismatch(Elements::NONE.with(Element::Name)),
            _ => Verdict::Match,
        };
        // No decision of anybody's: the ledger begins with the caller's own query.
        let judged = Judged {
            verdict,
            source: Some(SourceId::from("demo")),
            request_id: self.numbers.trace_id(self.now),
            at: self.now,
        };
        let decided = matches!(to, To::Decided(_) | To::Redeemed);
        self.step(key, if decided { Step::Decide(judged) } else { Step::Judge(judged) }).await?;
        if to == To::Redeemed {
            self.step(key, Step::Redeem).await?;
        }
        Ok(())
    }

    async fn step(&self, key: &SessionKey, step: Step) -> Result<(), Stuck> {
        let taken = self.redeemer.sessions().step(key.clone(), step, self.now).await?;
        taken.map_err(StepFault::from)?;
        Ok(())
    }

    /// From when to when: a day, or a day that is over.
    fn life(&self, to: To) -> (UnixTime, UnixTime) {
        const DAY: i64 = 24 * 60 * 60 * 1000;
        let created = if to == To::Expired { self.now.plus_millis(-DAY - 1) } else { self.now };
        (created, created.plus_millis(DAY))
    }

    fn person(&self, case: &str) -> Option<Person> {
        let cast::Person { name, id_number, .. } = self.cast.person(case)?;
        Some(Person {
            id: ResidentId::parse(id_number, self.now.china_date()).ok()?.value,
            name: PersonName::parse(name).ok()?.value,
            portrait: None,
        })
    }
}

fn stands(to: To) -> State {
    match to {
        To::Created => State::Created,
        To::Cancelled | To::Expired => State::Expired,
        To::Authorized | To::Withdrawn => State::Authorized,
        To::Submitted => State::Verifying,
        To::Decided(Passed::Yes) => State::Succeeded,
        To::Decided(Passed::No) => State::Failed,
        To::Redeemed => State::Redeemed,
    }
}

/// The head of a picture: nobody looks at it, and it is erased with everything else that was submitted.
const PORTRAIT: &[u8] = b"\x89PNG\r\n\x1a\n";

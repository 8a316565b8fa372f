//! Who asks a person for what, and the way back to them: what a session means to the door that made it.
//!
//! Docs: Alipay gateway specification, section 5.2; Alipay v3 specification, sections 3.4, 4.2 and 4.4. The parameters
//! of the way back are signed with the platform's key. They are a hint, as at the vendor's: clients are to query.

use shiming_core::{
    Session, UnixTime,
    redeem::{Judged, State},
};
use shiming_wire::alipay_gateway::{certification as wire_certification, jobworth as wire_jobworth};

use super::lang::Lang;
use crate::doors::{
    alipay::{self, Tools, jobworth},
    alipay_gateway::certification,
};

/// Who asks, and for what.
pub(super) struct Party {
    /// What the operator calls the caller.
    pub(super) name: String,
    /// The caller's key id.
    pub(super) caller: String,
    family: Family,
}

/// Families of operations that lead to the desk.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Family {
    /// Name, number and portrait of somebody whom the caller names.
    Certification,
    /// A profession.
    Jobworth,
    /// None that is known here: nothing more is said than what is always true.
    Other,
}

/// The doors and families whose sessions come to the desk: what session keys begin with.
pub const FAMILIES: [(&str, &str); 2] = [(alipay::NAME, certification::KIND), (alipay::NAME, jobworth::KIND)];

impl Party {
    pub(super) fn of(session: &Session, tools: &Tools) -> Self {
        let caller = session.key.caller.clone();
        let family = match (session.key.door.as_str(), session.key.kind.as_str()) {
            (alipay::NAME, certification::KIND) => Family::Certification,
            (alipay::NAME, jobworth::KIND) => Family::Jobworth,
            _ => Family::Other,
        };
        let label = tools.callers.find(&caller).map(|held| held.caller.label.clone());
        let name = label.filter(|label| !label.trim().is_empty()).unwrap_or_else(|| caller.clone());
        Self { name, caller, family }
    }

    /// What is to be proved.
    pub(super) fn purpose(&self, session: &Session, lang: Lang) -> String {
        match self.family {
            Family::Certification => lang.say("本人身份核验", "Proof of identity").to_owned(),
            Family::Jobworth if session.purpose.identity == alipay::TEACHER => {
                lang.say("职业身份认证：教师", "Professional identity: teacher").to_owned()
            }
            Family::Jobworth => {
                format!(
                    "{}{}",
                    lang.say("职业身份认证：类型 ", "Professional identity: type "),
                    session.purpose.identity
                )
            }
            Family::Other => lang.say("身份核验", "Identity check").to_owned(),
        }
    }

    /// How exactly it is to be proved, where that differs.
    pub(super) fn precision(&self, session: &Session, lang: Lang) -> Option<&'static str> {
        match (self.family, session.purpose.precision.as_str()) {
            (Family::Jobworth, "exact") => Some(lang.say("精确：类别与具体信息", "Exact: category and particulars")),
            (Family::Jobworth, "dim") => Some(lang.say("模糊：仅类别", "Category only")),
            _ => None,
        }
    }

    /// Where the person's browser goes from here, if the caller has said so.
    pub(super) fn way_back(&self, session: &Session, tools: &Tools, now: UnixTime) -> Option<String> {
        let held = tools.callers.find(&self.caller);
        let platform = tools.platform_of(held.as_ref().map(|held| &held.caller))?;
        let (key, at) = (&platform.gateway.key, now.timestamp());
        let declined = declined(session, now);
        let returns = &session.returns;
        let back = if declined { returns.cancelled.as_ref().or(returns.done.as_ref()) } else { returns.done.as_ref() };
        let back = back.filter(|address| alipay::may_lead_to(address))?;
        let signed = match self.family {
            Family::Certification => {
                let (passed, failed_reason) = match known(session) {
                    Some(judged) => certification::decided(judged),
                    None if declined => (false, "用户取消认证"),
                    None => (false, "认证未完成"),
                };
                let (app_id, biz_no) = (self.caller.as_str(), session.key.handle.as_str());
                let told = wire_certification::Return { app_id, biz_no, passed, failed_reason, at };
                wire_certification::return_address(back, &told, key)
            }
            Family::Jobworth => {
                let told = wire_jobworth::Return {
                    app_id: &self.caller,
                    out_agreement_no: session.agreement.as_deref().unwrap_or_default(),
                    token_status: if known(session).is_some() { "FINISH" } else { "PROCESSING" },
                    at,
                };
                wire_jobworth::return_address(back, &told, key)
            }
            Family::Other => return Some(back.clone()),
        };
        signed.inspect_err(|_| tracing::error!(door = super::NAME, "a way back could not be signed")).ok()
    }
}

/// Whether the person did not want to, and has still time to be told so.
pub(super) fn declined(session: &Session, now: UnixTime) -> bool {
    session.state == State::Expired && now < session.expires
}

/// The result, where there is one.
pub(super) fn known(session: &Session) -> Option<&Judged> {
    session.judged.as_ref().filter(|_| session.state.is_final() || session.state == State::Redeemed)
}

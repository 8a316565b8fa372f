//! The jobworth family (职得) in the core's words, for both doors: which session a once-token stands for, what a query
//! must agree with, and what is said of it.
//!
//! Docs: Alipay v3 specification, sections 3.3, 4.2 and 4.4. Departures, all where the documents are silent:
//!
//! * a `service_id` of the app that is not the token's is `PARAM_ERROR`; one that is not the app's `MERCHANT_INTERCEPT`;
//! * an agreement to which nobody has agreed yet is `CREDIT_AUTH_NOT_EXIST`; the two numbers of an agreement query that
//!   name two agreements are `ILLEGAL_QUERY`;
//! * an agreement of somebody against whom something stands is `BIZ_ERROR`, and `DEPEND_FAILURE` where the service that vouches
//!   cannot be asked about them, which is `SYSTEM_ERROR` to a query;
//! * `identity_result_skip_url` is never given: the result page is inside the vendor's app.

use shiming_core::{
    Asking, Check, Ledger, RedeemFault, Redeemer, Redemption, SessionKey, Spend, SubjectTag, UnixTime,
    redeem::{
        Agreement, AgreementName, Bar, Checks, Enough, NewAgreement, NewSession, Purpose, Refused, Returns,
        SessionsError, Spending, Term,
    },
};
use shiming_identity::{Date, ResidentId, upgrade15};
use shiming_wire::alipay_gateway::{
    Business,
    call::format_timestamp,
    jobworth::{AgreementQuery, AgreementResult, Authentication, AuthenticationResult, CertType, IdentityResult},
};

use super::{AlipayCaller, Member, MemberIds, NAME};

/// The family's kind of session.
pub const KIND: &str = "jobworth";

/// The first step: an app asks that a person prove their profession to it.
#[derive(Debug)]
pub struct FirstStep<'a> {
    /// The app.
    pub app_id: &'a str,
    /// The app's token for the result.
    pub once_token: &'a str,
    /// What is to be proved: `identity_type`, `query_type`, and the credit service's number.
    pub purpose: Purpose,
    /// The agreement with the person.
    pub agreement: NewAgreement,
    /// Where the person goes afterwards.
    pub returns: Returns,
    /// Now.
    pub created: UnixTime,
    /// When the session is over.
    pub expires: UnixTime,
}

impl FirstStep<'_> {
    /// The session to make. An operator confirms what no source knows: a match by name and number alone never makes a
    /// teacher.
    pub fn session(self, ledger: &dyn Ledger) -> NewSession {
        let Self { app_id, once_token, purpose, agreement, returns, created, expires } = self;
        let terms = [&agreement.number, &purpose.identity, &purpose.precision, &purpose.service];
        NewSession {
            key: session_key(app_id, once_token),
            request: None,
            content: ledger.tag(&terms.map(String::as_bytes)),
            agreement: Some(agreement),
            purpose,
            check: Check::Resident2,
            enough: Enough::MatchAndReview,
            spending: Spending::Once,
            claimed: None,
            subject: None,
            returns,
            created,
            expires,
        }
    }
}

/// The session that a once-token stands for.
pub(in crate::doors) fn session_key(app_id: &str, once_token: &str) -> SessionKey {
    SessionKey { door: NAME.into(), caller: app_id.into(), kind: KIND.into(), handle: once_token.into() }
}

/// What came of a query.
pub(in crate::doors) struct Told {
    /// How it stands.
    pub(in crate::doors) result: IdentityResult,
    /// The person, once somebody is named.
    member: Option<Member>,
    ids: MemberIds,
}

impl Told {
    /// The answer's members.
    pub(in crate::doors) fn answer(&self) -> AuthenticationResult<'_> {
        let member = self.member.as_ref();
        AuthenticationResult {
            identity_result: self.result,
            identity_result_skip_url: None,
            // It is the id of a user who was verified.
            merchant_identity_id: member
                .filter(|_| self.result == IdentityResult::Success)
                .map(|member| member.merchant_identity_id.as_str()),
            open_id: member.and_then(|member| self.ids.open_id(member)),
            user_id: member.and_then(|member| self.ids.user_id(member)),
        }
    }
}

/// How an agreement stands.
pub(in crate::doors) struct Agreed {
    agreement: Agreement,
    member: Option<Member>,
    ids: MemberIds,
    since: Option<String>,
}

impl Agreed {
    /// The answer's members.
    pub(in crate::doors) fn answer(&self) -> AgreementResult<'_> {
        AgreementResult {
            valid: self.agreement.valid,
            alipay_user_id: self.member.as_ref().and_then(|member| self.ids.user_id(member)),
            biz_time: self.since.as_deref(),
            credit_agreement_id: &self.agreement.id,
            ext_info: None,
            open_id: self.member.as_ref().and_then(|member| self.ids.open_id(member)),
            out_agreement_no: &self.agreement.number,
        }
    }
}

/// Why a query came to nothing.
pub(in crate::doors) enum Untold {
    /// It is refused.
    Refused(Business),
    /// What the call spends was spent before.
    Replayed,
}

impl From<Business> for Untold {
    fn from(business: Business) -> Self {
        Self::Refused(business)
    }
}

/// Answers a query: steps 2 to 9 of section 4.4. Takes the spend once the redeemer uses it up.
pub(in crate::doors) async fn query(
    redeemer: &Redeemer,
    ledger: &dyn Ledger,
    app: &AlipayCaller,
    asking: Asking<'_>,
    asked: &Authentication,
    (today, spend): (Date, &mut Option<Spend>),
) -> Result<Told, Untold> {
    let Terms { key, purpose } =
        terms(app, &asked.once_token, &asked.identity_type, asked.query_type.word(), &asked.service_id)?;
    let member = |subject| Member::of(subject, &app.app_id, ledger);
    let named = |subject: SubjectTag| {
        let member = member(subject);
        asked.user_id.as_ref().is_none_or(|id| *id == member.user_id)
            && asked.open_id.as_ref().is_none_or(|id| *id == member.open_id)
    };
    let document = asked.cert_no.as_ref().map(|number| match asked.cert_type {
        Some(CertType::IdentityCard) | None => redeemer.subject(&normal(number.expose(), today)),
        // Nobody here is known by another document.
        Some(_) => SubjectTag([0; 16]),
    });
    let checks =
        Checks { agreement: Some(&asked.conn_key), purpose: Some(&purpose), is_member: Some(&named), document };
    let (result, session) = match redeemer.redeem(asking, &key, &checks, spend.take()).await.map_err(untold)? {
        Redemption::Pending(session) => (IdentityResult::WaitingVerify, session),
        Redemption::Decided { session, judged } if judged.passed() => (IdentityResult::Success, session),
        Redemption::Decided { session, .. } => (IdentityResult::Failed, session),
    };
    Ok(Told { result, member: session.subject.map(member), ids: app.member_ids })
}

/// What a query would be told, as far as section 4.4's step 7, without touching anything.
pub(in crate::doors) async fn consult(
    redeemer: &Redeemer,
    app: &AlipayCaller,
    asked: &shiming_wire::alipay_gateway::jobworth::Preconsult,
) -> Result<(), Business> {
    let Terms { key, purpose } =
        terms(app, &asked.once_token, &asked.identity_type, asked.query_type.word(), &asked.zm_service_id)?;
    let checks = Checks { agreement: Some(&asked.out_agreement_no), purpose: Some(&purpose), ..Checks::default() };
    redeemer.consult(&key, &checks).await.map_err(|fault| match untold(fault) {
        Untold::Refused(business) => business,
        Untold::Replayed => Business::System,
    })
}

/// An agreement by either of its numbers, the platform's preferred.
pub(in crate::doors) async fn agreement(
    redeemer: &Redeemer,
    ledger: &dyn Ledger,
    app: &AlipayCaller,
    asked: &AgreementQuery,
) -> Result<Agreed, Business> {
    let (number, id) = (asked.out_agreement_no.as_deref(), asked.credit_agreement_id.as_deref());
    let by = match (id, number) {
        (Some(id), _) => AgreementName::Id(id),
        (None, Some(number)) => AgreementName::Number(number),
        (None, None) => return Err(Business::InvalidParameter),
    };
    let found = redeemer.sessions().agreement(NAME, &app.app_id, by).await.map_err(broken)?;
    let agreement = found.ok_or(Business::CreditAgreementNotExist)?;
    if number.is_some_and(|number| number != agreement.number) {
        return Err(Business::IllegalQuery);
    }
    if agreement.since.is_none() {
        return Err(Business::CreditAuthNotExist);
    }
    if let Some(user) = agreement.user
        && let Some(bar) = redeemer.sessions().bar(user).await.map_err(broken)?
    {
        return Err(if bar == Bar::Unreachable { Business::DependFailure } else { Business::Biz });
    }
    let member = agreement.user.map(|user| Member::of(user, &app.app_id, ledger));
    let since = agreement.since.map(|since| format_timestamp(since.timestamp()));
    Ok(Agreed { agreement, member, ids: app.member_ids, since })
}

/// Says in the log that the sessions failed; the caller may try again.
#[expect(clippy::needless_pass_by_value, reason = "it ends here, and goes straight into map_err")]
pub(in crate::doors) fn broken(error: SessionsError) -> Business {
    tracing::error!(door = NAME, error = ?error, "the sessions cannot be read or written");
    Business::System
}

/// What a query is about: the session, and what it must be for.
struct Terms {
    key: SessionKey,
    purpose: Purpose,
}

fn terms(
    app: &AlipayCaller,
    once_token: &str,
    identity: &str,
    precision: &str,
    service: &str,
) -> Result<Terms, Business> {
    if !app.has_service(service) {
        return Err(Business::MerchantIntercept);
    }
    let purpose = Purpose { identity: identity.into(), precision: precision.into(), service: service.into() };
    Ok(Terms { key: session_key(&app.app_id, once_token), purpose })
}

/// A number in normal form; one that is none stays as it is, and is nobody's.
fn normal(number: &str, today: Date) -> String {
    let read = ResidentId::parse(number, today).map(|parsed| parsed.value).or_else(|_| upgrade15(number, today));
    read.map_or_else(|_| number.to_owned(), |id| id.expose().to_owned())
}

fn untold(fault: RedeemFault) -> Untold {
    match fault {
        RedeemFault::Refused(refused) => business(refused).into(),
        RedeemFault::Replayed => Untold::Replayed,
        RedeemFault::Sessions(error) => broken(error).into(),
        RedeemFault::Ledger(error) => {
            tracing::error!(door = NAME, error = ?error, "a result could not be made durable");
            Business::System.into()
        }
    }
}

/// Section 3.3: every code that a query can meet.
fn business(refused: Refused) -> Business {
    match refused {
        Refused::Unknown | Refused::Expired | Refused::Spent => Business::TokenInvalid,
        Refused::OtherAgreement => Business::WrongOutAgreementNo,
        Refused::Differs(Term::Identity) => Business::TokenNotMatchIdentityType,
        Refused::Differs(Term::Precision | Term::Service) | Refused::OtherMember => Business::ParamError,
        Refused::NotAuthorized => Business::UserNotAuthorize,
        Refused::Barred(Bar::NoAccount) => Business::NotOpenZm,
        Refused::Barred(Bar::NotOpened) => Business::UserNotOpenJobworth,
        Refused::Barred(Bar::Blocked) => Business::OpenZmAccountIntercept,
        Refused::Barred(Bar::Listed) => Business::JobWorthBlackList,
        Refused::Barred(Bar::Risk) => Business::RiskIntercept,
        Refused::Barred(Bar::OtherName) => Business::UserNameNotMatch,
        Refused::Barred(Bar::OtherMobile) => Business::MobileNoNotMatch,
        Refused::Barred(Bar::Unreachable) => Business::System,
        Refused::OtherDocument => Business::CardNoNotMatch,
    }
}

//! `zhima.customer.certification.initialize`, `.certify`, `.query`: certification at the hosted desk.
//! Docs: Alipay gateway specification, section 5.
//!
//! Departures:
//!
//! * A certification that was begun with one person's number is that person's: the desk asks for the portrait alone.
//! * The scenarios with a photo of the document (`CERT_PHOTO`, `CERT_PHOTO_FACE`) are `UNSUPPORTED_BIZ_CODE`: nobody here
//!   looks at documents, and a face alone would be less than was asked for.
//! * `face_contrast_picture` is not looked at: a face is compared with the one on record, never with a merchant's.
//! * `query` may be asked until the certification's time is over; one that waits, or whose time is over, has not passed
//!   (section 5.3). The number of a `material.certify` is not a certification here: `INVALID_PARAMETER`.
//! * `certify` for a certification that is decided or over: `TRANSACTION_ERROR`.

use shiming_core::{
    CannotCheck, Check, RedeemFault, Redemption, SessionKey, UnixTime, Verdict,
    redeem::{Bar, Checks, Creation, Enough, Judged, NewSession, Person, Purpose, Refused, Returns, Spending},
};
use shiming_identity::PersonName;
use shiming_wire::alipay_gateway::{
    Business, Refusal,
    certification::{ByNumber, Initialize, QueryResult},
};

use super::{Asked, material};
use crate::doors::{
    Answer,
    alipay::{self, jobworth::broken},
};

/// The family's kind of session.
pub const KIND: &str = "certification";
/// The scenarios that the desk can carry out.
const AT_THE_DESK: [&str; 2] = ["FACE", "SMART_FACE"];

/// A certification that begins: an app names a person, who is to show their face at the desk.
#[derive(Debug)]
pub struct Begun<'a> {
    /// The app.
    pub app_id: &'a str,
    /// Our number for it.
    pub biz_no: String,
    /// The app's own number for the request, among those of all its merchants.
    pub request: Option<String>,
    /// A keyed hash of what was asked for.
    pub content: [u8; 16],
    /// The scenario.
    pub biz_code: String,
    /// The product.
    pub product_code: String,
    /// The person.
    pub person: Person,
    /// Now.
    pub created: UnixTime,
    /// When it is over.
    pub expires: UnixTime,
}

impl Begun<'_> {
    /// The session to make.
    pub fn session(self) -> NewSession {
        let Self { app_id, biz_no, request, content, biz_code, product_code, person, created, expires } = self;
        NewSession {
            key: key(app_id, biz_no),
            request,
            content,
            agreement: None,
            purpose: Purpose { identity: biz_code, precision: String::new(), service: product_code },
            check: Check::Portrait3,
            enough: Enough::Match,
            spending: Spending::Readable,
            claimed: Some(person),
            subject: None,
            returns: Returns::default(),
            created,
            expires,
        }
    }
}

pub(super) async fn initialize(asked: &Asked<'_>) -> Result<Answer, Refusal> {
    let Asked { exchange, app, opened, .. } = asked;
    let call = Initialize::read(opened)?;
    if !app.has_product(&call.product_code) {
        return Err(Business::Arrangement.into());
    }
    if !AT_THE_DESK.contains(&call.biz_code.as_str()) || !app.has_biz_code(&call.biz_code) {
        return Err(Business::UnsupportedBizCode.into());
    }
    material::identity_card(&call.identity)?;
    let name = PersonName::parse(call.identity.cert_name.expose());
    let name = name.map_err(|_| Refusal::field("cert_name", "不是合法姓名"))?.value;
    let id = material::resident_id(call.identity.cert_no.expose(), exchange.now.china_date())?;
    let tools = &exchange.door.tools;
    let content = call.content().map(|(_, value)| value.as_bytes());
    let begun = Begun {
        app_id: &app.app_id,
        biz_no: exchange.door.numbers.biz_no(exchange.now),
        request: Some(material::merchants(asked, call.linked_merchant_id.as_deref(), &call.transaction_id)),
        content: tools.ledger().tag(&content),
        biz_code: call.biz_code.clone(),
        product_code: call.product_code.clone(),
        person: Person { id, name, portrait: None },
        created: exchange.now,
        expires: exchange.expires(),
    };
    let session = match tools.redeemer.create(begun.session()).await.map_err(broken)? {
        Creation::Made(session, _) | Creation::Again(session) => session,
        Creation::Differs => return Err(Refusal::field("transaction_id", "已用于其他请求")),
    };
    Ok(asked.success(&Initialize::node(&session.key.handle), "created").await)
}

/// The page method: the person's browser goes on to the desk.
pub(super) async fn certify(asked: &Asked<'_>) -> Result<Answer, Refusal> {
    let call = ByNumber::read(asked.opened)?;
    let sessions = asked.exchange.door.tools.redeemer.sessions();
    let key = key(&asked.app.app_id, call.biz_no);
    if sessions.find(&key).await.map_err(broken)?.is_none() {
        return Err(Refusal::field("biz_no", "不存在"));
    }
    let returns = asked.opened.call().text("return_url").map(|done| Returns { done: Some(done), cancelled: None });
    let link = sessions.relink(key, returns, asked.exchange.now).await.map_err(broken)?;
    let link = link.map_err(|_| Business::Transaction)?;
    Ok(asked.to_the_desk(&link))
}

pub(super) async fn query(asked: &Asked<'_>) -> Result<Answer, Refusal> {
    let call = ByNumber::read(asked.opened)?;
    let key = key(&asked.app.app_id, call.biz_no);
    let redeemer = &asked.exchange.door.tools.redeemer;
    let (passed, reason) = match redeemer.redeem(asked.asking(), &key, &Checks::default(), None).await {
        Ok(Redemption::Decided { judged, .. }) => decided(&judged),
        Ok(Redemption::Pending(_)) | Err(RedeemFault::Refused(Refused::NotAuthorized)) => (false, "认证未完成"),
        Err(RedeemFault::Refused(Refused::Expired)) => (false, "认证已失效"),
        Err(
            RedeemFault::Refused(Refused::Barred(Bar::Unreachable)) | RedeemFault::Replayed | RedeemFault::Ledger(_),
        ) => return Err(Business::System.into()),
        Err(RedeemFault::Refused(Refused::Barred(_))) => (false, "认证未通过"),
        Err(RedeemFault::Refused(_)) => return Err(Refusal::field("biz_no", "不存在")),
        Err(RedeemFault::Sessions(error)) => return Err(broken(error).into()),
    };
    let result = QueryResult {
        passed,
        failed_reason: reason,
        identity_info: None,
        attribute_info: None,
        channel_statuses: None,
    };
    Ok(asked.success(&result.node(), if passed { "passed" } else { "not_passed" }).await)
}

fn key(app_id: &str, biz_no: String) -> SessionKey {
    SessionKey { door: alipay::NAME.into(), caller: app_id.into(), kind: KIND.into(), handle: biz_no }
}

/// Whether somebody passed, and the reason in the vendor's words.
pub(crate) fn decided(judged: &Judged) -> (bool, &'static str) {
    match &judged.verdict {
        Verdict::Match => (true, material::PASSED),
        Verdict::Mismatch(elements) => (false, material::mismatch(*elements)),
        Verdict::CannotCheck(CannotCheck::PortraitUnusable(reason)) => (false, material::unusable(*reason)),
        Verdict::NoRecord | Verdict::CannotCheck(_) => (false, "认证未通过"),
    }
}

//! The gateway's side of the jobworth family: the first step, the plugin's address, asking beforehand, the query, and the
//! state of an agreement. Docs: Alipay v3 specification, sections 3, 4.2 and 4.5.
//!
//! Departures, where nothing is published about `extra_param` and the like:
//!
//! * `onceToken` is required; without `identityType` it is `04`, without `queryType` `exact`; an `identityType` that was not
//!   arranged for the app is `EXTRA_PARAM_FORMAT_ERROR` like whatever else is wrong there;
//! * a once-token that stands for something else is `PARAM_ERROR`, one that is used up `TOKEN_INVALID`.

use shiming_core::{
    UnixTime,
    redeem::{AgreementName, Creation, DeskSecret, NewAgreement, Purpose, Returns},
};
use shiming_wire::{
    alipay::form::{Escapes, encode},
    alipay_gateway::{
        Business, Opened, Operation, OperationName, Refusal, Unverified,
        call::PATH,
        jobworth::{AgreementQuery, AgreementSign, Authentication, Plugin, Preconsult, QueryType},
    },
    request::Request,
};

use super::{Asked, Settings};
use crate::doors::{
    Answer,
    alipay::{
        self, TEACHER,
        jobworth::{self as family, FirstStep, Untold, broken},
    },
};

/// The products under which the desk can be brought up.
const PRODUCTS: [&str; 2] = ["CREDIT_PAY_AFTER_USE", "ZHIMA_AUTH"];

/// `zhima.customer.jobworth.authentication.query`.
pub(super) async fn query(asked: &Asked<'_>) -> Result<Answer, Refusal> {
    let call = Authentication::read(asked.opened)?;
    let tools = &asked.exchange.door.tools;
    let rest = (asked.exchange.now.china_date(), &mut None);
    let told = family::query(&tools.redeemer, tools.ledger(), asked.app, asked.asking(), &call, rest).await;
    let told = told.map_err(|untold| match untold {
        Untold::Refused(business) => business,
        // Nothing is spent beside the token here.
        Untold::Replayed => Business::System,
    })?;
    Ok(asked.success(&told.answer().node(), told.result.word()).await)
}

/// `zhima.customer.jobworth.authentication.preconsult`.
pub(super) async fn preconsult(asked: &Asked<'_>) -> Result<Answer, Refusal> {
    let call = match Preconsult::read(asked.opened) {
        Ok(call) => call,
        // Its first step is like the others: what is missing is the reason (section 4.5, 3).
        Err(refusal) if refusal.business() == Some(Business::InvalidParameter) => {
            return Ok(asked.success(&Preconsult::node(Some(refusal.sub_msg())), "not_yet").await);
        }
        Err(refusal) => return Err(refusal),
    };
    match family::consult(&asked.exchange.door.tools.redeemer, asked.app, &call).await {
        Ok(()) => Ok(asked.success(&Preconsult::node(None), "answered").await),
        Err(Business::System) => Err(Business::System.into()),
        Err(business) => Ok(asked.success(&Preconsult::node(Some(business.row().sub_msg)), "not_yet").await),
    }
}

/// `zhima.credit.payafteruse.creditagreement.query`.
pub(super) async fn agreement(asked: &Asked<'_>) -> Result<Answer, Refusal> {
    let call = AgreementQuery::read(asked.opened)?;
    let tools = &asked.exchange.door.tools;
    let agreed = family::agreement(&tools.redeemer, tools.ledger(), asked.app, &call).await?;
    Ok(asked.success(&agreed.answer().node(), "answered").await)
}

/// `zhima.credit.payafteruse.creditagreement.sign`: the person's browser goes on to the desk, a program is told the way.
pub(super) async fn sign(asked: &Asked<'_>) -> Result<Answer, Refusal> {
    let call = AgreementSign::read(asked.opened)?;
    let link = begin(asked, asked.opened, &call).await?;
    if asked.exchange.browser {
        return Ok(asked.to_the_desk(&link));
    }
    let by = AgreementName::Number(&call.out_agreement_no);
    let sessions = asked.exchange.door.tools.redeemer.sessions();
    let agreement = sessions.agreement(alipay::NAME, &asked.app.app_id, by).await.map_err(broken)?;
    let agreement = agreement.ok_or(Business::System)?;
    let address = asked.exchange.desk_address(&link);
    Ok(asked.success(&AgreementSign::node(&agreement.id, &agreement.number, &address), "created").await)
}

/// `zhima.customer.jobworth.authenticationplugin.query`: the signed string of the first step becomes the desk's address.
pub(super) async fn plugin(asked: &Asked<'_>) -> Result<Answer, Refusal> {
    let call = Plugin::read(asked.opened)?;
    let headers = http::HeaderMap::new();
    let target = format!("{PATH}?{}", call.signed_string());
    let request = Request { method: "GET", target: &target, headers: &headers, body: &[] };
    let opened = first_step(asked, &request).ok_or_else(|| Refusal::field("sign_str", "不是本应用签名的受理台请求"))?;
    let call = AgreementSign::read(&opened)?;
    let link = begin(asked, &opened, &call).await?;
    let landing = asked.exchange.desk_address(&link);
    let mut scheme = b"alipays://platformapi/startapp?appId=20000067&url=".to_vec();
    encode(&mut scheme, landing.as_bytes(), Escapes::Form);
    Ok(asked.success(&Plugin::node(&String::from_utf8_lossy(&scheme), &landing), "created").await)
}

/// The signed string, checked like any call; `None` unless it is this app's, and of the first step.
fn first_step<'r>(asked: &Asked<'_>, request: &Request<'r>) -> Option<Opened<'r>> {
    let call = Unverified::parse(request).ok()?;
    let is_ours = call.claimed_app_id() == asked.app.app_id
        && call.operation() == Operation::Answered(OperationName::AgreementSign);
    if !is_ours {
        return None;
    }
    let keys = asked.app.gateway_keys(call.claimed_certificate());
    let Settings { window, echo, .. } = asked.exchange.door.settings;
    let admitted = call.verify(&keys, asked.exchange.now.timestamp(), window, echo).ok()?;
    admitted.open(asked.app.content_key.as_ref()).ok()
}

/// Where a person goes from a page that was refused, as far as the caller has said so.
pub(super) fn way_back(opened: &Opened<'_>) -> Option<String> {
    let first_step = AgreementSign::read(opened).ok();
    first_step.and_then(|call| call.return_back_link).or_else(|| opened.call().text("return_url"))
}

/// Makes the session and its agreement, or finds them where they were made before; the way to their desk.
async fn begin(asked: &Asked<'_>, opened: &Opened<'_>, call: &AgreementSign) -> Result<DeskSecret, Refusal> {
    let Asked { exchange, app, .. } = asked;
    if !PRODUCTS.contains(&call.product_code.as_str()) {
        return Err(Refusal::field("product_code", "不支持的取值"));
    }
    if !app.has_service(&call.zm_service_id) {
        return Err(Business::MerchantIntercept.into());
    }
    let once_token = call.once_token.as_deref().ok_or(Business::ExtraParamFormat)?;
    let identity = call.identity_type.as_deref().unwrap_or(TEACHER);
    if !app.has_identity(identity) {
        return Err(Business::ExtraParamFormat.into());
    }
    let tools = &exchange.door.tools;
    let purpose = Purpose {
        identity: identity.to_owned(),
        precision: call.query_type.unwrap_or(QueryType::Exact).word().to_owned(),
        service: call.zm_service_id.clone(),
    };
    let returns = Returns {
        done: call.return_back_link.clone().or_else(|| opened.call().text("return_url")),
        cancelled: call.cancel_back_link.clone(),
    };
    let step = FirstStep {
        app_id: &app.app_id,
        once_token,
        purpose,
        agreement: NewAgreement { number: call.out_agreement_no.clone(), id: agreement_id(asked, exchange.now) },
        returns: returns.clone(),
        created: exchange.now,
        expires: exchange.expires(),
    };
    match tools.redeemer.create(step.session(tools.ledger())).await.map_err(broken)? {
        Creation::Made(_, link) => Ok(link),
        Creation::Again(session) => {
            let link =
                tools.redeemer.sessions().relink(session.key, Some(returns), exchange.now).await.map_err(broken)?;
            link.map_err(|_| Business::TokenInvalid.into())
        }
        Creation::Differs => Err(Business::ParamError.into()),
    }
}

/// Our number of an agreement: the digits of a `biz_no`.
fn agreement_id(asked: &Asked<'_>, now: UnixTime) -> String {
    asked.exchange.door.numbers.biz_no(now).trim_start_matches("ZM").to_owned()
}

//! Alipay's open gateway (支付宝开放平台网关): `/gateway.do`, version 1.0.
//!
//! The order of the steps is the specification's (section 3.5). Every answer has HTTP status 200; the code stands inside.
//! An answer is signed with the platform's key over exactly the bytes that go out; what is refused before an app is known
//! goes out unsigned, as the real gateway was seen to do (section 2.5).
//!
//! Departures, beside those of `shiming_wire::alipay_gateway`:
//!
//! * a body that is too large, too slow or broken: 200 with `isv.invalid-parameter`, because every SDK throws at another
//!   status before it reads the body (section 3.5, step 1);
//! * a disabled app is answered like an unknown one: `isv.invalid-app-id` is for apps that are "unknown or not live";
//! * an `auth_token` is always `aop.invalid-auth-token`: no user ever got one here;
//! * more calls of one app in work than are allowed: `isv.app-call-limited`.

mod asked;
pub mod certification;
mod jobworth;
mod material;
mod page;
mod refused;
mod settings;

pub use refused::explain;
pub use settings::{Outage, Settings};

use std::sync::Arc;

use shiming_core::{BoxFuture, UnixTime, redeem::DeskSecret};
use shiming_wire::{
    alipay::keys::SigningFailed,
    alipay_gateway::{
        Admitted, Draft, No, Opened, Operation, Refusal, Reply, Turned, Unverified, call::PATH, reply::App as Standing,
        sign::Parameters,
    },
    request::Request,
};

use asked::Asked;

use super::alipay::{self, AlipayCaller, Numbers, Platform, TokenTrouble, Tools};
use crate::{
    aside::aside,
    doors::{Answer, Call, Door, Head, IntakeRefusal, Outcome},
    keyring::Held,
};

/// The door.
pub struct Gateway {
    settings: Settings,
    tools: Arc<Tools>,
    numbers: Numbers,
}

/// The door's name in logs, metrics and the ledger.
pub const NAME: &str = "alipay-gateway";

impl Gateway {
    /// The door, answering as set.
    pub fn new(settings: Settings, tools: Arc<Tools>) -> Self {
        let numbers = Numbers::new(&*tools.random);
        Self { settings, tools, numbers }
    }
}

impl Door for Gateway {
    fn name(&self) -> &'static str {
        NAME
    }

    fn claims(&self, head: Head<'_>) -> bool {
        let path = head.bare().path();
        path == PATH || self.settings.alias.as_deref() == Some(path)
    }

    fn body_limit(&self) -> usize {
        self.settings.body_limit
    }

    fn answer<'a>(&'a self, call: Call<'a>) -> BoxFuture<'a, Answer> {
        Box::pin(async move { self.serve(&call).await })
    }

    fn refuse(&self, head: Head<'_>, why: IntakeRefusal) -> Answer {
        let text = match why {
            IntakeRefusal::BodyTooLarge => "参数无效，请求体过大",
            IntakeRefusal::BodyTooSlow => "参数无效，请求体未能及时到达",
            IntakeRefusal::BodyBroken => "参数无效，请求体不完整",
        };
        let request = head.bare();
        let frame = match Unverified::parse(&request) {
            Ok(call) => call.frame().clone(),
            Err(turned) => turned.frame,
        };
        let refusal = Refusal::with_text(No::InvalidParameter, text);
        let exchange = self.exchange("-");
        match exchange.turn(&Turned { refusal, frame }, self.claimed(&request).as_ref()) {
            Ok((draft, word)) => exchange.write(draft.sign(), false, word),
            Err(answer) => answer,
        }
    }
}

/// Everything that an answer needs beside its node.
struct Exchange<'x> {
    door: &'x Gateway,
    operation: &'static str,
    now: UnixTime,
    trace_id: String,
    /// Whether a person's browser is there and not a program.
    browser: bool,
    /// The desk's base address.
    desk: String,
}

/// An app and its place among the requests in work.
type HeldApp = Arc<Held<AlipayCaller>>;

impl Gateway {
    fn exchange(&self, operation: &'static str) -> Exchange<'_> {
        let now = self.tools.clock.now();
        let desk = self.settings.desk.clone().unwrap_or_default();
        Exchange { door: self, operation, now, trace_id: self.numbers.trace_id(now), browser: false, desk }
    }

    async fn serve(&self, call: &Call<'_>) -> Answer {
        let mut exchange = self.exchange("-");
        let unverified = match Unverified::parse(&call.request) {
            Ok(unverified) => unverified,
            Err(turned) => return exchange.turned(&turned, self.claimed(&call.request).as_ref()).await,
        };
        if let Operation::Answered(name) = unverified.operation() {
            exchange.operation = name.method();
        }
        exchange.browser = page::is_browser(unverified.operation(), call.request.headers);
        if self.settings.desk.is_none() {
            exchange.desk = own_address(self.settings.scheme, &call.request);
        }
        let app = self.tools.callers.find(unverified.claimed_app_id());
        let (app, admitted) = match exchange.admit(unverified, app.as_ref(), &call.request) {
            Ok(admitted) => admitted,
            Err(turned) => return exchange.turned(&turned, app.as_ref().filter(|app| app.caller.enabled)).await,
        };
        exchange.perform(&app, admitted, call).await
    }

    /// The app of a request that cannot be read any further, so that its refusal can be signed.
    fn claimed(&self, request: &Request<'_>) -> Option<HeldApp> {
        let (parameters, _) = Parameters::gather(request);
        let app_id = std::str::from_utf8(parameters.value("app_id")?).ok()?;
        self.tools.callers.find(app_id).filter(|app| app.caller.enabled)
    }
}

/// This server's address as the caller sees it: the desk is here too unless it is set to be elsewhere.
fn own_address(scheme: &str, request: &Request<'_>) -> String {
    let host = request.single("host").and_then(|host| host.to_str().ok());
    host.map(|host| format!("{scheme}://{host}")).unwrap_or_default()
}

impl Exchange<'_> {
    /// Where a link to the desk leads.
    fn desk_address(&self, link: &DeskSecret) -> String {
        format!("{}/desk/{}", self.desk, link.expose())
    }

    /// When a session that is made now is over.
    fn expires(&self) -> UnixTime {
        let lifetime = i64::try_from(self.door.settings.lifetime.as_millis()).unwrap_or(i64::MAX);
        self.now.plus_millis(lifetime)
    }

    /// Steps 6 to 12: who calls, is it really them, and for whom?
    fn admit<'a>(
        &self,
        call: Unverified<'a>,
        app: Option<&HeldApp>,
        request: &Request<'_>,
    ) -> Result<(HeldApp, Admitted<'a>), Turned> {
        let app_id = call.claimed_app_id().to_owned();
        let admit = || {
            let Some(app) = app.filter(|app| app.caller.enabled) else { return Err(call.turn(No::InvalidAppId)) };
            let keys = app.caller.gateway_keys(call.claimed_certificate());
            let Settings { window, echo, .. } = self.door.settings;
            let admitted = call.verify(&keys, self.now.timestamp(), window, echo)?;
            Ok((Arc::clone(app), admitted))
        };
        let (app, admitted) =
            admit().inspect_err(|turned| refused::look_into(self, request, &app_id, &turned.refusal))?;
        self.tokens(&app.caller, &admitted)?;
        Ok((app, admitted))
    }

    fn tokens(&self, app: &AlipayCaller, admitted: &Admitted<'_>) -> Result<(), Turned> {
        if let Some(token) = admitted.app_auth_token() {
            app.token(token, self.operation, self.now.timestamp()).map_err(|trouble| {
                admitted.turn(match trouble {
                    TokenTrouble::Unknown => No::InvalidAppAuthToken,
                    TokenTrouble::Expired => No::AppAuthTokenTimeOut,
                    TokenTrouble::NotForThis => No::AppAuthTokenNoApi,
                })
            })?;
        }
        if admitted.auth_token().is_some() { Err(admitted.turn(No::InvalidAuthToken)) } else { Ok(()) }
    }

    /// Steps 13 to 16: may they, what do they say, and what comes of it?
    async fn perform(&self, app: &HeldApp, admitted: Admitted<'_>, call: &Call<'_>) -> Answer {
        let permitted = admitted.permitted().and_then(|name| {
            if app.caller.may(name.method()) { Ok(name) } else { Err(admitted.turn(No::InsufficientIsvPermissions)) }
        });
        let name = match permitted {
            Ok(name) => name,
            Err(turned) => return admitted_answer(self.turned(&turned, Some(app)).await),
        };
        let Some(_place) = app.enter(self.door.settings.in_flight_per_caller) else {
            return admitted_answer(self.turned(&admitted.turn(No::AppCallLimited), Some(app)).await);
        };
        let opened = match admitted.open(app.caller.content_key.as_ref()) {
            Ok(opened) => opened,
            Err(turned) => {
                refused::look_into(self, &call.request, &app.caller.app_id, &turned.refusal);
                return self.turned(&turned, Some(app)).await;
            }
        };
        let Some(platform) = self.door.tools.platform_of(Some(&app.caller)) else { return no_platform() };
        self.look_at_root(&opened, &platform);
        let asked =
            Asked { exchange: self, app: &app.caller, platform: &platform, opened: &opened, arrived: call.arrived };
        let refusal = match asked.answered(name).await {
            Ok(answer) => return answer,
            Err(refusal) => refusal,
        };
        tracing::info!(door = NAME, operation = self.operation, trace_id = self.trace_id, "refused: {refusal}");
        if refusal.no() == Some(No::InvalidParameter) {
            refused::look_into(self, &call.request, &app.caller.app_id, &refusal);
        }
        if self.browser {
            return self.page(&refusal, jobworth::way_back(&opened).as_deref(), true);
        }
        let draft = platform.gateway.refuse_opened(&opened, &refusal, &self.trace_id);
        self.signed(draft, true, refusal.sub_code()).await
    }

    /// A client with other root certificates than those that were handed out will not take a new platform certificate:
    /// the operator should know, and the call is none the worse for it (section 1.9).
    fn look_at_root(&self, opened: &Opened<'_>, platform: &Platform) {
        let given = opened.call().text("alipay_root_cert_sn");
        if given.as_ref().zip(platform.root_serial_number.as_ref()).is_some_and(|(given, own)| given != own) {
            tracing::info!(
                door = NAME,
                trace_id = self.trace_id,
                "the client has other root certificates than the platform's"
            );
        }
    }

    /// A refusal before the content was read.
    async fn turned(&self, turned: &Turned, app: Option<&HeldApp>) -> Answer {
        match self.turn(turned, app) {
            Ok((draft, word)) => self.signed(draft, false, word).await,
            Err(answer) => answer,
        }
    }

    /// The same with its signature to come; or the whole answer, where it bears none.
    fn turn(&self, turned: &Turned, app: Option<&HeldApp>) -> Result<(Draft, &'static str), Answer> {
        let refusal = &turned.refusal;
        tracing::info!(door = NAME, operation = self.operation, trace_id = self.trace_id, "refused: {refusal}");
        if self.browser {
            return Err(self.page(refusal, None, false));
        }
        let platform = self.door.tools.platform_of(app.map(|app| &app.caller)).ok_or_else(no_platform)?;
        let known = if app.is_some() { Standing::Known } else { Standing::Unknown };
        Ok((platform.gateway.refuse(turned, known, &self.trace_id), refusal.sub_code()))
    }

    /// A refusal as a person may read it.
    fn page(&self, refusal: &Refusal, back: Option<&str>, admitted: bool) -> Answer {
        let outcome = Outcome { door: NAME, operation: self.operation, admitted, word: refusal.sub_code() };
        let headers = [
            ("content-type", "text/html;charset=utf-8".to_owned()),
            ("content-security-policy", "default-src 'none'; frame-ancestors 'none'".to_owned()),
            ("cache-control", "no-store".to_owned()),
            ("referrer-policy", "no-referrer".to_owned()),
            ("trace_id", self.trace_id.clone()),
        ];
        alipay::write(200, &headers, page::refusal(refusal, &self.trace_id, back).into_bytes(), outcome)
    }

    async fn signed(&self, draft: Draft, admitted: bool, word: &'static str) -> Answer {
        let reply = if draft.is_signed() { aside(|| draft.sign()).await } else { draft.sign() };
        self.write(reply, admitted, word)
    }

    fn write(&self, reply: Result<Reply, SigningFailed>, admitted: bool, word: &'static str) -> Answer {
        let Ok(Reply { status, headers, body }) = reply else {
            tracing::error!(door = NAME, trace_id = self.trace_id, "an answer could not be signed");
            return no_platform();
        };
        alipay::write(status, &headers, body, Outcome { door: NAME, operation: self.operation, admitted, word })
    }
}

/// The call got past the door, and is refused for what it asks.
fn admitted_answer(mut answer: Answer) -> Answer {
    answer.outcome.admitted = true;
    answer
}

/// Nobody can sign: the only refusal that is written by hand. `aop.unknow-error` is spelled so.
fn no_platform() -> Answer {
    const BODY: &str = r#"{"error_response":{"code":"20000","msg":"Service Currently Unavailable","sub_code":"aop.unknow-error","sub_msg":"服务暂不可用（网关自身的未知错误）"}}"#;
    let headers = [("content-type", "text/html;charset=utf-8".to_owned())];
    let outcome = Outcome { door: NAME, operation: "-", admitted: false, word: No::Internal.row().sub_code };
    alipay::write(200, &headers, BODY.into(), outcome)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn people_are_sent_to_the_address_that_the_caller_used() {
        let headers = http::HeaderMap::from_iter([(http::header::HOST, "id.test:8443".parse().unwrap())]);
        let request = Request { method: "GET", target: PATH, headers: &headers, body: &[] };
        assert_eq!(own_address("https", &request), "https://id.test:8443");
        assert_eq!(own_address("https", &Request { headers: &http::HeaderMap::new(), ..request }), "");
    }

    #[test]
    fn the_refusal_that_is_written_by_hand_is_the_tables() {
        let body: serde_json::Value = serde_json::from_slice(&no_platform().body).unwrap();
        let refusal = Refusal::from(No::Internal);
        let node = &body["error_response"];
        assert_eq!(
            (&node["code"], &node["msg"], &node["sub_code"], &node["sub_msg"]),
            (
                &refusal.code().to_string().into(),
                &refusal.msg().into(),
                &refusal.sub_code().into(),
                &refusal.sub_msg().into()
            )
        );
    }
}

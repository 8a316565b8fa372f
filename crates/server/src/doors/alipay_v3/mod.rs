//! Alipay v3 REST (支付宝开放平台 v3): `/v3/…`, with the jobworth authentication (职得身份认证).
//!
//! The order of the steps is the specification's (section 1.9). Every 200 is signed, and every error to a call that verified; other
//! errors are unsigned, as production was seen to send them. The `alipay-*` names go out in lower case: PHP and .NET compare them
//! letter by letter.
//!
//! Departures, beside those of `shiming_wire::alipay_v3`:
//!
//! * A nonce is spent by every call that verified, whatever comes of it: in the transaction of the decision where there
//!   is one, else when the call is refused. So a repetition is known at the end and not before step 11.
//! * An operation of the family that is not offered is refused after its body has been read (step 14 before 12), because a
//!   body under a wrong content key is the caller's first trouble.

mod refused;

pub use refused::explain;

use std::sync::Arc;

use http::header::AUTHORIZATION;
use shiming_core::{Again, Asking, BoxFuture, Spend, UnixTime};
use shiming_wire::{
    alipay::keys::SigningFailed,
    alipay_v3::{
        Business, No, Opened, OperationName, Refusal, Reply, Stamp, Unverified, Verified,
        call::{ExpiredSeconds, REMEMBER_NONCE, repeated_nonce},
        jobworth, reply,
    },
    request::Request,
};

use super::alipay::{self, AlipayCaller, Numbers, Platform, TokenTrouble, Tools, jobworth::Untold};
use crate::{
    aside::aside,
    doors::{Answer, Call, Door, Head, IntakeRefusal, Outcome},
    keyring::Held,
};

/// How this door answers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Settings {
    /// Whether `expired_seconds` narrows the window.
    pub expired: ExpiredSeconds,
    /// The largest body, in bytes.
    pub body_limit: usize,
    /// Verified requests of one app in work at once.
    pub in_flight_per_caller: usize,
}

impl Default for Settings {
    fn default() -> Self {
        Self { expired: ExpiredSeconds::Narrows, body_limit: 4 * 1024 * 1024, in_flight_per_caller: 256 }
    }
}

/// The door.
pub struct V3 {
    settings: Settings,
    tools: Arc<Tools>,
    numbers: Numbers,
}

/// The door's name in logs, metrics and the ledger.
pub const NAME: &str = "alipay-v3";

/// What the vendor's schemes begin with, one of which this door takes.
const SCHEME: &[u8] = b"ALIPAY-";

impl V3 {
    /// The door, answering as set.
    pub fn new(settings: Settings, tools: Arc<Tools>) -> Self {
        let numbers = Numbers::new(&*tools.random);
        Self { settings, tools, numbers }
    }

    fn exchange(&self) -> Exchange<'_> {
        let now = self.tools.clock.now();
        Exchange { door: self, operation: "-", now, trace_id: self.numbers.trace_id(now) }
    }
}

impl Door for V3 {
    fn name(&self) -> &'static str {
        NAME
    }

    /// Its own paths, what is made of them by mistake (`/v3`, `//v3/…`, `/V3/…`), and whatever is signed for it, such as a
    /// path with a prefix: a client of this door reads no other's refusal (section 2.3).
    fn claims(&self, head: Head<'_>) -> bool {
        let first = head.bare().path().trim_start_matches('/').split('/').next().unwrap_or_default();
        let scheme = || head.headers.get(AUTHORIZATION).is_some_and(|value| value.as_bytes().starts_with(SCHEME));
        first.eq_ignore_ascii_case("v3") || scheme()
    }

    fn body_limit(&self) -> usize {
        self.settings.body_limit
    }

    fn answer<'a>(&'a self, call: Call<'a>) -> BoxFuture<'a, Answer> {
        Box::pin(async move {
            let mut exchange = self.exchange();
            match exchange.serve(&call).await {
                Ok(answer) => answer,
                Err(stopped) => exchange.refused(&stopped),
            }
        })
    }

    fn refuse(&self, _: Head<'_>, why: IntakeRefusal) -> Answer {
        let no = match why {
            IntakeRefusal::BodyTooLarge => No::TooLarge,
            IntakeRefusal::BodyTooSlow => No::TooSlow,
            IntakeRefusal::BodyBroken => No::InvalidRequestData,
        };
        self.exchange().refused(&no.into())
    }
}

/// What one call and its answer share.
struct Exchange<'x> {
    door: &'x V3,
    operation: &'static str,
    now: UnixTime,
    trace_id: String,
}

/// A call that ends in a refusal, and whether it got past the door.
struct Stopped {
    refusal: Refusal,
    admitted: bool,
}

impl<R: Into<Refusal>> From<R> for Stopped {
    fn from(refusal: R) -> Self {
        Self { refusal: refusal.into(), admitted: false }
    }
}

/// Behind the door every refusal is the operation's.
fn inside(refusal: impl Into<Refusal>) -> Stopped {
    Stopped { refusal: refusal.into(), admitted: true }
}

impl Exchange<'_> {
    async fn serve(&mut self, call: &Call<'_>) -> Result<Answer, Stopped> {
        let unverified = match Unverified::parse(&call.request) {
            Ok(unverified) => unverified,
            Err(refusal) => {
                refused::look_into(self, &call.request, "", &refusal);
                return Err(refusal.into());
            }
        };
        self.operation = unverified.operation().path;
        let (app, verified) = self.admit(unverified, &call.request)?;
        let certificate_mode = verified.certificate_mode();
        let mut spend = Some(self.spend(&verified));
        let answered = self.answered(call, &app, verified, &mut spend).await;
        let Err(mut stopped) = answered else { return answered };
        if let Some(spend) = spend {
            stopped = self.spent(spend).await.err().unwrap_or(stopped);
        }
        Ok(self.refused_in_person(&app.caller, certificate_mode, &stopped).await)
    }

    /// Steps 11 to 15. Takes the spend where a transaction of its own uses it up.
    async fn answered(
        &self,
        call: &Call<'_>,
        app: &Held<AlipayCaller>,
        verified: Verified<'_>,
        spend: &mut Option<Spend>,
    ) -> Result<Answer, Stopped> {
        let method = verified.operation().name.map_or("", method);
        if let Some(token) = verified.app_auth_token() {
            app.caller.token(token, method, self.now.timestamp()).map_err(|trouble| match trouble {
                TokenTrouble::Unknown => No::InvalidAppAuthToken,
                TokenTrouble::Expired => No::AppAuthTokenTimeOut,
                TokenTrouble::NotForThis => No::InvalidAppAuthTokenNoApi,
            })?;
        }
        let offered = verified.operation().permitted();
        if offered.is_ok() && !app.caller.may(method) {
            return Err(inside(No::InsufficientIsvPermissions));
        }
        let _place = app.enter(self.door.settings.in_flight_per_caller).ok_or_else(|| inside(No::AppCallLimited))?;
        let opened = verified
            .open(app.caller.content_key.as_ref())
            .inspect_err(|refusal| refused::look_into(self, &call.request, &app.caller.app_id, refusal))?;
        let platform = self.door.tools.platform_of(Some(&app.caller)).ok_or(No::Unavailable)?;
        let asked = Asked { exchange: self, app: &app.caller, platform: &platform, opened: &opened };
        match offered {
            Ok(OperationName::Authentication) => asked.authentication(call, spend).await,
            Ok(OperationName::AgreementQuery) => asked.agreement(spend).await,
            Err(refusal) => Err(inside(refusal)),
        }
    }

    /// Steps 4 to 10 but for the memory of nonces: who calls, and is it really them, now?
    fn admit<'a>(
        &self,
        call: Unverified<'a>,
        request: &Request<'_>,
    ) -> Result<(Arc<Held<AlipayCaller>>, Verified<'a>), Refusal> {
        let app_id = call.claimed_app_id();
        let admit = || {
            let app = self.door.tools.callers.find(app_id).ok_or(No::InvalidAppId)?;
            if !app.caller.enabled {
                return Err(No::InvalidAppState.into());
            }
            let platform = self.door.tools.platform_of(Some(&app.caller));
            let root = platform.as_ref().and_then(|platform| platform.root_serial_number.as_deref());
            let verified = call.verify(&app.caller.v3_keys(root), self.now.timestamp(), self.door.settings.expired)?;
            Ok((Arc::clone(&app), verified))
        };
        admit().inspect_err(|refusal| refused::look_into(self, request, app_id, refusal))
    }

    /// What the call uses up: its nonce, for as long as its moment could be taken.
    fn spend(&self, verified: &Verified<'_>) -> Spend {
        let names = [alipay::NAME, "nonce", verified.app_id(), verified.nonce()].map(str::as_bytes);
        let remember = i64::try_from(REMEMBER_NONCE.as_millis()).unwrap_or(i64::MAX);
        let until = UnixTime(verified.signed_at().as_millisecond()).plus_millis(remember);
        Spend { key: self.door.tools.ledger().tag(&names), until, again: Again::Refuse }
    }

    /// Spends a nonce where nothing is decided.
    async fn spent(&self, spend: Spend) -> Result<(), Stopped> {
        match self.door.tools.ledger().spend(spend).await {
            Ok(true) => Ok(()),
            Ok(false) => Err(repeated_nonce().into()),
            Err(error) => {
                tracing::error!(door = NAME, trace_id = self.trace_id, error = ?error, "a nonce could not be made durable");
                Err(inside(No::UnknowError))
            }
        }
    }

    fn refused(&self, stopped: &Stopped) -> Answer {
        self.refuse_with(reply::refuse(&stopped.refusal, &self.trace_id), stopped)
    }

    /// Refuses one who has proved who they are: signed, but where there is too much to do already.
    async fn refused_in_person(&self, app: &AlipayCaller, certificate_mode: bool, stopped: &Stopped) -> Answer {
        let platform =
            self.door.tools.platform_of(Some(app)).filter(|_| stopped.refusal.no() != Some(No::AppCallLimited));
        let Some(platform) = platform else { return self.refused(stopped) };
        let nonce = self.door.tools.random_hex();
        let stamp = Stamp { trace_id: &self.trace_id, at: self.now.timestamp(), nonce: &nonce };
        let draft = platform.v3.refuse_signed(&stopped.refusal, certificate_mode, &stamp);
        let Ok(reply) = aside(|| draft.sign()).await else {
            tracing::error!(door = NAME, trace_id = self.trace_id, "a refusal could not be signed");
            return self.refused(stopped);
        };
        self.refuse_with(reply, stopped)
    }

    fn refuse_with(&self, reply: Reply, stopped: &Stopped) -> Answer {
        let Stopped { refusal, admitted } = stopped;
        tracing::info!(door = NAME, operation = self.operation, trace_id = self.trace_id, "refused: {refusal}");
        self.write(reply, *admitted, refusal.code())
    }

    fn write(&self, reply: Reply, admitted: bool, word: &'static str) -> Answer {
        let outcome = Outcome { door: NAME, operation: self.operation, admitted, word };
        alipay::write(reply.status, &reply.headers, reply.body, outcome)
    }
}

/// The dotted name under which an app's methods and tokens are listed: the same as at the gateway.
fn method(name: OperationName) -> &'static str {
    match name {
        OperationName::Authentication => "zhima.customer.jobworth.authentication.query",
        OperationName::AgreementQuery => "zhima.credit.payafteruse.creditagreement.query",
    }
}

/// A call that may be answered, with all that its operation needs.
struct Asked<'q> {
    exchange: &'q Exchange<'q>,
    app: &'q AlipayCaller,
    platform: &'q Platform,
    opened: &'q Opened<'q>,
}

impl Asked<'_> {
    async fn authentication(&self, call: &Call<'_>, spend: &mut Option<Spend>) -> Result<Answer, Stopped> {
        let Exchange { door, now, trace_id, .. } = self.exchange;
        let asked = jobworth::authentication(self.opened).map_err(inside)?;
        let asking = Asking {
            door: NAME,
            caller: &self.app.app_id,
            operation: method(OperationName::Authentication),
            request_id: trace_id,
            arrived: call.arrived,
        };
        let (redeemer, ledger) = (&door.tools.redeemer, door.tools.ledger());
        let rest = (now.china_date(), spend);
        let told = alipay::jobworth::query(redeemer, ledger, self.app, asking, &asked, rest).await;
        let told = told.map_err(|untold| match untold {
            Untold::Refused(business) => inside(business),
            Untold::Replayed => repeated_nonce().into(),
        })?;
        self.success(told.answer().members(), told.result.word()).await
    }

    async fn agreement(&self, spend: &mut Option<Spend>) -> Result<Answer, Stopped> {
        let tools = &self.exchange.door.tools;
        let asked = jobworth::agreement(self.opened).map_err(inside)?;
        if let Some(spend) = spend.take() {
            self.exchange.spent(spend).await?;
        }
        let agreed = alipay::jobworth::agreement(&tools.redeemer, tools.ledger(), self.app, &asked).await;
        self.success(agreed.map_err(inside)?.answer().members(), "answered").await
    }

    async fn success<'m>(
        &self,
        members: impl Iterator<Item = (&'static str, &'m str)>,
        word: &'static str,
    ) -> Result<Answer, Stopped> {
        let Exchange { door, now, trace_id, .. } = self.exchange;
        let nonce = door.tools.random_hex();
        let stamp = Stamp { trace_id, at: now.timestamp(), nonce: &nonce };
        let draft = self.platform.v3.answer(self.opened, members, &stamp);
        let reply = aside(|| draft.sign()).await.map_err(|SigningFailed| {
            tracing::error!(door = NAME, trace_id, "an answer could not be signed");
            inside(Business::System)
        })?;
        Ok(self.exchange.write(reply, true, word))
    }
}

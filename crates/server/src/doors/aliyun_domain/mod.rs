//! Alibaba Cloud Domain's door: contact templates of 2016-05-11, and registrant profiles of 2018-01-29, which are the same
//! templates under new names.
//!
//! The order of the steps is that of the specification's section 5. The nonce is spent with what the operation writes, in
//! one transaction; what writes nothing, and what is refused behind the signature, spends it by itself, so that no admitted
//! call can be played again. Only a call beyond the caller's limit keeps its nonce: to refuse it must cost nothing.
//!
//! Where this departs from the vendor: an access key is an account; a change keeps what it does not name; the decision is
//! an operator's.

mod caller;
mod delete;
mod dossier;
mod flow;
mod ours;
mod protocol;
mod query;
mod refused;
mod save;
mod settings;
mod submit;
mod templates;
mod turns;
mod visit;

pub use caller::AliyunCaller;
pub use dossier::AliyunForms;
pub use refused::explain;
pub use settings::{Protection, Settings};

use std::sync::{
    Arc,
    atomic::{AtomicBool, Ordering},
};

use bytes::Bytes;
use http::{HeaderName, HeaderValue};
use shiming_core::{Again, Asking, BoxFuture, Spend, UnixTime};
use shiming_wire::{
    aliyun::{
        Format, Key, Lang, No, Nonce, Opened, Operation, OperationName, Refusal, Reply, RequestId, Timely, Unverified,
        Verified, opened, reply,
    },
    request::Request,
    secret::Secret,
};

use crate::{
    doors::{Answer, Call, Door, Head, IntakeRefusal, Outcome, papers},
    keyring::{Held, Keyring},
};

use flow::Flow;
use turns::Turns;
use visit::Visit;

/// What this door works with.
pub type Tools = papers::Tools<AliyunCaller>;

/// The door.
pub struct AliyunDomain {
    settings: Settings,
    tools: Tools,
    turns: Turns,
    flow: Flow,
}

/// The door's name in callers, logs, metrics and the ledger.
pub const NAME: &str = "aliyun";

/// The kind of its cases.
pub const KIND: &str = "template";

/// How often a call looks again at a template that another process has changed meanwhile.
const LOOKS: usize = 8;

/// The shortest time for which a nonce is remembered, in seconds (section 3.6).
const NONCE_SECONDS: i64 = 31 * 60;

/// When a caller beyond its limit may ask again, in milliseconds: without this the Python SDK does not know throttling.
const RETRY_AFTER: &str = "1000";

impl AliyunDomain {
    /// The door, answering as set.
    pub fn new(settings: Settings, tools: Tools) -> Self {
        Self { settings, tools, turns: Turns::default(), flow: Flow::default() }
    }

    /// An empty keyring for this door.
    pub fn keyring() -> Keyring<AliyunCaller> {
        Keyring::new(NAME, AliyunCaller::read)
    }
}

impl Door for AliyunDomain {
    fn name(&self) -> &'static str {
        NAME
    }

    fn claims(&self, head: Head<'_>) -> bool {
        ours::is_ours(head)
    }

    fn body_limit(&self) -> usize {
        self.settings.body_limit
    }

    fn answer<'a>(&'a self, call: Call<'a>) -> BoxFuture<'a, Answer> {
        Box::pin(async move { self.serve(&call).await })
    }

    fn refuse(&self, head: Head<'_>, why: IntakeRefusal) -> Answer {
        let refusal = match why {
            IntakeRefusal::BodyTooLarge => No::BodyTooLarge.into(),
            IntakeRefusal::BodyTooSlow | IntakeRefusal::BodyBroken => Refusal::invalid("Body"),
        };
        let request = head.bare();
        self.unread(self.request_id(), &request, refusal)
    }
}

/// In what manner one call is answered.
struct Manner<'a> {
    request_id: RequestId,
    format: Format,
    lang: Lang,
    host_id: &'a str,
}

/// A call that ends in a refusal, and how far it came.
struct Stopped {
    refusal: Refusal,
    operation: &'static str,
    admitted: bool,
}

/// What an operation came to.
struct Done {
    reply: Reply,
    operation: &'static str,
    word: &'static str,
}

impl AliyunDomain {
    async fn serve(&self, call: &Call<'_>) -> Answer {
        let request_id = self.request_id();
        let opened = match Opened::read(&call.request) {
            Ok(opened) => opened,
            Err(refusal) => return self.unread(request_id, &call.request, refusal),
        };
        let opened = match refused::forwarded(&call.request, self.settings.forwarded_host.as_ref()) {
            Some(host) => opened.with_host(host),
            None => opened,
        };
        let host_id = self.settings.host_id.as_deref().unwrap_or_else(|| opened.host_id());
        let manner = Manner { request_id, format: opened.format(), lang: opened.lang(), host_id };
        match self.handle(call, &opened, &manner).await {
            Ok(Done { reply, operation, word }) => {
                tracing::debug!(door = NAME, operation, request_id = manner.request_id.as_str(), "{word}");
                write(reply, Outcome { door: NAME, operation, admitted: true, word })
            }
            Err(stopped) => refuse(&manner, &stopped),
        }
    }

    async fn handle(&self, call: &Call<'_>, opened: &Opened<'_>, manner: &Manner<'_>) -> Result<Done, Stopped> {
        self.check_protocol(opened).map_err(|no| Stopped { refusal: no.into(), operation: "-", admitted: false })?;
        let (operation, caller, verified) = self.admit(opened, manner)?;
        let inside = |refusal, admitted| Stopped { refusal, operation: operation.name, admitted };
        let Settings { in_flight, in_flight_per_operation, in_flight_per_caller, .. } = self.settings;
        let places = self.flow.enter(operation, in_flight, in_flight_per_operation);
        let _places = places.map_err(|no| inside(no.into(), true))?;
        let Some(_place) = caller.enter(in_flight_per_caller) else {
            return Err(inside(No::ThrottlingUser.into(), true));
        };
        let spend = self.spend(&verified, self.tools.clock.now());
        // The memory of nonces is the ledger: it says of a second use when the nonce is spent, before anything is answered.
        let admitted = verified.admit(Nonce::Fresh).map_err(|refusal| inside(refusal, false))?;
        let asking = Asking {
            door: NAME,
            caller: admitted.access_key(),
            operation: operation.name,
            request_id: manner.request_id.as_str(),
            arrived: call.arrived,
        };
        let (caller, nonce_gone) = (&caller.caller, AtomicBool::new(false));
        let visit = Visit { door: self, call: admitted, caller, asking, manner, spend, nonce_gone };
        let refusal = match visit.run().await {
            Ok(done) => return Ok(done),
            Err(refusal) if visit.nonce_gone.load(Ordering::Relaxed) => refusal,
            Err(refusal) => visit.spend_now().await.err().unwrap_or(refusal),
        };
        let admitted = refusal.no() != No::NonceUsed;
        let other = refusal.no().when_deleting();
        let own_words = operation.id == OperationName::DeleteContactTemplate && other != refusal.no();
        Err(inside(if own_words { other.into() } else { refusal }, admitted))
    }

    /// Steps 3 to 11: which operation, who calls, and is it really them, now?
    fn admit<'o>(
        &self,
        opened: &'o Opened<'o>,
        manner: &Manner<'_>,
    ) -> Result<(&'static Operation, Arc<Held<AliyunCaller>>, Verified<'o>), Stopped> {
        let call = Unverified::parse(opened, self.settings.switches).map_err(|refusal| Stopped {
            refusal,
            operation: "-",
            admitted: false,
        })?;
        let operation = call.operation();
        let now = self.tools.clock.now();
        let admit = || {
            let timely = call.within(now.timestamp(), self.settings.window)?;
            let Some(caller) = self.tools.callers.find(call.claimed_access_key()) else {
                return Err(self.unknown(timely));
            };
            if !caller.caller.key.enabled {
                return Err(No::AccessKeyInactive.into());
            }
            let verified = timely.verify(&caller.caller.signing_key())?;
            Ok((operation, caller, verified))
        };
        admit().map_err(|refusal| {
            self.look_into(&call, &manner.request_id, now, &refusal);
            Stopped { refusal, operation: operation.name, admitted: false }
        })
    }

    fn unknown(&self, timely: Timely<'_>) -> Refusal {
        if !self.settings.hide_unknown_keys {
            return No::UnknownAccessKey.into();
        }
        // A secret that nobody has gives word for word the refusal of a wrong one.
        let secret = Secret::new(self.request_id().as_str());
        timely
            .verify(&Key { secret: &secret, token: None, token_until: None })
            .err()
            .unwrap_or_else(|| No::UnknownAccessKey.into())
    }

    /// What this call uses up: one memory for both schemes (section 3.6). It is remembered from now on, or from the moment of
    /// signing where that is still to come: a second use may be signed at another moment.
    fn spend(&self, verified: &Verified<'_>, now: UnixTime) -> Spend {
        let texts = [NAME.as_bytes(), verified.access_key().as_bytes(), verified.nonce().as_bytes()];
        let window = i64::try_from(self.settings.window.either_way().as_secs()).unwrap_or(i64::MAX);
        let remembered = window.saturating_mul(2).saturating_add(60).max(NONCE_SECONDS);
        let from = verified.signed_at().as_second().max(now.secs());
        let until = UnixTime::from_secs(from.saturating_add(remembered));
        Spend { key: self.tools.ledger.tag(&texts), until, again: Again::Refuse }
    }

    /// Refuses what could not be read. What is too large is told in JSON: whoever sent it may know no other form.
    fn unread(&self, request_id: RequestId, request: &Request<'_>, refusal: Refusal) -> Answer {
        let format = match refusal.no() {
            No::BodyTooLarge | No::TargetTooLong => Format::Json,
            _ => Format::of_unread(request),
        };
        let host = refused::forwarded(request, self.settings.forwarded_host.as_ref());
        let host_id = self.settings.host_id.as_deref().unwrap_or_else(|| opened::host_id(request, host));
        let manner = Manner { request_id, format, lang: Lang::English, host_id };
        refuse(&manner, &Stopped { refusal, operation: "-", admitted: false })
    }

    fn request_id(&self) -> RequestId {
        let mut bytes = [0; 16];
        self.tools.random.fill(&mut bytes);
        RequestId::from_random(bytes)
    }
}

fn refuse(manner: &Manner<'_>, stopped: &Stopped) -> Answer {
    let Stopped { refusal, operation, admitted } = stopped;
    let request_id = manner.request_id.clone();
    tracing::info!(door = NAME, operation, request_id = request_id.as_str(), "refused: {refusal}");
    let reply = reply::refusal(request_id, manner.format, manner.lang, refusal, manner.host_id);
    let word = refusal.no().word();
    let mut answer = write(reply, Outcome { door: NAME, operation, admitted: *admitted, word });
    if matches!(refusal.no(), No::Throttling | No::ThrottlingApi | No::ThrottlingUser) {
        let retry = (HeaderName::from_static("x-acs-retry-after"), HeaderValue::from_static(RETRY_AFTER));
        answer.headers.push(retry);
    }
    answer
}

fn write(reply: Reply, outcome: Outcome) -> Answer {
    let headers = [("content-type", reply.content_type), ("x-acs-request-id", reply.request_id.as_str())];
    let bare = Answer::bare(reply.status, headers, outcome);
    Answer { body: Bytes::from(reply.body), ..bare }
}

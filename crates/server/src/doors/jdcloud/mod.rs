//! JD Cloud's door: cloudauth, signed with either generation.
//!
//! The order of the steps is the vendor's (specification, section 1.9): route, signature, window, then the operation.
//! The nonce is spent with the decision, in one transaction; a call that ends before a decision spends nothing, and its
//! repetition ends the same way.

mod caller;
mod claims;
mod refused;

pub use caller::JdCaller;
pub use claims::{FirstGeneration, Numbers};
pub use refused::explain;

use std::sync::Arc;

use bytes::Bytes;
use http::{HeaderName, header};
use shiming_core::{
    Again, Asking, BoxFuture, CannotCheck, Checker, Claim, Clock, Decision, Element, Elements, Fault, Spend, UnixTime,
    Verdict,
};
use shiming_wire::{
    jdcloud::{
        Admitted, No, OperationName, Outcome as Said, Refusal, ReplayKey, Reply, RequestId, Shape, Wording,
        codes::Document,
        operations::{self, Operation},
        personal::{PortraitLimits, Rules},
        reply,
        sign::Generation,
        status::{ApplyStatus, Stage},
    },
    request::Request,
    time::Window,
};

use crate::{
    Random,
    doors::{Answer, Call, Door, Head, IntakeRefusal, Outcome},
    keyring::{Held, Keyring},
    refusals::Refusals,
};

/// What becomes of a call whose signed nonce was spent by the same bytes: Java's SDK sends them again by itself when a
/// connection drops.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub enum Resent {
    /// It is refused like any other replay.
    #[default]
    Refused,
    /// It gets the first answer again.
    Repeated,
}

/// How this door answers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Settings {
    /// Where the verdict stands in an answer.
    pub result_shape: Shape,
    /// What the outcomes are called.
    pub wording: Wording,
    /// What a second use of a third-generation signature means; a nonce that is signed is always spent once.
    pub replay: Again,
    /// What a second use of a signed nonce by the same bytes means; by others it is refused.
    pub resent: Resent,
    /// How far a caller's clock may be off.
    pub window: Window,
    /// Whether invalid arguments are 403 `FAIL`, the only failure that the vendor's page knows.
    pub document: Document,
    /// Which check types are answered, and what they need.
    pub rules: Rules,
    /// What is made of numbers with a doubtful check digit.
    pub numbers: Numbers,
    /// What is made of resident numbers of 15 digits.
    pub first_generation: FirstGeneration,
    /// Sizes of a portrait.
    pub portrait: PortraitLimits,
    /// The largest body, in bytes.
    pub body_limit: usize,
    /// A header in which a trusted proxy passes the `Host` that the caller signed; none without such a proxy.
    pub forwarded_host: Option<HeaderName>,
    /// Verified requests of one caller in work at once.
    pub in_flight_per_caller: usize,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            result_shape: Shape::Both,
            wording: Wording::default(),
            replay: Again::Repeat,
            resent: Resent::default(),
            window: Window::FIFTEEN_MINUTES,
            document: Document::Plain,
            rules: Rules::default(),
            numbers: Numbers::default(),
            first_generation: FirstGeneration::default(),
            portrait: PortraitLimits::default(),
            body_limit: 2 * 1024 * 1024,
            forwarded_host: None,
            in_flight_per_caller: 256,
        }
    }
}

/// What this door works with.
pub struct Tools {
    /// The verb.
    pub checker: Arc<Checker>,
    /// Who may call.
    pub callers: Arc<Keyring<JdCaller>>,
    /// What time it is.
    pub clock: Arc<dyn Clock>,
    /// For request ids.
    pub random: Arc<dyn Random>,
    /// The memory of refused calls.
    pub refusals: Arc<Refusals>,
}

/// The door.
pub struct JdCloud {
    settings: Settings,
    tools: Tools,
}

/// The door's name in callers, logs, metrics and the ledger.
pub const NAME: &str = "jdcloud";

impl JdCloud {
    /// The door, answering as set.
    pub fn new(settings: Settings, tools: Tools) -> Self {
        Self { settings, tools }
    }

    /// An empty keyring for this door.
    pub fn keyring() -> Keyring<JdCaller> {
        Keyring::new(NAME, JdCaller::read)
    }
}

impl Door for JdCloud {
    fn name(&self) -> &'static str {
        NAME
    }

    fn claims(&self, head: Head<'_>) -> bool {
        is_ours(head)
    }

    fn body_limit(&self) -> usize {
        self.settings.body_limit
    }

    fn answer<'a>(&'a self, call: Call<'a>) -> BoxFuture<'a, Answer> {
        Box::pin(async move {
            let request_id = self.request_id();
            match self.serve(&call, request_id).await {
                Ok(answer) => answer,
                Err(stopped) => self.refused(request_id, &stopped),
            }
        })
    }

    fn refuse(&self, _: Head<'_>, why: IntakeRefusal) -> Answer {
        let no = match why {
            IntakeRefusal::BodyTooLarge => No::BodyTooLarge,
            IntakeRefusal::BodyTooSlow => No::TooSlow,
            IntakeRefusal::BodyBroken => No::Unreadable,
        };
        self.refused(self.request_id(), &Stopped::at_the_door(no.into()))
    }
}

/// Whether a request is this vendor's, as its head tells. The path is the vendor's version; a caller who got the path
/// wrong is known by its signature.
pub fn is_ours(head: Head<'_>) -> bool {
    head.bare().path().starts_with("/v1/")
        || head.headers.contains_key("x-jdcloud-date")
        || head.headers.get(header::AUTHORIZATION).is_some_and(|value| value.as_bytes().starts_with(b"JDCLOUD"))
}

/// A call that ends in a refusal, and how far it came.
struct Stopped {
    refusal: Refusal,
    operation: &'static str,
    admitted: bool,
}

impl Stopped {
    fn at_the_door(refusal: Refusal) -> Self {
        Self { refusal, operation: "-", admitted: false }
    }
}

impl From<Refusal> for Stopped {
    fn from(refusal: Refusal) -> Self {
        Self::at_the_door(refusal)
    }
}

impl From<No> for Stopped {
    fn from(no: No) -> Self {
        Self::at_the_door(no.into())
    }
}

/// The vendor's limit of a URL (413 and 414 stand in the same table).
const LONGEST_TARGET: usize = 8 * 1024;

impl JdCloud {
    async fn serve(&self, call: &Call<'_>, request_id: RequestId) -> Result<Answer, Stopped> {
        if call.request.target.len() > LONGEST_TARGET {
            return Err(No::UriTooLong.into());
        }
        let operation = operations::route(call.request.method, call.request.path())?;
        let (caller, admitted) = self.admit(&call.request, request_id)?;
        // Behind the gate every refusal is the service's.
        let inside = |refusal: Refusal| Stopped { refusal, operation: operation.name, admitted: true };
        let name = operation.answered().map_err(inside)?;
        let Some(_place) = caller.enter(self.settings.in_flight_per_caller) else {
            return Err(inside(No::TooManyForKey.into()));
        };
        if name == OperationName::ApplyStatus {
            return Ok(apply_status(request_id, operation, &caller.caller));
        }
        let claim = self.claim(&admitted, name).map_err(inside)?;
        if !caller.caller.may(claim.check()) {
            return Err(inside(No::CheckTypeNotEnabled.into()));
        }
        let decision = self.decide(call, operation, &admitted, request_id, &claim).await;
        let decision = decision.map_err(|fault| match fault {
            // Nothing that this door spends is compared by content.
            Fault::Replayed | Fault::Differs => Stopped { admitted: false, ..inside(No::Replayed.into()) },
            Fault::Ledger(error) => {
                tracing::error!(door = NAME, %request_id, error = ?error, "a decision could not be made durable");
                inside(No::Internal.into())
            }
        })?;
        match &decision.verdict {
            Verdict::CannotCheck(CannotCheck::FaceEngineBusy) => Err(inside(No::TooManyForApi.into())),
            _ => Ok(self.verdict(operation, request_id, &decision)),
        }
    }

    /// Steps 2 to 8: who calls, and is it really them, now?
    fn admit<'a>(
        &self,
        request: &Request<'a>,
        request_id: RequestId,
    ) -> Result<(Arc<Held<JdCaller>>, Admitted<'a>), Refusal> {
        let call = refused::parse(request, self.settings.forwarded_host.as_ref())?;
        let now = self.tools.clock.now();
        let admit = || {
            let caller = self.tools.callers.find(call.claimed_access_key()).ok_or(No::UnknownAccessKey)?;
            if !caller.caller.key.enabled {
                return Err(No::BadCredentials.into());
            }
            let key = caller.caller.signing_key(&call.scope());
            let verified = call.verify(&key, caller.caller.key.token.as_ref())?;
            Ok((caller, verified.within(now.timestamp(), self.settings.window)?))
        };
        admit().inspect_err(|refusal| self.look_into(&call, request_id, now, refusal))
    }

    async fn decide(
        &self,
        call: &Call<'_>,
        operation: &'static Operation,
        admitted: &Admitted<'_>,
        request_id: RequestId,
        claim: &Claim,
    ) -> Result<Decision, Fault> {
        let asking = Asking {
            door: NAME,
            caller: admitted.access_key(),
            operation: operation.name,
            request_id: request_id.as_str(),
            arrived: call.arrived,
        };
        self.tools.checker.check(asking, claim, Some(self.spend(admitted))).await
    }

    /// What this call uses up. A signed nonce is spent once. Without one the signature stands for the call: two honest
    /// third-generation calls of the same body in the same second share it, and are answered alike unless set otherwise.
    fn spend(&self, admitted: &Admitted<'_>) -> Spend {
        let replay = admitted.replay_key();
        let (what, again): (&[u8], Again) = match &replay {
            ReplayKey::SignedNonce(nonce) => (nonce.as_bytes(), self.resent(admitted)),
            ReplayKey::Signature(signature) => match admitted.generation() {
                Generation::Two => (signature, Again::Refuse),
                Generation::Three => (signature, self.settings.replay),
            },
        };
        let key = self.tools.checker.ledger().tag(&[NAME.as_bytes(), admitted.access_key().as_bytes(), what]);
        let window = i64::try_from(self.settings.window.either_way().as_secs()).unwrap_or(i64::MAX);
        let stale_from = admitted.signed_at().as_second().saturating_add(window).saturating_add(1);
        Spend { key, until: UnixTime::from_secs(stale_from), again }
    }

    fn resent(&self, admitted: &Admitted<'_>) -> Again {
        match self.settings.resent {
            Resent::Refused => Again::Refuse,
            // Who can make the same signature again has the same bytes under it.
            Resent::Repeated => {
                Again::RepeatIfSame { content: self.tools.checker.ledger().tag(&[admitted.signature().expose()]) }
            }
        }
    }

    fn verdict(&self, operation: &Operation, request_id: RequestId, decision: &Decision) -> Answer {
        let said = match &decision.verdict {
            Verdict::Match => Said::Match,
            Verdict::Mismatch(elements) if *elements == Elements::NONE.with(Element::Portrait) => Said::FaceMismatch,
            Verdict::Mismatch(_) => Said::Mismatch,
            Verdict::NoRecord => Said::NotFound,
            Verdict::CannotCheck(CannotCheck::PortraitUnusable(_)) => Said::FaceInvalid,
            Verdict::CannotCheck(_) => Said::Exception,
        };
        let request_id = RequestId::parse(&decision.request_id).unwrap_or(request_id);
        let reply = reply::success_in(request_id, said, self.settings.result_shape, &self.settings.wording);
        write(reply, Outcome { door: NAME, operation: operation.name, admitted: true, word: decision.verdict.word() })
    }

    fn refused(&self, request_id: RequestId, stopped: &Stopped) -> Answer {
        let Stopped { refusal, operation, admitted } = stopped;
        tracing::info!(door = NAME, operation, %request_id, "refused: {refusal}");
        let reply = reply::refusal(request_id, refusal, self.settings.document);
        let word = refusal.no().row().text;
        write(reply, Outcome { door: NAME, operation, admitted: *admitted, word })
    }

    fn request_id(&self) -> RequestId {
        let mut bytes = [0; 32];
        self.tools.random.fill(&mut bytes);
        RequestId::from_random(bytes)
    }
}

fn apply_status(request_id: RequestId, operation: &Operation, caller: &JdCaller) -> Answer {
    let status = ApplyStatus { pin: &caller.key.label, stage: Stage::InService, apply_time: &caller.key.since };
    let reply = reply::apply_status(request_id, &status);
    write(reply, Outcome { door: NAME, operation: operation.name, admitted: true, word: "answered" })
}

fn write(reply: Reply, outcome: Outcome) -> Answer {
    let bare = Answer::bare(reply.status, reply.headers(), outcome);
    Answer { body: Bytes::from(reply.body), ..bare }
}

//! Volcengine's SMS door: qualifications and signatures, handed in, reviewed, listed and bound.
//!
//! The order of the steps is the vendor's (specification, section 1.8): signature, window, operation, permission, rate, body.
//! Nothing is spent: the protocol has no nonce, and an SDK's own retry repeats a signature within the second. Instead every
//! operation that writes is the same done twice (`again.rs`).

mod again;
mod bindings;
mod caller;
mod dossier;
mod idents;
mod lists;
mod people;
mod refused;
mod signatures;
mod work;

pub use caller::VolcengineCaller;
pub use dossier::VolcengineForms;
pub use people::Numbers;
pub use refused::explain;

use std::sync::Arc;

use bytes::Bytes;
use http::{HeaderName, header};
use shiming_core::{Asking, BoxFuture, SubmitFault, submit::CasesError};
use shiming_wire::{
    request::Request,
    time::Window,
    volcengine::{
        About, Admitted, No, OperationName, Refusal, Reply, RequestId, Wording, ident::Rules, listing, operations,
        reply,
    },
};

use self::work::Work;
use crate::{
    doors::{Answer, Call, Door, Head, IntakeRefusal, Outcome, papers},
    keyring::{Held, Keyring},
};

/// How this door answers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Settings {
    /// How far a caller's clock may be off; a caller may ask for less.
    pub window: Window,
    /// What a qualification must have, and how large pictures may be.
    pub rules: Rules,
    /// Which numbers are taken.
    pub numbers: Numbers,
    /// Whether a 1001 says what is wrong.
    pub wording: Wording,
    /// How many signatures a caller may apply for in a day, where that is limited.
    pub signatures_a_day: Option<usize>,
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
            window: Window::FIFTEEN_MINUTES,
            rules: Rules::default(),
            numbers: Numbers::Checked,
            wording: Wording::WithReason,
            signatures_a_day: None,
            body_limit: 20 * 1024 * 1024,
            forwarded_host: None,
            in_flight_per_caller: 256,
        }
    }
}

/// What this door works with.
pub type Tools = papers::Tools<VolcengineCaller>;

/// The door.
pub struct VolcengineSms {
    settings: Settings,
    tools: Tools,
}

/// The door's name in callers, cases, logs, metrics and the ledger.
pub const NAME: &str = "volcengine";

/// The kind of case that is a qualification (资质).
pub const QUALIFICATION: &str = "qualification";
/// The kind of case that is a signature (签名).
pub const SIGNATURE: &str = "signature";

impl VolcengineSms {
    /// The door, answering as set.
    pub fn new(settings: Settings, tools: Tools) -> Self {
        Self { settings, tools }
    }

    /// An empty keyring for this door.
    pub fn keyring() -> Keyring<VolcengineCaller> {
        Keyring::new(NAME, VolcengineCaller::read)
    }
}

impl Door for VolcengineSms {
    fn name(&self) -> &'static str {
        NAME
    }

    /// The algorithm's word, which no other door's signature begins with; in the query form the parameters of the signature;
    /// and for a call without either, or with a word that is misspelt, a version or an operation that only this vendor has.
    fn claims(&self, head: Head<'_>) -> bool {
        let request = head.bare();
        let pairs =
            || request.query().unwrap_or_default().split('&').map(|pair| pair.split_once('=').unwrap_or((pair, "")));
        let named = || {
            pairs().any(|(name, value)| match name {
                "Version" => operations::is_version(value),
                "Action" => operations::is_action(value),
                _ => false,
            })
        };
        match head.headers.get(header::AUTHORIZATION).map(|value| value.as_bytes().trim_ascii_start()) {
            Some(word) if word.starts_with(b"HMAC-SHA256 ") => true,
            Some(word) => named() && !OTHERS.iter().any(|other| word.starts_with(other)),
            None => named() || pairs().any(|(name, _)| matches!(name, "X-Algorithm" | "X-Credential")),
        }
    }

    fn body_limit(&self) -> usize {
        self.settings.body_limit
    }

    fn answer<'a>(&'a self, call: Call<'a>) -> BoxFuture<'a, Answer> {
        Box::pin(async move {
            let (about, request_id) = (about(&call.request), self.request_id());
            match self.serve(&call, &request_id).await {
                Ok((operation, result)) => {
                    let outcome = Outcome { door: NAME, operation, admitted: true, word: "answered" };
                    write(reply::success(&about, request_id, &result), outcome)
                }
                Err(stopped) => self.refused(&about, request_id, &stopped),
            }
        })
    }

    fn refuse(&self, head: Head<'_>, why: IntakeRefusal) -> Answer {
        let no = match why {
            IntakeRefusal::BodyTooLarge => No::RequestEntityTooLarge,
            IntakeRefusal::BodyTooSlow => No::RequestTimeout,
            IntakeRefusal::BodyBroken => No::BadRequest,
        };
        let request = head.bare();
        self.refused(&about(&request), self.request_id(), &Stopped::at_the_door(no.into()))
    }
}

/// What the signatures of other vendors begin with.
const OTHERS: [&[u8]; 3] = [b"JDCLOUD", b"ACS", b"ALIPAY"];

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

/// Why an operation was not carried out.
enum Trouble {
    /// The caller is told.
    Refused(Refusal),
    /// The store failed. The caller is told no more than that.
    Store(SubmitFault),
}

impl From<Refusal> for Trouble {
    fn from(refusal: Refusal) -> Self {
        Self::Refused(refusal)
    }
}

impl From<No> for Trouble {
    fn from(no: No) -> Self {
        Self::Refused(no.into())
    }
}

impl From<SubmitFault> for Trouble {
    fn from(fault: SubmitFault) -> Self {
        match fault {
            SubmitFault::Forbidden(_) => Self::Refused(Refusal::unfit("当前状态不允许该操作")),
            fault => Self::Store(fault),
        }
    }
}

impl From<CasesError> for Trouble {
    fn from(error: CasesError) -> Self {
        Self::Store(error.into())
    }
}

/// Longer than what any client sends: a signed query with a token and a page of ids.
const LONGEST_TARGET: usize = 32 * 1024;

fn is_too_long(request: &Request<'_>) -> bool {
    request.target.len() > LONGEST_TARGET
}

/// What an answer says of its call: nothing where that would mean to take megabytes of a stranger's parameters apart.
fn about(request: &Request<'_>) -> About {
    if is_too_long(request) { About::default() } else { About::of(request) }
}

impl VolcengineSms {
    async fn serve(&self, call: &Call<'_>, request_id: &RequestId) -> Result<(&'static str, Vec<u8>), Stopped> {
        if is_too_long(&call.request) {
            return Err(Stopped::at_the_door(No::RequestUriTooLong.into()));
        }
        let (caller, admitted) = self.admit(&call.request, request_id)?;
        let operation =
            operations::route(&admitted).map_err(|refusal| Stopped { refusal, operation: "-", admitted: true })?;
        // Behind the gate every refusal is the service's.
        let inside = |refusal: Refusal| Stopped { refusal, operation: operation.name, admitted: true };
        if !caller.caller.may(operation.name) {
            return Err(inside(No::NoPermission.into()));
        }
        let Some(_place) = caller.enter(self.settings.in_flight_per_caller) else {
            return Err(inside(No::FlowLimitExceeded.into()));
        };
        let asking = Asking {
            door: NAME,
            caller: admitted.access_key(),
            operation: operation.name,
            request_id: request_id.as_str(),
            arrived: call.arrived,
        };
        let work = Work { door: self, call: &admitted, asking, now: self.tools.clock.now() };
        let result = carry_out(&work, operation.id).await.map_err(|trouble| match trouble {
            Trouble::Refused(refusal) => inside(refusal),
            Trouble::Store(fault) => {
                tracing::error!(door = NAME, %request_id, error = ?fault, "an operation could not be carried out");
                inside(No::System.into())
            }
        })?;
        Ok((operation.name, result))
    }

    /// Steps 1 to 8: who calls, and is it really them, now?
    fn admit<'a>(
        &self,
        request: &Request<'a>,
        request_id: &RequestId,
    ) -> Result<(Arc<Held<VolcengineCaller>>, Admitted<'a>), Refusal> {
        let call = refused::parse(request, self.settings.forwarded_host.as_ref())?;
        let now = self.tools.clock.now();
        let admit = || {
            let caller = self.tools.callers.find(call.claimed_access_key()).filter(|held| held.caller.key.enabled);
            let caller = caller.ok_or_else(|| call.unknown_access_key())?;
            let key = caller.caller.signing_key(&call.scope());
            let verified = call.clone().verify(&key, caller.caller.key.token.as_ref())?;
            Ok((caller, verified.within(now.timestamp(), self.settings.window)?))
        };
        admit().inspect_err(|refusal| self.look_into(&call, request_id, now, refusal))
    }

    fn refused(&self, about: &About, request_id: RequestId, stopped: &Stopped) -> Answer {
        let Stopped { refusal, operation, admitted } = stopped;
        tracing::info!(door = NAME, operation, %request_id, "refused: {refusal}");
        let word = refusal.no().row().code;
        let reply = reply::failure(about, request_id, refusal, self.settings.wording);
        write(reply, Outcome { door: NAME, operation, admitted: *admitted, word })
    }

    fn request_id(&self) -> RequestId {
        let mut bytes = [0; 10];
        self.tools.random.fill(&mut bytes);
        RequestId::new(self.tools.clock.now().timestamp(), bytes)
    }
}

/// The result of an operation, as JSON.
async fn carry_out(work: &Work<'_>, operation: OperationName) -> Result<Vec<u8>, Trouble> {
    Ok(match operation {
        OperationName::ApplySignatureIdent => listing::write(&serde_json::json!({ "id": idents::apply(work).await? })),
        OperationName::ApplySignatureIdentificationForAgent => listing::write(&idents::apply(work).await?),
        OperationName::UpdateSignatureIdent => {
            idents::update(work).await?;
            done()
        }
        OperationName::GetSignatureIdentList => listing::write(&lists::idents(work).await?),
        OperationName::GetSignatureIdentificationList => listing::write(&lists::identifications(work).await?),
        OperationName::BatchBindSignatureIdent => {
            bindings::bind(work).await?;
            done()
        }
        OperationName::ApplySmsSignature | OperationName::ApplySmsSignatureV2 => {
            listing::write(&signatures::apply(work, operation).await?)
        }
        OperationName::ListSignatureForAgent => listing::write(&lists::signatures_for_agent(work).await?),
        OperationName::GetSignatureAndOrderList => listing::write(&lists::signatures(work).await?),
        OperationName::DeleteSignature => {
            signatures::delete(work).await?;
            listing::write(&"success")
        }
    })
}

/// The result that says no more than that it was done.
fn done() -> Vec<u8> {
    listing::write(&serde_json::json!({ "msg": "success" }))
}

fn write(reply: Reply, outcome: Outcome) -> Answer {
    let bare = Answer::bare(reply.status, reply.headers(), outcome);
    Answer { body: Bytes::from(reply.body), ..bare }
}

//! The latest calls that a door refused because of who signed them and how, and the mistake in each.
//!
//! Finding the mistake costs a few hundred hashes, so it is done beside the call, never in its way, and only so many
//! times a second: a stranger who sends nonsense must not get work out of the server. Nor does one caller take the time
//! or the memory of the others. What is kept holds no person's values, no secret and no signature.

use std::{collections::VecDeque, fmt, sync::Arc};

use http::HeaderMap;
use jiff::Timestamp;
use parking_lot::Mutex;
use serde::{Deserialize, Serialize};
use shiming_core::{Clock, UnixTime};
use shiming_wire::{
    diagnosis::{self, Diagnosis},
    request::Request,
};

/// The name under which no known mistake goes.
pub const UNEXPLAINED: &str = "unexplained";

/// A refused call, as the operator may see it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RefusedCall {
    /// When, RFC 3339.
    pub at: String,
    /// Which door.
    pub door: String,
    /// The id that the caller was given.
    pub request_id: String,
    /// The caller's key id as claimed.
    pub caller: String,
    /// Method and path.
    pub request: String,
    /// What the caller was told.
    pub refusal: String,
    /// The mistake that makes the signature verify, where one does.
    pub mistake: Option<Mistake>,
    /// What to compare otherwise, in English.
    pub advice: String,
    /// The same in Chinese.
    #[serde(default)]
    pub advice_chinese: String,
    /// Every stage of the signature as this server computes it, in order.
    pub stages: Vec<Stage>,
}

/// A mistake by name.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Mistake {
    /// Stable name.
    pub slug: String,
    /// What to change, in English.
    pub english: String,
    /// What to change, in Chinese.
    pub chinese: String,
}

/// One stage's exact text.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Stage {
    /// The vendor's name for it.
    pub name: String,
    /// The text, people's values masked.
    pub text: String,
}

/// What was found out about a call: the same for a running server, which looks into what it refused, and for
/// `shiming explain`. Each door has one function that makes it; no person's value, secret or signature is in it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Explained {
    /// Whether nothing is wrong with who signed the call, how and when.
    pub verifies: bool,
    /// The mistake, where one explains it.
    pub mistake: Option<Mistake>,
    /// What to do or to compare otherwise, in English.
    pub advice: String,
    /// The same in Chinese.
    pub advice_chinese: String,
    /// What is odd about the call though it is taken.
    pub notes: Vec<String>,
    /// Every stage of the signature as this server computes it, in order.
    pub stages: Vec<Stage>,
}

impl Explained {
    /// What a vendor's room found out about a signature that is made with a shared secret, stages masked there.
    pub fn of(diagnosis: &Diagnosis, stages: Vec<diagnosis::Stage>, notes: Vec<&'static str>) -> Self {
        let (advice, advice_chinese) = (diagnosis.english(), diagnosis.chinese());
        let mistake =
            diagnosis.is_named().then(|| Mistake::new(diagnosis.slug(), advice.as_str(), advice_chinese.as_str()));
        Self {
            verifies: *diagnosis == Diagnosis::Verifies,
            mistake,
            advice,
            advice_chinese,
            notes: notes.into_iter().map(str::to_owned).collect(),
            stages: stages.into_iter().map(|stage| Stage::new(stage.name, stage.text)).collect(),
        }
    }

    /// The same for a caller that is disabled here: the one mistake that no signature shows. It is in who may call.
    pub fn with_caller_disabled(self) -> Self {
        let mistake = Mistake::new(
            "caller-disabled",
            "The caller is registered here and disabled: none of its calls is taken until an operator enables it.",
            "该调用方已在本服务登记，但已被停用；在运维人员重新启用之前，它的调用一律不受理。",
        );
        Self { verifies: false, mistake: Some(mistake), ..self }
    }
}

impl Mistake {
    /// One mistake.
    pub fn new(slug: impl Into<String>, english: impl Into<String>, chinese: impl Into<String>) -> Self {
        Self { slug: slug.into(), english: english.into(), chinese: chinese.into() }
    }
}

impl Stage {
    /// One stage.
    pub fn new(name: impl Into<String>, text: impl Into<String>) -> Self {
        Self { name: name.into(), text: text.into() }
    }

    /// The same with as much of its text as is kept: a request line may be of megabytes.
    fn within_bounds(mut self) -> Self {
        if self.text.len() > LONGEST_STAGE {
            self.text.truncate(self.text.floor_char_boundary(LONGEST_STAGE));
            self.text.shrink_to_fit();
            self.text.push('…');
        }
        self
    }
}

/// A request that outlives its connection, to be looked into beside it.
struct OwnedRequest {
    method: String,
    target: String,
    headers: HeaderMap,
    body: Vec<u8>,
}

impl OwnedRequest {
    /// Copies a request.
    fn of(request: &Request<'_>) -> Self {
        Self {
            method: request.method.into(),
            target: request.target.into(),
            headers: request.headers.clone(),
            body: request.body.into(),
        }
    }

    /// As it came.
    fn as_request(&self) -> Request<'_> {
        Request { method: &self.method, target: &self.target, headers: &self.headers, body: &self.body }
    }
}

/// The memory of refused calls.
pub struct Refusals {
    latest: Mutex<VecDeque<RefusedCall>>,
    budget: Mutex<Budget>,
    clock: Arc<dyn Clock>,
}

/// A call that was refused, as its door knows it.
pub(crate) struct Refused<'r> {
    pub(crate) door: &'static str,
    /// The id that the caller was given.
    pub(crate) request_id: &'r dyn fmt::Display,
    /// The caller's public name if somebody has it: a stranger's word in its place may be somebody's secret.
    pub(crate) caller: Option<&'r str>,
    pub(crate) request: &'r Request<'r>,
    /// What was asked for, where the path does not say so.
    pub(crate) operation: Option<&'static str>,
    /// What the caller was told.
    pub(crate) refusal: &'r dyn fmt::Display,
    pub(crate) at: Timestamp,
}

/// A place among the calls that are looked into this second.
struct Place(Arc<Refusals>);

/// So many calls are looked into a second.
const A_SECOND: usize = 20;
/// So many of these may be one caller's: a noisy caller leaves time for the mistakes of the others.
const OF_A_CALLER: usize = 5;
/// So many refused calls are kept.
const KEPT: usize = 100;

/// How many characters of a path are kept.
const LONGEST_PATH: usize = 256;

/// How many bytes of a stage's text are kept.
const LONGEST_STAGE: usize = 16 * 1024;

/// Whose calls were looked into this second.
struct Budget {
    second: i64,
    taken: Vec<String>,
}

impl Refusals {
    /// An empty memory.
    pub fn new(clock: Arc<dyn Clock>) -> Self {
        Self { latest: Mutex::default(), budget: Mutex::new(Budget { second: i64::MIN, taken: Vec::new() }), clock }
    }

    /// A place to look into a refused call of that caller, while there is time for one this second. Asked before anything
    /// is copied: what there is no time for costs nothing.
    fn place(self: &Arc<Self>, caller: &str) -> Option<Place> {
        self.budget.lock().take(caller, self.clock.now()).then(|| Place(Arc::clone(self)))
    }

    /// Looks into a refused call beside it, and keeps what the operator may see of it, if there is time for one this second.
    /// Only then is `prepare` asked for what explains it.
    pub(crate) fn explain<E>(self: &Arc<Self>, refused: &Refused<'_>, prepare: impl FnOnce() -> E)
    where
        E: FnOnce(&Request<'_>) -> Explained + Send + 'static,
    {
        let &Refused { door, request_id, caller, request, operation, refusal, at } = refused;
        let caller = caller.unwrap_or("unknown");
        let Some(place) = self.place(caller) else {
            tracing::warn!(door, caller, %request_id, "call refused: too many of them to look into each");
            return;
        };
        let (explain, owned) = (prepare(), OwnedRequest::of(request));
        let (request_id, caller, refusal) = (request_id.to_string(), caller.to_owned(), refusal.to_string());
        place.look_into(move || {
            let request = owned.as_request();
            let Explained { mistake, advice, advice_chinese, stages, .. } = explain(&request);
            let path = || request.path().chars().take(LONGEST_PATH).collect::<String>();
            RefusedCall {
                at: at.to_string(),
                door: door.into(),
                request_id,
                caller,
                request: format!("{} {}", request.method, operation.map_or_else(path, str::to_owned)),
                refusal,
                mistake,
                advice,
                advice_chinese,
                stages: stages.into_iter().map(Stage::within_bounds).collect(),
            }
        });
    }

    /// The latest refused calls, newest first.
    pub fn latest(&self, count: usize) -> Vec<RefusedCall> {
        self.latest.lock().iter().rev().take(count).cloned().collect()
    }

    fn keep(&self, refused: RefusedCall) {
        let (mistake, advice) = match &refused.mistake {
            Some(mistake) => (mistake.slug.as_str(), mistake.english.as_str()),
            None => (UNEXPLAINED, refused.advice.as_str()),
        };
        tracing::warn!(
            door = refused.door,
            caller = refused.caller,
            request_id = refused.request_id,
            mistake,
            "call refused: {advice}"
        );
        let mut latest = self.latest.lock();
        if latest.len() == KEPT {
            forget_one(&mut latest);
        }
        latest.push_back(refused);
    }
}

impl Place {
    /// Looks into a refused call beside everything else, logs one line that names the mistake, and keeps it.
    fn look_into(self, look: impl FnOnce() -> RefusedCall + Send + 'static) {
        let work = move || self.0.keep(look());
        match tokio::runtime::Handle::try_current() {
            Ok(runtime) => drop(runtime.spawn_blocking(work)),
            Err(_) => work(),
        }
    }
}

/// The oldest call of whoever has the most here: a noisy caller pushes out its own.
fn forget_one(latest: &mut VecDeque<RefusedCall>) {
    let calls_of = |caller: &str| latest.iter().filter(|call| call.caller == caller).count();
    let loudest = latest.iter().enumerate().rev().max_by_key(|(_, call)| calls_of(&call.caller));
    if let Some((oldest, _)) = loudest {
        latest.remove(oldest);
    }
}

impl Budget {
    fn take(&mut self, caller: &str, now: UnixTime) -> bool {
        if self.second != now.secs() {
            *self = Self { second: now.secs(), taken: Vec::with_capacity(A_SECOND) };
        }
        let own = self.taken.iter().filter(|taken| *taken == caller).count();
        let free = self.taken.len() < A_SECOND && own < OF_A_CALLER;
        if free {
            self.taken.push(caller.to_owned());
        }
        free
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refused(caller: &str, n: usize) -> RefusedCall {
        RefusedCall {
            at: String::new(),
            door: "jdcloud".into(),
            request_id: n.to_string(),
            caller: caller.into(),
            request: "POST /v1/personal".into(),
            refusal: String::new(),
            mistake: None,
            advice: String::new(),
            advice_chinese: String::new(),
            stages: Vec::new(),
        }
    }

    #[test]
    fn a_diagnosis_is_told_with_its_stages_and_a_disabled_caller_goes_before_it() {
        let known = Diagnosis::UnknownAccessKey;
        let explained = Explained::of(&known, Vec::new(), vec!["odd"]);
        assert_eq!(explained.mistake.as_ref().unwrap().slug, "unknown-access-key");
        assert!(!explained.verifies && explained.notes == ["odd"]);
        let right = Explained::of(&Diagnosis::Verifies, Vec::new(), Vec::new());
        assert!(right.verifies && right.mistake.is_none());
        let disabled = right.with_caller_disabled();
        assert!(!disabled.verifies && disabled.mistake.unwrap().slug == "caller-disabled");
    }

    #[test]
    fn of_a_long_text_only_the_beginning_is_kept() {
        let (short, long) = (Stage::new("target", "样例"), Stage::new("target", "样".repeat(LONGEST_STAGE)));
        assert_eq!(short.clone().within_bounds(), short);
        let kept = long.within_bounds().text;
        assert!(kept.ends_with("样…") && kept.len() < LONGEST_STAGE + 4, "{}", kept.len());
    }

    #[test]
    fn only_so_many_are_looked_into_in_a_second() {
        let refusals = Arc::new(Refusals::new(Arc::new(UnixTime::from_secs(1))));
        let places = (0..50).filter_map(|n| Some((n, refusals.place(&n.to_string())?)));
        places.for_each(|(n, place)| place.look_into(move || refused("AK", n)));
        assert_eq!(ids(&refusals.latest(usize::MAX)), (0..A_SECOND).rev().map(|n| n.to_string()).collect::<Vec<_>>());
    }

    #[test]
    fn a_noisy_caller_leaves_time_for_others() {
        let refusals = Arc::new(Refusals::new(Arc::new(UnixTime::from_secs(1))));
        let noisy = (0..1000).filter(|_| refusals.place("noisy").is_some()).count();
        assert_eq!(noisy, OF_A_CALLER);
        assert!(refusals.place("another").is_some());
    }

    #[test]
    fn a_noisy_caller_pushes_out_its_own() {
        let refusals = Refusals::new(Arc::new(UnixTime::from_secs(1)));
        refusals.keep(refused("quiet", 0));
        (1..2 * KEPT).for_each(|n| refusals.keep(refused("noisy", n)));
        refusals.keep(refused("quiet", 2 * KEPT));
        let kept = ids(&refusals.latest(usize::MAX));
        assert_eq!(
            (kept.len(), kept[0].as_str(), kept[1].as_str(), kept[KEPT - 1].as_str()),
            (KEPT, "200", "199", "0")
        );
    }

    #[test]
    fn the_oldest_is_forgotten_first() {
        let refusals = Refusals::new(Arc::new(UnixTime::from_secs(1)));
        (0..KEPT + 5).for_each(|n| refusals.keep(refused(&n.to_string(), n)));
        let kept = ids(&refusals.latest(usize::MAX));
        assert_eq!((kept.len(), kept[KEPT - 1].as_str()), (KEPT, "5"));
    }

    fn ids(calls: &[RefusedCall]) -> Vec<String> {
        calls.iter().map(|call| call.request_id.clone()).collect()
    }
}

//! The latest calls that a door refused because of their signature, and why it differs.
//!
//! Finding the mistake costs a few hundred hashes, so it is done beside the call, never in its way, and only so many
//! times a second: a stranger who sends nonsense must not get work out of the server. What is kept holds no person's
//! values, no secret and no signature.

use std::{collections::VecDeque, sync::Arc};

use parking_lot::Mutex;
use serde::{Deserialize, Serialize};
use shiming_core::{Clock, UnixTime};

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
    /// What to compare otherwise.
    pub advice: String,
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

/// The memory of refused calls.
pub struct Refusals {
    latest: Mutex<VecDeque<RefusedCall>>,
    budget: Mutex<Budget>,
    clock: Arc<dyn Clock>,
}

/// So many calls are looked into a second.
const A_SECOND: u32 = 20;
/// So many refused calls are kept.
const KEPT: usize = 100;

struct Budget {
    second: i64,
    left: u32,
}

impl Refusals {
    /// An empty memory.
    pub fn new(clock: Arc<dyn Clock>) -> Self {
        Self { latest: Mutex::default(), budget: Mutex::new(Budget { second: i64::MIN, left: 0 }), clock }
    }

    /// Looks into a refused call beside everything else, logs one line that names the mistake, and keeps it. Returns
    /// whether there was time for it.
    pub fn look_into(self: &Arc<Self>, look: impl FnOnce() -> RefusedCall + Send + 'static) -> bool {
        if !self.budget.lock().take(self.clock.now()) {
            return false;
        }
        let this = Arc::clone(self);
        let work = move || this.keep(look());
        match tokio::runtime::Handle::try_current() {
            Ok(runtime) => drop(runtime.spawn_blocking(work)),
            Err(_) => work(),
        }
        true
    }

    /// The latest refused calls, newest first.
    pub fn latest(&self, count: usize) -> Vec<RefusedCall> {
        self.latest.lock().iter().rev().take(count).cloned().collect()
    }

    fn keep(&self, refused: RefusedCall) {
        let (mistake, advice) = match &refused.mistake {
            Some(mistake) => (mistake.slug.as_str(), mistake.english.as_str()),
            None => ("unknown", refused.advice.as_str()),
        };
        tracing::warn!(
            door = refused.door,
            caller = refused.caller,
            request_id = refused.request_id,
            mistake,
            "signature refused: {advice}"
        );
        let mut latest = self.latest.lock();
        if latest.len() == KEPT {
            latest.pop_front();
        }
        latest.push_back(refused);
    }
}

impl Budget {
    fn take(&mut self, now: UnixTime) -> bool {
        if self.second != now.secs() {
            *self = Self { second: now.secs(), left: A_SECOND };
        }
        let Some(left) = self.left.checked_sub(1) else { return false };
        self.left = left;
        true
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refused(n: usize) -> RefusedCall {
        RefusedCall {
            at: String::new(),
            door: "jdcloud".into(),
            request_id: n.to_string(),
            caller: "AK".into(),
            request: "POST /v1/personal".into(),
            refusal: String::new(),
            mistake: None,
            advice: String::new(),
            stages: Vec::new(),
        }
    }

    #[test]
    fn only_so_many_are_looked_into_in_a_second() {
        let refusals = Arc::new(Refusals::new(Arc::new(UnixTime::from_secs(1))));
        let looked = (0..50)
            .filter(|n| {
                let n = *n;
                refusals.look_into(move || refused(n))
            })
            .count();
        assert_eq!(looked, A_SECOND as usize);
        assert_eq!(refusals.latest(2).iter().map(|call| call.request_id.as_str()).collect::<Vec<_>>(), ["19", "18"]);
    }

    #[test]
    fn the_oldest_is_forgotten_first() {
        let refusals = Refusals::new(Arc::new(UnixTime::from_secs(1)));
        (0..KEPT + 5).for_each(|n| refusals.keep(refused(n)));
        let kept = refusals.latest(usize::MAX);
        assert_eq!((kept.len(), kept[KEPT - 1].request_id.as_str()), (KEPT, "5"));
    }
}

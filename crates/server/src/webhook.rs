//! Telling callers' systems of decisions: a signed webhook for each notice of the outbox.
//!
//! Docs: Standard Webhooks 1.0.0 (headers `webhook-id`, `webhook-timestamp`, `webhook-signature`; symmetric signatures;
//! its example retry schedule and its handling of status codes). The vendors' own notifications are no part of the APIs
//! that the doors speak, so this is one form for all of them.
//!
//! Where to is the operator's word: the caller's setting `webhook_url` and its secret `webhook_secret` (`whsec_…`;
//! several with blanks between while one takes the place of another). A caller without `webhook_url` is told nothing. A
//! delivery says which case was decided and nothing of what is in it; the receiver asks the door.
//!
//! A delivery happens at least once, always under the same `webhook-id`. Redirects are not followed, and of an answer
//! nothing but its head is read: what a receiver says can neither fill memory nor get into a log.

mod courier;
mod endpoints;
mod message;
mod schedule;

use std::{
    collections::{HashMap, HashSet},
    sync::Arc,
    time::Duration,
};

pub use courier::{TlsTrouble, system_tls};
pub use endpoints::is_taken;
use parking_lot::Mutex;
use rustls::ClientConfig;
use shiming_core::{
    Callers, Clock, UnixTime,
    submit::{Attempt, CasesError, Notice, Outbox},
};
use tokio::task::JoinSet;

use self::{
    courier::Reply,
    endpoints::{Endpoint, Endpoints, Wish},
};
use crate::{
    random::Random,
    telemetry::{Delivery, Telemetry},
};

/// How deliveries are made.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Settings {
    /// How long a receiver may take, from the connection to the head of its answer.
    pub timeout: Duration,
    /// How many deliveries are under way at once.
    pub at_once: usize,
    /// Whether `http://` is used for other machines too; for this one it always is.
    pub plain: Plain,
}

/// Whether deliveries may be readable on their way.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Plain {
    /// They may not.
    #[default]
    Refused,
    /// They may: the operator's network is closed.
    Taken,
}

/// The standard recommends a timeout of 15 to 30 seconds.
impl Default for Settings {
    fn default() -> Self {
        Self { timeout: Duration::from_secs(20), at_once: 8, plain: Plain::Refused }
    }
}

/// What a sender works with.
pub struct Tools<C> {
    /// Where notices wait.
    pub outbox: Arc<dyn Outbox>,
    /// Whose settings say where to.
    pub callers: Arc<C>,
    /// When it is.
    pub clock: Arc<dyn Clock>,
    /// Chance: spreads attempts.
    pub random: Arc<dyn Random>,
    /// Whom to trust ([`system_tls`]).
    pub tls: Arc<ClientConfig>,
    /// Counts attempts.
    pub telemetry: Arc<Telemetry>,
}

/// Delivers notices.
pub struct Sender<C> {
    settings: Settings,
    tools: Tools<C>,
    endpoints: Endpoints,
    /// Addresses that said 410.
    gone: Mutex<HashMap<String, Gone>>,
}

/// An address that said 410.
struct Gone {
    /// Until when it is left alone.
    until: UnixTime,
    /// The notices that were given up for it: one that comes again was put back by an operator, who knows better.
    given_up: HashSet<String>,
}

/// How often the outbox is looked at.
const EVERY: Duration = Duration::from_secs(1);
/// A claim holds for so much longer than a delivery may take.
const LEASE_SLACK_MILLIS: i64 = 60_000;
/// So long an address that said 410 is left alone.
const GONE_FOR_MILLIS: i64 = 60 * 60 * 1000;

impl<C: Callers + 'static> Sender<C> {
    /// A sender. One a process is enough, and several do no harm.
    pub fn new(settings: Settings, tools: Tools<C>) -> Arc<Self> {
        Arc::new(Self { settings, tools, endpoints: Endpoints::default(), gone: Mutex::default() })
    }

    /// Delivers what is due, now and then, for as long as it is run.
    pub async fn run(self: Arc<Self>) {
        let mut turn = tokio::time::interval(EVERY);
        turn.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
        loop {
            turn.tick().await;
            loop {
                match self.turn().await {
                    Ok(tried) if tried == self.settings.at_once.max(1) => {}
                    Ok(_) => break,
                    Err(error) => {
                        tracing::error!(error = ?error, "notices of decisions cannot be read or written");
                        break;
                    }
                }
            }
        }
    }

    /// Tries what is due, as much as may be under way at once. Gives how many notices that were.
    pub async fn turn(self: &Arc<Self>) -> Result<usize, CasesError> {
        let now = self.tools.clock.now();
        let timeout = i64::try_from(self.settings.timeout.as_millis()).unwrap_or(i64::MAX);
        let until = now.plus_millis(timeout).plus_millis(LEASE_SLACK_MILLIS);
        // Before the claim, which counts as an attempt.
        if let Err(error) = self.endpoints.refresh(&*self.tools.callers, self.settings.plain) {
            tracing::error!(?error, "the callers' webhooks could not be read");
            return Ok(0);
        }
        let claimed = self.tools.outbox.claim(now, until, self.settings.at_once.max(1)).await?;
        let tried = claimed.len();
        let mut under_way = JoinSet::new();
        for notice in claimed {
            let sender = Arc::clone(self);
            under_way.spawn(async move { sender.handle(&notice).await });
        }
        let mut settled = Ok(tried);
        while let Some(ended) = under_way.join_next().await {
            // One that ended otherwise is due again when its claim runs out.
            if let Ok(Err(error)) = ended {
                settled = Err(error);
            }
        }
        settled
    }

    async fn handle(&self, notice: &Notice) -> Result<(), CasesError> {
        let attempt = match self.endpoints.of(&notice.key) {
            Wish::Nothing => Attempt::Unwanted,
            Wish::Faulty(why) => self.failed(notice, why, None),
            Wish::Deliver(endpoint) => self.deliver(notice, &endpoint).await,
        };
        log(notice, attempt);
        if let Some(delivery) = counted_as(attempt) {
            self.tools.telemetry.attempted(&notice.key.door, delivery);
        }
        self.tools.outbox.settle(notice, attempt).await.map(drop)
    }

    async fn deliver(&self, notice: &Notice, endpoint: &Endpoint) -> Attempt {
        const GONE: &str = "the receiver says that it is gone (410)";
        let now = self.tools.clock.now();
        if self.is_left_alone(notice, endpoint, now) {
            return Attempt::Dead { why: GONE };
        }
        let message = message::sign(notice, endpoint, now);
        let posted = courier::post(endpoint, message, &self.tools.tls);
        match tokio::time::timeout(self.settings.timeout, posted).await {
            Err(_) => self.failed(notice, "the receiver took too long", None),
            Ok(Err(why)) => self.failed(notice, why, None),
            Ok(Ok(Reply { status: 200..=299, .. })) => {
                self.gone.lock().remove(&endpoint.url);
                Attempt::Delivered
            }
            Ok(Ok(Reply { status: 410, .. })) => {
                let given_up = HashSet::from([notice.id.clone()]);
                let gone = Gone { until: now.plus_millis(GONE_FOR_MILLIS), given_up };
                self.gone.lock().insert(endpoint.url.clone(), gone);
                Attempt::Dead { why: GONE }
            }
            Ok(Ok(Reply { status, retry_after })) => self.failed(notice, said(status), retry_after),
        }
    }

    /// Whether a notice is given up without a try.
    fn is_left_alone(&self, notice: &Notice, endpoint: &Endpoint, now: UnixTime) -> bool {
        let mut gone = self.gone.lock();
        let gone = gone.get_mut(&endpoint.url).filter(|gone| now < gone.until);
        gone.is_some_and(|gone| gone.given_up.insert(notice.id.clone()))
    }

    fn failed(&self, notice: &Notice, why: &'static str, asked: Option<Duration>) -> Attempt {
        match schedule::after(notice.attempts, asked, &*self.tools.random) {
            Some(millis) => Attempt::Again { next: self.tools.clock.now().plus_millis(millis), why },
            None => Attempt::Dead { why },
        }
    }
}

/// What nobody wants was no attempt.
const fn counted_as(attempt: Attempt) -> Option<Delivery> {
    match attempt {
        Attempt::Delivered => Some(Delivery::Delivered),
        Attempt::Again { .. } => Some(Delivery::Failed),
        Attempt::Dead { .. } => Some(Delivery::Dead),
        Attempt::Unwanted => None,
    }
}

fn said(status: u16) -> &'static str {
    match status {
        300..=399 => "the receiver redirects, and redirects are not followed (3xx)",
        401 | 403 => "the receiver forbids it (401 or 403)",
        404 => "the receiver has nothing there (404)",
        429 => "the receiver has too many requests (429)",
        400..=499 => "the receiver refuses it (4xx)",
        502 | 504 => "the receiver is not reached behind its gateway (502 or 504)",
        _ => "the receiver failed (5xx)",
    }
}

fn log(notice: &Notice, attempt: Attempt) {
    let Notice { id, key, attempts, .. } = notice;
    let (door, caller) = (&key.door, &key.caller);
    match attempt {
        Attempt::Delivered => tracing::info!(id, door, caller, attempts, "a notice was delivered"),
        Attempt::Again { why, .. } => tracing::warn!(id, door, caller, attempts, why, "a notice is tried again"),
        Attempt::Dead { why } => tracing::error!(id, door, caller, attempts, why, "a notice was given up"),
        Attempt::Unwanted => tracing::debug!(id, door, caller, "a notice is not wanted"),
    }
}

#[cfg(test)]
mod tests;

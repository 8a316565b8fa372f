//! The hosted desk (受理台): the pages that a person meets after a caller sent their browser here.
//!
//! A link works once. Looking at it uses nothing up (programs look at links before people do); its button gives the
//! browser a seat, and from then on everything is at one address, `/desk/`, which shows what the session waits for:
//! consent, details, a decision, or its result and the way back. Every form is answered with a redirect there, so that a
//! reload repeats nothing. Pages are written on the server and work without scripts; a script only puts a live camera in
//! front of the file field.
//!
//! The desk decides nothing: [`Redeemer`](shiming_core::Redeemer) does. What it shows of a session depends on the caller's
//! door (`party`). Docs: Alipay v3 specification, section 4.4 and 4.5; Alipay gateway specification, section 5.2.
//!
//! Nothing of a person stands in an address or in the log.

mod access;
mod ahead;
mod assets;
mod consent;
mod details;
mod form;
mod lang;
mod look_after;
mod pages;
mod party;
mod rate;
mod reply;
mod trouble;
mod visit;

use std::{net::IpAddr, sync::Arc, time::Duration};

use http::HeaderMap;
use shiming_core::BoxFuture;

pub use look_after::look_after;
pub use party::FAMILIES;
pub use rate::Rate;

use self::{
    access::{Cookie, Cookies, is_secret},
    ahead::Ahead,
    assets::Assets,
    lang::Lang,
    rate::Rates,
    trouble::Trouble,
    visit::Visit,
};
use crate::doors::{
    Answer, Call, Door, Head, IntakeRefusal,
    alipay::{Numbers, Tools},
};

/// The desk's name in logs, metrics and the ledger.
pub const NAME: &str = "desk";

/// How the desk behaves.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Settings {
    /// Its base address, such as `https://id.example.org`, where a proxy stands in front of it; the same that the doors
    /// send people to. With an `http` address cookies go over plain connections too.
    pub base: Option<String>,
    /// Who runs it, as people are told.
    pub operator: Option<String>,
    /// The largest photo, in bytes.
    pub photo_limit: usize,
    /// The fewest and the most pixels that a photo may have on a side.
    pub photo_sides: (u32, u32),
    /// Whose requests count as one peer's.
    pub peers: Peers,
    /// What an earlier verification is worth.
    pub verified_before: VerifiedBefore,
    /// How often one peer may come, for anything.
    pub per_peer: Rate,
    /// How often details may be submitted in one session.
    pub per_session: Rate,
}

/// How the other end of a connection is known.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Peers {
    /// It is who asks.
    Direct,
    /// It is a proxy, which adds who asks to `X-Forwarded-For`, last.
    Forwarded,
}

/// What happens to a person who was verified under the same agreement before.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum VerifiedBefore {
    /// The consent is enough.
    Recognized,
    /// They give their details like anybody.
    Asked,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            base: None,
            operator: None,
            photo_limit: 8 << 20,
            photo_sides: (48, 8192),
            peers: Peers::Direct,
            verified_before: VerifiedBefore::Recognized,
            // A school's or a telephone company's whole network may be one peer.
            per_peer: Rate { burst: 600, every: Duration::from_millis(100) },
            per_session: Rate { burst: 10, every: Duration::from_mins(1) },
        }
    }
}

/// The desk.
pub struct AcceptanceDesk {
    settings: Settings,
    tools: Arc<Tools>,
    numbers: Numbers,
    cookies: Cookies,
    assets: Assets,
    peers: Rates<IpAddr>,
    sessions: Rates<String>,
}

impl AcceptanceDesk {
    /// A desk over the same sessions that the doors make.
    pub fn new(settings: Settings, tools: Arc<Tools>) -> Self {
        Self {
            numbers: Numbers::new(&*tools.random),
            cookies: Cookies::of(settings.base.as_deref()),
            assets: Assets::new(),
            peers: Rates::new(settings.per_peer),
            sessions: Rates::new(settings.per_session),
            settings,
            tools,
        }
    }
}

impl Door for AcceptanceDesk {
    fn name(&self) -> &'static str {
        NAME
    }

    fn claims(&self, head: Head<'_>) -> bool {
        let path = head.bare().path();
        path == "/desk" || path.starts_with("/desk/")
    }

    /// A photo, and the rest of its form. Only who sits here and is asked for a photo may send as much (`ahead`).
    fn body_limit(&self) -> usize {
        self.settings.photo_limit + ahead::FORM
    }

    fn before_body<'a>(&'a self, head: Head<'a>, peer: Option<IpAddr>) -> Option<BoxFuture<'a, Result<usize, Answer>>> {
        Some(Box::pin(async move {
            let visit = self.visit(head);
            let said = match visit.ahead(head, peer).await {
                Ok(Ahead::Read(limit)) => return Ok(limit),
                Ok(Ahead::Said(said)) => said,
                Err(trouble) => visit.trouble(&trouble),
            };
            Err(said.write(visit.operation))
        }))
    }

    fn answer<'a>(&'a self, call: Call<'a>) -> BoxFuture<'a, Answer> {
        Box::pin(async move {
            let visit = self.visit(Head::of(&call.request));
            let said = visit.serve(&call).await.unwrap_or_else(|trouble| visit.trouble(&trouble));
            said.write(visit.operation)
        })
    }

    fn refuse(&self, head: Head<'_>, why: IntakeRefusal) -> Answer {
        let visit = self.visit(head);
        let trouble = match why {
            IntakeRefusal::BodyTooLarge => Trouble::TooLarge,
            IntakeRefusal::BodyTooSlow | IntakeRefusal::BodyBroken => Trouble::Broken,
        };
        visit.trouble(&trouble).write(visit.operation)
    }
}

impl AcceptanceDesk {
    fn visit(&self, head: Head<'_>) -> Visit<'_> {
        let (path, query) = head.target.split_once('?').unwrap_or((head.target, ""));
        let chosen = query.split('&').find_map(|pair| Lang::from_tag(pair.strip_prefix("lang=")?));
        let kept = || self.cookies.read(head.headers, Cookie::Lang).and_then(Lang::from_tag);
        let lang = chosen.or_else(kept).unwrap_or_else(|| Lang::preferred(head.headers));
        let operation = match path.rsplit('/').next().unwrap_or_default() {
            "" | "desk" => "page",
            "consent" => "consent",
            "decline" => "decline",
            "details" => "details",
            name if is_secret(name) => "link",
            _ => "other",
        };
        Visit { desk: self, lang, chosen: chosen.is_some(), now: self.tools.clock.now(), operation }
    }

    /// Who asks, as far as rates go.
    fn peer(&self, headers: &HeaderMap, connected: Option<IpAddr>) -> Option<IpAddr> {
        let forwarded = || {
            let last = headers.get_all("x-forwarded-for").iter().next_back()?.to_str().ok()?;
            last.rsplit(',').next()?.trim().parse().ok()
        };
        match self.settings.peers {
            Peers::Direct => connected,
            Peers::Forwarded => forwarded().or(connected),
        }
    }
}

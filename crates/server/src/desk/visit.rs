//! One request at the desk: who sits there, what they sent, what they are shown.

use std::{net::IpAddr, sync::Arc, time::Instant};

use http::{HeaderMap, StatusCode, header::RETRY_AFTER};
use shiming_core::{
    Asking, CannotCheck, Check, Session, Sessions, UnixTime, Unusable, Verdict,
    redeem::{DeskSecret, Forbidden, State, StepFault, Submission},
};
use shiming_wire::request::Request;

use super::{
    AcceptanceDesk, NAME, VerifiedBefore,
    access::{Cookie, is_our_own, is_secret},
    consent::{self, Scope},
    details::{self, Wanted, Wrong},
    form::Form,
    lang::Lang,
    look_after,
    pages::{self, At, Consent, Details, Frame, Way},
    party::Party,
    rate::household,
    reply::{Page, Said},
    trouble::{Told, Trouble},
};
use crate::doors::{Call, alipay::Tools};

/// How long a page that nobody acts on stays good.
const KNOCK_SECONDS: i64 = 3600;
const LANG_SECONDS: i64 = 365 * 24 * 3600;
/// After so many seconds a waiting page looks again.
const LOOK_AGAIN: u32 = 15;

/// One request, and what is known of it before anything is looked up.
pub(super) struct Visit<'v> {
    pub(super) desk: &'v AcceptanceDesk,
    pub(super) lang: Lang,
    /// The language was chosen just now.
    pub(super) chosen: bool,
    pub(super) now: UnixTime,
    pub(super) operation: &'static str,
}

/// Somebody at the desk.
pub(super) struct Seated {
    seat: DeskSecret,
    pub(super) session: Session,
}

impl Visit<'_> {
    pub(super) async fn serve(&self, call: &Call<'_>) -> Result<Said, Trouble> {
        let request = &call.request;
        let path = request.path().strip_prefix("/desk").unwrap_or_default();
        let Some(name) = path.strip_prefix('/') else { return Ok(Said::to("desk/", "to_the_page")) };
        if let Some((content, media_type)) = self.desk.assets.find(name) {
            return Ok(Said::asset(content, media_type));
        }
        // Who brought a body was counted before it was read.
        if request.body.is_empty() {
            self.come(request.headers, call.peer)?;
        }
        let said = match (request.method, name) {
            ("GET" | "HEAD", "") => self.page(request).await?,
            ("GET" | "HEAD", "consent" | "decline" | "details") => Said::to("./", "to_the_page"),
            ("POST", "consent") => self.consent(request).await?,
            ("POST", "decline") => self.decline(request).await?,
            ("POST", "details") => self.details(request).await?,
            ("GET" | "HEAD", link) if is_secret(link) => self.look(request, DeskSecret::new(link)).await?,
            ("POST", link) if is_secret(link) => self.start(request, DeskSecret::new(link)).await?,
            ("GET" | "HEAD" | "POST", _) => return Err(Trouble::NoSuchPage),
            _ => return Err(Trouble::WrongMethod),
        };
        let lang = self.chosen.then(|| self.desk.cookies.set(Cookie::Lang, self.lang.tag(), LANG_SECONDS)).flatten();
        Ok(said.with_cookie(lang))
    }

    /// Somebody comes once more.
    pub(super) fn come(&self, headers: &HeaderMap, connected: Option<IpAddr>) -> Result<(), Trouble> {
        let Some(peer) = self.desk.peer(headers, connected) else { return Ok(()) };
        self.desk.peers.come(household(peer), self.now).map_err(Trouble::TooOften)
    }

    /// The page that a link opens.
    async fn look(&self, request: &Request<'_>, link: DeskSecret) -> Result<Said, Trouble> {
        let sessions = self.sessions();
        let Some(session) = sessions.linked(&link).await? else {
            return Err(self.no_link(request.headers).await?);
        };
        if session.state_at(self.now).is_over() {
            return Err(Trouble::TooLate);
        }
        let cookies = &self.desk.cookies;
        let knock = cookies.secret(request.headers, Cookie::Knock).unwrap_or_else(|| self.new_knock());
        let proof = sessions.form_proof(&knock);
        let party = Party::of(&session, &self.desk.tools);
        let frame = self.frame();
        let markup = pages::landing(&At { frame: &frame, party: &party, session: &session, proof: &proof });
        let page = Page::new(StatusCode::OK, markup, "looked_at");
        Ok(Said::from(page).with_cookie(cookies.set(Cookie::Knock, knock.expose(), KNOCK_SECONDS)))
    }

    /// The link is used up for a seat.
    async fn start(&self, request: &Request<'_>, link: DeskSecret) -> Result<Said, Trouble> {
        let (cookies, sessions) = (&self.desk.cookies, self.sessions());
        let knock = self.knock(request.headers, &link).await?;
        self.is_ours(request, &knock, &Form::read(request))?;
        let Some(seated) = sessions.start(link, self.now).await? else {
            return Err(self.no_link(request.headers).await?);
        };
        let seconds = (seated.session.expires.millis() - self.now.millis()) / 1000;
        // Whoever sits here keeps being told the result for a while after its time.
        let seat = cookies.set(Cookie::Seat, seated.seat.expose(), seconds.max(0) + KNOCK_SECONDS);
        Ok(Said::to("./", "started").with_cookie(seat).with_cookie(cookies.set(Cookie::Knock, "", 0)))
    }

    /// What the session waits for.
    async fn page(&self, request: &Request<'_>) -> Result<Said, Trouble> {
        let Seated { seat, session } = self.seated(request.headers).await?.ok_or(Trouble::NoSeat)?;
        let session = self.look_again(session).await?;
        self.is_not_withdrawn(&session).await?;
        self.show(&seat, &session, &[], None).await
    }

    /// Nothing is asked for that would not be taken: an agreement that was ended lets nobody give anything under it.
    async fn is_not_withdrawn(&self, session: &Session) -> Result<(), Trouble> {
        if !matches!(session.state_at(self.now), State::Authorized | State::Verifying) {
            return Ok(());
        }
        match self.sessions().find(&session.key).await? {
            Some(found) if !found.is_in_force() => Err(Trouble::Withdrawn),
            _ => Ok(()),
        }
    }

    async fn consent(&self, request: &Request<'_>) -> Result<Said, Trouble> {
        let (Seated { seat, session }, form) = self.sent(request).await?;
        if session.state_at(self.now) != State::Created {
            return Ok(Said::to("./", "to_the_page"));
        }
        let mut wrong = Vec::new();
        // A text that is no longer the one that is shown is shown again.
        let shown = [Lang::Zh, Lang::En].into_iter().map(consent::version).find(|known| *known == form.text("version"));
        if form.text("agree") != "yes" || shown.is_none() {
            wrong.push(Wrong::NotAgreed);
        }
        if session.check == Check::Portrait3 && form.text("agree-photo") != "yes" {
            wrong.push(Wrong::NotAgreedToPhoto);
        }
        let (Some(version), true) = (shown, wrong.is_empty()) else {
            return self.show(&seat, &session, &wrong, None).await;
        };
        let version = match self.scope(&session) {
            Scope::Details => version,
            Scope::DetailsOrEarlier => format!("{version} +earlier"),
            Scope::Photo => format!("{version} +photo"),
        };
        match self.agree(&session, version).await {
            Ok(_) => Ok(Said::to("./", "agreed")),
            Err(fault) => stepped_aside(fault),
        }
    }

    /// Notes the consent; who was verified before is done with it.
    async fn agree(&self, session: &Session, version: String) -> Result<Session, StepFault> {
        let tools = Arc::clone(&self.desk.tools);
        let (key, request_id) = (session.key.clone(), self.desk.numbers.trace_id(self.now));
        let recognizes = self.recognizes();
        to_its_end(session, async move {
            let agreed = tools.redeemer.authorize(&key, &version).await?;
            if !recognizes {
                return Ok(agreed);
            }
            tools.redeemer.recognize(recognizing(&key.caller, &request_id), &key).await
        })
        .await
    }

    /// What the consent is about.
    fn scope(&self, session: &Session) -> Scope {
        match session.check {
            Check::Portrait3 => Scope::Photo,
            _ if self.recognizes() => Scope::DetailsOrEarlier,
            _ => Scope::Details,
        }
    }

    fn recognizes(&self) -> bool {
        self.desk.settings.verified_before == VerifiedBefore::Recognized
    }

    async fn decline(&self, request: &Request<'_>) -> Result<Said, Trouble> {
        let (Seated { session, .. }, _) = self.sent(request).await?;
        match self.desk.tools.redeemer.cancel(&session.key).await {
            Ok(_) => {
                // What was given until now is erased at once.
                look_after::sweep(&self.desk.tools).await;
                Ok(Said::to("./", if session.consent.is_some() { "withdrawn" } else { "declined" }))
            }
            Err(fault) => stepped_aside(fault),
        }
    }

    async fn details(&self, request: &Request<'_>) -> Result<Said, Trouble> {
        let (Seated { seat, session }, form) = self.sent(request).await?;
        let Some(wanted) = wanted(&session, self.now) else { return Ok(Said::to("./", "to_the_page")) };
        let settings = &self.desk.settings;
        if form.photo().len() > settings.photo_limit {
            return Err(Trouble::TooLarge);
        }
        let submission = match details::read(&form, wanted, settings.photo_sides, self.now.china_date()) {
            Ok(submission) => submission,
            Err(wrong) => return self.show(&seat, &session, &wrong, Some(&form)).await,
        };
        match self.submit(&session, submission).await {
            Ok(_) => Ok(Said::to("./", "submitted")),
            Err(StepFault::Forbidden(Forbidden::OtherPerson)) => {
                self.show(&seat, &session, &[Wrong::OtherPerson], Some(&form)).await
            }
            Err(StepFault::Forbidden(Forbidden::PortraitMissing)) => {
                self.show(&seat, &session, &[Wrong::PhotoMissing], Some(&form)).await
            }
            Err(fault) => stepped_aside(fault),
        }
    }

    async fn submit(&self, session: &Session, submission: Submission) -> Result<Session, StepFault> {
        let tools = Arc::clone(&self.desk.tools);
        let (key, request_id) = (session.key.clone(), self.desk.numbers.trace_id(self.now));
        to_its_end(session, async move {
            let done = tools.redeemer.submit(asking(&key.caller, &request_id), &key, submission).await?;
            forget_person(&tools, &done).await;
            Ok(done)
        })
        .await
    }

    /// Where the check could not decide because a source was down, or a stop came between, it is tried again; and so is
    /// the recognition of who was verified before.
    async fn look_again(&self, session: Session) -> Result<Session, Trouble> {
        if session.state_at(self.now) == State::Authorized && self.recognizes() {
            let request_id = self.desk.numbers.trace_id(self.now);
            let asking = recognizing(&session.key.caller, &request_id);
            return match self.desk.tools.redeemer.recognize(asking, &session.key).await {
                Ok(session) => Ok(session),
                Err(StepFault::Forbidden(_)) => Ok(session),
                Err(StepFault::Sessions(error)) => Err(error.into()),
            };
        }
        let stuck = session.state_at(self.now) == State::Verifying
            && match &session.judged {
                None => true,
                Some(judged) => {
                    judged.verdict.passes() && self.now >= judged.at.plus_millis(look_after::RETRY_AFTER_MILLIS)
                }
            };
        if !stuck {
            return Ok(session);
        }
        let tools = &self.desk.tools;
        match look_after::verify(tools, &session, &self.desk.numbers, self.now).await {
            Ok(done) => {
                forget_person(tools, &done).await;
                Ok(done)
            }
            Err(StepFault::Forbidden(_)) => Ok(session),
            Err(StepFault::Sessions(error)) => Err(error.into()),
        }
    }

    /// Whatever the session waits for, with what is wrong with what was sent.
    async fn show(
        &self,
        seat: &DeskSecret,
        session: &Session,
        wrong: &[Wrong],
        form: Option<&Form<'_>>,
    ) -> Result<Said, Trouble> {
        let tools = &self.desk.tools;
        let (frame, party) = (self.frame(), Party::of(session, tools));
        let proof = self.sessions().form_proof(seat);
        let at = At { frame: &frame, party: &party, session, proof: &proof };
        let status = if wrong.is_empty() { StatusCode::OK } else { StatusCode::UNPROCESSABLE_ENTITY };
        let state = session.state_at(self.now);
        let markup = match wanted(session, self.now) {
            _ if state == State::Created => pages::consent(&at, Consent { scope: self.scope(session), wrong }),
            Some(wanted) => {
                let claimed = if session.claimed {
                    let person = self.sessions().person(&session.key).await?;
                    person.map(|person| (person.name.masked(), person.id.masked()))
                } else {
                    None
                };
                let again = [Wrong::PhotoUnusable(unusable(session))];
                let shown = Details {
                    wanted,
                    typed: form.map(|form| (form.text("name"), form.text("number"))).unwrap_or_default(),
                    claimed,
                    wrong: if state == State::Verifying && wrong.is_empty() { &again } else { wrong },
                    largest: self.desk.settings.photo_limit >> 20,
                };
                pages::details(&at, &shown)
            }
            None => {
                let way = Way { back: party.way_back(session, tools, self.now) };
                if state == State::Verifying || state == State::Authorized {
                    pages::waiting(&at, &way, LOOK_AGAIN)
                } else {
                    pages::result(&at, &way, self.now)
                }
            }
        };
        Ok(Page::new(status, markup, if wrong.is_empty() { state.word() } else { "to_be_corrected" }).into())
    }

    /// What a browser that looked at a link knocks with. The link is looked at first: whoever presses the button once more,
    /// or goes back to it, sits here already and has nothing to knock with any more.
    pub(super) async fn knock(&self, headers: &HeaderMap, link: &DeskSecret) -> Result<DeskSecret, Trouble> {
        if self.sessions().linked(link).await?.is_none() {
            return Err(self.no_link(headers).await?);
        }
        self.desk.cookies.secret(headers, Cookie::Knock).ok_or(Trouble::NoSeat)
    }

    /// A link that is no link, or not any more: whoever sits here already is shown the way back.
    pub(super) async fn no_link(&self, headers: &HeaderMap) -> Result<Trouble, Trouble> {
        Ok(Trouble::NoLink { seated: self.seated(headers).await?.is_some() })
    }

    /// Who sits here, if anybody does.
    pub(super) async fn seated(&self, headers: &HeaderMap) -> Result<Option<Seated>, Trouble> {
        let Some(seat) = self.desk.cookies.secret(headers, Cookie::Seat) else { return Ok(None) };
        Ok(self.sessions().seated(&seat).await?.map(|session| Seated { seat, session }))
    }

    /// A form that somebody at the desk has sent from our own page.
    async fn sent<'r>(&self, request: &Request<'r>) -> Result<(Seated, Form<'r>), Trouble> {
        let seated = self.seated(request.headers).await?.ok_or(Trouble::NoSeat)?;
        let form = Form::read(request);
        self.is_ours(request, &seated.seat, &form)?;
        Ok((seated, form))
    }

    fn is_ours(&self, request: &Request<'_>, secret: &DeskSecret, form: &Form<'_>) -> Result<(), Trouble> {
        let proven = self.sessions().is_form_proof(secret, form.text("proof"));
        if proven && is_our_own(request.headers) { Ok(()) } else { Err(Trouble::NotOurs) }
    }

    pub(super) fn sessions(&self) -> &dyn Sessions {
        self.desk.tools.redeemer.sessions()
    }

    fn new_knock(&self) -> DeskSecret {
        // 43 characters, as every secret here: 172 bits of chance.
        let text: String = (0..2).map(|_| self.desk.tools.random_hex()).collect();
        DeskSecret::new(&text[..43])
    }

    fn frame(&self) -> Frame<'_> {
        Frame { lang: self.lang, assets: &self.desk.assets, operator: self.desk.settings.operator.as_deref() }
    }

    /// The page for it.
    pub(super) fn trouble(&self, trouble: &Trouble) -> Said {
        if let Trouble::Store(error) = trouble {
            tracing::error!(door = NAME, operation = self.operation, error = ?error, "the sessions cannot be read or written");
        }
        let Told { status, word, title, text, forward } = trouble.told(self.lang);
        let said = Said::from(Page::new(status, pages::trouble(&self.frame(), title, text, forward), word));
        match trouble {
            Trouble::TooOften(wait) => said.with(RETRY_AFTER, (wait.as_secs() + 1).into()),
            _ => said,
        }
    }
}

/// What was wrong with the last photo.
fn unusable(session: &Session) -> Unusable {
    match session.judged.as_ref().map(|judged| &judged.verdict) {
        Some(Verdict::CannotCheck(CannotCheck::PortraitUnusable(reason))) => *reason,
        _ => Unusable::Unsaid,
    }
}

/// What the person is to be asked for now, if anything.
pub(super) fn wanted(session: &Session, now: UnixTime) -> Option<Wanted> {
    let photo = session.wants_portrait();
    let asks = match session.state_at(now) {
        State::Authorized => true,
        State::Verifying => photo,
        _ => false,
    };
    asks.then_some(Wanted { person: !session.claimed, photo })
}

/// The session has moved on meanwhile: the page shows where it stands.
fn stepped_aside(fault: StepFault) -> Result<Said, Trouble> {
    match fault {
        StepFault::Forbidden(Forbidden::Withdrawn) => Err(Trouble::Withdrawn),
        StepFault::Forbidden(_) => Ok(Said::to("./", "moved_on")),
        StepFault::Sessions(error) => Err(error.into()),
    }
}

/// A browser that hangs up must not leave a session behind between what was sent and what follows from it: what was begun is
/// done to its end, whoever waits for it.
async fn to_its_end(
    session: &Session,
    work: impl Future<Output = Result<Session, StepFault>> + Send + 'static,
) -> Result<Session, StepFault> {
    // What panicked has been printed; the browser is sent to where the session now stands.
    tokio::spawn(work).await.unwrap_or(Err(StepFault::Forbidden(Forbidden::From(session.state))))
}

/// As soon as somebody has decided, nothing of the person is kept.
async fn forget_person(tools: &Tools, session: &Session) {
    if session.state.is_final() {
        look_after::sweep(tools).await;
    }
}

pub(super) fn asking<'a>(caller: &'a str, request_id: &'a str) -> Asking<'a> {
    Asking { door: NAME, caller, operation: "submit", request_id, arrived: Instant::now() }
}

fn recognizing<'a>(caller: &'a str, request_id: &'a str) -> Asking<'a> {
    Asking { operation: "recognize", ..asking(caller, request_id) }
}

pub(super) fn session_name(session: &Session) -> String {
    let key = &session.key;
    [&key.door, &key.caller, &key.kind, &key.handle].map(String::as_str).join("\n")
}

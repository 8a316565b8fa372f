//! `shiming sessions`: people at the desk who wait for somebody to decide.

use std::{
    path::{Path, PathBuf},
    sync::Arc,
    time::Instant,
};

use clap::{Args, Subcommand};
use serde_json::{Value, json};
use shiming_core::{
    Asking, Check, Clock, Element, Elements, Redeemer, Session, SessionKey, Sessions as _, SourceId, UnixTime, Verdict,
    redeem::{Forbidden, Found, Person, SessionsError, State, StepFault},
};
use shiming_server::{desk::FAMILIES, doors::alipay::NAME};
use shiming_store::Store;

use super::{
    Place,
    operators::{self, name},
    runtime,
    terms::number,
};
use crate::{
    clock::SystemClock,
    config::Config,
    installation::{random_hex, write_private},
    output::{self, Table, hint, say},
    serving,
    trouble::{Exit, Outcome, Trouble},
};

/// List and decide what waits at the desk for an operator
///
/// A teacher's authentication waits for you after name and number have matched; a certification where no face engine
/// could compare the photo. It works on the store directly, while a server runs on it or not.
#[derive(Debug, Args)]
pub(super) struct Sessions {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    List(List),
    Show(Show),
    /// Say that the person is who was asked for; exit code 1 when the session does not wait for that
    Approve(Decide),
    /// Say that the person is not; exit code 1 when the session does not wait for that
    Reject(Decide),
    Withdraw(Withdraw),
}

impl Sessions {
    pub(super) fn run(self) -> Outcome {
        match self.command {
            Command::List(command) => command.run(),
            Command::Show(command) => command.run(),
            Command::Approve(command) => command.run(Decision::Approve),
            Command::Reject(command) => command.run(Decision::Reject),
            Command::Withdraw(command) => command.run(),
        }
    }
}

/// The sessions that wait for an operator, oldest first; exit code 1 when there is none
#[derive(Debug, Args)]
struct List {
    /// At most so many
    #[arg(long, value_name = "N", default_value_t = 50, value_parser = number)]
    most: usize,
    /// One JSON object a line
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    place: Place,
}

/// One session, and the person in it while there is one
#[derive(Debug, Args)]
struct Show {
    #[command(flatten)]
    which: Which,
    /// Name and number in full; without it they are masked
    #[arg(long)]
    person: bool,
    /// Write the photo to a file, which only you may read
    #[arg(long, value_name = "FILE")]
    photo: Option<PathBuf>,
    /// As one line of JSON
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    place: Place,
}

#[derive(Debug, Args)]
struct Decide {
    #[command(flatten)]
    which: Which,
    /// Who decides: an operator who is a reviewer or admin. Any name, or none, while there are no operators
    #[arg(long, value_name = "NAME", value_parser = name)]
    by: Option<String>,
    /// As one line of JSON
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    place: Place,
}

/// End an agreement of a person with a caller, as they may ask you to: nothing under it is decided or told to the caller
/// any more, until the person agrees anew at the desk; exit code 1 when there is no such agreement
#[derive(Debug, Args)]
struct Withdraw {
    /// The caller, such as an app id
    caller: String,
    /// The caller's number of the agreement (out_agreement_no), as `show` has it
    agreement: String,
    /// As one line of JSON
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    place: Place,
}

/// A session by the names that the list shows.
#[derive(Debug, Args)]
struct Which {
    /// The caller, such as an app id
    caller: String,
    /// Its once-token, or the biz_no that it was given
    handle: String,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Decision {
    Approve,
    Reject,
}

/// Where sessions are worked on.
struct Bench {
    config: Config,
    store: Store,
    clock: Arc<dyn Clock>,
    runtime: tokio::runtime::Runtime,
}

impl Bench {
    fn open(place: &Place) -> Result<Self, Trouble> {
        let (config, store) = place.open()?;
        let clock: Arc<dyn Clock> = Arc::new(SystemClock::new(&config.clock));
        let runtime = runtime()?;
        Ok(Self { config, store, clock, runtime })
    }

    fn wait<T>(&self, work: impl Future<Output = Result<T, SessionsError>>) -> Result<T, Trouble> {
        self.runtime.block_on(work).map_err(|error| self.broken(error))
    }

    fn broken(&self, error: SessionsError) -> Trouble {
        Trouble::broken("the sessions cannot be read or written")
            .because(error)
            .advice(format!("shiming doctor --data {}", self.config.data().display()))
    }

    fn find(&self, which: &Which) -> Result<Found, Trouble> {
        let sessions = self.store.sessions();
        for (door, kind) in FAMILIES {
            let key = SessionKey {
                door: door.into(),
                caller: which.caller.clone(),
                kind: kind.into(),
                handle: which.handle.clone(),
            };
            if let Some(found) = self.wait(sessions.find(&key))? {
                return Ok(found);
            }
        }
        Err(Trouble::usage("there is no such session").advice("shiming sessions list"))
    }
}

impl List {
    fn run(self) -> Outcome {
        let bench = Bench::open(&self.place)?;
        let now = bench.clock.now();
        let waiting = bench.wait(bench.store.sessions().awaiting(now, self.most))?;
        if self.json {
            for session in &waiting {
                output::print_json(&described(session, now));
            }
        } else if waiting.is_empty() {
            say!("Nobody waits.");
        } else {
            let mut table = Table::new(["caller", "handle", "for", "check", "since", "until"]);
            for session in &waiting {
                let since = session.judged.as_ref().map_or(session.created, |judged| judged.at);
                table.row([
                    session.key.caller.clone(),
                    session.key.handle.clone(),
                    purpose(session),
                    session.check.word().to_owned(),
                    since.timestamp().to_string(),
                    session.expires.timestamp().to_string(),
                ]);
            }
            output::print(&table.text(""));
            hint!("shiming sessions show CALLER HANDLE shows the person; approve and reject decide");
        }
        Ok(if waiting.is_empty() { Exit::No } else { Exit::Fine })
    }
}

impl Show {
    fn run(self) -> Outcome {
        let bench = Bench::open(&self.place)?;
        let (session, now) = (bench.find(&self.which)?.session, bench.clock.now());
        let person = bench.wait(bench.store.sessions().person(&session.key))?;
        let has_photo = person.as_ref().is_some_and(|person| person.portrait.is_some());
        if let Some(path) = &self.photo {
            write_photo(path, person.as_ref())?;
        }
        let named = person.map(|Person { name, id, .. }| {
            if self.person { (name.expose().to_owned(), id.expose().to_owned()) } else { (name.masked(), id.masked()) }
        });
        let mut told = described(&session, now);
        if let (Some((name, id)), Value::Object(told)) = (named, &mut told) {
            told.insert("person".into(), json!({ "name": name, "id": id, "photo": has_photo }));
        }
        if self.json {
            output::print_json(&told);
        } else {
            let mut table = Table::plain();
            rows(&mut table, "", &told);
            output::print(&table.text(""));
        }
        Ok(Exit::Fine)
    }
}

impl Decide {
    fn run(self, decision: Decision) -> Outcome {
        let bench = Bench::open(&self.place)?;
        operators::may_decide(&bench.config, &bench.store, self.by.as_deref())?;
        let found = bench.find(&self.which)?;
        let (in_force, session) = (found.is_in_force(), found.session);
        let now = bench.clock.now();
        // Less than what the check has found about somebody decides nothing.
        if session.state_at(now) != session.state || !session.awaits_operator() {
            let why = match session.state_at(now) {
                State::Authorized if !in_force => Forbidden::Withdrawn.to_string(),
                state => format!("the session does not wait for an operator: it is {}", state.word()),
            };
            return Ok(self.refused(&why));
        }
        let checker = serving::checker(&bench.config, &bench.store, Vec::new(), None, Arc::clone(&bench.clock))?;
        let redeemer = Redeemer::new(bench.store.sessions(), Arc::new(checker), Arc::clone(&bench.clock));
        let request_id = random_hex(16)?;
        let asking = Asking {
            door: "cli",
            caller: &session.key.caller,
            operation: "decide",
            request_id: &request_id,
            arrived: Instant::now(),
        };
        let operator = match &self.by {
            Some(name) => format!("operator:{name}"),
            None => "operator".to_owned(),
        };
        let decided = redeemer.decide(asking, &session.key, verdict(decision, session.check), operator.as_str().into());
        let decided = match bench.runtime.block_on(decided) {
            Ok(decided) => decided,
            Err(StepFault::Forbidden(forbidden)) => return Ok(self.refused(&forbidden.to_string())),
            Err(StepFault::Sessions(error)) => return Err(bench.broken(error)),
        };
        // Nothing of the person is kept after the decision. What is long over stays for the server to forget.
        bench.wait(bench.store.sessions().sweep(now, UnixTime(i64::MIN)))?;
        bench.store.close();
        if self.json {
            output::print_json(&described(&decided, now));
        } else {
            say!("{}: {}", decided.key.handle, decided.state.word());
        }
        Ok(Exit::Fine)
    }

    fn refused(&self, why: &str) -> Exit {
        if self.json {
            output::print_json(&json!({ "refused": why }));
        } else {
            say!("Not decided: {why}.");
        }
        Exit::No
    }
}

impl Withdraw {
    fn run(self) -> Outcome {
        let bench = Bench::open(&self.place)?;
        let Self { caller, agreement, json, .. } = self;
        let done = bench.wait(bench.store.sessions().withdraw(
            NAME.into(),
            caller.clone(),
            agreement.clone(),
            bench.clock.now(),
        ))?;
        bench.store.close();
        match (json, done) {
            (true, _) => output::print_json(&json!({ "caller": caller, "agreement": agreement, "withdrawn": done })),
            (false, true) => say!("{agreement}: withdrawn"),
            (false, false) => say!("{caller} has no agreement {agreement}."),
        }
        Ok(if done { Exit::Fine } else { Exit::No })
    }
}

/// Where only a photo was left to look at, the photo is what a reject is about.
fn verdict(decision: Decision, check: Check) -> Verdict {
    match (decision, check) {
        (Decision::Approve, _) => Verdict::Match,
        (Decision::Reject, Check::Portrait3) => Verdict::Mismatch(Elements::NONE.with(Element::Portrait)),
        (Decision::Reject, _) => Verdict::NoRecord,
    }
}

fn write_photo(path: &Path, person: Option<&Person>) -> Result<(), Trouble> {
    let photo = person.and_then(|person| person.portrait.as_deref());
    let photo = photo.ok_or_else(|| Trouble::usage("there is no photo in this session"))?;
    write_private(path, photo)
}

fn purpose(session: &Session) -> String {
    let words = [&session.key.kind, &session.purpose.identity, &session.purpose.precision].map(String::as_str);
    words.into_iter().filter(|word| !word.is_empty()).collect::<Vec<_>>().join(" ")
}

/// Everything about a session that names nobody.
fn described(session: &Session, now: UnixTime) -> Value {
    let moment = |at: UnixTime| at.timestamp().to_string();
    let judged = session.judged.as_ref().map(|judged| {
        json!({
            "verdict": judged.verdict.word(),
            "source": judged.source.as_ref().map(SourceId::as_str),
            "at": moment(judged.at),
        })
    });
    let consent =
        session.consent.as_ref().map(|consent| json!({ "version": consent.version, "at": moment(consent.at) }));
    json!({
        "caller": session.key.caller,
        "handle": session.key.handle,
        "kind": session.key.kind,
        "identity": session.purpose.identity,
        "precision": session.purpose.precision,
        "service": session.purpose.service,
        "agreement": session.agreement,
        "check": session.check.word(),
        "state": session.state_at(now).word(),
        "waits": session.state_at(now) == session.state && session.awaits_operator(),
        "created": moment(session.created),
        "expires": moment(session.expires),
        "consent": consent,
        "judged": judged,
    })
}

/// A line for each member that says something.
fn rows(table: &mut Table, front: &str, told: &Value) {
    let Value::Object(members) = told else { return };
    for (name, value) in members {
        match value {
            Value::Null => {}
            Value::Object(_) => rows(table, &format!("{front}{name} "), value),
            Value::String(text) if text.is_empty() => {}
            Value::String(text) => table.row([format!("{front}{name}"), text.clone()]),
            other => table.row([format!("{front}{name}"), other.to_string()]),
        }
    }
}

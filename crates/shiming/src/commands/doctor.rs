//! `shiming doctor`: what is wrong with this installation and what to do.

mod alipay;
mod cases;
mod certificate;
mod directory;
mod faces;

use std::{
    fs,
    net::{SocketAddr, TcpListener},
    os::unix::fs::MetadataExt,
    path::Path,
};

use rustix::process::{Resource, getrlimit};
use serde::Serialize;
use shiming_core::{CallerState, Clock as _, UnixTime};
use shiming_server::doors::alipay::PLATFORM;
use shiming_store::{Audit, Store, StoreError};

use super::{Place, callers::has_access_key, terms::entries};
use crate::{
    clock::SystemClock,
    config::Config,
    installation::{self, Absent, KEY_VARIABLE, KeySource, Running},
    output::{self, Table, say, thousands},
    serving,
    trouble::{Exit, Outcome, Trouble},
};

/// Tell what is wrong with this installation, and what to do; exit code 1 when something is
#[derive(Debug, clap::Args)]
pub(super) struct Doctor {
    /// Verify the whole ledger and the structure of the databases too: minutes on large ones
    #[arg(long)]
    deep: bool,
    /// As one line of JSON
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    place: Place,
}

/// One thing that was looked at.
#[derive(Debug, Serialize)]
struct Finding {
    state: State,
    about: &'static str,
    what: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    advice: Option<String>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
enum State {
    Ok,
    /// Nothing is broken, and somebody should look.
    Look,
    Bad,
}

#[derive(Default)]
struct Findings(Vec<Finding>);

impl Findings {
    fn ok(&mut self, about: &'static str, what: impl Into<String>) {
        self.0.push(Finding { state: State::Ok, about, what: what.into(), advice: None });
    }

    fn look(&mut self, about: &'static str, what: impl Into<String>, advice: impl Into<String>) {
        self.0.push(Finding { state: State::Look, about, what: what.into(), advice: Some(advice.into()) });
    }

    fn bad(&mut self, about: &'static str, what: impl Into<String>, advice: impl Into<String>) {
        self.0.push(Finding { state: State::Bad, about, what: what.into(), advice: Some(advice.into()) });
    }

    fn trouble(&mut self, about: &'static str, trouble: &Trouble) {
        self.0.push(Finding {
            state: State::Bad,
            about,
            what: trouble.what(),
            // Whoever reads this has asked already.
            advice: trouble.advised().filter(|advice| !advice.starts_with("shiming doctor")).map(str::to_owned),
        });
    }
}

impl Doctor {
    #[expect(clippy::unnecessary_wraps, reason = "as every subcommand")]
    pub(super) fn run(self) -> Outcome {
        let mut findings = Findings::default();
        match self.place.config() {
            Err(trouble) => findings.trouble("configuration", &trouble),
            Ok(config) => {
                let is_sound = configuration(&config, &mut findings);
                if directory::look(&config, self.place.data.is_some(), &mut findings) {
                    self.inside(&config, &mut findings);
                }
                addresses(&config, &mut findings);
                certificate::look(&config, SystemClock::default().now(), &mut findings);
                if is_sound {
                    limits(&config, &mut findings);
                }
                faces::look(&config, &mut findings);
            }
        }
        self.tell(&findings.0);
        let bad = findings.0.iter().any(|finding| finding.state == State::Bad);
        Ok(if bad { Exit::No } else { Exit::Fine })
    }

    fn inside(&self, config: &Config, findings: &mut Findings) {
        let is_made = Store::exists(config.data()).unwrap_or(true);
        if is_made {
            if key(config, findings) {
                self.store(config, findings);
            }
            clock(config, findings);
        } else if let Some(trouble) = installation::orphan(config.data()) {
            findings.trouble("store", &trouble);
        } else {
            findings.look(
                "store",
                format!("there is none in {} yet", config.data().display()),
                "the first `shiming serve` makes it",
            );
        }
    }

    fn store(&self, config: &Config, findings: &mut Findings) {
        let store = match installation::open(config, Absent::Refuse) {
            Ok(store) => store,
            Err(trouble) => return findings.trouble("store", &trouble),
        };
        match store.stats() {
            Ok(stats) => {
                let records: u64 = stats.rows.values().sum();
                findings.ok("store", format!("it opens; {} records, recipe {}", thousands(records), stats.recipe));
                if stats.stale > 0 {
                    let what = format!(
                        "{} records were sealed under an older recipe and answer \"cannot check\"",
                        thousands(stats.stale)
                    );
                    findings.bad("registry", what, "import them again: shiming registry import FILE");
                }
            }
            Err(error) => findings.trouble("registry", &installation::store_trouble(config.data(), error)),
        }
        self.ledger(config, &store, findings);
        callers(config, &store, findings);
        cases::look(config, &store, SystemClock::new(&config.clock).now(), findings);
    }

    fn ledger(&self, config: &Config, store: &Store, findings: &mut Findings) {
        let trouble = |error: StoreError| installation::store_trouble(config.data(), error);
        let restore = "find out who changed it; put the database back from a copy";
        match store.ledger().head() {
            Ok(head) => findings.ok("ledger", format!("{}, its head is sealed", entries(head.seq.0))),
            Err(error) => findings.bad(
                "ledger",
                trouble(error).to_string().trim_start_matches("error: ").replace("\n  try:", ";"),
                restore,
            ),
        }
        if !self.deep {
            return;
        }
        match store.ledger().verify(None) {
            Ok(Audit::Whole(found)) => {
                findings.ok("ledger", format!("all {} entries are whole", thousands(found.entries)));
            }
            Ok(Audit::Broken(found)) => findings.bad("ledger", format!("it is broken: {found}"), restore),
            Err(error) => findings.trouble("ledger", &trouble(error)),
        }
        match store.examine() {
            Ok(()) => findings.ok("databases", "their structure is sound"),
            Err(error) => findings.trouble("databases", &trouble(error)),
        }
    }

    fn tell(&self, findings: &[Finding]) {
        if self.json {
            return output::print_json(&findings);
        }
        let mut table = Table::plain();
        for Finding { state, about, what, advice } in findings {
            let word = match state {
                State::Ok => "ok",
                State::Look => "look",
                State::Bad => "BAD",
            };
            table.row([word, about, what]);
            if let Some(advice) = advice {
                table.row(["", "", &format!("try: {advice}")]);
            }
        }
        output::print(&table.text(""));
        let count = |state| findings.iter().filter(|finding| finding.state == state).count();
        say!("\n{} bad, {} to look at, {} ok", count(State::Bad), count(State::Look), count(State::Ok));
    }
}

/// What keeps a server from starting with these settings; then what it would overlook. Whether one would start.
fn configuration(config: &Config, findings: &mut Findings) -> bool {
    let unknown = Config::unknown_variables();
    let checked = config.check();
    if let Err(trouble) = &checked {
        findings.trouble("configuration", trouble);
    } else if unknown.is_empty() {
        findings.ok("configuration", "every key and variable is known");
    } else {
        let what = format!("{} looks like a setting and is none", unknown.join(", "));
        findings.look("configuration", what, "shiming serve --print-config");
    }
    checked.is_ok()
}

/// Whether there is a key to open the store with.
fn key(config: &Config, findings: &mut Findings) -> bool {
    let from = match installation::key_source(config) {
        KeySource::Variable => format!("from {KEY_VARIABLE}"),
        KeySource::Command(_) => "from the configured command".to_owned(),
        KeySource::File(path) => format!("from {}", path.display()),
    };
    let keys = installation::keys(config);
    match &keys {
        Ok(keys) => findings.ok("master key", format!("{from}: {}", keys.names().collect::<Vec<_>>().join(", "))),
        Err(trouble) => findings.trouble("master key", trouble),
    }
    keys.is_ok()
}

fn callers(config: &Config, store: &Store, findings: &mut Findings) {
    let callers = match store.callers().list() {
        Ok(callers) => callers,
        Err(error) => return findings.trouble("callers", &installation::store_trouble(config.data(), error)),
    };
    let lame: Vec<_> = callers
        .iter()
        .filter(|caller| has_access_key(&caller.door) && !caller.secrets.contains_key("secret"))
        .map(|caller| caller.key_id.as_str())
        .collect();
    // The platform is kept among them, and calls nobody.
    let who: Vec<_> = callers.iter().filter(|caller| caller.door != PLATFORM).collect();
    let enabled = who.iter().filter(|caller| caller.state == CallerState::Enabled).count();
    if !lame.is_empty() {
        findings.bad("callers", format!("without a secret: {}", lame.join(", ")), "shiming callers rotate ACCESS_KEY");
    } else if enabled == 0 {
        findings.look("callers", "nobody may call", "shiming callers add --label NAME");
    } else {
        findings.ok("callers", format!("{enabled} may call, {} disabled", who.len() - enabled));
    }
    // What is kept must open too: a secret of another master key shows only here.
    match shiming_core::Callers::all(&*store.callers()) {
        Ok(callers) => alipay::look(config, store, &callers, SystemClock::new(&config.clock).now(), findings),
        Err(error) => findings.trouble("callers", &installation::store_trouble(config.data(), error)),
    }
}

fn clock(config: &Config, findings: &mut Findings) {
    if config.clock.offset.0 != 0 {
        let what = format!("[clock] offset is {}: the server lives in another time", config.clock.offset);
        findings.look("clock", what, "take it out, unless this is a rehearsal");
    }
    let now = SystemClock::default().now();
    let [own, registry] = Store::databases(config.data());
    let newest = [own.with_extension("db-wal"), own, registry]
        .iter()
        .filter_map(|file| fs::metadata(file).ok())
        .map(|file| UnixTime::from_secs(file.mtime()))
        .max();
    match newest {
        Some(newest) if newest.secs() > now.secs() + 300 => {
            let what = format!("it shows {}, and a database was written at {}", now.timestamp(), newest.timestamp());
            findings.bad("clock", what, "set the system's clock: callers are refused by it");
        }
        _ => findings.ok("clock", format!("{}", now.timestamp())),
    }
}

fn addresses(config: &Config, findings: &mut Findings) {
    if let Some(running) = Running::other(config.data()) {
        findings.ok("server", format!("process {} serves {} and {}", running.pid, running.door, running.operator));
    } else {
        free("server", config.server.listen, "[server] listen", findings);
        free("server", config.server.operator, "[server] operator", findings);
    }
    if !config.server.operator.ip().is_loopback() {
        let what = format!("the operator's address {} is open to other machines", config.server.operator);
        findings.look("server", what, "use 127.0.0.1, unless a firewall stands before it");
    }
}

fn free(about: &'static str, address: SocketAddr, key: &str, findings: &mut Findings) {
    match TcpListener::bind(address) {
        Ok(_) => findings.ok(about, format!("{address} is free")),
        Err(error) => findings.bad(
            about,
            format!("{address} cannot be used: {error}"),
            format!("stop what listens there, or change {key}"),
        ),
    }
}

fn limits(config: &Config, findings: &mut Findings) {
    let Some(files) = getrlimit(Resource::Nofile).current else { return };
    let wanted = config.limits.connections as u64 + 64;
    if files >= wanted {
        findings.ok("open files", format!("{} allowed", thousands(files)));
    } else {
        let what = format!(
            "{} allowed, and [limits] connections is {}",
            thousands(files),
            thousands(config.limits.connections as u64)
        );
        findings.look("open files", what, format!("ulimit -n {}", wanted.next_power_of_two()));
    }
}

/// Whether certificate and key can be used together.
fn pair(cert: &Path, key: &Path, findings: &mut Findings) -> bool {
    match serving::read_tls(cert, key) {
        Ok(_) => true,
        Err(trouble) => {
            findings.trouble("tls", &trouble);
            false
        }
    }
}

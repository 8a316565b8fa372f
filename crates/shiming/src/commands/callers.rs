//! `shiming callers`: who may sign requests.

use std::{
    collections::BTreeMap,
    io::IsTerminal,
    path::{Path, PathBuf},
};

use clap::{Args, Subcommand};
use secrecy::{ExposeSecret, SecretString};
use serde_json::json;
use shiming_core::{Caller, CallerState, Callers as _, Check, Clock as _};
use shiming_server::doors::jdcloud;
use shiming_store::{CallerSummary, Store, StoreError};

use super::{Place, terms::read_input};
use crate::{
    clock::SystemClock,
    config::Config,
    installation::{self, Absent, random_hex},
    output::{self, Table, hint, say},
    trouble::{Exit, Outcome, Trouble},
};

/// Add, list, rotate, enable and disable callers: those who sign requests
///
/// A running server sees a change within a second.
#[derive(Debug, Args)]
pub(super) struct Callers {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    Add(Add),
    List(List),
    Rotate(Rotate),
    /// Let a caller call again
    Enable(Named),
    /// Refuse a caller from now on
    Disable(Named),
}

impl Callers {
    pub(super) fn run(self) -> Outcome {
        match self.command {
            Command::Add(command) => command.run(),
            Command::List(command) => command.run(),
            Command::Rotate(command) => command.run(),
            Command::Enable(named) => named.set(CallerState::Enabled),
            Command::Disable(named) => named.set(CallerState::Disabled),
        }
    }
}

/// The doors that there are.
const DOORS: [&str; 1] = [jdcloud::NAME];

/// Add a caller; a secret that is made is printed once and never again
#[derive(Debug, Args)]
struct Add {
    /// Which door it comes through
    #[arg(long, default_value = jdcloud::NAME, value_parser = DOORS)]
    door: String,
    /// What you call it
    #[arg(long)]
    label: String,
    /// Its access key; without it, one is made
    #[arg(long)]
    access_key: Option<String>,
    /// Read its secret from a file, or `-` for standard input; without it, one is made
    #[arg(long, value_name = "FILE")]
    secret_file: Option<PathBuf>,
    /// Read the token of temporary credentials from a file
    #[arg(long, value_name = "FILE")]
    security_token_file: Option<PathBuf>,
    /// The checks that it may ask for, with commas between; without it, all
    #[arg(long, value_delimiter = ',', value_parser = check)]
    checks: Option<Vec<Check>>,
    /// As one line of JSON
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    place: Place,
}

fn check(word: &str) -> Result<Check, String> {
    Check::from_word(word).ok_or_else(|| format!("checks are {}", Check::ALL.map(Check::word).join(", ")))
}

impl Add {
    fn run(self) -> Outcome {
        let config = self.place.config()?;
        let (secret, made) = match &self.secret_file {
            Some(file) => (read_secret(file)?, false),
            None => (SecretString::from(random_hex(16)?), true),
        };
        let token = self.security_token_file.as_deref().map(read_secret).transpose()?;
        let access_key = match &self.access_key {
            Some(key) => well_formed(key)?.to_owned(),
            None => random_hex(16)?.to_uppercase(),
        };
        let store = installation::open(&config, Absent::Make)?;
        if find(&store, &config, &self.door, &access_key)?.is_some() {
            return Err(Trouble::usage(format!("there is a caller {access_key} at door {} already", self.door))
                .advice("shiming callers rotate gives it a new secret"));
        }
        let mut settings = BTreeMap::from([("created_at".to_owned(), created_at(&config))]);
        if let Some(checks) = &self.checks {
            settings.insert("checks".to_owned(), checks.iter().map(|check| check.word()).collect::<Vec<_>>().join(","));
        }
        let mut secrets = BTreeMap::from([("secret".to_owned(), secret.clone())]);
        secrets.extend(token.map(|token| ("security_token".to_owned(), token)));
        let caller = Caller {
            door: self.door.clone(),
            key_id: access_key.clone(),
            label: self.label.clone(),
            state: CallerState::Enabled,
            secrets,
            settings,
        };
        store.callers().put(&caller).map_err(trouble(&config))?;
        tell(self.json, &self.door, &access_key, made.then_some(&secret));
        Ok(Exit::Fine)
    }
}

/// What a new secret's owner must be told, once.
fn tell(as_json: bool, door: &str, access_key: &str, made: Option<&SecretString>) {
    if as_json {
        return output::print_json(&json!({
            "door": door,
            "access_key": access_key,
            "secret_key": made.map(ExposeSecret::expose_secret),
        }));
    }
    let mut table = Table::plain();
    table.row(["access key", access_key]);
    if let Some(secret) = made {
        table.row(["secret key", secret.expose_secret()]);
    }
    output::print(&table.text(""));
    if made.is_some() {
        hint!("The secret key is not shown again.");
    }
}

/// List the callers
#[derive(Debug, Args)]
struct List {
    /// As one line of JSON
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    place: Place,
}

impl List {
    fn run(self) -> Outcome {
        let (config, store) = self.place.open()?;
        let callers = store.callers().list().map_err(trouble(&config))?;
        if self.json {
            let callers: Vec<_> = callers
                .iter()
                .map(|caller| {
                    json!({
                        "door": caller.door,
                        "access_key": caller.key_id,
                        "label": caller.label,
                        "enabled": caller.state == CallerState::Enabled,
                        "secrets": caller.secrets.keys().collect::<Vec<_>>(),
                        "settings": caller.settings,
                    })
                })
                .collect();
            output::print_json(&callers);
            return Ok(Exit::Fine);
        }
        if callers.is_empty() {
            hint!("There are no callers yet.\n  try: shiming callers add --label NAME");
            return Ok(Exit::Fine);
        }
        let mut table = Table::new(["door", "access key", "label", "state", "checks", "since"]);
        for caller in &callers {
            let setting = |name: &str| caller.settings.get(name).map_or("", String::as_str);
            let state = if caller.state == CallerState::Enabled { "enabled" } else { "disabled" };
            let checks = if setting("checks").is_empty() { "all" } else { setting("checks") };
            table.row([&caller.door, &caller.key_id, &caller.label, state, checks, setting("created_at")]);
        }
        output::print(&table.text(""));
        Ok(Exit::Fine)
    }
}

/// Give a caller a new secret; the old one is refused from then on
#[derive(Debug, Args)]
struct Rotate {
    #[command(flatten)]
    named: Named,
    /// Read the new secret from a file, or `-` for standard input; without it, one is made
    #[arg(long, value_name = "FILE")]
    secret_file: Option<PathBuf>,
    /// Read a new security token from a file
    #[arg(long, value_name = "FILE")]
    security_token_file: Option<PathBuf>,
    /// As one line of JSON
    #[arg(long)]
    json: bool,
}

impl Rotate {
    fn run(self) -> Outcome {
        let (config, store) = self.named.place.open()?;
        let (secret, made) = match &self.secret_file {
            Some(file) => (read_secret(file)?, false),
            None => (SecretString::from(random_hex(16)?), true),
        };
        let mut secrets = BTreeMap::from([("secret".to_owned(), secret.clone())]);
        if let Some(file) = &self.security_token_file {
            secrets.insert("security_token".to_owned(), read_secret(file)?);
        }
        let Named { door, access_key, .. } = &self.named;
        if !store.callers().rotate(door, access_key, &secrets).map_err(trouble(&config))? {
            return Err(self.named.unknown());
        }
        tell(self.json, door, access_key, made.then_some(&secret));
        Ok(Exit::Fine)
    }
}

/// One caller.
#[derive(Debug, Args)]
struct Named {
    /// Its access key
    access_key: String,
    /// Which door it comes through
    #[arg(long, default_value = jdcloud::NAME, value_parser = DOORS)]
    door: String,
    #[command(flatten)]
    place: Place,
}

impl Named {
    fn set(self, state: CallerState) -> Outcome {
        let (config, store) = self.place.open()?;
        if !store.callers().set_state(&self.door, &self.access_key, state).map_err(trouble(&config))? {
            return Err(self.unknown());
        }
        let word = if state == CallerState::Enabled { "enabled" } else { "disabled" };
        say!("{} is {word}.", self.access_key);
        Ok(Exit::Fine)
    }

    fn unknown(&self) -> Trouble {
        Trouble::usage(format!("there is no caller {} at door {}", self.access_key, self.door))
            .advice("shiming callers list")
    }
}

fn trouble(config: &Config) -> impl Fn(StoreError) -> Trouble {
    |error| installation::store_trouble(config.data(), error)
}

fn find(store: &Store, config: &Config, door: &str, key_id: &str) -> Result<Option<CallerSummary>, Trouble> {
    let callers = store.callers().list().map_err(trouble(config))?;
    Ok(callers.into_iter().find(|caller| caller.door == door && caller.key_id == key_id))
}

fn created_at(config: &Config) -> String {
    let now = SystemClock::new(&config.clock).now().timestamp();
    now.round(jiff::Unit::Second).unwrap_or(now).to_string()
}

/// A secret from a file: exactly what is in it, but for one line end, which editors add.
fn read_secret(file: &Path) -> Result<SecretString, Trouble> {
    if file == Path::new("-") && std::io::stdin().is_terminal() {
        hint!("Type the secret, then Enter and Ctrl-D:");
    }
    let bytes = read_input(file, 4096)?;
    let text = String::from_utf8(bytes).map_err(|_| Trouble::usage(format!("{} is not UTF-8", file.display())))?;
    let text = text.strip_suffix('\n').unwrap_or(&text);
    let text = text.strip_suffix('\r').unwrap_or(text);
    if text.is_empty() || text.trim() != text || text.contains('\n') {
        return Err(Trouble::usage(format!("{} is not one line with a secret in it", file.display()))
            .advice("no blank before or behind it, and nothing else in the file"));
    }
    Ok(SecretString::from(text))
}

/// What can stand in a Credential: no slash, comma or blank.
fn well_formed(access_key: &str) -> Result<&str, Trouble> {
    let good = (1..=128).contains(&access_key.len())
        && access_key.bytes().all(|byte| byte.is_ascii_graphic() && byte != b'/' && byte != b',');
    if good {
        Ok(access_key)
    } else {
        Err(Trouble::usage("an access key is 1 to 128 characters without blank, comma or slash"))
    }
}

//! `shiming callers`: who may sign requests.

mod access_key;
mod add;
mod alipay;
mod show;
mod webhook;

use std::{
    collections::BTreeMap,
    path::{Path, PathBuf},
};

use clap::{Args, Subcommand};
use jiff::Timestamp;
use secrecy::SecretString;
use serde_json::json;
use shiming_core::{CallerState, Callers as _, Clock as _};
use shiming_server::doors::{
    alipay::{NAME, PLATFORM},
    aliyun_domain, jdcloud, volcengine_sms,
};
use shiming_store::{CallerSummary, Store, StoreError};

use super::{Place, terms::read_line};
use crate::{
    clock::SystemClock,
    config::Config,
    installation::{self, random_hex},
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
    Add(Box<add::Add>),
    List(List),
    Show(show::Show),
    Rotate(Rotate),
    Webhook(webhook::Webhook),
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
            Command::Show(command) => command.run(),
            Command::Rotate(command) => command.run(),
            Command::Webhook(command) => command.run(),
            Command::Enable(named) => named.set(CallerState::Enabled),
            Command::Disable(named) => named.set(CallerState::Disabled),
        }
    }
}

/// The doors that there are; the last is the platform's, which signs answers.
const DOORS: [&str; 5] = [jdcloud::NAME, aliyun_domain::NAME, volcengine_sms::NAME, NAME, PLATFORM];

/// Whether callers of a door sign with an access key and its secret; Alipay's have key pairs.
pub(super) fn has_access_key(door: &str) -> bool {
    ![NAME, PLATFORM].contains(&door)
}

/// Whether a door hands papers in, so that its callers wait for decisions.
fn waits(door: &str) -> bool {
    [aliyun_domain::NAME, volcengine_sms::NAME].contains(&door)
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
        let mut table = Table::new(["door", "access key", "label", "state", "checks or keys", "since"]);
        for caller in &callers {
            let setting = |name: &str| caller.settings.get(name).map_or("", String::as_str);
            let state = if caller.state == CallerState::Enabled { "enabled" } else { "disabled" };
            let has = match caller.door.as_str() {
                NAME => alipay::summary(&caller.settings, caller.secrets.contains_key("aes_key")),
                PLATFORM => if setting("chain").is_empty() { "key" } else { "key certificate" }.to_owned(),
                door if waits(door) => if setting("webhook_url").is_empty() { "" } else { "webhook" }.to_owned(),
                _ if setting("checks").is_empty() => "all".to_owned(),
                _ => setting("checks").to_owned(),
            };
            table.row([&caller.door, &caller.key_id, &caller.label, state, &has, setting("created_at")]);
        }
        output::print(&table.text(""));
        Ok(Exit::Fine)
    }
}

/// Give a caller a new secret; the old one is refused from then on. An Alipay app's secret is its AES key
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
        let Named { door, access_key, .. } = &self.named;
        let (name, secret, made) = match (door.as_str(), &self.secret_file) {
            (PLATFORM, _) => {
                return Err(Trouble::usage("the platform's key pair is replaced, with its certificate")
                    .advice("shiming callers add --door alipay-platform --label platform --replace"));
            }
            (NAME, Some(file)) => ("aes_key", alipay::aes_key(file)?, false),
            (NAME, None) => ("aes_key", alipay::make_aes_key()?, true),
            (_, Some(file)) => ("secret", read_secret(file)?, false),
            (_, None) => ("secret", SecretString::from(random_hex(16)?), true),
        };
        let mut secrets = BTreeMap::from([(name.to_owned(), secret.clone())]);
        if let Some(file) = &self.security_token_file {
            secrets.insert("security_token".to_owned(), read_secret(file)?);
        }
        if !store.callers().rotate(door, access_key, &secrets).map_err(trouble(&config))? {
            return Err(self.named.unknown());
        }
        let called = if has_access_key(door) { "secret key" } else { "AES key" };
        let told = if made { vec![(called, secret)] } else { add::Told::new() };
        add::tell(self.json, door, access_key, &told, None);
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
            .advice("shiming callers list shows them all; --door names another door")
    }
}

fn trouble(config: &Config) -> impl Fn(StoreError) -> Trouble {
    |error| installation::store_trouble(config.data(), error)
}

fn find(store: &Store, config: &Config, door: &str, key_id: &str) -> Result<Option<CallerSummary>, Trouble> {
    let callers = store.callers().list().map_err(trouble(config))?;
    Ok(callers.into_iter().find(|caller| caller.door == door && caller.key_id == key_id))
}

/// What time it is for the store's records.
fn now(config: &Config) -> Timestamp {
    SystemClock::new(&config.clock).now().timestamp()
}

/// A secret from a file, or from standard input for `-`.
fn read_secret(file: &Path) -> Result<SecretString, Trouble> {
    let text = read_line(file, "secret")?;
    if text.trim() != text {
        return Err(Trouble::usage(format!("{} begins or ends with a blank", file.display()))
            .advice("take it away, if it is no part of it"));
    }
    Ok(SecretString::from(text))
}

//! `shiming operators`: who may look at cases and decide them.

use clap::{Args, Subcommand};
use secrecy::{ExposeSecret, SecretString};
use serde_json::json;
use shiming_core::{Clock as _, Operator, Operators as _, OperatorsError, Role, UnixTime};
use shiming_store::{Store, StoreError};

use super::Place;
use crate::{
    clock::SystemClock,
    config::Config,
    installation::{self, Absent, random_hex},
    output::{self, Table, hint, say},
    trouble::{Exit, Outcome, Trouble},
};

/// Add, list, rotate, enable and disable operators: those who decide cases
///
/// Each has a name, which stands with every decision, and a key for the API on the operator's address. A running server
/// sees a change with the next request.
#[derive(Debug, Args)]
pub(super) struct Operators {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    Add(Add),
    List(List),
    Rotate(Rotate),
    Role(Promote),
    /// Take an operator's key again, and decisions under the name
    Enable(Named),
    /// Refuse an operator's key from now on, and decisions under the name
    Disable(Named),
}

impl Operators {
    pub(super) fn run(self) -> Outcome {
        match self.command {
            Command::Add(command) => command.run(),
            Command::List(command) => command.run(),
            Command::Rotate(command) => command.run(),
            Command::Role(command) => command.run(),
            Command::Enable(named) => named.set(true),
            Command::Disable(named) => named.set(false),
        }
    }
}

/// Add an operator; the key is printed once and never again
///
/// The first one changes what `shiming cases approve --by` takes: from then on, operators' names alone.
#[derive(Debug, Args)]
struct Add {
    /// Lower-case letters, digits, `-`, `_` and `.`; nobody else ever gets the same name
    #[arg(value_parser = name)]
    name: String,
    /// viewer: looks, values masked; reviewer: sees everything and decides; admin: also looks after the server
    #[arg(long, value_parser = role, value_name = "viewer|reviewer|admin")]
    role: Role,
    /// As one line of JSON
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    place: Place,
}

/// An operator's name, as it is typed.
pub(super) fn name(text: &str) -> Result<String, String> {
    if Operator::is_name(text) {
        return Ok(text.to_owned());
    }
    Err("a name is 1 to 32 lower-case letters, digits, `-`, `_` and `.`, a letter or digit first".into())
}

fn role(word: &str) -> Result<Role, String> {
    Role::from_word(word).ok_or_else(|| format!("roles are {}", Role::ALL.map(Role::word).join(", ")))
}

impl Add {
    fn run(self) -> Outcome {
        let config = self.place.config()?;
        let store = installation::open(&config, Absent::Make)?;
        let key = new_key()?;
        if !store.operators().add(&self.name, self.role, &key, now(&config)).map_err(trouble(&config))? {
            return Err(Trouble::usage(format!("there is or was an operator {}", self.name))
                .advice("take another name, or give this one a new key: shiming operators rotate"));
        }
        tell(self.json, &self.name, &key);
        Ok(Exit::Fine)
    }
}

/// List the operators
#[derive(Debug, Args)]
struct List {
    /// One JSON object a line
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    place: Place,
}

impl List {
    fn run(self) -> Outcome {
        let (config, store) = self.place.open()?;
        let operators = store.operators().all().map_err(|error| unreadable(&config, error))?;
        let state = |operator: &Operator| if operator.enabled { "enabled" } else { "disabled" };
        if self.json {
            for operator in &operators {
                output::print_json(&json!({
                    "name": operator.name,
                    "role": operator.role.word(),
                    "enabled": operator.enabled,
                    "added": operator.added.timestamp().to_string(),
                    "keyed": operator.keyed.timestamp().to_string(),
                }));
            }
            return Ok(Exit::Fine);
        }
        if operators.is_empty() {
            hint!("There are no operators yet.\n  try: shiming operators add NAME --role reviewer");
            return Ok(Exit::Fine);
        }
        let mut table = Table::new(["name", "role", "state", "key since"]);
        for operator in &operators {
            let since = operator.keyed.timestamp().to_string();
            table.row([operator.name.as_str(), operator.role.word(), state(operator), &since]);
        }
        output::print(&table.text(""));
        Ok(Exit::Fine)
    }
}

/// Give an operator a new key; the old one is refused from then on
#[derive(Debug, Args)]
struct Rotate {
    #[command(flatten)]
    named: Named,
    /// As one line of JSON
    #[arg(long)]
    json: bool,
}

impl Rotate {
    fn run(self) -> Outcome {
        let (config, store) = self.named.place.open()?;
        let key = new_key()?;
        if !store.operators().rotate(&self.named.name, &key, now(&config)).map_err(trouble(&config))? {
            return Err(self.named.unknown());
        }
        tell(self.json, &self.named.name, &key);
        Ok(Exit::Fine)
    }
}

/// Give an operator another role; the key stays
#[derive(Debug, Args)]
struct Promote {
    #[command(flatten)]
    named: Named,
    /// The role from now on
    #[arg(value_parser = role, value_name = "viewer|reviewer|admin")]
    role: Role,
}

impl Promote {
    fn run(self) -> Outcome {
        let (config, store) = self.named.place.open()?;
        if !store.operators().set_role(&self.named.name, self.role).map_err(trouble(&config))? {
            return Err(self.named.unknown());
        }
        say!("{} is {}.", self.named.name, self.role.word());
        Ok(Exit::Fine)
    }
}

/// One operator.
#[derive(Debug, Args)]
struct Named {
    /// The name
    name: String,
    #[command(flatten)]
    place: Place,
}

impl Named {
    fn set(self, enabled: bool) -> Outcome {
        let (config, store) = self.place.open()?;
        if !store.operators().set_enabled(&self.name, enabled).map_err(trouble(&config))? {
            return Err(self.unknown());
        }
        say!("{} is {}.", self.name, if enabled { "enabled" } else { "disabled" });
        Ok(Exit::Fine)
    }

    fn unknown(&self) -> Trouble {
        Trouble::usage(format!("there is no operator {}", self.name)).advice("shiming operators list")
    }
}

/// A key says what it is, so that one that was mislaid is noticed.
fn new_key() -> Result<SecretString, Trouble> {
    Ok(SecretString::from(format!("shiming_operator_{}", random_hex(32)?)))
}

fn tell(json: bool, name: &str, key: &SecretString) {
    if json {
        output::print_json(&json!({ "name": name, "key": key.expose_secret() }));
        return;
    }
    let mut table = Table::plain();
    table.row(["name", name]);
    table.row(["key", key.expose_secret()]);
    output::print(&table.text(""));
    hint!("The key is shown this once. It goes into a header: Authorization: Bearer KEY");
}

fn now(config: &Config) -> UnixTime {
    SystemClock::new(&config.clock).now()
}

fn trouble(config: &Config) -> impl Fn(StoreError) -> Trouble {
    |error| installation::store_trouble(config.data(), error)
}

/// While there are no operators, whoever may use the store decides, under the name that they give if any. From the first
/// operator on the name has to be one of theirs.
pub(super) fn may_decide(config: &Config, store: &Store, by: Option<&str>) -> Result<(), Trouble> {
    let operators = store.operators().all().map_err(|error| unreadable(config, error))?;
    if operators.is_empty() {
        return Ok(());
    }
    let Some(by) = by else {
        return Err(Trouble::usage("there are operators, and --by names none").advice("shiming operators list"));
    };
    let why = match operators.iter().find(|operator| operator.name == by) {
        Some(operator) if operator.may(Role::Reviewer) => return Ok(()),
        None => "no operator",
        Some(operator) if !operator.enabled => "disabled",
        Some(_) => "a viewer, who does not decide",
    };
    Err(Trouble::usage(format!("{by} is {why}")).advice("shiming operators list"))
}

/// What trouble with the operators means.
pub(super) fn unreadable(config: &Config, error: OperatorsError) -> Trouble {
    Trouble::broken("the operators cannot be read")
        .because(error)
        .advice(format!("shiming doctor --data {}", config.data().display()))
}

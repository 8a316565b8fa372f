//! `shiming callers add`.

use clap::Args;
use secrecy::{ExposeSecret, SecretString};
use serde_json::json;
use shiming_core::{Caller, Callers as _};
use shiming_server::doors::{
    alipay::{NAME, PLATFORM},
    jdcloud,
};
use shiming_store::Store;

use super::{
    DOORS, Place, access_key,
    alipay::{self, Answering},
    find, has_access_key, now, trouble,
};
use crate::{
    config::Config,
    installation::{self, Absent},
    output::{self, Table, hint},
    trouble::{Exit, Outcome, Trouble},
};

/// A caller to put, and what its owner must be told once.
pub(super) struct New {
    pub(super) caller: Caller,
    pub(super) told: Told,
}

/// Secrets that were made, and what each is called.
pub(super) type Told = Vec<(&'static str, SecretString)>;

/// Add a caller; a secret that is made is printed once and never again
#[derive(Debug, Args)]
pub(super) struct Add {
    /// Which door it comes through; alipay-platform is the key pair that Alipay's answers are signed with
    #[arg(long, default_value = jdcloud::NAME, value_parser = DOORS)]
    door: String,
    /// What you call it; the desk shows people the label of an Alipay app, as who asks
    #[arg(long, value_parser = label)]
    label: String,
    /// As one line of JSON
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    keyed: access_key::KeyFlags,
    #[command(flatten)]
    alipay: alipay::Flags,
    #[command(flatten, next_help_heading = "Installation")]
    place: Place,
}

fn label(text: &str) -> Result<String, String> {
    let is_one = !text.trim().is_empty() && text.chars().count() <= 128 && !text.chars().any(char::is_control);
    if is_one { Ok(text.to_owned()) } else { Err("a label is a line of 1 to 128 characters".into()) }
}

impl Add {
    pub(super) fn run(self) -> Outcome {
        let door = self.door.as_str();
        let foreign = match door {
            PLATFORM => self.keyed.given().or_else(|| self.alipay.of_an_app()),
            NAME => self.keyed.given(),
            _ => self.alipay.given().or_else(|| self.keyed.foreign(door)),
        };
        if let Some(flag) = foreign {
            return Err(Trouble::usage(format!("{flag} means nothing at door {door}"))
                .advice(format!("choose the door with --door: {}", DOORS.join(", "))));
        }
        let config = self.place.config()?;
        if has_access_key(door) {
            // A bad file is told before a store is made for it.
            let new = self.keyed.caller(door, &self.label, &config)?;
            return self.put(&installation::open(&config, Absent::Make)?, &config, new);
        }
        let store = installation::open(&config, Absent::Make)?;
        let new = match door {
            PLATFORM => self.alipay.platform(&store, &config, now(&config))?,
            _ => self.alipay.app(&self.label, &store, &config, now(&config))?,
        };
        self.put(&store, &config, new)
    }

    fn put(&self, store: &Store, config: &Config, new: New) -> Outcome {
        let New { caller, told } = new;
        let keyed = has_access_key(&self.door);
        if !self.alipay.replace && find(store, config, &self.door, &caller.key_id)?.is_some() {
            let advice = if keyed {
                "shiming callers rotate gives it a new secret"
            } else {
                "--replace puts this in its place; shiming callers show tells what is there"
            };
            return Err(Trouble::usage(format!("there is a caller {} at door {} already", caller.key_id, self.door))
                .advice(advice));
        }
        store.callers().put(&caller).map_err(trouble(config))?;
        let app = (self.door == NAME).then_some(&caller);
        let answering = if keyed { None } else { Some(Answering::of(store, config, app)?) };
        tell(self.json, &self.door, &caller.key_id, &told, answering.as_ref());
        Ok(Exit::Fine)
    }
}

/// What a caller's owner must be told: new secrets once, and with what to verify answers.
pub(super) fn tell(as_json: bool, door: &str, key_id: &str, told: &Told, answering: Option<&Answering>) {
    let key_name = if has_access_key(door) { "access key" } else { "app id" };
    let secret_name = if has_access_key(door) { "secret_key" } else { "aes_key" };
    if as_json {
        let mut line = json!({ "door": door, key_name.replace(' ', "_"): key_id, secret_name: null });
        for (name, secret) in told {
            line[name.to_lowercase().replace(' ', "_")] = secret.expose_secret().into();
        }
        if let Some(answering) = answering {
            line["alipay_public_key"] = answering.public_key().into();
        }
        return output::print_json(&line);
    }
    let mut table = Table::plain();
    if door != PLATFORM {
        table.row([key_name, key_id]);
    }
    for (name, secret) in told {
        table.row([*name, secret.expose_secret()]);
    }
    for (name, value) in answering.map(Answering::rows).unwrap_or_default() {
        table.row([name, &value]);
    }
    output::print(&table.text(""));
    for (name, _) in told {
        hint!("The {name} is not shown again.");
    }
}

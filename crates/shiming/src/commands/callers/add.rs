//! `shiming callers add`.

use std::{collections::BTreeMap, path::PathBuf};

use clap::Args;
use secrecy::{ExposeSecret, SecretString};
use serde_json::json;
use shiming_core::{Caller, CallerState, Callers as _, Check};
use shiming_server::doors::{
    alipay::{NAME, PLATFORM},
    jdcloud,
};
use shiming_store::Store;

use super::{
    DOORS, Place,
    alipay::{Answering, Flags, New},
    find, now, read_secret, trouble,
};
use crate::{
    config::Config,
    installation::{self, Absent, random_hex},
    output::{self, Table, hint},
    platform::created_at,
    trouble::{Exit, Outcome, Trouble},
};

/// Add a caller; a secret that is made is printed once and never again
#[derive(Debug, Args)]
pub(super) struct Add {
    /// Which door it comes through; alipay-platform is the key pair that Alipay's answers are signed with
    #[arg(long, default_value = jdcloud::NAME, value_parser = DOORS)]
    door: String,
    /// What you call it; the desk shows people the label of an Alipay app, as who asks
    #[arg(long)]
    label: String,
    /// As one line of JSON
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    jd: Jd,
    #[command(flatten)]
    alipay: Flags,
    #[command(flatten, next_help_heading = "Installation")]
    place: Place,
}

/// What a caller at JD Cloud's door is added with.
#[derive(Debug, Args)]
#[command(next_help_heading = "Door jdcloud")]
struct Jd {
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
}

fn check(word: &str) -> Result<Check, String> {
    Check::from_word(word).ok_or_else(|| format!("checks are {}", Check::ALL.map(Check::word).join(", ")))
}

impl Add {
    pub(super) fn run(self) -> Outcome {
        let foreign = match self.door.as_str() {
            jdcloud::NAME => self.alipay.given(),
            PLATFORM => self.jd.given().or_else(|| self.alipay.of_an_app()),
            _ => self.jd.given(),
        };
        if let Some(flag) = foreign {
            return Err(Trouble::usage(format!("{flag} means nothing at door {}", self.door))
                .advice("choose the door with --door: jdcloud, alipay or alipay-platform"));
        }
        let config = self.place.config()?;
        if self.door == jdcloud::NAME {
            // A bad file is told before a store is made for it.
            let new = self.jd.caller(&self.label, &config)?;
            return self.put(&installation::open(&config, Absent::Make)?, &config, new);
        }
        let store = installation::open(&config, Absent::Make)?;
        let new = match self.door.as_str() {
            PLATFORM => self.alipay.platform(&store, &config, now(&config))?,
            _ => self.alipay.app(&self.label, &store, &config, now(&config))?,
        };
        self.put(&store, &config, new)
    }

    fn put(&self, store: &Store, config: &Config, new: New) -> Outcome {
        let New { caller, made } = new;
        if !self.alipay.replace && find(store, config, &self.door, &caller.key_id)?.is_some() {
            let advice = match self.door.as_str() {
                jdcloud::NAME => "shiming callers rotate gives it a new secret",
                _ => "--replace puts this in its place; shiming callers show tells what is there",
            };
            return Err(Trouble::usage(format!("there is a caller {} at door {} already", caller.key_id, self.door))
                .advice(advice));
        }
        store.callers().put(&caller).map_err(trouble(config))?;
        let app = (self.door == NAME).then_some(&caller);
        let answering = if self.door == jdcloud::NAME { None } else { Some(Answering::of(store, config, app)?) };
        tell(self.json, &self.door, &caller.key_id, made.as_ref(), answering.as_ref());
        Ok(Exit::Fine)
    }
}

impl Jd {
    fn given(&self) -> Option<&'static str> {
        [
            ("--access-key", self.access_key.is_some()),
            ("--secret-file", self.secret_file.is_some()),
            ("--security-token-file", self.security_token_file.is_some()),
            ("--checks", self.checks.is_some()),
        ]
        .into_iter()
        .find_map(|(flag, given)| given.then_some(flag))
    }

    fn caller(&self, label: &str, config: &Config) -> Result<New, Trouble> {
        let (secret, made) = match &self.secret_file {
            Some(file) => (read_secret(file)?, false),
            None => (SecretString::from(random_hex(16)?), true),
        };
        let token = self.security_token_file.as_deref().map(read_secret).transpose()?;
        let access_key = match &self.access_key {
            Some(key) => well_formed(key)?.to_owned(),
            None => random_hex(16)?.to_uppercase(),
        };
        let mut settings = BTreeMap::from([("created_at".to_owned(), created_at(now(config)))]);
        if let Some(checks) = &self.checks {
            settings.insert("checks".to_owned(), checks.iter().map(|check| check.word()).collect::<Vec<_>>().join(","));
        }
        let mut secrets = BTreeMap::from([("secret".to_owned(), secret.clone())]);
        secrets.extend(token.map(|token| ("security_token".to_owned(), token)));
        let caller = Caller {
            door: jdcloud::NAME.into(),
            key_id: access_key,
            label: label.into(),
            state: CallerState::Enabled,
            secrets,
            settings,
        };
        Ok(New { caller, made: made.then_some(secret) })
    }
}

/// What a caller's owner must be told: a new secret once, and with what to verify answers.
pub(super) fn tell(
    as_json: bool,
    door: &str,
    key_id: &str,
    made: Option<&SecretString>,
    answering: Option<&Answering>,
) {
    let (key_name, secret_name) =
        if door == jdcloud::NAME { ("access_key", "secret_key") } else { ("app_id", "aes_key") };
    let made = made.map(ExposeSecret::expose_secret);
    if as_json {
        let mut line = json!({ "door": door, key_name: key_id, secret_name: made });
        if let Some(answering) = answering {
            line["alipay_public_key"] = answering.public_key().into();
        }
        return output::print_json(&line);
    }
    let mut table = Table::plain();
    if door != PLATFORM {
        table.row([&key_name.replace('_', " "), key_id]);
    }
    if let Some(secret) = made {
        table.row([if door == jdcloud::NAME { "secret key" } else { "AES key" }, secret]);
    }
    for (name, value) in answering.map(Answering::rows).unwrap_or_default() {
        table.row([name, &value]);
    }
    output::print(&table.text(""));
    if made.is_some() {
        hint!("The {} is not shown again.", if door == jdcloud::NAME { "secret key" } else { "AES key" });
    }
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

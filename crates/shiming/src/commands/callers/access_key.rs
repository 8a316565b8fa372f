//! Callers that sign with an access key and a secret: those of JD Cloud's, Alibaba Cloud's and Volcengine's doors.

use std::{collections::BTreeMap, path::PathBuf};

use clap::Args;
use jiff::Timestamp;
use secrecy::SecretString;
use shiming_core::{Caller, CallerState, Check};
use shiming_server::doors::{aliyun_domain, jdcloud};
use shiming_wire::{aliyun::operations as aliyun, volcengine::operations as volcengine};

use super::{
    add::{New, Told},
    now, read_secret,
    webhook::{self, Address},
};
use crate::{
    commands::terms::timestamp, config::Config, installation::random_hex, platform::created_at, trouble::Trouble,
};

/// What a caller with an access key is added with.
#[derive(Debug, Args)]
#[command(next_help_heading = "Doors jdcloud, aliyun and volcengine")]
pub(super) struct KeyFlags {
    /// Its access key; without it, one is made
    #[arg(long)]
    access_key: Option<String>,
    /// Read its secret from a file, or `-` for standard input; without it, one is made
    #[arg(long, value_name = "FILE")]
    secret_file: Option<PathBuf>,
    /// Read the token of temporary credentials from a file
    #[arg(long, value_name = "FILE")]
    security_token_file: Option<PathBuf>,
    /// At door aliyun: until when that token is good (RFC 3339); without it, for ever
    #[arg(long, value_name = "TIME", requires = "security_token_file", value_parser = timestamp)]
    security_token_until: Option<Timestamp>,
    /// At door jdcloud: the checks that it may ask for, with commas between; without it, all
    #[arg(long, value_delimiter = ',', value_parser = check)]
    checks: Option<Vec<Check>>,
    /// At doors aliyun and volcengine: the operations that it may ask for, with commas between; without it, all
    #[arg(long, value_delimiter = ',')]
    actions: Option<Vec<String>>,
    /// At doors aliyun and volcengine: where it is told of decisions, signed with a secret that is made
    #[arg(long, value_name = "URL")]
    webhook: Option<Address>,
}

fn check(word: &str) -> Result<Check, String> {
    Check::from_word(word).ok_or_else(|| format!("checks are {}", Check::ALL.map(Check::word).join(", ")))
}

impl KeyFlags {
    /// Which of them is given, if any: at another door they mean nothing.
    pub(super) fn given(&self) -> Option<&'static str> {
        [
            ("--access-key", self.access_key.is_some()),
            ("--secret-file", self.secret_file.is_some()),
            ("--security-token-file", self.security_token_file.is_some()),
            ("--security-token-until", self.security_token_until.is_some()),
            ("--checks", self.checks.is_some()),
            ("--actions", self.actions.is_some()),
            ("--webhook", self.webhook.is_some()),
        ]
        .into_iter()
        .find_map(|(flag, given)| given.then_some(flag))
    }

    /// Which of those is given, if any, that mean nothing at this one of their doors.
    pub(super) fn foreign(&self, door: &str) -> Option<&'static str> {
        let jd = door == jdcloud::NAME;
        [
            ("--checks", !jd && self.checks.is_some()),
            ("--actions", jd && self.actions.is_some()),
            ("--webhook", jd && self.webhook.is_some()),
            ("--security-token-until", door != aliyun_domain::NAME && self.security_token_until.is_some()),
        ]
        .into_iter()
        .find_map(|(flag, foreign)| foreign.then_some(flag))
    }

    /// The caller to put.
    pub(super) fn caller(&self, door: &str, label: &str, config: &Config) -> Result<New, Trouble> {
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
        if let Some(actions) = &self.actions {
            settings.insert("actions".to_owned(), known(door, actions)?.join(","));
        }
        if let Some(until) = self.security_token_until {
            settings.insert("security_token_until".to_owned(), until.as_second().to_string());
        }
        let mut secrets = BTreeMap::from([("secret".to_owned(), secret.clone())]);
        secrets.extend(token.map(|token| ("security_token".to_owned(), token)));
        let mut told = Told::new();
        if let Some(address) = &self.webhook {
            told.push(("webhook secret", webhook::set(&mut settings, &mut secrets, address, config)?));
        }
        let caller = Caller {
            door: door.into(),
            key_id: access_key,
            label: label.into(),
            state: CallerState::Enabled,
            secrets,
            settings,
        };
        if made {
            told.insert(0, ("secret key", secret));
        }
        Ok(New { caller, told })
    }
}

/// The operations, if the door has all of them.
fn known<'a>(door: &str, actions: &'a [String]) -> Result<&'a [String], Trouble> {
    let names: Vec<_> = match door {
        aliyun_domain::NAME => aliyun::OPERATIONS.iter().map(|operation| operation.name).collect(),
        _ => volcengine::OPERATIONS.iter().map(|operation| operation.name).collect(),
    };
    match actions.iter().find(|action| !names.contains(&action.as_str())) {
        Some(_) => Err(Trouble::usage(format!("operations at door {door} are {}", names.join(", ")))),
        None => Ok(actions),
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

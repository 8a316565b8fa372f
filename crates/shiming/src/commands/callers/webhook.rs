//! `shiming callers webhook`: where a caller's system is told of decisions.
//!
//! Notices are signed as Standard Webhooks (<https://www.standardwebhooks.com>) says: HMAC-SHA256 with a secret that is
//! written `whsec_` and base64.

use std::{collections::BTreeMap, fmt, str::FromStr};

use base64::{Engine as _, engine::general_purpose::STANDARD};
use clap::Args;
use secrecy::SecretString;
use shiming_core::Callers as _;
use shiming_server::webhook::is_taken;

use super::{Named, add, trouble, waits};
use crate::{
    config::Config,
    installation::random,
    output::say,
    trouble::{Exit, Outcome, Trouble},
};

/// Set where a caller is told of decisions on its cases; each time with a new secret
#[derive(Debug, Args)]
pub(super) struct Webhook {
    #[command(flatten)]
    named: Named,
    /// The address that notices are sent to
    #[arg(long, value_name = "URL", required_unless_present = "off")]
    url: Option<Address>,
    /// Tell it nothing from now on
    #[arg(long, conflicts_with = "url")]
    off: bool,
    /// As one line of JSON
    #[arg(long)]
    json: bool,
}

impl Webhook {
    pub(super) fn run(self) -> Outcome {
        let Named { door, access_key, .. } = &self.named;
        if !waits(door) {
            return Err(Trouble::usage(format!("callers at door {door} have no cases that are decided later"))
                .advice("choose the door with --door: aliyun or volcengine"));
        }
        let (config, store) = self.named.place.open()?;
        let callers = store.callers().all().map_err(trouble(&config))?;
        let found = callers.into_iter().find(|caller| caller.door == *door && caller.key_id == *access_key);
        let Some(mut caller) = found else { return Err(self.named.unknown()) };
        let mut told = add::Told::new();
        if let Some(address) = &self.url {
            told.push(("webhook secret", set(&mut caller.settings, &mut caller.secrets, address, &config)?));
        } else {
            caller.settings.remove(URL);
            caller.secrets.remove(SECRET);
        }
        store.callers().put(&caller).map_err(trouble(&config))?;
        if self.off && !self.json {
            say!("{access_key} is told of no decisions.");
        } else {
            add::tell(self.json, door, access_key, &told, None);
        }
        Ok(Exit::Fine)
    }
}

/// The setting that holds the address.
const URL: &str = "webhook_url";

/// The secret that notices are signed with.
const SECRET: &str = "webhook_secret";

/// An address to send notices to.
#[derive(Clone, Debug)]
pub(super) struct Address(String);

impl FromStr for Address {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let wanted = || "an address such as https://example.com/hooks/shiming is wanted".to_owned();
        let uri: http::Uri = text.parse().map_err(|_| wanted())?;
        let named = uri.host().is_some_and(|host| !host.is_empty()) && uri.port_u16() != Some(0);
        if !matches!(uri.scheme_str(), Some("http" | "https")) || !named {
            return Err(wanted());
        }
        if uri.authority().is_some_and(|authority| authority.as_str().contains('@')) {
            return Err("no user or password belongs into the address: notices are signed".to_owned());
        }
        Ok(Self(text.to_owned()))
    }
}

impl fmt::Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// Sets a caller's address, and the secret that is made for it.
pub(super) fn set(
    settings: &mut BTreeMap<String, String>,
    secrets: &mut BTreeMap<String, SecretString>,
    address: &Address,
    config: &Config,
) -> Result<SecretString, Trouble> {
    if !is_taken(&address.0, config.webhook.for_sender().plain) {
        return Err(Trouble::usage("notices are not sent to other machines in the open")
            .advice("give an https:// address, or set [webhook] plain_http where the network is closed"));
    }
    let mut key = [0; 24];
    random(&mut key).map_err(|error| Trouble::broken("the system gave no random bytes").because(error))?;
    let secret = SecretString::from(format!("whsec_{}", STANDARD.encode(key)));
    settings.insert(URL.to_owned(), address.to_string());
    secrets.insert(SECRET.to_owned(), secret.clone());
    Ok(secret)
}

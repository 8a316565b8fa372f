//! `shiming callers show`: what is registered of one caller, and the files that its client is set up with.

use std::{
    fs,
    path::{Path, PathBuf},
};

use clap::Args;
use serde_json::{Value, json};
use shiming_core::{Caller, CallerState, Callers as _};
use shiming_server::doors::alipay::{NAME, PLATFORM};

use super::{
    DOORS, Place,
    alipay::{self, Answering},
    now, trouble, waits,
};
use crate::{
    output::{self, Table, say},
    trouble::{Exit, Outcome, Trouble},
};

/// Show one caller: what is registered of it, but for its secrets, and what its client verifies answers with
#[derive(Debug, Args)]
pub(super) struct Show {
    /// Its access key or app id; `installation` is the platform
    access_key: String,
    /// Which door it comes through; needed where two have the same name
    #[arg(long, value_parser = DOORS)]
    door: Option<String>,
    /// Write the platform's public key and certificates into this folder, as an Alipay app's client is set up with them
    #[arg(long, value_name = "DIR")]
    out: Option<PathBuf>,
    /// As one line of JSON
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    place: Place,
}

impl Show {
    pub(super) fn run(self) -> Outcome {
        let (config, store) = self.place.open()?;
        let callers = store.callers().all().map_err(trouble(&config))?;
        let caller = self.find(&callers)?;
        let answering = match caller.door.as_str() {
            NAME => Some(Answering::of(&store, &config, Some(caller))?),
            PLATFORM => Some(Answering::of(&store, &config, None)?),
            _ => None,
        };
        if let Some(folder) = &self.out {
            let Some(answering) = &answering else {
                return Err(Trouble::usage("clients with an access key are set up with no file"));
            };
            return write(folder, answering);
        }
        let state = if caller.state == CallerState::Enabled { "enabled" } else { "disabled" };
        let mut rows = vec![("door", caller.door.clone()), ("label", caller.label.clone()), ("state", state.into())];
        match caller.door.as_str() {
            NAME => rows.extend(alipay::rows(caller, now(&config))),
            PLATFORM => {}
            _ => {
                rows.push(("access key", caller.key_id.clone()));
                let limited = |name| caller.settings.get(name).map_or("all", String::as_str).replace(',', ", ");
                if waits(&caller.door) {
                    rows.push(("operations", limited("actions")));
                    rows.push((
                        "webhook",
                        caller.settings.get("webhook_url").map_or("none", String::as_str).to_owned(),
                    ));
                } else {
                    rows.push(("checks", limited("checks")));
                }
            }
        }
        rows.extend(answering.iter().flat_map(Answering::rows));
        rows.extend(caller.settings.get("created_at").map(|at| ("since", at.clone())));
        self.print(&rows);
        Ok(Exit::Fine)
    }

    fn find<'c>(&self, callers: &'c [Caller]) -> Result<&'c Caller, Trouble> {
        let mut named = callers
            .iter()
            .filter(|caller| caller.key_id == self.access_key)
            .filter(|caller| self.door.as_ref().is_none_or(|door| *door == caller.door));
        match (named.next(), named.next()) {
            (Some(caller), None) => Ok(caller),
            (None, _) => {
                Err(Trouble::usage(format!("there is no caller {}", self.access_key)).advice("shiming callers list"))
            }
            (Some(_), Some(_)) => {
                Err(Trouble::usage(format!("{} is at several doors", self.access_key)).advice("say which with --door"))
            }
        }
    }

    fn print(&self, rows: &[(&'static str, String)]) {
        if self.json {
            let named = |(name, value): &(&str, String)| (name.to_lowercase().replace(' ', "_"), json!(value));
            return output::print_json(&rows.iter().map(named).collect::<serde_json::Map<String, Value>>());
        }
        let mut table = Table::plain();
        for (name, value) in rows {
            table.row([*name, value]);
        }
        output::print(&table.text(""));
    }
}

fn write(folder: &Path, answering: &Answering) -> Outcome {
    fs::create_dir_all(folder).map_err(|error| Trouble::unwritable(folder, error))?;
    for (name, text) in answering.files() {
        let path = folder.join(name);
        fs::write(&path, text).map_err(|error| Trouble::unwritable(&path, error))?;
        say!("{}", path.display());
    }
    Ok(Exit::Fine)
}

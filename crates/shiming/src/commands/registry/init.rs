//! `shiming registry init`: an empty registry in place of one that was lost.

use clap::Args;
use shiming_store::{Store, StoreError};

use crate::{
    commands::Place,
    installation::{self, Running},
    output::say,
    trouble::{Exit, Outcome, Trouble},
};

/// Make an empty registry where its file is lost
///
/// Callers, keys and the ledger are another file and stay as they are; the records come back with an import of their
/// source. A registry that is there is left alone: one that is damaged has to be moved away first. A new installation
/// does not need this.
#[derive(Debug, Args)]
pub(super) struct Init {
    #[command(flatten)]
    place: Place,
}

impl Init {
    pub(super) fn run(self) -> Outcome {
        let config = self.place.config()?;
        let data = config.data();
        // It would go on answering from the file that is gone.
        if let Some(server) = Running::other(data) {
            let what = format!("a server (process {}) has this store open", server.pid);
            return Err(Trouble::usage(what).advice("stop it first"));
        }
        Store::create_registry(data, &installation::keys(&config)?).map_err(|error| match error {
            StoreError::Exists(path) => Trouble::usage(format!("there is a registry already: {}", path.display()))
                .advice("to begin anew, move it away first, with the -wal and -shm files beside it"),
            error => installation::store_trouble(data, error),
        })?;
        say!("an empty registry was made; fill it with `shiming registry import`");
        Ok(Exit::Fine)
    }
}

//! `shiming keys`: the master keys that wrap all others, and what any other key is.

mod inspect;

use std::{fs::File, path::Path, time::Duration};

use clap::{Args, Subcommand};
use shiming_store::MasterKeys;

use super::Place;
use crate::{
    installation::{self, KeySource, Running, key_trouble, random, write_private},
    output::{hint, print, say},
    trouble::{Exit, Outcome, Trouble},
};

/// Rotate the master key, the key that wraps all others; tell what any key or certificate is
#[derive(Debug, Args)]
pub(super) struct Keys {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    Rotate(Rotate),
    /// Print a new master key, for a key that is kept in the environment or given by a command
    New,
    Rewrap(Rewrap),
    Inspect(inspect::Inspect),
}

impl Keys {
    pub(super) fn run(self) -> Outcome {
        match self.command {
            Command::Rotate(command) => command.run(),
            Command::New => {
                let keys = MasterKeys::generate(&random)
                    .map_err(|error| Trouble::broken("a key could not be made").because(error))?;
                print(&keys.expose());
                Ok(Exit::Fine)
            }
            Command::Rewrap(command) => command.run(),
            Command::Inspect(command) => command.run(),
        }
    }
}

/// Make a new master key, wrap everything under it, and take the old one out of the key file; a server may run meanwhile
#[derive(Debug, Args)]
struct Rotate {
    /// Leave the old key in the file, behind the new one
    #[arg(long)]
    keep_old: bool,
    #[command(flatten)]
    place: Place,
}

/// How long a running server takes to read a changed key file, with room.
const TAKEN: Duration = Duration::from_millis(1500);

impl Rotate {
    fn run(self) -> Outcome {
        let _turn = turn(self.place.config()?.data())?;
        let (config, store) = self.place.open()?;
        let path = match installation::key_source(&config) {
            KeySource::File(path) => path,
            KeySource::Variable | KeySource::Command(_) => {
                return Err(Trouble::usage("the master key is not in a file, so it cannot be replaced here").advice(
                    "put a line from `shiming keys new` before the old one, restart, run `shiming keys rewrap`, take the old line out",
                ));
            }
        };
        let old = MasterKeys::from_file(&path).map_err(key_trouble)?;
        let trouble = |error| installation::store_trouble(config.data(), error);
        let both = old.with_new(&random).map_err(trouble)?;
        write(&path, &both)?;
        let served = Running::other(config.data()).is_some();
        if served {
            // The server must know the new key before anything is wrapped under it.
            std::thread::sleep(TAKEN);
        }
        let wrapped = store.rewrap(&both).map_err(trouble)?;
        let name = both.names().next().unwrap_or_default();
        say!("{wrapped} keys and secrets wrapped under the new master key {name}.");
        if self.keep_old {
            hint!("The old key is still in {}.", path.display());
            return Ok(Exit::Fine);
        }
        let text = both.expose();
        let new = MasterKeys::from_text(text.lines().next().unwrap_or_default()).map_err(key_trouble)?;
        write(&path, &new)?;
        hint!("Copies of the database that were made before need the old key: keep a copy of it with them.");
        Ok(Exit::Fine)
    }
}

/// Waits until nobody else rotates, for as long as this is held: of two at once each would take the other's new key out of the
/// file, and what was wrapped under it nothing would open any more. `None` where there is no folder, as opening it will tell.
fn turn(data: &Path) -> Result<Option<File>, Trouble> {
    let Ok(folder) = File::open(data) else { return Ok(None) };
    folder.lock().map_err(|error| Trouble::unreadable(data, error))?;
    Ok(Some(folder))
}

fn write(path: &Path, keys: &MasterKeys) -> Result<(), Trouble> {
    write_private(path, keys.expose().as_bytes())
}

/// Wrap everything under the first of the master keys that are given now
#[derive(Debug, Args)]
struct Rewrap {
    #[command(flatten)]
    place: Place,
}

impl Rewrap {
    fn run(self) -> Outcome {
        let _turn = turn(self.place.config()?.data())?;
        let (config, store) = self.place.open()?;
        let keys = installation::keys(&config)?;
        let wrapped = store.rewrap(&keys).map_err(|error| installation::store_trouble(config.data(), error))?;
        say!("{wrapped} keys and secrets wrapped under {}.", keys.names().next().unwrap_or_default());
        Ok(Exit::Fine)
    }
}

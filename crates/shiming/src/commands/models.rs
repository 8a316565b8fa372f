//! `shiming models`: the face networks' files.

mod fetch;

use std::{
    fs::{self, File},
    io::{self, IsTerminal, Read},
    path::{Path, PathBuf},
};

use clap::{Args, Subcommand};
use indicatif::{ProgressBar, ProgressStyle};
use serde_json::json;
use shiming_face::{Entry, FileState, List, ModelError, Part};

use self::fetch::{Fetcher, Wanted};
use super::Place;
use crate::{
    config::Config,
    faces::no_folder,
    output::{self, Table, hint, say, thousands},
    trouble::{Exit, Outcome, Trouble, chain},
};

/// The networks that compare portraits: which are needed, and getting them
#[derive(Debug, Args)]
pub(super) struct Models {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    List(Show),
    Install(Install),
    Fetch(Fetch),
}

impl Models {
    pub(super) fn run(self) -> Outcome {
        match self.command {
            Command::List(command) => command.run(),
            Command::Install(command) => command.run(),
            Command::Fetch(command) => command.run(),
        }
    }
}

/// Show the models, which of them this configuration needs, and whether they are in their place
///
/// Exit code 1 when one that is needed is not there.
#[derive(Debug, Args)]
struct Show {
    /// As one line of JSON
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    place: Place,
}

/// Copy model files from a folder, each only if it is byte for byte the one of the list
///
/// Takes what this configuration needs. Exit code 1 when one of these is neither in the folder nor in its place.
#[derive(Debug, Args)]
struct Install {
    /// The folder with the files
    folder: PathBuf,
    /// All models of the list, as far as the folder has them
    #[arg(long)]
    all: bool,
    #[command(flatten)]
    into: Into,
}

/// Download model files from the addresses in the list, each only if it is byte for byte the one of the list
///
/// Takes what this configuration needs. What is broken off goes on where it was when the same command is run again. A
/// proxy is taken from HTTPS_PROXY. Exit code 1 when one of these could not be had; what nobody publishes is made with
/// crates/face/scripts, and its parts are downloaded.
#[derive(Debug, Args)]
struct Fetch {
    /// All models of the list
    #[arg(long)]
    all: bool,
    /// No progress bar
    #[arg(short, long)]
    quiet: bool,
    #[command(flatten)]
    into: Into,
}

#[derive(Debug, Args)]
struct Into {
    /// The folder to put them into, before what the setting face.models says
    #[arg(long, value_name = "DIR")]
    into: Option<PathBuf>,
    #[command(flatten)]
    place: Place,
}

/// A folder of models and what belongs there.
struct Bench {
    folder: PathBuf,
    list: List,
    config: Config,
}

impl Bench {
    fn open(place: &Place, into: Option<PathBuf>) -> Result<Self, Trouble> {
        let config = place.config()?;
        let folder = into.or_else(|| config.face.models.clone()).ok_or_else(no_folder)?;
        let list = List::of(&folder).map_err(|error| list_trouble(&folder, error))?;
        Ok(Self { folder, list, config })
    }

    fn needed(&self) -> Result<Vec<&Entry>, Trouble> {
        self.list.needed(&self.config.face.settings()?).map_err(|error| list_trouble(&self.folder, error))
    }

    fn wanted(&self, all: bool) -> Result<Vec<&Entry>, Trouble> {
        fs::create_dir_all(&self.folder).map_err(|error| Trouble::unwritable(&self.folder, error))?;
        if all { Ok(self.list.models().iter().collect()) } else { self.needed() }
    }

    fn state(&self, entry: &Entry) -> Result<FileState, Trouble> {
        entry.state(&self.folder).map_err(|error| list_trouble(&self.folder, error))
    }

    fn unwritable(&self, entry: &Entry, error: io::Error) -> Trouble {
        Trouble::unwritable(&self.folder.join(entry.file()), error)
    }
}

fn list_trouble(folder: &Path, error: ModelError) -> Trouble {
    Trouble::usage(format!("the models in {} cannot be used", folder.display())).because(error)
}

const fn word(state: FileState) -> &'static str {
    match state {
        FileState::Whole => "there",
        FileState::Missing => "missing",
        FileState::Other => "another file",
    }
}

impl Show {
    fn run(self) -> Outcome {
        let config = self.place.config()?;
        let Some(folder) = config.face.models.clone() else {
            let list = List::built_in().map_err(|error| list_trouble(Path::new("."), error))?;
            let needed = list.needed(&config.face.settings()?).map_err(|error| list_trouble(Path::new("."), error))?;
            let states = list.models().iter().map(|entry| (entry, is_in(entry, &needed), FileState::Missing));
            self.tell(None, &states.collect::<Vec<_>>());
            return Ok(Exit::No);
        };
        let bench = Bench::open(&self.place, None)?;
        let needed = bench.needed()?;
        let states = bench.list.models().iter().map(|entry| Ok((entry, is_in(entry, &needed), bench.state(entry)?)));
        let states = states.collect::<Result<Vec<_>, Trouble>>()?;
        self.tell(Some(&folder), &states);
        let lacking = states.iter().any(|(_, needed, state)| *needed && *state != FileState::Whole);
        Ok(if lacking { Exit::No } else { Exit::Fine })
    }

    fn tell(&self, folder: Option<&Path>, states: &[(&Entry, bool, FileState)]) {
        if self.json {
            let models = states.iter().map(|(entry, needed, state)| {
                json!({
                    "id": entry.id(),
                    "file": entry.file(),
                    "needed": needed,
                    "state": word(*state),
                    "licence": entry.licence(),
                    "source": entry.source(),
                    "urls": entry.urls(),
                })
            });
            return output::print_json(&json!({ "folder": folder, "models": models.collect::<Vec<_>>() }));
        }
        let mut table = Table::new(["id", "file", "needed", "state", "licence", "source"]);
        for (entry, needed, state) in states {
            let needed = if *needed { "yes" } else { "no" };
            table.row([entry.id(), entry.file(), needed, word(*state), entry.licence(), entry.source()]);
        }
        output::print(&table.text(""));
        if folder.is_none() {
            hint!("[face] models names no folder: portraits are not compared");
        }
    }
}

fn is_in(entry: &Entry, needed: &[&Entry]) -> bool {
    needed.iter().any(|other| other.id() == entry.id())
}

impl Install {
    fn run(self) -> Outcome {
        let bench = Bench::open(&self.into.place, self.into.into)?;
        let mut lacking = false;
        fs::read_dir(&self.folder).map_err(|error| Trouble::unreadable(&self.folder, error))?;
        for entry in bench.wanted(self.all)? {
            let what = if bench.state(entry)? == FileState::Whole {
                "was there"
            } else {
                match copy(&self.folder.join(entry.file()), entry, &bench)? {
                    Some(true) => "copied",
                    Some(false) => {
                        lacking = true;
                        "REFUSED: not the file of the list"
                    }
                    None => {
                        lacking |= !self.all;
                        "not in the folder"
                    }
                }
            };
            say!("{}  {what}", entry.file());
        }
        Ok(if lacking { Exit::No } else { Exit::Fine })
    }
}

/// Whether the file was the one of the list; none where there is no such file.
fn copy(from: &Path, entry: &Entry, bench: &Bench) -> Result<Option<bool>, Trouble> {
    let mut source = match File::open(from) {
        Ok(file) => file,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(Trouble::unreadable(from, error)),
    };
    let unwritable = |error| bench.unwritable(entry, error);
    let mut into = entry.installing(&bench.folder).map_err(unwritable)?;
    into.restart().map_err(unwritable)?;
    let mut piece = vec![0; 64 * 1024];
    loop {
        let count = source.read(&mut piece).map_err(|error| Trouble::unreadable(from, error))?;
        match piece.get(..count) {
            None | Some([]) => return into.finish().map(Some).map_err(unwritable),
            Some(bytes) => match into.write(bytes) {
                Ok(()) => {}
                Err(error) if error.kind() == io::ErrorKind::FileTooLarge => {
                    into.discard().map_err(unwritable)?;
                    return Ok(Some(false));
                }
                Err(error) => return Err(unwritable(error)),
            },
        }
    }
}

impl Fetch {
    fn run(self) -> Outcome {
        let bench = Bench::open(&self.into.place, self.into.into)?;
        let fetcher = Fetcher::new();
        let watched = !self.quiet && io::stderr().is_terminal();
        let mut lacking = false;
        for entry in bench.wanted(self.all)? {
            if bench.state(entry)? == FileState::Whole {
                say!("{}  was there", entry.file());
                continue;
            }
            let parts = entry.made_from();
            if entry.urls().is_empty() {
                lacking = true;
                let way = if parts.is_empty() {
                    ""
                } else {
                    "; crates/face/scripts makes it of the files that are fetched now"
                };
                say!("{}  is not published as it is: {}{way}", entry.file(), entry.source());
            }
            let whole = (!entry.urls().is_empty()).then(|| Wanted::of(entry, &bench.folder));
            let parts = parts.iter().filter(|part| !is_there(part, &bench.folder));
            for wanted in whole.into_iter().chain(parts.map(|part| Wanted::part(part, &bench.folder))) {
                lacking |= !fetch(&fetcher, &wanted, watched);
            }
        }
        Ok(if lacking { Exit::No } else { Exit::Fine })
    }
}

fn is_there(part: &Part, folder: &Path) -> bool {
    folder.join(part.file()).is_file()
}

fn fetch(fetcher: &Fetcher, wanted: &Wanted<'_>, watched: bool) -> bool {
    let bar = watched.then(|| bar(wanted));
    let result = fetcher.fetch(wanted, |length| {
        if let Some(bar) = &bar {
            bar.set_position(length);
        }
    });
    if let Some(bar) = &bar {
        bar.finish_and_clear();
    }
    match &result {
        Ok(length) => say!("{}  fetched, {} bytes", wanted.file, thousands(*length)),
        Err(error) => say!("{}  NOT FETCHED: {}", wanted.file, chain(error)),
    }
    result.is_ok()
}

fn bar(wanted: &Wanted<'_>) -> ProgressBar {
    let bar = ProgressBar::new(wanted.most_bytes);
    if let Ok(style) =
        ProgressStyle::with_template("{msg}  {bar:32} {percent:>3}%  {bytes} of {total_bytes}  {eta} left")
    {
        bar.set_style(style.progress_chars("━╸ "));
    }
    bar.set_message(wanted.file.to_owned());
    bar
}

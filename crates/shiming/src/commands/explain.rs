//! `shiming explain`: every stage of a request's signature, and the mistake that was made.

mod jdcloud;
mod last;

use std::{
    fmt::Write as _,
    path::{Path, PathBuf},
};

use clap::ValueEnum;
use jiff::Timestamp;
use serde_json::json;
use shiming_server::{doors, refusals::Stage};
use shiming_wire::{RawRequest, Secret, time::Window, vector::Sidecar};

use super::{Place, terms::read_input};
use crate::{
    installation::{self, Absent},
    output::{self, Table, say},
    trouble::{Exit, Outcome, Trouble},
};

/// Show every stage of a request's signature, and name the mistake when it does not verify
///
/// FILE.http is the request's exact bytes. The secret comes from --secret-file, from the installation's callers (--data
/// or --config), or from the sidecar, the .json beside the file. `--last` asks a running server for the calls that it
/// refused. Exit code 1 when the signature does not verify.
#[derive(Debug, clap::Args)]
pub(super) struct Explain {
    /// The request; `-` reads standard input
    #[arg(required_unless_present = "last", conflicts_with = "last")]
    file: Option<PathBuf>,
    /// Show the latest refused calls of the running server
    #[arg(long, value_name = "N", num_args = 0..=1, default_missing_value = "1")]
    last: Option<usize>,
    /// Read the caller's secret from a file
    #[arg(long, value_name = "FILE")]
    secret_file: Option<PathBuf>,
    /// Read keys and clock from this sidecar
    #[arg(long, value_name = "FILE", conflicts_with = "secret_file")]
    sidecar: Option<PathBuf>,
    /// What the server's clock showed (RFC 3339); without it, the sidecar's, or the request's own date
    #[arg(long, value_name = "TIME")]
    clock: Option<Timestamp>,
    /// In which language the mistake is named; without it, as LANG says
    #[arg(long, value_enum)]
    lang: Option<Lang>,
    /// As one line of JSON
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    place: Place,
}

/// A language.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Lang {
    En,
    Zh,
}

impl Lang {
    fn of_environment() -> Self {
        let said =
            ["LC_ALL", "LC_MESSAGES", "LANG"].into_iter().filter_map(std::env::var_os).find(|value| !value.is_empty());
        match said {
            Some(value) if value.to_string_lossy().starts_with("zh") => Self::Zh,
            _ => Self::En,
        }
    }
}

/// What was found out about a request.
struct Told {
    door: &'static str,
    request: String,
    caller: String,
    /// Where the secret came from.
    keys: String,
    stages: Vec<Stage>,
    notes: Vec<String>,
    finding: Finding,
}

/// The end of it.
struct Finding {
    verifies: bool,
    slug: String,
    english: String,
    chinese: String,
}

/// A caller whose secret may be tried.
struct Known {
    /// `None` for a secret that is tried for whatever caller the request names.
    access_key: Option<String>,
    secret: Secret,
    token: Option<Secret>,
}

/// Where keys came from, and the clock that came with them.
struct Keys {
    known: Vec<Known>,
    from: String,
    clock: Option<Timestamp>,
    /// How far the request's date may lie from the clock.
    window: Window,
}

/// A longer request is none that a door takes.
const LONGEST_REQUEST: u64 = 64 << 20;

impl Explain {
    pub(super) fn run(self) -> Outcome {
        let lang = self.lang.unwrap_or_else(Lang::of_environment);
        if let Some(count) = self.last {
            return last::run(&self.place.config()?, count, lang, self.json);
        }
        let file = self.file.as_deref().unwrap_or_else(|| Path::new("-"));
        let bytes = read_input(file, LONGEST_REQUEST)?;
        let raw = RawRequest::parse(&bytes).map_err(|error| {
            Trouble::usage(format!("{} is not one HTTP request", file.display()))
                .because(error)
                .advice("the file holds the exact bytes: request line, headers, empty line, body")
        })?;
        let keys = self.keys(file)?;
        let mut told = jdcloud::explain(&raw.as_request(), &keys, self.clock)?;
        told.notes.extend(raw.notes().iter().map(ToString::to_string));
        if self.json {
            output::print_json(&told.as_json());
        } else {
            output::print(&told.text(lang));
        }
        Ok(if told.finding.verifies { Exit::Fine } else { Exit::No })
    }

    fn keys(&self, file: &Path) -> Result<Keys, Trouble> {
        if let Some(path) = &self.secret_file {
            let bytes = read_input(path, 4096)?;
            let text =
                String::from_utf8(bytes).map_err(|_| Trouble::usage(format!("{} is not UTF-8", path.display())))?;
            // Editors end a file with a line end; a secret that has one on purpose is a mistake that is tried anyway.
            let secret = Secret::new(text.strip_suffix('\n').map_or(text.as_str(), |text| text.trim_end_matches('\r')));
            let known = vec![Known { access_key: None, secret, token: None }];
            return Ok(Keys { known, from: path.display().to_string(), clock: None, window: Window::FIFTEEN_MINUTES });
        }
        let beside = file.with_extension("json");
        let named = self.place.data.is_some() || self.place.config.is_some();
        match &self.sidecar {
            Some(path) => of_sidecar(path),
            None if !named && beside.is_file() => of_sidecar(&beside),
            None => self.of_installation(named),
        }
    }

    fn of_installation(&self, named: bool) -> Result<Keys, Trouble> {
        let config = self.place.config()?;
        let window = Window::new(config.jd.window.0);
        let store = match installation::open(&config, Absent::Refuse) {
            Ok(store) => store,
            // Stages need no secret.
            Err(_) if !named => {
                return Ok(Keys { known: Vec::new(), from: "no secret is known".into(), clock: None, window });
            }
            Err(trouble) => return Err(trouble),
        };
        let callers = shiming_core::Callers::all(&*store.callers())
            .map_err(|error| installation::store_trouble(config.data(), error))?;
        let known = callers.iter().filter(|caller| caller.door == doors::jdcloud::NAME).filter_map(Known::of).collect();
        Ok(Keys { known, from: format!("callers in {}", config.data().display()), clock: None, window })
    }
}

impl Known {
    fn of(caller: &shiming_core::Caller) -> Option<Self> {
        use secrecy::ExposeSecret;
        let secret = |name: &str| caller.secrets.get(name).map(|secret| Secret::new(secret.expose_secret()));
        Some(Self {
            access_key: Some(caller.key_id.clone()),
            secret: secret("secret")?,
            token: secret("security_token"),
        })
    }
}

fn of_sidecar(path: &Path) -> Result<Keys, Trouble> {
    let sidecar = Sidecar::parse(&read_input(path, 1 << 20)?).map_err(|error| {
        Trouble::usage(format!("{} is no sidecar of a recorded request", path.display())).because(error)
    })?;
    let caller = sidecar.caller;
    let key = caller.secret.map(|secret| Known { access_key: Some(caller.id), secret, token: caller.security_token });
    Ok(Keys {
        known: key.into_iter().collect(),
        from: path.display().to_string(),
        clock: Some(sidecar.clock),
        window: Window::FIFTEEN_MINUTES,
    })
}

impl Told {
    fn text(&self, lang: Lang) -> String {
        let mut head = Table::plain();
        head.row(["door", self.door]);
        head.row(["request", &self.request]);
        head.row(["caller", &self.caller]);
        head.row(["keys", &self.keys]);
        for note in &self.notes {
            head.row(["note", note]);
        }
        format!("{}{}\n{}", head.text(""), stages(&self.stages), self.finding.text(lang))
    }

    fn as_json(&self) -> serde_json::Value {
        json!({
            "door": self.door,
            "request": self.request,
            "caller": self.caller,
            "verifies": self.finding.verifies,
            "mistake": self.finding.slug,
            "english": self.finding.english,
            "chinese": self.finding.chinese,
            "notes": self.notes,
            "stages": self.stages,
        })
    }
}

impl Finding {
    fn text(&self, lang: Lang) -> String {
        let (headline, sentence) = match (lang, self.verifies) {
            (Lang::En, true) => ("It verifies.", &self.english),
            (Lang::En, false) => ("It does not verify.", &self.english),
            (Lang::Zh, true) => ("验签通过。", &self.chinese),
            (Lang::Zh, false) => ("验签不通过。", &self.chinese),
        };
        if self.verifies {
            return format!("{headline}\n");
        }
        format!("{headline} [{}]\n{sentence}\n", self.slug)
    }
}

/// Every stage with its name; a text of several lines stands under it.
fn stages(stages: &[Stage]) -> String {
    let mut text = String::new();
    for Stage { name, text: stage } in stages {
        if stage.contains('\n') {
            let _ = writeln!(text, "\n{name}");
            // An empty line belongs to the text: the bar shows it.
            for line in stage.split('\n') {
                let _ = writeln!(text, "  | {line}");
            }
        } else {
            let _ = writeln!(text, "\n{name}\n  {stage}");
        }
    }
    text
}

fn say_stages(all: &[Stage]) {
    say!("{}", stages(all).trim_end());
}

//! `shiming explain`: every stage of a request's or an answer's signature, and the mistake that was made.

mod alipay;
mod aliyun;
mod answer;
mod jdcloud;
mod keys;
mod last;
mod said;
mod shared_secret;
mod volcengine;

use std::{
    fmt::Write as _,
    path::{Path, PathBuf},
};

use clap::ValueEnum;
use jiff::Timestamp;
use serde_json::json;
use shiming_server::{
    doors::{self, Head},
    refusals::{Explained, Stage, UNEXPLAINED},
};
use shiming_wire::{RawRequest, Request};

use self::keys::Keys;
use super::{
    Place,
    terms::{number, read_input, timestamp},
};
use crate::{
    output::{self, Table, say},
    trouble::{Exit, Outcome, Trouble},
};

/// Show every stage of a request's signature, and name the mistake when it does not verify
///
/// FILE.http is the request's exact bytes. Keys come from the files that are named, from the installation's callers (--data
/// or --config), or from the sidecar, the .json beside the file. `--answer` explains an answer of Alipay's in the same way.
/// `--server-said` takes the vendor's own refusal as well, and shows where the text that the vendor signed and the request's part,
/// or at which stage the vendor stopped.
/// `--last` asks a running server for the calls that it refused. Exit code 1 when the signature does not verify.
#[derive(Debug, clap::Args)]
pub(super) struct Explain {
    /// The request; `-` reads standard input
    #[arg(required_unless_present_any = ["last", "answer"], conflicts_with_all = ["last", "answer"])]
    file: Option<PathBuf>,
    /// Show the latest refused calls of the running server
    #[arg(long, value_name = "N", num_args = 0..=1, default_missing_value = "1", value_parser = number)]
    last: Option<usize>,
    /// Explain an answer of Alipay's: its body, or all of it with its headers, as `curl -i` saves it
    #[arg(long, value_name = "FILE", conflicts_with = "last")]
    answer: Option<PathBuf>,
    /// The error that the vendor's own server answered with: its body, or all of it with its headers
    #[arg(long, value_name = "FILE", requires = "file")]
    server_said: Option<PathBuf>,
    /// Which door it is for; without it, as the request shows
    #[arg(long, value_parser = DOORS)]
    door: Option<String>,
    /// Read the caller's secret from a file: at JD Cloud's, Alibaba Cloud's and Volcengine's doors
    #[arg(long, value_name = "FILE")]
    secret_file: Option<PathBuf>,
    /// The public key or certificate of Alipay's app
    #[arg(long, value_name = "FILE")]
    public_key: Option<PathBuf>,
    /// The AES key of Alipay's app
    #[arg(long, value_name = "FILE", requires = "public_key")]
    aes_key: Option<PathBuf>,
    /// The platform's key or certificate, with which Alipay's answers are verified
    #[arg(long, value_name = "FILE")]
    platform_key: Option<PathBuf>,
    /// The key that the client verifies answers with
    #[arg(long, value_name = "FILE", requires = "answer")]
    client_key: Option<PathBuf>,
    /// Read keys and clock from this sidecar
    #[arg(long, value_name = "FILE", conflicts_with_all = ["secret_file", "public_key", "answer"])]
    sidecar: Option<PathBuf>,
    /// What the server's clock showed (RFC 3339); without it, the sidecar's, or the request's own date
    #[arg(long, value_name = "TIME", value_parser = timestamp)]
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

/// The doors that there are.
const DOORS: [&str; 5] =
    [doors::alipay_gateway::NAME, doors::alipay_v3::NAME, aliyun::NAME, doors::jdcloud::NAME, volcengine::NAME];

/// A language.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(super) enum Lang {
    En,
    Zh,
}

impl Lang {
    /// As the environment says.
    pub(super) fn of_environment() -> Self {
        let said =
            ["LC_ALL", "LC_MESSAGES", "LANG"].into_iter().filter_map(std::env::var_os).find(|value| !value.is_empty());
        match said {
            Some(value) if value.to_string_lossy().starts_with("zh") => Self::Zh,
            _ => Self::En,
        }
    }

    /// The one of two texts that is in this language.
    pub(super) fn pick<'t>(self, english: &'t str, chinese: &'t str) -> &'t str {
        match self {
            Self::En => english,
            Self::Zh => chinese,
        }
    }
}

/// What was found out about a request or an answer.
struct Told {
    door: &'static str,
    /// A request or an answer.
    what: &'static str,
    /// Which, in a line.
    about: String,
    caller: String,
    /// Where the keys came from.
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

const REQUEST: &str = "request";
const ANSWER: &str = "answer";

/// A longer request is none that a door takes.
const LONGEST_REQUEST: u64 = 64 << 20;

impl Explain {
    pub(super) fn run(self) -> Outcome {
        let lang = self.lang.unwrap_or_else(Lang::of_environment);
        if let Some(count) = self.last {
            return last::run(&self.place.config()?, count, lang, self.json);
        }
        let told = match &self.answer {
            Some(file) => self.answer(file)?,
            None => self.request()?,
        };
        if self.json {
            output::print_json(&told.as_json());
        } else {
            output::print(&told.text(lang));
        }
        Ok(if told.finding.verifies { Exit::Fine } else { Exit::No })
    }

    fn request(&self) -> Result<Told, Trouble> {
        let file = self.file.as_deref().unwrap_or_else(|| Path::new("-"));
        let bytes = read_input(file, LONGEST_REQUEST)?;
        let raw = RawRequest::parse(&bytes).map_err(|error| {
            Trouble::usage(format!("{} is not one HTTP request", file.display()))
                .because(error)
                .advice("the file holds the exact bytes: request line, headers, empty line, body")
        })?;
        let request = raw.as_request();
        let keys = self.keys(file)?;
        let mut told = match self.door_of(&request, &keys)? {
            doors::jdcloud::NAME => jdcloud::explain(&request, &keys, self.clock),
            aliyun::NAME => aliyun::explain(&request, &keys, self.clock),
            volcengine::NAME => volcengine::explain(&request, &keys, self.clock),
            door => alipay::explain(door, &request, &keys, self.clock),
        };
        if let Some(file) = &self.server_said {
            said::add(&mut told, &request, file)?;
        }
        told.notes.extend(raw.notes().iter().map(ToString::to_string));
        Ok(told)
    }

    /// The door that was named, else the one that the request can only be for.
    fn door_of(&self, request: &Request<'_>, keys: &Keys) -> Result<&'static str, Trouble> {
        let named = self.door.as_deref().or(keys.door.as_deref());
        let named = named.and_then(|named| DOORS.into_iter().find(|door| *door == named));
        let shown = || {
            let jd = || doors::jdcloud::is_ours(Head::of(request)).then_some(doors::jdcloud::NAME);
            let papers = || {
                let volc = volcengine::is_ours(request).then_some(volcengine::NAME);
                volc.or_else(|| aliyun::is_ours(request).then_some(aliyun::NAME))
            };
            alipay::door_of(request, keys.gateway_alias.as_deref()).or_else(jd).or_else(papers)
        };
        named.or_else(shown).ok_or_else(|| {
            Trouble::usage("no door knows this request: it has none of the signatures JDCLOUD, ACS3 and HMAC-SHA256, no parameters of Alibaba Cloud's, and neither of Alipay's paths")
                .advice(format!("name one with --door: {}", DOORS.join(", ")))
        })
    }
}

/// A caller's id as it may be shown: one that nobody has may be a secret that was put into the wrong place.
fn caller(claimed: &str, is_known: bool) -> String {
    if is_known || claimed.len() < 8 {
        return claimed.to_owned();
    }
    let first: String = claimed.chars().take(4).collect();
    format!("{first}… (not registered)")
}

impl Told {
    fn text(&self, lang: Lang) -> String {
        let mut head = Table::plain();
        head.row(["door", self.door]);
        head.row([self.what, &self.about]);
        if !self.caller.is_empty() {
            head.row(["caller", &self.caller]);
        }
        head.row(["keys", &self.keys]);
        for note in &self.notes {
            head.row(["note", note]);
        }
        format!("{}{}\n{}", head.text(""), stages(&self.stages), self.finding.text(lang))
    }

    fn as_json(&self) -> serde_json::Value {
        json!({
            "door": self.door,
            (self.what): self.about,
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
    /// What was found, in a verdict's words.
    fn of(explained: &Explained) -> Self {
        match &explained.mistake {
            Some(mistake) => Self::new(mistake.slug.as_str(), mistake.english.as_str(), mistake.chinese.as_str()),
            None if explained.verifies => Self { verifies: true, ..Self::new("verifies", "", "") },
            None => Self::new(UNEXPLAINED, explained.advice.as_str(), explained.advice_chinese.as_str()),
        }
    }

    /// Something that keeps it from verifying.
    fn new(slug: impl Into<String>, english: impl Into<String>, chinese: impl Into<String>) -> Self {
        Self { verifies: false, slug: slug.into(), english: english.into(), chinese: chinese.into() }
    }

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

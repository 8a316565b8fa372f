//! `shiming check`: one claim from the command line, through the same verb and into the same ledger.

use std::{
    path::{Path, PathBuf},
    sync::Arc,
    time::Instant,
};

use serde_json::json;
use shiming_core::{Asking, Check::Portrait3, Claim, Clock, Decision, Verdict};
use shiming_identity::{BankCard, CompanyName, CompanyNumber, Flaw, Mobile, Parsed, PersonName, ResidentId};

use super::{Place, runtime, terms::read_input};
use crate::{
    clock::{SystemClock, today},
    installation::random_hex,
    output::{self, say},
    serving,
    trouble::{Exit, Outcome, Trouble},
};

/// Check one claim and print the verdict; exit code 1 when it is not a match
///
/// What is given decides which check it is: name and --id are two elements, with --mobile or --card three, with --card
/// and --mobile four; --company and --number are a company's two, with --legal-name three, with --legal-id four. The
/// decision is in the ledger like any other, under the door "cli".
#[derive(clap::Args)]
pub(super) struct Check {
    /// A person's name
    #[arg(long)]
    name: Option<String>,
    /// Their resident number
    #[arg(long)]
    id: Option<String>,
    /// Their mobile number
    #[arg(long)]
    mobile: Option<String>,
    /// Their bank card
    #[arg(long)]
    card: Option<String>,
    /// Their portrait, a JPEG or PNG file
    #[arg(long, value_name = "FILE")]
    portrait: Option<PathBuf>,
    /// A company's registered name
    #[arg(long)]
    company: Option<String>,
    /// Its credit code, organisation code or licence number
    #[arg(long)]
    number: Option<String>,
    /// The name of its legal representative
    #[arg(long)]
    legal_name: Option<String>,
    /// Their resident number
    #[arg(long)]
    legal_id: Option<String>,
    /// Read the claim from a file, or `-` for standard input, to keep it out of the shell's history: a JSON object with
    /// the names of these flags, such as {"name": …, "id": …}
    #[arg(long, value_name = "FILE", conflicts_with_all = ["name", "id", "mobile", "card", "company", "number", "legal_name", "legal_id"])]
    claim: Option<PathBuf>,
    /// As one line of JSON
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    place: Place,
}

/// What is claimed, as typed.
#[derive(Default, serde::Deserialize)]
#[serde(deny_unknown_fields, default)]
struct Typed {
    name: Option<String>,
    id: Option<String>,
    mobile: Option<String>,
    card: Option<String>,
    company: Option<String>,
    number: Option<String>,
    legal_name: Option<String>,
    legal_id: Option<String>,
}

impl Check {
    pub(super) fn run(self) -> Outcome {
        let claim = self.typed()?.claim(self.portrait.as_deref())?;
        let (config, store) = self.place.open()?;
        let clock: Arc<dyn Clock> = Arc::new(SystemClock::new(&config.clock));
        // Loading the engine takes longer than most checks.
        let faces = if claim.check() == Portrait3 { serving::faces(&config)? } else { None };
        let checker = serving::checker(&config, &store, Vec::new(), faces, clock)?;
        let request_id = random_hex(16)?;
        let asking = Asking {
            door: "cli",
            caller: "operator",
            operation: "check",
            request_id: &request_id,
            arrived: Instant::now(),
        };
        let runtime = runtime()?;
        let decision = runtime
            .block_on(checker.check(asking, &claim, None))
            .map_err(|fault| Trouble::broken("there is no decision").because(fault).advice("shiming doctor"))?;
        store.close();
        self.tell(&claim, &decision);
        Ok(if decision.verdict == Verdict::Match { Exit::Fine } else { Exit::No })
    }

    fn typed(&self) -> Result<Typed, Trouble> {
        let Some(file) = &self.claim else {
            let Self { name, id, mobile, card, company, number, legal_name, legal_id, .. } = self;
            let [name, id, mobile, card] = [name, id, mobile, card].map(Clone::clone);
            let [company, number, legal_name, legal_id] = [company, number, legal_name, legal_id].map(Clone::clone);
            return Ok(Typed { name, id, mobile, card, company, number, legal_name, legal_id });
        };
        // What is wrong is told by its place: the text itself is somebody's.
        serde_json::from_slice(&read_input(file, 64 * 1024)?).map_err(|error| {
            Trouble::usage(format!(
                "the claim is no JSON object with the names of the flags: see line {}, column {}",
                error.line(),
                error.column()
            ))
        })
    }

    fn tell(&self, claim: &Claim, decision: &Decision) {
        let Decision { verdict, request_id, .. } = decision;
        let differing: Vec<_> = match verdict {
            Verdict::Mismatch(elements) => elements.iter().map(shiming_core::Element::word).collect(),
            _ => Vec::new(),
        };
        let check = claim.check().word();
        if self.json {
            return output::print_json(&json!({
                "check": check,
                "verdict": verdict.word(),
                "differing": differing,
                "request_id": request_id,
                "at": decision.at.timestamp().to_string(),
            }));
        }
        match verdict {
            Verdict::Match => say!("{check}: match"),
            Verdict::Mismatch(_) => say!("{check}: mismatch ({} differs)", differing.join(", ")),
            Verdict::NoRecord => say!("{check}: no record"),
            Verdict::CannotCheck(why) => say!("{check}: cannot check: {why}"),
        }
    }
}

impl Typed {
    fn claim(&self, portrait: Option<&Path>) -> Result<Claim, Trouble> {
        let Self { name, id, mobile, card, company, number, legal_name, legal_id } = self;
        let is_given = |elements: [&Option<String>; 4]| elements.into_iter().any(Option::is_some);
        if is_given([name, id, mobile, card]) && is_given([company, number, legal_name, legal_id]) {
            return Err(Trouble::usage("a claim is about a person or about a company")
                .advice("--legal-name and --legal-id are a company's legal representative's"));
        }
        let resident = |text: &str| ResidentId::parse(text, today());
        let claim = match self {
            Self { company: Some(company), number: Some(number), .. } => Claim::Company {
                number: read("--number", number, CompanyNumber::parse)?,
                name: read("--company", company, CompanyName::parse)?,
                legal_name: maybe("--legal-name", self.legal_name.as_ref(), PersonName::parse)?,
                legal_id: maybe("--legal-id", self.legal_id.as_ref(), resident)?,
            },
            Self { name: Some(name), card: Some(card), .. } => Claim::BankCard {
                card: read("--card", card, BankCard::parse)?,
                name: read("--name", name, PersonName::parse)?,
                id: read("--id", self.id.as_ref().ok_or_else(|| missing("--id"))?, resident)?,
                mobile: maybe("--mobile", self.mobile.as_ref(), Mobile::parse)?,
            },
            Self { name: Some(name), mobile: Some(mobile), .. } => Claim::Mobile {
                mobile: read("--mobile", mobile, Mobile::parse)?,
                name: read("--name", name, PersonName::parse)?,
                id: maybe("--id", self.id.as_ref(), resident)?,
            },
            Self { name: Some(name), id: Some(id), .. } => Claim::Resident {
                id: read("--id", id, resident)?,
                name: read("--name", name, PersonName::parse)?,
                portrait: portrait.map(|path| read_input(path, 8 << 20)).transpose()?,
            },
            Self { company: Some(_), .. } => return Err(missing("--number")),
            Self { number: Some(_), .. } => return Err(missing("--company")),
            Self { name: Some(_), .. } => return Err(missing("--id")),
            _ => return Err(missing("--name and --id, or --company and --number")),
        };
        if portrait.is_some() && claim.check() != Portrait3 {
            return Err(Trouble::usage(
                "--portrait goes with --name and --id alone: nothing else is compared with a photo",
            )
            .advice("shiming check --help"));
        }
        Ok(claim)
    }
}

fn missing(flag: &str) -> Trouble {
    Trouble::usage(format!("{flag} is needed")).advice("shiming check --help")
}

fn maybe<T>(
    flag: &str,
    text: Option<&String>,
    parse: impl FnOnce(&str) -> Result<Parsed<T>, Flaw>,
) -> Result<Option<T>, Trouble> {
    text.map(|text| read(flag, text, parse)).transpose()
}

fn read<T>(flag: &str, text: &str, parse: impl FnOnce(&str) -> Result<Parsed<T>, Flaw>) -> Result<T, Trouble> {
    parse(text).map(|parsed| parsed.value).map_err(|flaw| {
        Trouble::usage(format!("{flag} is not well formed: {} {flaw}", flaw.code())).advice("shiming inspect any VALUE")
    })
}

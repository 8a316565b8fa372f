//! `shiming replay`: recorded requests through the doors, each with its own clock, caller and empty memory; and recorded
//! answers, written again.

mod answers;
pub(super) mod caller;
mod drawer;
mod memory;
mod platform;
pub(super) mod saved;
mod stage;

use std::{
    fs,
    path::{Path, PathBuf},
};

use serde::Serialize;
use shiming_wire::{
    RawRequest,
    vector::{Expect, Sidecar},
};

pub(super) use self::platform::keys_beside;
use self::{
    answers::Judged,
    stage::{Seen, Stage},
};
use super::{runtime, terms::count};
use crate::{
    output::{self, Table, say},
    trouble::{Exit, Outcome, Trouble},
};

/// Send recorded requests through the doors and compare; exit code 1 when one differs
///
/// Every pair NAME.http and NAME.json under the directories is sent, without a socket, with the clock and the caller of
/// its sidecar and an empty memory of nonces. An accepted one is sent twice, to show what a replay gets. Recorded answers
/// are written again with the platform's key from the folder `keys` beside them, and must come out byte for byte unless no
/// server should send them.
#[derive(Debug, clap::Args)]
pub(super) struct Replay {
    /// Directories or files
    #[arg(required = true, value_name = "DIR")]
    places: Vec<PathBuf>,
    /// Only requests for this door
    #[arg(long)]
    door: Option<String>,
    /// One line of JSON for each request, and one for the total
    #[arg(long)]
    json: bool,
}

/// One request or answer, and what came of it.
#[derive(Debug, Serialize)]
struct Row {
    name: String,
    door: String,
    what: What,
    result: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    seen: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    replayed: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    why: Option<String>,
}

/// What was recorded.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
enum What {
    Request,
    Answer,
}

const SAME: &str = "ok";
const DIFFERS: &str = "differs";
const SKIPPED: &str = "skipped";

impl Replay {
    pub(super) fn run(self) -> Outcome {
        let mut files = Vec::new();
        for place in &self.places {
            let before = files.len();
            find(place, &mut files).map_err(|error| Trouble::unreadable(place, error))?;
            if files.len() == before {
                return Err(Trouble::usage(format!("there is no recorded request in {}", place.display()))
                    .advice("a recorded request is a pair NAME.http and NAME.json"));
            }
        }
        let runtime = runtime()?;
        let mut rows = Vec::new();
        for file in &files {
            rows.extend(runtime.block_on(self.one(file))?);
        }
        self.tell(&rows);
        let differs = rows.iter().any(|row| row.result == DIFFERS);
        Ok(if differs { Exit::No } else { Exit::Fine })
    }

    /// Looks at one sidecar; `None` when it is not for the wanted door, or of no request and no answer.
    async fn one(&self, file: &Path) -> Result<Option<Row>, Trouble> {
        let text = fs::read(file).map_err(|error| Trouble::unreadable(file, error))?;
        let value = serde_json::from_slice::<serde_json::Value>(&text);
        let wanted = |door: &str| self.door.as_deref().is_none_or(|wanted| wanted == door);
        let row = |door: &str, what| Row {
            name: name(file, what),
            door: door.to_owned(),
            what,
            result: SKIPPED,
            seen: None,
            replayed: None,
            why: None,
        };
        let value = match value {
            Ok(value) => value,
            Err(error) => {
                let why = Some(format!("the sidecar cannot be read: {error}"));
                return Ok(Some(Row { result: DIFFERS, why, ..row("-", What::Request) }));
            }
        };
        if let Some(recorded) = answers::read(&value) {
            let door = answers::door(&recorded);
            let judged = wanted(door).then(|| (row(door, What::Answer), answers::judge(&recorded, file)));
            return Ok(judged.map(|(row, judged)| row.judged(judged)));
        }
        let Some(door) = value.get("door").and_then(|door| door.as_str()).filter(|door| wanted(door)) else {
            return Ok(None);
        };
        let mut row = row(door, What::Request);
        if caller::kept_under(door).is_none() {
            row.why = Some(NO_DOOR.into());
            return Ok(Some(row));
        }
        let request = file.with_extension("http");
        let bytes = fs::read(&request).map_err(|error| Trouble::unreadable(&request, error))?;
        match (Sidecar::parse(&text), RawRequest::parse(&bytes)) {
            (Ok(Sidecar { skip: Some(reason), .. }), _) => row.why = Some(reason),
            (Ok(sidecar), Ok(raw)) => judge(&mut row, &sidecar, file, &raw).await?,
            (Err(error), _) => (row.result, row.why) = (DIFFERS, Some(format!("the sidecar cannot be read: {error}"))),
            (_, Err(error)) => (row.result, row.why) = (DIFFERS, Some(format!("the request cannot be read: {error}"))),
        }
        Ok(Some(row))
    }

    fn tell(&self, rows: &[Row]) {
        let total = |result: &str| rows.iter().filter(|row| row.result == result).count();
        let (same, differs, skipped) = (total(SAME), total(DIFFERS), total(SKIPPED));
        let of = |what| rows.iter().filter(|row| row.what == what).count();
        if self.json {
            rows.iter().for_each(output::print_json);
            output::print_json(&serde_json::json!({
                "total": rows.len(), "requests": of(What::Request), "answers": of(What::Answer),
                "ok": same, "differs": differs, "skipped": skipped,
            }));
            return;
        }
        let mut missing = std::collections::BTreeMap::<&str, usize>::new();
        for row in rows.iter().filter(|row| row.why.as_deref() == Some(NO_DOOR)) {
            *missing.entry(&row.door).or_default() += 1;
        }
        for (what, headings) in [
            (What::Request, ["", "request", "answer", "sent again", ""]),
            (What::Answer, ["", "answer", "written again", "", ""]),
        ] {
            let mut shown =
                rows.iter().filter(|row| row.what == what && row.why.as_deref() != Some(NO_DOOR)).peekable();
            if shown.peek().is_none() {
                continue;
            }
            let mut table = Table::new(headings);
            let text = |text: &Option<String>| text.clone().unwrap_or_default();
            for row in shown {
                let cells =
                    [row.result.to_owned(), row.name.clone(), text(&row.seen), text(&row.replayed), text(&row.why)];
                table.row(cells);
            }
            output::print(&table.text(""));
            say!();
        }
        for (door, number) in missing {
            say!("skipped  {number} for {door}: {NO_DOOR}");
        }
        let answers = match of(What::Answer) {
            0 => String::new(),
            number => format!(" and {}", count(number as u64, "answer")),
        };
        let requests = count(of(What::Request) as u64, "request");
        say!("{requests}{answers}: {same} ok, {differs} differ, {skipped} skipped");
    }
}

/// Why a request is passed over whose door is still to come.
const NO_DOOR: &str = "there is no such door yet";

impl Row {
    fn judged(mut self, judged: Judged) -> Self {
        (self.result, self.seen, self.why) = match judged {
            Judged::Written(how) => (SAME, Some(how), None),
            Judged::Never(why) => (SAME, Some("never sent".into()), Some(why)),
            Judged::Differs(why) => (DIFFERS, Some("every SDK takes it".into()), Some(why)),
            Judged::Skipped(why) => (SKIPPED, None, Some(why)),
        };
        self
    }
}

async fn judge(row: &mut Row, sidecar: &Sidecar, file: &Path, raw: &RawRequest) -> Result<(), Trouble> {
    let Some(stage) = Stage::set(sidecar, file, raw)? else { return Ok(()) };
    let seen = stage.send(raw).await;
    row.seen = Some(seen.to_string());
    let differences = differences(&sidecar.expect, &seen);
    (row.result, row.why) = if differences.is_empty() { (SAME, None) } else { (DIFFERS, Some(differences.join("; "))) };
    if seen.admitted {
        let again = stage.send(raw).await;
        row.replayed = Some(if again == seen { "the same answer".to_owned() } else { again.to_string() });
    }
    Ok(())
}

fn differences(expect: &Expect, seen: &Seen) -> Vec<String> {
    let mut differences = Vec::new();
    differences.extend(seen.unbelievable.clone());
    match expect {
        Expect::Accepted if !seen.admitted => differences.push("should be accepted".to_owned()),
        Expect::Accepted => {}
        // What a door calls getting past it is its own affair: the refusal that is expected may be an operation's.
        Expect::Refused(refused) => {
            if seen.admitted && !(seen.status == refused.status && refused.allows(&seen.code)) {
                differences.push("should be refused".to_owned());
                return differences;
            }
            if seen.status != refused.status {
                differences.push(format!("status should be {}", refused.status));
            }
            if !refused.allows(&seen.code) {
                differences.push(format!("code should be {:?}", refused.code));
            }
            if let Some(number) = refused.coden.filter(|number| seen.number != Some(*number)) {
                differences.push(format!("the numeric code should be {number}"));
            }
            if let Some(part) = refused.message_contains.as_deref().filter(|part| !seen.message.contains(part)) {
                differences.push(format!("the message should contain \"{part}\""));
            }
        }
    }
    differences
}

/// Every sidecar, in order: a .json with a .http beside it, or one that holds an answer itself.
fn find(place: &Path, files: &mut Vec<PathBuf>) -> std::io::Result<()> {
    if !fs::metadata(place)?.is_dir() {
        files.push(place.with_extension("json"));
        return Ok(());
    }
    let mut entries: Vec<_> =
        fs::read_dir(place)?.map(|entry| entry.map(|entry| entry.path())).collect::<Result<_, _>>()?;
    entries.sort();
    for path in entries {
        if path.is_dir() {
            find(&path, files)?;
        } else if path.extension().is_some_and(|end| end == "json") && is_recorded(&path) {
            files.push(path);
        }
    }
    Ok(())
}

fn is_recorded(sidecar: &Path) -> bool {
    let holds_an_answer = || {
        let text = fs::read(sidecar).unwrap_or_default();
        let value: serde_json::Value = serde_json::from_slice(&text).unwrap_or_default();
        value.get("body_base64").is_some() && value.get("results").is_some()
    };
    sidecar.with_extension("http").exists() || holds_an_answer()
}

/// The folder and the file's name, which is how vectors are called. Answers lie in a folder of their own within.
fn name(file: &Path, what: What) -> String {
    let folders = match what {
        What::Request => 1,
        What::Answer => 2,
    };
    let mut parts: Vec<_> = file.parent().into_iter().flat_map(Path::components).rev().take(folders).collect();
    parts.reverse();
    let parts = parts.iter().map(|part| part.as_os_str().to_string_lossy());
    let stem = file.file_stem().unwrap_or_default().to_string_lossy();
    parts.chain([stem]).collect::<Vec<_>>().join("/")
}

//! `shiming replay`: recorded requests through the doors, each with its own clock, caller and empty memory.

mod memory;
mod stage;

use std::{
    fs,
    path::{Path, PathBuf},
};

use serde::Serialize;
use shiming_server::doors;
use shiming_wire::{
    RawRequest,
    vector::{Expect, Sidecar},
};

use self::stage::{Seen, Stage};
use super::terms::count;
use crate::{
    output::{self, Table, say},
    trouble::{Exit, Outcome, Trouble},
};

/// Send recorded requests through the doors and compare; exit code 1 when one differs
///
/// Every pair NAME.http and NAME.json under the directories is sent, without a socket, with the clock and the caller of
/// its sidecar and an empty memory of nonces. An accepted one is sent twice, to show what a replay gets.
#[derive(Debug, clap::Args)]
pub(super) struct Replay {
    /// Directories or .http files
    #[arg(required = true, value_name = "DIR")]
    places: Vec<PathBuf>,
    /// Only requests for this door
    #[arg(long)]
    door: Option<String>,
    /// One line of JSON for each request, and one for the total
    #[arg(long)]
    json: bool,
}

/// One request and what came of it.
#[derive(Debug, Serialize)]
struct Row {
    name: String,
    door: String,
    result: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    seen: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    replayed: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    why: Option<String>,
}

const SAME: &str = "ok";
const DIFFERS: &str = "differs";
const SKIPPED: &str = "skipped";

/// The doors that there are.
const DOORS: [&str; 1] = [doors::jdcloud::NAME];

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
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_time()
            .build()
            .map_err(|error| Trouble::broken("the runtime could not be started").because(error))?;
        let mut rows = Vec::new();
        for file in &files {
            rows.extend(runtime.block_on(self.one(file))?);
        }
        self.tell(&rows);
        let differs = rows.iter().any(|row| row.result == DIFFERS);
        Ok(if differs { Exit::No } else { Exit::Fine })
    }

    /// Sends one request; `None` when it is not for the wanted door, or no request at all.
    async fn one(&self, file: &Path) -> Result<Option<Row>, Trouble> {
        let json = file.with_extension("json");
        let sidecar = fs::read(&json).map_err(|error| Trouble::unreadable(&json, error))?;
        let value: serde_json::Value = serde_json::from_slice(&sidecar).unwrap_or_default();
        let Some(door) = value.get("door").and_then(|door| door.as_str()) else { return Ok(None) };
        if self.door.as_deref().is_some_and(|wanted| wanted != door) {
            return Ok(None);
        }
        let mut row =
            Row { name: name(file), door: door.to_owned(), result: SKIPPED, seen: None, replayed: None, why: None };
        if !DOORS.contains(&door) {
            row.why = Some("there is no such door yet".into());
            return Ok(Some(row));
        }
        let bytes = fs::read(file).map_err(|error| Trouble::unreadable(file, error))?;
        match (Sidecar::parse(&sidecar), RawRequest::parse(&bytes)) {
            (Ok(Sidecar { skip: Some(reason), .. }), _) => row.why = Some(reason),
            (Ok(sidecar), Ok(raw)) => judge(&mut row, &sidecar, &raw).await?,
            (Err(error), _) => (row.result, row.why) = (DIFFERS, Some(format!("the sidecar cannot be read: {error}"))),
            (_, Err(error)) => (row.result, row.why) = (DIFFERS, Some(format!("the request cannot be read: {error}"))),
        }
        Ok(Some(row))
    }

    fn tell(&self, rows: &[Row]) {
        let total = |result: &str| rows.iter().filter(|row| row.result == result).count();
        let (same, differs, skipped) = (total(SAME), total(DIFFERS), total(SKIPPED));
        if self.json {
            rows.iter().for_each(output::print_json);
            output::print_json(
                &serde_json::json!({ "total": rows.len(), "ok": same, "differs": differs, "skipped": skipped }),
            );
            return;
        }
        let mut table = Table::new(["", "request", "answer", "sent again", ""]);
        let mut missing = std::collections::BTreeMap::<&str, usize>::new();
        for row in rows {
            if row.result == SKIPPED && !DOORS.contains(&row.door.as_str()) {
                *missing.entry(&row.door).or_default() += 1;
                continue;
            }
            let text = |text: &Option<String>| text.clone().unwrap_or_default();
            table.row([row.result.to_owned(), row.name.clone(), text(&row.seen), text(&row.replayed), text(&row.why)]);
        }
        if missing.values().sum::<usize>() < rows.len() {
            output::print(&table.text(""));
            say!();
        }
        for (door, number) in missing {
            say!("skipped  {number} for {door}: there is no such door yet");
        }
        say!("{}: {same} ok, {differs} differ, {skipped} skipped", count(rows.len() as u64, "request"));
    }
}

async fn judge(row: &mut Row, sidecar: &Sidecar, raw: &RawRequest) -> Result<(), Trouble> {
    let stage = Stage::set(sidecar)?;
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
    match expect {
        Expect::Accepted if !seen.admitted => differences.push("should be accepted".to_owned()),
        Expect::Accepted => {}
        Expect::Refused(_) if seen.admitted => differences.push("should be refused".to_owned()),
        Expect::Refused(refused) => {
            if seen.status != refused.status {
                differences.push(format!("status should be {}", refused.status));
            }
            if !refused.allows(&seen.code) {
                differences.push(format!("code should be {:?}", refused.code));
            }
            if let Some(part) = refused.message_contains.as_deref().filter(|part| !seen.message.contains(part)) {
                differences.push(format!("the message should contain \"{part}\""));
            }
        }
    }
    differences
}

/// Every .http file with a .json beside it, in order.
fn find(place: &Path, files: &mut Vec<PathBuf>) -> std::io::Result<()> {
    if !fs::metadata(place)?.is_dir() {
        files.push(place.to_owned());
        return Ok(());
    }
    let mut entries: Vec<_> =
        fs::read_dir(place)?.map(|entry| entry.map(|entry| entry.path())).collect::<Result<_, _>>()?;
    entries.sort();
    for path in entries {
        if path.is_dir() {
            find(&path, files)?;
        } else if path.extension().is_some_and(|end| end == "http") && path.with_extension("json").exists() {
            files.push(path);
        }
    }
    Ok(())
}

/// The folder and the file's name, which is how vectors are called.
fn name(file: &Path) -> String {
    let folder = file.parent().and_then(Path::file_name).map(|folder| format!("{}/", folder.to_string_lossy()));
    format!("{}{}", folder.unwrap_or_default(), file.file_stem().unwrap_or_default().to_string_lossy())
}

//! `shiming face`: two photos compared at the terminal.

use std::path::{Path, PathBuf};

use clap::{Args, Subcommand};
use serde_json::{Value, json};
use shiming_face::{Engine, FaceError, Looked, Match, Quality, Report, annotated};

use super::{
    Place,
    terms::{keep_apart, read_input},
};
use crate::{
    faces,
    output::{self, Table, say},
    trouble::{Exit, Outcome, Trouble},
};

/// The engine that compares portraits, tried out on photos
#[derive(Debug, Args)]
pub(super) struct Face {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    Compare(Compare),
}

impl Face {
    pub(super) fn run(self) -> Outcome {
        match self.command {
            Command::Compare(command) => command.run(),
        }
    }
}

/// Compare the faces in two photos; exit code 1 when they do not pass as one person's
///
/// Nothing is looked up, and nothing is kept: neither in the registry nor in the ledger.
#[derive(Debug, Args)]
struct Compare {
    /// A photo, JPEG or PNG
    one: PathBuf,
    /// The other
    other: PathBuf,
    /// Write both photos here as a PNG, with the boxes and landmarks of every face: the face that counts is green
    #[arg(long, value_name = "FILE")]
    annotate: Option<PathBuf>,
    /// As one line of JSON
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    place: Place,
}

/// The largest photo.
const LARGEST: u64 = 16 << 20;

/// A photo and what the engine makes of it.
struct Photo<'a> {
    path: &'a Path,
    looked: Result<Looked, FaceError>,
    report: Result<Report, FaceError>,
}

impl<'a> Photo<'a> {
    fn read(engine: &Engine, path: &'a Path) -> Result<Self, Trouble> {
        let bytes = read_input(path, LARGEST)?;
        Ok(Self { path, looked: engine.look(&bytes), report: engine.analyse(&bytes) })
    }

    fn as_json(&self) -> Value {
        let faces = self.looked.as_ref().map_or(0, |looked| looked.faces.len());
        match &self.report {
            Err(error) => json!({ "file": self.path, "faces": faces, "refused": error.word() }),
            Ok(report) => {
                let bbox = report.face.bbox;
                json!({
                    "file": self.path,
                    "faces": faces,
                    "face": {
                        "score": report.face.score,
                        "box": [bbox.x, bbox.y, bbox.width, bbox.height],
                        "landmarks": report.face.landmarks.map(|point| [point.x, point.y]),
                    },
                    "quality": values(&report.quality).into_iter().collect::<serde_json::Map<_, _>>(),
                    "warnings": report.quality.warnings,
                    "live": report.live,
                })
            }
        }
    }

    fn as_text(&self) -> String {
        let path = self.path.display();
        match &self.report {
            Err(error) => format!("{path}\n  refused: {error}\n"),
            Ok(report) => {
                let mut table = Table::plain().right(1);
                for (name, value) in values(&report.quality) {
                    let noted = if report.quality.warnings.contains(&name.as_str()) { "noted" } else { "" };
                    table.row([name, format!("{:.2}", value.as_f64().unwrap_or_default()), noted.to_owned()]);
                }
                if let Some(live) = report.live {
                    table.row(["live".to_owned(), format!("{live:.2}"), String::new()]);
                }
                format!("{path}\n{}", table.text("  "))
            }
        }
    }
}

fn values(of: &Quality) -> Vec<(String, Value)> {
    let values = [
        ("iod", of.iod),
        ("inside", of.inside),
        ("luma_mean", of.luma_mean),
        ("bright_frac", of.bright_frac),
        ("dark_frac", of.dark_frac),
        ("luma_std", of.luma_std),
        ("lap_var", of.lap_var),
        ("yaw_t", of.yaw_t),
        ("pitch_v", of.pitch_v),
        ("roll_deg", of.roll_deg),
    ];
    values.into_iter().map(|(name, value)| (name.to_owned(), json!(value))).collect()
}

impl Compare {
    fn run(self) -> Outcome {
        if let Some(written) = &self.annotate {
            [&self.one, &self.other].into_iter().try_for_each(|photo| keep_apart(photo, written))?;
        }
        let config = self.place.config()?;
        let engine = faces::engine(&config.face)?.ok_or_else(faces::no_folder)?;
        let photos = [Photo::read(&engine, &self.one)?, Photo::read(&engine, &self.other)?];
        if let Some(path) = &self.annotate {
            annotate(&photos, path)?;
        }
        let [one, other] = photos.each_ref().map(|photo| photo.report.as_ref().ok());
        let found = one.zip(other).and_then(|(one, other)| engine.compare(&one.embedding, &other.embedding).ok());
        self.tell(&engine, &photos, found);
        Ok(if found.is_some_and(|found| found.pass) { Exit::Fine } else { Exit::No })
    }

    fn tell(&self, engine: &Engine, photos: &[Photo<'_>; 2], found: Option<Match>) {
        let pass_score = engine.settings().pass_score;
        if self.json {
            return output::print_json(&json!({
                "same": found.map(|found| found.pass),
                "score": found.map(|found| found.score),
                "cosine": found.map(|found| found.cosine),
                "pass_score": pass_score,
                "model": engine.model(),
                "photos": photos.each_ref().map(Photo::as_json),
            }));
        }
        let result = match found {
            None => "not compared".to_owned(),
            Some(Match { cosine, score, pass }) => {
                let word = if pass { "one person" } else { "not one person" };
                format!("{word}: score {score:.2}, {pass_score} is needed (cosine {cosine:.4}, {})", engine.model())
            }
        };
        let [one, other] = photos.each_ref().map(Photo::as_text);
        say!("{one}{other}{result}");
    }
}

fn annotate(photos: &[Photo<'_>], path: &Path) -> Result<(), Trouble> {
    let looked: Vec<&Looked> = photos.iter().filter_map(|photo| photo.looked.as_ref().ok()).collect();
    let png = annotated(&looked).ok_or_else(|| Trouble::usage("neither photo can be read: nothing can be drawn"))?;
    std::fs::write(path, png).map_err(|error| Trouble::unwritable(path, error))
}

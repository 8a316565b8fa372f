//! The face engine: a photo's way by step, in both inference engines, against Python's OpenCV and the two networks run bare
//! by Python's onnxruntime, with the same files.
//!
//! Everything works on one thread and is counted in processor time. All of them take turns, round by round, so that they
//! meet the same noise; ratios are made within a round.

use std::{
    collections::BTreeMap,
    hint::black_box,
    io::{BufRead, BufReader, Write},
    path::{Path, PathBuf},
    process::{Child, ChildStdin, ChildStdout, Command, Stdio},
};

use rustix::time::{ClockId, clock_gettime};
use shiming_face::{Embedding, Engine, Face, Inference, Settings, align, detect::Point, picture::Picture};

use crate::{call::median, program::Resident};

type Outcome<T> = Result<T, Box<dyn std::error::Error>>;

#[derive(clap::Args)]
pub(crate) struct Arguments {
    /// The folder of models.
    #[arg(long, env = "SHIMING_MODELS")]
    models: PathBuf,
    /// The folder of photos, with their manifest.json.
    #[arg(long, env = "SHIMING_FACES")]
    photos: PathBuf,
    /// The library of onnxruntime; without it rten alone is measured.
    #[arg(long, env = "SHIMING_ONNXRUNTIME")]
    onnxruntime: Option<PathBuf>,
    /// A Python with opencv-python-headless, onnxruntime and numpy; without it nothing is compared.
    #[arg(long)]
    python: Option<PathBuf>,
    /// Rounds: all take turns.
    #[arg(long, default_value_t = 15)]
    rounds: usize,
}

#[derive(clap::Args)]
pub(crate) struct Memory {
    #[arg(long)]
    models: PathBuf,
    #[arg(long)]
    onnxruntime: Option<PathBuf>,
    photos: Vec<PathBuf>,
}

/// Seconds of processor time for all photos, by step.
type Round = BTreeMap<String, f64>;

const STEPS: [&str; 5] = ["decode", "detect", "align", "embed", "whole"];

pub(crate) fn run(arguments: &Arguments) -> Outcome<()> {
    let photos = portraits(&arguments.photos)?;
    let contents = photos.iter().map(std::fs::read).collect::<Result<Vec<_>, _>>()?;
    let mut engines = vec![Ours::open("rten", Inference::Rten, &arguments.models)?];
    if let Some(library) = &arguments.onnxruntime {
        engines.push(Ours::open("onnxruntime", Inference::Onnxruntime(library.clone()), &arguments.models)?);
    }
    let mut python = match &arguments.python {
        Some(program) => Some(Python::start(program, &arguments.models, &photos)?),
        None => None,
    };
    if let Some(python) = &python {
        python.compare(&engines, &contents)?;
    }
    let mut ours: Vec<Vec<Round>> = vec![Vec::new(); engines.len()];
    let mut theirs = Vec::new();
    for _ in 0..arguments.rounds {
        for (engine, rounds) in engines.iter().zip(&mut ours) {
            rounds.push(engine.round(&contents)?);
        }
        if let Some(python) = &mut python {
            theirs.push(python.round()?);
        }
    }
    println!(
        "\nmilliseconds of one core for a photo, medians of {} rounds over {} photos",
        arguments.rounds,
        photos.len()
    );
    table(&engines, &ours, &theirs, photos.len());
    if theirs.is_empty() {
        println!("compared with nothing: --python names no Python with opencv-python-headless, onnxruntime and numpy");
    } else {
        ratios(&engines, &ours, &theirs);
    }
    for engine in &engines {
        engine.print_memory(&arguments.models, &photos)?;
    }
    Ok(())
}

/// The photos of one person each.
fn portraits(folder: &Path) -> Outcome<Vec<PathBuf>> {
    let manifest: serde_json::Value = serde_json::from_slice(&std::fs::read(folder.join("manifest.json"))?)?;
    let images = manifest["images"].as_array().ok_or("manifest.json lists no images")?;
    let portraits = images.iter().filter(|image| image["kind"] == "portrait");
    Ok(portraits.filter_map(|image| image["file"].as_str()).map(|file| folder.join(file)).collect())
}

fn table(engines: &[Ours], ours: &[Vec<Round>], theirs: &[Round], photos: usize) {
    print!("{:<16}", "");
    for engine in engines {
        print!("{:>14}", engine.name);
    }
    println!("{:>16}", if theirs.is_empty() { "" } else { "Python's OpenCV" });
    let of = |rounds: &[Round], step: &str| {
        let seconds = median(rounds.iter().filter_map(|round| round.get(step).copied()).collect());
        format!("{:.2}", seconds * 1000.0 / photos as f64)
    };
    for step in STEPS {
        print!("{step:<16}");
        for rounds in ours {
            print!("{:>14}", of(rounds, step));
        }
        println!("{:>16}", if theirs.is_empty() { String::new() } else { of(theirs, step) });
    }
    if !theirs.is_empty() {
        println!(
            "onnxruntime in Python, bare: detector {}, embedder {}",
            of(theirs, "bare detector"),
            of(theirs, "bare embedder")
        );
    }
}

fn ratios(engines: &[Ours], ours: &[Vec<Round>], theirs: &[Round]) {
    let get = |round: &Round, step: &str| round.get(step).copied().unwrap_or(f64::NAN);
    for (engine, rounds) in engines.iter().zip(ours) {
        let pairs = || rounds.iter().zip(theirs);
        let name = engine.name;
        for step in STEPS {
            let ratio = median(pairs().map(|(own, other)| get(own, step) / get(other, step)).collect());
            let reach = if (name, step) == ("rten", "whole") { " (to reach: at most 1.2)" } else { "" };
            println!("{name}, {step}, against OpenCV: median {ratio:.2}{reach}");
        }
        let bare = |(own, other): (&Round, &Round)| {
            get(own, "whole") / (get(own, "decode") + get(other, "bare detector") + get(other, "bare embedder"))
        };
        let reach = if name == "onnxruntime" { " (to reach: at most 1.15)" } else { "" };
        let ratio = median(pairs().map(bare).collect());
        println!("{name}, whole, against decoding and onnxruntime's bare networks: median {ratio:.2}{reach}");
    }
}

/// Where the default embedder's crop has the landmarks (the list of models, reid0095).
const TEMPLATE: [Point; 5] = [
    Point { x: 40.3928, y: 59.081_49 },
    Point { x: 87.375_73, y: 59.081_49 },
    Point { x: 64.0336, y: 81.984_69 },
    Point { x: 44.7324, y: 105.560_57 },
    Point { x: 83.639_87, y: 105.560_57 },
];
const CROP: usize = 128;

/// Our engine on one of its inference engines.
struct Ours {
    name: &'static str,
    inference: Inference,
    engine: Engine,
}

impl Ours {
    fn open(name: &'static str, inference: Inference, models: &Path) -> Outcome<Self> {
        let settings = Settings { inference: inference.clone(), ..Settings::default() };
        Ok(Self { name, inference, engine: Engine::open(models, settings)? })
    }

    /// Each step by itself for all photos, then the whole way; quality, which the others do not judge, is in it.
    fn round(&self, photos: &[Vec<u8>]) -> Outcome<Round> {
        let mut round = Round::new();
        let pictures = timed(&mut round, "decode", photos, |photo| Picture::read(photo, self.engine.settings()))?;
        let faces = timed(&mut round, "detect", &pictures, |picture| self.engine.find(picture))?;
        let both: Vec<(&Picture, &Face)> =
            pictures.iter().zip(&faces).filter_map(|(picture, faces)| Some((picture, faces.first()?))).collect();
        timed(&mut round, "align", &both, |(picture, face)| {
            align::crop(picture, &face.landmarks, &TEMPLATE, CROP).ok_or("no crop")
        })?;
        timed(&mut round, "embed", &both, |(picture, face)| self.engine.embed(picture, face))?;
        timed(&mut round, "whole", photos, |photo| self.engine.analyse(photo))?;
        // A face is brought into its place when it is described.
        let align = round.get("align").copied().unwrap_or_default();
        round.entry("embed".to_owned()).and_modify(|seconds| *seconds -= align);
        Ok(round)
    }

    fn print_memory(&self, models: &Path, photos: &[PathBuf]) -> Outcome<()> {
        let mut command = Command::new(std::env::current_exe()?);
        command.arg("faces-memory").arg("--models").arg(models).args(photos);
        if let Inference::Onnxruntime(library) = &self.inference {
            command.arg("--onnxruntime").arg(library);
        }
        let told = command.output()?;
        let reach = if self.name == "rten" { " (to reach: under 60 MB)" } else { "" };
        println!("{}, a process of its own: {}{reach}", self.name, String::from_utf8_lossy(&told.stdout).trim());
        Ok(())
    }
}

/// Does the work for every input, and notes what processor time all of it took.
fn timed<I, O, E>(round: &mut Round, step: &str, inputs: &[I], work: impl Fn(&I) -> Result<O, E>) -> Outcome<Vec<O>>
where
    E: Into<Box<dyn std::error::Error>>,
{
    let start = processor_seconds();
    let outputs: Result<Vec<O>, E> = inputs.iter().map(|input| black_box(work(black_box(input)))).collect();
    round.insert(step.to_owned(), processor_seconds() - start);
    outputs.map_err(Into::into)
}

/// Of all threads of this process: rten works on one of its own.
fn processor_seconds() -> f64 {
    let now = clock_gettime(ClockId::ProcessCPUTime);
    now.tv_sec as f64 + now.tv_nsec as f64 / 1e9
}

/// `bench/faces.py`, which answers one round at a time.
struct Python {
    child: Child,
    asks: ChildStdin,
    answers: BufReader<ChildStdout>,
    embeddings: Vec<Vec<f32>>,
}

impl Python {
    fn start(program: &Path, models: &Path, photos: &[PathBuf]) -> Outcome<Self> {
        let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("faces.py");
        let mut child = Command::new(program)
            .arg(script)
            .arg(models)
            .args(photos)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()?;
        let asks = child.stdin.take().ok_or("no standard input")?;
        let answers = BufReader::new(child.stdout.take().ok_or("no standard output")?);
        let mut python = Self { child, asks, answers, embeddings: Vec::new() };
        let ready = python.line().map_err(|error| {
            format!(
                "{} bench/faces.py: {error}; it needs opencv-python-headless, onnxruntime and numpy",
                program.display()
            )
        })?;
        println!("OpenCV {}, onnxruntime {}", ready["versions"]["opencv"], ready["versions"]["onnxruntime"]);
        python.embeddings = serde_json::from_value(ready["embeddings"].clone())?;
        Ok(python)
    }

    fn line(&mut self) -> Outcome<serde_json::Value> {
        let mut line = String::new();
        if self.answers.read_line(&mut line)? == 0 {
            return Err("it ended".into());
        }
        Ok(serde_json::from_str(&line)?)
    }

    fn round(&mut self) -> Outcome<Round> {
        writeln!(self.asks, "round")?;
        Ok(serde_json::from_value(self.line()?)?)
    }

    /// Whether both compute the same: else there is nothing to compare.
    fn compare(&self, engines: &[Ours], photos: &[Vec<u8>]) -> Outcome<()> {
        for Ours { name, engine, .. } in engines {
            let mut cosines = Vec::new();
            for (photo, theirs) in photos.iter().zip(&self.embeddings) {
                let report = engine.analyse(photo)?;
                cosines.push(cosine(&report.embedding, theirs));
            }
            let least = cosines.iter().copied().fold(f64::INFINITY, f64::min);
            println!("{name} and OpenCV describe the same faces: least cosine {least:.4}");
        }
        Ok(())
    }
}

impl Drop for Python {
    fn drop(&mut self) {
        // It ends by itself when nobody can ask any more; either way it is gone afterwards.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn cosine(ours: &Embedding, theirs: &[f32]) -> f64 {
    ours.values().iter().zip(theirs).map(|(one, other)| f64::from(*one) * f64::from(*other)).sum()
}

/// Opens an engine, lets one worker look at the photos a few times, and tells what memory that takes.
pub(crate) fn memory(arguments: &Memory) -> Outcome<()> {
    let inference = arguments.onnxruntime.clone().map_or(Inference::Rten, Inference::Onnxruntime);
    let before = Resident::of("self")?.now;
    let engine = Engine::open(&arguments.models, Settings { inference, ..Settings::default() })?;
    let opened = Resident::of("self")?.now;
    std::thread::scope(|scope| {
        let worker = scope.spawn(|| -> Result<(), String> {
            for photo in arguments.photos.iter().cycle().take(arguments.photos.len() * 3) {
                let photo = std::fs::read(photo).map_err(|error| error.to_string())?;
                engine.analyse(&photo).map_err(|error| error.to_string())?;
            }
            Ok(())
        });
        worker.join().map_err(|_| "the worker broke off")?
    })?;
    let Resident { now, peak } = Resident::of("self")?;
    let [before, opened, now, peak] = [before, opened, now, peak].map(|kib| kib as f64 * 1024.0 / 1e6);
    println!("{opened:.1} MB with the models ({before:.1} without), {now:.1} MB with one worker, peak {peak:.1} MB");
    Ok(())
}

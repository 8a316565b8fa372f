//! Starting programs and ending them.

use std::{
    io::{BufRead, BufReader},
    net::SocketAddr,
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    time::Duration,
};

use crate::requests::{Signer, body};

/// A program that runs until this is dropped.
pub(crate) struct Running(Child);

impl Running {
    /// Starts it; gives back the first line that it prints.
    pub(crate) fn start(command: &mut Command) -> Result<(Self, String), Box<dyn std::error::Error>> {
        let mut child = command.stdin(Stdio::null()).stdout(Stdio::piped()).spawn()?;
        let stdout = child.stdout.take().ok_or("no standard output")?;
        let running = Self(child);
        let mut line = String::new();
        BufReader::new(stdout).read_line(&mut line)?;
        if line.is_empty() {
            return Err("the program ended before it was ready".into());
        }
        Ok((running, line))
    }

    /// Processor time that it has used, in microseconds: a figure that other programs on the machine disturb less.
    pub(crate) fn cpu_micros(&self) -> Result<f64, Box<dyn std::error::Error>> {
        cpu_micros(&self.0.id().to_string())
    }

    /// Resident memory in MiB, its peak and now.
    pub(crate) fn memory(&self) -> Result<(u64, u64), Box<dyn std::error::Error>> {
        let Resident { peak, now } = Resident::of(&self.0.id().to_string())?;
        Ok((peak / 1024, now / 1024))
    }
}

/// Resident memory of a process, in KiB.
pub(crate) struct Resident {
    /// The most that it has been.
    pub(crate) peak: u64,
    /// At present.
    pub(crate) now: u64,
}

impl Resident {
    /// As proc(5) has it, for a process by its number or for `self`.
    pub(crate) fn of(process: &str) -> Result<Self, Box<dyn std::error::Error>> {
        let status = std::fs::read_to_string(format!("/proc/{process}/status"))?;
        let kib = |name: &str| -> Result<u64, Box<dyn std::error::Error>> {
            let line = status.lines().find_map(|line| line.strip_prefix(name)).ok_or("no such line")?;
            Ok(line.trim().trim_end_matches(" kB").parse()?)
        };
        Ok(Self { peak: kib("VmHWM:")?, now: kib("VmRSS:")? })
    }
}

/// Processor time that a process has used, in microseconds.
fn cpu_micros(process: &str) -> Result<f64, Box<dyn std::error::Error>> {
    let stat = std::fs::read_to_string(format!("/proc/{process}/stat"))?;
    let after_name = stat.rsplit_once(')').map_or("", |(_, rest)| rest);
    let ticks = |at: usize| after_name.split_whitespace().nth(at).and_then(|ticks| ticks.parse::<f64>().ok());
    // Fields 14 and 15 of proc(5), in hundredths of a second.
    Ok((ticks(11).unwrap_or(0.0) + ticks(12).unwrap_or(0.0)) * 10_000.0)
}

/// Processor time that `work` takes, in microseconds, while every core is at it: what a server is compared with that keeps
/// them all busy, for cores share more than one would think.
pub(crate) fn on_all_cores(times: usize, work: impl Fn(usize) + Sync) -> Result<f64, Box<dyn std::error::Error>> {
    let cores = std::thread::available_parallelism()?.get();
    let before = cpu_micros("self")?;
    std::thread::scope(|scope| {
        for _ in 0..cores {
            scope.spawn(|| (0..times).for_each(&work));
        }
    });
    Ok((cpu_micros("self")? - before) / (times * cores) as f64)
}

impl Drop for Running {
    fn drop(&mut self) {
        // It may have ended by itself; either way it is gone afterwards.
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// Which store a demo starts on.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Store {
    /// One that it makes.
    New,
    /// The one that is there.
    Kept,
}

/// `shiming demo` with a scratch store.
pub(crate) struct Demo {
    /// The process.
    pub(crate) running: Running,
    /// The doors' address.
    pub(crate) door: SocketAddr,
    /// The first caller.
    pub(crate) signer: Signer,
    /// Somebody who matches: the body of a `personalAuth` call.
    pub(crate) body: String,
    /// The same person's name and number.
    pub(crate) person: (String, String),
    /// The first app at Alipay's doors, as the demo tells of it.
    pub(crate) app: serde_json::Value,
    /// The first caller at Alibaba Cloud's door, and at Volcengine's.
    pub(crate) aliyun: serde_json::Value,
    pub(crate) volcengine: serde_json::Value,
}

impl Demo {
    /// Starts it on a store that it makes, or on the one that an earlier demo left.
    pub(crate) fn start(program: &Path, data: &Path, store: Store) -> Result<Self, Box<dyn std::error::Error>> {
        let mut command = Command::new(program);
        command.args(["demo", "--json", "--listen", "127.0.0.1:0", "--operator", "127.0.0.1:0", "--data"]).arg(data);
        // Every photo that no engine is there for would be a line of warning.
        command.env("SHIMING_LOG_LEVEL", "error");
        if store == Store::Kept {
            command.arg("--keep");
        }
        let (running, line) = Running::start(&mut command)?;
        let ready: serde_json::Value = serde_json::from_str(&line)?;
        let text = |value: &serde_json::Value| value.as_str().unwrap_or_default().to_owned();
        let list = |name: &str| ready[name].as_array().cloned().unwrap_or_default();
        let first = |door: &str| list("callers").into_iter().find(|caller| caller["door"] == door);
        let caller = first("jdcloud").ok_or("no caller")?;
        let person = list("people").into_iter().find(|person| person["case"] == "match").ok_or("nobody matches")?;
        Ok(Self {
            running,
            door: text(&ready["door"]).trim_start_matches("http://").parse()?,
            signer: Signer { access_key: text(&caller["access_key"]), secret: text(&caller["secret_key"]) },
            body: body(&text(&person["name"]), &text(&person["id_number"])),
            person: (text(&person["name"]), text(&person["id_number"])),
            app: first("alipay").unwrap_or_default(),
            aliyun: first("aliyun").unwrap_or_default(),
            volcengine: first("volcengine").unwrap_or_default(),
        })
    }
}

/// `shiming serve` on a store that is there.
pub(crate) struct Served {
    /// The process.
    _running: Running,
    /// The doors' address.
    pub(crate) door: SocketAddr,
}

impl Served {
    /// Starts it, with the store's master key.
    pub(crate) fn start(program: &Path, data: &Path, master_key: &str) -> Result<Self, Box<dyn std::error::Error>> {
        let mut command = Command::new(program);
        command.args(["serve", "--listen", "127.0.0.1:0", "--operator", "127.0.0.1:0", "--data"]).arg(data);
        command.env("SHIMING_MASTER_KEY", master_key).env("SHIMING_LOG_LEVEL", "warn");
        let running = Running(command.stdin(Stdio::null()).spawn()?);
        for _ in 0..200 {
            std::thread::sleep(Duration::from_millis(50));
            let Ok(told) = std::fs::read(data.join("running.json")) else { continue };
            let told: serde_json::Value = serde_json::from_slice(&told)?;
            if told["pid"] == running.0.id() {
                let door = told["door"].as_str().unwrap_or_default().trim_start_matches("http://").parse()?;
                return Ok(Self { _running: running, door });
            }
        }
        Err("the program was not ready within ten seconds".into())
    }
}

/// The program that was built beside this one.
pub(crate) fn beside() -> Result<PathBuf, Box<dyn std::error::Error>> {
    let program = std::env::current_exe()?.with_file_name("shiming");
    if program.exists() { Ok(program) } else { Err("build it first: cargo build --release --workspace".into()) }
}

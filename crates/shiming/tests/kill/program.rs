//! The program in a directory of its own, and a server that can be killed.

use std::{
    fs::File,
    io::Write as _,
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    time::{Duration, Instant},
};

use serde_json::Value;
use tempfile::TempDir;

/// Long enough for the slowest machine; only a failure waits so long.
pub(crate) const PATIENCE: Duration = Duration::from_mins(2);

/// A scratch directory.
pub(crate) struct Home(TempDir);

impl Home {
    pub(crate) fn new() -> Self {
        Self(tempfile::tempdir().unwrap())
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    pub(crate) fn write(&self, name: &str, bytes: impl AsRef<[u8]>) {
        std::fs::write(self.path(name), bytes).unwrap();
    }

    /// The program, without this machine's settings.
    pub(crate) fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_shiming"));
        command.args(arguments).current_dir(self.0.path()).stdin(Stdio::null());
        for (name, _) in std::env::vars_os().filter(|(name, _)| name.to_string_lossy().starts_with("SHIMING_")) {
            command.env_remove(name);
        }
        command
    }

    /// Runs it to its end, which must have this exit code; what it printed.
    pub(crate) fn run(&self, arguments: &[&str], code: i32) -> String {
        self.run_with(arguments, "", code)
    }

    /// The same with something on standard input.
    pub(crate) fn run_with(&self, arguments: &[&str], input: &str, code: i32) -> String {
        let mut command = self.command(arguments);
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = command.spawn().unwrap();
        child.stdin.take().unwrap().write_all(input.as_bytes()).unwrap();
        let output = child.wait_with_output().unwrap();
        let (out, err) = (String::from_utf8(output.stdout).unwrap(), String::from_utf8(output.stderr).unwrap());
        assert_eq!(output.status.code(), Some(code), "{arguments:?}: {out}{err}");
        out
    }
}

/// A server on the directory's `data`.
pub(crate) struct Server {
    child: Child,
    log: PathBuf,
}

impl Server {
    /// Starts one; it need not be ready yet.
    pub(crate) fn start(home: &Home) -> Self {
        Self::start_with(home, &[])
    }

    /// The same with settings.
    pub(crate) fn start_with(home: &Home, settings: &[(&str, &str)]) -> Self {
        let log = home.path("log");
        let arguments = ["serve", "--data", "data", "--listen", "127.0.0.1:0", "--operator", "127.0.0.1:0"];
        let mut command = home.command(&arguments);
        command
            .env("SHIMING_LOG_LEVEL", "warn")
            .envs(settings.iter().copied())
            .stdout(Stdio::null())
            .stderr(File::create(&log).unwrap());
        Self { child: command.spawn().unwrap(), log }
    }

    /// Waits until it is ready; `host:port` of its doors.
    pub(crate) fn ready(&mut self, home: &Home) -> String {
        let (mut door, pid) = (None, self.child.id());
        self.until("it is ready", || {
            door = told(&home.path("data/running.json"), pid);
            door.is_some()
        });
        door.unwrap_or_default()
    }

    /// Waits until something holds, for as long as it lives.
    pub(crate) fn until(&mut self, what: &str, mut holds: impl FnMut() -> bool) {
        let began = Instant::now();
        loop {
            if holds() {
                return;
            }
            let ended = self.child.try_wait().unwrap();
            let log = || std::fs::read_to_string(&self.log).unwrap_or_default();
            assert!(ended.is_none(), "the server ended before {what}: {ended:?} {}", log());
            assert!(began.elapsed() < PATIENCE, "waited in vain until {what}: {}", log());
            std::thread::sleep(Duration::from_millis(1));
        }
    }

    /// Kills it, and waits until it is gone.
    pub(crate) fn kill(mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// The doors' address that the process has left word of. The word of one that was killed is still there.
fn told(path: &Path, pid: u32) -> Option<String> {
    let told: Value = serde_json::from_slice(&std::fs::read(path).ok()?).ok()?;
    let door = told["door"].as_str()?.strip_prefix("http://")?;
    (told["pid"] == pid).then(|| door.to_owned())
}

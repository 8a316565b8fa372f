//! The data directory: what lies in it, and how its store is opened.

use std::{
    fmt::Write as _,
    fs,
    io::{self, Write as _},
    os::unix::fs::{MetadataExt, OpenOptionsExt, fchown},
    path::{Path, PathBuf},
    process::{Command, Stdio},
    sync::Arc,
};

use secrecy::{ExposeSecret, SecretString};
use serde::{Deserialize, Serialize};
use shiming_store::{KeyError, MasterKeys, Options, Store, StoreError};

use crate::{clock::SystemClock, config::Config, trouble::Trouble};

/// The variable that may hold the master keys themselves.
pub(crate) const KEY_VARIABLE: &str = "SHIMING_MASTER_KEY";

/// What to do where there is no store yet.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Absent {
    /// Make one: the command is the beginning of an installation.
    Make,
    /// Say so: the command can only work with what is there.
    Refuse,
}

/// Where the master keys come from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum KeySource {
    /// The environment.
    Variable,
    /// A command's output.
    Command(String),
    /// A file.
    File(PathBuf),
}

/// Opens the store of a configuration.
pub(crate) fn open(config: &Config, absent: Absent) -> Result<Store, Trouble> {
    let data = config.data();
    let options = || Options::new(Arc::new(SystemClock::new(&config.clock)), Arc::new(random));
    let there = Store::exists(data).map_err(|error| store_trouble(data, error))?;
    if there {
        return Store::open(data, &keys(config)?, options()).map_err(|error| store_trouble(data, error));
    }
    if let Some(trouble) = orphan(data) {
        return Err(trouble);
    }
    if absent == Absent::Refuse {
        return Err(store_trouble(data, StoreError::Missing(data.to_owned())));
    }
    make_dir(data)?;
    if let KeySource::File(path) = key_source(config)
        && !fs::metadata(&path).is_ok_and(|file| file.len() > 0)
    {
        let new = MasterKeys::generate(&random).map_err(|error| store_trouble(data, error))?;
        match new.write_new(&path) {
            Err(KeyError::File { source, .. }) if source.kind() == io::ErrorKind::AlreadyExists => {}
            written => written.map_err(key_trouble)?,
        }
    }
    let keys = keys(config)?;
    let made = match Store::create(data, &keys, options()) {
        // Another first start came at the same moment, and was quicker; with the key above too.
        Err(_) if Store::exists(data).unwrap_or(false) => Store::open(data, &keys, options()),
        made => made,
    };
    made.map_err(|error| store_trouble(data, error))
}

/// What is wrong where a registry is there without its keys; no others are made for it.
pub(crate) fn orphan(data: &Path) -> Option<Trouble> {
    let [own, registry] = Store::databases(data);
    let lacks = match (own.exists(), registry.exists()) {
        (_, false) => return None,
        (false, true) => "is missing",
        // A creation that was killed leaves both, and nobody on record.
        (true, true) => match Store::has_records(data) {
            Ok(true) => "has nothing in it",
            Ok(false) => return None,
            Err(error) => return Some(store_trouble(data, error)),
        },
    };
    let what = format!("{} {lacks}, and {} is there", own.display(), registry.display());
    Some(Trouble::broken(what).advice("put both databases back from one copy"))
}

/// Where the master keys come from: the environment, then the command, then the file.
pub(crate) fn key_source(config: &Config) -> KeySource {
    if std::env::var_os(KEY_VARIABLE).is_some_and(|value| !value.is_empty()) {
        return KeySource::Variable;
    }
    match (&config.master_key.command, &config.master_key.file) {
        (Some(command), _) => KeySource::Command(command.clone()),
        (None, Some(file)) => KeySource::File(file.clone()),
        (None, None) => KeySource::File(config.data().join("master.key")),
    }
}

/// The master keys.
pub(crate) fn keys(config: &Config) -> Result<MasterKeys, Trouble> {
    let source = key_source(config);
    let keys = match &source {
        KeySource::File(path) => MasterKeys::from_file(path),
        KeySource::Variable => MasterKeys::from_text(&std::env::var(KEY_VARIABLE).unwrap_or_default()),
        KeySource::Command(command) => MasterKeys::from_text(&output_of(command)?),
    };
    keys.map_err(key_trouble)
}

fn output_of(command: &str) -> Result<String, Trouble> {
    let trouble =
        || Trouble::broken("the command of [master_key] gave no key").advice("run it by hand and see what it prints");
    let output = Command::new("sh")
        .args(["-c", command])
        .stdin(Stdio::null())
        .stderr(Stdio::inherit())
        .output()
        .map_err(|error| trouble().because(error))?;
    if !output.status.success() {
        return Err(trouble().because(output.status.to_string()));
    }
    String::from_utf8(output.stdout).map_err(|_| trouble().because("its output is not text"))
}

/// What a master key's trouble means to the operator.
pub(crate) fn key_trouble(error: KeyError) -> Trouble {
    let advice = match &error {
        KeyError::File { what, source, .. } => match source.kind() {
            io::ErrorKind::NotFound if *what == "read" => {
                "put the key file back from its copy: without it nothing in the store can be opened"
            }
            io::ErrorKind::NotFound | io::ErrorKind::NotADirectory | io::ErrorKind::IsADirectory => {
                "let [master_key] file name a file in a folder that is there"
            }
            io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => "make room where it lies",
            io::ErrorKind::ReadOnlyFilesystem => "let [master_key] file name a file where one can be written",
            _ => "look at the owner and mode of the file and of its folder",
        },
        KeyError::Unknown(_) | KeyError::Wrong(_) => "put the key of that name back from its copy",
        KeyError::Empty | KeyError::BadLine { .. } => "a line is a name, a blank and 64 hexadecimal digits",
        KeyError::Exposed { .. } => "chmod 600 the file",
        _ => "shiming doctor",
    };
    Trouble::broken("the master key cannot be used").because(error).advice(advice)
}

/// What a store's trouble means to the operator.
pub(crate) fn store_trouble(data: &Path, error: StoreError) -> Trouble {
    let place = data.display();
    match error {
        StoreError::Missing(_) => Trouble::usage(format!("there is no store in {place}"))
            .advice("name the right directory with --data, or make a store: `shiming serve` does on its first start"),
        StoreError::NoRegistry(_) => {
            let [own, registry] = Store::databases(data);
            Trouble::broken(format!("{} is missing, and {} is there", registry.display(), own.display())).advice(
                "put both databases back from one copy, or make an empty registry with `shiming registry init` and import again",
            )
        }
        StoreError::Key(error) => key_trouble(error),
        error => {
            let advice = match &error {
                StoreError::TooNew { .. } => "run the version that wrote it, or a later one".into(),
                StoreError::Foreign(_) => {
                    "name the right directory with --data, or put the file back from a copy".into()
                }
                error if error.is_read_only() => format!("let whoever runs this write {place} and the files in it"),
                error if error.is_full() => "make room".into(),
                error if error.is_damaged() => "put both databases back from one copy".into(),
                _ => format!("shiming doctor --data {place}"),
            };
            Trouble::broken(format!("the store in {place} cannot be used")).because(error).advice(advice)
        }
    }
}

/// Random bytes from the system.
pub(crate) fn random(bytes: &mut [u8]) -> io::Result<()> {
    getrandom::fill(bytes).map_err(io::Error::other)
}

/// So many random bytes in hexadecimal.
pub(crate) fn random_hex(bytes: usize) -> Result<String, Trouble> {
    let mut random_bytes = vec![0; bytes];
    random(&mut random_bytes).map_err(|error| Trouble::broken("the system gave no random bytes").because(error))?;
    Ok(hex(&random_bytes))
}

/// Bytes in lower-case hexadecimal.
pub(crate) fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::with_capacity(2 * bytes.len()), |mut text, byte| {
        let _ = write!(text, "{byte:02x}");
        text
    })
}

/// Makes the data directory, closed to others.
pub(crate) fn make_dir(data: &Path) -> Result<(), Trouble> {
    use std::os::unix::fs::DirBuilderExt;
    fs::DirBuilder::new().recursive(true).mode(0o700).create(data).map_err(|error| Trouble::unwritable(data, error))
}

/// Writes a file that only its owner may read, in place of one that may be there: its owner stays, so that what root changes
/// the server still reads.
pub(crate) fn write_private(path: &Path, bytes: &[u8]) -> Result<(), Trouble> {
    let beside = path.with_extension("new");
    let write = || {
        match fs::remove_file(&beside) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
            _ => {}
        }
        let mut file = fs::OpenOptions::new().write(true).create_new(true).mode(0o600).open(&beside)?;
        if let Ok(before) = fs::metadata(path)
            && before.uid() != file.metadata()?.uid()
        {
            fchown(&file, Some(before.uid()), Some(before.gid()))?;
        }
        file.write_all(bytes)?;
        file.sync_all()?;
        fs::rename(&beside, path)?;
        let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
        fs::File::open(folder)?.sync_all()
    };
    // Part of a secret is not left behind.
    write().inspect_err(|_| drop(fs::remove_file(&beside))).map_err(|error| Trouble::unwritable(path, error))
}

/// The operator's token of a data directory, made where there is none.
pub(crate) fn operator_token(data: &Path) -> Result<SecretString, Trouble> {
    if let Some(token) = read_token(data)? {
        return Ok(token);
    }
    let token = SecretString::from(random_hex(32)?);
    write_private(&token_path(data), format!("{}\n", token.expose_secret()).as_bytes())?;
    Ok(token)
}

/// The operator's token, if there is one.
pub(crate) fn read_token(data: &Path) -> Result<Option<SecretString>, Trouble> {
    let path = token_path(data);
    match fs::read_to_string(&path) {
        Ok(text) if text.trim().len() >= 32 => Ok(Some(SecretString::from(text.trim()))),
        Ok(_) => Ok(None),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(Trouble::unreadable(&path, error)),
    }
}

/// Where the operator's token lies.
pub(crate) fn token_path(data: &Path) -> PathBuf {
    data.join("operator.token")
}

/// A server that runs on a data directory; kept in `running.json` for as long as it does.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Running {
    /// Its process id.
    pub(crate) pid: u32,
    /// The doors' base address.
    pub(crate) door: String,
    /// The operator's base address.
    pub(crate) operator: String,
}

impl Running {
    /// Leaves word that this process serves the directory.
    pub(crate) fn announce(&self, data: &Path) -> Result<(), Trouble> {
        let text = serde_json::to_vec(self).map_err(|error| Trouble::broken("running.json").because(error))?;
        write_private(&Self::path(data), &text)
    }

    /// Takes the word back, if it is still this process's.
    pub(crate) fn withdraw(data: &Path) {
        if Self::read(data).is_some_and(|running| running.pid == std::process::id()) {
            // A file that stays behind is seen to be stale by its process id.
            let _ = fs::remove_file(Self::path(data));
        }
    }

    /// Who serves the directory, as far as the file says.
    pub(crate) fn read(data: &Path) -> Option<Self> {
        serde_json::from_slice(&fs::read(Self::path(data)).ok()?).ok()
    }

    /// Which other process serves the directory now. A file with this process's own id is what one before it left: in a
    /// container the first process is 1 after every start.
    pub(crate) fn other(data: &Path) -> Option<Self> {
        Self::read(data).filter(|running| running.pid != std::process::id() && running.is_alive())
    }

    /// Whether that process lives.
    pub(crate) fn is_alive(&self) -> bool {
        let pid = i32::try_from(self.pid).ok().and_then(rustix::process::Pid::from_raw);
        pid.is_some_and(|pid| match rustix::process::test_kill_process(pid) {
            Ok(()) => true,
            Err(error) => error == rustix::io::Errno::PERM,
        })
    }

    fn path(data: &Path) -> PathBuf {
        data.join("running.json")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_process_of_the_same_id_left_behind_is_no_server() {
        let dir = tempfile::tempdir().unwrap();
        for (pid, serves) in [(std::process::id(), false), (std::os::unix::process::parent_id(), true)] {
            Running { pid, door: String::new(), operator: String::new() }.announce(dir.path()).unwrap();
            assert_eq!(Running::other(dir.path()).is_some(), serves, "{pid}");
        }
    }

    #[test]
    fn a_private_file_keeps_its_owner_when_root_writes_it_anew() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("master.key");
        write_private(&path, b"before").unwrap();
        // Only root can give a file away; anybody else has but their own.
        let owner = if std::os::unix::fs::chown(&path, Some(65534), None).is_ok() {
            65534
        } else {
            fs::metadata(&path).unwrap().uid()
        };
        write_private(&path, b"after").unwrap();
        assert_eq!((fs::metadata(&path).unwrap().uid(), fs::read(&path).unwrap().as_slice()), (owner, &b"after"[..]));
    }

    #[test]
    fn what_is_advised_about_a_key_file_is_about_what_went_wrong() {
        for (what, kind, advice) in [
            ("read", io::ErrorKind::NotFound, "put the key file back"),
            ("read", io::ErrorKind::PermissionDenied, "look at the owner and mode"),
            ("write", io::ErrorKind::StorageFull, "make room"),
            ("write", io::ErrorKind::QuotaExceeded, "make room"),
            ("write", io::ErrorKind::NotFound, "a folder that is there"),
            ("write", io::ErrorKind::ReadOnlyFilesystem, "where one can be written"),
        ] {
            let trouble = key_trouble(KeyError::File { what, path: "master.key".into(), source: kind.into() });
            let text = trouble.to_string();
            let (_, told) = text.split_once("\n  try: ").unwrap();
            assert!(told.contains(advice), "{text}");
        }
    }
}

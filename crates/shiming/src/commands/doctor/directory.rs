//! The data directory: whether it is there, closed to others, open to whoever runs this, and whether there is room.

use std::{fs, io, os::unix::fs::PermissionsExt, path::Path};

use rustix::fs::Access;

use shiming_store::Store;

use super::Findings;
use crate::{config::Config, installation::token_path, output::thousands, trouble::Trouble};

/// Whether there can be a store in the data directory; `is_named` where somebody asked about that very one.
pub(super) fn look(config: &Config, is_named: bool, findings: &mut Findings) -> bool {
    let data = config.data();
    match fs::metadata(data) {
        Ok(metadata) if metadata.is_dir() => inside(data, &metadata, findings),
        Ok(_) => {
            let what = format!("{} is no folder", data.display());
            findings.bad("data", what, "name another with --data, or in [store] data");
        }
        Err(error) if error.kind() != io::ErrorKind::NotFound => {
            findings.trouble("data", &Trouble::unreadable(data, error));
        }
        // One that the settings name is made by the first start; nobody asks about one that is still to be made.
        Err(_) if is_named => {
            let what = format!("there is no folder {}", data.display());
            findings.bad("data", what, "name the right one; `shiming serve` makes a new one on its first start");
        }
        Err(_) => return true,
    }
    data.is_dir()
}

fn inside(data: &Path, metadata: &fs::Metadata, findings: &mut Findings) {
    if is_open(metadata) {
        let what = format!("{} is open to others: mode {:04o}", data.display(), metadata.permissions().mode() & 0o7777);
        findings.bad("data", what, format!("chmod 700 {}", data.display()));
    } else {
        findings.ok("data", format!("{}, closed to others", data.display()));
    }
    let files = Store::databases(data);
    for path in [data.to_owned()].iter().chain(files.iter().filter(|path| path.exists())) {
        if let Err(error) = rustix::fs::access(path, Access::WRITE_OK) {
            findings.bad(
                "data",
                format!("{} cannot be written: {}", path.display(), io::Error::from(error)),
                "look at its owner and mode: who runs this must be able to write it",
            );
        }
    }
    for path in [token_path(data)].iter().chain(&files) {
        if fs::metadata(path).is_ok_and(|file| is_open(&file)) {
            findings.bad(
                "data",
                format!("{} may be read by others", path.display()),
                format!("chmod 600 {}", path.display()),
            );
        }
    }
    if let Ok(disk) = rustix::fs::statvfs(data) {
        let free = disk.f_bavail.saturating_mul(disk.f_frsize) >> 20;
        let what = format!("{} MiB are free", thousands(free));
        match free {
            0..100 => findings.bad("disk", what, "make room: without it no decision can be made durable"),
            100..1024 => findings.look("disk", what, "make room soon"),
            _ => findings.ok("disk", what),
        }
    }
}

/// Whether others than the owner may do anything with it.
pub(super) fn is_open(file: &fs::Metadata) -> bool {
    file.permissions().mode() & 0o077 != 0
}

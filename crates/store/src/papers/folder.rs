//! The folder of sealed objects: whole files, or none.

use std::{
    fs::{self, DirEntry, File, OpenOptions},
    io::{ErrorKind, IoSlice, Write},
    path::{Path, PathBuf},
    time::UNIX_EPOCH,
};

use shiming_core::UnixTime;

use super::file;
use crate::{
    StoreError,
    error::damaged,
    seal::{HEAD_LEN, Sealed, TAG_LEN},
};

pub(crate) struct Folder {
    path: PathBuf,
}

/// What sealing adds to a file.
const ADDED: usize = HEAD_LEN + TAG_LEN;

impl Folder {
    pub(crate) fn new(path: PathBuf) -> Self {
        Self { path }
    }

    /// Writes an object so that it is there whole, over a power failure too, when this returns.
    pub(crate) fn write(&self, object: &str, sealed: &Sealed) -> Result<(), StoreError> {
        self.make()?;
        let path = self.path.join(object);
        if let Err(source) = write_durably(&path, sealed) {
            // Best effort: no row names it, so what stays a sweep removes.
            let _ = fs::remove_file(&path);
            return Err(file("write", &path, source));
        }
        sync(&self.path)
    }

    /// Reads an object that was made of `size` bytes.
    pub(crate) fn read(&self, object: &str, size: u64) -> Result<Vec<u8>, StoreError> {
        if !is_name(object) {
            return Err(damaged("paper", object, "its object's name is not one of ours"));
        }
        let path = self.path.join(object);
        let sealed = match fs::read(&path) {
            Ok(sealed) => sealed,
            Err(error) if error.kind() == ErrorKind::NotFound => {
                return Err(damaged(
                    "paper",
                    object,
                    "its object is missing: it was erased, or the folder not restored",
                ));
            }
            Err(source) => return Err(file("read", &path, source)),
        };
        let len = u64::try_from(sealed.len()).unwrap_or(u64::MAX);
        match len.cmp(&size.saturating_add(ADDED as u64)) {
            std::cmp::Ordering::Less => Err(damaged("paper", object, "its object is cut short")),
            std::cmp::Ordering::Equal => Ok(sealed),
            std::cmp::Ordering::Greater => Err(damaged("paper", object, "its object is longer than it was written")),
        }
    }

    pub(crate) fn remove(&self, objects: &[String]) -> Result<(), StoreError> {
        for object in objects.iter().filter(|object| is_name(object)) {
            remove(&self.path.join(object))?;
        }
        if self.path.is_dir() { sync(&self.path) } else { Ok(()) }
    }

    /// Removes the objects from before a moment that are not `wanted`. Other people's files stay. Gives how many there
    /// were.
    pub(crate) fn sweep(
        &self,
        before: UnixTime,
        wanted: impl Fn(&str) -> Result<bool, StoreError>,
    ) -> Result<usize, StoreError> {
        let entries = match fs::read_dir(&self.path) {
            Ok(entries) => entries,
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(0),
            Err(source) => return Err(file("list", &self.path, source)),
        };
        let mut removed = 0;
        for entry in entries {
            let entry = entry.map_err(|source| file("list", &self.path, source))?;
            let name = entry.file_name();
            let Some(name) = name.to_str() else { continue };
            let orphan = is_name(name) && !wanted(name)?;
            if orphan && modified(&entry).map_err(|source| file("look at", &entry.path(), source))? < before {
                remove(&entry.path())?;
                removed += 1;
            }
        }
        Ok(removed)
    }

    /// Makes the folder when the first paper comes, for its owner only.
    fn make(&self) -> Result<(), StoreError> {
        let mut builder = fs::DirBuilder::new();
        #[cfg(unix)]
        std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
        match builder.create(&self.path) {
            Ok(()) => self.path.parent().map_or(Ok(()), sync),
            Err(error) if error.kind() == ErrorKind::AlreadyExists => Ok(()),
            Err(source) => Err(file("create", &self.path, source)),
        }
    }
}

fn write_durably(path: &Path, sealed: &Sealed) -> std::io::Result<()> {
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let mut file = options.open(path)?;
    make_room(&file, sealed.body.len() + ADDED)?;
    let mut parts = [&sealed.head[..], &sealed.body, &sealed.tag].map(IoSlice::new);
    let mut rest = &mut parts[..];
    while !rest.is_empty() {
        match file.write_vectored(rest) {
            Ok(0) => return Err(ErrorKind::WriteZero.into()),
            Ok(written) => IoSlice::advance_slices(&mut rest, written),
            Err(error) if error.kind() == ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
    file.sync_all()
}

/// Room for a whole file at once is found faster than piece by piece, and where there is not enough that is told at once. A
/// file system that cannot make room beforehand makes it as the bytes come.
#[cfg(target_os = "linux")]
fn make_room(file: &File, length: usize) -> std::io::Result<()> {
    use rustix::{fs, io::Errno};
    match fs::fallocate(file, fs::FallocateFlags::empty(), 0, length as u64) {
        Err(error @ (Errno::NOSPC | Errno::DQUOT | Errno::FBIG)) => Err(error.into()),
        _ => Ok(()),
    }
}

#[cfg(not(target_os = "linux"))]
const fn make_room(_: &File, _: usize) -> std::io::Result<()> {
    Ok(())
}

/// When a file was last written.
fn modified(entry: &DirEntry) -> std::io::Result<UnixTime> {
    let since = entry.metadata()?.modified()?.duration_since(UNIX_EPOCH).unwrap_or_default();
    Ok(UnixTime(i64::try_from(since.as_millis()).unwrap_or(i64::MAX)))
}

fn remove(path: &Path) -> Result<(), StoreError> {
    match fs::remove_file(path) {
        Err(source) if source.kind() != ErrorKind::NotFound => Err(file("remove", path, source)),
        _ => Ok(()),
    }
}

fn sync(dir: &Path) -> Result<(), StoreError> {
    File::open(dir).and_then(|dir| dir.sync_all()).map_err(|source| file("sync", dir, source))
}

/// Whether this is the name of an object: 32 hexadecimal digits. A name from a row is a path only then.
fn is_name(name: &str) -> bool {
    name.len() == 32 && name.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'))
}

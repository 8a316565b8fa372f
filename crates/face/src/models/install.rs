//! Files of models: whether one is the one of the list, and putting one in its place.

use std::fmt;
use std::fs::{self, File};
use std::io::{self, ErrorKind, Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};

use aws_lc_rs::digest::{Context, SHA256};

use super::entry::Entry;
use crate::ModelError;

/// What stands in a model's place.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FileState {
    /// The file of the list.
    Whole,
    /// Nothing.
    Missing,
    /// A file with other bytes.
    Other,
}

impl Entry {
    /// What stands in the model's place in a folder.
    pub fn state(&self, dir: &Path) -> Result<FileState, ModelError> {
        match self.read(dir) {
            Ok(_) => Ok(FileState::Whole),
            Err(ModelError::WrongFile(_)) => Ok(FileState::Other),
            Err(ModelError::Unreadable { source, .. }) if source.kind() == ErrorKind::NotFound => {
                Ok(FileState::Missing)
            }
            Err(error) => Err(error),
        }
    }

    /// The bytes of its file, which must be those of the list.
    pub(super) fn read(&self, dir: &Path) -> Result<Vec<u8>, ModelError> {
        let unreadable = |source| ModelError::Unreadable { file: self.file.clone(), source };
        let mut onnx = Vec::new();
        let file = File::open(dir.join(&self.file)).map_err(unreadable)?;
        file.take(self.most_bytes() + 1).read_to_end(&mut onnx).map_err(unreadable)?;
        let mut context = Context::new(&SHA256);
        context.update(&onnx);
        let size = self.bytes.is_none_or(|bytes| bytes == onnx.len() as u64);
        if !size || context.finish().as_ref() != self.sha256() {
            return Err(ModelError::WrongFile(self.file.clone()));
        }
        Ok(onnx)
    }

    /// Begins to put this model's file into a folder.
    pub fn installing(&self, dir: &Path) -> io::Result<Installing> {
        Installing::open(dir, self.file(), self.sha256(), self.bytes, self.most_bytes())
    }
}

impl super::Part {
    /// Begins to put this file into a folder.
    pub fn installing(&self, dir: &Path) -> io::Result<Installing> {
        Installing::open(dir, self.file(), self.sha256(), self.bytes, self.most_bytes())
    }
}

/// A file that is being put in its place. Until it is whole it lies beside it as `.part`, and goes on from there the next
/// time; nothing takes the place but the bytes of the list.
pub struct Installing {
    file: File,
    part: PathBuf,
    place: PathBuf,
    hash: Context,
    sha256: [u8; 32],
    exact: Option<u64>,
    most: u64,
    length: u64,
}

impl fmt::Debug for Installing {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Installing").field("part", &self.part).field("length", &self.length).finish_non_exhaustive()
    }
}

impl Installing {
    fn open(dir: &Path, file: &str, sha256: [u8; 32], exact: Option<u64>, most: u64) -> io::Result<Self> {
        let place = dir.join(file);
        let part = dir.join(format!("{file}.part"));
        let file = File::options().read(true).write(true).create(true).truncate(false).open(&part)?;
        let mut installing = Self { file, part, place, hash: Context::new(&SHA256), sha256, exact, most, length: 0 };
        installing.take_up()?;
        Ok(installing)
    }

    /// Takes what an earlier attempt left into the hash. As many bytes as a whole file has were not that file, or it would
    /// have been put in its place.
    fn take_up(&mut self) -> io::Result<()> {
        if self.file.metadata()?.len() >= self.most {
            return self.restart();
        }
        let mut piece = vec![0; 64 * 1024];
        loop {
            let count = self.file.read(&mut piece)?;
            let Some(read) = piece.get(..count).filter(|read| !read.is_empty()) else { return Ok(()) };
            self.hash.update(read);
            self.length += read.len() as u64;
        }
    }

    /// How many bytes are there.
    pub fn length(&self) -> u64 {
        self.length
    }

    /// Whether there are fewer bytes than the list says.
    pub fn is_short(&self) -> bool {
        self.exact.is_some_and(|bytes| self.length < bytes)
    }

    /// Gives it up, and leaves nothing behind.
    pub fn discard(self) -> io::Result<()> {
        fs::remove_file(&self.part)
    }

    /// Forgets what is there.
    pub fn restart(&mut self) -> io::Result<()> {
        self.file.set_len(0)?;
        self.file.seek(SeekFrom::Start(0))?;
        self.hash = Context::new(&SHA256);
        self.length = 0;
        Ok(())
    }

    /// Takes the next bytes. Fails with [`ErrorKind::FileTooLarge`] where there are more than the file has.
    pub fn write(&mut self, bytes: &[u8]) -> io::Result<()> {
        if self.length + bytes.len() as u64 > self.most {
            return Err(ErrorKind::FileTooLarge.into());
        }
        self.file.write_all(bytes)?;
        self.hash.update(bytes);
        self.length += bytes.len() as u64;
        Ok(())
    }

    /// Puts the file in its place if it is the one of the list. False if it is not: then nothing is left of it.
    pub fn finish(self) -> io::Result<bool> {
        if self.hash.finish().as_ref() != self.sha256 {
            fs::remove_file(&self.part)?;
            return Ok(false);
        }
        self.file.sync_all()?;
        fs::rename(&self.part, &self.place)?;
        Ok(true)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn hash(bytes: &[u8]) -> [u8; 32] {
        let mut sha256 = [0; 32];
        sha256.copy_from_slice(aws_lc_rs::digest::digest(&SHA256, bytes).as_ref());
        sha256
    }

    fn begin(dir: &Path, whole: &[u8]) -> Installing {
        Installing::open(dir, "m.onnx", hash(whole), Some(whole.len() as u64), whole.len() as u64).expect("a file")
    }

    #[test]
    fn a_file_goes_on_where_it_was_broken_off() {
        let dir = tempfile::tempdir().expect("a folder");
        begin(dir.path(), b"networks").write(b"net").expect("written");
        assert!(!dir.path().join("m.onnx").exists(), "half a file is in nobody's place");
        let mut again = begin(dir.path(), b"networks");
        assert_eq!(again.length(), 3);
        again.write(b"works").expect("written");
        assert!(again.finish().expect("finished"));
        assert_eq!(fs::read(dir.path().join("m.onnx")).expect("the file"), b"networks");
        assert!(!dir.path().join("m.onnx.part").exists());
    }

    #[test]
    fn other_bytes_take_nobodys_place_and_leave_nothing() {
        let dir = tempfile::tempdir().expect("a folder");
        let mut other = begin(dir.path(), b"networks");
        other.write(b"netw0rks").expect("written");
        assert!(!other.finish().expect("finished"));
        assert_eq!(fs::read_dir(dir.path()).expect("the folder").count(), 0);
    }

    #[test]
    fn more_bytes_than_the_list_says_are_not_taken() {
        let dir = tempfile::tempdir().expect("a folder");
        let mut more = begin(dir.path(), b"net");
        more.write(b"ne").expect("written");
        assert_eq!(more.write(b"tw").expect_err("too many").kind(), ErrorKind::FileTooLarge);
        fs::write(dir.path().join("m.onnx.part"), b"nonsense").expect("a file");
        assert_eq!(begin(dir.path(), b"net").length(), 0, "what cannot be the beginning is forgotten");
    }
}

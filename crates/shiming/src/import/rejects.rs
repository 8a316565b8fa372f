//! The rejects file: a CSV line for every refused row, with its line number, field, code and reason.

use std::{
    fs::{File, OpenOptions},
    io::{BufWriter, Seek, SeekFrom, Write},
    os::unix::fs::OpenOptionsExt,
    path::{Path, PathBuf},
};

use super::row::Reject;
use crate::trouble::Trouble;

/// Whether refused rows are written with their values.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Values {
    /// Only why: the file names nobody.
    Hidden,
    /// The row as it came, too: the file is as sensitive as the source.
    Shown,
}

/// Where refused rows go.
#[derive(Debug)]
pub(super) struct Rejects {
    file: Option<(PathBuf, BufWriter<File>)>,
    values: Values,
    /// Whether it can be cut: a device or a pipe cannot, and gets what this run refuses.
    plain: bool,
    /// How much of it a later run keeps.
    length: u64,
    unsettled: bool,
}

impl Rejects {
    /// Opens the file, made for its owner only; on resuming it is cut to `length`, else it is begun anew.
    pub(super) fn open(path: Option<&Path>, values: Values, length: Option<u64>) -> Result<Self, Trouble> {
        let mut rejects = Self { file: None, values, plain: true, length: 0, unsettled: false };
        if let Some(path) = path {
            let wanted = length.unwrap_or(0);
            let open = || {
                let mut file = OpenOptions::new().write(true).create(true).truncate(false).mode(0o600).open(path)?;
                let there = file.metadata()?;
                if !there.is_file() {
                    return Ok((file, false, 0));
                }
                // Shorter than it was: it is another file than the one that was broken off.
                let length = if there.len() < wanted { 0 } else { wanted };
                file.set_len(length)?;
                file.seek(SeekFrom::Start(length))?;
                Ok((file, true, length))
            };
            let (file, plain, length) = open().map_err(|error| Trouble::unwritable(path, error))?;
            (rejects.plain, rejects.length) = (plain, length);
            rejects.file = Some((path.to_owned(), BufWriter::new(file)));
            if length == 0 {
                let raw = if values == Values::Shown { ",row" } else { "" };
                rejects.put(format!("line,field,code,reason{raw}\n").as_bytes())?;
            }
        }
        Ok(rejects)
    }

    /// Writes a refused row.
    pub(super) fn write(&mut self, line: u64, reject: Reject, row: &[u8]) -> Result<(), Trouble> {
        if self.file.is_none() {
            return Ok(());
        }
        let mut text =
            format!("{line},{},{},{}", reject.field(), reject.code(), quoted(&reject.to_string())).into_bytes();
        if self.values == Values::Shown {
            text.push(b',');
            text.extend(quoted(&String::from_utf8_lossy(row)).bytes());
        }
        text.push(b'\n');
        self.put(&text)
    }

    /// Makes durable what was written; the file's length.
    pub(super) fn settle(&mut self) -> Result<u64, Trouble> {
        if self.unsettled
            && let Some((path, file)) = &mut self.file
        {
            let durable = |file: &File| if self.plain { file.sync_data() } else { Ok(()) };
            file.flush().and_then(|()| durable(file.get_ref())).map_err(|error| Trouble::unwritable(path, error))?;
            self.unsettled = false;
        }
        Ok(self.length)
    }

    fn put(&mut self, bytes: &[u8]) -> Result<(), Trouble> {
        if let Some((path, file)) = &mut self.file {
            file.write_all(bytes).map_err(|error| Trouble::unwritable(path, error))?;
            self.length += if self.plain { bytes.len() as u64 } else { 0 };
            self.unsettled = true;
        }
        Ok(())
    }
}

fn quoted(text: &str) -> String {
    if text.contains([',', '"', '\n', '\r']) { format!("\"{}\"", text.replace('"', "\"\"")) } else { text.to_owned() }
}

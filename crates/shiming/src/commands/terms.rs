//! What several subcommands read and print in the same way.

use std::{
    fs,
    io::{self, IsTerminal, Read},
    os::unix::fs::MetadataExt,
    path::Path,
};

use jiff::{Timestamp, civil::Date, tz::offset};
use shiming_core::UnixTime;

use crate::{output::hint, trouble::Trouble};

/// Reads a file, or standard input for `-`, up to a limit.
pub(super) fn read_input(path: &Path, limit: u64) -> Result<Vec<u8>, Trouble> {
    let mut bytes = Vec::new();
    let read = if path == Path::new("-") {
        io::stdin().lock().take(limit + 1).read_to_end(&mut bytes)
    } else {
        std::fs::File::open(path).and_then(|file| file.take(limit + 1).read_to_end(&mut bytes))
    };
    read.map_err(|error| Trouble::unreadable(path, error))?;
    if bytes.len() as u64 > limit {
        return Err(Trouble::usage(format!("{} is longer than {limit} bytes", path.display())));
    }
    Ok(bytes)
}

/// Reads what one line holds, of a file or of standard input for `-`: a person's number, a secret, which on a command line
/// would stand in the shell's history. Who sits at a terminal is told `what` is waited for.
pub(super) fn read_line(path: &Path, what: &str) -> Result<String, Trouble> {
    let stdin = path == Path::new("-");
    if stdin && io::stdin().is_terminal() {
        hint!("Type the {what}, then Enter and Ctrl-D:");
    }
    let named = if stdin { "standard input".into() } else { path.display().to_string() };
    let mut text =
        String::from_utf8(read_input(path, 4096)?).map_err(|_| Trouble::usage(format!("{named} is not UTF-8")))?;
    // Exactly what is in it, but for one line end, which editors add.
    for end in ['\n', '\r'] {
        text.truncate(text.strip_suffix(end).unwrap_or(&text).len());
    }
    if text.trim().is_empty() || text.contains('\n') {
        return Err(Trouble::usage(format!("{named} is not one line with a {what} in it")));
    }
    Ok(text)
}

/// Refuses to write over what is read: the same file under whatever name, `-` for standard input.
pub(super) fn keep_apart(read: &Path, written: &Path) -> Result<(), Trouble> {
    let file = |path: &Path| fs::metadata(path).ok().filter(fs::Metadata::is_file).map(|it| (it.dev(), it.ino()));
    let source = file(if read == Path::new("-") { Path::new("/dev/stdin") } else { read });
    if source.is_some() && source == file(written) {
        return Err(Trouble::usage(format!("{} is read, and would be written over", written.display()))
            .advice("name another file to write"));
    }
    Ok(())
}

/// How many there are to be at most.
pub(super) fn number(text: &str) -> Result<usize, String> {
    text.parse().ok().filter(|number| *number > 0).ok_or_else(|| "a whole number above 0 is expected".into())
}

/// A moment of RFC 3339.
pub(super) fn timestamp(text: &str) -> Result<Timestamp, String> {
    text.parse().map_err(|_| "a moment such as 2026-11-25T08:00:00Z is expected".into())
}

/// A moment as people type it: RFC 3339, or a day in China.
pub(super) fn moment(text: &str) -> Result<UnixTime, String> {
    if let Ok(at) = timestamp(text) {
        return Ok(UnixTime(at.as_millisecond()));
    }
    let midnight = |day: Date| offset(8).to_timestamp(day.at(0, 0, 0, 0)).ok();
    match text.parse().ok().and_then(midnight) {
        Some(begin) => Ok(UnixTime(begin.as_millisecond())),
        None => {
            Err("a moment such as 2026-11-25T08:00:00Z, or a day such as 2026-11-25 (in China), is expected".into())
        }
    }
}

/// Within this time a certificate wants to be renewed.
const SOON_DAYS: u64 = 30;

/// The days until a certificate ends, where they are so few that it wants to be renewed.
pub(super) fn few_days_until(end: Timestamp, now: Timestamp) -> Option<u64> {
    let days = (end.as_second() - now.as_second()).div_euclid(86_400);
    u64::try_from(days).ok().filter(|days| *days < SOON_DAYS)
}

/// Entries of the ledger.
pub(super) fn entries(number: u64) -> String {
    if number == 1 { "1 entry".into() } else { format!("{} entries", crate::output::thousands(number)) }
}

/// Words with a plural: `1 row`, `2 rows`.
pub(super) fn count(number: u64, one: &str) -> String {
    let many = if number == 1 { "" } else { "s" };
    format!("{} {one}{many}", crate::output::thousands(number))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_day_begins_in_china() {
        assert_eq!(moment("1970-01-02").unwrap().millis(), 16 * 3_600_000);
        assert_eq!(moment("1970-01-01T00:00:01Z").unwrap().millis(), 1000);
        assert!(moment("yesterday").is_err());
    }
}

//! What the program says when it cannot do what was asked: one line what happened, one line what to do.

use std::{error::Error, fmt, io, path::Path, process::ExitCode};

/// How a command ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Exit {
    /// It is done, or the answer is yes.
    Fine = 0,
    /// The answer is no: not a match, a signature that does not verify, a broken chain.
    No = 1,
    /// The command was used wrongly.
    Usage = 2,
    /// Something is broken.
    Broken = 3,
    /// A signal stopped it before its end.
    Interrupted = 130,
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        Self::from(exit as u8)
    }
}

/// Why a command could not do its work. Holds no person's value.
#[derive(Debug)]
pub(crate) struct Trouble {
    what: String,
    advice: Option<String>,
    cause: Option<Box<dyn Error + Send + Sync>>,
    exit: Exit,
}

/// What a command gives back.
pub(crate) type Outcome = Result<Exit, Trouble>;

impl Trouble {
    /// Something is broken.
    pub(crate) fn broken(what: impl Into<String>) -> Self {
        Self { what: what.into(), advice: None, cause: None, exit: Exit::Broken }
    }

    /// The command was used wrongly.
    pub(crate) fn usage(what: impl Into<String>) -> Self {
        Self { exit: Exit::Usage, ..Self::broken(what) }
    }

    /// What to do about it.
    pub(crate) fn advice(mut self, advice: impl Into<String>) -> Self {
        self.advice = Some(advice.into());
        self
    }

    /// What led to it.
    pub(crate) fn because(mut self, cause: impl Into<Box<dyn Error + Send + Sync>>) -> Self {
        self.cause = Some(cause.into());
        self
    }

    /// A file that cannot be read.
    pub(crate) fn unreadable(path: &Path, cause: io::Error) -> Self {
        // Nothing is there, or something of another kind: another path was meant.
        let exit = match cause.kind() {
            io::ErrorKind::NotFound
            | io::ErrorKind::IsADirectory
            | io::ErrorKind::NotADirectory
            | io::ErrorKind::InvalidData => Exit::Usage,
            _ => Exit::Broken,
        };
        Self { exit, ..Self::broken(format!("{} cannot be read", path.display())) }.because(cause)
    }

    /// A file that cannot be written.
    pub(crate) fn unwritable(path: &Path, cause: io::Error) -> Self {
        // A file that is there and is not to be replaced, a folder in its place, or none to hold it: another path was meant.
        let exit = match cause.kind() {
            io::ErrorKind::AlreadyExists
            | io::ErrorKind::NotFound
            | io::ErrorKind::IsADirectory
            | io::ErrorKind::NotADirectory => Exit::Usage,
            _ => Exit::Broken,
        };
        Self { exit, ..Self::broken(format!("{} cannot be written", path.display())) }.because(cause)
    }

    /// What went wrong and why, on one line.
    pub(crate) fn what(&self) -> String {
        match &self.cause {
            Some(cause) => format!("{}: {}", self.what, chain(&**cause)),
            None => self.what.clone(),
        }
    }

    /// What is advised, if anything.
    pub(crate) fn advised(&self) -> Option<&str> {
        self.advice.as_deref()
    }

    /// With which status the program ends.
    pub(crate) fn exit(&self) -> Exit {
        self.exit
    }
}

/// An error with everything that led to it, on one line.
pub(crate) fn chain(error: &(dyn Error + 'static)) -> String {
    let mut text = String::new();
    let mut last = error.to_string();
    let mut next = error.source();
    while let Some(cause) = next {
        let cause_text = cause.to_string();
        // Some crates print their source inside themselves as well, or repeat themselves in it; once is enough.
        if cause_text.ends_with(&last) {
            last = cause_text;
        } else if !last.ends_with(&cause_text) {
            text.push_str(&last);
            text.push_str(": ");
            last = cause_text;
        }
        next = cause.source();
    }
    text + &last
}

impl fmt::Display for Trouble {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "error: {}", self.what())?;
        if let Some(advice) = self.advised() {
            write!(f, "\n  try: {advice}")?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_trouble_says_what_why_and_what_to_do() {
        let trouble = Trouble::unreadable(Path::new("a.csv"), io::Error::other("odd")).advice("look");
        assert_eq!(trouble.to_string(), "error: a.csv cannot be read: odd\n  try: look");
        assert_eq!(trouble.exit(), Exit::Broken);
    }

    #[derive(Debug, thiserror::Error)]
    #[error("{0}")]
    struct Link(&'static str, #[source] Option<Box<Link>>);

    #[test]
    fn what_a_cause_repeats_is_said_once() {
        let link = |text, cause: Link| Link(text, Some(Box::new(cause)));
        for (last, text) in [
            (Link("read-only", None), "the database failed: read-only"),
            (Link("code 8: read-only", None), "the database failed: code 8: read-only"),
            (link("read-only", Link("no rights", None)), "the database failed: read-only: no rights"),
        ] {
            assert_eq!(chain(&link("the database failed", link("read-only", last))), text);
        }
        assert_eq!(chain(&link("it failed: read-only", Link("read-only", None))), "it failed: read-only");
    }

    #[test]
    fn a_path_that_cannot_be_meant_is_the_users_mistake() {
        for kind in [io::ErrorKind::NotFound, io::ErrorKind::IsADirectory, io::ErrorKind::InvalidData] {
            assert_eq!(Trouble::unreadable(Path::new("a"), kind.into()).exit(), Exit::Usage, "{kind}");
        }
        let there = Trouble::unwritable(Path::new("a"), io::ErrorKind::AlreadyExists.into());
        assert_eq!(there.exit(), Exit::Usage);
        let full = Trouble::unwritable(Path::new("a"), io::ErrorKind::StorageFull.into());
        assert_eq!(full.exit(), Exit::Broken);
    }
}

//! `[log]`: what is written to standard error.

use tracing_subscriber::{EnvFilter, filter::LevelFilter};

use super::values::{Raw, Value, choice};

choice!(
    /// The form of log lines.
    Format {
        /// For people.
        Text = "text",
        /// One JSON object a line.
        Json = "json",
    }
);

section!(
    "log",
    "What is written to standard error.",
    Log {
        /// "text" or "json".
        format: Format = Format::Text,
        /// error, warn, info, debug or trace; also by module: "info,shiming_server=debug".
        level: Level = Level("info".into()),
    }
);

/// Which lines are written, in the form of the library that writes them. That takes any word for a module's name, and a
/// level that is misspelt would silence all else: a word by itself is a level here.
#[derive(Clone, Debug)]
pub(crate) struct Level(pub(crate) String);

impl Value for Level {
    fn read(raw: Raw) -> Result<Self, String> {
        let text = String::read(raw)?;
        let is_meant = |part: &str| part.contains('=') || part.trim().parse::<LevelFilter>().is_ok();
        if !text.split(',').all(is_meant) || EnvFilter::try_new(&text).is_err() {
            return Err(
                "error, warn, info, debug or trace is expected, or such as \"info,shiming_server=debug\"".into()
            );
        }
        Ok(Self(text))
    }

    fn toml(&self) -> Option<String> {
        self.0.toml()
    }
}

//! `[log]`: what is written to standard error.

use super::values::choice;

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
        level: String = "info".into(),
    }
);

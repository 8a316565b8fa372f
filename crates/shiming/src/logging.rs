//! Log lines on standard error.

use std::io::{self, IsTerminal};

use tracing_subscriber::EnvFilter;

use crate::config::{Format, Log};

/// Starts writing log lines. Only commands that serve do: others say what they have to say themselves.
pub(crate) fn start(log: &Log) {
    let lines = tracing_subscriber::fmt().with_env_filter(EnvFilter::new(&log.level.0)).with_writer(io::stderr);
    match log.format {
        Format::Text => lines.with_target(false).with_ansi(io::stderr().is_terminal()).init(),
        Format::Json => lines.json().flatten_event(true).with_current_span(false).init(),
    }
}

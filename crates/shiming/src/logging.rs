//! Log lines on standard error.

use std::io::{self, IsTerminal};

use tracing_subscriber::EnvFilter;

use crate::{
    config::{Format, Log},
    trouble::Trouble,
};

/// Starts writing log lines. Only commands that serve do: others say what they have to say themselves.
pub(crate) fn start(log: &Log) -> Result<(), Trouble> {
    let filter = EnvFilter::try_new(&log.level).map_err(|error| {
        Trouble::usage("[log] level cannot be read")
            .because(error)
            .advice("use error, warn, info, debug or trace, or such as \"info,shiming_server=debug\"")
    })?;
    let lines = tracing_subscriber::fmt().with_env_filter(filter).with_writer(io::stderr);
    match log.format {
        Format::Text => lines.with_target(false).with_ansi(io::stderr().is_terminal()).init(),
        Format::Json => lines.json().flatten_event(true).with_current_span(false).init(),
    }
    Ok(())
}

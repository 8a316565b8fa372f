//! `shiming serve`.

use std::{net::SocketAddr, path::PathBuf, sync::Arc};

use super::Place;
use crate::{
    config::Config,
    installation::{self, Absent},
    logging, output, serving,
    trouble::{Exit, Outcome, Trouble},
};

/// Run the server
///
/// Settings come from flags, then the environment (SHIMING_SECTION_KEY), then the file, then defaults. On its first
/// start it makes a store and a master key in the data directory. SIGTERM or Ctrl-C answers open requests and stops; a
/// second one stops at once.
#[derive(Debug, clap::Args)]
pub(super) struct Serve {
    /// The doors' address
    #[arg(long, value_name = "ADDRESS")]
    listen: Option<SocketAddr>,
    /// The operator's address
    #[arg(long, value_name = "ADDRESS")]
    operator: Option<SocketAddr>,
    /// A PEM certificate chain: the doors' address is then HTTPS
    #[arg(long, value_name = "FILE", requires = "tls_key")]
    tls_cert: Option<PathBuf>,
    /// Its private key
    #[arg(long, value_name = "FILE", requires = "tls_cert")]
    tls_key: Option<PathBuf>,
    /// Print the settings that are in effect, as a configuration file, and end
    #[arg(long)]
    print_config: bool,
    #[command(flatten)]
    place: Place,
}

impl Serve {
    pub(super) fn run(self) -> Outcome {
        let config = self.config()?;
        if self.print_config {
            output::print(&config.text());
            return Ok(Exit::Fine);
        }
        logging::start(&config.log);
        warn(&config);
        config.check()?;
        let prepared = match (&config.tls.cert, &config.tls.key) {
            (Some(chain), Some(key)) => {
                let certificate = serving::read_tls(chain, key)?;
                let prepared = serving::prepare(&config, Some(Arc::clone(&certificate)))?;
                prepared.keep_up(certificate, chain.clone(), key.clone());
                prepared
            }
            (None, None) => serving::prepare(&config, None)?,
            _ => return Err(Trouble::usage("[tls] has one of cert and key").advice("give both, or none")),
        };
        let faces = serving::faces(&config)?;
        let store = installation::open(&config, Absent::Make)?;
        prepared.serve(&config, store, Vec::new(), faces, || {})
    }

    fn config(&self) -> Result<Config, Trouble> {
        let mut config = self.place.config()?;
        if let Some(listen) = self.listen {
            config.server.listen = listen;
        }
        if let Some(operator) = self.operator {
            config.server.operator = operator;
        }
        if self.tls_cert.is_some() {
            config.tls.cert.clone_from(&self.tls_cert);
            config.tls.key.clone_from(&self.tls_key);
        }
        Ok(config)
    }
}

/// What an operator should not overlook.
fn warn(config: &Config) {
    if config.clock.offset.0 != 0 {
        tracing::warn!(offset = %config.clock.offset, "[clock] offset is set: this is a rehearsal, not the real time");
    }
    if !config.server.operator.ip().is_loopback() {
        tracing::warn!(operator = %config.server.operator, "the operator's address is open to other machines");
    }
    for variable in Config::unknown_variables() {
        tracing::warn!(variable, "this variable looks like a setting and is none");
    }
}

//! `shiming completions`.

use clap::CommandFactory as _;

use super::Cli;
use crate::{
    output,
    trouble::{Exit, Outcome},
};

/// Print completions for a shell
///
/// For instance: shiming completions bash > /etc/bash_completion.d/shiming
#[derive(Debug, clap::Args)]
pub(super) struct Completions {
    /// Which shell
    shell: clap_complete::Shell,
}

impl Completions {
    #[expect(clippy::unnecessary_wraps, reason = "as every subcommand")]
    pub(super) fn run(self) -> Outcome {
        let mut text = Vec::new();
        clap_complete::generate(self.shell, &mut Cli::command(), "shiming", &mut text);
        output::print(&String::from_utf8_lossy(&text));
        Ok(Exit::Fine)
    }
}

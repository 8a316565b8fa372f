//! shiming (实名): a self-hosted real-name verification server that vendors' own SDKs work against.
//!
//! One file a subcommand, under `commands/`; the doc line of each is its help text. Exit codes: 0 fine, 1 the answer is
//! no, 2 used wrongly, 3 something is broken, 130 stopped by a signal.

mod cast;
mod clock;
mod commands;
mod config;
mod drawn;
mod faces;
mod forms;
mod import;
mod installation;
mod logging;
mod output;
mod platform;
mod serving;
mod signals;
mod trouble;

use std::process::ExitCode;

use clap::Parser as _;

use self::trouble::Exit;

/// A call makes and frees a few dozen small pieces on several threads; the system's allocator takes longer for it.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    let exit = match commands::Cli::try_parse() {
        Ok(cli) => cli.run().unwrap_or_else(|trouble| {
            output::hint!("{trouble}");
            trouble.exit()
        }),
        Err(told) => tell(&told),
    };
    output::exit(exit).into()
}

/// Prints the help or the version that was asked for, or what is wrong with the arguments.
fn tell(told: &clap::Error) -> Exit {
    let printed = told.print();
    if told.use_stderr() {
        return Exit::Usage;
    }
    output::remember(printed);
    Exit::Fine
}

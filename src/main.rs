//! Where the program starts: arguments in, exit code out.

use std::process::ExitCode;

use cascade::cli::{self, Cli};
use clap::Parser;

fn main() -> ExitCode {
    match cli::run(Cli::parse()) {
        Ok(status) => status.into(),
        Err(stop) => {
            cli::console::stopped(&stop);
            stop.exit_code()
        }
    }
}

//! Where the program starts: arguments in, exit code out.

#[cfg(target_os = "linux")]
mod math;

use std::process::ExitCode;

use cascade::cli;

fn main() -> ExitCode {
    match cli::config::read(std::env::args_os()).and_then(cli::run) {
        Ok(status) => status.into(),
        Err(stop) => {
            cli::console::stopped(&stop);
            stop.exit_code()
        }
    }
}

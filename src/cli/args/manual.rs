//! The arguments of `cascade completions` and `cascade man`.

use std::path::PathBuf;

use clap::Args;
use clap_complete::Shell;

const COMPLETIONS_EXAMPLES: &str = "\
Examples:
  cascade completions bash > ~/.local/share/bash-completion/completions/cascade
  cascade completions zsh > ~/.zfunc/_cascade     (a folder of $fpath)
  cascade completions fish > ~/.config/fish/completions/cascade.fish";

/// What `cascade completions` is told.
#[derive(Args, Debug)]
#[command(after_help = COMPLETIONS_EXAMPLES)]
pub struct CompletionsArgs {
    /// The shell that the script is for
    pub shell: Shell,
}

const MAN_EXAMPLES: &str = "\
Examples:
  cascade man | man -l -
  cascade man render | man -l -
  cascade man presets list > cascade-presets-list.1
  cascade man --output ~/.local/share/man/man1    all of them";

/// What `cascade man` is told.
#[derive(Args, Debug)]
#[command(after_help = MAN_EXAMPLES)]
pub struct ManArgs {
    /// The command whose page is wanted, as in `cascade man presets list` [default: cascade itself]
    #[arg(value_name = "COMMAND", conflicts_with = "output")]
    pub command: Vec<String>,

    /// Write every page into this folder, which is made if it is missing, instead of one to standard output
    #[arg(short, long, value_name = "FOLDER")]
    pub output: Option<PathBuf>,
}

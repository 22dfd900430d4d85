//! `cascade completions` and `cascade man`: what shells and manuals know of the command line, made from itself.

use std::io::{self, Write};
use std::path::Path;

use anyhow::{Context, Result, anyhow};
use clap::{Command, CommandFactory};
use clap_mangen::Man;

use super::Cli;
use super::args::manual::{CompletionsArgs, ManArgs};
use super::exit::{ExitError, Status};
use super::targets::make_folder;

/// Prints the completion script of a shell.
pub(super) fn completions(args: &CompletionsArgs) -> Result<Status, ExitError> {
    let mut script = Vec::new();
    clap_complete::generate(args.shell, &mut Cli::command(), "cascade", &mut script);
    print(&script)
}

/// Prints a page of the manual, or writes them all.
pub(super) fn man(args: &ManArgs) -> Result<Status, ExitError> {
    let program = built();
    match &args.output {
        Some(folder) => {
            make_folder(folder).map_err(ExitError::Failed)?;
            write_pages(&program, folder).map_err(ExitError::Failed)?;
            Ok(Status::Done)
        }
        None => {
            let command = find(&program, &args.command).map_err(ExitError::Usage)?;
            let mut text = Vec::new();
            page(command)
                .render(&mut text)
                .map_err(ExitError::writing)?;
            print(&text)
        }
    }
}

/// The command line, its commands named in full.
fn built() -> Command {
    let mut program = Cli::command().disable_help_subcommand(true);
    program.build();
    program
}

/// A command by its words: `presets list`.
fn find<'c>(program: &'c Command, words: &[String]) -> Result<&'c Command> {
    let mut command = program;
    for word in words {
        command = command.find_subcommand(word).ok_or_else(|| {
            let name = command.get_bin_name().unwrap_or(command.get_name());
            let known: Vec<&str> = command.get_subcommands().map(Command::get_name).collect();
            match known.as_slice() {
                [] => anyhow!("{name} has no command \"{word}\", nor any other"),
                known => anyhow!("{name} has no command \"{word}\", but {}", known.join(", ")),
            }
        })?;
    }
    Ok(command)
}

fn page(command: &Command) -> Man {
    let source = format!("cascade {}", env!("CARGO_PKG_VERSION"));
    Man::new(command.clone()).source(source).manual("Cascade")
}

/// Writes the page of a command and those of its commands, to their last.
fn write_pages(command: &Command, folder: &Path) -> Result<()> {
    let page = page(command);
    let written = page.generate_to(folder);
    written.with_context(|| {
        let path = folder.join(page.get_filename());
        format!("cannot write {}", path.display())
    })?;
    let mut commands = command.get_subcommands();
    commands.try_for_each(|command| write_pages(command, folder))
}

fn print(bytes: &[u8]) -> Result<Status, ExitError> {
    let mut output = io::stdout().lock();
    let written = output.write_all(bytes).and_then(|()| output.flush());
    written.map_err(ExitError::writing)?;
    Ok(Status::Done)
}

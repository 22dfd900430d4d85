//! How far a file of defaults reaches: one that was given with `--config` may set anything; one that was only found lies
//! there by whoever filled the folder, and reaches no further than that.

use std::path::{Component, Path};

use anyhow::{Result, bail};

use crate::cli::paths::folder_of;

/// Options that a file which was found may not set: they name what is written, replace what is there, or read lists of
/// other places.
const NOT_IF_FOUND: [&str; 4] = ["output", "files-from", "bless", "force"];

/// How a file of defaults came to be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Reach {
    /// `--config` names it.
    Given,
    /// It lies in the current folder.
    Found,
}

impl Reach {
    /// Refuses a file that was found and that is a link to somewhere else.
    pub(super) fn check_file(self, file: &Path) -> Result<()> {
        let name = Path::new(file.file_name().unwrap_or_default());
        if self == Self::Found && leads_out(folder_of(file), name) {
            let file = file.display();
            bail!("{file} is a link out of this folder; {}", advice(&file));
        }
        if self == Self::Found && is_no_file(file) {
            let file = file.display();
            bail!("{file} is no regular file; {}", advice(&file));
        }
        Ok(())
    }

    /// Refuses an option that a file may not set.
    pub(super) fn check_option(self, file: &Path, option: &str) -> Result<()> {
        if self == Self::Found && NOT_IF_FOUND.contains(&option) {
            let advice = advice(&file.display());
            bail!(
                "{option} cannot be set by a file that was found, not given; {advice}, or type --{option}"
            );
        }
        Ok(())
    }

    /// Refuses a path that a file may not name.
    pub(super) fn check_path(self, file: &Path, option: &str, path: &Path) -> Result<()> {
        if self == Self::Found && is_no_file(&folder_of(file).join(path)) {
            let (path, advice) = (path.display(), advice(&file.display()));
            bail!("{option} names {path}, which is no regular file; {advice}, or type --{option}");
        }
        if self == Self::Found && leads_out(folder_of(file), path) {
            let (path, advice) = (path.display(), advice(&file.display()));
            bail!(
                "{option} names {path}, outside of the folder of a file that was found, not given; {advice}, or type \
                 --{option}"
            );
        }
        Ok(())
    }
}

/// Whether something is there that may have no end, or no beginning until somebody writes to it.
fn is_no_file(path: &Path) -> bool {
    std::fs::metadata(path).is_ok_and(|metadata| !metadata.is_file())
}

fn advice(file: &impl std::fmt::Display) -> String {
    format!("give it with --config {file}")
}

/// Whether a path that starts at a folder names something outside of it, by its words or by links.
pub(in crate::cli) fn leads_out(folder: &Path, path: &Path) -> bool {
    if path.has_root() || path.is_absolute() {
        return true;
    }
    match (folder.canonicalize(), folder.join(path).canonicalize()) {
        (Ok(folder), Ok(file)) => !file.starts_with(folder),
        // What is not there is not read; it is looked for within the folder all the same.
        _ => path.components().any(|part| part == Component::ParentDir),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cli::args::render::RenderArgs;
    use clap::{Arg, Args, Command};

    /// Options that any file may set. Every new one of `cascade render` has to be thought of: here, or in the list above.
    const ALWAYS: [&str; 35] = [
        "preset",
        "bank",
        "set",
        "gain",
        "reverb",
        "chorus",
        "delay",
        "limiter",
        "tail",
        "normalize",
        "stems",
        "sample-rate",
        "format",
        "raw",
        "mono",
        "dither",
        "labels",
        "tempo",
        "transpose",
        "tuning",
        "from",
        "to",
        "mute",
        "solo",
        "null",
        "shard",
        "resume",
        "fail-fast",
        "report",
        "max-size",
        "max-duration",
        "memory",
        "strict",
        "jobs",
        "check-determinism",
    ];
    /// What is told, and where defaults come from.
    const OF_THE_RUN: [&str; 5] = ["quiet", "verbose", "progress", "config", "no-config"];

    #[test]
    fn of_every_option_is_known_whether_a_found_file_may_set_it() {
        let command = RenderArgs::augment_args(Command::new("render"));
        let shown = command
            .get_arguments()
            .filter(|option| !option.is_hide_set());
        let options: Vec<&str> = shown.filter_map(Arg::get_long).collect();
        let listed = [&NOT_IF_FOUND[..], &ALWAYS, &OF_THE_RUN].concat();
        for long in &options {
            let times = listed.iter().filter(|known| known == &long).count();
            assert_eq!(times, 1, "--{long}");
        }
        for long in listed {
            assert!(options.contains(&long), "--{long} is no option");
        }
    }

    #[test]
    fn a_path_leads_out_by_its_words() {
        let folder = tempfile::tempdir().unwrap();
        std::fs::create_dir(folder.path().join("sub")).unwrap();
        std::fs::write(folder.path().join("a.toml"), "").unwrap();
        let check = |path: &str, expected| {
            assert_eq!(
                leads_out(folder.path(), Path::new(path)),
                expected,
                "{path}"
            );
        };
        check("a.toml", false);
        check("./sub/../a.toml", false);
        check("sub/none.toml", false);
        check("/etc/hostname", true);
        check("..", true);
        check("../none.toml", true);
        check("sub/../../none.toml", true);
        check(folder.path().join("a.toml").to_str().unwrap(), true);
    }
}

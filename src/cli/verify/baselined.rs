//! A song of the baseline: its entry, how it was rendered, and why it cannot be verified, if so.

use std::path::PathBuf;
use std::sync::Arc;

use anyhow::{Result, anyhow, bail};

use crate::batch::manifest::{Entry, Status};
use crate::batch::name::Name;
use crate::cli::settings::Settings;

/// A song of the manifest, or one that it lacks.
pub(super) struct Baselined {
    /// What reports call it.
    pub(super) name: String,
    /// What is recorded of it; of a song that the manifest lacks, what is known before it is rendered.
    pub(super) entry: Entry,
    /// Whether the manifest has it.
    pub(super) is_recorded: bool,
    /// The recording, if there still is one.
    pub(super) recording: Option<PathBuf>,
    /// How it was rendered, or why that is not known.
    pub(super) settings: Result<Arc<Settings>, String>,
}

impl Baselined {
    /// The path of its input.
    pub(super) fn input(&self) -> PathBuf {
        self.entry.input.to_os_string().into()
    }

    /// How it is rendered; or why it cannot be verified, as far as the manifest tells.
    pub(super) fn settings(&self) -> Result<&Settings> {
        let settings = self.settings.as_deref();
        let settings = settings.map_err(|reason| anyhow!("{reason}"))?;
        if self.is_recorded {
            self.refuse()?;
        }
        Ok(settings)
    }

    fn refuse(&self) -> Result<()> {
        let entry = &self.entry;
        match &entry.error {
            Some(error) => bail!("could not be rendered when it was recorded: {error}"),
            None if entry.status == Status::Failed || entry.output_hash.is_none() => {
                bail!("has no recording in the manifest")
            }
            None if entry.input == Name::new("-") => {
                bail!("came from standard input, so it cannot be rendered again; render a file")
            }
            None => Ok(()),
        }
    }
}

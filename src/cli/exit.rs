//! How a command ends, and the exit code that tells it.

use std::io;
use std::process::ExitCode;

/// How a command that went on to its end fared.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[must_use]
pub enum Status {
    /// Everything was done.
    Done,
    /// At least one input failed; its error has been told.
    Failed,
    /// Something could not be compared; why has been told.
    NotCompared,
}

impl Status {
    /// The status after so many failures.
    pub(super) const fn of(failures: usize) -> Self {
        if failures == 0 {
            Self::Done
        } else {
            Self::Failed
        }
    }
}

impl From<Status> for ExitCode {
    fn from(status: Status) -> Self {
        match status {
            Status::Done => Self::SUCCESS,
            Status::Failed => Self::from(1),
            Status::NotCompared => Self::from(2),
        }
    }
}

/// Why a command ended before everything was done.
#[derive(Debug)]
pub enum ExitError {
    /// The command line is wrong.
    Usage(anyhow::Error),
    /// Something failed that every input needs.
    Failed(anyhow::Error),
    /// The reader of the output has seen enough: no error, as with every Unix tool.
    ClosedPipe,
}

impl ExitError {
    /// 2 for a wrong command line, 1 for a failure, 0 for a closed pipe.
    #[must_use]
    pub fn exit_code(&self) -> ExitCode {
        match self {
            Self::Usage(_) => ExitCode::from(2),
            Self::Failed(_) => ExitCode::FAILURE,
            Self::ClosedPipe => ExitCode::SUCCESS,
        }
    }

    /// What an error while writing to standard output means.
    pub(super) fn writing(error: io::Error) -> Self {
        if error.kind() == io::ErrorKind::BrokenPipe {
            Self::ClosedPipe
        } else {
            Self::Failed(anyhow::Error::new(error).context("cannot write to standard output"))
        }
    }
}

//! Why an input was not rendered: a kind that is counted, and the error that is told.

use std::io;

use crate::batch::manifest::ErrorKind;

/// The failure of one input.
#[derive(Debug)]
pub(super) struct Failure {
    /// What it is counted as.
    pub(super) kind: ErrorKind,
    /// What is told.
    pub(super) error: anyhow::Error,
}

impl From<anyhow::Error> for Failure {
    fn from(error: anyhow::Error) -> Self {
        let kind = ErrorKind::Other;
        Self { kind, error }
    }
}

impl Failure {
    /// The failure to write a recording.
    pub(super) fn writing(error: anyhow::Error) -> Self {
        let kind = match io_kind(&error) {
            Some(io::ErrorKind::AlreadyExists) => ErrorKind::Occupied,
            Some(io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded) => ErrorKind::NoSpace,
            // Samples that no file may have.
            Some(io::ErrorKind::InvalidData) => ErrorKind::Panic,
            _ => ErrorKind::CannotWrite,
        };
        Self { kind, error }
    }

    /// Whether whoever reads the output has stopped reading.
    pub(super) fn is_closed_pipe(&self) -> bool {
        io_kind(&self.error) == Some(io::ErrorKind::BrokenPipe)
    }
}

fn io_kind(error: &anyhow::Error) -> Option<io::ErrorKind> {
    let io_error = error.root_cause().downcast_ref::<io::Error>();
    io_error.map(io::Error::kind)
}

/// Counts an error as a kind of failure.
pub(super) trait OrFailure<T> {
    /// The value, or a failure of this kind.
    fn or_failure(self, kind: ErrorKind) -> Result<T, Failure>;
}

impl<T, E: Into<anyhow::Error>> OrFailure<T> for Result<T, E> {
    fn or_failure(self, kind: ErrorKind) -> Result<T, Failure> {
        self.map_err(|error| Failure {
            kind,
            error: error.into(),
        })
    }
}

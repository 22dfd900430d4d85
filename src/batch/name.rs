//! A path or an argument in JSON: a string, or, where it is not Unicode, the array of its bytes.

use std::ffi::{OsStr, OsString};
use std::path::Path;

use serde::{Deserialize, Serialize};

/// What the system calls something, so that it survives JSON whatever bytes it has.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(untagged)]
pub enum Name {
    /// Unicode.
    Text(String),
    /// Anything else.
    Bytes(Vec<u8>),
}

impl Name {
    /// The name of a path or an argument.
    #[must_use]
    pub fn new(name: impl AsRef<OsStr>) -> Self {
        let name = name.as_ref();
        match name.to_str() {
            Some(text) => Self::Text(text.to_owned()),
            None => Self::Bytes(name.as_encoded_bytes().to_vec()),
        }
    }

    /// The name of a relative path, its parts separated by `/` on every system.
    #[must_use]
    pub fn of_path(path: &Path) -> Self {
        match Self::new(path) {
            Self::Text(text) if cfg!(windows) => Self::Text(text.replace('\\', "/")),
            name => name,
        }
    }

    /// The name as the system has it.
    #[must_use]
    pub fn to_os_string(&self) -> OsString {
        match self {
            Self::Text(text) => text.into(),
            Self::Bytes(bytes) => from_bytes(bytes),
        }
    }
}

#[cfg(unix)]
fn from_bytes(bytes: &[u8]) -> OsString {
    use std::os::unix::ffi::OsStrExt;
    OsStr::from_bytes(bytes).to_owned()
}

/// Elsewhere a name is no sequence of bytes; what is not Unicode cannot be found again.
#[cfg(not(unix))]
fn from_bytes(bytes: &[u8]) -> OsString {
    String::from_utf8_lossy(bytes).into_owned().into()
}

#[cfg(all(test, unix))]
mod tests {
    use super::*;

    #[test]
    fn every_name_survives_json() {
        for bytes in [
            b"song.mid".as_slice(),
            b"caf\xE9.mid",
            b"a\nb \"c\".mid",
            b"",
        ] {
            let name = Name::new(from_bytes(bytes));
            let json = serde_json::to_string(&name).unwrap();
            let read: Name = serde_json::from_str(&json).unwrap();
            assert_eq!(read.to_os_string(), from_bytes(bytes), "{json}");
            assert!(!json.contains('\n'), "{json}");
        }
    }
}

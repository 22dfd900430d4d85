//! What is allowed: the profile, the limits of the command line, and a TOML file with limits for some files.

use std::collections::BTreeMap;
use std::path::Path;

use anyhow::{Context, Result};
use globset::{Glob, GlobMatcher};
use serde::Deserialize;

use super::super::args::compare::CompareArgs;
use super::super::settings::read_text;
use crate::compare::{Limits, Profile};

/// The file as typed.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct Typed {
    profile: Option<TypedProfile>,
    #[serde(default)]
    limits: BTreeMap<String, TypedLimit>,
    #[serde(default)]
    file: Vec<TypedFile>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct TypedFile {
    path: String,
    profile: Option<TypedProfile>,
    #[serde(default)]
    limits: BTreeMap<String, TypedLimit>,
}

#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(rename_all = "lowercase")]
enum TypedProfile {
    Exact,
    Portable,
    Perceptual,
}

impl From<TypedProfile> for Profile {
    fn from(typed: TypedProfile) -> Self {
        match typed {
            TypedProfile::Exact => Self::Exact,
            TypedProfile::Portable => Self::Portable,
            TypedProfile::Perceptual => Self::Perceptual,
        }
    }
}

#[derive(Clone, Debug, Deserialize)]
#[serde(untagged)]
enum TypedLimit {
    Number(f64),
    Word(String),
}

impl TypedLimit {
    fn shown(&self) -> String {
        match self {
            Self::Number(number) => number.to_string(),
            Self::Word(word) => word.clone(),
        }
    }
}

/// What is allowed of one file.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Tolerance {
    pub(super) profile: Profile,
    pub(super) limits: Limits,
}

/// What is allowed of every file.
#[derive(Debug, Default)]
pub(super) struct Tolerances {
    profile: Profile,
    /// `key=value`, in the order in which they are set.
    general: Vec<String>,
    files: Vec<FileTolerance>,
    /// Those of the command line, which come last.
    typed: Vec<String>,
}

#[derive(Debug)]
struct FileTolerance {
    glob: GlobMatcher,
    profile: Option<Profile>,
    limits: Vec<String>,
}

impl Tolerances {
    /// From the command line and the file that it names; refused if any limit is not understood.
    pub(super) fn new(args: &CompareArgs) -> Result<Self> {
        let typed = match &args.tolerances {
            Some(path) => read(path)?,
            None => Typed::default(),
        };
        let named = args.profile.map(Profile::from);
        let files: Result<Vec<_>> = typed.file.iter().map(FileTolerance::new).collect();
        let tolerances = Self {
            profile: named
                .or(typed.profile.map(Profile::from))
                .unwrap_or_default(),
            general: pairs(&typed.limits),
            files: files.with_context(|| shown(args))?,
            typed: args.limits.clone(),
        };
        tolerances.check(args)?;
        Ok(tolerances)
    }

    /// What is allowed of a file: its own limits over the general ones, those of the command line over all.
    pub(super) fn of(&self, name: &str) -> Tolerance {
        let own = || self.files.iter().filter(|file| file.is_meant(name));
        let profile = own()
            .filter_map(|file| file.profile)
            .next_back()
            .unwrap_or(self.profile);
        let mut limits = Limits::new(profile);
        let own = own().flat_map(|file| &file.limits);
        for limit in self.general.iter().chain(own).chain(&self.typed) {
            // All of them have been checked.
            let _ = limits.set_typed(limit);
        }
        Tolerance { profile, limits }
    }

    fn check(&self, args: &CompareArgs) -> Result<()> {
        let mut limits = Limits::new(self.profile);
        for typed in &self.typed {
            limits.set_typed(typed).context("--limit")?;
        }
        for typed in self
            .general
            .iter()
            .chain(self.files.iter().flat_map(|f| &f.limits))
        {
            limits.set_typed(typed).with_context(|| shown(args))?;
        }
        Ok(())
    }
}

fn shown(args: &CompareArgs) -> String {
    args.tolerances
        .as_deref()
        .unwrap_or(Path::new(""))
        .display()
        .to_string()
}

fn read(path: &Path) -> Result<Typed> {
    let text = read_text(path).context("--tolerances")?;
    toml::from_str(&text).with_context(|| path.display().to_string())
}

fn pairs(limits: &BTreeMap<String, TypedLimit>) -> Vec<String> {
    let pair = |(key, value): (&String, &TypedLimit)| format!("{key}={}", value.shown());
    limits.iter().map(pair).collect()
}

impl FileTolerance {
    fn new(typed: &TypedFile) -> Result<Self> {
        Ok(Self {
            glob: Glob::new(&typed.path)?.compile_matcher(),
            profile: typed.profile.map(Profile::from),
            limits: pairs(&typed.limits),
        })
    }

    /// By the whole path, or by the name alone where the pattern has no folder.
    fn is_meant(&self, name: &str) -> bool {
        let last = name.rsplit('/').next().unwrap_or(name);
        let plain = !self.glob.glob().glob().contains('/');
        self.glob.is_match(name) || (plain && self.glob.is_match(last))
    }
}

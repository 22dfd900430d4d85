//! What a preset of a bank is known by.

/// A preset of a [`Bank`](super::Bank).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct PresetId(pub(super) u16);

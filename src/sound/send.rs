//! Where a part's sound is sent besides the mix.

/// An effect of the whole song that parts send to.
///
/// How one is added is said in [`crate::mix`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Send {
    /// The reverb.
    Reverb,
    /// The chorus.
    Chorus,
    /// The delay.
    Delay,
}

impl Send {
    /// How many there are: what is kept for each send is `[T; Send::COUNT]`.
    pub const COUNT: usize = Self::ALL.len();

    /// All of them, in order.
    pub const ALL: [Self; 3] = [Self::Reverb, Self::Chorus, Self::Delay];
}

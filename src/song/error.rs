//! Why a song cannot be rendered.

use crate::midi::MidiError;
use crate::units::Seconds;

/// Why a song cannot be rendered.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum SongError {
    /// The bytes are no MIDI file.
    #[error(transparent)]
    Midi(#[from] MidiError),
    /// The excerpt does not end after it begins.
    #[error("the excerpt from {from} to {to} has no frame; let it end later")]
    EmptyExcerpt {
        /// Where it begins.
        from: Seconds,
        /// Where it ends.
        to: Seconds,
    },
    /// The excerpt begins where the song is over.
    #[error("the excerpt begins at {from}, beyond the end of the song, which is {end} long")]
    BeyondEnd {
        /// Where it begins.
        from: Seconds,
        /// Where the song and its tail end.
        end: Seconds,
    },
    /// It would take longer than is allowed.
    #[error(
        "the song is {duration} long, longer than {limit}; if that is what it should be, allow more"
    )]
    TooLong {
        /// How long what is asked for takes.
        duration: Seconds,
        /// How long it may take.
        limit: Seconds,
    },
    /// Even a block of it takes more memory than is allowed.
    #[error(
        "the {stems} stems and {buses} buses of the song take {least} bytes of memory at least, more than the {limit} \
         that are allowed; allow more, or do without stems or with those of channels"
    )]
    TooLittleMemory {
        /// The stems, where any are made, without that of the effects.
        stems: usize,
        /// The buses that voices are summed on.
        buses: usize,
        /// What they take at least, in bytes.
        least: u64,
        /// What they may take, in bytes.
        limit: u64,
    },
}

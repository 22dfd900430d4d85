//! The front door: the bytes of a MIDI file, a bank and settings become samples, in a buffer or block by block in a sink.
//!
//! ```
//! use cascade::bank::Bank;
//! use cascade::song::{Settings, Song};
//! use cascade::wav::{WavSpec, WavWriter};
//!
//! let bank = Bank::built_in(&[])?;
//! let song = Song::read(&std::fs::read("fixtures/sustain_pedal.mid")?)?;
//! for repair in song.repairs.iter() {
//!     eprintln!("repaired: {repair}");
//! }
//! // What there is to do is known before any of it is done.
//! let performance = song.perform(&bank, &Settings::default())?;
//! println!("{}, {} voices at most", performance.duration(), performance.peak_polyphony());
//! let mut wav = WavWriter::new(Vec::new(), WavSpec::default(), performance.frames());
//! performance.render_into(|block| wav.write(block))?;
//! let file: Vec<u8> = wav.finish()?;
//! # assert!(file.starts_with(b"RIFF"));
//! # Ok::<_, Box<dyn std::error::Error>>(())
//! ```
//!
//! Flow: [`Song`] is what a file says, [`Performance`] what is to be done for it with a bank and [`Settings`]; what can be
//! refused is refused there ([`SongError`]), and behind that nothing fails but a sink. Rendering runs on the current
//! rayon pool; the number of threads changes no bit.
//!
//! Where what is wanted stands: another speed, key or tuning in [`Changes`] ([`Song::read_changed`]); a part of the time or
//! of the channels in [`Excerpt`]; gain, limiter, effects, tail and loudness in [`Settings::mix`]; stems in
//! [`Performance::render_stems_into`]; tones that many songs share in [`Performance::with_shared_tones`]; notes that stand in
//! no file in [`Song::played`]; a second rendering that must be the same in [`DeterminismCheck`];
//! where each note lies in the samples in [`Song::labels`].

mod determinism;
mod error;
mod labels;
mod performance;
mod settings;
mod unheard;

pub use determinism::{DeterminismCheck, NotDeterministic};
pub use error::SongError;
pub use labels::Label;
pub use performance::Performance;
pub use settings::{Excerpt, Settings};
pub use unheard::Unheard;

use crate::audio::Stereo;
use crate::bank::Bank;
use crate::midi::{self, Message, Repairs, Smf};
use crate::render::Report;
use crate::score::{self, Changes, Score};
use crate::units::{Channel, Seconds};

/// A piece of music, read.
#[derive(Clone, Debug)]
pub struct Song {
    /// The music.
    pub score: Score,
    /// What was damaged in the file, and how it was repaired.
    pub repairs: Repairs,
}

impl Song {
    /// Reads a MIDI file as it is written. What is damaged is repaired: [`Song::repairs`].
    ///
    /// # Errors
    /// Bytes that are no MIDI file.
    pub fn read(bytes: &[u8]) -> Result<Self, SongError> {
        Self::read_changed(bytes, &Changes::default())
    }

    /// Reads a MIDI file at another speed, in another key or tuning.
    ///
    /// # Errors
    /// Bytes that are no MIDI file.
    pub fn read_changed(bytes: &[u8], changes: &Changes) -> Result<Self, SongError> {
        Ok(Self::of(midi::parse(bytes)?, changes))
    }

    /// The music in a file that was parsed before.
    #[must_use]
    pub fn of(smf: Smf<'_>, changes: &Changes) -> Self {
        Self {
            score: score::read_changed(&smf, changes),
            repairs: smf.repairs,
        }
    }

    /// The music of messages that stand in no file, each at its time in seconds from the start; one that is earlier than
    /// the one before it comes right after it. The song ends with the last of them. Middle C for a second:
    ///
    /// ```
    /// use cascade::midi::Message::{NoteOff, NoteOn};
    /// use cascade::song::Song;
    /// use cascade::units::{Channel, Key, Seconds, Velocity};
    ///
    /// let (key, velocity) = (Key::new(60), Velocity::new(100));
    /// let note = [(0.0, NoteOn { key, velocity }), (1.0, NoteOff { key, velocity })];
    /// let song = Song::played(note.map(|(time, message)| (Seconds(time), Channel::new(0), message)));
    /// assert_eq!(song.score.notes.len(), 1);
    /// ```
    #[must_use]
    pub fn played(messages: impl IntoIterator<Item = (Seconds, Channel, Message)>) -> Self {
        Self {
            score: score::played(messages),
            repairs: Repairs::default(),
        }
    }

    /// Finds out what there is to do for the song with the sounds of a bank. It takes what it needs of the song, which may
    /// go then.
    ///
    /// # Errors
    /// An excerpt that is empty or begins beyond the end of the song; a song longer than [`Settings::longest`].
    pub fn perform<'a>(
        &self,
        bank: &'a Bank,
        settings: &Settings,
    ) -> Result<Performance<'a>, SongError> {
        Performance::new(&self.score, bank, settings)
    }

    /// Renders the song into a buffer: 8 bytes for each frame.
    ///
    /// # Errors
    /// Those of [`Song::perform`]; where all of the song is asked for, only a song longer than [`Settings::longest`].
    pub fn render(&self, bank: &Bank, settings: &Settings) -> Result<(Stereo, Report), SongError> {
        Ok(self.perform(bank, settings)?.render())
    }

    /// The notes that are heard in a rendering, in the order in which they are struck, with their places in it.
    pub fn labels<'s>(
        &'s self,
        bank: &'s Bank,
        performance: &Performance<'_>,
    ) -> impl Iterator<Item = Label> + use<'s> {
        Label::all(&self.score, bank, performance.plan())
    }

    /// The notes of the asked-for channels that no sound of the bank plays.
    #[must_use]
    pub fn unheard(&self, bank: &Bank, performance: &Performance<'_>) -> Unheard {
        Unheard::of(&self.score, bank, performance.plan())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::units::{ChannelSet, Key, Velocity};

    /// Middle C for a second on the first channel.
    fn note() -> Song {
        let key = Key::new(60);
        let (down, up) = (Velocity::new(100), Velocity::new(64));
        let on = Message::NoteOn {
            key,
            velocity: down,
        };
        let off = Message::NoteOff { key, velocity: up };
        let channel = Channel::new(0);
        Song::played([(Seconds(0.0), channel, on), (Seconds(1.0), channel, off)])
    }

    fn refused(settings: &Settings) -> Option<SongError> {
        let bank = Bank::built_in(&[]).unwrap();
        note().perform(&bank, settings).err()
    }

    #[test]
    fn a_buffer_has_what_a_sink_was_given() {
        let bank = Bank::built_in(&[]).unwrap();
        let settings = Settings::default();
        let (whole, report) = note().render(&bank, &settings).unwrap();
        let performance = note().perform(&bank, &settings).unwrap();
        let mut blocks = Stereo::default();
        let again = performance.render_into(|block| {
            blocks.extend(block);
            Ok::<_, std::convert::Infallible>(())
        });
        assert_eq!(again, Ok(report));
        assert!(whole == blocks && whole.peak() > 0.0);
        assert_eq!(performance.frames(), whole.len() as u64);
    }

    #[test]
    fn an_excerpt_has_the_samples_of_the_whole() {
        let bank = Bank::built_in(&[]).unwrap();
        let excerpt = Excerpt {
            from: Seconds(0.5),
            to: Some(Seconds(0.75)),
            channels: ChannelSet::ALL,
        };
        let settings = Settings {
            excerpt,
            ..Settings::default()
        };
        let (part, _) = note().render(&bank, &settings).unwrap();
        let (whole, _) = note().render(&bank, &Settings::default()).unwrap();
        assert_eq!(part.left, whole.left[22_050..33_075]);
    }

    #[test]
    fn what_cannot_be_rendered_is_refused_before() {
        let beyond = |from, to| Settings {
            excerpt: Excerpt {
                from: Seconds(from),
                to,
                ..Excerpt::default()
            },
            ..Settings::default()
        };
        let found = refused(&beyond(2.0, Some(Seconds(2.0))));
        assert!(matches!(found, Some(SongError::EmptyExcerpt { .. })));
        let found = refused(&beyond(100.0, None));
        assert!(matches!(found, Some(SongError::BeyondEnd { .. })));
        let short = Settings {
            longest: Seconds(0.5),
            ..Settings::default()
        };
        assert!(matches!(refused(&short), Some(SongError::TooLong { .. })));
        assert!(matches!(Song::read(b"MThd"), Err(SongError::Midi(_))));
    }

    #[test]
    fn the_least_memory_is_given_or_refused_with_what_it_takes() {
        let bank = Bank::built_in(&[]).unwrap();
        let performance = |memory, beside| {
            let mut performance = note().perform(&bank, &Settings::default()).unwrap();
            performance.limit_memory(memory, beside, true)
        };
        assert_eq!(performance(0, 0), Ok(()));
        let refused = performance(1 << 20, 1 << 30);
        let Err(SongError::TooLittleMemory { least, stems, .. }) = refused else {
            panic!("{refused:?}");
        };
        assert!(least > 1 << 30 && stems == 1);
    }
}

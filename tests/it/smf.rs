//! Writes Standard MIDI Files for the tests: events at ticks become bytes, sound or damaged as the test needs.
//!
//! ```ignore
//! let bytes = Smf::new(480)
//!     .track(|t| t.tempo(500_000).program(0, 40).note(0, 60, 100, 0..480))
//!     .to_bytes();
//! ```
//!
//! `at` moves to a tick, and what follows happens there; `note` brings its own ticks and leaves the place unchanged.
//! Events may be given in any order. At the same tick the ends of notes come first, then everything as it was given.

use std::ops::Range;

/// A Standard MIDI File in the making.
#[derive(Clone)]
pub(crate) struct Smf {
    format: Option<u16>,
    division: [u8; 2],
    running_status: bool,
    chunks: Vec<Chunk>,
}

/// What stands between the header and the end of the file.
#[derive(Clone)]
enum Chunk {
    Track(Track),
    Alien { id: [u8; 4], data: Vec<u8> },
}

impl Smf {
    /// A file in metrical time. It has format 0 with one track, else format 1, unless [`Smf::format`] says otherwise.
    pub(crate) fn new(ticks_per_quarter: u16) -> Self {
        Self::with_division(ticks_per_quarter.to_be_bytes())
    }

    /// A file in time code. `fps` is 24, 25, 29 (which means 30000/1001) or 30.
    pub(crate) fn smpte(fps: u8, ticks_per_frame: u8) -> Self {
        Self::with_division([fps.wrapping_neg(), ticks_per_frame])
    }

    fn with_division(division: [u8; 2]) -> Self {
        Self {
            format: None,
            division,
            running_status: false,
            chunks: Vec::new(),
        }
    }

    /// Sets the format: 0, 1 or 2.
    pub(crate) fn format(mut self, format: u16) -> Self {
        self.format = Some(format);
        self
    }

    /// Leaves a status byte out where it repeats the one before.
    pub(crate) fn running_status(mut self) -> Self {
        self.running_status = true;
        self
    }

    /// Adds a track. It ends at its last event unless [`Track::end`] or [`Track::without_end`] says otherwise.
    pub(crate) fn track(mut self, write: impl FnOnce(&mut Track) -> &mut Track) -> Self {
        let mut track = Track::default();
        write(&mut track);
        self.chunks.push(Chunk::Track(track));
        self
    }

    /// Adds a chunk that is no track.
    pub(crate) fn alien_chunk(mut self, id: [u8; 4], data: &[u8]) -> Self {
        let data = data.to_vec();
        self.chunks.push(Chunk::Alien { id, data });
        self
    }

    /// The file.
    pub(crate) fn to_bytes(&self) -> Vec<u8> {
        let mut bytes = self.header();
        for chunk in &self.chunks {
            bytes.extend(match chunk {
                Chunk::Track(track) => chunk_bytes(*b"MTrk", &track.data(self.running_status)),
                Chunk::Alien { id, data } => chunk_bytes(*id, data),
            });
        }
        bytes
    }

    /// The file inside a RIFF container (RMID).
    pub(crate) fn to_rmid_bytes(&self) -> Vec<u8> {
        let smf = self.to_bytes();
        let padding = smf.len() % 2;
        let riff_length = 4 + 8 + smf.len() + padding;
        let mut bytes = b"RIFF".to_vec();
        bytes.extend(length_u32(riff_length).to_le_bytes());
        bytes.extend(b"RMIDdata");
        bytes.extend(length_u32(smf.len()).to_le_bytes());
        bytes.extend(&smf);
        bytes.extend(&[0][..padding]);
        bytes
    }

    fn header(&self) -> Vec<u8> {
        let is_track = |chunk: &&Chunk| matches!(chunk, Chunk::Track(_));
        let tracks = u16::try_from(self.chunks.iter().filter(is_track).count()).unwrap();
        let format = self.format.unwrap_or(u16::from(tracks > 1));
        let mut data = format.to_be_bytes().to_vec();
        data.extend(tracks.to_be_bytes());
        data.extend(self.division);
        chunk_bytes(*b"MThd", &data)
    }
}

/// A track in the making: see the head of this file for how ticks are given.
#[derive(Clone, Default)]
pub(crate) struct Track {
    tick: u32,
    events: Vec<Event>,
    end: End,
}

#[derive(Clone)]
struct Event {
    tick: u32,
    /// Whether it comes before other events of its tick.
    ends_note: bool,
    bytes: Vec<u8>,
}

/// Where a track's End of Track stands.
#[derive(Clone, Copy, Default)]
enum End {
    #[default]
    AtLastEvent,
    At(u32),
    Missing,
}

impl Track {
    /// Moves to a tick, forwards or backwards.
    pub(crate) fn at(&mut self, tick: u32) -> &mut Self {
        self.tick = tick;
        self
    }

    /// A note from one tick to another, whatever the current tick; its release velocity is 64, "not measured".
    pub(crate) fn note(
        &mut self,
        channel: u8,
        key: u8,
        velocity: u8,
        ticks: Range<u32>,
    ) -> &mut Self {
        self.push(ticks.start, false, vec![0x90 | channel, key, velocity]);
        self.push(ticks.end, !ticks.is_empty(), vec![0x80 | channel, key, 64])
    }

    /// A key goes down.
    pub(crate) fn note_on(&mut self, channel: u8, key: u8, velocity: u8) -> &mut Self {
        self.raw(&[0x90 | channel, key, velocity])
    }

    /// A key goes up, this fast.
    pub(crate) fn note_off(&mut self, channel: u8, key: u8, velocity: u8) -> &mut Self {
        self.raw(&[0x80 | channel, key, velocity])
    }

    /// Pressure on one key.
    pub(crate) fn key_pressure(&mut self, channel: u8, key: u8, pressure: u8) -> &mut Self {
        self.raw(&[0xA0 | channel, key, pressure])
    }

    /// A controller moves.
    pub(crate) fn control(&mut self, channel: u8, controller: u8, value: u8) -> &mut Self {
        self.raw(&[0xB0 | channel, controller, value])
    }

    /// A registered parameter is set: its number, then Data Entry coarse and fine (CC 101, 100, 6, 38).
    pub(crate) fn rpn(&mut self, channel: u8, parameter: u16, coarse: u8, fine: u8) -> &mut Self {
        let [high, low] = seven_bits(parameter);
        self.control(channel, 101, high)
            .control(channel, 100, low)
            .control(channel, 6, coarse)
            .control(channel, 38, fine)
    }

    /// A program is chosen.
    pub(crate) fn program(&mut self, channel: u8, program: u8) -> &mut Self {
        self.raw(&[0xC0 | channel, program])
    }

    /// Pressure on the whole channel.
    pub(crate) fn pressure(&mut self, channel: u8, pressure: u8) -> &mut Self {
        self.raw(&[0xD0 | channel, pressure])
    }

    /// The pitch wheel, `-8192..=8191`.
    pub(crate) fn bend(&mut self, channel: u8, bend: i16) -> &mut Self {
        let [high, low] = seven_bits(u16::try_from(bend + 8192).unwrap());
        self.raw(&[0xE0 | channel, low, high])
    }

    /// A system exclusive message, given without its framing F0 and F7.
    pub(crate) fn sysex(&mut self, data: &[u8]) -> &mut Self {
        let mut bytes = vec![0xF0];
        bytes.extend(variable_length(length_u32(data.len() + 1)));
        bytes.extend(data);
        bytes.push(0xF7);
        self.raw(&bytes)
    }

    /// Set Tempo, in microseconds per quarter note.
    pub(crate) fn tempo(&mut self, us_per_quarter: u32) -> &mut Self {
        self.meta(0x51, &us_per_quarter.to_be_bytes()[1..])
    }

    /// A time signature: 6 and 8 for 6/8. The note must be a power of two.
    pub(crate) fn time_signature(&mut self, beats: u8, note: u8) -> &mut Self {
        let power = u8::try_from(note.ilog2()).unwrap();
        self.meta(0x58, &[beats, power, 24, 8])
    }

    /// The name of the track.
    pub(crate) fn name(&mut self, name: &str) -> &mut Self {
        self.meta(0x03, name.as_bytes())
    }

    /// Any other meta event.
    pub(crate) fn meta(&mut self, kind: u8, data: &[u8]) -> &mut Self {
        let mut bytes = vec![0xFF, kind];
        bytes.extend(variable_length(length_u32(data.len())));
        bytes.extend(data);
        self.raw(&bytes)
    }

    /// Any bytes, right or wrong, after the delta time.
    pub(crate) fn raw(&mut self, bytes: &[u8]) -> &mut Self {
        self.push(self.tick, false, bytes.to_vec())
    }

    /// The track ends at the current tick.
    pub(crate) fn end(&mut self) -> &mut Self {
        self.end = End::At(self.tick);
        self
    }

    /// The track has no End of Track.
    pub(crate) fn without_end(&mut self) -> &mut Self {
        self.end = End::Missing;
        self
    }

    fn push(&mut self, tick: u32, ends_note: bool, bytes: Vec<u8>) -> &mut Self {
        self.events.push(Event {
            tick,
            ends_note,
            bytes,
        });
        self
    }

    /// The content of the MTrk chunk.
    fn data(&self, running_status: bool) -> Vec<u8> {
        let mut events = self.events.clone();
        events.sort_by_key(|event| (event.tick, !event.ends_note));
        let last_tick = events.last().map_or(0, |event| event.tick);
        match self.end {
            End::AtLastEvent => events.push(end_of_track(last_tick)),
            End::At(tick) => events.push(end_of_track(tick)),
            End::Missing => {}
        }
        let mut data = Vec::new();
        let mut tick = 0;
        let mut status = None;
        for event in &events {
            data.extend(variable_length(event.tick.checked_sub(tick).unwrap()));
            tick = event.tick;
            let repeated = running_status && status == Some(event.bytes[0]);
            data.extend(&event.bytes[usize::from(repeated)..]);
            // Only channel messages set a running status (SMF 1.0, MTrk).
            status = Some(event.bytes[0]).filter(|byte| (0x80..0xF0).contains(byte));
        }
        data
    }
}

fn end_of_track(tick: u32) -> Event {
    Event {
        tick,
        ends_note: false,
        bytes: vec![0xFF, 0x2F, 0],
    }
}

fn chunk_bytes(id: [u8; 4], data: &[u8]) -> Vec<u8> {
    let mut bytes = id.to_vec();
    bytes.extend(length_u32(data.len()).to_be_bytes());
    bytes.extend(data);
    bytes
}

/// A variable-length quantity: seven bits to a byte, the highest bit set in all but the last (SMF 1.0).
fn variable_length(number: u32) -> Vec<u8> {
    let mut bytes = vec![low_seven_bits(number)];
    let mut rest = number >> 7;
    while rest > 0 {
        bytes.insert(0, low_seven_bits(rest) | 0x80);
        rest >>= 7;
    }
    bytes
}

fn low_seven_bits(number: u32) -> u8 {
    u8::try_from(number & 0x7F).unwrap()
}

/// A 14-bit number as two data bytes, the high one first.
fn seven_bits(number: u16) -> [u8; 2] {
    [
        low_seven_bits(u32::from(number) >> 7),
        low_seven_bits(number.into()),
    ]
}

fn length_u32(length: usize) -> u32 {
    u32::try_from(length).unwrap()
}

#[test]
fn variable_lengths_are_those_of_the_standard() {
    let check =
        |number, expected: &[u8]| assert_eq!(variable_length(number), expected, "{number:#x}");
    check(0x00, &[0x00]);
    check(0x7F, &[0x7F]);
    check(0x80, &[0x81, 0x00]);
    check(0x3FFF, &[0xFF, 0x7F]);
    check(0x0020_0000, &[0x81, 0x80, 0x80, 0x00]);
    check(0x0FFF_FFFF, &[0xFF, 0xFF, 0xFF, 0x7F]);
}

#[test]
fn a_note_ends_before_the_next_begins_however_they_are_given() {
    let data = Smf::new(96)
        .track(|t| t.note(0, 60, 100, 96..192).note(0, 60, 90, 0..96))
        .to_bytes();
    let expected = [
        0, 0x90, 60, 90, 96, 0x80, 60, 64, 0, 0x90, 60, 100, 96, 0x80, 60, 64, 0, 0xFF, 0x2F, 0,
    ];
    assert_eq!(data[22..], expected);
}

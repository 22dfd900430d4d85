//! What a channel's controllers mean: Control Changes, bends and pressures in, lanes and articulations out.

use super::articulation::{Articulation, Glide, Sound};
use super::lane::Lane;
use super::sysex::Standard;
use super::time::Instant;
use crate::units::{Channel, Key, Program};

/// Vibrato at full channel or key pressure, in cents (as the default modulator of SoundFont 2.04, 8.4.3).
const PRESSURE_VIBRATO_CENTS: f32 = 50.0;

/// The controllers of one channel over time.
#[derive(Clone, Debug, PartialEq)]
pub struct ChannelLanes {
    /// CC7 and CC39, `0.0..=1.0`.
    pub volume: Lane,
    /// CC11 and CC43, `0.0..=1.0`.
    pub expression: Lane,
    /// CC10 and CC42, left -1 to right 1.
    pub pan: Lane,
    /// CC8 and CC40, left -1 to right 1.
    pub balance: Lane,
    /// CC91, `0.0..=1.0`.
    pub reverb: Lane,
    /// CC93, `0.0..=1.0`.
    pub chorus: Lane,
    /// CC94, `0.0..=1.0`.
    pub delay: Lane,
    /// Everything that shifts the pitch, in cents: wheel times bend range, channel tuning, master tuning.
    pub pitch: Lane,
    /// Depth of the vibrato that modulation wheel and channel pressure add, in cents.
    pub vibrato: Lane,
    /// CC74, -1 to 1.
    pub brightness: Lane,
    /// CC71, -1 to 1.
    pub resonance: Lane,
}

impl Default for ChannelLanes {
    /// The power-up values of General MIDI 2: volume 100, expression full, pan centred, reverb send 40.
    fn default() -> Self {
        Self {
            volume: Lane::new(share(100 << 7)),
            expression: Lane::new(1.0),
            pan: Lane::new(0.0),
            balance: Lane::new(0.0),
            reverb: Lane::new(40.0 / 127.0),
            chorus: Lane::new(0.0),
            delay: Lane::new(0.0),
            pitch: Lane::new(0.0),
            vibrato: Lane::new(0.0),
            brightness: Lane::new(0.0),
            resonance: Lane::new(0.0),
        }
    }
}

/// Tuning that applies to all channels, in cents.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct MasterTuning {
    pub(super) fine: f32,
    /// Transposition; drums keep their keys.
    pub(super) transpose: f32,
    /// What was asked for beside the file; drums keep their pitch.
    asked: f32,
}

impl MasterTuning {
    /// The tuning at power-up, with what is asked for beside the file.
    pub(super) fn new(asked: f32) -> Self {
        Self {
            asked,
            ..Self::default()
        }
    }
}

/// Which parameter Data Entry goes to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Parameter {
    None,
    /// RPN, by CC101 and CC100.
    Registered(u8, u8),
    /// NRPN, by CC99 and CC98.
    NonRegistered(u8, u8),
}

/// The state of one channel at the current instant.
#[derive(Clone, Debug)]
pub(super) struct ChannelState {
    channel: Channel,
    drums: bool,
    bank: (u8, u8),
    sound: Sound,
    volume: u16,
    expression: u16,
    pan: u16,
    balance: u16,
    modulation: u16,
    bend: i16,
    /// RPN 0: semitones and cents.
    bend_range: (u8, u8),
    /// RPN 1, 14 bit.
    fine_tuning: u16,
    /// RPN 2, semitones from 64.
    coarse_tuning: u8,
    /// RPN 5, 14 bit: semitones and 128ths.
    modulation_depth: u16,
    channel_pressure: u8,
    pub(super) sustain: bool,
    pub(super) sostenuto: bool,
    soft: bool,
    legato: bool,
    pub(super) mono: bool,
    portamento: bool,
    portamento_time: u16,
    portamento_from: Option<Key>,
    reverb: u8,
    chorus: u8,
    delay: u8,
    /// CC71 to CC78.
    sound_controllers: [u8; 8],
    parameter: Parameter,
    last_key: Option<Key>,
}

impl ChannelState {
    /// The state at power-up.
    pub(super) fn new(channel: Channel) -> Self {
        let drums = channel == Channel::DRUMS;
        let mut state = Self {
            channel,
            drums,
            bank: (0, 0),
            sound: Sound::Drums {
                kit: Program::new(0),
            },
            volume: 100 << 7,
            expression: 127 << 7,
            pan: 64 << 7,
            balance: 64 << 7,
            modulation: 0,
            bend: 0,
            bend_range: (2, 0),
            fine_tuning: 8192,
            coarse_tuning: 64,
            modulation_depth: 64,
            channel_pressure: 0,
            sustain: false,
            sostenuto: false,
            soft: false,
            legato: false,
            mono: false,
            portamento: false,
            portamento_time: 0,
            portamento_from: None,
            reverb: 40,
            chorus: 0,
            delay: 0,
            sound_controllers: [64; 8],
            parameter: Parameter::None,
            last_key: None,
        };
        state.choose(Program::new(0), drums);
        state
    }

    /// Program Change: takes the bank selected before it. In GM2 and XG the bank also tells drums from melodic.
    pub(super) fn program(&mut self, program: Program, standard: Standard) {
        match (standard, self.bank.0) {
            (Standard::Gm2, 120) | (Standard::Xg, 126 | 127) => self.drums = true,
            (Standard::Gm2, 121) => self.drums = false,
            (Standard::Xg, 0) if self.channel != Channel::DRUMS => self.drums = false,
            _ => {}
        }
        self.choose(program, self.drums);
    }

    /// Whether the channel plays drums.
    pub(super) fn is_drums(&self) -> bool {
        self.drums
    }

    /// Makes the channel a drum part or a melodic one, with program 0 of its kind.
    pub(super) fn set_drums(&mut self, drums: bool) {
        self.drums = drums;
        self.choose(Program::new(0), drums);
    }

    fn choose(&mut self, program: Program, drums: bool) {
        self.sound = if drums {
            Sound::Drums { kit: program }
        } else {
            Sound::Melodic {
                bank_msb: self.bank.0,
                bank_lsb: self.bank.1,
                program,
            }
        };
    }

    /// How a note struck now on `key` is played; `joined` when another key of the channel is down.
    pub(super) fn articulation(&mut self, key: Key, joined: bool) -> Articulation {
        let from = match self.portamento_from.take() {
            Some(from) => Some(from),
            None => self
                .last_key
                .filter(|_| self.portamento && self.portamento_time > 0),
        };
        let glide = from
            .filter(|from| *from != key && !self.drums)
            .map(|from| Glide {
                from,
                time: self.portamento_time,
            });
        let legato = joined && (self.legato || self.mono) && !self.drums;
        self.last_key = Some(key);
        let [
            _,
            release_time,
            attack_time,
            _,
            decay_time,
            vibrato_rate,
            vibrato_depth,
            vibrato_delay,
        ] = self.sound_controllers;
        Articulation {
            sound: self.sound,
            sustain_pedal: self.sustain,
            soft: self.soft,
            legato,
            glide,
            release_time,
            attack_time,
            decay_time,
            vibrato_rate,
            vibrato_depth,
            vibrato_delay,
        }
    }

    /// A controller moves; mode messages and pedals, which act on notes, are the reader's affair beside this.
    pub(super) fn control(&mut self, controller: u8, value: u8) {
        let down = value >= 64;
        match controller {
            0 => self.bank.0 = value,
            32 => self.bank.1 = value,
            1 => self.modulation = coarse(value),
            33 => fine(&mut self.modulation, value),
            5 => self.portamento_time = coarse(value),
            37 => fine(&mut self.portamento_time, value),
            6 => self.data_entry(Some(value), None),
            38 => self.data_entry(None, Some(value)),
            96 => self.step(1),
            97 => self.step(-1),
            7 => self.volume = coarse(value),
            39 => fine(&mut self.volume, value),
            8 => self.balance = coarse(value),
            40 => fine(&mut self.balance, value),
            10 => self.pan = coarse(value),
            42 => fine(&mut self.pan, value),
            11 => self.expression = coarse(value),
            43 => fine(&mut self.expression, value),
            64 => self.sustain = down,
            65 => self.portamento = down,
            66 => self.sostenuto = down,
            67 => self.soft = down,
            68 => self.legato = down,
            71..=78 => self.sound_controllers[usize::from(controller - 71)] = value,
            84 => self.portamento_from = Some(Key::new(value)),
            91 => self.reverb = value,
            93 => self.chorus = value,
            94 => self.delay = value,
            98 | 99 => self.select(controller == 99, value, false),
            100 | 101 => self.select(controller == 101, value, true),
            121 => self.reset_controllers(),
            126 => self.mono = true,
            127 => self.mono = false,
            _ => {}
        }
    }

    pub(super) fn bend(&mut self, bend: i16) {
        self.bend = bend;
    }

    pub(super) fn channel_pressure(&mut self, pressure: u8) {
        self.channel_pressure = pressure;
    }

    /// Reset All Controllers (RP-015): not bank, program, volume, pan, sends or sound controllers.
    fn reset_controllers(&mut self) {
        let fresh = Self::new(self.channel);
        *self = Self {
            expression: fresh.expression,
            modulation: fresh.modulation,
            bend: fresh.bend,
            channel_pressure: fresh.channel_pressure,
            sustain: false,
            sostenuto: false,
            soft: false,
            legato: false,
            portamento: false,
            portamento_from: None,
            parameter: Parameter::None,
            ..self.clone()
        };
    }

    /// CC98 to CC101 select a parameter; 127 twice selects none.
    fn select(&mut self, msb: bool, value: u8, registered: bool) {
        let (high, low) = match self.parameter {
            Parameter::Registered(high, low) if registered => (high, low),
            Parameter::NonRegistered(high, low) if !registered => (high, low),
            _ => (127, 127),
        };
        let (high, low) = if msb { (value, low) } else { (high, value) };
        self.parameter = match (high, low, registered) {
            (127, 127, _) => Parameter::None,
            (_, _, true) => Parameter::Registered(high, low),
            (_, _, false) => Parameter::NonRegistered(high, low),
        };
    }

    /// Data Entry, CC6 (`msb`) or CC38 (`lsb`).
    fn data_entry(&mut self, msb: Option<u8>, lsb: Option<u8>) {
        let pair = |old: u16| match (msb, lsb) {
            (Some(msb), _) => coarse(msb),
            (None, Some(lsb)) => (old & !0x7F) | u16::from(lsb),
            (None, None) => old,
        };
        match self.parameter {
            Parameter::Registered(0, 0) => match (msb, lsb) {
                (Some(semitones), _) => self.bend_range = (semitones, 0),
                (_, Some(cents)) => self.bend_range.1 = cents,
                _ => {}
            },
            Parameter::Registered(0, 1) => self.fine_tuning = pair(self.fine_tuning),
            Parameter::Registered(0, 2) => self.coarse_tuning = msb.unwrap_or(self.coarse_tuning),
            Parameter::Registered(0, 5) => self.modulation_depth = pair(self.modulation_depth),
            Parameter::NonRegistered(1, low) => self.part_parameter(low, msb),
            _ => {}
        }
    }

    /// The part parameters of GS and XG (NRPN 1, x) are the sound controllers under other numbers.
    fn part_parameter(&mut self, low: u8, value: Option<u8>) {
        let controller = match low {
            0x08 => 76,
            0x09 => 77,
            0x0A => 78,
            0x20 => 74,
            0x21 => 71,
            0x63 => 73,
            0x64 => 75,
            0x66 => 72,
            _ => return,
        };
        if let Some(value) = value {
            self.control(controller, value);
        }
    }

    /// Data Increment and Decrement, CC96 and CC97 (RP-018: one cent for the bend range, one semitone for coarse
    /// tuning, one step of the 14-bit value for the rest).
    fn step(&mut self, by: i32) {
        let step = |value: u16| (i32::from(value) + by).clamp(0, 16_383) as u16;
        match self.parameter {
            Parameter::Registered(0, 0) => {
                let cents = i32::from(self.bend_range.0) * 100 + i32::from(self.bend_range.1) + by;
                let cents = cents.clamp(0, 12_799);
                self.bend_range = ((cents / 100) as u8, (cents % 100) as u8);
            }
            Parameter::Registered(0, 1) => self.fine_tuning = step(self.fine_tuning),
            Parameter::Registered(0, 2) => {
                self.coarse_tuning = (i32::from(self.coarse_tuning) + by).clamp(0, 127) as u8;
            }
            Parameter::Registered(0, 5) => self.modulation_depth = step(self.modulation_depth),
            _ => {}
        }
    }

    /// Writes the values in force at `now` into the lanes.
    pub(super) fn write(&self, lanes: &mut ChannelLanes, now: Instant, master: MasterTuning) {
        lanes.volume.set(now, share(self.volume));
        lanes.expression.set(now, share(self.expression));
        lanes.pan.set(now, side(self.pan));
        lanes.balance.set(now, side(self.balance));
        lanes.reverb.set(now, share(coarse(self.reverb)));
        lanes.chorus.set(now, share(coarse(self.chorus)));
        lanes.delay.set(now, share(coarse(self.delay)));
        lanes.pitch.set(now, self.pitch_cents(master));
        lanes.vibrato.set(now, self.vibrato_cents());
        lanes.resonance.set(now, offset(self.sound_controllers[0]));
        lanes.brightness.set(now, offset(self.sound_controllers[3]));
    }

    fn pitch_cents(&self, master: MasterTuning) -> f32 {
        let range = f32::from(self.bend_range.0) * 100.0 + f32::from(self.bend_range.1);
        let bend = f32::from(self.bend) / 8192.0 * range;
        let fine = (f32::from(self.fine_tuning) - 8192.0) / 8192.0 * 100.0;
        let coarse = (f32::from(self.coarse_tuning) - 64.0) * 100.0;
        let transpose = match self.drums {
            true => 0.0,
            false => master.transpose + master.asked,
        };
        bend + fine + coarse + master.fine + transpose
    }

    fn vibrato_cents(&self) -> f32 {
        let depth = f32::from(self.modulation_depth) / 128.0 * 100.0;
        let pressure = key_pressure_vibrato(self.channel_pressure);
        share(self.modulation) * depth + pressure
    }
}

/// Vibrato that a key's pressure adds, in cents.
pub(super) fn key_pressure_vibrato(pressure: u8) -> f32 {
    f32::from(pressure) / 127.0 * PRESSURE_VIBRATO_CENTS
}

/// A most significant byte sets the least significant to 0 (MIDI 1.0).
fn coarse(value: u8) -> u16 {
    u16::from(value) << 7
}

fn fine(pair: &mut u16, value: u8) {
    *pair = (*pair & !0x7F) | u16::from(value);
}

/// A 14-bit value as a share of full, which is 127 in the upper byte whatever the lower says.
pub(super) fn share(value: u16) -> f32 {
    (f32::from(value) / 16_256.0).min(1.0)
}

/// A 14-bit value as a place between -1 and 1; 0 and 1 in the upper byte are both hard left (GM2, 3.3.5).
fn side(value: u16) -> f32 {
    ((f32::from(value) - 8192.0) / 8064.0).clamp(-1.0, 1.0)
}

/// A 7-bit value around 64 as -1 to 1.
fn offset(value: u8) -> f32 {
    (f32::from(value) - 64.0) / if value < 64 { 64.0 } else { 63.0 }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn state(controls: &[(u8, u8)]) -> ChannelState {
        let mut state = ChannelState::new(Channel::new(0));
        for &(controller, value) in controls {
            state.control(controller, value);
        }
        state
    }

    fn pitch(state: &ChannelState) -> f32 {
        state.pitch_cents(MasterTuning::default())
    }

    #[test]
    fn the_wheel_bends_two_semitones_unless_rpn_0_says_otherwise() {
        let mut plain = state(&[]);
        plain.bend(-8192);
        assert_eq!(pitch(&plain), -200.0);
        let mut wide = state(&[(101, 0), (100, 0), (6, 12), (38, 50)]);
        wide.bend(4096);
        assert_eq!(pitch(&wide), 625.0);
    }

    #[test]
    fn rpn_1_and_2_tune_the_channel() {
        assert_eq!(pitch(&state(&[(101, 0), (100, 1), (6, 96)])), 50.0);
        assert_eq!(pitch(&state(&[(101, 0), (100, 2), (6, 76)])), 1200.0);
    }

    #[test]
    fn a_null_parameter_takes_no_data() {
        let mut closed = state(&[(101, 0), (100, 0), (101, 127), (100, 127), (6, 12)]);
        closed.bend(-8192);
        assert_eq!(pitch(&closed), -200.0);
    }

    #[test]
    fn increments_step_as_rp_018_says() {
        assert_eq!(state(&[(101, 0), (100, 0), (96, 0)]).bend_range, (2, 1));
        assert_eq!(state(&[(101, 0), (100, 0), (97, 0)]).bend_range, (1, 99));
        assert_eq!(state(&[(101, 0), (100, 2), (97, 0)]).coarse_tuning, 63);
    }

    #[test]
    fn modulation_swings_fifty_cents_unless_rpn_5_says_otherwise() {
        assert_eq!(state(&[(1, 127)]).vibrato_cents(), 50.0);
        assert_eq!(
            state(&[(101, 0), (100, 5), (6, 2), (1, 127)]).vibrato_cents(),
            200.0
        );
    }

    #[test]
    fn full_scale_is_reached_with_and_without_the_lower_byte() {
        assert_eq!(share(127 << 7), 1.0);
        assert_eq!(share(16_383), 1.0);
        assert_eq!(
            (side(0), side(1 << 7), side(64 << 7), side(127 << 7)),
            (-1.0, -1.0, 0.0, 1.0)
        );
    }

    #[test]
    fn reset_controllers_keeps_volume_pan_and_program() {
        let reset = state(&[(7, 10), (10, 0), (11, 10), (1, 99), (64, 127), (121, 0)]);
        assert_eq!((reset.volume, reset.pan), (10 << 7, 0));
        assert_eq!(
            (reset.expression, reset.modulation, reset.sustain),
            (127 << 7, 0, false)
        );
    }

    #[test]
    fn gs_part_parameters_reach_the_sound_controllers() {
        let bright = state(&[(99, 1), (98, 0x20), (6, 100)]);
        assert_eq!(bright.sound_controllers[3], 100);
    }

    #[test]
    fn portamento_glides_from_the_last_key_once_it_is_on() {
        let mut state = state(&[(5, 64)]);
        assert_eq!(state.articulation(Key::new(60), false).glide, None);
        state.control(65, 127);
        let glide = state.articulation(Key::new(62), false).glide;
        assert_eq!(glide.map(|glide| glide.from), Some(Key::new(60)));
    }

    #[test]
    fn xg_bank_127_makes_drums_of_any_channel() {
        let mut state = state(&[(0, 127)]);
        state.program(Program::new(0), Standard::Gm);
        assert!(matches!(state.sound, Sound::Melodic { .. }));
        state.program(Program::new(0), Standard::Xg);
        assert!(matches!(state.sound, Sound::Drums { .. }));
    }
}

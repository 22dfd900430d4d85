//! A part's controllers: what is sent to it becomes lanes, and the articulation of the notes that are struck.

use super::articulation::{Articulation, Glide, Instrument};
use super::control::Control;
use super::lane::Lane;
use super::sysex::Standard;
use super::time::Instant;
use crate::units::{Channel, Key, Part, Program};

/// The controllers of one part over time, as they were sent.
#[derive(Clone, Debug, PartialEq)]
pub struct PartLanes {
    /// The part.
    pub part: Part,
    /// By [`Control`].
    lanes: Box<[Lane]>,
}

impl PartLanes {
    /// Lanes that keep what they are at power-up.
    #[must_use]
    pub fn new(part: Part) -> Self {
        let lanes = Control::all().map(|control| Lane::new(control.power_up()));
        Self {
            part,
            lanes: lanes.collect(),
        }
    }

    /// One of them.
    #[must_use]
    pub fn lane(&self, control: Control) -> &Lane {
        &self.lanes[control.index()]
    }

    fn set(&mut self, control: Control, now: Instant, value: i32) {
        self.lanes[control.index()].set(now, value);
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

/// The state of a part at the current instant, and its lanes up to there.
#[derive(Clone, Debug)]
pub(super) struct PartState {
    pub(super) lanes: PartLanes,
    /// CC0 and CC32.
    bank: (u8, u8),
    sound: Instrument,
    pub(super) mono: bool,
    portamento_from: Option<Key>,
    parameter: Parameter,
    last_key: Option<Key>,
}

impl PartState {
    /// The state at power-up.
    pub(super) fn new(part: Part) -> Self {
        let mut state = Self {
            lanes: PartLanes::new(part),
            bank: (0, 0),
            sound: Instrument::Drums {
                kit: Program::new(0),
            },
            mono: false,
            portamento_from: None,
            parameter: Parameter::None,
            last_key: None,
        };
        state.power_up(Instant(0));
        state
    }

    /// Back to the state at power-up.
    pub(super) fn power_up(&mut self, now: Instant) {
        for control in Control::all() {
            self.lanes.set(control, now, control.power_up());
        }
        self.bank = (0, 0);
        self.mono = false;
        self.portamento_from = None;
        self.parameter = Parameter::None;
        self.last_key = None;
        self.set_drums(self.lanes.part.channel == Channel::DRUMS, now);
    }

    /// The value of a control now.
    fn now(&self, control: Control) -> i32 {
        self.lanes.lane(control).last()
    }

    /// Whether a pedal or a switch is down.
    fn is_down(&self, pedal: Control) -> bool {
        self.now(pedal) >= 64
    }

    /// Whether the sustain pedal is down.
    pub(super) fn sustain(&self) -> bool {
        self.is_down(Control::SUSTAIN_PEDAL)
    }

    /// Whether the sostenuto pedal is down.
    pub(super) fn sostenuto(&self) -> bool {
        self.is_down(Control::SOSTENUTO_PEDAL)
    }

    /// Program Change: takes the bank selected before it. In GM2 and XG the bank also tells drums from melodic.
    pub(super) fn program(&mut self, program: Program, standard: Standard, now: Instant) {
        let drums = match (standard, self.bank.0) {
            (Standard::Gm2, 120) | (Standard::Xg, 126 | 127) => true,
            (Standard::Gm2, 121) => false,
            (Standard::Xg, 0) if self.lanes.part.channel != Channel::DRUMS => false,
            _ => self.is_drums(),
        };
        self.choose(program, drums, now);
    }

    /// Whether the part plays drums.
    pub(super) fn is_drums(&self) -> bool {
        self.now(Control::DRUMS) != 0
    }

    /// Makes it a drum part or a melodic one, with program 0 of its kind.
    pub(super) fn set_drums(&mut self, drums: bool, now: Instant) {
        self.choose(Program::new(0), drums, now);
    }

    fn choose(&mut self, program: Program, drums: bool, now: Instant) {
        self.lanes.set(Control::DRUMS, now, i32::from(drums));
        self.sound = if drums {
            Instrument::Drums { kit: program }
        } else {
            Instrument::Melodic {
                bank_msb: self.bank.0,
                bank_lsb: self.bank.1,
                program,
            }
        };
    }

    /// How a note struck now on `key` is played; `joined` when another key of the part is down.
    pub(super) fn articulation(&mut self, key: Key, joined: bool) -> Articulation {
        let time = self.now(Control::PORTAMENTO_TIME) as u16;
        let glides = self.is_down(Control::PORTAMENTO) && time > 0;
        let from = self.portamento_from.take();
        let from = from.or(self.last_key.filter(|_| glides));
        let glide = from
            .filter(|from| *from != key && !self.is_drums())
            .map(|from| Glide { from, time });
        let tied = self.is_down(Control::LEGATO) || self.mono;
        self.last_key = Some(key);
        let value = |control| self.now(control) as u8;
        Articulation {
            sound: self.sound,
            sustain_pedal: self.sustain(),
            soft: self.is_down(Control::SOFT_PEDAL),
            legato: joined && tied && !self.is_drums(),
            glide,
            release_time: value(Control::RELEASE_TIME),
            attack_time: value(Control::ATTACK_TIME),
            decay_time: value(Control::DECAY_TIME),
            vibrato_rate: value(Control::VIBRATO_RATE),
            vibrato_depth: value(Control::VIBRATO_DEPTH),
            vibrato_delay: value(Control::VIBRATO_DELAY),
        }
    }

    /// A controller moves; what mode messages and pedals do to notes is the reader's affair beside this.
    pub(super) fn control(&mut self, controller: u8, value: u8, now: Instant) {
        match controller {
            0 => self.bank.0 = value,
            32 => self.bank.1 = value,
            6 => self.data_entry(Some(value), None, now),
            38 => self.data_entry(None, Some(value), now),
            84 => self.portamento_from = Some(Key::new(value)),
            96 => self.step(1, now),
            97 => self.step(-1, now),
            98 | 99 => self.select(controller == 99, value, false),
            100 | 101 => self.select(controller == 101, value, true),
            121 => self.reset_controllers(now),
            126 => self.mono = true,
            127 => self.mono = false,
            _ => {}
        }
        match controller {
            0..=31 => self.set(Control::controller(controller), coarse(value), now),
            32..=63 => {
                let control = Control::controller(controller - 32);
                let fine = (self.now(control) & !0x7F) | i32::from(value);
                self.set(control, fine, now);
            }
            // Reset All Controllers and the mode messages have no value that lasts.
            120..=127 => {}
            _ => self.set(Control::controller(controller), i32::from(value), now),
        }
    }

    fn set(&mut self, control: Control, value: i32, now: Instant) {
        self.lanes.set(control, now, value);
    }

    pub(super) fn bend(&mut self, bend: i16, now: Instant) {
        self.set(Control::BEND, i32::from(bend), now);
    }

    pub(super) fn pressure(&mut self, pressure: u8, now: Instant) {
        self.set(Control::PRESSURE, i32::from(pressure), now);
    }

    /// Reset All Controllers (RP-015): not bank, program, volume, pan, sends or sound controllers.
    fn reset_controllers(&mut self, now: Instant) {
        const RESET: [Control; 9] = [
            Control::EXPRESSION,
            Control::MODULATION,
            Control::BEND,
            Control::PRESSURE,
            Control::SUSTAIN_PEDAL,
            Control::SOSTENUTO_PEDAL,
            Control::SOFT_PEDAL,
            Control::LEGATO,
            Control::PORTAMENTO,
        ];
        for control in RESET {
            self.set(control, control.power_up(), now);
        }
        self.portamento_from = None;
        self.parameter = Parameter::None;
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
    fn data_entry(&mut self, msb: Option<u8>, lsb: Option<u8>, now: Instant) {
        let pair = |old: i32| match (msb, lsb) {
            (Some(msb), _) => coarse(msb),
            (None, Some(lsb)) => (old & !0x7F) | i32::from(lsb),
            (None, None) => old,
        };
        let (control, value) = match self.parameter {
            Parameter::Registered(0, 0) => {
                let range = self.now(Control::BEND_RANGE);
                let range = match (msb, lsb) {
                    (Some(semitones), _) => i32::from(semitones) * 100,
                    (None, Some(cents)) => range / 100 * 100 + i32::from(cents),
                    (None, None) => range,
                };
                (Control::BEND_RANGE, range)
            }
            Parameter::Registered(0, 1) => {
                (Control::FINE_TUNING, pair(self.now(Control::FINE_TUNING)))
            }
            Parameter::Registered(0, 2) => match msb {
                Some(semitones) => (Control::COARSE_TUNING, i32::from(semitones)),
                None => return,
            },
            Parameter::Registered(0, 5) => (
                Control::MODULATION_DEPTH,
                pair(self.now(Control::MODULATION_DEPTH)),
            ),
            Parameter::NonRegistered(1, low) => return self.part_parameter(low, msb, now),
            _ => return,
        };
        self.set(control, value, now);
    }

    /// The part parameters of GS and XG (NRPN 1, x) are the sound controllers under other numbers.
    fn part_parameter(&mut self, low: u8, value: Option<u8>, now: Instant) {
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
            self.control(controller, value, now);
        }
    }

    /// Data Increment and Decrement, CC96 and CC97 (RP-018: one cent for the bend range, one semitone for coarse
    /// tuning, one step of the 14-bit value for the rest).
    fn step(&mut self, by: i32, now: Instant) {
        let (control, most) = match self.parameter {
            Parameter::Registered(0, 0) => (Control::BEND_RANGE, 12_799),
            Parameter::Registered(0, 1) => (Control::FINE_TUNING, 16_383),
            Parameter::Registered(0, 2) => (Control::COARSE_TUNING, 127),
            Parameter::Registered(0, 5) => (Control::MODULATION_DEPTH, 16_383),
            _ => return,
        };
        let value = (self.now(control) + by).clamp(0, most);
        self.set(control, value, now);
    }
}

/// A most significant byte sets the least significant to 0 (MIDI 1.0).
fn coarse(value: u8) -> i32 {
    i32::from(value) << 7
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: Instant = Instant(0);

    fn state(controls: &[(u8, u8)]) -> PartState {
        let mut state = PartState::new(Part::default());
        for &(controller, value) in controls {
            state.control(controller, value, NOW);
        }
        state
    }

    fn check(controls: &[(u8, u8)], control: Control, expected: i32) {
        assert_eq!(state(controls).now(control), expected, "{controls:?}");
    }

    #[test]
    fn rpn_0_sets_the_bend_range_in_semitones_and_cents() {
        check(&[], Control::BEND_RANGE, 200);
        let wide = [(101, 0), (100, 0), (6, 12), (38, 50)];
        check(&wide, Control::BEND_RANGE, 1250);
    }

    #[test]
    fn rpn_1_and_2_tune_the_part() {
        check(
            &[(101, 0), (100, 1), (6, 96)],
            Control::FINE_TUNING,
            96 << 7,
        );
        check(&[(101, 0), (100, 2), (6, 76)], Control::COARSE_TUNING, 76);
    }

    #[test]
    fn a_null_parameter_takes_no_data() {
        let closed = [(101, 0), (100, 0), (101, 127), (100, 127), (6, 12)];
        check(&closed, Control::BEND_RANGE, 200);
    }

    #[test]
    fn increments_step_as_rp_018_says() {
        check(&[(101, 0), (100, 0), (96, 0)], Control::BEND_RANGE, 201);
        check(&[(101, 0), (100, 0), (97, 0)], Control::BEND_RANGE, 199);
        check(&[(101, 0), (100, 2), (97, 0)], Control::COARSE_TUNING, 63);
    }

    #[test]
    fn every_controller_is_kept_as_sent() {
        check(&[(16, 3), (48, 5)], Control::controller(16), (3 << 7) | 5);
        check(&[(48, 5), (16, 3)], Control::controller(16), 3 << 7);
        check(&[(80, 9)], Control::controller(80), 9);
    }

    #[test]
    fn reset_controllers_keeps_volume_pan_and_program() {
        let reset = [(7, 10), (10, 0), (11, 10), (1, 99), (64, 127), (121, 0)];
        check(&reset, Control::VOLUME, 10 << 7);
        check(&reset, Control::PAN, 0);
        check(&reset, Control::EXPRESSION, 127 << 7);
        check(&reset, Control::MODULATION, 0);
        assert!(!state(&reset).sustain());
    }

    #[test]
    fn gs_part_parameters_reach_the_sound_controllers() {
        check(&[(99, 1), (98, 0x20), (6, 100)], Control::BRIGHTNESS, 100);
    }

    #[test]
    fn portamento_glides_from_the_last_key_once_it_is_on() {
        let mut state = state(&[(5, 64)]);
        assert_eq!(state.articulation(Key::new(60), false).glide, None);
        state.control(65, 127, NOW);
        let glide = state.articulation(Key::new(62), false).glide;
        assert_eq!(glide.map(|glide| glide.from), Some(Key::new(60)));
    }

    #[test]
    fn xg_bank_127_makes_drums_of_any_channel() {
        let mut state = state(&[(0, 127)]);
        state.program(Program::new(0), Standard::Gm, NOW);
        assert!(matches!(state.sound, Instrument::Melodic { .. }));
        state.program(Program::new(0), Standard::Xg, NOW);
        assert!(matches!(state.sound, Instrument::Drums { .. }));
    }
}

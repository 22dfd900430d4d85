//! The effects of the whole song: what the buses send goes in, what is added to the mix comes out.

use super::chorus::Chorus;
use super::delay::Delay;
use super::reverb::Reverb;
use crate::audio::{BLOCK, Stereo};
use crate::plan::Plan;
use crate::sound::Send;
use crate::sound::effects::{ChorusSetting, DelaySetting, ReverbKind, ReverbSetting};
use crate::units::{SampleRate, Seconds};

/// Which effects are heard.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Choice {
    /// The reverb.
    pub reverb: ReverbChoice,
    /// Whether the chorus is on.
    pub chorus: bool,
    /// Whether the delay is on.
    pub delay: bool,
}

impl Choice {
    /// None of them.
    pub const DRY: Self = Self {
        reverb: ReverbChoice::Off,
        chorus: false,
        delay: false,
    };
}

impl Default for Choice {
    fn default() -> Self {
        Self {
            reverb: ReverbChoice::AsSet,
            chorus: true,
            delay: true,
        }
    }
}

/// Which reverb is heard.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ReverbChoice {
    /// None.
    Off,
    /// The one that the song sets.
    AsSet,
    /// This one, with its own time.
    Kind(ReverbKind),
}

/// The effects that a song uses: those that something is sent to.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Used {
    /// The reverb.
    pub reverb: Option<ReverbSetting>,
    /// The chorus.
    pub chorus: Option<ChorusSetting>,
    /// The delay.
    pub delay: Option<DelaySetting>,
    /// The end of the last sound that is sent to any of them, in frames.
    sent_until: u64,
}

impl Used {
    /// Those of a plan that are chosen.
    #[must_use]
    pub fn new(plan: &Plan<'_>, choice: Choice) -> Self {
        let set = plan.effects.clamped();
        let spans = plan.bus_spans();
        let last = |send: Send| {
            let buses = plan.buses.iter().zip(&spans);
            let sending = buses.filter(|(bus, (from, to))| {
                bus.sends[send as usize].constant_over(*from, *to) != Some(0.0)
            });
            sending.map(|(_, (_, end))| *end).max()
        };
        let chorused = last(Send::Chorus).filter(|_| choice.chorus && set.chorus.level > 0.0);
        let chorus = chorused.map(|_| set.chorus);
        let echoed = last(Send::Delay).filter(|_| choice.delay && set.delay.level > 0.0);
        let passed_on = chorused.filter(|_| set.chorus.to_reverb > 0.0);
        let reverberated = last(Send::Reverb).max(passed_on);
        let reverb = match choice.reverb {
            ReverbChoice::Off => None,
            ReverbChoice::AsSet => Some(set.reverb),
            ReverbChoice::Kind(kind) => Some(ReverbSetting {
                level: set.reverb.level,
                ..ReverbSetting::new(kind)
            }),
        };
        let reverb = reverb.filter(|reverb| reverberated.is_some() && reverb.level > 0.0);
        let reverberated = reverberated.filter(|_| reverb.is_some());
        Self {
            reverb,
            chorus,
            delay: echoed.map(|_| set.delay),
            sent_until: chorused.max(reverberated).max(echoed).unwrap_or(0),
        }
    }

    /// Whether there is none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.sends() == 0
    }

    /// Whether an effect is one of them.
    #[must_use]
    pub fn has(&self, send: Send) -> bool {
        match send {
            Send::Reverb => self.reverb.is_some(),
            Send::Chorus => self.chorus.is_some(),
            Send::Delay => self.delay.is_some(),
        }
    }

    /// How many sends they have.
    #[must_use]
    pub fn sends(&self) -> usize {
        Send::ALL.into_iter().filter(|send| self.has(*send)).count()
    }

    /// Makes the sends of all that are used `frames` frames long, the others empty; anything may be in them.
    pub fn resize(&self, sends: &mut Sends, frames: usize) {
        for send in Send::ALL {
            let frames = if self.has(send) { frames } else { 0 };
            sends[send as usize].resize(frames, 0.0);
        }
    }

    /// The frame at which they are silent: until the loudest that is sent last has fallen by 80 dB.
    #[must_use]
    pub fn end(&self, rate: SampleRate) -> u64 {
        self.sent_until + self.tail().to_frames(rate)
    }

    fn tail(&self) -> Seconds {
        const FALL: f64 = 80.0;
        // Diffusion and the longest line come before the decay.
        let reverb = self.reverb.map_or(0.0, |r| 0.2 + r.time.0 * FALL / 60.0);
        let chorus = self.chorus.map_or(0.0, |chorus| {
            let longest = chorus.delay.0 + chorus.depth.0;
            let loss = -20.0 * libm::log10(f64::from(chorus.feedback.clamp(1e-4, 0.95)));
            longest * (1.0 + FALL / loss)
        });
        let delay = self.delay.map_or(0.0, |delay| {
            let loss = -20.0 * libm::log10(f64::from(delay.feedback.clamp(1e-4, 0.98)));
            delay.time.0 * (1.0 + FALL / loss)
        });
        Seconds((reverb + chorus).max(delay))
    }
}

/// What the buses send of a stretch of time, by [`Send`]; empty for an effect that is not used.
pub type Sends = [Vec<f32>; Send::COUNT];

/// The effects at work.
#[derive(Clone, Debug)]
pub struct Returns {
    reverb: Option<Reverb>,
    chorus: Option<Chorus>,
    delay: Option<Delay>,
    /// What the chorus sends to the reverb.
    chorus_to_reverb: f32,
}

impl Returns {
    /// The effects in use, silent.
    #[must_use]
    pub fn new(used: &Used, plan: &Plan<'_>) -> Self {
        Self {
            reverb: used.reverb.map(|setting| Reverb::new(&setting, plan.rate)),
            chorus: used.chorus.map(|setting| Chorus::new(&setting, plan.rate)),
            delay: used.delay.map(|setting| Delay::new(&setting, plan.rate)),
            chorus_to_reverb: used.chorus.map_or(0.0, |setting| setting.to_reverb),
        }
    }

    /// Whether there is any.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.reverb.is_none() && self.chorus.is_none() && self.delay.is_none()
    }

    /// Whether they are those of the reverb and of nothing else.
    #[must_use]
    pub fn are_of_reverb_alone(&self) -> bool {
        self.reverb.is_some() && self.chorus.is_none() && self.delay.is_none()
    }

    /// Adds to `wet` what comes back of the sends. What it is given must begin at a multiple of [`BLOCK`], and `wet` be
    /// silent if there is a chorus, which passes on what it finds there.
    pub fn process(&mut self, sends: &mut Sends, wet: &mut Stereo) {
        let sides = wet.left.chunks_mut(BLOCK).zip(wet.right.chunks_mut(BLOCK));
        let [mut reverb, mut chorus, mut delay] =
            sends.each_mut().map(|send| send.chunks_mut(BLOCK));
        for (left, right) in sides {
            let (to_reverb, to_chorus) = (
                reverb.next().unwrap_or_default(),
                chorus.next().unwrap_or_default(),
            );
            if let Some(chorus) = &mut self.chorus {
                chorus.process(to_chorus, left, right);
                self.pass_on(left, right, to_reverb);
            }
            if let Some(line) = &mut self.delay {
                line.process(delay.next().unwrap_or_default(), left, right);
            }
            if let Some(reverb) = &mut self.reverb {
                reverb.process(to_reverb, left, right);
            }
        }
    }

    /// Sends the chorus on to the reverb.
    fn pass_on(&self, left: &[f32], right: &[f32], reverb: &mut [f32]) {
        if self.chorus_to_reverb == 0.0 {
            return;
        }
        for (reverb, (left, right)) in reverb.iter_mut().zip(left.iter().zip(right)) {
            *reverb += (left + right) * 0.5 * self.chorus_to_reverb;
        }
    }
}

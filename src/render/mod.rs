//! The whole line for one song: a plan goes in, finished blocks of stereo come out in order.
//!
//! The mix is made in windows of time; while one is mixed, the one before it goes through the effects and the limiter
//! and out.

mod window;

use crate::audio::Stereo;
use crate::mix::effects::{Choice, Returns, Used};
use crate::mix::limiter::{Limiter, LimiterReport};
use crate::plan::Plan;
use crate::units::Decibels;
use window::{Mixer, Window};

/// What is done with the mix.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Settings {
    /// Applied to the whole mix.
    pub gain: Decibels,
    /// Whether peaks above -1 dBFS are held down.
    pub limiter: bool,
    /// Which effects are heard.
    pub effects: Choice,
    /// The tones kept in memory, in bytes; what exceeds it is rendered again when it is needed again.
    pub memory: u64,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            gain: Decibels(0.0),
            limiter: true,
            effects: Choice::default(),
            memory: 1 << 30,
        }
    }
}

/// What a rendering did.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Report {
    /// Frames that came out.
    pub frames: u64,
    /// The largest magnitude of any sample before the limiter.
    pub peak: f32,
    /// What the limiter did, where it was on.
    pub limiter: Option<LimiterReport>,
    /// Samples of tones that were rendered.
    pub samples_rendered: u64,
    /// Samples of tones that were mixed: more than were rendered, since notes share tones.
    pub samples_mixed: u64,
}

/// Renders a plan on the current rayon pool and hands the finished frames to `sink`, in order.
///
/// # Errors
///
/// Only those of `sink`; after one, nothing more is handed to it.
pub fn render<E: Send>(
    plan: &Plan<'_>,
    settings: &Settings,
    sink: impl FnMut(&Stereo) -> Result<(), E> + Send,
) -> Result<Report, E> {
    let mut mixer = Mixer::new(plan, settings, end(plan, settings), false);
    let lead_in = plan.excerpt.from.saturating_sub(mixer.start());
    let mut output = Output::new(plan, settings, lead_in, sink);
    let mut finished = Window::default();
    let mut next = Window::default();
    while !mixer.is_done() {
        let (written, ()) = rayon::join(|| output.take(&mut finished), || mixer.window(&mut next));
        written?;
        std::mem::swap(&mut finished, &mut next);
    }
    output.take(&mut finished)?;
    output.finish(&mixer)
}

/// How many frames a recording has: the song, and until the effects are silent, as far as its excerpt goes.
#[must_use]
pub fn frames(plan: &Plan<'_>, settings: &Settings) -> u64 {
    end(plan, settings).saturating_sub(plan.excerpt.from)
}

/// How many frames before an excerpt have to be mixed for it: all, where effects remember them.
#[must_use]
pub fn lead_in(plan: &Plan<'_>, settings: &Settings) -> u64 {
    match Used::new(plan, settings.effects) == Used::default() {
        true => 0,
        false => u64::MAX,
    }
}

/// The first frame of the song that is not recorded any more.
fn end(plan: &Plan<'_>, settings: &Settings) -> u64 {
    let tail = Used::new(plan, settings.effects).tail();
    let silent = plan.sound_end + tail.to_frames(plan.rate);
    plan.frames.max(silent).min(plan.excerpt.to)
}

/// What happens to the mix on its way out.
struct Output<S> {
    sink: S,
    /// Frames that are yet to come before the first one that is recorded.
    lead_in: u64,
    returns: Returns,
    /// What the effects return.
    wet: Stereo,
    limiter: Option<Limiter>,
    limited: Stereo,
    report: Report,
}

impl<S> Output<S> {
    fn new(plan: &Plan<'_>, settings: &Settings, lead_in: u64, sink: S) -> Self {
        let limiter = settings.limiter.then(|| Limiter::new(plan.rate));
        let used = Used::new(plan, settings.effects);
        Self {
            sink,
            lead_in,
            returns: Returns::new(&used, plan),
            wet: Stereo::default(),
            limiter,
            limited: Stereo::default(),
            report: Report::default(),
        }
    }

    fn take<E>(&mut self, window: &mut Window) -> Result<(), E>
    where
        S: FnMut(&Stereo) -> Result<(), E>,
    {
        self.add_effects(window);
        let mix = &mut window.dry;
        let skipped = self.lead_in.min(mix.len() as u64);
        mix.drop_first(skipped as usize);
        self.lead_in -= skipped;
        self.report.frames += mix.len() as u64;
        let Some(limiter) = &mut self.limiter else {
            self.report.peak = self.report.peak.max(mix.peak());
            return (self.sink)(mix);
        };
        self.limited.clear();
        limiter.process(mix, &mut self.limited);
        (self.sink)(&self.limited)
    }

    /// The dry mix becomes the mix.
    fn add_effects(&mut self, window: &mut Window) {
        if self.returns.is_empty() {
            return;
        }
        self.wet.reset(window.dry.len());
        self.returns.process(&mut window.sends, &mut self.wet);
        window.dry.add(&self.wet);
    }

    fn finish<E>(mut self, mixer: &Mixer<'_>) -> Result<Report, E>
    where
        S: FnMut(&Stereo) -> Result<(), E>,
    {
        if let Some(limiter) = &mut self.limiter {
            self.limited.clear();
            limiter.finish(&mut self.limited);
            (self.sink)(&self.limited)?;
            let limited = limiter.report();
            self.report.peak = limited.peak;
            self.report.limiter = Some(limited);
        }
        Ok(Report {
            samples_rendered: mixer.samples_rendered(),
            samples_mixed: mixer.samples_mixed(),
            ..self.report
        })
    }
}

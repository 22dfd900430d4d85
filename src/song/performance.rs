//! A song with the sounds of a bank: what there is to do is known, checked and can be asked for, and then it is rendered.

use std::collections::BTreeSet;
use std::convert::Infallible;

use super::error::SongError;
use super::settings::Settings;
use crate::audio::Stereo;
use crate::bank::{Bank, PresetId};
use crate::plan::{Excerpt, Plan};
use crate::render::{self, Report};
use crate::score::Score;
use crate::tones::shared::SharedToneCache;
use crate::units::Seconds;

/// What a few hundred buses take is within what a song takes beside its tones, so it is never refused.
const ALWAYS_ALLOWED: u64 = 16 << 20;

/// A song that is ready to be rendered, as often as is wanted, always to the same samples.
#[derive(Debug)]
pub struct Performance<'a> {
    plan: Plan<'a>,
    mix: render::Settings,
    shared_tones: Option<&'a SharedToneCache>,
    frames: u64,
    has_effects: bool,
}

impl<'a> Performance<'a> {
    /// Plans a score and checks that what is asked for is there, and not too long.
    pub(super) fn new(
        score: &Score,
        bank: &'a Bank,
        settings: &Settings,
    ) -> Result<Self, SongError> {
        let (rate, mix) = (settings.sample_rate, settings.mix);
        let seconds = |frames: u64| Seconds(frames as f64 * rate.frame().0);
        let excerpt = settings.excerpt.in_frames(rate);
        if excerpt.from >= excerpt.to {
            return Err(SongError::EmptyExcerpt {
                from: seconds(excerpt.from),
                to: seconds(excerpt.to),
            });
        }
        let plan = Plan::grouped(score, bank, rate, settings.grouping);
        let end = render::frames(&plan, &mix);
        if excerpt.from >= end {
            return Err(SongError::BeyondEnd {
                from: seconds(excerpt.from),
                end: seconds(end),
            });
        }
        let has_effects = render::has_effects(&plan, &mix);
        let lead_in = render::lead_in(&plan, &mix);
        let plan = plan.excerpt(&Excerpt { lead_in, ..excerpt });
        let frames = render::frames(&plan, &mix);
        if frames > settings.longest.to_frames(rate) {
            return Err(SongError::TooLong {
                duration: seconds(frames),
                limit: settings.longest,
            });
        }
        Ok(Self {
            plan,
            mix,
            shared_tones: None,
            frames,
            has_effects,
        })
    }

    /// Takes tones that other songs of the same bank and rate have left, and leaves its own. It changes no sample.
    #[must_use]
    pub fn with_shared_tones(mut self, shared_tones: &'a SharedToneCache) -> Self {
        self.shared_tones = Some(shared_tones);
        self
    }

    /// Bounds the memory for tones, buses and stems to `memory` bytes, of which the caller itself takes `beside`. Less
    /// memory takes more time, and changes no sample. `stems` tells whether stems are asked for.
    ///
    /// # Errors
    /// Less than even one block of every bus and stem takes: a file may have tens of thousands of tracks.
    pub fn limit_memory(&mut self, memory: u64, beside: u64, stems: bool) -> Result<(), SongError> {
        let least = beside + render::least_memory(&self.plan, &self.mix, stems);
        if least > memory.max(ALWAYS_ALLOWED) {
            return Err(SongError::TooLittleMemory {
                stems: if stems { self.plan.groups.len() } else { 0 },
                buses: self.plan.buses.len(),
                least,
                limit: memory,
            });
        }
        self.mix.memory = memory.saturating_sub(beside);
        Ok(())
    }

    /// Measures more, or less, of what comes out: [`Report::loudness`].
    pub fn measure(&mut self, metering: render::Metering) {
        self.mix.meter = metering;
    }

    /// How many frames come out.
    #[must_use]
    pub fn frames(&self) -> u64 {
        self.frames
    }

    /// How long what comes out is, in seconds.
    #[must_use]
    pub fn duration(&self) -> Seconds {
        Seconds(self.frames as f64 * self.plan.rate.frame().0)
    }

    /// The most voices that sound at once. Counting them takes a moment.
    #[must_use]
    pub fn peak_polyphony(&self) -> usize {
        self.plan.peak_polyphony()
    }

    /// Notes of the whole song that no sound of the bank plays; [`Song::unheard`](super::Song::unheard) tells which.
    #[must_use]
    pub fn silent_notes(&self) -> u64 {
        self.plan.silent_notes
    }

    /// The presets that are heard.
    #[must_use]
    pub fn presets(&self) -> BTreeSet<PresetId> {
        self.plan.presets()
    }

    /// Whether the effects return anything, which is a stem of its own.
    #[must_use]
    pub fn has_effects(&self) -> bool {
        self.has_effects
    }

    /// What there is to do, tone by tone and voice by voice.
    #[must_use]
    pub fn plan(&self) -> &Plan<'a> {
        &self.plan
    }

    /// Renders into a buffer: 8 bytes for each frame.
    #[must_use]
    pub fn render(&self) -> (Stereo, Report) {
        let mut whole = Stereo::default();
        let Ok(report) = self.render_into(|block| {
            whole.extend(block);
            Ok::<_, Infallible>(())
        });
        (whole, report)
    }

    /// Renders and hands the finished frames to `sink`, block by block, in order.
    ///
    /// # Errors
    /// Only those of `sink`; after one, nothing more is handed to it.
    pub fn render_into<E: Send>(
        &self,
        sink: impl FnMut(&Stereo) -> Result<(), E> + Send,
    ) -> Result<Report, E> {
        render::render(&self.plan, &self.mix, self.shared_tones, sink)
    }

    /// Renders as [`Performance::render_into`] does, every tone anew.
    pub(super) fn render_alone_into<E: Send>(
        &self,
        sink: impl FnMut(&Stereo) -> Result<(), E> + Send,
    ) -> Result<Report, E> {
        render::render(&self.plan, &self.mix, None, sink)
    }

    /// Renders as [`Performance::render_into`] does, and hands the stems to `stems` as they are made: the groups of the
    /// plan in their order and, if there are any, what the effects return. Their sum, in this order, is the mix before the
    /// limiter, to the last bit.
    ///
    /// # Errors
    /// Only those of `sink` and `stems`; after one, nothing more is handed to either.
    pub fn render_stems_into<E: Send>(
        &self,
        sink: impl FnMut(&Stereo) -> Result<(), E> + Send,
        stems: impl FnMut(&[&Stereo]) -> Result<(), E> + Send,
    ) -> Result<Report, E> {
        render::render_stems(&self.plan, &self.mix, self.shared_tones, sink, stems)
    }
}

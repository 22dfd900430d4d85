//! What happens to the mix on its way out: the effects, then the limiter, the meter and whoever takes it.

use super::meter::Meter;
use super::mix_buffer::MixBuffer;
use super::settings::{Report, Settings};
use super::window::Mixer;
use crate::audio::Stereo;
use crate::mix::effects::{Returns, Used};
use crate::mix::limiter::Limiter;
use crate::plan::Plan;

/// Takes the stems of a section.
pub(super) type Stems<'s, E> = &'s mut (dyn FnMut(&[&Stereo]) -> Result<(), E> + Send);

/// The way out. While a section goes out, the next one goes through the effects.
pub(super) struct Output<'s, S, E> {
    returns: Returns,
    /// Whether what the effects return is added up by itself before it comes to the mix.
    apart: bool,
    /// What they return of the section that goes out, and of the next one, if that is asked for.
    wet: [Stereo; 2],
    exit: MasterChain<'s, S, E>,
}

/// What comes behind the effects.
struct MasterChain<'s, S, E> {
    sink: S,
    /// Frames that are yet to come before the first one that is recorded.
    lead_in: u64,
    stems: Option<Stems<'s, E>>,
    /// Whether what comes back from effects is one of the stems.
    has_wet: bool,
    limiter: Option<Limiter>,
    limited: Stereo,
    meter: Option<Meter>,
    report: Report,
}

impl<'s, S: FnMut(&Stereo) -> Result<(), E> + Send, E: Send> Output<'s, S, E> {
    pub(super) fn new(
        plan: &Plan<'_>,
        settings: &Settings,
        used: &Used,
        lead_in: u64,
        sink: S,
        stems: Option<Stems<'s, E>>,
    ) -> Self {
        let returns = Returns::new(used, plan);
        // The reverb adds to every sample once: it may be added to the mix, and the sum is the same.
        let apart = stems.is_some() || !returns.are_of_reverb_alone();
        let exit = MasterChain {
            sink,
            lead_in,
            has_wet: stems.is_some() && !returns.is_empty(),
            stems,
            limiter: settings.limiter.then(|| Limiter::new(plan.rate)),
            limited: Stereo::default(),
            meter: Meter::new(settings.meter, plan.rate, settings.mono),
            report: Report {
                gain: settings.gain,
                ..Report::default()
            },
        };
        Self {
            returns,
            apart,
            wet: Default::default(),
            exit,
        }
    }

    pub(super) fn take(&mut self, window: &mut [MixBuffer]) -> Result<(), E> {
        let Self {
            returns,
            apart,
            wet,
            exit,
        } = self;
        let mut sections = window.iter_mut();
        let mut ready: Option<&mut MixBuffer> = None;
        loop {
            let next = sections.next();
            let [wet_now, wet_next] = &mut *wet;
            let (given, next) = rayon::join(
                || match ready {
                    Some(section) => exit.give_section(section, wet_now),
                    None => Ok(()),
                },
                || {
                    let mut next = next;
                    if let Some(section) = &mut next {
                        add_effects(returns, section, apart.then_some(wet_next));
                    }
                    next
                },
            );
            given?;
            if next.is_none() {
                return Ok(());
            }
            ready = next;
            wet.swap(0, 1);
        }
    }

    pub(super) fn finish(self, mixer: &Mixer<'_>) -> Result<Report, E> {
        self.exit.finish(mixer)
    }
}

/// The dry mix of a section becomes the mix, by way of `wet` where what comes back is added up apart.
fn add_effects(returns: &mut Returns, section: &mut MixBuffer, wet: Option<&mut Stereo>) {
    let MixBuffer { dry, sends, .. } = section;
    if returns.is_empty() {
        return;
    }
    let Some(wet) = wet else {
        return returns.process(sends, dry);
    };
    wet.reset(dry.len());
    returns.process(sends, wet);
    dry.add(wet);
}

impl<S: FnMut(&Stereo) -> Result<(), E>, E> MasterChain<'_, S, E> {
    fn give_section(&mut self, section: &mut MixBuffer, wet: &mut Stereo) -> Result<(), E> {
        self.drop_lead_in(section, wet);
        self.give_stems(section, wet)?;
        let mix = &section.dry;
        self.report.frames += mix.len() as u64;
        let Some(limiter) = &mut self.limiter else {
            self.report.peak = self.report.peak.max(mix.peak());
            return self.give(mix);
        };
        self.limited.clear();
        limiter.process(mix, &mut self.limited);
        self.give_limited()
    }

    /// Leaves out what comes before the first frame that is recorded.
    fn drop_lead_in(&mut self, section: &mut MixBuffer, wet: &mut Stereo) {
        let skipped = self.lead_in.min(section.dry.len() as u64);
        if skipped == 0 {
            return;
        }
        self.lead_in -= skipped;
        section.dry.drop_first(skipped as usize);
        for group in &mut section.groups {
            group.drop_first(skipped as usize);
        }
        if self.has_wet {
            wet.drop_first(skipped as usize);
        }
    }

    fn give_stems(&mut self, section: &MixBuffer, wet: &Stereo) -> Result<(), E> {
        let Some(stems) = &mut self.stems else {
            return Ok(());
        };
        let wet = self.has_wet.then_some(wet);
        let all: Vec<&Stereo> = section.groups.iter().chain(wet).collect();
        stems(&all)
    }

    fn give(&mut self, block: &Stereo) -> Result<(), E> {
        if let Some(meter) = &mut self.meter {
            meter.measure(block);
        }
        (self.sink)(block)
    }

    fn give_limited(&mut self) -> Result<(), E> {
        let limited = std::mem::take(&mut self.limited);
        let given = self.give(&limited);
        self.limited = limited;
        given
    }

    fn finish(mut self, mixer: &Mixer<'_>) -> Result<Report, E> {
        if let Some(mut limiter) = self.limiter.take() {
            self.limited.clear();
            limiter.finish(&mut self.limited);
            self.give_limited()?;
            let limited = limiter.report();
            self.report.peak = limited.peak;
            self.report.limiter = Some(limited);
        }
        Ok(Report {
            loudness: self.meter.map(|meter| meter.loudness()),
            samples_rendered: mixer.samples_rendered(),
            samples_mixed: mixer.samples_mixed(),
            ..self.report
        })
    }
}

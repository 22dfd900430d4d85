//! All meters over two recordings, block by block: the work of a block is shared among threads, its order is not.

use super::Figures;
use super::alignment::{self, Envelopes};
use super::audio_source::{AudioSource, Spec};
use super::balance::Balance;
use super::cause;
use super::defects::DefectsMeter;
use super::difference::DifferenceMeter;
use super::loudness::LoudnessMeter;
use super::measured::Measured;
use super::pitch;
use super::spectrum::{self, Bands, DistanceMeter, SpectrumMeter};
use crate::wav::Planes;

/// Hops of 100 ms in a block.
const HOPS: usize = 5;

/// What of two recordings is compared.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Span {
    /// The first frame.
    pub from: u64,
    /// The frame after the last; `None`: to the end of the longer recording.
    pub to: Option<u64>,
    /// The channels, counted from 0; `None`: all.
    pub channels: Option<Vec<usize>>,
}

impl Span {
    /// The frames of a recording of `frames` frames within this span.
    #[must_use]
    pub fn frames(&self, frames: u64) -> u64 {
        self.to
            .unwrap_or(u64::MAX)
            .min(frames)
            .saturating_sub(self.from)
    }
}

/// Compares two recordings of equal rate and number of channels. The shorter one is followed by silence.
///
/// # Errors
///
/// Those of the recordings.
pub fn figures<A: AudioSource, B: AudioSource<Error = A::Error>>(
    actual: &mut A,
    expected: &mut B,
    span: &Span,
) -> Result<Figures, A::Error> {
    let measured = measure(actual, expected, span)?;
    let mut figures = Figures::new(&measured);
    figures.cause = cause::likely(&figures, &measured).map(|cause| cause.to_string());
    Ok(figures)
}

fn measure<A: AudioSource, B: AudioSource<Error = A::Error>>(
    actual: &mut A,
    expected: &mut B,
    span: &Span,
) -> Result<Measured, A::Error> {
    let chosen = |channels: &Vec<usize>| channels.len();
    let channels = span
        .channels
        .as_ref()
        .map_or(expected.spec().channels, chosen);
    let spec = Spec {
        channels,
        ..expected.spec()
    };
    let frames = [span.frames(actual.frames()), span.frames(expected.frames())];
    let end = span.from + frames[0].max(frames[1]);
    let step = spectrum::hop(spec.rate) * HOPS;

    let mut meters = Meters::new(spec);
    let (mut now, mut next) = (Pair::default(), Pair::default());
    let mut at = span.from;
    next.read(actual, expected, span, at..end, step)?;
    while at < end {
        std::mem::swap(&mut now, &mut next);
        at += step as u64;
        let read = || next.read(actual, expected, span, at..end, step);
        let (read, ()) = rayon::join(read, || meters.process(&now.actual, &now.expected));
        read?;
    }
    let chosen = span.channels.as_deref();
    let alignment = alignment::align(actual, expected, chosen, &meters.envelopes, span.from)?;
    let loudest = meters.envelopes.loudest();
    let starts: Vec<i64> = loudest
        .iter()
        .map(|start| (start + span.from) as i64)
        .collect();
    let transposition = pitch::transposition(actual, expected, chosen, &starts)?;
    let mut measured = meters.finish(spec, frames, span.from);
    (measured.alignment, measured.transposition) = (alignment, transposition);
    Ok(measured)
}

/// A block of both recordings, of equal length.
#[derive(Default)]
struct Pair {
    actual: Planes,
    expected: Planes,
}

impl Pair {
    fn read<A: AudioSource, B: AudioSource<Error = A::Error>>(
        &mut self,
        actual: &mut A,
        expected: &mut B,
        span: &Span,
        range: std::ops::Range<u64>,
        step: usize,
    ) -> Result<(), A::Error> {
        let frames = (range.end.saturating_sub(range.start)).min(step as u64) as usize;
        let (one, other) = rayon::join(
            || block(actual, span, range.start, frames, &mut self.actual),
            || block(expected, span, range.start, frames, &mut self.expected),
        );
        one.and(other)
    }
}

/// The chosen channels of a block, with silence behind the end.
fn block<R: AudioSource>(
    recording: &mut R,
    span: &Span,
    from: u64,
    frames: usize,
    planes: &mut Planes,
) -> Result<(), R::Error> {
    recording.read(from, frames, planes)?;
    if let Some(chosen) = &span.channels {
        *planes = chosen
            .iter()
            .map(|channel| planes[*channel].clone())
            .collect();
    }
    for plane in planes {
        plane.resize(frames, 0.0);
    }
    Ok(())
}

/// The meters of one recording.
struct Side {
    loudness: LoudnessMeter,
    spectrum: SpectrumMeter,
    spectra: Vec<Vec<Bands>>,
}

struct Meters {
    difference: DifferenceMeter,
    balance: Balance,
    defects: DefectsMeter,
    envelopes: Envelopes,
    sides: [Side; 2],
    distance: DistanceMeter,
}

impl Meters {
    fn new(Spec { rate, channels }: Spec) -> Self {
        let side = || Side {
            loudness: LoudnessMeter::new(rate, channels),
            spectrum: SpectrumMeter::new(rate, channels),
            spectra: Vec::new(),
        };
        Self {
            difference: DifferenceMeter::new(rate),
            balance: Balance::new(channels),
            defects: DefectsMeter::new(rate, channels),
            envelopes: Envelopes::new(rate),
            sides: [side(), side()],
            distance: DistanceMeter::default(),
        }
    }

    /// Each meter has its own state, so they may run at once and still see the blocks in order.
    fn process(&mut self, actual: &Planes, expected: &Planes) {
        let Self {
            difference,
            balance,
            defects,
            envelopes,
            sides,
            ..
        } = self;
        rayon::scope(|scope| {
            for (side, block) in sides.iter_mut().zip([actual, expected]) {
                scope.spawn(|_| side.loudness.process(block));
                scope.spawn(|_| side.spectrum.process(block, &mut side.spectra));
            }
            scope.spawn(|_| difference.process(actual, expected));
            scope.spawn(|_| balance.process(actual, expected));
            scope.spawn(|_| defects.process(actual, expected));
            scope.spawn(|_| envelopes.process(actual, expected));
        });
        self.compare_spectra();
    }

    fn compare_spectra(&mut self) {
        let [actual, expected] = &mut self.sides;
        self.distance.process(&actual.spectra, &expected.spectra);
        actual.spectra.clear();
        expected.spectra.clear();
    }

    fn finish(mut self, spec: Spec, frames: [u64; 2], from: u64) -> Measured {
        for side in &mut self.sides {
            side.spectrum.finish(&mut side.spectra);
        }
        self.compare_spectra();
        let [actual, expected] = self.sides;
        Measured {
            spec,
            frames,
            from,
            difference: self.difference.finish(spec.channels),
            balance: self.balance,
            defects: self.defects.finish(),
            distance: self.distance.finish(),
            loudness: [actual.loudness.finish(), expected.loudness.finish()],
            alignment: None,
            transposition: None,
        }
    }
}

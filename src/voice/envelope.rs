//! Stage three: samples under an envelope. The held part shapes each layer of a tone, once for all notes; the release
//! shapes each note, while it is added to the sum of its bus.

use crate::dsp::envelope::{
    EnvelopeSegment, HeldEnvelope, Recurrence, SegmentShape, VoiceEnvelope,
};
use crate::dsp::simd::vectorised;

/// Samples that are shaped side by side; a multiple of every vector width in use.
const LANES: usize = 16;

/// What is done with a shaped sample.
trait Put: Copy {
    fn put(place: &mut f32, sample: f32);
}

/// It is added to what is there.
#[derive(Clone, Copy)]
struct Add;

/// It takes the place of what is there.
#[derive(Clone, Copy)]
struct Set;

impl Put for Add {
    #[inline(always)]
    fn put(place: &mut f32, sample: f32) {
        *place += sample;
    }
}

impl Put for Set {
    #[inline(always)]
    fn put(place: &mut f32, sample: f32) {
        *place = sample;
    }
}

vectorised! {
    /// Adds a layer under its held envelope: `output[i] += input[i] * gain * held(frame + i)`, frames counted from the
    /// onset. Both slices are equally long.
    pub fn add_held(held: &HeldEnvelope, gain: f32, frame: u64, input: &[f32], output: &mut [f32]) {
        shape(Add, gain, frame, input, output, |now| held.stretch(now));
    }
}

vectorised! {
    /// As [`add_held`] where there is nothing yet: `output[i] = input[i] * gain * held(frame + i)`.
    pub fn set_held(held: &HeldEnvelope, gain: f32, frame: u64, input: &[f32], output: &mut [f32]) {
        shape(Set, gain, frame, input, output, |now| held.stretch(now));
    }
}

vectorised! {
    /// Adds a note: `output[i] += tone[i] * gain * envelope(frame + i)`, where its key is down for `gate` frames.
    pub fn add_note(
        envelope: &VoiceEnvelope,
        gate: u64,
        gain: f32,
        frame: u64,
        tone: &[f32],
        output: &mut [f32],
    ) {
        shape(Add, gain, frame, tone, output, |now| envelope.stretch(now, gate));
    }
}

vectorised! {
    /// As [`add_note`] where there is nothing yet: `output[i] = tone[i] * gain * envelope(frame + i)`.
    pub fn set_note(
        envelope: &VoiceEnvelope,
        gate: u64,
        gain: f32,
        frame: u64,
        tone: &[f32],
        output: &mut [f32],
    ) {
        shape(Set, gain, frame, tone, output, |now| envelope.stretch(now, gate));
    }
}

vectorised! {
    /// Adds a layer without an envelope: `output[i] += input[i] * gain`.
    pub fn add_layer(gain: f32, input: &[f32], output: &mut [f32]) {
        level(Add, f64::from(gain), input, output);
    }
}

vectorised! {
    /// As [`add_layer`] where there is nothing yet: `output[i] = input[i] * gain`.
    pub fn set_layer(gain: f32, input: &[f32], output: &mut [f32]) {
        level(Set, f64::from(gain), input, output);
    }
}

/// The envelope is computed exactly where a stretch begins and stepped from there, so its last bits depend on how the
/// caller divides time: callers always divide at the same frames.
#[inline(always)]
fn shape<P: Put>(
    put: P,
    gain: f32,
    frame: u64,
    input: &[f32],
    output: &mut [f32],
    stretch: impl Fn(u64) -> EnvelopeSegment,
) {
    let gain = f64::from(gain);
    let mut done = 0;
    while done < input.len() {
        let now = frame + done as u64;
        let EnvelopeSegment { value, motion, end } = stretch(now);
        let count = (end - now).min((input.len() - done) as u64) as usize;
        let (input, output) = (&input[done..done + count], &mut output[done..done + count]);
        match motion {
            SegmentShape::Quotient { over, under } => {
                quotient(put, gain, over, under, input, output)
            }
            SegmentShape::Straight { step: 0.0 } => level(put, value * gain, input, output),
            SegmentShape::Straight { step } => {
                straight(put, value * gain, step * gain, input, output)
            }
            SegmentShape::Falling { goal, ratio } => {
                falling(
                    put,
                    (value - goal) * gain,
                    ratio,
                    goal * gain,
                    input,
                    output,
                );
            }
        }
        done += count;
    }
}

#[inline(always)]
fn level<P: Put>(_: P, gain: f64, input: &[f32], output: &mut [f32]) {
    let gain = gain as f32;
    for (output, input) in output.iter_mut().zip(input) {
        P::put(output, input * gain);
    }
}

#[inline(always)]
fn straight<P: Put>(put: P, value: f64, step: f64, input: &[f32], output: &mut [f32]) {
    let gains = std::array::from_fn(|lane| (value + step * lane as f64) as f32);
    let wide_step = (step * LANES as f64) as f32;
    lanes(put, gains, 0.0, |gain| gain + wide_step, input, output);
}

#[inline(always)]
fn falling<P: Put>(put: P, height: f64, ratio: f64, goal: f64, input: &[f32], output: &mut [f32]) {
    let mut heights = [0.0; LANES];
    let mut power = 1.0;
    for lane in &mut heights {
        *lane = (height * power) as f32;
        power *= ratio;
    }
    let wide_ratio = power as f32;
    lanes(
        put,
        heights,
        goal as f32,
        |height| height * wide_ratio,
        input,
        output,
    );
}

/// Puts the input times `gain * over / under`, in doubles, since what it is divided by may be next to nothing.
#[inline(always)]
fn quotient<P: Put>(
    _: P,
    gain: f64,
    over: Recurrence,
    under: Recurrence,
    input: &[f32],
    output: &mut [f32],
) {
    let (mut overs, over) = side_by_side(over);
    let (mut unders, under) = side_by_side(under);
    for (output, input) in output.chunks_mut(LANES).zip(input.chunks(LANES)) {
        let gains: [f32; LANES] =
            std::array::from_fn(|lane| (gain * overs[lane] / unders[lane]) as f32);
        for ((output, input), gain) in output.iter_mut().zip(input).zip(gains) {
            P::put(output, input * gain);
        }
        for lane in 0..LANES {
            overs[lane] = overs[lane] * over.ratio + over.step;
            unders[lane] = unders[lane] * under.ratio + under.step;
        }
    }
}

/// The first sixteen values of a line, and the line from each to the one sixteen frames later.
#[inline(always)]
fn side_by_side(mut line: Recurrence) -> ([f64; LANES], Recurrence) {
    let (ratio, step) = (line.ratio, line.step);
    (line.ratio, line.step) = (1.0, 0.0);
    let mut values = [0.0; LANES];
    for value in &mut values {
        *value = line.value * line.ratio + line.step;
        line.ratio *= ratio;
        line.step = line.step * ratio + step;
    }
    (values, line)
}

/// Puts the input times `gain + offset`: sixteen gains side by side, each stepped by sixteen frames at once.
#[inline(always)]
fn lanes<P: Put>(
    _: P,
    mut gains: [f32; LANES],
    offset: f32,
    step: impl Fn(f32) -> f32,
    input: &[f32],
    output: &mut [f32],
) {
    let (inputs, input_rest) = input.as_chunks::<LANES>();
    let (outputs, output_rest) = output.as_chunks_mut::<LANES>();
    for (output, input) in outputs.iter_mut().zip(inputs) {
        for lane in 0..LANES {
            P::put(&mut output[lane], input[lane] * (gains[lane] + offset));
            gains[lane] = step(gains[lane]);
        }
    }
    for ((output, input), gain) in output_rest.iter_mut().zip(input_rest).zip(gains) {
        P::put(output, input * (gain + offset));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::dsp::envelope::{Attack, HeldTimes, Release};

    fn envelope() -> (HeldEnvelope, VoiceEnvelope) {
        let rise = Attack {
            delay: 0.0,
            attack: 100.0,
            curve: 0.0,
        };
        let times = HeldTimes {
            rise,
            hold: 10.0,
            decay: 3000.0,
            sustain_level: 0.25,
            fade: None,
        };
        let release = Release::new(500.0, rise);
        (HeldEnvelope::new(times), VoiceEnvelope::Baked(release))
    }

    #[test]
    fn what_is_added_is_the_input_times_gain_and_envelope() {
        let (held, release) = envelope();
        let input = vec![1.0; 4600];
        let (mut layer, mut note) = (vec![0.5; 4600], vec![0.5; 4600]);
        add_held(&held, 0.5, 0, &input, &mut layer);
        add_note(&release, 4000, 0.5, 0, &input, &mut note);
        for frame in 0..4600 {
            let check = |sample: f32, envelope: f64| {
                let exact = 0.5 + 0.5 * envelope;
                assert!(
                    (f64::from(sample) - exact).abs() < 2e-6,
                    "frame {frame}: {sample}, expected {exact}"
                );
            };
            check(layer[frame], held.stretch(frame as u64).value);
            check(note[frame], release.stretch(frame as u64, 4000).value);
        }
    }

    #[test]
    fn a_release_within_the_attack_takes_back_what_rises() {
        for curve in [0.0, 3.0] {
            let rise = Attack {
                delay: 20.0,
                attack: 3000.0,
                curve,
            };
            let release = VoiceEnvelope::Baked(Release::new(2500.0, rise));
            let input = vec![1.0; 4000];
            let mut note = vec![0.0; 4000];
            add_note(&release, 22, 1.0, 0, &input, &mut note);
            for (frame, sample) in note.iter().enumerate() {
                let exact = release.stretch(frame as u64, 22).value;
                assert!((f64::from(*sample) - exact).abs() < 1e-7, "frame {frame}");
            }
        }
    }

    #[test]
    fn a_later_part_continues_where_an_earlier_one_ended() {
        let (held, _) = envelope();
        let input = vec![1.0; 1000];
        let (mut whole, mut parts) = (vec![0.0; 1000], vec![0.0; 1000]);
        add_held(&held, 1.0, 0, &input, &mut whole);
        let (first, second) = parts.split_at_mut(357);
        add_held(&held, 1.0, 0, &input[..357], first);
        add_held(&held, 1.0, 357, &input[357..], second);
        for (whole, part) in whole.iter().zip(&parts) {
            assert!((whole - part).abs() < 1e-6);
        }
    }
}

//! Stage three: a note's share of a tone, shaped and added to the sum of its bus.

use crate::dsp::envelope::{Course, Motion};

/// Samples that are shaped side by side; a multiple of every vector width in use.
const LANES: usize = 16;

/// Adds a tone under its envelope: `output[i] += tone[i] * gain * envelope(frame + i)`.
///
/// `frame` counts from the onset of the note, `gate` is how long its key is down; both slices are equally long. The
/// envelope is computed exactly where a stretch begins and stepped from there, so its last bits depend on how the
/// caller divides time: it always divides at the same frames.
pub fn add(course: &Course, gate: u64, gain: f32, frame: u64, tone: &[f32], output: &mut [f32]) {
    let gain = f64::from(gain);
    let mut done = 0;
    while done < tone.len() {
        let now = frame + done as u64;
        let stretch = course.stretch(now, gate);
        let count = (stretch.end - now).min((tone.len() - done) as u64) as usize;
        let (tone, output) = (&tone[done..done + count], &mut output[done..done + count]);
        match stretch.motion {
            Motion::Straight { step: 0.0 } => add_level(stretch.value * gain, tone, output),
            Motion::Straight { step } => {
                add_straight(stretch.value * gain, step * gain, tone, output)
            }
            Motion::Falling { goal, ratio } => {
                add_falling(
                    (stretch.value - goal) * gain,
                    ratio,
                    goal * gain,
                    tone,
                    output,
                );
            }
        }
        done += count;
    }
}

fn add_level(gain: f64, tone: &[f32], output: &mut [f32]) {
    let gain = gain as f32;
    for (output, tone) in output.iter_mut().zip(tone) {
        *output += tone * gain;
    }
}

fn add_straight(value: f64, step: f64, tone: &[f32], output: &mut [f32]) {
    let gains = std::array::from_fn(|lane| (value + step * lane as f64) as f32);
    let wide_step = (step * LANES as f64) as f32;
    add_lanes(gains, 0.0, |gain| gain + wide_step, tone, output);
}

fn add_falling(height: f64, ratio: f64, goal: f64, tone: &[f32], output: &mut [f32]) {
    let mut heights = [0.0; LANES];
    let mut power = 1.0;
    for lane in &mut heights {
        *lane = (height * power) as f32;
        power *= ratio;
    }
    let wide_ratio = power as f32;
    add_lanes(
        heights,
        goal as f32,
        |height| height * wide_ratio,
        tone,
        output,
    );
}

/// Adds the tone times `gain + offset`: sixteen gains side by side, each stepped by sixteen frames at once.
#[inline(always)]
fn add_lanes(
    mut gains: [f32; LANES],
    offset: f32,
    step: impl Fn(f32) -> f32,
    tone: &[f32],
    output: &mut [f32],
) {
    let (tones, tone_rest) = tone.as_chunks::<LANES>();
    let (outputs, output_rest) = output.as_chunks_mut::<LANES>();
    for (output, tone) in outputs.iter_mut().zip(tones) {
        for lane in 0..LANES {
            output[lane] += tone[lane] * (gains[lane] + offset);
            gains[lane] = step(gains[lane]);
        }
    }
    for ((output, tone), gain) in output_rest.iter_mut().zip(tone_rest).zip(gains) {
        *output += tone * (gain + offset);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_added_is_the_tone_times_gain_and_envelope() {
        let course = Course {
            attack: 100.0,
            hold: 10.0,
            decay: 3000.0,
            sustain_level: 0.25,
            release: 500.0,
        };
        let gate = 4000;
        let tone = vec![1.0; 4600];
        let mut output = vec![0.5; 4600];
        add(&course, gate, 0.5, 0, &tone, &mut output);
        for (frame, sample) in output.iter().enumerate() {
            let exact = 0.5 + 0.5 * course.stretch(frame as u64, gate).value;
            assert!(
                (f64::from(*sample) - exact).abs() < 2e-6,
                "frame {frame}: {sample}, expected {exact}"
            );
        }
    }

    #[test]
    fn a_later_part_continues_where_an_earlier_one_ended() {
        let course = Course {
            attack: 100.0,
            hold: 0.0,
            decay: 900.0,
            sustain_level: 0.0,
            release: 50.0,
        };
        let tone = vec![1.0; 1000];
        let (mut whole, mut parts) = (vec![0.0; 1000], vec![0.0; 1000]);
        add(&course, 2000, 1.0, 0, &tone, &mut whole);
        let (first, second) = parts.split_at_mut(357);
        add(&course, 2000, 1.0, 0, &tone[..357], first);
        add(&course, 2000, 1.0, 357, &tone[357..], second);
        for (whole, part) in whole.iter().zip(&parts) {
            assert!((whole - part).abs() < 1e-6);
        }
    }
}

//! How fast: parsing and planning in notes per second, waveforms and the mixing loop in samples per second (whose
//! inverse is nanoseconds per sample), whole songs in seconds of audio per second on 1 and 2 threads. Run `cargo bench`.

#![allow(clippy::unwrap_used)]

use cascade::audio::Stereo;
use cascade::bank::Bank;
use cascade::dsp::envelope::{Attack, Release, VoiceEnvelope};
use cascade::dsp::loudness::LoudnessMeter;
use cascade::dsp::noise::white;
use cascade::dsp::sinc::{self, Kernel, Looping, Ramp, ReadState, RecordedFrames};
use cascade::mix::chorus::Chorus;
use cascade::mix::reverb::Reverb;
use cascade::plan::Plan;
use cascade::song::{Settings, Song};
use cascade::sound::effects::{ChorusSetting, ReverbSetting};
use cascade::units::SampleRate;
use cascade::voice::envelope::add_note;
use cascade::voice::frequency_ramps::FrequencyRamps;
use cascade::voice::grid::CHUNK;
use cascade::voice::pitch::increment;
use cascade::voice::waveform::Oscillator;
use cascade::wav::{WavSpec, WavWriter};
use divan::counter::ItemsCount;
use divan::{Bencher, black_box};

fn main() {
    divan::main();
}

const DEMO: &[u8] = include_bytes!("../fixtures/greensleeves.mid");
const CROWD: &[u8] = include_bytes!("../fixtures/every_key_at_once.mid");

fn parse(bencher: Bencher<'_, '_>, bytes: &[u8]) {
    let read = || Song::read(black_box(bytes)).unwrap().score;
    bencher
        .counter(ItemsCount::new(read().notes.len()))
        .bench(read);
}

/// Items: notes.
#[divan::bench]
fn parse_demo(bencher: Bencher<'_, '_>) {
    parse(bencher, DEMO);
}

/// Items: notes.
#[divan::bench]
fn parse_crowd(bencher: Bencher<'_, '_>) {
    parse(bencher, CROWD);
}

/// Items: notes.
#[divan::bench]
fn plan_demo(bencher: Bencher<'_, '_>) {
    let score = Song::read(DEMO).unwrap().score;
    let bank = Bank::built_in(&[]).unwrap();
    bencher
        .counter(ItemsCount::new(score.notes.len()))
        .bench(|| {
            Plan::new(black_box(&score), &bank, SampleRate::default())
                .voices
                .len()
        });
}

/// Layers by their TOML.
const WAVEFORMS: [&str; 11] = [
    "waveform = 'sine'",
    "waveform = 'sawtooth'",
    "waveform = 'triangle'",
    "waveform = 'pulse'",
    "waveform = 'white_noise'",
    "waveform = 'pink_noise'",
    "waveform = 'harmonics'",
    "waveform = 'harmonics', morph = { slope_db = -12 }",
    "waveform = 'modal', modal = { partials = 32 }",
    "waveform = 'pluck'",
    "waveform = 'fm'",
];

fn waveform(bencher: Bencher<'_, '_>, layer: &str, cents: f64) {
    let rate = SampleRate::default();
    let ends = [6000.0 + cents, 6000.0].map(|cents| increment(cents, rate));
    let course = FrequencyRamps {
        from: ends[1],
        ends: std::array::from_fn(|step| ends[step % 2]),
    };
    let text = format!("layer = [{{ {layer} }}]");
    let mut bank = Bank::built_in(&[]).unwrap();
    let preset = bank
        .add_file("bench", text, &mut |_| Err(String::new()))
        .unwrap();
    bank.play_all_melodic_with(preset);
    let score = Song::read(DEMO).unwrap().score;
    let plan = Plan::new(&score, &bank, rate);
    let layer = &plan.specs[0].layers[0];
    let start = Oscillator::new(&layer.source, layer.unison, rate);
    let mut samples = vec![0.0; 4096];
    let mut scratch = [[0.0; CHUNK]; 2];
    bencher
        .counter(ItemsCount::new(samples.len()))
        .with_inputs(|| start.clone())
        .bench_local_values(|mut oscillator| {
            samples
                .chunks_mut(CHUNK)
                .for_each(|chunk| oscillator.render(&course, &mut scratch, chunk));
            samples[0]
        });
}

/// Items: samples of middle C.
#[divan::bench(args = WAVEFORMS)]
fn waveform_still(bencher: Bencher<'_, '_>, layer: &str) {
    waveform(bencher, layer, 0.0);
}

/// Items: samples around middle C, the frequency moving as under vibrato.
#[divan::bench(args = WAVEFORMS)]
fn waveform_moving(bencher: Bencher<'_, '_>, layer: &str) {
    waveform(bencher, layer, 5.0);
}

/// A recording of a second with a loop of a fifth, read for a page at a time.
fn sinc(bencher: Bencher<'_, '_>, ratio: f64, looping: Looping) {
    let frames: Vec<f32> = (0..44_100).map(|frame| white(1, frame)).collect();
    let recording = RecordedFrames::new(&frames, Some(30_000..38_820));
    let increment = sinc::increment(ratio);
    let kernel = Kernel::for_increments(increment, increment);
    let mut samples = vec![0.0; 4096];
    let mut state = ReadState::new(0, looping);
    // Pages that are read before it is over, where it does not go round its loop.
    let pages = (44_100.0 / ratio) as usize / samples.len();
    let mut read = 0;
    bencher
        .counter(ItemsCount::new(samples.len()))
        .bench_local(|| {
            let mut glide = Ramp::still(increment).over(samples.len());
            if read == pages {
                (state, read) = (ReadState::new(0, looping), 0);
            }
            read += 1;
            recording.render(kernel, &mut state, &mut glide, &mut samples);
            samples[0]
        });
}

/// Ratios at which a recording is read: with 32 taps, with 64, and copied.
const RATIOS: [f64; 3] = [0.8, 1.9, 1.0];

/// Items: frames of a recording without a loop.
#[divan::bench(args = RATIOS)]
fn sinc_once(bencher: Bencher<'_, '_>, ratio: f64) {
    sinc(bencher, ratio, Looping::Never);
}

/// Items: frames of a recording that loops.
#[divan::bench(args = RATIOS)]
fn sinc_looped(bencher: Bencher<'_, '_>, ratio: f64) {
    sinc(bencher, ratio, Looping::Forever);
}

fn mix(bencher: Bencher<'_, '_>, gate: u64) {
    let tones: Vec<f32> = (0..20_000_000)
        .map(|sample| (sample % 1000) as f32 / 1000.0)
        .collect();
    let release = VoiceEnvelope::Baked(Release::new(1e7, Attack::default()));
    let mut sum = vec![0.0; 4096];
    let mut place = 0;
    bencher.counter(ItemsCount::new(sum.len())).bench_local(|| {
        place = (place + 28_685) % (tones.len() - sum.len());
        add_note(
            &release,
            gate,
            0.5,
            200,
            &tones[place..place + sum.len()],
            &mut sum,
        );
    });
}

/// Items: note samples, from a pool of 80 MB that no cache holds, while the key is down.
#[divan::bench]
fn mix_held(bencher: Bencher<'_, '_>) {
    mix(bencher, u64::MAX);
}

/// Items: note samples, from a pool of 80 MB that no cache holds, in the release.
#[divan::bench]
fn mix_released(bencher: Bencher<'_, '_>) {
    mix(bencher, 0);
}

/// The programs of the workloads.
const PROGRAMS: [u8; 16] = [0, 32, 48, 24, 61, 73, 4, 19, 40, 0, 11, 89, 65, 52, 105, 46];

/// A minute of notes on sixteen channels, half a second each, at places that a linear congruential generator chooses. If
/// they move, each channel is bent all the time, so that no two notes share a tone.
fn workload(notes: u32, moving: bool) -> Vec<u8> {
    const TICKS: u32 = 57_600;
    let mut random = 1u32;
    let mut next = |range: u32| {
        random = random.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        (random >> 8) % range
    };
    let mut events: Vec<(u32, [u8; 3])> = Vec::new();
    for note in 0..notes {
        let (channel, at) = ((note % 16) as u8, next(TICKS));
        let (key, velocity) = (36 + next(48) as u8, 32 + next(96) as u8);
        events.push((at, [0x90 | channel, key, velocity]));
        events.push((at + 480, [0x80 | channel, key, 64]));
    }
    for step in 0..if moving { TICKS / 120 } else { 0 } {
        let channels = 0..16u8;
        events
            .extend(channels.map(|channel| (120 * step, [0xE0 | channel, 0, 60 + next(9) as u8])));
    }
    events.sort_by_key(|(at, _)| *at);
    smf(&events)
}

/// A file of one track at 480 ticks per quarter note.
fn smf(events: &[(u32, [u8; 3])]) -> Vec<u8> {
    let mut track: Vec<u8> = Vec::new();
    for (channel, program) in (0u8..).zip(PROGRAMS) {
        track.extend([0, 0xC0 | channel, program]);
    }
    let mut now = 0;
    for (at, event) in events {
        let delta = at - now;
        track.extend([0x80 | (delta >> 7) as u8, (delta & 0x7F) as u8]);
        track.extend(event);
        now = *at;
    }
    track.extend([0, 0xFF, 0x2F, 0]);
    let mut file = b"MThd\0\0\0\x06\0\0\0\x01\x01\xE0MTrk".to_vec();
    file.extend((track.len() as u32).to_be_bytes());
    file.extend(track);
    file
}

/// Items: seconds of audio of the demo song, from bytes to bytes.
#[divan::bench(args = [1, 2])]
fn song_demo(bencher: Bencher<'_, '_>, threads: usize) {
    song(bencher, DEMO, threads);
}

/// Items: seconds of audio of a thousand notes that share nothing.
#[divan::bench(args = [1, 2], sample_count = 10)]
fn song_moving(bencher: Bencher<'_, '_>, threads: usize) {
    song(bencher, &workload(1_000, true), threads);
}

/// Items: seconds of audio of twenty thousand notes, hundreds at once.
#[divan::bench(args = [1, 2], sample_count = 10)]
fn song_dense(bencher: Bencher<'_, '_>, threads: usize) {
    song(bencher, &workload(20_000, false), threads);
}

fn song(bencher: Bencher<'_, '_>, bytes: &[u8], threads: usize) {
    let pool = rayon::ThreadPoolBuilder::new()
        .num_threads(threads)
        .build()
        .unwrap();
    let bank = Bank::built_in(&[]).unwrap();
    let seconds = Song::read(bytes).unwrap().score.duration().0.round() as u64;
    bencher.counter(ItemsCount::new(seconds)).bench(|| {
        let song = Song::read(black_box(bytes)).unwrap();
        let performance = song.perform(&bank, &Settings::default()).unwrap();
        let spec = WavSpec::default();
        let mut wav = WavWriter::new(std::io::sink(), spec, performance.frames());
        let sink = |block: &Stereo| wav.write(block);
        pool.install(|| performance.render_into(sink)).unwrap()
    });
}

/// A block of noise through an effect.
fn effect(bencher: Bencher<'_, '_>, mut process: impl FnMut(&[f32], &mut [f32], &mut [f32])) {
    let send: Vec<f32> = (0..4096).map(|frame| white(1, frame)).collect();
    let (mut left, mut right) = (vec![0.0; 4096], vec![0.0; 4096]);
    bencher
        .counter(ItemsCount::new(send.len()))
        .bench_local(|| {
            left.fill(0.0);
            right.fill(0.0);
            process(&send, &mut left, &mut right);
            left[0]
        });
}

/// Items: frames.
#[divan::bench]
fn reverb(bencher: Bencher<'_, '_>) {
    let mut reverb = Reverb::new(&ReverbSetting::default(), SampleRate::default());
    effect(bencher, |send, left, right| {
        reverb.process(send, left, right);
    });
}

/// Items: frames.
#[divan::bench]
fn chorus(bencher: Bencher<'_, '_>) {
    let mut chorus = Chorus::new(&ChorusSetting::default(), SampleRate::default());
    effect(bencher, |send, left, right| {
        chorus.process(send, left, right);
    });
}

/// Items: stereo frames.
#[divan::bench]
fn loudness(bencher: Bencher<'_, '_>) {
    let side = |seed| -> Vec<f32> { (0..44_100).map(|frame| white(seed, frame)).collect() };
    let (left, right) = (side(1), side(2));
    bencher.counter(ItemsCount::new(left.len())).bench(|| {
        let mut meter = LoudnessMeter::new(SampleRate::default(), 2);
        for (left, right) in left.chunks(4096).zip(right.chunks(4096)) {
            meter.process(black_box(&[left, right]));
        }
        meter.integrated()
    });
}

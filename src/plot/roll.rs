//! A score as a piano roll: its notes by key and channel, and below them the controllers that move.

use std::fmt::Write;

use super::axis::Axis;
use super::chart::{Chart, Frame};
use super::colour;
use super::ink::Ink;
use crate::plan::controls::{self, Automation, Law};
use crate::score::Score;
use crate::units::{Channel, Part};

const WIDTH: f64 = 1200.0;
/// Pixels of a key, and of the panel at least and at most.
const KEY_HEIGHT: f64 = 6.0;
const ROLL_HEIGHT: [f64; 2] = [140.0, 640.0];
const LANE_HEIGHT: f64 = 70.0;

/// A controller that is drawn: its title, its axis, and how it goes in each part.
type Drawn = (&'static str, Axis, Vec<(Part, Automation)>);

/// The picture of a score, as a file of its own.
#[must_use]
pub fn roll(score: &Score, title: &str) -> String {
    let time = Axis::time(0.0, score.duration().0.max(0.1));
    let keys = key_range(score);
    let height = ((keys.1 - keys.0) * KEY_HEIGHT).clamp(ROLL_HEIGHT[0], ROLL_HEIGHT[1]);
    let axis = Axis::keys(keys.0, keys.1);
    let head = format!(
        "{title}: {} notes; the stronger, the more opaque",
        score.notes.len()
    );
    let content = |frame: &Frame| notes(score, frame) + &legend(score, frame);
    let mut chart = Chart::new(WIDTH, time).panel(&head, height, &axis, content);
    for (title, axis, courses) in drawn(score) {
        if courses.iter().any(|(_, course)| !course.changes.is_empty()) {
            let content = |frame: &Frame| lanes(score, frame, &courses);
            chart = chart.panel(title, LANE_HEIGHT, &axis, content);
        }
    }
    chart.file(&format!("Piano roll of {title}"))
}

/// Every controller that is drawn.
fn drawn(score: &Score) -> Vec<Drawn> {
    let share = || Axis::linear(0.0, 1.0, "");
    let side = || Axis::linear(-1.0, 1.0, "");
    let of = |law: Law| -> Vec<(Part, Automation)> {
        let parts = score.parts.iter();
        parts.map(|lanes| (lanes.part, law(lanes, score))).collect()
    };
    let most = |courses: &[(Part, Automation)]| {
        let values = courses.iter().flat_map(|(_, course)| &course.changes);
        values.fold(100.0f64, |most, point| most.max(f64::from(point.1.abs())))
    };
    let (pitch, vibrato) = (of(controls::pitch), of(controls::vibrato));
    let (bend, depth) = (most(&pitch), most(&vibrato));
    vec![
        ("volume (CC7)", share(), of(controls::volume)),
        ("expression (CC11)", share(), of(controls::expression)),
        ("pan (CC10), 1 is right", side(), of(controls::pan)),
        ("balance (CC8), 1 is right", side(), of(controls::balance)),
        (
            "pitch: bend and tuning",
            Axis::linear(-bend, bend, "cents"),
            pitch,
        ),
        (
            "vibrato: modulation and pressure",
            Axis::linear(0.0, depth, "cents"),
            vibrato,
        ),
        ("brightness (CC74)", side(), of(controls::brightness)),
        ("resonance (CC71)", side(), of(controls::resonance)),
        ("reverb send (CC91)", share(), of(controls::reverb_send)),
        ("chorus send (CC93)", share(), of(controls::chorus_send)),
    ]
}

/// The keys in use and a little around them.
fn key_range(score: &Score) -> (f64, f64) {
    let keys = || score.notes.iter().map(|note| f64::from(note.key.get()));
    let (low, high) = (keys().fold(127.0, f64::min), keys().fold(0.0, f64::max));
    if low > high {
        (48.0, 72.0)
    } else {
        ((low - 3.0).max(0.0), (high + 4.0).min(128.0))
    }
}

fn notes(score: &Score, frame: &Frame) -> String {
    let mut svg = String::new();
    let seconds = |instant| score.timebase.seconds(instant).0;
    for note in &score.notes {
        let (x, end) = (frame.x(seconds(note.onset)), frame.x(seconds(note.end)));
        let key = f64::from(note.key.get());
        let (top, bottom) = (frame.y(key + 1.0), frame.y(key));
        let (width, height) = ((end - x).max(1.0), (bottom - top).max(1.0));
        let opacity = 0.35 + 0.65 * note.velocity.share();
        let fill = colour(note.channel);
        // Writing to a string cannot fail.
        let _ = writeln!(
            svg,
            "<rect x=\"{x:.1}\" y=\"{top:.1}\" width=\"{width:.1}\" height=\"{height:.1}\" fill=\"{fill}\" fill-opacity=\"{opacity:.2}\"/>"
        );
    }
    svg
}

/// The channels that play, by colour.
fn legend(score: &Score, frame: &Frame) -> String {
    let (mut svg, faint) = (String::new(), Ink::Faint.fill());
    let playing = |channel: &Channel| score.notes.iter().any(|note| note.channel == *channel);
    for (index, channel) in Channel::all().filter(playing).enumerate() {
        let (x, y) = (
            frame.left() + frame.width + 8.0,
            frame.top() + 4.0 + 15.0 * index as f64,
        );
        let (fill, text_x, text_y) = (colour(channel), x + 14.0, y + 9.0);
        let _ = writeln!(
            svg,
            "<rect x=\"{x}\" y=\"{y}\" width=\"10\" height=\"10\" fill=\"{fill}\"/><text {faint} x=\"{text_x}\" y=\"{text_y}\">ch {channel}</text>"
        );
    }
    svg
}

/// One line for each part whose controller moves.
fn lanes(score: &Score, frame: &Frame, courses: &[(Part, Automation)]) -> String {
    let mut svg = String::new();
    for (part, course) in courses {
        if course.changes.is_empty() {
            continue;
        }
        let mut path = format!(
            "M{:.1} {:.1}",
            frame.left(),
            frame.y(f64::from(course.initial))
        );
        for (at, value) in &course.changes {
            let x = frame
                .x(score.timebase.seconds(*at).0)
                .min(frame.left() + frame.width);
            let _ = write!(path, "H{x:.1}V{:.1}", frame.y(f64::from(*value)));
        }
        let _ = write!(path, "H{:.1}", frame.left() + frame.width);
        let stroke = colour(part.channel);
        let _ = writeln!(
            svg,
            "<path fill=\"none\" stroke=\"{stroke}\" stroke-width=\"1.3\" d=\"{path}\"/>"
        );
    }
    svg
}

/// A hue for each channel, neighbours far apart (the golden angle).
fn colour(channel: Channel) -> String {
    let hue = (210.0 + 137.5 * channel.index() as f64) % 360.0;
    colour::hex(colour::hue(hue, 0.7))
}

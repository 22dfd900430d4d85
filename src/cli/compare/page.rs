//! A page of its own for people: every pair, and of those that differ both waveforms, both spectrograms and what differs.

use anyhow::Result;

use super::judge::{self, Case, Found, Judged};
use super::part::ComparedPart;
use super::recording::{self, WavFile};
use super::text;
use crate::compare::{AudioSource, Figures, Span};
use crate::plot::{Axis, Chart, Contrast, Outline, Spectrogram, Tone, escape, page_style};

const COLUMNS: usize = 900;
const WIDTH: f64 = 1040.0;
/// A recording of more seconds than this is also shown about its worst moment, for so many.
const CLOSE_UP_S: f64 = 3.0;
/// Pairs that are drawn; a page of thousands could not be opened.
const DRAWN: usize = 50;

const PAGE_STYLE: &str = "\
body{font:15px/1.5 system-ui,sans-serif;background:var(--paper);color:var(--ink);max-width:1080px;margin:2em auto;\
padding:0 1em}h1{font-size:1.5em}h2{font-size:1.15em;margin:2.5em 0 .3em;overflow-wrap:anywhere}h3{font-size:1em;margin:1.5em 0 .2em}\
table{border-collapse:collapse;width:100%}td,th{text-align:left;padding:.2em .8em .2em 0;vertical-align:top;\
border-bottom:1px solid var(--grid)}td:first-child,th:first-child{white-space:nowrap}.bad{color:var(--difference);font-weight:600}\
.good{color:var(--expected)}.cause{font-size:1.05em}svg{width:100%;height:auto}a{color:var(--actual)}";

/// The page.
pub(super) fn of(cases: &[Case], part: &ComparedPart) -> Result<String> {
    let mut body = overview(cases);
    let different = cases
        .iter()
        .enumerate()
        .filter(|(_, case)| case.is_different());
    for (count, (index, case)) in different.enumerate() {
        if let Found::Compared(judged) = &case.found {
            body.push_str(&section(index, case, judged, part, count < DRAWN)?);
        }
    }
    Ok(document("cascade compare", &text::summary(cases), &body))
}

/// A page of a command with its summary as the heading.
pub(in crate::cli) fn document(command: &str, summary: &str, body: &str) -> String {
    let (summary, style) = (escape(summary), page_style());
    format!(
        "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n\
         <meta name=\"viewport\" content=\"width=device-width\">\n<title>{command}: {summary}</title>\n\
         <style>{style}{PAGE_STYLE}</style>\n</head>\n<body>\n<h1>{summary}</h1>\n{body}</body>\n</html>\n"
    )
}

fn overview(cases: &[Case]) -> String {
    let rows: Vec<String> = cases.iter().enumerate().map(row).collect();
    let head = "<tr><th>verdict</th><th>file</th><th>likely cause, or reason</th></tr>";
    format!("<table>\n{head}\n{}\n</table>\n", rows.join("\n"))
}

fn row((index, case): (usize, &Case)) -> String {
    let name = escape(&case.pair.name);
    let (class, reason) = match &case.found {
        Found::NotCompared(reason) => ("bad", reason.as_str()),
        Found::Compared(judged) => {
            let cause = judged
                .figures
                .as_ref()
                .and_then(|figures| figures.cause.as_deref());
            (
                if case.is_different() { "bad" } else { "good" },
                cause.unwrap_or_default(),
            )
        }
    };
    let name = match case.is_different() {
        true => format!("<a href=\"#pair-{index}\">{name}</a>"),
        false => name,
    };
    let (verdict, reason) = (text::verdict(case), escape(reason));
    format!("<tr><td class=\"{class}\">{verdict}</td><td>{name}</td><td>{reason}</td></tr>")
}

fn section(
    index: usize,
    case: &Case,
    judged: &Judged,
    part: &ComparedPart,
    drawn: bool,
) -> Result<String> {
    let Some(figures) = &judged.figures else {
        return Ok(String::new());
    };
    let mut html = format!("<h2 id=\"pair-{index}\">{}</h2>\n", escape(&case.pair.name));
    let cause = escape(figures.cause.as_deref().unwrap_or("no plain cause"));
    html.push_str(&format!(
        "<p class=\"cause\">Likely: <strong>{cause}</strong></p>\n<ul>\n"
    ));
    for breach in &judged.judgement.breaches {
        html.push_str(&format!(
            "<li class=\"bad\">{}</li>\n",
            escape(&text::reason(breach))
        ));
    }
    html.push_str("</ul>\n");
    match drawn {
        true => html.push_str(&pictures(case, figures, part)?),
        false => html.push_str("<p>Not drawn: the first 50 are.</p>\n"),
    }
    html.push_str("<table>\n");
    for (name, fact) in text::facts(figures) {
        html.push_str(&format!(
            "<tr><th>{name}</th><td>{}</td></tr>\n",
            escape(&fact)
        ));
    }
    html.push_str("</table>\n");
    Ok(html)
}

/// The whole, and where it is long the worst moment.
pub(super) fn pictures(case: &Case, figures: &Figures, part: &ComparedPart) -> Result<String> {
    let (mut actual, mut expected) = judge::open(&case.pair)?;
    let span = recording::span(part, &expected)?;
    let rate = f64::from(figures.sample_rate);
    let begin = span.from as f64 / rate;
    let end = begin + figures.frames[0].max(figures.frames[1]) as f64 / rate;
    let mut html = picture(&mut actual, &mut expected, &span, [begin, end])?;
    if end - begin > 2.0 * CLOSE_UP_S {
        let from = (worst(figures) - CLOSE_UP_S / 2.0).clamp(begin, end - CLOSE_UP_S);
        html.push_str(&format!(
            "<h3>The worst moment, about {:.1} s</h3>\n",
            worst(figures)
        ));
        html.push_str(&picture(
            &mut actual,
            &mut expected,
            &span,
            [from, from + CLOSE_UP_S],
        )?);
    }
    Ok(html)
}

/// Where the samples differ most; where none of those that both have differ, where one ends.
fn worst(figures: &Figures) -> f64 {
    match figures.differing_samples {
        0 => figures.frames[0].min(figures.frames[1]) as f64 / f64::from(figures.sample_rate),
        _ => figures.worst_at_s,
    }
}

fn picture(
    actual: &mut WavFile,
    expected: &mut WavFile,
    span: &Span,
    times: [f64; 2],
) -> Result<String> {
    let rate = actual.spec().rate;
    let frame = |seconds: f64| (seconds * f64::from(rate)).round() as u64;
    let range = frame(times[0])..frame(times[1]);
    let (mut actual, mut expected) = (Chosen::new(actual, span), Chosen::new(expected, span));
    let outline = |recording: &mut Chosen<'_>| Outline::of(recording, range.clone(), COLUMNS);
    let outlines = [outline(&mut actual)?, outline(&mut expected)?];
    let difference = Outline::of_difference(&mut actual, &mut expected, range.clone(), COLUMNS)?;
    let spectra = [
        Spectrogram::of(&mut actual, range.clone(), COLUMNS / 2)?,
        Spectrogram::of(&mut expected, range, COLUMNS / 2)?,
    ];
    Ok(draw(times, rate, &outlines, &difference, &spectra))
}

fn draw(
    [from, to]: [f64; 2],
    rate: u32,
    [actual, expected]: &[Outline; 2],
    difference: &Outline,
    [heard, meant]: &[Spectrogram; 2],
) -> String {
    let most = actual.peak().max(expected.peak()).clamp(1e-4, 1.0);
    let wave = Axis::linear(-most, most, "");
    let rest = difference.peak().max(1e-9);
    let small = Axis::linear(-rest, rest, "");
    let hertz = Spectrogram::axis(rate);
    let change = heard.minus(meant);
    let scale = format!(
        "Difference (actual minus expected), {:.1} dBFS at most",
        20.0 * libm::log10(rest)
    );
    Chart::new(WIDTH, Axis::time(from, to))
        .panel("Actual", 90.0, &wave, |frame| {
            actual.path(frame, Tone::Actual)
        })
        .panel("Expected", 90.0, &wave, |frame| {
            expected.path(frame, Tone::Expected)
        })
        .panel(&scale, 90.0, &small, |frame| {
            difference.path(frame, Tone::Difference)
        })
        .panel("Spectrogram, actual", 150.0, &hertz, |frame| {
            heard.image(frame, Contrast::Level)
        })
        .panel("Spectrogram, expected", 150.0, &hertz, |frame| {
            meant.image(frame, Contrast::Level)
        })
        .panel(
            "What is louder (red) and softer (blue) than expected",
            150.0,
            &hertz,
            |frame| change.image(frame, Contrast::Change),
        )
        .element("Waveforms and spectrograms, actual and expected, and their differences")
}

/// A recording with only the channels that are compared.
struct Chosen<'a> {
    file: &'a mut WavFile,
    channels: Option<&'a [usize]>,
}

impl<'a> Chosen<'a> {
    fn new(file: &'a mut WavFile, span: &'a Span) -> Self {
        let channels = span.channels.as_deref();
        Self { file, channels }
    }
}

impl AudioSource for Chosen<'_> {
    type Error = std::io::Error;

    fn spec(&self) -> crate::compare::Spec {
        self.file.spec()
    }

    fn frames(&self) -> u64 {
        self.file.frames()
    }

    fn read(
        &mut self,
        from: u64,
        frames: usize,
        planes: &mut crate::wav::Planes,
    ) -> std::io::Result<()> {
        self.file.read(from, frames, planes)?;
        if let Some(channels) = self.channels {
            *planes = channels
                .iter()
                .map(|channel| planes[*channel].clone())
                .collect();
        }
        Ok(())
    }
}

//! A column of panels with axes, as SVG.

use std::fmt::Write;

use super::axis::Axis;
use super::ink::{self, Ink};
use crate::text::Shown;

/// Space for the numbers at the left, and for a legend at the right.
const LEFT: f64 = 64.0;
const RIGHT: f64 = 88.0;
/// Space for a title above a panel, and for the times below it.
const ABOVE: f64 = 26.0;
const BELOW: f64 = 24.0;

/// A picture in the making.
#[derive(Clone, Debug)]
pub struct Chart {
    width: f64,
    top: f64,
    time: Axis,
    body: String,
}

/// The place of a panel's content.
#[derive(Clone, Debug)]
pub struct Frame {
    left: f64,
    top: f64,
    /// Its width, in pixels.
    pub width: f64,
    /// Its height, in pixels.
    pub height: f64,
    time: Axis,
    axis: Axis,
}

impl Frame {
    /// The pixel of a time.
    #[must_use]
    pub fn x(&self, seconds: f64) -> f64 {
        self.left + self.width * self.time.place(seconds)
    }

    /// The pixel of a value, clamped to the panel.
    #[must_use]
    pub fn y(&self, value: f64) -> f64 {
        self.top + self.height * (1.0 - self.axis.place(value).clamp(0.0, 1.0))
    }

    /// The left edge.
    #[must_use]
    pub const fn left(&self) -> f64 {
        self.left
    }

    /// The upper edge.
    #[must_use]
    pub const fn top(&self) -> f64 {
        self.top
    }
}

impl Chart {
    /// A chart of so many pixels, over these times.
    #[must_use]
    pub const fn new(width: f64, time: Axis) -> Self {
        Self {
            width,
            top: 0.0,
            time,
            body: String::new(),
        }
    }

    /// Adds a panel below the others.
    #[must_use]
    pub fn panel(
        mut self,
        title: &str,
        height: f64,
        axis: &Axis,
        content: impl FnOnce(&Frame) -> String,
    ) -> Self {
        let frame = Frame {
            left: LEFT,
            top: self.top + ABOVE,
            width: self.width - LEFT - RIGHT,
            height,
            time: self.time.clone(),
            axis: axis.clone(),
        };
        let (x, y) = (frame.left, frame.top);
        let (width, title) = (frame.width, escape(title));
        let (text, ground, edge) = (Ink::Text.fill(), Ink::Panel.fill(), Ink::Faint.line());
        self.line(&format!(
            "<text {text} font-weight=\"600\" x=\"{x}\" y=\"{}\">{title}</text>",
            y - 8.0
        ));
        self.line(&format!(
            "<rect {ground} x=\"{x}\" y=\"{y}\" width=\"{width}\" height=\"{height}\"/>"
        ));
        self.values(&frame);
        self.times(&frame);
        self.body.push_str(&content(&frame));
        self.line(&format!(
            "<rect {edge} x=\"{x}\" y=\"{y}\" width=\"{width}\" height=\"{height}\"/>"
        ));
        self.top += ABOVE + height + BELOW;
        self
    }

    fn values(&mut self, frame: &Frame) {
        let most = (frame.height / 18.0) as usize;
        let (x1, x2) = (frame.left, frame.left + frame.width);
        let (grid, faint) = (Ink::Grid.line(), Ink::Faint.fill());
        for (value, written) in frame.axis.ticks(most) {
            let y = frame.y(value);
            self.line(&format!(
                "<line {grid} x1=\"{x1}\" x2=\"{x2}\" y1=\"{y:.1}\" y2=\"{y:.1}\"/>"
            ));
            let (x, y) = (x1 - 6.0, y + 4.0);
            self.line(&format!(
                "<text {faint} text-anchor=\"end\" x=\"{x}\" y=\"{y:.1}\">{written}</text>"
            ));
        }
        let (unit, y) = (frame.axis.unit(), frame.top - 8.0);
        let x = x1 - 6.0;
        self.line(&format!(
            "<text {faint} text-anchor=\"end\" x=\"{x}\" y=\"{y}\">{unit}</text>"
        ));
    }

    fn times(&mut self, frame: &Frame) {
        let (y1, y2) = (frame.top, frame.top + frame.height);
        let (grid, faint) = (Ink::Grid.line(), Ink::Faint.fill());
        for (value, written) in self.time.ticks((frame.width / 90.0) as usize) {
            let x = frame.x(value);
            self.line(&format!(
                "<line {grid} x1=\"{x:.1}\" x2=\"{x:.1}\" y1=\"{y1}\" y2=\"{y2}\"/>"
            ));
            let y = y2 + 15.0;
            self.line(&format!(
                "<text {faint} text-anchor=\"middle\" x=\"{x:.1}\" y=\"{y}\">{written}</text>"
            ));
        }
    }

    fn line(&mut self, element: &str) {
        // Writing to a string cannot fail.
        let _ = writeln!(self.body, "{element}");
    }

    /// The picture as an element of a page that has [`super::page_style`].
    #[must_use]
    pub fn element(&self, label: &str) -> String {
        self.svg(label, "", &self.body)
    }

    /// The picture as a file of its own.
    #[must_use]
    pub fn file(&self, label: &str) -> String {
        let (width, height, body) = (self.width, self.top, &self.body);
        let size = format!(" width=\"{width}\" height=\"{height}\"");
        let (style, paper) = (ink::dark(), Ink::Paper.fill());
        let body = format!("<style>{style}</style>\n<rect {paper}{size}/>\n{body}");
        self.svg(label, &size, &body)
    }

    fn svg(&self, label: &str, size: &str, body: &str) -> String {
        let (width, height, label) = (self.width, self.top, escape(label));
        // The older name of href is the one that all viewers know.
        format!(
            "<svg{size} xmlns=\"http://www.w3.org/2000/svg\" xmlns:xlink=\"http://www.w3.org/1999/xlink\" \
             viewBox=\"0 0 {width} {height}\" role=\"img\" aria-label=\"{label}\" \
             font-family=\"system-ui, sans-serif\" font-size=\"12\" stroke=\"none\">\n{body}</svg>\n"
        )
    }
}

/// Text for SVG, HTML and XML, as it is [`Shown`] anywhere.
#[must_use]
pub fn escape(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for character in Shown(text).to_string().chars() {
        match character {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            _ => escaped.push(character),
        }
    }
    escaped
}

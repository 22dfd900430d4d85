//! What pictures are drawn with: colours that stand in each element, where every viewer finds them, and their dark
//! counterparts as a style sheet for browsers in the dark.

/// A colour by its role.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Ink {
    /// What everything is drawn on.
    Paper,
    /// Titles.
    Text,
    /// Numbers and edges.
    Faint,
    /// Lines at round numbers.
    Grid,
    /// The ground of a panel.
    Panel,
    /// What is judged.
    Actual,
    /// What was expected.
    Expected,
    /// What differs.
    Difference,
}

impl Ink {
    const ALL: [Self; 8] = [
        Self::Paper,
        Self::Text,
        Self::Faint,
        Self::Grid,
        Self::Panel,
        Self::Actual,
        Self::Expected,
        Self::Difference,
    ];

    /// Its name, and its colours in light and in dark.
    const fn colours(self) -> [&'static str; 3] {
        match self {
            Self::Paper => ["paper", "#ffffff", "#0d1117"],
            Self::Text => ["ink", "#1b1f24", "#e6edf3"],
            Self::Faint => ["faint", "#59636e", "#9198a1"],
            Self::Grid => ["grid", "#d1d9e0", "#3d444d"],
            Self::Panel => ["panel", "#f6f8fa", "#161b22"],
            Self::Actual => ["actual", "#0969da", "#58a6ff"],
            Self::Expected => ["expected", "#1a7f37", "#3fb950"],
            Self::Difference => ["difference", "#cf222e", "#ff7b72"],
        }
    }

    /// The attributes of what is filled with it.
    pub(super) fn fill(self) -> String {
        let [name, colour, _] = self.colours();
        format!("class=\"fill-{name}\" fill=\"{colour}\"")
    }

    /// The attributes of what is a line of it.
    pub(super) fn line(self) -> String {
        let [name, colour, _] = self.colours();
        format!("class=\"line-{name}\" fill=\"none\" stroke=\"{colour}\"")
    }

    /// The attributes of what is filled and outlined with it.
    pub(super) fn solid(self) -> String {
        let [name, colour, _] = self.colours();
        format!("class=\"fill-{name} line-{name}\" fill=\"{colour}\" stroke=\"{colour}\"")
    }
}

/// The style sheet of pictures, which has nothing to say but in the dark.
pub(super) fn dark() -> String {
    let rules = of_all(|[name, _, dark]| {
        format!(".fill-{name}{{fill:{dark}}}.line-{name}{{stroke:{dark}}}")
    });
    format!("@media (prefers-color-scheme:dark){{{rules}}}")
}

/// The style sheet of a page with pictures: theirs, and the same colours as variables for the page itself (`--paper`,
/// `--ink` and so on).
#[must_use]
pub fn page_style() -> String {
    let by_day = of_all(|[name, light, _]| format!("--{name}:{light};"));
    let by_night = of_all(|[name, _, dark]| format!("--{name}:{dark};"));
    let pictures = dark();
    format!(
        ":root{{color-scheme:light dark;{by_day}}}\
         @media (prefers-color-scheme:dark){{:root{{{by_night}}}}}{pictures}"
    )
}

fn of_all(rule: fn([&'static str; 3]) -> String) -> String {
    Ink::ALL
        .into_iter()
        .map(|ink| rule(ink.colours()))
        .collect()
}

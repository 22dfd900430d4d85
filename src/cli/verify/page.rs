//! A page of its own for people: every song, and of those that differ where, and both recordings if they are there.

use anyhow::Result;

use super::song::{Case, Difference, Found};
use super::text;
use crate::cli::compare::page;
use crate::plot::escape;

/// Songs that are drawn; a page of thousands could not be opened.
const DRAWN: usize = 50;

/// The page.
pub(super) fn of(cases: &[Case]) -> Result<String> {
    let summary = text::summary(cases);
    let mut body = overview(cases);
    let different = cases.iter().enumerate();
    let different = different.filter_map(|(index, case)| Some((index, case, case.difference()?)));
    for (count, (index, case, difference)) in different.enumerate() {
        body.push_str(&section(index, case, difference, count < DRAWN)?);
    }
    Ok(page::document("cascade verify", &summary, &body))
}

fn overview(cases: &[Case]) -> String {
    let rows: Vec<String> = cases.iter().enumerate().map(row).collect();
    let head = "<tr><th>verdict</th><th>song</th><th>where, or why not</th></tr>";
    format!("<table>\n{head}\n{}\n</table>\n", rows.join("\n"))
}

fn row((index, case): (usize, &Case)) -> String {
    let name = escape(&case.name);
    let (class, name, reason) = match &case.found {
        Found::Same => ("good", name, String::new()),
        Found::NotVerified(reason) => ("bad", name, reason.clone()),
        Found::NoBaseline => ("bad", name, text::no_baseline(case).to_owned()),
        Found::Different(difference) => {
            let link = format!("<a href=\"#song-{index}\">{name}</a>");
            ("bad", link, text::headline(difference))
        }
    };
    let (verdict, reason) = (text::verdict(case), escape(&reason));
    format!("<tr><td class=\"{class}\">{verdict}</td><td>{name}</td><td>{reason}</td></tr>")
}

fn section(index: usize, case: &Case, difference: &Difference, drawn: bool) -> Result<String> {
    let mut html = format!("<h2 id=\"song-{index}\">{}</h2>\n", escape(&case.name));
    html.push_str("<ul>\n");
    for line in text::lines(case) {
        let depth = (line.len() - line.trim_start().len()) / 2;
        html.push_str(&format!(
            "<li style=\"margin-left:{depth}em\">{}</li>\n",
            escape(line.trim_start())
        ));
    }
    html.push_str("</ul>\n");
    match &difference.compared {
        Some(compared) if drawn => html.push_str(&compared.pictures()?),
        Some(_) => html.push_str("<p>Not drawn: the first 50 are.</p>\n"),
        None => html
            .push_str("<p>No pictures: the old recording does not lie beside the manifest.</p>\n"),
    }
    Ok(html)
}

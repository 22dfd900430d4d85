//! Inside a room, no files import each other in a circle.
//!
//! What counts: a file imports another where its code, tests left out, names something that the other one defines: in a
//! `use`, or by a path, such as `super::part::Part` or `child::find()`. Re-exports are looked through: who uses
//! `compare::Figures` imports the file that defines `Figures`, and `pub use` alone imports nothing. So a file may use what the
//! `mod.rs` above it defines, as long as that only re-exports what the file has; if it uses it, too, they are a circle.

use std::collections::{BTreeMap, BTreeSet};

use crate::layout::{Source, sources};

/// The circles that stay, each with its reason: at most three, of two files each.
const CIRCLES: [([&str; 2], &str); 2] = [
    (
        ["dsp/wavetable/mod.rs", "dsp/wavetable/shelf.rs"],
        "a wave puts its cycles on the shelf, and the shelf has the oldest waves forget theirs",
    ),
    (
        ["voice/waveform/mod.rs", "voice/waveform/unison.rs"],
        "a unison is an oscillator that is made of oscillators",
    ),
];

/// A module by the names on the way to it: `["mix", "bus"]`.
type Module = Vec<String>;

/// A file: its path, what it imports, and what it exports under another module's name.
struct File {
    path: String,
    /// The paths that its code names, `pub use` left out.
    named: BTreeSet<Vec<String>>,
    /// What `pub use` calls by another path.
    exports: BTreeMap<String, Vec<String>>,
}

/// All files by their modules.
struct House(BTreeMap<Module, File>);

impl File {
    fn of(source: &Source) -> (Module, Self) {
        let path = source.path.display().to_string().replace('\\', "/");
        let mut module: Module = path
            .trim_end_matches(".rs")
            .split('/')
            .map(str::to_owned)
            .collect();
        if matches!(module.last().map(String::as_str), Some("mod" | "lib")) {
            module.pop();
        }
        let mut file = Self {
            path,
            named: BTreeSet::new(),
            exports: BTreeMap::new(),
        };
        let mut code = String::new();
        let mut aliases = BTreeSet::new();
        for line in outer_code(&source.text) {
            let text = line.trim();
            let without = text.strip_prefix("pub ").unwrap_or(text);
            let Some(tree) = without.strip_prefix("use ") else {
                code.push_str(&line);
                code.push('\n');
                continue;
            };
            for path in paths(tree.trim_end_matches(';')) {
                let name = path.last().cloned().unwrap_or_default();
                if text.starts_with("pub ") {
                    file.exports.insert(name, path);
                } else {
                    aliases.insert(name);
                    file.named.insert(path);
                }
            }
        }
        let spelled = spelled_out(&code).into_iter();
        file.named
            .extend(spelled.filter(|path| !aliases.contains(&path[0])));
        (module, file)
    }
}

impl House {
    fn new(sources: &[Source]) -> Self {
        let files = sources.iter().filter(|source| source.room() != "main");
        Self(files.map(File::of).collect())
    }

    /// The module that defines what a path means in another module; nothing for what is of no module here.
    fn definition(&self, from: &Module, path: &[String], depth: usize) -> Option<Module> {
        let mut at = from.clone();
        let mut rest = path;
        match path.first()?.as_str() {
            "crate" => {
                at.clear();
                rest = &rest[1..];
            }
            "self" => rest = &rest[1..],
            "super" => {
                while rest.first().is_some_and(|name| name == "super") {
                    at.pop();
                    rest = &rest[1..];
                }
            }
            child => {
                at.push(child.to_owned());
                if !self.0.contains_key(&at) {
                    return None;
                }
                rest = &rest[1..];
            }
        }
        while let Some(name) = rest.first() {
            at.push(name.clone());
            if !self.0.contains_key(&at) {
                at.pop();
                break;
            }
            rest = &rest[1..];
        }
        let export = rest
            .first()
            .and_then(|name| self.0.get(&at)?.exports.get(name));
        match export {
            Some(export) if depth < 8 => {
                let whole: Vec<String> = export.iter().chain(&rest[1..]).cloned().collect();
                self.definition(&at, &whole, depth + 1).or(Some(at))
            }
            _ => Some(at),
        }
    }

    /// The modules of the same room that a module imports.
    fn imports(&self, module: &Module) -> BTreeSet<Module> {
        let named = self.0[module].named.iter();
        named
            .filter_map(|path| self.definition(module, path, 0))
            .filter(|other| other != module && other.first() == module.first())
            .filter(|other| self.0.contains_key(other))
            .collect()
    }

    /// The sets of files that import each other in a circle.
    fn circles(&self) -> BTreeSet<Vec<&str>> {
        let imports: BTreeMap<&Module, BTreeSet<Module>> =
            self.0.keys().map(|m| (m, self.imports(m))).collect();
        let reached = |from: &Module| {
            let mut found: BTreeSet<&Module> = BTreeSet::new();
            let mut left: Vec<&Module> = imports[from].iter().collect();
            while let Some(module) = left.pop() {
                if found.insert(module) {
                    left.extend(&imports[module]);
                }
            }
            found
        };
        let reach: BTreeMap<&Module, BTreeSet<&Module>> =
            self.0.keys().map(|m| (m, reached(m))).collect();
        let circle = |module: &Module| {
            let both = |other: &&&Module| reach[**other].contains(module);
            let others = reach[module].iter().filter(both);
            let files: BTreeSet<&str> = others.map(|m| self.0[*m].path.as_str()).collect();
            files.into_iter().collect::<Vec<_>>()
        };
        let all = self.0.keys().map(circle);
        all.filter(|files| files.len() > 1).collect()
    }
}

/// The lines of a file without comments, visibilities, tests and modules within it; a `use` of several lines is one.
fn outer_code(text: &str) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    let mut within: Option<String> = None;
    let mut is_open = false;
    for line in text.lines() {
        let line = line.split("//").next().unwrap_or_default();
        if let Some(end) = &within {
            if line == end {
                within = None;
            }
            continue;
        }
        let line = without_places(line);
        let text = line.trim();
        let is_module = text.strip_prefix("pub ").unwrap_or(text);
        if is_module.starts_with("mod ") && text.ends_with('{') {
            let indent = &line[..line.len() - line.trim_start().len()];
            within = Some(format!("{indent}}}"));
            continue;
        }
        match lines.last_mut() {
            Some(last) if is_open => last.push_str(text),
            _ => lines.push(line.clone()),
        }
        let is_use = text.starts_with("use ") || text.starts_with("pub use ");
        is_open = (is_open || is_use) && !text.ends_with(';');
    }
    lines
}

/// `pub fn` for `pub(in crate::cli) fn`.
fn without_places(line: &str) -> String {
    match line.split_once("pub(") {
        Some((before, rest)) => match rest.split_once(')') {
            Some((_, after)) => format!("{before}pub{after}"),
            None => line.to_owned(),
        },
        None => line.to_owned(),
    }
}

/// The paths of a `use`: `a::b` and `a::c::D` of `a::{b, c::D}`; `a` of `a::self`.
fn paths(tree: &str) -> Vec<Vec<String>> {
    let Some((before, list)) = tree.split_once('{') else {
        let path = tree.split(" as ").next().unwrap_or_default();
        let names = path.split("::").map(|name| name.trim().to_owned());
        return vec![names.filter(|name| !name.is_empty()).collect()];
    };
    let before: Vec<String> = before
        .split("::")
        .map(|name| name.trim().to_owned())
        .filter(|name| !name.is_empty())
        .collect();
    let mut found = Vec::new();
    for item in crate::layout::items(list) {
        for mut path in paths(item) {
            if path.last().is_some_and(|name| name == "self") {
                path.pop();
            }
            found.push(before.iter().cloned().chain(path).collect());
        }
    }
    found
}

/// The paths in code: `["child", "find"]` for `child::find()`.
fn spelled_out(code: &str) -> Vec<Vec<String>> {
    let is_part = |c: char| c.is_ascii_alphanumeric() || c == '_' || c == ':';
    code.split(|c| !is_part(c))
        .filter(|word| word.contains("::") && !word.starts_with(':'))
        .map(|word| word.split("::").map(str::to_owned).collect::<Vec<_>>())
        .map(|path| path.into_iter().filter(|name| !name.is_empty()).collect())
        .filter(|path: &Vec<String>| !path.is_empty())
        .collect()
}

#[test]
fn no_files_inside_a_room_import_each_other_in_a_circle() {
    let sources = sources();
    let house = House::new(&sources);
    let found = house.circles();
    let allowed: BTreeSet<Vec<&str>> = CIRCLES.iter().map(|(files, _)| files.to_vec()).collect();
    let new: Vec<_> = found.difference(&allowed).collect();
    assert!(
        new.is_empty(),
        "these files import each other in a circle; move what both need to a file of its own:\n{new:#?}"
    );
    let gone: Vec<_> = allowed.difference(&found).collect();
    assert!(gone.is_empty(), "these are no circles any more: {gone:#?}");
    assert!(CIRCLES.len() <= 3, "at most three circles");
}

#[test]
fn a_circle_is_found_however_it_is_spelled() {
    let check = |files: &[(&str, &str)], expected: &[&str]| {
        let source = |(path, text): &(&str, &str)| Source {
            path: path.into(),
            text: (*text).to_owned(),
        };
        let mut sources: Vec<Source> = files.iter().map(source).collect();
        if files[0].0 != "mix/mod.rs" {
            sources.push(source(&("mix/mod.rs", "")));
        }
        let house = House::new(&sources);
        let found: Vec<_> = house.circles().into_iter().flatten().collect();
        assert_eq!(found, expected, "{files:?}");
    };
    let both = ["mix/a.rs", "mix/b.rs"];
    check(
        &[
            ("mix/a.rs", "use super::b::B;"),
            ("mix/b.rs", "fn f() { crate::mix::a::f() }"),
        ],
        &both,
    );
    check(
        &[
            ("mix/a.rs", "use super::b::B;"),
            ("mix/b.rs", "// use super::a::A;"),
        ],
        &[],
    );
    let tests = "#[cfg(test)]\nmod tests {\n    use super::a::A;\n}";
    check(
        &[
            ("mix/a.rs", "use super::{b::{B, C}, d};"),
            ("mix/b.rs", tests),
        ],
        &[],
    );
    check(
        &[
            ("mix/a.rs", "use super::{b::{B, C}, d};"),
            ("mix/b.rs", "use super::{\n    a,\n    c,\n};"),
        ],
        &both,
    );
    check(
        &[
            ("mix/a.rs", "use super::b::B;"),
            ("mix/b.rs", "pub(in crate::mix::a) fn f() {}"),
        ],
        &[],
    );
    // A re-export is no import of its own, and is looked through.
    let above = ("mix/mod.rs", "pub use a::A;\npub struct M;");
    check(&[above, ("mix/a.rs", "use super::M;")], &[]);
    check(
        &[
            above,
            ("mix/a.rs", "use super::b::B;"),
            ("mix/b.rs", "use super::A;"),
        ],
        &both,
    );
    let above = ("mix/mod.rs", "mod a;\npub struct M(a::A);");
    check(
        &[above, ("mix/a.rs", "use super::M;")],
        &["mix/a.rs", "mix/mod.rs"],
    );
}

//! Completions and manual pages are made from the command line itself.

use crate::cli::Desk;

fn printed(desk: &Desk, arguments: &str) -> String {
    let assert = desk.run(arguments).success().stderr("");
    String::from_utf8(assert.get_output().stdout.clone()).unwrap()
}

#[test]
fn every_shell_gets_a_script_that_knows_the_options() {
    let desk = Desk::new();
    for shell in ["bash", "elvish", "fish", "powershell", "zsh"] {
        let script = printed(&desk, &format!("completions {shell}"));
        assert!(script.contains("sample-rate"), "{shell}");
    }
    desk.expect("completions csh", 2, "possible values: bash, elvish, fish");
}

#[test]
fn every_command_has_a_page_with_its_examples() {
    let desk = Desk::new();
    let check = |command: &str, title: &str, text: &str| {
        let page = printed(&desk, &format!("man {command}"));
        assert!(page.contains(title) && page.contains(text), "{page}");
    };
    check("", ".TH cascade 1", "cascade\\-render(1)");
    check("render", ".TH cascade-render 1", "\\-\\-sample\\-rate");
    let version = concat!("cascade ", env!("CARGO_PKG_VERSION"));
    check("render", version, "cascade render \\-\\-from 1:30");
    check("presets list", ".TH cascade-presets-list 1", "\\-\\-json");
    desk.expect(
        "man play",
        2,
        "cascade has no command \"play\", but render, inspect",
    );
    desk.expect("man render x", 2, "cascade render has no command \"x\"");
}

#[test]
fn all_pages_go_to_a_folder() {
    let desk = Desk::new();
    desk.run("man --output share/man1").success().stdout("");
    let pages = desk.list("share/man1");
    for page in ["cascade.1", "cascade-render.1", "cascade-presets-list.1"] {
        assert!(pages.iter().any(|name| name == page), "{pages:?}");
        let printed = printed(&desk, &format!("man {}", words(page)));
        assert_eq!(desk.read(&format!("share/man1/{page}")), printed.as_bytes());
    }
}

/// The words of the command whose page this is.
fn words(page: &str) -> String {
    let words = page.trim_start_matches("cascade").trim_end_matches(".1");
    words.replace('-', " ")
}

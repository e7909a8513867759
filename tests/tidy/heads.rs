//! Each example begins with its problem, its command and its expected last line, and `.ci/run`
//! compares that line with the one it prints.

use std::fs;

use super::assert_none;
use super::source::{File, root, text_files};

/// Whether cargo takes the file as an example, or as a program of the package `examples/stack`.
fn is_example(path: &str) -> bool {
    let Some(inside) = path.strip_prefix("examples/") else {
        return false;
    };
    match inside.strip_prefix("stack/") {
        Some(of_stack) => {
            let name = of_stack.strip_prefix("src/bin/");
            of_stack == "src/main.rs" || name.is_some_and(|name| !name.contains('/'))
        }
        None => {
            !inside.contains('/')
                || inside.matches('/').count() == 1 && inside.ends_with("/main.rs")
        }
    }
}

/// The file's first comment, as `.ci/run` reads it: on one line.
fn head(file: &File) -> String {
    let lines = file.text.lines();
    let lines = lines.map_while(|line| line.strip_prefix("//!"));
    lines.map(str::trim).collect::<Vec<_>>().join(" ")
}

fn missing_in_head(file: &File) -> Vec<String> {
    let head = head(file);
    let (problem, rest) = head
        .split_once("Run: `cargo run --release ")
        .unwrap_or((&head, ""));
    let parts = [
        (problem.trim().is_empty(), "no problem"),
        (rest.is_empty(), "no `Run:` with its command"),
        (
            !rest.contains("Last line: `"),
            "no `Last line:` after the command",
        ),
    ];
    let missing = parts.iter().filter(|(missing, _)| *missing);
    missing.map(|(_, what)| file.at(0, what)).collect()
}

/// Whether the script compares the example's last line: by its name in a loop over names, or by
/// its path.
fn is_compared(path: &str, script: &str) -> bool {
    let name = path.trim_end_matches(".rs").rsplit('/').next();
    let lists = script.split("for name in ").skip(1);
    let mut names = lists.flat_map(|list| {
        list.split("; do")
            .next()
            .unwrap_or_default()
            .split_whitespace()
    });
    // A step's line goes on behind a backslash.
    let steps = script.replace("\\\n", " ");
    let by_path = |step: &str| step.contains("keeps_its_word") && step.contains(path);
    names.any(|word| Some(word) == name) || steps.lines().any(by_path)
}

#[test]
fn examples_say_what_they_are_for_and_keep_their_word() {
    let mut examples = text_files();
    examples.retain(|file| file.path.ends_with(".rs") && is_example(&file.path));
    assert!(examples.len() > 25, "{}", examples.len());
    let script = fs::read_to_string(root().join(".ci/run")).unwrap();
    let mut found: Vec<String> = examples.iter().flat_map(missing_in_head).collect();
    examples.retain(|file| !is_compared(&file.path, &script));
    let lost = examples.iter();
    found.extend(lost.map(|file| file.at(0, ".ci/run does not compare its last line")));
    assert_none(&found);
}

#[test]
fn an_example_without_its_last_line_is_caught() {
    let run = "//! Run: `cargo run --release --example a`. Last\n//! line: `done`.\n";
    let good = &format!("//! Slow.\n//!\n{run}fn x() {{}}");
    let found = |text: &str| missing_in_head(&File::new("examples/a.rs", text)).len();
    assert_eq!(found(good), 0);
    assert_eq!(found(&good.replace("//! Slow.\n", "")), 1);
    assert_eq!(found(&good.replace("Run: ", "By ")), 2);
    assert_eq!(found(&good.replace("`done`", "done")), 1);
    let loops = "for name in a c; do\n    x\ndone\nfor name in e; do\n    y\ndone\n";
    let script = &format!("{loops}step b keeps_its_word \\\n    examples/b.rs\n");
    assert!(is_compared("examples/stack/src/bin/e.rs", script));
    assert!(is_compared("examples/a.rs", script) && is_compared("examples/b.rs", script));
    assert!(!is_compared("examples/d.rs", script));
    assert!(!is_compared(
        "examples/b.rs",
        &script.replace("keeps_its_word", "true")
    ));
    assert!(is_example("examples/b/main.rs") && is_example("examples/stack/src/bin/e.rs"));
    assert!(!is_example("examples/b/part.rs") && !is_example("examples/stack/src/part.rs"));
}

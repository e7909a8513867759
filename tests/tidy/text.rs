//! What must not stand in any text.

use super::source::{File, has_word, root, text_files};
use super::{assert_none, caught, check_all};

fn unfinished(file: &File) -> Vec<String> {
    let marks = ["TODO", "FIXME", "XXX", "todo!", "unimplemented!"];
    let mut found = Vec::new();
    for (index, line) in file.lines.iter().enumerate() {
        let text = format!("{} {}", line.code, line.comment);
        if marks.iter().any(|mark| has_word(&text, mark)) || text.contains("todo!(") {
            found.push(file.at(index, "unfinished"));
        }
    }
    found
}

fn ignored_fences(text: &str) -> bool {
    let fence = text.trim().trim_start_matches(['/', '!', ' ']);
    let info = fence.strip_prefix("```").unwrap_or("");
    info.split([',', ' '])
        .any(|word| word.starts_with("ignore"))
}

fn ignored_code(file: &File) -> Vec<String> {
    let lines = file.lines.iter().enumerate();
    let ignored = lines.filter(|(_, line)| ignored_fences(&line.comment));
    ignored
        .map(|(index, _)| file.at(index, "an ignored code fence"))
        .collect()
}

fn ignored_in_pages(file: &File) -> Vec<String> {
    let lines = file.text.lines().enumerate();
    let ignored = lines.filter(|(_, line)| ignored_fences(line));
    ignored
        .map(|(index, _)| file.at(index, "an ignored code fence"))
        .collect()
}

/// The folders of whoever runs this, and those in which builders like to work. Folders that a
/// URL in a test may name are not in it.
fn machine_paths() -> Vec<String> {
    let mut paths: Vec<String> = ["work", "farm", "root"]
        .map(|name| format!("/{name}/"))
        .into();
    paths.push(root().to_str().unwrap().to_owned());
    paths.extend(std::env::var("HOME").ok().map(|home| format!("{home}/")));
    paths.retain(|path| path.len() > 4);
    paths
}

fn names_a_machine(file: &File) -> Vec<String> {
    let paths = machine_paths();
    let lines = file.text.lines().enumerate();
    let named = lines.filter(|(_, line)| paths.iter().any(|path| line.contains(path)));
    named
        .map(|(index, _)| file.at(index, "a path of some machine"))
        .collect()
}

#[test]
fn nothing_is_left_unfinished() {
    check_all(unfinished);
    caught(
        unfinished,
        "src/x.rs",
        "// TODO: later",
        "let a = \"TODO\"; // done",
    );
    caught(unfinished, "src/x.rs", "fn f() { todo!() }", "fn todo() {}");
}

#[test]
fn every_code_fence_is_compiled() {
    check_all(ignored_code);
    caught(
        ignored_code,
        "src/x.rs",
        "//! ```rust,ignore",
        "//! ```rust,no_run",
    );
    caught(ignored_code, "src/x.rs", "/// ```ignore", "/// ```text");

    let mut pages = text_files();
    pages.retain(|file| file.path.ends_with(".md"));
    assert_none(&pages.iter().flat_map(ignored_in_pages).collect::<Vec<_>>());
    caught(
        ignored_in_pages,
        "x.md",
        "```rust,ignore",
        "```rust\nignore",
    );
}

#[test]
fn no_machine_is_named() {
    let mut files = text_files();
    files.retain(|file| file.path != "Cargo.lock");
    assert_none(&files.iter().flat_map(names_a_machine).collect::<Vec<_>>());
    let bad = format!("cd /{}/x", "work");
    caught(names_a_machine, "x.md", &bad, "cd network/x");
}

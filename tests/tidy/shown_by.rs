//! What the tables of the guide say that a promise is shown by is there.

use std::collections::BTreeSet;

use super::assert_none;
use super::source::{File, text_files};

/// Heads of the columns that name tests and models.
const HEADS: [&str; 2] = ["shown by", "proved by"];

/// The names of all functions, and of all files and folders that may be modules of tests.
fn known(files: &[File]) -> BTreeSet<String> {
    let mut names = BTreeSet::new();
    for file in files.iter().filter(|file| file.path.ends_with(".rs")) {
        let modules = file.path.trim_end_matches(".rs").split('/');
        names.extend(modules.map(str::to_owned));
        for (_, code) in file.code() {
            let Some((_, after)) = code.split_once("fn ") else {
                continue;
            };
            let end = after.find(|c: char| !c.is_alphanumeric() && c != '_');
            names.extend(end.map(|end| after[..end].to_owned()));
        }
    }
    names
}

fn cells(line: &str) -> impl Iterator<Item = &str> {
    line.trim_matches('|').split(" |").map(str::trim)
}

/// Names of such a column that nothing has: a function, or a module of tests. A beginning of one is
/// enough, as for the runner. Types and commands are no tests.
fn not_there(page: &File, known: &BTreeSet<String>) -> Vec<String> {
    let mut found = Vec::new();
    let mut column = None;
    for (index, line) in page.text.lines().enumerate() {
        if !line.starts_with('|') {
            column = None;
            continue;
        }
        let head = cells(line).position(|cell| HEADS.contains(&cell));
        if head.is_some() {
            column = head;
            continue;
        }
        let shown = column.and_then(|column| cells(line).nth(column));
        for quoted in shown.unwrap_or("").split('`').skip(1).step_by(2) {
            let path = quoted.trim_end_matches(".rs");
            let last = path.rsplit(['/', ':']).next().unwrap_or(path);
            let begins = last.trim_end_matches('*');
            let is_there = known.range(begins.to_owned()..).next();
            let is_there = is_there.is_some_and(|name| name.starts_with(begins));
            let is_test = !quoted.contains([' ', '-']) && !last.starts_with(char::is_uppercase);
            if is_test && !is_there {
                found.push(page.at(index, &format!("`{quoted}` is not there")));
            }
        }
    }
    found
}

#[test]
fn what_shows_a_promise_is_there() {
    let files = text_files();
    let known = known(&files);
    let pages = files.iter().filter(|file| file.path.ends_with(".md"));
    let lost: Vec<String> = pages.flat_map(|page| not_there(page, &known)).collect();
    assert_none(&lost);
}

#[test]
fn a_test_that_is_gone_is_caught() {
    let test = File::new("tests/x/y.rs", "fn it_holds() {}");
    let known = known(&[test]);
    let lost = |named: &str| {
        let table =
            format!("| promise | shown by |\n|---|---|\n| `a` | {named} |\n\n| `b` | `c` |");
        not_there(&File::new("x.md", &table), &known).len()
    };
    assert_eq!(
        lost("`y::it_holds`, `tests/x/y.rs`; M `it_*`, `x`, `Arc`, `a run`"),
        0
    );
    assert_eq!(lost("`y::it_held`, `z`"), 2);
}

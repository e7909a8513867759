//! The paths that a file names: use trees taken apart, `super` and `self` resolved.

use super::source::{File, words_at};

/// One path, from the root of its crate: `crate::a::b` is `a::b` of this one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Named {
    /// Index of the line where it begins.
    pub(crate) line: usize,
    /// Whether it is a path of this crate.
    pub(crate) own: bool,
    pub(crate) segments: Vec<String>,
    /// Whether a `use` names it, so that what lies below it is in reach by a shorter name.
    pub(crate) imported: bool,
}

impl Named {
    fn new(file: &File, line: usize, written: &[String], imported: bool) -> Self {
        let mut module = module_of(&file.path);
        let mut rest = written;
        let mut own = false;
        while let Some((first, after)) = rest.split_first() {
            match first.as_str() {
                "crate" => module.clear(),
                "super" => drop(module.pop()),
                "self" => {}
                _ => break,
            }
            own = true;
            rest = after;
        }
        let mut segments = if own { module } else { Vec::new() };
        segments.extend_from_slice(rest);
        Self {
            line,
            own,
            segments,
            imported,
        }
    }

    pub(crate) fn starts_with(&self, path: &[&str]) -> bool {
        self.segments.len() >= path.len() && self.segments.iter().zip(path).all(|(a, b)| a == b)
    }

    /// Whether a shorter name for `path` comes with this import.
    pub(crate) fn leads_to(&self, path: &[&str]) -> bool {
        self.imported
            && self.segments.len() < path.len()
            && self.segments.iter().zip(path).all(|(a, b)| a == b)
    }
}

/// The path of the module that a file of `src` is.
fn module_of(path: &str) -> Vec<String> {
    let inside = path.trim_start_matches("src/").trim_end_matches(".rs");
    let parts = inside.split('/').map(str::to_owned);
    let mut parts: Vec<String> = parts.collect();
    parts.retain(|part| !matches!(part.as_str(), "mod" | "lib"));
    parts
}

/// Every path that `use` brings in and every path written out in code.
pub(crate) fn named(file: &File) -> Vec<Named> {
    let mut found = Vec::new();
    for (line, code) in file.code() {
        for at in words_at(code, "use") {
            if code[at + "use".len()..].starts_with(char::is_whitespace) {
                let tree = tree_from(file, line, at + "use".len());
                let mut paths = Vec::new();
                expand(&tree, &[], &mut paths);
                found.extend(paths.iter().map(|path| Named::new(file, line, path, true)));
            }
        }
        for path in written_out(code) {
            found.push(Named::new(file, line, &path, false));
        }
    }
    found
}

/// The text from there to the next semicolon.
fn tree_from(file: &File, line: usize, at: usize) -> String {
    let mut text = file.lines[line].code[at..].to_owned();
    for below in &file.lines[line + 1..] {
        if text.contains(';') {
            break;
        }
        text.push_str(&below.code);
    }
    text.split(';').next().unwrap_or_default().to_owned()
}

fn segments(path: &str) -> impl Iterator<Item = String> + '_ {
    let parts = path.split("::").map(str::trim);
    parts.filter(|part| !part.is_empty()).map(str::to_owned)
}

/// The leaves of a use tree. `*` and `self` stand for the module they are in.
fn expand(tree: &str, before: &[String], paths: &mut Vec<Vec<String>>) {
    let mut path = before.to_vec();
    let Some((head, list)) = tree.split_once('{') else {
        let name = tree.split(" as ").next().unwrap_or_default();
        path.extend(segments(name));
        let last = path.last().map(String::as_str);
        if last == Some("*") || last == Some("self") && !before.is_empty() {
            path.pop();
        }
        paths.push(path);
        return;
    };
    path.extend(segments(head));
    let list = list.rsplit_once('}').map_or(list, |(list, _)| list);
    let mut depth = 0;
    let parts = list.split(|c: char| {
        depth += i32::from(c == '{') - i32::from(c == '}');
        c == ',' && depth == 0
    });
    for part in parts.filter(|part| !part.trim().is_empty()) {
        expand(part, &path, paths);
    }
}

/// The paths of more than one segment in a line.
fn written_out(code: &str) -> Vec<Vec<String>> {
    let is_part = |c: char| c.is_alphanumeric() || matches!(c, '_' | ':');
    let runs = code.split(|c| !is_part(c));
    let paths = runs.map(|run| segments(run).collect::<Vec<_>>());
    paths.filter(|path| path.len() > 1).collect()
}

#[test]
fn trees_come_apart() {
    let text = "use std::{fmt, sync::{Arc, atomic as a}};\nuse super::{\n    x::*,\n    self,\n};\n\
        fn f() { crate::y::z() }";
    let paths = |path: &str| {
        let found = named(&File::new(path, text));
        let spelled = found.iter().filter(|path| path.imported || path.own);
        spelled
            .map(|path| path.segments.join("::"))
            .collect::<Vec<_>>()
    };
    let outer = ["std::fmt", "std::sync::Arc", "std::sync::atomic"];
    assert_eq!(
        paths("src/a/b.rs"),
        [&outer[..], &["a::x", "a", "y::z"]].concat()
    );
    assert_eq!(
        paths("src/a/mod.rs"),
        [&outer[..], &["x", "", "y::z"]].concat()
    );
}

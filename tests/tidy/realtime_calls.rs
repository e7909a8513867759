//! Every hot call is called in `tests/rtsan`, and every call that says it never waits is hot.

use super::assert_none;
use super::realtime::HOT;
use super::source::{File, in_library, rust_files, words_at};

/// Hot functions that nobody calls by their names: what calls each there.
const BELOW: &[(&str, &str, &str)] = &[
    ("src/arena/pool.rs", "drop", "drop(arenas)"),
    ("src/http1/batch.rs", "next", "heads.next()"),
    ("src/http1/cookie.rs", "next", "Cookies::from_line("),
    ("src/http1/multipart/part.rs", "next", "part.headers()"),
    ("src/http1/named.rs", "next", "head.header_all("),
    ("src/http1/pairs.rs", "next", "FormPairs::new("),
    ("src/limit/backoff.rs", "draw", "drawn.next()"),
    ("src/pool/bytes_buf.rs", "drop", "drop(pool.try_acquire(1)"),
    ("src/pool/pooled_bytes.rs", "drop", "drop(held.freeze())"),
    ("src/slots/set.rs", "claim", "pool.try_acquire("),
    ("src/slots/set.rs", "release", "drop(pool.try_acquire("),
    ("src/slots/word.rs", "give_back", "drop(pool.try_acquire("),
];

/// Calls named `try_` that carry no mark, and why.
const UNMARKED: &[(&str, &str, &str)] = &[
    (
        "src/arena/string.rs",
        "try_push_fmt",
        "formats values of the user",
    ),
    (
        "src/channel/receiver.rs",
        "try_iter",
        "makes an iterator that calls `try_recv`",
    ),
    (
        "src/pool/putting.rs",
        "try_put_fmt",
        "formats values of the user",
    ),
    (
        "src/workers/inline.rs",
        "try_new",
        "moves a closure, and does nothing else",
    ),
];

/// `src/BLOCK/...`, or `tests/rtsan/BLOCK...`.
fn block(path: &str) -> &str {
    let path = path
        .trim_start_matches("src/")
        .trim_start_matches("tests/rtsan/");
    let word = path.find(|c: char| !c.is_alphanumeric());
    match &path[..word.unwrap_or(path.len())] {
        "bytes" => "pool",
        block => block,
    }
}

/// How often `name` is called in `file`.
fn calls(file: &File, name: &str) -> usize {
    let sites = |code: &str| {
        words_at(code, name)
            .filter(|at| {
                code[..*at].ends_with(['.', ':']) && code[at + name.len()..].starts_with(['(', ':'])
            })
            .count()
    };
    file.code().map(|(_, code)| sites(code)).sum()
}

/// Hot functions that are not called: of a name that several files of a block have, as many calls
/// have to be there.
fn uncalled(hot: &[(&str, &[&str])], below: &[(&str, &str, &str)], tests: &[File]) -> Vec<String> {
    let mut found = Vec::new();
    for (path, names) in hot {
        for name in *names {
            let is_below = |row: &&(&str, &str, &str)| row.0 == *path && row.1 == *name;
            if let Some((_, _, by)) = below.iter().find(is_below) {
                if !tests.iter().any(|test| test.text.contains(by)) {
                    found.push(format!(
                        "{path}: {name} is called below `{by}`, which is gone"
                    ));
                }
                continue;
            }
            let is_same =
                |row: &&(&str, &[&str])| block(row.0) == block(path) && row.1.contains(name);
            let own = tests.iter().filter(|test| block(&test.path) == block(path));
            let calls: usize = own.map(|test| calls(test, name)).sum();
            if calls < hot.iter().filter(is_same).count() {
                found.push(format!(
                    "{path}: {name} is called too seldom in tests/rtsan"
                ));
            }
        }
    }
    found
}

/// Public `try_` calls of `file` that are neither hot nor excused.
fn forgotten(file: &File) -> Vec<String> {
    let hot = HOT.iter().find(|(path, _)| file.path == *path);
    let hot = hot.map_or(&[][..], |(_, names)| names);
    let mut found = Vec::new();
    for (index, code) in file.code() {
        let Some((_, after)) = code.split_once("pub fn try_") else {
            continue;
        };
        let end = after.find(|c: char| !c.is_alphanumeric() && c != '_');
        let name = format!("try_{}", &after[..end.unwrap_or(after.len())]);
        let mut excused = UNMARKED.iter();
        let is_excused = excused.any(|row| row.0 == file.path && row.1 == name);
        if !is_excused && !hot.contains(&name.as_str()) {
            found.push(file.at(index, &format!("{name} is not in the list of hot calls")));
        }
    }
    found
}

#[test]
fn every_hot_call_is_called_under_the_sanitizer() {
    let mut tests = rust_files();
    tests.retain(|file| file.path.starts_with("tests/rtsan/"));
    assert_none(&uncalled(HOT, BELOW, &tests));
}

#[test]
fn what_never_waits_is_hot() {
    super::check(in_library, forgotten);
    super::caught(
        forgotten,
        "src/time/coarse.rs",
        "pub fn try_it(&self) {}",
        "fn try_it(&self) {}\n// pub fn try_that(&self)",
    );
}

#[test]
fn a_hot_call_that_nobody_calls_is_caught() {
    let hot: &[(&str, &[&str])] = &[("src/x/y.rs", &["get"]), ("src/x/z.rs", &["get", "drop"])];
    let below: &[(&str, &str, &str)] = &[("src/x/z.rs", "drop", "take()")];
    let found = |text: &str| {
        let tests = [File::new("tests/rtsan/x_more.rs", text)];
        uncalled(hot, below, &tests).len()
    };
    assert_eq!(found("y.get(); Z::get::<u8>(); z.take();"), 0);
    assert_eq!(found("y.get(); Z::get::<u8>();"), 1);
    assert_eq!(
        found("y.get(); z.take(); z.get_all(); z.get; // z.get()"),
        2
    );
    let elsewhere = [File::new("tests/rtsan/xy.rs", "y.get(); z.get(); take()")];
    assert_eq!(uncalled(hot, below, &elsewhere).len(), 2);
}

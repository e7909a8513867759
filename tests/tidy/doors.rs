//! Who may use what: the doors to threads and time, and the direction of imports.

use std::collections::BTreeSet;

use super::paths::named;
use super::source::{File, has_word, in_library, rust_files};
use super::{assert_none, caught, check};

/// What only `src/sync` and `src/time` may name.
const BEHIND_DOORS: [&[&str]; 10] = [
    &["std", "sync"],
    &["core", "sync"],
    &["alloc", "sync"],
    &["std", "thread"],
    &["std", "time", "Instant"],
    &["std", "time", "SystemTime"],
    &["Instant", "now"],
    &["parking_lot"],
    &["loom"],
    &["shuttle"],
];

fn around_the_doors(file: &File) -> Vec<String> {
    if file.path.starts_with("src/sync/") || file.path.starts_with("src/time/") {
        return Vec::new();
    }
    let mut found = Vec::new();
    for path in named(file).iter().filter(|path| !path.own) {
        let behind = |door: &&&[&str]| path.starts_with(door) || path.leads_to(door);
        if let Some(door) = BEHIND_DOORS.iter().find(behind) {
            let what = format!("{} outside sync and time", door.join("::"));
            found.push(file.at(path.line, &what));
        }
    }
    for (index, code) in file.code() {
        if has_word(code, "extern crate") {
            found.push(file.at(index, "a crate by another name"));
        }
    }
    found
}

/// Each block, and the blocks it may use beside itself. The page `ARCHITECTURE.md` tells why.
const MAY_USE: [(&str, &[&str]); 16] = [
    ("sync", &[]),
    ("time", &["sync"]),
    ("limit", &["sync"]),
    ("ring", &["sync"]),
    ("wait", &["sync", "time"]),
    ("slots", &["sync", "time", "wait"]),
    ("measure", &["sync", "time"]),
    (
        "channel",
        &["sync", "time", "limit", "ring", "wait", "measure"],
    ),
    ("pool", &["sync", "time", "slots"]),
    ("arena", &["sync", "time", "slots"]),
    ("http1", &["arena", "pool"]),
    (
        "cache",
        &["sync", "time", "limit", "wait", "slots", "channel"],
    ),
    ("control", &["sync", "time", "limit", "wait", "measure"]),
    (
        "interop",
        &[
            "sync", "time", "limit", "measure", "channel", "pool", "arena", "http1", "cache",
            "control", "workers",
        ],
    ),
    ("workers", &["sync", "time", "wait", "measure", "channel"]),
    ("guide", &[]),
];

/// Rows that allow what no file of the library makes use of.
fn idle(table: &[(&str, &[&str])], files: &[File]) -> Vec<String> {
    let mut found = Vec::new();
    for (block, allowed) in table {
        let own = files.iter().filter(|file| in_library(&file.path));
        let own = own.filter(|file| block_of(&file.path) == Some(block));
        let used: BTreeSet<String> = own
            .flat_map(named)
            .filter(|path| path.own)
            .filter_map(|path| path.segments.into_iter().next())
            .collect();
        let unused = allowed.iter().filter(|name| !used.contains(**name));
        found.extend(unused.map(|name| format!("{block} does not use {name}")));
    }
    found
}

fn block_of(path: &str) -> Option<&str> {
    path.strip_prefix("src/")?
        .split_once('/')
        .map(|(block, _)| block)
}

fn against_the_stream(file: &File) -> Vec<String> {
    let Some(block) = block_of(&file.path) else {
        return Vec::new();
    };
    let Some((_, allowed)) = MAY_USE.iter().find(|(name, _)| *name == block) else {
        return vec![format!(
            "{}: the block {block} is not in the table",
            file.path
        )];
    };
    let mut found = Vec::new();
    for path in named(file).iter().filter(|path| path.own) {
        let Some(used) = path.segments.first() else {
            found.push(file.at(path.line, "the whole crate imported"));
            continue;
        };
        let is_block = MAY_USE.iter().any(|(name, _)| name == used);
        if is_block && used != block && !allowed.contains(&used.as_str()) {
            found.push(file.at(path.line, &format!("{block} may not use {used}")));
        }
    }
    found
}

#[test]
fn threads_and_time_come_through_their_doors() {
    check(in_library, around_the_doors);
    caught(
        around_the_doors,
        "src/pool/x.rs",
        "use std::sync::Arc;",
        "use crate::sync::Arc; // not std::sync",
    );
    caught(
        around_the_doors,
        "src/pool/x.rs",
        "let now = Instant::now();",
        "let now = crate::time::now_ns();",
    );
    let good = "use std::{fmt, io::{self, Read}, time::Duration};";
    for bad in [
        "use std::{fmt, thread};",
        "use std::{sync::Mutex, fmt};",
        "use std::{\n    fmt,\n    sync::{\n        Mutex,\n    },\n};",
        "use std::time::Instant as Moment;",
        "use std::time;",
        "use std::time::*;",
        "use std as s;",
        "use ::std::thread;",
        "extern crate std as s;",
        "fn f() { use std::thread; }",
        "fn f() { ::std::thread::park() }",
    ] {
        caught(around_the_doors, "src/pool/x.rs", bad, good);
    }
}

#[test]
fn imports_run_one_way() {
    check(in_library, against_the_stream);
    caught(
        against_the_stream,
        "src/ring/x.rs",
        "use crate::channel::Sender;",
        "use crate::{ring::Ring, sync::Arc};",
    );
    caught(
        against_the_stream,
        "src/time/x.rs",
        "pub(crate) fn f() { crate::wait::g() }",
        "pub(crate) fn f() { crate::sync::g() }",
    );
    caught(
        against_the_stream,
        "src/pool/x.rs",
        "use crate::{sync::Arc, cache::Cache};",
        "/// See [`crate::cache`].\nuse crate::slots::SlotSet;",
    );
    let good = "use self::class::Class;\nuse crate::{slots::SlotSet, sync};";
    for (path, bad) in [
        ("src/pool/mod.rs", "use super::cache::Cache;"),
        ("src/pool/x.rs", "use super::super::cache::Cache;"),
        ("src/pool/x.rs", "fn f() { super::super::cache::f() }"),
        (
            "src/pool/x.rs",
            "use crate::{\n    sync::Arc,\n    cache::{\n        Cache,\n    },\n};",
        ),
        ("src/pool/x.rs", "use crate as c;"),
        ("src/pool/mod.rs", "use super::*;"),
    ] {
        caught(against_the_stream, path, bad, good);
    }
}

#[test]
fn the_table_allows_what_is_used_and_no_more() {
    assert_none(&idle(&MAY_USE, &rust_files()));
    let files = [File::new(
        "src/ring/x.rs",
        "use crate::sync::Arc; // crate::time",
    )];
    let found = idle(&[("ring", &["sync", "time"])], &files);
    assert_eq!(found, ["ring does not use time"]);
}

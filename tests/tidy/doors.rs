//! Who may use what: the doors to threads and time, and the direction of imports.

use super::source::{File, in_library, words_at};
use super::{caught, check};

/// What only `src/sync` and `src/time` may name.
const BEHIND_DOORS: [&str; 8] = [
    "std::sync",
    "core::sync",
    "std::thread",
    "std::time::Instant",
    "Instant::now",
    "SystemTime",
    "parking_lot",
    "loom",
];

fn around_the_doors(file: &File) -> Vec<String> {
    if file.path.starts_with("src/sync/") || file.path.starts_with("src/time/") {
        return Vec::new();
    }
    let mut found = Vec::new();
    for (index, code) in file.code() {
        let named = BEHIND_DOORS
            .iter()
            .find(|name| words_at(code, name).next().is_some());
        found.extend(named.map(|name| file.at(index, &format!("{name} outside sync and time"))));
    }
    found
}

/// Each block, and the blocks it may use beside itself. The page `ARCHITECTURE.md` tells why.
const MAY_USE: [(&str, &[&str]); 12] = [
    ("sync", &[]),
    ("time", &["sync"]),
    ("ring", &["sync", "time"]),
    ("wait", &["sync", "time"]),
    ("slots", &["sync", "time"]),
    ("measure", &["sync", "time"]),
    (
        "channel",
        &["sync", "time", "ring", "wait", "slots", "measure"],
    ),
    ("pool", &["sync", "time", "wait", "slots", "measure"]),
    ("arena", &["sync", "time", "wait", "slots", "measure"]),
    ("http1", &["sync", "time", "measure", "arena"]),
    (
        "cache",
        &["sync", "time", "wait", "slots", "measure", "channel"],
    ),
    ("guide", &[]),
];

fn block_of(path: &str) -> Option<&str> {
    path.strip_prefix("src/")?
        .split_once('/')
        .map(|(block, _)| block)
}

/// The blocks named by `crate::…` in one line of code.
fn blocks_used(code: &str) -> Vec<&str> {
    let mut used = Vec::new();
    for at in words_at(code, "crate") {
        let Some(path) = code[at..].strip_prefix("crate::") else {
            continue;
        };
        let list = path
            .strip_prefix('{')
            .and_then(|list| list.split('}').next());
        for item in list.unwrap_or(path).split(", ") {
            let end = item.find(|c: char| !c.is_alphanumeric() && c != '_');
            used.push(&item[..end.unwrap_or(item.len())]);
            if list.is_none() {
                break;
            }
        }
    }
    used
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
    for (index, code) in file.code() {
        for used in blocks_used(code) {
            if used != block && !allowed.contains(&used) {
                found.push(file.at(index, &format!("{block} may not use {used}")));
            }
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
}

//! The table of thirty-five situations in `README.md`, and that its tests exist.

use std::fs;
use std::path::{Path, PathBuf};

const SITUATIONS: usize = 35;

/// The numbers of the rows, and what each names between backticks.
fn rows() -> Vec<(usize, Vec<&'static str>)> {
    let rows = include_str!("README.md").lines().filter_map(|line| {
        let (number, rest) = line.strip_prefix("| ")?.split_once(" | ")?;
        let names = rest.split('`').skip(1).step_by(2);
        Some((number.parse().ok()?, names.collect()))
    });
    rows.collect()
}

/// Where the tests of a module are: of the cache's behaviour, of chaos, of the models or the units.
fn files(module: &str) -> impl Iterator<Item = PathBuf> + '_ {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let folders = ["tests/cache", "src/cache/models", "src/limit"];
    let plain = folders.map(|folder| root.join(folder).join(module).with_extension("rs"));
    let own = ["tests/chaos/cache.rs", "src/cache/models.rs"].map(|file| root.join(file));
    let kept = matches!(module, "chaos" | "models");
    plain
        .into_iter()
        .chain(own.into_iter().filter(move |_| kept))
}

/// Whether a source has such a test, to be run without being asked for.
fn has_test(source: &str, name: &str) -> bool {
    let head = format!("fn {name}(");
    let lines: Vec<_> = source.lines().map(str::trim).collect();
    lines.windows(2).any(|pair| {
        let is_head = pair[1].trim_start_matches("async ").starts_with(&head);
        is_head && matches!(pair[0], "#[test]" | "#[tokio::test]")
    })
}

#[test]
fn every_situation_has_a_row_and_every_row_a_test() {
    let rows = rows();
    let numbers: Vec<_> = rows.iter().map(|row| row.0).collect();
    assert!(numbers.iter().copied().eq(1..=SITUATIONS), "{numbers:?}");
    for (number, names) in rows {
        assert!(!names.is_empty(), "{number} names no test");
        for name in names {
            let (module, test) = name.rsplit_once("::").expect("a module and a test");
            let sources = files(module).filter_map(|file| fs::read_to_string(file).ok());
            let has = |source: &String| has_test(source, test);
            assert!(
                sources.into_iter().any(|source| has(&source)),
                "{number}: no {name}"
            );
        }
    }
}

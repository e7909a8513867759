//! The house rules, held by a test. Each rule is a function of its own, with a test that it
//! catches what it is there to catch.

#[path = "tidy/anchors.rs"]
mod anchors;
#[path = "tidy/cancel.rs"]
mod cancel;
#[path = "tidy/cfg.rs"]
mod cfg;
#[path = "tidy/chaos_points.rs"]
mod chaos_points;
#[path = "tidy/dependencies.rs"]
mod dependencies;
#[path = "tidy/doors.rs"]
mod doors;
#[path = "tidy/examples.rs"]
mod examples;
#[path = "tidy/externals.rs"]
mod externals;
#[path = "tidy/heads.rs"]
mod heads;
#[path = "tidy/licences.rs"]
mod licences;
#[path = "tidy/orderings.rs"]
mod orderings;
#[path = "tidy/pages.rs"]
mod pages;
#[path = "tidy/paths.rs"]
mod paths;
#[path = "tidy/reach.rs"]
mod reach;
#[path = "tidy/realtime.rs"]
mod realtime;
#[path = "tidy/realtime_calls.rs"]
mod realtime_calls;
#[path = "tidy/shown_by.rs"]
mod shown_by;
#[path = "tidy/size.rs"]
mod size;
#[path = "tidy/source.rs"]
mod source;
#[path = "tidy/split.rs"]
mod split;
#[path = "tidy/text.rs"]
mod text;
#[path = "tidy/unsafe_code.rs"]
mod unsafe_code;

/// Fails with every finding, one a line.
#[track_caller]
fn assert_none(found: &[String]) {
    assert!(found.is_empty(), "\n{}", found.join("\n"));
}

/// Runs `rule` over every Rust file that `applies` to.
#[track_caller]
fn check(applies: fn(&str) -> bool, rule: fn(&source::File) -> Vec<String>) {
    let files = source::rust_files();
    let found: Vec<String> = files
        .iter()
        .filter(|file| applies(&file.path))
        .flat_map(rule)
        .collect();
    assert_none(&found);
}

/// Runs `rule` over the Rust files of all packages.
#[track_caller]
fn check_all(rule: fn(&source::File) -> Vec<String>) {
    let files = source::all_rust_files();
    assert_none(&files.iter().flat_map(rule).collect::<Vec<_>>());
}

/// Asserts that `rule` finds something in `bad` and nothing in `good`, both taken as `path`.
#[track_caller]
fn caught(rule: fn(&source::File) -> Vec<String>, path: &str, bad: &str, good: &str) {
    let found = rule(&source::File::new(path, bad));
    assert!(!found.is_empty(), "not caught:\n{bad}");
    assert_none(&rule(&source::File::new(path, good)));
}

//! Every named stall point is one: the code passes it, and a test stalls a thread there.

use super::assert_none;
use super::source::{File, has_word, in_src, rust_files};

const LIST: &str = "src/sync/point.rs";

/// The variants of `enum Point`.
fn points(list: &File) -> Vec<String> {
    let code = list.code().map(|(_, code)| code.trim());
    let inside = code.skip_while(|code| !code.contains("enum Point")).skip(1);
    let variants = inside.take_while(|code| *code != "}");
    let names = variants.filter_map(|code| code.strip_suffix(','));
    names.map(str::to_owned).collect()
}

fn names(file: &File, point: &str) -> bool {
    let path = format!("Point::{point}");
    file.code().any(|(_, code)| has_word(code, &path))
}

fn missing(files: &[File]) -> Vec<String> {
    let list = files.iter().find(|file| file.path == LIST).unwrap();
    let mut found = Vec::new();
    for point in points(list) {
        let passed = |file: &&File| in_src(&file.path) && !file.path.starts_with("src/sync/");
        if !files.iter().filter(passed).any(|file| names(file, &point)) {
            found.push(format!("Point::{point}: no code passes it"));
        }
        let stalled = |file: &&File| file.path.starts_with("tests/chaos/");
        if !files.iter().filter(stalled).any(|file| names(file, &point)) {
            found.push(format!(
                "Point::{point}: no test in tests/chaos stalls there"
            ));
        }
    }
    found
}

#[test]
fn every_point_is_passed_and_stalled_at() {
    let files = rust_files();
    let list = files.iter().find(|file| file.path == LIST).unwrap();
    assert!(points(list).len() >= 14);
    assert_none(&missing(&files));
}

#[test]
fn a_point_without_code_or_test_is_caught() {
    let list = "pub enum Point {\n    /// One.\n    A,\n    B,\n}";
    let files = |code: &str, test: &str| {
        [
            File::new(LIST, list),
            File::new("src/ring/mod.rs", code),
            File::new("tests/chaos/ring.rs", test),
        ]
    };
    let both = "point(Point::A); point(Point::B);";
    assert_none(&missing(&files(both, both)));
    let found = missing(&files(
        "point(Point::A); // Point::B",
        "Point::B; Point::Ab",
    ));
    assert_eq!(
        found,
        [
            "Point::A: no test in tests/chaos stalls there",
            "Point::B: no code passes it"
        ]
    );
}

//! Other crates stand where their types may show: those of a feature in `interop` alone.

use super::paths::named;
use super::source::{File, in_library, root, rust_files};
use super::{assert_none, caught};

/// Where the crates of the default tree are named. `crossbeam-utils` pads fields that nobody sees.
const OWN: [(&str, &[&str]); 5] = [
    ("bytes", &["src/http1/", "src/interop/", "src/pool/"]),
    ("crossbeam_utils", &["src/"]),
    ("foldhash", &["src/cache/hash.rs"]),
    ("httparse", &["src/http1/engine.rs"]),
    ("libc", &["_linux.rs"]),
];

/// The crates that features bring, as they are named in code.
fn optional(manifest: &str) -> Vec<String> {
    let lines = manifest
        .lines()
        .filter(|line| line.contains("optional = true"));
    let names = lines.filter_map(|line| line.split_once('='));
    names
        .map(|(name, _)| name.trim().replace('-', "_"))
        .collect()
}

fn manifest() -> String {
    std::fs::read_to_string(root().join("Cargo.toml")).expect("the manifest is there")
}

fn strayed(file: &File) -> Vec<String> {
    let optional = optional(&manifest());
    let mut found = Vec::new();
    for path in named(file) {
        let Some(first) = path.segments.first().filter(|_| !path.own) else {
            continue;
        };
        // `http::Request` of the crate is written so; a module of ours begins with `crate`.
        let outside = path.segments.len() > 1 || path.imported;
        let in_place = |places: &&[&str]| {
            let mut places = places.iter();
            places.any(|place| file.path.starts_with(place) || file.path.ends_with(place))
        };
        let own = OWN.iter().find(|(name, _)| name == first);
        let stray = match own {
            Some((_, places)) => !in_place(places),
            None => optional.contains(first) && !file.path.starts_with("src/interop/"),
        };
        if outside && stray {
            found.push(file.at(path.line, &format!("`{first}` is not for this place")));
        }
    }
    found
}

#[test]
fn other_crates_stay_in_their_places() {
    let features = optional(&manifest());
    assert!(features.contains(&"tower_layer".to_owned()), "{features:?}");
    let mut files = rust_files();
    files.retain(|file| in_library(&file.path));
    assert_none(&files.iter().flat_map(strayed).collect::<Vec<_>>());
    let tower = "use tower_layer::Layer;";
    caught(
        strayed,
        "src/control/x.rs",
        tower,
        "use crate::tower_layer::Layer;",
    );
    caught(
        strayed,
        "src/pool/x.rs",
        "fn f() { libc::getpid() }",
        "use bytes::Buf;",
    );
    assert_none(&strayed(&File::new("src/interop/tower.rs", tower)));
    assert_none(&strayed(&File::new(
        "src/pool/region_linux.rs",
        "use libc::mmap;",
    )));
}

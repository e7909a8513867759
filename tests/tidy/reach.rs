//! No file lies about that nothing compiles.

use std::collections::BTreeSet;

use super::assert_none;
use super::source::{File, rust_files};

/// Whether cargo takes the file as the root of a target.
fn is_root(path: &str) -> bool {
    let Some((folder, rest)) = path.split_once('/') else {
        return path == "build.rs";
    };
    match folder {
        "src" => rest == "lib.rs",
        "tests" | "benches" | "examples" => {
            !rest.contains('/') || rest.matches('/').count() == 1 && rest.ends_with("/main.rs")
        }
        _ => false,
    }
}

/// The folder in which the modules of a file are looked for.
fn folder_of_modules(path: &str) -> String {
    let (folder, name) = path.rsplit_once('/').unwrap_or(("", path));
    let own_folder = matches!(name, "mod.rs" | "lib.rs" | "main.rs") || is_root(path);
    if own_folder {
        folder.to_owned()
    } else {
        path.trim_end_matches(".rs").to_owned()
    }
}

/// What follows `#[path = "` on the line above, which the split has left only in the raw text.
fn explicit_path(file: &File, index: usize) -> Option<&str> {
    let above = file.lines.get(index.checked_sub(1)?)?;
    let path = above.raw.trim().strip_prefix("#[path = \"")?;
    path.strip_suffix("\"]")
}

/// The paths at which the modules that `file` declares may lie.
fn modules(file: &File) -> Vec<String> {
    let mut paths = Vec::new();
    let folder = folder_of_modules(&file.path);
    for (index, code) in file.code() {
        let item = code
            .trim()
            .trim_start_matches("pub(crate) ")
            .trim_start_matches("pub(super) ");
        let declared = item.trim_start_matches("pub ").strip_prefix("mod ");
        let Some(name) = declared.and_then(|name| name.strip_suffix(';')) else {
            continue;
        };
        if let Some(path) = explicit_path(file, index) {
            let beside = file.path.rsplit_once('/').map_or("", |(folder, _)| folder);
            paths.push(format!("{beside}/{path}"));
        } else {
            paths.push(format!("{folder}/{name}.rs"));
            paths.push(format!("{folder}/{name}/mod.rs"));
        }
    }
    paths
}

fn unreached(files: &[File]) -> Vec<String> {
    let mut reached: BTreeSet<String> = BTreeSet::new();
    let mut next: Vec<String> = files.iter().map(|file| file.path.clone()).collect();
    next.retain(|path| is_root(path));
    while let Some(path) = next.pop() {
        let file = files.iter().find(|file| file.path == path);
        if let Some(file) = file.filter(|_| reached.insert(path)) {
            next.extend(modules(file));
        }
    }
    let lost = files.iter().filter(|file| !reached.contains(&file.path));
    lost.map(|file| format!("{}: no `mod` leads here", file.path))
        .collect()
}

#[test]
fn every_file_is_reached() {
    assert_none(&unreached(&rust_files()));
}

#[test]
fn a_lost_file_is_caught() {
    let files = |last: &str| {
        [
            File::new("src/lib.rs", "pub mod a;\nmod b;"),
            File::new(
                "src/a/mod.rs",
                "#[cfg(unix)]\n#[path = \"d_linux.rs\"]\nmod d;",
            ),
            File::new("src/a/d_linux.rs", ""),
            File::new("src/b.rs", "pub(crate) mod c;"),
            File::new("src/b/c.rs", "// mod e;"),
            File::new("tests/x/main.rs", "mod y;"),
            File::new("tests/x/y.rs", ""),
            File::new("benches/z.rs", ""),
            File::new(last, ""),
        ]
    };
    assert_none(&unreached(&files("examples/z.rs")));
    assert_eq!(
        unreached(&files("src/b/e.rs")),
        ["src/b/e.rs: no `mod` leads here"]
    );
    assert_eq!(unreached(&files("tests/x/z.rs")).len(), 1);
}

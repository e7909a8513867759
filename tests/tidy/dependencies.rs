//! The default tree stays small.

use std::collections::BTreeSet;
use std::env;
use std::fs;
use std::process::Command;

use super::source::{root, text_files};

/// Normal dependencies, direct and indirect, `shorttail` itself not counted.
const BUDGET: usize = 12;

/// The packages in the output of `cargo tree --prefix none`: name and version.
fn packages(tree: &str) -> BTreeSet<String> {
    let lines = tree.lines().filter(|line| !line.trim().is_empty());
    let packages = lines.map(|line| line.split(' ').take(2).collect::<Vec<_>>().join(" "));
    packages
        .filter(|package| !package.starts_with("shorttail "))
        .collect()
}

fn over_budget(tree: &str) -> Option<String> {
    let packages = packages(tree);
    (packages.len() > BUDGET).then(|| format!("{} packages: {packages:?}", packages.len()))
}

#[test]
fn at_most_twelve_packages_come_along() {
    let output = Command::new(env::var("CARGO").unwrap_or_else(|_| "cargo".to_owned()))
        .args(["tree", "--edges", "normal", "--prefix", "none", "--offline"])
        .current_dir(root())
        .output()
        .unwrap();
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{errors}");
    let tree = String::from_utf8(output.stdout).unwrap();
    // One that is there, so that an empty answer is none.
    assert!(tree.contains("\nlibc v"), "{tree}");
    assert_eq!(over_budget(&tree), None);
}

#[test]
fn a_thirteenth_package_is_caught() {
    let tree = |count: usize| {
        let line = |number| format!("package{number} v1.0.0\n");
        let lines: String = (0..count).map(line).collect();
        format!("shorttail v0.1.0 (somewhere)\n{lines}package0 v1.0.0 (*)\n\n")
    };
    assert_eq!(over_budget(&tree(12)), None);
    assert!(over_budget(&tree(13)).is_some());
}

/// Folders that have a lock file of their own, with the root for a slash.
fn locked() -> BTreeSet<String> {
    let files = text_files();
    let folders = files.iter().filter_map(|file| {
        let folder = file.path.strip_suffix("Cargo.lock")?;
        Some(format!("/{}", folder.trim_end_matches('/')))
    });
    folders.collect()
}

/// The entries of the list `directories`.
fn watched(dependabot: &str) -> BTreeSet<String> {
    let list = dependabot
        .split("directories:\n")
        .nth(1)
        .unwrap_or_default();
    let entries = list
        .lines()
        .map_while(|line| line.trim().strip_prefix("- "));
    entries.map(ToOwned::to_owned).collect()
}

#[test]
fn each_lock_file_is_watched() {
    let dependabot = fs::read_to_string(root().join(".github/dependabot.yml")).unwrap();
    let folders = locked();
    assert!(
        folders.contains("/") && folders.contains("/fuzz"),
        "{folders:?}"
    );
    assert_eq!(watched(&dependabot), folders);
    // An entry less is a difference.
    assert_ne!(watched(&dependabot.replace("      - /fuzz\n", "")), folders);
}

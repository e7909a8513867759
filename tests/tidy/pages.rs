//! The guide and the pages at the root: nothing that they name is missing.

use super::assert_none;
use super::source::{File, root, text_files};

fn page(path: &str) -> File {
    let found = text_files().into_iter().find(|file| file.path == path);
    found.unwrap_or_else(|| panic!("{path} is not there"))
}

/// The public modules of the crate, but for the guide itself and what tests alone see.
fn blocks(lib: &File) -> Vec<String> {
    let declared = lib.code().filter_map(|(_, code)| {
        let name = code.trim().strip_prefix("pub mod ")?.strip_suffix(';')?;
        Some(name.to_owned())
    });
    declared.filter(|name| name != "guide").collect()
}

fn not_to_be_chosen(lib: &File, choosing: &str) -> Vec<String> {
    let mut found = blocks(lib);
    found.retain(|name| !choosing.contains(&format!("(crate::{name})")));
    found
        .iter()
        .map(|name| format!("src/guide/choosing.md: no row leads to `{name}`"))
        .collect()
}

/// Pages of the guide's folder that no module includes.
fn not_included(guide: &File, pages: &[File]) -> Vec<String> {
    let pages = pages.iter().filter_map(|page| {
        let name = page.path.strip_prefix("src/guide/")?;
        let included = format!("include_str!(\"{name}\")");
        (name.ends_with(".md") && !guide.text.contains(&included)).then_some(&page.path)
    });
    pages
        .map(|path| format!("{path}: no module of the guide includes it"))
        .collect()
}

/// The targets of a line's links, without those that rustdoc or a browser resolves.
fn targets(line: &str) -> impl Iterator<Item = &str> {
    let starts = line.split("](").skip(1);
    let inline = starts.filter_map(|rest| rest.split_once(')').map(|(target, _)| target));
    let below = line
        .strip_prefix('[')
        .and_then(|rest| rest.split_once("]: "));
    let all = inline.chain(below.map(|(_, target)| target.trim()));
    all.map(|target| target.split('#').next().unwrap_or_default())
        .filter(|target| target.contains(['/', '.']))
        .filter(|target| !target.contains("::") && !target.contains("//"))
}

fn lead_nowhere(page: &File) -> Vec<String> {
    let folder = root().join(&page.path);
    let folder = folder.parent().expect("a file is in a folder");
    let lines = page.text.lines().enumerate();
    let broken = lines.flat_map(|(index, line)| {
        let broken = targets(line).filter(|target| !folder.join(target).exists());
        broken.map(move |target| page.at(index, &format!("`{target}` is not there")))
    });
    broken.collect()
}

/// Tests and models that a page names as `tests/folder/file.rs::name`, or as the file alone.
fn tests_that_are_not_there(page: &File, files: &[File]) -> Vec<String> {
    let mut found = Vec::new();
    for (index, line) in page.text.lines().enumerate() {
        for quoted in line.split('`').skip(1).step_by(2) {
            let (path, name) = match quoted.split_once("::") {
                Some((path, name)) => (path, Some(name)),
                None => (quoted, None),
            };
            let is_file = path.ends_with(".rs") && path.contains('/');
            if !is_file || path.contains([' ', '<', '*']) {
                continue;
            }
            let function = name.map(|name| format!("fn {name}("));
            // A package's own page has its paths from its own root.
            let folder = page.path.rsplit_once('/').map_or("", |(folder, _)| folder);
            let below = format!("{folder}/{path}");
            let there = files.iter().any(|file| {
                let holds = |function: &String| file.text.contains(function.as_str());
                (file.path == path || file.path == below) && function.as_ref().is_none_or(holds)
            });
            if !there {
                found.push(page.at(index, &format!("`{quoted}` is not there")));
            }
        }
    }
    found
}

#[test]
fn every_block_can_be_chosen() {
    let lib = page("src/lib.rs");
    assert!(blocks(&lib).len() > 8, "{:?}", blocks(&lib));
    let choosing = page("src/guide/choosing.md").text;
    assert_none(&not_to_be_chosen(&lib, &choosing));
    let other = File::new(
        "src/lib.rs",
        "pub mod guide;\npub mod channel;\npub mod novel;",
    );
    let lost = not_to_be_chosen(&other, "[`channel`](crate::channel)");
    assert_eq!(lost.len(), 1, "{lost:?}");
}

#[test]
fn every_page_is_in_the_guide() {
    let guide = page("src/guide/mod.rs");
    assert_none(&not_included(&guide, &text_files()));
    let stray = File::new("src/guide/stray.md", "");
    assert_eq!(not_included(&guide, &[stray]).len(), 1);
}

#[test]
fn links_between_pages_lead_somewhere() {
    let mut pages = text_files();
    pages.retain(|file| file.path.ends_with(".md"));
    assert_none(&pages.iter().flat_map(lead_nowhere).collect::<Vec<_>>());
    let line = "[a](README.md) [b](nowhere.md#c) [`d`](crate::e) <f> [g](https://h/i.md) [j](#k)";
    assert_eq!(lead_nowhere(&File::new("x.md", line)).len(), 1);
    assert_eq!(
        lead_nowhere(&File::new("x.md", "[a]: src/nowhere.rs")).len(),
        1
    );
    assert_eq!(
        lead_nowhere(&File::new("src/x.md", "[a](../README.md)")).len(),
        0
    );
}

#[test]
fn tests_that_pages_name_exist() {
    let files = text_files();
    let pages = files.iter().filter(|file| file.path.ends_with(".md"));
    let lost: Vec<String> = pages
        .flat_map(|page| tests_that_are_not_there(page, &files))
        .collect();
    assert_none(&lost);
    let named = "`tests/alloc/pool.rs::wiping` `tests/alloc/pool.rs` `tests/tidy.rs`";
    assert_none(&tests_that_are_not_there(&File::new("x.md", named), &files));
    for lost in [
        "`tests/alloc/pool.rs::nothing_like_it`",
        "`tests/alloc/lost.rs`",
    ] {
        let found = tests_that_are_not_there(&File::new("x.md", lost), &files);
        assert_eq!(found.len(), 1, "{lost}");
    }
}

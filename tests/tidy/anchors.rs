//! Links to a section lead to one: neither rustdoc nor a browser says so when they do not.

use super::assert_none;
use super::source::{File, root, text_files};

/// How rustdoc and the hosted repository name a heading's section.
fn section(heading: &str) -> String {
    let shown = heading.trim_start_matches('#').trim();
    let kept = shown
        .chars()
        .filter(|c| c.is_alphanumeric() || " -_".contains(*c));
    let kept = kept.collect::<String>().to_lowercase();
    kept.replace(' ', "-")
}

/// The sections of a page, and what its picture is called.
fn sections(page: &str) -> Vec<String> {
    let mut found = Vec::new();
    let mut in_code = false;
    for line in page.lines() {
        in_code ^= line.trim_start().starts_with("```");
        if line.starts_with('#') && !in_code {
            found.push(section(line));
        }
    }
    found
}

/// What a line links to with a section: the page, none for its own, and the section.
fn links(line: &str) -> impl Iterator<Item = (&str, &str)> {
    let starts = line.split("](").skip(1);
    let targets = starts.filter_map(|rest| rest.split_once(')').map(|(target, _)| target));
    targets.filter_map(|target| target.split_once('#'))
}

/// The file that a link of `page` leads to, if it is a page of the repository.
fn leads_to(page: &File, target: &str) -> Option<String> {
    if target.is_empty() {
        return Some(page.path.clone());
    }
    if let Some(name) = target.strip_prefix("crate::guide::") {
        return Some(format!("src/guide/{name}.md"));
    }
    let folder = page.path.rsplit_once('/').map_or("", |(folder, _)| folder);
    let mut parts: Vec<&str> = folder.split('/').filter(|part| !part.is_empty()).collect();
    for part in target.split('/') {
        match part {
            ".." => drop(parts.pop()),
            _ => parts.push(part),
        }
    }
    let is_page = target.ends_with(".md") && !target.contains("//");
    is_page.then(|| parts.join("/"))
}

fn without_section(page: &File, read: impl Fn(&str) -> Option<String>) -> Vec<String> {
    let mut found = Vec::new();
    for (index, line) in page.text.lines().enumerate() {
        for (target, anchor) in links(line) {
            let text = leads_to(page, target).and_then(|path| read(&path));
            let there = text.is_none_or(|text| sections(&text).iter().any(|one| one == anchor));
            if !there {
                found.push(page.at(index, &format!("no section `{anchor}` there")));
            }
        }
    }
    found
}

/// A page's text, with the heading that its picture stands for.
fn text_of(path: &str) -> Option<String> {
    let mut text = std::fs::read_to_string(root().join(path)).ok()?;
    if path == "src/guide/performance.md" {
        let picture = std::fs::read_to_string(root().join("src/guide/overload.svg")).ok()?;
        assert!(picture.starts_with("<svg id=\"goodput\""));
        text.push_str("\n# goodput\n");
    }
    Some(text)
}

#[test]
fn links_to_sections_lead_to_one() {
    let mut files = text_files();
    let is_module = |path: &str| path.starts_with("src/") && path.ends_with(".rs");
    files.retain(|file| file.path.ends_with(".md") || is_module(&file.path));
    let mut found = Vec::new();
    for mut file in files {
        if is_module(&file.path) {
            // Its own sections, and those of other modules, are not read: the guide's are.
            file.text = file.text.replace("](#", "](");
        }
        found.extend(without_section(&file, text_of));
    }
    assert_none(&found);
}

#[test]
fn a_link_to_no_section_is_caught() {
    let other = |path: &str| (path == "src/guide/other.md").then(|| "# A `b` c!\n".to_owned());
    let lost = |text: &str| {
        let page = File::new("src/guide/x.md", text);
        let own = text.to_owned();
        let read = |path: &str| match path {
            "src/guide/x.md" => Some(own.clone()),
            _ => other(path),
        };
        without_section(&page, read).len()
    };
    assert_eq!(
        lost("## One\n[a](#one) [b](other.md#a-b-c) [c](crate::guide::other#a-b-c)"),
        0
    );
    assert_eq!(
        lost("[d](https://e/f.md#g) [h](crate::channel#i) [j](../gone.rs#k)"),
        0
    );
    assert_eq!(lost("```\n# one\n```\n[a](#one)"), 1);
    assert_eq!(lost("[b](other.md#d) [c](crate::guide::other#e)"), 2);
}

//! The files of the repository, each line split into code and comment.

use std::fs;
use std::path::{Path, PathBuf};

use super::split::{Line, split};

/// One file, by its path from the root with forward slashes.
pub(crate) struct File {
    pub(crate) path: String,
    pub(crate) text: String,
    pub(crate) lines: Vec<Line>,
}

impl File {
    pub(crate) fn new(path: &str, text: &str) -> Self {
        Self {
            path: path.to_owned(),
            text: text.to_owned(),
            lines: split(text),
        }
    }

    /// A finding at the line with this index.
    pub(crate) fn at(&self, index: usize, what: &str) -> String {
        format!("{}:{}: {what}", self.path, index + 1)
    }

    /// Indices and code of the lines, comments and the insides of literals left out.
    pub(crate) fn code(&self) -> impl Iterator<Item = (usize, &str)> {
        let lines = self.lines.iter().enumerate();
        lines.map(|(index, line)| (index, line.code.as_str()))
    }

    /// The last line of the comment that ends at most `reach` lines above `index`, or on it.
    pub(crate) fn comment_line_above(&self, index: usize, reach: usize) -> Option<usize> {
        (index.saturating_sub(reach)..=index)
            .rev()
            .find(|at| !self.lines[*at].comment.is_empty())
    }

    /// All lines of that comment, joined.
    pub(crate) fn comment_above(&self, index: usize, reach: usize) -> String {
        let Some(last) = self.comment_line_above(index, reach) else {
            return String::new();
        };
        let mut first = last;
        while first > 0 && self.lines[first].is_only_comment() {
            if self.lines[first - 1].is_only_comment() {
                first -= 1;
            } else {
                break;
            }
        }
        let lines = self.lines[first..=last].iter();
        lines
            .map(|line| line.comment.trim())
            .collect::<Vec<_>>()
            .join(" ")
    }

    /// The doc comment and attributes directly above the item at `index`.
    pub(crate) fn docs_above(&self, index: usize) -> String {
        let above = self.lines[..index].iter().rev();
        let docs: Vec<&str> = above
            .take_while(|line| line.is_only_comment() || line.is_attribute())
            .map(|line| line.comment.as_str())
            .collect();
        docs.into_iter().rev().collect::<Vec<_>>().join("\n")
    }
}

pub(crate) fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

/// Every text file of the repository: what is built or generated left out.
pub(crate) fn text_files() -> Vec<File> {
    let mut files = Vec::new();
    gather(&root(), &mut files);
    files.sort_by(|a, b| a.path.cmp(&b.path));
    assert!(files.len() > 20, "the repository was not found");
    files
}

/// The Rust files of the repository, those of packages of their own below this one too.
pub(crate) fn all_rust_files() -> Vec<File> {
    let mut files = text_files();
    files.retain(|file| file.path.ends_with(".rs"));
    files
}

/// The Rust files of this package; packages of their own below it left out.
pub(crate) fn rust_files() -> Vec<File> {
    let mut files = text_files();
    files.retain(|file| file.path.ends_with(".rs") && !in_a_package_below(&file.path));
    files
}

fn gather(folder: &Path, files: &mut Vec<File>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_name().unwrap().to_str().unwrap();
        if matches!(name, "target" | ".git" | "corpus" | "artifacts") {
            continue;
        }
        if path.is_dir() {
            gather(&path, files);
        } else if let Ok(text) = fs::read_to_string(&path) {
            let from_root = path.strip_prefix(root()).unwrap();
            files.push(File::new(
                &from_root.to_str().unwrap().replace('\\', "/"),
                &text,
            ));
        }
    }
}

fn in_a_package_below(path: &str) -> bool {
    let mut folder = Path::new(path).parent();
    while let Some(name) = folder.filter(|name| !name.as_os_str().is_empty()) {
        if root().join(name).join("Cargo.toml").exists() {
            return true;
        }
        folder = name.parent();
    }
    false
}

pub(crate) fn in_src(path: &str) -> bool {
    path.starts_with("src/")
}

/// Code of the library proper: models and unit tests are under looser rules.
pub(crate) fn in_library(path: &str) -> bool {
    let is_test = |part: &str| matches!(part, "models" | "models.rs" | "tests" | "tests.rs");
    in_src(path) && !path.split('/').any(is_test)
}

/// Whether `word` stands in `code` as a word of its own, or as a path ending there.
pub(crate) fn has_word(code: &str, word: &str) -> bool {
    words_at(code, word).next().is_some()
}

/// Where `word` stands in `code` as a word of its own.
pub(crate) fn words_at<'a>(code: &'a str, word: &'a str) -> impl Iterator<Item = usize> + 'a {
    let is_part = |c: char| c.is_alphanumeric() || c == '_';
    code.match_indices(word)
        .map(|(at, _)| at)
        .filter(move |at| {
            !code[..*at].ends_with(is_part) && !code[at + word.len()..].starts_with(is_part)
        })
}

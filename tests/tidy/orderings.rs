//! Every atomic access says what its ordering is for, and where that is proved.

use std::collections::BTreeSet;
use std::fs;

use super::source::{File, has_word, in_library, in_src, root, rust_files};
use super::{assert_none, caught, check};

const ORDERINGS: [&str; 5] = ["Relaxed", "Acquire", "Release", "AcqRel", "SeqCst"];

/// The comment ends at most this many lines above the access.
const REACH: usize = 4;

fn uses_ordering(code: &str) -> bool {
    let is_import = code.trim_start().starts_with("use ") || code.contains("use Ordering::");
    !is_import && ORDERINGS.iter().any(|ordering| has_word(code, ordering))
}

/// The row that a comment ends with: `[ring-2]` gives `ring-2`.
fn row(comment: &str) -> Option<&str> {
    let inside = comment.trim_end().strip_suffix(']')?.rsplit_once('[')?.1;
    let (section, number) = inside.rsplit_once('-')?;
    let named = !section.is_empty() && section.chars().all(|c| c.is_ascii_alphanumeric());
    (named && number.parse::<u32>().is_ok()).then_some(inside)
}

/// Where the call begins that the access at `index` belongs to.
fn start_of_call(file: &File, index: usize) -> usize {
    let goes_on = |at: usize| at > 0 && file.lines[at - 1].code.trim_end().ends_with([',', '(']);
    let mut start = index;
    while goes_on(start) {
        start -= 1;
    }
    start
}

/// The comment that explains the access at `index`: above it, or above the call it belongs to.
fn explanation(file: &File, index: usize) -> String {
    file.comment_above(start_of_call(file, index), REACH)
}

/// The code of the call that the access at `index` belongs to.
fn call(file: &File, index: usize) -> String {
    let mut text = String::new();
    for (at, code) in file.code().skip(start_of_call(file, index)) {
        text.push_str(code);
        if at >= index && text.matches('(').count() <= text.matches(')').count() {
            break;
        }
    }
    text
}

fn unexplained(file: &File) -> Vec<String> {
    let mut found = Vec::new();
    for (index, code) in file.code().filter(|(_, code)| uses_ordering(code)) {
        let comment = explanation(file, index);
        let leading = ORDERINGS
            .iter()
            .find(|ordering| comment.starts_with(*ordering));
        let complaint = match leading {
            None => "no comment `Ordering: why. [row-1]`",
            Some(_) if row(&comment).is_none() => "the comment names no row",
            Some(ordering) if !has_word(&call(file, index), ordering) => {
                "the comment is about another ordering"
            }
            Some(_) => continue,
        };
        found.push(file.at(index, &format!("{complaint}: {}", code.trim())));
    }
    found
}

/// Rows named by comments that explain an access.
fn used_rows(files: &[File]) -> BTreeSet<String> {
    let mut rows = BTreeSet::new();
    for file in files.iter().filter(|file| in_src(&file.path)) {
        for (index, _) in file.code().filter(|(_, code)| uses_ordering(code)) {
            rows.extend(row(&explanation(file, index)).map(str::to_owned));
        }
    }
    rows
}

/// Rows of the tables: the first cell of each line that starts like one.
fn table_rows(page: &str) -> BTreeSet<String> {
    let cells = page
        .lines()
        .filter_map(|line| line.strip_prefix("| ")?.split(" |").next());
    let rows = cells.filter(|cell| row(&format!("[{cell}]")).is_some());
    rows.map(str::to_owned).collect()
}

fn differences(used: &BTreeSet<String>, listed: &BTreeSet<String>) -> Vec<String> {
    let unlisted = used
        .difference(listed)
        .map(|row| format!("{row}: not in ordering.md"));
    let unused = listed
        .difference(used)
        .map(|row| format!("{row}: in no comment"));
    unlisted.chain(unused).collect()
}

#[test]
fn every_ordering_is_explained() {
    check(in_library, unexplained);
    let good = "// Acquire: pairs with the Release\n// in `put`. [ring-2]\na.load(Acquire);";
    caught(
        unexplained,
        "src/x.rs",
        "// fast\na.load(Ordering::Acquire);",
        good,
    );
    caught(
        unexplained,
        "src/x.rs",
        "// Acquire: for `put`.\na.load(Acquire);",
        good,
    );
    let call = "a.compare_exchange(\n    b,\n    c(d),\n    e,\n    AcqRel,\n    Acquire,\n);";
    let good = format!("// AcqRel: takes it from `put`. [ring-2]\n{call}");
    caught(unexplained, "src/x.rs", call, &good);
    let other = "// Release: for the Acquire\n// in `get`. [ring-2]\na.store(1, Relaxed);";
    let good = other.replace("Relaxed", "Release");
    caught(unexplained, "src/x.rs", other, &good);
    let second = "// Release: for `get`. [ring-2]\na.store(1, Release);\nb.store(1, Relaxed);";
    caught(unexplained, "src/x.rs", second, &good);
    let far = "// Relaxed: a hint. [ring-1]\n\n\n\n\na.load(Relaxed);";
    caught(
        unexplained,
        "src/x.rs",
        far,
        "use Ordering::{Relaxed, Acquire};",
    );
}

#[test]
fn comments_and_table_name_the_same_rows() {
    let page = fs::read_to_string(root().join("src/guide/ordering.md")).unwrap();
    assert_none(&differences(&used_rows(&rust_files()), &table_rows(&page)));
}

#[test]
fn a_row_too_many_on_either_side_is_caught() {
    let comment = "// Relaxed: a hint. [ring-1]\na.load(Relaxed);";
    let used = used_rows(&[File::new("src/x.rs", comment)]);
    let listed = table_rows("| row | where |\n|---|---|\n| ring-2 | there |\n");
    assert_eq!(
        differences(&used, &listed),
        ["ring-1: not in ordering.md", "ring-2: in no comment"]
    );
    assert_none(&differences(&used, &used));
}

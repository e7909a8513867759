//! Every `unsafe` says why it is sound, or what its caller owes.

use super::source::{File, words_at};
use super::{caught, check_all};

/// A comment may stand this many lines above the block, for the start of a longer statement.
const REACH: usize = 4;

fn unexplained(file: &File) -> Vec<String> {
    let mut found = Vec::new();
    let mut explained_before = None;
    for (index, code) in file.code() {
        for at in words_at(code, "unsafe") {
            let after = code[at + "unsafe".len()..].trim_start();
            let next = file
                .lines
                .get(index + 1)
                .map_or("", |line| line.code.trim_start());
            let after = if after.is_empty() { next } else { after };
            let complaint = if after.starts_with('{') || after.starts_with("impl") {
                let comment = file.comment_line_above(index, REACH);
                let explained = file.comment_above(index, REACH).contains("SAFETY:");
                let shared = explained && explained_before == comment;
                explained_before = comment;
                match explained {
                    false => Some("no SAFETY comment"),
                    true if shared => Some("one SAFETY comment for two"),
                    true => None,
                }
            } else if after.starts_with("fn ") && !is_trait_method(file, index) {
                let stated = file.docs_above(index).contains("# Safety");
                (!stated).then_some("an unsafe fn without a # Safety section")
            } else {
                None
            };
            found.extend(complaint.map(|complaint| file.at(index, complaint)));
        }
    }
    found
}

/// Whether the line is inside an `impl Trait for Type`: the contract is the trait's.
fn is_trait_method(file: &File, index: usize) -> bool {
    let indent = |code: &str| code.len() - code.trim_start().len();
    let own = indent(&file.lines[index].code);
    let above = file.lines[..index].iter().rev();
    let outer = above
        .filter(|line| line.is_code() && indent(&line.code) < own)
        .find(|line| line.code.trim_end().ends_with('{'));
    outer.is_some_and(|line| line.code.contains("impl") && line.code.contains(" for "))
}

#[test]
fn every_unsafe_is_explained() {
    check_all(unexplained);
    caught(
        unexplained,
        "src/x.rs",
        "let a = unsafe { b() };",
        "// SAFETY: `b` asks for nothing.\nlet a = unsafe { b() };",
    );
    caught(
        unexplained,
        "src/x.rs",
        "// SAFETY: one.\nlet a = unsafe { b() };\nlet c = unsafe { d() };",
        "// SAFETY: one.\nlet a = unsafe { b() };\n// SAFETY: two.\nlet c = unsafe { d() };",
    );
    caught(
        unexplained,
        "src/x.rs",
        "/// Sound.\nunsafe impl Send for X {}",
        "// SAFETY: `X` holds\n// no pointer.\nunsafe impl Send for X {}",
    );
    caught(
        unexplained,
        "src/x.rs",
        "/// Reads.\npub unsafe fn read() {}",
        "/// Reads.\n///\n/// # Safety\n/// None.\n#[inline]\npub unsafe fn read() {}",
    );
    caught(
        unexplained,
        "src/x.rs",
        "impl X {\n    unsafe fn alloc(&self) {}\n}",
        "// SAFETY: passes on.\nunsafe impl A for X {\n    unsafe fn alloc(&self) {}\n}",
    );
}

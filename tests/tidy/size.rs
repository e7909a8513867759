//! Nothing is longer than a reader can take in.

use super::source::{File, in_src, rust_files, words_at};
use super::{assert_none, caught, check_all};

const LINE_COLUMNS: usize = 100;
const FILE_CODE_LINES: usize = 400;
const FILE_CODE_LINES_MEDIAN: usize = 150;
const FUNCTION_LINES: usize = 70;
const MACRO_RULES: usize = 3;

fn long_lines(file: &File) -> Vec<String> {
    let long = |(index, line): (usize, &super::split::Line)| {
        let columns = line.raw.chars().count();
        (columns > LINE_COLUMNS).then(|| file.at(index, &format!("{columns} columns")))
    };
    file.lines.iter().enumerate().filter_map(long).collect()
}

fn code_lines(file: &File) -> usize {
    file.lines.iter().filter(|line| line.is_code()).count()
}

fn long_files(file: &File) -> Vec<String> {
    let lines = code_lines(file);
    let long = lines > FILE_CODE_LINES;
    long.then(|| format!("{}: {lines} code lines", file.path))
        .into_iter()
        .collect()
}

/// Index of the line on which the block opened at or after (`line`, `column`) is closed; `None` if
/// the item ends before it has a block.
fn end_of_block(file: &File, line: usize, column: usize) -> Option<usize> {
    let (mut braces, mut brackets) = (0_usize, 0_usize);
    for (index, code) in file.code().skip(line) {
        let from = if index == line { column } else { 0 };
        for c in code[from..].chars() {
            match c {
                '(' | '[' => brackets += 1,
                ')' | ']' => brackets = brackets.saturating_sub(1),
                '{' => braces += 1,
                '}' => {
                    braces = braces.saturating_sub(1);
                    if braces == 0 {
                        return Some(index);
                    }
                }
                ';' if braces == 0 && brackets == 0 => return None,
                _ => {}
            }
        }
    }
    None
}

fn long_functions(file: &File) -> Vec<String> {
    let mut found = Vec::new();
    for (index, code) in file.code() {
        for at in words_at(code, "fn") {
            let is_named = code[at + 2..].trim_start().starts_with(char::is_alphabetic);
            let end = end_of_block(file, index, at).filter(|_| is_named);
            let lines = end.map_or(0, |end| end - index + 1);
            if lines > FUNCTION_LINES {
                found.push(file.at(index, &format!("a function of {lines} lines")));
            }
        }
    }
    found
}

fn macros(files: &[File]) -> Vec<String> {
    let mut found = Vec::new();
    for file in files {
        let code = file
            .code()
            .filter(|(_, code)| code.contains("macro_rules!"));
        found.extend(code.map(|(index, _)| file.at(index, "macro_rules")));
    }
    if found.len() <= MACRO_RULES {
        Vec::new()
    } else {
        found
    }
}

#[test]
fn lines_are_at_most_100_columns() {
    check_all(long_lines);
    let bad = format!("// {}", "x".repeat(98));
    caught(long_lines, "src/x.rs", &bad, &bad[..100]);
}

#[test]
fn files_have_at_most_400_code_lines() {
    check_all(long_files);
    caught(
        long_files,
        "src/x.rs",
        &"a();\n".repeat(401),
        &"a();\n// comment\n\n".repeat(400),
    );
}

#[test]
fn half_of_the_files_have_at_most_150_code_lines() {
    let files = rust_files();
    let library = files.iter().filter(|file| in_src(&file.path));
    let mut lines: Vec<usize> = library.map(code_lines).collect();
    lines.sort_unstable();
    assert!(
        lines[lines.len() / 2] <= FILE_CODE_LINES_MEDIAN,
        "{lines:?}"
    );
}

#[test]
fn functions_are_at_most_70_lines() {
    check_all(long_functions);
    let of = |lines: usize| {
        let body = "    a('{', \"{\"); // {\n".repeat(lines - 3);
        format!("trait T {{ fn short(); }}\nfn long() -> [u8; 2]\n{{\n{body}}}\nfn next() {{}}\n")
    };
    caught(long_functions, "src/x.rs", &of(71), &of(70));
}

#[test]
fn there_are_at_most_three_macros() {
    let mut files = rust_files();
    files.retain(|file| in_src(&file.path));
    assert_none(&macros(&files));
    let four = File::new("src/x.rs", &"macro_rules! m { () => {} }\n".repeat(4));
    assert_eq!(macros(&[four]).len(), 4);
}

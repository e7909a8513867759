//! Conditional compilation chooses files, not lines.

use super::source::{File, in_src};
use super::{caught, check};

/// Files that are compiled as a whole under some condition, by the end of their names.
const CONDITIONAL: [&str; 6] = ["_linux", "_portable", "_model", "_on", "_off", "_x86"];

/// The two attributes that hot functions and those that wait carry; `realtime.rs` says which.
const RTSAN: &str = "#[cfg_attr(shorttail_rtsan, sanitize(realtime = \"\"))]";
const RTSAN_FEATURE: &str = "#![cfg_attr(shorttail_rtsan, feature(sanitize))]";

/// The attribute that starts at `index`, on one line, and the index of the line after it.
fn attribute(file: &File, index: usize) -> (String, usize) {
    let mut text = String::new();
    let mut depth = 0_i32;
    for (at, code) in file.code().skip(index) {
        text.push_str(code.trim());
        let opened = code.matches(['(', '[']).count();
        let closed = code.matches([')', ']']).count();
        depth += i32::try_from(opened).unwrap() - i32::try_from(closed).unwrap();
        if depth <= 0 {
            return (text, at + 1);
        }
    }
    (text, file.lines.len())
}

/// Whether the item whose attributes go on at `index` is a module.
fn is_module(file: &File, mut index: usize) -> bool {
    loop {
        match file.lines.get(index) {
            Some(line) if line.is_attribute() => index = attribute(file, index).1,
            Some(line) if !line.is_code() => index += 1,
            Some(line) => {
                let item = line.code.trim_start().trim_start_matches("pub(crate) ");
                return item.trim_start_matches("pub ").starts_with("mod ");
            }
            None => return false,
        }
    }
}

fn misplaced(file: &File) -> Vec<String> {
    let stem = file.path.trim_end_matches(".rs");
    if CONDITIONAL.iter().any(|end| stem.ends_with(end)) {
        return Vec::new();
    }
    let mut found = Vec::new();
    for (index, code) in file.code() {
        let item = code.trim_start();
        let allowed = if item.starts_with("#[cfg(") {
            let (text, next) = attribute(file, index);
            text.starts_with("#[cfg(test)]") || is_module(file, next)
        } else if item.starts_with("#[cfg_attr(") || item.starts_with("#![cfg") {
            matches!(item, RTSAN | RTSAN_FEATURE)
        } else {
            // What `debug_assert!` asks; debug builds poison what is given back.
            !item.replace("cfg!(debug_assertions)", "").contains("cfg!(")
        };
        if !allowed {
            found.push(file.at(
                index,
                &format!("cfg on something else than a module: {item}"),
            ));
        }
    }
    found
}

#[test]
fn cfg_stands_on_modules() {
    check(in_src, misplaced);
    caught(
        misplaced,
        "src/x.rs",
        "#[cfg(all(\n    unix,\n    not(test)\n))]\nfn f() {}",
        "#[cfg(all(\n    unix,\n    not(test)\n))]\n#[path = \"x.rs\"]\npub(crate) mod x;",
    );
    caught(
        misplaced,
        "src/x.rs",
        "#[cfg(unix)]\nuse a::b;",
        "#[cfg(test)]\nuse a::b;",
    );
    caught(
        misplaced,
        "src/x.rs",
        "#[cfg_attr(unix, inline)]\nfn f() {}",
        "#[cfg_attr(shorttail_rtsan, sanitize(realtime = \"nonblocking\"))]\nfn f() {}",
    );
    caught(
        misplaced,
        "src/x.rs",
        "if cfg!(test) {}",
        "if cfg!(debug_assertions) {} // cfg!(test)",
    );
}

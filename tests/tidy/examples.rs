//! Each public item has an example, or names the one that shows it.

use super::source::{File, in_library};
use super::{caught, check};

/// What stands in the docs of an item that is shown: code, or where there is some.
const SHOWN: [&str; 3] = ["```", "or an example see", "See ["];

/// The kinds of items that are called or named; fields and variants are their type's to show.
const KINDS: [&str; 6] = ["fn", "struct", "enum", "trait", "const", "type"];

fn is_public_item(code: &str) -> bool {
    let Some(item) = code.trim_start().strip_prefix("pub ") else {
        return false;
    };
    let first = item.split_whitespace().next().unwrap_or("");
    KINDS.contains(&first) || ["unsafe", "async"].contains(&first)
}

fn not_shown(file: &File) -> Vec<String> {
    let mut found = Vec::new();
    for (index, code) in file.code() {
        let docs = file.docs_above(index);
        // What has no docs at all is another rule's, or no caller's to name.
        let is_shown = docs.trim().is_empty() || SHOWN.iter().any(|shown| docs.contains(shown));
        if is_public_item(code) && !is_shown {
            found.push(file.at(index, "no example, and none is named"));
        }
    }
    found
}

#[test]
fn every_public_item_is_shown() {
    check(in_library, not_shown);
    let plain = "/// Opens it.\npub const fn open() {}";
    let pointed = "/// Opens it; for an example see [`Door`].\n#[inline]\npub const fn open() {}";
    caught(not_shown, "src/x.rs", plain, pointed);
    let coded = "/// A door.\n///\n/// ```\n/// x();\n/// ```\npub struct Door;";
    caught(
        not_shown,
        "src/x.rs",
        "/// A door.\npub struct Door;",
        coded,
    );
    let within = "/// Opens it.\npub(crate) fn open() {}";
    caught(
        not_shown,
        "src/x.rs",
        "/// T\npub unsafe fn open() {}",
        within,
    );
}

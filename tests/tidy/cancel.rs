//! Whoever can be dropped half-way says what becomes of the rest.

use super::source::{File, in_library, rust_files};
use super::{assert_none, caught, check};

const SECTION: &str = "# Cancel safety";

/// Public `async fn`s, and public functions named like one.
fn silent_functions(file: &File) -> Vec<String> {
    let mut found = Vec::new();
    for (index, code) in file.code() {
        let Some(item) = code.trim_start().strip_prefix("pub ") else {
            continue;
        };
        let named_async = item
            .strip_prefix("fn ")
            .and_then(|item| item.split(['(', '<']).next())
            .is_some_and(|name| name.ends_with("_async"));
        let is_async = item.starts_with("async fn ") || named_async;
        if is_async && !file.docs_above(index).contains(SECTION) {
            found.push(file.at(index, "no `# Cancel safety` section"));
        }
    }
    found
}

/// The name in `impl<…> Future for Name<…>`.
fn future_name(code: &str) -> Option<&str> {
    let (head, name) = code.trim_start().split_once("Future for ")?;
    let is_impl = head.starts_with("impl") && !head.contains("//");
    let end = name
        .find(|c: char| !c.is_alphanumeric())
        .unwrap_or(name.len());
    is_impl.then_some(&name[..end])
}

/// Public types that are futures.
fn silent_futures(files: &[File]) -> Vec<String> {
    let mut found = Vec::new();
    let code = || files.iter().filter(|file| in_library(&file.path));
    for name in code().flat_map(|file| file.code().filter_map(|(_, code)| future_name(code))) {
        let item = format!("pub struct {name}");
        for file in code() {
            for (index, code) in file.code() {
                let declared = code.trim_start().strip_prefix(&item);
                let whole = declared.is_some_and(|rest| !rest.starts_with(char::is_alphanumeric));
                if whole && !file.docs_above(index).contains(SECTION) {
                    found.push(file.at(index, "a future without a `# Cancel safety` section"));
                }
            }
        }
    }
    found
}

#[test]
fn async_functions_tell_what_a_cancel_does() {
    check(in_library, silent_functions);
    caught(
        silent_functions,
        "src/x.rs",
        "/// Waits.\npub async fn wait() {}",
        "/// Waits.\n///\n/// # Cancel safety\n/// Safe.\n#[inline]\npub async fn wait() {}",
    );
    caught(
        silent_functions,
        "src/x.rs",
        "/// Sends.\npub fn send_async(&self) {}",
        "/// Sends.\npub fn send(&self) {}",
    );
}

#[test]
fn futures_tell_what_a_cancel_does() {
    assert_none(&silent_futures(&rust_files()));
    let future = |docs: &str| {
        let item = format!("{docs}#[must_use]\npub struct Wait<'a, T>(&'a T);\n");
        let code = format!("{item}impl<T> Future for Wait<'_, T> {{}}");
        [File::new("src/x.rs", &code)]
    };
    assert_eq!(silent_futures(&future("/// Waits.\n")).len(), 1);
    assert_none(&silent_futures(&future("/// # Cancel safety\n/// Safe.\n")));
}

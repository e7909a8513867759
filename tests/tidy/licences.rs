//! Every package that a build of this package brings, on this machine, comes under a licence and
//! from a source that `deny.toml` allows. Advisories need a network, and stay with the hosted
//! workflow.

use std::env;
use std::fs;
use std::process::Command;

use serde_json::Value;

use super::source::root;

const REGISTRY: &str = "registry+https://github.com/rust-lang/crates.io-index";

/// The quoted words of the list `allow` in the section `[licenses]`.
fn allowed(deny_toml: &str) -> Vec<String> {
    let section = deny_toml.split("[licenses]").nth(1).unwrap_or_default();
    let list = section.split('[').nth(1).unwrap_or_default();
    let list = list.split(']').next().unwrap_or_default();
    let words = list.split('"').skip(1).step_by(2);
    words.map(ToOwned::to_owned).collect()
}

/// The expression's words: names, `AND`, `OR` and parentheses. Before expressions were in use, a
/// slash stood for `OR`.
fn words(expression: &str) -> Vec<String> {
    let spaced = expression.replace('(', " ( ").replace(')', " ) ");
    let spaced = spaced.replace('/', " OR ");
    spaced.split_whitespace().map(ToOwned::to_owned).collect()
}

/// Whether what stands at the front of `words`, up to a closing parenthesis or the end, can be met
/// with the licences of `allow`. `AND` binds closer than `OR`.
fn can_be_met(words: &mut &[String], allow: &[String]) -> bool {
    let (mut any, mut all) = (false, true);
    while let Some((word, rest)) = words.split_first() {
        *words = rest;
        match word.as_str() {
            "OR" => {
                any |= all;
                all = true;
            }
            "AND" => {}
            "(" => all &= can_be_met(words, allow),
            ")" => break,
            // With an exception a licence is another one: it would be named on the list as such.
            "WITH" => {
                all = false;
                *words = words.get(1..).unwrap_or_default();
            }
            licence => all &= allow.iter().any(|one| one == licence),
        }
    }
    any | all
}

/// What is wrong with the packages of `cargo metadata`'s answer; `shorttail` itself has no source.
fn not_allowed(metadata: &Value, allow: &[String]) -> Vec<String> {
    let packages = metadata["packages"].as_array().unwrap();
    let mut found = Vec::new();
    for package in packages {
        let name = package["name"].as_str().unwrap();
        let expression = package["license"].as_str().unwrap_or("no licence");
        if !can_be_met(&mut &*words(expression), allow) {
            found.push(format!("{name}: {expression}"));
        }
        let source = package["source"].as_str().unwrap_or("a folder");
        if source != REGISTRY && name != "shorttail" {
            found.push(format!("{name}: from {source}"));
        }
    }
    found
}

#[test]
fn licences_and_sources_are_those_of_deny_toml() {
    let cargo = env::var("CARGO").unwrap_or_else(|_| "cargo".to_owned());
    let host = Command::new(&cargo).arg("-vV").output().unwrap();
    let host = String::from_utf8(host.stdout).unwrap();
    let host = host.lines().find_map(|line| line.strip_prefix("host: "));
    let output = Command::new(&cargo)
        .args(["metadata", "--format-version", "1", "--all-features"])
        .args(["--locked", "--offline", "--filter-platform", host.unwrap()])
        .current_dir(root())
        .output()
        .unwrap();
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{errors}");
    let metadata: Value = serde_json::from_slice(&output.stdout).unwrap();
    // Some that are there, so that an empty answer is none.
    assert!(metadata["packages"].as_array().unwrap().len() > 50);
    let allow = allowed(&fs::read_to_string(root().join("deny.toml")).unwrap());
    assert!(allow.contains(&"MIT".to_owned()), "{allow:?}");
    super::assert_none(&not_allowed(&metadata, &allow));
}

#[test]
fn a_licence_or_a_source_of_another_kind_is_caught() {
    let deny = "[licenses]\nallow = [\"MIT\", \"Zlib\"]\n\n[bans]\nwildcards = \"deny\"\n";
    let allow = allowed(deny);
    assert_eq!(allow, ["MIT", "Zlib"]);
    let found = |licence: Value, source: Value| {
        let package = serde_json::json!({"name": "a", "license": licence, "source": source});
        not_allowed(&serde_json::json!({"packages": [package]}), &allow)
    };
    let of = |licence: &str| found(licence.into(), REGISTRY.into()).len();
    let good = [
        "MIT",
        "GPL-3.0 OR MIT",
        "Unlicense/MIT",
        "(GPL-3.0 OR MIT) AND Zlib",
    ];
    for licence in good {
        assert_eq!(of(licence), 0, "{licence}");
    }
    let bad = [
        "GPL-3.0",
        "MIT AND GPL-3.0",
        "(MIT OR Zlib) AND GPL-3.0",
        "MIT WITH any-exception",
    ];
    for licence in bad {
        assert_eq!(of(licence), 1, "{licence}");
    }
    assert_eq!(found(Value::Null, REGISTRY.into()).len(), 1);
    assert_eq!(
        found("MIT".into(), "git+https://example.org/a".into()).len(),
        1
    );
    assert_eq!(found("MIT".into(), Value::Null).len(), 1);
}

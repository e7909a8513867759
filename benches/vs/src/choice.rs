//! The words of the command line.

use std::path::PathBuf;

use crate::bench::{Effort, Kinds};

#[derive(Debug)]
pub(crate) struct Choice {
    pub(crate) effort: Effort,
    pub(crate) csv: Option<PathBuf>,
    /// What the name of a cell must hold; all hold nothing.
    pub(crate) only: String,
    blocks: Vec<String>,
}

impl Choice {
    pub(crate) fn of(
        mut words: impl Iterator<Item = String>,
        known: &[&str],
    ) -> Result<Self, String> {
        let mut choice = Self {
            effort: Effort::FULL,
            csv: None,
            only: String::new(),
            blocks: Vec::new(),
        };
        let mut kinds = Kinds::default();
        let mut waits = false;
        while let Some(word) = words.next() {
            match word.as_str() {
                "--quick" => choice.effort = Effort::QUICK,
                "--solo" => kinds.solo = true,
                "--team" => kinds.team = true,
                "--trial" => kinds.trial = true,
                "--wait" => waits = true,
                "--csv" => {
                    choice.csv = Some(words.next().ok_or("--csv takes a file")?.into());
                }
                "--only" => choice.only = words.next().ok_or("--only takes a part of a name")?,
                block if known.contains(&block) => choice.blocks.push(word),
                _ => {
                    let names = known.join(", ");
                    return Err(format!(
                        "no block {word}; there are {names}, and --quick, --solo, --team, --trial, \
                         --wait, --only TEXT, --csv FILE"
                    ));
                }
            }
        }
        if kinds.solo || kinds.team || kinds.trial {
            choice.effort.kinds = kinds;
        }
        choice.effort.waits = waits;
        Ok(choice)
    }

    /// Whether the block is to be run: all are if none was named.
    pub(crate) fn takes(&self, block: &str) -> bool {
        self.blocks.is_empty() || self.names(block)
    }

    /// Whether the block was named.
    pub(crate) fn names(&self, block: &str) -> bool {
        self.blocks.iter().any(|chosen| chosen == block)
    }
}

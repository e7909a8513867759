//! The words of the command line.

use std::path::PathBuf;

use crate::bench::{Effort, Kinds};

#[derive(Debug)]
pub(crate) struct Choice {
    pub(crate) effort: Effort,
    pub(crate) csv: Option<PathBuf>,
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
                block if known.contains(&block) => choice.blocks.push(word),
                _ => {
                    let names = known.join(", ");
                    return Err(format!(
                        "no block {word}; there are {names}, and --quick, --solo, --team, --trial, --wait, \
                         --csv FILE"
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
        self.blocks.is_empty() || self.blocks.iter().any(|chosen| chosen == block)
    }
}

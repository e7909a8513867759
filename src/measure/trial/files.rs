//! The files of a report.

use std::path::Path;
use std::{fs, io};

use super::report::Report;
use super::{csv, json, markdown, svg};

impl Report {
    /// The summary in Markdown: for a terminal, or a comment on a change. Allocates.
    #[must_use]
    pub fn markdown(&self) -> String {
        markdown::markdown(self)
    }

    /// Writes `result.json`, `percentiles.csv`, `blocks.csv`, `curve.svg`, `ratio.svg` and
    /// `summary.md` into `folder`, which is made if it is not there.
    ///
    /// # Errors
    /// The first that the file system gives; files written before stay.
    pub fn write_to(&self, folder: &Path) -> io::Result<()> {
        fs::create_dir_all(folder)?;
        for (name, text) in [
            ("result.json", json::json(self)),
            ("percentiles.csv", csv::percentiles(self)),
            ("blocks.csv", csv::blocks(self)),
            ("curve.svg", svg::curve(self)),
            ("ratio.svg", svg::ratio(self)),
            ("summary.md", self.markdown()),
        ] {
            fs::write(folder.join(name), text)?;
        }
        Ok(())
    }
}

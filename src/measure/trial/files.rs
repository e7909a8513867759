//! The files of a report.

use std::path::Path;
use std::{fs, io};

use super::report::Report;
use super::{csv, hgrm, json, markdown, svg, timeline};

impl Report {
    /// The summary in Markdown: for a terminal, or a comment on a change. Allocates.
    /// For an example see [`Report`].
    #[must_use]
    pub fn markdown(&self) -> String {
        markdown::markdown(self)
    }

    /// Writes `result.json`, `percentiles.csv`, `blocks.csv`, `curve.svg`, `ratio.svg`,
    /// `timeline.svg`, `base.hgrm`, `candidate.hgrm` (the latencies, for plotters of HdrHistogram)
    /// and `summary.md` into `folder`, which is made if it is not there. Allocates, and waits for
    /// the file system. For an example see [`trial`](super).
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
            ("timeline.svg", timeline::timeline(self)),
            ("base.hgrm", hgrm::hgrm(&self.arms[0].latency_ns)),
            ("candidate.hgrm", hgrm::hgrm(&self.arms[1].latency_ns)),
            ("summary.md", self.markdown()),
        ] {
            fs::write(folder.join(name), text)?;
        }
        Ok(())
    }
}

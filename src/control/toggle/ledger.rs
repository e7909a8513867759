//! A toggle's row in the ledger of percentile impacts.

use std::io;
use std::path::Path;

use super::report::{Expected, ToggleReport};
use crate::measure::trial::{Entry, Environment, Verdict, append_row};

impl ToggleReport {
    /// The report as a line of the ledger, as that of a
    /// [trial](crate::measure::trial::Report::ledger_row): the toggle's name, `off` for the base
    /// and `on` for the candidate, and as verdict a pass if what was declared was met, a regression
    /// if it was missed. Feature `trial`; allocates, and reads files below `/proc` and `/sys`.
    ///
    /// # Examples
    /// ```
    /// use shorttail::control::{MeasuredToggle, Side, Toggle};
    /// use shorttail::measure::trial::impact_table;
    ///
    /// static BATCHES: Toggle = Toggle::off("batches");
    ///
    /// let measured = MeasuredToggle::new(&BATCHES, 1).expect_ratio(0.99, 0.8)?;
    /// for _request in 0..10_000 {
    ///     measured.record(Side::Off, 1_000);
    ///     measured.record(Side::On, 900);
    /// }
    /// let table = impact_table(&measured.report().ledger_row("v1.8.0"))?;
    /// assert!(table.contains("| v1.8.0 | batches, latency |"));
    /// assert!(table.contains(" 1.00 → 0.90 (0.900, 0.872 to 0.929) "));
    /// assert!(table.ends_with("| 10000 | regression |\n"));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[must_use]
    pub fn ledger_row(&self, build: &str) -> String {
        let verdict = match self.verdict() {
            Some(Expected::Met) => Verdict::Pass,
            Some(Expected::Missed) => Verdict::Regression,
            Some(Expected::Unsure) => Verdict::Inconclusive,
            None => Verdict::Invalid("no ratio was declared".to_owned()),
        };
        let ratio = |q| {
            let [low, high] = self.ratio_within(q)?;
            Some([self.ratio(q)?, low, high])
        };
        let here = Environment::here();
        let entry = Entry {
            date: &here.date,
            build,
            trial: self.toggle,
            names: ["off", "on"],
            figure: "latency",
            machine: &here.machine(),
            allocs: None,
            sides: [&self.off, &self.on],
            ratio: &ratio,
            verdict: &verdict,
        };
        entry.row()
    }

    /// Adds the [row](Self::ledger_row) to the ledger at `path`, which is made if it is not there;
    /// as [`append_to`](crate::measure::trial::Report::append_to) of a trial does. Feature `trial`;
    /// allocates, and waits for the file system.
    ///
    /// # Errors
    /// What the file system gives.
    ///
    /// # Examples
    /// ```no_run
    /// # use shorttail::control::{MeasuredToggle, Toggle};
    /// static BATCHES: Toggle = Toggle::off("batches");
    ///
    /// let measured = MeasuredToggle::new(&BATCHES, 1);
    /// // days later
    /// measured.report().append_to("ledger.jsonl".as_ref(), "v1.8.0")?;
    /// # Ok::<(), std::io::Error>(())
    /// ```
    pub fn append_to(&self, path: &Path, build: &str) -> io::Result<()> {
        append_row(path, &self.ledger_row(build))
    }
}

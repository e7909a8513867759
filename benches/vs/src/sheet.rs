//! Every number of a run, for `--csv`.

use std::io::Write;
use std::path::Path;

use crate::others::OthersCores;

/// Which cell's, and whose.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Of<'a> {
    pub(crate) cell: &'a str,
    pub(crate) contender: &'a str,
    /// Samples behind the value: operations, calls or requests.
    pub(crate) n: u64,
    pub(crate) rounds: usize,
}

/// Lines of comma-separated values, one a statistic.
#[derive(Debug, Default)]
pub(crate) struct Sheet {
    lines: Vec<String>,
}

impl Sheet {
    pub(crate) fn add(&mut self, of: Of<'_>, statistic: &str, value: f64, unit: &str) {
        self.push(of, statistic, &format!("{value:.4}"), unit);
    }

    /// A statistic that is a word: a verdict, or why there is no value.
    pub(crate) fn add_word(&mut self, of: Of<'_>, statistic: &str, word: &str) {
        self.push(of, statistic, &word.replace(['"', '\n'], " "), "");
    }

    /// How far others disturbed a cell.
    pub(crate) fn add_others(&mut self, cell: &str, others: OthersCores) {
        let of = Of {
            cell,
            contender: "others",
            n: 0,
            rounds: 0,
        };
        if let Some(cores) = others.0 {
            self.add(of, "used", cores, "cores");
        }
    }

    fn push(&mut self, of: Of<'_>, statistic: &str, value: &str, unit: &str) {
        let Of {
            cell,
            contender,
            n,
            rounds,
        } = of;
        let block = cell.split(':').next().unwrap_or(cell);
        self.lines.push(format!(
            "{block},\"{cell}\",\"{contender}\",{statistic},\"{value}\",{unit},{n},{rounds}"
        ));
    }

    /// Writes the file. `header` says where the run was made.
    pub(crate) fn write_to(&self, path: &Path, header: &str) -> std::io::Result<()> {
        let mut file = std::io::BufWriter::new(std::fs::File::create(path)?);
        writeln!(file, "# {header}")?;
        writeln!(file, "block,cell,contender,statistic,value,unit,n,rounds")?;
        for line in &self.lines {
            writeln!(file, "{line}")?;
        }
        file.flush()
    }
}

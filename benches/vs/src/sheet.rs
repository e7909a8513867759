//! Every number of a run, for `--csv`.

use std::fs::File;
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

/// Lines of comma-separated values, one a statistic; each written at once, as a run may be ended.
#[derive(Debug)]
pub(crate) struct Sheet {
    file: Option<File>,
}

impl Sheet {
    /// Without a path nothing is kept. `header` says where the run is made.
    pub(crate) fn new(path: Option<&Path>, header: &str) -> std::io::Result<Self> {
        let mut file = path.map(File::create).transpose()?;
        if let Some(file) = &mut file {
            writeln!(file, "# {header}")?;
            writeln!(file, "block,cell,contender,statistic,value,unit,n,rounds")?;
        }
        Ok(Self { file })
    }

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
        if let Some(file) = &mut self.file {
            writeln!(
                file,
                "{block},\"{cell}\",\"{contender}\",{statistic},\"{value}\",{unit},{n},{rounds}"
            )
            .expect("the file takes a line");
        }
    }
}

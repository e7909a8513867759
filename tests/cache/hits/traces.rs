//! Real traces. They carry no licence and are not in the repository: set `SHORTTAIL_TRACES` to a
//! folder with `oltp.keys.gz` and `cloudphysics.keys.gz`.

use std::io::Write as _;
use std::process::Command;

/// Traces, and how many entries the caches have that they are put through.
pub(crate) const TRACES: [(&str, [usize; 2]); 2] =
    [("oltp", [1_000, 2_000]), ("cloudphysics", [5_000, 20_000])];

/// The keys of a trace, or `None` with a message if there is none here.
pub(crate) fn trace(name: &str) -> Option<Vec<u64>> {
    let Some(folder) = std::env::var_os("SHORTTAIL_TRACES") else {
        // Not by `eprintln`, which the test harness keeps to itself.
        let skipped = format!("{name} skipped: SHORTTAIL_TRACES names no folder of traces\n");
        std::io::stderr().write_all(skipped.as_bytes()).ok();
        return None;
    };
    let path = std::path::Path::new(&folder).join(format!("{name}.keys.gz"));
    let unpacked = Command::new("gzip").arg("-dc").arg(path).output().unwrap();
    assert!(unpacked.status.success(), "gzip cannot read {name}");
    let text = String::from_utf8(unpacked.stdout).unwrap();
    Some(text.lines().map(|line| line.parse().unwrap()).collect())
}

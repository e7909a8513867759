//! What the system says of the service's process, where it says so in `/proc`.

/// What a process has taken from the system.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Taken {
    pub(crate) memory_kib: u64,
    pub(crate) handles: u64,
    pub(crate) threads: u64,
}

/// What `process` has at this moment; `None` where that is not to be known.
pub(crate) fn look(process: u32) -> Option<Taken> {
    let status = std::fs::read_to_string(format!("/proc/{process}/status")).ok()?;
    let handles = std::fs::read_dir(format!("/proc/{process}/fd")).ok()?;
    Some(Taken {
        memory_kib: field(&status, "VmRSS:")?,
        handles: handles.count() as u64,
        threads: field(&status, "Threads:")?,
    })
}

/// The number after `name`, which stands at the start of a line.
pub(crate) fn field(status: &str, name: &str) -> Option<u64> {
    let line = status.lines().find_map(|line| line.strip_prefix(name))?;
    line.split_whitespace().next()?.parse().ok()
}

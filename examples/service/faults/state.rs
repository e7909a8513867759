//! What the service's process says of itself at one moment.

/// The child's answer to `state`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct State {
    pub(crate) permits: u64,
    pub(crate) connections: u64,
    pub(crate) items: u64,
    pub(crate) buffers: u64,
    pub(crate) arenas: u64,
    pub(crate) loads: u64,
    pub(crate) log: u64,
    pub(crate) requests: u64,
    pub(crate) shed: u64,
    pub(crate) failed: u64,
    pub(crate) jobs_panicked: u64,
    pub(crate) loads_panicked: u64,
    pub(crate) allocs_struck: u64,
}

impl State {
    /// Reads the line; `None` unless every word of it is known.
    pub(crate) fn parse(line: &str) -> Option<Self> {
        let mut state = Self::default();
        for word in line.trim().strip_prefix("state ")?.split(' ') {
            let (name, value) = word.split_once('=')?;
            let place = match name {
                "permits" => &mut state.permits,
                "connections" => &mut state.connections,
                "items" => &mut state.items,
                "buffers" => &mut state.buffers,
                "arenas" => &mut state.arenas,
                "loads" => &mut state.loads,
                "log" => &mut state.log,
                "requests" => &mut state.requests,
                "shed" => &mut state.shed,
                "failed" => &mut state.failed,
                "jobs_panicked" => &mut state.jobs_panicked,
                "loads_panicked" => &mut state.loads_panicked,
                "allocs_struck" => &mut state.allocs_struck,
                _ => return None,
            };
            *place = value.parse().ok()?;
        }
        Some(state)
    }
}

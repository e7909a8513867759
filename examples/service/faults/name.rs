//! The bursts and faults by name.

use std::str::FromStr;

/// Something that goes wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Fault {
    Burst,
    Ramp,
    Consumers,
    Spinner,
    SlowAllocator,
    NoMemory,
    Origin,
    Cancel,
    Panic,
    Storm,
    Shutdown,
}

impl Fault {
    pub(crate) const ALL: [Self; 11] = [
        Self::Burst,
        Self::Ramp,
        Self::Consumers,
        Self::Spinner,
        Self::SlowAllocator,
        Self::NoMemory,
        Self::Origin,
        Self::Cancel,
        Self::Panic,
        Self::Storm,
        Self::Shutdown,
    ];

    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Burst => "burst",
            Self::Ramp => "ramp",
            Self::Consumers => "consumers",
            Self::Spinner => "spinner",
            Self::SlowAllocator => "slow-allocator",
            Self::NoMemory => "no-memory",
            Self::Origin => "origin",
            Self::Cancel => "cancel",
            Self::Panic => "panic",
            Self::Storm => "storm",
            Self::Shutdown => "shutdown",
        }
    }

    /// What happens, in a few words.
    pub(crate) const fn what(self) -> &'static str {
        match self {
            Self::Burst => "ten times the load for 100 ms",
            Self::Ramp => "the load goes up to twice the capacity",
            Self::Consumers => "clients that read slowly, or not at all for a while",
            Self::Spinner => "a thread spins on the worker's processor",
            Self::SlowAllocator => "each allocation takes 1 ms more, and clients come anew",
            Self::NoMemory => "no memory is given, and requests ask for none",
            Self::Origin => "the origin takes seconds, is dead, is back",
            Self::Cancel => "clients leave after each byte of a request and at any time in a load",
            Self::Panic => "requests and loads panic",
            Self::Storm => "half of the requests fail, and are sent again",
            Self::Shutdown => "the service is told to stop",
        }
    }
}

/// Reads `NAME[,NAME]`; no name twice, in the order of the list above.
pub(crate) fn read_list(text: &str) -> Result<Vec<Fault>, String> {
    let asked: Result<Vec<Fault>, String> = text.split(',').map(str::parse).collect();
    let asked = asked?;
    Ok(Fault::ALL
        .into_iter()
        .filter(|fault| asked.contains(fault))
        .collect())
}

impl FromStr for Fault {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let known = Self::ALL.into_iter().find(|fault| fault.name() == text);
        known.ok_or_else(|| {
            let names = Self::ALL.map(Self::name).join(", ");
            format!("no fault `{text}`; there are {names}")
        })
    }
}

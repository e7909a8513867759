//! What is wrong with a pool's configuration.

use core::fmt;

use super::WORKERS_MAX;
use crate::channel;

/// Why a pool cannot be built.
///
/// # Examples
/// ```
/// use shorttail::workers::{ConfigError, Pool};
///
/// let pool = Pool::builder().lane("all", 8).workers(0).build(|_: u8, _| {});
/// assert_eq!(pool.unwrap_err(), ConfigError::Workers { workers: 0 });
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum ConfigError {
    /// No worker, or more than 256.
    Workers {
        /// Workers asked for.
        workers: usize,
    },
    /// The lanes cannot be built.
    Lanes(channel::ConfigError),
    /// Workers are reserved for a lane that is not there.
    NoSuchLane {
        /// The lane asked for.
        lane: usize,
        /// How many there are.
        lanes: usize,
    },
    /// More workers are reserved than there are.
    Reserved {
        /// Workers reserved.
        reserved: usize,
        /// How many there are.
        workers: usize,
    },
    /// All workers are reserved, and none for this lane.
    NobodyFor {
        /// The lane that nobody would serve.
        lane: usize,
    },
    /// The system did not start a thread.
    Spawn,
    /// The start hook panicked.
    Start {
        /// On which worker.
        worker: usize,
    },
    /// The system did not let a worker have its processor.
    Pin {
        /// Which worker.
        worker: usize,
        /// The processor asked for.
        cpu: usize,
        /// The system's error number; zero where it has no such call.
        errno: i32,
    },
}

impl fmt::Display for ConfigError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match *self {
            Self::Workers { workers } => {
                write!(f, "a pool has 1 to {WORKERS_MAX} workers, not {workers}")
            }
            Self::Lanes(why) => write!(f, "lanes: {why}"),
            Self::NoSuchLane { lane, lanes } => {
                write!(f, "workers reserved for lane {lane} of {lanes}")
            }
            Self::Reserved { reserved, workers } => {
                write!(f, "{reserved} of {workers} workers reserved")
            }
            Self::NobodyFor { lane } => write!(f, "no worker is left for lane {lane}"),
            Self::Spawn => f.write_str("a thread could not be started"),
            Self::Start { worker } => write!(f, "worker {worker}: the start hook panicked"),
            Self::Pin { worker, cpu, errno } => {
                write!(
                    f,
                    "worker {worker}: no use of processor {cpu}, error {errno}"
                )
            }
        }
    }
}

impl std::error::Error for ConfigError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Self::Lanes(why) => Some(why),
            _ => None,
        }
    }
}

impl From<channel::ConfigError> for ConfigError {
    fn from(why: channel::ConfigError) -> Self {
        Self::Lanes(why)
    }
}

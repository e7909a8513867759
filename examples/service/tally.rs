//! How requests ended, as the client counts it.

use std::fmt;
use std::io;

/// How requests ended, counted where it happened and not from the samples.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Tally {
    /// Requests given to a connection, those sent again included.
    pub(crate) sent: u64,
    /// Requests sent again.
    pub(crate) again: u64,
    /// Given up before a connection was free.
    pub(crate) unsent: u64,
    /// Answered with a 5xx that is no refusal.
    pub(crate) failed: u64,
    /// The connection ended without an answer.
    pub(crate) cut: u64,
    /// No answer in time.
    pub(crate) late: u64,
    /// An answer that is not one, or to another request.
    pub(crate) wrong: u64,
}

impl Tally {
    pub(crate) fn count(&mut self, ended: &Ended) {
        match ended {
            Ended::Cut(_) => self.cut += 1,
            Ended::Late => self.late += 1,
            Ended::Wrong(_) => self.wrong += 1,
        }
    }

    pub(crate) fn add(&mut self, more: Self) {
        self.sent += more.sent;
        self.again += more.again;
        self.unsent += more.unsent;
        self.failed += more.failed;
        self.cut += more.cut;
        self.late += more.late;
        self.wrong += more.wrong;
    }
}

/// How a request ends without an answer.
#[derive(Debug)]
pub(crate) enum Ended {
    Cut(String),
    Late,
    Wrong(String),
}

impl From<&io::Error> for Ended {
    fn from(error: &io::Error) -> Self {
        // What the reader of answers says is of this kind, what the system says is not.
        if error.kind() == io::ErrorKind::Other {
            Self::Wrong(error.to_string())
        } else {
            Self::Cut(error.to_string())
        }
    }
}

impl fmt::Display for Ended {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Cut(why) | Self::Wrong(why) => f.write_str(why),
            Self::Late => f.write_str("no answer in time"),
        }
    }
}

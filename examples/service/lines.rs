//! Lines from a pipe, waited for no longer than one is patient.

use std::io::{self, BufRead, BufReader, Read};
use std::sync::mpsc::{self, Receiver, RecvTimeoutError};
use std::time::Duration;

/// What a thread of its own reads, for as long as it comes: a pipe has no time-out.
pub(crate) struct Lines(Receiver<io::Result<String>>);

impl Lines {
    pub(crate) fn of(pipe: impl Read + Send + 'static) -> io::Result<Self> {
        let (to_here, lines) = mpsc::channel();
        let read = move || {
            let mut lines = BufReader::new(pipe).lines();
            // Until the end, or until nobody reads on.
            while lines.next().is_some_and(|line| to_here.send(line).is_ok()) {}
        };
        std::thread::Builder::new()
            .name("lines".to_owned())
            .spawn(read)?;
        Ok(Self(lines))
    }

    /// The next line; `None` at the end of the pipe.
    ///
    /// # Errors
    /// `TimedOut` if neither comes within `patience`.
    pub(crate) fn next(&self, patience: Duration) -> io::Result<Option<String>> {
        match self.0.recv_timeout(patience) {
            Ok(line) => line.map(Some),
            Err(RecvTimeoutError::Disconnected) => Ok(None),
            Err(RecvTimeoutError::Timeout) => Err(io::ErrorKind::TimedOut.into()),
        }
    }
}

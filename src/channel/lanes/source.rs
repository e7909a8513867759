//! All lanes as one source of a select.

use crate::wait::WaitQueue;

use super::super::source::Source;
use super::super::{RecvCase, RecvError};
use super::LanesReceiver;

impl<T> LanesReceiver<T> {
    /// A receive, of the lane that is next, to be waited for together with others by a
    /// [`Select`](super::super::Select). Costs nothing until it is selected.
    ///
    /// # Examples
    /// ```
    /// use shorttail::channel::{Lanes, Select, bounded};
    ///
    /// let (jobs, jobs_rx) = Lanes::new([4, 4]).build()?;
    /// let (_stop, stop_rx) = bounded::<()>(1);
    /// jobs.lane(1).send('b')?;
    /// jobs.lane(0).send('a')?;
    ///
    /// let (mut job, mut stop) = (jobs_rx.case(), stop_rx.case());
    /// assert_eq!(Select::new().wait(&mut [&mut job, &mut stop]), 0);
    /// assert_eq!(job.take(), Some(Ok((0, 'a'))));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[must_use = "nothing is received unless it is selected"]
    pub const fn case(&self) -> RecvCase<'_, (usize, T), Self> {
        RecvCase::new(self)
    }
}

impl<T> Source for LanesReceiver<T> {
    type Message = (usize, T);

    fn recv_now(&self) -> Option<Result<(usize, T), RecvError>> {
        self.core.recv_now()
    }

    fn is_ready(&self) -> bool {
        self.core.is_ready()
    }

    fn recv_ready(&self) -> Option<Result<(usize, T), RecvError>> {
        self.core.recv_ready()
    }

    fn receivers_waiting(&self) -> &WaitQueue {
        &self.core.receivers_waiting
    }

    fn awake(&self) -> usize {
        self.core.awake()
    }
}

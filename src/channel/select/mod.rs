//! Waiting for several channels at once.

mod case;
mod seed;

use core::fmt;
use core::task::{Context, Waker};
use core::time::Duration;

use crate::sync::{Bell, Panics};
use crate::time::{Deadline, now_ns};
use crate::wait::{Spin, time_left};

pub use case::{Case, RecvCase, SendCase};
use case::{Ours, State};
use seed::seed;

/// A thread's wait for the first of several receives and sends that can be done.
///
/// The operations are cases, made by [`Receiver::case`](super::Receiver::case),
/// [`LanesReceiver::case`](super::LanesReceiver::case) and
/// [`Sender::case`](super::Sender::case), which stay with the caller: a selected case has been
/// *done*, and keeps what came of it. So there is nothing to complete afterwards, a `Select`, a
/// case or a result that is forgotten harms nobody, and what was not selected has neither taken a
/// message nor sent its value.
///
/// Among several that can be done at once the choice begins at a random one. A case that is done
/// and whose result was not taken is selected at once, before all others. A closed channel is an
/// answer, at once and each time: leave out a case that has said so.
///
/// Tasks need none of this: every future of this module can be dropped, so the `select!` of any
/// runtime will do.
///
/// # Cost
/// Making one allocates once, so make it outside the loop; nothing after that allocates. Each call
/// costs one operation a case, and if it waits one waiter a case. It looks again for a while before
/// it sleeps, as a receive does. The slice of cases is the caller's: for a number of channels that
/// is known at run time only, a `Vec` that is made anew once results were taken.
///
/// # Examples
/// ```
/// use shorttail::channel::{Select, bounded};
///
/// let (jobs, rx) = bounded(4);
/// let (stop, stopped) = bounded::<()>(1);
/// jobs.try_send(1)?;
/// drop(stop);
///
/// let mut select = Select::new(); // once, not for each wait
/// let (mut job, mut end) = (rx.case(), stopped.case());
/// let mut done = 0;
/// loop {
///     select.wait(&mut [&mut job, &mut end]);
///     match job.take() {
///         Some(Ok(_job)) => done += 1,
///         Some(Err(_closed)) => break, // would be the answer each time from now on
///         None => {}
///     }
///     if end.take().is_some() {
///         break;
///     }
/// }
/// assert!(done <= 1); // whichever came first
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub struct Select {
    bell: Bell,
    waker: Waker,
    spin: Spin,
    random: u64,
}

/// Cases whose task may be in a queue. Takes it out of all of them on every way out.
struct Linked<'a, 'b> {
    cases: &'a mut [&'b mut dyn Case],
}

impl Drop for Linked<'_, '_> {
    fn drop(&mut self) {
        let mut panics = Panics::default();
        for case in &mut *self.cases {
            panics.catch(|| case.leave(Ours(())));
        }
        // A second panic while the first unwinds would end the process: the first tells enough.
        if !crate::sync::global::panicking() {
            panics.resume();
        }
    }
}

impl Select {
    /// For the calling thread. Allocates once.
    ///
    /// # Examples
    /// ```
    /// let select = shorttail::channel::Select::new();
    /// # drop(select);
    /// ```
    #[must_use]
    pub fn new() -> Self {
        let (bell, waker) = Bell::new();
        Self {
            bell,
            waker,
            spin: Spin::new(1),
            random: seed(),
        }
    }

    /// Waits until one case is done; its place in `cases`.
    ///
    /// # Panics
    /// If there is nothing to wait for: no case, or only sends without a value.
    ///
    /// # Examples
    /// See [`Select`].
    #[cfg_attr(shorttail_rtsan, sanitize(realtime = "blocking"))]
    pub fn wait(&mut self, cases: &mut [&mut dyn Case]) -> usize {
        match self.wait_deadline(cases, Deadline::NEVER) {
            Some(done) => done,
            None => unreachable!("the deadline never comes"),
        }
    }

    /// Does one case if that can be done at once. Never waits.
    ///
    /// # Examples
    /// ```
    /// use shorttail::channel::{Select, bounded};
    ///
    /// let (tx, rx) = bounded(1);
    /// let mut select = Select::new();
    /// let mut case = rx.case();
    /// assert_eq!(select.try_wait(&mut [&mut case]), None);
    /// tx.try_send(1).unwrap();
    /// assert_eq!(select.try_wait(&mut [&mut case]), Some(0));
    /// ```
    #[cfg_attr(shorttail_rtsan, sanitize(realtime = "nonblocking"))]
    pub fn try_wait(&mut self, cases: &mut [&mut dyn Case]) -> Option<usize> {
        self.first(cases, |case| case.try_now(Ours(())))
    }

    /// Waits until one case is done, or until `timeout` has passed: none then, and nothing was
    /// received or sent. What can be done at the last moment is done, except for a channel without
    /// room whose lock another thread has just then.
    ///
    /// # Panics
    /// As [`wait`](Self::wait).
    ///
    /// # Examples
    /// ```
    /// use std::time::Duration;
    /// use shorttail::channel::{Select, bounded};
    ///
    /// let (_tx, rx) = bounded::<u8>(1);
    /// let mut case = rx.case();
    /// let selected = Select::new().wait_timeout(&mut [&mut case], Duration::from_millis(1));
    /// assert_eq!(selected, None);
    /// ```
    #[cfg_attr(shorttail_rtsan, sanitize(realtime = "blocking"))]
    pub fn wait_timeout(
        &mut self,
        cases: &mut [&mut dyn Case],
        timeout: Duration,
    ) -> Option<usize> {
        self.wait_deadline(cases, Deadline::after(now_ns(), timeout))
    }

    /// As [`wait_timeout`](Self::wait_timeout), until `deadline` of
    /// [`StdClock`](crate::time::StdClock).
    ///
    /// # Panics
    /// As [`wait`](Self::wait).
    ///
    /// # Examples
    /// ```
    /// use std::time::Duration;
    /// use shorttail::channel::{Select, bounded};
    /// use shorttail::time::{Clock, Deadline, StdClock};
    ///
    /// let (_tx, rx) = bounded::<u8>(1);
    /// let mut case = rx.case();
    /// let deadline = Deadline::after(StdClock.now_ns(), Duration::from_millis(1));
    /// assert_eq!(Select::new().wait_deadline(&mut [&mut case], deadline), None);
    /// ```
    #[cfg_attr(shorttail_rtsan, sanitize(realtime = "blocking"))]
    pub fn wait_deadline(
        &mut self,
        cases: &mut [&mut dyn Case],
        deadline: Deadline,
    ) -> Option<usize> {
        let is_idle = |case: &&mut dyn Case| case.state(Ours(())) == State::Idle;
        assert!(!cases.iter().all(is_idle), "nothing to wait for");
        let done = self.try_wait(cases).or_else(|| self.look(cases, deadline));
        if done.is_some() {
            return done;
        }
        if let Some(done) = self.sleep(cases, deadline) {
            return Some(done);
        }
        self.try_wait(cases)
    }

    /// Looks again for as long as that has paid lately.
    fn look(&mut self, cases: &mut [&mut dyn Case], deadline: Deadline) -> Option<usize> {
        if !super::shared::may_spin(deadline) {
            return None;
        }
        let awake = cases
            .iter()
            .map(|case| case.awake(Ours(())))
            .max()
            .unwrap_or(0);
        let start = self.start(cases.len());
        self.spin.until(awake, || {
            first_from(start, cases, |case| case.look(Ours(())))
        })
    }

    /// Waits in the queues of all cases; none if the deadline comes first.
    fn sleep(&mut self, cases: &mut [&mut dyn Case], deadline: Deadline) -> Option<usize> {
        let waker = self.waker.clone();
        let mut cx = Context::from_waker(&waker);
        let linked = Linked { cases };
        loop {
            self.bell.reset();
            let poll = |case: &mut dyn Case| {
                // An idle send would look for its value for ever.
                if case.state(Ours(())) != State::Waiting {
                    return false;
                }
                // SAFETY: nobody moves the cases while `linked` borrows them, and it takes the
                // task out of all queues before it lets go.
                unsafe { case.poll(&mut cx, Ours(())) }
            };
            let done = self.first(linked.cases, poll);
            if done.is_some() {
                return done;
            }
            if !self.bell.park(time_left(deadline)) {
                return None;
            }
        }
    }

    /// The first case for which `try_it` holds, from a random one on; one that is done comes first.
    fn first(
        &mut self,
        cases: &mut [&mut dyn Case],
        try_it: impl FnMut(&mut dyn Case) -> bool,
    ) -> Option<usize> {
        let is_done = |case: &&mut dyn Case| case.state(Ours(())) == State::Done;
        let done = cases.iter().position(is_done);
        done.or_else(|| first_from(self.start(cases.len()), cases, try_it))
    }

    /// G. Marsaglia, "Xorshift RNGs" (2003).
    fn start(&mut self, count: usize) -> usize {
        self.random ^= self.random << 13;
        self.random ^= self.random >> 7;
        self.random ^= self.random << 17;
        // Its upper half as a part of one, of `count`: no division.
        (((self.random >> 32) * count as u64) >> 32) as usize
    }
}

fn first_from(
    start: usize,
    cases: &mut [&mut dyn Case],
    mut try_it: impl FnMut(&mut dyn Case) -> bool,
) -> Option<usize> {
    let mut places = (start..cases.len()).chain(0..start);
    places.find(|&place| try_it(cases[place]))
}

impl Default for Select {
    fn default() -> Self {
        Self::new()
    }
}

impl fmt::Debug for Select {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Select").finish_non_exhaustive()
    }
}

//! A future that measures itself.

use core::fmt;
use core::future::Future;
use core::pin::Pin;
use core::task::{Context, Poll};

use super::slot::Tracked;
use super::slots::WakeSlots;
use crate::measure::{Stage, StageTimer};
use crate::time::Clock;

/// What a task's time was spent on: plain data.
///
/// # Examples
/// ```
/// use std::pin::pin;
/// use std::sync::Arc;
/// use std::task::{Context, Poll, Waker};
/// use std::time::Duration;
/// use shorttail::measure::{Stage, WakeSlots};
/// use shorttail::time::MockClock;
///
/// let clock = Arc::new(MockClock::new());
/// let slots = WakeSlots::new(1, Arc::clone(&clock));
/// let mut task = pin!(slots.time(async { clock.advance(Duration::from_nanos(7)) }));
/// clock.advance(Duration::from_nanos(30));
/// let mut context = Context::from_waker(Waker::noop());
/// let Poll::Ready(((), times)) = task.as_mut().poll(&mut context) else { unreachable!() };
/// assert_eq!(times.timer.spent_ns(Stage::QUEUE_WAIT), 30);
/// assert_eq!((times.timer.spent_ns(Stage::PROCESSING), times.polls), (7, 1));
/// assert_eq!(times.timer.spent_ns(Stage::WAITING), 0); // it was ready at once
/// # use std::future::Future;
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct TaskTimes {
    /// From [`WakeSlots::time`] to the end of the last poll, split: until the first poll
    /// ([`QUEUE_WAIT`](Stage::QUEUE_WAIT)), in polls ([`PROCESSING`](Stage::PROCESSING)), between
    /// the first wake after a poll and the next one ([`SCHEDULING`](Stage::SCHEDULING)), and the
    /// rest ([`WAITING`](Stage::WAITING)). Sums exactly to the total.
    pub timer: StageTimer<4>,
    /// How often it was polled; stops at the largest number.
    pub polls: u32,
    /// How many of these polls followed one that found no slot free. What came between the two is
    /// in [`WAITING`](Stage::WAITING) as a whole, also what of it was scheduling:
    /// [`StageSet::record_task`](crate::measure::StageSet::record_task) leaves both out then.
    pub untracked_polls: u32,
    /// The longest poll: for so long, nothing else ran on its thread.
    pub poll_ns_max: u64,
}

/// A future that measures itself; made by [`WakeSlots::time`]. Gives the inner one's output, and
/// the [`TaskTimes`].
///
/// Two readings of the clock a poll, one a wake. No allocation, and nothing is waited for. What
/// it polls sees a waker of its own, which wakes the task it was made for, also after this future
/// is gone.
///
/// # Cancel safety
/// That of the inner future: dropping the wrapper drops it. Wakers that are still out keep their
/// slot until they are dropped.
///
/// # Examples
/// ```
/// use shorttail::measure::WakeSlots;
/// use shorttail::time::StdClock;
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() {
/// let slots = WakeSlots::new(64, StdClock);
/// let (sum, times) = tokio::spawn(slots.time(async { 1 + 1 })).await.unwrap();
/// assert_eq!((sum, times.polls, slots.untracked()), (2, 1, 0));
/// # }
/// ```
#[must_use = "futures do nothing unless polled"]
pub struct Timed<F, C: Clock + Send + Sync + 'static> {
    future: F,
    slots: WakeSlots<C>,
    tracked: Option<Tracked<C>>,
    times: TaskTimes,
}

impl<F, C: Clock + Send + Sync + 'static> Timed<F, C> {
    pub(super) fn new(slots: WakeSlots<C>, future: F) -> Self {
        let times = TaskTimes {
            timer: StageTimer::start(slots.clock().now_ns()),
            polls: 0,
            untracked_polls: 0,
            poll_ns_max: 0,
        };
        Self {
            future,
            slots,
            tracked: None,
            times,
        }
    }

    /// Ends the time between polls: what of it the task waited, and what it stood in a queue for.
    fn resume(&mut self) {
        let now_ns = self.slots.clock().now_ns();
        let timer = &mut self.times.timer;
        if self.times.polls == 0 {
            timer.lap(Stage::QUEUE_WAIT, now_ns);
            return;
        }
        let was_untracked = u32::from(self.tracked.is_none());
        let untracked_polls = &mut self.times.untracked_polls;
        *untracked_polls = untracked_polls.saturating_add(was_untracked);
        let woke_at_ns = self.tracked.as_ref().and_then(Tracked::take_woke_at_ns);
        timer.lap(Stage::WAITING, woke_at_ns.unwrap_or(now_ns).min(now_ns));
        timer.lap(Stage::SCHEDULING, now_ns);
    }

    /// Ends a poll.
    fn pause(&mut self) {
        let now_ns = self.slots.clock().now_ns();
        let poll_ns = self.times.timer.lap(Stage::PROCESSING, now_ns);
        self.times.poll_ns_max = self.times.poll_ns_max.max(poll_ns);
        self.times.polls = self.times.polls.saturating_add(1);
    }
}

impl<F: Future, C: Clock + Send + Sync + 'static> Future for Timed<F, C> {
    type Output = (F::Output, TaskTimes);

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        // SAFETY: `future` is not moved out below, there is no `Drop` impl that could, and the type
        // is `Unpin` only if `F` is (auto trait). A method that hands out `&mut F` would break it.
        let this = unsafe { self.get_unchecked_mut() };
        this.resume();
        if !this
            .tracked
            .as_ref()
            .is_some_and(|it| it.is_for(cx.waker()))
        {
            // Given back first: of all slots but this one, another waker needs none.
            this.tracked = None;
            this.tracked = this.slots.track(cx.waker());
        }
        // SAFETY: `future` is pinned whenever `self` is, see above.
        let future = unsafe { Pin::new_unchecked(&mut this.future) };
        let polled = match &this.tracked {
            Some(tracked) => future.poll(&mut Context::from_waker(&tracked.waker())),
            None => future.poll(cx),
        };
        this.pause();
        polled.map(|output| {
            this.tracked = None;
            (output, this.times)
        })
    }
}

impl<F, C: Clock + Send + Sync + 'static> fmt::Debug for Timed<F, C> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Timed")
            .field("times", &self.times)
            .finish_non_exhaustive()
    }
}

//! A submit that parks the task, and its future.

use core::fmt;
use core::future::Future;
use core::pin::Pin;
use core::task::{Context, Poll};

use crate::channel::{LaneSendFuture, SendError};
use crate::time::{Clock, Deadline};

use super::Pool;
use super::job::Queued;

/// Waits for room in a lane of a pool and hands the job in. Made by [`Pool::submit_async`].
///
/// # Cancel safety
/// Owns the job until it is in its lane: dropping the future drops it, [`cancel`](Self::cancel)
/// hands it back. Either passes on a wake that the future had been given.
///
/// # Examples
/// See [`Pool::submit_async`].
#[must_use = "futures do nothing unless you `.await` or poll them"]
pub struct SubmitFuture<'a, J> {
    inner: LaneSendFuture<'a, Queued<J>>,
}

impl<J, C: Clock> Pool<J, C> {
    /// Hands in a job for `lane`, and parks the task until there is room: the way of an async front
    /// to workers that block. Never allocates. One look and no wait where there is room.
    ///
    /// No timer runs for the job's deadline. A front that shall not wait longer has a time-out
    /// around the future; a job that comes into its lane late all the same
    /// [expires](super::Work::expired) at its turn. The wait for room is part of what the job
    /// [waited](Self::waited_ns), from this call on.
    ///
    /// # Errors
    /// [`SendError`] with the job, if the pool takes no more.
    ///
    /// # Panics
    /// If there is no such lane.
    ///
    /// # Cancel safety
    /// Dropped before completion, the future has not handed the job in and drops it;
    /// [`SubmitFuture::cancel`] gives it back instead. A wake it had been given goes on to another
    /// who waits for room in this lane.
    ///
    /// # Examples
    /// ```
    /// # futures_util::future::FutureExt::now_or_never(async {
    /// use shorttail::time::Deadline;
    /// use shorttail::workers::Pool;
    ///
    /// let pool = Pool::builder().lane("all", 8).build(|_: u8, _| {}).unwrap();
    /// pool.submit_async(0, 7, Deadline::NEVER).await.unwrap();
    /// pool.close();
    /// let refused = pool.submit_async(0, 8, Deadline::NEVER).await;
    /// assert_eq!(refused.unwrap_err().into_inner(), 8);
    /// # }).unwrap();
    /// ```
    #[track_caller]
    pub fn submit_async(&self, lane: usize, job: J, deadline: Deadline) -> SubmitFuture<'_, J> {
        let queued = self.queued(job, deadline);
        let inner = self.lane(lane).send_async(queued);
        SubmitFuture { inner }
    }
}

impl<'a, J> SubmitFuture<'a, J> {
    /// Gives up and hands the job back; none if it was handed in, or back, before.
    ///
    /// # Examples
    /// ```
    /// use std::pin::pin;
    /// use futures_util::FutureExt;
    /// use shorttail::time::Deadline;
    /// use shorttail::workers::{Pool, Task};
    ///
    /// let work = |_: u8, _: &mut Task<'_, u8>| {};
    /// let (pool, _workers) = Pool::builder().lane("all", 1).build_manual(work)?;
    /// pool.try_submit(0, 1, Deadline::NEVER).unwrap();
    /// let mut submit = pin!(pool.submit_async(0, 2, Deadline::NEVER));
    /// assert!(submit.as_mut().now_or_never().is_none()); // no room
    /// assert_eq!(submit.cancel(), Some(2));
    /// # Ok::<(), shorttail::workers::ConfigError>(())
    /// ```
    #[must_use = "the job that was not handed in"]
    pub fn cancel(self: Pin<&mut Self>) -> Option<J> {
        self.inner().cancel().map(|queued| queued.job)
    }

    fn inner(self: Pin<&mut Self>) -> Pin<&mut LaneSendFuture<'a, Queued<J>>> {
        // SAFETY: `inner` is pinned whenever the whole is; nothing moves it out, and there is no
        // `Drop` here that could.
        unsafe { self.map_unchecked_mut(|this| &mut this.inner) }
    }
}

impl<J> Future for SubmitFuture<'_, J> {
    type Output = Result<(), SendError<J>>;

    /// # Panics
    /// If polled after it completed or was cancelled: there is nothing left to hand in.
    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let sent = self.inner().poll(cx);
        sent.map_err(|SendError(queued)| SendError(queued.job))
    }
}

impl<J> fmt::Debug for SubmitFuture<'_, J> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("SubmitFuture").field(&self.inner).finish()
    }
}

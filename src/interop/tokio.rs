//! Reads into pooled buffers, writes of pooled pieces, and a task's budget beside tokio's own.
//!
//! [`read_into`] appends what a socket has to say to a [`PooledBuf`](crate::pool::PooledBuf), and
//! [`write_all_pieces`] writes several pieces in one call. Both are named futures, allocate
//! nothing, and lose nothing when they are dropped; for a future written by hand there are
//! [`poll_read_into`] and [`poll_write_pieces`]. They need no runtime: only tokio's traits.
//!
//! Tokio stops a task that does nothing but ready operations of tokio's after so many of them; what
//! a task computes by itself, or does with others' resources, it does not see. A
//! [`TaskBudget`] counts that, and here the two are one: who spends either gives way.

mod read;
mod write;

pub use read::{ReadInto, poll_read_into, read_into};
pub use write::{WriteAllPieces, poll_write_pieces, write_all_pieces};

use core::fmt;
use core::future::Future;
use core::pin::Pin;
use core::task::{Context, Poll};

use tokio::task::coop;

use crate::time::{Clock, StdClock};
use crate::workers::TaskBudget;

/// As [`TaskBudget::checkpoint_async`], counted in tokio's budget of the task too: where either is
/// spent, the runtime's other tasks run once, and both begin anew.
///
/// Outside of a tokio task it is `checkpoint_async` alone.
///
/// # Cancel safety
/// Dropped before completion, the future has counted an operation or not; nothing else.
///
/// # Examples
/// ```
/// use std::time::Duration;
/// use shorttail::interop::tokio::checkpoint_async;
/// use shorttail::workers::TaskBudget;
///
/// # tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(async {
/// let mut budget = TaskBudget::new(u32::MAX, Duration::from_micros(200));
/// for _line in 0..1_000 {
///     // parse it
///     checkpoint_async(&mut budget).await;
/// }
/// # });
/// ```
pub const fn checkpoint_async<C: Clock>(budget: &mut TaskBudget<C>) -> CheckpointFuture<'_, C> {
    CheckpointFuture {
        budget,
        yielded: false,
    }
}

/// The future of [`checkpoint_async`]; for an example see there.
///
/// # Cancel safety
/// Dropped before completion, it has counted an operation or not; nothing else.
#[must_use = "futures do nothing unless you `.await` or poll them"]
pub struct CheckpointFuture<'a, C = StdClock> {
    budget: &'a mut TaskBudget<C>,
    yielded: bool,
}

impl<C: Clock> Future for CheckpointFuture<'_, C> {
    type Output = ();

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<()> {
        // Where it is spent, tokio has woken the task already.
        let Poll::Ready(counted) = coop::poll_proceed(cx) else {
            self.yielded = true;
            return Poll::Pending;
        };
        if self.yielded {
            self.budget.restart();
        } else if self.budget.should_yield() {
            self.yielded = true;
            cx.waker().wake_by_ref();
            return Poll::Pending;
        }
        counted.made_progress();
        Poll::Ready(())
    }
}

impl<C> fmt::Debug for CheckpointFuture<'_, C> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("CheckpointFuture")
            .field("yielded", &self.yielded)
            .finish_non_exhaustive()
    }
}

//! Sources that are futures.

use core::future::Future;
use core::pin::pin;
use core::task::{Context, Poll};

use super::load::Load;
use super::tag::Tag;
use crate::sync::Bell;

/// A source of values whose answer is a future, fixed when the cache is built: [`Load`], for
/// executors. Wrapped in [`Async`] it is a [`Load`], and
/// [`build_tasks`](super::LoadingBuilder::build_tasks) makes the tasks that run it. Its future is
/// not boxed: it lives within the task.
///
/// # Examples
/// ```
/// use shorttail::cache::{Async, AsyncLoad, Cache, Outcome};
///
/// struct Squares;
///
/// impl AsyncLoad<u32, u64> for Squares {
///     type Error = &'static str;
///
///     async fn load(&self, key: &u32) -> Result<Option<u64>, Self::Error> {
///         tokio::task::yield_now().await;
///         Ok(Some(u64::from(*key) * u64::from(*key)))
///     }
/// }
///
/// # fn main() {
/// # tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(async {
/// let builder = Cache::builder(1_000).loader(Async(Squares)).loader_threads(2);
/// let (cache, tasks) = builder.build_tasks().unwrap();
/// for task in tasks {
///     tokio::spawn(task.run());
/// }
/// assert_eq!(cache.get_or_load_async(&7).await, Outcome::Fresh(49));
/// # });
/// # }
/// ```
pub trait AsyncLoad<K, V> {
    /// Why the source could not say. Each caller that waits for the load gets a clone.
    type Error: Clone;

    /// Asks the source for `key`; `Ok(None)` says that there is nothing under it.
    ///
    /// The future is dropped before its end if its task is.
    ///
    /// # Errors
    /// Whatever the source says; nothing is stored then.
    fn load(&self, key: &K) -> impl Future<Output = Result<Option<V>, Self::Error>> + Send;

    /// As [`Load::tag`].
    fn tag(&self, _key: &K) -> Option<Tag> {
        None
    }

    /// As [`Load::is_failure`].
    fn is_failure(&self, error: &Self::Error) -> bool {
        let _ = error;
        true
    }
}

/// An [`AsyncLoad`] as a [`Load`].
///
/// Where a thread of the cache runs it, the thread waits for the future, which must be woken by
/// others: a runtime of its own, say. Each load then allocates what its waker holds.
///
/// # Examples
/// ```
/// use std::time::Duration;
/// use shorttail::cache::{Async, AsyncLoad, Cache, Outcome};
///
/// struct Next;
/// impl AsyncLoad<u32, u32> for Next {
///     type Error = ();
///     async fn load(&self, key: &u32) -> Result<Option<u32>, ()> {
///         Ok(Some(key + 1))
///     }
/// }
/// // On threads of the cache.
/// let cache = Cache::builder(10).loader(Async(Next)).build().unwrap();
/// assert_eq!(cache.get_or_load(&1, Duration::from_secs(5)), Outcome::Fresh(2));
/// ```
#[derive(Clone, Copy, Debug, Default)]
pub struct Async<L>(pub L);

impl<K, V, L: AsyncLoad<K, V>> Load<K, V> for Async<L> {
    type Error = L::Error;

    fn load(&self, key: &K) -> Result<Option<V>, L::Error> {
        wait_for(self.0.load(key))
    }

    fn tag(&self, key: &K) -> Option<Tag> {
        self.0.tag(key)
    }

    fn is_failure(&self, error: &L::Error) -> bool {
        self.0.is_failure(error)
    }
}

/// Waits for the future on this thread. Allocates the thread's bell once a call.
fn wait_for<F: Future>(future: F) -> F::Output {
    let (bell, waker) = Bell::new();
    let mut future = pin!(future);
    loop {
        bell.reset();
        if let Poll::Ready(output) = future.as_mut().poll(&mut Context::from_waker(&waker)) {
            return output;
        }
        bell.park(None);
    }
}
